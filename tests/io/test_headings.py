"""Requirement F7: which columns a file has. Requirement F8: its delimiter is never guessed."""

from __future__ import annotations

from typing import Any

import pytest

from certlib.errors import InvalidValueError
from certlib.io._tables.reader import Heading, Reader, Record
from tests.io.reading import HEADING, file_code, read

ONE_COLUMN = Heading(columns=("Email",))


class TestHeadings:
    """The delimiter is the one under which the heading is the format's heading."""

    @pytest.mark.parametrize(("delimiter", "other"), [(",", ";"), (";", "\t"), ("\t", ",")])
    def test_the_heading_tells_the_delimiter(self, delimiter: str, other: str) -> None:
        lines = [["Email", "Name", "Note"], ["a", f"b{other}b", "c"]]
        outcome = read("\n".join(map(delimiter.join, lines)).encode())
        assert outcome.records == [("a", f"b{other}b", "c")]
        assert outcome.layout is not None
        assert outcome.layout.delimiter == delimiter

    def test_columns_are_found_by_name_in_any_order(self) -> None:
        outcome = read('\ufeff NOTE ,x,"email\t",,nAMe\n1,2,3,4,5\n'.encode())
        layout = outcome.layout
        assert layout is not None
        assert layout.columns == ("NOTE", "x", "email", "", "nAMe")
        assert layout.names == ("Note", "x", "Email", None, "Name")
        assert layout.positions == (2, 4, 0)
        assert layout.unknown == ("x",)
        assert layout.bom
        assert layout.has_heading
        assert layout.pick(outcome.records[0]) == ("3", "5", "1")

    def test_the_fields_of_rows_stay_in_the_order_of_the_file(self) -> None:
        assert read(b"Note,Name,Email\n1,2,3").records == [("1", "2", "3")]

    def test_case_is_ignored_in_ascii_only(self) -> None:
        kelvin = "\N{KELVIN SIGN}"
        assert file_code(f"{kelvin}ind".encode(), Heading(columns=("Kind",))) == "wrong_heading"
        assert read(b"kIND", Heading(columns=("Kind",))).problem is None

    def test_a_byte_order_mark_may_be_there_twice_or_in_quotes(self) -> None:
        for heading in ("\ufeff\ufeffEmail,Name,Note", '\ufeff"\ufeffEmail",Name,Note'):
            assert read(f"{heading}\na,b,c".encode()).records == [("a", "b", "c")]

    def test_optional_columns_may_be_absent(self) -> None:
        heading = Heading(columns=("Email", "Score", "Name"), optional=("Score",))
        outcome = read(b"Name,Email\nb,a", heading)
        assert outcome.layout is not None
        assert outcome.layout.positions == (1, None, 0)
        assert outcome.layout.pick(("b", "a")) == ("a", "", "b")
        assert read(b"Name,Email,Score\nb,a,s", heading).rows == 1

    def test_ignored_columns_are_recognized(self) -> None:
        heading = Heading(columns=("Email", "Name"), ignored=("Error",))
        outcome = read(b"Email,Name, error ,Extra,ERROR\na,b,c,d,e", heading)
        assert outcome.layout is not None
        assert outcome.layout.ignored == (2, 4)
        assert outcome.layout.unknown == ("Extra",)

    @pytest.mark.parametrize(
        ("first", "code", "words"),
        [
            (b"Email,Name", "wrong_heading", "missing: Note"),
            (
                b"Email;Name;Notes",
                "wrong_heading",
                "found Email, Name, column 3 (is it Note?); missing: Note",
            ),
            (b"Email,Nam,Not", "wrong_heading", "column 2 (is it Name?), column 3 (is it Note?)"),
            (b"Foo,Bar", "wrong_heading", "expected the columns Email, Name, Note"),
            (b"Email|Name|Note", "wrong_heading", "found column 1; missing: Email, Name, Note"),
            (b"Email,Name,Note,email", "wrong_heading", "Email more than once"),
            (b"Email,Name,Note,\x01", "wrong_heading", "U+0001"),
            (b'Email,Name,"Note', "wrong_heading", "quotes"),
            (b'Email,Name,No"te', "wrong_heading", "quotes"),
            (b'"Email\nx",Name,Note', "wrong_heading", "quotes"),
            (b"%PDF-1.4\n", "wrong_heading", "found column 1;"),
            (b"<html>\n", "wrong_heading", "found column 1;"),
            (b"ann@example.org,Ethics,remark", "no_heading", "begins with a row"),
            (b"ann;FIRE;2024-01-31", "no_heading", "begins with a row"),
            (b"Email,\x00Name,Note", "not_text", "NUL"),
            ("Email,Name,Note".encode("utf-16-le"), "not_text", "utf-16-le"),
        ],
    )
    def test_a_first_line_that_is_not_the_heading_is_one_clear_problem(
        self, first: bytes, code: str, words: str
    ) -> None:
        for data in (first, first + b"\na,b,c\n"):
            problem = read(data).problem
            assert problem is not None
            assert problem.code == code
            assert words in problem.message

    def test_what_was_found_is_told_by_its_place_since_it_may_be_data_of_somebody(self) -> None:
        """Without a heading the first line is a person's: their name is in no log (D-27)."""
        columns = ["Email", "Ann Sample", "x" * 500, "a\u202eb", "Nmae", *map(str, range(30))]
        problem = read(",".join(columns).encode()).problem
        assert problem is not None
        assert problem.code == "wrong_heading"
        assert "found Email, column 2, column 3, column 4, column 5 (is it Name?), column 6," in (
            problem.message
        )
        assert problem.message.endswith("column 12, ...; missing: Name, Note")
        assert len(problem.message) < 300

    def test_a_heading_that_fits_under_two_delimiters_is_not_guessed(self) -> None:
        data = b"Email,x;Email\na,b"
        assert file_code(data, ONE_COLUMN) == "wrong_heading"
        assert read(data, ONE_COLUMN, delimiter=",").records == [("a", "b")]
        assert read(data, ONE_COLUMN, delimiter=";").records == []

    def test_a_named_delimiter_is_the_only_one_tried(self) -> None:
        assert file_code(b"Email,Name,Note", delimiter=";") == "wrong_heading"
        assert read(b"Email;Name;Note", delimiter=";").problem is None

    @pytest.mark.parametrize("delimiter", ["", "|", ",,", '"', "\n", "a"])
    def test_other_delimiters_are_refused(self, delimiter: str) -> None:
        with pytest.raises(InvalidValueError, match="comma, semicolon or tab"):
            Reader(HEADING, delimiter=delimiter)

    def test_a_format_of_one_column_may_do_without_heading(self) -> None:
        heading = Heading(columns=("Email",), may_be_absent=True)
        outcome = read(b"\nann@example.org\nbo@example.org\n", heading)
        assert outcome.items == (
            Record(2, 2, ("ann@example.org",)),
            Record(3, 3, ("bo@example.org",)),
        )
        assert outcome.layout is not None
        assert not outcome.layout.has_heading
        assert outcome.layout.columns == ("Email",)
        with_heading = read(b"EMAIL\nann@example.org\n", heading)
        assert with_heading.items == (Record(2, 2, ("ann@example.org",)),)
        assert file_code(b"ann@example.org,Ann\n", heading) == "no_heading"

    @pytest.mark.parametrize(
        "settings",
        [
            {"columns": ()},
            {"columns": ("a", "A ")},
            {"columns": ("a", " ")},
            {"columns": ("a", "b"), "optional": ("c",)},
            {"columns": ("a", "b"), "optional": ("a", "b")},
            {"columns": ("a", "b"), "may_be_absent": True},
        ],
    )
    def test_a_format_says_clearly_what_its_columns_are(self, settings: dict[str, Any]) -> None:
        with pytest.raises(InvalidValueError, match="Heading"):
            Heading(**settings)
