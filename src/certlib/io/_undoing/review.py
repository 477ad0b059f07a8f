"""Review of imports (F5): which there were, and what each row of one recorded."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Final, TypeAlias

from attrs import frozen

from certlib.actors import Actor, ScopeKind, require_administrator
from certlib.errors import NotFoundError
from certlib.io._imports.keys import undo_key
from certlib.io._undoing.held import Held
from certlib.learners import Learner
from certlib.ports import ImportRecord, RowOutcome, Sources, Store
from certlib.state._fold import struck_entries
from certlib.transcript import Completion

__all__ = [
    "ImportedCompletion",
    "ImportedEntry",
    "ImportedRow",
    "import_found",
    "imported_rows",
    "imports_visible",
    "outcomes",
    "reaches",
]

PAGE: Final = 500
"""Rows that are looked up together."""


@frozen(kw_only=True)
class ImportedEntry:
    """An entry that a row of an import made."""

    certification: str
    entry: int
    transition: str
    """The name of the table's row by which it was accepted."""
    at: datetime
    struck: bool


@frozen(kw_only=True)
class ImportedCompletion:
    """A completion that a row of an import recorded."""

    completion: Completion
    struck: bool


@frozen(kw_only=True)
class ImportedRow:
    """One row of an import, and all that it recorded (F5)."""

    outcome: RowOutcome
    undone: bool
    entries: tuple[ImportedEntry, ...]
    completions: tuple[ImportedCompletion, ...]


def imports_visible(store: Store, actor: Actor, command: str = "imports") -> list[ImportRecord]:
    """Return the imports that an actor may look at, oldest first.

    Who reaches the whole tenant sees all; an administrator with a narrower scope, those that they made:
    others are not there for them (W2). Raise `RefusedError` where the actor is no administrator.
    """
    require_administrator(actor, command)
    is_everybodys = actor.scope.kind is ScopeKind.TENANT
    return [record for record in store.imports() if is_everybodys or record.actor == str(actor)]


def import_found(
    store: Store, import_id: str, actor: Actor, command: str = "imports"
) -> ImportRecord:
    """Return an import; raise `NotFoundError` where it is not there, or not for this actor."""
    for record in imports_visible(store, actor, command):
        if record.id == import_id:
            return record
    raise NotFoundError("import", import_id)


def outcomes(store: Store, import_id: str) -> Iterator[tuple[RowOutcome, ...]]:
    """Yield the stored outcomes of an import by row, page by page."""
    after: int | None = None
    while page := store.import_rows(import_id, limit=PAGE, after=after):
        yield page
        after = page[-1].row


def imported_rows(
    import_id: str, sources: Sources, store: Store, *, actor: Actor, now: datetime
) -> Iterator[ImportedRow]:
    """Yield the rows of an import with all that they recorded, by row (F5).

    Rows about learners whom the actor does not reach are not there (W2). ``now`` is the present.
    """
    for page in outcomes(store, import_id):
        held = Held.fetch(sources, store, {each.learner for each in page}, now=now)
        keys = {undo_key(import_id, each.row): each.row for each in page}
        undone = {keys[key] for key in store.saved_answers(keys)}
        by_row = _recorded(held.values(), import_id, {each.row for each in page})
        for each in page:
            person = held[each.learner].person
            if reaches(actor, person):
                entries, completions = by_row[each.row]
                yield ImportedRow(
                    outcome=each,
                    undone=each.row in undone,
                    entries=tuple(entries),
                    completions=tuple(completions),
                )


def reaches(actor: Actor, person: Learner | None) -> bool:
    """Whether an actor may see what is about a learner; who is gone is seen from the whole tenant."""
    if person is None:
        return actor.scope.kind is ScopeKind.TENANT
    return actor.covers(person, None)


_Recorded: TypeAlias = tuple[list[ImportedEntry], list[ImportedCompletion]]


def _recorded(held: Iterable[Held], import_id: str, rows: Collection[int]) -> dict[int, _Recorded]:
    """Return what rows of an import recorded: entries by certification, completions by instant."""
    found: dict[int, _Recorded] = {row: ([], []) for row in rows}
    for each in held:
        for code, history in sorted(each.histories.items()):
            struck = struck_entries(history)
            entries = {
                event.entry: event
                for event in reversed(history)
                if event.import_id == import_id and event.import_row in found
            }
            for number, event in sorted(entries.items()):
                entry = ImportedEntry(
                    certification=code,
                    entry=number,
                    transition=event.row,
                    at=event.at,
                    struck=number in struck,
                )
                found[event.import_row or 0][0].append(entry)
        transcript = each.transcript
        completions = (
            *((known, False) for known in transcript.completions),
            *((gone.completion, True) for gone in transcript.struck),
        )
        for completion, is_struck in sorted(completions, key=lambda item: item[0].at):
            if completion.import_id == import_id and completion.import_row in found:
                told = ImportedCompletion(completion=completion, struck=is_struck)
                found[completion.import_row][1].append(told)
    return found
