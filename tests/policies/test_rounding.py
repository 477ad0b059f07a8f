"""P1: a computed last valid day may be rounded up, as the last step; given days never are."""

from __future__ import annotations

import calendar
from datetime import date

import pytest

from certlib.periods import Period
from certlib.policies import (
    FromCompletion,
    FromExpiry,
    Policy,
    Previous,
    Recertification,
    Rounding,
    Terms,
    terms_of,
)

YEAR = Period.parse("P1Y")
MONTH = Period.parse("P1M")
WINDOW = Recertification(window=Period.parse("P3M"))


def completion(period: str, to: Rounding) -> Policy:
    return Policy(validity=FromCompletion(period=Period.parse(period), round_up_to=to))


def expiry(period: str, to: Rounding, rule: Recertification = WINDOW) -> Policy:
    validity = FromExpiry(period=Period.parse(period), round_up_to=to)
    return Policy(validity=validity, recertification=rule)


def in_force(terms: Terms, last_valid_day: date | None = None) -> Previous:
    return Previous(
        terms=terms, last_valid_day=last_valid_day or terms.last_valid_day, in_force=True
    )


class TestUp:
    @pytest.mark.parametrize(
        ("to", "day", "up"),
        [
            (Rounding.MONTH, date(2025, 2, 10), date(2025, 2, 28)),
            (Rounding.MONTH, date(2024, 2, 29), date(2024, 2, 29)),
            (Rounding.MONTH, date(2025, 12, 31), date(2025, 12, 31)),
            (Rounding.QUARTER, date(2025, 1, 1), date(2025, 3, 31)),
            (Rounding.QUARTER, date(2025, 3, 31), date(2025, 3, 31)),
            (Rounding.QUARTER, date(2025, 4, 1), date(2025, 6, 30)),
            (Rounding.QUARTER, date(2025, 8, 15), date(2025, 9, 30)),
            (Rounding.QUARTER, date(2025, 10, 1), date(2025, 12, 31)),
            (Rounding.YEAR, date(2025, 1, 1), date(2025, 12, 31)),
            (Rounding.YEAR, date(2025, 12, 31), date(2025, 12, 31)),
        ],
    )
    def test_to_the_end_of_what(self, to: Rounding, day: date, up: date) -> None:
        assert to.up(day) == up

    @pytest.mark.parametrize("to", list(Rounding))
    def test_it_is_never_earlier_and_stays_when_done_again(self, to: Rounding) -> None:
        for month in range(1, 13):
            for day in (1, 15, calendar.monthrange(2024, month)[1]):
                up = to.up(date(2024, month, day))
                assert up >= date(2024, month, day)
                assert to.up(up) == up


class TestFromCompletion:
    @pytest.mark.parametrize(
        ("to", "last"),
        [
            (Rounding.MONTH, date(2026, 5, 31)),
            (Rounding.QUARTER, date(2026, 6, 30)),
            (Rounding.YEAR, date(2026, 12, 31)),
        ],
    )
    def test_the_last_valid_day_and_the_baseline_are_rounded(
        self, to: Rounding, last: date
    ) -> None:
        terms = terms_of(completion("P1Y", to), issued_on=date(2025, 5, 10))
        assert (terms.baseline, terms.last_valid_day) == (last, last)

    def test_it_is_the_last_step_of_a_compound_period(self) -> None:
        # 30 January + 1 month = 28 February, + 5 days = 5 March; were it rounded before: 5 March too,
        # but with 27 days: 27 March, and not 31 March.
        terms = terms_of(completion("P1M27D", Rounding.MONTH), issued_on=date(2025, 1, 30))
        assert terms.last_valid_day == date(2025, 3, 31)
        far = terms_of(completion("P1M32D", Rounding.MONTH), issued_on=date(2025, 1, 30))
        assert far.last_valid_day == date(2025, 4, 30)  # 28 February + 32 days = 1 April

    def test_a_day_that_is_an_end_already_stays(self) -> None:
        terms = terms_of(completion("P1Y", Rounding.MONTH), issued_on=date(2024, 2, 29))
        assert terms.last_valid_day == date(2025, 2, 28)

    def test_a_renewal_counts_from_its_own_completion(self) -> None:
        rule = completion("P1Y", Rounding.QUARTER)
        first = terms_of(rule, issued_on=date(2025, 1, 10))
        second = terms_of(rule, issued_on=date(2026, 4, 1), previous=in_force(first))
        assert second.last_valid_day == date(2027, 6, 30)


class TestFromExpiry:
    def test_renewals_count_from_the_rounded_baseline(self) -> None:
        rule = expiry("P1Y", Rounding.QUARTER)
        first = terms_of(rule, issued_on=date(2025, 1, 10))
        assert (first.baseline, first.window_opens_on) == (date(2026, 3, 31), date(2025, 12, 31))
        second = terms_of(rule, issued_on=date(2026, 1, 5), previous=in_force(first))
        assert second.last_valid_day == date(2027, 3, 31)
        third = terms_of(rule, issued_on=date(2027, 3, 31), previous=in_force(second))
        assert third.last_valid_day == date(2028, 3, 31)

    def test_months_that_are_rounded_each_time(self) -> None:
        rule = expiry("P1M", Rounding.MONTH, Recertification())
        terms = terms_of(rule, issued_on=date(2025, 1, 10))
        ends = [terms.last_valid_day]
        for day in (date(2025, 2, 20), date(2025, 3, 20), date(2025, 4, 20)):
            terms = terms_of(rule, issued_on=day, previous=in_force(terms))
            ends.append(terms.last_valid_day)
        assert ends == [date(2025, 2, 28), date(2025, 3, 31), date(2025, 4, 30), date(2025, 5, 31)]

    def test_late_it_counts_from_the_completion_and_is_rounded_again(self) -> None:
        rule = expiry("P1Y", Rounding.QUARTER)
        first = terms_of(rule, issued_on=date(2025, 1, 10))
        over = Previous(terms=first, last_valid_day=first.last_valid_day, in_force=False)
        terms = terms_of(rule, issued_on=date(2026, 4, 1), previous=over)
        assert terms.last_valid_day == date(2027, 6, 30)

    def test_before_the_window_the_baseline_stays_as_it_is(self) -> None:
        rule = expiry("P1Y", Rounding.YEAR)
        given = terms_of(rule, issued_on=date(2025, 1, 10), last_valid_day=date(2026, 5, 20))
        terms = terms_of(rule, issued_on=date(2025, 8, 1), previous=in_force(given))
        assert (terms.baseline, terms.last_valid_day) == (date(2026, 5, 20), date(2026, 5, 20))


class TestWhatIsGiven:
    RULE = expiry("P1Y", Rounding.QUARTER)

    def test_an_explicit_day_is_not_rounded(self) -> None:
        terms = terms_of(self.RULE, issued_on=date(2025, 1, 10), last_valid_day=date(2026, 5, 20))
        assert (terms.baseline, terms.last_valid_day) == (date(2026, 5, 20), date(2026, 5, 20))

    def test_what_follows_an_explicit_day_is(self) -> None:
        given = terms_of(self.RULE, issued_on=date(2025, 1, 10), last_valid_day=date(2026, 5, 20))
        terms = terms_of(self.RULE, issued_on=date(2026, 5, 1), previous=in_force(given))
        assert terms.last_valid_day == date(2027, 6, 30)

    def test_an_extension_that_is_kept_is_not(self) -> None:
        first = terms_of(self.RULE, issued_on=date(2025, 1, 10))
        extended = in_force(first, date(2027, 8, 15))
        terms = terms_of(self.RULE, issued_on=date(2026, 2, 1), previous=extended)
        assert (terms.baseline, terms.last_valid_day) == (date(2027, 3, 31), date(2027, 8, 15))
