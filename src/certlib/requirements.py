"""Requirements: expressions over the transcript that a step's path may demand.

A requirement is met or not by a set of completions; which of them counted is its *because*, and is
recorded with what it led to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, ClassVar, Final, Protocol, TypeAlias

from attrs import field, frozen

from certlib._declared import checked
from certlib._validators import code, positive, some
from certlib.errors import InvalidValueError
from certlib.transcript import Completion

if TYPE_CHECKING:
    from attrs import Attribute

__all__ = [
    "REQUIREMENTS",
    "AllOf",
    "AnyOf",
    "AtLeast",
    "Completed",
    "CompletionsOf",
    "Requirement",
    "training_code",
]

CompletionsOf: TypeAlias = Callable[[str], Iterator[Completion]]
"""Yields the completions of a training that count, earliest first."""


class Requirement(Protocol):
    """What completions must meet: a frozen value.

    A host may have requirements of its own: any frozen attrs class of this shape, declared in
    `certlib.serialize.Kinds`. The field that names a training has `training_code` as its validator.
    """

    kind: ClassVar[str]
    """What the catalog file calls it."""

    @property
    def trainings(self) -> frozenset[str]:
        """The codes of all trainings that it mentions: their completions may meet it."""
        ...

    def counted(self, completions_of: CompletionsOf, /) -> tuple[Completion, ...] | None:
        """Return the completions that meet it, each once, or None where it is not met."""
        ...


def training_code(instance: object, attribute: Attribute[str], value: object) -> None:
    """Accept the code of a training, which the catalog must hold (an attrs validator)."""
    code(instance, attribute, value)


@checked
@frozen(kw_only=True)
class Completed:
    """One training is completed."""

    kind: ClassVar[str] = "completed"
    training: str = field(validator=training_code)

    @property
    def trainings(self) -> frozenset[str]:
        """The code of the training."""
        return frozenset({self.training})

    def counted(self, completions_of: CompletionsOf) -> tuple[Completion, ...] | None:
        """Return the first completion."""
        found = next(completions_of(self.training), None)
        return None if found is None else (found,)


@checked
@frozen(kw_only=True)
class AllOf:
    """Every one of these is met.

    >>> sorted(AllOf(of=(Completed(training="A"), Completed(training="B"))).trainings)
    ['A', 'B']
    """

    kind: ClassVar[str] = "all_of"
    of: tuple[Requirement, ...] = field(validator=some)

    @property
    def trainings(self) -> frozenset[str]:
        """The codes of all trainings that its parts mention."""
        return _trainings_of(self.of)

    def counted(self, completions_of: CompletionsOf) -> tuple[Completion, ...] | None:
        """Return the completions that meet all parts."""
        return _counted(self.of, len(self.of), completions_of)


@checked
@frozen(kw_only=True)
class AnyOf:
    """At least one of these is met."""

    kind: ClassVar[str] = "any_of"
    of: tuple[Requirement, ...] = field(validator=some)

    @property
    def trainings(self) -> frozenset[str]:
        """The codes of all trainings that its parts mention."""
        return _trainings_of(self.of)

    def counted(self, completions_of: CompletionsOf) -> tuple[Completion, ...] | None:
        """Return the completions that meet the first part that is met."""
        return _counted(self.of, 1, completions_of)


@checked
@frozen(kw_only=True)
class AtLeast:
    """At least ``count`` of these are met."""

    kind: ClassVar[str] = "at_least"
    count: int = field(validator=positive)
    of: tuple[Requirement, ...] = field(validator=some)

    def __attrs_post_init__(self) -> None:
        if self.count > len(self.of):
            raise InvalidValueError(
                "AtLeast.count", str(self.count), f"at most {len(self.of)}, the number of parts"
            )

    @property
    def trainings(self) -> frozenset[str]:
        """The codes of all trainings that its parts mention."""
        return _trainings_of(self.of)

    def counted(self, completions_of: CompletionsOf) -> tuple[Completion, ...] | None:
        """Return the completions that meet the first ``count`` parts that are met."""
        return _counted(self.of, self.count, completions_of)


REQUIREMENTS: Final[tuple[type[Requirement], ...]] = (Completed, AllOf, AnyOf, AtLeast)
"""The requirements that certlib has."""


def _trainings_of(parts: tuple[Requirement, ...]) -> frozenset[str]:
    return frozenset[str]().union(*(part.trainings for part in parts))


def _counted(
    parts: tuple[Requirement, ...], needed: int, completions_of: CompletionsOf
) -> tuple[Completion, ...] | None:
    met: list[Completion] = []
    parts_met = 0
    for part in parts:
        by = part.counted(completions_of)
        if by is not None:
            parts_met += 1
            met.extend(completion for completion in by if completion not in met)
        if parts_met == needed:
            return tuple(met)
    return None
