"""Runs: each draws an input from its seed and number alone, and checks every law of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from random import Random
from time import process_time
from typing import Final, NoReturn, Protocol

from attrs import define, field, frozen

__all__ = ["DEFAULT_SEED", "Drawn", "Failure", "Kind", "Report", "require", "run"]

DEFAULT_SEED: Final = 20261122


class Drawn(Protocol):
    """An input; its representation says all of it."""

    def check(self) -> Iterable[str]:
        """Return the verdicts that it came to; raise AssertionError where a law is broken."""
        ...


@frozen
class Kind:
    """A kind of input."""

    name: str
    draw: Callable[[Random], Drawn]
    share: int
    """How many of a round of runs are of this kind."""

    def drawn(self, seed: int, number: int) -> Drawn:
        """Return the input of a run."""
        return self.draw(Random(f"{seed} {self.name} {number}"))


@frozen
class Failure:
    """A law that an input breaks, or an exception that nobody expects."""

    kind: str
    seed: int
    number: int
    drawn: str
    why: str

    def __str__(self) -> str:
        again = f"python -m tests.fuzz --only {self.kind} --seed {self.seed}"
        return (
            f"{self.kind}, run {self.number} of seed {self.seed}: {self.why}\n{self.drawn}\n"
            f"to repeat it: {again} --first {self.number} --runs 1"
        )


@define
class Report:
    """What runs came to, by kind."""

    runs: Counter[str] = field(factory=Counter[str])
    seconds: dict[str, float] = field(factory=dict[str, float])
    verdicts: dict[str, Counter[str]] = field(factory=dict[str, Counter[str]])
    failure: Failure | None = None
    """The first one; nothing is run after it."""


def run(kinds: Sequence[Kind], *, seed: int, runs: int, first: int = 0) -> Report:
    """Run so many, from a number on, of these kinds in turn; stop at the first failure."""
    report = Report(verdicts={kind.name: Counter() for kind in kinds})
    # Spread as evenly as their shares allow, so that none waits for another to end.
    round_ = [
        kind
        for _, _, kind in sorted(
            ((each + 0.5) / kind.share, place, kind)
            for place, kind in enumerate(kinds)
            for each in range(kind.share)
        )
    ]
    for number in range(first, first + runs):
        kind = round_[number % len(round_)]
        began = process_time()
        report.failure = _fails(kind, seed, number, report.verdicts[kind.name])
        spent = process_time() - began
        report.seconds[kind.name] = report.seconds.get(kind.name, 0.0) + spent
        report.runs[kind.name] += 1
        if report.failure is not None:
            break
    return report


def _fails(kind: Kind, seed: int, number: int, verdicts: Counter[str]) -> Failure | None:
    drawn = kind.drawn(seed, number)
    try:
        verdicts.update(drawn.check())
    except Exception as error:
        why = str(error) if isinstance(error, AssertionError) else repr(error)
        return Failure(kind.name, seed, number, ascii(drawn), why)
    return None


def require(holds: bool, law: str) -> None:
    """Raise AssertionError unless a law holds."""
    if not holds:
        broken(law)


def broken(law: str) -> NoReturn:
    """Raise AssertionError."""
    raise AssertionError(law)
