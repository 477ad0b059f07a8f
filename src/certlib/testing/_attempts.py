"""What a simulation tries next, by its random numbers: a command, by whom, and when.

Most commands fit the case, so that runs get on. The others are dated too late, come from the wrong actor,
or name something that does not exist. The same random numbers draw the same: nothing here depends on the
order of a set or on a hash.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from random import Random
from typing import Final, TypeAlias, TypeVar

from attrs import evolve, frozen

from certlib.actors import Actor, Role
from certlib.certifications import Curriculum
from certlib.policies import Fee
from certlib.state import TABLE, AssignmentSource, Case, Command, Row, Status, Table
from certlib.state._cycles import RequestKind
from certlib.state.commands import (
    AbandonRecertification,
    ApproveEvidence,
    ApproveExam,
    Assign,
    Award,
    CompleteStep,
    DenyAttempts,
    DenyEvidence,
    DenyExam,
    DueDate,
    ExtendCertificate,
    ExtendDeadline,
    ForceRecertification,
    GrantAttempts,
    MoveToVersion,
    OverrideExam,
    OverridePayment,
    OverrideTraining,
    PermanentlyRevoke,
    RecordExam,
    RecordPayment,
    RecordTestOut,
    Remove,
    RevokeAccess,
    Strike,
    SubmitEvidence,
    Unassign,
)
from certlib.testing._candidates import Candidates, worth_giving
from certlib.transcript import Completion

__all__ = ["Attempt", "boundaries", "draw_attempt", "draw_completion", "draw_later"]

V = TypeVar("V")
Draw: TypeAlias = Callable[[Random, Case, datetime], Command]

MOMENT: Final = timedelta(microseconds=1)
TESTER: Final = "tester"
"""The id of every actor who is not the learner."""


@frozen(kw_only=True)
class Attempt:
    """A command to try, and its actor."""

    command: Command
    actor: Actor


def boundaries(case: Case) -> list[datetime]:
    """Return the instants at which a certificate or a due day of a case begins or ends."""
    due = case.enrollment.due
    return [
        instant
        for each in case.enrollment.certificates
        for instant in (each.issued_at, each.window_opens_at, each.expires_at, each.grace_ends_at)
        if instant is not None
    ] + ([due.passes_at] if due else [])


def draw_later(random: Random, case: Case, now: datetime) -> datetime:
    """Return the instant of the next attempt: later, now, a little earlier, or around a change ahead."""
    ahead = [instant for instant in boundaries(case) if now < instant < now + timedelta(days=500)]
    chance = random.random()
    if chance < 0.2 and ahead:
        return random.choice(ahead) - random.choice((0, 0, 1)) * MOMENT
    if chance < 0.3:
        return now
    if chance < 0.33:
        return now - timedelta(minutes=random.randint(1, 5000))
    if chance < 0.7:
        return now + timedelta(minutes=random.randint(1, 5000))
    return now + timedelta(days=random.randint(1, 120), minutes=random.randint(0, 1440))


def draw_attempt(
    random: Random,
    case: Case,
    now: datetime,
    *,
    table: Table = TABLE,
    candidates: Candidates | None = None,
) -> Attempt:
    """Return a command, mostly one with a row in this status and by a role that the row allows.

    ``candidates`` says what to try of a host's own commands. A command without an entry is tried only if
    it requires no field.
    """
    tried = candidates or {}
    status = case.enrollment.status_at(max(now, case.enrollment.last_fact_at or now))
    here = [row.command for row in table.in_status(status)]
    here = [kind for kind in here if random.random() < _OFTEN.get(kind, 1)]
    kinds = here if random.random() < 0.92 and here else list(table.commands)
    command = _command(random, case, now, random.choice(kinds), tried)
    if not isinstance(command, Award):
        command = evolve(command, at=_at(random, case, now))
    actor, row = _actor_and_row(random, case, command, status, table)
    if row is not None and row.by.reason_required and command.reason is None:
        command = evolve(command, reason="tried")
    return Attempt(command=command, actor=actor)


def _actor_and_row(
    random: Random, case: Case, command: Command, status: Status | None, table: Table
) -> tuple[Actor, Row | None]:
    row = table.row(status, type(command))
    roles = sorted(row.by.roles) if row and random.random() < 0.96 else list(Role)
    role = random.choice(roles)
    return Actor(role=role, id=case.learner.id if role is Role.LEARNER else TESTER), row


def _command(
    random: Random, case: Case, now: datetime, kind: type[Command], candidates: Candidates
) -> Command:
    if kind in _DRAW and kind not in candidates:
        return _DRAW[kind](random, case, now)
    found = worth_giving(candidates, kind, case, now)
    return random.choice(found) if len(found) > 1 else next(iter(found), Award())


def _at(random: Random, case: Case, now: datetime) -> datetime | None:
    """Return None for now, mostly; else a late instant, rarely before the last fact."""
    chance = random.random()
    last = case.enrollment.last_fact_at
    if chance < 0.75 or last is None:
        return None
    if chance < 0.85:
        return last
    if chance < 0.97 and now > last:
        return last + (now - last) * random.random()
    return now + timedelta(minutes=random.randint(-9000, 10))


def draw_completion(random: Random, case: Case, now: datetime) -> Completion | None:
    """Return a completion, now or earlier, of a training that some version requires; None if none does.

    Some have only a day.
    """
    trainings = sorted({each for found in _curricula(case) for each in found.trainings})
    if not trainings:
        return None
    training, chance = random.choice(trainings), random.random()
    if chance < 0.3:
        day = (now - timedelta(days=random.choice((0, 1, 20, 200)))).date()
        return Completion.dated(training, day, recorded_at=now, actor=TESTER)
    at = now if chance < 0.7 else now - timedelta(minutes=random.randint(0, 100_000))
    return Completion(training=training, at=at, recorded_at=now, actor=TESTER)


# --- commands ---------------------------------------------------------------------------------


def _assign(random: Random, _case: Case, now: datetime) -> Command:
    source = random.choice(list(AssignmentSource))
    due_on = now.date() + timedelta(days=random.randint(-5, 90))
    return Assign(
        source=source,
        reference=random.choice((None, "north")),
        due_on=random.choice((None, due_on, *[DueDate.BY_POLICY] * 3)),
    )


def _unassign(random: Random, case: Case, _now: datetime) -> Command:
    there = case.enrollment.assignments
    if not there or random.random() < 0.1:
        return Unassign(source=AssignmentSource.RULE, reference="nowhere")
    dropped = random.choice(there)
    return Unassign(source=dropped.source, reference=dropped.reference)


def _complete_step(random: Random, case: Case, _now: datetime) -> Command:
    return CompleteStep(step=_step(random, case), path=random.choice((None, "online")))


def _step(random: Random, case: Case) -> str:
    cycle = case.enrollment.open_cycle
    missing = cycle.missing_steps if cycle else ()
    return random.choice(missing) if missing and random.random() < 0.95 else _some_step(case)


def _some_step(case: Case) -> str:
    codes = (step.code for found in _curricula(case) for step in found.steps)
    return next(codes, "none")


def _curricula(case: Case) -> Iterator[Curriculum]:
    for version in case.certification.versions:
        yield version.initial
        yield version.recertification


def _submit_evidence(random: Random, case: Case, _now: datetime) -> Command:
    return SubmitEvidence(step=_step(random, case))


def _record_test_out(random: Random, case: Case, _now: datetime) -> Command:
    return RecordTestOut(step=_step(random, case), passed=random.random() < 0.5)


def _record_exam(random: Random, _case: Case, _now: datetime) -> Command:
    return RecordExam(passed=random.random() < 0.5, score=random.choice((None, "80 %")))


def _request(random: Random, case: Case, kind: RequestKind) -> int:
    cycle = case.enrollment.open_cycle
    waiting = [each.number for each in cycle.open_requests(kind)] if cycle else []
    if waiting and random.random() < 0.95:
        return random.choice(waiting)
    return random.randint(1, case.enrollment.entries + 1)


def _approve_evidence(random: Random, case: Case, _now: datetime) -> Command:
    return ApproveEvidence(request=_request(random, case, RequestKind.EVIDENCE))


def _deny_evidence(random: Random, case: Case, _now: datetime) -> Command:
    return DenyEvidence(request=_request(random, case, RequestKind.EVIDENCE))


def _approve_exam(random: Random, case: Case, _now: datetime) -> Command:
    return ApproveExam(request=_request(random, case, RequestKind.EXAM))


def _deny_exam(random: Random, case: Case, _now: datetime) -> Command:
    return DenyExam(request=_request(random, case, RequestKind.EXAM))


def _grant_attempts(random: Random, case: Case, _now: datetime) -> Command:
    request = _request(random, case, RequestKind.ATTEMPTS)
    return GrantAttempts(request=request, count=random.randint(1, 2))


def _deny_attempts(random: Random, case: Case, _now: datetime) -> Command:
    return DenyAttempts(request=_request(random, case, RequestKind.ATTEMPTS))


def _record_payment(random: Random, case: Case, _now: datetime) -> Command:
    cycle = case.enrollment.open_cycle
    own = (cycle.fee, Fee.EXAM) if cycle else (Fee.REINSTATEMENT,)
    return RecordPayment(fee=random.choice(own if random.random() < 0.9 else tuple(Fee)))


def _override_payment(random: Random, _case: Case, _now: datetime) -> Command:
    return OverridePayment(fee=None if random.random() < 0.9 else random.choice(tuple(Fee)))


def _extend_certificate(random: Random, case: Case, now: datetime) -> Command:
    newest = case.enrollment.newest_certificate
    last = (newest and newest.last_valid_day) or now.date()
    near = random.choice((last, last, now.date()))
    return ExtendCertificate(until=near + timedelta(days=random.randint(-2, 60)))


def _extend_deadline(random: Random, case: Case, now: datetime) -> Command:
    newest, due = case.enrollment.newest_certificate, case.enrollment.due
    last = due.day if due else (newest and newest.last_valid_day) or now.date()
    return ExtendDeadline(until=last + timedelta(days=random.randint(-2, 60)))


def _move_to_version(random: Random, case: Case, _now: datetime) -> Command:
    version = random.randint(1, len(case.certification.versions) + (random.random() < 0.1))
    return MoveToVersion(version=version, redate=random.random() < 0.5)


def _award(random: Random, case: Case, now: datetime) -> Command:
    """Return an award dated in the past three years, often just around a change."""
    chance, near = random.random(), boundaries(case)
    at: datetime | None = None
    on: date | None = None
    if chance < 0.3:
        at = None
    elif chance < 0.5 and near:
        at = random.choice(near) + random.choice((-1, 0, 0, 1)) * MOMENT
    elif chance < 0.75:
        on = (now - timedelta(days=random.randint(-1, 900))).date()
    else:
        at = now - timedelta(minutes=random.randint(0, 1_500_000))
    day = on or (at or now).date()
    if random.random() < 0.03:
        return Award(at=at, on=on, always_valid=True)
    expires_on = day + timedelta(days=random.randint(-2, 500)) if random.random() < 0.3 else None
    return Award(at=at, on=on, expires_on=expires_on)


def _strike(random: Random, case: Case, _now: datetime) -> Command:
    """Return a strike, mostly of a recent entry, because others rest on earlier ones."""
    entries = case.enrollment.entries
    latest = max(1, entries - random.randint(0, 4))
    return Strike(entry=random.choice((latest, random.randint(1, entries + 1))))


_OFTEN: Final[Mapping[type[Command], float]] = {
    RevokeAccess: 0.15,
    PermanentlyRevoke: 0.3,
    ForceRecertification: 0.4,
    Assign: 0.3,
    Unassign: 0.2,
    OverrideTraining: 0.2,
    OverrideExam: 0.2,
    ExtendCertificate: 0.3,
    ExtendDeadline: 0.3,
    MoveToVersion: 0.4,
    Remove: 0.4,
    Award: 0.5,
    Strike: 0.6,
    AbandonRecertification: 0.3,
}
_DRAW: Final[Mapping[type[Command], Draw]] = {
    Assign: _assign,
    Unassign: _unassign,
    RecordPayment: _record_payment,
    OverridePayment: _override_payment,
    CompleteStep: _complete_step,
    SubmitEvidence: _submit_evidence,
    ApproveEvidence: _approve_evidence,
    DenyEvidence: _deny_evidence,
    ApproveExam: _approve_exam,
    DenyExam: _deny_exam,
    RecordTestOut: _record_test_out,
    RecordExam: _record_exam,
    GrantAttempts: _grant_attempts,
    DenyAttempts: _deny_attempts,
    ExtendCertificate: _extend_certificate,
    ExtendDeadline: _extend_deadline,
    MoveToVersion: _move_to_version,
    Award: _award,
    Strike: _strike,
}
