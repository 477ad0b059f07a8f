"""Fast code for attrs classes: a function is generated for a class once, and called many times.

All code that certlib generates is compiled by `function`, and each kind has an oracle in the tests:

==================  =======================================  ==========================
`evolve`            copies a value with some fields changed  `attrs.evolve`
`maker_of`          makes a value from all its fields        the constructor
the JSON writer     writes a value as JSON text              the converter and `json`
==================  =======================================  ==========================

`attrs.evolve` asks for every field by name and makes the copy through the constructor, which stores
every field past the guard of a frozen class: 3 to 4 us for the twenty fields of an enrollment, and
an enrollment is copied with every fact. For a class that is `quick_to_copy`, the copy is made as a
twin that is not frozen, and then turned into the class.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

import attrs

if TYPE_CHECKING:
    from attrs import evolve
else:

    def evolve(value, /, **changes):
        """Return a copy of an attrs value with some fields changed."""
        copy = _COPIERS.get(type(value))
        return attrs.evolve(value, **changes) if copy is None else copy(value, changes)


__all__ = ["evolve", "function", "maker_of", "quick_to_copy"]

T = TypeVar("T")

_COPIERS: dict[type[Any], Callable[[Any, Mapping[str, Any]], Any]] = {}


def function(signature: str, body: Iterable[str], scope: dict[str, Any]) -> Callable[..., Any]:
    """Return the function of a signature and the lines of its body; it is put into its scope, too.

    >>> double = function("double(number)", ["return number * two"], {"two": 2})
    >>> double(21)
    42
    """
    lines = (f"def {signature}:", *(f"    {line}" for line in body))
    exec("\n".join(lines), scope)  # noqa: S102 (as attrs makes its constructors)
    return cast("Callable[..., Any]", scope[signature.partition("(")[0]])


def quick_to_copy(cls: type[T]) -> type[T]:
    """Make `evolve` quick for a frozen class with slots (a decorator).

    Raises:
        TypeError: The constructor does more than store its fields, or copies could not be turned into
            the class.
    """
    fields = attrs.fields(cls)  # type: ignore[arg-type, unused-ignore]
    busy = [each.name for each in fields if each.validator or each.converter or not each.init]
    if busy or hasattr(cls, "__attrs_post_init__"):
        raise TypeError(f"{cls.__name__}: its constructor does more than store its fields: {busy}")
    names = tuple(each.name for each in fields)
    slots = {"__slots__": names, "__setattr__": object.__setattr__}
    twin = type(cls.__name__, cls.__bases__, slots)
    body = (
        "made = new(twin)",
        *(f"made.{name} = value.{name}" for name in names),
        "for name, changed in changes.items():",
        "    if name not in names:",
        "        raise TypeError(f'{cls.__name__} has no field {name!r}')",
        "    setattr(made, name, changed)",
        "made.__class__ = cls",
        "return made",
    )
    scope = {"new": object.__new__, "twin": twin, "cls": cls, "names": frozenset(names)}
    _COPIERS[cls] = function("copy(value, changes)", body, scope)
    twin().__class__ = cls  # a class with other slots is refused here, not when it is copied
    return cls


def maker_of(cls: type[T]) -> Callable[..., T]:
    """Return a function that makes values of a frozen class with slots from all its fields, in order.

    It converts and checks nothing: the caller answers for the fields, such as those of a stored row,
    which were checked before they were stored.

    >>> from certlib.periods import Period
    >>> maker_of(Period)(15, 0)
    Period('P1Y3M')
    """
    names = [each.name for each in attrs.fields(cls)]  # type: ignore[arg-type, unused-ignore]
    body = (
        "made = new(cls)",
        *(f"set_{name}(made, {name})" for name in names),
        "return made",
    )
    # What stores a slot is below the guard of a frozen class.
    scope: dict[str, Any] = {f"set_{name}": getattr(cls, name).__set__ for name in names}
    scope |= {"new": object.__new__, "cls": cls}
    return function(f"make({', '.join(names)})", body, scope)
