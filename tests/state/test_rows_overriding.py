"""Rows 21 and 22, and R1: overrides, and Pending Approval exactly while only approvals are left."""

from __future__ import annotations

from typing import ClassVar

import pytest
from attrs import evolve

from certlib.actors import Actor, Role
from certlib.certifications import Curriculum, Exam
from certlib.policies import ExamRules, FromCompletion, Policy
from certlib.state import RequestState, Status
from certlib.state.commands import (
    ApproveEvidence,
    ApproveExam,
    Award,
    Command,
    CompleteStep,
    DenyEvidence,
    DenyExam,
    ForceRecertification,
    OverrideExam,
    OverrideTraining,
    RecordExam,
    RecordTestOut,
    RequestAttempts,
    Strike,
    SubmitEvidence,
)
from tests.state.sample import EVIDENCE, P1Y, PATHS_AND_EXAM, certification, with_exam
from tests.state.story import Story, reached, started, statuses, tags

RULES = ExamRules(attempts=1, approval=True)
BOTH = certification(
    Policy(validity=FromCompletion(period=P1Y), exam=RULES), initial=PATHS_AND_EXAM
)
"""Two steps that take evidence, and an exam whose pass waits for an approver."""
EXAM_ALONE = certification(
    Policy(validity=FromCompletion(period=P1Y), exam=RULES),
    initial=Curriculum(exam=Exam(code="exam")),
)
HIMSELF = Actor(role=Role.ADMIN, id="ann")
PASSED = RecordExam(passed=True)


def submitted(*steps: str, story: Story | None = None) -> Story:
    story = story or started(BOTH)
    for step in steps:
        story.give(SubmitEvidence(step=step), "learner:ann")
    return story


def recertifying() -> Story:
    story = Story(BOTH)
    story.give(Award())
    story.give(ForceRecertification())
    return story


def states(story: Story) -> list[RequestState]:
    return [each.state for each in story.enrollment.requests]


class TestRow21OverrideTraining:
    def test_every_step_that_is_missing_is_done(self) -> None:
        story = started(BOTH)
        story.give(CompleteStep(step="course"), "system")
        given = story.give(OverrideTraining(reason="long practice"))
        assert tags(given) == ["training_overridden"]
        assert statuses(given) == (Status.IN_PROGRESS, Status.IN_PROGRESS)
        assert [notice.kind for notice in given.notices] == ["training_overridden"]
        cycle = story.enrollment.cycles[0]
        assert [(each.step, each.path) for each in cycle.done] == [
            ("course", None),
            ("visit", "override"),
        ]
        assert cycle.missing_steps == ()

    def test_without_an_exam_it_earns_the_certificate(self) -> None:
        given = started(EVIDENCE).give(OverrideTraining())
        assert tags(given) == ["training_overridden", "certificate_issued"]
        assert given.after is Status.CERTIFIED

    def test_with_the_exam_held_it_leaves_only_approvals(self) -> None:
        story = started(BOTH)
        story.give(PASSED, "system")
        assert story.give(OverrideTraining()).after is Status.PENDING_APPROVAL

    def test_in_a_recertification(self) -> None:
        given = recertifying().give(OverrideTraining())
        assert statuses(given) == (Status.RECERTIFYING, Status.RECERTIFYING)

    def test_from_pending_approval(self) -> None:
        story = submitted("course", "visit", story=started(EVIDENCE))
        given = story.give(OverrideTraining())
        assert statuses(given) == (Status.PENDING_APPROVAL, Status.CERTIFIED)
        assert states(story) == [RequestState.CLOSED] * 2

    def test_from_pending_approval_with_the_exam_held(self) -> None:
        story = submitted("course", "visit")
        story.give(PASSED, "system")
        given = story.give(OverrideTraining())
        assert statuses(given) == (Status.PENDING_APPROVAL, Status.PENDING_APPROVAL)
        assert states(story) == [RequestState.CLOSED, RequestState.CLOSED, RequestState.OPEN]

    def test_who_may(self) -> None:
        assert started(BOTH).who_may(OverrideTraining()) == {"admin"}
        assert started(BOTH).refused(OverrideTraining(), HIMSELF) == ["nobody_for_himself"]

    def test_it_has_no_condition(self) -> None:
        story = started(BOTH)
        story.give(OverrideTraining())
        story.give(OverrideTraining())
        assert len(story.enrollment.cycles[0].done) == 2

    @pytest.mark.parametrize("status", [None, Status.NOT_STARTED, Status.CERTIFIED])
    def test_not_outside_a_started_cycle(self, status: Status | None) -> None:
        word = status.value if status else "none"
        assert reached()[status].refused(OverrideTraining()) == [f"not_while_{word}"]


class TestRow22OverrideExam:
    def test_what_it_records(self) -> None:
        story = started(BOTH)
        given = story.give(OverrideExam(reason="the room burnt down"))
        assert tags(given) == ["exam_overridden"]
        assert statuses(given) == (Status.IN_PROGRESS, Status.IN_PROGRESS)
        assert [notice.kind for notice in given.notices] == ["exam_overridden"]
        cycle = story.enrollment.cycles[0]
        assert (cycle.exam_done, cycle.exam_overridden, cycle.attempts) == (True, True, ())

    def test_as_the_last_thing_it_earns_the_certificate_with_no_approval(self) -> None:
        story = started(BOTH)
        story.give(OverrideTraining())
        given = story.give(OverrideExam())
        assert tags(given) == ["exam_overridden", "certificate_issued"]
        assert given.after is Status.CERTIFIED

    def test_with_evidence_waiting_it_leaves_only_approvals(self) -> None:
        given = submitted("course", "visit").give(OverrideExam())
        assert statuses(given) == (Status.IN_PROGRESS, Status.PENDING_APPROVAL)

    def test_it_closes_what_waits_for_the_exam(self) -> None:
        story = started(BOTH)
        story.give(PASSED, "system")
        story.give(OverrideExam())
        assert states(story) == [RequestState.CLOSED]
        failed = started(BOTH)
        failed.give(RecordExam(passed=False), "system")
        failed.give(RequestAttempts(), "learner:ann")
        failed.give(OverrideExam())
        assert states(failed) == [RequestState.CLOSED]

    def test_evidence_goes_on_waiting(self) -> None:
        story = submitted("course")
        story.give(OverrideExam())
        assert states(story) == [RequestState.OPEN]

    def test_from_pending_approval(self) -> None:
        story = started(EXAM_ALONE)
        story.give(PASSED, "system")
        given = story.give(OverrideExam())
        assert statuses(given) == (Status.PENDING_APPROVAL, Status.CERTIFIED)

    def test_who_may(self) -> None:
        assert started(BOTH).who_may(OverrideExam()) == {"admin"}
        assert started(BOTH).refused(OverrideExam(), HIMSELF) == ["nobody_for_himself"]

    def test_a_version_without_one(self) -> None:
        assert started(EVIDENCE).refused(OverrideExam()) == ["version_has_an_exam"]

    def test_neither_fee_nor_attempts_nor_steps_are_asked_for(self) -> None:
        story = started(with_exam(ExamRules(attempts=1, steps_first=True)))
        story.give(OverrideExam())


class TestOnlyApprovalsAreLeft:
    """Something is missing, each missing step has evidence waiting, and the exam, if missing, is held."""

    TABLE: ClassVar = [
        # submitted, done, exam, status
        ((), (), None, Status.IN_PROGRESS),
        (("course",), (), None, Status.IN_PROGRESS),
        (("course", "visit"), (), None, Status.IN_PROGRESS),
        ((), (), PASSED, Status.IN_PROGRESS),
        (("course",), (), PASSED, Status.IN_PROGRESS),
        (("course", "visit"), (), PASSED, Status.PENDING_APPROVAL),
        (("visit",), ("course",), PASSED, Status.PENDING_APPROVAL),
        (("visit",), ("course",), RecordExam(passed=False), Status.IN_PROGRESS),
        (("visit",), ("course",), OverrideExam(), Status.PENDING_APPROVAL),
        (("visit",), ("course",), None, Status.IN_PROGRESS),
        ((), ("course",), OverrideExam(), Status.IN_PROGRESS),
    ]

    @pytest.mark.parametrize(("evidence", "done", "exam", "status"), TABLE)
    def test_by_the_rule(
        self,
        evidence: tuple[str, ...],
        done: tuple[str, ...],
        exam: Command | None,
        status: Status,
    ) -> None:
        story = submitted(*evidence)
        for step in done:
            story.give(CompleteStep(step=step), "system")
        if exam is not None:
            story.give(exam, "admin:eva" if isinstance(exam, OverrideExam) else "system")
        assert story.status is status
        cycle = story.enrollment.open_cycle
        assert cycle is not None
        assert cycle.only_approvals_are_left is (status is Status.PENDING_APPROVAL)

    def test_of_a_recertification(self) -> None:
        story = submitted("course", "visit", story=recertifying())
        assert story.status is Status.RECERTIFYING
        assert story.give(PASSED, "system").after is Status.PENDING_APPROVAL

    def test_each_denial_leads_back(self) -> None:
        story = submitted("course", "visit")
        story.give(PASSED, "system")
        assert story.give(DenyEvidence(request=4), "approver:bo").after is Status.IN_PROGRESS
        story.give(SubmitEvidence(step="visit"), "learner:ann")
        assert story.status is Status.PENDING_APPROVAL
        assert story.give(DenyExam(request=5), "approver:bo").after is Status.IN_PROGRESS

    def test_each_approval_leaves_the_others(self) -> None:
        story = submitted("course", "visit")
        story.give(PASSED, "system")
        found = [
            story.give(command, "approver:bo").after
            for command in (
                ApproveExam(request=5),
                ApproveEvidence(request=3),
                ApproveEvidence(request=4),
            )
        ]
        assert found == [Status.PENDING_APPROVAL, Status.PENDING_APPROVAL, Status.CERTIFIED]

    def test_a_test_out_does_not_need_the_evidence(self) -> None:
        story = submitted("course", "visit", story=started(EVIDENCE))
        story.give(ApproveEvidence(request=4), "approver:bo")
        given = story.give(RecordTestOut(step="course", passed=True), "system")
        assert statuses(given) == (Status.PENDING_APPROVAL, Status.CERTIFIED)

    def test_striking_what_waits_leads_back(self) -> None:
        story = submitted("course", "visit", story=started(EVIDENCE))
        given = story.give(Strike(entry=4))
        assert statuses(given) == (Status.PENDING_APPROVAL, Status.IN_PROGRESS)

    def test_time_changes_nothing(self) -> None:
        story = reached()[Status.PENDING_APPROVAL]
        story.wait("2099-01-01")
        assert story.status is Status.PENDING_APPROVAL

    def test_an_exam_alone(self) -> None:
        story = started(EXAM_ALONE)
        assert story.give(PASSED, "system").after is Status.PENDING_APPROVAL
        assert story.give(ApproveExam(request=3), "approver:bo").after is Status.CERTIFIED

    def test_it_needs_no_version(self) -> None:
        story = reached()[Status.PENDING_APPROVAL]
        story.case = evolve(story.case, certification=evolve(EVIDENCE, versions=()))
        assert story.status is Status.PENDING_APPROVAL
