"""Facts of a cycle: it begins, is started, moved, given more time, and ends.

A fact names its cycle by number. Where that cycle was struck, its facts do nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from attrs import field, frozen

from certlib.copying import evolve
from certlib.periods import Period
from certlib.policies import RecertificationDeadline
from certlib.state.cycles import (
    Cycle,
    CycleEnd,
    Due,
    RequestKind,
    RequestState,
    decided,
)
from certlib.state.enrollments import Enrollment
from certlib.state.fact import Fact
from certlib.state.status import CycleKind
from certlib.validators import positive

if TYPE_CHECKING:
    from certlib.state.events import Event

__all__ = [
    "CycleBegan",
    "CycleEnded",
    "CycleMoved",
    "CycleStarted",
    "DeadlineExtended",
    "in_cycle",
]


def in_cycle(enrollment: Enrollment, number: int, change: Callable[[Cycle], Cycle]) -> Enrollment:
    """Return an enrollment with one of its cycles changed, if it is there."""
    cycle = enrollment.cycle(number)
    return enrollment if cycle is None else enrollment.with_cycle(change(cycle))


@frozen(kw_only=True)
class CycleBegan(Fact):
    """A cycle began; what it needs is recorded here (4.1)."""

    tag = "cycle_began"
    number: int = field(validator=positive)
    kind: CycleKind
    version: int = field(validator=positive)
    counts_from: date
    needs: tuple[str, ...]
    has_exam: bool = False
    curriculum: CycleKind | None = None
    """Whose curriculum is done, where it is not that of the kind (P3)."""
    due_on: date | None = None
    """A due day counted from the beginning of the cycle (R5)."""
    due_after_expiry: Period | None = None
    """The due day of a recertification follows the last valid day that it renews (P8)."""
    due_is_hard: bool = False
    time_zone: str = "UTC"
    """The zone in which the due day is a day."""

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Open a cycle; it uses up a reinstatement fee (R4)."""
        is_initial = self.kind is CycleKind.INITIAL
        cycle = Cycle(
            number=self.number,
            kind=self.kind,
            version=self.version,
            entry=event.entry,
            began_at=event.at,
            counts_from=self.counts_from,
            needs=self.needs,
            has_exam=self.has_exam,
            curriculum=self.curriculum or self.kind,
            started_at=None if is_initial else event.at,
            due=self._initial_due(enrollment) if is_initial else self._renewal_due(enrollment),
        )
        return evolve(enrollment, cycles=(*enrollment.cycles, cycle), reinstatement=None)

    def _initial_due(self, enrollment: Enrollment) -> Due | None:
        of_assignments = enrollment.assigned_due
        found = [day for day in (self.due_on, of_assignments and of_assignments.on) if day]
        if not found:
            return None
        return Due(on=max(found), hard=self.due_is_hard, time_zone=self.time_zone)

    def _renewal_due(self, enrollment: Enrollment) -> Due | None:
        newest = enrollment.newest_certificate
        on, follows, own = self.due_on, None, None
        if newest is not None and newest.revoked_at is None:
            own = newest.deadline_extended_to
            rule = RecertificationDeadline(due=self.due_after_expiry)
            after_expiry = rule.due_on(newest.last_valid_day)
            if after_expiry is not None:
                on, follows = after_expiry, self.due_after_expiry
        if on is None:
            return None
        return Due(
            on=on,
            hard=self.due_is_hard,
            time_zone=self.time_zone,
            extended_to=own,
            after_expiry=follows,
        )


@frozen(kw_only=True)
class CycleStarted(Fact):
    """The learner started the initial cycle (row 10); a recertification is started when it begins."""

    tag = "cycle_started"
    number: int = field(validator=positive)

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Start the cycle."""
        return in_cycle(enrollment, self.number, lambda c: evolve(c, started_at=event.at))


@frozen(kw_only=True)
class CycleMoved(Fact):
    """An open cycle is pinned to another version (row 39); what is done stays done (R14)."""

    tag = "cycle_moved"
    number: int = field(validator=positive)
    version: int = field(validator=positive)
    needs: tuple[str, ...]
    has_exam: bool = False
    due_on: date | None = None
    """The due day by the new version's rule; one that is later stays."""
    due_after_expiry: Period | None = None
    due_is_hard: bool = False
    time_zone: str = "UTC"

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Give the cycle what the version needs; requests for what it lacks are superseded."""
        return in_cycle(enrollment, self.number, self._moved)

    def _moved(self, cycle: Cycle) -> Cycle:
        lacking = {
            each.number
            for each in cycle.requests
            if (each.kind is RequestKind.EVIDENCE and each.step not in self.needs)
            or (each.kind in {RequestKind.EXAM, RequestKind.ATTEMPTS} and not self.has_exam)
        }
        return evolve(
            cycle,
            version=self.version,
            needs=self.needs,
            has_exam=self.has_exam,
            requests=decided(cycle.requests, lacking, RequestState.SUPERSEDED),
            due=self._due(cycle.due),
        )

    def _due(self, before: Due | None) -> Due | None:
        found = [day for day in (self.due_on, before and before.on) if day]
        if not found:
            return None
        return Due(
            on=max(found),
            hard=self.due_is_hard,
            time_zone=self.time_zone,
            extended_to=None if before is None else before.extended_to,
            after_expiry=self.due_after_expiry,
        )


@frozen(kw_only=True)
class CycleEnded(Fact):
    """A cycle ended; of several ends the earliest counts (R3)."""

    tag = "cycle_ended"
    number: int = field(validator=positive)
    by: CycleEnd

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """End the cycle, unless it has ended earlier; removal forgets what assignments asked for."""
        ended = enrollment.with_cycle_ended(self.number, event.at, self.by)
        return evolve(ended, assigned_due=None) if self.by is CycleEnd.REMOVED else ended


@frozen(kw_only=True)
class DeadlineExtended(Fact):
    """One learner's cycle is due on a later day (row 36)."""

    tag = "deadline_extended"
    number: int = field(validator=positive)
    until: date

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Add one more date; the latest of all wins (P8)."""

        def extended(cycle: Cycle) -> Cycle:
            if cycle.due is None:
                return cycle
            until = max(self.until, cycle.due.extended_to or self.until)
            return evolve(cycle, due=evolve(cycle.due, extended_to=until))

        return in_cycle(enrollment, self.number, extended)
