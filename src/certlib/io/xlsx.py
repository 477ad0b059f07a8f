"""Workbooks (XLSX): a sheet read into the same rows as a text file, and written (F8; extra ``xlsx``).

A sheet is read as strictly as text is. A cell of text is that text; a date is a date only where the
column has dates, a number a number only where it has numbers: a number that stands where text belongs
may have been `007` before a spreadsheet took it. Errors are read as they are shown.

Nothing is inflated before the directory of the zip has been looked at, and no more than it says. What
is handed on holds the parts that are needed, without document types and so without entities; the
place of the last cell is looked at before room is made for all of them.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from importlib import import_module
from importlib.util import find_spec
from io import BytesIO
from typing import IO, Any, BinaryIO, Final, TypeAlias
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from attrs import evolve

from certlib.errors import InvalidValueError
from certlib.io.cells import neutralize, parse_number, parse_yes
from certlib.io.columns import Column, Format
from certlib.io.headings import Layout
from certlib.io.limits import Limits
from certlib.io.problems import RowProblem, UnreadableFileError, unreadable
from certlib.io.reader import Reader
from certlib.io.records import Record
from certlib.io.writer import Writer

__all__ = ["MARK", "SheetWriter", "UploadReader", "fits_a_cell", "is_installed"]

MARK: Final = b"PK\x03\x04"
"""How a workbook begins, as every zip file does."""

MOST_PARTS: Final = 1_000
MOST_SHEETS: Final = 100
MOST_CELLS: Final = 5_000_000
"""Cells of a sheet, from the first to the last place that is used."""
INFLATED: Final = 4
"""How many times the limit of a file all its parts may take."""

_NEEDED: Final = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|xl/_rels/workbook\.xml\.rels|xl/workbook\.xml"
    r"|xl/sharedStrings\.xml|xl/styles\.xml|xl/worksheets/[^/]+\.xml",
    re.IGNORECASE,
)
_SHEET: Final = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
_CELL: Final = re.compile(rb"<(?:\w+:)?c(?=[\s/>])([^>]*)>")
_ROW: Final = re.compile(rb"<(?:\w+:)?row\s(?:[^>]*\s)?r=[\"']([0-9]{1,7})[\"']")
_PLACE: Final = re.compile(rb"(?:^|\s)r=[\"']([A-Z]{1,3})([0-9]{1,7})[\"']")
_ERROR: Final = re.compile(rb"(<(?:\w+:)?c\s(?:[^>]*\s)?t=)([\"'])e\2")
_NO_VALUE: Final = re.compile(
    rb"</(?:\w+:)?f>\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
    rb"|<(?:\w+:)?f(?:\s[^>]*)?/>\s*</(?:\w+:)?c>"
)

_EARLIEST: Final = date(1900, 3, 1)
"""Before it, spreadsheets count a day that never was."""

Value: TypeAlias = object


def is_installed() -> bool:
    """Whether the extra is there that reads workbooks."""
    return find_spec("python_calamine") is not None


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
        rows = _values(_repacked(data, inflated), self._sheet)
        # What the sheet takes as text is bounded already, by its parts and by its cells.
        unlimited = evolve(limits, file_bytes=2**62)
        self._cells = cells = Reader(self._format.heading, delimiter=",", limits=unlimited)
        writer, kinds = Writer(neutral=False), dict[int, dict[int, str]]()
        found: list[Record | RowProblem] = []
        for number, row in enumerate(rows, start=1):
            told = [_text(value, self._dates) for value in row]
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
        raise _no_workbook(f"row {number} holds what is no character") from None


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


def _text(value: Value, dates: str) -> tuple[str, str]:
    """Return a cell as text, and its kind if it is none: number, day, early, time."""
    if isinstance(value, str):
        return value, ""
    if isinstance(value, bool):
        return ("true" if value else "false"), ""
    if isinstance(value, int | float):
        return _digits(value), "number"
    if isinstance(value, date):
        day = dates.replace("yyyy", f"{value.year:04}").replace("mm", f"{value.month:02}")
        day = day.replace("dd", f"{value.day:02}")
        early = date(value.year, value.month, value.day) < _EARLIEST
        clock = f" {value.time().isoformat()}" if isinstance(value, datetime) else ""
        return day + clock, "early" if early else "day"
    return (value.isoformat() if isinstance(value, time) else str(value)), "time"


def _digits(number: float) -> str:
    """Return a number digit for digit, as a spreadsheet keeps it."""
    whole = int(number) if number == int(number) else None
    return str(whole) if whole is not None else f"{Decimal(repr(number)):f}"


# --- the file ---------------------------------------------------------------------------------


def _no_workbook(why: str) -> UnreadableFileError:
    return unreadable(
        "is_spreadsheet",
        f"the file is a zip file, and no workbook that can be read: {why}; save it as .xlsx or CSV",
    )


def _too_large(what: str) -> UnreadableFileError:
    return unreadable("file_too_large", f"the workbook has {what}")


def _repacked(data: bytes, most: int) -> BytesIO:
    """Return a workbook of the parts that are needed, each looked at and no larger than was said."""
    packed = BytesIO()
    try:
        with ZipFile(BytesIO(data)) as given, ZipFile(packed, "w", ZIP_STORED) as taken:
            for part in _parts(given.infolist(), most):
                with given.open(part) as file:
                    taken.writestr(ZipInfo(part.filename), _looked_at(part, file))
    except (BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise _no_workbook(f"its parts cannot be read ({type(error).__name__})") from error
    packed.seek(0)
    return packed


def _parts(parts: Sequence[ZipInfo], most: int) -> list[ZipInfo]:
    """Return the parts to read, by the directory alone."""
    if len(parts) > MOST_PARTS:
        raise _too_large(f"more than {MOST_PARTS} parts")
    needed = [part for part in parts if _NEEDED.fullmatch(part.filename)]
    if len({part.filename.lower() for part in needed}) < len(needed):
        raise _no_workbook("a part is there twice")
    if sum(1 for part in needed if _SHEET.fullmatch(part.filename)) > MOST_SHEETS:
        raise _too_large(f"more than {MOST_SHEETS} sheets")
    if sum(part.file_size for part in needed) > most:
        raise _too_large(f"parts of more than {most} bytes")
    if not any(part.filename == "xl/workbook.xml" for part in needed):
        raise _no_workbook("it has no xl/workbook.xml")
    return needed


def _looked_at(part: ZipInfo, file: IO[bytes]) -> bytes:
    """Return the bytes of a part; refuse entities, and more cells than there may be."""
    content = file.read(part.file_size + 1)
    if b"\0" in content[:4] or content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        raise _no_workbook("a part is not in UTF-8")
    if re.search(rb"<!\s*(?:DOCTYPE|ENTITY)", content, re.IGNORECASE):
        raise _no_workbook("a part declares a document type")
    if _SHEET.fullmatch(part.filename) is None:
        return content
    _look_at_places(content)
    if _NO_VALUE.search(content):
        raise _no_workbook("a formula has no value: open it in a spreadsheet program and save it")
    # What would be read as an empty cell is read as it is shown.
    return _ERROR.sub(rb"\1\2str\2", content)


def _look_at_places(content: bytes) -> None:
    rows = columns = 0
    for match in _CELL.finditer(content):
        place = _PLACE.search(match[1])
        if place is None:
            raise _no_workbook("a cell does not say where it is")
        letters = place[1]
        column = 0
        for letter in letters:
            column = column * 26 + letter - 64
        rows, columns = max(rows, int(place[2])), max(columns, column)
    rows = max([rows, *(int(match[1]) for match in _ROW.finditer(content))]) if columns else 0
    if rows * columns > MOST_CELLS:
        raise _too_large(f"a sheet of more than {MOST_CELLS} cells")


def _values(book: BinaryIO, sheet: str | None) -> Iterator[Sequence[Value]]:
    """Yield the rows of a sheet, from the first row and column of it on."""
    from python_calamine import (  # noqa: PLC0415 (an extra)
        CalamineError,
        CalamineWorkbook,
        SheetTypeEnum,
        WorksheetNotFound,
    )

    try:
        with CalamineWorkbook.from_filelike(book) as found:
            names = [
                each.name for each in found.sheets_metadata if each.typ is SheetTypeEnum.WorkSheet
            ]
            if sheet is not None and sheet not in names:
                known = ", ".join(names)
                raise unreadable("unknown_sheet", f"there is no such sheet; there are {known}")
            if not names:
                raise _no_workbook("it has no sheet")
            yield from found.get_sheet_by_name(sheet or names[0]).to_python(skip_empty_area=False)
    except (CalamineError, WorksheetNotFound, ValueError) as error:
        if isinstance(error, UnreadableFileError):
            raise
        raise _no_workbook(f"its parts cannot be read ({type(error).__name__})") from error


# --- writing ----------------------------------------------------------------------------------

MOST_ROWS: Final = 1_048_576
MOST_CHARACTERS: Final = 32_767


_UNFIT: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
"""What XML does not have."""


def fits_a_cell(text: str) -> bool:
    """Whether a workbook gives back a text as it is."""
    return len(text) <= MOST_CHARACTERS and _UNFIT.search(text) is None


class SheetWriter:
    """Writes a workbook of one sheet, every cell of which is text: none is ever a formula (F9)."""

    def __init__(self, out: BinaryIO) -> None:
        """Begin a workbook; raise `InvalidValueError` where the extra is not installed."""
        if find_spec("xlsxwriter") is None:
            raise InvalidValueError(
                "the extra xlsx", "not installed", "xlsxwriter: pip install 'certlib-lms[xlsx]'"
            )
        # It has no types of its own.
        self._book: Any = import_module("xlsxwriter").Workbook(
            out,
            {
                "in_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            },
        )
        # The same rows make the same bytes.
        self._book.set_properties({"created": datetime(2000, 1, 1)})  # noqa: DTZ001 (as it wants it)
        self._sheet: Any = self._book.add_worksheet()
        # Text also when somebody edits the cell, and where it looks like a formula.
        self._plain: Any = self._book.add_format({"num_format": "@"})
        self._quoted: Any = self._book.add_format({"num_format": "@", "quote_prefix": True})
        self._row = 0

    def write_row(self, fields: Sequence[str]) -> None:
        """Write a row, the heading being the first.

        Raise `InvalidValueError` where a sheet has no more rows, or a cell does not hold a text.
        """
        if self._row == MOST_ROWS:
            raise InvalidValueError("the sheet", f"full after {MOST_ROWS} rows", "fewer rows")
        for place, text in enumerate(fields):
            if not fits_a_cell(text):
                expected = f"at most {MOST_CHARACTERS} characters, all of which XML has"
                raise InvalidValueError("a cell", "none that a workbook gives back", expected)
            if text:
                looks_odd = neutralize(text) != text
                style = self._quoted if looks_odd else self._plain
                self._sheet.write_string(self._row, place, text, style)
        self._row += 1

    def close(self) -> None:
        """Write the workbook; the file stays open."""
        self._book.close()
