"""What a row makes of an enrollment: whether it is known already, and the commands that record it.

Both phases ask here: the preview, to tell what would be refused, and the import itself, which works
the commands out once more on the enrollment as it then is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from attrs import evolve

from certlib.actors import Actor, Role
from certlib.deciding import Decisions
from certlib.errors import InvalidValueError
from certlib.io.formats.claims import (
    AssignmentClaim,
    AwardClaim,
    EnrollmentClaim,
    EnrollmentState,
    RowClaim,
)
from certlib.io.formats.columns import RowFlaw
from certlib.io.imports.job import ImportJob, RowPlan
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
from certlib.state.actions.striking import resting_on
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

__all__ = ["decide_row", "instant_of", "is_known"]


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


def is_known(plan: RowPlan, case: Case, job: ImportJob) -> bool:
    """Whether what a row says of an enrollment is known already."""
    claim, enrollment = plan.claim, case.enrollment
    if isinstance(claim, AwardClaim):
        return _is_awarded(plan, case, job)
    if isinstance(claim, AssignmentClaim):
        return enrollment.assignment(AssignmentSource.IMPORT, None) is not None
    if isinstance(claim, EnrollmentClaim):
        return _is_enrolled(claim, case)
    raise _not_of_an_enrollment(plan)


def _is_awarded(plan: RowPlan, case: Case, job: ImportJob) -> bool:
    """A certificate of that date is known, or a later one is in force.

    The rule speaks of awards; a certificate that a cycle earned on that day says the same. It speaks
    of dates, too: a time of that day makes no other award.
    """
    if any(each.terms.issued_on == plan.on for each in case.enrollment.certificates):
        return True
    newest = case.enrollment.newest_certificate
    later = newest is not None and newest.terms.issued_on > plan.on
    return later and newest is not None and newest.certifies_at(job.now)


def _is_enrolled(claim: EnrollmentClaim, case: Case) -> bool:
    """The learner has come just so far already, on those days where the row has days."""
    enrollment, zone = case.enrollment, case.certification.zone
    if claim.state is EnrollmentState.COMPLETED:
        return any(each.terms.issued_on == claim.completed_on for each in enrollment.certificates)
    cycle = enrollment.open_cycle
    if cycle is None or not _is_due(claim, case):
        return False
    if claim.state is EnrollmentState.NOT_STARTED:
        return cycle.started_at is None
    if cycle.started_at is None:
        return False
    return claim.started_on in {None, day_in(zone, cycle.started_at)}


def _is_due(claim: EnrollmentClaim, case: Case) -> bool:
    """An assignment asks for the due day of the row; a recertification has one of its own."""
    enrollment = case.enrollment
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
        raise _not_of_an_enrollment(plan)
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
        # Completions that are there already count at once, as after any assignment (C7).
        decisions.follow_up(import_id=import_id, import_row=row)
    return tuple(decisions.accepted)


def _refused(claim: RowClaim, refused: Refused) -> RowFlaw:
    message = _why_refused(refused)
    if any(reason.code == "learner_is_active" for reason in refused.reasons):
        column = claim.learner_column
        return RowFlaw(code="inactive_learner", message=message, column=column)
    return RowFlaw(code="refused", message=message, column=None)


def _not_of_an_enrollment(plan: RowPlan) -> InvalidValueError:
    kind = type(plan.claim).__name__
    return InvalidValueError("RowPlan.claim", kind, "something that concerns an enrollment")


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
"""The statuses in which nothing stands in the way of an enrollment from elsewhere (F7)."""


def _enrollment(
    plan: RowPlan, claim: EnrollmentClaim, case: Case, job: ImportJob
) -> Iterator[_Given] | RowFlaw:
    status = case.enrollment.status_at(job.now)
    if status not in FREE and not job.options.archive_and_replace:
        message = f"there is an enrollment, which is {str(status).replace('_', ' ')}"
        return RowFlaw(code="active_enrollment", message=message, column=claim.name_column)
    if claim.state is EnrollmentState.COMPLETED:
        # An award ends the cycle that is open, which stays readable (R3).
        score = None if claim.result is None else f"{claim.result:f}"
        return iter([(Award(on=plan.on, score=score), job.actor)])
    zone = case.certification.zone
    at = first_instant(claim.started_on, zone) if claim.started_on else None
    # Nobody but the learner enrolls and starts, and the system for him (row 2): here, by the file.
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
        elif claim.due_on is not None and not _is_due(claim, evolve(case, enrollment=left)):
            # An assignment keeps its due day; a further one brings another (decision 20).
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
