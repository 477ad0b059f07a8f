"""A host's table may do without a status; changed, it still does (the table is a value)."""

from __future__ import annotations

from certlib.state import TABLE, Status
from certlib.state._table import Table
from certlib.state.commands import PermanentlyRevoke, Remove, RestoreAccess, Start, Strike

NEVER_BARRED = frozenset({Status.DISALLOWED})


def without_disallowed() -> Table:
    """The table of a host that never bars anybody for good."""
    return Table(
        rows=tuple(
            row
            for row in TABLE.rows
            if row.status is not Status.DISALLOWED
            and row.command not in {PermanentlyRevoke, RestoreAccess, Strike}
        ),
        unreached=NEVER_BARRED,
    )


def test_what_no_row_leads_to_is_declared() -> None:
    assert without_disallowed().in_status(Status.DISALLOWED) == ()


def test_with_rows_more_replaced_or_less_it_is_still_declared() -> None:
    table = without_disallowed()
    (start,) = (row for row in table.rows if row.command is Start)
    assert table.dropping(Remove).unreached == NEVER_BARRED
    assert table.replacing(start).unreached == NEVER_BARRED
    assert table.dropping(Start, Status.ASSIGNED).adding().unreached == NEVER_BARRED
