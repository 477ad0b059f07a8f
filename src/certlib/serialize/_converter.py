"""The converter between records and JSON values: strict both ways, and private to `Records`.

cattrs generates the code for each class. What it would coerce, such as ``"7"`` to 7, or the letters
of a text to a tuple, is refused by hooks of ours. With ``detailed``, errors know where they are, at
the price of slow reading: for the second look at what could not be read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from enum import StrEnum
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, TypeAlias, TypeVar, Union, cast, get_args, get_origin

import attrs
from cattrs import Converter, ForbiddenExtraKeysError
from cattrs.cols import homogenous_tuple_structure_factory
from cattrs.errors import AttributeValidationNote, BaseValidationError, IterableValidationNote

from certlib.errors import CertlibError, InvalidValueError, UnknownKindError
from certlib.learners import Attributes
from certlib.periods import Period
from certlib.serialize._attributes import attributes_document, read_attributes
from certlib.serialize._nodes import Findings, Node, shown
from certlib.state.facts import Fact

__all__ = ["day_text", "explained", "instant_text", "kind_of", "make_converter", "own_kind"]

T = TypeVar("T")
Hook: TypeAlias = Callable[[Any, Any], Any]

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII)
_INSTANT_FORM = "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ"
_INSTANT_LENGTH = len(_INSTANT_FORM % (0, 0, 0, 0, 0, 0, 0))
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def make_converter(kinds: Mapping[str, type[Fact]], *, detailed: bool) -> Converter:
    """Return a converter that knows these kinds of facts by their tags."""
    converter = Converter(
        detailed_validation=detailed, forbid_extra_keys=True, omit_if_default=True
    )

    def object_hook(kind: type[Any]) -> Hook:
        read_fields: Hook = converter.gen_structure_attrs_fromdict(kind)

        def read(value: object, _kind: object) -> object:
            return read_fields(_expect(dict, value, "an object"), kind)

        return read

    def optional_hook(kind: Any) -> Hook:
        inner = next(each for each in get_args(kind) if each is not NoneType)
        read_inner: Hook = converter.get_structure_hook(inner)
        return lambda value, _kind: None if value is None else read_inner(value, inner)

    def tuple_hook(kind: Any) -> Hook:
        read_items: Hook = homogenous_tuple_structure_factory(kind, converter)
        return lambda value, _kind: read_items(_expect(list, value, "a list"), kind)

    def read_fact(value: object, _kind: object) -> object:
        fields = dict(cast("dict[str, object]", _expect(dict, value, "an object")))
        kind = kind_of(kinds, fields.pop("tag", None), ".tag")
        return converter.structure(fields, kind)

    def write_fact(fact: Fact) -> object:
        own_kind(kinds, fact, "$.fact.tag")
        return {"tag": fact.tag, **converter.unstructure(fact, type(fact))}

    if detailed:
        # Without this hook, reading fields of a value that is no object fails with a vaguer error.
        converter.register_structure_hook_factory(attrs.has, object_hook)
    converter.register_structure_hook_factory(_is_tuple, tuple_hook)
    converter.register_structure_hook_factory(_is_optional, optional_hook)
    for plain, name in ((str, "a text"), (int, "a whole number"), (bool, "true or false")):
        converter.register_structure_hook(plain, _plain_hook(plain, name))
    for kind, read, write in (
        (StrEnum, _read_choice, attrgetter("value")),
        (datetime, _read_instant, instant_text),
        (date, _read_day, day_text),
        (Period, _read_period, str),
        (Attributes, _read_attributes, attributes_document),
    ):
        converter.register_structure_hook(kind, read)
        converter.register_unstructure_hook(kind, write)
    # Registered as the others are, these would be asked about the kinds of facts as well.
    converter.register_structure_hook_func(_is_any_fact, read_fact)
    converter.register_unstructure_hook_func(_is_any_fact, write_fact)
    return converter


def kind_of(kinds: Mapping[str, type[Fact]], tag: object, path: str) -> type[Fact]:
    """Return the kind of fact with a tag; raise `UnknownKindError`."""
    kind = kinds.get(tag) if isinstance(tag, str) else None
    if kind is None:
        raise UnknownKindError(path, f"the tag {shown(tag)}", tuple(kinds))
    return kind


def own_kind(kinds: Mapping[str, type[Fact]], fact: Fact, path: str) -> type[Fact]:
    """Return the kind of a fact, which has to be the one with its tag; raise `UnknownKindError`."""
    kind = kind_of(kinds, fact.tag, path)
    if kind is not type(fact):
        raise UnknownKindError(path, f"{type(fact).__name__} with the tag {fact.tag}", tuple(kinds))
    return kind


# --- single values ----------------------------------------------------------------------------


def _is_any_fact(kind: object) -> bool:
    return kind is Fact


def _is_tuple(kind: object) -> bool:
    return get_origin(kind) is tuple


def _is_optional(kind: object) -> bool:
    return get_origin(kind) in (Union, UnionType) and NoneType in get_args(kind)


def _expect(kind: type[T], value: object, name: str) -> T:
    if type(value) is kind:
        return value
    raise _unfit(value, name)


def _unfit(value: object, name: str) -> InvalidValueError:
    return InvalidValueError("", shown(value), name)


def _plain_hook(plain: type[Any], name: str) -> Hook:
    return lambda value, _kind: _expect(plain, value, name)


def _read_choice(value: object, kind: type[StrEnum]) -> StrEnum:
    try:
        return kind(cast("str", value))
    except ValueError:
        known = tuple(member.value for member in kind)
        raise UnknownKindError("", shown(value), known) from None


def _read_instant(value: object, _kind: object) -> datetime:
    if isinstance(value, str):
        with suppress(ValueError, OverflowError):
            # What is in our own form, as nearly everything is, takes no closer look.
            if len(value) == _INSTANT_LENGTH and value[-1] == "Z":
                return datetime.fromisoformat(value)
            if _INSTANT.fullmatch(value):
                return datetime.fromisoformat(value).astimezone(UTC)
    raise _unfit(value, "an instant such as 2026-01-31T00:00:00.000000Z")


def instant_text(value: datetime) -> str:
    """Return an instant as it is written."""
    if value.tzinfo is not UTC:
        if value.utcoffset() is None:
            raise InvalidValueError("an instant", str(value), "an aware datetime")
        value = value.astimezone(UTC)
    # Twice as fast as isoformat, and a record has up to ten of them.
    return _INSTANT_FORM % (
        value.year,
        value.month,
        value.day,
        value.hour,
        value.minute,
        value.second,
        value.microsecond,
    )


def _read_day(value: object, _kind: object) -> date:
    if isinstance(value, str) and _DAY.fullmatch(value):
        with suppress(ValueError):
            return date.fromisoformat(value)
    raise _unfit(value, "a date yyyy-mm-dd")


def day_text(value: date) -> str:
    """Return a day as it is written."""
    if isinstance(value, datetime):
        raise InvalidValueError("a date", str(value), "a date without a time")
    return value.isoformat()


def _read_period(value: object, _kind: object) -> Period:
    if not isinstance(value, str):
        raise _unfit(value, "a period such as P1Y3M")
    return Period.parse(value)


def _read_attributes(value: object, _kind: object) -> Attributes:
    return read_attributes(value, "")


# --- errors -----------------------------------------------------------------------------------


def explained(error: Exception, path: str) -> CertlibError:
    """Return what a detailed converter raised as one error that names the place of the first failure."""
    noted, within, kind = True, path, None
    while isinstance(error, BaseValidationError):
        kind, within, error = error.cl, path, error.exceptions[0]
        step = _step(error)
        path, noted = path + step, bool(step)
    match error:
        case ForbiddenExtraKeysError():
            place = Node(value=None, path=path, findings=Findings())
            key = min(error.extra_fields, key=shown)
            return UnknownKindError(place.child(key).path, "the field", _fields(error.cl))
        case KeyError():
            lacking = f"a record without {path.removeprefix(within).lstrip('.')}"
            return UnknownKindError(within, lacking, _fields(kind))
        case UnknownKindError():
            return UnknownKindError(path + error.path, error.kind, error.known)
        case InvalidValueError():
            what = path if noted else f"{path}.{error.what.rpartition('.')[2]}"
            return InvalidValueError(what, error.value, error.expected)
        case _:
            return InvalidValueError(path, f"not readable ({type(error).__name__})", "a record")


def _step(error: Exception) -> str:
    for note in getattr(error, "__notes__", ()):
        if isinstance(note, AttributeValidationNote):
            return f".{note.name}"
        if isinstance(note, IterableValidationNote):
            return f"[{note.index}]"
    return ""


def _fields(kind: object) -> tuple[str, ...]:
    return tuple(each.name for each in attrs.fields(cast("type[attrs.AttrsInstance]", kind)))
