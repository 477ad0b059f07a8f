"""Requirement F8: reading never guesses, and never loads a wrong row."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

from certlib.errors import CertlibError, ImportFileError, InvalidValueError
from certlib.io._tables.reader import (
    FileProblem,
    Limits,
    Reader,
    Record,
    RowProblem,
    UnreadableFileError,
)
from tests.io.reading import HEADING, SHORT, body, file_code, read

FILES = Path(__file__).parent / "files"


class TestRecords:
    """A row is a record of RFC 4180 with as many fields as the heading."""

    @pytest.mark.parametrize(
        ("line", "fields"),
        [
            ("a,b,c", ("a", "b", "c")),
            ("a,,", ("a", "", "")),
            (",,c", ("", "", "c")),
            (" a , b , c ", (" a ", " b ", " c ")),
            ('"a","b","c"', ("a", "b", "c")),
            ('a,"b, c",d', ("a", "b, c", "d")),
            ('a,"b ""c""",d', ("a", 'b "c"', "d")),
            ('"""a""",b,c', ('"a"', "b", "c")),
            ('"""","""""","a""b"', ('"', '""', 'a"b')),
            ('a,"",c', ("a", "", "c")),
            ('a,"","c"', ("a", "", "c")),
            ('a,",","c"', ("a", ",", "c")),
            ("a,b\tc,d", ("a", "b\tc", "d")),
            ("a,b;c,d", ("a", "b;c", "d")),
            ("'a','b','c'", ("'a'", "'b'", "'c'")),
            ("a,\ufeffb,c", ("a", "\ufeffb", "c")),
            ("zoé,日本,😀", ("zoé", "日本", "😀")),
            ("a,b\u2028c\u2029d,e", ("a", "b\u2028c\u2029d", "e")),
            ("a,b\u200b,c", ("a", "b\u200b", "c")),
            ('"a\nb",c,d', ("a\nb", "c", "d")),
            ('a,b,"c\r\nd\re\nf"', ("a", "b", "c\r\nd\re\nf")),
            ('a,"b\n\n\nc",d', ("a", "b\n\n\nc", "d")),
            ('a,"b\nc","d\ne"', ("a", "b\nc", "d\ne")),
            ('a,"\n",c', ("a", "\n", "c")),
            ('a,b,"""\n"""', ("a", "b", '"\n"')),
            ('a,"b "" c\n",d', ("a", 'b " c\n', "d")),
        ],
    )
    def test_a_strict_record_is_read_as_it_is_written(
        self, line: str, fields: tuple[str, ...]
    ) -> None:
        assert body(line).items == (Record(2, 2, fields),)
        assert body(line + "\n").items == (Record(2, 2, fields),)
        assert body(f"x,y,z\n{line}\nx,y,z").records == [("x", "y", "z"), fields, ("x", "y", "z")]

    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_a_line_ends_with_lf_or_crlf_or_cr(self, end: str) -> None:
        outcome = read(end.join(["Email,Name,Note", "a,b,c", "", "d,e,f"]).encode())
        assert outcome.items == (Record(2, 2, ("a", "b", "c")), Record(4, 4, ("d", "e", "f")))
        assert outcome.layout is not None
        assert outcome.layout.line_end == end

    def test_line_ends_may_be_mixed(self) -> None:
        outcome = read(b"Email,Name,Note\ra,b,c\r\nd,e,f\n\rg,h,i\r\r\nj,k,l")
        assert [(item.row, item.line) for item in outcome.items] == [(2, 2), (3, 3), (5, 5), (7, 7)]
        assert outcome.blank == 2

    def test_a_line_end_at_the_end_of_the_file_begins_no_row(self) -> None:
        assert body("a,b,c\n").rows == body("a,b,c").rows == 1
        assert body("a,b,c\r\n").rows == body("a,b,c\r").rows == 1
        assert body("a,b,c\n").blank == 0

    def test_a_file_may_have_a_heading_alone(self) -> None:
        for end in (b"", b"\n", b"\r\n", b"\r", b"\n\n"):
            assert read(b"Email,Name,Note" + end).items == ()

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ('a,b"c,d', ("bare_quote", 2, 2, "Name")),
            ('a,b"c"d,e', ("bare_quote", 2, 2, "Name")),
            ('a,b",c', ("bare_quote", 2, 2, "Name")),
            ('a, "b",c', ("bare_quote", 2, 2, "Name")),
            ('a,b,c"', ("bare_quote", 2, 2, "Note")),
            ('a,b,c,d"e', ("bare_quote", 2, 2, None)),
            ('a,"b"c,d', ("text_after_quote", 2, 2, "Name")),
            ('"a" ,b,c', ("text_after_quote", 2, 2, "Email")),
            ('a,"b"c"d",e', ("text_after_quote", 2, 2, "Name")),
            ('a,"b""c"d,e', ("text_after_quote", 2, 2, "Name")),
            ('a,"b,c', ("unclosed_quote", 2, 2, "Name")),
            ('"', ("unclosed_quote", 2, 2, "Email")),
            ('a,b,"c""', ("unclosed_quote", 2, 2, "Note")),
            ("a,b", ("row_too_short", 2, 2, None)),
            ("a", ("row_too_short", 2, 2, None)),
            ("a,b,c,d", ("row_too_long", 2, 2, None)),
            ("a,b,c,", ("row_too_long", 2, 2, None)),
            ("a,b,c" + "," * 5000, ("row_too_long", 2, 2, None)),
            ('"a","b"', ("row_too_short", 2, 2, None)),
            ("a\0,b,c", ("control_character", 2, 2, "Email")),
            ("a,b,c\x1f", ("control_character", 2, 2, "Note")),
            ("a,b\x7f,c", ("control_character", 2, 2, "Name")),
            ("a,b\x85,c", ("control_character", 2, 2, "Name")),
            ("a,b\x80\u2028,c", ("control_character", 2, 2, "Name")),
            ("a,b\x9f日,c", ("control_character", 2, 2, "Name")),
            ("a,b\x0bc,d", ("control_character", 2, 2, "Name")),
            ("a,b\x0cc,d", ("control_character", 2, 2, "Name")),
            ("a,b,c,d\x1c", ("control_character", 2, 2, None)),
            ('a,"b\x00,c', ("control_character", 2, 2, None)),
            ('a,b"\x00,c', ("control_character", 2, 2, None)),
        ],
    )
    def test_a_row_that_is_none_is_one_problem(
        self, text: str, expected: tuple[str, int, int, str | None]
    ) -> None:
        assert body(text).seen == [expected]
        after = body(f"{text}\nx,y,z")
        assert after.seen == [expected, ("x", "y", "z")]
        assert after.items[1] == Record(3, 3, ("x", "y", "z"))

    @pytest.mark.parametrize("character", [*map(chr, range(32)), *map(chr, range(0x7F, 0xA0))])
    def test_control_characters_are_c0_but_tab_and_line_ends_and_del_and_c1(
        self, character: str
    ) -> None:
        for text in (f"a,b{character}c,d", f"日,b{character}c,d", f'a,"b{character}c",d'):
            expected = [] if character in "\t\r\n" else ["control_character"]
            assert [code for code in body(text).codes if code == "control_character"] == expected

    @pytest.mark.parametrize("character", [" ", "~", "\xa0", "\xad", "\u2028", "\ufeff", "\uffff"])
    def test_what_is_next_to_them_is_data(self, character: str) -> None:
        assert body(f"a,b{character}c,d").records == [("a", f"b{character}c", "d")]

    def test_a_tab_is_data_unless_it_delimits(self) -> None:
        assert read(b'Email\tName\tNote\na\t"b\tc"\td').records == [("a", "b\tc", "d")]
        assert read(b"Email\tName\tNote\na\tb\tc\td").codes == ["row_too_long"]

    def test_messages_never_repeat_a_cell(self) -> None:
        secret = "secret"
        for line in (f'{secret},"', f'{secret}"', f"{secret}\x01,b,c", secret, f'"{secret}" ,b,c'):
            for item in body(line + "\n" + secret).items:
                assert isinstance(item, RowProblem)
                assert secret not in item.message


class TestTheErrorFile:
    """A problem carries what the error file needs, and stays one when that is uploaded again (F2)."""

    def test_a_row_with_all_its_fields_keeps_them_in_their_columns(self) -> None:
        (item,) = body('a,"b\x00",c').items
        assert item.fields == ("a", "b\x00", "c")
        (item,) = body("a,bb,c", limits=Limits(field_characters=1)).items
        assert item.fields == ("a", "bb", "c")

    @pytest.mark.parametrize("line", ["a,b", "a,b,c,d", 'a,b"c,d', 'a,"b"c,d', 'a,"b,c', "a\0,b"])
    def test_any_other_row_is_its_text_in_one_field(self, line: str) -> None:
        (item,) = body(line).items
        assert item.fields == (line,)

    def test_of_an_endless_row_enough_is_kept_to_be_too_long_again(self) -> None:
        limits = Limits(record_bytes=40, field_characters=20)
        (item,) = body("x" * 1000, limits=limits).items
        assert item.fields == ("x" * 21,)
        (item,) = body("x" * 1000, limits=Limits(record_bytes=20, field_characters=40)).items
        assert item.fields == ("x" * 21,)


class TestOpenQuotes:
    """An open quote does not swallow the rest of the file."""

    def test_only_the_line_where_it_was_opened_is_bad(self) -> None:
        outcome = body('a,"b,c\nd,e,f\n\ng,h,i\n')
        assert outcome.seen == [("unclosed_quote", 2, 2, "Name"), ("d", "e", "f"), ("g", "h", "i")]
        assert outcome.items[2] == Record(5, 5, ("g", "h", "i"))
        assert outcome.blank == 1

    def test_lines_after_it_are_read_afresh_whatever_they_are(self) -> None:
        outcome = body('a,"b,c\nd,e\nf,g,h,i\nj,k"l,m\nn,"o"p,q\nr,s\x00,t\nu,v,w')
        assert outcome.codes == [
            "unclosed_quote",
            "row_too_short",
            "row_too_long",
            "bare_quote",
            "text_after_quote",
            "control_character",
        ]
        assert outcome.items[-1] == Record(8, 8, ("u", "v", "w"))

    def test_every_line_may_open_one(self) -> None:
        outcome = body('a,"b,c\n' * 100 + "d,e,f\n")
        assert outcome.codes == ["unclosed_quote"] * 100
        assert outcome.items[-1] == Record(102, 102, ("d", "e", "f"))

    def test_a_quote_that_closes_with_text_after_it_closes_nothing(self) -> None:
        outcome = body('a,"b,c\nd,e,f\ng,"h",i\nj,k,l')
        assert outcome.seen == [
            ("unclosed_quote", 2, 2, "Name"),
            ("d", "e", "f"),
            ("g", "h", "i"),
            ("j", "k", "l"),
        ]

    def test_a_record_with_too_few_or_too_many_fields_is_none(self) -> None:
        assert body('a,"b\nc",d,e\nx,y,z').seen == [
            ("unclosed_quote", 2, 2, "Name"),
            ("bare_quote", 3, 3, "Email"),
            ("x", "y", "z"),
        ]
        assert body('a,"b\nc"\nx,y,z').codes == ["unclosed_quote", "bare_quote"]

    def test_a_record_with_a_control_character_is_none(self) -> None:
        assert body('a,"b\nc\x00",d\nx,y,z').codes == ["unclosed_quote", "control_character"]
        assert body('a,"b\nc\x00\nd",e\nx,y,z').records == [("x", "y", "z")]

    @pytest.mark.parametrize("text", ['a,"b\ncc"', 'é,"b\nc"'])
    def test_a_record_may_be_as_long_as_the_limit_in_bytes_of_utf_8(self, text: str) -> None:
        for limit, count in ((7, 0), (8, 1), (9, 1)):
            limits = Limits(record_bytes=limit)
            for end in ("", "\n", "\r\n", "\nd,e\n"):
                records = body(text + end, SHORT, limits=limits).records
                assert len(records) == count + end.count("d"), limit

    def test_a_field_over_lines_may_be_as_long_as_the_limit(self) -> None:
        for limit, count in ((4, 0), (5, 1), (6, 1)):
            limits = Limits(field_characters=limit)
            assert len(body('a,"bb\ncc",d', limits=limits).records) == count, limit

    def test_two_stray_quotes_make_no_cell_of_the_rows_between_them(self) -> None:
        outcome = body('a,"b,c\nd,e,f\n\ng,h,i\nj",k\nx,y,z\n')
        assert outcome.seen == [
            ("unclosed_quote", 2, 2, None),
            ("unclosed_quote", 3, 3, None),
            ("unclosed_quote", 5, 5, None),
            ("unclosed_quote", 6, 6, None),
            ("x", "y", "z"),
        ]
        assert [item.fields for item in outcome.items[:4]] == [
            ('a,"b,c',),
            ("d,e,f",),
            ("g,h,i",),
            ('j",k',),
        ]
        assert outcome.blank == 1

    def test_a_cell_whose_lines_could_be_no_rows_is_one_cell(self) -> None:
        assert body('a,"b,c\nd,e\n,,\nf",g\n').records == [("a", "b,c\nd,e\n,,\nf", "g")]

    def test_line_breaks_other_than_the_files_own_are_a_spreadsheets_within_a_cell(self) -> None:
        data = b'Email,Name,Note\r\na,"b\nd,e,f\ng",c\r\n'
        assert read(data).records == [("a", "b\nd,e,f\ng", "c")]
        own = data.replace(b"\n", b"\r\n").replace(b"\r\r", b"\r")
        assert read(own).codes == ["unclosed_quote"] * 3

    def test_the_last_line_may_open_one(self) -> None:
        assert body('x,y,z\na,b,"c').seen == [("x", "y", "z"), ("unclosed_quote", 3, 3, "Note")]
        assert body('x,y,z\na,b,"c\n').seen == [("x", "y", "z"), ("unclosed_quote", 3, 3, "Note")]

    def test_a_record_without_any_text_is_blank(self) -> None:
        outcome = body('"\n",,\na,b,c')
        assert outcome.blank == 1
        assert outcome.items == (Record(3, 4, ("a", "b", "c")),)


class TestNumbering:
    """A row has the number that a spreadsheet gives it, and the physical line where it begins."""

    def test_a_cell_over_lines_makes_lines_run_ahead_of_rows(self) -> None:
        assert body('a,"1\n2\n3",c\nd,e\nf,g,h').items[0] == Record(2, 2, ("a", "1\n2\n3", "c"))
        assert [(i.row, i.line) for i in body('a,"1\n2\n3",c\nd,e\nf,g,h').items] == [
            (2, 2),
            (3, 5),
            (4, 6),
        ]

    def test_blank_lines_are_numbered_and_are_no_rows(self) -> None:
        outcome = read(b"\n \n\nEmail,Name,Note\n\na,b,c\n,,\n \t \n\nd,e,f\n\n")
        assert outcome.items == (Record(6, 6, ("a", "b", "c")), Record(10, 10, ("d", "e", "f")))
        assert (outcome.rows, outcome.blank) == (2, 8)

    @pytest.mark.parametrize(
        "line", ["", " ", "\t", ",", ",,", ",,,,,", " , ,\t", '"","",""', '"",', '" "', '"\t",,""']
    )
    def test_a_blank_line_has_no_text(self, line: str) -> None:
        for text in (line, f"{line}\n", f"{line}\n{line}\n"):
            assert body(text).items == ()
        assert body(f"a,b,c\n{line}\nd,e,f").records == [("a", "b", "c"), ("d", "e", "f")]

    def test_a_quote_is_no_blank(self) -> None:
        for line in ('"', '"" ,,', ' "",,', '"""",,'):
            assert body(line).rows == 1

    @pytest.mark.parametrize("line", ["\xa0,,", "'',,", "0,,", ",,\u200b", ",,."])
    def test_any_other_text_makes_a_row(self, line: str) -> None:
        assert body(line).rows == 1

    def test_a_million_blank_lines_are_quick(self) -> None:
        outcome = read(b"\n" * 500_000 + b"Email,Name,Note" + b"\r\n" * 500_000)
        assert outcome.blank == 500_000 + 499_999

    def test_counts_are_there_as_reading_goes_on(self) -> None:
        it = Reader(HEADING)
        assert (it.layout, it.rows, it.blank, it.bytes_read) == (None, 0, 0, 0)
        data = b"\nEmail,Name,Note\n" + b"a,b,c\n\nd\n" * 1000
        out = it.feed(data)
        assert (it.rows, it.blank, it.bytes_read) == (2000, 1001, len(data))
        assert len(out) == 2000
        assert it.close() == []


class TestLimits:
    """Limits are settable, and checked before work that grows."""

    def test_a_field_may_have_so_many_characters(self) -> None:
        limits = Limits(field_characters=5)
        for text, seen in (
            ("a,bbbb,c", ("a", "bbbb", "c")),
            ("a,bbbbb,c", ("a", "bbbbb", "c")),
            ("a,ééééé,c", ("a", "ééééé", "c")),
            ("a,bbbbbb,c", ("field_too_long", 2, 2, "Name")),
            ('a,"bbbbbb",c', ("field_too_long", 2, 2, "Name")),
            ('a,"bbbb""",c', ("a", 'bbbb"', "c")),
        ):
            assert body(text, limits=limits).seen == [seen]

    def test_the_first_field_that_is_too_long_is_named(self) -> None:
        outcome = body("aaaaa,bbbbbb,cccccc", limits=Limits(field_characters=5))
        assert outcome.seen == [("field_too_long", 2, 2, "Name")]

    def test_an_open_record_is_given_up_as_soon_as_it_is_too_long(self) -> None:
        it = Reader(SHORT, limits=Limits(record_bytes=20, field_characters=20))
        it.feed(b"E,N\n" + b"x,y\n" * 2000 + b'a,"' + b"b" * 6 + b"\n")
        assert it.feed(b"c" * 10 + b"\n") == []
        (problem, *_) = it.feed(b"\n")
        assert isinstance(problem, RowProblem)
        assert problem.code == "unclosed_quote"

    def test_the_default_of_a_field_is_ten_thousand(self) -> None:
        for count, seen in ((9_999, []), (10_000, []), (10_001, ["field_too_long"])):
            assert body(f"a,{'b' * count},c\nd,e,f").codes == seen

    def test_a_row_may_have_so_many_bytes(self) -> None:
        for limit, codes in ((5, ["field_too_long"]), (6, []), (7, [])):
            outcome = read(b"E,N\naa,bbb\nd,e", SHORT, limits=Limits(record_bytes=limit))
            assert outcome.codes == codes
            assert outcome.records[-1] == ("d", "e")

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "cp1252"])
    def test_bytes_are_those_of_utf_8(self, encoding: str) -> None:
        data = "E,N\néé,é".encode(encoding)
        for limit, codes in ((6, ["field_too_long"]), (7, []), (8, [])):
            limits = Limits(record_bytes=limit)
            assert read(data, SHORT, encoding=encoding, limits=limits).codes == codes

    def test_the_default_of_a_row_is_64_kib(self) -> None:
        limits = Limits(field_characters=100_000)
        assert limits.record_bytes == 65_536
        for count, codes in ((65_531, []), (65_532, []), (65_533, ["field_too_long"])):
            assert body(f"a,{'b' * count},c\nd,e,f", limits=limits).codes == codes

    def test_rows_beyond_the_limit_are_reported_one_by_one(self) -> None:
        text = 'a,b,c\n\nd\ne,f,g\nh,i,j\nk,"l\nm",n\no,"p,q\n,,\nr,s,t'
        outcome = body(text, limits=Limits(row_limit=2))
        assert outcome.seen == [
            ("a", "b", "c"),
            ("row_too_short", 4, 4, None),
            ("beyond_row_limit", 5, 5, None),
            ("beyond_row_limit", 6, 6, None),
            ("beyond_row_limit", 7, 7, None),
            ("beyond_row_limit", 8, 9, None),
            ("beyond_row_limit", 10, 11, None),
        ]
        assert outcome.rows == 7
        assert [item.fields for item in outcome.items[2:6]] == [
            ("e", "f", "g"),
            ("h", "i", "j"),
            ("k", "l\nm", "n"),
            ('o,"p,q',),
        ]

    @pytest.mark.parametrize("line", ["d,e,f", "d", 'd,"e,f', "d\0,e,f"])
    def test_the_first_row_beyond_the_limit_is_told_so_whatever_it_is(self, line: str) -> None:
        outcome = body(f"a,b,c\n{line}", limits=Limits(row_limit=1))
        assert outcome.seen == [("a", "b", "c"), ("beyond_row_limit", 3, 3, None)]
        problem = outcome.items[1]
        assert isinstance(problem, RowProblem)
        assert problem.message == "rows beyond the limit of 1 are not read"

    @pytest.mark.parametrize(("limit", "within"), [(2, 2), (3, 3), (4, 3)])
    def test_a_row_limit_counts_rows_that_are_within_it(self, limit: int, within: int) -> None:
        outcome = body("a,b,c\n" * 3, limits=Limits(row_limit=limit))
        assert len(outcome.records) == within
        assert len(outcome.codes) == 3 - within

    def test_a_file_may_have_so_many_bytes(self) -> None:
        data = b"Email,Name,Note\na,b,c"
        for pieces in ([data], [data[:7], data[7:]], [bytes([byte]) for byte in data]):
            assert read(b"", pieces=pieces, limits=Limits(file_bytes=len(data))).rows == 1
            assert read(b"", pieces=pieces, limits=Limits(file_bytes=len(data) + 1)).rows == 1
            problem = read(b"", pieces=pieces, limits=Limits(file_bytes=len(data) - 1)).problem
            assert problem == FileProblem(
                code="file_too_large", message="the file has more than 20 bytes"
            )

    def test_the_default_of_a_file_is_50_mib(self) -> None:
        assert Limits().file_bytes == 52_428_800

    def test_an_endless_heading_is_no_text(self) -> None:
        limits = Limits(record_bytes=20)
        for text, code in (
            ("E,N" + "," * 17, ""),
            ("E,N" + "," * 18, "not_text"),
            ("E,N" + "," * 18 + "\na", "not_text"),
            ("E,N," + "é" * 9, "not_text"),
            ("E,N," + "é" * 9 + "\n", "not_text"),
            (" " * 21 + "\nE,N", "not_text"),
        ):
            problem = read(text.encode(), SHORT, limits=limits).problem
            assert (problem.code if problem else "") == code, text

    def test_a_heading_may_have_so_many_columns(self) -> None:
        for count, code in ((9, ""), (10, ""), (11, "wrong_heading")):
            data = ("E,N" + "," * (count - 2)).encode()
            problem = read(data, SHORT, limits=Limits(columns=10)).problem
            assert (problem.code if problem else "") == code

    @pytest.mark.parametrize(
        "name", ["file_bytes", "record_bytes", "field_characters", "columns", "row_limit"]
    )
    def test_a_limit_is_one_or_more(self, name: str) -> None:
        settings: dict[str, Any] = {name: 0}
        with pytest.raises(InvalidValueError):
            Limits(**settings)


class TestWholeFiles:
    """Whole-file problems are one clear error (F3)."""

    @pytest.mark.parametrize(
        "data",
        [b"", b"\n", b"\r\n\r\n", b" \n\t\n", b",,,\n;;\n"],
    )
    def test_nothing_but_blank_lines_is_an_empty_file(self, data: bytes) -> None:
        assert file_code(data) == "empty_file"

    def test_an_endless_file_of_blank_lines_is_empty(self) -> None:
        assert file_code(b"\n" * 1_000_000) == "empty_file"

    @pytest.mark.parametrize(
        "magic", [b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"]
    )
    @pytest.mark.parametrize("rest", [b"", b"\x14\x00\x06\x00" * 2000])
    def test_a_spreadsheet_renamed_is_known_by_its_first_bytes(
        self, magic: bytes, rest: bytes
    ) -> None:
        assert file_code(magic + rest) == "is_spreadsheet"
        assert file_code(magic + rest, encoding="latin-1") == "is_spreadsheet"

    def test_what_only_begins_like_one_is_none(self) -> None:
        assert file_code(b"PK,ID") == "wrong_heading"
        assert file_code(b"\xd0\xcf") == "unknown_encoding"

    @pytest.mark.parametrize(
        "data",
        [
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
            b"\x7fELF\x02\x01\x01\0\0",
            b"\x1f\x8b\x08\0\0\0\0\0\0\x03",
            b"\0" * 10,
            b"\0" * 100_000,
            b"a" * 100_000,
            b"Em\0ail,Name,Note\n",
            "Email,Name,Note\n".encode("utf-16-be"),
        ],
    )
    def test_a_binary_file_is_no_text(self, data: bytes) -> None:
        assert file_code(data) == "not_text"

    def test_nuls_after_the_heading_are_problems_of_their_rows(self) -> None:
        assert body("a\0,b,c\nd,e,f").seen == [
            ("control_character", 2, 2, "Email"),
            ("d", "e", "f"),
        ]

    def test_bad_bytes_are_bad_bytes_once_there_is_a_heading(self) -> None:
        assert file_code(b"Email,Name,Note\n\0\xff") == "unknown_encoding"

    def test_what_is_wrong_first_is_found_first(self) -> None:
        big = Limits(file_bytes=10_000)
        assert file_code(b"Foo,Bar\n" + b"\xff" * 20_000, limits=big) == "wrong_heading"
        assert file_code(b"Email,Name,Note\n\xff" + b"a" * 20_000, limits=big) == "unknown_encoding"
        good = b"Email,Name,Note\n" + b"a,b,c\n" * 2000 + b"\xff"
        assert file_code(good, limits=big) == "file_too_large"

    def test_the_error_is_one_of_certlib_and_pickles(self) -> None:
        with pytest.raises(UnreadableFileError) as caught:
            Reader(HEADING).close()
        error = caught.value
        assert isinstance(error, ImportFileError)
        assert isinstance(error, CertlibError)
        assert str(error) == "the file is empty, or has blank lines only (empty_file)"
        again: UnreadableFileError = pickle.loads(pickle.dumps(error))
        assert again.problem == error.problem

    def test_a_reader_that_failed_goes_on_failing(self) -> None:
        it = Reader(HEADING)
        with pytest.raises(UnreadableFileError):
            it.feed(b"Foo,Bar\n" * 1000)
        for _ in range(2):
            with pytest.raises(UnreadableFileError, match="wrong_heading"):
                it.feed(b"Email,Name,Note\n")
            with pytest.raises(UnreadableFileError, match="wrong_heading"):
                it.close()

    def test_a_closed_reader_takes_no_more(self) -> None:
        it = Reader(HEADING)
        it.feed(b"Email,Name,Note\na,b,c")
        assert len(it.close()) == 1
        assert it.close() == []
        with pytest.raises(ValueError, match="closed"):
            it.feed(b"d,e,f")


class TestFiles:
    """Files as they are met."""

    def test_a_spreadsheet_saved_as_csv(self) -> None:
        outcome = read((FILES / "spreadsheet.csv").read_bytes())
        assert outcome.items == (
            Record(
                2, 2, ("ann@example.org", "Vale, Sons & Example", "first line\nann,b,c\nlast line")
            ),
            Record(3, 5, ("zoé@example.org", 'the "clean desk" rule', "")),
            Record(8, 10, ("bo@example.org", "Ethics", "ok")),
        )
        assert outcome.blank == 5

    def test_one_row_of_every_damage(self) -> None:
        outcome = read((FILES / "damaged.csv").read_bytes())
        assert outcome.seen == [
            ("ann@example.org", "Ethics", "good"),
            ("unclosed_quote", 3, 3, "Name"),
            ("bo@example.org", "Ethics", "good"),
            ("bare_quote", 5, 5, "Name"),
            ("text_after_quote", 6, 6, "Name"),
            ("row_too_short", 7, 7, None),
            ("row_too_long", 8, 8, None),
            ("control_character", 9, 9, "Name"),
            ("control_character", 10, 10, "Note"),
            ("control_character", 11, 11, "Note"),
            ("jo@example.org", "Eth\nics", "two lines"),
            ("kay@example.org", "Ethics", "good"),
            ("unclosed_quote", 15, 16, "Note"),
        ]
        assert (outcome.rows, outcome.blank) == (13, 1)


# ---------------------------------------------------------------------------------------------
