"""Deadlines: what they stop, and extending them (R5)."""

from __future__ import annotations

from datetime import date

from attrs import field, frozen

from certlib._copying import evolve
from certlib._validators import positive, within_range
from certlib.state._actions.running import in_cycle
from certlib.state._cycles import Cycle
from certlib.state._enrollments import Enrollment
from certlib.state._events import Event, Fact
from certlib.state._guard import command_if, guard
from certlib.state._proposals import Command, Proposal, command_as, open_cycle

__all__ = [
    "DeadlineExtended",
    "ExtendDeadline",
    "NextDeadlineExtended",
    "deadline_is_ahead",
    "deadline_is_there",
    "extend_deadline",
    "extend_next_deadline",
    "new_deadline_is_later",
]


@frozen(kw_only=True)
class ExtendDeadline(Command):
    """Move the due day of one learner's cycle, or of their next recertification (row 36)."""

    name = "extend_deadline"
    until: date


@frozen(kw_only=True)
class DeadlineExtended(Fact):
    """The due day of one learner's cycle was extended (row 36)."""

    tag = "deadline_extended"
    number: int = field(validator=positive)
    until: date

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Extend the due day; of several extensions the latest counts (P8)."""

        def extended(cycle: Cycle) -> Cycle:
            if cycle.due is None:
                return cycle
            until = max(self.until, cycle.due.extended_to or self.until)
            return evolve(cycle, due=evolve(cycle.due, extended_to=until))

        return in_cycle(enrollment, self.number, extended)


@frozen(kw_only=True)
class NextDeadlineExtended(Fact):
    """The due day of a learner's next recertification was extended (row 36)."""

    tag = "next_deadline_extended"
    is_on_the_certificate = True
    until: date

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Keep the day on the certificate that will be renewed."""
        newest = enrollment.newest_certificate
        if newest is None:
            return enrollment
        until = max(self.until, newest.deadline_extended_to or self.until)
        return enrollment.with_newest(evolve(newest, deadline_extended_to=until))


def _due_day(proposal: Proposal) -> dict[str, str]:
    due = proposal.deadline
    return {"day": "" if due is None else str(due.day)}


@guard(
    "the deadline has passed: nothing new counts after {day}",
    params=_due_day,
)
def deadline_is_ahead(proposal: Proposal) -> bool:
    due = proposal.deadline
    return due is None or not due.hard or not due.is_over(proposal.at)


@guard("there is no deadline to extend")
def deadline_is_there(proposal: Proposal) -> bool:
    return proposal.deadline is not None


@guard(
    "the new day is not later than the deadline, {day}",
    asks=("until",),
    params=_due_day,
)
def new_deadline_is_later(proposal: Proposal) -> bool:
    command, due = command_if(proposal.command, ExtendDeadline), proposal.deadline
    return command is None or due is None or command.until > due.day


def extend_deadline(proposal: Proposal) -> tuple[Fact, ...]:
    """Extend the due day of the open cycle (row 36)."""
    until = command_as(proposal, ExtendDeadline).until
    within_range("the due day", until)
    return (DeadlineExtended(number=open_cycle(proposal).number, until=until),)


def extend_next_deadline(proposal: Proposal) -> tuple[Fact, ...]:
    """Extend the due day of the next recertification (row 36)."""
    until = command_as(proposal, ExtendDeadline).until
    within_range("the due day", until)
    return (NextDeadlineExtended(until=until),)
