"""What rests on an entry (R13): while something does, the entry cannot be struck.

A fact rests on an earlier one if it was given in the status, in the open cycle, or on the newest
certificate that the earlier one made. Awards rest only on what lifted a bar before them; strikes and
further assignments rest on nothing. Computed dates never make a fact rest on another.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from certlib.state.enrollments import Enrollment
from certlib.state.events import Event
from certlib.state.facts import AssignmentAdded, CertificateAwarded, EntryStruck
from certlib.state.fold import replay, struck_entries

__all__ = ["resting_on"]


def resting_on(entry: int, history: Sequence[Event], enrollment: Enrollment) -> tuple[int, ...]:
    """Return the entries that rest on an entry and are not struck, oldest first."""
    struck = struck_entries(history)
    standing = [event for event in history if event.entry not in struck]
    later = sorted({event.entry for event in standing if event.entry > entry})
    return tuple(number for number in later if _rests(number, entry, standing, enrollment))


def _rests(later: int, entry: int, standing: Iterable[Event], enrollment: Enrollment) -> bool:
    given = [event for event in standing if event.entry == later]
    first = given[0]
    if isinstance(first.fact, EntryStruck):
        return False
    before = replay(
        (event for event in standing if event.entry < later),
        learner=enrollment.learner,
        certification=enrollment.certification,
    )
    if isinstance(first.fact, CertificateAwarded):
        return before.bar_lifted_by == entry
    status = before.status_at(first.at)
    if isinstance(first.fact, AssignmentAdded) and status is not None:
        return False
    if before.status_entry == entry and before.since(first.at) == before.status_since:
        return True
    cycle = before.open_cycle
    if cycle is not None and cycle.entry == entry:
        return True
    newest = before.newest_certificate
    if newest is None or newest.entry != entry:
        return False
    decided_by_the_certificate = cycle is None and before.bar is None
    return decided_by_the_certificate or any(event.fact.is_on_the_certificate for event in given)
