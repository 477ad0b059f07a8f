"""What every store promises as `certlib.ports.Outbox`, tried on those that come with certlib (P12)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TypeAlias

import pytest
from attrs import evolve

from certlib.learners import Learner
from certlib.ports import Conflict, EnrollmentKey, NoticeState, Saved
from certlib.state.notices import Notice
from tests.adapters.stores import (
    DAY,
    NOW,
    MakeStore,
    Putting,
    added,
    blank,
    change,
    fact,
    save,
)

ANN, BO = EnrollmentKey("ann", "FIRE-1"), EnrollmentKey("bo", "FIRE-1")
LEASE = NOW + DAY
MOMENT = timedelta(microseconds=1)

States: TypeAlias = list[tuple[str, str]]


def reminder(kind: str = "expiry-30", learner: str = "ann", at: datetime = NOW) -> Notice:
    return Notice(
        kind=kind, learner=learner, certification="FIRE-1", at=at, entry=1, about="expiry",
        certificate=1, day=date(2026, 12, 21),
    )  # fmt: skip


def put(store: Putting, *notices: Notice, learner: str = "ann") -> None:
    save(store, change(notices=notices, learner=learner))


def kinds(claimed: tuple[tuple[int, Notice], ...]) -> list[str]:
    return [notice.kind for _, notice in claimed]


def claim(store: Putting, limit: int = 9, now: datetime = NOW, lease: datetime = LEASE) -> set[int]:
    return {id for id, _ in store.claim(limit=limit, now=now, lease=lease)}


def states(store: Putting) -> States:
    """What has become of every notice, in the order in which they were saved."""
    found = store.notices(limit=99)
    state_of = store.notice_states([id for id, _ in found])
    return [
        (f"{notice.kind}{' corrected' if notice.corrects else ''}", state_of[id].value)
        for id, notice in found
    ]


class TestClaim:
    def test_oldest_first_up_to_a_limit_each_once(self, store: Putting) -> None:
        put(store, reminder("c"), reminder("a", at=NOW - DAY))
        put(store, reminder("b", "bo"), learner="bo")
        assert kinds(store.claim(limit=2, now=NOW, lease=LEASE)) == ["c", "a"]
        assert kinds(store.claim(limit=2, now=NOW, lease=LEASE)) == ["b"]
        assert store.claim(limit=2, now=NOW, lease=LEASE) == ()

    def test_what_is_claimed_is_what_was_saved(self, store: Putting) -> None:
        whole = Notice(
            kind="digest_due-7", learner="ann", certification="FIRE-1", at=NOW, entry=4,
            about="digest_due", cycle=2, day=date(2027, 2, 28), corrects=True,
        )  # fmt: skip
        put(store, whole, reminder())
        assert [found for _, found in store.claim(limit=9, now=NOW, lease=LEASE)] == [
            whole,
            reminder(),
        ]

    def test_none_with_a_limit_of_none(self, store: Putting) -> None:
        put(store, reminder())
        assert store.claim(limit=0, now=NOW, lease=LEASE) == ()
        assert states(store) == [("expiry-30", "waiting")]

    @pytest.mark.parametrize(
        ("after", "again"), [(-MOMENT, False), (timedelta(), True), (MOMENT, True)]
    )
    def test_a_lease_ends_at_its_instant(
        self, store: Putting, after: timedelta, again: bool
    ) -> None:
        put(store, reminder())
        first = claim(store)
        assert claim(store, now=LEASE + after) == (first if again else set())

    def test_whose_lease_is_over_comes_in_its_old_place(self, store: Putting) -> None:
        put(store, reminder("a"), reminder("b"))
        claim(store, limit=1, lease=NOW)
        assert kinds(store.claim(limit=9, now=NOW, lease=LEASE)) == ["a", "b"]

    def test_a_later_lease_counts(self, store: Putting) -> None:
        put(store, reminder())
        claim(store)
        ids = claim(store, now=LEASE, lease=LEASE + DAY)
        assert claim(store, now=LEASE + DAY - MOMENT) == set()
        assert claim(store, now=LEASE + DAY) == ids


class TestAcknowledge:
    def test_what_was_told_is_not_claimed_again(self, store: Putting) -> None:
        put(store, reminder("a"), reminder("b"))
        first = claim(store, limit=1)
        store.acknowledge(first)
        assert states(store) == [("a", "told"), ("b", "waiting")]
        assert claim(store, now=LEASE + DAY).isdisjoint(first)

    def test_twice_late_and_without_a_claim(self, store: Putting) -> None:
        put(store, reminder("a"), reminder("b"))
        ids = [id for id, _ in store.notices(limit=9)]
        claim(store, limit=1)
        claim(store, limit=1, now=LEASE, lease=LEASE + DAY)
        for _ in range(2):
            store.acknowledge(ids)
        assert states(store) == [("a", "told"), ("b", "told")]

    def test_of_what_is_not_there_nothing_comes(self, store: Putting) -> None:
        put(store, reminder())
        store.acknowledge([])
        store.acknowledge([-1, 0, 999])
        assert states(store) == [("expiry-30", "waiting")]
        assert store.notice_states([-1, 999]) == {}

    def test_another_tenants_is_not_there(self, make_store: MakeStore) -> None:
        north, south = make_store("north"), make_store("south")
        put(north, reminder("n"))
        put(south, reminder("s"))
        ids = claim(north)
        assert kinds(south.claim(limit=9, now=LEASE, lease=LEASE)) == ["s"]
        mine = {id for id, _ in south.notices(limit=9)}
        south.acknowledge(ids - mine)
        assert set(south.notice_states(ids - mine)) == set()
        assert states(north) == [("n", "claimed")]
        assert north.notice_keys([ANN]) == {ANN: frozenset({reminder("n").key})}

    def test_a_withdrawal_in_another_tenant_withdraws_nothing(self, make_store: MakeStore) -> None:
        north, south = make_store("north"), make_store("south")
        put(north, reminder())
        claim(north)
        save(south, change(withdrawn=(reminder(),)))
        assert (states(north), states(south)) == ([("expiry-30", "claimed")], [])


class TestKeys:
    """Of one key an enrollment has one notice, and never two."""

    def test_in_one_change_in_another_and_once_it_is_told(self, store: Putting) -> None:
        put(store, reminder(), evolve(reminder(), at=NOW + DAY, entry=7))
        put(store, reminder())
        store.acknowledge(claim(store))
        put(store, reminder())
        assert states(store) == [("expiry-30", "told")]
        assert [notice.at for _, notice in store.notices(limit=9)] == [NOW]

    def test_kind_certificate_cycle_day_and_correction_make_the_key(self, store: Putting) -> None:
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
        put(store, *others)
        assert len(store.notices(limit=99)) == len(others)
        assert store.notice_keys([ANN, BO, EnrollmentKey("ann", "B")]) == {
            ANN: frozenset(each.key for each in others if each.certification == "FIRE-1"),
            EnrollmentKey("ann", "B"): frozenset({reminder().key}),
        }

    def test_each_learner_has_his_own(self, store: Putting) -> None:
        put(store, reminder())
        put(store, reminder(learner="bo"), learner="bo")
        assert len(store.notices(limit=9)) == 2
        assert store.notice_keys([BO]) == {BO: frozenset({reminder().key})}
        assert store.notice_keys([]) == {}

    @pytest.mark.parametrize("first", ["notices", "withheld"])
    def test_a_key_that_was_withheld_stays_so(self, store: Putting, first: str) -> None:
        for where in (first, "notices", "withheld"):
            kept = {where: (reminder(),)}
            save(store, change(notices=kept.get("notices", ()), withheld=kept.get("withheld", ())))
        assert states(store) == [("expiry-30", "waiting" if first == "notices" else "withheld")]


class TestWithheld:
    def test_it_is_never_claimed_and_its_key_is_used(self, store: Putting) -> None:
        save(store, change(withheld=(reminder(),)))
        assert claim(store, now=LEASE + 99 * DAY) == set()
        store.acknowledge([id for id, _ in store.notices(limit=9)])
        assert states(store) == [("expiry-30", "withheld")]
        assert store.notice_keys([ANN]) == {ANN: frozenset({reminder().key})}

    def test_what_nobody_was_told_needs_no_correction(self, store: Putting) -> None:
        save(store, change(withheld=(reminder(),)))
        save(store, change(withdrawn=(reminder(),)))
        assert states(store) == [("expiry-30", "withheld")]


class TestWithdrawn:
    """Its reason has gone: untold it is withdrawn; told, or perhaps told, it is corrected (P12b)."""

    def test_what_waits_is_withdrawn(self, store: Putting) -> None:
        put(store, reminder())
        save(store, change(withdrawn=(reminder(),)))
        assert states(store) == [("expiry-30", "withdrawn")]
        assert claim(store, now=LEASE + DAY) == set()

    def test_what_is_claimed_is_withdrawn_and_corrected(self, store: Putting) -> None:
        put(store, reminder())
        ids = claim(store)
        save(store, change(withdrawn=(reminder(),)))
        corrected = [("expiry-30", "withdrawn"), ("expiry-30 corrected", "waiting")]
        assert states(store) == corrected
        store.acknowledge(ids)
        assert states(store) == corrected
        ((_, found),) = store.claim(limit=9, now=LEASE, lease=LEASE)
        assert found == reminder().correction
        assert found.text.startswith("what was said before does not hold any more: the certificate")

    def test_what_was_told_stays_told_and_is_corrected(self, store: Putting) -> None:
        put(store, reminder())
        store.acknowledge(claim(store))
        save(store, change(withdrawn=(reminder(),)))
        assert states(store) == [("expiry-30", "told"), ("expiry-30 corrected", "waiting")]

    def test_once(self, store: Putting) -> None:
        put(store, reminder())
        store.acknowledge(claim(store))
        for _ in range(2):
            save(store, change(withdrawn=(reminder(), reminder())))
        store.acknowledge(claim(store))
        save(store, change(withdrawn=(reminder(),)))
        assert states(store) == [("expiry-30", "told"), ("expiry-30 corrected", "told")]

    def test_a_correction_that_is_withheld_is_not_told(self, store: Putting) -> None:
        put(store, reminder())
        store.acknowledge(claim(store))
        save(store, change(withdrawn=(reminder(),), withheld=(reminder().correction,)))
        assert states(store) == [("expiry-30", "told"), ("expiry-30 corrected", "withheld")]

    def test_what_was_never_there_is_not_made(self, store: Putting) -> None:
        save(store, change(withdrawn=(reminder(),)))
        assert states(store) == []
        put(store, reminder())
        assert states(store) == [("expiry-30", "waiting")]

    def test_withdrawn_it_does_not_come_back(self, store: Putting) -> None:
        put(store, reminder())
        save(store, change(withdrawn=(reminder(),)))
        put(store, reminder())
        save(store, change(withdrawn=(reminder(),)))
        assert states(store) == [("expiry-30", "withdrawn")]

    def test_the_instant_and_the_entry_are_not_what_it_is_known_by(self, store: Putting) -> None:
        put(store, reminder(), reminder("expiry-7"))
        save(store, change(withdrawn=(evolve(reminder(), at=NOW + DAY, entry=9),)))
        assert states(store) == [("expiry-30", "withdrawn"), ("expiry-7", "waiting")]

    def test_only_that_learners(self, store: Putting) -> None:
        put(store, reminder())
        put(store, reminder(learner="bo"), learner="bo")
        save(store, change(withdrawn=(reminder(learner="bo"),), learner="bo"))
        assert states(store) == [("expiry-30", "waiting"), ("expiry-30", "withdrawn")]


class TestPartOfAChange:
    """Notices are saved with the rest of their change or not at all."""

    def test_not_where_there_is_a_conflict(self, store: Putting) -> None:
        save(store, change(added(blank(), fact()), notices=(reminder(),)))
        claim(store)
        stale = change(
            added(blank(), fact()), notices=(reminder("a"),), withheld=(reminder("b"),),
            withdrawn=(reminder(),),
        )  # fmt: skip
        others = change(
            notices=(reminder("c", "bo"),), withdrawn=(reminder("x", "bo"),), learner="bo"
        )
        assert store.save([stale, others]) == (Conflict(key=ANN, expected=0, found=1), Saved())
        assert states(store) == [("expiry-30", "claimed"), ("c", "waiting")]

    def test_not_a_second_time(self, store: Putting) -> None:
        put(store, reminder())
        save(store, change(notices=(reminder("a"),), withdrawn=(reminder(),), key="k"))
        again = change(notices=(reminder("b"),), withdrawn=(reminder("a"),), key="k")
        assert store.save([again]) == (Saved(again=True),)
        assert states(store) == [("expiry-30", "withdrawn"), ("a", "waiting")]

    def test_corrections_of_a_batch_come_after_its_notices(self, store: Putting) -> None:
        put(store, reminder())
        claim(store)
        save(
            store,
            change(notices=(reminder("a"),), withdrawn=(reminder(),)),
            change(notices=(reminder("b", "bo"),), learner="bo"),
        )
        assert [kind for kind, _ in states(store)] == ["expiry-30", "a", "b", "expiry-30 corrected"]


def test_ids_find_their_notices_and_no_others(store: Putting) -> None:
    put(store, reminder("a"), reminder("b"), reminder("c"))
    ids = [id for id, _ in store.notices(limit=9)]
    assert ids == sorted(set(ids))
    assert kinds(store.notices(limit=1, after=ids[0])) == ["b"]
    claim(store, limit=1)
    assert store.notice_states(ids[:2]) == {
        ids[0]: NoticeState.CLAIMED,
        ids[1]: NoticeState.WAITING,
    }


def test_since_when_a_learner_has_been_active_comes_back(store: Putting) -> None:
    since = Learner(id="ann", active_since=NOW)
    store.put_learners([since, Learner(id="bo")])
    assert store.learners(["ann", "bo"])["ann"].active_since == NOW
    assert store.learners(["bo"])["bo"].active_since is None
    store.put_learners([Learner(id="ann")])
    assert store.learners(["ann"])["ann"].active_since is None
