"""Row 37: an entry that was an error is taken out, unless something rests on it (R13)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from attrs import evolve

from certlib.errors import HistoryRequiredError, InvalidValueError
from certlib.state import AssignmentSource, CycleEnd, Status
from certlib.state.commands import (
    AbandonRecertification,
    Assign,
    Award,
    CompleteStep,
    Enroll,
    ForceRecertification,
    PermanentlyRevoke,
    Remove,
    RestoreAccess,
    RevokeAccess,
    Start,
    StartRecertification,
    Strike,
    Unassign,
)
from certlib.state.strikes import resting_on
from tests.state.sample import FROM_COMPLETION, FROM_EXPIRY
from tests.state.story import Story, instant, reached, statuses, tags

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

    def test_it_never_counted(self) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Assign())
        story.give(Strike(entry=1), now="2025-02-01")
        assert story.status_at("2025-01-15") is None
        assert story.enrollment.last_fact_at is None

    @pytest.mark.parametrize("status", [s for s in Status if s is not Status.PENDING_APPROVAL])
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
            "there is no such entry, or it is struck already, or it is a strike itself"
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
        assert reason.text == "later facts rest on it, strike those first: entry 3, entry 2"

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
        assert reason.text == "later facts rest on it, strike those first: entry 5"
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
