"""Cycles: each is one run at the certification, with everything that happened in it.

Only the fold (`certlib.state._fold`) makes these values.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, Final

from attrs import frozen

from certlib._copying import evolve, quick_to_copy
from certlib._declared import takes_instants_in
from certlib.periods import DAY, Period, first_instant
from certlib.policies import DueDay, Fee
from certlib.transcript import CompletionKey

__all__ = [
    "FEES",
    "Attempt",
    "AttemptOutcome",
    "Cycle",
    "CycleEnd",
    "CycleKind",
    "Due",
    "FeeSettled",
    "Request",
    "RequestKind",
    "RequestState",
    "Settlement",
    "StepDone",
    "TestOutTaken",
    "with_decision",
    "with_request",
]


class CycleKind(StrEnum):
    """The first run at a certification, or a later one."""

    INITIAL = "initial"
    RECERTIFICATION = "recertification"


@frozen(kw_only=True)
class StepDone:
    """A step that is done: by which path, when, and through which completions."""

    step: str
    path: str | None
    """The kind of path; ``override`` if an administrator waived the step."""
    at: datetime
    because: tuple[CompletionKey, ...] = ()


class RequestKind(StrEnum):
    """What waits for an approver."""

    ACCESS = "access"
    EVIDENCE = "evidence"
    EXAM = "exam"
    ATTEMPTS = "attempts"


class RequestState(StrEnum):
    """The state of a request."""

    OPEN = "open"
    APPROVED = "approved"
    DENIED = "denied"
    CLOSED = "closed"
    """No longer needed: the step was done, or the exam passed, in another way."""
    SUPERSEDED = "superseded"
    """Its cycle ended, its step is gone, or a new request replaced it. A request for access: a status began."""


@frozen(kw_only=True)
class Request:
    """A request to an approver, open or decided."""

    number: int
    """The entry that opened it: its identity within the enrollment."""
    kind: RequestKind
    at: datetime
    step: str | None = None
    """The step that evidence is for."""
    state: RequestState = RequestState.OPEN

    @property
    def is_open(self) -> bool:
        """Whether it still waits for an approver."""
        return self.state is RequestState.OPEN

    def is_like(self, other: Request) -> bool:
        """Whether both ask for the same decision."""
        return (self.kind, self.step) == (other.kind, other.step)


def with_decision(
    requests: tuple[Request, ...], numbers: Collection[int], state: RequestState
) -> tuple[Request, ...]:
    """Give the open requests with these numbers a new state."""
    return tuple(
        evolve(each, state=state) if each.number in numbers and each.is_open else each
        for each in requests
    )


def with_request(requests: tuple[Request, ...], request: Request) -> tuple[Request, ...]:
    """Add a request; an open one supersedes an earlier one like it that still waits (R6).

    This happens when the decision in between was struck.
    """
    if request.is_open and requests:
        like_it = {each.number for each in requests if each.is_like(request)}
        requests = with_decision(requests, like_it, RequestState.SUPERSEDED)
    return (*requests, request)


class AttemptOutcome(StrEnum):
    """The outcome of an attempt at the exam."""

    FAILED = "failed"
    PASSED = "passed"
    HELD = "held"
    """Passed, and waiting for an approver."""


@frozen(kw_only=True)
class Attempt:
    """One attempt at the exam (R7); it counts as soon as it is recorded."""

    number: int
    """The entry that recorded it."""
    at: datetime
    outcome: AttemptOutcome
    score: str | None = None


@frozen(kw_only=True)
class TestOutTaken:
    """A test-out that was taken (R6); nothing resets it."""

    __test__: ClassVar[bool] = False  # the name begins with Test: pytest is not to collect it
    step: str
    version: int
    """The version that the step belongs to."""
    passed: bool
    at: datetime


class Settlement(StrEnum):
    """How a fee was settled."""

    PAID = "paid"
    WAIVED = "waived"
    """By an administrator."""


@frozen(kw_only=True)
class FeeSettled:
    """A fee that was paid or waived (R4)."""

    fee: Fee
    how: Settlement
    at: datetime
    reference: str | None = None
    """The host's reference, if it was paid."""


@takes_instants_in
@frozen(kw_only=True)
class Due:
    """The due day of a cycle, inclusive, in a time zone (P8)."""

    on: date
    """The day before any extension for the learner."""
    hard: bool = False
    """Whether nothing new counts after the due day (R5)."""
    time_zone: str = "UTC"
    extended_to: date | None = None
    after_expiry: Period | None = None
    """How long after the last valid day that the cycle renews; None if it does not follow that day."""

    @property
    def day(self) -> date:
        """The due day: the later of the two dates."""
        return self.on if self.extended_to is None else max(self.on, self.extended_to)

    @property
    def passes_at(self) -> datetime:
        """The first instant after the due day."""
        return first_instant(self.day + DAY, self.time_zone)

    @property
    def as_due_day(self) -> DueDay:
        """This due day as a base for the expiry of a first certificate (P1)."""
        return DueDay(on=self.on, last_day=self.day)

    def is_over(self, instant: datetime) -> bool:
        """Whether the due day has passed."""
        return instant >= self.passes_at

    def not_before(self, on: date) -> Due:
        """Move the day to a later date; an earlier date changes nothing."""
        return self if on <= self.on else evolve(self, on=on)


class CycleEnd(StrEnum):
    """What ended a cycle."""

    CERTIFICATE = "certificate"
    AWARD = "award"
    ABANDONED = "abandoned"
    REVOKED = "revoked"
    REMOVED = "removed"


FEES: Final = {
    CycleKind.INITIAL: Fee.CERTIFICATION,
    CycleKind.RECERTIFICATION: Fee.RECERTIFICATION,
}
"""The fee for each kind of cycle (R4)."""


@takes_instants_in
@quick_to_copy
@frozen(kw_only=True, weakref_slot=False)
class Cycle:
    """One run at the certification, pinned to one version and never deleted.

    Its steps and its exam are recorded when it begins, so reading a cycle needs no catalog.
    """

    number: int
    kind: CycleKind
    version: int
    entry: int
    """The entry that began it."""
    began_at: datetime
    counts_from: date
    """The first day whose completions count, in the version's zone (P10b)."""
    needs: tuple[str, ...]
    """The codes of its steps."""
    has_exam: bool = False
    curriculum: CycleKind = CycleKind.INITIAL
    """The curriculum in use (P3): a late recertification may use the initial one."""
    started_at: datetime | None = None
    done: tuple[StepDone, ...] = ()
    requests: tuple[Request, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    granted: int = 0
    """Attempts granted beyond those of the policy."""
    exam_done: bool = False
    exam_overridden: bool = False
    fees: tuple[FeeSettled, ...] = ()
    due: Due | None = None
    ended_at: datetime | None = None
    ended_by: CycleEnd | None = None

    @property
    def missing_steps(self) -> tuple[str, ...]:
        """The steps that are not done, in order."""
        done = {each.step for each in self.done}
        return tuple(step for step in self.needs if step not in done)

    @property
    def exam_is_missing(self) -> bool:
        """Whether there is an exam that is neither passed nor overridden."""
        return self.has_exam and not self.exam_done

    @property
    def is_complete(self) -> bool:
        """Whether nothing is missing (R1)."""
        return not self.exam_is_missing and not self.missing_steps

    @property
    def fee(self) -> Fee:
        """The fee of a cycle of this kind."""
        return FEES[self.kind]

    def open_requests(self, kind: RequestKind) -> tuple[Request, ...]:
        """Return the requests of a kind that still wait."""
        return tuple(each for each in self.requests if each.kind is kind and each.is_open)

    @property
    def awaiting(self) -> tuple[str, ...]:
        """The steps whose evidence waits for an approver."""
        if not self.requests:
            return ()
        return tuple(each.step for each in self.open_requests(RequestKind.EVIDENCE) if each.step)

    @property
    def exam_held(self) -> bool:
        """Whether a passed exam waits for an approver."""
        return bool(self.requests and self.open_requests(RequestKind.EXAM))

    @property
    def only_approvals_are_left(self) -> bool:
        """Whether something is missing, and all of it waits for an approver (R1)."""
        awaiting, held = self.awaiting, self.exam_held
        if not awaiting and not held:
            return False
        steps, exam = self.missing_steps, self.exam_is_missing
        if not steps and not exam:
            return False
        return all(step in awaiting for step in steps) and (not exam or held)

    def has_settled(self, fee: Fee) -> bool:
        """Whether a fee of this cycle is paid or waived."""
        return any(each.fee is fee for each in self.fees)

    def with_step(self, done: StepDone) -> Cycle:
        """Count a step as done and close the evidence that waits for it (R6)."""
        if any(each.step == done.step for each in self.done):
            return self
        waiting = {each.number for each in self.requests if each.step == done.step}
        return evolve(
            self,
            done=(*self.done, done),
            requests=with_decision(self.requests, waiting, RequestState.CLOSED)
            if waiting
            else self.requests,
        )

    def with_exam_done(self, state: RequestState, *, overridden: bool = False) -> Cycle:
        """Count the exam as done and decide the requests about it (R7)."""
        exam = {each.number for each in self.open_requests(RequestKind.EXAM)}
        others = {each.number for each in self.open_requests(RequestKind.ATTEMPTS)}
        requests = with_decision(self.requests, exam, state)
        return evolve(
            self,
            exam_done=True,
            exam_overridden=overridden,
            requests=with_decision(requests, others, RequestState.CLOSED),
        )

    def with_attempt_decided(self, number: int, outcome: AttemptOutcome) -> Cycle:
        """Give an attempt its final outcome."""
        return evolve(
            self,
            attempts=tuple(
                evolve(each, outcome=outcome) if each.number == number else each
                for each in self.attempts
            ),
        )

    def ended(self, at: datetime, by: CycleEnd) -> Cycle:
        """End the cycle and supersede the requests that wait (R3)."""
        waiting = {each.number for each in self.requests}
        return evolve(
            self,
            ended_at=at,
            ended_by=by,
            requests=with_decision(self.requests, waiting, RequestState.SUPERSEDED),
        )
