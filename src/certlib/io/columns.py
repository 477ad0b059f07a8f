"""Formats as values: which columns a file has, how each cell is read, and what a row asks for.

A format is one declarative module in `certlib.io.formats`. It reads one row into a `Wanted` - a
completion or an award for somebody who is named in some way - and knows no store: who and what is
meant is looked up afterwards, for many rows at once (`certlib.io.matching`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Generic, TypeAlias, TypeVar

from attrs import field, frozen

from certlib.io.cells import Flaw
from certlib.io.reader import Heading
from certlib.ports import IdentifierKind
from certlib.trainings import TrainingKind

__all__ = [
    "AwardWanted",
    "Cells",
    "Column",
    "CompletionWanted",
    "Flaw",
    "Format",
    "RowFlaw",
    "Wanted",
]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

REASON_COLUMN = "Error"
"""The column of an error file that says why; it is recognized and ignored on upload (F2)."""


@frozen(kw_only=True)
class Column(Generic[T_co]):
    """One column: its heading, how a cell of it is read, and what to tell people about it."""

    heading: str
    parse: Callable[[str], T_co | Flaw]
    """Reads a trimmed, non-empty cell."""
    help: str
    required: bool = True


@frozen(kw_only=True)
class RowFlaw:
    """What is wrong with a row, and in which column."""

    code: str
    message: str
    column: str | None


class Cells:
    """The cells of one row, read as their columns say."""

    def __init__(self, values: Mapping[str, object]) -> None:
        """Hold the values by heading."""
        self._values = values

    def __getitem__(self, column: Column[T]) -> T:
        """Return the value of a required column."""
        return self._values[column.heading]  # type: ignore[return-value]  # put there by column.parse

    def get(self, column: Column[T]) -> T | None:
        """Return the value of a column, or None where the cell is empty or the column absent."""
        return self._values.get(column.heading)  # type: ignore[return-value]  # as above


@frozen(kw_only=True)
class CompletionWanted:
    """A row that says: this learner completed this training on this day."""

    identifier: str
    identified_by: IdentifierKind
    learner_column: str
    kind: TrainingKind
    name: str
    name_column: str
    on: date
    date_column: str


@frozen(kw_only=True)
class AwardWanted:
    """A row that says: this learner was awarded this certification on this day."""

    identifier: str
    identified_by: IdentifierKind
    learner_column: str
    name: str
    name_column: str
    on: date
    date_column: str


Wanted: TypeAlias = CompletionWanted | AwardWanted


@frozen(kw_only=True)
class Format:
    """A vendor's file: its columns in order, and what a row of it asks for."""

    name: str
    title: str
    columns: tuple[Column[object], ...] = field()
    interpret: Callable[[Cells], Wanted]

    @property
    def heading(self) -> Heading:
        """The heading that a file of this format has."""
        return Heading(
            columns=tuple(column.heading for column in self.columns),
            optional=tuple(column.heading for column in self.columns if not column.required),
            ignored=(REASON_COLUMN,),
        )

    def read(self, cells: tuple[str, ...]) -> Wanted | RowFlaw:
        """Read one row, its cells in the order of the format's columns; the first flaw is told."""
        values: dict[str, object] = {}
        for column, cell in zip(self.columns, cells, strict=True):
            text = cell.strip()
            if not text:
                if column.required:
                    return RowFlaw(
                        code="missing_value",
                        message=f"{column.heading} is empty",
                        column=column.heading,
                    )
                continue
            value = column.parse(text)
            if isinstance(value, Flaw):
                return RowFlaw(code=value.code, message=value.message, column=column.heading)
            values[column.heading] = value
        return self.interpret(Cells(values))
