"""What the system does about completions, so that nobody has to press Start (C7)."""

from __future__ import annotations

from datetime import date

import pytest
from attrs import evolve

from certlib.certifications import Access, Certification, Curriculum, External, Step
from certlib.periods import Period
from certlib.policies import (
    Deadlines,
    Fee,
    Fees,
    FromCompletion,
    Grace,
    InitialDeadline,
    Policy,
    Recertification,
    RecertificationDeadline,
)
from certlib.state import TABLE, Accepted, Command, Proposal, Status, fulfil
from certlib.state._actions import running
from certlib.state._cycles import CycleEnd, CycleKind
from certlib.state._fulfilment import FOLLOWED, SYSTEM
from certlib.state.commands import (
    ApproveAccess,
    Assign,
    Award,
    CompleteStep,
    Enroll,
    ExtendCertificate,
    ExtendDeadline,
    ForceRecertification,
    MoveToVersion,
    OverridePayment,
    PermanentlyRevoke,
    RecordPayment,
    RequestAccess,
    Start,
    StartRecertification,
)
from certlib.state.facts import CycleBegan, CycleEnded, Fact
from certlib.transcript import Completion, Transcript
from tests.state.sample import (
    EARLY_AND_EXAM,
    FIXED_DATES,
    FROM_COMPLETION,
    FROM_EXPIRY,
    ONE_STEP,
    P1Y,
    P3M,
    PER_CERTIFICATE,
    TWO_STEPS,
    certification,
    course,
)
from tests.state.story import Story, instant, tags


def completion(training: str = "COURSE", at: str = "2025-03-01", **more: object) -> Completion:
    made = Completion(training=training, at=instant(at), recorded_at=instant(at))
    return evolve(made, **more)  # type: ignore[arg-type]


class Learning(Story):
    """A story with a transcript."""

    def completed(self, *completions: Completion, now: str | None = None) -> list[Accepted]:
        """Record completions, the last of which is new; return what the system did about that."""
        self.wait(now)
        transcript = self.case.transcript.with_completions(*completions)
        self.case = evolve(self.case, transcript=transcript)
        return self.followed(completions[-1])

    def followed(self, new: Completion | None = None) -> list[Accepted]:
        """Let the system do what follows, and keep it."""
        done = list(fulfil(self.case, now=self.now, completion=new, table=self.table))
        if done:
            history = (*self.history, *(event for each in done for event in each.events))
            self.case = evolve(self.case, enrollment=done[-1].enrollment, history=history)
        return done


def given(done: list[Accepted]) -> list[str]:
    return [each.events[0].row for each in done]


class TestAllAtOnce:
    def test_a_completion_enrolls_starts_and_certifies(self) -> None:
        story = Learning(FROM_COMPLETION, now="2025-03-01")
        done = story.completed(completion())
        assert given(done) == ["enroll", "start", "complete step"]
        assert [tags(each) for each in done][2] == ["step_completed", "certificate_issued"]
        assert story.status is Status.CERTIFIED

    def test_each_command_is_the_systems_and_dated_by_the_completion(self) -> None:
        story = Learning(FROM_COMPLETION, now="2025-03-10")
        done = story.completed(completion(at="2025-03-01 15:00", import_id="up-1", import_row=3))
        for event in (event for each in done for event in each.events):
            assert (event.at, event.actor) == (instant("2025-03-01 15:00"), str(SYSTEM))
            assert event.recorded_at == instant("2025-03-10")
            assert (event.import_id, event.import_row) == ("up-1", 3)
            assert [key.training for key in event.because] == ["COURSE"]

    def test_a_bare_date_is_a_day_of_the_certifications_zone(self) -> None:
        story = Learning(FIXED_DATES, now="2025-03-10")
        new = Completion.dated("COURSE", date(2025, 3, 1), recorded_at=instant("2025-03-10"))
        done = story.completed(new)
        assert done[0].events[0].at == instant("2025-02-28 23:00")
        assert story.enrollment.certificates[0].terms.issued_on == date(2025, 3, 1)

    def test_a_bare_date_of_today_there_is_not_after_now(self) -> None:
        story = Learning(FIXED_DATES, now="2025-03-01 00:30")
        future = evolve(completion(at="2025-03-01"), at=instant("2025-03-01 00:45"))
        done = story.completed(future)
        assert done[0].events[0].at == story.now

    def test_it_is_not_dated_before_the_last_fact(self) -> None:
        story = Learning(FROM_COMPLETION, now="2025-03-05")
        story.give(Assign())
        done = story.completed(completion(at="2025-03-05"), now="2025-03-06")
        assert {event.at for each in done for event in each.events} == {instant("2025-03-05")}
        assert given(done) == ["enroll when assigned", "start", "complete step"]


class TestWhatCounts:
    def test_a_training_that_no_step_needs(self) -> None:
        assert Learning(FROM_COMPLETION).completed(completion("DANCE", "2025-01-01")) == []

    def test_while_something_is_missing_the_cycle_goes_on(self) -> None:
        story = Learning(FROM_EXPIRY, now="2025-01-01")
        story.give(Assign())
        assert given(story.completed(completion("NIGHT"), now="2025-03-01")) == [
            "enroll when assigned",
            "start",
        ]
        assert story.completed(completion("NIGHT", "2025-03-02"), now="2025-03-02") == []
        done = story.completed(completion("DAY", "2025-03-03"), now="2025-03-03")
        assert given(done) == ["complete step"]
        (event,) = done[0].events
        assert event.fact.tag == "step_completed"
        assert {key.training for key in event.because} == {"NIGHT", "DAY"}

    def test_the_path_is_the_one_that_was_fulfilled(self) -> None:
        story = Learning(FROM_EXPIRY, now="2025-01-01")
        story.give(Assign())
        story.completed(completion("NIGHT"), completion("DAY", "2025-03-02"), now="2025-03-03")
        assert [(each.step, each.path) for each in story.enrollment.cycles[0].done] == [
            ("drill", "classroom")
        ]

    def test_the_step_fulfilled_first_comes_first(self) -> None:
        story = Learning(FROM_EXPIRY, now="2025-01-01")
        story.give(Assign())
        story.completed(
            completion("COURSE", "2025-03-09"), completion("DRILL", "2025-03-02"), now="2025-03-10"
        )
        (cycle,) = story.enrollment.cycles
        assert [(each.step, each.at) for each in cycle.done] == [
            ("drill", instant("2025-03-02")),
            ("course", instant("2025-03-09")),
        ]
        assert story.enrollment.certificates[0].issued_at == instant("2025-03-09")

    def test_what_lies_before_the_assignment_does_not_count(self) -> None:
        story = Learning(FROM_EXPIRY, now="2025-03-02")
        story.give(Assign())
        assert story.completed(completion(at="2025-03-01")) == []
        story.give(Enroll(), "learner:ann")
        assert story.followed() == []
        assert given(story.completed(completion(at="2025-03-02"))) == ["start", "complete step"]

    def test_the_day_of_the_assignment_counts(self) -> None:
        story = Learning(FROM_COMPLETION, now="2025-03-01 18:00")
        story.give(Assign())
        done = story.completed(completion(at="2025-03-01 09:00"))
        assert given(done) == ["enroll when assigned", "start", "complete step"]

    def test_an_older_completion_in_the_transcript_that_does_not_count(self) -> None:
        story = Learning(FROM_EXPIRY, now="2025-03-02")
        story.give(Assign())
        story.give(Enroll(), "learner:ann")
        story.give(Start(), "learner:ann")
        story.completed(completion(at="2025-01-01"))
        assert story.status is Status.IN_PROGRESS
        done = story.completed(completion(at="2025-03-03"), now="2025-03-04")
        assert [key.at for key in done[0].events[0].because] == [instant("2025-03-03")]

    def test_an_external_path_is_not_for_completions(self) -> None:
        step = Step(code="course", paths=(External(instructions="a paper"),))
        story = Learning(
            certification(FROM_COMPLETION.versions[0].policy, initial=Curriculum(steps=(step,)))
        )
        story.give(Enroll(), "learner:ann")
        story.give(Start(), "learner:ann")
        assert story.completed(completion()) == []


class TestRenewing:
    def story(self, cert: Certification = FROM_EXPIRY) -> Learning:
        story = Learning(cert, now="2025-03-03")
        story.give(Award())
        return story

    def test_a_completion_in_the_window_renews(self) -> None:
        story = self.story()
        done = story.completed(completion(at="2025-12-03"), now="2025-12-03")
        assert given(done) == ["start recertification", "complete step"]
        assert story.enrollment.certificates[-1].last_valid_day == date(2027, 3, 3)

    def test_a_completion_before_the_window_is_ignored(self) -> None:
        story = self.story()
        assert story.completed(completion(at="2025-12-02 23:59"), now="2025-12-02 23:59") == []
        assert story.status is Status.CERTIFIED

    def test_and_renews_where_the_policy_says_so(self) -> None:
        story = self.story(EARLY_AND_EXAM)
        done = story.completed(completion(at="2025-06-01"), now="2025-06-01")
        assert given(done) == ["start recertification", "complete step"]
        assert story.status is Status.RECERTIFYING

    def test_the_completion_that_earned_a_certificate_does_not_renew_it(self) -> None:
        story = Learning(FROM_COMPLETION, now="2025-03-01")
        story.completed(completion())
        assert story.completed(completion(at="2025-03-01 18:00"), now="2025-03-01 19:00") == []
        assert len(story.enrollment.certificates) == 1

    def test_after_the_end_it_begins_a_late_one(self) -> None:
        story = self.story()
        done = story.completed(completion(at="2026-05-01"), now="2026-05-01")
        assert given(done) == ["start recertification late", "complete step"]

    def test_nobody_is_let_back_in_by_it(self) -> None:
        story = self.story()
        story.give(PermanentlyRevoke(), now="2025-04-01")
        assert story.completed(completion(at="2025-12-10"), now="2025-12-10") == []


class TestWhereItIsNotDone:
    def test_access_that_is_not_open(self) -> None:
        for access in (Access.ASSIGNED_ONLY, Access.BY_REQUEST):
            story = Learning(evolve(FROM_COMPLETION, access=access), now="2025-03-01")
            assert story.completed(completion()) == []

    def test_a_policy_that_does_not_want_it(self) -> None:
        version = FROM_COMPLETION.versions[0]
        policy = evolve(version.policy, certify_on_completion=False)
        by_hand = evolve(FROM_COMPLETION, versions=(evolve(version, policy=policy),))
        story = Learning(by_hand, now="2025-03-01")
        assert story.completed(completion()) == []
        story.give(Enroll(), "learner:ann")
        assert story.followed() == []
        story.give(Start(), "learner:ann")
        assert story.followed() == []

    def test_no_version_to_begin_with(self) -> None:
        assert Learning(evolve(FROM_COMPLETION, versions=())).completed(completion()) == []

    def test_what_is_only_awarded(self) -> None:
        story = Learning(PER_CERTIFICATE, now="2025-03-01")
        assert story.completed(completion()) == []

    def test_a_version_that_is_gone(self) -> None:
        story = Learning(FROM_COMPLETION, now="2025-03-01")
        story.give(Enroll(), "learner:ann")
        story.case = evolve(story.case, certification=evolve(FROM_COMPLETION, versions=()))
        assert story.completed(completion()) == []

    def test_a_step_that_the_version_no_longer_has(self) -> None:
        story = Learning(FROM_COMPLETION, now="2025-03-01")
        story.give(Enroll(), "learner:ann")
        story.give(Start(), "learner:ann")
        drill = Curriculum(steps=FROM_EXPIRY.versions[0].initial.steps[1:])
        other = evolve(FROM_COMPLETION.versions[0], initial=drill)
        story.case = evolve(story.case, certification=evolve(FROM_COMPLETION, versions=(other,)))
        assert story.completed(completion()) == []

    def test_without_the_history_it_works_as_well(self) -> None:
        story = Learning(FROM_COMPLETION, now="2025-03-01")
        new = completion()
        case = evolve(story.case, history=None, transcript=Transcript(completions=(new,)))
        done = list(fulfil(case, now=story.now, completion=new))
        assert done[-1].after is Status.CERTIFIED


class TestWithoutANewCompletion:
    """After a command, what is there already may count; but nothing begins by itself."""

    def learned(self, at: str = "2025-03-01") -> Learning:
        story = Learning(FROM_COMPLETION, now=at)
        transcript = Transcript(completions=(completion(at=at),))
        story.case = evolve(story.case, transcript=transcript)
        return story

    def test_who_is_not_assigned_is_not_enrolled(self) -> None:
        assert self.learned().followed() == []

    def test_who_is_assigned_goes_on_with_what_counts(self) -> None:
        story = self.learned()
        story.give(Assign())
        assert given(story.followed()) == ["enroll when assigned", "start", "complete step"]

    def test_who_enrolled_goes_on(self) -> None:
        story = self.learned()
        story.give(Enroll(), "learner:ann")
        assert given(story.followed()) == ["start", "complete step"]

    def test_no_recertification_begins_by_itself(self) -> None:
        story = self.learned()
        story.give(Award(), now="2025-03-01")
        story.wait("2026-06-01")
        assert story.followed() == []

    def test_the_commands_after_which_to_look(self) -> None:
        assert set(FOLLOWED) == {
            Assign, Enroll, ApproveAccess, RecordPayment, OverridePayment, Start,
            StartRecertification, ExtendDeadline, ExtendCertificate, MoveToVersion,
        }  # fmt: skip
        assert CompleteStep not in FOLLOWED
        assert ForceRecertification not in FOLLOWED  # it would undo itself at once


def with_policy(**more: object) -> Certification:
    """One step, a year from completion, a month of grace; open to all."""
    policy = Policy(validity=FromCompletion(period=P1Y), grace=Grace(period=Period.parse("P30D")))
    return certification(evolve(policy, **more))  # type: ignore[arg-type]


class TestFees:
    """No fee may be open: the system neither begins nor counts anything before it is settled."""

    SETTLED = pytest.mark.parametrize(
        ("settle", "by"),
        [
            (RecordPayment(fee=Fee.CERTIFICATION), "system"),
            (OverridePayment(), "admin:eva"),
        ],
        ids=["paid", "waived"],
    )

    def test_where_the_fee_is_required_nothing_begins(self) -> None:
        story = Learning(with_policy(fees=Fees(certification=True)), now="2025-03-01")
        assert story.completed(completion()) == []
        story.give(Assign())
        assert story.followed() == []
        assert story.status is Status.ASSIGNED

    @SETTLED
    def test_once_it_is_settled_what_is_there_counts(self, settle: Command, by: str) -> None:
        story = Learning(with_policy(fees=Fees(certification=True)), now="2025-03-01")
        story.give(Enroll(), "learner:ann")
        assert story.completed(completion(at="2025-03-01")) == []
        story.give(settle, by, "2025-03-05")
        assert given(story.followed()) == ["start", "complete step"]
        assert story.status is Status.CERTIFIED
        assert story.enrollment.certificates[0].terms.issued_on == date(2025, 3, 5)

    @pytest.mark.parametrize(
        ("settle", "by"),
        [(RecordPayment(fee=Fee.RECERTIFICATION), "system"), (OverridePayment(), "admin:eva")],
        ids=["paid", "waived"],
    )
    def test_of_a_recertification(self, settle: Command, by: str) -> None:
        story = Learning(with_policy(fees=Fees(recertification=True)), now="2025-03-01")
        story.give(Award())
        assert story.completed(completion(at="2025-06-01"), now="2025-06-01") == []
        story.give(StartRecertification(), "learner:ann")
        assert story.followed() == []
        story.give(settle, by, "2025-06-02")
        assert given(story.followed()) == ["complete step"]
        assert story.status is Status.CERTIFIED

    def test_the_other_cycles_fee_hinders_nothing(self) -> None:
        story = Learning(with_policy(fees=Fees(recertification=True, exam=True)), now="2025-03-01")
        assert len(story.completed(completion())) == 3

    def test_of_coming_back(self) -> None:
        story = Learning(with_policy(fees=Fees(reinstatement=True)), now="2025-03-01")
        story.give(Award())
        assert story.completed(completion(at="2026-03-10"), now="2026-03-10") == []
        story.give(RecordPayment(fee=Fee.REINSTATEMENT), "system", "2026-03-11")
        assert story.followed() == []  # no recertification begins by itself
        done = story.completed(completion(at="2026-03-12"), now="2026-03-12")
        assert given(done) == ["start recertification late", "complete step"]
        assert story.enrollment.reinstatement is None


class TestDeadlines:
    HARD = with_policy(
        deadlines=Deadlines(initial=InitialDeadline(due=Period.parse("P60D"), hard=True))
    )

    def story(self) -> Learning:
        story = Learning(self.HARD, now="2025-01-10")
        story.give(Assign())
        story.give(Enroll(), "learner:ann")
        story.give(Start(), "learner:ann")
        return story

    def test_on_its_last_day_a_completion_counts(self) -> None:
        done = self.story().completed(completion(at="2025-03-11 23:59"), now="2025-03-12")
        assert given(done) == ["complete step"]

    def test_after_it_only_with_an_extension(self) -> None:
        story = self.story()
        assert story.completed(completion(at="2025-03-20"), now="2025-03-20") == []
        story.give(ExtendDeadline(until=date(2025, 4, 30)), now="2025-03-25")
        done = story.followed()
        assert given(done) == ["complete step"]
        assert done[0].events[0].at == instant("2025-03-25")
        assert [key.at for key in done[0].events[0].because] == [instant("2025-03-20")]

    def test_that_of_a_recertification_moves_with_the_certificate(self) -> None:
        hard = RecertificationDeadline(hard=True)
        story = Learning(with_policy(deadlines=Deadlines(recertification=hard)), now="2025-01-10")
        story.give(Award())
        story.give(StartRecertification(), "learner:ann", "2026-01-05")
        assert story.completed(completion(at="2026-01-11"), now="2026-01-11") == []
        story.give(ExtendCertificate(until=date(2026, 1, 31)), now="2026-01-12")
        assert given(story.followed()) == ["complete step"]
        assert story.status is Status.CERTIFIED


class TestAfterOtherCommands:
    def test_access_that_was_approved(self) -> None:
        story = Learning(
            evolve(with_policy(look_back=Period.parse("P30D")), access=Access.BY_REQUEST),
            now="2025-03-01",
        )
        assert story.completed(completion()) == []
        story.give(RequestAccess(), "learner:ann", "2025-03-02")
        assert story.followed() == []
        story.give(ApproveAccess(), "approver:bo", "2025-03-20")
        assert given(story.followed()) == ["start", "complete step"]

    def test_a_move_to_a_version_whose_step_is_done_already(self) -> None:
        first = FROM_COMPLETION.versions[0]
        drill = Curriculum(steps=(course("drill"),))
        second = evolve(first, number=2, published_on=date(2025, 3, 10), initial=drill)
        story = Learning(evolve(FROM_COMPLETION, versions=(first, second)), now="2025-03-01")
        story.give(Enroll(), "learner:ann")
        story.give(Start(), "learner:ann")
        assert story.completed(completion("DRILL", "2025-03-05"), now="2025-03-05") == []
        story.give(MoveToVersion(version=2), now="2025-03-15")
        done = story.followed()
        assert given(done) == ["complete step"]
        assert story.status is Status.CERTIFIED
        assert story.enrollment.certificates[0].version == 2

    def test_a_forced_recertification_counts_from_its_own_day(self) -> None:
        story = Learning(FROM_COMPLETION, now="2025-03-01")
        story.give(Award())
        story.give(ForceRecertification(), now="2025-06-01 12:00")
        older = completion(at="2025-05-31 23:59")
        assert story.completed(older) == []
        done = story.completed(completion(at="2025-06-01 08:00"))
        assert given(done) == ["complete step"]
        assert [key.at for key in done[0].events[0].because] == [instant("2025-06-01 08:00")]


class TestLookBack:
    """What lies before the beginning counts only so far back (P10b)."""

    LIMIT = with_policy(look_back=Period.parse("P10D"))

    @pytest.mark.parametrize(("at", "counts"), [("2025-02-20", True), ("2025-02-19 23:59", False)])
    def test_before_the_first_assignment(self, at: str, counts: bool) -> None:
        story = Learning(evolve(self.LIMIT, access=Access.ASSIGNED_ONLY), now="2025-03-02")
        transcript = Transcript(completions=(completion(at=at),))
        story.case = evolve(story.case, transcript=transcript)
        story.give(Assign())
        expected = ["enroll when assigned", "start", "complete step"] if counts else []
        assert given(story.followed()) == expected
        assert {event.at for event in story.history} == {instant("2025-03-02")}

    def test_an_assigned_learner_may_have_older_and_other_completions_too(self) -> None:
        story = Learning(self.LIMIT, now="2025-03-02")
        transcript = Transcript(
            completions=(
                completion("DANCE", "2025-02-25"),
                completion(at="2025-01-01"),
                completion(at="2025-02-28"),
            )
        )
        story.case = evolve(story.case, transcript=transcript)
        story.give(Assign())
        done = story.followed()
        assert [key.at for key in done[-1].events[0].because] == [instant("2025-02-28")]

    @pytest.mark.parametrize(("at", "counts"), [("2025-11-23", True), ("2025-11-22 23:59", False)])
    def test_before_the_window_once_the_recertification_has_begun(
        self, at: str, counts: bool
    ) -> None:
        window = Recertification(window=P3M)
        story = Learning(
            with_policy(look_back=Period.parse("P10D"), recertification=window), now="2025-03-03"
        )
        story.give(Award())
        assert story.completed(completion(at=at), now="2025-12-01") == []
        story.give(StartRecertification(), "learner:ann", "2025-12-05")  # open since 3 December
        assert given(story.followed()) == (["complete step"] if counts else [])

    def test_never_back_to_the_day_of_the_certificate_that_is_renewed(self) -> None:
        story = Learning(with_policy(look_back=Period.parse("P1Y")), now="2025-03-01")
        story.completed(completion())
        story.give(StartRecertification(), "learner:ann", "2025-03-20")
        assert story.followed() == []

    def test_so_long_a_look_back_reaches_everything(self) -> None:
        story = Learning(with_policy(look_back=Period.parse("P9000Y")), now="2025-03-02")
        transcript = Transcript(completions=(completion(at="1950-01-01"),))
        story.case = evolve(story.case, transcript=transcript)
        story.give(Assign())
        assert len(story.followed()) == 3


class TestRoutes:
    """Who comes back late does the initial curriculum again (P3)."""

    def story(self) -> Learning:
        late = Recertification(initial_again_after=P1Y)
        policy = Policy(validity=FromCompletion(period=P1Y), recertification=late)
        story = Learning(
            certification(policy, initial=TWO_STEPS, recertification=ONE_STEP), now="2022-08-18"
        )
        story.give(Award())  # through 18 August 2023
        return story

    def test_on_the_anniversary_it_is_the_recertification_curriculum(self) -> None:
        story = self.story()
        day = "2024-08-18 23:59"
        assert story.completed(completion("DRILL", day), now=day) == []
        assert given(story.completed(completion(at=day))) == [
            "start recertification late",
            "complete step",
        ]
        assert story.enrollment.cycles[0].curriculum is CycleKind.RECERTIFICATION
        assert story.status is Status.CERTIFIED

    def test_the_day_after_it_is_the_initial_one(self) -> None:
        story = self.story()
        done = story.completed(completion("DRILL", "2024-08-19"), now="2024-08-19")
        assert given(done) == ["start recertification late", "complete step"]
        (cycle,) = story.enrollment.cycles
        assert (cycle.kind, cycle.curriculum) == (CycleKind.RECERTIFICATION, CycleKind.INITIAL)
        assert story.enrollment.status_at(story.now) is Status.RECERTIFYING
        done = story.completed(completion(at="2024-08-20"), now="2024-08-20")
        assert given(done) == ["complete step"]
        assert story.status is Status.CERTIFIED


def test_it_stops_at_the_first_refusal() -> None:
    story = Learning(evolve(FROM_COMPLETION, active=False), now="2025-03-01")
    assert story.completed(completion()) == []
    assert story.status is None


class TestADayThatHasNotBegunThere:
    """A completion known by its day, recorded while it is still the day before further west (T3b)."""

    HONOLULU = certification(Policy(time_zone="Pacific/Honolulu"))

    def new(self, now: str, day: date = date(2025, 8, 30)) -> Completion:
        return Completion.dated("COURSE", day, recorded_at=instant(now))

    @pytest.mark.parametrize(
        ("now", "issued_on"),
        [
            ("2025-08-30 01:38", date(2025, 8, 29)),  # the 29th in Honolulu
            ("2025-08-30 09:59", date(2025, 8, 29)),
            ("2025-08-30 10:00", date(2025, 8, 30)),  # the 30th begins there
            ("2025-08-31 12:00", date(2025, 8, 30)),
        ],
    )
    def test_it_counts_once_for_what_is_there(self, now: str, issued_on: date) -> None:
        story = Learning(self.HONOLULU, now="2025-05-03")
        story.give(Award())
        done = story.completed(self.new(now), now=now)
        assert given(done) == ["start recertification", "complete step"]
        assert [each.terms.issued_on for each in story.enrollment.certificates] == [
            date(2025, 5, 2), issued_on,
        ]  # fmt: skip
        assert story.followed() == []

    def test_it_enrolls_and_certifies_at_once(self) -> None:
        story = Learning(self.HONOLULU, now="2025-08-30 01:38")
        done = story.completed(self.new("2025-08-30 01:38"))
        assert given(done) == ["enroll", "start", "complete step"]
        assert story.status is Status.CERTIFIED


def test_one_completion_begins_one_cycle_whatever_the_table() -> None:
    """A host's own recorder may end the cycle that it begins; else the system would begin for ever."""

    def ended_at_once(proposal: Proposal) -> tuple[Fact, ...]:
        (began,) = running.start_recertification(proposal)
        assert isinstance(began, CycleBegan)
        return began, CycleEnded(number=began.number, by=CycleEnd.ABANDONED)

    careless = TABLE.replacing(
        *(
            evolve(row, records=ended_at_once, emits=(*row.emits, CycleEnded))
            for row in TABLE.rows
            if row.records is running.start_recertification
        )
    )
    story = Learning(FROM_COMPLETION, now="2025-01-01", table=careless)
    story.give(Award())
    done = story.completed(completion(at="2025-03-01"), now="2025-03-01")
    assert given(done) == ["start recertification"]
    assert story.status is Status.CERTIFIED
