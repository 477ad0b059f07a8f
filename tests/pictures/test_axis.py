"""The axis of time: where instants lie, and its years and months."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from certlib.pictures._axis import Axis

FIRST = datetime(2024, 3, 10, tzinfo=UTC)


def axis(first: datetime, days: float, zone: str = "UTC") -> Axis:
    return Axis(first=first, last=first + timedelta(days=days), zone=zone, left=100, right=1100)


def test_an_instant_lies_in_proportion() -> None:
    made = axis(FIRST, 10)

    assert made.x(FIRST) == 100
    assert made.x(FIRST + timedelta(days=5)) == 600
    assert made.x(FIRST + timedelta(days=10)) == 1100


def test_an_instant_beyond_lies_at_the_end() -> None:
    made = axis(FIRST, 10)

    assert made.x(FIRST - timedelta(days=1)) == 100
    assert made.x(FIRST + timedelta(days=11)) == 1100
    assert made.is_beyond(FIRST + timedelta(days=11))
    assert made.is_beyond(None)
    assert not made.is_beyond(FIRST + timedelta(days=10))


@pytest.mark.parametrize(
    ("days", "begins"),
    [
        (100, ["Apr", "May", "Jun"]),
        (365, ["Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "2025"]),
        (365 * 4, ["Apr", "Jul", "Oct", "2025", "Apr"]),
        (365 * 10, ["Jul", "2025", "Jul", "2026"]),
        (365 * 20, ["2025", "2026", "2027"]),
        (365 * 30, ["2026", "2028", "2030"]),
        (365 * 2000, ["2100", "2200", "2300"]),
    ],
)
def test_marks_are_as_close_as_there_is_room(days: float, begins: list[str]) -> None:
    ticks = list(axis(FIRST, days).ticks())

    assert [tick.text for tick in ticks][: len(begins)] == begins
    assert all(tick.is_year is tick.text.isdigit() for tick in ticks)
    places = [tick.x for tick in ticks]
    assert all(after - before > 27 for before, after in pairwise(places))


def test_a_year_begins_in_the_zone() -> None:
    first = datetime(2024, 12, 31, tzinfo=UTC)
    (tick,) = (t for t in axis(first, 2, "Pacific/Auckland").ticks() if t.is_year)

    assert tick.text == "2025"
    made = axis(first - timedelta(days=1), 2, "Pacific/Auckland")
    (earlier,) = made.ticks()
    assert earlier.x == made.x(datetime(2024, 12, 31, 11, tzinfo=UTC))


def test_what_begins_before_the_picture_has_no_mark() -> None:
    assert [t.text for t in axis(datetime(2024, 1, 1, 0, 0, 1, tzinfo=UTC), 40).ticks()] == ["Feb"]
