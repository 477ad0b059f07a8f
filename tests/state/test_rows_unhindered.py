"""R10 and P4: what closes a certification to newcomers stops no other row.

Deactivating a certification or retiring its versions changes no enrollment: it only closes guards,
those of few rows (requirements 4.3). Every row in every status is asked by its first worked example, after
the catalog has changed.
"""

from __future__ import annotations

from typing import Final

import pytest

from certlib.state import Refused
from tests.state.situations import FIRST, Example, asked, told

CHANGED: Final = {
    "closed": ("certification_is_active", {1, 2, 3, 4, 6}),
    "assigned_only": ("access_is_open", {2}),
    "eligibility": ("learner_is_eligible", {2}),
    "unpublished": ("version_is_published", {1, 2, 3, 4, 6, 25, 26, 27, 28}),
}
"""What changes in the catalog, the guard that it closes, and the rows that ask it (by their numbers)."""
WITHOUT_A_VERSION: Final = {
    "9 record payment while expired": ["fee_is_open"],
    "9 record payment while lapsed": ["fee_is_open"],
    "25 start recertification while certified": ["window_is_open"],
    **{title: ["deadline_is_there"] for title in FIRST if " beforehand " in title},
    **{title: ["version_can_be_chosen"] for title in FIRST if title.startswith("39 ")},
}
"""What else is refused while the only version is not published yet: there are no rules to go by.

An award is dated under it all the same (R10).
"""


@pytest.mark.parametrize("change", CHANGED)
@pytest.mark.parametrize("example", FIRST.values(), ids=lambda each: each.title)
def test_only_these_rows_are_stopped(example: Example, change: str) -> None:
    code, numbers = CHANGED[change]
    number = int(example.row.split()[0])
    expected = [code] * (number in numbers)
    if change == "unpublished":
        expected += WITHOUT_A_VERSION.get(example.title, [])
    decision = asked(told(f"{example.tale}; use +{change}", world=example.world), example.ask)
    found = [reason.code for reason in decision.reasons] if isinstance(decision, Refused) else []
    assert sorted(found) == sorted(expected)
