"""A cycle's attempts, requests and due day after what is rarely given (R3, R7, P8)."""

from __future__ import annotations

from datetime import date

import pytest
from attrs import evolve

from certlib.errors import InvalidCommandError
from certlib.policies import Deadlines, ExamRules, InitialDeadline
from certlib.state._actions import awarding, enrolling, exam, versions
from certlib.state._cycles import AttemptOutcome, RequestState
from certlib.state._enrollments import AssignmentSource
from certlib.state.commands import (
    ApproveExam,
    Assign,
    Award,
    CompleteStep,
    DenyExam,
    ExtendCertificate,
    ForceRecertification,
    MoveToVersion,
    RecordExam,
    StartRecertification,
    SubmitEvidence,
)
from certlib.state.facts import AssignmentAdded, CycleMoved
from certlib.transcript import CompletionKey
from tests.state.sample import (
    EVIDENCE,
    FIXED_DATES,
    FROM_COMPLETION,
    P30D,
    certification,
    with_exam,
)
from tests.state.story import Story, started
from tests.state.test_guards import proposal


@pytest.mark.parametrize(
    ("decide", "outcome"),
    [(ApproveExam, AttemptOutcome.PASSED), (DenyExam, AttemptOutcome.FAILED)],
)
def test_a_decision_is_about_the_attempt_that_is_held_and_no_other(
    decide: type[ApproveExam | DenyExam], outcome: AttemptOutcome
) -> None:
    """R7: denying a held one makes it a failed one; those before stay as they were."""
    story = started(with_exam(ExamRules(approval=True)))
    story.give(RecordExam(passed=False), "system")
    story.give(RecordExam(passed=True), "system", "2025-01-02")
    story.give(decide(request=4), "approver:bo")
    outcomes = [attempt.outcome for attempt in story.enrollment.cycles[0].attempts]
    assert outcomes == [AttemptOutcome.FAILED, outcome]


def test_what_was_asked_in_a_cycle_that_an_award_had_ended_waits_no_more() -> None:
    """R3: requests of an ended cycle are superseded, also where the award is entered after them."""
    story = started(EVIDENCE)
    story.give(SubmitEvidence(step="course"), "learner:ann", "2025-03-01")
    story.give(Award(on=date(2025, 2, 1)), now="2025-04-01")
    (cycle,) = story.enrollment.cycles
    assert cycle.ended_at is not None
    assert [request.state for request in cycle.requests] == [RequestState.SUPERSEDED]


def test_moved_after_a_revocation_there_is_no_due_day() -> None:
    """P8: after a revocation there is none."""
    (first,) = FROM_COMPLETION.versions
    second = evolve(first, number=2, published_on=date(2025, 1, 2))
    story = Story(evolve(FROM_COMPLETION, versions=(first,)))
    story.give(Award())
    story.give(ForceRecertification(), now="2025-01-03")
    story.case = evolve(story.case, certification=evolve(FROM_COMPLETION, versions=(first, second)))
    (event,) = story.give(MoveToVersion(version=2), now="2025-01-04").events
    assert isinstance(event.fact, CycleMoved)
    assert (event.fact.due_on, event.fact.due_after_expiry) == (None, None)


def test_where_no_version_is_left_an_assignment_is_noted_with_what_it_says() -> None:
    """Row 7: in every status; P8: without a version there is no policy that gives a due day."""
    due = Deadlines(initial=InitialDeadline(due=P30D))
    policy = evolve(FROM_COMPLETION.versions[0].policy, deadlines=due)
    story = Story(certification(policy))
    story.give(Award())
    story.case = evolve(story.case, certification=evolve(story.case.certification, versions=()))
    rule = Assign(source=AssignmentSource.RULE, reference="r-1", due_on=date(2025, 9, 1))
    for command in (rule, Assign(reference="plan")):
        found = enrolling.assign(proposal(story, command))
        day = date(2025, 9, 1) if command is rule else None
        assert found == (
            AssignmentAdded(source=command.source, reference=command.reference, due_on=day),
        )


class TestWhatARowLacks:
    """The error of a recorder names what a host's row should have made sure of."""

    def test_the_version_to_move_to(self) -> None:
        with pytest.raises(InvalidCommandError) as raised:
            versions.move_to_version(proposal(Story(EVIDENCE), MoveToVersion(version=9)))
        assert raised.value.what == "the version"

    def test_the_certificate_to_extend(self) -> None:
        with pytest.raises(InvalidCommandError) as raised:
            awarding.extend_certificate(
                proposal(Story(EVIDENCE), ExtendCertificate(until=date(2030, 1, 1)))
            )
        assert raised.value.what == "the certificate"

    def test_the_version_of_the_cycle(self) -> None:
        story = started(with_exam(ExamRules()))
        story.case = evolve(story.case, certification=evolve(story.case.certification, versions=()))
        with pytest.raises(InvalidCommandError) as raised:
            exam.record_exam(proposal(story, RecordExam(passed=True)))
        assert raised.value.what == "the version of the cycle"


def test_a_step_says_for_which_completions_it_is_done() -> None:
    """Q1: the facts that make it so."""
    story = started(FROM_COMPLETION)
    because = (CompletionKey(training="COURSE", at=story.now),)
    story.give(CompleteStep(step="course", because=because), "system")
    assert [done.because for done in story.enrollment.cycles[0].done] == [because]


def test_the_due_day_of_a_recertification_is_one_of_the_versions_zone() -> None:
    """P8, T3: it counts from the last valid day, and is a day of that zone."""
    story = Story(FIXED_DATES, now="2025-03-03")
    story.give(Award())
    story.give(StartRecertification(), "learner:ann", "2025-12-01")
    due = story.enrollment.cycles[0].due
    assert due is not None
    assert (due.day, due.time_zone) == (date(2025, 12, 31), "Europe/Madrid")


def test_moved_while_the_certificate_never_ends_there_is_no_due_day() -> None:
    """P8: it would count from a last valid day."""
    (first,) = FROM_COMPLETION.versions
    second = evolve(first, number=2, published_on=date(2025, 3, 1))
    story = Story(evolve(FROM_COMPLETION, versions=(first, second)))
    story.give(Award(always_valid=True))
    story.give(StartRecertification(), "learner:ann", "2025-02-01")
    (event,) = story.give(MoveToVersion(version=2), now="2025-03-02").events
    assert isinstance(event.fact, CycleMoved)
    assert (event.fact.due_on, event.fact.due_after_expiry) == (None, None)
