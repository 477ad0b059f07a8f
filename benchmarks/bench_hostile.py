"""What hostile fields cost, beside ordinary ones of as many bytes.

    python -m benchmarks.bench_hostile --rounds 5

Each file is a heading and the same row over and over, previewed over a store that costs nothing. Of
every hostile row there is an ordinary twin: as many bytes, all of them letters, in the same cell. A
hostile field is to cost at most five times as much, which is 0.2 x floor; that many are refused before
any work, since they are longer than the limits allow, shows in the rate.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

from attrs import frozen

from benchmarks import data
from benchmarks.dict_store import DictStore
from benchmarks.harness import Clock, Result, Scene, Suite, Work
from certlib import Service
from certlib.errors import ImportFileError
from certlib.io import UNIFYR

WHO: Final = data.email(1)
RIGHT: Final = (WHO, "course", "C01", "2025-05-05")
MARK: Final = "\u0301"
LIGATURE: Final = "\ufdfa"
"""One character of which a compatible form makes 18."""


@frozen(kw_only=True)
class Case:
    """One hostile row: which cell is hostile, and how."""

    name: str
    place: int
    text: str
    heading: bool = False
    """Whether the heading is hostile, not a row."""


CASES: Final = (
    Case(name="140,000 combining marks, name", place=2, text=MARK * 140_000),
    Case(name="140,000 combining marks, email", place=0, text=MARK * 140_000),
    Case(name="9,000 combining marks, name", place=2, text="e" + MARK * 9_000),
    Case(name="9,000 combining marks, email", place=0, text="e" + MARK * 9_000),
    Case(name="250 combining marks, email", place=0, text="e" + MARK * 250),
    Case(name="250 ligatures, email", place=0, text=LIGATURE * 250),
    Case(name="open quote, 60 letters", place=2, text='"' + "a" * 60),
    Case(name="open quote, 9,000 letters", place=2, text='"' + "a" * 9_000),
    Case(name="9,000 quotes", place=2, text='"' * 9_000),
    Case(name="quotes and commas", place=2, text='",' * 4_500),
    Case(name="a million columns, row", place=2, text="," * 1_000_000),
    Case(name="a million columns, heading", place=2, text="," * 1_000_000, heading=True),
    Case(name="9,000 digits, date", place=3, text="2" * 9_000),
    Case(name="9,000 spaces, date", place=3, text=" " * 9_000 + "x"),
    Case(name="9,000 apostrophes, name", place=2, text="'" * 9_000),
    Case(name="9,000 at signs, email", place=0, text="@" * 9_000),
    Case(name="120 dots, email", place=0, text="a." * 120 + "@x"),
)
FILE_BYTES: Final = 2_000_000


def _line(case: Case, text: str) -> bytes:
    cells = list(data.HEADING if case.heading else RIGHT)
    cells[case.place] = text
    return f"{','.join(cells)}\r\n".encode()


def _file(folder: Path, number: int, *, hostile: bool) -> Path:
    return folder / f"{number}-{'hostile' if hostile else 'ordinary'}.csv"


def prepare(scene: Scene) -> None:
    """Write the files."""
    heading = f"{','.join(data.HEADING)}\r\n".encode()
    for number, case in enumerate(CASES):
        twin = "a" * len(case.text.encode())
        for hostile, text in ((True, case.text), (False, twin)):
            line = _line(case, text)
            rows = line * max(1, FILE_BYTES // len(line))
            content = line if case.heading else heading + rows
            _file(scene.folder, number, hostile=hostile).write_bytes(content)


def previewing(number: int, *, hostile: bool) -> Callable[[Clock, Scene], Result]:
    """Return the work of previewing the file of a case, or its twin."""

    def measure(clock: Clock, scene: Scene) -> Result:
        store = DictStore(
            data.learners(100), data.trainings(), data.certifications(), data.transcripts(100)
        )
        service = Service(sources=store, store=store)
        content = _file(scene.folder, number, hostile=hostile)
        for turn in range(2):
            with content.open("rb") as file:
                if turn:
                    with clock:
                        _preview(service, file)
                else:
                    _preview(service, file)
        return Result(operations=content.stat().st_size)

    return measure


def _preview(service: Service, file: BinaryIO) -> None:
    with suppress(ImportFileError):
        service.preview_import(file, format=UNIFYR, actor=data.IMPORTER, now=data.NOW)


SUITE = Suite(
    title="hostile fields",
    module="benchmarks.bench_hostile",
    unit="byte",
    prepare=prepare,
    works=tuple(
        work
        for number, case in enumerate(CASES)
        for work in (
            Work(name=f"  its twin {number}", measure=previewing(number, hostile=False)),
            Work(
                name=case.name,
                measure=previewing(number, hostile=True),
                floor=f"  its twin {number}",
                goal=0.2,
            ),
        )
    ),
)

if __name__ == "__main__":
    SUITE.main()
