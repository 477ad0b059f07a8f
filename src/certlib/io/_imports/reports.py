"""The three sets of an import as files: new.csv, already_completed.csv and errors.csv (F2).

Each has the input's own columns, delimiter and byte order mark; errors.csv has one column more, with
the reason. It may be uploaded again as it is: the reason is ignored, and the same is wrong with each
row; what was repaired is imported. A row without cells - its quotes are wrong, its fields too few or
too many - stands in the first cell as one text.

Into which set a row falls is noted while the import runs. The rows themselves are read once more
when all is settled, since the rules may refuse a row only when it is recorded.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO, Final

from certlib.io._imports.job import ImportOptions, PreviewedRow, items, reader_for
from certlib.io._imports.preview import Preview
from certlib.io._tables.cells import restore
from certlib.io._tables.problems import RowProblem
from certlib.io._tables.reader import Layout, Record
from certlib.io._tables.writer import Writer
from certlib.io.formats._columns import REASON_COLUMN, Format
from certlib.ports import Outcome

__all__ = ["REPORTS", "Reports"]

REPORTS: Final[dict[Outcome, str]] = {
    Outcome.NEW: "new.csv",
    Outcome.ALREADY_COMPLETED: "already_completed.csv",
    Outcome.ERROR: "errors.csv",
}
"""The name of the file of each set."""


class Reports:
    """Notes the set of each row, and writes the three files when the import is settled.

    The files are there from `into` on, under names of their own, so that a folder that cannot be
    written to is found before anything is recorded; they get their names all together at the end.
    """

    def __init__(self, files: dict[Outcome, BinaryIO], page: BinaryIO | None = None) -> None:
        """Write to these files; see `into`."""
        self._files = files
        self._page = page
        self._known = bytearray()

    @classmethod
    @contextmanager
    def into(cls, directory: Path, *, page: str | None = None) -> Generator[Reports]:
        """Write into a folder, which is made where it is absent; nothing stays if it fails.

        ``page`` is the name of one more file, for a page about the import (`write_page`).

        Raises:
            OSError: The folder cannot be written to.
        """
        made = not directory.exists()
        directory.mkdir(parents=True, exist_ok=True)
        parts: dict[str, Path] = {}
        try:
            with ExitStack() as stack:
                opened: dict[str, BinaryIO] = {}
                for name in (*REPORTS.values(), *((page,) if page else ())):
                    part = directory / f".{name}.{token_hex(4)}.part"
                    opened[name] = stack.enter_context(part.open("xb"))
                    parts[name] = part
                files = {outcome: opened[name] for outcome, name in REPORTS.items()}
                yield cls(files, opened[page] if page else None)
            for name, part in parts.items():
                part.replace(directory / name)
        except BaseException:
            for part in parts.values():
                part.unlink(missing_ok=True)
            if made:
                with suppress(OSError):
                    directory.rmdir()
            raise

    def look(self, row: PreviewedRow) -> None:
        """Note the set of a row: the ``look`` of a preview or an import."""
        if row.outcome is Outcome.ALREADY_COMPLETED:
            self._known.extend(bytes(row.row + 1 - len(self._known)))
            self._known[row.row] = True

    def write(
        self,
        source: BinaryIO,
        preview: Preview,
        *,
        format: Format,  # noqa: A002 (the word of the field)
        options: ImportOptions | None = None,
    ) -> None:
        """Write each row into the file of its set; ``preview`` is what the import ended with."""
        options = options or ImportOptions()
        reader = reader_for(format, options)
        problems = iter(preview.problems)
        problem = next(problems, None)
        sheets: dict[Outcome, _Sheet] = {}
        for item in items(source, reader):
            if not sheets:
                sheets = self._sheets(reader.layout)
            if problem is not None and problem.row == item.row:
                sheets[Outcome.ERROR].write(item, f"{problem.message} ({problem.code})")
                problem = next(problems, None)
            elif item.row < len(self._known) and self._known[item.row]:
                sheets[Outcome.ALREADY_COMPLETED].write(item)
            else:
                sheets[Outcome.NEW].write(item)
        if not sheets:
            self._sheets(reader.layout)

    def write_page(self, text: str) -> None:
        """Write the page about the import, where `into` was told of one."""
        if self._page is not None:
            self._page.write(text.encode("utf-8"))

    def _sheets(self, layout: Layout | None) -> dict[Outcome, _Sheet]:
        """Begin the files with their headings."""
        assert layout is not None  # noqa: S101 (a file without a heading was refused)
        return {
            outcome: _Sheet(file, layout, with_reason=outcome is Outcome.ERROR)
            for outcome, file in self._files.items()
        }


class _Sheet:
    """One of the files: the rows as they were read, a cell that a spreadsheet would run neutralized."""

    def __init__(self, file: BinaryIO, layout: Layout, *, with_reason: bool) -> None:
        self._file = file
        self._encoding = layout.encoding
        self._with_reason = with_reason
        self._width = len(layout.columns)
        self._places = [place for place in range(self._width) if place not in layout.ignored]
        self._writer = Writer(
            delimiter=layout.delimiter,
            line_end="\n" if layout.line_end == "\n" else "\r\n",
            bom=layout.bom,
        )
        self._put([layout.columns[place] for place in self._places], REASON_COLUMN)

    def write(self, item: Record | RowProblem, reason: str = "") -> None:
        if len(item.fields) == self._width:
            self._put([restore(item.fields[place]) for place in self._places], reason)
        else:
            # A text that has no cells.
            self._put([*item.fields, *[""] * (len(self._places) - 1)], reason)

    def _put(self, cells: list[str], reason: str) -> None:
        text = self._writer.write_row([*cells, reason] if self._with_reason else cells)
        # Cells are in the file's own encoding; a reason may have what that lacks.
        self._file.write(text.encode(self._encoding, errors="replace"))
