"""The fast JSON writer: the text that the converter and `json` make, several times as fast.

The converter makes a dictionary of every value in a record, and `json` a text of it. Here a function
is generated for each class that writes the text straight: its keys are constants, a value that
equals its default is left out, and a nested value is written by the function of its class.

Unknown types and undeclared values fall back to the converter, which also says what is wrong. It is
the oracle of the tests: equal to the byte.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import lru_cache
from json.encoder import encode_basestring_ascii
from types import NoneType, UnionType
from typing import (
    Any,
    Final,
    NoReturn,
    TypeAlias,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

import attrs

from certlib._copying import function
from certlib.periods import Period
from certlib.serialize._converter import day_text, instant_text

__all__ = ["Writer", "json_text", "make_writer"]

Writer: TypeAlias = Callable[[Any], str]

_encode = json.JSONEncoder(separators=(",", ":")).encode


def json_text(document: object) -> str:
    """Return JSON values as they are stored: in ASCII, without spaces."""
    return _encode(document)


def make_writer(kind: type[Any]) -> Writer | None:
    """Return the writer of an attrs class; None where the converter has to write it.

    >>> from certlib.transcript import CompletionKey
    >>> write = make_writer(CompletionKey)
    >>> write(CompletionKey(training="FORK", at=datetime(2026, 1, 31, tzinfo=UTC)))
    '{"training":"FORK","at":"2026-01-31T00:00:00.000000Z"}'
    """
    try:
        return _Maker().writer(kind)
    except Exception:  # of a host's class even a name may be there for type checkers only
        return None


# --- single values ----------------------------------------------------------------------------


# A batch has few instants, days and periods, each many times; the bounds keep memory flat.
@lru_cache(maxsize=4096)
def _text_in_utc(value: datetime) -> str:
    return f'"{instant_text(value)}"'


def _instant(value: datetime) -> str:
    # In another zone than UTC, two equal instants may be written differently.
    return _text_in_utc(value) if value.tzinfo is UTC else f'"{instant_text(value)}"'


@lru_cache(maxsize=4096)
def _day(value: date) -> str:
    return f'"{day_text(value)}"'


@lru_cache(maxsize=1024)
def _period(value: Period) -> str:
    return f'"{value}"' if value.__class__ is Period else _unfit(value)


def _truth(value: object) -> str:
    return "true" if value is True else "false" if value is False else _unfit(value)


def _listed(write: Writer, values: Sequence[object]) -> str:
    if len(values) == 1:
        return f"[{write(values[0])}]"
    return f"[{','.join(map(write, values))}]"


def _unfit(value: object) -> NoReturn:
    raise TypeError(f"{type(value).__name__} is not what was declared")


_SINGLE: Final[Mapping[Any, str]] = {
    str: "text({})",
    int: "({0} if {0}.__class__ is int else unfit({0}))",
    bool: "truth({})",
    datetime: "instant({})",
    date: "day({})",
    Period: "period({})",
}
"""How a single value is written, by the type that is declared."""


# --- classes ----------------------------------------------------------------------------------


class _UnknownTypeError(Exception):
    """A field has an unknown type, or its class does more than store it."""


class _Maker:
    """Generates the writer of a class, and those of the classes in its fields."""

    def __init__(self) -> None:
        self._names: dict[type[Any], str] = {}
        self._scope: dict[str, Any] = {
            "NULL": "null",
            "day": _day,
            "instant": _instant,
            "listed": _listed,
            "period": _period,
            "text": encode_basestring_ascii,
            "truth": _truth,
            "unfit": _unfit,
        }

    def writer(self, kind: type[Any]) -> Writer:
        """Return the writer of a class; raise `_UnknownTypeError`."""
        made: Writer = self._scope[self._writer_of(kind)]
        return made

    def _writer_of(self, kind: type[Any]) -> str:
        """Return the name of the function that writes values of a class, which is made but once."""
        if kind not in self._names:
            self._names[kind] = f"write_{len(self._names)}"
            self._make(kind, self._names[kind])
        return self._names[kind]

    def _make(self, kind: type[Any], name: str) -> None:
        """Generate the function: required fields first, then each that differs from its default."""
        types = get_type_hints(kind, include_extras=True)
        fetched: list[str] = []
        always: list[str] = []
        others: list[str] = []
        for number, each in enumerate(attrs.fields(kind)):
            if not _is_plain(each):
                raise _UnknownTypeError
            value, default = f"it_{number}", f"{name}_default_{number}"
            fetched.append(f"{value} = value.{each.name}")
            written = f'"{each.name}":{{{self._written(types[each.name], value)}}}'
            if each.default is attrs.NOTHING:
                always.append(written)
            else:
                self._scope[default] = each.default
                # Nearly every value is the default itself, which needs no comparison.
                unlike = f"{value} is not {default}"
                if each.default is not None:
                    unlike += f" and {value} != {default}"
                others += (f"if {unlike}:", f"    made += f',{written}'")
        body = (
            *fetched,
            f"made = f'{{{{{','.join(always)}'",
            *others,
            "return made + '}'" if always else "return '{' + made[2:] + '}'",
        )
        function(f"{name}(value)", body, self._scope)

    def _written(self, kind: Any, value: str) -> str:
        """Return the expression that writes a value of a type, which has a name."""
        inside = get_args(kind)
        if get_origin(kind) in (Union, UnionType):
            first, *others = (each for each in inside if each is not NoneType)
            if not others and NoneType in inside:
                return f"{self._written(first, value)} if {value} is not None else NULL"
        if get_origin(kind) is tuple and inside[1:] == (...,):
            return f"listed({self._writer_of_items(inside[0])}, {value})"
        is_class: bool = isinstance(kind, type)
        if is_class and kind in _SINGLE:
            return _SINGLE[kind].format(value)
        if is_class and issubclass(kind, StrEnum):
            return f"text({value}._value_)"
        if is_class and attrs.has(kind):
            return f"{self._writer_of(kind)}({value})"
        raise _UnknownTypeError

    def _writer_of_items(self, kind: Any) -> str:
        """Return the name of the function that writes the items of a tuple."""
        written = self._written(kind, "it")
        writer = written.removesuffix("(it)")
        if writer.isidentifier():
            return writer
        name = f"item_{len(self._scope)}"
        function(f"{name}(it)", [f"return f'{{{written}}}'"], self._scope)
        return name


_FACTORY: Final = cast("type[object]", attrs.Factory)  # a class, though its stubs say otherwise


def _is_plain(field: Any) -> bool:
    """Whether a field is stored as it is given, and has no default or one that never changes."""
    return (
        field.init
        and field.name.isascii()
        and (field.default is attrs.NOTHING or field.converter is None)
        and not isinstance(field.default, _FACTORY)
    )
