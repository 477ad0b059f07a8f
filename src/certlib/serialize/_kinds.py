"""The kinds of validity rules, requirements and paths: certlib's own, and those of a host."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

import attrs
from attrs import frozen

from certlib._texts import printable
from certlib.certifications import PATHS, Path
from certlib.errors import InvalidValueError
from certlib.policies import VALIDITIES, Validity
from certlib.requirements import REQUIREMENTS, AtLeast, Requirement
from certlib.serialize._checks import count_within_parts
from certlib.serialize._codecs import Check, Codec, Nested, Tagged
from certlib.serialize._fields import Own, shape_of

__all__ = ["KINDS", "KindCodecs", "Kinds", "codecs_of"]

_DEEPEST = 20
_CHECKS: Final[Mapping[type, tuple[Check, ...]]] = {AtLeast: (count_within_parts,)}
"""What is told of a kind together with everything else that is wrong with it."""


class Kinds:
    """The kinds that certlib has, and those that a host adds; whatever reads or draws takes them.

    A kind is declared by its class alone: a frozen attrs class with its name in the catalog file as
    ``kind``. Its fields are the keys there, each by its type: ``str``, ``int``, ``bool``, ``date``,
    ``Decimal``, `Period`, a ``StrEnum``, a class with ``parse`` that ``str`` writes, another attrs
    class, `Requirement`, `Validity`, tuples of these, or one of these or None.

    >>> [each.kind for each in Kinds().paths]
    ['online', 'classroom', 'external', 'test_out']
    """

    def __init__(
        self,
        *,
        validities: Sequence[type[Validity]] = (),
        requirements: Sequence[type[Requirement]] = (),
        paths: Sequence[type[Path]] = (),
    ) -> None:
        """Add kinds to those that certlib has.

        Raises:
            InvalidValueError: A class is no frozen attrs class, its kind is taken, or a field is of a
                type that has no form in JSON.
        """
        self.validities: tuple[type[Validity], ...] = (*VALIDITIES, *validities)
        self.requirements: tuple[type[Requirement], ...] = (*REQUIREMENTS, *requirements)
        self.paths: tuple[type[Path], ...] = (*PATHS, *paths)
        for name, all_ in (
            ("validities", self.validities),
            ("requirements", self.requirements),
            ("paths", self.paths),
        ):
            _check(name, all_)
        codecs_of(self)


def _check(name: str, kinds: Sequence[type[Validity] | type[Requirement] | type[Path]]) -> None:
    """Refuse classes that could not be told apart, or are no frozen values."""
    named: set[str] = set()
    for each in kinds:
        if not attrs.has(each) or each.__hash__ is None:
            raise InvalidValueError(f"Kinds.{name}", each.__name__, "frozen attrs classes")
        kind: object = getattr(each, "kind", None)
        if not isinstance(kind, str) or not kind or kind in named:
            raise InvalidValueError(
                f"Kinds.{name}",
                f"{each.__name__}, of the kind {printable(kind)}",
                "classes with a kind each of their own",
            )
        named.add(kind)


@frozen
class KindCodecs:
    """The codecs of all kinds."""

    validity: Codec[Validity]
    requirement: Codec[Requirement]
    path: Codec[Path]


@lru_cache(maxsize=64)
def codecs_of(kinds: Kinds) -> KindCodecs:
    """Return the codecs of kinds, which are made but once."""
    requirement: Codec[Requirement] = Nested(lambda: requirements, _DEEPEST)
    validity: Codec[Validity] = Nested(lambda: validities, _DEEPEST)
    own: Own = {Requirement: requirement, Validity: validity}
    validities = Tagged[Validity]({each.kind: shape_of(each, own=own) for each in kinds.validities})
    requirements = Tagged[Requirement](
        {
            each.kind: shape_of(each, own=own, checks=_CHECKS.get(each, ()))
            for each in kinds.requirements
        }
    )
    paths = Tagged[Path]({each.kind: shape_of(each, own=own) for each in kinds.paths})
    return KindCodecs(validities, requirement, paths)


KINDS: Final = Kinds()
"""The kinds that certlib has."""
