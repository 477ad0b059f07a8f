"""P3: the route of who comes late, and the window."""

from __future__ import annotations

from datetime import date

import pytest

from certlib.periods import Period
from certlib.policies import ANY_TIME, BeforeWindow, Recertification


class TestRoute:
    """Counted from the last valid day to the day recertification starts, the anniversary included."""

    @pytest.mark.parametrize(
        ("after", "last", "begun", "initial"),
        [
            ("P1Y", date(2023, 8, 18), date(2023, 8, 1), False),  # before it ends
            ("P1Y", date(2023, 8, 18), date(2024, 8, 18), False),  # the anniversary
            ("P1Y", date(2023, 8, 18), date(2024, 8, 19), True),
            ("P1Y", date(2024, 2, 29), date(2025, 2, 28), False),
            ("P1Y", date(2024, 2, 29), date(2025, 3, 1), True),
            ("P1Y1D", date(2024, 2, 29), date(2025, 3, 1), False),
            ("P0D", date(2024, 2, 29), date(2024, 2, 29), False),
            ("P0D", date(2024, 2, 29), date(2024, 3, 1), True),
        ],
    )
    def test_by_how_long_ago(self, after: str, last: date, begun: date, initial: bool) -> None:
        rule = Recertification(initial_again_after=Period.parse(after))
        assert rule.is_initial_again(last, begun) is initial

    def test_never_where_the_policy_has_no_such_route(self) -> None:
        assert not Recertification().is_initial_again(date(1990, 1, 1), date(2025, 1, 1))

    def test_never_after_what_does_not_end(self) -> None:
        rule = Recertification(initial_again_after=Period())
        assert not rule.is_initial_again(None, date(2025, 1, 1))

    def test_so_long_a_period_is_never_over(self) -> None:
        rule = Recertification(initial_again_after=Period.parse("P9000Y"))
        assert not rule.is_initial_again(date(2025, 1, 1), date(9000, 12, 31))


class TestWindow:
    ISSUED = date(2025, 3, 3)

    @pytest.mark.parametrize(
        ("window", "baseline", "opens"),
        [
            ("P3M", date(2026, 3, 3), date(2025, 12, 3)),
            ("P1M", date(2026, 3, 31), date(2026, 2, 28)),  # clipped to the month's end
            ("P0D", date(2026, 3, 3), date(2026, 3, 3)),
            ("P2Y", date(2026, 3, 3), ISSUED),  # never before the issue
            ("P9000Y", date(2026, 3, 3), ISSUED),  # beyond the calendar's beginning
            ("P3M", None, None),  # before an end that never comes
        ],
    )
    def test_a_period_before_the_baseline(
        self, window: str, baseline: date | None, opens: date | None
    ) -> None:
        rule = Recertification(window=Period.parse(window))
        assert rule.opens_on(self.ISSUED, baseline) == opens

    def test_any_time_is_from_the_issue_on(self) -> None:
        assert Recertification().opens_on(self.ISSUED, None) == self.ISSUED
        assert Recertification().opens_on(self.ISSUED, date(2026, 3, 3)) == self.ISSUED


def test_the_defaults() -> None:
    rule = Recertification()
    assert (rule.window, rule.before_window, rule.initial_again_after) == (
        ANY_TIME, BeforeWindow.IGNORED, None,
    )  # fmt: skip
