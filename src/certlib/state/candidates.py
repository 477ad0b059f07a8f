"""What an exploration tries: for each kind of command, the commands worth giving in a situation.

Each entry of `CANDIDATES` is a small function from a case and an instant to commands. Whether they are
allowed is for the table to say; a candidate that is refused costs nothing. A host adds functions for
commands of its own (see `certlib.state.check`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from certlib.periods import DAY, day_in
from certlib.state.commands import (
    Assign,
    Award,
    Command,
    CompleteStep,
    StartRecertification,
    Strike,
    Unassign,
)
from certlib.state.enrollments import AssignmentSource
from certlib.state.events import Event
from certlib.state.fold import struck_entries
from certlib.state.outlook import outlook
from certlib.state.proposals import Case
from certlib.transcript import CompletionKey

__all__ = ["CANDIDATES", "Candidates", "instants_ahead"]

Candidates: TypeAlias = Mapping[type[Command], Callable[[Case, datetime], Iterable[Command]]]
"""For each kind of command, what to try; a kind without an entry is tried as it is, if it needs no field."""

SOON: Final = timedelta(days=20)
LONG_AGO: Final = timedelta(days=400)


def _assignments(case: Case, now: datetime) -> Iterator[Command]:
    due_on = day_in(case.certification.zone, now + SOON)
    yield Assign()
    yield Assign(reference="plan-1", due_on=due_on)
    yield Assign(source=AssignmentSource.RULE, reference="rule-1")


def _unassignments(case: Case, _now: datetime) -> Iterator[Command]:
    for assignment in case.enrollment.assignments:
        yield Unassign(source=assignment.source, reference=assignment.reference)


def _steps(case: Case, _now: datetime) -> Iterator[Command]:
    cycle = case.enrollment.open_cycle
    for step in cycle.missing_steps if cycle else ():
        yield CompleteStep(step=step)


def _recertifications(_case: Case, now: datetime) -> Iterator[Command]:
    yield StartRecertification()
    # What the system gives for a completion before the window, where the policy takes that (P3).
    yield StartRecertification(because=(CompletionKey(training="course", at=now),))


def _awards(case: Case, now: datetime) -> Iterator[Command]:
    today = day_in(case.certification.zone, now)
    yield Award()
    yield Award(expires_on=today + SOON)
    yield Award(always_valid=True)
    yield Award(at=now - 2 * SOON, expires_on=today - SOON)
    given = sorted({event.at for event in case.history or ()})
    if not given:
        return
    first = day_in(case.certification.zone, given[0])
    yield Award(at=given[0] - SOON)
    yield Award(at=given[0] - LONG_AGO)
    yield Award(at=given[0] - SOON, expires_on=max(first, today - DAY))
    yield Award(at=given[0] - LONG_AGO, expires_on=first - SOON)
    for earlier, later in zip(given[-3:], given[-2:], strict=False):
        yield Award(at=earlier + (later - earlier) / 2)


def _strikes(case: Case, _now: datetime) -> Iterator[Command]:
    history: tuple[Event, ...] = case.history or ()
    for entry in sorted({event.entry for event in history} - struck_entries(history)):
        yield Strike(entry=entry)


CANDIDATES: Final[Candidates] = {
    Assign: _assignments,
    Unassign: _unassignments,
    CompleteStep: _steps,
    StartRecertification: _recertifications,
    Award: _awards,
    Strike: _strikes,
}
"""What is tried of certlib's own commands."""


def instants_ahead(case: Case, now: datetime) -> tuple[datetime, ...]:
    """Return until when to wait: a day, and for each change point ahead just it and a day more."""
    points = [point.at for point in outlook(case.enrollment, now)]
    return tuple(sorted({now + DAY, *points, *(at + DAY for at in points)}))
