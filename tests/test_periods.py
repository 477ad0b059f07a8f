"""Periods, and the instants at which days begin (T3, T4)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from certlib.errors import InvalidValueError, OutOfRangeError
from certlib.periods import Period, day_in, days_between, first_instant, instant_after
from certlib.policies import Policy


class TestPeriod:
    @pytest.mark.parametrize(
        ("text", "written"),
        [
            ("P1Y3M", "P1Y3M"),
            ("P6W", "P42D"),
            ("P30D", "P30D"),
            ("P12M", "P1Y"),
            ("P1Y2M3W4D", "P1Y2M25D"),
            ("P0D", "P0D"),
        ],
    )
    def test_iso_8601_is_read_and_written(self, text: str, written: str) -> None:
        period = Period.parse(text)
        assert str(period) == written
        assert Period.parse(written) == period
        assert repr(period) == f"Period('{written}')"

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "P",
            "1Y",
            "P1",
            "PT1H",
            "P1.5Y",
            "P-1D",
            "P1D1Y",
            "p1d",
            " P1D",
            "P١D",
            "P1Y\n",
            "P1234567D",
        ],
    )
    def test_anything_else_is_refused_with_the_value(self, text: str) -> None:
        with pytest.raises(
            InvalidValueError, match=r"the period is .* expected an ISO 8601 period"
        ):
            Period.parse(text)

    def test_nothing_is_false_and_negative_is_refused(self) -> None:
        assert not Period()
        assert Period(days=1)
        assert Period(months=1)
        with pytest.raises(InvalidValueError, match="no negative part"):
            Period(months=-1)
        with pytest.raises(InvalidValueError, match="no negative part"):
            Period(days=-1)

    def test_what_could_not_be_written_cannot_be_made(self) -> None:
        assert Period.parse("P99999Y999999D") == Period.parse(str(Period.parse("P99999Y999999D")))
        with pytest.raises(InvalidValueError, match="at most 1199988 months and 999999 days"):
            Period.parse("P99999Y1M")
        with pytest.raises(InvalidValueError, match="at most"):
            Period.parse("P1W999999D")

    @pytest.mark.parametrize(
        ("start", "period", "times", "end"),
        [
            (date(2024, 2, 29), "P1Y", 1, date(2025, 2, 28)),
            (date(2024, 2, 29), "P1Y", 4, date(2028, 2, 29)),
            (date(2025, 1, 31), "P1M", 1, date(2025, 2, 28)),
            (date(2025, 1, 31), "P1M", 2, date(2025, 3, 31)),
            (date(2025, 1, 29), "P1M5D", 1, date(2025, 3, 5)),
            (date(2025, 1, 29), "P1M5D", 2, date(2025, 4, 8)),
            (date(2025, 1, 1), "P6W", 1, date(2025, 2, 12)),
            (date(2025, 1, 1), "P0D", 1, date(2025, 1, 1)),
        ],
    )
    def test_months_are_added_in_one_step_and_clipped_once_then_days(
        self, start: date, period: str, times: int, end: date
    ) -> None:
        assert Period.parse(period).after(start, times) == end

    def test_it_is_taken_off_the_same_way(self) -> None:
        assert Period.parse("P1M8D").before(date(2025, 3, 5)) == date(2025, 1, 28)
        assert Period.parse("P1M").before(date(2025, 3, 31)) == date(2025, 2, 28)

    def test_where_the_calendar_ends_is_an_error_that_says_so(self) -> None:
        with pytest.raises(OutOfRangeError) as caught:
            Period.parse("P8000Y").after(date(2025, 1, 1))
        assert caught.value.code == "date_in_range"
        with pytest.raises(OutOfRangeError):
            Period.parse("P999999D").after(date(9000, 1, 1), 5)
        with pytest.raises(OutOfRangeError):
            Period.parse("P3000Y").before(date(2025, 1, 1))


class TestFirstInstant:
    @pytest.mark.parametrize(
        ("day", "zone", "instant"),
        [
            (date(2025, 3, 3), "UTC", datetime(2025, 3, 3, tzinfo=UTC)),
            (date(2025, 3, 3), "Europe/Madrid", datetime(2025, 3, 2, 23, tzinfo=UTC)),
            (date(2025, 9, 7), "America/Santiago", datetime(2025, 9, 7, 4, tzinfo=UTC)),
            (date(2025, 11, 2), "America/Havana", datetime(2025, 11, 2, 4, tzinfo=UTC)),
            (date(2025, 10, 31), "Africa/Cairo", datetime(2025, 10, 30, 22, tzinfo=UTC)),
            (date(2011, 12, 30), "Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC)),
            (date(2011, 12, 31), "Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC)),
            (date(1919, 3, 31), "America/Toronto", datetime(1919, 3, 31, 4, 30, tzinfo=UTC)),
        ],
    )
    def test_a_day_begins_at_its_first_existing_instant(
        self, day: date, zone: str, instant: datetime
    ) -> None:
        first_instant.cache_clear()
        assert first_instant(day, zone) == instant

    def test_the_day_before_ends_where_it_begins(self) -> None:
        begins = first_instant(date(1919, 3, 31), "America/Toronto")
        assert day_in("America/Toronto", begins) == date(1919, 3, 31)
        assert day_in("America/Toronto", begins.replace(minute=29, second=59)) == date(1919, 3, 30)


class TestInstantAfter:
    """By the calendar and the clock of a zone, so a day may have 23 hours or 25."""

    @pytest.mark.parametrize(
        ("period", "zone", "before", "after"),
        [
            ("P0D", "Europe/Berlin", "2025-03-29 09:00", "2025-03-29 09:00"),
            ("P1D", "UTC", "2025-03-29 09:00", "2025-03-30 09:00"),
            ("P1D", "Europe/Berlin", "2025-03-29 09:00", "2025-03-30 08:00"),
            ("P1D", "Europe/Berlin", "2025-10-25 09:00", "2025-10-26 10:00"),
            ("P2D", "Europe/Berlin", "2025-10-25 09:00", "2025-10-27 10:00"),
            ("P1M", "Asia/Kathmandu", "2025-01-31 20:00", "2025-02-28 20:00"),  # it is 1 February
            ("P1D", "Europe/Berlin", "2025-03-29 01:30", "2025-03-30 01:30"),  # no 02:30 that day
        ],
    )
    def test_a_period_later(self, period: str, zone: str, before: str, after: str) -> None:
        found = instant_after(Period.parse(period), utc(before), zone)
        assert found == utc(after)
        assert found.tzinfo is UTC

    @pytest.mark.parametrize("period", ["P7974Y", "P8000Y", "P99999Y"])
    def test_beyond_the_calendar(self, period: str) -> None:
        with pytest.raises(OutOfRangeError):
            instant_after(Period.parse(period), utc("2025-01-01 09:00"), "UTC")

    def test_the_last_year_that_every_zone_has(self) -> None:
        last = instant_after(Period.parse("P7973Y"), utc("2025-12-31 12:00"), "Asia/Kathmandu")
        assert last == utc("9998-12-31 12:00")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_days_between_includes_both_ends() -> None:
    assert days_between(date(2024, 2, 28), date(2024, 3, 1)) == (
        date(2024, 2, 28),
        date(2024, 2, 29),
        date(2024, 3, 1),
    )
    assert days_between(date(2024, 3, 1), date(2024, 2, 28)) == ()


@pytest.mark.parametrize(
    "zone",
    [
        "",
        "Europe",
        "Nowhere/Atlantis",
        "../etc/passwd",
        "/etc/localtime",
        "localtime",
        "posixrules",
        "Factory",
        "right/UTC",
        "posix/UTC",
        "Europe/Madrid\0",
    ],
)
def test_a_zone_that_is_none_is_refused(zone: str) -> None:
    with pytest.raises(
        InvalidValueError, match=r"Policy.time_zone is .* (an IANA time zone|a text without NUL)"
    ):
        Policy(time_zone=zone)
