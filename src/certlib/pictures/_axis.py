"""The axis of time: the place of an instant in a picture, and marks for years and months."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final

from attrs import frozen

from certlib.periods import day_in, first_instant

__all__ = ["Axis", "Tick"]

MONTHS: Final = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip
MONTH_ROOM: Final = 30.0
"""The least distance between marks of months."""
YEAR_ROOM: Final = 46.0
YEARS: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
"""The possible numbers of years between two marks."""
YEAR: Final = timedelta(days=365.25)


@frozen(kw_only=True)
class Tick:
    """A mark on the axis: a year, or a month within one."""

    x: float
    text: str
    is_year: bool


@frozen(kw_only=True)
class Axis:
    """A span of time from the left to the right of a picture."""

    first: datetime
    last: datetime
    zone: str
    left: float
    right: float

    def x(self, instant: datetime) -> float:
        """Return the place of an instant; one beyond an end lies at that end."""
        share = (instant - self.first) / (self.last - self.first)
        return self.left + min(max(share, 0.0), 1.0) * (self.right - self.left)

    def is_beyond(self, instant: datetime | None) -> bool:
        """Whether an instant lies after the end; None means never."""
        return instant is None or instant > self.last

    def ticks(self) -> Iterator[Tick]:
        """Yield marks for years, and for months if there is room."""
        a_year = (self.right - self.left) * (YEAR / (self.last - self.first))
        several = next((each for each in YEARS if each * a_year >= YEAR_ROOM), YEARS[-1])
        months = next((each for each in (1, 3, 6) if a_year * each / 12 >= MONTH_ROOM), 12)
        step = 12 * several if months == 12 or several > 1 else months
        start, end = day_in(self.zone, self.first), day_in(self.zone, self.last)
        begins = 12 * max(2, start.year - start.year % several)
        for month in range(begins, 12 * end.year + end.month, step):
            instant = first_instant(date(month // 12, month % 12 + 1, 1), self.zone)
            if instant >= self.first:
                is_year = month % 12 == 0
                text = str(month // 12) if is_year else MONTHS[month % 12]
                yield Tick(x=self.x(instant), text=text, is_year=is_year)
