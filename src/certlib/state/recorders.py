"""Recorders: what a row of the table records. Each turns a proposal into facts and decides nothing.

What follows from those facts at once - dates computed again, a cycle ended by an award, the
certificate of a finished cycle - is in `certlib.state.consequences`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TypeAlias, TypeVar

from certlib.certifications import Version
from certlib.copying import evolve
from certlib.errors import InvalidCommandError
from certlib.periods import Period, day_in
from certlib.state.commands import (
    Assign,
    Award,
    Command,
    DueDate,
    ExtendCertificate,
    ExtendDeadline,
    MoveToVersion,
    Strike,
    Unassign,
)
from certlib.state.consequences import before_issue
from certlib.state.cycles import Cycle, CycleEnd
from certlib.state.dating import terms_by, terms_redated
from certlib.state.enrollments import AssignmentSource
from certlib.state.facts import (
    AccessApproved,
    AccessDenied,
    AccessRequested,
    AccessRestored,
    AccessRevoked,
    AssignmentAdded,
    AssignmentDropped,
    BarLifted,
    CertificateAwarded,
    CertificateExtended,
    CertificateRedated,
    CycleBegan,
    CycleEnded,
    CycleMoved,
    DeadlineExtended,
    EntryStruck,
    Fact,
    NextDeadlineExtended,
    PermanentlyRevoked,
    RecertificationForced,
    RemovedFromCertification,
    VersionChosen,
)
from certlib.state.proposals import Proposal
from certlib.state.status import CycleKind, Status
from certlib.validators import within_range

__all__ = ["Recorder", "given", "open_cycle", "the"]

Recorder: TypeAlias = Callable[[Proposal], tuple[Fact, ...]]

C = TypeVar("C", bound=Command)
V = TypeVar("V")


def the(proposal: Proposal, kind: type[C]) -> C:
    """Return the command, which a row that uses this recorder must be for."""
    if not isinstance(proposal.command, kind):
        raise InvalidCommandError(
            "the command", repr(proposal.command), f"a {kind.name} command, as the row records it"
        )
    return proposal.command


def given(value: V | None, what: str) -> V:
    """Return what the guards of the row have made sure of."""
    if value is None:
        raise InvalidCommandError(what, "absent", "a row whose guards make sure that it is there")
    return value


def assignment(proposal: Proposal) -> tuple[Fact, ...]:
    """Record an assignment (rows 1 and 7)."""
    command = the(proposal, Assign)
    return (_assigned(proposal, command.source, command.reference, command.due_on),)


def _assigned(
    proposal: Proposal,
    source: AssignmentSource,
    reference: str | None = None,
    due_on: date | DueDate | None = DueDate.BY_POLICY,
) -> AssignmentAdded:
    """Return an assignment with its due day, by the rules that are in force now (P8)."""
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


def unassignment(proposal: Proposal) -> tuple[Fact, ...]:
    """Drop an assignment; the last one of an enrollment in which nothing has begun ends it (row 33)."""
    command = the(proposal, Unassign)
    dropped = AssignmentDropped(source=command.source, reference=command.reference)
    was_the_last = len(proposal.enrollment.assignments) == 1
    if was_the_last and proposal.status is Status.NOT_STARTED:
        return (dropped, *_ending(proposal, CycleEnd.REMOVED))
    return (dropped,)


def enrollment(proposal: Proposal) -> tuple[Fact, ...]:
    """Begin the initial cycle; somebody who was not assigned has enrolled by himself (rows 2 and 6)."""
    begun = _begin(proposal, CycleKind.INITIAL)
    if proposal.enrollment.assignments:
        return (begun,)
    return (_assigned(proposal, AssignmentSource.SELF), begun)


def access_request(_proposal: Proposal) -> tuple[Fact, ...]:
    """Note that the learner asks for access (row 3)."""
    return (AccessRequested(),)


def access_approval(proposal: Proposal) -> tuple[Fact, ...]:
    """Give access, and begin the initial cycle (row 4)."""
    return (
        AccessApproved(request=_access_request(proposal)),
        _assigned(proposal, AssignmentSource.REQUEST),
        _begin(proposal, CycleKind.INITIAL),
    )


def access_denial(proposal: Proposal) -> tuple[Fact, ...]:
    """Do not give access (row 5)."""
    return (AccessDenied(request=_access_request(proposal)),)


def recertification(proposal: Proposal) -> tuple[Fact, ...]:
    """Begin a recertification (rows 25 and 26)."""
    return (_begin(proposal, CycleKind.RECERTIFICATION),)


def recertification_after_revocation(proposal: Proposal) -> tuple[Fact, ...]:
    """Lift the bar and begin again: initially, where no certificate was ever issued (row 27)."""
    ever_certified = bool(proposal.enrollment.certificates)
    kind = CycleKind.RECERTIFICATION if ever_certified else CycleKind.INITIAL
    return (BarLifted(), _begin(proposal, kind, revoked=True))


def forced_recertification(proposal: Proposal) -> tuple[Fact, ...]:
    """Revoke the certificate now and begin a recertification (row 28)."""
    return (RecertificationForced(), _begin(proposal, CycleKind.RECERTIFICATION, revoked=True))


def permanent_revocation(_proposal: Proposal) -> tuple[Fact, ...]:
    """Bar the learner until restored (row 29)."""
    return (PermanentlyRevoked(),)


def restoration(_proposal: Proposal) -> tuple[Fact, ...]:
    """Turn Disallowed into Revoked (row 30)."""
    return (AccessRestored(),)


def revocation(proposal: Proposal) -> tuple[Fact, ...]:
    """Bar the learner until recertification, and end the open cycle (row 31)."""
    return (*_ending(proposal, CycleEnd.REVOKED), AccessRevoked())


def removal(proposal: Proposal) -> tuple[Fact, ...]:
    """End an enrollment in which nothing has begun (row 32)."""
    return (*_ending(proposal, CycleEnd.REMOVED), RemovedFromCertification())


def award(proposal: Proposal) -> tuple[Fact, ...]:
    """Give a certificate, dated under the version of its day (row 34, R10)."""
    command = the(proposal, Award)
    version = given(
        proposal.case.certification.version_for_award(proposal.at), "the published version"
    )
    terms = terms_by(
        version,
        at=proposal.at,
        before=proposal.enrollment,
        learner=proposal.case.learner,
        last_valid_day=command.expires_on,
        always_valid=command.always_valid,
    )
    return (CertificateAwarded(version=version.number, terms=terms, score=command.score),)


def extended_certificate(proposal: Proposal) -> tuple[Fact, ...]:
    """Let the newest certificate run to a later day (row 35)."""
    until = the(proposal, ExtendCertificate).until
    within_range("the last valid day", until)
    newest = given(proposal.enrollment.newest_certificate, "the certificate")
    last_grace_day = newest.terms.last_grace_day(until)
    if last_grace_day is not None:
        within_range("the last grace day", last_grace_day)
    return (CertificateExtended(until=until),)


def extended_deadline(proposal: Proposal) -> tuple[Fact, ...]:
    """Let the open cycle be due later (row 36)."""
    until = the(proposal, ExtendDeadline).until
    within_range("the due day", until)
    return (DeadlineExtended(number=open_cycle(proposal).number, until=until),)


def extended_next_deadline(proposal: Proposal) -> tuple[Fact, ...]:
    """Let the recertification about to begin be due later (row 36, R5)."""
    until = the(proposal, ExtendDeadline).until
    within_range("the due day", until)
    return (NextDeadlineExtended(until=until),)


def move(proposal: Proposal) -> tuple[Fact, ...]:
    """Pin the open cycle to a version, and re-date the newest certificate if asked to (row 39)."""
    command = the(proposal, MoveToVersion)
    version = given(proposal.case.certification.version(command.version), "the version")
    redating = _redating(proposal, version) if command.redate else ()
    cycle = proposal.enrollment.open_cycle
    if cycle is None:
        return redating or (VersionChosen(version=version.number),)
    return (*redating, _moved(proposal, cycle, version, redating))


def _redating(proposal: Proposal, version: Version) -> tuple[CertificateRedated, ...]:
    newest = proposal.enrollment.newest_certificate
    if newest is None or not newest.may_be_redated:
        return ()
    # By that version each certificate states its own day: there is none to compute.
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


def strike(proposal: Proposal) -> tuple[Fact, ...]:
    """Take an entry out of the count (row 37)."""
    return (EntryStruck(entry=the(proposal, Strike).entry),)


def abandonment(proposal: Proposal) -> tuple[Fact, ...]:
    """End a recertification without a certificate (row 38)."""
    return _ending(proposal, CycleEnd.ABANDONED)


def open_cycle(proposal: Proposal) -> Cycle:
    """Return the open cycle, which the row must make sure of."""
    return given(proposal.enrollment.open_cycle, "the open cycle")


def _access_request(proposal: Proposal) -> int:
    return given(proposal.enrollment.open_access_request, "the request for access").number


def _ending(proposal: Proposal, by: CycleEnd) -> tuple[Fact, ...]:
    cycle = proposal.enrollment.open_cycle
    return () if cycle is None else (CycleEnded(number=cycle.number, by=by),)


def _begin(proposal: Proposal, kind: CycleKind, *, revoked: bool = False) -> CycleBegan:
    """Begin a cycle; ``revoked``: it renews nothing, so its deadline counts from now (R5)."""
    version = given(proposal.version_for_cycles, "the published version")
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
