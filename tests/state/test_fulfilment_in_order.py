"""Which of several completions counts first, by whose table, and in which curriculum (C7)."""

from __future__ import annotations

from certlib.certifications import Curriculum
from certlib.policies import FromCompletion, Policy
from certlib.state import TABLE, Status
from certlib.state._cycles import CycleKind
from certlib.state.commands import (
    Assign,
    Award,
    CompleteStep,
    Enroll,
    Start,
    StartRecertification,
)
from tests.state.sample import (
    FROM_COMPLETION,
    ONE_STEP,
    P1Y,
    TWO_STEPS,
    certification,
    course,
)
from tests.state.test_fulfilment import Learning, completion, given

YEARLY = Policy(validity=FromCompletion(period=P1Y))
REFRESHER = Curriculum(steps=(course("refresher"),))


class TestTheTableOfTheHost:
    """The system gives its commands by the table that the host gives."""

    def test_a_command_that_it_lacks_is_not_given(self) -> None:
        story = Learning(FROM_COMPLETION, now="2025-03-01", table=TABLE.dropping(Start))
        assert given(story.completed(completion())) == ["enroll"]
        assert story.status is Status.NOT_STARTED

    def test_by_the_usual_one_it_is(self) -> None:
        story = Learning(FROM_COMPLETION, now="2025-03-01")
        assert given(story.completed(completion())) == ["enroll", "start", "complete step"]


def test_two_steps_of_one_instant_are_done_in_the_order_of_the_curriculum() -> None:
    story = Learning(certification(YEARLY, initial=TWO_STEPS), now="2025-01-01")
    story.give(Assign())
    day = "2025-03-01"
    assert given(story.completed(completion("DRILL", day), completion("COURSE", day), now=day)) == [
        "enroll when assigned",
        "start",
        "complete step",
        "complete step",
    ]
    done = [event.fact for event in story.history if event.fact.tag == "step_completed"]
    assert [getattr(fact, "step", None) for fact in done] == ["course", "drill"]


class TestTheCurriculumOfTheCycle:
    """A recertification asks for its own steps, not for the initial ones."""

    CERTIFICATION = certification(YEARLY, initial=ONE_STEP, recertification=REFRESHER)

    def recertifying(self) -> Learning:
        story = Learning(self.CERTIFICATION, now="2025-01-01")
        story.give(Award())
        story.give(StartRecertification(), "learner:ann", "2025-06-01")
        assert story.enrollment.cycles[0].curriculum is CycleKind.RECERTIFICATION
        return story

    def test_its_own_training_counts(self) -> None:
        story = self.recertifying()
        assert given(story.completed(completion("REFRESHER", "2025-06-02"), now="2025-06-02")) == [
            "complete step"
        ]
        assert story.status is Status.CERTIFIED

    def test_that_of_the_initial_one_does_not(self) -> None:
        story = self.recertifying()
        assert story.completed(completion("COURSE", "2025-06-02"), now="2025-06-02") == []
        assert story.status is Status.RECERTIFYING


def test_what_begins_the_first_cycle_is_one_of_its_trainings() -> None:
    story = Learning(certification(YEARLY, initial=TWO_STEPS, recertification=ONE_STEP))
    story.give(Enroll(), "learner:ann")
    assert story.completed(completion("DANCE", "2025-01-01")) == []
    assert story.enrollment.cycles[0].started_at is None
    assert given(story.completed(completion("NIGHT", "2025-01-01"))) == ["start"]
    assert story.status is Status.IN_PROGRESS
    assert story.enrollment.cycles[0].missing_steps == ("course", "drill")
    story.give(CompleteStep(step="course"), "system")
    assert "course" not in story.enrollment.cycles[0].missing_steps
