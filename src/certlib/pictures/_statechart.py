"""The state diagram of a table as SVG: a lane for each status, and a line for each arrow.

The lanes are fixed, so no layout is computed, and a host's own table is drawn in the same way. Each arrow
begins at a dot in the lane of one status and ends in the lane of another, with its commands above.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Final

from certlib.pictures._edges import (
    BARRED,
    HOLDING,
    LANES,
    PREPARING,
    Edge,
    drawn_statuses,
    edges,
    notes,
)
from certlib.pictures._svg import INK, MUTED, WIDTH, Sheet
from certlib.pictures._tables import status_title
from certlib.pictures._text import width, wrapped
from certlib.state._status import Status
from certlib.state._table import Table

__all__ = ["table_svg"]

TITLE: Final = "The statuses of an enrollment, and what leads from one to another"
TINTS: Final[Mapping[str, tuple[str, str]]] = {
    PREPARING: ("#eef3fb", "#2f5d9e"),
    HOLDING: ("#eef7ee", "#2c6e37"),
    BARRED: ("#fbeeee", "#9b2c2c"),
}
"""The background and ink of each group of lanes; its name stands above it."""
MARGIN: Final = 16.0
GUTTER: Final = 10.0
"""The gap between two groups."""
TOP: Final = 62.0
BOX: Final = 34.0
SMALL: Final = 11.0
LINE: Final = 13.0
WIDEST: Final = 690.0
"""How wide a label of an arrow may be before it is broken into lines."""


def table_svg(table: Table) -> str:
    """Return the state diagram of a table as SVG."""
    drawn = edges(table)
    lanes = _lanes(table)
    arrows, bottom = _arrows(drawn, lanes)
    remarks = [line for note in notes(table) for line in wrapped(note, 11, WIDTH - 2 * MARGIN)]
    sheet = Sheet()
    sheet.text((MARGIN, 24), TITLE, size=16, bold=True)
    _legend(sheet)
    for lane, statuses in LANES.items():
        _group(sheet, lane, [lanes[each] for each in statuses if each in lanes], bottom)
    for status, (x, room) in lanes.items():
        sheet.line([(x, TOP + 24 + BOX), (x, bottom)], stroke="#b8bcc2", thickness=1)
        for top in (TOP + 22, bottom):
            _box(sheet, status, x, room, top)
    for edge, arrow in arrows:
        sheet.group(_sentence(edge), arrow)
    under = bottom + BOX + 30
    for place, line in enumerate(remarks):
        sheet.text((MARGIN, under + place * 15), line, size=11, fill=MUTED)
    return sheet.drawn(
        under + len(remarks) * 15 + 4, title=TITLE, description=map(_sentence, drawn)
    )


def _sentence(edge: Edge) -> str:
    return f"{status_title(edge.before)} to {status_title(edge.after)}: {edge.label}."


def _lanes(table: Table) -> dict[Status | None, tuple[float, float]]:
    """Return the middle and the width of the lane of each status."""
    there = drawn_statuses(table)
    room = (WIDTH - 2 * MARGIN - GUTTER * (len(LANES) - 1)) / len(there)
    found: dict[Status | None, tuple[float, float]] = {}
    left = MARGIN
    for statuses in LANES.values():
        for status in statuses:
            if status in there:
                found[status] = (left + room / 2, room)
                left += room
        left += GUTTER
    return found


def _group(sheet: Sheet, name: str, lanes: list[tuple[float, float]], bottom: float) -> None:
    """Draw the background of a group of lanes, with its name."""
    if not lanes:
        return
    ground, ink = TINTS[name]
    (first, room), (last, _) = lanes[0], lanes[-1]
    left, right = first - room / 2, last + room / 2
    sheet.box(left, TOP - 6, right, bottom + BOX + 8, fill=ground, radius=6)
    sheet.text(((left + right) / 2, TOP + 12), name, size=13, fill=ink, anchor="middle", bold=True)


def _box(sheet: Sheet, status: Status | None, x: float, room: float, top: float) -> None:
    half = room / 2 - 4
    ink = next(TINTS[lane][1] for lane, each in LANES.items() if status in each)
    sheet.box(
        x - half,
        top,
        x + half,
        top + BOX,
        fill="#ffffff",
        stroke=ink,
        thickness=1.6,
        radius=7,
        dashes="4 3" if status is None else None,
    )
    words = "no status" if status is None else status_title(status)
    lines = wrapped(words, 11.5, 2 * half - 6)
    for place, line in enumerate(lines):
        y = top + BOX / 2 + 4 + (place - (len(lines) - 1) / 2) * 13
        sheet.text((x, y), line, size=11.5, anchor="middle", bold=True)


def _legend(sheet: Sheet) -> None:
    y = 42.0
    sheet.line([(MARGIN + 2, y - 4), (MARGIN + 42, y - 4)])
    sheet.head((MARGIN + 44, y - 4), (1, 0))
    sheet.text((MARGIN + 52, y), "by one of the commands above it", size=11)
    left = MARGIN + 270
    sheet.line([(left, y - 4), (left + 40, y - 4)], dashes="5 4")
    sheet.head((left + 42, y - 4), (1, 0))
    sheet.text((left + 50, y), "by time alone, when a date passes", size=11)


def _arrows(
    drawn: tuple[Edge, ...], lanes: Mapping[Status | None, tuple[float, float]]
) -> tuple[list[tuple[Edge, Sheet]], float]:
    """Return the arrows from top to bottom, grouped by status, and the height where they end."""
    y = TOP + 22 + BOX + 6
    found: list[tuple[Edge, Sheet]] = []
    for place, (_, several) in enumerate(groupby(drawn, key=lambda edge: edge.before)):
        arrows = [(edge, wrapped(edge.label, SMALL, WIDEST, between=", ")) for edge in several]
        if place:
            y += 9
            rule = Sheet()
            rule.line([(MARGIN, y - 2), (WIDTH - MARGIN, y - 2)], stroke="#c9ced6", thickness=0.7)
            arrows_above = found[-1][1]
            arrows_above.add(rule)
        for edge, lines in arrows:
            y += len(lines) * LINE + 9
            found.append((edge, _arrow(edge, lines, lanes, y)))
    return found, y + 14


def _arrow(
    edge: Edge, lines: list[str], lanes: Mapping[Status | None, tuple[float, float]], y: float
) -> Sheet:
    x, end = lanes[edge.before][0], lanes[edge.after][0]
    way = 1 if end > x else -1
    sheet = Sheet()
    left, anchor = _label_place(max(width(line, SMALL) for line in lines), x, end)
    for place, line in enumerate(lines):
        above = 6 + (len(lines) - 1 - place) * LINE
        sheet.text((left, y - above), line, size=SMALL, anchor=anchor, halo=True)
    sheet.line([(x, y), (end - way * 6, y)], thickness=1.4, dashes="5 4" if edge.by_time else None)
    sheet.put("circle", cx=x, cy=y, r=3.4, fill=INK)
    sheet.head((end - way, y), (way, 0), size=8)
    return sheet


def _label_place(room: float, x: float, end: float) -> tuple[float, str]:
    """Return the place and anchor of a label: centred over its arrow if it fits, or else from its start."""
    if room <= abs(end - x) - 12:
        return (x + end) / 2, "middle"
    if end > x:
        return min(x + 6, WIDTH - MARGIN - room - 2), "start"
    return max(x - 6, MARGIN + room + 2), "end"
