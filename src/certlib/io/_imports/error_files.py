"""Error files that are uploaded again (F2)."""

from __future__ import annotations

from attrs import evolve

from certlib.io._tables.cells import restore
from certlib.io._tables.headings import Layout
from certlib.io._tables.limits import Limits
from certlib.io._tables.problems import RowProblem
from certlib.io._tables.records import Record
from certlib.io._tables.rows import Rows

__all__ = ["checked_record"]


def checked_record(record: Record, layout: Layout, limits: Limits) -> Record | RowProblem:
    """Return a record of an error file, or what is wrong if its first cell holds a whole row.

    An error file has a row whose cells could not be told apart - its quotes were wrong, its fields too few
    or too many - as one text in the first cell. Uploaded as it is, the row has the same problem again; it is
    never read as a row, even where it could be one.
    """
    kept = [place for place in range(len(record.fields)) if place not in layout.ignored]
    text, *others = (restore(record.fields[place]) for place in kept)
    if not others or any(map(str.strip, others)):
        return record
    rows = Rows(
        evolve(
            layout,
            columns=tuple(layout.columns[place] for place in kept),
            names=tuple(layout.names[place] for place in kept),
        ),
        evolve(limits, row_limit=None),
        row=record.row - 1,
        line=record.line - 1,
    )
    rows.take([text], [layout.line_end])
    rows.end()
    for found in rows.hand_out():
        if isinstance(found, RowProblem):
            return evolve(found, fields=record.fields)
        return RowProblem(
            row=record.row,
            line=record.line,
            column=None,
            code="unclosed_quote",
            message="a whole row stands in its first cell: put its parts where they belong",
            fields=record.fields,
        )
    return record
