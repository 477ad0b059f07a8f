"""How often the exam may be taken, when, and whether a pass waits for an approver (P6)."""

from __future__ import annotations

from datetime import datetime

from attrs import field, frozen
from attrs.validators import optional

from certlib._declared import checked, takes_instants_in
from certlib._validators import positive
from certlib.errors import OutOfRangeError
from certlib.periods import Period, instant_after

__all__ = ["ExamRules"]


@takes_instants_in
@checked
@frozen(kw_only=True)
class ExamRules:
    """The rules of the exam of a version that has one."""

    attempts: int | None = field(default=None, validator=optional(positive))
    """How many attempts a cycle allows; None: any number."""
    cool_down: Period = Period()
    """How long after an attempt the next one may follow, by the calendar and clock of the zone."""
    steps_first: bool = False
    """Whether every step must be done before."""
    approval: bool = False
    """Whether a pass is held until an approver confirms it."""

    def next_attempt_at(self, attempted_at: datetime, zone: str) -> datetime | None:
        """Return when the next attempt may follow one; None where the cool-down never ends.

        >>> from datetime import UTC
        >>> rules = ExamRules(cool_down=Period.parse("P1D"))
        >>> str(rules.next_attempt_at(datetime(2025, 3, 29, 9, tzinfo=UTC), "Europe/Berlin"))
        '2025-03-30 08:00:00+00:00'
        """
        try:
            return instant_after(self.cool_down, attempted_at, zone)
        except OutOfRangeError:
            return None
