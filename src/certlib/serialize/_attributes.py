"""Attributes of learners as JSON values, each with its type.

Texts and whole numbers are themselves, a day is ``{"date": "1990-02-28"}`` and a decimal number
``{"decimal": "1.50"}``, with all its digits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Final, cast

from certlib.errors import InvalidValueError
from certlib.learners import Attributes, AttributeValue
from certlib.serialize._nodes import shown

__all__ = ["attributes_document", "read_attributes"]

_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DECIMAL: Final = re.compile(r"-?\d{1,38}(\.\d{1,18})?", re.ASCII)


def attributes_document(attributes: Mapping[str, AttributeValue]) -> dict[str, object]:
    """Return attributes as JSON values.

    >>> attributes_document({"level": 3, "birthday": date(1990, 2, 28)})
    {'level': 3, 'birthday': {'date': '1990-02-28'}}
    """
    return {code: _written(value) for code, value in attributes.items()}


def read_attributes(document: object, path: str = "$") -> Attributes:
    """Return the attributes that JSON values hold; raise `InvalidValueError`.

    >>> read_attributes({"hours": {"decimal": "1.50"}})["hours"]
    Decimal('1.50')
    """
    if not isinstance(document, dict):
        raise InvalidValueError(path, shown(document), "an object")
    values = cast("dict[str, object]", document)
    return Attributes({code: _read(value, f"{path}.{code}") for code, value in values.items()})


def _written(value: AttributeValue) -> object:
    if isinstance(value, date):
        return {"date": value.isoformat()}
    return {"decimal": f"{value:f}"} if isinstance(value, Decimal) else value


def _read(value: object, path: str) -> AttributeValue:
    if type(value) is str or type(value) is int:
        return value
    try:
        ((kind, text),) = cast("dict[str, str]", value).items()
        return _READERS[kind](text)
    except (AttributeError, KeyError, TypeError, ValueError):
        expected = "a text, a whole number, or an object with a date or a decimal"
        raise InvalidValueError(path, shown(value), expected) from None


def _day(text: str) -> date:
    if not _DAY.fullmatch(text):
        raise ValueError
    return date.fromisoformat(text)


def _decimal(text: str) -> Decimal:
    if not _DECIMAL.fullmatch(text):
        raise ValueError
    return Decimal(text)


_READERS: Final[Mapping[str, Callable[[str], AttributeValue]]] = {
    "date": _day,
    "decimal": _decimal,
}
