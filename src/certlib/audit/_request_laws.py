"""Laws about requests, test-outs and assignments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from certlib.audit._cycle_laws import repeated
from certlib.audit._examined import Breach, EnrollmentLaw, Examined, strike
from certlib.audit._law import Law
from certlib.audit._record import ByHand, GiveCommand, Mend
from certlib.state._cycles import AttemptOutcome, Cycle, Request, RequestKind
from certlib.state.commands import DenyAttempts, DenyEvidence

__all__ = ["REQUEST_LAWS"]

EVENTS: Final = ByHand(words="look at the events of the request: one of them is damaged or missing")


def _breach(request: Request, found: str, expected: str, *mends: Mend) -> Breach:
    return Breach(
        place=f"request {request.number}",
        found=found,
        expected=expected,
        mends=mends or (strike(request.number), EVENTS),
    )


def _waiting(examined: Examined) -> Iterator[tuple[Cycle, Request]]:
    for cycle in examined.enrollment.cycles:
        for request in cycle.requests:
            if request.is_open:
                yield cycle, request


# --- access -------------------------------------------------------------------------------------


def _access_with_status(examined: Examined) -> Iterator[Breach]:
    status = examined.enrollment.status_at(examined.last_instant)
    waiting = examined.enrollment.open_access_request
    if status is not None and waiting is not None:
        yield _breach(
            waiting,
            f"waits for access while {status.value}",
            "superseded when there was a status (R3)",
        )


def _access_twice(examined: Examined) -> Iterator[Breach]:
    waiting = [each for each in examined.enrollment.access_requests if each.is_open]
    for request in waiting[1:]:
        yield _breach(
            request,
            "waits for access",
            f"one open request: request {waiting[0].number} is open already (row 3)",
        )


# --- evidence -----------------------------------------------------------------------------------


def _evidence_twice(examined: Examined) -> Iterator[Breach]:
    seen: dict[tuple[int, str | None], int] = {}
    for cycle, request in _waiting(examined):
        if request.kind is not RequestKind.EVIDENCE:
            continue
        first = seen.setdefault((cycle.number, request.step), request.number)
        if first != request.number:
            yield _breach(
                request,
                f"waits with evidence for {request.step}",
                f"one open request for it: request {first} is open already (R6)",
                GiveCommand(command=DenyEvidence(request=request.number)),
                strike(request.number),
            )


def _evidence_for_nothing(examined: Examined) -> Iterator[Breach]:
    for cycle, request in _waiting(examined):
        if request.kind is RequestKind.EVIDENCE and request.step not in cycle.missing_steps:
            yield _breach(
                request,
                f"waits with evidence for {request.step}",
                "a step that is missing (R6, R14)",
                GiveCommand(command=DenyEvidence(request=request.number)),
                strike(request.number),
            )


# --- the exam -----------------------------------------------------------------------------------


def _held_without_request(examined: Examined) -> Iterator[Breach]:
    for cycle in examined.enrollment.cycles:
        asked = {each.number for each in cycle.requests if each.kind is RequestKind.EXAM}
        for attempt in cycle.attempts:
            if attempt.outcome is AttemptOutcome.HELD and attempt.number not in asked:
                yield Breach(
                    place=f"attempt {attempt.number}",
                    found="held",
                    expected="a request for its approval (R7)",
                    mends=(strike(attempt.number), EVENTS),
                )


def _request_without_held(examined: Examined) -> Iterator[Breach]:
    for cycle, request in _waiting(examined):
        held = {a.number for a in cycle.attempts if a.outcome is AttemptOutcome.HELD}
        if request.kind is RequestKind.EXAM and request.number not in held:
            yield _breach(request, "waits about the exam", "an attempt that is held (R7)")


def _attempts_twice(examined: Examined) -> Iterator[Breach]:
    seen: dict[int, int] = {}
    for cycle, request in _waiting(examined):
        if request.kind is not RequestKind.ATTEMPTS:
            continue
        first = seen.setdefault(cycle.number, request.number)
        if first != request.number:
            yield _breach(
                request,
                "waits for more attempts",
                f"one open request: request {first} is open already (row 19)",
                GiveCommand(command=DenyAttempts(request=request.number)),
                strike(request.number),
            )


def _idle(examined: Examined) -> Iterator[Breach]:
    for cycle, request in _waiting(examined):
        if request.kind is RequestKind.EVIDENCE or cycle.exam_is_missing:
            continue
        deny: tuple[Mend, ...] = ()
        if request.kind is RequestKind.ATTEMPTS:
            deny = (GiveCommand(command=DenyAttempts(request=request.number)),)
        yield _breach(
            request,
            f"waits about {request.kind.value}",
            "closed: there is no exam left to take (R7, R14)",
            *deny,
            strike(request.number),
        )


def _of_an_ended_cycle(examined: Examined) -> Iterator[Breach]:
    for cycle, request in _waiting(examined):
        if cycle.ended_at is not None:
            yield _breach(
                request,
                f"open, of cycle {cycle.number}, which ended at {cycle.ended_at}",
                "superseded when the cycle ended (R3)",
            )


# --- test-outs and assignments ------------------------------------------------------------------


def _tested_out_twice(examined: Examined) -> Iterator[Breach]:
    taken = (f"{each.step} of version {each.version}" for each in examined.enrollment.test_outs)
    for name in repeated(taken):
        yield Breach(
            place=f"test-out of {name}",
            found="taken more than once",
            expected="taken once and for good (R6)",
            mends=(ByHand(words="strike the entry of the later one"),),
        )


def _assigned_twice(examined: Examined) -> Iterator[Breach]:
    sources = (
        each.source.value + (f" {each.reference}" if each.reference else "")
        for each in examined.enrollment.assignments
    )
    for name in repeated(sources):
        yield Breach(
            place=f"assignment {name}",
            found="there more than once",
            expected="a source and a reference name one assignment (row 7)",
            mends=(ByHand(words="strike the entry of the later one, or unassign it once"),),
        )


REQUEST_LAWS: Final[tuple[EnrollmentLaw, ...]] = (
    Law(
        code="access_is_asked_for_with_a_status",
        sentence="no request for access waits once there is a status (R3)",
        finds=_access_with_status,
    ),
    Law(
        code="access_is_asked_for_twice",
        sentence="at most one request for access waits (row 3)",
        finds=_access_twice,
    ),
    Law(
        code="evidence_waits_twice",
        sentence="evidence for a step waits once (R6)",
        finds=_evidence_twice,
    ),
    Law(
        code="evidence_waits_for_nothing",
        sentence="evidence waits for a missing step only (R6)",
        finds=_evidence_for_nothing,
    ),
    Law(
        code="held_attempt_has_no_request",
        sentence="a held attempt has a request for its approval (R7)",
        finds=_held_without_request,
    ),
    Law(
        code="exam_request_has_no_held_attempt",
        sentence="a request about the exam has a held attempt (R7)",
        finds=_request_without_held,
    ),
    Law(
        code="attempts_are_asked_for_twice",
        sentence="at most one request for attempts waits (row 19)",
        finds=_attempts_twice,
    ),
    Law(
        code="exam_request_is_idle",
        sentence="no request about an exam is open once the exam is done or gone (R7, R14)",
        finds=_idle,
    ),
    Law(
        code="request_of_an_ended_cycle_waits",
        sentence="requests of an ended cycle are superseded (R3)",
        finds=_of_an_ended_cycle,
    ),
    Law(
        code="test_out_is_taken_twice",
        sentence="a test-out is taken once for a step of a version (R6)",
        finds=_tested_out_twice,
    ),
    Law(
        code="assignment_is_there_twice",
        sentence="a source and a reference name one assignment (row 7)",
        finds=_assigned_twice,
    ),
)
