"""P13: new dates of a certificate, and what they may not take away."""

from __future__ import annotations

from datetime import date

import pytest
from attrs import evolve

from certlib.errors import OutOfRangeError
from certlib.periods import Period
from certlib.policies import FromCompletion, Grace, Policy, redated, terms_of

YEAR = Policy(validity=FromCompletion(period=Period.parse("P1Y")))
TERMS = terms_of(YEAR, issued_on=date(2025, 3, 3))
"""Through 3 March 2026."""


@pytest.mark.parametrize(
    ("former", "moved_on", "last"),
    [
        (date(2025, 9, 3), date(2025, 6, 1), date(2026, 3, 3)),  # a longer one
        (date(2028, 3, 3), date(2025, 6, 1), date(2026, 3, 3)),  # a shorter one, still ahead
        (date(2028, 3, 3), date(2026, 3, 3), date(2026, 3, 3)),  # it ends on the day of the move
        (date(2028, 3, 3), date(2026, 3, 4), date(2026, 3, 4)),  # not before that day is over
        (date(2028, 3, 3), date(2027, 1, 1), date(2027, 1, 1)),
        (date(2026, 5, 1), date(2027, 1, 1), date(2026, 5, 1)),  # nor before its former last day
        (date(2026, 1, 1), date(2027, 1, 1), date(2026, 3, 3)),  # over, and it stays over
        (date(2025, 9, 3), date(2025, 12, 1), date(2026, 3, 3)),  # over, and in force again
        (None, date(2027, 1, 1), date(2027, 1, 1)),  # it had no end
        (None, date(2025, 6, 1), date(2026, 3, 3)),
    ],
)
def test_it_never_ends_before_the_move_or_its_former_day(
    former: date | None, moved_on: date, last: date
) -> None:
    terms = redated(TERMS, former=former, moved_on=moved_on)
    assert terms == evolve(TERMS, last_valid_day=last)


def test_what_does_not_end_is_not_ended() -> None:
    forever = terms_of(Policy(), issued_on=date(2025, 3, 3))
    assert redated(forever, former=date(2026, 3, 3), moved_on=date(2025, 6, 1)) is forever


def test_the_grace_after_it_is_within_the_years() -> None:
    policy = evolve(YEAR, grace=Grace(period=Period.parse("P1D")))
    terms = terms_of(policy, issued_on=date(2025, 3, 3))
    with pytest.raises(OutOfRangeError, match="the last grace day is 9001-01-01"):
        redated(terms, former=None, moved_on=date(9000, 12, 31))
