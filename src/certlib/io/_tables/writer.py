"""A strict writer of delimited text: what it writes, `certlib.io._tables.reader` reads back (F9)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from certlib._texts import printable
from certlib.errors import InvalidValueError
from certlib.io._tables.cells import neutralize
from certlib.io._tables.headings import DELIMITERS

__all__ = ["Writer"]

# Every delimiter and not only the file's own, for programs that guess theirs.
_NEEDS_QUOTES = re.compile(r'[",;\t\r\n]|^[ \ufeff]|[ ]$')


class Writer:
    r"""Makes the text of a file, a row at a time.

    >>> writer = Writer()
    >>> writer.write_row(["Email", "Name"])
    'Email,Name\r\n'
    >>> writer.write_row(["ann@example.org", 'the "clean desk" rule, =1+1'])
    'ann@example.org,"the ""clean desk"" rule, =1+1"\r\n'
    >>> writer.write_row(["=1+1", ""])
    "'=1+1,\r\n"

    Encode the text as UTF-8. Two kinds of rows are read back as something else: one without any text is
    blank, and a control character is refused.
    """

    def __init__(
        self,
        *,
        delimiter: str = ",",
        line_end: str = "\r\n",
        bom: bool = False,
        neutral: bool = True,
    ) -> None:
        """Begin a file.

        Args:
            delimiter: Comma, semicolon or tab.
            line_end: CRLF, as RFC 4180 has it, or LF.
            bom: Whether the file begins with a byte order mark, which Excel needs to see UTF-8.
            neutral: Whether cells that a spreadsheet would run are neutralized.

        Raises:
            InvalidValueError: The delimiter or line end is another.
        """
        if delimiter not in DELIMITERS:
            raise InvalidValueError("delimiter", printable(delimiter), "comma, semicolon or tab")
        if line_end not in {"\r\n", "\n"}:
            raise InvalidValueError("line_end", printable(line_end), "CRLF or LF")
        self._delimiter = delimiter
        self._line_end = line_end
        self._before = "\ufeff" if bom else ""
        self._neutral = neutral
        self._width: int | None = None

    def write_row(self, fields: Sequence[str]) -> str:
        """Return the text of a row, the heading being the first.

        Raises:
            InvalidValueError: The row has no fields, or not as many as the first.
        """
        width = len(fields) if self._width is None else self._width
        if not fields or len(fields) != width:
            raise InvalidValueError("a row", f"{len(fields)} fields", f"{width or 'some'} fields")
        self._width = width
        cells = [self._cell(text) for text in fields]
        before, self._before = self._before, ""
        return before + self._delimiter.join(cells) + self._line_end

    def _cell(self, text: str) -> str:
        if self._neutral:
            text = neutralize(text)
        if _NEEDS_QUOTES.search(text):
            return '"' + text.replace('"', '""') + '"'
        return text
