"""The contract finds mistakes: each broken store is caught by the check that is there for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from certlib.adapters.memory import MemoryStore
from certlib.adapters.sqlite import SqliteStore
from certlib.errors import CertlibError
from certlib.testing import contract
from certlib.testing.contract import MakeStore
from tests.adapters.broken_stores import ALSO, CAUGHT_BY
from tests.adapters.stores import in_memory, in_sqlite

CHECKS = {check.name: check for check in contract.CHECKS}
CAUGHT = (*CAUGHT_BY.items(), *ALSO)


def makes(kind: type[MemoryStore] | type[SqliteStore], folder: Path) -> MakeStore:
    return in_memory(kind) if issubclass(kind, MemoryStore) else in_sqlite(folder, kind)


@pytest.mark.parametrize(
    ("kind", "name"), CAUGHT, ids=[f"{kind.__name__}-{name}" for kind, name in CAUGHT]
)
def test_it_is_caught(
    kind: type[MemoryStore] | type[SqliteStore], name: str, tmp_path: Path
) -> None:
    with pytest.raises((AssertionError, CertlibError)) as caught:
        CHECKS[name](makes(kind, tmp_path))
    assert CHECKS[name].promise in "".join(caught.value.__notes__)


def test_every_check_catches_something() -> None:
    assert {name for _, name in CAUGHT} == set(CHECKS)
