"""Where a command has no row (R11), and that none but an award may be late (T5)."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve

from certlib.state import TABLE, Command, Status
from tests.state.golden_table import CELLS, GOLDEN, STANDINGS
from tests.state.sample import FROM_COMPLETION
from tests.state.situations import TALES, command, filled, told, word
from tests.state.story import EVERYBODY, Story, instant

WITH_A_ROW: Final = {(line.command, status) for line in GOLDEN for status in line.statuses}
REFUSED: Final = [
    (kind.name, standing)
    for kind in TABLE.commands
    for standing in STANDINGS
    if (kind.name, standing) not in WITH_A_ROW
]
LATE: Final = {line.command for line in GOLDEN if line.late}


@pytest.mark.parametrize("standing", STANDINGS)
def test_there_is_an_enrollment_in_each_status(standing: str) -> None:
    assert word(told(TALES[standing]).status) == standing


class TestNoRow:
    """It is refused for that reason alone, whoever asks, and says in which status (R11)."""

    def test_every_pair_has_a_row_or_is_tried(self) -> None:
        assert len(WITH_A_ROW) + len(REFUSED) == len(TABLE.commands) * len(STANDINGS)

    @pytest.mark.parametrize(("name", "standing"), REFUSED)
    def test_refused_whoever_asks(self, name: str, standing: str) -> None:
        story, wanted = told(TALES[standing]), filled(name)
        text = "not possible " + (
            "without an enrollment" if standing == "none" else f"while {standing.replace('_', ' ')}"
        )
        for by in EVERYBODY:
            (reason,) = story.reasons(wanted, by)
            assert reason.code == f"not_while_{standing}"
            assert reason.text == text
            assert reason.opens_at is None
        self._explained(story, wanted)

    def _explained(self, story: Story, wanted: Command) -> None:
        for by in EVERYBODY:
            verdict, reasons = story.verdict(type(wanted), by), story.reasons(wanted, by)
            assert (verdict.allowed, verdict.needs, verdict.reasons) == (False, (), reasons)


class TestLate:
    """What took effect before the last fact given is refused, except an award (T5)."""

    @pytest.mark.parametrize(
        "name", [kind.name for kind in TABLE.commands if kind.name not in LATE]
    )
    def test_no_other_command_may_be_late(self, name: str) -> None:
        early = evolve(filled(name), at=instant("2024-12-31"))
        for standing in CELLS:
            story = told(TALES[standing])
            for by in EVERYBODY:
                assert story.refused(early, by) == ["before_last_fact"]

    def test_an_award_may(self) -> None:
        assert {"award"} == LATE
        story = Story(FROM_COMPLETION, now="2025-03-01")
        story.give(command("assign").command)
        award = evolve(command("award").command, at=instant("2025-02-01"))
        assert story.give(award).after is Status.CERTIFIED
