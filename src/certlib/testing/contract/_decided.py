"""What a store promises of that on which a change was decided, of resets, and of what keys say."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from attrs import evolve

from certlib.errors import InvalidValueError, StoreError
from certlib.ports import Change, Conflict, EnrollmentKey, Query, Saved, SavedKey, Store
from certlib.testing.contract._check import Capability, Stores, promises
from certlib.testing.contract._expect import equal, fails
from certlib.testing.contract._samples import (
    ANN,
    BO,
    DAY,
    LEASE,
    NOW,
    added,
    blank,
    change,
    completion,
    everything_of,
    fact,
    reset,
    save,
    struck,
    whole,
)
from certlib.testing.contract._saving import INSTANTS, ZONES, in_utc
from certlib.transcript import Completion, CompletionKey, Transcript

TRANSCRIPTS = Capability.TRANSCRIPTS
OTHER: Final = EnrollmentKey("ann", "B")


# --- enrollments that stay as they are ------------------------------------------------------------


@promises(
    "A change decided on an enrollment that it leaves as it is, at another version, is a `Conflict`."
)
def an_unchanged_enrollment_is_compared(stores: Stores) -> None:
    store = stores()
    save(store, change(added(blank(certification="B"), fact())))
    before = everything_of(store)
    for seen in (0, 2):
        late = evolve(whole(), unchanged=((OTHER, seen),))
        expected = (Conflict(key=OTHER, expected=seen, found=1),)
        equal(store.save([late]), expected, "the answers of save")
        equal(everything_of(store), before, "what is stored after a conflict")
    absent = Change(learner="ann", unchanged=((OTHER, 1), (ANN, 1)), key="k")
    expected = (Conflict(key=ANN, expected=1, found=0),)
    equal(store.save([absent]), expected, "the answers of save, of one that is not there")
    save(store, evolve(whole(), unchanged=((OTHER, 1), (EnrollmentKey("ann", "C"), 0))))
    equal(store.load([OTHER])[OTHER].version, 1, "the version of what is unchanged")


_WRONG: Final[dict[str, Callable[[], Change]]] = {
    "an unchanged enrollment of somebody else": lambda: Change(learner="ann", unchanged=((BO, 0),)),
    "one that is changed and unchanged": lambda: evolve(
        change(added(blank(), fact())), unchanged=((ANN, 0),)
    ),
    "one that is unchanged twice": lambda: Change(learner="ann", unchanged=((ANN, 0), (ANN, 0))),
}


@promises(
    "An unchanged enrollment of somebody else, or one named twice, raises `InvalidValueError`."
)
def wrong_unchanged_enrollments_are_refused(stores: Stores) -> None:
    store = stores()
    for what, given in _WRONG.items():
        fails(InvalidValueError, partial(store.save, [given()]), what)
        equal(store.find(Query(at=NOW), limit=9), (), f"{what}: what is stored after the error")


# --- the transcript that a change was decided on --------------------------------------------------


def _version(store: Store, learner: str = "ann") -> int:
    return store.transcripts([learner]).get(learner, Transcript()).version


_TOUCHING: Final[dict[str, Callable[[], Change]]] = {
    "a completion": lambda: change(completions=(completion(),)),
    "several completions": lambda: change(completions=(completion("A"), completion("B"))),
    "one that is known and one that is new": lambda: change(
        completions=(completion("A"), completion("C"))
    ),
    "a strike": lambda: change(struck=(struck(),)),
    "what was struck, recorded again": lambda: change(completions=(completion(),)),
    "one that is struck and recorded at once": lambda: change(
        struck=(struck(),), completions=(completion(),)
    ),
    "a reset": lambda: Change(learner="ann", resets=(reset(),)),
}
_TOUCHING_NOTHING: Final[dict[str, Callable[[], Change]]] = {
    "a known completion": lambda: change(completions=(completion(),)),
    "a strike of what is not there": lambda: change(struck=(struck(completion("X")),)),
    "a known reset": lambda: Change(learner="ann", resets=(reset(),)),
    "nothing": lambda: Change(learner="ann", transcript=len(_TOUCHING)),
    "a completion of somebody else": lambda: change(learner="bo", completions=(completion(),)),
}


@promises(
    "A change that stores a completion, a strike or a reset raises the transcript's version by one.",
    TRANSCRIPTS,
)
def a_transcript_has_a_version(stores: Stores) -> None:
    store = stores()
    for number, (what, given) in enumerate(_TOUCHING.items(), start=1):
        save(store, given())
        equal(_version(store), number, f"the version of the transcript after {what}")
    for what, given in _TOUCHING_NOTHING.items():
        save(store, given())
        equal(_version(store), len(_TOUCHING), f"the version of the transcript after {what}")
    equal(_version(store, "bo"), 1, "the version of somebody else's transcript")


@promises(
    "Since which versions completions and strikes are known comes back; the transcript's is no less.",
    TRANSCRIPTS,
)
def versions_of_completions_come_back(stores: Stores) -> None:
    store = stores()
    cited = (CompletionKey(training="M1", at=NOW - DAY), CompletionKey(training="M2", at=NOW))
    loaded = evolve(completion(), version=7, because=cited)
    save(store, change(completions=(loaded, completion("OTHER"))))
    equal(_version(store), 7, "the version of a transcript that was loaded")
    found = {each.training: each for each in store.transcripts(["ann"])["ann"].completions}
    equal(found["FORK"].because, cited, "Completion.because")
    equal(found["FORK"].version, 7, "Completion.version")
    equal(found["OTHER"].version, None, "Completion.version of one that says none")
    gone = evolve(struck(loaded), version=8, withdrawn=True)
    save(store, change(struck=(gone, struck(completion("OTHER")))))
    equal(_version(store), 8, "the version of the transcript after the strike")
    kept = store.transcripts(["ann"])["ann"].struck
    versions = [(each.version, each.completion.version, each.withdrawn) for each in kept]
    equal(versions, [(8, 7, True), (None, None, False)], "the versions of what is struck")
    equal(kept[0].completion.because, cited, "Completion.because of what is struck")
    save(store, change(completions=(evolve(completion("LATE"), version=3),)))
    equal(_version(store), 9, "the version, which never falls")


@promises(
    "A change decided on another version of the transcript is a `Conflict`; nothing of it is saved.",
    TRANSCRIPTS,
)
def a_stale_transcript_is_a_conflict(stores: Stores) -> None:
    store = stores()
    save(store, change(completions=(completion(),)))
    before, seen = everything_of(store), store.transcripts(["ann"])
    for version in (0, 2):
        late = evolve(
            whole(),
            transcript=version,
            completions=(completion("OTHER"),),
            struck=(struck(),),
            resets=(reset(),),
        )
        expected = (Conflict(learner="ann", expected=version, found=1),)
        equal(store.save([late]), expected, "the answers of save")
        equal(everything_of(store), before, "what is stored after a conflict")
        equal(store.transcripts(["ann"]), seen, "the transcript after a conflict")
    absent = Change(learner="bo", transcript=1)
    expected = (Conflict(learner="bo", expected=1, found=0),)
    equal(store.save([absent]), expected, "the answers of save, for who has no transcript")
    save(store, evolve(whole(), transcript=1, completions=(completion("OTHER"),)))
    equal(_version(store), 2, "the version of the transcript")


@promises("A change that does not say on which transcript it was decided is saved on any.")
def a_transcript_that_was_not_read(stores: Stores) -> None:
    store = stores()
    save(store, change(completions=(completion(),)))
    save(store, change(added(blank(), fact())))
    save(store, change(completions=(completion("OTHER"),)))


# --- resets ---------------------------------------------------------------------------------------


@promises("Resets with every field come back in UTC, by instant, then by training.", TRANSCRIPTS)
def resets_come_back(stores: Stores) -> None:
    store = stores()
    given = (
        reset("B", reason=None),
        evolve(reset("A"), on=NOW.date()),
        reset("C", at=NOW - DAY),
    )
    save(store, Change(learner="ann", resets=given))
    expected = Transcript(resets=(given[2], given[1], given[0]))
    equal(store.transcripts(["ann", "bo"]), {"ann": expected}, "the transcript of who was reset")
    for number, zone in enumerate(ZONES):
        for place, instant in enumerate(INSTANTS):
            own, at = stores(f"tenant-{number}-{place}"), instant.astimezone(zone)
            save(own, Change(learner="ann", resets=(evolve(reset(), at=at, recorded_at=at),)))
            (found,) = own.transcripts(["ann"])["ann"].resets
            in_utc(found.at, instant, "Reset.at")
            in_utc(found.recorded_at, instant, "Reset.recorded_at")


@promises(
    "A reset of a training and an instant that is stored already stays as it was.", TRANSCRIPTS
)
def a_known_reset_stays_as_it_was(stores: Stores) -> None:
    store = stores()
    save(store, Change(learner="ann", resets=(reset(),)))
    again = evolve(reset(reason="another"), actor="admin:bo", recorded_at=LEASE)
    others = (reset("OTHER"), reset(at=NOW + DAY))
    save(store, Change(learner="ann", resets=(again, *others, others[0])))
    expected = Transcript(resets=(reset(), *others))
    equal(store.transcripts(["ann"]), {"ann": expected}, "the transcript")


@promises("A reset takes no completion away, and is of its learner and tenant alone.", TRANSCRIPTS)
def a_reset_takes_nothing_away(stores: Stores) -> None:
    store, south = stores(), stores("south")
    save(store, change(completions=(completion(),)), change(learner="bo"))
    south.save([change(completions=(completion(),))])
    save(store, Change(learner="ann", resets=(reset(),), completions=(completion("OTHER"),)))
    done: tuple[Completion, ...] = (completion(), completion("OTHER"))
    expected = {"ann": Transcript(completions=done, resets=(reset(),))}
    equal(store.transcripts(["ann", "bo"]), expected, "the transcripts")
    expected = {"ann": Transcript(completions=(completion(),))}
    equal(south.transcripts(["ann"]), expected, "the transcripts of another tenant")
    equal(_version(south), 1, "the version of a transcript of another tenant")


@promises("The payload of a key is also what is reset, not when and by whom.", TRANSCRIPTS)
def a_key_stands_for_resets_too(stores: Stores) -> None:
    store = stores()
    one = Change(learner="ann", resets=(reset(),), key="k")
    save(store, one)
    again = evolve(one, resets=(evolve(reset(), recorded_at=LEASE, actor="admin:bo"),))
    equal(store.save([again]), (Saved(again=True),), "the answers of save")
    for other in (
        evolve(one, resets=()),
        evolve(one, resets=(reset("OTHER"),)),
        evolve(one, resets=(reset(at=NOW - DAY),)),
        evolve(one, resets=(), struck=(struck(),)),
        evolve(one, resets=(), completions=(completion(),)),
    ):
        fails(StoreError, partial(store.save, [other]), "another payload", "key_reused")


# --- what a key is bound to, and answers ----------------------------------------------------------


@promises("A key that is bound to one text raises `key_reused` for another, and for none.")
def a_key_is_bound_to_what_it_says(stores: Stores) -> None:
    store = stores()
    one = evolve(change(added(blank(), fact()), key="k"), bound_to="eva, assign")
    save(store, one)
    before = everything_of(store)
    equal(store.save([one]), (Saved(again=True),), "the answers of save")
    for other in ("eva, revoke", "", None):
        again = evolve(one, bound_to=other)
        fails(StoreError, partial(store.save, [again]), f"bound to {other!r}", "key_reused")
        equal(everything_of(store), before, "what is stored after the error")
    more = evolve(one, enrollments=(added(blank(), fact("other")),))
    fails(StoreError, lambda: store.save([more]), "another payload", "key_reused")
    twice = [
        evolve(change(learner=each, key="twice"), bound_to=each)  # one key within a batch
        for each in ("bo", "cem")
    ]
    fails(StoreError, lambda: store.save(twice), "one key twice in a batch", "key_reused")


@promises("A key that was stored without a text, as older stores did, goes by its payload alone.")
def a_key_bound_to_nothing(stores: Stores) -> None:
    store = stores()
    one = change(added(blank(), fact()), key="k")
    save(store, one)
    equal(store.save([evolve(one, bound_to="eva")]), (Saved(again=True),), "the answers of save")
    equal(store.saved_answers(["k"]), {"k": SavedKey()}, "what the key is bound to")
    other = evolve(change(learner="bo", key="k"), bound_to="eva")
    fails(StoreError, lambda: store.save([other]), "another payload", "key_reused")


@promises("What a key is bound to, and its answer, come back as they were saved first.")
def an_answer_comes_back_with_its_key(stores: Stores) -> None:
    store = stores()
    kept = SavedKey(bound_to='{"é": "\\u0000"}', answer='[1, "\n", "' + "x" * 10_000 + '"]')
    one = evolve(
        change(added(blank(), fact()), key="k"), bound_to=kept.bound_to, answer=kept.answer
    )
    save(store, one, evolve(change(learner="bo", key="empty"), bound_to="", answer=""))
    equal(store.save([evolve(one, answer="later")]), (Saved(again=True),), "the answers of save")
    expected = {"k": kept, "empty": SavedKey(bound_to="", answer="")}
    equal(store.saved_answers(["k", "empty", "k", "no"]), expected, "what was saved with the keys")
    equal(stores("south").saved_answers(["k"]), {}, "what another tenant has")


# --- a sweep with a wrong clock -------------------------------------------------------------------


@promises(
    "The latest sweep may be reset to an earlier instant; where there was none, there is none."
)
def a_sweep_may_be_reset(stores: Stores) -> None:
    store, south = stores(), stores("south")
    store.reset_sweep(NOW)
    equal(store.last_sweep(), None, "the last sweep where there was none")
    for each in (store, south):
        each.record_sweep(NOW + 1000 * DAY)
    store.reset_sweep(NOW)
    equal(store.last_sweep(), NOW, "the last sweep")
    store.record_sweep(NOW + DAY)
    equal(store.last_sweep(), NOW + DAY, "the last sweep after one more")
    equal(south.last_sweep(), NOW + 1000 * DAY, "the last sweep of another tenant")
    for number, instant in enumerate(INSTANTS):
        own = stores(f"tenant-{number}")
        own.record_sweep(LEASE)
        own.reset_sweep(instant.astimezone(ZONES[1]))
        found = own.last_sweep()
        assert found is not None
        in_utc(found, instant, "last_sweep")
