"""Cycles: one run at the certification each, and what happens in it.

These values are made by the fold (`certlib.state._fold`) and by nothing else.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, Final

from attrs import frozen

from certlib._copying import evolve, quick_to_copy
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
    """A step that is done, by which path, when, and through which completions."""

    step: str
    path: str | None
    """The kind of path; ``override`` where an administrator did without it."""
    at: datetime
    because: tuple[CompletionKey, ...] = ()


class RequestKind(StrEnum):
    """What waits for an approver."""

    ACCESS = "access"
    EVIDENCE = "evidence"
    EXAM = "exam"
    ATTEMPTS = "attempts"


class RequestState(StrEnum):
    """What became of a request."""

    OPEN = "open"
    APPROVED = "approved"
    DENIED = "denied"
    CLOSED = "closed"
    """It is not needed any more: the step was done, or the exam passed, otherwise."""
    SUPERSEDED = "superseded"
    """Its cycle ended, its step is gone, or it was asked again; for access: there has been a status since."""


@frozen(kw_only=True)
class Request:
    """Something that waits, or waited, for an approver."""

    number: int
    """The entry that opened it; it identifies the request within the enrollment."""
    kind: RequestKind
    at: datetime
    step: str | None = None
    """The step that evidence is for."""
    state: RequestState = RequestState.OPEN

    @property
    def is_open(self) -> bool:
        """Whether it still waits."""
        return self.state is RequestState.OPEN

    def is_like(self, other: Request) -> bool:
        """Whether it waits for the same decision as another."""
        return (self.kind, self.step) == (other.kind, other.step)


def with_decision(
    requests: tuple[Request, ...], numbers: Collection[int], state: RequestState
) -> tuple[Request, ...]:
    """Return requests of which those with these numbers, as far as they are open, have a new state."""
    return tuple(
        evolve(each, state=state) if each.number in numbers and each.is_open else each
        for each in requests
    )


def with_request(requests: tuple[Request, ...], request: Request) -> tuple[Request, ...]:
    """Return requests with one more, which takes the place of one like it that still waits (R6).

    That waits again where the decision between was struck.
    """
    if request.is_open and requests:
        like_it = {each.number for each in requests if each.is_like(request)}
        requests = with_decision(requests, like_it, RequestState.SUPERSEDED)
    return (*requests, request)


class AttemptOutcome(StrEnum):
    """What came of an attempt at the exam."""

    FAILED = "failed"
    PASSED = "passed"
    HELD = "held"
    """Passed, and waiting for an approver."""


@frozen(kw_only=True)
class Attempt:
    """One attempt at the exam; it counts from when it is recorded (R7)."""

    number: int
    """The entry that recorded it."""
    at: datetime
    outcome: AttemptOutcome
    score: str | None = None


@frozen(kw_only=True)
class TestOutTaken:
    """A test-out that was taken; nothing resets it (R6)."""

    __test__: ClassVar[bool] = False  # the name begins with Test: pytest is not to collect it
    step: str
    version: int
    """The step is that of this version."""
    passed: bool
    at: datetime


class Settlement(StrEnum):
    """How a fee was settled."""

    PAID = "paid"
    WAIVED = "waived"
    """By an administrator."""


@frozen(kw_only=True)
class FeeSettled:
    """A fee that is paid or waived (R4)."""

    fee: Fee
    how: Settlement
    at: datetime
    reference: str | None = None
    """The host's, where it was paid."""


@frozen(kw_only=True)
class Due:
    """The day by which a cycle is to be finished, inclusive, in a zone (P8)."""

    on: date
    """Without a personal extension."""
    hard: bool = False
    """Whether nothing new counts after it (R5)."""
    time_zone: str = "UTC"
    extended_to: date | None = None
    after_expiry: Period | None = None
    """Where it follows the last valid day that the cycle renews: how long after it."""

    @property
    def day(self) -> date:
        """The due day: the latest of all dates wins."""
        return self.on if self.extended_to is None else max(self.on, self.extended_to)

    @property
    def passes_at(self) -> datetime:
        """The first instant after the due day."""
        return first_instant(self.day + DAY, self.time_zone)

    @property
    def as_due_day(self) -> DueDay:
        """What may stand in for the previous expiry of a first certificate (P1)."""
        return DueDay(on=self.on, last_day=self.day)

    def is_over(self, instant: datetime) -> bool:
        """Whether the due day has passed."""
        return instant >= self.passes_at

    def not_before(self, on: date) -> Due:
        """Return a due day with one more date; of several the latest wins, and none moves it back."""
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
"""The fee of a cycle of a kind (R4)."""


@quick_to_copy
@frozen(kw_only=True, weakref_slot=False)
class Cycle:
    """One run at the certification, pinned to one version; never deleted.

    What it needs is recorded when it begins, so that reading needs no catalog.
    """

    number: int
    kind: CycleKind
    version: int
    entry: int
    """The entry that began it."""
    began_at: datetime
    counts_from: date
    """The first day whose completions count for it, a day of the version's zone (P10b)."""
    needs: tuple[str, ...]
    """The codes of its steps."""
    has_exam: bool = False
    curriculum: CycleKind = CycleKind.INITIAL
    """Whose curriculum is done: a late recertification may take the initial one (P3)."""
    started_at: datetime | None = None
    done: tuple[StepDone, ...] = ()
    requests: tuple[Request, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    granted: int = 0
    """Attempts beyond those of the policy."""
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
        """Whether there is an exam, neither passed nor overridden."""
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
        """Whether something is missing and all of it waits for an approver (R1)."""
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
        """Return the cycle with a step done, which closes the evidence that waits for it (R6)."""
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
        """Return the cycle with the exam done: what waits for it is decided (R7)."""
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
        """Return the cycle with a held attempt decided."""
        return evolve(
            self,
            attempts=tuple(
                evolve(each, outcome=outcome) if each.number == number else each
                for each in self.attempts
            ),
        )

    def ended(self, at: datetime, by: CycleEnd) -> Cycle:
        """Return the cycle ended: requests that wait are superseded (R3)."""
        waiting = {each.number for each in self.requests}
        return evolve(
            self,
            ended_at=at,
            ended_by=by,
            requests=with_decision(self.requests, waiting, RequestState.SUPERSEDED),
        )
