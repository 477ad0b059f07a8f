"""Every test that wants a store is run with each that comes with certlib."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.adapters.stores import DATABASES, MakeStore, Putting


@pytest.fixture(params=DATABASES)
def make_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MakeStore]:
    with DATABASES[request.param](tmp_path) as make:
        yield make


@pytest.fixture
def store(make_store: MakeStore) -> Putting:
    return make_store()
