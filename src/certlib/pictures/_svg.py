"""SVG: a sheet that collects lines, shapes and texts in order.

The result needs no script, style sheet, image or font from elsewhere. Shapes, dashes, hatching or words
carry every meaning that a colour has.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Final, TypeAlias

from certlib.pictures._text import escaped, width

__all__ = ["INK", "MUTED", "PAPER", "WIDTH", "Point", "Sheet"]

Point: TypeAlias = tuple[float, float]

WIDTH: Final = 1200
"""The width of every picture; its height follows from what is in it."""
INK: Final = "#1a1a1a"
MUTED: Final = "#5f6368"
PAPER: Final = "#ffffff"
FONT: Final = "sans-serif"


def number(value: float) -> str:
    """Return a number as short as it can be, to a tenth.

    >>> number(12.0), number(12.34), number(-0.01)
    ('12', '12.3', '0')
    """
    return f"{round(value, 1) + 0:.1f}".removesuffix(".0")


class Sheet:
    """A picture being drawn; later elements lie above earlier ones."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._patterns: dict[str, str] = {}

    def put(self, name: str, content: str = "", /, **given: str | float | None) -> None:
        """Put an element on the sheet; an attribute that is None is left out."""
        self._parts.append(_element(name, content, given))

    def group(self, title: str, parts: Sheet, /, **given: str) -> None:
        """Add another sheet as a group, with a title for screen readers."""
        self._patterns |= parts._patterns
        inner = "".join((f"<title>{escaped(title)}</title>", *parts._parts))
        self._parts.append(_element("g", inner, given))

    def add(self, other: Sheet, /) -> None:
        """Add another sheet."""
        self._patterns |= other._patterns
        self._parts += other._parts

    def line(
        self,
        points: Sequence[Point],
        *,
        stroke: str = INK,
        thickness: float = 1.2,
        dashes: str | None = None,
    ) -> None:
        """Draw a line through points."""
        self.put(
            "polyline",
            points=_points(points),
            fill="none",
            stroke=stroke,
            stroke_width=thickness,
            stroke_dasharray=dashes,
        )

    def shape(
        self,
        points: Sequence[Point],
        *,
        fill: str = INK,
        stroke: str = INK,
        thickness: float = 1.2,
    ) -> None:
        """Draw a closed shape."""
        self.put(
            "polygon", points=_points(points), fill=fill, stroke=stroke, stroke_width=thickness
        )

    def box(
        self,
        left: float,
        top: float,
        right: float,
        bottom: float,
        *,
        fill: str = "none",
        stroke: str | None = None,
        dashes: str | None = None,
        radius: float | None = None,
        thickness: float | None = None,
    ) -> None:
        """Draw a box between two corners."""
        self.put(
            "rect",
            x=left,
            y=top,
            width=max(right - left, 0.5),
            height=bottom - top,
            rx=radius,
            fill=fill,
            stroke=stroke,
            stroke_width=thickness,
            stroke_dasharray=dashes,
        )

    def text(
        self,
        at: Point,
        words: str,
        *,
        size: float = 12,
        fill: str = INK,
        anchor: str = "start",
        bold: bool = False,
        halo: bool = False,
        struck: bool = False,
    ) -> None:
        """Write a line of text; a halo hides what lies below it."""
        x, y = at
        if halo:
            room = width(words, size) * 0.95
            left = x - {"start": 0.0, "middle": room / 2, "end": room}[anchor]
            self.put(
                "rect",
                x=left - 2,
                y=y - size * 0.9,
                width=room + 4,
                height=size * 1.2,
                fill=PAPER,
                fill_opacity="0.75",
                rx=3,
            )
        self.put(
            "text",
            escaped(words),
            x=x,
            y=y,
            font_size=size,
            fill=fill,
            text_anchor=None if anchor == "start" else anchor,
            font_weight="bold" if bold else None,
            text_decoration="line-through" if struck else None,
        )

    def head(self, at: Point, direction: Point, *, fill: str = INK, size: float = 7) -> None:
        """Draw an arrowhead that ends at a point; the direction has length 1."""
        (x, y), (right, down) = at, direction
        back = (x - right * size, y - down * size)
        half = size * 0.55
        self.shape(
            [
                at,
                (back[0] - down * half, back[1] + right * half),
                (back[0] + down * half, back[1] - right * half),
            ],
            fill=fill,
            stroke=fill,
            thickness=0.5,
        )

    def cross(self, at: Point, size: float, *, stroke: str = INK, thickness: float = 2) -> None:
        """Draw a cross."""
        x, y = at
        for slope in (1, -1):
            self.line(
                [(x - size, y - slope * size), (x + size, y + slope * size)],
                stroke=stroke,
                thickness=thickness,
            )

    def hatching(self, name: str, *, ink: str, paper: str, rising: bool = True) -> str:
        """Define a fill of slanted lines under a unique name, and return it."""
        lines = (
            "M-2,2 l4,-4 M0,8 l8,-8 M6,10 l4,-4" if rising else "M-2,6 l4,4 M0,0 l8,8 M6,-2 l4,4"
        )
        ground = _element("rect", "", {"width": 8, "height": 8, "fill": paper})
        drawn = _element("path", "", {"d": lines, "stroke": ink, "stroke_width": 1.3})
        self._patterns[name] = _element(
            "pattern",
            ground + drawn,
            {"id": name, "width": 8, "height": 8, "patternUnits": "userSpaceOnUse"},
        )
        return f"url(#{name})"

    def drawn(self, height: float, *, title: str, description: Iterable[str]) -> str:
        """Return the SVG, with a title and a description for screen readers."""
        text = " ".join(description)
        # Pictures may share a page, where ids must be unique.
        name = sha256("\0".join((title, text, *self._parts)).encode(errors="replace")).hexdigest()
        name = f"certlib-{name[:12]}"
        parts = [
            f'<title id="{name}-title">{escaped(title)}</title>',
            f'<desc id="{name}-desc">{escaped(text)}</desc>',
        ]
        if self._patterns:
            parts.append(f"<defs>{''.join(self._patterns.values())}</defs>")
        parts.append(_element("rect", "", {"width": WIDTH, "height": height, "fill": PAPER}))
        return _element(
            "svg",
            "\n".join(("", *parts, *self._parts, "")),
            {
                "xmlns": "http://www.w3.org/2000/svg",
                "viewBox": f"0 0 {WIDTH} {number(height)}",
                "width": WIDTH,
                "height": height,
                "role": "img",
                "aria-labelledby": f"{name}-title {name}-desc",
                "font_family": FONT,
            },
        )


def _points(points: Sequence[Point]) -> str:
    return " ".join(f"{number(x)},{number(y)}" for x, y in points)


def _element(name: str, content: str, given: Mapping[str, str | float | None]) -> str:
    attributes = "".join(
        f' {key.replace("_", "-")}="{escaped(value if isinstance(value, str) else number(value))}"'
        for key, value in given.items()
        if value is not None
    )
    return f"<{name}{attributes}>{content}</{name}>" if content else f"<{name}{attributes}/>"
