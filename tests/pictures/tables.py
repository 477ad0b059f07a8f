"""Tables of hosts: one with a hostile name and more ways, one without strikes, one without Disallowed."""

from __future__ import annotations

from typing import ClassVar, Final

from attrs import evolve, frozen

from certlib.state import TABLE, By, Command, Row, Status, Table, rows
from certlib.state._rows import ADMINS
from certlib.state.commands import PermanentlyRevoke, RestoreAccess, Strike

HOSTILE: Final = '<b>&"\\"; drop: #1 --> x\n\u202e'


@frozen(kw_only=True)
class Odd(Command):
    """A host's own command, whose name is meant to break pictures."""

    name: ClassVar[str] = HOSTILE


def _nothing(*_: object) -> tuple[()]:
    raise NotImplementedError


ODD_ROWS: Final[tuple[Row, ...]] = rows(
    Odd,
    in_=(None, *Status),
    by=By(roles=ADMINS.roles, for_oneself=False, reason_required=True),
    records=_nothing,
    emits=(),
    to=(Status.ASSIGNED, Status.DISALLOWED),
    name=HOSTILE,
)
ODD: Final = TABLE.adding(*ODD_ROWS)
"""A table in which one command leads from everywhere to both ends."""
STRIKELESS: Final = TABLE.dropping(Strike)
MOVING_ONLY: Final = Table(
    rows=tuple(row for row in STRIKELESS.rows if row.to - {row.status}),
)
"""Nothing is left out of its picture."""
FORGIVING: Final = Table(
    rows=tuple(
        evolve(row, to=row.to - {Status.DISALLOWED})
        for row in TABLE.rows
        if row.command not in {PermanentlyRevoke, RestoreAccess}
        and row.status is not Status.DISALLOWED
    ),
    unreached=frozenset({Status.DISALLOWED}),
)
"""Nobody is ever Disallowed."""
NOBODY_BARRED: Final = Table(
    rows=tuple(
        evolve(row, to=row.to - {Status.DISALLOWED, Status.REVOKED})
        for row in FORGIVING.rows
        if row.status is not Status.REVOKED and row.to - {Status.DISALLOWED, Status.REVOKED}
    ),
    unreached=frozenset({Status.DISALLOWED, Status.REVOKED}),
)
"""Nobody is ever barred, so that a whole group of lanes is empty."""
EVERY: Final = (TABLE, ODD, STRIKELESS, MOVING_ONLY, FORGIVING, NOBODY_BARRED)
