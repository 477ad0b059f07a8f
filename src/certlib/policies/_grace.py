"""How long after its last valid day a certificate may be renewed without lapsing (P2)."""

from __future__ import annotations

from datetime import date

from attrs import frozen

from certlib._declared import checked
from certlib.periods import Period

__all__ = ["Grace"]


@checked
@frozen(kw_only=True)
class Grace:
    """A period after the last valid day, stored on the certificate when it is issued.

    >>> Grace(period=Period.parse("P30D")).last_day(date(2025, 12, 31))
    datetime.date(2026, 1, 30)
    """

    period: Period = Period()
    counts_as_certified: bool = False
    """Whether a holder in grace counts as certified."""

    def last_day(self, last_valid_day: date | None) -> date | None:
        """Return the last grace day; None for a certificate that never ends, or without grace."""
        if last_valid_day is None or not self.period:
            return None
        return self.period.after(last_valid_day)
