"""The signs of a timeline and their legend. No two signs differ by colour alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeAlias

from certlib.pictures._history_view import HistoryView
from certlib.pictures._svg import INK, MUTED, PAPER, Point, Sheet
from certlib.state._cycles import CycleEnd
from certlib.state._status import Status

__all__ = [
    "AMBER", "AMBER_INK", "BLUE", "BLUE_INK", "FILLS", "GREEN", "GREEN_INK", "RED_INK", "TINY", "TODAY",
    "WITH_CERTIFICATE", "Signs",
]  # fmt: skip

TINY: Final = 9.5
GREEN: Final = "#bfe3c2"
GREEN_INK: Final = "#2c6e37"
AMBER: Final = "#fdf0d5"
AMBER_INK: Final = "#8a5a00"
BLUE: Final = "#dbe7f8"
BLUE_INK: Final = "#2f5d9e"
RED: Final = "#f8dcdc"
RED_INK: Final = "#9b2c2c"
GREY: Final = "#eceff1"
TODAY: Final = "#6a1b9a"

WITH_CERTIFICATE: Final = frozenset({CycleEnd.CERTIFICATE, CycleEnd.AWARD})

FILLS: Final[Mapping[Status, tuple[str, str]]] = {
    Status.ASSIGNED: (PAPER, BLUE_INK),
    Status.NOT_STARTED: (PAPER, BLUE_INK),
    Status.IN_PROGRESS: (BLUE, BLUE_INK),
    Status.PENDING_APPROVAL: (BLUE, BLUE_INK),
    Status.CERTIFIED: (GREEN, GREEN_INK),
    Status.EXPIRED: (AMBER, AMBER_INK),
    Status.LAPSED: (GREY, MUTED),
    Status.RECERTIFYING: (BLUE, BLUE_INK),
    Status.REVOKED: (RED, RED_INK),
    Status.DISALLOWED: (RED, RED_INK),
}
"""The fill and the edge of each status."""
Sign: TypeAlias = tuple[str, Callable[[float, float], None]]
"""The meaning of a sign, and a function that draws it at a place."""


class Signs:
    """Draws signs on two sheets; those with a number go on the upper one."""

    def __init__(self, lower: Sheet, upper: Sheet) -> None:
        self.shapes = lower
        self.words = upper
        self.window: str = lower.hatching("certlib-window", ink=GREEN_INK, paper=GREEN)
        self.grace: str = lower.hatching("certlib-grace", ink="#d9a441", paper=AMBER, rising=False)

    def revoked(self, x: float, y: float) -> None:
        """Draw where a certificate was revoked."""
        self.shapes.cross((x, y), 7, stroke=PAPER, thickness=5)
        self.shapes.cross((x, y), 7, stroke=RED_INK, thickness=2.6)

    def bar(self, x: float, top: float, bottom: float, dashes: str | None = None) -> None:
        """Draw the end of a superseded certificate; dashed, a former end."""
        self.shapes.line([(x, top), (x, bottom)], thickness=1.8 if dashes else 2.4, dashes=dashes)

    def cycle(self, left: float, right: float, y: float, *, started: bool) -> None:
        """Draw a cycle, or the part of it before its start."""
        self.shapes.box(
            left,
            y - 5,
            right,
            y + 5,
            fill=BLUE if started else PAPER,
            stroke=BLUE_INK,
            thickness=1,
            dashes=None if started else "2 2",
        )

    def cycle_ended(self, x: float, y: float, *, with_certificate: bool) -> None:
        """Draw the end of a cycle."""
        if with_certificate:
            self.shapes.put("circle", cx=x, cy=y, r=5, fill=BLUE_INK)
        else:
            self.shapes.cross((x, y), 5, stroke=RED_INK, thickness=2.4)

    def deadline(self, x: float, y: float, *, hard: bool) -> None:
        """Draw the end of a due day; a hard one closes the cycle."""
        self.diamond(x, y, 7, fill=RED_INK if hard else PAPER)
        if hard:
            self.shapes.line([(x, y - 10), (x, y + 10)], stroke=RED_INK, thickness=2.2)

    def diamond(self, x: float, y: float, size: float, *, fill: str) -> None:
        """Draw the shape of a due day."""
        self.shapes.shape(
            [(x - size, y), (x, y - size), (x + size, y), (x, y + size)],
            fill=fill,
            stroke=RED_INK,
            thickness=1.4,
        )

    def change(self, x: float, y: float, *, passed: bool) -> None:
        """Draw a change point."""
        self.shapes.shape(
            [(x - 5, y - 5), (x + 5, y - 5), (x, y + 5)], fill=INK if passed else PAPER
        )

    def numbered(self, x: float, y: float, number: str, *, struck: bool) -> None:
        """Draw an entry where it took effect; a struck one is crossed."""
        self.words.put(
            "circle",
            cx=x,
            cy=y,
            r=9,
            fill=PAPER,
            stroke=MUTED if struck else INK,
            stroke_width=1.4,
            stroke_dasharray="3 2" if struck else None,
        )
        if struck:
            self.words.cross((x, y), 10, stroke=RED_INK, thickness=2)
            self.words.put("circle", cx=x, cy=y, r=6.5, fill=PAPER)
        self.words.text((x, y + 3.5), number, size=10, anchor="middle")

    def recorded(self, number: str, at: Point) -> None:
        """Draw an entry where it was recorded, if that was later."""
        x, y = at
        self.words.box(x - 9, y - 8, x + 9, y + 8, fill=PAPER, stroke=TODAY, thickness=1.4)
        self.words.text((x, y + 3.5), number, size=10, anchor="middle")

    def sample(self, x: float, y: float, fill: str, ink: str, dashes: str | None = None) -> None:
        """Draw a sample of a fill for the legend."""
        self.shapes.box(x, y - 7, x + 24, y + 7, fill=fill, stroke=ink, thickness=1, dashes=dashes)

    def used(self, view: HistoryView) -> Iterator[Sign]:
        """Return the signs that a picture uses, for its legend."""
        entries = view.entries
        cuts = {span.is_revoked for span in view.certificates if span.cut_at is not None}
        cycles = view.enrollment.cycles
        dues = [each for each in (view.assigned_due, *(cycle.due for cycle in cycles)) if each]
        ends = {cycle.ended_by for cycle in cycles if cycle.ended_by}
        signs: list[tuple[object, str, Callable[[float, float], None]]] = [
            (view.certificates, "valid", lambda x, y: self.sample(x, y, GREEN, GREEN_INK)),
            (
                any(span.window_opens_at for span in view.certificates),
                "valid, window open",
                lambda x, y: self.sample(x, y, self.window, GREEN_INK),
            ),
            (
                any(span.certificate.grace_ends_at for span in view.certificates),
                "grace",
                lambda x, y: self.sample(x, y, self.grace, AMBER_INK),
            ),
            (cuts, "cut short", lambda x, y: self.sample(x, y, PAPER, MUTED, dashes="3 3")),
            (False in cuts, "superseded", lambda x, y: self.bar(x + 12, y - 9, y + 9)),
            (True in cuts, "revoked", lambda x, y: self.revoked(x + 12, y)),
            (
                any(len(span.days) > 1 for span in view.certificates),
                "last day as first given",
                lambda x, y: self.bar(x + 12, y - 8, y + 8, dashes="3 2"),
            ),
            (
                any(cycle.started_at != cycle.began_at for cycle in cycles),
                "cycle before its start",
                lambda x, y: self.cycle(x, x + 24, y, started=False),
            ),
            (
                any(cycle.started_at for cycle in cycles),
                "cycle",
                lambda x, y: self.cycle(x, x + 24, y, started=True),
            ),
            (
                ends & WITH_CERTIFICATE,
                "cycle ended by a certificate",
                lambda x, y: self.cycle_ended(x + 12, y, with_certificate=True),
            ),
            (
                ends - WITH_CERTIFICATE,
                "cycle ended without",
                lambda x, y: self.cycle_ended(x + 12, y, with_certificate=False),
            ),
            (
                any(not due.hard for due in dues),
                "soft due day",
                lambda x, y: self.deadline(x + 12, y, hard=False),
            ),
            (
                any(due.hard for due in dues),
                "hard deadline",
                lambda x, y: self.deadline(x + 12, y, hard=True),
            ),
            (
                any(due.day != due.on for due in dues),
                "due day before it was extended",
                lambda x, y: self.diamond(x + 12, y, 4, fill=PAPER),
            ),
            (view.passed, "passed", lambda x, y: self.change(x + 12, y, passed=True)),
            (view.ahead, "ahead", lambda x, y: self.change(x + 12, y, passed=False)),
            (
                any(entry.late for entry in entries),
                "entry recorded later",
                lambda x, y: self.recorded("n", (x + 12, y)),
            ),
            (
                any(entry.struck_by for entry in entries),
                "entry struck",
                lambda x, y: self.numbered(x + 12, y, "n", struck=True),
            ),
        ]
        return ((text, draw) for there, text, draw in signs if there)
