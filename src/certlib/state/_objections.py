"""Objections to a command: time, status, actor, a missing reason, and the guards of its row.

The engine collects all of them; nothing here decides.
"""

from __future__ import annotations

from datetime import datetime

from certlib._reasons import Reason, ReasonKind
from certlib._validators import EARLIEST_YEAR, LATEST_YEAR
from certlib.actors import Role
from certlib.errors import AttributeMissingError, OutOfRangeError
from certlib.state._guard import learner_is_active
from certlib.state._proposals import Command, Proposal
from certlib.state._status import Status
from certlib.state._table import Row, status_name

__all__ = [
    "actor_may",
    "before_last_fact",
    "failed_guards",
    "in_the_future",
    "missing_reason",
    "not_while",
    "objections_to_actor",
    "out_of_range",
    "roles_of",
]


def in_the_future(at: datetime, now: datetime) -> Reason:
    """Return the reason against a command that would take effect after now (T5)."""
    return Reason(
        code="in_the_future",
        kind=ReasonKind.TIME,
        template="it would take effect at {at}, after now, which is {now}",
        params={"at": at.isoformat(), "now": now.isoformat()},
    )


def before_last_fact(at: datetime, last: datetime) -> Reason:
    """Return the reason against a command that would take effect before the last fact (T5)."""
    return Reason(
        code="before_last_fact",
        kind=ReasonKind.TIME,
        template="it took effect at {at}, before the last fact given, which is of {last}",
        params={"at": at.isoformat(), "last": last.isoformat()},
    )


def not_while(status: Status | None, kind: type[Command]) -> Reason:
    """Return the reason against a command that has no row for the status (R11)."""
    called = status_name(status)
    return Reason(
        code=f"not_while_{called}",
        kind=ReasonKind.STATUS,
        template="not possible while {status}" if status else "not possible without an enrollment",
        params={"command": kind.name, "status": "" if status is None else called},
    )


def out_of_range(error: OutOfRangeError) -> Reason:
    """Return the reason for a date outside the years that certlib knows (T3), or that has no source."""
    if isinstance(error, AttributeMissingError):
        return Reason(
            code=error.code,
            kind=ReasonKind.GUARD,
            template="the learner has no attribute {attribute} of the type {type}",
            params={"attribute": error.attribute, "type": error.kind},
        )
    params = {
        "what": error.what.removeprefix("the ").replace(" ", "_"),
        "value": error.value,
        "first": str(EARLIEST_YEAR),
        "last": str(LATEST_YEAR),
    }
    template = "the {what} would be {value}: expected a year from {first} to {last}"
    return Reason(code=error.code, kind=ReasonKind.TIME, template=template, params=params)


def roles_of(proposal: Proposal, row: Row) -> frozenset[Role]:
    """Return the roles that may give a command: those of the row, or those of the approval policy (P7)."""
    version = proposal.version_in_force if row.by.roles_by_policy else None
    return row.by.roles if version is None else frozenset(version.policy.approval.roles)


def objections_to_actor(proposal: Proposal, row: Row) -> list[Reason]:
    """Return the objections to the actor (W3): their role, their scope, acting for themselves."""
    actor, learner, by = proposal.actor, proposal.case.learner, row.by
    found: list[Reason] = []
    roles = roles_of(proposal, row)
    if actor.role not in roles:
        params = {"role": actor.role.value, "roles": ", ".join(sorted(roles))}
        template = "this is done by: {roles}; the actor is: {role}"
        found.append(
            Reason(code="role_may_not", kind=ReasonKind.ACTOR, template=template, params=params)
        )
    if not actor.covers(learner, proposal.case.certification.code):
        template = "the learner is not in the actor's scope"
        found.append(Reason(code="out_of_scope", kind=ReasonKind.ACTOR, template=template))
    if not by.for_oneself and actor.id == learner.id:
        template = "nobody does this for themselves"
        found.append(Reason(code="nobody_for_himself", kind=ReasonKind.ACTOR, template=template))
    if actor.role is Role.LEARNER and learner_is_active not in row.when and not learner.active:
        found.append(learner_is_active.reason(proposal))
    return found


def actor_may(proposal: Proposal, row: Row) -> bool:
    """Whether `objections_to_actor` would find nothing."""
    actor, learner, by = proposal.actor, proposal.case.learner, row.by
    return (
        actor.role in (roles_of(proposal, row) if by.roles_by_policy else by.roles)
        and actor.covers(learner, proposal.case.certification.code)
        and (by.for_oneself or actor.id != learner.id)
        and (learner.active or actor.role is not Role.LEARNER or learner_is_active in row.when)
    )


def missing_reason(command: Command, row: Row) -> list[Reason]:
    """Return an objection if the row requires a reason and the command gives none."""
    if not row.by.reason_required or command.reason:
        return []
    template = "a reason must be given"
    return [Reason(code="reason_is_required", kind=ReasonKind.ACTOR, template=template)]


def failed_guards(proposal: Proposal, row: Row) -> list[Reason]:
    """Return the reason of every guard of the row that does not hold."""
    return [guard.reason(proposal) for guard in row.when if not guard.holds(proposal)]
