"""A host's own sources, store and outbox fit where certlib takes one, and what lacks a method does not."""

# pyright: strict, reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from certlib import Certification, Enrollment, Learner, Service
from certlib.adapters.memory import MemoryStore
from certlib.adapters.sqlite import SqliteStore
from certlib.audit import Index
from certlib.ports import (
    Change,
    EnrollmentKey,
    IdentifierKind,
    ImportRecord,
    Outbox,
    Query,
    RowOutcome,
    SaveAnswer,
    SavedKey,
    Sources,
    Store,
    Undo,
)
from certlib.state import Event, Notice
from certlib.trainings import Training
from certlib.transcript import Transcript


class Directory:
    """People and a catalog; nothing of certlib's is inherited."""

    def learners(self, ids: Collection[str]) -> dict[str, Learner]:
        raise NotImplementedError

    def all_learners(self, *, limit: int, after: str | None = None) -> list[Learner]:
        raise NotImplementedError

    def find_learners(
        self, identifiers: Collection[str], *, by: IdentifierKind
    ) -> Mapping[str, tuple[Learner, ...]]:
        raise NotImplementedError

    def certifications(self, codes: Collection[str] | None = None) -> dict[str, Certification]:
        raise NotImplementedError

    def find_certifications(
        self, names: Collection[str]
    ) -> Mapping[str, tuple[Certification, ...]]:
        raise NotImplementedError

    def find_trainings(self, names: Collection[str]) -> Mapping[str, tuple[Training, ...]]:
        raise NotImplementedError

    def courses_with(self, modules: Collection[str]) -> Mapping[str, tuple[Training, ...]]:
        raise NotImplementedError

    def needing(self, trainings: Collection[str]) -> Mapping[str, tuple[str, ...]]:
        raise NotImplementedError

    def transcripts(self, learners: Collection[str]) -> Mapping[str, Transcript]:
        raise NotImplementedError


class Records:
    """Records in a database of the host's own."""

    tenant: str = "north"

    def load(self, keys: Collection[EnrollmentKey]) -> dict[EnrollmentKey, Enrollment]:
        raise NotImplementedError

    def history(self, keys: Collection[EnrollmentKey]) -> Mapping[EnrollmentKey, tuple[Event, ...]]:
        raise NotImplementedError

    def save(self, changes: Sequence[Change]) -> tuple[SaveAnswer, ...]:
        raise NotImplementedError

    def saved_answers(self, keys: Collection[str]) -> Mapping[str, SavedKey]:
        raise NotImplementedError

    def transcripts(self, learners: Collection[str]) -> Mapping[str, Transcript]:
        raise NotImplementedError

    def due(
        self, before: datetime, *, limit: int, after: EnrollmentKey | None = None
    ) -> tuple[EnrollmentKey, ...]:
        raise NotImplementedError

    def find(
        self, query: Query, *, limit: int, after: EnrollmentKey | None = None
    ) -> tuple[Enrollment, ...]:
        raise NotImplementedError

    def indexed(self, keys: Collection[EnrollmentKey]) -> Mapping[EnrollmentKey, Index]:
        raise NotImplementedError

    def notice_keys(
        self, keys: Collection[EnrollmentKey]
    ) -> Mapping[EnrollmentKey, frozenset[str]]:
        raise NotImplementedError

    def imports(self, *, purpose: str | None = None) -> tuple[ImportRecord, ...]:
        raise NotImplementedError

    def save_import(self, record: ImportRecord) -> None:
        raise NotImplementedError

    def save_undo(self, import_id: str, undo: Undo) -> None:
        raise NotImplementedError

    def import_rows(
        self, import_id: str, *, limit: int, after: int | None = None
    ) -> tuple[RowOutcome, ...]:
        raise NotImplementedError

    def last_sweep(self) -> datetime | None:
        raise NotImplementedError

    def record_sweep(self, now: datetime) -> None:
        raise NotImplementedError

    def reset_sweep(self, now: datetime) -> None:
        raise NotImplementedError


class Mail:
    """Notices that the host tells."""

    def claim(
        self, *, limit: int, now: datetime, lease: datetime
    ) -> tuple[tuple[int, Notice], ...]:
        raise NotImplementedError

    def acknowledge(self, ids: Collection[int]) -> None:
        raise NotImplementedError


class RecordsThatAnswerNothing(Records):
    """A store that does not say whether it saved."""

    def save(self, changes: Sequence[Change]) -> None:  # type: ignore[override]
        raise NotImplementedError


class Nothing:
    """No store at all."""


sources: Sources = Directory()
store: Store = Records()
outbox: Outbox = Mail()
both: Service = Service(sources=Directory(), store=Records())


def takes_an_outbox(outbox: Outbox) -> None:
    outbox.acknowledge([])


def the_same_object_for_all(memory: MemoryStore, sqlite: SqliteStore) -> tuple[Service, ...]:
    takes_an_outbox(memory)
    takes_an_outbox(sqlite)
    return (
        Service(sources=memory, store=memory),
        Service(sources=sqlite, store=sqlite),
        Service(sources=Directory(), store=sqlite),
    )


def wrong_uses() -> None:
    Service(sources=Records(), store=Records())  # type: ignore[arg-type]
    Service(sources=Directory(), store=Directory())  # type: ignore[arg-type]
    Service(sources=Directory(), store=RecordsThatAnswerNothing())  # type: ignore[arg-type]
    Service(sources=Directory(), store=Nothing())  # type: ignore[arg-type]
    Service(Records(), Directory())  # type: ignore[call-arg]
    Service(sources=Directory())  # type: ignore[call-arg]


def a_path_is_no_store(path: str) -> Service:
    return Service(sources=path, store=path)  # type: ignore[arg-type]
