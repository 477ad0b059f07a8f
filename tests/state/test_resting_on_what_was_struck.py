"""What rests on an entry where a strike or an abandoned run lies between (R13, row 37)."""

from __future__ import annotations

from datetime import date

from attrs import evolve

from certlib.certifications import Curriculum
from certlib.policies import FromCompletion, Policy
from certlib.state import Status
from certlib.state._actions.striking import resting_on
from certlib.state.commands import (
    AbandonRecertification,
    Award,
    CompleteStep,
    MoveToVersion,
    StartRecertification,
    Strike,
)
from tests.state.sample import FROM_COMPLETION, ONE_STEP, P1Y, certification, course
from tests.state.story import Story, started

ONE = certification(Policy(validity=FromCompletion(period=P1Y)), initial=ONE_STEP)
MORE = evolve(
    ONE.versions[0],
    number=2,
    published_on=date(2025, 1, 2),
    initial=Curriculum(steps=(course(), course("drill"))),
)
TWO_VERSIONS = evolve(ONE, versions=(*ONE.versions, MORE))


def resting(story: Story, entry: int) -> tuple[int, ...]:
    return resting_on(entry, story.history, story.enrollment)


class TestAStrikeThatLedToACertificate:
    """Moved to a version with another step (3), one step done (4); the move is struck (5): certified."""

    def story(self) -> Story:
        story = started(TWO_VERSIONS)
        story.give(MoveToVersion(version=2), now="2025-01-03")
        story.give(CompleteStep(step="course"), "system", "2025-01-04")
        assert story.enrollment.open_cycle is not None
        given = story.give(Strike(entry=3), now="2025-01-05")
        assert [event.fact.tag for event in given.events] == ["entry_struck", "certificate_issued"]
        assert story.status is Status.CERTIFIED
        return story

    def test_the_step_without_which_there_were_none_is_what_it_rests_on(self) -> None:
        story = self.story()
        assert resting(story, 4) == (5,)
        (reason,) = story.reasons(Strike(entry=4))
        assert (reason.code, reason.params) == ("nothing_rests_on_it", {"entries": "5"})

    def test_a_strike_without_one_rests_on_nothing(self) -> None:
        story = started(TWO_VERSIONS)
        story.give(CompleteStep(step="course"), "system", "2025-01-04")
        story.give(Strike(entry=3), now="2025-01-05")
        assert story.status is Status.IN_PROGRESS
        assert resting(story, 3) == ()


class TestAfterAnAbandonedRun:
    """Awarded (1), a recertification begun (2) and abandoned (3): the award's certificate stands."""

    def story(self) -> Story:
        story = Story(FROM_COMPLETION)
        story.give(Award())
        story.give(StartRecertification(), "learner:ann", "2025-02-01")
        story.give(AbandonRecertification(), "learner:ann", "2025-03-01")
        return story

    def test_what_is_begun_again_rests_on_the_certificate(self) -> None:
        story = self.story()
        story.give(StartRecertification(), "learner:ann", "2025-04-01")
        assert 4 in resting(story, 1)
        assert story.refused(Strike(entry=1)) == ["nothing_rests_on_it"]

    def test_and_what_is_done_in_the_new_run_rests_on_that(self) -> None:
        story = self.story()
        story.give(StartRecertification(), "learner:ann", "2025-04-01")
        story.give(CompleteStep(step="course"), "system", "2025-05-01")
        assert 5 in resting(story, 4)
