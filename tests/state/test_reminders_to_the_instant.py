"""Reminders at the very instants at which something is due, known or taken back (P12b, T3e)."""

from __future__ import annotations

import pytest

from certlib.state import Case, plan
from certlib.state._reminders import armed, next_reminder_at
from certlib.state.commands import (
    Assign,
    Award,
    ExtendCertificate,
    ForceRecertification,
    MoveToVersion,
    Strike,
)
from tests.cases import ADMIN, MICROSECOND, blank, certification, enter, history_of
from tests.state.test_reminders import TestAnotherZone as Zones
from tests.state.test_reminders import at, awarded, day, given, reminding, told


class TestDueAtTheInstant:
    """Awarded on 18 March 2024: fourteen days before the end are the first instant of 4 March 2025."""

    DUE = "2025-03-04T00:00"

    def entered(self, now: str) -> Case:
        return enter(
            blank(certification(reminding(-14))), ADMIN, Award(on=day("2024-03-18")), at(now)
        )

    def test_known_at_that_instant_and_taken_back_later_it_came(self) -> None:
        case = given(self.entered(self.DUE), (Strike(entry=1), "2025-03-05"))
        expected = [("expiry-14", self.DUE, "2025-03-05T09:00")]
        assert told(case, "2025-03-06") == expected
        late = given(self.entered("2025-03-04T00:01"), (Strike(entry=1), "2025-03-05"))
        assert told(late, "2025-03-06") == []

    def test_asked_for_that_instant_what_was_withdrawn_since_is_there(self) -> None:
        case = given(self.entered("2025-01-01"), (Strike(entry=1), "2025-03-05"))
        assert told(case, "2025-03-03T23:59") == []
        assert told(case, self.DUE) == [("expiry-14", self.DUE, None)]

    @pytest.mark.parametrize(
        ("until", "withdrawn"),
        [
            ("2025-03-05T08:59", None),
            ("2025-03-05T09:00", "2025-03-05T09:00"),
            ("2025-03-05T09:01", "2025-03-05T09:00"),
        ],
    )
    def test_its_reason_goes_at_the_instant_of_the_strike(
        self, until: str, withdrawn: str | None
    ) -> None:
        case = given(self.entered("2025-01-01"), (Strike(entry=1), "2025-03-05"))
        assert told(case, until) == [("expiry-14", self.DUE, withdrawn)]

    def test_a_change_of_that_instant_leaves_it_to_the_next_sweep(self) -> None:
        before = blank(certification(reminding(-14)))
        after = self.entered(self.DUE)
        for now, expected in (
            (at(self.DUE) - MICROSECOND, at(self.DUE)),
            (at(self.DUE), at(self.DUE)),
            (at(self.DUE) + MICROSECOND, None),
        ):
            found = next_reminder_at(
                after.enrollment, after.certification, now, before=before.enrollment
            )
            assert found == expected


def test_each_one_withdrawn_is_told() -> None:
    case = given(awarded(reminding(-30, -7)), (ForceRecertification(), "2025-06-25"))
    assert told(case, "2026-01-01") == [
        ("expiry-30", "2025-05-31T00:00", "2025-06-25T09:00"),
        ("expiry-7", "2025-06-23T00:00", "2025-06-25T09:00"),
    ]


def test_an_older_award_entered_late_leaves_the_reminders_of_the_newest() -> None:
    case = given(awarded(reminding(-30)), (Award(on=day("2024-01-10")), "2024-07-05"))
    assert told(case, "2025-12-31") == [("expiry-30", "2025-05-31T00:00", None)]


def test_an_extension_after_an_older_award_moves_the_newest() -> None:
    case = given(
        awarded(reminding(-30)),
        (Award(on=day("2024-01-10")), "2024-07-05"),
        (ExtendCertificate(until=day("2025-08-31")), "2025-01-15"),
    )
    assert told(case, "2025-12-31") == [("expiry-30", "2025-08-01T00:00", None)]


def test_a_notice_says_whose_and_of_what_it_is() -> None:
    case = awarded(reminding(-30))
    (notice,) = armed(case.enrollment, case.certification)
    assert (notice.learner, notice.certification) == ("ann", "FIRE")


class TestMovedToAnotherZone:
    """Moved at the instant at which the reminder is due by the former zone, or just before (P12b)."""

    @pytest.mark.parametrize(
        ("moved", "due"),
        [
            ("2025-06-28T21:59", "2025-06-29T04:00"),  # not due yet: it comes by the new zone
            ("2025-06-28T22:00", "2025-06-29T04:00"),  # it would be due now, and waits
            ("2025-06-28T22:01", "2025-06-28T22:00"),  # it came
        ],
    )
    def test_before_at_and_after(self, moved: str, due: str) -> None:
        case = given(
            Zones.awarded(Zones.MADRID, Zones.NEW_YORK),
            (MoveToVersion(version=2, redate=True), moved),
        )
        assert told(case, "2025-07-01") == [("expiry-1", due, None)]


@pytest.mark.parametrize("late", [False, True])
def test_what_became_due_says_whose_and_of_what_it_is(late: bool) -> None:
    """P12: notices carry ids, also of an award that is the newest and was entered late."""
    case = awarded(reminding(-30))
    if late:
        case = given(
            case,
            (Assign(), "2025-03-01"),
            (Award(on=day("2025-01-10")), "2025-03-02"),
        )
    (last,) = plan(history_of(case), case.certification, learner="ann", until=at("2026-01-01"))
    assert (last.notice.learner, last.notice.certification) == ("ann", "FIRE")
    assert last.notice.day == day("2026-01-10" if late else "2025-06-30")
