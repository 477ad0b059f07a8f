"""P12: reminders around a day, and digests whose rhythm tightens as it nears."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import pytest

from certlib.errors import InvalidPolicyError
from certlib.periods import Period
from certlib.policies import About, Digest, Reminder, Reminders

DAY = date(2025, 6, 30)


def days(begins: str, day: date = DAY) -> list[str]:
    return [f"{each:%m-%d}" for each in Digest(begins=Period.parse(begins)).days_before(day)]


DAILY = ["06-24", "06-25", "06-26", "06-27", "06-28", "06-29", "06-30"]
WEEKLY = ["06-02", "06-09", "06-16", "06-23"]


class TestReminder:
    @pytest.mark.parametrize(
        ("about", "offset", "name"),
        [
            (About.EXPIRY, -30, "expiry-30"),
            (About.GRACE, 0, "grace+0"),
            (About.WINDOW, 7, "window+7"),
            (About.DUE, -1, "due-1"),
        ],
    )
    def test_its_name_says_what_it_is(self, about: About, offset: int, name: str) -> None:
        assert Reminder(about=about, days=offset).name == name

    @pytest.mark.parametrize("offset", [-3660, 3660])
    def test_the_farthest(self, offset: int) -> None:
        assert Reminder(days=offset).days == offset

    @pytest.mark.parametrize("offset", [-3661, 3661, 10**9])
    def test_what_is_farther_is_refused(self, offset: int) -> None:
        with pytest.raises(InvalidPolicyError) as caught:
            Reminder(days=offset)
        error = caught.value
        assert (error.what, error.value, error.code) == (
            "Reminder.days", str(offset), "invalid_policy",
        )  # fmt: skip
        assert error.expected == "at most 3660 days before (-) or after (+)"

    def test_none_by_default(self) -> None:
        assert Reminders() == Reminders(at=(), digests=())


class TestDigest:
    @pytest.mark.parametrize(
        ("begins", "expected"),
        [
            ("P1D", DAILY[-2:]),
            ("P3D", DAILY[-4:]),
            ("P6D", DAILY),
            ("P1W", ["06-23", *DAILY]),
            ("P10D", ["06-23", *DAILY]),
            ("P3W", [*WEEKLY[1:], *DAILY]),
            ("P4W", [*WEEKLY, *DAILY]),
            ("P29D", [*WEEKLY, *DAILY]),
            ("P1M", ["05-30", *WEEKLY, *DAILY]),
            ("P45D", ["05-30", *WEEKLY, *DAILY]),
            ("P3M", ["03-30", "04-30", "05-30", *WEEKLY, *DAILY]),
            ("P2M15D", ["04-30", "05-30", *WEEKLY, *DAILY]),
        ],
    )
    def test_monthly_then_weekly_then_daily(self, begins: str, expected: list[str]) -> None:
        assert days(begins) == expected

    def test_after_a_short_month_the_weeks_begin_within_it(self) -> None:
        # 28 February and 7 March are weeks before 28 March; the month before is 28 February itself.
        assert days("P1M", date(2025, 3, 28))[:5] == ["02-28", "03-07", "03-14", "03-21", "03-22"]

    def test_months_are_counted_from_the_day_and_clipped(self) -> None:
        assert days("P4M", date(2025, 5, 31))[:4] == ["01-31", "02-28", "03-31", "04-30"]

    @pytest.mark.parametrize("begins", ["P1D", "P2M", "P120M", "P3660D", "P120M3660D"])
    def test_the_day_itself_is_the_last_and_none_is_there_twice(self, begins: str) -> None:
        period = Period.parse(begins)
        for day in (date(1900, 1, 1), date(2024, 2, 29), date(9000, 12, 31)):
            found = Digest(begins=period).days_before(day)
            assert found[-1] == day
            assert list(found) == sorted(set(found))
            assert found[0] >= period.before(day)
            assert all(b - a <= timedelta(days=31) for a, b in itertools.pairwise(found))

    @pytest.mark.parametrize("begins", ["P0D", "P121M", "P3661D", "P99999Y"])
    def test_how_early_it_may_begin(self, begins: str) -> None:
        with pytest.raises(InvalidPolicyError) as caught:
            Digest(begins=Period.parse(begins))
        error = caught.value
        assert (error.what, error.code) == ("Digest.begins", "invalid_policy")
        assert error.value == str(Period.parse(begins))
        assert error.expected == (
            "a period longer than nothing, of at most 120 months and 3660 days"
        )


def test_whether_there_is_anything_to_tell() -> None:
    assert not Reminders()
    assert Reminders(at=(Reminder(days=-30),))
    assert Reminders(digests=(Digest(begins=Period.parse("P1M")),))
