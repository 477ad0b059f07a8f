"""Row 37: where a strike leads, beside the pairs of `tests.state.situations`."""

from __future__ import annotations

from certlib.state import Status
from certlib.state.commands import Strike
from tests.state.situations import told
from tests.state.story import statuses


def test_from_revoked_to_certified() -> None:
    """What shortened the certificate is struck first: it is valid once the revocation is struck, too.

    A strike of a re-dating has the dates computed again (row 37); the revocation rests on the
    certificate, and not on that (R13).
    """
    story = told(
        "2025-01-01 award; 2025-06-01 move_to_version version=2 redate=yes;"
        " 2026-02-10 revoke_access",
        world="two_years | ",
    )
    assert statuses(story.give(Strike(entry=2))) == (Status.REVOKED, Status.REVOKED)
    assert statuses(story.give(Strike(entry=3))) == (Status.REVOKED, Status.CERTIFIED)
