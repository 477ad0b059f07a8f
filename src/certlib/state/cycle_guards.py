"""Guards of a cycle as a whole: requests that wait, the deadline; and the list of all within a cycle.

Those of steps, the exam and fees have modules of their own.
"""

from __future__ import annotations

from typing import Final

from certlib.state import exam_guards as exam
from certlib.state import fee_guards as fee
from certlib.state import step_guards as step
from certlib.state.commands import AboutRequest, ExtendDeadline
from certlib.state.cycles import Request
from certlib.state.guard import Guard, asked, listed
from certlib.state.proposals import Proposal
from certlib.state.status import CycleKind

__all__ = [
    "CYCLE_GUARDS",
    "cycle_is_a_recertification",
    "deadline_is_ahead",
    "deadline_is_there",
    "new_deadline_is_later",
    "request_is_open",
]


def _waiting(proposal: Proposal) -> tuple[Request, ...]:
    """Return the requests that wait: those of the kind that the command decides, where it is known."""
    command, cycle = asked(proposal.command, AboutRequest), proposal.enrollment.open_cycle
    return tuple(
        each
        for each in (cycle.requests if cycle else ())
        if each.is_open and (command is None or each.kind is command.about)
    )


def _request_is_open(proposal: Proposal) -> bool:
    command = asked(proposal.command, AboutRequest)
    return command is None or command.request in {each.number for each in _waiting(proposal)}


def _in_words(request: Request) -> str:
    return (
        f"{request.number} ({request.kind.value}{f' for {request.step}' if request.step else ''})"
    )


request_is_open: Guard = Guard(
    code="request_is_open",
    sentence="no such request waits; waiting are: {requests}",
    asks=("request",),
    holds=_request_is_open,
    params=lambda p: {"requests": listed(map(_in_words, _waiting(p)))},
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
    fee.certification_fee_is_open,
    fee.exam_fee_is_open,
    exam.exam_is_not_started,
    fee.recertification_fee_is_open,
    fee.fee_is_of_the_status,
    fee.fee_is_open,
    fee.cycle_fee_is_settled,
    fee.exam_fee_is_settled,
    fee.reinstatement_fee_is_settled,
    deadline_is_ahead,
    deadline_is_there,
    new_deadline_is_later,
    step.step_is_open,
    step.path_is_of_the_step,
    step.path_is_external,
    step.no_evidence_is_waiting,
    step.path_is_test_out,
    step.test_out_is_not_taken,
    request_is_open,
    exam.version_has_an_exam,
    exam.exam_is_open,
    exam.attempts_are_left,
    exam.attempts_are_used_up,
    exam.cool_down_is_over,
    exam.steps_are_done,
    exam.no_attempts_request_is_open,
    cycle_is_a_recertification,
)
"""Those that are listed among `certlib.state.guards.GUARDS`."""
