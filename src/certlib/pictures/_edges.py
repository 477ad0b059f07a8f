"""The arrows of a table: which status leads to which, by which commands or by time alone.

Commands that do not change the status have no arrow, and neither have those that may lead to any status:
a strike undoes what was recorded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from attrs import frozen

from certlib.pictures._tables import status_title
from certlib.state._status import Status
from certlib.state._table import BY_TIME, Table

__all__ = [
    "BARRED",
    "HOLDING",
    "LANES",
    "PREPARING",
    "TIME_ALONE",
    "Edge",
    "command_words",
    "drawn_statuses",
    "edges",
    "notes",
]

PREPARING: Final = "preparing"
HOLDING: Final = "holding"
BARRED: Final = "barred"
LANES: Final[Mapping[str, tuple[Status | None, ...]]] = {
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
"""The groups of statuses, in the same order in every picture."""
ORDER: Final[tuple[Status | None, ...]] = tuple(each for lane in LANES.values() for each in lane)

TIME_ALONE: Final = "time alone"


@frozen(kw_only=True)
class Edge:
    """One arrow: all commands that lead from one status to another; none if time alone does."""

    before: Status | None
    after: Status | None
    commands: tuple[str, ...] = ()

    @property
    def by_time(self) -> bool:
        """Whether the passing of a date leads there, and no command."""
        return not self.commands

    @property
    def label(self) -> str:
        """The label of the arrow."""
        return command_words(self.commands) if self.commands else TIME_ALONE


def command_words(commands: Sequence[str]) -> str:
    """Return the names of commands in words.

    >>> command_words(("complete_step", "award"))
    'complete step, award'
    """
    return ", ".join(command.replace("_", " ") for command in commands)


def drawn_statuses(table: Table) -> tuple[Status | None, ...]:
    """Return None (no status) and the statuses that a table reaches, in the order of `LANES`."""
    return tuple(each for each in ORDER if each is None or each not in table.unreached)


def edges(table: Table) -> tuple[Edge, ...]:
    """Return every arrow of a table: one for each pair of statuses, and one more if time leads there too.

    >>> from certlib.state._rows import TABLE
    >>> edges(TABLE)[0]
    Edge(before=None, after=<Status.ASSIGNED: 'assigned'>, commands=('assign',))
    """
    found: dict[tuple[Status | None, Status | None], list[str]] = {}
    for row in table.rows:
        if not table.leads_anywhere(row):
            for after in row.to - {row.status}:
                found.setdefault((row.status, after), []).append(row.command.name)
    there = drawn_statuses(table)
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
    """Return sentences about what a picture of a table leaves out."""
    anywhere = tuple(dict.fromkeys(r.command.name for r in table.rows if table.leads_anywhere(r)))
    moving = {row.command for row in table.rows if row.to - {row.status}}
    staying = tuple(each.name for each in table.commands if each not in moving)
    found: list[str] = []
    if anywhere:
        found.append(
            f"Not drawn: {command_words(anywhere)}. It takes an entry out of the count, and leads from any"
            " status to the one that the rest of the history gives."
        )
    if staying:
        found.append(f"Not drawn, since they change no status: {command_words(staying)}.")
    left_out = tuple(status_title(each) for each in Status if each in table.unreached)
    if left_out:
        found.append(f"Not reached: {', '.join(left_out)}.")
    return tuple(found)
