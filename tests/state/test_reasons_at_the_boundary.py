"""What a reason names, to the instant and in full (Q2): the last of its day counts, all are listed."""

from __future__ import annotations

import pytest
from attrs import evolve

from certlib.requirements import AllOf, Completed
from certlib.state import AssignmentSource
from certlib.state.commands import Assign, Enroll, RecordTestOut, Remove
from certlib.transcript import Completion, Transcript
from tests.state.sample import EVIDENCE, FROM_COMPLETION
from tests.state.story import Story, instant, started
from tests.state.test_guards import proposal


class TestEligibility:
    """P4: what is completed at the very instant of the enrollment is completed."""

    NEEDS = AllOf(of=(Completed(training="ladder"), Completed(training="rope")))

    @pytest.mark.parametrize(
        ("ladder", "missing"),
        [
            ("2025-02-28 23:59:59.999999", "rope"),
            ("2025-03-01", "rope"),
            ("2025-03-01 00:00:00.000001", "ladder, rope"),
        ],
    )
    def test_before_at_and_after_the_instant(self, ladder: str, missing: str) -> None:
        story = Story(evolve(FROM_COMPLETION, eligibility=self.NEEDS), now="2025-03-02")
        done = Completion(training="ladder", at=instant(ladder), recorded_at=instant(ladder))
        story.case = evolve(story.case, transcript=Transcript(completions=(done,)))
        (reason,) = story.reasons(Enroll(at=instant("2025-03-01")), "learner:ann")
        assert reason.params == {"trainings": missing}


def test_every_assignment_from_elsewhere_is_named() -> None:
    story = Story(FROM_COMPLETION)
    story.give(Assign())
    story.give(Assign(source=AssignmentSource.RULE, reference="one"))
    story.give(Assign(source=AssignmentSource.RULE, reference="two"))
    (reason,) = story.reasons(Remove())
    assert reason.text == "an assignment is neither manual nor imported: rule, rule"


def test_a_test_out_is_offered_as_passed() -> None:
    """What may be done is shown by what it would do for the learner (Q9)."""
    story = started(EVIDENCE)
    choices = RecordTestOut.choices
    (course, _) = choices(proposal(story, None))
    assert course.command == RecordTestOut(step="course", passed=True)
