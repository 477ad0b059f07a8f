"""The second phase of an import: record the New rows, each completely or not at all (F4).

The rows of a learner are recorded in the order of their dates, whatever their order in the file. Every
change carries the import's id and the row's number and is saved under a key of its own. So an import that
was interrupted at any point can be run again, and ends as if it had not been.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial
from heapq import merge
from operator import attrgetter
from typing import TypeAlias

from attrs import evolve, frozen

from certlib._loading import Loaded, Loader
from certlib._recording import ATTEMPTS, change_of, completion_change
from certlib.errors import PreviewOutdatedError
from certlib.io._imports.job import ImportJob, OnRow, PreviewedRow, RowPlan, items, reader_for
from certlib.io._imports.keys import row_key
from certlib.io._imports.new_rows import NewRows
from certlib.io._imports.planning import decide_row
from certlib.io._imports.preview import Preview, preview
from certlib.io._tables.packed import Problems
from certlib.io._tables.problems import RowProblem
from certlib.io.formats._columns import RowFlaw
from certlib.ports import Change, Conflict, EnrollmentKey, ImportRecord, Outcome, RowOutcome
from certlib.transcript import Completion, CompletionSource

__all__ = ["Applied", "Progress", "apply"]

BATCH = 2000
"""Learners that are worked on together."""

Progress: TypeAlias = Callable[[int, int], None]
"""Called with the number of New rows recorded so far, and of all New rows."""


@frozen(kw_only=True)
class Applied:
    """What an import recorded."""

    import_id: str | None
    """None where nothing was New: then nothing was written."""
    preview: Preview
    """What the rows were when they were applied, with the rows that the rules refused in the end."""


def apply(
    job: ImportJob,
    *,
    token: str | None = None,
    file_name: str | None = None,
    look: OnRow | None = None,
    progress: Progress | None = None,
) -> Applied:
    """Classify again, and record what is New.

    With the ``token`` of a preview, raise `PreviewOutdatedError` if any row has another outcome now: then
    nothing is written, and the error carries the new preview.
    """
    with closing(NewRows(job)) as plans:
        found = preview(job, partial(_keep, plans, look))
        if token is not None and token != found.token:
            raise PreviewOutdatedError(token, found.token, found)
        if not plans and found.resumes is None:
            return Applied(import_id=None, preview=found)
        return _applied(job, found, plans, file_name, progress)


def _keep(plans: NewRows, look: OnRow | None, row: PreviewedRow) -> None:
    plans.add(row)
    if look is not None:
        look(row)


def _applied(
    job: ImportJob, found: Preview, plans: NewRows, file_name: str | None, progress: Progress | None
) -> Applied:
    """Record what is New."""
    record = _record_of(job, found, file_name)
    if found.resumes is None:
        job.store.save_import(record)
    refused = _record(job, record.id, found, plans, progress)
    if refused:
        found = _with_refused(job, found, refused)
    job.store.save_import(evolve(record, new=found.new, errors=found.errors, finished=True))
    return Applied(import_id=record.id, preview=found)


def _record_of(job: ImportJob, found: Preview, file_name: str | None) -> ImportRecord:
    """Return the record of this import; an interrupted one is taken up as it was begun."""
    earlier = job.store.imports(purpose=found.purpose)
    if found.resumes is not None:
        return next(record for record in earlier if record.id == found.resumes)
    return ImportRecord(
        # The preview's token, and how many imports of the same work there were.
        id=f"{found.token[:16]}-{len(earlier) + 1}",
        format=job.format.name,
        file_name=file_name,
        digest=found.digest,
        purpose=found.purpose,
        actor=str(job.actor),
        at=job.now,
        new=found.new,
        already_completed=found.already_completed,
        errors=found.errors,
    )


def _record(
    job: ImportJob, import_id: str, found: Preview, plans: NewRows, progress: Progress | None
) -> dict[int, str]:
    """Record the plans of each learner in the order of their dates; return what was refused, by row."""
    done = {outcome.row for outcome in _outcomes(job, import_id)}
    noted = ((outcome.row, outcome.note) for outcome in _outcomes(job, import_id))
    refused = {row: note for row, note in noted if note is not None}
    recorded = len(done)
    assert found.layout is not None  # noqa: S101 (a file without a heading was refused)
    for batch in plans.batches(found.layout, done=done, size=BATCH):
        refused.update(_save(job, import_id, batch))
        recorded += len(batch)
        if progress is not None:
            progress(recorded, len(plans))
    return refused


def _outcomes(job: ImportJob, import_id: str) -> Iterator[RowOutcome]:
    after: int | None = None
    while page := job.store.import_rows(import_id, limit=1000, after=after):
        yield from page
        after = page[-1].row


def _save(job: ImportJob, import_id: str, batch: Sequence[RowPlan]) -> dict[int, str]:
    """Save one row of each of several learners; work a row out again where others interfered."""
    refused: dict[int, str] = {}
    conflict: Conflict | None = None
    for _ in range(ATTEMPTS):
        loaded = Loader(job.sources, job.store).batch(
            learners={plan.learner for plan in batch},
            completed={(plan.learner, plan.training) for plan in batch if plan.training},
            enrollments={
                EnrollmentKey(plan.learner, plan.certification)
                for plan in batch
                if plan.certification
            },
        )
        # Somebody else may be running the same import, and a key is saved only once.
        saved = job.store.saved_answers({row_key(import_id, plan.row) for plan in batch})
        for plan in batch:
            if row_key(import_id, plan.row) in saved:
                (outcome,) = job.store.import_rows(import_id, limit=1, after=plan.row - 1)
                if outcome.note is not None:
                    refused[plan.row] = outcome.note
        batch = [plan for plan in batch if row_key(import_id, plan.row) not in saved]
        changes = [_change(job, import_id, plan, loaded) for plan in batch]
        answers = job.store.save(changes)
        left: list[RowPlan] = []
        for plan, change, answer in zip(batch, changes, answers, strict=True):
            if isinstance(answer, Conflict):
                conflict = answer
                left.append(plan)
            elif change.outcome is not None and change.outcome.note is not None:
                refused[plan.row] = change.outcome.note
        if not left:
            return refused
        batch = left
    assert conflict is not None  # noqa: S101 (there was at least one attempt)
    raise conflict.error()


def _change(job: ImportJob, import_id: str, plan: RowPlan, loaded: Loaded) -> Change:
    """Return what one row changes; if the rules refuse it in the end, its outcome says so."""
    outcome = RowOutcome(import_id=import_id, row=plan.row, learner=plan.learner)
    key = row_key(import_id, plan.row)
    if plan.training is not None:
        completion = Completion.dated(
            plan.training,
            plan.on,
            recorded_at=job.now,
            zone=job.options.time_zone,
            source=CompletionSource.IMPORT,
            actor=str(job.actor),
            import_id=import_id,
            import_row=plan.row,
        )
        change, _ = completion_change(
            loaded,
            plan.learner,
            completion,
            now=job.now,
            table=job.table,
            key=key,
            outcome=outcome,
            notify=job.options.notify,
        )
        return change
    case = loaded.case(plan.learner, plan.certification or "")
    decisions = decide_row(plan, case, job, import_id=import_id)
    if isinstance(decisions, RowFlaw):
        told = evolve(outcome, outcome=Outcome.ERROR, note=decisions.message)
        return Change(learner=plan.learner, outcome=told, key=key)
    return change_of(
        case, decisions, now=job.now, key=key, outcome=outcome, notify=job.options.notify
    )


def _with_refused(job: ImportJob, found: Preview, refused: Mapping[int, str]) -> Preview:
    """Return the preview with the rows that the rules refused in the end among the errors."""
    problems = (
        RowProblem(
            row=item.row,
            line=item.line,
            column=None,
            code="refused",
            message=refused[item.row],
            fields=item.fields,
        )
        for item in items(job.source, reader_for(job.format, job.options))
        if item.row in refused
    )
    return evolve(
        found,
        new=found.new - len(refused),
        errors=found.errors + len(refused),
        problems=Problems(merge(found.problems, problems, key=attrgetter("row"))),
    )
