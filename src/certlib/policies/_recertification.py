"""When a certificate may be renewed, and what a completion before that means (P3)."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Final, TypeAlias

from attrs import frozen

from certlib._declared import checked
from certlib.errors import OutOfRangeError
from certlib.periods import Period

__all__ = ["ANY_TIME", "AnyTime", "BeforeWindow", "Recertification", "Window"]


class BeforeWindow(StrEnum):
    """What a completion before the window opens means."""

    IGNORED = "ignored"
    RENEWS = "renews"
    """It renews, and everything is dated as inside the window."""


@frozen
class AnyTime:
    """A window that is open from the day of issue on."""


ANY_TIME: Final = AnyTime()
Window: TypeAlias = Period | AnyTime


@checked
@frozen(kw_only=True)
class Recertification:
    """The recertification window, what a completion before it means, and the curriculum of latecomers."""

    window: Window = ANY_TIME
    before_window: BeforeWindow = BeforeWindow.IGNORED
    initial_again_after: Period | None = None
    """How long after the last valid day the initial curriculum must be done again; None: never."""

    def is_initial_again(self, last_valid_day: date | None, begun_on: date) -> bool:
        """Whether a recertification begun on a day takes the initial curriculum.

        It is counted from the last valid day, and the anniversary itself is not too late.

        >>> rule = Recertification(initial_again_after=Period.parse("P1Y"))
        >>> [rule.is_initial_again(date(2023, 8, 18), date(2024, 8, day)) for day in (18, 19)]
        [False, True]
        """
        if last_valid_day is None or self.initial_again_after is None:
            return False
        try:
            return begun_on > self.initial_again_after.after(last_valid_day)
        except OutOfRangeError:  # so long a period is never over
            return False

    def opens_on(self, issued_on: date, baseline: date | None) -> date | None:
        """Return the first day of the window (T3c), or None where it never opens.

        It is counted back from the baseline, and never lies before the day of issue. A window "a
        period before" an end that never comes does not open.

        >>> Recertification(window=Period.parse("P3M")).opens_on(date(2025, 3, 3), date(2025, 12, 31))
        datetime.date(2025, 9, 30)
        """
        if isinstance(self.window, AnyTime):
            return issued_on
        if baseline is None:
            return None
        try:
            return max(issued_on, self.window.before(baseline))
        except OutOfRangeError:  # so long a window reaches beyond the calendar's beginning
            return issued_on
