"""The arithmetic of days, against oracles that count (requirements T3, T3c, T4, P1).

A small sample: the calendar's edges by name, and every zone of the database over a few years.
"""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import product
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

import pytest

from certlib.errors import OutOfRangeError
from certlib.periods import DAY, Period, day_in, first_instant
from certlib.policies import Issue, Policy, Previous, Terms, terms_of
from tests.cases import annual, completion, expiry, policy
from tests.twin import add_months, day_begins

LEAP_DAY: Final = date(2024, 2, 29)


# --- oracles ----------------------------------------------------------------------------------


def stepped(anchor: date, months: int, days: int, times: int) -> date:
    """The day so many periods after an anchor, counting one month at a time, clipping once."""
    return add_months(anchor, months * times) + timedelta(days=days * times)


def first_annual(days: set[tuple[int, int]], earliest: date, beyond: date) -> date:
    """The first of the annual dates that is late enough, looking at every single day."""
    day = beyond + DAY
    while day < earliest or not _is_one(day, days):
        day += DAY
    return day


def _is_one(day: date, days: set[tuple[int, int]]) -> bool:
    if (day.month, day.day) in days:
        return True
    return (2, 29) in days and (day.month, day.day) == (2, 28) and not calendar.isleap(day.year)


def renewed(terms: Terms, rules: Policy, on: date) -> Terms:
    """The dates of a renewal on a day, of a certificate that is not over."""
    previous = Previous(terms=terms, last_valid_day=terms.last_valid_day, in_force=True)
    return terms_of(rules, issued_on=on, previous=previous)


# --- periods ----------------------------------------------------------------------------------


class TestPeriods:
    """Month arithmetic clips to the month's end; months come before days; a year is never 365 days (T4)."""

    @pytest.mark.parametrize(
        ("day", "period", "last"),
        [
            (date(2026, 3, 1), "P1Y", date(2027, 3, 1)),
            (date(2024, 2, 29), "P1Y", date(2025, 2, 28)),
            (date(2024, 2, 29), "P4Y", date(2028, 2, 29)),
            (date(2096, 2, 29), "P4Y", date(2100, 2, 28)),
            (date(2023, 2, 28), "P1Y", date(2024, 2, 28)),
            (date(2025, 1, 31), "P1M", date(2025, 2, 28)),
            (date(2024, 1, 31), "P1M", date(2024, 2, 29)),
            (date(2023, 8, 31), "P6M", date(2024, 2, 29)),
            (date(2025, 1, 29), "P1M5D", date(2025, 3, 5)),
            (date(2024, 12, 31), "P1D", date(2025, 1, 1)),
            (date(2024, 2, 28), "P1W", date(2024, 3, 6)),
        ],
    )
    def test_the_edges_by_name(self, day: date, period: str, last: date) -> None:
        assert Period.parse(period).after(day) == last

    @pytest.mark.parametrize(
        ("months", "days"), [(1, 0), (12, 0), (15, 0), (1, 5), (0, 30), (7, 1)]
    )
    def test_every_day_of_four_years(self, months: int, days: int) -> None:
        period = Period(months=months, days=days)
        for offset in range(0, 1461, 3):
            day = date(2023, 1, 1) + offset * DAY
            for times in (1, 2, 7):
                assert period.after(day, times) == stepped(day, months, days, times)

    def test_backwards(self) -> None:
        """31 July less two months is 31 May, and 31 May less three is 28 February."""
        assert Period.parse("P2M").before(date(2023, 7, 31)) == date(2023, 5, 31)
        assert Period.parse("P3M").before(date(2025, 5, 31)) == date(2025, 2, 28)
        assert Period.parse("P1M8D").before(date(2025, 4, 8)) == date(2025, 2, 28)


# --- anchors ----------------------------------------------------------------------------------


class TestAnchors:
    """The n-th last day is anchor + n periods, never the last one + a period (T4)."""

    @pytest.mark.parametrize("period", ["P1M", "P2M", "P3M", "P6M", "P1Y", "P1Y3M", "P1M5D", "P6W"])
    @pytest.mark.parametrize(
        "anchor",
        [
            LEAP_DAY,
            date(2023, 2, 28),
            date(2024, 1, 29),
            date(2023, 1, 30),
            date(2024, 1, 31),
            date(2024, 3, 31),
            date(2024, 8, 31),
            date(2024, 11, 30),
            date(2024, 12, 31),
            date(2025, 6, 15),
        ],
    )
    def test_forty_renewals(self, anchor: date, period: str) -> None:
        """Each on the last valid day, or a day or a week before."""
        span = Period.parse(period)
        rules = policy(expiry(period), window="P10D")
        terms = terms_of(rules, issued_on=anchor)
        assert terms.last_valid_day == stepped(anchor, span.months, span.days, 1)
        for times in range(2, 42):
            assert terms.last_valid_day is not None
            on = terms.last_valid_day - (times % 3) * DAY
            terms = renewed(terms, rules, on)
            assert terms.last_valid_day == stepped(anchor, span.months, span.days, times)
            assert terms.baseline == terms.last_valid_day
            assert terms.issued_on == on

    def test_from_completion_every_one_is_an_anchor(self) -> None:
        rules = policy(completion("P1M"))
        terms = terms_of(rules, issued_on=date(2025, 1, 31))
        found = []
        for _ in range(3):
            assert terms.last_valid_day is not None
            found.append(terms.last_valid_day)
            terms = renewed(terms, rules, terms.last_valid_day)
        assert found == [date(2025, 2, 28), date(2025, 3, 28), date(2025, 4, 28)]

    @pytest.mark.parametrize("late", [1, 5, 400])
    def test_a_late_renewal_is_a_new_one(self, late: int) -> None:
        rules = policy(expiry("P1M"), window="P10D")
        terms = terms_of(rules, issued_on=date(2025, 1, 31))
        on = date(2025, 2, 28) + late * DAY
        over = Previous(terms=terms, last_valid_day=terms.last_valid_day, in_force=False)
        again = terms_of(rules, issued_on=on, previous=over)
        first, second = stepped(on, 1, 0, 1), stepped(on, 1, 0, 2)
        assert again.last_valid_day == first
        assert renewed(again, rules, first).last_valid_day == second


class TestAnnualDates:
    """The first annual date after the completion, at least the minimum after it, and for a renewal inside the window later than the baseline (P1)."""

    SETS: Final = ({(12, 31)}, {(2, 29)}, {(6, 30), (12, 31)}, {(1, 1), (2, 28), (9, 6)})

    @pytest.mark.parametrize("minimum", ["P0D", "P1M", "P6M", "P14M", "P45D"])
    @pytest.mark.parametrize("days", SETS, ids=str)
    def test_the_first(self, days: set[tuple[int, int]], minimum: str) -> None:
        rule = annual(*(f"{month:02}-{day:02}" for month, day in days), minimum=minimum)
        least = Period.parse(minimum)
        for offset in range(0, 1500, 7):
            on = date(2023, 1, 1) + offset * DAY
            earliest = stepped(on, least.months, least.days, 1)
            assert rule.end(Issue(on=on)).day == first_annual(days, earliest, on)

    @pytest.mark.parametrize("minimum", ["P0D", "P1M", "P6M"])
    @pytest.mark.parametrize("days", SETS, ids=str)
    def test_renewals(self, days: set[tuple[int, int]], minimum: str) -> None:
        texts = [f"{month:02}-{day:02}" for month, day in days]
        rules = policy(annual(*texts, minimum=minimum), window="P2M")
        least = Period.parse(minimum)
        for start, ahead in product(range(0, 800, 31), (0, 20, 59, 75, 100)):
            first = terms_of(rules, issued_on=date(2023, 1, 1) + start * DAY)
            baseline, opens = first.baseline, first.window_opens_on
            assert baseline is not None
            assert opens is not None
            on = max(first.issued_on, baseline - ahead * DAY)
            wanted = first_annual(
                days, stepped(on, least.months, least.days, 1), baseline if on >= opens else on
            )
            assert renewed(first, rules, on).baseline == max(wanted, baseline)


class TestTerms:
    """All from one last valid day: grace after it, the window before the baseline, clipped (T3c)."""

    @pytest.mark.parametrize("window", ["P2M", "P90D", "P1M8D", "P3Y"])
    @pytest.mark.parametrize("grace", ["P0D", "P30D", "P1M", "P1M3D"])
    def test_of_every_day_of_a_leap_year(self, grace: str, window: str) -> None:
        rules = policy(completion("P1Y"), grace=grace, window=window)
        more, less = Period.parse(grace), Period.parse(window)
        for offset in range(366):
            on = date(2024, 1, 1) + offset * DAY
            terms = terms_of(rules, issued_on=on)
            last = add_months(on, 12)
            assert terms.last_valid_day == last
            month = last.month - 1 - less.months
            year, month = last.year + month // 12, month % 12 + 1
            opens = date(year, month, min(last.day, calendar.monthrange(year, month)[1]))
            assert terms.window_opens_on == max(on, opens - less.days * DAY)
            wanted = stepped(last, more.months, more.days, 1) if grace != "P0D" else None
            assert terms.last_grace_day(last) == wanted

    @pytest.mark.parametrize(
        ("period", "on", "inside"),
        [
            ("P6975Y", date(2025, 12, 31), True),
            ("P6975Y", date(2026, 1, 1), False),
            ("P7000Y", date(2025, 1, 1), False),
            ("P9000Y", date(2025, 1, 1), False),
            ("P1Y", date(1900, 1, 1), True),
            ("P1Y", date(1899, 12, 31), False),
        ],
    )
    def test_the_years_1900_to_9000(self, period: str, on: date, inside: bool) -> None:
        rules = policy(completion(period))
        if inside:
            assert terms_of(rules, issued_on=on).last_valid_day == Period.parse(period).after(on)
        else:
            with pytest.raises(OutOfRangeError):
                terms_of(rules, issued_on=on)

    @pytest.mark.parametrize("years", [6974, 6975, 7973, 7974, 7975, 9000])
    def test_annual_dates_at_the_end_of_the_calendar(self, years: int) -> None:
        rules = policy(annual("12-31", minimum=f"P{years}Y"))
        settle = partial(terms_of, rules, issued_on=date(2025, 6, 1))
        if years < 6976:
            assert settle().last_valid_day == date(2025 + years, 12, 31)
        else:
            with pytest.raises(OutOfRangeError):
                settle()

    @pytest.mark.parametrize("window", ["P2000Y", "P9000Y"])
    def test_a_window_longer_than_the_calendar_opens_with_the_issue(self, window: str) -> None:
        rules = policy(completion("P1Y"), window=window)
        on = date(2025, 6, 1)
        assert terms_of(rules, issued_on=on).window_opens_on == on

    def test_grace_beyond_the_calendar(self) -> None:
        rules = policy(completion("P6975Y"), grace="P1000Y")
        with pytest.raises(OutOfRangeError):
            terms_of(rules, issued_on=date(2025, 12, 31))


# --- days and instants ------------------------------------------------------------------------


class TestFirstInstants:
    """A day begins at its first existing instant in its zone: some have no midnight, some two (T3)."""

    @pytest.mark.parametrize(
        ("zone", "day", "instant"),
        [
            ("America/Santiago", date(2025, 9, 7), datetime(2025, 9, 7, 4, tzinfo=UTC)),
            ("America/Havana", date(2025, 11, 2), datetime(2025, 11, 2, 4, tzinfo=UTC)),
            ("Africa/Cairo", date(2025, 10, 31), datetime(2025, 10, 30, 22, tzinfo=UTC)),
            ("Europe/Berlin", date(2025, 3, 30), datetime(2025, 3, 29, 23, tzinfo=UTC)),
            ("Europe/Berlin", date(2025, 3, 31), datetime(2025, 3, 30, 22, tzinfo=UTC)),
            ("Pacific/Apia", date(2011, 12, 30), datetime(2011, 12, 30, 10, tzinfo=UTC)),
            ("Pacific/Apia", date(2011, 12, 31), datetime(2011, 12, 30, 10, tzinfo=UTC)),
            ("Asia/Kathmandu", date(1986, 1, 1), datetime(1985, 12, 31, 18, 30, tzinfo=UTC)),
            ("Africa/Monrovia", date(1972, 1, 7), datetime(1972, 1, 7, 0, 44, 30, tzinfo=UTC)),
        ],
    )
    def test_the_edges_by_name(self, zone: str, day: date, instant: datetime) -> None:
        assert first_instant(day, zone) == instant
        assert day_begins(day, zone) == instant

    @pytest.mark.parametrize("year", [1937, 1987, 2011, 2025])
    def test_every_zone(self, year: int) -> None:
        """Wherever the clocks change, and on the first of each month."""
        checked = 0
        for zone in sorted(available_timezones() - {"localtime"}):
            local = ZoneInfo(zone)
            noons = [datetime(year, 1, 1, 12, tzinfo=UTC) + n * DAY for n in range(-1, 367)]
            offsets = [noon.astimezone(local).utcoffset() or timedelta() for noon in noons]
            for place in range(1, len(noons) - 1):
                day, around = noons[place].date(), offsets[place - 1 : place + 2]
                if len(set(around)) > 1:
                    assert first_instant(day, zone) == shown_first(day, local, max(around)), (
                        zone,
                        day,
                    )
                    checked += 1
                elif day.day == 1:
                    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
                    assert first_instant(day, zone) == midnight - offsets[place], (zone, day)
        assert checked > 200

    def test_it_is_the_end_of_the_day_before(self) -> None:
        """Just before it, the zone shows an earlier day; a skipped day begins with the next one."""
        for zone in ("America/Santiago", "Africa/Cairo", "America/St_Johns", "Pacific/Apia"):
            for offset in range(0, 366 * 14, 5):
                day = date(2011, 1, 1) + offset * DAY
                begins = first_instant(day, zone)
                assert day_in(zone, begins) >= day
                assert day_in(zone, begins - timedelta(microseconds=1)) < day


def shown_first(day: date, local: ZoneInfo, furthest: timedelta) -> datetime:
    """The first instant at which a zone's clocks show a day or a later one, by walking."""
    instant = datetime(day.year, day.month, day.day, tzinfo=UTC) - furthest - timedelta(hours=1)
    while instant.astimezone(local).date() < day:
        instant += timedelta(minutes=1)
    while (instant - timedelta(seconds=1)).astimezone(local).date() >= day:
        instant -= timedelta(seconds=1)
    return instant
