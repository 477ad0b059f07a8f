"""The SQLite store does what the store in memory does, whatever is done to both."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from certlib.adapters.memory import MemoryDatabase, MemoryStore
from certlib.adapters.sqlite import SqliteStore
from certlib.certifications import Certification, VersionState
from certlib.errors import CertlibError
from certlib.learners import Learner
from certlib.ports import Change, EnrollmentKey, IdentifierKind, Query, Undo
from certlib.state.enrollments import Enrollment
from certlib.state.notices import Notice
from certlib.state.status import Status
from certlib.trainings import Training, TrainingKind
from certlib.transcript import StruckCompletion
from tests.adapters.samples import (
    VERSION,
    an_import,
    completion,
    outcome,
    steps,
)
from tests.adapters.stores import DAY, NOW, Putting, added, fact
from tests.adapters.test_outbox_contract import states
from tests.dumps import dump

# Few of each, so that they meet; some sort otherwise than they look.
tenants = st.sampled_from(["north", "south"])
learners = st.sampled_from(["ann", "Ann", "bo", "Zoë"])
codes = st.sampled_from(["A", "B"])
instants = st.integers(-3, 3).map(lambda days: NOW + days * DAY)
statuses = st.none() | st.sampled_from(
    [Status.ASSIGNED, Status.CERTIFIED, Status.LAPSED, Status.REVOKED]
)
names = st.sampled_from(["a", "A ", "b", "\N{KELVIN SIGN}", "k", "é", "ann\0"])
trainings = st.sampled_from(["M1", "M2", "C1", "C2"])
limits = st.integers(0, 3)
afters = st.none() | st.builds(EnrollmentKey, learners, codes)
some = st.lists(learners, max_size=2).map(tuple)
told = st.lists(
    st.builds(
        Notice,
        kind=st.sampled_from(["a", "b", "c"]),
        learner=st.just("ann"),
        certification=codes,
        at=instants,
        entry=st.integers(1, 2),
        about=st.none() | st.just("expiry"),
        certificate=st.none() | st.just(1),
        cycle=st.none() | st.just(1),
        day=st.none() | st.just(date(2027, 1, 1)),
        corrects=st.sampled_from([False, False, False, True]),
    ),
    max_size=3,
)


def of(learner: str, notices: list[Notice]) -> tuple[Notice, ...]:
    return tuple(evolve(each, learner=learner) for each in notices)


class TwoStores(RuleBasedStateMachine):
    """Everything is done to both, and both have to answer alike."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.path = self.folder / "store.db"
        SqliteStore.create(self.path).close()
        self.database = MemoryDatabase()
        self.opened: dict[str, SqliteStore] = {}

    def teardown(self) -> None:
        self.close()
        shutil.rmtree(self.folder)

    def both(self, tenant: str, act: Callable[[Putting], object]) -> object:
        """Do something to both, and compare what they say."""
        if tenant not in self.opened:
            self.opened[tenant] = SqliteStore.open(self.path, tenant=tenant)
        said: list[object] = []
        for store in (MemoryStore(self.database, tenant=tenant), self.opened[tenant]):
            try:
                said.append(act(store))
            except CertlibError as error:
                # Where a batch has several faults, which one is told is not promised.
                said.append((type(error), error.code.removeprefix("key").removeprefix("row")))
        assert said[0] == said[1]
        return said[0]

    def close(self) -> None:
        for store in self.opened.values():
            store.close()
        self.opened.clear()

    @precondition(lambda self: self.opened)
    @rule()
    def reopen(self) -> None:
        self.close()

    @rule(tenant=tenants, data=st.data())
    def save(self, tenant: str, data: st.DataObject) -> None:
        held = MemoryStore(self.database, tenant=tenant)
        chosen = data.draw(st.lists(learners, max_size=3, unique=True))
        changes = [self.a_change(held, learner, data) for learner in chosen]
        self.both(tenant, lambda store: store.save(changes))

    def a_change(self, held: MemoryStore, learner: str, data: st.DataObject) -> Change:
        """A change that may be saved, mostly."""
        parts = []
        for code in data.draw(st.lists(codes, max_size=2, unique=True)):
            blank = Enrollment.blank(learner=learner, certification=code)
            before = held.load([EnrollmentKey.of(blank)]).get(EnrollmentKey.of(blank), blank)
            if data.draw(st.integers(0, 5)) == 0:
                before = evolve(before, version=data.draw(st.integers(0, 3)))
            facts = [fact(str(n)) for n in range(data.draw(st.integers(before.version == 0, 2)))]
            part = added(
                before,
                *facts,
                at=data.draw(instants),
                status=data.draw(statuses),
                indexed_at=data.draw(instants),
                next_change_at=data.draw(st.none() | instants),
            )
            parts.append(part)
        return Change(
            learner=learner,
            enrollments=tuple(parts),
            completions=tuple(
                completion(each, at=data.draw(instants))
                for each in data.draw(st.lists(trainings, max_size=2))
            ),
            struck=tuple(
                StruckCompletion(
                    completion=completion(each, at=data.draw(instants)),
                    struck_at=data.draw(instants),
                    reason=data.draw(st.none() | st.just("wrong")),
                )
                for each in data.draw(st.lists(trainings, max_size=2))
            ),
            notices=of(learner, data.draw(told)),
            withheld=of(learner, data.draw(told)),
            withdrawn=of(learner, data.draw(told)),
            outcome=data.draw(st.none() | st.builds(outcome, st.integers(1, 4), codes)),
            key=data.draw(st.none() | st.sampled_from(["k1", "k2", "k3"])),
        )

    @rule(tenant=tenants, data=st.data())
    def put_learners(self, tenant: str, data: st.DataObject) -> None:
        maybe = st.none() | names.map(lambda name: name.strip("\0"))
        people = [
            Learner(id=id, email=data.draw(maybe), username=data.draw(maybe))
            for id in data.draw(st.lists(learners, max_size=3))
        ]
        self.both(tenant, lambda store: store.put_learners(people))

    @rule(tenant=tenants, data=st.data())
    def put_trainings(self, tenant: str, data: st.DataObject) -> None:
        given = [
            Training(
                code=code,
                kind=TrainingKind.COURSE,
                name=data.draw(names).strip("\0 "),
                external_ids=tuple(data.draw(st.lists(codes, max_size=2, unique=True))),
                modules=tuple(data.draw(st.lists(st.sampled_from(["M1", "M2"]), unique=True))),
            )
            for code in data.draw(st.lists(st.sampled_from(["C1", "C2", "a"]), max_size=2))
        ]
        self.both(tenant, lambda store: store.put_trainings(given))

    @rule(tenant=tenants, data=st.data())
    def put_certifications(self, tenant: str, data: st.DataObject) -> None:
        given = [
            Certification(
                code=code,
                name=data.draw(names).strip("\0 "),
                versions=tuple(
                    evolve(
                        VERSION,
                        number=number,
                        state=data.draw(st.sampled_from(VersionState)),
                        initial=steps(data.draw(trainings)),
                        recertification=steps(data.draw(trainings)),
                    )
                    for number in data.draw(st.lists(st.integers(1, 2), unique=True))
                ),
            )
            for code in data.draw(st.lists(codes, max_size=2))
        ]
        self.both(tenant, lambda store: store.put_certifications(given))

    @rule(tenant=tenants, id=codes, purpose=codes, at=instants, finished=st.booleans())
    def save_import(self, tenant: str, id: str, purpose: str, at: object, finished: bool) -> None:
        record = an_import(id, purpose=purpose, at=at, finished=finished)
        self.both(tenant, lambda store: store.save_import(record))
        self.both(tenant, lambda store: store.imports(purpose="A"))

    @rule(tenant=tenants, id=codes, number=st.integers(1, 3), at=instants, rows=st.integers(0, 2))
    def save_undo(self, tenant: str, id: str, number: int, at: datetime, rows: int) -> None:
        undo = Undo(number=number, actor="system", at=at, reason="wrong", undone=rows)
        self.both(tenant, lambda store: store.save_undo(id, undo))
        self.both(tenant, lambda store: store.imports())

    @rule(tenant=tenants, days=st.integers(-3, 3))
    def sweep(self, tenant: str, days: int) -> None:
        self.both(tenant, lambda store: store.record_sweep(NOW + timedelta(days=days)))

    @rule(tenant=tenants, data=st.data())
    def claim(self, tenant: str, data: st.DataObject) -> None:
        limit, now, lease = data.draw(limits), data.draw(instants), data.draw(instants)
        self.both(
            tenant,
            lambda store: [each for _, each in store.claim(limit=limit, now=now, lease=lease)],
        )

    @rule(tenant=tenants, places=st.lists(st.integers(0, 9), max_size=3))
    def acknowledge(self, tenant: str, places: list[int]) -> None:
        """Some notices, by their places, for which numbers they have is each store's own."""

        def act(store: Putting) -> None:
            ids = [id for id, _ in store.notices(limit=99)]
            store.acknowledge([ids[place] for place in places if place < len(ids)])

        self.both(tenant, act)

    @rule(tenant=tenants, data=st.data())
    def find(self, tenant: str, data: st.DataObject) -> None:
        query = Query(
            learners=data.draw(st.none() | some),
            certifications=data.draw(st.none() | st.lists(codes, max_size=2).map(tuple)),
            status=data.draw(statuses),
            at=data.draw(instants),
        )
        limit, after = data.draw(limits), data.draw(afters)
        self.both(tenant, lambda store: store.find(query, limit=limit, after=after))
        self.both(tenant, lambda store: store.due(query.at, limit=limit, after=after))

    @rule(tenant=tenants, data=st.data())
    def ask(self, tenant: str, data: st.DataObject) -> None:
        texts = data.draw(st.lists(names, max_size=3))
        people = data.draw(st.lists(learners, max_size=3))
        kind = data.draw(st.sampled_from(IdentifierKind))
        limit, row = data.draw(limits), data.draw(st.none() | st.integers(0, 4))
        courses = data.draw(st.lists(trainings, max_size=3))
        keys = [EnrollmentKey(learner, "A") for learner in people]
        for ask in (
            lambda store: store.learners(people),
            lambda store: store.find_learners(texts, by=kind),
            lambda store: [each.id for each in store.all_learners(limit=limit, after="Z")],
            lambda store: store.find_trainings([*texts, *courses]),
            lambda store: store.find_certifications(texts),
            lambda store: store.certifications(["A", "C"]),
            lambda store: store.courses_with(courses),
            lambda store: store.needing(courses),
            lambda store: store.transcripts(people),
            lambda store: store.load(keys),
            lambda store: store.history(keys),
            lambda store: store.saved_keys(["k1", "k2"]),
            lambda store: store.import_rows("A", limit=limit, after=row),
            lambda store: [each for _, each in store.notices(limit=limit)],
            lambda store: store.notice_keys(keys),
        ):
            self.both(tenant, ask)

    @invariant()
    def they_hold_the_same(self) -> None:
        for tenant in self.opened:
            self.both(tenant, dump)
            self.both(tenant, states)


@pytest.mark.slow
def test_two_stores() -> None:
    profile = settings(
        # Each example is as long as many of the others: at night over a thousand, else few.
        max_examples=max(50, settings().max_examples // 4),
        stateful_step_count=30,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    run_state_machine_as_test(TwoStores, settings=profile)
