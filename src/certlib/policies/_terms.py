"""The terms of a certificate: all dates that it is issued with, computed in one place.

A validity rule says when a certificate would end. This module adds what holds for every rule: an
explicit day or "always valid" goes first, a renewal of a certificate in force never shortens, the
window is counted from the baseline and grace from the last valid day.
"""

from __future__ import annotations

from datetime import date

from attrs import evolve, frozen

from certlib._declared import checked
from certlib._validators import within_range
from certlib.learners import Learner
from certlib.periods import Period
from certlib.policies._grace import Grace
from certlib.policies._issue import NEVER, DueDay, End, Issue, Renewed
from certlib.policies._policy import Policy
from certlib.policies._recertification import BeforeWindow

__all__ = ["Previous", "Terms", "redated", "terms_of"]


@checked
@frozen(kw_only=True)
class Terms:
    """The dates of a certificate, stored when it is issued. Days are inclusive, of ``time_zone``.

    An absent date is None, never a far day: no ``last_valid_day`` means that it does not expire.
    """

    issued_on: date
    baseline: date | None
    """The end that renewals count from. An extension leaves it alone."""
    last_valid_day: date | None
    window_opens_on: date | None
    grace: Period
    grace_counts: bool
    time_zone: str
    explicit: bool = False
    """Whether the end was given with the certificate, as a day or as "always valid"."""
    anchor: date | None = None
    periods: int = 0
    period: Period | None = None
    """The baseline is ``anchor + periods x period`` where a rule counts so (T4)."""

    def last_grace_day(self, last_valid_day: date | None) -> date | None:
        """Return the last grace day that follows a last valid day (which may have been extended)."""
        return Grace(period=self.grace).last_day(last_valid_day)


@checked
@frozen(kw_only=True)
class Previous:
    """The certificate before, as it stood when the new one was issued; a revoked one is no base."""

    terms: Terms
    last_valid_day: date | None
    """With its extension."""
    in_force: bool
    """Whether it was not over yet at that instant."""


def terms_of(
    policy: Policy,
    *,
    issued_on: date,
    previous: Previous | None = None,
    first: bool = True,
    due: DueDay | None = None,
    learner: Learner | None = None,
    last_valid_day: date | None = None,
    always_valid: bool = False,
) -> Terms:
    """Return the dates of a certificate issued on a day, under a policy, after a previous one.

    ``first``: no certificate came before, not even a revoked one; ``due`` is its due day. ``learner``
    is for rules that look at attributes. ``last_valid_day`` and ``always_valid`` are what an award
    states itself.

    Raises:
        OutOfRangeError: A date falls outside the years 1900 to 9000, or the rule refuses.

    >>> from certlib.policies import FromCompletion
    >>> policy = Policy(validity=FromCompletion(period=Period.parse("P1Y")))
    >>> terms_of(policy, issued_on=date(2025, 3, 3)).last_valid_day
    datetime.date(2026, 3, 3)
    """
    explicit = always_valid or last_valid_day is not None
    if explicit:
        end = NEVER if last_valid_day is None else End(day=last_valid_day, anchor=last_valid_day)
        last = end.day
    else:
        first = first and previous is None
        issue = Issue(
            on=issued_on,
            renewed=None if previous is None else _renewed(policy, issued_on, previous),
            first=first,
            due=due if first else None,
            learner=learner,
        )
        end, last = _computed_end(policy, issue, previous)
    window_opens_on = policy.recertification.opens_on(issued_on, end.day)
    terms = Terms(
        issued_on=issued_on,
        baseline=end.day,
        last_valid_day=last,
        window_opens_on=window_opens_on,
        grace=policy.grace.period,
        grace_counts=policy.grace.counts_as_certified,
        time_zone=policy.time_zone,
        explicit=explicit,
        anchor=end.anchor,
        periods=end.periods,
        period=end.period,
    )
    return _within_range(terms)


def _within_range(terms: Terms) -> Terms:
    for what, day in (
        ("the date of issue", terms.issued_on),
        ("the baseline", terms.baseline),
        ("the last valid day", terms.last_valid_day),
        ("the last grace day", terms.last_grace_day(terms.last_valid_day)),
    ):
        if day is not None:
            within_range(what, day)
    return terms


def redated(terms: Terms, *, former: date | None, moved_on: date) -> Terms:
    """Return new dates of a certificate as a re-dating on a day may give them (P13).

    It never ends before the day of the move is over, or before its ``former`` last day, whichever is
    earlier. Raise `OutOfRangeError`.
    """
    if terms.last_valid_day is None:
        return terms
    earliest = moved_on if former is None else min(moved_on, former)
    return _within_range(evolve(terms, last_valid_day=max(terms.last_valid_day, earliest)))


def _computed_end(
    policy: Policy, issue: Issue, previous: Previous | None
) -> tuple[End, date | None]:
    """Return the baseline's end and the last valid day that the policy's rule gives."""
    if previous is not None and previous.in_force and previous.last_valid_day is None:
        return NEVER, None
    end = policy.validity_of(first=issue.first).end(issue)
    last = end.day
    if previous is None or not previous.in_force or last is None:
        return end, last
    # A renewal of a certificate in force never shortens, neither its baseline nor its end.
    before = previous.terms
    if before.baseline is not None and end.day is not None and end.day < before.baseline:
        end = _baseline_of(before)
    return end, max(filter(None, (last, end.day, previous.last_valid_day)))


def _renewed(policy: Policy, issued_on: date, previous: Previous) -> Renewed:
    before = previous.terms
    last_on_time = previous.last_valid_day
    if before.grace_counts:
        last_on_time = before.last_grace_day(last_on_time) or last_on_time
    opens_on = before.window_opens_on
    return Renewed(
        baseline=_baseline_of(before),
        on_time=last_on_time is None or issued_on <= last_on_time,
        in_window=policy.recertification.before_window is BeforeWindow.RENEWS
        or (opens_on is not None and issued_on >= opens_on),
    )


def _baseline_of(terms: Terms) -> End:
    return End(day=terms.baseline, anchor=terms.anchor, periods=terms.periods, period=terms.period)
