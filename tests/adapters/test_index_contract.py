"""What every store says of the index that enrollments are searched by; answers never rest on it."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from certlib.adapters.sqlite import SqliteStore
from certlib.audit import Index
from certlib.errors import UnknownKindError
from certlib.ports import EnrollmentKey
from certlib.state import Status
from certlib.state.enrollments import AssignmentSource
from certlib.state.facts import AssignmentAdded
from tests.adapters.stores import DAY, NOW, MakeStore, added, blank, change, save

ANN, BO = EnrollmentKey("ann", "FIRE-1"), EnrollmentKey("bo", "FIRE-1")
ASSIGNED = AssignmentAdded(source=AssignmentSource.MANUAL)


def test_is_what_was_saved(make_store: MakeStore) -> None:
    store, later = make_store(), NOW + timedelta(hours=1)
    dated = added(blank(), ASSIGNED, indexed_at=later, next_change_at=NOW + DAY)
    save(store, change(dated))
    save(store, change(added(blank("bo"), ASSIGNED, status=None), learner="bo"))

    assert store.indexed([ANN, BO, EnrollmentKey("cem", "FIRE-1")]) == {
        ANN: Index(status=Status.ASSIGNED, at=later, next_change_at=NOW + DAY),
        BO: Index(status=None, at=NOW),
    }
    assert store.indexed([]) == {}


def test_another_tenant_has_none(make_store: MakeStore) -> None:
    save(make_store("north"), change(added(blank(), ASSIGNED)))

    assert make_store("south").indexed([ANN]) == {}


def test_a_status_that_is_not_known(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with SqliteStore.create(path) as store:
        save(store, change(added(blank(), ASSIGNED)))
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE enrollments SET indexed_status = 'dormant'")
    connection.close()

    with SqliteStore.open(path) as store, pytest.raises(UnknownKindError) as caught:
        store.indexed([ANN])
    assert caught.value.kind == "dormant"
    assert caught.value.path == "ann in FIRE-1"
