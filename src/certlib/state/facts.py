"""Every kind of fact that certlib records."""

from __future__ import annotations

from certlib.state._actions.access import AccessApproved, AccessDenied, AccessRequested
from certlib.state._actions.awarding import (
    CertificateAwarded,
    CertificateDatedAgain,
    CertificateExtended,
    CertificateIssued,
    CertificateRedated,
)
from certlib.state._actions.barring import AccessRestored, AccessRevoked, PermanentlyRevoked
from certlib.state._actions.deadlines import DeadlineExtended, NextDeadlineExtended
from certlib.state._actions.enrolling import (
    AssignmentAdded,
    AssignmentDropped,
    RemovedFromCertification,
)
from certlib.state._actions.exam import (
    AttemptsDenied,
    AttemptsGranted,
    AttemptsRequested,
    ExamApproved,
    ExamAttempted,
    ExamDenied,
    ExamOverridden,
)
from certlib.state._actions.fees import FeePaid, FeeWaived
from certlib.state._actions.running import (
    BarLifted,
    CycleBegan,
    CycleEnded,
    CycleMoved,
    CycleStarted,
    RecertificationForced,
)
from certlib.state._actions.steps import (
    EvidenceApproved,
    EvidenceDenied,
    EvidenceSubmitted,
    StepCompleted,
    TestOutRecorded,
    TrainingOverridden,
)
from certlib.state._actions.versions import VersionChosen
from certlib.state._events import EntryStruck, Fact

__all__ = [
    "AccessApproved",
    "AccessDenied",
    "AccessRequested",
    "AccessRestored",
    "AccessRevoked",
    "AssignmentAdded",
    "AssignmentDropped",
    "AttemptsDenied",
    "AttemptsGranted",
    "AttemptsRequested",
    "BarLifted",
    "CertificateAwarded",
    "CertificateDatedAgain",
    "CertificateExtended",
    "CertificateIssued",
    "CertificateRedated",
    "CycleBegan",
    "CycleEnded",
    "CycleMoved",
    "CycleStarted",
    "DeadlineExtended",
    "EntryStruck",
    "EvidenceApproved",
    "EvidenceDenied",
    "EvidenceSubmitted",
    "ExamApproved",
    "ExamAttempted",
    "ExamDenied",
    "ExamOverridden",
    "Fact",
    "FeePaid",
    "FeeWaived",
    "NextDeadlineExtended",
    "PermanentlyRevoked",
    "RecertificationForced",
    "RemovedFromCertification",
    "StepCompleted",
    "TestOutRecorded",
    "TrainingOverridden",
    "VersionChosen",
]
