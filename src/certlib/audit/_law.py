"""Something that must always hold, as a value."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from attrs import field, frozen

__all__ = ["Law"]

S = TypeVar("S")
B = TypeVar("B")


@frozen(kw_only=True)
class Law(Generic[S, B]):
    """Something that must always hold of a subject ``S``: a function finds each breach ``B``.

    The audit checks stored enrollments against such laws, and the exploration, the state machine and
    the simulator check each accepted command.

    >>> law = Law[int, str](code="is_odd", sentence="numbers are even", finds=lambda n: ["odd"] * (n % 2))
    >>> law, list(law.finds(3)), list(law.finds(4))
    (<Law is_odd: numbers are even>, ['odd'], [])
    """

    code: str
    """Names the breach; public and stable."""
    sentence: str
    """Says what holds."""
    finds: Callable[[S], Iterable[B]] = field(repr=False)
    """Returns the breaches: none where the law holds."""

    def __repr__(self) -> str:
        return f"<Law {self.code}: {self.sentence}>"
