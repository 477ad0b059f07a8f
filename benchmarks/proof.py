"""Long proofs: named and seeded runs that try much more than the tests have time for.

    python -m benchmarks.proof                      # what proofs there are
    python -m benchmarks.proof seeds                # all of one, or what is left of it
    python -m benchmarks.proof --sample 50 --jobs 2 # some parts of each

A proof consists of numbered parts, and a part is the same on every machine. A run of all of them can be
stopped at any time: which parts held is kept in a file, and the next run does the others. Once the
sources of certlib or of its tests have changed, what held counts no more and it begins anew. A
sample takes parts at even distances and keeps nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from attrs import frozen

from tests.simulator import seeds

__all__ = ["PROOFS", "Proof", "main", "prove", "sample_of"]

ROOT: Final = Path(__file__).resolve().parents[1]
KEPT_IN: Final = Path(".proof")
"""Where it is kept which parts held, a file for each proof; in the folder that one is in."""


@frozen(kw_only=True)
class Proof:
    """Something that holds for each of many parts."""

    name: str
    sentence: str
    parts: int
    """How many there are; they are numbered from 0."""
    part: Callable[[int], object]
    """Try one part; raise where it does not hold."""


PROOFS: Final[Mapping[str, Proof]] = {
    proof.name: proof
    for proof in (
        Proof(
            name="seeds",
            sentence=(
                f"{seeds.SEEDS} simulated lives of {seeds.STEPS} steps, in"
                f" {len(seeds.LIVED_IN)} certifications: every answer is that of an independent"
                " twin, every invariant holds"
            ),
            parts=seeds.SEEDS,
            part=seeds.lived,
        ),
    )
}


def sample_of(parts: int, count: int) -> list[int]:
    """Return the numbers of some parts, at even distances; of all, if there are no more."""
    count = min(count, parts)
    return [number * parts // count for number in range(count)]


# --- one proof ------------------------------------------------------------------------------------


def prove(proof: Proof, parts: Iterable[int], *, jobs: int = 1) -> Iterator[tuple[int, str]]:
    """Try parts of a proof, in several processes; yield each, with what is wrong or nothing."""
    if jobs == 1:
        for number in parts:
            yield number, _tried(proof, number)
        return
    # Spawned, since a fork of a process with threads may hang.
    with get_context("spawn").Pool(jobs) as pool:
        asked = ((proof.name, number) for number in parts)
        yield from pool.imap_unordered(_tried_by_name, asked)


def _tried_by_name(asked: tuple[str, int]) -> tuple[int, str]:
    name, number = asked
    return number, _tried(PROOFS[name], number)


def _tried(proof: Proof, number: int) -> str:
    try:
        proof.part(number)
    except Exception as error:  # whatever it is, the part does not hold
        return f"{type(error).__name__}: {error}"
    return ""


# --- what held ------------------------------------------------------------------------------------


class _Kept:
    """The parts that held so far, in a file: a line with the digest of the sources, and one for each."""

    def __init__(self, path: Path) -> None:
        digest = digest_of_sources()
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        self.held: set[int] = set()
        if lines and json.loads(lines[0]) == {"sources": digest}:
            # A line that was cut off by what stopped the run says nothing.
            self.held = {int(line) for line in lines[1:] if line.isdecimal()}
        path.parent.mkdir(exist_ok=True)
        self._file = path.open("w", encoding="utf-8")
        self._write(json.dumps({"sources": digest}))
        for number in sorted(self.held):
            self._write(str(number))

    def holds(self, number: int) -> None:
        """Keep that a part held, at once."""
        self.held.add(number)
        self._write(str(number))

    def _write(self, line: str) -> None:
        self._file.write(f"{line}\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def digest_of_sources() -> str:
    """Return a digest of all that decides whether a part holds: certlib, its tests, the proofs."""
    found = sha256()
    for folder in ("benchmarks", "src", "tests"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            found.update(f"{path.relative_to(ROOT)}\n".encode())
            found.update(path.read_bytes())
    return found.hexdigest()[:16]


# --- the command ----------------------------------------------------------------------------------


def main(words: Sequence[str]) -> int:
    """Run what is asked for; return 1 where something does not hold."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.proof", description="Run long proofs, or samples of them."
    )
    parser.add_argument("name", nargs="*", help="the proofs; with --sample, by default all")
    parser.add_argument("--sample", type=int, metavar="PARTS", help="try only so many of each")
    parser.add_argument("--jobs", type=int, default=1, help="in so many processes")
    asked = parser.parse_args(words)
    unknown = [name for name in asked.name if name not in PROOFS]
    if unknown:
        parser.error(f"there is no proof {', '.join(unknown)}; there are: {', '.join(PROOFS)}")
    if not asked.name and asked.sample is None:
        for proof in PROOFS.values():
            print(f"{proof.name}: {proof.parts} parts. {proof.sentence}.")
        return 0
    proofs = [PROOFS[name] for name in asked.name or PROOFS]
    if asked.sample is not None:
        found = [_sampled(proof, asked.sample, asked.jobs) for proof in proofs]
    else:
        found = [_in_full(proof, asked.jobs) for proof in proofs]
    return int(not all(found))


def _sampled(proof: Proof, count: int, jobs: int) -> bool:
    numbers = sample_of(proof.parts, count)
    print(f"{proof.name}: {len(numbers)} of {proof.parts} parts, at even distances", flush=True)
    return _run(proof, numbers, jobs, lambda _: None)


def _in_full(proof: Proof, jobs: int) -> bool:
    with closing(_Kept(KEPT_IN / proof.name)) as kept:
        left = [number for number in range(proof.parts) if number not in kept.held]
        print(f"{proof.name}: {len(left)} of {proof.parts} parts are left", flush=True)
        return _run(proof, left, jobs, kept.holds)


def _run(proof: Proof, numbers: Collection[int], jobs: int, held: Callable[[int], None]) -> bool:
    begun, broken = time.monotonic(), 0
    for done, (number, wrong) in enumerate(prove(proof, numbers, jobs=jobs), start=1):
        if wrong:
            broken += 1
            print(f"part {number} does not hold: {wrong}", flush=True)
        else:
            held(number)
        if done % 100 == 0:
            print(f"{done} of {len(numbers)}, {time.monotonic() - begun:.0f} s", flush=True)
    print(
        f"{proof.name}: {len(numbers) - broken} held, {broken} did not,"
        f" {time.monotonic() - begun:.0f} s"
    )
    return not broken


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
