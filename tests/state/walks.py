"""The walk through real enrollments: the laws beside certlib's own that judge it."""

from __future__ import annotations

from typing import Final

from certlib.periods import day_in
from certlib.state import outlook
from certlib.testing.exploration import STEP_LAWS, AcceptedStep, step_law
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


def _agrees_with_its_twin(step: AcceptedStep) -> bool:
    """Now, and at every change point ahead."""
    stored, history = step.after.enrollment, step.after.history or ()
    ahead = (point.at for point in outlook(stored, step.now))
    return all(
        (stored.status_at(at), stored.certified_at(at)) == twin.answers(history, at)
        for at in {step.now, *ahead}
    )


def _due_by_its_twin(step: AcceptedStep) -> bool:
    stored, day = step.after.enrollment, twin.due(step.after.history or (), step.now)
    due = stored.due
    if due is None or day is None:
        return due is None and day is None and not stored.is_overdue_at(step.now)
    overdue = day_in(due.time_zone, step.now) > day
    return due.day == day and stored.is_overdue_at(step.now) is overdue


def _asked_for_by_its_twin(step: AcceptedStep) -> bool:
    waits = step.after.enrollment.open_access_request is not None
    return waits is twin.access_is_asked_for(step.after.history or (), step.now)


JUDGED: Final = (
    *STEP_LAWS,
    step_law(
        code="status_differs_from_its_twin",
        sentence="the status rule agrees with its brute-force twin",
        holds=_agrees_with_its_twin,
    ),
    step_law(
        code="due_day_differs_from_its_twin",
        sentence="due days agree with the brute-force twin",
        holds=_due_by_its_twin,
    ),
    step_law(
        code="access_request_differs_from_its_twin",
        sentence="requests for access agree with the brute-force twin",
        holds=_asked_for_by_its_twin,
    ),
)
