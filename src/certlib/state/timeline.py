"""The timeline: what was given and what time did, in the order of effect, with the status around it.

This is how it came to be. The statuses are those of requirement R12: just before and just after an
entry at its own instant, as known at the instant asked about.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypeAlias

from attrs import frozen

from certlib.state.enrollments import Enrollment
from certlib.state.events import Event
from certlib.state.facts import EntryStruck
from certlib.state.fold import counting, fold, replay, struck_entries
from certlib.state.outlook import ChangePoint, outlook
from certlib.state.status import Status

__all__ = ["Given", "Moment", "certified_spans", "timeline"]


@frozen(kw_only=True)
class Given:
    """An event, with the status around its entry; a struck one has no effect and no status."""

    event: Event
    before: Status | None
    after: Status | None
    struck: bool = False


Moment: TypeAlias = Given | ChangePoint
Span: TypeAlias = tuple[datetime, datetime | None]


def timeline(
    history: Iterable[Event],
    *,
    learner: str,
    certification: str,
    until: datetime,
    known_at: datetime | None = None,
) -> tuple[Moment, ...]:
    """Return everything that took effect, and every change point passed, up to an instant.

    Struck entries and strikes are told too, at their own instants. At one instant change points
    come first, then facts in the order in which they were recorded (T3e).
    """
    known = [event for event in history if known_at is None or event.recorded_at <= known_at]
    told: list[tuple[datetime, int, Moment]] = []
    around: dict[int, tuple[Status | None, Status | None]] = {}
    began = _instants_of_entries(known)
    enrollment = Enrollment.blank(learner=learner, certification=certification)
    effective = counting(known, at=until)
    for event in effective:
        told.extend(_passed(enrollment, event.at))
        before = enrollment.status_at(event.at)
        enrollment = fold(enrollment, event)
        after = enrollment.status_at(event.at)
        if began[event.entry] == event.at:
            first, _ = around.get(event.entry, (before, after))
            around[event.entry] = (first, after)
        told.append((event.at, event.sequence, Given(event=event, before=before, after=after)))
    told.extend(_passed(enrollment, until))
    told = [(at, order, _as_entry(moment, around, began)) for at, order, moment in told]
    told.extend(_outside_the_fold(known, until, learner, certification))
    return tuple(moment for _, _, moment in sorted(told, key=lambda each: each[:2]))


def _instants_of_entries(events: Iterable[Event]) -> dict[int, datetime]:
    """Return the instant of each entry's command: that of the first fact it recorded."""
    instants: dict[int, datetime] = {}
    for event in sorted(events, key=lambda event: event.sequence):
        instants.setdefault(event.entry, event.at)
    return instants


def _passed(enrollment: Enrollment, until: datetime) -> list[tuple[datetime, int, Moment]]:
    if enrollment.last_fact_at is None:
        return []
    points = outlook(enrollment, enrollment.last_fact_at)
    return [(point.at, 0, point) for point in points if point.at <= until]


def _as_entry(
    moment: Moment,
    around: dict[int, tuple[Status | None, Status | None]],
    began: dict[int, datetime],
) -> Moment:
    """Give the events of an entry that are of its own instant the statuses around the whole entry."""
    if isinstance(moment, ChangePoint) or began[moment.event.entry] != moment.event.at:
        return moment
    before, after = around[moment.event.entry]
    return Given(event=moment.event, before=before, after=after)


def _outside_the_fold(
    known: Sequence[Event], until: datetime, learner: str, certification: str
) -> list[tuple[datetime, int, Moment]]:
    """Return the strikes, with the status before and after them, and what they struck."""
    struck = struck_entries(known)
    found: list[tuple[datetime, int, Moment]] = []
    for event in known:
        if event.at > until:
            continue
        if event.entry in struck:
            given = Given(event=event, before=None, after=None, struck=True)
            found.append((event.at, event.sequence, given))
        elif isinstance(event.fact, EntryStruck):
            before, after = (
                replay(
                    (each for each in known if each.entry < event.entry + counted),
                    learner=learner,
                    certification=certification,
                    at=event.at,
                ).status_at(event.at)
                for counted in (0, 1)
            )
            found.append((event.at, event.sequence, Given(event=event, before=before, after=after)))
    return found


def certified_spans(
    history: Iterable[Event],
    *,
    learner: str,
    certification: str,
    at: datetime | None = None,
    known_at: datetime | None = None,
) -> tuple[Span, ...]:
    """Return when the learner was certified: instants from, and until (exclusive), or None for open.

    It is the union of the certificates less revocations; spans that touch are one (Q8).
    """
    spans: list[Span] = []
    enrollment = Enrollment.blank(learner=learner, certification=certification)
    events = counting(history, at=at, known_at=known_at)
    for event, following in zip(events, [*events[1:], None], strict=False):
        enrollment = fold(enrollment, event)
        newest = enrollment.newest_certificate
        if newest is None or not newest.certifies_at(event.at):
            continue
        ends = [end for end in (newest.certifies_until, following.at if following else None) if end]
        until = min(ends, default=None)
        if spans and spans[-1][1] == event.at:
            spans[-1] = (spans[-1][0], until)
        elif until != event.at:
            spans.append((event.at, until))
    return tuple(spans)
