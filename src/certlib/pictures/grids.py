"""The table as HTML: the grid of administrators' actions, and the list of all rows.

Each is one table that needs nothing else: no style sheet, no script. What a cell says is text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from certlib.pictures.table_text import FOOTNOTES, GRID_ACTIONS, grid, plain, transitions
from certlib.pictures.text import escaped
from certlib.state.status import Status
from certlib.state.table import By, Table

__all__ = ["grid_html", "transitions_html"]

CAPTION = "What administrators may do in each status"
NAMES = {each.value: plain(each) for each in Status}


def grid_html(table: Table) -> str:
    """Return the grid as an HTML table with a caption, and its footnotes at the foot of it.

    >>> from certlib.state.rows import TABLE
    >>> print(grid_html(TABLE).splitlines()[1])
    <caption>What administrators may do in each status</caption>
    """
    cells = grid(table)
    used = {code for row in cells.values() for codes in row.values() for code in codes or ()}
    notes = ["Yes: available. No: not available."]
    notes += [
        f"<sup>{number}</sup> only while {escaped(claim)} (<code>{escaped(code)}</code>)"
        for code, (number, claim) in FOOTNOTES.items()
        if code in used
    ]
    body = [
        _row(NAMES[status], (_cell(row[action]) for action in GRID_ACTIONS))
        for status, row in cells.items()
    ]
    headings = ("Status", *(action.replace("_", " ").capitalize() for action in GRID_ACTIONS))
    return _table(CAPTION, headings, body, notes)


def _cell(codes: list[str] | None) -> str:
    if codes is None:
        return "No"
    numbers = sorted({FOOTNOTES[code][0] for code in codes})
    return "Yes" + (f"<sup>{', '.join(map(str, numbers))}</sup>" if numbers else "")


def transitions_html(table: Table) -> str:
    """Return every row of a table as an HTML table.

    >>> from certlib.state.rows import TABLE
    >>> transitions_html(TABLE).count("<tr>") - 1 == len(TABLE.rows)
    True
    """
    body = [
        _row(
            escaped(row["name"]),
            (
                "" if row["row"] is None else str(row["row"]),
                _status(row["from"]),
                _code(row["on"]),
                escaped(", ".join((*row["by"], *_conditions(given.by)))),
                _codes(row["when"]),
                ", ".join(map(_status, row["to"])),
                _codes(row["emits"]),
            ),
        )
        for given, row in zip(table.rows, transitions(table), strict=True)
    ]
    headings = ("Row", "Number", "Status", "Command", "Who", "Guards", "Leads to", "Records")
    return _table("Every row of the table", headings, body, ())


def _conditions(by: By) -> Iterator[str]:
    if not by.for_oneself:
        yield "not for themselves"
    if by.reason_required:
        yield "with a reason"


def _status(value: str | None) -> str:
    return "none" if value is None else NAMES[value]


def _code(text: str) -> str:
    return f"<code>{escaped(text)}</code>"


def _codes(texts: Iterable[str]) -> str:
    return ", ".join(map(_code, texts))


def _row(head: str, cells: Iterable[str]) -> str:
    return f'<tr><th scope="row">{head}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'


def _table(caption: str, headings: Sequence[str], body: Iterable[str], notes: Sequence[str]) -> str:
    """Return a table of parts that are HTML already."""
    head = "".join(f'<th scope="col">{escaped(heading)}</th>' for heading in headings)
    lines = [
        "<table>",
        f"<caption>{escaped(caption)}</caption>",
        f"<thead><tr>{head}</tr></thead>",
        "<tbody>",
        *body,
        "</tbody>",
    ]
    if notes:
        told = "<br>".join(notes)
        lines.append(f'<tfoot><tr><td colspan="{len(headings)}">{told}</td></tr></tfoot>')
    return "\n".join((*lines, "</table>"))
