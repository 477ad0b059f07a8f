"""The contract of `certlib.ports`, with the stores that come with certlib."""

from __future__ import annotations

from pathlib import Path

import pytest

from certlib.testing import contract
from certlib.testing.contract import Check
from tests.adapters.stores import (
    MEMORY_LACKS,
    REOPENED_LACKS,
    in_memory,
    in_sqlite,
    in_sqlite_reopened,
)


@pytest.mark.parametrize("check", contract.checks(without=MEMORY_LACKS), ids=str)
def test_memory(check: Check) -> None:
    check(in_memory())


@pytest.mark.parametrize("check", contract.CHECKS, ids=str)
def test_sqlite(check: Check, tmp_path: Path) -> None:
    check(in_sqlite(tmp_path))


# Those that compare with memory ask thousands of questions; test_sqlite_like_memory.py has a life.
REOPENED = [each for each in contract.checks(without=REOPENED_LACKS) if "memory" not in each.name]


@pytest.mark.parametrize("check", REOPENED, ids=str)
def test_sqlite_reopened(check: Check, tmp_path: Path) -> None:
    check(in_sqlite_reopened(tmp_path))
