"""A store for each test, copied from one that is made once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.running import add_whole, run, write_files


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("store")
    people, catalog = write_files(folder)
    store = folder / "store.db"
    assert run("create", store, "--people", people, "--catalog", catalog).code == 0
    return store


@pytest.fixture
def store(made_once: Path, tmp_path: Path) -> Path:
    """Return a store of four people and two certifications."""
    return Path(shutil.copy(made_once, tmp_path / "store.db"))


@pytest.fixture
def whole(store: Path) -> Path:
    """Return the same store with one more certification, `WHOLE-1`, of every policy."""
    return add_whole(store)
