"""What the system does about completions, so that nobody has to press Start (C7).

A completion that a version needs makes the system give enroll, start, start recertification and
complete step on the learner's behalf. Each is an ordinary command, decided by the table: where a
guard says no - access is not open, the window is shut - it is simply not done.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Final

from certlib._copying import evolve
from certlib._declared import takes_instants
from certlib.actors import Actor, Role
from certlib.certifications import Version
from certlib.periods import day_in
from certlib.state._actions.access import ApproveAccess
from certlib.state._actions.awarding import ExtendCertificate
from certlib.state._actions.deadlines import ExtendDeadline
from certlib.state._actions.enrolling import Assign, Enroll
from certlib.state._actions.fees import OverridePayment, RecordPayment
from certlib.state._actions.running import Start, StartRecertification
from certlib.state._actions.steps import CompleteStep
from certlib.state._actions.versions import MoveToVersion
from certlib.state._cycles import FEES, Cycle, CycleKind
from certlib.state._engine import Accepted, decide
from certlib.state._proposals import Case, Command, Proposal
from certlib.state._rows import TABLE
from certlib.state._status import Status
from certlib.state._table import Table
from certlib.transcript import Completion

__all__ = [
    "FOLLOWED",
    "SYSTEM",
    "fulfil",
]

SYSTEM: Final = Actor(role=Role.SYSTEM)

FOLLOWED: Final[tuple[type[Command], ...]] = (
    Assign,
    Enroll,
    ApproveAccess,
    RecordPayment,
    OverridePayment,
    Start,
    StartRecertification,
    ExtendCertificate,
    ExtendDeadline,
    MoveToVersion,
)
"""The commands after which completions that are there already may count at once."""


@takes_instants
def fulfil(
    case: Case, *, now: datetime, completion: Completion | None = None, table: Table = TABLE
) -> Iterator[Accepted]:
    """Yield what the system does about a completion just recorded, one accepted command after another.

    ``case.transcript`` holds the completion, and what is recorded carries its import and row.
    Without one, only what somebody has begun, or is assigned to, goes on: no enrollment and no
    recertification begins by itself.
    """
    begins = completion  # one completion begins one cycle at most, whatever the table
    while (command := _next(case, begins, now)) is not None:
        if isinstance(command, Enroll | StartRecertification):
            begins = None
        if completion is not None:
            command = evolve(
                command, import_id=completion.import_id, import_row=completion.import_row
            )
        decision = decide(case, command, actor=SYSTEM, now=now, table=table)
        if not isinstance(decision, Accepted):
            return
        yield decision
        case = case.after(decision.enrollment, decision.events)


def _next(case: Case, completion: Completion | None, now: datetime) -> Command | None:
    """Return the one command that comes next, if any does."""
    enrollment = case.enrollment
    cycle = enrollment.open_cycle
    if enrollment.bar is not None:
        return None
    if cycle is None:
        return _beginning(case, completion, now)
    version = case.certification.version(cycle.version)
    if version is None or not version.policy.certify_on_completion:
        return None
    if cycle.started_at is None:
        return _start(case, cycle, version, now)
    return _step(case, cycle, version, now)


def _beginning(case: Case, completion: Completion | None, now: datetime) -> Command | None:
    """Return the command that begins a cycle for a completion that would count in it."""
    enrollment = case.enrollment
    version = case.certification.newest_for_cycles(now)
    if version is None or not version.policy.certify_on_completion:
        return None
    is_assigned = enrollment.status_at(_latest(case, now)) is Status.ASSIGNED
    if completion is None and not is_assigned:
        return None
    kind = CycleKind.RECERTIFICATION if enrollment.certificates else CycleKind.INITIAL
    if version.policy.fees.requires(FEES[kind]):
        return None  # nobody has settled the fee of a cycle that has not begun
    candidates = case.transcript.completions if completion is None else (completion,)
    for candidate in sorted(candidates, key=lambda each: each.at):
        at = _dated(case, (candidate,), version, now)
        proposal = Proposal(
            case=case,
            command=None,
            actor=SYSTEM,
            at=at,
            now=now,
            enrollment=enrollment,
            status=enrollment.status_at(at),
        )
        curriculum = version.curriculum(proposal.curriculum_of_next(version, kind).value)
        if candidate.training not in curriculum.trainings:
            continue
        if _day(candidate, version, now) >= proposal.counts_from(version):
            begin = Enroll if kind is CycleKind.INITIAL else StartRecertification
            return begin(
                at=at,
                because=(candidate.key,),
            )
    return None


def _start(case: Case, cycle: Cycle, version: Version, now: datetime) -> Command | None:
    trainings = version.curriculum(cycle.curriculum.value).trainings
    found = min(
        (
            each
            for each in case.transcript.completions
            if each.training in trainings and _day(each, version, now) >= cycle.counts_from
        ),
        key=lambda each: each.at,
        default=None,
    )
    if found is None:
        return None
    return Start(
        at=_dated(case, (found,), version, now),
        because=(found.key,),
    )


def _step(case: Case, cycle: Cycle, version: Version, now: datetime) -> Command | None:
    """Return the completion of the open step that was fulfilled first."""
    curriculum = version.curriculum(cycle.curriculum.value)

    def completions_of(training: str) -> Iterator[Completion]:
        return (
            each
            for each in case.transcript.of(training)
            if _day(each, version, now) >= cycle.counts_from
        )

    found: list[tuple[datetime, CompleteStep]] = []
    for code in cycle.missing_steps:
        step = curriculum.step(code)
        for path, requirement in step.requirements() if step else ():
            met = requirement.counted(completions_of)
            if met is None:
                continue
            last = max(met, key=lambda each: each.at)
            command = CompleteStep(
                step=code,
                path=path,
                at=_dated(case, met, version, now),
                because=tuple(each.key for each in met),
            )
            found.append((last.at, command))
    return min(found, key=lambda each: each[0])[1] if found else None


def _day(completion: Completion, version: Version, now: datetime) -> date:
    """Return the day on which a completion counts, which is not after today.

    One that is known by its day may be of a day that has not begun yet in a zone further west. It
    counts today then, as what comes of it is dated.
    """
    zone = version.policy.time_zone
    return min(completion.day_in(zone), day_in(zone, now))


def _latest(case: Case, instant: datetime) -> datetime:
    last = case.enrollment.last_fact_at
    return instant if last is None else max(instant, last)


def _dated(
    case: Case, completions: tuple[Completion, ...], version: Version, now: datetime
) -> datetime:
    """Return the instant of a command given for completions: theirs, or the last fact's where later."""
    zone = version.policy.time_zone
    return _latest(case, min(now, max(each.instant_in(zone) for each in completions)))
