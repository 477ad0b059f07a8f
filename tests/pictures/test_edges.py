"""The arrows of a table: every pair of statuses that a row joins, and nothing else."""

from __future__ import annotations

import pytest

from certlib.pictures._edges import LANES, Edge, drawn_statuses, edges, notes
from certlib.state import TABLE, Status, Table
from certlib.state._table import ANY_STATUS
from tests.pictures.tables import EVERY, FORGIVING, MOVING_ONLY, ODD, STRIKELESS


@pytest.mark.parametrize("table", EVERY)
def test_every_pair_is_one_arrow_with_all_its_commands(table: Table) -> None:
    expected: dict[object, set[str]] = {}
    for row in table.rows:
        for after in row.to:
            if after is not row.status and row.command.name != "strike":
                expected.setdefault((row.status, after), set()).add(row.command.name)
    found = [edge for edge in edges(table) if not edge.by_time]

    assert {(edge.before, edge.after): set(edge.commands) for edge in found} == expected
    assert len(found) == len(expected)
    assert all(len(set(edge.commands)) == len(edge.commands) for edge in found)


def test_time_has_its_own_arrows() -> None:
    assert [(edge.before, edge.after, edge.label) for edge in edges(TABLE) if edge.by_time] == [
        (Status.CERTIFIED, Status.EXPIRED, "time alone"),
        (Status.CERTIFIED, Status.LAPSED, "time alone"),
        (Status.EXPIRED, Status.LAPSED, "time alone"),
    ]


def test_commands_are_named_in_words() -> None:
    edge = Edge(before=None, after=Status.ASSIGNED, commands=("assign", "record_exam"))

    assert edge.label == "assign, record exam"


def test_every_status_has_one_place() -> None:
    assert sorted(map(str, (each for lane in LANES.values() for each in lane))) == sorted(
        map(str, ANY_STATUS)
    )
    assert len(drawn_statuses(TABLE)) == 11


def test_what_is_not_reached_is_not_drawn() -> None:
    assert Status.DISALLOWED not in drawn_statuses(FORGIVING)
    assert len(drawn_statuses(FORGIVING)) == 10


def test_notes_tell_what_is_left_out() -> None:
    anywhere, staying = notes(TABLE)

    assert anywhere.startswith("Not drawn: strike.")
    assert "extend deadline" in staying
    assert "assign," not in staying
    assert notes(STRIKELESS) == (staying,)
    assert notes(MOVING_ONLY) == ()
    assert notes(FORGIVING)[-1] == "Not reached: Disallowed."
    assert notes(ODD) == notes(TABLE)
