"""What a host implements: three protocols, synchronous, batch first, with nothing to inherit.

The read side and the write side are apart: hosts own people, courses and completions (`Sources`);
certlib's own records are in a `Store`; what is to be told waits in an `Outbox`.

The contract, for every store. `certlib.testing.contract` has a check for each sentence.

Saving (`Store.save`):

- A `Change` is atomic: all of it is saved, or nothing. A batch is not: each change has its own answer,
  and a conflict spoils no other. An *error*, though, undoes the whole batch.
- A change that expects another version of an enrollment than the one stored is a `Conflict`, whether it
  changes the enrollment or was only decided on it (`Change.unchanged`). An enrollment that is not stored
  has version 0.
- A change that was decided on another version of the learner's transcript than the one stored is a
  `Conflict`, too (`Change.transcript`). A transcript of which nothing is stored has version 0.
- All versions are compared under the lock under which the change is saved, and before anything of it is.
- A change without events refreshes the index, at the version it expects, and nothing else.
- A change whose key was saved before is not saved again: ``Saved(again=True)``. The key is bound to a
  payload and to what the caller says (`Change.bound_to`); with another payload, or bound to something
  else, it raises `StoreError` with the code ``key_reused``.
- A row of an import is saved once. Again, it raises `StoreError` with the code ``row_reused``.
- Two changes about one learner, one enrollment twice in a change (changed or unchanged), an enrollment of
  somebody else, and events that do not lead from the expected version to the enrollment's, one by one,
  raise `InvalidValueError`.

Reading:

- Nothing is dropped or rewritten. Events come by sequence. A stored tag, field or value that is not
  known raises `UnknownKindError`.
- Instants come back aware and in `datetime.UTC`, to the microsecond; the store converts those that it
  is given in other zones.
- What is absent is absent from the mapping, or an empty tuple, or None. To ask for nothing is no error,
  and what is asked for twice is answered once.
- *By key*, *by id* and *by code* mean by code points, as Python compares texts. Databases have other
  collations by default.
- Ids and keys may be asked for with a NUL in them, and are absent then. Reasons may hold a NUL, and the
  name of a file half a character (a lone surrogate) as well.
- What one store saves, every other store over the same database reads at once.

Completions: a change strikes first and adds then. A strike keeps the completion that is *stored*, not
the one given. What is not stored is not struck; what is stored is not doubled, and stays as it was. A
struck completion stays readable, may be recorded anew, and be struck again. Resets come after: one whose
training and instant are stored already changes nothing. A change that stores a completion, a strike or a
reset raises the version of the learner's transcript by one, and at least to the versions since which these
completions and strikes say that they are known (records that are loaded keep theirs); one that stores none
leaves it.

Notices: an enrollment has one notice of each key, the first. Change by change its notices are saved, then
its withheld ones; what is withdrawn, with its corrections, comes after those of the whole batch.

A store is bound to one tenant; what belongs to another tenant is not there. So every id, key, import
and row is a tenant's own.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeAlias

from attrs import Factory, field, frozen

from certlib._declared import checked
from certlib._validators import aware, code
from certlib.audit import Index
from certlib.certifications import Certification
from certlib.errors import ConflictError, InvalidValueError
from certlib.learners import Learner
from certlib.state._enrollments import Enrollment
from certlib.state._events import Event
from certlib.state._notices import Notice
from certlib.state._status import Status
from certlib.trainings import Training
from certlib.transcript import Completion, Reset, StruckCompletion, Transcript

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
    "SavedKey",
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
        """Return learners by id, at most ``limit``, those after an id. Ids go by code points."""
        ...

    def find_learners(
        self, identifiers: Collection[str], *, by: IdentifierKind
    ) -> Mapping[str, tuple[Learner, ...]]:
        """Return, for each identifier, every learner whose identifier of that kind resembles it, by id.

        Two identifiers resemble each other when `certlib.learners.skeleton` is the same for both.
        The caller matches exactly (`certlib.learners.normal_identifier`) and reports look-alikes.
        Two learners with one identifier are both returned. The keys are the identifiers as given.
        """
        ...

    def certifications(self, codes: Collection[str] | None = None) -> Mapping[str, Certification]:
        """Return the certifications with these codes; None: all of them, by code."""
        ...

    def find_certifications(
        self, names: Collection[str]
    ) -> Mapping[str, tuple[Certification, ...]]:
        """Return, for each text, every certification whose code or name it is, by code.

        Compared by `certlib.learners.normal_identifier`; the caller prefers the code.
        """
        ...

    def find_trainings(self, names: Collection[str]) -> Mapping[str, tuple[Training, ...]]:
        """Return, for each text, every training whose code, external id or name it is, by code.

        Compared by `certlib.learners.normal_identifier`; the caller prefers code and external id.
        """
        ...

    def courses_with(self, modules: Collection[str]) -> Mapping[str, tuple[Training, ...]]:
        """Return, for each module code, the courses that require the module, by code.

        Optional modules are not required. A code is compared exactly.
        """
        ...

    def needing(self, trainings: Collection[str]) -> Mapping[str, tuple[str, ...]]:
        """Return, for each training code, the codes of the certifications that a completion may concern.

        Those some version of which needs the training: every version counts, drafts and retired ones too,
        and both of its curricula. And those whose eligibility mentions it. By code.
        """
        ...

    def transcripts(self, learners: Collection[str]) -> Mapping[str, Transcript]:
        """Return the transcripts of these learners, with what was struck and reset in them (C6).

        Completions come by instant, those of one instant by training; resets likewise; those struck in the
        order in which they were struck. Whoever has none of these is absent; whoever has only struck ones,
        or only resets, is not.
        """
        ...


@checked
@frozen(kw_only=True)
class EnrollmentChange:
    """What one decision does to one enrollment.

    The events are numbered from ``expected + 1`` to the version of the enrollment, without a gap.
    """

    enrollment: Enrollment
    expected: int
    """The version that must be stored for this to be saved; 0: no such enrollment yet."""
    events: tuple[Event, ...] = ()
    """What is appended. None, with an unchanged version: only the index is refreshed, whatever else the
    enrollment given says."""
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


@checked
@frozen(kw_only=True)
class RowOutcome:
    """What became of one row of an import. Only rows that recorded something are stored."""

    import_id: str
    row: int
    learner: str
    outcome: Outcome = Outcome.NEW
    note: str | None = None
    """A problem code, where the row could not be applied in the end."""


@checked
@frozen(kw_only=True)
class Change:
    """What one command, or one line of a file, does to one learner. It is saved whole or not at all.

    No two changes of a batch concern one learner. Its parts are saved in this order: enrollments,
    strikes, completions, resets, notices, withheld notices, the row of the import, the key. What is withdrawn
    comes last, after all changes of the batch.
    """

    learner: str
    enrollments: tuple[EnrollmentChange, ...] = ()
    completions: tuple[Completion, ...] = ()
    struck: tuple[StruckCompletion, ...] = ()
    """What is struck in the transcript, before anything is added. The stored completion with the same
    training and instant is struck, and kept as it is stored; without one, nothing happens."""
    resets: tuple[Reset, ...] = ()
    """What is reset in the transcript, after anything is added. A reset of a training and an instant that
    is stored already stays as it was."""
    transcript: int | None = None
    """The version of the learner's transcript in this store (`Store.transcripts`) that it was decided on;
    another one stored is a `Conflict`. None: the transcript was not read, and is not compared."""
    unchanged: tuple[tuple[EnrollmentKey, int], ...] = ()
    """Other enrollments of the learner that the decision read and leaves as they are, each with the
    version that it saw, 0 where there was none; another version stored is a `Conflict`."""
    notices: tuple[Notice, ...] = ()
    """What is to be told. A notice whose key the enrollment has already is not added again, whatever
    became of the first."""
    withheld: tuple[Notice, ...] = ()
    """What nobody is told, for good, since the learner was inactive (P12b). It uses its key up. It comes
    before what is withdrawn: a correction that is withheld is not told."""
    withdrawn: tuple[Notice, ...] = ()
    """Notices whose reason has gone (P12b), found by learner, certification and key.

    One that waits is withdrawn. One that is claimed, and so may have been told, is withdrawn and
    corrected; one that was told is corrected: `Notice.correction` of the notice given waits, once.
    One that was withheld or withdrawn, or is not stored, stays as it is.
    """
    outcome: RowOutcome | None = None
    """What became of the row of an import; the same import and row is saved once (``row_reused``)."""
    key: str | None = None
    """Makes a retry harmless: the same key is never saved twice.

    It is bound to a payload: the learner; of each enrollment the certification and, of each event, the
    instant in UTC and the fact; of each completion, each strike and each reset the training and the
    instant in UTC; the import and the row. When something is recorded and by whom, versions, entries, the
    index and notices are no part of it: a retry may come later. The key of a change that was a `Conflict`
    is free.
    """
    bound_to: str | None = None
    """What the key is bound to besides the payload, a text that only the caller understands.

    With another text, or with none where there was one, the key is reused (``key_reused``). A key that is
    stored without a text goes by its payload alone: older stores could not bind.
    """
    answer: str | None = None
    """What the caller wants to know again when the key comes back, stored with the key as it is."""


class NoticeState(StrEnum):
    """What has become of a notice."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    """Somebody is telling it; when their lease has run out, another may claim it."""
    TOLD = "told"
    WITHDRAWN = "withdrawn"
    WITHHELD = "withheld"


@frozen(kw_only=True)
class Saved:
    """The change is stored; ``again``: it had been stored before, by the same key."""

    again: bool = False


def _learner_of_key(conflict: Conflict) -> str:
    if conflict.key is None:
        raise InvalidValueError("Conflict.learner", "absent", "a learner, as there is no key")
    return conflict.key.learner


@frozen(kw_only=True)
class Conflict:
    """Nothing of the change is stored: an enrollment, or the transcript, was not at the expected version.

    >>> Conflict(learner="ann", expected=3, found=4).error()
    ConflictError(learner='ann', certification=None, expected=3, found=4)
    """

    key: EnrollmentKey | None = None
    """The enrollment; None: the learner's transcript."""
    learner: str = field(default=Factory(_learner_of_key, takes_self=True))
    """The learner whom it is about, by default that of the key."""
    expected: int
    found: int

    @property
    def code(self) -> str:
        """``conflict`` for an enrollment, ``transcript_conflict`` for a transcript."""
        return self.error().code

    def error(self) -> ConflictError:
        """Return what is raised where working it out again did not help either."""
        certification = None if self.key is None else self.key.certification
        return ConflictError(self.learner, certification, self.expected, self.found)


@frozen(kw_only=True)
class SavedKey:
    """A key under which a change has been saved: `Change.bound_to` and `Change.answer` of that change."""

    bound_to: str | None = None
    answer: str | None = None


SaveAnswer: TypeAlias = Saved | Conflict


@checked
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


@checked
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
        """Return the enrollments with these keys; absent ones are absent.

        Raise `UnknownKindError` where a stored one has a field, tag or value that is not known.
        """
        ...

    def history(self, keys: Collection[EnrollmentKey]) -> Mapping[EnrollmentKey, tuple[Event, ...]]:
        """Return the events of these enrollments, by sequence, whatever their instants are.

        Raise `UnknownKindError` for a stored tag that is not known; no event is left out.
        """
        ...

    def save(self, changes: Sequence[Change]) -> tuple[SaveAnswer, ...]:
        """Save each change whole or not at all, and answer each, in their order.

        A `Conflict` concerns its own change. An error undoes the whole batch.

        Raises:
            InvalidValueError: Two changes concern one learner, a change names one enrollment twice or one
                of somebody else, or events leave a gap, are too many, or none with a new version.
            StoreError: A key was used for another payload, or bound to something else (``key_reused``),
                also twice within the batch; or a row of an import is stored already (``row_reused``).
        """
        ...

    def saved_answers(self, keys: Collection[str]) -> Mapping[str, SavedKey]:
        """Return those of these keys under which a change has been saved, with what was saved with them."""
        ...

    def transcripts(self, learners: Collection[str]) -> Mapping[str, Transcript]:
        """Return what this store itself holds of the transcripts of these learners, with their versions.

        As `Sources.transcripts`, which may be another table: a store that is both has one method. What
        was added, struck and reset is that of the changes saved. The version is `Transcript.version`.
        """
        ...

    def due(
        self, before: datetime, *, limit: int, after: EnrollmentKey | None = None
    ) -> tuple[EnrollmentKey, ...]:
        """Return enrollments whose next change point is at or before an instant, by key, after a key."""
        ...

    def find(
        self, query: Query, *, limit: int, after: EnrollmentKey | None = None
    ) -> tuple[Enrollment, ...]:
        """Return enrollments by key, after a key, at least all that answer the query.

        The caller checks the status: an indexed status is never trusted alone. An enrollment is
        returned when its index has the status, or when the index may not tell the truth about the
        instant: its next change point is at or before the instant, or the instant lies before the
        index's. Learners and certifications are matched exactly; an empty tuple of them finds nobody.
        """
        ...

    def indexed(self, keys: Collection[EnrollmentKey]) -> Mapping[EnrollmentKey, Index]:
        """Return what these enrollments are searched by: an audit looks whether it tells the truth."""
        ...

    def notice_keys(
        self, keys: Collection[EnrollmentKey]
    ) -> Mapping[EnrollmentKey, frozenset[str]]:
        """Return the keys of all notices there have been about these enrollments, told or not.

        Withheld and withdrawn ones are among them, and corrections. Enrollments without are absent.
        """
        ...

    def imports(self, *, purpose: str | None = None) -> tuple[ImportRecord, ...]:
        """Return the imports, oldest first; only those of a purpose where one is given.

        Oldest first is by ``at``, those of one instant in the order in which they were first saved. Each
        has its undos, by number.
        """
        ...

    def save_import(self, record: ImportRecord) -> None:
        """Store an import, or replace the record of the same id; its undos stay as they are stored.

        The undos of the record given are not stored.
        """
        ...

    def save_undo(self, import_id: str, undo: Undo) -> None:
        """Store an undo of an import, or replace the one of the same number."""
        ...

    def import_rows(
        self, import_id: str, *, limit: int, after: int | None = None
    ) -> tuple[RowOutcome, ...]:
        """Return the stored outcomes of an import, by row, those after a row."""
        ...

    def last_sweep(self) -> datetime | None:
        """Return the latest ``now`` of all sweeps (T7); None where there was none."""
        ...

    def record_sweep(self, now: datetime) -> None:
        """Store the ``now`` of a sweep; an earlier one than the latest changes nothing."""
        ...

    def reset_sweep(self, now: datetime) -> None:
        """Replace the latest ``now`` of all sweeps, also by an earlier one: a sweep had a wrong clock.

        Where there was no sweep, it changes nothing.
        """
        ...


class Outbox(Protocol):
    """Notices that wait to be told.

    Whoever tells them claims some, tells them, and acknowledges them. One that is claimed and not
    acknowledged before its lease runs out is claimed again: a notice is told at least once, and
    twice only where somebody died between telling and acknowledging. ``Notice.key`` lets the host
    tell them apart. A withheld or withdrawn notice is never claimed.
    """

    def claim(
        self, *, limit: int, now: datetime, lease: datetime
    ) -> tuple[tuple[int, Notice], ...]:
        """Return notices nobody else has claimed, with their ids, oldest first, claimed until ``lease``.

        Oldest first is in the order of saving, whatever their instants are; one that is claimed again
        keeps its place. A claim whose lease ended at or before ``now`` counts no longer. Two who claim
        at the same moment never get the same notice, and none is passed over.
        """
        ...

    def acknowledge(self, ids: Collection[int]) -> None:
        """Mark notices as told, also those that nobody has claimed, or others have claimed again.

        One that was withdrawn meanwhile stays so: its correction waits. A withheld one stays so, too.
        Ids that are not there are ignored; to acknowledge twice does the same.
        """
        ...
