"""The problems of a file, packed: a million of them in the memory of some ten thousand."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, cast, overload

from certlib.io._tables.problems import RowProblem

__all__ = ["Problems"]

PLAIN: Final = 10_000
"""Problems that are not packed."""
_TOGETHER: Final = 1000


class Problems(Sequence[RowProblem]):
    """A sequence of problems, of which those beyond the first are packed.

    >>> problem = RowProblem(row=2, line=2, column=None, code="c", message="m", fields=("a",))
    >>> Problems([problem]) == (problem,)
    True
    """

    def __init__(self, problems: Iterable[RowProblem] = (), *, plain: int = PLAIN) -> None:
        """Hold these; so many of them as they are."""
        self._first: list[RowProblem] = []
        self._room = plain
        self._packed: list[bytes] = []
        self._last: list[RowProblem] = []
        self.extend(problems)

    def extend(self, problems: Iterable[RowProblem]) -> None:
        """Add some; whoever has filled a sequence hands it on and adds no more."""
        for problem in problems:
            if len(self._first) < self._room:
                self._first.append(problem)
                continue
            self._last.append(problem)
            if len(self._last) == _TOGETHER:
                rows = [
                    (each.row, each.line, each.column, each.code, each.message, each.fields)
                    for each in self._last
                ]
                self._packed.append(zlib.compress(json.dumps(rows).encode(), level=1))
                self._last = []

    def __len__(self) -> int:
        return len(self._first) + _TOGETHER * len(self._packed) + len(self._last)

    def __iter__(self) -> Iterator[RowProblem]:
        yield from self._first
        for packed in self._packed:
            yield from _unpacked(packed)
        yield from self._last

    @overload
    def __getitem__(self, index: int) -> RowProblem: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[RowProblem, ...]: ...

    def __getitem__(self, index: int | slice) -> RowProblem | tuple[RowProblem, ...]:
        if isinstance(index, slice):
            return tuple(self[place] for place in range(*index.indices(len(self))))
        place = range(len(self))[index]
        if place < len(self._first):
            return self._first[place]
        pack, place = divmod(place - len(self._first), _TOGETHER)
        return (_unpacked(self._packed[pack]) if pack < len(self._packed) else self._last)[place]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Problems | tuple):
            return NotImplemented
        others = cast("Sequence[object]", other)
        return len(self) == len(others) and all(map(RowProblem.__eq__, self, others))

    def __hash__(self) -> int:
        return hash((len(self), *self[:1]))

    def __repr__(self) -> str:
        return f"<{len(self)} problems>"


def _unpacked(packed: bytes) -> list[RowProblem]:
    return [
        RowProblem(
            row=row, line=line, column=column, code=code, message=message, fields=tuple(fields)
        )
        for row, line, column, code, message, fields in json.loads(zlib.decompress(packed))
    ]
