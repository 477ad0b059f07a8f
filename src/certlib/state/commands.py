"""Every command: what somebody may ask for. The table says whether it may be done."""

from __future__ import annotations

from certlib.state._actions.access import ApproveAccess, DenyAccess, RequestAccess
from certlib.state._actions.awarding import Award, ExtendCertificate
from certlib.state._actions.barring import PermanentlyRevoke, RestoreAccess, RevokeAccess
from certlib.state._actions.deadlines import ExtendDeadline
from certlib.state._actions.enrolling import Assign, DueDate, Enroll, Remove, Unassign
from certlib.state._actions.exam import (
    ApproveExam,
    DenyAttempts,
    DenyExam,
    GrantAttempts,
    OverrideExam,
    RecordExam,
    RequestAttempts,
)
from certlib.state._actions.fees import OverridePayment, RecordPayment
from certlib.state._actions.requests import AboutRequest
from certlib.state._actions.running import (
    AbandonRecertification,
    ForceRecertification,
    Start,
    StartRecertification,
)
from certlib.state._actions.steps import (
    AboutStep,
    ApproveEvidence,
    CompleteStep,
    DenyEvidence,
    OverrideTraining,
    RecordTestOut,
    SubmitEvidence,
)
from certlib.state._actions.striking import Strike
from certlib.state._actions.versions import MoveToVersion
from certlib.state._proposals import Command

__all__ = [
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
