"""P1: how long a certificate is valid.

Each rule answers one question, `Validity.end`: given the day of issue and the certificate that is
renewed, on which day does the new certificate end? What holds for every rule - explicit days, a
renewal never shortens, the years allowed - is in `certlib.policies.terms`.
"""

from __future__ import annotations

import calendar
import re
from datetime import date
from enum import StrEnum
from typing import TypeAlias

from attrs import field, frozen

from certlib.errors import InvalidPolicyError, printable
from certlib.periods import Period
from certlib.validators import some, within_range

__all__ = [
    "AnnualDate",
    "ByHost",
    "End",
    "FixedDates",
    "Forever",
    "FromCompletion",
    "FromExpiry",
    "PerCertificate",
    "Renewed",
    "Rounding",
    "Validity",
]


@frozen(kw_only=True)
class End:
    """The day on which a certificate ends, and from where that was counted.

    The n-th end is ``anchor + n periods`` and never the last end plus a period, so a series that
    began on the 31st comes back to the 31st (requirement T4).
    """

    day: date | None
    anchor: date | None = None
    periods: int = 0
    period: Period | None = None


NEVER = End(day=None)


@frozen(kw_only=True)
class Renewed:
    """What a rule may know of the certificate that is renewed."""

    baseline: End
    on_time: bool
    """Not after its last valid day (or last grace day, where grace counts as certified)."""
    in_window: bool
    """Not before its window, or before it under a policy that takes that as a renewal."""


@frozen(kw_only=True)
class Forever:
    """The certificate never ends."""

    def end(self, issued_on: date, renewed: Renewed | None) -> End:
        """Return no end."""
        return NEVER


@frozen(kw_only=True)
class PerCertificate:
    """Each certificate states its own last valid day; an award without one is refused."""

    def end(self, issued_on: date, renewed: Renewed | None) -> End:
        """Return no end: the day is always explicit, and an award without one never gets here."""
        return NEVER


@frozen(kw_only=True)
class ByHost:
    """The host manages the end: open until it says a day."""

    def end(self, issued_on: date, renewed: Renewed | None) -> End:
        """Return no end: what the host says is explicit."""
        return NEVER


class Rounding(StrEnum):
    """To the end of what a computed last valid day is rounded up."""

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


def _positive(instance: object, _attribute: object, value: Period) -> None:
    if not value:
        raise InvalidPolicyError(
            f"{type(instance).__name__}.period", str(value), "a period longer than nothing"
        )


@frozen(kw_only=True)
class FromCompletion:
    """Valid for a period from the day of completion.

    >>> FromCompletion(period=Period.parse("P1Y")).end(date(2024, 2, 29), None).day
    datetime.date(2025, 2, 28)
    """

    period: Period = field(validator=_positive)
    round_up_to: Rounding | None = None

    def end(self, issued_on: date, renewed: Renewed | None) -> End:
        """Return the day of issue plus the period."""
        return _rounded(_first(issued_on, self.period), self.round_up_to)


@frozen(kw_only=True)
class FromExpiry:
    """Valid for a period from the previous expiry, so that an early renewal loses no day.

    Before the window the baseline stays. Late, or where the end would not lie after the completion,
    and the first time (where no due date stands in for the previous expiry), the period counts from
    the completion.
    """

    period: Period = field(validator=_positive)
    round_up_to: Rounding | None = None

    def end(self, issued_on: date, renewed: Renewed | None) -> End:
        """Return the previous end plus the period, counted from its anchor."""
        if renewed is not None and renewed.on_time and not renewed.in_window:
            # Before the window nothing moves, so there is nothing to round.
            return self._counted(issued_on, renewed)
        return _rounded(self._counted(issued_on, renewed), self.round_up_to)

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


def _first(day: date, period: Period) -> End:
    return End(day=period.after(day), anchor=day, periods=1, period=period)


def _rounded(end: End, rounding: Rounding | None) -> End:
    """Round as the last step; what is rounded is the anchor of what follows (P1)."""
    if rounding is None or end.day is None:
        return end
    day = rounding.up(end.day)
    return End(day=day, anchor=day, periods=0, period=end.period)


_MONTH_DAY = re.compile(r"(\d\d)-(\d\d)", re.ASCII)


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


@frozen(kw_only=True)
class FixedDates:
    """Valid until annual dates: the first that lies after the completion and at least a minimum after it.

    A renewal inside the window also goes beyond the baseline that it renews.

    >>> rule = FixedDates(dates=(AnnualDate.parse("12-31"),), minimum=Period.parse("P3M"))
    >>> rule.end(date(2025, 3, 3), None).day, rule.end(date(2025, 10, 1), None).day
    (datetime.date(2025, 12, 31), datetime.date(2026, 12, 31))
    """

    dates: tuple[AnnualDate, ...] = field(validator=some)
    minimum: Period = Period()

    def end(self, issued_on: date, renewed: Renewed | None) -> End:
        """Return the first annual date that is late enough."""
        earliest = self.minimum.after(issued_on)
        beyond = issued_on
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


Validity: TypeAlias = Forever | FromCompletion | FromExpiry | FixedDates | PerCertificate | ByHost
