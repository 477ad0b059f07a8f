"""Reminders: the notices that time alone makes due (P12b).

A reminder is *armed* while there is a reason for it: the newest certificate ends on that day, or the
cycle is due then. Nothing is recorded about this. The plan is computed from the history: what was known
at an instant decides what was armed then. A sweep writes what has become due to the outbox.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby, pairwise

from attrs import frozen

from certlib._declared import takes_instants
from certlib.certifications import Certification, Version
from certlib.periods import first_instant
from certlib.policies import About
from certlib.state._enrollments import Enrollment
from certlib.state._events import EntryStruck, Event
from certlib.state._fold import fold, recorded, replay
from certlib.state._notices import Notice

__all__ = [
    "Planned",
    "armed",
    "disarmed",
    "next_reminder_at",
    "plan",
]


@frozen(kw_only=True)
class Planned:
    """A reminder that became due, and when the reason for it went away, if it did."""

    notice: Notice
    withdrawn_at: datetime | None = None


def armed(enrollment: Enrollment, certification: Certification) -> tuple[Notice, ...]:
    """Return every reminder that there is a reason for now, past and future, earliest first."""
    if not any(version.policy.reminders for version in certification.versions):
        return ()
    days = (*_of_certificate(enrollment, certification), *_of_cycle(enrollment, certification))
    found = (notice for day in days for notice in _around(enrollment, day))
    return tuple(sorted(found, key=lambda each: each.at))


@frozen(kw_only=True)
class _Day:
    """A day to remind somebody of, in a time zone."""

    about: About
    day: date
    time_zone: str
    version: Version
    certificate: int | None = None
    cycle: int | None = None


def _of_certificate(enrollment: Enrollment, certification: Certification) -> Iterator[_Day]:
    newest = enrollment.newest_certificate
    version = None if newest is None else certification.version(newest.version)
    if newest is None or version is None or newest.revoked_at is not None:
        return
    days = {
        About.EXPIRY: newest.last_valid_day,
        About.GRACE: newest.last_grace_day,
        About.WINDOW: newest.terms.window_opens_on,
    }
    for about, day in days.items():
        if day is not None:
            yield _Day(
                about=about,
                day=day,
                time_zone=newest.terms.time_zone,
                version=version,
                certificate=newest.sequence,
            )


def _of_cycle(enrollment: Enrollment, certification: Certification) -> Iterator[_Day]:
    due, cycle = enrollment.due, enrollment.open_cycle
    if due is None or enrollment.last_fact_at is None:
        return
    if cycle is not None:
        version, number = certification.version(cycle.version), cycle.number
    else:  # assigned: the day is that of the next cycle
        version = certification.newest_for_cycles(enrollment.last_fact_at)
        number = enrollment.next_cycle_number
    if version is not None:
        yield _Day(
            about=About.DUE,
            day=due.day,
            time_zone=due.time_zone,
            version=version,
            cycle=number,
        )


def _around(enrollment: Enrollment, what: _Day) -> Iterator[Notice]:
    reminders, about = what.version.policy.reminders, what.about
    wanted = [(each.name, about.value, each.days) for each in reminders.at if each.about is about]
    for digest in reminders.digests:
        if digest.about is about:
            offsets = [(each - what.day).days for each in digest.days_before(what.day)]
            wanted += [(f"digest_{about}{days:+d}", f"digest_{about}", days) for days in offsets]
    for kind, words, days in wanted:
        # Days lie between 1900 and 9000 and offsets within ten years, so this day exists.
        yield Notice(
            kind=kind,
            learner=enrollment.learner,
            certification=enrollment.certification,
            at=first_instant(what.day + timedelta(days=days), what.time_zone),
            entry=enrollment.entries,
            about=words,
            certificate=what.certificate,
            cycle=what.cycle,
            day=what.day,
        )


def disarmed(
    before: Enrollment, after: Enrollment, certification: Certification
) -> tuple[Notice, ...]:
    """Return the reminders that a change has taken the reason from, past and future.

    A sweep whose clock is fast may already have written future ones.
    """
    left = {notice.key for notice in armed(after, certification)}
    return tuple(notice for notice in armed(before, certification) if notice.key not in left)


def next_reminder_at(
    enrollment: Enrollment,
    certification: Certification,
    now: datetime,
    *,
    before: Enrollment | None = None,
) -> datetime | None:
    """Return when a sweep next has something to write, if nothing else happens.

    By default, everything due by ``now`` counts as written. With ``before``, the enrollment before a
    change made now, reminders that were due already may still wait for a sweep, so they are due now.
    """
    reminders = armed(enrollment, certification)
    if before is None:
        return next((each.at for each in reminders if each.at > now), None)
    known = {notice.key for notice in armed(before, certification)}
    first = next((each.at for each in reminders if each.at >= now or each.key in known), None)
    return None if first is None else max(first, now)


@takes_instants
def plan(
    history: Sequence[Event], certification: Certification, *, learner: str, until: datetime
) -> tuple[Planned, ...]:
    """Return every reminder that became due up to an instant, earliest first (P12b).

    A reminder that was due before the fact behind it was recorded is left out. A day that moves arms its
    reminders again. There is at most one reminder for each key.
    """
    found: dict[str, Planned] = {}
    live: dict[str, tuple[datetime, Notice]] = {}
    for known_from, enrollment in _as_known(history, learner, certification.code):
        now_armed = {notice.key: notice for notice in armed(enrollment, certification)}
        for key in [key for key in live if key not in now_armed]:
            since, notice = live.pop(key)
            if since <= notice.at < known_from and notice.at <= until:
                withdrawn_at = known_from if known_from <= until else None
                found.setdefault(key, Planned(notice=notice, withdrawn_at=withdrawn_at))
        for key, notice in now_armed.items():
            since, known = live.setdefault(key, (known_from, notice))
            if known.at != notice.at and known.at >= known_from:  # in another zone, not due yet
                live[key] = (since, notice)
    for key, (since, notice) in live.items():
        if since <= notice.at <= until:
            found.setdefault(key, Planned(notice=notice))
    return tuple(sorted(found.values(), key=lambda each: each.notice.at))


def _as_known(
    history: Sequence[Event], learner: str, certification: str
) -> Iterator[tuple[datetime, Enrollment]]:
    """Yield after each entry when it was recorded, and the enrollment as then known."""
    known: list[Event] = []
    enrollment = Enrollment.blank(learner=learner, certification=certification)
    in_order = sorted(history, key=lambda event: event.sequence)
    for _, group in groupby(in_order, key=lambda event: event.entry):
        entry = list(group)
        known.extend(entry)
        if _is_at_the_end(entry, enrollment):
            for event in entry:
                enrollment = fold(enrollment, event)
            enrollment = recorded(enrollment, entry)
        else:
            enrollment = replay(known, learner=learner, certification=certification)
        yield entry[0].recorded_at, enrollment


def _is_at_the_end(entry: Sequence[Event], enrollment: Enrollment) -> bool:
    last = enrollment.last_fact_at
    return all(
        (last is None or event.at >= last) and not isinstance(event.fact, EntryStruck)
        for event in entry
    ) and all(a.at <= b.at for a, b in pairwise(entry))
