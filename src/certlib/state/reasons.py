"""Reasons: why something may not be done, as data.

A reason is a stable code, parameters and an English template with named parameters, so that hosts
translate without string surgery. Codes are public.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from attrs import field, frozen

__all__ = [
    "Reason",
    "ReasonKind",
]


class ReasonKind(StrEnum):
    """What kind of thing stands in the way."""

    STATUS = "status"
    """The table has no row for the command in this status."""
    TIME = "time"
    """The instant at which it should take effect."""
    ACTOR = "actor"
    """Who asks for it."""
    GUARD = "guard"
    """A guard of the row does not hold."""


@frozen(kw_only=True)
class Reason:
    """One thing that stands in the way of a command.

    >>> Reason(code="in_the_future", kind=ReasonKind.TIME, template="{at} has not come yet",
    ...        params={"at": "2030-01-01"}).text
    '2030-01-01 has not come yet'
    """

    code: str
    kind: ReasonKind
    template: str
    params: Mapping[str, str] = field(factory=dict[str, str])
    opens_at: datetime | None = None
    """When time alone will take it out of the way; None: time will not."""

    @property
    def text(self) -> str:
        """The English sentence."""
        return self.template.format_map(self.params)
