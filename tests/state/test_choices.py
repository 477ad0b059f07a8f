"""Choices: for each command that is about one thing of a few, what that may be."""

from __future__ import annotations

import pytest
from attrs import evolve

from certlib.policies import Fee
from certlib.state import Command, Proposal, Status
from certlib.state._rows import TABLE
from certlib.state.commands import (
    AboutRequest,
    Assign,
    MoveToVersion,
    RecordPayment,
    Strike,
    SubmitEvidence,
    Unassign,
)
from tests.state.sample import EVIDENCE, FROM_COMPLETION
from tests.state.story import Story, actor, reached, started

CHOOSING = {kind: kind.chooses for kind in TABLE.commands if kind.chooses is not None}
ABOUT = [kind for kind in TABLE.commands if issubclass(kind, AboutRequest)]
"""The commands that decide a request."""


def choices(story: Story, kind: type[Command]) -> dict[str, Command]:
    proposal = Proposal(
        case=story.case,
        command=None,
        actor=actor("admin:eva"),
        at=story.now,
        now=story.now,
        enrollment=story.enrollment,
        status=story.status,
    )
    return {each.label: each.command for each in kind.choices(proposal)}


class TestEveryKind:
    @pytest.mark.parametrize("kind", CHOOSING, ids=lambda kind: kind.name)
    def test_the_field_is_one_of_the_command(self, kind: type[Command]) -> None:
        field = CHOOSING[kind]
        assert kind in TABLE.commands
        assert field in kind.own_fields()

    @pytest.mark.parametrize("kind", CHOOSING, ids=lambda kind: kind.name)
    def test_a_choice_is_a_command_of_that_kind_with_that_label(self, kind: type[Command]) -> None:
        field = CHOOSING[kind]
        for story in reached().values():
            for label, command in choices(story, kind).items():
                assert type(command) is kind
                assert label.startswith(str(getattr(command, field)))

    def test_whoever_decides_about_a_request_chooses_it(self) -> None:
        assert {kind for kind, field in CHOOSING.items() if field == "request"} == set(ABOUT)

    @pytest.mark.parametrize("kind", CHOOSING, ids=lambda kind: kind.name)
    def test_of_somebody_about_whom_nothing_is_known(self, kind: type[Command]) -> None:
        found = choices(Story(evolve(FROM_COMPLETION, versions=())), kind)
        assert set(found) == ({*Fee} if kind is RecordPayment else set())


class TestWhatIsOffered:
    def test_nothing_by_a_command_that_is_about_no_thing_of_a_few(self) -> None:
        for kind in set(TABLE.commands) - set(CHOOSING):
            assert choices(started(EVIDENCE), kind) == {}

    def test_missing_steps_in_order(self) -> None:
        story = started(EVIDENCE)
        assert choices(story, SubmitEvidence) == {
            "course": SubmitEvidence(step="course"),
            "visit": SubmitEvidence(step="visit"),
        }

    def test_requests_of_the_kind_by_number(self) -> None:
        story = reached()[Status.PENDING_APPROVAL]
        for kind in ABOUT:
            expected = ["3", "4"] if kind.name.endswith("evidence") else []
            assert list(choices(story, kind)) == expected

    def test_versions_by_number(self) -> None:
        assert choices(started(EVIDENCE), MoveToVersion) == {"1": MoveToVersion(version=1)}

    def test_assignments_with_their_reference(self) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Assign())
        story.give(Assign(reference="plan-1"))
        assert choices(story, Unassign) == {
            "manual": Unassign(),
            "manual plan-1": Unassign(reference="plan-1"),
        }

    def test_entries(self) -> None:
        story = started(EVIDENCE)
        story.give(SubmitEvidence(step="course"), "learner:ann")
        assert list(choices(story, Strike)) == ["1", "2", "3"]
