"""Recorders of what happens within a cycle: steps, evidence, tests and the exam, fees."""

from __future__ import annotations

from certlib.policies import Fee
from certlib.state.commands import (
    ApproveEvidence,
    ApproveExam,
    CompleteStep,
    DenyAttempts,
    DenyEvidence,
    DenyExam,
    GrantAttempts,
    RecordExam,
    RecordPayment,
    RecordTestOut,
    SubmitEvidence,
)
from certlib.state.cycles import AttemptOutcome
from certlib.state.facts import (
    AttemptsDenied,
    AttemptsGranted,
    AttemptsRequested,
    CycleStarted,
    EvidenceApproved,
    EvidenceDenied,
    EvidenceSubmitted,
    ExamApproved,
    ExamAttempted,
    ExamDenied,
    ExamOverridden,
    Fact,
    FeePaid,
    FeeWaived,
    StepCompleted,
    TestOutRecorded,
    TrainingOverridden,
)
from certlib.state.proposals import Proposal
from certlib.state.recorders import given, open_cycle, the


def start(proposal: Proposal) -> tuple[Fact, ...]:
    """Start the initial cycle (row 10)."""
    return (CycleStarted(number=open_cycle(proposal).number),)


def completed_step(proposal: Proposal) -> tuple[Fact, ...]:
    """Count a step as done (row 11)."""
    command = the(proposal, CompleteStep)
    return (
        StepCompleted(number=open_cycle(proposal).number, step=command.step, path=command.path),
    )


def overridden_training(proposal: Proposal) -> tuple[Fact, ...]:
    """Count every step that is missing as done (row 21)."""
    cycle = open_cycle(proposal)
    return (TrainingOverridden(number=cycle.number, steps=cycle.missing_steps),)


def payment(proposal: Proposal) -> tuple[Fact, ...]:
    """Note that a fee of the cycle was paid; the reinstatement fee belongs to the enrollment (row 9)."""
    command = the(proposal, RecordPayment)
    number = None if command.fee is Fee.REINSTATEMENT else open_cycle(proposal).number
    return (FeePaid(fee=command.fee, number=number, reference=command.reference),)


def waived_fee(proposal: Proposal) -> tuple[Fact, ...]:
    """Waive the fee of the cycle (rows 8 and 24)."""
    cycle = open_cycle(proposal)
    return (FeeWaived(fee=cycle.fee, number=cycle.number),)


def waived_exam_fee(proposal: Proposal) -> tuple[Fact, ...]:
    """Waive the exam fee (row 23)."""
    return (FeeWaived(fee=Fee.EXAM, number=open_cycle(proposal).number),)


def submitted_evidence(proposal: Proposal) -> tuple[Fact, ...]:
    """Open a request about evidence for a step (row 12)."""
    command = the(proposal, SubmitEvidence)
    return (EvidenceSubmitted(number=open_cycle(proposal).number, step=command.step),)


def approved_evidence(proposal: Proposal) -> tuple[Fact, ...]:
    """Count the step of a request as done (row 13)."""
    command = the(proposal, ApproveEvidence)
    request = proposal.enrollment.request(command.request)
    step = given(request.step if request else None, "the step of the request")
    number = open_cycle(proposal).number
    return (EvidenceApproved(number=number, request=command.request, step=step),)


def denied_evidence(proposal: Proposal) -> tuple[Fact, ...]:
    """Do not accept evidence (row 14)."""
    command = the(proposal, DenyEvidence)
    return (EvidenceDenied(number=open_cycle(proposal).number, request=command.request),)


def test_out(proposal: Proposal) -> tuple[Fact, ...]:
    """Note the one result of a test-out (row 15)."""
    command, cycle = the(proposal, RecordTestOut), open_cycle(proposal)
    return (
        TestOutRecorded(
            number=cycle.number, step=command.step, version=cycle.version, passed=command.passed
        ),
    )


def exam(proposal: Proposal) -> tuple[Fact, ...]:
    """Count an attempt; a pass is held where the policy wants approval (row 16)."""
    command, cycle = the(proposal, RecordExam), open_cycle(proposal)
    version = given(proposal.version_of_cycle, "the version of the cycle")
    outcome = AttemptOutcome.FAILED
    if command.passed:
        held = version.policy.exam.approval
        outcome = AttemptOutcome.HELD if held else AttemptOutcome.PASSED
    return (ExamAttempted(number=cycle.number, outcome=outcome, score=command.score),)


def approved_exam(proposal: Proposal) -> tuple[Fact, ...]:
    """Confirm a held attempt (row 17)."""
    command = the(proposal, ApproveExam)
    return (ExamApproved(number=open_cycle(proposal).number, request=command.request),)


def denied_exam(proposal: Proposal) -> tuple[Fact, ...]:
    """Count a held attempt as failed (row 18)."""
    command = the(proposal, DenyExam)
    return (ExamDenied(number=open_cycle(proposal).number, request=command.request),)


def overridden_exam(proposal: Proposal) -> tuple[Fact, ...]:
    """Count the exam as passed (row 22)."""
    return (ExamOverridden(number=open_cycle(proposal).number),)


def attempts_request(proposal: Proposal) -> tuple[Fact, ...]:
    """Ask for more attempts (row 19)."""
    return (AttemptsRequested(number=open_cycle(proposal).number),)


def granted_attempts(proposal: Proposal) -> tuple[Fact, ...]:
    """Raise the limit of this cycle (row 20)."""
    command = the(proposal, GrantAttempts)
    number = open_cycle(proposal).number
    return (AttemptsGranted(number=number, request=command.request, count=command.count),)


def denied_attempts(proposal: Proposal) -> tuple[Fact, ...]:
    """Do not raise the limit (row 20)."""
    command = the(proposal, DenyAttempts)
    return (AttemptsDenied(number=open_cycle(proposal).number, request=command.request),)
