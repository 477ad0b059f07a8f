"""What must hold after every accepted command, whatever the table says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from itertools import pairwise
from typing import Final, TypeAlias

from attrs import frozen

from certlib.actors import Actor, Role
from certlib.audit import Law
from certlib.policies import Fee
from certlib.state._actions.awarding import CertificateRedated
from certlib.state._actions.barring import RestoreAccess
from certlib.state._actions.striking import Strike
from certlib.state._certificates import Certificate
from certlib.state._cycles import AttemptOutcome, Cycle, Request, RequestKind
from certlib.state._engine import Accepted
from certlib.state._fold import replay
from certlib.state._proposals import Case, Command
from certlib.state._status import Status
from certlib.state._table import status_name
from certlib.state._timeline import certified_spans

__all__ = ["STEP_LAWS", "AcceptedStep", "Law", "StepLaw", "broken_by", "step_law"]

IN_A_CYCLE: Final = frozenset(
    {Status.NOT_STARTED, Status.IN_PROGRESS, Status.PENDING_APPROVAL, Status.RECERTIFYING}
)
BARRED: Final = frozenset({Status.REVOKED, Status.DISALLOWED})


@frozen(kw_only=True, repr=False)
class AcceptedStep:
    """A command that was accepted, with the case before and after it."""

    before: Case
    command: Command
    actor: Actor
    now: datetime
    accepted: Accepted
    after: Case
    """With the enrollment and the history after the command."""

    def __repr__(self) -> str:
        statuses = f"{status_name(self.accepted.before)} to {status_name(self.accepted.after)}"
        given = f"{self.now:%Y-%m-%d %H:%M} {self.actor}: {self.command.name}"
        return f"<AcceptedStep {given}: {statuses}>"

    @property
    def rewrites_the_past(self) -> bool:
        """Whether it was a strike, or dated before the last fact."""
        last = self.before.enrollment.last_fact_at
        is_late = last is not None and self.accepted.events[0].at < last
        return is_late or isinstance(self.command, Strike)

    def left(self, *statuses: Status) -> bool:
        """Whether the command led out of one of these statuses, as of ``now``."""
        before = self.before.enrollment.status_at(self.now)
        return before in statuses and self.after.enrollment.status_at(self.now) is not before


StepLaw: TypeAlias = Law[AcceptedStep, str]
"""A law about accepted commands; a breach is a text with details, which may be empty."""


def step_law(*, code: str, sentence: str, holds: Callable[[AcceptedStep], bool]) -> StepLaw:
    """Return a law that a yes-or-no question decides.

    >>> promise = step_law(
    ...     code="certificate_is_revoked",
    ...     sentence="no certificate is revoked",
    ...     holds=lambda step: not any(each.revoked_at for each in step.after.enrollment.certificates),
    ... )
    >>> promise
    <Law certificate_is_revoked: no certificate is revoked>
    """

    def finds(step: AcceptedStep) -> Iterator[str]:
        if not holds(step):
            yield ""

    return Law(code=code, sentence=sentence, finds=finds)


def _open_cycles(step: AcceptedStep) -> int:
    return sum(cycle.ended_at is None for cycle in step.after.enrollment.cycles)


def _open_exactly_in_a_cycle(step: AcceptedStep) -> bool:
    in_a_cycle = step.after.enrollment.status_at(step.now) in IN_A_CYCLE
    return in_a_cycle == (_open_cycles(step) > 0)


def _numbered(step: AcceptedStep) -> bool:
    return all(a.number < b.number for a, b in pairwise(step.after.enrollment.cycles))


def _replays(step: AcceptedStep) -> bool:
    stored = step.after.enrollment
    history = step.after.history or ()
    return stored == replay(history, learner=stored.learner, certification=stored.certification)


def _one_in_force(step: AcceptedStep) -> bool:
    enrollment, now = step.after.enrollment, step.now
    if enrollment.certificates == step.before.enrollment.certificates:
        return True
    spans = certified_spans(
        step.after.history or (),
        learner=enrollment.learner,
        certification=enrollment.certification,
    )
    apart = all(until is not None and until < start for (_, until), (start, _) in pairwise(spans))
    certified = any(start <= now and (until is None or now < until) for start, until in spans)
    return apart and certified == enrollment.certified_at(now)


def _ordered_by_issue(step: AcceptedStep) -> bool:
    order = [(each.issued_at, each.sequence) for each in step.after.enrollment.certificates]
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


def _earned(step: AcceptedStep) -> bool:
    enrollment = step.after.enrollment
    complete = {cycle.number for cycle in enrollment.cycles if cycle.is_complete}
    return all(each.is_award or each.cycle in complete for each in enrollment.certificates)


def _none_in_the_future(step: AcceptedStep) -> bool:
    return all(event.at <= step.now for event in step.accepted.events)


def _appended(step: AcceptedStep) -> bool:
    stored, events = step.before.enrollment, step.accepted.events
    numbers = [(event.entry, event.sequence) for event in events]
    after = step.after.enrollment
    return numbers == [
        (stored.entries + 1, stored.version + n) for n in range(1, len(events) + 1)
    ] and (after.entries, after.version) == (stored.entries + 1, stored.version + len(events))


def _nothing_before_its_instant(step: AcceptedStep) -> bool:
    at = step.accepted.events[0].at
    return isinstance(step.command, Strike) or all(e.at >= at for e in step.accepted.events)


def _no_access_asked_for(step: AcceptedStep) -> bool:
    enrollment = step.after.enrollment
    waiting = sum(each.is_open for each in enrollment.access_requests)
    return waiting <= (enrollment.status_at(step.now) is None)


def _waiting(cycle: Cycle) -> Iterator[Request]:
    return (each for each in cycle.requests if each.is_open)


def _none_of_an_ended_cycle(step: AcceptedStep) -> bool:
    cycles = step.after.enrollment.cycles
    return not any(True for each in cycles if each.ended_at for _ in _waiting(each))


def _pending_exactly(step: AcceptedStep) -> bool:
    enrollment = step.after.enrollment
    cycle = enrollment.open_cycle
    left = cycle is not None and cycle.started_at is not None and _only_approvals_are_left(cycle)
    return left == (enrollment.status_at(step.now) is Status.PENDING_APPROVAL)


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


def _evidence_once(step: AcceptedStep) -> bool:
    cycle = step.after.enrollment.open_cycle
    if cycle is None:
        return True
    steps = [each.step for each in _waiting(cycle) if each.kind is RequestKind.EVIDENCE]
    return len(set(steps)) == len(steps) and set(steps) <= set(cycle.missing_steps)


def _exam_requests(step: AcceptedStep) -> bool:
    cycle = step.after.enrollment.open_cycle
    if cycle is None or not cycle.requests:
        return True
    kinds = [each.kind for each in _waiting(cycle)]
    held = {each.number for each in cycle.attempts if each.outcome is AttemptOutcome.HELD}
    asked = [each.number for each in _waiting(cycle) if each.kind is RequestKind.EXAM]
    if len(asked) > 1 or not held.issuperset(asked) or kinds.count(RequestKind.ATTEMPTS) > 1:
        return False
    return cycle.exam_is_missing or not {RequestKind.EXAM, RequestKind.ATTEMPTS}.intersection(kinds)


def _tested_out_once(step: AcceptedStep) -> bool:
    found = [(each.step, each.version) for each in step.after.enrollment.test_outs]
    return len(set(found)) == len(found)


def _fees_once(step: AcceptedStep) -> bool:
    for cycle in step.after.enrollment.cycles:
        fees = [each.fee for each in cycle.fees]
        if len(set(fees)) < len(fees) or not {cycle.fee, Fee.EXAM}.issuperset(fees):
            return False
    return True


def _not_awarded_only(step: AcceptedStep) -> bool:
    versions = map(step.after.certification.version, _versions_of_cycles(step))
    return not any(version.policy.is_awarded_only for version in versions if version)


def _versions_of_cycles(step: AcceptedStep) -> Iterator[int]:
    return (cycle.version for cycle in step.after.enrollment.cycles)


def _ended_for_good(step: AcceptedStep) -> bool:
    if step.rewrites_the_past:
        return True
    ended = {each.number: each for each in step.before.enrollment.cycles if each.ended_at}
    return all(ended.get(each.number, each) == each for each in step.after.enrollment.cycles)


def _due_no_earlier(step: AcceptedStep) -> bool:
    before, after = step.before.enrollment.open_cycle, step.after.enrollment.open_cycle
    if step.rewrites_the_past or before is None or after is None:
        return True
    if before.number != after.number or before.due is None:
        return True
    return after.due is not None and after.due.day >= before.due.day


def _no_shorter(step: AcceptedStep) -> bool:
    certificates = step.after.enrollment.certificates
    if certificates == step.before.enrollment.certificates:
        return True
    asked = [
        event.at for event in step.after.history or () if isinstance(event.fact, CertificateRedated)
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


STEP_LAWS: Final[tuple[StepLaw, ...]] = (
    step_law(
        code="earlier_cycle_is_open",
        sentence="at most one cycle is open",
        holds=lambda step: _open_cycles(step) <= 1,
    ),
    step_law(
        code="status_does_not_fit_the_cycle",
        sentence="a cycle is open exactly in Not Started, In Progress, Pending Approval, Recertifying",
        holds=_open_exactly_in_a_cycle,
    ),
    step_law(
        code="cycle_numbers_repeat",
        sentence="cycles are numbered in the order in which they began",
        holds=_numbered,
    ),
    step_law(
        code="ended_cycle_changed", sentence="an ended cycle changes no more", holds=_ended_for_good
    ),
    step_law(
        code="cycle_is_awarded_only",
        sentence="no cycle is on a version that is awarded only",
        holds=_not_awarded_only,
    ),
    step_law(
        code="pending_approval_does_not_fit",
        sentence="Pending Approval exactly while only approvals are left",
        holds=_pending_exactly,
    ),
    step_law(
        code="access_request_does_not_fit",
        sentence="no request for access is open once there is a status, and never two",
        holds=_no_access_asked_for,
    ),
    step_law(
        code="request_of_an_ended_cycle_waits",
        sentence="requests of an ended cycle are not open",
        holds=_none_of_an_ended_cycle,
    ),
    step_law(
        code="evidence_does_not_fit",
        sentence="evidence waits for a missing step only, once for each",
        holds=_evidence_once,
    ),
    step_law(
        code="exam_requests_do_not_fit",
        sentence="one held attempt at the exam may wait, one request for attempts, and none once it is done",
        holds=_exam_requests,
    ),
    step_law(
        code="test_out_is_taken_twice",
        sentence="a test-out is taken once for a step of a version",
        holds=_tested_out_once,
    ),
    step_law(
        code="fees_do_not_fit",
        sentence="a cycle's fees are its own and the exam's, each settled once",
        holds=_fees_once,
    ),
    step_law(
        code="due_day_moved_earlier",
        sentence="a due day moves earlier by no new fact",
        holds=_due_no_earlier,
    ),
    step_law(
        code="stored_differs", sentence="the history replays to the enrollment", holds=_replays
    ),
    step_law(
        code="disallowed_was_left",
        sentence="Disallowed is left only by restore access",
        holds=lambda step: (
            isinstance(step.command, RestoreAccess | Strike) or not step.left(Status.DISALLOWED)
        ),
    ),
    step_law(
        code="bar_was_left_by_the_system",
        sentence="Revoked and Disallowed are left by no command of the system",
        holds=lambda step: (
            isinstance(step.command, Strike)
            or step.actor.role is not Role.SYSTEM
            or not step.left(*BARRED)
        ),
    ),
    step_law(
        code="certificates_overlap",
        sentence="at most one certificate is in force",
        holds=_one_in_force,
    ),
    step_law(
        code="certificates_are_out_of_order",
        sentence="certificates are ordered by issue",
        holds=_ordered_by_issue,
    ),
    step_law(
        code="days_are_out_of_order",
        sentence="issued, window, baseline, last valid day and last grace day are in this order",
        holds=lambda step: all(_in_order(each) for each in step.after.enrollment.certificates),
    ),
    step_law(
        code="renewal_shortens",
        sentence="computed days are not earlier than those of the certificate in force",
        holds=_no_shorter,
    ),
    step_law(
        code="certificate_of_an_incomplete_cycle",
        sentence="a cycle's certificate is issued only with nothing missing",
        holds=_earned,
    ),
    step_law(
        code="open_cycle_is_complete",
        sentence="no open cycle has nothing missing",
        holds=lambda step: (
            not ((cycle := step.after.enrollment.open_cycle) is not None and cycle.is_complete)
        ),
    ),
    step_law(
        code="fact_is_in_the_future",
        sentence="no fact lies in the future",
        holds=_none_in_the_future,
    ),
    step_law(
        code="fact_is_before_its_command",
        sentence="nothing is recorded before the instant of the command, but by a strike",
        holds=_nothing_before_its_instant,
    ),
    step_law(
        code="events_are_not_numbered_on",
        sentence="events are numbered on, as one entry",
        holds=_appended,
    ),
)
"""Every law that certlib itself checks after a command. Their codes are public."""


def broken_by(step: AcceptedStep, laws: Iterable[StepLaw] = STEP_LAWS) -> Iterator[str]:
    """Yield the sentence of every law that a step breaks, with the details that the law gives."""
    for law in laws:
        for breach in law.finds(step):
            yield f"{law.sentence}: {breach}" if breach else law.sentence
