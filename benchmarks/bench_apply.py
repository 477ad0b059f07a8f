"""What applying an import costs, beside writing the same rows with `executemany`.

    python -m benchmarks.bench_apply --rounds 5 --rows 5000 --learners 2000
    python -m benchmarks.bench_apply --profile "apply, all of it"

The floor knows already what is to be written: it opens a copy of the same SQLite file, with the
same settings, and inserts everything that the import added - enrollments, events, completions,
notices, outcomes, keys - as raw tuples, table by table, 10,000 rows a transaction. An operation is
a row of the file that is New.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from benchmarks import data
from benchmarks.harness import Clock, Result, Scene, Suite, Work
from certlib import Service
from certlib.adapters.sqlite import SqliteStore
from certlib.io import UNIFYR, Applied
from certlib.ports import Change, SaveAnswer

TRANSACTION: Final = 10_000
SETTINGS: Final = (
    "synchronous = FULL",
    "foreign_keys = ON",
    "secure_delete = ON",
    "cache_size = -32768",
    "wal_autocheckpoint = 20000",
)
"""Those of `certlib.adapters._sqlite_file`; that the journal is a WAL is written in the file."""


class _Watched(SqliteStore):
    """A store that keeps what it was told to save."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.batches: list[Sequence[Change]] = []

    def save(self, changes: Sequence[Change]) -> tuple[SaveAnswer, ...]:
        self.batches.append(changes)
        return super().save(changes)


def _store(scene: Scene) -> Path:
    return scene.folder / "store.db"


def _copy(scene: Scene) -> Path:
    """Return a copy of the store as it is before the import."""
    copy = scene.folder / "copy.db"
    for path in scene.folder.glob("copy.db*"):
        path.unlink()
    shutil.copyfile(_store(scene), copy)
    return copy


def _apply(store: SqliteStore, scene: Scene) -> Applied:
    with (scene.folder / "file.csv").open("rb") as file:
        return Service(store=store, sources=store).apply_import(
            file, format=UNIFYR, actor=data.IMPORTER, now=data.NOW
        )


def prepare(scene: Scene) -> None:
    """Make the store and the file, and apply the file once."""
    rows, learners = scene.options["rows"], scene.options["learners"]
    data.write_file(scene.folder / "file.csv", rows=rows, learners=learners)
    with SqliteStore.create(_store(scene)) as store:
        data.fill(store, learners)
    applied = scene.folder / "applied.db"
    shutil.copyfile(_store(scene), applied)
    with SqliteStore.open(applied) as store:
        found = _apply(store, scene).preview
    (scene.folder / "new").write_text(str(found.new))


def _added(scene: Scene) -> Iterator[tuple[str, list[tuple[object, ...]]]]:
    """Yield every table with the rows that the import added, those that others refer to first."""
    with closing(sqlite3.connect(scene.folder / "applied.db")) as connection:
        connection.execute("ATTACH ? AS before", (str(_store(scene)),))
        tables = connection.execute(
            "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            " ORDER BY rowid"
        ).fetchall()
        for (table,) in tables:
            rows = connection.execute(
                f'SELECT * FROM main."{table}" EXCEPT SELECT * FROM before."{table}"'
            ).fetchall()
            if rows:
                yield table, rows


def raw_tuples(clock: Clock, scene: Scene) -> Result:
    added = list(_added(scene))
    found = []
    with closing(sqlite3.connect(_copy(scene), isolation_level=None)) as connection:
        for setting in SETTINGS:
            connection.execute(f"PRAGMA {setting}")
        with clock:
            for table, rows in added:
                places = ", ".join("?" * len(rows[0]))
                for begin in range(0, len(rows), TRANSACTION):
                    connection.execute("BEGIN IMMEDIATE")
                    connection.executemany(
                        f'INSERT INTO "{table}" VALUES ({places})',
                        rows[begin : begin + TRANSACTION],
                    )
                    connection.execute("COMMIT")
                found.append(f"{len(rows)} {table}")
    return Result(operations=_new(scene), found=", ".join(sorted(found)))


def _new(scene: Scene) -> int:
    return int((scene.folder / "new").read_text())


def save_alone(clock: Clock, scene: Scene) -> Result:
    """Save, in the same batches, the changes that the import works out."""
    with _Watched.open(_copy(scene)) as watched:
        _apply(watched, scene)
    with SqliteStore.open(_copy(scene)) as store, clock:
        for changes in watched.batches:
            store.save(changes)
    return Result(operations=_new(scene))


def apply_it(clock: Clock, scene: Scene) -> Result:
    with SqliteStore.open(_copy(scene)) as store, clock:
        found = _apply(store, scene).preview
    return Result(operations=found.new, memory=clock.growth)


FLOOR: Final = "executemany, raw tuples"

SUITE = Suite(
    title="import applied to SQLite",
    module="benchmarks.bench_apply",
    unit="row",
    options={"rows": 5_000, "learners": 2_000},
    prepare=prepare,
    works=(
        Work(name=FLOOR, measure=raw_tuples),
        Work(name="save alone", measure=save_alone, floor=FLOOR, goal=0.5),
        Work(name="apply, all of it", measure=apply_it, floor=FLOOR),
    ),
)

if __name__ == "__main__":
    SUITE.main()
