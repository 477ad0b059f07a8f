"""The contract finds mistakes: each broken store is caught by the check that is there for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from certlib.adapters.memory import MemoryStore
from certlib.adapters.sqlite import SqliteStore
from certlib.errors import CertlibError
from certlib.testing import contract
from certlib.testing.contract import MakeStore
from tests.adapters.broken_stores import CAUGHT_BY
from tests.adapters.stores import in_memory, in_sqlite

CHECKS = {check.name: check for check in contract.CHECKS}


def makes(kind: type[MemoryStore] | type[SqliteStore], folder: Path) -> MakeStore:
    return in_memory(kind) if issubclass(kind, MemoryStore) else in_sqlite(folder, kind)


@pytest.mark.parametrize("kind", CAUGHT_BY, ids=lambda kind: kind.__name__)
def test_it_is_caught(kind: type[MemoryStore] | type[SqliteStore], tmp_path: Path) -> None:
    check = CHECKS[CAUGHT_BY[kind]]
    with pytest.raises((AssertionError, CertlibError)) as caught:
        check(makes(kind, tmp_path))
    assert check.promise in "".join(caught.value.__notes__)
