"""The policy of one version: its validity, grace, fees and every other rule, as one value."""

from __future__ import annotations

from attrs import field, frozen

from certlib._declared import checked
from certlib.errors import InvalidPolicyError
from certlib.periods import Period, valid_zone
from certlib.policies._approval import Approval
from certlib.policies._deadlines import Deadlines
from certlib.policies._exams import ExamRules
from certlib.policies._fees import Fees
from certlib.policies._grace import Grace
from certlib.policies._recertification import Recertification
from certlib.policies._reminders import Reminders
from certlib.policies._validity import Forever, PerCertificate, Validity

__all__ = ["Policy"]


@checked
@frozen(kw_only=True)
class Policy:
    """How long certificates run, and how they are renewed. The defaults are the safe ones.

    >>> from certlib.periods import Period
    >>> from certlib.policies import FromCompletion
    >>> policy = Policy(validity=FromCompletion(period=Period.parse("P1Y")))
    >>> policy.time_zone
    'UTC'
    """

    time_zone: str = field(default="UTC", validator=valid_zone)
    """The IANA zone whose calendar days all dates of this version are (T3)."""
    validity: Validity = Forever()
    first_validity: Validity | None = None
    """The rule of the first award, where it differs (P1)."""
    grace: Grace = Grace()
    recertification: Recertification = Recertification()
    certify_on_completion: bool = True
    """Whether a completion that a cycle needs counts by itself, with nobody pressing Start (C7)."""
    look_back: Period = Period()
    """How long before its beginning a completion may lie and still count for a cycle (P10b)."""
    fees: Fees = Fees()
    exam: ExamRules = ExamRules()
    approval: Approval = Approval()
    deadlines: Deadlines = Deadlines()
    reminders: Reminders = Reminders()

    def __attrs_post_init__(self) -> None:
        rules = (self.validity, self.first_validity)
        if self.first_validity is not None and any(isinstance(r, PerCertificate) for r in rules):
            raise InvalidPolicyError(
                "Policy.first_validity",
                type(self.first_validity).__name__,
                "nothing where each certificate states its own last valid day, and not that rule",
            )

    def validity_of(self, *, first: bool) -> Validity:
        """Return the rule that dates a certificate."""
        return self.first_validity if first and self.first_validity is not None else self.validity

    @property
    def is_awarded_only(self) -> bool:
        """Whether each certificate states its own last valid day, so that no cycle can earn one."""
        return isinstance(self.validity, PerCertificate)
