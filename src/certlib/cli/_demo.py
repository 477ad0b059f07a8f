"""The demo: a store made from the sample in the package, a real import, and its results."""

from __future__ import annotations

import shlex
import shutil
import tempfile
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Final

from certlib.actors import Actor
from certlib.adapters.store_rules import Counts
from certlib.cli import _documents as documents
from certlib.cli._documents import Json, instant_text
from certlib.cli._render import Answer, why_not
from certlib.cli._stores import created, fill, read_files
from certlib.cli._values import DEFAULT_ACTOR, UsageError
from certlib.io import REPORTS, UNIFYR, Applied, Reports
from certlib.ports import Outcome
from certlib.service import Service
from certlib.state import Event, ReasonKind, Verdict

__all__ = ["demo"]

PEOPLE: Final = "people.csv"
CATALOG: Final = "catalog.json"
UPLOAD: Final = "completions.csv"
SECOND_UPLOAD: Final = "completions-semicolon.csv"
STORE: Final = "demo.db"
LEARNER: Final = "ann"
CERTIFICATION: Final = "FORK-1"
WIDTH: Final = 92


def demo(directory: Path, now: datetime) -> Answer:
    """Make the demo in a new or empty folder, completely or not at all, and describe it."""
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise UsageError(
            f"{directory} exists and is not empty: remove it, or name another with --out",
            "folder_not_empty",
        )
    directory.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(
        prefix=f".{directory.name}.", dir=directory.parent, ignore_cleanup_errors=True
    ) as unfinished:
        made = Path(unfinished) / "demo"
        made.mkdir()
        answer = _made(made, now, shown=directory)
        if directory.exists():
            directory.rmdir()
        shutil.move(made, directory)
    return answer


def _made(made: Path, now: datetime, shown: Path) -> Answer:
    """Make everything in a temporary folder, and describe it under its final name."""
    for name in (PEOPLE, CATALOG, UPLOAD, SECOND_UPLOAD):
        (made / name).write_bytes((files("certlib") / "sample" / name).read_bytes())
    actor = Actor.parse(DEFAULT_ACTOR)
    with created(made / STORE) as store:
        fill(store, *read_files(made / PEOPLE, made / CATALOG))
        host = Service(store=store, sources=store)
        with (made / UPLOAD).open("rb") as source, Reports.into(made) as reports:
            applied = host.apply_import(
                source, format=UNIFYR, actor=actor, now=now, file_name=UPLOAD, look=reports.look
            )
            reports.write(source, applied.preview, format=UNIFYR)
        counts = store.counts()
        statuses = Counter(answer.status.value for answer in host.statuses(actor=actor, at=now))
        story = (
            *_filled(counts, shown),
            *_imported(applied, shown),
            *_stated(statuses),
            *_explained(host, actor, now),
            *_next(shown),
        )
    document: dict[str, Json] = {
        "store": str(shown / STORE),
        "import": documents.import_document(
            applied.preview, import_id=applied.import_id, applied=True
        ),
        "statuses": dict(statuses.most_common()),
    }
    return Answer(document=document, parts=story)


def _wrapped(text: str, indent: str = "  ") -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.most_common())


def _filled(counts: Counts, shown: Path) -> Iterator[str]:
    people = f"{counts.learners} people, {counts.trainings} trainings"
    yield f"{people} and {counts.certifications} certifications are in {shown / STORE}."


def _imported(applied: Applied, shown: Path) -> Iterator[str]:
    found = applied.preview
    yield ""
    yield f"{UPLOAD} was imported: {found.rows} rows, each in exactly one set, and no bad row spoils another."
    sets = (
        ("new", found.new, Outcome.NEW),
        ("already completed", found.already_completed, Outcome.ALREADY_COMPLETED),
        ("errors", found.errors, Outcome.ERROR),
    )
    for name, count, outcome in sets:
        yield f"  {name:<18} {count:>5}  {shown / REPORTS[outcome]}"
    yield f"  {'blank lines':<18} {found.blank:>5}"
    yield "What is wrong, by reason:"
    yield from _wrapped(_counted(Counter(problem.code for problem in found.problems)))


def _stated(statuses: Counter[str]) -> Iterator[str]:
    yield ""
    yield f"So there are {statuses.total()} enrollments, by status:"
    yield from _wrapped(_counted(statuses))


def _explained(host: Service, actor: Actor, now: datetime) -> Iterator[str]:
    """Yield lines about one learner: the status, since when, why, and what may be done."""
    answer = host.certified(learner=LEARNER, certification=CERTIFICATION, actor=actor, at=now)
    _, verdicts = host.explain(learner=LEARNER, certification=CERTIFICATION, actor=actor, at=now)
    ahead = host.outlook(learner=LEARNER, certification=CERTIFICATION, actor=actor, at=now)
    yield ""
    yield f"One of them: {LEARNER} in {CERTIFICATION} is {answer.status or 'without a status'}."
    if answer.since is not None:
        until = answer.last_valid_day or "no day on which it ends"
        yield f"  certified since {instant_text(answer.since)}, through {until}"
    else:
        yield f"  not certified; the last valid day was {answer.last_valid_day}"
    yield "Why:"
    yield from _because(answer.because)
    yield "What comes next, if nothing else happens:"
    points = [f"  {instant_text(point.at)} {point.kind}, then {point.after}" for point in ahead]
    yield from points or ["  nothing"]
    yield f"What {actor} may do now:"
    allowed = (each for each in verdicts if each.allowed)
    yield from _wrapped(", ".join(_with_needs(each) for each in allowed))
    yield "What not, and why:"
    yield from _why_not(verdicts)


def _because(events: Iterable[Event]) -> Iterator[str]:
    for event in events:
        line = f"  {instant_text(event.at)} {event.fact.tag}, recorded by {event.actor}"
        yield line + (f" (row {event.import_row} of the file)" if event.import_row else "")


def _with_needs(verdict: Verdict) -> str:
    return verdict.command + (f" (give {', '.join(verdict.needs)})" if verdict.needs else "")


def _why_not(verdicts: Iterable[Verdict]) -> Iterator[str]:
    """Yield a line for each command with a refusal of its own; name the others on one line."""
    by_status: list[str] = []
    for verdict in verdicts:
        if any(reason.kind is ReasonKind.STATUS for reason in verdict.reasons):
            by_status.append(verdict.command)
        elif not verdict.allowed:
            yield from _wrapped(f"{verdict.command}: {why_not(verdict.reasons)}")
    yield from _wrapped(f"not in this status: {', '.join(by_status)}")


def _next(shown: Path) -> Iterator[str]:
    store, upload = (shlex.quote(str(shown / name)) for name in (STORE, UPLOAD))
    errors = shlex.quote(str(shown / REPORTS[Outcome.ERROR]))
    yield ""
    yield "Try next:"
    yield f"  certlib status {store} --learner {LEARNER}"
    yield f"  certlib explain {store} {LEARNER} {CERTIFICATION}"
    yield f"  certlib history {store} {LEARNER} {CERTIFICATION}"
    yield f"  certlib import {store} {upload} --format unifyr"
    yield "    (nothing is new the second time)"
    yield f"  certlib import {store} {errors} --format unifyr"
    yield "    (the same errors again, until some cells are repaired)"
