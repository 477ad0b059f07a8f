"""Every format has a template: its exact heading, and two example rows that are recognized (F6)."""

from __future__ import annotations

import csv
from io import BytesIO, StringIO

import pytest
from attrs import evolve

from certlib.io import FORMATS, UNIFYR, Format, ImportOptions
from certlib.io._tables.cells import DATE_PATTERNS
from certlib.io._tables.reader import Reader, Record
from certlib.io.formats import RowFlaw
from tests.hosts import EVA, NOW
from tests.io.uploads import codes, counts
from tests.io.vendor_files import service_of

HEADINGS = {
    "unifyr": ["Email", "Training Type", "Name", "Date (yyyy-mm-dd)"],
    "civica": ["Username", "Certification reference", "Awarded on", "Score", "Expires on"],
    "docebo": [
        "username",
        "certification_code",
        "certification_issue_date",
        "always_valid",
        "certification_expire_date",
        "type",
    ],
    "go1": [
        "user",
        "learning object",
        "enrollment type",
        "status",
        "result",
        "pass",
        "start date",
        "end date",
        "due date",
    ],
    "knowledge-anywhere": ["Email"],
}
OPTIONAL = {
    "civica": ["Score", "Expires on"],
    "docebo": ["certification_expire_date"],
    "go1": ["result", "pass", "start date", "end date", "due date"],
}

every_format = pytest.mark.parametrize("kind", FORMATS, ids=lambda kind: kind.name)


def test_the_formats_are_public() -> None:
    assert [kind.name for kind in FORMATS] == list(HEADINGS)


@every_format
class TestTemplate:
    def test_the_exact_headings_and_two_rows(self, kind: Format) -> None:
        heading, *rows = csv.reader(StringIO(kind.template(), newline=""), strict=True)
        assert heading == HEADINGS[kind.name]
        assert [tuple(row) for row in rows] == list(kind.examples)
        assert len(rows) == 2
        assert {len(row) for row in rows} == {len(heading)}

    def test_what_is_optional(self, kind: Format) -> None:
        assert list(kind.heading.optional) == OPTIONAL.get(kind.name, [])
        assert all(column.help.endswith(".") for column in kind.columns)

    @pytest.mark.parametrize("dates", DATE_PATTERNS)
    def test_uploaded_as_it_is_its_rows_are_recognized(self, kind: Format, dates: str) -> None:
        found = service_of().preview_import(
            BytesIO(kind.template().encode()),
            format=kind,
            actor=EVA,
            now=NOW,
            options=ImportOptions(dates=dates, certification="FORK-1"),
        )
        assert counts(found) == (2, 0, 0, 2)
        assert codes(found) == {2: "example_row", 3: "example_row"}
        assert found.problems[0].message == "this is an example row of the template: take it out"

    @pytest.mark.parametrize("delimiter", [",", ";", "\t"])
    def test_also_with_spaces_around_or_other_delimiters(
        self, kind: Format, delimiter: str
    ) -> None:
        lines = [HEADINGS[kind.name], *kind.examples]
        text = "".join(delimiter.join(f" {cell} " for cell in line) + "\n" for line in lines)
        reader = Reader(kind.heading)
        records = [*reader.feed(text.encode()), *reader.close()]
        assert reader.layout is not None
        for record in records:
            assert isinstance(record, Record)
            found = kind.read(reader.layout.pick(record.fields))
            assert isinstance(found, RowFlaw)
            assert found.code == "example_row"

    def test_an_example_would_be_a_row_without_a_flaw(self, kind: Format) -> None:
        """They show what a right row looks like."""
        for row in kind.examples:
            assert not isinstance(evolve(kind, examples=()).read(row), RowFlaw)

    def test_of_dates_every_pattern_is_read(self, kind: Format) -> None:
        plain = evolve(kind, examples=())
        for row in kind.examples:
            expected = plain.read(row)
            for pattern in DATE_PATTERNS:
                cells = tuple(_rewritten(cell, pattern) for cell in row)
                assert plain.read(cells, pattern) == expected


def _rewritten(cell: str, pattern: str) -> str:
    day, space, rest = cell.partition(" ")
    year, *others = day.split("-")
    if not (len(others) == 2 and day.replace("-", "").isdigit()):
        return cell
    month, on = others
    return pattern.replace("yyyy", year).replace("mm", month).replace("dd", on) + space + rest


def test_an_example_row_that_was_changed_is_a_row() -> None:
    first, *_ = UNIFYR.examples
    found = UNIFYR.read((*first[:3], "2024-03-01"))
    assert not isinstance(found, RowFlaw)
