"""What a law looks at in a stored enrollment, and what it finds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from typing import Final, TypeAlias

from attrs import evolve, frozen

from certlib.audit._law import Law
from certlib.audit._record import ByHand, GiveCommand, Mend, Record
from certlib.certifications import Certification, Version
from certlib.state._enrollments import Enrollment
from certlib.state._events import Event
from certlib.state._fold import fold, replay, struck_entries
from certlib.state._status import Status
from certlib.state._table import Row, Table
from certlib.state.commands import Strike
from certlib.state.facts import CertificateAwarded, EntryStruck

__all__ = [
    "RESTORE",
    "Breach",
    "EnrollmentLaw",
    "Entry",
    "Examined",
    "strike",
    "strike_or_restore",
]


@frozen(kw_only=True)
class Breach:
    """One place where an enrollment breaks a law: what was found there, and what was expected."""

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
    """The rows of the table with its name; empty if the table no longer has such a row."""

    @property
    def first(self) -> Event:
        """The event of the command's own fact."""
        return self.events[0]

    @property
    def is_strike(self) -> bool:
        """Whether it strikes another entry."""
        return isinstance(self.first.fact, EntryStruck)

    @property
    def may_be_late(self) -> bool:
        """Whether it may be dated before the last fact."""
        if self.rows:
            return any(row.late for row in self.rows)
        return isinstance(self.first.fact, CertificateAwarded)


@frozen(kw_only=True, slots=False)
class Examined:
    """A record under examination, with what several laws derive from it."""

    record: Record
    enrollment: Enrollment
    """The enrollment to check: the stored one, or the one that the history adds up to."""
    at: datetime
    table: Table

    @property
    def history(self) -> tuple[Event, ...]:
        """The events, as they are stored."""
        return self.record.history

    @property
    def certification(self) -> Certification | None:
        """The certification; None if the host does not know it."""
        return self.record.certification

    def version(self, number: int) -> Version | None:
        """Return a version of the certification; None if either is unknown."""
        return self.certification.version(number) if self.certification else None

    @cached_property
    def replayed(self) -> Enrollment:
        """What the history adds up to."""
        return self._replay(self.history)

    @cached_property
    def on_replayed(self) -> Examined:
        """The same record, as if the replayed enrollment were stored."""
        return evolve(self, enrollment=self.replayed)

    @cached_property
    def struck(self) -> frozenset[int]:
        """The entries that are struck."""
        return struck_entries(self.history)

    @cached_property
    def standing(self) -> tuple[Event, ...]:
        """The events that are not struck, without the strikes."""
        return tuple(
            event
            for event in self.history
            if event.entry not in self.struck and not isinstance(event.fact, EntryStruck)
        )

    @property
    def counting(self) -> Iterator[Entry]:
        """The entries that are neither struck nor strikes."""
        return (
            entry
            for entry in self.entries
            if entry.number not in self.struck and not entry.is_strike
        )

    @property
    def last_instant(self) -> datetime:
        """The instant of the audit, or of the last fact if that is later."""
        return max(filter(None, (self.at, self.enrollment.last_fact_at)))

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """The entries by number, each with what was known before it."""
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
            else:  # it follows everything known, so nothing has to be replayed
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
    """Fold the events of an entry; return also the status that it left at its own instant."""
    at = events[0].at
    after = known.status_at(at)
    for event in sorted(events, key=lambda event: (event.at, event.sequence)):
        known = fold(known, event)
        if event.at == at:
            after = known.status_at(at)
    return known, after


EnrollmentLaw: TypeAlias = Law[Examined, Breach]
"""Something that must hold of every stored enrollment."""

RESTORE: Final = ByHand(
    words="recorded events are never rewritten: restore them from an earlier copy"
)


def strike(entry: int) -> GiveCommand:
    """Return the mend that strikes an entry."""
    return GiveCommand(command=Strike(entry=entry))


def strike_or_restore(entry: int) -> tuple[Mend, ...]:
    """Return the mends of an entry that no command could have recorded."""
    return (strike(entry), RESTORE)
