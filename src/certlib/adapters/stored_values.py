"""Making values from stored rows without checking again what was checked before they were stored.

The constructors of completions and events convert and check every field, which takes several times
as long as the rest of reading a row. The functions made here only store the fields. Callers must pass
what the constructor would have stored, and look for damaged rows themselves. Tests compare with the
constructor.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import attrs

__all__ = ["plain_maker"]

T = TypeVar("T")


def plain_maker(cls: type[T]) -> Callable[..., T]:
    """Return a function that makes values of a frozen class with slots from all its fields, in order.

    >>> from certlib.ports import EnrollmentKey
    >>> plain_maker(EnrollmentKey)("ann", "FIRE-1")
    EnrollmentKey(learner='ann', certification='FIRE-1')
    """
    names = [each.name for each in attrs.fields(cls)]  # type: ignore[arg-type]
    lines = (
        f"def make({', '.join(names)}):",
        "    made = new(cls)",
        *(f"    set_{name}(made, {name})" for name in names),
        "    return made",
    )
    # Setting a slot through its descriptor bypasses the check of a frozen class.
    scope: dict[str, Any] = {f"set_{name}": getattr(cls, name).__set__ for name in names}
    scope |= {"new": object.__new__, "cls": cls}
    exec("\n".join(lines), scope)  # noqa: S102 (as attrs makes its constructors)
    made: Callable[..., T] = scope["make"]
    return made
