"""Most rows of most files, read by their cells alone, a column at a time.

A row says: somebody, a thing, and details such as a day (`ClaimColumns`). Each of the three has few texts
among many rows. So what a text means is remembered for the rest of the file where it is beyond doubt, and
rows are read, matched and judged by looking up; hardly any costs a call of its own.

Whatever is not beyond doubt - a cell that cannot be read, a day to come, somebody unknown, a name that
several have, a command that the rules may refuse - is not remembered. Such rows are read one by one
(`certlib.io.imports.matched`), which is the oracle of the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence, Set
from datetime import date, datetime
from itertools import compress, count, repeat
from operator import itemgetter, not_
from types import MappingProxyType
from typing import Final, NamedTuple, TypeAlias, TypeVar, cast

from certlib.certifications import Certification
from certlib.io.formats.claims import AwardClaim, CompletionClaim, EnrollmentClaim
from certlib.io.formats.columns import ClaimColumns, RowFlaw
from certlib.io.imports.accepted import AcceptedClaims
from certlib.io.imports.job import ImportJob
from certlib.io.imports.matching import Matcher
from certlib.io.imports.planning import (
    EnrollmentRowClaim,
    day_of,
    instant_of,
    is_awarded,
    is_known,
)
from certlib.io.imports.reading import (
    LONGEST,
    MOST,
    ClaimReader,
)
from certlib.io.imports.repeats import CERTIFICATION, Key, RepeatedRows
from certlib.io.tables.chunks import Chunk
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

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_Cells: TypeAlias = Sequence[str]
_Thing: TypeAlias = str | tuple[str, str]
"""The cell with the name, after the one that says of what kind it is if there is one."""

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
        self._who_at = of.index(columns.identifier)
        named = [each for each in (columns.kind, columns.name) if each is not None]
        self._name_at = [of.index(each) for each in named]
        special = [columns.identifier, *named, *columns.kept]
        self._detail_at = [place for place, each in enumerate(of) if each not in special]
        self._kept = [
            (itemgetter(of.index(each)), reader.presence(of.index(each))) for each in columns.kept
        ]
        self._learners: dict[str, str] = {}
        self._inactive: set[str] = set()
        self._completed: dict[tuple[str | None, str | None], date] = {}
        self._things: dict[_Thing, str] = {}
        self._days: dict[Hashable, date] = {}
        self._claims: dict[Hashable, EnrollmentRowClaim] = {}
        self._instants: dict[Hashable, datetime] = {}
        self.certifications: dict[str, Certification] = {}
        """By their places in rows."""

    def look(self, rows: Sequence[_Cells]) -> FastOutcomes:
        """Return what each row says, as far as that is beyond doubt."""
        found = self._look(rows)
        known = self._known_completions(found)
        known += self._judge_enrollments(found)
        return FastOutcomes(found.rows, known)

    def days(self, rows: Sequence[_Cells]) -> dict[int, tuple[Key, date]]:
        """Return of the rows that are beyond doubt what they are about, and the day, by their places."""
        found, sure = self._look(rows), dict[int, tuple[Key, date]]()
        for place, row in enumerate(found.rows):
            if row is not None and self._has_come(found, place, row[1]):
                sure[place] = row, self._day(found, place, row[1])
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
        who = list(map(itemgetter(self._who_at), rows))
        names = self._names(rows)
        details = self._details(rows)
        learners = list(map(self._learners.get, who))
        things = list(map(self._things.get, names))
        on = list(map(self._days.get, details))
        doubtful = [
            *_filled(learners, who, self._learners, self._learn_who),
            *_filled(things, names, self._things, self._learn_things),
        ]
        if self._columns.on is not None:
            doubtful += _filled(on, details, self._days, self._learn_days)
        elif not all(on):
            # Rows that mean nobody, or nothing, are read one by one in any case.
            sure = map(all, zip(learners, things, map(not_, on), strict=True))
            self._learn_details(dict(compress(zip(details, rows, strict=True), sure)))
            doubtful += _filled(on, details, self._days, _learned)
        of_day = on if self._repeated.by_day else repeat(None)
        said = cast("list[FastRow | None]", list(zip(learners, things, of_day, strict=False)))
        for place in doubtful:
            said[place] = None
        return _Found(said, learners, things, on, details)

    def _names(self, rows: Sequence[_Cells]) -> Sequence[_Thing]:
        if not self._name_at:
            return [""] * len(rows)
        return list(map(itemgetter(*self._name_at), rows))

    def _details(self, rows: Sequence[_Cells]) -> Sequence[Hashable]:
        """Return of each row all that matters to its outcome besides the learner and the thing."""
        details: list[Hashable] = [""] * len(rows)
        if self._detail_at:
            details = list(map(itemgetter(*self._detail_at), rows))
        for cell, presence in self._kept:
            details = list(zip(details, map(presence.__getitem__, map(cell, rows)), strict=True))
        return details

    def _day(self, found: _Found, place: int, thing: str) -> date:
        """Return the day that a row is about."""
        details = found.details[place]
        claim, certification = self._claims.get(details), self.certifications.get(thing)
        if claim is None or certification is None:
            return found.on[place] or _NO_DAY
        return day_of(claim, self._instants.get(details), certification.zone, self._job)

    def _has_come(self, found: _Found, place: int, thing: str) -> bool:
        """Whether a row about a certification names no day to come.

        It may be tomorrow already in the tenant's zone, and today in that of the certification.
        """
        return (found.on[place] or _NO_DAY) <= self._job.today(self.certifications[thing].zone)

    # --- what is stored, and what the rules accept --------------------------------------------

    def _known_completions(self, found: _Found) -> list[int]:
        """Return the places of completions that are stored, or a later one."""
        if not self._completed:
            return []
        latest = list(map(self._completed.get, zip(found.learners, found.things, strict=True)))
        return [
            place
            for place, day in compress(enumerate(latest), latest)
            if day and day >= (found.on[place] or day) and found.rows[place]
        ]

    def _judge_enrollments(self, found: _Found) -> list[int]:
        """Take out the rows about enrollments that the rules may refuse; return those that are known.

        Only those are kept that the rules are known to accept, for learners who have no enrollment.
        """
        rows, certifications, known = found.rows, self.certifications, list[int]()
        keys: dict[int, EnrollmentKey] = {}
        for place in compress(count(), map(certifications.__contains__, found.things)):
            row = rows[place]
            if row is not None:
                keys[place] = EnrollmentKey(row[0], certifications[row[1]].code)
        if not keys:
            return known
        enrolled = self._job.store.load(set(keys.values()))
        for place, key in keys.items():
            row = cast("FastRow", rows[place])
            certification = certifications[row[1]]
            if self._claims:
                day = self._day(found, place, row[1])
                if row[2] is not None and day != row[2]:
                    row = rows[place] = (row[0], row[1], day)
            else:
                day = row[2] or _NO_DAY
            if enrolled and key in enrolled:
                if self._is_known(found, place, day, row, enrolled[key]):
                    known.append(place)
                else:
                    rows[place] = None
            elif not self._is_accepted(found.details[place], key, day, certification):
                rows[place] = None
        return known

    def _is_accepted(
        self, details: Hashable, key: EnrollmentKey, day: date, certification: Certification
    ) -> bool:
        claim = self._claims.get(details)
        if claim is None:
            return self._accepted.accepts_award(key.certification, day)
        return self._accepted.accepts(
            claim,
            certification,
            day,
            active=key.learner not in self._inactive,
            timed=details in self._instants,
        )

    def _is_known(
        self,
        found: _Found,
        place: int,
        day: date,
        row: FastRow,
        enrollment: Enrollment,
    ) -> bool:
        zone, now = self.certifications[row[1]].zone, self._job.now
        if self._resumes is not None or not self._has_come(found, place, row[1]):
            return False
        claim = self._claims.get(found.details[place])
        if claim is None:
            return is_awarded(enrollment, on=day, now=now)
        return is_known(claim, enrollment, on=day, zone=zone, now=now)

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
        if len(self._days) > DETAILS:
            self._days.clear()
            self._claims.clear()
            self._instants.clear()

    def _learn_days(self, cells: Set[Hashable]) -> None:
        (memory,) = (self._reader.columns[place] for place in self._detail_at)
        for cell in cast("Set[str]", cells):
            day = memory.fresh(cell)
            if isinstance(day, date) and day <= self._today and len(cell) <= LONGEST:
                self._days[cell] = day

    def _learn_details(self, samples: Mapping[Hashable, _Cells]) -> None:
        """Learn details from rows that have them."""
        for key, cells in samples.items():
            claim = self._reader.read_plain(cells) if _are_short(cells) else None
            if claim is None or isinstance(claim, RowFlaw | CompletionClaim):
                continue
            at = instant_of(claim, self._job.options.time_zone)
            latest = max(filter(None, _days_of(claim)), default=_NO_DAY)
            if isinstance(at, RowFlaw) or latest > self._today or (at and at > self._job.now):
                continue
            self._days[key], self._claims[key] = latest, claim
            if at is not None:
                self._instants[key] = at

    def _learn_who(self, cells: Set[str]) -> None:
        memory, by = self._reader.columns[self._who_at], self._columns.identified_by
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

    def _learn_things(self, things: Set[_Thing]) -> None:
        named, kinds = self._named(things), self._kinds
        matcher = self._matcher(
            trainings={name for kind, name in named.values() if kinds[kind] is not None},
            certifications={name for kind, name in named.values() if kinds[kind] is None},
        )
        for thing, (kind, name) in named.items():
            code = self._code(matcher, kind, name)
            if code is not None:
                self._things[thing] = code

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

    def _named(self, things: Set[_Thing]) -> Mapping[_Thing, tuple[str, str]]:
        """Return the kinds and names that cells say, where they do; without a kind, it is empty."""
        if not self._name_at:
            option = self._job.options.certification
            return {} if option is None else {"": ("", option)}
        memories = [self._reader.columns[place] for place in self._name_at]
        named: dict[_Thing, tuple[str, str]] = {}
        for thing in things:
            cells = (thing,) if isinstance(thing, str) else thing
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
        return thing


class _Found(NamedTuple):
    """What the cells of some rows mean."""

    rows: list[FastRow | None]
    learners: Sequence[str | None]
    things: Sequence[str | None]
    on: Sequence[date | None]
    """The latest day that a row names."""
    details: Sequence[Hashable]


def _are_short(cells: Iterable[str]) -> bool:
    return max(map(len, cells)) <= LONGEST


def _days_of(claim: EnrollmentRowClaim) -> Collection[date | None]:
    """Return the days that must not lie in the future."""
    if isinstance(claim, AwardClaim):
        return (claim.on,)
    return (claim.started_on, claim.completed_on) if isinstance(claim, EnrollmentClaim) else ()


def _learned(_texts: object) -> None:
    """Learn nothing: it is done."""


def _filled(
    found: list[V | None],
    texts: Iterable[K],
    known: Mapping[K, V],
    learn: Callable[[Set[K]], None],
) -> Sequence[int]:
    """Learn what texts mean where that is None, and fill it in; return the places that are left.

    Whatever is known counts as true.
    """
    if all(found):
        return ()
    gaps = list(map(not_, found))
    unknown = list(compress(texts, gaps))
    learn(set(unknown))
    left: list[int] = []
    for place, meaning in zip(compress(count(), gaps), map(known.get, unknown), strict=True):
        found[place] = meaning
        if meaning is None:
            left.append(place)
    return left
