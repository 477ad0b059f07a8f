"""What a row records: its plan, whether that is known already, and the commands that record it.

The preview asks here what would be refused. The import asks again, on the enrollment as it is by then.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import chain
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from attrs import evolve

from certlib._deciding import Decisions
from certlib.actors import Actor, Role
from certlib.certifications import Certification
from certlib.errors import InvalidValueError
from certlib.io._imports.job import ImportJob, RowPlan
from certlib.io.formats._claims import (
    AssignmentClaim,
    AwardClaim,
    CompletionClaim,
    EnrollmentClaim,
    EnrollmentState,
    RowClaim,
)
from certlib.io.formats._columns import RowFlaw
from certlib.periods import day_in, first_instant
from certlib.state import (
    Accepted,
    AssignmentSource,
    Case,
    Enrollment,
    Refused,
    Status,
    replay,
)
from certlib.state._actions.striking import resting_on
from certlib.state.commands import (
    Assign,
    Award,
    Command,
    DueDate,
    Enroll,
    Start,
    StartRecertification,
    Strike,
)
from certlib.state.guards import learner_is_active
from certlib.trainings import TrainingKind

__all__ = [
    "EnrollmentRowClaim",
    "completion_plan",
    "day_of",
    "decide_row",
    "enrollment_plan",
    "future_flaw",
    "instant_of",
    "is_awarded",
    "is_known",
    "own_day",
]

EnrollmentRowClaim: TypeAlias = AwardClaim | AssignmentClaim | EnrollmentClaim
"""The claims about an enrollment; the others are about a completion."""


def _why_refused(refused: Refused) -> str:
    """Return the message of a row that the rules refuse."""
    return "; ".join(f"{reason.text} ({reason.code})" for reason in refused.reasons)


def instant_of(claim: RowClaim, zone: str) -> datetime | RowFlaw | None:
    """Return the instant that a row names, by the clocks of a zone; None where it names none.

    A time that these clocks skipped, or showed twice, is a flaw: nobody knows which was meant.
    """
    if not isinstance(claim, AwardClaim) or claim.time is None:
        return None
    local = datetime.combine(claim.on, claim.time, tzinfo=ZoneInfo(zone))
    instant = local.astimezone(UTC)
    if instant == local.replace(fold=1).astimezone(UTC):
        return instant
    there = instant.astimezone(local.tzinfo).replace(tzinfo=None)
    how_often = "twice" if there == local.replace(tzinfo=None) else "never"
    message = f"the clocks of {zone} showed that time {how_often} on that day"
    return RowFlaw(code="bad_date", message=message, column=claim.date_column)


def completion_plan(row: int, learner: str, training: str, claim: CompletionClaim) -> RowPlan:
    """Return what a row about a completion records if it is New."""
    return RowPlan(
        row=row,
        learner=learner,
        claim=claim,
        on=claim.on,
        training=training,
        kind_order=1 if claim.kind is TrainingKind.COURSE else 2,
    )


def enrollment_plan(
    row: int, learner: str, certification: Certification, claim: EnrollmentRowClaim, job: ImportJob
) -> RowPlan | RowFlaw:
    """Return what a row about a certification records if it is New; a time may be a flaw."""
    at = instant_of(claim, job.options.time_zone)
    if isinstance(at, RowFlaw):
        return at
    return RowPlan(
        row=row,
        learner=learner,
        claim=claim,
        on=day_of(claim, at, certification.zone, job),
        at=at,
        certification=certification.code,
        kind_order=0,
    )


def day_of(claim: EnrollmentRowClaim, at: datetime | None, zone: str, job: ImportJob) -> date:
    """Return the day that a row is about; today for a row that names none."""
    if at is not None:
        return day_in(zone, at)
    return own_day(claim) or job.today(zone)


def own_day(claim: EnrollmentRowClaim) -> date | None:
    """Return the day that a row names, if it does."""
    if isinstance(claim, AwardClaim):
        return claim.on
    if isinstance(claim, EnrollmentClaim):
        return claim.completed_on or claim.started_on
    return None


def future_flaw(plan: RowPlan, zone: str, job: ImportJob) -> RowFlaw | None:
    """Return the flaw of a row about something that has not happened yet."""
    claim, days = plan.claim, list[tuple[date | None, str]]()
    if isinstance(claim, EnrollmentClaim):
        days.append((claim.started_on, claim.start_column))
        days.append((claim.completed_on, claim.date_column))
    elif not isinstance(claim, AssignmentClaim):
        is_later = plan.at is not None and plan.at > job.now
        days.append((date.max if is_later else plan.on, claim.date_column))
    for day, column in days:
        if day is not None and day > job.today(zone):
            message = "the date lies in the future"
            return RowFlaw(code="future_date", message=message, column=column)
    return None


def is_known(
    claim: RowClaim, enrollment: Enrollment, *, on: date, zone: str, now: datetime
) -> bool:
    """Whether an enrollment says already what a row about a day says of it.

    ``zone`` is the certification's.
    """
    if isinstance(claim, AwardClaim):
        return is_awarded(enrollment, on=on, now=now)
    if isinstance(claim, AssignmentClaim):
        return enrollment.assignment(AssignmentSource.IMPORT, None) is not None
    if isinstance(claim, EnrollmentClaim):
        return _is_enrolled(claim, enrollment, zone)
    raise _not_of_an_enrollment(claim)


def is_awarded(enrollment: Enrollment, *, on: date, now: datetime) -> bool:
    """Whether there is a certificate of that day, or a later one is in force.

    A certificate earned by a cycle on that day counts as well; a time of that day makes no other award.
    """
    if any(each.terms.issued_on == on for each in enrollment.certificates):
        return True
    newest = enrollment.newest_certificate
    return newest is not None and newest.terms.issued_on > on and newest.certifies_at(now)


def _is_enrolled(claim: EnrollmentClaim, enrollment: Enrollment, zone: str) -> bool:
    """Whether the learner has come just as far, on the days that the row names."""
    if claim.state is EnrollmentState.COMPLETED:
        return any(each.terms.issued_on == claim.completed_on for each in enrollment.certificates)
    cycle = enrollment.open_cycle
    if cycle is None or not _is_due(claim, enrollment):
        return False
    if claim.state is EnrollmentState.NOT_STARTED:
        return cycle.started_at is None
    if cycle.started_at is None:
        return False
    return claim.started_on in {None, day_in(zone, cycle.started_at)}


def _is_due(claim: EnrollmentClaim, enrollment: Enrollment) -> bool:
    """Whether the due day is that of the row; a recertification has one of its own."""
    if claim.due_on is None or enrollment.certificates:
        return True
    return any(each.due_on == claim.due_on for each in enrollment.assignments)


def decide_row(
    plan: RowPlan, case: Case, job: ImportJob, *, import_id: str | None = None
) -> tuple[Accepted, ...] | RowFlaw:
    """Return the decisions that record a row, in order, or why it cannot be recorded."""
    claim = plan.claim
    if isinstance(claim, AwardClaim):
        given: Iterator[_Given] | RowFlaw = iter([(_award(plan, claim), job.actor)])
    elif isinstance(claim, AssignmentClaim):
        given = iter([(Assign(source=AssignmentSource.IMPORT), job.actor)])
    elif isinstance(claim, EnrollmentClaim):
        given = _enrollment(plan, claim, case, job)
    else:
        raise _not_of_an_enrollment(claim)
    if isinstance(given, RowFlaw):
        return given
    decisions = Decisions(case, now=job.now, table=job.table)
    row = plan.row if import_id else None
    for command, actor in given:
        marked = evolve(command, import_id=import_id, import_row=row)
        decision = decisions.give(marked, actor=actor)
        if isinstance(decision, Refused):
            return _refused(claim, decision)
    if isinstance(claim, AssignmentClaim):
        # Completions that are stored already count at once, as after any assignment.
        decisions.follow_up(import_id=import_id, import_row=row)
    return tuple(decisions.accepted)


def _refused(claim: RowClaim, refused: Refused) -> RowFlaw:
    message = _why_refused(refused)
    if any(reason.code == learner_is_active.code for reason in refused.reasons):
        column = claim.learner_column
        return RowFlaw(code="inactive_learner", message=message, column=column)
    return RowFlaw(code="refused", message=message, column=None)


def _not_of_an_enrollment(claim: RowClaim) -> InvalidValueError:
    expected = "a claim about an enrollment"
    return InvalidValueError("RowPlan.claim", type(claim).__name__, expected)


_Given: TypeAlias = tuple[Command, Actor]


def _award(plan: RowPlan, claim: AwardClaim) -> Award:
    return Award(
        at=plan.at,
        on=None if plan.at else plan.on,
        score=claim.score,
        expires_on=claim.expires_on,
        always_valid=claim.always_valid,
    )


FREE: Final = frozenset({None, Status.ASSIGNED})
"""The statuses in which an enrollment from elsewhere may be recorded (F7)."""


def _enrollment(
    plan: RowPlan, claim: EnrollmentClaim, case: Case, job: ImportJob
) -> Iterator[_Given] | RowFlaw:
    status = case.enrollment.status_at(job.now)
    if status not in FREE and not job.options.archive_and_replace:
        message = f"there is an enrollment, which is {str(status).replace('_', ' ')}"
        return RowFlaw(code="active_enrollment", message=message, column=claim.name_column)
    if claim.state is EnrollmentState.COMPLETED:
        # An award ends the cycle that is open; its history stays readable.
        score = None if claim.result is None else f"{claim.result:f}"
        return iter([(Award(on=plan.on, score=score), job.actor)])
    zone = case.certification.zone
    at = first_instant(claim.started_on, zone) if claim.started_on else None
    # Only learners enroll and start, or the system for them: here, because the file says so.
    system = Actor(role=Role.SYSTEM, id=job.actor.id, scope=job.actor.scope)
    archived = list(_archived(case, job.actor))
    if case.enrollment.certificates:
        if claim.state is EnrollmentState.NOT_STARTED:
            message = "who was certified begins again by starting: there is nothing not started"
            return RowFlaw(code="active_enrollment", message=message, column=claim.name_column)
        return chain(archived, [(StartRecertification(at=at), system)])
    left = _without(case, archived)
    commands: list[Command] = []
    if claim.assigned or claim.due_on is not None:
        source = AssignmentSource.IMPORT if claim.assigned else AssignmentSource.SELF
        standing = left.assignment(source, None)
        due_on = claim.due_on or DueDate.BY_POLICY
        if standing is None:
            commands.append(Assign(source=source, due_on=due_on, at=at))
        elif claim.due_on is not None and not _is_due(claim, left):
            # An assignment keeps its due day; another due day takes another assignment.
            reference = claim.due_on.isoformat()
            commands.append(Assign(source=source, reference=reference, due_on=due_on, at=at))
    commands.append(Enroll(at=at))
    if claim.state is EnrollmentState.IN_PROGRESS:
        commands.append(Start(at=at))
    return chain(
        archived,
        ((each, job.actor if isinstance(each, Assign) else system) for each in commands),
    )


def _archived(case: Case, actor: Actor) -> Iterator[_Given]:
    """Yield the strikes that take the open cycle out of the count, newest first; it stays readable."""
    cycle = case.enrollment.open_cycle
    if cycle is None:
        return
    resting = resting_on(cycle.entry, case.history or (), case.enrollment)
    for entry in (*reversed(resting), cycle.entry):
        yield Strike(entry=entry, reason="archived: an import has replaced it"), actor


def _without(case: Case, archived: Sequence[_Given]) -> Enrollment:
    """Return the enrollment as the strikes of these entries will leave it."""
    struck = {command.entry for command, _ in archived if isinstance(command, Strike)}
    if not struck:
        return case.enrollment
    events = [event for event in case.history or () if event.entry not in struck]
    return replay(events, learner=case.learner.id, certification=case.certification.code)
