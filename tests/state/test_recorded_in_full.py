"""What an entry records and what a refusal says, field by field (Q1, Q2)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from attrs import evolve

from certlib.errors import InvalidCommandError, InvalidTableError
from certlib.periods import Period
from certlib.policies import Deadlines, FromCompletion, Grace, InitialDeadline, Policy
from certlib.state import TABLE, Command, Refused, Status, replay
from certlib.state._actions import access, awarding, steps
from certlib.state._enrollments import AssignmentSource
from certlib.state.commands import (
    ApproveEvidence,
    Assign,
    Award,
    CompleteStep,
    Enroll,
    ExtendCertificate,
    ExtendDeadline,
    MoveToVersion,
    OverrideTraining,
    PermanentlyRevoke,
    Start,
    StartRecertification,
)
from certlib.state.facts import AssignmentAdded
from tests.state.sample import (
    EVIDENCE,
    FIXED_DATES,
    FROM_COMPLETION,
    P1Y,
    P30D,
    TWO_STEPS,
    certification,
)
from tests.state.story import Story, instant, started
from tests.state.test_consequences import TestRedatingsComputedAgain as Redated
from tests.state.test_guards import proposal


class TestTheEventsOfAnEntry:
    def test_they_are_numbered_one_after_another_late_or_not(self) -> None:
        story = Redated().story()
        story.give(Award(on=date(2023, 3, 1)), now="2024-03-01")
        assert len({event.entry for event in story.history[3:]}) == 1
        assert [event.sequence for event in story.history] == list(range(1, 8))

    def test_a_certificate_says_by_which_import_it_came(self) -> None:
        """Q1: each of the facts behind a certificate with the import that recorded it."""
        story = Story(FROM_COMPLETION)
        story.give(Award(import_id="up-1", import_row=3), "system")
        story.give(Award(), now="2025-02-01")
        assert [each.import_id for each in story.enrollment.certificates] == ["up-1", None]

    def test_an_assignment_without_a_due_day_has_no_zone_of_one(self) -> None:
        story = Story(FIXED_DATES)
        (event,) = story.give(Assign()).events
        assert event.fact == AssignmentAdded(source=AssignmentSource.MANUAL)
        (event,) = story.give(Assign(reference="plan", due_on=date(2025, 9, 1))).events
        assert event.fact == AssignmentAdded(
            source=AssignmentSource.MANUAL,
            reference="plan",
            due_on=date(2025, 9, 1),
            time_zone="Europe/Madrid",
        )

    def test_moved_to_a_version_of_another_zone_the_due_day_is_one_of_that(self) -> None:
        """P8, T3: a due day is a day of the version's zone."""
        due = Deadlines(initial=InitialDeadline(due=P30D))
        cert = certification(Policy(validity=FromCompletion(period=P1Y), deadlines=due))
        (first,) = cert.versions
        there = evolve(first.policy, time_zone="Pacific/Auckland")
        second = evolve(first, number=2, published_on=date(2025, 1, 2), policy=there)
        story = started(evolve(cert, versions=(first, second)))
        story.give(MoveToVersion(version=2), now="2025-01-05")
        cycle = story.enrollment.open_cycle
        assert cycle is not None
        assert cycle.due is not None
        assert (cycle.due.day, cycle.due.time_zone) == (date(2025, 1, 31), "Pacific/Auckland")


class TestARefusalSaysTheStatus:
    @pytest.mark.parametrize("on", [None, date(2023, 1, 1)])
    def test_of_an_award_now_or_late_while_barred(self, on: date | None) -> None:
        """Row 34: refused while barred now, too."""
        story = Story(FROM_COMPLETION)
        story.give(Award())
        story.give(PermanentlyRevoke(), now="2025-02-01")
        decision = story.decided(Award(on=on))
        assert isinstance(decision, Refused)
        assert decision.status is Status.DISALLOWED
        assert [reason.code for reason in decision.reasons] == ["not_while_disallowed"]

    def test_of_a_pair_without_a_row(self) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Award())
        decision = story.decided(Start(), "learner:ann")
        assert isinstance(decision, Refused)
        assert decision.status is Status.CERTIFIED


def in_grace() -> Story:
    """Certified for a year and a day of grace."""
    policy = Policy(validity=FromCompletion(period=P1Y), grace=Grace(period=Period.parse("P1D")))
    story = Story(certification(policy))
    story.give(Award())
    return story


class TestWhichDateIsOutOfRange:
    """T3: years outside 1900 to 9000 are refused, and the reason says which date it is."""

    @pytest.mark.parametrize(
        ("command", "what", "value"),
        [
            (Award(on=date(1899, 12, 31)), "day_of_the_award", "1899-12-31"),
            (Assign(due_on=date(9001, 1, 1)), "due_day", "9001-01-01"),
            (ExtendCertificate(until=date(9001, 1, 1)), "last_valid_day", "9001-01-01"),
            (ExtendCertificate(until=date(9000, 12, 31)), "last_grace_day", "9001-01-01"),
            (ExtendDeadline(until=date(9001, 1, 1)), "due_day", "9001-01-01"),
        ],
    )
    def test_it_is_named(self, command: Command, what: str, value: str) -> None:
        (reason,) = in_grace().reasons(command)
        assert (reason.code, reason.params["what"], reason.params["value"]) == (
            "date_in_range",
            what,
            value,
        )

    def test_of_the_open_cycle(self) -> None:
        due = Deadlines(initial=InitialDeadline(due=P30D))
        story = started(certification(Policy(validity=FromCompletion(period=P1Y), deadlines=due)))
        (reason,) = story.reasons(ExtendDeadline(until=date(9001, 1, 1)))
        assert reason.params["what"] == "due_day"

    def test_a_day_before_is_in_range(self) -> None:
        story = in_grace()
        story.give(ExtendCertificate(until=date(9000, 12, 30)))
        assert story.enrollment.certificates[0].last_grace_day == date(9000, 12, 31)


class TestARowOfAHost:
    """What a host's row lacks is told by name: the field, what was found, what it needs."""

    def test_a_request_that_is_not_there(self) -> None:
        story = started(EVIDENCE)
        with pytest.raises(InvalidCommandError) as raised:
            steps.approve_evidence(proposal(story, ApproveEvidence(request=99)))
        error = raised.value
        assert (error.what, error.value, error.expected) == (
            "the step of the request",
            "absent",
            "a row whose guards make sure that it is there",
        )

    def test_a_request_for_access_that_is_not_there(self) -> None:
        with pytest.raises(InvalidCommandError, match="the request for access is absent"):
            access.approve_access(proposal(Story(EVIDENCE), Enroll()))

    def test_a_command_of_another_kind(self) -> None:
        with pytest.raises(InvalidCommandError) as raised:
            awarding.award(proposal(Story(EVIDENCE), Enroll()))
        error = raised.value
        assert (error.what, error.expected) == (
            "the command",
            "a award command, as the row records it",
        )
        assert error.value.startswith("Enroll(")

    def test_all_facts_that_the_row_does_not_declare(self) -> None:
        row = TABLE.row(None, Enroll)
        assert row is not None
        story = Story(FROM_COMPLETION, table=TABLE.replacing(evolve(row, emits=())))
        with pytest.raises(InvalidTableError, match="assignment_added, cycle_began"):
            story.decided(Enroll(), "learner:ann")


class TestEveryRefusalSaysTheStatus:
    """Q2: of the instant of the command, whatever stands in the way."""

    @pytest.mark.parametrize(
        ("command", "by"),
        [
            (ExtendCertificate(until=date(2025, 1, 1)), "admin:eva"),  # a guard
            (ExtendCertificate(until=date(9001, 1, 1)), "admin:eva"),  # no such date
            (Award(), "manager:max"),  # the actor
            (Award(at=instant("2026-01-01")), "admin:eva"),  # in the future
            (Award(at=datetime(1899, 12, 31, tzinfo=UTC)), "admin:eva"),  # out of range
        ],
    )
    def test_certified(self, command: Command, by: str) -> None:
        decision = in_grace().decided(command, by)
        assert isinstance(decision, Refused)
        assert decision.status is Status.CERTIFIED

    def test_an_instant_out_of_range_is_named(self) -> None:
        (reason,) = in_grace().reasons(Award(at=datetime(1899, 12, 31, tzinfo=UTC)))
        assert reason.params["what"] == "instant"


def test_of_an_entry_with_many_facts_each_is_folded_once() -> None:
    """R2: all steps overridden, the certificate is issued in the same entry."""
    story = started(certification(FROM_COMPLETION.versions[0].policy, initial=TWO_STEPS))
    given = story.give(OverrideTraining())
    assert len(given.events) >= 2
    assert given.events[-1].fact.tag == "certificate_issued"
    assert given.after is Status.CERTIFIED
    assert given.enrollment == replay(story.history, learner="ann", certification="CERT-1")


def test_moved_re_dated_and_finished_in_one_entry() -> None:
    """R2, row 39: three facts, and the enrollment is what they add up to."""
    policy = FROM_COMPLETION.versions[0].policy
    cert = certification(policy, recertification=TWO_STEPS)
    (first,) = cert.versions
    second = evolve(first, number=2, published_on=date(2025, 3, 1), recertification=first.initial)
    story = Story(evolve(cert, versions=(first, second)))
    story.give(Award())
    story.give(StartRecertification(), "learner:ann", "2025-02-01")
    story.give(CompleteStep(step="course"), "system", "2025-02-02")
    given = story.give(MoveToVersion(version=2, redate=True), now="2025-03-02")
    assert [event.fact.tag for event in given.events] == [
        "certificate_redated",
        "cycle_moved",
        "certificate_issued",
    ]
    assert given.after is Status.CERTIFIED
    assert given.enrollment == replay(story.history, learner="ann", certification="CERT-1")
