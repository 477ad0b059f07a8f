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

from certlib.errors import InvalidValueError
from certlib.io._tables.cells import neutralize
from certlib.io._tables.problems import UnreadableFileError, unreadable

__all__ = [
    "MARK",
    "SheetWriter",
    "cell_text",
    "fits_a_cell",
    "is_installed",
    "no_workbook",
    "repacked",
    "sheet_rows",
]

MARK: Final = b"PK\x03\x04"
"""How a workbook begins, as every zip file does."""

MOST_PARTS: Final = 1_000
MOST_SHEETS: Final = 100
MOST_CELLS: Final = 5_000_000
"""Cells of a sheet, from the first to the last place that is used."""

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


def cell_text(value: Value, dates: str) -> tuple[str, str]:
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


def no_workbook(why: str) -> UnreadableFileError:
    """Return the error for a file that begins like a workbook and cannot be read as one."""
    return unreadable(
        "is_spreadsheet",
        f"the file is a zip file, and no workbook that can be read: {why}; save it as .xlsx or CSV",
    )


def _too_large(what: str) -> UnreadableFileError:
    return unreadable("file_too_large", f"the workbook has {what}")


def repacked(data: bytes, most: int) -> BytesIO:
    """Return a workbook of the parts that are needed, each looked at and no larger than was said."""
    packed = BytesIO()
    try:
        with ZipFile(BytesIO(data)) as given, ZipFile(packed, "w", ZIP_STORED) as taken:
            for part in _parts(given.infolist(), most):
                with given.open(part) as file:
                    taken.writestr(ZipInfo(part.filename), _looked_at(part, file))
    except (BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise no_workbook(f"its parts cannot be read ({type(error).__name__})") from error
    packed.seek(0)
    return packed


def _parts(parts: Sequence[ZipInfo], most: int) -> list[ZipInfo]:
    """Return the parts to read, by the directory alone."""
    if len(parts) > MOST_PARTS:
        raise _too_large(f"more than {MOST_PARTS} parts")
    needed = [part for part in parts if _NEEDED.fullmatch(part.filename)]
    if len({part.filename.lower() for part in needed}) < len(needed):
        raise no_workbook("a part is there twice")
    if sum(1 for part in needed if _SHEET.fullmatch(part.filename)) > MOST_SHEETS:
        raise _too_large(f"more than {MOST_SHEETS} sheets")
    if sum(part.file_size for part in needed) > most:
        raise _too_large(f"parts of more than {most} bytes")
    if not any(part.filename == "xl/workbook.xml" for part in needed):
        raise no_workbook("it has no xl/workbook.xml")
    return needed


def _looked_at(part: ZipInfo, file: IO[bytes]) -> bytes:
    """Return the bytes of a part; refuse entities, and more cells than there may be."""
    content = file.read(part.file_size + 1)
    if b"\0" in content[:4] or content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        raise no_workbook("a part is not in UTF-8")
    if re.search(rb"<!\s*(?:DOCTYPE|ENTITY)", content, re.IGNORECASE):
        raise no_workbook("a part declares a document type")
    if _SHEET.fullmatch(part.filename) is None:
        return content
    _look_at_places(content)
    if _NO_VALUE.search(content):
        raise no_workbook("a formula has no value: open it in a spreadsheet program and save it")
    # What would be read as an empty cell is read as it is shown.
    return _ERROR.sub(rb"\1\2str\2", content)


def _look_at_places(content: bytes) -> None:
    rows = columns = 0
    for match in _CELL.finditer(content):
        place = _PLACE.search(match[1])
        if place is None:
            raise no_workbook("a cell does not say where it is")
        letters = place[1]
        column = 0
        for letter in letters:
            column = column * 26 + letter - 64
        rows, columns = max(rows, int(place[2])), max(columns, column)
    rows = max([rows, *(int(match[1]) for match in _ROW.finditer(content))]) if columns else 0
    if rows * columns > MOST_CELLS:
        raise _too_large(f"a sheet of more than {MOST_CELLS} cells")


def sheet_rows(book: BinaryIO, sheet: str | None) -> Iterator[Sequence[Value]]:
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
                raise no_workbook("it has no sheet")
            yield from found.get_sheet_by_name(sheet or names[0]).to_python(skip_empty_area=False)
    except (CalamineError, WorksheetNotFound, ValueError) as error:
        if isinstance(error, UnreadableFileError):
            raise
        raise no_workbook(f"its parts cannot be read ({type(error).__name__})") from error


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
