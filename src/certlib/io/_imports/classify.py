"""The outcome of every row of a file: New, Already completed, or an Error with a reason.

Rows are judged against the store as it was before the file, so that their order changes no count; a row
that repeats another exactly is New once. Where an import of this very file was interrupted, what it recorded
is left out, so that it can be taken up again.

Up to 2,000 rows are looked up together. Most are read fast (`certlib.io._imports.fast`), all others one by one
(`certlib.io._imports.matched`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import compress, count
from operator import not_
from typing import NamedTuple, TypeAlias

from certlib.io._imports.accepted import AcceptedClaims
from certlib.io._imports.error_files import checked_record
from certlib.io._imports.fast import FastOutcomes, FastRow, FastRows
from certlib.io._imports.job import ImportJob, PreviewedRow, RowPlan, batches, reader_for
from certlib.io._imports.matched import MatchedRow, RowJudge, match_rows
from certlib.io._imports.planning import completion_plan, enrollment_plan
from certlib.io._imports.reading import ClaimReader
from certlib.io._imports.repeats import RepeatedRows
from certlib.io._tables.chunks import Chunk, Item, chunks
from certlib.io._tables.problems import RowProblem
from certlib.io._tables.reader import Layout, Reader
from certlib.io.formats._claims import CompletionClaim, RowClaim
from certlib.io.formats._columns import Repeats, RowFlaw
from certlib.ports import Outcome

__all__ = ["ClassifiedRows", "classify"]

CHUNK = 2000
"""Rows that are looked up together, at most."""


class ClassifiedRows(NamedTuple):
    """Some rows of a file, and the outcome of each."""

    rows: Chunk
    outcomes: Sequence[Outcome]
    problems: Mapping[int, RowProblem]
    """What is wrong with the errors, by their places among these rows."""
    plans: Mapping[int, RowPlan]
    """What New rows record, by their places; empty where nobody asked."""

    def each(self) -> Iterator[PreviewedRow]:
        """Yield the rows one by one."""
        for place, (row, outcome) in enumerate(zip(self.rows, self.outcomes, strict=True)):
            yield PreviewedRow(
                row=row.row,
                line=row.line,
                fields=row.fields,
                outcome=outcome,
                problem=self.problems.get(place),
                plan=self.plans.get(place),
            )


def classify(
    job: ImportJob, reader: Reader, resumes: str | None, *, plans: bool = True
) -> Iterator[ClassifiedRows]:
    """Yield all rows with their outcomes, in the file's order, some at a time.

    ``resumes`` is the id of an interrupted import of this file, if there is one. Without ``plans`` none is
    made.
    """
    classifier = _Classifier(job, resumes, plans=plans)
    if job.format.repeats is Repeats.CHOSEN:
        classifier.count_repeats()
    for chunk, layout in _chunks(job, reader):
        yield classifier.classify(chunk, layout)


def _chunks(job: ImportJob, reader: Reader) -> Iterator[tuple[Chunk, Layout]]:
    """Yield the rows of a file, some at a time, and how it is laid out."""
    reader.in_runs = True
    for others in batches(job.source, reader):
        layout = reader.layout
        # The rows of a workbook are returned one by one all the same.
        if (found := [*reader.taken(), *others]) and layout is not None:
            for chunk in chunks(found, len(layout.columns), CHUNK):
                yield chunk, layout


_SlowRow: TypeAlias = MatchedRow | RowFlaw | RowProblem


class _Classifier:
    """Classifies the rows of one file, a chunk at a time."""

    def __init__(self, job: ImportJob, resumes: str | None, *, plans: bool) -> None:
        self._job = job
        self._with_plans = plans
        self._reader = ClaimReader(job.format, job.options.dates)
        self._repeated = RepeatedRows(job.format.repeats, job.options.duplicates)
        accepted = AcceptedClaims(job)
        self._judge = RowJudge(job, resumes, accepted=accepted, repeated=self._repeated)
        self._fast: FastRows | None = None
        if job.format.claim_columns is not None:
            self._fast = FastRows(
                job,
                job.format.claim_columns,
                self._reader,
                resumes=resumes,
                accepted=accepted,
                repeated=self._repeated,
            )

    def classify(self, chunk: Chunk, layout: Layout) -> ClassifiedRows:
        if layout.ignored:
            chunk = self._error_file_read(chunk, layout)
        cells = chunk.cells(layout)
        fast: Sequence[FastRow | None] = ()
        flaws: Mapping[int, RowFlaw] = {}
        if self._fast is None:
            slow = self._slow_rows(chunk, cells, range(len(chunk)))
            outcomes = [Outcome.ERROR] * len(chunk)
        else:
            looked = self._fast.look(cells)
            fast = looked.rows
            slow = self._slow_rows(chunk, cells, compress(count(), map(not_, fast)))
            slow |= self._slow_rows(chunk, cells, self._separated(looked, slow))
            outcomes, flaws = self._fast.outcomes(looked, chunk)
        problems = {place: _problem(chunk[place], flaw) for place, flaw in flaws.items()}
        places = sorted(slow)
        matched = ((n, row) for n in places if isinstance(row := slow[n], MatchedRow))
        judged: dict[int, Outcome | RowFlaw | RowProblem] = {**self._judge.judge(matched)}
        for place in places:
            row = slow[place]
            found = judged[place] if isinstance(row, MatchedRow) else row
            if isinstance(found, Outcome):
                outcomes[place] = found
            else:
                outcomes[place] = Outcome.ERROR
                problems[place] = _problem(chunk[place], found)
        plans: dict[int, RowPlan] = {}
        if self._with_plans:
            plans = {
                place: self._plan(row.row, cells[place], slow.get(place) or fast[place])
                for place, (row, outcome) in enumerate(zip(chunk, outcomes, strict=True))
                if outcome is Outcome.NEW
            }
        return ClassifiedRows(chunk, outcomes, problems, plans)

    def count_repeats(self) -> None:
        """Read the whole file beforehand, to know which of the rows about the same counts."""
        reader = reader_for(self._job.format, self._job.options)
        for chunk, layout in _chunks(self._job, reader):
            cells = chunk.cells(layout)
            known = {} if self._fast is None else self._fast.days(cells)
            slow = self._slow_rows(chunk, cells, (n for n in range(len(chunk)) if n not in known))
            for place in range(len(chunk)):
                if place in known:
                    key, on = known[place]
                    self._repeated.count(key, chunk.row_at(place), on)
                elif isinstance(row := slow[place], MatchedRow):
                    key = row.repeat_key(by_day=self._repeated.by_day)
                    self._repeated.count(key, row.plan.row, row.plan.on)

    def _separated(self, looked: FastOutcomes, slow: Mapping[int, _SlowRow]) -> list[int]:
        """Take the fast rows that repeat a slow one out of the fast ones; return their places.

        If a fast row repeats a slow row of the same chunk, both take the slow path, in the file's order.
        """
        by_day = self._repeated.by_day
        keys = {
            row.repeat_key(by_day=by_day) for row in slow.values() if isinstance(row, MatchedRow)
        }
        shared = keys.intersection(looked.rows) if keys else ()
        if not shared:
            return []
        places = [place for place, row in enumerate(looked.rows) if row in shared]
        for place in places:
            looked.rows[place] = None
        return places

    def _error_file_read(self, chunk: Chunk, layout: Layout) -> Chunk:
        limits = self._job.options.limits
        read = (
            item if isinstance(item, RowProblem) else checked_record(item, layout, limits)
            for item in chunk
        )
        return next(chunks(read, len(layout.columns), len(chunk)))

    def _slow_rows(
        self, chunk: Chunk, cells: Sequence[tuple[str, ...]], places: Iterable[int]
    ) -> dict[int, _SlowRow]:
        """Return what rows at these places mean, or what is wrong with them."""
        found: dict[int, _SlowRow] = {}
        claims: dict[int, tuple[int, RowClaim]] = {}
        for place in places:
            if place in chunk.problems:
                found[place] = chunk.problems[place]
                continue
            claim = self._reader.read(cells[place])
            if isinstance(claim, RowFlaw):
                found[place] = claim
            else:
                claims[place] = chunk.row_at(place), claim
        return found | match_rows(self._job, claims)

    def _plan(self, row: int, cells: tuple[str, ...], found: FastRow | _SlowRow | None) -> RowPlan:
        """Return what a New row records."""
        if isinstance(found, MatchedRow):
            return found.plan
        claim = self._reader.read(cells)
        assert self._fast is not None  # noqa: S101 (it was found there)
        assert type(found) is tuple  # noqa: S101 (a flaw is never New)
        assert not isinstance(claim, RowFlaw)  # noqa: S101 (as above)
        learner, thing, _ = found
        if isinstance(claim, CompletionClaim):
            return completion_plan(row, learner, thing, claim)
        certification = self._fast.certifications[thing]
        plan = enrollment_plan(row, learner, certification, claim, self._job)
        assert not isinstance(plan, RowFlaw)  # noqa: S101 (as above)
        return plan


def _problem(row: Item, flaw: RowFlaw | RowProblem) -> RowProblem:
    if isinstance(flaw, RowProblem):
        return flaw
    return RowProblem(
        row=row.row,
        line=row.line,
        column=flaw.column,
        code=flaw.code,
        message=flaw.message,
        fields=row.fields,
    )
