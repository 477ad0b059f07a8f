"""Rows 32 and 33: how an enrollment ends in which nothing has begun, and how it loses a source."""

from __future__ import annotations

from datetime import date

import pytest
from attrs import evolve

from certlib.certifications import Access
from certlib.state import AssignmentSource, Command, CycleEnd, Status
from certlib.state.commands import (
    ApproveAccess,
    Assign,
    Award,
    Enroll,
    RecordTestOut,
    Remove,
    RequestAccess,
    RevokeAccess,
    Start,
    StartRecertification,
    Strike,
    Unassign,
)
from tests.state.sample import EVIDENCE, FROM_COMPLETION
from tests.state.story import ANN, Story, instant, reached, statuses, tags

RULE = Assign(source=AssignmentSource.RULE, reference="rule-1")
BY_RULE = Unassign(source=AssignmentSource.RULE, reference="rule-1")


def enrolled(*awards: Award) -> Story:
    """Assigned by hand and enrolled, with awards entered since."""
    story = Story(FROM_COMPLETION, now="2025-01-01")
    story.give(Assign())
    story.give(Enroll(), "learner:ann")
    story.wait("2025-02-01")
    for award in awards:
        story.give(award)
    return story


LEFT = [
    ((), None),
    ((Award(on=date(2024, 1, 10)),), Status.EXPIRED),
    ((Award(on=date(2023, 1, 10)),), Status.LAPSED),
]


class TestRow32Remove:
    """The enrollment ends, its record stays, and it may begin again (row 32, R9)."""

    def test_assigned(self) -> None:
        story = reached()[Status.ASSIGNED]
        given = story.give(Remove())
        assert tags(given) == ["removed"]
        assert statuses(given) == (Status.ASSIGNED, None)
        assert [notice.kind for notice in given.notices] == ["removed"]
        assert story.enrollment.assignments == ()

    @pytest.mark.parametrize(("awards", "status"), LEFT)
    def test_not_started(self, awards: tuple[Award, ...], status: Status | None) -> None:
        story = enrolled(*awards)
        given = story.give(Remove())
        assert tags(given) == ["cycle_ended", "removed"]
        assert statuses(given) == (Status.NOT_STARTED, status)
        assert story.enrollment.cycles[0].ended_by is CycleEnd.REMOVED
        assert story.enrollment.assignments == ()

    def test_not_started_after_a_revocation_that_reached_an_award(self) -> None:
        story = enrolled()
        story.give(RevokeAccess())
        story.give(StartRecertification(), "learner:ann")
        story.give(Award(on=date(2024, 12, 1)))
        assert story.status is Status.NOT_STARTED
        assert story.give(Unassign()).after is Status.REVOKED

    def test_not_started_with_an_award_that_a_strike_brought_in_force(self) -> None:
        """The award that ended the cycle is struck; a later entry, older and valid, did not end it."""
        story = enrolled(Award(), Award(on=date(2024, 12, 1)))
        story.give(Strike(entry=3))
        assert story.status is Status.NOT_STARTED
        assert story.give(Remove()).after is Status.CERTIFIED

    def test_the_history_stays_and_everything_may_begin_again(self) -> None:
        story = enrolled()
        story.give(Remove())
        assert len(story.history) == 4
        assert story.status_at("2025-01-15") is Status.NOT_STARTED
        story.give(Enroll(), "learner:ann")
        assert [cycle.number for cycle in story.enrollment.cycles] == [1, 2]

    @pytest.mark.parametrize(
        ("command", "by"),
        [(Assign(), "system"), (Enroll(), "learner:ann"), (Award(), "admin:eva")],
    )
    def test_after_it_the_rows_of_no_status_apply_again(self, command: Command, by: str) -> None:
        story = enrolled()
        story.give(Remove())
        assert story.give(command, by).before is None

    def test_after_it_one_may_ask_for_access_again(self) -> None:
        story = enrolled()
        story.give(Remove())
        on_request = evolve(FROM_COMPLETION, access=Access.BY_REQUEST)
        story.case = evolve(story.case, certification=on_request)
        story.give(RequestAccess(), "learner:ann")
        assert story.give(ApproveAccess(), "approver:bo").after is Status.NOT_STARTED

    def test_after_it_test_outs_stay_taken_and_the_numbering_goes_on(self) -> None:
        story = Story(EVIDENCE)
        story.give(Assign())
        story.give(Enroll(), "learner:ann")
        story.give(Start(), "learner:ann")
        story.give(RecordTestOut(step="course", passed=False), "system")
        story.give(RevokeAccess())
        story.give(StartRecertification(), "learner:ann")
        story.give(Remove())
        story.give(Enroll(), "learner:ann")
        story.give(Start(), "learner:ann")
        assert [cycle.number for cycle in story.enrollment.cycles] == [1, 2, 3]
        assert story.refused(RecordTestOut(step="course", passed=True), "system") == [
            "test_out_is_not_taken"
        ]

    def test_who_may(self) -> None:
        assert reached()[Status.ASSIGNED].who_may(Remove()) == {"admin"}

    @pytest.mark.parametrize("source", list(AssignmentSource))
    def test_only_what_was_assigned_by_hand_or_import(self, source: AssignmentSource) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Assign())
        story.give(Assign(source=source, reference="other"))
        if source in {AssignmentSource.MANUAL, AssignmentSource.IMPORT}:
            story.give(Remove())
        else:
            (reason,) = story.reasons(Remove())
            assert reason.code == "every_assignment_is_manual"
            assert reason.text == f"an assignment is neither manual nor imported: {source.value}"

    def test_who_enrolled_by_himself_is_not_removed(self) -> None:
        story = reached()[Status.NOT_STARTED]
        assert story.refused(Remove()) == ["every_assignment_is_manual"]


class TestRow33Unassign:
    def test_one_of_several(self) -> None:
        story = reached()[Status.ASSIGNED]
        story.give(RULE)
        given = story.give(Unassign())
        assert tags(given) == ["assignment_dropped"]
        assert statuses(given) == (Status.ASSIGNED, Status.ASSIGNED)
        assert [notice.kind for notice in given.notices] == ["unassigned"]
        assert [a.source for a in story.enrollment.assignments] == [AssignmentSource.RULE]

    def test_the_last_one(self) -> None:
        story = reached()[Status.ASSIGNED]
        given = story.give(Unassign(), "system")
        assert tags(given) == ["assignment_dropped"]
        assert statuses(given) == (Status.ASSIGNED, None)

    def test_one_of_several_in_a_cycle_that_is_not_started(self) -> None:
        story = enrolled()
        story.give(RULE)
        given = story.give(BY_RULE)
        assert tags(given) == ["assignment_dropped"]
        assert statuses(given) == (Status.NOT_STARTED, Status.NOT_STARTED)

    @pytest.mark.parametrize(("awards", "status"), LEFT)
    def test_the_last_one_in_a_cycle_that_is_not_started(
        self, awards: tuple[Award, ...], status: Status | None
    ) -> None:
        story = enrolled(*awards)
        given = story.give(Unassign())
        assert tags(given) == ["assignment_dropped", "cycle_ended"]
        assert statuses(given) == (Status.NOT_STARTED, status)
        assert story.enrollment.cycles[0].ended_by is CycleEnd.REMOVED

    @pytest.mark.parametrize(
        "status",
        [
            Status.IN_PROGRESS,
            Status.PENDING_APPROVAL,
            Status.CERTIFIED,
            Status.EXPIRED,
            Status.LAPSED,
            Status.RECERTIFYING,
            Status.REVOKED,
            Status.DISALLOWED,
        ],
    )
    def test_elsewhere_an_enrollment_may_be_left_without_a_source(self, status: Status) -> None:
        story = reached()[status]
        given = story.give(Unassign(source=AssignmentSource.SELF))
        assert tags(given) == ["assignment_dropped"]
        assert statuses(given) == (status, status)
        assert story.enrollment.assignments == ()

    def test_who_may(self) -> None:
        assert reached()[Status.ASSIGNED].who_may(Unassign()) == {"admin", "system"}

    def test_a_source_that_is_not_there(self) -> None:
        story = reached()[Status.ASSIGNED]
        story.give(RULE)
        (reason,) = story.reasons(Unassign(reference="plan-1"))
        assert reason.code == "assignment_exists"
        assert reason.text == (
            "there is no assignment with this source and reference; the assignments are: manual, rule rule-1"
        )

    def test_no_source_at_all(self) -> None:
        story = reached()[Status.CERTIFIED]
        story.give(Unassign(source=AssignmentSource.SELF))
        (reason,) = story.reasons(Unassign())
        assert reason.text.endswith("; the assignments are: none")

    def test_the_rule_may_go_although_the_learner_is_active(self) -> None:
        story = enrolled()
        story.give(RULE)
        story.case = evolve(story.case, learner=evolve(ANN, active=False))
        story.give(BY_RULE, "system")

    def test_what_it_was_for_stays_in_the_history(self) -> None:
        story = reached()[Status.ASSIGNED]
        story.give(Unassign())
        assert story.status_at("2025-01-01 12:00") is Status.ASSIGNED
        assert story.enrollment.last_fact_at == instant("2025-01-02")
