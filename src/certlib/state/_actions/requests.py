"""Requests to approvers within a cycle, and decisions about them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from attrs import field, frozen

from certlib._copying import evolve
from certlib._validators import positive
from certlib.state._actions.running import in_cycle
from certlib.state._cycles import (
    Cycle,
    Request,
    RequestKind,
    RequestState,
    with_decision,
    with_request,
)
from certlib.state._enrollments import Enrollment
from certlib.state._events import Event
from certlib.state._guard import command_if, guard, listed
from certlib.state._proposals import Choice, Command, Proposal

__all__ = [
    "AboutRequest",
    "decided_request",
    "request_is_open",
    "requested",
]


@frozen(kw_only=True)
class AboutRequest(Command):
    """The base class of commands that decide a request."""

    about: ClassVar[RequestKind]
    """The kind of request that the command decides."""
    chooses: ClassVar[str | None] = "request"
    request: int = field(validator=positive)

    @classmethod
    def choices(cls, proposal: Proposal) -> Iterator[Choice]:
        """Yield the waiting requests of this kind."""
        cycle = proposal.enrollment.open_cycle
        for request in cycle.open_requests(cls.about) if cycle else ():
            yield Choice(label=str(request.number), command=cls(request=request.number))


def requested(
    enrollment: Enrollment, number: int, event: Event, kind: RequestKind, step: str | None = None
) -> Enrollment:
    """Open a request in a cycle."""

    def waiting(cycle: Cycle) -> Cycle:
        # An award entered later may have ended the cycle earlier.
        state = RequestState.OPEN if cycle.ended_at is None else RequestState.SUPERSEDED
        request = Request(number=event.entry, kind=kind, at=event.at, step=step, state=state)
        return evolve(cycle, requests=with_request(cycle.requests, request))

    return in_cycle(enrollment, number, waiting)


def decided_request(
    enrollment: Enrollment, number: int, request: int, state: RequestState
) -> Enrollment:
    """Decide a request in a cycle."""
    return in_cycle(
        enrollment,
        number,
        lambda c: evolve(c, requests=with_decision(c.requests, {request}, state)),
    )


def _waiting(proposal: Proposal) -> tuple[Request, ...]:
    """Return the waiting requests; only those of the command's kind, if there is a command."""
    command, cycle = command_if(proposal.command, AboutRequest), proposal.enrollment.open_cycle
    return tuple(
        each
        for each in (cycle.requests if cycle else ())
        if each.is_open and (command is None or each.kind is command.about)
    )


@guard(
    "no such request is waiting; the waiting requests are: {requests}",
    asks=("request",),
    params=lambda p: {"requests": listed(str(each.number) for each in _waiting(p))},
)
def request_is_open(proposal: Proposal) -> bool:
    command = command_if(proposal.command, AboutRequest)
    return command is None or command.request in {each.number for each in _waiting(proposal)}
