"""Text that is safe in one line of a log: nothing in it breaks the line, and nothing is endless (W4)."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["one_line", "printable", "shortened", "shown_id"]

_PLAIN: Final = re.compile(r"[^\s\"'`;:,()\[\]{}]{1,80}")
LONGEST: Final = 300
"""So many characters one value may add to a text, at most."""


def one_line(text: str) -> str:
    r"""Return a text with everything escaped that a terminal or a log would not print.

    >>> one_line("ann\n2026-01-01 ERROR")
    'ann\\n2026-01-01 ERROR'
    """
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


def shortened(text: str, limit: int = LONGEST) -> str:
    """Return a text of one line, cut after so many characters.

    >>> shortened("a" * 20, 10)
    'aaaaaaa...'
    """
    return _cut(one_line(text[: limit + 1]), limit)


def printable(value: object, limit: int = 80) -> str:
    r"""Return a value as text that is safe in a message: escaped, quoted, at most ``limit`` characters.

    >>> printable("a\nb")
    "'a\\nb'"
    """
    # The rest of a long text is not looked at: its quoted form is at least as long as what is shown.
    text = ascii(value) if not isinstance(value, str) else repr(value[: limit + 1])
    return _cut(text, limit)


def shown_id(text: object) -> str:
    r"""Return an id as it is where it cannot be taken for something else, and quoted otherwise.

    >>> shown_id("FIRE-1"), shown_id("ann (ok)"), shown_id("ann\n")
    ('FIRE-1', "'ann (ok)'", "'ann\\n'")
    """
    if isinstance(text, str) and text.isprintable() and _PLAIN.fullmatch(text):
        return text
    return printable(text)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 3] + "..."
