"""Strategies of policies, and of every part of a policy."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final, TypeVar, cast

from attrs import evolve
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from certlib.actors import Role
from certlib.periods import Period
from certlib.policies import (
    VALIDITIES,
    AnnualDate,
    AnyTime,
    Approval,
    Deadlines,
    Digest,
    ExamRules,
    Fees,
    Grace,
    InitialDeadline,
    PerCertificate,
    Policy,
    Recertification,
    RecertificationDeadline,
    Reminder,
    Reminders,
    Validity,
)
from certlib.policies._reminders import MOST_DAYS, MOST_MONTHS
from certlib.serialize import KINDS, Kinds
from certlib.testing.strategies._shapes import (
    Scalars,
    by_fields,
    by_nesting,
    given_or,
    periods,
    tuples_of,
    zones,
)

__all__ = ["POLICY_PARTS", "annual_dates", "policies", "policy_parts", "validities"]

T = TypeVar("T")


def annual_dates() -> SearchStrategy[AnnualDate]:
    """Return every day of a year, including 29 February."""
    leap_year = st.dates(date(2024, 1, 1), date(2024, 12, 31))
    return leap_year.map(lambda day: AnnualDate(month=day.month, day=day.day))


def validities(*, explicit: bool = True, kinds: Kinds = KINDS) -> SearchStrategy[Validity]:
    """Return validity rules of every kind, a host's included (P1).

    ``explicit`` includes `PerCertificate`. Periods are up to about 200 years, so dates may leave the
    calendar; certlib must refuse those.
    """
    computed = [each for each in kinds.validities if each is not PerCertificate]
    simple, nested = by_nesting(computed, Validity)
    rules: SearchStrategy[Validity] = st.one_of(*(by_fields(each, _SCALARS) for each in simple))
    if nested:
        rules = st.recursive(
            rules,
            lambda parts: st.one_of(*(by_fields(each, _with(Validity, parts)) for each in nested)),
            max_leaves=3,
        )
    return rules | policy_parts(PerCertificate) if explicit else rules


def _with(hint: object, parts: SearchStrategy[object]) -> Scalars:
    return evolve(_SCALARS, others={**_SCALARS.others, hint: parts})


def policies(
    *,
    kinds: Kinds = KINDS,
    validity: SearchStrategy[Validity] | None = None,
    first_validity: SearchStrategy[Validity | None] | None = None,
    time_zone: SearchStrategy[str] | None = None,
    grace: SearchStrategy[Grace] | None = None,
    recertification: SearchStrategy[Recertification] | None = None,
    certify_on_completion: SearchStrategy[bool] | None = None,
    look_back: SearchStrategy[Period] | None = None,
    fees: SearchStrategy[Fees] | None = None,
    exam: SearchStrategy[ExamRules] | None = None,
    approval: SearchStrategy[Approval] | None = None,
    deadlines: SearchStrategy[Deadlines] | None = None,
    reminders: SearchStrategy[Reminders] | None = None,
) -> SearchStrategy[Policy]:
    """Return policies of every valid combination; a part that is passed replaces any.

    Pass ``st.just(ours)`` for a part that is fixed. ``first_validity`` is ignored beside
    `PerCertificate`, which does not allow it.
    """
    given = {
        "time_zone": given_or(time_zone, zones()),
        "grace": given_or(grace, policy_parts(Grace)),
        "recertification": given_or(recertification, policy_parts(Recertification)),
        "certify_on_completion": given_or(certify_on_completion, st.booleans()),
        "look_back": given_or(look_back, periods()),
        "fees": given_or(fees, policy_parts(Fees)),
        "exam": given_or(exam, policy_parts(ExamRules)),
        "approval": given_or(approval, policy_parts(Approval)),
        "deadlines": given_or(deadlines, policy_parts(Deadlines)),
        "reminders": given_or(reminders, policy_parts(Reminders)),
    }
    first = given_or(first_validity, st.none() | validities(explicit=False, kinds=kinds))

    def with_validity(rule: Validity) -> SearchStrategy[Policy]:
        own = st.none() if isinstance(rule, PerCertificate) else first
        return by_fields(Policy, validity=st.just(rule), first_validity=own, **given)

    return given_or(validity, validities(kinds=kinds)).flatmap(with_validity)


def _digests() -> SearchStrategy[Digest]:
    begins = periods(months=MOST_MONTHS, days=MOST_DAYS, or_nothing=False)
    return by_fields(Digest, begins=begins)


def _reminders() -> SearchStrategy[Reminder]:
    return by_fields(Reminder, days=st.integers(-MOST_DAYS, MOST_DAYS))


def _approvals() -> SearchStrategy[Approval]:
    deciding = st.sampled_from([role for role in Role if role is not Role.LEARNER])
    return by_fields(Approval, roles=tuples_of(deciding, least=1, once=str))


_SCALARS: Final = Scalars(others={AnnualDate: annual_dates()})
_PARTS: Final[Mapping[type, SearchStrategy[object]]] = {
    **{each: by_fields(each, _SCALARS) for each in VALIDITIES},
    AnnualDate: annual_dates(),
    Period: periods(),
    AnyTime: by_fields(AnyTime),
    Grace: by_fields(Grace),
    Recertification: by_fields(Recertification),
    Fees: by_fields(Fees),
    ExamRules: by_fields(ExamRules),
    Approval: _approvals(),
    InitialDeadline: by_fields(InitialDeadline),
    RecertificationDeadline: by_fields(RecertificationDeadline),
    Deadlines: by_fields(Deadlines),
    Reminder: _reminders(),
    Digest: _digests(),
    Reminders: by_fields(Reminders, at=tuples_of(_reminders()), digests=tuples_of(_digests())),
    Policy: st.deferred(policies),
}
POLICY_PARTS: Final = tuple(_PARTS)
"""Every class that a policy consists of, including `Policy` itself."""


def policy_parts(kind: type[T]) -> SearchStrategy[T]:
    """Return values of one of `POLICY_PARTS`."""
    return cast("SearchStrategy[T]", _PARTS[kind])
