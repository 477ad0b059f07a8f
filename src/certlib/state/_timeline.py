"""The timeline (R12): facts and change points in the order of effect, with the status around each.

Each entry has the status just before and just after it, at its own instant, by what was known at the
instant asked about.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

from attrs import frozen

from certlib._declared import takes_instants
from certlib.periods import DAY, days_between, first_instant
from certlib.state._enrollments import Enrollment
from certlib.state._events import EntryStruck, Event
from certlib.state._fold import counting, fold, replay, struck_entries
from certlib.state._status import Status

__all__ = [
    "MOMENT",
    "ChangeKind",
    "ChangePoint",
    "HistoryEntry",
    "Moment",
    "Span",
    "certified_on",
    "certified_spans",
    "gaps",
    "outlook",
    "timeline",
]

MOMENT = timedelta(microseconds=1)


class ChangeKind(StrEnum):
    """What time alone changes, in the order in which points of one instant are listed (T3e)."""

    WINDOW_OPENS = "window_opens"
    CERTIFICATE_EXPIRES = "certificate_expires"
    GRACE_ENDS = "grace_ends"
    CYCLE_DUE = "cycle_due"
    """A soft due day is over (P8): the cycle is overdue, and everything still counts."""
    DEADLINE_CLOSES = "deadline_closes"
    """A hard due day is over (R5): nothing new counts."""


@frozen(kw_only=True)
class ChangePoint:
    """An instant at which time alone changes something, with the status before it and from then on."""

    kind: ChangeKind
    at: datetime
    before: Status | None
    after: Status | None


@takes_instants
def outlook(enrollment: Enrollment, after: datetime) -> tuple[ChangePoint, ...]:
    """Return the change points after an instant, earliest first (R8).

    Superseded, revoked and struck certificates have none.
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


@frozen(kw_only=True)
class HistoryEntry:
    """An event with the status before and after its entry; a struck one has neither."""

    event: Event
    before: Status | None
    after: Status | None
    struck: bool = False


Moment: TypeAlias = HistoryEntry | ChangePoint
Span: TypeAlias = tuple[datetime, datetime | None]


@takes_instants
def timeline(
    history: Iterable[Event],
    *,
    learner: str,
    certification: str,
    until: datetime,
    known_at: datetime | None = None,
) -> tuple[Moment, ...]:
    """Return the events and change points up to an instant, in the order of effect (T3e).

    Struck entries and strikes are included at their own instants. At one instant, change points come
    first, then events in the order of recording.
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
        told.append(
            (event.at, event.sequence, HistoryEntry(event=event, before=before, after=after))
        )
    told.extend(_passed(enrollment, until))
    told = [(at, order, _as_entry(moment, around, began)) for at, order, moment in told]
    told.extend(_outside_the_fold(known, until, learner, certification))
    return tuple(moment for _, _, moment in sorted(told, key=lambda each: each[:2]))


def _instants_of_entries(events: Iterable[Event]) -> dict[int, datetime]:
    """Return the instant of each entry: that of its first fact."""
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
    """Give an event at its entry's instant the statuses around the whole entry."""
    if isinstance(moment, ChangePoint) or began[moment.event.entry] != moment.event.at:
        return moment
    before, after = around[moment.event.entry]
    return HistoryEntry(event=moment.event, before=before, after=after)


def _outside_the_fold(
    known: Sequence[Event], until: datetime, learner: str, certification: str
) -> list[tuple[datetime, int, Moment]]:
    """Return the strikes, with the status before and after each, and the events they struck."""
    struck = struck_entries(known)
    found: list[tuple[datetime, int, Moment]] = []
    for event in known:
        if event.at > until:
            continue
        if event.entry in struck:
            given = HistoryEntry(event=event, before=None, after=None, struck=True)
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
            found.append(
                (event.at, event.sequence, HistoryEntry(event=event, before=before, after=after))
            )
    return found


@takes_instants
def certified_spans(
    history: Iterable[Event],
    *,
    learner: str,
    certification: str,
    at: datetime | None = None,
    known_at: datetime | None = None,
) -> tuple[Span, ...]:
    """Return the spans in which the learner was certified: start, and exclusive end or None (Q8).

    They are the union of the certificates, less revocations; spans that touch are joined.
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


def certified_on(day: date, spans: Iterable[tuple[datetime, datetime | None]], zone: str) -> bool:
    """Whether some instant of a day lies in one of the spans (see `certified_spans`)."""
    begins, ends = first_instant(day, zone), first_instant(day + DAY, zone)
    return any(start < ends and (until is None or until > begins) for start, until in spans)


def gaps(
    first: date, last: date, spans: Iterable[tuple[datetime, datetime | None]], zone: str
) -> tuple[tuple[date, date], ...]:
    """Return the runs of whole days, first and last included, without a certified instant."""
    spans = tuple(spans)
    found: list[tuple[date, date]] = []
    for day in days_between(first, last):
        if certified_on(day, spans, zone):
            continue
        if found and found[-1][1] == day - DAY:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return tuple(found)
