"""Requirements 4.3 and R11, T5: where a command has no row, and that none but an award may be late."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve

from certlib.state import Status
from certlib.state.rows import TABLE
from tests.state.sample import FROM_COMPLETION
from tests.state.situations import TALES, command, told
from tests.state.story import EVERYBODY, Story, instant

TEN: Final = " ".join(status for status in TALES if status != "none")
UNSTARTED: Final = "none assigned not_started"
AFTER: Final = "certified expired lapsed revoked disallowed"
"""Where no cycle is open, and something came of the enrollment."""

ASKED: Final = {
    "record_payment": "fee=certification",
    "complete_step": "step=course",
    "submit_evidence": "step=course",
    "record_test_out": "step=course passed=yes",
    "record_exam": "passed=yes",
    "approve_evidence": "request=1",
    "deny_evidence": "request=1",
    "approve_exam": "request=1",
    "deny_exam": "request=1",
    "grant_attempts": "request=1",
    "deny_attempts": "request=1",
    "extend_certificate": "until=2030-01-01",
    "extend_deadline": "until=2030-01-01",
    "move_to_version": "version=1",
    "strike": "entry=1",
}
"""The fields without which a command is none."""

NO_ROW: Final = {
    "assign": "",
    "enroll": f"not_started in_progress pending_approval recertifying {AFTER}",
    "request_access": TEN,
    "approve_access": TEN,
    "deny_access": TEN,
    "override_payment": f"none assigned pending_approval {AFTER}",
    "record_payment": "none assigned certified revoked disallowed",
    "start": f"none assigned in_progress pending_approval recertifying {AFTER}",
    "complete_step": f"{UNSTARTED} {AFTER}",
    "submit_evidence": f"{UNSTARTED} pending_approval {AFTER}",
    "approve_evidence": f"{UNSTARTED} {AFTER}",
    "deny_evidence": f"{UNSTARTED} {AFTER}",
    "record_test_out": f"{UNSTARTED} {AFTER}",
    "record_exam": f"{UNSTARTED} pending_approval {AFTER}",
    "approve_exam": f"{UNSTARTED} {AFTER}",
    "deny_exam": f"{UNSTARTED} {AFTER}",
    "request_attempts": f"{UNSTARTED} pending_approval {AFTER}",
    "grant_attempts": f"{UNSTARTED} pending_approval {AFTER}",
    "deny_attempts": f"{UNSTARTED} pending_approval {AFTER}",
    "override_training": f"{UNSTARTED} {AFTER}",
    "override_exam": f"{UNSTARTED} {AFTER}",
    "start_recertification": (f"{UNSTARTED} in_progress pending_approval recertifying disallowed"),
    "force_recertification": (
        f"{UNSTARTED} in_progress pending_approval recertifying revoked disallowed"
    ),
    "permanently_revoke": (
        f"{UNSTARTED} in_progress pending_approval expired lapsed recertifying revoked disallowed"
    ),
    "restore_access": (
        f"{UNSTARTED} in_progress pending_approval certified expired lapsed recertifying revoked"
    ),
    "revoke_access": "none assigned certified revoked disallowed",
    "remove": f"none in_progress pending_approval recertifying {AFTER}",
    "unassign": "none",
    "award": "revoked disallowed",
    "extend_certificate": f"{UNSTARTED} in_progress revoked disallowed",
    "extend_deadline": "none assigned revoked disallowed",
    "strike": "",
    "abandon_recertification": f"{UNSTARTED} in_progress {AFTER}",
    "move_to_version": "none",
}
"""Of each command, the statuses for which requirements 4.3 have no row."""
REFUSED: Final = [(name, standing) for name, where in NO_ROW.items() for standing in where.split()]


class TestNoRow:
    """It is refused for that reason alone, whoever asks (R11)."""

    def test_every_command_is_told_of(self) -> None:
        assert set(NO_ROW) == {kind.name for kind in TABLE.commands}
        assert len(REFUSED) == len(set(REFUSED)) == 243

    @pytest.mark.parametrize(("name", "standing"), REFUSED)
    def test_refused_whoever_asks(self, name: str, standing: str) -> None:
        story = told(TALES[standing])
        wanted = command(f"{name} {ASKED.get(name, '')}").command
        for by in EVERYBODY:
            assert story.refused(wanted, by) == [f"not_while_{standing}"]


class TestLate:
    """What took effect before the last fact given is refused, except an award (T5)."""

    @pytest.mark.parametrize("name", [name for name in NO_ROW if name != "award"])
    def test_no_other_command_may_be_late(self, name: str) -> None:
        wanted = command(f"{name} {ASKED.get(name, '')}").command
        early = evolve(wanted, at=instant("2024-12-31"))
        for standing in TEN.split():
            story = told(TALES[standing])
            for by in EVERYBODY:
                assert story.refused(early, by) == ["before_last_fact"]

    def test_an_award_may(self) -> None:
        story = Story(FROM_COMPLETION, now="2025-03-01")
        story.give(command("assign").command)
        award = evolve(command("award").command, at=instant("2025-02-01"))
        assert story.give(award).after is Status.CERTIFIED
