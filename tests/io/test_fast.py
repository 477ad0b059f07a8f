"""The quick ways of reading and matching rows find what the careful way finds, row by row."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import partial
from io import BytesIO
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from certlib import Actor, Service
from certlib.actors import Role, Scope
from certlib.adapters.memory import MemoryStore
from certlib.certifications import Certification, Version
from certlib.io import UNIFYR, Format, ImportOptions, Preview, PreviewedRow
from certlib.io.formats.civica import CIVICA
from certlib.io.formats.claims import AwardClaim, RowClaim
from certlib.io.formats.columns import RowFlaw
from certlib.io.formats.docebo import DOCEBO
from certlib.io.formats.go1 import GO1
from certlib.io.imports import classify, fast
from certlib.io.imports import reading as reading_module
from certlib.io.imports.awards import Awards
from certlib.io.imports.job import ImportJob, RowPlan
from certlib.io.imports.reading import ClaimReader
from certlib.io.imports.repeats import KeySet
from certlib.io.tables.cells import Flaw, restore
from certlib.learners import Learner
from certlib.ports import Change, IdentifierKind, Outcome
from certlib.state import TABLE, Accepted, Case, decide
from certlib.state.commands import Award
from certlib.transcript import Completion, Transcript
from tests.hosts import EVA, FORK, NOW, TRAININGS, make_service, make_store
from tests.hosts import PEOPLE as PERSONS
from tests.io.uploads import applied, upload
from tests.strategies import policies

CAREFUL = evolve(UNIFYR, plain=None)
"""The same format, whose rows all go the careful way."""
NORTH = Actor(role=Role.ADMIN, id="olaf", scope=Scope.organizations("north"))
ONLY_FORK = Actor(role=Role.ADMIN, id="olaf", scope=Scope.certifications("FORK-1"))
ANN = Actor.parse("admin:ann")

PEOPLE = (
    "ann@example.org", " ANN@example.org", "bo@example.org", "cem@example.org", "eva@example.org",
    "twin@example.org", "nobody@example.org", "no email", "", "\N{KELVIN SIGN}im@example.org",
    "first.learner@example.com", "'=1+1@example.org", "a" * 300,
)  # fmt: skip
KINDS = ("course", "module", "Certification", " COURSE ", "webinar", "")
NAMES = (
    "FORK", "fork", "DAY", "1042", "Day", "M1", "FORK-1", "FIRE-1", "Forklift driver", "Example course",
    "nothing", "", "x" * 200,
)  # fmt: skip
DAYS = (
    "2026-01-05", "2026-01-06", "2025-06-01", "2019-01-01", "2026-11-21", "2026-11-22", "2024-02-29",
    "29/02/2024", "", "soon", "1900-01-01",
)  # fmt: skip
CELLS = st.tuples(*map(st.sampled_from, (PEOPLE, KINDS, NAMES, DAYS)))


def looked_at(
    service: Service, source: BytesIO, of: Format, *, actor: Actor = EVA, **options: Any
) -> tuple[Preview, list[PreviewedRow]]:
    rows: list[PreviewedRow] = []
    found = service.preview_import(
        source,
        format=of,
        actor=actor,
        now=NOW,
        options=ImportOptions(**options),
        look=rows.append,
    )
    return found, rows


def agree(service: Service, source: BytesIO, actor: Actor = EVA, **options: Any) -> Preview:
    quick = looked_at(service, source, UNIFYR, actor=actor, **options)
    assert quick == looked_at(service, source, CAREFUL, actor=actor, **options)
    alone = service.preview_import(
        source, format=UNIFYR, actor=actor, now=NOW, options=ImportOptions(**options)
    )
    assert alone == quick[0]
    return alone


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(CELLS, max_size=30),
    actor=st.sampled_from((EVA, NORTH, ONLY_FORK, ANN)),
    zone=st.sampled_from(("UTC", "Pacific/Auckland", "Pacific/Honolulu")),
    chunk=st.sampled_from((1, 3, 1000)),
)
def test_plain_rows_are_what_they_are_carefully(
    rows: list[tuple[str, ...]], actor: Actor, zone: str, chunk: int
) -> None:
    service = make_service()
    applied(service, upload("ann@example.org,course,FORK,2025-06-01"))
    applied(service, upload("bo@example.org,certification,FORK-1,2025-06-01"))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(classify, "CHUNK", chunk)
        source = upload(*(",".join(cells) for cells in rows), "bo@example.org,course,DAY")
        agree(service, source, actor, time_zone=zone)


WHENS = st.sampled_from((
    date(2026, 1, 4), date(2026, 1, 5), date(2026, 1, 6),
    datetime(2026, 1, 5, 11, 30, tzinfo=UTC), datetime(2026, 1, 4, 23, tzinfo=UTC),
))  # fmt: skip
KNOWN = st.tuples(st.sampled_from(("ann", "bo")), st.sampled_from(("FORK", "DAY")), WHENS)
USUAL = st.tuples(
    st.sampled_from(("ann@example.org", "bo@example.org", "Ann@example.org ", "no@example.org")),
    st.sampled_from(("course", "course", "course", "certification")),
    st.sampled_from(("FORK", "DAY", "FORK-1")),
    st.sampled_from(("2026-01-04", "2026-01-05", "2026-01-06")),
)


def completion(training: str, when: date) -> Completion:
    if isinstance(when, datetime):
        return Completion(training=training, at=when, recorded_at=NOW)
    return Completion.dated(training, when, recorded_at=NOW)


@settings(max_examples=80, deadline=None)
@given(
    rows=st.lists(USUAL | CELLS, max_size=40),
    known=st.lists(KNOWN, max_size=8),
    actor=st.sampled_from((EVA, NORTH)),
    zone=st.sampled_from(("UTC", "Pacific/Auckland", "Pacific/Honolulu")),
    chunk=st.sampled_from((1, 2, 7, 1000)),
    most=st.sampled_from((0, 1, 3, 1000)),
    room=st.sampled_from((0, 1, 5, 1000)),
)
def test_so_they_are_whatever_is_known_remembered_and_forgotten(
    *,
    rows: list[tuple[str, ...]],
    known: list[tuple[str, str, date]],
    actor: Actor,
    zone: str,
    chunk: int,
    most: int,
    room: int,
) -> None:
    store = make_store()
    for learner, training, when in known:
        store.save([Change(learner=learner, completions=(completion(training, when),))])
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(classify, "CHUNK", chunk)
        patched.setattr(classify, "KeySet", partial(KeySet, room))
        patched.setattr(fast, "MOST", most)
        patched.setattr(fast, "COMPLETIONS", most)
        patched.setattr(reading_module, "MOST", max(most, 1))
        source = upload(*(",".join(cells) for cells in rows), "bo@example.org,course,DAY")
        agree(make_service(store), source, actor, time_zone=zone)


@pytest.mark.parametrize("chunk", [1, 2, 3, 1000])
@pytest.mark.parametrize("order", ["plain first", "careful first"])
def test_of_a_plain_row_and_a_careful_one_that_say_the_same_the_first_is_new(
    chunk: int, order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(classify, "CHUNK", chunk)
    quick = "ann@example.org,course,FORK,2026-01-05"
    careful = " " * 200 + quick  # a text that long is not remembered
    rows = [quick, careful, quick] if order == "plain first" else [careful, quick, quick]
    service, source = make_service(), upload(*rows, "bo@example.org,course,FORK,2026-01-05")
    assert agree(service, source).new == 2
    _, found = looked_at(service, source, UNIFYR)
    assert [each.outcome for each in found] == [
        Outcome.NEW,
        Outcome.ALREADY_COMPLETED,
        Outcome.ALREADY_COMPLETED,
        Outcome.NEW,
    ]


def test_what_somebody_completed_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classify, "CHUNK", 2)
    asked: list[str] = []

    class Counting(MemoryStore):
        def transcripts(self, learners: Collection[str]) -> Mapping[str, Transcript]:
            asked.extend(learners)
            return super().transcripts(learners)

    store = Counting()
    store.put_learners(PERSONS)
    store.put_trainings(TRAININGS)
    rows = [
        f"{who}@example.org,course,DAY,2026-01-0{n}" for n in (1, 2, 3) for who in ("ann", "bo")
    ]
    found = make_service(store).preview_import(upload(*rows), format=UNIFYR, actor=EVA, now=NOW)
    assert found.new == 6
    assert sorted(asked) == ["ann", "bo"]


def test_columns_in_another_order_and_others_among_them() -> None:
    heading = "Notes,Name,Date (yyyy-mm-dd),Email,Training Type"
    rows = (
        "x,FORK,2026-01-05,ann@example.org,course",
        "y,FORK-1,2026-01-05,bo@example.org,certification",
    )
    found = agree(make_service(), upload(*rows, heading=heading))
    assert (found.new, found.errors) == (2, 0)


def test_what_is_remembered_is_forgotten_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast, "MOST", 1)
    monkeypatch.setattr(reading_module, "MOST", 1)
    monkeypatch.setattr(classify, "CHUNK", 2)
    rows = [
        f"{who}@example.org,course,{what},{on}"
        for on in ("2026-01-05", "2026-01-06")
        for who in ("ann", "bo", "cem", "nobody")
        for what in ("FORK", "DAY", "DRILL")
    ]
    assert agree(make_service(), upload(*rows)).new == 18


def test_an_interrupted_import_is_looked_at_as_if_it_had_not_begun() -> None:
    rows = [
        "ann@example.org,course,FORK,2026-01-05",
        "bo@example.org,certification,FORK-1,2026-01-05",
        "cem@example.org,certification,FORK-1,2026-01-06",
    ]
    store = make_store()

    def stop(done: int, _all: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        applied(make_service(store), upload(*rows), progress=stop)
    found = agree(make_service(store), upload(*rows))
    assert found.resumes is not None
    assert found.new == 3


# --- cells --------------------------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(data=st.data(), of=st.sampled_from((UNIFYR, CIVICA, DOCEBO, GO1)))
def test_rows_are_read_as_one_by_one(data: st.DataObject, of: Format) -> None:
    texts = {cell for example in of.examples for cell in example} | {
        "",
        "yes",
        "x",
        "2024-02-30",
    }
    cell = st.sampled_from(sorted(texts)).flatmap(
        lambda text: st.sampled_from((text, f" {text}", f"'{text}", text.upper()))
    )
    reading = ClaimReader(of, "yyyy-mm-dd")
    for cells in data.draw(st.lists(st.tuples(*[cell] * len(of.columns)), max_size=8)):
        expected: RowClaim | RowFlaw = of.read(tuple(map(restore, cells)))
        assert reading.read(cells) == expected
        assert reading.read(cells) == expected


def test_a_flaw_is_read_afresh() -> None:
    (email, *_) = ClaimReader(UNIFYR, "yyyy-mm-dd").columns
    assert isinstance(UNIFYR.columns[0].parse("a" * 300), Flaw)
    assert email.fresh("a" * 300) is reading_module.CAREFUL
    assert len(email) == 0


# --- awards -------------------------------------------------------------------------------------


def work_of(certification: Certification, table: object = TABLE) -> ImportJob:
    store = MemoryStore()
    store.put_certifications([certification])
    return ImportJob(
        source=BytesIO(), format=UNIFYR, options=ImportOptions(), actor=EVA, now=NOW,
        sources=store, store=store, table=table,  # type: ignore[arg-type]
    )  # fmt: skip


def plan_of(on: date, **more: Any) -> RowPlan:
    claim = AwardClaim(
        identifier="ann", identified_by=IdentifierKind.ID, learner_column="a", name="c",
        name_column="b", on=on, date_column="c", **more,
    )  # fmt: skip
    return RowPlan(row=2, learner="ann", claim=claim, on=on, certification="FORK-1", kind_order=0)


@st.composite
def awarded(draw: st.DrawFn) -> Certification:
    published = draw(st.lists(st.dates(date(1990, 1, 1), date(2026, 1, 1)), min_size=1, max_size=3))
    return Certification(
        code="FORK-1",
        name="x",
        versions=tuple(
            Version(
                number=number,
                published_on=on,
                initial=FORK.versions[0].initial,
                policy=draw(policies),
            )
            for number, on in enumerate(sorted(published), start=1)
        ),
    )


@settings(max_examples=150, deadline=None)
@given(
    certification=awarded(),
    days=st.lists(st.dates(date(1900, 1, 1), NOW.date() - timedelta(2)), min_size=2, max_size=12),
    always_valid=st.booleans(),
)
def test_what_is_accepted_by_memory_is_accepted(
    certification: Certification, days: list[date], always_valid: bool
) -> None:
    awards = Awards(work_of(certification))
    for on in days:
        case = Case.blank(learner=Learner(id=f"someone-{on}"), certification=certification)
        decision = decide(case, Award(on=on, always_valid=always_valid), actor=EVA, now=NOW)
        if awards.accepts("FORK-1", on, always_valid=always_valid):
            assert isinstance(decision, Accepted)
        if isinstance(decision, Accepted):
            plan = plan_of(on, always_valid=always_valid)
            awards.learn(plan, [decision])
            assert awards.accepts_plan(plan)


@settings(max_examples=100, deadline=None)
@given(
    certification=awarded(),
    days=st.lists(st.dates(date(1900, 1, 1), NOW.date() - timedelta(2)), min_size=2, max_size=12),
    always_valid=st.booleans(),
)
def test_what_is_accepted_after_asking_about_days_far_off_is_accepted(
    certification: Certification, days: list[date], always_valid: bool
) -> None:
    awards = Awards(work_of(certification))
    case = Case.blank(learner=Learner(id="ann"), certification=certification)
    for on in days:
        decision = decide(case, Award(on=on, always_valid=always_valid), actor=EVA, now=NOW)
        if isinstance(decision, Accepted):
            awards.explore(plan_of(on, always_valid=always_valid), case, [decision])
    for on in days:
        decision = decide(case, Award(on=on, always_valid=always_valid), actor=EVA, now=NOW)
        accepted = awards.accepts("FORK-1", on, always_valid=always_valid)
        assert accepted is isinstance(decision, Accepted)


class TestAwards:
    ON = date(2025, 1, 1)

    def decision(self, **more: Any) -> Accepted:
        case = Case.blank(learner=Learner(id="ann"), certification=FORK)
        decision = decide(case, Award(on=self.ON, **more), actor=EVA, now=NOW)
        assert isinstance(decision, Accepted)
        return decision

    def test_nothing_is_known_at_first(self) -> None:
        assert not Awards(work_of(FORK)).accepts_plan(plan_of(self.ON))

    def test_only_the_days_between(self) -> None:
        awards = Awards(work_of(FORK))
        awards.learn(plan_of(self.ON), [self.decision()])
        assert awards.accepts("FORK-1", self.ON)
        assert not awards.accepts("FORK-1", self.ON - timedelta(1))
        assert not awards.accepts("FORK-1", self.ON + timedelta(1))
        assert not awards.accepts("FORK-1", self.ON, always_valid=True)
        assert not awards.accepts("FORK-2", self.ON)

    def test_one_that_comes_up_again_is_known_between_its_first_and_last_days(self) -> None:
        awards = Awards(work_of(FORK))
        case = Case.blank(learner=Learner(id="ann"), certification=FORK)
        awards.explore(plan_of(self.ON), case, [self.decision()])
        assert not awards.accepts("FORK-1", self.ON + timedelta(1))
        awards.explore(plan_of(self.ON), case, [self.decision()])
        for on in (date(1900, 1, 1), date(2020, 1, 1), NOW.date()):
            assert awards.accepts("FORK-1", on)
        assert not awards.accepts("FORK-1", NOW.date() + timedelta(1))
        awards.explore(plan_of(self.ON), case, [self.decision()])
        assert awards.accepts("FORK-1", self.ON)

    def test_days_are_not_asked_about_where_nothing_can_be_remembered(self) -> None:
        awards = Awards(work_of(FORK, evolve(TABLE)))
        case = Case.blank(learner=Learner(id="ann"), certification=FORK)
        for _ in range(2):
            awards.explore(plan_of(self.ON), case, [self.decision()])
        assert not awards.accepts("FORK-1", self.ON)

    def test_an_instant_and_an_end_of_its_own_are_decided(self) -> None:
        awards = Awards(work_of(FORK))
        awards.learn(plan_of(self.ON), [self.decision()])
        until = plan_of(self.ON, expires_on=date(2027, 1, 1))
        at = evolve(plan_of(self.ON), at=datetime(2025, 1, 1, tzinfo=UTC))
        assert not awards.accepts_plan(until)
        assert not awards.accepts_plan(at)
        again = Awards(work_of(FORK))
        again.learn(until, [self.decision()])
        again.learn(at, [self.decision()])
        assert not again.accepts_plan(plan_of(self.ON))

    def test_a_table_of_a_host_is_asked_each_time(self) -> None:
        awards = Awards(work_of(FORK, evolve(TABLE)))
        awards.learn(plan_of(self.ON), [self.decision()])
        assert not awards.accepts_plan(plan_of(self.ON))


def test_who_has_an_enrollment_is_looked_at_carefully(monkeypatch: pytest.MonkeyPatch) -> None:
    service = make_service()
    applied(service, upload("bo@example.org,certification,FORK-1,2025-06-01"))
    monkeypatch.setattr(classify, "CHUNK", 2)
    rows = [
        f"{who}@example.org,certification,FORK-1,{on}"
        for who, on in (
            ("ann", "2025-01-01"),
            ("cem", "2026-08-01"),
            ("ann", "2025-06-01"),
            ("bo", "2025-06-01"),  # known
            ("bo", "2025-07-01"),
        )
    ]
    assert agree(service, upload(*rows)).already_completed == 1
