"""What is written can be read (W8): whatever a host puts into a command, a completion or a person.

Fields are drawn from what their types allow and from everything else. What is accepted is saved, and then
every list, export and audit of the tenant works, in memory, in a file, and after a round trip of records.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from certlib import TABLE, Learner, Service
from certlib.adapters.memory import MemoryStore
from certlib.adapters.sqlite import SqliteStore
from certlib.errors import CertlibError, InvalidValueError, StoreError
from certlib.io import CIVICA, UNIFYR, export_records, load_records
from certlib.testing.strategies._shapes import field_strategies
from certlib.transcript import Completion, StruckCompletion
from tests.dumps import dump
from tests.hosts import EVA, FIRE, FORK, NOW, TRAININGS

LATER = NOW + timedelta(days=400)
odd_texts = st.text(st.characters() | st.sampled_from("\0\n\ud800\u202e"), max_size=5)
junk: SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.decimals(),
    st.binary(max_size=3),
    odd_texts,
    st.dates(),
    st.datetimes(),
    st.datetimes(timezones=st.timezones() | st.just(UTC)),
    st.just(datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=9)))),
    st.just(datetime(9999, 12, 31, 23, tzinfo=timezone(-timedelta(hours=9)))),
    st.lists(st.integers(), max_size=1),
    st.tuples(odd_texts),
    st.just(Decimal("NaN")),
    st.just(object()),
)
near = st.datetimes(datetime(2026, 1, 1), datetime(2026, 11, 20), timezones=st.just(UTC))  # noqa: DTZ001


@st.composite
def values_of(draw: DrawFn, /, kind: type[Any], **fixed: SearchStrategy[Any]) -> dict[str, Any]:
    """Draw arguments of a class: most of them fit, some are anything."""
    fitting = field_strategies(kind)
    found: dict[str, Any] = {}
    for each in attrs.fields(kind):
        usual = fixed.get(each.name, fitting[each.alias])
        optional = each.default is not attrs.NOTHING
        if optional and draw(st.integers(0, 2)):
            continue
        found[each.alias] = draw(junk if draw(st.integers(0, 5)) == 0 else usual)
    return found


small = st.integers(1, 4)
commands = st.sampled_from(sorted(TABLE.commands, key=lambda kind: kind.name)).flatmap(
    lambda kind: st.tuples(
        st.just(kind),
        values_of(
            kind,
            at=st.none() | near,
            entry=small,
            request=small,
            version=small,
            step=st.just("course"),
            path=st.sampled_from(["online", "classroom"]),
            on=near.map(datetime.date),
            expires_on=st.dates(date(2026, 1, 1), date(2030, 1, 1)),
        ),
    )
)
completions = values_of(
    Completion,
    training=st.sampled_from([each.code for each in TRAININGS]),
    at=near,
    on=st.none(),
    recorded_at=near,
)
people = values_of(Learner, id=st.sampled_from(["ann", "zoe"]), manager_id=st.none())


@contextmanager
def two_stores() -> Iterator[tuple[MemoryStore, SqliteStore]]:
    with TemporaryDirectory() as folder, SqliteStore.create(Path(folder, "a.db")) as sqlite:
        memory = MemoryStore()
        for store in (memory, sqlite):
            store.put_trainings(TRAININGS)
            store.put_certifications((FIRE, FORK))
            store.put_learners([Learner(id="ann"), Learner(id="bo")])
        yield memory, sqlite


def everything_can_be_read(store: Any) -> bytes:
    """Ask for all there is, and return the file of all records."""
    service = Service(store=store, sources=store)
    for known_at in (None, LATER):
        list(service.statuses(actor=EVA, at=LATER, known_at=known_at))
    for learner in ("ann", "bo"):
        service.transcript(learner=learner, actor=EVA)
        for code in ("FIRE-1", "FORK-1"):
            service.history(learner=learner, certification=code, actor=EVA, at=LATER)
            service.explain(learner=learner, certification=code, actor=EVA, at=LATER)
    list(service.audit(actor=EVA, at=LATER))  # a `because` may name what is not there
    service.sweep(actor=EVA, now=LATER)
    for format_ in (CIVICA, UNIFYR):
        service.export(BytesIO(), format=format_, actor=EVA, at=LATER)
    service.export_statuses(BytesIO(), actor=EVA, at=LATER)
    service.export_history(BytesIO(), actor=EVA, at=LATER)
    out = BytesIO()
    export_records(out, actor=EVA, store=store)
    return out.getvalue()


def all_say_the_same(memory: MemoryStore, sqlite: SqliteStore) -> None:
    written = everything_can_be_read(memory)
    assert everything_can_be_read(sqlite) == written
    again = MemoryStore()
    again.put_trainings(TRAININGS)
    again.put_certifications((FIRE, FORK))
    load_records(BytesIO(written), actor=EVA, now=LATER, store=again)
    assert everything_can_be_read(again) == written
    assert dump(again) == dump(memory)


def made(kind: type[Any], values: dict[str, Any]) -> Any:
    """Return a value, or None where it is refused: by the one typed error, never another one."""
    try:
        return kind(**values)
    except InvalidValueError:
        return None


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["ann", "bo"]),
            st.sampled_from(["FIRE-1", "FORK-1"]),
            commands | completions,
        ),
        min_size=1,
        max_size=6,
    )
)
def test_commands_and_completions(steps: list[tuple[str, str, Any]]) -> None:
    with two_stores() as (memory, sqlite):
        services = [Service(store=each, sources=each) for each in (memory, sqlite)]
        for learner, certification, step in steps:
            kind, values = step if isinstance(step, tuple) else (Completion, step)
            value = made(kind, values)
            if value is None:
                continue
            outcomes = []
            for service in services:
                try:
                    if kind is Completion:
                        service.record([value], learner=learner, actor=EVA, now=NOW)
                    else:
                        service.perform(
                            value, learner=learner, certification=certification, actor=EVA, now=NOW
                        )
                    outcomes.append("")
                except CertlibError as error:
                    outcomes.append(str(error))
            assert outcomes[0] == outcomes[1]
        all_say_the_same(memory, sqlite)


@given(st.lists(people, min_size=1, max_size=3))
def test_people(drawn: list[dict[str, Any]]) -> None:
    with two_stores() as (memory, sqlite):
        for values in drawn:
            person = made(Learner, values)
            if person is not None:
                with suppress(StoreError):  # half a character in an email
                    sqlite.put_learners([person])
                    memory.put_learners([person])
        all_say_the_same(memory, sqlite)


@given(values_of(StruckCompletion, completion=completions.map(lambda each: made(Completion, each))))
def test_strikes(values: dict[str, Any]) -> None:
    struck = made(StruckCompletion, values)
    if struck is not None:
        assert isinstance(struck.completion, Completion)
        assert struck.struck_at.tzinfo is UTC


def test_the_defects_that_were_found() -> None:
    """D-26: each of these was accepted; the first ended every list, sweep, export and audit."""
    refused: tuple[tuple[str, dict[str, Any]], ...] = (
        ("award", {"score": 93}),
        ("award", {"on": NOW}),
        ("award", {"score": "9\ud800"}),
        ("record_exam", {"passed": "false"}),
        ("extend_certificate", {"until": NOW}),
        ("assign", {"reason": "\ud800"}),
        ("assign", {"import_row": 2**63}),
    )
    for name, values in refused:
        kind = next(each for each in TABLE.commands if each.name == name)
        with pytest.raises(InvalidValueError, match=f"^{kind.__name__}\\.{next(iter(values))} is "):
            kind(**values)
