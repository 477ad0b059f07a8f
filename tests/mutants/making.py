"""The mutants: certlib's table with one thing wrong, made systematically from the table as a value.

No source is edited. A mutant says what its table has in place of some rows; the table is built, and
checked by itself, only when it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeAlias

from attrs import evolve, frozen

from certlib.actors import Role
from certlib.state import TABLE, Command, Guard, Row, Status, Table, guards
from certlib.state._table import By, StatusOrNone, in_order, status_name

__all__ = ["GENERAL", "KINDS", "STANDINGS", "Mutant", "Pair", "mutants"]

Pair: TypeAlias = tuple[StatusOrNone, type[Command]]
"""Where a row is: its status and its command."""
STANDINGS: Final[tuple[StatusOrNone, ...]] = (None, *Status)


@frozen(kw_only=True, eq=False)
class Mutant:
    """One thing that is wrong with the table."""

    name: str
    """The row, and what is wrong with it: unique."""
    edits: Mapping[Pair, tuple[Row, ...]]
    """What there is in place of rows: nothing, another, or one more after it."""
    pairs: frozenset[Pair]
    """Where the table says something else now."""

    def table(self) -> Table:
        """Return the table. Raise `InvalidTableError` where it is refused."""
        rows: list[Row] = []
        for row in TABLE.rows:
            rows.extend(self.edits.get((row.status, row.command), (row,)))
        return Table(rows=tuple(rows))


def titled(row: Row) -> str:
    """Return what a row is called: number, name and status."""
    return f"{row.number} {row.name} while {status_name(row.status)}"


def _changed(row: Row, what: str, to: Row) -> Mutant:
    """Return a mutant in which a row, in its place, is another."""
    pair = (row.status, row.command)
    return Mutant(
        name=f"{titled(row)}: {what}",
        edits={pair: (to,)},
        pairs=frozenset({pair}),
    )


def _dropped() -> Iterator[Mutant]:
    for row in TABLE.rows:
        pair = (row.status, row.command)
        yield Mutant(
            name=f"{titled(row)}: dropped",
            edits={pair: ()},
            pairs=frozenset({pair}),
        )


def _moved() -> Iterator[Mutant]:
    """A row is for another status instead, whatever was there."""
    for row in TABLE.rows:
        pair = (row.status, row.command)
        for status in STANDINGS:
            if status is row.status:
                continue
            there = (status, row.command)
            yield Mutant(
                name=f"{titled(row)}: moved to {status_name(status)}",
                edits={there: (), pair: (evolve(row, status=status),)},
                pairs=frozenset({pair, there}),
            )


def _added() -> Iterator[Mutant]:
    """A pair without a row has that of the command in another status."""
    for row in TABLE.rows:
        for status in STANDINGS:
            if TABLE.row(status, row.command) is None:
                yield Mutant(
                    name=f"{titled(row)}: added while {status_name(status)}",
                    edits={(row.status, row.command): (row, evolve(row, status=status))},
                    pairs=frozenset({(status, row.command)}),
                )


def _to_without() -> Iterator[Mutant]:
    for row in TABLE.rows:
        for status in in_order(row.to):
            less = evolve(row, to=row.to - {status})
            yield _changed(row, f"to without {status_name(status)}", less)


def _to_with() -> Iterator[Mutant]:
    for row in TABLE.rows:
        for status in in_order(frozenset(STANDINGS) - row.to):
            yield _changed(row, f"to with {status_name(status)}", evolve(row, to=row.to | {status}))


def _to_another() -> Iterator[Mutant]:
    for row in TABLE.rows:
        for status in in_order(row.to):
            for other in in_order(frozenset(STANDINGS) - row.to):
                yield _changed(
                    row,
                    f"to {status_name(other)} for {status_name(status)}",
                    evolve(row, to=row.to - {status} | {other}),
                )


def _unguarded() -> Iterator[Mutant]:
    for row in TABLE.rows:
        for guard in row.when:
            left = tuple(each for each in row.when if each is not guard)
            yield _changed(row, f"without {guard.code}", evolve(row, when=left))


def _negated(guard: Guard) -> Guard:
    return evolve(guard, code=f"not_{guard.code}", holds=lambda proposal: not guard.holds(proposal))


def _guards_negated() -> Iterator[Mutant]:
    for row in TABLE.rows:
        for guard in row.when:
            other = _negated(guard)
            when = tuple(other if each is guard else each for each in row.when)
            changed = _changed(row, f"not {guard.code}", evolve(row, when=when))
            yield changed


GENERAL: Final = (
    guards.learner_is_active,
    guards.certification_is_active,
    guards.version_is_published,
    guards.access_is_open,
    guards.learner_is_eligible,
)
"""Guards that any row could ask: they look at the learner and the catalog alone."""


def _guarded() -> Iterator[Mutant]:
    """A row asks one of these, too."""
    for row in TABLE.rows:
        for guard in GENERAL:
            if guard not in row.when:
                yield _changed(row, f"with {guard.code}", evolve(row, when=(*row.when, guard)))


def _by(row: Row, what: str, by: By) -> Mutant:
    return _changed(row, f"by {what}", evolve(row, by=by))


def _by_widened() -> Iterator[Mutant]:
    for row in TABLE.rows:
        for role in Role:
            if role not in row.by.roles:
                wider = evolve(row.by, roles=row.by.roles | {role})
                yield _by(row, f"{role} too", wider)
        yield _by(row, "everybody", evolve(row.by, roles=frozenset(Role)))
        if not row.by.for_oneself:
            yield _by(row, "himself too", evolve(row.by, for_oneself=True))
        if not row.by.roles_by_policy:
            chosen = evolve(row.by, roles_by_policy=True)
            yield _by(row, "whom the policy names", chosen)


def _by_narrowed() -> Iterator[Mutant]:
    for row in TABLE.rows:
        for role in Role:
            if role in row.by.roles:
                less = evolve(row.by, roles=row.by.roles - {role})
                yield _by(row, f"{role} no more", less)
        if row.by.for_oneself:
            yield _by(row, "not himself", evolve(row.by, for_oneself=False))
        if row.by.roles_by_policy:
            fixed = evolve(row.by, roles_by_policy=False)
            yield _by(row, "not whom the policy names", fixed)
        reasoned = evolve(row.by, reason_required=True)
        yield _by(row, "with a reason only", reasoned)


def _recorders() -> Iterator[Mutant]:
    """A row records what another does: the rows of its command that do otherwise, else the next row."""
    following = (*TABLE.rows[1:], *TABLE.rows[:1])
    for row, after in zip(TABLE.rows, following, strict=True):
        alike = [each for each in TABLE.rows if each.command is row.command]
        others = {each.records: each for each in (*alike, after, *TABLE.rows)}
        del others[row.records]
        of_its_own = [each for each in others.values() if each.command is row.command]
        for other in of_its_own or [next(iter(others.values()))]:
            changed = evolve(row, records=other.records, emits=other.emits)
            yield _changed(row, f"records as {titled(other)}", changed)


def _facts_not_declared() -> Iterator[Mutant]:
    for row in TABLE.rows:
        for fact in row.emits:
            left = tuple(each for each in row.emits if each is not fact)
            yield _changed(row, f"without {fact.tag}", evolve(row, emits=left))


def _notices_dropped() -> Iterator[Mutant]:
    for row in TABLE.rows:
        if row.notice is not None:
            yield _changed(row, "tells nothing", evolve(row, notice=None))


def _notices_changed() -> Iterator[Mutant]:
    """A row tells something else, or something where it told nothing."""
    kinds = list(dict.fromkeys(row.notice for row in TABLE.rows if row.notice))
    after = dict(zip((None, *kinds), (*kinds, kinds[0]), strict=True))
    for row in TABLE.rows:
        other = after[row.notice]
        yield _changed(row, f"tells {other}", evolve(row, notice=other))


def _late() -> Iterator[Mutant]:
    """A command may be late where it may not, or may not where it may: in all statuses, and in one."""
    for command in TABLE.commands:
        alike = [row for row in TABLE.rows if row.command is command]
        for some in (alike, *([row] for row in alike if len(alike) > 1)):
            first = some[0]
            where = "in all" if len(some) == len(alike) else f"while {status_name(first.status)}"
            edits = {(row.status, command): (evolve(row, late=not row.late),) for row in some}
            yield Mutant(
                name=f"{command.name} {where}: {'not late' if first.late else 'late'}",
                edits=edits,
                pairs=frozenset(
                    (row.status, command) for row in TABLE.rows if row.command is command
                ),
            )


KINDS: Final[Mapping[str, Callable[[], Iterator[Mutant]]]] = {
    "rows dropped": _dropped,
    "rows moved": _moved,
    "rows added": _added,
    "to: dropped": _to_without,
    "to: added": _to_with,
    "to: replaced": _to_another,
    "guards dropped": _unguarded,
    "guards negated": _guards_negated,
    "guards added": _guarded,
    "by widened": _by_widened,
    "by narrowed": _by_narrowed,
    "recorders replaced": _recorders,
    "facts not declared": _facts_not_declared,
    "notices dropped": _notices_dropped,
    "notices changed": _notices_changed,
    "late or not": _late,
}
"""Every kind of mutant, and how those of it are made."""


def mutants(kind: str) -> tuple[Mutant, ...]:
    """Return every mutant of a kind, in the order of the rows."""
    return tuple(KINDS[kind]())
