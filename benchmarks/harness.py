"""Measures works against their floors.

Each measurement is a process of its own, so that none inherits another's heap or caches. Works are
rotated round by round, so that noise hits all of them alike; a ratio is taken inside a round, and
the median over the rounds is printed. Time is the processor's, which others disturb less; what
waits for the disk shows with ``--wall``, on a quiet machine. Nothing is asserted about speed; but
where works that must agree found different things, that is said.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Self

from attrs import field, frozen

ROOT = Path(__file__).resolve().parents[1]
_STATUS = Path("/proc/self/status")
_FORGET_PEAK = Path("/proc/self/clear_refs")


class Clock:
    """Times what is done under ``with``, and nothing of what prepares it."""

    def __init__(self, profiler: cProfile.Profile | None = None) -> None:
        self.wall = self.cpu = 0.0
        self.growth: int | None = None
        """By how many bytes the process grew at most; None where the system does not tell."""
        self._profiler = profiler
        self._began = self._began_cpu = 0.0
        self._size: int | None = None

    def __enter__(self) -> Self:
        gc.collect()
        gc.freeze()  # what was prepared is the host's, and no part of the work
        self._size = _forget_peak()
        self._began, self._began_cpu = time.perf_counter(), time.process_time()
        if self._profiler is not None:
            self._profiler.enable()
        return self

    def __exit__(self, *_error: object) -> None:
        if self._profiler is not None:
            self._profiler.disable()
        self.wall += time.perf_counter() - self._began
        self.cpu += time.process_time() - self._began_cpu
        peak = _kilobytes("VmHWM")
        if peak is not None and self._size is not None:
            self.growth = peak - self._size


def _forget_peak() -> int | None:
    """Begin the peak anew, and return the size now; None where there is no ``/proc``."""
    try:
        _FORGET_PEAK.write_text("5")
    except OSError:
        return None
    return _kilobytes("VmRSS")


def _kilobytes(entry: str) -> int | None:
    try:
        lines = _STATUS.read_text().splitlines()
    except OSError:
        return None
    found = (line.split()[1] for line in lines if line.startswith(f"{entry}:"))
    return next((int(size) * 1024 for size in found), None)


@frozen(kw_only=True)
class Result:
    """How many operations a work did; how long it took is the clock's."""

    operations: int
    found: str = ""
    """What came out, in a few words."""
    memory: int | None = None
    """Bytes, where memory is measured."""


@frozen(kw_only=True)
class Scene:
    """What every work of one run is given: a folder that `Suite.prepare` filled, and the options."""

    folder: Path
    options: Mapping[str, int]


@frozen(kw_only=True)
class Work:
    """One thing that is measured."""

    name: str
    measure: Callable[[Clock, Scene], Result]
    floor: str | None = None
    """The work it is compared with; None: it is a floor."""
    goal: float | None = None
    """The ratio to the floor that performance.md wants."""
    agrees: str | None = None
    """Works of the same group must find the same."""
    memory_goal: int | None = None
    """The bytes that performance.md allows."""


def _prepare_nothing(_scene: Scene) -> None:
    """Prepare nothing."""


@frozen(kw_only=True)
class Suite:
    """The works of one script."""

    title: str
    module: str
    """What ``python -m`` runs."""
    works: Sequence[Work]
    unit: str
    options: Mapping[str, int] = field(factory=dict)
    """Whole numbers that may be given on the command line, and their defaults."""
    prepare: Callable[[Scene], None] = _prepare_nothing
    """Fills the folder, once a run."""

    def main(self, arguments: Sequence[str] | None = None) -> None:
        """Measure and print."""
        parser = argparse.ArgumentParser(prog=f"python -m {self.module}", description=self.title)
        parser.add_argument("--rounds", type=int, default=5)
        parser.add_argument(
            "--wall", action="store_true", help="count the time that passed, not the processor's"
        )
        parser.add_argument("--only", default="", help="works whose names contain one of a,b,c")
        parser.add_argument("--profile", metavar="NAME", help="where the time of one work goes")
        parser.add_argument("--lines", type=int, default=15, help="of a profile")
        parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
        for name, default in self.options.items():
            parser.add_argument(f"--{name}", type=int, default=default)
        given = parser.parse_args(arguments)
        options = {name: int(getattr(given, name)) for name in self.options}
        if given.measure:
            name, folder = given.measure
            self._measure(name, Scene(folder=Path(folder), options=options))
            return
        with tempfile.TemporaryDirectory(prefix="certlib-bench-") as folder:
            scene = Scene(folder=Path(folder), options=options)
            self.prepare(scene)
            if given.profile:
                self._profile(given.profile, given.lines, scene)
            else:
                self._compare(given.rounds, given.only, scene, wall=given.wall)

    def _work(self, name: str) -> Work:
        found = [work for work in self.works if work.name == name]
        found = found or [work for work in self.works if name in work.name]
        if not found:
            raise SystemExit(
                f"no work {name!r}; there are: {', '.join(w.name for w in self.works)}"
            )
        return found[0]

    def _measure(self, name: str, scene: Scene) -> None:
        work, clock = self._work(name), Clock()
        result = work.measure(clock, scene)
        print(
            json.dumps(
                {
                    "operations": result.operations,
                    "wall": clock.wall,
                    "cpu": clock.cpu,
                    "memory": result.memory,
                    "found": result.found,
                }
            )
        )

    def _compare(self, rounds: int, only: str, scene: Scene, *, wall: bool) -> None:
        parts = [part for part in only.split(",") if part]
        chosen = [w for w in self.works if not parts or any(part in w.name for part in parts)]
        floors = {work.floor for work in chosen}
        floors |= {work.floor for work in self.works if work.name in floors}
        works = [work for work in self.works if work in chosen or work.name in floors]
        runs: dict[str, list[_Run]] = {work.name: [] for work in works}
        for count in range(rounds):
            turn = count % len(works)
            for work in (*works[turn:], *works[:turn]):
                runs[work.name].append(self._run(work, scene))
        print(_table(self, works, runs, wall=wall))
        for line in _disagreements(works, runs):
            print(line)

    def _run(self, work: Work, scene: Scene) -> _Run:
        options = [f"--{name}={value}" for name, value in scene.options.items()]
        command = [sys.executable, "-m", self.module, "--measure", work.name, str(scene.folder)]
        done = subprocess.run(
            [*command, *options], capture_output=True, text=True, cwd=ROOT, check=False
        )
        if done.returncode:
            raise SystemExit(f"{work.name} failed:\n{done.stderr}")
        return _Run(**json.loads(done.stdout.splitlines()[-1]))

    def _profile(self, name: str, lines: int, scene: Scene) -> None:
        profiler = cProfile.Profile()
        work = self._work(name)
        result = work.measure(Clock(profiler), scene)
        profiler.create_stats()
        print(f"{work.name}: {result.operations:,} {self.unit}s; own time first")
        print("\n".join(_hot(profiler, result.operations, lines)))


def _hot(profiler: cProfile.Profile, operations: int, lines: int) -> Iterator[str]:
    """Yield the functions that take longest, and then the files."""
    found = [
        (own, whole, calls, f"{name}  {_place(file, line)}")
        for (file, line, name), (_, calls, own, whole, _) in profiler.stats.items()
    ]
    everything = sum(own for own, *_ in found)
    yield "   own  with callees  calls/op"
    for own, whole, calls, place in sorted(found, reverse=True)[:lines]:
        yield (
            f"{own / everything:6.1%} {whole / everything:13.1%} {calls / operations:9.2f}  {place}"
        )
    by_file: Counter[str] = Counter()
    for (file, _, _), (_, _, own, _, _) in profiler.stats.items():
        by_file[_short(file)] += own
    yield "   own  by file"
    for file, own in by_file.most_common(lines):
        yield f"{own / everything:6.1%}  {file}"


def _place(file: str, line: int) -> str:
    if file.startswith("<attrs"):  # its last word is the class
        return f"of {file.strip('<>').split()[-1]}"
    return "" if file == "~" else f"{_short(file)}:{line}"


def _short(file: str) -> str:
    if file == "~":
        return "(built in)"
    return "(made by attrs)" if file.startswith("<attrs") else "/".join(Path(file).parts[-2:])


@frozen(kw_only=True)
class _Run:
    operations: int
    wall: float
    cpu: float
    memory: int | None
    found: str

    def rate(self, *, wall: bool) -> float:
        took = self.wall if wall else self.cpu
        return self.operations / took if took else 0.0


def _table(
    suite: Suite, works: Sequence[Work], runs: Mapping[str, list[_Run]], *, wall: bool
) -> str:
    heading = ("work", f"{suite.unit}s/s", "x floor", "lowest-highest", "goal", "memory", "goal")
    lines: list[tuple[str, ...]] = [heading]
    for work in works:
        mine = runs[work.name]
        rate = statistics.median(run.rate(wall=wall) for run in mine)
        ratio = spread = ""
        if work.floor is not None and rate:
            ratios = sorted(
                run.rate(wall=wall) / floor.rate(wall=wall)
                for run, floor in zip(mine, runs[work.floor], strict=True)
            )
            ratio = f"{statistics.median(ratios):.3g}"
            spread = f"{ratios[0]:.3g}-{ratios[-1]:.3g}"
        memory = [run.memory for run in mine if run.memory is not None]
        lines.append(
            (
                work.name,
                f"{rate:,.0f}" if rate else "",
                ratio,
                spread,
                "" if work.goal is None else f">= {work.goal:g}",
                _size(statistics.median(memory)) if memory else "",
                "" if work.memory_goal is None else f"<= {_size(work.memory_goal)}",
            )
        )
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    rows = [
        "  ".join(
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]
    rows.insert(1, "-" * sum((*widths, 2 * len(widths) - 2)))
    every = [run for each in runs.values() for run in each]
    stretch = sum(run.wall for run in every) / sum(run.cpu for run in every)
    title = (
        f"{suite.title}: medians of {len(every) // len(works)} rounds,"
        f" {'time that passed' if wall else 'processor time'}"
        f" (it took {stretch:.1f} times the processor time)"
    )
    return "\n".join((title, *rows))


def _size(found: float) -> str:
    return f"{found / 1024**2:,.1f} MB" if found >= 100 * 1024 else f"{found:,.0f} B"


def _disagreements(works: Sequence[Work], runs: Mapping[str, list[_Run]]) -> list[str]:
    found: dict[str, set[str]] = {}
    for work in works:
        if work.agrees is not None:
            found.setdefault(work.agrees, set()).update(run.found for run in runs[work.name])
    return [
        f"{group}: all found {outcomes.pop()}"
        if len(outcomes) == 1
        else f"{group}: THEY DISAGREE: {'; '.join(sorted(outcomes))}"
        for group, outcomes in found.items()
    ]
