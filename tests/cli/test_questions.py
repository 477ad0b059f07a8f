"""`status`, `explain`, `outlook` and `history`: their JSON is public (cli.md)."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.cli.running import NOW, ask, error_of, run, write_upload

ROWS = (
    "ann@example.org,course,FORK,2025-03-03",
    "bo@example.org,certification,FIRE-1,2025-03-03",
    "bo@example.org,certification,FORK-1,2024-02-29",
    "cem@example.org,certification,FIRE-1,2025-10-01",
)
STATUS_KEYS = [
    "learner",
    "certification",
    "status",
    "since",
    "certified",
    "issued_on",
    "last_valid_day",
    "last_grace_day",
    "window_opens_on",
    "version",
    "revoked",
]
HISTORY_KEYS = [
    "sequence",
    "entry",
    "kind",
    "at",
    "recorded_at",
    "from",
    "to",
    "transition",
    "actor",
    "reason",
    "import_id",
    "import_row",
    "because",
    "struck",
    "derived",
    "fields",
]


@pytest.fixture
def filled(store: Path, tmp_path: Path) -> Path:
    upload = write_upload(tmp_path / "rows.csv", *ROWS)
    assert run("import", store, upload, "--format", "unifyr", "--now", NOW).code == 0
    return store


def statuses(store: Path, *more: object) -> list[tuple[str, str, str]]:
    found = ask("status", store, *more)
    return [(row["learner"], row["certification"], row["status"]) for row in found]


class TestStatus:
    def test_a_row_has_these_keys_and_values(self, filled: Path) -> None:
        found = ask("status", filled, "--at", "2025-06-01T12:00:00Z")
        assert [list(row) for row in found] == [STATUS_KEYS] * 3
        assert found[1] == {
            "learner": "bo",
            "certification": "FIRE-1",
            "status": "certified",
            "since": "2025-03-02T23:00:00Z",
            "certified": True,
            "issued_on": "2025-03-03",
            "last_valid_day": "2025-12-31",
            "last_grace_day": "2026-01-30",
            "window_opens_on": "2025-09-30",
            "version": 1,
            "revoked": False,
        }
        assert (found[0]["issued_on"], found[0]["last_valid_day"]) == ("2025-03-03", "2026-03-03")

    def test_without_a_certificate_its_fields_are_null(self, store: Path) -> None:
        now = "2026-01-01T00:00:00.5Z"
        ask("act", store, "ann", "FIRE-1", "assign", "--now", now)
        (assigned,) = ask("status", store, "--at", NOW)
        assert assigned["since"] == "2026-01-01T00:00:00.500000Z"
        assert (assigned["certified"], assigned["status"]) == (False, "assigned")
        assert {assigned[key] for key in STATUS_KEYS[5:]} == {None}
        ask("act", store, "ann", "FIRE-1", "enroll", "--as", "learner:ann", "--now", now)
        (begun,) = ask("status", store, "--at", NOW)
        assert (begun["status"], begun["version"], begun["revoked"]) == ("not_started", 1, None)

    def test_a_revoked_certificate(self, filled: Path) -> None:
        ask("act", filled, "ann", "FORK-1", "force_recertification", "--now", NOW)
        (found,) = ask("status", filled, "--learner", "ann", "--at", NOW)
        assert (found["status"], found["certified"], found["revoked"]) == (
            "recertifying",
            False,
            True,
        )

    @pytest.mark.parametrize(
        ("at", "expected"),
        [
            ("2025-12-31T22:59:59Z", "certified"),
            ("2026-01-01", "expired"),
            ("2025-12-31T23:00:00Z", "expired"),
            ("2026-01-30", "expired"),
            ("2026-01-30T22:59:59.999999Z", "expired"),
            ("2026-01-31", "lapsed"),
            ("2026-01-31T00:00:00+01:00", "lapsed"),
        ],
    )
    def test_at_every_boundary_in_the_zone_of_the_certification(
        self, at: str, expected: str, filled: Path
    ) -> None:
        asked = ("--learner", "bo", "--certification", "FIRE-1", "--at", at)
        assert statuses(filled, *asked) == [("bo", "FIRE-1", expected)]

    def test_a_bare_date_is_a_day_of_each_zone(self, filled: Path) -> None:
        assert statuses(filled, "--at", "2024-02-29") == [("bo", "FORK-1", "certified")]
        assert statuses(filled, "--at", "2024-02-28") == []
        assert statuses(filled, "--at", "2025-03-03") == [
            ("ann", "FORK-1", "certified"),
            ("bo", "FIRE-1", "certified"),
            ("bo", "FORK-1", "expired"),
        ]

    def test_what_is_asked_for(self, filled: Path) -> None:
        at = ("--at", "2025-06-01")
        assert statuses(filled, *at, "--certification", "FORK-1") == [
            ("ann", "FORK-1", "certified"),
            ("bo", "FORK-1", "lapsed"),
        ]
        assert statuses(filled, *at, "--status", "lapsed") == [("bo", "FORK-1", "lapsed")]
        assert statuses(filled, *at, "--learner", "cem") == []
        assert statuses(filled, *at, "--as", "learner:ann") == [("ann", "FORK-1", "certified")]

    def test_as_it_was_known_then(self, filled: Path) -> None:
        at = ("--at", "2025-06-01")
        assert statuses(filled, *at, "--known-at", "2026-11-21T08:59:59Z") == []
        assert len(statuses(filled, *at, "--known-at", NOW)) == 3
        assert statuses(filled, *at, "--known-at", "2026-11-21") == []
        assert len(statuses(filled, *at, "--known-at", "2026-11-22")) == 3

    def test_the_present_is_the_default(self, filled: Path) -> None:
        assert ("bo", "FORK-1", "lapsed") in statuses(filled)

    def test_in_words(self, filled: Path) -> None:
        ran = run("status", filled, "--at", "2025-06-01", "--learner", "bo")
        assert (ran.code, ran.err) == (0, "")
        assert ran.out == (
            "learner  certification  status     since                 certified  issued on"
            "   last valid day  last grace day\n"
            "bo       FIRE-1         certified  2025-03-02T23:00:00Z  yes        2025-03-03"
            "  2025-12-31      2026-01-30\n"
            "bo       FORK-1         lapsed     2025-03-31T00:00:00Z  no         2024-02-29"
            "  2025-02-28      2025-03-30\n"
        )
        assert run("status", filled, "--at", "2020-01-01").out == "nobody\n"

    @pytest.mark.parametrize(
        ("asked", "message"),
        [
            (("--learner", "dan"), "no learner 'dan' (not_found)"),
            (("--certification", "X-1"), "no certification 'X-1' (not_found)"),
            (("--learner", "bo", "--as", "learner:ann"), "no learner 'bo' (not_found)"),
        ],
    )
    def test_who_or_what_is_not_there(
        self, asked: tuple[str, ...], message: str, filled: Path
    ) -> None:
        error = error_of("status", filled, *asked)
        assert (error["code"], error["message"]) == ("not_found", message)


class TestExplain:
    def test_every_command_is_told_of(self, filled: Path) -> None:
        found = ask("explain", filled, "ann", "FORK-1", "--at", "2025-06-01T00:00:00Z")
        assert list(found) == ["status", "commands"]
        assert found["status"] == "certified"
        commands = {each["command"]: each for each in found["commands"]}
        assert all(
            list(each) == ["command", "allowed", "needs", "candidates", "reasons"]
            for each in commands.values()
        )
        assert commands["force_recertification"] == {
            "command": "force_recertification",
            "allowed": True,
            "needs": [],
            "candidates": {},
            "reasons": [],
        }
        assert commands["strike"]["needs"] == ["entry"]
        assert commands["strike"]["candidates"] == {"entry": ["1", "2", "3"]}
        (reason,) = commands["enroll"]["reasons"]
        assert reason == {
            "code": "not_while_certified",
            "kind": "status",
            "text": "not possible while certified",
            "params": {"command": "enroll", "status": "certified"},
            "opens_at": None,
        }

    def test_when_time_alone_opens_it(self, filled: Path) -> None:
        found = ask("explain", filled, "bo", "FIRE-1", "--at", "2025-06-01", "--as", "system")
        (command,) = [c for c in found["commands"] if c["command"] == "start_recertification"]
        assert [(r["code"], r["opens_at"]) for r in command["reasons"]] == [
            ("window_is_open", "2025-09-29T22:00:00Z")
        ]

    def test_nothing_yet(self, store: Path) -> None:
        found = ask("explain", store, "ann", "FIRE-1", "--at", NOW)
        assert found["status"] is None
        assert [c["command"] for c in found["commands"] if c["allowed"]] == [
            "assign",
            "award",
        ]
        (strike,) = [c for c in found["commands"] if c["command"] == "strike"]
        assert (strike["needs"], strike["candidates"]) == (["entry"], {})
        assert [reason["code"] for reason in strike["reasons"]] == ["entry_can_be_struck"]

    def test_in_words(self, filled: Path) -> None:
        ran = run("explain", filled, "bo", "FIRE-1", "--at", "2025-06-01", "--as", "learner:bo")
        first, blank, *table = ran.out.splitlines()
        assert (first, blank) == ("bo in FIRE-1: certified", "")
        (line,) = (line for line in table if line.startswith("start_recertification"))
        assert line.startswith("start_recertification  no       -          the recertification")
        assert line.endswith(" is not open (window_is_open), until 2025-09-29T22:00:00Z")
        ran = run("explain", filled, "ann", "FIRE-1", "--at", NOW)
        assert ran.out.startswith("ann in FIRE-1: no status\n")

    @pytest.mark.parametrize("command", ["explain", "outlook", "history"])
    def test_who_or_what_is_not_there(self, command: str, store: Path) -> None:
        error = error_of(command, store, "dan", "FORK-1")
        assert error["message"] == "no learner 'dan' (not_found)"
        error = error_of(command, store, "ann", "X-1")
        assert error["message"] == "no certification 'X-1' (not_found)"
        error = error_of(command, store, "ann", "X-1", "--at", "2026-01-01")
        assert error["message"] == "no certification 'X-1' (not_found)"


class TestOutlook:
    def test_what_time_alone_will_change(self, filled: Path) -> None:
        found = ask("outlook", filled, "bo", "FIRE-1", "--at", "2025-06-01")
        assert found == [
            {
                "name": "window_opens",
                "at": "2025-09-29T22:00:00Z",
                "to": "certified",
                "notices": [],
            },
            {
                "name": "certificate_expires",
                "at": "2025-12-31T23:00:00Z",
                "to": "expired",
                "notices": [],
            },
            {"name": "grace_ends", "at": "2026-01-30T23:00:00Z", "to": "lapsed", "notices": []},
        ]
        assert [
            p["name"] for p in ask("outlook", filled, "bo", "FIRE-1", "--at", "2026-01-01")
        ] == ["grace_ends"]

    def test_in_words(self, filled: Path) -> None:
        ran = run("outlook", filled, "bo", "FIRE-1", "--at", "2026-01-01")
        assert ran.out == (
            "at                    what        to\n2026-01-30T23:00:00Z  grace_ends  lapsed\n"
        )
        ran = run("outlook", filled, "bo", "FIRE-1", "--at", "2026-02-01")
        assert ran.out == "time alone will change nothing\n"
        assert ask("outlook", filled, "bo", "FIRE-1", "--at", "2026-02-01") == []


class TestHistory:
    def test_as_a_picture(self, filled: Path) -> None:
        at = ("history", filled, "ann", "FORK-1", "--at", NOW, "--format", "svg")
        picture = ElementTree.fromstring(run(*at).out)
        assert picture.tag.endswith("svg")
        assert run(*at, "--known-at", "2024-01-01").out != run(*at).out

    def test_the_format_json_is_the_same_value(self, filled: Path) -> None:
        at = ("history", filled, "ann", "FORK-1", "--at", NOW)
        assert json.loads(run(*at, "--format", "json").out) == ask(*at)
        assert run(*at, "--format", "table") == run(*at)

    def test_facts_and_change_points_by_effect(self, filled: Path) -> None:
        found = ask("history", filled, "ann", "FORK-1", "--at", NOW)
        assert [list(row) for row in found] == [HISTORY_KEYS] * len(found)
        assert [(row["kind"], row["from"], row["to"]) for row in found] == [
            ("assignment_added", None, "not_started"),
            ("cycle_began", None, "not_started"),
            ("cycle_started", "not_started", "in_progress"),
            ("step_completed", "in_progress", "certified"),
            ("certificate_issued", "in_progress", "certified"),
            ("certificate_expires", "certified", "expired"),
            ("grace_ends", "expired", "lapsed"),
        ]
        assert [row["derived"] for row in found] == [False] * 5 + [True] * 2

    def test_a_fact(self, filled: Path) -> None:
        found = ask("history", filled, "ann", "FORK-1", "--at", NOW)
        step = found[3]
        import_id = step["import_id"]
        assert step == {
            "sequence": 4,
            "entry": 3,
            "kind": "step_completed",
            "at": "2025-03-03T00:00:00Z",
            "recorded_at": NOW,
            "from": "in_progress",
            "to": "certified",
            "transition": "complete step",
            "actor": "system",
            "reason": None,
            "import_id": import_id,
            "import_row": 2,
            "because": [{"training": "FORK", "at": "2025-03-03T00:00:00Z"}],
            "struck": False,
            "derived": False,
            "fields": {"number": 1, "step": "course", "path": "online"},
        }
        assert import_id.endswith("-1")

    def test_a_change_point(self, filled: Path) -> None:
        *_, found = ask("history", filled, "ann", "FORK-1", "--at", "2026-03-04")
        assert found == {
            **dict.fromkeys(HISTORY_KEYS),
            "kind": "certificate_expires",
            "at": "2026-03-04T00:00:00Z",
            "from": "certified",
            "to": "expired",
            "because": [],
            "struck": False,
            "derived": True,
            "fields": {},
        }

    def test_what_is_struck_stays_readable(self, filled: Path) -> None:
        ask("act", filled, "bo", "FORK-1", "strike", "--set", "entry=1", "--now", NOW)
        found = ask("history", filled, "bo", "FORK-1", "--at", NOW)
        assert [(row["kind"], row["struck"], row["from"], row["to"]) for row in found] == [
            ("certificate_awarded", True, None, None),
            ("entry_struck", False, "lapsed", None),
        ]
        ran = run("history", filled, "bo", "FORK-1", "--at", NOW)
        assert "certificate_awarded (struck)" in ran.out

    def test_as_it_was_known_then(self, filled: Path) -> None:
        at = ("history", filled, "ann", "FORK-1", "--at", NOW)
        assert ask(*at, "--known-at", "2026-11-21") == []
        assert len(ask(*at, "--known-at", "2026-11-22")) == 7
        assert len(ask(*at, "--known-at", NOW)) == 7

    def test_in_words(self, filled: Path) -> None:
        ran = run("history", filled, "bo", "FORK-1", "--at", "2024-03-01")
        heading, row = ran.out.splitlines()
        assert heading.split("  ")[0] == "at"
        assert row.startswith("2024-02-29T00:00:00Z  1      certificate_awarded  -     certified")
        assert row.endswith(" row 4")
        assert run("history", filled, "cem", "FORK-1").out == "nothing is recorded\n"

    def test_nothing_out_of_scope(self, filled: Path) -> None:
        error = error_of("history", filled, "ann", "FORK-1", "--as", "learner:bo")
        assert error["message"] == "no learner 'ann' (not_found)"


class TestStores:
    def test_one_that_is_not_there(self, tmp_path: Path) -> None:
        error = error_of("status", tmp_path / "absent.db")
        assert error["code"] == "store_absent"
        assert not (tmp_path / "absent.db").exists()

    @pytest.mark.parametrize("content", [b"", b"id,email\n", bytes(5000)])
    def test_a_file_that_is_none(self, content: bytes, tmp_path: Path) -> None:
        store = tmp_path / "other.db"
        store.write_bytes(content)
        assert error_of("status", store)["code"] == "not_a_store"
        assert store.read_bytes() == content

    def test_a_damaged_one(self, filled: Path) -> None:
        data = bytearray(filled.read_bytes())
        data[100:] = b"\xff" * (len(data) - 100)
        filled.write_bytes(data)
        ran = run("status", filled, "--json")
        assert ran.code == 2
        assert json.loads(ran.out)["error"]["message"].startswith(str(filled))
