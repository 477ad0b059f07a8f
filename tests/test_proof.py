"""Long proofs are run in parts: in full and gone on with, or a sample at even distances."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from benchmarks import proof
from benchmarks.proof import PROOFS, Proof, main, sample_of
from tests.simulator.seeds import LIVED_IN, SEEDS, certification_of

Ran: TypeAlias = Callable[..., list[int]]


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Ran:
    """Run the proof `ten` in an empty folder; give back the parts that were tried."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str, breaks: int | None = None, code: int = 0) -> list[int]:
        tried: list[int] = []

        def part(number: int) -> None:
            tried.append(number)
            if number == breaks:
                raise ValueError("so it is not")

        ten = Proof(name="ten", sentence="ten are ten", parts=10, part=part)
        monkeypatch.setattr(proof, "PROOFS", {"ten": ten})
        assert main(words) == code
        return tried

    return run


class TestSamples:
    @pytest.mark.parametrize(
        ("count", "expected"), [(1, [0]), (3, [0, 3, 6]), (10, [*range(10)]), (99, [*range(10)])]
    )
    def test_at_even_distances(self, count: int, expected: list[int]) -> None:
        assert sample_of(10, count) == expected

    def test_of_every_proof_by_default(self, ran: Ran, tmp_path: Path) -> None:
        assert ran("--sample", "2") == [0, 5]
        assert list(tmp_path.iterdir()) == []

    def test_one_that_does_not_hold(self, ran: Ran, capsys: pytest.CaptureFixture[str]) -> None:
        assert ran("ten", "--sample", "2", breaks=5, code=1) == [0, 5]
        assert "part 5 does not hold: ValueError: so it is not" in capsys.readouterr().out


class TestAllOfIt:
    def test_what_held_is_not_tried_again(
        self, ran: Ran, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert ran("ten", breaks=4, code=1) == [*range(10)]
        assert "ten: 9 held, 1 did not" in capsys.readouterr().out
        assert ran("ten") == [4]
        assert ran("ten") == []

    def test_where_it_was_stopped_it_goes_on(self, ran: Ran, tmp_path: Path) -> None:
        assert ran("ten") == [*range(10)]
        kept = tmp_path / ".proof" / "ten"
        lines = kept.read_text(encoding="utf-8").splitlines()
        kept.write_text("\n".join([*lines[:4], "cut of"]), encoding="utf-8")
        assert ran("ten") == [*range(3, 10)]

    def test_after_a_change_of_the_sources_it_begins_anew(
        self, ran: Ran, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ran("ten")
        monkeypatch.setattr(proof, "digest_of_sources", lambda: "another")
        assert ran("ten") == [*range(10)]


def test_what_proofs_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "seeds: 1000 parts." in capsys.readouterr().out


def test_one_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["sands"])
    assert "there is no proof sands; there are: seeds" in capsys.readouterr().err


def test_a_thousand_seeds_live_in_one_certification_as_often_as_in_another() -> None:
    assert PROOFS["seeds"].parts == SEEDS == 1000
    lived_in = Counter(certification_of(seed) for seed in range(SEEDS))
    assert len(lived_in) == len(LIVED_IN)
    assert max(lived_in.values()) - min(lived_in.values()) <= 1
    sampled = {certification_of(seed) for seed in sample_of(SEEDS, 50)}
    assert len(sampled) == len(LIVED_IN)


@pytest.mark.slow
def test_seeds_are_lived_in_several_processes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["seeds", "--sample", "4", "--jobs", "2"]) == 0
    assert "seeds: 4 held, 0 did not" in capsys.readouterr().out
