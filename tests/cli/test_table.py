"""`table`: the rules as the grid, or as rows (cli.md)."""

from __future__ import annotations

import json

import pytest

from certlib.state import TABLE
from tests.cli.running import ask, run
from tests.state.golden_table import ACTIONS, CELLS, GOLDEN, golden_grid

STATUSES = list(CELLS)


class TestGrid:
    def test_it_is_that_of_the_requirements_cell_by_cell(self) -> None:
        assert ask("table", "--grid") == golden_grid()

    @pytest.mark.parametrize("which", [(), ("--grid",)])
    def test_in_json(self, which: tuple[str, ...]) -> None:
        found = ask("table", *which)
        assert list(found) == STATUSES
        assert [tuple(row) for row in found.values()] == [ACTIONS] * len(STATUSES)
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
        assert {row["row"] for row in found} == {line.number for line in GOLDEN}
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
