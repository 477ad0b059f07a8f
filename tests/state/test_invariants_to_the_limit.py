"""Invariants at their limits: what is just broken, and what just is not."""

from __future__ import annotations

from datetime import date

import pytest
from attrs import evolve

from certlib.policies import ExamRules
from certlib.state import Enrollment
from certlib.state.commands import Award, RecordExam
from tests.state.sample import FROM_COMPLETION, with_exam
from tests.state.story import Story, started
from tests.state.test_invariants import newest, only, taken, with_enrollment

ONE_HELD = "one held attempt at the exam may wait"
NO_EARLIER = "computed days are not earlier than those of the certificate in force"


def test_a_second_held_attempt_that_waits_is_one_too_many() -> None:
    """R7, rows 16 and 17: an attempt that is held waits, and no other is made meanwhile."""
    story = started(with_exam(ExamRules(approval=True)))
    held = taken(story, RecordExam(passed=True), "system")
    assert not only(held, ONE_HELD)

    def twice(enrollment: Enrollment) -> Enrollment:
        (cycle,) = enrollment.cycles
        (attempt,), (request,) = cycle.attempts, cycle.requests
        again = evolve(
            cycle,
            attempts=(attempt, evolve(attempt, number=9)),
            requests=(request, evolve(request, number=9)),
        )
        return evolve(enrollment, cycles=(again,))

    assert only(with_enrollment(held, twice), ONE_HELD)


@pytest.mark.parametrize(
    ("now", "in_force"),
    [
        ("2026-01-01 23:59:59.999999", True),
        ("2026-01-02", False),  # over at this very instant, so it is no base (T3, T3e)
        ("2026-01-02 00:00:00.000001", False),
    ],
)
def test_what_is_over_at_the_instant_of_the_next_is_not_shortened(now: str, in_force: bool) -> None:
    story = Story(FROM_COMPLETION, now="2025-01-01")
    story.give(Award())
    renewed = taken(story.wait(now), Award())
    assert not only(renewed, NO_EARLIER)

    def shorter(enrollment: Enrollment) -> Enrollment:
        terms = enrollment.certificates[-1].terms
        day = date(2025, 6, 1)
        return newest(enrollment, terms=evolve(terms, baseline=day, last_valid_day=day))

    assert only(with_enrollment(renewed, shorter), NO_EARLIER) is in_force
