"""A store does what the store in memory does, whatever is done to both, in whatever order."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime
from random import Random
from typing import Final, TypeVar

from attrs import evolve

from certlib.adapters.memory import MemoryDatabase, MemoryStore
from certlib.certifications import Certification, VersionState
from certlib.errors import CertlibError
from certlib.learners import Learner
from certlib.ports import (
    Change,
    EnrollmentChange,
    EnrollmentKey,
    IdentifierKind,
    NoticeState,
    Query,
)
from certlib.state._enrollments import Enrollment
from certlib.state._notices import Notice
from certlib.state._status import Status
from certlib.testing.contract._check import Capability, FullStore, MakeStore, Stores, promises
from certlib.testing.contract._expect import equal
from certlib.testing.contract._samples import (
    DAY,
    NOW,
    VERSION,
    added,
    an_import,
    an_undo,
    completion,
    everything_of,
    fact,
    outcome,
    reset,
    steps,
    struck,
)
from certlib.trainings import Training, TrainingKind
from certlib.transcript import Transcript

__all__ = ["compare"]

T = TypeVar("T")

# Few of each, so that they meet; some sort otherwise than they look.
_TENANTS: Final = ("north", "south")
_LEARNERS: Final = ("ann", "Ann", "bo", "Zoë")
_CODES: Final = ("A", "B")
_TRAININGS: Final = ("C1", "C2", "M1", "M2")
_NAMES: Final = ("a", "A ", "b", "\N{KELVIN SIGN}", "k", "é")
_KEYS: Final = ("k1", "k2", "k3")
_STATUSES: Final = (None, Status.ASSIGNED, Status.CERTIFIED, Status.LAPSED, Status.REVOKED)
_PAIRS: Final = [EnrollmentKey(learner, code) for learner in _LEARNERS for code in _CODES]
_TOLD: Final = 6


def compare(
    make: MakeStore,
    random: Random,
    *,
    steps: int = 100,
    without: Collection[Capability] = (),
) -> None:
    """Do the same random things to a store and to one in memory, and expect the same answers.

    The same ``random`` does the same things. Raise `AssertionError` with the last steps where an
    answer, or what is stored afterwards, differs.
    """
    stores = Stores(make)
    try:
        _live(stores, random, steps, frozenset(Capability).difference(without))
    finally:
        stores.close()


_SEEDS: Final = (1, 2)
_STEPS: Final = 60


def _compare_with(stores: Stores, *has: Capability) -> None:
    for seed in _SEEDS:
        tenants = [f"{tenant}-{seed}" for tenant in _TENANTS]
        _live(stores, Random(seed), _STEPS, frozenset(has), tenants)  # noqa: S311 (no secret)


@promises("Whatever is saved and asked at random, it answers as the store in memory does.")
def like_the_store_in_memory(stores: Stores) -> None:
    _compare_with(stores)


@promises(
    "Where completions are saved and struck at random, it answers as the store in memory does.",
    Capability.TRANSCRIPTS,
)
def like_memory_with_transcripts(stores: Stores) -> None:
    _compare_with(stores, Capability.TRANSCRIPTS)


@promises(
    "Where notices are claimed, acknowledged and withdrawn at random, it answers as the store in memory does.",
    Capability.OUTBOX,
)
def like_memory_with_an_outbox(stores: Stores) -> None:
    _compare_with(stores, Capability.OUTBOX)


@promises(
    "Where people and catalog change at random, it answers as the store in memory does.",
    Capability.SOURCES,
    Capability.CATALOG,
)
def like_memory_with_sources(stores: Stores) -> None:
    _compare_with(stores, Capability.SOURCES, Capability.CATALOG)


def _live(
    stores: Stores,
    random: Random,
    steps: int,
    has: frozenset[Capability],
    tenants: Sequence[str] = _TENANTS,
) -> None:
    """Take steps, each with a store of one of the tenants."""
    database = MemoryDatabase()
    runs = {
        each: _Run(random, stores(each), MemoryStore(database, tenant=each)) for each in tenants
    }
    story: list[str] = []
    for _ in range(steps):
        tenant = random.choice(tenants)
        run = runs[tenant]
        able = [step for needs, step in _STEPS_OF_A_RUN if needs <= has]
        run.told = f"{tenant}: "
        try:
            random.choice(able)(run)
            for each in runs.values():
                each.both_hold_the_same(has)
        except AssertionError as error:
            done = "\n".join([*story[-_TOLD:], run.told])
            error.add_note(f"the last of {len(story) + 1} steps:\n{done}")
            raise
        story.append(run.told)


class _Run:
    """A store, one in memory, and what is done to both."""

    def __init__(self, random: Random, store: FullStore, memory: MemoryStore) -> None:
        self.random, self.store, self.memory = random, store, memory
        self.claimed: list[tuple[int, int]] = []
        """The ids of the notices that have been claimed: in the store, and in memory."""
        self.told = ""

    def alike(self, words: str, act: Callable[[FullStore | MemoryStore], object]) -> None:
        """Do something to both, and compare what they answer."""
        self.told += words
        found, expected = _tried(self.store, act), _tried(self.memory, act)
        # Of a batch with several faults, it is not promised which one is told.
        if not (isinstance(found, CertlibError) and isinstance(expected, CertlibError)):
            equal(found, expected, words)

    def both_hold_the_same(self, has: frozenset[Capability]) -> None:
        """Compare all that can be asked without changing anything."""
        found = everything_of(self.store, keys=_KEYS, imports=_CODES)
        equal(found, everything_of(self.memory, keys=_KEYS, imports=_CODES), "what is stored")
        if Capability.TRANSCRIPTS in has:
            transcripts = self.store.transcripts(_LEARNERS)
            expected = self.memory.transcripts(_LEARNERS)
            equal(transcripts, expected, "the transcripts")
            versions = {learner: each.version for learner, each in transcripts.items()}
            known = {learner: each.version for learner, each in expected.items()}
            equal(versions, known, "the versions of the transcripts")
        if Capability.INSPECTION in has:
            equal(_fates(self.store), _fates(self.memory), "the notices and their states")

    # --- drawing ------------------------------------------------------------------------------

    def some(self, given: Sequence[T], most: int = 2) -> list[T]:
        """Some of these, none twice."""
        return self.random.sample(given, self.random.randint(0, min(most, len(given))))

    def maybe(self, given: Sequence[T]) -> T | None:
        """One of these, or None."""
        return self.random.choice([None, *given])

    def instant(self) -> datetime:
        """A day around now."""
        return NOW + self.random.randint(-3, 3) * DAY

    def change(self, learner: str) -> Change:
        """A change that may be saved, mostly."""
        random, parts = self.random, list[EnrollmentChange]()
        held = self.memory.load(_PAIRS)
        for code in self.some(_CODES):
            blank = Enrollment.blank(learner=learner, certification=code)
            key = EnrollmentKey.of(blank)
            before = self.memory.load([key]).get(key, blank)
            if random.random() < 0.15:
                before = evolve(before, version=random.randint(0, 3))
            facts = [fact(str(n)) for n in range(random.randint(before.version == 0, 2))]
            part = added(
                before,
                *facts,
                at=self.instant(),
                status=random.choice(_STATUSES),
                indexed_at=self.instant(),
                next_change_at=random.choice((None, self.instant())),
            )
            parts.append(part)
        changed = {part.enrollment.certification for part in parts}
        unchanged: list[tuple[EnrollmentKey, int]] = []
        for code in self.some(_CODES):
            key = EnrollmentKey(learner, code)
            seen = 0 if key not in held or random.random() < 0.15 else held[key].version
            if code not in changed:
                unchanged.append((key, seen))
        version = self.memory.transcripts([learner]).get(learner, Transcript()).version
        row = random.randint(1, 9)
        of = evolve(outcome(row, random.choice(_CODES)), learner=learner)
        return Change(
            learner=learner,
            enrollments=tuple(parts),
            completions=tuple(
                completion(each, at=self.instant()) for each in self.some(_TRAININGS)
            ),
            struck=tuple(
                struck(
                    completion(each, at=self.instant()),
                    struck_at=self.instant(),
                    reason=self.maybe(("wrong",)),
                )
                for each in self.some(_TRAININGS, 3)
            ),
            resets=tuple(
                reset(each, at=self.instant(), reason=self.maybe(("rules",)))
                for each in self.some(_TRAININGS, 1)
            ),
            transcript=random.choice((None, version, version, max(version - 1, 0))),
            unchanged=tuple(unchanged),
            bound_to=self.maybe(_CODES),
            answer=self.maybe(_CODES),
            notices=self.notices(learner),
            withheld=self.notices(learner, 1),
            withdrawn=self.notices(learner, 3),
            outcome=of if random.random() < 0.3 else None,
            key=self.maybe(_KEYS) if random.random() < 0.3 else None,
        )

    def notices(self, learner: str, most: int = 2) -> tuple[Notice, ...]:
        """Notices that are often like others."""
        random = self.random
        return tuple(
            Notice(
                kind=kind,
                learner=learner,
                certification=random.choice(_CODES),
                at=self.instant(),
                entry=random.randint(1, 2),
                about=self.maybe(("expiry",)),
                certificate=1,
                day=self.maybe((date(2027, 1, 1),)),
                corrects=random.random() < 0.1,
            )
            for kind in self.some(("a", "b", "c"), most)
        )

    # --- steps --------------------------------------------------------------------------------

    def save(self) -> None:
        """Save a batch."""
        changes = [self.change(learner) for learner in self.some(_LEARNERS, 3)]
        self.alike(f"save({changes!r})", lambda store: store.save(changes))

    def search(self) -> None:
        """Find, and ask who is due."""
        query = Query(
            learners=self.maybe((tuple(self.some(_LEARNERS)),)),
            certifications=self.maybe((tuple(self.some(_CODES)),)),
            status=self.random.choice(_STATUSES),
            at=self.instant(),
        )
        limit, after = self.random.randint(0, 3), self.maybe(_PAIRS)
        page = f"limit={limit}, after={after!r})"
        self.alike(
            f"find({query!r}, {page}", lambda store: store.find(query, limit=limit, after=after)
        )
        self.alike(
            f"due({query.at!r}, {page}", lambda store: store.due(query.at, limit=limit, after=after)
        )

    def import_something(self) -> None:
        """Save an import or an undo, and ask for imports and rows."""
        random = self.random
        id, purpose, at = random.choice(_CODES), random.choice(_CODES), self.instant()
        record = evolve(an_import(id, at=at, purpose=purpose), finished=random.random() < 0.5)
        self.alike(f"save_import({record!r})", lambda store: store.save_import(record))
        if random.random() < 0.5:
            undo = evolve(
                an_undo(random.randint(1, 3), at=self.instant()), undone=random.randint(0, 2)
            )
            self.alike(f"save_undo({id!r}, {undo!r})", lambda store: store.save_undo(id, undo))
        self.alike(f"imports({purpose!r})", lambda store: store.imports(purpose=purpose))
        limit, after = random.randint(0, 3), random.choice((None, 0, 1, 4))
        self.alike(
            f"import_rows({id!r}, limit={limit}, after={after})",
            lambda store: store.import_rows(id, limit=limit, after=after),
        )

    def sweep(self) -> None:
        """Record a sweep, or take one back."""
        at = self.instant()
        if self.random.random() < 0.3:
            self.alike(f"reset_sweep({at!r})", lambda store: store.reset_sweep(at))
        self.alike(f"record_sweep({at!r})", lambda store: store.record_sweep(at))

    def tell(self) -> None:
        """Claim some notices."""
        limit, now, lease = self.random.randint(0, 4), self.instant(), self.instant()
        self.told += f"claim(limit={limit}, now={now!r}, lease={lease!r})"
        found = self.store.claim(limit=limit, now=now, lease=lease)
        expected = self.memory.claim(limit=limit, now=now, lease=lease)
        equal([each for _, each in found], [each for _, each in expected], "what is claimed")
        ids = zip(found, expected, strict=True)
        self.claimed += [(one, other) for (one, _), (other, _) in ids]

    def acknowledge(self) -> None:
        """Acknowledge some of the notices that were ever claimed."""
        chosen = self.some(self.claimed, 3)
        self.told += f"acknowledge({[one for one, _ in chosen]})"
        self.store.acknowledge([one for one, _ in chosen])
        self.memory.acknowledge([other for _, other in chosen])

    def put(self) -> None:
        """Put people, trainings and certifications."""
        random = self.random
        people = [
            Learner(id=id, email=self.maybe(_NAMES), username=self.maybe(_NAMES))
            for id in self.some(_LEARNERS)
        ]
        self.alike(f"put_learners({people!r})", lambda store: store.put_learners(people))
        trainings = [
            Training(
                code=code,
                kind=TrainingKind.COURSE,
                name=random.choice(_NAMES).strip(),
                external_ids=tuple(self.some(_CODES)),
                modules=tuple(self.some(("M1", "M2"))),
            )
            for code in self.some(("C1", "C2", "a"))
        ]
        self.alike(f"put_trainings({trainings!r})", lambda store: store.put_trainings(trainings))
        given = [
            Certification(
                code=code,
                name=random.choice(_NAMES).strip(),
                versions=tuple(
                    evolve(
                        VERSION,
                        number=number,
                        state=random.choice(list(VersionState)),
                        initial=steps(random.choice(_TRAININGS)),
                        recertification=steps(random.choice(_TRAININGS)),
                    )
                    for number in self.some((1, 2))
                ),
            )
            for code in self.some(_CODES)
        ]
        self.alike(f"put_certifications({given!r})", lambda store: store.put_certifications(given))

    def look_up(self) -> None:
        """Ask everything that `Sources` answers."""
        texts, people = self.some(_NAMES, 3), self.some(_LEARNERS, 3)
        courses, limit = self.some(_TRAININGS, 3), self.random.randint(0, 3)
        kind, after = self.random.choice(list(IdentifierKind)), self.maybe(("Z", "ann"))
        self.alike(f"learners({people})", lambda store: store.learners(people))
        self.alike(
            f"find_learners({texts}, {kind})", lambda store: store.find_learners(texts, by=kind)
        )
        self.alike(
            f"all_learners({limit}, {after!r})",
            lambda store: list(store.all_learners(limit=limit, after=after)),
        )
        self.alike(f"find_trainings({texts})", lambda store: store.find_trainings(texts))
        self.alike(f"find_certifications({texts})", lambda store: store.find_certifications(texts))
        self.alike("certifications()", lambda store: list(store.certifications().items()))
        self.alike("certifications(A)", lambda store: store.certifications(["A", "C"]))
        self.alike(f"courses_with({courses})", lambda store: store.courses_with(courses))
        self.alike(f"needing({courses})", lambda store: store.needing(courses))
        self.alike("counts()", lambda store: store.counts())


def _fates(store: FullStore | MemoryStore) -> list[tuple[Notice, NoticeState]]:
    found = store.notices(limit=9_999)
    state_of = store.notice_states([id for id, _ in found])
    return [(notice, state_of[id]) for id, notice in found]


def _tried(
    store: FullStore | MemoryStore, act: Callable[[FullStore | MemoryStore], T]
) -> T | CertlibError:
    try:
        return act(store)
    except CertlibError as error:
        return error


_NONE: Final = frozenset[Capability]()
_OUTBOX: Final = frozenset({Capability.OUTBOX})
_SOURCES: Final = frozenset({Capability.SOURCES, Capability.CATALOG})
_STEPS_OF_A_RUN: Final[tuple[tuple[frozenset[Capability], Callable[[_Run], None]], ...]] = (
    *[(_NONE, _Run.save)] * 4,
    (_NONE, _Run.search),
    (_NONE, _Run.import_something),
    (_NONE, _Run.sweep),
    *[(_OUTBOX, _Run.tell)] * 2,
    (_OUTBOX, _Run.acknowledge),
    *[(_SOURCES, _Run.put)] * 2,
    *[(_SOURCES, _Run.look_up)] * 2,
)
