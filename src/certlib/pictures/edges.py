"""The arrows of a table: which status leads to which, by which commands, or by time alone.

Everything is read off the `Table` that is given. What leaves a status as it is is no arrow, nor is
a command that leads to every status there is: a strike undoes what was recorded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from attrs import frozen

from certlib.pictures.table_text import plain
from certlib.state.status import Status
from certlib.state.table import BY_TIME, Table

__all__ = [
    "BARRED",
    "HOLDING",
    "LANES",
    "PREPARING",
    "TIME_ALONE",
    "Edge",
    "Standing",
    "drawn_standings",
    "edges",
    "notes",
    "words",
]

Standing: TypeAlias = Status | None
"""A status, or None for a record without one."""

PREPARING: Final = "preparing"
HOLDING: Final = "holding"
BARRED: Final = "barred"
LANES: Final[Mapping[str, tuple[Standing, ...]]] = {
    PREPARING: (
        None,
        Status.ASSIGNED,
        Status.NOT_STARTED,
        Status.IN_PROGRESS,
        Status.PENDING_APPROVAL,
    ),
    HOLDING: (Status.CERTIFIED, Status.EXPIRED, Status.LAPSED, Status.RECERTIFYING),
    BARRED: (Status.REVOKED, Status.DISALLOWED),
}
"""Where each status has its place, in every picture."""
ORDER: Final[tuple[Standing, ...]] = tuple(each for lane in LANES.values() for each in lane)

TIME_ALONE: Final = "time alone"


@frozen(kw_only=True)
class Edge:
    """One arrow: all commands that lead from one status to another; none: time alone does."""

    before: Standing
    after: Standing
    commands: tuple[str, ...] = ()

    @property
    def by_time(self) -> bool:
        """Whether no command leads there: the passing of a date does."""
        return not self.commands

    @property
    def label(self) -> str:
        """What leads there, in words."""
        return words(self.commands) if self.commands else TIME_ALONE


def words(commands: Sequence[str]) -> str:
    """Return the names of commands in plain words.

    >>> words(("complete_step", "award"))
    'complete step, award'
    """
    return ", ".join(command.replace("_", " ") for command in commands)


def drawn_standings(table: Table) -> tuple[Standing, ...]:
    """Return no status and the statuses that a table reaches, in the order of their places."""
    return tuple(each for each in ORDER if each is None or each not in table.unreached)


def edges(table: Table) -> tuple[Edge, ...]:
    """Return every arrow of a table, one for each pair of statuses, and those of time beside them.

    >>> from certlib.state.rows import TABLE
    >>> edges(TABLE)[0]
    Edge(before=None, after=<Status.ASSIGNED: 'assigned'>, commands=('assign',))
    """
    found: dict[tuple[Standing, Standing], list[str]] = {}
    for row in table.rows:
        if not table.leads_anywhere(row):
            for after in row.to - {row.status}:
                found.setdefault((row.status, after), []).append(row.command.name)
    there = drawn_standings(table)
    drawn: list[Edge] = []
    for before in there:
        for after in there:
            if (before, after) in found:
                commands = tuple(dict.fromkeys(found[before, after]))
                drawn.append(Edge(before=before, after=after, commands=commands))
            if after in BY_TIME.get(before, ()):
                drawn.append(Edge(before=before, after=after))
    return tuple(drawn)


def notes(table: Table) -> tuple[str, ...]:
    """Return in words what is left out of a picture of a table."""
    anywhere = tuple(dict.fromkeys(r.command.name for r in table.rows if table.leads_anywhere(r)))
    moving = {row.command for row in table.rows if row.to - {row.status}}
    staying = tuple(each.name for each in table.commands if each not in moving)
    found: list[str] = []
    if anywhere:
        found.append(
            f"Not drawn: {words(anywhere)}. It takes an entry out of the count, and leads from any"
            " status to the one that the rest of the history gives."
        )
    if staying:
        found.append(f"Not drawn, since they change no status: {words(staying)}.")
    left_out = tuple(plain(each) for each in Status if each in table.unreached)
    if left_out:
        found.append(f"Not reached: {', '.join(left_out)}.")
    return tuple(found)
