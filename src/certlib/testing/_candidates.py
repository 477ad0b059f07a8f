"""The commands worth trying in a case, by kind.

Each entry of `CANDIDATES` is a function from a case and an instant to commands. The table decides whether
they are accepted; a refused candidate costs nothing. Hosts add functions for commands of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Final, TypeAlias

from certlib.periods import DAY, day_in
from certlib.policies import Fee
from certlib.state._actions.awarding import Award, ExtendCertificate
from certlib.state._actions.deadlines import ExtendDeadline
from certlib.state._actions.enrolling import Assign, Unassign
from certlib.state._actions.exam import (
    ApproveExam,
    DenyAttempts,
    DenyExam,
    GrantAttempts,
    RecordExam,
)
from certlib.state._actions.fees import RecordPayment
from certlib.state._actions.running import StartRecertification
from certlib.state._actions.steps import (
    ApproveEvidence,
    CompleteStep,
    DenyEvidence,
    RecordTestOut,
    SubmitEvidence,
)
from certlib.state._actions.striking import Strike
from certlib.state._actions.versions import MoveToVersion
from certlib.state._cycles import RequestKind
from certlib.state._enrollments import AssignmentSource
from certlib.state._events import Event
from certlib.state._fold import struck_entries
from certlib.state._proposals import Case, Command
from certlib.state._timeline import outlook
from certlib.transcript import CompletionKey

__all__ = [
    "CANDIDATES",
    "LONG_AGO",
    "SOON",
    "Candidates",
    "instants_ahead",
    "worth_giving",
]

Candidates: TypeAlias = Mapping[type[Command], Callable[[Case, datetime], Iterable[Command]]]
"""For each kind of command, what to try in a case at an instant.

A kind without an entry is tried without any fields, unless it requires one.
"""
SOON: Final = timedelta(days=20)
LONG_AGO: Final = timedelta(days=400)


def _assignments(case: Case, now: datetime) -> Iterator[Command]:
    due_on = day_in(case.certification.zone, now + SOON)
    yield Assign()
    yield Assign(reference="plan-1", due_on=due_on)
    yield Assign(source=AssignmentSource.RULE, reference="rule-1")


def _unassignments(case: Case, _now: datetime) -> Iterator[Command]:
    for assignment in case.enrollment.assignments:
        yield Unassign(source=assignment.source, reference=assignment.reference)


def _missing_steps(case: Case) -> tuple[str, ...]:
    cycle = case.enrollment.open_cycle
    return cycle.missing_steps if cycle else ()


def _waiting(case: Case, kind: RequestKind) -> tuple[int, ...]:
    cycle = case.enrollment.open_cycle
    return tuple(each.number for each in cycle.open_requests(kind)) if cycle else ()


def _steps(case: Case, _now: datetime) -> Iterator[Command]:
    return (CompleteStep(step=step) for step in _missing_steps(case))


def _evidence(case: Case, _now: datetime) -> Iterator[Command]:
    return (SubmitEvidence(step=step) for step in _missing_steps(case))


def _approved_evidence(case: Case, _now: datetime) -> Iterator[Command]:
    return (ApproveEvidence(request=each) for each in _waiting(case, RequestKind.EVIDENCE))


def _denied_evidence(case: Case, _now: datetime) -> Iterator[Command]:
    return (DenyEvidence(request=each) for each in _waiting(case, RequestKind.EVIDENCE))


def _test_outs(case: Case, _now: datetime) -> Iterator[Command]:
    for step in _missing_steps(case):
        yield RecordTestOut(step=step, passed=True)
        yield RecordTestOut(step=step, passed=False)


def _exams(_case: Case, _now: datetime) -> Iterator[Command]:
    yield RecordExam(passed=True)
    yield RecordExam(passed=False)


def _approved_exams(case: Case, _now: datetime) -> Iterator[Command]:
    return (ApproveExam(request=each) for each in _waiting(case, RequestKind.EXAM))


def _denied_exams(case: Case, _now: datetime) -> Iterator[Command]:
    return (DenyExam(request=each) for each in _waiting(case, RequestKind.EXAM))


def _granted_attempts(case: Case, _now: datetime) -> Iterator[Command]:
    return (GrantAttempts(request=each) for each in _waiting(case, RequestKind.ATTEMPTS))


def _denied_attempts(case: Case, _now: datetime) -> Iterator[Command]:
    return (DenyAttempts(request=each) for each in _waiting(case, RequestKind.ATTEMPTS))


def _payments(_case: Case, _now: datetime) -> Iterator[Command]:
    return (RecordPayment(fee=fee, reference="receipt-1") for fee in Fee)


def _extensions(case: Case, now: datetime) -> Iterator[Command]:
    newest, today = case.enrollment.newest_certificate, day_in(case.certification.zone, now)
    last = newest.last_valid_day if newest else None
    if last is not None:
        # A day later than it was; yesterday, whose grace may not be over; and well ahead.
        for until in _apart(last + DAY, today - DAY, max(last, today) + SOON):
            yield ExtendCertificate(until=until)


def _later_deadlines(case: Case, now: datetime) -> Iterator[Command]:
    today = day_in(case.certification.zone, now)
    newest, due = case.enrollment.newest_certificate, case.enrollment.due
    last = newest.last_valid_day if newest else None
    latest = max(today, last or today, due.day if due else today)
    for until in _apart((due.day if due else today) + DAY, latest + SOON, latest + LONG_AGO):
        yield ExtendDeadline(until=until)


def _apart(*days: date) -> tuple[date, ...]:
    return tuple(dict.fromkeys(days))


def _versions(case: Case, _now: datetime) -> Iterator[Command]:
    for version in case.certification.versions:
        yield MoveToVersion(version=version.number)
        yield MoveToVersion(version=version.number, redate=True)


def _recertifications(_case: Case, now: datetime) -> Iterator[Command]:
    yield StartRecertification()
    # As the system does for a completion before the window, if the policy accepts one.
    yield StartRecertification(because=(CompletionKey(training="course", at=now),))


def _awards(case: Case, now: datetime) -> Iterator[Command]:
    today = day_in(case.certification.zone, now)
    yield Award()
    yield Award(expires_on=today + SOON)
    yield Award(always_valid=True)
    yield Award(at=now - 2 * SOON, expires_on=today - SOON)
    given = sorted({event.at for event in case.history or ()})
    if not given:
        return
    first = day_in(case.certification.zone, given[0])
    yield Award(at=given[0] - SOON)
    yield Award(at=given[0] - LONG_AGO)
    yield Award(at=given[0] - SOON, expires_on=max(first, today - DAY))
    yield Award(at=given[0] - LONG_AGO, expires_on=first - SOON)
    for earlier, later in zip(given[-3:], given[-2:], strict=False):
        yield Award(at=earlier + (later - earlier) / 2)


def _strikes(case: Case, _now: datetime) -> Iterator[Command]:
    history: tuple[Event, ...] = case.history or ()
    for entry in sorted({event.entry for event in history} - struck_entries(history)):
        yield Strike(entry=entry)


CANDIDATES: Final[Candidates] = {
    Assign: _assignments,
    Unassign: _unassignments,
    CompleteStep: _steps,
    SubmitEvidence: _evidence,
    ApproveEvidence: _approved_evidence,
    DenyEvidence: _denied_evidence,
    RecordTestOut: _test_outs,
    RecordExam: _exams,
    ApproveExam: _approved_exams,
    DenyExam: _denied_exams,
    GrantAttempts: _granted_attempts,
    DenyAttempts: _denied_attempts,
    RecordPayment: _payments,
    StartRecertification: _recertifications,
    ExtendCertificate: _extensions,
    ExtendDeadline: _later_deadlines,
    MoveToVersion: _versions,
    Award: _awards,
    Strike: _strikes,
}
"""What to try of certlib's own commands."""


def worth_giving(
    candidates: Candidates, kind: type[Command], case: Case, now: datetime
) -> tuple[Command, ...]:
    """Return the commands of a kind to try in a case."""
    if kind in candidates:
        return tuple(candidates[kind](case, now))
    return () if kind.required_fields() else (kind(),)


def instants_ahead(case: Case, now: datetime) -> tuple[datetime, ...]:
    """Return instants to wait for: a day from now, each change point ahead, and a day after each."""
    points = [point.at for point in outlook(case.enrollment, now)]
    return tuple(sorted({now + DAY, *points, *(at + DAY for at in points)}))
