"""P1, T4: from where the end of a certificate is counted, and the years that all of it lies in."""

from __future__ import annotations

from datetime import date

import pytest

from certlib.errors import OutOfRangeError
from certlib.periods import Period
from certlib.policies import (
    AnnualDate,
    End,
    FixedDates,
    FromCompletion,
    FromExpiry,
    Issue,
    Policy,
    Previous,
    Recertification,
    Renewed,
    Rounding,
    terms_of,
)

YEAR = Period.parse("P1Y")
BY_EXPIRY = Policy(validity=FromExpiry(period=YEAR))


def test_an_explicit_day_is_the_anchor_of_what_follows() -> None:
    terms = terms_of(BY_EXPIRY, issued_on=date(2024, 1, 10), last_valid_day=date(2024, 2, 29))
    assert (terms.anchor, terms.periods, terms.period) == (date(2024, 2, 29), 0, None)
    renewals = []
    for year in (2024, 2025, 2026, 2027):
        previous = Previous(terms=terms, last_valid_day=terms.last_valid_day, in_force=True)
        terms = terms_of(BY_EXPIRY, issued_on=date(year, 2, 20), previous=previous)
        renewals.append(terms.last_valid_day)
    assert renewals == [date(2025, 2, 28), date(2026, 2, 28), date(2027, 2, 28), date(2028, 2, 29)]


def test_always_valid_has_no_anchor() -> None:
    terms = terms_of(BY_EXPIRY, issued_on=date(2024, 1, 10), always_valid=True)
    assert (terms.baseline, terms.anchor, terms.periods) == (None, None, 0)


@pytest.mark.parametrize(
    ("annual", "anchor", "baseline"),
    [
        # A day earlier, the renewal would shorten: the baseline stays, and its anchor with it.
        ("02-27", date(2024, 2, 29), date(2025, 2, 28)),
        # The same day: nothing is shortened, and the rule that gave it is that of annual dates.
        ("02-28", None, date(2025, 2, 28)),
        ("03-01", None, date(2025, 3, 1)),
    ],
)
def test_the_anchor_stays_only_where_the_renewal_would_shorten(
    annual: str, anchor: date | None, baseline: date
) -> None:
    window = Recertification(window=Period.parse("P1M"))
    first = terms_of(
        Policy(validity=FromCompletion(period=YEAR), recertification=window),
        issued_on=date(2024, 2, 29),
    )
    assert first.last_valid_day == date(2025, 2, 28)
    policy = Policy(validity=FixedDates(dates=(AnnualDate.parse(annual),)), recertification=window)
    previous = Previous(terms=first, last_valid_day=first.last_valid_day, in_force=True)
    terms = terms_of(policy, issued_on=date(2024, 12, 1), previous=previous)
    assert (terms.baseline, terms.anchor) == (baseline, anchor)


def test_without_an_expiry_to_count_from_it_is_the_completion() -> None:
    # Nothing that is always valid gets here by itself; the rule is total all the same (P1).
    rule = FromExpiry(period=YEAR)
    for in_window in (True, False):
        renewed = Renewed(baseline=End(day=None), on_time=True, in_window=in_window)
        assert rule.end(Issue(on=date(2025, 3, 3), renewed=renewed)).day == date(2026, 3, 3)


def test_a_day_kept_from_the_one_before_lies_within_the_years_too() -> None:
    policy = Policy(validity=FromCompletion(period=YEAR))
    first = terms_of(policy, issued_on=date(2024, 3, 3))
    previous = Previous(terms=first, last_valid_day=date(9001, 1, 1), in_force=True)
    with pytest.raises(OutOfRangeError, match="the last valid day is 9001-01-01"):
        terms_of(policy, issued_on=date(2025, 1, 1), previous=previous)


@pytest.mark.parametrize("rule", [FromCompletion, FromExpiry])
def test_a_rounded_end_is_the_anchor_of_what_follows(
    rule: type[FromCompletion | FromExpiry],
) -> None:
    policy = Policy(validity=rule(period=YEAR, round_up_to=Rounding.MONTH))
    terms = terms_of(policy, issued_on=date(2024, 2, 10))
    assert terms.baseline == date(2025, 2, 28)
    assert (terms.anchor, terms.periods, terms.period) == (date(2025, 2, 28), 0, YEAR)
    unrounded = terms_of(Policy(validity=rule(period=YEAR)), issued_on=date(2024, 2, 10))
    assert (unrounded.anchor, unrounded.periods, unrounded.period) == (date(2024, 2, 10), 1, YEAR)
