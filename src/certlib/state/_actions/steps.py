"""Steps: completing them, evidence and its approval, test-outs, and overriding the training."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from attrs import field, frozen
from attrs.validators import optional

from certlib._copying import evolve
from certlib._validators import code, positive
from certlib.certifications import External, Path, TestOut
from certlib.state._actions.requests import AboutRequest, decided_request, requested
from certlib.state._actions.running import in_cycle
from certlib.state._cycles import Cycle, RequestKind, RequestState, StepDone, TestOutTaken
from certlib.state._enrollments import Enrollment
from certlib.state._events import Event, Fact
from certlib.state._guard import command_if, guard, listed
from certlib.state._proposals import Choice, Command, Proposal, command_as, open_cycle, required

__all__ = [
    "EXTERNAL",
    "OVERRIDE",
    "TEST_OUT",
    "AboutStep",
    "ApproveEvidence",
    "CompleteStep",
    "DenyEvidence",
    "EvidenceApproved",
    "EvidenceDenied",
    "EvidenceSubmitted",
    "OverrideTraining",
    "RecordTestOut",
    "StepCompleted",
    "SubmitEvidence",
    "TestOutRecorded",
    "TrainingOverridden",
    "approve_evidence",
    "complete_step",
    "deny_evidence",
    "missing_steps",
    "no_evidence_is_waiting",
    "override_training",
    "path_is_external",
    "path_is_of_the_step",
    "path_is_test_out",
    "record_test_out",
    "step_is_open",
    "submit_evidence",
    "test_out_is_not_taken",
]


@frozen(kw_only=True)
class AboutStep(Command):
    """The base class of commands about one step."""

    chooses: ClassVar[str | None] = "step"
    step: str = field(validator=code)

    @classmethod
    def choices(cls, proposal: Proposal) -> Iterator[Choice]:
        """Yield the open steps."""
        for step in missing_steps(proposal):
            yield Choice(label=step, command=cls(step=step))


@frozen(kw_only=True)
class CompleteStep(AboutStep):
    """Complete a step by one of its paths (row 11)."""

    name = "complete_step"
    path: str | None = field(default=None, validator=optional(code))


@frozen(kw_only=True)
class SubmitEvidence(AboutStep):
    """Submit evidence for a step to an approver (row 12)."""

    name = "submit_evidence"


@frozen(kw_only=True)
class ApproveEvidence(AboutRequest):
    """Accept submitted evidence (row 13)."""

    name = "approve_evidence"
    about = RequestKind.EVIDENCE


@frozen(kw_only=True)
class DenyEvidence(AboutRequest):
    """Reject submitted evidence (row 14)."""

    name = "deny_evidence"
    about = RequestKind.EVIDENCE


@frozen(kw_only=True)
class RecordTestOut(AboutStep):
    """Record the result of a test-out, which can be taken only once (row 15)."""

    name = "record_test_out"
    passed: bool

    @classmethod
    def choices(cls, proposal: Proposal) -> Iterator[Choice]:
        """Yield the open steps."""
        for step in missing_steps(proposal):
            yield Choice(label=step, command=cls(step=step, passed=True))


@frozen(kw_only=True)
class OverrideTraining(Command):
    """Count every missing step as done (row 21)."""

    name = "override_training"


OVERRIDE: Final = "override"
EXTERNAL: Final = "external"
TEST_OUT: Final = "test_out"


@frozen(kw_only=True)
class StepCompleted(Fact):
    """A step was completed (row 11)."""

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
    """An administrator counted steps as done (row 21)."""

    tag = "training_overridden"
    number: int = field(validator=positive)
    steps: tuple[str, ...]

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Count the steps as done by override."""

        def overridden(cycle: Cycle) -> Cycle:
            for step in self.steps:
                cycle = cycle.with_step(StepDone(step=step, path=OVERRIDE, at=event.at))
            return cycle

        return in_cycle(enrollment, self.number, overridden)


@frozen(kw_only=True)
class EvidenceSubmitted(Fact):
    """The learner submitted evidence for a step (row 12)."""

    tag = "evidence_submitted"
    number: int = field(validator=positive)
    step: str = field(validator=code)

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Open a request."""
        return requested(enrollment, self.number, event, RequestKind.EVIDENCE, self.step)


@frozen(kw_only=True)
class EvidenceApproved(Fact):
    """An approver accepted evidence, so the step is done (row 13)."""

    tag = "evidence_approved"
    number: int = field(validator=positive)
    request: int = field(validator=positive)
    step: str = field(validator=code)

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Decide the request and count the step as done."""
        done = StepDone(step=self.step, path=EXTERNAL, at=event.at)
        approved = decided_request(enrollment, self.number, self.request, RequestState.APPROVED)
        return in_cycle(approved, self.number, lambda c: c.with_step(done))


@frozen(kw_only=True)
class EvidenceDenied(Fact):
    """An approver rejected evidence; the learner may submit more (row 14)."""

    tag = "evidence_denied"
    number: int = field(validator=positive)
    request: int = field(validator=positive)

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Decide the request."""
        return decided_request(enrollment, self.number, self.request, RequestState.DENIED)


@frozen(kw_only=True)
class TestOutRecorded(Fact):
    """A test-out was taken, which is possible only once (row 15)."""

    __test__: ClassVar[bool] = False  # the name begins with Test: pytest is not to collect it
    tag = "test_out_recorded"
    number: int = field(validator=positive)
    step: str = field(validator=code)
    version: int = field(validator=positive)
    passed: bool

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Use the test-out up; if it was passed, count the step as done (R6)."""
        taken = TestOutTaken(step=self.step, version=self.version, passed=self.passed, at=event.at)
        after = evolve(enrollment, test_outs=(*enrollment.test_outs, taken))
        if not self.passed:
            return after
        done = StepDone(step=self.step, path=TEST_OUT, at=event.at)
        return in_cycle(after, self.number, lambda c: c.with_step(done))


def _step(proposal: Proposal) -> str | None:
    command = command_if(proposal.command, AboutStep)
    return None if command is None else command.step


def missing_steps(proposal: Proposal) -> tuple[str, ...]:
    """Return the steps of the open cycle that are not done."""
    cycle = proposal.enrollment.open_cycle
    return () if cycle is None else cycle.missing_steps


@guard(
    "the step is not open; the open steps are: {steps}",
    asks=("step",),
    params=lambda p: {"steps": listed(missing_steps(p))},
)
def step_is_open(proposal: Proposal) -> bool:
    return (step := _step(proposal)) is None or step in missing_steps(proposal)


def _paths(proposal: Proposal, step: str | None) -> tuple[Path, ...]:
    curriculum = proposal.curriculum
    found = curriculum.step(step) if curriculum and step else None
    return found.paths if found else ()


def _completed_by(proposal: Proposal) -> tuple[str, ...]:
    """Return the kinds of the step's paths that take completions."""
    return tuple(
        path.kind for path in _paths(proposal, _step(proposal)) if path.requires is not None
    )


@guard(
    "the step has no such path for completions; its paths for completions are: {paths}",
    asks=("step", "path"),
    params=lambda p: {"paths": listed(_completed_by(p))},
)
def path_is_of_the_step(proposal: Proposal) -> bool:
    command = command_if(proposal.command, CompleteStep)
    return command is None or command.path is None or command.path in _completed_by(proposal)


def _has_path(proposal: Proposal, kind: type[External | TestOut]) -> bool:
    step = _step(proposal)
    return step is None or any(isinstance(path, kind) for path in _paths(proposal, step))


def _steps_with(proposal: Proposal, kind: type[External | TestOut]) -> dict[str, str]:
    missing = missing_steps(proposal)
    return {
        "steps": listed(
            step
            for step in missing
            if any(isinstance(path, kind) for path in _paths(proposal, step))
        )
    }


@guard(
    "the step does not take evidence; the open steps that do are: {steps}",
    asks=("step",),
    params=lambda p: _steps_with(p, External),
)
def path_is_external(proposal: Proposal) -> bool:
    return _has_path(proposal, External)


@guard(
    "the step has no test-out; the open steps with one are: {steps}",
    asks=("step",),
    params=lambda p: _steps_with(p, TestOut),
)
def path_is_test_out(proposal: Proposal) -> bool:
    return _has_path(proposal, TestOut)


@guard(
    "evidence for the step is already waiting for an approver",
    asks=("step",),
)
def no_evidence_is_waiting(proposal: Proposal) -> bool:
    step, cycle = _step(proposal), proposal.enrollment.open_cycle
    return step is None or cycle is None or step not in cycle.awaiting


@guard(
    "the test-out of this step was already taken; it can be taken only once",
    asks=("step",),
)
def test_out_is_not_taken(proposal: Proposal) -> bool:
    step, cycle = _step(proposal), proposal.enrollment.open_cycle
    if step is None or cycle is None:
        return True
    taken = {(each.step, each.version) for each in proposal.enrollment.test_outs}
    return (step, cycle.version) not in taken


def complete_step(proposal: Proposal) -> tuple[Fact, ...]:
    """Record the step as completed (row 11)."""
    command = command_as(proposal, CompleteStep)
    return (
        StepCompleted(number=open_cycle(proposal).number, step=command.step, path=command.path),
    )


def override_training(proposal: Proposal) -> tuple[Fact, ...]:
    """Count every missing step as done (row 21)."""
    cycle = open_cycle(proposal)
    return (TrainingOverridden(number=cycle.number, steps=cycle.missing_steps),)


def submit_evidence(proposal: Proposal) -> tuple[Fact, ...]:
    """Open a request about evidence (row 12)."""
    command = command_as(proposal, SubmitEvidence)
    return (EvidenceSubmitted(number=open_cycle(proposal).number, step=command.step),)


def approve_evidence(proposal: Proposal) -> tuple[Fact, ...]:
    """Accept the evidence of a request (row 13)."""
    command = command_as(proposal, ApproveEvidence)
    request = proposal.enrollment.request(command.request)
    step = required(request.step if request else None, "the step of the request")
    number = open_cycle(proposal).number
    return (EvidenceApproved(number=number, request=command.request, step=step),)


def deny_evidence(proposal: Proposal) -> tuple[Fact, ...]:
    """Reject the evidence of a request (row 14)."""
    command = command_as(proposal, DenyEvidence)
    return (EvidenceDenied(number=open_cycle(proposal).number, request=command.request),)


def record_test_out(proposal: Proposal) -> tuple[Fact, ...]:
    """Record the result of a test-out (row 15)."""
    command, cycle = command_as(proposal, RecordTestOut), open_cycle(proposal)
    return (
        TestOutRecorded(
            number=cycle.number, step=command.step, version=cycle.version, passed=command.passed
        ),
    )
