"""The outlook: the change points that follow from the facts so far, if nothing else happens.

A change point is an instant at which time alone changes something. Nothing is recorded then: the
status rule gives another answer from that instant on. Calendars, reminders, indexes and pictures
read the outlook.
"""

from __future__ import annotations

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
    newest = enrollment.newest_certificate
    if newest is None or newest.revoked_at is not None:
        return ()
    found = (
        (ChangeKind.WINDOW_OPENS, newest.window_opens_at),
        (ChangeKind.CERTIFICATE_EXPIRES, newest.expires_at),
        (ChangeKind.GRACE_ENDS, newest.grace_ends_at),
    )
    points = (
        ChangePoint(
            kind=kind,
            at=at,
            before=enrollment.status_at(at - MOMENT),
            after=enrollment.status_at(at),
        )
        for kind, at in found
        if at is not None and at > after
    )
    return tuple(sorted(points, key=lambda point: point.at))
