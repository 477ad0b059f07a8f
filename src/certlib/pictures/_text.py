"""Texts in pictures: escaped, measured and broken into lines.

The font is not known, so widths are those of a wide sans-serif font; a text that fits by them fits in any
usual font.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape as _escaped
from itertools import accumulate, takewhile
from typing import Final
from unicodedata import combining, east_asian_width

__all__ = ["clean", "escaped", "fitted", "packed", "plural", "width", "wrapped"]

THIN: Final = frozenset("ijlI .,:;'|!")
NARROW: Final = frozenset("ftr()[]/-")
SLIM: Final = frozenset("ckszvxy")
BROAD: Final = frozenset("mwMW@%…")
GAP: Final = 8.0
"""The gap between two texts on a line."""


def clean(text: str) -> str:
    r"""Return a text without characters that are invisible, move others or are forbidden in XML.

    >>> clean("a\nb\u202e"), clean("Zoë")
    ('a\\nb\\u202e', 'Zoë')
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def escaped(text: str) -> str:
    """Return a text for XML and HTML elements and attributes, safe in any encoding.

    >>> escaped('<b> & "é"')
    '&lt;b&gt; &amp; &quot;&#233;&quot;'
    """
    return _escaped(clean(text)).encode("ascii", "xmlcharrefreplace").decode("ascii")


def width(text: str, size: float) -> float:
    """Return the greatest width of a text, in the unit of its size."""
    return size * sum(map(_ems, text))


def _ems(character: str) -> float:
    if combining(character):
        return 0.0
    if character in THIN:
        return 0.32
    if character in NARROW:
        return 0.42
    if character in SLIM:
        return 0.59
    if character in BROAD or east_asian_width(character) in "WF":
        return 1.0
    return 0.72 if character.isupper() else 0.65


def fitted(text: str, size: float, room: float) -> str:
    """Return a text cut to a width, with an ellipsis if it was cut.

    >>> fitted("Certified", 10, 40)
    'Certif…'
    """
    text = clean(text)
    if width(text, size) <= room:
        return text
    ends = accumulate(size * _ems(character) for character in text)
    kept = takewhile(lambda end: end + width("…", size) <= room, ends)
    return text[: sum(1 for _ in kept)] + "…"


def wrapped(text: str, size: float, room: float, *, between: str = " ") -> list[str]:
    """Return a text as lines that fit a width, broken between its parts; longer parts are cut.

    >>> wrapped("complete step, record exam", 10, 120, between=", ")
    ['complete step,', 'record exam']
    """
    lines: list[str] = []
    for part in clean(text).split(between):
        longer = f"{lines[-1]}{between}{part}" if lines else part
        if lines and width(longer, size) <= room:
            lines[-1] = longer
        else:
            lines.append(fitted(part, size, room))
    return [line + between.rstrip() for line in lines[:-1]] + lines[-1:]


def packed(spans: Iterable[tuple[float, float]]) -> list[int]:
    """Return a line number for each span, the first with room, so that spans on a line do not touch.

    >>> packed([(0, 50), (20, 70), (100, 150)])
    [0, 1, 0]
    """
    lines: list[list[tuple[float, float]]] = []
    found: list[int] = []
    for left, right in spans:
        free = (
            number
            for number, line in enumerate(lines)
            if all(end + GAP <= left or right + GAP <= start for start, end in line)
        )
        number = next(free, len(lines))
        if number == len(lines):
            lines.append([])
        lines[number].append((left, right))
        found.append(number)
    return found


def plural(count: int, what: str, several: str | None = None) -> str:
    """Return a count with its noun.

    >>> plural(1, "entry", "entries"), plural(2, "cycle")
    ('1 entry', '2 cycles')
    """
    return f"{count} {what if count == 1 else several or what + 's'}"
