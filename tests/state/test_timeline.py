"""The timeline, how it came to be; and when somebody was certified (R12, T3e, T6, Q8)."""

from __future__ import annotations

from datetime import date

from certlib.state import ChangePoint, HistoryEntry, certified_spans, timeline
from certlib.state._timeline import certified_on, gaps
from certlib.state.commands import (
    AbandonRecertification,
    Assign,
    Award,
    CompleteStep,
    Enroll,
    ExtendCertificate,
    ExtendDeadline,
    PermanentlyRevoke,
    Start,
    StartRecertification,
    Strike,
)
from tests.state.sample import FIXED_DATES, FOREVER, FROM_COMPLETION, FROM_EXPIRY
from tests.state.story import Story, instant
from tests.state.test_outlook import due_in

Told = tuple[str, str, str | None, str | None]


def told(story: Story, until: str, known_at: str | None = None) -> list[Told]:
    """What, when, and the status before and after."""
    moments = timeline(
        story.history,
        learner="ann",
        certification=story.enrollment.certification,
        until=instant(until),
        known_at=None if known_at is None else instant(known_at),
    )
    return [
        (
            moment.event.fact.tag + (" struck" if moment.struck else "")
            if isinstance(moment, HistoryEntry)
            else moment.kind.value,
            (moment.event if isinstance(moment, HistoryEntry) else moment).at.date().isoformat(),
            moment.before,
            moment.after,
        )
        for moment in moments
    ]


def spans(story: Story, **when: str) -> list[tuple[str, str | None]]:
    found = certified_spans(
        story.history,
        learner="ann",
        certification=story.enrollment.certification,
        **{name: instant(text) for name, text in when.items()},
    )
    return [
        (start.date().isoformat(), None if until is None else until.date().isoformat())
        for start, until in found
    ]


class TestTimeline:
    def test_nothing(self) -> None:
        assert told(Story(FROM_COMPLETION), "2030-01-01") == []

    def test_what_was_given_and_what_time_did(self) -> None:
        story = Story(FROM_COMPLETION, now="2025-03-03")
        story.give(Award())
        story.give(StartRecertification(), "learner:ann", "2026-05-01")
        assert told(story, "2027-01-01") == [
            ("certificate_awarded", "2025-03-03", None, "certified"),
            ("certificate_expires", "2026-03-04", "certified", "expired"),
            ("grace_ends", "2026-04-03", "expired", "lapsed"),
            ("cycle_began", "2026-05-01", "lapsed", "recertifying"),
        ]

    def test_up_to_an_instant(self) -> None:
        story = Story(FROM_COMPLETION, now="2025-03-03")
        story.give(Award())
        story.give(Assign(), now="2026-03-10")
        assert [what for what, *_ in told(story, "2026-03-03 23:59")] == ["certificate_awarded"]
        assert [what for what, *_ in told(story, "2026-03-04")] == [
            "certificate_awarded",
            "certificate_expires",
        ]
        assert len(told(story, "2026-03-10")) == 3

    def test_the_events_of_an_entry_share_its_statuses(self) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Enroll(), "learner:ann")
        story.give(Start(), "learner:ann")
        story.give(CompleteStep(step="course"), "system")
        assert told(story, "2025-01-01") == [
            ("assignment_added", "2025-01-01", None, "not_started"),
            ("cycle_began", "2025-01-01", None, "not_started"),
            ("cycle_started", "2025-01-01", "not_started", "in_progress"),
            ("step_completed", "2025-01-01", "in_progress", "certified"),
            ("certificate_issued", "2025-01-01", "in_progress", "certified"),
        ]

    def test_at_one_instant_change_points_come_first(self) -> None:
        story = Story(FROM_EXPIRY, now="2025-03-03")
        story.give(Award())
        story.give(Assign(), now="2026-03-04")
        assert told(story, "2026-03-04")[-2:] == [
            ("certificate_expires", "2026-03-04", "certified", "lapsed"),
            ("assignment_added", "2026-03-04", "lapsed", "lapsed"),
        ]

    def test_a_consequence_at_another_instant_has_the_statuses_of_that(self) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Enroll(), "learner:ann")
        story.give(Award(on=date(2024, 12, 1)), now="2025-02-01")
        assert told(story, "2025-02-01") == [
            ("certificate_awarded", "2024-12-01", None, "certified"),
            ("assignment_added", "2025-01-01", "certified", "not_started"),
            ("cycle_began", "2025-01-01", "certified", "not_started"),
            ("cycle_ended", "2025-02-01", "not_started", "certified"),
        ]

    def test_dates_computed_again_are_told_where_they_hold(self) -> None:
        story = Story(FROM_EXPIRY, now="2022-05-10")
        story.give(Award())
        story.give(Award(), now="2024-05-01")
        story.give(Award(on=date(2023, 5, 2)), now="2024-11-11")
        assert ("certificate_dated_again", "2024-05-01", "certified", "certified") in told(
            story, "2024-11-11"
        )

    def test_what_is_struck_is_told_without_effect_and_so_is_the_strike(self) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Assign())
        story.give(Award(), now="2025-02-01")
        story.give(Strike(entry=2), now="2025-03-01")
        assert told(story, "2025-04-01") == [
            ("assignment_added", "2025-01-01", None, "assigned"),
            ("certificate_awarded struck", "2025-02-01", None, None),
            ("entry_struck", "2025-03-01", "certified", "assigned"),
        ]
        assert told(story, "2025-02-15")[-1] == (
            "certificate_awarded struck", "2025-02-01", None, None,
        )  # fmt: skip

    def test_as_it_was_known(self) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Assign())
        story.give(Award(), now="2025-02-01")
        story.give(Strike(entry=2), now="2025-03-01")
        assert told(story, "2025-04-01", known_at="2025-02-28")[-1] == (
            "certificate_awarded", "2025-02-01", "assigned", "certified",
        )  # fmt: skip

    def test_what_is_struck_later_than_the_instant_asked_about_is_not_told(self) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Assign())
        story.give(Assign(reference="more"), now="2025-03-01")
        story.give(Strike(entry=2), now="2025-04-01")
        assert [what for what, *_ in told(story, "2025-02-01")] == ["assignment_added"]

    def test_a_superseded_certificate_does_not_expire(self) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Award())
        story.give(Award(), now="2025-06-01")
        assert [what for what, *_ in told(story, "2026-03-01")] == [
            "certificate_awarded",
            "certificate_awarded",
        ]

    def test_moments_are_facts_given_or_change_points(self) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Award())
        moments = timeline(
            story.history,
            learner="ann",
            certification="COMPLETION-1",
            until=instant("2026-06-01"),
        )
        assert [type(moment) for moment in moments] == [HistoryEntry, ChangePoint, ChangePoint]


class TestDueDays:
    def test_a_due_day_that_passed_is_told_once_and_changes_no_status(self) -> None:
        story = Story(due_in(), now="2025-01-10")
        story.give(Assign())
        story.give(Enroll(), "learner:ann", "2025-02-01")
        story.give(Start(), "learner:ann", "2025-05-01")
        story.give(Assign(reference="more", due_on=None), now="2025-06-01")
        assert told(story, "2025-12-01") == [
            ("assignment_added", "2025-01-10", None, "assigned"),
            ("cycle_began", "2025-02-01", "assigned", "not_started"),
            ("cycle_due", "2025-03-12", "not_started", "not_started"),
            ("cycle_started", "2025-05-01", "not_started", "in_progress"),
            ("assignment_added", "2025-06-01", "in_progress", "in_progress"),
        ]

    def test_one_that_was_moved_before_it_passed_is_told_at_its_new_instant(self) -> None:
        story = Story(due_in(hard=True), now="2025-01-10")
        story.give(Assign())
        story.give(Enroll(), "learner:ann")
        story.give(ExtendDeadline(until=date(2025, 4, 30)), now="2025-02-01")
        assert [each[:2] for each in told(story, "2025-12-01")][-1] == (
            "deadline_closes", "2025-05-01",
        )  # fmt: skip

    def test_one_that_was_moved_after_it_passed_is_told_twice(self) -> None:
        story = Story(due_in(hard=True), now="2025-01-10")
        story.give(Assign())
        story.give(Enroll(), "learner:ann")
        story.give(ExtendDeadline(until=date(2025, 4, 30)), now="2025-04-01")
        assert [each[:2] for each in told(story, "2025-12-01")][-3:] == [
            ("deadline_closes", "2025-03-12"),
            ("deadline_extended", "2025-04-01"),
            ("deadline_closes", "2025-05-01"),
        ]

    def test_at_one_instant_expiry_then_the_deadline_then_facts(self) -> None:
        """E69, and a fact of that very instant."""
        story = Story(due_in(hard=True), now="2024-10-31")
        story.give(Award())
        story.give(StartRecertification(), "learner:ann", "2025-10-20")
        story.give(ExtendCertificate(until=date(2026, 1, 31)), now="2025-11-01")
        going = ("recertifying", "recertifying")
        assert told(story, "2026-02-01") == [
            ("certificate_awarded", "2024-10-31", None, "certified"),
            ("window_opens", "2025-10-01", "certified", "certified"),
            ("cycle_began", "2025-10-20", "certified", "recertifying"),
            ("certificate_expires", "2025-11-01", *going),
            ("deadline_closes", "2025-11-01", *going),
            ("certificate_extended", "2025-11-01", *going),
            ("certificate_expires", "2026-02-01", *going),
            ("deadline_closes", "2026-02-01", *going),
        ]

    def test_an_extension_in_grace_certifies_again_from_then_on(self) -> None:
        story = Story(due_in(), now="2024-10-31")
        story.give(Award())
        story.give(ExtendCertificate(until=date(2026, 1, 31)), now="2025-11-10")
        assert spans(story) == [("2024-10-31", "2025-11-01"), ("2025-11-10", "2026-02-01")]
        assert told(story, "2025-11-10")[-1] == (
            "certificate_extended", "2025-11-10", "expired", "certified",
        )  # fmt: skip


class TestSpans:
    def test_nothing(self) -> None:
        assert spans(Story(FROM_COMPLETION)) == []

    def test_everything_struck(self) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Award())
        story.give(Strike(entry=1))
        assert spans(story) == []

    def test_one_certificate(self) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Assign())
        story.give(Award(), now="2025-02-01")
        assert spans(story) == [("2025-02-01", "2026-02-02")]

    def test_spans_that_touch_are_one(self) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Award())
        story.give(Assign(), now="2025-03-01")
        story.give(Award(), now="2025-06-01")
        assert spans(story) == [("2025-01-01", "2026-06-02")]

    def test_a_gap(self) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Award())
        story.give(Award(), now="2026-02-01")
        assert spans(story) == [("2025-01-01", "2026-01-02"), ("2026-02-01", "2027-02-02")]

    def test_a_revocation_ends_it(self) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Award())
        story.give(PermanentlyRevoke(), now="2025-03-01")
        assert spans(story) == [("2025-01-01", "2025-03-01")]

    def test_a_revocation_at_the_very_instant_leaves_nothing(self) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Award())
        story.give(PermanentlyRevoke())
        assert spans(story) == []

    def test_a_recertification_does_not(self) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Award())
        story.give(StartRecertification(), "learner:ann", "2025-03-01")
        story.give(AbandonRecertification(), "learner:ann", "2025-04-01")
        assert spans(story) == [("2025-01-01", "2026-01-02")]

    def test_forever_has_no_end(self) -> None:
        story = Story(FOREVER)
        story.give(Award())
        assert spans(story) == [("2025-01-01", None)]

    def test_grace_that_counts(self) -> None:
        story = Story(FIXED_DATES, now="2025-03-03")
        story.give(Award())
        assert spans(story) == [("2025-03-03", "2026-01-30")]  # 31 January begins then in Madrid

    def test_as_of_and_as_known(self) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Award())
        story.give(PermanentlyRevoke(), now="2025-03-01")
        assert spans(story, at="2025-02-01") == [("2025-01-01", "2026-01-02")]
        assert spans(story, known_at="2025-02-01") == [("2025-01-01", "2026-01-02")]


class TestContinuity:
    SPANS = (
        (instant("2025-01-10 09:00"), instant("2025-01-12")),
        (instant("2025-01-14 23:00"), None),
    )

    def test_a_day_counts_for_any_instant_of_it(self) -> None:
        days = {
            day: certified_on(date(2025, 1, day), self.SPANS, "UTC") for day in (9, 10, 11, 12, 13)
        }
        assert days == {9: False, 10: True, 11: True, 12: False, 13: False}
        assert certified_on(date(2025, 1, 14), self.SPANS, "UTC")
        assert certified_on(date(2099, 1, 1), self.SPANS, "UTC")

    def test_days_are_those_of_the_zone(self) -> None:
        assert not certified_on(date(2025, 1, 14), self.SPANS, "Europe/Madrid")  # it is the 15th
        assert certified_on(date(2025, 1, 12), self.SPANS, "Europe/Madrid") is True

    def test_gaps_are_runs_of_days(self) -> None:
        first, last = date(2025, 1, 8), date(2025, 1, 20)
        assert gaps(first, last, self.SPANS, "UTC") == (
            (date(2025, 1, 8), date(2025, 1, 9)),
            (date(2025, 1, 12), date(2025, 1, 13)),
        )

    def test_no_gap_and_nothing_but_a_gap(self) -> None:
        assert gaps(date(2025, 1, 10), date(2025, 1, 11), iter(self.SPANS), "UTC") == ()
        day = date(2025, 1, 10)
        assert gaps(day, day, (), "UTC") == ((day, day),)
