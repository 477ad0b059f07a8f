"""Claims of rows, read as `Format.read` does, and faster: each column remembers what its texts mean.

A row that has a flaw, or might be an example of the template, is read once more by `Format.read`, which
says what is wrong. It is also the oracle of the tests.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from certlib.io._tables.cells import restore
from certlib.io.formats._claims import RowClaim
from certlib.io.formats._columns import Cells, Column, Flaw, Format, RowFlaw

__all__ = ["CAREFUL", "LONGEST", "MOST", "ClaimReader", "ColumnMemory", "PresenceMemory"]

MOST: Final = 1 << 15
"""Texts of a column that are remembered; then all are forgotten, so that memory stays flat."""
LONGEST: Final = 100
"""The most characters of a text that is remembered."""


class _Careful:
    """Stands for the value of a cell whose row is left to `Format.read`."""


CAREFUL: Final = _Careful()


class ColumnMemory(dict[str, object]):
    """The values of the cells of one column, by text; None for an empty one, where that is allowed."""

    def __init__(self, column: Column[object], dates: str, examples: frozenset[str]) -> None:
        """Read a column; ``dates`` is the pattern of its dates, ``examples`` are texts left to `Format.read`."""
        super().__init__()
        self._column = column
        self._dates = dates
        self._examples = examples

    def __missing__(self, cell: str) -> object:
        value = self.fresh(cell)
        if len(cell) <= LONGEST:
            if len(self) >= MOST:
                self.clear()
            self[cell] = value
        return value

    def fresh(self, cell: str) -> object:
        """Return the value of a cell, and do not remember it."""
        column, text = self._column, (restore(cell) if "'" in cell else cell).strip()
        if not text:
            return CAREFUL if column.required else None
        if text in self._examples:
            return CAREFUL
        value = (
            column.parse(text) if column.parse_by is None else column.parse_by(text, self._dates)
        )
        return CAREFUL if isinstance(value, Flaw) else value


class PresenceMemory(ColumnMemory):
    """Whether the cells of one column have a value: True, or None for an empty one."""

    def fresh(self, cell: str) -> object:
        """Return whether a cell has a value, and do not remember it."""
        value = super().fresh(cell)
        return value if value is None or value is CAREFUL else True


class ClaimReader:
    """Reads the rows of one file."""

    def __init__(self, format: Format, dates: str) -> None:  # noqa: A002 (the word of the field)
        """Read rows of a format whose dates have this pattern."""
        self._format = format
        self._dates = dates
        self._headings = tuple(column.heading for column in format.columns)
        # A row is an example only if its first cell is the first of an example.
        firsts = frozenset(example[0] for example in format.examples)
        others = frozenset[str]()
        self._examples = [others if place else firsts for place in range(len(format.columns))]
        self.columns: tuple[ColumnMemory, ...] = tuple(
            ColumnMemory(column, dates, examples)
            for column, examples in zip(format.columns, self._examples, strict=True)
        )
        """The memory of each column, in the format's order."""

    def read(self, cells: Sequence[str]) -> RowClaim | RowFlaw:
        """Return the claim of a row; ``cells`` are the file's own, in the order of the format's columns."""
        claim = self.read_plain(cells)
        return (
            self._format.read(tuple(map(restore, cells)), self._dates) if claim is None else claim
        )

    def read_plain(self, cells: Sequence[str]) -> RowClaim | RowFlaw | None:
        """Return the claim of a row, or None where `Format.read` has to look."""
        values = [column[cell] for column, cell in zip(self.columns, cells, strict=True)]
        if CAREFUL in values:
            return None
        return self._format.interpret(Cells(dict(zip(self._headings, values, strict=True))))

    def presence(self, place: int) -> PresenceMemory:
        """Return a memory of which cells of a column have a value."""
        return PresenceMemory(self._format.columns[place], self._dates, self._examples[place])
