"""People, a catalog and import files for the benchmarks: made up, and the same every time."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

from certlib.actors import Actor, Role
from certlib.adapters.sqlite import SqliteStore
from certlib.certifications import Certification, Curriculum, Online, Step, Version
from certlib.io import FORMATS
from certlib.learners import Learner
from certlib.periods import Period
from certlib.policies import FromCompletion, Grace, Policy, Recertification
from certlib.ports import Change
from certlib.requirements import Completed
from certlib.trainings import Training, TrainingKind
from certlib.transcript import Completion, Transcript

SEED: Final = 20260601
NOW: Final = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
IMPORTER: Final = Actor(role=Role.ADMIN, id="importer")
HEADING: Final = ("Email", "Training Type", "Name", "Date (yyyy-mm-dd)")
COURSES: Final = 60
CERTIFICATIONS: Final = 20
DAYS: Final = 900
"""How far back completions go."""


def learners(count: int) -> list[Learner]:
    """Return so many people."""
    return [
        Learner(
            id=f"L{number:05d}",
            email=email(number),
            username=f"user{number:05d}",
            name=f"Learner {number}",
            organization=f"Branch {number % 40}",
        )
        for number in range(count)
    ]


def email(number: int) -> str:
    """Return somebody's email."""
    return f"learner{number:05d}@branch{number % 40}.example.org"


def trainings() -> list[Training]:
    """Return courses, every third of which has two modules, and these modules."""
    found = []
    for number in range(COURSES):
        modules = tuple(f"M{number:02d}-{part}" for part in "ab") if number % 3 == 0 else ()
        found += [
            Training(code=module, kind=TrainingKind.MODULE, name=f"Part {module}")
            for module in modules
        ]
        found.append(
            Training(
                code=f"C{number:02d}",
                kind=TrainingKind.COURSE,
                name=f"Course {number:02d}, basics",
                external_ids=(str(7000 + number),),
                modules=modules,
            )
        )
    return found


def certifications() -> list[Certification]:
    """Return certifications of two courses each."""
    policy = Policy(
        time_zone="Europe/Madrid",
        validity=FromCompletion(period=Period.parse("P2Y")),
        grace=Grace(period=Period.parse("P30D")),
        recertification=Recertification(window=Period.parse("P90D")),
    )
    return [
        Certification(
            code=f"CERT-{number:02d}",
            name=f"Certificate {number:02d}",
            versions=(
                Version(
                    number=1,
                    published_on=date(2020, 1, 1),
                    initial=Curriculum(
                        steps=tuple(
                            Step(
                                code=f"step-{part}",
                                paths=(
                                    Online(
                                        requires=Completed(training=f"C{2 * number + part:02d}")
                                    ),
                                ),
                            )
                            for part in (0, 1)
                        )
                    ),
                    policy=policy,
                ),
            ),
        )
        for number in range(CERTIFICATIONS)
    ]


def transcripts(count: int) -> dict[str, Transcript]:
    """Return three completions for each of so many people."""
    chance = random.Random(SEED)
    return {
        each.id: Transcript(
            completions=tuple(
                Completion.dated(
                    f"C{chance.randrange(COURSES):02d}",
                    NOW.date() - timedelta(days=1 + chance.randrange(DAYS)),
                    recorded_at=NOW,
                )
                for _ in range(3)
            )
        )
        for each in learners(count)
    }


def fill(store: SqliteStore, count: int) -> None:
    """Give a new store so many people, their completions and the catalog."""
    store.put_learners(learners(count))
    store.put_trainings(trainings())
    store.put_certifications(certifications())
    store.save(
        [
            Change(learner=learner, completions=transcript.completions)
            for learner, transcript in transcripts(count).items()
        ]
    )


def write_vendor_file(path: Path, format_name: str, *, rows: int, learners: int) -> None:
    """Write an import file of another vendor: so many rows, as mixed as those of `write_file`.

    3 % are wrong, 5 % repeat an earlier row, 2 % have an untidy identifier. Of Civica's rows most have a
    score, a tenth a time of day and a quarter a last valid day; every other one of Docebo's ends.
    """
    chance, row_of = random.Random(SEED), VENDORS[format_name]
    heading = [
        column.heading for each in FORMATS if each.name == format_name for column in each.columns
    ]
    earlier: list[list[str]] = []
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(heading)
        for number in range(rows):
            what = chance.random()
            row = row_of(number * 7919 % learners, chance)
            if what < 0.05 and earlier:
                row = chance.choice(earlier)
            elif what < 0.08:
                row = [f"nobody{number}@example.org", *row[1:]] if number % 2 else [*row, "odd"]
            elif what < 0.1:
                row = [row[0].upper() if number % 2 else f"{row[0]} ", *row[1:]]
            elif what > 0.5 and len(earlier) < 10_000:
                earlier.append(row)
            writer.writerow(row)


def _a_day(chance: random.Random) -> date:
    return NOW.date() - timedelta(days=1 + chance.randrange(DAYS))


def _a_certification(chance: random.Random) -> str:
    return f"CERT-{chance.randrange(CERTIFICATIONS):02d}"


def _civica(learner: int, chance: random.Random) -> list[str]:
    on = _a_day(chance)
    clock = f" {chance.randrange(24):02}:{chance.randrange(60):02}" if chance.random() < 0.1 else ""
    score = str(chance.randrange(101)) if chance.random() < 0.8 else ""
    ends = (on + timedelta(days=730)).isoformat() if chance.random() < 0.25 else ""
    return [f"user{learner:05d}", _a_certification(chance), f"{on}{clock}", score, ends]


def _docebo(learner: int, chance: random.Random) -> list[str]:
    on = _a_day(chance)
    ends = (on + timedelta(days=730)).isoformat() if chance.random() < 0.5 else ""
    valid = "no" if ends else "yes"
    return [f"user{learner:05d}", _a_certification(chance), str(on), valid, ends, "external"]


def _go1(learner: int, chance: random.Random) -> list[str]:
    on, what = str(_a_day(chance)), chance.random()
    who, code = email(learner), _a_certification(chance)
    kind = chance.choice(("assigned", "self-directed"))
    if what < 0.6:
        return [who, code, kind, "completed", str(chance.randrange(101)), "yes", "", on, ""]
    if what < 0.8:
        return [who, code, kind, "in-progress", "", "", on, "", ""]
    due = chance.choice(("", "2026-12-31", "2027-06-30"))
    return [who, code, kind, "not-started", "", "", "", "", due]


def _knowledge_anywhere(learner: int, _chance: random.Random) -> list[str]:
    return [email(learner)]


VENDORS: Final[Mapping[str, Callable[[int, random.Random], list[str]]]] = {
    "civica": _civica,
    "docebo": _docebo,
    "go1": _go1,
    "knowledge-anywhere": _knowledge_anywhere,
}


def write_file(path: Path, *, rows: int, learners: int, awards: float = 0.1) -> None:
    """Write an import file: so many rows, of which such a share is awards of certifications.

    3 % are wrong in one of seven ways, 5 % repeat an earlier row, 2 % have an untidy email.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(HEADING)
        writer.writerows(_rows(rows, learners, awards))


def _rows(rows: int, learners: int, awards: float) -> Iterator[list[str]]:
    chance = random.Random(SEED)
    earlier: list[list[str]] = []
    for number in range(rows):
        what = chance.random()
        if what < 0.05 and earlier:
            yield chance.choice(earlier)
            continue
        row = _right_row(number * 7919 % learners, awards, chance)
        if what > 0.5 and len(earlier) < 10_000:
            earlier.append(row)
        elif 0.05 < what < 0.08:
            row = _wrong(row, number, chance)
        elif what < 0.1:
            row = [row[0].upper() if number % 2 else f"{row[0]} ", *row[1:]]
        yield row


def _right_row(learner: int, awards: float, chance: random.Random) -> list[str]:
    on = (NOW.date() - timedelta(days=1 + chance.randrange(DAYS))).isoformat()
    if chance.random() < awards:
        return [email(learner), "certification", f"CERT-{chance.randrange(CERTIFICATIONS):02d}", on]
    number = chance.randrange(COURSES)
    if number % 3 == 0:
        return [email(learner), "module", f"M{number:02d}-{chance.choice('ab')}", on]
    name = chance.choice((f"C{number:02d}", str(7000 + number), f"Course {number:02d}, basics"))
    return [email(learner), "course", name, on]


def _wrong(row: list[str], number: int, chance: random.Random) -> list[str]:
    who, kind, name, on = row
    return chance.choice(
        (
            [who.replace("@", " at "), kind, name, on],
            [f"nobody{number}@example.org", kind, name, on],
            [who, "webinar", name, on],
            [who, kind, f"{name} (old)", on],
            [who, kind, name, "31/12/2025"],
            [who, kind, name, "2027-01-01"],
            [who, kind, name],
        )
    )
