"""Claims: what a row says, in its own words.

A format reads a row into a claim and knows no store. An import looks up later whom and what it means.
"""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from attrs import frozen

from certlib.ports import IdentifierKind
from certlib.trainings import TrainingKind

__all__ = [
    "AssignmentClaim",
    "AwardClaim",
    "CompletionClaim",
    "EnrollmentClaim",
    "EnrollmentState",
    "RowClaim",
]


@frozen(kw_only=True)
class CompletionClaim:
    """Says that this learner completed this training on this day."""

    identifier: str
    identified_by: IdentifierKind
    learner_column: str
    kind: TrainingKind
    name: str
    name_column: str
    on: date
    date_column: str


@frozen(kw_only=True)
class AwardClaim:
    """Says that this learner was awarded this certification on this day."""

    identifier: str
    identified_by: IdentifierKind
    learner_column: str
    name: str
    name_column: str
    on: date
    time: time | None = None
    """The time of that day, by the tenant's clocks, where the row gives one."""
    date_column: str
    expires_on: date | None = None
    """The last valid day, where the row gives one."""
    always_valid: bool = False
    score: str | None = None


@frozen(kw_only=True)
class AssignmentClaim:
    """Says that this certification is assigned to this learner."""

    identifier: str
    identified_by: IdentifierKind
    learner_column: str
    name: str | None
    """None: the one that the import's options name."""
    name_column: str | None


class EnrollmentState(StrEnum):
    """How far a learner has come, in the words of other systems."""

    NOT_STARTED = "not-started"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"


@frozen(kw_only=True)
class EnrollmentClaim:
    """Says that this learner is enrolled in this certification, and how far they have come."""

    identifier: str
    identified_by: IdentifierKind
    learner_column: str
    name: str
    name_column: str
    state: EnrollmentState
    assigned: bool
    """Whether somebody assigned it; else learners enrolled by themselves."""
    started_on: date | None = None
    start_column: str
    completed_on: date | None = None
    date_column: str
    due_on: date | None = None
    result: Decimal | None = None


RowClaim: TypeAlias = CompletionClaim | AwardClaim | AssignmentClaim | EnrollmentClaim
