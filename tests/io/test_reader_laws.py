"""What holds for every file: the reader's properties, its twin, and what it may cost."""

from __future__ import annotations

import itertools
import random
import tracemalloc
from collections.abc import Callable, Iterator
from typing import TypeVar

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from certlib.io._tables import encodings, reader, rows
from certlib.io._tables.reader import Heading, Limits, Reader, Record, UnreadableFileError
from certlib.io._tables.records import find_flaw, has_control, strict_fields
from tests.io.reading import HEADING, SMALL, body, read

T = TypeVar("T")


@pytest.fixture
def impatient() -> Iterator[None]:
    """Settle the encoding, and slice, after a few bytes, so that cuts in small files matter."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encodings, "HEAD_BYTES", 8)
        patch.setattr(reader, "_SLICE", 5)
        yield


TRICKY = [
    b'Email,Name,Note\r\na,"b\r\n",c\r\n\r\nd,"e""\n",f\r',
    b'\n\r\n Email;Name;Note\r\ra;"b;c\nd;e;f\r\n;;\ng;"h"i;j\n',
    'Email,Name,Note\nzoé,日本,😀\n"é\r\né","\r",\x85\n'.encode(),
    '\ufeffEmail,Name,Note\nzoé,"日\r\n本",😀\n'.encode("utf-16-le"),
    '\ufeffEmail\tName\tNote\rzoé\t"日\r本"\t😀\r'.encode("utf-32-be"),
    b'Email,Name,Note\na,"b,c\nd,e,f\n\ng,h,i\nj",k\nx,y,z\n"',
    b"Email,Name,Note\na,b,c\nd,\xff,e\n",
    b"Email,Name,Note\na,b,c\nd,\xc3",
    b'Email,Name,Note\r\n"' + b"x" * 30 + b'\r\n",b,c\r\n' + b"y" * 60 + b"\r\na,b,c",
    b"\xff\xfeE",
    b"PK\x03\x04,,,,,,,",
    b"\0\xff\0\0\0\0\0\0\0\0\0",
    b"n" * 200,
    b"\r\n\r\n\r",
]


@pytest.mark.usefixtures("impatient")
class TestCutting:
    """What comes out is the same for every way of cutting the file."""

    @pytest.mark.parametrize("data", TRICKY)
    @pytest.mark.parametrize("limits", [None, SMALL])
    def test_at_every_byte(self, data: bytes, limits: Limits | None) -> None:
        whole = read(data, limits=limits)
        assert read(data, pieces=[bytes([byte]) for byte in data], limits=limits) == whole
        for cut in range(len(data) + 1):
            assert read(data, pieces=[data[:cut], b"", data[cut:]], limits=limits) == whole

    @pytest.mark.parametrize("data", [data for data in TRICKY if len(data) < 60])
    def test_at_every_two_bytes(self, data: bytes) -> None:
        whole = read(data)
        for one, two in itertools.combinations(range(len(data) + 1), 2):
            assert read(data, pieces=[data[:one], data[one:two], data[two:]]) == whole

    @given(
        text=st.lists(
            st.sampled_from(['"', '"', ",", ",", "\n", "\r", "a", "é", "😀", "\0", "x,y,z\n"]),
            max_size=60,
        ).map("".join),
        encoding=st.sampled_from(["utf-8", "utf-16-le", "utf-16-be", "gb18030"]),
        damage=st.one_of(st.none(), st.tuples(st.integers(0, 200), st.binary(max_size=2))),
        limits=st.sampled_from([Limits(), SMALL]),
        seed=st.integers(0, 10_000),
    )
    def test_at_any_bytes(
        self,
        text: str,
        encoding: str,
        damage: tuple[int, bytes] | None,
        limits: Limits,
        seed: int,
    ) -> None:
        data = f"Email,Name,Note\n{text}".encode(encoding)
        if damage:
            data = data[: damage[0]] + damage[1] + data[damage[0] :]
        chance = random.Random(seed)
        cuts = sorted(chance.randrange(len(data) + 1) for _ in range(chance.randrange(8)))
        pieces = [data[start:end] for start, end in itertools.pairwise([0, *cuts, len(data)])]
        whole = read(data, encoding=encoding, limits=limits)
        assert read(data, pieces=pieces, encoding=encoding, limits=limits) == whole
        singly = [bytes([byte]) for byte in data]
        assert read(data, pieces=singly, encoding=encoding, limits=limits) == whole


def by_hand(text: str, delimiter: str) -> tuple[list[str], str]:
    """Take a record apart a character at a time: the twin of `certlib.io._tables.records`."""
    fields: list[str] = []
    cell = ""
    state = "begin"
    for character in text:
        if state == "begin" and character == '"':
            state = "quoted"
        elif state == "quoted":
            if character == '"':
                state = "after"
            else:
                cell += character
        elif state == "after" and character == '"':
            cell += '"'
            state = "quoted"
        elif character == delimiter:
            fields.append(cell)
            cell, state = "", "begin"
        elif state == "after":
            return fields, "text_after_quote"
        elif character == '"':
            return fields, "bare_quote"
        else:
            cell += character
            state = "plain"
    if state == "quoted":
        return fields, "unclosed_quote"
    return [*fields, cell], ""


def read_by_hand(text: str, limits: Limits) -> list[tuple[object, ...]]:
    """Read rows of three fields as the rules say, without any thought of speed."""
    lines = [[]] if not text else [list(line) for line in _lines_by_hand(text)]
    found: list[tuple[object, ...]] = []
    row = line = 1
    while lines and lines != [[]]:
        row, line = row + 1, line + 1
        first, _ = lines[0]
        fields, flaw = by_hand(first, ",")
        taken = 1
        if len(first.encode()) > limits.record_bytes:
            found.append(("field_too_long", row, line))
        elif any(map(_is_control, first)):
            found.append(("control_character", row, line))
        elif flaw == "unclosed_quote" and (taken := _whole_by_hand(lines, limits)):
            inside = lines[1 : taken - 1]
            if any(_could_be_row_by_hand(each) for each, _ in inside):
                places = [n for n in range(taken) if lines[n][0].strip(" ,\t")]
                found += [("unclosed_quote", row + n, line + n) for n in places]
                row += taken - 1
            else:
                fields, _ = by_hand(_joined(lines[:taken]), ",")
                if any(field.strip() for field in fields):
                    found.append((row, line, *fields))
            line += taken - 1
        elif flaw:
            taken = 1
            found.append((flaw, row, line))
        elif not any(field.strip() for field in fields):
            pass
        elif len(fields) != 3:
            found.append(("row_too_short" if len(fields) < 3 else "row_too_long", row, line))
        elif any(len(field) > limits.field_characters for field in fields):
            found.append(("field_too_long", row, line))
        else:
            found.append((row, line, *fields))
        del lines[:taken]
    return found


def _lines_by_hand(text: str) -> Iterator[tuple[str, str]]:
    line = ""
    for character in text:
        if character == "\n":
            yield line, character
            line = ""
        else:
            line += character
    if line:
        yield line, ""


def _joined(lines: list[list[str]]) -> str:
    return "".join(text + end for text, end in lines[:-1]) + lines[-1][0]


def _is_control(character: str) -> bool:
    return character not in "\t\r\n" and (ord(character) < 32 or 127 <= ord(character) < 160)


def _could_be_row_by_hand(line: str) -> bool:
    fields, flaw = by_hand(line, ",")
    return not flaw and len(fields) == 3 and any(field.strip() for field in fields)


def _whole_by_hand(lines: list[list[str]], limits: Limits) -> int:
    """Return how many lines make a strict record that begins with the first, or 0."""
    for count in range(2, len(lines) + 1):
        text = _joined(lines[:count])
        fields, flaw = by_hand(text, ",")
        if flaw == "unclosed_quote":
            continue
        strict = (
            not flaw
            and len(fields) == 3
            and not any(map(_is_control, text))
            and len(text.encode()) <= limits.record_bytes
            and all(len(field) <= limits.field_characters for field in fields)
        )
        return count if strict else 0
    return 0


ROWS = st.lists(
    st.sampled_from(['"', '"', '""', ",", ",", "\n", "\n", "a", "bb", " ", "é", "\0", "x,y,z\n"]),
    max_size=40,
).map("".join)


class TestTwin:
    """The reader agrees with one that goes a character at a time."""

    @given(text=ROWS)
    @example('"""')
    @example('""""')
    @example('"a""b"c"')
    @example('"a"b"c')
    @example(',""a')
    def test_on_the_fields_of_a_record(self, text: str) -> None:
        for delimiter in ",a":
            fields, flaw = by_hand(text, delimiter)
            assert strict_fields(text, delimiter) == (() if flaw else tuple(fields))
            if flaw:
                assert find_flaw(text, delimiter) == (len(fields), flaw)

    @given(
        text=st.lists(
            st.integers(1, 9).map(lambda count: '"' * count)
            | st.sampled_from(["x", ",", "\0", "\n"])
        ).map("".join)
    )
    @example('""""')
    @example('"""""')
    @example('"x"""",""""x"')
    @example('""""x')
    @example('x""""')
    @example('\0,"""""",x')
    @example('"' * 9_000)
    def test_on_quotes_in_long_runs(self, text: str) -> None:
        fields, flaw = by_hand(text, ",")
        assert strict_fields(text, ",") == (() if flaw else tuple(fields))

    @given(
        text=ROWS, limits=st.sampled_from([Limits(), Limits(record_bytes=12, field_characters=4)])
    )
    @example('a,"b\nc\0\n",\n', Limits())
    @example('"\n\n",,\n', Limits())
    @example('a,"b,\nx,y,z\n\n",\n', Limits())
    def test_on_the_rows_of_a_file(self, text: str, limits: Limits) -> None:
        data = f"E,N,O\n{text}".encode()
        outcome = read(data, Heading(columns=("E", "N", "O")), limits=limits)
        seen = [
            (item.row, item.line, *item.fields)
            if isinstance(item, Record)
            else (item.code, item.row, item.line)
            for item in outcome.items
        ]
        assert seen == read_by_hand(text, limits)
        assert outcome.rows == len(seen)

    @given(text=st.text())
    def test_on_control_characters(self, text: str) -> None:
        assert has_control(text) == any(map(_is_control, text))


class TestNothingIsLost:
    """Every row is in the outcome, and a damaged file loads no row that it did not have."""

    LINES = (
        'ann,"Vale, Sons",n1',
        "bo,Ethics,n2",
        'cem,"the ""clean desk"" rule",n3',
        '"dana","Fire\nsafety","n4"',
        "ed,Ethics,n5",
    )

    def test_one_quote_more_or_less_spoils_its_row_alone(self) -> None:
        text = "Email,Name,Note\n" + "\n".join(self.LINES) + "\n"
        good = set(read(text.encode()).records)
        assert len(good) == 5
        for place in range(len("Email,Name,Note\n"), len(text) + 1):
            added = read(f'{text[:place]}"{text[place:]}'.encode())
            right = [row for row in added.records if row in good]
            assert len(right) >= 4, place
            assert len(added.records) - len(right) <= 1
            for wrong in set(added.records) - good:
                # Only where the quote is a whole and legal one: doubled, or around nothing.
                assert '"' in "".join(wrong) or text[place - 1] == '"' == text[place], place
        for place in [n for n, character in enumerate(text) if character == '"']:
            lessened = read(f"{text[:place]}{text[place + 1 :]}".encode())
            assert set(lessened.records) <= good, place
            assert len(lessened.records) >= 3

    @given(ROWS)
    def test_every_line_with_text_is_in_a_row(self, text: str) -> None:
        outcome = body(text)
        told = "".join("".join(item.fields) for item in outcome.items)
        for letter in "abxyzé":
            assert told.count(letter) == text.count(letter)


class TestCost:
    """What a file costs is bounded by its bytes, whatever is in it."""

    HOSTILE = (
        b'a,"b,c\n',
        b'a,b,"\n',
        b'a,b,"c""d""\n',
        b'",\n',
        b'"a"b,c\n',
        b'a"b,c\n',
        b"a\0b,c,d\n",
        b"a,b\n",
        b'"' * 61 + b"\n",
        b'x,"\n' + b'a""b,"c,d",e\n' * 300,
        b'x,"\n' + b"aaaa,bbbb,cccc\n" * 300,
        b'x,"\n' + b"\n" * 900,
        b'x,"\n' + b'""\n' * 900,
        b'x,"\n' + b"\0\n" * 900,
    )

    @pytest.mark.parametrize("piece", [100, 65_536])
    @pytest.mark.parametrize("pattern", HOSTILE)
    def test_no_character_is_scanned_more_than_five_times(
        self, pattern: bytes, piece: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        scanned = 0

        def count(what: Callable[[str, str], T]) -> Callable[[str, str], T]:
            def counting(text: str, delimiter: str) -> T:
                nonlocal scanned
                scanned += len(text)
                return what(text, delimiter)

            return counting

        monkeypatch.setattr(rows, "strict_fields", count(strict_fields))
        monkeypatch.setattr(rows, "find_flaw", count(find_flaw))
        data = b"Email,Name,Note\n" + (pattern * 50_000)[:50_000]
        pieces = [data[n : n + piece] for n in range(0, len(data), piece)]
        outcome = read(data, pieces=pieces)
        assert outcome.rows + outcome.blank > 0
        assert scanned <= 5 * len(data)

    @pytest.mark.slow
    @pytest.mark.parametrize(
        "pattern",
        [b"a", b",", b'"', b'"' + b"a" * 50 + b"\n", b'x,"' + b"a" * 70_000, b"\xc3\xa9", b"\n"],
    )
    def test_no_more_than_a_record_is_held(self, pattern: bytes) -> None:
        it = Reader(HEADING, limits=Limits(record_bytes=10_000))
        it.feed(b"Email,Name,Note\n" + b"a,b,c\n" * 1000)
        piece = (pattern * 20_000)[:20_000]
        for _ in range(2):
            it.feed(piece)
        tracemalloc.start()
        try:
            before, _ = tracemalloc.get_traced_memory()
            for _ in range(8):
                it.feed(piece)
            after, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert after - before < 100_000

    def test_an_endless_heading_is_refused_at_once(self) -> None:
        it = Reader(HEADING)
        assert it.feed(b"a" * 40_000) == []
        with pytest.raises(UnreadableFileError, match="not_text"):
            it.feed(b"a" * 40_000)

    def test_a_pending_record_fed_byte_by_byte_is_not_read_again_and_again(self) -> None:
        data = b'Email,Name,Note\n"' + b"\n" * 9_000 + b'",b,c\n'
        outcome = read(data, pieces=[bytes([byte]) for byte in data])
        assert outcome.records == [("\n" * 9_000, "b", "c")]
