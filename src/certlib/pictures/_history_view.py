"""What a picture of one enrollment shows: derived from its history before anything is drawn.

Most of it comes from the fold, the timeline and the outlook. Only two things are derived here: which
entry gave a certificate its dates, and which entries were recorded late.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from attrs import frozen

from certlib.certifications import Certification
from certlib.periods import day_in
from certlib.state._certificates import Certificate
from certlib.state._cycles import Due
from certlib.state._enrollments import Enrollment
from certlib.state._events import Event
from certlib.state._fold import counting, fold, replay
from certlib.state._status import Status
from certlib.state._timeline import ChangePoint, outlook, timeline
from certlib.state.facts import EntryStruck

__all__ = ["CertificateSpan", "Entry", "HistoryView", "StatusSpan", "history_view"]


@frozen(kw_only=True)
class StatusSpan:
    """How long a status holds; without an end if ``until`` is None."""

    status: Status
    since: datetime
    until: datetime | None
    ahead: bool = False
    """Whether it lies in the future."""


@frozen(kw_only=True)
class CertificateSpan:
    """A certificate, with what ended it early and how its last valid day changed."""

    number: int
    certificate: Certificate
    superseded_at: datetime | None
    days: tuple[tuple[int, date | None], ...]
    """Its last valid days in turn, each with the entry that set it; the last one holds."""

    @property
    def cut_at(self) -> datetime | None:
        """When it was cut short: superseded or revoked, whichever came first."""
        ends = (self.superseded_at, self.certificate.revoked_at)
        cut = min(filter(None, ends), default=None)
        over = self.certificate.grace_ends_at or self.certificate.expires_at
        return None if cut is None or (over is not None and cut > over) else cut

    @property
    def is_revoked(self) -> bool:
        """Whether a revocation ended it, not the next certificate."""
        return self.cut_at is not None and self.cut_at == self.certificate.revoked_at

    @property
    def window_opens_at(self) -> datetime | None:
        """When recertification may start; None if it may from the beginning, or never."""
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
class HistoryView:
    """One enrollment over time, as of an instant and as known at another."""

    enrollment: Enrollment
    zone: str
    at: datetime
    known_at: datetime | None
    statuses: tuple[StatusSpan, ...]
    certificates: tuple[CertificateSpan, ...]
    entries: tuple[Entry, ...]
    passed: tuple[ChangePoint, ...]
    ahead: tuple[ChangePoint, ...]
    unknown: int
    """How many entries were recorded after ``known_at``."""
    later: int
    """How many known entries take effect after ``at``."""

    @property
    def status(self) -> Status | None:
        """The status at the instant asked about."""
        return self.enrollment.status_at(self.at)

    @property
    def assigned_due(self) -> Due | None:
        """The due day of the assignments while no cycle is open."""
        return None if self.enrollment.open_cycle else self.enrollment.due


def history_view(
    events: Iterable[Event],
    *,
    certification: Certification,
    learner: str,
    at: datetime,
    known_at: datetime | None = None,
) -> HistoryView:
    """Return what a picture of a history shows, as of ``at`` and as known at ``known_at``."""
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
    return HistoryView(
        enrollment=enrollment,
        zone=zone,
        at=at,
        known_at=known_at,
        statuses=_status_spans(changes, at),
        certificates=_certificate_spans(counting(known, at=at), enrollment),
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


def _status_spans(
    changes: Sequence[tuple[datetime, Status | None]], at: datetime
) -> tuple[StatusSpan, ...]:
    """Return the statuses one after another; between two of them there is no status."""
    last_of_instant = dict(changes)
    turns: list[tuple[datetime, Status | None]] = []
    for instant, status in last_of_instant.items():
        if not turns or turns[-1][1] is not status:
            turns.append((instant, status))
    ends = [*(instant for instant, _ in turns[1:]), None]
    return tuple(
        StatusSpan(status=status, since=since, until=until, ahead=since > at)
        for (since, status), until in zip(turns, ends, strict=False)
        if status is not None
    )


def _certificate_spans(
    counted: Sequence[Event], enrollment: Enrollment
) -> tuple[CertificateSpan, ...]:
    days: dict[int, list[tuple[int, date | None]]] = {}
    growing = Enrollment.blank(learner=enrollment.learner, certification=enrollment.certification)
    for event in counted:
        growing = fold(growing, event)
        for each in growing.certificates:
            known = days.setdefault(each.sequence, [])
            if not known or known[-1][1] != each.last_valid_day:
                known.append((event.entry, each.last_valid_day))
    certificates = enrollment.certificates
    following = [*(each.issued_at for each in certificates[1:]), None]
    return tuple(
        CertificateSpan(
            number=number,
            certificate=each,
            superseded_at=superseded_at,
            days=tuple(days[each.sequence]),
        )
        for number, (each, superseded_at) in enumerate(
            zip(certificates, following, strict=False), start=1
        )
    )
