"""Mistakes in the fold, in the status rule and in the sweep are found within a few seeds; without one, nothing is."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve

from certlib.testing.simulator import BrokenSeedError, simulate
from tests.simulator.planted import OF_THE_FOLD, OF_THE_STATUS_RULE, OF_THE_SWEEP, Mutant
from tests.simulator.seeds import ORACLE
from tests.state.walks import JUDGED

FEW: Final = 6
"""How many seeds are enough."""


def lived(mutant: Mutant, seed: int) -> None:
    simulate(
        mutant.certification,
        seed=seed,
        laws=JUDGED,
        oracle=ORACLE,
        service=mutant.service,
        store=mutant.store,
    )


def found(mutant: Mutant) -> str:
    """What is said of the first seed that breaks."""
    for seed in range(FEW):
        try:
            lived(mutant, seed)
        except BrokenSeedError as error:
            return str(error)
    return ""


@pytest.mark.slow
@pytest.mark.parametrize("mutant", OF_THE_FOLD, ids=lambda each: each.name)
def test_of_the_fold(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    mutant.plant(monkeypatch)

    assert found(mutant)


@pytest.mark.slow
@pytest.mark.parametrize("mutant", OF_THE_STATUS_RULE, ids=lambda each: each.name)
def test_of_the_status_rule(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    mutant.plant(monkeypatch)

    assert found(mutant)


@pytest.mark.parametrize("mutant", OF_THE_SWEEP, ids=lambda each: each.name)
def test_of_the_sweep(mutant: Mutant) -> None:
    assert found(mutant)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(FEW))
def test_nothing_is_found_where_nothing_is_planted(seed: int) -> None:
    """In the certifications in which the mutants are looked for."""
    lived(Mutant(name=""), seed)
    lived(evolve(OF_THE_SWEEP[2], name="", store=Mutant(name="").store), seed)
