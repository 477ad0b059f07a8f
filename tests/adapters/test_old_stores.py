"""Stores, records files and catalogs that older versions wrote answer as they did then.

The README beside the fixtures says which code wrote which.
"""

from __future__ import annotations

import io
import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from certlib import Service
from certlib._keys import HOST
from certlib.adapters.memory import MemoryStore
from certlib.adapters.sqlite import SqliteStore
from certlib.io import export_records, load_records
from certlib.serialize import (
    catalog_document,
    dump_completion,
    dump_enrollment,
    dump_event,
    load_completion,
    load_enrollment,
    load_event,
    read_catalog_text,
)
from certlib.state import commands
from tools.make_stored import END, EVA, answers_of, make

FOLDER = Path(__file__).parent.parent / "fixtures" / "stored"
ALL = sorted(path.name for path in FOLDER.iterdir() if path.is_dir())
STORES = [name for name in ALL if (FOLDER / name / "store.db").exists()]
RECORDS = [name for name in ALL if (FOLDER / name / "records.jsonl").exists()]


def kept(name: str, file: str = "answers.json") -> Any:
    return json.loads((FOLDER / name / file).read_text(encoding="utf-8"))


@pytest.fixture
def copy(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of the store that the test names."""
    return Path(shutil.copy(FOLDER / request.param / "store.db", tmp_path / "store.db"))


def user_version(path: Path) -> int:
    connection = sqlite3.connect(path)
    try:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])
    finally:
        connection.close()


def test_there_is_a_store_of_every_version() -> None:
    assert [user_version(FOLDER / name / "store.db") for name in STORES] == [1, 1, 2, 3, 4]
    assert RECORDS == ["v3", "v3-first-records", "v4"]


@pytest.mark.parametrize("name", STORES)
def test_much_has_happened_in_it(name: str) -> None:
    answers = kept(name)
    statuses = {status[2] for found in answers["statuses"].values() for status in found}
    assert statuses >= {"assigned", "in_progress", "certified", "recertifying", "lapsed", "revoked"}
    rows = {event["row"] for _, _, events in answers["events"] for event in events}
    assert len(rows) >= (13 if name == "v1-first-day" else 30)
    assert "strike" in rows
    assert [len(each[-1]) for each in answers["imports"]] == [5, 3]
    assert len(answers["notices"]) > 30
    assert answers["keys"]


@pytest.mark.parametrize(("copy", "name"), [(name, name) for name in STORES], indirect=["copy"])
class TestAStore:
    def test_it_answers_as_then(self, copy: Path, name: str) -> None:
        expected = kept(name)
        for _ in range(2):  # once as it is brought up to date, and once afterwards
            with SqliteStore.open(copy) as store:
                found = answers_of(store)
            assert found.keys() == expected.keys()
            for question, answer in expected.items():
                assert found[question] == answer, question
        assert user_version(copy) >= user_version(FOLDER / name / "store.db")

    def test_the_audit_finds_nothing_new(self, copy: Path, name: str) -> None:
        known = kept(name, "audit.json") if (FOLDER / name / "audit.json").exists() else []
        with SqliteStore.open(copy) as store:
            findings = list(Service(sources=store, store=store).audit(actor=EVA, at=END))
        assert [[each.code, each.learner, each.certification, each.place] for each in findings] == (
            known
        )

    def test_life_goes_on_in_it(self, copy: Path, name: str) -> None:
        before = kept(name)
        with SqliteStore.open(copy) as store:
            service = Service(sources=store, store=store)
            service.sweep(actor=EVA, now=END, far_ahead=True)
            accepted = service.perform(
                commands.Assign(reference="plan-9"),
                learner="learner-0",
                certification="CONDUCT",
                actor=EVA,
                now=END,
                key="key-9999",
            )
            assert store.saved_answers([f"{HOST}key-9999"]).keys() == {f"{HOST}key-9999"}
        with SqliteStore.open(copy) as store:
            (events,) = (
                events
                for learner, certification, events in answers_of(store)["events"]
                if (learner, certification) == ("learner-0", "CONDUCT")
            )
        earlier = [
            old
            for learner, certification, old in before["events"]
            if (learner, certification) == ("learner-0", "CONDUCT")
        ]
        length = len(earlier[0]) if earlier else 0
        assert events[:length] == (earlier[0] if earlier else [])
        assert len(events) == length + len(accepted.events)


@pytest.mark.parametrize("name", ALL)
class TestJson:
    """The documents of then are read, and written, as then."""

    def again(self, document: object) -> object:
        return json.loads(json.dumps(document, default=sorted))

    def test_events(self, name: str) -> None:
        for _, _, events in kept(name)["events"]:
            assert [self.again(dump_event(load_event(event))) for event in events] == events

    def test_enrollments(self, name: str) -> None:
        for document in kept(name)["enrollments"]:
            assert self.again(dump_enrollment(load_enrollment(document))) == document

    def test_completions(self, name: str) -> None:
        for documents in kept(name)["completions"].values():
            for document in documents:
                assert self.again(dump_completion(load_completion(document))) == document

    def test_the_catalog(self, name: str) -> None:
        text = (FOLDER / name / "catalog.json").read_text(encoding="utf-8")
        assert self.again(catalog_document(read_catalog_text(text))) == json.loads(text)


@pytest.mark.parametrize("name", RECORDS)
@pytest.mark.parametrize("kind", ["sqlite", "memory"])
def test_a_records_file_makes_a_store_that_answers_as_then(
    name: str, kind: str, tmp_path: Path
) -> None:
    content = (FOLDER / name / "records.jsonl").read_bytes()
    catalog = read_catalog_text((FOLDER / name / "catalog.json").read_text(encoding="utf-8"))
    store = MemoryStore() if kind == "memory" else SqliteStore.create(tmp_path / "store.db")
    try:
        store.put_trainings(catalog.trainings)
        store.put_certifications(catalog.certifications)
        load_records(io.BytesIO(content), actor=EVA, now=END, store=store)
        found, expected = answers_of(store), kept(name)
        # Keys are no part of the file, and what is loaded is indexed as of now.
        assert found.pop("keys") == []
        assert found.pop("due") == []
        del expected["keys"], expected["due"]
        for question, answer in expected.items():
            assert found[question] == answer, question
        out = io.BytesIO()
        export_records(out, actor=EVA, store=store)
        assert out.getvalue() == content
    finally:
        if isinstance(store, SqliteStore):
            store.close()


def test_a_new_fixture_can_be_made(tmp_path: Path) -> None:
    make(tmp_path / "new")
    assert {path.name for path in (tmp_path / "new").iterdir()} == {
        "answers.json",
        "catalog.json",
        "records.jsonl",
        "store.db",
    }
    answers = json.loads((tmp_path / "new" / "answers.json").read_text(encoding="utf-8"))
    assert answers.keys() == kept("v3").keys()
