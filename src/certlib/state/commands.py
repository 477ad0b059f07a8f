"""Commands: what somebody asks for, in the imperative. The table says whether it may be done.

Every command may carry ``at``, the instant at which it took effect (None: ``now``), and a
``reason``. Commands that the system gives for a completion also carry the completions that counted,
and those of an import its id and row.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from attrs import NOTHING, field, fields, frozen
from attrs.validators import optional

from certlib.errors import InvalidCommandError
from certlib.policies import Fee
from certlib.state.cycles import RequestKind
from certlib.state.enrollments import AssignmentSource
from certlib.transcript import CompletionKey
from certlib.validators import aware, code, positive

__all__ = [
    "COMMANDS",
    "AbandonRecertification",
    "AboutRequest",
    "AboutStep",
    "ApproveAccess",
    "ApproveEvidence",
    "ApproveExam",
    "Assign",
    "Award",
    "Command",
    "CompleteStep",
    "DenyAccess",
    "DenyAttempts",
    "DenyEvidence",
    "DenyExam",
    "DueDate",
    "Enroll",
    "ExtendCertificate",
    "ExtendDeadline",
    "ForceRecertification",
    "GrantAttempts",
    "MoveToVersion",
    "OverrideExam",
    "OverridePayment",
    "OverrideTraining",
    "PermanentlyRevoke",
    "RecordExam",
    "RecordPayment",
    "RecordTestOut",
    "Remove",
    "RequestAccess",
    "RequestAttempts",
    "RestoreAccess",
    "RevokeAccess",
    "Start",
    "StartRecertification",
    "Strike",
    "SubmitEvidence",
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
    import_row: int | None = field(default=None, validator=optional(positive))

    @classmethod
    def own_fields(cls) -> tuple[str, ...]:
        """Return the names of the fields that this command has beyond those of every command."""
        return tuple(a.name for a in fields(cls) if a.name not in COMMON_FIELDS)

    @classmethod
    def required_fields(cls) -> tuple[str, ...]:
        """Return the names of the fields that must be given."""
        return tuple(a.name for a in fields(cls) if a.default is NOTHING)


@frozen(kw_only=True)
class AboutStep(Command):
    """The root of commands about one step."""

    step: str = field(validator=code)


@frozen(kw_only=True)
class AboutRequest(Command):
    """The root of commands that decide a request."""

    about: ClassVar[RequestKind]
    """The kind of request that it decides."""
    request: int = field(validator=positive)


class DueDate(StrEnum):
    """Where the due day of an assignment comes from, if it is not given."""

    BY_POLICY = "by_policy"


@frozen(kw_only=True)
class Assign(Command):
    """Give a learner a reason for the enrollment (rows 1 and 7).

    ``due_on`` is the due day of an initial cycle: by the policy, a day that the host knows (so long
    after hire, or first login), or None for an assignment that has none (P8).
    """

    name = "assign"
    source: AssignmentSource = AssignmentSource.MANUAL
    reference: str | None = field(default=None, validator=optional(code))
    due_on: date | DueDate | None = DueDate.BY_POLICY


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
class RequestAccess(Command):
    """Ask for access to a certification that gives it by request (row 3)."""

    name = "request_access"


@frozen(kw_only=True)
class ApproveAccess(Command):
    """Give the access that was asked for (row 4)."""

    name = "approve_access"


@frozen(kw_only=True)
class DenyAccess(Command):
    """Do not give the access that was asked for (row 5)."""

    name = "deny_access"


@frozen(kw_only=True)
class RecordPayment(Command):
    """Note that a fee was paid, with the host's reference (row 9)."""

    name = "record_payment"
    fee: Fee
    reference: str | None = field(default=None, validator=optional(code))


@frozen(kw_only=True)
class OverridePayment(Command):
    """Waive the fee that may be waived in the status (rows 8, 23 and 24).

    In Not Started that is the certification fee, in In Progress the exam fee, in Recertifying the
    recertification fee. ``fee`` may name it, so that nothing else is waived by mistake.
    """

    name = "override_payment"
    fee: Fee | None = None


@frozen(kw_only=True)
class Start(Command):
    """Start the initial cycle (row 10)."""

    name = "start"


@frozen(kw_only=True)
class CompleteStep(AboutStep):
    """Count a step as done, by any one of its paths (row 11)."""

    name = "complete_step"
    path: str | None = field(default=None, validator=optional(code))


@frozen(kw_only=True)
class SubmitEvidence(AboutStep):
    """Hand in evidence for a step, which an approver looks at (row 12)."""

    name = "submit_evidence"


@frozen(kw_only=True)
class ApproveEvidence(AboutRequest):
    """Accept the evidence of a request (row 13)."""

    name = "approve_evidence"
    about = RequestKind.EVIDENCE


@frozen(kw_only=True)
class DenyEvidence(AboutRequest):
    """Refuse the evidence of a request (row 14)."""

    name = "deny_evidence"
    about = RequestKind.EVIDENCE


@frozen(kw_only=True)
class RecordTestOut(AboutStep):
    """Note the result of a test-out, which is taken once and for good (row 15)."""

    name = "record_test_out"
    passed: bool


@frozen(kw_only=True)
class RecordExam(Command):
    """Note the result of an attempt at the exam (row 16)."""

    name = "record_exam"
    passed: bool
    score: str | None = None


@frozen(kw_only=True)
class ApproveExam(AboutRequest):
    """Confirm a held attempt at the exam (row 17)."""

    name = "approve_exam"
    about = RequestKind.EXAM


@frozen(kw_only=True)
class DenyExam(AboutRequest):
    """Do not confirm a held attempt, which then counts as failed (row 18)."""

    name = "deny_exam"
    about = RequestKind.EXAM


@frozen(kw_only=True)
class RequestAttempts(Command):
    """Ask for more attempts at the exam (row 19)."""

    name = "request_attempts"


@frozen(kw_only=True)
class GrantAttempts(AboutRequest):
    """Grant more attempts in this cycle (row 20)."""

    name = "grant_attempts"
    about = RequestKind.ATTEMPTS
    count: int = field(default=1, validator=positive)


@frozen(kw_only=True)
class DenyAttempts(AboutRequest):
    """Grant no more attempts (row 20)."""

    name = "deny_attempts"
    about = RequestKind.ATTEMPTS


@frozen(kw_only=True)
class OverrideTraining(Command):
    """Count every step that is missing as done (row 21)."""

    name = "override_training"


@frozen(kw_only=True)
class OverrideExam(Command):
    """Count the exam as passed (row 22)."""

    name = "override_exam"


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
class ExtendCertificate(Command):
    """Let one learner's certificate run to a later day, inclusive (row 35)."""

    name = "extend_certificate"
    until: date


@frozen(kw_only=True)
class ExtendDeadline(Command):
    """Let one learner's cycle, or the recertification about to begin, be due later (row 36)."""

    name = "extend_deadline"
    until: date


@frozen(kw_only=True)
class MoveToVersion(Command):
    """Pin the open cycle to another version; re-date the newest certificate if asked to (row 39)."""

    name = "move_to_version"
    version: int = field(validator=positive)
    redate: bool = False


@frozen(kw_only=True)
class Strike(Command):
    """Take an entry out of the count as an error; it stays readable (row 37)."""

    name = "strike"
    entry: int = field(validator=positive)


COMMANDS: tuple[type[Command], ...] = (
    Assign,
    Unassign,
    Enroll,
    RequestAccess,
    ApproveAccess,
    DenyAccess,
    RecordPayment,
    OverridePayment,
    Start,
    CompleteStep,
    SubmitEvidence,
    ApproveEvidence,
    DenyEvidence,
    RecordTestOut,
    RecordExam,
    ApproveExam,
    DenyExam,
    RequestAttempts,
    GrantAttempts,
    DenyAttempts,
    OverrideTraining,
    OverrideExam,
    StartRecertification,
    AbandonRecertification,
    ForceRecertification,
    RevokeAccess,
    PermanentlyRevoke,
    RestoreAccess,
    Remove,
    Award,
    ExtendCertificate,
    ExtendDeadline,
    MoveToVersion,
    Strike,
)
"""Every command that certlib's own table knows. The names are public."""
