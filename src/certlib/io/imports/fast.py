"""Looking at plain rows by their cells alone, a column at a time.

A row of a format with `ClaimColumns` says: somebody, a thing, a day. Each of the three has few texts among
many rows, so it is remembered, for the rest of the file, what a text means beyond doubt, and of
somebody who was found, what he has completed. Then a row is read, matched and judged by looking up,
and no row costs a call of its own.

Whatever is not beyond doubt - a cell that is no day, a day to come, somebody unknown, a name that
several have - is not remembered, and such rows go the way of all other formats
(`certlib.io.imports.classify`), which is the oracle of the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from datetime import date
from itertools import compress, count
from operator import itemgetter, not_
from types import MappingProxyType
from typing import Final, NamedTuple, TypeAlias, TypeVar, cast

from certlib.certifications import Certification
from certlib.io.formats.columns import ClaimColumns
from certlib.io.imports.awards import Awards
from certlib.io.imports.job import ImportJob
from certlib.io.imports.matching import Matcher
from certlib.io.imports.reading import LONGEST, MOST, ClaimReader
from certlib.io.imports.repeats import KeySet
from certlib.ports import EnrollmentKey, IdentifierKind, Outcome

__all__ = ["CERTIFICATION", "FastRows", "Looked", "PlainRow"]

PlainRow: TypeAlias = tuple[str, str, date]
"""The learner's id, the thing - a training's code, or a certification's - and the day."""

CERTIFICATION: Final = "\n"
"""Before the code of a certification that is a thing; no code begins like that."""

COMPLETIONS: Final = 1 << 17
"""Days of completions that are remembered of all learners; then all are forgotten."""

T = TypeVar("T")
V = TypeVar("V")

_Thing: TypeAlias = tuple[str, str]
"""The cells that say of what kind it is, and its name."""

_SETS: Final = (Outcome.ALREADY_COMPLETED, Outcome.NEW)
"""By whether a row is the first of the file that says something."""


class Looked(NamedTuple):
    """What some rows say."""

    rows: list[PlainRow | None]
    """None for those that are not plain."""
    complete: list[int]
    """The places of completions that are known, or a later one."""


class FastRows:
    """What the cells of plain rows mean, as far as that is beyond doubt, and their sets."""

    def __init__(
        self,
        job: ImportJob,
        plain: ClaimColumns,
        reading: ClaimReader,
        *,
        today: date,
        resumes: str | None,
        awards: Awards,
        seen: KeySet,
    ) -> None:
        """Look at the rows of one file; what is later than today is not plain."""
        self._job = job
        self._plain = plain
        self._today = today
        self._resumes = resumes
        self._awards = awards
        self._seen = seen
        places = [
            job.format.columns.index(each)
            for each in (plain.identifier, plain.kind, plain.name, plain.on)
        ]
        self._cells = [itemgetter(place) for place in places]
        self._columns = [reading.columns[place] for place in places]
        self._learners: dict[str, str] = {}
        self._completed: dict[tuple[str | None, str | None], date] = {}
        self._things: dict[_Thing, str] = {}
        self._days: dict[str, date] = {}
        self._certifications: dict[str, Certification] = {}

    def look(self, rows: Sequence[Sequence[str]]) -> Looked:
        """Return what each row says, as far as that is beyond doubt.

        Of awards only those are plain that the rules are known to accept, of people who have no
        enrollment.
        """
        self._forget()
        who, kinds, names, days = (list(map(cell, rows)) for cell in self._cells)
        learners = list(map(self._learners.get, who))
        things = list(map(self._things.get, zip(kinds, names, strict=True)))
        on = list(map(self._days.get, days))
        doubtful = (
            *_filled(learners, who, self._learners, self._learn_who),
            *_filled(things, zip(kinds, names, strict=True), self._things, self._learn_things),
            *_filled(on, days, self._days, self._learn_days),
        )
        said = cast("list[PlainRow | None]", list(zip(learners, things, on, strict=True)))
        for place in doubtful:
            said[place] = None
        latest = list(map(self._completed.get, zip(learners, things, strict=True)))
        complete = [
            place
            for place, day in compress(enumerate(latest), latest)
            if (row := said[place]) and day and day >= row[2]
        ]
        for place in self._doubtful_awards(said, things):
            said[place] = None
        return Looked(said, complete)

    def sets(self, looked: Looked) -> list[Outcome]:
        """Return the set of each plain row, and anything for the others.

        To be asked once for each row of a file, in its order.
        """
        outcomes = list(map(_SETS.__getitem__, self._seen.add_all(looked.rows)))
        for place in looked.complete:
            outcomes[place] = Outcome.ALREADY_COMPLETED
        return outcomes

    def _doubtful_awards(
        self, rows: Sequence[PlainRow | None], things: Sequence[str | None]
    ) -> Iterable[int]:
        """Return the places of awards that need a closer look."""
        doubtful: list[int] = []
        keys: dict[int, EnrollmentKey] = {}
        certifications, accepts = self._certifications, self._awards.accepts
        for place in compress(count(), map(certifications.__contains__, things)):
            row = rows[place]
            if row is None:
                continue
            learner, thing, on = row
            code = certifications[thing].code
            if accepts(code, on):
                keys[place] = EnrollmentKey(learner, code)
            else:
                doubtful.append(place)
        if keys and (enrolled := self._job.store.load(set(keys.values()))):
            doubtful += (place for place, key in keys.items() if key in enrolled)
        return doubtful

    # --- what cells mean ----------------------------------------------------------------------

    def _forget(self) -> None:
        """Forget what is remembered when it is much, so that memory stays flat."""
        if len(self._learners) > MOST or len(self._completed) > COMPLETIONS:
            # Whoever is remembered, what he has completed is.
            self._learners.clear()
            self._completed.clear()
        for known in (self._things, self._days):
            if len(known) > MOST:
                known.clear()

    def _learn_days(self, cells: Set[str]) -> None:
        column = self._columns[3]
        for cell in cells:
            day = column.fresh(cell)
            if isinstance(day, date) and day <= self._today and len(cell) <= LONGEST:
                self._days[cell] = day

    def _learn_who(self, cells: Set[str]) -> None:
        column, by = self._columns[0], self._plain.identified_by
        identifiers = {
            cell: value
            for cell in cells
            if len(cell) <= LONGEST and isinstance(value := column.fresh(cell), str)
        }
        matcher = self._matcher(identifiers={by: set(identifiers.values())})
        meant = matcher.only_learners(identifiers.values(), by)
        ids = {text: learner.id for text, learner in meant.items()}
        found = {cell: ids[text] for cell, text in identifiers.items() if text in ids}
        if self._job.actor.id in ids.values():
            found = {cell: id for cell, id in found.items() if id != self._job.actor.id}
        self._learn_completions(set(found.values()))
        self._learners.update(found)

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
        named, kinds = self._named(things), self._plain.kinds
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

    def _named(self, things: Set[_Thing]) -> Mapping[_Thing, _Thing]:
        """Return the kinds and names that cells are, where they are such."""
        _, kinds, names, _ = self._columns
        read = (
            (thing, kinds.fresh(thing[0]), names.fresh(thing[1]))
            for thing in things
            if max(map(len, thing)) <= LONGEST
        )
        return {
            thing: (kind, name)
            for thing, kind, name in read
            if isinstance(kind, str) and isinstance(name, str)
        }

    def _code(self, matcher: Matcher, kind: str, name: str) -> str | None:
        """Return the thing that is meant, if there is just one."""
        of = self._plain.kinds[kind]
        if of is not None:
            trainings = matcher.trainings_of(name, of)
            return trainings[0].code if len(trainings) == 1 else None
        certification = matcher.only_certification(name)
        if certification is None:
            return None
        thing = f"{CERTIFICATION}{certification.code}"
        self._certifications[thing] = certification
        return thing


def _filled(
    found: list[V | None],
    texts: Iterable[T],
    known: Mapping[T, V],
    learn: Callable[[Set[T]], None],
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
