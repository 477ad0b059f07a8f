"""What the system does about completions, so that nobody has to press Start (C7)."""

from __future__ import annotations

from datetime import date

from attrs import evolve

from certlib.certifications import Access, Certification, Curriculum, External, Step
from certlib.state import Accepted, Status, fulfil
from certlib.state.commands import (
    Assign,
    Award,
    CompleteStep,
    Enroll,
    PermanentlyRevoke,
    Start,
    StartRecertification,
)
from certlib.state.fulfilment import FOLLOWED, SYSTEM
from certlib.transcript import Completion, Transcript
from tests.state.sample import (
    EARLY_AND_EXAM,
    FIXED_DATES,
    FROM_COMPLETION,
    FROM_EXPIRY,
    PER_CERTIFICATE,
    certification,
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
        assert set(FOLLOWED) == {Assign, Enroll, Start, StartRecertification}
        assert CompleteStep not in FOLLOWED


def test_it_stops_at_the_first_refusal() -> None:
    story = Learning(evolve(FROM_COMPLETION, active=False), now="2025-03-01")
    assert story.completed(completion()) == []
    assert story.status is None
