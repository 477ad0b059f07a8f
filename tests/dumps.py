"""Logical dumps: all that a store holds, as one text, so that two stores can be compared.

A dump is made by what every store answers, never by how one keeps it. It is sorted, and tells the
bytes apart that matter: instants are shown in full, in the zone in which they came back.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Protocol, TypeVar

from attrs import asdict

from certlib.adapters.store_rules import Counts, trainings_of
from certlib.learners import Attributes
from certlib.ports import EnrollmentKey, NoticeState, Query, RowOutcome, Sources, Store
from certlib.serialize import (
    attributes_document,
    certification_document,
    dump_completion,
    dump_enrollment,
    dump_event,
    dump_notice,
    training_document,
)
from certlib.state._enrollments import Enrollment
from certlib.state._notices import Notice

__all__ = ["Embedded", "dump"]

T = TypeVar("T")

PAGE = 1000
ALWAYS = datetime(9000, 1, 1, tzinfo=UTC)


class Embedded(Sources, Store, Protocol):
    """A store that holds people and catalog, too, as those in memory and in an SQLite file do."""

    def counts(self) -> Counts: ...

    def notices(self, *, limit: int, after: int = 0) -> tuple[tuple[int, Notice], ...]: ...

    def notice_states(self, ids: Collection[int]) -> Mapping[int, NoticeState]: ...


def dump(store: Embedded, *, imports: bool = True) -> str:
    """Return everything that a tenant's store holds, as JSON with one line a value.

    Without ``imports``: no imports, no outcomes of their rows, and no ids of imports on facts.
    """
    learners = list(_pages(store.all_learners, lambda learner: learner.id))
    enrollments = list(_enrollments(store))
    histories = store.history([EnrollmentKey.of(each) for each in enrollments])
    # Completions and enrollments of people who are not among the learners are shown, too.
    people = sorted({each.id for each in learners} | {each.learner for each in enrollments})
    transcripts = store.transcripts(people)
    certifications = store.certifications()
    # A store lists no trainings: those are shown that are needed, or have been completed.
    trainings = {
        each for certification in certifications.values() for each in trainings_of(certification)
    }
    trainings |= {each.training for those in transcripts.values() for each in those.completions}
    found: dict[str, object] = {
        "counts": asdict(store.counts()),
        "learners": {each.id: asdict(each) for each in learners},
        "certifications": {
            code: certification_document(each) for code, each in certifications.items()
        },
        "trainings": {
            name: [training_document(each) for each in those]
            for name, those in store.find_trainings(trainings).items()
        },
        "completions": {
            learner: [dump_completion(each) for each in transcript.completions]
            for learner, transcript in transcripts.items()
        },
        "struck": {
            learner: [
                {**asdict(each), "completion": dump_completion(each.completion)}
                for each in transcript.struck
            ]
            for learner, transcript in transcripts.items()
        },
        "enrollments": [dump_enrollment(each) for each in enrollments],
        "events": {
            f"{key.learner} in {key.certification}": [dump_event(each) for each in events]
            for key, events in histories.items()
        },
        "due": [
            [key.learner, key.certification]
            for key in _pages(
                lambda limit, after: store.due(ALWAYS, limit=limit, after=after), _same
            )
        ],
        "notices": list(_told(store)),
        "last_sweep": store.last_sweep(),
    }
    if imports:
        records = store.imports()
        found["imports"] = [asdict(each) for each in records]
        found["import_rows"] = {
            record.id: [asdict(each) for each in _rows(store, record.id)] for record in records
        }
    return json.dumps(
        found if imports else _without(found, "import_id"),
        indent=1,
        sort_keys=True,
        default=_other,
    )


def _enrollments(store: Store) -> Iterator[Enrollment]:
    query = Query(at=ALWAYS)
    return _pages(
        lambda limit, after: store.find(query, limit=limit, after=after), EnrollmentKey.of
    )


def _told(store: Embedded) -> Iterator[dict[str, object]]:
    """Yield every notice, with what has become of it."""
    notices = list(_notices(store))
    states = store.notice_states([number for number, _ in notices])
    for number, notice in notices:
        yield {**dump_notice(notice), "state": states[number].value}


def _notices(store: Embedded) -> Iterator[tuple[int, Notice]]:
    return _pages(
        lambda limit, after: store.notices(limit=limit, after=after or 0), lambda item: item[0]
    )


def _rows(store: Store, import_id: str) -> Iterator[RowOutcome]:
    return _pages(
        lambda limit, after: store.import_rows(import_id, limit=limit, after=after),
        lambda outcome: outcome.row,
    )


def _pages(page: Callable[..., Sequence[T]], key: Callable[[T], object]) -> Iterator[T]:
    """Yield everything that is answered in pages."""
    after: object = None
    while found := page(limit=PAGE, after=after):
        yield from found
        after = key(found[-1])


def _same(key: EnrollmentKey) -> EnrollmentKey:
    return key


def _without(value: object, key: str) -> object:
    """Return JSON values without a key, wherever it is."""
    if isinstance(value, dict):
        return {name: _without(each, key) for name, each in value.items() if name != key}
    if isinstance(value, list):
        return [_without(each, key) for each in value]
    return value


def _other(value: object) -> object:
    if isinstance(value, Attributes):
        return attributes_document(value)
    assert isinstance(value, datetime)
    return value.isoformat()
