"""The three sets as files; the errors can be uploaded again as they are, and repaired (F2, F9)."""

from __future__ import annotations

import csv
import os
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from attrs import evolve
from hypothesis import example, given
from hypothesis import strategies as st

from certlib import Learner, Service
from certlib.io import UNIFYR, ImportOptions, Preview, RowProblem
from certlib.io._imports.reports import REPORTS, Reports
from tests.hosts import EVA, FORK, NOW, make_service, make_store
from tests.io.uploads import HEADING, SKIPPED_DAY, certification_in_apia, codes, counts, upload

ROWS = (
    "ann@example.org,course,FORK,2026-01-05",
    "ann@example.org,course,FORK,2026-01-05",
    "nobody@example.org,course,FORK,2026-01-05",
    "",
    'bo@example.org,course,"Forklift safety",2026-01-05',
    "bo@example.org,course,FORK",
    'bo@example.org,course,Fork"lift,2026-01-05',
    'bo@example.org,course,"FORK" x,2026-01-05',
    "bo@example.org,course,FORK,2026-01-05,more",
    "bo@example.org",
    "=1+1,course,FORK,2026-01-05",
    'bo@example.org,course,"line\r\nbreak",2026-01-05',
    "bo@example.org,course,con\x0btrol,2026-01-05",
    'bo@example.org,course,"FORK,2026-01-05',
    "bo@example.org,course,FORK,2026-01-06",
)
CODES = {
    4: "unknown_learner",
    7: "row_too_short",
    8: "bare_quote",
    9: "text_after_quote",
    10: "row_too_long",
    11: "row_too_short",
    12: "bad_email",
    13: "unknown_training",
    14: "control_character",
    15: "unclosed_quote",
}


def reported(
    directory: Path,
    source: BytesIO,
    *,
    service: Service | None = None,
    options: ImportOptions | None = None,
    verify_only: bool = False,
) -> Preview:
    """Import a file, and write its reports."""
    service = service or make_service()
    with Reports.into(directory) as reports:
        if verify_only:
            found = service.preview_import(
                source, format=UNIFYR, actor=EVA, now=NOW, options=options, look=reports.look
            )
        else:
            found = service.apply_import(
                source, format=UNIFYR, actor=EVA, now=NOW, options=options, look=reports.look
            ).preview
        reports.write(source, found, format=UNIFYR, options=options)
    return found


def failing(folder: Path, name: str | None = None) -> None:
    """Fail while reports are being written, when somebody else has put a file beside them."""
    with Reports.into(folder):
        assert len(list(folder.glob(".*.part"))) == 3
        if name is not None:
            (folder / name).write_text("")
        raise KeyError


def table(path: Path, encoding: str = "utf-8-sig", delimiter: str = ",") -> list[list[str]]:
    """Return a file as Python's own reader sees it, and most programs."""
    with path.open(encoding=encoding, newline="") as file:
        return list(csv.reader(file, delimiter=delimiter, strict=True))


class TestFiles:
    def test_each_row_is_in_the_file_of_its_set(self, tmp_path: Path) -> None:
        found = reported(tmp_path, upload(*ROWS))
        assert counts(found) == (14, 3, 1, 10)
        assert codes(found) == CODES
        assert sorted(path.name for path in tmp_path.iterdir()) == sorted(REPORTS.values())
        heading = HEADING.split(",")
        assert table(tmp_path / "new.csv") == [
            heading,
            ["ann@example.org", "course", "FORK", "2026-01-05"],
            ["bo@example.org", "course", "Forklift safety", "2026-01-05"],
            ["bo@example.org", "course", "FORK", "2026-01-06"],
        ]
        assert table(tmp_path / "already_completed.csv") == [
            heading,
            ["ann@example.org", "course", "FORK", "2026-01-05"],
        ]
        errors = table(tmp_path / "errors.csv")
        assert errors[0] == [*heading, "Error"]
        assert {len(row) for row in errors} == {5}
        assert errors[1] == [
            "nobody@example.org",
            "course",
            "FORK",
            "2026-01-05",
            "unknown learner (unknown_learner)",
        ]
        assert errors[2][:4] == ["bo@example.org,course,FORK", "", "", ""]
        assert errors[2][4].endswith("(row_too_short)")
        assert errors[7][0] == "'=1+1"

    def test_errors_uploaded_again_as_they_are_have_the_same_problems(self, tmp_path: Path) -> None:
        service = make_service()
        first = reported(tmp_path / "a", upload(*ROWS), service=service)
        errors = (tmp_path / "a" / "errors.csv").read_bytes()
        again = reported(tmp_path / "b", BytesIO(errors), service=service)
        assert counts(again) == (10, 0, 0, 10)
        assert [(each.code, each.column, each.message) for each in again.problems] == [
            (each.code, each.column, each.message) for each in first.problems
        ]
        assert (tmp_path / "b" / "errors.csv").read_bytes() == errors

    def test_what_was_repaired_is_imported(self, tmp_path: Path) -> None:
        service = make_service()
        reported(tmp_path / "a", upload(*ROWS), service=service)
        errors = table(tmp_path / "a" / "errors.csv")
        for row in errors[1:]:
            if row[0].startswith("bo@example.org"):
                row[:4] = ["bo@example.org", "course", "DAY", "2026-02-01"]
        with (tmp_path / "repaired.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(errors)
        again = reported(
            tmp_path / "b", BytesIO((tmp_path / "repaired.csv").read_bytes()), service=service
        )
        assert counts(again) == (10, 1, 7, 2)
        assert [each.code for each in again.problems] == ["unknown_learner", "bad_email"]

    def test_a_line_break_in_a_cell_stays_one(self, tmp_path: Path) -> None:
        reported(tmp_path, upload(*ROWS))
        assert any(row[2] == "line\r\nbreak" for row in table(tmp_path / "errors.csv"))

    def test_a_preview_writes_them_as_well(self, tmp_path: Path) -> None:
        service = make_service()
        reported(tmp_path / "a", upload(*ROWS), service=service, verify_only=True)
        reported(tmp_path / "b", upload(*ROWS), service=service)
        for name in REPORTS.values():
            assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()

    def test_former_files_are_replaced(self, tmp_path: Path) -> None:
        service = make_service()
        reported(tmp_path, upload(*ROWS), service=service)
        reported(tmp_path, upload(*ROWS), service=service)
        assert table(tmp_path / "new.csv") == [HEADING.split(",")]
        assert len(table(tmp_path / "already_completed.csv")) == 5

    def test_a_file_without_rows_gives_headings(self, tmp_path: Path) -> None:
        reported(tmp_path, upload())
        assert (tmp_path / "new.csv").read_bytes() == f"{HEADING}\r\n".encode()
        assert (tmp_path / "errors.csv").read_bytes() == f"{HEADING},Error\r\n".encode()

    def test_what_is_refused_in_the_end_is_an_error_and_not_new(self, tmp_path: Path) -> None:
        store = make_store()
        store.put_certifications([certification_in_apia()])
        reported(tmp_path, upload(*SKIPPED_DAY), service=make_service(store))
        assert [row[3] for row in table(tmp_path / "new.csv")[1:]] == ["2011-12-30"]
        assert [row[3] for row in table(tmp_path / "errors.csv")[1:]] == ["2011-12-31"] * 2
        assert table(tmp_path / "errors.csv")[2][4].endswith("(refused)")


class TestLayout:
    @pytest.mark.parametrize("delimiter", [",", ";", "\t"])
    @pytest.mark.parametrize("line_end", ["\r\n", "\n"])
    @pytest.mark.parametrize("bom", ["\ufeff", ""])
    def test_delimiter_mark_and_line_ends_are_the_inputs(
        self, delimiter: str, line_end: str, bom: str, tmp_path: Path
    ) -> None:
        source = upload(
            delimiter.join(("ann@example.org", "course", "FORK", "2026-01-05")),
            delimiter.join(("ann@example.org", "course", "NONE", "2026-01-05")),
            heading=bom + HEADING.replace(",", delimiter),
            line_end=line_end,
        )
        reported(tmp_path, source)
        new, errors = ((tmp_path / name).read_bytes() for name in ("new.csv", "errors.csv"))
        rows = source.getvalue().split(line_end.encode())
        assert new == line_end.encode().join([rows[0], rows[1], b""])
        assert errors.startswith(rows[0] + f"{delimiter}Error{line_end}".encode())

    @pytest.mark.parametrize("line_end", ["\r", ""])
    def test_unusual_line_ends_become_usual(self, line_end: str, tmp_path: Path) -> None:
        rows = ("ann@example.org,course,FORK,2026-01-05",) if line_end else ()
        reported(tmp_path, upload(*rows, line_end=line_end))
        assert (tmp_path / "new.csv").read_bytes() == (
            "".join(f"{row}\r\n" for row in (HEADING, *rows)).encode()
        )

    def test_columns_keep_their_names_and_places_and_an_old_reason_goes(
        self, tmp_path: Path
    ) -> None:
        source = upload(
            "FORK,x,old (bad_date),2026-01-05,course,ann@example.org",
            "FORK,x,old (bad_date),2026-01-05,course,nobody@example.org",
            heading="NAME, Notes ,error,Date (yyyy-mm-dd),Training type,email",
        )
        reported(tmp_path, source)
        heading = ["NAME", "Notes", "Date (yyyy-mm-dd)", "Training type", "email"]
        assert table(tmp_path / "new.csv") == [
            heading,
            ["FORK", "x", "2026-01-05", "course", "ann@example.org"],
        ]
        assert table(tmp_path / "errors.csv")[0] == [*heading, "Error"]
        assert table(tmp_path / "errors.csv")[1][-1] == "unknown learner (unknown_learner)"

    def test_utf_16_stays_what_it_is(self, tmp_path: Path) -> None:
        source = upload(
            "ann@example.org,course,Ünknown,2026-01-05",
            heading="\ufeff" + HEADING,
            encoding="utf-16-le",
        )
        reported(tmp_path, source)
        assert (tmp_path / "errors.csv").read_bytes().startswith(b"\xff\xfe")
        assert table(tmp_path / "errors.csv", "utf-16")[1][2] == "Ünknown"

    def test_a_reason_that_the_encoding_lacks_is_still_written(self, tmp_path: Path) -> None:
        store = make_store()
        store.put_certifications(
            [evolve(FORK, code="Ω1", name="Twice"), evolve(FORK, code="Ω2", name="Twice")]
        )
        source = upload("ann@example.org,certification,Twice,2026-01-05", encoding="cp1252")
        reported(
            tmp_path,
            source,
            service=make_service(store),
            options=ImportOptions(encoding="cp1252"),
        )
        reason = table(tmp_path / "errors.csv", "cp1252")[1][4]
        assert reason == "several have this name, give the code: ?1, ?2 (ambiguous_training)"

    def test_cells_that_would_run_are_neutralized_once(self, tmp_path: Path) -> None:
        store = make_store()
        store.put_learners([Learner(id="plus", email="+plus@example.org")])
        source = upload(
            "+plus@example.org,course,FORK,2026-01-05", "'+plus@example.org,course,DAY,2026-01-05"
        )
        reported(tmp_path, source, service=make_service(store))
        assert [row[0] for row in table(tmp_path / "new.csv")[1:]] == ["'+plus@example.org"] * 2


class TestFolder:
    def test_it_is_made_where_it_is_absent(self, tmp_path: Path) -> None:
        reported(tmp_path / "a" / "b", upload(*ROWS))
        assert (tmp_path / "a" / "b" / "errors.csv").exists()

    @pytest.mark.parametrize("there", [True, False])
    def test_nothing_half_written_remains(self, there: bool, tmp_path: Path) -> None:
        folder = tmp_path / "out"
        if there:
            folder.mkdir()
            (folder / "errors.csv").write_text("former")
        with pytest.raises(KeyError):
            failing(folder)
        assert folder.exists() == there
        if there:
            assert [path.name for path in folder.iterdir()] == ["errors.csv"]
            assert (folder / "errors.csv").read_text() == "former"

    def test_what_others_put_there_stays(self, tmp_path: Path) -> None:
        folder = tmp_path / "out"
        with pytest.raises(KeyError):
            failing(folder, "mine.txt")
        assert [path.name for path in folder.iterdir()] == ["mine.txt"]

    def test_a_folder_that_cannot_be_made_is_found_before_anything_else(
        self, tmp_path: Path
    ) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(OSError, match="file"), Reports.into(tmp_path / "file"):
            pytest.fail("nothing is imported")

    def test_files_can_be_read_by_whom_the_user_lets(self, tmp_path: Path) -> None:
        before = os.umask(0o022)
        try:
            reported(tmp_path, upload(*ROWS))
        finally:
            os.umask(before)
        assert (tmp_path / "new.csv").stat().st_mode & 0o777 == 0o644


PIECES = st.sampled_from(
    ["ann@example.org", "course", "FORK", "2026-01-05", "x", "=1", "'", '"', '""', ",", ";", " ", "\x0b",
     "\t", "\n", "\r\n", "\ufeff", "é"]
)  # fmt: skip
LINES = st.lists(st.lists(PIECES, max_size=9).map("".join), max_size=8)


class TestAnyFile:
    """Whatever is wrong with rows, the error file says the same of them again, and loads none."""

    @given(LINES)
    @example(["x"])
    @example(["ann@example.org,,,"])
    @example(
        ['ann@example.org,"course', "ann@example.org,course,FORK,2026-01-05", 'x",FORK,2026-01-05']
    )
    def test_errors_stay_errors(self, lines: list[str]) -> None:
        service = make_service()
        with TemporaryDirectory() as place:
            folder = Path(place)
            first = reported(folder / "a", upload(*lines), service=service)
            errors = (folder / "a" / "errors.csv").read_bytes()
            again = reported(folder / "b", BytesIO(errors), service=service)
            assert counts(again) == (first.errors, 0, 0, first.errors)
            assert all(len(row) == 5 for row in table(folder / "a" / "errors.csv"))
            for before, after in zip(first.problems, again.problems, strict=True):
                # What is doubtful because of the lines around it may be wrong in itself as well.
                if before.code != "unclosed_quote" and not has_its_first_cell_alone(before):
                    assert after.code == before.code
            repeated = (folder / "b" / "errors.csv").read_bytes()
            reported(folder / "c", BytesIO(repeated), service=service)
            assert (folder / "c" / "errors.csv").read_bytes() == repeated


def has_its_first_cell_alone(problem: RowProblem) -> bool:
    """Whether a row has cells, and all but the first are empty: in an error file it looks like one
    that has none, so another thing is wrong with it there."""
    return len(problem.fields) == 4 and not any(cell.strip() for cell in problem.fields[1:])
