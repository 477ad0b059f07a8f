"""Row 37: an entry that was an error is taken out, unless something rests on it (R13)."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import permutations

import pytest
from attrs import evolve

from certlib.certifications import Access, Curriculum, Exam
from certlib.errors import HistoryRequiredError, InvalidValueError
from certlib.periods import Period
from certlib.policies import Deadlines, ExamRules, Fee, Fees, FromExpiry, InitialDeadline
from certlib.state import AssignmentSource, Command, CycleEnd, RequestState, Status, replay
from certlib.state._actions.striking import resting_on
from certlib.state.commands import (
    AbandonRecertification,
    ApproveAccess,
    ApproveEvidence,
    ApproveExam,
    Assign,
    Award,
    CompleteStep,
    DenyAccess,
    DenyAttempts,
    DenyEvidence,
    DenyExam,
    Enroll,
    ExtendCertificate,
    ExtendDeadline,
    ForceRecertification,
    GrantAttempts,
    MoveToVersion,
    OverrideExam,
    OverridePayment,
    OverrideTraining,
    PermanentlyRevoke,
    RecordExam,
    RecordPayment,
    RecordTestOut,
    Remove,
    RequestAccess,
    RequestAttempts,
    RestoreAccess,
    RevokeAccess,
    Start,
    StartRecertification,
    Strike,
    SubmitEvidence,
    Unassign,
)
from tests.state.sample import (
    EVIDENCE,
    FROM_COMPLETION,
    FROM_EXPIRY,
    P30D,
    PATHS,
    course,
    with_exam,
    with_fees,
)
from tests.state.story import Story, instant, reached, started, statuses, tags

SELF = AssignmentSource.SELF


def enrolled() -> Story:
    """Entry 1: enrolled."""
    story = Story(FROM_COMPLETION)
    story.give(Enroll(), "learner:ann")
    return story


class TestRow37Strike:
    def test_what_it_records(self) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Assign())
        given = story.give(Strike(entry=1, reason="not her"), now="2025-02-01")
        assert tags(given) == ["entry_struck"]
        assert statuses(given) == (Status.ASSIGNED, None)
        assert given.events[0].reason == "not her"
        assert story.enrollment.assignments == ()
        assert len(story.history) == 2

    def test_what_came_with_it_is_withdrawn(self) -> None:
        story = Story(FROM_COMPLETION)
        given = [
            story.give(command, by, now="2025-01-15")
            for command, by in (
                (Assign(), "admin:eva"),
                (Enroll(), "learner:ann"),
                (Start(), "system"),
                (CompleteStep(step="course"), "system"),
            )
        ]
        struck = [story.give(Strike(entry=each), now="2025-02-01") for each in (4, 3, 2, 1)]
        assert [each.withdrawn for each in struck] == [each.notices for each in reversed(given)]
        assert [len(each.withdrawn) for each in struck] == [1, 0, 0, 1]
        assert all(each.withdrawn == () for each in given)

    def test_of_a_row_that_is_no_longer_there_nothing_is_known(self) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Award())
        story.give(ExtendCertificate(until=date(2027, 1, 1)))
        story.table = story.table.dropping(ExtendCertificate)
        assert story.give(Strike(entry=2), now="2025-02-01").withdrawn == ()

    def test_it_never_counted(self) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Assign())
        story.give(Strike(entry=1), now="2025-02-01")
        assert story.status_at("2025-01-15") is None
        assert story.enrollment.last_fact_at is None

    @pytest.mark.parametrize("status", list(Status))
    def test_in_every_status(self, status: Status) -> None:
        story = reached()[status]
        last = story.enrollment.entries
        given = story.give(Strike(entry=last))
        assert given.before is status
        assert story.enrollment.entries == last + 1

    def test_without_a_status(self) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Assign())
        story.give(Remove())
        given = story.give(Strike(entry=2))
        assert statuses(given) == (None, Status.ASSIGNED)

    def test_who_may(self) -> None:
        story = reached()[Status.ASSIGNED]
        assert story.who_may(Strike(entry=1)) == {"admin", "system"}

    @pytest.mark.parametrize("entry", [2, 9])
    def test_an_entry_that_is_not_there(self, entry: int) -> None:
        (reason,) = reached()[Status.ASSIGNED].reasons(Strike(entry=entry))
        assert reason.code == "entry_can_be_struck"
        assert reason.text == (
            "there is no such entry, or it is already struck, or it is a strike itself"
        )

    def test_neither_twice_nor_a_strike(self) -> None:
        story = reached()[Status.ASSIGNED]
        story.give(Strike(entry=1))
        assert story.refused(Strike(entry=1)) == ["entry_can_be_struck"]
        assert story.refused(Strike(entry=2)) == ["entry_can_be_struck"]

    def test_an_entry_has_a_number(self) -> None:
        with pytest.raises(InvalidValueError):
            Strike(entry=0)

    def test_it_needs_the_history(self) -> None:
        story = reached()[Status.ASSIGNED]
        story.case = evolve(story.case, history=None)
        with pytest.raises(HistoryRequiredError) as raised:
            story.decided(Strike(entry=1))
        assert raised.value.code == "history_required"
        assert (raised.value.learner, raised.value.certification) == ("ann", "COMPLETION-1")

    def test_it_is_not_late_itself(self) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Assign())
        story.wait("2025-02-01")
        codes = story.refused(Strike(entry=1, at=instant("2024-12-31")))
        assert codes == ["before_last_fact"]

    def test_the_dates_of_later_certificates_are_computed_again(self) -> None:
        story = Story(FROM_EXPIRY, now="2023-03-31")
        story.give(Award())
        story.give(Award(), now="2024-02-10")
        assert story.enrollment.certificates[-1].last_valid_day == date(2025, 3, 31)
        given = story.give(Strike(entry=1), now="2024-02-20")
        assert tags(given) == ["entry_struck", "certificate_dated_again"]
        assert given.events[1].at == instant("2024-02-10")
        assert story.enrollment.certificates[-1].last_valid_day == date(2025, 2, 10)

    def test_what_it_ended_is_again_as_it_was(self) -> None:
        story = enrolled()
        story.give(Award(), now="2025-02-01")
        story.give(Strike(entry=2), now="2025-03-01")
        assert story.status is Status.NOT_STARTED
        assert story.enrollment.open_cycle is not None


class TestAsItWas:
    """What the entry superseded, ended or closed is again as it was (row 37)."""

    @pytest.mark.parametrize(
        ("command", "by"),
        [
            (Award(), "admin:eva"),
            (RevokeAccess(), "admin:eva"),
            (OverrideTraining(), "admin:eva"),
            (CompleteStep(step="course"), "system"),
            (ApproveEvidence(request=3), "approver:bo"),
            (DenyEvidence(request=4), "approver:bo"),
            (RecordTestOut(step="course", passed=True), "system"),
        ],
        ids=lambda each: each.name if isinstance(each, Command) else "",
    )
    def test_approvals_wait_again(self, command: Command, by: str) -> None:
        story = reached()[Status.PENDING_APPROVAL]
        before = story.enrollment
        story.give(command, by, "2025-02-01")
        given = story.give(Strike(entry=5), now="2025-03-01")
        assert given.after is Status.PENDING_APPROVAL
        assert story.enrollment.cycles == before.cycles
        assert story.enrollment.certificates == ()
        assert story.enrollment.test_outs == ()

    def test_a_late_award_that_ended_the_cycle_on_entry(self) -> None:
        story = reached()[Status.PENDING_APPROVAL]
        before = story.enrollment
        given = story.give(Award(on=date(2024, 12, 1)), now="2025-02-01")
        assert tags(given) == ["certificate_awarded", "cycle_ended"]
        assert {each.state for each in story.enrollment.requests} == {RequestState.SUPERSEDED}
        story.give(Strike(entry=5))
        assert story.enrollment.cycles == before.cycles

    def test_a_late_award_that_is_over_leaves_what_waits(self) -> None:
        story = reached()[Status.PENDING_APPROVAL]
        story.give(Award(on=date(2022, 12, 1)), now="2025-02-01")
        assert story.status is Status.PENDING_APPROVAL

    def test_a_move_to_another_version(self) -> None:
        second = evolve(EVIDENCE.versions[0], number=2, initial=Curriculum(steps=(course(),)))
        story = reached()[Status.PENDING_APPROVAL]
        before = story.enrollment
        story.case = evolve(
            story.case, certification=evolve(EVIDENCE, versions=(*EVIDENCE.versions, second))
        )
        story.give(MoveToVersion(version=2))
        assert story.enrollment.cycles != before.cycles
        story.give(Strike(entry=5))
        assert story.enrollment.cycles == before.cycles

    def test_an_extension_of_the_certificate_moves_the_due_day_back(self) -> None:
        story = reached()[Status.RECERTIFYING]
        before = story.enrollment.due
        story.give(ExtendCertificate(until=date(2026, 6, 1)))
        assert story.enrollment.due != before
        story.give(Strike(entry=story.enrollment.entries))
        assert story.enrollment.due == before


class TestWhatRests:
    """A fact rests on what made its status, its open cycle or its newest certificate."""

    def resting(self, story: Story, entry: int) -> tuple[int, ...]:
        return resting_on(entry, story.history, story.enrollment)

    def test_it_is_refused_with_everything_that_rests_on_it(self) -> None:
        story = enrolled()
        story.give(Start(), "learner:ann")
        story.give(RevokeAccess())
        (reason,) = story.reasons(Strike(entry=1))
        assert reason.code == "nothing_rests_on_it"
        assert reason.text == "later entries rest on it; strike those first: 3, 2"

    def test_newest_first_all_of_it_can_be_struck(self) -> None:
        story = enrolled()
        story.give(Start(), "learner:ann")
        story.give(RevokeAccess())
        for entry in (3, 2, 1):
            story.give(Strike(entry=entry))
        assert story.status is None
        assert story.enrollment.cycles == ()

    def test_awards_assignments_and_strikes_rest_on_nothing(self) -> None:
        story = enrolled()
        story.give(Assign())
        story.give(Award())
        story.give(Strike(entry=2))
        assert self.resting(story, 1) == ()

    def test_the_first_assignment_rests_on_nothing_there_was(self) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Assign())
        story.give(Remove())
        story.give(Assign())
        assert self.resting(story, 2) == (3,)

    def test_what_was_given_in_the_status_that_it_made(self) -> None:
        story = reached()[Status.DISALLOWED]
        story.give(RestoreAccess())
        assert self.resting(story, 4) == (5,)

    def test_what_was_given_in_the_cycle_that_it_began(self) -> None:
        story = Story(FROM_EXPIRY)
        story.give(Assign())
        story.give(Enroll(), "learner:ann")
        story.give(Start(), "learner:ann")
        story.give(CompleteStep(step="course"), "system")
        assert self.resting(story, 2) == (3, 4)
        assert self.resting(story, 1) == (2,)

    def test_what_was_given_on_the_certificate_that_it_made(self) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Award())
        story.give(PermanentlyRevoke(), now="2025-02-01")
        assert self.resting(story, 1) == (2,)

    def test_what_was_started_on_a_certificate_that_time_had_ended(self) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Award())
        story.give(StartRecertification(), "learner:ann", "2027-01-01")
        assert self.resting(story, 1) == (2,)
        story.give(AbandonRecertification())
        assert story.refused(Strike(entry=1)) == ["nothing_rests_on_it"]

    def test_a_certificate_superseded_since(self) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Award())
        story.give(Award(), now="2025-02-01")
        story.give(ForceRecertification(), now="2025-03-01")
        assert self.resting(story, 2) == (3,)

    def test_in_a_cycle_only_what_concerns_the_certificate_rests_on_it(self) -> None:
        story = Story(FROM_EXPIRY)
        story.give(Assign())
        story.give(Enroll(), "learner:ann")
        story.give(Start(), "learner:ann")
        story.give(Award(on=date(2022, 1, 1)), now="2025-02-01")  # history: the cycle goes on
        story.give(CompleteStep(step="course"), "system")
        assert self.resting(story, 4) == ()
        story.give(RevokeAccess())
        assert self.resting(story, 4) == (6,)

    def test_an_award_rests_on_what_lifted_a_bar_before_it(self) -> None:
        story = reached()[Status.REVOKED]
        story.give(StartRecertification(), "learner:ann")
        story.give(Award())
        assert self.resting(story, 3) == (4,)
        assert self.resting(story, 1) == (2,)

    def test_a_struck_entry_rests_no_more(self) -> None:
        story = enrolled()
        story.give(Start(), "learner:ann")
        story.give(Strike(entry=2))
        assert self.resting(story, 1) == ()


class TestWhatRestsOnNewFacts:
    """Requests, fees, extensions and re-datings: what each rests on."""

    def resting(self, story: Story, entry: int) -> tuple[int, ...]:
        return resting_on(entry, story.history, story.enrollment)

    def submitted(self, *steps: str) -> Story:
        """Entries 1 and 2: enrolled and started; 3 and on: evidence."""
        story = started(EVIDENCE)
        for step in steps:
            story.give(SubmitEvidence(step=step), "learner:ann")
        return story

    @pytest.mark.parametrize("command", [ApproveEvidence(request=3), DenyEvidence(request=3)])
    def test_a_decision_about_evidence_rests_on_the_request(self, command: Command) -> None:
        story = self.submitted("course")
        story.give(command, "approver:bo")
        (reason,) = story.reasons(Strike(entry=3))
        assert reason.code == "nothing_rests_on_it"
        assert reason.text == "later entries rest on it; strike those first: 4"
        story.give(Strike(entry=4))
        story.give(Strike(entry=3))
        assert story.enrollment.requests == ()

    def test_a_decision_struck_the_request_waits_again(self) -> None:
        story = self.submitted("course")
        story.give(ApproveEvidence(request=3), "approver:bo")
        story.give(Strike(entry=4))
        assert [each.state for each in story.enrollment.requests] == [RequestState.OPEN]
        assert story.enrollment.cycles[0].done == ()

    def test_a_decision_does_not_rest_on_another_request(self) -> None:
        story = self.submitted("course")
        story.give(DenyEvidence(request=3), "approver:bo")
        story.give(SubmitEvidence(step="course"), "learner:ann")
        story.give(ApproveEvidence(request=5), "approver:bo")
        assert self.resting(story, 3) == (4,)
        assert self.resting(story, 5) == (6,)

    @pytest.mark.parametrize("command", [ApproveAccess(), DenyAccess()])
    def test_a_decision_about_access_rests_on_the_request(self, command: Command) -> None:
        story = Story(evolve(FROM_COMPLETION, access=Access.BY_REQUEST))
        story.give(RequestAccess(), "learner:ann")
        story.give(command, "approver:bo")
        assert self.resting(story, 1) == (2,)
        story.give(Strike(entry=2))
        assert story.enrollment.open_access_request is not None
        story.give(Strike(entry=1))
        assert story.enrollment.access_requests == ()

    @pytest.mark.parametrize("command", [ApproveExam(request=3), DenyExam(request=3)])
    def test_a_decision_about_the_exam_rests_on_the_attempt(self, command: Command) -> None:
        story = started(with_exam(ExamRules(approval=True)))
        story.give(RecordExam(passed=True), "system")
        story.give(command, "approver:bo")
        assert story.refused(Strike(entry=3)) == ["nothing_rests_on_it"]

    @pytest.mark.parametrize("command", [GrantAttempts(request=4), DenyAttempts(request=4)])
    def test_a_decision_about_attempts_rests_on_the_request_and_that_on_nothing_else(
        self, command: Command
    ) -> None:
        story = started(with_exam(ExamRules(attempts=1)))
        story.give(RecordExam(passed=False), "system")
        story.give(RequestAttempts(), "learner:ann")
        story.give(command, "approver:bo")
        assert self.resting(story, 4) == (5,)
        assert self.resting(story, 3) == ()

    def asked_again(self, story: Story, ask: Command, by: str, deny: Command) -> list[str]:
        """A request denied and made again, then the denial struck; returns what became of both."""
        story.give(ask, by)
        story.give(deny, "approver:bo")
        story.give(ask, by)
        story.give(Strike(entry=story.enrollment.entries - 1))
        return [each.state.value for each in story.enrollment.requests]

    def test_the_denial_struck_what_was_asked_again_takes_its_place(self) -> None:
        """R6: one request for a thing is open at a time, whatever never counted between."""
        evidence = SubmitEvidence(step="course")
        story = started(EVIDENCE)
        told = self.asked_again(story, evidence, "learner:ann", DenyEvidence(request=3))
        assert told == ["superseded", "open"]
        assert story.refused(ApproveEvidence(request=3), "approver:bo") == ["request_is_open"]
        story.give(SubmitEvidence(step="visit"), "learner:ann")
        waiting = [each.step for each in story.enrollment.requests if each.is_open]
        assert waiting == ["course", "visit"]

    def test_so_it_is_with_the_exam_attempts_and_access(self) -> None:
        exam = started(with_exam(ExamRules(approval=True)))
        told = self.asked_again(exam, RecordExam(passed=True), "system", DenyExam(request=3))
        assert told == ["superseded", "open"]
        exam.give(ApproveExam(request=5), "approver:bo")
        assert exam.enrollment.cycles[0].exam_done
        used_up = started(with_exam(ExamRules(attempts=1)))
        used_up.give(RecordExam(passed=False), "system")
        deny = DenyAttempts(request=4)
        told = self.asked_again(used_up, RequestAttempts(), "learner:ann", deny)
        assert told == ["superseded", "open"]
        access = Story(evolve(FROM_COMPLETION, access=Access.BY_REQUEST))
        told = self.asked_again(access, RequestAccess(), "learner:ann", DenyAccess())
        assert told == ["superseded", "open"]

    def test_everything_in_the_open_cycle_rests_on_its_beginning(self) -> None:
        rules = ExamRules(attempts=1)
        deadlines = Deadlines(initial=InitialDeadline(due=P30D))
        first = evolve(
            with_exam(rules).versions[0],
            policy=evolve(
                FROM_COMPLETION.versions[0].policy,
                exam=rules,
                deadlines=deadlines,
                fees=Fees(certification=True, exam=True),
            ),
            initial=Curriculum(steps=(*PATHS.steps, course("drill")), exam=Exam(code="exam")),
        )
        second = evolve(first, number=2)
        story = Story(evolve(FROM_COMPLETION, versions=(first,)))
        story.give(Enroll(), "learner:ann")
        story.case = evolve(
            story.case, certification=evolve(FROM_COMPLETION, versions=(first, second))
        )
        commands: tuple[tuple[Command, str], ...] = (
            (OverridePayment(), "admin:eva"),
            (Start(), "learner:ann"),
            (RecordPayment(fee=Fee.EXAM), "system"),
            (SubmitEvidence(step="visit"), "learner:ann"),
            (RecordTestOut(step="course", passed=False), "system"),
            (RecordExam(passed=False), "system"),
            (RequestAttempts(), "learner:ann"),
            (GrantAttempts(request=8), "approver:bo"),
            (ExtendDeadline(until=date(2025, 6, 1)), "admin:eva"),
            (MoveToVersion(version=2), "admin:eva"),
            (OverrideExam(), "admin:eva"),
            (CompleteStep(step="drill"), "system"),
        )
        for command, by in commands:
            story.give(command, by)
        assert self.resting(story, 1) == tuple(range(2, 2 + len(commands)))

    def test_the_certificate_rests_on_what_it_could_not_do_without(self) -> None:
        story = self.submitted("course", "visit")
        story.give(ApproveEvidence(request=3), "approver:bo")
        story.give(ApproveEvidence(request=4), "approver:bo")
        assert self.resting(story, 5) == (6,)
        story.give(Strike(entry=6))
        story.give(Strike(entry=5))
        assert story.status is Status.PENDING_APPROVAL

    def test_the_certificate_of_a_move_rests_on_the_steps(self) -> None:
        second = evolve(EVIDENCE.versions[0], number=2, initial=Curriculum(steps=(course(),)))
        story = started(EVIDENCE)
        story.give(CompleteStep(step="course"), "system")
        story.case = evolve(
            story.case, certification=evolve(EVIDENCE, versions=(*EVIDENCE.versions, second))
        )
        assert story.give(MoveToVersion(version=2)).after is Status.CERTIFIED
        assert self.resting(story, 3) == (4,)
        story.give(Strike(entry=4))
        assert story.status is Status.IN_PROGRESS

    @pytest.mark.parametrize("now", ["2025-06-01", "2026-01-10", "2026-06-01"])
    def test_an_extension_rests_on_the_certificate(self, now: str) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Award())
        story.give(ExtendCertificate(until=date(2027, 1, 1)), now=now)
        assert self.resting(story, 1) == (2,)
        story.give(Strike(entry=2))
        story.give(Strike(entry=1))
        assert story.status is None

    def test_an_extension_within_a_cycle_rests_on_both(self) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Award())
        story.give(StartRecertification(), "learner:ann", "2025-06-01")
        story.give(ExtendCertificate(until=date(2027, 1, 1)))
        assert self.resting(story, 1) == (2, 3)
        assert self.resting(story, 2) == (3,)

    def test_an_extension_rests_on_what_made_the_status_and_the_certificate(self) -> None:
        """The first award made the status Certified, the second one the certificate that is extended."""
        story = Story(FROM_COMPLETION)
        story.give(Award())
        story.give(Award(), now="2025-06-01")
        story.give(ExtendCertificate(until=date(2027, 1, 1)))
        assert self.resting(story, 1) == (3,)
        assert self.resting(story, 2) == (3,)

    def test_an_extended_deadline_beforehand_rests_on_the_certificate(self) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Award())
        story.give(ExtendDeadline(until=date(2026, 6, 1)))
        assert self.resting(story, 1) == (2,)

    def test_a_re_dating_within_a_cycle_rests_on_the_certificate(self) -> None:
        second = evolve(FROM_COMPLETION.versions[0], number=2)
        story = Story(FROM_COMPLETION)
        story.give(Award())
        story.give(StartRecertification(), "learner:ann")
        story.case = evolve(
            story.case,
            certification=evolve(FROM_COMPLETION, versions=(*FROM_COMPLETION.versions, second)),
        )
        story.give(MoveToVersion(version=2, redate=True))
        assert self.resting(story, 1) == (2, 3)

    def test_a_reinstatement_fee_rests_on_the_certificate_and_the_start_not_on_it(self) -> None:
        story = Story(with_fees(Fees(reinstatement=True)))
        story.give(Award())
        story.give(RecordPayment(fee=Fee.REINSTATEMENT), "system", "2026-01-10")
        story.give(StartRecertification(), "learner:ann")
        assert self.resting(story, 1) == (2, 3)
        assert self.resting(story, 2) == ()

    def test_a_second_assignment_rests_on_nothing(self) -> None:
        story = self.submitted("course", "visit")
        story.give(Assign())
        assert self.resting(story, 4) == ()


def in_order(order: tuple[Command, ...]) -> bool:
    """Whether a certificate is there first, and it is extended before it is dated again."""
    kinds = [type(each) for each in order]
    return kinds[0] is Award and kinds.index(ExtendCertificate) < kinds.index(MoveToVersion)


class TestLateAwardsAmongExtensionsAndReDatings:
    """An award of any past date gives the same certificates in whatever order it is entered (T5, T5b, P13)."""

    FIRST = FROM_EXPIRY.versions[0]
    SECOND = evolve(
        FIRST,
        number=2,
        published_on=date(2024, 6, 15),
        policy=evolve(FIRST.policy, validity=FromExpiry(period=Period.parse("P2Y"))),
    )
    OLDEST, MIDDLE, NEWEST = (
        Award(on=date(2022, 5, 10)),
        Award(on=date(2023, 5, 2)),
        Award(on=date(2024, 5, 1)),
    )
    EXTENSION = ExtendCertificate(until=date(2025, 6, 30), at=instant("2024-06-01"))
    REDATING = MoveToVersion(version=2, redate=True, at=instant("2024-07-01"))
    ALL: tuple[Command, ...] = (OLDEST, MIDDLE, NEWEST, EXTENSION, REDATING)
    ORDERS = tuple(order for order in permutations(ALL) if in_order(order))

    def told(self, order: tuple[Command, ...]) -> Story:
        versions = (self.FIRST, self.SECOND)
        story = Story(evolve(FROM_EXPIRY, versions=versions), now="2025-01-01")
        for command in order:
            story.give(command)
        return story

    def test_how_many(self) -> None:
        assert len(self.ORDERS) == 36

    @pytest.mark.parametrize("order", ORDERS)
    def test_the_same_certificates(self, order: tuple[Command, ...]) -> None:
        story = self.told(order)
        assert [
            (each.version, each.terms.baseline, each.extended_to, each.last_valid_day)
            for each in story.enrollment.certificates
        ] == [
            (1, date(2023, 5, 10), None, date(2023, 5, 10)),
            (1, date(2024, 5, 10), None, date(2024, 5, 10)),
            (2, date(2026, 5, 10), date(2025, 6, 30), date(2026, 5, 10)),
        ]

    @pytest.mark.parametrize("order", ORDERS)
    def test_the_same_answers(self, order: tuple[Command, ...]) -> None:
        story, straight = self.told(order), self.told(self.ALL)
        for day in ("2022-05-09", "2023-05-09", "2024-05-20", "2024-06-15", "2024-08-01"):
            assert story.status_at(day) is straight.status_at(day), day
            ends = [
                [
                    each.last_valid_day
                    for each in replay(
                        told.history, learner="ann", certification="EXPIRY-1", at=instant(day)
                    ).certificates
                ]
                for told in (story, straight)
            ]
            assert ends[0] == ends[1], day

    def test_the_middle_one_struck_the_newest_is_dated_as_without_it(self) -> None:
        story = self.told(self.ALL)
        story.give(Strike(entry=2))
        newest = story.enrollment.certificates[-1]
        # Late after the oldest, so two years from its completion.
        assert (newest.version, newest.last_valid_day) == (2, date(2026, 5, 1))
        assert newest.extended_to == date(2025, 6, 30)

    def test_the_re_dating_struck_the_dates_of_the_issue_come_back(self) -> None:
        story = self.told(self.ALL)
        story.give(Strike(entry=5))
        newest = story.enrollment.certificates[-1]
        assert (newest.version, newest.last_valid_day) == (1, date(2025, 6, 30))
        assert newest.terms.last_valid_day == date(2025, 5, 10)


class TestFoundByExploring:
    """Strikes that once broke an invariant, each as short as it was found."""

    def test_the_cycle_that_an_award_had_ended_may_be_struck(self) -> None:
        story = enrolled()
        story.give(Award())
        assert story.give(Strike(entry=1)).after is Status.CERTIFIED
        assert not story.enrollment.cycles
        story.give(StartRecertification(), "learner:ann")
        assert [cycle.number for cycle in story.enrollment.cycles] == [1]

    def test_the_end_recorded_for_a_cycle_that_is_struck_counts_no_more(self) -> None:
        story = enrolled()
        story.give(Award(on=date(2024, 12, 1)), now="2025-02-01")  # ends the cycle on entry
        story.give(Strike(entry=1))
        assert story.status is Status.CERTIFIED
        story.give(StartRecertification(), "learner:ann")
        assert story.enrollment.open_cycle is not None

    def test_numbers_of_cycles_are_not_given_twice(self) -> None:
        story = enrolled()
        story.give(Award())
        story.give(StartRecertification(), "learner:ann")
        story.give(Strike(entry=1))
        story.give(AbandonRecertification())
        story.give(StartRecertification(), "learner:ann")
        assert [cycle.number for cycle in story.enrollment.cycles] == [2, 3]

    def test_an_award_ends_the_cycle_that_a_strike_opens_again(self) -> None:
        story = enrolled()
        story.give(Unassign(source=SELF), now="2025-01-02")
        story.give(Award(), now="2025-01-03")
        given = story.give(Strike(entry=2), now="2025-01-04")
        assert given.after is Status.CERTIFIED
        cycle = story.enrollment.cycles[0]
        assert (cycle.ended_by, cycle.ended_at) == (CycleEnd.AWARD, instant("2025-01-03"))
        assert story.give(Strike(entry=3)).after is Status.NOT_STARTED

    @pytest.mark.parametrize("command", [StartRecertification(), ForceRecertification()])
    def test_two_cycles_are_never_open_at_once(
        self, command: StartRecertification | ForceRecertification
    ) -> None:
        story = enrolled()
        story.give(Unassign(source=SELF))
        story.give(Award())
        story.give(
            command, "learner:ann" if isinstance(command, StartRecertification) else "admin:eva"
        )
        story.give(Strike(entry=2))
        assert [cycle.ended_by for cycle in story.enrollment.cycles] == [CycleEnd.AWARD, None]

    def test_under_a_bar_no_cycle_is_open(self) -> None:
        story = enrolled()
        story.give(Unassign(source=SELF))
        story.give(Award())
        story.give(PermanentlyRevoke())
        story.give(Strike(entry=2))
        assert story.status is Status.DISALLOWED
        assert story.enrollment.open_cycle is None

    def test_what_began_after_an_abandoned_cycle_rests_on_that_whatever_time_did_since(
        self,
    ) -> None:
        for later in ("2025-06-01", "2026-01-15", "2026-06-01"):  # certified, expired, lapsed
            story = Story(FROM_COMPLETION)
            story.give(Award())
            story.give(StartRecertification(), "learner:ann", "2025-03-01")
            story.give(AbandonRecertification(), "learner:ann", "2025-03-02")
            story.give(StartRecertification(), "learner:ann", later)
            assert story.refused(Strike(entry=3)) == ["nothing_rests_on_it"]
            story.give(Strike(entry=4))
            story.give(Strike(entry=3))
            assert story.status is Status.RECERTIFYING

    def test_a_certificate_rests_on_every_step_of_its_cycle(self) -> None:
        story = Story(FROM_EXPIRY)
        story.give(Assign())
        story.give(Enroll(), "learner:ann")
        story.give(Start(), "learner:ann")
        story.give(CompleteStep(step="course"), "system")
        story.give(CompleteStep(step="drill"), "system")
        (reason,) = story.reasons(Strike(entry=4))
        assert reason.text == "later entries rest on it; strike those first: 5"
        story.give(Strike(entry=5))
        story.give(Strike(entry=4))
        assert story.status is Status.IN_PROGRESS

    def test_a_certificate_does_not_rest_on_an_assignment_in_its_cycle(self) -> None:
        story = enrolled()
        story.give(Start(), "learner:ann")
        story.give(Assign())
        story.give(CompleteStep(step="course"), "system")
        story.give(Strike(entry=3))
        assert story.status is Status.CERTIFIED

    def test_a_moment_after_the_last_fact(self) -> None:
        story = enrolled()
        story.now += timedelta(microseconds=1)
        story.give(Strike(entry=1))
        assert story.status is None
