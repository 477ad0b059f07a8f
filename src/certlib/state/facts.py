"""Facts: every kind of thing that is recorded, and what each one means (see `certlib.state.fact`).

Here are those of assignments, access, certificates and bars, and the list of all; what happens within
a cycle is in `cycle_facts`, `step_facts`, `exam_facts` and `fee_facts`.

A host adds a fact of its own by subclassing `Fact`, and registers its tag with the converter.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from attrs import field, frozen
from attrs.validators import optional

from certlib.copying import evolve
from certlib.policies import RecertificationDeadline, Terms
from certlib.state.certificates import Certificate
from certlib.state.cycle_facts import (
    CycleBegan,
    CycleEnded,
    CycleMoved,
    CycleStarted,
    DeadlineExtended,
)
from certlib.state.cycles import CycleEnd, Due, Request, RequestKind, RequestState, asked
from certlib.state.enrollments import Assignment, AssignmentSource, Enrollment
from certlib.state.exam_facts import (
    AttemptsDenied,
    AttemptsGranted,
    AttemptsRequested,
    ExamApproved,
    ExamAttempted,
    ExamDenied,
    ExamOverridden,
)
from certlib.state.fact import Fact
from certlib.state.fee_facts import (
    FeePaid,
    FeeWaived,
)
from certlib.state.status import Bar, CycleKind
from certlib.state.step_facts import (
    EvidenceApproved,
    EvidenceDenied,
    EvidenceSubmitted,
    StepCompleted,
    TestOutRecorded,
    TrainingOverridden,
)
from certlib.validators import positive

if TYPE_CHECKING:
    from certlib.state.events import Event

__all__ = [
    "FACTS",
    "AccessApproved",
    "AccessDenied",
    "AccessRequested",
    "AccessRestored",
    "AccessRevoked",
    "AssignmentAdded",
    "AssignmentDropped",
    "AttemptsDenied",
    "AttemptsGranted",
    "AttemptsRequested",
    "BarLifted",
    "CertificateAwarded",
    "CertificateDatedAgain",
    "CertificateExtended",
    "CertificateIssued",
    "CertificateRedated",
    "CycleBegan",
    "CycleEnded",
    "CycleMoved",
    "CycleStarted",
    "DeadlineExtended",
    "EntryStruck",
    "EvidenceApproved",
    "EvidenceDenied",
    "EvidenceSubmitted",
    "ExamApproved",
    "ExamAttempted",
    "ExamDenied",
    "ExamOverridden",
    "Fact",
    "FeePaid",
    "FeeWaived",
    "NextDeadlineExtended",
    "PermanentlyRevoked",
    "RecertificationForced",
    "RemovedFromCertification",
    "StepCompleted",
    "TestOutRecorded",
    "TrainingOverridden",
    "VersionChosen",
]


@frozen(kw_only=True)
class AssignmentAdded(Fact):
    """A reason for the enrollment came in (rows 1, 2 and 7)."""

    tag = "assignment_added"
    source: AssignmentSource
    reference: str | None = None
    due_on: date | None = None
    """The due day of an initial cycle, inclusive, as given or by the policy (P8)."""
    due_is_hard: bool = False
    time_zone: str = "UTC"
    """The zone in which the due day is a day."""

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Add an assignment; the latest due day of all wins, for an initial cycle that is open too."""
        added = Assignment(
            source=self.source, reference=self.reference, at=event.at, due_on=self.due_on
        )
        # There already it is where a strike has brought back the one that this one followed.
        there = enrollment.assignment(self.source, self.reference)
        assignments = enrollment.assignments if there else (*enrollment.assignments, added)
        after = evolve(enrollment, assignments=assignments)
        if self.due_on is None:
            return after
        due = Due(on=self.due_on, hard=self.due_is_hard, time_zone=self.time_zone)
        after = evolve(after, assigned_due=(after.assigned_due or due).not_before(self.due_on))
        cycle = after.open_cycle
        if cycle is None or cycle.kind is not CycleKind.INITIAL:
            return after
        return after.with_cycle(evolve(cycle, due=(cycle.due or due).not_before(self.due_on)))


@frozen(kw_only=True)
class AssignmentDropped(Fact):
    """A reason for the enrollment went (row 33)."""

    tag = "assignment_dropped"
    source: AssignmentSource
    reference: str | None = None

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Drop the assignment, if it is there (what added it may have been struck)."""
        dropped = enrollment.assignment(self.source, self.reference)
        left = tuple(a for a in enrollment.assignments if a is not dropped)
        after = evolve(enrollment, assignments=left)
        return after if left or after.open_cycle else evolve(after, assigned_due=None)


@frozen(kw_only=True)
class AccessRequested(Fact):
    """The learner asked for access (row 3)."""

    tag = "access_requested"

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Open a request; it is open only while there has been no status since (R3)."""
        request = Request(number=event.entry, kind=RequestKind.ACCESS, at=event.at)
        return evolve(enrollment, access_requests=asked(enrollment.access_requests, request))


@frozen(kw_only=True)
class AccessApproved(Fact):
    """An approver gave access (row 4)."""

    tag = "access_approved"
    request: int = field(validator=positive)

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Decide the request."""
        return enrollment.with_access_decided(RequestState.APPROVED)


@frozen(kw_only=True)
class AccessDenied(Fact):
    """An approver did not give access (row 5)."""

    tag = "access_denied"
    request: int = field(validator=positive)

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Decide the request."""
        return enrollment.with_access_decided(RequestState.DENIED)


@frozen(kw_only=True)
class CertificateIssued(Fact):
    """A cycle has nothing missing, so its certificate is issued, and the cycle ends (R2)."""

    tag = "certificate_issued"
    cycle: int = field(validator=positive)
    version: int = field(validator=positive)
    terms: Terms

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Add the certificate, and end the cycle that earned it."""
        earned = _with_certificate(enrollment, event, self, cycle=self.cycle)
        return earned.with_cycle_ended(self.cycle, event.at, CycleEnd.CERTIFICATE)


@frozen(kw_only=True)
class CertificateAwarded(Fact):
    """A certificate earned elsewhere, or given as an exemption; it ends a cycle open then (R3)."""

    tag = "certificate_awarded"
    version: int = field(validator=positive)
    terms: Terms
    score: str | None = None

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Add the certificate, and end the cycle that is open at its instant."""
        awarded = _with_certificate(enrollment, event, self, score=self.score)
        cycle = enrollment.open_cycle
        if cycle is None:
            return awarded
        return awarded.with_cycle_ended(cycle.number, event.at, CycleEnd.AWARD)


def _with_certificate(
    enrollment: Enrollment,
    event: Event,
    fact: CertificateIssued | CertificateAwarded,
    *,
    cycle: int | None = None,
    score: str | None = None,
) -> Enrollment:
    certificate = Certificate(
        sequence=event.sequence,
        entry=event.entry,
        issued_at=event.at,
        terms=fact.terms,
        version=fact.version,
        cycle=cycle,
        score=score,
        import_id=event.import_id,
    )
    return evolve(enrollment, certificates=(*enrollment.certificates, certificate))


@frozen(kw_only=True)
class CertificateDatedAgain(Fact):
    """A certificate's computed dates follow from other facts now: a late award, or a strike (T5)."""

    tag = "certificate_dated_again"
    certificate: int = field(validator=positive)
    terms: Terms
    redating: int | None = field(default=None, validator=optional(positive))
    """The event of the re-dating whose dates these are; None: those of the issue."""

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Give the certificate its new dates; an extension, a revocation and a later re-dating stay."""
        return evolve(
            enrollment,
            certificates=tuple(
                evolve(each, terms=self.terms)
                if each.sequence == self.certificate and each.redated_by == self.redating
                else each
                for each in enrollment.certificates
            ),
        )


@frozen(kw_only=True)
class CertificateExtended(Fact):
    """One learner's certificate runs to a later day; the baseline stays (row 35, T5b)."""

    tag = "certificate_extended"
    is_on_the_certificate = True
    until: date

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Raise the last valid day of the newest certificate, and a due day that follows it (P8)."""
        newest = enrollment.newest_certificate
        if newest is None:
            return enrollment
        until = max(self.until, newest.extended_to or self.until)
        after = enrollment.with_newest(evolve(newest, extended_to=until))
        cycle = after.open_cycle
        due = cycle.due if cycle else None
        if cycle is None or due is None or due.after_expiry is None:
            return after
        on = RecertificationDeadline(due=due.after_expiry).due_on(until)
        # So far ahead that it never comes is no due day at all.
        return after.with_cycle(evolve(cycle, due=None if on is None else due.not_before(on)))


@frozen(kw_only=True)
class CertificateRedated(Fact):
    """The newest certificate is dated by another version from now on (row 39, P13)."""

    tag = "certificate_redated"
    is_on_the_certificate = True
    version: int = field(validator=positive)
    terms: Terms

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Give the newest certificate its new dates, unless it is revoked or explicit."""
        newest = enrollment.newest_certificate
        if newest is None or not newest.may_be_redated:
            return enrollment
        redated = evolve(newest, version=self.version, terms=self.terms, redated_by=event.sequence)
        return enrollment.with_newest(redated)


@frozen(kw_only=True)
class NextDeadlineExtended(Fact):
    """The recertification about to begin will be due on a later day (row 36, R5)."""

    tag = "next_deadline_extended"
    is_on_the_certificate = True
    until: date

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Note it on the certificate that is to be renewed."""
        newest = enrollment.newest_certificate
        if newest is None:
            return enrollment
        until = max(self.until, newest.deadline_extended_to or self.until)
        return enrollment.with_newest(evolve(newest, deadline_extended_to=until))


@frozen(kw_only=True)
class VersionChosen(Fact):
    """An administrator moved the enrollment to a version while no cycle was open (row 39)."""

    tag = "version_chosen"
    version: int = field(validator=positive)

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Change nothing: the certificate keeps its dates, and a later cycle takes the newest (P13)."""
        return enrollment


@frozen(kw_only=True)
class AccessRevoked(Fact):
    """Access was revoked: barred until recertification, every certificate revoked (row 31)."""

    tag = "access_revoked"
    is_on_the_certificate = True

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Bar the learner, and revoke every certificate."""
        return enrollment.barred(Bar.REVOKED, event.at)


@frozen(kw_only=True)
class PermanentlyRevoked(Fact):
    """Barred until restored, every certificate revoked (row 29)."""

    tag = "permanently_revoked"
    is_on_the_certificate = True

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Bar the learner for good, and revoke every certificate."""
        return enrollment.barred(Bar.DISALLOWED, event.at)


@frozen(kw_only=True)
class AccessRestored(Fact):
    """A Disallowed learner may recertify again (row 30)."""

    tag = "access_restored"

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Turn the bar into one that recertification lifts."""
        return evolve(enrollment, bar=Bar.REVOKED)


@frozen(kw_only=True)
class BarLifted(Fact):
    """Starting recertification lifted the bar (row 27)."""

    tag = "bar_lifted"

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Lift the bar; revoked certificates stay revoked."""
        return evolve(enrollment, bar=None, bar_lifted_by=event.entry)


@frozen(kw_only=True)
class RecertificationForced(Fact):
    """Every certificate was revoked to force a recertification (row 28)."""

    tag = "recertification_forced"
    is_on_the_certificate = True

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Revoke every certificate."""
        return evolve(enrollment, certificates=enrollment.certificates_revoked(event.at))


@frozen(kw_only=True)
class RemovedFromCertification(Fact):
    """The enrollment ended: every assignment is gone (rows 32 and 33); its history stays."""

    tag = "removed"

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Drop every assignment, and the due day that they asked for."""
        return evolve(enrollment, assignments=(), assigned_due=None)


@frozen(kw_only=True)
class EntryStruck(Fact):
    """An entry was an error: all that it recorded never counted (row 37)."""

    tag = "entry_struck"
    entry: int = field(validator=positive)

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Change nothing: the fold leaves the struck entry out (`certlib.state.fold`)."""
        return enrollment


FACTS: tuple[type[Fact], ...] = (
    AssignmentAdded,
    AssignmentDropped,
    AccessRequested,
    AccessApproved,
    AccessDenied,
    CycleBegan,
    CycleStarted,
    CycleMoved,
    CycleEnded,
    FeePaid,
    FeeWaived,
    StepCompleted,
    TrainingOverridden,
    EvidenceSubmitted,
    EvidenceApproved,
    EvidenceDenied,
    TestOutRecorded,
    ExamAttempted,
    ExamApproved,
    ExamDenied,
    ExamOverridden,
    AttemptsRequested,
    AttemptsGranted,
    AttemptsDenied,
    DeadlineExtended,
    NextDeadlineExtended,
    CertificateIssued,
    CertificateAwarded,
    CertificateDatedAgain,
    CertificateExtended,
    CertificateRedated,
    VersionChosen,
    AccessRevoked,
    PermanentlyRevoked,
    AccessRestored,
    BarLifted,
    RecertificationForced,
    RemovedFromCertification,
    EntryStruck,
)
"""Every kind of fact that certlib itself records. The tags are public."""
