"""Rows 8, 9, 23 and 24, and R4: which fee belongs to what, and what is open while it is not settled."""

from __future__ import annotations

from datetime import date

import pytest
from attrs import evolve

from certlib.actors import Actor, Role
from certlib.policies import ExamRules, Fee, Fees
from certlib.state import FeeSettled, Settlement, Status
from certlib.state.commands import (
    Assign,
    Award,
    CompleteStep,
    Enroll,
    ForceRecertification,
    MoveToVersion,
    OverrideExam,
    OverridePayment,
    RecordExam,
    RecordPayment,
    RecordTestOut,
    RevokeAccess,
    Start,
    StartRecertification,
    Strike,
    SubmitEvidence,
)
from tests.state.sample import (
    EVERYTHING,
    FROM_COMPLETION,
    PATHS,
    PATHS_AND_EXAM,
    with_exam,
    with_fees,
)
from tests.state.story import ANN, Story, instant, reached, started, statuses, tags

CERTIFICATION_FEE = with_fees(Fees(certification=True), curriculum=PATHS_AND_EXAM)
EXAM_FEE = with_exam(ExamRules(), fees=Fees(exam=True))
RECERTIFICATION_FEE = with_fees(Fees(recertification=True), curriculum=PATHS)
REINSTATEMENT_FEE = with_fees(Fees(reinstatement=True))
HIMSELF = Actor(role=Role.ADMIN, id="ann")


def enrolled() -> Story:
    """The certification fee is open."""
    story = Story(CERTIFICATION_FEE)
    story.give(Enroll(), "learner:ann")
    return story


def recertifying() -> Story:
    """Awarded on the first of January; the recertification fee is open."""
    story = Story(RECERTIFICATION_FEE)
    story.give(Award())
    story.give(StartRecertification(), "learner:ann", "2025-06-01")
    return story


def expired(now: str = "2026-01-02") -> Story:
    """Valid through 1 January 2026, in grace through the 31st; the reinstatement fee is open."""
    story = Story(REINSTATEMENT_FEE)
    story.give(Award())
    return story.wait(now)


def pay(fee: Fee, reference: str | None = None) -> RecordPayment:
    return RecordPayment(fee=fee, reference=reference)


class TestRow8OverridePayment:
    def test_what_it_records(self) -> None:
        story = enrolled()
        given = story.give(OverridePayment(), now="2025-01-03")
        assert tags(given) == ["fee_waived"]
        assert statuses(given) == (Status.NOT_STARTED, Status.NOT_STARTED)
        assert [notice.kind for notice in given.notices] == ["fee_waived"]
        assert given.events[0].actor == "admin:eva"
        assert story.enrollment.cycles[0].fees == (
            FeeSettled(fee=Fee.CERTIFICATION, how=Settlement.WAIVED, at=instant("2025-01-03")),
        )

    def test_who_may(self) -> None:
        assert enrolled().who_may(OverridePayment()) == {"admin"}

    def test_nobody_for_himself(self) -> None:
        assert enrolled().refused(OverridePayment(), HIMSELF) == ["nobody_for_himself"]

    def test_then_one_may_start(self) -> None:
        story = enrolled()
        (reason,) = story.reasons(Start(), "learner:ann")
        assert reason.code == "cycle_fee_is_settled"
        assert reason.text == "the certification fee is neither paid nor waived"
        story.give(OverridePayment())
        assert story.give(Start(), "learner:ann").after is Status.IN_PROGRESS

    def test_not_required_paid_or_waived(self) -> None:
        assert reached()[Status.NOT_STARTED].refused(OverridePayment()) == [
            "certification_fee_is_open"
        ]
        paid = enrolled()
        paid.give(pay(Fee.CERTIFICATION), "system")
        (reason,) = paid.reasons(OverridePayment())
        assert reason.code == "certification_fee_is_open"
        assert reason.text == ("the certification fee is not required, or already paid or waived")
        waived = enrolled()
        waived.give(OverridePayment())
        assert waived.refused(OverridePayment()) == ["certification_fee_is_open"]

    def test_another_fee_is_not_waived_by_mistake(self) -> None:
        story = enrolled()
        (reason,) = story.reasons(OverridePayment(fee=Fee.EXAM))
        assert reason.code == "fee_is_of_the_status"
        assert (
            reason.text
            == "that is not the fee that may be waived in this status, which is: certification"
        )
        story.give(OverridePayment(fee=Fee.CERTIFICATION))


class TestRow9RecordPayment:
    def test_what_it_records(self) -> None:
        story = enrolled()
        given = story.give(pay(Fee.CERTIFICATION, "invoice-7"), "system", "2025-01-03")
        assert tags(given) == ["fee_paid"]
        assert statuses(given) == (Status.NOT_STARTED, Status.NOT_STARTED)
        assert given.notices == ()
        assert story.enrollment.cycles[0].fees == (
            FeeSettled(
                fee=Fee.CERTIFICATION,
                how=Settlement.PAID,
                at=instant("2025-01-03"),
                reference="invoice-7",
            ),
        )

    def test_who_may(self) -> None:
        assert enrolled().who_may(pay(Fee.CERTIFICATION)) == {"system"}

    @pytest.mark.parametrize("fee", [Fee.EXAM, Fee.RECERTIFICATION, Fee.REINSTATEMENT])
    def test_a_fee_that_is_not_open(self, fee: Fee) -> None:
        (reason,) = enrolled().reasons(pay(fee), "system")
        assert reason.code == "fee_is_open"
        assert reason.text == "that fee is not open; the open fees are: certification"

    def test_nothing_is_open(self) -> None:
        (reason,) = reached()[Status.IN_PROGRESS].reasons(pay(Fee.EXAM), "system")
        assert reason.text == "that fee is not open; the open fees are: none"

    def test_twice(self) -> None:
        story = enrolled()
        story.give(pay(Fee.CERTIFICATION), "system")
        assert story.refused(pay(Fee.CERTIFICATION), "system") == ["fee_is_open"]

    def test_the_exam_fee_may_be_paid_before_the_start_and_after(self) -> None:
        story = Story(EXAM_FEE)
        story.give(Enroll(), "learner:ann")
        story.give(pay(Fee.EXAM), "system")
        story = started(EXAM_FEE)
        story.give(pay(Fee.EXAM), "system")

    def test_only_where_the_curriculum_has_an_exam(self) -> None:
        story = started(with_fees(Fees(exam=True)))
        assert story.refused(pay(Fee.EXAM), "system") == ["fee_is_open"]
        assert story.refused(OverridePayment()) == ["exam_fee_is_open"]

    def test_while_approvals_wait(self) -> None:
        story = started(with_fees(Fees(exam=True), curriculum=PATHS_AND_EXAM))
        story.give(OverrideExam())
        for step in ("course", "visit"):
            story.give(SubmitEvidence(step=step), "learner:ann")
        given = story.give(pay(Fee.EXAM), "system")
        assert statuses(given) == (Status.PENDING_APPROVAL, Status.PENDING_APPROVAL)

    @pytest.mark.parametrize("now", ["2026-01-02", "2026-02-01"])
    def test_the_reinstatement_fee_belongs_to_the_enrollment(self, now: str) -> None:
        story = expired(now)
        given = story.give(pay(Fee.REINSTATEMENT, "invoice-9"), "system")
        assert given.before is given.after is story.status
        settled = story.enrollment.reinstatement
        assert settled is not None
        assert (settled.how, settled.reference) == (Settlement.PAID, "invoice-9")
        assert story.enrollment.cycles == ()
        assert story.refused(pay(Fee.REINSTATEMENT), "system") == ["fee_is_open"]

    @pytest.mark.parametrize("fee", [Fee.CERTIFICATION, Fee.EXAM, Fee.RECERTIFICATION])
    def test_no_other_fee_is_open_while_expired(self, fee: Fee) -> None:
        (reason,) = expired().reasons(pay(fee), "system")
        assert reason.text == "that fee is not open; the open fees are: reinstatement"

    def test_not_while_certified(self) -> None:
        story = expired("2026-01-01 23:59")
        assert story.refused(pay(Fee.REINSTATEMENT), "system") == ["not_while_certified"]


class TestRow23OverrideExamPayment:
    def test_what_it_records(self) -> None:
        story = started(EXAM_FEE)
        given = story.give(OverridePayment())
        assert tags(given) == ["fee_waived"]
        assert statuses(given) == (Status.IN_PROGRESS, Status.IN_PROGRESS)
        (settled,) = story.enrollment.cycles[0].fees
        assert (settled.fee, settled.how) == (Fee.EXAM, Settlement.WAIVED)

    def test_then_the_exam_may_be_taken(self) -> None:
        story = started(EXAM_FEE)
        (reason,) = story.reasons(RecordExam(passed=True), "system")
        assert reason.code == "exam_fee_is_settled"
        assert reason.text == "the exam fee is neither paid nor waived"
        story.give(OverridePayment())
        story.give(RecordExam(passed=True), "system")

    def test_who_may(self) -> None:
        assert started(EXAM_FEE).who_may(OverridePayment()) == {"admin"}
        assert started(EXAM_FEE).refused(OverridePayment(), HIMSELF) == ["nobody_for_himself"]

    def test_not_required_paid_or_waived(self) -> None:
        assert started(with_exam(ExamRules())).refused(OverridePayment()) == ["exam_fee_is_open"]
        for settling, by in ((pay(Fee.EXAM), "system"), (OverridePayment(), "admin:eva")):
            story = started(EXAM_FEE)
            story.give(settling, by)
            assert story.refused(OverridePayment()) == ["exam_fee_is_open"]

    def test_not_after_an_attempt(self) -> None:
        first = with_exam(ExamRules()).versions[0]
        second = evolve(EXAM_FEE.versions[0], number=2)
        story = started(evolve(EXAM_FEE, versions=(first,)))
        story.give(RecordExam(passed=False), "system")
        story.case = evolve(story.case, certification=evolve(EXAM_FEE, versions=(first, second)))
        story.give(MoveToVersion(version=2))
        (reason,) = story.reasons(OverridePayment())
        assert reason.code == "exam_is_not_started"
        assert reason.text == "an attempt at the exam was recorded in this cycle"

    def test_another_fee_is_not_waived_by_mistake(self) -> None:
        story = started(EXAM_FEE)
        assert story.refused(OverridePayment(fee=Fee.CERTIFICATION)) == ["fee_is_of_the_status"]
        story.give(OverridePayment(fee=Fee.EXAM))


class TestRow24OverrideRecertificationPayment:
    def test_what_it_records(self) -> None:
        story = recertifying()
        given = story.give(OverridePayment())
        assert tags(given) == ["fee_waived"]
        assert statuses(given) == (Status.RECERTIFYING, Status.RECERTIFYING)
        (settled,) = story.enrollment.cycles[0].fees
        assert (settled.fee, settled.how) == (Fee.RECERTIFICATION, Settlement.WAIVED)

    def test_who_may(self) -> None:
        assert recertifying().who_may(OverridePayment()) == {"admin"}
        assert recertifying().refused(OverridePayment(), HIMSELF) == ["nobody_for_himself"]

    def test_not_required_paid_or_waived(self) -> None:
        assert reached()[Status.RECERTIFYING].refused(OverridePayment()) == [
            "recertification_fee_is_open"
        ]
        for settling, by in (
            (pay(Fee.RECERTIFICATION), "system"),
            (OverridePayment(), "admin:eva"),
        ):
            story = recertifying()
            story.give(settling, by)
            assert story.refused(OverridePayment()) == ["recertification_fee_is_open"]

    def test_another_fee_is_not_waived_by_mistake(self) -> None:
        story = recertifying()
        (reason,) = story.reasons(OverridePayment(fee=Fee.REINSTATEMENT))
        assert reason.code == "fee_is_of_the_status"
        assert (
            reason.text
            == "that is not the fee that may be waived in this status, which is: recertification"
        )

    def test_the_certification_fee_is_not_of_a_recertification(self) -> None:
        story = Story(CERTIFICATION_FEE)
        story.give(Award())
        story.give(StartRecertification(), "learner:ann", "2025-06-01")
        assert story.refused(pay(Fee.CERTIFICATION), "system") == ["fee_is_open"]
        story.give(CompleteStep(step="course"), "system")

    @pytest.mark.parametrize(
        ("command", "by"),
        [
            (CompleteStep(step="course"), "system"),
            (SubmitEvidence(step="course"), "learner:ann"),
            (RecordTestOut(step="course", passed=True), "system"),
        ],
    )
    def test_nothing_counts_before(
        self, command: CompleteStep | SubmitEvidence | RecordTestOut, by: str
    ) -> None:
        story = recertifying()
        (reason,) = story.reasons(command, by)
        assert reason.code == "cycle_fee_is_settled"
        assert reason.text == "the recertification fee is neither paid nor waived"
        story.give(pay(Fee.RECERTIFICATION), "system")
        story.give(command, by)

    def test_the_exam_waits_for_its_own_fee_and_the_cycles(self) -> None:
        story = Story(EVERYTHING)
        story.give(Award())
        story.give(StartRecertification(), "learner:ann", "2025-06-01")
        exam = RecordExam(passed=False)
        assert story.refused(exam, "system") == ["exam_fee_is_settled", "cycle_fee_is_settled"]
        story.give(pay(Fee.EXAM), "system")
        assert story.refused(exam, "system") == ["cycle_fee_is_settled"]
        story.give(pay(Fee.RECERTIFICATION), "system")
        story.give(exam, "system")


class TestFeesBelongToOneCycle:
    """R4: each cycle has its own; the reinstatement fee is used up by the next start."""

    def test_the_next_recertification_has_its_own(self) -> None:
        story = recertifying()
        story.give(pay(Fee.RECERTIFICATION), "system")
        story.give(RevokeAccess())
        story.give(StartRecertification(), "learner:ann")
        assert story.refused(CompleteStep(step="course"), "system") == ["cycle_fee_is_settled"]
        assert [each.fee for each in story.enrollment.cycles[0].fees] == [Fee.RECERTIFICATION]
        assert story.enrollment.cycles[1].fees == ()
        story.give(pay(Fee.RECERTIFICATION), "system")

    def test_an_initial_cycle_begun_again_has_its_own(self) -> None:
        story = enrolled()
        story.give(pay(Fee.CERTIFICATION), "system")
        story.give(RevokeAccess())
        story.give(StartRecertification(), "learner:ann")
        assert story.status is Status.NOT_STARTED
        assert story.refused(Start(), "learner:ann") == ["cycle_fee_is_settled"]

    @pytest.mark.parametrize("now", ["2026-01-02", "2026-01-31 23:59", "2026-02-01"])
    def test_reinstatement_is_asked_from_the_day_after_the_last_valid_one(self, now: str) -> None:
        story = expired(now)
        (reason,) = story.reasons(StartRecertification(), "learner:ann")
        assert reason.code == "reinstatement_fee_is_settled"
        assert reason.text == "the reinstatement fee is not paid"
        story.give(pay(Fee.REINSTATEMENT), "system")
        story.give(StartRecertification(), "learner:ann")

    def test_on_the_last_valid_day_it_is_not(self) -> None:
        expired("2026-01-01 23:59").give(StartRecertification(), "learner:ann")

    def test_it_is_used_up_by_the_next_start(self) -> None:
        story = expired()
        story.give(pay(Fee.REINSTATEMENT), "system")
        story.give(StartRecertification(), "learner:ann")
        assert story.enrollment.reinstatement is None
        story.give(CompleteStep(step="course"), "system", "2026-01-03")
        story.wait("2027-01-04")
        assert story.status is Status.EXPIRED
        assert story.refused(StartRecertification(), "learner:ann") == [
            "reinstatement_fee_is_settled"
        ]

    def test_it_is_paid_from_expired_into_lapsed(self) -> None:
        story = expired()
        story.give(pay(Fee.REINSTATEMENT), "system")
        story.give(StartRecertification(), "learner:ann", "2026-06-01")

    def test_a_forced_recertification_and_one_after_a_bar_ask_for_none(self) -> None:
        expired().give(ForceRecertification())
        story = expired()
        story.give(RevokeAccess())
        story.give(StartRecertification(), "learner:ann")

    def test_it_is_open_again_where_the_payment_is_struck(self) -> None:
        story = expired()
        story.give(pay(Fee.REINSTATEMENT), "system")
        story.give(Strike(entry=2))
        assert story.refused(StartRecertification(), "learner:ann") == [
            "reinstatement_fee_is_settled"
        ]

    def test_where_a_version_is_gone_no_fee_is_open(self) -> None:
        story = enrolled()
        story.case = evolve(story.case, certification=evolve(CERTIFICATION_FEE, versions=()))
        assert story.refused(pay(Fee.CERTIFICATION), "system") == ["fee_is_open"]

    def test_an_inactive_learner_may_pay(self) -> None:
        story = enrolled()
        story.case = evolve(story.case, learner=evolve(ANN, active=False))
        story.give(pay(Fee.CERTIFICATION), "system")

    def test_the_fee_of_the_cycles_own_version_counts(self) -> None:
        free = evolve(FROM_COMPLETION.versions[0], number=2, published_on=date(2025, 2, 1))
        story = enrolled()
        versions = (*CERTIFICATION_FEE.versions, free)
        story.case = evolve(story.case, certification=evolve(CERTIFICATION_FEE, versions=versions))
        story.give(Assign(), now="2025-03-01")
        assert story.refused(Start(), "learner:ann") == ["cycle_fee_is_settled"]
