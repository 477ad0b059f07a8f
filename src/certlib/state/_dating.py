"""Dating: which dates a certificate gets, by a version, on the enrollment as it stood before."""

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
    """Return the dates of a certificate issued at an instant under a version; raise `OutOfRangeError`.

    ``before`` is the enrollment as it stood then: what is renewed, and the due date of a first one (P1).
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
    """Return the dates that a re-dating at an instant gives a certificate; raise `OutOfRangeError`.

    ``before`` is the enrollment as it stood when the certificate was issued. An extension stays with
    the certificate (T5b).
    """
    # Of one that is not over the day of the move comes first, in whatever zone.
    over = certificate.expires_at is not None and certificate.expires_at <= at
    return redated(
        terms_by(version, at=certificate.issued_at, before=before, learner=learner),
        former=certificate.last_valid_day if over else None,
        moved_on=day_in(version.policy.time_zone, at),
    )


def before_issue(case: Case, certificate: Certificate) -> Enrollment:
    """Return the enrollment as it stood just before a certificate was issued, as known now.

    Raise `HistoryRequiredError` where the case comes without its history.
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
