"""What an import preview costs, beside a bare `csv.reader` pass over the same file.

    python -m benchmarks.bench_preview --rounds 5 --rows 100000 --learners 20000
    python -m benchmarks.bench_preview --profile "preview, dicts"

    python -m benchmarks.bench_preview --only civica,docebo,go1,knowledge

measures the other formats beside Unifyr's, whose rate is their floor.

The file is in Unifyr's format, the rows mixed as `benchmarks.data.write_file` says. Every learner
has three completions beforehand. What certlib itself costs shows over a store in dicts, whose
look-ups cost next to nothing; its SQLite store comes on top. Memory is by how much the process grew
at most while it worked: with 10,000 rows it should be nearly the same.

    python -m benchmarks.bench_preview --rounds 1 --rows 1000000 --only "dicts,10"

shows that for a million rows, and that a row takes as long.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Final

from benchmarks import data
from benchmarks.dict_store import DictStore
from benchmarks.harness import Clock, Result, Scene, Suite, Work
from benchmarks.import_peers import PYDANTIC, Known
from certlib import Service
from certlib.adapters.sqlite import SqliteStore
from certlib.io import FORMATS, UNIFYR, Duplicates, Format, ImportOptions, Limits
from certlib.io._tables.reader import Reader, Record

BLOCK: Final = 1 << 16
FEW: Final = 10_000
"""Rows of a file beside which memory is to be flat."""
OPTIONS: Final = ImportOptions(
    limits=Limits(file_bytes=1 << 30), duplicates=Duplicates.LATEST, certification="CERT-00"
)
"""A million rows are more than the 50 MB that a file may have unless told."""


def _file(scene: Scene, name: str) -> Path:
    return scene.folder / f"{name}.csv"


def prepare(scene: Scene) -> None:
    """Write the files."""
    rows, learners = scene.options["rows"], scene.options["learners"]
    with SqliteStore.create(scene.folder / "store.db") as store:
        data.fill(store, learners)
    data.write_file(_file(scene, "mixed"), rows=rows, learners=learners)
    data.write_file(_file(scene, "few"), rows=FEW, learners=learners)
    data.write_file(_file(scene, "quarter"), rows=rows // 4, learners=learners)
    data.write_file(_file(scene, "completions"), rows=rows // 4, learners=learners, awards=0)
    for name in data.VENDORS:
        data.write_vendor_file(_file(scene, name), name, rows=rows, learners=learners)
    data.write_file(_file(scene, "awards"), rows=rows // 10, learners=learners, awards=1)


def csv_reader(clock: Clock, scene: Scene) -> Result:
    with clock, _file(scene, "mixed").open(encoding="utf-8", newline="") as file:
        count = sum(1 for _ in csv.reader(file))
    return Result(operations=count - 1, memory=clock.growth)


def reader_alone(clock: Clock, scene: Scene) -> Result:
    count = problems = 0
    with clock, _file(scene, "mixed").open("rb") as file:
        reader = Reader(UNIFYR.heading, limits=OPTIONS.limits)
        while block := file.read(BLOCK):
            for item in reader.feed(block):
                count += 1
                problems += not isinstance(item, Record)
        for item in reader.close():
            count += 1
            problems += not isinstance(item, Record)
    return Result(operations=count, memory=clock.growth)


def in_dicts(scene: Scene) -> DictStore:
    """Return a store that costs next to nothing."""
    learners = scene.options["learners"]
    return DictStore(
        data.learners(learners),
        data.trainings(),
        data.certifications(),
        data.transcripts(learners),
    )


def in_sqlite(scene: Scene) -> SqliteStore:
    """Return certlib's own store."""
    return SqliteStore.open(scene.folder / "store.db")


def previewing(
    name: str,
    make: Callable[[Scene], DictStore | SqliteStore] = in_dicts,
    format: Format = UNIFYR,  # noqa: A002 (the word of the field)
) -> Callable[[Clock, Scene], Result]:
    """Return the work of previewing a file over a store."""

    def measure(clock: Clock, scene: Scene) -> Result:
        store = make(scene)
        service = Service(sources=store, store=store)
        with _file(scene, name).open("rb") as file, clock:
            found = service.preview_import(
                file, format=format, actor=data.IMPORTER, now=data.NOW, options=OPTIONS
            )
        return Result(
            operations=found.rows,
            memory=clock.growth,
            found=f"{found.new} new, {found.already_completed} already, {found.errors} errors",
        )

    return measure


def by_pydantic(clock: Clock, scene: Scene) -> Result:
    """Do it as one does it by hand."""
    assert PYDANTIC is not None
    known = Known.of(scene.options["learners"])
    with clock:
        found = PYDANTIC(_file(scene, "mixed"), known)
    return Result(operations=scene.options["rows"], memory=clock.growth, found=found)


FLOOR = "csv.reader"
UNIFYR_ROWS = "preview, dicts"
GOALS: Final = {"civica": 0.6}
"""Of Unifyr's rate, by format."""
PEER = "csv and pydantic"
PEERS = (
    Work(name=PEER, measure=by_pydantic, agrees="sets of rows"),
    Work(name="preview beside it", measure=previewing("mixed"), floor=PEER, goal=1.3),
)

SUITE = Suite(
    title="import preview",
    module="benchmarks.bench_preview",
    unit="row",
    options={"rows": 100_000, "learners": 20_000},
    prepare=prepare,
    works=(
        Work(name=FLOOR, measure=csv_reader),
        Work(name="reader alone", measure=reader_alone, floor=FLOOR),
        Work(
            name=UNIFYR_ROWS,
            measure=previewing("mixed"),
            floor=FLOOR,
            goal=0.14,
            agrees="sets of rows",
        ),
        Work(name=f"  {FEW:,} rows", measure=previewing("few"), floor=FLOOR),
        Work(name="  a quarter of the rows", measure=previewing("quarter"), floor=FLOOR),
        Work(name="  completions only", measure=previewing("completions"), floor=FLOOR),
        Work(name="  awards only", measure=previewing("awards"), floor=FLOOR),
        Work(
            name="preview, SQLite",
            measure=previewing("mixed", in_sqlite),
            floor=FLOOR,
            agrees="sets of rows",
        ),
        *(
            Work(
                name=f"preview, {each.name}",
                measure=previewing(each.name, format=each),
                floor=UNIFYR_ROWS,
                goal=GOALS.get(each.name),
            )
            for each in FORMATS
            if each.name in data.VENDORS
        ),
        *(PEERS if PYDANTIC else ()),
    ),
)

if __name__ == "__main__":
    SUITE.main()
