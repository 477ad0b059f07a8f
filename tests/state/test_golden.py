"""certlib's own grid and table are those of the requirements, written by hand in `golden_table`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from certlib.pictures import _tables as tables
from certlib.pictures import grid, grid_markdown
from certlib.pictures._tables import GRID_ACTIONS
from certlib.state import TABLE, Row, Status
from certlib.state.commands import Strike
from tests.state import golden_table
from tests.state.golden_table import (
    ACTIONS,
    CELLS,
    FOOTNOTES,
    GOLDEN,
    STANDINGS,
    Expanded,
    Golden,
    expanded,
    golden_grid,
)
from tests.state.situations import word

CONSEQUENCES: Final = {"certificate_issued", "certificate_dated_again"}
"""Facts that no row records itself: they follow from others (R2, T5)."""
BESIDE_THE_FOOTNOTES: Final = {
    "override_payment": {"fee_is_of_the_status"},
    "force_recertification": {"version_begins_cycles"},
}
"""Guards of the grid's cells that are no footnotes: nothing else is waived by mistake; an invariant."""


def titled(row: Row) -> str:
    return f"{row.number} {row.name} while {word(row.status)}"


def _as_golden(row: Row) -> Expanded:
    return Expanded(
        number=row.number or 0,
        name=row.name,
        status=word(row.status),
        command=row.command.name,
        roles=frozenset(role.value for role in row.by.roles),
        himself=row.by.for_oneself,
        guards=tuple(guard.code for guard in row.when),
        to=frozenset(map(word, row.to)),
        facts=tuple(fact.tag for fact in row.emits),
        late=row.late,
        tells=row.notice,
    )


class TestGrid:
    """The grid, cell by cell."""

    def test_every_cell_and_its_guards(self) -> None:
        assert grid(TABLE) == golden_grid()

    def test_statuses_and_actions_are_in_the_order_of_the_requirements(self) -> None:
        drawn = grid(TABLE)
        assert list(drawn) == list(CELLS) == [status.value for status in Status]
        assert {tuple(cells) for cells in drawn.values()} == {ACTIONS} == {GRID_ACTIONS}

    def test_the_footnotes_are_those_of_the_requirements(self) -> None:
        assert set(tables.FOOTNOTES) == {code for codes in FOOTNOTES.values() for code in codes}

    def test_every_cell_as_it_is_drawn(self) -> None:
        lines = [line for line in grid_markdown(TABLE).splitlines() if line.startswith("|")]
        heading, _, *drawn = ([cell.strip() for cell in line.split("|")[1:-1]] for line in lines)
        assert heading == ["status", *(action.replace("_", " ") for action in ACTIONS)]
        assert drawn == [
            [status.replace("_", " ").title(), *cells.split()] for status, cells in CELLS.items()
        ]

    def test_every_footnote_as_it_is_drawn(self) -> None:
        notes = [line for line in grid_markdown(TABLE).splitlines() if line.startswith("- Y")]
        found = [(note[3], note.split("`")[1]) for note in notes if note != "- Y: available"]
        assert found == [(n, code) for n, codes in FOOTNOTES.items() for code in codes]

    def test_guards_of_cells_that_are_no_footnotes(self) -> None:
        footnotes = {code for codes in FOOTNOTES.values() for code in codes}
        for row in TABLE.rows:
            if row.command.name in ACTIONS:
                others = {guard.code for guard in row.when} - footnotes
                assert others == BESIDE_THE_FOOTNOTES.get(row.command.name, set()), titled(row)


class TestTable:
    """The table, row by row, both ways."""

    def test_the_numbers_are_those_of_the_requirements_without_a_gap(self) -> None:
        numbers = {line.number for line in GOLDEN}
        assert numbers == set(range(1, max(numbers) + 1))

    def test_the_same_rows_in_the_same_order(self) -> None:
        assert [titled(row) for row in TABLE.rows] == [row.title for row in expanded()]

    @pytest.mark.parametrize("line", GOLDEN, ids=lambda line: line.title)
    def test_what_each_row_says(self, line: Golden) -> None:
        rows = {titled(row): row for row in TABLE.rows}
        for golden in (row for row in expanded() if row.name == line.name):
            assert _as_golden(rows[golden.title]) == golden

    def test_roles_of_approvers_alone_are_the_policys(self) -> None:
        by_policy = {row.command.name for row in TABLE.rows if row.by.roles_by_policy}
        assert by_policy == {line.command for line in GOLDEN if "approver" in line.roles}

    def test_no_reason_is_mandatory(self) -> None:
        assert not any(row.by.reason_required for row in TABLE.rows)

    def test_every_status_is_reached(self) -> None:
        assert TABLE.unreached == frozenset()
        assert {status for row in expanded() for status in row.to} == set(STANDINGS)

    def test_a_strike_alone_leads_anywhere(self) -> None:
        anywhere = {row.command for row in TABLE.rows if TABLE.leads_anywhere(row)}
        assert anywhere == {Strike}

    def test_every_guard_is_used(self) -> None:
        used = {code for line in GOLDEN for code in line.guards}
        codes = [guard.code for guard in TABLE.guards]
        assert sorted(codes) == sorted(used)

    def test_every_fact_is_recorded_by_a_row_or_follows(self) -> None:
        used = {tag for line in GOLDEN for tag in line.facts}
        tags = [fact.tag for fact in TABLE.facts]
        assert sorted(tags) == sorted(used | CONSEQUENCES)

    def test_every_command_has_a_row(self) -> None:
        assert {line.command for line in GOLDEN} == {kind.name for kind in TABLE.commands}

    def test_names_of_rows_are_told_apart(self) -> None:
        assert len({line.name for line in GOLDEN}) == len(GOLDEN)


def test_the_golden_table_reads_nothing_off_certlib() -> None:
    """Else a slip in the one would be a slip in the other."""
    source = Path(golden_table.__file__).read_text(encoding="utf-8")
    assert re.findall(r"^(?:from|import) (\w+)", source, re.MULTILINE) == [
        "__future__", "collections", "typing", "attrs",
    ]  # fmt: skip
