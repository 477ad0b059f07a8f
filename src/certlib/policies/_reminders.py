"""Reminders around the days that matter, and digests that come more often as a day nears (P12)."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

from attrs import Attribute, field, frozen

from certlib._declared import checked
from certlib.errors import InvalidPolicyError
from certlib.periods import Period

__all__ = ["About", "Digest", "Reminder", "Reminders"]

MOST_DAYS = 3660
MOST_MONTHS = 120
WEEK = 7


class About(StrEnum):
    """The day that a reminder counts from."""

    EXPIRY = "expiry"
    """The last valid day."""
    GRACE = "grace"
    """The last grace day."""
    WINDOW = "window"
    """The first day of the recertification window."""
    DUE = "due"
    """The day by which the cycle is to be finished."""


def _near(_instance: object, attribute: Attribute[int], value: int) -> None:
    if abs(value) > MOST_DAYS:
        expected = f"at most {MOST_DAYS} days before (-) or after (+)"
        raise InvalidPolicyError(f"Reminder.{attribute.name}", str(value), expected)


def _some(_instance: object, attribute: Attribute[Period], value: Period) -> None:
    if not value or value.months > MOST_MONTHS or value.days > MOST_DAYS:
        expected = (
            f"a period longer than nothing, of at most {MOST_MONTHS} months and {MOST_DAYS} days"
        )
        raise InvalidPolicyError(f"Digest.{attribute.name}", str(value), expected)


@checked
@frozen(kw_only=True)
class Reminder:
    """One notice, so many days before (-) or after (+) a day, at its first instant (P12b)."""

    about: About = About.EXPIRY
    days: int = field(validator=_near)

    @property
    def name(self) -> str:
        """What identifies it: ``expiry-30``.

        >>> Reminder(days=7).name, Reminder(about=About.DUE, days=0).name
        ('expiry+7', 'due+0')
        """
        return f"{self.about}{self.days:+d}"


@checked
@frozen(kw_only=True)
class Digest:
    """Notices for summaries: monthly, from a month before on weekly, in the last week daily.

    Notices of one day belong together: the host groups them by recipient.
    """

    about: About = About.EXPIRY
    begins: Period = field(validator=_some)
    """How long before the day they begin."""

    def days_before(self, day: date) -> tuple[date, ...]:
        """Return the days of the digests, earliest first; the day itself is the last.

        >>> digest = Digest(begins=Period.parse("P2M"))
        >>> [f"{each:%m-%d}" for each in digest.days_before(date(2025, 6, 30))][:7]
        ['04-30', '05-30', '06-02', '06-09', '06-16', '06-23', '06-24']
        """
        begins, month = self.begins.before(day), Period(months=1).before(day)
        found = {day - timedelta(days=count) for count in range(WEEK)}
        weeks = (day - timedelta(days=WEEK * count) for count in range(1, 5))
        found.update(each for each in weeks if each > month)
        for count in range(1, self.begins.months + self.begins.days // 28 + 2):
            found.add(Period(months=count).before(day))
        return tuple(sorted(each for each in found if each >= begins))


@checked
@frozen(kw_only=True)
class Reminders:
    """What to tell around the days that matter; rows of the table tell the rest."""

    at: tuple[Reminder, ...] = ()
    digests: tuple[Digest, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.at or self.digests)
