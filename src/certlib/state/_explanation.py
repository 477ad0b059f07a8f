"""`explain`: which commands an actor may give now, and why not the others (Q2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from attrs import field, frozen

from certlib._copying import evolve
from certlib._declared import takes_instants
from certlib._reasons import Reason
from certlib.actors import Actor
from certlib.state._actions.striking import Strike
from certlib.state._cycles import Cycle
from certlib.state._enrollments import Enrollment
from certlib.state._guard import Guard
from certlib.state._objections import actor_may, not_while, objections_to_actor
from certlib.state._proposals import Case, Command, Proposal, present
from certlib.state._rows import TABLE
from certlib.state._status import Status
from certlib.state._table import Row, Table

__all__ = [
    "Difference",
    "Verdict",
    "available",
    "differences",
    "explain",
]


@frozen(kw_only=True)
class Verdict:
    """Whether one command may be given now, what it still needs, and why it may not."""

    command: str
    allowed: bool
    needs: tuple[str, ...]
    """The fields that must still be given."""
    candidates: Mapping[str, tuple[str, ...]] = field(factory=dict[str, tuple[str, ...]])
    """The values for a field that takes one of a few: open steps, open requests, sources, ..."""
    reasons: tuple[Reason, ...]


@takes_instants
def available(
    case: Case, *, actor: Actor, now: datetime, table: Table = TABLE
) -> tuple[type[Command], ...]:
    """Return the commands that the actor may give now, which are those that `explain` allows.

    This is faster: it gives no reasons and stops at the first objection. Use it for a page that lists
    many enrollments, and `explain` for the one that somebody opens.
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
        and (row.command.chooses is None or _may_choose(row, proposal))
    )


@takes_instants
def explain(
    case: Case, *, actor: Actor, now: datetime, table: Table = TABLE
) -> tuple[Verdict, ...]:
    """Return a verdict on every command of the table: whether the actor may give it now, or why not."""
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
    """Judge a command without its fields; guards that need a missing field become `needs`."""
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
    chosen = kind.chooses
    if chosen is not None:
        found, why_not = _chosen(chosen, row, proposal)
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
    """Return the failing guards that need a field of the command (``asking``), or those that do not."""
    return [guard for guard in row.when if bool(guard.asks) is asking and not guard.holds(proposal)]


def _chosen(
    chosen: str, row: Row, proposal: Proposal
) -> tuple[tuple[str, ...], tuple[Reason, ...]]:
    """Return the values for the field, or the reasons why there is none."""
    kind = row.command
    found: list[str] = []
    why_not: list[Reason] = []
    for choice in kind.choices(proposal):
        asked = evolve(proposal, command=choice.command)
        # What rests on an entry takes a replay for each later one: `decide` finds out.
        failed = () if kind is Strike else _failed(row, asked, asking=True)
        why_not.extend(guard.reason(asked) for guard in failed)
        if not failed:
            found.append(choice.label)
    if found:
        return tuple(found), ()
    if not why_not:
        why_not = [guard.reason(proposal) for guard in row.when if chosen in guard.asks][:1]
    return (), _once(why_not)


def _is_open(row: Row, proposal: Proposal) -> bool:
    """Whether every guard holds that needs no field of the command."""
    return all(guard.asks or guard.holds(proposal) for guard in row.when)


def _may_choose(row: Row, proposal: Proposal) -> bool:
    """Whether `_chosen` finds no reasons, without collecting them."""
    kind = row.command
    asking = [guard for guard in row.when if guard.asks]
    none = True
    for choice in kind.choices(proposal):
        asked = evolve(proposal, command=choice.command)
        if kind is Strike or all(guard.holds(asked) for guard in asking):
            return True
        none = False
    return none and not any(kind.chooses in guard.asks for guard in asking)


def _once(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """Drop reasons with the same code and text."""
    found: dict[tuple[str, str], Reason] = {}
    for reason in reasons:
        found.setdefault((reason.code, reason.text), reason)
    return tuple(found.values())


@frozen(kw_only=True)
class Difference:
    """One detail of an enrollment that changed; None if there is no value."""

    what: str
    before: str | None
    after: str | None


@takes_instants
def differences(before: Enrollment, after: Enrollment, at: datetime) -> tuple[Difference, ...]:
    """Return how two enrollments differ at an instant: status, dates, open steps and requests.

    The instant must not be before the last fact of either.

    >>> from certlib.state._enrollments import Assignment, AssignmentSource
    >>> from datetime import UTC
    >>> from attrs import evolve
    >>> at = datetime(2025, 3, 3, tzinfo=UTC)
    >>> blank = Enrollment.blank(learner="ann", certification="FIRE-1")
    >>> added = Assignment(source=AssignmentSource.MANUAL, at=at)
    >>> [(each.what, each.before, each.after)
    ...  for each in differences(blank, evolve(blank, assignments=(added,)), at)]
    [('status', None, 'assigned'), ('assignments', None, 'manual')]
    """
    earlier, later = _answers(before, at), _answers(after, at)
    return tuple(
        Difference(what=what, before=earlier[what], after=later[what])
        for what in earlier
        if earlier[what] != later[what]
    )


def _answers(enrollment: Enrollment, at: datetime) -> dict[str, str | None]:
    status, cycle = enrollment.status_at(at), enrollment.open_cycle
    newest, due = enrollment.newest_certificate, enrollment.due
    requests = (each for each in enrollment.requests if each.is_open)
    settled = (*(cycle.fees if cycle else ()), enrollment.reinstatement)
    return {
        "status": status and status.value,
        "certified": "yes" if enrollment.certified_at(at) else "no",
        "last_valid_day": _text(newest and newest.last_valid_day),
        "last_grace_day": _text(newest and newest.last_grace_day),
        "window_opens_on": _text(newest and newest.terms.window_opens_on),
        "revoked": "yes" if newest is not None and newest.revoked_at is not None else "no",
        "cycle": None if cycle is None else _cycle(cycle),
        "due_on": _text(due and due.day),
        "open_steps": _listed(cycle.missing_steps if cycle else ()),
        "exam": None if cycle is None or not cycle.has_exam else _exam(cycle),
        "fees": _listed(f"{each.fee.value} {each.how.value}" for each in settled if each),
        "requests": _listed(f"{each.kind.value} {each.number}" for each in requests),
        "assignments": _listed(each.label for each in enrollment.assignments),
    }


def _cycle(cycle: Cycle) -> str:
    return f"{cycle.number}, {cycle.kind.value}, by version {cycle.version}"


def _exam(cycle: Cycle) -> str:
    if cycle.exam_done:
        return "done"
    state = "held" if cycle.exam_held else "open"
    return f"{state}, {len(cycle.attempts)} attempts"


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _listed(words: Iterable[str]) -> str | None:
    return ", ".join(words) or None
