"""Workbooks are read as strictly as text, and written without effect (F8, F9; extra ``xlsx``)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, time
from functools import partial
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import pytest
from attrs import evolve

from certlib.errors import ImportFileError, InvalidValueError
from certlib.io import (
    CIVICA,
    GO1,
    KNOWLEDGE_ANYWHERE,
    UNIFYR,
    ExportOptions,
    Format,
    ImportOptions,
    Limits,
    Preview,
    PreviewedRow,
    RowProblem,
)
from certlib.io._imports.job import reader_for
from certlib.io._imports.uploads import UploadReader
from certlib.io._tables import xlsx as module
from certlib.io._tables.reader import Reader, Record
from certlib.io._tables.xlsx import SheetWriter, fits_a_cell
from certlib.state import commands as c
from certlib.state._enrollments import AssignmentSource
from tests.hosts import EVA, NOW, make_service
from tests.io.naughty import CONTROLS, NAUGHTY
from tests.io.populated import AFTER, OPERATOR, exported, fill, live, people

xlsxwriter: Any = pytest.importorskip("xlsxwriter")
calamine: Any = pytest.importorskip("python_calamine")

local = partial(datetime, tzinfo=None)
"""Times of spreadsheets are of no zone."""

HEADING = ("Email", "Training Type", "Name", "Date (yyyy-mm-dd)")
ANN = ("ann@example.org", "course", "FORK", "2025-01-05")
AWARDS = ("Username", "Certification reference", "Awarded on", "Score", "Expires on")


def book(
    *rows: Sequence[object], options: Mapping[str, object] | None = None, **more: Any
) -> bytes:
    """Return a workbook; dates have the formats that spreadsheets give them."""
    out = BytesIO()
    made = xlsxwriter.Workbook(out, {"in_memory": True, **(options or {})})
    formats = {
        date: made.add_format({"num_format": "yyyy-mm-dd"}),
        datetime: made.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
        time: made.add_format({"num_format": "hh:mm"}),
    }
    for name in more.get("before", ()):
        made.add_worksheet(name)
    sheet = made.add_worksheet(more.get("name", "Sheet1"))
    for row, cells in enumerate(rows, start=more.get("first", 0)):
        for column, value in enumerate(cells, start=more.get("column", 0)):
            if isinstance(value, str):
                sheet.write_string(row, column, value)
            elif isinstance(value, date | time):
                sheet.write_datetime(row, column, value, formats[type(value)])
            elif isinstance(value, tuple):
                sheet.write_formula(row, column, value[0], None, value[1])
            elif value is not None:
                sheet.write(row, column, value)
    made.close()
    return out.getvalue()


def changed(data: bytes, change: Callable[[str, bytes], bytes | None], **more: Any) -> bytes:
    """Return a workbook with other parts."""
    out = BytesIO()
    with ZipFile(BytesIO(data)) as given, ZipFile(out, "w", more.get("how", ZIP_DEFLATED)) as made:
        for part in given.infolist():
            content = change(part.filename, given.read(part))
            if content is not None:
                made.writestr(part.filename, content)
        for name, content in more.get("others", ()):
            made.writestr(name, content)
    return out.getvalue()


def in_sheet(data: bytes, old: bytes, new: bytes) -> bytes:
    def change(name: str, content: bytes) -> bytes:
        if "worksheets/" not in name:
            return content
        assert old in content
        return content.replace(old, new)

    return changed(data, change)


def read(
    data: bytes, kind: Format = UNIFYR, step: int = 1 << 16, **options: Any
) -> list[Record | RowProblem]:
    reader = reader_for(kind, ImportOptions(**options))
    assert isinstance(reader, UploadReader)
    found: list[Record | RowProblem] = []
    for start in range(0, len(data), step):
        found += reader.feed(data[start : start + step])
    return [*found, *reader.close()]


def flaws(found: Sequence[Record | RowProblem]) -> list[tuple[int, str | None, str]]:
    return [(each.row, each.column, each.code) for each in found if isinstance(each, RowProblem)]


def preview(
    data: bytes, kind: Format = UNIFYR, **options: Any
) -> tuple[Preview, list[PreviewedRow]]:
    rows: list[PreviewedRow] = []
    service = make_service()
    store: Any = service.store
    store.put_learners([evolve(each, username=each.id) for each in store.all_learners(limit=9)])
    found = service.preview_import(
        BytesIO(data),
        format=kind,
        actor=EVA,
        now=NOW,
        options=ImportOptions(**options),
        look=rows.append,
    )
    return found, rows


def refused(data: bytes, kind: Format = UNIFYR, **options: Any) -> str:
    """Return what is wrong with a file as a whole; said again, it is the same."""
    reader = reader_for(kind, ImportOptions(**options))
    with pytest.raises(ImportFileError) as caught:
        _ = [reader.feed(data), reader.close()]
    with pytest.raises(ImportFileError) as again:
        reader.close()
    assert again.value.problems == caught.value.problems
    (problem,) = caught.value.problems
    return f"{problem.code}: {problem.message}"


class TestReading:
    def test_rows_are_those_of_a_text_file(self) -> None:
        data = book(HEADING, ANN, (), ("", "", "", ""), ("bo@example.org", *ANN[1:]))
        text = "\r\n".join(
            [",".join(HEADING), ",".join(ANN), "", ",,,", "bo@example.org,course,FORK,2025-01-05"]
        )
        reader = Reader(UNIFYR.heading)
        assert read(data) == [*reader.feed(text.encode()), *reader.close()]
        found, _ = preview(data)
        assert (found.new, found.rows, found.blank) == (2, 2, 2)

    def test_every_way_of_cutting_gives_the_same(self) -> None:
        data = book(HEADING, ANN)
        assert all(read(data, step=step) == read(data) for step in (1, 2, 3, 4, 5, 1000))

    def test_rows_and_columns_that_come_first_are_counted(self) -> None:
        data = book(HEADING, ANN, first=3, column=2)
        assert read(data) == [Record(row=5, line=5, fields=("", "", *ANN))]

    def test_lines_within_a_cell_end_no_row(self) -> None:
        data = book(HEADING, ("ann@example.org", "course", "a\nb\nc,d,e,f", "2025-01-05"), ANN)
        one, two = read(data)
        assert one.fields[2] == "a\nb\nc,d,e,f"
        assert (two.row, two.line) == (3, 3)

    def test_texts_are_taken_as_they_are(self) -> None:
        texts = [text for text in NAUGHTY if text.strip() and fits_a_cell(text)]
        data = book(HEADING, *(("x", "course", text, "2025-01-05") for text in texts))
        found = read(data)
        from certlib.io._tables.cells import restore

        assert len(found) == len(texts)
        for text, each in zip(texts, found, strict=True):
            if isinstance(each, Record):
                assert restore(each.fields[2]) == text
            else:
                assert each.code in {"control_character", "field_too_long", "row_too_long"}
        assert sum(isinstance(each, Record) for each in found) > len(texts) - 5

    def test_control_characters_are_refused(self) -> None:
        """Those that XML has; a workbook cannot hold the others."""
        texts = [text for text in CONTROLS if text[1] >= "\x7f"]
        data = book(HEADING, *(("x", "course", text, "2025-01-05") for text in texts))
        assert {code for _, _, code in flaws(read(data))} == {"control_character"}
        assert len(flaws(read(data))) == len(texts)

    def test_dates_are_dates_in_the_pattern_of_the_file(self) -> None:
        data = book(HEADING, (*ANN[:3], date(2024, 2, 29)), (*ANN[:3], local(2024, 3, 1)))
        assert [each.fields[3] for each in read(data)] == ["2024-02-29", "2024-03-01"]
        assert read(data, dates="dd.mm.yyyy")[0].fields[3] == "29.02.2024"
        for pattern in ("yyyy-mm-dd", "dd/mm/yyyy", "dd.mm.yyyy", "mm/dd/yyyy"):
            found, _ = preview(data, dates=pattern)
            assert found.new == 2

    def test_dates_are_dates_in_either_calendar(self) -> None:
        data = book(HEADING, (*ANN[:3], date(2024, 2, 29)), options={"date_1904": True})
        assert read(data)[0].fields[3] == "2024-02-29"

    def test_a_time_of_day_is_told_where_it_belongs(self) -> None:
        award = ("ann", "FORK-1", local(2025, 2, 28, 9, 30), 87.5, date(2026, 2, 28))
        found, rows = preview(book(AWARDS, award), CIVICA)
        assert (found.problems, found.new) == ((), 1)
        assert rows[0].fields == ("ann", "FORK-1", "2025-02-28 09:30:00", "87.5", "2026-02-28")
        found, _ = preview(book(HEADING, (*ANN[:3], local(2024, 3, 1, 9, 30))))
        assert [each.code for each in found.problems] == ["bad_date"]

    @pytest.mark.parametrize(
        ("place", "value", "code"),
        [
            (0, 7, "bad_value"),
            (0, 7.5, "bad_value"),
            (1, date(2024, 2, 29), "bad_value"),
            (2, local(2024, 2, 29, 9), "bad_value"),
            (2, time(9, 30), "bad_value"),
            (3, 45351, "bad_date"),
            (3, time(9, 30), "bad_value"),
            (3, date(1900, 2, 28), "bad_date"),
            (1, date(1900, 2, 28), "bad_date"),
            (0, 1e20, "bad_value"),
        ],
    )
    def test_what_is_no_text_where_text_belongs(self, place: int, value: object, code: str) -> None:
        row = [*ANN]
        row[place] = value  # type: ignore[call-overload]
        found = read(book(HEADING, row, ANN))
        assert flaws(found) == [(2, HEADING[place], code)]
        assert found[1] == Record(row=3, line=3, fields=ANN)

    def test_an_odd_cell_in_a_column_that_is_not_read_does_no_harm(self) -> None:
        data = book((*HEADING, "Note"), (*ANN, 45351.5))
        assert read(data)[0].fields[4] == "45351.5"

    def test_numbers_are_taken_digit_for_digit(self) -> None:
        data = book(
            AWARDS,
            *(("ann", "FORK-1", "2025-01-01", score, "") for score in (87, 0.1, 1e-7, 100.0)),
        )
        assert [each.fields[3] for each in read(data, CIVICA)] == ["87", "0.1", "0.0000001", "100"]

    def test_yes_and_no(self) -> None:
        columns = [column.heading for column in GO1.columns]
        row = (
            "ann@example.org",
            "FORK-1",
            "assigned",
            "completed",
            90,
            True,
            "",
            date(2025, 1, 1),
            "",
        )
        found, rows = preview(book(columns, row), GO1)
        assert (found.problems, found.new) == ((), 1)
        assert rows[0].fields[4:6] == ("90", "true")

    def test_errors_are_read_as_they_are_shown(self) -> None:
        award = ("ann", "FORK-1", "2025-01-01", ("=1/0", "#DIV/0!"), "")
        found, rows = preview(book(AWARDS, award), CIVICA)
        assert rows[0].fields[3] == "#DIV/0!"
        assert [each.code for each in found.problems] == ["bad_number"]

    def test_a_formula_is_its_value(self) -> None:
        award = ("ann", ('="FORK"&"-1"', "FORK-1"), "2025-01-01", ("=80+7", 87), "")
        assert read(book(AWARDS, award), CIVICA)[0].fields == (
            "ann",
            "FORK-1",
            "2025-01-01",
            "87",
            "",
        )

    def test_knowledge_anywhere_takes_both_with_and_without_heading(self) -> None:
        for rows in (
            (("ann@example.org",), ("bo@example.org",)),
            (("Email",), ("ann@example.org",), ("bo@example.org",)),
        ):
            found, _ = preview(book(*rows), KNOWLEDGE_ANYWHERE, certification="FORK-1")
            assert (found.new, found.rows) == (2, 2)

    def test_the_sheet_that_is_named(self) -> None:
        data = book(HEADING, ANN, name="March", before=("Cover",))
        assert refused(data).startswith("empty_file: ")
        assert len(read(data, sheet="March")) == 1
        assert refused(data, sheet="April") == (
            "unknown_sheet: there is no such sheet; there are Cover, March"
        )

    def test_a_wrong_heading_is_one_error(self) -> None:
        assert refused(book(("a", "b"), ("c", "d"))).startswith("wrong_heading: ")

    def test_an_applied_file_has_the_digest_of_its_bytes(self) -> None:
        import hashlib

        data = book(HEADING, ANN)
        service = make_service()
        done = service.apply_import(
            BytesIO(data), format=UNIFYR, actor=EVA, now=NOW, file_name="march.xlsx"
        )
        (record,) = service.store.imports()
        assert record.digest == hashlib.sha256(data).hexdigest()
        assert done.preview.new == 1
        again = service.apply_import(BytesIO(data), format=UNIFYR, actor=EVA, now=NOW)
        assert again.preview.already_completed == 1

    def test_counts_on_the_way(self) -> None:
        data = book(HEADING, ANN, ())
        reader = reader_for(UNIFYR, ImportOptions())
        reader.feed(data)
        assert (reader.layout, reader.rows, reader.blank, reader.bytes_read) == (
            None,
            0,
            0,
            len(data),
        )
        assert len(reader.close()) == 1
        assert reader.close() == []
        assert reader.layout is not None
        assert (reader.rows, reader.blank, reader.layout.columns) == (1, 0, HEADING)


class TestText:
    """What does not begin like a workbook is read as before."""

    @pytest.mark.parametrize("step", [1, 2, 3, 100])
    def test_a_text_file(self, step: int) -> None:
        data = b"Email,Training Type,Name,Date (yyyy-mm-dd)\nP,K,a,b\n"
        assert read(data, step=step)[0].fields == ("P", "K", "a", "b")

    @pytest.mark.parametrize("data", [b"", b"P", b"PK", b"PK\x03"])
    def test_too_short_to_be_anything(self, data: bytes) -> None:
        reader, plain = reader_for(UNIFYR, ImportOptions()), Reader(UNIFYR.heading)
        said = []
        for each in (reader, plain):
            with pytest.raises(ImportFileError) as caught:
                _ = [each.feed(data), each.close()]
            said.append(caught.value.problems)
        assert said[0] == said[1]

    def test_without_the_extra_it_is_a_spreadsheet(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("certlib.io._imports.job.is_installed", lambda: False)
        reader = reader_for(UNIFYR, ImportOptions())
        assert not isinstance(reader, UploadReader)
        with pytest.raises(ImportFileError) as caught:
            _ = [reader.feed(book(HEADING, ANN)), reader.close()]
        assert caught.value.code == "is_spreadsheet"

    def test_an_old_spreadsheet_is_refused(self) -> None:
        assert refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 1000).startswith("is_spreadsheet: ")


def nothing(name: str, content: bytes) -> bytes:
    return content


class TestSafety:
    """What is no workbook, or more than one, is refused before it is inflated."""

    @pytest.mark.parametrize(
        "data",
        [
            b"PK\x03\x04",
            b"PK\x03\x04" + b"\0" * 1000,
            b"PK\x03\x04" + b"x" * 100_000,
            changed(book(HEADING), nothing)[:-30],
        ],
    )
    def test_what_is_no_zip_file(self, data: bytes) -> None:
        assert refused(data).startswith("is_spreadsheet: ")

    def test_a_zip_file_of_something_else(self) -> None:
        out = BytesIO()
        with ZipFile(out, "w") as made:
            made.writestr("word/document.xml", "<a/>")
        assert "it has no xl/workbook.xml" in refused(out.getvalue())

    @pytest.mark.parametrize(
        "name", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/sharedStrings.xml"]
    )
    def test_parts_that_make_no_sense(self, name: str) -> None:
        data = book(HEADING, ANN)
        broken = changed(data, lambda part, content: b"<worksheet><" if part == name else content)
        assert refused(broken).startswith(("is_spreadsheet: ", "empty_file: "))

    def test_damage_anywhere_is_one_clear_error_or_harmless(self) -> None:
        data = book(HEADING, ANN)
        for place in range(0, len(data), 17):
            damaged = bytearray(data)
            damaged[place] ^= 0x55
            with suppress(ImportFileError):
                assert len(read(bytes(damaged))) <= 2

    def test_a_file_that_is_too_large(self) -> None:
        data = book(HEADING, ANN)
        limits = Limits(file_bytes=len(data) - 1)
        assert (
            refused(data, limits=limits)
            == f"file_too_large: the file has more than {len(data) - 1} bytes"
        )
        reader = reader_for(UNIFYR, ImportOptions(limits=limits))
        for _ in range(2):
            with pytest.raises(ImportFileError):
                reader.feed(data)
        assert len(read(data, limits=Limits(file_bytes=len(data)))) == 1

    def test_parts_that_would_be_too_large(self) -> None:
        """40 MB of one letter take 40 KB in a zip file."""
        data = book(HEADING, ANN)
        bomb = changed(
            data,
            lambda name, content: content + b" " * 40_000_000 if "sheet1" in name else content,
        )
        assert len(bomb) < 100_000
        limits = Limits(file_bytes=1_000_000)
        assert refused(bomb, limits=limits) == (
            "file_too_large: the workbook has parts of more than 4000000 bytes"
        )

    def test_a_part_that_is_larger_than_it_says(self) -> None:
        data = bytearray(book(HEADING, ANN))
        with ZipFile(BytesIO(data)) as given:
            (part,) = [each for each in given.infolist() if "sheet1" in each.filename]
        size = part.file_size.to_bytes(4, "little")
        assert data.count(size) == 2
        lying = bytes(data).replace(size, (100).to_bytes(4, "little"))
        assert refused(lying).startswith("is_spreadsheet: ")

    def test_too_many_parts_and_sheets(self) -> None:
        data = book(HEADING, ANN)
        many = [(f"x{number}", b"") for number in range(1001)]
        assert "more than 1000 parts" in refused(changed(data, nothing, others=many))
        sheets = [(f"xl/worksheets/sheet{number}.xml", b"") for number in range(2, 103)]
        assert "more than 100 sheets" in refused(changed(data, nothing, others=sheets))

    def test_a_part_that_is_there_twice(self) -> None:
        with pytest.warns(UserWarning, match="Duplicate name"):
            data = changed(book(HEADING, ANN), nothing, others=[("xl/workbook.xml", b"")])
        assert "a part is there twice" in refused(data)

    @pytest.mark.parametrize(
        "declaration",
        [
            b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>',
            b"<!doctype a>",
            b'<! ENTITY b "c">',
        ],
    )
    @pytest.mark.parametrize(
        "part", ["sheet1.xml", "workbook.xml", "styles.xml", "sharedStrings.xml"]
    )
    def test_document_types_and_entities(self, declaration: bytes, part: str) -> None:
        data = changed(
            book(HEADING, ANN),
            lambda name, content: declaration + content if name.endswith(part) else content,
        )
        assert "a part declares a document type" in refused(data)

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
    def test_other_encodings_which_could_hide_them(self, encoding: str) -> None:
        data = changed(
            book(HEADING, ANN),
            lambda name, content: (
                content.decode().encode(encoding) if "sheet1" in name else content
            ),
        )
        assert "a part is not in UTF-8" in refused(data)

    def test_a_cell_far_away_makes_no_room(self) -> None:
        data = book(HEADING, ANN)
        far = in_sheet(data, b'r="D2"', b'r="XFD1048576"')
        assert "a sheet of more than 5000000 cells" in refused(far)
        rows = in_sheet(data, b"</sheetData>", b'<row r="1048576"/></sheetData>')
        assert len(read(rows)) == 1
        both = in_sheet(
            in_sheet(data, b'r="D2"', b'r="ZZ2"'),
            b"</sheetData>",
            b'<row r="1048576"></row></sheetData>',
        )
        assert "a sheet of more than 5000000 cells" in refused(both)

    def test_a_cell_without_a_place(self) -> None:
        assert "a cell does not say where it is" in refused(
            in_sheet(book(HEADING, ANN), b'r="D2" ', b"")
        )

    @pytest.mark.parametrize("empty", [b"", b"<v></v>", b"<v/>"])
    def test_a_formula_without_a_value(self, empty: bytes) -> None:
        data = book(AWARDS, ("ann", "FORK-1", "2025-01-01", ("=80+7", 87), ""))
        data = in_sheet(data, b"<v>87</v>", empty)
        assert "a formula has no value" in refused(data, CIVICA)

    def test_what_is_not_needed_is_not_looked_at(self) -> None:
        others = [("xl/media/image1.png", b"\0" * 5_000_000), ("xl/vbaProject.bin", b"<!DOCTYPE")]
        data = changed(book(HEADING, ANN), nothing, others=others)
        assert len(read(data, limits=Limits(file_bytes=1_000_000))) == 1

    def test_a_workbook_without_worksheets(self) -> None:
        out = BytesIO()
        made = xlsxwriter.Workbook(out, {"in_memory": True})
        sheet = made.add_worksheet("data")
        sheet.write_number(0, 0, 1)
        chart = made.add_chartsheet("Chart")
        drawn = made.add_chart({"type": "bar"})
        drawn.add_series({"values": "=data!$A$1:$A$1"})
        chart.set_chart(drawn)
        made.close()
        data = changed(
            out.getvalue(),
            lambda name, content: (
                re.sub(rb'<sheet name="data"[^>]*>', b"", content)
                if name == "xl/workbook.xml"
                else content
            ),
        )
        assert "it has no sheet" in refused(data)

    def test_a_password_is_not_asked_for(self) -> None:
        data = bytearray(book(HEADING, ANN))
        # The flag of encryption, in every header.
        for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            place = -1
            while (place := data.find(mark, place + 1)) >= 0:
                data[place + offset] |= 1
        assert refused(bytes(data)).startswith("is_spreadsheet: ")

    def test_stored_parts_are_read_as_well(self) -> None:
        assert len(read(changed(book(HEADING, ANN), nothing, how=ZIP_STORED))) == 1

    def test_a_lone_surrogate_is_no_character(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(
            "certlib.io._imports.uploads.sheet_rows", lambda data, sheet: iter([["\ud800"]])
        )
        assert "row 1 holds what is no character" in refused(book(HEADING, ANN))

    def test_a_sheet_without_cells(self) -> None:
        assert refused(book()).startswith("empty_file: ")


class TestWriting:
    def written(self, *rows: Sequence[str]) -> bytes:
        out = BytesIO()
        writer = SheetWriter(out)
        for row in rows:
            writer.write_row(row)
        writer.close()
        return out.getvalue()

    def test_every_cell_is_text(self) -> None:
        texts = [text for text in NAUGHTY if fits_a_cell(text)]
        assert len(texts) == len(NAUGHTY) - 1
        data = self.written(("=1+1", "b"), *((text, "x") for text in texts))
        with ZipFile(BytesIO(data)) as made:
            sheet = made.read("xl/worksheets/sheet1.xml")
            assert not [
                name for name in made.namelist() if "hyperlink" in name or "rels/sheet" in name
            ]
        assert b"<f>" not in sheet
        assert set(re.findall(rb'<c [^>]*?t="(\w+)"', sheet)) == {b"s"}
        workbook = calamine.CalamineWorkbook.from_filelike(BytesIO(data))
        rows = workbook.get_sheet_by_index(0).to_python()
        assert [row[0] for row in rows[1:]] == texts

    def test_the_same_rows_make_the_same_bytes(self) -> None:
        assert self.written(("a", "b"), ("=c", "")) == self.written(("a", "b"), ("=c", ""))

    def test_what_a_sheet_cannot_hold(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(
            InvalidValueError, match="at most 32767 characters, all of which XML has"
        ):
            self.written(("x" * 32_768,))
        monkeypatch.setattr(module, "MOST_ROWS", 1)
        with pytest.raises(InvalidValueError, match="full after 1 rows"):
            self.written(("a",), ("b",))

    def test_what_xml_does_not_have_is_left_out(self) -> None:
        service = make_service()
        store: Any = service.store
        for id, email in (("ann", "a\ufffeb@example.org"), ("bo", "bo@example.org")):
            store.put_learners([evolve(store.learners([id])[id], email=email)])
            service.perform(c.Award(), learner=id, certification="FORK-1", actor=EVA, now=NOW)
        out = BytesIO()
        options = ExportOptions(workbook=True)
        done = service.export(out, format=UNIFYR, actor=EVA, at=NOW, options=options)
        assert (done.rows, done.left_out) == (1, {"bad_value": 1})
        assert len(read(out.getvalue())) == 1

    def test_without_the_extra_it_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "find_spec", lambda name: None)
        assert not module.is_installed()
        with pytest.raises(InvalidValueError, match="the extra xlsx is not installed"):
            SheetWriter(BytesIO())

    @pytest.mark.parametrize("kind", [UNIFYR, CIVICA, GO1, KNOWLEDGE_ANYWHERE])
    def test_an_export_comes_back_as_the_text_would(self, kind: Format) -> None:
        from certlib.adapters.memory import MemoryStore

        learners = people(15)
        store, twin = MemoryStore(), MemoryStore()
        service, other = fill(store, learners), fill(twin, learners)
        live(store, learners, seed=21)
        certification = "C00" if kind.of_one_certification else None
        options = ExportOptions(certification=certification, workbook=True)
        out, again = BytesIO(), BytesIO()
        service.export(out, format=kind, actor=OPERATOR, at=AFTER, options=options)
        found = other.apply_import(
            BytesIO(out.getvalue()),
            format=kind,
            actor=OPERATOR,
            now=AFTER,
            options=ImportOptions(certification=certification),
        )
        assert found.preview.problems == ()
        assert (
            exported(other, kind, certification=certification)[0]
            == exported(service, kind, certification=certification)[0]
        )
        other.export(again, format=kind, actor=OPERATOR, at=AFTER, options=options)
        assert again.getvalue() == out.getvalue()

    def test_formulas_as_identifiers(self) -> None:
        service = make_service()
        store: Any = service.store
        learner = evolve(store.learners(["ann"])["ann"], email="=1+1@example.org")
        store.put_learners([learner])
        service.perform(
            c.Assign(source=AssignmentSource.MANUAL),
            learner="ann",
            certification="FORK-1",
            actor=EVA,
            now=NOW,
        )
        out = BytesIO()
        options = ExportOptions(certification="FORK-1", workbook=True)
        service.export(out, format=KNOWLEDGE_ANYWHERE, actor=EVA, at=NOW, options=options)
        (row,) = read(out.getvalue(), KNOWLEDGE_ANYWHERE)
        assert row.fields == ("'=1+1@example.org",)
        found = service.preview_import(
            BytesIO(out.getvalue()),
            format=KNOWLEDGE_ANYWHERE,
            actor=EVA,
            now=NOW,
            options=ImportOptions(certification="FORK-1"),
        )
        assert (found.errors, found.rows) == (0, 1)
