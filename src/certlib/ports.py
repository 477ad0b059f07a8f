"""What a host implements: three protocols, synchronous, batch first, with nothing to inherit.

The read side and the write side are apart: hosts own people, courses and completions (`Sources`);
certlib's own records are in a `Store`; what is to be told waits in an `Outbox`.

The contract, in words, for every adapter:

- A `Change` is atomic: all of it is saved, or nothing. A batch is not, and gives one answer each.
- A change whose expected version is stale is a `Conflict`, and nothing of it is saved.
- A change with a key that was saved before is not saved again, and answers ``Saved(again=True)``.
- Events keep the order of their sequence, per enrollment. Nothing is dropped, nothing is rewritten.
- A completion that is struck counts no more and stays in the transcript among those struck; it may be
  recorded anew, and struck again.
- Instants come back aware, in UTC. Unknown stored tags raise `UnknownKindError`.
- A store is bound to one tenant; what belongs to another tenant is not there (W2).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeAlias

from attrs import field, frozen

from certlib.audit import Index
from certlib.certifications import Certification
from certlib.errors import ConflictError
from certlib.learners import Learner
from certlib.state.enrollments import Enrollment
from certlib.state.events import Event
from certlib.state.notices import Notice
from certlib.state.status import Status
from certlib.trainings import Training
from certlib.transcript import Completion, StruckCompletion, Transcript
from certlib.validators import aware, code

__all__ = [
    "Change",
    "Conflict",
    "EnrollmentChange",
    "EnrollmentKey",
    "IdentifierKind",
    "ImportRecord",
    "NoticeState",
    "Outbox",
    "Outcome",
    "Query",
    "RowOutcome",
    "SaveAnswer",
    "Saved",
    "Sources",
    "Store",
    "Undo",
]


@frozen(order=True)
class EnrollmentKey:
    """What identifies an enrollment: one learner in one certification."""

    learner: str
    certification: str

    @classmethod
    def of(cls, enrollment: Enrollment) -> EnrollmentKey:
        """Return the key of an enrollment."""
        return cls(enrollment.learner, enrollment.certification)


class IdentifierKind(StrEnum):
    """By what a learner is looked up."""

    ID = "id"
    EMAIL = "email"
    USERNAME = "username"
    EXTERNAL_ID = "external_id"


class Sources(Protocol):
    """The host's own tables, read-only: people, trainings, certifications and completions.

    Every method takes many keys and answers them together, so that no row costs a query of its own.
    Keys without an answer are absent from the mapping.
    """

    def learners(self, ids: Collection[str]) -> Mapping[str, Learner]:
        """Return the learners with these ids."""
        ...

    def all_learners(self, *, limit: int, after: str | None = None) -> Sequence[Learner]:
        """Return learners by id, at most ``limit``, those after an id."""
        ...

    def find_learners(
        self, identifiers: Collection[str], *, by: IdentifierKind
    ) -> Mapping[str, tuple[Learner, ...]]:
        """Return, for each identifier, every learner whose identifier of that kind resembles it.

        Two identifiers resemble each other when `certlib.learners.skeleton` is the same for both.
        The caller matches exactly (`certlib.learners.normal_identifier`) and reports look-alikes.
        """
        ...

    def certifications(self, codes: Collection[str] | None = None) -> Mapping[str, Certification]:
        """Return the certifications with these codes; None: all of them, by code."""
        ...

    def find_certifications(
        self, names: Collection[str]
    ) -> Mapping[str, tuple[Certification, ...]]:
        """Return, for each text, every certification whose code or name it is.

        Compared by `certlib.learners.normal_identifier`; the caller prefers the code.
        """
        ...

    def find_trainings(self, names: Collection[str]) -> Mapping[str, tuple[Training, ...]]:
        """Return, for each text, every training whose code, external id or name it is.

        Compared by `certlib.learners.normal_identifier`; the caller prefers code and external id.
        """
        ...

    def courses_with(self, modules: Collection[str]) -> Mapping[str, tuple[Training, ...]]:
        """Return, for each module code, the courses that require the module."""
        ...

    def needing(self, trainings: Collection[str]) -> Mapping[str, tuple[str, ...]]:
        """Return, for each training code, the codes of the certifications some version of which needs it."""
        ...

    def transcripts(self, learners: Collection[str]) -> Mapping[str, Transcript]:
        """Return the transcripts of these learners, with what was struck in them (C6)."""
        ...


@frozen(kw_only=True)
class EnrollmentChange:
    """What one decision does to one enrollment."""

    enrollment: Enrollment
    expected: int
    """The version that must be stored for this to be saved; 0: no such enrollment yet."""
    events: tuple[Event, ...] = ()
    """What is appended. None, with an unchanged version: only the index is refreshed."""
    indexed_status: Status | None
    """The status when it was saved: an index to search by, never an answer."""
    indexed_at: datetime = field(validator=aware)
    """The instant the index is of."""
    next_change_at: datetime | None
    """The next change point after that: until then the index tells the truth."""


class Outcome(StrEnum):
    """The set into which a row of an import falls (F1)."""

    NEW = "new"
    ALREADY_COMPLETED = "already_completed"
    ERROR = "error"


@frozen(kw_only=True)
class RowOutcome:
    """What became of one row of an import. Only rows that recorded something are stored."""

    import_id: str
    row: int
    learner: str
    outcome: Outcome = Outcome.NEW
    note: str | None = None
    """A problem code, where the row could not be applied in the end."""


@frozen(kw_only=True)
class Change:
    """What one command, or one row of a file, does to one learner. It is saved whole or not at all.

    ``key`` makes a retry harmless: the same key is never saved twice. No two changes of a batch
    concern one learner.
    """

    learner: str
    enrollments: tuple[EnrollmentChange, ...] = ()
    completions: tuple[Completion, ...] = ()
    struck: tuple[StruckCompletion, ...] = ()
    """What is struck in the transcript, before anything is added; of what is not there, nothing is."""
    notices: tuple[Notice, ...] = ()
    """What is to be told; a notice whose key the enrollment has already is not added again."""
    withheld: tuple[Notice, ...] = ()
    """What nobody is told, for good, since the learner was inactive (P12b)."""
    withdrawn: tuple[Notice, ...] = ()
    """Notices whose reason has gone: untold ones are withdrawn, told ones are corrected (P12b)."""
    outcome: RowOutcome | None = None
    key: str | None = None


class NoticeState(StrEnum):
    """What has become of a notice."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    """Somebody is telling it; when his lease has run out, another may claim it."""
    TOLD = "told"
    WITHDRAWN = "withdrawn"
    WITHHELD = "withheld"


@frozen(kw_only=True)
class Saved:
    """The change is stored; ``again``: it had been stored before, by the same key."""

    again: bool = False


@frozen(kw_only=True)
class Conflict:
    """Nothing of the change is stored: an enrollment was not at the expected version."""

    key: EnrollmentKey
    expected: int
    found: int

    def error(self) -> ConflictError:
        """Return what is raised where working it out again did not help either."""
        return ConflictError(self.key.learner, self.key.certification, self.expected, self.found)


SaveAnswer: TypeAlias = Saved | Conflict


@frozen(kw_only=True)
class Undo:
    """One time that an import was undone: by whom, when, why, and how far it went (F5)."""

    number: int
    """The first undo of an import is 1; what was refused then is taken up by the next."""
    actor: str
    at: datetime = field(validator=aware)
    reason: str
    undone: int = 0
    """Rows that it undid; those that were undone before are not among them."""
    refused: int = 0
    """Rows that stayed, since something was built on them."""
    finished: bool = False
    """Whether it came to the end; one that was interrupted is followed by another."""


@frozen(kw_only=True)
class ImportRecord:
    """One import: which file, by whom, when, and whether it has been applied to the end."""

    id: str = field(validator=code)
    format: str
    file_name: str | None
    digest: str
    """SHA-256 of the file's bytes, in hexadecimal."""
    purpose: str
    """Digest of file, format, options, actor and tenant: the same purpose resumes an unfinished import."""
    actor: str
    at: datetime = field(validator=aware)
    new: int
    already_completed: int
    errors: int
    finished: bool = False
    """Whether nothing is left to take up: it has been applied to the end, or it is undone."""
    undos: tuple[Undo, ...] = ()
    """How it was undone, by number. They are stored by `Store.save_undo` alone."""


@frozen(kw_only=True)
class Query:
    """Which enrollments to look through. None: no restriction."""

    learners: tuple[str, ...] | None = None
    certifications: tuple[str, ...] | None = None
    status: Status | None = None
    at: datetime = field(validator=aware)
    """The instant that the status is asked about."""


class Store(Protocol):
    """certlib's records, bound to one tenant."""

    @property
    def tenant(self) -> str:
        """The tenant that it is bound to."""
        ...

    def load(self, keys: Collection[EnrollmentKey]) -> Mapping[EnrollmentKey, Enrollment]:
        """Return the enrollments with these keys; absent ones are absent."""
        ...

    def history(self, keys: Collection[EnrollmentKey]) -> Mapping[EnrollmentKey, tuple[Event, ...]]:
        """Return the events of these enrollments, by sequence."""
        ...

    def save(self, changes: Sequence[Change]) -> tuple[SaveAnswer, ...]:
        """Save each change whole or not at all, and answer each."""
        ...

    def saved_keys(self, keys: Collection[str]) -> frozenset[str]:
        """Return those of these keys under which a change has been saved."""
        ...

    def due(
        self, before: datetime, *, limit: int, after: EnrollmentKey | None = None
    ) -> tuple[EnrollmentKey, ...]:
        """Return enrollments whose next change point is at or before an instant, by key."""
        ...

    def find(
        self, query: Query, *, limit: int, after: EnrollmentKey | None = None
    ) -> tuple[Enrollment, ...]:
        """Return enrollments by key, at least all that answer the query; the caller checks the status.

        An indexed status is never trusted alone: an enrollment is returned when its index has the
        status, or when the index may not tell the truth about the instant (a change point has passed,
        the instant lies before the index's).
        """
        ...

    def indexed(self, keys: Collection[EnrollmentKey]) -> Mapping[EnrollmentKey, Index]:
        """Return what these enrollments are searched by: an audit looks whether it tells the truth."""
        ...

    def notice_keys(
        self, keys: Collection[EnrollmentKey]
    ) -> Mapping[EnrollmentKey, frozenset[str]]:
        """Return the keys of all notices there have been about these enrollments, told or not."""
        ...

    def imports(self, *, purpose: str | None = None) -> tuple[ImportRecord, ...]:
        """Return the imports, oldest first; only those of a purpose where one is given."""
        ...

    def save_import(self, record: ImportRecord) -> None:
        """Store an import, or replace the record of the same id; its undos stay as they are stored."""
        ...

    def save_undo(self, import_id: str, undo: Undo) -> None:
        """Store an undo of an import, or replace the one of the same number."""
        ...

    def import_rows(
        self, import_id: str, *, limit: int, after: int | None = None
    ) -> tuple[RowOutcome, ...]:
        """Return the stored outcomes of an import by row, those after a row."""
        ...

    def last_sweep(self) -> datetime | None:
        """Return the ``now`` of the latest sweep (T7)."""
        ...

    def record_sweep(self, now: datetime) -> None:
        """Store the ``now`` of a sweep."""
        ...


class Outbox(Protocol):
    """Notices that wait to be told.

    Whoever tells them claims some, tells them, and acknowledges them. One that is claimed and not
    acknowledged before its lease runs out is claimed again: a notice is told at least once, and
    twice only where somebody died between telling and acknowledging. ``Notice.key`` lets the host
    tell them apart.
    """

    def claim(
        self, *, limit: int, now: datetime, lease: datetime
    ) -> tuple[tuple[int, Notice], ...]:
        """Return notices nobody else has claimed, with their ids, oldest first, claimed until ``lease``.

        A claim whose lease ended at or before ``now`` counts no longer.
        """
        ...

    def acknowledge(self, ids: Collection[int]) -> None:
        """Mark notices as told. One that was withdrawn meanwhile stays so: its correction waits."""
        ...
