"""Every row with every valuation of its guards, by every role; and by real enrollments.

What is expected is read off the golden table; where it happens, off the situations.
"""

from __future__ import annotations

from itertools import product
from typing import Final

import pytest
from attrs import evolve

from certlib.state import TABLE, Accepted, Guard, Proposal, Refused, Table, replay
from tests.state.golden_table import STANDINGS, Expanded, expanded
from tests.state.situations import (
    EXAMPLES,
    FIRST,
    IMPOSSIBLE,
    NEVER_STRUCK,
    NEVER_WITHOUT,
    STRIKES,
    TOGETHER_NEVER,
    Example,
    Struck,
    asked,
    before,
    command,
    is_possible,
    realized,
    told,
    word,
)
from tests.state.story import EVERYBODY, actor, tags

ROWS: Final = expanded()
GOLDEN: Final = {row.title: row for row in ROWS}
NO_GUARD_ASKS: Final = {guard.code: not guard.asks for guard in TABLE.guards}


def codes(decision: object) -> list[str]:
    """The codes of a refusal, which it must be, in order."""
    assert isinstance(decision, Refused)
    return [reason.code for reason in decision.reasons]


def reasons(row: Expanded, who: str, failing: frozenset[str]) -> list[str]:
    """What the golden table says against somebody's command while guards of its row fail."""
    role = actor(who).role.value
    found = ["role_may_not"] * (role not in row.roles)
    found += ["nobody_for_himself"] * (role == "learner" and not row.himself)
    return found + [code for code in row.guards if code in failing]


# --- every valuation ------------------------------------------------------------------------------


class Switches:
    """The table, with guards that can be made to fail: its rows and recorders are certlib's own."""

    def __init__(self) -> None:
        self.failing: frozenset[str] = frozenset()
        guards = {guard.code: self._switched(guard) for guard in TABLE.guards}
        self.table = Table(
            rows=tuple(
                evolve(row, when=tuple(guards[guard.code] for guard in row.when))
                for row in TABLE.rows
            ),
        )

    def _switched(self, guard: Guard) -> Guard:
        def holds(proposal: Proposal) -> bool:
            return guard.code not in self.failing and guard.holds(proposal)

        return evolve(guard, holds=holds)


@pytest.fixture(scope="module")
def switches() -> Switches:
    return Switches()


def valuations(row: Expanded) -> list[frozenset[str]]:
    """Every set of guards of a row that may fail together, were guards independent."""
    return [
        frozenset(code for code, fails in zip(row.guards, which, strict=True) if fails)
        for which in product((False, True), repeat=len(row.guards))
    ]


class TestEveryValuation:
    """Allowed exactly when no guard fails and the role may; else every reason, and no other."""

    @pytest.mark.parametrize("row", ROWS, ids=lambda row: row.title)
    def test_decided_so(self, switches: Switches, row: Expanded) -> None:
        example = FIRST[row.title]
        story = before(example)
        story.table = switches.table
        wanted = command(example.ask, story).command
        for failing, who in product(valuations(row), EVERYBODY):
            switches.failing = failing
            decision = story.decided(wanted, who)
            expected = reasons(row, who, failing)
            if expected:
                assert codes(decision) == expected
            else:
                assert isinstance(decision, Accepted)
                assert word(decision.before) == row.status
                assert word(decision.after) == example.to


# --- real enrollments -----------------------------------------------------------------------------


class TestWorkedExamples:
    """Every row in every status has an example, named after it; it leads wherever the row can."""

    def test_named_after_the_rows(self) -> None:
        assert sorted({example.title for example in EXAMPLES}) == sorted(GOLDEN)

    @pytest.mark.parametrize("row", ROWS, ids=lambda row: row.title)
    def test_the_examples_of_each_row(self, row: Expanded) -> None:
        examples = [each for each in EXAMPLES if each.title == row.title]
        for example in examples:
            self._holds(example, row)
        led_to = {example.to for example in examples}
        assert led_to <= row.to
        assert row.command == "strike" or led_to == row.to

    def _holds(self, example: Example, row: Expanded) -> None:
        story = before(example)
        wanted = command(example.ask, story)
        assert word(story.status) == row.status
        assert story.verdict(type(wanted.command), wanted.by).allowed
        decision = story.decided(wanted.command, wanted.by)
        assert isinstance(decision, Accepted), decision.reasons
        assert (word(decision.before), word(decision.after)) == (row.status, example.to)
        assert tuple(tags(decision)) == example.tags
        assert set(example.tags) <= {*row.facts, "certificate_issued", "certificate_dated_again"}
        replayed = replay(
            (*story.history, *decision.events),
            learner="ann",
            certification=decision.enrollment.certification,
        )
        assert replayed == decision.enrollment
        assert word(replayed.status_at(story.now)) == example.to

    def test_every_fact_is_recorded_once_at_least(self) -> None:
        recorded = {(each.row, tag) for each in EXAMPLES for tag in each.tags}
        declared = {(f"{row.number} {row.name}", tag) for row in ROWS for tag in row.facts}
        assert declared <= recorded


class TestStrikes:
    """A strike leads wherever the status rule finds (row 37)."""

    def test_every_pair_or_the_reason_why_not(self) -> None:
        pairs = {(status, to) for status in STANDINGS for to in STANDINGS}
        found = {(each.status, each.to) for each in STRIKES}
        assert not found & set(NEVER_STRUCK)
        assert found | set(NEVER_STRUCK) == pairs
        assert len(STRIKES) == len(found)

    @pytest.mark.parametrize("struck", STRIKES, ids=lambda struck: f"{struck.status}-{struck.to}")
    def test_leads_there(self, struck: Struck) -> None:
        decision = asked(told(struck.tale, world=struck.world), struck.ask)
        assert isinstance(decision, Accepted)
        assert (word(decision.before), word(decision.after)) == (struck.status, struck.to)


class TestRealValuations:
    """Every valuation that can be, by real enrollments and every role; the others by the reason why not."""

    def test_every_guard_of_every_row_fails_or_the_reason_why_not(self) -> None:
        pairs = {(row.title, guard) for row in ROWS for guard in row.guards}
        fails = {
            (row.title, guard)
            for row in ROWS
            for failing in valuations(row)
            if is_possible(row.title, failing)
            for guard in failing
        }
        assert fails == pairs - set(IMPOSSIBLE)

    def test_every_reason_is_of_rows_that_are_there(self) -> None:
        assert set(IMPOSSIBLE) <= {(row.title, guard) for row in ROWS for guard in row.guards}
        for together in TOGETHER_NEVER:
            assert any(together <= set(row.guards) for row in ROWS), together
        rows = {f"{row.number} {row.name}": {*row.guards} for row in ROWS}
        for (row, guards), (other, _) in NEVER_WITHOUT.items():
            assert {*guards, other} <= rows[row]

    @pytest.mark.parametrize("row", ROWS, ids=lambda row: row.title)
    def test_decided_so(self, row: Expanded) -> None:
        for failing in valuations(row):
            if is_possible(row.title, failing):
                self._decided_so(row, failing)

    def _decided_so(self, row: Expanded, failing: frozenset[str]) -> None:
        found = realized(row.title, failing)
        story = told(found.tale, world=found.world)
        wanted = command(found.ask, story)
        assert word(story.status) == row.status
        for who in EVERYBODY:
            decision, expected = story.decided(wanted.command, who), reasons(row, who, failing)
            if expected:
                assert codes(decision) == expected
            else:
                assert isinstance(decision, Accepted)
                assert word(decision.after) in row.to
        verdict = story.verdict(type(wanted.command), wanted.by)
        told_without_asking = {code for code in failing if NO_GUARD_ASKS[code]}
        assert told_without_asking <= {reason.code for reason in verdict.reasons}
        assert verdict.allowed <= (not told_without_asking)
