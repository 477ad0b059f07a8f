"""P8: by when a cycle is to be finished."""

from __future__ import annotations

from datetime import date

import pytest

from certlib.periods import Period
from certlib.policies import Deadlines, InitialDeadline, RecertificationDeadline


class TestInitial:
    @pytest.mark.parametrize(
        ("assigned", "due"),
        [
            (date(2025, 1, 31), date(2025, 2, 28)),
            (date(2024, 1, 31), date(2024, 2, 29)),
            (date(2025, 12, 1), date(2026, 1, 1)),
        ],
    )
    def test_a_period_from_each_assignment(self, assigned: date, due: date) -> None:
        assert InitialDeadline(due=Period.parse("P1M")).due_on(assigned) == due

    def test_the_day_itself(self) -> None:
        rule = InitialDeadline(due=Period())
        assert rule.due_on(date(2025, 1, 31)) == date(2025, 1, 31)

    @pytest.mark.parametrize("assigned", [date(2025, 1, 1), date(2025, 6, 30), date(2026, 1, 1)])
    def test_a_fixed_day_whenever_it_was_assigned(self, assigned: date) -> None:
        assert InitialDeadline(due=date(2025, 6, 30)).due_on(assigned) == date(2025, 6, 30)

    def test_none(self) -> None:
        assert InitialDeadline().due_on(date(2025, 1, 1)) is None

    @pytest.mark.parametrize(
        ("period", "due"),
        [
            ("P6975Y", date(9000, 1, 1)),
            ("P6976Y", None),  # a year that certlib does not have
            ("P8000Y", None),  # one that no calendar here has
            ("P99999Y", None),
        ],
    )
    def test_so_far_ahead_it_never_comes(self, period: str, due: date | None) -> None:
        assert InitialDeadline(due=Period.parse(period)).due_on(date(2025, 1, 1)) == due


class TestRecertification:
    def test_by_default_the_last_valid_day_itself_and_soft(self) -> None:
        rule = RecertificationDeadline()
        assert rule.due_on(date(2025, 12, 31)) == date(2025, 12, 31)
        assert not rule.hard

    def test_a_period_after_it(self) -> None:
        rule = RecertificationDeadline(due=Period.parse("P6M"))
        assert rule.due_on(date(2025, 8, 31)) == date(2026, 2, 28)

    def test_none(self) -> None:
        rule = RecertificationDeadline(due=None)
        assert rule.due_on(date(2025, 12, 31)) is None
        assert rule.due_after_revocation(date(2025, 12, 31)) is None

    def test_what_never_ends_is_never_due(self) -> None:
        assert RecertificationDeadline().due_on(None) is None

    def test_after_a_revocation_a_period_counts_from_the_beginning(self) -> None:
        rule = RecertificationDeadline(due=Period.parse("P6M"))
        assert rule.due_after_revocation(date(2025, 8, 31)) == date(2026, 2, 28)

    def test_after_a_revocation_the_day_itself_is_no_due_day(self) -> None:
        assert RecertificationDeadline().due_after_revocation(date(2025, 8, 31)) is None

    def test_so_far_ahead_it_never_comes(self) -> None:
        rule = RecertificationDeadline(due=Period.parse("P7000Y"))
        assert rule.due_on(date(2025, 1, 1)) is None
        assert rule.due_after_revocation(date(2025, 1, 1)) is None


def test_both_kinds_are_apart_and_the_defaults_hinder_nobody() -> None:
    rules = Deadlines()
    assert rules.initial == InitialDeadline(due=None, hard=False)
    assert rules.recertification == RecertificationDeadline(due=Period(), hard=False)
