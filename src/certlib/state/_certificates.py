"""Certificates, with the dates that were computed when they were issued.

Only the fold (`certlib.state._fold`) makes these values.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import cached_property

from attrs import frozen

from certlib._declared import takes_instants_in
from certlib.periods import DAY, first_instant
from certlib.policies import Previous, Terms

__all__ = [
    "Certificate",
]


@takes_instants_in
@frozen(kw_only=True, slots=False)
class Certificate:
    """A certificate from a cycle or an award (R8). An enrollment keeps all of them, ordered by issue."""

    sequence: int
    """The sequence of the event that issued it: its identity within the enrollment."""
    entry: int
    issued_at: datetime
    terms: Terms
    version: int
    cycle: int | None
    """The number of the cycle that earned it; None for an award."""
    score: str | None = None
    import_id: str | None = None
    extended_to: date | None = None
    """A later last valid day for this learner alone (T5b)."""
    redated_by: int | None = None
    """The sequence of the event that last dated it by another version (P13)."""
    deadline_extended_to: date | None = None
    """A later due day of the next recertification, for this learner alone (R5)."""
    revoked_at: datetime | None = None

    @property
    def is_award(self) -> bool:
        """Whether it was awarded: earned elsewhere, or given as an exemption."""
        return self.cycle is None

    @property
    def may_be_redated(self) -> bool:
        """Whether another version may date it (P13): it is not revoked, and its dates are not explicit."""
        return self.revoked_at is None and not self.terms.explicit

    @property
    def last_valid_day(self) -> date | None:
        """The last day on which it is valid, extension included; None if it never expires."""
        if self.extended_to is None or self.terms.last_valid_day is None:
            return self.terms.last_valid_day
        return max(self.extended_to, self.terms.last_valid_day)

    @property
    def last_grace_day(self) -> date | None:
        """The last day of grace, counted from the last valid day."""
        return self.terms.last_grace_day(self.last_valid_day)

    @cached_property
    def expires_at(self) -> datetime | None:
        """The first instant at which it is no longer valid."""
        return self._end_of(self.last_valid_day)

    @cached_property
    def grace_ends_at(self) -> datetime | None:
        """The first instant after its grace; None without grace."""
        return self._end_of(self.last_grace_day)

    @cached_property
    def window_opens_at(self) -> datetime | None:
        """The instant from which recertification may start; None if the window never opens."""
        opens_on = self.terms.window_opens_on
        if opens_on is None:
            return None
        return max(self.issued_at, first_instant(opens_on, self.terms.time_zone))

    def _end_of(self, day: date | None) -> datetime | None:
        return None if day is None else first_instant(day + DAY, self.terms.time_zone)

    def certifies_at(self, instant: datetime) -> bool:
        """Whether it certifies its holder at an instant; grace counts if the policy says so."""
        if self.revoked_at is not None:
            return False
        ends_at = self.certifies_until
        return ends_at is None or instant < ends_at

    @property
    def certifies_until(self) -> datetime | None:
        """The first instant at which it no longer certifies its holder; None if it never ends."""
        return (self.terms.grace_counts and self.grace_ends_at) or self.expires_at

    def as_previous(self, instant: datetime) -> Previous | None:
        """Return what a certificate issued at this instant would renew (P1); None if this one is revoked."""
        if self.revoked_at is not None:
            return None
        return Previous(
            terms=self.terms,
            last_valid_day=self.last_valid_day,
            in_force=self.certifies_at(instant),
        )
