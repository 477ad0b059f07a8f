"""Reasons: why something may not be done, as data.

A reason is a stable code, parameters and an English template with named parameters, so that hosts
translate without string surgery. Codes are public. Parameters are data and never English: codes, ids,
numbers, days, or several of them joined by a comma; empty where there is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final

from attrs import field, frozen

__all__ = ["Reason", "ReasonKind"]


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


_CODES: Final = frozenset({"access", "command", "state", "status", "what"})
"""The parameters that are codes of certlib's, which English shows with spaces for underscores."""


@frozen(kw_only=True)
class Reason:
    """One thing that stands in the way of a command.

    >>> reason = Reason(
    ...     code="not_while_in_progress",
    ...     kind=ReasonKind.STATUS,
    ...     template="not possible while {status}",
    ...     params={"status": "in_progress"},
    ... )
    >>> reason.text
    'not possible while in progress'
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
        shown = {
            name: (value.replace("_", " ") if name in _CODES else value) or "none"
            for name, value in self.params.items()
        }
        return self.template.format_map(shown)
