"""Barring: revoking access until recertification or permanently, and restoring it."""

from __future__ import annotations

from attrs import frozen

from certlib._copying import evolve
from certlib.state._actions.running import ending
from certlib.state._cycles import CycleEnd
from certlib.state._enrollments import Enrollment
from certlib.state._events import Event, Fact
from certlib.state._proposals import Command, Proposal
from certlib.state._status import Bar

__all__ = [
    "AccessRestored",
    "AccessRevoked",
    "PermanentlyRevoke",
    "PermanentlyRevoked",
    "RestoreAccess",
    "RevokeAccess",
    "permanently_revoke",
    "restore_access",
    "revoke_access",
]


@frozen(kw_only=True)
class RevokeAccess(Command):
    """Bar the learner until recertification (row 31)."""

    name = "revoke_access"


@frozen(kw_only=True)
class PermanentlyRevoke(Command):
    """Bar the learner until access is restored (row 29)."""

    name = "permanently_revoke"


@frozen(kw_only=True)
class RestoreAccess(Command):
    """Allow a Disallowed learner to recertify again (row 30)."""

    name = "restore_access"


@frozen(kw_only=True)
class AccessRevoked(Fact):
    """Access was revoked until recertification (row 31)."""

    tag = "access_revoked"
    is_on_the_certificate = True

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Bar the learner and revoke every certificate."""
        return enrollment.barred(Bar.REVOKED, event.at)


@frozen(kw_only=True)
class PermanentlyRevoked(Fact):
    """Access was revoked until it is restored (row 29)."""

    tag = "permanently_revoked"
    is_on_the_certificate = True

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Disallow the learner and revoke every certificate."""
        return enrollment.barred(Bar.DISALLOWED, event.at)


@frozen(kw_only=True)
class AccessRestored(Fact):
    """A Disallowed learner was allowed to recertify again (row 30)."""

    tag = "access_restored"

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Replace the bar by one that recertification lifts."""
        return evolve(enrollment, bar=Bar.REVOKED)


def revoke_access(proposal: Proposal) -> tuple[Fact, ...]:
    """End the open cycle and bar the learner until recertification (row 31)."""
    return (*ending(proposal, CycleEnd.REVOKED), AccessRevoked())


def permanently_revoke(_proposal: Proposal) -> tuple[Fact, ...]:
    """Bar the learner until access is restored (row 29)."""
    return (PermanentlyRevoked(),)


def restore_access(_proposal: Proposal) -> tuple[Fact, ...]:
    """Move the learner from Disallowed to Revoked (row 30)."""
    return (AccessRestored(),)
