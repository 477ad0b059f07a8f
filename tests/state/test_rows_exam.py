"""Rows 16 to 20 and R7: attempts at the exam, what is held for an approver, and more attempts."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from attrs import evolve

from certlib.actors import Actor, Role
from certlib.periods import Period
from certlib.policies import ExamRules, FromCompletion, Policy
from certlib.state import AttemptOutcome, RequestKind, RequestState, Status
from certlib.state.commands import (
    ApproveExam,
    Award,
    Command,
    CompleteStep,
    DenyAttempts,
    DenyExam,
    ForceRecertification,
    GrantAttempts,
    OverrideExam,
    RecordExam,
    RequestAttempts,
    RevokeAccess,
    Start,
    StartRecertification,
    Strike,
)
from tests.state.sample import (
    FROM_COMPLETION,
    ONE_STEP_AND_EXAM,
    P1Y,
    certification,
    with_exam,
)
from tests.state.story import ANN, Story, instant, reached, started, statuses, tags

PASSED = RecordExam(passed=True)
FAILED = RecordExam(passed=False)
COURSE = CompleteStep(step="course")
HIMSELF = Actor(role=Role.APPROVER, id="ann")
MOMENT = timedelta(microseconds=1)

FREE = with_exam(ExamRules())
TWICE = with_exam(ExamRules(attempts=2))
HELD = with_exam(ExamRules(attempts=2, approval=True))


def used_up() -> Story:
    """Two attempts of two have failed (entries 3 and 4)."""
    story = started(TWICE)
    story.give(FAILED, "system")
    story.give(FAILED, "system")
    return story


def asked() -> Story:
    """And more are asked for (entry 5)."""
    story = used_up()
    story.give(RequestAttempts(), "learner:ann")
    return story


def held() -> Story:
    """A passed attempt waits (entry 3); the step is open."""
    story = started(HELD)
    story.give(PASSED, "system")
    return story


def outcomes(story: Story) -> list[AttemptOutcome]:
    return [each.outcome for each in story.enrollment.cycles[-1].attempts]


def states(story: Story) -> list[RequestState]:
    return [each.state for each in story.enrollment.requests]


class TestRow16RecordExam:
    def test_failed(self) -> None:
        story = started(FREE)
        given = story.give(RecordExam(passed=False, score="41"), "system", "2025-01-03")
        assert tags(given) == ["exam_attempted"]
        assert statuses(given) == (Status.IN_PROGRESS, Status.IN_PROGRESS)
        assert [notice.kind for notice in given.notices] == ["exam_recorded"]
        (attempt,) = story.enrollment.cycles[0].attempts
        assert (attempt.number, attempt.outcome) == (3, AttemptOutcome.FAILED)
        assert (attempt.score, attempt.at) == ("41", instant("2025-01-03"))
        assert story.enrollment.cycles[0].exam_is_missing

    def test_passed_with_a_step_open(self) -> None:
        story = started(FREE)
        given = story.give(PASSED, "system")
        assert given.after is Status.IN_PROGRESS
        assert outcomes(story) == [AttemptOutcome.PASSED]
        assert not story.enrollment.cycles[0].exam_is_missing

    def test_passed_as_the_last_thing(self) -> None:
        story = started(FREE)
        story.give(COURSE, "system")
        given = story.give(PASSED, "system")
        assert tags(given) == ["exam_attempted", "certificate_issued"]
        assert given.after is Status.CERTIFIED
        assert [notice.kind for notice in given.notices] == ["exam_recorded", "certified"]

    def test_a_step_as_the_last_thing(self) -> None:
        story = started(FREE)
        story.give(PASSED, "system")
        assert story.give(COURSE, "system").after is Status.CERTIFIED

    def test_held_with_a_step_open(self) -> None:
        story = started(HELD)
        given = story.give(PASSED, "system")
        assert tags(given) == ["exam_attempted"]
        assert given.after is Status.IN_PROGRESS
        assert outcomes(story) == [AttemptOutcome.HELD]
        (request,) = story.enrollment.requests
        assert (request.number, request.kind) == (3, RequestKind.EXAM)
        assert story.give(COURSE, "system").after is Status.PENDING_APPROVAL

    def test_held_as_the_last_thing(self) -> None:
        story = started(HELD)
        story.give(COURSE, "system")
        given = story.give(PASSED, "system")
        assert statuses(given) == (Status.IN_PROGRESS, Status.PENDING_APPROVAL)

    def test_a_failure_is_never_held(self) -> None:
        story = started(HELD)
        story.give(FAILED, "system")
        assert outcomes(story) == [AttemptOutcome.FAILED]
        assert story.enrollment.requests == ()

    def test_in_a_recertification(self) -> None:
        story = Story(FREE)
        story.give(Award())
        story.give(StartRecertification(), "learner:ann", "2025-06-01")
        assert story.give(FAILED, "system").after is Status.RECERTIFYING
        assert story.give(PASSED, "system").after is Status.RECERTIFYING
        assert story.give(COURSE, "system").after is Status.CERTIFIED

    def test_who_may(self) -> None:
        assert started(FREE).who_may(PASSED) == {"system"}

    def test_a_version_without_one(self) -> None:
        (reason,) = reached()[Status.IN_PROGRESS].reasons(PASSED, "system")
        assert reason.code == "version_has_an_exam"
        assert reason.text == "the version has no exam"

    def test_not_after_it_is_passed(self) -> None:
        story = started(FREE)
        story.give(PASSED, "system")
        (reason,) = story.reasons(PASSED, "system")
        assert reason.code == "exam_is_open"
        assert reason.text == "the exam need not be taken again: it is passed"

    def test_not_after_it_is_overridden(self) -> None:
        story = started(FREE)
        story.give(OverrideExam())
        assert story.refused(FAILED, "system") == ["exam_is_open"]

    def test_not_while_an_attempt_is_held(self) -> None:
        (reason,) = held().reasons(PASSED, "system")
        assert reason.code == "exam_is_open"
        assert reason.text == ("the exam need not be taken again: it is waiting for approval")

    def test_not_while_only_approvals_are_left(self) -> None:
        story = held()
        story.give(COURSE, "system")
        assert story.refused(FAILED, "system") == ["not_while_pending_approval"]

    def test_attempts_are_limited(self) -> None:
        story = started(TWICE)
        story.give(FAILED, "system")
        story.give(FAILED, "system")
        (reason,) = story.reasons(PASSED, "system")
        assert reason.code == "attempts_are_left"
        assert reason.text == "no attempt at the exam is left: 2 of 2 were made in this cycle"
        assert reason.opens_at is None

    def test_without_a_limit_there_is_always_one_more(self) -> None:
        story = started(FREE)
        for _ in range(20):
            story.give(FAILED, "system")
        story.give(PASSED, "system")

    def test_a_struck_attempt_was_none(self) -> None:
        story = used_up()
        story.give(Strike(entry=4))
        story.give(PASSED, "system")


class TestStepsFirst:
    FIRST = with_exam(ExamRules(steps_first=True))

    def test_refused_until_every_step_is_done(self) -> None:
        story = started(self.FIRST)
        (reason,) = story.reasons(PASSED, "system")
        assert reason.code == "steps_are_done"
        assert reason.text == "every step must be done before the exam; the open steps are: course"
        story.give(COURSE, "system")
        assert story.give(PASSED, "system").after is Status.CERTIFIED


class TestCoolDown:
    """The next attempt follows a period later, by the calendar and the clock of the zone."""

    def certified_in(self, zone: str, cool_down: str) -> Story:
        rules = ExamRules(cool_down=Period.parse(cool_down))
        policy = Policy(time_zone=zone, validity=FromCompletion(period=P1Y), exam=rules)
        return started(certification(policy, initial=ONE_STEP_AND_EXAM))

    def test_the_instant_before_it_is_over_and_on_it(self) -> None:
        story = self.certified_in("UTC", "P7D")
        story.give(FAILED, "system", "2025-01-03 10:00")
        for now in ("2025-01-03 10:00", "2025-01-09 23:59", "2025-01-10 09:59:59.999999"):
            (reason,) = story.reasons(PASSED, "system", now)
            assert reason.code == "cool_down_is_over"
            assert reason.text == "the cool-down after the last attempt at the exam is not over"
            assert reason.opens_at == instant("2025-01-10 10:00")
        story.give(PASSED, "system", "2025-01-10 10:00")

    def test_a_day_of_twenty_three_hours(self) -> None:
        story = self.certified_in("Europe/Madrid", "P1D")
        story.give(FAILED, "system", "2025-03-29 09:00")
        opens_at = instant("2025-03-30 08:00")
        story.now = opens_at - MOMENT
        (reason,) = story.reasons(FAILED, "system")
        assert reason.opens_at == opens_at
        story.now = opens_at
        story.give(FAILED, "system")

    def test_a_month_from_its_last_day(self) -> None:
        story = self.certified_in("UTC", "P1M")
        story.give(FAILED, "system", "2025-01-31")
        assert story.refused(FAILED, "system", "2025-02-27 23:59") == ["cool_down_is_over"]
        story.give(FAILED, "system", "2025-02-28")

    def test_it_counts_from_the_last_attempt(self) -> None:
        story = self.certified_in("UTC", "P7D")
        story.give(FAILED, "system", "2025-01-03")
        story.give(FAILED, "system", "2025-01-12")
        assert story.refused(FAILED, "system", "2025-01-18 23:59") == ["cool_down_is_over"]
        story.give(FAILED, "system", "2025-01-19")

    def test_one_that_never_ends(self) -> None:
        story = self.certified_in("UTC", "P9000Y")
        story.give(FAILED, "system")
        (reason,) = story.reasons(FAILED, "system", "2026-01-01")
        assert (reason.code, reason.opens_at) == ("cool_down_is_over", None)

    def test_none_for_the_first_attempt_of_the_next_cycle(self) -> None:
        story = self.certified_in("UTC", "P7D")
        story.give(FAILED, "system", "2025-01-03")
        story.give(RevokeAccess())
        story.give(StartRecertification(), "learner:ann")
        story.give(Start(), "learner:ann")
        story.give(FAILED, "system", "2025-01-04")

    def test_the_same_instant_again_without_one(self) -> None:
        story = started(FREE)
        story.give(FAILED, "system")
        story.give(FAILED, "system")


class TestRow17ApproveExam:
    def test_what_it_records(self) -> None:
        story = held()
        given = story.give(ApproveExam(request=3), "approver:bo")
        assert tags(given) == ["exam_approved"]
        assert statuses(given) == (Status.IN_PROGRESS, Status.IN_PROGRESS)
        assert [notice.kind for notice in given.notices] == ["exam_approved"]
        assert outcomes(story) == [AttemptOutcome.PASSED]
        assert states(story) == [RequestState.APPROVED]
        assert not story.enrollment.cycles[0].exam_is_missing

    def test_from_pending_approval_it_earns_the_certificate(self) -> None:
        story = held()
        story.give(COURSE, "system")
        given = story.give(ApproveExam(request=3), "approver:bo", "2025-01-20")
        assert tags(given) == ["exam_approved", "certificate_issued"]
        assert statuses(given) == (Status.PENDING_APPROVAL, Status.CERTIFIED)
        assert story.enrollment.certificates[0].terms.issued_on == date(2025, 1, 20)

    def test_who_may(self) -> None:
        assert held().who_may(ApproveExam(request=3)) == {"approver"}
        assert held().refused(ApproveExam(request=3), HIMSELF) == ["nobody_for_himself"]

    def test_nothing_is_held(self) -> None:
        for story, number in ((started(HELD), 3), (held(), 2)):
            assert story.refused(ApproveExam(request=number), "approver:bo") == ["request_is_open"]
        (reason,) = held().reasons(ApproveExam(request=2), "approver:bo")
        assert reason.text == "no such request is waiting; the waiting requests are: 3"

    def test_once(self) -> None:
        story = held()
        story.give(ApproveExam(request=3), "approver:bo")
        assert story.refused(ApproveExam(request=3), "approver:bo") == ["request_is_open"]


class TestRow18DenyExam:
    def test_the_attempt_counts_as_failed_and_counts_nothing_again(self) -> None:
        story = held()
        given = story.give(DenyExam(request=3), "approver:bo")
        assert tags(given) == ["exam_denied"]
        assert statuses(given) == (Status.IN_PROGRESS, Status.IN_PROGRESS)
        assert [notice.kind for notice in given.notices] == ["exam_denied"]
        assert outcomes(story) == [AttemptOutcome.FAILED]
        assert states(story) == [RequestState.DENIED]
        story.give(PASSED, "system")  # the second of two
        story.give(DenyExam(request=5), "approver:bo")
        assert outcomes(story) == [AttemptOutcome.FAILED] * 2
        assert story.refused(PASSED, "system") == ["attempts_are_left"]

    def test_from_pending_approval_back_into_the_cycle(self) -> None:
        story = held()
        story.give(COURSE, "system")
        given = story.give(DenyExam(request=3), "approver:bo")
        assert statuses(given) == (Status.PENDING_APPROVAL, Status.IN_PROGRESS)

    def test_from_pending_approval_back_into_the_recertification(self) -> None:
        story = Story(HELD)
        story.give(Award())
        story.give(ForceRecertification())
        story.give(COURSE, "system")
        assert story.give(PASSED, "system").after is Status.PENDING_APPROVAL
        given = story.give(DenyExam(request=4), "approver:bo")
        assert given.after is Status.RECERTIFYING

    def test_who_may(self) -> None:
        assert held().who_may(DenyExam(request=3)) == {"approver"}
        assert held().refused(DenyExam(request=3), HIMSELF) == ["nobody_for_himself"]

    def test_the_cool_down_counts_from_the_attempt(self) -> None:
        story = started(with_exam(ExamRules(cool_down=Period.parse("P7D"), approval=True)))
        story.give(PASSED, "system", "2025-01-03")
        story.give(DenyExam(request=3), "approver:bo", "2025-01-09")
        assert story.refused(PASSED, "system", "2025-01-09 23:59") == ["cool_down_is_over"]
        story.give(PASSED, "system", "2025-01-10")


class TestRow19RequestAttempts:
    def test_what_it_records(self) -> None:
        story = used_up()
        given = story.give(RequestAttempts(), "learner:ann")
        assert tags(given) == ["attempts_requested"]
        assert statuses(given) == (Status.IN_PROGRESS, Status.IN_PROGRESS)
        assert [notice.kind for notice in given.notices] == ["attempts_requested"]
        (request,) = story.enrollment.requests
        assert (request.number, request.kind) == (5, RequestKind.ATTEMPTS)

    def test_who_may(self) -> None:
        assert used_up().who_may(RequestAttempts()) == {"learner"}

    def test_not_while_attempts_are_left(self) -> None:
        story = started(TWICE)
        story.give(FAILED, "system")
        (reason,) = story.reasons(RequestAttempts(), "learner:ann")
        assert reason.code == "attempts_are_used_up"
        assert reason.text == "attempts at the exam are left: 1 of 2 were made in this cycle"
        (reason,) = started(FREE).reasons(RequestAttempts(), "learner:ann")
        assert reason.text == (
            "attempts at the exam are left: 0 of unlimited were made in this cycle"
        )

    def test_one_at_a_time(self) -> None:
        (reason,) = asked().reasons(RequestAttempts(), "learner:ann")
        assert reason.code == "no_attempts_request_is_open"
        assert reason.text == "a request for more attempts is already waiting"

    def test_not_for_an_exam_that_is_not_there_passed_or_held(self) -> None:
        assert started(FROM_COMPLETION).refused(RequestAttempts(), "learner:ann") == [
            "version_has_an_exam",
            "attempts_are_used_up",
        ]
        story = started(with_exam(ExamRules(attempts=1)))
        story.give(PASSED, "system")
        assert story.refused(RequestAttempts(), "learner:ann") == ["exam_is_open"]
        story = started(with_exam(ExamRules(attempts=1, approval=True)))
        story.give(PASSED, "system")
        assert story.refused(RequestAttempts(), "learner:ann") == ["exam_is_open"]

    def test_an_inactive_learner(self) -> None:
        story = used_up()
        story.case = evolve(story.case, learner=evolve(ANN, active=False))
        assert story.refused(RequestAttempts(), "learner:ann") == ["learner_is_active"]

    def test_it_alone_is_no_approval_that_is_left(self) -> None:
        story = used_up()
        story.give(COURSE, "system")
        assert story.give(RequestAttempts(), "learner:ann").after is Status.IN_PROGRESS


class TestRow20GrantAndDenyAttempts:
    def test_granted(self) -> None:
        story = asked()
        given = story.give(GrantAttempts(request=5, count=2), "approver:bo")
        assert tags(given) == ["attempts_granted"]
        assert statuses(given) == (Status.IN_PROGRESS, Status.IN_PROGRESS)
        assert [notice.kind for notice in given.notices] == ["attempts_granted"]
        assert states(story) == [RequestState.APPROVED]
        assert story.enrollment.cycles[0].granted == 2
        story.give(FAILED, "system")
        story.give(FAILED, "system")
        (reason,) = story.reasons(FAILED, "system")
        assert reason.text == "no attempt at the exam is left: 4 of 4 were made in this cycle"

    def test_one_unless_it_says_more(self) -> None:
        story = asked()
        story.give(GrantAttempts(request=5), "approver:bo")
        story.give(FAILED, "system")
        assert story.refused(FAILED, "system") == ["attempts_are_left"]
        story.give(RequestAttempts(), "learner:ann")

    def test_what_is_granted_adds_up(self) -> None:
        story = asked()
        story.give(GrantAttempts(request=5), "approver:bo")
        story.give(FAILED, "system")
        story.give(RequestAttempts(), "learner:ann")
        story.give(GrantAttempts(request=8), "approver:bo")
        assert story.enrollment.cycles[0].granted == 2
        story.give(FAILED, "system")
        assert story.refused(FAILED, "system") == ["attempts_are_left"]

    def test_denied(self) -> None:
        story = asked()
        given = story.give(DenyAttempts(request=5), "approver:bo")
        assert tags(given) == ["attempts_denied"]
        assert statuses(given) == (Status.IN_PROGRESS, Status.IN_PROGRESS)
        assert [notice.kind for notice in given.notices] == ["attempts_denied"]
        assert states(story) == [RequestState.DENIED]
        assert story.refused(FAILED, "system") == ["attempts_are_left"]
        story.give(RequestAttempts(), "learner:ann")

    @pytest.mark.parametrize("command", [GrantAttempts(request=5), DenyAttempts(request=5)])
    def test_who_may(self, command: Command) -> None:
        assert asked().who_may(command) == {"approver"}
        assert asked().refused(command, HIMSELF) == ["nobody_for_himself"]

    @pytest.mark.parametrize("command", [GrantAttempts(request=3), DenyAttempts(request=9)])
    def test_a_request_that_is_not_there(self, command: Command) -> None:
        (reason,) = asked().reasons(command, "approver:bo")
        assert reason.code == "request_is_open"
        assert reason.text == "no such request is waiting; the waiting requests are: 5"

    def test_granted_in_this_cycle_only(self) -> None:
        story = Story(TWICE)
        story.give(Award())
        story.give(StartRecertification(), "learner:ann", "2025-06-01")
        story.give(FAILED, "system")
        story.give(FAILED, "system")
        story.give(RequestAttempts(), "learner:ann")
        story.give(GrantAttempts(request=5, count=3), "approver:bo")
        story.give(RevokeAccess())
        story.give(StartRecertification(), "learner:ann")
        assert story.enrollment.cycles[-1].granted == 0
        story.give(FAILED, "system")  # and the attempts begin again
        story.give(FAILED, "system")
        assert story.refused(FAILED, "system") == ["attempts_are_left"]

    def test_a_request_of_an_ended_cycle_is_superseded(self) -> None:
        story = Story(TWICE)
        story.give(Award())
        story.give(StartRecertification(), "learner:ann", "2025-06-01")
        story.give(FAILED, "system")
        story.give(FAILED, "system")
        story.give(RequestAttempts(), "learner:ann")
        story.give(RevokeAccess())
        assert states(story) == [RequestState.SUPERSEDED]
        story.give(StartRecertification(), "learner:ann")
        assert story.refused(GrantAttempts(request=5), "approver:bo") == ["request_is_open"]

    def test_overriding_the_exam_closes_it(self) -> None:
        story = asked()
        story.give(OverrideExam())
        assert states(story) == [RequestState.CLOSED]
        assert story.refused(GrantAttempts(request=5), "approver:bo") == ["request_is_open"]
