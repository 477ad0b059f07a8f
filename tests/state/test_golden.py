"""certlib's own grid and table are those of the requirements, written by hand in `golden_table`."""

from __future__ import annotations

from typing import Final

import pytest

from certlib.pictures import grid, grid_markdown
from certlib.state import TABLE, Refused, Row
from certlib.state.commands import COMMANDS, Strike
from tests.state.golden_table import (
    ACTIONS,
    CELLS,
    FOOTNOTES,
    GOLDEN,
    STANDINGS,
    Expanded,
    expanded,
)
from tests.state.situations import TALES, command, told, word
from tests.state.story import EVERYBODY, Story

CONSEQUENCES: Final = {"certificate_issued", "certificate_dated_again"}
"""Facts that no row records itself: they follow from others (R2, T5)."""
BESIDE_THE_FOOTNOTES: Final = {
    "override_payment": {"fee_is_of_the_status"},
    "force_recertification": {"version_begins_cycles"},
}
"""Guards of the grid's cells that are no footnotes: nothing else is waived by mistake; an invariant."""


def titled(row: Row) -> str:
    return f"{row.number} {row.name} while {word(row.status)}"


def guards_of(cell: str) -> list[str] | None:
    """The codes that a cell of the golden grid stands for."""
    return None if cell == "-" else list(FOOTNOTES.get(cell.removeprefix("Y"), ()))


class TestGrid:
    """Requirements section 3, cell by cell."""

    def test_every_cell_and_its_guards(self) -> None:
        expected = {
            status: dict(zip(ACTIONS, map(guards_of, cells.split()), strict=True))
            for status, cells in CELLS.items()
        }
        assert grid(TABLE) == expected
        assert sum(len(cells) for cells in grid(TABLE).values()) == 80

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
    """Requirements 4.3, row by row, both ways."""

    def test_how_many_rows_there_are(self) -> None:
        assert len(GOLDEN) == 43
        assert {line.number for line in GOLDEN} == set(range(1, 40))
        assert len(expanded()) == len(TABLE.rows) == 131

    def test_the_same_rows_in_the_same_order(self) -> None:
        assert [titled(row) for row in TABLE.rows] == [row.title for row in expanded()]

    @pytest.mark.parametrize("golden", expanded(), ids=lambda golden: golden.title)
    def test_what_each_row_says(self, golden: Expanded) -> None:
        (row,) = (row for row in TABLE.rows if titled(row) == golden.title)
        found = Expanded(
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
        )
        assert found == golden

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
        assert set(codes) == used
        assert len(codes) == len(used) == 52

    def test_every_fact_is_recorded_by_a_row_or_follows(self) -> None:
        used = {tag for line in GOLDEN for tag in line.facts}
        tags = [fact.tag for fact in TABLE.facts]
        assert set(tags) == used | CONSEQUENCES
        assert len(tags) == len(used) + len(CONSEQUENCES) == 39

    def test_every_command_has_a_row(self) -> None:
        assert set(TABLE.commands) == set(COMMANDS)
        assert {line.command for line in GOLDEN} == {kind.name for kind in COMMANDS}
        assert len(COMMANDS) == 34

    def test_names_of_rows_are_told_apart(self) -> None:
        assert len({line.name for line in GOLDEN}) == len(GOLDEN)


FIELDS: Final = {
    "record_payment": "fee=certification",
    "complete_step": "step=course",
    "submit_evidence": "step=course",
    "record_test_out": "step=course passed=yes",
    "record_exam": "passed=yes",
    "extend_certificate": "until=2030-01-01",
    "extend_deadline": "until=2030-01-01",
    "move_to_version": "version=1",
    "strike": "entry=1",
    **dict.fromkeys(
        (
            "approve_evidence", "deny_evidence", "approve_exam", "deny_exam", "grant_attempts",
            "deny_attempts",
        ),
        "request=1",
    ),
}  # fmt: skip
"""The fields that commands must have."""
WITH_A_ROW: Final = {(row.status, row.command) for row in expanded()}
PAIRS: Final = [(standing, kind.name) for standing in STANDINGS for kind in COMMANDS]
WITHOUT_A_ROW: Final = [pair for pair in PAIRS if pair not in WITH_A_ROW]


@pytest.fixture(scope="module")
def stories() -> dict[str, Story]:
    """A real enrollment in each standing."""
    return {standing: told(tale) for standing, tale in TALES.items()}


class TestNoRow:
    """A pair of status and command without a row is refused, and says in which status (R11)."""

    def test_how_many_pairs_there_are(self) -> None:
        assert len(PAIRS) == 11 * 34 == 374
        assert len(WITH_A_ROW) == 131
        assert len(WITHOUT_A_ROW) == 243

    @pytest.mark.parametrize("standing", STANDINGS)
    def test_a_real_enrollment_is_there(self, stories: dict[str, Story], standing: str) -> None:
        assert word(stories[standing].status) == standing

    @pytest.mark.parametrize(("standing", "name"), WITHOUT_A_ROW)
    def test_refused_whoever_asks(
        self, stories: dict[str, Story], standing: str, name: str
    ) -> None:
        story = stories[standing]
        wanted = command(f"{name} {FIELDS.get(name, '')}").command
        text = "not possible " + (
            "without an enrollment" if standing == "none" else f"while {standing.replace('_', ' ')}"
        )
        for by in EVERYBODY:
            (reason,) = story.reasons(wanted, by)
            assert reason.code == f"not_while_{standing}"
            assert reason.text == text
            assert reason.opens_at is None
            verdict = story.verdict(type(wanted), by)
            assert (verdict.allowed, verdict.needs, verdict.reasons) == (False, (), (reason,))

    @pytest.mark.parametrize(("standing", "name"), sorted(WITH_A_ROW))
    def test_not_refused_so_where_there_is_a_row(
        self, stories: dict[str, Story], standing: str, name: str
    ) -> None:
        decision = stories[standing].decided(command(f"{name} {FIELDS.get(name, '')}").command)
        if isinstance(decision, Refused):
            codes = {reason.code for reason in decision.reasons}
            assert not {code for code in codes if code.startswith("not_while_")}
