"""Rows 29, 30 and 31: what bars a learner, and what lets him back."""

from __future__ import annotations

import pytest

from certlib.state import CycleEnd, Status
from certlib.state.commands import (
    Award,
    ForceRecertification,
    PermanentlyRevoke,
    RestoreAccess,
    RevokeAccess,
)
from tests.state.sample import FROM_COMPLETION
from tests.state.story import Story, instant, reached, statuses, tags


class TestRow29PermanentlyRevoke:
    def test_what_it_records(self) -> None:
        story = reached()[Status.CERTIFIED]
        given = story.give(PermanentlyRevoke(reason="forged"))
        assert tags(given) == ["permanently_revoked"]
        assert statuses(given) == (Status.CERTIFIED, Status.DISALLOWED)
        assert [notice.kind for notice in given.notices] == ["permanently_revoked"]
        assert given.events[0].reason == "forged"
        assert story.enrollment.certificates[0].revoked_at == story.now

    def test_who_may(self) -> None:
        assert reached()[Status.CERTIFIED].who_may(PermanentlyRevoke()) == {"admin"}

    def test_time_does_not_lift_it(self) -> None:
        story = reached()[Status.DISALLOWED]
        assert story.enrollment.status_at(instant("2099-01-01")) is Status.DISALLOWED


class TestRow30RestoreAccess:
    def test_what_it_records(self) -> None:
        story = reached()[Status.DISALLOWED]
        given = story.give(RestoreAccess())
        assert tags(given) == ["access_restored"]
        assert statuses(given) == (Status.DISALLOWED, Status.REVOKED)
        assert [notice.kind for notice in given.notices] == ["access_restored"]

    def test_the_certificate_stays_revoked(self) -> None:
        story = reached()[Status.DISALLOWED]
        before = story.enrollment.certificates
        story.give(RestoreAccess())
        assert story.enrollment.certificates == before
        assert before[0].revoked_at is not None

    def test_who_may(self) -> None:
        assert reached()[Status.DISALLOWED].who_may(RestoreAccess()) == {"admin"}


class TestRow31RevokeAccess:
    @pytest.mark.parametrize(
        "status",
        [
            Status.NOT_STARTED,
            Status.IN_PROGRESS,
            Status.PENDING_APPROVAL,
            Status.RECERTIFYING,
        ],
    )
    def test_in_a_cycle_it_ends_the_cycle(self, status: Status) -> None:
        story = reached()[status]
        given = story.give(RevokeAccess())
        assert tags(given) == ["cycle_ended", "access_revoked"]
        assert statuses(given) == (status, Status.REVOKED)
        assert [notice.kind for notice in given.notices] == ["access_revoked"]
        assert story.enrollment.open_cycle is None
        assert story.enrollment.cycles[-1].ended_by is CycleEnd.REVOKED

    @pytest.mark.parametrize("status", [Status.EXPIRED, Status.LAPSED])
    def test_without_a_cycle_there_is_none_to_end(self, status: Status) -> None:
        story = reached()[status]
        given = story.give(RevokeAccess())
        assert tags(given) == ["access_revoked"]
        assert statuses(given) == (status, Status.REVOKED)

    def test_every_certificate_is_revoked_once(self) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Award())
        story.give(Award(), now="2025-05-01")
        story.give(ForceRecertification(), now="2025-06-01")
        story.give(RevokeAccess(), now="2025-07-01")
        revoked = [certificate.revoked_at for certificate in story.enrollment.certificates]
        assert revoked == [instant("2025-06-01")] * 2

    def test_who_may(self) -> None:
        assert reached()[Status.IN_PROGRESS].who_may(RevokeAccess()) == {"admin"}
