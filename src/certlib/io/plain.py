"""Looking at plain rows by their cells alone, a column at a time.

A row of a format that is `Plain` says: somebody, a thing, a day. Each of the three has few texts among
many rows, so it is remembered, for the rest of the file, what a text means beyond doubt. Then a row is
read and matched by looking up three texts. Whatever is not beyond doubt - a cell that is no day, a
day to come, somebody unknown, a name that several have - is not remembered, and such rows go the way
of all other formats (`certlib.io.classify`), which is the oracle of the tests.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import date
from types import MappingProxyType
from typing import Final, TypeAlias, TypeVar

from certlib.certifications import Certification
from certlib.io.columns import Plain
from certlib.io.matching import Matcher
from certlib.io.reading import LONGEST, MOST, Reading
from certlib.io.work import Work
from certlib.ports import IdentifierKind

__all__ = ["CERTIFICATION", "PlainRow", "PlainRows"]

PlainRow: TypeAlias = tuple[str, str, date]
"""The learner's id, the thing - a training's code, or a certification's - and the day."""

CERTIFICATION: Final = "\n"
"""Before the code of a certification that is a thing; no code begins like that."""

T = TypeVar("T")

_Thing: TypeAlias = tuple[str, str]
"""The cells that say of what kind it is, and its name."""


class PlainRows:
    """What the cells of plain rows mean, as far as that is beyond doubt."""

    def __init__(self, work: Work, plain: Plain, reading: Reading, today: date) -> None:
        """Look at the rows of one file; what is later than today is not plain."""
        self._work = work
        self._plain = plain
        self._today = today
        self._places = tuple(
            work.format.columns.index(each)
            for each in (plain.identifier, plain.kind, plain.name, plain.on)
        )
        self._columns = [reading.columns[place] for place in self._places]
        self._learners: dict[str, str] = {}
        self._things: dict[_Thing, str] = {}
        self._days: dict[str, date] = {}
        self.certifications: dict[str, Certification] = {}
        """Of things that are certifications: which."""

    def look(self, rows: Sequence[Sequence[str]]) -> list[PlainRow | None]:
        """Return of each row what it says; None where that is not beyond doubt."""
        columns = tuple(zip(*rows, strict=True))
        who, kinds, names, days = (columns[place] for place in self._places)
        for known in (self._learners, self._things, self._days):
            if len(known) > MOST:
                known.clear()
        learners = list(map(self._learners.get, who))
        if not all(learners) and self._learn_who(_unknown(who, learners)):
            learners = list(map(self._learners.get, who))
        things = list(map(self._things.get, zip(kinds, names, strict=True)))
        if not all(things):
            called = zip(kinds, names, strict=True)
            if self._learn_things(_unknown(called, things)):
                things = list(map(self._things.get, zip(kinds, names, strict=True)))
        on = list(map(self._days.get, days))
        if not all(on) and self._learn_days(_unknown(days, on)):
            on = list(map(self._days.get, days))
        return [
            (learner, thing, day) if learner and thing and day else None
            for learner, thing, day in zip(learners, things, on, strict=True)
        ]

    def _learn_days(self, cells: set[str]) -> bool:
        """Remember what these cells mean, where that is beyond doubt; return whether it is of any."""
        before = len(self._days)
        column = self._columns[3]
        for cell in cells:
            day = column.fresh(cell)
            if isinstance(day, date) and day <= self._today and len(cell) <= LONGEST:
                self._days[cell] = day
        return len(self._days) > before

    def _learn_who(self, cells: set[str]) -> bool:
        before = len(self._learners)
        column, by = self._columns[0], self._plain.identified_by
        read = ((cell, column.fresh(cell)) for cell in cells if len(cell) <= LONGEST)
        identifiers = {cell: value for cell, value in read if isinstance(value, str)}
        matcher = self._matcher(identifiers={by: set(identifiers.values())})
        meant = matcher.only_learners(identifiers.values(), by)
        for cell, identifier in identifiers.items():
            if identifier in meant and meant[identifier].id != self._work.actor.id:
                self._learners[cell] = meant[identifier].id
        return len(self._learners) > before

    def _learn_things(self, things: set[_Thing]) -> bool:
        before = len(self._things)
        named, kinds = self._named(things), self._plain.kinds
        matcher = self._matcher(
            trainings={name for kind, name in named.values() if kinds[kind] is not None},
            certifications={name for kind, name in named.values() if kinds[kind] is None},
        )
        for thing, (kind, name) in named.items():
            code = self._code(matcher, kind, name)
            if code is not None:
                self._things[thing] = code
        return len(self._things) > before

    def _matcher(
        self,
        identifiers: Mapping[IdentifierKind, Set[str]] = MappingProxyType({}),
        trainings: Set[str] = frozenset(),
        certifications: Set[str] = frozenset(),
    ) -> Matcher:
        return Matcher.fetch(
            self._work.sources,
            (),
            actor=self._work.actor,
            identifiers=identifiers,
            trainings=trainings,
            certifications=certifications,
        )

    def _named(self, things: set[_Thing]) -> Mapping[_Thing, _Thing]:
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
        self.certifications[thing] = certification
        return thing


def _unknown(wanted: Iterable[T], found: Iterable[object]) -> set[T]:
    return {each for each, value in zip(wanted, found, strict=True) if value is None}
