"""`import`: the counts, the problems, the three files, the token (cli.md, F1 to F4b)."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from certlib.adapters.sqlite import SqliteStore
from tests.cli.running import HEADING, NOW, ask, error_of, run, write_upload
from tests.dumps import dump

ROWS = (
    "ann@example.org,course,FORK,2026-01-05",
    "ann@example.org,course,FORK,2026-01-05",
    "bo@example.org,certification,FIRE-1,2026-02-30",
    "",
    "bo@example.org,certification,FIRE-1,2026-03-02",
    "nobody@example.org,course,FORK,2026-01-05",
)
KEYS = [
    "import_id",
    "token",
    "rows",
    "new",
    "already_completed",
    "errors",
    "blank",
    "problems",
    "applied",
]
OPTIONS = ("--format", "unifyr", "--now", NOW)


def dumped(store: Path) -> str:
    with SqliteStore.open(store) as opened:
        return dump(opened)


@pytest.fixture
def upload(tmp_path: Path) -> Path:
    return write_upload(tmp_path / "rows.csv", *ROWS)


def importing(store: Path, file: Path, *more: object, code: int = 1) -> dict[str, Any]:
    found = ask("import", store, file, *OPTIONS, *more, code=code)
    assert list(found) == KEYS
    assert found["rows"] == found["new"] + found["already_completed"] + found["errors"]
    return dict(found)


class TestJson:
    def test_what_was_done(self, store: Path, upload: Path) -> None:
        found = importing(store, upload)
        assert [found[key] for key in KEYS[2:7]] == [5, 2, 1, 2, 1]
        assert found["applied"] is True
        assert found["import_id"] == f"{found['token'][:16]}-1"
        assert found["problems"] == [
            {
                "row": 4,
                "line": 4,
                "column": "Date (yyyy-mm-dd)",
                "code": "bad_date",
                "message": "expected a date written yyyy-mm-dd; there is no such day",
            },
            {
                "row": 7,
                "line": 7,
                "column": "Email",
                "code": "unknown_learner",
                "message": "unknown learner",
            },
        ]

    def test_the_second_time_nothing_is_new(self, store: Path, upload: Path) -> None:
        importing(store, upload)
        before = dumped(store)
        found = importing(store, upload)
        assert (found["import_id"], found["applied"]) == (None, True)
        assert [found[key] for key in KEYS[2:7]] == [5, 0, 3, 2, 1]
        assert dumped(store) == before

    def test_without_errors_the_exit_code_is_0(self, store: Path, tmp_path: Path) -> None:
        upload = write_upload(tmp_path / "rows.csv", ROWS[0])
        assert importing(store, upload, code=0)["new"] == 1
        assert importing(store, upload, code=0)["new"] == 0

    def test_verify_only_writes_nothing(self, store: Path, upload: Path) -> None:
        before = dumped(store)
        found = importing(store, upload, "--verify-only")
        assert (found["import_id"], found["applied"]) == (None, False)
        assert [found[key] for key in KEYS[2:7]] == [5, 2, 1, 2, 1]
        assert dumped(store) == before

    def test_the_import_knows_its_file_and_who_did_it(self, store: Path, upload: Path) -> None:
        found = importing(store, upload, "--as", "system")
        with SqliteStore.open(store) as opened:
            (record,) = opened.imports()
        assert (record.id, record.file_name, record.actor) == (
            found["import_id"],
            "rows.csv",
            "system",
        )


class TestToken:
    def test_what_was_previewed_is_applied(self, store: Path, upload: Path) -> None:
        token = importing(store, upload, "--verify-only")["token"]
        assert importing(store, upload, "--token", token)["token"] == token

    @pytest.mark.parametrize("more", [(), ("--verify-only",)])
    def test_an_outdated_preview_writes_nothing_and_gives_the_new_one(
        self, more: tuple[str, ...], store: Path, upload: Path, tmp_path: Path
    ) -> None:
        token = importing(store, upload, "--verify-only")["token"]
        importing(store, write_upload(tmp_path / "other.csv", ROWS[0]), code=0)
        before = dumped(store)
        ran = run(
            "import", store, upload, *OPTIONS, "--token", token, *more, "--json",
            "--out", tmp_path / "out",
        )  # fmt: skip
        assert ran.code == 2
        found = json.loads(ran.out)
        assert list(found) == ["error", "preview"]
        assert found["error"]["code"] == "outdated_preview"
        assert found["error"]["problems"] == []
        assert list(found["preview"]) == KEYS
        assert [found["preview"][key] for key in KEYS[2:7]] == [5, 1, 2, 2, 1]
        assert (found["preview"]["import_id"], found["preview"]["applied"]) == (None, False)
        assert dumped(store) == before
        assert not (tmp_path / "out").exists()
        again = importing(store, upload, "--token", found["preview"]["token"])
        assert again["new"] == 1

    def test_in_words(self, store: Path, upload: Path) -> None:
        ran = run("import", store, upload, *OPTIONS, "--token", "0" * 64)
        assert (ran.code, ran.out) == (2, "")
        assert "look at the new preview (outdated_preview)" in ran.err


class TestOut:
    def test_the_three_sets(self, store: Path, upload: Path, tmp_path: Path) -> None:
        out = tmp_path / "out"
        importing(store, upload, "--out", out)
        assert sorted(path.name for path in out.iterdir()) == [
            "already_completed.csv",
            "errors.csv",
            "new.csv",
            "report.html",
        ]
        assert "recorded as import" in (out / "report.html").read_text().lower()
        assert (out / "new.csv").read_bytes() == "".join(
            f"{row}\r\n" for row in (HEADING, ROWS[0], ROWS[4])
        ).encode()
        assert (out / "already_completed.csv").read_text() == f"{HEADING}\n{ROWS[1]}\n"
        with (out / "errors.csv").open(newline="") as file:
            errors = list(csv.DictReader(file, strict=True))
        assert [row["Error"] for row in errors] == [
            "expected a date written yyyy-mm-dd; there is no such day (bad_date)",
            "unknown learner (unknown_learner)",
        ]

    def test_errors_come_back(self, store: Path, upload: Path, tmp_path: Path) -> None:
        first = importing(store, upload, "--out", tmp_path / "a")
        again = importing(store, tmp_path / "a" / "errors.csv", "--out", tmp_path / "b")
        assert [each["code"] for each in again["problems"]] == [
            each["code"] for each in first["problems"]
        ]
        errors = (tmp_path / "a" / "errors.csv").read_bytes()
        assert (tmp_path / "b" / "errors.csv").read_bytes() == errors
        repaired = tmp_path / "repaired.csv"
        repaired.write_bytes(errors.replace(b"2026-02-30", b"2026-03-30"))
        assert importing(store, repaired)["new"] == 1

    def test_the_errors_may_be_uploaded_from_where_they_are_written(
        self, store: Path, upload: Path, tmp_path: Path
    ) -> None:
        out = tmp_path / "out"
        importing(store, upload, "--out", out)
        errors = (out / "errors.csv").read_bytes()
        importing(store, out / "errors.csv", "--out", out)
        assert (out / "errors.csv").read_bytes() == errors
        assert (out / "new.csv").read_text() == f"{HEADING}\n"

    def test_a_preview_gives_them_too(self, store: Path, upload: Path, tmp_path: Path) -> None:
        importing(store, upload, "--verify-only", "--out", tmp_path / "out")
        assert (tmp_path / "out" / "errors.csv").exists()

    def test_a_place_that_cannot_be_written_to_is_found_first(
        self, store: Path, upload: Path
    ) -> None:
        before = dumped(store)
        error = error_of("import", store, upload, *OPTIONS, "--out", upload)
        assert error["code"] == "file"
        assert dumped(store) == before


class TestWords:
    def test_done(self, store: Path, upload: Path, tmp_path: Path) -> None:
        ran = run("import", store, upload, *OPTIONS, "--out", tmp_path / "out")
        assert (ran.code, ran.err) == (1, "")
        counts, values, ending, place, blank, *problems = ran.out.splitlines()
        assert counts == "rows  new  already completed  errors  blank lines"
        assert values.split() == ["5", "2", "1", "2", "1"]
        assert ending.startswith("recorded as import ")
        assert place == f"the rows of each set are in {tmp_path / 'out'}"
        assert blank == ""
        why = "expected a date written yyyy-mm-dd; there is no such day (bad_date)"
        assert problems == [
            "row  column             problem",
            f"4    Date (yyyy-mm-dd)  {why}",
            "7    Email              unknown learner (unknown_learner)",
        ]

    def test_previewed(self, store: Path, upload: Path) -> None:
        ran = run("import", store, upload, *OPTIONS, "--verify-only")
        assert "nothing was written; to apply just this: --token " in ran.out

    def test_nothing_new(self, store: Path, tmp_path: Path) -> None:
        upload = write_upload(tmp_path / "rows.csv")
        ran = run("import", store, upload, *OPTIONS)
        assert ran.code == 0
        assert ran.out.splitlines()[-1] == "nothing was new, so nothing was written"

    def test_many_problems_are_cut_short_and_said_to_be(self, store: Path, tmp_path: Path) -> None:
        rows = [f"nobody{n}@example.org,course,FORK,2026-01-05" for n in range(25)]
        ran = run("import", store, write_upload(tmp_path / "rows.csv", *rows), *OPTIONS)
        assert ran.out.count("(unknown_learner)") == 20
        assert ran.out.splitlines()[-1] == "... and 5 more"

    def test_no_email_is_ever_printed(self, store: Path, upload: Path) -> None:
        for more in ((), ("--json",)):
            ran = run("import", store, upload, *OPTIONS, *more)
            assert "@example" not in ran.out + ran.err

    def test_columns_that_were_not_read(self, store: Path, tmp_path: Path) -> None:
        upload = write_upload(
            tmp_path / "rows.csv", f"{ROWS[0]},x,y", heading=f"{HEADING},Notes,More"
        )
        ran = run("import", store, upload, *OPTIONS, "--json")
        assert ran.err == "columns that were not read: Notes, More\n"
        assert json.loads(ran.out)["new"] == 1


class TestWho:
    @pytest.mark.parametrize("actor", ["learner:bo", "approver:bo", "manager:bo"])
    def test_others_may_not(self, actor: str, store: Path, upload: Path) -> None:
        error = error_of("import", store, upload, *OPTIONS, "--as", actor, code=1)
        assert error["code"] == "role_may_not"
        (reason,) = error["problems"]
        assert set(reason) == {"code", "kind", "text", "params", "opens_at"}
        assert (reason["code"], reason["kind"]) == ("role_may_not", "actor")

    def test_nobody_imports_for_himself(self, store: Path, upload: Path) -> None:
        found = importing(store, upload, "--as", "admin:bo")
        assert [each["code"] for each in found["problems"]] == [
            "bad_date",
            "not_permitted",
            "unknown_learner",
        ]


class TestWrongUse:
    def test_an_unknown_format_names_those_there_are(self, store: Path, upload: Path) -> None:
        error = error_of("import", store, upload, "--format", "workday")
        assert error["code"] == "usage"
        assert "expected one of unifyr" in error["message"]

    def test_a_format_must_be_named(self, store: Path, upload: Path) -> None:
        assert "--format" in error_of("import", store, upload)["message"]

    def test_a_file_that_is_not_there(self, store: Path, tmp_path: Path) -> None:
        out = tmp_path / "out"
        error = error_of("import", store, tmp_path / "absent.csv", *OPTIONS, "--out", out)
        assert not out.exists()
        assert error["code"] == "file"
        assert "absent.csv: No such file" in error["message"]

    def test_a_folder_is_no_file(self, store: Path, tmp_path: Path) -> None:
        assert error_of("import", store, tmp_path, *OPTIONS)["code"] == "file"
