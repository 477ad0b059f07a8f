"""P6: the rules of the exam; the cool-down goes by the calendar and the clock of the zone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from certlib.errors import InvalidValueError
from certlib.periods import Period
from certlib.policies import ExamRules


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("cool_down", "attempted", "zone", "again"),
    [
        ("P0D", "2025-03-29 09:00", "Europe/Berlin", "2025-03-29 09:00"),
        ("P1D", "2025-03-29 09:00", "UTC", "2025-03-30 09:00"),
        ("P1D", "2025-03-29 09:00", "Europe/Berlin", "2025-03-30 08:00"),  # 23 hours
        ("P1D", "2025-10-25 08:00", "Europe/Berlin", "2025-10-26 09:00"),  # 25 hours
        ("P1D", "2025-03-29 01:30", "Europe/Berlin", "2025-03-30 01:30"),  # 02:30 is missing there
        ("P1D", "2025-10-25 00:30", "Europe/Berlin", "2025-10-26 00:30"),  # the first 02:30 of two
        ("P1M", "2025-01-31 12:00", "America/New_York", "2025-02-28 12:00"),
        ("P1M", "2025-02-28 12:00", "America/New_York", "2025-03-28 11:00"),
        ("P1D", "2011-12-29 22:00", "Pacific/Apia", "2011-12-30 22:00"),  # the day that was skipped
    ],
)
def test_when_the_next_attempt_may_follow(
    cool_down: str, attempted: str, zone: str, again: str
) -> None:
    rules = ExamRules(cool_down=Period.parse(cool_down))
    assert rules.next_attempt_at(instant(attempted), zone) == instant(again)


@pytest.mark.parametrize("cool_down", ["P7974Y", "P8000Y", "P99999Y"])
def test_after_so_long_a_cool_down_never(cool_down: str) -> None:
    rules = ExamRules(cool_down=Period.parse(cool_down))
    assert rules.next_attempt_at(instant("2025-01-01 09:00"), "UTC") is None


def test_the_defaults_hinder_nobody() -> None:
    rules = ExamRules()
    assert (rules.attempts, rules.steps_first, rules.approval) == (None, False, False)
    assert not rules.cool_down


@pytest.mark.parametrize("attempts", [0, -1, True, 1.5])
def test_at_least_one_attempt(attempts: int) -> None:
    with pytest.raises(InvalidValueError) as caught:
        ExamRules(attempts=attempts)
    error = caught.value
    assert (error.what, error.value) == ("ExamRules.attempts", str(attempts))
    assert error.expected == "a whole number from 1 on"
