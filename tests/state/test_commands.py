"""Commands as values: their names, their fields, what they refuse to be."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from certlib._reasons import Reason, ReasonKind
from certlib.errors import InvalidCommandError, InvalidValueError
from certlib.policies import Fee
from certlib.state import TABLE, Event
from certlib.state._enrollments import AssignmentSource
from certlib.state._notices import Notice
from certlib.state.commands import (
    ApproveEvidence,
    ApproveExam,
    Assign,
    Award,
    CompleteStep,
    DenyAttempts,
    DenyEvidence,
    DenyExam,
    DueDate,
    Enroll,
    GrantAttempts,
    MoveToVersion,
    OverridePayment,
    RecordExam,
    RecordPayment,
    RecordTestOut,
    Strike,
    SubmitEvidence,
    Unassign,
)
from certlib.state.facts import AssignmentAdded
from tests.state.story import instant

NAMES = {
    "assign": ("source", "reference", "due_on"),
    "unassign": ("source", "reference"),
    "enroll": (),
    "start": (),
    "complete_step": ("step", "path"),
    "award": ("on", "score", "expires_on", "always_valid"),
    "strike": ("entry",),
    "start_recertification": (),
    "abandon_recertification": (),
    "force_recertification": (),
    "revoke_access": (),
    "permanently_revoke": (),
    "restore_access": (),
    "remove": (),
    "extend_certificate": ("until",),
    "extend_deadline": ("until",),
    "move_to_version": ("version", "redate"),
    "request_access": (),
    "approve_access": (),
    "deny_access": (),
    "record_payment": ("fee", "reference"),
    "override_payment": ("fee",),
    "submit_evidence": ("step",),
    "approve_evidence": ("request",),
    "deny_evidence": ("request",),
    "record_test_out": ("step", "passed"),
    "record_exam": ("passed", "score"),
    "approve_exam": ("request",),
    "deny_exam": ("request",),
    "request_attempts": (),
    "grant_attempts": ("request", "count"),
    "deny_attempts": ("request",),
    "override_training": (),
    "override_exam": (),
}
"""By hand from the command line's page."""


def test_names_and_fields_are_those_of_the_command_line() -> None:
    assert {kind.name: kind.own_fields() for kind in TABLE.commands} == NAMES


def test_fields_that_must_be_given() -> None:
    required = {
        kind.name: kind.required_fields() for kind in TABLE.commands if kind.required_fields()
    }
    assert required == {
        "complete_step": ("step",),
        "strike": ("entry",),
        "extend_certificate": ("until",),
        "extend_deadline": ("until",),
        "move_to_version": ("version",),
        "record_payment": ("fee",),
        "submit_evidence": ("step",),
        "approve_evidence": ("request",),
        "deny_evidence": ("request",),
        "record_test_out": ("step", "passed"),
        "record_exam": ("passed",),
        "approve_exam": ("request",),
        "deny_exam": ("request",),
        "grant_attempts": ("request",),
        "deny_attempts": ("request",),
    }


def test_defaults() -> None:
    assert Assign().source is Unassign().source is AssignmentSource.MANUAL
    assert (Award().on, Award().always_valid, Enroll().at) == (None, False, None)
    assert Assign().due_on is DueDate.BY_POLICY
    assert OverridePayment().fee is None
    assert RecordPayment(fee=Fee.EXAM).reference is None
    assert not MoveToVersion(version=2).redate
    assert GrantAttempts(request=1).count == 1
    assert RecordExam(passed=True).score is None


def test_instants_are_aware() -> None:
    with pytest.raises(InvalidValueError, match="an aware datetime"):
        Enroll(at=datetime(2025, 1, 1))  # noqa: DTZ001


@pytest.mark.parametrize("text", ["", " x", "a\nb", "x" * 201])
def test_codes_are_printable(text: str) -> None:
    with pytest.raises(InvalidValueError):
        CompleteStep(step=text)
    with pytest.raises(InvalidValueError):
        Assign(reference=text)


@pytest.mark.parametrize("text", ["", " x", "a\nb", "x" * 201])
def test_steps_and_references_are_codes(text: str) -> None:
    with pytest.raises(InvalidValueError, match=r"SubmitEvidence\.step"):
        SubmitEvidence(step=text)
    with pytest.raises(InvalidValueError, match=r"RecordTestOut\.step"):
        RecordTestOut(step=text, passed=True)
    with pytest.raises(InvalidValueError, match=r"RecordPayment\.reference"):
        RecordPayment(fee=Fee.EXAM, reference=text)


@pytest.mark.parametrize("number", [0, -1, True])
def test_entries_requests_versions_and_counts_are_from_one_on(number: int) -> None:
    for kind in (ApproveEvidence, DenyEvidence, ApproveExam, DenyExam, GrantAttempts, DenyAttempts):
        with pytest.raises(InvalidValueError, match=f"{kind.__name__}.request is .* from 1 on"):
            kind(request=number)
    with pytest.raises(InvalidValueError, match=r"GrantAttempts\.count is .* from 1 on"):
        GrantAttempts(request=1, count=number)
    with pytest.raises(InvalidValueError, match=r"MoveToVersion\.version is .* from 1 on"):
        MoveToVersion(version=number)
    with pytest.raises(InvalidValueError, match=r"Strike\.entry is .* from 1 on"):
        Strike(entry=number)


def test_an_award_says_its_day_or_its_instant_and_one_end() -> None:
    with pytest.raises(InvalidCommandError) as caught:
        Award(on=date(2025, 1, 1), at=instant("2025-01-01"))
    assert (caught.value.what, caught.value.value) == ("Award.on", "2025-01-01")
    with pytest.raises(InvalidCommandError) as caught:
        Award(expires_on=date(2026, 1, 1), always_valid=True)
    assert (caught.value.what, caught.value.value) == ("Award.expires_on", "2026-01-01")


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
