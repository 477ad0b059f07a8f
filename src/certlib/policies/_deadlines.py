"""By when a cycle is to be finished, and whether anything new counts after that day (P8)."""

from __future__ import annotations

from datetime import date
from typing import TypeAlias

from attrs import frozen

from certlib._declared import checked
from certlib._validators import LATEST_YEAR
from certlib.errors import OutOfRangeError
from certlib.periods import Period

__all__ = ["Deadlines", "InitialDeadline", "InitialDue", "RecertificationDeadline"]

InitialDue: TypeAlias = Period | date | None
"""A period from the assignment, a fixed day, or none."""


def _after(period: Period, day: date) -> date | None:
    """Return the day a period later; None where it lies beyond the years that certlib knows."""
    try:
        due = period.after(day)
    except OutOfRangeError:
        return None
    return due if due.year <= LATEST_YEAR else None


@checked
@frozen(kw_only=True)
class InitialDeadline:
    """The deadline of an initial cycle, counted from each assignment.

    >>> InitialDeadline(due=Period.parse("P60D")).due_on(date(2025, 1, 10))
    datetime.date(2025, 3, 11)
    """

    due: InitialDue = None
    hard: bool = False
    """Whether nothing new counts after the due day without an extension (R5)."""

    def due_on(self, assigned_on: date) -> date | None:
        """Return the due day, inclusive, of an assignment of a day."""
        return _after(self.due, assigned_on) if isinstance(self.due, Period) else self.due


@checked
@frozen(kw_only=True)
class RecertificationDeadline:
    """The deadline of a recertification, counted from the last valid day that it renews (R5).

    A revoked certificate has no such day: a period longer than nothing then counts from the
    beginning of the cycle.

    >>> RecertificationDeadline(due=Period.parse("P6M")).due_on(date(2024, 1, 31))
    datetime.date(2024, 7, 31)
    """

    due: Period | None = Period()
    """None: no due day."""
    hard: bool = False

    def due_on(self, last_valid_day: date | None) -> date | None:
        """Return the due day, inclusive; None where the certificate never ends."""
        if self.due is None or last_valid_day is None:
            return None
        return _after(self.due, last_valid_day)

    def due_after_revocation(self, begun_on: date) -> date | None:
        """Return the due day of a cycle that renews a revoked certificate."""
        return _after(self.due, begun_on) if self.due else None


@checked
@frozen(kw_only=True)
class Deadlines:
    """The deadlines of initial cycles, and those of recertifications."""

    initial: InitialDeadline = InitialDeadline()
    recertification: RecertificationDeadline = RecertificationDeadline()
