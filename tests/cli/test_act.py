"""`act` and `sweep`: commands given, refused, and given wrongly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from certlib.adapters.sqlite import SqliteStore
from tests.cli.running import NOW, ask, error_of, run
from tests.cli.test_questions import HISTORY_KEYS
from tests.dumps import dump


def act(store: Path, *arguments: object, code: int = 0, now: str = NOW) -> dict[str, Any]:
    found: dict[str, Any] = ask("act", store, *arguments, "--now", now, code=code)
    assert list(found) == ["allowed", "status", "events", "reasons"]
    assert found["allowed"] is (code == 0)
    return found


def dumped(store: Path) -> str:
    with SqliteStore.open(store) as opened:
        return dump(opened)


class TestAllowed:
    def test_what_is_recorded(self, store: Path) -> None:
        found = act(store, "ann", "FIRE-1", "assign", "--reason", "new job", "--as", "admin:olaf")
        assert (found["status"], found["reasons"]) == ("assigned", [])
        (event,) = found["events"]
        assert list(event) == HISTORY_KEYS
        assert (event["kind"], event["from"], event["to"]) == ("assignment_added", None, "assigned")
        assert (event["actor"], event["reason"]) == ("admin:olaf", "new job")
        assert event["fields"] == {"source": "manual"}

    def test_the_status_is_that_of_now_and_not_of_the_command(self, store: Path) -> None:
        found = act(store, "ann", "FORK-1", "award", "--set", "on=2024-02-29")
        assert found["status"] == "lapsed"
        assert [event["to"] for event in found["events"]] == ["certified"]

    def test_what_the_system_does_at_once_is_part_of_it(self, store: Path) -> None:
        act(store, "ann", "FORK-1", "assign", now="2026-01-01T00:00:00Z")
        found = act(store, "ann", "FORK-1", "enroll", "--as", "learner:ann")
        assert [event["kind"] for event in found["events"]] == ["cycle_began"]

    @pytest.mark.parametrize("at", ["2025-03-03", "2025-03-02T23:00:00Z"])
    def test_when_it_took_effect(self, at: str, store: Path) -> None:
        found = act(store, "ann", "FIRE-1", "award", "--at", at)
        assert [event["at"] for event in found["events"]] == ["2025-03-02T23:00:00Z"]
        assert [event["recorded_at"] for event in found["events"]] == [NOW]

    def test_facts_that_follow_are_told_whenever_they_take_effect(self, store: Path) -> None:
        later = "2026-12-01T00:00:00Z"
        act(store, "ann", "FIRE-1", "assign", now="2026-01-01T00:00:00Z")
        act(store, "ann", "FIRE-1", "enroll", "--as", "learner:ann", now="2026-02-01T00:00:00Z")
        act(store, "ann", "FIRE-1", "assign", "--set", "reference=again", now=later)
        # The award is entered by a clock that is behind; it ends the cycle at the last fact.
        found = act(store, "ann", "FIRE-1", "award", "--set", "on=2026-01-15")
        assert [(event["kind"], event["at"]) for event in found["events"]] == [
            ("certificate_awarded", "2026-01-14T23:00:00Z"),
            ("cycle_ended", later),
        ]

    def test_in_words(self, store: Path) -> None:
        ran = run("act", store, "ann", "FIRE-1", "assign", "--now", NOW)
        assert (ran.code, ran.err) == (0, "")
        assert ran.out.startswith("done: ann in FIRE-1 is assigned\n\nat ")
        ran = run("act", store, "ann", "FIRE-1", "remove", "--now", NOW)
        assert ran.out.startswith("done: ann in FIRE-1 is without a status\n")

    def test_the_present_is_the_default(self, store: Path) -> None:
        found = ask("act", store, "ann", "FIRE-1", "assign")
        (event,) = found["events"]
        assert event["at"] == event["recorded_at"] > "2026-01-01"


class TestRefused:
    def test_every_reason_as_explain_gives_it(self, store: Path) -> None:
        before = dumped(store)
        found = act(store, "cem", "FIRE-1", "enroll", "--as", "system", code=1)
        assert (found["status"], found["events"]) == (None, [])
        explained = ask("explain", store, "cem", "FIRE-1", "--as", "system", "--at", NOW)
        (enroll,) = [c for c in explained["commands"] if c["command"] == "enroll"]
        assert found["reasons"] == enroll["reasons"]
        assert [(r["code"], r["kind"], r["params"]) for r in found["reasons"]] == [
            ("access_is_open", "guard", {"access": "assigned_only"}),
            ("learner_is_active", "guard", {}),
        ]
        assert dumped(store) == before

    def test_when_time_alone_opens_it(self, store: Path) -> None:
        act(store, "bo", "FIRE-1", "award", "--set", "on=2026-06-01")
        found = act(store, "bo", "FIRE-1", "start_recertification", "--as", "learner:bo",
                    now="2026-07-01T00:00:00Z", code=1)  # fmt: skip
        (reason,) = found["reasons"]
        assert (reason["code"], reason["opens_at"]) == ("window_is_open", "2026-09-29T22:00:00Z")
        assert found["status"] == "certified"

    @pytest.mark.parametrize(
        ("arguments", "code"),
        [
            (("ann", "FIRE-1", "start"), "not_while_none"),
            (("ann", "FIRE-1", "assign", "--as", "learner:ann"), "role_may_not"),
            (("ann", "FIRE-1", "award", "--as", "admin:ann"), "nobody_for_himself"),
            (("ann", "FIRE-1", "award", "--at", "2026-11-22"), "in_the_future"),
        ],
    )
    def test_codes(self, arguments: tuple[str, ...], code: str, store: Path) -> None:
        found = act(store, *arguments, code=1)
        assert [reason["code"] for reason in found["reasons"]] == [code]

    def test_in_words(self, store: Path) -> None:
        ran = run("act", store, "ann", "FIRE-1", "start", "--now", NOW)
        assert (ran.code, ran.out) == (1, "")
        assert ran.err == (
            "certlib: cannot start for ann in FIRE-1 while none:"
            " not possible without an enrollment (not_while_none)\n"
        )


class TestWrongUse:
    @pytest.mark.parametrize(
        ("arguments", "expected"),
        [
            (
                ("award", "--set", "on=yesterday"),
                "--set on='yesterday': expected a date yyyy-mm-dd",
            ),
            (("award", "--set", "always_valid=perhaps"), "expected yes or no"),
            (("award", "--set", "until=2026-01-01"), "award takes on (a date yyyy-mm-dd), score"),
            (("award", "--set", "on"), "award takes on"),
            (("award", "--set", "on=2026-01-01", "--set", "on=2026-01-02"), "is given twice"),
            (("strike",), "strike needs --set entry=VALUE; it takes entry (a whole number)"),
            (("strike", "--set", "entry=one"), "expected a whole number"),
            (("strike", "--set", "entry=0"), "a whole number from 1 on"),
            (("assign", "--set", "source=fate"), "expected one of manual, import, rule, self"),
            (("assign", "--set", "at=2026-01-01"), "assign takes source"),
            (("assign", "--set", "reference= x"), "printable characters"),
            (("start", "--set", "x=y"), "start takes no fields of its own"),
            (("assigne",), "expected one of assign, enroll"),
            (("award", "--set", "on=2026-01-01", "--at", "2026-01-01"), "not both"),
            (
                ("award", "--set", "expires_on=2026-01-01", "--set", "always_valid=yes"),
                "always valid",
            ),
        ],
    )
    def test_what_is_expected_is_told(
        self, arguments: tuple[str, ...], expected: str, store: Path
    ) -> None:
        before = dumped(store)
        error = error_of("act", store, "ann", "FORK-1", *arguments, "--now", NOW)
        assert expected in error["message"]
        assert dumped(store) == before

    def test_fields_are_read_by_their_types(self, store: Path) -> None:
        found = act(
            store, "ann", "FORK-1", "award",
            "--set", "on=2026-01-01", "--set", "score=9=A", "--set", "always_valid=true",
            "--set", "expires_on=",
        )  # fmt: skip
        (event,) = found["events"]
        assert event["fields"]["score"] == "9=A"
        (row,) = ask("status", store, "--at", NOW)
        assert row["last_valid_day"] is None

    def test_who_or_what_is_not_there(self, store: Path) -> None:
        assert error_of("act", store, "dan", "FORK-1", "assign")["code"] == "not_found"
        assert error_of("act", store, "ann", "X-1", "assign")["code"] == "not_found"
        error = error_of("act", store, "bo", "FORK-1", "start", "--as", "learner:ann")
        assert error["message"] == "no learner 'bo' (not_found)"


class TestSweep:
    def test_it_refreshes_what_time_has_changed(self, store: Path) -> None:
        act(store, "ann", "FORK-1", "award", "--set", "on=2024-02-29", now="2024-06-01T00:00:00Z")
        status = ask("status", store, "--at", NOW)
        assert ask("sweep", store, "--now", NOW) == {
            "enrollments": 1,
            "notices": 0,
            "remaining": 0,
        }
        assert ask("sweep", store, "--now", NOW)["enrollments"] == 0
        assert ask("status", store, "--at", NOW) == status
        ran = run("sweep", store, "--now", NOW)
        assert (ran.out, ran.err) == (
            "0 enrollments refreshed, 0 reminders written, 0 remaining\n",
            "",
        )

    def test_an_earlier_one_does_nothing_and_says_so(self, store: Path) -> None:
        ask("sweep", store, "--now", NOW)
        ran = run("sweep", store, "--now", "2026-11-20T00:00:00Z", "--json")
        assert ran.code == 0
        assert json.loads(ran.out) == {"enrollments": 0, "notices": 0, "remaining": 0}
        assert ran.err == "certlib: an earlier sweep had a later now, so nothing was done\n"

    def test_one_far_ahead_needs_a_word(self, store: Path) -> None:
        ask("sweep", store, "--now", NOW)
        error = error_of("sweep", store, "--now", "2036-11-21T00:00:00Z")
        assert error["code"] == "sweep_far_ahead"
        ask("sweep", store, "--now", "2036-11-21T00:00:00Z", "--far-ahead")
        assert "nothing was done" in run("sweep", store, "--now", NOW).err
        told = ask("sweep", store, "--now", NOW, "--reset")
        assert list(told) == ["last_sweep"]
        assert run("sweep", store, "--now", NOW).err == ""

    def test_others_may_not(self, store: Path) -> None:
        error = error_of("sweep", store, "--now", NOW, "--as", "learner:ann", code=1)
        assert error["code"] == "role_may_not"

    def test_the_present_is_the_default(self, store: Path) -> None:
        assert ask("sweep", store)["enrollments"] == 0
