"""A file with everything that a store holds, loaded into an empty store of the same tenant.

Every line is checked before anything is written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import BinaryIO, Final

from attrs import evolve, field, frozen

from certlib._declared import takes_instants
from certlib._recording import enrollment_change
from certlib.actors import Actor, require_tenant_administrator
from certlib.certifications import Certification
from certlib.errors import StoreError
from certlib.io._exports.lines import (
    CompletionLine,
    EventLine,
    ImportLine,
    ImportRowLine,
    LearnerLine,
    Line,
    LineReader,
    NoticeLine,
    ResetLine,
    StruckLine,
    SweepLine,
)
from certlib.io._exports.records_file import ALWAYS, FullStore, pages
from certlib.io._imports.keys import row_key, undo_key
from certlib.learners import Learner
from certlib.ports import (
    Change,
    EnrollmentChange,
    NoticeState,
    Query,
)
from certlib.serialize._records import RECORDS, Records
from certlib.state import Enrollment, Notice, replay
from certlib.transcript import Completion, Reset

__all__ = ["LoadedRecords", "load_records"]

PAGE: Final = 500


@frozen(kw_only=True)
class LoadedRecords:
    """What a file held."""

    learners: int
    completions: int
    events: int
    notices: int
    imports: int


@takes_instants
def load_records(
    source: BinaryIO,
    *,
    actor: Actor,
    now: datetime,
    store: FullStore,
    records: Records = RECORDS,
) -> LoadedRecords:
    """Take all that a file holds into an empty store of its tenant, which has the catalog already.

    The file is seekable, and is read twice: every line is looked at before anything is written. Raise
    `ImportFileError` with every problem there is, up to a hundred; `StoreError` where the store is not
    empty; `RefusedError` for whoever is not an administrator of the whole tenant.

    A process that ends in the middle leaves a part behind: load into a store that is new, and take it
    into use when this has returned.
    """
    require_tenant_administrator(actor, "load_records")
    _require_empty(store)
    certifications = store.certifications()
    reader = LineReader(source, records, tenant=store.tenant)
    check = _Check(reader, certifications, now)
    for line in reader.lines():
        check.look(line)
    check.end()
    reader.finish()
    writing = _Writing(store, certifications, now)
    for line in LineReader(source, records, tenant=store.tenant).lines():
        writing.take(line)
    writing.end()
    return LoadedRecords(**{name: check.counts[name] for name in _COUNTED.values()})


_COUNTED: Final[Mapping[type[Line], str]] = {
    LearnerLine: "learners",
    CompletionLine: "completions",
    EventLine: "events",
    NoticeLine: "notices",
    ImportLine: "imports",
}

_ORDER: Final[Mapping[type[Line], int]] = {
    LearnerLine: 0,
    StruckLine: 0,
    CompletionLine: 0,
    ResetLine: 0,
    EventLine: 0,
    NoticeLine: 1,
    ImportLine: 2,
    ImportRowLine: 3,
    SweepLine: 4,
}
_WITHIN: Final[Mapping[type[Line], int]] = {
    LearnerLine: 0,
    StruckLine: 1,
    CompletionLine: 2,
    ResetLine: 3,
    EventLine: 4,
}


def _require_empty(store: FullStore) -> None:
    if (
        store.all_learners(limit=1)
        or store.find(Query(at=ALWAYS), limit=1)
        or store.notices(limit=1)
        or store.imports()
    ):
        message = "it holds records already: they are loaded into a store that has a catalog alone"
        raise StoreError(f"the store of {store.tenant}", message, "store_not_empty")


def _id_of(line: Line) -> str:
    return line.learner.id if isinstance(line, LearnerLine) else getattr(line, "learner", "")


class _Check:
    """Looks at the lines of a file together: their order, what they name, what events add up to."""

    def __init__(
        self, reader: LineReader, certifications: Mapping[str, Certification], now: datetime
    ) -> None:
        self.counts: dict[str, int] = dict.fromkeys(_COUNTED.values(), 0)
        self._reader, self._certifications, self._now = reader, certifications, now
        self._place: tuple[object, ...] = (-1,)
        self._history: list[EventLine] = []
        self._number = 0
        # What may be there but once, of notices and imports.
        self._known: set[tuple[str, ...]] = set()

    def look(self, line: Line) -> None:
        """Look at one line."""
        if type(line) in _COUNTED:
            self.counts[_COUNTED[type(line)]] += 1
        self._look_at_order(line)
        if isinstance(line, EventLine):
            if self._history and _pair(self._history[-1]) != _pair(line):
                self._add_up()
            self._look_at_event(line)
        elif isinstance(line, NoticeLine):
            told = line.notice
            self._once("notice", told.learner, told.certification, told.key)
        elif isinstance(line, ImportLine):
            self._once("import", line.record.id)
        elif isinstance(line, ImportRowLine):
            outcome = line.outcome
            if ("import", outcome.import_id) not in self._known:
                self._reader.report("$.record.import_id: there is no such import")
            self._once("import row", outcome.import_id, str(outcome.row))

    def end(self) -> None:
        """Look at what the last events add up to."""
        self._add_up()

    def _once(self, *name: str) -> None:
        if name in self._known:
            self._reader.report(f"this {name[0]} is there twice")
        self._known.add(name)

    def _look_at_order(self, line: Line) -> None:
        order = _ORDER[type(line)]
        place: tuple[object, ...] = (order,)
        if order == 0:
            place = (order, _id_of(line), _WITHIN[type(line)])
        if isinstance(line, CompletionLine):
            place = (*place, line.completion.training, line.completion.at)
        elif isinstance(line, ResetLine):
            place = (*place, line.reset.training, line.reset.at)
        elif isinstance(line, EventLine):
            place = (*place, line.certification, line.event.sequence)
        before = self._place
        # A learner, a completion, a reset and an event are there but once; of the others there may be more.
        again = place == before and not isinstance(
            line, StruckLine | NoticeLine | ImportLine | ImportRowLine
        )
        if place < before or again:
            self._reader.report("out of order, or there already")
        self._place = place

    def _look_at_event(self, line: EventLine) -> None:
        if line.certification not in self._certifications:
            message = f"$.certification: no certification {line.certification} in the catalog"
            self._reader.report(message, code="unknown_certification")
        expected = self._history[-1].event.sequence + 1 if self._history else 1
        if line.event.sequence != expected:
            self._reader.report(f"$.record.sequence is {line.event.sequence}: expected {expected}")
        self._history.append(line)
        self._number = self._reader.number

    def _add_up(self) -> None:
        """Look whether the events of one enrollment add up to one."""
        if not self._history:
            return
        first = self._history[0]
        certification = self._certifications.get(first.certification)
        try:
            if certification is not None:
                _change_of(certification, self._history, self._now)
        except Exception as error:  # whatever the fold makes of events that nobody recorded
            message = f"the events up to here add up to no enrollment ({type(error).__name__})"
            self._reader.report(message, self._number, code="bad_history")
        self._history.clear()


def _pair(line: EventLine) -> tuple[str, str]:
    return line.learner, line.certification


def _change_of(
    certification: Certification, lines: Sequence[EventLine], now: datetime
) -> EnrollmentChange:
    """Return what saves the events of one enrollment."""
    learner, code = _pair(lines[0])
    events = tuple(line.event for line in lines)
    after = replay(events, learner=learner, certification=code)
    before = Enrollment.blank(learner=learner, certification=code)
    return enrollment_change(certification, before, after, events, now)


@frozen
class _Person:
    """What a file holds about one learner."""

    id: str
    struck: list[StruckLine] = field(factory=list[StruckLine])
    completions: list[Completion] = field(factory=list[Completion])
    resets: list[Reset] = field(factory=list[Reset])
    events: list[EventLine] = field(factory=list[EventLine])


class _Writing:
    """Writes the lines of a file that has been looked at into a store."""

    def __init__(
        self, store: FullStore, certifications: Mapping[str, Certification], now: datetime
    ) -> None:
        self._store, self._certifications, self._now = store, certifications, now
        self._learners: list[Learner] = []
        self._people: list[_Person] = []
        self._notices: list[NoticeLine] = []
        self._states: list[NoticeState] = []
        self._rows: list[ImportRowLine] = []

    def take(self, line: Line) -> None:
        """Write one line, or keep it until there are many."""
        match line:
            case LearnerLine():
                self._learners.append(line.learner)
                self._person(line.learner.id)
            case StruckLine():
                self._person(line.learner).struck.append(line)
            case CompletionLine():
                self._person(line.learner).completions.append(line.completion)
            case ResetLine():
                self._person(line.learner).resets.append(line.reset)
            case EventLine():
                self._person(line.learner).events.append(line)
            case NoticeLine():
                self._people_written()
                self._take_notice(line)
            case ImportLine():
                self._store.save_import(evolve(line.record, undos=()))
                for undo in line.record.undos:
                    self._store.save_undo(line.record.id, undo)
            case ImportRowLine():
                self._take_row(line)
            case _:
                self._store.record_sweep(line.at)

    def end(self) -> None:
        """Write what is left, and what has become of the notices."""
        self._people_written()
        self._notices_written()
        self._rows_written()
        self._settle_notices()

    def _person(self, id: str) -> _Person:
        if not self._people or self._people[-1].id != id:
            if len(self._people) == PAGE:
                self._people_written()
            self._people.append(_Person(id))
        return self._people[-1]

    def _people_written(self) -> None:
        if self._learners:
            self._store.put_learners(self._learners)
        people, self._learners, self._people = self._people, [], []
        while any(person.struck for person in people):
            rounds = {person.id: _round(person.struck) for person in people if person.struck}
            for completing in (True, False):
                self._store.save([_struck(id, those, completing) for id, those in rounds.items()])
        changes = [
            self._change(each) for each in people if each.completions or each.resets or each.events
        ]
        if changes:
            self._store.save(changes)

    def _change(self, person: _Person) -> Change:
        return Change(
            learner=person.id,
            enrollments=tuple(
                _change_of(self._certifications[pair[1]], list(those), self._now)
                for pair, those in groupby(person.events, key=_pair)
            ),
            completions=tuple(person.completions),
            resets=tuple(person.resets),
        )

    def _take_notice(self, line: NoticeLine) -> None:
        """Keep notices that may be saved together in their order: of a learner only the last ones."""
        learners = [each.notice.learner for each in self._notices]
        apart = bool(learners) and (
            (line.notice.learner in learners and learners[-1] != line.notice.learner)
            or _is_withheld(line) is not _is_withheld(self._notices[-1])
            or len(learners) == PAGE
        )
        if apart:
            self._notices_written()
        self._notices.append(line)
        self._states.append(line.state)

    def _notices_written(self) -> None:
        changes: list[Change] = []
        for learner, those in groupby(self._notices, key=lambda line: line.notice.learner):
            lines = list(those)
            notices = tuple(line.notice for line in lines)
            if _is_withheld(lines[0]):
                changes.append(Change(learner=learner, withheld=notices))
            else:
                changes.append(Change(learner=learner, notices=notices))
        if changes:
            self._store.save(changes)
        self._notices = []

    def _settle_notices(self) -> None:
        """Mark what was told or withdrawn; the notices have the order of the file."""
        states = iter(self._states)
        for page in pages(self._store.notices, lambda item: item[0], first=0):
            found = [(number, notice, next(states)) for number, notice in page]
            told = [number for number, _, state in found if state is NoticeState.TOLD]
            if told:
                self._store.acknowledge(told)
            gone: dict[str, list[Notice]] = {}
            for _, notice, state in found:
                if state is NoticeState.WITHDRAWN:
                    gone.setdefault(notice.learner, []).append(notice)
            if gone:
                self._store.save(
                    [Change(learner=id, withdrawn=tuple(those)) for id, those in gone.items()]
                )

    def _take_row(self, line: ImportRowLine) -> None:
        learner = line.outcome.learner
        if len(self._rows) == PAGE or learner in (each.outcome.learner for each in self._rows):
            self._rows_written()
        self._rows.append(line)

    def _rows_written(self) -> None:
        changes: list[Change] = []
        undone: list[Change] = []
        for outcome in (line.outcome for line in self._rows):
            key = row_key(outcome.import_id, outcome.row)
            changes.append(Change(learner=outcome.learner, outcome=outcome, key=key))
        for outcome in (line.outcome for line in self._rows if line.undone):
            key = undo_key(outcome.import_id, outcome.row)
            undone.append(Change(learner=outcome.learner, key=key))
        for batch in (changes, undone):
            if batch:
                self._store.save(batch)
        self._rows = []


def _is_withheld(line: NoticeLine) -> bool:
    return line.state is NoticeState.WITHHELD


def _round(struck: list[StruckLine]) -> list[StruckLine]:
    """Take the first ones out that are of different completions: of one, each is struck by itself."""
    keys = [line.struck.completion.key for line in struck]
    count = next((n for n, key in enumerate(keys) if key in keys[:n]), len(keys))
    found = struck[:count]
    del struck[:count]
    return found


def _struck(learner: str, lines: Sequence[StruckLine], completing: bool) -> Change:  # noqa: FBT001
    those = tuple(line.struck for line in lines)
    if completing:
        return Change(learner=learner, completions=tuple(each.completion for each in those))
    return Change(learner=learner, struck=those)
