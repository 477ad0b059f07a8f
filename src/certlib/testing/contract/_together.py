"""What holds where several use one database: in turn, at once, and while one of them reads."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Event, Thread
from typing import Final

from attrs import evolve

from certlib.errors import StoreError
from certlib.learners import Learner
from certlib.ports import Change, Conflict, EnrollmentKey, Query, Saved, SavedKey
from certlib.testing.contract._check import Capability, FullStore, Stores, promises
from certlib.testing.contract._expect import equal, fails, true
from certlib.testing.contract._samples import (
    ALWAYS,
    ANN,
    LEASE,
    NOW,
    added,
    an_import,
    blank,
    change,
    completion,
    everything_of,
    fact,
    fill,
    outcome,
    reminder,
    save,
)
from certlib.transcript import Transcript

OUTBOX, THREADS = Capability.OUTBOX, Capability.THREADS
_TRIES: Final = 10_000
_WAIT: Final = 120.0
"""Seconds after which threads that have not ended are taken to wait for each other for ever."""


# --- in turn --------------------------------------------------------------------------------------


@promises(
    "What one store saves, another over the same database reads at once; nothing is held back."
)
def what_one_saves_another_reads(stores: Stores) -> None:
    one, two = stores(), stores()
    before = everything_of(two)
    fill(one)
    saved = everything_of(one)
    true(saved != before, "expected what was saved, found an empty store")
    equal(everything_of(two), saved, "what the other store reads")
    save(two, change(added(two.load([ANN])[ANN], fact("two"))))
    equal(everything_of(one), everything_of(two), "what the first store reads then")


@promises(
    "Of two who read the same version, one saves; the other has a `Conflict`, and tries again."
)
def two_who_read_the_same_version(stores: Stores) -> None:
    one, two = stores(), stores()
    for number in range(1, 6):
        first, second = (one, two) if number % 2 else (two, one)
        before = first.load([ANN]).get(ANN, blank())
        equal(second.load([ANN]).get(ANN, blank()), before, "what the other reads")
        version = before.version
        save(first, change(added(before, fact("first"))))
        late = change(added(before, fact("late")))
        expected = (Conflict(key=ANN, expected=version, found=version + 1),)
        equal(second.save([late]), expected, "the answers of the slower one")
        save(second, change(added(second.load([ANN])[ANN], fact("second"))))
    sequences = [event.sequence for event in one.history([ANN])[ANN]]
    equal(sequences, list(range(1, 11)), "the sequences in the history")


@promises(
    "Of two who read the same transcript, one saves; the other has a `Conflict`, and tries again.",
    Capability.TRANSCRIPTS,
)
def two_who_read_the_same_transcript(stores: Stores) -> None:
    one, two = stores(), stores()
    for number in range(3):
        first, second = (one, two) if number % 2 else (two, one)
        version = 2 * number
        found = second.transcripts(["ann"]).get("ann", Transcript()).version
        equal(found, version, "the version that the other reads")
        mine, late = (
            evolve(change(completions=(completion(f"{each}-{number}"),)), transcript=version)
            for each in ("MINE", "LATE")
        )
        save(first, mine)
        expected = (Conflict(learner="ann", expected=version, found=version + 1),)
        equal(second.save([late]), expected, "the answers of the slower one")
        save(second, evolve(late, transcript=second.transcripts(["ann"])["ann"].version))
    equal(len(one.transcripts(["ann"])["ann"].completions), 6, "the completions of both")


@promises(
    "In a batch of one who is late, what others have changed is a `Conflict`; the rest is saved."
)
def a_batch_of_one_who_is_late(stores: Stores) -> None:
    one, two = stores(), stores()
    people = ("ann", "bo", "cem")
    save(one, *(change(added(blank(each), fact()), learner=each) for each in people))
    keys = [EnrollmentKey(each, "FIRE-1") for each in people]
    seen = two.load(keys)
    save(one, change(added(seen[keys[1]], fact("meanwhile")), learner="bo"))
    batch = [change(added(seen[key], fact("late")), learner=key.learner) for key in keys]
    expected = (Saved(), Conflict(key=keys[1], expected=1, found=2), Saved())
    equal(two.save(batch), expected, "the answers of the late one")
    found = {key.learner: len(events) for key, events in one.history(keys).items()}
    equal(found, {"ann": 2, "bo": 2, "cem": 2}, "the number of events of each")
    equal(everything_of(one), everything_of(two), "what both read")


@promises("A key saved by one store is known to every other: again, or `key_reused`.")
def the_same_key_from_two(stores: Stores) -> None:
    one, two = stores(), stores()
    given = change(added(blank(), fact()), outcome=outcome(), key="k")
    save(one, given)
    equal(two.saved_answers(["k"]), {"k": SavedKey()}, "the saved keys")
    equal(two.save([given]), (Saved(again=True),), "the answers of the other store")
    other = change(added(blank("bo"), fact()), learner="bo", key="k")
    fails(StoreError, lambda: two.save([other]), "another payload", code="key_reused")
    row = change(learner="bo", outcome=outcome())
    fails(StoreError, lambda: two.save([row]), "a row of the first store", code="row_reused")
    equal(everything_of(one), everything_of(two), "what both read")


@promises("Two who tell never claim the same notice, and see what the other acknowledged.", OUTBOX)
def two_who_tell(stores: Stores) -> None:
    one, two = stores(), stores()
    save(one, change(notices=tuple(reminder(f"expiry-{n}") for n in range(5))))
    first = one.claim(limit=2, now=NOW, lease=LEASE)
    second = two.claim(limit=9, now=NOW, lease=LEASE)
    kinds = [[each.kind for _, each in claimed] for claimed in (first, second)]
    equal(kinds, [["expiry-0", "expiry-1"], ["expiry-2", "expiry-3", "expiry-4"]], "the claims")
    two.acknowledge([id for id, _ in first[:1]])
    again = one.claim(limit=1, now=LEASE, lease=LEASE)
    equal([each.kind for _, each in again], ["expiry-1"], "what is claimed after the lease")


# --- at once --------------------------------------------------------------------------------------


def _at_once(stores: Stores, *acts: Callable[[FullStore], None]) -> None:
    """Let each do something in a thread, with a store of its own; raise what went wrong first."""
    barrier, errors = Barrier(len(acts)), list[BaseException]()

    def run(act: Callable[[FullStore], None]) -> None:
        try:
            barrier.wait(_WAIT)
            stores.in_this_thread(act)
        except BaseException as error:
            errors.append(error)

    threads = [Thread(target=run, args=(act,), daemon=True) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(_WAIT)
    true(not any(thread.is_alive() for thread in threads), "expected threads that end")
    if errors:
        raise errors[0]


@promises(
    "Of several writers of one enrollment one at a time saves; no version is lost or doubled.",
    THREADS,
)
def of_several_writers_one_saves(stores: Stores) -> None:
    store = stores()

    def add_five(own: FullStore) -> None:
        done = tries = 0
        while done < 5 and tries < _TRIES:
            tries += 1
            before = own.load([ANN]).get(ANN, blank())
            (answer,) = own.save([change(added(before, fact()))])
            done += answer == Saved()

    _at_once(stores, *[add_five] * 4)
    sequences = [event.sequence for event in store.history([ANN])[ANN]]
    equal(sequences, list(range(1, 21)), "the sequences in the history")
    equal(store.load([ANN])[ANN].version, 20, "the version")


@promises(
    "Of several who decided on one transcript one at a time saves: no two on the same version.",
    THREADS,
    Capability.TRANSCRIPTS,
)
def of_several_who_read_a_transcript_one_saves(stores: Stores) -> None:
    store, seen = stores(), list[int]()

    def record_five(name: str) -> Callable[[FullStore], None]:
        def act(own: FullStore) -> None:
            done = tries = 0
            while done < 5 and tries < _TRIES:
                tries += 1
                version = own.transcripts(["ann"]).get("ann", Transcript()).version
                given = change(completions=(completion(f"{name}-{done}"),))
                (answer,) = own.save([evolve(given, transcript=version)])
                if answer == Saved():
                    seen.append(version)
                    done += 1

        return act

    _at_once(stores, *map(record_five, "abcd"))
    equal(sorted(seen), list(range(20)), "the versions on which a change was saved")
    found = store.transcripts(["ann"])["ann"]
    equal((found.version, len(found.completions)), (20, 20), "the version and the completions")


@promises(
    "Of several who save the same change with the same key, one saves it; the others again.",
    THREADS,
)
def of_several_with_one_key_one_saves(stores: Stores) -> None:
    store = stores()
    answers: list[tuple[str, bool]] = []

    def import_rows(own: FullStore) -> None:
        for row in range(1, 9):
            learner = f"learner-{row}"
            part = added(blank(learner), fact())
            given = Change(
                learner=learner, enrollments=(part,), outcome=outcome(row), key=f"row {row}"
            )
            (answer,) = own.save([given])
            true(isinstance(answer, Saved), f"expected Saved, found {answer!r}")
            answers.append((learner, answer == Saved(again=True)))

    _at_once(stores, *[import_rows] * 3)
    expected = sorted((f"learner-{row}", again) for row in range(1, 9) for again in (0, 1, 1))
    equal(sorted(answers), expected, "whether each had been saved before")
    rows = [each.row for each in store.import_rows("i-1", limit=99)]
    equal(rows, list(range(1, 9)), "the rows")


@promises(
    "Two batches about the same people, in whatever order, both end: nobody waits for ever.",
    THREADS,
)
def batches_in_any_order_both_end(stores: Stores) -> None:
    store = stores()
    people = [f"learner-{number}" for number in range(12)]

    def save_all(own: FullStore, order: list[str]) -> None:
        for _ in range(4):
            keys = [EnrollmentKey(learner, "FIRE-1") for learner in order]
            held = own.load(keys)
            batch = [
                change(added(held.get(key, blank(key.learner)), fact()), learner=key.learner)
                for key in keys
            ]
            answers = own.save(batch)
            equal(len(answers), len(batch), "the number of answers")

    _at_once(
        stores,
        lambda own: save_all(own, people),
        lambda own: save_all(own, people[::-1]),
    )
    for key, events in store.history([EnrollmentKey(each, "FIRE-1") for each in people]).items():
        sequences = [event.sequence for event in events]
        equal(sequences, list(range(1, len(events) + 1)), f"the sequences of {key.learner}")
        equal(store.load([key])[key].version, len(events), f"the version of {key.learner}")


@promises(
    "Notices saved while others tell are told, each of them once: none is passed over.",
    THREADS,
    OUTBOX,
)
def notices_saved_while_others_tell(stores: Stores) -> None:
    stores()
    claimed: list[str] = []

    def save_some(learner: str) -> Callable[[FullStore], None]:
        def act(own: FullStore) -> None:
            for number in range(10):
                kinds = (f"{learner}-{number}-{each}" for each in "ab")
                notices = tuple(reminder(kind, learner) for kind in kinds)
                save(own, change(notices=notices, learner=learner))

        return act

    def tell(own: FullStore) -> None:
        for _ in range(10):
            found = own.claim(limit=3, now=NOW, lease=ALWAYS)
            claimed.extend(each.kind for _, each in found)
            own.acknowledge([id for id, _ in found])

    _at_once(stores, save_some("ann"), save_some("bo"), tell, tell)
    store = stores()
    while found := store.claim(limit=9, now=NOW, lease=ALWAYS):
        claimed.extend(each.kind for _, each in found)
    expected = sorted(
        f"{who}-{n}-{each}" for who in ("ann", "bo") for n in range(10) for each in "ab"
    )
    equal(sorted(claimed), expected, "the notices that were claimed")


@promises("Who reads while others write sees each change whole: a history without a gap.", THREADS)
def reads_show_whole_changes(stores: Stores) -> None:
    store, written = stores(), Event()
    save(store, change(added(blank(), fact())))

    def write(own: FullStore) -> None:
        try:
            for _ in range(10):
                before = own.load([ANN])[ANN]
                save(own, change(added(before, fact(), fact(), fact())))
        finally:
            written.set()

    def read(own: FullStore) -> None:
        while not written.is_set():
            history = own.history([ANN])[ANN]
            sequences = [event.sequence for event in history]
            equal(sequences, list(range(1, len(history) + 1)), "the sequences in the history")
            true(
                len(history) % 3 == 1,
                f"expected changes of 3 events after the first, found {sequences}",
            )
            enrollment = own.load([ANN])[ANN]
            true(
                enrollment.version >= len(history), "expected no enrollment older than its history"
            )
            equal(enrollment.version, enrollment.entries, "the version of an enrollment")

    _at_once(stores, write, read)


# --- as of one moment -----------------------------------------------------------------------------


@promises(
    "Within a snapshot all reads show one moment, whatever others save meanwhile.",
    Capability.SNAPSHOT,
)
def a_snapshot_shows_one_moment(stores: Stores) -> None:
    store, other = stores(), stores()
    fill(store)
    before = everything_of(store)
    with store.snapshot():
        first = store.load([ANN])
        save(other, change(added(other.load([ANN])[ANN], fact("meanwhile")), key="new"))
        other.save_import(an_import("i-2"))
        equal(store.load([ANN]), first, "the enrollment within the snapshot")
        equal(everything_of(store), before, "what is read within the snapshot")
    equal(everything_of(store), everything_of(other), "what is read after the snapshot")


@promises(
    "A snapshot ends with an error, too: then everything can be read and written again.",
    Capability.SNAPSHOT,
)
def an_error_ends_a_snapshot(stores: Stores) -> None:
    store, other = stores(), stores()

    def fail() -> None:
        with store.snapshot():
            equal(store.find(Query(at=NOW), limit=9), (), "what is read within the snapshot")
            raise StoreError("the check", "it fails within", "within")

    fails(StoreError, fail, "an error within a snapshot", code="within")
    fill(other)
    equal(everything_of(store), everything_of(other), "what is read after the snapshot")
    save(store, change(added(store.load([ANN])[ANN], fact("later"))))


@promises(
    "Within a snapshot people and catalog, too, are those of one moment.",
    Capability.SNAPSHOT,
    Capability.SOURCES,
)
def a_snapshot_shows_people_of_one_moment(stores: Stores) -> None:
    store, other = stores(), stores()
    with store.snapshot():
        store.find(Query(at=NOW), limit=1)
        other.put_learners([Learner(id="bo")])
        equal(store.learners(["bo"]), {}, "the learners within the snapshot")
    equal(store.learners(["bo"]), {"bo": Learner(id="bo")}, "the learners after the snapshot")
