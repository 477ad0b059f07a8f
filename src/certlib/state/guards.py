"""Guards: the questions that a row of the table asks. Each answers yes or no and decides nothing.

A guard is a frozen value: a public code that reads as a claim, the sentence that says why not, the
question itself, which command fields it asks for, and, where time alone can open it, when. Guards
are total: on any proposal they answer, they never raise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeVar

from attrs import field, frozen

from certlib.actors import Role
from certlib.certifications import PATH_KINDS, Access, Classroom, Online
from certlib.periods import day_in
from certlib.policies import BeforeWindow, PerCertificate
from certlib.state.commands import Assign, Award, Command, CompleteStep, Strike, Unassign
from certlib.state.enrollments import AssignmentSource
from certlib.state.facts import EntryStruck
from certlib.state.fold import struck_entries
from certlib.state.proposals import Proposal
from certlib.state.reasons import Reason, ReasonKind
from certlib.state.strikes import resting_on

__all__ = [
    "GUARDS",
    "Guard",
    "access_is_open",
    "assignment_exists",
    "assignment_is_new",
    "certificate_is_not_revoked",
    "certification_is_active",
    "entry_can_be_struck",
    "every_assignment_is_manual",
    "last_valid_day_is_given",
    "last_valid_day_is_not_before_the_date",
    "learner_is_active",
    "no_certificate_of_that_instant",
    "nothing_rests_on_it",
    "path_is_of_the_step",
    "step_is_open",
    "version_begins_cycles",
    "version_is_published",
    "version_was_published",
    "window_is_open",
]

C = TypeVar("C", bound=Command)


def _no_params(_proposal: Proposal) -> Mapping[str, str]:
    return {}


def _never(_proposal: Proposal) -> datetime | None:
    return None


@frozen(kw_only=True)
class Guard:
    """A question that a row asks."""

    code: str
    """Public and stable: the claim that must hold."""
    sentence: str
    """Why not, in English: a template with named parameters."""
    holds: Callable[[Proposal], bool]
    asks: tuple[str, ...] = ()
    """The fields of the command without which it cannot be answered."""
    params: Callable[[Proposal], Mapping[str, str]] = field(default=_no_params)
    opens_at: Callable[[Proposal], datetime | None] = field(default=_never)

    def reason(self, proposal: Proposal) -> Reason:
        """Return why not, where it does not hold."""
        return Reason(
            code=self.code,
            kind=ReasonKind.GUARD,
            template=self.sentence,
            params=self.params(proposal),
            opens_at=self.opens_at(proposal),
        )

    def __repr__(self) -> str:
        return f"Guard({self.code!r})"


def _asked(command: Command | None, kind: type[C]) -> C | None:
    """Return the command where it is of a kind; a host's row may put a guard on another command."""
    return command if isinstance(command, kind) else None


learner_is_active: Guard = Guard(
    code="learner_is_inactive",
    sentence="the learner is inactive",
    holds=lambda p: p.case.learner.active,
)

certification_is_active: Guard = Guard(
    code="certification_is_active",
    sentence="the certification is not active",
    holds=lambda p: p.case.certification.active,
)


def _next_publication(proposal: Proposal) -> datetime | None:
    return proposal.case.certification.next_publication(proposal.at)


version_is_published: Guard = Guard(
    code="version_is_published",
    sentence="the certification has no published version",
    holds=lambda p: p.version_for_cycles is not None,
    opens_at=_next_publication,
)


def _begins_cycles(proposal: Proposal) -> bool:
    version = proposal.version_for_cycles
    return version is None or not isinstance(version.policy.validity, PerCertificate)


version_begins_cycles: Guard = Guard(
    code="version_begins_cycles",
    sentence="the certification is only awarded: every certificate states its own last valid day",
    holds=_begins_cycles,
)

version_was_published: Guard = Guard(
    code="version_was_published",
    sentence="the certification has never had a published version",
    holds=lambda p: p.case.certification.version_for_award(p.at) is not None,
)

access_is_open: Guard = Guard(
    code="access_is_open",
    sentence="learners cannot enroll by themselves: access is {access}",
    holds=lambda p: p.case.certification.access is Access.OPEN,
    params=lambda p: {"access": p.case.certification.access.value.replace("_", " ")},
)


def _is_new(proposal: Proposal) -> bool:
    command = _asked(proposal.command, Assign)
    return (
        command is None or proposal.enrollment.assignment(command.source, command.reference) is None
    )


assignment_is_new: Guard = Guard(
    code="assignment_is_new",
    sentence="there is an assignment with this source and reference already",
    asks=("reference",),
    holds=_is_new,
)


def _exists(proposal: Proposal) -> bool:
    command = _asked(proposal.command, Unassign)
    return (
        command is None
        or proposal.enrollment.assignment(command.source, command.reference) is not None
    )


assignment_exists: Guard = Guard(
    code="assignment_exists",
    sentence="there is no assignment with this source and reference; there are: {sources}",
    asks=("reference",),
    holds=_exists,
    params=lambda p: {
        "sources": ", ".join(
            a.source.value + (f" {a.reference}" if a.reference else "")
            for a in p.enrollment.assignments
        )
        or "none"
    },
)

_BY_HAND = frozenset({AssignmentSource.MANUAL, AssignmentSource.IMPORT})

every_assignment_is_manual: Guard = Guard(
    code="every_assignment_is_manual",
    sentence="an assignment comes from elsewhere: {sources}",
    holds=lambda p: all(a.source in _BY_HAND for a in p.enrollment.assignments),
    params=lambda p: {
        "sources": ", ".join(
            a.source.value for a in p.enrollment.assignments if a.source not in _BY_HAND
        )
    },
)


def _step_is_open(proposal: Proposal) -> bool:
    command, cycle = _asked(proposal.command, CompleteStep), proposal.enrollment.open_cycle
    return command is None or (cycle is not None and command.step in cycle.missing_steps)


step_is_open: Guard = Guard(
    code="step_is_open",
    sentence="the step is not open; open are: {steps}",
    asks=("step",),
    holds=_step_is_open,
    params=lambda p: {
        "steps": ", ".join(p.enrollment.open_cycle.missing_steps if p.enrollment.open_cycle else ())
        or "none"
    },
)


def _paths(proposal: Proposal) -> tuple[str, ...]:
    command, cycle = _asked(proposal.command, CompleteStep), proposal.enrollment.open_cycle
    version = proposal.case.certification.version(cycle.version) if cycle else None
    if command is None or cycle is None or version is None:
        return ()
    step = version.curriculum(cycle.kind.value).step(command.step)
    return tuple(
        PATH_KINDS[type(path)]
        for path in (step.paths if step else ())
        if isinstance(path, Online | Classroom)
    )


def _path_fits(proposal: Proposal) -> bool:
    command = _asked(proposal.command, CompleteStep)
    return command is None or command.path is None or command.path in _paths(proposal)


path_is_of_the_step: Guard = Guard(
    code="path_is_of_the_step",
    sentence="the step has no such path that completions lead through; it has: {paths}",
    asks=("step", "path"),
    holds=_path_fits,
    params=lambda p: {"paths": ", ".join(_paths(p)) or "none"},
)


def _window_is_open(proposal: Proposal) -> bool:
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


def _window_opens_at(proposal: Proposal) -> datetime | None:
    newest = proposal.enrollment.newest_certificate
    return None if newest is None else newest.window_opens_at


window_is_open: Guard = Guard(
    code="window_is_open",
    sentence="the recertification window is not open",
    holds=_window_is_open,
    opens_at=_window_opens_at,
)


def _is_not_revoked(proposal: Proposal) -> bool:
    newest = proposal.enrollment.newest_certificate
    return newest is not None and newest.revoked_at is None


certificate_is_not_revoked: Guard = Guard(
    code="certificate_is_not_revoked",
    sentence="there is no certificate to go back to: it is revoked",
    holds=_is_not_revoked,
)

no_certificate_of_that_instant: Guard = Guard(
    code="no_certificate_of_that_instant",
    sentence="there is a certificate of this very instant already",
    holds=lambda p: all(c.issued_at != p.at for c in p.enrollment.certificates),
)


def _day_is_given(proposal: Proposal) -> bool:
    command = _asked(proposal.command, Award)
    version = proposal.case.certification.version_for_award(proposal.at)
    if (
        command is None
        or version is None
        or not isinstance(version.policy.validity, PerCertificate)
    ):
        return True
    return command.expires_on is not None or command.always_valid


last_valid_day_is_given: Guard = Guard(
    code="last_valid_day_is_given",
    sentence="each certificate states its own last valid day, and none is given",
    asks=("expires_on",),
    holds=_day_is_given,
)


def _day_is_not_before(proposal: Proposal) -> bool:
    command = _asked(proposal.command, Award)
    version = proposal.case.certification.version_for_award(proposal.at)
    if command is None or command.expires_on is None or version is None:
        return True
    return command.expires_on >= day_in(version.policy.time_zone, proposal.at)


last_valid_day_is_not_before_the_date: Guard = Guard(
    code="last_valid_day_is_not_before_the_date",
    sentence="the last valid day lies before the day of the award",
    asks=("expires_on",),
    holds=_day_is_not_before,
)


def _can_be_struck(proposal: Proposal) -> bool:
    command = _asked(proposal.command, Strike)
    if command is None:
        return True
    history = proposal.case.history or ()
    recorded = [event for event in history if event.entry == command.entry]
    return bool(recorded) and not (
        command.entry in struck_entries(history)
        or any(isinstance(e.fact, EntryStruck) for e in recorded)
    )


entry_can_be_struck: Guard = Guard(
    code="entry_can_be_struck",
    sentence="there is no such entry, or it is struck already, or it is a strike itself",
    asks=("entry",),
    holds=_can_be_struck,
)


def _resting(proposal: Proposal) -> tuple[int, ...]:
    command = _asked(proposal.command, Strike)
    if command is None:
        return ()
    return resting_on(command.entry, proposal.case.history or (), proposal.case.enrollment)


nothing_rests_on_it: Guard = Guard(
    code="nothing_rests_on_it",
    sentence="later facts rest on it, strike those first: {entries}",
    asks=("entry",),
    holds=lambda p: not _resting(p),
    params=lambda p: {"entries": ", ".join(f"entry {entry}" for entry in reversed(_resting(p)))},
)

GUARDS: tuple[Guard, ...] = (
    learner_is_active,
    certification_is_active,
    version_is_published,
    version_begins_cycles,
    version_was_published,
    access_is_open,
    assignment_is_new,
    assignment_exists,
    every_assignment_is_manual,
    step_is_open,
    path_is_of_the_step,
    window_is_open,
    certificate_is_not_revoked,
    no_certificate_of_that_instant,
    last_valid_day_is_given,
    last_valid_day_is_not_before_the_date,
    entry_can_be_struck,
    nothing_rests_on_it,
)
"""Every guard that certlib knows. The codes are public."""
