"""The SQLite store does what the store in memory does: more lives than the contract tries."""

from __future__ import annotations

import tempfile
from pathlib import Path
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from certlib.testing import contract
from tests.adapters.stores import REOPENED_LACKS, in_sqlite, in_sqlite_reopened


# Each example is as long as many of others: at night over a thousand, else few.
@settings(max_examples=max(12, settings().max_examples // 4), deadline=None)
@given(seed=st.integers(min_value=0))
def test_two_stores(seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        contract.compare(in_sqlite(Path(folder)), Random(seed), steps=50)


def test_a_store_that_is_opened_for_every_call(tmp_path: Path) -> None:
    make = in_sqlite_reopened(tmp_path)
    contract.compare(make, Random(1), steps=25, without=REOPENED_LACKS)
