"""The table: what its constructor refuses, and the tables that hosts make of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from attrs import evolve, frozen

from certlib.actors import Role
from certlib.errors import InvalidTableError
from certlib.state import TABLE, Command, Enrollment, Event, Guard, Row, Status, Table, rows
from certlib.state.commands import (
    AbandonRecertification,
    Assign,
    Award,
    Enroll,
    ForceRecertification,
    PermanentlyRevoke,
    Remove,
    RestoreAccess,
    RevokeAccess,
    Start,
    StartRecertification,
    Strike,
    Unassign,
)
from certlib.state.facts import AccessRevoked, Fact
from certlib.state.guards import learner_is_active
from certlib.state.rows import ADMINS
from certlib.state.table import ANY_STATUS, SAME, Standing


def findings(build: Callable[[], Table]) -> list[str]:
    with pytest.raises(InvalidTableError) as raised:
        build()
    return list(raised.value.findings)


def the_row(command: type[Command], status: Standing) -> Row:
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
        for command in (Remove, Unassign, AbandonRecertification):
            table = table.dropping(command)
        leading = [row for row in table.rows if Status.EXPIRED in row.to and row.status]
        assert {row.command for row in leading} == {Assign, Strike}

    def test_a_status_that_only_time_leads_out_of(self) -> None:
        table = TABLE.dropping(StartRecertification, Status.EXPIRED)
        table = table.dropping(ForceRecertification, Status.EXPIRED)
        table = table.dropping(RevokeAccess, Status.EXPIRED)
        assert findings(lambda: table.dropping(Award, Status.EXPIRED)) == [
            "no row leads out of expired"
        ]

    def test_an_unknown_guard(self) -> None:
        row = evolve(the_row(Start, Status.NOT_STARTED), when=(learner_is_active, MINE))
        assert findings(lambda: TABLE.replacing(row)) == [
            "row 'start', start while not_started: unknown guard moon_is_full"
        ]

    def test_an_unknown_fact(self) -> None:
        row = evolve(the_row(Start, Status.NOT_STARTED), emits=(Noted,))
        assert findings(lambda: TABLE.replacing(row)) == [
            "row 'start', start while not_started: unknown fact noted"
        ]

    def test_two_guards_with_one_code(self) -> None:
        twin = evolve(learner_is_active, sentence="the learner left")
        assert findings(lambda: TABLE.adding(guards=(twin,))) == [
            "two guards with the code learner_is_inactive"
        ]

    def test_a_to_that_leads_to_an_unreached_status(self) -> None:
        row = the_row(Start, Status.NOT_STARTED)
        wider = evolve(row, to=row.to | {Status.PENDING_APPROVAL})
        assert findings(lambda: TABLE.replacing(wider)) == [
            (
                "row 'start', start while not_started: leads to pending_approval,"
                " which is declared unreached"
            )
        ]

    def test_an_unreached_status_that_is_not_declared(self) -> None:
        assert findings(lambda: Table(rows=TABLE.rows)) == [
            "no row leads to pending_approval",
            "no row leads out of pending_approval",
        ]

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
        table = TABLE.adding(*added, guards=(MINE,), facts=(Noted,))
        found = table.row(Status.CERTIFIED, RevokeAccess)
        assert found == added[0]
        assert (added[0].number, added[0].late, added[0].notice) == (None, False, None)
        assert table.unreached == TABLE.unreached
        assert MINE in table.guards
        assert Noted in table.facts

    def test_changed_tables_keep_what_was_declared(self) -> None:
        table = TABLE.adding(guards=(MINE,), facts=(Noted,)).dropping(Remove)
        assert (table.guards[-1], table.facts[-1]) == (MINE, Noted)
        assert table.unreached == TABLE.unreached

    def test_a_table_says_which_rows_lead_anywhere(self) -> None:
        assert TABLE.leads_anywhere(the_row(Strike, None))
        assert not TABLE.leads_anywhere(the_row(Award, None))


class TestRows:
    """A declaration expands to one row per status."""

    def declared(self, to: object) -> dict[Standing, frozenset[Standing]]:
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
