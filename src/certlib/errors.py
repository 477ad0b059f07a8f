"""Every error that certlib raises (W4). All of them are `CertlibError`.

Each error carries its details as fields, can be pickled, and takes notes. Its text is lower case, names
the place and the values, and ends with a stable code in parentheses. It contains ids, never emails or
names of people, and it is one line whatever it quotes: control characters are escaped, long values cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

import attrs

from certlib._reasons import Reason
from certlib._texts import one_line, printable, shortened, shown_id

__all__ = [
    "AttributeMissingError",
    "CertlibError",
    "ConflictError",
    "FileProblem",
    "HistoryRequiredError",
    "ImportFileError",
    "InvalidCatalogError",
    "InvalidCommandError",
    "InvalidPeopleError",
    "InvalidPolicyError",
    "InvalidTableError",
    "InvalidValueError",
    "NotFoundError",
    "OutOfRangeError",
    "PreviewOutdatedError",
    "Problem",
    "RefusedError",
    "StoreError",
    "SweepFarAheadError",
    "UnknownKindError",
]


@attrs.frozen(kw_only=True)
class Problem:
    """One problem in a document: where it is, and what was expected."""

    path: str
    """A JSON path such as ``$.certifications[0].code``, or ``row 7, column email``."""
    code: str
    message: str

    def __str__(self) -> str:
        return one_line(f"{shortened(self.path)}: {self.message} ({self.code})")


@attrs.frozen(kw_only=True)
class FileProblem:
    """A problem with an uploaded file as a whole (F3)."""

    code: str
    message: str

    def __str__(self) -> str:
        return one_line(f"{self.message} ({self.code})")


def _listed(problems: Sequence[object]) -> str:
    return "; ".join(str(problem) for problem in problems)


@attrs.define(eq=False)
class CertlibError(Exception):
    """The base class of every error that certlib raises."""

    default_code: ClassVar[str] = "error"

    @property
    def code(self) -> str:
        """A stable code for programs."""
        return self.default_code

    def __str__(self) -> str:
        return one_line(self._text())

    def _text(self) -> str:
        """Return the text; what it quotes may still break the line."""
        return ""


@attrs.define(eq=False)
class InvalidValueError(CertlibError, ValueError):
    """A value cannot be built from these arguments; correct the call."""

    what: str
    value: str
    expected: str

    default_code: ClassVar[str] = "invalid_value"

    def _text(self) -> str:
        what, value = shortened(self.what), shortened(self.value)
        return f"{what} is {value}: expected {self.expected} ({self.code})"


@attrs.define(eq=False)
class InvalidPolicyError(InvalidValueError):
    """A policy contradicts itself; correct it before it is published."""

    default_code: ClassVar[str] = "invalid_policy"


@attrs.define(eq=False)
class InvalidCommandError(InvalidValueError):
    """A command lacks a field, or has one that it does not take."""

    default_code: ClassVar[str] = "invalid_command"


@attrs.define(eq=False)
class OutOfRangeError(InvalidValueError):
    """A date lies outside the years 1900 to 9000 (T3)."""

    default_code: ClassVar[str] = "date_in_range"


@attrs.define(eq=False)
class AttributeMissingError(OutOfRangeError):
    """A validity rule needs an attribute that the learner does not have.

    Like a date out of range, it refuses the command, with a reason that says what is missing.
    """

    attribute: str
    """The code of the attribute."""
    kind: str
    """The type that it should be of: ``str``, ``int``, ``Decimal`` or ``date``."""

    default_code: ClassVar[str] = "attribute_is_known"


@attrs.define(eq=False)
class InvalidTableError(CertlibError, ValueError):
    """A table is not sound; every finding is listed."""

    findings: tuple[str, ...]

    default_code: ClassVar[str] = "invalid_table"

    def _text(self) -> str:
        return f"the table is not sound: {_listed(self.findings)} ({self.code})"


@attrs.define(eq=False)
class InvalidCatalogError(CertlibError, ValueError):
    """A catalog file is wrong; every problem is listed with its JSON path."""

    problems: tuple[Problem, ...]

    default_code: ClassVar[str] = "invalid_catalog"

    def _text(self) -> str:
        return f"the catalog is not valid: {_listed(self.problems)} ({self.code})"


@attrs.define(eq=False)
class InvalidPeopleError(CertlibError, ValueError):
    """A people file is wrong; every problem is listed with its row."""

    problems: tuple[Problem, ...]

    default_code: ClassVar[str] = "invalid_people"

    def _text(self) -> str:
        return f"the people file is not valid: {_listed(self.problems)} ({self.code})"


@attrs.define(eq=False)
class UnknownKindError(CertlibError, ValueError):
    """Stored data has a tag or a field that this version of certlib does not know.

    Unknown data is never dropped. Read it with the version that wrote it, or a newer one.
    """

    path: str
    kind: str
    known: tuple[str, ...]

    default_code: ClassVar[str] = "unknown_kind"

    def _text(self) -> str:
        known = ", ".join(self.known)
        path, kind = shortened(self.path), shortened(self.kind)
        return f"{path}: {kind} is not known; known are {known} ({self.code})"


@attrs.define(eq=False)
class HistoryRequiredError(CertlibError, ValueError):
    """A late command or a strike was decided on a case without its history; load it and ask again."""

    learner: str
    certification: str

    default_code: ClassVar[str] = "history_required"

    def _text(self) -> str:
        return (
            f"the history of {shown_id(self.learner)} in {shown_id(self.certification)} is needed to decide a late command"
            f" or a strike: build the case with history= ({self.code})"
        )


@attrs.define(eq=False)
class NotFoundError(CertlibError, LookupError):
    """It is absent, of another tenant, or out of the actor's scope (W2); the text does not say which."""

    what: str
    key: str

    default_code: ClassVar[str] = "not_found"

    def _text(self) -> str:
        return f"no {self.what} {printable(self.key)} ({self.code})"


@attrs.define(eq=False)
class ConflictError(CertlibError):
    """Somebody else saved the enrollment, or the transcript, in the meantime; load it again and retry.

    Its code is ``conflict`` for an enrollment, and ``transcript_conflict`` for a transcript.
    """

    learner: str
    certification: str | None
    """None: it was the learner's transcript that changed."""
    expected: int
    found: int

    default_code: ClassVar[str] = "conflict"

    @property
    def code(self) -> str:
        """A stable code for programs."""
        return "transcript_conflict" if self.certification is None else self.default_code

    def _text(self) -> str:
        what = (
            f"the transcript of {shown_id(self.learner)}"
            if self.certification is None
            else f"{shown_id(self.learner)} in {shown_id(self.certification)}"
        )
        return (
            f"{what} is at version {self.found}, not {self.expected}:"
            f" load it again and retry ({self.code})"
        )


@attrs.define(eq=False)
class SweepFarAheadError(CertlibError):
    """A sweep has a ``now`` far ahead of the one before: a wrong clock would stop all later sweeps.

    If the clock is right, and there was no sweep for long, say so (``far_ahead=True``).
    """

    now: datetime
    last: datetime

    default_code: ClassVar[str] = "sweep_far_ahead"

    def _text(self) -> str:
        return (
            f"now is {self.now.isoformat()}, and the last sweep was of {self.last.isoformat()}: look at the"
            f" clock; if it is right, say that the sweep is far ahead ({self.code})"
        )


@attrs.define(eq=False)
class RefusedError(CertlibError):
    """A command is refused; ``reasons`` holds every objection.

    ``learner``, ``certification`` and ``status`` are None if the command is not about one.
    """

    learner: str | None
    certification: str | None
    command: str
    status: str | None
    reasons: tuple[Reason, ...]

    @classmethod
    def at_large(cls, command: str, reason: Reason, *, learner: str | None = None) -> RefusedError:
        """Return the error for a command about no certification: imports, sweeps, exports."""
        return cls(learner, None, command, None, (reason,))

    @property
    def code(self) -> str:
        """The code of the first reason."""
        return self.reasons[0].code if self.reasons else "refused"

    def _text(self) -> str:
        why = "; ".join(f"{reason.text} ({reason.code})" for reason in self.reasons)
        status = None if self.status is None else self.status.replace("_", " ")
        ids = (("for", self.learner), ("in", self.certification))
        words = [f" {word} {shown_id(name)}" for word, name in ids if name is not None]
        words += [] if status is None else [f" while {status}"]
        return f"cannot {self.command.replace('_', ' ')}{''.join(words)}: {why}"


@attrs.define(eq=False)
class ImportFileError(CertlibError, ValueError):
    """The file as a whole cannot be read; nothing was written."""

    problems: tuple[FileProblem, ...]

    @property
    def code(self) -> str:
        """The code of the first reason."""
        return self.problems[0].code if self.problems else "file"

    def _text(self) -> str:
        return _listed(self.problems)


@attrs.define(eq=False)
class PreviewOutdatedError(CertlibError):
    """Stored data changed after the preview; nothing was written. Show the new preview."""

    given: str
    token: str
    preview: object
    """The new preview (`certlib.io.Preview`)."""

    default_code: ClassVar[str] = "outdated_preview"

    def _text(self) -> str:
        return (
            "the preview is outdated: the file, its options or the stored data changed after it;"
            f" nothing was written, look at the new preview ({self.code})"
        )


@attrs.define(eq=False)
class StoreError(CertlibError):
    """A store cannot be opened, created or read; the message says how to proceed."""

    place: str
    message: str
    reason: str = "store"

    @classmethod
    def key_reused(cls, place: str, key: str) -> StoreError:
        """Return the error for a key that was used for another change (``key_reused``)."""
        told = f"the key {printable(key, 60)} was used for another change; take a new one"
        return cls(place, told, "key_reused")

    @property
    def code(self) -> str:
        """The code of the first reason."""
        return self.reason

    def _text(self) -> str:
        return f"{self.place}: {self.message} ({self.code})"
