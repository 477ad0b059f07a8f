"""Real histories in which everything happens: stored, read back, and folded again, they are the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date

import pytest
from attrs import evolve

from certlib.certifications import (
    Access,
    Certification,
    Curriculum,
    Exam,
    External,
    Online,
    Step,
    TestOut,
)
from certlib.periods import Period
from certlib.policies import (
    Deadlines,
    ExamRules,
    Fee,
    Fees,
    FromCompletion,
    Grace,
    InitialDeadline,
    Policy,
    RecertificationDeadline,
)
from certlib.requirements import Completed
from certlib.serialize import (
    certification_document,
    dump_enrollment,
    dump_event,
    load_enrollment,
    load_event,
    read_certification,
)
from certlib.state import Status, replay
from certlib.state import commands as c
from certlib.state._rows import TABLE
from tests.state.sample import certification
from tests.state.story import Story

YEAR, MONTH = Period.parse("P1Y"), Period.parse("P1M")


def step(code: str) -> Step:
    return Step(
        code=code,
        paths=(Online(requires=Completed(training="A")), External(), TestOut(code="T")),
    )


def everything(access: Access = Access.BY_REQUEST) -> Certification:
    """Three steps and an exam, every fee, deadlines of a month, approval of a pass; two versions."""
    policy = Policy(
        validity=FromCompletion(period=YEAR),
        grace=Grace(period=MONTH),
        fees=Fees(certification=True, exam=True, recertification=True, reinstatement=True),
        exam=ExamRules(attempts=1, approval=True),
        deadlines=Deadlines(
            initial=InitialDeadline(due=MONTH, hard=True),
            recertification=RecertificationDeadline(due=MONTH, hard=True),
        ),
    )
    curriculum = Curriculum(
        steps=(step("course"), step("drill"), step("quiz")), exam=Exam(code="exam")
    )
    made = certification(policy, initial=curriculum, access=access)
    first = made.versions[0]
    second = evolve(
        first,
        number=2,
        published_on=date(2025, 2, 1),
        policy=evolve(policy, validity=FromCompletion(period=Period.parse("P2Y"))),
    )
    return evolve(made, versions=(first, second))


def told() -> Story:
    """One learner, to whom everything happens."""
    ann, system, bo = "learner:ann", "system", "approver:bo"
    story = Story(everything(), now="2025-01-01")
    story.give(c.RequestAccess(), ann)
    story.give(c.DenyAccess(), bo)
    story.give(c.RequestAccess(), ann)
    story.give(c.ApproveAccess(), bo, "2025-01-02")
    story.give(c.Assign(reference="plan"))
    story.give(c.Unassign(reference="plan"))
    story.give(c.OverridePayment())
    story.give(c.Start(), ann, "2025-01-03")
    story.give(c.CompleteStep(step="course", path="online"), system)
    denied = story.give(c.SubmitEvidence(step="drill"), ann).events[0].entry
    story.give(c.DenyEvidence(request=denied), bo)
    approved = story.give(c.SubmitEvidence(step="drill"), ann).events[0].entry
    story.give(c.ApproveEvidence(request=approved), bo)
    story.give(c.RecordTestOut(step="quiz", passed=False), system)
    story.give(c.RecordPayment(fee=Fee.EXAM, reference="bill-7"), system)
    held = story.give(c.RecordExam(passed=True, score="87"), system).events[0].entry
    story.give(c.DenyExam(request=held), bo)
    asked = story.give(c.RequestAttempts(), ann).events[0].entry
    story.give(c.DenyAttempts(request=asked), bo)
    asked = story.give(c.RequestAttempts(), ann).events[0].entry
    story.give(c.GrantAttempts(request=asked, count=2), bo)
    story.give(c.ExtendDeadline(until=date(2025, 2, 28)))
    story.give(c.MoveToVersion(version=2), now="2025-02-10")
    held = story.give(c.RecordExam(passed=True), system).events[0].entry
    story.give(c.ApproveExam(request=held), bo)
    assert story.status is Status.IN_PROGRESS
    story.give(c.OverrideTraining())
    story.give(c.ExtendDeadline(until=date(2027, 6, 30)), now="2027-01-01")
    story.give(c.StartRecertification(), ann, "2027-02-01")
    story.give(c.OverridePayment())
    story.give(c.ExtendCertificate(until=date(2027, 3, 31)))
    story.give(c.OverrideExam())
    story.give(c.AbandonRecertification(), ann)
    story.give(c.MoveToVersion(version=1, redate=True), now="2027-02-02")
    story.give(c.MoveToVersion(version=2))
    story.give(c.ForceRecertification(), now="2027-02-03")
    story.give(c.RevokeAccess(), now="2027-02-04")
    story.give(c.StartRecertification(), ann, "2027-02-05")
    story.give(c.Award(score="97"), now="2027-02-06")
    story.give(c.Award(on=date(2020, 5, 1)), now="2027-02-07")
    story.give(c.PermanentlyRevoke(), now="2027-02-08")
    story.give(c.RestoreAccess(), now="2027-02-09")
    extra = story.give(c.Assign(reference="error")).events[0].entry
    story.give(c.Strike(entry=extra))
    return story


def back_to_start() -> Story:
    """Removed before anything began; then lapsed, and paid for coming back."""
    story = Story(everything(Access.OPEN), now="2025-01-01")
    story.give(c.Assign())
    story.give(c.Remove())
    story.give(c.Award(on=date(2023, 1, 1)), now="2025-01-02")
    story.give(c.RecordPayment(fee=Fee.REINSTATEMENT), "system")
    story.give(c.Award(on=date(2022, 6, 1), expires_on=date(2024, 6, 1)))
    return story


@pytest.fixture(params=[told, back_to_start], ids=["all", "back"])
def story(request: pytest.FixtureRequest) -> Story:
    tell: Callable[[], Story] = request.param
    return tell()


def through_json(document: object) -> object:
    return json.loads(json.dumps(document, allow_nan=False))


def test_events_and_enrollments_come_back(story: Story) -> None:
    for event in story.history:
        assert load_event(through_json(dump_event(event))) == event
    stored = through_json(dump_enrollment(story.enrollment))
    assert load_enrollment(stored) == story.enrollment


def test_what_was_read_back_adds_up_to_the_same_at_every_entry(story: Story) -> None:
    read = [load_event(through_json(dump_event(event))) for event in story.history]
    code = story.enrollment.certification
    assert replay(read, learner="ann", certification=code) == story.enrollment
    assert replay(reversed(read), learner="ann", certification=code) == story.enrollment
    for event in read:
        then = {"at": event.at, "known_at": event.recorded_at}
        known = replay(story.history, learner="ann", certification=code, **then)
        again = replay(read, learner="ann", certification=code, **then)
        assert again == known
        assert load_enrollment(through_json(dump_enrollment(known))) == known


def test_its_certification_comes_back(story: Story) -> None:
    document = through_json(certification_document(story.case.certification))
    assert read_certification(document) == story.case.certification


def test_every_kind_of_fact_happens() -> None:
    happened = {type(event.fact) for story in (told(), back_to_start()) for event in story.history}
    assert happened == set(TABLE.facts)
