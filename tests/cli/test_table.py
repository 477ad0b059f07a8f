"""`table`: the rules as the grid, or as rows (cli.md)."""

from __future__ import annotations

import json

import pytest

from certlib.state import TABLE
from tests.cli.running import ask, run

ACTIONS = [
    "override_payment",
    "override_training",
    "override_exam",
    "revoke_access",
    "force_recertification",
    "permanently_revoke",
    "restore_access",
    "remove",
]
STATUSES = [
    "assigned",
    "not_started",
    "in_progress",
    "pending_approval",
    "certified",
    "expired",
    "lapsed",
    "recertifying",
    "revoked",
    "disallowed",
]


GRID = """
| status | override payment | override training | override exam | revoke access | force recertification | permanently revoke | restore access | remove |
|---|---|---|---|---|---|---|---|---|
| Assigned | - | - | - | - | - | - | - | Y2 |
| Not Started | Y1 | - | - | Y | - | - | - | Y2 |
| In Progress | Y3 | Y | Y6 | Y | - | - | - | - |
| Pending Approval | - | Y | Y6 | Y | - | - | - | - |
| Certified | - | - | - | - | Y5 | Y | - | - |
| Expired | - | - | - | Y | Y5 | - | - | - |
| Lapsed | - | - | - | Y | Y5 | - | - | - |
| Recertifying | Y4 | Y | Y6 | Y | - | - | - | - |
| Revoked | - | - | - | - | - | - | - | - |
| Disallowed | - | - | - | - | - | - | Y | - |
"""
"""The requirements' grid (section 3), as it stands there."""
FOOTNOTES = {
    "-": None,
    "Y": [],
    "Y1": ["certification_fee_is_open"],
    "Y2": ["every_assignment_is_manual"],
    "Y3": ["exam_fee_is_open", "exam_is_not_started"],
    "Y4": ["recertification_fee_is_open"],
    "Y5": ["version_is_published"],
    "Y6": ["version_has_an_exam"],
}


def required() -> dict[str, dict[str, list[str] | None]]:
    """The grid of the requirements as the command line tells it."""
    heading, _, *rows = (
        [cell.strip().lower().replace(" ", "_") for cell in line.strip("|").split("|")]
        for line in GRID.strip().splitlines()
    )
    return {
        row[0]: {
            action: FOOTNOTES[cell.upper()]
            for action, cell in zip(heading[1:], row[1:], strict=True)
        }
        for row in rows
    }


class TestGrid:
    def test_it_is_that_of_the_requirements_cell_by_cell(self) -> None:
        expected = required()
        assert list(expected) == STATUSES
        found = ask("table", "--grid")
        assert found == expected
        assert sum(cell is not None for row in found.values() for cell in row.values()) == 22

    @pytest.mark.parametrize("which", [(), ("--grid",)])
    def test_in_json(self, which: tuple[str, ...]) -> None:
        found = ask("table", *which)
        assert list(found) == STATUSES
        assert [list(row) for row in found.values()] == [ACTIONS] * len(STATUSES)
        assert found["assigned"]["remove"] == ["every_assignment_is_manual"]
        assert found["certified"]["permanently_revoke"] == []
        assert found["certified"]["revoke_access"] is None

    def test_as_markdown(self) -> None:
        ran = run("table")
        assert (ran.code, ran.err) == (0, "")
        assert ran.out.startswith("| status ")
        assert ran == run("table", "--grid", "--format", "markdown")


class TestTransitions:
    def test_in_json(self) -> None:
        found = ask("table", "--transitions")
        keys = ["name", "row", "from", "on", "by", "when", "to", "emits"]
        assert [list(row) for row in found] == [keys] * len(found)
        assert found[0]["row"] == 1
        assert {row["from"] for row in found} == {None, *STATUSES}

    def test_every_row_is_there_with_its_number(self) -> None:
        found = ask("table", "--transitions")
        assert len(found) == len(TABLE.rows)
        assert {row["row"] for row in found} == set(range(1, 40))
        pairs = [(row["from"], row["on"]) for row in found]
        assert len(set(pairs)) == len(pairs)
        assert {row["on"] for row in found} == {command.name for command in TABLE.commands}
        assert {to for row in found for to in row["to"]} == {None, *STATUSES}
        for row in TABLE.rows:
            (told,) = (
                each
                for each in found
                if (each["from"], each["on"]) == (row.status, row.command.name)
            )
            assert (told["row"], told["name"]) == (row.number, row.name)
            assert told["when"] == [guard.code for guard in row.when]

    def test_as_markdown(self) -> None:
        assert run("table", "--transitions").out.startswith("| # ")


def test_the_format_json_is_the_same_value() -> None:
    ran = run("table", "--transitions", "--format", "json")
    assert json.loads(ran.out) == ask("table", "--transitions")
    assert ran == run("table", "--transitions", "--json")


@pytest.mark.parametrize(
    ("name", "begins"),
    [("mermaid", "stateDiagram-v2"), ("dot", "digraph"), ("svg", "<svg "), ("html", "<table>")],
)
def test_a_picture_is_drawn(name: str, begins: str) -> None:
    for which in ("--grid", "--transitions"):
        assert run("table", which, "--format", name).out.startswith(begins)
