"""Reasons: why a command is refused, as data.

A reason has a public, stable code, an English template with named parameters, and the parameters, so
hosts can translate it. Parameters are data and never English: codes, ids, numbers or days, several of
them joined by commas, or empty if there is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final

from attrs import field, frozen

from certlib._texts import shortened

__all__ = ["Reason", "ReasonKind"]


class ReasonKind(StrEnum):
    """What the reason is about."""

    STATUS = "status"
    """The table has no row for the command in this status."""
    TIME = "time"
    """The command would take effect at an impossible instant."""
    ACTOR = "actor"
    """The actor may not give the command, or must give a reason."""
    GUARD = "guard"
    """A guard of the row does not hold."""


_CODES: Final = frozenset({"access", "command", "state", "status", "what"})
"""Parameters that are codes of certlib; the English text shows their underscores as spaces."""


@frozen(kw_only=True)
class Reason:
    """One reason why a command is refused.

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
    """When time alone will remove the reason; None if time will not."""

    @property
    def text(self) -> str:
        """The English sentence, in one line; long parameters are cut."""
        shown = {
            name: shortened(value.replace("_", " ") if name in _CODES else value) or "none"
            for name, value in self.params.items()
        }
        return self.template.format_map(shown)
