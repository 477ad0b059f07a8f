"""The set into which each row of a file falls: New, Already completed, or an Error with a reason.

Rows are classified against the store as it was before the file, so that their order changes no
count; an exact repeat in the file is New once. Where an import of this very file was interrupted,
what it recorded is left out of account, so that it can be taken up again (F4).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from attrs import evolve, frozen

from certlib.io.cells import restore
from certlib.io.columns import CompletionWanted, RowFlaw, Wanted
from certlib.io.matching import Matcher
from certlib.io.problems import RowProblem
from certlib.io.reader import Layout, Limits, Reader, Record
from certlib.io.rows import Rows
from certlib.io.work import Plan, PreviewedRow, Work, items
from certlib.periods import day_in
from certlib.ports import EnrollmentKey, Outcome
from certlib.recording import Loaded
from certlib.state import Case, Event, Refused, decide, replay
from certlib.state.commands import Award
from certlib.state.facts import (
    CertificateIssued,
    CycleBegan,
    CycleEnded,
    CycleStarted,
    Fact,
    StepCompleted,
)

__all__ = ["classified", "why_refused"]

CHUNK = 1000
"""Rows that are looked up together."""


def classified(work: Work, reader: Reader, resumes: str | None) -> Iterator[PreviewedRow]:
    """Yield every row with the set it falls into, in the file's order.

    ``resumes`` is the id of an interrupted import of this file, if there is one.
    """
    classifier = _Classifier(work, resumes)
    chunk: list[Record | RowProblem] = []
    for item in items(work.source, reader):
        chunk.append(item)
        if len(chunk) == CHUNK:
            yield from classifier.classified(chunk, reader.layout)
            chunk = []
    yield from classifier.classified(chunk, reader.layout)


def why_refused(refused: Refused) -> str:
    """Return the message of a row that the rules refuse."""
    return "; ".join(f"{reason.text} ({reason.code})" for reason in refused.reasons)


@frozen(kw_only=True)
class _Meant:
    """A row that was read: what it will record if it is New, or what is wrong with it."""

    record: Record
    plan: Plan | RowFlaw


class _Classifier:
    """Classifies the rows of one file, a chunk at a time."""

    def __init__(self, work: Work, resumes: str | None) -> None:
        self._work = work
        self._resumes = resumes
        self._seen: set[tuple[str, str, date]] = set()

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
        read: dict[int, Wanted | RowFlaw] = {
            record.row: self._work.format.read(tuple(map(restore, layout.pick(record.fields))))
            for record in records
        }
        wanted = [each for each in read.values() if not isinstance(each, RowFlaw)]
        matcher = Matcher.fetch(self._work.sources, wanted, actor=self._work.actor)
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
                on=wanted.on,
                training=training.code,
                kind_order=1 if training.kind == "course" else 2,
            )
        else:
            certification = matcher.certification(wanted, learner)
            if isinstance(certification, RowFlaw):
                return certification
            zone = certification.zone
            plan = Plan(
                row=row,
                learner=learner.id,
                on=wanted.on,
                certification=certification.code,
                kind_order=0,
            )
        if wanted.on > day_in(zone, self._work.now):
            return RowFlaw(
                code="future_date", message="the date lies in the future", column=wanted.date_column
            )
        return plan

    def _judged(self, record: Record, plan: Plan | RowFlaw, loaded: Loaded) -> PreviewedRow:
        """Return the set that a row falls into."""
        if isinstance(plan, RowFlaw):
            return _erroneous(_problem(record, plan))
        key = (plan.learner, plan.training or f"certification {plan.certification}", plan.on)
        if key in self._seen:
            outcome: Outcome | RowFlaw = Outcome.ALREADY_COMPLETED
        elif plan.certification is None:
            outcome = self._completion(plan, loaded)
        else:
            outcome = self._award(plan, loaded.case(plan.learner, plan.certification))
        if isinstance(outcome, RowFlaw):
            return _erroneous(_problem(record, outcome))
        if outcome is Outcome.NEW:
            self._seen.add(key)
        return PreviewedRow(
            row=record.row,
            line=record.line,
            fields=record.fields,
            outcome=outcome,
            plan=plan if outcome is Outcome.NEW else None,
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

    def _award(self, plan: Plan, case: Case) -> Outcome | RowFlaw:
        """Already completed when a certificate of that date is known, or a later one is in force.

        The rule speaks of awards; a certificate that a cycle earned on that day says the same.
        """
        work = self._work
        if self._resumes is not None:
            case = _as_before(self._resumes, case)
        certificates = case.enrollment.certificates
        if any(each.terms.issued_on == plan.on for each in certificates):
            return Outcome.ALREADY_COMPLETED
        newest = case.enrollment.newest_certificate
        if newest and newest.terms.issued_on > plan.on and newest.certifies_at(work.now):
            return Outcome.ALREADY_COMPLETED
        decision = decide(case, Award(on=plan.on), actor=work.actor, now=work.now, table=work.table)
        if isinstance(decision, Refused):
            return RowFlaw(code="refused", message=why_refused(decision), column=None)
        return Outcome.NEW


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
