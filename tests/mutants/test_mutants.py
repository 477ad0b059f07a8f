"""Every mutant of the table is killed, or is listed with the reason why it means the same.

The golden table is not read for this (`tests.state.test_golden` is what compares it with the table).
``python -m tests.mutants`` tells what killed how many.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from attrs import evolve

from certlib.state import TABLE, Status, decide, explain
from certlib.state.commands import Start
from tests.mutants.equivalent import EQUIVALENT
from tests.mutants.killing import killers
from tests.mutants.making import KINDS, mutants
from tests.mutants.playing import KILLERS, SOURCES, TESTS, Play, path_of, plays
from tests.state import story

pytestmark = pytest.mark.exhaustive

COUNTS: Final = {
    "rows dropped": 131,
    "rows moved": 131 * 10,
    "rows added": 628,
    "to: dropped": 300,
    "to: added": 131 * 11 - 300,
    "to: replaced": 1_600,
    "guards dropped": 300,
    "guards negated": 300,
    "guards added": 616,
    "by widened": 766,
    "by narrowed": 413,
    "recorders replaced": 131,
    "facts not declared": 176,
    "notices dropped": 89,
    "notices changed": 131,
    "late or not": 159,
}


@pytest.mark.parametrize("kind", KINDS)
def test_killed_or_listed_as_equivalent(kind: str) -> None:
    """Every other one is killed, and those that are listed do survive."""
    found = killers(kind)
    alive = {name for name, killer in found.items() if killer is None}
    assert alive == found.keys() & EQUIVALENT.keys()


class TestTheMutants:
    def test_how_many_there_are(self) -> None:
        assert {kind: len(mutants(kind)) for kind in KINDS} == COUNTS
        assert sum(COUNTS.values()) == 8_191

    def test_every_one_is_of_its_own(self) -> None:
        names = Counter(mutant.name for kind in KINDS for mutant in mutants(kind))
        assert max(names.values()) == 1

    def test_those_listed_are_among_them(self) -> None:
        names = {mutant.name for kind in KINDS for mutant in mutants(kind)}
        assert EQUIVALENT.keys() <= names
        assert len(EQUIVALENT) == 52
        assert all(EQUIVALENT.values())

    def test_none_is_the_table_itself(self) -> None:
        for kind in KINDS:
            for mutant in mutants(kind):
                for (status, command), rows in mutant.edits.items():
                    assert rows != (TABLE.row(status, command),), mutant.name


def imported(path: Path) -> set[str]:
    """The modules of tests that a file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tests"):
            assert node.module is not None
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.startswith("tests")}
    return found


class TestTheExamples:
    def test_none_of_them_reads_the_golden_table(self) -> None:
        ahead = [*map(path_of, KILLERS), *Path(__file__).parent.glob("[!t]*.py")]
        seen: set[Path] = set()
        while ahead:
            path = ahead.pop()
            seen.add(path)
            files = {TESTS.parent / f"{name.replace('.', '/')}.py" for name in imported(path)}
            ahead.extend(each for each in files - seen if each.exists())
        names = {path.stem for path in seen}
        assert {"situations", "story", "worked_examples"} <= names
        assert not {name for name in names if "golden" in name}

    def test_every_test_of_the_rows_is_played(self) -> None:
        there = {path.stem for path in (TESTS / "state").glob("test_rows_*.py")}
        assert there == {Path(each).stem for each in KILLERS} - {"test_worked_examples"}
        played = Counter(play.source for play in plays())
        assert set(played) == set(SOURCES)
        assert sum(played.values()) > 2_400

    def first(self, source: str) -> Play:
        return next(play for play in plays() if play.source == source)

    @pytest.mark.parametrize("source", SOURCES)
    def test_they_hold_on_the_table_itself(self, source: str) -> None:
        assert not self.first(source).fails_on(TABLE)

    def test_they_are_played_on_the_mutant_and_nothing_is_left_of_it(self) -> None:
        (play,) = (each for each in plays() if each.name.startswith("10 start while not_started,"))
        (row,) = (row for row in TABLE.rows if row.command is Start)
        assert play.fails_on(TABLE.replacing(evolve(row, by=evolve(row.by, roles=frozenset()))))
        assert not play.fails_on(TABLE.replacing(evolve(row, to=frozenset(Status))))
        assert vars(story)["decide"] is decide
        assert vars(story)["explain"] is explain

    @pytest.mark.parametrize("act", [lambda: pytest.fail("so"), lambda: [1].index(2)])
    def test_one_may_fail_in_any_way(self, act: Callable[[], object]) -> None:
        assert Play(source="here", name="failing", act=act, trials=()).fails_on(TABLE)
