"""An importer as one writes it by hand with `csv` and pydantic, where pydantic is installed.

    python -m pip install pydantic

It makes the checks that the preview of the same file makes: a row has as many fields as the heading,
a kind is known, a day is a day and not to come, learner and training are found in dicts, and what is
complete already, or said twice, is told apart. It says nothing of look-alikes, quotes, control
characters, encodings or the rules of certifications, keeps no token, and knows no limits. What is
missing is said, not left out in silence.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from attrs import frozen

from benchmarks import data

__all__ = ["PYDANTIC", "Known"]


@frozen(kw_only=True)
class Known:
    """What the importer looks rows up in."""

    learners: Mapping[str, str]
    """Ids by email."""
    trainings: Mapping[tuple[str, str], str]
    """Codes by kind and name."""
    completed: Mapping[str, tuple[tuple[str, date], ...]]
    """Trainings and days by learner."""

    @classmethod
    def of(cls, count: int) -> Known:
        """Return what is known of so many learners."""
        people = data.learners(count)
        return cls(
            learners={each.email: each.id for each in people if each.email},
            trainings={
                (each.kind.value, name.lower()): each.code
                for each in data.trainings()
                for name in (each.code, each.name, *each.external_ids)
            }
            | {
                ("certification", name.lower()): each.code
                for each in data.certifications()
                for name in (each.code, each.name)
            },
            completed={
                learner: tuple((each.training, each.day_in("UTC")) for each in found.completions)
                for learner, found in data.transcripts(count).items()
            },
        )


def _model(pydantic: Any) -> Any:
    """Return what a row is."""
    today = data.NOW.date()

    class Row(pydantic.BaseModel):  # type: ignore[misc]
        email: str
        kind: str
        name: str
        on: date

        @pydantic.field_validator("email", "kind")  # type: ignore[untyped-decorator]
        @classmethod
        def _normal(cls, value: str) -> str:
            return value.strip().lower()

        @pydantic.field_validator("kind")  # type: ignore[untyped-decorator]
        @classmethod
        def _known(cls, value: str) -> str:
            if value not in {"module", "course", "certification"}:
                raise ValueError("expected module, course or certification")
            return value

        @pydantic.field_validator("on")  # type: ignore[untyped-decorator]
        @classmethod
        def _past(cls, value: date) -> date:
            if value > today:
                raise ValueError("the date lies in the future")
            return value

    return Row


def _importer() -> Callable[[Path, Known], str]:
    pydantic = import_module("pydantic")
    model = _model(pydantic)

    def judged(fields: list[str], known: Known, seen: set[Any], problems: list[str]) -> str:
        if len(fields) != len(data.HEADING):
            problems.append("the row is too short or too long")
            return "errors"
        try:
            row = model(email=fields[0], kind=fields[1], name=fields[2], on=fields[3])
        except pydantic.ValidationError as error:
            problems.append(str(error))
            return "errors"
        learner = known.learners.get(row.email)
        thing = known.trainings.get((row.kind, row.name.strip().lower()))
        if learner is None or thing is None:
            problems.append("unknown learner" if learner is None else "unknown training")
            return "errors"
        key = (learner, row.kind, thing, row.on)
        if key in seen or any(
            code == thing and day >= row.on for code, day in known.completed.get(learner, ())
        ):
            return "already"
        seen.add(key)
        return "new"

    def run(path: Path, known: Known) -> str:
        counts: Counter[str] = Counter()
        seen: set[Any] = set()
        problems: list[str] = []
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.reader(file)
            next(reader)
            for fields in reader:
                counts[judged(fields, known, seen, problems)] += 1
        return f"{counts['new']} new, {counts['already']} already, {counts['errors']} errors"

    return run


if find_spec("pydantic"):
    PYDANTIC: Callable[[Path, Known], str] | None = _importer()
else:
    PYDANTIC = None
    print("pydantic is not installed: NOT COMPARED with it", file=sys.stderr)
