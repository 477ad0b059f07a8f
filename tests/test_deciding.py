"""Several commands about one case, each decided on what the ones before it left."""

from __future__ import annotations

from datetime import timedelta

import pytest

from certlib import Actor, Case
from certlib._deciding import Decisions, decide_and_follow_up, joined
from certlib.state import Accepted, AssignmentSource, Refused, Status
from certlib.state.commands import Assign, Award, Command, Enroll, Remove, Start
from certlib.transcript import Completion, Transcript
from tests.hosts import EVA, FIRE, FORK, NOW, PEOPLE, SYSTEM

ANN, BO, *_ = PEOPLE
BO_ACTS = Actor.parse("learner:bo")


def of_bo() -> Decisions:
    return Decisions(Case.blank(learner=BO, certification=FORK), now=NOW)


def of_ann() -> Decisions:
    """Return the case of Ann, who has completed all of the fire wardens' course."""
    done = (
        Completion(training=each, at=NOW - timedelta(hours=1), recorded_at=NOW)
        for each in ("DAY", "DRILL")
    )
    blank = Case.blank(learner=ANN, certification=FIRE)
    transcript = Transcript(completions=tuple(done))
    case = Case(
        learner=blank.learner,
        certification=blank.certification,
        enrollment=blank.enrollment,
        transcript=transcript,
        history=(),
    )
    return Decisions(case, now=NOW)


class TestDecisions:
    def test_each_is_decided_on_what_the_ones_before_it_left(self) -> None:
        decisions = of_bo()
        for command, status in ((Enroll(), Status.NOT_STARTED), (Start(), Status.IN_PROGRESS)):
            decision = decisions.give(command, actor=BO_ACTS)
            assert isinstance(decision, Accepted)
            assert decision.after is status
        assert decisions.case.enrollment.status_at(NOW) is Status.IN_PROGRESS
        recorded = [event for each in decisions.accepted for event in each.events]
        assert decisions.case.history == tuple(recorded)
        assert decisions.before.enrollment.status_at(NOW) is None

    def test_a_refused_one_changes_nothing(self) -> None:
        decisions = of_bo()
        decisions.give(Enroll(), actor=BO_ACTS)
        left = decisions.case
        assert isinstance(decisions.give(Enroll(), actor=BO_ACTS), Refused)
        assert decisions.case is left
        assert len(decisions.accepted) == 1

    @pytest.mark.parametrize(("import_id", "row"), [(None, None), ("i-1", 7)])
    def test_what_follows_carries_the_import_and_its_row(
        self, import_id: str | None, row: int | None
    ) -> None:
        decisions = of_ann()
        assign = Assign(source=AssignmentSource.IMPORT, import_id=import_id, import_row=row)
        decisions.give(assign, actor=EVA)
        assert decisions.follow_up(import_id=import_id, import_row=row)
        assert decisions.case.enrollment.status_at(NOW) is Status.CERTIFIED
        history = decisions.case.history or ()
        assert {(each.import_id, each.import_row) for each in history} == {(import_id, row)}

    def test_it_says_where_nothing_follows(self) -> None:
        assert not of_bo().follow_up()
        assert of_bo().accepted == []

    def test_with_a_completion_it_is_about_that_one(self) -> None:
        fork = Completion(training="FORK", at=NOW, recorded_at=NOW, import_id="i-1", import_row=2)
        case = Case.blank(learner=BO, certification=FORK)
        case = Case(
            learner=BO,
            certification=FORK,
            enrollment=case.enrollment,
            transcript=Transcript(completions=(fork,)),
            history=(),
        )
        decisions = Decisions(case, now=NOW)
        assert not decisions.follow_up()
        assert decisions.follow_up(fork)
        assert decisions.case.enrollment.status_at(NOW) is Status.CERTIFIED


class TestJoined:
    def test_one_stays_what_it_is(self) -> None:
        decision = of_bo().give(Award(), actor=EVA)
        assert isinstance(decision, Accepted)
        assert joined([decision]) is decision

    def test_several_are_one_from_before_the_first_to_after_the_last(self) -> None:
        decisions = of_ann()
        decisions.give(Assign(), actor=EVA)
        decisions.follow_up()
        one = joined(decisions.accepted)
        assert (one.before, one.after) == (None, Status.CERTIFIED)
        assert one.enrollment == decisions.case.enrollment
        assert one.events == decisions.case.history
        assert [each.kind for each in one.notices] == ["assigned", "certified"]
        assert one.withdrawn == ()

    @pytest.mark.parametrize(
        ("command", "tags"),
        [
            (
                Assign(),
                [
                    "assignment_added",
                    "cycle_began",
                    "cycle_started",
                    "step_completed",
                    "certificate_issued",
                ],
            ),
            (Award(), ["certificate_awarded"]),
        ],
    )
    def test_only_some_commands_are_followed_up(self, command: Command, tags: list[str]) -> None:
        found = decide_and_follow_up(of_ann().case, command, actor=EVA, now=NOW)
        assert isinstance(found, Accepted)
        assert [event.fact.tag for event in found.events] == tags

    def test_a_refusal_is_returned_as_it_is(self) -> None:
        found = decide_and_follow_up(of_ann().case, Remove(), actor=SYSTEM, now=NOW)
        assert isinstance(found, Refused)
