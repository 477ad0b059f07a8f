"""Requirement F9: what is written is safe in a spreadsheet, and read back as it was."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from certlib.errors import InvalidValueError
from certlib.io._tables.cells import restore
from certlib.io._tables.reader import Heading, Limits, Reader, Record
from certlib.io._tables.writer import Writer

HEADING = ("Email", "Name", "Note")

TEXT = st.text(
    st.one_of(
        st.sampled_from(list('"",;\t\r\n \'=-\ufeff')),
        st.characters(exclude_categories=("Cc", "Cs")),
    ),
    max_size=8,
)
ROW = st.tuples(TEXT, TEXT, TEXT).filter(lambda row: any(cell.strip(" \t\r\n") for cell in row))


def write(rows: Sequence[Sequence[str]], writer: Writer) -> bytes:
    return "".join(map(writer.write_row, [HEADING, *rows])).encode()


def read(data: bytes) -> list[Record]:
    """Read rows, leaving out problems."""
    reader = Reader(Heading(columns=HEADING), limits=Limits())
    items = reader.feed(data) + reader.close()
    return [item for item in items if isinstance(item, Record)]


class TestRows:
    @pytest.mark.parametrize(
        ("cell", "text"),
        [
            ("a", "a"),
            ("", ""),
            ("it's", "it's"),
            ("a,b", '"a,b"'),
            ("a;b", '"a;b"'),
            ("a\tb", '"a\tb"'),
            ('a"b', '"a""b"'),
            ('"', '""""'),
            ("a\nb", '"a\nb"'),
            ("a\rb", '"a\rb"'),
            (" a", '" a"'),
            ("a ", '"a "'),
            ("\ufeffa", '"\ufeffa"'),
            ("a b", "a b"),
            ("é", "é"),
            ("=1+1", "'=1+1"),
            ("-5", "'-5"),
            ("\t1", '"\'\t1"'),
        ],
    )
    def test_a_cell_is_quoted_where_it_has_to_be(self, cell: str, text: str) -> None:
        assert Writer().write_row([cell, "x"]) == f"{text},x\r\n"
        assert Writer().write_row(["x", cell]) == f"x,{text}\r\n"

    def test_neutralizing_is_an_option(self) -> None:
        assert Writer(neutral=False).write_row(["=1+1", "-5"]) == "=1+1,-5\r\n"

    def test_the_delimiter_and_the_line_end_are_options(self) -> None:
        assert Writer(delimiter=";", line_end="\n").write_row(["a", "b"]) == "a;b\n"
        assert Writer(delimiter="\t").write_row(["a", "b"]) == "a\tb\r\n"

    def test_the_mark_comes_once(self) -> None:
        writer = Writer(bom=True)
        assert writer.write_row(["a"]) == "\ufeffa\r\n"
        assert writer.write_row(["b"]) == "b\r\n"

    @pytest.mark.parametrize("delimiter", ["", "|", ",,"])
    def test_other_delimiters_are_refused(self, delimiter: str) -> None:
        with pytest.raises(InvalidValueError, match="delimiter"):
            Writer(delimiter=delimiter)

    @pytest.mark.parametrize("line_end", ["", "\r", "\n\n"])
    def test_other_line_ends_are_refused(self, line_end: str) -> None:
        with pytest.raises(InvalidValueError, match="line_end"):
            Writer(line_end=line_end)

    def test_all_rows_are_as_wide_as_the_first(self) -> None:
        writer = Writer()
        with pytest.raises(InvalidValueError, match="0 fields"):
            writer.write_row([])
        writer.write_row(["a", "b"])
        for row in ([], ["a"], ["a", "b", "c"]):
            with pytest.raises(InvalidValueError, match=f"{len(row)} fields: expected 2 fields"):
                writer.write_row(row)


class TestReadingBack:
    """What the writer writes, the reader reads back."""

    @given(
        rows=st.lists(ROW, max_size=6),
        delimiter=st.sampled_from(",;\t"),
        line_end=st.sampled_from(["\r\n", "\n"]),
        bom=st.booleans(),
        neutral=st.booleans(),
    )
    @example(
        rows=[("a\nb,c,d\ne", "'=1", '"')],
        delimiter=",",
        line_end="\r\n",
        bom=True,
        neutral=True,
    )
    def test_every_row_equal(
        self,
        rows: list[tuple[str, str, str]],
        delimiter: str,
        line_end: str,
        bom: bool,
        neutral: bool,
    ) -> None:
        # A row that has one of the file's own line ends has no line inside that could be a row.
        rows = [row for row in rows if "".join(row).count(line_end) <= 1]
        writer = Writer(delimiter=delimiter, line_end=line_end, bom=bom, neutral=neutral)
        records = read(write(rows, writer))
        back = [
            tuple(map(restore, record.fields)) if neutral else record.fields for record in records
        ]
        assert back == rows
        assert [record.row for record in records] == list(range(2, len(rows) + 2))

    @given(rows=st.lists(ROW, max_size=4), line_end=st.sampled_from(["\r\n", "\n"]))
    @example(rows=[("x\na,b,c\ny", "", ""), ("d", "e", "f")], line_end="\n")
    def test_a_row_that_might_be_several_is_refused_and_never_read_as_others(
        self, rows: list[tuple[str, str, str]], line_end: str
    ) -> None:
        writer = Writer(line_end=line_end, neutral=False)
        back = [record.fields for record in read(write(rows, writer))]
        remaining = iter(rows)
        assert all(any(row == fields for row in remaining) for fields in back)
        sure = [row for row in rows if "".join(row).count(line_end) <= 1]
        assert all(row in back for row in sure)

    def test_a_control_character_is_written_as_it_is_and_refused(self) -> None:
        data = write([("a\0", "b", "c"), ("d", "e", "f")], Writer())
        assert [record.fields for record in read(data)] == [("d", "e", "f")]

    def test_cells_of_every_two_characters_that_matter(self) -> None:
        characters = "\"',;\t\r\n =a\ufeff"
        cells = ["".join(pair) for pair in itertools.product(characters, repeat=2)]
        for neutral in (True, False):
            for line_end in ("\r\n", "\n"):
                rows = [("x", cell, cell) for cell in cells]
                records = read(write(rows, Writer(neutral=neutral, line_end=line_end)))
                back = [tuple(map(restore, r.fields)) if neutral else r.fields for r in records]
                wanted = rows if line_end == "\r\n" else [r for r in rows if r[1] != "\n\n"]
                assert [row for row in back if row in wanted] == wanted
