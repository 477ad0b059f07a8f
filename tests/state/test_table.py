"""The table: what its constructor refuses, and the tables that hosts make of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date

import pytest
from attrs import evolve, frozen

from certlib.actors import Role
from certlib.errors import InvalidTableError, UnknownKindError
from certlib.pictures import grid
from certlib.policies import ExamRules
from certlib.serialize import RECORDS, Records
from certlib.state import (
    TABLE,
    By,
    Command,
    Enrollment,
    Event,
    Guard,
    Proposal,
    Row,
    Status,
    Table,
    guards,
    replay,
    rows,
)
from certlib.state._actions.enrolling import remove
from certlib.state._fold import counting
from certlib.state._proposals import command_as, open_cycle
from certlib.state._rows import ADMINS, AFTER_NOT_STARTED
from certlib.state._table import ANY_STATUS, SAME, StatusOrNone
from certlib.state.commands import (
    AbandonRecertification,
    Assign,
    Award,
    Enroll,
    ExtendCertificate,
    ForceRecertification,
    MoveToVersion,
    OverrideTraining,
    PermanentlyRevoke,
    RecordExam,
    Remove,
    RestoreAccess,
    RevokeAccess,
    Start,
    StartRecertification,
    Strike,
    Unassign,
)
from certlib.state.facts import AccessRevoked, CycleEnded, Fact, RemovedFromCertification
from certlib.state.guards import every_assignment_is_manual, learner_is_active
from tests.state.sample import FROM_COMPLETION, with_exam
from tests.state.story import Story, reached, started, statuses, tags


def findings(build: Callable[[], Table]) -> list[str]:
    with pytest.raises(InvalidTableError) as raised:
        build()
    return list(raised.value.findings)


def the_row(command: type[Command], status: StatusOrNone) -> Row:
    row = TABLE.row(status, command)
    assert row is not None
    return row


@frozen(kw_only=True)
class Noted(Fact):
    """A host's own fact."""

    tag = "noted"

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        return enrollment


MINE = Guard(code="moon_is_full", sentence="the moon is not full", holds=lambda _: True)


class TestWhatTheConstructorRefuses:
    def test_two_rows_for_one_pair(self) -> None:
        twin = evolve(the_row(Start, Status.NOT_STARTED), name="start again")
        assert findings(lambda: TABLE.adding(twin)) == [
            "two rows for start while not_started: 'start' and 'start again'"
        ]

    def test_two_rows_for_one_pair_without_a_status(self) -> None:
        twin = evolve(the_row(Enroll, None), name="join")
        assert findings(lambda: TABLE.adding(twin)) == [
            "two rows for enroll while none: 'enroll' and 'join'"
        ]

    def test_a_status_that_no_row_leads_to(self) -> None:
        assert findings(lambda: TABLE.dropping(PermanentlyRevoke)) == ["no row leads to disallowed"]

    def test_a_status_that_is_only_led_to_from_where_nobody_comes(self) -> None:
        stays = evolve(the_row(PermanentlyRevoke, Status.CERTIFIED), to=frozenset({Status.REVOKED}))
        loop = evolve(
            the_row(RestoreAccess, Status.DISALLOWED),
            to=frozenset({Status.DISALLOWED, Status.REVOKED}),
        )
        assert findings(lambda: TABLE.replacing(stays, loop)) == ["no row leads to disallowed"]

    def test_a_strike_does_not_make_a_status_reachable_nor_leavable(self) -> None:
        assert the_row(Strike, Status.DISALLOWED).to == ANY_STATUS - TABLE.unreached
        assert findings(lambda: TABLE.dropping(RestoreAccess)) == ["no row leads out of disallowed"]

    def test_a_status_that_time_alone_leads_to_is_reachable(self) -> None:
        table = TABLE
        for command in (Remove, Unassign, AbandonRecertification, ExtendCertificate, MoveToVersion):
            table = table.dropping(command)
        leading = [
            row
            for row in table.rows
            if Status.EXPIRED in row.to and row.status is not Status.EXPIRED
        ]
        assert {row.command for row in leading} == {Strike}

    def test_a_status_that_only_time_leads_out_of(self) -> None:
        table = TABLE
        for command in (
            StartRecertification, ForceRecertification, RevokeAccess, ExtendCertificate, MoveToVersion,
        ):  # fmt: skip
            table = table.dropping(command, Status.EXPIRED)
        assert findings(lambda: table.dropping(Award, Status.EXPIRED)) == [
            "no row leads out of expired"
        ]

    def test_two_guards_with_one_code(self) -> None:
        twin = evolve(learner_is_active, sentence="the learner left")
        row = evolve(the_row(Start, Status.NOT_STARTED), when=(twin,))
        assert findings(lambda: TABLE.replacing(row)) == [
            "two guards with the code learner_is_active"
        ]

    def test_a_to_that_leads_to_an_unreached_status(self) -> None:
        kept = TABLE.dropping(Strike).rows
        without = tuple(row for row in kept if row.status is not Status.DISALLOWED)
        assert findings(lambda: Table(rows=without, unreached=frozenset({Status.DISALLOWED}))) == [
            (
                "row 'permanently revoke', permanently_revoke while certified: leads to disallowed,"
                " which is declared unreached"
            )
        ]

    def test_every_status_is_reached(self) -> None:
        assert TABLE.unreached == frozenset()

    def test_every_finding_is_told_at_once(self) -> None:
        with pytest.raises(InvalidTableError) as raised:
            TABLE.dropping(PermanentlyRevoke).adding()
        assert str(raised.value) == (
            "the table is not sound: no row leads to disallowed (invalid_table)"
        )
        found = findings(lambda: Table(rows=(), unreached=frozenset({Status.EXPIRED})))
        assert len(found) == 18
        assert "no row leads to assigned" in found
        assert "no row leads out of assigned" in found


class TestOtherTables:
    """Hosts replace, drop and add rows, and get a new checked table."""

    def test_replacing_a_cell(self) -> None:
        row = evolve(the_row(RevokeAccess, Status.EXPIRED), name="stop", notice=None)
        table = TABLE.replacing(row)
        assert table.row(Status.EXPIRED, RevokeAccess) is row
        assert len(table.rows) == len(TABLE.rows)
        assert TABLE.row(Status.EXPIRED, RevokeAccess) is not row

    def test_replacing_what_is_not_there(self) -> None:
        row = evolve(the_row(RevokeAccess, Status.EXPIRED), status=Status.CERTIFIED)
        assert findings(lambda: TABLE.replacing(row)) == [
            "row 'revoke access': there is no revoke_access while certified to replace"
        ]

    def test_dropping_a_cell(self) -> None:
        table = TABLE.dropping(RevokeAccess, Status.EXPIRED)
        assert table.row(Status.EXPIRED, RevokeAccess) is None
        assert table.row(Status.LAPSED, RevokeAccess) is not None
        assert len(table.rows) == len(TABLE.rows) - 1

    def test_dropping_a_cell_without_a_status(self) -> None:
        table = TABLE.dropping(Award, None)
        assert table.row(None, Award) is None
        assert table.row(Status.ASSIGNED, Award) is not None

    def test_dropping_a_command(self) -> None:
        table = TABLE.dropping(Remove)
        assert Remove not in table.commands
        assert table.commands == tuple(c for c in TABLE.commands if c is not Remove)

    def test_adding_a_row_with_its_guard_and_fact(self) -> None:
        added = rows(
            RevokeAccess, in_=(Status.CERTIFIED,), by=ADMINS, when=iter((MINE,)),
            records=lambda _: (Noted(),), emits=iter((Noted,)), to=(Status.REVOKED,),
            name="revoke at once",
        )  # fmt: skip
        table = TABLE.adding(*added)
        found = table.row(Status.CERTIFIED, RevokeAccess)
        assert found == added[0]
        assert (added[0].number, added[0].late, added[0].notice) == (None, False, None)
        assert table.unreached == TABLE.unreached
        assert set(table.guards) - set(TABLE.guards) == {MINE}
        assert set(table.facts) - set(TABLE.facts) == {Noted}

    def test_a_guard_and_a_fact_go_with_the_last_row_that_has_them(self) -> None:
        table = TABLE.dropping(Unassign)
        assert set(TABLE.guards) - set(table.guards) == {guards.assignment_exists}
        assert {fact.tag for fact in set(TABLE.facts) - set(table.facts)} == {"assignment_dropped"}

    def test_it_prints_on_a_line(self) -> None:
        assert repr(TABLE) == f"Table({len(TABLE.rows)} rows, {len(TABLE.commands)} commands)"

    def test_a_table_says_which_rows_lead_anywhere(self) -> None:
        assert TABLE.leads_anywhere(the_row(Strike, None))
        assert not TABLE.leads_anywhere(the_row(Award, None))


class TestRows:
    """A declaration expands to one row per status."""

    def declared(self, to: object) -> dict[StatusOrNone, frozenset[StatusOrNone]]:
        return {
            row.status: row.to
            for row in rows(
                RevokeAccess, in_=(Status.EXPIRED, Status.LAPSED), by=ADMINS, to=to,  # type: ignore[arg-type]
                records=lambda _: (AccessRevoked(),), emits=(AccessRevoked,), name="revoke",
            )
        }  # fmt: skip

    def test_one_to_for_all(self) -> None:
        revoked = frozenset({Status.REVOKED})
        assert self.declared((Status.REVOKED,)) == dict.fromkeys(
            (Status.EXPIRED, Status.LAPSED), revoked
        )

    def test_same(self) -> None:
        assert self.declared(SAME) == {
            Status.EXPIRED: {Status.EXPIRED},
            Status.LAPSED: {Status.LAPSED},
        }

    def test_a_to_for_each_status(self) -> None:
        assert self.declared({Status.EXPIRED: SAME, Status.LAPSED: (None,)}) == {
            Status.EXPIRED: {Status.EXPIRED},
            Status.LAPSED: {None},
        }

    def test_guards_from_an_iterator_are_on_every_row(self) -> None:
        found = rows(
            RevokeAccess, in_=(Status.EXPIRED, Status.LAPSED), by=ADMINS,
            when=iter((learner_is_active,)), to=SAME, records=lambda _: (),
            emits=iter((AccessRevoked,)), name="revoke",
        )  # fmt: skip
        assert [row.when for row in found] == [(learner_is_active,)] * 2
        assert [row.emits for row in found] == [(AccessRevoked,)] * 2

    def test_a_pair_in_words(self) -> None:
        assert the_row(Award, None).pair == "award while none"
        assert the_row(Award, Status.IN_PROGRESS).pair == "award while in_progress"

    def test_roles_of_a_row_are_roles(self) -> None:
        assert the_row(Start, Status.NOT_STARTED).by.roles == {Role.LEARNER, Role.SYSTEM}


def as_replayed(story: Story) -> Enrollment:
    return replay(story.history, learner="ann", certification=story.enrollment.certification)


def through_json(history: tuple[Event, ...], records: Records) -> tuple[Event, ...]:
    documents = [json.loads(json.dumps(records.dump_event(event))) for event in history]
    return tuple(records.load_event(document) for document in documents)


class TestRemoveWhileInProgress:
    """One more cell: what was begun by mistake may be removed (a host's change of the grid)."""

    WITHOUT = Table(
        rows=tuple(
            row for row in TABLE.rows if (row.status, row.command) != (Status.IN_PROGRESS, Remove)
        ),
    )
    """Whether or not certlib has the cell."""
    TABLE = WITHOUT.adding(
        *rows(
            Remove, in_=(Status.IN_PROGRESS,), by=ADMINS, when=(every_assignment_is_manual,),
            records=remove, emits=(CycleEnded, RemovedFromCertification),
            to=AFTER_NOT_STARTED, name="remove while in progress", notice="removed",
        )
    )  # fmt: skip

    def begun(self, *, by_hand: bool = True) -> Story:
        if not by_hand:
            return started(FROM_COMPLETION, table=self.TABLE)
        story = Story(FROM_COMPLETION, table=self.TABLE)
        story.give(Assign())
        story.give(Enroll(), "learner:ann")
        story.give(Start(), "learner:ann")
        return story

    def test_the_cell(self) -> None:
        assert grid(self.WITHOUT)["in_progress"]["remove"] is None
        assert grid(self.TABLE)["in_progress"]["remove"] == ["every_assignment_is_manual"]

    def test_it_is_done(self) -> None:
        story = self.begun()
        assert story.verdict(Remove).allowed
        given = story.give(Remove())
        assert tags(given) == ["cycle_ended", "removed"]
        assert statuses(given) == (Status.IN_PROGRESS, None)
        assert [notice.kind for notice in given.notices] == ["removed"]
        story.give(Enroll(), "learner:ann")
        assert [cycle.number for cycle in story.enrollment.cycles] == [1, 2]

    def test_with_an_award_that_is_over_it_is_lapsed(self) -> None:
        story = self.begun()
        story.give(Award(on=date(2022, 1, 1)))
        assert story.give(Remove()).after is Status.LAPSED

    def test_its_footnote_holds(self) -> None:
        assert self.begun(by_hand=False).refused(Remove()) == ["every_assignment_is_manual"]

    def test_without_it_it_is_refused(self) -> None:
        story = self.begun()
        story.table = self.WITHOUT
        assert story.refused(Remove()) == ["not_while_in_progress"]

    def test_what_it_recorded_needs_no_row(self) -> None:
        story = self.begun()
        story.give(Remove())
        assert as_replayed(story) == story.enrollment
        assert through_json(story.history, RECORDS) == story.history
        story.table = self.WITHOUT  # the row is gone again: the history stays, and may be struck
        assert story.status is None
        assert story.give(Strike(entry=4)).after is Status.IN_PROGRESS


@frozen(kw_only=True)
class ProposeRevocation(Command):
    """The first of two who want to bar somebody for good."""

    name = "propose_revocation"


@frozen(kw_only=True)
class RevocationProposed(Fact):
    """An administrator wants to bar the learner for good."""

    tag = "revocation_proposed"
    is_on_the_certificate = True

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        return enrollment


def proposed_by_another(proposal: Proposal) -> bool:
    """Whether somebody else proposed it since the certificate was issued."""
    newest = proposal.enrollment.newest_certificate
    return any(
        isinstance(event.fact, RevocationProposed)
        and event.actor != str(proposal.actor)
        and newest is not None
        and event.at >= newest.issued_at
        for event in counting(proposal.case.history or (), at=proposal.at)
    )


PROPOSED: Guard = Guard(
    code="another_has_proposed_it",
    sentence="another administrator must propose it first",
    holds=proposed_by_another,
)


class TestTwoForAPermanentRevocation:
    """A second pair of eyes: a fact of the host's own for the first one, a guard for the second."""

    TABLE = TABLE.adding(
        *rows(
            ProposeRevocation, in_=(Status.CERTIFIED,),
            by=By(roles=frozenset({Role.ADMIN}), reason_required=True),
            records=lambda _: (RevocationProposed(),), emits=(RevocationProposed,), to=SAME,
            name="propose permanent revocation",
        ),
    ).replacing(evolve(the_row(PermanentlyRevoke, Status.CERTIFIED), when=(PROPOSED,)))  # fmt: skip

    def certified(self) -> Story:
        story = Story(FROM_COMPLETION, table=self.TABLE)
        story.give(Award())
        return story.wait("2025-02-01")

    def test_not_by_one_alone(self) -> None:
        story = self.certified()
        (reason,) = story.reasons(PermanentlyRevoke())
        assert reason.code == "another_has_proposed_it"
        assert reason.text == "another administrator must propose it first"
        assert story.verdict(PermanentlyRevoke).reasons == (reason,)
        story.give(ProposeRevocation(reason="forged"), "admin:eva")
        assert story.refused(PermanentlyRevoke(), "admin:eva") == ["another_has_proposed_it"]

    def test_by_two(self) -> None:
        story = self.certified()
        given = story.give(ProposeRevocation(reason="forged"), "admin:eva")
        assert statuses(given) == (Status.CERTIFIED, Status.CERTIFIED)
        assert tags(given) == ["revocation_proposed"]
        assert story.give(PermanentlyRevoke(), "admin:ida").after is Status.DISALLOWED

    def test_of_the_certificate_that_there_is_now(self) -> None:
        story = self.certified()
        story.give(ProposeRevocation(reason="forged"), "admin:eva")
        story.give(Award(), now="2025-03-01")
        assert story.refused(PermanentlyRevoke(), "admin:ida") == ["another_has_proposed_it"]

    def test_a_proposal_that_is_struck_is_none(self) -> None:
        story = self.certified()
        story.give(ProposeRevocation(reason="forged"), "admin:eva")
        story.give(Strike(entry=2), "admin:eva")
        assert story.refused(PermanentlyRevoke(), "admin:ida") == ["another_has_proposed_it"]

    def test_the_proposal_rests_on_the_certificate(self) -> None:
        story = self.certified()
        story.give(ProposeRevocation(reason="forged"), "admin:eva")
        assert story.refused(Strike(entry=1)) == ["nothing_rests_on_it"]

    def test_it_takes_a_reason(self) -> None:
        assert self.certified().refused(ProposeRevocation()) == ["reason_is_required"]
        assert self.certified().verdict(ProposeRevocation).needs == ("reason",)

    def test_the_grid_shows_the_cell_as_it_was(self) -> None:
        assert grid(self.TABLE) == grid(TABLE)

    def test_replayed_and_through_json(self) -> None:
        story = self.certified()
        story.give(ProposeRevocation(reason="forged"), "admin:eva")
        story.give(PermanentlyRevoke(), "admin:ida")
        assert as_replayed(story) == story.enrollment
        records = Records((*TABLE.facts, RevocationProposed))
        assert through_json(story.history, records) == story.history


@frozen(kw_only=True)
class ConfirmIdentity(Command):
    """Note that somebody looked at the learner's papers."""

    name = "confirm_identity"
    document: str


@frozen(kw_only=True)
class IdentityConfirmed(Fact):
    """Somebody looked at the learner's papers; it counts for the cycle with this number."""

    tag = "identity_confirmed"
    number: int
    document: str

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        return enrollment


def confirmed(proposal: Proposal) -> bool:
    cycle = proposal.enrollment.open_cycle
    return cycle is not None and any(
        isinstance(event.fact, IdentityConfirmed) and event.fact.number == cycle.number
        for event in counting(proposal.case.history or (), at=proposal.at)
    )


CONFIRMED: Guard = Guard(
    code="identity_is_confirmed", sentence="nobody has seen the papers yet", holds=confirmed
)


def identity(proposal: Proposal) -> tuple[Fact, ...]:
    command = command_as(proposal, ConfirmIdentity)
    return (IdentityConfirmed(number=open_cycle(proposal).number, document=command.document),)


class TestAnActionOfAHostsOwn:
    """With its own command, event, row and guard; certlib's exam waits for it."""

    TABLE = TABLE.adding(
        *rows(
            ConfirmIdentity, in_=(Status.IN_PROGRESS, Status.RECERTIFYING), by=ADMINS,
            records=identity, emits=(IdentityConfirmed,), to=SAME,
            name="confirm identity", notice="identity_confirmed",
        ),
    )  # fmt: skip
    TABLE = TABLE.replacing(
        *(
            evolve(row, when=(*row.when, CONFIRMED))
            for row in TABLE.rows
            if row.command is RecordExam
        )
    )

    def begun(self) -> Story:
        return started(with_exam(ExamRules()), table=self.TABLE)

    def test_it_is_explained_with_the_others(self) -> None:
        verdict = self.begun().verdict(ConfirmIdentity)
        assert (verdict.allowed, verdict.needs) == (True, ("document",))
        (reason,) = self.begun().verdict(RecordExam, "system").reasons
        assert reason.code == "identity_is_confirmed"
        assert [each.code for each in self.begun().verdict(ConfirmIdentity, "system").reasons] == [
            "role_may_not"
        ]

    def test_it_is_done(self) -> None:
        story = self.begun()
        assert story.refused(RecordExam(passed=True), "system") == ["identity_is_confirmed"]
        given = story.give(ConfirmIdentity(document="passport", reason="at the door"))
        assert tags(given) == ["identity_confirmed"]
        assert statuses(given) == (Status.IN_PROGRESS, Status.IN_PROGRESS)
        assert [notice.kind for notice in given.notices] == ["identity_confirmed"]
        (event,) = given.events
        assert (event.row, event.reason, event.version) == (
            "confirm identity",
            "at the door",
            1,
        )
        story.give(RecordExam(passed=True), "system")

    def test_where_it_has_no_row_it_is_refused_as_any_other(self) -> None:
        story = Story(FROM_COMPLETION, table=self.TABLE)
        (reason,) = story.reasons(ConfirmIdentity(document="passport"))
        assert reason.code == "not_while_none"
        assert reason.text == "not possible without an enrollment"

    def test_it_counts_in_its_cycle_only(self) -> None:
        story = self.begun()
        story.give(ConfirmIdentity(document="passport"))
        story.give(OverrideTraining())
        story.give(RecordExam(passed=True), "system")
        story.give(StartRecertification(), "learner:ann")
        assert story.refused(RecordExam(passed=True), "system") == ["identity_is_confirmed"]

    def test_it_rests_on_the_cycle_and_can_be_struck(self) -> None:
        story = self.begun()
        story.give(ConfirmIdentity(document="passport"))
        assert story.refused(Strike(entry=1)) == ["nothing_rests_on_it"]
        story.give(Strike(entry=3))
        assert story.refused(RecordExam(passed=True), "system") == ["identity_is_confirmed"]

    def test_replayed_and_through_json(self) -> None:
        story = self.begun()
        story.give(ConfirmIdentity(document="passport"))
        story.give(RecordExam(passed=True), "system")
        assert as_replayed(story) == story.enrollment
        records = Records((*TABLE.facts, IdentityConfirmed))
        assert through_json(story.history, records) == story.history

    def test_certlibs_own_records_do_not_know_it_and_say_so(self) -> None:
        story = self.begun()
        (event,) = story.give(ConfirmIdentity(document="passport")).events
        with pytest.raises(UnknownKindError, match="identity_confirmed"):
            RECORDS.dump_event(event)
        document = Records((*TABLE.facts, IdentityConfirmed)).dump_event(event)
        with pytest.raises(UnknownKindError, match="identity_confirmed"):
            RECORDS.load_event(document)


class TestRowsThatAreGone:
    """An old history replays, and gives the same answers, after rows were removed from the table."""

    def test_of_every_status(self) -> None:
        bare = TABLE.dropping(Strike).dropping(MoveToVersion).dropping(OverrideTraining)
        for status, story in reached().items():
            story.table = bare
            assert story.status is status
            assert as_replayed(story) == story.enrollment
            assert story.refused(Strike(entry=1))[0].startswith("not_while_")
