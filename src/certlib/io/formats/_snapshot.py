"""What is recorded about one learner: formats make the rows of an export from it (F9)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from attrs import frozen

from certlib.learners import Learner
from certlib.state import Certificate, Enrollment
from certlib.trainings import TrainingKind
from certlib.transcript import Transcript

__all__ = ["LearnerSnapshot"]


@frozen(kw_only=True)
class LearnerSnapshot:
    """One learner, and what is known about them at an instant."""

    learner: Learner
    enrollments: Mapping[str, Enrollment]
    """By the code of the certification, in the order of the codes."""
    zones: Mapping[str, str]
    """The time zone of each of these certifications."""
    transcript: Transcript
    kinds: Mapping[str, TrainingKind]
    """What the trainings of the transcript are; one that is gone from the catalog is absent."""
    at: datetime
    time_zone: str
    """The tenant's: a completion is of a day there (T3b)."""

    def certificates(self) -> Iterator[tuple[str, Certificate]]:
        """Yield the certificates that count, by certification and day of issue; of one day the newest."""
        for code, enrollment in self.enrollments.items():
            of_days = {
                each.terms.issued_on: each
                for each in enrollment.certificates
                if each.revoked_at is None
            }
            for day in sorted(of_days):
                yield code, of_days[day]
