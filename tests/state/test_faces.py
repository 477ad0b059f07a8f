"""The faces `commands`, `facts` and `guards` offer just what the table uses, and commands say what fits."""

from __future__ import annotations

from typing import Final

import pytest

from certlib.state import TABLE, Command, Fact, Guard, commands, facts, guards
from certlib.state.commands import AboutRequest, AboutStep, DueDate

ROOTS: Final = {Command, AboutRequest, AboutStep, DueDate, Fact, Guard}
"""What the faces offer besides: what the kinds are made of."""
FREE: Final = {
    "until": "any later day",
    "expires_on": "any day from that of the award on",
    "passed": "yes or no",
    "reference": "whatever the host calls it",
    "path": "one of the step's; without it any path counts",
}
"""The fields that must be given, or that guards ask for, and that are no choice among a few things."""


def test_every_command_of_the_table_is_offered_and_no_other() -> None:
    assert {getattr(commands, name) for name in commands.__all__} - ROOTS == set(TABLE.commands)


def test_every_fact_of_the_table_is_offered_and_no_other() -> None:
    assert {getattr(facts, name) for name in facts.__all__} - ROOTS == set(TABLE.facts)


def test_every_guard_of_the_table_is_offered_and_no_other() -> None:
    assert {getattr(guards, name) for name in guards.__all__} - ROOTS == set(TABLE.guards)
    assert all(getattr(guards, guard.code) is guard for guard in TABLE.guards)


@pytest.mark.parametrize("kind", TABLE.commands, ids=lambda kind: kind.name)
def test_a_command_says_what_its_fields_may_be_given(kind: type[Command]) -> None:
    """A new command about one thing of a few that forgets to say which fails here."""
    asked = {
        name
        for row in TABLE.rows
        if row.command is kind
        for guard in row.when
        for name in guard.asks
    }
    own = {*kind.required_fields(), *(asked & set(kind.own_fields()))}
    optional = {"fee"} if "fee" not in kind.required_fields() else set[str]()  # a safeguard only
    assert own - optional - FREE.keys() <= {kind.chooses}
