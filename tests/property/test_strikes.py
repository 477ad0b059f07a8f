"""Strikes: what never counted, and what stands in the way of striking it (row 37, R13)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final

import pytest

from certlib.actors import Actor
from certlib.certifications import Certification
from certlib.state import AssignmentSource, Case, Command, Refused, Status, decide, replay
from certlib.state import commands as c
from tests.cases import (
    ADMIN,
    ANN,
    SYSTEM,
    blank,
    certification,
    completion,
    enter,
    expiry,
    history_of,
    policy,
)

FIRST_DAY: Final = datetime(2025, 1, 13, 8, tzinfo=UTC)
YEARLY: Final = certification(policy(completion("P1Y"), grace="P30D"))

Step = tuple[Actor, Command]

ASSIGN: Final = (ADMIN, c.Assign())
ASSIGN_AGAIN: Final = (ADMIN, c.Assign(source=AssignmentSource.RULE))
UNASSIGN: Final = (ADMIN, c.Unassign())
ENROLL: Final = (ANN, c.Enroll())
START: Final = (ANN, c.Start())
STEP_A: Final = (SYSTEM, c.CompleteStep(step="a"))
STEP_B: Final = (SYSTEM, c.CompleteStep(step="b"))
STEP_R: Final = (SYSTEM, c.CompleteStep(step="r"))
AWARD: Final = (ADMIN, c.Award())
RECERTIFY: Final = (ANN, c.StartRecertification())
ABANDON: Final = (ANN, c.AbandonRecertification())
FORCE: Final = (ADMIN, c.ForceRecertification())
REVOKE: Final = (ADMIN, c.RevokeAccess())
BAR: Final = (ADMIN, c.PermanentlyRevoke())
RESTORE: Final = (ADMIN, c.RestoreAccess())
REMOVE: Final = (ADMIN, c.Remove())
BEGUN: Final = (ENROLL, START)
FINISHED: Final = (*BEGUN, STEP_A, STEP_B)


def day(number: int) -> datetime:
    """The instant of the n-th step; the first is 0."""
    return FIRST_DAY + timedelta(days=number)


def given(*steps: Step, within: Certification = YEARLY) -> Case:
    """The case after steps given one a day, all of which must be accepted."""
    case = blank(within)
    for number, (actor, command) in enumerate(steps):
        case = enter(case, actor, command, day(number))
    return case


def later(case: Case) -> datetime:
    """A day after everything recorded."""
    return max(event.recorded_at for event in history_of(case)) + timedelta(days=1)


def strike(case: Case, entry: int) -> Case:
    return enter(case, ADMIN, c.Strike(entry=entry), later(case))


def in_the_way(case: Case, entry: int) -> str:
    """The entries that rest on one, as the refusal names them."""
    decision = decide(case, c.Strike(entry=entry), actor=ADMIN, now=later(case))
    assert isinstance(decision, Refused)
    (reason,) = decision.reasons
    assert reason.code == "nothing_rests_on_it"
    return reason.params["entries"]


def status(case: Case) -> Status | None:
    return case.enrollment.status_at(later(case))


class TestWhatNeverCounted:
    """Everything that the entry recorded never counted: what it ended or superseded is again as it was."""

    @pytest.mark.parametrize(
        ("steps", "was"),
        [
            ([ASSIGN], None),
            ([ASSIGN, ASSIGN_AGAIN], Status.ASSIGNED),
            ([ASSIGN, UNASSIGN], Status.ASSIGNED),
            ([ASSIGN, ENROLL, UNASSIGN], Status.NOT_STARTED),
            ([ENROLL], None),
            ([ASSIGN, ENROLL], Status.ASSIGNED),
            ([ENROLL, START], Status.NOT_STARTED),
            ([*BEGUN, STEP_A], Status.IN_PROGRESS),
            ([*FINISHED], Status.IN_PROGRESS),
            ([*FINISHED, RECERTIFY], Status.CERTIFIED),
            ([*FINISHED, RECERTIFY, STEP_R], Status.RECERTIFYING),
            ([*FINISHED, RECERTIFY, ABANDON], Status.RECERTIFYING),
            ([*FINISHED, FORCE], Status.CERTIFIED),
            ([*FINISHED, BAR], Status.CERTIFIED),
            ([*FINISHED, BAR, RESTORE], Status.DISALLOWED),
            ([*FINISHED, BAR, RESTORE, RECERTIFY], Status.REVOKED),
            ([*BEGUN, REVOKE], Status.IN_PROGRESS),
            ([*BEGUN, REVOKE, RECERTIFY], Status.REVOKED),
            ([*FINISHED, RECERTIFY, REVOKE], Status.RECERTIFYING),
            ([ASSIGN, REMOVE], Status.ASSIGNED),
            ([ASSIGN, ENROLL, REMOVE], Status.NOT_STARTED),
            ([AWARD], None),
            ([ASSIGN, AWARD], Status.ASSIGNED),
            ([*BEGUN, AWARD], Status.IN_PROGRESS),
            ([*FINISHED, RECERTIFY, AWARD], Status.RECERTIFYING),
        ],
    )  # fmt: skip
    def test_the_last_entry_of_every_kind(self, steps: Sequence[Step], was: Status | None) -> None:
        before = given(*steps[:-1])
        struck = strike(given(*steps), len(steps))

        assert status(struck) is was
        for instant in (day(len(steps) - 1), later(struck)):
            assert struck.enrollment.status_at(instant) is before.enrollment.status_at(instant)
            assert struck.enrollment.certified_at(instant) is before.enrollment.certified_at(
                instant
            )
            assert struck.enrollment.since(instant) == before.enrollment.since(instant)
        assert struck.enrollment.cycles == before.enrollment.cycles
        assert struck.enrollment.certificates == before.enrollment.certificates
        assert struck.enrollment.assignments == before.enrollment.assignments
        assert struck.enrollment.bar == before.enrollment.bar

    def test_it_stays_readable(self) -> None:
        awarded = given(ASSIGN, AWARD)
        struck = strike(awarded, 2)
        assert history_of(struck)[: len(history_of(awarded))] == history_of(awarded)
        then = replay(
            history_of(struck), learner="ann", certification="FIRE", at=day(1), known_at=day(1)
        )
        assert then.status_at(day(1)) is Status.CERTIFIED

    def test_it_may_be_given_again(self) -> None:
        struck = strike(given(*BEGUN, STEP_A), 3)
        again = enter(struck, *STEP_A, later(struck))
        assert [done.step for done in again.enrollment.cycles[0].done] == ["a"]

    def test_dates_are_computed_again(self) -> None:
        """Without the first, the second counts from its own completion (E62h)."""
        yearly = certification(policy(expiry("P1Y"), window="P2M"))
        case = blank(yearly)
        for on in (date(2023, 3, 31), date(2024, 2, 10)):
            case = enter(case, ADMIN, c.Award(on=on), datetime(2024, 2, 10, tzinfo=UTC))
        assert [each.last_valid_day for each in case.enrollment.certificates] == [
            date(2024, 3, 31), date(2025, 3, 31),
        ]  # fmt: skip
        struck = strike(case, 1)
        assert [each.last_valid_day for each in struck.enrollment.certificates] == [
            date(2025, 2, 10)
        ]

    def test_cycles_are_numbered_on(self) -> None:
        """A cycle never takes the number of one that is there."""
        struck = strike(given(ENROLL, AWARD, RECERTIFY), 1)
        abandoned = enter(struck, *ABANDON, later(struck))
        again = enter(abandoned, *RECERTIFY, later(abandoned))
        assert [cycle.number for cycle in again.enrollment.cycles] == [2, 3]

    def test_another_award_ends_the_cycle_that_is_open_again(self) -> None:
        """An award ends the cycle open at its own instant, whatever had ended that before (R3)."""
        finished = enter(given(*FINISHED), *AWARD, day(10))
        struck = strike(finished, 4)
        (cycle,) = struck.enrollment.cycles
        assert cycle.ended_at == day(10)
        assert status(struck) is Status.CERTIFIED


class TestWhatRestsOnIt:
    """A fact rests on an earlier one if given in the status, in the open cycle, or on the newest certificate that it made (R13)."""

    @pytest.mark.parametrize(
        ("steps", "entry", "resting"),
        [
            # In the status that it made.
            ([ASSIGN, ENROLL], 1, "2"),
            ([ASSIGN, REMOVE], 1, "2"),
            ([ASSIGN, REMOVE, ASSIGN], 2, "3"),
            ([*BEGUN, STEP_A], 2, "3"),
            ([*FINISHED, BAR, RESTORE], 5, "6"),
            ([*FINISHED, BAR, RESTORE, RECERTIFY], 6, "7"),
            ([*BEGUN, REVOKE, RECERTIFY], 3, "4"),
            ([*FINISHED, RECERTIFY, ABANDON, RECERTIFY], 6, "7"),
            # In the cycle that it began.
            ([*BEGUN, STEP_A], 1, "3, 2"),
            ([*FINISHED, RECERTIFY, STEP_R], 5, "6"),
            ([*FINISHED, FORCE, STEP_R], 5, "6"),
            ([*BEGUN, REVOKE, RECERTIFY, START], 4, "5"),
            # On the certificate that it made.
            ([AWARD, RECERTIFY], 1, "2"),
            ([*FINISHED, RECERTIFY], 4, "5"),
            ([AWARD, FORCE], 1, "2"),
            ([AWARD, BAR], 1, "2"),
            ([AWARD, RECERTIFY, REVOKE], 1, "3, 2"),
            ([AWARD, AWARD, RECERTIFY], 2, "3"),
            ([AWARD, RECERTIFY, ABANDON], 1, "2"),
            # A certificate, on the steps that it was issued for.
            ([*FINISHED], 3, "4"),
            # An award, on what lifted a bar before it.
            ([*BEGUN, REVOKE, RECERTIFY, AWARD], 4, "5"),
        ],
    )  # fmt: skip
    def test_then_it_is_refused(self, steps: Sequence[Step], entry: int, resting: str) -> None:
        assert in_the_way(given(*steps), entry) == resting

    @pytest.mark.parametrize(
        ("steps", "entry"),
        [
            # Awards, strikes and further assignments rest on nothing else.
            ([ASSIGN, AWARD], 1),
            ([*BEGUN, AWARD], 2),
            ([ENROLL, AWARD], 1),
            ([AWARD, AWARD], 1),
            ([ASSIGN, ASSIGN_AGAIN], 1),
            ([AWARD, ASSIGN], 1),
            ([*BEGUN, REVOKE, ASSIGN_AGAIN], 3),
            # What was given elsewhere.
            ([*BEGUN, STEP_A, REVOKE], 3),
            ([ASSIGN, ENROLL, ASSIGN_AGAIN, START], 3),
        ],
    )  # fmt: skip
    def test_else_it_is_struck(self, steps: Sequence[Step], entry: int) -> None:
        strike(given(*steps), entry)

    def test_a_strike_rests_on_nothing(self) -> None:
        """Neither on what it strikes, nor on what was there when it was given."""
        struck = strike(given(ASSIGN, AWARD), 2)
        assert status(strike(struck, 1)) is None

    def test_what_is_struck_no_longer_rests_on_anything(self) -> None:
        case = given(AWARD, RECERTIFY)
        assert in_the_way(case, 1) == "2"
        assert status(strike(strike(case, 2), 1)) is None

    def test_newest_first_the_whole_history_can_be_struck(self) -> None:
        case = given(ASSIGN, *FINISHED, RECERTIFY, REVOKE, RECERTIFY, STEP_R, BAR, RESTORE)
        for entry in range(case.enrollment.entries, 0, -1):
            case = strike(case, entry)
        assert status(case) is None
        assert case.enrollment.last_fact_at is None

    def test_time_lets_nothing_go(self) -> None:
        """A start in Lapsed rests on the award that lapsed, and on the end of the cycle before it."""
        case = given(AWARD, RECERTIFY, ABANDON)
        lapsed = FIRST_DAY + timedelta(days=500)
        assert case.enrollment.status_at(lapsed) is Status.LAPSED
        begun = enter(case, *RECERTIFY, lapsed)
        assert in_the_way(begun, 3) == "4"
        assert in_the_way(begun, 1) == "4, 2"

    def test_computed_dates_make_nothing_rest(self) -> None:
        """The second award's dates follow from the first; the start rests on the second alone."""
        within = certification(policy(expiry("P1Y")))
        case = given(AWARD, AWARD, within=within)
        old = enter(case, ADMIN, c.Award(on=date(2020, 1, 1)), day(5))
        begun = enter(old, *RECERTIFY, day(6))
        strike(begun, 3)


class TestWhatCanBeStruck:
    """The entry exists, is neither struck nor a strike (row 37)."""

    @pytest.mark.parametrize("entry", [2, 3, 4])
    def test_nothing_else(self, entry: int) -> None:
        """Entry 2 is struck, entry 3 is the strike, and there is no entry 4."""
        case = strike(given(ASSIGN, AWARD), 2)
        decision = decide(case, c.Strike(entry=entry), actor=ADMIN, now=later(case))
        assert isinstance(decision, Refused)
        assert "entry_can_be_struck" in [reason.code for reason in decision.reasons]

    def test_in_every_status(self) -> None:
        """None and each of the ten; here: Disallowed, which only restoring leaves otherwise."""
        assert status(strike(given(AWARD, BAR), 2)) is Status.CERTIFIED
