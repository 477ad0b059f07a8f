"""`act` with every command and field, `--preview`, and what the questions say of the new facts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from certlib.adapters.sqlite import SqliteStore
from certlib.cli._commands import _explained
from certlib.cli._render import sheet
from certlib.state import Verdict
from certlib.state._rows import TABLE
from tests.cli.running import ask, error_of, run
from tests.cli.test_act import act, dumped
from tests.cli.test_questions import HISTORY_KEYS

JAN = "2026-01-05T09:00:00Z"
ANN = ("ann", "WHOLE-1")
BY = {
    "learner": {
        "request_access", "start", "submit_evidence", "request_attempts", "start_recertification",
        "abandon_recertification", "enroll",
    },
    "approver": {
        "approve_access", "deny_access", "approve_evidence", "deny_evidence", "approve_exam",
        "deny_exam", "grant_attempts", "deny_attempts",
    },
    "system": {"record_payment", "complete_step", "record_test_out", "record_exam"},
}  # fmt: skip


def actor(command: str) -> str:
    for role, commands in BY.items():
        if command in commands:
            return {"learner": "learner:ann", "approver": "approver:bo", "system": "system"}[role]
    return "admin:eva"


class Story:
    """One learner's way, command by command, each a day after the other unless said otherwise."""

    def __init__(self, store: Path) -> None:
        self.store = store
        self.given: set[str] = set()

    def give(self, now: str, command: str, *fields: str, code: int = 0) -> dict[str, Any]:
        self.given.add(command)
        sets = [word for each in fields for word in ("--set", each)]
        return act(
            self.store, *ANN, command, *sets, "--as", actor(command), "--reason", "as agreed",
            now=f"{now}T09:00:00Z", code=code,
        )  # fmt: skip

    def open_requests(self, now: str) -> dict[str, str]:
        """The numbers of the open requests as explain gives them, by the command that decides."""
        found = ask("explain", self.store, *ANN, "--as", "approver:bo", "--at", f"{now}T10:00:00Z")
        return {
            each["command"]: each["candidates"]["request"][0].split()[0].rstrip(":,")
            for each in found["commands"]
            if each["candidates"].get("request")
        }


def told(found: dict[str, Any]) -> list[str]:
    return [event["kind"] for event in found["events"]]


def test_a_whole_life_with_every_command(whole: Path) -> None:
    """Every command of cli.md is given once at least, every field of it set."""
    s = Story(whole)
    assert told(s.give("2026-01-01", "request_access")) == ["access_requested"]
    assert told(s.give("2026-01-02", "deny_access")) == ["access_denied"]
    s.give("2026-01-03", "request_access")
    assert s.give("2026-01-04", "approve_access")["status"] == "not_started"
    assert told(s.give("2026-01-05", "override_payment", "fee=certification")) == ["fee_waived"]
    assert s.give("2026-01-06", "start")["status"] == "in_progress"
    assert (
        s.give("2026-01-06", "extend_deadline", "until=2026-06-30")["events"][0]["fields"]["until"]
        == "2026-06-30"
    )
    s.give("2026-01-07", "record_test_out", "step=theory", "passed=no")
    s.give("2026-01-08", "complete_step", "step=theory", "path=online")
    s.give("2026-01-09", "submit_evidence", "step=practice")
    (number,) = {s.open_requests("2026-01-09")["deny_evidence"]}
    s.give("2026-01-10", "deny_evidence", f"request={number}")
    s.give("2026-01-11", "submit_evidence", "step=practice")
    number = s.open_requests("2026-01-11")["approve_evidence"]
    s.give("2026-01-12", "approve_evidence", f"request={number}")
    paid = s.give("2026-01-13", "record_payment", "fee=exam", "reference=INV-7")
    assert paid["events"][0]["fields"] == {"number": 1, "fee": "exam", "reference": "INV-7"}
    held = s.give("2026-01-14", "record_exam", "passed=yes", "score=97")
    assert held["status"] == "pending_approval"
    s.give("2026-01-15", "deny_exam", f"request={s.open_requests('2026-01-14')['deny_exam']}")
    s.give("2026-01-16", "request_attempts")
    number = s.open_requests("2026-01-16")["deny_attempts"]
    s.give("2026-01-17", "deny_attempts", f"request={number}")
    s.give("2026-01-18", "request_attempts")
    number = s.open_requests("2026-01-18")["grant_attempts"]
    s.give("2026-01-19", "grant_attempts", f"request={number}", "count=2")
    s.give("2026-01-20", "record_exam", "passed=true")
    number = s.open_requests("2026-01-20")["approve_exam"]
    certified = s.give("2026-01-21", "approve_exam", f"request={number}")
    assert (certified["status"], told(certified)[-1]) == ("certified", "certificate_issued")
    s.give("2026-02-01", "assign", "source=rule", "reference=drivers", "due_on=2026-12-31")
    s.give("2026-02-02", "unassign", "source=rule", "reference=drivers")
    s.give("2026-02-03", "extend_certificate", "until=2027-03-31")
    s.give("2026-07-01", "move_to_version", "version=2", "redate=yes")
    assert s.give("2027-12-20", "start_recertification")["status"] == "recertifying"
    assert s.give("2027-12-21", "abandon_recertification")["status"] == "certified"
    assert s.give("2027-12-22", "force_recertification")["status"] == "recertifying"
    s.give("2027-12-23", "override_payment", "fee=recertification")
    assert told(s.give("2027-12-24", "override_training"))[0] == "training_overridden"
    certified = s.give("2027-12-25", "override_exam")
    assert certified["status"] == "certified"
    assert s.give("2027-12-26", "permanently_revoke")["status"] == "disallowed"
    assert s.give("2027-12-27", "restore_access")["status"] == "revoked"
    assert s.give("2027-12-28", "start_recertification")["status"] == "recertifying"
    award = s.give(
        "2027-12-29", "award", "on=2027-12-29", "score=A", "expires_on=2028-12-28",
        "always_valid=no",
    )  # fmt: skip
    assert award["status"] == "certified"
    struck = s.give("2027-12-30", "strike", f"entry={award['events'][0]['entry']}")
    assert struck["status"] == "recertifying"
    assert s.give("2027-12-30", "award", "always_valid=yes")["status"] == "certified"
    # What the rest needs is another life.
    bo = ("bo", "WHOLE-1")
    now = ("--now", "2027-12-31T09:00:00Z")
    ask("act", whole, *bo, "assign", "--set", "due_on=", *now)
    ask("act", whole, *bo, "enroll", "--as", "learner:bo", *now)
    ask("act", whole, *bo, "revoke_access", *now)
    ask("act", whole, "cem", "FORK-1", "award", *now)
    ask("act", whole, "eva", "WHOLE-1", "assign", "--as", "admin:olaf", *now)
    ask("act", whole, "eva", "WHOLE-1", "remove", "--as", "admin:olaf", *now)
    s.given |= {"enroll", "revoke_access", "remove"}
    assert s.given == {command.name for command in TABLE.commands}
    _check_the_questions(whole)


def _check_the_questions(store: Path) -> None:
    """What was known then is told as it was known then (T6)."""
    history = ask("history", store, *ANN, "--at", "2028-01-01T00:00:00Z")
    assert all(list(row) == HISTORY_KEYS for row in history)
    kinds = {row["kind"] for row in history}
    assert kinds >= {
        "access_denied", "fee_waived", "fee_paid", "deadline_extended", "test_out_recorded",
        "evidence_denied", "evidence_approved", "exam_attempted", "exam_denied",
        "attempts_granted", "attempts_denied", "certificate_extended", "certificate_redated",
        "training_overridden", "exam_overridden", "entry_struck",
    }  # fmt: skip
    assert {row["reason"] for row in history if not row["derived"]} >= {"as agreed"}
    then = ask("history", store, *ANN, "--at", "2028-01-01", "--known-at", "2026-01-10")
    assert max(row["entry"] for row in then if not row["derived"]) < 20
    assert "exam_attempted" not in {row["kind"] for row in then}
    asked = ("status", store, "--learner", "ann", "--at", "2026-01-14T12:00:00Z")
    assert [row["status"] for row in ask(*asked)] == ["pending_approval"]
    assert [row["status"] for row in ask(*asked, "--status", "pending_approval")] == [
        "pending_approval"
    ]
    before = ask(*asked, "--known-at", "2026-01-14T08:00:00Z")
    assert [row["status"] for row in before] == ["in_progress"]
    at = ("status", store, "--learner", "ann", "--at", "2026-03-01")
    (extended,) = ask(*at)
    assert extended["last_valid_day"] == "2027-03-31"
    (as_known,) = ask(*at, "--known-at", "2026-02-02")
    assert as_known["last_valid_day"] == "2027-01-21"
    (redated,) = ask("status", store, "--learner", "ann", "--at", "2026-08-01")
    assert redated["last_valid_day"] == "2028-01-21"


class TestFieldsThatAreWrong:
    """An error names the field, and says what is expected."""

    @pytest.mark.parametrize(
        ("command", "fields", "expected"),
        [
            ("record_payment", (), "record_payment needs --set fee=VALUE"),
            ("record_payment", ("fee=tuition",), "--set fee='tuition': expected one of certification"),
            ("override_payment", ("fee=all",), "--set fee='all': expected one of certification"),
            ("approve_evidence", (), "approve_evidence needs --set request=VALUE"),
            ("approve_evidence", ("request=first",), "--set request='first': expected a whole"),
            ("approve_exam", ("request=0",), "a whole number from 1 on"),
            ("deny_exam", ("request=1.5",), "--set request='1.5'"),
            ("grant_attempts", ("request=1", "count=many"), "--set count='many'"),
            ("grant_attempts", ("count=1",), "grant_attempts needs --set request=VALUE"),
            ("submit_evidence", (), "submit_evidence needs --set step=VALUE"),
            ("record_test_out", ("step=theory",), "needs --set passed=VALUE"),
            ("record_exam", ("passed=maybe",), "--set passed='maybe': expected yes or no"),
            ("extend_certificate", ("until=tomorrow",), "--set until='tomorrow': expected a date"),
            ("extend_deadline", ("until=",), "--set until='': expected a date"),
            ("extend_deadline", (), "extend_deadline needs --set until=VALUE"),
            ("assign", ("due_on=soon",), "--set due_on='soon': expected a date yyyy-mm-dd or one of by_policy"),
            ("assign", ("due_on=2026-02-30",), "--set due_on='2026-02-30'"),
            ("move_to_version", ("version=two",), "--set version='two'"),
            ("move_to_version", ("redate=yes",), "needs --set version=VALUE"),
            ("move_to_version", ("version=1", "redate=perhaps"), "--set redate='perhaps'"),
            ("request_access", ("step=x",), "request_access takes no fields of its own"),
        ],
    )  # fmt: skip
    def test_it_is_named(
        self, whole: Path, command: str, fields: tuple[str, ...], expected: str
    ) -> None:
        sets = [word for each in fields for word in ("--set", each)]
        before = dumped(whole)
        error = error_of("act", whole, *ANN, command, *sets, "--now", JAN)
        assert expected in error["message"]
        assert dumped(whole) == before

    @pytest.mark.parametrize(
        ("field", "due"),
        [
            ((), "2026-03-06"),
            (("due_on=by_policy",), "2026-03-06"),
            (("due_on=2026-09-01",), "2026-09-01"),
            (("due_on=",), None),
        ],
    )
    def test_a_due_day_by_policy_by_the_host_or_none(
        self, whole: Path, field: tuple[str, ...], due: str | None
    ) -> None:
        sets = [word for each in field for word in ("--set", each)]
        act(whole, *ANN, "assign", *sets, now=JAN)
        points = ask("outlook", whole, *ANN, "--at", JAN)
        closes = [point["at"][:10] for point in points]
        following = {"2026-03-06": "2026-03-07", "2026-09-01": "2026-09-02"}
        assert closes == ([following[due]] if due else [])

    def test_a_request_that_is_not_there_is_refused(self, whole: Path) -> None:
        act(whole, *ANN, "request_access", "--as", "learner:ann", now=JAN)
        act(whole, *ANN, "approve_access", "--as", "approver:bo", now=JAN)
        act(whole, *ANN, "override_payment", now=JAN)
        act(whole, *ANN, "start", "--as", "learner:ann", now=JAN)
        found = act(
            whole, *ANN, "approve_evidence", "--set", "request=99", "--as", "approver:bo",
            now=JAN, code=1,
        )  # fmt: skip
        assert [reason["kind"] for reason in found["reasons"]] == ["guard"]


class TestPreview:
    """`--preview` says what would change, and records nothing (Q9)."""

    def preview(self, store: Path, *arguments: object, code: int = 0) -> dict[str, Any]:
        before = dumped(store)
        found: dict[str, Any] = ask("act", store, *arguments, "--preview", "--now", JAN, code=code)
        assert dumped(store) == before
        assert list(found) == ["allowed", "status", "events", "reasons"]
        return found

    def test_what_is_allowed(self, store: Path) -> None:
        found = self.preview(store, "ann", "FIRE-1", "assign")
        assert (found["allowed"], found["status"], found["reasons"]) == (True, "assigned", [])
        (event,) = found["events"]
        assert list(event) == HISTORY_KEYS
        assert (event["kind"], event["from"], event["to"]) == ("assignment_added", None, "assigned")
        assert found == act(store, "ann", "FIRE-1", "assign", now=JAN)

    def test_what_is_refused(self, store: Path) -> None:
        found = self.preview(store, "ann", "FIRE-1", "start", code=1)
        assert (found["allowed"], found["status"], found["events"]) == (False, None, [])
        assert [reason["code"] for reason in found["reasons"]] == ["not_while_none"]
        act(store, "ann", "FIRE-1", "assign", now=JAN)
        found = self.preview(store, "ann", "FIRE-1", "start", code=1)
        assert found["status"] == "assigned"

    def test_each_event_tells_its_own_from_and_to(self, store: Path, tmp_path: Path) -> None:
        """What the system does at once is entered after the command, entry by entry (R12)."""
        act(store, "ann", "FORK-1", "assign", now="2026-01-01T00:00:00Z")
        act(store, "ann", "FORK-1", "remove", now="2026-01-02T00:00:00Z")
        with SqliteStore.open(store) as opened:
            from datetime import UTC, datetime

            from certlib import Actor, Service
            from certlib.transcript import Completion

            at = datetime.fromisoformat(JAN).astimezone(UTC)
            done = Completion.dated("FIRE-ONLINE", at.date(), recorded_at=at)
            Service(store=opened, sources=opened).record(
                [done], learner="ann", actor=Actor.parse("system"), now=at
            )
        found = self.preview(store, "ann", "FIRE-1", "assign")
        assert [(e["kind"], e["from"], e["to"]) for e in found["events"]] == [
            ("assignment_added", None, "assigned"),
            ("cycle_began", "assigned", "not_started"),
            ("cycle_started", "not_started", "in_progress"),
            ("step_completed", "in_progress", "certified"),
            ("certificate_issued", "in_progress", "certified"),
        ]
        assert found["status"] == "certified"
        assert found == act(store, "ann", "FIRE-1", "assign", now=JAN)

    def test_in_words(self, store: Path) -> None:
        ran = run("act", store, "ann", "FIRE-1", "assign", "--preview", "--now", JAN)
        assert (ran.code, ran.err) == (0, "")
        assert ran.out == (
            "what would change  from  to\n"
            "status             -     assigned\n"
            "assignments        -     manual\n"
        )
        ran = run("act", store, "ann", "FIRE-1", "start", "--preview", "--now", JAN)
        assert (ran.code, ran.err) == (1, "")
        assert ran.out == (
            "would be refused: not possible without an enrollment (not_while_none)\n"
        )

    def test_what_changes_no_answer_is_said_to_change_nothing(self, store: Path) -> None:
        act(store, "ann", "FORK-1", "award", "--set", "on=2026-01-02", now=JAN)
        ran = run(
            "act", store, "ann", "FORK-1", "award", "--set", "on=2024-01-02", "--preview",
            "--now", JAN,
        )  # fmt: skip
        assert (ran.code, ran.out) == (0, "nothing would change\n")

    def test_who_is_not_there(self, store: Path) -> None:
        error = error_of("act", store, "dan", "FIRE-1", "assign", "--preview", "--now", JAN)
        assert error["code"] == "not_found"


class TestReminders:
    """Reminders in `outlook`, and written by `sweep` (P12)."""

    @pytest.fixture
    def awarded(self, whole: Path) -> Path:
        act(whole, *ANN, "award", now=JAN)
        return whole

    def test_with_the_change_points_that_they_are_about(self, awarded: Path) -> None:
        found = ask("outlook", awarded, *ANN, "--at", JAN)
        assert [(point["name"], point["at"][:10]) for point in found] == [
            ("window_opens", "2026-10-05"),
            ("certificate_expires", "2027-01-06"),
            ("grace_ends", "2027-02-05"),
        ]
        window, expires, grace = (point["notices"] for point in found)
        assert window == [{"kind": "window+0", "at": "2026-10-05T00:00:00Z"}]
        assert expires == [
            {"kind": "expiry-30", "at": "2026-12-06T00:00:00Z"},
            {"kind": "expiry+7", "at": "2027-01-12T00:00:00Z"},
        ]
        assert [notice["kind"] for notice in grace] == [
            f"digest_grace{days:+d}" for days in range(-7, 1)
        ]

    def test_around_a_due_day(self, whole: Path) -> None:
        act(whole, *ANN, "assign", now=JAN)
        (closes,) = ask("outlook", whole, *ANN, "--at", JAN)
        assert closes["name"] == "deadline_closes"
        assert closes["notices"] == [{"kind": "due-7", "at": "2026-02-27T00:00:00Z"}]

    def test_in_words_without_digests(self, awarded: Path) -> None:
        ran = run("outlook", awarded, *ANN, "--at", JAN)
        assert ran.out == (
            "at                    what                 to\n"
            "2026-10-05T00:00:00Z  notice window+0      -\n"
            "2026-10-05T00:00:00Z  window_opens         certified\n"
            "2026-12-06T00:00:00Z  notice expiry-30     -\n"
            "2027-01-06T00:00:00Z  certificate_expires  expired\n"
            "2027-01-12T00:00:00Z  notice expiry+7      -\n"
            "2027-02-05T00:00:00Z  grace_ends           lapsed\n"
        )

    def test_two_at_one_instant_are_both_told(self, whole: Path) -> None:
        """An extension makes 30 days before the end the day on which the window opens."""
        act(whole, *ANN, "award", "--set", "expires_on=2026-04-05", now=JAN)
        act(whole, *ANN, "extend_certificate", "--set", "until=2026-05-05", now=JAN)
        ran = run("outlook", whole, *ANN, "--at", JAN)
        assert "notice expiry-30" in ran.out
        act(whole, "bo", "WHOLE-1", "award", "--set", "expires_on=2026-02-04",
            now="2025-01-05T09:00:00Z")  # fmt: skip
        # The window opens 3 months before 4 February: on 4 November; 30 days before, 5 January.
        ran = run("outlook", whole, "bo", "WHOLE-1", "--at", "2025-02-01")
        assert ran.out.count("notice") == 3

    def test_where_only_a_reminder_is_ahead_it_is_told(self, whole: Path) -> None:
        """Lapsed without grace: seven days after the end there is a notice, and no change point."""
        act(whole, *ANN, "award", "--set", "expires_on=2026-01-05", now=JAN)
        ran = run("outlook", whole, *ANN, "--at", "2026-01-10")
        assert "notice expiry+7" in ran.out
        ran = run("outlook", whole, *ANN, "--at", "2026-02-20")
        assert ran.out == "time alone will change nothing\n"

    def test_a_sweep_writes_what_is_due_once(self, awarded: Path) -> None:
        assert ask("sweep", awarded, "--now", "2026-10-04T00:00:00Z")["notices"] == 0
        assert ask("sweep", awarded, "--now", "2026-12-31T00:00:00Z") == {
            "enrollments": 1,
            "notices": 2,
            "remaining": 0,
        }
        assert ask("sweep", awarded, "--now", "2026-12-31T00:00:00Z")["notices"] == 0
        ran = run("sweep", awarded, "--now", "2027-03-01T00:00:00Z")
        assert (ran.code, ran.err) == (0, "")
        # Seven days after the end, and eight digests before that of the grace.
        assert ran.out == "1 enrollments refreshed, 9 reminders written, 0 remaining\n"
        with SqliteStore.open(awarded) as opened:
            kinds = [notice.kind for _, notice in opened.notices(limit=99)]
        assert kinds == [
            "certified", "window+0", "expiry-30", "expiry+7",
            *(f"digest_grace{days:+d}" for days in range(-7, 1)),
        ]  # fmt: skip

    def test_a_sweep_by_a_clock_that_is_behind_writes_nothing_and_says_so(
        self, awarded: Path
    ) -> None:
        ask("sweep", awarded, "--now", "2027-03-01T00:00:00Z")
        ran = run("sweep", awarded, "--now", "2026-12-31T00:00:00Z")
        assert ran.out == "0 enrollments refreshed, 0 reminders written, 0 remaining\n"
        assert "an earlier sweep had a later now" in ran.err


class TestExplain:
    """What is still to be given, with what it may be given, and text in two groups."""

    @pytest.fixture
    def begun(self, whole: Path) -> Path:
        for command in ("request_access", "approve_access", "override_payment", "start"):
            act(whole, *ANN, command, "--as", actor(command), now=JAN)
        return whole

    def needs(self, store: Path, who: str) -> dict[str, tuple[list[str], dict[str, list[str]]]]:
        found = ask("explain", store, *ANN, "--at", JAN, "--as", who)
        return {
            each["command"]: (each["needs"], each["candidates"])
            for each in found["commands"]
            if each["allowed"]
        }

    def test_open_steps_requests_sources_and_versions(self, begun: Path) -> None:
        assert self.needs(begun, "learner:ann")["submit_evidence"] == (
            ["step"],
            {"step": ["practice"]},
        )
        act(
            begun, *ANN, "submit_evidence", "--set", "step=practice", "--as", "learner:ann", now=JAN
        )
        needs, candidates = self.needs(begun, "approver:bo")["approve_evidence"]
        assert needs == ["request"]
        (request,) = candidates["request"]
        act(begun, *ANN, "approve_evidence", "--set", f"request={request}", "--as", "approver:bo",
            now=JAN)  # fmt: skip
        admin = self.needs(begun, "admin:eva")
        assert "move_to_version" not in admin, "the other version is published later"
        assert admin["extend_deadline"] == (["until"], {})
        assert self.needs(begun, "system")["complete_step"][1]["step"][0].startswith("theory")

    def test_in_words_what_is_allowed_comes_first_and_what_is_elsewhere_last(
        self, begun: Path
    ) -> None:
        ran = run("explain", begun, *ANN, "--at", JAN, "--as", "learner:ann")
        lines = ran.out.splitlines()
        assert lines[:2] == ["ann in WHOLE-1: in_progress", ""]
        assert lines[2].split() == ["command", "allowed", "needs", "why", "not"]
        table = lines[3:-2]
        allowed = [line.split()[1] for line in table]
        assert allowed == sorted(allowed, reverse=True)
        assert set(allowed) == {"yes", "no"}
        assert lines[-2] == ""
        assert lines[-1].startswith("not in this status (not_while_in_progress): enroll, ")
        assert "step (practice)" in ran.out
        named = [line.split()[0] for line in table] + lines[-1].partition(": ")[2].split(", ")
        assert sorted(named) == sorted(command.name for command in TABLE.commands)

    def test_where_every_command_has_a_row_there_is_one_group(self) -> None:
        """As in a table of a host's own."""
        verdicts = [Verdict(command="assign", allowed=True, needs=("source",), reasons=())]
        assert _explained(verdicts) == (
            sheet(("command", "allowed", "needs", "why not"), [("assign", True, "source", "")]),
        )
