"""Choices: what a command that needs a field may be about, as things stand (Q2).

For each kind of command that is about one thing of a few - a step, a request, a version, a fee, an
assignment - the commands that could be given, each with the words by which it is told apart.
`certlib.state.explanation` asks the guards of the row about every one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeAlias

from attrs import frozen

from certlib.policies import Fee
from certlib.state.commands import (
    AboutRequest,
    ApproveEvidence,
    ApproveExam,
    Command,
    CompleteStep,
    DenyAttempts,
    DenyEvidence,
    DenyExam,
    GrantAttempts,
    MoveToVersion,
    RecordPayment,
    RecordTestOut,
    Strike,
    SubmitEvidence,
    Unassign,
)
from certlib.state.facts import EntryStruck
from certlib.state.fold import struck_entries
from certlib.state.proposals import Proposal

__all__ = ["CHOICES", "Choice"]


@frozen(kw_only=True)
class Choice:
    """One value that a field may be given, and the command with it."""

    label: str
    command: Command


Choices: TypeAlias = Callable[[Proposal], Iterator[Choice]]


def _steps(of: Callable[[str], Command]) -> Choices:
    def choices(proposal: Proposal) -> Iterator[Choice]:
        cycle = proposal.enrollment.open_cycle
        for step in cycle.missing_steps if cycle else ():
            yield Choice(label=step, command=of(step))

    return choices


def _requests(kind: type[AboutRequest]) -> Choices:
    def choices(proposal: Proposal) -> Iterator[Choice]:
        cycle = proposal.enrollment.open_cycle
        for request in cycle.open_requests(kind.about) if cycle else ():
            yield Choice(label=str(request.number), command=kind(request=request.number))

    return choices


def _fees(_proposal: Proposal) -> Iterator[Choice]:
    for fee in Fee:
        yield Choice(label=fee.value, command=RecordPayment(fee=fee))


def _versions(proposal: Proposal) -> Iterator[Choice]:
    for version in proposal.case.certification.usable_at(proposal.at):
        yield Choice(label=str(version.number), command=MoveToVersion(version=version.number))


def _assignments(proposal: Proposal) -> Iterator[Choice]:
    for each in proposal.enrollment.assignments:
        yield Choice(
            label=each.label, command=Unassign(source=each.source, reference=each.reference)
        )


def _entries(proposal: Proposal) -> Iterator[Choice]:
    history = proposal.case.history or ()
    struck = struck_entries(history)
    strikes = {event.entry for event in history if isinstance(event.fact, EntryStruck)}
    for entry in sorted({event.entry for event in history} - struck - strikes):
        yield Choice(label=str(entry), command=Strike(entry=entry))


CHOICES: Final[Mapping[type[Command], tuple[str, Choices]]] = {
    CompleteStep: ("step", _steps(lambda step: CompleteStep(step=step))),
    SubmitEvidence: ("step", _steps(lambda step: SubmitEvidence(step=step))),
    RecordTestOut: ("step", _steps(lambda step: RecordTestOut(step=step, passed=True))),
    ApproveEvidence: ("request", _requests(ApproveEvidence)),
    DenyEvidence: ("request", _requests(DenyEvidence)),
    ApproveExam: ("request", _requests(ApproveExam)),
    DenyExam: ("request", _requests(DenyExam)),
    GrantAttempts: ("request", _requests(GrantAttempts)),
    DenyAttempts: ("request", _requests(DenyAttempts)),
    RecordPayment: ("fee", _fees),
    MoveToVersion: ("version", _versions),
    Unassign: ("source", _assignments),
    Strike: ("entry", _entries),
}
"""The field that chooses, and what it may be chosen from."""
