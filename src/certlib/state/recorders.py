"""Recorders: what a row of the table records. Each turns a proposal into facts and decides nothing.

What follows from those facts at once - dates computed again, a cycle ended by an award, the
certificate of a finished cycle - is in `certlib.state.consequences`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias, TypeVar

from certlib.errors import InvalidCommandError
from certlib.policies import terms_of
from certlib.state.commands import Assign, Award, Command, CompleteStep, Strike, Unassign
from certlib.state.enrollments import AssignmentSource, Cycle, CycleEnd
from certlib.state.facts import (
    AccessRestored,
    AccessRevoked,
    AssignmentAdded,
    AssignmentDropped,
    BarLifted,
    CertificateAwarded,
    CycleBegan,
    CycleEnded,
    CycleStarted,
    EntryStruck,
    Fact,
    PermanentlyRevoked,
    RecertificationForced,
    RemovedFromCertification,
    StepCompleted,
)
from certlib.state.proposals import Proposal
from certlib.state.status import CycleKind, Status

__all__ = ["Recorder"]

Recorder: TypeAlias = Callable[[Proposal], tuple[Fact, ...]]

C = TypeVar("C", bound=Command)
V = TypeVar("V")


def _the(proposal: Proposal, kind: type[C]) -> C:
    """Return the command, which a row that uses this recorder must be for."""
    if not isinstance(proposal.command, kind):
        raise InvalidCommandError(
            "the command", repr(proposal.command), f"a {kind.name} command, as the row records it"
        )
    return proposal.command


def _given(value: V | None, what: str) -> V:
    """Return what the guards of the row have made sure of."""
    if value is None:
        raise InvalidCommandError(what, "absent", "a row whose guards make sure that it is there")
    return value


def assignment(proposal: Proposal) -> tuple[Fact, ...]:
    """Record an assignment (rows 1 and 7)."""
    command = _the(proposal, Assign)
    return (
        AssignmentAdded(source=command.source, reference=command.reference, due_on=command.due_on),
    )


def unassignment(proposal: Proposal) -> tuple[Fact, ...]:
    """Drop an assignment; the last one of an enrollment in which nothing has begun ends it (row 33)."""
    command = _the(proposal, Unassign)
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
    return (AssignmentAdded(source=AssignmentSource.SELF), begun)


def start(proposal: Proposal) -> tuple[Fact, ...]:
    """Start the initial cycle (row 10)."""
    return (CycleStarted(number=_open_cycle(proposal).number),)


def completed_step(proposal: Proposal) -> tuple[Fact, ...]:
    """Count a step as done (row 11)."""
    command = _the(proposal, CompleteStep)
    return (
        StepCompleted(number=_open_cycle(proposal).number, step=command.step, path=command.path),
    )


def recertification(proposal: Proposal) -> tuple[Fact, ...]:
    """Begin a recertification (rows 25 and 26)."""
    return (_begin(proposal, CycleKind.RECERTIFICATION),)


def recertification_after_revocation(proposal: Proposal) -> tuple[Fact, ...]:
    """Lift the bar and begin again: initially, where no certificate was ever issued (row 27)."""
    ever_certified = bool(proposal.enrollment.certificates)
    kind = CycleKind.RECERTIFICATION if ever_certified else CycleKind.INITIAL
    return (BarLifted(), _begin(proposal, kind))


def forced_recertification(proposal: Proposal) -> tuple[Fact, ...]:
    """Revoke the certificate now and begin a recertification (row 28)."""
    return (RecertificationForced(), _begin(proposal, CycleKind.RECERTIFICATION, forced=True))


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
    command = _the(proposal, Award)
    version = _given(
        proposal.case.certification.version_for_award(proposal.at), "the published version"
    )
    terms = terms_of(
        version.policy,
        issued_on=proposal.day(version),
        previous=proposal.enrollment.renewed_at(proposal.at),
        last_valid_day=command.expires_on,
        always_valid=command.always_valid,
    )
    return (CertificateAwarded(version=version.number, terms=terms, score=command.score),)


def strike(proposal: Proposal) -> tuple[Fact, ...]:
    """Take an entry out of the count (row 37)."""
    return (EntryStruck(entry=_the(proposal, Strike).entry),)


def abandonment(proposal: Proposal) -> tuple[Fact, ...]:
    """End a recertification without a certificate (row 38)."""
    return _ending(proposal, CycleEnd.ABANDONED)


def _open_cycle(proposal: Proposal) -> Cycle:
    return _given(proposal.enrollment.open_cycle, "the open cycle")


def _ending(proposal: Proposal, by: CycleEnd) -> tuple[Fact, ...]:
    cycle = proposal.enrollment.open_cycle
    return () if cycle is None else (CycleEnded(number=cycle.number, by=by),)


def _begin(proposal: Proposal, kind: CycleKind, *, forced: bool = False) -> CycleBegan:
    version = _given(proposal.version_for_cycles, "the published version")
    curriculum = version.curriculum(kind.value)
    return CycleBegan(
        number=max((cycle.number for cycle in proposal.enrollment.cycles), default=0) + 1,
        kind=kind,
        version=version.number,
        counts_from=proposal.day(version) if forced else proposal.counts_from(version),
        needs=curriculum.step_codes,
        has_exam=curriculum.exam is not None,
    )
