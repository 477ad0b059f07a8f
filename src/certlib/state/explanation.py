"""`explain`: what may be done now, and of everything else why not, without giving a command (Q2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from attrs import field, frozen

from certlib.actors import Actor
from certlib.copying import evolve
from certlib.state.choices import CHOICES
from certlib.state.commands import Command, Strike
from certlib.state.guard import Guard
from certlib.state.objections import actor_may, not_while, objections_to_actor
from certlib.state.proposals import Case, Proposal, present
from certlib.state.reasons import Reason
from certlib.state.rows import TABLE
from certlib.state.status import Status
from certlib.state.table import Row, Table

__all__ = ["Verdict", "available", "explain"]


@frozen(kw_only=True)
class Verdict:
    """What `explain` says of one command."""

    command: str
    allowed: bool
    needs: tuple[str, ...]
    """The fields that are still to be given."""
    candidates: Mapping[str, tuple[str, ...]] = field(factory=dict[str, tuple[str, ...]])
    """What a field may be given, where that is one of a few: open steps, open requests, sources, ..."""
    reasons: tuple[Reason, ...]


def available(
    case: Case, *, actor: Actor, now: datetime, table: Table = TABLE
) -> tuple[type[Command], ...]:
    """Return the commands that the actor may give now: those that `explain` finds allowed.

    It gives no reasons and stops at the first thing that stands in the way, so a page that lists many
    enrollments asks this, and `explain` of the one that somebody looks at.
    """
    now = present(now)
    status = case.enrollment.status_at(now)
    proposal = Proposal(
        case=case,
        command=None,
        actor=actor,
        at=now,
        now=now,
        enrollment=case.enrollment,
        status=status,
    )
    return tuple(
        row.command
        for row in table.in_status(status)
        if actor_may(proposal, row)
        and _is_open(row, proposal)
        and (row.command not in CHOICES or _may_choose(row, proposal))
    )


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
    proposal = Proposal(
        case=case,
        command=None if needs else kind(),
        actor=actor,
        at=now,
        now=now,
        enrollment=case.enrollment,
        status=status,
    )
    reasons = [*objections_to_actor(proposal, row)]
    reasons.extend(guard.reason(proposal) for guard in _failed(row, proposal, asking=False))
    candidates: dict[str, tuple[str, ...]] = {}
    if kind in CHOICES:
        chosen, found, why_not = _chosen(kind, row, proposal)
        reasons.extend(reason for reason in why_not if reason not in reasons)
        if found:
            candidates[chosen] = found
        if chosen not in needs:
            needs.insert(0, chosen)
    else:
        asked = (field for guard in _failed(row, proposal, asking=True) for field in guard.asks)
        needs.extend(field for field in dict.fromkeys(asked) if field not in needs)
    if row.by.reason_required:
        needs.append("reason")
    return Verdict(
        command=kind.name,
        allowed=not reasons,
        needs=tuple(needs),
        candidates=candidates,
        reasons=tuple(reasons),
    )


def _failed(row: Row, proposal: Proposal, *, asking: bool) -> Iterable[Guard]:
    """Return the guards that fail: those that ask for a field of the command, or the others."""
    return [guard for guard in row.when if bool(guard.asks) is asking and not guard.holds(proposal)]


def _chosen(
    kind: type[Command], row: Row, proposal: Proposal
) -> tuple[str, tuple[str, ...], tuple[Reason, ...]]:
    """Return the field that chooses, what it may be given, and where that is nothing, why not."""
    chosen, choices = CHOICES[kind]
    found: list[str] = []
    why_not: list[Reason] = []
    for choice in choices(proposal):
        asked = evolve(proposal, command=choice.command)
        # What rests on an entry takes a replay for each that came later: it is told when it is asked.
        failed = () if kind is Strike else _failed(row, asked, asking=True)
        why_not.extend(guard.reason(asked) for guard in failed)
        if not failed:
            found.append(choice.label)
    if found:
        return chosen, tuple(found), ()
    if not why_not:
        why_not = [guard.reason(proposal) for guard in row.when if chosen in guard.asks][:1]
    return chosen, (), _once(why_not)


def _is_open(row: Row, proposal: Proposal) -> bool:
    """Return whether all guards hold that ask for no field of the command."""
    return all(guard.asks or guard.holds(proposal) for guard in row.when)


def _may_choose(row: Row, proposal: Proposal) -> bool:
    """Return whether there is something that the field that chooses may be given (see `_chosen`)."""
    kind = row.command
    chosen, choices = CHOICES[kind]
    asking = [guard for guard in row.when if guard.asks]
    none = True
    for choice in choices(proposal):
        asked = evolve(proposal, command=choice.command)
        if kind is Strike or all(guard.holds(asked) for guard in asking):
            return True
        none = False
    return none and not any(chosen in guard.asks for guard in asking)


def _once(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """Return reasons without those that say the same."""
    found: dict[tuple[str, str], Reason] = {}
    for reason in reasons:
        found.setdefault((reason.code, reason.text), reason)
    return tuple(found.values())
