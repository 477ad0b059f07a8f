"""The root of all facts: what every kind of thing that is recorded has in common.

A fact is a small frozen value. Its `Fact.apply` says what it does to an enrollment, and nothing else
does: neither the table nor a policy is looked at, so that a history outlives the rules by which it
was made. Every kind has a stable tag under which it is stored; a fact never refers to code.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from attrs import frozen

from certlib.state.enrollments import Enrollment

if TYPE_CHECKING:
    from certlib.state.events import Event

__all__ = ["Fact"]


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
