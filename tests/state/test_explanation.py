"""`explain`: of every command and actor what may be done, what is still to be given, and all that is in the way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache

import pytest
from attrs import evolve

from certlib._reasons import ReasonKind
from certlib.actors import Actor, Role, Scope
from certlib.certifications import Access, Curriculum
from certlib.periods import Period
from certlib.policies import ExamRules, Fee
from certlib.state import (
    TABLE,
    Accepted,
    AssignmentSource,
    Command,
    Decision,
    Proposal,
    Refused,
    Status,
    Verdict,
    available,
    explain,
)
from certlib.state._proposals import Choice
from certlib.state.commands import (
    ApproveAccess,
    ApproveEvidence,
    Assign,
    Award,
    CompleteStep,
    DenyEvidence,
    Enroll,
    ExtendCertificate,
    ExtendDeadline,
    GrantAttempts,
    MoveToVersion,
    OverridePayment,
    RecordExam,
    RecordPayment,
    RecordTestOut,
    RequestAccess,
    RequestAttempts,
    Start,
    StartRecertification,
    Strike,
    SubmitEvidence,
    Unassign,
)
from tests.state.sample import (
    EVERYTHING,
    EVIDENCE,
    FROM_COMPLETION,
    FROM_EXPIRY,
    PATHS,
    PER_CERTIFICATE,
    certification,
    course,
    with_exam,
)
from tests.state.story import ANN, EVERYBODY, Story, actor, instant, reached, started

ACTORS: tuple[str | Actor, ...] = (
    *EVERYBODY,
    Actor(role=Role.ADMIN, id="ann"),
    Actor(role=Role.APPROVER, id="ann"),
    Actor(role=Role.ADMIN, id="nora", scope=Scope.organizations("south")),
)


def for_money(*paid: Fee) -> Story:
    """Everything there is: started, with these fees paid."""
    story = Story(EVERYTHING)
    story.give(Enroll(), "learner:ann")
    for fee in (Fee.CERTIFICATION, *paid):
        story.give(RecordPayment(fee=fee), "system")
    story.give(Start(), "learner:ann")
    return story


def situations() -> Iterator[tuple[str, Story]]:
    """Every status, and in a cycle whatever may wait, be open, be used up or be over."""
    for status, story in reached().items():
        yield str(status), story
    requested = Story(evolve(FROM_COMPLETION, access=Access.BY_REQUEST))
    requested.give(RequestAccess(), "learner:ann")
    yield "access requested", requested
    yield "exam fee open", for_money()
    held = for_money(Fee.EXAM)
    held.give(RecordExam(passed=True), "system")
    held.give(SubmitEvidence(step="visit"), "learner:ann")
    held.give(RecordTestOut(step="course", passed=False), "system")
    yield "exam held, evidence waiting, test-out taken", held
    failed = for_money(Fee.EXAM)
    for day in ("2025-01-02", "2025-01-03"):
        failed.give(RecordExam(passed=False), "system", day)
    yield "attempts used up", failed
    asked = for_money(Fee.EXAM)
    for day in ("2025-01-02", "2025-01-03"):
        asked.give(RecordExam(passed=False), "system", day)
    asked.give(RequestAttempts(), "learner:ann")
    yield "attempts requested", asked
    struck = for_money()
    struck.give(Strike(entry=3))
    yield "something struck", struck
    versions = (*FROM_COMPLETION.versions, evolve(FROM_COMPLETION.versions[0], number=2))
    two = reached()[Status.CERTIFIED]
    two.case = evolve(two.case, certification=evolve(FROM_COMPLETION, versions=versions))
    yield "two versions", two
    gone = reached()[Status.IN_PROGRESS]
    gone.case = evolve(gone.case, certification=evolve(FROM_COMPLETION, versions=(), active=False))
    yield "no version", gone


NAMES = (
    *map(str, (None, *Status)),
    "access requested",
    "exam fee open",
    "exam held, evidence waiting, test-out taken",
    "attempts used up",
    "attempts requested",
    "something struck",
    "two versions",
    "no version",
)


@cache
def told() -> dict[str, Story]:
    """The situations by name; nobody gives a command in them."""
    return dict(situations())


def verdicts(story: Story, by: str | Actor) -> tuple[Verdict, ...]:
    return explain(story.case, actor=actor(by), now=story.now, table=story.table)


def codes(decision: Decision) -> set[str]:
    return {each.code for each in decision.reasons} if isinstance(decision, Refused) else set()


def choices(story: Story, kind: type[Command], by: str | Actor) -> list[Choice]:
    proposal = Proposal(
        case=story.case,
        command=None,
        actor=actor(by),
        at=story.now,
        now=story.now,
        enrollment=story.enrollment,
        status=story.status,
    )
    return list(kind.choices(proposal))


def _choosing() -> list[tuple[type[Command], str]]:
    return [(kind, kind.chooses) for kind in TABLE.commands if kind.chooses is not None]


@pytest.mark.slow
class TestItAgreesWithDecide:
    @pytest.mark.parametrize("name", NAMES)
    @pytest.mark.parametrize("by", ACTORS, ids=str)
    def test_every_command_once(self, name: str, by: str | Actor) -> None:
        found = verdicts(told()[name], by)
        assert [each.command for each in found] == [kind.name for kind in TABLE.commands]
        for verdict in found:
            assert verdict.allowed is (not verdict.reasons)
            assert len(set(verdict.needs)) == len(verdict.needs)
            assert set(verdict.candidates) <= set(verdict.needs)
            for reason in verdict.reasons:
                assert "{" not in reason.text

    @pytest.mark.parametrize("name", NAMES)
    @pytest.mark.parametrize("by", ACTORS, ids=str)
    def test_what_is_available_is_what_is_allowed(self, name: str, by: str | Actor) -> None:
        story = told()[name]
        allowed = [each.command for each in verdicts(story, by) if each.allowed]
        found = available(story.case, actor=actor(by), now=story.now, table=story.table)
        assert sorted(kind.name for kind in found) == sorted(allowed)

    @pytest.mark.parametrize("name", NAMES)
    @pytest.mark.parametrize("by", ACTORS, ids=str)
    def test_what_needs_no_field(self, name: str, by: str | Actor) -> None:
        story = told()[name]
        for kind in TABLE.commands:
            if kind.required_fields() or kind.chooses is not None:
                continue
            verdict, refused = story.verdict(kind, by), codes(story.decided(kind(), by))
            known = {each.code for each in verdict.reasons}
            assert known <= refused
            assert bool(refused) is bool(known or verdict.needs), kind.name

    @pytest.mark.parametrize("name", NAMES)
    @pytest.mark.parametrize("by", ACTORS, ids=str)
    def test_candidates_are_those_that_are_accepted(self, name: str, by: str | Actor) -> None:
        story = told()[name]
        for kind, field in _choosing():
            verdict = story.verdict(kind, by)
            offered = verdict.candidates.get(field, ())
            if verdict.reasons and verdict.reasons[0].kind is ReasonKind.STATUS:
                assert offered == ()
                continue
            assert field in verdict.needs
            for choice in choices(story, kind, by):
                decision = story.decided(choice.command, by)
                if kind is Strike and codes(decision) == {"nothing_rests_on_it"}:
                    continue  # that takes a replay for each: it is told when it is asked
                if verdict.allowed:
                    assert isinstance(decision, Accepted) is (choice.label in offered)
                else:
                    assert codes(decision), (kind.name, choice.label)

    @pytest.mark.parametrize("name", NAMES)
    def test_without_candidates_it_is_not_allowed_and_says_why(self, name: str) -> None:
        story = told()[name]
        for by in EVERYBODY:
            for kind, field in _choosing():
                verdict = story.verdict(kind, by)
                if field not in verdict.candidates:
                    assert verdict.reasons
                    assert not verdict.allowed

    def test_every_situation_is_asked_about(self) -> None:
        assert tuple(told()) == NAMES


def candidates(story: Story, kind: type[Command], by: str = "system") -> tuple[str, ...]:
    verdict = story.verdict(kind, by)
    assert verdict.allowed, [each.text for each in verdict.reasons]
    (found,) = verdict.candidates.values()
    assert verdict.needs[0] == next(iter(verdict.candidates))
    return found


def why_not(story: Story, kind: type[Command], by: str = "system") -> list[tuple[str, str]]:
    verdict = story.verdict(kind, by)
    assert (verdict.allowed, verdict.candidates) == (False, {})
    return [(each.code, each.text) for each in verdict.reasons]


class TestSteps:
    def test_open_steps(self) -> None:
        story = started(EVIDENCE)
        assert candidates(story, CompleteStep) == ("course", "visit")
        story.give(CompleteStep(step="course"), "system")
        assert candidates(story, CompleteStep) == ("visit",)

    def test_steps_that_take_evidence_and_none_waits_for(self) -> None:
        story = started(
            certification(
                FROM_COMPLETION.versions[0].policy,
                initial=Curriculum(steps=(*PATHS.steps, course("drill"))),
            )
        )
        assert candidates(story, SubmitEvidence, "learner:ann") == ("course", "visit")
        story.give(SubmitEvidence(step="course"), "learner:ann")
        assert candidates(story, SubmitEvidence, "learner:ann") == ("visit",)
        story.give(SubmitEvidence(step="visit"), "learner:ann")
        assert why_not(story, SubmitEvidence, "learner:ann") == [
            (
                "no_evidence_is_waiting",
                "evidence for the step is already waiting for an approver",
            ),
            (
                "path_is_external",
                ("the step does not take evidence; the open steps that do are: course, visit"),
            ),
        ]

    def test_steps_that_have_a_test_out_which_was_not_taken(self) -> None:
        story = started(EVIDENCE)
        assert candidates(story, RecordTestOut) == ("course",)
        assert story.verdict(RecordTestOut, "system").needs == ("step", "passed")
        story.give(RecordTestOut(step="course", passed=False), "system")
        assert [code for code, _ in why_not(story, RecordTestOut)] == [
            "test_out_is_not_taken",
            "path_is_test_out",
        ]

    def test_the_same_reason_for_several_steps_is_told_once(self) -> None:
        story = Story(FROM_EXPIRY)
        story.give(Assign())
        story.give(Enroll(), "learner:ann")
        story.give(Start(), "learner:ann")
        assert [code for code, _ in why_not(story, SubmitEvidence, "learner:ann")] == [
            "path_is_external"
        ]

    def test_what_else_stands_in_the_way_comes_first_and_candidates_are_told(self) -> None:
        verdict = started(EVIDENCE).verdict(CompleteStep, "admin:eva")
        assert [each.code for each in verdict.reasons] == ["role_may_not"]
        assert verdict.candidates == {"step": ("course", "visit")}


class TestRequests:
    def test_those_that_wait(self) -> None:
        story = started(EVIDENCE)
        assert why_not(story, ApproveEvidence, "approver:bo") == [
            ("request_is_open", "no such request is waiting; the waiting requests are: none")
        ]
        story.give(SubmitEvidence(step="course"), "learner:ann")
        story.give(SubmitEvidence(step="visit"), "learner:ann")
        assert candidates(story, ApproveEvidence, "approver:bo") == ("3", "4")
        assert candidates(story, DenyEvidence, "approver:bo") == ("3", "4")
        story.give(DenyEvidence(request=3), "approver:bo")
        assert candidates(story, ApproveEvidence, "approver:bo") == ("4",)

    def test_of_each_kind_its_own(self) -> None:
        story = told()["attempts requested"]
        assert candidates(story, GrantAttempts, "approver:bo") == ("7",)
        assert story.verdict(GrantAttempts, "approver:bo").needs == ("request",)
        assert [code for code, _ in why_not(story, ApproveEvidence, "approver:bo")] == [
            "request_is_open"
        ]

    def test_access_has_one_at_most_and_asks_for_none(self) -> None:
        story = told()["access requested"]
        verdict = story.verdict(ApproveAccess, "approver:bo")
        assert (verdict.allowed, verdict.needs, verdict.candidates) == (True, (), {})


class TestFees:
    def test_those_that_are_open(self) -> None:
        story = Story(EVERYTHING)
        story.give(Enroll(), "learner:ann")
        assert candidates(story, RecordPayment) == ("certification", "exam")
        story.give(RecordPayment(fee=Fee.CERTIFICATION), "system")
        assert candidates(story, RecordPayment) == ("exam",)
        story.give(RecordPayment(fee=Fee.EXAM), "system")
        assert why_not(story, RecordPayment) == [
            ("fee_is_open", "that fee is not open; the open fees are: none")
        ]

    def test_a_waiver_needs_no_name(self) -> None:
        story = Story(EVERYTHING)
        story.give(Enroll(), "learner:ann")
        verdict = story.verdict(OverridePayment)
        assert (verdict.allowed, verdict.needs) == (True, ())


class TestVersions:
    def test_those_that_are_published_and_other_ones(self) -> None:
        first = FROM_COMPLETION.versions[0]
        versions = (
            first,
            evolve(first, number=2, published_on=date(2025, 2, 1)),
            evolve(first, number=3, published_on=date(2025, 3, 1)),
        )
        story = started(evolve(FROM_COMPLETION, versions=versions))
        assert why_not(story, MoveToVersion, "admin:eva") == [
            ("version_is_another_one", "the enrollment is already at version 1")
        ]
        assert candidates(story.wait("2025-02-01"), MoveToVersion, "admin:eva") == ("2",)
        assert candidates(story.wait("2025-03-01"), MoveToVersion, "admin:eva") == ("2", "3")
        story.give(MoveToVersion(version=2))
        assert candidates(story, MoveToVersion, "admin:eva") == ("1", "3")

    def test_none_at_all(self) -> None:
        story = told()["no version"]
        assert why_not(story, MoveToVersion, "admin:eva") == [
            (
                "version_can_be_chosen",
                "that version is not published; the published versions are: none",
            )
        ]


class TestSources:
    def test_those_that_are_there(self) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Assign())
        story.give(Assign(source=AssignmentSource.RULE, reference="rule-1"))
        assert candidates(story, Unassign) == ("manual", "rule rule-1")
        assert story.verdict(Unassign, "system").needs == ("source",)

    def test_none(self) -> None:
        story = reached()[Status.CERTIFIED]
        story.give(Unassign(source=AssignmentSource.SELF))
        assert why_not(story, Unassign) == [
            (
                "assignment_exists",
                "there is no assignment with this source and reference; the assignments are: none",
            )
        ]


class TestEntries:
    def test_those_that_are_not_struck(self) -> None:
        story = reached()[Status.IN_PROGRESS]
        assert candidates(story, Strike) == ("1", "2")

    def test_neither_what_is_struck_nor_a_strike(self) -> None:
        story = reached()[Status.IN_PROGRESS]
        story.give(Strike(entry=2))
        assert candidates(story, Strike) == ("1",)

    def test_none(self) -> None:
        assert why_not(Story(FROM_COMPLETION), Strike) == [
            (
                "entry_can_be_struck",
                "there is no such entry, or it is already struck, or it is a strike itself",
            )
        ]

    def test_without_its_history_nothing_is_offered(self) -> None:
        story = reached()[Status.IN_PROGRESS]
        story.case = evolve(story.case, history=None)
        assert [code for code, _ in why_not(story, Strike)] == ["entry_can_be_struck"]


class TestNeeds:
    """Fields that must be given, and those without which a guard does not hold."""

    def test_a_day(self) -> None:
        story = reached()[Status.CERTIFIED]
        assert story.verdict(ExtendCertificate).needs == ("until",)
        assert story.verdict(Award).needs == ()
        assert Story(PER_CERTIFICATE).verdict(Award).needs == ("expires_on",)
        assert [each.code for each in story.verdict(ExtendDeadline).reasons] == []

    def test_a_reference_where_there_is_one_assignment_already(self) -> None:
        assert reached()[Status.ASSIGNED].verdict(Assign).needs == ("reference",)
        assert reached()[Status.CERTIFIED].verdict(Assign).needs == ()

    def test_of_the_exam(self) -> None:
        verdict = started(with_exam(ExamRules())).verdict(RecordExam, "system")
        assert (verdict.allowed, verdict.needs, verdict.candidates) == (True, ("passed",), {})

    def test_where_there_is_no_row_nothing_is_needed(self) -> None:
        verdict = Story(FROM_COMPLETION).verdict(CompleteStep, "system")
        assert (verdict.needs, verdict.candidates) == ((), {})
        assert [each.code for each in verdict.reasons] == ["not_while_none"]


class TestWhenTimeAloneOpensIt:
    def test_the_cool_down(self) -> None:
        story = started(with_exam(ExamRules(cool_down=Period.parse("P7D"))))
        story.give(RecordExam(passed=False), "system", "2025-01-03 10:00")
        (reason,) = story.verdict(RecordExam, "system").reasons
        assert (reason.code, reason.opens_at) == ("cool_down_is_over", instant("2025-01-10 10:00"))
        story.wait("2025-01-10 09:59")
        assert not story.verdict(RecordExam, "system").allowed
        story.wait("2025-01-10 10:00")
        assert story.verdict(RecordExam, "system").allowed

    def test_the_window(self) -> None:
        story = Story(FROM_EXPIRY, now="2025-03-03")
        story.give(Award())
        (reason,) = story.verdict(StartRecertification, "learner:ann").reasons
        assert (reason.code, reason.opens_at) == ("window_is_open", instant("2025-12-03"))
        story.wait("2025-12-03")
        assert story.verdict(StartRecertification, "learner:ann").allowed

    def test_the_publication(self) -> None:
        later = certification(FROM_COMPLETION.versions[0].policy, published_on=date(2025, 3, 1))
        story = Story(later)
        (reason,) = story.verdict(Enroll, "learner:ann").reasons
        assert (reason.code, reason.opens_at) == ("version_is_published", instant("2025-03-01"))
        assert story.wait("2025-03-01").verdict(Enroll, "learner:ann").allowed

    def test_and_when_it_does_not(self) -> None:
        story = told()["attempts used up"]
        opens = {each.code: each.opens_at for each in story.verdict(RecordExam, "system").reasons}
        assert opens["attempts_are_left"] is None
        assert opens["cool_down_is_over"] == instant("2025-01-04")


class TestEverythingThatIsInTheWay:
    def test_of_the_exam(self) -> None:
        story = Story(EVERYTHING, learner=evolve(ANN, active=False))
        story.case = evolve(story.case, enrollment=for_money().enrollment)
        verdict = story.verdict(RecordExam, "learner:ann")
        assert [each.code for each in verdict.reasons] == [
            "role_may_not",
            "learner_is_active",
            "exam_fee_is_settled",
        ]

    def test_of_a_late_recertification(self) -> None:
        story = reached()[Status.LAPSED]
        story.case = evolve(
            story.case,
            learner=evolve(ANN, active=False),
            certification=evolve(FROM_COMPLETION, versions=()),
        )
        verdict = story.verdict(StartRecertification, "admin:eva")
        assert [each.code for each in verdict.reasons] == [
            "role_may_not",
            "learner_is_active",
            "version_is_published",
        ]

    def test_a_hosts_reason_is_a_need_beside_the_candidates(self) -> None:
        strict = TABLE.replacing(
            *(
                evolve(row, by=evolve(row.by, reason_required=True))
                for row in TABLE.rows
                if row.command is MoveToVersion
            )
        )
        story = told()["two versions"]
        strictly = Story(FROM_COMPLETION, table=strict)
        strictly.case, strictly.now = story.case, story.now
        verdict = strictly.verdict(MoveToVersion)
        assert (verdict.needs, verdict.candidates) == (("version", "reason"), {"version": ("2",)})
