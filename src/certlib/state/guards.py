"""Guards of assignments, access, versions, certificates, awards and strikes, and the list of all.

What is asked within a cycle is in `cycle_guards`, `step_guards`, `exam_guards` and `fee_guards`; what a
guard is, in `certlib.state.guard`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from certlib.actors import Role
from certlib.certifications import Access
from certlib.periods import day_in
from certlib.policies import BeforeWindow
from certlib.state import cycle_guards
from certlib.state.commands import (
    Assign,
    Award,
    ExtendCertificate,
    MoveToVersion,
    Strike,
    Unassign,
)
from certlib.state.enrollments import AssignmentSource
from certlib.state.facts import EntryStruck
from certlib.state.fold import struck_entries
from certlib.state.guard import Guard, asked, listed
from certlib.state.proposals import Proposal
from certlib.state.strikes import resting_on
from certlib.transcript import Completion

__all__ = [
    "GUARDS",
    "Guard",
    "access_is_by_request",
    "access_is_open",
    "access_request_is_open",
    "assignment_exists",
    "assignment_is_new",
    "certificate_expires",
    "certificate_is_not_revoked",
    "certification_is_active",
    "entry_can_be_struck",
    "every_assignment_is_manual",
    "last_valid_day_is_given",
    "last_valid_day_is_not_before_the_date",
    "learner_is_active",
    "learner_is_eligible",
    "new_day_is_later",
    "no_access_request_is_open",
    "no_certificate_of_that_instant",
    "nothing_rests_on_it",
    "version_begins_cycles",
    "version_can_be_chosen",
    "version_is_another_one",
    "version_is_published",
    "version_takes_the_cycle",
    "version_was_published",
    "window_is_open",
]

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
    return version is None or not version.policy.is_awarded_only


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

access_is_by_request: Guard = Guard(
    code="access_is_by_request",
    sentence="access is not given by request: it is {access}",
    holds=lambda p: p.case.certification.access is Access.BY_REQUEST,
    params=lambda p: {"access": p.case.certification.access.value.replace("_", " ")},
)

no_access_request_is_open: Guard = Guard(
    code="no_access_request_is_open",
    sentence="a request for access waits already",
    holds=lambda p: p.enrollment.open_access_request is None,
)

access_request_is_open: Guard = Guard(
    code="access_request_is_open",
    sentence="no request for access waits",
    holds=lambda p: p.enrollment.open_access_request is not None,
)


def _is_eligible(proposal: Proposal) -> bool:
    requirement = proposal.case.certification.eligibility

    def completions_of(training: str) -> Iterator[Completion]:
        found = proposal.case.transcript.of(training)
        return (each for each in found if each.at <= proposal.at)

    return requirement is None or requirement.counted(completions_of) is not None


def _needed_to_enroll(proposal: Proposal) -> str:
    requirement = proposal.case.certification.eligibility
    completions = proposal.case.transcript.completions
    done = {each.training for each in completions if each.at <= proposal.at}
    return listed(sorted(requirement.trainings - done) if requirement else ())


learner_is_eligible: Guard = Guard(
    code="learner_is_eligible",
    sentence="something must be completed before one may enroll; not completed are: {trainings}",
    holds=_is_eligible,
    params=lambda p: {"trainings": _needed_to_enroll(p)},
)


def _is_new(proposal: Proposal) -> bool:
    command = asked(proposal.command, Assign)
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
    command = asked(proposal.command, Unassign)
    return (
        command is None
        or proposal.enrollment.assignment(command.source, command.reference) is not None
    )


assignment_exists: Guard = Guard(
    code="assignment_exists",
    sentence="there is no assignment with this source and reference; there are: {sources}",
    asks=("source", "reference"),
    holds=_exists,
    params=lambda p: {"sources": listed(each.label for each in p.enrollment.assignments)},
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


def _expires(proposal: Proposal) -> bool:
    newest = proposal.enrollment.newest_certificate
    return newest is not None and newest.last_valid_day is not None


certificate_expires: Guard = Guard(
    code="certificate_expires",
    sentence="there is nothing to extend: the certificate never expires",
    holds=_expires,
)


def _is_later(proposal: Proposal) -> bool:
    command, newest = (
        asked(proposal.command, ExtendCertificate),
        proposal.enrollment.newest_certificate,
    )
    if command is None or newest is None or newest.last_valid_day is None:
        return True
    return command.until > newest.last_valid_day


def _last_valid_day(proposal: Proposal) -> str:
    newest = proposal.enrollment.newest_certificate
    return str((newest and newest.last_valid_day) or "never")


new_day_is_later: Guard = Guard(
    code="new_day_is_later",
    sentence="the new day is not later than the last valid day, {last_valid_day}",
    asks=("until",),
    holds=_is_later,
    params=lambda p: {"last_valid_day": _last_valid_day(p)},
)


def _can_be_chosen(proposal: Proposal) -> bool:
    command = asked(proposal.command, MoveToVersion)
    return command is None or command.version in _published(proposal)


def _published(proposal: Proposal) -> tuple[int, ...]:
    return tuple(v.number for v in proposal.case.certification.usable_at(proposal.at))


version_can_be_chosen: Guard = Guard(
    code="version_can_be_chosen",
    sentence="that version is not published; published are: {versions}",
    asks=("version",),
    holds=_can_be_chosen,
    params=lambda p: {"versions": listed(str(number) for number in _published(p))},
)


def _current_version(proposal: Proposal) -> int | None:
    cycle, newest = proposal.enrollment.open_cycle, proposal.enrollment.newest_certificate
    if cycle is not None:
        return cycle.version
    return newest.version if newest else None


def _is_another_one(proposal: Proposal) -> bool:
    command = asked(proposal.command, MoveToVersion)
    return command is None or command.version != _current_version(proposal)


version_is_another_one: Guard = Guard(
    code="version_is_another_one",
    sentence="the enrollment is at version {version} already",
    asks=("version",),
    holds=_is_another_one,
    params=lambda p: {"version": str(_current_version(p) or "none")},
)


def _takes_the_cycle(proposal: Proposal) -> bool:
    command = asked(proposal.command, MoveToVersion)
    if command is None or proposal.enrollment.open_cycle is None:
        return True
    version = proposal.case.certification.version(command.version)
    return version is None or not version.policy.is_awarded_only


version_takes_the_cycle: Guard = Guard(
    code="version_takes_the_cycle",
    sentence="by that version the certification is only awarded, and a cycle is open",
    asks=("version",),
    holds=_takes_the_cycle,
)

no_certificate_of_that_instant: Guard = Guard(
    code="no_certificate_of_that_instant",
    sentence="there is a certificate of this very instant already",
    holds=lambda p: all(c.issued_at != p.at for c in p.enrollment.certificates),
)


def _day_is_given(proposal: Proposal) -> bool:
    command = asked(proposal.command, Award)
    version = proposal.case.certification.version_for_award(proposal.at)
    if command is None or version is None or not version.policy.is_awarded_only:
        return True
    return command.expires_on is not None or command.always_valid


last_valid_day_is_given: Guard = Guard(
    code="last_valid_day_is_given",
    sentence="each certificate states its own last valid day, and none is given",
    asks=("expires_on",),
    holds=_day_is_given,
)


def _day_is_not_before(proposal: Proposal) -> bool:
    command = asked(proposal.command, Award)
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
    command = asked(proposal.command, Strike)
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
    command = asked(proposal.command, Strike)
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
    learner_is_eligible,
    access_is_by_request,
    no_access_request_is_open,
    access_request_is_open,
    assignment_is_new,
    assignment_exists,
    every_assignment_is_manual,
    *cycle_guards.CYCLE_GUARDS,
    window_is_open,
    certificate_is_not_revoked,
    certificate_expires,
    new_day_is_later,
    version_can_be_chosen,
    version_is_another_one,
    version_takes_the_cycle,
    no_certificate_of_that_instant,
    last_valid_day_is_given,
    last_valid_day_is_not_before_the_date,
    entry_can_be_struck,
    nothing_rests_on_it,
)
"""Every guard that certlib knows. The codes are public."""
