"""P1: each validity rule, and what holds for all of them (P1-P3, T3c, T4, T5b)."""

from __future__ import annotations

from datetime import date

import pytest
from attrs import evolve

from certlib.errors import InvalidPolicyError, InvalidValueError, OutOfRangeError
from certlib.periods import Period
from certlib.policies import (
    ANY_TIME,
    AnnualDate,
    BeforeWindow,
    ByHost,
    FixedDates,
    Forever,
    FromCompletion,
    FromExpiry,
    Grace,
    PerCertificate,
    Policy,
    Previous,
    Recertification,
    Terms,
    Validity,
    terms_of,
)
from certlib.policies._recertification import Window

YEAR = Period.parse("P1Y")


def policy(
    validity: Validity,
    *,
    window: Window = ANY_TIME,
    before: BeforeWindow = BeforeWindow.IGNORED,
    grace: str = "P0D",
    counts: bool = False,
) -> Policy:
    return Policy(
        validity=validity,
        grace=Grace(period=Period.parse(grace), counts_as_certified=counts),
        recertification=Recertification(window=window, before_window=before),
    )


def renewed(policy_: Policy, first: date, *renewals: date) -> Terms:
    """Return the terms after an award and renewals, each while the one before may still be in force."""
    terms = terms_of(policy_, issued_on=first)
    for day in renewals:
        ends = terms.last_valid_day
        if terms.grace_counts:
            ends = terms.last_grace_day(ends) or ends
        previous = Previous(
            terms=terms,
            last_valid_day=terms.last_valid_day,
            in_force=ends is None or day <= ends,
        )
        terms = terms_of(policy_, issued_on=day, previous=previous)
    return terms


class TestFromCompletion:
    def test_a_period_from_the_day_of_completion(self) -> None:
        terms = terms_of(policy(FromCompletion(period=YEAR)), issued_on=date(2024, 3, 15))
        assert (terms.baseline, terms.last_valid_day) == (date(2025, 3, 15), date(2025, 3, 15))

    def test_a_renewal_never_shortens(self) -> None:
        before = terms_of(
            policy(FromCompletion(period=Period.parse("P3Y"))), issued_on=date(2022, 4, 5)
        )
        previous = Previous(terms=before, last_valid_day=before.last_valid_day, in_force=True)
        terms = terms_of(
            policy(FromCompletion(period=YEAR)), issued_on=date(2023, 6, 1), previous=previous
        )
        assert (terms.baseline, terms.last_valid_day) == (date(2025, 4, 5), date(2025, 4, 5))

    def test_a_certificate_that_is_over_holds_nothing_up(self) -> None:
        before = terms_of(
            policy(FromCompletion(period=Period.parse("P3Y"))), issued_on=date(2022, 4, 5)
        )
        previous = Previous(terms=before, last_valid_day=date(2023, 1, 1), in_force=False)
        terms = terms_of(
            policy(FromCompletion(period=YEAR)), issued_on=date(2023, 6, 1), previous=previous
        )
        assert terms.last_valid_day == date(2024, 6, 1)

    def test_a_period_of_nothing_is_refused(self) -> None:
        with pytest.raises(InvalidPolicyError, match="a period longer than nothing"):
            FromCompletion(period=Period())


class TestFromExpiry:
    RULE = policy(FromExpiry(period=YEAR), window=Period.parse("P2M"))

    @pytest.mark.parametrize(
        ("renewal", "last"),
        [
            (date(2023, 5, 30), date(2023, 7, 31)),  # the day before the window opens
            (date(2023, 5, 31), date(2024, 7, 31)),  # its first day
            (date(2023, 7, 31), date(2024, 7, 31)),  # the last valid day
            (date(2023, 8, 1), date(2024, 8, 1)),  # the day after: late
        ],
    )
    def test_before_in_and_after_the_window(self, renewal: date, last: date) -> None:
        assert renewed(self.RULE, date(2022, 7, 31), renewal).last_valid_day == last

    def test_before_the_window_under_renews(self) -> None:
        rule = policy(
            FromExpiry(period=YEAR), window=Period.parse("P2M"), before=BeforeWindow.RENEWS
        )
        assert renewed(rule, date(2022, 7, 31), date(2023, 1, 10)).last_valid_day == date(
            2024, 7, 31
        )

    @pytest.mark.parametrize(
        ("renewal", "counts", "last"),
        [
            (date(2024, 2, 11), False, date(2025, 2, 11)),
            (date(2024, 3, 11), True, date(2025, 2, 10)),  # the last grace day
            (date(2024, 3, 12), True, date(2025, 3, 12)),
        ],
    )
    def test_in_grace_it_is_late_unless_grace_counts(
        self, renewal: date, counts: bool, last: date
    ) -> None:
        rule = policy(
            FromExpiry(period=YEAR), window=Period.parse("P2M"), grace="P30D", counts=counts
        )
        assert renewed(rule, date(2023, 2, 10), renewal).last_valid_day == last

    def test_the_31st_comes_back(self) -> None:
        rule = policy(FromExpiry(period=Period.parse("P1M")), window=Period.parse("P10D"))
        terms = renewed(
            rule, date(2024, 12, 31), date(2025, 1, 28), date(2025, 2, 25), date(2025, 3, 30)
        )
        assert terms.last_valid_day == date(2025, 4, 30)
        assert renewed(
            rule,
            date(2024, 12, 31),
            date(2025, 1, 28),
            date(2025, 2, 25),
            date(2025, 3, 30),
            date(2025, 4, 30),
        ).last_valid_day == date(2025, 5, 31)

    def test_an_extension_is_kept_and_lends_no_days(self) -> None:
        rule = policy(FromExpiry(period=Period.parse("P1M")), window=Period.parse("P15D"))
        first = terms_of(rule, issued_on=date(2025, 1, 15))
        extended = Previous(terms=first, last_valid_day=date(2025, 5, 31), in_force=True)
        second = terms_of(rule, issued_on=date(2025, 2, 10), previous=extended)
        assert (second.baseline, second.last_valid_day) == (date(2025, 3, 15), date(2025, 5, 31))
        third = terms_of(
            rule,
            issued_on=date(2025, 5, 20),
            previous=Previous(terms=second, last_valid_day=second.last_valid_day, in_force=True),
        )
        assert (third.baseline, third.last_valid_day) == (date(2025, 6, 20), date(2025, 6, 20))

    def test_another_period_counts_from_the_baseline(self) -> None:
        first = terms_of(
            policy(FromExpiry(period=Period.parse("P1M"))), issued_on=date(2025, 1, 31)
        )
        previous = Previous(terms=first, last_valid_day=first.last_valid_day, in_force=True)
        terms = terms_of(self.RULE, issued_on=date(2025, 2, 28), previous=previous)
        assert terms.last_valid_day == date(2026, 2, 28)

    def test_after_one_that_never_ends_nothing_ends(self) -> None:
        first = terms_of(policy(Forever()), issued_on=date(2025, 1, 31))
        previous = Previous(terms=first, last_valid_day=None, in_force=True)
        assert (
            terms_of(self.RULE, issued_on=date(2026, 2, 28), previous=previous).last_valid_day
            is None
        )

    def test_an_explicit_day_is_the_anchor(self) -> None:
        first = terms_of(self.RULE, issued_on=date(2024, 5, 6), last_valid_day=date(2025, 8, 31))
        previous = Previous(terms=first, last_valid_day=first.last_valid_day, in_force=True)
        terms = terms_of(self.RULE, issued_on=date(2025, 7, 10), previous=previous)
        assert terms.last_valid_day == date(2026, 8, 31)

    def test_a_previous_one_with_a_baseline_of_its_own_kind(self) -> None:
        open_ended = terms_of(policy(ByHost()), issued_on=date(2024, 5, 6))
        over = Previous(terms=open_ended, last_valid_day=date(2024, 12, 31), in_force=False)
        terms = terms_of(self.RULE, issued_on=date(2025, 7, 10), previous=over)
        assert terms.last_valid_day == date(2026, 7, 10)


class TestFixedDates:
    RULE = policy(FixedDates(dates=(AnnualDate.parse("12-31"),), minimum=Period.parse("P3M")))

    @pytest.mark.parametrize(
        ("issued", "last"),
        [
            (date(2025, 3, 3), date(2025, 12, 31)),
            (date(2025, 9, 30), date(2025, 12, 31)),  # 30 September + 3 months = 30 December
            (date(2025, 10, 1), date(2026, 12, 31)),  # 1 January: too late for this year
            (date(2025, 12, 31), date(2026, 12, 31)),
        ],
    )
    def test_the_first_date_that_satisfies_the_minimum(self, issued: date, last: date) -> None:
        assert terms_of(self.RULE, issued_on=issued).last_valid_day == last

    def test_on_the_date_itself_the_next_years(self) -> None:
        rule = policy(FixedDates(dates=(AnnualDate.parse("06-30"),)))
        assert terms_of(rule, issued_on=date(2025, 6, 30)).last_valid_day == date(2026, 6, 30)

    def test_several_dates(self) -> None:
        rule = policy(FixedDates(dates=(AnnualDate.parse("06-30"), AnnualDate.parse("12-31"))))
        assert terms_of(rule, issued_on=date(2025, 2, 1)).last_valid_day == date(2025, 6, 30)
        assert terms_of(rule, issued_on=date(2025, 7, 1)).last_valid_day == date(2025, 12, 31)

    def test_a_renewal_in_the_window_goes_beyond_the_baseline(self) -> None:
        rule = policy(
            FixedDates(dates=(AnnualDate.parse("12-31"),), minimum=Period.parse("P1M")),
            window=Period.parse("P3M"),
        )
        assert renewed(rule, date(2024, 3, 1), date(2024, 9, 29)).last_valid_day == date(
            2024, 12, 31
        )
        assert renewed(rule, date(2024, 3, 1), date(2024, 9, 30)).last_valid_day == date(
            2025, 12, 31
        )

    def test_29_february(self) -> None:
        rule = policy(FixedDates(dates=(AnnualDate.parse("02-29"),)))
        assert terms_of(rule, issued_on=date(2024, 6, 15)).last_valid_day == date(2025, 2, 28)
        assert terms_of(rule, issued_on=date(2027, 6, 15)).last_valid_day == date(2028, 2, 29)

    def test_a_minimum_of_more_than_a_year(self) -> None:
        rule = policy(FixedDates(dates=(AnnualDate.parse("12-31"),), minimum=Period.parse("P18M")))
        assert terms_of(rule, issued_on=date(2025, 3, 1)).last_valid_day == date(2026, 12, 31)

    @pytest.mark.parametrize(
        "text", ["13-01", "02-30", "00-10", "1-1", "12-31-25", "", "12/31", "04-31"]
    )
    def test_a_day_that_no_year_has_is_refused(self, text: str) -> None:
        with pytest.raises(
            InvalidPolicyError, match=r"the annual date is .* a day of the year, MM-DD"
        ):
            AnnualDate.parse(text)

    def test_at_least_one_date(self) -> None:
        with pytest.raises(InvalidValueError, match="at least one item"):
            FixedDates(dates=())

    def test_how_a_date_is_shown(self) -> None:
        assert repr(AnnualDate.parse("02-09")) == "AnnualDate('02-09')"


class TestNoEnd:
    @pytest.mark.parametrize("rule", [Forever(), ByHost(), PerCertificate()])
    def test_none_is_absent_not_far_away(self, rule: Validity) -> None:
        terms = terms_of(policy(rule, grace="P30D"), issued_on=date(2025, 3, 3))
        assert terms.last_valid_day is None
        assert terms.baseline is None
        assert terms.last_grace_day(terms.last_valid_day) is None

    def test_an_explicit_day_is_taken_as_given_even_if_it_ends_sooner(self) -> None:
        first = terms_of(policy(Forever()), issued_on=date(2025, 1, 1))
        previous = Previous(terms=first, last_valid_day=None, in_force=True)
        terms = terms_of(
            policy(Forever()),
            issued_on=date(2025, 6, 1),
            previous=previous,
            last_valid_day=date(2025, 6, 30),
        )
        assert (terms.baseline, terms.last_valid_day, terms.explicit) == (
            date(2025, 6, 30),
            date(2025, 6, 30),
            True,
        )

    def test_always_valid(self) -> None:
        terms = terms_of(
            policy(FromCompletion(period=YEAR)), issued_on=date(2025, 1, 1), always_valid=True
        )
        assert terms.last_valid_day is None
        assert terms.explicit

    def test_by_host_after_an_explicit_day_is_open_again(self) -> None:
        first = terms_of(
            policy(ByHost()), issued_on=date(2025, 1, 1), last_valid_day=date(2025, 12, 31)
        )
        previous = Previous(terms=first, last_valid_day=first.last_valid_day, in_force=True)
        terms = terms_of(policy(ByHost()), issued_on=date(2025, 6, 1), previous=previous)
        assert terms.last_valid_day is None


class TestWindow:
    def test_any_time_opens_with_the_issue(self) -> None:
        terms = terms_of(policy(Forever()), issued_on=date(2025, 3, 3))
        assert terms.window_opens_on == date(2025, 3, 3)

    def test_a_period_before_an_end_that_never_comes_does_not_open(self) -> None:
        terms = terms_of(policy(Forever(), window=Period.parse("P2M")), issued_on=date(2025, 3, 3))
        assert terms.window_opens_on is None

    def test_never_before_the_issue(self) -> None:
        rule = policy(FromCompletion(period=Period.parse("P1M")), window=Period.parse("P6M"))
        assert terms_of(rule, issued_on=date(2025, 3, 3)).window_opens_on == date(2025, 3, 3)

    def test_under_renews_a_window_that_never_opens_is_no_hindrance(self) -> None:
        rule = policy(
            FromExpiry(period=YEAR), before=BeforeWindow.RENEWS, window=Period.parse("P2M")
        )
        first = evolve(terms_of(rule, issued_on=date(2025, 1, 1)), window_opens_on=None)
        previous = Previous(terms=first, last_valid_day=first.last_valid_day, in_force=True)
        terms = terms_of(rule, issued_on=date(2025, 3, 1), previous=previous)
        assert terms.last_valid_day == date(2027, 1, 1)


class TestGrace:
    def test_the_last_grace_day_counts_from_the_last_valid_day(self) -> None:
        grace = Grace(period=Period.parse("P30D"))
        assert grace.last_day(date(2025, 12, 31)) == date(2026, 1, 30)
        assert grace.last_day(None) is None
        assert Grace().last_day(date(2025, 12, 31)) is None


class TestRange:
    """Years outside 1900 to 9000 are refused (T3)."""

    def test_the_last_year_is_in_and_the_next_is_not(self) -> None:
        rule = policy(FromCompletion(period=Period.parse("P6975Y")))
        assert terms_of(rule, issued_on=date(2025, 12, 31)).last_valid_day == date(9000, 12, 31)
        with pytest.raises(OutOfRangeError, match="the baseline is 9001-01-01"):
            terms_of(rule, issued_on=date(2026, 1, 1))

    def test_the_first_year(self) -> None:
        rule = policy(FromCompletion(period=YEAR))
        assert terms_of(rule, issued_on=date(1900, 1, 1)).last_valid_day == date(1901, 1, 1)
        with pytest.raises(OutOfRangeError, match="the date of issue is 1899-12-31"):
            terms_of(rule, issued_on=date(1899, 12, 31))

    def test_grace_is_in_range_too(self) -> None:
        rule = policy(FromCompletion(period=Period.parse("P6975Y")), grace="P1D")
        with pytest.raises(OutOfRangeError, match="the last grace day"):
            terms_of(rule, issued_on=date(2025, 12, 31))
