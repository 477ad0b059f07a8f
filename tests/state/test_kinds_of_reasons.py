"""Every reason says of which kind it is, so that hosts can tell them apart (Q2); errors name the field."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve

from certlib.actors import Actor, Role, Scope
from certlib.errors import InvalidCommandError, InvalidValueError, OutOfRangeError
from certlib.periods import Period
from certlib.policies import Deadlines, FromCompletion, Policy, RecertificationDeadline
from certlib.state import Accepted, ReasonKind
from certlib.state._engine import decide
from certlib.state.commands import (
    Award,
    CompleteStep,
    Enroll,
    ForceRecertification,
    Start,
    StartRecertification,
)
from tests.state.sample import FROM_COMPLETION, ONE_STEP, P1Y, TWO_STEPS, certification
from tests.state.story import Story
from tests.state.test_guards import proposal

YEARLY = Policy(validity=FromCompletion(period=P1Y))


class TestKinds:
    def test_a_pair_without_a_row(self) -> None:
        (reason,) = Story(FROM_COMPLETION).reasons(Start(), "learner:ann")
        assert (reason.code, reason.kind) == ("not_while_none", ReasonKind.STATUS)

    def test_a_date_that_no_calendar_of_ours_has(self) -> None:
        story = Story(certification(Policy(validity=FromCompletion(period=Period(months=99_999)))))
        (reason,) = story.reasons(Award())
        assert (reason.code, reason.kind) == ("date_in_range", ReasonKind.TIME)
        assert reason.params["what"] == "date"

    @pytest.mark.parametrize(
        ("code", "actor"),
        [
            (
                "role_may_not",
                Actor(id="max", role=Role.MANAGER, scope=Scope.certifications("COMPLETION-1")),
            ),
            ("out_of_scope", Actor(id="eva", role=Role.ADMIN, scope=Scope.certifications("OTHER"))),
            ("nobody_for_himself", Actor(id="ann", role=Role.ADMIN)),
        ],
    )
    def test_what_speaks_against_the_actor(self, code: str, actor: Actor) -> None:
        reasons = Story(FROM_COMPLETION).reasons(Award(), actor)
        assert [(reason.code, reason.kind) for reason in reasons] == [(code, ReasonKind.ACTOR)]


class TestErrorsNameTheField:
    def test_a_day_and_an_instant(self) -> None:
        with pytest.raises(InvalidCommandError) as raised:
            Award(on=date(2025, 1, 1), at=datetime(2025, 1, 1, tzinfo=UTC))
        error = raised.value
        assert (error.what, error.value, error.expected) == (
            "Award.on",
            "2025-01-01",
            "either the day (on) or the instant (at), not both",
        )

    def test_a_last_day_of_what_has_none(self) -> None:
        with pytest.raises(InvalidCommandError) as raised:
            Award(expires_on=date(2025, 1, 1), always_valid=True)
        error = raised.value
        assert (error.what, error.value, error.expected) == (
            "Award.expires_on",
            "2025-01-01",
            "nothing where the award is always valid",
        )

    def test_a_now_without_a_zone(self) -> None:
        """T2: `now` is passed in, aware."""
        story = Story(FROM_COMPLETION)
        naive = datetime(2025, 1, 1)  # noqa: DTZ001
        with pytest.raises(InvalidValueError) as raised:
            decide(story.case, Enroll(), actor=Actor.parse("learner:ann"), now=naive)
        error = raised.value
        assert (error.what, error.expected) == (
            "decide.now",
            "an aware datetime, such as one in UTC",
        )
        assert error.value == "datetime.datetime(2025, 1, 1, 0, 0)"


class TestByTheCurriculumOfTheCycle:
    """In a recertification its own steps and paths are asked about."""

    def story(self) -> Story:
        cert = certification(YEARLY, initial=ONE_STEP, recertification=TWO_STEPS)
        story = Story(cert, now="2025-01-01")
        story.give(Award())
        story.give(StartRecertification(), "learner:ann", "2025-06-01")
        return story

    def test_a_path_that_only_it_has(self) -> None:
        story = self.story()
        story.give(CompleteStep(step="drill", path="classroom"), "system")
        assert story.enrollment.cycles[0].missing_steps == ("course",)

    def test_the_paths_it_has_are_told(self) -> None:
        (reason,) = self.story().reasons(CompleteStep(step="drill", path="external"), "system")
        assert reason.params == {"paths": "online, classroom"}


class TestTheDeadlineOfTheNext:
    """It counts from the last valid day; after a revocation there is none (P8, R5)."""

    RULE = RecertificationDeadline(due=Period.parse("P6M"), hard=True)
    CERTIFICATION = certification(
        evolve(YEARLY, deadlines=Deadlines(recertification=RULE)), initial=ONE_STEP
    )

    def test_before_and_after_a_revocation(self) -> None:
        story = Story(self.CERTIFICATION, now="2025-01-01")
        assert proposal(story, None).deadline is None
        story.give(Award())
        due = proposal(story, None).deadline
        assert due is not None
        assert (due.day, due.hard) == (date(2026, 7, 1), True)
        story.give(ForceRecertification(), now="2025-02-01")
        revoked = evolve(story.enrollment, cycles=())
        story.case = evolve(story.case, enrollment=revoked)
        assert proposal(story, None).deadline is None


def test_a_look_back_beyond_the_calendar_begins_with_it() -> None:
    """P10b, T3: dates begin in 1900."""
    policy = evolve(YEARLY, look_back=Period(months=12 * 5000))
    story = Story(certification(policy), now="2025-01-01")
    version = story.case.certification.versions[0]
    assert proposal(story, None).counts_from(version) == date(1900, 1, 1)


class TestNow:
    """T2: `now` is compared, and recorded, in UTC; of the machine's zone nobody asks."""

    def test_of_another_zone_it_is_recorded_in_utc(self) -> None:
        story = Story(FROM_COMPLETION)
        there = datetime(2025, 1, 1, 1, tzinfo=ZoneInfo("Europe/Madrid"))
        decision = decide(story.case, Enroll(), actor=Actor.parse("learner:ann"), now=there)
        assert isinstance(decision, Accepted)
        for event in decision.events:
            assert event.at.tzinfo is event.recorded_at.tzinfo is UTC
            assert event.recorded_at == datetime(2025, 1, 1, tzinfo=UTC)

    def test_outside_the_years_the_error_says_which_value(self) -> None:
        story = Story(FROM_COMPLETION)
        early = datetime(1899, 12, 31, tzinfo=UTC)
        with pytest.raises(OutOfRangeError) as raised:
            decide(story.case, Enroll(), actor=Actor.parse("learner:ann"), now=early)
        assert (raised.value.what, raised.value.value) == ("now", "1899-12-31")
