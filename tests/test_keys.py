"""Keys of commands (D-20): a retry gets the first answer, and a key is never used for two commands."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from attrs import evolve

from certlib import Actor, Service
from certlib._keys import HOST, _plain
from certlib.adapters.memory import MemoryDatabase, MemoryStore
from certlib.adapters.sqlite import SqliteStore
from certlib.errors import InvalidValueError, NotFoundError, RefusedError, StoreError
from certlib.ports import Change, Conflict, EnrollmentKey, ImportRecord, RowOutcome
from certlib.state import Accepted, Command, Status
from certlib.state.commands import Assign, Award, Enroll, PermanentlyRevoke, Strike
from certlib.transcript import Reset, Transcript
from tests.hosts import EVA, NOW, Overtaken, make_service, make_store

DAY = timedelta(days=1)
LATER = NOW + 40 * DAY
FIXTURES = Path(__file__).parent / "fixtures" / "stored"


@pytest.fixture
def service() -> Service:
    return make_service()


def give(
    service: Service,
    command: Command,
    key: str | None = "k1",
    *,
    learner: str = "ann",
    certification: str = "FORK-1",
    actor: Actor = EVA,
    now: object = NOW,
) -> Accepted:
    return service.perform(
        command,
        learner=learner,
        certification=certification,
        actor=actor,
        now=now,  # type: ignore[arg-type]
        key=key,
    )


class TestTheSameAgain:
    """It is answered as the first time, whatever has happened since."""

    @pytest.mark.parametrize("command", [Assign(), Assign(at=NOW - DAY), Award()])
    def test_it_gives_the_first_answer(self, service: Service, command: Command) -> None:
        before = service.store.history([EnrollmentKey("ann", "FORK-1")])
        first = give(service, command)
        assert first.events
        give(service, Award(reason="since then"), None, now=LATER)
        assert give(service, command, now=LATER + DAY) == first
        (history,) = service.store.history([EnrollmentKey("ann", "FORK-1")]).values()
        assert not before
        assert sum(each.row == first.events[0].row for each in history) <= 2
        assert history[: len(first.events)] == first.events

    def test_also_once_it_is_struck(self, service: Service) -> None:
        first = give(service, Award())
        struck = give(service, Strike(entry=1, reason="wrong person"), "k2", now=LATER)
        assert struck.withdrawn
        assert give(service, Award(), now=LATER) == first
        assert give(service, Award(), now=LATER).after is Status.CERTIFIED
        assert (
            give(service, Strike(entry=1, reason="wrong person"), "k2", now=LATER + DAY) == struck
        )

    def test_also_where_it_would_be_refused_by_now(self, service: Service) -> None:
        first = give(service, Assign())
        with pytest.raises(RefusedError):
            give(service, Assign(), None, now=LATER)
        assert give(service, Assign(), now=LATER) == first

    def test_an_instant_in_another_zone_is_the_same(self, service: Service) -> None:
        first = give(service, Award(at=NOW - DAY))
        elsewhere = (NOW - DAY).astimezone(timezone(timedelta(hours=5)))
        assert give(service, Award(at=elsewhere), now=LATER) == first

    def test_whoever_may_not_see_the_learner_gets_no_answer(self, service: Service) -> None:
        give(service, Award())
        with pytest.raises(NotFoundError):
            give(service, Award(), learner="nobody")

    def test_from_a_file(self, tmp_path: Path) -> None:
        with SqliteStore.create(tmp_path / "store.db") as store:
            source = make_service().sources
            store.put_learners(source.all_learners(limit=99))
            store.put_certifications(source.certifications().values())
            first = give(Service(store=store, sources=store), Award())
        with SqliteStore.open(tmp_path / "store.db") as store:
            assert give(Service(store=store, sources=store), Award(), now=LATER) == first


class TestAnythingElse:
    """It raises `key_reused`, and records nothing."""

    @pytest.mark.parametrize(
        "other",
        [
            lambda service: give(service, PermanentlyRevoke(reason="left")),
            lambda service: give(service, Award(reason="another")),
            lambda service: give(service, Award(at=NOW - DAY)),
            lambda service: give(service, Award(), learner="bo"),
            lambda service: give(service, Award(), certification="FIRE-1"),
            lambda service: give(service, Award(), actor=Actor.parse("admin:nina")),
            lambda service: give(service, Award(), actor=Actor.parse("system:eva")),
        ],
    )
    def test_it_is_told(self, service: Service, other: Callable[[Service], Accepted]) -> None:
        first = give(service, Award())
        with pytest.raises(StoreError, match="the key 'k1' was used") as raised:
            other(service)
        assert raised.value.code == "key_reused"
        keys = [EnrollmentKey(who, what) for who in ("ann", "bo") for what in ("FORK-1", "FIRE-1")]
        assert service.store.history(keys) == {keys[0]: first.events}

    def test_a_long_key_is_shortened(self, service: Service) -> None:
        give(service, Award(), "k" * 500)
        with pytest.raises(StoreError) as raised:
            give(service, Enroll(), "k" * 500)
        assert len(str(raised.value)) < 200

    def test_a_refused_command_leaves_the_key_free(self, service: Service) -> None:
        with pytest.raises(RefusedError):
            give(service, Strike(entry=7, reason="none"))
        assert give(service, Award()).after is Status.CERTIFIED

    def test_another_tenant_has_keys_of_its_own(self) -> None:
        database = MemoryDatabase()
        answers = []
        for tenant in ("north", "south"):
            source = make_service().sources
            store = MemoryStore(database, tenant=tenant)
            answers.append(give(Service(store=store, sources=source), Award()))
        assert answers[0] == answers[1]


class Slower(Overtaken, MemoryStore):
    """Between its look at the key and its saving, somebody else gives the same command."""


@pytest.mark.parametrize("command", [Award(), Assign()])
@pytest.mark.parametrize("seconds", [-3600, -2, 0, 3, 3600])
def test_of_two_at_once_both_get_the_answer_of_the_faster(command: Command, seconds: int) -> None:
    database = MemoryDatabase()
    make_store(database)
    slower, faster = Slower(database), MemoryStore(database)
    of_faster: list[Accepted] = []
    slower.meanwhile = lambda: of_faster.append(
        give(Service(store=faster, sources=faster), command)
    )
    found = give(
        Service(store=slower, sources=slower), command, now=NOW + timedelta(seconds=seconds)
    )
    assert of_faster == [found]


class TestKeysNeverMeet:
    def test_a_key_that_looks_like_that_of_an_import(self, service: Service) -> None:
        record = ImportRecord(
            id="i-1",
            format="unifyr",
            file_name=None,
            digest="d",
            purpose="p",
            actor="admin:eva",
            at=NOW,
            new=1,
            already_completed=0,
            errors=0,
        )
        service.store.save_import(record)
        row = RowOutcome(import_id="i-1", row=2, learner="bo")
        imported = Change(learner="bo", outcome=row, key="i-1:2")
        service.store.save([imported, Change(learner="ann", key="i-1:2:undo")])
        for key in ("i-1:2", "i-1:2:undo"):
            first = give(service, Assign(reference=key), key)
            assert give(service, Assign(reference=key), key, now=LATER) == first
        assert service.store.saved_answers([f"{HOST}i-1:2"])

    def test_and_one_of_a_host_leaves_that_of_a_row_free(self, service: Service) -> None:
        give(service, Award(), "i-1:2")
        row = RowOutcome(import_id="i-1", row=2, learner="ann")
        (answer,) = service.store.save([Change(learner="ann", outcome=row, key="i-1:2")])
        assert not answer.again  # type: ignore[union-attr]


class TestKeysOfBefore:
    """A release that did not bind keys stored them as they are: they go by their payload."""

    def stored(self, service: Service) -> Accepted:
        """Give a command, and store its key as earlier releases did."""
        first = give(service, Award(at=NOW - DAY), None)
        part = next(iter(service.store.load([EnrollmentKey("ann", "FORK-1")]).values()))
        held = service.store._held  # type: ignore[attr-defined]
        given = service.store.history([EnrollmentKey.of(part)])[EnrollmentKey.of(part)]
        change = held.enrollments[EnrollmentKey.of(part)].change
        del held.enrollments[EnrollmentKey.of(part)], held.events[EnrollmentKey.of(part)]
        service.store.save(
            [Change(learner="ann", enrollments=(evolve(change, events=given),), key="k1")]
        )
        return first

    def test_anything_else_is_not_swallowed(self, service: Service) -> None:
        first = self.stored(service)
        for command in (PermanentlyRevoke(reason="left"), Award(at=NOW - 2 * DAY)):
            with pytest.raises(StoreError, match="the key 'k1' was used") as raised:
                give(service, command)
            assert raised.value.code == "key_reused"
        with pytest.raises(RefusedError):
            give(service, Award(at=NOW - DAY))
        assert service.store.history([EnrollmentKey("ann", "FORK-1")]) == {
            EnrollmentKey("ann", "FORK-1"): first.events
        }

    @pytest.mark.parametrize("name", ["v1", "v2", "v3", "v4"])
    def test_in_a_file(self, name: str, tmp_path: Path) -> None:
        path = Path(shutil.copy(FIXTURES / name / "store.db", tmp_path / "store.db"))
        with SqliteStore.open(path) as store:
            keys = [f"key-{number}" for number in range(2000)]
            known = sorted(store.saved_answers(keys))
            assert known
            assert all(each.bound_to is None for each in store.saved_answers(known).values())
            service = Service(store=store, sources=store)
            with pytest.raises((StoreError, RefusedError)):
                give(service, Award(), known[0], learner="learner-0", certification="CONDUCT")
            assert store.saved_answers([f"{HOST}{known[0]}"]) == {}
        connection = sqlite3.connect(path)
        try:
            assert connection.execute("SELECT count(bound_to) FROM changes").fetchone() == (0,)
        finally:
            connection.close()


def test_what_a_key_is_bound_to_is_the_same_for_equal_values() -> None:
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    other = noon.astimezone(timezone(timedelta(hours=2)))
    assert _plain((noon, [1, "a"])) == _plain([other, (1, "a")]) == [noon.isoformat(), [1, "a"]]
    assert _plain({"b", "a"}) == _plain(frozenset({"a", "b"}))
    assert _plain({"day": date(2026, 3, 1)}) == {"day": ["date", "2026-03-01"]}


def test_a_conflict_is_about_an_enrollment_or_a_transcript() -> None:
    key = EnrollmentKey("ann", "FORK-1")
    assert Conflict(key=key, expected=1, found=2).code == "conflict"
    assert Conflict(learner="ann", expected=1, found=2).code == "transcript_conflict"
    with pytest.raises(InvalidValueError, match=r"Conflict\.learner"):
        Conflict(expected=1, found=2)


def test_a_reset_is_there_once() -> None:
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    first = Reset(training="FORK", at=noon, recorded_at=noon, reason="first")
    again = Reset(training="FORK", at=noon, recorded_at=noon, reason="again")
    other = Reset(training="LIFT", at=noon, recorded_at=noon)
    assert Transcript().with_resets(first, again, other).with_resets(again).resets == (first, other)
