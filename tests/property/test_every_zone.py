"""Every zone of the database, every day of two years: validity ends once, at the first instant of the next day (T3).

The oracle only ever asks what a zone shows at an instant of UTC, which has one answer; it never asks
when a zone shows a time, which may have none or two.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo, available_timezones

import pytest

from certlib.errors import InvalidValueError
from certlib.periods import first_instant
from certlib.policies import PerCertificate, Policy, terms_of

pytestmark = pytest.mark.slow

DAY: Final = timedelta(days=1)
SECOND: Final = timedelta(seconds=1)
MICROSECOND: Final = timedelta(microseconds=1)
STEP: Final = timedelta(hours=6)

FIRST, LAST = date(2024, 1, 1), date(2025, 12, 31)
DAYS: Final = tuple(FIRST + n * DAY for n in range((LAST - FIRST).days + 1))
CHUNKS: Final = 16

SKIPPED: Final = {
    ("Pacific/Kwajalein", date(1993, 8, 21)),
    ("Pacific/Kiritimati", date(1994, 12, 31)),
    ("Pacific/Enderbury", date(1994, 12, 31)),
    ("Pacific/Apia", date(2011, 12, 30)),
    ("Pacific/Fakaofo", date(2011, 12, 30)),
}
"""Days that never were."""
ODD: Final = {
    ("Africa/Monrovia", date(1972, 1, 7)),  # begins at 00:44:30
    ("America/Toronto", date(1919, 3, 31)),  # from 23:30 to 00:30: no midnight, amid the jump
    ("America/Moncton", date(2000, 10, 29)),  # from 00:01 back to 23:01: begins twice
    ("America/St_Johns", date(2010, 11, 7)),  # likewise
    ("America/St_Johns", date(1988, 4, 3)),  # from 00:01 two hours on
    ("America/Sao_Paulo", date(2018, 11, 4)),  # no midnight
    ("America/Caracas", date(2007, 12, 9)),  # half an hour back
    ("Antarctica/Casey", date(2020, 10, 4)),  # from 00:01 three hours on
    ("Asia/Gaza", date(2011, 8, 1)),  # from midnight back to 23:00
    ("Asia/Kathmandu", date(1986, 1, 1)),  # a quarter of an hour on
    ("Asia/Pyongyang", date(2018, 5, 5)),  # from 23:30 to midnight
    ("Australia/Lord_Howe", date(2025, 4, 6)),  # half an hour back
    ("Pacific/Kwajalein", date(1969, 10, 1)),  # the day before was there twice
}
"""Days that begin oddly, or near clocks that do."""


# --- the oracle -------------------------------------------------------------------------------


class Segment(NamedTuple):
    """A span of UTC, half-open, through which a zone keeps one offset."""

    begins: datetime
    ends: datetime
    offset: timedelta


def offset_at(instant: datetime, local: ZoneInfo) -> timedelta:
    offset = instant.astimezone(local).utcoffset()
    assert offset is not None
    return offset


def segments(local: ZoneInfo, first: date, last: date, step: timedelta = STEP) -> list[Segment]:
    """The segments around some days, by walking; where the offset changed, to the second."""
    begins = datetime.combine(first, time(), UTC) - 3 * DAY
    ends = datetime.combine(last, time(), UTC) + 4 * DAY
    edges, shown = [begins], begins
    while shown < ends:
        low, high = shown, min(shown + step, ends)
        before = offset_at(low, local)
        if offset_at(high, local) != before:
            while high - low > SECOND:
                middle = low + (high - low) // (2 * SECOND) * SECOND
                low, high = (middle, high) if offset_at(middle, local) == before else (low, middle)
            edges.append(high)
        shown = high
    edges.append(ends)
    return [Segment(low, high, offset_at(low, local)) for low, high in pairwise(edges)]


def begins_at(day: date, kept: list[Segment]) -> datetime:
    """The earliest instant at which the calendar shows this day or a later one."""
    midnight = datetime.combine(day, time(), UTC)
    for segment in kept:
        found = max(segment.begins, midnight - segment.offset)
        if found < segment.ends:
            return found
    raise AssertionError(day)


@cache
def zones() -> tuple[str, ...]:
    """Every zone that a policy takes."""
    return tuple(sorted(filter(_is_taken, available_timezones())))


def _is_taken(zone: str) -> bool:
    try:
        Policy(time_zone=zone)
    except InvalidValueError:
        return False
    return True


def chunk(number: int) -> tuple[str, ...]:
    return zones()[number::CHUNKS]


def around(kept: list[Segment]) -> Iterator[date]:
    """The days of every change of the offset, and those beside it."""
    for segment in kept[1:]:
        for offset in {kept[0].offset, segment.offset}:
            day = (segment.begins + offset).date()
            yield from (day - 2 * DAY, day - DAY, day, day + DAY)


# --- the days ---------------------------------------------------------------------------------


def test_nearly_every_zone_is_taken() -> None:
    """What is refused is the machine's own zone, the factory's, and copies of the others."""
    refused = available_timezones() - set(zones())
    assert {zone for zone in refused if "/" not in zone} <= {"localtime", "posixrules", "Factory"}
    assert all(zone.startswith(("posix/", "right/")) for zone in refused if "/" in zone)
    assert len(zones()) > 400
    assert sum(len(chunk(number)) for number in range(CHUNKS)) == len(zones())


@pytest.mark.parametrize("number", range(CHUNKS))
def test_each_day_begins_once_and_at_its_first_instant(number: int) -> None:
    compared, wrong = 0, []
    for zone in chunk(number):
        local = ZoneInfo(zone)
        kept = segments(local, FIRST, LAST)
        for day in DAYS:
            begins = first_instant(day, zone)
            shown, before = begins.astimezone(local), (begins - MICROSECOND).astimezone(local)
            compared += 1
            # No zone skipped a day in these years.
            if begins != begins_at(day, kept) or shown.date() != day or before.date() >= day:
                wrong.append((zone, day, begins))
    assert len(wrong) == 0, wrong[:3]
    assert compared == len(chunk(number)) * 731
    assert len(chunk(number)) > 400 // CHUNKS


def test_the_years_have_days_without_a_midnight_and_with_two() -> None:
    """Or the test above could not fail where it matters."""
    none, two = set(), set()
    some = {"Africa/Cairo", "America/Havana", "America/Santiago", "Atlantic/Azores"}
    for zone in some:
        local = ZoneInfo(zone)
        for before, after in pairwise(segments(local, FIRST, LAST)):
            left, entered = after.begins + before.offset, after.begins + after.offset
            midnight = datetime.combine(max(left, entered).date(), time(), UTC)
            if left <= midnight < entered:
                none.add(zone)
            if entered <= midnight < left:
                two.add(zone)
    assert none == some
    assert two == {"America/Havana", "Atlantic/Azores"}


@pytest.mark.parametrize(("zone", "odd"), sorted(SKIPPED | ODD))
def test_odd_days(zone: str, odd: date) -> None:
    """The days of a month around one that is odd, by a finer walk."""
    local = ZoneInfo(zone)
    days = [odd + n * DAY for n in range(-15, 16)]
    kept = segments(local, days[0], days[-1], timedelta(minutes=15))
    assert odd in around(kept)
    for day in days:
        begins = first_instant(day, zone)
        assert begins == begins_at(day, kept), day
        assert (begins - MICROSECOND).astimezone(local).date() < day
        shown = begins.astimezone(local).date()
        assert shown == (day + DAY if (zone, day) in SKIPPED else day)


# --- certificates -----------------------------------------------------------------------------


def ends_once(zone: str, last: date, ends: datetime) -> bool:
    """Whether a certificate certifies through its last valid day, and never again."""
    from certlib.state import Certificate

    terms = terms_of(
        Policy(time_zone=zone, validity=PerCertificate()),
        issued_on=last - 30 * DAY,
        last_valid_day=last,
    )
    certificate = Certificate(
        sequence=1, entry=1, issued_at=ends - 29 * DAY, terms=terms, version=1, cycle=None
    )
    spans = (MICROSECOND, SECOND, *(n * timedelta(minutes=15) for n in range(1, 105)))
    return (
        all(certificate.certifies_at(ends - span) for span in spans)
        and not certificate.certifies_at(ends)
        and not any(certificate.certifies_at(ends + span) for span in spans)
    )


@pytest.mark.parametrize("number", range(CHUNKS))
def test_a_certificate_ends_where_the_next_day_begins(number: int) -> None:
    """Around every change of the offset, and about once in two months where it never changes."""
    compared, wrong = 0, []
    for zone in chunk(number):
        kept = segments(ZoneInfo(zone), FIRST, LAST)
        for last in sorted({*DAYS[::61], *around(kept)}):
            compared += 1
            if not ends_once(zone, last, begins_at(last + DAY, kept)):
                wrong.append((zone, last))
    assert len(wrong) == 0, wrong[:3]
    assert compared >= len(chunk(number)) * len(DAYS[::61])


@pytest.mark.parametrize(("zone", "odd"), sorted(SKIPPED | ODD))
def test_a_certificate_ends_once_around_odd_days(zone: str, odd: date) -> None:
    kept = segments(ZoneInfo(zone), odd - 5 * DAY, odd + 5 * DAY, timedelta(minutes=15))
    for last in (odd + n * DAY for n in range(-3, 4)):
        assert ends_once(zone, last, begins_at(last + DAY, kept)), last
