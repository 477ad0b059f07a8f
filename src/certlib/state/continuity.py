"""Was somebody certified on a day, and continuously over many (Q8).

A day counts when the learner was certified at some instant of it, in the policy's zone.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from certlib.periods import DAY, days_between, first_instant

__all__ = ["certified_on", "gaps"]


def certified_on(day: date, spans: Iterable[tuple[datetime, datetime | None]], zone: str) -> bool:
    """Whether some instant of a day lies in one of the spans (see `certified_spans`)."""
    begins, ends = first_instant(day, zone), first_instant(day + DAY, zone)
    return any(start < ends and (until is None or until > begins) for start, until in spans)


def gaps(
    first: date, last: date, spans: Iterable[tuple[datetime, datetime | None]], zone: str
) -> tuple[tuple[date, date], ...]:
    """Return the runs of days, first and last included, on which nobody was certified at any instant."""
    spans = tuple(spans)
    found: list[tuple[date, date]] = []
    for day in days_between(first, last):
        if certified_on(day, spans, zone):
            continue
        if found and found[-1][1] == day - DAY:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return tuple(found)
