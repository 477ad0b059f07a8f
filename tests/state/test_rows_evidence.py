"""Rows 12 to 15 and R6: evidence that an approver looks at, and test-outs that are taken once."""

from __future__ import annotations

from datetime import date

import pytest
from attrs import evolve

from certlib.actors import Actor, Role
from certlib.certifications import Certification, Curriculum, External, Step
from certlib.state import Request, RequestKind, RequestState, Status
from certlib.state.commands import (
    AbandonRecertification,
    ApproveEvidence,
    Award,
    CompleteStep,
    DenyEvidence,
    MoveToVersion,
    OverrideTraining,
    RecordTestOut,
    RevokeAccess,
    StartRecertification,
    Strike,
    SubmitEvidence,
)
from tests.state.sample import EVIDENCE, course
from tests.state.story import ANN, Story, instant, started, statuses, tags

COURSE = SubmitEvidence(step="course")
VISIT = SubmitEvidence(step="visit")
HIMSELF = Actor(role=Role.APPROVER, id="ann")
INACTIVE = evolve(ANN, active=False)


def submitted(*steps: str) -> Story:
    """Evidence for these steps waits (entries 3 and on)."""
    story = started(EVIDENCE)
    for step in steps:
        story.give(SubmitEvidence(step=step), "learner:ann")
    return story


def states(story: Story) -> list[RequestState]:
    return [each.state for each in story.enrollment.requests]


def two_versions(second: Curriculum) -> Certification:
    """The one with evidence, and from February a second version."""
    version = evolve(
        EVIDENCE.versions[0],
        number=2,
        published_on=date(2025, 2, 1),
        initial=second,
        recertification=second,
    )
    return evolve(EVIDENCE, versions=(*EVIDENCE.versions, version))


class TestRow12SubmitEvidence:
    def test_what_it_records(self) -> None:
        story = started(EVIDENCE)
        given = story.give(COURSE, "learner:ann", "2025-01-03")
        assert tags(given) == ["evidence_submitted"]
        assert statuses(given) == (Status.IN_PROGRESS, Status.IN_PROGRESS)
        assert [notice.kind for notice in given.notices] == ["evidence_submitted"]
        assert story.enrollment.requests == (
            Request(number=3, kind=RequestKind.EVIDENCE, at=instant("2025-01-03"), step="course"),
        )

    def test_the_last_one_leaves_only_approvals(self) -> None:
        story = submitted("course")
        given = story.give(VISIT, "learner:ann")
        assert statuses(given) == (Status.IN_PROGRESS, Status.PENDING_APPROVAL)

    def test_in_a_recertification(self) -> None:
        story = Story(EVIDENCE)
        story.give(Award())
        story.give(StartRecertification(), "learner:ann", "2025-06-01")
        assert story.give(COURSE, "learner:ann").after is Status.RECERTIFYING
        assert story.give(VISIT, "learner:ann").after is Status.PENDING_APPROVAL

    def test_who_may(self) -> None:
        assert started(EVIDENCE).who_may(COURSE) == {"learner"}

    def test_an_inactive_learner(self) -> None:
        story = started(EVIDENCE)
        story.case = evolve(story.case, learner=INACTIVE)
        assert story.refused(COURSE, "learner:ann") == ["learner_is_active"]

    def test_one_at_a_time_for_a_step(self) -> None:
        story = submitted("course")
        (reason,) = story.reasons(COURSE, "learner:ann")
        assert reason.code == "no_evidence_is_waiting"
        assert reason.text == "evidence for the step is already waiting for an approver"
        story.give(VISIT, "learner:ann")

    def test_a_step_that_takes_none(self) -> None:
        steps = (course(), Step(code="visit", paths=(External(),)))
        first = evolve(EVIDENCE.versions[0], initial=Curriculum(steps=steps))
        (reason,) = started(evolve(EVIDENCE, versions=(first,))).reasons(COURSE, "learner:ann")
        assert reason.code == "path_is_external"
        assert reason.text == ("the step does not take evidence; the open steps that do are: visit")

    def test_a_step_that_is_done_or_not_of_the_cycle(self) -> None:
        story = started(EVIDENCE)
        story.give(CompleteStep(step="course"), "system")
        assert story.refused(COURSE, "learner:ann") == ["step_is_open"]
        assert story.refused(SubmitEvidence(step="dance"), "learner:ann") == [
            "step_is_open",
            "path_is_external",
        ]

    def test_nothing_is_submitted_while_only_approvals_are_left(self) -> None:
        assert submitted("course", "visit").refused(COURSE, "learner:ann") == [
            "not_while_pending_approval"
        ]


class TestRow13ApproveEvidence:
    def test_what_it_records(self) -> None:
        story = submitted("course")
        given = story.give(ApproveEvidence(request=3), "approver:bo", "2025-01-09")
        assert tags(given) == ["evidence_approved"]
        assert statuses(given) == (Status.IN_PROGRESS, Status.IN_PROGRESS)
        assert [notice.kind for notice in given.notices] == ["evidence_approved"]
        assert states(story) == [RequestState.APPROVED]
        cycle = story.enrollment.cycles[0]
        assert cycle.missing_steps == ("visit",)
        (done,) = cycle.done
        assert (done.step, done.path, done.at) == ("course", "external", instant("2025-01-09"))

    def test_of_two_that_wait_the_first_leaves_the_other_waiting(self) -> None:
        story = submitted("course", "visit")
        given = story.give(ApproveEvidence(request=4), "approver:bo")
        assert statuses(given) == (Status.PENDING_APPROVAL, Status.PENDING_APPROVAL)

    def test_the_last_one_earns_the_certificate(self) -> None:
        story = submitted("course", "visit")
        story.give(ApproveEvidence(request=4), "approver:bo")
        given = story.give(ApproveEvidence(request=3), "approver:bo", "2025-01-09")
        assert tags(given) == ["evidence_approved", "certificate_issued"]
        assert statuses(given) == (Status.PENDING_APPROVAL, Status.CERTIFIED)
        assert [n.kind for n in given.notices] == ["evidence_approved", "certified"]
        assert story.enrollment.certificates[0].last_valid_day == date(2026, 1, 9)

    def test_who_may(self) -> None:
        story = submitted("course")
        assert story.who_may(ApproveEvidence(request=3)) == {"approver"}
        assert story.refused(ApproveEvidence(request=3), HIMSELF) == ["nobody_for_himself"]

    @pytest.mark.parametrize("request_", [1, 2, 9])
    def test_a_request_that_is_not_there(self, request_: int) -> None:
        story = submitted("course")
        (reason,) = story.reasons(ApproveEvidence(request=request_), "approver:bo")
        assert reason.code == "request_is_open"
        assert reason.text == "no such request is waiting; the waiting requests are: 3"

    def test_once(self) -> None:
        story = submitted("course")
        story.give(ApproveEvidence(request=3), "approver:bo")
        (reason,) = story.reasons(ApproveEvidence(request=3), "approver:bo")
        assert reason.text == "no such request is waiting; the waiting requests are: none"

    def test_an_inactive_learner_gets_what_he_earned(self) -> None:
        story = submitted("course", "visit")
        story.case = evolve(story.case, learner=INACTIVE)
        story.give(ApproveEvidence(request=3), "approver:bo")
        assert story.give(ApproveEvidence(request=4), "approver:bo").after is Status.CERTIFIED


class TestRow14DenyEvidence:
    def test_what_it_records(self) -> None:
        story = submitted("course")
        given = story.give(DenyEvidence(request=3, reason="blurred"), "approver:bo")
        assert tags(given) == ["evidence_denied"]
        assert statuses(given) == (Status.IN_PROGRESS, Status.IN_PROGRESS)
        assert [notice.kind for notice in given.notices] == ["evidence_denied"]
        assert states(story) == [RequestState.DENIED]
        assert story.enrollment.cycles[0].missing_steps == ("course", "visit")

    def test_from_pending_approval_back_into_the_initial_cycle(self) -> None:
        given = submitted("course", "visit").give(DenyEvidence(request=3), "approver:bo")
        assert statuses(given) == (Status.PENDING_APPROVAL, Status.IN_PROGRESS)

    def test_from_pending_approval_back_into_the_recertification(self) -> None:
        story = Story(EVIDENCE)
        story.give(Award())
        story.give(StartRecertification(), "learner:ann", "2025-06-01")
        story.give(COURSE, "learner:ann")
        story.give(VISIT, "learner:ann")
        given = story.give(DenyEvidence(request=4), "approver:bo")
        assert statuses(given) == (Status.PENDING_APPROVAL, Status.RECERTIFYING)

    def test_one_may_submit_again(self) -> None:
        story = submitted("course")
        story.give(DenyEvidence(request=3), "approver:bo")
        story.give(COURSE, "learner:ann")
        assert [(each.number, each.state) for each in story.enrollment.requests] == [
            (3, RequestState.DENIED),
            (5, RequestState.OPEN),
        ]
        assert story.refused(DenyEvidence(request=3), "approver:bo") == ["request_is_open"]

    def test_who_may(self) -> None:
        story = submitted("course")
        assert story.who_may(DenyEvidence(request=3)) == {"approver"}
        assert story.refused(DenyEvidence(request=3), HIMSELF) == ["nobody_for_himself"]


class TestAStepThatGetsDone:
    """It closes the evidence that waits for it (R6)."""

    @pytest.mark.parametrize(
        "command", [CompleteStep(step="course"), RecordTestOut(step="course", passed=True)]
    )
    def test_by_another_path(self, command: CompleteStep | RecordTestOut) -> None:
        story = submitted("course")
        story.give(command, "system")
        assert states(story) == [RequestState.CLOSED]
        assert story.refused(ApproveEvidence(request=3), "approver:bo") == ["request_is_open"]
        assert story.refused(DenyEvidence(request=3), "approver:bo") == ["request_is_open"]

    def test_while_only_approvals_are_left(self) -> None:
        story = submitted("course", "visit")
        given = story.give(CompleteStep(step="course"), "system")
        assert statuses(given) == (Status.PENDING_APPROVAL, Status.PENDING_APPROVAL)
        assert states(story) == [RequestState.CLOSED, RequestState.OPEN]
        assert story.give(ApproveEvidence(request=4), "approver:bo").after is Status.CERTIFIED

    def test_by_an_override(self) -> None:
        story = submitted("course")
        given = story.give(OverrideTraining())
        assert given.after is Status.CERTIFIED
        assert states(story) == [RequestState.CLOSED]

    def test_a_failed_test_out_closes_nothing(self) -> None:
        story = submitted("course")
        story.give(RecordTestOut(step="course", passed=False), "system")
        assert states(story) == [RequestState.OPEN]

    def test_what_is_done_since_another_path_was_struck_waits_again(self) -> None:
        story = submitted("course")
        story.give(CompleteStep(step="course"), "system")
        story.give(Strike(entry=4))
        assert states(story) == [RequestState.OPEN]

    def test_the_end_of_the_cycle_supersedes_what_waits(self) -> None:
        for command in (RevokeAccess(), Award()):
            story = submitted("course", "visit")
            story.give(command)
            assert states(story) == [RequestState.SUPERSEDED] * 2

    def test_abandoning_supersedes_it_too(self) -> None:
        story = Story(EVIDENCE)
        story.give(Award())
        story.give(StartRecertification(), "learner:ann", "2025-06-01")
        story.give(COURSE, "learner:ann")
        story.give(AbandonRecertification())
        assert states(story) == [RequestState.SUPERSEDED]
        story.give(StartRecertification(), "learner:ann")
        assert story.refused(ApproveEvidence(request=3), "approver:bo") == ["request_is_open"]
        story.give(COURSE, "learner:ann")


class TestRow15RecordTestOut:
    def test_passed(self) -> None:
        story = started(EVIDENCE)
        given = story.give(RecordTestOut(step="course", passed=True), "system", "2025-01-03")
        assert tags(given) == ["test_out_recorded"]
        assert statuses(given) == (Status.IN_PROGRESS, Status.IN_PROGRESS)
        assert given.notices == ()
        (done,) = story.enrollment.cycles[0].done
        assert (done.step, done.path, done.at) == ("course", "test_out", instant("2025-01-03"))
        (taken,) = story.enrollment.test_outs
        assert (taken.step, taken.version, taken.passed) == ("course", 1, True)

    def test_failed(self) -> None:
        story = started(EVIDENCE)
        given = story.give(RecordTestOut(step="course", passed=False), "system")
        assert given.after is Status.IN_PROGRESS
        assert story.enrollment.cycles[0].missing_steps == ("course", "visit")
        (reason,) = story.reasons(RecordTestOut(step="course", passed=True), "system")
        assert reason.code == "test_out_is_not_taken"
        assert reason.text == (
            "the test-out of this step was already taken; it can be taken only once"
        )
        story.give(CompleteStep(step="course"), "system")

    def test_with_nothing_missing_the_certificate_is_issued(self) -> None:
        story = submitted("visit")
        story.give(ApproveEvidence(request=3), "approver:bo")
        given = story.give(RecordTestOut(step="course", passed=True), "system")
        assert tags(given) == ["test_out_recorded", "certificate_issued"]
        assert given.after is Status.CERTIFIED

    def test_passed_it_leaves_only_approvals(self) -> None:
        story = submitted("visit")
        given = story.give(RecordTestOut(step="course", passed=True), "system")
        assert statuses(given) == (Status.IN_PROGRESS, Status.PENDING_APPROVAL)

    @pytest.mark.parametrize("passed", [True, False])
    def test_while_only_approvals_are_left(self, passed: bool) -> None:
        story = submitted("course", "visit")
        given = story.give(RecordTestOut(step="course", passed=passed), "system")
        assert statuses(given) == (Status.PENDING_APPROVAL, Status.PENDING_APPROVAL)

    def test_who_may(self) -> None:
        story = started(EVIDENCE)
        assert story.who_may(RecordTestOut(step="course", passed=True)) == {"system"}

    def test_a_step_that_has_none(self) -> None:
        (reason,) = started(EVIDENCE).reasons(RecordTestOut(step="visit", passed=True), "system")
        assert reason.code == "path_is_test_out"
        assert reason.text == "the step has no test-out; the open steps with one are: course"

    def test_a_step_that_is_done(self) -> None:
        story = started(EVIDENCE)
        story.give(CompleteStep(step="course"), "system")
        codes = story.refused(RecordTestOut(step="course", passed=True), "system")
        assert codes == ["step_is_open"]

    @pytest.mark.parametrize("passed", [True, False])
    def test_once_over_all_cycles(self, passed: bool) -> None:
        story = started(EVIDENCE)
        story.give(RecordTestOut(step="course", passed=passed), "system")
        story.give(OverrideTraining())
        story.give(StartRecertification(), "learner:ann", "2025-06-01")
        assert story.refused(RecordTestOut(step="course", passed=True), "system") == [
            "test_out_is_not_taken"
        ]
        assert story.enrollment.cycles[1].missing_steps == ("course", "visit")

    def test_over_a_cycle_that_was_revoked(self) -> None:
        story = started(EVIDENCE)
        story.give(RecordTestOut(step="course", passed=True), "system")
        story.give(RevokeAccess())
        story.give(StartRecertification(), "learner:ann")
        assert story.enrollment.open_cycle is not None
        assert story.enrollment.open_cycle.missing_steps == ("course", "visit")

    def test_a_new_version_is_a_new_chance(self) -> None:
        story = started(two_versions(EVIDENCE.versions[0].initial))
        story.give(RecordTestOut(step="course", passed=False), "system")
        story.give(MoveToVersion(version=2), now="2025-02-01")
        story.give(RecordTestOut(step="course", passed=True), "system")
        assert [(each.version, each.passed) for each in story.enrollment.test_outs] == [
            (1, False),
            (2, True),
        ]

    def test_struck_it_was_never_taken(self) -> None:
        story = started(EVIDENCE)
        story.give(RecordTestOut(step="course", passed=False), "system")
        story.give(Strike(entry=3))
        story.give(RecordTestOut(step="course", passed=True), "system")


class TestVersionsThatAreGone:
    """Without its version a cycle has no paths: nothing new counts, and it is told."""

    def test_evidence_and_test_out(self) -> None:
        story = submitted("visit")
        story.case = evolve(story.case, certification=evolve(EVIDENCE, versions=()))
        (reason,) = story.reasons(COURSE, "learner:ann")
        assert reason.text.endswith("the open steps that do are: none")
        assert story.refused(RecordTestOut(step="course", passed=True), "system") == [
            "path_is_test_out"
        ]
        story.give(ApproveEvidence(request=3), "approver:bo")
