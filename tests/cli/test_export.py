"""``export``, and ``create --records``."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from certlib.cli._exporting import NAMES
from tests.cli.running import NOW, ask, error_of, run, write_files, write_upload

ROWS = (
    "ann@example.org,course,FORK,2026-03-02",
    "bo@example.org,certification,FORK-1,2026-02-28",
    "bo@example.org,module,FIRE-M1,2026-02-28",
)


@pytest.fixture
def full(store: Path, tmp_path: Path) -> Path:
    """Return a store that a file has been imported into."""
    file = write_upload(tmp_path / "upload.csv", *ROWS)
    ask("import", store, file, "--format", "unifyr", "--now", NOW)
    return store


def other_store(folder: Path, name: str) -> Path:
    """Make a store of the same people and catalog."""
    people, catalog = write_files(folder)
    ask("create", folder / name, "--people", people, "--catalog", catalog)
    return folder / name


def export(store: Path, name: str, out: Path, *more: object) -> bytes:
    ask("export", store, "--format", name, "--out", out, "--at", NOW, *more)
    return out.read_bytes()


@pytest.mark.parametrize("name", ["unifyr", "civica", "docebo", "go1", "knowledge-anywhere"])
def test_exported_imported_and_exported_again_it_is_the_same(
    full: Path, tmp_path: Path, name: str
) -> None:
    more = ("--certification", "FORK-1") if name == "knowledge-anywhere" else ()
    if more:
        fields = ("--set", "source=manual", "--now", NOW)
        ask("act", full, "ann", "FIRE-1", "assign", *fields)
        more = ("--certification", "FIRE-1")
    data = export(full, name, tmp_path / "one.csv", *more)
    assert data.count(b"\r\n") > 1
    twin = other_store(tmp_path, "twin.db")
    done = ask("import", twin, tmp_path / "one.csv", "--format", name, "--now", NOW, *more)
    assert done["new"] == done["rows"] > 0
    assert export(twin, name, tmp_path / "two.csv", *more) == data


def test_what_it_says(full: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    found = ask("export", full, "--format", "unifyr", "--out", out, "--at", NOW, "--bom")
    assert found == {"format": "unifyr", "out": str(out), "rows": 4, "left_out": {}}
    assert out.read_text("utf-8-sig").splitlines() == [
        "Email,Training Type,Name,Date (yyyy-mm-dd)",
        "ann@example.org,certification,FORK-1,2026-03-02",
        "ann@example.org,course,FORK,2026-03-02",
        "bo@example.org,certification,FORK-1,2026-02-28",
        "bo@example.org,module,FIRE-M1,2026-02-28",
    ]


def test_what_is_left_out_is_said(full: Path, tmp_path: Path) -> None:
    fields = ("--set", "on=2026-01-01", "--set", "always_valid=yes", "--now", NOW)
    ask("act", full, "ann", "FIRE-1", "award", *fields)
    ran = run("export", full, "--format", "civica", "--out", tmp_path / "out.csv", "--at", NOW)
    assert ran.code == 0
    assert ran.out.splitlines() == [
        f"2 rows are in {tmp_path / 'out.csv'}",
        "",
        "left out, since  rows",
        "not_carried      1",
    ]


def test_a_workbook_comes_back_as_well(full: Path, tmp_path: Path) -> None:
    pytest.importorskip("xlsxwriter")
    pytest.importorskip("python_calamine")
    data = export(full, "unifyr", tmp_path / "one.xlsx", "--xlsx")
    assert data.startswith(b"PK")
    twin = other_store(tmp_path, "twin.db")
    given = ("--format", "unifyr", "--now", NOW, "--sheet", "Sheet1")
    done = ask("import", twin, tmp_path / "one.xlsx", *given, "--out", tmp_path / "sets")
    assert (done["new"], done["rows"]) == (4, 4)
    assert "Sheet of the workbook" in (tmp_path / "sets" / "report.html").read_text()
    assert (tmp_path / "sets" / "new.csv").read_bytes() == export(full, "unifyr", tmp_path / "csv")
    error = error_of("import", twin, tmp_path / "one.xlsx", *given[:-1], "None")
    assert error["code"] == "unknown_sheet"


def test_as_it_was_known_at_an_instant_and_by_whom(full: Path, tmp_path: Path) -> None:
    arguments = ("export", full, "--format", "unifyr", "--out")
    before = ask(*arguments, tmp_path / "1", "--at", "2026-03-01T00:00:00Z")
    by_ann = ask(*arguments, tmp_path / "2", "--as", "learner:ann", "--at", NOW)
    now = ask(*arguments, tmp_path / "3")
    assert (before["rows"], by_ann["rows"], now["rows"]) == (0, 2, 4)


def test_records_make_the_same_store_again(full: Path, tmp_path: Path) -> None:
    one, two = tmp_path / "one.jsonl", tmp_path / "two.jsonl"
    first = ask("export", full, "--format", "records", "--out", one)
    _, catalog = write_files(tmp_path)
    twin = tmp_path / "twin.db"
    made = ask("create", twin, "--records", one, "--catalog", catalog)
    assert made == {
        "learners": 4,
        "trainings": 4,
        "certifications": 2,
        "completions": 2,
        "events": made["events"],
        "notices": made["notices"],
        "imports": 1,
    }
    assert ask("export", twin, "--format", "records", "--out", two)["rows"] == first["rows"]
    assert one.read_bytes() == two.read_bytes()
    for question in ("status", "audit"):
        assert ask(question, twin, "--at", NOW) == ask(question, full, "--at", NOW)
    assert not list(tmp_path.glob(".*"))
    ran = run("create", tmp_path / "third.db", "--records", one, "--catalog", catalog)
    assert ran.out.startswith("the store holds 4 learners, 4 trainings, 2 certifications, 2 ")


def test_history_alone(full: Path, tmp_path: Path) -> None:
    out = tmp_path / "history.jsonl"
    found = ask(
        "export",
        full,
        "--format",
        "history",
        "--out",
        out,
        "--certification",
        "FORK-1",
        "--at",
        NOW,
    )
    lines = [json.loads(line) for line in out.read_text("ascii").splitlines()]
    assert lines[0]["schema"] == "certlib.history/1"
    assert {line["certification"] for line in lines[1:-1]} == {"FORK-1"}
    assert len(lines) == found["rows"] + 2


def test_statuses_are_those_that_status_gives(full: Path, tmp_path: Path) -> None:
    fields = ("--set", "source=manual", "--now", NOW)
    ask("act", full, "ann", "FIRE-1", "assign", *fields)
    text = export(full, "statuses", tmp_path / "out.csv").decode()
    rows = list(csv.DictReader(text.splitlines(), strict=True))
    words = {None: "", True: "yes", False: "no"}
    answers = ask("status", full, "--at", NOW)
    assert rows == [
        {name: str(words.get(value, value)) for name, value in each.items() if name != "version"}
        | {"version": "" if each["version"] is None else str(each["version"])}
        for each in answers
    ]
    assert len(rows) == 3
    one = export(full, "statuses", tmp_path / "one.csv", "--certification", "FIRE-1", "--bom")
    assert one.startswith(b"\xef\xbb\xbflearner,certification,status,since,")
    assert one.count(b"\r\n") == 2


class TestRefusals:
    def test_a_file_that_is_there_is_left_alone(self, full: Path, tmp_path: Path) -> None:
        out = tmp_path / "out.csv"
        out.write_text("mine")
        error = error_of("export", full, "--format", "unifyr", "--out", out)
        assert error["code"] == "file"
        assert out.read_text() == "mine"

    def test_where_it_fails_nothing_stays(self, full: Path, tmp_path: Path) -> None:
        out = tmp_path / "out"
        named = ("export", full, "--out", out, "--format")
        assert error_of(*named, "unifyr", "--certification", "NONE")["code"] == "not_found"
        assert error_of(*named, "records", "--as", "learner:ann", code=1)["code"] == "role_may_not"
        assert not out.exists()

    def test_options_that_mean_nothing(self, full: Path, tmp_path: Path) -> None:
        named = ("export", full, "--out", tmp_path / "out", "--format")
        for wrong in (
            ("knowledge-anywhere",),
            ("records", "--at", NOW),
            ("records", "--certification", "FORK-1"),
            ("records", "--bom"),
            ("history", "--bom"),
            ("history", "--xlsx"),
            ("excel",),
        ):
            assert error_of(*named, *wrong)["code"] == "usage"
        assert not (tmp_path / "out").exists()

    def test_records_that_cannot_be_read_leave_no_store(self, full: Path, tmp_path: Path) -> None:
        one = tmp_path / "one.jsonl"
        ask("export", full, "--format", "records", "--out", one)
        one.write_bytes(one.read_bytes()[:-30])
        _, catalog = write_files(tmp_path)
        twin = tmp_path / "twin.db"
        error = error_of("create", twin, "--records", one, "--catalog", catalog)
        assert error["code"] == "unfinished_file"
        assert not twin.exists()
        assert not list(tmp_path.glob(".*"))

    def test_a_store_that_is_there_stays(self, full: Path, tmp_path: Path) -> None:
        before = full.read_bytes()
        _, catalog = write_files(tmp_path)
        error = error_of("create", full, "--records", full, "--catalog", catalog)
        assert error["code"] == "store_exists"
        assert full.read_bytes() == before

    def test_people_or_records_and_not_both(self, tmp_path: Path) -> None:
        people, catalog = write_files(tmp_path)
        both = ("--people", people, "--records", people)
        for given in (both, ()):
            error = error_of("create", tmp_path / "x.db", *given, "--catalog", catalog)
            assert error["code"] == "usage"


def test_the_names_are_public() -> None:
    assert NAMES == (
        "unifyr",
        "civica",
        "docebo",
        "go1",
        "knowledge-anywhere",
        "statuses",
        "records",
        "history",
    )
