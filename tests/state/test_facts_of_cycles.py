"""What each fact of a cycle means: steps, evidence, test-outs, the exam, fees, moves (R1 to R8, R14)."""

from __future__ import annotations

from datetime import date

import pytest
from attrs import evolve

from certlib.policies import DueDay, Fee
from certlib.state import Status
from certlib.state import facts as f
from certlib.state._cycles import (
    AttemptOutcome,
    Cycle,
    CycleEnd,
    CycleKind,
    Due,
    RequestKind,
    RequestState,
    Settlement,
    with_decision,
)
from certlib.state._enrollments import AssignmentSource
from tests.state.happening import Happening
from tests.state.story import instant

INITIAL, RECERTIFICATION = CycleKind.INITIAL, CycleKind.RECERTIFICATION


def began(
    kind: CycleKind = INITIAL,
    *,
    needs: tuple[str, ...] = ("course", "drill"),
    has_exam: bool = True,
    number: int = 1,
) -> f.CycleBegan:
    return f.CycleBegan(
        number=number,
        kind=kind,
        version=1,
        counts_from=date(2025, 1, 1),
        needs=needs,
        has_exam=has_exam,
    )


def going(**more: object) -> Happening:
    """A cycle that was started: entries 1 and 2."""
    return Happening(evolve(began(), **more), f.CycleStarted(number=1))  # type: ignore[arg-type]


def states(happening: Happening) -> list[str]:
    return [each.state.value for each in happening.cycle.requests]


class TestBeginning:
    def test_an_initial_cycle_is_not_started(self) -> None:
        cycle = Happening(began()).cycle
        assert (cycle.started_at, cycle.curriculum, cycle.entry) == (None, INITIAL, 1)
        assert cycle.fee is Fee.CERTIFICATION

    def test_a_recertification_is_started_when_it_begins(self) -> None:
        cycle = Happening(began(RECERTIFICATION)).cycle
        assert (cycle.started_at, cycle.curriculum) == (instant("2025-01-01"), RECERTIFICATION)
        assert cycle.fee is Fee.RECERTIFICATION

    def test_a_late_recertification_may_do_the_initial_curriculum(self) -> None:
        told = Happening(evolve(began(RECERTIFICATION), curriculum=INITIAL))
        assert (told.cycle.kind, told.cycle.curriculum) == (RECERTIFICATION, INITIAL)
        assert told.cycle.fee is Fee.RECERTIFICATION
        assert told.enrollment.status_at(instant("2025-01-01")) is Status.RECERTIFYING

    def test_it_uses_up_the_reinstatement_fee(self) -> None:
        told = Happening(f.FeePaid(fee=Fee.REINSTATEMENT, reference="bill-7"))
        paid = told.enrollment.reinstatement
        assert paid is not None
        assert (paid.fee, paid.how, paid.reference) == (
            Fee.REINSTATEMENT, Settlement.PAID, "bill-7",
        )  # fmt: skip
        assert told.then(began()).enrollment.reinstatement is None


class TestWhereTheCycleWasStruck:
    """A fact names its cycle by number; where that is gone, it does nothing to cycles."""

    @pytest.mark.parametrize(
        "fact",
        [
            f.CycleStarted(number=7),
            f.CycleMoved(number=7, version=2, needs=()),
            f.CycleEnded(number=7, by=CycleEnd.ABANDONED),
            f.StepCompleted(number=7, step="course"),
            f.TrainingOverridden(number=7, steps=("course",)),
            f.DeadlineExtended(number=7, until=date(2026, 1, 1)),
            f.FeePaid(fee=Fee.EXAM, number=7),
            f.FeeWaived(fee=Fee.EXAM, number=7),
            f.EvidenceSubmitted(number=7, step="course"),
            f.EvidenceApproved(number=7, request=1, step="course"),
            f.EvidenceDenied(number=7, request=1),
            f.ExamAttempted(number=7, outcome=AttemptOutcome.HELD),
            f.ExamAttempted(number=7, outcome=AttemptOutcome.PASSED),
            f.ExamApproved(number=7, request=1),
            f.ExamDenied(number=7, request=1),
            f.ExamOverridden(number=7),
            f.AttemptsRequested(number=7),
            f.AttemptsGranted(number=7, request=1, count=1),
            f.AttemptsDenied(number=7, request=1),
        ],
        ids=lambda fact: fact.tag,
    )
    def test_it_does_nothing(self, fact: f.Fact) -> None:
        told = going()
        before = told.enrollment
        after = told.then(fact).enrollment
        marks = ("version", "entries", "last_fact_at", "last_recorded_at")
        assert evolve(after, **{mark: getattr(before, mark) for mark in marks}) == before

    def test_a_test_out_is_taken_all_the_same(self) -> None:
        told = going().then(f.TestOutRecorded(number=7, step="course", version=1, passed=True))
        assert [each.step for each in told.enrollment.test_outs] == ["course"]
        assert told.cycle.done == ()


class TestSteps:
    def test_a_step_is_done_once_and_by_one_path(self) -> None:
        told = going().then(f.StepCompleted(number=1, step="course", path="online"))
        told.then(f.StepCompleted(number=1, step="course", path="classroom"), "2025-02-01")
        assert [(each.step, each.path, each.at) for each in told.cycle.done] == [
            ("course", "online", instant("2025-01-01"))
        ]
        assert told.cycle.missing_steps == ("drill",)

    def test_what_is_done_otherwise_closes_the_evidence(self) -> None:
        told = going().then(f.EvidenceSubmitted(number=1, step="course"))
        told.then(f.EvidenceSubmitted(number=1, step="drill"))
        told.then(f.StepCompleted(number=1, step="course"))
        assert states(told) == ["closed", "open"]
        assert told.cycle.awaiting == ("drill",)

    def test_an_override_does_all_that_it_names_and_keeps_what_is_done(self) -> None:
        told = going().then(f.StepCompleted(number=1, step="course", path="online"))
        told.then(f.EvidenceSubmitted(number=1, step="drill"))
        told.then(f.TrainingOverridden(number=1, steps=("course", "drill")), "2025-02-01")
        assert [(each.step, each.path) for each in told.cycle.done] == [
            ("course", "online"),
            ("drill", "override"),
        ]
        assert states(told) == ["closed"]
        assert told.enrollment.status_at(instant("2025-02-01")) is Status.IN_PROGRESS


class TestEvidence:
    def test_submitted_it_waits(self) -> None:
        told = going().then(f.EvidenceSubmitted(number=1, step="course"), "2025-02-01")
        (request,) = told.cycle.requests
        assert (request.number, request.kind, request.step) == (3, RequestKind.EVIDENCE, "course")
        assert (request.at, request.is_open) == (instant("2025-02-01"), True)
        assert told.enrollment.request(3) is request
        assert told.enrollment.request(4) is None

    def test_approved_the_step_is_done(self) -> None:
        told = going().then(f.EvidenceSubmitted(number=1, step="course"))
        told.then(f.EvidenceApproved(number=1, request=3, step="course"))
        assert states(told) == ["approved"]
        assert [(each.step, each.path) for each in told.cycle.done] == [("course", "external")]

    def test_denied_it_may_be_submitted_again(self) -> None:
        told = going().then(f.EvidenceSubmitted(number=1, step="course"))
        told.then(f.EvidenceDenied(number=1, request=3))
        told.then(f.EvidenceSubmitted(number=1, step="course"))
        assert states(told) == ["denied", "open"]
        assert told.cycle.missing_steps == ("course", "drill")

    def test_what_was_decided_is_not_decided_again(self) -> None:
        told = going().then(f.EvidenceSubmitted(number=1, step="course"))
        told.then(f.EvidenceDenied(number=1, request=3))
        told.then(f.EvidenceApproved(number=1, request=3, step="course"))
        assert states(told) == ["denied"]


class TestTestOuts:
    @pytest.mark.parametrize("passed", [True, False])
    def test_it_belongs_to_the_learner_and_counts_in_its_cycle(self, passed: bool) -> None:
        fact = f.TestOutRecorded(number=1, step="course", version=1, passed=passed)
        told = going().then(fact, "2025-02-01")
        (taken,) = told.enrollment.test_outs
        assert (taken.step, taken.version, taken.passed) == ("course", 1, passed)
        assert taken.at == instant("2025-02-01")
        assert [each.path for each in told.cycle.done] == (["test_out"] if passed else [])

    def test_nothing_resets_it(self) -> None:
        told = going().then(f.TestOutRecorded(number=1, step="course", version=1, passed=False))
        told.then(f.CycleEnded(number=1, by=CycleEnd.REMOVED))
        told.then(began(number=2))
        assert len(told.enrollment.test_outs) == 1

    def test_a_pass_closes_the_evidence_for_the_step(self) -> None:
        told = going().then(f.EvidenceSubmitted(number=1, step="course"))
        told.then(f.TestOutRecorded(number=1, step="course", version=1, passed=True))
        assert states(told) == ["closed"]


class TestTheExam:
    def attempted(self, outcome: AttemptOutcome) -> Happening:
        return going().then(
            f.ExamAttempted(number=1, outcome=outcome, score="87"), "2025-02-01 09:00"
        )

    def test_a_failed_attempt_counts(self) -> None:
        told = self.attempted(AttemptOutcome.FAILED)
        (attempt,) = told.cycle.attempts
        assert (attempt.number, attempt.at, attempt.score) == (
            3, instant("2025-02-01 09:00"), "87",
        )  # fmt: skip
        assert attempt.outcome is AttemptOutcome.FAILED
        assert told.cycle.exam_is_missing
        assert told.cycle.requests == ()

    def test_a_pass_finishes_the_exam(self) -> None:
        told = self.attempted(AttemptOutcome.PASSED)
        assert told.cycle.exam_done
        assert not told.cycle.exam_is_missing
        assert not told.cycle.exam_overridden
        assert told.cycle.requests == ()

    def test_a_held_one_waits(self) -> None:
        told = self.attempted(AttemptOutcome.HELD)
        (request,) = told.cycle.requests
        assert (request.number, request.kind) == (3, RequestKind.EXAM)
        assert told.cycle.exam_held
        assert told.cycle.exam_is_missing

    def test_approved_it_is_passed(self) -> None:
        told = self.attempted(AttemptOutcome.HELD).then(f.ExamApproved(number=1, request=3))
        assert states(told) == ["approved"]
        assert [each.outcome for each in told.cycle.attempts] == [AttemptOutcome.PASSED]
        assert told.cycle.exam_done

    def test_denied_it_is_failed_and_counts_nothing_again(self) -> None:
        told = going().then(f.ExamAttempted(number=1, outcome=AttemptOutcome.FAILED))
        told.then(f.ExamAttempted(number=1, outcome=AttemptOutcome.HELD))
        told.then(f.ExamDenied(number=1, request=4))
        assert states(told) == ["denied"]
        assert [each.outcome for each in told.cycle.attempts] == [AttemptOutcome.FAILED] * 2
        assert not told.cycle.exam_held

    def test_a_pass_closes_a_request_for_more_attempts(self) -> None:
        told = going().then(f.AttemptsRequested(number=1))
        told.then(f.ExamAttempted(number=1, outcome=AttemptOutcome.PASSED))
        assert states(told) == ["closed"]

    def test_an_override_closes_all_requests_about_it(self) -> None:
        told = going().then(f.EvidenceSubmitted(number=1, step="course"))
        told.then(f.AttemptsRequested(number=1))
        told.then(f.ExamAttempted(number=1, outcome=AttemptOutcome.HELD))
        told.then(f.ExamOverridden(number=1))
        assert states(told) == ["open", "closed", "closed"]
        assert told.cycle.exam_done
        assert told.cycle.exam_overridden
        assert [each.outcome for each in told.cycle.attempts] == [AttemptOutcome.HELD]

    def test_more_attempts_are_asked_for_granted_and_denied(self) -> None:
        """Attempts are requested, then granted or denied (rows 19 and 20)."""
        told = going().then(f.AttemptsRequested(number=1))
        assert [each.kind for each in told.cycle.requests] == [RequestKind.ATTEMPTS]
        told.then(f.AttemptsGranted(number=1, request=3, count=2))
        told.then(f.AttemptsRequested(number=1))
        told.then(f.AttemptsDenied(number=1, request=5))
        assert states(told) == ["approved", "denied"]
        assert told.cycle.granted == 2

    def test_grants_add_up_and_end_with_the_cycle(self) -> None:
        told = going().then(f.AttemptsRequested(number=1))
        told.then(f.AttemptsGranted(number=1, request=3, count=2))
        told.then(f.AttemptsRequested(number=1))
        told.then(f.AttemptsGranted(number=1, request=5, count=1))
        assert told.cycle.granted == 3
        told.then(f.CycleEnded(number=1, by=CycleEnd.ABANDONED))
        assert told.then(began(number=2)).cycle.granted == 0


class TestFees:
    def test_paid_and_waived_in_the_cycle(self) -> None:
        told = going().then(f.FeePaid(fee=Fee.CERTIFICATION, number=1, reference="bill-7"))
        told.then(f.FeeWaived(fee=Fee.EXAM, number=1), "2025-02-01")
        assert [(each.fee, each.how, each.reference) for each in told.cycle.fees] == [
            (Fee.CERTIFICATION, Settlement.PAID, "bill-7"),
            (Fee.EXAM, Settlement.WAIVED, None),
        ]
        assert told.cycle.fees[1].at == instant("2025-02-01")
        assert told.cycle.has_settled(Fee.EXAM)
        assert not told.cycle.has_settled(Fee.RECERTIFICATION)
        assert told.enrollment.reinstatement is None

    def test_they_belong_to_one_cycle(self) -> None:
        told = going().then(f.FeePaid(fee=Fee.CERTIFICATION, number=1))
        told.then(f.CycleEnded(number=1, by=CycleEnd.REMOVED)).then(began(number=2))
        assert not told.cycle.has_settled(Fee.CERTIFICATION)
        first = told.enrollment.cycle(1)
        assert first is not None
        assert first.has_settled(Fee.CERTIFICATION)


class TestPendingApproval:
    """Exactly while something is missing and all of it waits (R1)."""

    def status(self, told: Happening) -> Status | None:
        return told.enrollment.status_at(instant("2025-06-01"))

    def test_the_last_thing_that_waits_makes_it(self) -> None:
        told = going().then(f.EvidenceSubmitted(number=1, step="course"))
        told.then(f.EvidenceSubmitted(number=1, step="drill"))
        assert self.status(told) is Status.IN_PROGRESS
        told.then(f.ExamAttempted(number=1, outcome=AttemptOutcome.HELD))
        assert self.status(told) is Status.PENDING_APPROVAL

    def test_a_denial_ends_it_and_an_approval_does_not(self) -> None:
        told = going(has_exam=False).then(f.EvidenceSubmitted(number=1, step="course"))
        told.then(f.EvidenceSubmitted(number=1, step="drill"))
        assert self.status(told) is Status.PENDING_APPROVAL
        told.then(f.EvidenceApproved(number=1, request=3, step="course"))
        assert self.status(told) is Status.PENDING_APPROVAL
        told.then(f.EvidenceDenied(number=1, request=4))
        assert self.status(told) is Status.IN_PROGRESS

    def test_in_a_recertification_too(self) -> None:
        told = Happening(began(RECERTIFICATION, needs=("course",), has_exam=False))
        told.then(f.EvidenceSubmitted(number=1, step="course"))
        assert self.status(told) is Status.PENDING_APPROVAL

    def test_evidence_for_what_is_not_missing_alone_is_not_it(self) -> None:
        told = going(needs=("course",), has_exam=False)
        told.then(f.EvidenceSubmitted(number=1, step="course"))
        told.then(f.StepCompleted(number=1, step="course"))
        told.then(f.EvidenceSubmitted(number=1, step="course"))
        assert told.cycle.is_complete
        assert not told.cycle.only_approvals_are_left


class TestMoving:
    """What is done stays done for the same codes; what the new version lacks is superseded (R14)."""

    MOVED = f.CycleMoved(number=1, version=2, needs=("course", "quiz"))

    def test_what_it_needs_is_that_of_the_version(self) -> None:
        told = going().then(f.StepCompleted(number=1, step="course"))
        told.then(f.StepCompleted(number=1, step="drill"))
        told.then(self.MOVED)
        cycle = told.cycle
        assert (cycle.version, cycle.needs, cycle.has_exam) == (2, ("course", "quiz"), False)
        assert cycle.missing_steps == ("quiz",)
        assert [each.step for each in cycle.done] == ["course", "drill"]

    def test_requests_for_what_it_lacks_are_superseded(self) -> None:
        told = going().then(f.EvidenceSubmitted(number=1, step="course"))
        told.then(f.EvidenceSubmitted(number=1, step="drill"))
        told.then(f.AttemptsRequested(number=1))
        told.then(f.ExamAttempted(number=1, outcome=AttemptOutcome.HELD))
        told.then(self.MOVED)
        assert states(told) == ["open", "superseded", "superseded", "superseded"]

    def test_with_an_exam_requests_about_it_stay_and_attempts_stay_counted(self) -> None:
        told = going().then(f.ExamAttempted(number=1, outcome=AttemptOutcome.FAILED))
        told.then(f.AttemptsRequested(number=1))
        told.then(f.AttemptsGranted(number=1, request=4, count=1))
        told.then(f.AttemptsRequested(number=1))
        told.then(f.ExamAttempted(number=1, outcome=AttemptOutcome.HELD))
        told.then(evolve(self.MOVED, has_exam=True))
        assert states(told) == ["approved", "open", "open"]
        assert (len(told.cycle.attempts), told.cycle.granted) == (2, 1)

    def test_the_route_stays(self) -> None:
        told = Happening(evolve(began(RECERTIFICATION), curriculum=INITIAL)).then(self.MOVED)
        assert told.cycle.curriculum is INITIAL

    @pytest.mark.parametrize(
        ("before", "by_the_version", "after"),
        [
            (None, None, None),
            (None, date(2025, 6, 1), date(2025, 6, 1)),
            (date(2025, 6, 1), None, date(2025, 6, 1)),
            (date(2025, 6, 1), date(2025, 5, 1), date(2025, 6, 1)),  # never earlier
            (date(2025, 6, 1), date(2025, 7, 1), date(2025, 7, 1)),
        ],
    )
    def test_the_due_day_is_never_earlier(
        self, before: date | None, by_the_version: date | None, after: date | None
    ) -> None:
        told = going(due_on=before).then(evolve(self.MOVED, due_on=by_the_version))
        due = told.cycle.due
        assert (due and due.on) == after

    def test_the_rule_is_the_new_ones_and_the_extension_stays(self) -> None:
        told = going(due_on=date(2025, 6, 1), time_zone="Europe/Madrid")
        told.then(f.DeadlineExtended(number=1, until=date(2025, 8, 1)))
        told.then(evolve(self.MOVED, due_on=date(2025, 7, 1), due_is_hard=True))
        assert told.cycle.due == Due(
            on=date(2025, 7, 1), hard=True, time_zone="UTC", extended_to=date(2025, 8, 1)
        )


class TestEnding:
    @pytest.mark.parametrize("by", list(CycleEnd))
    def test_open_requests_are_superseded(self, by: CycleEnd) -> None:
        told = going().then(f.EvidenceSubmitted(number=1, step="course"))
        told.then(f.EvidenceDenied(number=1, request=3))
        told.then(f.EvidenceSubmitted(number=1, step="course"))
        told.then(f.AttemptsRequested(number=1))
        told.then(f.CycleEnded(number=1, by=by), "2025-02-01")
        assert states(told) == ["denied", "superseded", "superseded"]
        assert (told.cycle.ended_at, told.cycle.ended_by) == (instant("2025-02-01"), by)
        assert told.enrollment.open_cycle is None

    def test_removal_forgets_the_due_day_of_assignments_and_other_ends_do_not(self) -> None:
        added = f.AssignmentAdded(source=AssignmentSource.MANUAL, due_on=date(2025, 6, 1))
        for by, left in ((CycleEnd.REMOVED, None), (CycleEnd.REVOKED, date(2025, 6, 1))):
            told = Happening(added, began(), f.CycleEnded(number=1, by=by))
            due = told.enrollment.assigned_due
            assert (due and due.on) == left


class TestDeadlines:
    def test_an_extension_is_one_more_date_and_the_latest_wins(self) -> None:
        told = going(due_on=date(2025, 6, 1))
        for until, day in (
            (date(2025, 7, 1), date(2025, 7, 1)),
            (date(2025, 6, 15), date(2025, 7, 1)),
            (date(2025, 8, 1), date(2025, 8, 1)),
        ):
            due = told.then(f.DeadlineExtended(number=1, until=until)).cycle.due
            assert due is not None
            assert (due.on, due.day) == (date(2025, 6, 1), day)

    def test_without_a_due_day_there_is_nothing_to_extend(self) -> None:
        told = going().then(f.DeadlineExtended(number=1, until=date(2025, 7, 1)))
        assert told.cycle.due is None

    def test_a_due_day_is_a_day_of_its_zone_inclusive(self) -> None:
        due = Due(on=date(2025, 6, 1), time_zone="Europe/Madrid")
        assert due.passes_at == instant("2025-06-01 22:00")
        assert not due.is_over(instant("2025-06-01 21:59"))
        assert due.is_over(instant("2025-06-01 22:00"))

    def test_what_may_stand_in_for_the_previous_expiry(self) -> None:
        due = Due(on=date(2025, 6, 1), extended_to=date(2025, 7, 1))
        assert due.as_due_day == DueDay(on=date(2025, 6, 1), last_day=date(2025, 7, 1))
        assert Due(on=date(2025, 6, 1)).as_due_day.last_day == date(2025, 6, 1)

    def test_an_extension_that_is_overtaken_stays_without_effect(self) -> None:
        due = Due(on=date(2025, 6, 1), extended_to=date(2025, 7, 1)).not_before(date(2025, 9, 1))
        assert (due.on, due.day) == (date(2025, 9, 1), date(2025, 9, 1))
        assert due.not_before(date(2025, 8, 1)) is due


def test_a_decision_is_about_open_requests_of_those_numbers() -> None:
    told = going().then(f.EvidenceSubmitted(number=1, step="course"))
    told.then(f.EvidenceSubmitted(number=1, step="drill"))
    found = with_decision(told.cycle.requests, {4, 9}, RequestState.DENIED)
    assert [each.state for each in found] == [RequestState.OPEN, RequestState.DENIED]


def test_a_cycle_without_requests_waits_for_nothing() -> None:
    cycle: Cycle = going().cycle
    assert (cycle.awaiting, cycle.exam_held, cycle.only_approvals_are_left) == ((), False, False)
