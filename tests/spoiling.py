"""Values that no constructor makes, as an older version or a host's own code may have made them."""

from __future__ import annotations

from copy import copy
from typing import TypeVar

T = TypeVar("T")


def spoiled(value: T, **fields: object) -> T:
    """Return a copy of a frozen value with fields that its constructor would refuse."""
    made = copy(value)
    for name, held in fields.items():
        object.__setattr__(made, name, held)
    return made
