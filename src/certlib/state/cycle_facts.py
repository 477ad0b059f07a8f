"""Facts of a cycle: it begins, is worked on, is moved and ends; fees, evidence, tests and the exam.

A fact names its cycle by number. Where that cycle was struck, its facts do nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, ClassVar, Final

from attrs import evolve, field, frozen
from attrs.validators import optional

from certlib.periods import Period
from certlib.policies import Fee, RecertificationDeadline
from certlib.state.cycles import (
    Attempt,
    AttemptOutcome,
    Cycle,
    CycleEnd,
    Due,
    FeeSettled,
    Request,
    RequestKind,
    RequestState,
    Settlement,
    StepDone,
    TestOutTaken,
    decided,
)
from certlib.state.enrollments import Enrollment
from certlib.state.fact import Fact
from certlib.state.status import CycleKind
from certlib.validators import code, positive

if TYPE_CHECKING:
    from certlib.state.events import Event

__all__ = [
    "AttemptsDenied",
    "AttemptsGranted",
    "AttemptsRequested",
    "CycleBegan",
    "CycleEnded",
    "CycleMoved",
    "CycleStarted",
    "DeadlineExtended",
    "EvidenceApproved",
    "EvidenceDenied",
    "EvidenceSubmitted",
    "ExamApproved",
    "ExamAttempted",
    "ExamDenied",
    "ExamOverridden",
    "FeePaid",
    "FeeWaived",
    "StepCompleted",
    "TestOutRecorded",
    "TrainingOverridden",
]

OVERRIDE: Final = "override"
EXTERNAL: Final = "external"
TEST_OUT: Final = "test_out"


def _in_cycle(enrollment: Enrollment, number: int, change: Callable[[Cycle], Cycle]) -> Enrollment:
    cycle = enrollment.cycle(number)
    return enrollment if cycle is None else enrollment.with_cycle(change(cycle))


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
    curriculum: CycleKind | None = None
    """Whose curriculum is done, where it is not that of the kind (P3)."""
    due_on: date | None = None
    """A due day counted from the beginning of the cycle (R5)."""
    due_after_expiry: Period | None = None
    """The due day of a recertification follows the last valid day that it renews (P8)."""
    due_is_hard: bool = False
    time_zone: str = "UTC"
    """The zone in which the due day is a day."""

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Open a cycle; it uses up a reinstatement fee (R4)."""
        is_initial = self.kind is CycleKind.INITIAL
        cycle = Cycle(
            number=self.number,
            kind=self.kind,
            version=self.version,
            entry=event.entry,
            began_at=event.at,
            counts_from=self.counts_from,
            needs=self.needs,
            has_exam=self.has_exam,
            curriculum=self.curriculum or self.kind,
            started_at=None if is_initial else event.at,
            due=self._initial_due(enrollment) if is_initial else self._renewal_due(enrollment),
        )
        return evolve(enrollment, cycles=(*enrollment.cycles, cycle), reinstatement=None)

    def _initial_due(self, enrollment: Enrollment) -> Due | None:
        of_assignments = enrollment.assigned_due
        found = [day for day in (self.due_on, of_assignments and of_assignments.on) if day]
        if not found:
            return None
        return Due(on=max(found), hard=self.due_is_hard, time_zone=self.time_zone)

    def _renewal_due(self, enrollment: Enrollment) -> Due | None:
        newest = enrollment.newest_certificate
        on, follows, own = self.due_on, None, None
        if newest is not None and newest.revoked_at is None:
            own = newest.deadline_extended_to
            rule = RecertificationDeadline(due=self.due_after_expiry)
            after_expiry = rule.due_on(newest.last_valid_day)
            if after_expiry is not None:
                on, follows = after_expiry, self.due_after_expiry
        if on is None:
            return None
        return Due(
            on=on,
            hard=self.due_is_hard,
            time_zone=self.time_zone,
            extended_to=own,
            after_expiry=follows,
        )


@frozen(kw_only=True)
class CycleStarted(Fact):
    """The learner started the initial cycle (row 10); a recertification is started when it begins."""

    tag = "cycle_started"
    number: int = field(validator=positive)

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Start the cycle."""
        return _in_cycle(enrollment, self.number, lambda c: evolve(c, started_at=event.at))


@frozen(kw_only=True)
class CycleMoved(Fact):
    """An open cycle is pinned to another version (row 39); what is done stays done (R14)."""

    tag = "cycle_moved"
    number: int = field(validator=positive)
    version: int = field(validator=positive)
    needs: tuple[str, ...]
    has_exam: bool = False
    due_on: date | None = None
    """The due day by the new version's rule; one that is later stays."""
    due_after_expiry: Period | None = None
    due_is_hard: bool = False
    time_zone: str = "UTC"

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Give the cycle what the version needs; requests for what it lacks are superseded."""
        return _in_cycle(enrollment, self.number, self._moved)

    def _moved(self, cycle: Cycle) -> Cycle:
        lacking = {
            each.number
            for each in cycle.requests
            if (each.kind is RequestKind.EVIDENCE and each.step not in self.needs)
            or (each.kind in {RequestKind.EXAM, RequestKind.ATTEMPTS} and not self.has_exam)
        }
        return evolve(
            cycle,
            version=self.version,
            needs=self.needs,
            has_exam=self.has_exam,
            requests=decided(cycle.requests, lacking, RequestState.SUPERSEDED),
            due=self._due(cycle.due),
        )

    def _due(self, before: Due | None) -> Due | None:
        found = [day for day in (self.due_on, before and before.on) if day]
        if not found:
            return None
        return Due(
            on=max(found),
            hard=self.due_is_hard,
            time_zone=self.time_zone,
            extended_to=None if before is None else before.extended_to,
            after_expiry=self.due_after_expiry,
        )


@frozen(kw_only=True)
class CycleEnded(Fact):
    """A cycle ended; of several ends the earliest counts (R3)."""

    tag = "cycle_ended"
    number: int = field(validator=positive)
    by: CycleEnd

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """End the cycle, unless it has ended earlier; removal forgets what assignments asked for."""
        ended = enrollment.with_cycle_ended(self.number, event.at, self.by)
        return evolve(ended, assigned_due=None) if self.by is CycleEnd.REMOVED else ended


@frozen(kw_only=True)
class StepCompleted(Fact):
    """A step of a cycle is done (row 11)."""

    tag = "step_completed"
    number: int = field(validator=positive)
    step: str = field(validator=code)
    path: str | None = None

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Count the step as done."""
        done = StepDone(step=self.step, path=self.path, at=event.at, because=event.because)
        return _in_cycle(enrollment, self.number, lambda c: c.with_step(done))


@frozen(kw_only=True)
class TrainingOverridden(Fact):
    """An administrator counts steps as done (row 21)."""

    tag = "training_overridden"
    number: int = field(validator=positive)
    steps: tuple[str, ...]

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Count the steps as done, by override."""

        def overridden(cycle: Cycle) -> Cycle:
            for step in self.steps:
                cycle = cycle.with_step(StepDone(step=step, path=OVERRIDE, at=event.at))
            return cycle

        return _in_cycle(enrollment, self.number, overridden)


@frozen(kw_only=True)
class DeadlineExtended(Fact):
    """One learner's cycle is due on a later day (row 36)."""

    tag = "deadline_extended"
    number: int = field(validator=positive)
    until: date

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Add one more date; the latest of all wins (P8)."""

        def extended(cycle: Cycle) -> Cycle:
            if cycle.due is None:
                return cycle
            until = max(self.until, cycle.due.extended_to or self.until)
            return evolve(cycle, due=evolve(cycle.due, extended_to=until))

        return _in_cycle(enrollment, self.number, extended)


# --- fees ---------------------------------------------------------------------------------------


def _settled(enrollment: Enrollment, number: int | None, settled: FeeSettled) -> Enrollment:
    if number is None:
        return evolve(enrollment, reinstatement=settled)
    return _in_cycle(enrollment, number, lambda c: evolve(c, fees=(*c.fees, settled)))


@frozen(kw_only=True)
class FeePaid(Fact):
    """A fee is paid (row 9)."""

    tag = "fee_paid"
    fee: Fee
    number: int | None = field(default=None, validator=optional(positive))
    """The cycle; None for the reinstatement fee, which belongs to the enrollment (R4)."""
    reference: str | None = None

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Settle the fee."""
        settled = FeeSettled(
            fee=self.fee, how=Settlement.PAID, at=event.at, reference=self.reference
        )
        return _settled(enrollment, self.number, settled)


@frozen(kw_only=True)
class FeeWaived(Fact):
    """An administrator waived a fee (rows 8, 23 and 24)."""

    tag = "fee_waived"
    fee: Fee
    number: int = field(validator=positive)

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Settle the fee."""
        settled = FeeSettled(fee=self.fee, how=Settlement.WAIVED, at=event.at)
        return _settled(enrollment, self.number, settled)


# --- evidence and test-out ----------------------------------------------------------------------


def _requested(
    enrollment: Enrollment, number: int, event: Event, kind: RequestKind, step: str | None = None
) -> Enrollment:
    def asked(cycle: Cycle) -> Cycle:
        # An award entered later may have ended the cycle before (R3).
        state = RequestState.OPEN if cycle.ended_at is None else RequestState.SUPERSEDED
        request = Request(number=event.entry, kind=kind, at=event.at, step=step, state=state)
        return evolve(cycle, requests=(*cycle.requests, request))

    return _in_cycle(enrollment, number, asked)


def _decided(enrollment: Enrollment, number: int, request: int, state: RequestState) -> Enrollment:
    return _in_cycle(
        enrollment,
        number,
        lambda c: evolve(c, requests=decided(c.requests, {request}, state)),
    )


@frozen(kw_only=True)
class EvidenceSubmitted(Fact):
    """The learner handed in evidence for a step (row 12)."""

    tag = "evidence_submitted"
    number: int = field(validator=positive)
    step: str = field(validator=code)

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Open a request."""
        return _requested(enrollment, self.number, event, RequestKind.EVIDENCE, self.step)


@frozen(kw_only=True)
class EvidenceApproved(Fact):
    """An approver accepted the evidence, so the step is done (row 13)."""

    tag = "evidence_approved"
    number: int = field(validator=positive)
    request: int = field(validator=positive)
    step: str = field(validator=code)

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Decide the request, and count the step as done."""
        done = StepDone(step=self.step, path=EXTERNAL, at=event.at)
        approved = _decided(enrollment, self.number, self.request, RequestState.APPROVED)
        return _in_cycle(approved, self.number, lambda c: c.with_step(done))


@frozen(kw_only=True)
class EvidenceDenied(Fact):
    """An approver refused the evidence; the learner may submit again (row 14)."""

    tag = "evidence_denied"
    number: int = field(validator=positive)
    request: int = field(validator=positive)

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Decide the request."""
        return _decided(enrollment, self.number, self.request, RequestState.DENIED)


@frozen(kw_only=True)
class TestOutRecorded(Fact):
    """A test-out was taken, once and for good (row 15)."""

    __test__: ClassVar[bool] = False  # the name begins with Test: pytest is not to collect it
    tag = "test_out_recorded"
    number: int = field(validator=positive)
    step: str = field(validator=code)
    version: int = field(validator=positive)
    passed: bool

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Close the path for good; passed, the step is done in this cycle (R6)."""
        taken = TestOutTaken(step=self.step, version=self.version, passed=self.passed, at=event.at)
        after = evolve(enrollment, test_outs=(*enrollment.test_outs, taken))
        if not self.passed:
            return after
        done = StepDone(step=self.step, path=TEST_OUT, at=event.at)
        return _in_cycle(after, self.number, lambda c: c.with_step(done))


# --- the exam -----------------------------------------------------------------------------------


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
        after = _in_cycle(
            enrollment, self.number, lambda c: evolve(c, attempts=(*c.attempts, attempt))
        )
        if self.outcome is AttemptOutcome.HELD:
            return _requested(after, self.number, event, RequestKind.EXAM)
        if self.outcome is AttemptOutcome.FAILED:
            return after
        return _in_cycle(after, self.number, lambda c: c.with_exam_done(RequestState.CLOSED))


@frozen(kw_only=True)
class ExamApproved(Fact):
    """An approver confirmed a held attempt (row 17)."""

    tag = "exam_approved"
    number: int = field(validator=positive)
    request: int = field(validator=positive)

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """The exam is passed."""
        return _in_cycle(
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
        denied = _decided(enrollment, self.number, self.request, RequestState.DENIED)
        return _in_cycle(
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
        return _in_cycle(
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
        return _requested(enrollment, self.number, event, RequestKind.ATTEMPTS)


@frozen(kw_only=True)
class AttemptsGranted(Fact):
    """An approver granted more attempts, in this cycle only (row 20)."""

    tag = "attempts_granted"
    number: int = field(validator=positive)
    request: int = field(validator=positive)
    count: int = field(validator=positive)

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Decide the request, and raise the limit."""
        granted = _decided(enrollment, self.number, self.request, RequestState.APPROVED)
        return _in_cycle(granted, self.number, lambda c: evolve(c, granted=c.granted + self.count))


@frozen(kw_only=True)
class AttemptsDenied(Fact):
    """An approver granted no more attempts (row 20)."""

    tag = "attempts_denied"
    number: int = field(validator=positive)
    request: int = field(validator=positive)

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Decide the request."""
        return _decided(enrollment, self.number, self.request, RequestState.DENIED)
