"""`imports` and `undo`: JSON, words and exit codes in the manner of the others (F5)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from certlib.adapters.sqlite import SqliteStore
from tests.cli.running import NOW, ask, error_of, run, write_upload
from tests.dumps import dump

ROWS = (
    "ann@example.org,course,FORK,2026-01-05",
    "bo@example.org,certification,FIRE-1,2026-03-02",
    "nobody@example.org,course,FORK,2026-01-05",
)
LATER = "2026-11-21T10:00:00Z"
REASON = ("--reason", "the wrong file", "--now", LATER)


def dumped(store: Path) -> str:
    with SqliteStore.open(store) as opened:
        return dump(opened)


def importing(store: Path, folder: Path, *rows: str) -> str:
    file = write_upload(folder / "rows.csv", *(rows or ROWS))
    found = ask("import", store, file, "--format", "unifyr", "--now", NOW, code=0 if rows else 1)
    return str(found["import_id"])


@pytest.fixture
def import_id(store: Path, tmp_path: Path) -> str:
    return importing(store, tmp_path)


@pytest.fixture
def built_on(store: Path, import_id: str) -> str:
    """Return an import on whose award somebody built."""
    extend = ("extend_certificate", "--set", "until=2028-01-01", "--reason", "ill", "--now", LATER)
    assert run("act", store, "bo", "FIRE-1", *extend).code == 0
    return import_id


def listed(import_id: str, *undos: dict[str, Any]) -> dict[str, Any]:
    return {
        "import_id": import_id,
        "format": "unifyr",
        "file_name": "rows.csv",
        "actor": "admin:operator",
        "at": NOW,
        "new": 2,
        "already_completed": 0,
        "errors": 1,
        "finished": True,
        "undos": list(undos),
    }


def an_undo(**others: Any) -> dict[str, Any]:
    return {
        "number": 1,
        "actor": "admin:operator",
        "at": LATER,
        "reason": "the wrong file",
        "undone": 2,
        "refused": 0,
        "finished": True,
        **others,
    }


class TestImports:
    def test_a_list(self, store: Path, import_id: str) -> None:
        (found,) = ask("imports", store)
        assert len(found.pop("digest")) == 64
        assert found == listed(import_id)

    def test_with_how_it_was_undone(self, store: Path, import_id: str) -> None:
        ask("undo", store, import_id, *REASON)
        (found,) = ask("imports", store)
        assert found["undos"] == [an_undo()]

    def test_what_each_row_recorded(self, store: Path, import_id: str) -> None:
        found = ask("imports", store, "--show", import_id)
        rows = found.pop("rows")
        assert len(found.pop("digest")) == 64
        assert found == listed(import_id)
        day = "2026-01-05T00:00:00Z"
        assert rows == [
            {
                "row": 2,
                "learner": "ann",
                "outcome": "new",
                "note": None,
                "undone": False,
                "completions": [
                    {"training": "FORK", "at": day, "on": "2026-01-05", "struck": False}
                ],
                "entries": [
                    {
                        "certification": "FORK-1", "entry": entry, "transition": transition,
                        "at": day, "struck": False,
                    }
                    for entry, transition in ((1, "enroll"), (2, "start"), (3, "complete step"))
                ],
            },
            {
                "row": 3,
                "learner": "bo",
                "outcome": "new",
                "note": None,
                "undone": False,
                "completions": [],
                "entries": [
                    {
                        "certification": "FIRE-1", "entry": 1, "transition": "award",
                        "at": "2026-03-01T23:00:00Z", "struck": False,
                    }
                ],
            },
        ]  # fmt: skip

    def test_in_words(self, store: Path, built_on: str) -> None:
        assert run("undo", store, built_on, *REASON).code == 1
        ran = run("imports", store, "--show", built_on)
        assert (ran.code, ran.err) == (0, "")
        headings, record, blank, rows, first, second, blank_again, undone = ran.out.splitlines()
        assert headings.split() == [
            "import", "format", "file", "by", "at", "new", "errors", "finished", "undone",
        ]  # fmt: skip
        assert record.endswith("2    1       yes       but for 1 rows")
        assert (blank, blank_again) == ("", "")
        assert rows.split() == ["row", "learner", "recorded", "undone"]
        assert "completion of FORK (struck); FORK-1: enroll (struck); FORK-1: start" in first
        assert first.endswith("yes")
        assert second.split() == ["3", "bo", "FIRE-1:", "award", "no"]
        assert undone == (f"undone by admin:operator at {LATER}: 1 rows, 1 refused; the wrong file")

    def test_none_yet(self, store: Path) -> None:
        assert ask("imports", store) == []
        assert run("imports", store).out == "nothing has been imported\n"

    @pytest.mark.parametrize(
        ("spoil", "word"),
        [("UPDATE undos SET finished = 0", "interrupted"), ("UPDATE undos SET refused = 0", "yes")],
    )
    def test_how_far_the_undo_came(
        self, spoil: str, word: str, store: Path, import_id: str
    ) -> None:
        assert run("imports", store).out.splitlines()[1].endswith("-")
        ask("undo", store, import_id, *REASON)
        with SqliteStore.open(store) as opened, opened._file.writing() as connection:
            connection.execute(spoil)
        assert run("imports", store).out.splitlines()[1].endswith(word)

    def test_many_rows_are_cut_short_and_said_to_be(self, store: Path, tmp_path: Path) -> None:
        rows = [f"ann@example.org,course,FORK,2026-01-{day:02}" for day in range(1, 26)]
        found = importing(store, tmp_path, *rows)
        assert run("imports", store, "--show", found).out.splitlines()[-1] == "... and 5 more"
        assert len(ask("imports", store, "--show", found)["rows"]) == 25

    def test_a_row_that_was_refused_in_the_end(self, store: Path, import_id: str) -> None:
        with SqliteStore.open(store) as opened, opened._file.writing() as connection:
            connection.execute(
                "UPDATE import_rows SET outcome = 'error', note = 'too late' WHERE row = 2"
            )
        assert "too late" in run("imports", store, "--show", import_id).out
        assert ask("imports", store, "--show", import_id)["rows"][0]["note"] == "too late"

    def test_an_unknown_one(self, store: Path) -> None:
        error = error_of("imports", store, "--show", "absent")
        assert error == {
            "code": "not_found", "message": "no import 'absent' (not_found)", "problems": [],
        }  # fmt: skip

    def test_others_may_not_look(self, store: Path) -> None:
        assert error_of("imports", store, "--as", "learner:bo", code=1)["code"] == "role_may_not"


class TestUndo:
    def test_what_was_done(self, store: Path, import_id: str) -> None:
        assert ask("undo", store, import_id, *REASON) == {
            "import_id": import_id,
            "rows": 2,
            "undone": 2,
            "undone_before": 0,
            "refused": 0,
            "problems": [],
            "applied": True,
        }
        assert ask("status", store, "--at", LATER) == []
        known = ask("status", store, "--at", NOW, "--known-at", NOW)
        assert [row["status"] for row in known] == ["certified", "certified"]
        assert ask("audit", store, "--at", LATER) == []

    def test_what_was_refused(self, store: Path, built_on: str) -> None:
        found = ask("undo", store, built_on, *REASON, code=1)
        assert [found[key] for key in ("rows", "undone", "undone_before", "refused")] == [
            2,
            1,
            0,
            1,
        ]
        assert found["problems"] == [
            {
                "row": 3,
                "learner": "bo",
                "certification": "FIRE-1",
                "code": "nothing_rests_on_it",
                "message": "later entries rest on it; strike those first: 2",
                "entries": [2],
            }
        ]
        strike = ("strike", "--set", "entry=2", "--reason", "a mistake", "--now", LATER)
        assert run("act", store, "bo", "FIRE-1", *strike).code == 0
        assert ask("undo", store, built_on, *REASON)["undone_before"] == 1

    def test_in_words(self, store: Path, built_on: str) -> None:
        ran = run("undo", store, built_on, *REASON)
        assert (ran.code, ran.err) == (1, "")
        why = "later entries rest on it; strike those first: 2"
        assert ran.out.splitlines() == [
            "rows  undone  undone before  refused",
            "2     1       0              1",
            "",
            "row  learner  certification  why it is refused",
            f"3    bo       FIRE-1         {why} (nothing_rests_on_it)",
        ]

    def test_a_preview_writes_nothing(self, store: Path, built_on: str) -> None:
        before = dumped(store)
        found = ask("undo", store, built_on, "--preview", "--now", LATER, code=1)
        assert dumped(store) == before
        assert found["applied"] is False
        done = ask("undo", store, built_on, *REASON, code=1)
        assert {**found, "applied": True} == done

    def test_and_says_so(self, store: Path, import_id: str) -> None:
        ran = run("undo", store, import_id, "--preview", "--now", LATER)
        assert ran.code == 0
        assert ran.out.splitlines()[-1] == "nothing was written; this is what would be done"

    def test_a_second_time(self, store: Path, import_id: str) -> None:
        ask("undo", store, import_id, *REASON)
        before = dumped(store)
        error = error_of("undo", store, import_id, *REASON, code=1)
        assert error["code"] == "already_undone"
        (reason,) = error["problems"]
        assert reason["text"] == f"import {import_id} is undone already"
        assert dumped(store) == before

    def test_the_same_file_is_new_again(self, store: Path, import_id: str, tmp_path: Path) -> None:
        ask("undo", store, import_id, *REASON)
        again = importing(store, tmp_path)
        assert again not in {"None", import_id}
        assert [each["import_id"] for each in ask("imports", store)] == [import_id, again]

    def test_many_problems_are_cut_short_and_said_to_be(self, store: Path, tmp_path: Path) -> None:
        rows = [f"bo@example.org,module,FIRE-M1,2026-01-{day:02}" for day in range(1, 26)]
        found = importing(store, tmp_path, *rows)
        ran = run("undo", store, found, *REASON, "--as", "admin:bo")
        assert ran.code == 1
        assert ran.out.count("(nobody_for_himself)") == 20
        assert ran.out.splitlines()[-1] == "... and 5 more"

    def test_a_reason_must_be_given(self, store: Path, import_id: str) -> None:
        before = dumped(store)
        error = error_of("undo", store, import_id, "--now", LATER)
        assert error["code"] == "usage"
        assert "--reason" in error["message"]
        assert error_of("undo", store, import_id, "--reason", " ", code=1)["code"] == (
            "reason_is_required"
        )
        assert dumped(store) == before

    def test_an_unknown_one(self, store: Path) -> None:
        assert error_of("undo", store, "absent", *REASON)["code"] == "not_found"

    def test_others_may_not(self, store: Path, import_id: str) -> None:
        error = error_of("undo", store, import_id, *REASON, "--as", "approver:eva", code=1)
        assert error["code"] == "role_may_not"
