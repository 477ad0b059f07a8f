"""How many instructions the processor carries out for one operation, counted by valgrind.

    python -m benchmarks.instructions
    python -m benchmarks.instructions decide explain
    python -m benchmarks.instructions --source ../old/src --source src

A count repeats to about 0.1 % whatever else the machine does, so it shows changes that no clock shows. Counts of
two machines, or of two versions of Python, say nothing about each other. With several sources (folders that hold
`certlib`) each is measured with the same works, and the last column is the last one divided by the first.

Each work runs once and three times, each in a process of its own under cachegrind; half the
difference is the work itself, without Python's start, the imports, and what the caches hold afterwards.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeAlias

from benchmarks import data
from benchmarks.lives import FORK, certlib_moments, learners, scripts, situations
from certlib import Service
from certlib.adapters.memory import MemoryStore
from certlib.io import UNIFYR
from certlib.ports import Change
from certlib.state import Accepted, Case, Enrollment, available, decide, explain

Run: TypeAlias = Callable[[], int]
"""Do the work once; return how many operations that were."""

ROOT: Final = Path(__file__).resolve().parent.parent
PEOPLE: Final = 24
"""A multiple of the six kinds of lives."""
ROWS: Final = 4_000
READERS: Final = 800


def deciding() -> Run:
    """Decide whole lives; an operation is one command."""
    people = learners(PEOPLE)
    lives = certlib_moments(scripts(people))

    def run() -> int:
        for learner, life in zip(people, lives, strict=True):
            enrollment = Enrollment.blank(learner=learner.id, certification=FORK.code)
            for actor, command, now in life:
                case = Case(learner=learner, certification=FORK, enrollment=enrollment)
                decision = decide(case, command, actor=actor, now=now)
                if isinstance(decision, Accepted):
                    enrollment = decision.enrollment
        return sum(map(len, lives))

    return run


def explaining() -> Run:
    """Explain every situation of these lives."""
    found = list(situations(learners(PEOPLE)))

    def run() -> int:
        for each in found:
            explain(each.case, actor=each.actor, now=each.now)
        return len(found)

    return run


def listing() -> Run:
    """List the commands that are available, in every situation of these lives."""
    found = list(situations(learners(PEOPLE)))

    def run() -> int:
        for each in found:
            available(each.case, actor=each.actor, now=each.now)
        return len(found)

    return run


def asking_the_status() -> Run:
    """Ask for the status, in every situation of these lives."""
    asked = [(each.case.enrollment, each.now) for each in situations(learners(PEOPLE))]
    repeats = 40

    def run() -> int:
        for _ in range(repeats):
            for enrollment, now in asked:
                enrollment.status_at(now)
        return repeats * len(asked)

    return run


def previewing() -> Run:
    """Preview a file in Unifyr's format over a store in memory; an operation is one line."""
    store = MemoryStore()
    store.put_learners(data.learners(READERS))
    store.put_trainings(data.trainings())
    store.put_certifications(data.certifications())
    store.save(
        [
            Change(learner=learner, completions=transcript.completions)
            for learner, transcript in data.transcripts(READERS).items()
        ]
    )
    service = Service(sources=store, store=store)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lines.csv"
        data.write_file(path, rows=ROWS, learners=READERS)
        content = path.read_bytes()

    def run() -> int:
        found = service.preview_import(
            io.BytesIO(content), format=UNIFYR, actor=data.IMPORTER, now=data.NOW
        )
        return found.rows

    return run


WORKS: Final[Mapping[str, Callable[[], Run]]] = {
    "decide": deciding,
    "explain": explaining,
    "available": listing,
    "status_at": asking_the_status,
    "preview": previewing,
}


def counted(source: Path, work: str, times: int) -> tuple[int, int]:
    """Return the instructions of a process that does a work so often, and the operations of one time."""
    done = subprocess.run(
        [
            "valgrind",
            "--tool=cachegrind",
            "--cache-sim=no",
            "--cachegrind-out-file=/dev/null",
            sys.executable,
            "-m",
            "benchmarks.instructions",
            "--run",
            work,
            str(times),
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": str(source)},
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"I\s+refs:\s+([\d,]+)", done.stderr)
    if done.returncode or found is None:
        raise RuntimeError(f"{work} with {source} failed:\n{done.stderr}")
    return int(found.group(1).replace(",", "")), int(done.stdout)


def measured(source: Path, work: str) -> float:
    """Return the instructions of one operation."""
    once, operations = counted(source, work, 1)
    three_times, _ = counted(source, work, 3)
    return (three_times - once) / 2 / operations


def run_here(work: str, times: int) -> None:
    """Do a work so often, in this process, and print how many operations one time has."""
    run = WORKS[work]()
    operations = 0
    for _ in range(times):
        operations = run()
    print(operations)


def report(works: Sequence[str], sources: Sequence[Path], jobs: int) -> None:
    """Measure, and print a line for each work as soon as it is known."""
    for number, source in enumerate(sources, start=1):
        print(f"source {number}: {source}")
    version = ".".join(map(str, sys.version_info[:3]))
    print(f"instructions an operation, Python {version}\n")
    titles = [f"source {number}" for number in range(1, len(sources) + 1)]
    ratio = f"{f'{len(sources)} / 1':>9}" if len(sources) > 1 else ""
    print(f"{'work':<12}" + "".join(f"{title:>14}" for title in titles) + ratio)
    with ThreadPoolExecutor(jobs) as pool:
        futures = {
            work: [pool.submit(measured, source, work) for source in sources] for work in works
        }
        for work, waiting in futures.items():
            found = [each.result() for each in waiting]
            line = f"{work:<12}" + "".join(f"{number:>14,.0f}" for number in found)
            if len(found) > 1:
                line += f"{found[-1] / found[0]:>9.3f}"
            print(line, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what was asked for; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.instructions",
        description="Count the instructions of an operation with valgrind.",
    )
    parser.add_argument("works", nargs="*", metavar="WORK", help=", ".join(WORKS))
    parser.add_argument(
        "--source",
        type=Path,
        action="append",
        help="a folder that holds certlib; several are compared",
    )
    parser.add_argument("--jobs", type=int, default=1, help="processes at a time")
    parser.add_argument("--run", nargs=2, metavar=("WORK", "TIMES"), help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.run:
        work, times = options.run
        run_here(work, int(times))
        return 0
    if unknown := sorted(set(options.works) - set(WORKS)):
        parser.error(f"no such work: {', '.join(unknown)}; there are {', '.join(WORKS)}")
    if shutil.which("valgrind") is None:
        parser.error("valgrind is not installed")
    sources = [each.resolve() for each in options.source or [ROOT / "src"]]
    report(options.works or list(WORKS), sources, options.jobs)
    return 0


if __name__ == "__main__":
    sys.exit(main())
