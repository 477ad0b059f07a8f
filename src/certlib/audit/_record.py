"""The values of an audit: records, findings and mends."""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias

from attrs import field, frozen
from attrs.validators import optional

from certlib._validators import aware
from certlib.certifications import Certification
from certlib.learners import Learner
from certlib.state._enrollments import Enrollment
from certlib.state._events import Event
from certlib.state._status import Status
from certlib.state.commands import Command
from certlib.transcript import Transcript

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
    """The instant at which the status holds."""
    next_change_at: datetime | None = field(default=None, validator=optional(aware))


@frozen(kw_only=True)
class Record:
    """One stored enrollment with everything that it is checked against.

    ``learner`` and ``certification`` are None if the host does not know them. ``transcript`` and ``index``
    are None if they were not loaded; then they are not checked.
    """

    enrollment: Enrollment
    """As it is stored."""
    history: tuple[Event, ...]
    """In the stored order."""
    certification: Certification | None
    learner: Learner | None
    transcript: Transcript | None = None
    index: Index | None = None


@frozen(kw_only=True)
class GiveCommand:
    """Mend: give a command; the table decides whether it is accepted."""

    command: Command


@frozen(kw_only=True)
class StoreReplayed:
    """Mend: replace the stored enrollment by the one that its history adds up to."""


@frozen(kw_only=True)
class RefreshIndex:
    """Mend: store a fresh index (T1). No fact is recorded, and no answer changes."""


@frozen(kw_only=True)
class ByHand:
    """Mend: no command can do it; ``words`` say what somebody has to look at."""

    words: str


Mend: TypeAlias = GiveCommand | StoreReplayed | RefreshIndex | ByHand


@frozen(kw_only=True, repr=False)
class Finding:
    """A law that an enrollment breaks: where, what was found there, and what was expected.

    Its ``repr`` fits on a line; the mends are counted in it.
    """

    code: str
    learner: str
    certification: str
    place: str
    """Where in the enrollment or its history: ``cycle 2``, ``entry 7``, ``certificate 12``."""
    found: str
    expected: str
    mends: tuple[Mend, ...]
    """What would mend it, the least intrusive first. Nothing is mended by itself."""

    def __repr__(self) -> str:
        about = f"{self.learner} in {self.certification}, {self.place}"
        return f"<Finding {self.code}: {about}; mends: {len(self.mends)}>"
