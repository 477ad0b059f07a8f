"""Whichever dateutil is installed, periods give the same days: one digest for all versions (requirement T4).

The package takes any dateutil from 2.9.0 on, with no cap. The digest was not copied from a version:
integers that know no dateutil must give it too.
"""

from __future__ import annotations

import hashlib
from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from importlib.metadata import version
from typing import Final

from certlib.errors import OutOfRangeError
from certlib.periods import Period

STARTS: Final = (
    # A leap cycle, each month's end of it and the days around; then the calendar's whole length.
    *(date(2023, 3, 1) + timedelta(days=n) for n in range(0, 1461, 7)),
    *(date(y, m, d) for y in range(2023, 2028) for m in range(1, 13) for d in (1, 27, 28)),
    *(date(y, m, monthrange(y, m)[1]) for y in range(2023, 2028) for m in range(1, 13)),
    *(date(y, 2, monthrange(y, 2)[1]) for y in (1900, 1904, 2000, 2096, 2100, 2400, 9000)),
    *(date.fromordinal(n) for n in range(1, date.max.toordinal(), 9973)),
    date.max,
)
PERIODS: Final = tuple(
    (months, days)
    for months in (0, 1, 2, 3, 6, 11, 12, 13, 18, 24, 36, 60, 1188, 83_700, 1_199_988)
    for days in (0, 1, 30, 999_999)
)
TIMES: Final = (1, 2, 7, 40)
LINES: Final = 247_200
DIGEST: Final = "e294ff1319a034faad8b8f0863778d54e26f7d99bb673784a59b70684c19383b"

Answer = Callable[[date, int, int, int], date | None]
"""A day so many times so many months and days after a day, or before it; None: there is none."""


def by_certlib(day: date, months: int, days: int, times: int) -> date | None:
    period = Period(months=months, days=days)
    try:
        return period.before(day) if times == -1 else period.after(day, times)
    except OutOfRangeError:
        return None


def by_integers(day: date, months: int, days: int, times: int) -> date | None:
    year, month = divmod(12 * day.year + day.month - 1 + months * times, 12)
    if not 1 <= year <= 9999:
        return None
    clipped = date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
    ordinal = clipped.toordinal() + days * times
    return date.fromordinal(ordinal) if 1 <= ordinal <= date.max.toordinal() else None


def lines(answer: Answer) -> Iterator[str]:
    for months, days in PERIODS:
        for day in STARTS:
            for times in (-1, *TIMES):
                yield f"{day} P{months}M{days}D x {times}: {answer(day, months, days, times)}\n"


def digest(answer: Answer) -> tuple[int, str]:
    counted, digested = 0, hashlib.sha256()
    for line in lines(answer):
        counted += 1
        digested.update(line.encode())
    return counted, digested.hexdigest()


def test_the_installed_dateutil_gives_the_digest() -> None:
    assert digest(by_certlib) == (LINES, DIGEST), f"python-dateutil {version('python-dateutil')}"


def test_integers_give_the_digest() -> None:
    assert digest(by_integers) == (LINES, DIGEST)
