"""Guards of the exam: whether there is one, attempts, cool-down, what has to come first (P6)."""

from __future__ import annotations

from datetime import datetime

from certlib.policies import ExamRules
from certlib.state.cycles import RequestKind
from certlib.state.guard import Guard, listed
from certlib.state.proposals import Proposal
from certlib.state.step_guards import missing_steps

__all__ = [
    "attempts_are_left",
    "attempts_are_used_up",
    "cool_down_is_over",
    "exam_is_not_started",
    "exam_is_open",
    "no_attempts_request_is_open",
    "steps_are_done",
    "version_has_an_exam",
]


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
    holds=lambda p: not (_exam_rules(p).steps_first and missing_steps(p)),
    params=lambda p: {"steps": listed(missing_steps(p))},
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
