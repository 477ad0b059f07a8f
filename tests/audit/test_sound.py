"""What real decisions make is sound, however late, struck, moved and swept."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from attrs import evolve

from certlib.audit import audit
from certlib.certifications import Certification, VersionState
from certlib.policies import ExamRules
from certlib.state import AssignmentSource, Event
from certlib.state import commands as c
from certlib.state._rows import TABLE
from certlib.transcript import Completion, Transcript
from tests.audit import broken
from tests.audit.lives import life, record_of
from tests.cases import EXPLORED
from tests.histories import CERTIFICATIONS, walks
from tests.state.sample import EVERYTHING, FROM_COMPLETION, with_exam
from tests.state.story import Story, instant, started

LIVES = (*EXPLORED, EVERYTHING, *list(CERTIFICATIONS.values())[-3:])
LATER = timedelta(days=4000)


def codes(story: Story) -> set[str]:
    return {finding.code for finding in audit(record_of(story.case, story.now), at=story.now)}


@pytest.mark.slow
@pytest.mark.parametrize("certification", LIVES, ids=lambda each: each.code)
@pytest.mark.parametrize("seed", range(4))
def test_lives(certification: Certification, seed: int) -> None:
    record, now = life(seed, certification)
    assert record.enrollment.entries > 5
    assert audit(record, at=now) == ()


@pytest.mark.slow
def test_the_lives_are_full() -> None:
    """They hold every kind of fact but a few rare ones: the test above rests on that."""
    told: set[type[object]] = set()
    for certification in LIVES:
        for seed in range(4):
            history: tuple[Event, ...] = life(seed, certification)[0].history
            told |= {type(event.fact) for event in history}
    assert len(set(TABLE.facts) - told) < 6, sorted(each.tag for each in set(TABLE.facts) - told)


@pytest.mark.slow
@pytest.mark.parametrize("name", CERTIFICATIONS)
def test_walks(name: str) -> None:
    for walked in walks(name, 3):
        now = max(taken.now for taken in walked.taken)
        assert audit(record_of(walked.case, now), at=now) == ()


def test_later_as_well() -> None:
    """Time breaks nothing: an index that no sweep has refreshed is found by its next change alone."""
    record, now = life(1, EXPLORED[0])
    assert audit(record, at=now + LATER) == audit(record, at=now)


def test_a_row_that_the_table_has_no_more() -> None:
    """An award that came late by a row of another table, and a fact of a host's row."""
    record, now = life(3, EXPLORED[1])
    assert any(event.row == "award" for event in record.history)
    assert audit(record, at=now) == ()


def test_an_assignment_given_again_whose_dropping_is_struck() -> None:
    story = Story(EXPLORED[0], now="2025-01-01")
    story.give(c.Assign())
    story.give(c.Assign(source=AssignmentSource.RULE))
    story.give(c.Unassign())
    story.give(c.Assign())
    story.give(c.Strike(entry=3))
    assert codes(story) == set()


def test_completions_that_the_transcript_has() -> None:
    cited, _ = broken.damaged("completion_is_unknown")
    completion = Completion(
        training="COURSE", at=broken.JANUARY, recorded_at=broken.JANUARY, actor="system"
    )
    known = evolve(cited, transcript=Transcript(completions=(completion,)))
    assert audit(known, at=broken.MARCH) == ()
    assert audit(evolve(cited, transcript=None), at=broken.MARCH) == ()


class TestAttempts:
    """As many as the policy and approvers allow, by any version that the cycle was pinned to."""

    def test_granted(self) -> None:
        story = started(with_exam(ExamRules(attempts=1)))
        story.give(c.RecordExam(passed=False), "system")
        story.give(c.RequestAttempts(), "learner:ann")
        story.give(c.GrantAttempts(request=4, count=1), "approver:bo")
        story.give(c.RecordExam(passed=False), "system")
        assert codes(story) == set()
        story.give(c.Strike(entry=5))
        assert codes(story) == set()

    def test_before_a_move(self) -> None:
        """The version that the cycle was pinned to had allowed more."""
        more = with_exam(ExamRules(attempts=2)).versions[0]
        fewer = with_exam(ExamRules(attempts=1)).versions[0]
        story = started(
            Certification(
                code="MOVED-1", versions=(more, evolve(fewer, number=2, state=VersionState.RETIRED))
            )
        )
        for _ in range(2):
            story.give(c.RecordExam(passed=False), "system")
        published = evolve(fewer, number=2)
        story.case = evolve(
            story.case, certification=Certification(code="MOVED-1", versions=(more, published))
        )
        story.give(c.MoveToVersion(version=2))
        assert codes(story) == set()

    def test_any_number(self) -> None:
        story = started(with_exam(ExamRules()))
        for _ in range(3):
            story.give(c.RecordExam(passed=False), "system")
        assert codes(story) == set()


def test_a_forced_recertification_may_shorten() -> None:
    """All at one instant: what it renews is revoked by then."""
    story = Story(FROM_COMPLETION, now="2025-01-01")
    story.give(c.Award(expires_on=date(2030, 1, 1)))
    story.give(c.ForceRecertification(), now="2025-02-01")
    story.give(c.CompleteStep(step="course"), "system")
    assert codes(story) == set()


def test_commands_that_come_late() -> None:
    """An award of long ago, and one that ends the open cycle."""
    story = started(EXPLORED[0], now="2025-01-01")
    story.give(c.Award(at=instant("2020-05-01")), now="2025-02-01")
    assert codes(story) == set()
    story.give(c.Award(at=instant("2024-12-01")), now="2025-02-02")
    assert codes(story) == set()
