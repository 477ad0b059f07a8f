"""Cycles: beginning, starting, abandoning and forcing them; their versions and windows.

A fact names its cycle by number. If the cycle's beginning was struck, its other facts do nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from attrs import field, frozen

from certlib._copying import evolve
from certlib._validators import positive
from certlib.actors import Role
from certlib.periods import Period
from certlib.policies import BeforeWindow, RecertificationDeadline
from certlib.state._cycles import (
    Cycle,
    CycleEnd,
    CycleKind,
    Due,
    RequestKind,
    RequestState,
    with_decision,
)
from certlib.state._enrollments import Enrollment
from certlib.state._events import Event, Fact
from certlib.state._guard import guard
from certlib.state._proposals import Command, Proposal, open_cycle, required

__all__ = [
    "AbandonRecertification",
    "BarLifted",
    "CycleBegan",
    "CycleEnded",
    "CycleMoved",
    "CycleStarted",
    "ForceRecertification",
    "RecertificationForced",
    "Start",
    "StartRecertification",
    "abandon_recertification",
    "begin",
    "certificate_is_not_revoked",
    "cycle_is_a_recertification",
    "ending",
    "force_recertification",
    "in_cycle",
    "start",
    "start_after_revocation",
    "start_recertification",
    "version_begins_cycles",
    "version_is_published",
    "window_is_open",
]


@frozen(kw_only=True)
class Start(Command):
    """Start the initial cycle (row 10)."""

    name = "start"


@frozen(kw_only=True)
class StartRecertification(Command):
    """Begin a recertification (rows 25 to 27)."""

    name = "start_recertification"


@frozen(kw_only=True)
class AbandonRecertification(Command):
    """Give up a recertification (row 38)."""

    name = "abandon_recertification"


@frozen(kw_only=True)
class ForceRecertification(Command):
    """Revoke the certificate and begin a recertification (row 28)."""

    name = "force_recertification"


def in_cycle(enrollment: Enrollment, number: int, change: Callable[[Cycle], Cycle]) -> Enrollment:
    """Change one cycle of an enrollment; without such a cycle, nothing changes."""
    cycle = enrollment.cycle(number)
    return enrollment if cycle is None else enrollment.with_cycle(change(cycle))


@frozen(kw_only=True)
class CycleBegan(Fact):
    """A cycle began, with these steps and this exam."""

    tag = "cycle_began"
    number: int = field(validator=positive)
    kind: CycleKind
    version: int = field(validator=positive)
    counts_from: date
    needs: tuple[str, ...]
    has_exam: bool = False
    curriculum: CycleKind | None = None
    """The curriculum in use, if it is not that of the kind (P3)."""
    due_on: date | None = None
    """A due day that counts from the beginning of the cycle (R5)."""
    due_after_expiry: Period | None = None
    """For a recertification: how long after the last valid day that it renews it is due (P8)."""
    due_is_hard: bool = False
    time_zone: str = "UTC"
    """The time zone of the due day."""

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Open the cycle, which uses up a reinstatement fee (R4)."""
        is_initial = self.kind is CycleKind.INITIAL
        cycle = Cycle(
            number=self.number,
            kind=self.kind,
            version=self.version,
            entry=event.entry,
            began_at=event.at,
            counts_from=self.counts_from,
            needs=self.needs,
            has_exam=self.has_exam,
            curriculum=self.curriculum or self.kind,
            started_at=None if is_initial else event.at,
            due=self._initial_due(enrollment) if is_initial else self._renewal_due(enrollment),
        )
        return evolve(enrollment, cycles=(*enrollment.cycles, cycle), reinstatement=None)

    def _initial_due(self, enrollment: Enrollment) -> Due | None:
        of_assignments = enrollment.assigned_due
        found = [day for day in (self.due_on, of_assignments and of_assignments.on) if day]
        if not found:
            return None
        return Due(on=max(found), hard=self.due_is_hard, time_zone=self.time_zone)

    def _renewal_due(self, enrollment: Enrollment) -> Due | None:
        newest = enrollment.newest_certificate
        on, follows, own = self.due_on, None, None
        if newest is not None and newest.revoked_at is None:
            own = newest.deadline_extended_to
            rule = RecertificationDeadline(due=self.due_after_expiry)
            after_expiry = rule.due_on(newest.last_valid_day)
            if after_expiry is not None:
                on, follows = after_expiry, self.due_after_expiry
        if on is None:
            return None
        return Due(
            on=on,
            hard=self.due_is_hard,
            time_zone=self.time_zone,
            extended_to=own,
            after_expiry=follows,
        )


@frozen(kw_only=True)
class CycleStarted(Fact):
    """The learner started the initial cycle (row 10); a recertification starts when it begins."""

    tag = "cycle_started"
    number: int = field(validator=positive)

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Start the cycle."""
        return in_cycle(enrollment, self.number, lambda c: evolve(c, started_at=event.at))


@frozen(kw_only=True)
class CycleMoved(Fact):
    """An open cycle was moved to another version (row 39); what is done stays done."""

    tag = "cycle_moved"
    number: int = field(validator=positive)
    version: int = field(validator=positive)
    needs: tuple[str, ...]
    has_exam: bool = False
    due_on: date | None = None
    """The due day by the new version's rule; a later one is kept."""
    due_after_expiry: Period | None = None
    due_is_hard: bool = False
    time_zone: str = "UTC"

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Give the cycle the version's steps and exam, and supersede requests about others (R14)."""
        return in_cycle(enrollment, self.number, self._moved)

    def _moved(self, cycle: Cycle) -> Cycle:
        lacking = {
            each.number
            for each in cycle.requests
            if (each.kind is RequestKind.EVIDENCE and each.step not in self.needs)
            or (each.kind in {RequestKind.EXAM, RequestKind.ATTEMPTS} and not self.has_exam)
        }
        return evolve(
            cycle,
            version=self.version,
            needs=self.needs,
            has_exam=self.has_exam,
            requests=with_decision(cycle.requests, lacking, RequestState.SUPERSEDED),
            due=self._due(cycle.due),
        )

    def _due(self, before: Due | None) -> Due | None:
        found = [day for day in (self.due_on, before and before.on) if day]
        if not found:
            return None
        return Due(
            on=max(found),
            hard=self.due_is_hard,
            time_zone=self.time_zone,
            extended_to=None if before is None else before.extended_to,
            after_expiry=self.due_after_expiry,
        )


@frozen(kw_only=True)
class CycleEnded(Fact):
    """A cycle ended (R3); of several ends the earliest counts."""

    tag = "cycle_ended"
    number: int = field(validator=positive)
    by: CycleEnd

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """End the cycle unless it has ended; a removal also drops the assignments' due day."""
        ended = enrollment.with_cycle_ended(self.number, event.at, self.by)
        return evolve(ended, assigned_due=None) if self.by is CycleEnd.REMOVED else ended


@frozen(kw_only=True)
class RecertificationForced(Fact):
    """A recertification was forced: every certificate was revoked (row 28)."""

    tag = "recertification_forced"
    is_on_the_certificate = True

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Revoke every certificate."""
        return evolve(enrollment, certificates=enrollment.certificates_revoked(event.at))


@frozen(kw_only=True)
class BarLifted(Fact):
    """A bar was lifted by starting again (row 27)."""

    tag = "bar_lifted"

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Lift the bar; revoked certificates stay revoked."""
        return evolve(enrollment, bar=None, bar_lifted_by=event.entry)


def _next_publication(proposal: Proposal) -> datetime | None:
    return proposal.case.certification.next_publication(proposal.at)


@guard(
    "the certification has no published version",
    opens_at=_next_publication,
)
def version_is_published(proposal: Proposal) -> bool:
    return proposal.version_for_cycles is not None


@guard("the certification can only be awarded, with a last valid day for each certificate")
def version_begins_cycles(proposal: Proposal) -> bool:
    version = proposal.version_for_cycles
    return version is None or not version.policy.is_awarded_only


def _window_opens_at(proposal: Proposal) -> datetime | None:
    newest = proposal.enrollment.newest_certificate
    return None if newest is None else newest.window_opens_at


@guard(
    "the recertification window is not open",
    opens_at=_window_opens_at,
)
def window_is_open(proposal: Proposal) -> bool:
    newest, version = proposal.enrollment.newest_certificate, proposal.version_for_cycles
    if newest is None or version is None:
        return False
    if newest.window_opens_at is not None and newest.window_opens_at <= proposal.at:
        return True
    if (
        proposal.actor.role is not Role.SYSTEM
        or proposal.command is None
        or not proposal.command.because
    ):
        return False
    return version.policy.recertification.before_window is BeforeWindow.RENEWS


@guard("there is no certificate to go back to, or it is revoked")
def certificate_is_not_revoked(proposal: Proposal) -> bool:
    newest = proposal.enrollment.newest_certificate
    return newest is not None and newest.revoked_at is None


@guard("the open cycle is not a recertification")
def cycle_is_a_recertification(proposal: Proposal) -> bool:
    cycle = proposal.enrollment.open_cycle
    return cycle is not None and cycle.kind is CycleKind.RECERTIFICATION


def start(proposal: Proposal) -> tuple[Fact, ...]:
    """Start the initial cycle (row 10)."""
    return (CycleStarted(number=open_cycle(proposal).number),)


def start_recertification(proposal: Proposal) -> tuple[Fact, ...]:
    """Begin a recertification (rows 25 and 26)."""
    return (begin(proposal, CycleKind.RECERTIFICATION),)


def start_after_revocation(proposal: Proposal) -> tuple[Fact, ...]:
    """Lift the bar and begin a cycle: an initial one if there never was a certificate (row 27)."""
    ever_certified = bool(proposal.enrollment.certificates)
    kind = CycleKind.RECERTIFICATION if ever_certified else CycleKind.INITIAL
    return (BarLifted(), begin(proposal, kind, revoked=True))


def force_recertification(proposal: Proposal) -> tuple[Fact, ...]:
    """Revoke every certificate and begin a recertification (row 28)."""
    return (RecertificationForced(), begin(proposal, CycleKind.RECERTIFICATION, revoked=True))


def abandon_recertification(proposal: Proposal) -> tuple[Fact, ...]:
    """End a recertification without a certificate (row 38)."""
    return ending(proposal, CycleEnd.ABANDONED)


def ending(proposal: Proposal, by: CycleEnd) -> tuple[Fact, ...]:
    """End the open cycle, if there is one."""
    cycle = proposal.enrollment.open_cycle
    return () if cycle is None else (CycleEnded(number=cycle.number, by=by),)


def begin(proposal: Proposal, kind: CycleKind, *, revoked: bool = False) -> CycleBegan:
    """Begin a cycle; after a revocation (``revoked``) its deadline counts from now (R5)."""
    version = required(proposal.version_for_cycles, "the published version")
    chosen = proposal.curriculum_of_next(version, kind)
    curriculum = version.curriculum(chosen.value)
    deadlines, today = version.policy.deadlines, proposal.day(version)
    due_on: date | None = None
    after_expiry: Period | None = None
    if kind is CycleKind.INITIAL:
        hard = deadlines.initial.hard
        due_on = deadlines.initial.due_on(today) if revoked else None
    else:
        hard = deadlines.recertification.hard
        if revoked:
            due_on = deadlines.recertification.due_after_revocation(today)
        else:
            after_expiry = deadlines.recertification.due
    return CycleBegan(
        number=proposal.enrollment.next_cycle_number,
        kind=kind,
        version=version.number,
        counts_from=proposal.counts_from(version, forced=revoked),
        needs=curriculum.step_codes,
        has_exam=curriculum.exam is not None,
        curriculum=None if chosen is kind else chosen,
        due_on=due_on,
        due_after_expiry=after_expiry,
        due_is_hard=hard,
        time_zone=version.policy.time_zone,
    )
