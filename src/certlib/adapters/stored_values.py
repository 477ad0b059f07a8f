"""Making records from stored rows without asking what was asked before they were stored.

The constructors of completions and events convert and check every field, which takes several times
as long as all the rest of reading a row; and a row was made of a record. What makes a value here stores its
fields and does nothing else. Who calls it answers for them: that they are what the constructor would
have stored, although others may have damaged the row. The constructor is the oracle of the tests.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import attrs

__all__ = ["plain_maker"]

T = TypeVar("T")


def plain_maker(cls: type[T]) -> Callable[..., T]:
    """Return what makes values of a frozen class with slots from all its fields, in their order.

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
    # What stores a slot is below the guard of a frozen class.
    scope: dict[str, Any] = {f"set_{name}": getattr(cls, name).__set__ for name in names}
    scope |= {"new": object.__new__, "cls": cls}
    exec("\n".join(lines), scope)  # noqa: S102 (as attrs makes its constructors)
    made: Callable[..., T] = scope["make"]
    return made
