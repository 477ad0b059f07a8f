"""Formats as values: the columns of a file, how a cell of each is read, and what a row claims.

Each format is a module of `certlib.io.formats`. It reads one row at a time and knows no store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Generic, TypeVar

from attrs import frozen

from certlib.errors import InvalidValueError
from certlib.io._tables.cells import DATE_PATTERNS, Flaw
from certlib.io._tables.reader import Heading
from certlib.io._tables.writer import Writer
from certlib.io.formats._claims import RowClaim
from certlib.io.formats._snapshot import LearnerSnapshot
from certlib.ports import IdentifierKind
from certlib.trainings import TrainingKind

__all__ = [
    "Cells",
    "ClaimColumns",
    "Column",
    "Flaw",
    "Format",
    "Repeats",
    "RowFlaw",
]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

REASON_COLUMN = "Error"
"""The column of an error file that says why; it is recognized and ignored on upload (F2)."""


@frozen(kw_only=True)
class Column(Generic[T_co]):
    """One column: its heading, how its cells are read, and a help text for people."""

    heading: str
    parse: Callable[[str], T_co | Flaw]
    """Reads a trimmed, non-empty cell."""
    help: str
    required: bool = True
    parse_by: Callable[[str, str], T_co | Flaw] | None = None
    """Reads a cell of a column of dates, given the pattern of the file's dates."""


@frozen(kw_only=True)
class RowFlaw:
    """What is wrong with a row, and in which column."""

    code: str
    message: str
    column: str | None


class Cells:
    """The values of the cells of one row."""

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
class ClaimColumns:
    """Which columns say whom and what a line is about, so that an import reads lines fast.

    `Format.interpret` must take the identifier, the kind and the name of its claim from these columns
    alone, and all the rest of the claim from the others alone. Without it an import finds the same, line by
    line.
    """

    identifier: Column[str]
    identified_by: IdentifierKind
    name: Column[str] | None = None
    """Names the certification (or training); None: the import's options name the certification."""
    kind: Column[str] | None = None
    """Says what the name is a name of; without this column it is of a certification."""
    kinds: Mapping[str, TrainingKind | None] = MappingProxyType({})
    """What the values of that column mean; None: a certification."""
    on: Column[date] | None = None
    """The day. With a kind column it is needed, and there are no further columns."""
    kept: tuple[Column[object], ...] = ()
    """Columns whose values do not matter to an outcome; whether there is a value may."""

    def __attrs_post_init__(self) -> None:
        if (self.kind is None) is not (self.on is None):
            raise InvalidValueError(
                "ClaimColumns.on", "without kind" if self.on else "absent", "both of them or none"
            )


class Repeats(StrEnum):
    """What several rows of a file about the same thing mean."""

    KNOWN = "known"
    """The same on the same day is New once, then Already completed."""
    REFUSED = "refused"
    """Each after the first is an error."""
    CHOSEN = "chosen"
    """All are errors, unless an option says which of them counts (`ImportOptions.duplicates`)."""


@frozen(kw_only=True)
class Format:
    """A vendor's file: its columns in order, and what a row of it asks for."""

    name: str
    title: str
    columns: tuple[Column[object], ...]
    interpret: Callable[[Cells], RowClaim | RowFlaw]
    """What a row asks for, or what is wrong with cells that do not fit together."""
    examples: tuple[tuple[str, ...], ...]
    """The rows of its template; uploaded by mistake they are recognized (F6)."""
    repeats: Repeats = Repeats.KNOWN
    heading_may_be_absent: bool = False
    """Whether a file may begin with its first row; only for formats of one column."""
    of_one_certification: bool = False
    """Whether a file is about one certification, which it does not name; an option does."""
    not_carried: str = ""
    """What rows of this format say that certlib does not keep, or cannot say; a sentence."""
    rows_of: Callable[[LearnerSnapshot], Iterator[tuple[str, ...]]] | None = None
    """The rows of an export about one learner, in their order, each with a cell for every column.

    None: files of this format are read and not written.
    """
    exported: str = ""
    """What an export writes, and what this format cannot carry, in sentences (F9)."""
    claim_columns: ClaimColumns | None = None
    """Which columns say whom and what a line is about; for speed only."""

    @property
    def heading(self) -> Heading:
        """The heading that a file of this format has."""
        return Heading(
            columns=tuple(column.heading for column in self.columns),
            optional=tuple(column.heading for column in self.columns if not column.required),
            ignored=(REASON_COLUMN,),
            may_be_absent=self.heading_may_be_absent,
        )

    def template(self) -> str:
        """Return a file with the heading and the example rows (F6)."""
        writer = Writer()
        heading = [column.heading for column in self.columns]
        return "".join(writer.write_row(row) for row in (heading, *self.examples))

    def read(self, cells: tuple[str, ...], dates: str = DATE_PATTERNS[0]) -> RowClaim | RowFlaw:
        """Return the claim of a row, or its first flaw; cells come in the order of the format's columns.

        ``dates`` is the pattern of the file's dates.
        """
        texts = tuple(cell.strip() for cell in cells)
        if texts in self.examples:
            return RowFlaw(
                code="example_row",
                message="this is an example row of the template: take it out",
                column=None,
            )
        values: dict[str, object] = {}
        for column, text in zip(self.columns, texts, strict=True):
            if not text:
                if column.required:
                    return RowFlaw(
                        code="missing_value",
                        message=f"{column.heading} is empty",
                        column=column.heading,
                    )
                continue
            parse_by = column.parse_by
            value = column.parse(text) if parse_by is None else parse_by(text, dates)
            if isinstance(value, Flaw):
                return RowFlaw(code=value.code, message=value.message, column=column.heading)
            values[column.heading] = value
        return self.interpret(Cells(values))
