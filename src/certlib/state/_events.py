"""Facts and events: a fact is what happened; an event is a fact with when, by whom and by which row.

A fact is a small frozen value with a stable tag, under which it is stored. Its `Fact.apply` says what
it does to an enrollment and looks at no table and no policy, so a history outlives the rules by which
it was made. The kinds of facts are in `certlib.state._actions`, one module an idea.

A command that is accepted makes one *entry*: the fact that was given and the facts that follow from it
at once. Nothing recorded is ever rewritten; a strike takes a whole entry out of the count, and the
entry stays readable.
"""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from typing import ClassVar

from attrs import field, frozen
from attrs.validators import optional

from certlib._validators import aware, positive
from certlib.state._enrollments import Enrollment
from certlib.transcript import CompletionKey

__all__ = [
    "EntryStruck",
    "Event",
    "Fact",
]


@frozen(kw_only=True)
class Fact:
    """The root of all facts; ``tag`` is the name under which the kind is stored."""

    tag: ClassVar[str]
    is_on_the_certificate: ClassVar[bool] = False
    """Whether it does something to the newest certificate, and so rests on what made that (R13)."""

    @abstractmethod
    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Return what this fact, recorded as an event, makes of an enrollment."""
        raise NotImplementedError


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


@frozen(kw_only=True)
class EntryStruck(Fact):
    """An entry was an error: all that it recorded never counted (row 37)."""

    tag = "entry_struck"
    entry: int = field(validator=positive)

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Change nothing: the fold leaves the struck entry out (`certlib.state._fold`)."""
        return enrollment
