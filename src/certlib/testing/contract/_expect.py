"""Assertions that say what was expected and found, whatever runs the tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar, cast

import attrs

from certlib.errors import CertlibError

__all__ = ["equal", "fails", "true"]

E = TypeVar("E", bound=CertlibError)
T = TypeVar("T")


def true(holds: object, otherwise: str) -> None:
    """Raise `AssertionError` with a sentence unless something holds."""
    if not holds:
        raise AssertionError(otherwise)


def equal(found: T, expected: T, what: str) -> None:
    """Raise `AssertionError` unless two values are equal; of mappings, tell the first key that differs."""
    if found == expected:
        return
    one: object = found
    other: object = expected
    if isinstance(found, Mapping) and isinstance(expected, Mapping):
        left = dict(cast("Mapping[object, object]", found))
        right = dict(cast("Mapping[object, object]", expected))
        keys = (key for key in (*right, *left) if left.get(key, _ABSENT) != right.get(key, _ABSENT))
        key = next(keys)
        what, one, other = f"{what}, {key!r}", left.get(key, _ABSENT), right.get(key, _ABSENT)
    raise AssertionError(f"{what}: {_compared(one, other)}")


def fails(kind: type[E], act: Callable[[], object], what: str, code: str | None = None) -> E:
    """Return the error that something raises, which has to be of a kind and have a code."""
    try:
        answer = act()
    except kind as error:
        if code is not None:
            equal(error.code, code, f"{what}: the code of the {kind.__name__}")
        return error
    raise AssertionError(f"{what}: expected {kind.__name__}, found the answer {answer!r}")


class _Absent:
    def __repr__(self) -> str:
        return "nothing"


_ABSENT = _Absent()


def _compared(found: object, expected: object) -> str:
    one, other = repr(found), repr(expected)
    if one == other:
        # Learners show their id alone; and -1 day looks like one day.
        one, other = f"{one} with {_fields(found)}", f"{other} with {_fields(expected)}"
    return f"expected {other}, found {one}"


def _fields(value: object) -> object:
    """Return a value with the fields of what it holds, for a message."""
    if attrs.has(type(value)):
        return attrs.asdict(cast("attrs.AttrsInstance", value))
    if isinstance(value, tuple | list):
        return [_fields(each) for each in cast("tuple[object, ...]", value)]
    if isinstance(value, Mapping):
        given = cast("Mapping[object, object]", value)
        return {key: _fields(each) for key, each in given.items()}
    return value
