"""Dating: the dates of a certificate, from a version and the enrollment as it stood before the issue."""

from __future__ import annotations

from datetime import date, datetime

from certlib.certifications import Version
from certlib.errors import HistoryRequiredError
from certlib.learners import Learner
from certlib.periods import day_in
from certlib.policies import Terms, redated, terms_of
from certlib.state._certificates import Certificate
from certlib.state._enrollments import Enrollment
from certlib.state._fold import counting, fold
from certlib.state._proposals import Case

__all__ = [
    "before_issue",
    "terms_by",
    "terms_redated",
]


def terms_by(
    version: Version,
    *,
    at: datetime,
    before: Enrollment,
    learner: Learner | None,
    last_valid_day: date | None = None,
    always_valid: bool = False,
) -> Terms:
    """Return the dates of a certificate issued at an instant under a version (P1); raise `OutOfRangeError`.

    ``before`` is the enrollment as it stood then. It says what is renewed, and the due day of a first
    certificate.
    """
    due = before.due
    return terms_of(
        version.policy,
        issued_on=day_in(version.policy.time_zone, at),
        previous=before.renewed_at(at),
        first=not before.certificates,
        due=due.as_due_day if due else None,
        learner=learner,
        last_valid_day=last_valid_day,
        always_valid=always_valid,
    )


def terms_redated(
    version: Version,
    certificate: Certificate,
    *,
    at: datetime,
    before: Enrollment,
    learner: Learner | None,
) -> Terms:
    """Return a certificate's dates after re-dating it at an instant (P13); raise `OutOfRangeError`.

    ``before`` is the enrollment as it stood when the certificate was issued. An extension stays with
    the certificate.
    """
    # A certificate still valid needs no former day: the day of the move is earlier in every zone.
    over = certificate.expires_at is not None and certificate.expires_at <= at
    return redated(
        terms_by(version, at=certificate.issued_at, before=before, learner=learner),
        former=certificate.last_valid_day if over else None,
        moved_on=day_in(version.policy.time_zone, at),
    )


def before_issue(case: Case, certificate: Certificate) -> Enrollment:
    """Return the enrollment as it stood just before a certificate was issued, by what is known now.

    Raise `HistoryRequiredError` if the case comes without its history.
    """
    if case.history is None:
        raise HistoryRequiredError(case.enrollment.learner, case.enrollment.certification)
    stored = case.enrollment
    before = Enrollment.blank(learner=stored.learner, certification=stored.certification)
    for event in counting(case.history):
        if event.sequence == certificate.sequence:
            break
        before = fold(before, event)
    return before
