"""The rows of a file that are looked at together."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from certlib.io._tables.headings import Layout
from certlib.io._tables.problems import RowProblem
from certlib.io._tables.records import Record, Run

__all__ = ["Chunk", "Item", "chunks"]

Item: TypeAlias = Record | RowProblem
"""A row as the reader has it."""


class Chunk:
    """Some rows of a file, one after the other; each has a place, from 0 on.

    >>> chunk = Chunk(2)
    >>> chunk.add(Run(2, 2, [("ann", "FORK"), ("bo", "DAY")]))
    >>> len(chunk), chunk[1]
    (2, Record(row=3, line=3, fields=('bo', 'DAY')))
    """

    def __init__(self, width: int) -> None:
        """Begin with no rows of a file that has so many columns."""
        self._none = ("",) * width
        self._fields: list[tuple[str, ...]] = []
        self.problems: dict[int, RowProblem] = {}
        """By their places."""
        # Of rows that lie below each other: the place of the first; row and line, less their places.
        self._firsts: list[int] = []
        self._runs: list[tuple[int, int]] = []

    def __len__(self) -> int:
        return len(self._fields)

    def add(self, item: Run | RowProblem) -> None:
        """Add what comes next."""
        place = len(self)
        if isinstance(item, RowProblem):
            self.problems[place] = item
            self._fields.append(self._none)
        else:
            self._firsts.append(place)
            self._runs.append((item.row - place, item.line - place))
            self._fields += item.rows

    def __getitem__(self, place: int) -> Item:
        if place in self.problems:
            return self.problems[place]
        row, line = self._runs[bisect_right(self._firsts, place) - 1]
        return Record(row + place, line + place, self._fields[place])

    def row_at(self, place: int) -> int:
        """Return the number of a row that is no problem."""
        return self._runs[bisect_right(self._firsts, place) - 1][0] + place

    def __iter__(self) -> Iterator[Item]:
        return map(self.__getitem__, range(len(self)))

    def cells(self, layout: Layout) -> Sequence[tuple[str, ...]]:
        """Return the cells of the format's columns, in its order; those of problems are empty."""
        if layout.positions == tuple(range(len(layout.columns))):
            return self._fields
        return list(map(layout.pick, self._fields))


def chunks(items: Iterable[Run | Item], width: int, most: int) -> Iterator[Chunk]:
    """Yield rows of a file with so many columns, at most so many together."""
    chunk = Chunk(width)
    for item in items:
        for part in _parts(item, most - len(chunk), most):
            chunk.add(part)
            if len(chunk) == most:
                yield chunk
                chunk = Chunk(width)
    if len(chunk):
        yield chunk


def _parts(item: Run | Item, first: int, most: int) -> Iterator[Run | RowProblem]:
    """Yield a run in parts: at most so many rows in the first, and in each other."""
    if isinstance(item, Record):
        yield Run(item.row, item.line, [item.fields])
    elif isinstance(item, RowProblem):
        yield item
    else:
        done, last = 0, first
        while done < len(item.rows):
            yield Run(item.row + done, item.line + done, item.rows[done:last])
            done, last = last, last + most
