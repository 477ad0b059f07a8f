"""A format says how a row is read; columns that a file need not have may be empty or absent."""

from __future__ import annotations

from datetime import date

import pytest

from certlib.io import UNIFYR, Format
from certlib.io._tables.reader import Reader, Record
from certlib.io.formats import Column, Flaw
from certlib.io.formats._claims import CompletionClaim, RowClaim
from certlib.io.formats._columns import Cells, RowFlaw
from certlib.ports import IdentifierKind
from certlib.trainings import TrainingKind


def digits(text: str) -> int | Flaw:
    if text.isdigit():
        return int(text)
    return Flaw(code="bad_number", message="expected digits")


USER = Column[str](heading="User", parse=str, help="Who.")
SCORE = Column(heading="Score", parse=digits, help="How well.", required=False)
SEEN: list[int | None] = []


def interpret(cells: Cells) -> RowClaim:
    SEEN.append(cells.get(SCORE))
    return CompletionClaim(
        identifier=cells[USER],
        identified_by=IdentifierKind.USERNAME,
        learner_column=USER.heading,
        kind=TrainingKind.COURSE,
        name="FORK",
        name_column="Name",
        on=date(2026, 1, 5),
        date_column="Date",
    )


FORMAT = Format(
    name="scores", title="Scores", columns=(USER, SCORE), interpret=interpret, examples=()
)


@pytest.mark.parametrize(
    ("cells", "score"),
    [(("ann", "7"), 7), (("ann", " 7 "), 7), (("ann", ""), None), (("ann", " "), None)],
)
def test_an_optional_cell_may_be_empty(cells: tuple[str, ...], score: int | None) -> None:
    assert isinstance(FORMAT.read(cells), CompletionClaim)
    assert SEEN.pop() == score


@pytest.mark.parametrize(
    ("cells", "flaw"),
    [
        (("", "7"), RowFlaw(code="missing_value", message="User is empty", column="User")),
        (("ann", "x"), RowFlaw(code="bad_number", message="expected digits", column="Score")),
        (("", "x"), RowFlaw(code="missing_value", message="User is empty", column="User")),
    ],
)
def test_the_first_flaw_is_told_with_its_column(cells: tuple[str, ...], flaw: RowFlaw) -> None:
    assert FORMAT.read(cells) == flaw


def test_an_optional_column_may_be_absent_and_the_reason_is_ignored() -> None:
    assert FORMAT.heading.required == ("User",)
    assert FORMAT.heading.ignored == ("Error",)
    reader = Reader(FORMAT.heading)
    (record,) = (*reader.feed(b"user,error\nann,x\n"), *reader.close())
    assert isinstance(record, Record)
    assert reader.layout is not None
    assert reader.layout.pick(record.fields) == ("ann", "")


def test_the_columns_of_unifyr_are_public() -> None:
    assert [(column.heading, column.required) for column in UNIFYR.columns] == [
        ("Email", True),
        ("Training Type", True),
        ("Name", True),
        ("Date (yyyy-mm-dd)", True),
    ]
    assert all(column.help.endswith(".") for column in UNIFYR.columns)
