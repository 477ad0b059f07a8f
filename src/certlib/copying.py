"""Copying frozen values with some fields changed: what `attrs.evolve` does, quicker for big values.

`attrs.evolve` asks for every field by name and makes the copy through the constructor, which stores
every field past the guard of a frozen class: 3 to 4 us for the twenty fields of an enrollment, and
an enrollment is copied with every fact. For a class that is `quick_to_copy`, one function is made
that stores the fields plainly, into a twin that is not frozen, and then turns the twin into the
class. It is for classes whose constructor does nothing but store: no validator, no converter, no
hook. For all others `evolve` is `attrs.evolve`, which also is the oracle of the tests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from attrs import evolve
else:

    def evolve(value, /, **changes):
        """Return a copy of an attrs value with some fields changed."""
        copy = _COPIERS.get(type(value))
        return attrs.evolve(value, **changes) if copy is None else copy(value, changes)


__all__ = ["evolve", "quick_to_copy"]

T = TypeVar("T")

_COPIERS: dict[type[Any], Callable[[Any, Mapping[str, Any]], Any]] = {}


def quick_to_copy(cls: type[T]) -> type[T]:
    """Make `evolve` quick for a frozen class with slots, a decorator; it changes nothing else.

    Raise `TypeError` where the constructor does more than store, or copies could not be turned into
    the class.
    """
    fields = attrs.fields(cls)  # type: ignore[arg-type, unused-ignore]
    busy = [each.name for each in fields if each.validator or each.converter or not each.init]
    if busy or hasattr(cls, "__attrs_post_init__"):
        raise TypeError(f"{cls.__name__}: its constructor does more than store its fields: {busy}")
    names = tuple(each.name for each in fields)
    slots = {"__slots__": names, "__setattr__": object.__setattr__}
    twin = type(cls.__name__, cls.__bases__, slots)
    lines = (
        "def copy(value, changes):",
        "    made = new(twin)",
        *(f"    made.{name} = value.{name}" for name in names),
        "    for name, changed in changes.items():",
        "        if name not in names:",
        "            raise TypeError(f'{cls.__name__} has no field {name!r}')",
        "        setattr(made, name, changed)",
        "    made.__class__ = cls",
        "    return made",
    )
    scope = {"new": object.__new__, "twin": twin, "cls": cls, "names": frozenset(names)}
    exec("\n".join(lines), scope)  # noqa: S102 (as attrs makes its constructors)
    _COPIERS[cls] = scope["copy"]  # type: ignore[assignment]
    twin().__class__ = cls  # a class with other slots is refused here, not when it is copied
    return cls
