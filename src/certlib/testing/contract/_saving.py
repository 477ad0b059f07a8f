"""What every store promises of what is saved: it comes back, once, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import partial
from typing import ClassVar, Final
from zoneinfo import ZoneInfo

from attrs import evolve, frozen

from certlib.audit import Index
from certlib.errors import InvalidValueError, StoreError, UnknownKindError
from certlib.ports import Change, Conflict, EnrollmentChange, EnrollmentKey, Query, Saved, SavedKey
from certlib.serialize._records import Records
from certlib.state._enrollments import Enrollment
from certlib.state._events import Event
from certlib.state._rows import TABLE
from certlib.state._status import Status
from certlib.state.facts import Fact
from certlib.testing.contract._check import Capability, Stores, promises
from certlib.testing.contract._expect import equal, fails, true
from certlib.testing.contract._samples import (
    ANN,
    BO,
    DAY,
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
    notice,
    outcome,
    save,
    whole,
)

__all__ = ["INSTANTS", "ZONES", "in_utc"]

ZONES: Final[tuple[tzinfo, ...]] = (
    timezone(timedelta(hours=5, minutes=45)),
    ZoneInfo("Europe/Madrid"),
)
INSTANTS: Final = (
    datetime(1900, 1, 1, tzinfo=UTC),
    NOW,
    datetime(9000, 12, 31, 23, tzinfo=UTC),
)
"""The first and the last that certlib takes, and one with microseconds."""


def in_utc(found: datetime | None, expected: datetime, what: str) -> None:
    """Expect an instant, aware and in UTC, to the microsecond."""
    true(found is not None, f"{what}: expected {expected}, found None")
    assert found is not None
    true(found.tzinfo is not None, f"{what}: expected an aware instant, found {found!r}")
    equal(found, expected, what)
    true(found.tzinfo is UTC, f"{what}: expected it in datetime.UTC, found {found!r}")
    equal(found.microsecond, expected.microsecond, f"{what}: its microseconds")


# --- what is saved comes back ---------------------------------------------------------------------


@promises("Facts of every kind, in events with every field, come back as they were saved.")
def every_kind_of_fact_comes_back(stores: Stores) -> None:
    from certlib.testing.contract import _drawn  # noqa: PLC0415 (needs hypothesis)

    _drawn.facts(stores)


@promises("Enrollments with every field come back as they were saved.")
def every_enrollment_comes_back(stores: Stores) -> None:
    from certlib.testing.contract import _drawn  # noqa: PLC0415 (needs hypothesis)

    _drawn.enrollments(stores)


@promises("A fact of a host's own comes back where `records` knows its kind.", Capability.OWN_FACTS)
def own_facts_come_back(stores: Stores) -> None:
    store = stores(records=Records(facts=(*TABLE.facts, Sighted)))
    part = added(blank(), Sighted(by="harbor"))
    save(store, change(part, key="k"))
    equal(store.history([ANN]), {ANN: part.events}, "the history with a fact of one's own")
    (event,) = store.history([ANN])[ANN]
    equal(event.fact.apply(part.enrollment, event), part.enrollment, "what the fact makes of it")


@promises(
    "A stored tag that is not known raises `UnknownKindError` with the tag; nothing is dropped.",
    Capability.OWN_FACTS,
    Capability.DOCUMENTS,
)
def unknown_tags_raise(stores: Stores) -> None:
    part = added(blank(), fact(), Sighted(by="harbor"))
    save(stores(records=Records(facts=(*TABLE.facts, Sighted))), change(part))
    error = fails(
        UnknownKindError, lambda: stores().history([ANN]), "the history with an unknown tag"
    )
    true("harbor_sighted" in str(error), f"expected the tag harbor_sighted in: {error}")


@frozen(kw_only=True)
class Sighted(Fact):
    """A host's own fact."""

    tag: ClassVar[str] = "harbor_sighted"
    by: str

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Change nothing."""
        return enrollment


@promises(
    "Instants come back aware, in `datetime.UTC`, to the microsecond, in whatever zone given."
)
def instants_come_back_in_utc(stores: Stores) -> None:
    for number, zone in enumerate(ZONES):
        for place, instant in enumerate(INSTANTS):
            store = stores(f"tenant-{number}-{place}")
            at = instant.astimezone(zone)
            part = added(blank(), fact(), at=at, indexed_at=at, next_change_at=at)
            event = evolve(part.events[0], recorded_at=at)
            save(store, change(evolve(part, events=(event,))))
            store.save_import(an_import(at=at))
            store.record_sweep(at)
            (found,) = store.history([ANN])[ANN]
            in_utc(found.at, instant, "Event.at")
            in_utc(found.recorded_at, instant, "Event.recorded_at")
            in_utc(store.load([ANN])[ANN].last_fact_at, instant, "Enrollment.last_fact_at")
            in_utc(store.imports()[0].at, instant, "ImportRecord.at")
            in_utc(store.last_sweep(), instant, "last_sweep")
            index = Index(status=Status.ASSIGNED, at=instant, next_change_at=instant)
            equal(store.indexed([ANN]), {ANN: index}, "indexed")
            equal(store.due(instant, limit=9), (ANN,), "due at the very instant")


@promises("Of an hour that the clocks show twice, the first and the second are two instants.")
def an_hour_that_comes_twice(stores: Stores) -> None:
    store = stores()
    first = datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Madrid"))
    second = first.replace(fold=1)
    before = added(blank(), fact(), at=first)
    save(store, change(before))
    save(store, change(added(before.enrollment, fact(), at=second)))
    found = [event.at.isoformat() for event in store.history([ANN])[ANN]]
    expected = ["2026-10-25T00:30:00+00:00", "2026-10-25T01:30:00+00:00"]
    equal(found, expected, "Event.at of both")


@promises("Events come back by sequence and all of them, whatever their instants are.")
def events_keep_the_order_of_their_sequence(stores: Stores) -> None:
    store = stores()
    first = added(blank(), fact("z"), fact("y"), at=NOW)
    second = added(first.enrollment, fact("x"), at=NOW - DAY)
    save(store, change(first))
    save(store, change(second))
    history = store.history([ANN])[ANN]
    equal([event.sequence for event in history], [1, 2, 3], "the sequences in the history")
    equal(history, (*first.events, *second.events), "the history")
    equal(store.load([ANN]), {ANN: second.enrollment}, "the enrollment")


@promises("Texts hold anything: a NUL, a line break, and in names of files even half a character.")
def texts_hold_anything(stores: Stores) -> None:
    store = stores()
    for number, text in enumerate(
        ("", "a\0b", "line\nline\r\u2028\u0085", "\N{GRINNING FACE} é e\u0301")
    ):
        part = added(blank(certification=f"C-{number}"), fact())
        event = evolve(part.events[0], reason=text)
        save(store, change(evolve(part, events=(event,))))
        (found,) = store.history([EnrollmentKey.of(part.enrollment)]).values()
        equal(found, (event,), "the history with a reason")
    name = b"m\xe4rz\0.csv".decode("utf-8", "surrogateescape")
    record = evolve(an_import(), file_name=name)
    store.save_import(record)
    equal(store.imports(), (record,), "the import of a file whose name is no text")


@promises("What is absent is absent: no key in a mapping, an empty tuple, None; never an error.")
def absent_is_absent(stores: Stores) -> None:
    store = stores()
    equal(store.find(Query(at=NOW), limit=9), (), "find in a store that is empty")
    save(store, change(added(blank(), fact())))
    other = EnrollmentKey("ann", "x")
    equal(set(store.load([BO, ANN, other])), {ANN}, "the keys of load")
    equal(store.history([BO]), {}, "the history of nobody")
    equal(store.indexed([BO]), {}, "the index of nobody")
    equal(store.notice_keys([BO, ANN]), {}, "the keys of no notices")
    equal(store.saved_answers(["k"]), {}, "the saved keys")
    equal(store.last_sweep(), None, "the last sweep")
    equal(store.imports(), (), "the imports")
    equal(store.import_rows("i-1", limit=9), (), "the rows of an import")


@promises("To be asked for nothing, and to save nothing, is no error, and answers nothing.")
def nothing_is_no_error(stores: Stores) -> None:
    store = stores()
    save(store, whole())
    equal(store.load([]), {}, "load of no keys")
    equal(store.history([]), {}, "history of no keys")
    equal(store.indexed([]), {}, "indexed of no keys")
    equal(store.notice_keys([]), {}, "notice_keys of no keys")
    equal(store.saved_answers([]), {}, "saved_answers of no keys")
    equal(store.save([]), (), "save of no changes")
    equal(store.find(Query(at=NOW), limit=0), (), "find with a limit of 0")
    equal(store.due(NOW, limit=0), (), "due with a limit of 0")


@promises("What is asked for twice is answered once.")
def asked_twice_answered_once(stores: Stores) -> None:
    store = stores()
    fill(store)
    equal(list(store.load([ANN, ANN])), [ANN], "the keys of load")
    equal(len(store.history([ANN, ANN])[ANN]), 1, "the number of events")
    equal(list(store.indexed([ANN, ANN])), [ANN], "the keys of indexed")
    equal(list(store.notice_keys([ANN, ANN])), [ANN], "the keys of notice_keys")
    twice = Query(learners=("ann", "ann"), certifications=("FIRE-1", "FIRE-1"), at=NOW)
    equal(len(store.find(twice, limit=9)), 1, "the number of enrollments found")


@promises("An id or a key with a NUL in it may be asked for, and is absent.")
def a_nul_ends_no_id(stores: Stores) -> None:
    store = stores()
    fill(store)
    key = EnrollmentKey("ann\0x", "FIRE-1")
    equal(store.load([key]), {}, "load of ann\\0x")
    equal(store.history([key]), {}, "history of ann\\0x")
    equal(store.indexed([key]), {}, "indexed of ann\\0x")
    equal(store.notice_keys([key]), {}, "notice_keys of ann\\0x")
    equal(store.find(Query(learners=("ann\0x",), at=NOW), limit=9), (), "find of ann\\0x")
    equal(store.saved_answers(["k\0"]), {}, "saved_answers of k\\0")
    equal(store.import_rows("i-1\0", limit=9), (), "import_rows of i-1\\0")


@promises("The index that enrollments are searched by is the one that was saved last.")
def the_index_is_what_was_saved(stores: Stores) -> None:
    store, later = stores(), NOW + timedelta(hours=1)
    save(store, change(added(blank(), fact(), indexed_at=later, next_change_at=NOW + DAY)))
    save(store, change(added(blank("bo"), fact(), status=None), learner="bo"))
    expected = {
        ANN: Index(status=Status.ASSIGNED, at=later, next_change_at=NOW + DAY),
        BO: Index(status=None, at=NOW),
    }
    equal(store.indexed([ANN, BO, EnrollmentKey("cem", "FIRE-1")]), expected, "indexed")


# --- conflicts ------------------------------------------------------------------------------------


@promises("A change whose expected version is stale is a `Conflict`, and nothing of it is saved.")
def a_stale_version_is_a_conflict(stores: Stores) -> None:
    store = stores()
    save(store, change(added(blank(), fact("first"))))
    before = everything_of(store)
    late = whole(added(blank(), fact("late")))
    equal(store.save([late]), (Conflict(key=ANN, expected=0, found=1),), "the answers of save")
    equal(everything_of(store), before, "what is stored after a conflict")


@promises("An enrollment that is not stored has version 0: to expect another is a `Conflict`.")
def an_absent_enrollment_has_version_0(stores: Stores) -> None:
    store = stores()
    part = added(evolve(blank(), version=4), fact())
    expected = (Conflict(key=ANN, expected=4, found=0),)
    equal(store.save([change(part)]), expected, "the answers of save")
    equal(store.load([ANN]), {}, "the enrollment")


@promises("A change is atomic: one stale enrollment of two, and neither is saved.")
def a_change_is_atomic(stores: Stores) -> None:
    store = stores()
    save(store, change(added(blank(certification="B"), fact())))
    stale = EnrollmentKey("ann", "B")
    for order in (("A", "B"), ("B", "A")):
        both = [added(blank(certification=each), fact()) for each in order]
        expected = (Conflict(key=stale, expected=0, found=1),)
        equal(store.save([change(*both)]), expected, "the answers of save")
        equal(store.load([EnrollmentKey("ann", "A")]), {}, "the enrollment that was not stale")


@promises("A batch is not atomic: a conflict spoils no other change, and each has its own answer.")
def a_batch_is_not_atomic(stores: Stores) -> None:
    store = stores()
    save(store, change(added(blank(), fact())))
    answers = store.save(
        [
            change(added(blank("bo"), fact()), learner="bo"),
            change(added(blank(), fact("late"))),
            change(added(blank("cem"), fact()), learner="cem"),
        ]
    )
    expected = (Saved(), Conflict(key=ANN, expected=0, found=1), Saved())
    equal(answers, expected, "the answers of save")
    found = {each.learner for each in store.find(Query(at=NOW), limit=9)}
    equal(found, {"ann", "bo", "cem"}, "whose enrollments are stored")


@promises("To refresh the index of an enrollment at another version is a `Conflict`, too.")
def a_stale_refresh_is_a_conflict(stores: Stores) -> None:
    store = stores()
    first = added(blank(), fact())
    save(store, change(first))
    save(store, change(added(first.enrollment, fact())))
    before = everything_of(store)
    refresh = change(added(first.enrollment, status=Status.LAPSED))
    equal(store.save([refresh]), (Conflict(key=ANN, expected=1, found=2),), "the answers of save")
    equal(everything_of(store), before, "what is stored after a conflict")


@promises("A key whose change was a conflict is free: the change may be tried again with it.")
def a_conflict_uses_up_no_key(stores: Stores) -> None:
    store = stores()
    first = added(blank(), fact())
    save(store, change(first))
    late = change(added(blank(), fact("late")), outcome=outcome(), key="k")
    equal(store.save([late]), (Conflict(key=ANN, expected=0, found=1),), "the answers of save")
    equal(store.saved_answers(["k"]), {}, "the saved keys")
    save(store, change(added(first.enrollment, fact("late")), outcome=outcome(), key="k"))


# --- keys -----------------------------------------------------------------------------------------


@promises("A change with a key that was saved before is not saved again: `Saved(again=True)`.")
def a_key_is_saved_once(stores: Stores) -> None:
    store = stores()
    given = whole()
    save(store, given)
    before = everything_of(store)
    for _ in range(2):
        equal(store.save([given]), (Saved(again=True),), "the answers of save")
        equal(everything_of(store), before, "what is stored")
    equal(store.saved_answers(["k", "other"]), {"k": SavedKey()}, "the saved keys")


@promises(
    "A retry may come later: versions, instants of recording and notices are not the payload."
)
def a_retry_may_come_later(stores: Stores) -> None:
    store = stores()
    first = added(blank(), fact())
    save(store, change(first, key="k"))
    save(store, change(added(first.enrollment, fact("other"))))
    later = added(evolve(first.enrollment, entries=7), fact(), status=Status.LAPSED)
    events = tuple(evolve(each, recorded_at=LEASE, actor="system") for each in later.events)
    again = change(evolve(later, events=events), notices=(notice(),), key="k")
    equal(store.save([again]), (Saved(again=True),), "the answers of save")
    equal(store.notice_keys([ANN]), {}, "the notices of a retry")


_PAYLOADS: Final[dict[str, Callable[[], Change]]] = {
    "another fact": lambda: change(added(blank(), fact("other")), key="k"),
    "another instant": lambda: change(added(blank(), fact(), at=NOW - DAY), key="k"),
    "another certification": lambda: change(added(blank(certification="B"), fact()), key="k"),
    "another learner": lambda: change(added(blank("bo"), fact()), learner="bo", key="k"),
    "no fact": lambda: change(key="k"),
    "a completion more": lambda: change(
        added(blank(), fact()), completions=(completion(),), key="k"
    ),
    "a row of an import": lambda: change(added(blank(), fact()), outcome=outcome(), key="k"),
}


@promises(
    "A key that was saved with another payload raises `StoreError` with the code `key_reused`."
)
def a_key_is_bound_to_its_payload(stores: Stores) -> None:
    store = stores()
    save(store, change(added(blank(), fact()), key="k"))
    before = everything_of(store)
    for what, other in _PAYLOADS.items():
        error = fails(StoreError, partial(store.save, [other()]), what, code="key_reused")
        true("'k'" in str(error), f"{what}: expected the key in the message: {error}")
        equal(everything_of(store), before, f"{what}: what is stored after the error")


@promises("The same key twice in a batch is one key: for two learners it raises `key_reused`.")
def a_key_twice_in_a_batch(stores: Stores) -> None:
    store = stores()
    batch = [change(added(blank(each), fact()), learner=each, key="k") for each in ("ann", "bo")]
    fails(StoreError, lambda: store.save(batch), "one key for two learners", code="key_reused")
    equal(store.load([ANN, BO]), {}, "what is stored after the error")
    equal(store.saved_answers(["k"]), {}, "the saved keys")


@promises("An error undoes the whole batch, the changes before it included.")
def an_error_undoes_the_batch(stores: Stores) -> None:
    store = stores()
    save(store, change(added(blank(), fact()), key="used", outcome=outcome(7)))
    before = everything_of(store, keys=("used", "k"))
    fine = evolve(whole(added(blank("bo"), fact())), learner="bo", notices=())
    reused = change(added(blank("cem"), fact()), learner="cem", key="used")
    fails(StoreError, lambda: store.save([fine, reused]), "a key used again", code="key_reused")
    equal(everything_of(store, keys=("used", "k")), before, "what is stored after key_reused")
    reused = change(learner="cem", outcome=evolve(outcome(7), learner="cem"))
    fails(StoreError, lambda: store.save([fine, reused]), "a row used again", code="row_reused")
    equal(everything_of(store, keys=("used", "k")), before, "what is stored after row_reused")


# --- changes that are refused ---------------------------------------------------------------------


def _without_first(part: EnrollmentChange) -> EnrollmentChange:
    return evolve(part, events=part.events[1:])


_WRONG: Final[dict[str, Callable[[], list[Change]]]] = {
    "two changes about one learner": lambda: [
        change(added(blank(), fact())),
        change(added(blank(certification="B"), fact())),
    ],
    "one enrollment twice": lambda: [change(added(blank(), fact()), added(blank(), fact()))],
    "an enrollment of somebody else": lambda: [change(added(blank("bo"), fact()))],
    "a version without events": lambda: [change(evolve(added(blank(), fact(), fact()), events=()))],
    "an event lost": lambda: [change(_without_first(added(blank(), fact(), fact())))],
    "an event too many": lambda: [change(evolve(added(blank(), fact()), enrollment=blank()))],
    "nothing at all": lambda: [change(added(blank()))],
}


@promises(
    "Changes that nobody can tell apart, or that would leave a gap, raise `InvalidValueError`."
)
def wrong_changes_are_refused(stores: Stores) -> None:
    store = stores()
    for what, changes in _WRONG.items():
        fine = change(added(blank("cem"), fact()), learner="cem")
        fails(InvalidValueError, partial(store.save, [fine, *changes()]), what)
        equal(store.find(Query(at=NOW), limit=9), (), f"{what}: what is stored after the error")


@promises(
    "A row of an import is saved once: again it raises `StoreError` with the code `row_reused`."
)
def a_row_is_saved_once(stores: Stores) -> None:
    store = stores()
    save(store, change(added(blank(), fact()), outcome=outcome()))
    before = everything_of(store)
    again = change(added(blank(certification="B"), fact()), outcome=outcome())
    fails(StoreError, lambda: store.save([again]), "a row saved again", code="row_reused")
    equal(everything_of(store), before, "what is stored after the error")
    save(store, change(outcome=outcome(3)))
    save(store, change(outcome=outcome(2, "i-2")))


@promises("A row of an import twice in a batch raises `row_reused`, too.")
def a_row_twice_in_a_batch(stores: Stores) -> None:
    store = stores()
    batch = [
        change(learner=each, outcome=evolve(outcome(), learner=each)) for each in ("ann", "bo")
    ]
    fails(StoreError, lambda: store.save(batch), "one row twice", code="row_reused")
    equal(store.import_rows("i-1", limit=9), (), "the rows after the error")
