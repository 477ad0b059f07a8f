"""Reading the cells of many rows at once, column by column: what `Format.read` does, quicker.

Texts of a column repeat: days, kinds, names, people. So each column remembers what it has read, and
is read by looking up. Of a row in which something is wrong, and of one that might be an example of
the template, the cells are read once more by `Format.read`, which says what is wrong; that is also
the oracle of the tests.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from certlib.io.formats.claims import RowClaim
from certlib.io.formats.columns import Cells, Column, Flaw, Format, RowFlaw
from certlib.io.tables.cells import restore

__all__ = ["CAREFUL", "LONGEST", "MOST", "ClaimReader", "Memory"]

MOST: Final = 1 << 15
"""Texts that are remembered of a column; then all are forgotten, so that memory stays flat."""
LONGEST: Final = 100
"""Characters of a text that is worth remembering."""


class _Careful:
    """Stands for the value of a cell in whose row `Format.read` is to have a closer look."""


CAREFUL: Final = _Careful()


class Memory(dict[str, object]):
    """The values of the cells of one column; None for an empty one, which may be."""

    def __init__(self, column: Column[object], dates: str, examples: frozenset[str]) -> None:
        """Read a column whose dates have a pattern; texts of examples want a closer look."""
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
        """Read a cell, and do not remember it."""
        column, text = self._column, (restore(cell) if "'" in cell else cell).strip()
        if not text:
            return CAREFUL if column.required else None
        if text in self._examples:
            return CAREFUL
        value = (
            column.parse(text) if column.parse_by is None else column.parse_by(text, self._dates)
        )
        return CAREFUL if isinstance(value, Flaw) else value


class ClaimReader:
    """Reads the rows of one file."""

    def __init__(self, format: Format, dates: str) -> None:  # noqa: A002 (the word of the field)
        """Read rows of a format whose dates have this pattern."""
        self._format = format
        self._dates = dates
        self._headings = tuple(column.heading for column in format.columns)
        # A row is an example only if its first cell is the first of an example.
        firsts = frozenset(example[0] for example in format.examples)
        self.columns: tuple[Memory, ...] = tuple(
            Memory(column, dates, frozenset() if place else firsts)
            for place, column in enumerate(format.columns)
        )
        """The memory of each column, in the format's order."""

    def read(self, cells: Sequence[str]) -> RowClaim | RowFlaw:
        """Read a row, its cells in the order of the format's columns and as the file has them."""
        values = [column[cell] for column, cell in zip(self.columns, cells, strict=True)]
        if CAREFUL in values:
            return self._format.read(tuple(map(restore, cells)), self._dates)
        return self._format.interpret(Cells(dict(zip(self._headings, values, strict=True))))
