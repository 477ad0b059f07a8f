"""Which rows of an export an import would give back: each is tried before it is written (F9).

A row is read again by the format, matched as an import matches it, and recorded with the learner's other
rows where nothing else is known. What does not give the very rows back is left out, and counted by reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final, TypeAlias

from attrs import evolve, frozen

from certlib._loading import Loaded
from certlib._recording import completion_change
from certlib.io._exports.snapshots import SnapshotReader
from certlib.io._imports.job import RowPlan
from certlib.io._imports.matching import Matcher
from certlib.io._imports.planning import completion_plan, decide_row, enrollment_plan
from certlib.io._tables.problems import RowProblem
from certlib.io._tables.reader import Reader
from certlib.io._tables.writer import Writer
from certlib.io.formats._claims import CompletionClaim, RowClaim
from certlib.io.formats._columns import Format, RowFlaw
from certlib.io.formats._snapshot import LearnerSnapshot
from certlib.ports import EnrollmentKey
from certlib.state import Enrollment, Event
from certlib.state._fulfilment import SYSTEM
from certlib.transcript import Completion, CompletionSource, Transcript

__all__ = ["NOT_CARRIED", "ImportTrial"]

NOT_CARRIED: Final = "not_carried"
"""The code of a row whose import would not say what is so; the others are those of imports."""

Cells: TypeAlias = tuple[str, ...]


@frozen(kw_only=True)
class _Row:
    cells: Cells
    plan: RowPlan


class ImportTrial:
    """Tries the rows of a page of learners: what would an import into an empty store make of them?"""

    def __init__(self, pages: SnapshotReader, page: Sequence[LearnerSnapshot]) -> None:
        self._pages = pages
        self._job = job = pages.job
        rows_of = job.format.rows_of
        assert rows_of is not None  # noqa: S101 (`export` has looked)
        self._rows_of = rows_of
        self._page = page
        self._rows = {
            snapshot.learner.id: [(cells, _read(job.format, cells)) for cells in rows_of(snapshot)]
            for snapshot in page
        }
        claim = [
            each
            for rows in self._rows.values()
            for _, each in rows
            if not isinstance(each, RowFlaw)
        ]
        self._matcher = Matcher.fetch(
            job.sources, claim, actor=SYSTEM, certification=job.options.certification
        )
        named = {each.name for each in claim if isinstance(each, CompletionClaim)}
        self._courses = job.sources.courses_with(named)
        concerned = {*named, *(each.code for those in self._courses.values() for each in those)}
        self._needing = job.sources.needing(concerned)
        needed = {code for codes in self._needing.values() for code in codes}
        self._certifications = {
            **job.sources.certifications(needed - set(pages.certifications)),
            **pages.certifications,
        }

    def carried(self) -> Iterator[tuple[Sequence[Cells], Counter[str]]]:
        """Yield the rows of each learner that are carried, and the codes of the others."""
        for snapshot in self._page:
            flaws, rows = Counter[str](), list[_Row]()
            for number, (cells, claim) in enumerate(self._rows[snapshot.learner.id]):
                row = claim if isinstance(claim, RowFlaw) else self._matched(number, claim)
                if isinstance(row, RowFlaw):
                    flaws[row.code] += 1
                else:
                    rows.append(_Row(cells=cells, plan=row))
            left = self._lasting(snapshot, rows, flaws) if rows else []
            if left or flaws:
                yield [row.cells for row in left], flaws

    def _matched(self, number: int, claim: RowClaim) -> RowPlan | RowFlaw:
        """Return what a row would record; days in the future are allowed here."""
        learner = self._matcher.learner(claim)
        if isinstance(learner, RowFlaw):
            return learner
        if isinstance(claim, CompletionClaim):
            training = self._matcher.training(claim)
            if isinstance(training, RowFlaw):
                return training
            return completion_plan(number, learner.id, training.code, claim)
        certification = self._matcher.certification_of(claim, learner)
        if isinstance(certification, RowFlaw):
            return certification
        return enrollment_plan(number, learner.id, certification, claim, self._job)

    def _lasting(
        self, snapshot: LearnerSnapshot, rows: list[_Row], flaws: Counter[str]
    ) -> list[_Row]:
        """Return the rows that an import gives back exactly; count the others."""
        while rows:
            given, refused = self._given_back(snapshot, rows)
            cells = {row.cells for row in rows}
            lost = {*refused, *(row.plan.row for row in rows if row.cells not in given)}
            if not lost and given <= cells:
                return rows
            if not lost:
                lost = self._leading_to_more(snapshot, rows)
            for row in rows:
                if row.plan.row in lost:
                    flaws["refused" if row.plan.row in refused else NOT_CARRIED] += 1
            rows = [row for row in rows if row.plan.row not in lost]
        return rows

    def _leading_to_more(self, snapshot: LearnerSnapshot, rows: Sequence[_Row]) -> set[int]:
        """Return the rows that lead to more than is recorded.

        Courses whose certificate was struck would, for example, certify the learner again.
        """
        cells = {row.cells for row in rows}
        fitting, lost = list[_Row](), set[int]()
        for row in sorted(rows, key=_order):
            given, _ = self._given_back(snapshot, [*fitting, row])
            if given <= cells:
                fitting.append(row)
            else:
                lost.add(row.plan.row)
        return lost

    def _given_back(
        self, snapshot: LearnerSnapshot, rows: Sequence[_Row]
    ) -> tuple[set[Cells], set[int]]:
        """Return what an export writes after an import of these rows, and the rows that the import refuses."""
        learner, job = snapshot.learner, self._job
        enrollments = dict[EnrollmentKey, Enrollment]()
        histories = dict[EnrollmentKey, tuple[Event, ...]]()
        transcripts = dict[str, Transcript]()
        loaded = Loaded(
            people={learner.id: learner},
            certifications=self._certifications,
            courses=self._courses,
            needing=self._needing,
            transcripts=transcripts,
            enrollments=enrollments,
            histories=histories,
        )
        blank = evolve(loaded, enrollments={}, histories={})
        refused = set[int]()
        for plan in (row.plan for row in sorted(rows, key=_order)):
            if plan.training is not None:
                completion = Completion.dated(
                    plan.training,
                    plan.on,
                    recorded_at=job.now,
                    zone=job.options.time_zone,
                    source=CompletionSource.IMPORT,
                )
                change, _ = completion_change(
                    loaded, learner.id, completion, now=job.now, table=job.table
                )
                before = transcripts.get(learner.id, Transcript())
                transcripts[learner.id] = before.with_completions(*change.completions)
                for part in change.enrollments:
                    key = EnrollmentKey.of(part.enrollment)
                    enrollments[key] = part.enrollment
                    histories[key] = (*histories.get(key, ()), *part.events)
                continue
            key = EnrollmentKey(learner.id, plan.certification or "")
            # A preview asks the rules about each row by itself, before any is recorded.
            first = decide_row(plan, blank.case(*_pair(key)), job)
            found = decide_row(plan, loaded.case(*_pair(key)), job) if key in enrollments else first
            if isinstance(first, RowFlaw) or isinstance(found, RowFlaw):
                refused.add(plan.row)
                continue
            for decision in found:
                enrollments[key] = decision.enrollment
                histories[key] = (*histories.get(key, ()), *decision.events)
        after = self._pages.snapshot(
            learner,
            {key.certification: each for key, each in enrollments.items()},
            transcripts.get(learner.id, Transcript()),
            {
                **snapshot.kinds,
                **{each.code: each.kind for those in self._courses.values() for each in those},
            },
        )
        return set(self._rows_of(after)), refused


def _pair(key: EnrollmentKey) -> tuple[str, str]:
    return key.learner, key.certification


def _order(row: _Row) -> tuple[date, int, int]:
    """Return the place of a row in the order in which imports record them."""
    return row.plan.on, row.plan.kind_order, row.plan.row


def _read(format: Format, cells: Cells) -> RowClaim | RowFlaw:  # noqa: A002
    """Return what a row says when it is read again, or what is wrong with it."""
    flaw = None if all(map(_is_plain, cells)) else _unreadable(format, cells)
    return flaw or format.read(cells)


def _is_plain(text: str) -> bool:
    return len(text) < 1000 and text.isprintable()


def _unreadable(format: Format, cells: Cells) -> RowFlaw | None:  # noqa: A002
    """Return why a row with unusual text cannot be read again, if it cannot."""
    writer, reader = Writer(), Reader(format.heading)
    heading = [column.heading for column in format.columns]
    try:
        data = (writer.write_row(heading) + writer.write_row(cells)).encode()
    except UnicodeEncodeError:
        return RowFlaw(code="bad_value", message="it holds what is no character", column=None)
    found = [*reader.feed(data), *reader.close()]
    if isinstance(found[0], RowProblem):
        return RowFlaw(code=found[0].code, message=found[0].message, column=found[0].column)
    return None
