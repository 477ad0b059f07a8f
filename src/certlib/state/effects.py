"""Effects: what a command would change, told before it is given (Q9)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from attrs import frozen

from certlib.state.cycles import Cycle
from certlib.state.enrollments import Enrollment

__all__ = ["Difference", "differences"]


@frozen(kw_only=True)
class Difference:
    """One answer about an enrollment that is another one afterwards; None: there is none."""

    what: str
    before: str | None
    after: str | None


def differences(before: Enrollment, after: Enrollment, at: datetime) -> tuple[Difference, ...]:
    """Return what is answered otherwise about an instant: status, dates, and what is open.

    The instant is not before the last fact of either.

    >>> from certlib.state.enrollments import Assignment, AssignmentSource
    >>> from datetime import UTC
    >>> from attrs import evolve
    >>> at = datetime(2025, 3, 3, tzinfo=UTC)
    >>> blank = Enrollment.blank(learner="ann", certification="FIRE-1")
    >>> added = Assignment(source=AssignmentSource.MANUAL, at=at)
    >>> [(each.what, each.before, each.after)
    ...  for each in differences(blank, evolve(blank, assignments=(added,)), at)]
    [('status', None, 'assigned'), ('assignments', None, 'manual')]
    """
    earlier, later = _answers(before, at), _answers(after, at)
    return tuple(
        Difference(what=what, before=earlier[what], after=later[what])
        for what in earlier
        if earlier[what] != later[what]
    )


def _answers(enrollment: Enrollment, at: datetime) -> dict[str, str | None]:
    status, cycle = enrollment.status_at(at), enrollment.open_cycle
    newest, due = enrollment.newest_certificate, enrollment.due
    requests = (each for each in enrollment.requests if each.is_open)
    settled = (*(cycle.fees if cycle else ()), enrollment.reinstatement)
    return {
        "status": status and status.value,
        "certified": "yes" if enrollment.certified_at(at) else "no",
        "last_valid_day": _text(newest and newest.last_valid_day),
        "last_grace_day": _text(newest and newest.last_grace_day),
        "window_opens_on": _text(newest and newest.terms.window_opens_on),
        "revoked": "yes" if newest is not None and newest.revoked_at is not None else "no",
        "cycle": None if cycle is None else _cycle(cycle),
        "due_on": _text(due and due.day),
        "open_steps": _listed(cycle.missing_steps if cycle else ()),
        "exam": None if cycle is None or not cycle.has_exam else _exam(cycle),
        "fees": _listed(f"{each.fee.value} {each.how.value}" for each in settled if each),
        "requests": _listed(f"{each.kind.value} {each.number}" for each in requests),
        "assignments": _listed(each.label for each in enrollment.assignments),
    }


def _cycle(cycle: Cycle) -> str:
    return f"{cycle.number}, {cycle.kind.value}, by version {cycle.version}"


def _exam(cycle: Cycle) -> str:
    if cycle.exam_done:
        return "done"
    state = "held" if cycle.exam_held else "open"
    return f"{state}, {len(cycle.attempts)} attempts"


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _listed(words: Iterable[str]) -> str | None:
    return ", ".join(words) or None
