"""Facts: every kind of thing that is recorded, and what each one means.

A fact is a small frozen value. Its `Fact.apply` says what it does to an enrollment, and nothing else
does: neither the table nor a policy is looked at, so that a history outlives the rules by which it
was made. Every kind has a stable tag under which it is stored; a fact never refers to code.

A host adds a fact of its own by subclassing `Fact`, and registers its tag with the converter.
"""

from __future__ import annotations

from abc import abstractmethod
from datetime import date
from typing import TYPE_CHECKING, ClassVar

from attrs import evolve, field, frozen

from certlib.policies import Terms
from certlib.state.enrollments import (
    Assignment,
    AssignmentSource,
    Certificate,
    Cycle,
    CycleEnd,
    Enrollment,
    StepDone,
)
from certlib.state.status import Bar, CycleKind
from certlib.validators import code, positive

if TYPE_CHECKING:
    from certlib.state.events import Event

__all__ = [
    "FACTS",
    "AccessRestored",
    "AccessRevoked",
    "AssignmentAdded",
    "AssignmentDropped",
    "BarLifted",
    "CertificateAwarded",
    "CertificateDatedAgain",
    "CertificateIssued",
    "CycleBegan",
    "CycleEnded",
    "CycleStarted",
    "EntryStruck",
    "Fact",
    "PermanentlyRevoked",
    "RecertificationForced",
    "RemovedFromCertification",
    "StepCompleted",
]


@frozen(kw_only=True)
class Fact:
    """The root of all facts; ``tag`` is the name under which the kind is stored."""

    tag: ClassVar[str]
    is_on_the_certificate: ClassVar[bool] = False
    """Whether it does something to the newest certificate, and so rests on what made that (R13)."""

    @abstractmethod
    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Return what this fact, recorded as an event, makes of an enrollment."""
        raise NotImplementedError


@frozen(kw_only=True)
class AssignmentAdded(Fact):
    """A reason for the enrollment came in (rows 1, 2 and 7)."""

    tag = "assignment_added"
    source: AssignmentSource
    reference: str | None = None
    due_on: date | None = None

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Add an assignment."""
        added = Assignment(
            source=self.source, reference=self.reference, at=event.at, due_on=self.due_on
        )
        return evolve(enrollment, assignments=(*enrollment.assignments, added))


@frozen(kw_only=True)
class AssignmentDropped(Fact):
    """A reason for the enrollment went (row 33)."""

    tag = "assignment_dropped"
    source: AssignmentSource
    reference: str | None = None

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Drop the assignment, if it is there (what added it may have been struck)."""
        dropped = enrollment.assignment(self.source, self.reference)
        return evolve(
            enrollment, assignments=tuple(a for a in enrollment.assignments if a is not dropped)
        )


@frozen(kw_only=True)
class CycleBegan(Fact):
    """A cycle began; what it needs is recorded here (4.1)."""

    tag = "cycle_began"
    number: int = field(validator=positive)
    kind: CycleKind
    version: int = field(validator=positive)
    counts_from: date
    needs: tuple[str, ...]
    has_exam: bool = False

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Open a cycle."""
        cycle = Cycle(
            number=self.number,
            kind=self.kind,
            version=self.version,
            entry=event.entry,
            began_at=event.at,
            counts_from=self.counts_from,
            needs=self.needs,
            has_exam=self.has_exam,
            started_at=event.at if self.kind is CycleKind.RECERTIFICATION else None,
        )
        return evolve(enrollment, cycles=(*enrollment.cycles, cycle))


@frozen(kw_only=True)
class CycleStarted(Fact):
    """The learner started the initial cycle (row 10); a recertification is started when it begins."""

    tag = "cycle_started"
    number: int = field(validator=positive)

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Start the cycle."""
        cycle = enrollment.cycle(self.number)
        return evolve(enrollment, cycles=enrollment.with_cycle(evolve(cycle, started_at=event.at)))


@frozen(kw_only=True)
class StepCompleted(Fact):
    """A step of a cycle is done (row 11)."""

    tag = "step_completed"
    number: int = field(validator=positive)
    step: str = field(validator=code)
    path: str | None = None

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Count the step as done."""
        cycle = enrollment.cycle(self.number)
        done = StepDone(step=self.step, path=self.path, at=event.at, because=event.because)
        return evolve(
            enrollment, cycles=enrollment.with_cycle(evolve(cycle, done=(*cycle.done, done)))
        )


@frozen(kw_only=True)
class CycleEnded(Fact):
    """A cycle ended; of several ends the earliest counts (R3)."""

    tag = "cycle_ended"
    number: int = field(validator=positive)
    by: CycleEnd

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """End the cycle, unless it has ended earlier."""
        return enrollment.with_cycle_ended(self.number, event.at, self.by)


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

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Give the certificate its new dates; an extension and a revocation stay."""
        return evolve(
            enrollment,
            certificates=tuple(
                evolve(each, terms=self.terms) if each.sequence == self.certificate else each
                for each in enrollment.certificates
            ),
        )


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
        """Drop every assignment."""
        return evolve(enrollment, assignments=())


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
    CycleBegan,
    CycleStarted,
    StepCompleted,
    CycleEnded,
    CertificateIssued,
    CertificateAwarded,
    CertificateDatedAgain,
    AccessRevoked,
    PermanentlyRevoked,
    AccessRestored,
    BarLifted,
    RecertificationForced,
    RemovedFromCertification,
    EntryStruck,
)
"""Every kind of fact that certlib itself records. The tags are public."""
