"""What holds after every command, whatever the table says (requirements 4.3, invariants)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from itertools import pairwise
from typing import Final

from attrs import frozen

from certlib.actors import Actor, Role
from certlib.policies import Fee
from certlib.state.actions.awarding import CertificateRedated
from certlib.state.actions.barring import RestoreAccess
from certlib.state.actions.striking import Strike
from certlib.state.certificates import Certificate
from certlib.state.cycles import AttemptOutcome, Cycle, Request, RequestKind
from certlib.state.engine import Accepted
from certlib.state.fold import replay
from certlib.state.proposals import Case, Command
from certlib.state.status import Status
from certlib.state.timeline import certified_spans

__all__ = [
    "BARRED",
    "INVARIANTS",
    "IN_A_CYCLE",
    "AcceptedStep",
    "Invariant",
    "broken_by",
]


IN_A_CYCLE: Final = frozenset(
    {Status.NOT_STARTED, Status.IN_PROGRESS, Status.PENDING_APPROVAL, Status.RECERTIFYING}
)


BARRED: Final = frozenset({Status.REVOKED, Status.DISALLOWED})


@frozen(kw_only=True)
class AcceptedStep:
    """A command that was accepted, with the case before and after it."""

    before: Case
    command: Command
    actor: Actor
    now: datetime
    accepted: Accepted
    after: Case
    """With the enrollment and the history that the command left."""

    @property
    def rewrites_the_past(self) -> bool:
        """Whether it was a strike, or an award dated before the last fact (T5)."""
        last = self.before.enrollment.last_fact_at
        is_late = last is not None and self.accepted.events[0].at < last
        return is_late or isinstance(self.command, Strike)

    def left(self, *statuses: Status) -> bool:
        """Whether the status at ``now`` was one of these before the command, and is another after."""
        before = self.before.enrollment.status_at(self.now)
        return before in statuses and self.after.enrollment.status_at(self.now) is not before


@frozen(kw_only=True)
class Invariant:
    """One thing that always holds."""

    sentence: str
    holds: Callable[[AcceptedStep], bool]


def _open_cycles(taken: AcceptedStep) -> int:
    return sum(cycle.ended_at is None for cycle in taken.after.enrollment.cycles)


def _open_exactly_in_a_cycle(taken: AcceptedStep) -> bool:
    in_a_cycle = taken.after.enrollment.status_at(taken.now) in IN_A_CYCLE
    return in_a_cycle == (_open_cycles(taken) > 0)


def _numbered(taken: AcceptedStep) -> bool:
    return all(a.number < b.number for a, b in pairwise(taken.after.enrollment.cycles))


def _replays(taken: AcceptedStep) -> bool:
    stored = taken.after.enrollment
    history = taken.after.history or ()
    return stored == replay(history, learner=stored.learner, certification=stored.certification)


def _one_in_force(taken: AcceptedStep) -> bool:
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


def _ordered_by_issue(taken: AcceptedStep) -> bool:
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


def _earned(taken: AcceptedStep) -> bool:
    enrollment = taken.after.enrollment
    complete = {cycle.number for cycle in enrollment.cycles if cycle.is_complete}
    return all(each.is_award or each.cycle in complete for each in enrollment.certificates)


def _none_in_the_future(taken: AcceptedStep) -> bool:
    return all(event.at <= taken.now for event in taken.accepted.events)


def _appended(taken: AcceptedStep) -> bool:
    stored, events = taken.before.enrollment, taken.accepted.events
    numbers = [(event.entry, event.sequence) for event in events]
    after = taken.after.enrollment
    return numbers == [
        (stored.entries + 1, stored.version + n) for n in range(1, len(events) + 1)
    ] and (after.entries, after.version) == (stored.entries + 1, stored.version + len(events))


def _nothing_before_its_instant(taken: AcceptedStep) -> bool:
    at = taken.accepted.events[0].at
    return isinstance(taken.command, Strike) or all(e.at >= at for e in taken.accepted.events)


def _no_access_asked_for(taken: AcceptedStep) -> bool:
    enrollment = taken.after.enrollment
    waiting = sum(each.is_open for each in enrollment.access_requests)
    return waiting <= (enrollment.status_at(taken.now) is None)


def _waiting(cycle: Cycle) -> Iterator[Request]:
    return (each for each in cycle.requests if each.is_open)


def _none_of_an_ended_cycle(taken: AcceptedStep) -> bool:
    cycles = taken.after.enrollment.cycles
    return not any(True for each in cycles if each.ended_at for _ in _waiting(each))


def _pending_exactly(taken: AcceptedStep) -> bool:
    enrollment = taken.after.enrollment
    cycle = enrollment.open_cycle
    left = cycle is not None and cycle.started_at is not None and _only_approvals_are_left(cycle)
    return left == (enrollment.status_at(taken.now) is Status.PENDING_APPROVAL)


def _only_approvals_are_left(cycle: Cycle) -> bool:
    missing = {("step", step) for step in cycle.missing_steps}
    if cycle.exam_is_missing:
        missing.add(("exam", ""))
    waiting = {
        ("exam", "") if each.kind is RequestKind.EXAM else ("step", each.step or "")
        for each in _waiting(cycle)
        if each.kind in {RequestKind.EVIDENCE, RequestKind.EXAM}
    }
    return bool(missing) and missing <= waiting


def _evidence_once(taken: AcceptedStep) -> bool:
    cycle = taken.after.enrollment.open_cycle
    if cycle is None:
        return True
    steps = [each.step for each in _waiting(cycle) if each.kind is RequestKind.EVIDENCE]
    return len(set(steps)) == len(steps) and set(steps) <= set(cycle.missing_steps)


def _exam_requests(taken: AcceptedStep) -> bool:
    cycle = taken.after.enrollment.open_cycle
    if cycle is None or not cycle.requests:
        return True
    kinds = [each.kind for each in _waiting(cycle)]
    held = {each.number for each in cycle.attempts if each.outcome is AttemptOutcome.HELD}
    asked = [each.number for each in _waiting(cycle) if each.kind is RequestKind.EXAM]
    if len(asked) > 1 or not held.issuperset(asked) or kinds.count(RequestKind.ATTEMPTS) > 1:
        return False
    return cycle.exam_is_missing or not {RequestKind.EXAM, RequestKind.ATTEMPTS}.intersection(kinds)


def _tested_out_once(taken: AcceptedStep) -> bool:
    found = [(each.step, each.version) for each in taken.after.enrollment.test_outs]
    return len(set(found)) == len(found)


def _fees_once(taken: AcceptedStep) -> bool:
    for cycle in taken.after.enrollment.cycles:
        fees = [each.fee for each in cycle.fees]
        if len(set(fees)) < len(fees) or not {cycle.fee, Fee.EXAM}.issuperset(fees):
            return False
    return True


def _not_awarded_only(taken: AcceptedStep) -> bool:
    versions = map(taken.after.certification.version, _versions_of_cycles(taken))
    return not any(version.policy.is_awarded_only for version in versions if version)


def _versions_of_cycles(taken: AcceptedStep) -> Iterator[int]:
    return (cycle.version for cycle in taken.after.enrollment.cycles)


def _ended_for_good(taken: AcceptedStep) -> bool:
    if taken.rewrites_the_past:
        return True
    ended = {each.number: each for each in taken.before.enrollment.cycles if each.ended_at}
    return all(ended.get(each.number, each) == each for each in taken.after.enrollment.cycles)


def _due_no_earlier(taken: AcceptedStep) -> bool:
    before, after = taken.before.enrollment.open_cycle, taken.after.enrollment.open_cycle
    if taken.rewrites_the_past or before is None or after is None:
        return True
    if before.number != after.number or before.due is None:
        return True
    return after.due is not None and after.due.day >= before.due.day


def _no_shorter(taken: AcceptedStep) -> bool:
    certificates = taken.after.enrollment.certificates
    if certificates == taken.before.enrollment.certificates:
        return True
    asked = [
        event.at
        for event in taken.after.history or ()
        if isinstance(event.fact, CertificateRedated)
    ]
    return all(
        _as_long(earlier, later)
        for earlier, later in pairwise(certificates)
        if not later.terms.explicit and not any(at >= later.issued_at for at in asked)
    )


def _as_long(earlier: Certificate, later: Certificate) -> bool:
    """Whether a certificate does not shorten the one that was in force when it was issued."""
    at = later.issued_at
    revoked = earlier.revoked_at is not None and earlier.revoked_at <= at
    if revoked or (earlier.certifies_until is not None and earlier.certifies_until <= at):
        return True
    return _or_never(later.terms.baseline) >= _or_never(earlier.terms.baseline) and _or_never(
        later.last_valid_day
    ) >= _or_never(earlier.last_valid_day)


def _or_never(day: date | None) -> date:
    return date.max if day is None else day


INVARIANTS: Final[tuple[Invariant, ...]] = (
    Invariant(sentence="at most one cycle is open", holds=lambda t: _open_cycles(t) <= 1),
    Invariant(
        sentence="a cycle is open exactly in Not Started, In Progress, Pending Approval, Recertifying",
        holds=_open_exactly_in_a_cycle,
    ),
    Invariant(sentence="cycles are numbered in the order in which they began", holds=_numbered),
    Invariant(sentence="an ended cycle changes no more", holds=_ended_for_good),
    Invariant(
        sentence="no cycle is on a version that is awarded only",
        holds=_not_awarded_only,
    ),
    Invariant(
        sentence="Pending Approval exactly while only approvals are left",
        holds=_pending_exactly,
    ),
    Invariant(
        sentence="no request for access is open once there is a status, and never two",
        holds=_no_access_asked_for,
    ),
    Invariant(
        sentence="requests of an ended cycle are not open",
        holds=_none_of_an_ended_cycle,
    ),
    Invariant(
        sentence="evidence waits for a missing step only, once for each",
        holds=_evidence_once,
    ),
    Invariant(
        sentence="one held attempt at the exam may wait, one request for attempts, and none once it is done",
        holds=_exam_requests,
    ),
    Invariant(
        sentence="a test-out is taken once for a step of a version",
        holds=_tested_out_once,
    ),
    Invariant(
        sentence="a cycle's fees are its own and the exam's, each settled once",
        holds=_fees_once,
    ),
    Invariant(
        sentence="a due day moves earlier by no new fact",
        holds=_due_no_earlier,
    ),
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
        sentence="computed days are not earlier than those of the certificate in force",
        holds=_no_shorter,
    ),
    Invariant(
        sentence="a cycle's certificate is issued only with nothing missing",
        holds=_earned,
    ),
    Invariant(
        sentence="no open cycle has nothing missing",
        holds=lambda t: (
            not ((cycle := t.after.enrollment.open_cycle) is not None and cycle.is_complete)
        ),
    ),
    Invariant(sentence="no fact lies in the future", holds=_none_in_the_future),
    Invariant(
        sentence="nothing is recorded before the instant of the command, but by a strike",
        holds=_nothing_before_its_instant,
    ),
    Invariant(sentence="events are numbered on, as one entry", holds=_appended),
)


def broken_by(taken: AcceptedStep, invariants: Iterable[Invariant] = INVARIANTS) -> Iterator[str]:
    """Yield the sentence of every invariant that a command has broken."""
    for invariant in invariants:
        if not invariant.holds(taken):
            yield invariant.sentence
