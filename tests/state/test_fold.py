"""The fold: the order of effect, what counts, and as known when (T3d, T3e, T6)."""

from __future__ import annotations

from datetime import date

import pytest
from attrs import evolve

from certlib.state import AssignmentSource, Enrollment, Event, Fact, Status, replay
from certlib.state._fold import counting, recorded, struck_entries
from certlib.state.commands import (
    AbandonRecertification,
    Assign,
    Award,
    Enroll,
    Start,
    StartRecertification,
    Strike,
)
from certlib.state.facts import AssignmentDropped
from tests.state.sample import FROM_COMPLETION
from tests.state.story import Story, instant, reached


def told() -> Story:
    """Assigned; awarded late, of the year before; the assignment struck."""
    story = Story(FROM_COMPLETION, now="2025-03-01")
    story.give(Assign())
    story.give(Award(on=date(2024, 5, 1)), now="2025-04-01")
    story.give(Strike(entry=1), now="2025-05-01")
    return story


def replayed(story: Story, *, at: str | None = None, known_at: str | None = None) -> Enrollment:
    return replay(
        story.history,
        learner="ann",
        certification="COMPLETION-1",
        at=None if at is None else instant(at),
        known_at=None if known_at is None else instant(known_at),
    )


class TestCounting:
    def test_in_the_order_of_effect(self) -> None:
        story = Story(FROM_COMPLETION, now="2025-03-01")
        story.give(Assign())
        story.give(Award(on=date(2024, 5, 1)), now="2025-04-01")
        assert [event.entry for event in counting(story.history)] == [2, 1]

    def test_of_one_instant_in_the_order_of_recording(self) -> None:
        story = reached()[Status.CERTIFIED]
        assert [event.sequence for event in counting(story.history[::-1])] == [1, 2, 3, 4, 5]

    def test_neither_struck_entries_nor_strikes(self) -> None:
        story = told()
        assert struck_entries(story.history) == {1}
        assert [event.entry for event in counting(story.history)] == [2]

    def test_what_took_effect_by_an_instant(self) -> None:
        story = reached()[Status.RECERTIFYING]
        at = instant("2025-06-01")
        assert len(counting(story.history, at=at)) == len(story.history)
        assert len(counting(story.history, at=instant("2025-05-31"))) == len(story.history) - 1

    def test_what_was_known_at_an_instant(self) -> None:
        story = told()
        for known_at, entries in (
            ("2025-02-28", []),
            ("2025-03-01", [1]),
            ("2025-04-01", [2, 1]),
            ("2025-05-01", [2]),
        ):
            known = counting(story.history, known_at=instant(known_at))
            assert [event.entry for event in known] == entries
        assert struck_entries(story.history, known_at=instant("2025-04-30")) == frozenset()


class TestReplay:
    @pytest.mark.parametrize("status", [s for s in Status if s.value != "pending_approval"])
    def test_the_history_adds_up_to_the_enrollment(self, status: Status) -> None:
        story = reached()[status]
        assert replayed(story) == story.enrollment
        assert (
            replay(story.history[::-1], learner="ann", certification="COMPLETION-1")
            == story.enrollment
        )

    def test_as_it_stood_and_as_it_was_known(self) -> None:
        story = told()
        assert replayed(story, at="2024-06-01").status_at(instant("2024-06-01")) is (
            Status.CERTIFIED
        )
        then = replayed(story, at="2025-03-15", known_at="2025-03-15")
        assert then.status_at(instant("2025-03-15")) is Status.ASSIGNED

    def test_the_marks_of_everything_recorded(self) -> None:
        enrollment = replayed(told())
        assert (enrollment.version, enrollment.entries) == (3, 3)
        assert enrollment.last_recorded_at == instant("2025-05-01")
        assert enrollment.last_fact_at == instant("2024-05-01")

    def test_marks_never_go_back(self) -> None:
        story = told()
        enrollment = recorded(story.enrollment, story.history[:1])
        assert enrollment == story.enrollment

    def test_what_the_policy_has_become_does_not_matter(self) -> None:
        """Replaying looks at no certification: the dates are those that were recorded."""
        story = reached()[Status.CERTIFIED]
        assert replayed(story).certificates[0].last_valid_day == date(2026, 1, 1)


class TestSince:
    """Since when on the status has held, and which entry made it."""

    def test_by_each_change(self) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Enroll(), "learner:ann")
        marks = [(story.enrollment.status_since, story.enrollment.status_entry)]
        story.give(Assign(), now="2025-02-01")
        marks.append((story.enrollment.status_since, story.enrollment.status_entry))
        story.give(Start(), "learner:ann", "2025-03-01")
        marks.append((story.enrollment.status_since, story.enrollment.status_entry))
        assert marks == [
            (instant("2025-01-01"), 1),
            (instant("2025-01-01"), 1),
            (instant("2025-03-01"), 3),
        ]

    def test_what_time_changed_is_noted_with_the_next_fact(self) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Award())
        story.give(Assign(), now="2026-01-10")
        assert story.enrollment.status_since == instant("2026-01-02")
        assert story.enrollment.status_entry == 1

    def test_after_time_the_entry_is_still_the_one_that_left_it_to_time(self) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Award())
        story.give(StartRecertification(), "learner:ann", "2025-06-01")
        story.give(AbandonRecertification(), "learner:ann", "2025-07-01")
        story.give(Assign(), now="2026-06-01")
        assert story.enrollment.status_since == instant("2026-02-01")
        assert story.enrollment.status_entry == 3

    def test_a_status_that_time_had_changed_and_a_fact_changes_again(self) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Award())
        story.give(StartRecertification(), "learner:ann", "2026-06-01")
        assert story.enrollment.status_since == instant("2026-06-01")
        assert story.enrollment.status_entry == 2


class TestFacts:
    def test_a_fact_must_say_what_it_does(self) -> None:
        story = reached()[Status.ASSIGNED]
        (event,) = story.history
        with pytest.raises(NotImplementedError):
            Fact.apply(event.fact, story.enrollment, event)  # pyright: ignore[reportAbstractUsage]

    def test_a_strike_does_nothing_by_itself(self) -> None:
        story = told()
        strike = story.history[-1]
        assert strike.fact.apply(story.enrollment, strike) is story.enrollment

    def test_dropping_an_assignment_whose_adding_was_struck(self) -> None:
        story = reached()[Status.NOT_STARTED]
        event: Event = evolve(
            story.history[0], fact=AssignmentDropped(source=AssignmentSource.RULE)
        )
        assert event.fact.apply(story.enrollment, event) == story.enrollment
