"""Awards entered late: what they end, what is dated again after them, and what must be known (R3, T5)."""

from __future__ import annotations

from datetime import date

import pytest
from attrs import evolve

from certlib.errors import HistoryRequiredError
from certlib.state import CycleEnd, Status
from certlib.state.commands import Award, CompleteStep, MoveToVersion, StartRecertification, Strike
from certlib.state.facts import CycleEnded
from tests.state.sample import FROM_COMPLETION
from tests.state.story import Story, started, tags
from tests.state.test_consequences import TestRedatingsComputedAgain as Redated


class TestAnAwardOfBeforeTheOpenCycle:
    """It ends the cycle only if it is newer than every certificate known when that began (R3)."""

    def story(self) -> Story:
        """Certified by the initial cycle on 1 January, recertifying since 1 June."""
        story = started(FROM_COMPLETION)
        story.give(CompleteStep(step="course"), "system")
        story.give(StartRecertification(), "learner:ann", "2025-06-01")
        return story.wait("2025-07-01")

    @pytest.mark.parametrize("on", [date(2024, 6, 1), date(2024, 12, 31)])
    def test_older_than_the_certificate_it_is_history_and_the_cycle_goes_on(self, on: date) -> None:
        story = self.story()
        given = story.give(Award(on=on, always_valid=True))
        assert "cycle_ended" not in tags(given)
        assert story.status is Status.RECERTIFYING
        assert story.enrollment.open_cycle is not None

    def test_newer_it_ends_the_cycle_when_it_is_entered(self) -> None:
        story = self.story()
        given = story.give(Award(on=date(2025, 1, 2)))
        (ended,) = [event for event in given.events if isinstance(event.fact, CycleEnded)]
        assert (ended.at, ended.fact) == (story.now, CycleEnded(number=2, by=CycleEnd.AWARD))
        assert story.status is Status.CERTIFIED
        assert story.enrollment.cycles[-1].ended_by is CycleEnd.AWARD


def test_a_renewal_of_what_was_redated_is_computed_again_from_the_new_dates() -> None:
    story = Redated().story()
    story.give(Award(), now="2024-06-01")
    assert Redated().ends(story) == [date(2024, 6, 1), date(2026, 6, 1), date(2028, 6, 1)]
    story.give(Award(on=date(2023, 3, 1)), now="2024-07-01")
    assert Redated().ends(story) == [
        date(2024, 3, 1),
        date(2025, 3, 1),
        date(2027, 3, 1),
        date(2029, 3, 1),
    ]


class TestWithoutTheHistory:
    """A late command cannot be decided, and the error names the enrollment by its ids (W4)."""

    def test_a_late_award(self) -> None:
        story = started(FROM_COMPLETION, now="2025-01-01")
        story.case = evolve(story.case, history=None)
        with pytest.raises(HistoryRequiredError) as raised:
            story.decided(Award(on=date(2024, 1, 1)), now="2025-02-01")
        assert (raised.value.learner, raised.value.certification) == ("ann", "COMPLETION-1")

    def test_a_strike(self) -> None:
        story = started(FROM_COMPLETION, now="2025-01-01")
        story.case = evolve(story.case, history=None)
        with pytest.raises(HistoryRequiredError) as raised:
            story.decided(Strike(entry=1), now="2025-02-01")
        assert (raised.value.learner, raised.value.certification) == ("ann", "COMPLETION-1")

    def test_a_redating(self) -> None:
        story = Story(Redated.CERTIFICATION, now="2023-06-01")
        story.give(Award())
        story.case = evolve(story.case, history=None)
        with pytest.raises(HistoryRequiredError) as raised:
            story.decided(MoveToVersion(version=2, redate=True), now="2024-02-01")
        assert (raised.value.learner, raised.value.certification) == ("ann", "EXPIRY-1")


def test_of_a_late_award_the_enrollment_and_its_notices_are_of_the_learner() -> None:
    story = Story(FROM_COMPLETION, now="2025-01-01")
    story.give(Award())
    given = story.give(Award(on=date(2024, 6, 1)), now="2025-02-01")
    assert (given.enrollment.learner, given.enrollment.certification) == ("ann", "COMPLETION-1")
    assert given.notices
    for notice in given.notices:
        assert (notice.learner, notice.certification) == ("ann", "COMPLETION-1")
