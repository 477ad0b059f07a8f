"""Strikes on the timeline, and the very instants up to which it is told (T6, row 37)."""

from __future__ import annotations

from datetime import date

from certlib.state.commands import Assign, Award, Enroll, Strike
from tests.state.sample import FROM_COMPLETION
from tests.state.story import Story
from tests.state.test_timeline import told


def struck_award() -> Story:
    """An award (entry 1) and an assignment (2); the award is struck (3)."""
    story = Story(FROM_COMPLETION, now="2025-03-03")
    story.give(Award())
    story.give(Assign(), now="2025-03-10")
    story.give(Strike(entry=1), now="2025-03-20 12:00")
    return story


def test_a_strike_is_told_from_its_own_instant_on() -> None:
    story = struck_award()
    whats = [what for what, *_ in told(story, "2025-03-20 11:59:59.999999")]
    assert whats == ["certificate_awarded struck", "assignment_added"]
    whats = [what for what, *_ in told(story, "2025-03-20 12:00")]
    assert whats == ["certificate_awarded struck", "assignment_added", "entry_struck"]


def test_what_it_struck_counts_before_it_and_not_after_whatever_came_between() -> None:
    (*_, strike) = told(struck_award(), "2025-04-01")
    assert strike == ("entry_struck", "2025-03-20", "certified", "assigned")


def test_what_is_given_next_in_the_same_instant_is_no_part_of_it() -> None:
    story = struck_award()
    story.give(Award(on=date(2025, 3, 18)))
    strike = next(each for each in told(story, "2025-04-01") if each[0] == "entry_struck")
    assert strike == ("entry_struck", "2025-03-20", "certified", "assigned")


def test_a_struck_award_of_before_is_told_though_something_later_was_entered_first() -> None:
    story = Story(FROM_COMPLETION, now="2025-02-01")
    story.give(Enroll(), "learner:ann")
    story.give(Award(on=date(2023, 1, 10)), now="2025-02-02")
    story.give(Strike(entry=2), now="2025-02-03")
    assert told(story, "2024-01-01") == [("certificate_awarded struck", "2023-01-10", None, None)]


def test_as_known_at_an_instant_is_with_what_was_recorded_at_it() -> None:
    story = struck_award()
    assert len(told(story, "2025-04-01", known_at="2025-03-10")) == 2
    assert len(told(story, "2025-04-01", known_at="2025-03-09 23:59:59.999999")) == 1
