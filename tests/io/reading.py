"""Reads small files for the tests of the reader."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from attrs import frozen

from certlib.io._tables.reader import (
    FileProblem,
    Heading,
    Layout,
    Limits,
    Reader,
    Record,
    RowProblem,
    UnreadableFileError,
)

HEADING = Heading(columns=("Email", "Name", "Note"))
SHORT = Heading(columns=("E", "N"))
SMALL = Limits(record_bytes=50, field_characters=20, row_limit=6, file_bytes=300)


@frozen(kw_only=True)
class Read:
    """All that a file came to."""

    items: tuple[Record | RowProblem, ...]
    layout: Layout | None
    rows: int
    blank: int
    problem: FileProblem | None = None

    @property
    def seen(self) -> list[tuple[object, ...]]:
        """The fields of records, and the code, place and column of problems."""
        return [
            item.fields
            if isinstance(item, Record)
            else (item.code, item.row, item.line, item.column)
            for item in self.items
        ]

    @property
    def records(self) -> list[tuple[str, ...]]:
        return [item.fields for item in self.items if isinstance(item, Record)]

    @property
    def codes(self) -> list[str]:
        return [item.code for item in self.items if isinstance(item, RowProblem)]


def read(
    data: bytes,
    heading: Heading = HEADING,
    *,
    pieces: Iterable[bytes] | None = None,
    **options: Any,
) -> Read:
    items: list[Record | RowProblem] = []
    try:
        it = Reader(heading, **options)
        for piece in (data,) if pieces is None else pieces:
            items += it.feed(piece)
        items += it.close()
    except UnreadableFileError as error:
        return Read(items=(), layout=None, rows=0, blank=0, problem=error.problem)
    return Read(items=tuple(items), layout=it.layout, rows=it.rows, blank=it.blank)


def body(text: str, heading: Heading = HEADING, **options: Any) -> Read:
    """Read a file with the right heading and these lines after it."""
    return read(f"{','.join(heading.columns)}\n{text}".encode(), heading, **options)


def file_code(data: bytes, heading: Heading = HEADING, **options: Any) -> str:
    problem = read(data, heading, **options).problem
    assert problem is not None
    return problem.code
