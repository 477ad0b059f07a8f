"""The exploration itself: that certlib's own table is sound, and that it finds what is not."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import pytest
from attrs import evolve, frozen

from certlib.certifications import Certification
from certlib.state import (
    TABLE,
    By,
    Case,
    Command,
    CycleKind,
    Enrollment,
    Event,
    Status,
    Table,
    rows,
)
from certlib.state._proposals import Proposal
from certlib.state._rows import ADMINS, SYSTEM
from certlib.state.commands import (
    AbandonRecertification,
    Award,
    RestoreAccess,
    RevokeAccess,
    Start,
    Strike,
)
from certlib.state.facts import AccessRevoked, BarLifted, CycleBegan, Fact
from certlib.state.guards import Guard
from certlib.testing.exploration import CANDIDATES, Exploration, check, never_reached
from tests.cases import EXPLORED, PLAIN
from tests.state.sample import FROM_COMPLETION, PER_CERTIFICATE
from tests.state.situations import EXAMPLES, word
from tests.state.walks import JUDGED, LIMITS


@pytest.fixture(scope="module")
def explorations() -> tuple[Exploration, ...]:
    """One for each certification; `python -m benchmarks.explore` goes further (see there)."""
    return tuple(check(TABLE, (each,), limit=LIMITS[each.code], laws=JUDGED) for each in EXPLORED)


@pytest.mark.slow
class TestTheTableItself:
    """Every row's `to` and the status rule agree, in both directions (R12).

    Six certifications, which together exercise every rule. The status rule, due days and requests
    for access are compared with their brute-force twins after every command.
    """

    def test_no_row_leads_where_its_to_does_not_say(
        self, explorations: tuple[Exploration, ...]
    ) -> None:
        assert [each.contradictions for each in explorations] == [()] * 6

    def test_every_status_in_a_to_is_reached(self, explorations: tuple[Exploration, ...]) -> None:
        """Here, or by a worked example of the row."""
        reached = {one for each in explorations for one in each.reached}
        pairs = {
            f"{row.number} {row.name} while {word(row.status)}": row.pair for row in TABLE.rows
        }
        statuses: dict[str, Status | None] = {word(each): each for each in (None, *Status)}
        reached |= {(pairs[each.title], statuses[each.to]) for each in EXAMPLES}
        assert never_reached(TABLE, reached) == ()

    def test_no_invariant_is_broken(self, explorations: tuple[Exploration, ...]) -> None:
        assert [each.broken for each in explorations] == [()] * 6

    def test_every_row_is_taken(self, explorations: tuple[Exploration, ...]) -> None:
        taken = {one for each in explorations for one in each.accepted}
        assert taken == {(row.name, row.status) for row in TABLE.rows}

    def test_every_status_is_met(self, explorations: tuple[Exploration, ...]) -> None:
        assert {one for each in explorations for one in each.statuses} == {None, *Status}
        for each in explorations:
            assert sum(each.statuses.values()) == each.states

    def test_it_goes_far(self, explorations: tuple[Exploration, ...]) -> None:
        assert [each.states for each in explorations] == list(LIMITS.values())
        assert sum(each.enrollments for each in explorations) > 45_000
        for each in explorations:
            assert sum(each.times.values()) > each.enrollments
            assert not each.exhausted

    def test_the_same_twice(self) -> None:
        once, again = (check(TABLE, (FROM_COMPLETION,), limit=40) for _ in range(2))
        assert once == again


def replaced(command: type[Command], *statuses: Status | None, **changes: Any) -> Table:
    """certlib's table with the rows of a command changed (in these statuses; else in all)."""
    changed = [
        evolve(row, **changes)
        for row in TABLE.rows
        if row.command is command and (not statuses or row.status in statuses)
    ]
    return TABLE.replacing(*changed)


def explored(table: Table, *, limit: int = 60) -> Exploration:
    return check(table, (FROM_COMPLETION,), limit=limit)


class TestAToThatIsWrong:
    def test_a_status_that_it_does_not_list_is_a_contradiction(self) -> None:
        found = explored(replaced(RevokeAccess, to=frozenset({Status.LAPSED})))
        finding = next(each for each in found.contradictions if "while not_started" in each)
        assert finding == (
            "row 'revoke access', revoke_access while not_started: expected lapsed, found revoked,"
            " after: 2022-09-27T00:00Z learner:learner enroll;"
            " 2022-09-27T00:00Z admin:explorer revoke_access"
        )
        assert (
            "row 'revoke access', revoke_access while not_started: never led to lapsed"
            in found.never_reached
        )
        assert not found.is_clean

    def test_several_expected_statuses_are_listed_in_order(self) -> None:
        to = frozenset({Status.LAPSED, None, Status.ASSIGNED})
        found = explored(replaced(RevokeAccess, Status.NOT_STARTED, to=to))
        assert found.contradictions[0].startswith(
            "row 'revoke access', revoke_access while not_started: expected none, assigned, lapsed,"
            " found revoked, after: "
        )

    def test_a_status_too_many_is_never_reached(self) -> None:
        to = frozenset({Status.CERTIFIED, Status.ASSIGNED})
        found = explored(replaced(Award, None, to=to))
        assert "row 'award', award while none: never led to assigned" in found.never_reached
        assert found.contradictions == ()

    def test_a_row_that_nobody_can_take_is_named(self) -> None:
        closed = Guard(code="closed", sentence="it is closed", holds=lambda _: False)
        (row,) = (row for row in TABLE.rows if row.command is Start)
        table = TABLE.replacing(evolve(row, when=(closed,)))
        found = explored(table)
        assert "row 'start', start while not_started: never accepted" in found.never_reached
        assert ("start", Status.NOT_STARTED) not in found.accepted

    def test_each_finding_is_told_once_with_the_shortest_way(self) -> None:
        found = explored(replaced(RevokeAccess, to=frozenset({Status.LAPSED})))
        heads = [each.partition(", after: ")[0] for each in found.contradictions]
        assert len(set(heads)) == len(heads)


class TestARecorderThatIsWrong:
    def test_one_that_forgets_to_end_the_cycle(self) -> None:
        def forgetful(proposal: Proposal) -> tuple[Fact, ...]:
            return (
                BarLifted(),
                CycleBegan(
                    number=len(proposal.enrollment.cycles) + 1,
                    kind=CycleKind.INITIAL,
                    version=1,
                    counts_from=date(2020, 1, 1),
                    needs=("course",),
                ),
            )

        found = explored(
            replaced(AbandonRecertification, records=forgetful, emits=(BarLifted, CycleBegan))
        )
        assert any(
            each.startswith("abandon_recertification: not so: at most one cycle is open, after: ")
            for each in found.broken
        )

    def test_one_that_bars_without_ending_the_cycle(self) -> None:
        found = explored(replaced(RevokeAccess, records=lambda _: (AccessRevoked(),)))
        (finding,) = found.broken
        assert finding == (
            "revoke_access: not so: a cycle is open exactly in Not Started, In Progress,"
            " Pending Approval, Recertifying, after: 2022-09-27T00:00Z learner:learner enroll;"
            " 2022-09-27T00:00Z admin:explorer revoke_access"
        )

    def test_one_that_records_what_it_does_not_declare(self) -> None:
        found = explored(replaced(RevokeAccess, emits=()))
        assert found.broken[0].startswith(
            "revoke_access: raised InvalidTableError(findings=(\"row 'revoke access', revoke_access"
            ' while not_started: records access_revoked, cycle_ended, which it does not declare",))'
        )

    def test_one_that_raises(self) -> None:
        def raising(_proposal: Proposal) -> tuple[Fact, ...]:
            raise LookupError("nothing there")

        found = explored(replaced(Start, records=raising))
        (finding,) = found.broken
        assert finding == (
            "start: raised LookupError('nothing there'), after: 2022-09-27T00:00Z learner:learner"
            " enroll; 2022-09-27T00:00Z learner:learner start"
        )

    def test_a_guard_that_is_missing(self) -> None:
        found = check(replaced(Strike, when=()), (PLAIN,), limit=150)
        assert any(each.startswith("strike: ") for each in found.broken)


class TestWhatMayNotBe:
    def test_the_system_leaves_disallowed(self) -> None:
        found = explored(replaced(RestoreAccess, by=SYSTEM))
        heads = [each.partition(", after: ")[0] for each in found.broken]
        assert heads == [
            "restore_access: not so: Revoked and Disallowed are left by no command of the system"
        ]

    def test_another_command_leaves_disallowed(self) -> None:
        (restored,) = (row for row in TABLE.rows if row.command is RestoreAccess)
        pardon = evolve(restored, name="pardon", command=Pardon, to=frozenset({Status.REVOKED}))
        found = explored(TABLE.adding(pardon))
        assert [each.partition(", after: ")[0] for each in found.broken] == [
            "pardon: not so: Disallowed is left only by restore access"
        ]

    def test_time_leads_where_it_should_not(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("certlib.testing.exploration.BY_TIME", {})
        found = explored(TABLE)
        assert found.broken[0] == (
            "time leads from certified to expired, after: 2022-09-27T00:00Z admin:explorer award;"
            " 2023-09-28T00:00Z wait"
        )


@frozen(kw_only=True)
class Pardon(Command):
    """A host's own command without fields."""

    name = "pardon"


@frozen(kw_only=True)
class Annotate(Command):
    """A host's own command with a field that must be given."""

    name = "annotate"
    text: str


@frozen(kw_only=True)
class Annotated(Fact):
    """A host's own fact."""

    tag = "annotated"
    text: str

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        return enrollment


class TestAHostsOwnCommands:
    """`candidates` says what to try of commands that certlib does not know."""

    def annotating(self) -> Table:
        def noted(proposal: Proposal) -> tuple[Fact, ...]:
            assert isinstance(proposal.command, Annotate)
            return (Annotated(text=proposal.command.text),)

        added = rows(
            Annotate, in_=(Status.ASSIGNED,), by=ADMINS, records=noted, emits=(Annotated,),
            to=(Status.ASSIGNED,), name="annotate",
        )  # fmt: skip
        return TABLE.adding(*added)

    def test_without_candidates_a_command_with_fields_is_never_tried(self) -> None:
        found = explored(self.annotating())
        assert "row 'annotate', annotate while assigned: never accepted" in found.never_reached

    def test_with_candidates_it_is(self) -> None:
        def texts(_case: Case, _now: datetime) -> Iterable[Command]:
            yield Annotate(text="seen")

        found = check(self.annotating(), (FROM_COMPLETION,), limit=60, candidates={Annotate: texts})
        assert ("annotate", Status.ASSIGNED) in found.accepted

    def test_a_command_without_fields_is_tried_as_it_is(self) -> None:
        bar = rows(
            Pardon, in_=(Status.ASSIGNED,), by=ADMINS, records=lambda _: (AccessRevoked(),),
            emits=(AccessRevoked,), to=(Status.REVOKED,), name="bar",
        )  # fmt: skip
        assert ("bar", Status.ASSIGNED) in explored(TABLE.adding(*bar)).accepted

    def test_a_mandatory_reason_is_given(self) -> None:
        by = By(roles=ADMINS.roles, reason_required=True)
        found = explored(replaced(RevokeAccess, by=by))
        assert ("revoke access", Status.NOT_STARTED) in found.accepted


class TestTheWalk:
    def test_the_limit_is_for_each_certification(self) -> None:
        found = check(TABLE, (FROM_COMPLETION, PER_CERTIFICATE), limit=20)
        assert found.states == 40
        assert not found.exhausted

    def test_a_certification_that_was_never_published_goes_nowhere(self) -> None:
        found = check(TABLE, (Certification(code="DRAFT-1"),))
        assert (found.states, found.exhausted, found.accepted) == (1, True, frozenset())

    def test_every_kind_of_candidate_is_a_command_of_the_table(self) -> None:
        assert set(CANDIDATES) <= set(TABLE.commands)

    def test_no_certification_at_all(self) -> None:
        found = check(TABLE, ())
        assert found.states == 0
        assert len(found.never_reached) == len(TABLE.rows)
