"""Calendar periods, days and the instants at which days begin (T4).

A `Period` is a span of the calendar (ISO 8601 ``P1Y3M``, ``P6W``, ``P30D``), not of seconds. Months are
added in one step and clipped once to the end of the month; days follow. A day begins at its first
existing instant in its time zone: some days have no midnight, some have two, and one zone once skipped a
whole day.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from attrs import Attribute, frozen
from dateutil.relativedelta import relativedelta

from certlib._declared import checked, takes_instants
from certlib._texts import printable
from certlib.errors import InvalidValueError, OutOfRangeError

__all__ = [
    "DAY",
    "Period",
    "day_in",
    "days_between",
    "first_instant",
    "instant_after",
    "valid_zone",
]

DAY = timedelta(days=1)

MOST_MONTHS = 12 * 99_999
MOST_DAYS = 999_999
_NOT_OF_THE_WORLD = re.compile(r"localtime|posixrules|Factory|(?:right|posix)/.*")
"""Names in zone databases that are no zone of a place, above all the machine's own zone (T2)."""

_ISO = re.compile(r"P(?:(\d{1,5})Y)?(?:(\d{1,5})M)?(?:(\d{1,5})W)?(?:(\d{1,6})D)?", re.ASCII)


@checked
@frozen(kw_only=True, order=False)
class Period:
    """A span of the calendar: a number of months, then a number of days.

    Years are twelve months and weeks are seven days, so ``P1Y`` and ``P12M`` are equal.

    >>> Period.parse("P1Y3M")
    Period('P1Y3M')
    >>> Period.parse("P1M5D").after(date(2025, 1, 29))
    datetime.date(2025, 3, 5)
    """

    months: int = 0
    days: int = 0

    def __attrs_post_init__(self) -> None:
        given = f"{self.months} months and {self.days} days"
        if self.months < 0 or self.days < 0:
            raise InvalidValueError("Period", given, "no negative part")
        if self.months > MOST_MONTHS or self.days > MOST_DAYS:
            raise InvalidValueError(
                "Period", given, f"at most {MOST_MONTHS} months and {MOST_DAYS} days"
            )

    @classmethod
    def parse(cls, text: str) -> Period:
        """Parse an ISO 8601 period of years, months, weeks and days; raise `InvalidValueError`."""
        match = _ISO.fullmatch(text)
        if match is None or text == "P":
            raise InvalidValueError(
                "the period", printable(text), "an ISO 8601 period such as P1Y3M, P6W or P30D"
            )
        years, months, weeks, days = (int(part or 0) for part in match.groups())
        return cls(months=12 * years + months, days=7 * weeks + days)

    def __bool__(self) -> bool:
        return bool(self.months or self.days)

    def __str__(self) -> str:
        years, months = divmod(self.months, 12)
        parts = ((years, "Y"), (months, "M"), (self.days, "D"))
        return "P" + ("".join(f"{count}{unit}" for count, unit in parts if count) or "0D")

    def __repr__(self) -> str:
        return f"Period({str(self)!r})"

    def after(self, day: date, times: int = 1) -> date:
        """Return the day ``times`` periods after ``day``: all months in one step, then all days.

        Raise `OutOfRangeError` beyond the calendar.
        """
        try:
            if self.months:
                day = _months_after(day, self.months * times)
            return day + timedelta(days=self.days * times)
        except (ValueError, OverflowError):
            raise self._beyond(day) from None

    def before(self, day: date) -> date:
        """Return the day one period before ``day``; raise `OutOfRangeError` beyond the calendar."""
        try:
            if self.months:
                day = _months_after(day, -self.months)
            return day - timedelta(days=self.days)
        except (ValueError, OverflowError):
            raise self._beyond(day) from None

    def _beyond(self, day: date) -> OutOfRangeError:
        return OutOfRangeError("the date", f"{day} and {self}", "a date that the calendar has")


# Cached as `first_instant` is: many certificates are issued on the same day.
@lru_cache(maxsize=65536)
def _months_after(day: date, count: int) -> date:
    return day + relativedelta(months=count)


def valid_zone(instance: object, attribute: Attribute[str], value: str) -> None:
    """Accept only the name of an IANA time zone (an attrs validator)."""
    try:
        ZoneInfo(value)
        known = _NOT_OF_THE_WORLD.fullmatch(value) is None
    except (KeyError, ValueError, TypeError, OSError):
        known = False
    if not known:
        raise InvalidValueError(
            f"{type(instance).__name__}.{attribute.name}",
            printable(value),
            "the name of an IANA time zone, such as Europe/Madrid",
        )


@takes_instants
def day_in(zone: str, instant: datetime) -> date:
    """Return the calendar day at an instant in a time zone.

    >>> day_in("Pacific/Honolulu", datetime(2026, 1, 1, 8, tzinfo=UTC))
    datetime.date(2025, 12, 31)
    """
    return instant.astimezone(ZoneInfo(zone)).date()


# Cached with a bound, so that a long-running host's memory does not grow.
@lru_cache(maxsize=65536)
def first_instant(day: date, zone: str) -> datetime:
    """Return the first existing instant of a day in a time zone, in UTC (T3).

    A day that the zone skipped begins when the next day does.

    >>> first_instant(date(2025, 9, 7), "America/Santiago").isoformat()  # no midnight that day
    '2025-09-07T04:00:00+00:00'
    """
    local = ZoneInfo(zone)
    midnight = datetime(day.year, day.month, day.day, tzinfo=local)
    found = midnight.astimezone(UTC)
    if found.astimezone(local).replace(tzinfo=None) == midnight.replace(tzinfo=None):
        return found
    # The clocks skipped midnight. The jump lies between the two readings of the missing time: search it.
    low, high = midnight.replace(fold=1).astimezone(UTC), found
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        if middle.astimezone(local).date() >= day:
            high = middle
        else:
            low = middle
    return high


@takes_instants
def instant_after(period: Period, instant: datetime, zone: str) -> datetime:
    """Return the instant a period later, by the calendar and the clock of a time zone, in UTC.

    Raise `OutOfRangeError` beyond the calendar.

    >>> before = datetime(2025, 3, 29, 9, tzinfo=UTC)
    >>> instant_after(Period.parse("P1D"), before, "Europe/Berlin").isoformat()  # a day of 23 hours
    '2025-03-30T08:00:00+00:00'
    """
    if not period:
        return instant
    local = instant.astimezone(ZoneInfo(zone))
    day = period.after(local.date())
    if day.year == date.max.year:
        raise OutOfRangeError("the instant", str(day), "an instant that every zone has")
    return datetime.combine(day, local.timetz()).astimezone(UTC)


def days_between(first: date, last: date) -> tuple[date, ...]:
    """Return every day from the first to the last, both included."""
    return tuple(first + count * DAY for count in range((last - first).days + 1))
