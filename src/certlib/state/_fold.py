"""The fold: how facts add up to an enrollment.

`replay` is the whole meaning of a history. It puts the events in the order of their effect (``at``,
then sequence), leaves struck entries out, and looks at no table and no policy, so that history
outlives the rules by which it was made.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from certlib._copying import evolve
from certlib.state._cycles import RequestState
from certlib.state._enrollments import Enrollment
from certlib.state._events import EntryStruck, Event

__all__ = [
    "counting",
    "fold",
    "recorded",
    "replay",
    "struck_entries",
]


def struck_entries(events: Iterable[Event], *, known_at: datetime | None = None) -> frozenset[int]:
    """Return the entries that have been struck, as far as was known at an instant."""
    return frozenset(
        event.fact.entry
        for event in events
        if isinstance(event.fact, EntryStruck)
        and (known_at is None or event.recorded_at <= known_at)
    )


def counting(
    events: Iterable[Event], *, at: datetime | None = None, known_at: datetime | None = None
) -> list[Event]:
    """Return the events that count, in the order of their effect.

    ``at``: only what took effect by then. ``known_at``: only what was recorded by then (T3d, T6).
    Strikes count for every instant, from when they were recorded.
    """
    events = list(events)
    struck = struck_entries(events, known_at=known_at)
    return sorted(
        (
            event
            for event in events
            if event.entry not in struck
            and not isinstance(event.fact, EntryStruck)
            and (at is None or event.at <= at)
            and (known_at is None or event.recorded_at <= known_at)
        ),
        key=_by_effect,
    )


def _by_effect(event: Event) -> tuple[datetime, int]:
    return event.at, event.sequence


def replay(
    events: Iterable[Event],
    *,
    learner: str,
    certification: str,
    at: datetime | None = None,
    known_at: datetime | None = None,
) -> Enrollment:
    """Return the enrollment that events add up to, in whatever order they are given.

    ``at``: as it stood at an instant; ``known_at``: as far as was known at an instant (T6).

    >>> replay((), learner="ann", certification="FIRE-1").assignments
    ()
    """
    events = tuple(events)
    enrollment = Enrollment.blank(learner=learner, certification=certification)
    for event in counting(events, at=at, known_at=known_at):
        enrollment = fold(enrollment, event)
    return recorded(enrollment, events)


def recorded(enrollment: Enrollment, events: Iterable[Event]) -> Enrollment:
    """Return the enrollment with the marks of everything recorded, whether it counts or not."""
    before = (enrollment.version, enrollment.entries, enrollment.last_recorded_at)
    version, entries, last_recorded_at = before
    for event in events:
        version = max(version, event.sequence)
        entries = max(entries, event.entry)
        if last_recorded_at is None or event.recorded_at > last_recorded_at:
            last_recorded_at = event.recorded_at
    if (version, entries, last_recorded_at) == before:
        return enrollment
    return evolve(enrollment, version=version, entries=entries, last_recorded_at=last_recorded_at)


def fold(enrollment: Enrollment, event: Event) -> Enrollment:
    """Return the enrollment after one more event that counts, not earlier in effect than the last."""
    at, recorded_at, last = event.at, event.recorded_at, enrollment.last_recorded_at
    before = enrollment.status_at(at)
    changed = event.fact.apply(enrollment, event)
    after = changed.status_at(at)
    if after is not None and changed.access_requests and changed.open_access_request:
        # A request for access is open only while there has been no status since (R3).
        changed = changed.with_access_decided(RequestState.SUPERSEDED)
    if after is before:
        # Time may have changed the status since: still, it is what that last entry left to time.
        since, by = enrollment.status_held_since(before), enrollment.status_entry
    else:
        since, by = at, event.entry
    return evolve(
        changed,
        version=max(enrollment.version, event.sequence),
        entries=max(enrollment.entries, event.entry),
        last_fact_at=at,
        last_recorded_at=recorded_at if last is None or recorded_at > last else last,
        status_since=since,
        status_entry=by,
    )
