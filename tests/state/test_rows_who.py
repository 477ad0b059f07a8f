"""Who may: roles, by the approval policy too (P7), scopes (W2), nobody for themselves (W3), the inactive (R10)."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

import pytest
from attrs import evolve

from certlib.actors import Actor, Role, Scope, ScopeKind
from certlib.certifications import Access, Certification
from certlib.learners import Learner
from certlib.policies import Approval, Fee
from certlib.reasons import ReasonKind
from certlib.state import TABLE, Command, Refused, Row, Status
from certlib.state.commands import (
    ApproveAccess,
    ApproveEvidence,
    ApproveExam,
    Assign,
    Award,
    CompleteStep,
    DenyAccess,
    DenyAttempts,
    DenyEvidence,
    DenyExam,
    ExtendCertificate,
    ExtendDeadline,
    GrantAttempts,
    MoveToVersion,
    OverrideExam,
    OverrideTraining,
    PermanentlyRevoke,
    RecordExam,
    RecordPayment,
    RecordTestOut,
    RequestAccess,
    RevokeAccess,
    Strike,
    SubmitEvidence,
)
from certlib.state.guards import certification_is_active, learner_is_active, version_is_published
from certlib.state.table import Standing
from tests.state.sample import EVIDENCE, FROM_COMPLETION
from tests.state.situations import FIRST, USUAL, Example, command, told
from tests.state.story import ANN, Story, reached, started

INACTIVE = evolve(ANN, active=False)

FILLED: dict[type[Command], Command] = {
    RecordPayment: RecordPayment(fee=Fee.EXAM),
    CompleteStep: CompleteStep(step="course"),
    SubmitEvidence: SubmitEvidence(step="course"),
    ApproveEvidence: ApproveEvidence(request=3),
    DenyEvidence: DenyEvidence(request=3),
    RecordTestOut: RecordTestOut(step="course", passed=True),
    RecordExam: RecordExam(passed=True),
    ApproveExam: ApproveExam(request=3),
    DenyExam: DenyExam(request=3),
    GrantAttempts: GrantAttempts(request=3),
    DenyAttempts: DenyAttempts(request=3),
    ExtendCertificate: ExtendCertificate(until=date(2099, 1, 1)),
    ExtendDeadline: ExtendDeadline(until=date(2099, 1, 1)),
    MoveToVersion: MoveToVersion(version=2),
    Strike: Strike(entry=1),
}


def filled(kind: type[Command]) -> Command:
    """A command of a kind, with some value for each field that must be given."""
    return FILLED[kind] if kind in FILLED else kind()


def codes(story: Story, command: Command, by: str | Actor) -> list[str]:
    decision = story.decided(command, by)
    return [each.code for each in decision.reasons] if isinstance(decision, Refused) else []


def test_every_command_can_be_filled() -> None:
    assert {kind for kind in TABLE.commands if kind.required_fields()} == set(FILLED)


class TestRoles:
    """Each row is for the roles that requirements 4.3 name, and for no other."""

    WHO: ClassVar = {
        "assign": "admin system",
        "unassign": "admin system",
        "enroll": "learner system",
        "request_access": "learner",
        "approve_access": "approver",
        "deny_access": "approver",
        "record_payment": "system",
        "override_payment": "admin",
        "start": "learner system",
        "complete_step": "system",
        "submit_evidence": "learner",
        "approve_evidence": "approver",
        "deny_evidence": "approver",
        "record_test_out": "system",
        "record_exam": "system",
        "approve_exam": "approver",
        "deny_exam": "approver",
        "request_attempts": "learner",
        "grant_attempts": "approver",
        "deny_attempts": "approver",
        "override_training": "admin",
        "override_exam": "admin",
        "abandon_recertification": "learner admin",
        "force_recertification": "admin",
        "revoke_access": "admin",
        "permanently_revoke": "admin",
        "restore_access": "admin",
        "remove": "admin",
        "award": "admin system",
        "extend_certificate": "admin",
        "extend_deadline": "admin",
        "move_to_version": "admin",
        "strike": "admin system",
    }

    @pytest.mark.parametrize("status", [None, *Status], ids=str)
    def test_who_may(self, status: Standing) -> None:
        story = reached()[status]
        for row in TABLE.in_status(status):
            expected = self.WHO.get(row.command.name, "learner system")
            if row.number == 27:
                expected = "learner admin"
            assert story.who_may(filled(row.command)) == set(expected.split()), row.pair


def by_policy(*roles: Role, certification: Certification = EVIDENCE) -> Certification:
    version = certification.versions[0]
    policy = evolve(version.policy, approval=Approval(roles=roles))
    return evolve(certification, versions=(evolve(version, policy=policy),))


DECISIONS = (
    ApproveEvidence(request=3),
    DenyEvidence(request=3),
    ApproveExam(request=3),
    DenyExam(request=3),
    GrantAttempts(request=3),
    DenyAttempts(request=3),
)


class TestApprovalRoles:
    """Those that the version's approval policy names decide about requests (P7)."""

    @pytest.mark.parametrize("command", DECISIONS, ids=lambda each: each.name)
    def test_in_a_cycle(self, command: Command) -> None:
        story = started(by_policy(Role.MANAGER, Role.ADMIN))
        assert story.who_may(command) == {"manager", "admin"}
        (reason, *_) = story.reasons(command, "approver:bo")
        assert reason.code == "role_may_not"
        assert reason.text == "this is done by: admin, manager; the actor is: approver"

    @pytest.mark.parametrize("command", [ApproveAccess(), DenyAccess()])
    def test_about_access(self, command: Command) -> None:
        request = evolve(FROM_COMPLETION, access=Access.BY_REQUEST)
        story = Story(by_policy(Role.SYSTEM, certification=request))
        story.give(RequestAccess(), "learner:ann")
        assert story.who_may(command) == {"system"}
        story.give(command, "system")

    def test_a_manager_decides_about_his_reports(self) -> None:
        story = started(by_policy(Role.MANAGER), learner=Learner(id="ann", manager_id="max"))
        story.give(SubmitEvidence(step="course"), "learner:ann")
        assert story.refused(ApproveEvidence(request=3), "manager:ida") == ["out_of_scope"]
        story.give(ApproveEvidence(request=3), "manager:max")

    def test_the_policy_of_the_cycles_own_version(self) -> None:
        second = evolve(by_policy(Role.ADMIN).versions[0], number=2, published_on=date(2025, 2, 1))
        story = started(evolve(EVIDENCE, versions=(*EVIDENCE.versions, second)))
        story.wait("2025-03-01")
        assert story.who_may(ApproveEvidence(request=3)) == {"approver"}
        story.give(MoveToVersion(version=2))
        assert story.who_may(ApproveEvidence(request=3)) == {"admin"}

    def test_where_the_version_is_gone_the_row_says(self) -> None:
        story = started(by_policy(Role.ADMIN))
        story.case = evolve(story.case, certification=evolve(EVIDENCE, versions=()))
        assert story.who_may(ApproveEvidence(request=3)) == {"approver"}

    def test_other_rows_do_not_ask_it(self) -> None:
        story = started(by_policy(Role.MANAGER))
        assert story.who_may(OverrideTraining()) == {"admin"}


DECIDED = [each for each in FIRST.values() if USUAL[each.ask.split()[0]] == "approver:bo"]


@pytest.mark.parametrize("example", DECIDED, ids=lambda each: each.title)
class TestApprovalRolesInEachStatus:
    """Approvers decide (4.3), in every status in which something waits, unless the policy names others (P7)."""

    def test_whom_the_policy_names(self, example: Example) -> None:
        story = told(f"{example.tale}; use +admins_approve", world=example.world)
        assert story.who_may(command(example.ask, story).command) == {"admin"}

    def test_approvers_where_the_version_is_gone(self, example: Example) -> None:
        story = told(example.tale, world=example.world)
        wanted = command(example.ask, story).command
        gone = evolve(story.case.certification, versions=())
        story.case = evolve(story.case, certification=gone)
        assert story.who_may(wanted) == {"approver"}


class TestNobodyForHimself:
    """Nobody approves, awards, overrides or extends for themselves (W3)."""

    THESE: ClassVar = {
        "approve_access",
        "deny_access",
        "approve_evidence",
        "deny_evidence",
        "approve_exam",
        "deny_exam",
        "grant_attempts",
        "deny_attempts",
        "override_payment",
        "override_training",
        "override_exam",
        "award",
        "extend_certificate",
        "extend_deadline",
    }

    @pytest.mark.parametrize("status", [None, *Status], ids=str)
    @pytest.mark.parametrize("role", [Role.APPROVER, Role.ADMIN])
    def test_of_every_row(self, status: Standing, role: Role) -> None:
        himself = Actor(role=role, id="ann")
        story = reached()[status]
        for row in TABLE.in_status(status):
            found = codes(story, filled(row.command), himself)
            assert ("nobody_for_himself" in found) is (row.command.name in self.THESE), row.pair

    def test_every_one_of_these_has_a_row(self) -> None:
        assert {row.command.name for row in TABLE.rows if not row.by.for_oneself} == self.THESE

    def test_it_is_told(self) -> None:
        (reason,) = started(EVIDENCE).reasons(OverrideTraining(), Actor(role=Role.ADMIN, id="ann"))
        assert (reason.code, reason.kind) == ("nobody_for_himself", ReasonKind.ACTOR)
        assert reason.text == "nobody does this for themselves"

    def test_the_system_without_an_id_is_nobody(self) -> None:
        assert Story(FROM_COMPLETION).give(Award(), "system").after is Status.CERTIFIED


def admin(scope: Scope) -> Actor:
    return Actor(role=Role.ADMIN, id="eva", scope=scope)


class TestScopes:
    NORTH = Learner(id="ann", organization="north", manager_id="max")

    @pytest.mark.parametrize(
        ("scope", "covered"),
        [
            (Scope(kind=ScopeKind.TENANT), True),
            (Scope(kind=ScopeKind.SELF), False),
            (Scope(kind=ScopeKind.REPORTS), False),
            (Scope.organizations("north", "south"), True),
            (Scope.organizations("south"), False),
            (Scope.certifications("COMPLETION-1"), True),
            (Scope.certifications("EVIDENCE-1"), False),
        ],
    )
    def test_of_an_administrator(self, scope: Scope, covered: bool) -> None:
        story = Story(FROM_COMPLETION, learner=self.NORTH)
        assert codes(story, Assign(), admin(scope)) == ([] if covered else ["out_of_scope"])
        assert story.verdict(Assign, admin(scope)).allowed is covered

    @pytest.mark.parametrize("status", [None, *Status], ids=str)
    def test_of_every_row(self, status: Standing) -> None:
        story = reached()[status]
        for row in TABLE.in_status(status):
            for role in Role:
                elsewhere = Actor(role=role, id="nora", scope=Scope.organizations("south"))
                assert "out_of_scope" in codes(story, filled(row.command), elsewhere), row.pair

    def test_a_learner_reaches_himself_only(self) -> None:
        story = started(EVIDENCE)
        assert story.refused(SubmitEvidence(step="course"), "learner:ben") == ["out_of_scope"]

    def test_no_row_in_the_status_is_told_whoever_asks(self) -> None:
        elsewhere = Actor(role=Role.ADMIN, id="nora", scope=Scope.organizations("south"))
        assert reached()[Status.ASSIGNED].refused(PermanentlyRevoke(), elsewhere) == [
            "not_while_assigned"
        ]


class TestInactive:
    """R10: rows 1 to 4, 6, 7, 10, 25 to 27 and every command of the learner's own are refused."""

    ROWS: ClassVar = {1, 2, 3, 4, 6, 7, 10, 25, 26, 27}

    def test_these_rows_ask(self) -> None:
        def numbers(guard: object) -> set[int | None]:
            return {row.number for row in TABLE.rows if guard in row.when}

        assert numbers(learner_is_active) == self.ROWS
        assert numbers(certification_is_active) == {1, 2, 3, 4, 6}
        assert numbers(version_is_published) == {1, 2, 3, 4, 6, 25, 26, 27, 28}

    def asked(self, row: Row, story: Story, by: str) -> bool:
        return "learner_is_active" in codes(story, filled(row.command), by)

    @pytest.mark.parametrize("status", [None, *Status], ids=str)
    def test_of_every_row(self, status: Standing) -> None:
        story = reached()[status]
        story.case = evolve(story.case, learner=INACTIVE)
        for row in TABLE.in_status(status):
            for by in ("admin:eva", "approver:bo", "system"):
                assert self.asked(row, story, by) is (row.number in self.ROWS), row.pair
            assert self.asked(row, story, "learner:ann"), row.pair

    @pytest.mark.parametrize("status", [None, *Status], ids=str)
    def test_explain_says_the_same(self, status: Standing) -> None:
        story = reached()[status]
        story.case = evolve(story.case, learner=INACTIVE)
        for row in TABLE.in_status(status):
            for by in ("admin:eva", "learner:ann"):
                told = [each.code for each in story.verdict(row.command, by).reasons]
                assert told.count("learner_is_active") == self.asked(row, story, by), row.pair

    def test_nobody_is_asked_while_active(self) -> None:
        for status, story in reached().items():
            for row in TABLE.in_status(status):
                assert not self.asked(row, story, "learner:ann")


class TestMandatoryReasons:
    """A host's table may make a reason mandatory; every administrator's action takes one."""

    STRICT = TABLE.replacing(
        *(
            evolve(row, by=evolve(row.by, reason_required=True))
            for row in TABLE.rows
            if row.command in {OverrideTraining, OverrideExam, RevokeAccess}
        )
    )

    @pytest.mark.parametrize("command", [OverrideTraining(), RevokeAccess()])
    def test_without_one_it_is_refused(self, command: Command) -> None:
        story = started(EVIDENCE, table=self.STRICT)
        for text in (None, ""):
            (reason,) = story.reasons(evolve(command, reason=text))
            assert (reason.code, reason.kind) == ("reason_is_required", ReasonKind.ACTOR)
        given = story.give(evolve(command, reason="long practice"))
        assert {event.reason for event in given.events} == {"long practice"}

    def test_explain_calls_it_a_need(self) -> None:
        story = started(EVIDENCE, table=self.STRICT)
        verdict = story.verdict(OverrideTraining)
        assert (verdict.allowed, verdict.needs) == (True, ("reason",))

    def test_other_rows_go_on_without(self) -> None:
        story = started(EVIDENCE, table=self.STRICT)
        story.give(CompleteStep(step="course"), "system")

    @pytest.mark.parametrize("status", [None, *Status], ids=str)
    def test_every_command_takes_one(self, status: Standing) -> None:
        story = reached()[status]
        for row in TABLE.in_status(status):
            command = evolve(filled(row.command), reason="because")
            assert "reason_is_required" not in codes(story, command, "admin:eva")
