"""Access: requesting, approving and denying it."""

from __future__ import annotations

from attrs import field, frozen

from certlib._copying import evolve
from certlib._validators import positive
from certlib.certifications import Access
from certlib.state._actions.enrolling import assigned
from certlib.state._actions.running import begin
from certlib.state._cycles import CycleKind, Request, RequestKind, RequestState, with_request
from certlib.state._enrollments import AssignmentSource, Enrollment
from certlib.state._events import Event, Fact
from certlib.state._guard import guard
from certlib.state._proposals import Command, Proposal, required

__all__ = [
    "AccessApproved",
    "AccessDenied",
    "AccessRequested",
    "ApproveAccess",
    "DenyAccess",
    "RequestAccess",
    "access_is_by_request",
    "access_is_open",
    "access_request_is_open",
    "approve_access",
    "deny_access",
    "no_access_request_is_open",
    "request_access",
]


@frozen(kw_only=True)
class RequestAccess(Command):
    """Request access to a certification that gives it by request (row 3)."""

    name = "request_access"


@frozen(kw_only=True)
class ApproveAccess(Command):
    """Give the requested access (row 4)."""

    name = "approve_access"


@frozen(kw_only=True)
class DenyAccess(Command):
    """Deny the requested access (row 5)."""

    name = "deny_access"


@frozen(kw_only=True)
class AccessRequested(Fact):
    """The learner requested access (row 3)."""

    tag = "access_requested"

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Open a request, which stays open only until there is a status (R3)."""
        request = Request(number=event.entry, kind=RequestKind.ACCESS, at=event.at)
        return evolve(enrollment, access_requests=with_request(enrollment.access_requests, request))


@frozen(kw_only=True)
class AccessApproved(Fact):
    """An approver gave access (row 4)."""

    tag = "access_approved"
    request: int = field(validator=positive)

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Decide the request."""
        return enrollment.with_access_decided(RequestState.APPROVED)


@frozen(kw_only=True)
class AccessDenied(Fact):
    """An approver denied access (row 5)."""

    tag = "access_denied"
    request: int = field(validator=positive)

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Decide the request."""
        return enrollment.with_access_decided(RequestState.DENIED)


@guard(
    "learners cannot enroll by themselves: access is {access}",
    params=lambda p: {"access": p.case.certification.access.value},
)
def access_is_open(proposal: Proposal) -> bool:
    return proposal.case.certification.access is Access.OPEN


@guard(
    "access is not given by request: it is {access}",
    params=lambda p: {"access": p.case.certification.access.value},
)
def access_is_by_request(proposal: Proposal) -> bool:
    return proposal.case.certification.access is Access.BY_REQUEST


@guard("a request for access is already waiting")
def no_access_request_is_open(proposal: Proposal) -> bool:
    return proposal.enrollment.open_access_request is None


@guard("no request for access is waiting")
def access_request_is_open(proposal: Proposal) -> bool:
    return proposal.enrollment.open_access_request is not None


def request_access(_proposal: Proposal) -> tuple[Fact, ...]:
    """Record the request for access (row 3)."""
    return (AccessRequested(),)


def approve_access(proposal: Proposal) -> tuple[Fact, ...]:
    """Give access and begin the initial cycle (row 4)."""
    return (
        AccessApproved(request=_access_request(proposal)),
        assigned(proposal, AssignmentSource.REQUEST),
        begin(proposal, CycleKind.INITIAL),
    )


def deny_access(proposal: Proposal) -> tuple[Fact, ...]:
    """Deny access (row 5)."""
    return (AccessDenied(request=_access_request(proposal)),)


def _access_request(proposal: Proposal) -> int:
    return required(proposal.enrollment.open_access_request, "the request for access").number
