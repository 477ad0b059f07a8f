"""Effects: what a command would change, told before it is given (Q9)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from attrs import evolve

from certlib.certifications import (
    Access,
    Certification,
    Curriculum,
    Exam,
    External,
    Step,
    Version,
)
from certlib.periods import Period
from certlib.policies import Deadlines, ExamRules, Fee, Fees, InitialDeadline, Policy
from certlib.state import AssignmentSource, Case, Command, Difference, differences
from certlib.state.commands import (
    Assign,
    Award,
    CompleteStep,
    Enroll,
    ForceRecertification,
    GrantAttempts,
    OverridePayment,
    RecordExam,
    RecordPayment,
    RequestAccess,
    RequestAttempts,
    Start,
    SubmitEvidence,
)
from tests.cases import ADMIN, ANN, APPROVER, SYSTEM, blank, completion, enter, online, policy

NOW = datetime(2025, 3, 3, 9, tzinfo=UTC)
USUAL = policy(completion("P1Y"), grace="P30D", window="P3M")


def made(*steps: Step, exam: bool = False, of: Policy = USUAL) -> Certification:
    curriculum = Curriculum(steps=steps, exam=Exam(code="exam") if exam else None)
    return Certification(
        code="FIRE",
        access=Access.OPEN,
        versions=(Version(number=1, published_on=date(2020, 1, 1), policy=of, initial=curriculum),),
    )


PLAIN = made(online("a"), online("b"))
EVIDENCE = made(
    online("a", External()),
    online("b", External()),
    of=evolve(USUAL, deadlines=Deadlines(initial=InitialDeadline(due=Period.parse("P60D")))),
)
EXAMINED = made(exam=True, of=evolve(USUAL, exam=ExamRules(attempts=1, approval=True)))
EITHER = made(online("a"), exam=True)
FEES = made(
    online("a"),
    exam=True,
    of=evolve(
        USUAL, fees=Fees(certification=True, exam=True, recertification=True, reinstatement=True)
    ),
)
BY = {
    Enroll: ANN, Start: ANN, SubmitEvidence: ANN, RequestAttempts: ANN, RequestAccess: ANN,
    CompleteStep: SYSTEM, RecordExam: SYSTEM, RecordPayment: SYSTEM, GrantAttempts: APPROVER,
}  # fmt: skip


def given(case: Case, *commands: Command) -> Case:
    for command in commands:
        case = enter(case, BY.get(type(command), ADMIN), command, NOW)
    return case


def changed(case: Case, *commands: Command, at: datetime = NOW) -> dict[str, tuple[object, object]]:
    after = given(case, *commands)
    return {
        each.what: (each.before, each.after)
        for each in differences(case.enrollment, after.enrollment, at)
    }


def test_nothing_changes_nothing() -> None:
    case = given(blank(PLAIN), Assign())
    assert differences(case.enrollment, case.enrollment, NOW) == ()


def test_a_difference_names_what_and_both_answers_in_one_order() -> None:
    case = blank(PLAIN)
    after = given(case, Assign())
    assert differences(case.enrollment, after.enrollment, NOW) == (
        Difference(what="status", before=None, after="assigned"),
        Difference(what="assignments", before=None, after="manual"),
    )


class TestWhatIsAnswered:
    def test_assignments_with_their_references_and_a_due_day(self) -> None:
        case = given(blank(EVIDENCE), Assign())
        rule = Assign(source=AssignmentSource.RULE, reference="north", due_on=date(2025, 9, 1))
        assert changed(case, rule) == {
            "assignments": ("manual", "manual, rule north"),
            "due_on": ("2025-05-02", "2025-09-01"),
        }

    def test_a_cycle_with_its_open_steps(self) -> None:
        case = blank(PLAIN)
        assert changed(case, Enroll()) == {
            "status": (None, "not_started"),
            "cycle": (None, "1, initial, by version 1"),
            "open_steps": (None, "a, b"),
            "assignments": (None, "self"),
        }
        case = given(case, Enroll(), Start())
        assert changed(case, CompleteStep(step="a")) == {"open_steps": ("a, b", "b")}

    def test_the_certificate_of_a_cycle_that_ends(self) -> None:
        case = given(blank(PLAIN), Enroll(), Start(), CompleteStep(step="a"))
        assert changed(case, CompleteStep(step="b")) == {
            "status": ("in_progress", "certified"),
            "certified": ("no", "yes"),
            "last_valid_day": (None, "2026-03-03"),
            "last_grace_day": (None, "2026-04-02"),
            "window_opens_on": (None, "2025-12-03"),
            "cycle": ("1, initial, by version 1", None),
            "open_steps": ("b", None),
        }

    def test_a_certificate_that_is_revoked(self) -> None:
        found = changed(given(blank(PLAIN), Award()), ForceRecertification())
        assert found["revoked"] == ("no", "yes")
        assert found["certified"] == ("yes", "no")
        assert found["status"] == ("certified", "recertifying")

    def test_fees_paid_and_waived(self) -> None:
        case = given(blank(FEES), Assign(), Enroll())
        assert changed(case, OverridePayment(fee=Fee.CERTIFICATION)) == {
            "fees": (None, "certification waived")
        }
        assert changed(case, RecordPayment(fee=Fee.CERTIFICATION)) == {
            "fees": (None, "certification paid")
        }

    def test_the_fee_to_come_back_is_the_enrollments(self) -> None:
        lapsed = enter(blank(FEES), ADMIN, Award(on=date(2023, 1, 1)), NOW)
        assert changed(lapsed, RecordPayment(fee=Fee.REINSTATEMENT)) == {
            "fees": (None, "reinstatement paid")
        }

    def test_evidence_that_waits(self) -> None:
        case = given(blank(EVIDENCE), Enroll(), Start())
        assert changed(case, SubmitEvidence(step="a")) == {"requests": (None, "evidence 3")}
        both = changed(case, SubmitEvidence(step="a"), SubmitEvidence(step="b"))
        assert both == {
            "status": ("in_progress", "pending_approval"),
            "requests": (None, "evidence 3, evidence 4"),
        }

    def test_a_request_for_access(self) -> None:
        by_request = evolve(PLAIN, access=Access.BY_REQUEST)
        assert changed(blank(by_request), RequestAccess()) == {"requests": (None, "access 1")}

    def test_an_exam_open_and_held(self) -> None:
        assert changed(blank(EXAMINED), Enroll())["exam"] == (None, "open, 0 attempts")
        case = given(blank(EXAMINED), Enroll(), Start())
        open_before = "open, 0 attempts"
        assert changed(case, RecordExam(passed=False)) == {
            "exam": (open_before, "open, 1 attempts")
        }
        held = changed(case, RecordExam(passed=True))
        assert held["exam"] == (open_before, "held, 1 attempts")
        assert held["status"] == ("in_progress", "pending_approval")

    def test_more_attempts_that_are_asked_for(self) -> None:
        case = given(blank(EXAMINED), Enroll(), Start(), RecordExam(passed=False))
        (requests,) = changed(case, RequestAttempts()).values()
        case = given(case, RequestAttempts())
        (asked,) = (each for each in case.enrollment.requests if each.is_open)
        assert requests == (None, f"attempts {asked.number}")
        granted = changed(case, GrantAttempts(request=asked.number))
        assert granted == {"requests": (f"attempts {asked.number}", None)}

    def test_an_exam_that_is_done_while_a_step_is_open(self) -> None:
        case = given(blank(EITHER), Enroll(), Start())
        assert changed(case, RecordExam(passed=True)) == {"exam": ("open, 0 attempts", "done")}

    def test_what_time_does_is_no_effect(self) -> None:
        case = given(blank(PLAIN), Award())
        lapsed = NOW + timedelta(days=800)
        assert changed(case, Assign(), at=lapsed) == {"assignments": (None, "manual")}
