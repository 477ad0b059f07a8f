"""Guards of what happens within a cycle: steps, evidence, tests and the exam, fees, the deadline."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from certlib.certifications import PATH_KINDS, Classroom, External, Online, Path, TestOut
from certlib.policies import ExamRules, Fee
from certlib.state.commands import (
    ApproveEvidence,
    ApproveExam,
    Command,
    CompleteStep,
    DenyAttempts,
    DenyEvidence,
    DenyExam,
    ExtendDeadline,
    GrantAttempts,
    OverridePayment,
    RecordPayment,
    RecordTestOut,
    SubmitEvidence,
)
from certlib.state.cycles import RequestKind
from certlib.state.guard import Guard, asked, listed
from certlib.state.proposals import Proposal
from certlib.state.status import CycleKind, Status

__all__ = [
    "CYCLE_GUARDS",
    "attempts_are_left",
    "attempts_are_used_up",
    "certification_fee_is_open",
    "cool_down_is_over",
    "cycle_fee_is_settled",
    "cycle_is_a_recertification",
    "deadline_is_ahead",
    "deadline_is_there",
    "exam_fee_is_open",
    "exam_fee_is_settled",
    "exam_is_not_started",
    "exam_is_open",
    "fee_is_of_the_status",
    "fee_is_open",
    "new_deadline_is_later",
    "no_attempts_request_is_open",
    "no_evidence_is_waiting",
    "path_is_external",
    "path_is_of_the_step",
    "path_is_test_out",
    "recertification_fee_is_open",
    "reinstatement_fee_is_settled",
    "request_is_open",
    "step_is_open",
    "steps_are_done",
    "test_out_is_not_taken",
    "version_has_an_exam",
]

# --- steps --------------------------------------------------------------------------------------


def _step(proposal: Proposal) -> str | None:
    """Return the step that a command is about."""
    command = proposal.command
    if isinstance(command, CompleteStep | SubmitEvidence | RecordTestOut):
        return command.step
    return None


def _missing_steps(proposal: Proposal) -> tuple[str, ...]:
    cycle = proposal.enrollment.open_cycle
    return () if cycle is None else cycle.missing_steps


step_is_open: Guard = Guard(
    code="step_is_open",
    sentence="the step is not open; open are: {steps}",
    asks=("step",),
    holds=lambda p: (step := _step(p)) is None or step in _missing_steps(p),
    params=lambda p: {"steps": listed(_missing_steps(p))},
)


def _paths(proposal: Proposal, step: str | None) -> tuple[Path, ...]:
    curriculum = proposal.curriculum
    found = curriculum.step(step) if curriculum and step else None
    return found.paths if found else ()


def _completed_by(proposal: Proposal) -> tuple[str, ...]:
    """Return the kinds of the step's paths that completions lead through."""
    return tuple(
        PATH_KINDS[type(path)]
        for path in _paths(proposal, _step(proposal))
        if isinstance(path, Online | Classroom)
    )


def _path_fits(proposal: Proposal) -> bool:
    command = asked(proposal.command, CompleteStep)
    return command is None or command.path is None or command.path in _completed_by(proposal)


path_is_of_the_step: Guard = Guard(
    code="path_is_of_the_step",
    sentence="the step has no such path that completions lead through; it has: {paths}",
    asks=("step", "path"),
    holds=_path_fits,
    params=lambda p: {"paths": listed(_completed_by(p))},
)


def _has_path(proposal: Proposal, kind: type[Path]) -> bool:
    step = _step(proposal)
    return step is None or any(isinstance(path, kind) for path in _paths(proposal, step))


def _steps_with(proposal: Proposal, kind: type[Path]) -> dict[str, str]:
    missing = _missing_steps(proposal)
    return {
        "steps": listed(
            step
            for step in missing
            if any(isinstance(path, kind) for path in _paths(proposal, step))
        )
    }


path_is_external: Guard = Guard(
    code="path_is_external",
    sentence="evidence leads through no path of the step; open steps that take evidence: {steps}",
    asks=("step",),
    holds=lambda p: _has_path(p, External),
    params=lambda p: _steps_with(p, External),
)

path_is_test_out: Guard = Guard(
    code="path_is_test_out",
    sentence="the step has no test-out; open steps that have one: {steps}",
    asks=("step",),
    holds=lambda p: _has_path(p, TestOut),
    params=lambda p: _steps_with(p, TestOut),
)


def _nothing_waits(proposal: Proposal) -> bool:
    step, cycle = _step(proposal), proposal.enrollment.open_cycle
    return step is None or cycle is None or step not in cycle.awaiting


no_evidence_is_waiting: Guard = Guard(
    code="no_evidence_is_waiting",
    sentence="evidence for the step waits for an approver already",
    asks=("step",),
    holds=_nothing_waits,
)


def _not_taken(proposal: Proposal) -> bool:
    step, cycle = _step(proposal), proposal.enrollment.open_cycle
    if step is None or cycle is None:
        return True
    taken = {(each.step, each.version) for each in proposal.enrollment.test_outs}
    return (step, cycle.version) not in taken


test_out_is_not_taken: Guard = Guard(
    code="test_out_is_not_taken",
    sentence="the test-out of this step was taken before; it is taken once and for good",
    asks=("step",),
    holds=_not_taken,
)

# --- requests -----------------------------------------------------------------------------------

ABOUT: Final[dict[type[Command], RequestKind]] = {
    ApproveEvidence: RequestKind.EVIDENCE,
    DenyEvidence: RequestKind.EVIDENCE,
    ApproveExam: RequestKind.EXAM,
    DenyExam: RequestKind.EXAM,
    GrantAttempts: RequestKind.ATTEMPTS,
    DenyAttempts: RequestKind.ATTEMPTS,
}
"""The kind of request that a command decides."""


def _request_is_open(proposal: Proposal) -> bool:
    command, cycle = proposal.command, proposal.enrollment.open_cycle
    if not isinstance(
        command,
        ApproveEvidence | DenyEvidence | ApproveExam | DenyExam | GrantAttempts | DenyAttempts,
    ):
        return True
    waiting = cycle.open_requests(ABOUT[type(command)]) if cycle else ()
    return any(request.number == command.request for request in waiting)


def _waiting(proposal: Proposal) -> str:
    command, cycle = proposal.command, proposal.enrollment.open_cycle
    kind = None if command is None else ABOUT.get(type(command))
    return listed(
        f"{each.number} ({each.kind.value}{f' for {each.step}' if each.step else ''})"
        for each in (cycle.requests if cycle else ())
        if each.is_open and kind in {None, each.kind}
    )


request_is_open: Guard = Guard(
    code="request_is_open",
    sentence="no such request waits; waiting are: {requests}",
    asks=("request",),
    holds=_request_is_open,
    params=lambda p: {"requests": _waiting(p)},
)

# --- the exam -----------------------------------------------------------------------------------


def _exam_rules(proposal: Proposal) -> ExamRules:
    version = proposal.version_of_cycle
    return version.policy.exam if version else ExamRules()


def _has_exam(proposal: Proposal) -> bool:
    cycle = proposal.enrollment.open_cycle
    return cycle is not None and cycle.has_exam


version_has_an_exam: Guard = Guard(
    code="version_has_an_exam",
    sentence="the version has no exam",
    holds=_has_exam,
)


def _exam_is_open(proposal: Proposal) -> bool:
    cycle = proposal.enrollment.open_cycle
    return cycle is None or not (cycle.exam_done or cycle.exam_held)


def _exam_state(proposal: Proposal) -> dict[str, str]:
    cycle = proposal.enrollment.open_cycle
    held = cycle is not None and cycle.exam_held
    return {"state": "a passed attempt waits for an approver" if held else "it is passed"}


exam_is_open: Guard = Guard(
    code="exam_is_open",
    sentence="the exam need not be taken again: {state}",
    holds=_exam_is_open,
    params=_exam_state,
)


def _attempts(proposal: Proposal) -> tuple[int, int | None]:
    """Return how many attempts were made in the cycle, and how many there may be."""
    cycle, allowed = proposal.enrollment.open_cycle, _exam_rules(proposal).attempts
    if cycle is None:
        return 0, allowed
    return len(cycle.attempts), None if allowed is None else allowed + cycle.granted


def _attempts_in_words(proposal: Proposal) -> dict[str, str]:
    made, allowed = _attempts(proposal)
    return {"made": str(made), "allowed": "any number" if allowed is None else str(allowed)}


def _are_left(proposal: Proposal) -> bool:
    made, allowed = _attempts(proposal)
    return allowed is None or made < allowed


attempts_are_left: Guard = Guard(
    code="attempts_are_left",
    sentence="no attempt at the exam is left: {made} of {allowed} were made in this cycle",
    holds=_are_left,
    params=_attempts_in_words,
)

attempts_are_used_up: Guard = Guard(
    code="attempts_are_used_up",
    sentence="attempts at the exam are left: {made} of {allowed} were made in this cycle",
    holds=lambda p: not _are_left(p),
    params=_attempts_in_words,
)


def _next_attempt_at(proposal: Proposal) -> tuple[bool, datetime | None]:
    """Return whether the cool-down is over, and when it is (None: never)."""
    cycle, version = proposal.enrollment.open_cycle, proposal.version_of_cycle
    if cycle is None or version is None or not cycle.attempts:
        return True, None
    opens_at = version.policy.exam.next_attempt_at(cycle.attempts[-1].at, version.policy.time_zone)
    return opens_at is not None and opens_at <= proposal.at, opens_at


cool_down_is_over: Guard = Guard(
    code="cool_down_is_over",
    sentence="the cool-down after the last attempt at the exam is not over",
    holds=lambda p: _next_attempt_at(p)[0],
    opens_at=lambda p: _next_attempt_at(p)[1],
)

steps_are_done: Guard = Guard(
    code="steps_are_done",
    sentence="every step must be done before the exam; open are: {steps}",
    holds=lambda p: not (_exam_rules(p).steps_first and _missing_steps(p)),
    params=lambda p: {"steps": listed(_missing_steps(p))},
)


def _none_waits(proposal: Proposal) -> bool:
    cycle = proposal.enrollment.open_cycle
    return cycle is None or not cycle.open_requests(RequestKind.ATTEMPTS)


no_attempts_request_is_open: Guard = Guard(
    code="no_attempts_request_is_open",
    sentence="a request for more attempts waits already",
    holds=_none_waits,
)


def _not_started(proposal: Proposal) -> bool:
    cycle = proposal.enrollment.open_cycle
    return cycle is None or not cycle.attempts


exam_is_not_started: Guard = Guard(
    code="exam_is_not_started",
    sentence="an attempt at the exam was recorded in this cycle",
    holds=_not_started,
)

# --- fees ---------------------------------------------------------------------------------------


def _is_open(proposal: Proposal, fee: Fee) -> bool:
    """Whether a fee may be settled now: it is one of the cycle (R4), required, and neither paid nor waived."""
    cycle, version = proposal.enrollment.open_cycle, proposal.version_in_force
    if version is None or not version.policy.fees.requires(fee):
        return False
    if cycle is None:
        return fee is Fee.REINSTATEMENT and proposal.enrollment.reinstatement is None
    belongs = fee is cycle.fee or (fee is Fee.EXAM and cycle.has_exam)
    return belongs and not cycle.has_settled(fee)


def _fee_is_open(fee: Fee) -> Guard:
    return Guard(
        code=f"{fee.value}_fee_is_open",
        sentence=f"the {fee.value} fee is not required, or paid or waived already",
        holds=lambda p: _is_open(p, fee),
    )


certification_fee_is_open: Guard = _fee_is_open(Fee.CERTIFICATION)
exam_fee_is_open: Guard = _fee_is_open(Fee.EXAM)
recertification_fee_is_open: Guard = _fee_is_open(Fee.RECERTIFICATION)


def _that_fee_is_open(proposal: Proposal) -> bool:
    command = asked(proposal.command, RecordPayment)
    return command is None or _is_open(proposal, command.fee)


fee_is_open: Guard = Guard(
    code="fee_is_open",
    sentence="that fee is not open; open are: {fees}",
    asks=("fee",),
    holds=_that_fee_is_open,
    params=lambda p: {"fees": listed(fee.value for fee in Fee if _is_open(p, fee))},
)

WAIVED: Final[dict[Status | None, Fee]] = {
    Status.NOT_STARTED: Fee.CERTIFICATION,
    Status.IN_PROGRESS: Fee.EXAM,
    Status.RECERTIFYING: Fee.RECERTIFICATION,
}
"""The fee that may be waived in a status (rows 8, 23 and 24)."""


def _is_of_the_status(proposal: Proposal) -> bool:
    command = asked(proposal.command, OverridePayment)
    return command is None or command.fee in {None, WAIVED.get(proposal.status)}


fee_is_of_the_status: Guard = Guard(
    code="fee_is_of_the_status",
    sentence="in this status another fee is waived: {fee}",
    asks=("fee",),
    holds=_is_of_the_status,
    params=lambda p: {"fee": fee.value if (fee := WAIVED.get(p.status)) else "none"},
)


def _own_fee(proposal: Proposal) -> dict[str, str]:
    cycle = proposal.enrollment.open_cycle
    return {"fee": cycle.fee.value if cycle else "none"}


def _own_fee_is_settled(proposal: Proposal) -> bool:
    cycle = proposal.enrollment.open_cycle
    return cycle is None or not _is_open(proposal, cycle.fee)


cycle_fee_is_settled: Guard = Guard(
    code="cycle_fee_is_settled",
    sentence="the {fee} fee is neither paid nor waived",
    holds=_own_fee_is_settled,
    params=_own_fee,
)

exam_fee_is_settled: Guard = Guard(
    code="exam_fee_is_settled",
    sentence="the exam fee is neither paid nor waived",
    holds=lambda p: not _is_open(p, Fee.EXAM),
)

reinstatement_fee_is_settled: Guard = Guard(
    code="reinstatement_fee_is_settled",
    sentence="the reinstatement fee is not paid",
    holds=lambda p: not _is_open(p, Fee.REINSTATEMENT),
)

# --- the deadline -------------------------------------------------------------------------------


def _is_ahead(proposal: Proposal) -> bool:
    due = proposal.deadline
    return due is None or not due.hard or not due.is_over(proposal.at)


def _due_day(proposal: Proposal) -> dict[str, str]:
    due = proposal.deadline
    return {"day": "none" if due is None else str(due.day)}


deadline_is_ahead: Guard = Guard(
    code="deadline_is_ahead",
    sentence="the deadline has passed: nothing new counts after {day}",
    holds=_is_ahead,
    params=_due_day,
)

deadline_is_there: Guard = Guard(
    code="deadline_is_there",
    sentence="there is no deadline to extend",
    holds=lambda p: p.deadline is not None,
)


def _deadline_is_later(proposal: Proposal) -> bool:
    command, due = asked(proposal.command, ExtendDeadline), proposal.deadline
    return command is None or due is None or command.until > due.day


new_deadline_is_later: Guard = Guard(
    code="new_deadline_is_later",
    sentence="the new day is not later than the deadline, {day}",
    asks=("until",),
    holds=_deadline_is_later,
    params=_due_day,
)


def _is_recertification(proposal: Proposal) -> bool:
    cycle = proposal.enrollment.open_cycle
    return cycle is not None and cycle.kind is CycleKind.RECERTIFICATION


cycle_is_a_recertification: Guard = Guard(
    code="cycle_is_a_recertification",
    sentence="the open cycle is not a recertification",
    holds=_is_recertification,
)

CYCLE_GUARDS: Final[tuple[Guard, ...]] = (
    certification_fee_is_open,
    exam_fee_is_open,
    exam_is_not_started,
    recertification_fee_is_open,
    fee_is_of_the_status,
    fee_is_open,
    cycle_fee_is_settled,
    exam_fee_is_settled,
    reinstatement_fee_is_settled,
    deadline_is_ahead,
    deadline_is_there,
    new_deadline_is_later,
    step_is_open,
    path_is_of_the_step,
    path_is_external,
    no_evidence_is_waiting,
    path_is_test_out,
    test_out_is_not_taken,
    request_is_open,
    version_has_an_exam,
    exam_is_open,
    attempts_are_left,
    attempts_are_used_up,
    cool_down_is_over,
    steps_are_done,
    no_attempts_request_is_open,
    cycle_is_a_recertification,
)
"""Those that are listed among `certlib.state.guards.GUARDS`."""
