"""P12: what comes with each row for the host to tell, by the worked examples of the rows."""

from __future__ import annotations

from typing import Final

import pytest

from certlib.state import Accepted
from tests.state.situations import EXAMPLES, STRIKES, Example, Struck, asked, told

TOLD: Final = {
    "1 assign": "assigned",
    "3 request access": "access_requested",
    "4 approve access": "access_approved",
    "5 deny access": "access_denied",
    "8 override payment": "fee_waived",
    "12 submit evidence": "evidence_submitted",
    "13 approve evidence": "evidence_approved",
    "14 deny evidence": "evidence_denied",
    "16 record exam": "exam_recorded",
    "17 approve exam": "exam_approved",
    "18 deny exam": "exam_denied",
    "19 request attempts": "attempts_requested",
    "20 grant attempts": "attempts_granted",
    "20 deny attempts": "attempts_denied",
    "21 override training": "training_overridden",
    "22 override exam": "exam_overridden",
    "23 override exam payment": "fee_waived",
    "24 override recertification payment": "fee_waived",
    "28 force recertification": "recertification_forced",
    "29 permanently revoke": "permanently_revoked",
    "30 restore access": "access_restored",
    "31 revoke access": "access_revoked",
    "32 remove": "removed",
    "33 unassign": "unassigned",
    "34 award": "certified",
    "35 extend certificate": "certificate_extended",
    "35 extend certificate while approvals wait": "certificate_extended",
    "36 extend deadline": "deadline_extended",
    "36 extend deadline beforehand": "deadline_extended",
    "39 move to version": "version_changed",
}
"""What somebody else decides about a learner, and what approvers wait for.

What the learner or the system does in the usual course is told by nothing, unless a certificate comes of it.
"""


def kinds(world: str, tale: str, ask: str) -> list[str]:
    decision = asked(told(tale, world=world), ask)
    assert isinstance(decision, Accepted)
    return [notice.kind for notice in decision.notices]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda each: f"{each.title}, to {each.to}")
def test_with_each_row(example: Example) -> None:
    expected = [TOLD[example.row]] if example.row in TOLD else []
    expected += ["certified"] * ("certificate_issued" in example.tags)
    assert kinds(example.world, example.tale, example.ask) == expected


@pytest.mark.parametrize("struck", STRIKES, ids=lambda each: f"{each.status}-{each.to}")
def test_a_strike_tells_nothing_unless_a_certificate_comes_of_it(struck: Struck) -> None:
    decision = asked(told(struck.tale, world=struck.world), struck.ask)
    assert isinstance(decision, Accepted)
    issued = [event for event in decision.events if event.fact.tag == "certificate_issued"]
    assert [notice.kind for notice in decision.notices] == ["certified"] * len(issued)


def test_every_row_that_tells_has_an_example() -> None:
    assert set(TOLD) <= {example.row for example in EXAMPLES}
