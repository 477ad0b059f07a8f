"""Two who write at once leave what one after the other would have left (D-5).

Each pair is interleaved at the worst moment, when one has decided and is about to save, and runs at once in
threads and in processes over one SQLite file. The counts are small; the proofs have larger ones.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Final, Protocol

import pytest
from attrs import evolve

from certlib import Actor, Service
from certlib.adapters.sqlite import SqliteStore
from certlib.io import UNIFYR
from certlib.learners import Learner
from certlib.ports import Change, Conflict, EnrollmentKey, SaveAnswer, Saved
from certlib.state import Status
from certlib.state.commands import Assign, Enroll, Start, Strike
from certlib.transcript import Completion, Reset
from tests.hosts import EVA, FIRE, FORK, NOW, SYSTEM, TRAININGS, Overtaken
from tests.io.uploads import upload

COUNT: Final = 12
LEARNERS: Final = tuple(f"learner-{number:02}" for number in range(COUNT))
DAY: Final = NOW.date()


class Writer(Protocol):
    def __call__(self, service: Service, learner: str) -> object: ...


def assign(service: Service, learner: str) -> None:
    service.perform(Assign(), learner=learner, certification="FIRE-1", actor=EVA, now=NOW)


def start(service: Service, learner: str) -> None:
    """Begin: from now on, a completion alone changes nothing in the enrollment."""
    actor = Actor.parse(f"learner:{learner}")
    for command in (Enroll(), Start()):
        service.perform(command, learner=learner, certification="FIRE-1", actor=actor, now=NOW)


class Record:
    """Records completions of that day."""

    def __init__(self, *trainings: str) -> None:
        self.trainings = trainings

    def __call__(self, service: Service, learner: str) -> None:
        recorded(service, learner, self.trainings, NOW)


def recorded(service: Service, learner: str, trainings: Sequence[str], now: datetime) -> None:
    done = [Completion.dated(each, DAY, recorded_at=now, actor="admin:eva") for each in trainings]
    service.record(done, learner=learner, actor=SYSTEM, now=now)


RACES: Final[dict[str, tuple[tuple[Writer, ...], tuple[Writer, Writer]]]] = {
    "two completions of a step": ((assign, start), (Record("DAY"), Record("DRILL"))),
    "the last two modules of a course": ((assign,), (Record("M1"), Record("M2"))),
    "an assignment beside a completion": ((Record("DAY"),), (assign, Record("DRILL"))),
    "an assignment beside the last module": ((Record("M1"),), (assign, Record("M2"))),
}
each_race = pytest.mark.parametrize("name", RACES)


def filled(path: Path, kind: type[SqliteStore] = SqliteStore) -> SqliteStore:
    store = kind.create(path)
    store.put_learners([Learner(id=each) for each in LEARNERS])
    store.put_trainings(TRAININGS)
    store.put_certifications((FIRE, FORK))
    return store


def statuses(path: Path) -> dict[str, Status | None]:
    with SqliteStore.open(path) as store:
        service = Service(sources=store, store=store)
        keys = [EnrollmentKey(each, "FIRE-1") for each in LEARNERS]
        assert not list(service.audit(actor=EVA, at=NOW))
        return {key.learner: each.status_at(NOW) for key, each in store.load(keys).items()}


# --- at the worst moment --------------------------------------------------------------------------


class Interrupted(Overtaken, SqliteStore):
    """When it is about to save for the first time, somebody else does something."""


class Unguarded(Interrupted):
    """A store of the release before: it compares the enrollments that a change changes, and no more."""

    def save(self, changes: Sequence[Change]) -> tuple[SaveAnswer, ...]:
        return super().save([evolve(each, transcript=None, unchanged=()) for each in changes])


def interleaved(path: Path, name: str, order: int, kind: type[Interrupted]) -> Status | None:
    """Let one writer of a race do all of its work after the other has decided."""
    first, writers = RACES[name]
    slower, faster = writers if order else writers[::-1]
    with filled(path, kind) as store, SqliteStore.open(path) as other:
        assert isinstance(store, Interrupted)
        service = Service(sources=store, store=store)
        for each in first:
            each(service, LEARNERS[0])
        ran: list[object] = []
        store.meanwhile = lambda: ran.append(
            faster(Service(sources=other, store=other), LEARNERS[0])
        )
        slower(service, LEARNERS[0])
        assert len(ran) == 1
    return statuses(path)[LEARNERS[0]]


@each_race
@pytest.mark.parametrize("order", [0, 1])
class TestInterleaved:
    def test_it_is_as_one_after_the_other(self, name: str, order: int, tmp_path: Path) -> None:
        found = interleaved(tmp_path / "store.db", name, order, Interrupted)
        assert found is Status.CERTIFIED

    def test_it_is_the_store_that_sees_to_it(self, name: str, order: int, tmp_path: Path) -> None:
        found = interleaved(tmp_path / "store.db", name, order, Unguarded)
        assert found in {Status.ASSIGNED, Status.IN_PROGRESS}


@pytest.mark.parametrize("apart", [timedelta(seconds=2), timedelta(hours=1)])
@pytest.mark.parametrize("order", [0, 1])
def test_their_clocks_may_differ(apart: timedelta, order: int, tmp_path: Path) -> None:
    path, nows = tmp_path / "store.db", (NOW, NOW + apart)[:: 1 if order else -1]
    with filled(path, Interrupted) as store, SqliteStore.open(path) as other:
        assert isinstance(store, Interrupted)
        service = Service(sources=store, store=store)
        for each in (assign, start):
            each(service, LEARNERS[0])
        faster = Service(sources=other, store=other)
        store.meanwhile = lambda: recorded(faster, LEARNERS[0], ["DAY"], nows[0])
        recorded(service, LEARNERS[0], ["DRILL"], nows[1])
    assert statuses(path)[LEARNERS[0]] is Status.CERTIFIED


@pytest.mark.parametrize("is_first", [True, False])
def test_a_reset_beside_a_completion(is_first: bool, tmp_path: Path) -> None:
    """Whoever read the transcript before the other wrote is told so, and nothing of theirs is saved."""
    done = Completion.dated("DAY", DAY, recorded_at=NOW)
    reset = Reset(training="DAY", at=NOW, recorded_at=NOW)
    with filled(tmp_path / "store.db") as store:
        changes = [
            Change(learner=LEARNERS[0], completions=(done,), transcript=0),
            Change(learner=LEARNERS[0], resets=(reset,), transcript=0),
        ]
        first, second = changes if is_first else changes[::-1]
        assert store.save([first]) == (Saved(),)
        assert store.save([second]) == (Conflict(learner=LEARNERS[0], expected=0, found=1),)
        assert store.save([evolve(second, transcript=1)]) == (Saved(),)
        # Twice, and late: nothing is doubled, and the version stays.
        assert store.save([evolve(first, transcript=2)]) == (Saved(),)
        found = store.transcripts([LEARNERS[0]])[LEARNERS[0]]
        assert (len(found.completions), found.resets, found.version) == (1, (reset,), 2)


def test_what_was_read_and_stays_is_compared(tmp_path: Path) -> None:
    """A completion led to nothing, since the assignment was struck; meanwhile there is another."""
    path = tmp_path / "store.db"
    with filled(path, Interrupted) as store, SqliteStore.open(path) as other:
        assert isinstance(store, Interrupted)
        service, learner = Service(sources=store, store=store), LEARNERS[0]
        assign(service, learner)
        service.perform(
            Strike(entry=1, reason="wrong"),
            learner=learner,
            certification="FIRE-1",
            actor=EVA,
            now=NOW,
        )
        store.meanwhile = lambda: assign(Service(sources=other, store=other), learner)
        Record("DAY", "DRILL")(service, learner)
    assert statuses(path)[learner] is Status.CERTIFIED


def test_an_undo_of_an_import_beside_a_completion(tmp_path: Path) -> None:
    """Nobody is certified on a completion that was struck meanwhile."""
    path, learner = tmp_path / "store.db", LEARNERS[0]
    with filled(path, Interrupted) as store, SqliteStore.open(path) as other:
        assert isinstance(store, Interrupted)
        store.put_learners([Learner(id=learner, email="a@example.org")])
        service = Service(sources=store, store=store)
        assign(service, learner)
        start(service, learner)
        file = upload(f"a@example.org,course,DAY,{DAY}")
        applied = service.apply_import(file, format=UNIFYR, actor=EVA, now=NOW)
        assert applied.import_id is not None
        other_service = Service(sources=other, store=other)
        store.meanwhile = lambda: other_service.undo_import(
            applied.import_id or "", reason="wrong", actor=EVA, now=NOW
        )
        Record("DRILL")(service, learner)
        (transcript,) = store.transcripts([learner]).values()
        assert [each.training for each in transcript.completions] == ["DRILL"]
    assert statuses(path)[learner] is Status.IN_PROGRESS


# --- in threads -----------------------------------------------------------------------------------


@each_race
def test_in_two_threads(name: str, tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    first, writers = RACES[name]
    with filled(path) as store:
        for learner in LEARNERS:
            for each in first:
                each(Service(sources=store, store=store), learner)
    barrier, errors = Barrier(2, timeout=60), list[BaseException]()

    def run(write: Writer) -> None:
        try:
            with SqliteStore.open(path) as own:
                service = Service(sources=own, store=own)
                for learner in LEARNERS:
                    barrier.wait()
                    write(service, learner)
        except BaseException as error:  # told below
            errors.append(error)
            barrier.abort()

    threads = [Thread(target=run, args=(each,)) for each in writers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert statuses(path) == dict.fromkeys(LEARNERS, Status.CERTIFIED)


# --- in processes ---------------------------------------------------------------------------------


def _write(path: str, name: str, which: int) -> None:
    with SqliteStore.open(path) as own:
        service = Service(sources=own, store=own)
        for learner in LEARNERS:
            RACES[name][1][which](service, learner)


def test_in_two_processes(tmp_path: Path) -> None:
    path, name = tmp_path / "store.db", "the last two modules of a course"
    with filled(path) as store:
        for learner in LEARNERS:
            assign(Service(sources=store, store=store), learner)
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_write, args=(str(path), name, n)) for n in (0, 1)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0]
    assert statuses(path) == dict.fromkeys(LEARNERS, Status.CERTIFIED)
