"""What an outbox promises: told at least once, each key once, and corrected where it was told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from attrs import evolve

from certlib.errors import StoreError
from certlib.ports import Conflict, EnrollmentKey, NoticeState, Outbox, Saved
from certlib.state._notices import Notice
from certlib.testing.contract._check import Capability, FullStore, Stores, promises
from certlib.testing.contract._expect import equal, fails
from certlib.testing.contract._samples import (
    ALWAYS,
    ANN,
    BO,
    DAY,
    LEASE,
    MOMENT,
    NOW,
    added,
    blank,
    change,
    fact,
    reminder,
    save,
)
from certlib.testing.contract._saving import INSTANTS, ZONES, in_utc

OUTBOX, INSPECTION = Capability.OUTBOX, Capability.INSPECTION


def _put(store: FullStore, *notices: Notice, learner: str = "ann") -> None:
    save(store, change(notices=notices, learner=learner))


def _claim(
    store: Outbox, limit: int = 99, *, now: datetime = NOW, lease: datetime = LEASE
) -> list[int]:
    return [id for id, _ in store.claim(limit=limit, now=now, lease=lease)]


def _kinds(claimed: Sequence[tuple[int, Notice]]) -> list[str]:
    return [f"{each.kind}{' corrected' if each.corrects else ''}" for _, each in claimed]


def _told(store: Outbox, limit: int = 99, *, now: datetime = NOW) -> list[str]:
    """Claim, and return the kinds."""
    return _kinds(store.claim(limit=limit, now=now, lease=LEASE))


def _left(store: Outbox) -> list[str]:
    """The kinds of all that anybody would ever be told: every lease is over then."""
    return _kinds(store.claim(limit=99, now=ALWAYS, lease=ALWAYS))


# --- claiming -------------------------------------------------------------------------------------


@promises("Notices of every kind, with every field, are claimed as they were saved.", OUTBOX)
def every_notice_comes_back(stores: Stores) -> None:
    from certlib.testing.contract import _drawn  # noqa: PLC0415 (needs hypothesis)

    _drawn.notices(stores)


@promises("The instant of a notice comes back in UTC.", OUTBOX)
def notices_come_back_in_utc(stores: Stores) -> None:
    for number, zone in enumerate(ZONES):
        for place, instant in enumerate(INSTANTS):
            store = stores(f"tenant-{number}-{place}")
            _put(store, reminder(at=instant.astimezone(zone)))
            ((_, found),) = store.claim(limit=9, now=NOW, lease=LEASE)
            in_utc(found.at, instant, "Notice.at")


@promises(
    "Notices are claimed in the order of saving, up to a limit, and each by one alone.", OUTBOX
)
def oldest_first_each_once(stores: Stores) -> None:
    store = stores()
    _put(store, reminder("c"), reminder("a", at=NOW - DAY))
    _put(store, reminder("b", "bo"), learner="bo")
    equal(_told(store, 2), ["c", "a"], "the first claim")
    equal(_told(store, 2), ["b"], "the second claim")
    equal(_told(store, 2), [], "the third claim")


@promises("A claim with a limit of 0 claims nothing.", OUTBOX)
def a_limit_of_0_claims_nothing(stores: Stores) -> None:
    store = stores()
    _put(store, reminder())
    equal(store.claim(limit=0, now=NOW, lease=LEASE), (), "the claim")
    equal(_told(store), ["expiry-30"], "the next claim")


@promises(
    "A claim that nobody acknowledges counts until its lease; at that instant it is free.", OUTBOX
)
def a_lease_ends_at_its_instant(stores: Stores) -> None:
    for after, again in ((-MOMENT, False), (timedelta(), True), (MOMENT, True)):
        store = stores(f"tenant-{after}")
        _put(store, reminder())
        first = _claim(store)
        equal(len(first), 1, "the number of notices that are claimed first")
        found = _claim(store, now=LEASE + after)
        equal(found, first if again else [], f"the claim {after} after the lease")


@promises("A later lease replaces an earlier one, and instants of leases are in any zone.", OUTBOX)
def a_later_lease_counts(stores: Stores) -> None:
    store = stores()
    (_, zone) = ZONES
    _put(store, reminder())
    _claim(store)
    equal(_claim(store), [], "a claim before the lease ends")
    ids = _claim(store, now=LEASE.astimezone(zone), lease=(LEASE + DAY).astimezone(zone))
    equal(_claim(store, now=LEASE + DAY - MOMENT), [], "a claim before the later lease ends")
    equal(_claim(store, now=LEASE + DAY), ids, "a claim when the later lease ends")


@promises("What is claimed again comes in its old place, before what was saved later.", OUTBOX)
def claimed_again_in_its_old_place(stores: Stores) -> None:
    store = stores()
    _put(store, reminder("a"), reminder("b"))
    _claim(store, 1, lease=NOW)
    _put(store, reminder("c"))
    equal(_told(store), ["a", "b", "c"], "the claim after the lease")


# --- acknowledging --------------------------------------------------------------------------------


@promises("What is acknowledged is never claimed again.", OUTBOX)
def acknowledged_is_told(stores: Stores) -> None:
    store = stores()
    _put(store, reminder("a"), reminder("b"))
    store.acknowledge(_claim(store, 1))
    equal(_left(store), ["b"], "what is left to tell")


@promises("To acknowledge late, when others have claimed again, or twice, does the same.", OUTBOX)
def acknowledged_late_and_twice(stores: Stores) -> None:
    store = stores()
    _put(store, reminder("a"), reminder("b"), reminder("c"))
    ids = _claim(store)
    _claim(store, 2, now=LEASE, lease=LEASE + DAY)
    for _ in range(2):
        store.acknowledge(ids[:1])
    equal(_told(store, now=LEASE), ["c"], "what is free")
    store.acknowledge(ids[2:])
    equal(_left(store), ["b"], "what is left to tell")


@promises("To acknowledge ids that are not there does nothing.", OUTBOX)
def acknowledged_of_what_is_not_there(stores: Stores) -> None:
    store = stores()
    _put(store, reminder())
    ids = set(_claim(store, lease=NOW))
    store.acknowledge([])
    store.acknowledge([each for each in (-1, 0, 999_999) if each not in ids])
    equal(_left(store), ["expiry-30"], "what is left to tell")


# --- keys -----------------------------------------------------------------------------------------


@promises("Of one key an enrollment has one notice, the first one, also once it is told.", OUTBOX)
def one_notice_of_a_key(stores: Stores) -> None:
    store = stores()
    _put(store, reminder(), evolve(reminder(), at=NOW + DAY, entry=7))
    _put(store, reminder())
    claimed = store.claim(limit=9, now=NOW, lease=LEASE)
    equal([each for _, each in claimed], [reminder()], "the notices that are claimed")
    store.acknowledge([id for id, _ in claimed])
    _put(store, reminder())
    equal(_left(store), [], "what is left to tell")


@promises("`notice_keys` has the keys of all notices there have been, whatever became of them.")
def notice_keys_of_all_notices(stores: Stores) -> None:
    store = stores()
    others = (
        reminder(),
        reminder("expiry-7"),
        evolve(reminder(), certificate=2),
        evolve(reminder(), certificate=None, cycle=1),
        evolve(reminder(), day=date(2027, 1, 1)),
        evolve(reminder(), corrects=True),
        evolve(reminder(), certification="B"),
        Notice(kind="expiry-30", learner="ann", certification="FIRE-1", at=NOW, entry=1),
        Notice(kind="expiry-30", learner="ann", certification="FIRE-1", at=NOW, entry=2),
    )
    save(store, change(notices=others[:4], withheld=others[4:]))
    expected = {
        ANN: frozenset(each.key for each in others if each.certification == "FIRE-1"),
        EnrollmentKey("ann", "B"): frozenset({reminder().key}),
    }
    asked = [ANN, BO, EnrollmentKey("ann", "B")]
    equal(store.notice_keys(asked), expected, "the keys of notices")
    save(store, change(withdrawn=others[:4]))
    equal(store.notice_keys(asked), expected, "the keys of notices, some of which are withdrawn")


@promises("Each learner and each certification has notices of their own with the same key.", OUTBOX)
def the_same_key_of_others(stores: Stores) -> None:
    store = stores()
    _put(store, reminder(), evolve(reminder(), certification="B"))
    _put(store, reminder(learner="bo"), learner="bo")
    equal(store.notice_keys([BO]), {BO: frozenset({reminder().key})}, "the keys of somebody else")
    save(store, change(withdrawn=(reminder(learner="bo"),), learner="bo"))
    claimed = [each for _, each in store.claim(limit=9, now=NOW, lease=LEASE)]
    expected = [reminder(), evolve(reminder(), certification="B")]
    equal(claimed, expected, "what is claimed once that of somebody else is withdrawn")


# --- withheld and withdrawn -----------------------------------------------------------------------


@promises("What is withheld is never claimed, uses its key up, and needs no correction.", OUTBOX)
def withheld_is_never_told(stores: Stores) -> None:
    store = stores()
    save(store, change(withheld=(reminder(),)))
    equal(store.notice_keys([ANN]), {ANN: frozenset({reminder().key})}, "the keys of notices")
    save(store, change(withdrawn=(reminder(),)))
    _put(store, reminder())
    equal(_left(store), [], "what is left to tell")


@promises("A key that waits is not withheld later, and one that is withheld waits no more.", OUTBOX)
def the_first_of_a_key_stays(stores: Stores) -> None:
    waits, withheld = stores("waits"), stores("withheld")
    _put(waits, reminder())
    save(withheld, change(withheld=(reminder(),)))
    for store in (waits, withheld):
        save(store, change(withheld=(reminder(),)))
        save(store, change(notices=(reminder(),)))
    equal(_left(waits), ["expiry-30"], "what is left of the one that waited first")
    equal(_left(withheld), [], "what is left of the one that was withheld first")


@promises(
    "A notice that waits is withdrawn: nobody is told, and its key does not come back.", OUTBOX
)
def what_waits_is_withdrawn(stores: Stores) -> None:
    store = stores()
    _put(store, reminder(), reminder("expiry-7"))
    # Neither the instant nor the entry is what a reminder is known by.
    save(store, change(withdrawn=(evolve(reminder(), at=NOW + DAY, entry=9),)))
    equal(_told(store), ["expiry-7"], "what is claimed")
    _put(store, reminder())
    save(store, change(withdrawn=(reminder(),)))
    equal(_left(store), ["expiry-7"], "what is left to tell")


@promises("A notice that is claimed may have been told: it is withdrawn, and corrected.", OUTBOX)
def what_is_claimed_is_corrected(stores: Stores) -> None:
    store = stores()
    _put(store, reminder())
    ids = _claim(store)
    save(store, change(withdrawn=(reminder(),)))
    store.acknowledge(ids)
    claimed = store.claim(limit=9, now=ALWAYS, lease=ALWAYS)
    equal([each for _, each in claimed], [reminder().correction], "what is left to tell")


@promises("A notice that was told stays told, and is corrected.", OUTBOX)
def what_was_told_is_corrected(stores: Stores) -> None:
    store = stores()
    _put(store, reminder())
    store.acknowledge(_claim(store))
    # What is withdrawn may have another instant: the correction is that of what is given.
    save(store, change(withdrawn=(evolve(reminder(), at=LEASE, entry=9),)))
    claimed = store.claim(limit=9, now=ALWAYS, lease=ALWAYS)
    expected = [evolve(reminder(), at=LEASE, entry=9).correction]
    equal([each for _, each in claimed], expected, "what is left to tell")
    keys = frozenset({reminder().key, reminder().correction.key})
    equal(store.notice_keys([ANN]), {ANN: keys}, "the keys of notices")


@promises("A notice is corrected once, however often it is withdrawn.", OUTBOX)
def corrected_once(stores: Stores) -> None:
    store = stores()
    _put(store, reminder())
    store.acknowledge(_claim(store))
    for _ in range(2):
        save(store, change(withdrawn=(reminder(), reminder())))
    equal(_told(store), ["expiry-30 corrected"], "the correction")
    store.acknowledge(_claim(store, now=ALWAYS))
    save(store, change(withdrawn=(reminder(),)))
    equal(_left(store), [], "what is left to tell")


@promises("Withheld comes before withdrawn: a correction that is withheld is not told.", OUTBOX)
def withheld_before_withdrawn(stores: Stores) -> None:
    store = stores()
    _put(store, reminder())
    store.acknowledge(_claim(store))
    save(store, change(withdrawn=(reminder(),), withheld=(reminder().correction,)))
    equal(_left(store), [], "what is left to tell")


@promises("Notices of a change are saved before any is withdrawn: it may withdraw its own.", OUTBOX)
def saved_before_withdrawn(stores: Stores) -> None:
    store = stores()
    save(store, change(notices=(reminder(), reminder("a")), withdrawn=(reminder(),)))
    equal(_left(store), ["a"], "what is left to tell")


@promises("To withdraw what is not there does nothing: it may be saved afterwards.", OUTBOX)
def withdrawn_of_what_is_not_there(stores: Stores) -> None:
    store = stores()
    save(store, change(withdrawn=(reminder(),)))
    equal(_left(store), [], "what is left to tell")
    equal(store.notice_keys([ANN]), {}, "the keys of notices")
    _put(store, reminder())
    equal(_left(store), ["expiry-30"], "what is left once it is saved")


@promises("Corrections come after all notices of their batch.", OUTBOX)
def corrections_come_after_the_batch(stores: Stores) -> None:
    store = stores()
    _put(store, reminder())
    store.acknowledge(_claim(store))
    save(
        store,
        change(notices=(reminder("a"),), withdrawn=(reminder(),)),
        change(notices=(reminder("b", "bo"),), learner="bo"),
    )
    equal(_left(store), ["a", "b", "expiry-30 corrected"], "the order of what is left to tell")


# --- with the rest of a change --------------------------------------------------------------------


@promises("A change that is not saved adds, withholds and withdraws no notice.", OUTBOX)
def a_conflict_leaves_notices_alone(stores: Stores) -> None:
    store = stores()
    save(store, change(added(blank(), fact()), notices=(reminder(),), key="k"))
    stale = change(
        added(blank(), fact()),
        notices=(reminder("a"),),
        withheld=(reminder("b"),),
        withdrawn=(reminder(),),
    )
    others = change(notices=(reminder("c", "bo"),), withdrawn=(reminder("x", "bo"),), learner="bo")
    expected = (Conflict(key=ANN, expected=0, found=1), Saved())
    equal(store.save([stale, others]), expected, "the answers of save")
    keys = {ANN: frozenset({reminder().key}), BO: frozenset({reminder("c").key})}
    equal(store.notice_keys([ANN, BO]), keys, "the keys of notices")
    batch = [
        change(notices=(reminder("d", "bo"),), withdrawn=(reminder("c", "bo"),), learner="bo"),
        change(key="k"),
    ]
    fails(StoreError, lambda: store.save(batch), "a key used again", code="key_reused")
    equal(_left(store), ["expiry-30", "c"], "what is left to tell")


@promises(
    "A change that was saved before, by its key, neither adds nor withdraws a notice.", OUTBOX
)
def a_retry_tells_nothing(stores: Stores) -> None:
    store = stores()
    _put(store, reminder())
    save(store, change(notices=(reminder("a"),), withdrawn=(reminder(),), key="k"))
    again = change(notices=(reminder("b"),), withdrawn=(reminder("a"),), key="k")
    equal(store.save([again]), (Saved(again=True),), "the answers of save")
    equal(_left(store), ["a"], "what is left to tell")


# --- looking into it ------------------------------------------------------------------------------


def _states(store: FullStore) -> list[tuple[str, str]]:
    """What has become of every notice, in the order in which they were saved."""
    found = store.notices(limit=99)
    state_of = store.notice_states([id for id, _ in found])
    return [(kind, state_of[id].value) for (id, _), kind in zip(found, _kinds(found), strict=True)]


@promises(
    "`notices` lists them by ids that grow, in pages; ids that are not there are absent.",
    INSPECTION,
)
def notices_in_pages(stores: Stores) -> None:
    store = stores()
    equal(store.notices(limit=9), (), "the notices of an empty store")
    _put(store, reminder("a"), reminder("b"), reminder("c"))
    found = store.notices(limit=9)
    ids = [id for id, _ in found]
    equal(ids, sorted(set(ids)), "the ids")
    equal([each for _, each in found], [reminder("a"), reminder("b"), reminder("c")], "all")
    equal(_kinds(store.notices(limit=1, after=ids[0])), ["b"], "the second page")
    waiting = dict.fromkeys(ids[:2], NoticeState.WAITING)
    equal(store.notice_states([*ids[:2], -1, ids[-1] + 999]), waiting, "the states of two")
    equal(store.notice_states([]), {}, "the states of none")


@promises(
    "`notice_states` says what has become of each notice: waiting, claimed, told, withdrawn, withheld.",
    OUTBOX,
    INSPECTION,
)
def states_of_notices(stores: Stores) -> None:
    store = stores()
    _put(store, *(reminder(each) for each in ("told", "claimed", "gone", "a", "b", "waiting")))
    ids = _claim(store, 5)
    store.acknowledge(ids[:1])
    save(store, change(withdrawn=(reminder("gone"), reminder("told")), withheld=(reminder("w"),)))
    store.acknowledge([ids[2], *ids[3:5]])
    expected = [
        ("told", "told"),
        ("claimed", "claimed"),
        ("gone", "withdrawn"),
        ("a", "told"),
        ("b", "told"),
        ("waiting", "waiting"),
        ("w", "withheld"),
        ("gone corrected", "waiting"),
        ("told corrected", "waiting"),
    ]
    equal(_states(store), expected, "the states")


@promises("To acknowledge marks what nobody has claimed, too.", OUTBOX, INSPECTION)
def acknowledged_without_a_claim(stores: Stores) -> None:
    store = stores()
    _put(store, reminder("a"), reminder("b"))
    save(store, change(withheld=(reminder("w"),)))
    (first, _, last) = [id for id, _ in store.notices(limit=9)]
    store.acknowledge([first, last])
    equal(_states(store), [("a", "told"), ("b", "waiting"), ("w", "withheld")], "the states")
    equal(_left(store), ["b"], "what is left to tell")
