"""The walk through real enrollments: what it is judged by besides the product's own invariants."""

from __future__ import annotations

from typing import Final

from certlib.periods import day_in
from certlib.state import outlook
from certlib.testing.laws import INVARIANTS, AcceptedStep, Invariant
from tests import twin

__all__ = ["JUDGED", "LIMITS"]

LIMITS: Final = {
    "PLAIN": 520,
    "FEES": 520,
    "EXAMINED": 520,
    "EVIDENCE": 520,
    "HARD": 520,
    "VERSIONS": 1000,
}
"""How many situations of each certification are enough for every row and every status in its `to`."""


def _agrees_with_its_twin(taken: AcceptedStep) -> bool:
    """Now, and at every change point ahead."""
    stored, history = taken.after.enrollment, taken.after.history or ()
    ahead = (point.at for point in outlook(stored, taken.now))
    return all(
        (stored.status_at(at), stored.certified_at(at)) == twin.answers(history, at)
        for at in {taken.now, *ahead}
    )


def _due_by_its_twin(taken: AcceptedStep) -> bool:
    stored, day = taken.after.enrollment, twin.due(taken.after.history or (), taken.now)
    due = stored.due
    if due is None or day is None:
        return due is None and day is None and not stored.is_overdue_at(taken.now)
    overdue = day_in(due.time_zone, taken.now) > day
    return due.day == day and stored.is_overdue_at(taken.now) is overdue


def _asked_for_by_its_twin(taken: AcceptedStep) -> bool:
    waits = taken.after.enrollment.open_access_request is not None
    return waits is twin.access_is_asked_for(taken.after.history or (), taken.now)


JUDGED: Final = (
    *INVARIANTS,
    Invariant(
        sentence="the status rule agrees with its brute-force twin", holds=_agrees_with_its_twin
    ),
    Invariant(sentence="due days agree with the brute-force twin", holds=_due_by_its_twin),
    Invariant(
        sentence="requests for access agree with the brute-force twin", holds=_asked_for_by_its_twin
    ),
)
