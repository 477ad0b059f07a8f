"""P12: what comes with each row for the host to tell, by the worked examples of the rows.

What somebody else decides about a learner is told, and what approvers wait for. What the learner or
the system does in the usual course is not, unless a certificate comes of it.
"""

from __future__ import annotations

from typing import Final

import pytest

from certlib.state import Accepted
from tests.state.golden_table import GOLDEN
from tests.state.situations import EXAMPLES, STRIKES, Example, Struck, asked, told

TELLS: Final = {line.title: line.tells for line in GOLDEN}


def kinds(world: str, tale: str, ask: str) -> list[str]:
    decision = asked(told(tale, world=world), ask)
    assert isinstance(decision, Accepted)
    return [notice.kind for notice in decision.notices]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda each: f"{each.title}, to {each.to}")
def test_with_each_row(example: Example) -> None:
    told_by_the_row = TELLS[example.row]
    expected = [] if told_by_the_row is None else [told_by_the_row]
    expected += ["certified"] * ("certificate_issued" in example.tags)
    assert kinds(example.world, example.tale, example.ask) == expected


@pytest.mark.parametrize("struck", STRIKES, ids=lambda each: f"{each.status}-{each.to}")
def test_a_strike_tells_nothing_unless_a_certificate_comes_of_it(struck: Struck) -> None:
    decision = asked(told(struck.tale, world=struck.world), struck.ask)
    assert isinstance(decision, Accepted)
    issued = [event for event in decision.events if event.fact.tag == "certificate_issued"]
    assert [notice.kind for notice in decision.notices] == ["certified"] * len(issued)
