"""The quick ways of reading and matching rows find what the careful way finds, row by row."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
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
from certlib.io import UNIFYR, Format, ImportOptions, Preview, PreviewedRow, classify, plain
from certlib.io import reading as reading_module
from certlib.io.awards import Awards
from certlib.io.cells import Flaw, restore
from certlib.io.columns import RowFlaw
from certlib.io.formats.civica import CIVICA
from certlib.io.formats.docebo import DOCEBO
from certlib.io.formats.go1 import GO1
from certlib.io.reading import Reading
from certlib.io.wanted import AwardWanted, Wanted
from certlib.io.work import Plan, Work
from certlib.learners import Learner
from certlib.ports import IdentifierKind
from certlib.state import TABLE, Accepted, Case, decide
from certlib.state.commands import Award
from tests.hosts import EVA, FORK, NOW, make_service, make_store
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


def test_columns_in_another_order_and_others_among_them() -> None:
    heading = "Notes,Name,Date (yyyy-mm-dd),Email,Training Type"
    rows = (
        "x,FORK,2026-01-05,ann@example.org,course",
        "y,FORK-1,2026-01-05,bo@example.org,certification",
    )
    found = agree(make_service(), upload(*rows, heading=heading))
    assert (found.new, found.errors) == (2, 0)


def test_what_is_remembered_is_forgotten_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain, "MOST", 1)
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
    reading = Reading(of, "yyyy-mm-dd")
    for cells in data.draw(st.lists(st.tuples(*[cell] * len(of.columns)), max_size=8)):
        expected: Wanted | RowFlaw = of.read(tuple(map(restore, cells)))
        assert reading.read(cells) == expected
        assert reading.read(cells) == expected


def test_a_flaw_is_read_afresh() -> None:
    (email, *_) = Reading(UNIFYR, "yyyy-mm-dd").columns
    assert isinstance(UNIFYR.columns[0].parse("a" * 300), Flaw)
    assert email.fresh("a" * 300) is reading_module.CAREFUL
    assert len(email) == 0


# --- awards -------------------------------------------------------------------------------------


def work_of(certification: Certification, table: object = TABLE) -> Work:
    store = MemoryStore()
    store.put_certifications([certification])
    return Work(
        source=BytesIO(), format=UNIFYR, options=ImportOptions(), actor=EVA, now=NOW,
        sources=store, store=store, table=table,  # type: ignore[arg-type]
    )  # fmt: skip


def plan_of(on: date, **more: Any) -> Plan:
    wanted = AwardWanted(
        identifier="ann", identified_by=IdentifierKind.ID, learner_column="a", name="c",
        name_column="b", on=on, date_column="c", **more,
    )  # fmt: skip
    return Plan(row=2, learner="ann", wanted=wanted, on=on, certification="FORK-1", kind_order=0)


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
