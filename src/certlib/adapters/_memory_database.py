"""What stores in memory hold, by tenant."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime

from attrs import define, field, fields, frozen

from certlib.adapters.store_rules import Payload
from certlib.certifications import Certification
from certlib.learners import Learner
from certlib.ports import (
    EnrollmentChange,
    EnrollmentKey,
    ImportRecord,
    NoticeState,
    Query,
    RowOutcome,
    SavedKey,
    Undo,
)
from certlib.state._enrollments import Enrollment
from certlib.state._events import Event
from certlib.state._notices import Notice
from certlib.trainings import Training
from certlib.transcript import Completion, CompletionKey, Reset, StruckCompletion

__all__ = ["Held", "Indexed", "KeptNotice", "MemoryDatabase"]


@frozen(kw_only=True)
class Indexed:
    """An enrollment with its index entry."""

    enrollment: Enrollment
    change: EnrollmentChange

    def may_be_due(self, instant: datetime) -> bool:
        """Whether its next change point is at or before an instant."""
        next_change_at = self.change.next_change_at
        return next_change_at is not None and next_change_at <= instant

    def may_answer(self, query: Query) -> bool:
        """Whether its index entry answers the query, or is outdated at that instant."""
        return (
            (query.learners is None or self.enrollment.learner in query.learners)
            and (
                query.certifications is None
                or self.enrollment.certification in query.certifications
            )
            and (
                query.status is None
                or self.change.indexed_status is query.status
                or query.at < self.change.indexed_at
                or self.may_be_due(query.at)
            )
        )


@frozen(kw_only=True)
class KeptNotice:
    """A notice and its state."""

    notice: Notice
    state: NoticeState = NoticeState.WAITING
    leased_until: datetime | None = None

    def may_be_claimed(self, now: datetime) -> bool:
        """Whether it waits, or the lease of its claim has run out."""
        if self.state is NoticeState.CLAIMED:
            return self.leased_until is not None and self.leased_until <= now
        return self.state is NoticeState.WAITING


@define
class Held:
    """What one tenant's store holds."""

    learners: dict[str, Learner] = field(factory=dict[str, Learner])
    trainings: dict[str, Training] = field(factory=dict[str, Training])
    certifications: dict[str, Certification] = field(factory=dict[str, Certification])
    completions: dict[tuple[str, CompletionKey], Completion] = field(
        factory=dict[tuple[str, CompletionKey], Completion]
    )
    struck: dict[str, tuple[StruckCompletion, ...]] = field(
        factory=dict[str, tuple[StruckCompletion, ...]]
    )
    """By learner, in the order in which they were struck."""
    resets: dict[tuple[str, CompletionKey], Reset] = field(
        factory=dict[tuple[str, CompletionKey], Reset]
    )
    transcript_versions: dict[str, int] = field(factory=dict[str, int])
    """By learner: how many saved changes have touched their transcript."""
    enrollments: dict[EnrollmentKey, Indexed] = field(factory=dict[EnrollmentKey, Indexed])
    events: dict[EnrollmentKey, tuple[Event, ...]] = field(
        factory=dict[EnrollmentKey, tuple[Event, ...]]
    )
    notices: dict[int, KeptNotice] = field(factory=dict[int, KeptNotice])
    notice_ids: dict[tuple[str, str, str], int] = field(factory=dict[tuple[str, str, str], int])
    """By learner, certification and key: each key is used once for an enrollment."""
    keys: dict[str, Payload] = field(factory=dict[str, Payload])
    answers: dict[str, SavedKey] = field(factory=dict[str, SavedKey])
    """By key: to what it is bound besides the payload, and the answer kept with it."""
    imports: dict[str, ImportRecord] = field(factory=dict[str, ImportRecord])
    rows: dict[tuple[str, int], RowOutcome] = field(factory=dict[tuple[str, int], RowOutcome])
    undos: dict[tuple[str, int], Undo] = field(factory=dict[tuple[str, int], Undo])
    """By import and number."""
    sweeps: dict[str, datetime] = field(factory=dict[str, datetime])


class MemoryDatabase:
    """Holds the records of tenants, as a file or a server would."""

    def __init__(self) -> None:
        self._tenants: dict[str, Held] = {}

    def held(self, tenant: str) -> Held:
        """Return the data of a tenant."""
        return self._tenants.setdefault(tenant, Held())

    @contextmanager
    def replacing(self, tenant: str) -> Generator[Held]:
        """Give a copy of a tenant's data that replaces it at the end, unless something is raised."""
        held = self.held(tenant)
        copied = Held(**{each.name: dict(getattr(held, each.name)) for each in fields(Held)})
        yield copied
        self._tenants[tenant] = copied
