"""The engine: `decide` what a command does.

It finds the row for the status and the command, collects every objection (`certlib.state._objections`),
lets the row record its facts, adds the facts that follow at once (`certlib.state._consequences`), and
folds them into the enrollment. Nothing here knows a particular status or guard.
`certlib.state._explanation` asks the same of every command and records nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final, TypeAlias

from attrs import frozen

from certlib._declared import takes_instants
from certlib._reasons import Reason
from certlib._validators import within_range
from certlib.actors import Actor
from certlib.errors import HistoryRequiredError, InvalidTableError, OutOfRangeError
from certlib.periods import first_instant
from certlib.state._actions.awarding import Award, CertificateAwarded, CertificateIssued
from certlib.state._actions.striking import Strike
from certlib.state._consequences import (
    certificate_of_finished_cycle,
    cycle_ended_by_earlier_award,
    dates_computed_again,
)
from certlib.state._enrollments import Enrollment
from certlib.state._events import Event, Fact
from certlib.state._fold import fold, recorded, replay
from certlib.state._notices import Notice
from certlib.state._objections import (
    before_last_fact,
    failed_guards,
    in_the_future,
    missing_reason,
    not_while,
    objections_to_actor,
    out_of_range,
)
from certlib.state._proposals import Case, Command, Proposal, present
from certlib.state._rows import TABLE
from certlib.state._status import Status
from certlib.state._table import Row, Table

__all__ = [
    "Accepted",
    "Decision",
    "Refused",
    "decide",
]


@frozen(kw_only=True)
class Accepted:
    """The command is accepted: store ``enrollment`` and append ``events``."""

    enrollment: Enrollment
    events: tuple[Event, ...]
    notices: tuple[Notice, ...]
    before: Status | None
    """The status just before the entry, at the command's instant (R12)."""
    after: Status | None
    """The status just after the entry, at the same instant."""
    withdrawn: tuple[Notice, ...] = ()
    """For a strike: the notices of the struck entry, which must not be sent any more (P12b)."""


@frozen(kw_only=True)
class Refused:
    """The command is refused and nothing is recorded; ``reasons`` holds every objection."""

    status: Status | None
    reasons: tuple[Reason, ...]


Decision: TypeAlias = Accepted | Refused
CERTIFIED: Final = "certified"
"""The kind of notice for a cycle's certificate, whichever row finished the cycle."""


@takes_instants
def decide(
    case: Case, command: Command, *, actor: Actor, now: datetime, table: Table = TABLE
) -> Decision:
    """Decide one command. The same arguments always give the same decision.

    Raise `HistoryRequiredError` if a late command or a strike comes without ``case.history``.

    >>> from datetime import UTC, date
    >>> from certlib.certifications import Certification, Curriculum, Online, Step, Version
    >>> from certlib.requirements import Completed
    >>> from certlib.learners import Learner
    >>> course = Step(code="course", paths=(Online(requires=Completed(training="FORK")),))
    >>> fork = Certification(code="FORK-1", versions=(
    ...     Version(number=1, published_on=date(2020, 1, 1), initial=Curriculum(steps=(course,))),))
    >>> case = Case.blank(learner=Learner(id="ann"), certification=fork)
    >>> now = datetime(2025, 3, 3, tzinfo=UTC)
    >>> decide(case, Award(), actor=Actor.parse("admin:eva"), now=now).after
    <Status.CERTIFIED: 'certified'>
    """
    now = present(now)
    found = _proposal(case, command, actor, now, table)
    if isinstance(found, Refused):
        return found
    proposal, row = found
    reasons = (
        *objections_to_actor(proposal, row),
        *missing_reason(command, row),
        *failed_guards(proposal, row),
    )
    if reasons:
        return Refused(status=proposal.status, reasons=reasons)
    try:
        return _accept(proposal, command, row, table)
    except OutOfRangeError as error:
        return Refused(status=proposal.status, reasons=(out_of_range(error),))


def _proposal(
    case: Case, command: Command, actor: Actor, now: datetime, table: Table
) -> tuple[Proposal, Row] | Refused:
    """Find the row for the enrollment as it stood when the command took effect."""
    enrollment, kind = case.enrollment, type(command)
    try:
        at = _effective_at(case, command, now)
    except OutOfRangeError as error:
        return Refused(status=enrollment.status_at(now), reasons=(out_of_range(error),))
    if at > now:
        return Refused(status=enrollment.status_at(now), reasons=(in_the_future(at, now),))
    last = enrollment.last_fact_at
    if last is not None and at < last:
        if not table.may_be_late(kind):
            return Refused(status=enrollment.status_at(last), reasons=(before_last_fact(at, last),))
        if table.row(enrollment.status_at(max(now, last)), kind) is None:
            return _no_row(enrollment.status_at(max(now, last)), kind)
        history = _history(case)
        enrollment = replay(
            history, learner=enrollment.learner, certification=enrollment.certification, at=at
        )
    elif isinstance(command, Strike):
        _history(case)
    status = enrollment.status_at(at)
    row = table.row(status, kind)
    if row is None:
        return _no_row(status, kind)
    proposal = Proposal(
        case=case,
        command=command,
        actor=actor,
        at=at,
        now=now,
        enrollment=enrollment,
        status=status,
    )
    return proposal, row


def _effective_at(case: Case, command: Command, now: datetime) -> datetime:
    if isinstance(command, Award) and command.on is not None:
        within_range("the day of the award", command.on)
        return first_instant(command.on, case.certification.zone)
    if command.at is None:
        return now
    within_range("the instant", command.at.date())
    return command.at.astimezone(UTC)


def _history(case: Case) -> tuple[Event, ...]:
    if case.history is None:
        raise HistoryRequiredError(case.enrollment.learner, case.enrollment.certification)
    return case.history


def _no_row(status: Status | None, kind: type[Command]) -> Refused:
    return Refused(status=status, reasons=(not_while(status, kind),))


@frozen(kw_only=True)
class _Entry:
    """What all events of one entry share."""

    number: int
    recorded_at: datetime
    proposal: Proposal
    command: Command
    actor: str
    row: Row

    def event(self, sequence: int, at: datetime, fact: Fact) -> Event:
        command = self.command
        return Event(
            sequence=sequence,
            entry=self.number,
            at=at,
            recorded_at=self.recorded_at,
            actor=self.actor,
            row=self.row.name,
            reason=command.reason,
            version=_deciding_version(self.proposal, fact),
            import_id=command.import_id,
            import_row=command.import_row,
            because=command.because,
            fact=fact,
        )

    def notice(self, kind: str) -> Notice:
        stored = self.proposal.case.enrollment
        return Notice(
            kind=kind,
            learner=stored.learner,
            certification=stored.certification,
            at=self.proposal.at,
            entry=self.number,
        )


def _deciding_version(proposal: Proposal, fact: Fact) -> int | None:
    named = getattr(fact, "version", None)
    if isinstance(named, int):
        return named
    cycle = proposal.enrollment.open_cycle
    if cycle is not None:
        return cycle.version
    version = proposal.version_for_cycles
    return version.number if version else None


def _accept(proposal: Proposal, command: Command, row: Row, table: Table) -> Accepted:
    stored = proposal.case.enrollment
    entry = _Entry(
        number=stored.entries + 1,
        recorded_at=max(proposal.now, stored.last_recorded_at or proposal.now),
        proposal=proposal,
        command=command,
        actor=str(proposal.actor),
        row=row,
    )
    facts = row.records(proposal)
    undeclared = [type(fact) for fact in facts if type(fact) not in row.emits]
    if undeclared:
        tags = ", ".join(sorted({fact.tag for fact in undeclared}))
        raise InvalidTableError(
            (f"row {row.name!r}, {row.pair}: records {tags}, which it does not declare",)
        )
    given = [
        entry.event(stored.version + count, proposal.at, fact)
        for count, fact in enumerate(facts, start=1)
    ]
    late = stored.last_fact_at is not None and proposal.at < stored.last_fact_at
    if late or isinstance(command, Strike):
        enrollment, events, after = _into_the_past(proposal, entry, given)
    else:
        enrollment, events = _onto_the_end(proposal, entry, given)
        after = enrollment.status_at(proposal.at)
    kinds = [row.notice] if row.notice else []
    if events and isinstance(events[-1].fact, CertificateIssued):
        kinds.append(CERTIFIED)
    return Accepted(
        enrollment=recorded(enrollment, events),
        events=tuple(events),
        notices=tuple(entry.notice(kind) for kind in kinds) if kinds else (),
        before=proposal.status,
        after=after,
        withdrawn=tuple(_came_with(command.entry, proposal.case, table))
        if isinstance(command, Strike)
        else (),
    )


def _came_with(entry: int, case: Case, table: Table) -> Iterator[Notice]:
    """Yield the notices that came with an entry. A row that left the table has none."""
    events = [event for event in _history(case) if event.entry == entry]
    kinds = {row.notice for row in table.rows if row.name == events[0].row and row.notice}
    if any(isinstance(event.fact, CertificateIssued) for event in events):
        kinds.add(CERTIFIED)
    for kind in sorted(kinds):
        yield Notice(
            kind=kind,
            learner=case.enrollment.learner,
            certification=case.enrollment.certification,
            at=events[0].at,
            entry=entry,
        )


def _onto_the_end(
    proposal: Proposal, entry: _Entry, given: list[Event]
) -> tuple[Enrollment, list[Event]]:
    """Fold facts that come after all others, and then what follows from them."""
    case, events = proposal.case, list(given)
    enrollment = case.enrollment
    for event in given:
        enrollment = fold(enrollment, event)

    for at, fact in certificate_of_finished_cycle(
        enrollment, case.certification, proposal.at, case.learner
    ):
        events.append(entry.event(case.enrollment.version + len(events) + 1, at, fact))
        enrollment = fold(enrollment, events[-1])
    return enrollment, events


def _into_the_past(
    proposal: Proposal, entry: _Entry, given: list[Event]
) -> tuple[Enrollment, list[Event], Status | None]:
    """Replay the whole history with a late award in its place, or without a struck entry."""
    case, stored = proposal.case, proposal.case.enrollment
    history, events = _history(case), list(given)

    def replayed(at: datetime | None = None) -> Enrollment:
        return replay(
            (*history, *events), learner=stored.learner, certification=stored.certification, at=at
        )

    def add(consequences: Iterator[tuple[datetime, Fact]]) -> None:
        for at, fact in tuple(consequences):
            events.append(entry.event(stored.version + len(events) + 1, at, fact))

    add(dates_computed_again((*history, *events), case.certification, case.learner))
    if isinstance(given[0].fact, CertificateAwarded):
        after = replayed()
        award = next(each for each in after.certificates if each.sequence == given[0].sequence)
        add(cycle_ended_by_earlier_award(award, history, after, proposal.now))
    else:
        add(
            certificate_of_finished_cycle(replayed(), case.certification, proposal.at, case.learner)
        )
    return replayed(), events, replayed(at=proposal.at).status_at(proposal.at)
