"""Requirements: expressions over the transcript that a step's path may demand.

A requirement is met or not by a set of completions; which of them counted is its *because*, and is
recorded with what it led to.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from attrs import field, frozen

from certlib.errors import InvalidValueError
from certlib.transcript import Completion
from certlib.validators import code, positive, some

__all__ = ["AllOf", "AnyOf", "AtLeast", "Completed", "Requirement", "counted", "trainings_of"]


@frozen(kw_only=True)
class Completed:
    """One training is completed."""

    training: str = field(validator=code)


@frozen(kw_only=True)
class AllOf:
    """Every one of these is met."""

    of: tuple[Requirement, ...] = field(validator=some)


@frozen(kw_only=True)
class AnyOf:
    """At least one of these is met."""

    of: tuple[Requirement, ...] = field(validator=some)


@frozen(kw_only=True)
class AtLeast:
    """At least ``count`` of these are met."""

    count: int = field(validator=positive)
    of: tuple[Requirement, ...] = field(validator=some)

    def __attrs_post_init__(self) -> None:
        if self.count > len(self.of):
            raise InvalidValueError(
                "AtLeast.count", str(self.count), f"at most {len(self.of)}, the number of parts"
            )


Requirement: TypeAlias = Completed | AllOf | AnyOf | AtLeast


def trainings_of(requirement: Requirement) -> frozenset[str]:
    """Return the codes of all trainings that a requirement mentions.

    >>> sorted(trainings_of(AllOf(of=(Completed(training="A"), Completed(training="B")))))
    ['A', 'B']
    """
    if isinstance(requirement, Completed):
        return frozenset({requirement.training})
    return frozenset[str]().union(*(trainings_of(part) for part in requirement.of))


def counted(
    requirement: Requirement, completion_of: Callable[[str], Completion | None]
) -> tuple[Completion, ...] | None:
    """Return the completions that meet a requirement, or None where it is not met.

    ``completion_of`` gives the completion of a training that counts, if there is one.
    """
    if isinstance(requirement, Completed):
        found = completion_of(requirement.training)
        return None if found is None else (found,)
    if isinstance(requirement, AllOf):
        needed = len(requirement.of)
    else:
        needed = requirement.count if isinstance(requirement, AtLeast) else 1
    met: list[Completion] = []
    parts_met = 0
    for part in requirement.of:
        by = counted(part, completion_of)
        if by is not None:
            parts_met += 1
            met.extend(completion for completion in by if completion not in met)
        if parts_met == needed:
            return tuple(met)
    return None
