"""Some runs with the suite, and faults that are planted are found."""

from __future__ import annotations

import re
from datetime import date

import pytest

from certlib.io._tables import cells
from certlib.io._tables.cells import Flaw
from certlib.io._tables.problems import RowProblem
from certlib.io._tables.records import Record
from certlib.io._tables.rows import Rows
from certlib.io.formats import _shared as shared
from certlib.learners import skeleton
from tests.fuzz.__main__ import KINDS, main
from tests.fuzz.running import DEFAULT_SEED, Failure, Kind, run

RUNS = 5_000


def kind_of(name: str) -> Kind:
    (found,) = [kind for kind in KINDS if kind.name == name]
    return found


def failure_of(name: str, *, runs: int = 2_000) -> Failure:
    """Return the first failure of a kind of input."""
    report = run([kind_of(name)], seed=DEFAULT_SEED, runs=runs)
    assert report.failure is not None
    return report.failure


class TestRuns:
    def test_no_law_is_broken_and_most_verdicts_are_reached(self) -> None:
        report = run(KINDS, seed=DEFAULT_SEED, runs=RUNS)
        assert report.failure is None
        assert report.runs.total() == RUNS
        reached = {name: len(verdicts) for name, verdicts in report.verdicts.items()}
        assert reached["reader"] >= 14
        assert reached["dates"] >= 16
        assert reached["emails"] >= 10
        assert reached["numbers"] == 5

    @pytest.mark.parametrize("kind", KINDS, ids=[kind.name for kind in KINDS])
    def test_a_seed_and_a_number_are_always_the_same_input(self, kind: Kind) -> None:
        first = [kind.drawn(7, number) for number in range(20)]
        assert [kind.drawn(7, number) for number in range(20)] == first
        assert [kind.drawn(8, number) for number in range(20)] != first

    def test_the_command(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["--runs", "20", "--only", "dates,numbers", "--seed", "5"]) == 0
        out = capsys.readouterr().out
        assert "seed 5: 20 runs" in out
        assert "reader" not in out
        assert out.endswith("every law holds\n")
        with pytest.raises(SystemExit):
            main(["--only", "days"])


class TestPlantedFaults:
    """A reader or a parser that is wrong is found out, and how to see it again is told."""

    def test_a_reader_that_drops_a_record(self, monkeypatch: pytest.MonkeyPatch) -> None:
        hand_out = Rows.hand_out

        def dropping(rows: Rows) -> list[Record | RowProblem]:
            return [item for item in hand_out(rows) if "2026-01-05" not in item.fields]

        monkeypatch.setattr(Rows, "hand_out", dropping)
        assert "rows are counted otherwise" in failure_of("reader").why

    def test_a_reader_that_passes_over_a_row(self, monkeypatch: pytest.MonkeyPatch) -> None:
        judge = Rows._judge

        def passing(rows: Rows, text: str, fields: tuple[str, ...]) -> None:
            if len(fields) < rows._width:
                rows._pass_over(rows=1, lines=1)
            else:
                judge(rows, text, fields)

        monkeypatch.setattr(Rows, "_judge", passing)
        assert "is neither read nor reported" in failure_of("reader").why

    def test_a_reader_that_refuses_a_good_row(self, monkeypatch: pytest.MonkeyPatch) -> None:
        judge = Rows._judge

        def strict(rows: Rows, text: str, fields: tuple[str, ...]) -> None:
            if len(fields) == rows._width:
                rows._refuse(text, "row_too_long", "")
            else:
                judge(rows, text, fields)

        monkeypatch.setattr(Rows, "_judge", strict)
        assert "is a row: row_too_long" in failure_of("reader").why

    def test_a_reader_that_trims(self, monkeypatch: pytest.MonkeyPatch) -> None:
        accept = Rows._accept

        def trimming(rows: Rows, records: list[tuple[str, ...]]) -> None:
            accept(rows, [tuple(map(str.strip, record)) for record in records])

        monkeypatch.setattr(Rows, "_accept", trimming)
        assert "is not what its lines say" in failure_of("reader").why

    @pytest.mark.parametrize("raised", [ValueError("no"), RecursionError(), KeyError("k")])
    def test_an_exception_that_nobody_expects(
        self, monkeypatch: pytest.MonkeyPatch, raised: Exception
    ) -> None:
        def failing(_: object) -> bool:
            raise raised

        monkeypatch.setattr("certlib.io._tables.rows.has_control", failing)
        assert failure_of("reader").why == repr(raised)

    def test_a_date_of_two_digits(self, monkeypatch: pytest.MonkeyPatch) -> None:
        parse = cells.parse_date

        def lenient(text: str, pattern: str = "yyyy-mm-dd") -> date | Flaw:
            is_short = pattern == "yyyy-mm-dd" and text[2:3] == "-" and len(text) == 8
            return parse(f"20{text}" if is_short else text, pattern)

        monkeypatch.setattr(cells, "parse_date", lenient)
        found = failure_of("dates")
        assert "though it is none" in found.why
        assert f"--only dates --seed {DEFAULT_SEED} --first {found.number} --runs 1" in str(found)

    def test_a_number_of_another_script(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(cells, "_NUMBER", re.compile(r"-?\d{1,15}(?:\.\d{1,15})?"))
        assert "read as" in failure_of("numbers").why

    def test_letters_that_are_folded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(shared, "normal_identifier", skeleton)
        assert "matched as" in failure_of("emails").why

    def test_people_who_are_matched_by_what_looks_alike(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("certlib.io._imports.matching.normal_identifier", skeleton)
        assert "nobody is meant" in failure_of("emails").why

    def test_the_command_fails(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(shared, "normal_identifier", str.casefold)
        assert main(["--runs", "2000", "--only", "emails"]) == 1
        assert "to repeat it: python -m tests.fuzz --only emails --seed" in capsys.readouterr().out
