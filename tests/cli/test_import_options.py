"""`import` of every format with its options, and `template` (F6 to F8, P12)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from certlib.adapters.sqlite import SqliteStore
from certlib.io import FORMATS
from certlib.ports import NoticeState
from tests.cli.running import ask, error_of, run, write_upload
from tests.dumps import dump

NOW = "2026-11-21T09:00:00Z"
HEADINGS = {each.name: ",".join(column.heading for column in each.columns) for each in FORMATS}
ROWS = {
    "unifyr": ("ann@example.org,course,FORK,2026-01-05", "cem@example.org,course,FORK,2026-01-05"),
    "civica": ("ann,FORK-1,2026-01-05 09:30,87.5,", "cem,FORK-1,2026-01-05,,2026-06-30"),
    "docebo": ("ann,FORK-1,2026-01-05,no,2026-12-31,x", "cem,FORK-1,2026-01-05,yes,,x"),
    "go1": (
        "ann@example.org,FIRE-1,assigned,not-started,,,,,2026-12-31",
        "bo@example.org,FORK-1,self-directed,in-progress,,,2026-11-02,,",
    ),
    "knowledge-anywhere": ("ann@example.org", "bo@example.org"),
}
NAMES = list(ROWS)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path


def file_of(place: Path, name: str, *rows: str, heading: str | None = None) -> Path:
    return write_upload(place / "rows.csv", *rows, heading=heading or HEADINGS[name])


def importing(store: Path, file: Path, name: str, *more: object, code: int = 0) -> dict[str, Any]:
    """Import a file, of a certification where the format needs one."""
    which = ("--certification", "FORK-1") if name == "knowledge-anywhere" else ()
    found = ask("import", store, file, "--format", name, "--now", NOW, *which, *more, code=code)
    assert found["rows"] == found["new"] + found["already_completed"] + found["errors"]
    return dict(found)


def codes(found: dict[str, Any]) -> dict[int, str]:
    return {each["row"]: each["code"] for each in found["problems"]}


def told(store: Path) -> list[str]:
    """Return who is to be told something."""
    with SqliteStore.open(store) as opened:
        notices = dict(opened.notices(limit=100))
        states = opened.notice_states(notices)
    return sorted(notices[id].learner for id in notices if states[id] is NoticeState.WAITING)


def dumped(store: Path) -> str:
    with SqliteStore.open(store) as opened:
        return dump(opened)


@pytest.mark.parametrize("name", NAMES)
class TestEveryFormat:
    def test_imported_once(self, name: str, store: Path, place: Path) -> None:
        file = file_of(place, name, *ROWS[name])
        before = dumped(store)
        said = importing(store, file, name, "--verify-only")
        assert (said["rows"], said["new"], said["applied"]) == (2, 2, False)
        assert dumped(store) == before
        assert importing(store, file, name, "--token", said["token"])["new"] == 2
        after = dumped(store)
        again = importing(store, file, name)
        assert (again["new"], again["already_completed"]) == (0, 2)
        assert again["import_id"] is None
        assert dumped(store) == after

    def test_notices_may_be_suppressed(self, name: str, store: Path, place: Path) -> None:
        importing(store, file_of(place, name, *ROWS[name]), name, "--suppress-notices")
        assert told(store) == []

    def test_or_told(self, name: str, store: Path, place: Path) -> None:
        importing(store, file_of(place, name, *ROWS[name]), name)
        assert "ann" in told(store)
        assert "cem" not in told(store)  # who is inactive is told nothing

    def test_rows_beyond_a_limit_are_reported(self, name: str, store: Path, place: Path) -> None:
        file = file_of(place, name, *ROWS[name])
        found = importing(store, file, name, "--row-limit", 1, code=1)
        assert (found["new"], codes(found)) == (1, {3: "beyond_row_limit"})

    @pytest.mark.parametrize(("delimiter", "sign"), [("semicolon", ";"), ("tab", "\t")])
    def test_a_delimiter_that_is_named(
        self, name: str, delimiter: str, sign: str, store: Path, place: Path
    ) -> None:
        rows = [row.replace(",", sign) for row in ROWS[name]]
        file = file_of(place, name, *rows, heading=HEADINGS[name].replace(",", sign))
        assert importing(store, file, name, "--delimiter", delimiter)["new"] == 2

    def test_an_encoding_that_is_named(self, name: str, store: Path, place: Path) -> None:
        file = file_of(place, name, *ROWS[name], "\N{LATIN SMALL LETTER E WITH ACUTE}")
        file.write_bytes(file.read_text(encoding="utf-8").encode("cp1252"))
        assert error_of(
            "import", store, file, "--format", name, "--now", NOW
        )["code"] == "unknown_encoding"  # fmt: skip
        found = importing(store, file, name, "--encoding", "cp1252", code=1)
        assert (found["new"], found["errors"]) == (2, 1)

    def test_its_template(self, name: str, store: Path, place: Path) -> None:
        (kind,) = [each for each in FORMATS if each.name == name]
        ran = run("template", name)
        assert (ran.code, ran.err) == (0, "")
        assert ran.out.splitlines() == kind.template().splitlines()
        found = ask("template", name)
        assert list(found) == ["format", "columns", "template"]
        assert (found["format"], found["template"]) == (name, kind.template())
        assert [each["column"] for each in found["columns"]] == HEADINGS[name].split(",")
        assert {frozenset(each) for each in found["columns"]} == {
            frozenset({"column", "required", "help"})
        }
        file = place / "template.csv"
        assert ask("template", name, "--out", file) == {"format": name, "out": str(file)}
        assert file.read_bytes() == kind.template().encode()
        found = importing(store, file, name, code=1)
        assert codes(found) == {2: "example_row", 3: "example_row"}


class TestTemplate:
    def test_in_words(self, place: Path) -> None:
        ran = run("template", "civica", "--out", place / "awards.csv")
        assert ran.out == f"the template is in {place / 'awards.csv'}\n"

    def test_a_file_that_is_there_is_left_alone(self, place: Path) -> None:
        file = place / "awards.csv"
        file.write_text("mine")
        error = error_of("template", "civica", "--out", file)
        assert error["code"] == "file"
        assert file.read_text() == "mine"

    def test_a_folder_that_is_not_there(self, place: Path) -> None:
        assert error_of("template", "go1", "--out", place / "no" / "x.csv")["code"] == "file"

    def test_a_format_that_is_not_there(self) -> None:
        error = error_of("template", "workday")
        assert (error["code"], "expected one of unifyr, civica" in error["message"]) == (
            "usage",
            True,
        )


class TestDates:
    @pytest.mark.parametrize(
        ("pattern", "on"),
        [
            ("dd/mm/yyyy", "05/01/2026"),
            ("dd.mm.yyyy", "05.01.2026"),
            ("mm/dd/yyyy", "01/05/2026"),
            ("yyyy-mm-dd", "2026-01-05"),
        ],
    )
    def test_the_pattern_is_named(self, pattern: str, on: str, store: Path, place: Path) -> None:
        file = file_of(place, "docebo", f"ann,FORK-1,{on},yes,,x")
        assert importing(store, file, "docebo", "--dates", pattern)["new"] == 1
        (standing,) = ask("status", store, "--learner", "ann", "--at", NOW)
        assert (standing["issued_on"], standing["last_valid_day"]) == ("2026-01-05", None)

    def test_none_is_guessed(self, store: Path, place: Path) -> None:
        file = file_of(place, "docebo", "ann,FORK-1,05/01/2026,yes,,x")
        found = importing(store, file, "docebo", code=1)
        assert codes(found) == {2: "bad_date"}
        assert "name the pattern of the file's dates" in found["problems"][0]["message"]

    def test_a_pattern_that_is_none(self, store: Path, place: Path) -> None:
        file = file_of(place, "docebo")
        error = error_of("import", store, file, "--format", "docebo", "--dates", "yy-mm-dd")
        assert error["code"] == "usage"


class TestDuplicates:
    ROWS = (
        "ann,FORK-1,2026-03-05,yes,,x",
        "bo,FORK-1,2026-01-05,yes,,x",
        "ann,FORK-1,2026-01-05,yes,,x",
    )

    @pytest.mark.parametrize(
        ("more", "expected", "issued"),
        [
            ((), (1, 0, 2), None),
            (("--duplicates", "error"), (1, 0, 2), None),
            (("--duplicates", "last"), (2, 1, 0), "2026-01-05"),
            (("--duplicates", "latest"), (2, 1, 0), "2026-03-05"),
        ],
    )
    def test_which_row_counts(
        self,
        more: tuple[str, ...],
        expected: tuple[int, int, int],
        issued: str | None,
        store: Path,
        place: Path,
    ) -> None:
        file = file_of(place, "docebo", *self.ROWS)
        found = importing(store, file, "docebo", *more, code=1 if expected[2] else 0)
        assert (found["new"], found["already_completed"], found["errors"]) == expected
        assert set(codes(found).values()) <= {"repeated_in_file"}
        standings = ask("status", store, "--learner", "ann", "--at", NOW)
        assert [each["issued_on"] for each in standings] == ([issued] if issued else [])

    def test_another_word(self, store: Path, place: Path) -> None:
        file = file_of(place, "docebo", *self.ROWS)
        error = error_of("import", store, file, "--format", "docebo", "--duplicates", "first")
        assert error["code"] == "usage"


class TestArchiveAndReplace:
    def test_only_where_it_is_asked_for(self, store: Path, place: Path) -> None:
        importing(store, file_of(place, "go1", *ROWS["go1"]), "go1")
        file = file_of(place, "go1", "bo@example.org,FORK-1,self-directed,not-started,,,,,")
        found = importing(store, file, "go1", code=1)
        assert codes(found) == {2: "active_enrollment"}
        assert importing(store, file, "go1", "--archive-and-replace")["new"] == 1
        (standing,) = ask("status", store, "--learner", "bo", "--at", NOW)
        assert standing["status"] == "not_started"
        history = ask("history", store, "bo", "FORK-1", "--at", NOW)
        struck = [each["kind"] for each in history if each["struck"]]
        assert struck == ["assignment_added", "cycle_began", "cycle_started"]
        assert importing(store, file, "go1", "--archive-and-replace")["already_completed"] == 1


class TestKnowledgeAnywhere:
    def test_the_certification_is_named(self, store: Path, place: Path) -> None:
        file = place / "emails.txt"
        file.write_text("ann@example.org\nbo@example.org\n")
        found = importing(store, file, "knowledge-anywhere")
        assert found["new"] == 2
        standings = ask("status", store, "--at", NOW)
        assert [(each["learner"], each["status"]) for each in standings] == [
            ("ann", "assigned"),
            ("bo", "assigned"),
        ]

    def test_or_nothing_is_assigned(self, store: Path, place: Path) -> None:
        file = file_of(place, "knowledge-anywhere", "ann@example.org")
        ran = run("import", store, file, "--format", "knowledge-anywhere", "--now", NOW, "--json")
        assert ran.code == 1
        assert [each["code"] for each in json.loads(ran.out)["problems"]] == ["missing_value"]


class TestWrongUse:
    @pytest.mark.parametrize("number", ["0", "-1", "01", "1.5", "ten", "", "1" * 19, "\u0661"])
    def test_a_row_limit_is_a_whole_number_from_1_on(
        self, number: str, store: Path, place: Path
    ) -> None:
        file = file_of(place, "civica")
        error = error_of("import", store, file, "--format", "civica", f"--row-limit={number}")
        assert error["code"] == "usage"
        assert "expected a whole number from 1 on" in error["message"]

    @pytest.mark.parametrize("name", [",", "pipe", "Comma", ""])
    def test_a_delimiter_has_a_name(self, name: str, store: Path, place: Path) -> None:
        file = file_of(place, "civica")
        error = error_of("import", store, file, "--format", "civica", f"--delimiter={name}")
        assert error["code"] == "usage"
        assert "expected one of comma, semicolon, tab" in error["message"]

    def test_an_encoding_that_there_is_not(self, store: Path, place: Path) -> None:
        file = file_of(place, "civica")
        error = error_of("import", store, file, "--format", "civica", "--encoding", "klingon")
        assert error["code"] == "unknown_encoding"
