"""The ten statuses, and the status rule: what the recorded facts mean at an instant.

The first that applies:

1. a bar stands: Disallowed or Revoked;
2. a cycle is open: Not Started until it is started; Pending Approval when only approvals are left;
   else In Progress (initial) or Recertifying (recertification);
3. there is a certificate: the newest decides. Revoked if it is revoked; Certified through its last
   valid day; Expired through its last grace day; Lapsed after;
4. an assignment is left: Assigned;
5. no status.

Whether somebody is certified depends on the newest certificate alone, not on the status.

No other code computes a status. Time is an argument, never a job: nothing is recorded when a date
passes. The rule takes all facts of the enrollment into account, so for an instant before the last fact,
ask an enrollment as it stood then: ``replay(at=...)``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from certlib.state._certificates import Certificate
from certlib.state._cycles import Cycle, CycleKind

__all__ = [
    "Bar",
    "Status",
    "certificate_status",
    "cycle_status",
    "status_at",
]


class Status(StrEnum):
    """The ten statuses of an enrollment; one without a status has None."""

    ASSIGNED = "assigned"
    NOT_STARTED = "not_started"
    IN_PROGRESS = "in_progress"
    PENDING_APPROVAL = "pending_approval"
    CERTIFIED = "certified"
    EXPIRED = "expired"
    LAPSED = "lapsed"
    RECERTIFYING = "recertifying"
    REVOKED = "revoked"
    DISALLOWED = "disallowed"


class Bar(StrEnum):
    """What bars a learner; the value is that of the resulting status."""

    REVOKED = "revoked"
    DISALLOWED = "disallowed"


class HasStatus(Protocol):
    """What the status rule reads of an `certlib.state._enrollments.Enrollment`."""

    @property
    def bar(self) -> Bar | None:
        """What bars the learner, if anything does."""
        ...

    @property
    def cycles(self) -> Sequence[object]:
        """Every cycle so far."""
        ...

    @property
    def open_cycle(self) -> Cycle | None:
        """The cycle that is open, if one is."""
        ...

    @property
    def certificates(self) -> Sequence[Certificate]:
        """Every certificate, ordered by issue."""
        ...

    @property
    def assignments(self) -> Sequence[object]:
        """The reasons for the enrollment."""
        ...


_BARRED = {Bar.REVOKED: Status.REVOKED, Bar.DISALLOWED: Status.DISALLOWED}


def status_at(enrollment: HasStatus, instant: datetime) -> Status | None:
    """Return the status at an instant not before the enrollment's last fact."""
    if enrollment.bar is not None:
        return _BARRED[enrollment.bar]
    if enrollment.cycles and (cycle := enrollment.open_cycle) is not None:
        return cycle_status(cycle)
    if enrollment.certificates:
        return certificate_status(enrollment.certificates[-1], instant)
    return Status.ASSIGNED if enrollment.assignments else None


def cycle_status(cycle: Cycle) -> Status:
    """Return the status of an enrollment with this open cycle."""
    if cycle.started_at is None:
        return Status.NOT_STARTED
    if cycle.requests and cycle.only_approvals_are_left:
        return Status.PENDING_APPROVAL
    return Status.IN_PROGRESS if cycle.kind is CycleKind.INITIAL else Status.RECERTIFYING


def certificate_status(newest: Certificate, instant: datetime) -> Status:
    """Return the status of an enrollment with no bar and no open cycle, by its newest certificate."""
    if newest.revoked_at is not None:
        return Status.REVOKED
    expires_at = newest.expires_at
    if expires_at is None or instant < expires_at:
        return Status.CERTIFIED
    grace_ends_at = newest.grace_ends_at
    return (
        Status.EXPIRED if grace_ends_at is not None and instant < grace_ends_at else Status.LAPSED
    )
