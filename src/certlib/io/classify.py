"""The set into which each row of a file falls: New, Already completed, or an Error with a reason.

Rows are classified against the store as it was before the file, so that their order changes no
count; an exact repeat in the file is New once. Where an import of this very file was interrupted,
what it recorded is left out of account, so that it can be taken up again (F4).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import islice
from typing import TypeAlias

from attrs import evolve, frozen

from certlib.io.cells import restore
from certlib.io.columns import Repeats, RowFlaw
from certlib.io.matching import Matcher
from certlib.io.planning import decided, instant_of, is_known
from certlib.io.problems import RowProblem
from certlib.io.reader import Layout, Limits, Reader, Record
from certlib.io.rows import Rows
from certlib.io.wanted import (
    AssignmentWanted,
    AwardWanted,
    CompletionWanted,
    EnrollmentWanted,
    Wanted,
)
from certlib.io.work import Duplicates, Plan, PreviewedRow, Work, items, reader_for
from certlib.periods import day_in
from certlib.ports import EnrollmentKey, Outcome
from certlib.recording import Loaded
from certlib.state import Case, Event, replay
from certlib.state.facts import (
    CertificateIssued,
    CycleBegan,
    CycleEnded,
    CycleStarted,
    Fact,
    StepCompleted,
)

__all__ = ["classified"]

CHUNK = 1000
"""Rows that are looked up together."""


def classified(work: Work, reader: Reader, resumes: str | None) -> Iterator[PreviewedRow]:
    """Yield every row with the set it falls into, in the file's order.

    ``resumes`` is the id of an interrupted import of this file, if there is one.
    """
    classifier = _Classifier(work, resumes)
    if work.format.repeats is Repeats.CHOSEN:
        classifier.choose()
    chunk: list[Record | RowProblem] = []
    for item in items(work.source, reader):
        chunk.append(item)
        if len(chunk) == CHUNK:
            yield from classifier.classified(chunk, reader.layout)
            chunk = []
    yield from classifier.classified(chunk, reader.layout)


@frozen(kw_only=True)
class _Meant:
    """A row that was read: what it will record if it is New, or what is wrong with it."""

    record: Record
    plan: Plan | RowFlaw


_Key: TypeAlias = tuple[str, str, date | None]


@frozen(kw_only=True)
class _Chosen:
    """Of rows that are about the same: how many there are, and which one counts."""

    rows: int
    row: int
    on: date


class _Classifier:
    """Classifies the rows of one file, a chunk at a time."""

    def __init__(self, work: Work, resumes: str | None) -> None:
        self._work = work
        self._resumes = resumes
        self._seen: dict[_Key, int] = {}
        self._choices: dict[_Key, _Chosen] = {}

    def classified(
        self, chunk: Sequence[Record | RowProblem], layout: Layout | None
    ) -> Iterator[PreviewedRow]:
        assert layout is not None  # noqa: S101 (the reader has read the heading, or has raised)
        rows = self._error_file_read(chunk, layout) if layout.ignored else chunk
        plans = self._plans([row for row in rows if isinstance(row, Record)], layout)
        meant = [plan for plan in plans.values() if isinstance(plan, Plan)]
        loaded = Loaded.fetch(
            self._work.sources,
            self._work.store,
            learners={plan.learner for plan in meant},
            enrollments={
                EnrollmentKey(plan.learner, plan.certification)
                for plan in meant
                if plan.certification is not None
            },
        )
        for row in rows:
            if isinstance(row, RowProblem):
                yield _erroneous(row)
            else:
                yield self._judged(row, plans[row.row], loaded)

    def _error_file_read(
        self, chunk: Sequence[Record | RowProblem], layout: Layout
    ) -> Sequence[Record | RowProblem]:
        limits = self._work.options.limits
        return [
            item if isinstance(item, RowProblem) else _whole_row_in_a_cell(item, layout, limits)
            for item in chunk
        ]

    def _plans(self, records: Sequence[Record], layout: Layout) -> dict[int, Plan | RowFlaw]:
        """Return what each row will record, by row: cells are read, then people and names looked up."""
        dates = self._work.options.dates
        read: dict[int, Wanted | RowFlaw] = {
            record.row: self._work.format.read(
                tuple(map(restore, layout.pick(record.fields))), dates
            )
            for record in records
        }
        wanted = [each for each in read.values() if not isinstance(each, RowFlaw)]
        matcher = Matcher.fetch(
            self._work.sources,
            wanted,
            actor=self._work.actor,
            certification=self._work.options.certification,
        )
        return {
            row: each if isinstance(each, RowFlaw) else self._matched(row, each, matcher)
            for row, each in read.items()
        }

    def _matched(self, row: int, wanted: Wanted, matcher: Matcher) -> Plan | RowFlaw:
        """Return what a row will record, if it is New: who and what it means."""
        learner = matcher.learner(wanted)
        if isinstance(learner, RowFlaw):
            return learner
        if learner.id == self._work.actor.id:
            return RowFlaw(
                code="not_permitted",
                message="nobody imports for himself",
                column=wanted.learner_column,
            )
        if isinstance(wanted, CompletionWanted):
            training = matcher.training(wanted)
            if isinstance(training, RowFlaw):
                return training
            zone = self._work.options.time_zone
            plan = Plan(
                row=row,
                learner=learner.id,
                wanted=wanted,
                on=wanted.on,
                training=training.code,
                kind_order=1 if training.kind == "course" else 2,
            )
        else:
            certification = matcher.certification_of(wanted, learner)
            if isinstance(certification, RowFlaw):
                return certification
            zone = certification.zone
            at = instant_of(wanted, self._work.options.time_zone)
            if isinstance(at, RowFlaw):
                return at
            plan = Plan(
                row=row,
                learner=learner.id,
                wanted=wanted,
                on=day_in(zone, at) if at else self._day(wanted, zone),
                at=at,
                certification=certification.code,
                kind_order=0,
            )
        return self._in_the_future(plan, day_in(zone, self._work.now)) or plan

    def _day(self, wanted: Wanted, zone: str) -> date:
        """Return the day that a row is about; of what has none, today's."""
        if isinstance(wanted, CompletionWanted | AwardWanted):
            return wanted.on
        today = day_in(zone, self._work.now)
        if isinstance(wanted, EnrollmentWanted):
            return wanted.completed_on or wanted.started_on or today
        return today

    def _in_the_future(self, plan: Plan, today: date) -> RowFlaw | None:
        """Return the flaw of a row that tells of what has not come yet."""
        wanted = plan.wanted
        days: tuple[tuple[date | None, str], ...] = ()
        if isinstance(wanted, EnrollmentWanted):
            started = (wanted.started_on, wanted.start_column)
            days = (started, (wanted.completed_on, wanted.date_column))
        elif not isinstance(wanted, AssignmentWanted):
            later = plan.at is not None and plan.at > self._work.now
            days = ((date.max if later else plan.on, wanted.date_column),)
        for day, column in days:
            if day is not None and day > today:
                message = "the date lies in the future"
                return RowFlaw(code="future_date", message=message, column=column)
        return None

    def _judged(self, record: Record, plan: Plan | RowFlaw, loaded: Loaded) -> PreviewedRow:
        """Return the set that a row falls into."""
        if isinstance(plan, RowFlaw):
            return _erroneous(_problem(record, plan))
        outcome = self._repeated(plan)
        if self._work.format.repeats is Repeats.REFUSED:
            self._seen.setdefault(self._key(plan), plan.row)
        if outcome is None and plan.certification is None:
            outcome = self._completion(plan, loaded)
        elif outcome is None:
            outcome = self._enrollment(plan, loaded.case(plan.learner, plan.certification or ""))
        if isinstance(outcome, RowFlaw):
            return _erroneous(_problem(record, outcome))
        if outcome is Outcome.NEW:
            self._seen.setdefault(self._key(plan), plan.row)
        return PreviewedRow(
            row=record.row,
            line=record.line,
            fields=record.fields,
            outcome=outcome,
            plan=plan if outcome is Outcome.NEW else None,
        )

    def _key(self, plan: Plan) -> _Key:
        """Return what rows of the file that are about the same have in common."""
        of_a_day = self._work.format.repeats is Repeats.KNOWN
        what = plan.training or f"certification {plan.certification}"
        return plan.learner, what, plan.on if of_a_day else None

    def _repeated(self, plan: Plan) -> Outcome | RowFlaw | None:
        """Return the set of a row that says what another row of the file says, or None."""
        repeats, key = self._work.format.repeats, self._key(plan)
        if repeats is Repeats.CHOSEN:
            return self._chosen(plan, key)
        if key not in self._seen:
            return None
        if repeats is Repeats.KNOWN:
            return Outcome.ALREADY_COMPLETED
        message = f"row {self._seen[key]} is about the same"
        return RowFlaw(code="repeated_in_file", message=message, column=plan.wanted.learner_column)

    def _chosen(self, plan: Plan, key: _Key) -> Outcome | RowFlaw | None:
        chosen = self._choices.get(key)
        # Who is meant may have been changed by others since the file was read for it.
        if chosen is None or chosen.rows == 1:
            return None
        if self._work.options.duplicates is Duplicates.ERROR:
            message = f"{chosen.rows} rows are about the same: say which counts, or leave one"
            return RowFlaw(
                code="repeated_in_file", message=message, column=plan.wanted.learner_column
            )
        return None if chosen.row == plan.row else Outcome.ALREADY_COMPLETED

    def choose(self) -> None:
        """Read the whole file beforehand, for which row counts of those that are about the same."""
        latest = self._work.options.duplicates is Duplicates.LATEST
        reader = reader_for(self._work.format, self._work.options)
        rows = (item for item in items(self._work.source, reader) if isinstance(item, Record))
        while chunk := tuple(islice(rows, CHUNK)):
            assert reader.layout is not None  # noqa: S101 (there are rows)
            for plan in self._plans(chunk, reader.layout).values():
                if isinstance(plan, RowFlaw):
                    continue
                key = self._key(plan)
                before = self._choices.get(key, _Chosen(rows=0, row=plan.row, on=plan.on))
                keeps = latest and before.on > plan.on
                self._choices[key] = _Chosen(
                    rows=before.rows + 1,
                    row=before.row if keeps else plan.row,
                    on=before.on if keeps else plan.on,
                )

    def _completion(self, plan: Plan, loaded: Loaded) -> Outcome:
        """Already completed when this completion or a later one is known."""
        transcript = loaded.transcripts.get(plan.learner)
        known = any(
            each.training == plan.training
            and each.day_in(self._work.options.time_zone) >= plan.on
            and (self._resumes is None or each.import_id != self._resumes)
            for each in (transcript.completions if transcript else ())
        )
        return Outcome.ALREADY_COMPLETED if known else Outcome.NEW

    def _enrollment(self, plan: Plan, case: Case) -> Outcome | RowFlaw:
        """Already completed when it is known, New when the rules allow it."""
        if self._resumes is not None:
            case = _as_before(self._resumes, case)
        if is_known(plan, case, self._work):
            return Outcome.ALREADY_COMPLETED
        found = decided(plan, case, self._work)
        return found if isinstance(found, RowFlaw) else Outcome.NEW


def _problem(record: Record, flaw: RowFlaw) -> RowProblem:
    return RowProblem(
        row=record.row,
        line=record.line,
        column=flaw.column,
        code=flaw.code,
        message=flaw.message,
        fields=record.fields,
    )


def _erroneous(problem: RowProblem) -> PreviewedRow:
    return PreviewedRow(
        row=problem.row,
        line=problem.line,
        fields=problem.fields,
        outcome=Outcome.ERROR,
        problem=problem,
    )


def _whole_row_in_a_cell(record: Record, layout: Layout, limits: Limits) -> Record | RowProblem:
    """Return what is wrong with a row that stands whole in the first cell of an error file, if one does.

    A row that has no cells, for its quotes are wrong or its fields too few or too many, is written
    into an error file as one text. Uploaded as it is, the same is wrong with it (F2); and since it
    was not clear where its cells are, it is never taken for a row, even if it could be one.
    """
    kept = [place for place in range(len(record.fields)) if place not in layout.ignored]
    text, *others = (restore(record.fields[place]) for place in kept)
    if not others or any(map(str.strip, others)):
        return record
    rows = Rows(
        evolve(
            layout,
            columns=tuple(layout.columns[place] for place in kept),
            names=tuple(layout.names[place] for place in kept),
        ),
        evolve(limits, row_limit=None),
        row=record.row - 1,
        line=record.line - 1,
    )
    rows.take([text], [layout.line_end])
    rows.end()
    for found in rows.hand_out():
        if isinstance(found, RowProblem):
            return evolve(found, fields=record.fields)
        flaw = RowFlaw(
            code="unclosed_quote",
            message="a whole row stands in its first cell: put its parts where they belong",
            column=None,
        )
        return _problem(record, flaw)
    return record


def _as_before(import_id: str, case: Case) -> Case:
    """Return a case as it would be without what an interrupted import recorded.

    What others have done since in a cycle that the import began goes with it.
    """
    cycles: set[int | None] = {None}
    history: list[Event] = []
    for event in case.history or ():
        fact = event.fact
        if event.import_id == import_id:
            if isinstance(fact, CycleBegan):  # it may have the number of one that was struck
                cycles.discard(fact.number)
            continue
        if isinstance(fact, CycleBegan):
            cycles.add(fact.number)
        if _cycle_of(fact) in cycles:
            history.append(event)
    enrollment = replay(history, learner=case.learner.id, certification=case.certification.code)
    return evolve(case, enrollment=enrollment, history=tuple(history))


def _cycle_of(fact: Fact) -> int | None:
    if isinstance(fact, CycleStarted | StepCompleted | CycleEnded):
        return fact.number
    return fact.cycle if isinstance(fact, CertificateIssued) else None
