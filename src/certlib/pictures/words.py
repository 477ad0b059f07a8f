"""What a picture of one enrollment says in words: its labels, and the text for who cannot see it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from certlib.periods import day_in
from certlib.pictures.story import Entry, Held, Story
from certlib.pictures.table_text import plain
from certlib.pictures.text import plural
from certlib.state.cycles import Cycle, CycleEnd, Due
from certlib.state.timeline import MOMENT, ChangeKind, ChangePoint

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


def headline(story: Story) -> str:
    """Return who it is about, and the status of the instant asked about."""
    status = plain(story.status) if story.status else "no status"
    enrollment = story.enrollment
    on = day_in(story.zone, story.at)
    return f"{enrollment.learner} in {enrollment.certification}: {status} on {on}"


def reading(story: Story) -> tuple[str, ...]:
    """Return what the picture is drawn from, a sentence each."""
    found = [f"Days and times are those of {story.zone}."]
    if story.known_at is None:
        found.append("All that is recorded is known.")
    else:
        found.append(f"As it was known at {clock(story.known_at, story.zone)}.")
    if story.unknown:
        found.append(f"Left out: {plural(story.unknown, 'entry', 'entries')} recorded after that.")
    if story.later:
        found.append(f"Left out: {plural(story.later, 'entry', 'entries')} of later effect.")
    found.append("What lies after today follows if nothing else happens.")
    return tuple(found)


def about_certificate(held: Held, zone: str) -> str:
    """Return what there is to say of a certificate, in one line."""
    each = held.certificate
    made = "award" if each.is_award else f"earned in cycle {each.cycle}"
    first, *others = (day for _, day in held.days)
    parts = [
        f"Certificate {held.number} ({made}, entry {each.entry}): {_through(first)}",
        *(
            f"by entry {entry} {_through(day)}"
            for (entry, _), day in zip(held.days[1:], others, strict=True)
        ),
    ]
    if held.superseded_at is not None and not held.is_revoked:
        parts.append(f"superseded {day_in(zone, held.superseded_at)}")
    if each.revoked_at is not None:
        parts.append(f"revoked {day_in(zone, each.revoked_at)}")
    return "; ".join(parts)


def _through(day: date | None) -> str:
    return "never expires" if day is None else f"valid through {day}"


def about_cycle(cycle: Cycle, zone: str) -> str:
    """Return what there is to say of a cycle, in one line."""
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
    """Return what there is to say of a due day."""
    kind = "hard" if due.hard else "soft"
    moved = "" if due.day == due.on else f", extended to {due.day}"
    return f"due through {due.on} ({kind}){moved}"


def about_point(point: ChangePoint, zone: str) -> str:
    """Return what time does at a change point; a day is over at its end."""
    opens = point.kind is ChangeKind.WINDOW_OPENS
    return f"{POINTS[point.kind]} {day_in(zone, point.at if opens else point.at - MOMENT)}"


def about_entry(entry: Entry) -> str:
    """Return what an entry recorded."""
    facts = ", ".join(dict.fromkeys(fact.replace("_", " ") for fact in entry.facts))
    struck = "" if entry.struck_by is None else f" (struck by entry {entry.struck_by})"
    return f"{facts}{struck}"


def description(story: Story) -> Iterator[str]:
    """Yield the whole picture in sentences."""
    yield from reading(story)
    for stay in story.stays:
        until = "" if stay.until is None else f" to {clock(stay.until, story.zone)}"
        ahead = ", ahead" if stay.ahead else ""
        yield f"{plain(stay.status)} from {clock(stay.since, story.zone)}{until}{ahead}."
    for held in story.held:
        yield f"{about_certificate(held, story.zone)}."
    for cycle in story.enrollment.cycles:
        yield f"{about_cycle(cycle, story.zone)}."
    if story.assigned_due is not None:
        yield f"Assigned: {about_due(story.assigned_due)}."
    for entry in story.entries:
        late = f", recorded {clock(entry.recorded_at, story.zone)}" if entry.late else ""
        yield f"Entry {entry.number}, {clock(entry.at, story.zone)}{late}: {about_entry(entry)}."
    for when, points in (("Passed", story.passed), ("Ahead", story.ahead)):
        for point in points:
            yield f"{when}: {about_point(point, story.zone)}."
