"""Row 36, P8 and R5: due days, what a hard deadline refuses and what passes, and extensions of it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from attrs import evolve

from certlib.actors import Actor, Role
from certlib.certifications import Certification
from certlib.periods import Period
from certlib.policies import (
    Deadlines,
    ExamRules,
    Fee,
    Fees,
    FromCompletion,
    Grace,
    InitialDeadline,
    Policy,
    RecertificationDeadline,
)
from certlib.state import AssignmentSource, Due, Status
from certlib.state.commands import (
    ApproveEvidence,
    ApproveExam,
    Assign,
    Award,
    Command,
    CompleteStep,
    DenyEvidence,
    DenyExam,
    Enroll,
    ExtendCertificate,
    ExtendDeadline,
    ForceRecertification,
    GrantAttempts,
    OverrideExam,
    OverridePayment,
    OverrideTraining,
    RecordExam,
    RecordPayment,
    RecordTestOut,
    RequestAttempts,
    RevokeAccess,
    Start,
    StartRecertification,
    Strike,
    SubmitEvidence,
    Unassign,
)
from tests.state.sample import (
    FREE,
    FROM_COMPLETION,
    P1Y,
    P30D,
    PATHS,
    PATHS_AND_EXAM,
    certification,
)
from tests.state.story import ANN, Story, instant, reached, started, statuses, tags

MOMENT = timedelta(microseconds=1)
LAST_MOMENT = "2025-01-31 23:59:59.999999"
TOO_LATE = "2025-02-01"
HIMSELF = Actor(role=Role.ADMIN, id="ann")


def due(
    *,
    initial: Period | date | None = P30D,
    again: Period | None = P30D,
    hard: bool = True,
    zone: str = "UTC",
    fees: Fees = FREE,
) -> Certification:
    """Steps and an exam; 30 days from the assignment, and from the last valid day."""
    deadlines = Deadlines(
        initial=InitialDeadline(due=initial, hard=hard),
        recertification=RecertificationDeadline(due=again, hard=hard),
    )
    policy = Policy(
        time_zone=zone,
        validity=FromCompletion(period=P1Y),
        grace=Grace(period=P30D),
        exam=ExamRules(attempts=2, approval=True),
        fees=fees,
        deadlines=deadlines,
    )
    return certification(policy, code="DUE-1", initial=PATHS_AND_EXAM, recertification=PATHS)


HARD = due()
SOFT = due(hard=False)

NEW = [
    (CompleteStep(step="course"), "system"),
    (SubmitEvidence(step="course"), "learner:ann"),
    (RecordTestOut(step="course", passed=True), "system"),
    (RecordExam(passed=True), "system"),
]
"""Rows 11, 12, 15 and 16: what counts as new."""


def awarded(certification_: Certification = HARD, now: str = "2025-01-01") -> Story:
    """Valid through 1 January 2026, in grace through the 31st, a recertification due on the same day."""
    story = Story(certification_, now=now)
    story.give(Award())
    return story


def until(text: str) -> ExtendDeadline:
    return ExtendDeadline(until=date.fromisoformat(text))


def the_due(story: Story) -> Due:
    found = story.enrollment.due
    assert found is not None
    return found


class TestAHardDeadline:
    """Nothing new counts after it (R5)."""

    @pytest.mark.parametrize(("command", "by"), NEW)
    def test_the_last_moment_and_the_next(self, command: Command, by: str) -> None:
        story = started(HARD)
        assert the_due(story).day == date(2025, 1, 31)
        for now in (TOO_LATE, "2025-02-02"):
            (reason,) = story.reasons(command, by, now)
            assert reason.code == "deadline_is_ahead"
            assert reason.text == "the deadline has passed: nothing new counts after 2025-01-31"
            assert reason.opens_at is None
        story.give(command, by, LAST_MOMENT)

    @pytest.mark.parametrize(("command", "by"), NEW)
    def test_it_is_judged_by_the_instant_at_which_it_took_effect(
        self, command: Command, by: str
    ) -> None:
        story = started(HARD)
        story.give(evolve(command, at=instant(LAST_MOMENT)), by, "2025-03-01")
        assert story.refused(
            evolve(CompleteStep(step="visit"), at=instant(TOO_LATE)), "system"
        ) == ["deadline_is_ahead"]

    @pytest.mark.parametrize(("command", "by"), NEW)
    def test_a_soft_one_refuses_nothing(self, command: Command, by: str) -> None:
        story = started(SOFT)
        story.give(command, by, "2025-06-01")
        assert story.enrollment.is_overdue_at(story.now)

    def test_the_day_is_one_of_the_zone(self) -> None:
        story = started(due(zone="Europe/Madrid"))
        assert the_due(story).passes_at == instant("2025-01-31 23:00")
        story.now = instant("2025-01-31 23:00")
        assert story.refused(CompleteStep(step="course"), "system") == ["deadline_is_ahead"]
        story.now -= MOMENT
        story.give(CompleteStep(step="course"), "system")

    def test_starting_is_not_refused(self) -> None:
        story = Story(HARD)
        story.give(Enroll(), "learner:ann")
        story.give(Start(), "learner:ann", "2025-06-01")

    def test_paying_and_waiving_are_not_refused(self) -> None:
        story = Story(due(fees=Fees(certification=True, exam=True)))
        story.give(Enroll(), "learner:ann")
        story.give(OverridePayment(), now="2025-06-01")
        story.give(Start(), "learner:ann")
        story.give(RecordPayment(fee=Fee.EXAM), "system")

    def test_what_came_in_time_is_approved(self) -> None:
        story = started(HARD)
        for step in ("course", "visit"):
            story.give(SubmitEvidence(step=step), "learner:ann", "2025-01-31")
        story.give(RecordExam(passed=True), "system")
        story.give(ApproveEvidence(request=3), "approver:bo", "2025-06-01")
        story.give(ApproveExam(request=5), "approver:bo")
        assert story.give(ApproveEvidence(request=4), "approver:bo").after is Status.CERTIFIED

    def test_denials_are_not_refused_and_the_step_cannot_come_again(self) -> None:
        story = started(HARD)
        story.give(SubmitEvidence(step="course"), "learner:ann", "2025-01-31")
        story.give(RecordExam(passed=True), "system")
        story.give(DenyEvidence(request=3), "approver:bo", "2025-06-01")
        story.give(DenyExam(request=4), "approver:bo")
        assert story.refused(SubmitEvidence(step="course"), "learner:ann") == ["deadline_is_ahead"]

    def test_more_attempts_are_asked_for_and_granted(self) -> None:
        story = started(HARD)
        story.give(RecordExam(passed=False), "system")
        story.give(RecordExam(passed=False), "system")
        story.give(RequestAttempts(), "learner:ann", "2025-06-01")
        story.give(GrantAttempts(request=5), "approver:bo")
        assert story.refused(RecordExam(passed=True), "system") == ["deadline_is_ahead"]

    def test_overrides_pass(self) -> None:
        story = started(HARD)
        story.give(OverrideTraining(), now="2025-06-01")
        assert story.give(OverrideExam()).after is Status.CERTIFIED

    def test_awards_and_revocations_pass(self) -> None:
        assert started(HARD).give(Award(), now="2025-06-01").after is Status.CERTIFIED
        assert started(HARD).give(RevokeAccess(), now="2025-06-01").after is Status.REVOKED

    def test_no_deadline_no_refusal(self) -> None:
        story = started(due(initial=None))
        assert story.enrollment.due is None
        story.give(CompleteStep(step="course"), "system", "2035-01-01")


class TestAFixedDay:
    def test_the_same_for_all(self) -> None:
        story = started(due(initial=date(2025, 6, 30)))
        assert the_due(story).day == date(2025, 6, 30)
        story.give(CompleteStep(step="course"), "system", "2025-06-30 23:59")
        assert story.refused(CompleteStep(step="visit"), "system", "2025-07-01") == [
            "deadline_is_ahead"
        ]


class TestDueDaysOfAssignments:
    """The latest wins; one without a date lifts nothing, unassigning moves nothing back (P8)."""

    def assign(self, reference: str, due_on: date | None) -> Assign:
        return Assign(reference=reference, due_on=due_on)

    def test_by_the_policy_from_the_day_of_the_assignment(self) -> None:
        story = Story(HARD)
        story.give(Assign())
        assert the_due(story) == Due(on=date(2025, 1, 31), hard=True)

    def test_the_latest_of_several_in_any_order(self) -> None:
        days = [date(2025, 3, 1), date(2025, 5, 1), date(2025, 2, 1)]
        for order in ((0, 1, 2), (2, 1, 0), (1, 0, 2)):
            story = Story(HARD)
            for each in order:
                story.give(self.assign(f"plan-{each}", days[each]))
            assert the_due(story).day == date(2025, 5, 1)
            story.give(Enroll(), "learner:ann")
            assert the_due(story).day == date(2025, 5, 1)

    def test_one_without_a_date_lifts_nothing(self) -> None:
        story = Story(HARD)
        story.give(self.assign("plan-1", date(2025, 3, 1)))
        story.give(self.assign("plan-2", None))
        assert the_due(story).day == date(2025, 3, 1)
        alone = Story(HARD)
        alone.give(self.assign("plan-2", None))
        assert alone.enrollment.due is None

    def test_unassigning_moves_nothing_back(self) -> None:
        story = Story(HARD)
        story.give(self.assign("plan-1", date(2025, 5, 1)))
        story.give(self.assign("plan-2", date(2025, 3, 1)))
        story.give(Unassign(reference="plan-1"))
        assert the_due(story).day == date(2025, 5, 1)

    def test_after_the_last_one_went_nothing_is_due(self) -> None:
        story = Story(HARD)
        story.give(self.assign("plan-1", date(2025, 5, 1)))
        story.give(Unassign(reference="plan-1"))
        assert story.enrollment.due is None
        story.give(self.assign("plan-2", date(2025, 3, 1)))
        assert the_due(story).day == date(2025, 3, 1)

    def test_in_an_open_initial_cycle_a_later_one_moves_it(self) -> None:
        story = started(HARD)
        story.give(self.assign("plan-1", date(2025, 1, 15)))
        assert the_due(story).day == date(2025, 1, 31)
        story.give(self.assign("plan-2", date(2025, 6, 1)))
        assert the_due(story).day == date(2025, 6, 1)
        story.give(CompleteStep(step="course"), "system", "2025-06-01")

    def test_in_a_recertification_none_does(self) -> None:
        story = awarded()
        story.give(StartRecertification(), "learner:ann", "2025-06-01")
        before = the_due(story)
        story.give(self.assign("plan-1", date(2030, 1, 1)))
        assert the_due(story) == before

    def test_without_a_version_there_is_no_rule(self) -> None:
        story = Story(HARD)
        story.give(self.assign("plan-1", date(2025, 3, 1)))
        story.case = evolve(story.case, certification=evolve(HARD, versions=()))
        story.give(Assign(reference="plan-2"))
        story.give(self.assign("plan-3", date(2025, 4, 1)))
        given = [each.due_on for each in story.enrollment.assignments]
        assert given == [date(2025, 3, 1), None, date(2025, 4, 1)]
        assert the_due(story).day == date(2025, 4, 1)

    def test_the_day_is_one_that_there_is(self) -> None:
        story = Story(HARD)
        assert story.refused(self.assign("plan-1", date(9001, 1, 1))) == ["date_in_range"]

    def test_imports_and_rules_have_due_days_too(self) -> None:
        story = Story(HARD)
        story.give(Assign(source=AssignmentSource.RULE, reference="rule-1"), "system")
        assert the_due(story).day == date(2025, 1, 31)


class TestRecertificationTooLate:
    """Rows 25 and 26: the deadline of the recertification about to begin (R5)."""

    def test_the_last_day_and_the_day_after(self) -> None:
        given = awarded().give(StartRecertification(), "learner:ann", "2026-01-31 23:59")
        assert statuses(given) == (Status.EXPIRED, Status.RECERTIFYING)
        story = awarded().wait("2026-02-01")
        for by in ("learner:ann", "system"):
            (reason,) = story.reasons(StartRecertification(), by)
            assert reason.code == "deadline_is_ahead"
            assert reason.text == "the deadline has passed: nothing new counts after 2026-01-31"

    def test_while_expired(self) -> None:
        story = awarded(due(again=Period.parse("P10D")))
        story.give(StartRecertification(), "learner:ann", "2026-01-11")
        story = awarded(due(again=Period.parse("P10D"))).wait("2026-01-12")
        assert story.status is Status.EXPIRED
        assert story.refused(StartRecertification(), "learner:ann") == ["deadline_is_ahead"]

    def test_while_certified_where_the_versions_day_is_over_earlier(self) -> None:
        """The certificate is of a zone whose days end later than those of the version to come."""
        second = evolve(
            due(zone="Pacific/Auckland", again=Period()).versions[0],
            number=2,
            published_on=date(2025, 2, 1),
        )
        story = awarded()
        versions = (*HARD.versions, second)
        story.case = evolve(story.case, certification=evolve(HARD, versions=versions))
        passes_at = instant("2026-01-01 11:00")
        story.now = passes_at
        assert story.status is Status.CERTIFIED
        assert story.refused(StartRecertification(), "learner:ann") == ["deadline_is_ahead"]
        assert story.refused(until("2026-02-01")) == ["deadline_is_ahead"]
        story.now -= MOMENT
        story.give(StartRecertification(), "learner:ann")

    def test_a_soft_one_refuses_nothing(self) -> None:
        story = awarded(SOFT)
        story.give(StartRecertification(), "learner:ann", "2026-06-01")
        assert story.enrollment.is_overdue_at(story.now)

    def test_without_one_or_without_an_end_nothing_is_refused(self) -> None:
        awarded(due(again=None)).give(StartRecertification(), "learner:ann", "2030-01-01")
        story = Story(HARD)
        story.give(Award(always_valid=True))
        story.give(StartRecertification(), "learner:ann", "2030-01-01")
        assert story.enrollment.due is None

    def test_in_the_cycle_the_steps_count_until_the_same_day(self) -> None:
        story = awarded()
        story.give(StartRecertification(), "learner:ann", "2025-06-01")
        assert the_due(story).day == date(2026, 1, 31)
        story.give(CompleteStep(step="course"), "system", "2026-01-31 23:59")
        assert story.refused(CompleteStep(step="visit"), "system", "2026-02-01") == [
            "deadline_is_ahead"
        ]

    def test_extending_the_certificate_moves_it(self) -> None:
        story = awarded()
        story.give(StartRecertification(), "learner:ann", "2025-06-01")
        story.give(ExtendCertificate(until=date(2026, 3, 1)), now="2026-03-01")
        assert the_due(story).day == date(2026, 3, 31)
        beforehand = awarded()
        beforehand.give(ExtendCertificate(until=date(2026, 3, 1)), now="2026-06-01")
        assert beforehand.refused(StartRecertification(), "system") == ["deadline_is_ahead"]
        beforehand.give(ExtendCertificate(until=date(2026, 5, 10)))
        beforehand.give(StartRecertification(), "system", "2026-06-09")

    @pytest.mark.parametrize("command", [ForceRecertification(), RevokeAccess()])
    def test_after_a_revocation_it_counts_from_the_beginning_of_the_cycle(
        self, command: Command
    ) -> None:
        story = awarded().wait("2026-01-15")
        story.give(command)
        if isinstance(command, RevokeAccess):
            story.give(StartRecertification(), "learner:ann")
        assert the_due(story).day == date(2026, 2, 14)
        assert the_due(story).hard

    def test_after_a_revocation_a_period_of_nothing_gives_no_due_day(self) -> None:
        story = awarded(due(again=Period()))
        story.give(ForceRecertification(), now="2025-06-01")
        assert story.enrollment.due is None

    def test_an_initial_cycle_after_a_bar_counts_from_its_own_beginning(self) -> None:
        story = started(HARD)
        story.give(RevokeAccess(), now="2025-06-01")
        story.give(StartRecertification(), "learner:ann")
        assert story.status is Status.NOT_STARTED
        assert the_due(story).day == date(2025, 7, 1)


class TestRow36ExtendDeadline:
    def test_what_it_records(self) -> None:
        story = started(HARD)
        given = story.give(until("2025-03-01"), now="2025-01-20")
        assert tags(given) == ["deadline_extended"]
        assert statuses(given) == (Status.IN_PROGRESS, Status.IN_PROGRESS)
        assert [notice.kind for notice in given.notices] == ["deadline_extended"]
        assert (the_due(story).on, the_due(story).day) == (date(2025, 1, 31), date(2025, 3, 1))

    def test_what_counts_again(self) -> None:
        story = started(HARD).wait("2025-02-10")
        assert story.refused(CompleteStep(step="course"), "system") == ["deadline_is_ahead"]
        story.give(until("2025-03-01"))
        assert story.refused(CompleteStep(step="course"), "system", "2025-03-02") == [
            "deadline_is_ahead"
        ]
        story.give(CompleteStep(step="course"), "system", "2025-03-01 23:59")

    def test_from_each_status_of_a_cycle(self) -> None:
        story = Story(HARD)
        story.give(Enroll(), "learner:ann")
        assert story.give(until("2025-03-01")).after is Status.NOT_STARTED
        story = started(HARD)
        for step in ("course", "visit"):
            story.give(SubmitEvidence(step=step), "learner:ann")
        story.give(RecordExam(passed=True), "system")
        assert story.give(until("2025-03-01")).after is Status.PENDING_APPROVAL
        story = awarded()
        story.give(StartRecertification(), "learner:ann", "2025-06-01")
        assert story.give(until("2026-03-01")).after is Status.RECERTIFYING
        assert the_due(story).day == date(2026, 3, 1)

    def test_who_may(self) -> None:
        assert started(HARD).who_may(until("2025-03-01")) == {"admin"}
        assert started(HARD).refused(until("2025-03-01"), HIMSELF) == ["nobody_for_himself"]
        assert awarded().refused(until("2026-03-01"), HIMSELF) == ["nobody_for_himself"]

    @pytest.mark.parametrize("day", ["2025-01-30", "2025-01-31"])
    def test_a_day_that_is_not_later(self, day: str) -> None:
        (reason,) = started(HARD).reasons(until(day))
        assert reason.code == "new_deadline_is_later"
        assert reason.text == "the new day is not later than the deadline, 2025-01-31"

    def test_the_next_day_is_later(self) -> None:
        story = started(HARD)
        story.give(until("2025-02-01"))
        assert story.refused(until("2025-02-01")) == ["new_deadline_is_later"]
        story.give(until("2025-02-02"))
        assert the_due(story).day == date(2025, 2, 2)

    def test_no_deadline(self) -> None:
        (reason,) = started(FROM_COMPLETION).reasons(until("2025-03-01"))
        assert reason.code == "deadline_is_there"
        assert reason.text == "there is no deadline to extend"

    def test_a_day_that_there_is_not(self) -> None:
        assert started(HARD).refused(ExtendDeadline(until=date(9001, 1, 1))) == ["date_in_range"]
        assert awarded().refused(ExtendDeadline(until=date(9001, 1, 1))) == ["date_in_range"]

    @pytest.mark.parametrize("status", [None, Status.ASSIGNED, Status.REVOKED, Status.DISALLOWED])
    def test_not_where_nothing_is_due(self, status: Status | None) -> None:
        word = status.value if status else "none"
        assert reached()[status].refused(until("2030-01-01")) == [f"not_while_{word}"]

    def test_it_stays_with_its_cycle(self) -> None:
        story = awarded()
        story.give(StartRecertification(), "learner:ann", "2025-06-01")
        story.give(until("2026-06-01"))
        story.give(RevokeAccess())
        story.give(StartRecertification(), "learner:ann")
        assert the_due(story).extended_to is None

    def test_struck_it_never_was(self) -> None:
        story = started(HARD)
        story.give(until("2025-03-01"))
        story.give(Strike(entry=3))
        assert the_due(story).day == date(2025, 1, 31)

    def test_an_assignment_that_is_due_later_still_wins(self) -> None:
        story = started(HARD)
        story.give(until("2025-03-01"))
        story.give(Assign(due_on=date(2025, 6, 1)))
        assert the_due(story).day == date(2025, 6, 1)


class TestRow36Beforehand:
    """The recertification about to begin is due later (R5)."""

    @pytest.mark.parametrize(
        ("now", "status"),
        [("2025-06-01", Status.CERTIFIED), ("2026-01-31", Status.EXPIRED)],
    )
    def test_what_it_records(self, now: str, status: Status) -> None:
        story = awarded().wait(now)
        given = story.give(until("2026-04-01"))
        assert tags(given) == ["next_deadline_extended"]
        assert statuses(given) == (status, status)
        assert [notice.kind for notice in given.notices] == ["deadline_extended"]
        story.give(StartRecertification(), "learner:ann", "2026-04-01")
        assert (the_due(story).day, the_due(story).hard) == (date(2026, 4, 1), True)

    def test_the_day_after_it_is_too_late(self) -> None:
        story = awarded()
        story.give(until("2026-04-01"))
        assert story.refused(StartRecertification(), "learner:ann", "2026-04-02") == [
            "deadline_is_ahead"
        ]

    def test_while_lapsed_and_not_over_yet(self) -> None:
        story = awarded(due(again=Period.parse("P6M"))).wait("2026-06-01")
        given = story.give(until("2026-08-01"))
        assert statuses(given) == (Status.LAPSED, Status.LAPSED)
        story.give(StartRecertification(), "learner:ann", "2026-08-01")

    def test_what_is_over_is_not_opened_again_beforehand(self) -> None:
        """There is no cycle to extend: extending the certificate moves the deadline (E57b)."""
        assert awarded().refused(until("2026-04-01"), now="2026-02-01") == ["deadline_is_ahead"]

    def test_a_soft_one(self) -> None:
        story = awarded(SOFT)
        story.give(until("2026-04-01"), now="2026-03-01")

    def test_who_may(self) -> None:
        assert awarded().who_may(until("2026-04-01")) == {"admin"}

    @pytest.mark.parametrize("day", ["2026-01-30", "2026-01-31"])
    def test_a_day_that_is_not_later(self, day: str) -> None:
        (reason,) = awarded().reasons(until(day))
        assert reason.code == "new_deadline_is_later"
        assert reason.text == "the new day is not later than the deadline, 2026-01-31"

    def test_twice_the_later_day_counts(self) -> None:
        story = awarded()
        story.give(until("2026-04-01"))
        assert story.refused(until("2026-03-01")) == ["new_deadline_is_later"]
        story.give(until("2026-05-01"))
        story.give(StartRecertification(), "learner:ann", "2026-05-01")

    def test_no_deadline(self) -> None:
        assert awarded(due(again=None)).refused(until("2030-01-01")) == ["deadline_is_there"]
        story = Story(HARD)
        story.give(Award(always_valid=True))
        assert story.refused(until("2030-01-01")) == ["deadline_is_there"]

    def test_where_no_version_is_published_nothing_begins(self) -> None:
        story = awarded()
        story.case = evolve(story.case, certification=evolve(HARD, versions=()))
        assert story.refused(until("2026-04-01")) == ["deadline_is_there"]

    def test_a_renewed_certificate_has_none(self) -> None:
        story = awarded()
        story.give(until("2026-04-01"))
        story.give(Award(), now="2025-06-01")
        newest = story.enrollment.newest_certificate
        assert newest is not None
        assert newest.deadline_extended_to is None

    def test_an_inactive_learner(self) -> None:
        story = awarded()
        story.case = evolve(story.case, learner=evolve(ANN, active=False))
        story.give(until("2026-04-01"))
