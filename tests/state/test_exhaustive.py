"""Every row with every valuation of its guards, by every role; and by real enrollments.

What is expected is read off the golden table; where it happens, off the situations.
"""

from __future__ import annotations

from itertools import product
from typing import Final

import pytest
from attrs import evolve

from certlib.actors import Actor, Role, Scope
from certlib.state import TABLE, Accepted, Guard, Proposal, Refused, Table, replay
from certlib.state.guards import learner_is_active
from tests.state.golden_table import STANDINGS, Expanded, expanded
from tests.state.situations import (
    EXAMPLES,
    FIRST,
    IMPOSSIBLE,
    NEVER_STRUCK,
    NEVER_WITHOUT,
    STRIKES,
    TOGETHER_NEVER,
    USUAL,
    Example,
    Struck,
    asked,
    command,
    is_possible,
    realized,
    told,
    word,
)
from tests.state.story import EVERYBODY, Story, actor, tags

ROWS: Final = expanded()
GOLDEN: Final = {row.title: row for row in ROWS}
NO_GUARD_ASKS: Final = {guard.code: not guard.asks for guard in TABLE.guards}
SOUTH: Final = Scope.organizations("south")


BY_GUARDS: Final = {0: 11, 1: 39, 2: 32, 3: 20, 4: 16, 5: 9, 6: 2, 7: 0, 8: 2}
"""How many rows have so many guards."""
VALUATIONS: Final = 11 + 39 * 2 + 32 * 4 + 20 * 8 + 16 * 16 + 9 * 32 + 2 * 64 + 2 * 256


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


def before(example: Example) -> Story:
    """The story up to the command of an example."""
    return told(example.tale, world=example.world)


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

    def test_how_many_there_are(self) -> None:
        by_guards = {count: sum(len(row.guards) == count for row in ROWS) for count in range(9)}
        assert by_guards == BY_GUARDS
        assert sum(by_guards.values()) == 131
        assert sum(len(valuations(row)) for row in ROWS) == VALUATIONS
        assert VALUATIONS * len(Role) == len(EVERYBODY) * 1_561 == 7_805

    @pytest.mark.parametrize("row", ROWS, ids=lambda row: row.title)
    def test_decided_so(self, switches: Switches, row: Expanded) -> None:
        example = FIRST[row.title]
        story = before(example)
        story.table = switches.table
        wanted = command(example.ask, story).command
        cases = 0
        for failing, who in product(valuations(row), EVERYBODY):
            cases += 1
            switches.failing = failing
            decision = story.decided(wanted, who)
            expected = reasons(row, who, failing)
            if expected:
                assert codes(decision) == expected
            else:
                assert isinstance(decision, Accepted)
                assert word(decision.before) == row.status
                assert word(decision.after) == example.to
        assert cases == 2 ** len(row.guards) * 5


# --- real enrollments -----------------------------------------------------------------------------


class TestWorkedExamples:
    """Every row in every status has an example, named after it; it leads wherever the row can."""

    def test_named_after_the_rows(self) -> None:
        assert sorted({example.title for example in EXAMPLES}) == sorted(GOLDEN)
        assert len(FIRST) == len(GOLDEN) == 131
        assert len(EXAMPLES) == 191

    @pytest.mark.parametrize("title", GOLDEN)
    def test_example(self, title: str) -> None:
        row, examples = GOLDEN[title], [each for each in EXAMPLES if each.title == title]
        for example in examples:
            self._holds(example, row)

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

    @pytest.mark.parametrize("row", ROWS, ids=lambda row: row.title)
    def test_every_status_that_it_leads_to(self, row: Expanded) -> None:
        found = {example.to for example in EXAMPLES if example.title == row.title}
        if row.command != "strike":
            assert found == row.to
        else:
            assert found <= row.to

    def test_how_many_pairs_of_row_and_status_there_are(self) -> None:
        others = [row for row in ROWS if row.command != "strike"]
        assert len(others) == 120
        assert sum(len(row.to) for row in others) == 179

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
        assert (len(pairs), len(found), len(NEVER_STRUCK)) == (121, 69, 52)

    @pytest.mark.parametrize("struck", STRIKES, ids=lambda struck: f"{struck.status}-{struck.to}")
    def test_leads_there(self, struck: Struck) -> None:
        decision = asked(told(struck.tale, world=struck.world), struck.ask)
        assert isinstance(decision, Accepted)
        assert (word(decision.before), word(decision.after)) == (struck.status, struck.to)


class TestRealValuations:
    """Every valuation that can be, by real enrollments and every role; the others by the reason why not."""

    def test_how_many_there_are(self) -> None:
        possible = [is_possible(row.title, each) for row in ROWS for each in valuations(row)]
        assert len(possible) == VALUATIONS == 1_561
        assert sum(possible) == 1_116
        assert sum(possible) * len(Role) == 5_580

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
        assert (len(pairs), len(fails), len(IMPOSSIBLE)) == (300, 282, 18)

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


class TestActors:
    """Who may: nobody for themselves, nobody out of scope, no inactive learner (W1, W3, R10)."""

    @pytest.mark.parametrize("row", ROWS, ids=lambda row: row.title)
    def test_nobody_for_himself(self, row: Expanded) -> None:
        story = before(FIRST[row.title])
        wanted = command(FIRST[row.title].ask, story).command
        for role in sorted(row.roles):
            decision = story.decided(wanted, f"{role}:ann")
            if row.himself:
                assert isinstance(decision, Accepted)
            else:
                assert codes(decision) == ["nobody_for_himself"]

    @pytest.mark.parametrize("row", ROWS, ids=lambda row: row.title)
    def test_nobody_out_of_his_scope(self, row: Expanded) -> None:
        story = before(FIRST[row.title])
        wanted = command(FIRST[row.title].ask, story).command
        for role in sorted(row.roles):
            who = Actor(role=Role(role), id="bob", scope=SOUTH)
            assert codes(story.decided(wanted, who)) == ["out_of_scope"]

    def test_how_many_nobody_gives_for_himself(self) -> None:
        barred = [row for row in ROWS if not row.himself]
        assert len(barred) == 48
        assert {row.command for row in barred} == {
            "approve_access", "deny_access", "approve_evidence", "deny_evidence", "approve_exam",
            "deny_exam", "grant_attempts", "deny_attempts", "override_payment",
            "override_training", "override_exam", "award", "extend_certificate",
            "extend_deadline",
        }  # fmt: skip

    @pytest.mark.parametrize("row", ROWS, ids=lambda row: row.title)
    def test_an_inactive_learner(self, row: Expanded) -> None:
        """His own commands are refused, and of others' those that R10 names."""
        named = {1, 2, 3, 4, 6, 7, 10, 25, 26, 27}
        example = FIRST[row.title]
        story = told(f"{example.tale}; inactive", world=example.world)
        wanted = command(example.ask, story).command
        assert (row.number in named) is (learner_is_active.code in row.guards)
        for role in sorted(row.roles):
            decision = story.decided(wanted, "learner:ann" if role == "learner" else f"{role}:eva")
            if role == "learner" or row.number in named:
                assert codes(decision) == ["learner_is_active"]
            else:
                assert isinstance(decision, Accepted)

    def test_learners_have_commands_beside_those_that_are_named(self) -> None:
        numbers = {row.number for row in ROWS if "learner" in row.roles}
        assert numbers == {2, 3, 6, 10, 12, 19, 25, 26, 27, 38}

    @pytest.mark.parametrize(
        "row", [row for row in ROWS if "approver" in row.roles], ids=lambda row: row.title
    )
    def test_approvers_are_whom_the_policy_names(self, row: Expanded) -> None:
        example = FIRST[row.title]
        story = told(example.tale, world=example.world)
        wanted = command(example.ask, story)
        assert USUAL[row.command] == wanted.by == "approver:bo"
        admins = told(f"{example.tale}; use +admins_approve", world=example.world)
        assert codes(admins.decided(wanted.command, "approver:bo")) == ["role_may_not"]
        assert isinstance(admins.decided(wanted.command, "admin:eva"), Accepted)
