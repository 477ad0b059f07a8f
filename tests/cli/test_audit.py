"""`audit`: what is wrong with what is stored, and what would mend it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from tests.cli.running import NOW, ask, error_of, run


def damage(store: Path, statement: str) -> None:
    with sqlite3.connect(store) as file:
        file.execute(statement)
    file.close()


def assigned(store: Path) -> None:
    ask("act", store, "ann", "FIRE-1", "assign", "--now", NOW)


def test_a_sound_store(store: Path) -> None:
    assigned(store)
    assert ask("audit", store, "--at", NOW) == []
    assert "no wrong records were found" in run("audit", store, "--at", NOW).out


def test_what_is_found(store: Path) -> None:
    assigned(store)
    damage(store, "UPDATE events SET row = 'assign again'")
    (finding,) = ask("audit", store, "--at", NOW, code=1)
    assert list(finding) == [
        "code", "learner", "certification", "place", "found", "expected", "mends",
    ]  # fmt: skip
    assert finding["code"] == "row_is_not_of_the_status"
    assert (finding["learner"], finding["certification"]) == ("ann", "FIRE-1")
    command, by_hand = finding["mends"]
    assert command == {"kind": "give_command", "command": "strike", "fields": {"entry": 1}}
    assert list(by_hand) == ["kind", "words"]
    assert "row_is_not_of_the_status" in run("audit", store, "--at", NOW).out


def test_the_mend_is_given_as_a_command(store: Path) -> None:
    assigned(store)
    damage(store, "UPDATE events SET row = 'assign again'")
    before = ask("audit", store, "--at", NOW, code=1)
    strike = ("strike", "--set", "entry=1", "--now", NOW)
    ask("act", store, "ann", "FIRE-1", *strike, "--preview")
    assert ask("audit", store, "--at", NOW, code=1) == before
    ask("act", store, "ann", "FIRE-1", *strike)
    assert ask("audit", store, "--at", NOW) == []


def test_what_is_stored(store: Path) -> None:
    assigned(store)
    damage(store, "UPDATE enrollments SET document = replace(document, 'manual', 'rule')")
    (finding,) = ask("audit", store, "--at", NOW, code=1)
    assert (finding["code"], finding["place"]) == (
        "stored_differs", "enrollment assignments[0].source",
    )  # fmt: skip
    assert finding["mends"] == [{"kind": "store_replayed"}]


def test_of_whom(store: Path) -> None:
    assigned(store)
    damage(store, "UPDATE events SET row = 'assign again'")
    ask("audit", store, "--at", NOW, "--learner", "ann", code=1)
    ask("audit", store, "--at", NOW, "--certification", "FIRE-1", code=1)
    assert ask("audit", store, "--at", NOW, "--certification", "FORK-1") == []
    assert error_of("audit", store, "--learner", "nobody")["code"] == "not_found"
    assert error_of("audit", store, "--certification", "NONE")["code"] == "not_found"


def test_by_whom(store: Path) -> None:
    assert error_of("audit", store, "--as", "learner:ann", code=1)["code"] == "role_may_not"
