"""Every mutant of the table is killed, or is listed with the reason why it means the same.

No table is compared with another for this (`tests.state.test_golden` does that): what kills a mutant is
what a command does in a story. ``python -m tests.mutants`` tells what killed how many.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from attrs import evolve

from certlib.actors import Role
from certlib.state import TABLE, Status, decide, explain
from certlib.state.commands import Start
from tests.mutants.equivalent import EQUIVALENT
from tests.mutants.killing import killers
from tests.mutants.making import GENERAL, KINDS, mutants
from tests.mutants.playing import KILLERS, SOURCES, TESTS, Play, plays
from tests.state import story
from tests.state.golden_table import STANDINGS, expanded

pytestmark = pytest.mark.slow

ROWS: Final = expanded()
PER_COMMAND: Final = Counter(row.command for row in ROWS)
LEADS: Final = sum(len(row.to) for row in ROWS)
GUARDS: Final = sum(len(row.guards) for row in ROWS)
ASKED: Final = sum(guard.code in row.guards for row in ROWS for guard in GENERAL)
COUNTS: Final = {
    "rows dropped": len(ROWS),
    "rows moved": len(ROWS) * (len(STANDINGS) - 1),
    "rows added": sum(len(STANDINGS) - PER_COMMAND[row.command] for row in ROWS),
    "to: dropped": LEADS,
    "to: added": len(ROWS) * len(STANDINGS) - LEADS,
    "to: replaced": sum(len(row.to) * (len(STANDINGS) - len(row.to)) for row in ROWS),
    "guards dropped": GUARDS,
    "guards negated": GUARDS,
    "guards added": len(ROWS) * len(GENERAL) - ASKED,
    # To everybody; then each role that may not, himself, and whom the policy names, where they may not.
    "by widened": sum(
        1 + len(Role) - len(row.roles) + (not row.himself) + ("approver" not in row.roles)
        for row in ROWS
    ),
    # With a reason only; then each role that may, himself, and whom the policy names, where they may.
    "by narrowed": sum(
        1 + len(row.roles) + row.himself + ("approver" in row.roles) for row in ROWS
    ),
    "facts not declared": sum(len(row.facts) for row in ROWS),
    "notices dropped": sum(row.tells is not None for row in ROWS),
    "notices changed": len(ROWS),
    # In all statuses; then in each, where there are several.
    "late or not": sum(1 + (count > 1) * count for count in PER_COMMAND.values()),
}
"""How many mutants of each kind there are, worked out from the golden table."""


@pytest.mark.parametrize("kind", KINDS)
def test_killed_or_listed_as_equivalent(kind: str) -> None:
    """Every other one is killed, and those that are listed do survive."""
    found = killers(kind)
    alive = {name for name, killer in found.items() if killer is None}
    assert alive == found.keys() & EQUIVALENT.keys()


class TestTheMutants:
    def test_how_many_there_are(self) -> None:
        found = {kind: len(mutants(kind)) for kind in KINDS}
        assert found.pop("recorders replaced") >= len(ROWS)
        assert found == COUNTS

    def test_every_one_is_of_its_own(self) -> None:
        names = Counter(mutant.name for kind in KINDS for mutant in mutants(kind))
        assert max(names.values()) == 1

    def test_those_listed_are_among_them(self) -> None:
        names = {mutant.name for kind in KINDS for mutant in mutants(kind)}
        assert EQUIVALENT.keys() <= names
        assert all(EQUIVALENT.values())

    def test_none_is_the_table_itself(self) -> None:
        for kind in KINDS:
            for mutant in mutants(kind):
                for (status, command), rows in mutant.edits.items():
                    assert rows != (TABLE.row(status, command),), mutant.name


class TestTheExamples:
    def test_every_test_of_the_rows_is_played(self) -> None:
        there = {path.stem for path in (TESTS / "state").glob("test_rows_*.py")}
        assert there == {Path(each).stem for each in KILLERS} - {"test_worked_examples"}
        assert {play.source for play in plays()} == set(SOURCES)

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
