"""Actors: a role, an id and a scope (W1).

Every command and every question names its actor; there is no default. Hosts map their own roles to these
five.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from attrs import Factory, field, frozen
from attrs.validators import optional

from certlib._declared import checked
from certlib._reasons import Reason, ReasonKind
from certlib._texts import printable
from certlib._validators import code
from certlib.errors import InvalidValueError, RefusedError
from certlib.learners import Learner

__all__ = [
    "ADMINISTRATORS",
    "Actor",
    "Role",
    "Scope",
    "ScopeKind",
    "require_administrator",
    "require_tenant_administrator",
]


class Role(StrEnum):
    """The five roles; the table says which commands each may give."""

    LEARNER = "learner"
    MANAGER = "manager"
    APPROVER = "approver"
    ADMIN = "admin"
    SYSTEM = "system"


ADMINISTRATORS: Final = (Role.ADMIN, Role.SYSTEM)
"""The roles that may import, export, sweep and audit, which the table does not cover."""


class ScopeKind(StrEnum):
    """How a scope selects learners or certifications."""

    SELF = "self"
    REPORTS = "reports"
    ORGANIZATIONS = "organizations"
    CERTIFICATIONS = "certifications"
    TENANT = "tenant"


@checked
@frozen(kw_only=True)
class Scope:
    """The learners and certifications an actor may see and change.

    ``names`` lists organizations or certification codes.

    >>> Scope.organizations("north").covers(Learner(id="ann", organization="north"), "FIRE-1", "eva")
    True
    """

    kind: ScopeKind
    names: frozenset[str] = frozenset()

    @classmethod
    def organizations(cls, *names: str) -> Scope:
        """Return a scope: the learners of these organizations."""
        return cls(kind=ScopeKind.ORGANIZATIONS, names=frozenset(names))

    @classmethod
    def certifications(cls, *codes: str) -> Scope:
        """Return a scope: these certifications, with all learners."""
        return cls(kind=ScopeKind.CERTIFICATIONS, names=frozenset(codes))

    def covers(self, learner: Learner, certification: str | None, actor_id: str | None) -> bool:
        """Whether the scope includes a learner (in a certification, if one is given)."""
        if self.kind is ScopeKind.SELF:
            return learner.id == actor_id
        if self.kind is ScopeKind.REPORTS:
            return actor_id is not None and learner.manager_id == actor_id
        if self.kind is ScopeKind.ORGANIZATIONS:
            return learner.organization in self.names
        if self.kind is ScopeKind.CERTIFICATIONS:
            return certification is None or certification in self.names
        return True


TENANT = Scope(kind=ScopeKind.TENANT)
_USUAL = {
    Role.LEARNER: Scope(kind=ScopeKind.SELF),
    Role.MANAGER: Scope(kind=ScopeKind.REPORTS),
}


@checked
@frozen(kw_only=True)
class Actor:
    """Who gives a command or asks a question.

    The default scope of learners is themselves, of managers their reports, of all others the tenant.

    >>> Actor.parse("admin:eva")
    Actor(role=<Role.ADMIN: 'admin'>, id='eva', scope=Scope(kind=<ScopeKind.TENANT: 'tenant'>, names=frozenset()))
    >>> str(Actor.parse("system"))
    'system'
    """

    role: Role
    id: str | None = field(default=None, validator=optional(code))
    scope: Scope = field(
        default=Factory(lambda self: _USUAL.get(self.role, TENANT), takes_self=True)
    )

    def __attrs_post_init__(self) -> None:
        if self.id is None and self.role is not Role.SYSTEM:
            raise InvalidValueError("Actor.id", "absent", f"an id: every {self.role} has one")

    @classmethod
    def parse(cls, text: str) -> Actor:
        """Parse ``ROLE[:ID]``, as written on the command line and in records."""
        role, _, name = text.partition(":")
        if role not in set(Role):
            raise InvalidValueError(
                "the actor", printable(text), "ROLE[:ID], ROLE one of " + ", ".join(Role)
            )
        return cls(role=Role(role), id=name or None)

    def __str__(self) -> str:
        return str(self.role) if self.id is None else f"{self.role}:{self.id}"

    def covers(self, learner: Learner, certification: str | None) -> bool:
        """Whether the actor's scope includes a learner (in a certification, if one is given)."""
        return self.scope.covers(learner, certification, self.id)


def require_administrator(actor: Actor, command: str, *, learner: str | None = None) -> None:
    """Raise `RefusedError` unless the actor is an administrator or the system."""
    if actor.role not in ADMINISTRATORS:
        roles = ", ".join(ADMINISTRATORS)
        reason = Reason(
            code="role_may_not",
            kind=ReasonKind.ACTOR,
            template="this is done by: {roles}; the actor is: {role}",
            params={"role": actor.role.value, "roles": roles},
        )
        raise RefusedError.at_large(command, reason, learner=learner)


def require_tenant_administrator(actor: Actor, command: str) -> None:
    """Raise `RefusedError` for anybody but an administrator of the whole tenant."""
    require_administrator(actor, command)
    if actor.scope.kind is not ScopeKind.TENANT:
        reason = Reason(
            code="out_of_scope",
            kind=ReasonKind.ACTOR,
            template="this takes a scope of the whole tenant",
        )
        raise RefusedError.at_large(command, reason)
