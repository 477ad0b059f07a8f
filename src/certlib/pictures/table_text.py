"""The table, drawn: as the grid of administrators' actions, as a list of rows, as Markdown.

Everything here is read off the `Table` that is given, so a host's own table is drawn as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeAlias, TypedDict

from attrs import fields

from certlib.actors import Role
from certlib.state.guard import Guard
from certlib.state.status import Status
from certlib.state.table import Row, Standing, Table, in_order

__all__ = [
    "FOOTNOTES",
    "GRID_ACTIONS",
    "Grid",
    "Transition",
    "grid",
    "grid_markdown",
    "guards_markdown",
    "markdown_table",
    "plain",
    "transitions",
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
"""The guards that are footnotes of the grid: each one's number, and what it demands."""


Grid: TypeAlias = dict[str, dict[str, list[str] | None]]


def grid(table: Table) -> Grid:
    """Return the grid: for each status and action None (no row), or the guards that are footnotes.

    Only the guards in `FOOTNOTES` are listed. A cell may have others, which the full list of rows
    shows: that the certification is not awarded only (``version_begins_cycles``) is one. Nor do
    roles, scope, "nobody for themselves" and a mandatory reason belong to a cell.

    >>> from certlib.state.rows import TABLE
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
"""One row of a table as plain data. No status is None; ``row`` is its number in the rules."""


def transitions(table: Table) -> list[Transition]:
    """Return every row as plain data, in the order of the table.

    >>> from certlib.state.rows import TABLE
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


def _value(status: Standing) -> str | None:
    return None if status is None else status.value


def plain(status: Standing) -> str:
    """Return a status in plain words.

    >>> plain(Status.NOT_STARTED), plain(None)
    ('Not Started', 'none')
    """
    return "none" if status is None else status.value.replace("_", " ").title()


def markdown_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return an aligned Markdown table; a bar in a cell is escaped.

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
            (plain(status), *(_mark(cells[status.value][action]) for action in GRID_ACTIONS))
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
    """Return every row as a Markdown table; rows that differ in their status alone are one line."""
    lines: dict[tuple[str, ...], list[Standing]] = {}
    for row in table.rows:
        lines.setdefault(_line(row, table), []).append(row.status)
    return markdown_table(
        ("#", "row", "status", "command", "who", "guards", "to", "records"),
        [
            (number, name, _listed(map(plain, statuses)), *rest)
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
    return _listed(plain(status) for status in in_order(row.to))


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words)


def guards_markdown(table: Table) -> str:
    """Return every guard as a Markdown table: its code, what it says, what it asks for, what opens it."""
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
