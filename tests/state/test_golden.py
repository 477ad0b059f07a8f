"""The golden lists of certlib's own table, written by hand from requirements 4.3.

They are kept apart from the table, so that a slip in one shows in the other.
"""

from __future__ import annotations

import pytest

from certlib.state import TABLE, Command, Status
from certlib.state.commands import (
    Award,
    CompleteStep,
    Strike,
)
from certlib.state.table import Standing
from tests.state.story import Story, reached

ASSIGNED = "assigned"
NOT_STARTED = "not_started"
IN_PROGRESS = "in_progress"
CERTIFIED = "certified"
EXPIRED = "expired"
LAPSED = "lapsed"
RECERTIFYING = "recertifying"
REVOKED = "revoked"
DISALLOWED = "disallowed"
NINE = (
    ASSIGNED,
    NOT_STARTED,
    IN_PROGRESS,
    CERTIFIED,
    EXPIRED,
    LAPSED,
    RECERTIFYING,
    REVOKED,
    DISALLOWED,
)  # without Pending Approval, which no row leads to yet

GOLDEN: list[tuple[int, tuple[str | None, ...], str, str]] = [
    # number, statuses, command, who
    (1, (None,), "assign", "admin system"),
    (2, (None,), "enroll", "learner system"),
    (6, (ASSIGNED,), "enroll", "learner system"),
    (7, NINE, "assign", "admin system"),
    (10, (NOT_STARTED,), "start", "learner system"),
    (11, (IN_PROGRESS, RECERTIFYING), "complete_step", "system"),
    (25, (CERTIFIED,), "start_recertification", "learner system"),
    (26, (EXPIRED, LAPSED), "start_recertification", "learner system"),
    (27, (REVOKED,), "start_recertification", "learner admin"),
    (28, (CERTIFIED, EXPIRED, LAPSED), "force_recertification", "admin"),
    (29, (CERTIFIED,), "permanently_revoke", "admin"),
    (30, (DISALLOWED,), "restore_access", "admin"),
    (31, (NOT_STARTED, IN_PROGRESS, EXPIRED, LAPSED, RECERTIFYING), "revoke_access", "admin"),
    (32, (ASSIGNED, NOT_STARTED), "remove", "admin"),
    (33, NINE, "unassign", "admin system"),
    (
        34,
        (
            None,
            ASSIGNED,
            NOT_STARTED,
            IN_PROGRESS,
            CERTIFIED,
            EXPIRED,
            LAPSED,
            RECERTIFYING,
        ),
        "award",
        "admin system",
    ),
    (37, (None, *NINE), "strike", "admin system"),
    (38, (RECERTIFYING,), "abandon_recertification", "learner admin"),
]

LEADS_TO: dict[tuple[str | None, str], tuple[str | None, ...]] = {
    (None, "assign"): (ASSIGNED,),
    (None, "enroll"): (NOT_STARTED,),
    (ASSIGNED, "enroll"): (NOT_STARTED,),
    (NOT_STARTED, "start"): (IN_PROGRESS,),
    (IN_PROGRESS, "complete_step"): (IN_PROGRESS, CERTIFIED),
    (RECERTIFYING, "complete_step"): (RECERTIFYING, CERTIFIED),
    (CERTIFIED, "start_recertification"): (RECERTIFYING,),
    (EXPIRED, "start_recertification"): (RECERTIFYING,),
    (LAPSED, "start_recertification"): (RECERTIFYING,),
    (REVOKED, "start_recertification"): (RECERTIFYING, NOT_STARTED),
    (CERTIFIED, "force_recertification"): (RECERTIFYING,),
    (EXPIRED, "force_recertification"): (RECERTIFYING,),
    (LAPSED, "force_recertification"): (RECERTIFYING,),
    (CERTIFIED, "permanently_revoke"): (DISALLOWED,),
    (DISALLOWED, "restore_access"): (REVOKED,),
    (NOT_STARTED, "revoke_access"): (REVOKED,),
    (IN_PROGRESS, "revoke_access"): (REVOKED,),
    (EXPIRED, "revoke_access"): (REVOKED,),
    (LAPSED, "revoke_access"): (REVOKED,),
    (RECERTIFYING, "revoke_access"): (REVOKED,),
    (ASSIGNED, "remove"): (None,),
    (NOT_STARTED, "remove"): (None, CERTIFIED, EXPIRED, LAPSED, REVOKED),
    (ASSIGNED, "unassign"): (ASSIGNED, None),
    (NOT_STARTED, "unassign"): (NOT_STARTED, None, CERTIFIED, EXPIRED, LAPSED, REVOKED),
    (RECERTIFYING, "abandon_recertification"): (CERTIFIED, EXPIRED, LAPSED),
}
"""Where a row leads, if it is not the same status (assign, unassign), Certified (award), any (strike)."""

GUARD_CODES = [
    "learner_is_inactive",
    "certification_is_active",
    "version_is_published",
    "version_begins_cycles",
    "version_was_published",
    "access_is_open",
    "assignment_is_new",
    "assignment_exists",
    "every_assignment_is_manual",
    "step_is_open",
    "path_is_of_the_step",
    "window_is_open",
    "certificate_is_not_revoked",
    "no_certificate_of_that_instant",
    "last_valid_day_is_given",
    "last_valid_day_is_not_before_the_date",
    "entry_can_be_struck",
    "nothing_rests_on_it",
]

FACT_TAGS = [
    "assignment_added",
    "assignment_dropped",
    "cycle_began",
    "cycle_started",
    "step_completed",
    "cycle_ended",
    "certificate_issued",
    "certificate_awarded",
    "certificate_dated_again",
    "access_revoked",
    "permanently_revoked",
    "access_restored",
    "bar_lifted",
    "recertification_forced",
    "removed",
    "entry_struck",
]


def value(status: Standing) -> str | None:
    return None if status is None else status.value


class TestGolden:
    """certlib's own rows are those of the requirements."""

    def test_numbers_statuses_commands_and_roles(self) -> None:
        expected = [
            (number, status, command, frozenset(who.split()))
            for number, statuses, command, who in GOLDEN
            for status in statuses
        ]
        found = [
            (row.number, value(row.status), row.command.name, frozenset(row.by.roles))
            for row in TABLE.rows
        ]
        assert found == expected

    def test_where_rows_lead(self) -> None:
        for row in TABLE.rows:
            pair = (value(row.status), row.command.name)
            found = {value(status) for status in row.to}
            if row.command is Strike:
                assert found == {None, *NINE}
            elif row.command is Award:
                assert found == {CERTIFIED}
            else:
                same = (value(row.status),)
                assert found == set(LEADS_TO.get(pair, same)), pair
        assert {(value(row.status), row.command.name) for row in TABLE.rows} >= set(LEADS_TO)

    def test_only_awards_may_be_late(self) -> None:
        assert {row.command for row in TABLE.rows if row.late} == {Award}
        assert TABLE.may_be_late(Award)
        assert not TABLE.may_be_late(Strike)

    def test_only_awards_are_given_by_nobody_for_himself(self) -> None:
        assert {row.command for row in TABLE.rows if not row.by.for_himself} == {Award}

    def test_no_reason_is_mandatory(self) -> None:
        assert not any(row.by.reason_required for row in TABLE.rows)

    def test_pending_approval_is_the_one_status_not_reached_yet(self) -> None:
        assert TABLE.unreached == {Status.PENDING_APPROVAL}
        assert TABLE.in_status(Status.PENDING_APPROVAL) == ()

    def test_codes_of_guards(self) -> None:
        assert [guard.code for guard in TABLE.guards] == GUARD_CODES

    def test_tags_of_facts(self) -> None:
        assert [fact.tag for fact in TABLE.facts] == FACT_TAGS

    def test_every_guard_and_every_given_fact_is_used(self) -> None:
        assert {guard.code for row in TABLE.rows for guard in row.when} == set(GUARD_CODES)
        consequences = {"certificate_issued", "certificate_dated_again"}
        used = {fact.tag for row in TABLE.rows for fact in row.emits}
        assert used == set(FACT_TAGS) - consequences

    def test_names_of_rows_differ_by_number(self) -> None:
        numbers = {(row.name, row.number) for row in TABLE.rows}
        assert len(numbers) == len(GOLDEN) == len({name for name, _ in numbers})


COMMANDS: dict[str, Command] = {
    command.name: command
    for command in (
        *(kind() for kind in TABLE.commands if not kind.required_fields()),
        CompleteStep(step="course"),
        Strike(entry=1),
    )
}
PAIRS = [
    (status, command)
    for status in (None, *Status)
    for command in TABLE.commands
    if status is not Status.PENDING_APPROVAL and TABLE.row(status, command) is None
]


@pytest.fixture(scope="module")
def stories() -> dict[Standing, Story]:
    return reached()


class TestNoRow:
    """A pair of status and command without a row is refused, and says in which status (R11)."""

    @pytest.mark.parametrize("status", [None, *(s for s in Status if s.value in NINE)], ids=str)
    def test_the_story_is_in_that_status(
        self, stories: dict[Standing, Story], status: Standing
    ) -> None:
        assert stories[status].status is status

    @pytest.mark.parametrize(("status", "command"), PAIRS, ids=str)
    def test_refused(
        self, stories: dict[Standing, Story], status: Standing, command: type[Command]
    ) -> None:
        (reason,) = stories[status].reasons(COMMANDS[command.name])
        assert reason.code == f"not_while_{status.value if status else 'none'}"
        words = command.name.replace("_", " ")
        if status is None:
            assert reason.text == f"one cannot {words} without an enrollment"
        else:
            assert reason.text == f"one cannot {words} while {status.value.replace('_', ' ')}"
        assert reason.opens_at is None
        verdict = stories[status].verdict(command)
        assert (verdict.allowed, verdict.needs, verdict.reasons) == (False, (), (reason,))

    def test_how_many_pairs_there_are(self) -> None:
        statuses = len(NINE) + 1
        assert len(PAIRS) == statuses * len(TABLE.commands) - len(TABLE.rows)
