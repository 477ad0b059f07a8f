"""Values are what their annotations say: checked where they are made (W8), without code per field.

`checked` gives a class a constructor that compares each argument with the type of its field, and
`takes_instants` does the same for the instants that a function is given. Both generate the code once
for each class and function, so that it costs about as much as written-out comparisons.

==========================  ==============================================================
a field of type             takes
==========================  ==============================================================
``str``                     a text without NUL and half characters (a lone surrogate);
                            a ``name``, ``reason`` or ``instructions`` may hold
                            a NUL, a ``file_name`` both
``int``                     a whole number of 64 bits, and no truth value
``bool``                    True or False
``date``                    a day, and no instant
``datetime``                an aware instant that there is in UTC as well
``Decimal``                 a finite number
an enumeration              a member, not its text
a protocol                  a value that has all its members, and the fields of its class right
another class               its instances
``tuple[X, ...]``           a tuple (no list) of what X takes; also ``frozenset`` and ``Mapping``
``X | Y``, ``X | None``     what either takes
==========================  ==============================================================

Subclasses will do. What a class of `certlib._validators` checks anyway is left to it.
"""

# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnnecessaryContains=false
# (it looks at values and annotations of any kind)

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping, MutableMapping
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import update_wrapper
from inspect import Parameter
from types import NoneType, UnionType
from typing import (
    Any,
    Final,
    Literal,
    TypeAlias,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)
from weakref import WeakKeyDictionary, WeakSet

import attrs

from certlib._texts import printable
from certlib._validators import GREATEST, aware, code, in_utc, is_instant, parts_of, positive, some
from certlib.errors import InvalidValueError

__all__ = ["checked", "checked_hiding", "fields_checked", "takes_instants", "takes_instants_in"]

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])

_CHECKED: Final[WeakSet[type[Any]]] = WeakSet()
"""The classes whose constructor checks its arguments."""


def checked(cls: type[T]) -> type[T]:
    """Make the constructor of an attrs class compare its arguments with their types (a decorator).

    Attrs classes that inherit from it are checked as well, a host's own among them. The constructor
    raises `InvalidValueError`, which names the class, the field and what was expected.
    """
    return _with_checks(cls, frozenset())


def checked_hiding(*fields: str) -> Callable[[type[T]], type[T]]:
    """Return `checked` for a class with fields that errors must not quote: data of people (W4).

    Texts in these fields may hold anything, for one odd name must not keep a host from listing everybody.
    """
    return lambda cls: _with_checks(cls, frozenset(fields))


def _with_checks(cls: type[T], hidden: frozenset[str]) -> type[T]:
    _CHECKED.add(cls)
    _for_subclasses(cls, hidden)
    # Where somebody wrote a constructor, attrs made the other one, which it calls.
    name = "__attrs_init__" if "__attrs_init__" in vars(cls) else "__init__"
    inner: Callable[..., None] | None = vars(cls).get(name)
    if inner is None:
        return cls

    def __init__(self: object, /, *args: object, **kwargs: object) -> None:  # noqa: N807
        # Annotations may name classes that are defined later: they are looked up at the first call.
        if _is_being_imported(cls):
            inner(self, *args, **kwargs)
            return
        made = _constructor(cls, inner, hidden)
        type.__setattr__(cls, name, made)
        made(self, *args, **kwargs)

    type.__setattr__(cls, name, update_wrapper(__init__, inner))
    return cls


def _for_subclasses(cls: type[Any], hidden: frozenset[str]) -> None:
    if "__attrs_init_subclass__" in vars(cls):
        return

    def __attrs_init_subclass__(subclass: type[Any]) -> None:  # noqa: N807 (attrs calls it)
        _with_checks(subclass, hidden)

    cls.__attrs_init_subclass__ = classmethod(__attrs_init_subclass__)


def _is_being_imported(cls: type[Any]) -> bool:
    spec = getattr(sys.modules.get(cls.__module__), "__spec__", None)
    return bool(getattr(spec, "_initializing", False))


def fields_checked(value: object) -> bool:
    """Check the fields of a host's own value, whose constructor checks nothing; return True.

    Raises:
        InvalidValueError: A field holds what its annotation does not say.
    """
    kind = type(value)
    if kind in _CHECKED or not attrs.has(kind) or _is_own(kind):
        return True
    if kind not in _CHECKERS:
        _CHECKERS[kind] = _checker(kind)
    _CHECKERS[kind](value)
    return True


_CHECKERS: Final[WeakKeyDictionary[type[Any], Callable[[object], None]]] = WeakKeyDictionary()


def _is_own(kind: type[object]) -> bool:
    return kind.__module__.partition(".")[0] == "certlib"


# --- functions that are given instants ------------------------------------------------------------


def takes_instants(function: F) -> F:
    """Make a function refuse naive instants, and what is no instant (a decorator).

    It looks at the parameters annotated as ``datetime`` or ``When``, and these or None. A generator
    refuses them when it is called, not when it is first asked.
    """
    checks: dict[str, _Check] = {}
    for name, parameter in inspect.signature(function).parameters.items():
        hint = _ANNOTATED.get(str(parameter.annotation))
        if hint is not None:
            checks[name] = _check_of(hint, f"{function.__qualname__}.{name}")
    return cast("F", _guarded(function, checks))


def takes_instants_in(cls: type[T]) -> type[T]:
    """Make all public methods of a class refuse naive instants (a decorator)."""
    for name in dir(cls):
        method = inspect.getattr_static(cls, name)
        bound = isinstance(method, classmethod)
        function = method.__func__ if bound else method
        if not name.startswith("_") and inspect.isfunction(function):
            parameters = inspect.signature(function).parameters.values()
            if any(str(each.annotation) in _ANNOTATED for each in parameters):
                made = takes_instants(function)
                type.__setattr__(cls, name, classmethod(made) if bound else made)
    return cls


_ANNOTATED: Final[Mapping[str, object]] = {
    "datetime": datetime,
    "datetime | None": datetime | None,
    "When": datetime | date,
    "When | None": datetime | date | None,
}
"""The annotations of instants, as modules of certlib write them."""


# --- generated code -------------------------------------------------------------------------------


@attrs.frozen
class _Check:
    """How a parameter is checked."""

    quick: str
    """An expression about ``{}``, the parameter: true of most values that fit."""
    kind: object
    """The class that it mentions as ``kind_{}``."""
    fits: Callable[[Any], bool]
    """Asked about all others."""
    refuse: Callable[[Any], None]


def _check_of(
    hint: object, place: str, field: attrs.Attribute[Any] | None = None, *, quoted: bool = True
) -> _Check:
    name = "" if field is None else field.name if quoted else _ANY_TEXT
    expected = _expected(hint, name)
    if field is not None and some in parts_of(field.validator):
        expected = expected.replace("a tuple,", "a tuple with at least one item,", 1)

    def refuse(value: object) -> None:
        shown = printable(value) if quoted else f"a {type(value).__name__}"
        raise InvalidValueError(place, shown, expected)

    quick, kind = _quick_test(hint)
    return _Check(quick, kind, _test(hint, name), refuse)


def _guarded(inner: Callable[..., Any], checks: Mapping[str, _Check]) -> Callable[..., Any]:
    """Return a function with the same parameters that checks them and calls the inner one.

    It has the globals of the inner function: tools see by them where it is from.
    """
    held: dict[str, object] = {
        "d_inner": inner,
        "d_map": map,
        "d_tuple": tuple,
        "d_type": type,
        "d_date": date,
        "d_datetime": datetime,
        "d_utc": UTC,
    }
    taken: list[str] = []
    passed: list[str] = []
    body: list[str] = []
    kinds = set[object]()
    for name, each in inspect.signature(inner).parameters.items():
        default = ""
        if each.default is not Parameter.empty:
            held[f"d_default_{name}"] = each.default
            default = f"=d_default_{name}"
        if each.kind is Parameter.KEYWORD_ONLY and kinds.isdisjoint(_BEFORE_KEYWORDS):
            taken.append("*")
        kinds.add(each.kind)
        star = _STARS.get(each.kind, "")
        taken.append(f"{star}{name}{default}")
        passed.append(f"{name}={name}" if each.kind is Parameter.KEYWORD_ONLY else f"{star}{name}")
        if each.kind is Parameter.POSITIONAL_ONLY:
            taken = [*(one for one in taken if one != "/"), "/"]
        if name in checks:
            check = checks[name]
            held[f"d_fits_{name}"], held[f"d_refuse_{name}"] = check.fits, check.refuse
            held[f"d_kind_{name}"] = check.kind
            tests = f"{check.quick.replace('{}', name)} or d_fits_{name}({name})"
            unless = f"{name} is not d_default_{name} and " if default else ""
            body.append(f"if {unless}not ({tests}): d_refuse_{name}({name})")
    lines = [
        f"def d_make({', '.join(held)}):",
        f"    def d_made({', '.join(taken)}):",
        *(f"        {line}" for line in body),
        f"        return d_inner({', '.join(passed)})",
        "    return d_made",
    ]
    made: dict[str, Any] = {}
    exec("\n".join(lines), inner.__globals__, made)  # noqa: S102 (as attrs makes its constructors)
    return update_wrapper(cast("Callable[..., Any]", made["d_make"](**held)), inner)


_STARS: Final[Mapping[object, str]] = {Parameter.VAR_POSITIONAL: "*", Parameter.VAR_KEYWORD: "**"}
_BEFORE_KEYWORDS: Final = {Parameter.VAR_POSITIONAL, Parameter.KEYWORD_ONLY}


def _constructor(
    cls: type[Any], inner: Callable[..., None], hidden: frozenset[str]
) -> Callable[..., None]:
    """Return the constructor of a class that checks its arguments first."""
    checks = {
        field.alias or field.name: _check_of(
            hint, f"{cls.__name__}.{field.name}", field, quoted=field.name not in hidden
        )
        for field, hint in _declared(cls)
        if field.init and _is_taken_as_given(field)
    }
    return _guarded(inner, checks)


def _is_taken_as_given(field: attrs.Attribute[Any]) -> bool:
    converter: object = field.converter
    return converter is None or converter is in_utc


def _checker(cls: type[Any]) -> Callable[[object], None]:
    """Return the function that checks the fields of a value whose constructor does not."""
    checks = [
        (field.name, _check_of(hint, f"{cls.__name__}.{field.name}", field))
        for field, hint in _declared(cls)
    ]

    def check(value: object) -> None:
        for name, each in checks:
            held = getattr(value, name)
            if not each.fits(held):
                each.refuse(held)

    return check


def _declared(cls: type[Any]) -> list[tuple[attrs.Attribute[Any], object]]:
    """Return the fields that no validator of certlib checks anyway, each with its type."""
    hints = _hints(cls)
    return [
        (each, hints[each.name])
        for each in attrs.fields(cls)
        if each.name in hints
        and not _is_validated(_parts(hints[each.name]), parts_of(each.validator))
    ]


def _is_validated(parts: tuple[object, ...], validators: frozenset[object]) -> bool:
    one = next((part for part in parts if part is not NoneType), None)
    return _VALIDATORS.get(one) in validators if len(parts) < 3 and one in _VALIDATORS else False


_VALIDATORS: Final[Mapping[object, object]] = {str: code, int: positive, datetime: aware}


def _hints(cls: type[Any]) -> dict[str, object]:
    """Return the type of each field, without those whose names exist for type checkers only."""
    with suppress(Exception):  # what stands in a host's annotation may be anything
        return get_type_hints(cls)
    found: dict[str, object] = {}
    for base in reversed(cls.__mro__):
        for name, annotation in vars(base).get("__annotations__", {}).items():
            alone = {"__annotations__": {name: annotation}, "__module__": base.__module__}
            with suppress(Exception):
                found |= get_type_hints(type(base.__name__, (), alone))
    return found


# --- types ----------------------------------------------------------------------------------------

Test: TypeAlias = Callable[[Any], bool]


def _parts(hint: object) -> tuple[object, ...]:
    return get_args(hint) if get_origin(hint) in {Union, UnionType} else (hint,)


def _quick_test(hint: object) -> tuple[str, object]:
    """Return an expression about ``{}`` that is true of most values of a type, and its class."""
    plain = [part for part in _parts(hint) if part is not NoneType]
    nothing = ["{} is None"] if len(plain) < len(_parts(hint)) else []
    first = plain[0] if plain else None
    if get_origin(first) is tuple:
        item, *others = get_args(first)
        nothing.append("{} == ()")
        if others == [...] and _is_simple(item):
            nothing.append("{}.__class__ is d_tuple and d_kind_{} == {*d_map(d_type, {})}")
            return " or ".join(nothing), {item}
    elif first in _QUICK:
        nothing.append(_QUICK[first])
    elif _is_simple(first):
        nothing.append("{}.__class__ is d_kind_{}")
    return " or ".join(nothing) or "False", first


_QUICK: Final[Mapping[object, str]] = {
    str: "{}.__class__ is str and {}.isprintable()",
    bool: "{}.__class__ is bool",
    int: f"{{}}.__class__ is int and -{GREATEST} <= {{}} <= {GREATEST}",
    date: "{}.__class__ is d_date",
    datetime: "{}.__class__ is d_datetime and {}.tzinfo is d_utc",
}


def _is_simple(kind: Any) -> bool:
    """Whether being of this very class is all that is asked of a value."""
    if not isinstance(kind, type) or kind in {object, Any, str, int, float, datetime, Decimal}:
        return False
    if getattr(kind, "_is_protocol", False):
        return False
    return kind in _CHECKED or _is_own(kind) or not attrs.has(kind)


def _test(hint: Any, name: str = "") -> Test:
    """Return what is true of the values of a type; of one that is not known, of all values."""
    if hint is None or hint is NoneType:
        return lambda it: it is None
    if hint is str:
        return _TEXTS.get(name, _is_text)
    if hint in _TESTS:
        return _TESTS[hint]
    inside = get_args(hint)
    origin: Any = get_origin(hint)
    if origin in {Union, UnionType}:
        tests = [_test(part, name) for part in inside]
        return lambda it: any(test(it) for test in tests)
    if origin is Literal:
        return lambda it: it in inside
    if origin is tuple and inside[1:] != (...,):
        each = [_test(part, name) for part in inside]
        return lambda it: (
            isinstance(it, tuple)
            and len(it) == len(each)
            and all(test(one) for test, one in zip(each, it, strict=True))
        )
    if origin in {tuple, frozenset, set, list}:
        item, usual = _test(inside[0], name), {inside[0]} if _is_simple(inside[0]) else set()
        return lambda it: (
            isinstance(it, origin) and (set(map(type, it)) <= usual or all(map(item, it)))
        )
    if origin in _MAPPINGS:
        key, value = _test(inside[0]), _test(inside[1], name)
        return lambda it: (
            isinstance(it, Mapping) and all(map(key, it)) and all(map(value, it.values()))
        )
    if origin is type:
        return lambda it: isinstance(it, type)
    return _class_test(origin or hint)


def _class_test(kind: object) -> Test:
    if kind in {object, Any} or not isinstance(kind, type):
        return lambda _it: True
    if getattr(kind, "_is_protocol", False):
        return _shape_test(kind)
    if _is_own(kind) or not attrs.has(kind):
        return lambda it: isinstance(it, kind)
    return lambda it: isinstance(it, kind) and fields_checked(it)


def _shape_test(protocol: type[object]) -> Test:
    """Return what is true of values that have all members of a protocol."""
    members = [
        name
        for base in protocol.__mro__
        if getattr(base, "_is_protocol", False)
        for name in {**vars(base), **vars(base).get("__annotations__", {})}
        if not name.startswith("_")
    ]
    shaped: WeakSet[type[object]] = WeakSet()

    def fits(it: object) -> bool:
        kind = type(it)
        if kind not in shaped:
            fields = {each.name for each in attrs.fields(kind)} if attrs.has(kind) else set[str]()
            if isinstance(it, type) or not all(
                name in fields or hasattr(kind, name) for name in members
            ):
                return False
            shaped.add(kind)
        return fields_checked(it)

    return fits


def _is_text(it: object) -> bool:
    return isinstance(it, str) and "\0" not in it and _has_whole_characters(it)


def _is_free_text(it: object) -> bool:
    return isinstance(it, str) and _has_whole_characters(it)


def _is_any_text(it: object) -> bool:
    return isinstance(it, str)


def _has_whole_characters(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= each <= "\udfff" for each in text)


def _is_whole(it: object) -> bool:
    return isinstance(it, int) and not isinstance(it, bool) and -GREATEST <= it <= GREATEST


_ANY_TEXT: Final = "file_name"
_TEXTS: Final[Mapping[str, Test]] = {
    _ANY_TEXT: _is_any_text,
    "instructions": _is_free_text,
    "name": _is_free_text,
    "reason": _is_free_text,
}
"""The tests of texts that are for people to read, by the name of their field."""
_TESTS: Final[Mapping[object, Test]] = {
    bool: lambda it: isinstance(it, bool),
    int: _is_whole,
    float: lambda it: isinstance(it, float | int) and not isinstance(it, bool),
    date: lambda it: isinstance(it, date) and not isinstance(it, datetime),
    datetime: is_instant,
    Decimal: lambda it: isinstance(it, Decimal) and it.is_finite(),
}
_MAPPINGS: Final = {dict, Mapping, MutableMapping}


def _expected(hint: Any, name: str = "") -> str:
    """Return in words what is expected of a value of a type."""
    if hint is str:
        return _TEXTS_IN_WORDS.get(name, "a text without NUL and half characters")
    if hint in _IN_WORDS:
        return _IN_WORDS[hint]
    inside = get_args(hint)
    origin = get_origin(hint)
    if origin in {Union, UnionType}:
        parts = sorted(inside, key=lambda part: part is NoneType)
        return ", or ".join(dict.fromkeys(_expected(part, name) for part in parts))
    if origin in {tuple, frozenset, set, list} and (origin is not tuple or inside[1:] == (...,)):
        return f"a {origin.__name__}, each item {_expected(inside[0], name)}"
    kind = origin or hint
    word = getattr(kind, "__name__", str(kind))
    return f"an {word}" if word[0] in "AEIOU" else f"a {word}"


_TEXTS_IN_WORDS: Final = {
    **dict.fromkeys(_TEXTS, "a text without half characters"),
    _ANY_TEXT: "a text",
}
_IN_WORDS: Final[Mapping[object, str]] = {
    NoneType: "None",
    bool: "True or False",
    int: "a whole number of 64 bits",
    float: "a number",
    date: "a date without a time",
    datetime: "an aware datetime, such as one in UTC",
    Decimal: "a finite Decimal",
}
