"""Mermaid and DOT: every arrow is a line, and no name breaks out of its place."""

from __future__ import annotations

import re

import pytest

from certlib.pictures import dot, mermaid
from certlib.pictures._edges import Edge, edges
from certlib.state import TABLE, Table
from tests.pictures.tables import EVERY, FORGIVING, MOVING_ONLY, ODD

ARROW = re.compile(r"    (\S+) --> (\S+) : (.+)")
DOT_ARROW = re.compile(r'    "(\w+)" -> "(\w+)" \[label="((?:[^"\\]|\\.)*)"(, style="dashed")?\];')
LINE = re.compile(
    r"digraph certlib \{|    rankdir=LR;|    (?:graph|node|edge) \[.*\];|    subgraph cluster_\w+ \{"
    r'|        label="\w+";|        "\w+" \[label="[\w ]+"(?:, style="dashed")?\];|    \}|\}'
)


@pytest.mark.parametrize("table", EVERY)
def test_mermaid_has_every_arrow(table: Table) -> None:
    found = [
        match.groups() for line in mermaid(table).splitlines() if (match := ARROW.fullmatch(line))
    ]

    assert [(before, after) for before, after, _ in found] == [
        (_state(edge.before), _state(edge.after)) for edge in edges(table)
    ]
    assert [label for *_, label in found].count("time alone") == 3


def _state(standing: str | None) -> str:
    return standing or "[*]"


@pytest.mark.parametrize("table", EVERY)
def test_dot_has_every_arrow_and_dashes_those_of_time(table: Table) -> None:
    lines = dot(table).splitlines()
    found = [match.groups() for line in lines if (match := DOT_ARROW.fullmatch(line))]

    assert [(before, after) for before, after, *_ in found] == [
        (edge.before or "none", edge.after or "none") for edge in edges(table)
    ]
    for edge, (_, _, label, dashed) in zip(edges(table), found, strict=True):
        assert bool(dashed) is edge.by_time
        assert _told(edge, label) or table is ODD
    assert all(LINE.fullmatch(line) or DOT_ARROW.fullmatch(line) for line in lines)
    assert dot(table).count("{") == dot(table).count("}")


def _told(edge: Edge, label: str) -> bool:
    return label.replace("\\n", " ") == edge.label


def test_statuses_have_their_names() -> None:
    assert '    state "Pending Approval" as pending_approval' in mermaid(TABLE).splitlines()
    assert '        "pending_approval" [label="Pending Approval"];' in dot(TABLE).splitlines()
    assert "disallowed" not in mermaid(FORGIVING).replace("Not reached", "")
    assert '"disallowed"' not in dot(FORGIVING)


def test_what_is_left_out_is_noted() -> None:
    assert "    note right of disallowed" in mermaid(TABLE).splitlines()
    assert "Not drawn#58; strike." in mermaid(TABLE)
    assert "Not drawn: strike." in dot(TABLE)
    assert "note" not in mermaid(MOVING_ONLY)


def test_titles_are_there_for_who_cannot_see() -> None:
    lines = mermaid(TABLE).splitlines()

    assert "    accTitle: The statuses of an enrollment" in lines
    arrows = sum(" --> " in line for line in lines)
    (described,) = (line for line in lines if line.startswith("    accDescr: "))
    assert sum(map(int, re.findall(r"\d+", described))) == arrows


def test_a_hostile_name_stays_a_label() -> None:
    line = next(line for line in mermaid(ODD).splitlines() if line.startswith("    [*] --> disal"))

    assert not set('<>&"\\;') & set(re.sub(r"#\d+;", "", line.partition(" : ")[2]))
    assert "\u202e" not in mermaid(ODD) + dot(ODD)


@pytest.mark.parametrize("table", EVERY)
def test_it_is_the_same_each_time(table: Table) -> None:
    again = Table(rows=table.rows, unreached=table.unreached)

    assert (mermaid(again), dot(again)) == (mermaid(table), dot(table))
