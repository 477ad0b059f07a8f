"""What belongs to another tenant is not there."""

from __future__ import annotations

from certlib.learners import Learner
from certlib.ports import IdentifierKind, Saved
from certlib.testing.contract._check import Capability, FullStore, Stores, promises
from certlib.testing.contract._expect import equal, true
from certlib.testing.contract._samples import (
    ALWAYS,
    ANN,
    COURSE,
    FIRE,
    LEASE,
    MODULE,
    NOW,
    added,
    blank,
    change,
    completion,
    everything_of,
    fact,
    fill,
    reminder,
    save,
    struck,
)


@promises("A store knows its tenant, and shows nothing that another tenant has.")
def no_tenant_sees_another(stores: Stores) -> None:
    north, south = stores("north"), stores("south")
    equal((north.tenant, south.tenant), ("north", "south"), "the tenants")
    empty = everything_of(south)
    fill(north)
    equal(everything_of(south), empty, "what another tenant has")
    equal(south.load([ANN]), {}, "an enrollment of another tenant")
    equal(south.history([ANN]), {}, "a history of another tenant")
    equal(south.indexed([ANN]), {}, "an index of another tenant")
    equal(south.notice_keys([ANN]), {}, "the notices of another tenant")


@promises("Ids, keys, imports and rows are a tenant's own: two tenants may have the same.")
def tenants_have_their_own(stores: Stores) -> None:
    north, south = stores("north"), stores("south")
    fill(north)
    before = everything_of(north)
    fill(south)
    equal(everything_of(south), before, "what the second tenant has")
    later = added(south.load([ANN])[ANN], fact("other"))
    save(south, change(later, key="other", withdrawn=(reminder(),)))
    south.record_sweep(LEASE)
    equal(everything_of(north), before, "what the first tenant has after changes of the second")
    equal(everything_of(stores("north")), before, "the same, read by another store")


@promises("Whether a key was used, and for what, is a tenant's own.")
def keys_are_a_tenants_own(stores: Stores) -> None:
    north, south = stores("north"), stores("south")
    save(north, change(added(blank(), fact()), key="k"))
    equal(south.saved_answers(["k"]), {}, "the saved keys of another tenant")
    other = change(added(blank(), fact("other")), key="k")
    equal(south.save([other]), (Saved(),), "the answers of save")


@promises(
    "The completions of another tenant are not there, and are not struck.", Capability.TRANSCRIPTS
)
def transcripts_are_a_tenants_own(stores: Stores) -> None:
    north, south = stores("north"), stores("south")
    save(north, change(completions=(completion(),)))
    equal(south.transcripts(["ann"]), {}, "the transcripts of another tenant")
    before = north.transcripts(["ann"])
    save(south, change(struck=(struck(),)))
    save(south, change(completions=(completion("OTHER"),)))
    equal(north.transcripts(["ann"]), before, "the transcripts")


@promises(
    "The notices of another tenant are not claimed, acknowledged or withdrawn.", Capability.OUTBOX
)
def notices_are_a_tenants_own(stores: Stores) -> None:
    north, south = stores("north"), stores("south")
    for store, kind in ((north, "n"), (south, "s")):
        save(store, change(notices=(reminder(kind), reminder("both"))))
    ids = [id for id, _ in north.claim(limit=9, now=NOW, lease=NOW)]
    mine = south.claim(limit=9, now=ALWAYS, lease=ALWAYS)
    equal([each.kind for _, each in mine], ["s", "both"], "the notices of the second tenant")
    # Where ids are counted by tenant, both have the same.
    south.acknowledge(set(ids) - {id for id, _ in mine})
    save(south, change(withdrawn=(reminder("n"), reminder("both"))))
    left = north.claim(limit=9, now=ALWAYS, lease=ALWAYS)
    equal([each.kind for _, each in left], ["n", "both"], "the notices of the first tenant")


def _put(store: FullStore) -> None:
    store.put_learners([Learner(id="ann", email="ann@example.org"), Learner(id="bo")])
    store.put_trainings([COURSE, MODULE])
    store.put_certifications([FIRE])


def _sources_of(store: FullStore) -> dict[str, object]:
    return {
        "learners": dict(store.learners(["ann", "bo"])),
        "all_learners": list(store.all_learners(limit=9)),
        "find_learners": dict(
            store.find_learners(["ann@example.org"], by=IdentifierKind.EMAIL),
        ),
        "find_trainings": dict(store.find_trainings(["COURSE", "M1"])),
        "certifications": dict(store.certifications()),
        "find_certifications": dict(store.find_certifications(["FIRE-1"])),
        "courses_with": dict(store.courses_with(["M1"])),
        "needing": dict(store.needing(["COURSE"])),
    }


@promises("People and catalog of another tenant are not there.", Capability.SOURCES)
def sources_are_a_tenants_own(stores: Stores) -> None:
    north, south = stores("north"), stores("south")
    empty = _sources_of(south)
    true(not any(empty.values()), f"expected sources that are empty, found {empty!r}")
    _put(north)
    equal(_sources_of(south), empty, "what another tenant has")
    before = _sources_of(north)
    true(all(before.values()), f"expected everything that was put, found {before!r}")
    _put(south)
    equal(_sources_of(south), before, "what the second tenant has")
    south.put_learners([Learner(id="ann")])
    equal(_sources_of(north), before, "what the first tenant has")
