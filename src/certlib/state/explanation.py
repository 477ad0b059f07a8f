"""`explain`: what may be done now, and of everything else why not, without giving a command (Q2)."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from certlib.actors import Actor
from certlib.state.commands import Command
from certlib.state.objections import not_while, objections_to_actor
from certlib.state.proposals import Case, Proposal, present
from certlib.state.reasons import Reason
from certlib.state.rows import TABLE
from certlib.state.status import Status
from certlib.state.table import Table

__all__ = ["Verdict", "explain"]


@frozen(kw_only=True)
class Verdict:
    """What `explain` says of one command."""

    command: str
    allowed: bool
    needs: tuple[str, ...]
    """The fields that are still to be given."""
    reasons: tuple[Reason, ...]


def explain(
    case: Case, *, actor: Actor, now: datetime, table: Table = TABLE
) -> tuple[Verdict, ...]:
    """Say of every command of the table whether the actor may give it now, and if not, why not."""
    now = present(now)
    enrollment = case.enrollment
    status = enrollment.status_at(now)
    return tuple(
        _verdict(case, kind, status, actor=actor, now=now, table=table) for kind in table.commands
    )


def _verdict(
    case: Case,
    kind: type[Command],
    status: Status | None,
    *,
    actor: Actor,
    now: datetime,
    table: Table,
) -> Verdict:
    """Judge a command before its fields are known: what fails for want of a field is a need."""
    row = table.row(status, kind)
    if row is None:
        return Verdict(
            command=kind.name, allowed=False, needs=(), reasons=(not_while(status, kind),)
        )
    needs = list(kind.required_fields())
    command = None if needs else kind()
    proposal = Proposal(
        case=case,
        command=command,
        actor=actor,
        at=now,
        now=now,
        enrollment=case.enrollment,
        status=status,
    )
    reasons = list(objections_to_actor(proposal, row))
    for guard in row.when:
        if guard.holds(proposal):
            continue
        if guard.asks:
            needs.extend(asked for asked in guard.asks if asked not in needs)
        else:
            reasons.append(guard.reason(proposal))
    if row.by.reason_required:
        needs.append("reason")
    return Verdict(
        command=kind.name, allowed=not reasons, needs=tuple(needs), reasons=tuple(reasons)
    )
