"""What every store promises of searching: at least all that answer, by key, page by page."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from certlib.ports import EnrollmentKey, Query
from certlib.state._status import Status
from certlib.testing.contract._check import FullStore, Stores, promises
from certlib.testing.contract._expect import equal
from certlib.testing.contract._samples import (
    ALWAYS,
    DAY,
    MOMENT,
    NOW,
    added,
    blank,
    change,
    fact,
    save,
)

_IDS: Final = (
    "Ann",
    "Zoë",
    "a b",
    "a-b",
    "a.b",
    "a_b",
    "ab",
    "ann",
    "Éva",
    "é",
    "ﬁ",
    "😀",
)
"""By code points. Collations for people ignore case, hyphens and accents; UTF-16 has 😀 before ﬁ."""
_EVERYBODY: Final = {"assigned", "certified", "forever", "none"}


def _fill(store: FullStore) -> None:
    def save_one(learner: str, status: Status | None, next_change_at: datetime | None) -> None:
        part = added(blank(learner), fact(), status=status, next_change_at=next_change_at)
        save(store, change(part, learner=learner))

    save_one("assigned", Status.ASSIGNED, None)
    save_one("certified", Status.CERTIFIED, NOW + DAY)
    save_one("forever", Status.CERTIFIED, None)
    save_one("none", None, None)


def _find(store: FullStore, status: Status | None, at: datetime) -> set[str]:
    return {each.learner for each in store.find(Query(status=status, at=at), limit=9)}


@promises("`find` returns the enrollments whose index has the status that is asked for.")
def find_by_status(stores: Stores) -> None:
    store = stores()
    _fill(store)
    equal(_find(store, Status.CERTIFIED, NOW), {"certified", "forever"}, "who is certified")
    equal(_find(store, Status.ASSIGNED, NOW), {"assigned"}, "who is assigned")
    equal(_find(store, Status.LAPSED, NOW), set(), "who is lapsed")
    equal(_find(store, None, NOW), _EVERYBODY, "everybody")


@promises("From its next change point on, at that very instant too, an index is not trusted.")
def find_beyond_a_change_point(stores: Stores) -> None:
    store = stores()
    _fill(store)
    equal(_find(store, Status.LAPSED, NOW + DAY - MOMENT), set(), "just before the change point")
    equal(_find(store, Status.LAPSED, NOW + DAY), {"certified"}, "at the change point")
    equal(_find(store, Status.LAPSED, NOW + DAY + MOMENT), {"certified"}, "after the change point")


@promises("About an instant before its own, an index is not trusted.")
def find_before_the_index(stores: Stores) -> None:
    store = stores()
    _fill(store)
    equal(_find(store, Status.LAPSED, NOW - MOMENT), _EVERYBODY, "just before the index's instant")


@promises("A change without events refreshes the index, and nothing else of the enrollment.")
def a_refresh_changes_the_index_alone(stores: Stores) -> None:
    store = stores()
    _fill(store)
    key = EnrollmentKey("certified", "FIRE-1")
    before, enrollment = store.history([key]), store.load([key])[key]
    # Its enrollment says something else; where there is no event, it is not stored.
    refresh = added(enrollment, at=NOW + DAY, status=Status.EXPIRED, indexed_at=NOW + DAY)
    save(store, change(refresh, learner="certified"))
    equal(_find(store, Status.LAPSED, NOW + 2 * DAY), set(), "who may be lapsed later")
    equal(_find(store, Status.EXPIRED, NOW + 2 * DAY), {"certified"}, "who is expired later")
    equal(_find(store, Status.LAPSED, NOW), {"certified"}, "who may be lapsed before the refresh")
    equal(store.history([key]), before, "the history")
    equal(store.load([key]), {key: enrollment}, "the enrollment")


@promises(
    "`find` takes learners, certifications and a status together; an empty tuple finds nobody."
)
def find_by_learner_and_certification(stores: Stores) -> None:
    store = stores()
    for learner in ("ann", "bo", "Zoë"):
        parts = [added(blank(learner, code), fact()) for code in ("A", "B")]
        save(store, change(*parts, learner=learner))

    def expect(query: Query, expected: list[tuple[str, str]]) -> None:
        found = [(each.learner, each.certification) for each in store.find(query, limit=9)]
        equal(found, expected, f"what is found by {query}")

    expect(Query(learners=("ann",), at=NOW), [("ann", "A"), ("ann", "B")])
    expect(Query(certifications=("B",), at=NOW), [("Zoë", "B"), ("ann", "B"), ("bo", "B")])
    both = Query(learners=("bo", "Zoë"), certifications=("A", "C"), at=NOW)
    expect(both, [("Zoë", "A"), ("bo", "A")])
    expect(Query(learners=(), at=NOW), [])
    expect(Query(certifications=(), at=NOW), [])
    expect(Query(learners=("bo",), status=Status.LAPSED, at=NOW), [])


@promises("Page by page, each enrollment is found once, by key: by learner, then by certification.")
def find_page_by_page(stores: Stores) -> None:
    store = stores()
    keys = [EnrollmentKey(f"learner-{n}", code) for n in range(7) for code in ("A", "B")]
    for learner in {key.learner for key in keys}:
        parts = [added(blank(learner, code), fact()) for code in ("B", "A")]
        save(store, change(*parts, learner=learner))
    pages: list[list[EnrollmentKey]] = []
    after: EnrollmentKey | None = None
    while page := store.find(Query(at=NOW), limit=3, after=after):
        pages.append([EnrollmentKey.of(each) for each in page])
        after = pages[-1][-1]
    equal([key for page in pages for key in page], keys, "the keys on all pages")
    equal([len(page) for page in pages], [3, 3, 3, 3, 2], "the sizes of the pages")


@promises(
    "`due` returns keys whose next change point is at or before an instant, by key, in pages."
)
def due_by_key_and_page_by_page(stores: Stores) -> None:
    store = stores()
    for number, days in enumerate((3, 1, 2, 1, 9)):
        learner = f"learner-{number}"
        part = added(blank(learner), fact(), next_change_at=NOW + days * DAY)
        save(store, change(part, learner=learner))
    save(store, change(added(blank(), fact(), next_change_at=None)))

    def due(before: datetime, limit: int = 9, after: EnrollmentKey | None = None) -> list[int]:
        return [int(key.learner[-1]) for key in store.due(before, limit=limit, after=after)]

    equal(due(NOW + DAY - MOMENT), [], "who is due just before the first change point")
    equal(due(NOW + DAY), [1, 3], "who is due at the first change point")
    equal(due(NOW + 3 * DAY), [0, 1, 2, 3], "who is due after three days")
    equal(due(NOW + 3 * DAY, 2), [0, 1], "the first page")
    last = EnrollmentKey("learner-1", "FIRE-1")
    equal(due(NOW + 3 * DAY, 2, last), [2, 3], "the second page")
    equal(due(ALWAYS, after=EnrollmentKey("learner-4", "FIRE-1")), [], "the page after the last")


@promises('The order "by key" is that of code points, and so is what comes after a key.')
def keys_go_by_code_points(stores: Stores) -> None:
    store = stores()
    for learner in reversed(_IDS):
        part = added(blank(learner), fact(), next_change_at=NOW)
        save(store, change(part, learner=learner))
    expected = sorted(_IDS)
    due = [key.learner for key in store.due(NOW, limit=99)]
    equal(due, expected, "the order of due")
    equal([each.learner for each in store.find(Query(at=NOW), limit=99)], expected, "that of find")
    for place, id in enumerate(expected):
        after = EnrollmentKey(id, "FIRE-1")
        rest = [key.learner for key in store.due(NOW, limit=99, after=after)]
        equal(rest, expected[place + 1 :], f"what is due after {id}")
        found = [each.learner for each in store.find(Query(at=NOW), limit=99, after=after)]
        equal(found, expected[place + 1 :], f"what is found after {id}")
