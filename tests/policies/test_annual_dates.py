"""P1: which texts are annual dates, and the years that what they give lies in (T3)."""

from __future__ import annotations

from datetime import date

import pytest

from certlib.errors import InvalidPolicyError, OutOfRangeError
from certlib.periods import Period
from certlib.policies import AnnualDate, FixedDates, Issue, Policy, terms_of


@pytest.mark.parametrize("text", ["01-01", "01-31", "02-01", "02-29", "04-30", "12-01", "12-31"])
def test_the_first_and_the_last_days_of_months_are_days(text: str) -> None:
    assert str(AnnualDate.parse(text)) == text


@pytest.mark.parametrize("text", ["00-01", "13-01", "01-00", "01-32", "02-30", "04-31", "12-32"])
def test_those_beside_them_are_not(text: str) -> None:
    with pytest.raises(InvalidPolicyError, match="a day of the year, MM-DD"):
        AnnualDate.parse(text)


@pytest.mark.parametrize(
    ("minimum", "issued_on", "last"),
    [
        ("P0D", date(8999, 12, 31), date(9000, 1, 1)),
        ("P1Y", date(8999, 1, 1), date(9000, 1, 1)),
    ],
)
def test_the_last_year_that_there_is(minimum: str, issued_on: date, last: date) -> None:
    rule = FixedDates(dates=(AnnualDate.parse("01-01"),), minimum=Period.parse(minimum))
    assert terms_of(Policy(validity=rule), issued_on=issued_on).last_valid_day == last


def test_beyond_it_the_error_says_which_date() -> None:
    rule = FixedDates(dates=(AnnualDate.parse("12-31"),), minimum=Period.parse("P2Y"))
    with pytest.raises(OutOfRangeError, match="the last valid day is 9001-05-05"):
        rule.end(Issue(on=date(8999, 5, 5)))
