"""Forty renewals from every day of a leap cycle, against an oracle that counts months (requirements T4, P1).

The oracle knows neither dateutil nor `certlib.periods`: a month is a whole number, clipped once.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from functools import cache
from typing import Final

import pytest

from certlib.periods import Period
from certlib.policies import (
    FromCompletion,
    FromExpiry,
    Policy,
    Previous,
    Recertification,
    Terms,
    Validity,
    terms_of,
)

pytestmark = pytest.mark.slow

MONTHS: Final = (1, 3, 6, 12, 24, 36)
STARTS: Final = tuple(date(2023, 3, 1) + timedelta(days=n) for n in range(1461))
RENEWALS: Final = 40
COMPARISONS: Final = 350_640
"""1,461 days, 6 periods, 40 renewals."""
WINDOW: Final = 10
"""Days: each renewal lies on another one of the window, its first and the last valid day included."""

COMPOUND: Final = {"P1Y3M": (15, 0), "P1M5D": (1, 5), "P2M2W": (2, 14), "P1Y1D": (12, 1)}


@cache
def length(year: int, month: int) -> int:
    return monthrange(year, month)[1]


def plus(day: date, months: int, days: int = 0) -> date:
    """The oracle: months as a whole number, clipped to the month's end, then days."""
    year, month = divmod(12 * day.year + day.month - 1 + months, 12)
    clipped = min(day.day, length(year, month + 1))
    return date(year, month + 1, clipped) + timedelta(days=days)


def rules(validity: Validity) -> Policy:
    return Policy(validity=validity, recertification=Recertification(window=Period(days=WINDOW)))


def renewed(terms: Terms, policy: Policy, on: date) -> Terms:
    previous = Previous(terms=terms, last_valid_day=terms.last_valid_day, in_force=True)
    return terms_of(policy, issued_on=on, previous=previous)


def ahead(start: int, times: int) -> timedelta:
    """How long before the last valid day a renewal lies."""
    return timedelta(days=(start + 7 * times) % (WINDOW + 1))


def test_the_grid() -> None:
    """A whole leap cycle: every day of the year, 29 February once, and the day that follows is 1 March."""
    assert len(STARTS) * len(MONTHS) * RENEWALS == COMPARISONS
    assert len({(day.month, day.day) for day in STARTS}) == 366
    assert STARTS[-1] + timedelta(days=1) == date(2027, 3, 1)
    assert {ahead(0, times).days for times in range(RENEWALS)} == set(range(WINDOW + 1))


@pytest.mark.parametrize("months", MONTHS)
def test_from_the_previous_expiry_it_never_drifts(months: int) -> None:
    """The n-th last valid day is the anchor and n periods, whenever in the window each renewal was."""
    policy = rules(FromExpiry(period=Period(months=months)))
    compared, telling = 0, 0
    wrong, drifted = [], []
    for start, anchor in enumerate(STARTS):
        terms = terms_of(policy, issued_on=anchor)
        last = naive = plus(anchor, months)
        assert (terms.last_valid_day, terms.anchor, terms.periods) == (last, anchor, 1)
        for times in range(2, RENEWALS + 2):
            on = last - ahead(start, times)
            terms = renewed(terms, policy, on)
            last, naive = plus(anchor, months * times), plus(naive, months)
            compared += 1
            telling += naive != last
            found = terms.last_valid_day
            if (found, terms.baseline, terms.issued_on) != (last, last, on):
                wrong.append((anchor, times, found, last))
            if found is None or found.day != min(anchor.day, length(found.year, found.month)):
                drifted.append((anchor, times, found))
        assert (terms.anchor, terms.periods) == (anchor, RENEWALS + 1)
    assert (len(wrong), len(drifted)) == (0, 0), (wrong[:3], drifted[:3])
    assert compared * len(MONTHS) == COMPARISONS
    # A chain that adds a period to the last day each time would be wrong somewhere.
    assert telling > 0


@pytest.mark.parametrize("months", MONTHS)
def test_from_completion_every_one_is_an_anchor(months: int) -> None:
    policy = rules(FromCompletion(period=Period(months=months)))
    compared, wrong = 0, []
    for start, first in enumerate(STARTS):
        terms = terms_of(policy, issued_on=first)
        last = plus(first, months)
        assert terms.last_valid_day == last
        for times in range(2, RENEWALS + 2):
            on = last - ahead(start, times)
            terms = renewed(terms, policy, on)
            last = plus(on, months)
            compared += 1
            dates = (terms.last_valid_day, terms.baseline, terms.anchor, terms.periods)
            if dates != (last, last, on, 1):
                wrong.append((on, dates, last))
    assert len(wrong) == 0, wrong[:3]
    assert compared * len(MONTHS) == COMPARISONS


@pytest.mark.parametrize("text", COMPOUND)
def test_months_before_days(text: str) -> None:
    """Every third day: periods of both kinds, counted from the expiry, all months in one step."""
    (months, days), period = COMPOUND[text], Period.parse(text)
    policy = rules(FromExpiry(period=period))
    compared, telling, wrong = 0, 0, []
    for start, anchor in enumerate(STARTS[::3]):
        terms = terms_of(policy, issued_on=anchor)
        last = plus(anchor, months, days)
        assert terms.last_valid_day == last
        for times in range(2, RENEWALS + 2):
            terms = renewed(terms, policy, last - ahead(start, times))
            last = plus(anchor, months * times, days * times)
            compared += 1
            telling += plus(anchor + timedelta(days=days * times), months * times) != last
            if (terms.last_valid_day, period.after(anchor, times)) != (last, last):
                wrong.append((anchor, times, terms.last_valid_day, last))
    assert len(wrong) == 0, wrong[:3]
    assert compared == 487 * RENEWALS
    # Days before months would be wrong somewhere; where there are no days there is one order only.
    assert (telling > 0) == (days > 0)
