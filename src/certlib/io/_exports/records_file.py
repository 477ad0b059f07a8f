"""Everything that a store holds, written to a file (`certlib.io._exports.lines` has its format).

Written are learners, transcripts with what was struck in them, the events of all enrollments, notices and
whether they were delivered, imports with their rows and undos, and the latest sweep. Not written are the
catalog, which has a file of its own, claims of notices, which are open again, and the keys under which a
host has given commands.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import BinaryIO, Final, Protocol, TypeVar

from certlib._loading import Loader
from certlib.actors import Actor, require_tenant_administrator
from certlib.io._exports.lines import (
    HISTORY,
    SCHEMA,
    CompletionLine,
    EventLine,
    ImportLine,
    ImportRowLine,
    LearnerLine,
    Line,
    LineWriter,
    NoticeLine,
    ResetLine,
    StruckLine,
    SweepLine,
)
from certlib.io._imports.keys import undo_key
from certlib.learners import Learner
from certlib.ports import (
    EnrollmentKey,
    NoticeState,
    Outbox,
    Query,
    Sources,
    Store,
)
from certlib.serialize._records import RECORDS, Records
from certlib.state import Enrollment, Notice
from certlib.transcript import Transcript

__all__ = [
    "ALWAYS",
    "FullStore",
    "export_history",
    "export_records",
    "pages",
]

T = TypeVar("T")
K = TypeVar("K")

PAGE: Final = 500
ALWAYS: Final = datetime(9000, 1, 1, tzinfo=UTC)
"""An instant after all that is ever recorded."""


class FullStore(Sources, Store, Outbox, Protocol):
    """A store that also holds people and notices, as the stores of certlib do."""

    def put_learners(self, learners: Iterable[Learner]) -> None:
        """Add learners."""
        ...

    def notices(self, *, limit: int, after: int = 0) -> Sequence[tuple[int, Notice]]:
        """Return notices with their ids, in the order in which they were saved, those after an id."""
        ...

    def notice_states(self, ids: Collection[int]) -> Mapping[int, NoticeState]:
        """Return what has become of notices."""
        ...


def export_records(
    out: BinaryIO, *, actor: Actor, store: FullStore, records: Records = RECORDS
) -> int:
    """Write all that a store holds; return how many records it is.

    Raise `RefusedError` for whoever is not an administrator of the whole tenant. Pages are
    read one after another: where others may write to the store meanwhile, let it show one moment, as
    `certlib.adapters.sqlite.SqliteStore.snapshot` does.
    """
    require_tenant_administrator(actor, "export_records")
    writer = LineWriter(out, records, schema=SCHEMA, tenant=store.tenant)
    for ids in _everybody(store):
        for line in _about(store, ids):
            writer.write(line)
    for page in pages(store.notices, lambda item: item[0], first=0):
        states = store.notice_states([number for number, _ in page])
        for number, notice in page:
            state = states[number]
            # Whoever has claimed it tells it by the other store.
            claimed = state is NoticeState.CLAIMED
            writer.write(NoticeLine(notice, NoticeState.WAITING if claimed else state))
    imports = store.imports()
    for each in imports:
        writer.write(ImportLine(each))
    for each in imports:
        for line in _rows_of(store, each.id):
            writer.write(line)
    swept = store.last_sweep()
    if swept is not None:
        writer.write(SweepLine(swept))
    writer.close()
    return writer.lines


def _rows_of(store: Store, import_id: str) -> Iterator[ImportRowLine]:
    after: int | None = None
    while page := store.import_rows(import_id, limit=PAGE, after=after):
        after = page[-1].row
        undone = store.saved_answers([undo_key(import_id, each.row) for each in page])
        for each in page:
            yield ImportRowLine(each, undo_key(import_id, each.row) in undone)


def pages(
    page: Callable[..., Sequence[T]], key: Callable[[T], K], first: K | None = None
) -> Iterator[Sequence[T]]:
    """Yield the pages of a list, from the item after ``first`` on; ``key`` tells where a page ended."""
    after = first
    while found := page(limit=PAGE, after=after):
        after = key(found[-1])
        yield found


def _everybody(store: FullStore) -> Iterator[list[str]]:
    """Yield the ids of all learners and of whoever has an enrollment, sorted, page by page."""
    learners = (each.id for page in pages(store.all_learners, lambda x: x.id) for each in page)
    enrolled = (each.learner for page in _enrollments(store, None) for each in page)
    known, having = next(learners, None), next(enrolled, None)
    found: list[str] = []
    while known is not None or having is not None:
        least = min(each for each in (known, having) if each is not None)
        found.append(least)
        if known == least:
            known = next(learners, None)
        while having == least:
            having = next(enrolled, None)
        if len(found) == PAGE:
            yield found
            found = []
    yield found


def _enrollments(
    store: Store, learners: Sequence[str] | None, only: str | None = None
) -> Iterator[Sequence[Enrollment]]:
    query = Query(
        learners=None if learners is None else tuple(learners),
        certifications=None if only is None else (only,),
        at=ALWAYS,
    )

    def find(limit: int, after: EnrollmentKey | None) -> Sequence[Enrollment]:
        return store.find(query, limit=limit, after=after)

    return pages(find, EnrollmentKey.of)


def _about(store: FullStore, ids: Sequence[str]) -> Iterator[Line]:
    """Yield what is recorded about learners, one after another."""
    people, transcripts = store.learners(ids), store.transcripts(ids)
    keys = [EnrollmentKey.of(each) for page in _enrollments(store, ids) for each in page]
    histories = store.history(keys)
    held = {id: list(those) for id, those in groupby(keys, key=lambda key: key.learner)}
    for id in ids:
        if id in people:
            yield LearnerLine(people[id])
        transcript = transcripts.get(id, Transcript())
        for struck in transcript.struck:
            yield StruckLine(id, struck)
        for each in sorted(transcript.completions, key=lambda each: (each.training, each.at)):
            yield CompletionLine(id, each)
        for reset in sorted(transcript.resets, key=lambda each: (each.training, each.at)):
            yield ResetLine(id, reset)
        for key in held.get(id, ()):
            for event in histories.get(key, ()):
                yield EventLine(id, key.certification, event)


def export_history(
    out: BinaryIO,
    *,
    actor: Actor,
    at: datetime,
    sources: Sources,
    store: Store,
    certification: str | None = None,
    records: Records = RECORDS,
) -> int:
    """Write the events in the actor's scope that were recorded by an instant; return how many.

    By learner, certification and sequence. Raise `NotFoundError` where the certification is not
    there, or out of scope.
    """
    if certification is not None:
        Loader(sources, store).certifications(actor, certification)
    writer = LineWriter(out, records, schema=HISTORY, tenant=store.tenant)
    for page in _enrollments(store, None, certification):
        people = sources.learners({each.learner for each in page})
        keys = [
            EnrollmentKey.of(each)
            for each in page
            if each.learner in people and actor.covers(people[each.learner], each.certification)
        ]
        histories = store.history(keys)
        for key in keys:
            for event in histories.get(key, ()):
                if event.recorded_at <= at:
                    writer.write(EventLine(key.learner, key.certification, event))
    writer.close()
    return writer.lines
