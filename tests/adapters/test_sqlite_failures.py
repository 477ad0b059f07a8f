"""An SQLite store that fails in the middle: whatever fails, all of it is saved or nothing."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from attrs import evolve

from certlib.adapters.sqlite import SqliteStore
from certlib.errors import StoreError
from certlib.learners import Learner
from certlib.ports import EnrollmentKey
from certlib.state._status import Status
from certlib.testing.contract._samples import (
    COURSE,
    DAY,
    FIRE,
    MODULE,
    NOW,
    added,
    an_import,
    blank,
    change,
    completion,
    fact,
    notice,
    outcome,
    save,
)
from tests.adapters.samples import fill
from tests.dumps import dump

ANN = EnrollmentKey("ann", "FIRE-1")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


def fill_all(store: SqliteStore) -> None:
    """Fill a store, with two notices that are claimed and one that was told."""
    fill(store)
    save(store, change(notices=(notice("told"), notice("claimed"))))
    ids = [id for id, _ in store.claim(limit=3, now=NOW, lease=NOW + DAY)]
    store.acknowledge(ids[1:2])


def held(store: SqliteStore) -> tuple[str, object]:
    """All that a store holds, and what has become of its notices."""
    return dump(store), store._file.read("SELECT id, state, leased_until FROM notices")


class TestFailuresInTheMiddle:
    """Whatever fails, and wherever: all of it is saved or nothing."""

    @staticmethod
    def interrupted(store: SqliteStore, act: Callable[[], object], after: int) -> bool:
        """Do something that SQLite breaks off after so many steps; say whether it was broken off."""
        steps = count()
        store._file._connection.set_progress_handler(lambda: next(steps) == after, 1)
        try:
            act()
        except StoreError as error:
            return "interrupted" in str(error)
        finally:
            store._file._connection.set_progress_handler(None, 1)
        return False

    @pytest.mark.parametrize(
        "act",
        [
            lambda store: store.save(
                [
                    change(
                        added(store.load([ANN])[ANN], fact("more"), fact("yet more")),
                        added(blank(certification="B"), fact(), next_change_at=NOW + DAY),
                        completions=(completion("X"), completion("Y")),
                        notices=(notice(), notice("reminder")),
                        withheld=(notice("withheld"),),
                        withdrawn=(notice(), notice("told")),
                        outcome=outcome(9),
                        key="k2",
                    ),
                    change(added(blank("bo"), fact()), learner="bo", key="k3", outcome=outcome(10)),
                ]
            ),
            lambda store: store.save([change(added(store.load([ANN])[ANN], status=Status.LAPSED))]),
            lambda store: store.put_learners([Learner(id="ann", email="n@x"), Learner(id="z")]),
            lambda store: store.put_trainings(
                [evolve(COURSE, name="New", modules=("M3",)), MODULE]
            ),
            lambda store: store.put_certifications(
                [evolve(FIRE, name="New"), evolve(FIRE, code="A")]
            ),
            lambda store: store.save_import(evolve(an_import(), finished=True)),
            lambda store: store.record_sweep(NOW + DAY),
            lambda store: store.claim(limit=2, now=NOW + DAY, lease=NOW + 2 * DAY),
            lambda store: store.acknowledge([1, 2, 3]),
        ],
        ids=[
            "changes",
            "refresh",
            "learners",
            "trainings",
            "certifications",
            "import",
            "sweep",
            "claim",
            "acknowledge",
        ],
    )
    def test_at_any_step(self, path: Path, act: Callable[[SqliteStore], object]) -> None:
        with SqliteStore.create(path.with_name("done.db")) as store:
            fill_all(store)
            act(store)
            done = held(store)
        with SqliteStore.create(path) as store, SqliteStore.open(path) as beside:
            fill_all(store)
            before = held(beside)
            after = broken_off = 0
            while self.interrupted(store, lambda: act(store), after):
                assert not store._file._connection.in_transaction
                broken_off, after = broken_off + 1, after + 1 + after // 12
                if held(beside) == done:
                    break  # the commit was done, and its answer got lost
                assert held(beside) == before, f"after {after} steps"
            assert broken_off > 5
            assert held(beside) == done

    def test_at_the_commit(self, path: Path) -> None:
        with SqliteStore.create(path) as store:
            fill(store)
            before = dump(store)
            failing = pytest.raises(StoreError, match="FOREIGN KEY")
            with failing, store._file.writing() as connection:
                # What is deferred fails at the commit, and leaves the transaction open.
                connection.execute("PRAGMA defer_foreign_keys = ON")
                connection.execute("UPDATE events SET enrollment = 999")
            assert not store._file._connection.in_transaction
            assert dump(store) == before
