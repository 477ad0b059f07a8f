"""Events: a fact, with when it took effect, when and by whom it was recorded, and by which row.

A command that is accepted makes one *entry*: the fact that was given and the facts that follow from
it at once. Nothing recorded is ever rewritten; a strike takes a whole entry out of the count, and
it stays readable.
"""

from __future__ import annotations

from datetime import datetime

from attrs import field, frozen
from attrs.validators import optional

from certlib.state.facts import Fact
from certlib.transcript import CompletionKey
from certlib.validators import aware, positive

__all__ = ["Event"]


@frozen(kw_only=True)
class Event:
    """One fact, with when it took effect, when and by whom it was recorded, and by which row."""

    sequence: int = field(validator=positive)
    """Its place among the events of the enrollment, in the order of recording."""
    entry: int = field(validator=positive)
    """The command that recorded it; several events may share one."""
    at: datetime = field(validator=aware)
    """When it took effect."""
    recorded_at: datetime = field(validator=aware)
    """The ``now`` that was given, or the enrollment's previous one where that is later (T3d)."""
    actor: str
    row: str
    """The name of the table row by which the command was accepted."""
    reason: str | None = None
    version: int | None = None
    """The version of the certification by whose rules it was decided, where one was."""
    import_id: str | None = None
    import_row: int | None = field(default=None, validator=optional(positive))
    because: tuple[CompletionKey, ...] = ()
    """The completions that counted."""
    fact: Fact
