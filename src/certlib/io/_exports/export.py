"""Exports: recorded data in the formats that imports read (F9).

A row is written only if importing it gives the same row back; others are left out and counted, by the code
of the reason. So a file that was exported, imported into a store with the same people and catalog, and
exported again, is the same file.

Learners come by id, each with their rows in the format's order. Learners and certifications out of the
actor's scope are left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from io import BytesIO
from typing import BinaryIO, Protocol

from attrs import frozen

from certlib._loading import Loader
from certlib.actors import Actor
from certlib.errors import InvalidValueError
from certlib.io._exports.snapshots import SnapshotReader
from certlib.io._exports.trial import ImportTrial
from certlib.io._imports.job import ImportJob, ImportOptions
from certlib.io._tables.writer import Writer
from certlib.io._tables.xlsx import SheetWriter, fits_a_cell
from certlib.io.formats._columns import Format
from certlib.ports import Sources, Store
from certlib.state import TABLE, Table
from certlib.state._fulfilment import SYSTEM

__all__ = ["ExportOptions", "Exported", "RowsWriter", "export", "rows_into"]


@frozen(kw_only=True)
class ExportOptions:
    """What to write, and how."""

    certification: str | None = None
    """The code of the only certification that is written about."""
    time_zone: str = "UTC"
    """The tenant's zone, as `ImportOptions.time_zone`."""
    bom: bool = False
    """Whether the file begins with a byte order mark, which Excel needs to see UTF-8."""
    workbook: bool = False
    """Whether to write a workbook (XLSX) rather than a text; with the extra ``xlsx``."""


@frozen(kw_only=True)
class Exported:
    """What an export wrote."""

    rows: int
    left_out: Mapping[str, int]
    """How many rows there would be, which the format or its import cannot carry, by reason code."""


def export(
    out: BinaryIO,
    *,
    format: Format,  # noqa: A002 (the word of the field)
    actor: Actor,
    at: datetime,
    sources: Sources,
    store: Store,
    options: ExportOptions | None = None,
    table: Table = TABLE,
) -> Exported:
    """Write what is known at an instant into a file of a format.

    ``out`` stays open. Raise `NotFoundError` where the certification is not there or out of scope, and
    `InvalidValueError` where the format is not written, or needs a certification and has none.
    """
    options = options or ExportOptions()
    if format.rows_of is None:
        raise InvalidValueError("the format", format.name, "one that is written")
    if options.certification is None and format.of_one_certification:
        raise InvalidValueError(
            "the certification", "absent", f"the one that files of {format.name} are about"
        )
    certifications = Loader(sources, store).certifications(actor, options.certification)
    job = ImportJob(
        source=BytesIO(),
        format=format,
        options=ImportOptions(time_zone=options.time_zone, certification=options.certification),
        actor=SYSTEM,
        now=at,
        sources=sources,
        store=store,
        table=table,
    )
    pages = SnapshotReader(job=job, actor=actor, certifications=certifications)
    writing = rows_into(out, options)
    writing.put([[column.heading for column in format.columns]])
    rows, left_out = 0, Counter[str]()
    for page in pages.read():
        for kept, flaws in ImportTrial(pages, page).carried():
            left_out.update(flaws)
            fitting = [cells for cells in kept if writing.holds(cells)]
            left_out["bad_value"] += len(kept) - len(fitting)
            rows += len(fitting)
            writing.put(fitting)
    writing.close()
    return Exported(rows=rows, left_out=dict(sorted((+left_out).items())))


class RowsWriter(Protocol):
    """Writes rows of texts, the heading first, into a file that stays open."""

    def put(self, rows: Sequence[Sequence[str]]) -> None:
        """Write rows."""
        ...

    def holds(self, cells: Sequence[str]) -> bool:
        """Whether the file gives these cells back as they are."""
        ...

    def close(self) -> None:
        """Write what is left."""
        ...


def rows_into(out: BinaryIO, options: ExportOptions) -> RowsWriter:
    """Return what writes rows as the options say."""
    return _Sheet(out) if options.workbook else _Text(out, bom=options.bom)


class _Text:
    """Writes rows as text."""

    def __init__(self, out: BinaryIO, *, bom: bool) -> None:
        self._out, self._writer = out, Writer(bom=bom)

    def put(self, rows: Sequence[Sequence[str]]) -> None:
        self._out.write("".join(map(self._writer.write_row, rows)).encode())

    def holds(self, cells: Sequence[str]) -> bool:
        return bool(cells)

    def close(self) -> None:
        """Every row is written already."""


class _Sheet:
    """Writes rows into a workbook."""

    def __init__(self, out: BinaryIO) -> None:
        self._writer = SheetWriter(out)

    def put(self, rows: Sequence[Sequence[str]]) -> None:
        for row in rows:
            self._writer.write_row(row)

    def holds(self, cells: Sequence[str]) -> bool:
        return all(map(fits_a_cell, cells))

    def close(self) -> None:
        self._writer.close()
