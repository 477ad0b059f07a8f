"""The service audits what is stored, page by page, within the actor's scope."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from attrs import evolve

from certlib._recording import enrollment_change
from certlib.actors import Actor, Role, Scope
from certlib.adapters.memory import MemoryStore
from certlib.errors import NotFoundError, RefusedError
from certlib.learners import Learner
from certlib.ports import Change, EnrollmentKey
from certlib.service import Service
from certlib.state import Status
from certlib.state.commands import Assign, Enroll
from tests.state.sample import FOREVER, FROM_COMPLETION

NOW = datetime(2025, 3, 3, tzinfo=UTC)
EVA = Actor.parse("admin:eva")
NORTH = Actor(role=Role.ADMIN, id="nora", scope=Scope.organizations("north"))


@pytest.fixture
def store() -> MemoryStore:
    """Ann and Bob are enrolled; what is stored of Bob has been damaged, as no command does."""
    store = MemoryStore()
    store.put_learners([Learner(id="ann", organization="north"), Learner(id="bob")])
    store.put_certifications([FROM_COMPLETION, FOREVER])
    host = Service(store=store, sources=store)
    for learner in ("ann", "bob"):
        for command in (Assign(), Enroll()):
            host.perform(
                command,
                learner=learner,
                certification="COMPLETION-1",
                actor=EVA if isinstance(command, Assign) else Actor.parse("system"),
                now=NOW,
            )
    key = EnrollmentKey("bob", "COMPLETION-1")
    stored, (*_, last) = store.load([key])[key], store.history([key])[key]
    again = evolve(last, sequence=last.sequence + 1, entry=last.entry + 1)
    damaged = evolve(
        enrollment_change(FROM_COMPLETION, stored, stored, (again,), NOW),
        enrollment=evolve(stored, version=again.sequence, entries=again.entry),
    )
    store.save([Change(learner="bob", enrollments=(damaged,))])
    return store


def codes(
    store: MemoryStore,
    actor: Actor = EVA,
    *,
    learner: str | None = None,
    certification: str | None = None,
) -> set[tuple[str, str]]:
    host = Service(store=store, sources=store)
    found = host.audit(actor=actor, at=NOW, learner=learner, certification=certification)
    return {(each.learner, each.code) for each in found}


def test_what_is_damaged_is_found(store: MemoryStore) -> None:
    found = codes(store)
    assert {learner for learner, _ in found} == {"bob"}
    assert ("bob", "stored_differs") in found


def test_an_index_that_lies_is_found(store: MemoryStore) -> None:
    key = EnrollmentKey("ann", "COMPLETION-1")
    stored = store.load([key])[key]
    lying = evolve(
        enrollment_change(FROM_COMPLETION, stored, stored, (), NOW), indexed_status=Status.LAPSED
    )
    store.save([Change(learner="ann", enrollments=(lying,))])

    assert codes(store, learner="ann") == {("ann", "indexed_status_differs")}


def test_of_one(store: MemoryStore) -> None:
    assert codes(store, learner="ann") == set()
    assert codes(store, learner="bob") == codes(store)
    assert codes(store, certification="COMPLETION-1") == codes(store)
    assert codes(store, certification="FOREVER-1") == set()


def test_within_the_scope(store: MemoryStore) -> None:
    assert codes(store, NORTH) == set()


def test_of_nobody(store: MemoryStore) -> None:
    with pytest.raises(NotFoundError):
        codes(store, learner="eve")
    with pytest.raises(NotFoundError):
        codes(store, certification="NONE-1")


@pytest.mark.parametrize("who", ["learner:ann", "manager:max", "approver:bo"])
def test_by_whom_it_is_not_done(store: MemoryStore, who: str) -> None:
    with pytest.raises(RefusedError):
        codes(store, Actor.parse(who))


def test_people_that_are_gone_are_seen_by_those_who_see_all(store: MemoryStore) -> None:
    nobody = MemoryStore()
    nobody.put_certifications([FROM_COMPLETION])
    host = Service(store=store, sources=nobody)
    found = {(each.learner, each.code) for each in host.audit(actor=EVA, at=NOW)}
    assert {("ann", "learner_is_unknown"), ("bob", "learner_is_unknown")} <= found
    assert list(host.audit(actor=NORTH, at=NOW)) == []
