"""P1: what a validity rule may look at when a certificate is issued."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import ClassVar

import pytest
from attrs import field, frozen

from certlib.errors import AttributeMissingError, OutOfRangeError
from certlib.learners import Learner
from certlib.periods import Period
from certlib.policies import (
    DueDay,
    End,
    FromCompletion,
    FromExpiry,
    Issue,
    Policy,
    Previous,
    Renewed,
    terms_of,
)

YEAR = Period.parse("P1Y")
ON = date(2025, 3, 3)
ANN = Learner(id="ann", attributes={"birthday": date(1990, 2, 28), "level": 3})


@frozen
class Seen:
    """A rule that remembers what it was asked about."""

    kind: ClassVar[str] = "seen"
    issues: list[Issue] = field(factory=list[Issue])

    def end(self, issue: Issue) -> End:
        self.issues.append(issue)
        return End(day=date(2026, 3, 3))


def test_a_rule_sees_a_first_certificate() -> None:
    rule, due = Seen(), DueDay(on=date(2025, 6, 1), last_day=date(2025, 7, 1))
    terms_of(Policy(validity=rule), issued_on=ON, due=due, learner=ANN)
    assert rule.issues == [Issue(on=ON, first=True, due=due, learner=ANN)]


def test_a_rule_sees_a_renewal() -> None:
    rule, due = Seen(), DueDay(on=date(2025, 6, 1), last_day=date(2025, 7, 1))
    before = terms_of(Policy(validity=FromCompletion(period=YEAR)), issued_on=date(2024, 6, 1))
    previous = Previous(terms=before, last_valid_day=before.last_valid_day, in_force=True)
    terms_of(Policy(validity=rule), issued_on=ON, previous=previous, due=due, learner=ANN)
    baseline = End(day=date(2025, 6, 1), anchor=date(2024, 6, 1), periods=1, period=YEAR)
    renewed = Renewed(baseline=baseline, on_time=True, in_window=True)
    assert rule.issues == [Issue(on=ON, renewed=renewed, first=False, learner=ANN)]


def test_after_a_revocation_it_is_neither_first_nor_a_renewal() -> None:
    rule, due = Seen(), DueDay(on=date(2025, 6, 1), last_day=date(2025, 7, 1))
    terms_of(Policy(validity=rule), issued_on=ON, first=False, due=due)
    assert rule.issues == [Issue(on=ON, first=False)]


def test_a_rule_is_not_asked_about_an_explicit_end() -> None:
    rule = Seen()
    policy = Policy(validity=rule)
    assert terms_of(policy, issued_on=ON, last_valid_day=ON).last_valid_day == ON
    assert terms_of(policy, issued_on=ON, always_valid=True).last_valid_day is None
    assert rule.issues == []


def test_of_the_rules_that_there_are_only_from_expiry_looks_at_the_due_day() -> None:
    due = DueDay(on=date(2025, 6, 1), last_day=ON)
    assert FromExpiry(period=YEAR).end(Issue(on=ON, due=due)).day == date(2026, 6, 1)
    late = Issue(on=date(2025, 3, 4), due=due)
    assert FromExpiry(period=YEAR).end(late).day == date(2026, 3, 4)
    later = Issue(on=ON, first=False, due=due)
    assert FromExpiry(period=YEAR).end(later).day == date(2026, 3, 3)
    assert FromCompletion(period=YEAR).end(Issue(on=ON, due=due)).day == date(2026, 3, 3)


class TestAttributesThatARuleNeeds:
    def test_has_them(self) -> None:
        issue = Issue(on=ON, learner=ANN)
        assert issue.attribute("birthday", date) == date(1990, 2, 28)
        assert issue.attribute("level", int) == 3

    @pytest.mark.parametrize(
        ("learner", "code", "kind", "words"),
        [
            (None, "birthday", date, "attribute birthday is absent: expected a date"),
            (ANN, "colour", str, "attribute colour is absent: expected a str"),
            (ANN, "birthday", str, "attribute birthday is a date: expected a str"),
            (ANN, "level", Decimal, "attribute level is a int: expected a Decimal"),
        ],
    )
    def test_lacks_them(
        self, learner: Learner | None, code: str, kind: type[str | date | Decimal], words: str
    ) -> None:
        with pytest.raises(AttributeMissingError, match=words) as raised:
            Issue(on=ON, learner=learner).attribute(code, kind)
        assert raised.value.code == "attribute_is_known"
        assert isinstance(raised.value, OutOfRangeError)  # which refuses a command
