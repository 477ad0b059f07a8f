"""An import that is killed at any moment is run again and ends as if it had not been (F4)."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from certlib.adapters.sqlite import SqliteStore
from tests.cli.running import NOW, ask, run
from tests.dumps import dump

pytestmark = pytest.mark.slow

KILLS = 20
ROWS = 240
SEED = 20261121
SAMPLE = Path(__file__).resolve().parents[1] / "src" / "certlib" / "sample"
HEADING = "Email,Training Type,Name,Date (yyyy-mm-dd)"
NAMES = (
    ("course", "FORK"),
    ("module", "FIRE-M1"),
    ("module", "FIRE-M2"),
    ("course", "AID-PRACTICE"),
    ("module", "AID-M1"),
    ("module", "AID-M2"),
    ("certification", "FIRE-1"),
    ("certification", "FORK-1"),
    ("course", "NONE"),
)


def rows() -> Iterator[str]:
    """Yield rows about forty people, in no order, some of them wrong."""
    chance = random.Random(SEED)
    people = (SAMPLE / "people.csv").read_text(encoding="utf-8").splitlines()[13:53]
    for _ in range(ROWS):
        email = chance.choice(people).split(",")[1]
        kind, name = chance.choice(NAMES)
        day = date(2023, 1, 1) + timedelta(chance.randrange(1400))
        yield f"{email},{kind},{name},{day}"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with an empty store and a file to import into it."""
    folder = tmp_path_factory.mktemp("interruption")
    made = run(
        "create", folder / "empty.db",
        "--people", SAMPLE / "people.csv", "--catalog", SAMPLE / "catalog.json",
    )  # fmt: skip
    assert made.code == 0
    (folder / "rows.csv").write_text("\n".join((HEADING, *rows(), "")))
    return folder


def command(store: Path, upload: Path) -> list[str]:
    words = ("-m", "certlib", "import", store, upload, "--format", "unifyr", "--now", NOW, "--json")
    return [sys.executable, *map(str, words)]


def held(store: Path) -> dict[str, Any]:
    """Return all that a store holds; between learners the order of notices says nothing."""
    with SqliteStore.open(store) as opened:
        found: dict[str, Any] = json.loads(dump(opened))
    found["notices"].sort(key=json.dumps)
    return found


def answers(store: Path) -> list[object]:
    return [ask("status", store, "--at", at) for at in ("2024-06-01", "2025-12-31", "2027-03-01")]


def log_bytes(store: Path) -> int:
    """Return the size of the store's write-ahead log, which grows while an import records."""
    log = Path(f"{store}-wal")
    try:
        return log.stat().st_size
    except FileNotFoundError:
        return 0


class Undisturbed:
    """An import that nobody interrupts: how long it takes, what it says, and what is there then."""

    def __init__(self, place: Path) -> None:
        self.store = Path(shutil.copy(place / "empty.db", place / "whole.db"))
        begun = time.monotonic()
        self.log_bytes = 0
        with (
            (place / "said.json").open("wb") as said,
            subprocess.Popen(
                command(self.store, place / "rows.csv"), stdout=said, stderr=subprocess.DEVNULL
            ) as running,
        ):
            while running.poll() is None:
                self.log_bytes = max(self.log_bytes, log_bytes(self.store))
                time.sleep(0.0005)
        self.seconds = time.monotonic() - begun
        assert running.returncode == 1
        self.said = json.loads((place / "said.json").read_bytes())
        self.held = held(self.store)
        self.answers = answers(self.store)


@pytest.fixture(scope="module")
def undisturbed(place: Path) -> Undisturbed:
    found = Undisturbed(place)
    assert found.said["rows"] == ROWS
    assert found.said["new"] > ROWS // 2
    return found


def kill_when(due: Callable[[], bool], store: Path, upload: Path) -> bool:
    """Import, kill the process when it is due; return whether it was still at work then."""
    with subprocess.Popen(
        command(store, upload), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as running:
        while running.poll() is None:
            if due():
                running.kill()
                return True
            time.sleep(0.0005)
    return False


def after(seconds: float) -> Callable[[], bool]:
    """Return what says whether so much time has passed since now."""
    end = time.monotonic() + seconds
    return lambda: time.monotonic() >= end


def finish(store: Path, upload: Path) -> dict[str, Any]:
    found: dict[str, Any] = ask("import", store, upload, "--format", "unifyr", "--now", NOW, code=1)
    return found


def progress_of(store: Path) -> tuple[int, int]:
    """Return how many imports were begun, and how many rows are recorded."""
    with SqliteStore.open(store) as opened:
        records = opened.imports()
        return len(records), sum(
            len(opened.import_rows(record.id, limit=ROWS)) for record in records
        )


def _has_written(store: Path, size: int) -> bool:
    return log_bytes(store) > size


def test_killed_at_many_moments_and_run_again(place: Path, undisturbed: Undisturbed) -> None:
    chance = random.Random(SEED)
    store = place / "killed.db"
    stages: list[int] = []
    for kill in range(KILLS):
        shutil.copy(place / "empty.db", store)
        moment = (kill // 2 + chance.random()) / (KILLS // 2)
        if (
            kill % 2
        ):  # in each tenth of the time that it takes, which the machine's load changes ...
            due = after(moment * undisturbed.seconds)
        else:  # ... and in each tenth of what it writes
            due = partial(_has_written, store, int(moment * undisturbed.log_bytes))
        killed = kill_when(due, store, place / "rows.csv")
        begun, recorded = progress_of(store)
        stages.append(recorded)
        said = finish(store, place / "rows.csv")
        assert held(store) == undisturbed.held, f"killed at {moment:.0%}, {recorded} rows"
        if killed and (begun == 0 or recorded < said["new"]):
            assert said == undisturbed.said
        for leftover in (f"{store}-wal", f"{store}-shm"):
            Path(leftover).unlink(missing_ok=True)
    assert answers(store) == undisturbed.answers
    assert any(0 < recorded < undisturbed.said["new"] for recorded in stages), stages


def test_killed_again_and_again(place: Path, undisturbed: Undisturbed) -> None:
    chance = random.Random(SEED + 1)
    store = Path(shutil.copy(place / "empty.db", place / "again.db"))
    stages = [0]
    for _ in range(6):
        due = after((0.3 + chance.random() / 2) * undisturbed.seconds)
        kill_when(due, store, place / "rows.csv")
        stages.append(progress_of(store)[1])
    assert stages == sorted(stages)
    finish(store, place / "rows.csv")
    assert held(store) == undisturbed.held
    assert answers(store) == undisturbed.answers
    assert finish(store, place / "rows.csv")["new"] == 0
    assert held(store) == undisturbed.held
