"""Files of every format, and what holds for the import of each: tests of all formats share this."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from importlib import import_module
from io import BytesIO

import pytest
from attrs import evolve

from certlib import Actor, Learner, Service
from certlib.adapters.memory import MemoryStore
from certlib.certifications import Certification, Curriculum, External, Online, Step, Version
from certlib.errors import PreviewOutdatedError
from certlib.io import Applied, Format, ImportOptions, Preview, PreviewedRow
from certlib.policies import PerCertificate, Policy
from certlib.ports import Change, EnrollmentKey, ImportRecord, NoticeState, SaveAnswer
from certlib.state import Enrollment, Event, Status
from tests.hosts import EVA, FIRE, FORK, NOW, PEOPLE, TRAININGS, YEARLY, completed
from tests.io.uploads import held

# `certlib.io._imports.apply` is the function; this is where it lives.
apply_module = import_module("certlib.io._imports.apply")

STEP = Step(code="course", paths=(Online(requires=completed("FORK")), External()))
CRANE = Certification(
    code="CRANE-1",
    name="Crane operator",
    versions=(
        Version(
            number=1,
            published_on=date(2020, 1, 1),
            initial=Curriculum(steps=(STEP,)),
            policy=YEARLY,
        ),
    ),
)
"""Open to all; a year, 30 days of grace, a window of three months; the step may be done by evidence."""
CARD = Certification(
    code="CARD-1",
    name="Card",
    versions=(
        Version(
            number=1,
            published_on=date(2020, 1, 1),
            initial=Curriculum(steps=(STEP,)),
            policy=Policy(validity=PerCertificate()),
        ),
    ),
)
"""Each certificate states its own last valid day."""


class BreakdownError(Exception):
    """What an import is interrupted by."""


class FailingStore(MemoryStore):
    """A store of the people and the catalog, whose writes fail as it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.put_learners(evolve(each, username=each.id.rstrip("12")) for each in PEOPLE)
        self.put_trainings(TRAININGS)
        self.put_certifications((FIRE, FORK, CRANE, CARD))
        self.writes = 0
        self.fails_at: int | None = None
        self.fails_before = True

    def save(self, changes: Sequence[Change]) -> tuple[SaveAnswer, ...]:
        self._write(before=True)
        answers = super().save(changes)
        self._write(before=False)
        return answers

    def save_import(self, record: ImportRecord) -> None:
        self._write(before=True)
        super().save_import(record)
        self._write(before=False)

    def _write(self, *, before: bool) -> None:
        self.writes += before
        if self.writes == self.fails_at and before is self.fails_before:
            self.fails_at = None
            raise BreakdownError


def service_of(store: MemoryStore | None = None) -> Service:
    """Return a service over such a store."""
    store = store or FailingStore()
    return Service(store=store, sources=store)


def file_of(kind: Format, *rows: str, heading: str | None = None) -> BytesIO:
    """Return a file of a format: its heading, and rows as they are written."""
    first = ",".join(column.heading for column in kind.columns) if heading is None else heading
    return BytesIO("".join(f"{row}\r\n" for row in (first, *rows) if row).encode())


def seen(
    kind: Format,
    service: Service,
    *rows: str,
    actor: Actor = EVA,
    now: datetime = NOW,
    options: ImportOptions | None = None,
) -> tuple[Preview, dict[int, PreviewedRow]]:
    """Preview a file of these rows; return what was said of the whole, and of each row."""
    shown: dict[int, PreviewedRow] = {}
    found = service.preview_import(
        file_of(kind, *rows),
        format=kind,
        actor=actor,
        now=now,
        options=options,
        look=lambda row: shown.update({row.row: row}),
    )
    assert found.rows == found.new + found.already_completed + found.errors == len(shown)
    assert len(found.problems) == found.errors
    return found, shown


def imported(
    kind: Format,
    service: Service,
    *rows: str,
    actor: Actor = EVA,
    now: datetime = NOW,
    options: ImportOptions | None = None,
    token: str | None = None,
) -> Applied:
    """Import a file of these rows; the preview before it must have said the same."""
    said, _ = seen(kind, service, *rows, actor=actor, now=now, options=options)
    done = service.apply_import(
        file_of(kind, *rows), format=kind, actor=actor, now=now, options=options, token=token
    )
    assert done.preview == said
    return done


def told(found: Preview) -> dict[int, tuple[str, str | None]]:
    """Return the code and the column of each row of the errors."""
    return {each.row: (each.code, each.column) for each in found.problems}


def events_of(store: MemoryStore, learner: str, certification: str) -> tuple[Event, ...]:
    key = EnrollmentKey(learner, certification)
    return store.history([key]).get(key, ())


def enrollment_of(store: MemoryStore, learner: str, certification: str) -> Enrollment:
    key = EnrollmentKey(learner, certification)
    return store.load([key]).get(
        key, Enrollment.blank(learner=learner, certification=certification)
    )


def waiting(store: MemoryStore) -> list[str]:
    """Return who is to be told something."""
    notices = dict(store.notices(limit=100))
    states = store.notice_states(notices)
    return [notices[id].learner for id in notices if states[id] is NoticeState.WAITING]


def status_of(service: Service, learner: str, certification: str) -> Status | None:
    return service.certified(learner=learner, certification=certification, actor=EVA, at=NOW).status


def check_laws(
    kind: Format,
    rows: Sequence[str],
    *,
    options: ImportOptions | None = None,
    before: Callable[[Service], None] = lambda _: None,
) -> None:
    """Check what holds for every import (F1, F4, F4b), with these rows.

    A preview writes nothing and says what will be done; the second time nothing is new; interrupted
    at any write, before or after it, and run again, all is as if it had not been; a token is good as
    long as every row falls into the same set. No invariant is broken.
    """

    def prepared() -> FailingStore:
        store = FailingStore()
        before(service_of(store))
        store.writes = 0
        return store

    whole = prepared()
    untouched = held(whole)
    said, _ = seen(kind, service_of(whole), *rows, options=options)
    assert held(whole) == untouched
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(apply_module, "BATCH", 1)
        expected = imported(kind, service_of(whole), *rows, options=options, token=said.token)
        writes, result = whole.writes, held(whole)
        assert writes == 2 + said.new > 2
        for fails_before in (True, False):
            for write in range(1, writes + 1):
                store = prepared()
                store.fails_at, store.fails_before = write, fails_before
                with pytest.raises(BreakdownError):
                    imported(kind, service_of(store), *rows, options=options)
                done = imported(kind, service_of(store), *rows, options=options)
                if write < writes or fails_before:
                    assert done.import_id == expected.import_id
                    assert evolve(done.preview, resumes=None) == expected.preview
                assert held(store) == result, (write, fails_before)

    again, _ = seen(kind, service_of(whole), *rows, options=options)
    assert again.new == 0
    assert imported(kind, service_of(whole), *rows, options=options).import_id is None
    with pytest.raises(PreviewOutdatedError) as raised:
        imported(kind, service_of(whole), *rows, options=options, token=said.token)
    assert raised.value.preview == again
    assert held(whole) == result
    assert list(service_of(whole).audit(actor=EVA, at=NOW)) == []


def with_people(*learners: Learner) -> FailingStore:
    """Return such a store with more people."""
    store = FailingStore()
    store.put_learners(learners)
    return store
