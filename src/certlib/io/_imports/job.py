"""The job of an import, its options, and what it makes of a row: shared by both phases."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import date, datetime
from enum import StrEnum
from typing import BinaryIO, TypeAlias

from attrs import asdict, field, frozen

from certlib.actors import Actor
from certlib.io._imports.uploads import UploadReader
from certlib.io._tables.cells import DATE_PATTERNS
from certlib.io._tables.problems import RowProblem
from certlib.io._tables.reader import Limits, Reader, Record
from certlib.io._tables.xlsx import is_installed
from certlib.io.formats._claims import RowClaim
from certlib.io.formats._columns import Format
from certlib.periods import day_in
from certlib.ports import Outcome, Sources, Store
from certlib.state import TABLE, Table

__all__ = [
    "Duplicates",
    "ImportJob",
    "ImportOptions",
    "OnRow",
    "PreviewedRow",
    "RowPlan",
    "batches",
    "items",
    "reader_for",
]

BLOCK = 1 << 16
"""Bytes that are read from the file at a time."""


class Duplicates(StrEnum):
    """Which row of a file counts where several are about the same."""

    ERROR = "error"
    """None: all of them are errors."""
    LAST = "last"
    """The last of them."""
    LATEST = "latest"
    """The one of the latest date; of several of that date the last."""


@frozen(kw_only=True)
class ImportOptions:
    """How to read a file."""

    encoding: str | None = None
    delimiter: str | None = None
    limits: Limits = Limits()
    time_zone: str = "UTC"
    """The tenant's zone: a completion known by its date is of a day there (T3b)."""
    notify: bool = True
    """Whether to tell anybody; without it facts are recorded all the same (P12)."""
    dates: str = DATE_PATTERNS[0]
    """How the file writes dates: one of `certlib.io.formats.DATE_PATTERNS`."""
    duplicates: Duplicates = Duplicates.ERROR
    """Which row counts if several are about the same, for formats with `Repeats.CHOSEN`."""
    archive_and_replace: bool = False
    """Whether a row may replace an enrollment that is open; its history stays readable."""
    certification: str | None = None
    """The code or name of the certification, for formats whose files do not say."""
    sheet: str | None = None
    """The name of the sheet of a workbook; the first one where none is named."""


@frozen(kw_only=True)
class RowPlan:
    """What a New row records."""

    row: int
    learner: str
    claim: RowClaim
    on: date
    """The day that it is about."""
    at: datetime | None = None
    """The instant, where the row gives a time."""
    training: str | None = None
    """The code of the training that was completed, or None for what concerns a certification."""
    kind_order: int
    certification: str | None = None
    """The code of the certification, or None for a completion."""


@frozen(kw_only=True)
class PreviewedRow:
    """One row and its outcome."""

    row: int
    line: int
    fields: tuple[str, ...]
    """The input's own cells, in the file's order."""
    outcome: Outcome
    problem: RowProblem | None = None
    plan: RowPlan | None = None


OnRow: TypeAlias = Callable[[PreviewedRow], None]


@frozen(kw_only=True)
class ImportJob:
    """Everything that an import needs: the file, how to read it, the actor, the time, and the stores."""

    source: BinaryIO
    """Seekable; it is read from its beginning each time."""
    format: Format
    options: ImportOptions
    actor: Actor
    now: datetime
    sources: Sources
    store: Store
    table: Table = TABLE

    _todays: dict[str, date] = field(factory=dict[str, date], init=False, eq=False, repr=False)

    def today(self, zone: str) -> date:
        """Return which day it is now in a zone."""
        day = self._todays.get(zone)
        if day is None:
            day = self._todays[zone] = day_in(zone, self.now)
        return day

    def digest(self) -> str:
        """Return the SHA-256 of the file's bytes; of a file that is too large, of those allowed."""
        self.source.seek(0)
        digest = hashlib.sha256()
        left = self.options.limits.file_bytes + 1
        while left > 0 and (block := self.source.read(min(BLOCK, left))):
            digest.update(block)
            left -= len(block)
        return digest.hexdigest()

    def purpose(self, digest: str) -> str:
        """Return a digest of bytes, format, options, actor and tenant: imports with the same one are the same."""
        options = asdict(self.options)
        if self.options.sheet is None:
            # Purposes are stored, and were told before there were sheets.
            del options["sheet"]
        parts = {
            "digest": digest,
            "format": self.format.name,
            "options": options,
            "actor": str(self.actor),
            "scope": [self.actor.scope.kind, sorted(self.actor.scope.names)],
            "tenant": self.store.tenant,
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def reader_for(format: Format, options: ImportOptions) -> Reader:  # noqa: A002 (the word of the field)
    """Return a reader for a file of a format: of workbooks, too, where the extra is installed."""
    if is_installed():
        return UploadReader(
            format,
            encoding=options.encoding,
            delimiter=options.delimiter,
            limits=options.limits,
            dates=options.dates,
            sheet=options.sheet,
        )
    return Reader(
        format.heading,
        encoding=options.encoding,
        delimiter=options.delimiter,
        limits=options.limits,
    )


def items(source: BinaryIO, reader: Reader) -> Iterator[Record | RowProblem]:
    """Yield the rows of a file from its beginning; raise `ImportFileError` where it cannot be read."""
    for some in batches(source, reader):
        yield from some


def batches(source: BinaryIO, reader: Reader) -> Iterator[list[Record | RowProblem]]:
    """Yield what `items` does, as many rows at a time as are read together."""
    source.seek(0)
    while block := source.read(BLOCK):
        yield reader.feed(block)
    yield reader.close()
