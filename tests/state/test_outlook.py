"""The outlook: what time alone will do, when, and with which status."""

from __future__ import annotations

from datetime import date, timedelta

from certlib.state import ChangeKind, Status, outlook
from certlib.state.commands import Award, ForceRecertification, StartRecertification
from tests.state.sample import FOREVER, FROM_COMPLETION, FROM_EXPIRY
from tests.state.story import Story, instant

MOMENT = timedelta(microseconds=1)


def told(story: Story, after: str) -> list[tuple[str, str, Status | None, Status | None]]:
    return [
        (point.kind.value, point.at.date().isoformat(), point.before, point.after)
        for point in outlook(story.enrollment, instant(after))
    ]


def test_nobody_has_an_outlook_without_a_certificate() -> None:
    assert told(Story(FROM_COMPLETION), "2025-01-01") == []


def test_expiry_and_the_end_of_grace() -> None:
    story = Story(FROM_COMPLETION, now="2025-03-03")
    story.give(Award())
    assert told(story, "2025-03-03") == [
        ("certificate_expires", "2026-03-04", Status.CERTIFIED, Status.EXPIRED),
        ("grace_ends", "2026-04-03", Status.EXPIRED, Status.LAPSED),
    ]


def test_a_window_that_opens_later_is_told_and_changes_no_status() -> None:
    story = Story(FROM_EXPIRY, now="2025-03-03")
    story.give(Award())
    assert told(story, "2025-03-03") == [
        ("window_opens", "2025-12-03", Status.CERTIFIED, Status.CERTIFIED),
        ("certificate_expires", "2026-03-04", Status.CERTIFIED, Status.LAPSED),
    ]


def test_only_what_is_later_than_the_instant() -> None:
    story = Story(FROM_EXPIRY, now="2025-03-03")
    story.give(Award())
    expires_at = instant("2026-03-04")
    for after, kinds in (
        (instant("2025-12-03") - MOMENT, ["window_opens", "certificate_expires"]),
        (instant("2025-12-03"), ["certificate_expires"]),
        (expires_at - MOMENT, ["certificate_expires"]),
        (expires_at, []),
    ):
        assert [point.kind.value for point in outlook(story.enrollment, after)] == kinds


def test_in_a_recertification_the_status_stays() -> None:
    story = Story(FROM_COMPLETION, now="2025-03-03")
    story.give(Award())
    story.give(StartRecertification(), "learner:ann", "2025-05-01")
    assert {(before, after) for _, _, before, after in told(story, "2025-05-01")} == {
        (Status.RECERTIFYING, Status.RECERTIFYING)
    }


def test_what_never_ends_changes_no_more() -> None:
    story = Story(FOREVER)
    story.give(Award())
    assert told(story, "2025-01-01") == []


def test_a_revoked_certificate_has_no_change_points() -> None:
    story = Story(FROM_COMPLETION)
    story.give(Award())
    story.give(ForceRecertification())
    assert told(story, "2025-01-01") == []


def test_a_superseded_one_has_none_either() -> None:
    story = Story(FROM_EXPIRY)
    story.give(Award(expires_on=date(2025, 6, 30)))
    story.give(Award(expires_on=date(2025, 12, 31)), now="2025-02-01")
    expiries = [point for point in told(story, "2025-02-01") if point[0] == "certificate_expires"]
    assert [at for _, at, _, _ in expiries] == ["2026-01-01"]


def test_points_of_one_instant_are_told_in_the_order_of_their_kinds() -> None:
    assert list(ChangeKind) == ["window_opens", "certificate_expires", "grace_ends"]
