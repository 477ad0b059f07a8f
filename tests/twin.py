"""A brute-force twin of the status rule, written from its five lines, R1 to R8, P8 and T3 alone.

It takes the recorded events and answers by looking at all of them again for every question. It reads
the fields of facts and calls no function of `certlib.state`, and has its own calendar: days are found
by walking through minutes, months are added by counting. Slow on purpose, and short.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from certlib.periods import Period
from certlib.policies import Terms
from certlib.state import facts as f
from certlib.state._events import Event

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


@dataclass(frozen=True)
class Found:
    """A certificate: its dates as they are at the instant asked about."""

    terms: Terms
    last_valid_day: date | None
    revoked: bool


def is_issue(event: Event) -> bool:
    return isinstance(event.fact, f.CertificateIssued | f.CertificateAwarded)


def newest(events: Sequence[Event]) -> Found | None:
    """The newest certificate by issue, with what reached it while it was the newest (R8, T5b, P13)."""
    places = [place for place, event in enumerate(events) if is_issue(event)]
    if not places:
        return None
    place = places[-1]
    issue = events[place]
    terms, extensions = _dated(events, issue, None), list[date]()
    revoked = False
    for event in events[place + 1 :]:
        if isinstance(event.fact, REVOKING):
            revoked = True
        elif isinstance(event.fact, f.CertificateExtended):
            extensions.append(event.fact.until)
        elif isinstance(event.fact, f.CertificateRedated) and not revoked and not terms.explicit:
            terms = _dated(events, issue, event)
    last = terms.last_valid_day
    return Found(terms, last and max([last, *extensions]), revoked)


def _dated(events: Sequence[Event], issue: Event, redating: Event | None) -> Terms:
    """The dates that an issue, or a re-dating, gives: as recorded, or as computed again last (T5)."""
    source = (redating or issue).fact
    assert isinstance(source, f.CertificateIssued | f.CertificateAwarded | f.CertificateRedated)
    terms = source.terms
    wanted = (issue.sequence, redating and redating.sequence)
    for event in sorted(events, key=lambda e: e.sequence):
        fact = event.fact
        if (
            isinstance(fact, f.CertificateDatedAgain)
            and (fact.certificate, fact.redating) == wanted
        ):
            terms = fact.terms
    return terms


def over(day: date | None, zone: str, instant: datetime) -> bool:
    """Whether a day, valid to its end, is over."""
    return day is not None and instant >= day_begins(day + ONE_DAY, zone)


def last_grace_day(certificate: Found) -> date | None:
    if certificate.last_valid_day is None or certificate.terms.grace == Period():
        return None
    return add_period(certificate.last_valid_day, certificate.terms.grace)


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
    later = of_cycle(cycle, events[events.index(began) + 1 :])
    started = any(isinstance(e.fact, f.CycleStarted) for e in later)
    if cycle.kind == "initial" and not started:
        return "not_started"
    if only_approvals_are_left(cycle, later):
        return "pending_approval"
    return "in_progress" if cycle.kind == "initial" else "recertifying"


def of_cycle(cycle: f.CycleBegan, events: Iterable[Event]) -> list[Event]:
    """What happened in a cycle."""
    return [e for e in events if getattr(e.fact, "number", None) == cycle.number]


def only_approvals_are_left(cycle: f.CycleBegan, later: Sequence[Event]) -> bool:
    """Something is missing, all of its steps have evidence waiting, and its exam is held (R1)."""
    needs, has_exam = cycle.needs, cycle.has_exam
    for event in later:
        if isinstance(event.fact, f.CycleMoved):
            needs, has_exam = event.fact.needs, event.fact.has_exam
    steps = [step for step in needs if not any(does(e, step) for e in later)]
    exam = has_exam and not any(passes(e) for e in later)
    return (
        bool(steps or exam)
        and all(evidence_waits(step, later) for step in steps)
        and (not exam or exam_is_held(later))
    )


def does(event: Event, step: str) -> bool:
    """Whether an event makes a step done."""
    fact = event.fact
    if isinstance(fact, f.TrainingOverridden):
        return step in fact.steps
    if isinstance(fact, f.TestOutRecorded):
        return fact.step == step and fact.passed
    return isinstance(fact, f.StepCompleted | f.EvidenceApproved) and fact.step == step


def passes(event: Event) -> bool:
    """Whether an event makes the exam done."""
    if isinstance(event.fact, f.ExamAttempted):
        return event.fact.outcome == "passed"
    return isinstance(event.fact, f.ExamApproved | f.ExamOverridden)


def evidence_waits(step: str, later: Sequence[Event]) -> bool:
    """Whether evidence for a step waits: nobody decided it, the step was not done, nor ever gone (R6, R14)."""
    for place, event in enumerate(later):
        if not isinstance(event.fact, f.EvidenceSubmitted) or event.fact.step != step:
            continue
        since = later[place + 1 :]
        if not any(
            does(e, step)
            or (isinstance(e.fact, f.EvidenceDenied) and e.fact.request == event.entry)
            or (isinstance(e.fact, f.CycleMoved) and step not in e.fact.needs)
            for e in since
        ):
            return True
    return False


def exam_is_held(later: Sequence[Event]) -> bool:
    """Whether a passed attempt waits: nobody decided it, and the exam was neither done nor ever gone (R7)."""
    for place, event in enumerate(later):
        if not isinstance(event.fact, f.ExamAttempted) or event.fact.outcome != "held":
            continue
        if not any(
            passes(e)
            or (isinstance(e.fact, f.ExamDenied) and e.fact.request == event.entry)
            or (isinstance(e.fact, f.CycleMoved) and not e.fact.has_exam)
            for e in later[place + 1 :]
        ):
            return True
    return False


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


def assignments(events: Sequence[Event]) -> list[f.AssignmentAdded]:
    """The assignments that are left."""
    left: list[f.AssignmentAdded] = []
    for event in events:
        fact = event.fact
        if isinstance(fact, f.AssignmentAdded):
            left.append(fact)
        elif isinstance(fact, f.AssignmentDropped):
            gone = next((a for a in left if named(a) == named(fact)), None)
            left = [a for a in left if a is not gone]
        elif isinstance(fact, f.RemovedFromCertification):
            left = []
    return left


def named(fact: f.AssignmentAdded | f.AssignmentDropped) -> tuple[str, str | None]:
    return fact.source, fact.reference


# --- due days ---------------------------------------------------------------------------------


def due(events: Iterable[Event], instant: datetime) -> date | None:
    """The day by which the open cycle, or the one that is assigned, is to be finished (P8)."""
    effective = in_effect(events, instant, None)
    begun = open_cycles(effective)
    if not begun:
        idle = bar(effective) is None and not any(is_issue(e) for e in effective)
        return max(asked_for(effective), default=None) if idle and assignments(effective) else None
    place = effective.index(begun[-1])
    cycle, before, later = begun[-1].fact, effective[:place], effective[place + 1 :]
    assert isinstance(cycle, f.CycleBegan)
    days = [cycle.due_on] if cycle.due_on else []
    extensions: list[date] = []
    follows = None
    if cycle.kind == "initial":
        days += asked_for(before)
    else:
        renewed = newest(before)
        if renewed is not None and not renewed.revoked:
            extensions += own_deadlines(before)
            if cycle.due_after_expiry is not None and renewed.last_valid_day is not None:
                follows = cycle.due_after_expiry
                days = [add_period(renewed.last_valid_day, follows)]
    for event in later:
        fact = event.fact
        if isinstance(fact, f.AssignmentAdded) and cycle.kind == "initial":
            days += [fact.due_on] if fact.due_on else []
        elif isinstance(fact, f.CycleMoved) and fact.number == cycle.number:
            days += [fact.due_on] if fact.due_on else []
            follows = fact.due_after_expiry
        elif isinstance(fact, f.CertificateExtended) and follows is not None and days:
            days.append(add_period(fact.until, follows))
        elif isinstance(fact, f.DeadlineExtended) and fact.number == cycle.number and days:
            extensions.append(fact.until)
    return max([*days, *extensions]) if days else None


def asked_for(events: Sequence[Event]) -> list[date]:
    """The due days of all assignments since the enrollment began, whether dropped since or not."""
    days: list[date] = []
    for place, event in enumerate(events):
        fact = event.fact
        if isinstance(fact, f.AssignmentAdded) and fact.due_on is not None:
            days.append(fact.due_on)
        elif isinstance(fact, f.RemovedFromCertification) or (
            isinstance(fact, f.CycleEnded) and fact.by == "removed"
        ):
            days = []
        elif isinstance(fact, f.AssignmentDropped):
            so_far = events[: place + 1]
            if not assignments(so_far) and not open_cycles(so_far):
                days = []
    return days


def own_deadlines(before: Sequence[Event]) -> list[date]:
    """What was given beforehand for the recertification that renews the newest certificate (R5)."""
    place = max(place for place, event in enumerate(before) if is_issue(event))
    return [e.fact.until for e in before[place:] if isinstance(e.fact, f.NextDeadlineExtended)]


# --- the answers ------------------------------------------------------------------------------


def access_is_asked_for(events: Iterable[Event], instant: datetime) -> bool:
    """Whether a request for access waits: undecided, and there has been no status since (R3)."""
    effective = in_effect(events, instant, None)
    for place, event in enumerate(effective):
        if not isinstance(event.fact, f.AccessRequested):
            continue
        if all(
            not isinstance(each.fact, f.AccessApproved | f.AccessDenied)
            and _status(effective[: place + 1 + count], each.at) is None
            for count, each in enumerate(effective[place:])
        ):
            return True
    return False


def status(
    events: Iterable[Event], instant: datetime, known_at: datetime | None = None
) -> str | None:
    """The status at an instant: the first of the five rules that applies."""
    return _status(in_effect(events, instant, known_at), instant)


def answers(events: Iterable[Event], instant: datetime) -> tuple[str | None, bool]:
    """Both answers about an instant: the status, and whether the learner is certified."""
    effective = in_effect(events, instant, None)
    return _status(effective, instant), _certified(effective, instant)


def _status(effective: Sequence[Event], instant: datetime) -> str | None:
    barred = bar(effective)
    if barred is not None:
        return barred
    begun = open_cycles(effective)
    if begun:
        return cycle_status(begun[-1], effective)
    certificate = newest(effective)
    if certificate is not None:
        zone = certificate.terms.time_zone
        if certificate.revoked:
            return "revoked"
        if not over(certificate.last_valid_day, zone, instant):
            return "certified"
        grace = last_grace_day(certificate)
        return "expired" if grace is not None and not over(grace, zone, instant) else "lapsed"
    return "assigned" if assignments(effective) else None


def certified(events: Iterable[Event], instant: datetime, known_at: datetime | None = None) -> bool:
    """Whether the learner is certified: asked of the newest certificate alone (4.1, P2)."""
    return _certified(in_effect(events, instant, known_at), instant)


def _certified(effective: Sequence[Event], instant: datetime) -> bool:
    certificate = newest(effective)
    if certificate is None or certificate.revoked:
        return False
    terms = certificate.terms
    last = (terms.grace_counts and last_grace_day(certificate)) or certificate.last_valid_day
    return not over(last, terms.time_zone, instant)
