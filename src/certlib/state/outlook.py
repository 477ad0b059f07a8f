"""The outlook: the change points that follow from the facts so far, if nothing else happens.

A change point is an instant at which time alone changes something. Nothing is recorded then: the
status rule gives another answer from that instant on. Calendars, reminders, indexes and pictures
read the outlook.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum

from attrs import frozen

from certlib.state.enrollments import Enrollment
from certlib.state.status import Status

__all__ = ["ChangeKind", "ChangePoint", "outlook"]

MOMENT = timedelta(microseconds=1)


class ChangeKind(StrEnum):
    """What time does, in the order in which points of one instant are told (T3e)."""

    WINDOW_OPENS = "window_opens"
    CERTIFICATE_EXPIRES = "certificate_expires"
    GRACE_ENDS = "grace_ends"
    CYCLE_DUE = "cycle_due"
    """A soft due day is over: the cycle is shown overdue, and everything still counts (P8)."""
    DEADLINE_CLOSES = "deadline_closes"
    """A hard one is over: nothing new counts (R5)."""


@frozen(kw_only=True)
class ChangePoint:
    """One instant at which time alone changes something, and the status before and from then on."""

    kind: ChangeKind
    at: datetime
    before: Status | None
    after: Status | None


def outlook(enrollment: Enrollment, after: datetime) -> tuple[ChangePoint, ...]:
    """Return the change points later than an instant, earliest first.

    A superseded, revoked or struck certificate has none (R8).
    """
    points = (
        ChangePoint(
            kind=kind,
            at=at,
            before=enrollment.status_at(at - MOMENT),
            after=enrollment.status_at(at),
        )
        for kind, at in _instants(enrollment)
        if at is not None and at > after
    )
    return tuple(sorted(points, key=lambda point: point.at))


def _instants(enrollment: Enrollment) -> Iterator[tuple[ChangeKind, datetime | None]]:
    newest = enrollment.newest_certificate
    if newest is not None and newest.revoked_at is None:
        yield ChangeKind.WINDOW_OPENS, newest.window_opens_at
        yield ChangeKind.CERTIFICATE_EXPIRES, newest.expires_at
        yield ChangeKind.GRACE_ENDS, newest.grace_ends_at
    due = enrollment.due
    if due is not None:
        yield ChangeKind.DEADLINE_CLOSES if due.hard else ChangeKind.CYCLE_DUE, due.passes_at
