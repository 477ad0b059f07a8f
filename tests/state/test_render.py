"""The table as it is drawn: the grid cell by cell, every row as plain data, Markdown."""

from __future__ import annotations

from attrs import evolve, frozen

from certlib.pictures._tables import (
    grid,
    grid_markdown,
    guards_markdown,
    markdown_table,
    status_title,
    transitions,
    transitions_markdown,
)
from certlib.state import TABLE, By, Command, Guard, Status, rows
from certlib.state._rows import ADMINS
from certlib.state._table import Table
from certlib.state.commands import OverrideExam, RevokeAccess, Start
from certlib.state.guards import exam_fee_is_open


class TestGrid:
    def test_a_guard_that_is_no_footnote_is_not_listed(self) -> None:
        (row,) = (
            row
            for row in TABLE.in_status(Status.CERTIFIED)
            if row.command.name == "force_recertification"
        )
        assert [guard.code for guard in row.when] == [
            "version_is_published",
            "version_begins_cycles",
        ]
        assert grid(TABLE)["certified"]["force_recertification"] == ["version_is_published"]


@frozen(kw_only=True)
class Applaud(Command):
    """A host's own."""

    name = "applaud"


def with_a_hosts_row() -> Table:
    """The table with a row that a host has added, and a guard of his on a cell of the grid."""
    guard = Guard(code="of_a_host", sentence="...", holds=lambda _: True)
    added = rows(
        Applaud, in_=(Status.IN_PROGRESS,), by=ADMINS, when=(guard,), emits=(),
        records=lambda _: (), to=(Status.IN_PROGRESS,), name="applaud",
    )  # fmt: skip
    table = TABLE.adding(*added)
    cell = table.row(Status.IN_PROGRESS, OverrideExam)
    assert cell is not None
    return table.replacing(evolve(cell, when=(*cell.when, guard)))


class TestTransitions:
    def test_every_row_in_the_tables_order(self) -> None:
        drawn = transitions(TABLE)
        assert [(each["from"], each["on"]) for each in drawn] == [
            (None if row.status is None else row.status.value, row.command.name)
            for row in TABLE.rows
        ]

    def test_one_in_full(self) -> None:
        (found,) = (
            each
            for each in transitions(TABLE)
            if (each["from"], each["on"]) == ("certified", "start_recertification")
        )
        assert found == {
            "name": "start recertification",
            "row": 25,
            "from": "certified",
            "on": "start_recertification",
            "by": ["learner", "system"],
            "when": [
                "learner_is_active",
                "window_is_open",
                "version_is_published",
                "version_begins_cycles",
                "deadline_is_ahead",
            ],
            "to": ["recertifying"],
            "emits": ["cycle_began"],
        }

    def test_no_status_is_null_and_comes_first(self) -> None:
        (found,) = (
            each
            for each in transitions(TABLE)
            if (each["from"], each["on"]) == ("not_started", "unassign")
        )
        assert found["to"] == [None, "not_started", "certified", "expired", "lapsed", "revoked"]

    def test_a_hosts_row_has_no_number(self) -> None:
        assert transitions(with_a_hosts_row())[-1]["row"] is None


class TestMarkdown:
    def test_plain_words(self) -> None:
        assert [status_title(status) for status in (None, *Status)] == [
            "none",
            "Assigned",
            "Not Started",
            "In Progress",
            "Pending Approval",
            "Certified",
            "Expired",
            "Lapsed",
            "Recertifying",
            "Revoked",
            "Disallowed",
        ]

    def test_a_table_is_aligned_and_bars_are_escaped(self) -> None:
        assert markdown_table(("a", "bee"), [("x | y", "z")]).split("\n") == [
            r"| a      | bee |",
            r"|--------|-----|",
            r"| x \| y | z   |",
        ]

    def test_the_grid_with_its_footnotes(self) -> None:
        lines = grid_markdown(TABLE).split("\n")
        assert lines[0].split("|")[1:-1] == [
            " status           ",
            " override payment ",
            " override training ",
            " override exam ",
            " revoke access ",
            " force recertification ",
            " permanently revoke ",
            " restore access ",
            " remove ",
        ]
        cells = {line.split("|")[1].strip(): line.split("|")[2:-1] for line in lines[2:12]}
        assert [cell.strip() for cell in cells["Not Started"]] == ["Y1", *"--Y---", "Y2"]
        assert len({len(line) for line in lines[:12]}) == 1
        assert lines[12:] == [
            "",
            "- Y: available",
            "- -: not available",
            (
                "- Y1: only while the certification fee is required and neither paid nor waived"
                " (`certification_fee_is_open`)"
            ),
            "- Y2: only while every assignment is manual, or imported (`every_assignment_is_manual`)",
            (
                "- Y3: only while the exam fee is required and neither paid nor waived"
                " (`exam_fee_is_open`)"
            ),
            (
                "- Y3: only while no attempt at the exam was recorded in this cycle"
                " (`exam_is_not_started`)"
            ),
            (
                "- Y4: only while the recertification fee is required and neither paid nor waived"
                " (`recertification_fee_is_open`)"
            ),
            "- Y5: only while the certification has a published version (`version_is_published`)",
            "- Y6: only while the version has an exam (`version_has_an_exam`)",
        ]

    def test_two_guards_of_one_footnote_are_one_mark(self) -> None:
        cells = {
            line.split("|")[1].strip(): [cell.strip() for cell in line.split("|")[2:-1]]
            for line in grid_markdown(TABLE).split("\n")[2:12]
        }
        assert cells["In Progress"][:3] == ["Y3", "Y", "Y6"]

    def test_several_footnotes_of_one_cell(self) -> None:
        cell = TABLE.row(Status.IN_PROGRESS, OverrideExam)
        assert cell is not None
        both = evolve(cell, when=(exam_fee_is_open, *cell.when))
        assert "| Y3, 6 " in grid_markdown(TABLE.replacing(both))

    def test_a_hosts_guard_is_no_footnote(self) -> None:
        assert grid_markdown(with_a_hosts_row()) == grid_markdown(TABLE)

    def test_rows_that_differ_in_status_alone_share_a_line(self) -> None:
        (line,) = (line for line in cells_of(TABLE) if line[1] == "revoke access")
        assert line == [
            "31",
            "revoke access",
            "Not Started, In Progress, Pending Approval, Recertifying, Expired, Lapsed",
            "`revoke_access`",
            "admin",
            "",
            "Revoked",
            "`cycle_ended`, `access_revoked`",
        ]

    def test_to_in_words(self) -> None:
        to = {(line[1], line[2].partition(",")[0]): line[6] for line in cells_of(TABLE)}
        assert to["assign again", "Assigned"] == "same"
        assert to["award", "none"] == "Certified"
        assert to["unassign", "In Progress"] == "same"
        assert to["unassign", "Assigned"] == "none, Assigned"
        assert to["strike", "none"] == "by the status rule"

    def test_award_is_one_line_for_all_its_statuses(self) -> None:
        assert len([line for line in cells_of(TABLE) if line[1] == "award"]) == 1

    def test_who_in_words(self) -> None:
        (row,) = (row for row in TABLE.rows if row.command is Start)
        by = By(roles=row.by.roles, for_oneself=False, reason_required=True)
        (line,) = (
            line for line in cells_of(TABLE.replacing(evolve(row, by=by))) if line[1] == "start"
        )
        assert line[4] == "learner, system, not for themselves, with a reason"

    def test_a_hosts_row_has_no_number(self) -> None:
        (line,) = (line for line in cells_of(with_a_hosts_row()) if line[1] == "applaud")
        assert line[0] == ""
        assert line[6] == "same"

    def test_guards(self) -> None:
        lines = [
            [cell.strip() for cell in line.split("|")[1:-1]]
            for line in guards_markdown(TABLE).split("\n")
        ]
        assert lines[0] == ["code", "refused, it says", "asks for", "opens"]
        assert [
            "`window_is_open`",
            "the recertification window is not open",
            "",
            "in time",
        ] in lines
        assert len(lines) == 2 + len(TABLE.guards)
        asks = {line[0]: line[2] for line in lines}
        assert asks["`path_is_of_the_step`"] == "`step`, `path`"

    def test_a_table_without_some_rows_is_drawn_without_them(self) -> None:
        drawn = grid(TABLE.dropping(RevokeAccess, Status.NOT_STARTED))
        assert drawn["not_started"]["revoke_access"] is None
        assert drawn["in_progress"]["revoke_access"] == []


def cells_of(table: Table) -> list[list[str]]:
    return [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in transitions_markdown(table).split("\n")[2:]
    ]
