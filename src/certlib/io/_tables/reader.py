"""The strict reader of delimited text: bytes in, rows or problems out (requirement F8).

It opens nothing and waits for nothing: feed it a file in pieces of any size, and what comes out
is the same for every way of cutting. It never guesses, and never reads a wrong row:

- A row either is a record of RFC 4180 with as many fields as the heading, within the limits and
  free of control characters, or it is one problem. Reading goes on at the next line.
- A quoted field may span lines, if the whole record is strict. If it is not, only the line where it
  begins is bad, and the lines after it are read afresh: an open quote swallows nothing.
- Two stray quotes far apart look like one long field. So if a line within a record could be a row
  by itself, neither is believed, and each of these lines is a problem. Only the file's own line
  ends count here: a spreadsheet ends its rows with CRLF and breaks lines within a cell with LF.
- A line is blank if it has nothing but spaces, tabs, delimiters and empty quotes, as spreadsheets
  write below the last row. Blank lines are numbered and counted, and are no rows.
- What is wrong with the file as a whole is raised as `UnreadableFileError`; what came earlier in
  the file is found first.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from certlib._texts import printable
from certlib.errors import FileProblem, InvalidValueError
from certlib.io._tables.encodings import Decoder
from certlib.io._tables.headings import DELIMITERS, Heading, Layout, lay_out
from certlib.io._tables.limits import Limits
from certlib.io._tables.problems import RowProblem, UnreadableFileError, unreadable
from certlib.io._tables.records import WHITE, Lines, Record, Run, longer
from certlib.io._tables.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = [
    "FileProblem",
    "Heading",
    "Layout",
    "Limits",
    "Reader",
    "Record",
    "RowProblem",
    "Run",
    "UnreadableFileError",
]

_BLANK = WHITE + "".join(DELIMITERS)

_SLICE = 64 * 1024
"""How much is decoded and split at a time, so that memory stays flat however much is fed."""


class Reader:
    r"""Reads one file.

    >>> reader = Reader(Heading(columns=("Email", "Name")))
    >>> reader.feed(b"name;email\nFire safety;ann@exam")
    []
    >>> reader.feed(b'ple.org\n"Fire safety;bo@example.org\n')
    []
    >>> record, problem = reader.close()
    >>> record
    Record(row=2, line=2, fields=('Fire safety', 'ann@example.org'))
    >>> reader.layout.pick(record.fields)
    ('ann@example.org', 'Fire safety')
    >>> problem.row, problem.code
    (3, 'unclosed_quote')

    The beginning of a file is held back until its encoding is settled, as above. Rows that were
    returned before an `UnreadableFileError` count for nothing. Pieces of 64 KB are read quickest.
    """

    def __init__(
        self,
        heading: Heading,
        *,
        encoding: str | None = None,
        delimiter: str | None = None,
        limits: Limits | None = None,
    ) -> None:
        """Begin with a file of this format.

        Args:
            heading: The columns that it has.
            encoding: Its encoding, if that is neither UTF-8 nor told by a byte order mark.
            delimiter: Comma, semicolon or tab; by default the one with which the heading fits.
            limits: How much to read.

        Raises:
            UnreadableFileError: The encoding is not known (`unknown_encoding`).
            InvalidValueError: The delimiter is none of the three.
        """
        if delimiter is not None and delimiter not in DELIMITERS:
            raise InvalidValueError("delimiter", printable(delimiter), "comma, semicolon or tab")
        self._heading = heading
        self._delimiters = tuple(DELIMITERS) if delimiter is None else (delimiter,)
        self._limits = limits or Limits()
        self._decoder = Decoder(encoding)
        self._lines = Lines(self._limits.record_bytes)
        self._layout: Layout | None = None
        self._rows: Rows | None = None
        self._before = 0
        self._bytes_read = 0
        self._failure: FileProblem | None = None
        self._closed = False
        self.in_runs: bool = False
        """Whether rows are not returned one by one, but wait for `taken`, many together."""

    @property
    def layout(self) -> Layout | None:
        """How the file is laid out, once its first line is read."""
        return self._layout

    @property
    def rows(self) -> int:
        """How many rows there were so far, problems included; the heading is none."""
        return self._rows.count if self._rows else 0

    @property
    def blank(self) -> int:
        """How many blank lines there were so far."""
        return self._before + (self._rows.blank if self._rows else 0)

    @property
    def bytes_read(self) -> int:
        """How many bytes were taken so far."""
        return self._bytes_read

    def feed(self, data: bytes) -> list[Record | RowProblem]:
        """Take the next bytes; return the rows that are certain after them, in order.

        Raises:
            UnreadableFileError: The file as a whole cannot be read.
        """
        if self._closed:
            raise ValueError("the file was closed")
        room = self._limits.file_bytes - self._bytes_read
        taken = data[:room]
        self._bytes_read += len(taken)
        with self._failing_for_good():
            for start in range(0, len(taken), _SLICE):
                self._read(taken[start : start + _SLICE], final=False)
            if len(data) > room:
                raise unreadable(
                    "file_too_large", f"the file has more than {self._limits.file_bytes} bytes"
                )
        return self._hand_out()

    def close(self) -> list[Record | RowProblem]:
        """Say that the file has ended; return the rows that were waiting for that.

        Raises:
            UnreadableFileError: The file as a whole cannot be read.
        """
        with self._failing_for_good():
            if not self._closed:
                self._closed = True
                self._read(b"", final=True)
                self._take(*self._lines.close())
            if not self._rows:
                raise unreadable("empty_file", "the file is empty, or has blank lines only")
            self._rows.end()
        return self._hand_out()

    def taken(self) -> list[Run | RowProblem]:
        """Return what was read since this was last called, where it is not returned one by one."""
        return self._rows.hand_out_runs() if self._rows and self.in_runs else []

    def _hand_out(self) -> list[Record | RowProblem]:
        return self._rows.hand_out() if self._rows and not self.in_runs else []

    @contextmanager
    def _failing_for_good(self) -> Generator[None]:
        if self._failure:
            raise UnreadableFileError((self._failure,))
        try:
            yield
        except UnreadableFileError as error:
            self._failure = error.problem
            raise

    def _read(self, data: bytes, *, final: bool) -> None:
        self._take(*self._lines.feed(self._decoder.feed(data, final=final)))
        if not self._rows and self._lines.unfinished > self._limits.record_bytes:
            raise self._endless()
        if self._decoder.flaw is not None:
            raise self._undecodable(self._decoder.flaw)

    def _take(self, lines: list[str], ends: list[str]) -> None:
        place = 0
        if not self._rows and not any(lines):
            self._before += len(lines)
            return
        while not self._rows and place < len(lines):
            place += self._begin(lines[place], ends[place])
        if self._rows:
            self._rows.take(lines[place:], ends[place:])

    def _begin(self, text: str, end: str) -> int:
        """Read a line before any row; return 0 if it is a row itself."""
        if longer(text, self._limits.record_bytes):
            raise self._endless()
        if not text.strip(_BLANK):
            self._before += 1
            return 1
        self._layout = layout = lay_out(
            text,
            self._heading,
            delimiters=self._delimiters,
            encoding=self._decoder.encoding,
            bom=self._decoder.bom,
            line_end=end,
        )
        if len(layout.columns) - len(layout.ignored) > self._limits.columns:
            raise unreadable(
                "wrong_heading", f"the heading has more than {self._limits.columns} columns"
            )
        above = self._before + layout.has_heading
        self._rows = Rows(layout, self._limits, row=above, line=above)
        return int(layout.has_heading)

    def _endless(self) -> UnreadableFileError:
        return unreadable(
            "not_text",
            "this is not text in rows: its first line has more than"
            f" {self._limits.record_bytes} bytes",
        )

    def _undecodable(self, flaw: str) -> UnreadableFileError:
        if not self._rows and self._decoder.looks_binary:
            return unreadable("not_text", f"this is not text: it begins with NULs, and {flaw}")
        line = self._rows.line if self._rows else self._before + 1
        return unreadable(
            "unknown_encoding",
            f"line {line}: {flaw}; if the file is in another encoding, name it: for example"
            " cp1252 (Windows, western Europe)",
        )
