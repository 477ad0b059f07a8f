"""What a picture of one enrollment tells: read off its history, before anything is drawn.

All of it is asked of the fold, the timeline and the outlook. Nothing is worked out anew but what
they do not say: by which entry a certificate got its dates, and which entries were recorded late.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from attrs import frozen

from certlib.certifications import Certification
from certlib.periods import day_in
from certlib.state.certificates import Certificate
from certlib.state.cycles import Due
from certlib.state.enrollments import Enrollment
from certlib.state.events import Event
from certlib.state.facts import EntryStruck
from certlib.state.fold import counting, fold, replay
from certlib.state.status import Status
from certlib.state.timeline import ChangePoint, outlook, timeline

__all__ = ["Entry", "Held", "Stay", "Story", "story"]


@frozen(kw_only=True)
class Stay:
    """How long a status held: until an instant, or without an end."""

    status: Status
    since: datetime
    until: datetime | None
    ahead: bool = False
    """Whether it has not begun yet."""


@frozen(kw_only=True)
class Held:
    """A certificate, with what ended its run and how it came by its last valid day."""

    number: int
    certificate: Certificate
    superseded_at: datetime | None
    days: tuple[tuple[int, date | None], ...]
    """Its last valid days in turn, each with the entry that gave it; the last one holds."""

    @property
    def cut_at(self) -> datetime | None:
        """When its run was cut short: superseded or revoked, whichever came first."""
        ends = (self.superseded_at, self.certificate.revoked_at)
        cut = min(filter(None, ends), default=None)
        over = self.certificate.grace_ends_at or self.certificate.expires_at
        return None if cut is None or (over is not None and cut > over) else cut

    @property
    def is_revoked(self) -> bool:
        """Whether a revocation ended it, and not the next certificate."""
        return self.cut_at is not None and self.cut_at == self.certificate.revoked_at

    @property
    def window_opens_at(self) -> datetime | None:
        """When recertification may start, where it may neither from the first nor never."""
        each = self.certificate
        opens = each.window_opens_at
        if opens is None or opens <= each.issued_at:
            return None
        return None if each.expires_at is not None and opens >= each.expires_at else opens


@frozen(kw_only=True)
class Entry:
    """What one command recorded."""

    number: int
    at: datetime
    recorded_at: datetime
    row: str
    actor: str
    facts: tuple[str, ...]
    """The tags of its facts."""
    late: bool
    """Whether it was recorded on a later day than it took effect."""
    struck_by: int | None


@frozen(kw_only=True)
class Story:
    """One enrollment over time, as it stood at an instant and as far as was known at another."""

    enrollment: Enrollment
    zone: str
    at: datetime
    known_at: datetime | None
    stays: tuple[Stay, ...]
    held: tuple[Held, ...]
    entries: tuple[Entry, ...]
    passed: tuple[ChangePoint, ...]
    ahead: tuple[ChangePoint, ...]
    unknown: int
    """How many entries were recorded after the instant up to which things are known."""
    later: int
    """How many entries that are known take effect after the instant asked about."""

    @property
    def status(self) -> Status | None:
        """The status at the instant asked about."""
        return self.enrollment.status_at(self.at)

    @property
    def assigned_due(self) -> Due | None:
        """The due day that an assignment asks for, while no cycle is open."""
        return None if self.enrollment.open_cycle else self.enrollment.due


def story(
    events: Iterable[Event],
    *,
    certification: Certification,
    learner: str,
    at: datetime,
    known_at: datetime | None = None,
) -> Story:
    """Return what there is to tell about a history."""
    events = tuple(sorted(events, key=lambda event: event.sequence))
    code, zone = certification.code, certification.zone
    known = [event for event in events if known_at is None or event.recorded_at <= known_at]
    entries = _entries(known, zone)
    enrollment = replay(known, learner=learner, certification=code, at=at)
    ahead = outlook(enrollment, at)
    moments = timeline(known, learner=learner, certification=code, until=at)
    changes: list[tuple[datetime, Status | None]] = []
    for moment in moments:
        if isinstance(moment, ChangePoint):
            changes.append((moment.at, moment.after))
        elif not moment.struck and not isinstance(moment.event.fact, EntryStruck):
            changes.append((moment.event.at, moment.after))
    changes += [(point.at, point.after) for point in ahead]
    return Story(
        enrollment=enrollment,
        zone=zone,
        at=at,
        known_at=known_at,
        stays=_stays(changes, at),
        held=_held(counting(known, at=at), enrollment),
        entries=tuple(entry for entry in entries if entry.at <= at),
        passed=tuple(moment for moment in moments if isinstance(moment, ChangePoint)),
        ahead=ahead,
        unknown=len({event.entry for event in events} - {event.entry for event in known}),
        later=sum(entry.at > at for entry in entries),
    )


def _entries(known: Sequence[Event], zone: str) -> tuple[Entry, ...]:
    struck = {
        event.fact.entry: event.entry for event in known if isinstance(event.fact, EntryStruck)
    }
    together: dict[int, list[Event]] = {}
    for event in known:
        together.setdefault(event.entry, []).append(event)
    return tuple(
        Entry(
            number=number,
            at=first.at,
            recorded_at=first.recorded_at,
            row=first.row,
            actor=first.actor,
            facts=tuple(event.fact.tag for event in (first, *others)),
            late=day_in(zone, first.recorded_at) > day_in(zone, first.at),
            struck_by=struck.get(number),
        )
        for number, (first, *others) in sorted(together.items())
    )


def _stays(changes: Sequence[tuple[datetime, Status | None]], at: datetime) -> tuple[Stay, ...]:
    """Return the statuses one after another; what is between two of them is without one."""
    last_of_instant = dict(changes)
    turns: list[tuple[datetime, Status | None]] = []
    for instant, status in last_of_instant.items():
        if not turns or turns[-1][1] is not status:
            turns.append((instant, status))
    ends = [*(instant for instant, _ in turns[1:]), None]
    return tuple(
        Stay(status=status, since=since, until=until, ahead=since > at)
        for (since, status), until in zip(turns, ends, strict=False)
        if status is not None
    )


def _held(counted: Sequence[Event], enrollment: Enrollment) -> tuple[Held, ...]:
    days: dict[int, list[tuple[int, date | None]]] = {}
    growing = Enrollment.blank(learner=enrollment.learner, certification=enrollment.certification)
    for event in counted:
        growing = fold(growing, event)
        for each in growing.certificates:
            told = days.setdefault(each.sequence, [])
            if not told or told[-1][1] != each.last_valid_day:
                told.append((event.entry, each.last_valid_day))
    certificates = enrollment.certificates
    following = [*(each.issued_at for each in certificates[1:]), None]
    return tuple(
        Held(
            number=number,
            certificate=each,
            superseded_at=superseded_at,
            days=tuple(days[each.sequence]),
        )
        for number, (each, superseded_at) in enumerate(
            zip(certificates, following, strict=False), start=1
        )
    )
