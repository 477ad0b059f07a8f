"""Review and undo of imports (F5): what an import recorded, and how it is struck again.

Undo is row 37 for every entry of the import, newest first, and a strike of every completion: nothing
is deleted. A row is undone whole, in one change with a key of its own, or it is refused, since
something was built on it (R13) and the rest would no longer hold; other rows are undone all the same.
An undo that was interrupted is run again, and one that was refused in part takes up what it left.
A row that itself struck what was there before (archive and replace) stays, for a strike is final.

`undone_rows` works out what becomes of one learner's rows and is pure; `undo` does it for all, page
by page, in a handful of queries for many learners.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import TypeAlias

from attrs import Factory, define, evolve, frozen

from certlib._deciding import Decisions
from certlib._reasons import Reason, ReasonKind
from certlib._recording import ATTEMPTS, change_of, join_changes
from certlib.actors import Actor
from certlib.errors import RefusedError, StoreError
from certlib.io._imports.keys import undo_key
from certlib.io._undoing.held import Held
from certlib.io._undoing.review import import_found, outcomes, reaches
from certlib.ports import Change, Conflict, ImportRecord, Outcome, Sources, Store, Undo
from certlib.state import TABLE, Case, Event, Refused, Table
from certlib.state._actions.striking import resting_on
from certlib.state.commands import Strike
from certlib.state.facts import EntryStruck
from certlib.state.guards import entry_can_be_struck, nothing_rests_on_it
from certlib.transcript import Completion, StruckCompletion

__all__ = ["RowUndo", "UndoProblem", "Undoing", "Undone", "undo", "undone_rows"]

Progress: TypeAlias = Callable[[int, int], None]
"""Told how many rows have been looked at, and how many there are."""


@frozen(kw_only=True)
class UndoProblem:
    """Why a row is not undone: one obstacle of one row; a row may have several."""

    row: int
    learner: str | None
    """None: the actor does not reach them (W2)."""
    certification: str | None
    """Where the obstacle is; None: it concerns the learner, or their transcript."""
    code: str
    message: str
    entries: tuple[int, ...] = ()
    """The entries that rest on it, oldest first: they would have to be struck before."""


@frozen(kw_only=True)
class Undone:
    """What an undo did, or would do; ``rows`` = ``undone`` + ``undone_before`` + ``refused``."""

    import_id: str
    rows: int
    """Rows of the import that recorded something."""
    undone: int
    undone_before: int
    refused: int
    problems: tuple[UndoProblem, ...]
    """Why rows were refused, by row."""


# --- one learner, worked out ----------------------------------------------------------------------


@frozen(kw_only=True)
class Undoing:
    """What an undo is about: which import, why, by whom, when, and against what."""

    import_id: str
    reason: str
    actor: Actor
    now: datetime
    table: Table = TABLE

    def key(self, row: int) -> str:
        """Return the key under which the undo of a row is saved, once and for all."""
        return undo_key(self.import_id, row)


@frozen(kw_only=True)
class RowUndo:
    """What becomes of one row: the change that undoes it, or why it is refused."""

    row: int
    learner: str
    change: Change | None
    problems: tuple[UndoProblem, ...] = ()


def undone_rows(held: Held, rows: Collection[int], undoing: Undoing) -> Iterator[RowUndo]:
    """Yield what becomes of a learner's rows, each decided as if those before it were saved.

    They come newest first: what rests on a row is struck before it, if it is of the same import.
    """
    for row in _newest_first(held, rows, undoing.import_id):
        found, held = _undone(held, row, undoing)
        yield found


def _newest_first(held: Held, rows: Collection[int], import_id: str) -> list[int]:
    """Return rows in an order in which each comes after all that was recorded on top of it."""
    after: dict[int, set[int]] = {row: set() for row in sorted(rows, reverse=True)}
    for code in held.histories:
        by_entry = held.standing(code, import_id).values()
        for earlier, later in pairwise(row for row in by_entry if row in after):
            if earlier != later:
                after[earlier].add(later)
    for row, above in after.items():
        for completion in held.completed(import_id, row):
            resting: list[Event | Completion] = [
                *(event for _, event in held.citing(completion)),
                # Of several completions of a module, the last to be struck is the one that counts.
                *(
                    each
                    for each in held.courses_with(completion)
                    if (completion.at, row) < _recorded(held, import_id, each)
                ),
            ]
            above.update(
                each.import_row
                for each in resting
                if each.import_id == import_id and each.import_row in after
            )
        above.discard(row)
    try:
        return list(TopologicalSorter(after).static_order())
    except CycleError:  # a damaged history: each row then finds out by itself
        return list(after)


def _recorded(held: Held, import_id: str, course: Completion) -> tuple[datetime, int]:
    """Return the place, among a learner's rows, of the one that completed a course."""
    row = course.import_row or 0
    own = [each.at for each in held.completed(import_id, row) if each.training != course.training]
    return min(own, default=course.at), row


def _undone(held: Held, row: int, undoing: Undoing) -> tuple[RowUndo, Held]:
    """Return what becomes of a row, and what is held afterwards."""
    problems = _objections(held, row, undoing)
    if not problems:
        struck, after, problems = _struck(held, row, undoing)
        own = tuple(
            StruckCompletion(
                completion=each,
                struck_at=max(undoing.now, each.recorded_at),
                actor=str(undoing.actor),
                reason=undoing.reason,
            )
            for each in held.completed(undoing.import_id, row)
        )
        problems += _resting_on_completions(after, row, own, undoing)
        if not problems:
            parts = [change_of(each.before, each.accepted, now=undoing.now) for each in struck]
            transcript = held.transcript
            change = join_changes(
                held.learner,
                parts,
                struck=own,
                key=undoing.key(row),
                transcript=transcript.version,
            )
            if own:
                # The rows after it are decided on the transcript that this one leaves.
                transcript = evolve(transcript.with_struck(*own), version=transcript.version + 1)
            after = evolve(after, transcript=transcript)
            return RowUndo(row=row, learner=held.learner, change=change), after
    refused = RowUndo(row=row, learner=held.learner, change=None, problems=tuple(problems))
    return refused, held


def _objections(held: Held, row: int, undoing: Undoing) -> list[UndoProblem]:
    """Return what speaks against undoing a row for this learner at all (W2, W3)."""
    actor = undoing.actor
    if held.person is None or not actor.covers(held.person, None):
        problem = _problem(held, row, None, "unknown_learner", "unknown learner")
        return [problem if reaches(actor, held.person) else evolve(problem, learner=None)]
    if held.learner == actor.id:
        return [_problem(held, row, None, "nobody_for_himself", "nobody does this for themselves")]
    return []


def _problem(
    held: Held, row: int, certification: str | None, code: str, message: str, *entries: int
) -> UndoProblem:
    return UndoProblem(
        row=row,
        learner=held.learner,
        certification=certification,
        code=code,
        message=message,
        entries=entries,
    )


def _struck(
    held: Held, row: int, undoing: Undoing
) -> tuple[list[Decisions], Held, list[UndoProblem]]:
    """Strike the entries of a row, newest first in each enrollment; return what was refused, too."""
    made: list[Decisions] = []
    problems: list[UndoProblem] = []
    enrollments, histories = dict(held.enrollments), dict(held.histories)
    for code in sorted(held.histories):
        standing = held.standing(code, undoing.import_id)
        entries = [entry for entry, of in standing.items() if of == row]
        if not entries:
            continue
        if code not in held.certifications:
            told = "the certification is not in the catalog"
            problems.append(_problem(held, row, code, "unknown_certification", told))
            continue
        archived = [
            event.fact.entry
            for event in held.histories[code]
            if event.entry in entries and isinstance(event.fact, EntryStruck)
        ]
        if archived:
            named = ", ".join(f"entry {entry}" for entry in archived)
            told = f"it struck what was there before, and a strike is final: {named}"
            problems.append(_problem(held, row, code, entry_can_be_struck.code, told))
            continue
        decisions = Decisions(held.case(code), now=undoing.now, table=undoing.table)
        for entry in reversed(entries):
            strike = Strike(entry=entry, reason=undoing.reason)
            decision = decisions.give(strike, actor=undoing.actor)
            if isinstance(decision, Refused):
                problems += _why_not(held, row, decisions.case, entry, decision)
                break
        if decisions.accepted:
            made.append(decisions)
        left = decisions.case
        enrollments[code], histories[code] = left.enrollment, left.history or ()
    return made, evolve(held, enrollments=enrollments, histories=histories), problems


def _why_not(
    held: Held, row: int, case: Case, entry: int, refused: Refused
) -> Iterator[UndoProblem]:
    """Yield why an entry of a row cannot be struck, with what rests on it (R13)."""
    code = case.certification.code
    for reason in refused.reasons:
        resting: tuple[int, ...] = ()
        if reason.code == nothing_rests_on_it.code:
            resting = resting_on(entry, case.history or (), case.enrollment)
        yield _problem(held, row, code, reason.code, reason.text, *resting)


def _resting_on_completions(
    held: Held, row: int, own: Sequence[StruckCompletion], undoing: Undoing
) -> Iterator[UndoProblem]:
    """Yield what counts the completions of a row: entries of others, and courses of modules (C1)."""
    citing: dict[str, set[int]] = {}
    courses: set[str] = set()
    keys = {each.completion.key for each in own}
    for each in own:
        for code, event in held.citing(each.completion):
            if (event.import_id, event.import_row) != (undoing.import_id, row):
                citing.setdefault(code, set()).add(event.entry)
        courses.update(
            found.training for found in held.courses_by(each.completion) if found.key not in keys
        )
    for code, entries in sorted(citing.items()):
        told = ", ".join(f"entry {entry}" for entry in sorted(entries, reverse=True))
        message = nothing_rests_on_it.sentence.format(entries=told)
        yield _problem(held, row, code, nothing_rests_on_it.code, message, *sorted(entries))
    for course in sorted(courses):
        message = f"the completion of the course {course} rests on it"
        yield _problem(held, row, None, nothing_rests_on_it.code, message)


# --- all of them ----------------------------------------------------------------------------------


def undo(
    undoing: Undoing,
    sources: Sources,
    store: Store,
    *,
    verify_only: bool = False,
    progress: Progress | None = None,
) -> Undone:
    """Undo an import, row by row; ``verify_only``: say what would become of each, and write nothing.

    One that was interrupted is taken up by the same actor with the same reason.

    Raise `NotFoundError`, and `RefusedError` where the actor may not, gives no reason, or nothing is
    left to undo (``already_undone``); nothing is written then. Raise `ConflictError` where others keep
    changing an enrollment; what was undone stays so, and it can be run again.
    """
    record = import_found(store, undoing.import_id, undoing.actor, "undo")
    if not undoing.reason.strip():
        raise RefusedError.at_large(
            "undo",
            Reason(
                code="reason_is_required",
                kind=ReasonKind.ACTOR,
                template="a reason must be given",
            ),
        )
    taken_up = _taken_up(record, undoing)
    if record.undos and taken_up is None and not _is_left(undoing, store):
        raise RefusedError.at_large(
            "undo",
            Reason(
                code="already_undone",
                kind=ReasonKind.GUARD,
                template="import {import_id} is undone already",
                params={"import_id": record.id},
            ),
        )
    run = _Run(
        undoing=undoing, sources=sources, store=store, verify_only=verify_only,
        total=record.new, progress=progress,
    )  # fmt: skip
    if verify_only:
        return run.through()
    begun = taken_up or Undo(
        number=len(record.undos) + 1,
        actor=str(undoing.actor),
        at=undoing.now,
        reason=undoing.reason,
    )
    if taken_up is None:
        store.save_undo(record.id, begun)
    if not record.finished:  # it is not taken up again: what is imported next is another import
        store.save_import(evolve(record, finished=True))
    done = run.through()
    undone = done.undone
    if taken_up is not None:  # what it had done when it was interrupted is its own as well
        undone += done.undone_before - sum(each.undone for each in record.undos)
    store.save_undo(record.id, evolve(begun, undone=undone, refused=done.refused, finished=True))
    return done


def _taken_up(record: ImportRecord, undoing: Undoing) -> Undo | None:
    """Return the undo that was interrupted, where it is the same that is asked for again."""
    for last in record.undos[-1:]:
        if not last.finished and (last.actor, last.reason) == (str(undoing.actor), undoing.reason):
            return last
    return None


def _is_left(undoing: Undoing, store: Store) -> bool:
    """Whether a row that recorded something is not undone yet."""
    for page in outcomes(store, undoing.import_id):
        keys = {undoing.key(each.row) for each in page if each.outcome is Outcome.NEW}
        if keys - store.saved_answers(keys).keys():
            return True
    return False


@define(kw_only=True)
class _Run:
    """One run through the rows of an import. A learner's rows are undone together, at the first."""

    undoing: Undoing
    sources: Sources
    store: Store
    verify_only: bool
    total: int
    progress: Progress | None
    seen: bytearray = Factory(bytearray)
    """By row, whether it has been dealt with: all that is remembered of a row that is undone."""
    rows: int = 0
    undone: int = 0
    undone_before: int = 0
    problems: dict[int, tuple[UndoProblem, ...]] = Factory(dict[int, tuple[UndoProblem, ...]])

    def through(self) -> Undone:
        """Deal with all rows."""
        for page in outcomes(self.store, self.undoing.import_id):
            rows: dict[str, set[int]] = {}
            for each in page:
                if each.outcome is Outcome.NEW and not self._is_seen(each.row):
                    rows.setdefault(each.learner, set()).add(each.row)
            if rows:
                self._deal_with(rows)
            if self.progress is not None:
                self.progress(self.rows, max(self.total, self.rows))
        return Undone(
            import_id=self.undoing.import_id,
            rows=self.rows,
            undone=self.undone,
            undone_before=self.undone_before,
            refused=len(self.problems),
            problems=tuple(
                problem for _, found in sorted(self.problems.items()) for problem in found
            ),
        )

    def _is_seen(self, row: int) -> bool:
        return row < len(self.seen) and bool(self.seen[row])

    def _deal_with(self, rows: dict[str, set[int]]) -> None:
        """Undo the rows of learners; those whom others changed meanwhile are worked out again."""
        failure: Conflict | StoreError | None = None
        mine: set[int] = set()
        every: set[int] = set()
        for _ in range(ATTEMPTS):
            held = Held.fetch(self.sources, self.store, rows, now=self.undoing.now)
            for learner, those in rows.items():
                # Whatever else the import recorded about them rests on these, or they on it.
                those.update(held[learner].rows_of(self.undoing.import_id))
                every |= those
            failure, rows = self._attempt(held, rows, mine)
            if not rows:
                self._count(every, mine)
                return
        if isinstance(failure, StoreError):
            raise failure
        assert failure is not None  # noqa: S101 (there was at least one attempt)
        raise failure.error()

    def _count(self, rows: set[int], mine: set[int]) -> None:
        refused = rows & self.problems.keys()
        self.rows += len(rows)
        self.undone += len(mine)
        self.undone_before += len(rows - mine - refused)
        self.seen.extend(bytes(max(0, max(rows) + 1 - len(self.seen))))
        for row in rows:
            self.seen[row] = True

    def _attempt(
        self, held: Mapping[str, Held], rows: Mapping[str, set[int]], mine: set[int]
    ) -> tuple[Conflict | StoreError | None, dict[str, set[int]]]:
        """Undo what can be undone; return the rows of those whom others changed meanwhile."""
        key = self.undoing.key
        saved = self.store.saved_answers({key(row) for those in rows.values() for row in those})
        waiting: dict[str, deque[tuple[int, Change]]] = {}
        for learner, those in rows.items():
            left = [row for row in those if key(row) not in saved]
            for row in those:
                self.problems.pop(row, None)
            for found in undone_rows(held[learner], left, self.undoing):
                if found.change is None:
                    self.problems[found.row] = found.problems
                elif self.verify_only:
                    mine.add(found.row)
                else:
                    waiting.setdefault(learner, deque()).append((found.row, found.change))
        failure: Conflict | StoreError | None = None
        again: dict[str, set[int]] = {}
        while waiting:
            batch = {learner: changes.popleft() for learner, changes in waiting.items()}
            try:
                answers = self.store.save([change for _, change in batch.values()])
            except StoreError as error:
                if error.code != "key_reused":
                    raise
                # Somebody else is undoing the same rows.
                return error, {learner: rows[learner] for learner in (*again, *waiting)}
            for (learner, (row, _)), answer in zip(batch.items(), answers, strict=True):
                if isinstance(answer, Conflict):
                    failure = answer
                    again[learner] = rows[learner]
                    waiting[learner].clear()
                elif not answer.again:
                    mine.add(row)
            waiting = {learner: changes for learner, changes in waiting.items() if changes}
        return failure, again
