"""Uploaded files of either kind, text or workbook, read into the same rows (F8)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from attrs import evolve

from certlib.io._tables.cells import neutralize, parse_number, parse_yes
from certlib.io._tables.headings import Layout
from certlib.io._tables.limits import Limits
from certlib.io._tables.problems import RowProblem, UnreadableFileError, unreadable
from certlib.io._tables.reader import Reader
from certlib.io._tables.records import Record
from certlib.io._tables.writer import Writer
from certlib.io._tables.xlsx import MARK, cell_text, no_workbook, repacked, sheet_rows
from certlib.io.formats._columns import Column, Format

__all__ = ["UploadReader"]

INFLATED: Final = 4
"""How many times the limit of a file all its parts may take."""


class UploadReader(Reader):
    """Reads a file of either kind: text as `Reader` does, and a workbook where it begins like one.

    The file as a whole is `is_spreadsheet` where it begins like a workbook and is none, or none that
    is read: it is encrypted, of an old kind, or not safe.
    """

    def __init__(
        self,
        format: Format,  # noqa: A002 (the word of the field)
        *,
        encoding: str | None = None,
        delimiter: str | None = None,
        limits: Limits | None = None,
        dates: str,
        sheet: str | None = None,
    ) -> None:
        """Begin with a file of a format.

        Args:
            format: What its columns are.
            encoding: Of a text: see `Reader`.
            delimiter: Of a text: see `Reader`.
            limits: How much to read.
            dates: The pattern of its dates, in which those of a workbook are told.
            sheet: Of a workbook: the name of the sheet; the first one where none is named.
        """
        super().__init__(format.heading, encoding=encoding, delimiter=delimiter, limits=limits)
        self._format, self._dates, self._sheet = format, dates, sheet
        self._most = limits or Limits()
        self._head: bytes | None = b""
        self._book: bytearray | None = None
        self._cells: Reader | None = None
        self._wrong: UnreadableFileError | None = None

    @property
    def layout(self) -> Layout | None:
        """How the file is laid out, once its first line is read."""
        return super().layout if self._cells is None else self._cells.layout

    @property
    def rows(self) -> int:
        """How many rows there were so far, problems included; the heading is none."""
        return super().rows if self._cells is None else self._cells.rows

    @property
    def blank(self) -> int:
        """How many blank lines there were so far."""
        return super().blank if self._cells is None else self._cells.blank

    @property
    def bytes_read(self) -> int:
        """How many bytes were taken so far."""
        return super().bytes_read if self._book is None else len(self._book)

    def feed(self, data: bytes) -> list[Record | RowProblem]:
        """Take the next bytes; of a workbook no row is certain before its end."""
        if self._head is not None:
            data = self._head + data
            if len(data) < len(MARK) and MARK.startswith(data):
                self._head = data
                return []
            self._head = None
            if data.startswith(MARK):
                self._book = bytearray()
        if self._book is None:
            return super().feed(data)
        if self._wrong is None and len(self._book) + len(data) > self._most.file_bytes:
            message = f"the file has more than {self._most.file_bytes} bytes"
            self._wrong = unreadable("file_too_large", message)
        if self._wrong is not None:
            raise self._wrong
        self._book += data
        return []

    def close(self) -> list[Record | RowProblem]:
        """Say that the file has ended; return the rows that were waiting for that."""
        if self._head:
            head, self._head = self._head, None
            return [*super().feed(head), *super().close()]
        if self._book is None:
            return super().close()
        if self._wrong is not None:
            raise self._wrong
        if self._cells is not None:
            return []
        try:
            return list(self._rows_of(bytes(self._book)))
        except UnreadableFileError as error:
            self._wrong = error
            raise

    def _rows_of(self, data: bytes) -> Iterator[Record | RowProblem]:
        limits = self._most
        inflated = INFLATED * limits.file_bytes
        rows = sheet_rows(repacked(data, inflated), self._sheet)
        # What the sheet takes as text is bounded already, by its parts and by its cells.
        unlimited = evolve(limits, file_bytes=2**62)
        self._cells = cells = Reader(self._format.heading, delimiter=",", limits=unlimited)
        writer, kinds = Writer(neutral=False), dict[int, dict[int, str]]()
        found: list[Record | RowProblem] = []
        for number, row in enumerate(rows, start=1):
            told = [cell_text(value, self._dates) for value in row]
            odd = {place: kind for place, (_, kind) in enumerate(told) if kind}
            if odd:
                kinds[number] = odd
            # As in a text file, so that what is restored from it is what stands in the cell.
            texts = [neutralize(text) for text, _ in told]
            found += cells.feed(_encoded(writer.write_row(texts or [""]), number))
        found += cells.close()
        assert cells.layout is not None  # noqa: S101 (it has been closed without an error)
        columns = _by_place(self._format, cells.layout)
        for item in found:
            yield _checked(item, columns, kinds.get(item.row, {}))


def _encoded(text: str, number: int) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise no_workbook(f"row {number} holds what is no character") from None


def _by_place(format: Format, layout: Layout) -> dict[int, Column[object]]:  # noqa: A002
    pairs = zip(format.columns, layout.positions, strict=True)
    return {place: column for column, place in pairs if place is not None}


def _checked(
    item: Record | RowProblem, columns: dict[int, Column[object]], kinds: dict[int, str]
) -> Record | RowProblem:
    """Return a row, or what is wrong with it where a cell is not of its column's kind."""
    if isinstance(item, RowProblem):
        return evolve(item, line=item.row)
    for place, kind in kinds.items():
        column = columns.get(place)
        flaw = None if column is None else _misfit(column, kind)
        if column is not None and flaw is not None:
            return RowProblem(
                row=item.row,
                line=item.row,
                column=column.heading,
                code=flaw[0],
                message=flaw[1],
                fields=item.fields,
            )
    return item._replace(line=item.row)


def _misfit(column: Column[object], kind: str) -> tuple[str, str] | None:
    """Return what is wrong with a cell of a kind in a column, if anything is."""
    if kind == "number":
        if column.parse in {parse_number, parse_yes}:
            return None
        message = "the cell holds a number: format it as text, and enter it again"
        return "bad_date" if column.parse_by is not None else "bad_value", message
    if kind == "day" and column.parse_by is not None:
        return None
    if kind == "early":
        return "bad_date", "spreadsheets miscount the days before 1 March 1900: enter it as text"
    return "bad_value", f"the cell holds a {'date' if kind == 'day' else 'time'}, not text"
