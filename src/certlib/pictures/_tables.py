"""A table as plain data, as Markdown and as HTML: the grid of administrators' actions, and all rows.

Everything is read from the given `Table`, so this works for a host's own table as well. The HTML needs
no style sheet and no script.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias, TypedDict

from attrs import fields

from certlib.actors import Role
from certlib.pictures._text import escaped
from certlib.state._guard import Guard
from certlib.state._status import Status
from certlib.state._table import By, Row, Table, in_order

__all__ = [
    "FOOTNOTES",
    "GRID_ACTIONS",
    "Grid",
    "Transition",
    "grid",
    "grid_html",
    "grid_markdown",
    "guards_markdown",
    "markdown_table",
    "status_title",
    "transitions",
    "transitions_html",
    "transitions_markdown",
]

GRID_ACTIONS: Final = (
    "override_payment",
    "override_training",
    "override_exam",
    "revoke_access",
    "force_recertification",
    "permanently_revoke",
    "restore_access",
    "remove",
)
"""The administrators' actions that are the columns of the grid, in their order."""

FOOTNOTES: Final[Mapping[str, tuple[int, str]]] = {
    "certification_fee_is_open": (
        1,
        "the certification fee is required and neither paid nor waived",
    ),
    "every_assignment_is_manual": (2, "every assignment is manual, or imported"),
    "exam_fee_is_open": (3, "the exam fee is required and neither paid nor waived"),
    "exam_is_not_started": (3, "no attempt at the exam was recorded in this cycle"),
    "recertification_fee_is_open": (
        4,
        "the recertification fee is required and neither paid nor waived",
    ),
    "version_is_published": (5, "the certification has a published version"),
    "version_has_an_exam": (6, "the version has an exam"),
}
"""The guards that are footnotes of the grid: each one's number, and what it requires."""
Grid: TypeAlias = dict[str, dict[str, list[str] | None]]


def grid(table: Table) -> Grid:
    """Return the grid: for each status and action, None if there is no row, or else its footnotes.

    Footnotes are the codes of some guards. `transitions` lists every guard of a row, such as
    ``version_begins_cycles``, and also roles and conditions such as a required reason.

    >>> from certlib.state._rows import TABLE
    >>> grid(TABLE)["assigned"]["remove"], grid(TABLE)["assigned"]["revoke_access"]
    (['every_assignment_is_manual'], None)
    """
    return {
        status.value: {action: _cell(table, status, action) for action in GRID_ACTIONS}
        for status in Status
    }


def _cell(table: Table, status: Status, action: str) -> list[str] | None:
    for row in table.in_status(status):
        if row.command.name == action:
            return [guard.code for guard in row.when if guard.code in FOOTNOTES]
    return None


# "from" is a word of the language, so the keys are given as text.
Transition = TypedDict(
    "Transition",
    {
        "name": str,
        "row": int | None,
        "from": str | None,
        "on": str,
        "by": list[str],
        "when": list[str],
        "to": list[str | None],
        "emits": list[str],
    },
)
"""One row of a table as plain data. None means no status; ``row`` is its number in the rules."""


def transitions(table: Table) -> list[Transition]:
    """Return every row as plain data, in the order of the table.

    >>> from certlib.state._rows import TABLE
    >>> transitions(TABLE)[0]["from"], transitions(TABLE)[0]["on"], transitions(TABLE)[0]["to"]
    (None, 'assign', ['assigned'])
    """
    return [
        {
            "name": row.name,
            "row": row.number,
            "from": _value(row.status),
            "on": row.command.name,
            "by": [role.value for role in Role if role in row.by.roles],
            "when": [guard.code for guard in row.when],
            "to": [_value(status) for status in in_order(row.to)],
            "emits": [fact.tag for fact in row.emits],
        }
        for row in table.rows
    ]


def _value(status: Status | None) -> str | None:
    return None if status is None else status.value


def status_title(status: Status | None) -> str:
    """Return a status in words.

    >>> status_title(Status.NOT_STARTED), status_title(None)
    ('Not Started', 'none')
    """
    return "none" if status is None else status.value.replace("_", " ").title()


def markdown_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return an aligned Markdown table; bars in cells are escaped.

    >>> print(markdown_table(("code", "opens"), [("window_is_open", "in time")]))
    | code           | opens   |
    |----------------|---------|
    | window_is_open | in time |
    """
    lines = [[cell.replace("|", "\\|") for cell in line] for line in (headings, *rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    drawn = ["| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in lines]
    drawn.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(drawn)


def grid_markdown(table: Table) -> str:
    """Return the grid as a Markdown table, with its footnotes below."""
    cells = grid(table)
    drawn = markdown_table(
        ("status", *(action.replace("_", " ") for action in GRID_ACTIONS)),
        [
            (status_title(status), *(_mark(cells[status.value][action]) for action in GRID_ACTIONS))
            for status in Status
        ],
    )
    used = {code for row in cells.values() for codes in row.values() for code in codes or ()}
    notes = [
        f"- Y{number}: only while {claim} (`{code}`)"
        for code, (number, claim) in FOOTNOTES.items()
        if code in used
    ]
    return "\n".join((drawn, "", "- Y: available", "- -: not available", *notes))


def _mark(codes: list[str] | None) -> str:
    if codes is None:
        return "-"
    return "Y" + ", ".join(str(n) for n in sorted({FOOTNOTES[code][0] for code in codes}))


def transitions_markdown(table: Table) -> str:
    """Return every row as a Markdown table; rows that differ only in their status share a line."""
    lines: dict[tuple[str, ...], list[Status | None]] = {}
    for row in table.rows:
        lines.setdefault(_line(row, table), []).append(row.status)
    return markdown_table(
        ("#", "row", "status", "command", "who", "guards", "to", "records"),
        [
            (number, name, _listed(map(status_title, statuses)), *rest)
            for (number, name, *rest), statuses in lines.items()
        ],
    )


def _line(row: Row, table: Table) -> tuple[str, ...]:
    """Return what a row has in common with those of other statuses."""
    who = _listed(role.value for role in Role if role in row.by.roles)
    if row.by.roles_by_policy:
        who += " or as the approval policy says"
    if not row.by.for_oneself:
        who += ", not for themselves"
    if row.by.reason_required:
        who += ", with a reason"
    return (
        "" if row.number is None else str(row.number),
        row.name,
        f"`{row.command.name}`",
        who,
        _listed(f"`{guard.code}`" for guard in row.when),
        _destination(row, table),
        _listed(f"`{fact.tag}`" for fact in row.emits),
    )


def _destination(row: Row, table: Table) -> str:
    if table.leads_anywhere(row):
        return "by the status rule"
    like_it = [each for each in table.rows if each.name == row.name and each.to == row.to]
    if row.to == frozenset({row.status}) and like_it == [row]:
        return "same"
    return _listed(status_title(status) for status in in_order(row.to))


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words)


def guards_markdown(table: Table) -> str:
    """Return every guard as a Markdown table: its code, its sentence, its fields, and what opens it."""
    never = fields(Guard).opens_at.default
    return markdown_table(
        ("code", "refused, it says", "asks for", "opens"),
        [
            (
                f"`{guard.code}`",
                guard.sentence,
                _listed(f"`{asked}`" for asked in guard.asks),
                "" if guard.opens_at is never else "in time",
            )
            for guard in table.guards
        ],
    )


# --- HTML ---------------------------------------------------------------------------------------

CAPTION: Final = "What administrators may do in each status"
TITLES: Final = {each.value: status_title(each) for each in Status}


def grid_html(table: Table) -> str:
    """Return the grid as an HTML table with a caption, and its footnotes at its foot.

    >>> from certlib.state._rows import TABLE
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
        _html_row(TITLES[status], (_html_cell(row[action]) for action in GRID_ACTIONS))
        for status, row in cells.items()
    ]
    headings = ("Status", *(action.replace("_", " ").capitalize() for action in GRID_ACTIONS))
    return _html_table(CAPTION, headings, body, notes)


def _html_cell(codes: list[str] | None) -> str:
    if codes is None:
        return "No"
    numbers = sorted({FOOTNOTES[code][0] for code in codes})
    return "Yes" + (f"<sup>{', '.join(map(str, numbers))}</sup>" if numbers else "")


def transitions_html(table: Table) -> str:
    """Return every row of a table as an HTML table.

    >>> from certlib.state._rows import TABLE
    >>> transitions_html(TABLE).count("<tr>") - 1 == len(TABLE.rows)
    True
    """
    body = [
        _html_row(
            escaped(row["name"]),
            (
                "" if row["row"] is None else str(row["row"]),
                _html_status(row["from"]),
                _code(row["on"]),
                escaped(", ".join((*row["by"], *_conditions(given.by)))),
                _codes(row["when"]),
                ", ".join(map(_html_status, row["to"])),
                _codes(row["emits"]),
            ),
        )
        for given, row in zip(table.rows, transitions(table), strict=True)
    ]
    headings = ("Row", "Number", "Status", "Command", "Who", "Guards", "Leads to", "Records")
    return _html_table("Every row of the table", headings, body, ())


def _conditions(by: By) -> Iterator[str]:
    if not by.for_oneself:
        yield "not for themselves"
    if by.reason_required:
        yield "with a reason"


def _html_status(value: str | None) -> str:
    return "none" if value is None else TITLES[value]


def _code(text: str) -> str:
    return f"<code>{escaped(text)}</code>"


def _codes(texts: Iterable[str]) -> str:
    return ", ".join(map(_code, texts))


def _html_row(head: str, cells: Iterable[str]) -> str:
    return f'<tr><th scope="row">{head}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'


def _html_table(
    caption: str, headings: Sequence[str], body: Iterable[str], notes: Sequence[str]
) -> str:
    """Return a table of parts that are already HTML."""
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
        foot = "<br>".join(notes)
        lines.append(f'<tfoot><tr><td colspan="{len(headings)}">{foot}</td></tr></tfoot>')
    return "\n".join((*lines, "</table>"))
