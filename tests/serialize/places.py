"""The places of a document, found by the types of the class that it stands for.

With them a test can break every place of a document in turn, and none is forgotten when a class
grows.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from enum import Enum
from types import NoneType
from typing import Any, TypeAlias, cast, get_args, get_type_hints

import attrs
from attrs import frozen

from certlib.periods import Period
from certlib.policies import VALIDITIES, Validity
from certlib.state._rows import TABLE
from certlib.state.facts import Fact

__all__ = ["GONE", "Json", "Place", "fields_of", "parts_of", "places", "replaced", "unfit"]

Json: TypeAlias = Any
GONE = object()
"""Stands for no value: the key is taken away."""

TAGS = {kind.tag: kind for kind in TABLE.facts}


@frozen
class Place:
    """A key of a document, and what the class has there."""

    keys: tuple[str | int, ...]
    hint: Any
    required: bool = True

    @property
    def path(self) -> str:
        return "$" + "".join(f"[{k}]" if isinstance(k, int) else f".{k}" for k in self.keys)

    @property
    def may_be_null(self) -> bool:
        return NoneType in get_args(self.hint)

    @property
    def is_choice(self) -> bool:
        """Whether its values are those of an enumeration."""
        return any(isinstance(each, type) and issubclass(each, Enum) for each in _all(self.hint))


def fields_of(kind: type) -> dict[str, Place]:
    """The fields of an attrs class: the type of each, and whether it has no default."""
    hints = get_type_hints(kind)
    own = attrs.fields(cast("type[attrs.AttrsInstance]", kind))
    return {
        each.name: Place((each.name,), hints[each.name], each.default is attrs.NOTHING)
        for each in own
    }


def parts_of(kind: type) -> set[type]:
    """Every attrs class that a value of a class may hold, itself included."""
    found: set[type] = set()
    left = [kind]
    while left:
        one = left.pop()
        if one in found:
            continue
        found.add(one)
        for place in fields_of(one).values():
            left += [each for each in _all(place.hint) if attrs.has(each)]
    return found


def places(
    kind: type, document: Mapping[str, object], at: tuple[str | int, ...] = ()
) -> Iterator[Place]:
    """Every key of a record's document, at any depth."""
    if kind is Fact:
        kind = TAGS[str(document["tag"])]
    for name, place in fields_of(kind).items():
        if name not in document:
            continue
        keys = (*at, name)
        yield Place(keys, place.hint, place.required)
        value = document[name]
        inner = next((each for each in _all(place.hint) if attrs.has(each)), None)
        if inner is None or inner is Period:
            continue
        if isinstance(value, list):
            for number, item in enumerate(value):
                yield from places(inner, item, (*keys, number))
        elif isinstance(value, dict):
            yield from places(inner, cast("Json", value), keys)


def replaced(document: Json, keys: tuple[str | int, ...], value: object) -> Json:
    """A copy with one value replaced, added, or gone."""
    changed = copy.deepcopy(document)
    inner = changed
    for key in keys[:-1]:
        inner = inner[key]
    if value is GONE:
        del inner[keys[-1]]
    else:
        inner[keys[-1]] = value
    return changed


def unfit(value: object) -> object:
    """A value of another type."""
    match value:
        case bool():
            return 1
        case str():
            return 7
        case int():
            return True
        case list():
            return {}
        case _:
            return []


def _all(hint: Any) -> Iterator[Any]:
    if hint is Validity:
        yield from VALIDITIES
        return
    yield hint
    for each in get_args(hint):
        if each not in {date, datetime}:
            yield from _all(each)
