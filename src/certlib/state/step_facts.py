"""Facts of steps: done, overridden, evidence that waits and is decided, tests that are taken once."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from attrs import field, frozen

from certlib.copying import evolve
from certlib.state.cycle_facts import in_cycle
from certlib.state.cycles import (
    Cycle,
    Request,
    RequestKind,
    RequestState,
    StepDone,
    TestOutTaken,
    asked,
    decided,
)
from certlib.state.enrollments import Enrollment
from certlib.state.fact import Fact
from certlib.validators import code, positive

if TYPE_CHECKING:
    from certlib.state.events import Event

__all__ = [
    "EvidenceApproved",
    "EvidenceDenied",
    "EvidenceSubmitted",
    "StepCompleted",
    "TestOutRecorded",
    "TrainingOverridden",
    "decided_request",
    "requested",
]

OVERRIDE: Final = "override"
EXTERNAL: Final = "external"
TEST_OUT: Final = "test_out"


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
        return in_cycle(enrollment, self.number, lambda c: c.with_step(done))


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

        return in_cycle(enrollment, self.number, overridden)


def requested(
    enrollment: Enrollment, number: int, event: Event, kind: RequestKind, step: str | None = None
) -> Enrollment:
    """Return an enrollment in whose cycle something waits for an approver."""

    def waiting(cycle: Cycle) -> Cycle:
        # An award entered later may have ended the cycle before (R3).
        state = RequestState.OPEN if cycle.ended_at is None else RequestState.SUPERSEDED
        request = Request(number=event.entry, kind=kind, at=event.at, step=step, state=state)
        return evolve(cycle, requests=asked(cycle.requests, request))

    return in_cycle(enrollment, number, waiting)


def decided_request(
    enrollment: Enrollment, number: int, request: int, state: RequestState
) -> Enrollment:
    """Return an enrollment in whose cycle a request is decided."""
    return in_cycle(
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
        return requested(enrollment, self.number, event, RequestKind.EVIDENCE, self.step)


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
        approved = decided_request(enrollment, self.number, self.request, RequestState.APPROVED)
        return in_cycle(approved, self.number, lambda c: c.with_step(done))


@frozen(kw_only=True)
class EvidenceDenied(Fact):
    """An approver refused the evidence; the learner may submit again (row 14)."""

    tag = "evidence_denied"
    number: int = field(validator=positive)
    request: int = field(validator=positive)

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Decide the request."""
        return decided_request(enrollment, self.number, self.request, RequestState.DENIED)


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
        return in_cycle(after, self.number, lambda c: c.with_step(done))
