"""Requirement F8: an encoding is told by a byte order mark, or named, or UTF-8, and never guessed."""

from __future__ import annotations

import codecs

import pytest

from certlib.io._tables.reader import Reader, UnreadableFileError
from tests.io.reading import HEADING, file_code, read

MARKS = (
    codecs.BOM_UTF8,
    codecs.BOM_UTF16_LE,
    codecs.BOM_UTF16_BE,
    codecs.BOM_UTF32_LE,
    codecs.BOM_UTF32_BE,
)


class TestEncodings:
    """UTF-8 with or without BOM, UTF-16 and UTF-32 by BOM; any other is named."""

    TEXT = "Email,Name,Note\nzoé,日本,😀\n"

    @pytest.mark.parametrize(
        ("encoding", "mark"),
        [
            ("utf-8", b""),
            ("utf-8", codecs.BOM_UTF8),
            ("utf-16-le", codecs.BOM_UTF16_LE),
            ("utf-16-be", codecs.BOM_UTF16_BE),
            ("utf-32-le", codecs.BOM_UTF32_LE),
            ("utf-32-be", codecs.BOM_UTF32_BE),
        ],
    )
    def test_the_byte_order_mark_tells(self, encoding: str, mark: bytes) -> None:
        outcome = read(mark + self.TEXT.encode(encoding))
        assert outcome.records == [("zoé", "日本", "😀")]
        assert outcome.layout is not None
        assert outcome.layout.encoding == encoding
        assert outcome.layout.bom == bool(mark)
        assert outcome.layout.columns[0] == "Email"

    @pytest.mark.parametrize(
        ("named", "encoding", "mark"),
        [
            ("utf-8", "utf-8", b""),
            ("UTF8", "utf-8", codecs.BOM_UTF8),
            ("utf-8-sig", "utf-8", codecs.BOM_UTF8),
            ("utf-16", "utf-16-le", codecs.BOM_UTF16_LE),
            ("utf-16", "utf-16-be", codecs.BOM_UTF16_BE),
            ("utf-16-le", "utf-16-le", b""),
            ("utf-16-le", "utf-16-le", codecs.BOM_UTF16_LE),
            ("utf-16-be", "utf-16-be", b""),
            ("utf-32", "utf-32-be", codecs.BOM_UTF32_BE),
            ("utf-32-le", "utf-32-le", b""),
            ("gb18030", "gb18030", b""),
        ],
    )
    def test_an_encoding_may_be_named(self, named: str, encoding: str, mark: bytes) -> None:
        outcome = read(mark + self.TEXT.encode(encoding), encoding=named)
        assert outcome.records == [("zoé", "日本", "😀")]
        assert outcome.layout is not None
        assert outcome.layout.encoding == encoding

    @pytest.mark.parametrize(
        ("named", "text"),
        [
            ("cp1252", "zoé"),
            ("latin-1", "zoé"),
            ("iso-8859-2", "žluť"),
            ("windows-1251", "Анна"),
            ("koi8-r", "Анна"),
            ("mac-roman", "zoé"),
            ("shift_jis", "日本"),
            ("cp932", "日本"),
            ("euc_kr", "한국"),
            ("big5", "中文"),
        ],
    )
    def test_tables_of_all_the_world_may_be_named(self, named: str, text: str) -> None:
        data = f"Email,Name,Note\n{text},b,c\n".encode(named)
        assert read(data, encoding=named).records == [(text, "b", "c")]

    @pytest.mark.parametrize(
        "named",
        [
            "",
            "klingon",
            "utf-8\0",
            "../etc",
            "é",
            "\udc80",
            "rot13",
            "base64",
            "hex",
            "zip",
            "idna",
            "punycode",
            "unicode_escape",
            "raw_unicode_escape",
            "utf-7",
            "undefined",
            "mbcs",
            "iso2022_jp",
            "hz",
            "cp037",
            "charmap",
        ],
    )
    def test_what_no_file_is_written_in_is_refused(self, named: str) -> None:
        with pytest.raises(UnreadableFileError, match="is not known: name one such as") as caught:
            Reader(HEADING, encoding=named)
        assert caught.value.problem.code == "unknown_encoding"

    @pytest.mark.parametrize(
        ("named", "mark"),
        [
            ("cp1252", codecs.BOM_UTF8),
            ("latin-1", codecs.BOM_UTF16_LE),
            ("utf-8", codecs.BOM_UTF16_BE),
            ("utf-16-be", codecs.BOM_UTF16_LE),
            ("utf-16", codecs.BOM_UTF8),
            ("utf-32-be", codecs.BOM_UTF32_LE),
        ],
    )
    def test_a_byte_order_mark_may_not_contradict_the_name(self, named: str, mark: bytes) -> None:
        problem = read(mark + b"Email,Name,Note", encoding=named).problem
        assert problem is not None
        assert problem.code == "unknown_encoding"
        assert "leave the encoding out" in problem.message

    @pytest.mark.parametrize("named", ["utf-16", "utf-32"])
    def test_the_order_of_bytes_is_not_guessed(self, named: str) -> None:
        problem = read("Email,Name,Note".encode("utf-16-le"), encoding=named).problem
        assert problem is not None
        assert problem.code == "unknown_encoding"
        assert f"{named}-le" in problem.message

    def test_the_first_bad_byte_is_told_with_its_line_and_how_to_name_an_encoding(self) -> None:
        data = b"Email,Name,Note\na,b,c\n" + "d,zoé,e\n".encode("cp1252")
        problem = read(data).problem
        assert problem is not None
        assert problem.code == "unknown_encoding"
        assert problem.message.startswith("line 3: byte 0xe9 at offset 26 is not utf-8; ")
        assert "cp1252" in problem.message
        assert read(data, encoding="cp1252").rows == 2

    def test_offsets_count_the_byte_order_mark_and_lines_those_that_are_open(self) -> None:
        data = codecs.BOM_UTF8 + b'Email,Name,Note\n"a\n\xff'
        problem = read(data).problem
        assert problem is not None
        assert problem.message.startswith("line 3: byte 0xff at offset 22 is not")

    def test_lines_before_the_heading_count(self) -> None:
        problem = read(b"\n\nEmail,\xff").problem
        assert problem is not None
        assert problem.message.startswith("line 3: byte 0xff at offset 8 is not utf-8")

    @pytest.mark.parametrize(
        ("encoding", "tail"),
        [
            ("utf-8", b"\xc3"),
            ("utf-8", b"\xf0\x9f\x98"),
            ("utf-8", b"\xed\xa0\x80"),
            ("utf-8", b"\xc0\xaf"),
            ("utf-16-le", b"a"),
            ("utf-16-le", b"\x00\xd8"),
            ("utf-16-le", b"\x00\xdc"),
            ("utf-32-le", b"a\x00\x00"),
            ("ascii", b"\x80"),
            ("cp1252", b"\x81"),
            ("shift_jis", b"\x81"),
        ],
    )
    def test_bytes_that_the_encoding_does_not_have_are_found_anywhere(
        self, encoding: str, tail: bytes
    ) -> None:
        head = "Email,Name,Note\na,b,c".encode(encoding)
        rest = "x,y,z\n".encode(encoding) * 2000
        assert read(head, encoding=encoding).rows == 1
        assert file_code(head + tail, encoding=encoding) == "unknown_encoding"
        line = head + "\n".encode(encoding)
        assert file_code(line + rest + tail, encoding=encoding) == "unknown_encoding"

    def test_c1_bytes_of_latin_1_are_control_characters(self) -> None:
        data = b"Email,Name,Note\na,\x93b\x94,c\n"
        assert read(data, encoding="latin-1").codes == ["control_character"]
        assert read(data, encoding="cp1252").records == [("a", "“b”", "c")]

    @pytest.mark.parametrize("mark", MARKS)
    def test_a_mark_alone_is_an_empty_file(self, mark: bytes) -> None:
        assert file_code(mark) == "empty_file"
