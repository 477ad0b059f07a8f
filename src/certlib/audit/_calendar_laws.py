"""Laws about time zones and years (T3). Records that break them cannot be checked any further."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Final, cast
from zoneinfo import ZoneInfo

from attrs import fields, has

from certlib._validators import EARLIEST_YEAR, LATEST_YEAR
from certlib.audit._examined import Breach, EnrollmentLaw, Examined
from certlib.audit._law import Law
from certlib.audit._record import ByHand, StoreReplayed

__all__ = ["CALENDAR_LAWS"]

BY_HAND: Final = ByHand(
    words="recorded events are never rewritten: restore the record from an earlier copy"
)


def _values(value: object, name: str) -> Iterator[tuple[str, object]]:
    """Yield all plain values within a value, with their field names."""
    if type(value) is tuple:
        for each in cast("tuple[object, ...]", value):
            yield from _values(each, name)
    elif has(kind := type(value)):
        for field in fields(kind):
            yield from _values(getattr(value, field.name), field.name)
    else:
        yield name, value


def _places(examined: Examined) -> Iterator[tuple[str, str, object]]:
    """Yield every plain value of the record, with its place and field name."""
    for name, value in _values(examined.enrollment, "enrollment"):
        yield "enrollment", name, value
    for event in examined.history:
        for name, value in _values(event, "event"):
            yield f"event {event.sequence}", name, value


def _broken(place: str, name: str, value: object, expected: str, *, readable: bool) -> Breach:
    stored = place == "enrollment" and readable
    return Breach(
        place=place,
        found=f"{name} {value}",
        expected=expected,
        mends=(StoreReplayed(),) if stored else (BY_HAND,),
    )


def _unknown_zones(examined: Examined) -> Iterator[Breach]:
    bad = [
        (place, name, value)
        for place, name, value in _places(examined)
        if name == "time_zone" and isinstance(value, str) and not _is_zone(value)
    ]
    readable = all(place == "enrollment" for place, _, _ in bad)
    for place, name, value in bad:
        yield _broken(
            place, name, value, "the name of a zone that this machine knows", readable=readable
        )


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _years_out_of_range(examined: Examined) -> Iterator[Breach]:
    bad = [
        (place, name, value)
        for place, name, value in _places(examined)
        if isinstance(value, date | datetime) and not EARLIEST_YEAR <= value.year <= LATEST_YEAR
    ]
    readable = all(place == "enrollment" for place, _, _ in bad)
    expected = f"a year from {EARLIEST_YEAR} to {LATEST_YEAR}"
    for place, name, value in bad:
        yield _broken(place, name, value, expected, readable=readable)


CALENDAR_LAWS: Final[tuple[EnrollmentLaw, ...]] = (
    Law(
        code="zone_is_unknown",
        sentence="every time zone is known",
        finds=_unknown_zones,
    ),
    Law(
        code="year_is_out_of_range",
        sentence="every day and instant lies in the years 1900 to 9000",
        finds=_years_out_of_range,
    ),
)
