"""Commands: everything somebody may ask for, in the imperative. The table says whether it may be done."""

from __future__ import annotations

from certlib.state.actions.access import ApproveAccess, DenyAccess, RequestAccess
from certlib.state.actions.awarding import Award, ExtendCertificate
from certlib.state.actions.barring import PermanentlyRevoke, RestoreAccess, RevokeAccess
from certlib.state.actions.deadlines import ExtendDeadline
from certlib.state.actions.enrolling import Assign, DueDate, Enroll, Remove, Unassign
from certlib.state.actions.exam import (
    ApproveExam,
    DenyAttempts,
    DenyExam,
    GrantAttempts,
    OverrideExam,
    RecordExam,
    RequestAttempts,
)
from certlib.state.actions.fees import OverridePayment, RecordPayment
from certlib.state.actions.requests import AboutRequest
from certlib.state.actions.running import (
    AbandonRecertification,
    ForceRecertification,
    Start,
    StartRecertification,
)
from certlib.state.actions.steps import (
    AboutStep,
    ApproveEvidence,
    CompleteStep,
    DenyEvidence,
    OverrideTraining,
    RecordTestOut,
    SubmitEvidence,
)
from certlib.state.actions.striking import Strike
from certlib.state.actions.versions import MoveToVersion
from certlib.state.proposals import Command

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
