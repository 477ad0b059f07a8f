"""Loading cases: for one learner or for many, and as they stood in the past."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta

import pytest

from certlib import Actor, Service, Status
from certlib._loading import Loader, as_of
from certlib.actors import Role, Scope
from certlib.adapters.memory import MemoryStore
from certlib.errors import NotFoundError
from certlib.ports import EnrollmentKey, Query
from certlib.state import Event
from certlib.state.commands import Award, RevokeAccess
from certlib.transcript import Completion, Transcript
from tests.hosts import EVA, NOW, make_store

HOUR = timedelta(hours=1)
ANN = EnrollmentKey("ann", "FORK-1")
BO = EnrollmentKey("bo", "FORK-1")


class CountingStore(MemoryStore):
    """A store that notes whose histories are asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[set[EnrollmentKey]] = []

    def history(self, keys: Collection[EnrollmentKey]) -> Mapping[EnrollmentKey, tuple[Event, ...]]:
        self.asked.append(set(keys))
        return super().history(keys)


def loader_of(store: MemoryStore) -> Loader:
    return Loader(store, store)


@pytest.fixture
def store() -> CountingStore:
    """Return a store in which Ann lapsed and was then revoked, and Bo was certified late."""
    store, made = CountingStore(), make_store()
    store.put_learners(made.learners(["ann", "bo", "cem"]).values())
    store.put_certifications(made.certifications().values())
    service = Service(store=store, sources=store)
    of_ann = {"learner": "ann", "certification": "FORK-1", "actor": EVA}
    service.perform(Award(on=date(2024, 1, 5)), now=NOW - 3 * HOUR, **of_ann)  # type: ignore[arg-type]
    service.perform(RevokeAccess(reason="theft"), now=NOW - HOUR, **of_ann)  # type: ignore[arg-type]
    late = Award(on=date(2026, 1, 5))
    service.perform(late, learner="bo", certification="FORK-1", actor=EVA, now=NOW - HOUR)
    store.asked.clear()
    return store


class TestAsOf:
    @pytest.mark.parametrize(
        ("back", "known_back", "statuses", "asked"),
        [
            (0, None, [Status.REVOKED, Status.CERTIFIED], []),
            (2, None, [Status.LAPSED, Status.CERTIFIED], [{ANN}]),
            (0, 0, [Status.REVOKED, Status.CERTIFIED], []),
            (0, 1, [Status.REVOKED, Status.CERTIFIED], []),
            (0, 2, [Status.LAPSED, None], [{ANN, BO}]),
            (0, 4, [None, None], [{ANN, BO}]),
            (4, 0, [Status.LAPSED, Status.CERTIFIED], [{ANN}]),
        ],
    )
    def test_histories_are_loaded_of_those_that_changed_since(
        self,
        store: CountingStore,
        back: int,
        known_back: int | None,
        statuses: list[Status | None],
        asked: list[set[EnrollmentKey]],
    ) -> None:
        at = NOW - back * HOUR
        known_at: datetime | None = None if known_back is None else NOW - known_back * HOUR
        stored = store.find(Query(at=NOW), limit=9)
        found = loader_of(store).as_of([(each, at, known_at) for each in stored])
        assert [each.status_at(at) for each in found] == statuses
        assert store.asked == asked

    def test_without_a_history_it_is_as_it_is_stored(self, store: CountingStore) -> None:
        stored = store.load([ANN])[ANN]
        assert as_of(stored, None, at=NOW - 2 * HOUR) is stored
        replayed = as_of(stored, store.history([ANN])[ANN], at=NOW - 2 * HOUR)
        assert replayed.status_at(NOW - 2 * HOUR) is Status.LAPSED


class TestCases:
    def test_a_case_is_the_same_however_it_is_loaded(self, store: CountingStore) -> None:
        loader = loader_of(store)
        done = Completion(training="FORK", at=NOW - 5 * HOUR, recorded_at=NOW)
        Service(store=store, sources=store).record([done], learner="ann", actor=EVA, now=NOW)
        alone = loader.case("ann", "FORK-1", EVA)
        assert alone.transcript == Transcript(completions=(done,))
        assert len(alone.history or ()) > 1
        batch = loader.batch(learners=["ann", "cem"], completed=[("ann", "FORK")])
        assert batch.case("ann", "FORK-1") == alone
        everything = loader.everything_about(["ann", "bo"], now=NOW)
        assert everything.case("ann", "FORK-1") == alone
        page = loader.page(store.find(Query(at=NOW), limit=9))
        assert page.case_of(alone.learner, alone.certification) == alone
        some = loader.load(store.load([ANN]), histories=[ANN], transcripts=["ann"])
        assert some.case_of(alone.learner, alone.certification) == alone

    def test_nothing_is_asked_for_that_is_not_wanted(self, store: CountingStore) -> None:
        loaded = loader_of(store).load({}, histories=(), transcripts=())
        assert store.asked == []
        assert (loaded.histories, loaded.transcripts) == ({}, {})

    def test_a_transcript_may_take_the_place_of_the_one_loaded(self, store: CountingStore) -> None:
        done = Completion(training="FORK", at=NOW, recorded_at=NOW)
        other = Transcript(completions=(done,))
        batch = loader_of(store).batch(learners=["ann"], enrollments=[ANN])
        assert batch.case("ann", "FORK-1", other).transcript is other

    def test_of_no_facts_it_is_blank(self, store: CountingStore) -> None:
        case = loader_of(store).case("cem", "FORK-1", EVA)
        assert (case.enrollment.version, case.history, case.transcript) == (0, (), Transcript())


class TestCertifications:
    def test_all_or_only_one(self, store: CountingStore) -> None:
        loader = loader_of(store)
        assert list(loader.certifications(EVA, None)) == ["FIRE-1", "FORK-1"]
        assert list(loader.certifications(EVA, "FORK-1")) == ["FORK-1"]
        assert loader.certification("FORK-1").code == "FORK-1"

    @pytest.mark.parametrize("code", ["NONE", "FIRE-1"])
    def test_missing_and_out_of_scope_are_the_same(self, store: CountingStore, code: str) -> None:
        narrow = Actor(role=Role.ADMIN, id="nina", scope=Scope.certifications("FORK-1"))
        with pytest.raises(NotFoundError, match=f"^no certification '{code}' "):
            loader_of(store).certifications(narrow, code)
