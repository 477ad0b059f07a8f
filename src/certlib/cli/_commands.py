"""The handler of each command: it asks the service, and returns the answer for people and as JSON."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, TypeAlias, cast

from certlib.actors import Actor
from certlib.adapters.store_rules import Counts
from certlib.cli import _documents as documents
from certlib.cli._demo import demo
from certlib.cli._documents import Json, instant_text
from certlib.cli._exporting import create_from_records, export_file
from certlib.cli._imports import import_file, template
from certlib.cli._render import Answer, Part, json_text, needed, sheet, why_not
from certlib.cli._stores import created, fill, opened, read_files, service
from certlib.cli._undoing import list_imports, undo_import
from certlib.cli._values import (
    DEFAULT_ACTOR,
    UsageError,
    When,
    build_command,
    instant_of,
    present,
)
from certlib.errors import RefusedError
from certlib.pictures import (
    dot,
    grid,
    grid_html,
    grid_markdown,
    mermaid,
    table_svg,
    transitions,
    transitions_html,
    transitions_markdown,
)
from certlib.service import Service
from certlib.state import (
    TABLE,
    Command,
    Event,
    HistoryEntry,
    ReasonKind,
    Refused,
    Table,
    Verdict,
    differences,
)

__all__ = ["HANDLERS"]

Handler: TypeAlias = Callable[[Namespace], Answer]


def _demo(given: Namespace) -> Answer:
    return demo(given.out or _free_folder(), present())


def _free_folder() -> Path:
    """Return the usual folder of the demo, or another one if that exists."""
    names = ("certlib-demo", *(f"certlib-demo-{number}" for number in range(2, 100)))
    return next((Path(name) for name in names if not Path(name).exists()), Path(names[0]))


def _create(given: Namespace) -> Answer:
    if given.records is not None:
        return create_from_records(given)
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
        answers = host.statuses(
            actor=given.actor,
            at=given.at or present(),
            known_at=given.known_at,
            learner=given.learner,
            certification=given.certification,
            status=given.status,
        )
        rows = [documents.status_document(answer) for answer in answers]
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
            *_explained(verdicts),
        ),
    )


def _explained(verdicts: Sequence[Verdict]) -> tuple[Part, ...]:
    """List commands with a row here, allowed ones first; name the others on one line."""
    elsewhere = [each for each in verdicts if _is_elsewhere(each)]
    here = sorted(
        (each for each in verdicts if not _is_elsewhere(each)), key=lambda each: not each.allowed
    )
    table = sheet(
        ("command", "allowed", "needs", "why not"),
        [(each.command, each.allowed, needed(each), why_not(each.reasons)) for each in here],
    )
    if not elsewhere:
        return (table,)
    code = elsewhere[0].reasons[0].code
    names = ", ".join(each.command for each in elsewhere)
    return (table, "", f"not in this status ({code}): {names}")


def _is_elsewhere(verdict: Verdict) -> bool:
    return any(reason.kind is ReasonKind.STATUS for reason in verdict.reasons)


def _outlook(given: Namespace) -> Answer:
    learner: str = given.learner
    certification: str = given.certification
    actor = Actor.parse(DEFAULT_ACTOR)
    with service(given.store) as host:
        at = _asked_at(host, given)
        points = host.outlook(learner=learner, certification=certification, actor=actor, at=at)
        ahead = host.reminders(learner=learner, certification=certification, actor=actor, at=at)
    rows = [documents.change_point_document(point, ahead) for point in points]
    told = [
        (notice.at, notice.kind)
        for notice in ahead
        if not (notice.about or "").startswith("digest")
    ]
    lines = sorted(
        [
            *((instant_text(at), f"notice {kind}", "") for at, kind in told),
            *((str(row["at"]), row["name"], row["to"]) for row in rows),
        ],
        key=lambda line: str(line[0]),
    )
    table = sheet(("at", "what", "to"), lines)
    return Answer(
        document=list(rows), parts=(table,) if lines else ("time alone will change nothing",)
    )


def _history(given: Namespace) -> Answer:
    with service(given.store) as host:
        zone = host.zone_of(given.certification)
        at = _asked_at(host, given)
        known_at = None if given.known_at is None else instant_of(given.known_at, zone)
        moments = host.history(
            learner=given.learner,
            certification=given.certification,
            actor=given.actor,
            at=at,
            known_at=known_at,
        )
        picture: str | None = None
        if given.format == "svg":
            picture = host.picture(
                learner=given.learner,
                certification=given.certification,
                actor=given.actor,
                at=at,
                known_at=known_at,
            )
    rows = [documents.moment_document(moment) for moment in moments]
    document: list[Json] = list(rows)
    if picture is not None:
        return Answer(document=document, parts=tuple(picture.splitlines()))
    if given.format == "json":
        return Answer(document=document, parts=tuple(json_text(document).splitlines()))
    return Answer(document=document, parts=_history_parts(rows))


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
        if given.preview:
            return _previewed(host, given, command, now)
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


def _previewed(host: Service, given: Namespace, command: Command, now: datetime) -> Answer:
    """Show what a command would change, without giving it (Q9)."""
    learner: str = given.learner
    certification: str = given.certification
    before = host.enrollment(learner=learner, certification=certification, actor=given.actor)
    decision = host.preview_command(
        command, learner=learner, certification=certification, actor=given.actor, now=now
    )
    if isinstance(decision, Refused):
        document: dict[str, Json] = {
            "allowed": False,
            "status": decision.status.value if decision.status else None,
            "events": [],
            "reasons": [documents.reason_document(reason) for reason in decision.reasons],
        }
        return Answer(
            document=document,
            parts=(f"would be refused: {why_not(decision.reasons)}",),
            exit_code=1,
        )
    last = max((now, *(event.at for event in decision.events)))
    sequences = {event.sequence for event in decision.events}
    moments = [
        moment
        for moment in host.timeline_with(
            decision.events,
            learner=learner,
            certification=certification,
            actor=given.actor,
            at=last,
        )
        if isinstance(moment, HistoryEntry) and moment.event.sequence in sequences
    ]
    status = decision.enrollment.status_at(last)
    document = {
        "allowed": True,
        "status": status.value if status else None,
        "events": [documents.moment_document(moment) for moment in moments],
        "reasons": [],
    }
    changed = differences(before, decision.enrollment, last)
    table = sheet(
        ("what would change", "from", "to"),
        [(each.what.replace("_", " "), each.before, each.after) for each in changed],
    )
    return Answer(document=document, parts=(table,) if changed else ("nothing would change",))


def _sweep(given: Namespace) -> Answer:
    now = given.now or present()
    with service(given.store) as host:
        if given.reset:
            host.reset_sweep(actor=given.actor, now=now)
            words = f"sweeps go on from {instant_text(now)}"
            return Answer(document={"last_sweep": instant_text(now)}, parts=(words,))
        swept = host.sweep(actor=given.actor, now=now, far_ahead=given.far_ahead)
    document: dict[str, Json] = {
        "enrollments": swept.enrollments,
        "notices": swept.notices,
        "remaining": swept.remaining,
    }
    words = (
        f"{swept.enrollments} enrollments refreshed, {swept.notices} reminders written,"
        f" {swept.remaining} remaining"
    )
    skipped = "certlib: an earlier sweep had a later now, so nothing was done"
    return Answer(
        document=document,
        parts=(words,),
        remarks=(skipped,) if swept.skipped else (),
    )


def _audit(given: Namespace) -> Answer:
    with service(given.store) as host:
        found = host.audit(
            actor=given.actor,
            at=given.at or present(),
            learner=given.learner,
            certification=given.certification,
        )
        rows = [documents.finding_document(finding) for finding in found]
    headings = ("learner", "certification", "code", "place", "found", "expected")
    table = sheet(
        headings,
        [(*(row[name] for name in headings),) for row in rows],
    )
    return Answer(
        document=list(rows),
        parts=(table,) if rows else ("no wrong records were found",),
        exit_code=1 if rows else 0,
    )


DIAGRAMS: Final[Mapping[str, Callable[[Table], str]]] = {
    "mermaid": mermaid,
    "dot": dot,
    "svg": table_svg,
}
"""The state diagram by format."""


def _table(given: Namespace) -> Answer:
    is_grid = given.which == "grid"
    document = cast("Json", grid(TABLE) if is_grid else transitions(TABLE))
    if given.format in DIAGRAMS:
        drawn = DIAGRAMS[given.format](TABLE)
    elif given.format == "html":
        drawn = grid_html(TABLE) if is_grid else transitions_html(TABLE)
    elif given.format == "json":
        drawn = json_text(document)
    else:
        drawn = grid_markdown(TABLE) if is_grid else transitions_markdown(TABLE)
    return Answer(document=document, parts=tuple(drawn.splitlines()))


HANDLERS: Mapping[str, Handler] = {
    "demo": _demo,
    "create": _create,
    "load": _load,
    "import": import_file,
    "imports": list_imports,
    "undo": undo_import,
    "template": template,
    "export": export_file,
    "status": _status,
    "explain": _explain,
    "outlook": _outlook,
    "history": _history,
    "act": _act,
    "sweep": _sweep,
    "audit": _audit,
    "table": _table,
}
"""The handler of each command, by its name."""
