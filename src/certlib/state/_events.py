"""Facts and events. A fact is what happened; an event is a fact with its instant, actor and row.

A fact is a small frozen value, stored under a stable tag. `Fact.apply` changes an enrollment without
looking at any table or policy, so a history outlives the rules under which it was recorded.
`certlib.state.facts` lists the kinds.

Every accepted command makes one *entry*: the facts of its row and those that follow from them at once.
Nothing recorded is ever rewritten. A strike makes a whole entry not count; the entry stays readable.
"""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from typing import ClassVar

from attrs import field, frozen
from attrs.validators import optional

from certlib._declared import checked
from certlib._validators import aware, positive
from certlib.state._enrollments import Enrollment
from certlib.transcript import CompletionKey

__all__ = [
    "EntryStruck",
    "Event",
    "Fact",
]


@checked
@frozen(kw_only=True)
class Fact:
    """The base class of facts; ``tag`` is the name under which the kind is stored."""

    tag: ClassVar[str]
    is_on_the_certificate: ClassVar[bool] = False
    """Whether it changes the newest certificate, and so rests on the entry that issued it (R13)."""

    @abstractmethod
    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Return the enrollment changed by this fact, which ``event`` records."""
        raise NotImplementedError


@checked
@frozen(kw_only=True)
class Event:
    """One recorded fact: when it took effect, when and by whom it was recorded, and by which row."""

    sequence: int = field(validator=positive)
    """Its place among the enrollment's events, in the order of recording, from 1."""
    entry: int = field(validator=positive)
    """The number of the command that recorded it; several events may share one."""
    at: datetime = field(validator=aware)
    """When it took effect."""
    recorded_at: datetime = field(validator=aware)
    """When it was recorded (T3d): ``now``, or the enrollment's previous such instant if that is later."""
    actor: str
    row: str
    """The name of the row that accepted the command."""
    reason: str | None = None
    version: int | None = None
    """The version of the certification under which it was decided, if there was one."""
    import_id: str | None = None
    import_row: int | None = field(default=None, validator=optional(positive))
    because: tuple[CompletionKey, ...] = ()
    """The completions that led to it."""
    fact: Fact


@frozen(kw_only=True)
class EntryStruck(Fact):
    """An entry was an error: nothing that it recorded counts (row 37)."""

    tag = "entry_struck"
    entry: int = field(validator=positive)

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Change nothing: the fold itself leaves struck entries out."""
        return enrollment
