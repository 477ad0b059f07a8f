"""How the command line is read: `--json` anywhere, instants, actors, and what is wrong use."""

from __future__ import annotations

import json
from argparse import ArgumentTypeError
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from importlib import metadata
from pathlib import Path

import pytest
from attrs import frozen

from certlib.cli import _arguments as arguments
from certlib.cli import _values as values
from certlib.cli._values import UsageError, build_command, day_or_instant, instant
from certlib.state import Command
from tests.cli.running import NOW, ask, error_of, run


class TestJson:
    def test_before_and_after_the_command(self, store: Path) -> None:
        ran = [
            run("--json", "status", store),
            run("status", "--json", store),
            run("status", store, "--json"),
            run("--json", "status", store, "--json"),
        ]
        assert [(each.code, each.out, each.err) for each in ran] == [(0, "[]\n", "")] * 4

    @pytest.mark.parametrize(
        "words",
        [
            (),
            ("unknown",),
            ("status",),
            ("status", "store.db", "--unknown"),
            ("status", "store.db", "--sta", "certified"),
            ("explain", "store.db", "ann"),
            ("act", "store.db", "ann", "FORK-1", "assign", "--as", "nobody"),
            ("table", "--grid", "--transitions"),
            ("table", "--format", "latex"),
        ],
    )
    def test_wrong_use_is_said_in_json_as_well(self, words: tuple[str, ...]) -> None:
        error = error_of(*words)
        assert (error["code"], error["problems"]) == ("usage", [])
        assert error["message"].endswith("--help (usage)")

    def test_without_it_words_go_to_stderr(self) -> None:
        ran = run("status")
        assert (ran.code, ran.out) == (2, "")
        assert ran.err == (
            "certlib: the following arguments are required: STORE; see certlib status --help"
            " (usage)\n"
        )

    def test_names_in_any_script_stay_readable(self, store: Path) -> None:
        ran = run("status", store, "--learner", "ζωή", "--json")
        assert "no learner 'ζωή' (not_found)" in ran.out


class TestHelp:
    @pytest.mark.parametrize("words", [("--help",), ("import", "--help")])
    def test_it_says_the_exit_codes(self, words: tuple[str, ...]) -> None:
        ran = run(*words)
        assert (ran.code, ran.err) == (0, "")
        assert "exit codes: 0 done" in ran.out

    def test_every_command_is_listed(self) -> None:
        text = run("--help").out
        for name in arguments._COMMANDS:
            assert f"\n    {name} " in text

    def test_the_version(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def absent(name: str) -> str:
            raise metadata.PackageNotFoundError(name)

        monkeypatch.setattr(arguments, "version", lambda _: "1.2.3")
        assert run("--version").out == "certlib 1.2.3\n"
        monkeypatch.setattr(arguments, "version", absent)
        assert run("--version").out == "certlib (not installed)\n"


class TestInstants:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("2026-03-31T09:00:00Z", datetime(2026, 3, 31, 9, tzinfo=UTC)),
            ("2026-03-31T09:00Z", datetime(2026, 3, 31, 9, tzinfo=UTC)),
            ("2026-03-31 09:00+02:00", datetime(2026, 3, 31, 7, tzinfo=UTC)),
            ("2026-03-31T09:00:00.5-01:30", datetime(2026, 3, 31, 10, 30, 0, 500_000, UTC)),
        ],
    )
    def test_iso_8601_with_an_offset(self, text: str, expected: datetime) -> None:
        assert instant(text) == day_or_instant(text) == expected
        assert instant(text).tzinfo is UTC

    @pytest.mark.parametrize(
        ("text", "why"),
        [
            ("2026-03-31T09:00:00", "has no offset"),
            ("2026-02-30T09:00:00Z", "there is no such instant"),
            ("2026-03-31T25:00:00Z", "there is no such instant"),
            ("1899-12-31T09:00:00Z", "expected a year from 1900 to 9000"),
            ("9001-01-01T00:00:00Z", "expected a year from 1900 to 9000"),
            ("20260331T090000Z", "expected an instant"),
            ("2026-W10-1T00:00:00Z", "expected an instant"),
            ("now", "expected an instant"),
            ("2026-03-32", "expected an instant"),
            ("٢٠٢٦-03-31T09:00:00Z", "expected an instant"),
        ],
    )
    def test_nothing_else(self, text: str, why: str) -> None:
        for read in (instant, day_or_instant):
            with pytest.raises(ArgumentTypeError, match=why):
                read(text)

    def test_a_bare_date_is_a_day_and_no_instant(self, store: Path) -> None:
        assert day_or_instant("2026-03-31") == date(2026, 3, 31)
        error = error_of("sweep", store, "--now", "2026-03-31")
        assert "argument --now" in error["message"]

    def test_a_naive_one_is_refused_with_what_to_do(self, store: Path) -> None:
        error = error_of("status", store, "--at", "2026-03-31T09:00:00")
        assert "add Z where it is meant in UTC" in error["message"]


class TestActors:
    @pytest.mark.parametrize("text", ["admin", "pope:ann", "", "learner:"])
    def test_what_is_none(self, text: str, store: Path) -> None:
        error = error_of("status", store, "--as", text)
        assert "argument --as" in error["message"]

    @pytest.mark.parametrize("text", ["admin:eva", "system", "approver:bo", "manager:bo"])
    def test_what_is_one(self, text: str, store: Path) -> None:
        assert ask("status", store, "--as", text) == []


class Fee(StrEnum):
    EXAM = "exam"
    CERTIFICATION = "certification"


@frozen(kw_only=True)
class Everything(Command):
    """A command with a field of each type that a later one may have."""

    name = "everything"
    fee: Fee
    count: int
    passed: bool
    until: date
    since: datetime | None = None
    score: Decimal | None = None
    step: str = ""
    either: int | date | None = None


class TestFields:
    def test_each_is_read_by_its_type(self) -> None:
        command = build_command(
            Everything,
            [
                "fee=exam",
                "count=-3",
                "passed=no",
                "until=2026-01-01",
                "since=2026-01-01T00:00:00Z",
                "score=87.5",
                "step=a = b",
                "either=2026-01-02",
            ],
            at=None,
            reason="because",
        )
        assert command == Everything(
            fee=Fee.EXAM,
            count=-3,
            passed=False,
            until=date(2026, 1, 1),
            since=datetime(2026, 1, 1, tzinfo=UTC),
            score=Decimal("87.5"),
            step="a = b",
            either=date(2026, 1, 2),
            reason="because",
        )

    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            ("fee=rent", "--set fee='rent': expected one of exam, certification"),
            ("count=1.5", "--set count='1.5': expected a whole number"),
            ("count=٣", "expected a whole number"),
            ("passed=maybe", "expected yes or no"),
            ("until=1.1.2026", "expected a date yyyy-mm-dd"),
            ("since=2026-01-01", "expected an instant such as 2026-03-31T09:00:00Z"),
            ("score=much", "expected a number"),
            ("either=x", "expected a whole number or a date yyyy-mm-dd"),
            ("fee=", "expected one of exam, certification"),
        ],
    )
    def test_what_is_expected(self, given: str, expected: str) -> None:
        with pytest.raises(UsageError) as raised:
            build_command(Everything, [given], at=None, reason=None)
        assert expected in str(raised.value)

    def test_what_is_missing(self) -> None:
        with pytest.raises(UsageError) as raised:
            build_command(Everything, ["fee=exam", "passed=yes"], at=None, reason=None)
        assert str(raised.value) == (
            "everything needs --set count=VALUE, --set until=VALUE; it takes fee (one of exam,"
            " certification), count (a whole number), passed (yes or no), until (a date"
            " yyyy-mm-dd), since (an instant such as 2026-03-31T09:00:00Z), score (a number),"
            " step (a text), either (a whole number or a date yyyy-mm-dd) (usage)"
        )


def test_the_clock_gives_an_aware_present() -> None:
    assert values.present().tzinfo is UTC


def test_instants_in_json_are_utc_with_microseconds_only_where_there_are_some(store: Path) -> None:
    found = ask("act", store, "ann", "FIRE-1", "assign", "--now", "2026-11-21T10:00:00.25+01:00")
    assert found["events"][0]["at"] == "2026-11-21T09:00:00.250000Z"
    found = ask("act", store, "bo", "FIRE-1", "assign", "--now", NOW)
    assert found["events"][0]["at"] == "2026-11-21T09:00:00Z"
    assert json.dumps(found)
