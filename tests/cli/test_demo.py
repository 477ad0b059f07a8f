"""`demo`: a store, a real import and what became of it, all of it or nothing."""

from __future__ import annotations

import csv
import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from certlib import Actor, Service
from certlib.adapters.sqlite import SqliteStore
from certlib.cli import _demo as demo_module
from certlib.cli._values import instant
from tests.cli.running import ask, error_of, run

EXPECTED: dict[str, Any] = json.loads(
    (Path(__file__).resolve().parents[1] / "sample_expected.json").read_bytes()
)
FIRST: dict[str, Any] = EXPECTED["completions.csv"]
FILES = [
    "already_completed.csv",
    "catalog.json",
    "completions-semicolon.csv",
    "completions.csv",
    "demo.db",
    "errors.csv",
    "new.csv",
    "people.csv",
]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("demo") / "out"
    ran = run("demo", "--out", folder)
    assert (ran.code, ran.err) == (0, "")
    return folder, ran.out


def rows_of(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file, strict=True))


class TestMade:
    def test_it_leaves_the_store_the_sample_and_the_three_sets(
        self, made: tuple[Path, str]
    ) -> None:
        folder, _ = made
        assert sorted(path.name for path in folder.iterdir()) == FILES
        assert [path.name for path in folder.parent.iterdir()] == ["out"]

    @pytest.mark.parametrize(
        ("name", "count"),
        [
            ("new.csv", "new"),
            ("already_completed.csv", "already_completed"),
            ("errors.csv", "errors"),
        ],
    )
    def test_each_set_has_its_rows(self, name: str, count: str, made: tuple[Path, str]) -> None:
        folder, _ = made
        assert len(rows_of(folder / name)) == FIRST[count] + 1

    def test_the_errors_are_those_that_the_maker_of_the_sample_knows(
        self, made: tuple[Path, str]
    ) -> None:
        folder, _ = made
        codes = Counter(
            row[4].rpartition("(")[2].rstrip(")") for row in rows_of(folder / "errors.csv")[1:]
        )
        assert codes == FIRST["codes"]

    def test_the_story_fits_a_screen_and_names_real_paths(self, made: tuple[Path, str]) -> None:
        folder, story = made
        lines = story.splitlines()
        assert len(lines) <= 60
        for name, count in (
            ("new", "new"),
            ("already completed", "already_completed"),
            ("errors", "errors"),
        ):
            assert any(line.split()[:-1] == [*name.split(), str(FIRST[count])] for line in lines)
        for code, count in FIRST["codes"].items():
            assert f"{code} {count}" in story
        assert f"certlib status {folder / 'demo.db'} --learner ann" in story
        for words in ("Why:", "What comes next", "may do now:", "What not, and why:", "Try next:"):
            assert words in story

    def test_what_it_says_to_try_next_works(self, made: tuple[Path, str]) -> None:
        _, story = made
        tries = [line.split()[1:] for line in story.splitlines() if line.startswith("  certlib ")]
        assert [words[0] for words in tries] == ["status", "explain", "history", "import", "import"]
        assert [run(*words).code for words in tries] == [0, 0, 0, 1, 1]


class TestAgain:
    def test_the_second_import_has_nothing_new(self, made: tuple[Path, str]) -> None:
        folder, _ = made
        found = ask(
            "import", folder / "demo.db", folder / "completions.csv", "--format", "unifyr", code=1
        )
        assert (found["rows"], found["new"], found["errors"]) == (
            FIRST["rows"],
            0,
            FIRST["errors"],
        )
        assert found["already_completed"] == FIRST["new"] + FIRST["already_completed"]
        assert found["import_id"] is None
        assert [
            {key: each[key] for key in ("row", "line", "code")} for each in found["problems"]
        ] == (sorted(FIRST["problems"], key=lambda each: each["row"]))

    def test_the_errors_uploaded_again_are_the_same_errors(self, made: tuple[Path, str]) -> None:
        folder, _ = made
        found = ask(
            "import", folder / "demo.db", folder / "errors.csv", "--format", "unifyr", code=1
        )
        assert (found["new"], found["errors"]) == (0, FIRST["errors"])
        assert [each["code"] for each in found["problems"]] == [
            each["code"] for each in sorted(FIRST["problems"], key=lambda each: each["row"])
        ]

    def test_repaired_errors_are_imported(self, made: tuple[Path, str], tmp_path: Path) -> None:
        folder = Path(shutil.copytree(made[0], tmp_path / "out"))
        heading, *errors = rows_of(folder / "errors.csv")
        repaired = [
            [
                "ann.arbour@example.com",
                "course",
                "DATA",
                f"2024-{n % 12 + 1:02}-{n % 28 + 1:02}",
                row[4],
            ]
            if "(bad_date)" in row[4] or "(unknown_learner)" in row[4]
            else row
            for n, row in enumerate(errors)
        ]
        with (folder / "repaired.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([heading, *repaired])
        changed = sum(old != new for old, new in zip(errors, repaired, strict=True))
        found = ask(
            "import", folder / "demo.db", folder / "repaired.csv", "--format", "unifyr",
            "--out", folder / "again", code=1,
        )  # fmt: skip
        assert changed == FIRST["codes"]["bad_date"] + FIRST["codes"]["unknown_learner"]
        assert found["new"] > 0
        assert found["errors"] == FIRST["errors"] - changed
        assert found["new"] + found["already_completed"] == changed

    def test_the_second_file_of_the_sample(self, made: tuple[Path, str], tmp_path: Path) -> None:
        folder = Path(shutil.copytree(made[0], tmp_path / "out"))
        after = EXPECTED["completions-semicolon.csv after completions.csv"]
        found = ask(
            "import", folder / "demo.db", folder / "completions-semicolon.csv",
            "--format", "unifyr", "--out", folder / "second", code=1,
        )  # fmt: skip
        assert {key: found[key] for key in after} == after
        errors = (folder / "second" / "errors.csv").read_text(encoding="utf-8")
        assert errors.startswith("Email;Training Type;Name;Date (yyyy-mm-dd);Error\n")


class TestFolder:
    def test_in_json_and_into_an_empty_folder(self, tmp_path: Path) -> None:
        (tmp_path / "out").mkdir()
        found = ask("demo", "--out", tmp_path / "out")
        assert list(found) == ["store", "import", "statuses"]
        assert found["store"] == str(tmp_path / "out" / "demo.db")
        assert found["import"]["rows"] == FIRST["rows"]
        assert sum(found["statuses"].values()) > 300

    def test_the_default_is_here(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        ran = run("demo")
        assert ran.code == 0
        assert "certlib status certlib-demo/demo.db --learner ann" in ran.out
        assert (tmp_path / "certlib-demo" / "demo.db").exists()

    def test_a_second_one_goes_beside_the_first(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "certlib-demo").mkdir()
        ran = run("demo")
        assert ran.code == 0
        assert "certlib status certlib-demo-2/demo.db --learner ann" in ran.out

    @pytest.mark.parametrize("is_file", [True, False])
    def test_what_is_there_is_left_alone(self, is_file: bool, tmp_path: Path) -> None:
        place = tmp_path / "out"
        if is_file:
            place.write_text("mine")
        else:
            place.mkdir()
            (place / "mine.txt").write_text("mine")
        error = error_of("demo", "--out", place)
        assert error["code"] == "folder_not_empty"
        assert "remove it, or name another with --out" in error["message"]
        assert [path.name for path in tmp_path.iterdir()] == ["out"]

    def test_nothing_half_made_is_left(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def interrupted(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(demo_module, "_explained", interrupted)
        assert run("demo", "--out", tmp_path / "out").code == 130
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (None, ["  not certified; the last valid day was None", "  nothing"]),
        ("award", ["  certified since 2026-01-05T00:00:00Z, through 2027-01-05"]),
    ],
)
def test_the_story_tells_of_somebody_in_any_status(
    command: str | None, words: list[str], store: Path
) -> None:
    now = "2026-11-21T09:00:00Z"
    if command:
        ask("act", store, "ann", "FORK-1", command, "--set", "on=2026-01-05", "--now", now)
    with SqliteStore.open(store) as opened:
        host = Service(store=opened, sources=opened)
        lines = list(demo_module._explained(host, Actor.parse("admin:eva"), instant(now)))
    for line in words:
        assert line in lines
