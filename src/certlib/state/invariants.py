"""What holds after every command, whatever the table says (requirements 4.3, invariants)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import pairwise
from typing import Final

from attrs import frozen

from certlib.actors import Actor, Role
from certlib.state.commands import Command, RestoreAccess, Strike
from certlib.state.engine import Accepted
from certlib.state.enrollments import Certificate
from certlib.state.fold import replay
from certlib.state.proposals import Case
from certlib.state.status import Status
from certlib.state.timeline import certified_spans

__all__ = ["INVARIANTS", "Invariant", "Taken", "broken_by"]

IN_A_CYCLE: Final = frozenset(
    {Status.NOT_STARTED, Status.IN_PROGRESS, Status.PENDING_APPROVAL, Status.RECERTIFYING}
)
BARRED: Final = frozenset({Status.REVOKED, Status.DISALLOWED})


@frozen(kw_only=True)
class Taken:
    """A command that was accepted, with the case before and after it."""

    before: Case
    command: Command
    actor: Actor
    now: datetime
    accepted: Accepted
    after: Case
    """With the enrollment and the history that the command left."""

    def left(self, *statuses: Status) -> bool:
        """Whether the status at ``now`` was one of these before the command, and is another after."""
        before = self.before.enrollment.status_at(self.now)
        return before in statuses and self.after.enrollment.status_at(self.now) is not before


@frozen(kw_only=True)
class Invariant:
    """One thing that always holds."""

    sentence: str
    holds: Callable[[Taken], bool]


def _open_cycles(taken: Taken) -> int:
    return sum(cycle.ended_at is None for cycle in taken.after.enrollment.cycles)


def _open_exactly_in_a_cycle(taken: Taken) -> bool:
    in_a_cycle = taken.after.enrollment.status_at(taken.now) in IN_A_CYCLE
    return in_a_cycle == (_open_cycles(taken) > 0)


def _numbered(taken: Taken) -> bool:
    return all(a.number < b.number for a, b in pairwise(taken.after.enrollment.cycles))


def _replays(taken: Taken) -> bool:
    stored = taken.after.enrollment
    history = taken.after.history or ()
    return stored == replay(history, learner=stored.learner, certification=stored.certification)


def _one_in_force(taken: Taken) -> bool:
    enrollment, now = taken.after.enrollment, taken.now
    if enrollment.certificates == taken.before.enrollment.certificates:
        return True
    spans = certified_spans(
        taken.after.history or (),
        learner=enrollment.learner,
        certification=enrollment.certification,
    )
    apart = all(until is not None and until < start for (_, until), (start, _) in pairwise(spans))
    certified = any(start <= now and (until is None or now < until) for start, until in spans)
    return apart and certified == enrollment.certified_at(now)


def _ordered_by_issue(taken: Taken) -> bool:
    order = [(each.issued_at, each.sequence) for each in taken.after.enrollment.certificates]
    return order == sorted(order)


def _in_order(certificate: Certificate) -> bool:
    terms = certificate.terms
    days = (
        terms.issued_on,
        terms.window_opens_on,
        terms.baseline,
        certificate.last_valid_day,
        certificate.last_grace_day,
    )
    return all(a <= b for a, b in pairwise(day for day in days if day is not None))


def _earned(taken: Taken) -> bool:
    enrollment = taken.after.enrollment
    complete = {cycle.number for cycle in enrollment.cycles if cycle.is_complete}
    return all(each.is_award or each.cycle in complete for each in enrollment.certificates)


def _none_in_the_future(taken: Taken) -> bool:
    return all(event.at <= taken.now for event in taken.accepted.events)


def _appended(taken: Taken) -> bool:
    stored, events = taken.before.enrollment, taken.accepted.events
    numbers = [(event.entry, event.sequence) for event in events]
    after = taken.after.enrollment
    return numbers == [
        (stored.entries + 1, stored.version + n) for n in range(1, len(events) + 1)
    ] and (after.entries, after.version) == (stored.entries + 1, stored.version + len(events))


INVARIANTS: Final[tuple[Invariant, ...]] = (
    Invariant(sentence="at most one cycle is open", holds=lambda t: _open_cycles(t) <= 1),
    Invariant(
        sentence="a cycle is open exactly in Not Started, In Progress, Pending Approval, Recertifying",
        holds=_open_exactly_in_a_cycle,
    ),
    Invariant(sentence="cycles are numbered in the order in which they began", holds=_numbered),
    Invariant(sentence="the history replays to the enrollment", holds=_replays),
    Invariant(
        sentence="Disallowed is left only by restore access",
        holds=lambda t: (
            isinstance(t.command, RestoreAccess | Strike) or not t.left(Status.DISALLOWED)
        ),
    ),
    Invariant(
        sentence="Revoked and Disallowed are left by no command of the system",
        holds=lambda t: (
            isinstance(t.command, Strike) or t.actor.role is not Role.SYSTEM or not t.left(*BARRED)
        ),
    ),
    Invariant(sentence="at most one certificate is in force", holds=_one_in_force),
    Invariant(sentence="certificates are ordered by issue", holds=_ordered_by_issue),
    Invariant(
        sentence="issued, window, baseline, last valid day and last grace day are in this order",
        holds=lambda t: all(_in_order(each) for each in t.after.enrollment.certificates),
    ),
    Invariant(
        sentence="a cycle's certificate is issued only with nothing missing",
        holds=_earned,
    ),
    Invariant(sentence="no fact lies in the future", holds=_none_in_the_future),
    Invariant(sentence="events are numbered on, as one entry", holds=_appended),
)


def broken_by(taken: Taken) -> Iterator[str]:
    """Yield the sentence of every invariant that a command has broken."""
    for invariant in INVARIANTS:
        if not invariant.holds(taken):
            yield invariant.sentence
