"""The fold: facts, added up to an enrollment.

`replay` sorts the events by when they took effect (``at``, then sequence), leaves struck entries out,
and applies one fact after the other. It looks at no table and no policy, so a history outlives the rules
under which it was recorded.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from certlib._copying import evolve
from certlib._declared import takes_instants
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
    """Return the numbers of the struck entries, by what was known at an instant."""
    return frozenset(
        event.fact.entry
        for event in events
        if isinstance(event.fact, EntryStruck)
        and (known_at is None or event.recorded_at <= known_at)
    )


@takes_instants
def counting(
    events: Iterable[Event], *, at: datetime | None = None, known_at: datetime | None = None
) -> list[Event]:
    """Return the events that count, in the order in which they took effect (T6).

    ``at`` leaves out what took effect later, ``known_at`` what was recorded later. Once a strike is
    recorded, its entry counts at no instant.
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


@takes_instants
def replay(
    events: Iterable[Event],
    *,
    learner: str,
    certification: str,
    at: datetime | None = None,
    known_at: datetime | None = None,
) -> Enrollment:
    """Add events up to an enrollment, in whatever order they come (T6).

    ``at`` leaves out what took effect later, ``known_at`` what was recorded later.

    >>> replay((), learner="ann", certification="FIRE-1").assignments
    ()
    """
    events = tuple(events)
    enrollment = Enrollment.blank(learner=learner, certification=certification)
    for event in counting(events, at=at, known_at=known_at):
        enrollment = fold(enrollment, event)
    return recorded(enrollment, events)


def recorded(enrollment: Enrollment, events: Iterable[Event]) -> Enrollment:
    """Update the counters from all recorded events, whether they count or not."""
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
    """Apply one more event that counts; it takes effect no earlier than the last."""
    at, recorded_at, last = event.at, event.recorded_at, enrollment.last_recorded_at
    before = enrollment.status_at(at)
    changed = event.fact.apply(enrollment, event)
    after = changed.status_at(at)
    if after is not None and changed.access_requests and changed.open_access_request:
        # A request for access stays open only until there is a status.
        changed = changed.with_access_decided(RequestState.SUPERSEDED)
    if after is before:
        # If only time changed the status, keep crediting the last entry that changed it.
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
