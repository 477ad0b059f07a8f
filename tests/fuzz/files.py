"""Damaged files: every line is accounted for once, every record is what strict CSV says of its lines.

The rules are checked by the `csv` module and by decoding and cutting the whole text at once, none of
which the reader does.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from random import Random
from typing import Final

from attrs import frozen

from certlib.io._tables.reader import Heading, Limits, Record, RowProblem
from tests.fuzz.cells import ODD, damaged
from tests.fuzz.running import require
from tests.io.naughty import NAUGHTY
from tests.io.reading import HEADING, SMALL, Read, read

__all__ = ["Upload", "draw_upload"]

EMAILS_ALONE: Final = Heading(columns=("Email",), may_be_absent=True)
OPTIONAL: Final = Heading(columns=("Email", "Name", "Note"), optional=("Note",), ignored=("Error",))

_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
_END: Final = re.compile(r"\r\n|\r|\n")
_CONTROL: Final = re.compile(r"[^\t\r\n\x20-\x7e\xa0-\U0010ffff]")
_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_OF_A_FILE: Final = {
    "empty_file", "file_too_large", "is_spreadsheet", "no_heading", "not_text", "unknown_encoding",
    "wrong_heading",
}  # fmt: skip
_OF_A_ROW: Final = {
    "bare_quote", "beyond_row_limit", "control_character", "field_too_long", "row_too_long",
    "row_too_short", "text_after_quote", "unclosed_quote",
}  # fmt: skip
_DOUBTFUL: Final = "this line lies between two quotes that are lines apart"
"""What is said of a line that may be a row, or a part of one."""
_SECRET: Final = "Zq7Vale"
"""A cell that no message of a row may tell (W4)."""


@frozen
class Upload:
    """A file, how it is cut into pieces, and how it is read."""

    data: bytes
    cuts: tuple[int, ...]
    heading: Heading
    encoding: str | None
    delimiter: str | None
    limits: Limits

    def check(self) -> Iterator[str]:
        """Check every law; return the code of each item."""
        whole = self._read([self.data])
        ends = (0, *self.cuts, len(self.data))
        cut = self._read([self.data[start:end] for start, end in pairwise(ends)])
        require(cut == whole, "cut into pieces it is read otherwise")
        if whole.problem is not None:
            require(whole.problem.code in _OF_A_FILE, f"the code is {whole.problem.code}")
            require(whole.problem.message.isprintable(), "the message breaks a line")
            require(not whole.items, "rows of a file that cannot be read")
            yield f"file: {whole.problem.code}"
            return
        for item in whole.items:
            yield "record" if isinstance(item, Record) else item.code
        _Accounts(self, whole).check()

    def _read(self, pieces: Sequence[bytes]) -> Read:
        return read(
            self.data,
            self.heading,
            pieces=pieces,
            encoding=self.encoding,
            delimiter=self.delimiter,
            limits=self.limits,
        )

    def text(self) -> str:
        """Return the whole file as text."""
        for mark, name in _MARKS:
            fits = self.encoding in (None, name, name[:-3])
            if fits and self.data.startswith(mark):
                return self.data[len(mark) :].decode(name)
        return self.data.decode(self.encoding or "utf-8")


class _Accounts:
    """Which line of a file is where in what was read."""

    def __init__(self, upload: Upload, found: Read) -> None:
        assert found.layout is not None
        self.limits = upload.limits
        self.found = found
        self.layout = found.layout
        self.delimiter = found.layout.delimiter
        self.width = len(found.layout.columns)
        self.lines = _LINE.findall(upload.text())

    def check(self) -> None:
        """Check that every line is accounted for once, and every record and problem."""
        items = self.found.items
        require(self.found.rows == len(items), "rows are counted otherwise")
        above = self._above()
        line, row, blank, is_many = above + 1, 0, self._blank_above(above), False
        for item in items:
            between = self.lines[line - 1 : item.line - 1]
            require(item.line >= line, f"line {item.line} is in two rows")
            self._require_blank(between, line)
            blank += len(between)
            is_many |= any('"' in each for each in between)
            require(row < item.row <= item.line, f"row {item.row} after {row} on line {item.line}")
            row = item.row
            line = item.line + 1 + sum(len(_END.findall(field)) for field in item.fields)
        rest = self.lines[line - 1 :]
        self._require_blank(rest, line)
        blank += len(rest)
        is_many |= any('"' in each for each in rest)
        require(line <= len(self.lines) + 1, "rows of more lines than the file has")
        # Blank lines between quotes are one blank row.
        told = self.found.blank
        require(told == blank or (is_many and told < blank), f"{told} blank, and {blank} are")
        self._check_records([item for item in items if isinstance(item, Record)])
        for number, item in enumerate(items, 1):
            if isinstance(item, RowProblem):
                self._check_problem(item, number)

    def _above(self) -> int:
        """Return how many lines there are up to the heading, with it."""
        place = 0
        while not self.lines[place].strip(" \t\r\n,;"):
            place += 1
        return place + self.layout.has_heading

    def _blank_above(self, above: int) -> int:
        return above - self.layout.has_heading

    def _require_blank(self, lines: Sequence[str], first: int) -> None:
        for number, line in enumerate(lines, first):
            is_blank = not line.strip(' \t\r\n"' + self.delimiter)
            require(is_blank, f"line {number} is neither read nor reported")

    def _source(self, item: Record) -> str:
        ends = sum(len(_END.findall(field)) for field in item.fields)
        return "".join(self.lines[item.line - 1 : item.line + ends])

    def _check_records(self, records: Sequence[Record]) -> None:
        sources = [self._source(record) for record in records]
        try:
            right = list(csv.reader(sources, delimiter=self.delimiter, strict=True))
        except csv.Error as error:
            raise AssertionError(f"a record that is none: {error}") from error
        require(
            right == [list(record.fields) for record in records],
            "a record is not what its lines say",
        )
        for record, source in zip(records, sources, strict=True):
            require(len(record.fields) == self.width, f"row {record.row} has another width")
            require(not _CONTROL.search(source), f"row {record.row} has a control character")
            size = len(source.rstrip("\r\n").encode("utf-8", "surrogatepass"))
            require(size <= self.limits.record_bytes, f"row {record.row} is too long")
            longest = max(map(len, record.fields))
            require(longest <= self.limits.field_characters, f"row {record.row} has a long field")
            require(
                any(each.strip(" \t\r\n") for each in record.fields), f"row {record.row} is blank"
            )

    def _check_problem(self, problem: RowProblem, number: int) -> None:
        require(problem.code in _OF_A_ROW, f"the code is {problem.code}")
        require(_SECRET not in problem.message, "the message tells what a cell holds")
        require(problem.message.isprintable(), "the message breaks a line")
        limit = self.limits.row_limit
        is_beyond = limit is not None and number > limit
        require(is_beyond is (problem.code == "beyond_row_limit"), "the row limit is not kept")
        if not is_beyond and not problem.message.startswith(_DOUBTFUL):
            line = self.lines[problem.line - 1].rstrip("\r\n")
            require(not self._is_good(line), f"line {problem.line} is a row: {problem.code}")

    def _is_good(self, line: str) -> bool:
        """Whether a line is a row by itself, within the limits."""
        field = f'(?:"(?:[^"]|"")*"|[^"{self.delimiter}]*)'
        if _CONTROL.search(line) or not re.fullmatch(
            f"{field}(?:{self.delimiter}{field}){{{self.width - 1}}}", line
        ):
            return False
        fields = next(csv.reader([line], delimiter=self.delimiter, strict=True))
        return (
            max(map(len, fields)) <= self.limits.field_characters
            and len(line.encode("utf-8", "surrogatepass")) <= self.limits.record_bytes
        )


# --- drawing ----------------------------------------------------------------------------------

_CELLS: Final = (
    "a", "bo@example.org", "x y", "2026-01-05", "1", _SECRET, "", "", " ", "\u00e9", "\u65e5\u672c",
    "\U0001f600", '"q"', '"q, r; s"', '"q ""s"" t"', '"two\nlines"', '"two\r\nlines"', '"t\rl"', '""',
    '"\n"', '""""', "'", "=1+1", "Email", '"three\n\nlines"', '"a,b,c\nd,e,f"', "\ufeff", "\u2028",
)  # fmt: skip
_DAMAGE: Final = '"""""",;\t\r\n \0\x0c\x1f\x7f\x85' + ODD
_LIMITS: Final = (
    Limits(),
    SMALL,
    Limits(record_bytes=40, field_characters=12),
    Limits(row_limit=3),
    Limits(columns=3, field_characters=5),
)


def draw_upload(random: Random) -> Upload:
    """Draw a good file and damage it: its text, its bytes, or both."""
    heading = random.choice((HEADING, HEADING, HEADING, HEADING, OPTIONAL, EMAILS_ALONE))
    delimiter = random.choice(",,;\t")
    end = random.choice(("\n", "\r\n", "\r"))
    text = _good(random, heading, delimiter, end)
    body = text.find(end) if random.random() < 0.8 else 0
    for _ in range(random.choice((0, 1, 1, 2, 2, 3, 6))):
        text = _damaged(random, text, max(body, 0))
    encoding, data = _encoded(random, text)
    if random.random() < 0.08:
        data = _flipped(random, data)
    cuts = random.choices(range(len(data) + 1), k=random.randrange(6))
    return Upload(
        data=data,
        cuts=tuple(sorted(cuts)),
        heading=heading,
        encoding=encoding,
        delimiter=delimiter if random.random() < 0.2 else None,
        limits=random.choice(_LIMITS) if random.random() < 0.3 else _LIMITS[0],
    )


def _good(random: Random, heading: Heading, delimiter: str, end: str) -> str:
    columns = list(heading.columns)
    if random.random() < 0.3:
        random.shuffle(columns)
        columns += random.choice(([], ["Further"], ["Error"], [" "]))
    if heading is OPTIONAL and random.random() < 0.5:
        columns.remove("Note")
    other = end if random.random() < 0.7 else random.choice(("\n", "\r\n", "\r"))
    kind = random.random()
    if kind < 0.985:
        count = random.randrange(8)
    elif kind < 0.9995:  # across the bytes by which the encoding is settled
        count = random.randrange(100, 300)
    else:  # across the pieces that are decoded at a time
        count = random.randrange(2_000, 5_000)
    cells = random.choices(_CELLS, k=count * len(columns))
    if random.random() < 0.1:
        cells = [_quoted(random.choice(NAUGHTY)) for _ in cells[:30]] + cells[30:]
    rows = [
        delimiter.join(cells[start : start + len(columns)])
        for start in range(0, len(cells), len(columns))
    ]
    above = random.choice(("", "", "", "", "", end, f" {end}", f"{delimiter}{end}"))
    if heading.may_be_absent and random.random() < 0.5:
        return above + other.join(rows) + random.choice((other, ""))
    return above + delimiter.join(columns) + end + other.join(rows) + random.choice((other, ""))


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _damaged(random: Random, text: str, body: int) -> str:
    """Return a text that is damaged after a place."""
    place = random.randrange(min(body, len(text)), len(text) + 1)
    match random.randrange(8):
        case 0:
            return damaged(random, text, _DAMAGE)
        case 1:  # a piece is lost
            return text[:place] + text[place + random.randrange(1, 12) :]
        case 2:  # a piece is there twice
            return text[: place + random.randrange(12)] + text[place:]
        case 3:  # it is cut off
            return text[:place]
        case 4:
            return (
                text[:place] + random.choice((',"', '",', '","', '""', '"\n', '\n"')) + text[place:]
            )
        case 5:
            return text[:place] + random.choice(_DAMAGE) * random.choice((2, 3, 60)) + text[place:]
        case _:
            return text[:place] + random.choice(_DAMAGE) + text[place + random.randrange(2) :]


def _encoded(random: Random, text: str) -> tuple[str | None, bytes]:
    """Return a text as bytes, with the name of the encoding that is told."""
    kind = random.random()
    if kind < 0.7:
        return None, text.encode("utf-8", "surrogatepass")
    if kind < 0.8:
        return None, codecs.BOM_UTF8 + text.encode("utf-8", "surrogatepass")
    mark, name = random.choice(_MARKS)
    data = text.encode(name, "surrogatepass")
    if kind < 0.9:
        return random.choice((None, None, name)), mark + data
    if kind < 0.95:
        return name, data
    named = random.choice(("cp1252", "iso8859-1", "gb18030", "shift_jis", "utf-16", "ascii"))
    return named, data if named == "utf-16" else text.encode(named, "ignore")


def _flipped(random: Random, data: bytes) -> bytes:
    """Return bytes with a byte or two that are others, lost, or too many, or those of a zip file."""
    if random.random() < 0.05:
        return b"PK\x03\x04" + data
    for _ in range(random.choice((1, 1, 2))):
        place = random.randrange(len(data) + 1)
        other = bytes([random.choice((0, 0x80, 0xC2, 0xED, 0xFF, random.randrange(256)))])
        data = data[:place] + random.choice((b"", other)) + data[place + random.randrange(2) :]
    return data
