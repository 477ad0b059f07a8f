"""What is audited, what is found, and what would mend it."""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias

from attrs import field, frozen
from attrs.validators import optional

from certlib.certifications import Certification
from certlib.learners import Learner
from certlib.state.commands import Command
from certlib.state.enrollments import Enrollment
from certlib.state.events import Event
from certlib.state.status import Status
from certlib.transcript import Transcript
from certlib.validators import aware

__all__ = [
    "ByHand",
    "Finding",
    "GiveCommand",
    "Index",
    "Mend",
    "Record",
    "RefreshIndex",
    "StoreReplayed",
]


@frozen(kw_only=True)
class Index:
    """What a store searches an enrollment by (see `certlib.ports.EnrollmentChange`)."""

    status: Status | None
    at: datetime = field(validator=aware)
    """The instant that the status is of."""
    next_change_at: datetime | None = field(default=None, validator=optional(aware))


@frozen(kw_only=True)
class Record:
    """One stored enrollment with everything that it is held against.

    ``learner`` and ``certification`` are None where the host knows none; ``transcript`` and ``index``
    where they were not loaded: nothing is asked about them then.
    """

    enrollment: Enrollment
    """As it is stored."""
    history: tuple[Event, ...]
    """In the order in which it is stored."""
    certification: Certification | None
    learner: Learner | None
    transcript: Transcript | None = None
    index: Index | None = None


@frozen(kw_only=True)
class GiveCommand:
    """Give a command; the table says whether it may be given."""

    command: Command


@frozen(kw_only=True)
class StoreReplayed:
    """Store what the history adds up to, in the place of what is stored."""


@frozen(kw_only=True)
class RefreshIndex:
    """Store the index anew: no fact is recorded, and no answer changes (T1)."""


@frozen(kw_only=True)
class ByHand:
    """No command mends it: somebody has to look, and this says at what."""

    words: str


Mend: TypeAlias = GiveCommand | StoreReplayed | RefreshIndex | ByHand


@frozen(kw_only=True)
class Finding:
    """An invariant that an enrollment breaks: where, what was found there and what was expected."""

    code: str
    learner: str
    certification: str
    place: str
    """Where in the enrollment or its history: ``cycle 2``, ``entry 7``, ``certificate 12``."""
    found: str
    expected: str
    mends: tuple[Mend, ...]
    """What would mend it, the least intrusive first; nothing is ever done by itself."""
