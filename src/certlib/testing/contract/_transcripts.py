"""What a store promises that answers for completions: struck is not deleted, and nothing doubled."""

from __future__ import annotations

from functools import partial

from attrs import evolve

from certlib.errors import StoreError
from certlib.ports import Conflict, Saved
from certlib.testing.contract._check import Capability, Stores, promises
from certlib.testing.contract._expect import equal, fails
from certlib.testing.contract._samples import (
    ANN,
    DAY,
    NOW,
    added,
    blank,
    change,
    completion,
    fact,
    save,
    struck,
)
from certlib.testing.contract._saving import INSTANTS, ZONES, in_utc
from certlib.transcript import CompletionSource, Transcript

TRANSCRIPTS = Capability.TRANSCRIPTS


@promises("Completions with every field come back as they were saved.", TRANSCRIPTS)
def every_completion_comes_back(stores: Stores) -> None:
    from certlib.testing.contract import _drawn  # noqa: PLC0415 (needs hypothesis)

    _drawn.completions(stores)


@promises("The instants of completions come back in UTC, also when they were struck.", TRANSCRIPTS)
def completions_come_back_in_utc(stores: Stores) -> None:
    for number, zone in enumerate(ZONES):
        for place, instant in enumerate(INSTANTS):
            store = stores(f"tenant-{number}-{place}")
            at = instant.astimezone(zone)
            given = completion(at=at, recorded_at=at)
            save(store, change(completions=(given,)))
            (found,) = store.transcripts(["ann"])["ann"].completions
            in_utc(found.at, instant, "Completion.at")
            in_utc(found.recorded_at, instant, "Completion.recorded_at")
            save(store, change(struck=(struck(given, struck_at=at),)))
            (kept,) = store.transcripts(["ann"])["ann"].struck
            in_utc(kept.struck_at, instant, "StruckCompletion.struck_at")


@promises(
    "Of a training completed twice in an hour that the clocks show twice, both stay.", TRANSCRIPTS
)
def completions_of_an_hour_that_comes_twice(stores: Stores) -> None:
    store = stores()
    (_, zone) = ZONES
    first = NOW.replace(month=10, day=25, hour=2, microsecond=0, tzinfo=zone)
    both = (completion(at=first), completion(at=first.replace(fold=1)))
    save(store, change(completions=both))
    found = [each.at.isoformat() for each in store.transcripts(["ann"])["ann"].completions]
    expected = ["2026-10-25T00:30:00+00:00", "2026-10-25T01:30:00+00:00"]
    equal(found, expected, "Completion.at of both")


@promises("Who completed nothing has no transcript; who is asked for twice has one.", TRANSCRIPTS)
def transcripts_of_those_who_have_one(stores: Stores) -> None:
    store = stores()
    equal(store.transcripts(["ann"]), {}, "the transcripts of nobody")
    save(store, change(completions=(completion(),)))
    expected = {"ann": Transcript(completions=(completion(),))}
    equal(store.transcripts(["ann", "ann", "bo", "ann\0"]), expected, "the transcripts")
    equal(store.transcripts([]), {}, "the transcripts of no learners")


@promises("A completion that is stored already is not doubled, and stays as it was.", TRANSCRIPTS)
def a_known_completion_stays_as_it_was(stores: Stores) -> None:
    store = stores()
    save(store, change(completions=(completion(source=CompletionSource.MANUAL),)))
    again = completion(source=CompletionSource.IMPORT, recorded_at=NOW + DAY)
    save(store, change(completions=(again, completion("OTHER"), completion("OTHER"))))
    expected = Transcript(completions=(completion(), completion("OTHER")))
    equal(store.transcripts(["ann"]), {"ann": expected}, "the transcript")


@promises("Completions come by instant, those of one instant by training.", TRANSCRIPTS)
def completions_by_instant_then_training(stores: Stores) -> None:
    store = stores()
    given = (completion("B"), completion("C", at=NOW - DAY), completion("A"))
    save(store, change(completions=given))
    save(store, change(completions=(completion("A", at=NOW - DAY),)))
    found = [each.training for each in store.transcripts(["ann"])["ann"].completions]
    equal(found, ["A", "C", "A", "B"], "the trainings in order")


@promises("What is struck counts no more, and stays with who struck it, when and why.", TRANSCRIPTS)
def struck_is_not_deleted(stores: Stores) -> None:
    store = stores()
    of_import = completion(on=NOW.date(), import_id="i-1", import_row=3, actor="admin:bo")
    save(store, change(completions=(of_import, completion("OTHER"))))
    save(store, change(struck=(struck(of_import),)))
    kept = Transcript(completions=(completion("OTHER"),), struck=(struck(of_import),))
    equal(store.transcripts(["ann", "bo"]), {"ann": kept}, "the transcripts")
    save(store, change(struck=(struck(completion("OTHER"), reason=None),)))
    last = struck(completion("OTHER"), reason=None)
    expected = Transcript(struck=(struck(of_import), last))
    equal(store.transcripts(["ann"]), {"ann": expected}, "the transcript of who has no other")


@promises("A strike keeps the completion that is stored, not the one that is given.", TRANSCRIPTS)
def a_strike_keeps_what_is_stored(stores: Stores) -> None:
    store = stores()
    stored = completion(actor="admin:bo", import_id="i-1")
    save(store, change(completions=(stored,)))
    save(store, change(struck=(struck(completion()),)))
    expected = {"ann": Transcript(struck=(struck(stored),))}
    equal(store.transcripts(["ann"]), expected, "the transcript")


@promises("A completion that is not stored, or is somebody else's, is not struck.", TRANSCRIPTS)
def what_is_not_stored_is_not_struck(stores: Stores) -> None:
    store = stores()
    save(store, change(completions=(completion(),)))
    for each in (struck(completion("OTHER")), struck(completion(at=NOW + DAY))):
        save(store, change(struck=(each,)))
    save(store, change(struck=(struck(),), learner="bo"))
    expected = {"ann": Transcript(completions=(completion(),))}
    equal(store.transcripts(["ann", "bo"]), expected, "the transcripts")


@promises(
    "A struck completion may be recorded anew, and struck again; every strike stays.", TRANSCRIPTS
)
def recorded_anew_and_struck_again(stores: Stores) -> None:
    store = stores()
    again = completion(import_id="i-2", recorded_at=NOW + 2 * DAY)
    twice = (struck(), struck(again, struck_at=NOW + 3 * DAY))
    save(store, change(completions=(completion(),)))
    save(store, change(struck=(struck(),)))
    save(store, change(completions=(again,)))
    once = Transcript(completions=(again,), struck=twice[:1])
    equal(store.transcripts(["ann"]), {"ann": once}, "the transcript once it is recorded anew")
    save(store, change(struck=twice[1:]))
    expected = {"ann": Transcript(struck=twice)}
    equal(store.transcripts(["ann"]), expected, "the transcript once it is struck again")


@promises("One change strikes before it adds: so it replaces a completion.", TRANSCRIPTS)
def one_change_strikes_before_it_adds(stores: Stores) -> None:
    store = stores()
    wrong = completion(source=CompletionSource.IMPORT)
    mended = completion(source=CompletionSource.MANUAL, recorded_at=NOW + DAY)
    save(store, change(completions=(wrong,)))
    save(store, change(struck=(struck(wrong),), completions=(mended,)))
    expected = {"ann": Transcript(completions=(mended,), struck=(struck(wrong),))}
    equal(store.transcripts(["ann"]), expected, "the transcript")


@promises("A change that is not saved adds no completion and strikes none.", TRANSCRIPTS)
def a_conflict_leaves_transcripts_alone(stores: Stores) -> None:
    store = stores()
    save(store, change(added(blank(), fact()), completions=(completion(),), key="k"))
    before = store.transcripts(["ann", "bo"])
    stale = change(added(blank(), fact()), struck=(struck(),), completions=(completion("OTHER"),))
    equal(store.save([stale]), (Conflict(key=ANN, expected=0, found=1),), "the answers of save")
    equal(store.transcripts(["ann", "bo"]), before, "the transcripts after a conflict")
    batch = [
        change(learner="bo", completions=(completion(),)),
        change(key="k", struck=(struck(),)),
    ]
    fails(StoreError, lambda: store.save(batch), "a key used again", code="key_reused")
    equal(store.transcripts(["ann", "bo"]), before, "the transcripts after an error")


@promises(
    "The payload of a key is also which completions are saved and struck, not when and by whom.",
    TRANSCRIPTS,
)
def a_key_stands_for_completions_too(stores: Stores) -> None:
    store = stores()
    save(store, change(completions=(completion(), completion("OTHER"))))
    one = change(struck=(struck(),), completions=(completion("NEW"),), key="k")
    save(store, one)
    before = store.transcripts(["ann"])
    later = (struck(struck_at=NOW + 2 * DAY, reason=None),)
    again = evolve(one, struck=later, completions=(completion("NEW", actor="admin:bo"),))
    equal(store.save([again]), (Saved(again=True),), "the answers of save")
    for other in (
        evolve(one, struck=(struck(completion("OTHER")),)),
        evolve(one, struck=()),
        evolve(one, completions=()),
        evolve(one, completions=(completion("OLD"),)),
        evolve(one, completions=(completion("NEW", at=NOW - DAY),)),
    ):
        fails(StoreError, partial(store.save, [other]), "another payload", "key_reused")
    equal(store.transcripts(["ann"]), before, "the transcript")
