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
from certlib.errors import InvalidValueError
from certlib.io.columns import RowFlaw
from certlib.io.wanted import (
    AssignmentWanted,
    AwardWanted,
    EnrollmentState,
    EnrollmentWanted,
    Wanted,
)
from certlib.io.work import Plan, Work
from certlib.periods import day_in, first_instant
from certlib.state import (
    Accepted,
    AssignmentSource,
    Case,
    Enrollment,
    Refused,
    Status,
    decide,
    fulfil,
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

__all__ = ["decided", "instant_of", "is_known"]


def _why_refused(refused: Refused) -> str:
    """Return the message of a row that the rules refuse."""
    return "; ".join(f"{reason.text} ({reason.code})" for reason in refused.reasons)


def instant_of(wanted: Wanted, zone: str) -> datetime | RowFlaw | None:
    """Return the instant that a row names, by the clocks of a zone; None where it names none.

    A time that these clocks skipped, or showed twice, is a flaw: nobody knows which was meant.
    """
    if not isinstance(wanted, AwardWanted) or wanted.time is None:
        return None
    local = datetime.combine(wanted.on, wanted.time, tzinfo=ZoneInfo(zone))
    instant = local.astimezone(UTC)
    if instant == local.replace(fold=1).astimezone(UTC):
        return instant
    there = instant.astimezone(local.tzinfo).replace(tzinfo=None)
    how_often = "twice" if there == local.replace(tzinfo=None) else "never"
    message = f"the clocks of {zone} showed that time {how_often} on that day"
    return RowFlaw(code="bad_date", message=message, column=wanted.date_column)


def is_known(plan: Plan, case: Case, work: Work) -> bool:
    """Whether what a row says of an enrollment is known already."""
    wanted, enrollment = plan.wanted, case.enrollment
    if isinstance(wanted, AwardWanted):
        return _is_awarded(plan, case, work)
    if isinstance(wanted, AssignmentWanted):
        return enrollment.assignment(AssignmentSource.IMPORT, None) is not None
    if isinstance(wanted, EnrollmentWanted):
        return _is_enrolled(wanted, case)
    raise _not_of_an_enrollment(plan)


def _is_awarded(plan: Plan, case: Case, work: Work) -> bool:
    """A certificate of that date is known, or a later one is in force.

    The rule speaks of awards; a certificate that a cycle earned on that day says the same. It speaks
    of dates, too: a time of that day makes no other award.
    """
    if any(each.terms.issued_on == plan.on for each in case.enrollment.certificates):
        return True
    newest = case.enrollment.newest_certificate
    later = newest is not None and newest.terms.issued_on > plan.on
    return later and newest is not None and newest.certifies_at(work.now)


def _is_enrolled(wanted: EnrollmentWanted, case: Case) -> bool:
    """The learner has come just so far already, on those days where the row has days."""
    enrollment, zone = case.enrollment, case.certification.zone
    if wanted.state is EnrollmentState.COMPLETED:
        return any(each.terms.issued_on == wanted.completed_on for each in enrollment.certificates)
    cycle = enrollment.open_cycle
    if cycle is None or not _is_due(wanted, case):
        return False
    if wanted.state is EnrollmentState.NOT_STARTED:
        return cycle.started_at is None
    if cycle.started_at is None:
        return False
    return wanted.started_on in {None, day_in(zone, cycle.started_at)}


def _is_due(wanted: EnrollmentWanted, case: Case) -> bool:
    """An assignment asks for the due day of the row; a recertification has one of its own."""
    enrollment = case.enrollment
    if wanted.due_on is None or enrollment.certificates:
        return True
    return any(each.due_on == wanted.due_on for each in enrollment.assignments)


def decided(
    plan: Plan, case: Case, work: Work, *, import_id: str | None = None
) -> tuple[Accepted, ...] | RowFlaw:
    """Return the decisions that record a row, in order, or why it cannot be recorded."""
    wanted = plan.wanted
    if isinstance(wanted, AwardWanted):
        given: Iterator[_Given] | RowFlaw = iter([(_award(plan, wanted), work.actor)])
    elif isinstance(wanted, AssignmentWanted):
        given = iter([(Assign(source=AssignmentSource.IMPORT), work.actor)])
    elif isinstance(wanted, EnrollmentWanted):
        given = _enrollment(plan, wanted, case, work)
    else:
        raise _not_of_an_enrollment(plan)
    if isinstance(given, RowFlaw):
        return given
    decisions: list[Accepted] = []
    for command, actor in given:
        told = evolve(command, import_id=import_id, import_row=plan.row if import_id else None)
        decision = decide(case, told, actor=actor, now=work.now, table=work.table)
        if isinstance(decision, Refused):
            return _refused(wanted, decision)
        decisions.append(decision)
        case = case.after(decision.enrollment, decision.events)
    if isinstance(wanted, AssignmentWanted):
        # Completions that are there already count at once, as after any assignment (C7).
        decisions += _followed(plan, case, work, import_id)
    return tuple(decisions)


def _followed(plan: Plan, case: Case, work: Work, import_id: str | None) -> Iterator[Accepted]:
    """Yield what the system does about it; that carries the import and the row as well (F5)."""
    for each in fulfil(case, now=work.now, table=work.table):
        row = plan.row if import_id else None
        marked = [evolve(event, import_id=import_id, import_row=row) for event in each.events]
        yield evolve(each, events=tuple(marked))


def _refused(wanted: Wanted, refused: Refused) -> RowFlaw:
    message = _why_refused(refused)
    if any(reason.code == "learner_is_active" for reason in refused.reasons):
        column = wanted.learner_column
        return RowFlaw(code="inactive_learner", message=message, column=column)
    return RowFlaw(code="refused", message=message, column=None)


def _not_of_an_enrollment(plan: Plan) -> InvalidValueError:
    kind = type(plan.wanted).__name__
    return InvalidValueError("Plan.wanted", kind, "something that concerns an enrollment")


_Given: TypeAlias = tuple[Command, Actor]


def _award(plan: Plan, wanted: AwardWanted) -> Award:
    return Award(
        at=plan.at,
        on=None if plan.at else plan.on,
        score=wanted.score,
        expires_on=wanted.expires_on,
        always_valid=wanted.always_valid,
    )


FREE: Final = frozenset({None, Status.ASSIGNED})
"""The statuses in which nothing stands in the way of an enrollment from elsewhere (F7)."""


def _enrollment(
    plan: Plan, wanted: EnrollmentWanted, case: Case, work: Work
) -> Iterator[_Given] | RowFlaw:
    status = case.enrollment.status_at(work.now)
    if status not in FREE and not work.options.archive_and_replace:
        message = f"there is an enrollment, which is {str(status).replace('_', ' ')}"
        return RowFlaw(code="active_enrollment", message=message, column=wanted.name_column)
    if wanted.state is EnrollmentState.COMPLETED:
        # An award ends the cycle that is open, which stays readable (R3).
        score = None if wanted.result is None else f"{wanted.result:f}"
        return iter([(Award(on=plan.on, score=score), work.actor)])
    zone = case.certification.zone
    at = first_instant(wanted.started_on, zone) if wanted.started_on else None
    # Nobody but the learner enrolls and starts, and the system for him (row 2): here, by the file.
    system = Actor(role=Role.SYSTEM, id=work.actor.id, scope=work.actor.scope)
    archived = list(_archived(case, work.actor))
    if case.enrollment.certificates:
        if wanted.state is EnrollmentState.NOT_STARTED:
            message = "who was certified begins again by starting: there is nothing not started"
            return RowFlaw(code="active_enrollment", message=message, column=wanted.name_column)
        return chain(archived, [(StartRecertification(at=at), system)])
    left = _without(case, archived)
    commands: list[Command] = []
    if wanted.assigned or wanted.due_on is not None:
        source = AssignmentSource.IMPORT if wanted.assigned else AssignmentSource.SELF
        standing = left.assignment(source, None)
        due_on = wanted.due_on or DueDate.BY_POLICY
        if standing is None:
            commands.append(Assign(source=source, due_on=due_on, at=at))
        elif wanted.due_on is not None and not _is_due(wanted, evolve(case, enrollment=left)):
            # An assignment keeps its due day; a further one brings another (decision 20).
            reference = wanted.due_on.isoformat()
            commands.append(Assign(source=source, reference=reference, due_on=due_on, at=at))
    commands.append(Enroll(at=at))
    if wanted.state is EnrollmentState.IN_PROGRESS:
        commands.append(Start(at=at))
    return chain(
        archived,
        ((each, work.actor if isinstance(each, Assign) else system) for each in commands),
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
