"""Random histories: seeded walks through the table, with everything that people do.

A walk gives commands to one enrollment, one after another: most of them allowed, some not; awards
dated anywhere in the past, strikes of any entry, clocks that stand still or go back, commands at the
very instant at which something changes. The same seed makes the same walk.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from random import Random
from typing import Final

from attrs import evolve, frozen

from certlib.actors import Actor, Role
from certlib.certifications import Certification
from certlib.policies import (
    ByHost,
    Fee,
    Forever,
    PerCertificate,
)
from certlib.state import (
    TABLE,
    Accepted,
    AssignmentSource,
    Case,
    Command,
    Decision,
    Event,
    decide,
)
from certlib.state import commands as c
from certlib.state.cycles import RequestKind
from tests.cases import (
    EVIDENCE,
    EXAMINED,
    FEES,
    HARD,
    MICROSECOND,
    PLAIN,
    VERSIONS,
    after,
    annual,
    blank,
    certification,
    completion,
    expiry,
    history_of,
    policy,
    steps,
)

BEGIN: Final = datetime(2023, 3, 1, 9, tzinfo=UTC)
"""When walks begin; awards may be dated up to three years before."""
TRIES: Final = 2
"""How many commands there are in a walk for each that is meant to be accepted."""

CERTIFICATIONS: Final[dict[str, Certification]] = {
    "completion": certification(policy(completion("P1Y"), grace="P30D", window="P3M")),
    "completion, Lord Howe": certification(
        policy(completion("P3M"), zone="Australia/Lord_Howe", grace="P1M", window="P45D"),
        again=steps("r", "s"),
    ),
    "expiry, Berlin": certification(
        policy(expiry("P1Y"), zone="Europe/Berlin", grace="P30D", grace_counts=True, window="P2M")
    ),
    "expiry, Auckland": certification(
        policy(expiry("P1M"), zone="Pacific/Auckland", window="P10D")
    ),
    "expiry, renews": certification(
        policy(expiry("P6M"), zone="Asia/Kolkata", grace="P5D", window="P1M", renews=True)
    ),
    "annual, Santiago": certification(
        policy(
            annual("12-31", "09-06", minimum="P1M"),
            zone="America/Santiago",
            grace="P20D",
            window="P3M",
        )
    ),
    "annual, leap day": certification(policy(annual("02-29"), zone="Africa/Cairo", window="P1M")),
    "forever": certification(policy(Forever(), zone="Pacific/Honolulu")),
    "explicit": certification(policy(PerCertificate(), zone="America/Havana", grace="P1W")),
    "by host": certification(policy(ByHost(), grace="P1W", window="P1M")),
    "longer later": certification(
        policy(completion("P6M"), grace="P30D", window="P2M"),
        policy(expiry("P2Y"), grace="P10D", window="P6M"),
    ),
    "per certificate later": certification(
        policy(expiry("P4M"), zone="Europe/London", grace="P14D"),
        policy(PerCertificate(), zone="Europe/London", grace="P14D"),
    ),
    **{
        each.code.lower(): evolve(each, code="FIRE")
        for each in (PLAIN, FEES, EXAMINED, EVIDENCE, HARD, VERSIONS)
    },
}


# --- walks ------------------------------------------------------------------------------------


@frozen(kw_only=True)
class Taken:
    """One command of a walk: what was asked for, by whom, when, on which case, and the decision."""

    before: Case
    command: Command
    actor: Actor
    now: datetime
    decision: Decision

    @property
    def at(self) -> datetime | None:
        """The instant at which it took effect, where it was accepted."""
        if not isinstance(self.decision, Accepted):
            return None
        return self.decision.events[0].at


@frozen(kw_only=True)
class Walk:
    """All commands of a walk, and the case in the end."""

    taken: tuple[Taken, ...]
    case: Case

    @property
    def history(self) -> tuple[Event, ...]:
        return history_of(self.case)

    @property
    def accepted(self) -> tuple[tuple[Taken, Accepted], ...]:
        return tuple((t, t.decision) for t in self.taken if isinstance(t.decision, Accepted))


def walk(seed: int | str, certification: Certification, *, length: int = 24) -> Walk:
    """Return the walk of a seed."""
    random = Random(f"{seed}")
    case = blank(certification)
    now, taken = BEGIN, list[Taken]()
    for number in range(length * TRIES):
        # What is refused is mostly tried otherwise at once, so that walks lead somewhere.
        if not taken or isinstance(taken[-1].decision, Accepted) or number % TRIES == 0:
            now = _later(random, case, now)
        learner = evolve(case.learner, active=random.random() > 0.04)
        case = evolve(case, learner=learner)
        command, actor = _command(random, case, now)
        decision = decide(case, command, actor=actor, now=now)
        taken.append(Taken(before=case, command=command, actor=actor, now=now, decision=decision))
        case = after(case, decision)
    return Walk(taken=tuple(taken), case=case)


@cache
def walks(name: str, count: int) -> tuple[Walk, ...]:
    """Return so many walks through one of `CERTIFICATIONS`."""
    return tuple(_walk_number(name, number) for number in range(count))


@cache
def _walk_number(name: str, number: int) -> Walk:
    return walk(f"{name} {number}", CERTIFICATIONS[name])


def boundaries(case: Case) -> list[datetime]:
    """The instants at which something begins or ends, by the certificates and due days of a case."""
    due = case.enrollment.due
    return [
        instant
        for each in case.enrollment.certificates
        for instant in (each.issued_at, each.window_opens_at, each.expires_at, each.grace_ends_at)
        if instant is not None
    ] + ([due.passes_at] if due else [])


def _later(random: Random, case: Case, now: datetime) -> datetime:
    ahead = [instant for instant in boundaries(case) if now < instant < now + timedelta(days=500)]
    chance = random.random()
    if chance < 0.2 and ahead:
        return random.choice(ahead) - random.choice((0, 0, 1)) * MICROSECOND
    if chance < 0.3:
        return now
    if chance < 0.33:
        return now - timedelta(minutes=random.randint(1, 5000))
    if chance < 0.7:
        return now + timedelta(minutes=random.randint(1, 5000))
    return now + timedelta(days=random.randint(1, 120), minutes=random.randint(0, 1440))


def _command(random: Random, case: Case, now: datetime) -> tuple[Command, Actor]:
    status = case.enrollment.status_at(max(now, case.enrollment.last_fact_at or now))
    here = [row.command for row in TABLE.in_status(status)]
    here = [kind for kind in here if random.random() < _OFTEN.get(kind, 1)]
    kind = random.choice(here if random.random() < 0.92 and here else list(TABLE.commands))
    command = _MAKE[kind](random, case, now) if kind in _MAKE else kind()
    if not isinstance(command, c.Award):
        command = evolve(command, at=_at(random, case, now))
    row = TABLE.row(status, kind)
    roles = sorted(row.by.roles) if row and random.random() < 0.96 else list(Role)
    role = random.choice(roles)
    return command, Actor(role=role, id="ann" if role is Role.LEARNER else "eva")


def _at(random: Random, case: Case, now: datetime) -> datetime | None:
    """Mostly now; else late, as a rule not before the last fact."""
    chance = random.random()
    last = case.enrollment.last_fact_at
    if chance < 0.75 or last is None:
        return None
    if chance < 0.85:
        return last
    if chance < 0.97 and now > last:
        return last + (now - last) * random.random()
    return now + timedelta(minutes=random.randint(-9000, 10))


def _assign(random: Random, case: Case, now: datetime) -> Command:
    source = random.choice(list(AssignmentSource))
    due_on = now.date() + timedelta(days=random.randint(-5, 90))
    return c.Assign(
        source=source,
        reference=random.choice((None, "north")),
        due_on=random.choice((None, due_on, *[c.DueDate.BY_POLICY] * 3)),
    )


def _unassign(random: Random, case: Case, now: datetime) -> Command:
    there = case.enrollment.assignments
    if not there or random.random() < 0.1:
        return c.Unassign(source=AssignmentSource.RULE, reference="nowhere")
    dropped = random.choice(there)
    return c.Unassign(source=dropped.source, reference=dropped.reference)


def _complete_step(random: Random, case: Case, now: datetime) -> Command:
    return c.CompleteStep(step=_step(random, case), path=random.choice((None, "online")))


def _step(random: Random, case: Case) -> str:
    cycle = case.enrollment.open_cycle
    missing = cycle.missing_steps if cycle else ()
    return random.choice(missing) if missing and random.random() < 0.95 else "a"


def _submit_evidence(random: Random, case: Case, now: datetime) -> Command:
    return c.SubmitEvidence(step=_step(random, case))


def _record_test_out(random: Random, case: Case, now: datetime) -> Command:
    return c.RecordTestOut(step=_step(random, case), passed=random.random() < 0.5)


def _record_exam(random: Random, case: Case, now: datetime) -> Command:
    return c.RecordExam(passed=random.random() < 0.5, score=random.choice((None, "80 %")))


def _request(random: Random, case: Case, kind: RequestKind) -> int:
    cycle = case.enrollment.open_cycle
    waiting = [each.number for each in cycle.open_requests(kind)] if cycle else []
    if waiting and random.random() < 0.95:
        return random.choice(waiting)
    return random.randint(1, case.enrollment.entries + 1)


def _approve_evidence(random: Random, case: Case, now: datetime) -> Command:
    return c.ApproveEvidence(request=_request(random, case, RequestKind.EVIDENCE))


def _deny_evidence(random: Random, case: Case, now: datetime) -> Command:
    return c.DenyEvidence(request=_request(random, case, RequestKind.EVIDENCE))


def _approve_exam(random: Random, case: Case, now: datetime) -> Command:
    return c.ApproveExam(request=_request(random, case, RequestKind.EXAM))


def _deny_exam(random: Random, case: Case, now: datetime) -> Command:
    return c.DenyExam(request=_request(random, case, RequestKind.EXAM))


def _grant_attempts(random: Random, case: Case, now: datetime) -> Command:
    request = _request(random, case, RequestKind.ATTEMPTS)
    return c.GrantAttempts(request=request, count=random.randint(1, 2))


def _deny_attempts(random: Random, case: Case, now: datetime) -> Command:
    return c.DenyAttempts(request=_request(random, case, RequestKind.ATTEMPTS))


def _record_payment(random: Random, case: Case, now: datetime) -> Command:
    cycle = case.enrollment.open_cycle
    own = (cycle.fee, Fee.EXAM) if cycle else (Fee.REINSTATEMENT,)
    return c.RecordPayment(fee=random.choice(own if random.random() < 0.9 else tuple(Fee)))


def _override_payment(random: Random, case: Case, now: datetime) -> Command:
    return c.OverridePayment(fee=None if random.random() < 0.9 else random.choice(tuple(Fee)))


def _extend_certificate(random: Random, case: Case, now: datetime) -> Command:
    newest = case.enrollment.newest_certificate
    last = (newest and newest.last_valid_day) or now.date()
    near = random.choice((last, last, now.date()))
    return c.ExtendCertificate(until=near + timedelta(days=random.randint(-2, 60)))


def _extend_deadline(random: Random, case: Case, now: datetime) -> Command:
    newest, due = case.enrollment.newest_certificate, case.enrollment.due
    last = due.day if due else (newest and newest.last_valid_day) or now.date()
    return c.ExtendDeadline(until=last + timedelta(days=random.randint(-2, 60)))


def _move_to_version(random: Random, case: Case, now: datetime) -> Command:
    version = random.randint(1, len(case.certification.versions) + (random.random() < 0.1))
    return c.MoveToVersion(version=version, redate=random.random() < 0.5)


def _award(random: Random, case: Case, now: datetime) -> Command:
    chance, near = random.random(), boundaries(case)
    at: datetime | None = None
    on: date | None = None
    if chance < 0.3:
        at = None
    elif chance < 0.5 and near:
        at = random.choice(near) + random.choice((-1, 0, 0, 1)) * MICROSECOND
    elif chance < 0.75:
        on = (now - timedelta(days=random.randint(-1, 900))).date()
    else:
        at = now - timedelta(minutes=random.randint(0, 1_500_000))
    day = on or (at or now).date()
    return c.Award(
        at=at,
        on=on,
        expires_on=day + timedelta(days=random.randint(-2, 500)) if random.random() < 0.3 else None,
    ) if random.random() > 0.03 else c.Award(at=at, on=on, always_valid=True)  # fmt: skip


def _strike(random: Random, case: Case, now: datetime) -> Command:
    entries = case.enrollment.entries
    latest = max(1, entries - random.randint(0, 4))
    return c.Strike(entry=random.choice((latest, random.randint(1, entries + 1))))


_OFTEN: Final[dict[type[Command], float]] = {
    c.RevokeAccess: 0.15,
    c.PermanentlyRevoke: 0.3,
    c.ForceRecertification: 0.4,
    c.Assign: 0.3,
    c.Unassign: 0.2,
    c.OverrideTraining: 0.2,
    c.OverrideExam: 0.2,
    c.ExtendCertificate: 0.3,
    c.ExtendDeadline: 0.3,
    c.MoveToVersion: 0.4,
    c.Remove: 0.4,
    c.Award: 0.5,
    c.Strike: 0.6,
    c.AbandonRecertification: 0.3,
}
_MAKE: Final[dict[type[Command], Callable[[Random, Case, datetime], Command]]] = {
    c.Assign: _assign,
    c.Unassign: _unassign,
    c.RecordPayment: _record_payment,
    c.OverridePayment: _override_payment,
    c.CompleteStep: _complete_step,
    c.SubmitEvidence: _submit_evidence,
    c.ApproveEvidence: _approve_evidence,
    c.DenyEvidence: _deny_evidence,
    c.RecordTestOut: _record_test_out,
    c.RecordExam: _record_exam,
    c.ApproveExam: _approve_exam,
    c.DenyExam: _deny_exam,
    c.GrantAttempts: _grant_attempts,
    c.DenyAttempts: _deny_attempts,
    c.ExtendCertificate: _extend_certificate,
    c.ExtendDeadline: _extend_deadline,
    c.MoveToVersion: _move_to_version,
    c.Award: _award,
    c.Strike: _strike,
}
