"""A conformance card: which promises a store keeps, and which were never tried."""

from __future__ import annotations

import json
from collections.abc import Collection
from enum import StrEnum
from typing import TypedDict

from attrs import frozen

from certlib.testing.contract._all import CHECKS, checks
from certlib.testing.contract._check import Capability, Check, MakeStore

__all__ = ["Card", "Line", "Result", "card"]


class Result(StrEnum):
    """What came of a check."""

    KEPT = "kept"
    BROKEN = "broken"
    """It raised `AssertionError`: something else was expected."""
    FAILED = "failed"
    """It raised another error, which no promise allows for."""
    NOT_TRIED = "not_tried"
    """The store was declared to be without a capability that the check needs."""


@frozen(kw_only=True)
class Line:
    """One check, and what came of it."""

    check: Check
    result: Result
    said: str | None = None
    """The first line of the error; of a check that was not tried, the capabilities it needs."""


class _LineDocument(TypedDict):
    check: str
    promise: str
    needs: list[str]
    result: str
    said: str | None


@frozen(kw_only=True)
class Card:
    """What came of every check of the contract, in order."""

    store: str
    """The name under which the store is shown."""
    without: tuple[Capability, ...]
    lines: tuple[Line, ...]

    @property
    def kept(self) -> bool:
        """Whether every promise that was tried is kept."""
        return all(line.result in {Result.KEPT, Result.NOT_TRIED} for line in self.lines)

    def count(self, result: Result) -> int:
        """Return how many checks ended so."""
        return sum(line.result is result for line in self.lines)

    @property
    def summary(self) -> str:
        """One sentence with all the numbers.

        >>> Card(store="mine", without=(), lines=()).summary
        'mine: 0 checks, 0 kept, 0 broken, 0 failed, 0 not tried'
        """
        counts = ", ".join(f"{self.count(each)} {_words(each)}" for each in Result)
        return f"{self.store}: {len(self.lines)} checks, {counts}"

    def markdown(self) -> str:
        """Return the card as Markdown: the sum, what was declared, and a table of all checks."""
        has = [each.value for each in Capability if each not in self.without]
        lines = [
            f"# Conformance of {self.store}",
            "",
            f"{self.summary}.",
            "",
            f"- declared: {', '.join(has)}",
            f"- declared to be without: {', '.join(self.without) or 'nothing'}",
            "",
            "| check | needs | result | promise |",
            "|---|---|---|---|",
        ]
        for line in self.lines:
            result = _words(line.result)
            if line.result in {Result.BROKEN, Result.FAILED}:
                result = f"**{result}**: {_cell(line.said or '')}"
            needs = ", ".join(line.check.needs)
            lines.append(f"| {line.check} | {needs} | {result} | {_cell(line.check.promise)} |")
        return "\n".join(lines) + "\n"

    def json(self) -> str:
        """Return the card as JSON, for programs."""
        lines: list[_LineDocument] = [
            {
                "check": line.check.name,
                "promise": line.check.promise,
                "needs": [each.value for each in line.check.needs],
                "result": line.result.value,
                "said": line.said,
            }
            for line in self.lines
        ]
        document = {
            "store": self.store,
            "kept": self.kept,
            "counts": {each.value: self.count(each) for each in Result},
            "without": [each.value for each in self.without],
            "checks": lines,
        }
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def card(
    make: MakeStore, *, store: str = "the store", without: Collection[Capability] = ()
) -> Card:
    """Run the whole contract against a store, and return what came of each check.

    ``without`` are the capabilities that it lacks: checks that need one are on the card as not tried.
    """
    chosen = set(checks(without=without))
    lines = [
        _run(check, make) if check in chosen else _not_tried(check, without) for check in CHECKS
    ]
    lacks = tuple(each for each in Capability if each in without)
    return Card(store=store, without=lacks, lines=tuple(lines))


def _run(check: Check, make: MakeStore) -> Line:
    try:
        check(make)
    except AssertionError as error:
        return Line(check=check, result=Result.BROKEN, said=_first_line(error))
    except Exception as error:
        said = f"{type(error).__name__}: {_first_line(error)}"
        return Line(check=check, result=Result.FAILED, said=said)
    return Line(check=check, result=Result.KEPT)


def _not_tried(check: Check, without: Collection[Capability]) -> Line:
    lacks = ", ".join(each for each in check.needs if each in without)
    return Line(check=check, result=Result.NOT_TRIED, said=f"without {lacks}")


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0]


def _words(result: Result) -> str:
    return result.value.replace("_", " ")


def _cell(text: str) -> str:
    """Return a text that ends no cell of a table."""
    return text.replace("|", "\\|")
