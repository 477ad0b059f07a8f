"""R10 and P4: what closes a certification to newcomers stops no other row.

Deactivating a certification or retiring its versions changes no enrollment: it only closes guards,
those of few rows. Every row in every status is asked by its first worked example, after the catalog
has changed.
"""

from __future__ import annotations

from typing import Final

import pytest

from certlib.state import Refused
from tests.state.golden_table import Expanded, expanded
from tests.state.situations import FIRST, asked, told

CHANGED: Final = {
    "closed": "certification_is_active",
    "assigned_only": "access_is_open",
    "eligibility": "learner_is_eligible",
    "unpublished": "version_is_published",
}
"""What changes in the catalog, and the guard that it closes."""
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
@pytest.mark.parametrize("row", expanded(), ids=lambda row: row.title)
def test_only_the_rows_that_ask_are_stopped(row: Expanded, change: str) -> None:
    expected = [CHANGED[change]] * (CHANGED[change] in row.guards)
    if change == "unpublished":
        expected += WITHOUT_A_VERSION.get(row.title, [])
    example = FIRST[row.title]
    decision = asked(told(f"{example.tale}; use +{change}", world=example.world), example.ask)
    found = [reason.code for reason in decision.reasons] if isinstance(decision, Refused) else []
    assert sorted(found) == sorted(expected)
