"""How long a certificate is valid (P1).

Each rule answers one question: given the issue of a certificate, on which day does it end? What holds
for every rule - explicit days, a renewal never shortens, the years allowed - is in `terms_of`.
"""

from __future__ import annotations

import calendar
import re
from datetime import date
from enum import StrEnum
from typing import ClassVar, Final, Protocol

from attrs import field, frozen

from certlib._declared import checked
from certlib._texts import printable
from certlib._validators import lasting, some, within_range
from certlib.errors import InvalidPolicyError
from certlib.periods import Period
from certlib.policies._issue import NEVER, End, Issue, Renewed

__all__ = [
    "VALIDITIES",
    "AnnualDate",
    "ByHost",
    "FixedDates",
    "Forever",
    "FromCompletion",
    "FromExpiry",
    "PerCertificate",
    "Rounding",
    "Validity",
]


class Validity(Protocol):
    """How long certificates are valid: a frozen value with one question to answer.

    A host may have rules of its own: any frozen attrs class of this shape, declared in
    `certlib.serialize.Kinds`.
    """

    kind: ClassVar[str]
    """What the catalog file calls it."""

    def end(self, issue: Issue, /) -> End:
        """Return when a certificate ends; raise `OutOfRangeError` to refuse it."""
        ...


@frozen(kw_only=True)
class Forever:
    """The certificate never ends."""

    kind: ClassVar[str] = "forever"

    def end(self, issue: Issue) -> End:
        """Return no end."""
        return NEVER


@frozen(kw_only=True)
class PerCertificate:
    """Each certificate states its own last valid day; an award without one is refused."""

    kind: ClassVar[str] = "per_certificate"

    def end(self, issue: Issue) -> End:
        """Return no end: the day is always explicit."""
        return NEVER


@frozen(kw_only=True)
class ByHost:
    """The host manages the end: open until it says a day."""

    kind: ClassVar[str] = "by_host"

    def end(self, issue: Issue) -> End:
        """Return no end: a day that the host gives is explicit."""
        return NEVER


class Rounding(StrEnum):
    """The end of the month, quarter or year, to which a last valid day is rounded up."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"

    def up(self, day: date) -> date:
        """Return the last day of the month, quarter or year in which a day lies.

        >>> Rounding.QUARTER.up(date(2025, 2, 10))
        datetime.date(2025, 3, 31)
        """
        months = {Rounding.MONTH: 1, Rounding.QUARTER: 3, Rounding.YEAR: 12}[self]
        month = -(-day.month // months) * months
        return date(day.year, month, calendar.monthrange(day.year, month)[1])


@checked
@frozen(kw_only=True)
class FromCompletion:
    """Valid for a period from the day of completion.

    >>> FromCompletion(period=Period.parse("P1Y")).end(Issue(on=date(2024, 2, 29))).day
    datetime.date(2025, 2, 28)
    """

    kind: ClassVar[str] = "from_completion"
    period: Period = field(validator=lasting)
    round_up_to: Rounding | None = None

    def end(self, issue: Issue) -> End:
        """Return the day of issue plus the period."""
        return _rounded(_first(issue.on, self.period), self.round_up_to)


@checked
@frozen(kw_only=True)
class FromExpiry:
    """Valid for a period from the previous expiry, so that an early renewal loses no day.

    The due day of a first certificate stands in for the previous expiry, for those who are on time.
    Before the window the baseline stays. Otherwise - late, or where the end would not lie after the
    completion - the period counts from the completion.
    """

    kind: ClassVar[str] = "from_expiry"
    period: Period = field(validator=lasting)
    round_up_to: Rounding | None = None

    def end(self, issue: Issue) -> End:
        """Return the previous end plus the period, counted from its anchor."""
        renewed = issue.renewed or _due_day_of_first(issue)
        if renewed is not None and renewed.on_time and not renewed.in_window:
            # Before the window nothing moves, so there is nothing to round.
            return self._counted(issue.on, renewed)
        return _rounded(self._counted(issue.on, renewed), self.round_up_to)

    def _counted(self, issued_on: date, renewed: Renewed | None) -> End:
        if renewed is None or renewed.baseline.day is None or not renewed.on_time:
            return _first(issued_on, self.period)
        if not renewed.in_window:
            return renewed.baseline
        before = renewed.baseline
        if before.period != self.period or before.anchor is None:
            before = End(day=before.day, anchor=before.day, periods=0)
        anchor = before.anchor or issued_on
        day = self.period.after(anchor, before.periods + 1)
        if day <= issued_on:
            return _first(issued_on, self.period)
        return End(day=day, anchor=anchor, periods=before.periods + 1, period=self.period)


def _due_day_of_first(issue: Issue) -> Renewed | None:
    due = issue.due
    if due is None or not issue.first or issue.on > due.last_day:
        return None
    return Renewed(baseline=End(day=due.on, anchor=due.on), on_time=True, in_window=True)


def _first(day: date, period: Period) -> End:
    return End(day=period.after(day), anchor=day, periods=1, period=period)


def _rounded(end: End, rounding: Rounding | None) -> End:
    """Round as the last step; renewals count from the rounded day."""
    if rounding is None or end.day is None:
        return end
    day = rounding.up(end.day)
    return End(day=day, anchor=day, periods=0, period=end.period)


_MONTH_DAY = re.compile(r"(\d\d)-(\d\d)", re.ASCII)


@checked
@frozen(kw_only=True, repr=False, order=True)
class AnnualDate:
    """A day of every year, MM-DD; 02-29 is 28 February in common years.

    >>> AnnualDate.parse("02-29").in_year(2025)
    datetime.date(2025, 2, 28)
    """

    month: int
    day: int

    def __attrs_post_init__(self) -> None:
        if (
            not 1 <= self.month <= 12
            or not 1 <= self.day <= calendar.monthrange(2000, self.month)[1]
        ):
            raise InvalidPolicyError("the annual date", str(self), "a day of the year, MM-DD")

    @classmethod
    def parse(cls, text: str) -> AnnualDate:
        """Read MM-DD; raise `InvalidPolicyError`."""
        match = _MONTH_DAY.fullmatch(text)
        if match is None:
            raise InvalidPolicyError("the annual date", printable(text), "a day of the year, MM-DD")
        return cls(month=int(match[1]), day=int(match[2]))

    def __str__(self) -> str:
        return f"{self.month:02}-{self.day:02}"

    def __repr__(self) -> str:
        return f"AnnualDate({str(self)!r})"

    def in_year(self, year: int) -> date:
        """Return this day in a year."""
        return date(year, self.month, min(self.day, calendar.monthrange(year, self.month)[1]))


@checked
@frozen(kw_only=True)
class FixedDates:
    """Valid until annual dates: the first that lies after the completion and at least a minimum after it.

    A renewal inside the window also goes beyond the baseline that it renews.

    >>> rule = FixedDates(dates=(AnnualDate.parse("12-31"),), minimum=Period.parse("P3M"))
    >>> [rule.end(Issue(on=date(2025, month, 1))).day for month in (3, 10)]
    [datetime.date(2025, 12, 31), datetime.date(2026, 12, 31)]
    """

    kind: ClassVar[str] = "fixed_dates"
    dates: tuple[AnnualDate, ...] = field(validator=some)
    minimum: Period = Period()

    def end(self, issue: Issue) -> End:
        """Return the first annual date that is late enough."""
        earliest, beyond, renewed = self.minimum.after(issue.on), issue.on, issue.renewed
        if renewed is not None and renewed.baseline.day is not None and renewed.in_window:
            beyond = max(beyond, renewed.baseline.day)
        within_range("the last valid day", max(earliest, beyond))
        year = max(earliest, beyond).year
        day = min(
            day
            for each in self.dates
            for day in (each.in_year(year), each.in_year(year + 1))
            if day >= earliest and day > beyond
        )
        return End(day=day)


VALIDITIES: Final[tuple[type[Validity], ...]] = (
    Forever,
    FromCompletion,
    FromExpiry,
    FixedDates,
    PerCertificate,
    ByHost,
)
"""The rules that certlib has."""
