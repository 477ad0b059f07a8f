"""What a validity rule looks at, and what it answers (P1)."""

from __future__ import annotations

from datetime import date
from typing import TypeVar

from attrs import frozen

from certlib._declared import checked
from certlib.errors import AttributeMissingError
from certlib.learners import AttributeValue, Learner
from certlib.periods import Period

__all__ = ["NEVER", "DueDay", "End", "Issue", "Renewed"]

V = TypeVar("V", bound=AttributeValue)


@checked
@frozen(kw_only=True)
class End:
    """The day on which a certificate ends, and from where that was counted (T4).

    The n-th end is ``anchor + n periods`` and never the last end plus a period, so a series that
    began on the 31st comes back to the 31st.
    """

    day: date | None
    anchor: date | None = None
    periods: int = 0
    period: Period | None = None


NEVER = End(day=None)


@checked
@frozen(kw_only=True)
class Renewed:
    """The certificate that is renewed, as far as a rule needs to know it."""

    baseline: End
    on_time: bool
    """Not after its last valid day (or last grace day, where grace counts as certified)."""
    in_window: bool
    """Not before its window, or before it under a policy that takes that as a renewal."""


@checked
@frozen(kw_only=True)
class DueDay:
    """The due day of the learner's assignments."""

    on: date
    """Without a personal extension: periods count from here."""
    last_day: date
    """With the extension: up to this day, inclusive, the learner is on time."""


@checked
@frozen(kw_only=True)
class Issue:
    """The issue of one certificate: everything that a validity rule may look at.

    >>> from certlib.policies import FromCompletion
    >>> FromCompletion(period=Period.parse("P1Y")).end(Issue(on=date(2024, 2, 29))).day
    datetime.date(2025, 2, 28)
    """

    on: date
    """The day of issue, in the time zone of the policy."""
    renewed: Renewed | None = None
    """The certificate that this one renews; None where there is none, or it was revoked."""
    first: bool = True
    """Whether the learner has never had a certificate before, not even a revoked one."""
    due: DueDay | None = None
    """The due day of a first certificate."""
    learner: Learner | None = None
    """The learner as the host knows them now; None where the host knows them no more."""

    def attribute(self, code: str, kind: type[V]) -> V:
        """Return an attribute of the learner that a rule cannot do without.

        Where it is absent, or of another type, nothing is issued: the command is refused.

        Raises:
            AttributeMissingError: The learner has no such attribute of this type.

        >>> ann = Learner(id="ann", attributes={"birthday": date(1990, 2, 28)})
        >>> Issue(on=date(2025, 3, 3), learner=ann).attribute("birthday", date)
        datetime.date(1990, 2, 28)
        """
        found = None if self.learner is None else self.learner.attributes.get(code)
        if type(found) is not kind:
            raise AttributeMissingError(
                f"the learner's attribute {code}",
                "absent" if found is None else f"a {type(found).__name__}",
                f"a {kind.__name__}",
                attribute=code,
                kind=kind.__name__,
            )
        return found
