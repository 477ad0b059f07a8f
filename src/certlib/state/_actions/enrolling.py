"""Assigning, with due days; enrolling, unassigning and removing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import ClassVar

from attrs import field, frozen
from attrs.validators import optional

from certlib._copying import evolve
from certlib._validators import code, within_range
from certlib.state._actions.running import begin, ending
from certlib.state._cycles import CycleEnd, CycleKind, Due
from certlib.state._enrollments import Assignment, AssignmentSource, Enrollment
from certlib.state._events import Event, Fact
from certlib.state._guard import command_if, guard, listed
from certlib.state._proposals import Choice, Command, Proposal, command_as
from certlib.state._status import Status
from certlib.transcript import Completion

__all__ = [
    "Assign",
    "AssignmentAdded",
    "AssignmentDropped",
    "DueDate",
    "Enroll",
    "Remove",
    "RemovedFromCertification",
    "Unassign",
    "assign",
    "assigned",
    "assignment_exists",
    "assignment_is_new",
    "enroll",
    "every_assignment_is_manual",
    "learner_is_eligible",
    "remove",
    "unassign",
]


class DueDate(StrEnum):
    """Where an assignment's due day comes from if no day is given."""

    BY_POLICY = "by_policy"


@frozen(kw_only=True)
class Assign(Command):
    """Assign the certification to a learner (rows 1 and 7).

    ``due_on`` is the due day of an initial cycle: the policy's, a day that the host computes (such as 30
    days after hire), or None for an assignment without one.
    """

    name = "assign"
    source: AssignmentSource = AssignmentSource.MANUAL
    reference: str | None = field(default=None, validator=optional(code))
    due_on: date | DueDate | None = DueDate.BY_POLICY


@frozen(kw_only=True)
class Unassign(Command):
    """Take an assignment back (row 33)."""

    name = "unassign"
    chooses: ClassVar[str | None] = "source"
    source: AssignmentSource = AssignmentSource.MANUAL
    reference: str | None = field(default=None, validator=optional(code))

    @classmethod
    def choices(cls, proposal: Proposal) -> Iterator[Choice]:
        """Yield the assignments of the enrollment."""
        for each in proposal.enrollment.assignments:
            yield Choice(
                label=each.label, command=cls(source=each.source, reference=each.reference)
            )


@frozen(kw_only=True)
class Enroll(Command):
    """Begin the initial cycle (rows 2 and 6)."""

    name = "enroll"


@frozen(kw_only=True)
class Remove(Command):
    """Remove a learner who has not started (row 32)."""

    name = "remove"


@frozen(kw_only=True)
class AssignmentAdded(Fact):
    """The certification was assigned to a learner (rows 1, 2 and 7)."""

    tag = "assignment_added"
    source: AssignmentSource
    reference: str | None = None
    due_on: date | None = None
    """The due day of an initial cycle, inclusive, as given or by policy (P8)."""
    due_is_hard: bool = False
    time_zone: str = "UTC"
    """The time zone of the due day."""

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Add the assignment; the latest due day applies, to an open initial cycle, too."""
        added = Assignment(
            source=self.source, reference=self.reference, at=event.at, due_on=self.due_on
        )
        # It already exists if striking a later entry restored the earlier assignment.
        exists = enrollment.assignment(self.source, self.reference)
        assignments = enrollment.assignments if exists else (*enrollment.assignments, added)
        after = evolve(enrollment, assignments=assignments)
        if self.due_on is None:
            return after
        due = Due(on=self.due_on, hard=self.due_is_hard, time_zone=self.time_zone)
        after = evolve(after, assigned_due=(after.assigned_due or due).not_before(self.due_on))
        cycle = after.open_cycle
        if cycle is None or cycle.kind is not CycleKind.INITIAL:
            return after
        return after.with_cycle(evolve(cycle, due=(cycle.due or due).not_before(self.due_on)))


@frozen(kw_only=True)
class AssignmentDropped(Fact):
    """An assignment was taken back (row 33)."""

    tag = "assignment_dropped"
    source: AssignmentSource
    reference: str | None = None

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Drop the assignment, unless the entry that added it was struck."""
        dropped = enrollment.assignment(self.source, self.reference)
        left = tuple(a for a in enrollment.assignments if a is not dropped)
        after = evolve(enrollment, assignments=left)
        return after if left or after.open_cycle else evolve(after, assigned_due=None)


@frozen(kw_only=True)
class RemovedFromCertification(Fact):
    """The learner was removed, and every assignment dropped (row 32)."""

    tag = "removed"

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Drop every assignment and their due day."""
        return evolve(enrollment, assignments=(), assigned_due=None)


def _needed_to_enroll(proposal: Proposal) -> str:
    requirement = proposal.case.certification.eligibility
    completions = proposal.case.transcript.completions
    done = {each.training for each in completions if each.at <= proposal.at}
    return listed(sorted(requirement.trainings - done) if requirement else ())


@guard(
    "the learner must complete something before enrolling; not completed: {trainings}",
    params=lambda p: {"trainings": _needed_to_enroll(p)},
)
def learner_is_eligible(proposal: Proposal) -> bool:
    requirement = proposal.case.certification.eligibility

    def completions_of(training: str) -> Iterator[Completion]:
        found = proposal.case.transcript.of(training)
        return (each for each in found if each.at <= proposal.at)

    return requirement is None or requirement.counted(completions_of) is not None


@guard(
    "there is already an assignment with this source and reference",
    asks=("reference",),
)
def assignment_is_new(proposal: Proposal) -> bool:
    command = command_if(proposal.command, Assign)
    return (
        command is None or proposal.enrollment.assignment(command.source, command.reference) is None
    )


@guard(
    "there is no assignment with this source and reference; the assignments are: {sources}",
    asks=("source", "reference"),
    params=lambda p: {"sources": listed(each.label for each in p.enrollment.assignments)},
)
def assignment_exists(proposal: Proposal) -> bool:
    command = command_if(proposal.command, Unassign)
    return (
        command is None
        or proposal.enrollment.assignment(command.source, command.reference) is not None
    )


_BY_HAND = frozenset({AssignmentSource.MANUAL, AssignmentSource.IMPORT})


@guard(
    "an assignment is neither manual nor imported: {sources}",
    params=lambda p: {
        "sources": ", ".join(
            a.source.value for a in p.enrollment.assignments if a.source not in _BY_HAND
        )
    },
)
def every_assignment_is_manual(proposal: Proposal) -> bool:
    return all(a.source in _BY_HAND for a in proposal.enrollment.assignments)


def assign(proposal: Proposal) -> tuple[Fact, ...]:
    """Record an assignment (rows 1 and 7)."""
    command = command_as(proposal, Assign)
    return (assigned(proposal, command.source, command.reference, command.due_on),)


def assigned(
    proposal: Proposal,
    source: AssignmentSource,
    reference: str | None = None,
    due_on: date | DueDate | None = DueDate.BY_POLICY,
) -> AssignmentAdded:
    """Return an assignment with its due day, by the policy in force now (P8)."""
    version = proposal.version_in_force
    if version is None:
        day = None if due_on is DueDate.BY_POLICY else due_on
        return AssignmentAdded(source=source, reference=reference, due_on=day)
    rule = version.policy.deadlines.initial
    day = rule.due_on(proposal.day(version)) if due_on is DueDate.BY_POLICY else due_on
    if day is not None:
        within_range("the due day", day)
    return AssignmentAdded(
        source=source,
        reference=reference,
        due_on=day,
        due_is_hard=rule.hard and day is not None,
        time_zone=version.policy.time_zone if day is not None else "UTC",
    )


def unassign(proposal: Proposal) -> tuple[Fact, ...]:
    """Drop an assignment; the last one before the start ends the cycle, too (row 33)."""
    command = command_as(proposal, Unassign)
    dropped = AssignmentDropped(source=command.source, reference=command.reference)
    was_the_last = len(proposal.enrollment.assignments) == 1
    if was_the_last and proposal.status is Status.NOT_STARTED:
        return (dropped, *ending(proposal, CycleEnd.REMOVED))
    return (dropped,)


def enroll(proposal: Proposal) -> tuple[Fact, ...]:
    """Begin the initial cycle; without an assignment, learners assign themselves (rows 2 and 6)."""
    begun = begin(proposal, CycleKind.INITIAL)
    if proposal.enrollment.assignments:
        return (begun,)
    return (assigned(proposal, AssignmentSource.SELF), begun)


def remove(proposal: Proposal) -> tuple[Fact, ...]:
    """Remove a learner who has not started, and end their cycle (row 32)."""
    return (*ending(proposal, CycleEnd.REMOVED), RemovedFromCertification())
