"""The outlook: what time alone will do, when, and with which status."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from certlib.certifications import Certification
from certlib.periods import Period
from certlib.policies import (
    Deadlines,
    FromCompletion,
    Grace,
    InitialDeadline,
    Policy,
    Recertification,
    RecertificationDeadline,
)
from certlib.state import ChangeKind, Status, outlook
from certlib.state.commands import (
    Assign,
    Award,
    CompleteStep,
    Enroll,
    ExtendCertificate,
    ExtendDeadline,
    ForceRecertification,
    RevokeAccess,
    Start,
    StartRecertification,
)
from tests.state.sample import FOREVER, FROM_COMPLETION, FROM_EXPIRY, P1Y, certification
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
    assert list(ChangeKind) == [
        "window_opens", "certificate_expires", "grace_ends", "cycle_due", "deadline_closes",
    ]  # fmt: skip


def due_in(
    period: str = "P60D", *, hard: bool = False, renewal: str = "P0D", zone: str = "UTC"
) -> Certification:
    """A year from completion, a window of 30 days, 30 days of grace; due so long after assignment."""
    return certification(
        Policy(
            time_zone=zone,
            validity=FromCompletion(period=P1Y),
            grace=Grace(period=Period.parse("P30D")),
            recertification=Recertification(window=Period.parse("P30D")),
            deadlines=Deadlines(
                initial=InitialDeadline(due=Period.parse(period), hard=hard),
                recertification=RecertificationDeadline(due=Period.parse(renewal), hard=hard),
            ),
        )
    )


KINDS = pytest.mark.parametrize(("hard", "kind"), [(False, "cycle_due"), (True, "deadline_closes")])


class TestDueDays:
    """A due day that passes is shown, and changes no status (P8)."""

    @KINDS
    def test_of_an_assignment_and_of_the_cycle(self, hard: bool, kind: str) -> None:
        story = Story(due_in(hard=hard), now="2025-01-10")
        story.give(Assign())
        for status, command in (
            (Status.ASSIGNED, Enroll()),
            (Status.NOT_STARTED, Start()),
            (Status.IN_PROGRESS, None),
        ):
            assert told(story, "2025-01-10") == [(kind, "2025-03-12", status, status)]
            if command is not None:
                story.give(command, "learner:ann")

    def test_it_is_a_day_of_the_zone(self) -> None:
        story = Story(due_in(zone="America/New_York"), now="2025-01-10 12:00")
        story.give(Assign())
        (point,) = outlook(story.enrollment, story.now)
        assert point.at == instant("2025-03-12 04:00")

    @KINDS
    def test_an_extension_moves_it(self, hard: bool, kind: str) -> None:
        story = Story(due_in(hard=hard), now="2025-01-10")
        story.give(Assign())
        story.give(Enroll(), "learner:ann")
        story.give(ExtendDeadline(until=date(2025, 4, 30)))
        assert [(what, at) for what, at, *_ in told(story, "2025-01-10")] == [(kind, "2025-05-01")]

    def test_what_has_passed_is_not_ahead(self) -> None:
        story = Story(due_in(), now="2025-01-10")
        story.give(Assign())
        assert told(story, "2025-03-12") == []

    def test_a_certificate_and_a_bar_end_it(self) -> None:
        story = Story(due_in(), now="2025-01-10")
        story.give(Assign())
        story.give(Enroll(), "learner:ann")
        story.give(Start(), "learner:ann")
        story.give(CompleteStep(step="course"), "system")
        assert [what for what, *_ in told(story, "2025-01-10")] == [
            "window_opens", "certificate_expires", "grace_ends",
        ]  # fmt: skip
        other = Story(due_in(), now="2025-01-10")
        other.give(Enroll(), "learner:ann")
        other.give(RevokeAccess())
        assert told(other, "2025-01-10") == []

    @KINDS
    def test_at_one_instant_the_certificate_ends_first(self, hard: bool, kind: str) -> None:
        """E69."""
        story = Story(due_in(hard=hard), now="2024-10-31")
        story.give(Award())
        story.give(StartRecertification(), "learner:ann", "2025-10-20")
        going = (Status.RECERTIFYING, Status.RECERTIFYING)
        assert told(story, "2024-10-31") == [
            ("window_opens", "2025-10-01", *going),
            ("certificate_expires", "2025-11-01", *going),
            (kind, "2025-11-01", *going),
            ("grace_ends", "2025-12-01", *going),
        ]

    @KINDS
    def test_and_so_does_its_grace(self, hard: bool, kind: str) -> None:
        story = Story(due_in(hard=hard, renewal="P30D"), now="2024-10-31")
        story.give(Award())
        story.give(StartRecertification(), "learner:ann", "2025-10-20")
        assert [(what, at) for what, at, *_ in told(story, "2025-10-20")] == [
            ("certificate_expires", "2025-11-01"),
            ("grace_ends", "2025-12-01"),
            (kind, "2025-12-01"),
        ]

    def test_of_a_recertification_it_moves_with_the_certificate(self) -> None:
        story = Story(due_in(hard=True), now="2024-10-31")
        story.give(Award())
        story.give(StartRecertification(), "learner:ann", "2025-10-20")
        story.give(ExtendCertificate(until=date(2026, 1, 31)))
        assert [(what, at) for what, at, *_ in told(story, "2025-10-20")] == [
            ("certificate_expires", "2026-02-01"),
            ("deadline_closes", "2026-02-01"),
            ("grace_ends", "2026-03-03"),
        ]

    def test_before_a_recertification_begins_there_is_none(self) -> None:
        story = Story(due_in(hard=True), now="2024-10-31")
        story.give(Award())
        assert "deadline_closes" not in [what for what, *_ in told(story, "2024-10-31")]

    def test_a_forced_one_has_none_unless_a_period_counts_from_its_beginning(self) -> None:
        for renewal, expected in (("P0D", []), ("P6M", [("cycle_due", "2025-08-02")])):
            story = Story(due_in(renewal=renewal), now="2024-10-31")
            story.give(Award())
            story.give(ForceRecertification(), now="2025-02-01")
            assert [(what, at) for what, at, *_ in told(story, "2025-02-01")] == expected
