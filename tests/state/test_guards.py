"""Guards and recorders by themselves: total, whatever command a host puts them on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from attrs import evolve

from certlib.errors import InvalidCommandError
from certlib.policies import Fee
from certlib.state import (
    TABLE,
    AssignmentSource,
    Case,
    Command,
    CycleKind,
    Guard,
    Proposal,
    Status,
)
from certlib.state import guards as g
from certlib.state._actions import awarding, enrolling, running, steps, striking
from certlib.state._proposals import Recorder
from certlib.state.commands import (
    ApproveEvidence,
    ApproveExam,
    Assign,
    Award,
    CompleteStep,
    DenyAttempts,
    DenyEvidence,
    DenyExam,
    Enroll,
    ExtendCertificate,
    ExtendDeadline,
    ForceRecertification,
    GrantAttempts,
    MoveToVersion,
    OverridePayment,
    RecordExam,
    RecordPayment,
    RecordTestOut,
    RequestAttempts,
    RevokeAccess,
    Start,
    StartRecertification,
    Strike,
    SubmitEvidence,
)
from certlib.state.facts import CycleBegan
from certlib.transcript import CompletionKey
from tests.state.sample import (
    EARLY_AND_EXAM,
    EVERYTHING,
    FIXED_DATES,
    FROM_COMPLETION,
    FROM_EXPIRY,
)
from tests.state.story import ANN, Story, actor, instant, reached

EVERY_COMMAND: tuple[Command | None, ...] = (
    None,
    *(kind() for kind in TABLE.commands if not kind.required_fields()),
    CompleteStep(step="course"),
    CompleteStep(step="dance", path="online"),
    SubmitEvidence(step="course"),
    SubmitEvidence(step="visit"),
    RecordTestOut(step="course", passed=True),
    RecordTestOut(step="visit", passed=False),
    RecordExam(passed=True),
    *(RecordPayment(fee=fee) for fee in Fee),
    *(OverridePayment(fee=fee) for fee in Fee),
    *(
        kind(request=request)
        for kind in (
            ApproveEvidence,
            DenyEvidence,
            ApproveExam,
            DenyExam,
            GrantAttempts,
            DenyAttempts,
        )
        for request in (3, 99)
    ),
    ExtendCertificate(until=date(2024, 1, 1)),
    ExtendCertificate(until=date(2099, 1, 1)),
    ExtendDeadline(until=date(2024, 1, 1)),
    ExtendDeadline(until=date(2099, 1, 1)),
    MoveToVersion(version=1),
    MoveToVersion(version=2, redate=True),
    Strike(entry=1),
    Strike(entry=99),
    Assign(source=AssignmentSource.RULE, reference="rule-1"),
    Award(expires_on=date(2020, 1, 1)),
)


def proposal(story: Story, command: Command | None, by: str = "admin:eva") -> Proposal:
    return Proposal(
        case=story.case,
        command=command,
        actor=actor(by),
        at=story.now,
        now=story.now,
        enrollment=story.enrollment,
        status=story.status,
    )


def with_an_exam() -> Iterator[Story]:
    """Every fee is open; the exam is held; it is failed as often as may be, and more is asked for."""
    yield started_for_money()
    held = started_for_money(Fee.EXAM)
    held.give(RecordExam(passed=True), "system")
    yield held
    failed = started_for_money(Fee.EXAM)
    for day in ("2025-01-02", "2025-01-03"):
        failed.give(RecordExam(passed=False), "system", day)
    failed.give(RequestAttempts(), "learner:ann")
    yield failed


def started_for_money(*paid: Fee) -> Story:
    story = Story(EVERYTHING)
    story.give(Enroll(), "learner:ann")
    for fee in (Fee.CERTIFICATION, *paid):
        story.give(RecordPayment(fee=fee), "system")
    story.give(Start(), "learner:ann")
    return story


def situations() -> Iterator[Story]:
    """Every status, with and without a version, with and without a history; and an exam."""
    for story in (*reached().values(), *with_an_exam()):
        yield story
        none = evolve(story.case.certification, versions=(), active=False)
        for case in (
            evolve(story.case, certification=none),
            evolve(story.case, history=None, learner=evolve(ANN, active=False)),
        ):
            other = Story(FROM_COMPLETION)
            other.case, other.now = case, story.now
            yield other


class TestTotal:
    """On any proposal guards answer, and say why not; they never raise."""

    @pytest.mark.parametrize("guard", TABLE.guards, ids=lambda guard: guard.code)
    def test_it_answers(self, guard: Guard) -> None:
        for story in situations():
            for command in EVERY_COMMAND:
                asked = proposal(story, command)
                assert guard.holds(asked) in {True, False}
                reason = guard.reason(asked)
                assert reason.code == guard.code
                assert "{" not in reason.text

    @pytest.mark.parametrize(
        "guard", [guard for guard in TABLE.guards if guard.asks], ids=lambda guard: guard.code
    )
    def test_of_another_command_it_has_nothing_to_ask(self, guard: Guard) -> None:
        for story in reached().values():
            assert guard.holds(proposal(story, RevokeAccess()))
            assert guard.holds(proposal(story, None))

    def test_what_guards_ask_for_are_fields_of_a_command_that_has_them(self) -> None:
        for row in TABLE.rows:
            for guard in row.when:
                assert set(guard.asks) <= set(row.command.own_fields())

    def test_a_guard_is_told_by_its_code(self) -> None:
        assert repr(g.window_is_open) == "Guard('window_is_open')"


class TestParams:
    def test_steps_and_paths_outside_a_cycle(self) -> None:
        story = Story(FROM_COMPLETION)
        asked = proposal(story, CompleteStep(step="course", path="online"))
        assert g.step_is_open.reason(asked).params == {"steps": ""}
        assert g.path_is_of_the_step.reason(asked).params == {"paths": ""}
        assert not g.step_is_open.holds(asked)

    def test_every_step_done(self) -> None:
        story = reached()[Status.IN_PROGRESS]
        cycle = story.enrollment.cycles[0]
        empty = evolve(story.enrollment, cycles=(evolve(cycle, needs=()),))
        story.case = evolve(story.case, enrollment=empty)
        reason = g.step_is_open.reason(proposal(story, CompleteStep(step="course")))
        assert reason.params == {"steps": ""}

    def test_a_version_that_is_gone_has_no_paths(self) -> None:
        story = reached()[Status.IN_PROGRESS]
        story.case = evolve(story.case, certification=evolve(FROM_COMPLETION, versions=()))
        asked = proposal(story, CompleteStep(step="course", path="online"))
        assert not g.path_is_of_the_step.holds(asked)
        assert g.path_is_of_the_step.holds(proposal(story, CompleteStep(step="course")))

    def test_assignments_are_listed(self) -> None:
        story = reached()[Status.ASSIGNED]
        story.give(Assign(source=AssignmentSource.RULE, reference="rule-1"))
        story.give(Assign(source=AssignmentSource.IMPORT))
        asked = proposal(story, None)
        assert g.assignment_exists.reason(asked).params == {
            "sources": "manual, rule rule-1, import"
        }
        assert g.every_assignment_is_manual.reason(asked).params == {"sources": "rule"}
        nobody = proposal(Story(FROM_COMPLETION), None)
        assert g.assignment_exists.reason(nobody).params == {"sources": ""}
        assert g.every_assignment_is_manual.holds(nobody)


class TestWindow:
    def story(self) -> Story:
        story = Story(EARLY_AND_EXAM, now="2025-03-03")
        story.give(Award())
        return story

    BECAUSE = (CompletionKey(training="COURSE", at=instant("2025-03-03")),)

    def test_without_certificate_or_version_it_is_not_open(self) -> None:
        assert not g.window_is_open.holds(proposal(Story(FROM_COMPLETION), None))
        assert g.window_is_open.reason(proposal(Story(FROM_COMPLETION), None)).opens_at is None
        story = self.story()
        story.case = evolve(story.case, certification=evolve(EARLY_AND_EXAM, versions=()))
        assert not g.window_is_open.holds(proposal(story, StartRecertification()))

    @pytest.mark.parametrize(
        ("command", "by", "holds"),
        [
            (StartRecertification(because=BECAUSE), "system", True),
            (StartRecertification(because=BECAUSE), "learner:ann", False),
            (StartRecertification(), "system", False),
            (None, "system", False),
        ],
    )
    def test_before_it_only_the_system_and_for_a_completion(
        self, command: Command | None, by: str, holds: bool
    ) -> None:
        assert g.window_is_open.holds(proposal(self.story(), command, by)) is holds


class TestRecorders:
    """A recorder refuses a command that is not its own, and a proposal no guard has looked at."""

    @pytest.mark.parametrize(
        ("recorder", "name"),
        [
            (enrolling.assign, "assign"),
            (enrolling.unassign, "unassign"),
            (steps.complete_step, "complete_step"),
            (awarding.award, "award"),
            (striking.strike, "strike"),
        ],
    )
    def test_another_command(self, recorder: Recorder, name: str) -> None:
        with pytest.raises(InvalidCommandError, match=f"a {name} command, as the row records it"):
            recorder(proposal(Story(FROM_COMPLETION), Enroll()))

    def test_what_is_not_there(self) -> None:
        nowhere = Story(evolve(FROM_COMPLETION, versions=()))
        with pytest.raises(InvalidCommandError, match="the open cycle is absent"):
            running.start(proposal(nowhere, Start()))
        with pytest.raises(InvalidCommandError, match="the published version is absent"):
            enrolling.enroll(proposal(nowhere, Enroll()))
        with pytest.raises(InvalidCommandError, match="the published version is absent"):
            awarding.award(proposal(nowhere, Award()))

    def test_a_cycle_records_what_it_needs(self) -> None:
        story = Story(EARLY_AND_EXAM)
        story.give(Enroll(), "learner:ann")
        (_, began) = story.history
        assert began.fact == CycleBegan(
            number=1,
            kind=CycleKind.INITIAL,
            version=1,
            counts_from=date(2025, 1, 1),
            needs=("course",),
            has_exam=True,
        )
        story.give(Award())
        story.give(ForceRecertification())
        assert story.enrollment.cycles[-1].needs == ("course", "drill")
        assert not story.enrollment.cycles[-1].has_exam

    def test_a_forced_recertification_counts_from_its_own_day(self) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Award())
        story.give(ForceRecertification(), now="2025-05-05")
        assert story.enrollment.cycles[-1].counts_from == date(2025, 5, 5)


class TestProposals:
    """From which day on completions count (P10b)."""

    def counts_from(self, story: Story) -> date:
        version = story.case.certification.versions[0]
        return proposal(story, None).counts_from(version)

    def test_somebody_new(self) -> None:
        assert self.counts_from(Story(FROM_COMPLETION, now="2025-03-03")) == date(2025, 3, 3)

    def test_from_the_first_assignment_by_the_day_of_the_zone(self) -> None:
        story = Story(FIXED_DATES, now="2025-03-02 23:30")
        story.give(Assign())
        story.give(Assign(reference="more"), now="2025-03-20")
        assert self.counts_from(story) == date(2025, 3, 3)

    def test_after_a_revocation_without_a_certificate(self) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Assign())
        story.give(Enroll(), "learner:ann")
        story.give(RevokeAccess(), now="2025-02-01")
        story.wait("2025-03-03")
        assert self.counts_from(story) == date(2025, 3, 3)

    def test_after_a_revocation_with_one(self) -> None:
        story = reached()[Status.DISALLOWED]
        assert self.counts_from(story) == date(2025, 1, 2)

    def test_from_the_first_day_of_the_window(self) -> None:
        story = Story(FROM_EXPIRY, now="2025-03-03")
        story.give(Award())
        assert self.counts_from(story) == date(2025, 12, 3)

    def test_the_day_of_the_certificate_itself_does_not_count(self) -> None:
        story = Story(FROM_COMPLETION, now="2025-03-03")
        story.give(Award())
        assert self.counts_from(story) == date(2025, 3, 4)

    def test_before_the_window_where_that_is_a_renewal_or_the_window_never_opens(self) -> None:
        for certification in (EARLY_AND_EXAM, FROM_EXPIRY):
            story = Story(certification, now="2025-03-03")
            always = certification is FROM_EXPIRY
            story.give(Award(always_valid=always))
            assert self.counts_from(story) == date(2025, 3, 4)

    def test_a_blank_case_has_a_history(self) -> None:
        case = Case.blank(learner=ANN, certification=FROM_COMPLETION)
        assert case.history == ()
        assert case.transcript.completions == ()
