"""The quick ways of reading and matching rows find what the careful way finds, row by row."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
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
from certlib.errors import ImportFileError, InvalidValueError
from certlib.io import (
    FORMATS,
    UNIFYR,
    Duplicates,
    Format,
    ImportOptions,
    Preview,
    PreviewedRow,
    Progress,
)
from certlib.io._imports import accepted, classify, fast, repeats
from certlib.io._imports import reading as reading_module
from certlib.io._imports.accepted import AcceptedClaims, Ending, EndKind
from certlib.io._imports.job import ImportJob, RowPlan
from certlib.io._imports.reading import ClaimReader
from certlib.io._imports.repeats import KeySet
from certlib.io._tables.cells import Flaw, restore
from certlib.io._tables.writer import Writer
from certlib.io.formats import KNOWLEDGE_ANYWHERE, Repeats
from certlib.io.formats._civica import CIVICA
from certlib.io.formats._claims import AwardClaim, RowClaim
from certlib.io.formats._columns import RowFlaw
from certlib.io.formats._docebo import DOCEBO
from certlib.io.formats._go1 import GO1
from certlib.learners import Learner
from certlib.periods import day_in
from certlib.policies import Forever
from certlib.ports import Change, IdentifierKind, Outcome
from certlib.requirements import Completed
from certlib.state import TABLE, Accepted, Case, decide
from certlib.state.commands import Award
from certlib.transcript import Completion, Transcript
from tests.hosts import EVA, FORK, NOW, TRAININGS, make_service, make_store
from tests.hosts import PEOPLE as PERSONS
from tests.io.uploads import applied, upload
from tests.io.vendor_files import CRANE, FailingStore, file_of, service_of
from tests.strategies import policies

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
    return all_agree(service, source, UNIFYR, actor=actor, **options)[0]


def all_agree(
    service: Service, source: BytesIO, of: Format, *, actor: Actor = EVA, **options: Any
) -> tuple[Preview, list[PreviewedRow]]:
    """Return what a preview finds: the same fast, one by one, and where nobody looks at rows."""
    fast = looked_at(service, source, of, actor=actor, **options)
    one_by_one = evolve(of, claim_columns=None)
    assert fast == looked_at(service, source, one_by_one, actor=actor, **options)
    alone = service.preview_import(
        source, format=of, actor=actor, now=NOW, options=ImportOptions(**options)
    )
    assert alone == fast[0]
    return fast


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
        patched.setattr(repeats, "KeySet", partial(KeySet, room))
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


# --- all formats --------------------------------------------------------------------------------

WHO = ("ann", "ann", "bo", "Bo", "cem", "eva", "zoe", "twin", "nobody", "", "first.learner")
CODES = ("FORK-1", "fork-1", "FAR-1", "CARD-1", "ASK-1", "Forklift driver", "nothing", "")
DATES = (
    "2026-01-05", "2026-01-06", "2026-11-20", "2026-11-21", "2026-11-22", "2019-12-31", "1900-01-01",
    "29.02.2024", "soon", "",
)  # fmt: skip
TIMES = ("", "", " 09:30", "T23:59:59", " 00:00", " 02:30", " 24:00")
SCORES = ("", "", "87", "87.5", "100", "101", "A")
ENDS = ("", "", "2026-12-31", "2026-01-06", "2026-01-08", "2030-06-01", "9000-12-31", "1999-01-01")


VARIANTS = (
    *FORMATS,
    *(
        evolve(of, repeats=repeats)
        for of in FORMATS
        for repeats in Repeats
        if repeats is not of.repeats
    ),
)
"""The formats, and the same with other meanings of rows that repeat others."""


def drawn(*texts: str) -> st.SearchStrategy[str]:
    return st.sampled_from(texts)


EMAILS = drawn(*WHO).map(lambda who: f"{who}@example.{'com' if '.' in who else 'org'}")
ROWS: dict[str, st.SearchStrategy[tuple[str, ...]]] = {
    "unifyr": st.tuples(EMAILS, drawn(*KINDS), drawn("FORK", *CODES), drawn(*DATES)),
    "civica": st.tuples(
        drawn(*WHO),
        drawn(*CODES),
        st.builds(str.__add__, drawn(*DATES), drawn(*TIMES)),
        drawn(*SCORES),
        drawn(*ENDS),
    ),
    "docebo": st.tuples(
        drawn(*WHO), drawn(*CODES), drawn(*DATES), drawn("yes", "no", "no", "?"), drawn(*ENDS),
        drawn("external", "x" * 101, ""),
    ),
    "go1": st.tuples(
        EMAILS,
        drawn(*CODES),
        drawn("assigned", "Self-directed", "given"),
        drawn("not-started", "in-progress", "completed", "lost"),
        drawn(*SCORES),
        drawn("", "", "yes", "no"),
        drawn("", *DATES),
        drawn("", *DATES),
        drawn("", "", "2026-12-24", "2027-01-31", "9000-12-31"),
    ),
    "knowledge-anywhere": st.tuples(EMAILS),
}  # fmt: skip
RIGHT: dict[str, st.SearchStrategy[tuple[str, ...]]] = {
    "civica": st.tuples(
        drawn("ann", "bo", "zoe"), drawn("FORK-1", "FAR-1"),
        st.builds(str.__add__, drawn("2026-01-05", "2026-11-20", "2026-11-21"), drawn(*TIMES[:4])),
        drawn(*SCORES[:5]), drawn("", "2026-12-31"),
    ),
    "docebo": st.tuples(
        drawn("ann", "bo", "zoe"), drawn("FORK-1", "FAR-1"),
        drawn("2026-01-05", "2026-11-20", "2026-11-21"),
        drawn("no"), drawn("2026-12-31", "2030-01-01"), drawn("external"),
    ),
    "go1": st.tuples(
        drawn("ann@example.org", "bo@example.org", "zoe@example.org"),
        drawn("FORK-1", "FAR-1", "ASK-1"),
        drawn("assigned", "self-directed"),
        drawn("not-started", "in-progress"),
        drawn(""), drawn(""), drawn(""), drawn(""), drawn("", "2026-12-24"),
    ),
}  # fmt: skip
ZONES = st.sampled_from(("UTC", "Pacific/Auckland", "Pacific/Honolulu", "Europe/Madrid"))


def hosts(zone: str) -> FailingStore:
    """Return a store of which one certification is in a zone of its own."""
    store = FailingStore()
    version = CRANE.versions[0]
    abroad = evolve(version, policy=evolve(version.policy, time_zone=zone))
    ask = evolve(CRANE, code="ASK-1", name="Ask", eligibility=Completed(training="DAY"))
    store.put_certifications([evolve(CRANE, code="FAR-1", name="Far", versions=(abroad,)), ask])
    store.put_learners([Learner(id="zoe", email="zoe@example.org", username="zoe")])
    return store


def applied_to(
    service: Service, source: BytesIO, of: Format, progress: Progress | None = None, **options: Any
) -> None:
    service.apply_import(
        source,
        format=of,
        actor=EVA,
        now=NOW,
        options=ImportOptions(**options),
        progress=progress,
    )


def written(of: Format, rows: Sequence[Sequence[str]]) -> bytes:
    writer = Writer(neutral=False)
    heading = [column.heading for column in of.columns]
    return "".join(map(writer.write_row, [heading, *rows])).encode()


@pytest.mark.parametrize("of", VARIANTS, ids=lambda of: f"{of.name}, {of.repeats}")
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_every_format_is_read_fast_as_it_is_one_by_one(of: Format, data: st.DataObject) -> None:
    draw = data.draw
    service = service_of(hosts(draw(ZONES, "zone of a certification")))
    right = RIGHT.get(of.name, ROWS[of.name])
    options: dict[str, Any] = {"time_zone": draw(ZONES, "zone")}
    if of.of_one_certification:
        options["certification"] = draw(st.sampled_from((None, "FAR-1", "ASK-1", "nothing")))
    if of.repeats is Repeats.CHOSEN:
        options["duplicates"] = draw(st.sampled_from(Duplicates))
    before = draw(st.lists(right, max_size=4), "what was imported before")
    applied_to(service, BytesIO(written(of, before)), of, **options)
    rows = draw(st.lists(right | ROWS[of.name], max_size=30), "rows")
    actor = draw(st.sampled_from((EVA, EVA, ANN, NORTH, ONLY_FORK)))
    limits = [draw(st.sampled_from((1, 3, 1000))) for _ in range(5)]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(classify, "CHUNK", limits[0])
        patched.setattr(fast, "MOST", limits[1])
        patched.setattr(fast, "DETAILS", limits[2])
        patched.setattr(accepted, "MOST", limits[3])
        patched.setattr(reading_module, "MOST", limits[4])
        all_agree(service, BytesIO(written(of, rows)), of, actor=actor, **options)


@pytest.mark.parametrize("of", FORMATS, ids=lambda of: of.name)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_so_are_damaged_files(of: Format, data: st.DataObject) -> None:
    right = RIGHT.get(of.name, ROWS[of.name])
    rows = data.draw(st.lists(right, min_size=5, max_size=30))
    text = written(of, rows)
    for _ in range(data.draw(st.integers(1, 5))):
        place = data.draw(st.integers(0, len(text)))
        damage = data.draw(st.sampled_from((b"", b'"', b",", b";", b"\r\n", b"\0", b"\xff", b"'")))
        text = text[:place] + damage + text[place + data.draw(st.integers(0, 3)) :]
    service = service_of(hosts("Europe/Madrid"))
    options: dict[str, Any] = {"certification": "CRANE-1"} if of.of_one_certification else {}
    one_by_one = evolve(of, claim_columns=None)
    found = [outcome_of(service, text, each, **options) for each in (of, one_by_one)]
    assert found[0] == found[1]


def outcome_of(service: Service, text: bytes, of: Format, **options: Any) -> object:
    """Return what a preview finds, or what is wrong with the file as a whole."""
    try:
        return looked_at(service, BytesIO(text), of, **options)
    except ImportFileError as error:
        return error.problems


@pytest.mark.parametrize("of", FORMATS, ids=lambda of: of.name)
def test_an_interrupted_import_of_any_format_is_looked_at_as_if_it_had_not_begun(
    of: Format,
) -> None:
    rows = {
        "unifyr": [f"{who}@example.org,certification,CRANE-1,2026-01-05" for who in ("ann", "bo")],
        "civica": [f"{who},CRANE-1,2026-01-05 09:30,87," for who in ("ann", "bo")],
        "docebo": [f"{who},CRANE-1,2026-01-05,yes,,external" for who in ("ann", "bo")],
        "go1": [f"{who}@example.org,CRANE-1,assigned,in-progress,,,,," for who in ("ann", "bo")],
        "knowledge-anywhere": [f"{who}@example.org" for who in ("ann", "bo")],
    }[of.name]
    store = hosts("UTC")
    options: dict[str, Any] = {"certification": "CRANE-1"} if of.of_one_certification else {}

    def stop(_done: int, _all: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        applied_to(service_of(store), file_of(of, *rows), of, stop, **options)
    found, _ = all_agree(service_of(store), file_of(of, *rows), of, **options)
    assert found.resumes is not None
    assert found.new == 2


class CountingReader(ClaimReader):
    """Counts the rows that are read one by one."""

    count = 0

    def read(self, cells: Sequence[str]) -> RowClaim | RowFlaw:
        CountingReader.count += 1
        return super().read(cells)


@pytest.mark.parametrize("of", FORMATS, ids=lambda of: of.name)
def test_most_rows_are_not_read_one_by_one(of: Format, monkeypatch: pytest.MonkeyPatch) -> None:
    """New rows and known ones alike, once their texts have come up."""
    rows = {
        "unifyr": lambda n: f"p{n}@example.org,certification,CRANE-1,2026-01-0{n % 9 + 1}",
        "civica": lambda n: (
            f"p{n},CRANE-1,2026-01-0{n % 9 + 1} 09:{n % 60:02},{n % 101},2030-01-01"
        ),
        "docebo": lambda n: f"p{n},CRANE-1,2026-01-0{n % 9 + 1},no,2030-01-01,type {n}",
        "go1": lambda n: f"p{n}@example.org,CRANE-1,assigned,not-started,,,,,2026-12-2{n % 9}",
        "knowledge-anywhere": lambda n: f"p{n}@example.org",
    }[of.name]
    people = [Learner(id=f"p{n}", email=f"p{n}@example.org", username=f"p{n}") for n in range(200)]
    store = hosts("UTC")
    store.put_learners(people)
    service = service_of(store)
    options = ImportOptions(certification="CRANE-1" if of.of_one_certification else None)
    monkeypatch.setattr(classify, "ClaimReader", CountingReader)
    monkeypatch.setattr(classify, "CHUNK", 20)
    source = file_of(of, *map(rows, range(200)))
    for new, known in ((200, 0), (0, 200)):
        CountingReader.count = 0
        found = service.preview_import(source, format=of, actor=EVA, now=NOW, options=options)
        assert (found.new, found.already_completed) == (new, known)
        assert CountingReader.count <= (20 if new else 0)
        service.apply_import(source, format=of, actor=EVA, now=NOW, options=options)


def row_by_row(
    monkeypatch: pytest.MonkeyPatch, of: Format, *rows: str, **options: Any
) -> list[tuple[Outcome, str]]:
    """Return the outcomes of rows that are looked at one after the other, and the codes of errors."""
    monkeypatch.setattr(classify, "CHUNK", 1)
    service = service_of(hosts("UTC"))
    applied(service, upload("ann@example.org,course,DAY,2026-01-05"))
    _, found = all_agree(service, file_of(of, *rows), of, **options)
    return [(each.outcome, each.problem.code if each.problem else "") for each in found]


NEW = (Outcome.NEW, "")


def test_what_was_accepted_for_the_active_is_not_for_the_inactive(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = [f"{who}@example.org" for who in ("bo", "zoe", "cem")]
    found = row_by_row(monkeypatch, KNOWLEDGE_ANYWHERE, *rows, certification="CRANE-1")
    assert found == [NEW, NEW, (Outcome.ERROR, "inactive_learner")]


def test_who_may_enroll_is_asked_for_each_learner(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [f"{who}@example.org,ASK-1,self-directed,not-started,,,,," for who in ("ann", "bo")]
    assert row_by_row(monkeypatch, GO1, *rows) == [NEW, (Outcome.ERROR, "refused")]


def test_a_column_that_is_kept_may_have_to_be_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        f"{who}@example.org,CRANE-1,assigned,in-progress,{result},,,,"
        for who, result in (("ann", ""), ("bo", "87"), ("zoe", ""))
    ]
    assert row_by_row(monkeypatch, GO1, *rows) == [NEW, (Outcome.ERROR, "bad_value"), NEW]


def test_a_completed_enrollment_is_an_award(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        f"{who}@example.org,CRANE-1,assigned,completed,,,,2026-0{month}-05,"
        for month, who in ((1, "ann"), (2, "bo"), (3, "zoe"))
    ]
    assert row_by_row(monkeypatch, GO1, *rows) == [NEW] * 3


@pytest.mark.parametrize("missing", [{"kind": None}, {"on": None}])
def test_a_kind_and_a_day_come_together(missing: dict[str, Any]) -> None:
    columns = UNIFYR.claim_columns
    assert columns is not None
    with pytest.raises(InvalidValueError, match="both of them or none"):
        evolve(columns, **missing)


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


def job_of(certification: Certification, table: object = TABLE) -> ImportJob:
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


ALWAYS = Ending(EndKind.ALWAYS_VALID)


def is_accepted(accepted: AcceptedClaims, plan: RowPlan, certification: Certification) -> bool:
    timed = plan.at is not None
    return accepted.accepts(plan.claim, certification.code, plan.on, active=True, timed=timed)


def command_of(plan: RowPlan) -> Award:
    claim = plan.claim
    assert isinstance(claim, AwardClaim)
    return Award(
        at=plan.at,
        on=None if plan.at else plan.on,
        expires_on=claim.expires_on,
        always_valid=claim.always_valid,
    )


ENDINGS: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just({}),
    st.just({"always_valid": True}),
    st.dates(date(1900, 1, 1), date(9000, 12, 31)).map(lambda day: {"expires_on": day}),
    st.dates(date(2020, 1, 1), date(2040, 1, 1)).map(lambda day: {"expires_on": day}),
)
DAYS_BEFORE = st.dates(date(1900, 1, 1), NOW.date() - timedelta(2))


@st.composite
def plans(draw: st.DrawFn) -> RowPlan:
    """Draw an award of some day, at some time of it or at none, with some end or with none."""
    at: datetime | None = None
    on = draw(DAYS_BEFORE)
    if draw(st.booleans()):
        at = datetime.combine(on, draw(st.times()), tzinfo=UTC)
    return evolve(plan_of(on, **draw(ENDINGS)), at=at)


@settings(max_examples=150, deadline=None)
@given(
    certification=awarded(),
    plans=st.lists(plans(), min_size=2, max_size=12),
    explored=st.booleans(),
)
def test_what_is_accepted_by_memory_is_accepted(
    certification: Certification, plans: list[RowPlan], explored: bool
) -> None:
    accepted = AcceptedClaims(job_of(certification))
    for each in plans:
        on = each.on if each.at is None else day_in(certification.zone, each.at)
        plan = evolve(each, on=on)
        case = Case.blank(learner=Learner(id=f"someone-{on}"), certification=certification)
        decision = decide(case, command_of(plan), actor=EVA, now=NOW)
        if is_accepted(accepted, plan, certification):
            assert isinstance(decision, Accepted)
        if isinstance(decision, Accepted):
            (accepted.explore if explored else accepted.learn)(plan, case, [decision])


@settings(max_examples=100, deadline=None)
@given(
    certification=awarded(),
    days=st.lists(DAYS_BEFORE, min_size=2, max_size=12),
    always_valid=st.booleans(),
)
def test_what_is_accepted_after_asking_about_days_far_off_is_accepted(
    certification: Certification, days: list[date], always_valid: bool
) -> None:
    awards = AcceptedClaims(job_of(certification))
    case = Case.blank(learner=Learner(id="ann"), certification=certification)
    for on in days:
        decision = decide(case, Award(on=on, always_valid=always_valid), actor=EVA, now=NOW)
        if isinstance(decision, Accepted):
            awards.explore(plan_of(on, always_valid=always_valid), case, [decision])
    for on in days:
        decision = decide(case, Award(on=on, always_valid=always_valid), actor=EVA, now=NOW)
        accepted = awards.accepts_award("FORK-1", on, ALWAYS if always_valid else Ending())
        assert accepted is isinstance(decision, Accepted)


class TestAwards:
    ON = date(2025, 1, 1)
    CASE = Case.blank(learner=Learner(id="ann"), certification=FORK)

    def learned(self, *plans: RowPlan, job: ImportJob | None = None) -> AcceptedClaims:
        """Return what is known after these awards were accepted."""
        accepted = AcceptedClaims(job or job_of(FORK))
        for plan in plans:
            accepted.learn(plan, self.CASE, [self.decision(plan)])
        return accepted

    def explored(self, *plans: RowPlan, job: ImportJob | None = None) -> AcceptedClaims:
        """Return what is known after these awards were accepted, and far days asked about."""
        accepted = AcceptedClaims(job or job_of(FORK))
        for plan in plans:
            accepted.explore(plan, self.CASE, [self.decision(plan)])
        return accepted

    def decision(self, plan: RowPlan) -> Accepted:
        decision = decide(self.CASE, command_of(plan), actor=EVA, now=NOW)
        assert isinstance(decision, Accepted)
        return decision

    def test_nothing_is_known_at_first(self) -> None:
        assert not is_accepted(self.learned(), plan_of(self.ON), FORK)

    def test_only_the_days_between(self) -> None:
        awards = self.learned(plan_of(self.ON))
        assert awards.accepts_award("FORK-1", self.ON)
        assert not awards.accepts_award("FORK-1", self.ON - timedelta(1))
        assert not awards.accepts_award("FORK-1", self.ON + timedelta(1))
        assert not awards.accepts_award("FORK-1", self.ON, ALWAYS)
        assert not awards.accepts_award("FORK-2", self.ON)

    def test_one_that_comes_up_again_is_known_between_its_first_and_last_days(self) -> None:
        once = self.explored(plan_of(self.ON))
        assert not once.accepts_award("FORK-1", self.ON + timedelta(1))
        twice = self.explored(plan_of(self.ON), plan_of(self.ON))
        for on in (date(1900, 1, 1), date(2020, 1, 1), NOW.date()):
            assert twice.accepts_award("FORK-1", on)
        assert not twice.accepts_award("FORK-1", NOW.date() + timedelta(1))
        thrice = self.explored(*[plan_of(self.ON)] * 3)
        assert thrice.accepts_award("FORK-1", self.ON)

    def test_so_is_one_at_a_time_of_a_day(self) -> None:
        at = evolve(plan_of(self.ON), at=datetime(2025, 1, 1, 9, tzinfo=UTC))
        assert not is_accepted(self.explored(at), at, FORK)
        twice = self.explored(at, at)
        assert is_accepted(twice, at, FORK)
        assert is_accepted(twice, plan_of(NOW.date()), FORK)
        for days in (0, 1):
            near = evolve(at, on=NOW.date() - timedelta(days))
            assert not is_accepted(twice, near, FORK)

    def test_and_one_with_a_last_valid_day(self) -> None:
        until = plan_of(self.ON, expires_on=date(2027, 1, 1))
        assert not is_accepted(self.learned(until), plan_of(self.ON), FORK)
        assert is_accepted(self.learned(until), until, FORK)
        later = plan_of(self.ON, expires_on=date(2027, 1, 2))
        assert not is_accepted(self.learned(until), later, FORK)
        twice = self.explored(until, until)
        assert is_accepted(twice, later, FORK)
        for days, known in ((-1, False), (0, False), (2, False), (3, True)):
            plan = plan_of(self.ON, expires_on=self.ON + timedelta(days))
            assert is_accepted(twice, plan, FORK) is known
        assert not is_accepted(twice, plan_of(self.ON, expires_on=date(9000, 12, 31)), FORK)

    def test_a_table_of_a_host_is_asked_each_time(self) -> None:
        job = job_of(FORK, evolve(TABLE))
        assert not is_accepted(self.learned(plan_of(self.ON), job=job), plan_of(self.ON), FORK)
        explored = self.explored(*[plan_of(self.ON)] * 2, job=job)
        assert not is_accepted(explored, plan_of(self.ON), FORK)

    def test_so_is_a_rule_of_validity_of_a_host(self) -> None:
        class Own(Forever):
            """May ask more than the built-in rules."""

        policy = evolve(FORK.versions[0].policy, validity=Own())
        fork = evolve(FORK, versions=(evolve(FORK.versions[0], policy=policy),))
        case = evolve(self.CASE, certification=fork)
        accepted = AcceptedClaims(job_of(FORK))
        for _ in range(2):
            plan = plan_of(self.ON)
            decision = decide(case, command_of(plan), actor=EVA, now=NOW)
            assert isinstance(decision, Accepted)
            accepted.explore(plan, case, [decision])
        assert not is_accepted(accepted, plan_of(self.ON), fork)


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
