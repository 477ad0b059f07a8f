"""The codec of a field, by its type and its validators: nobody writes a table that a class holds already.

========================  ===================================================
a field of type           is in JSON
========================  ===================================================
``str``                   a text; with the validator `code`, a code
``int``                   a whole number; with `positive`, from 1 on
``bool``                  true or false
``date``                  ``"2026-01-31"``
``Decimal``               ``"1.50"``
`Period`                  ``"P1Y3M"``; with `lasting`, longer than nothing
a ``StrEnum``             its value
a class with ``parse``    what ``str`` makes of it, and ``parse`` reads
another attrs class       an object
``tuple[X, ...]``         a list; with `some`, not an empty one
``X | None``              as X; None is an absent key
========================  ===================================================
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from types import MappingProxyType, NoneType, UnionType
from typing import (
    Any,
    Final,
    TypeAlias,
    TypeGuard,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

import attrs

from certlib._texts import printable
from certlib._validators import code, lasting, parts_of, positive, some, within_range
from certlib.errors import InvalidValueError
from certlib.periods import Period
from certlib.policies import AnnualDate
from certlib.requirements import Completed, training_code
from certlib.serialize._codecs import (
    GREATEST,
    Check,
    Choice,
    Codec,
    Each,
    Flag,
    Naming,
    Shape,
    Text,
    Whole,
)
from certlib.serialize._nodes import ProblemCode

__all__ = ["CODE", "DAY", "PERIOD", "TEXT", "Own", "day_of", "period_of", "shape_of"]

T = TypeVar("T")
Own: TypeAlias = Mapping[object, Codec[Any]]
"""Codecs of types that are not in the table above."""

_NONE: Final[Own] = MappingProxyType({})

_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DECIMAL = re.compile(r"-?\d{1,30}(\.\d{1,30})?", re.ASCII)
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


# --- single values ----------------------------------------------------------------------------


def _code(text: str) -> str:
    return Completed(training=text).training


def _text(text: str) -> str:
    if _UNFIT.search(text):
        raise InvalidValueError("the text", printable(text), "no control characters")
    return text


def day_of(text: str) -> date:
    """Return the day that a text says."""
    try:
        day = date.fromisoformat(text if _ISO_DAY.fullmatch(text) else "")
    except ValueError:
        raise InvalidValueError("the date", printable(text), "yyyy-mm-dd") from None
    within_range("the date", day)
    return day


def period_of(text: str) -> Period:
    """Return the period that a text says."""
    period = Period.parse(text)
    # The longest periods have, in their shortest form, more digits than can be read.
    return Period.parse(str(period))


def _lasting_period(text: str) -> Period:
    if not (period := period_of(text)):
        raise InvalidValueError("the period", printable(text), "a period longer than nothing")
    return period


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text if _DECIMAL.fullmatch(text) else "")
    except InvalidOperation:
        raise InvalidValueError("the number", printable(text), "a decimal number") from None


CODE = Text(_code, ProblemCode.BAD_CODE, "a code: 1 to 200 printable characters, no outer spaces")
TEXT = Text(_text, ProblemCode.BAD_TEXT, "a text without control characters")
DAY = Text(day_of, ProblemCode.BAD_DATE, "a date yyyy-mm-dd of the years 1900 to 9000")
PERIOD = Text(period_of, ProblemCode.BAD_PERIOD, "an ISO 8601 period such as P1Y3M, P6W or P30D")
_LASTING = Text(
    _lasting_period,
    ProblemCode.BAD_PERIOD,
    "an ISO 8601 period longer than nothing, such as P1Y3M, P6W or P30D",
)
_ANY_WHOLE = Whole(f"a whole number from -{GREATEST} to {GREATEST}", least=-GREATEST, most=GREATEST)

_SINGLE: Final[Own] = {
    bool: Flag(),
    date: DAY,
    Decimal: Text(
        _decimal, ProblemCode.BAD_NUMBER, 'a decimal number such as "1.50"', "{:f}".format
    ),
    AnnualDate: Text(
        AnnualDate.parse, ProblemCode.BAD_ANNUAL_DATE, "a day of the year MM-DD, such as 12-31"
    ),
}


# --- fields and classes -----------------------------------------------------------------------


def shape_of(
    kind: type[T], /, *, own: Own = _NONE, checks: tuple[Check, ...] = (), **keys: Codec[Any]
) -> Shape[T]:
    """Return the codec of an attrs class: each field by its type, unless it is among ``keys``.

    Raise `InvalidValueError` where a field is of a type that has no codec.
    """
    try:
        hints = get_type_hints(kind)
    except NameError as error:
        raise InvalidValueError(kind.__name__, str(error), "types that exist at run time") from None
    found: dict[str, Codec[Any]] = {}
    for field in attrs.fields(cast("type[attrs.AttrsInstance]", kind)):
        hint = hints[field.name]
        codec = keys.get(field.name) or _codec_of(hint, parts_of(field.validator), own)
        if codec is None:
            raise InvalidValueError(
                f"{kind.__name__}.{field.name}",
                str(hint),
                "a type that has a form in JSON (see certlib.serialize.Kinds)",
            )
        found[field.name] = codec
    return Shape(kind, found, checks)


def _codec_of(hint: object, validators: frozenset[object], own: Own) -> Codec[Any] | None:
    """Return the codec of a type; None where there is none."""
    if get_origin(hint) in {Union, UnionType}:
        first, *others = (each for each in get_args(hint) if each is not NoneType)
        return None if others else _codec_of(first, validators, own)
    if get_origin(hint) is tuple:
        each, *others = get_args(hint)
        items = None if others != [...] else _codec_of(each, validators, own)
        return None if items is None else Each(items, some=some in validators)
    if hint is str:
        if training_code in validators:
            return Naming(CODE)
        return CODE if code in validators else TEXT
    if hint is int:
        return Whole() if positive in validators else _ANY_WHOLE
    if hint is Period:
        return _LASTING if lasting in validators else PERIOD
    single = own.get(hint) or _SINGLE.get(hint)
    if single is not None or not _is_class(hint):
        return single
    if issubclass(hint, StrEnum):
        return Choice(hint)
    return _of_class(hint, own)


def _is_class(hint: object) -> TypeGuard[type[object]]:
    return isinstance(hint, type)


def _of_class(kind: type[object], own: Own) -> Codec[Any] | None:
    parse: Callable[[str], object] | None = getattr(kind, "parse", None)
    if parse is not None:
        return Text(parse, ProblemCode.BAD_VALUE, f"a text for {kind.__name__}")
    return shape_of(kind, own=own) if attrs.has(kind) else None
