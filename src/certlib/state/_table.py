"""The table: which command is possible in which status, for whom, under which guards, with which facts.

There is one row per status and command. `rows` declares the rows of several statuses at once. A `Table`
checks itself when it is built: hosts replace, add or drop rows and get a new checked table. certlib's own
rows are in `certlib.state._rows`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Final, TypeAlias, cast

from attrs import Factory, field, frozen

from certlib.actors import Role
from certlib.errors import InvalidTableError
from certlib.state._actions.awarding import CertificateDatedAgain, CertificateIssued
from certlib.state._actions.running import CycleEnded
from certlib.state._events import Fact
from certlib.state._guard import Guard
from certlib.state._proposals import Command, Recorder
from certlib.state._status import Status

__all__ = [
    "ANY_STATUS",
    "SAME",
    "By",
    "Row",
    "Table",
    "in_order",
    "rows",
    "status_name",
]

StatusOrNone: TypeAlias = Status | None
"""A status, or None for an enrollment without one."""
ANY_STATUS: Final[frozenset[StatusOrNone]] = frozenset({None, *Status})

BY_TIME: Final[Mapping[StatusOrNone, frozenset[StatusOrNone]]] = {
    Status.CERTIFIED: frozenset({Status.EXPIRED, Status.LAPSED}),
    Status.EXPIRED: frozenset({Status.LAPSED}),
}
"""The statuses to which time alone leads."""

FOLLOWING: Final[tuple[type[Fact], ...]] = (CertificateIssued, CertificateDatedAgain, CycleEnded)
"""The kinds of facts that the engine adds to those of the row (`certlib.state._consequences`)."""


def status_name(status: StatusOrNone) -> str:
    """Return a status's name as in codes and messages; no status is "none"."""
    return "none" if status is None else status.value


def in_order(statuses: Iterable[StatusOrNone]) -> list[StatusOrNone]:
    """Sort statuses in the order of `Status`, no status first."""
    found = frozenset(statuses)
    return [status for status in (None, *Status) if status in found]


@frozen
class _Same:
    """The type of `SAME`."""


SAME: Final = _Same()
"""Stands for the status that the row is for: the command does not change it."""
To: TypeAlias = Collection[StatusOrNone] | _Same
"""Every status that a row can lead to, at the command's instant (R12)."""


@frozen(kw_only=True)
class By:
    """Who may give a command."""

    roles: frozenset[Role]
    roles_by_policy: bool = False
    """Whether the version's approval policy names the roles instead, if there is a version (P7)."""
    for_oneself: bool = True
    """Whether somebody may give it for themselves."""
    reason_required: bool = False
    """Whether the command must give a reason."""


@frozen(kw_only=True)
class Row:
    """What one command does in one status."""

    name: str
    number: int | None
    """Its number in the rules; None for a row of the host."""
    status: StatusOrNone
    command: type[Command]
    by: By
    when: tuple[Guard, ...]
    records: Recorder
    emits: tuple[type[Fact], ...]
    """The kinds of facts that it can record."""
    to: frozenset[StatusOrNone]
    late: bool = False
    """Whether it may take effect before the last fact; both that status and today's must have a row."""
    notice: str | None = None
    """The kind of notice that comes with an entry."""

    @property
    def pair(self) -> str:
        """The command and status in words, which identify the row."""
        return f"{self.command.name} while {self.status or 'none'}"


def rows(
    command: type[Command],
    *,
    in_: Iterable[StatusOrNone],
    by: By,
    records: Recorder,
    emits: Iterable[type[Fact]],
    to: To | Mapping[Status, To] | Mapping[StatusOrNone, To],
    name: str,
    number: int | None = None,
    when: Iterable[Guard] = (),
    late: bool = False,
    notice: str | None = None,
) -> tuple[Row, ...]:
    """Return one row for each status of ``in_``; ``to`` may be a mapping by status."""
    guards, facts = tuple(when), tuple(emits)
    return tuple(
        Row(
            name=name,
            number=number,
            status=status,
            command=command,
            by=by,
            when=guards,
            records=records,
            emits=facts,
            to=_resolved(to, status),
            late=late,
            notice=notice,
        )
        for status in in_
    )


def _resolved(
    to: To | Mapping[Status, To] | Mapping[StatusOrNone, To], status: StatusOrNone
) -> frozenset[StatusOrNone]:
    if isinstance(to, Mapping):
        to = cast("Mapping[StatusOrNone, To]", to)[status]
    return frozenset({status}) if isinstance(to, _Same) else frozenset(to)


def _index(table: Table) -> Mapping[StatusOrNone, Mapping[type[Command], Row]]:
    index: dict[StatusOrNone, dict[type[Command], Row]] = {status: {} for status in (None, *Status)}
    for row in table.rows:
        index[row.status].setdefault(row.command, row)
    return index


def _index_late(table: Table) -> frozenset[type[Command]]:
    return frozenset(row.command for row in table.rows if row.late)


@frozen(kw_only=True, eq=False, repr=False)
class Table:
    """A checked set of rows; building an unsound one raises `InvalidTableError`.

    ``unreached`` declares the statuses that no row leads to. `certlib.testing.exploration` checks that
    every ``to`` agrees with the status rule.
    """

    rows: tuple[Row, ...]
    unreached: frozenset[Status] = frozenset()
    _by_status: Mapping[StatusOrNone, Mapping[type[Command], Row]] = field(
        init=False, repr=False, default=Factory(_index, takes_self=True)
    )
    _late: frozenset[type[Command]] = field(
        init=False, repr=False, default=Factory(_index_late, takes_self=True)
    )

    def __attrs_post_init__(self) -> None:
        findings = tuple(
            finding
            for check in (_doubled, _undeclared, _unreachable, _without_exit)
            for finding in check(self)
        )
        if findings:
            raise InvalidTableError(findings)

    @property
    def commands(self) -> tuple[type[Command], ...]:
        """The commands, in the order of the rows."""
        return tuple(dict.fromkeys(row.command for row in self.rows))

    @property
    def guards(self) -> tuple[Guard, ...]:
        """The guards, in the order of the rows."""
        return tuple(dict.fromkeys(guard for row in self.rows for guard in row.when))

    @property
    def facts(self) -> tuple[type[Fact], ...]:
        """The kinds of facts, in the order of the rows, then those that the engine adds."""
        recorded = (fact for row in self.rows for fact in row.emits)
        return tuple(dict.fromkeys((*recorded, *FOLLOWING)))

    def __repr__(self) -> str:
        return f"Table({len(self.rows)} rows, {len(self.commands)} commands)"

    def row(self, status: StatusOrNone, command: type[Command]) -> Row | None:
        """Return the row for a status and a command, if there is one."""
        return self._by_status[status].get(command)

    def in_status(self, status: StatusOrNone) -> tuple[Row, ...]:
        """Return the rows for a status."""
        return tuple(self._by_status[status].values())

    def may_be_late(self, command: type[Command]) -> bool:
        """Whether a command may take effect before the last fact (T5)."""
        return command in self._late

    def leads_anywhere(self, row: Row) -> bool:
        """Whether a row leads to every status there is, as a strike does."""
        return row.to >= ANY_STATUS - self.unreached

    def dropping(self, command: type[Command], *statuses: StatusOrNone) -> Table:
        """Return a checked table without a command's rows in these statuses, or in all if none is given."""
        gone = frozenset(statuses) or ANY_STATUS
        return self._with(
            tuple(r for r in self.rows if r.command is not command or r.status not in gone)
        )

    def replacing(self, *replacements: Row) -> Table:
        """Return a checked table with rows in place of those for the same status and command.

        Raise `InvalidTableError` if there is no such row; use `adding` for a new one.
        """
        new = {(row.status, row.command): row for row in replacements}
        findings = tuple(
            f"row {row.name!r}: there is no {row.pair} to replace"
            for row in replacements
            if self.row(row.status, row.command) is None
        )
        if findings:
            raise InvalidTableError(findings)
        return self._with(tuple(new.get((row.status, row.command), row) for row in self.rows))

    def adding(self, *added: Row) -> Table:
        """Return a checked table with more rows."""
        return self._with((*self.rows, *added))

    def _with(self, changed: tuple[Row, ...]) -> Table:
        return Table(rows=changed, unreached=self.unreached)


def _doubled(table: Table) -> Iterable[str]:
    seen: dict[tuple[StatusOrNone, type[Command]], Row] = {}
    for row in table.rows:
        first = seen.setdefault((row.status, row.command), row)
        if first is not row:
            yield f"two rows for {row.pair}: {first.name!r} and {row.name!r}"


def _undeclared(table: Table) -> Iterable[str]:
    codes = [guard.code for guard in table.guards]
    for code in sorted({code for code in codes if codes.count(code) > 1}):
        yield f"two guards with the code {code}"
    for row in table.rows:
        for status in row.to:
            if status in table.unreached:
                yield f"row {row.name!r}, {row.pair}: leads to {status}, which is declared unreached"


def _commanded(table: Table, status: StatusOrNone) -> frozenset[StatusOrNone]:
    """Return where commands lead; a row that leads anywhere only undoes, so it does not count."""
    leading = (row.to for row in table.in_status(status) if not table.leads_anywhere(row))
    return frozenset[StatusOrNone]().union(*leading) - {status}


def _unreachable(table: Table) -> Iterable[str]:
    reached: set[StatusOrNone] = {None}
    new: set[StatusOrNone] = {None}
    while new:
        found = (_commanded(table, status) | BY_TIME.get(status, frozenset()) for status in new)
        new = set[StatusOrNone]().union(*found) - reached
        reached |= new
    for status in Status:
        if status not in reached and status not in table.unreached:
            yield f"no row leads to {status}"


def _without_exit(table: Table) -> Iterable[str]:
    for status in Status:
        if not _commanded(table, status) and status not in table.unreached:
            yield f"no row leads out of {status}"
