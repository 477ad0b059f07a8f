"""The table as HTML: every cell as in the grid, with its scope, and nothing that runs."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree import ElementTree

import pytest

from certlib.pictures import grid_html, transitions_html
from certlib.pictures._tables import FOOTNOTES, GRID_ACTIONS, grid, status_title, transitions
from certlib.state import TABLE, Status, Table
from certlib.state.commands import Remove, RevokeAccess
from tests.pictures.tables import EVERY, HOSTILE, ODD


def parsed(html: str) -> ElementTree.Element:
    return ElementTree.fromstring(html.replace("<br>", "<br/>"))


def cells(html: str) -> list[list[str]]:
    return [["".join(cell.itertext()) for cell in row] for row in parsed(html).iter("tr")]


@pytest.mark.parametrize("table", EVERY)
def test_grid_says_what_the_grid_says(table: Table) -> None:
    headings, *rows, _ = cells(grid_html(table))

    assert [heading.lower().replace(" ", "_") for heading in headings] == ["status", *GRID_ACTIONS]
    expected = [
        [status_title(status), *(_cell(grid(table)[status][action]) for action in GRID_ACTIONS)]
        for status in Status
    ]
    assert rows == expected


def _cell(codes: list[str] | None) -> str:
    if codes is None:
        return "No"
    return "Yes" + ", ".join(sorted({str(FOOTNOTES[code][0]) for code in codes}))


def test_footnotes_are_those_that_are_used() -> None:
    notes = cells(grid_html(TABLE))[-1][0]

    assert all(code in notes for code in FOOTNOTES)
    fewer = cells(grid_html(TABLE.dropping(Remove)))[-1][0]
    assert "every_assignment_is_manual" not in fewer
    assert "version_has_an_exam" in fewer


@pytest.mark.parametrize("draw", [grid_html, transitions_html])
def test_it_is_a_table_for_who_cannot_see_it(draw: Callable[[Table], str]) -> None:
    root = parsed(draw(TABLE))

    assert root.tag == "table"
    assert root[0].tag == "caption"
    assert root[0].text
    assert {each.attrib["scope"] for each in root.iter("th")} == {"col", "row"}
    assert all(len(row) == len(root.findall("thead/tr/th")) for row in root.findall("tbody/tr"))
    assert {each.tag for each in root.iter()} <= {
        "table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "sup", "code", "br",
    }  # fmt: skip


@pytest.mark.parametrize("table", EVERY)
def test_every_row_is_told(table: Table) -> None:
    _, *rows = cells(transitions_html(table))

    for told, row, given in zip(rows, transitions(table), table.rows, strict=True):
        name, number, status, command, who, guards, to, records = told
        assert name == row["name"] or given in ODD.rows
        assert number == ("" if row["row"] is None else str(row["row"]))
        assert status == status_title(given.status)
        assert command == row["on"] or given in ODD.rows
        assert set(row["by"]) <= set(who.split(", "))
        assert ("not for themselves" in who) is (not given.by.for_oneself)
        assert ("with a reason" in who) is given.by.reason_required
        assert guards == ", ".join(row["when"])
        assert to == ", ".join(
            "none" if each is None else status_title(Status(each)) for each in row["to"]
        )
        assert records == ", ".join(row["emits"])


def test_names_are_escaped() -> None:
    html = transitions_html(ODD)

    assert "<b>" not in html
    assert "\u202e" not in html
    assert HOSTILE.replace("\n", "\\n").replace("\u202e", "\\u202e") in [
        row[0] for row in cells(html)
    ]


def test_a_changed_cell_is_shown() -> None:
    changed = TABLE.dropping(RevokeAccess, Status.LAPSED)
    before, after = cells(grid_html(TABLE)), cells(grid_html(changed))

    assert [
        (old, new)
        for one, other in zip(before, after, strict=True)
        for old, new in zip(one, other, strict=True)
        if old != new
    ] == [("Yes", "No")]
