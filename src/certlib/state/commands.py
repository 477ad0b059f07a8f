"""Commands: what somebody asks for, in the imperative. The table says whether it may be done.

Every command may carry ``at``, the instant at which it took effect (None: ``now``), and a
``reason``. Commands that the system gives for a completion also carry the completions that counted,
and those of an import its id and row.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from attrs import NOTHING, field, fields, frozen
from attrs.validators import optional

from certlib.errors import InvalidCommandError
from certlib.state.enrollments import AssignmentSource
from certlib.transcript import CompletionKey
from certlib.validators import aware, code, positive

__all__ = [
    "COMMANDS",
    "AbandonRecertification",
    "Assign",
    "Award",
    "Command",
    "CompleteStep",
    "Enroll",
    "ForceRecertification",
    "PermanentlyRevoke",
    "Remove",
    "RestoreAccess",
    "RevokeAccess",
    "Start",
    "StartRecertification",
    "Strike",
    "Unassign",
]

COMMON_FIELDS = ("at", "reason", "because", "import_id", "import_row")


@frozen(kw_only=True)
class Command:
    """The root of all commands; ``name`` is what tables, reasons and the command line call it."""

    name: ClassVar[str]
    at: datetime | None = field(default=None, validator=optional(aware))
    reason: str | None = None
    because: tuple[CompletionKey, ...] = ()
    import_id: str | None = None
    import_row: int | None = None

    @classmethod
    def own_fields(cls) -> tuple[str, ...]:
        """Return the names of the fields that this command has beyond those of every command."""
        return tuple(a.name for a in fields(cls) if a.name not in COMMON_FIELDS)

    @classmethod
    def required_fields(cls) -> tuple[str, ...]:
        """Return the names of the fields that must be given."""
        return tuple(a.name for a in fields(cls) if a.default is NOTHING)


@frozen(kw_only=True)
class Assign(Command):
    """Give a learner a reason for the enrollment (rows 1 and 7)."""

    name = "assign"
    source: AssignmentSource = AssignmentSource.MANUAL
    reference: str | None = field(default=None, validator=optional(code))
    due_on: date | None = None


@frozen(kw_only=True)
class Unassign(Command):
    """Take a reason for the enrollment away (row 33)."""

    name = "unassign"
    source: AssignmentSource = AssignmentSource.MANUAL
    reference: str | None = field(default=None, validator=optional(code))


@frozen(kw_only=True)
class Enroll(Command):
    """Begin the initial cycle (rows 2 and 6)."""

    name = "enroll"


@frozen(kw_only=True)
class Start(Command):
    """Start the initial cycle (row 10)."""

    name = "start"


@frozen(kw_only=True)
class CompleteStep(Command):
    """Count a step as done, by any one of its paths (row 11)."""

    name = "complete_step"
    step: str = field(validator=code)
    path: str | None = field(default=None, validator=optional(code))


@frozen(kw_only=True)
class StartRecertification(Command):
    """Begin a recertification (rows 25 to 27)."""

    name = "start_recertification"


@frozen(kw_only=True)
class AbandonRecertification(Command):
    """Give a recertification up (row 38)."""

    name = "abandon_recertification"


@frozen(kw_only=True)
class ForceRecertification(Command):
    """Revoke the certificate now and begin a recertification (row 28)."""

    name = "force_recertification"


@frozen(kw_only=True)
class RevokeAccess(Command):
    """Bar the learner until recertification (row 31)."""

    name = "revoke_access"


@frozen(kw_only=True)
class PermanentlyRevoke(Command):
    """Bar the learner until restored (row 29)."""

    name = "permanently_revoke"


@frozen(kw_only=True)
class RestoreAccess(Command):
    """Let a Disallowed learner recertify again (row 30)."""

    name = "restore_access"


@frozen(kw_only=True)
class Remove(Command):
    """End an enrollment in which nothing has begun (row 32)."""

    name = "remove"


@frozen(kw_only=True)
class Award(Command):
    """Give a certificate that was earned elsewhere, or as an exemption (row 34).

    It may be of any past date: give the day it was awarded as ``on``, or the instant as ``at``.
    ``expires_on`` is an explicit last valid day; ``always_valid`` says that there is none.
    """

    name = "award"
    on: date | None = None
    score: str | None = None
    expires_on: date | None = None
    always_valid: bool = False

    def __attrs_post_init__(self) -> None:
        if self.on is not None and self.at is not None:
            raise InvalidCommandError(
                "Award.on", str(self.on), "either the day (on) or the instant (at), not both"
            )
        if self.expires_on is not None and self.always_valid:
            raise InvalidCommandError(
                "Award.expires_on", str(self.expires_on), "nothing where the award is always valid"
            )


@frozen(kw_only=True)
class Strike(Command):
    """Take an entry out of the count as an error; it stays readable (row 37)."""

    name = "strike"
    entry: int = field(validator=positive)


COMMANDS: tuple[type[Command], ...] = (
    Assign,
    Unassign,
    Enroll,
    Start,
    CompleteStep,
    StartRecertification,
    AbandonRecertification,
    ForceRecertification,
    RevokeAccess,
    PermanentlyRevoke,
    RestoreAccess,
    Remove,
    Award,
    Strike,
)
"""Every command that certlib's own table knows. The names are public."""
