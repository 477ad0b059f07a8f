"""Striking: taking an entry out of the count, and what rests on it (R13).

A fact rests on an earlier one if it was given in the status (whatever time has made of that since),
in the open cycle, or on the newest certificate that the earlier one made. The certificate of a cycle
rests on everything without which the cycle would not be finished. Awards rest only on what lifted a
bar before them; strikes and further assignments rest on nothing. Computed dates never make a fact
rest on another. The decision about a request rests on the request.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar, Final

from attrs import field, frozen

from certlib._validators import positive
from certlib.state._actions.access import AccessApproved, AccessDenied
from certlib.state._actions.awarding import CertificateAwarded, CertificateIssued
from certlib.state._actions.enrolling import AssignmentAdded
from certlib.state._actions.exam import AttemptsDenied, AttemptsGranted, ExamApproved, ExamDenied
from certlib.state._actions.steps import EvidenceApproved, EvidenceDenied
from certlib.state._enrollments import Enrollment
from certlib.state._events import EntryStruck, Event, Fact
from certlib.state._fold import replay, struck_entries
from certlib.state._guard import command_if, guard, listed
from certlib.state._proposals import Choice, Command, Proposal, command_as

__all__ = [
    "DECISIONS",
    "Strike",
    "entry_can_be_struck",
    "nothing_rests_on_it",
    "resting_on",
    "strike",
]


@frozen(kw_only=True)
class Strike(Command):
    """Strike an entry as an error: it no longer counts, and stays readable (row 37)."""

    name = "strike"
    chooses: ClassVar[str | None] = "entry"
    entry: int = field(validator=positive)

    @classmethod
    def choices(cls, proposal: Proposal) -> Iterator[Choice]:
        """Yield the entries that are neither struck nor strikes themselves."""
        history = proposal.case.history or ()
        struck = struck_entries(history)
        strikes = {event.entry for event in history if isinstance(event.fact, EntryStruck)}
        for entry in sorted({event.entry for event in history} - struck - strikes):
            yield Choice(label=str(entry), command=cls(entry=entry))


DECISIONS: Final = (
    AccessApproved,
    AccessDenied,
    AttemptsDenied,
    AttemptsGranted,
    EvidenceApproved,
    EvidenceDenied,
    ExamApproved,
    ExamDenied,
)


def resting_on(entry: int, history: Sequence[Event], enrollment: Enrollment) -> tuple[int, ...]:
    """Return the entries that rest on an entry and are not struck, oldest first."""
    struck = struck_entries(history)
    standing = [event for event in history if event.entry not in struck]
    later = sorted({event.entry for event in standing if event.entry > entry})
    return tuple(number for number in later if _rests(number, entry, standing, enrollment))


def _rests(later: int, entry: int, standing: Sequence[Event], enrollment: Enrollment) -> bool:
    given = [event for event in standing if event.entry == later]
    first = given[0]
    if isinstance(
        first.fact, EntryStruck
    ):  # rests on nothing, but for a certificate that it led to
        return _completes(entry, given, standing, enrollment)
    before = _replayed((event for event in standing if event.entry < later), enrollment)
    if isinstance(first.fact, CertificateAwarded):
        return before.bar_lifted_by == entry
    status = before.status_at(first.at)
    if isinstance(first.fact, AssignmentAdded) and status is not None:
        return False
    if before.status_entry == entry:
        return True
    cycle = before.open_cycle
    if cycle is not None and cycle.entry == entry:
        return True
    if any(request == entry for request in _requests_decided(given)):
        return True
    if cycle is not None and cycle.entry < entry and _completes(entry, given, standing, enrollment):
        return True
    newest = before.newest_certificate
    if newest is None or newest.entry != entry:
        return False
    decided_by_the_certificate = cycle is None and before.bar is None
    return decided_by_the_certificate or any(event.fact.is_on_the_certificate for event in given)


def _requests_decided(given: Sequence[Event]) -> Iterator[int]:
    """Yield the requests that an entry decided: a decision rests on what was asked."""
    for event in given:
        if isinstance(event.fact, DECISIONS):
            yield event.fact.request


def _completes(
    entry: int, given: Sequence[Event], standing: Sequence[Event], enrollment: Enrollment
) -> bool:
    """Whether a certificate that was given rests on an entry: without it something is missing (R2)."""
    issued = next((e.fact for e in given if isinstance(e.fact, CertificateIssued)), None)
    if issued is None:
        return False
    upto = given[0].entry
    without = _replayed((e for e in standing if e.entry <= upto and e.entry != entry), enrollment)
    cycle = without.cycle(issued.cycle)
    return cycle is None or not cycle.is_complete


def _replayed(events: Iterable[Event], enrollment: Enrollment) -> Enrollment:
    return replay(events, learner=enrollment.learner, certification=enrollment.certification)


@guard(
    "there is no such entry, or it is already struck, or it is a strike itself",
    asks=("entry",),
)
def entry_can_be_struck(proposal: Proposal) -> bool:
    command = command_if(proposal.command, Strike)
    if command is None:
        return True
    history = proposal.case.history or ()
    recorded = [event for event in history if event.entry == command.entry]
    return bool(recorded) and not (
        command.entry in struck_entries(history)
        or any(isinstance(e.fact, EntryStruck) for e in recorded)
    )


def _resting(proposal: Proposal) -> tuple[int, ...]:
    command = command_if(proposal.command, Strike)
    if command is None:
        return ()
    return resting_on(command.entry, proposal.case.history or (), proposal.case.enrollment)


@guard(
    "later entries rest on it; strike those first: {entries}",
    asks=("entry",),
    params=lambda p: {"entries": listed(str(entry) for entry in reversed(_resting(p)))},
)
def nothing_rests_on_it(proposal: Proposal) -> bool:
    return not _resting(proposal)


def strike(proposal: Proposal) -> tuple[Fact, ...]:
    """Strike an entry (row 37)."""
    return (EntryStruck(entry=command_as(proposal, Strike).entry),)
