"""Values as rows of an SQLite store, and rows as values again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from json.encoder import encode_basestring_ascii
from typing import Any, Final, TypeAlias

import attrs

from certlib._copying import maker_of
from certlib.adapters.store_rules import member_of
from certlib.audit import Index
from certlib.certifications import Certification
from certlib.errors import InvalidValueError
from certlib.learners import Attributes, Learner, skeleton
from certlib.ports import ImportRecord, NoticeState, Outcome, RowOutcome, Undo
from certlib.serialize import (
    Kinds,
    Records,
    attributes_document,
    read_attributes,
    read_certification,
    read_training,
)
from certlib.serialize._quick import json_text
from certlib.state._events import Event
from certlib.state._notices import Notice
from certlib.state._status import Status
from certlib.state.facts import Fact
from certlib.trainings import Training
from certlib.transcript import (
    Completion,
    CompletionKey,
    CompletionSource,
    Reset,
    StruckCompletion,
)

__all__ = [
    "STORED",
    "Row",
    "certification_of",
    "completion_of",
    "completion_row",
    "event_of",
    "event_row",
    "import_of",
    "import_row",
    "index_of_row",
    "instant_of",
    "json_list",
    "learner_of",
    "learner_row",
    "micros_of",
    "micros_or_none",
    "notice_of",
    "notice_row",
    "outcome_of_row",
    "outcome_row",
    "parsed",
    "reset_of",
    "reset_row",
    "struck_of",
    "struck_row",
    "training_of",
    "undo_of",
    "undo_row",
]

Row: TypeAlias = tuple[Any, ...]

STORED: Final[Mapping[str, str]] = {
    each: each.value for kind in (CompletionSource, NoticeState, Outcome, Status) for each in kind
}
"""How members of enumerations are stored; a look-up here is faster than ``.value``."""

_NO_ATTRIBUTES: Final = Attributes({})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros_of(instant: datetime) -> int:
    """Return an instant as it is stored: whole microseconds since 1970 in UTC.

    >>> instant_of(micros_of(datetime(9000, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)))
    datetime.datetime(9000, 12, 31, 23, 59, 59, 999999, tzinfo=datetime.timezone.utc)
    """
    # In other zones, two datetimes may be equal and yet be different instants: not to be cached.
    return _micros_in_utc(instant) if instant.tzinfo is UTC else _micros(instant)


def _micros(instant: datetime) -> int:
    since = instant - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


# A batch has few distinct instants; the bound keeps a long-running host's memory flat.
_micros_in_utc = lru_cache(maxsize=4096)(_micros)


def micros_or_none(instant: datetime | None) -> int | None:
    """Return an instant as it is stored; None is NULL."""
    return None if instant is None else micros_of(instant)


@lru_cache(maxsize=4096)
def instant_of(micros: int) -> datetime:
    """Return a stored instant."""
    return _EPOCH + timedelta(microseconds=micros)


def json_list(texts: Iterable[str]) -> str:
    """Return texts to look up, as `json_each` reads them.

    SQLite would end a text at a NUL and find another one. No stored id holds a NUL, so a text with
    one is left out: it is not there.
    """
    return json_text([text for text in texts if "\0" not in text])


def parsed(text: str, path: str) -> object:
    """Return stored JSON values; raise `InvalidValueError` if they are damaged."""
    try:
        return json.loads(text)
    except ValueError:
        raise InvalidValueError(path, "damaged", "JSON, as it was stored") from None


# --- people and catalog -----------------------------------------------------------------------


def learner_row(tenant: str, learner: Learner) -> Row:
    """Return a learner's row, with the skeletons of the identifiers."""
    identifiers = (learner.email, learner.username, learner.external_id)
    return (
        tenant,
        learner.id,
        *identifiers,
        learner.name,
        learner.organization,
        json_text(learner.groups),
        learner.active,
        learner.manager_id,
        skeleton(learner.id),
        *(None if each is None else skeleton(each) for each in identifiers),
        micros_or_none(learner.active_since),
        json_text(attributes_document(learner.attributes)) if learner.attributes else "{}",
    )


def learner_of(row: Row) -> Learner:
    """Return the learner of a row, without the tenant and the skeletons."""
    (
        id,
        email,
        username,
        external_id,
        name,
        organization,
        groups,
        active,
        manager_id,
        active_since,
        attributes,
    ) = row
    return Learner(
        id=id,
        email=email,
        username=username,
        external_id=external_id,
        name=name,
        organization=organization,
        groups=tuple(json.loads(groups)),
        active=bool(active),
        manager_id=manager_id,
        active_since=None if active_since is None else instant_of(active_since),
        attributes=_attributes(attributes, f"learner {id}"),
    )


def _attributes(text: str, path: str) -> Attributes:
    return _NO_ATTRIBUTES if text == "{}" else read_attributes(parsed(text, path), path)


# Reading one document takes as long as several hundred rows; the bound keeps a long-running host's
# memory flat.
@lru_cache(maxsize=4096)
def training_of(document: str, path: str) -> Training:
    """Return the training of a stored document."""
    return read_training(parsed(document, path), path)


@lru_cache(maxsize=1024)
def certification_of(document: str, path: str, kinds: Kinds) -> Certification:
    """Return the certification of a stored document."""
    return read_certification(parsed(document, path), path, kinds=kinds)


# --- facts ------------------------------------------------------------------------------------


def completion_row(tenant: str, learner: str, completion: Completion) -> Row:
    """Return a completion's row."""
    return (
        tenant,
        learner,
        completion.training,
        micros_of(completion.at),
        None if completion.on is None else completion.on.isoformat(),
        STORED[completion.source],
        micros_of(completion.recorded_at),
        completion.actor,
        completion.import_id,
        completion.import_row,
        _because_text(completion.because) if completion.because else None,
        completion.version,
    )


_completion = maker_of(Completion)
_event = maker_of(Event)
_SOURCES: Final[Mapping[str, CompletionSource]] = {each.value: each for each in CompletionSource}


# Many rows have the same few codes; each is checked once.
@lru_cache(maxsize=4096)
def _training(code: str) -> str:
    """Return a stored code; raise `InvalidValueError` if it is damaged."""
    return Completion(training=code, at=_EPOCH, recorded_at=_EPOCH).training


def completion_of(row: Row) -> Completion:
    """Return the completion of a row, without the tenant."""
    learner, training, at, on, source, recorded_at, actor, import_id, import_row = row[:9]
    because, version = row[9:]
    return _completion(
        _training(training),
        instant_of(at),
        None if on is None else date.fromisoformat(on),
        _SOURCES.get(source)
        or member_of(CompletionSource, source, f"completion of {training} by {learner}"),
        instant_of(recorded_at),
        actor,
        import_id,
        import_row,
        _because(because) if because else (),
        version,
    )


def struck_row(tenant: str, learner: str, struck: StruckCompletion) -> Row:
    """Return which completion is struck, when, by whom and why; the rest is already stored."""
    completion = struck.completion
    return (
        tenant,
        learner,
        completion.training,
        micros_of(completion.at),
        micros_of(struck.struck_at),
        struck.actor,
        struck.reason,
        struck.withdrawn,
        struck.version,
    )


def struck_of(row: Row) -> StruckCompletion:
    """Return the struck completion of a row, without the tenant."""
    *completion, struck_at, actor, reason, withdrawn, version = row
    return StruckCompletion(
        completion=completion_of(tuple(completion)),
        struck_at=instant_of(struck_at),
        actor=actor,
        reason=reason,
        withdrawn=bool(withdrawn),
        version=version,
    )


def reset_row(tenant: str, learner: str, reset: Reset) -> Row:
    """Return a reset's row."""
    return (
        tenant,
        learner,
        reset.training,
        micros_of(reset.at),
        None if reset.on is None else reset.on.isoformat(),
        micros_of(reset.recorded_at),
        reset.actor,
        reset.reason,
    )


def reset_of(row: Row) -> Reset:
    """Return the reset of a row, without tenant and learner."""
    training, at, on, recorded_at, actor, reason = row
    return Reset(
        training=training,
        at=instant_of(at),
        on=None if on is None else date.fromisoformat(on),
        recorded_at=instant_of(recorded_at),
        actor=actor,
        reason=reason,
    )


def event_row(event: Event, records: Records) -> Row:
    """Return an event's row, without its enrollment."""
    tag, fact = records.fact_text(event.fact)
    return (
        event.sequence,
        event.entry,
        micros_of(event.at),
        micros_of(event.recorded_at),
        event.actor,
        event.row,
        event.reason,
        event.version,
        event.import_id,
        event.import_row,
        _because_text(event.because) if event.because else None,
        tag,
        fact,
    )


def _because_text(because: Sequence[CompletionKey]) -> str:
    """Return the keys of completions as they are stored: training and instant, in JSON."""
    return f"[{','.join(map(_key_text, because))}]"


def _key_text(key: CompletionKey) -> str:
    return f"[{encode_basestring_ascii(key.training)},{micros_of(key.at)}]"


def event_of(row: Row, read_fact: Callable[[str, str, str], Fact], path: str) -> Event:
    """Return the event of a row, without its enrollment; raise `UnknownKindError`."""
    sequence, entry, at, recorded_at, actor, name, reason, version = row[:8]
    import_id, import_row, because, tag, fact = row[8:]
    fields = (
        sequence,
        entry,
        instant_of(at),
        instant_of(recorded_at),
        actor,
        name,
        reason,
        version,
        import_id,
        import_row,
        _because(because) if because else (),
        read_fact(tag, fact, f"{path}, event {sequence}"),
    )
    if sequence < 1 or entry < 1 or (import_row is not None and import_row < 1):
        return _checked_event(fields)  # damaged: the constructor says how
    return _event(*fields)


def _checked_event(fields: Row) -> Event:
    names = [each.name for each in attrs.fields(Event)]
    return Event(**dict(zip(names, fields, strict=True)))


# The events of one entry, and of many entries, share the same text.
@lru_cache(maxsize=4096)
def _because(stored: str) -> tuple[CompletionKey, ...]:
    return tuple(
        CompletionKey(training=training, at=instant_of(at)) for training, at in json.loads(stored)
    )


def index_of_row(row: Row, path: str) -> Index:
    """Return the index entry of an enrollment: status, its instant, the next change."""
    status, at, next_change_at = row
    return Index(
        status=None if status is None else member_of(Status, status, path),
        at=instant_of(at),
        next_change_at=None if next_change_at is None else instant_of(next_change_at),
    )


def notice_row(tenant: str, notice: Notice, state: NoticeState) -> Row:
    """Return a notice's row, without its id."""
    return (
        tenant,
        notice.kind,
        notice.learner,
        notice.certification,
        micros_of(notice.at),
        notice.entry,
        notice.key,
        notice.about,
        notice.certificate,
        notice.cycle,
        None if notice.day is None else notice.day.isoformat(),
        notice.corrects,
        STORED[state],
    )


def notice_of(row: Row) -> tuple[int, Notice]:
    """Return the id and the notice of a row, without the tenant."""
    id, kind, learner, certification, at, entry, about, certificate, cycle, day, corrects = row
    return id, Notice(
        kind=kind,
        learner=learner,
        certification=certification,
        at=instant_of(at),
        entry=entry,
        about=about,
        certificate=certificate,
        cycle=cycle,
        day=None if day is None else date.fromisoformat(day),
        corrects=bool(corrects),
    )


# --- imports ----------------------------------------------------------------------------------


def import_row(tenant: str, record: ImportRecord) -> Row:
    """Return an import's row. The file name is JSON: it may hold bytes that are no text."""
    return (
        tenant,
        record.id,
        record.format,
        json_text(record.file_name),
        record.digest,
        record.purpose,
        record.actor,
        micros_of(record.at),
        record.new,
        record.already_completed,
        record.errors,
        record.finished,
    )


def import_of(row: Row, undos: tuple[Undo, ...] = ()) -> ImportRecord:
    """Return the import of a row, without the tenant, with its undos."""
    id, format_, file_name, digest, purpose, actor, at, new, already, errors, finished = row
    return ImportRecord(
        id=id,
        format=format_,
        file_name=json.loads(file_name),
        digest=digest,
        purpose=purpose,
        actor=actor,
        at=instant_of(at),
        new=new,
        already_completed=already,
        errors=errors,
        finished=bool(finished),
        undos=undos,
    )


def undo_row(tenant: str, import_id: str, undo: Undo) -> Row:
    """Return an undo's row."""
    return (
        tenant,
        import_id,
        undo.number,
        undo.actor,
        micros_of(undo.at),
        undo.reason,
        undo.undone,
        undo.refused,
        undo.finished,
    )


def undo_of(row: Row) -> tuple[str, Undo]:
    """Return the id of the import and the undo of a row, without the tenant."""
    import_id, number, actor, at, reason, undone, refused, finished = row
    return import_id, Undo(
        number=number,
        actor=actor,
        at=instant_of(at),
        reason=reason,
        undone=undone,
        refused=refused,
        finished=bool(finished),
    )


def outcome_row(tenant: str, outcome: RowOutcome) -> Row:
    """Return the row of an outcome of an import."""
    return (
        tenant,
        outcome.import_id,
        outcome.row,
        outcome.learner,
        STORED[outcome.outcome],
        outcome.note,
    )


def outcome_of_row(row: Row) -> RowOutcome:
    """Return the outcome of a row, without the tenant."""
    import_id, number, learner, outcome, note = row
    return RowOutcome(
        import_id=import_id,
        row=number,
        learner=learner,
        outcome=member_of(Outcome, outcome, f"row {number} of import {import_id}"),
        note=note,
    )
