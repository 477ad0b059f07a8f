"""What the tests of the SQLite store fill it with."""

from __future__ import annotations

from certlib.adapters.sqlite import SqliteStore
from certlib.learners import Learner
from certlib.ports import Change
from certlib.testing.contract._samples import (
    COURSE,
    FIRE,
    MODULE,
    change,
    completion,
    reset,
    save,
    struck,
)
from certlib.testing.contract._samples import fill as fill_store


def fill(store: SqliteStore) -> None:
    """Save one of everything, people, catalog and a struck completion included."""
    store.put_learners([Learner(id="ann", email="ann@example.org"), Learner(id="bo")])
    store.put_trainings([COURSE, MODULE])
    store.put_certifications([FIRE])
    fill_store(store)
    wrong = completion("WRONG")
    save(store, change(completions=(wrong,)))
    save(store, change(struck=(struck(wrong),)))
    save(store, Change(learner="ann", resets=(reset(),)))


def states(store: SqliteStore) -> list[tuple[str, str]]:
    """What has become of every notice, in the order in which they were saved."""
    found = store.notices(limit=99)
    state_of = store.notice_states([id for id, _ in found])
    return [(notice.kind, state_of[id].value) for id, notice in found]
