"""Rows 3, 4 and 5: asking for access, and what an approver says."""

from __future__ import annotations

import pytest
from attrs import evolve

from certlib.actors import Actor, Role
from certlib.certifications import Access, VersionState
from certlib.state import AssignmentSource, CycleKind, RequestKind, RequestState, Status
from certlib.state.commands import (
    ApproveAccess,
    Assign,
    Award,
    DenyAccess,
    Enroll,
    Remove,
    RequestAccess,
    Strike,
    Unassign,
)
from tests.state.sample import FROM_COMPLETION, PER_CERTIFICATE
from tests.state.story import ANN, Story, instant, statuses, tags

ON_REQUEST = evolve(FROM_COMPLETION, access=Access.BY_REQUEST)
RETIRED = evolve(
    ON_REQUEST,
    active=False,
    versions=tuple(evolve(each, state=VersionState.RETIRED) for each in ON_REQUEST.versions),
)
INACTIVE = evolve(ANN, active=False)


def requested() -> Story:
    """Ann has asked for access (entry 1)."""
    story = Story(ON_REQUEST)
    story.give(RequestAccess(), "learner:ann")
    return story


def states(story: Story) -> list[RequestState]:
    return [each.state for each in story.enrollment.access_requests]


class TestRow3RequestAccess:
    def test_what_it_records(self) -> None:
        story = Story(ON_REQUEST)
        given = story.give(RequestAccess(reason="new job"), "learner:ann")
        assert tags(given) == ["access_requested"]
        assert statuses(given) == (None, None)
        assert [notice.kind for notice in given.notices] == ["access_requested"]
        (request,) = story.enrollment.access_requests
        assert (request.number, request.kind, request.state) == (
            1,
            RequestKind.ACCESS,
            RequestState.OPEN,
        )
        assert request.at == instant("2025-01-01")
        assert story.enrollment.open_access_request == request

    def test_it_is_not_an_enrollment_yet(self) -> None:
        story = requested()
        assert story.status is None
        assert story.enrollment.assignments == ()
        assert story.enrollment.open_cycle is None

    def test_who_may(self) -> None:
        assert Story(ON_REQUEST).who_may(RequestAccess()) == {"learner"}

    @pytest.mark.parametrize(
        ("access", "word"), [(Access.OPEN, "open"), (Access.ASSIGNED_ONLY, "assigned only")]
    )
    def test_access_that_is_not_by_request(self, access: Access, word: str) -> None:
        story = Story(evolve(FROM_COMPLETION, access=access))
        (reason,) = story.reasons(RequestAccess(), "learner:ann")
        assert reason.code == "access_is_by_request"
        assert reason.text == f"access is not given by request: it is {word}"

    def test_one_at_a_time(self) -> None:
        (reason,) = requested().reasons(RequestAccess(), "learner:ann")
        assert reason.code == "no_access_request_is_open"
        assert reason.text == "a request for access is already waiting"

    def test_the_certification_is_to_be_usable(self) -> None:
        story = Story(RETIRED, learner=INACTIVE)
        assert story.refused(RequestAccess(), "learner:ann") == [
            "learner_is_active",
            "certification_is_active",
            "version_is_published",
        ]
        awarded_only = evolve(PER_CERTIFICATE, access=Access.BY_REQUEST)
        assert Story(awarded_only).refused(RequestAccess(), "learner:ann") == [
            "version_begins_cycles"
        ]

    def test_nobody_asks_who_has_a_status(self) -> None:
        story = Story(ON_REQUEST)
        story.give(Assign())
        assert story.refused(RequestAccess(), "learner:ann") == ["not_while_assigned"]


class TestRow4ApproveAccess:
    def test_what_it_records(self) -> None:
        story = requested()
        given = story.give(ApproveAccess(), "approver:bo", "2025-01-05")
        assert tags(given) == ["access_approved", "assignment_added", "cycle_began"]
        assert statuses(given) == (None, Status.NOT_STARTED)
        assert [notice.kind for notice in given.notices] == ["access_approved"]
        assert states(story) == [RequestState.APPROVED]
        (assignment,) = story.enrollment.assignments
        assert assignment.source is AssignmentSource.REQUEST
        cycle = story.enrollment.open_cycle
        assert cycle is not None
        assert (cycle.kind, cycle.began_at) == (CycleKind.INITIAL, instant("2025-01-05"))

    def test_who_may(self) -> None:
        assert requested().who_may(ApproveAccess()) == {"approver"}

    def test_nobody_approves_his_own(self) -> None:
        himself = Actor(role=Role.APPROVER, id="ann")
        assert requested().refused(ApproveAccess(), himself) == ["nobody_for_himself"]

    def test_nothing_asked_for(self) -> None:
        (reason,) = Story(ON_REQUEST).reasons(ApproveAccess(), "approver:bo")
        assert reason.code == "access_request_is_open"
        assert reason.text == "no request for access is waiting"

    def test_the_certification_is_to_be_usable_still(self) -> None:
        story = requested()
        story.case = evolve(story.case, certification=RETIRED, learner=INACTIVE)
        assert story.refused(ApproveAccess(), "approver:bo") == [
            "learner_is_active",
            "certification_is_active",
            "version_is_published",
        ]

    def test_access_by_request_is_not_asked_again(self) -> None:
        story = requested()
        story.case = evolve(story.case, certification=FROM_COMPLETION)
        assert story.give(ApproveAccess(), "approver:bo").after is Status.NOT_STARTED

    def test_who_came_by_request_is_not_removed(self) -> None:
        story = requested()
        story.give(ApproveAccess(), "approver:bo")
        assert story.refused(Remove()) == ["every_assignment_is_manual"]


class TestRow5DenyAccess:
    def test_what_it_records(self) -> None:
        story = requested()
        given = story.give(DenyAccess(reason="no budget"), "approver:bo")
        assert tags(given) == ["access_denied"]
        assert statuses(given) == (None, None)
        assert [notice.kind for notice in given.notices] == ["access_denied"]
        assert given.events[0].reason == "no budget"
        assert states(story) == [RequestState.DENIED]

    def test_who_may(self) -> None:
        assert requested().who_may(DenyAccess()) == {"approver"}

    def test_nobody_denies_his_own(self) -> None:
        himself = Actor(role=Role.APPROVER, id="ann")
        assert requested().refused(DenyAccess(), himself) == ["nobody_for_himself"]

    def test_nothing_asked_for_or_decided_already(self) -> None:
        assert Story(ON_REQUEST).refused(DenyAccess(), "approver:bo") == ["access_request_is_open"]
        story = requested()
        story.give(DenyAccess(), "approver:bo")
        assert story.refused(DenyAccess(), "approver:bo") == ["access_request_is_open"]
        assert story.refused(ApproveAccess(), "approver:bo") == ["access_request_is_open"]

    def test_it_may_be_denied_although_nothing_is_usable(self) -> None:
        story = requested()
        story.case = evolve(story.case, certification=RETIRED, learner=INACTIVE)
        story.give(DenyAccess(), "approver:bo")

    def test_one_may_ask_again(self) -> None:
        story = requested()
        story.give(DenyAccess(), "approver:bo", "2025-01-02")
        story.give(RequestAccess(), "learner:ann", "2025-01-03")
        assert states(story) == [RequestState.DENIED, RequestState.OPEN]
        assert [each.number for each in story.enrollment.access_requests] == [1, 3]


class TestSuperseded:
    """A request for access is open only while there has been no status since it was made (R3)."""

    def test_by_an_assignment(self) -> None:
        story = requested()
        given = story.give(Assign(), now="2025-01-02")
        assert given.after is Status.ASSIGNED
        assert states(story) == [RequestState.SUPERSEDED]
        assert story.refused(ApproveAccess(), "approver:bo") == ["not_while_assigned"]
        assert story.refused(DenyAccess(), "approver:bo") == ["not_while_assigned"]

    def test_it_stays_so_after_the_status_is_gone(self) -> None:
        story = requested()
        story.give(Assign(), now="2025-01-02")
        story.give(Unassign(), now="2025-01-03")
        assert story.status is None
        assert story.refused(ApproveAccess(), "approver:bo") == ["access_request_is_open"]
        story.give(RequestAccess(), "learner:ann", "2025-01-04")
        assert states(story) == [RequestState.SUPERSEDED, RequestState.OPEN]

    def test_by_enrolling_where_access_was_opened_since(self) -> None:
        story = requested()
        story.case = evolve(story.case, certification=FROM_COMPLETION)
        story.give(Enroll(), "learner:ann")
        assert states(story) == [RequestState.SUPERSEDED]

    def test_by_an_award_that_lies_before_it(self) -> None:
        story = Story(ON_REQUEST, now="2025-01-10")
        story.give(RequestAccess(), "learner:ann")
        story.give(Award(at=instant("2025-01-05")), now="2025-01-11")
        assert story.status is Status.CERTIFIED
        assert story.enrollment.open_access_request is None

    def test_it_is_open_again_where_the_assignment_is_struck(self) -> None:
        story = requested()
        story.give(Assign(), now="2025-01-02")
        story.give(Strike(entry=2), now="2025-01-03")
        assert states(story) == [RequestState.OPEN]
        assert story.give(ApproveAccess(), "approver:bo").after is Status.NOT_STARTED
