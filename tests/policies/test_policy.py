"""The policy as a whole: its defaults are the safe ones, and what contradicts itself is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from attrs.exceptions import FrozenInstanceError

from certlib.errors import InvalidPolicyError, InvalidValueError
from certlib.periods import Period
from certlib.policies import (
    AnnualDate,
    ByHost,
    Deadlines,
    ExamRules,
    Fees,
    Forever,
    FromCompletion,
    FromExpiry,
    Grace,
    PerCertificate,
    Policy,
    Recertification,
    Reminders,
)

YEAR = Period.parse("P1Y")


def test_the_defaults() -> None:
    policy = Policy()
    assert policy.time_zone == "UTC"
    assert (policy.validity, policy.first_validity) == (Forever(), None)
    assert (policy.grace, policy.look_back) == (Grace(), Period())
    assert policy.recertification == Recertification()
    assert policy.certify_on_completion
    assert (policy.fees, policy.exam, policy.deadlines) == (Fees(), ExamRules(), Deadlines())
    assert policy.reminders == Reminders()
    assert not policy.is_awarded_only


def test_it_is_frozen_and_a_value() -> None:
    policy = Policy(look_back=YEAR)
    with pytest.raises(FrozenInstanceError):
        policy.look_back = Period()  # type: ignore[misc]
    assert policy == Policy(look_back=Period(months=12))
    assert hash(policy) == hash(Policy(look_back=Period(months=12)))


def test_awarded_only() -> None:
    assert Policy(validity=PerCertificate()).is_awarded_only
    assert not Policy(validity=ByHost()).is_awarded_only


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../../etc/passwd", "localtime", "Europe"])
def test_a_zone_is_one_of_the_world(zone: str) -> None:
    with pytest.raises(InvalidValueError) as caught:
        Policy(time_zone=zone)
    error = caught.value
    assert (error.what, error.value) == ("Policy.time_zone", repr(zone))
    assert error.expected.startswith("the name of an IANA time zone")


NO_RULE = "nothing where each certificate states its own last valid day, and not that rule"


@pytest.mark.parametrize(
    ("make", "what", "value", "expected"),
    [
        (
            lambda: Policy(first_validity=PerCertificate()),
            "Policy.first_validity",
            "PerCertificate",
            NO_RULE,
        ),
        (
            lambda: Policy(validity=PerCertificate(), first_validity=Forever()),
            "Policy.first_validity",
            "Forever",
            NO_RULE,
        ),
        (
            lambda: Policy(validity=PerCertificate(), first_validity=PerCertificate()),
            "Policy.first_validity",
            "PerCertificate",
            NO_RULE,
        ),
        (
            lambda: FromCompletion(period=Period()),
            "FromCompletion.period",
            "P0D",
            "a period longer than nothing",
        ),
        (
            lambda: FromExpiry(period=Period()),
            "FromExpiry.period",
            "P0D",
            "a period longer than nothing",
        ),
        (
            lambda: AnnualDate(month=2, day=30),
            "the annual date",
            "02-30",
            "a day of the year, MM-DD",
        ),
        (
            lambda: AnnualDate(month=13, day=1),
            "the annual date",
            "13-01",
            "a day of the year, MM-DD",
        ),
        (
            lambda: AnnualDate.parse("1-1"),
            "the annual date",
            "'1-1'",
            "a day of the year, MM-DD",
        ),
    ],
)
def test_an_error_names_the_place_the_value_and_what_was_expected(
    make: Callable[[], object], what: str, value: str, expected: str
) -> None:
    with pytest.raises(InvalidPolicyError) as caught:
        make()
    error = caught.value
    assert (error.what, error.value, error.expected) == (what, value, expected)
    assert error.code == "invalid_policy"
    assert str(error) == f"{what} is {value}: expected {expected} (invalid_policy)"
