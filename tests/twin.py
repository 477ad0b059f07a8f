"""A brute-force twin of the status rule, written from requirements 4.1, R3, R8 and T3 alone.

It takes the recorded events and answers by looking at all of them again for every question. It reads
the fields of facts and calls no function of `certlib.state`, and has its own calendar: days are found
by walking through minutes, months are added by counting. Slow on purpose, and short.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from certlib.periods import Period
from certlib.policies import Terms
from certlib.state import facts as f
from certlib.state.events import Event

ONE_DAY, ONE_MINUTE, ONE_SECOND = timedelta(days=1), timedelta(minutes=1), timedelta(seconds=1)


# --- the calendar -----------------------------------------------------------------------------


@cache
def day_begins(day: date, zone: str) -> datetime:
    """The first instant at which a zone's calendar shows this day or a later one, by walking."""
    local = ZoneInfo(zone)
    instant = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=16)
    while instant.astimezone(local).date() < day:
        instant += ONE_MINUTE
    while (instant - ONE_SECOND).astimezone(local).date() >= day:
        instant -= ONE_SECOND
    return instant


def add_months(day: date, months: int) -> date:
    """The same day so many months on, or the last day of that month where it is shorter."""
    year, month = day.year, day.month
    for _ in range(months):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def add_period(day: date, period: Period) -> date:
    """Months before days (T4)."""
    return add_months(day, period.months) + period.days * ONE_DAY


# --- which events count -----------------------------------------------------------------------


def in_effect(events: Iterable[Event], instant: datetime, known_at: datetime | None) -> list[Event]:
    """Effective by the instant, recorded by then, not struck; in the order of their effect (T6)."""
    known = [e for e in events if known_at is None or e.recorded_at <= known_at]
    struck = {e.fact.entry for e in known if isinstance(e.fact, f.EntryStruck)}
    return sorted(
        (e for e in known if e.at <= instant and e.entry not in struck),
        key=lambda e: (e.at, e.sequence),
    )


# --- certificates -----------------------------------------------------------------------------

REVOKING = (f.AccessRevoked, f.PermanentlyRevoked, f.RecertificationForced)


def newest(events: Sequence[Event]) -> tuple[Terms, bool] | None:
    """The newest certificate's dates, and whether it is revoked (R8)."""
    issues = [e for e in events if isinstance(e.fact, f.CertificateIssued | f.CertificateAwarded)]
    if not issues:
        return None
    issue = issues[-1]
    assert isinstance(issue.fact, f.CertificateIssued | f.CertificateAwarded)
    terms = issue.fact.terms
    for event in sorted(events, key=lambda e: e.sequence):
        if (
            isinstance(event.fact, f.CertificateDatedAgain)
            and event.fact.certificate == issue.sequence
        ):
            terms = event.fact.terms
    later = events[events.index(issue) + 1 :]
    return terms, any(isinstance(e.fact, REVOKING) for e in later)


def over(day: date | None, zone: str, instant: datetime) -> bool:
    """Whether a day, valid to its end, is over."""
    return day is not None and instant >= day_begins(day + ONE_DAY, zone)


def last_grace_day(terms: Terms) -> date | None:
    if terms.last_valid_day is None or terms.grace == Period():
        return None
    return add_period(terms.last_valid_day, terms.grace)


# --- cycles and the bar -----------------------------------------------------------------------


def open_cycles(events: Sequence[Event]) -> list[Event]:
    """The beginnings of the cycles that nothing has ended (R3)."""
    return [
        began
        for place, began in enumerate(events)
        if isinstance(began.fact, f.CycleBegan) and not _ended(began.fact, events[place + 1 :])
    ]


def _ended(cycle: f.CycleBegan, later: Sequence[Event]) -> bool:
    for event in later:
        fact = event.fact
        if isinstance(fact, f.CycleBegan):
            # An award ends the last cycle begun by then: from here on that is another one.
            return any(
                (isinstance(e.fact, f.CycleEnded) and e.fact.number == cycle.number)
                or (isinstance(e.fact, f.CertificateIssued) and e.fact.cycle == cycle.number)
                for e in later
            )
        if isinstance(fact, f.CertificateAwarded):
            return True
        if isinstance(fact, f.CycleEnded) and fact.number == cycle.number:
            return True
        if isinstance(fact, f.CertificateIssued) and fact.cycle == cycle.number:
            return True
    return False


def cycle_status(began: Event, events: Sequence[Event]) -> str:
    cycle = began.fact
    assert isinstance(cycle, f.CycleBegan)
    if cycle.kind == "recertification":
        return "recertifying"
    later = [e.fact for e in events[events.index(began) + 1 :]]
    started = any(
        isinstance(fact, f.CycleStarted) and fact.number == cycle.number for fact in later
    )
    return "in_progress" if started else "not_started"


def bar(events: Sequence[Event]) -> str | None:
    standing: str | None = None
    for event in events:
        if isinstance(event.fact, f.PermanentlyRevoked):
            standing = "disallowed"
        elif isinstance(event.fact, f.AccessRevoked | f.AccessRestored):
            standing = "revoked"
        elif isinstance(event.fact, f.BarLifted):
            standing = None
    return standing


def is_assigned(events: Sequence[Event]) -> bool:
    left: list[tuple[str, str | None]] = []
    for event in events:
        fact = event.fact
        if isinstance(fact, f.AssignmentAdded):
            left.append((fact.source, fact.reference))
        elif isinstance(fact, f.AssignmentDropped):
            left = [each for each in left if each != (fact.source, fact.reference)]
        elif isinstance(fact, f.RemovedFromCertification):
            left = []
    return bool(left)


# --- the two answers --------------------------------------------------------------------------


def status(
    events: Iterable[Event], instant: datetime, known_at: datetime | None = None
) -> str | None:
    """The status at an instant: the first of the five rules that applies (4.1)."""
    effective = in_effect(events, instant, known_at)
    barred = bar(effective)
    if barred is not None:
        return barred
    begun = open_cycles(effective)
    if begun:
        return cycle_status(begun[-1], effective)
    certificate = newest(effective)
    if certificate is not None:
        terms, revoked = certificate
        if revoked:
            return "revoked"
        if not over(terms.last_valid_day, terms.time_zone, instant):
            return "certified"
        grace = last_grace_day(terms)
        in_grace = grace is not None and not over(grace, terms.time_zone, instant)
        return "expired" if in_grace else "lapsed"
    return "assigned" if is_assigned(effective) else None


def certified(events: Iterable[Event], instant: datetime, known_at: datetime | None = None) -> bool:
    """Whether the learner is certified: asked of the newest certificate alone (4.1, P2)."""
    certificate = newest(in_effect(events, instant, known_at))
    if certificate is None:
        return False
    terms, revoked = certificate
    last = (terms.grace_counts and last_grace_day(terms)) or terms.last_valid_day
    return not revoked and not over(last, terms.time_zone, instant)
