"""The exam: attempts and their approval, more attempts, the cool-down, overriding it (R7)."""

from __future__ import annotations

from datetime import datetime

from attrs import field, frozen

from certlib._copying import evolve
from certlib._validators import positive
from certlib.policies import ExamRules
from certlib.state._actions.requests import AboutRequest, decided_request, requested
from certlib.state._actions.running import in_cycle
from certlib.state._actions.steps import missing_steps
from certlib.state._cycles import Attempt, AttemptOutcome, RequestKind, RequestState
from certlib.state._enrollments import Enrollment
from certlib.state._events import Event, Fact
from certlib.state._guard import guard, listed
from certlib.state._proposals import Command, Proposal, command_as, open_cycle, required

__all__ = [
    "ApproveExam",
    "AttemptsDenied",
    "AttemptsGranted",
    "AttemptsRequested",
    "DenyAttempts",
    "DenyExam",
    "ExamApproved",
    "ExamAttempted",
    "ExamDenied",
    "ExamOverridden",
    "GrantAttempts",
    "OverrideExam",
    "RecordExam",
    "RequestAttempts",
    "approve_exam",
    "attempts_are_left",
    "attempts_are_used_up",
    "cool_down_is_over",
    "deny_attempts",
    "deny_exam",
    "exam_is_not_started",
    "exam_is_open",
    "grant_attempts",
    "no_attempts_request_is_open",
    "override_exam",
    "record_exam",
    "request_attempts",
    "steps_are_done",
    "version_has_an_exam",
]


@frozen(kw_only=True)
class RecordExam(Command):
    """Record the result of an attempt at the exam (row 16)."""

    name = "record_exam"
    passed: bool
    score: str | None = None


@frozen(kw_only=True)
class ApproveExam(AboutRequest):
    """Confirm a held attempt at the exam (row 17)."""

    name = "approve_exam"
    about = RequestKind.EXAM


@frozen(kw_only=True)
class DenyExam(AboutRequest):
    """Reject a held attempt, which then counts as failed (row 18)."""

    name = "deny_exam"
    about = RequestKind.EXAM


@frozen(kw_only=True)
class RequestAttempts(Command):
    """Request more attempts at the exam (row 19)."""

    name = "request_attempts"


@frozen(kw_only=True)
class GrantAttempts(AboutRequest):
    """Grant more attempts in this cycle (row 20)."""

    name = "grant_attempts"
    about = RequestKind.ATTEMPTS
    count: int = field(default=1, validator=positive)


@frozen(kw_only=True)
class DenyAttempts(AboutRequest):
    """Grant no more attempts (row 20)."""

    name = "deny_attempts"
    about = RequestKind.ATTEMPTS


@frozen(kw_only=True)
class OverrideExam(Command):
    """Count the exam as passed (row 22)."""

    name = "override_exam"


@frozen(kw_only=True)
class ExamAttempted(Fact):
    """An attempt at the exam was made; it counts at once, held or not (row 16)."""

    tag = "exam_attempted"
    number: int = field(validator=positive)
    outcome: AttemptOutcome
    score: str | None = None

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Count the attempt; a pass finishes the exam or waits for an approver."""
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
        """Count the attempt and the exam as passed."""
        return in_cycle(
            enrollment,
            self.number,
            lambda c: c.with_attempt_decided(self.request, AttemptOutcome.PASSED).with_exam_done(
                RequestState.APPROVED
            ),
        )


@frozen(kw_only=True)
class ExamDenied(Fact):
    """An approver rejected a held attempt, which counts as failed (row 18)."""

    tag = "exam_denied"
    number: int = field(validator=positive)
    request: int = field(validator=positive)

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Decide the request and count the attempt as failed; it is not counted twice."""
        denied = decided_request(enrollment, self.number, self.request, RequestState.DENIED)
        return in_cycle(
            denied,
            self.number,
            lambda c: c.with_attempt_decided(self.request, AttemptOutcome.FAILED),
        )


@frozen(kw_only=True)
class ExamOverridden(Fact):
    """An administrator counted the exam as passed, without approval (row 22)."""

    tag = "exam_overridden"
    number: int = field(validator=positive)

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Count the exam as passed and close the requests about it."""
        return in_cycle(
            enrollment,
            self.number,
            lambda c: c.with_exam_done(RequestState.CLOSED, overridden=True),
        )


@frozen(kw_only=True)
class AttemptsRequested(Fact):
    """The learner requested more attempts (row 19)."""

    tag = "attempts_requested"
    number: int = field(validator=positive)

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Open a request."""
        return requested(enrollment, self.number, event, RequestKind.ATTEMPTS)


@frozen(kw_only=True)
class AttemptsGranted(Fact):
    """An approver granted more attempts in this cycle (row 20)."""

    tag = "attempts_granted"
    number: int = field(validator=positive)
    request: int = field(validator=positive)
    count: int = field(validator=positive)

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Decide the request and raise the limit."""
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


def _exam_rules(proposal: Proposal) -> ExamRules:
    version = proposal.version_of_cycle
    return version.policy.exam if version else ExamRules()


@guard("the version has no exam")
def version_has_an_exam(proposal: Proposal) -> bool:
    cycle = proposal.enrollment.open_cycle
    return cycle is not None and cycle.has_exam


def _exam_state(proposal: Proposal) -> dict[str, str]:
    cycle = proposal.enrollment.open_cycle
    held = cycle is not None and cycle.exam_held
    return {"state": "waiting_for_approval" if held else "passed"}


@guard(
    "the exam need not be taken again: it is {state}",
    params=_exam_state,
)
def exam_is_open(proposal: Proposal) -> bool:
    cycle = proposal.enrollment.open_cycle
    return cycle is None or not (cycle.exam_done or cycle.exam_held)


def _attempts(proposal: Proposal) -> tuple[int, int | None]:
    """Return how many attempts were made in the cycle and how many are allowed (None: any number)."""
    cycle, allowed = proposal.enrollment.open_cycle, _exam_rules(proposal).attempts
    if cycle is None:
        return 0, allowed
    return len(cycle.attempts), None if allowed is None else allowed + cycle.granted


def _attempts_in_words(proposal: Proposal) -> dict[str, str]:
    made, allowed = _attempts(proposal)
    return {"made": str(made), "allowed": "unlimited" if allowed is None else str(allowed)}


def _are_left(proposal: Proposal) -> bool:
    made, allowed = _attempts(proposal)
    return allowed is None or made < allowed


@guard(
    "no attempt at the exam is left: {made} of {allowed} were made in this cycle",
    params=_attempts_in_words,
)
def attempts_are_left(proposal: Proposal) -> bool:
    return _are_left(proposal)


@guard(
    "attempts at the exam are left: {made} of {allowed} were made in this cycle",
    params=_attempts_in_words,
)
def attempts_are_used_up(proposal: Proposal) -> bool:
    return not _are_left(proposal)


def _next_attempt_at(proposal: Proposal) -> tuple[bool, datetime | None]:
    """Return whether the cool-down is over, and when it ends (None: never)."""
    cycle, version = proposal.enrollment.open_cycle, proposal.version_of_cycle
    if cycle is None or version is None or not cycle.attempts:
        return True, None
    opens_at = version.policy.exam.next_attempt_at(cycle.attempts[-1].at, version.policy.time_zone)
    return opens_at is not None and opens_at <= proposal.at, opens_at


@guard(
    "the cool-down after the last attempt at the exam is not over",
    opens_at=lambda p: _next_attempt_at(p)[1],
)
def cool_down_is_over(proposal: Proposal) -> bool:
    return _next_attempt_at(proposal)[0]


@guard(
    "every step must be done before the exam; the open steps are: {steps}",
    params=lambda p: {"steps": listed(missing_steps(p))},
)
def steps_are_done(proposal: Proposal) -> bool:
    return not (_exam_rules(proposal).steps_first and missing_steps(proposal))


@guard("a request for more attempts is already waiting")
def no_attempts_request_is_open(proposal: Proposal) -> bool:
    cycle = proposal.enrollment.open_cycle
    return cycle is None or not cycle.open_requests(RequestKind.ATTEMPTS)


@guard("an attempt at the exam was recorded in this cycle")
def exam_is_not_started(proposal: Proposal) -> bool:
    cycle = proposal.enrollment.open_cycle
    return cycle is None or not cycle.attempts


def record_exam(proposal: Proposal) -> tuple[Fact, ...]:
    """Record an attempt; a pass is held if the policy requires approval (row 16)."""
    command, cycle = command_as(proposal, RecordExam), open_cycle(proposal)
    version = required(proposal.version_of_cycle, "the version of the cycle")
    outcome = AttemptOutcome.FAILED
    if command.passed:
        held = version.policy.exam.approval
        outcome = AttemptOutcome.HELD if held else AttemptOutcome.PASSED
    return (ExamAttempted(number=cycle.number, outcome=outcome, score=command.score),)


def approve_exam(proposal: Proposal) -> tuple[Fact, ...]:
    """Confirm a held attempt (row 17)."""
    command = command_as(proposal, ApproveExam)
    return (ExamApproved(number=open_cycle(proposal).number, request=command.request),)


def deny_exam(proposal: Proposal) -> tuple[Fact, ...]:
    """Count a held attempt as failed (row 18)."""
    command = command_as(proposal, DenyExam)
    return (ExamDenied(number=open_cycle(proposal).number, request=command.request),)


def override_exam(proposal: Proposal) -> tuple[Fact, ...]:
    """Count the exam as passed (row 22)."""
    return (ExamOverridden(number=open_cycle(proposal).number),)


def request_attempts(proposal: Proposal) -> tuple[Fact, ...]:
    """Record the request for more attempts (row 19)."""
    return (AttemptsRequested(number=open_cycle(proposal).number),)


def grant_attempts(proposal: Proposal) -> tuple[Fact, ...]:
    """Raise the limit of attempts in this cycle (row 20)."""
    command = command_as(proposal, GrantAttempts)
    number = open_cycle(proposal).number
    return (AttemptsGranted(number=number, request=command.request, count=command.count),)


def deny_attempts(proposal: Proposal) -> tuple[Fact, ...]:
    """Leave the limit of attempts as it is (row 20)."""
    command = command_as(proposal, DenyAttempts)
    return (AttemptsDenied(number=open_cycle(proposal).number, request=command.request),)
