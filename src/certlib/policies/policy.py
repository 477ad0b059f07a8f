"""The policy of one version: every rule of requirements section 6 that it follows, as one value."""

from __future__ import annotations

from attrs import field, frozen

from certlib.periods import valid_zone
from certlib.policies.grace import Grace
from certlib.policies.recertification import Recertification
from certlib.policies.validity import Forever, Validity

__all__ = ["Policy"]


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
    grace: Grace = Grace()
    recertification: Recertification = Recertification()
    certify_on_completion: bool = True
    """Whether a completion that a cycle needs counts by itself, with nobody pressing Start (C7)."""
