"""Which dates a certificate gets, by the facts before it: the first award, and due dates (P1, T5)."""

from __future__ import annotations

from datetime import date

import pytest

from certlib.certifications import Certification
from certlib.periods import Period
from certlib.policies import (
    Deadlines,
    FromCompletion,
    FromExpiry,
    InitialDeadline,
    Policy,
)
from certlib.state.commands import (
    Assign,
    Award,
    CompleteStep,
    Enroll,
    ExtendDeadline,
    ForceRecertification,
    RevokeAccess,
    Start,
    StartRecertification,
    Strike,
)
from certlib.state.facts import CertificateDatedAgain
from tests.state.sample import P1Y, certification
from tests.state.story import Story

DUE = certification(
    Policy(
        validity=FromExpiry(period=P1Y),
        deadlines=Deadlines(initial=InitialDeadline(due=Period.parse("P60D"))),
    )
)
"""A year from the previous expiry; due 60 days after each assignment, softly."""
FIRST = certification(
    Policy(
        validity=FromCompletion(period=P1Y),
        first_validity=FromCompletion(period=Period.parse("P2Y")),
    )
)
"""Two years the first time, then one."""


def last(story: Story) -> date | None:
    return story.enrollment.certificates[-1].last_valid_day


def assigned(cert: Certification = DUE) -> Story:
    """Assigned on 10 January 2025, so due on 11 March."""
    story = Story(cert, now="2025-01-10")
    story.give(Assign())
    return story


def started(extended_to: date | None = None) -> Story:
    story = assigned()
    story.give(Enroll(), "learner:ann")
    story.give(Start(), "learner:ann")
    if extended_to is not None:
        story.give(ExtendDeadline(until=extended_to))
    return story


class TestTheDueDate:
    EXTENDED = date(2025, 4, 30)

    @pytest.mark.parametrize(
        ("extended_to", "done", "expected"),
        [
            (None, "2025-02-01", date(2026, 3, 11)),
            (None, "2025-03-11 23:59", date(2026, 3, 11)),
            (None, "2025-03-12", date(2026, 3, 12)),
            (EXTENDED, "2025-03-12", date(2026, 3, 11)),
            (EXTENDED, "2025-04-30 23:59", date(2026, 3, 11)),
            (EXTENDED, "2025-05-01", date(2026, 5, 1)),
        ],
    )
    def test_it_stands_in_while_its_day_is_not_over(
        self, extended_to: date | None, done: str, expected: date
    ) -> None:
        story = started(extended_to)
        story.give(CompleteStep(step="course"), "system", done)
        assert last(story) == expected

    def test_the_latest_of_several_assignments(self) -> None:
        story = started()
        story.give(Assign(reference="more", due_on=date(2025, 6, 30)))
        story.give(Assign(reference="less", due_on=date(2025, 2, 1)))
        story.give(Assign(reference="none", due_on=None))
        story.give(CompleteStep(step="course"), "system", "2025-06-30")
        assert last(story) == date(2026, 6, 30)

    def test_for_an_award_that_of_the_assignment(self) -> None:
        story = assigned()
        story.give(Award(), now="2025-02-01")
        assert last(story) == date(2026, 3, 11)

    def test_not_for_an_award_dated_before_the_assignment(self) -> None:
        story = assigned()
        story.give(Award(on=date(2025, 1, 9)), now="2025-02-01")
        assert last(story) == date(2026, 1, 9)

    def test_only_the_first_time(self) -> None:
        story = started()
        story.give(CompleteStep(step="course"), "system", "2025-02-01")
        story.give(Assign(reference="more", due_on=date(2026, 9, 30)), now="2025-12-01")
        story.give(StartRecertification(), "learner:ann", "2026-02-01")
        story.give(CompleteStep(step="course"), "system")
        assert last(story) == date(2027, 3, 11)

    def test_not_after_a_revoked_certificate(self) -> None:
        story = started()
        story.give(CompleteStep(step="course"), "system", "2025-02-01")
        story.give(Assign(reference="more", due_on=date(2025, 9, 30)))
        story.give(ForceRecertification(), now="2025-03-01")
        story.give(CompleteStep(step="course"), "system", "2025-04-01")
        assert last(story) == date(2026, 4, 1)

    def test_who_was_revoked_before_ever_being_certified_is_due_anew(self) -> None:
        story = started()
        story.give(RevokeAccess(), now="2025-03-01")
        story.give(StartRecertification(), "learner:ann", "2025-06-01")
        story.give(Start(), "learner:ann")
        story.give(CompleteStep(step="course"), "system", "2025-07-31")  # due: 60 days from 1 June
        assert last(story) == date(2026, 7, 31)


class TestTheRuleOfTheFirst:
    def test_the_first_and_the_next(self) -> None:
        story = Story(FIRST, now="2025-01-01")
        story.give(Award())
        assert last(story) == date(2027, 1, 1)
        story.give(Award(), now="2027-01-02")
        assert last(story) == date(2028, 1, 2)

    def test_a_revoked_one_came_before(self) -> None:
        story = Story(FIRST, now="2025-01-01")
        story.give(Award())
        story.give(ForceRecertification(), now="2025-02-01")
        story.give(CompleteStep(step="course"), "system", "2025-03-01")
        assert last(story) == date(2026, 3, 1)

    def test_one_that_was_struck_did_not(self) -> None:
        story = Story(FIRST, now="2025-01-01")
        story.give(Award())
        story.give(Strike(entry=1), now="2025-02-01")
        story.give(Award(), now="2025-03-01")
        assert last(story) == date(2027, 3, 1)

    def test_a_late_award_before_it_makes_it_a_renewal(self) -> None:
        story = Story(FIRST, now="2025-06-01")
        story.give(Award())
        given = story.give(Award(on=date(2024, 6, 1)), now="2025-07-01")
        again = [e.fact for e in given.events if isinstance(e.fact, CertificateDatedAgain)]
        # The earlier one runs for two years; a year from the later day is as long.
        assert [fact.terms.last_valid_day for fact in again] == [date(2026, 6, 1)]
        story.give(Strike(entry=2), now="2025-08-01")
        assert last(story) == date(2027, 6, 1)
