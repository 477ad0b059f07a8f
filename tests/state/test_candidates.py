"""What an exploration tries in a situation, and until when it waits."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from certlib.policies import Deadlines, ExamRules, Fee, FromCompletion, InitialDeadline, Policy
from certlib.state import AssignmentSource, Command, Status
from certlib.state._rows import TABLE
from certlib.state.commands import (
    ApproveEvidence,
    ApproveExam,
    Assign,
    Award,
    CompleteStep,
    DenyAttempts,
    DenyEvidence,
    DenyExam,
    Enroll,
    ExtendCertificate,
    ExtendDeadline,
    GrantAttempts,
    MoveToVersion,
    RecordExam,
    RecordPayment,
    RecordTestOut,
    RequestAttempts,
    StartRecertification,
    Strike,
    SubmitEvidence,
    Unassign,
)
from certlib.testing.exploration import CANDIDATES, instants_ahead, worth_giving
from certlib.transcript import CompletionKey
from tests.state.sample import (
    EVIDENCE,
    FIXED_DATES,
    FOREVER,
    FROM_COMPLETION,
    P1Y,
    certification,
    with_exam,
)
from tests.state.story import Story, instant, reached, started

ABOUT_REQUESTS = (ApproveEvidence, DenyEvidence, ApproveExam, DenyExam, GrantAttempts, DenyAttempts)


def tried(story: Story, kind: type[Command]) -> list[Command]:
    return list(worth_giving(CANDIDATES, kind, story.case, story.now))


class TestAssignments:
    def test_by_hand_by_a_plan_with_a_due_day_and_by_a_rule(self) -> None:
        # 23:30 UTC is the next day in Madrid, and the due day is one of the certification's zone.
        story = Story(FIXED_DATES, now="2025-01-01 23:30")
        assert tried(story, Assign) == [
            Assign(),
            Assign(reference="plan-1", due_on=date(2025, 1, 22)),
            Assign(source=AssignmentSource.RULE, reference="rule-1"),
        ]

    def test_each_one_there_is_taken_back(self) -> None:
        story = Story(FROM_COMPLETION)
        assert tried(story, Unassign) == []
        story.give(Assign())
        story.give(Assign(source=AssignmentSource.RULE, reference="rule-1"))
        assert tried(story, Unassign) == [
            Unassign(),
            Unassign(source=AssignmentSource.RULE, reference="rule-1"),
        ]


class TestWithinACycle:
    def test_the_steps_that_are_missing(self) -> None:
        story = started(EVIDENCE)
        assert tried(story, CompleteStep) == [CompleteStep(step=s) for s in ("course", "visit")]
        story.give(CompleteStep(step="course"), "system")
        assert tried(story, CompleteStep) == [CompleteStep(step="visit")]
        assert tried(story, SubmitEvidence) == [SubmitEvidence(step="visit")]
        assert tried(story, RecordTestOut) == [
            RecordTestOut(step="visit", passed=True),
            RecordTestOut(step="visit", passed=False),
        ]

    @pytest.mark.parametrize("kind", [CompleteStep, SubmitEvidence, RecordTestOut, *ABOUT_REQUESTS])
    def test_outside_one_there_is_nothing_to_try(self, kind: type[Command]) -> None:
        assert tried(Story(EVIDENCE), kind) == []

    def test_evidence_that_waits_is_approved_and_denied(self) -> None:
        story = reached()[Status.PENDING_APPROVAL]
        assert tried(story, ApproveEvidence) == [ApproveEvidence(request=n) for n in (3, 4)]
        assert tried(story, DenyEvidence) == [DenyEvidence(request=n) for n in (3, 4)]
        for kind in (ApproveExam, DenyExam, GrantAttempts, DenyAttempts):
            assert tried(story, kind) == []

    def test_an_exam_is_passed_and_failed(self) -> None:
        assert tried(Story(EVIDENCE), RecordExam) == [
            RecordExam(passed=True),
            RecordExam(passed=False),
        ]

    def test_a_held_exam_is_approved_and_denied(self) -> None:
        story = started(with_exam(ExamRules(approval=True)))
        story.give(RecordExam(passed=True), "system")
        assert tried(story, ApproveExam) == [ApproveExam(request=3)]
        assert tried(story, DenyExam) == [DenyExam(request=3)]
        for kind in (ApproveEvidence, DenyEvidence, GrantAttempts, DenyAttempts):
            assert tried(story, kind) == []

    def test_attempts_asked_for_are_granted_and_denied(self) -> None:
        story = started(with_exam(ExamRules(attempts=1)))
        story.give(RecordExam(passed=False), "system")
        story.give(RequestAttempts(), "learner:ann")
        assert tried(story, GrantAttempts) == [GrantAttempts(request=4)]
        assert tried(story, DenyAttempts) == [DenyAttempts(request=4)]
        for kind in (ApproveEvidence, DenyEvidence, ApproveExam, DenyExam):
            assert tried(story, kind) == []


def test_every_fee_is_paid() -> None:
    expected = [RecordPayment(fee=fee, reference="receipt-1") for fee in Fee]
    assert tried(Story(FROM_COMPLETION), RecordPayment) == expected


def test_each_version_with_and_without_new_dates() -> None:
    expected = [MoveToVersion(version=1), MoveToVersion(version=1, redate=True)]
    assert tried(Story(FROM_COMPLETION), MoveToVersion) == expected


def test_a_recertification_also_for_a_completion_of_this_instant() -> None:
    story = Story(FROM_COMPLETION)
    because = (CompletionKey(training="course", at=story.now),)
    expected = [StartRecertification(), StartRecertification(because=because)]
    assert tried(story, StartRecertification) == expected


class TestExtensions:
    """Certified on 3 March 2025 for a year, through 3 March 2026."""

    def story(self, now: str) -> Story:
        story = Story(FROM_COMPLETION, now="2025-03-03")
        story.give(Award())
        return story.wait(now)

    def days(self, story: Story) -> list[date]:
        found = tried(story, ExtendCertificate)
        return [each.until for each in found if isinstance(each, ExtendCertificate)]

    def test_while_it_is_valid(self) -> None:
        assert self.days(self.story("2025-06-01")) == [
            date(2026, 3, 4),  # a day later
            date(2025, 5, 31),  # a day that is over
            date(2026, 3, 23),  # well ahead of its last day
        ]

    def test_when_it_is_over(self) -> None:
        assert self.days(self.story("2026-03-20")) == [
            date(2026, 3, 4),
            date(2026, 3, 19),  # over, and its grace is not
            date(2026, 4, 9),  # well ahead of today
        ]

    def test_the_same_day_is_tried_once(self) -> None:
        assert self.days(self.story("2026-03-05")) == [date(2026, 3, 4), date(2026, 3, 25)]

    def test_today_is_a_day_of_the_certifications_zone(self) -> None:
        story = Story(FIXED_DATES, now="2025-01-01 23:30")
        story.give(Award())
        assert self.days(story)[1] == date(2025, 1, 1)

    def test_without_an_end_there_is_nothing_to_extend(self) -> None:
        assert self.days(Story(FROM_COMPLETION)) == []
        story = Story(FOREVER)
        story.give(Award())
        assert self.days(story) == []


class TestDeadlines:
    """Later than the due day, and later than anything: that day, the certificate's last, today."""

    DUE = certification(
        Policy(
            validity=FromCompletion(period=P1Y),
            deadlines=Deadlines(initial=InitialDeadline(due=P1Y)),
        )
    )

    def days(self, story: Story) -> list[date]:
        found = tried(story, ExtendDeadline)
        return [each.until for each in found if isinstance(each, ExtendDeadline)]

    def test_with_a_due_day(self) -> None:
        story = Story(self.DUE, now="2025-03-03")
        story.give(Assign())
        due = date(2026, 3, 3)
        expected = [due + timedelta(days=days) for days in (1, 20, 400)]
        assert self.days(story) == expected
        story.wait("2027-01-01")
        today = date(2027, 1, 1)
        assert self.days(story) == [
            date(2026, 3, 4),
            today + timedelta(days=20),
            today + timedelta(days=400),
        ]

    def test_without_one(self) -> None:
        story = Story(FIXED_DATES, now="2025-01-01 23:30")
        today = date(2025, 1, 2)
        assert self.days(story) == [today + timedelta(days=days) for days in (1, 20, 400)]

    def test_with_a_certificate(self) -> None:
        story = Story(FROM_COMPLETION, now="2025-03-03")
        story.give(Award())
        last = date(2026, 3, 3)
        assert self.days(story) == [
            date(2025, 3, 4),
            last + timedelta(days=20),
            last + timedelta(days=400),
        ]

    def test_when_all_of_it_is_over_it_is_today_that_counts(self) -> None:
        story = reached()[Status.RECERTIFYING].wait("2027-01-01")
        today = date(2027, 1, 1)
        assert self.days(story) == [
            date(2026, 1, 2),  # a day after the due day, which is the certificate's last
            today + timedelta(days=20),
            today + timedelta(days=400),
        ]


class TestAwards:
    NOW = "2025-03-03 12:00"

    def test_now_with_a_day_for_good_and_one_that_is_over(self) -> None:
        story = Story(FROM_COMPLETION, now=self.NOW)
        assert tried(story, Award) == [
            Award(),
            Award(expires_on=date(2025, 3, 23)),
            Award(always_valid=True),
            Award(at=instant("2025-01-22 12:00"), expires_on=date(2025, 2, 11)),
        ]

    def test_before_everything_and_between_the_last_instants(self) -> None:
        story = Story(FROM_COMPLETION, now="2025-01-01")
        for day in ("2025-01-01", "2025-01-06", "2025-01-11", "2025-01-21", "2025-01-31"):
            story.give(Assign(reference=day), now=day)
        story.wait(self.NOW)
        assert tried(story, Award)[4:] == [
            Award(at=instant("2024-12-12")),
            Award(at=instant("2023-11-28")),
            Award(at=instant("2024-12-12"), expires_on=date(2025, 3, 2)),
            Award(at=instant("2023-11-28"), expires_on=date(2024, 12, 12)),
            Award(at=instant("2025-01-16")),
            Award(at=instant("2025-01-26")),
        ]

    def test_on_the_first_day_what_was_before_ends_on_it(self) -> None:
        story = Story(FROM_COMPLETION, now="2025-01-01")
        story.give(Assign())
        assert Award(at=instant("2024-12-12"), expires_on=date(2025, 1, 1)) in tried(story, Award)

    def test_days_are_those_of_the_certifications_zone(self) -> None:
        story = Story(FIXED_DATES, now="2025-01-01 23:30")
        story.give(Assign())
        assert tried(story, Award)[1] == Award(expires_on=date(2025, 1, 22))
        before = Award(at=instant("2023-11-28 23:30"), expires_on=date(2024, 12, 13))
        assert before in tried(story, Award)


def test_every_entry_that_is_not_struck_is_struck() -> None:
    story = started(EVIDENCE)
    assert tried(story, Strike) == [Strike(entry=1), Strike(entry=2)]
    story.give(Strike(entry=2))
    assert tried(story, Strike) == [Strike(entry=1), Strike(entry=3)]


class TestOtherCommands:
    def test_one_that_needs_no_field_is_tried_as_it_is(self) -> None:
        assert tried(Story(EVIDENCE), Enroll) == [Enroll()]
        assert worth_giving({}, Award, Story(EVIDENCE).case, instant("2025-01-01")) == (Award(),)

    def test_one_that_does_is_not_without_a_candidate(self) -> None:
        needing = [kind for kind in TABLE.commands if kind.required_fields()]
        assert needing
        for kind in needing:
            assert worth_giving({}, kind, Story(EVIDENCE).case, instant("2025-01-01")) == ()


class TestWaiting:
    def test_a_day_and_up_to_each_change_point_and_a_day_beyond(self) -> None:
        story = Story(FROM_COMPLETION, now="2025-03-03")
        assert instants_ahead(story.case, story.now) == (instant("2025-03-04"),)
        story.give(Award())
        assert instants_ahead(story.case, story.now) == (
            instant("2025-03-04"),
            instant("2026-03-04"),  # it expires
            instant("2026-03-05"),
            instant("2026-04-03"),  # its grace ends
            instant("2026-04-04"),
        )
