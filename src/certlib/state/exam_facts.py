"""Facts of the exam: attempts, their approval, more of them, and overrides (R7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import field, frozen

from certlib.copying import evolve
from certlib.state.cycle_facts import in_cycle
from certlib.state.cycles import Attempt, AttemptOutcome, RequestKind, RequestState
from certlib.state.enrollments import Enrollment
from certlib.state.fact import Fact
from certlib.state.step_facts import decided_request, requested
from certlib.validators import positive

if TYPE_CHECKING:
    from certlib.state.events import Event

__all__ = [
    "AttemptsDenied",
    "AttemptsGranted",
    "AttemptsRequested",
    "ExamApproved",
    "ExamAttempted",
    "ExamDenied",
    "ExamOverridden",
]


@frozen(kw_only=True)
class ExamAttempted(Fact):
    """An attempt at the exam; it counts from now on, held or not (row 16, R7)."""

    tag = "exam_attempted"
    number: int = field(validator=positive)
    outcome: AttemptOutcome
    score: str | None = None

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Count the attempt; a pass finishes the exam, or waits for an approver."""
        attempt = Attempt(number=event.entry, at=event.at, outcome=self.outcome, score=self.score)
        after = in_cycle(
            enrollment, self.number, lambda c: evolve(c, attempts=(*c.attempts, attempt))
        )
        if self.outcome is AttemptOutcome.HELD:
            return requested(after, self.number, event, RequestKind.EXAM)
        if self.outcome is AttemptOutcome.FAILED:
            return after
        return in_cycle(after, self.number, lambda c: c.with_exam_done(RequestState.CLOSED))


@frozen(kw_only=True)
class ExamApproved(Fact):
    """An approver confirmed a held attempt (row 17)."""

    tag = "exam_approved"
    number: int = field(validator=positive)
    request: int = field(validator=positive)

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """The exam is passed."""
        return in_cycle(
            enrollment,
            self.number,
            lambda c: c.with_attempt_decided(self.request, AttemptOutcome.PASSED).with_exam_done(
                RequestState.APPROVED
            ),
        )


@frozen(kw_only=True)
class ExamDenied(Fact):
    """An approver did not confirm a held attempt, which counts as failed (row 18, R7)."""

    tag = "exam_denied"
    number: int = field(validator=positive)
    request: int = field(validator=positive)

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """The attempt has failed, and counts nothing again."""
        denied = decided_request(enrollment, self.number, self.request, RequestState.DENIED)
        return in_cycle(
            denied,
            self.number,
            lambda c: c.with_attempt_decided(self.request, AttemptOutcome.FAILED),
        )


@frozen(kw_only=True)
class ExamOverridden(Fact):
    """An administrator counts the exam as passed, with no approval (row 22)."""

    tag = "exam_overridden"
    number: int = field(validator=positive)

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """The exam is passed; requests about it are closed."""
        return in_cycle(
            enrollment,
            self.number,
            lambda c: c.with_exam_done(RequestState.CLOSED, overridden=True),
        )


@frozen(kw_only=True)
class AttemptsRequested(Fact):
    """The learner asked for more attempts (row 19)."""

    tag = "attempts_requested"
    number: int = field(validator=positive)

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Open a request."""
        return requested(enrollment, self.number, event, RequestKind.ATTEMPTS)


@frozen(kw_only=True)
class AttemptsGranted(Fact):
    """An approver granted more attempts, in this cycle only (row 20)."""

    tag = "attempts_granted"
    number: int = field(validator=positive)
    request: int = field(validator=positive)
    count: int = field(validator=positive)

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Decide the request, and raise the limit."""
        granted = decided_request(enrollment, self.number, self.request, RequestState.APPROVED)
        return in_cycle(granted, self.number, lambda c: evolve(c, granted=c.granted + self.count))


@frozen(kw_only=True)
class AttemptsDenied(Fact):
    """An approver granted no more attempts (row 20)."""

    tag = "attempts_denied"
    number: int = field(validator=positive)
    request: int = field(validator=positive)

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Decide the request."""
        return decided_request(enrollment, self.number, self.request, RequestState.DENIED)
