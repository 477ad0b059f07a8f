"""Most rows of most files, read by their cells alone, a column at a time.

A row says: somebody, a thing, and details such as a day (`ClaimColumns`). Each of the three has few texts
among many rows. So what a text means is remembered for the rest of the file where it is beyond doubt, and
rows are read, matched and judged by looking up; hardly any costs a call of its own.

Whatever is not beyond doubt - a cell that cannot be read, a day to come, somebody unknown, a name that
several have, a command that the rules may refuse - is not remembered. Such rows are read one by one
(`certlib.io._imports.matched`), which is the oracle of the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from datetime import date, datetime
from itertools import compress, count, repeat
from operator import itemgetter, not_
from types import MappingProxyType
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar, cast

from certlib.certifications import Certification
from certlib.io._imports.accepted import AcceptedClaims, Ending, ending_of
from certlib.io._imports.job import ImportJob
from certlib.io._imports.matching import Matcher
from certlib.io._imports.planning import (
    EnrollmentRowClaim,
    day_of,
    instant_of,
    is_awarded,
    is_known,
    own_day,
)
from certlib.io._imports.reading import (
    LONGEST,
    MOST,
    ClaimReader,
)
from certlib.io._imports.repeats import CERTIFICATION, Key, RepeatedRows
from certlib.io._tables.chunks import Chunk
from certlib.io.formats._claims import AssignmentClaim, AwardClaim, CompletionClaim
from certlib.io.formats._columns import ClaimColumns, RowFlaw
from certlib.ports import EnrollmentKey, IdentifierKind, Outcome
from certlib.state import Enrollment
from certlib.trainings import TrainingKind

__all__ = ["FastOutcomes", "FastRow", "FastRows"]

FastRow: TypeAlias = Key
"""The learner's id, the training or certification, and the day where rows repeat by day."""

COMPLETIONS: Final = 1 << 17
"""Days of completions that are remembered of all learners; then all are forgotten."""
DETAILS: Final = 1 << 13
"""Details that are remembered; then all are forgotten."""

_NO_DAY: Final = date.min
"""Stands for the day of details that name none; any day counts as true."""

_Cells: TypeAlias = Sequence[str]
_Texts: TypeAlias = str | tuple[object, ...]
"""The cell of one column, or the cells of several."""

K = TypeVar("K", bound=_Texts)
V = TypeVar("V")

_OUTCOMES: Final = (Outcome.ALREADY_COMPLETED, Outcome.NEW)
"""By whether a row is the first of the file that says something."""


class FastOutcomes(NamedTuple):
    """What some rows say."""

    rows: list[FastRow | None]
    """None for rows that are to be read one by one."""
    known: list[int]
    """The places of rows that say what is stored already."""


class FastRows:
    """What the cells of one file mean, as far as that is beyond doubt, and the outcomes of its rows."""

    def __init__(
        self,
        job: ImportJob,
        columns: ClaimColumns,
        reader: ClaimReader,
        *,
        resumes: str | None,
        accepted: AcceptedClaims,
        repeated: RepeatedRows,
    ) -> None:
        """Begin with a file; ``resumes`` is the id of an interrupted import of it."""
        self._job = job
        self._columns = columns
        self._reader = reader
        self._resumes = resumes
        self._accepted = accepted
        self._repeated = repeated
        self._kinds: Mapping[str, TrainingKind | None] = columns.kinds or {"": None}
        self._today = job.today(job.options.time_zone)
        of = job.format.columns
        self._who = of.index(columns.identifier)
        named = [each for each in (columns.kind, columns.name) if each is not None]
        self._names = [of.index(each) for each in named]
        special = (columns.identifier, *named, *columns.kept)
        self._others = [place for place, each in enumerate(of) if each not in special]
        self._kept = {of.index(each): reader.presence(of.index(each)) for each in columns.kept}
        self._learners: dict[str, str] = {}
        self._inactive: set[str] = set()
        self._completed: dict[tuple[str | None, str | None], date] = {}
        self._things: dict[_Texts, str] = {}
        self._days: dict[str, date] = {}
        self._details: dict[_Texts, _Details] = {}
        self.certifications: dict[str, Certification] = {}
        """By the things that stand for them in rows."""
        self._zones: dict[str, str] = {}

    def look(self, rows: Sequence[_Cells]) -> FastOutcomes:
        """Return what each row says, as far as that is beyond doubt."""
        found = self._look(rows)
        known = self._known_completions(found)
        known += self._judge_enrollments(found)
        return FastOutcomes(found.rows, known)

    def days(self, rows: Sequence[_Cells]) -> dict[int, tuple[Key, date]]:
        """Return of the rows that are beyond doubt what they are about, and the day, by their places."""
        found, sure = self._look(rows), dict[int, tuple[Key, date]]()
        if not found.details:
            return sure
        for place, (row, details) in enumerate(zip(found.rows, found.details, strict=True)):
            if row is not None and details is not None:
                zone = self._zones[row[1]]
                if details.latest <= self._job.today(zone):
                    sure[place] = row, details.day_in(zone, self._job)
        return sure

    def outcomes(
        self, looked: FastOutcomes, chunk: Chunk
    ) -> tuple[list[Outcome], dict[int, RowFlaw]]:
        """Return the outcome of each fast row, and the flaws of those that are errors, by place.

        Entries for other rows are meaningless. To be asked once for each row of a file, in its order.
        """
        flaws: dict[int, RowFlaw] = {}
        if self._repeated.by_day:
            for place in looked.known:
                looked.rows[place] = None
            outcomes = list(map(_OUTCOMES.__getitem__, self._repeated.add_all_new(looked.rows)))
            for place in looked.known:
                outcomes[place] = Outcome.ALREADY_COMPLETED
            return outcomes, flaws
        outcomes = [Outcome.NEW] * len(chunk)
        for place in looked.known:
            outcomes[place] = Outcome.ALREADY_COMPLETED
        column = self._columns.identifier.heading
        for place, row in enumerate(looked.rows):
            if row is not None:
                found = self._repeated.judge(row, chunk.row_at(place), column)
                if isinstance(found, RowFlaw):
                    outcomes[place], flaws[place] = Outcome.ERROR, found
                elif found is not None:
                    outcomes[place] = found
        return outcomes, flaws

    # --- what rows say ------------------------------------------------------------------------

    def _look(self, rows: Sequence[_Cells]) -> _Found:
        self._forget()
        who = _column(rows, self._who)
        names = [_column(rows, place) for place in self._names]
        learners = list(map(self._learners.get, who))
        things = list(map(self._things.get, _texts(names, rows)))
        doubtful = _fill(learners, who, self._learn_who)
        doubtful += _fill(things, _texts(names, rows), self._learn_things)
        on: list[date | None] = []
        details: list[_Details | None] = []
        if self._columns.on is not None:
            texts = _column(rows, self._others[0])
            on = list(map(self._days.get, texts))
            doubtful += _fill(on, texts, self._learn_days)
            of_day: Iterable[date | None] = on
        else:
            others: list[list[Any]] = [_column(rows, place) for place in self._others]
            for place, presence in self._kept.items():
                others.append([presence[cell] for cell in _column(rows, place)])
            details = list(map(self._details.get, _texts(others, rows)))
            # Rows that mean nobody, or nothing, are read one by one in any case.
            sure = map(all, zip(learners, things, map(not_, details), strict=True))
            samples = dict(compress(zip(_texts(others, rows), rows, strict=True), sure))
            doubtful += _fill(details, _texts(others, rows), lambda _: self._learn_details(samples))
            of_day = [each and each.latest for each in details] if self._repeated.by_day else ()
        if not self._repeated.by_day:
            of_day = repeat(None, len(rows))
        said = cast("list[FastRow | None]", list(zip(learners, things, of_day, strict=True)))
        for place in doubtful:
            said[place] = None
        return _Found(said, learners, things, on, details)

    # --- what is stored, and what the rules accept --------------------------------------------

    def _known_completions(self, found: _Found) -> list[int]:
        """Return the places of completions that are stored, or a later one."""
        if not self._completed:
            return []
        latest = list(map(self._completed.get, zip(found.learners, found.things, strict=True)))
        return [
            place
            for place, day in compress(enumerate(latest), latest)
            if found.rows[place] and day and day >= cast("date", found.on[place])
        ]

    def _judge_enrollments(self, found: _Found) -> list[int]:
        """Take out the rows about enrollments that the rules may refuse; return those that are known.

        Only those are kept that the rules are known to accept, for learners who have no enrollment.
        """
        rows, certifications = found.rows, self.certifications
        keys: dict[int, EnrollmentKey] = {}
        for place in compress(count(), map(certifications.__contains__, found.things)):
            row = rows[place]
            if row is not None:
                keys[place] = EnrollmentKey(row[0], certifications[row[1]].code)
        if not keys:
            return []
        enrolled = self._job.store.load(set(keys.values()))
        if found.details:
            return self._judge_details(found, keys, enrolled)
        known, accepts = list[int](), self._accepted.accepts_award
        for place, key in keys.items():
            row = cast("FastRow", rows[place])
            on = cast("date", found.on[place])
            if enrolled and key in enrolled:
                if self._may_be_known(row, on) and is_awarded(
                    enrolled[key], on=on, now=self._job.now
                ):
                    known.append(place)
                else:
                    rows[place] = None
            elif not accepts(key.certification, on):
                rows[place] = None
        return known

    def _judge_details(
        self,
        found: _Found,
        keys: Mapping[int, EnrollmentKey],
        enrolled: Mapping[EnrollmentKey, Enrollment],
    ) -> list[int]:
        """Do what `_judge_enrollments` does for rows with further details than a day."""
        job, rows, known, by_day = self._job, found.rows, list[int](), self._repeated.by_day
        accepts_award, inactive = self._accepted.accepts_award, self._inactive
        for place, key in keys.items():
            row = cast("FastRow", rows[place])
            details = cast("_Details", found.details[place])
            day = details.day
            if day is None:
                day = details.day_in(self._zones[row[1]], job)
                if by_day:
                    rows[place] = row[0], row[1], day
            if enrolled and key in enrolled:
                zone = self._zones[row[1]]
                if self._may_be_known(row, details.latest) and is_known(
                    details.claim, enrolled[key], on=day, zone=zone, now=job.now
                ):
                    known.append(place)
                else:
                    rows[place] = None
            elif details.ending is not None:
                timed = details.at is not None
                if not accepts_award(key.certification, day, details.ending, timed=timed):
                    rows[place] = None
            elif not self._accepted.accepts(
                details.claim, key.certification, day, active=row[0] not in inactive, timed=False
            ):
                rows[place] = None
        return known

    def _may_be_known(self, row: FastRow, latest: date) -> bool:
        """Whether a row may be compared with what is stored; ``latest`` is the latest day it names.

        It may be tomorrow already in the tenant's zone, and today in that of the certification.
        """
        return self._resumes is None and latest <= self._job.today(self._zones[row[1]])

    # --- what cells mean ----------------------------------------------------------------------

    def _forget(self) -> None:
        """Forget what is remembered when it is much, so that memory stays flat."""
        if len(self._learners) > MOST or len(self._completed) > COMPLETIONS:
            # Of every learner who is remembered, the completions are, too.
            self._learners.clear()
            self._inactive.clear()
            self._completed.clear()
        if len(self._things) > MOST:
            self._things.clear()
        for known in (self._days, self._details):
            if len(known) > DETAILS:
                known.clear()

    def _learn_days(self, cells: Set[str]) -> Mapping[str, date]:
        (place,) = self._others
        memory = self._reader.columns[place]
        for cell in cells:
            day = memory.fresh(cell)
            if isinstance(day, date) and day <= self._today and len(cell) <= LONGEST:
                self._days[cell] = day
        return self._days

    def _learn_details(self, samples: Mapping[_Texts, _Cells]) -> Mapping[_Texts, _Details]:
        """Return what details mean, learned from rows that have them."""
        job, learned = self._job, dict[_Texts, _Details]()
        for texts, cells in samples.items():
            claim = self._reader.read_plain(cells) if _are_short(cells) else None
            if claim is None or isinstance(claim, RowFlaw | CompletionClaim):
                continue
            at = instant_of(claim, job.options.time_zone)
            if isinstance(at, RowFlaw) or (at is not None and at > job.now):
                continue
            latest, day = _latest(claim), None if at else own_day(claim)
            if latest <= self._today:
                details = _Details(claim, at, ending_of(claim), latest, day)
                learned[texts] = details
                if at is None:
                    # Times of a day hardly ever come up again.
                    self._details[texts] = details
        return learned

    def _learn_who(self, cells: Set[str]) -> Mapping[str, str]:
        memory, by = self._reader.columns[self._who], self._columns.identified_by
        identifiers = {
            cell: value
            for cell in cells
            if len(cell) <= LONGEST and isinstance(value := memory.fresh(cell), str)
        }
        matcher = self._matcher(identifiers={by: set(identifiers.values())})
        meant = matcher.only_learners(identifiers.values(), by)
        found = {cell: meant[text] for cell, text in identifiers.items() if text in meant}
        ids = {
            cell: learner.id for cell, learner in found.items() if learner.id != self._job.actor.id
        }
        self._inactive.update(each.id for each in found.values() if not each.active)
        if self._columns.kind is not None:
            self._learn_completions(set(ids.values()))
        self._learners.update(ids)
        return self._learners

    def _learn_completions(self, learners: Set[str]) -> None:
        if not learners:
            return
        zone, resumes, latest = self._job.options.time_zone, self._resumes, self._completed
        for learner, transcript in self._job.sources.transcripts(learners).items():
            for each in transcript.completions:
                if resumes is None or each.import_id != resumes:
                    day = each.day_in(zone) if each.on is None else each.on
                    known = latest.setdefault((learner, each.training), day)
                    if known is not day and known < day:
                        latest[learner, each.training] = day

    def _learn_things(self, things: Set[_Texts]) -> Mapping[_Texts, str]:
        named, kinds = self._named(things), self._kinds
        matcher = self._matcher(
            trainings={name for kind, name in named.values() if kinds[kind] is not None},
            certifications={name for kind, name in named.values() if kinds[kind] is None},
        )
        for thing, (kind, name) in named.items():
            code = self._code(matcher, kind, name)
            if code is not None:
                self._things[thing] = code
        return self._things

    def _matcher(
        self,
        identifiers: Mapping[IdentifierKind, Set[str]] = MappingProxyType({}),
        trainings: Set[str] = frozenset(),
        certifications: Set[str] = frozenset(),
    ) -> Matcher:
        return Matcher.fetch(
            self._job.sources,
            (),
            actor=self._job.actor,
            identifiers=identifiers,
            trainings=trainings,
            certifications=certifications,
        )

    def _named(self, things: Set[_Texts]) -> Mapping[_Texts, tuple[str, str]]:
        """Return the kinds and names that cells say, where they do; without a kind, it is empty."""
        if not self._names:
            option = self._job.options.certification
            return {} if option is None else {"": ("", option)}
        memories = [self._reader.columns[place] for place in self._names]
        named: dict[_Texts, tuple[str, str]] = {}
        for thing in things:
            cells = (thing,) if isinstance(thing, str) else cast("tuple[str, ...]", thing)
            if _are_short(cells):
                values = [memory.fresh(cell) for memory, cell in zip(memories, cells, strict=True)]
                kind, name = values if len(values) == 2 else ("", values[0])
                if isinstance(kind, str) and kind in self._kinds and isinstance(name, str):
                    named[thing] = kind, name
        return named

    def _code(self, matcher: Matcher, kind: str, name: str) -> str | None:
        """Return the thing that is meant, if there is just one."""
        of = self._kinds[kind]
        if of is not None:
            trainings = matcher.trainings_of(name, of)
            return trainings[0].code if len(trainings) == 1 else None
        certification = matcher.only_certification(name)
        if certification is None:
            return None
        thing = f"{CERTIFICATION}{certification.code}"
        self.certifications[thing] = certification
        self._zones[thing] = certification.zone
        return thing


class _Details(NamedTuple):
    """What a row says besides whom and what it is about."""

    claim: EnrollmentRowClaim
    """Of some row with these details: about somebody and something else."""
    at: datetime | None
    ending: Ending | None
    latest: date
    """The latest day that the row names of those that must have come."""
    day: date | None
    """The day that the row is about, where that is the same in all zones."""

    def day_in(self, zone: str, job: ImportJob) -> date:
        """Return the day that the row is about, if it is about a certification of a zone."""
        return self.day or day_of(self.claim, self.at, zone, job)


class _Found(NamedTuple):
    """What the cells of some rows mean."""

    rows: list[FastRow | None]
    learners: Sequence[str | None]
    things: Sequence[str | None]
    on: Sequence[date | None]
    """The days; empty for formats that have further details."""
    details: Sequence[_Details | None]
    """Empty for formats that have no further details than the day."""


def _column(rows: Sequence[_Cells], place: int) -> list[str]:
    return list(map(itemgetter(place), rows))


def _texts(columns: Sequence[Sequence[object]], rows: Sequence[_Cells]) -> Iterable[_Texts]:
    """Return the cells of some columns, row by row: as one text of one column, else as a tuple."""
    if len(columns) == 1:
        return cast("Sequence[str]", columns[0])
    # Tuples that nobody keeps are made once, and used again.
    return zip(*columns, strict=True) if columns else repeat("", len(rows))


def _are_short(cells: Iterable[str]) -> bool:
    return max(map(len, cells)) <= LONGEST


def _latest(claim: EnrollmentRowClaim) -> date:
    """Return the latest day of those that must have come."""
    if isinstance(claim, AwardClaim):
        return claim.on
    if isinstance(claim, AssignmentClaim):
        return _NO_DAY
    return max(claim.started_on or _NO_DAY, claim.completed_on or _NO_DAY)


def _fill(
    found: list[V | None], texts: Iterable[K], learn: Callable[[Set[K]], Mapping[K, V]]
) -> list[int]:
    """Learn what texts mean where that is None, and fill it in; return the places that are left.

    Whatever is known counts as true.
    """
    left: list[int] = []
    if all(found):
        return left
    gaps = list(map(not_, found))
    unknown = list(compress(texts, gaps))
    learned = learn(set(unknown))
    for place, meaning in zip(compress(count(), gaps), map(learned.get, unknown), strict=True):
        found[place] = meaning
        if meaning is None:
            left.append(place)
    return left
