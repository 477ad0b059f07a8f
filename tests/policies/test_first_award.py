"""P1: the rule of the first award, and the due date that stands in for the previous expiry."""

from __future__ import annotations

from datetime import date

import pytest

from certlib.periods import Period
from certlib.policies import (
    AnnualDate,
    DueDay,
    FixedDates,
    FromCompletion,
    FromExpiry,
    Policy,
    Previous,
    Rounding,
    Terms,
    Validity,
    terms_of,
)

YEAR = Period.parse("P1Y")
TWO_YEARS = Period.parse("P2Y")
BY_EXPIRY = Policy(validity=FromExpiry(period=YEAR))


def after(terms: Terms, *, in_force: bool = True) -> Previous:
    return Previous(terms=terms, last_valid_day=terms.last_valid_day, in_force=in_force)


class TestTheRuleOfTheFirst:
    POLICY = Policy(
        validity=FromCompletion(period=YEAR), first_validity=FromCompletion(period=TWO_YEARS)
    )

    def test_the_first_by_the_one_and_renewals_by_the_other(self) -> None:
        first = terms_of(self.POLICY, issued_on=date(2025, 3, 3))
        assert first.last_valid_day == date(2027, 3, 3)
        second = terms_of(self.POLICY, issued_on=date(2027, 3, 1), previous=after(first))
        assert second.last_valid_day == date(2028, 3, 1)

    def test_after_one_that_is_over_it_is_no_first(self) -> None:
        first = terms_of(self.POLICY, issued_on=date(2025, 3, 3))
        over = after(first, in_force=False)
        terms = terms_of(self.POLICY, issued_on=date(2030, 1, 1), previous=over)
        assert terms.last_valid_day == date(2031, 1, 1)

    def test_after_a_revoked_one_it_is_no_first_either(self) -> None:
        # A revoked certificate is no base, so there is no previous one; but it came before.
        terms = terms_of(self.POLICY, issued_on=date(2025, 3, 3), previous=None, first=False)
        assert terms.last_valid_day == date(2026, 3, 3)

    def test_an_explicit_day_beats_it(self) -> None:
        terms = terms_of(self.POLICY, issued_on=date(2025, 3, 3), last_valid_day=date(2025, 12, 31))
        assert terms.last_valid_day == date(2025, 12, 31)

    def test_without_one_the_rule_is_the_same_for_all(self) -> None:
        rule = FromCompletion(period=YEAR)
        assert Policy(validity=rule).validity_of(first=True) is rule
        assert Policy(validity=rule).validity_of(first=False) is rule
        assert self.POLICY.validity_of(first=True) is self.POLICY.first_validity
        assert self.POLICY.validity_of(first=False) is self.POLICY.validity

    def test_a_renewal_that_would_be_shorter_keeps_the_day(self) -> None:
        first = terms_of(self.POLICY, issued_on=date(2025, 3, 3))
        early = terms_of(self.POLICY, issued_on=date(2025, 6, 1), previous=after(first))
        assert early.last_valid_day == date(2027, 3, 3)


class TestTheDueDate:
    """It stands in for the previous expiry while its day, or that of an extension, is not over."""

    DUE = DueDay(on=date(2025, 6, 30), last_day=date(2025, 6, 30))
    EXTENDED = DueDay(on=date(2025, 6, 30), last_day=date(2025, 7, 31))

    @pytest.mark.parametrize(
        ("issued", "due", "last"),
        [
            (date(2025, 3, 1), DUE, date(2026, 6, 30)),
            (date(2025, 6, 30), DUE, date(2026, 6, 30)),  # the due day itself
            (date(2025, 7, 1), DUE, date(2026, 7, 1)),  # the day after: from the completion
            (date(2025, 7, 1), EXTENDED, date(2026, 6, 30)),
            (date(2025, 7, 31), EXTENDED, date(2026, 6, 30)),  # the extended day, without it
            (date(2025, 8, 1), EXTENDED, date(2026, 8, 1)),
        ],
    )
    def test_up_to_its_day_and_after(self, issued: date, due: DueDay, last: date) -> None:
        terms = terms_of(BY_EXPIRY, issued_on=issued, due=due)
        assert (terms.baseline, terms.last_valid_day) == (last, last)

    @pytest.mark.parametrize(
        ("on", "last"),
        [
            (date(2024, 6, 2), date(2025, 6, 2)),  # it lies after the completion, if by a day
            (date(2024, 6, 1), date(2026, 6, 1)),  # on the day of completion: not after it
            (date(2022, 1, 1), date(2026, 6, 1)),
        ],
    )
    def test_where_it_would_not_lie_after_the_completion(self, on: date, last: date) -> None:
        due = DueDay(on=on, last_day=date(2025, 12, 31))
        assert terms_of(BY_EXPIRY, issued_on=date(2025, 6, 1), due=due).last_valid_day == last

    def test_renewals_count_on_from_the_due_date(self) -> None:
        due = DueDay(on=date(2024, 2, 29), last_day=date(2024, 2, 29))
        terms = terms_of(BY_EXPIRY, issued_on=date(2024, 1, 10), due=due)
        ends = [terms.last_valid_day]
        for year in (2025, 2026, 2027):
            terms = terms_of(BY_EXPIRY, issued_on=date(year, 2, 20), previous=after(terms))
            ends.append(terms.last_valid_day)
        assert ends == [date(2025, 2, 28), date(2026, 2, 28), date(2027, 2, 28), date(2028, 2, 29)]

    def test_what_it_gives_is_rounded(self) -> None:
        rule = Policy(validity=FromExpiry(period=YEAR, round_up_to=Rounding.YEAR))
        assert terms_of(rule, issued_on=date(2025, 6, 1), due=self.DUE).last_valid_day == date(
            2026, 12, 31
        )

    @pytest.mark.parametrize(
        "rule",
        [FromCompletion(period=YEAR), FixedDates(dates=(AnnualDate.parse("12-31"),))],
        ids=["from completion", "fixed dates"],
    )
    def test_other_rules_do_not_ask_for_it(self, rule: Validity) -> None:
        policy = Policy(validity=rule)
        issued = date(2025, 6, 1)
        assert terms_of(policy, issued_on=issued, due=self.DUE) == terms_of(
            policy, issued_on=issued
        )

    def test_it_goes_by_the_rule_of_the_first(self) -> None:
        policy = Policy(
            validity=FromCompletion(period=YEAR), first_validity=FromExpiry(period=YEAR)
        )
        terms = terms_of(policy, issued_on=date(2025, 6, 1), due=self.DUE)
        assert terms.last_valid_day == date(2026, 6, 30)

    def test_only_the_first_time(self) -> None:
        issued = date(2025, 6, 1)
        first = terms_of(BY_EXPIRY, issued_on=date(2024, 6, 15))
        renewed = terms_of(BY_EXPIRY, issued_on=issued, previous=after(first), due=self.DUE)
        assert renewed.last_valid_day == date(2026, 6, 15)
        after_revocation = terms_of(BY_EXPIRY, issued_on=issued, first=False, due=self.DUE)
        assert after_revocation.last_valid_day == date(2026, 6, 1)

    def test_an_explicit_day_beats_it(self) -> None:
        given = terms_of(
            BY_EXPIRY, issued_on=date(2025, 6, 1), due=self.DUE, last_valid_day=date(2025, 9, 1)
        )
        assert given.last_valid_day == date(2025, 9, 1)
        always = terms_of(BY_EXPIRY, issued_on=date(2025, 6, 1), due=self.DUE, always_valid=True)
        assert always.last_valid_day is None
