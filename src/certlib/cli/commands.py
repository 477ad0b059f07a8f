"""What each command does: it asks the service, and puts the answer into both forms."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeAlias, cast

from certlib.actors import Actor
from certlib.adapters.contract import Counts
from certlib.cli import documents
from certlib.cli.demo import demo
from certlib.cli.documents import Json
from certlib.cli.imports import import_file
from certlib.cli.render import Answer, Part, json_text, sheet, why_not
from certlib.cli.stores import created, fill, opened, read_files, service
from certlib.cli.values import (
    DEFAULT_ACTOR,
    UsageError,
    When,
    build_command,
    instant_of,
    present,
)
from certlib.errors import RefusedError
from certlib.service import Service
from certlib.state import TABLE, Event
from certlib.state.render import grid, grid_markdown, transitions, transitions_markdown

__all__ = ["HANDLERS"]

Handler: TypeAlias = Callable[[Namespace], Answer]


def _demo(given: Namespace) -> Answer:
    return demo(given.out or _free_folder(), present())


def _free_folder() -> Path:
    """Return the usual folder of the demo, or one beside it where a demo has been made before."""
    names = ("certlib-demo", *(f"certlib-demo-{number}" for number in range(2, 100)))
    return next((Path(name) for name in names if not Path(name).exists()), Path(names[0]))


def _create(given: Namespace) -> Answer:
    learners, catalog = read_files(given.people, given.catalog)
    with created(given.store) as store:
        fill(store, learners, catalog)
        return _counts(store.counts())


def _load(given: Namespace) -> Answer:
    if given.people is None and given.catalog is None:
        raise UsageError("nothing to load: give --people, --catalog or both")
    with opened(given.store) as store:
        learners, catalog = read_files(given.people, given.catalog)
        fill(store, learners, catalog)
        return _counts(store.counts())


def _counts(counts: Counts) -> Answer:
    document: dict[str, Json] = {
        "learners": counts.learners,
        "trainings": counts.trainings,
        "certifications": counts.certifications,
    }
    words = ", ".join(f"{count} {name}" for name, count in document.items())
    return Answer(document=document, parts=(f"the store holds {words}",))


# --- questions ------------------------------------------------------------------------------------


def _status(given: Namespace) -> Answer:
    with service(given.store) as host:
        standings = host.statuses(
            actor=given.actor,
            at=given.at or present(),
            known_at=given.known_at,
            learner=given.learner,
            certification=given.certification,
            status=given.status,
        )
        rows = [documents.standing_document(standing) for standing in standings]
    headings = (
        "learner",
        "certification",
        "status",
        "since",
        "certified",
        "issued_on",
        "last_valid_day",
        "last_grace_day",
    )
    table = sheet(
        [heading.replace("_", " ") for heading in headings],
        [[row[heading] for heading in headings] for row in rows],
    )
    return Answer(document=list(rows), parts=(table,) if rows else ("nobody",))


def _asked_at(host: Service, given: Namespace) -> datetime:
    when: When | None = given.at
    return present() if when is None else instant_of(when, host.zone_of(given.certification))


def _explain(given: Namespace) -> Answer:
    with service(given.store) as host:
        at = _asked_at(host, given)
        status, verdicts = host.explain(
            learner=given.learner, certification=given.certification, actor=given.actor, at=at
        )
    document: dict[str, Json] = {
        "status": status.value if status else None,
        "commands": [documents.verdict_document(verdict) for verdict in verdicts],
    }
    return Answer(
        document=document,
        parts=(
            f"{given.learner} in {given.certification}: {status or 'no status'}",
            "",
            sheet(
                ("command", "allowed", "needs", "why not"),
                [
                    (each.command, each.allowed, ", ".join(each.needs), why_not(each.reasons))
                    for each in verdicts
                ],
            ),
        ),
    )


def _outlook(given: Namespace) -> Answer:
    with service(given.store) as host:
        points = host.outlook(
            learner=given.learner,
            certification=given.certification,
            actor=Actor.parse(DEFAULT_ACTOR),
            at=_asked_at(host, given),
        )
    rows = [documents.change_point_document(point) for point in points]
    table = sheet(("at", "what", "to"), [(row["at"], row["name"], row["to"]) for row in rows])
    return Answer(
        document=list(rows), parts=(table,) if rows else ("time alone will change nothing",)
    )


def _history(given: Namespace) -> Answer:
    with service(given.store) as host:
        zone = host.zone_of(given.certification)
        moments = host.history(
            learner=given.learner,
            certification=given.certification,
            actor=given.actor,
            at=_asked_at(host, given),
            known_at=None if given.known_at is None else instant_of(given.known_at, zone),
        )
    rows = [documents.moment_document(moment) for moment in moments]
    return Answer(document=list(rows), parts=_history_parts(rows))


def _history_parts(rows: Sequence[Mapping[str, Json]]) -> tuple[Part, ...]:
    if not rows:
        return ("nothing is recorded",)
    told = [
        (
            row["at"],
            row["entry"],
            f"{row['kind']} (struck)" if row["struck"] else row["kind"],
            row["from"],
            row["to"],
            row["actor"],
            row["recorded_at"],
            row["import_id"] and f"{row['import_id']} row {row['import_row']}",
        )
        for row in rows
    ]
    headings = ("at", "entry", "what", "from", "to", "by", "recorded at", "import")
    return (sheet(headings, told),)


# --- commands -------------------------------------------------------------------------------------


def _act(given: Namespace) -> Answer:
    now: datetime = given.now or present()
    learner: str = given.learner
    certification: str = given.certification
    actor: Actor = given.actor
    with service(given.store) as host:
        at = given.at and instant_of(given.at, host.zone_of(certification))
        command = build_command(given.command, given.set, at=at, reason=given.reason)
        recorded: tuple[Event, ...] = ()
        refused: RefusedError | None = None
        try:
            recorded = host.perform(
                command, learner=learner, certification=certification, actor=actor, now=now
            ).events
        except RefusedError as error:
            refused = error
        answer = host.certified(learner=learner, certification=certification, actor=actor, at=now)
        moments = host.history(
            learner=learner,
            certification=certification,
            actor=actor,
            at=max((now, *(event.at for event in recorded))),
        )
    sequences = {event.sequence for event in recorded}
    rows = [documents.moment_document(moment) for moment in moments]
    events = [row for row in rows if row["sequence"] in sequences]
    reasons = [documents.reason_document(reason) for reason in refused.reasons] if refused else []
    document: dict[str, Json] = {
        "allowed": refused is None,
        "status": answer.status.value if answer.status else None,
        "events": list(events),
        "reasons": list(reasons),
    }
    if refused is not None:
        return Answer(document=document, remarks=(f"certlib: {refused}",), exit_code=1)
    done = f"done: {learner} in {certification} is {answer.status or 'without a status'}"
    return Answer(document=document, parts=(done, "", *_history_parts(events)))


def _sweep(given: Namespace) -> Answer:
    with service(given.store) as host:
        swept = host.sweep(actor=given.actor, now=given.now or present())
    document: dict[str, Json] = {
        "enrollments": swept.enrollments,
        "notices": swept.notices,
        "remaining": swept.remaining,
    }
    words = f"{swept.enrollments} enrollments refreshed, {swept.remaining} remaining"
    skipped = "certlib: a former sweep had a later now, so nothing was done"
    return Answer(
        document=document,
        parts=(words,),
        remarks=(skipped,) if swept.skipped else (),
    )


def _table(given: Namespace) -> Answer:
    document = cast("Json", grid(TABLE) if given.which == "grid" else transitions(TABLE))
    if given.format in {None, "markdown"}:
        drawn = grid_markdown(TABLE) if given.which == "grid" else transitions_markdown(TABLE)
    elif given.format == "json":
        drawn = json_text(document)
    else:
        raise UsageError(f"{given.format} is not drawn yet: choose markdown or json")
    return Answer(document=document, parts=tuple(drawn.splitlines()))


HANDLERS: Mapping[str, Handler] = {
    "demo": _demo,
    "create": _create,
    "load": _load,
    "import": import_file,
    "status": _status,
    "explain": _explain,
    "outlook": _outlook,
    "history": _history,
    "act": _act,
    "sweep": _sweep,
    "table": _table,
}
"""What each command does, by its name."""
