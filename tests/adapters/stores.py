"""The stores that the suite runs against, and what is put into them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol, cast

from attrs import evolve

from certlib.adapters.memory import MemoryDatabase, MemoryStore
from certlib.adapters.sqlite import SqliteStore
from certlib.certifications import Certification
from certlib.learners import Learner
from certlib.ports import Change, EnrollmentChange, NoticeState, Outbox, SaveAnswer, Saved
from certlib.serialize import RECORDS, Records
from certlib.state.enrollments import Assignment, AssignmentSource, Enrollment
from certlib.state.events import Event
from certlib.state.facts import AssignmentAdded, Fact
from certlib.state.fold import recorded
from certlib.state.status import Status
from certlib.trainings import Training
from tests.dumps import Embedded

NOW = datetime(2026, 11, 21, 9, 30, 0, 123456, tzinfo=UTC)
DAY = timedelta(days=1)


class Putting(Embedded, Outbox, Protocol):
    """A store that takes what a host hands over, and whose notices may be claimed."""

    def put_learners(self, learners: Iterable[Learner]) -> None: ...
    def put_trainings(self, trainings: Iterable[Training]) -> None: ...
    def put_certifications(self, certifications: Iterable[Certification]) -> None: ...
    def notice_states(self, ids: Collection[int]) -> Mapping[int, NoticeState]: ...


class MakeStore(Protocol):
    """Binds to a tenant of the one database that a test has."""

    def __call__(self, tenant: str = "default", records: Records = RECORDS) -> Putting: ...


class Reopened:
    """An SQLite store that is opened for each call and closed after it: nothing is only in memory."""

    def __init__(self, path: Path, tenant: str, records: Records) -> None:
        self.path, self.tenant, self.records = path, tenant, records

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*arguments: object, **named: object) -> object:
            with SqliteStore.open(self.path, tenant=self.tenant, records=self.records) as store:
                method: Callable[..., object] = getattr(store, name)
                return method(*arguments, **named)

        return call


@contextmanager
def in_memory(folder: Path) -> Iterator[MakeStore]:
    database = MemoryDatabase()

    def make(tenant: str = "default", records: Records = RECORDS) -> Putting:
        return MemoryStore(database, tenant=tenant, records=records)

    yield make


@contextmanager
def in_sqlite(folder: Path) -> Iterator[MakeStore]:
    path = folder / "store.db"
    opened = [SqliteStore.create(path)]

    def make(tenant: str = "default", records: Records = RECORDS) -> Putting:
        opened.append(SqliteStore.open(path, tenant=tenant, records=records))
        return opened[-1]

    try:
        yield make
    finally:
        for store in opened:
            store.close()


@contextmanager
def in_sqlite_reopened(folder: Path) -> Iterator[MakeStore]:
    path = folder / "store.db"
    SqliteStore.create(path).close()

    def make(tenant: str = "default", records: Records = RECORDS) -> Putting:
        return cast("Putting", Reopened(path, tenant, records))

    yield make


DATABASES: dict[str, Callable[[Path], AbstractContextManager[MakeStore]]] = {
    "memory": in_memory,
    "sqlite": in_sqlite,
    "sqlite reopened": in_sqlite_reopened,
}


# --- changes ----------------------------------------------------------------------------------


def fact(reference: str = "r") -> Fact:
    """A fact that tells itself from others."""
    return AssignmentAdded(
        source=AssignmentSource.RULE, reference=reference, due_on=date(2027, 2, 28)
    )


def added(
    before: Enrollment,
    *facts: Fact,
    at: datetime = NOW,
    status: Status | None = Status.ASSIGNED,
    indexed_at: datetime = NOW,
    next_change_at: datetime | None = None,
) -> EnrollmentChange:
    """What facts, each an entry of its own, make of an enrollment."""
    events = [
        Event(
            sequence=before.version + count,
            entry=before.entries + count,
            at=at,
            recorded_at=at + timedelta(microseconds=count),
            actor="admin:eva",
            row="assign",
            fact=each,
        )
        for count, each in enumerate(facts, start=1)
    ]
    assigned = Assignment(source=AssignmentSource.RULE, reference="r", at=at)
    after = recorded(evolve(before, last_fact_at=at, assignments=(assigned,)), events)
    return EnrollmentChange(
        enrollment=after,
        expected=before.version,
        events=tuple(events),
        indexed_status=status,
        indexed_at=indexed_at,
        next_change_at=next_change_at,
    )


def blank(learner: str = "ann", certification: str = "FIRE-1") -> Enrollment:
    return Enrollment.blank(learner=learner, certification=certification)


def change(*parts: EnrollmentChange, learner: str = "ann", **others: Any) -> Change:
    return Change(learner=learner, enrollments=parts, **others)


def save(store: Putting, *changes: Change) -> Sequence[SaveAnswer]:
    """Save changes that are sure to be saved."""
    answers = store.save(changes)
    assert answers == tuple(Saved() for _ in changes)
    return answers
