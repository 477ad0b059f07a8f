"""Exports: what is recorded, in the formats that imports read (F9).

A row is written only if a file with it says what is so. Each is read again by the format, matched as
an import matches it, and tried: recorded with the learner's other rows where nothing else is known,
it has to give the very rows back. What does not is left out and counted, by the code of the reason. So
a file that was exported, imported into a store with the same people and catalog, and exported again,
is the same file.

Learners come by id, page by page, each with his rows in the format's order. As known at an instant:
what had taken effect by then and was recorded by then (T6). Who and what is out of the actor's scope
is not there (W2).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from io import BytesIO
from typing import BinaryIO, Final, Protocol, TypeAlias

from attrs import evolve, frozen

from certlib.actors import Actor
from certlib.certifications import Certification
from certlib.errors import InvalidValueError
from certlib.io.formats.claims import CompletionClaim, EnrollmentClaim, RowClaim
from certlib.io.formats.columns import Format, RowFlaw
from certlib.io.formats.snapshot import LearnerSnapshot
from certlib.io.imports.job import ImportJob, ImportOptions, RowPlan
from certlib.io.imports.matching import Matcher
from certlib.io.imports.planning import decide_row, instant_of
from certlib.io.tables.problems import RowProblem
from certlib.io.tables.reader import Reader
from certlib.io.tables.writer import Writer
from certlib.io.tables.xlsx import SheetWriter, fits_a_cell
from certlib.learners import Learner
from certlib.loading import Loaded, Loader
from certlib.periods import day_in
from certlib.ports import EnrollmentKey, Query, Sources, Store
from certlib.recording import completion_change
from certlib.state import TABLE, Enrollment, Event, Table
from certlib.state.fulfilment import SYSTEM
from certlib.trainings import TrainingKind
from certlib.transcript import Completion, CompletionSource, Transcript

__all__ = ["NOT_CARRIED", "ExportOptions", "Exported", "RowsWriter", "export", "rows_into"]

PAGE = 500

NOT_CARRIED: Final = "not_carried"
"""The code of a row whose import would not say what is so; the others are those of imports."""

Cells: TypeAlias = tuple[str, ...]


@frozen(kw_only=True)
class ExportOptions:
    """What to write, and how."""

    certification: str | None = None
    """The code of the only certification that is written about."""
    time_zone: str = "UTC"
    """The tenant's zone, as `ImportOptions.time_zone`."""
    bom: bool = False
    """Whether the file begins with a byte order mark, which Excel needs to see UTF-8."""
    workbook: bool = False
    """Whether to write a workbook (XLSX) rather than a text; with the extra ``xlsx``."""


@frozen(kw_only=True)
class Exported:
    """What an export wrote."""

    rows: int
    left_out: Mapping[str, int]
    """How many rows there would be, which the format or its import cannot carry, by reason code."""


def export(
    out: BinaryIO,
    *,
    format: Format,  # noqa: A002 (the word of the field)
    actor: Actor,
    at: datetime,
    sources: Sources,
    store: Store,
    options: ExportOptions | None = None,
    table: Table = TABLE,
) -> Exported:
    """Write what is known at an instant into a file of a format.

    Raise `NotFoundError` where the certification is not there or out of scope, and
    `InvalidValueError` where the format is not written, or needs a certification and has none.
    """
    options = options or ExportOptions()
    if format.rows_of is None:
        raise InvalidValueError("the format", format.name, "one that is written")
    if options.certification is None and format.of_one_certification:
        raise InvalidValueError(
            "the certification", "absent", f"the one that files of {format.name} are about"
        )
    certifications = Loader(sources, store).certifications(actor, options.certification)
    job = ImportJob(
        source=BytesIO(),
        format=format,
        options=ImportOptions(time_zone=options.time_zone, certification=options.certification),
        actor=SYSTEM,
        now=at,
        sources=sources,
        store=store,
        table=table,
    )
    pages = _Pages(job=job, actor=actor, certifications=certifications)
    writing = rows_into(out, options)
    writing.put([[column.heading for column in format.columns]])
    rows, left_out = 0, Counter[str]()
    for page in pages.read():
        for kept, flaws in _Trial(pages, page).carried():
            left_out.update(flaws)
            fitting = [cells for cells in kept if writing.holds(cells)]
            left_out["bad_value"] += len(kept) - len(fitting)
            rows += len(fitting)
            writing.put(fitting)
    writing.close()
    return Exported(rows=rows, left_out=dict(sorted((+left_out).items())))


class RowsWriter(Protocol):
    """Writes rows of texts, the heading first, into a file that stays open."""

    def put(self, rows: Sequence[Sequence[str]]) -> None:
        """Write rows."""
        ...

    def holds(self, cells: Sequence[str]) -> bool:
        """Whether the file gives these cells back as they are."""
        ...

    def close(self) -> None:
        """Write what is left."""
        ...


def rows_into(out: BinaryIO, options: ExportOptions) -> RowsWriter:
    """Return what writes rows as the options say."""
    return _Sheet(out) if options.workbook else _Text(out, bom=options.bom)


class _Text:
    """Writes rows as text."""

    def __init__(self, out: BinaryIO, *, bom: bool) -> None:
        self._out, self._writer = out, Writer(bom=bom)

    def put(self, rows: Sequence[Sequence[str]]) -> None:
        self._out.write("".join(map(self._writer.write_row, rows)).encode())

    def holds(self, cells: Sequence[str]) -> bool:
        return bool(cells)

    def close(self) -> None:
        """Every row is written already."""


class _Sheet:
    """Writes rows into a workbook."""

    def __init__(self, out: BinaryIO) -> None:
        self._writer = SheetWriter(out)

    def put(self, rows: Sequence[Sequence[str]]) -> None:
        for row in rows:
            self._writer.write_row(row)

    def holds(self, cells: Sequence[str]) -> bool:
        return all(map(fits_a_cell, cells))

    def close(self) -> None:
        self._writer.close()


@frozen(kw_only=True)
class _Pages:
    """Reads what there is to be written, a page of learners at a time."""

    job: ImportJob
    actor: Actor
    certifications: Mapping[str, Certification]

    def read(self) -> Iterator[Sequence[LearnerSnapshot]]:
        """Yield the learners in scope by id, with all that is known about them."""
        sources, after = self.job.sources, None
        while people := sources.all_learners(limit=PAGE, after=after):
            after = people[-1].id
            reached = [each for each in people if self.actor.covers(each, None)]
            if reached:
                yield self._holdings(reached)

    def _holdings(self, people: Sequence[Learner]) -> Sequence[LearnerSnapshot]:
        names = [each.id for each in people]
        held: dict[str, dict[str, Enrollment]] = {name: {} for name in names}
        for each in self._enrollments(names):
            held[each.learner][each.certification] = each
        transcripts = self.job.sources.transcripts(names)
        known = {name: transcripts.get(name, Transcript()).known_at(self.job.now) for name in names}
        completed = {each.training for those in known.values() for each in those.completions}
        kinds = self._kinds(completed)
        return [self.holding(each, held[each.id], known[each.id], kinds) for each in people]

    def _enrollments(self, learners: Sequence[str]) -> Iterator[Enrollment]:
        """Yield the enrollments of learners as they were known at the instant."""
        at, loader = self.job.now, Loader(self.job.sources, self.job.store)
        query = Query(learners=tuple(learners), certifications=tuple(self.certifications), at=at)
        for page in loader.pages(query):
            yield from loader.as_of([(each, at, at) for each in page])

    def _kinds(self, trainings: Collection[str]) -> Mapping[str, TrainingKind]:
        found = self.job.sources.find_trainings(trainings)
        return {
            name: each.kind for name, those in found.items() for each in those if each.code == name
        }

    def holding(
        self,
        learner: Learner,
        enrollments: Mapping[str, Enrollment],
        transcript: Transcript,
        kinds: Mapping[str, TrainingKind],
    ) -> LearnerSnapshot:
        """Return what the actor may see of what is known about a learner, and is asked for."""
        codes = [code for code in sorted(enrollments) if self.actor.covers(learner, code)]
        only = self.job.options.certification
        counted = transcript.completions
        if only is not None:
            needed = _trainings_of(self.certifications[only])
            counted = tuple(each for each in counted if each.training in needed)
        return LearnerSnapshot(
            learner=learner,
            enrollments={code: enrollments[code] for code in codes if code in self.certifications},
            zones={code: each.zone for code, each in self.certifications.items()},
            transcript=Transcript(completions=counted),
            kinds=kinds,
            at=self.job.now,
            time_zone=self.job.options.time_zone,
        )


def _trainings_of(certification: Certification) -> frozenset[str]:
    return frozenset(
        training
        for version in certification.versions
        for training in version.initial.trainings | version.recertification.trainings
    )


# --- what an import would make of it ----------------------------------------------------------


@frozen(kw_only=True)
class _Row:
    cells: Cells
    plan: RowPlan


class _Trial:
    """Tries the rows of a page of learners: what would an import into an empty store make of them?"""

    def __init__(self, pages: _Pages, page: Sequence[LearnerSnapshot]) -> None:
        self._pages = pages
        self._job = job = pages.job
        rows_of = job.format.rows_of
        assert rows_of is not None  # noqa: S101 (`export` has looked)
        self._rows_of = rows_of
        self._page = page
        self._rows = {
            held.learner.id: [(cells, _read(job.format, cells)) for cells in rows_of(held)]
            for held in page
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
        for held in self._page:
            flaws, rows = Counter[str](), list[_Row]()
            for number, (cells, claim) in enumerate(self._rows[held.learner.id]):
                row = claim if isinstance(claim, RowFlaw) else self._matched(number, claim)
                if isinstance(row, RowFlaw):
                    flaws[row.code] += 1
                else:
                    rows.append(_Row(cells=cells, plan=row))
            left = self._lasting(held, rows, flaws) if rows else []
            if left or flaws:
                yield [row.cells for row in left], flaws

    def _matched(self, number: int, claim: RowClaim) -> RowPlan | RowFlaw:
        """Return what an import would make of a row, without its day in the future."""
        learner = self._matcher.learner(claim)
        if isinstance(learner, RowFlaw):
            return learner
        if isinstance(claim, CompletionClaim):
            training = self._matcher.training(claim)
            if isinstance(training, RowFlaw):
                return training
            return RowPlan(
                row=number,
                learner=learner.id,
                claim=claim,
                on=claim.on,
                training=training.code,
                kind_order=1 if training.kind is TrainingKind.COURSE else 2,
            )
        certification = self._matcher.certification_of(claim, learner)
        if isinstance(certification, RowFlaw):
            return certification
        at = instant_of(claim, self._job.options.time_zone)
        if isinstance(at, RowFlaw):
            return at
        zone = certification.zone
        return RowPlan(
            row=number,
            learner=learner.id,
            claim=claim,
            on=day_in(zone, at) if at else _day(claim, day_in(zone, self._job.now)),
            at=at,
            certification=certification.code,
            kind_order=0,
        )

    def _lasting(self, held: LearnerSnapshot, rows: list[_Row], flaws: Counter[str]) -> list[_Row]:
        """Return the rows that an import gives back, all of them and no others; count the rest."""
        while rows:
            given, refused = self._given_back(held, rows)
            cells = {row.cells for row in rows}
            lost = {*refused, *(row.plan.row for row in rows if row.cells not in given)}
            if not lost and given <= cells:
                return rows
            if not lost:
                lost = self._leading_to_more(held, rows)
            for row in rows:
                if row.plan.row in lost:
                    flaws["refused" if row.plan.row in refused else NOT_CARRIED] += 1
            rows = [row for row in rows if row.plan.row not in lost]
        return rows

    def _leading_to_more(self, held: LearnerSnapshot, rows: Sequence[_Row]) -> set[int]:
        """Return the rows without which the import leads to nothing that is not so.

        Who took these courses, and whose certificate was struck all the same, would be certified anew.
        """
        cells = {row.cells for row in rows}
        fitting, lost = list[_Row](), set[int]()
        for row in sorted(rows, key=_order):
            given, _ = self._given_back(held, [*fitting, row])
            if given <= cells:
                fitting.append(row)
            else:
                lost.add(row.plan.row)
        return lost

    def _given_back(
        self, held: LearnerSnapshot, rows: Sequence[_Row]
    ) -> tuple[set[Cells], set[int]]:
        """Return what an export gives after an import of these rows, and the rows it refuses."""
        learner, job = held.learner, self._job
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
        after = self._pages.holding(
            learner,
            {key.certification: each for key, each in enrollments.items()},
            transcripts.get(learner.id, Transcript()),
            {
                **held.kinds,
                **{each.code: each.kind for those in self._courses.values() for each in those},
            },
        )
        return set(self._rows_of(after)), refused


def _pair(key: EnrollmentKey) -> tuple[str, str]:
    return key.learner, key.certification


def _order(row: _Row) -> tuple[date, int, int]:
    """Return the place of a row in the order in which imports record them."""
    return row.plan.on, row.plan.kind_order, row.plan.row


def _day(claim: RowClaim, today: date) -> date:
    """Return the day that a row is about; of what has none, today's."""
    if isinstance(claim, EnrollmentClaim):
        return claim.completed_on or claim.started_on or today
    return getattr(claim, "on", today)


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
