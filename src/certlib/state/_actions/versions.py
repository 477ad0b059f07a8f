"""Versions: moving an enrollment to another one and re-dating its certificate (P13)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import ClassVar

from attrs import field, frozen

from certlib._copying import evolve
from certlib._validators import positive
from certlib.certifications import Version
from certlib.periods import Period, day_in
from certlib.state._actions.awarding import CertificateRedated
from certlib.state._actions.running import CycleMoved
from certlib.state._cycles import Cycle, CycleKind
from certlib.state._dating import before_issue, terms_redated
from certlib.state._enrollments import Enrollment
from certlib.state._events import Event, Fact
from certlib.state._guard import command_if, guard, listed
from certlib.state._proposals import Choice, Command, Proposal, command_as, required

__all__ = [
    "MoveToVersion",
    "VersionChosen",
    "move_to_version",
    "version_can_be_chosen",
    "version_is_another_one",
    "version_takes_the_cycle",
]


@frozen(kw_only=True)
class MoveToVersion(Command):
    """Move the open cycle to another version; with ``redate``, re-date the newest certificate (row 39)."""

    name = "move_to_version"
    chooses: ClassVar[str | None] = "version"
    version: int = field(validator=positive)
    redate: bool = False

    @classmethod
    def choices(cls, proposal: Proposal) -> Iterator[Choice]:
        """Yield the published versions."""
        for version in proposal.case.certification.usable_at(proposal.at):
            yield Choice(label=str(version.number), command=cls(version=version.number))


@frozen(kw_only=True)
class VersionChosen(Fact):
    """An administrator moved the enrollment to a version while no cycle was open (row 39)."""

    tag = "version_chosen"
    version: int = field(validator=positive)

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Change nothing: the certificate keeps its dates, and later cycles take the newest version (P13)."""
        return enrollment


def _published(proposal: Proposal) -> tuple[int, ...]:
    return tuple(v.number for v in proposal.case.certification.usable_at(proposal.at))


@guard(
    "that version is not published; the published versions are: {versions}",
    asks=("version",),
    params=lambda p: {"versions": listed(str(number) for number in _published(p))},
)
def version_can_be_chosen(proposal: Proposal) -> bool:
    command = command_if(proposal.command, MoveToVersion)
    return command is None or command.version in _published(proposal)


def _current_version(proposal: Proposal) -> int | None:
    cycle, newest = proposal.enrollment.open_cycle, proposal.enrollment.newest_certificate
    if cycle is not None:
        return cycle.version
    return newest.version if newest else None


@guard(
    "the enrollment is already at version {version}",
    asks=("version",),
    params=lambda p: {"version": str(_current_version(p) or "")},
)
def version_is_another_one(proposal: Proposal) -> bool:
    command = command_if(proposal.command, MoveToVersion)
    return command is None or command.version != _current_version(proposal)


@guard(
    "under that version the certification can only be awarded, and a cycle is open",
    asks=("version",),
)
def version_takes_the_cycle(proposal: Proposal) -> bool:
    command = command_if(proposal.command, MoveToVersion)
    if command is None or proposal.enrollment.open_cycle is None:
        return True
    version = proposal.case.certification.version(command.version)
    return version is None or not version.policy.is_awarded_only


def move_to_version(proposal: Proposal) -> tuple[Fact, ...]:
    """Move the open cycle to a version, and re-date the newest certificate if requested (row 39)."""
    command = command_as(proposal, MoveToVersion)
    version = required(proposal.case.certification.version(command.version), "the version")
    redating = _redating(proposal, version) if command.redate else ()
    cycle = proposal.enrollment.open_cycle
    if cycle is None:
        return redating or (VersionChosen(version=version.number),)
    return (*redating, _moved(proposal, cycle, version, redating))


def _redating(proposal: Proposal, version: Version) -> tuple[CertificateRedated, ...]:
    newest = proposal.enrollment.newest_certificate
    if newest is None or not newest.may_be_redated:
        return ()
    # Such a version computes no dates: each award states its own last valid day.
    if version.policy.is_awarded_only:
        return ()
    terms = terms_redated(
        version,
        newest,
        at=proposal.at,
        before=before_issue(proposal.case, newest),
        learner=proposal.case.learner,
    )
    return (CertificateRedated(version=version.number, terms=terms),)


def _moved(
    proposal: Proposal,
    cycle: Cycle,
    version: Version,
    redating: tuple[CertificateRedated, ...],
) -> CycleMoved:
    curriculum = version.curriculum(cycle.curriculum.value)
    deadlines, newest = version.policy.deadlines, proposal.enrollment.newest_certificate
    due_on: date | None = None
    after_expiry: Period | None = None
    if cycle.kind is CycleKind.INITIAL:
        zone, rule = version.policy.time_zone, deadlines.initial
        days = [rule.due_on(day_in(zone, each.at)) for each in proposal.enrollment.assignments]
        due_on = max((day for day in days if day is not None), default=None)
        hard = rule.hard
    else:
        renewal, hard = deadlines.recertification, deadlines.recertification.hard
        if newest is not None and newest.revoked_at is None:
            last_valid_day = newest.last_valid_day
            if redating:
                last_valid_day = evolve(newest, terms=redating[0].terms).last_valid_day
            due_on = renewal.due_on(last_valid_day)
            after_expiry = renewal.due if due_on is not None else None
    return CycleMoved(
        number=cycle.number,
        version=version.number,
        needs=curriculum.step_codes,
        has_exam=curriculum.exam is not None,
        due_on=due_on,
        due_after_expiry=after_expiry,
        due_is_hard=hard,
        time_zone=version.policy.time_zone,
    )
