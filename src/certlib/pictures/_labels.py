"""The words in a picture of an enrollment: its labels, and the description for screen readers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from certlib.periods import day_in
from certlib.pictures._history_view import CertificateSpan, Entry, HistoryView
from certlib.pictures._tables import status_title
from certlib.pictures._text import plural
from certlib.state._cycles import Cycle, CycleEnd, Due
from certlib.state._timeline import MOMENT, ChangeKind, ChangePoint

__all__ = [
    "about_certificate",
    "about_cycle",
    "about_due",
    "about_entry",
    "about_point",
    "clock",
    "description",
    "headline",
    "reading",
]

POINTS: Final = {
    ChangeKind.WINDOW_OPENS: "window opens on",
    ChangeKind.CERTIFICATE_EXPIRES: "expires after",
    ChangeKind.GRACE_ENDS: "grace ends after",
    ChangeKind.CYCLE_DUE: "soft due day over after",
    ChangeKind.DEADLINE_CLOSES: "hard deadline closes after",
}

ENDINGS: Final[Mapping[str, str]] = {
    CycleEnd.CERTIFICATE: "ended by its certificate",
    CycleEnd.AWARD: "ended by an award",
    CycleEnd.REVOKED: "ended by a revocation",
    CycleEnd.REMOVED: "ended by removal",
}


def clock(instant: datetime, zone: str) -> str:
    """Return an instant by the calendar and the clock of a zone.

    >>> from datetime import UTC
    >>> clock(datetime(2025, 6, 1, 22, 30, tzinfo=UTC), "Europe/Berlin")
    '2025-06-02 00:30'
    """
    return instant.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


def headline(view: HistoryView) -> str:
    """Return the title: the learner, the certification, and the status at the instant asked about."""
    status = status_title(view.status) if view.status else "no status"
    enrollment = view.enrollment
    on = day_in(view.zone, view.at)
    return f"{enrollment.learner} in {enrollment.certification}: {status} on {on}"


def reading(view: HistoryView) -> tuple[str, ...]:
    """Return sentences about the time zone, and what is known and left out."""
    sentences = [f"Days and times are those of {view.zone}."]
    if view.known_at is None:
        sentences.append("All that is recorded is known.")
    else:
        sentences.append(f"As it was known at {clock(view.known_at, view.zone)}.")
    if view.unknown:
        sentences.append(
            f"Left out: {plural(view.unknown, 'entry', 'entries')} recorded after that."
        )
    if view.later:
        sentences.append(f"Left out: {plural(view.later, 'entry', 'entries')} of later effect.")
    sentences.append("What lies after today follows if nothing else happens.")
    return tuple(sentences)


def about_certificate(span: CertificateSpan, zone: str) -> str:
    """Describe a certificate in one line."""
    each = span.certificate
    origin = "award" if each.is_award else f"earned in cycle {each.cycle}"
    first, *others = (day for _, day in span.days)
    parts = [
        f"Certificate {span.number} ({origin}, entry {each.entry}): {_through(first)}",
        *(
            f"by entry {entry} {_through(day)}"
            for (entry, _), day in zip(span.days[1:], others, strict=True)
        ),
    ]
    if span.superseded_at is not None and not span.is_revoked:
        parts.append(f"superseded {day_in(zone, span.superseded_at)}")
    if each.revoked_at is not None:
        parts.append(f"revoked {day_in(zone, each.revoked_at)}")
    return "; ".join(parts)


def _through(day: date | None) -> str:
    return "never expires" if day is None else f"valid through {day}"


def about_cycle(cycle: Cycle, zone: str) -> str:
    """Describe a cycle in one line."""
    began = day_in(zone, cycle.began_at)
    if cycle.ended_at is None or cycle.ended_by is None:
        parts = [f"Cycle {cycle.number} ({cycle.kind}): from {began}, open"]
    else:
        how = ENDINGS.get(cycle.ended_by, cycle.ended_by)
        ended = day_in(zone, cycle.ended_at)
        parts = [f"Cycle {cycle.number} ({cycle.kind}): {began} to {ended}, {how}"]
    if cycle.started_at is None:
        parts.append("not started")
    elif cycle.started_at != cycle.began_at:
        parts.append(f"started {day_in(zone, cycle.started_at)}")
    if cycle.due is not None:
        parts.append(about_due(cycle.due))
    return "; ".join(parts)


def about_due(due: Due) -> str:
    """Describe a due day."""
    kind = "hard" if due.hard else "soft"
    moved = "" if due.day == due.on else f", extended to {due.day}"
    return f"due through {due.on} ({kind}){moved}"


def about_point(point: ChangePoint, zone: str) -> str:
    """Describe a change point; a day is over at its end."""
    opens = point.kind is ChangeKind.WINDOW_OPENS
    return f"{POINTS[point.kind]} {day_in(zone, point.at if opens else point.at - MOMENT)}"


def about_entry(entry: Entry) -> str:
    """Describe what an entry recorded."""
    facts = ", ".join(dict.fromkeys(fact.replace("_", " ") for fact in entry.facts))
    struck = "" if entry.struck_by is None else f" (struck by entry {entry.struck_by})"
    return f"{facts}{struck}"


def description(view: HistoryView) -> Iterator[str]:
    """Yield the whole picture in sentences, for screen readers."""
    yield from reading(view)
    for span in view.statuses:
        until = "" if span.until is None else f" to {clock(span.until, view.zone)}"
        ahead = ", ahead" if span.ahead else ""
        yield f"{status_title(span.status)} from {clock(span.since, view.zone)}{until}{ahead}."
    for certificate in view.certificates:
        yield f"{about_certificate(certificate, view.zone)}."
    for cycle in view.enrollment.cycles:
        yield f"{about_cycle(cycle, view.zone)}."
    if view.assigned_due is not None:
        yield f"Assigned: {about_due(view.assigned_due)}."
    for entry in view.entries:
        late = f", recorded {clock(entry.recorded_at, view.zone)}" if entry.late else ""
        yield f"Entry {entry.number}, {clock(entry.at, view.zone)}{late}: {about_entry(entry)}."
    for when, points in (("Passed", view.passed), ("Ahead", view.ahead)):
        for point in points:
            yield f"{when}: {about_point(point, view.zone)}."
