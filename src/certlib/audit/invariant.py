"""Invariants: what holds of every stored enrollment, as values, and what they look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cached_property
from typing import Final

from attrs import evolve, frozen

from certlib.audit.record import ByHand, GiveCommand, Mend, Record
from certlib.certifications import Certification, Version
from certlib.state.commands import Strike
from certlib.state.enrollments import Enrollment
from certlib.state.events import Event
from certlib.state.facts import CertificateAwarded, EntryStruck
from certlib.state.fold import fold, replay, struck_entries
from certlib.state.status import Status
from certlib.state.table import Row, Table

__all__ = ["RESTORE", "Entry", "Examined", "Found", "Invariant", "strike", "strike_or_restore"]


@frozen(kw_only=True)
class Found:
    """One place at which an invariant does not hold."""

    place: str
    found: str
    expected: str
    mends: tuple[Mend, ...]


@frozen(kw_only=True)
class Entry:
    """One entry of a history, with what was known just before it (R12)."""

    number: int
    events: tuple[Event, ...]
    before: Status | None
    """The status just before it, at the instant of its command."""
    after: Status | None
    last_fact_at: datetime | None
    """The last fact known before it."""
    rows: tuple[Row, ...]
    """The rows of the table that have the name of its own; none: the table has no such row any more."""

    @property
    def first(self) -> Event:
        """The event of the fact that was given."""
        return self.events[0]

    @property
    def is_strike(self) -> bool:
        """Whether it strikes another entry."""
        return isinstance(self.first.fact, EntryStruck)

    @property
    def may_be_late(self) -> bool:
        """Whether it may be dated before the last fact (T5)."""
        if self.rows:
            return any(row.late for row in self.rows)
        return isinstance(self.first.fact, CertificateAwarded)


@frozen(kw_only=True, slots=False)
class Examined:
    """A record under examination, with what several invariants work out from it."""

    record: Record
    enrollment: Enrollment
    """What is looked at: what is stored, or what the history adds up to."""
    at: datetime
    table: Table

    @property
    def history(self) -> tuple[Event, ...]:
        """The events, as they are stored."""
        return self.record.history

    @property
    def certification(self) -> Certification | None:
        """The certification; None where the host knows none."""
        return self.record.certification

    def version(self, number: int) -> Version | None:
        """Return a version of the certification, where both are known."""
        return self.certification.version(number) if self.certification else None

    @cached_property
    def replayed(self) -> Enrollment:
        """What the history adds up to."""
        return self._replay(self.history)

    @cached_property
    def on_replayed(self) -> Examined:
        """The same record, as if what the history adds up to were stored."""
        return evolve(self, enrollment=self.replayed)

    @cached_property
    def struck(self) -> frozenset[int]:
        """The entries that are struck."""
        return struck_entries(self.history)

    @cached_property
    def standing(self) -> tuple[Event, ...]:
        """The events that are not struck, strikes left out."""
        return tuple(
            event
            for event in self.history
            if event.entry not in self.struck and not isinstance(event.fact, EntryStruck)
        )

    @property
    def counting(self) -> Iterator[Entry]:
        """The entries that count: a strike mends whatever is wrong with another entry."""
        return (
            entry
            for entry in self.entries
            if entry.number not in self.struck and not entry.is_strike
        )

    @property
    def last_instant(self) -> datetime:
        """The instant of the audit, or that of the last fact where that is later."""
        return max(filter(None, (self.at, self.enrollment.last_fact_at)))

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """The entries by number, each on what was known before it."""
        by_number: dict[int, list[Event]] = {}
        for event in self.history:
            by_number.setdefault(event.entry, []).append(event)
        known = self._replay(())
        before: list[Event] = []
        found: list[Entry] = []
        for number, events in sorted(by_number.items()):
            at, last = events[0].at, known.last_fact_at
            late = last is not None and min(event.at for event in events) < last
            if late or isinstance(events[0].fact, EntryStruck):
                was = self._replay(before, at=at).status_at(at)
                before += events
                is_ = self._replay(before, at=at).status_at(at)
                known = self._replay(before)
            else:  # it comes after everything known, so that nothing need be replayed
                was = known.status_at(at)
                before += events
                known, is_ = _folded(known, events)
            found.append(
                Entry(
                    number=number,
                    events=tuple(events),
                    before=was,
                    after=is_,
                    last_fact_at=last,
                    rows=tuple(row for row in self.table.rows if row.name == events[0].row),
                )
            )
        return tuple(found)

    def _replay(
        self, events: tuple[Event, ...] | list[Event], *, at: datetime | None = None
    ) -> Enrollment:
        stored = self.record.enrollment
        return replay(events, learner=stored.learner, certification=stored.certification, at=at)


def _folded(known: Enrollment, events: list[Event]) -> tuple[Enrollment, Status | None]:
    """Fold the events of an entry, and return the status that it left at its own instant."""
    at = events[0].at
    after = known.status_at(at)
    for event in sorted(events, key=lambda event: (event.at, event.sequence)):
        known = fold(known, event)
        if event.at == at:
            after = known.status_at(at)
    return known, after


@frozen(kw_only=True)
class Invariant:
    """One thing that holds of every stored enrollment: its code, its sentence, and what breaks it."""

    code: str
    """Names the breach; public."""
    sentence: str
    """Says what holds."""
    finds: Callable[[Examined], Iterator[Found]]


RESTORE: Final = ByHand(
    words="what is recorded is never rewritten: restore the events from a copy made before"
)


def strike(entry: int) -> GiveCommand:
    """Return the mend that takes an entry out of the count."""
    return GiveCommand(command=Strike(entry=entry))


def strike_or_restore(entry: int) -> tuple[Mend, ...]:
    """Return the mends of an entry that holds what no command records."""
    return (strike(entry), RESTORE)
