"""Enrollments: the facts about one learner in one certification, added up.

Only the fold (`certlib.state._fold`) makes these values. They hold no status: ask
`Enrollment.status_at`.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from attrs import frozen

from certlib._copying import evolve, quick_to_copy
from certlib._declared import takes_instants_in
from certlib.policies import Previous
from certlib.state._certificates import Certificate
from certlib.state._cycles import (
    Cycle,
    CycleEnd,
    Due,
    FeeSettled,
    Request,
    RequestState,
    TestOutTaken,
    with_decision,
)
from certlib.state._status import Bar, Status, status_at

__all__ = [
    "Assignment",
    "AssignmentSource",
    "Enrollment",
]


class AssignmentSource(StrEnum):
    """Why a learner has an enrollment."""

    MANUAL = "manual"
    IMPORT = "import"
    RULE = "rule"
    SELF = "self"
    REQUEST = "request"


@frozen(kw_only=True)
class Assignment:
    """One reason for an enrollment, identified by source and reference. There may be several."""

    source: AssignmentSource
    reference: str | None = None
    at: datetime
    due_on: date | None = None
    """The due day that came with it, inclusive (P8)."""

    @property
    def label(self) -> str:
        """The source, followed by the reference if there is one."""
        return self.source.value + (f" {self.reference}" if self.reference else "")


@takes_instants_in
@quick_to_copy
@frozen(kw_only=True, weakref_slot=False)
class Enrollment:
    """One learner in one certification, for life.

    >>> blank = Enrollment.blank(learner="ann", certification="FIRE-1")
    >>> blank.version, blank.open_cycle
    (0, None)
    """

    learner: str
    certification: str
    version: int = 0
    """The number of its events, struck ones included. Stores compare it before they save."""
    entries: int = 0
    """The number of the last entry; each accepted command makes one."""
    last_fact_at: datetime | None = None
    """The instant of the latest fact that counts (T5): neither struck nor a strike."""
    last_recorded_at: datetime | None = None
    status_since: datetime | None = None
    """When a fact last changed the status; time may have changed it since (`Enrollment.since`)."""
    status_entry: int | None = None
    """The entry of that fact."""
    assignments: tuple[Assignment, ...] = ()
    bar: Bar | None = None
    bar_lifted_by: int | None = None
    """The entry that lifted the last bar (R13); later awards rest on it."""
    cycles: tuple[Cycle, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    assigned_due: Due | None = None
    """The latest due day of all assignments, for an initial cycle; unassigning does not move it back."""
    access_requests: tuple[Request, ...] = ()
    test_outs: tuple[TestOutTaken, ...] = ()
    """Every test-out ever taken, in any cycle (R6)."""
    reinstatement: FeeSettled | None = None
    """The settled reinstatement fee, until the next cycle uses it up (R4)."""

    @classmethod
    def blank(cls, *, learner: str, certification: str) -> Enrollment:
        """Return an enrollment without any facts."""
        return cls(learner=learner, certification=certification)

    @property
    def open_cycle(self) -> Cycle | None:
        """The cycle that is open, if one is."""
        if self.cycles and self.cycles[-1].ended_at is None:
            return self.cycles[-1]
        return None

    @property
    def newest_certificate(self) -> Certificate | None:
        """The certificate that counts: the latest issued. If several have one instant, the last recorded."""
        return self.certificates[-1] if self.certificates else None

    @property
    def due(self) -> Due | None:
        """The due day of the open cycle, or of the initial cycle that an assignment asks for."""
        cycle = self.open_cycle
        if cycle is not None:
            return cycle.due
        if self.bar is not None or self.certificates or not self.assignments:
            return None
        return self.assigned_due

    def is_overdue_at(self, instant: datetime) -> bool:
        """Whether the due day has passed (P8); this changes no status."""
        due = self.due
        return due is not None and due.is_over(instant)

    @property
    def open_access_request(self) -> Request | None:
        """The request for access that waits, if there is one."""
        return next((each for each in self.access_requests if each.is_open), None)

    @property
    def requests(self) -> tuple[Request, ...]:
        """Every request ever made, for access and in all cycles, ordered by number."""
        found = (*self.access_requests, *(each for cycle in self.cycles for each in cycle.requests))
        return tuple(sorted(found, key=lambda each: each.number))

    def request(self, number: int) -> Request | None:
        """Return the request with a number."""
        return next((each for each in self.requests if each.number == number), None)

    def renewed_at(self, instant: datetime) -> Previous | None:
        """Return what a certificate issued at an instant would renew, if anything."""
        newest = self.newest_certificate
        return newest.as_previous(instant) if newest else None

    def status_at(self, instant: datetime) -> Status | None:
        """Return the status at an instant not before the last fact (see `certlib.state._status`)."""
        return status_at(self, instant)

    def certified_at(self, instant: datetime) -> bool:
        """Whether the newest certificate certifies the learner at an instant."""
        return bool(self.certificates) and self.certificates[-1].certifies_at(instant)

    def since(self, instant: datetime) -> datetime | None:
        """Return since when the status at an instant has held."""
        return self.status_held_since(self.status_at(instant))

    def status_held_since(self, status: Status | None) -> datetime | None:
        """Return since when the given status has held."""
        if status is not Status.EXPIRED and status is not Status.LAPSED:
            return self.status_since
        newest = self.certificates[-1]
        over_at = newest.expires_at
        if status is Status.LAPSED and newest.grace_ends_at is not None:
            over_at = newest.grace_ends_at
        if self.last_fact_at is not None and over_at is not None and over_at <= self.last_fact_at:
            return self.status_since  # a fact was recorded in it since
        return max(filter(None, (self.status_since, over_at)))

    def assignment(self, source: AssignmentSource, reference: str | None) -> Assignment | None:
        """Return the assignment with this source and reference."""
        return next(
            (a for a in self.assignments if a.source is source and a.reference == reference), None
        )

    @property
    def next_cycle_number(self) -> int:
        """The number of the cycle that begins next."""
        return max((cycle.number for cycle in self.cycles), default=0) + 1

    def cycle(self, number: int) -> Cycle | None:
        """Return the cycle with this number; None if its beginning was struck."""
        for cycle in reversed(self.cycles):
            if cycle.number == number:
                return cycle
        return None

    def with_cycle(self, cycle: Cycle) -> Enrollment:
        """Replace the cycle that has this number."""
        if cycle.number == self.cycles[-1].number:
            return evolve(self, cycles=(*self.cycles[:-1], cycle))
        cycles = tuple(cycle if each.number == cycle.number else each for each in self.cycles)
        return evolve(self, cycles=cycles)

    def with_newest(self, certificate: Certificate) -> Enrollment:
        """Replace the newest certificate."""
        return evolve(self, certificates=(*self.certificates[:-1], certificate))

    def with_access_decided(self, state: RequestState) -> Enrollment:
        """Decide every open request for access."""
        numbers = {each.number for each in self.access_requests}
        return evolve(self, access_requests=with_decision(self.access_requests, numbers, state))

    def with_cycle_ended(self, number: int, at: datetime, by: CycleEnd) -> Enrollment:
        """End a cycle (R3). One that has ended keeps its end; one whose beginning was struck is not there."""
        return evolve(
            self,
            cycles=tuple(
                each.ended(at, by) if each.number == number and each.ended_at is None else each
                for each in self.cycles
            ),
        )

    def certificates_revoked(self, instant: datetime) -> tuple[Certificate, ...]:
        """Return every certificate issued so far, revoked (R8)."""
        return tuple(
            certificate
            if certificate.revoked_at is not None
            else evolve(certificate, revoked_at=instant)
            for certificate in self.certificates
        )

    def barred(self, bar: Bar, instant: datetime) -> Enrollment:
        """Bar the learner from an instant on and revoke every certificate."""
        return evolve(self, bar=bar, certificates=self.certificates_revoked(instant))
