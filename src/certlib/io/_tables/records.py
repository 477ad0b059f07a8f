"""The grammar: how text falls into lines, and a record into fields (RFC 4180, strictly).

- A line ends with LF, CRLF or a lone CR. No other character ends one: not U+2028, not U+0085, not
  the vertical tab or the form feed, though `str.splitlines` thinks so.
- A field is quoted whole or not at all; a quote inside a quoted field is written twice.
- Control characters are no text: all of C0 but the tab and the line ends, DEL, and C1. A tab is
  data wherever it does not delimit. U+FEFF inside a file is data like any other character: it is
  invisible, so a name that has one is not found, and nothing is matched wrongly.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from itertools import count, islice, repeat
from typing import NamedTuple

__all__ = [
    "QUOTE",
    "WHITE",
    "Lines",
    "QuoteFlaw",
    "Record",
    "Run",
    "control",
    "find_flaw",
    "has_control",
    "longer",
    "split",
    "strict_fields",
]

QUOTE = '"'
WHITE = " \t\r\n"
"""What may be around or instead of a cell's text without being any."""

NUL = "\0"
_LONG = QUOTE * 4
_LONG_RUN = re.compile(f"{_LONG}{QUOTE}*")
_LINE = re.compile(r"([^\r\n]*)(\r\n|\r|\n)")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_C1_IN_UTF_8 = re.compile(rb"\xc2[\x80-\x9f]")
_CONTROL_BYTES = bytes(byte for byte in (*range(32), 127) if byte not in b"\t\r\n")


class Record(NamedTuple):
    """A row that was read: its fields in the order of the file's columns.

    A named tuple, because there is one for each row: creating an attrs value takes as long as all
    the rest of reading a row (measured: 0.56 us against 0.15).
    """

    row: int
    """As a spreadsheet numbers it: the heading of most files is row 1, a blank line counts."""
    line: int
    """The physical line on which the row begins."""
    fields: tuple[str, ...]


class Run(NamedTuple):
    """Rows that were read, line by line below each other: many take hardly longer than one."""

    row: int
    """Of the first of them, as `Record` has it."""
    line: int
    rows: list[tuple[str, ...]]
    """The fields of each."""

    def records(self) -> Iterable[Record]:
        """Return them one by one."""
        # All in C, for it is half of what a plain row costs.
        new = tuple.__new__  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        numbered = zip(count(self.row), count(self.line), self.rows, strict=False)
        return map(new, repeat(Record), numbered)  # pyright: ignore[reportUnknownArgumentType]


class QuoteFlaw(StrEnum):
    """How quotes can be wrong; the values are public problem codes."""

    BARE_QUOTE = "bare_quote"
    TEXT_AFTER_QUOTE = "text_after_quote"
    UNCLOSED_QUOTE = "unclosed_quote"


class Lines:
    r"""Collects text into whole lines, however it is cut; of an endless line it keeps little.

    >>> lines = Lines(100)
    >>> lines.feed("a\nb\r"), lines.feed("\nc"), lines.close()
    ((['a'], ['\n']), (['b'], ['\r\n']), (['c'], ['']))
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._pieces: list[str] = []
        self._return = ""
        self.unfinished: int = 0
        """The characters of the line that has begun and not ended."""

    def feed(self, text: str) -> tuple[list[str], list[str]]:
        """Return the lines that are whole after this text, and their ends.

        A line of more characters than the limit may lack some of those beyond it.
        """
        text = self._return + text
        self._return = ""
        if text.endswith("\r"):
            # Whether a line feed follows, only the next text will tell.
            text, self._return = text[:-1], "\r"
        end = max(text.rfind("\n"), text.rfind("\r")) + 1
        if not end:
            self._keep(text)
            return [], []
        whole = "".join([*self._pieces, text[:end]])
        self._pieces = []
        self.unfinished = 0
        self._keep(text[end:])
        return split(whole)

    def close(self) -> tuple[list[str], list[str]]:
        """Return the last line, if the file does not end with a line end."""
        text = "".join(self._pieces)
        return ([text], [self._return]) if text or self._return else ([], [])

    def _keep(self, text: str) -> None:
        room = self._limit + 1 - self.unfinished
        if text and room > 0:
            self._pieces.append(text[:room])
        self.unfinished += len(text)


def split(text: str) -> tuple[list[str], list[str]]:
    r"""Split whole lines from their ends; ``text`` ends with a line end.

    >>> split("a\r\nb\n\rc\r")
    (['a', 'b', '', 'c'], ['\r\n', '\n', '\r', '\r'])
    """
    if "\r" not in text:
        end = "\n"
    elif "\n" not in text:
        end = "\r"
    else:
        end = "\r\n"
    lines = text.split(end)
    # To look for what is not there is quicker than to count what is.
    if end == "\r\n" and ("\r" in (rest := "".join(lines)) or "\n" in rest):
        found: list[tuple[str, str]] = _LINE.findall(text)
        return [line for line, _ in found], [end for _, end in found]
    lines.pop()
    return lines, [end] * len(lines)


def strict_fields(text: str, delimiter: str) -> tuple[str, ...]:
    """Return the fields of a record, or none at all if it has a flaw.

    >>> strict_fields('a,"the ""b"", c",', ",")
    ('a', 'the "b", c', '')
    >>> strict_fields('a,b"c,d', ",")
    ()
    """
    if _LONG in text and NUL not in text:
        short = strict_fields(_shortened(text), delimiter)
        return tuple([cell.replace(NUL, QUOTE) for cell in short])
    # Every quote of a strict record turns quoting on or off, a double one off and on again. So every
    # other part of the text is quoted. Left without these, its outline has a quoted field as nothing
    # but quotes: one, and one more for each that was written twice.
    parts = text.split(QUOTE)
    if len(parts) % 2 == 0:
        return ()
    if len(parts) == 3:
        # One quoted field, as nearly always: the text before and after it ends and begins a field.
        before, cell, after = parts
        if (before and before[-1] != delimiter) or (after and after[0] != delimiter):
            return ()
        return (*before.split(delimiter)[:-1], cell, *after.split(delimiter)[1:])
    quoted = parts[1::2]
    fields = QUOTE.join(parts[::2]).split(delimiter)
    if fields.count(QUOTE) == len(quoted):
        # No quote is double, as nearly always; and often all fields are quoted.
        if len(quoted) == len(fields):
            return tuple(quoted)
        rest = iter(quoted)
        return tuple([next(rest) if cell == QUOTE else cell for cell in fields])
    rest = iter(quoted)
    for place, cell in enumerate(fields):
        if cell == QUOTE:
            fields[place] = next(rest)
        elif QUOTE in cell:
            if cell.strip(QUOTE):
                return ()
            fields[place] = QUOTE.join(islice(rest, len(cell)))
    return tuple(fields)


def _shortened(text: str) -> str:
    """Return a text in which long runs of quotes are short: those that stand for one are NULs.

    Thousands of quotes in a row would be thousands of parts of a record. Whether a run begins within
    a quoted field, the number of quotes before it tells.
    """
    pieces: list[str] = []
    done, is_quoted = 0, False
    for run in _LONG_RUN.finditer(text):
        before = text[done : run.start()]
        opens = is_quoted == (before.count(QUOTE) % 2 == 1)
        twice, closes = divmod(run.end() - run.start() - opens, 2)
        pieces += (before, QUOTE * opens, NUL * twice, QUOTE * closes)
        done, is_quoted = run.end(), not closes
    return "".join((*pieces, text[done:]))


def find_flaw(text: str, delimiter: str) -> tuple[int, QuoteFlaw]:
    """Return the first flaw of a text that has one, after the number of the field it is in.

    >>> find_flaw('"a,b",c"d,e', ",")
    (1, <QuoteFlaw.BARE_QUOTE: 'bare_quote'>)
    """
    parts = text.split(QUOTE)
    unclosed = len(parts) % 2 == 0
    outline = QUOTE.join(parts[::2]) + QUOTE * unclosed
    cells = outline.split(delimiter)
    for place, cell in enumerate(cells):
        if QUOTE in cell and cell.strip(QUOTE):
            after = cell.startswith(QUOTE)
            return place, QuoteFlaw.TEXT_AFTER_QUOTE if after else QuoteFlaw.BARE_QUOTE
    return len(cells) - 1, QuoteFlaw.UNCLOSED_QUOTE


def has_control(text: str) -> bool:
    """Return whether there is a control character, fast enough to be asked of every byte.

    Deleting bytes and comparing lengths is seven times as fast as searching by expression.
    """
    encoded = text.encode()
    if len(encoded.translate(None, _CONTROL_BYTES)) != len(encoded):
        return True
    return not text.isascii() and _C1_IN_UTF_8.search(encoded) is not None


def control(text: str) -> str:
    r"""Return the first control character, by its number, or nothing.

    >>> control("a\tb\x0bc")
    'U+000B'
    """
    match = _CONTROL.search(text)
    return f"U+{ord(match[0]):04X}" if match else ""


def longer(text: str, limit: int) -> bool:
    """Return whether a text takes more than so many bytes as UTF-8, whatever its file's encoding."""
    if len(text) > limit:
        return True
    return len(text) * 4 > limit and not text.isascii() and len(text.encode()) > limit
