"""The set into which each row of a file falls: New, Already completed, or an Error with a reason.

Rows are classified against the store as it was before the file, so that their order changes no
count; an exact repeat in the file is New once. Where an import of this very file was interrupted,
what it recorded is left out of account, so that it can be taken up again (F4).

Some hundred rows are looked at together, so that everything is looked up for many at once. Plain
completions, most rows of most files, are looked at by their values alone; as soon as anything about
one is not plain - somebody is not found at once, a day is to come - it goes the way of all others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import compress, count
from operator import not_
from typing import Final, NamedTuple, TypeAlias

from attrs import evolve, frozen

from certlib.certifications import Certification
from certlib.io.formats.claims import (
    AssignmentClaim,
    AwardClaim,
    CompletionClaim,
    EnrollmentClaim,
    RowClaim,
)
from certlib.io.formats.columns import ClaimColumns, Repeats, RowFlaw
from certlib.io.imports.awards import Awards
from certlib.io.imports.fast import CERTIFICATION, FastRows, Looked, PlainRow
from certlib.io.imports.job import Duplicates, ImportJob, PreviewedRow, RowPlan, batches, reader_for
from certlib.io.imports.matching import Matcher
from certlib.io.imports.planning import decide_row, instant_of, is_known
from certlib.io.imports.reading import ClaimReader
from certlib.io.imports.repeats import Key, KeyMap, KeySet, Repeat
from certlib.io.tables.cells import restore
from certlib.io.tables.chunks import Chunk, Item, chunks
from certlib.io.tables.problems import RowProblem
from certlib.io.tables.reader import Layout, Limits, Reader, Record
from certlib.io.tables.rows import Rows
from certlib.learners import Learner
from certlib.loading import Loaded, Loader
from certlib.periods import day_in
from certlib.ports import EnrollmentKey, Outcome
from certlib.state import Case, Enrollment, Event, replay
from certlib.state.facts import (
    CertificateIssued,
    CycleBegan,
    CycleEnded,
    CycleStarted,
    Fact,
    StepCompleted,
)
from certlib.trainings import TrainingKind
from certlib.transcript import Completion, Transcript

__all__ = ["Judged", "classified"]

NOTHING: Final = Transcript()
CHUNK = 2000
"""Rows that are looked up together, at most."""


class Judged(NamedTuple):
    """Some rows of a file, and the set that each falls into."""

    rows: Chunk
    outcomes: Sequence[Outcome]
    problems: Mapping[int, RowProblem]
    """What is wrong with those that are errors, by their place among these."""
    plans: Mapping[int, RowPlan]
    """What New rows will record, by their place; none where nobody asked."""

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


def classified(
    job: ImportJob, reader: Reader, resumes: str | None, *, plans: bool = True
) -> Iterator[Judged]:
    """Yield all rows with the sets that they fall into, in the file's order, some at a time.

    ``resumes`` is the id of an interrupted import of this file, if there is one. Without ``plans``
    none is made.
    """
    classifier = _Classifier(job, resumes, plans=plans)
    if job.format.repeats is Repeats.CHOSEN:
        classifier.choose()
    for chunk, layout in _chunks(job, reader):
        yield classifier.classified(chunk, layout)


def _chunks(job: ImportJob, reader: Reader) -> Iterator[tuple[Chunk, Layout]]:
    """Yield the rows of a file, some at a time, and how it is laid out."""
    reader.in_runs = True
    for others in batches(job.source, reader):
        layout = reader.layout
        # The rows of a workbook are returned one by one all the same.
        if (found := [*reader.taken(), *others]) and layout is not None:
            for chunk in chunks(found, len(layout.columns), CHUNK):
                yield chunk, layout


@frozen(kw_only=True)
class _Meant:
    """A row that was matched: what it will record if it is New, and whom and what it is about."""

    plan: RowPlan
    learner: Learner
    certification: Certification | None = None
    key: EnrollmentKey | None = None
    """Of the enrollment that it is about."""


_Careful: TypeAlias = _Meant | RowFlaw | RowProblem


class _Classifier:
    """Classifies the rows of one file, a chunk at a time."""

    def __init__(self, job: ImportJob, resumes: str | None, *, plans: bool) -> None:
        self._job = job
        self._resumes = resumes
        self._with_plans = plans
        self._reading = ClaimReader(job.format, job.options.dates)
        self._seen = KeySet()
        self._ledger = KeyMap()
        self._awards = Awards(job)
        self._todays: dict[str, date] = {}
        plain = job.format.plain
        self._plain = None if plain is None else self._plain_rows(plain)

    def _plain_rows(self, plain: ClaimColumns) -> FastRows:
        return FastRows(
            self._job,
            plain,
            self._reading,
            today=self._today(self._job.options.time_zone),
            resumes=self._resumes,
            awards=self._awards,
            seen=self._seen,
        )

    def classified(self, chunk: Chunk, layout: Layout) -> Judged:
        if layout.ignored:
            chunk = self._error_file_read(chunk, layout)
        cells = chunk.cells(layout)
        plain: Sequence[PlainRow | None] = [None] * len(chunk)
        if self._plain is None:
            careful = self._found(chunk, cells, range(len(chunk)))
            outcomes = [Outcome.ERROR] * len(chunk)
        else:
            looked = self._plain.look(cells)
            plain = looked.rows
            careful = self._found(chunk, cells, compress(count(), map(not_, plain)))
            careful |= self._found(chunk, cells, self._separated(looked, careful))
            outcomes = self._plain.sets(looked)
        problems: dict[int, RowProblem] = {}
        known = self._known(careful)
        for place in sorted(careful):
            meant = careful[place]
            judged = self._set_of(meant, known) if isinstance(meant, _Meant) else meant
            if isinstance(judged, Outcome):
                outcomes[place] = judged
            else:
                outcomes[place] = Outcome.ERROR
                problems[place] = _problem(chunk[place], judged)
        plans: dict[int, RowPlan] = {}
        if self._with_plans:
            plans = {
                place: self._plan(row.row, cells[place], plain[place] or careful[place])
                for place, (row, outcome) in enumerate(zip(chunk, outcomes, strict=True))
                if outcome is Outcome.NEW
            }
        return Judged(chunk, outcomes, problems, plans)

    def _separated(self, looked: Looked, careful: Mapping[int, _Careful]) -> list[int]:
        """Take out of the plain rows those that repeat a careful one; return their places.

        So each of the two is judged by itself, and of rows that say the same the first is New.
        """
        keys = {self._key(each.plan) for each in careful.values() if isinstance(each, _Meant)}
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
            item if isinstance(item, RowProblem) else _whole_row_in_a_cell(item, layout, limits)
            for item in chunk
        )
        return next(chunks(read, len(layout.columns), len(chunk)))

    # --- what rows mean -----------------------------------------------------------------------

    def _found(
        self, chunk: Chunk, cells: Sequence[tuple[str, ...]], places: Iterable[int]
    ) -> dict[int, _Careful]:
        """Return whom and what rows mean, by their places: looked up for many rows at once."""
        found: dict[int, _Careful] = {}
        read: dict[int, RowClaim] = {}
        for place in places:
            if place in chunk.problems:
                found[place] = chunk.problems[place]
                continue
            claim = self._reading.read(cells[place])
            if isinstance(claim, RowFlaw):
                found[place] = claim
            else:
                read[place] = claim
        matcher = Matcher.fetch(
            self._job.sources,
            read.values(),
            actor=self._job.actor,
            certification=self._job.options.certification,
        )
        for place, claim in read.items():
            found[place] = self._matched(chunk[place].row, claim, matcher)
        return found

    def _matched(self, row: int, claim: RowClaim, matcher: Matcher) -> _Meant | RowFlaw:
        """Return what a row will record, if it is New: who and what it means."""
        learner = matcher.learner(claim)
        if isinstance(learner, RowFlaw):
            return learner
        if learner.id == self._job.actor.id:
            return RowFlaw(
                code="not_permitted",
                message="nobody imports for themselves",
                column=claim.learner_column,
            )
        certification: Certification | None = None
        if isinstance(claim, CompletionClaim):
            training = matcher.training(claim)
            if isinstance(training, RowFlaw):
                return training
            zone = self._job.options.time_zone
            plan = _completion_plan(row, learner.id, training.code, claim)
        else:
            named = matcher.certification_of(claim, learner)
            if isinstance(named, RowFlaw):
                return named
            certification, zone = named, named.zone
            at = instant_of(claim, self._job.options.time_zone)
            if isinstance(at, RowFlaw):
                return at
            plan = RowPlan(
                row=row,
                learner=learner.id,
                claim=claim,
                on=day_in(zone, at) if at else self._day(claim, zone),
                at=at,
                certification=certification.code,
                kind_order=0,
            )
        return self._in_the_future(plan, self._today(zone)) or _Meant(
            plan=plan,
            learner=learner,
            certification=certification,
            key=EnrollmentKey(learner.id, certification.code) if certification else None,
        )

    def _plan(self, row: int, cells: tuple[str, ...], found: PlainRow | _Careful) -> RowPlan:
        """Return what a New row will record."""
        if isinstance(found, _Meant):
            return found.plan
        claim = self._reading.read(cells)
        assert isinstance(found, tuple)  # noqa: S101 (a flaw is never New)
        learner, thing, on = found
        if isinstance(claim, CompletionClaim):
            return _completion_plan(row, learner, thing, claim)
        assert isinstance(claim, AwardClaim)  # noqa: S101 (plain rows ask for nothing else)
        code = thing.removeprefix(CERTIFICATION)
        return RowPlan(
            row=row, learner=learner, claim=claim, on=on, certification=code, kind_order=0
        )

    def _today(self, zone: str) -> date:
        day = self._todays.get(zone)
        if day is None:
            day = self._todays[zone] = day_in(zone, self._job.now)
        return day

    def _day(self, claim: RowClaim, zone: str) -> date:
        """Return the day that a row is about; of what has none, today's."""
        if isinstance(claim, CompletionClaim | AwardClaim):
            return claim.on
        today = self._today(zone)
        if isinstance(claim, EnrollmentClaim):
            return claim.completed_on or claim.started_on or today
        return today

    def _in_the_future(self, plan: RowPlan, today: date) -> RowFlaw | None:
        """Return the flaw of a row that tells of what has not come yet."""
        claim = plan.claim
        days: tuple[tuple[date | None, str], ...] = ()
        if isinstance(claim, EnrollmentClaim):
            started = (claim.started_on, claim.start_column)
            days = (started, (claim.completed_on, claim.date_column))
        elif not isinstance(claim, AssignmentClaim):
            later = plan.at is not None and plan.at > self._job.now
            days = ((date.max if later else plan.on, claim.date_column),)
        for day, column in days:
            if day is not None and day > today:
                message = "the date lies in the future"
                return RowFlaw(code="future_date", message=message, column=column)
        return None

    # --- into which set they fall -------------------------------------------------------------

    def _known(self, careful: Mapping[int, _Careful]) -> Loaded:
        """Look up what is known of those whom some rows are about, as far as that matters."""
        loader = Loader(self._job.sources, self._job.store)
        meant = [each for each in careful.values() if isinstance(each, _Meant)]
        learners = {each.learner.id for each in meant if each.key is None}
        keys = {each.key for each in meant if each.key is not None}
        enrollments: Mapping[EnrollmentKey, Enrollment] = loader.store.load(keys) if keys else {}
        undecided = {
            each.key
            for each in meant
            if each.key is not None and not self._is_easy(each, enrollments)
        }
        learners.update(key.learner for key in undecided)
        return loader.load(enrollments, histories=undecided, transcripts=learners)

    def _set_of(self, meant: _Meant, known: Loaded) -> Outcome | RowFlaw:
        """Return the set that a row falls into."""
        plan = meant.plan
        outcome = self._repeated(plan)
        if outcome is None and meant.certification is None:
            outcome = self._completion(plan, known)
        elif outcome is None and meant.certification is not None:
            outcome = self._enrollment(meant, meant.certification, known)
        assert outcome is not None  # noqa: S101 (one of the two was asked)
        if outcome is Outcome.NEW and self._job.format.repeats is Repeats.KNOWN:
            self._seen.add(self._key(plan))
        return outcome

    def _key(self, plan: RowPlan) -> Key:
        """Return what rows of the file that are about the same have in common."""
        of_a_day = self._job.format.repeats is Repeats.KNOWN
        what = plan.training or f"{CERTIFICATION}{plan.certification}"
        return plan.learner, what, plan.on if of_a_day else None

    def _repeated(self, plan: RowPlan) -> Outcome | RowFlaw | None:
        """Return the set of a row that says what another row of the file says, or None."""
        repeats, key = self._job.format.repeats, self._key(plan)
        if repeats is Repeats.KNOWN:
            return Outcome.ALREADY_COMPLETED if key in self._seen else None
        mention = self._ledger.get(key)
        if repeats is Repeats.CHOSEN:
            return self._chosen(plan, mention)
        if mention is None:
            self._ledger.put(key, Repeat(1, plan.row))
            return None
        message = f"row {mention.row} is about the same"
        return RowFlaw(code="repeated_in_file", message=message, column=plan.claim.learner_column)

    def _chosen(self, plan: RowPlan, mention: Repeat | None) -> Outcome | RowFlaw | None:
        # Who is meant may have been changed by others since the file was read for it.
        if mention is None or mention.rows == 1:
            return None
        if self._job.options.duplicates is Duplicates.ERROR:
            message = f"{mention.rows} rows are about the same: say which counts, or leave one"
            return RowFlaw(
                code="repeated_in_file", message=message, column=plan.claim.learner_column
            )
        return None if mention.row == plan.row else Outcome.ALREADY_COMPLETED

    def choose(self) -> None:
        """Read the whole file beforehand, for which row counts of those that are about the same."""
        latest = self._job.options.duplicates is Duplicates.LATEST
        reader = reader_for(self._job.format, self._job.options)
        for chunk, layout in _chunks(self._job, reader):
            found = self._found(chunk, chunk.cells(layout), range(len(chunk)))
            for meant in found.values():
                if not isinstance(meant, _Meant):
                    continue
                key, row, day = self._key(meant.plan), meant.plan.row, meant.plan.on.toordinal()
                before = self._ledger.get(key) or Repeat(0, row, day)
                if latest and before.day > day:
                    row, day = before.row, before.day
                self._ledger.put(key, Repeat(before.rows + 1, row, day))

    def _completion(self, plan: RowPlan, known: Loaded) -> Outcome:
        """Already completed when this completion or a later one is known."""
        done = known.transcripts.get(plan.learner, NOTHING).completions
        found = any(
            each.training == plan.training and self._is_late(each, plan.on) for each in done
        )
        return Outcome.ALREADY_COMPLETED if found else Outcome.NEW

    def _is_late(self, completion: Completion, on: date) -> bool:
        """Whether a completion is of a day or later, and known not only by this import."""
        day = completion.on or completion.day_in(self._job.options.time_zone)
        return day >= on and (self._resumes is None or completion.import_id != self._resumes)

    def _is_easy(self, meant: _Meant, enrollments: Mapping[EnrollmentKey, Enrollment]) -> bool:
        """Whether a row is New by what was decided before."""
        return meant.key not in enrollments and self._awards.accepts_plan(meant.plan)

    def _enrollment(
        self, meant: _Meant, certification: Certification, known: Loaded
    ) -> Outcome | RowFlaw:
        """Already completed when it is known, New when the rules allow it."""
        if self._is_easy(meant, known.enrollments):
            return Outcome.NEW
        plan, case = meant.plan, known.case_of(meant.learner, certification)
        if self._resumes is not None:
            case = _as_before(self._resumes, case)
        if is_known(plan, case, self._job):
            return Outcome.ALREADY_COMPLETED
        decisions = decide_row(plan, case, self._job)
        if isinstance(decisions, RowFlaw):
            return decisions
        if meant.key not in known.enrollments:
            self._awards.explore(plan, case, decisions)
        return Outcome.NEW


def _completion_plan(row: int, learner: str, training: str, claim: CompletionClaim) -> RowPlan:
    return RowPlan(
        row=row,
        learner=learner,
        claim=claim,
        on=claim.on,
        training=training,
        kind_order=1 if claim.kind is TrainingKind.COURSE else 2,
    )


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
