"""The timeline of one enrollment as SVG: lanes above each other along one axis of time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from certlib._declared import takes_instants
from certlib.certifications import Certification
from certlib.periods import DAY, day_in, first_instant
from certlib.pictures import _labels as labels
from certlib.pictures._axis import Axis
from certlib.pictures._history_view import (
    CertificateSpan,
    Entry,
    HistoryView,
    StatusSpan,
    history_view,
)
from certlib.pictures._signs import (
    AMBER_INK,
    BLUE_INK,
    FILLS,
    GREEN,
    GREEN_INK,
    RED_INK,
    TINY,
    TODAY,
    WITH_CERTIFICATE,
    Signs,
)
from certlib.pictures._svg import INK, MUTED, PAPER, WIDTH, Sheet
from certlib.pictures._tables import status_title
from certlib.pictures._text import fitted, packed, width, wrapped
from certlib.state._cycles import Cycle, Due
from certlib.state._events import Event

__all__ = ["history_svg"]

MARGIN: Final = 16.0
LEFT: Final = 132.0
RIGHT: Final = WIDTH - 24.0
SMALL: Final = 11.0
LONGEST: Final = timedelta(days=3 * 366)
"""How far the picture reaches at least beyond what has happened."""

EARLIEST: Final = datetime(2, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(9998, 1, 1, tzinfo=UTC)


@takes_instants
def history_svg(
    events: Iterable[Event],
    *,
    certification: Certification,
    learner: str,
    at: datetime,
    known_at: datetime | None = None,
) -> str:
    """Return the timeline of one enrollment as SVG: as of an instant, and as known at another.

    ``events`` is its whole history. What is drawn after ``at`` follows if nothing else happens.
    """
    view = history_view(
        events, certification=certification, learner=learner, at=at, known_at=known_at
    )
    return _Timeline(view).drawn()


def _axis(view: HistoryView) -> Axis:
    """Return the axis that everything fits on; what reaches too far ahead is cut off with an arrow."""
    enrollment = view.enrollment
    happened = [view.at, *(instant for entry in view.entries for instant in _instants(entry))]
    happened += [span.certificate.issued_at for span in view.certificates]
    first, last = min(happened), max(happened)
    ends = [span.certificate.expires_at for span in view.certificates]
    ends += [
        span.certificate.grace_ends_at or span.certificate.expires_at
        for span in view.certificates
        if span.cut_at is None
    ]
    ends += [
        first_instant(day + DAY, span.certificate.terms.time_zone)
        for span in view.certificates
        for _, day in span.days
        if day is not None
    ]
    ends += [cycle.due.passes_at for cycle in enrollment.cycles if cycle.due]
    ends += [enrollment.due.passes_at] if enrollment.due else []
    ends += [point.at for point in view.ahead]
    furthest = _shifted(last, max(2 * (last - first), LONGEST))
    until = max([last, *(end for end in ends if end is not None and end <= furthest)])
    cut = any(end is None or end > until for end in ends)
    room = max(until - first, 366 * DAY if cut else 60 * DAY)
    return Axis(
        first=_shifted(first, -room * 0.02),
        last=_shifted(first, room * 1.05),
        zone=view.zone,
        left=LEFT,
        right=RIGHT,
    )


def _shifted(instant: datetime, by: timedelta) -> datetime:
    """Return an instant later or earlier; near the end of the calendar if it would leave it."""
    try:
        return instant + by
    except OverflowError:
        return EARLIEST if by < timedelta() else LATEST


def _instants(entry: Entry) -> tuple[datetime, datetime]:
    return entry.at, entry.recorded_at


class _Timeline:
    """A timeline being drawn: backgrounds lie below shapes, and shapes below words."""

    def __init__(self, view: HistoryView) -> None:
        self.view = view
        self.axis = _axis(view)
        self.ground, self.shapes, self.words = Sheet(), Sheet(), Sheet()
        self.signs = Signs(self.shapes, self.words)
        self.y = 0.0

    def drawn(self) -> str:
        title = labels.headline(self.view)
        self._head(title)
        top = self.y
        self._lane("status", self._statuses)
        if self.view.certificates:
            self._lane("certificates", self._certificates)
        if self.view.enrollment.cycles or self.view.assigned_due:
            self._lane("cycles", self._cycles)
        if self.view.passed or self.view.ahead:
            self._lane("what time does", self._points)
        if self.view.entries:
            self._lane("entries", self._entries)
        bottom = self.y
        self._grid(top, bottom)
        self._legend()
        self._list()
        sheet = Sheet()
        for part in (self.ground, self.shapes, self.words):
            sheet.add(part)
        return sheet.drawn(self.y, title=title, description=labels.description(self.view))

    # --- the frame ----------------------------------------------------------------------------

    def _head(self, title: str) -> None:
        self.words.text(
            (MARGIN, 26), fitted(title, 16, WIDTH - 2 * MARGIN - 60), size=16, bold=True
        )
        self.y = 44.0
        for line in wrapped(" ".join(labels.reading(self.view)), SMALL, WIDTH - 2 * MARGIN):
            self.words.text((MARGIN, self.y), line, size=SMALL, fill=MUTED)
            self.y += 15
        self.y += 6
        self._marks()
        ticks = tuple(self.axis.ticks())
        if not ticks or not ticks[0].is_year:
            year = str(day_in(self.view.zone, self.axis.first).year)
            self.words.text((LEFT - 18, self.y + 14), year, size=12, anchor="end", bold=True)
        for tick in ticks:
            self.words.text(
                (tick.x, self.y + 14),
                tick.text,
                size=12 if tick.is_year else TINY,
                fill=INK if tick.is_year else MUTED,
                anchor="middle",
                bold=tick.is_year,
            )
        self.y += 20

    def _marks(self) -> None:
        """Label the lines of today and of the known-at instant."""
        marks = [(self.view.at, f"today {labels.clock(self.view.at, self.view.zone)[:10]}")]
        known_at = self.view.known_at
        if known_at is not None:
            marks.append((known_at, f"known then {labels.clock(known_at, self.view.zone)[:10]}"))
        bold = SMALL * 1.15
        placed = [self._centred(self.axis.x(at), text, bold) for at, text in marks]
        lines = packed(
            (left, left + width(text, bold)) for left, (_, text) in zip(placed, marks, strict=True)
        )
        for left, line, (_, text) in zip(placed, lines, marks, strict=True):
            self.words.text((left, self.y + 6 + line * 14), text, size=SMALL, fill=TODAY, bold=True)
        self.y += 10 + max(lines) * 14

    def _centred(self, x: float, text: str, size: float) -> float:
        """Return where a text begins that is centred on a place but stays within the lanes."""
        room = width(text, size)
        return max(LEFT, min(x - room / 2, RIGHT - room))

    def _lane(self, name: str, draw: Callable[[], None]) -> None:
        top = self.y
        self.y += 8
        draw()
        self.y += 8
        self.ground.line([(MARGIN, self.y), (RIGHT, self.y)], stroke="#c9ced6", thickness=0.8)
        self.words.text((MARGIN, top + 22), name, size=12, bold=True)

    def _grid(self, top: float, bottom: float) -> None:
        grid = Sheet()
        today = self.axis.x(self.view.at)
        grid.box(today, top, RIGHT, bottom, fill="#f6f3f9")
        grid.box(LEFT, top, RIGHT, bottom, stroke="#c9ced6", thickness=0.8)
        for tick in self.axis.ticks():
            grid.line(
                [(tick.x, top), (tick.x, bottom)],
                stroke="#b4bac2" if tick.is_year else "#e6e9ec",
                thickness=1 if tick.is_year else 0.8,
            )
        grid.add(self.ground)
        self.ground = grid
        self.shapes.line([(today, top - 2), (today, bottom)], stroke=TODAY, thickness=1.8)
        if self.view.known_at is not None:
            known = self.axis.x(self.view.known_at)
            self.shapes.line(
                [(known, top - 2), (known, bottom)], stroke=TODAY, thickness=1.4, dashes="2 3"
            )

    # --- statuses -----------------------------------------------------------------------------

    def _statuses(self) -> None:
        outside: list[tuple[float, float, StatusSpan]] = []
        for span in self.view.statuses:
            left = self.axis.x(span.since)
            right = RIGHT if span.until is None else self.axis.x(span.until)
            if span.since > self.axis.last:
                continue
            self._status(span, left, right)
            if self.axis.is_beyond(span.until):
                self._continues(self.y + 12.5, FILLS[span.status][1])
            name = status_title(span.status)
            room = width(name, SMALL) + 8
            if room <= right - left:
                self.words.text(
                    (self._middle(left, right, room), self.y + 17),
                    name,
                    size=SMALL,
                    anchor="middle",
                    halo=True,
                )
            else:
                outside.append((left, right, span))
        lines = self._below(
            [((left + right) / 2, status_title(span.status)) for left, right, span in outside],
            top=self.y + 25,
        )
        if not self.view.statuses:
            self.words.text((LEFT + 8, self.y + 17), "no status yet", size=SMALL, halo=True)
        self.y += 26 + 14 * lines

    def _middle(self, left: float, right: float, room: float) -> float:
        """Return the middle of a span; on one side of today if there is room."""
        today = self.axis.x(self.view.at)
        if left < today < right:
            sides = sorted(((today - left, left, today), (right - today, today, right)))
            _, left, right = sides[1] if sides[1][0] >= room else (0.0, left, right)
        return (left + right) / 2

    def _status(self, span: StatusSpan, left: float, right: float) -> None:
        fill, ink = FILLS[span.status]
        today = self.axis.x(self.view.at)
        if left < today < right:
            self.shapes.box(left, self.y, today, self.y + 25, fill=fill)
            self.shapes.box(today, self.y, right, self.y + 25, fill=PAPER)
        else:
            self.shapes.box(left, self.y, right, self.y + 25, fill=PAPER if span.ahead else fill)
        self.shapes.box(
            left,
            self.y,
            right,
            self.y + 25,
            stroke=ink,
            thickness=1.2,
            dashes="4 3" if span.ahead else None,
        )

    def _below(self, labels: Sequence[tuple[float, str]], *, top: float) -> int:
        """Write labels below their places, with connecting lines; return how many lines of text."""
        placed = [self._centred(x, text, TINY) for x, text in labels]
        ends = [left + width(text, TINY) for left, (_, text) in zip(placed, labels, strict=True)]
        lines = packed(zip(placed, ends, strict=True))
        for left, line, (x, text) in zip(placed, lines, labels, strict=True):
            self.shapes.line([(x, top), (x, top + 4 + 14 * line)], stroke=MUTED, thickness=0.8)
            self.words.text((left, top + 13 + 14 * line), text, size=TINY, halo=True)
        return max(lines, default=-1) + 1

    # --- certificates -------------------------------------------------------------------------

    def _certificates(self) -> None:
        for place, span in enumerate(self.view.certificates):
            self.y += 6 if place else 0
            self._line_of_words(
                labels.about_certificate(span, self.view.zone), span.certificate.issued_at
            )
            self._certificate(span, self.y, self.y + 16)
            self.y += 18

    def _line_of_words(self, text: str, at: datetime) -> None:
        text = fitted(text, SMALL, RIGHT - LEFT)
        left = max(LEFT, min(self.axis.x(at), RIGHT - width(text, SMALL)))
        self.words.text((left, self.y + 10), text, size=SMALL, halo=True)
        self.y += 15

    def _certificate(self, span: CertificateSpan, top: float, bottom: float) -> None:
        each = span.certificate
        cut = span.cut_at
        named = len(span.days) == 1
        opens = span.window_opens_at
        expires = each.expires_at
        self._segment(each.issued_at, expires, cut, top, bottom, fill=GREEN, ink=GREEN_INK)
        if opens is not None:
            self._segment(
                opens,
                expires,
                cut,
                top,
                bottom,
                fill=self.signs.window,
                ink=GREEN_INK,
                name="window" if named else "",
            )
        if expires is not None and each.grace_ends_at is not None:
            self._segment(
                expires,
                each.grace_ends_at,
                cut,
                top,
                bottom,
                fill=self.signs.grace,
                ink=AMBER_INK,
                name="grace" if named else "",
            )
        over = each.grace_ends_at or expires
        for _, day in span.days[:-1]:
            if day is not None and day != each.last_valid_day:
                self._former(first_instant(day + DAY, each.terms.time_zone), over, top, bottom)
        if cut is not None:
            x, middle = self.axis.x(cut), (top + bottom) / 2
            if span.is_revoked:
                self.signs.revoked(x, middle)
            else:
                self.signs.bar(x, top - 2, bottom + 2)

    def _former(self, at: datetime, over: datetime | None, top: float, bottom: float) -> None:
        """Draw a former end of a certificate."""
        if self.axis.is_beyond(at):
            return
        x, middle = self.axis.x(at), (top + bottom) / 2
        if over is not None and over < at:
            self.shapes.line([(self.axis.x(over), middle), (x, middle)], dashes="3 2")
        self.signs.bar(x, top - 2, bottom + 2, dashes="3 2")

    def _segment(
        self,
        since: datetime,
        until: datetime | None,
        cut: datetime | None,
        top: float,
        bottom: float,
        *,
        fill: str,
        ink: str,
        name: str = "",
    ) -> None:
        """Draw a part of a certificate: filled until it was cut short, an empty outline after that."""
        left = self.axis.x(since)
        right = RIGHT if until is None else self.axis.x(until)
        middle = right if cut is None else min(max(self.axis.x(cut), left), right)
        if self.axis.is_beyond(since):
            return
        if cut is None or cut > since:
            self.shapes.box(left, top, middle, bottom, fill=fill, stroke=ink, thickness=1)
        if cut is not None and (until is None or cut < until):
            self.shapes.box(
                middle, top, right, bottom, fill=PAPER, stroke=MUTED, thickness=1, dashes="3 3"
            )
        if self.axis.is_beyond(until):
            self._continues((top + bottom) / 2, ink if cut is None else MUTED)
        if name and width(name, TINY) + 10 <= middle - left:
            self.words.text(
                ((left + middle) / 2, bottom - 4.5), name, size=TINY, anchor="middle", halo=True
            )

    def _continues(self, y: float, ink: str) -> None:
        """Draw the arrow of something that continues beyond the picture."""
        self.shapes.head((RIGHT + 14, y), (1, 0), fill=ink, size=14)

    # --- cycles -------------------------------------------------------------------------------

    def _cycles(self) -> None:
        for place, cycle in enumerate(self.view.enrollment.cycles):
            self.y += 6 if place else 0
            self._line_of_words(labels.about_cycle(cycle, self.view.zone), cycle.began_at)
            self._cycle(cycle, self.y + 7)
            self.y += 15
        due = self.view.assigned_due
        if due is not None:
            self.y += 6 if self.view.enrollment.cycles else 0
            assigned = self.view.enrollment.assignments[0].at
            self._line_of_words(f"Assigned: {labels.about_due(due)}", assigned)
            self._due(due, self.y + 7)
            self.y += 15

    def _cycle(self, cycle: Cycle, y: float) -> None:
        left = self.axis.x(cycle.began_at)
        right = self.axis.x(cycle.ended_at or self.view.at)
        started = right if cycle.started_at is None else self.axis.x(cycle.started_at)
        if started > left:
            self.signs.cycle(left, started, y, started=False)
        if cycle.started_at is not None:
            self.signs.cycle(started, right, y, started=True)
        if cycle.due is not None:
            self._due(cycle.due, y)
        if cycle.ended_at is None:
            self.shapes.head((right + 10, y), (1, 0), fill=BLUE_INK, size=10)
        else:
            self.signs.cycle_ended(right, y, with_certificate=cycle.ended_by in WITH_CERTIFICATE)

    def _due(self, due: Due, y: float) -> None:
        at = due.passes_at
        first = first_instant(due.on + DAY, due.time_zone)
        if first != at and not self.axis.is_beyond(first):
            left, right = self.axis.x(first), self.axis.x(at)
            self.signs.diamond(left, y, 4, fill=PAPER)
            self.shapes.line([(left + 4, y), (right - 12, y)], stroke=RED_INK, dashes="3 2")
            self.shapes.head((right - 7, y), (1, 0), fill=RED_INK, size=6)
        if self.axis.is_beyond(at):
            self._continues(y, RED_INK)
            return
        self.signs.deadline(self.axis.x(at), y, hard=due.hard)

    # --- change points ------------------------------------------------------------------------

    def _points(self) -> None:
        points = [(each, True) for each in self.view.passed]
        points += [(each, False) for each in self.view.ahead]
        texts = [labels.about_point(point, self.view.zone) for point, _ in points]
        spans: list[tuple[float, float]] = []
        for (point, _), text in zip(points, texts, strict=True):
            x, room = self.axis.x(point.at), width(text, TINY) + 18
            to_the_right = x <= LEFT + (RIGHT - LEFT) * 0.75
            spans.append((x - 6, x + room) if to_the_right else (x - room, x + 6))
        lines = packed(spans)
        for (point, passed), text, span, line in zip(points, texts, spans, lines, strict=True):
            x, y = self.axis.x(point.at), self.y + 9 + line * 17
            if self.axis.is_beyond(point.at):
                self._continues(y, INK)
            else:
                self.signs.change(x, y, passed=passed)
            to_the_right = span[0] > x - 7
            self.words.text(
                (x + 10 if to_the_right else x - 10, y + 3.5),
                text,
                size=TINY,
                anchor="start" if to_the_right else "end",
                halo=True,
            )
        self.y += 17 * (max(lines, default=-1) + 1)

    # --- entries ------------------------------------------------------------------------------

    def _entries(self) -> None:
        late = [entry for entry in self.view.entries if entry.late]
        if late:
            lines = self._packed_marks(self.axis.x(entry.recorded_at) for entry in late)
            deepest = max(lines)
            tops = [self.y + 32 + (deepest - line) * 22 for line in lines]
            self.words.text(
                (MARGIN, self.y + 35 + deepest * 11), "recorded later", size=TINY, fill=MUTED
            )
            self.y += (deepest + 1) * 22 + 48
        else:
            tops = []
        lines = self._packed_marks(self.axis.x(entry.at) for entry in self.view.entries)
        for entry, line in zip(self.view.entries, lines, strict=True):
            x, y = self.axis.x(entry.at), self.y + 12 + line * 22
            if entry.late:
                recorded = (self.axis.x(entry.recorded_at), tops[late.index(entry)])
                self.shapes.line([recorded, (x, y)], stroke=TODAY, thickness=1.3, dashes="5 3")
                self.signs.recorded(str(entry.number), recorded)
            self.signs.numbered(x, y, str(entry.number), struck=entry.struck_by is not None)
        if late:
            self.words.text((MARGIN, self.y + 16), "took effect", size=TINY, fill=MUTED)
        self.y += 22 * (max(lines) + 1) + 2

    def _packed_marks(self, places: Iterable[float]) -> list[int]:
        return packed((x - 7, x + 7) for x in places)

    # --- below --------------------------------------------------------------------------------

    def _legend(self) -> None:
        """Explain the signs in the picture."""
        self.y += 22
        x = MARGIN
        for text, draw in self.signs.used(self.view):
            room = 42 + width(text, TINY)
            if x + room > RIGHT:
                x, self.y = MARGIN, self.y + 18
            draw(x, self.y)
            self.words.text((x + 30, self.y + 3.5), text, size=TINY, fill=MUTED)
            x += room
        self.y += 22

    def _list(self) -> None:
        self.y += 10
        columns = (MARGIN + 22, MARGIN + 44, MARGIN + 180, MARGIN + 345, WIDTH - 340.0)
        if self.view.entries:
            for x, text in zip(columns, ("", "took effect", "recorded", "what", "by"), strict=True):
                self.words.text((x, self.y), text, size=SMALL, bold=True)
            self.y += 4
        for entry in self.view.entries:
            self.y += 16
            struck = entry.struck_by is not None
            recorded = labels.clock(entry.recorded_at, self.view.zone)
            cells = (
                labels.clock(entry.at, self.view.zone),
                recorded + (" (late)" if entry.late else ""),
                fitted(labels.about_entry(entry), SMALL, columns[4] - columns[3] - 10),
                fitted(f"{entry.actor}: {entry.row}", SMALL, RIGHT - columns[4]),
            )
            self.words.text(
                (columns[0], self.y), str(entry.number), size=SMALL, anchor="end", bold=True
            )
            for x, text in zip(columns[1:], cells, strict=True):
                self.words.text((x, self.y), text, size=SMALL, struck=struck)
        self.y += 16
