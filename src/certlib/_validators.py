"""Shared attrs validators; each raises `InvalidValueError`."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from certlib._texts import printable
from certlib.errors import InvalidPolicyError, InvalidValueError, OutOfRangeError

if TYPE_CHECKING:
    from attrs import Attribute

__all__ = [
    "EARLIEST_YEAR",
    "GREATEST",
    "LATEST_YEAR",
    "aware",
    "code",
    "in_utc",
    "is_instant",
    "lasting",
    "parts_of",
    "positive",
    "some",
    "within_range",
]

EARLIEST_YEAR = 1900
LATEST_YEAR = 9000
GREATEST = 2**63 - 1
"""The greatest whole number that databases hold; the least is its negative."""

S = TypeVar("S", bound=tuple[Any, ...])


def _name(
    instance: object,
    attribute: Attribute[S] | Attribute[int] | Attribute[str] | Attribute[datetime],
) -> str:
    return f"{type(instance).__name__}.{attribute.name}"


def in_utc(value: datetime) -> datetime:
    """Return an aware instant in UTC (an attrs converter).

    Python compares two instants of one zone by its wall clock, which is wrong in the hour that a clock
    shows twice. What is no aware instant is returned as it is, for a validator to refuse.
    """
    if value.__class__ is datetime and value.tzinfo is UTC:
        return value
    return value.astimezone(UTC) if is_instant(value) else value


def is_instant(value: object) -> bool:
    """Whether it is an aware datetime (T2), and one that there is in UTC as well."""
    if not isinstance(value, datetime):
        return False
    if value.tzinfo is UTC:
        return True
    if value.utcoffset() is None:
        return False
    try:
        value.astimezone(UTC)
    except OverflowError:  # in the first hours of the calendar, or in its last
        return False
    return True


def aware(instance: object, attribute: Attribute[datetime], value: object) -> None:
    """Accept only an aware datetime (T2)."""
    if not is_instant(value):
        raise InvalidValueError(
            _name(instance, attribute), printable(value), "an aware datetime, such as one in UTC"
        )


def code(instance: object, attribute: Attribute[str], value: object) -> None:
    """Accept 1 to 200 printable characters without outer spaces."""
    if (
        not isinstance(value, str)
        or not value
        or len(value) > 200
        or value != value.strip()
        or not value.isprintable()
    ):
        raise InvalidValueError(
            _name(instance, attribute),
            printable(value),
            "1 to 200 printable characters without outer spaces",
        )


def positive(instance: object, attribute: Attribute[int], value: object) -> None:
    """Accept a whole number of at least 1, and at most 64 bits."""
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= GREATEST:
        raise InvalidValueError(
            _name(instance, attribute), printable(value), "a whole number from 1 on"
        )


def lasting(instance: object, attribute: Attribute[Any], value: object) -> None:
    """Accept a period longer than nothing."""
    if not value:
        raise InvalidPolicyError(
            _name(instance, attribute), str(value), "a period longer than nothing"
        )


def parts_of(validator: object) -> frozenset[object]:
    """Return a field's validator with all that it is made of.

    What checks the items of a tuple is among them: no item is a tuple itself.

    >>> from attrs.validators import and_, deep_iterable, optional
    >>> parts_of(optional(and_(code, some))) >= {code, some}
    True
    >>> parts_of(deep_iterable(code, some)) >= {code, some}
    True
    """
    inner = [
        getattr(validator, name, None)
        for name in ("validator", "member_validator", "iterable_validator")
    ]
    inner += getattr(validator, "_validators", ())
    found = {validator}
    for each in inner:
        if each is not None:
            found |= parts_of(each)
    return frozenset(found)


def some(instance: object, attribute: Attribute[S], value: object) -> None:
    """Accept a tuple with at least one item."""
    given = printable(value)
    if not (isinstance(value, tuple) and value):
        raise InvalidValueError(_name(instance, attribute), given, "a tuple with at least one item")


def within_range(what: str, value: date) -> None:
    """Refuse a date outside the years 1900 to 9000 (T3)."""
    if not EARLIEST_YEAR <= value.year <= LATEST_YEAR:
        raise OutOfRangeError(what, str(value), f"a year from {EARLIEST_YEAR} to {LATEST_YEAR}")
