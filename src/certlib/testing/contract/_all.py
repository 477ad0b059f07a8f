"""All checks, in the order in which an author best makes them pass."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from certlib.errors import InvalidValueError
from certlib.testing.contract import (
    _compare,
    _decided,
    _imports,
    _outbox,
    _saving,
    _searching,
    _sources,
    _tenants,
    _together,
    _transcripts,
)
from certlib.testing.contract._check import Capability, Check

__all__ = ["CHECKS", "checks"]

_MODULES: Final = (
    _saving,
    _searching,
    _imports,
    _tenants,
    _transcripts,
    _decided,
    _outbox,
    _sources,
    _together,
    _compare,
)

CHECKS: Final[tuple[Check, ...]] = tuple(
    each for module in _MODULES for each in vars(module).values() if isinstance(each, Check)
)
"""The whole contract."""


def checks(*, without: Collection[Capability] = ()) -> tuple[Check, ...]:
    """Return the checks for a store without these capabilities.

    Raise `InvalidValueError` for `Capability.STORE`, which no store lacks.

    >>> len(checks(without=[Capability.SNAPSHOT])) < len(CHECKS)
    True
    """
    if Capability.STORE in without:
        raise InvalidValueError("without", "store", "capabilities that a store may lack")
    return tuple(each for each in CHECKS if not set(each.needs) & set(without))
