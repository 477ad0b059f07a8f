"""Commands as values: their names, their fields, what they refuse to be."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from certlib.errors import InvalidValueError
from certlib.state import TABLE, Event
from certlib.state.commands import COMMANDS, Assign, Award, CompleteStep, Enroll, Strike, Unassign
from certlib.state.enrollments import AssignmentSource
from certlib.state.facts import AssignmentAdded
from certlib.state.notices import Notice
from certlib.state.reasons import Reason, ReasonKind
from tests.state.story import instant

NAMES = {
    "assign": ("source", "reference", "due_on"),
    "unassign": ("source", "reference"),
    "enroll": (),
    "start": (),
    "complete_step": ("step", "path"),
    "start_recertification": (),
    "abandon_recertification": (),
    "force_recertification": (),
    "revoke_access": (),
    "permanently_revoke": (),
    "restore_access": (),
    "remove": (),
    "award": ("on", "score", "expires_on", "always_valid"),
    "strike": ("entry",),
}
"""By hand from the command line's page."""


def test_names_and_fields_are_those_of_the_command_line() -> None:
    assert {kind.name: kind.own_fields() for kind in COMMANDS} == NAMES


def test_the_table_has_a_row_for_each() -> None:
    assert set(TABLE.commands) == set(COMMANDS)
    assert len(set(COMMANDS)) == len(COMMANDS)


def test_fields_that_must_be_given() -> None:
    required = {kind.name: kind.required_fields() for kind in COMMANDS if kind.required_fields()}
    assert required == {"complete_step": ("step",), "strike": ("entry",)}


def test_defaults() -> None:
    assert Assign().source is Unassign().source is AssignmentSource.MANUAL
    assert (Award().on, Award().always_valid, Enroll().at) == (None, False, None)


def test_instants_are_aware() -> None:
    with pytest.raises(InvalidValueError, match="an aware datetime"):
        Enroll(at=datetime(2025, 1, 1))  # noqa: DTZ001


@pytest.mark.parametrize("text", ["", " x", "a\nb", "x" * 201])
def test_codes_are_printable(text: str) -> None:
    with pytest.raises(InvalidValueError):
        CompleteStep(step=text)
    with pytest.raises(InvalidValueError):
        Assign(reference=text)


def test_entries_count_from_one() -> None:
    with pytest.raises(InvalidValueError, match="from 1 on"):
        Strike(entry=0)


def test_an_award_of_a_day_with_an_explicit_end() -> None:
    award = Award(on=date(2025, 1, 1), expires_on=date(2025, 12, 31), score="97")
    assert award.score == "97"


class TestEvents:
    def event(self, **changes: object) -> Event:
        values = {
            "sequence": 1,
            "entry": 1,
            "at": instant("2025-01-01"),
            "recorded_at": instant("2025-01-01"),
            "actor": "system",
            "row": "assign",
            "fact": AssignmentAdded(source=AssignmentSource.MANUAL),
        }
        return Event(**{**values, **changes})  # type: ignore[arg-type]

    def test_it_is_a_value(self) -> None:
        assert self.event() == self.event()
        assert self.event().because == ()

    @pytest.mark.parametrize(
        "changes",
        [
            {"sequence": 0},
            {"entry": 0},
            {"import_row": 0},
            {"at": datetime(2025, 1, 1)},  # noqa: DTZ001
            {"recorded_at": datetime(2025, 1, 1)},  # noqa: DTZ001
        ],
    )
    def test_what_it_refuses_to_be(self, changes: dict[str, object]) -> None:
        with pytest.raises(InvalidValueError):
            self.event(**changes)


class TestReasonsAndNotices:
    def test_a_reason_is_a_template_with_its_parameters(self) -> None:
        reason = Reason(
            code="full", kind=ReasonKind.GUARD, template="{n} are enough", params={"n": "9"}
        )
        assert (reason.text, reason.opens_at) == ("9 are enough", None)
        assert Reason(code="full", kind=ReasonKind.GUARD, template="enough").text == "enough"

    def test_a_notice_has_an_aware_instant(self) -> None:
        with pytest.raises(InvalidValueError):
            Notice(
                kind="certified",
                learner="ann",
                certification="FIRE-1",
                at=datetime(2025, 1, 1),  # noqa: DTZ001
                entry=1,
            )
