"""`create` and `load`: a store of people and a catalog, whole or not at all."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from certlib.adapters.sqlite import SqliteStore
from tests.cli.running import CATALOG, PEOPLE, ask, error_of, run, write_files
from tests.dumps import dump


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def changed(**policy: Any) -> dict[str, Any]:
    catalog = copy.deepcopy(CATALOG)
    catalog["certifications"][1]["versions"][0]["policy"].update(policy)
    return catalog


class TestCreate:
    def test_it_says_what_the_store_holds(self, tmp_path: Path) -> None:
        people, catalog = write_files(tmp_path)
        store = tmp_path / "new.db"
        found = ask("create", store, "--people", people, "--catalog", catalog)
        assert found == {"learners": 4, "trainings": 4, "certifications": 2}
        assert names(tmp_path) == ["catalog.json", "new.db", "people.csv"]
        with SqliteStore.open(store) as opened:
            ann = opened.learners(["ann"])["ann"]
        assert (ann.email, ann.organization) == ("ann@example.org", "north")
        assert ann.groups == ("drivers", "night shift")

    def test_in_words(self, tmp_path: Path) -> None:
        people, catalog = write_files(tmp_path)
        ran = run("create", tmp_path / "new.db", "--people", people, "--catalog", catalog)
        assert (ran.code, ran.err) == (0, "")
        assert ran.out == "the store holds 4 learners, 4 trainings, 2 certifications\n"

    def test_a_store_already_there_is_left_alone(self, store: Path) -> None:
        people, catalog = write_files(store.parent)
        before = store.read_bytes()
        error = error_of("create", store, "--people", people, "--catalog", catalog)
        assert error["code"] == "store_exists"
        assert store.read_bytes() == before

    def test_every_problem_of_both_files_is_told_and_no_file_is_left(self, tmp_path: Path) -> None:
        people, catalog = write_files(tmp_path)
        people.write_text("id,email,active\nann,a@example.org,maybe\nann,,yes\n")
        broken = copy.deepcopy(CATALOG)
        broken["trainings"][0]["kind"] = "curse"
        del broken["certifications"][0]["code"]
        catalog.write_text(json.dumps(broken))
        arguments = ("create", tmp_path / "new.db", "--people", people, "--catalog", catalog)
        error = error_of(*arguments)
        assert error["code"] == "invalid_files"
        assert all(set(problem) == {"path", "code", "message"} for problem in error["problems"])
        paths = [problem["path"] for problem in error["problems"]]
        assert [path for path in paths if path.startswith("$")] == [
            "$.trainings[0].kind",
            "$.certifications[0].code",
        ]
        assert len([path for path in paths if path.startswith("row ")]) == 2
        assert names(tmp_path) == ["catalog.json", "people.csv"]
        ran = run(*arguments)
        assert ran.out == ""
        summary, *listed = ran.err.splitlines()
        assert summary == (
            "certlib: the people file and the catalog are not valid (invalid_files), 4 problems:"
        )
        assert len(listed) == 4

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (b"{", "not_json"),
            (b"\xff\xfe", "not_text"),
            (b'{"format": "certlib.catalog/9"}', "unknown_format"),
        ],
    )
    def test_a_catalog_that_is_none(self, content: bytes, code: str, tmp_path: Path) -> None:
        people, catalog = write_files(tmp_path)
        catalog.write_bytes(content)
        error = error_of("create", tmp_path / "new.db", "--people", people, "--catalog", catalog)
        assert error["code"] == "invalid_catalog"
        assert code in [problem["code"] for problem in error["problems"]]
        assert not (tmp_path / "new.db").exists()

    def test_a_catalog_with_a_byte_order_mark(self, tmp_path: Path) -> None:
        people, catalog = write_files(tmp_path)
        catalog.write_text(json.dumps(CATALOG), encoding="utf-8-sig")
        ask("create", tmp_path / "new.db", "--people", people, "--catalog", catalog)

    @pytest.mark.parametrize("content", [b"email\nann@example.org\n", b"", b"PK\x03\x04"])
    def test_people_that_are_none(self, content: bytes, tmp_path: Path) -> None:
        people, catalog = write_files(tmp_path)
        people.write_bytes(content)
        error = error_of("create", tmp_path / "new.db", "--people", people, "--catalog", catalog)
        assert error["code"] == "invalid_people"
        assert len(error["problems"]) == 1
        assert not (tmp_path / "new.db").exists()

    @pytest.mark.parametrize("absent", ["people.csv", "catalog.json"])
    def test_files_that_are_not_there(self, absent: str, tmp_path: Path) -> None:
        people, catalog = write_files(tmp_path)
        (tmp_path / absent).unlink()
        error = error_of("create", tmp_path / "new.db", "--people", people, "--catalog", catalog)
        assert error["code"] == "file"
        assert absent in error["message"]
        assert not (tmp_path / "new.db").exists()

    def test_a_folder_that_is_not_there(self, tmp_path: Path) -> None:
        people, catalog = write_files(tmp_path)
        store = tmp_path / "absent" / "new.db"
        error = error_of("create", store, "--people", people, "--catalog", catalog)
        assert "absent" in error["message"]

    def test_nothing_is_left_where_it_fails_late(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def interrupted(*_: object) -> None:
            raise KeyboardInterrupt

        people, catalog = write_files(tmp_path)
        monkeypatch.setattr(SqliteStore, "put_learners", interrupted)
        ran = run("create", tmp_path / "new.db", "--people", people, "--catalog", catalog)
        assert (ran.code, ran.out) == (130, "")
        assert ran.err == "certlib: interrupted; an import can be run again\n"
        assert names(tmp_path) == ["catalog.json", "people.csv"]


class TestLoad:
    def test_people_are_added_and_updated(self, store: Path, tmp_path: Path) -> None:
        people = tmp_path / "more.csv"
        people.write_text(PEOPLE.replace("Bo Sample", "Bo Birch") + "dan,,,,,,\n")
        assert ask("load", store, "--people", people)["learners"] == 5
        with SqliteStore.open(store) as opened:
            assert opened.learners(["bo"])["bo"].name == "Bo Birch"

    def test_a_catalog_is_added_and_updated(self, store: Path, tmp_path: Path) -> None:
        catalog = copy.deepcopy(CATALOG)
        catalog["trainings"].append({"code": "NEW", "kind": "course", "name": "New"})
        catalog["certifications"].append({"code": "NEW-1", "name": "New"})
        (tmp_path / "more.json").write_text(json.dumps(catalog))
        found = ask("load", store, "--catalog", tmp_path / "more.json")
        assert found == {"learners": 4, "trainings": 5, "certifications": 3}

    def test_a_changed_published_version_is_refused_and_nothing_is_written(
        self, store: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "more.json").write_text(json.dumps(changed(time_zone="Asia/Tokyo")))
        (tmp_path / "more.csv").write_text("id\ndan\n")
        before = dumped(store)
        error = error_of(
            "load", store, "--catalog", tmp_path / "more.json", "--people", tmp_path / "more.csv"
        )
        assert error["code"] == "changed_published_version"
        assert "FORK-1 version 1" in error["message"]
        assert dumped(store) == before

    def test_something_has_to_be_given(self, store: Path) -> None:
        assert error_of("load", store)["code"] == "usage"

    def test_a_file_that_is_wrong_writes_nothing(self, store: Path, tmp_path: Path) -> None:
        (tmp_path / "more.csv").write_text("id\ndan\ndan\n")
        before = dumped(store)
        assert (
            error_of("load", store, "--people", tmp_path / "more.csv")["code"] == "invalid_people"
        )
        assert dumped(store) == before


def dumped(store: Path) -> str:
    with SqliteStore.open(store) as opened:
        return dump(opened)
