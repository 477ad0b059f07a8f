"""Who may: roles, by the approval policy too (P7), scopes (W2), nobody for themselves (W3), the inactive (R10)."""

from __future__ import annotations

from datetime import date
from typing import Final

import pytest
from attrs import evolve

from certlib._reasons import ReasonKind
from certlib.actors import Actor, Role, Scope, ScopeKind
from certlib.certifications import Access, Certification
from certlib.learners import Learner
from certlib.policies import Approval
from certlib.state import TABLE, Command, Refused, Status
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
    GrantAttempts,
    MoveToVersion,
    OverrideExam,
    OverrideTraining,
    PermanentlyRevoke,
    RequestAccess,
    RevokeAccess,
    SubmitEvidence,
)
from certlib.state.guards import learner_is_active
from tests.state.golden_table import STANDINGS, Expanded, expanded
from tests.state.sample import EVIDENCE, FROM_COMPLETION
from tests.state.situations import FIRST, TALES, USUAL, before, command, filled, told
from tests.state.story import EVERYBODY, Story, reached, started

INACTIVE_CODE: Final = learner_is_active.code
ROWS: Final = expanded()


def in_status(standing: str) -> list[Expanded]:
    """The rows in a status."""
    return [row for row in ROWS if row.status == standing]


def wanted(row: Expanded, story: Story) -> Command:
    """The command of the first worked example of a row, given in its story."""
    return command(FIRST[row.title].ask, story).command


def codes(story: Story, command: Command, by: str | Actor) -> list[str]:
    decision = story.decided(command, by)
    return [each.code for each in decision.reasons] if isinstance(decision, Refused) else []


@pytest.mark.parametrize("standing", STANDINGS)
class TestEveryRow:
    """Who may take each row, and who may not: by its first worked example, and for no other reason."""

    def test_roles(self, standing: str) -> None:
        """Each row is for the roles that it names, and for no other."""
        for row in in_status(standing):
            story = before(FIRST[row.title])
            assert story.who_may(wanted(row, story)) == row.roles, row.title

    def test_nobody_for_himself(self, standing: str) -> None:
        """Nobody approves, awards, overrides or extends for himself (W3)."""
        for row in in_status(standing):
            story = before(FIRST[row.title])
            expected = [] if row.himself else ["nobody_for_himself"]
            for role in sorted(row.roles):
                assert codes(story, wanted(row, story), f"{role}:ann") == expected, row.title

    def test_nobody_out_of_his_scope(self, standing: str) -> None:
        for row in in_status(standing):
            story = before(FIRST[row.title])
            for role in sorted(row.roles):
                elsewhere = Actor(role=Role(role), id="nora", scope=Scope.organizations("south"))
                assert codes(story, wanted(row, story), elsewhere) == ["out_of_scope"], row.title

    def test_an_inactive_learner(self, standing: str) -> None:
        """R10: every command of the learner's own is refused, and of others' where the row asks."""
        for row in in_status(standing):
            story = before(FIRST[row.title])
            story.case = evolve(story.case, learner=evolve(story.case.learner, active=False))
            for by in EVERYBODY:
                role = by.partition(":")[0]
                expected = ["role_may_not"] * (role not in row.roles)
                expected += ["nobody_for_himself"] * (role == "learner" and not row.himself)
                expected += [INACTIVE_CODE] * (role == "learner" or INACTIVE_CODE in row.guards)
                found = codes(story, wanted(row, story), by)
                assert [each for each in found if each != "out_of_scope"] == expected, row.title

    def test_explain_says_the_same_of_an_inactive_learner(self, standing: str) -> None:
        story = told(TALES[standing])
        story.case = evolve(story.case, learner=evolve(story.case.learner, active=False))
        for row in in_status(standing):
            command = filled(row.command)
            for by in ("admin:eva", "learner:ann"):
                said = [each.code for each in story.verdict(type(command), by).reasons]
                refused = INACTIVE_CODE in codes(story, command, by)
                assert said.count(INACTIVE_CODE) == refused, row.title


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


@pytest.mark.parametrize(
    "row", [row for row in ROWS if "approver" in row.roles], ids=lambda row: row.title
)
class TestApprovalRolesInEachStatus:
    """Approvers decide, in every status in which something waits, unless the policy names others (P7)."""

    def test_whom_the_policy_names(self, row: Expanded) -> None:
        assert USUAL[row.command] == "approver:bo"
        example = FIRST[row.title]
        story = told(f"{example.tale}; use +admins_approve", world=example.world)
        assert story.who_may(wanted(row, story)) == {"admin"}
        assert codes(story, wanted(row, story), "approver:bo") == ["role_may_not"]
        assert codes(story, wanted(row, story), "admin:eva") == []

    def test_approvers_where_the_version_is_gone(self, row: Expanded) -> None:
        story = before(FIRST[row.title])
        command = wanted(row, story)
        gone = evolve(story.case.certification, versions=())
        story.case = evolve(story.case, certification=gone)
        assert story.who_may(command) == {"approver"}


class TestNobodyForHimself:
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

    def test_a_learner_reaches_himself_only(self) -> None:
        story = started(EVIDENCE)
        assert story.refused(SubmitEvidence(step="course"), "learner:ben") == ["out_of_scope"]

    def test_no_row_in_the_status_is_told_whoever_asks(self) -> None:
        elsewhere = Actor(role=Role.ADMIN, id="nora", scope=Scope.organizations("south"))
        assert reached()[Status.ASSIGNED].refused(PermanentlyRevoke(), elsewhere) == [
            "not_while_assigned"
        ]


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

    @pytest.mark.parametrize("standing", STANDINGS)
    def test_every_command_takes_one(self, standing: str) -> None:
        story = told(TALES[standing])
        for row in in_status(standing):
            command = evolve(filled(row.command), reason="because")
            assert "reason_is_required" not in codes(story, command, "admin:eva")
