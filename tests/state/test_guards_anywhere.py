"""Guards that a host puts on rows of its own: what they hold and say where nothing is there (Q2)."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from attrs import evolve

from certlib.policies import Fee
from certlib.state import (
    TABLE,
    Guard,
    Proposal,
    Status,
    guards,
)
from certlib.state import guards as g
from certlib.state.commands import (
    ApproveEvidence,
    ApproveExam,
    Assign,
    DenyEvidence,
    Enroll,
    RecordExam,
    RecordPayment,
    Start,
    SubmitEvidence,
)
from tests.state.sample import EVERYTHING, FROM_COMPLETION
from tests.state.story import Story, reached
from tests.state.test_guards import proposal


@pytest.mark.parametrize(
    ("guard", "params"),
    [
        (guards.new_day_is_later, {"last_valid_day": ""}),
        (guards.version_is_another_one, {"version": ""}),
        (g.deadline_is_ahead, {"day": ""}),
        (g.new_deadline_is_later, {"day": ""}),
        (g.request_is_open, {"requests": ""}),
        (g.attempts_are_left, {"made": "0", "allowed": "unlimited"}),
        (g.exam_is_open, {"state": "passed"}),
        (g.steps_are_done, {"steps": ""}),
        (g.cycle_fee_is_settled, {"fee": ""}),
        (g.fee_is_of_the_status, {"fee": ""}),
        (g.fee_is_open, {"fees": ""}),
    ],
    ids=lambda each: each.code if isinstance(each, Guard) else None,
)
def test_of_somebody_about_whom_nothing_is_known_it_says_none(
    guard: Guard, params: Mapping[str, str]
) -> None:
    assert guard.reason(proposal(Story(FROM_COMPLETION), None)).params == params


@pytest.mark.parametrize(
    "guard",
    [
        g.exam_is_open,
        g.attempts_are_left,
        g.cool_down_is_over,
        g.steps_are_done,
        g.no_attempts_request_is_open,
        g.exam_is_not_started,
        g.cycle_fee_is_settled,
        g.deadline_is_ahead,
    ],
    ids=lambda guard: guard.code,
)
def test_without_a_cycle_there_is_nothing_against_it(guard: Guard) -> None:
    for status in (None, Status.ASSIGNED):
        assert guard.holds(proposal(reached()[status], None))


class TestARequestOfAnotherKind:
    """Whoever decides about a request decides about one of that kind (rows 13, 14, 17, 18)."""

    def story(self) -> Story:
        """Evidence for a step waits (entry 6), and a passed attempt at the exam (7)."""
        story = Story(EVERYTHING)
        story.give(Enroll(), "learner:ann")
        for fee in (Fee.CERTIFICATION, Fee.EXAM):
            story.give(RecordPayment(fee=fee), "system")
        story.give(Start(), "learner:ann")
        story.give(SubmitEvidence(step="course"), "learner:ann")
        story.give(RecordExam(passed=True), "system")
        return story

    def test_it_is_not_taken_for_one_of_its_own(self) -> None:
        evidence, exam = 5, 6
        story = self.story()
        for command in (ApproveExam(request=evidence), ApproveEvidence(request=exam)):
            assert story.refused(command, "approver:bo") == ["request_is_open"]

    def test_those_of_its_own_are_told(self) -> None:
        story = self.story()
        (reason,) = story.reasons(DenyEvidence(request=99), "approver:bo")
        assert reason.params == {"requests": "5"}
        (reason,) = story.reasons(ApproveExam(request=99), "approver:bo")
        assert reason.params == {"requests": "6"}


def test_explain_asks_a_guard_of_a_host_about_the_same_as_decide() -> None:
    """Q2: the very same guards, of the same status and instants."""
    story = Story(FROM_COMPLETION, now="2025-03-03")
    story.give(Assign())
    story.wait("2025-03-10")
    seen: list[tuple[object, ...]] = []

    def look(p: Proposal) -> bool:
        seen.append((p.status, p.at, p.now, p.actor, p.enrollment))
        return True

    guard = Guard(code="looked_at", sentence="nobody looked", holds=look)
    row = TABLE.row(Status.ASSIGNED, Enroll)
    assert row is not None
    story.table = TABLE.replacing(evolve(row, when=(*row.when, guard)))
    assert story.verdict(Enroll, "learner:ann").allowed
    explained = set(seen)
    seen.clear()
    story.decided(Enroll(), "learner:ann")
    assert set(seen) == explained
    ((status, at, now, _, enrollment),) = explained
    assert (status, at, now) == (Status.ASSIGNED, story.now, story.now)
    assert enrollment == story.enrollment
