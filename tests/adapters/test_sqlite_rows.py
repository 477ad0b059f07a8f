"""Rows of an SQLite store: quick ways of making them and reading them, beside the plain ones."""

from __future__ import annotations

import pickle
import weakref
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import pytest
from attrs import evolve
from attrs.exceptions import FrozenInstanceError
from hypothesis import given
from hypothesis import strategies as st

from certlib._copying import maker_of
from certlib.adapters._sqlite_facts import FactReader
from certlib.adapters._sqlite_rows import (
    Row,
    completion_of,
    completion_row,
    event_of,
    event_row,
    instant_of,
    micros_of,
)
from certlib.adapters._sqlite_saving import encoded
from certlib.errors import InvalidValueError, UnknownKindError
from certlib.ports import Change, EnrollmentChange, RowOutcome
from certlib.serialize._quick import json_text
from certlib.serialize._records import RECORDS
from certlib.state import Enrollment, Event
from certlib.state.facts import CycleStarted
from certlib.transcript import Completion, Reset, StruckCompletion
from tests import strategies

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
COMPLETION = Completion(training="FORK", at=NOW, recorded_at=NOW)
EVENT = Event(
    sequence=1, entry=1, at=NOW, recorded_at=NOW, actor="system", row="start",
    fact=CycleStarted(number=1),
)  # fmt: skip
READ_FACT = FactReader(RECORDS)
naughty = st.text(st.sampled_from("a'\"\\\n\x7fä\U0001f600 "), max_size=6)


# --- instants -----------------------------------------------------------------------------------


@given(st.datetimes(timezones=st.timezones()))
def test_an_instant_of_any_zone_is_stored_as_what_it_is_in_utc(at: datetime) -> None:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    assert micros_of(at) == (at - epoch) // timedelta(microseconds=1)
    assert instant_of(micros_of(at)) == at.astimezone(UTC)
    assert instant_of(micros_of(at)).tzinfo is UTC


def test_equal_instants_of_an_hour_that_comes_twice_are_two() -> None:
    first = datetime(2025, 10, 26, 2, 30, tzinfo=ZoneInfo("Europe/Madrid"))
    second = first.replace(fold=1)
    assert first == second
    assert [micros_of(at) - micros_of(first) for at in (second, first)] == [3_600_000_000, 0]


# --- completions and events ---------------------------------------------------------------------


def through(event: Event) -> Event:
    return event_of(event_row(event, RECORDS), READ_FACT, "")


@given(strategies.completions)
def test_a_completion_is_what_its_constructor_makes(completion: Completion) -> None:
    read = completion_of(completion_row("default", "ann", completion)[1:])
    assert read == completion
    assert attrs.evolve(read) == read
    assert repr(read) == repr(attrs.evolve(read))
    assert read.at.tzinfo is read.recorded_at.tzinfo is UTC


@given(strategies.events)
def test_an_event_is_what_its_constructor_makes(event: Event) -> None:
    read = through(event)
    assert read == event
    assert attrs.evolve(read) == read
    assert repr(read) == repr(attrs.evolve(read))


@given(strategies.events)
def test_completions_that_counted_are_json(event: Event) -> None:
    plain = [[each.training, micros_of(each.at)] for each in event.because]
    assert event_row(event, RECORDS)[10] == (json_text(plain) if plain else None)


@pytest.mark.parametrize("training", ["", " FORK", "a\nb", "x" * 201])
def test_a_damaged_code_is_told_each_time(training: str) -> None:
    row = list(completion_row("default", "ann", COMPLETION)[1:])
    row[1] = training
    for _ in range(2):
        with pytest.raises(InvalidValueError, match=r"Completion\.training"):
            completion_of(tuple(row))


def test_a_damaged_source_is_told() -> None:
    row = list(completion_row("default", "ann", COMPLETION)[1:])
    row[4] = "hearsay"
    with pytest.raises(UnknownKindError, match="hearsay"):
        completion_of(tuple(row))


@pytest.mark.parametrize(
    ("place", "name"), [(0, "sequence"), (1, "entry"), (9, "import_row")], ids=str
)
def test_a_damaged_number_is_told(place: int, name: str) -> None:
    row: list[Any] = list(event_row(evolve(EVENT, import_row=7), RECORDS))
    row[place] = 0
    with pytest.raises(InvalidValueError, match=rf"Event\.{name}"):
        event_of(tuple(row), READ_FACT, "")


# --- values without their constructors ----------------------------------------------------------


@pytest.mark.parametrize("value", [COMPLETION, COMPLETION.key, EVENT], ids=repr)
def test_a_value_that_is_made_plainly_is_like_any_other(value: Any) -> None:
    kind = type(value)
    make = maker_of(kind)
    made: Any = make(*(getattr(value, each.name) for each in attrs.fields(kind)))
    assert type(made) is kind
    assert made == value
    assert (hash(made), repr(made)) == (hash(value), repr(value))
    assert pickle.loads(pickle.dumps(made)) == value
    assert weakref.ref(made)() is made
    with pytest.raises(FrozenInstanceError):
        setattr(made, "at", NOW)  # noqa: B010 (so that type checkers have nothing to say)


# --- what a key stands for ----------------------------------------------------------------------


def plain_digest(change: Change) -> str:
    """Return the digest as it has been since the first files."""
    rows: list[tuple[str, list[Row]]] = [
        (part.enrollment.certification, [event_row(event, RECORDS) for event in part.events])
        for part in change.enrollments
    ]
    payload: tuple[object, ...] = (
        change.learner,
        [
            (certification, [(at, tag, fact) for _, _, at, *_, tag, fact in events])
            for certification, events in rows
        ],
        [(each.training, micros_of(each.at)) for each in change.completions],
        change.outcome and (change.outcome.import_id, change.outcome.row),
    )
    if change.struck:
        struck = [each.completion for each in change.struck]
        payload = (*payload, [(each.training, micros_of(each.at)) for each in struck])
    if change.resets:
        struck = [each.completion for each in change.struck]
        resets = [(each.training, micros_of(each.at)) for each in change.resets]
        payload = (*payload[:4], [(each.training, micros_of(each.at)) for each in struck], resets)
    return sha256(ascii(payload).encode()).hexdigest()


parts = st.builds(
    EnrollmentChange,
    enrollment=st.builds(Enrollment.blank, learner=naughty, certification=naughty),
    expected=st.just(0),
    events=st.lists(strategies.events, max_size=3).map(tuple),
    indexed_status=st.none(),
    indexed_at=st.just(NOW),
    next_change_at=st.none(),
)
changes = st.builds(
    Change,
    learner=naughty,
    enrollments=st.lists(parts, max_size=2).map(tuple),
    completions=st.lists(strategies.completions, max_size=2).map(tuple),
    struck=st.lists(
        st.builds(StruckCompletion, completion=strategies.completions, struck_at=st.just(NOW)),
        max_size=2,
    ).map(tuple),
    resets=st.lists(
        st.builds(
            Reset,
            training=st.sampled_from(("FORK", "a'\"\\ä\U0001f600")),
            at=st.just(NOW),
            recorded_at=st.just(NOW),
        ),
        max_size=2,
    ).map(tuple),
    outcome=st.none()
    | st.builds(RowOutcome, import_id=naughty, row=st.integers(0, 9), learner=naughty),
    key=st.just("key"),
)


@given(changes)
def test_the_digest_of_a_change_stays_what_files_know(change: Change) -> None:
    found = encoded(change, tenant="default", records=RECORDS).key
    assert found == ("key", plain_digest(change), None, None)


def test_the_digest_of_this_change_is_in_files() -> None:
    part = EnrollmentChange(
        enrollment=Enrollment.blank(learner="ann", certification="FIRE-1"),
        expected=0,
        events=(EVENT,),
        indexed_status=None,
        indexed_at=NOW,
        next_change_at=None,
    )
    change = Change(
        learner="ann",
        enrollments=(part,),
        completions=(COMPLETION,),
        outcome=RowOutcome(import_id="i-1", row=7, learner="ann"),
        key="i-1:7",
    )
    digest = "d7f686f553af1e33126a239dd63ae02600234adaefffdaa2ad6001a4f491be05"
    found = encoded(change, tenant="default", records=RECORDS).key
    assert found == ("i-1:7", digest, None, None)
