"""certlib's own format carries everything, and is loaded whole or not at all (F7, F9)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from certlib import Actor, Learner, Service
from certlib.actors import Role, Scope
from certlib.adapters.memory import MemoryDatabase, MemoryStore
from certlib.adapters.sqlite import SqliteStore
from certlib.errors import ImportFileError, NotFoundError, RefusedError, StoreError
from certlib.io import UNIFYR, export_records, load_records
from certlib.io._exports.lines import HISTORY, SCHEMA, LineWriter
from certlib.learners import AttributeValue
from certlib.ports import Change, EnrollmentKey, ImportRecord, Outcome, RowOutcome, Undo
from certlib.serialize._records import RECORDS
from certlib.state import Notice
from certlib.transcript import Completion, Reset, StruckCompletion
from tests.dumps import dump
from tests.hosts import EVA, NOW
from tests.io.naughty import CONTROLS, NAUGHTY
from tests.io.populated import (
    AFTER,
    CATALOG,
    OPERATOR,
    as_made_once,
    fill,
    live,
    people,
    trainings,
)
from tests.io.uploads import upload

Made = Callable[[], Any]


@pytest.fixture(params=["memory", "sqlite"])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Made]:
    with ExitStack() as opened:
        count = iter(range(9))

        def make() -> Any:
            if request.param == "memory":
                return MemoryStore()
            return opened.enter_context(SqliteStore.create(tmp_path / f"{next(count)}.db"))

        yield make


def written(store: Any) -> bytes:
    out = BytesIO()
    export_records(out, actor=OPERATOR, store=store)
    return out.getvalue()


def empty(store: Any) -> Any:
    """Put the catalog, and nothing else, into a store."""
    fill(store, ())
    return store


def loaded(data: bytes, store: Any) -> Any:
    empty(store)
    return load_records(BytesIO(data), actor=OPERATOR, now=AFTER, store=store)


def told(learner: str, certification: str, day: int, **more: Any) -> Notice:
    at = datetime(2026, 3, day, tzinfo=UTC)
    kind = "certificate_expires_soon"
    return Notice(
        kind=kind,
        learner=learner,
        certification=certification,
        at=at,
        entry=1,
        about="expiry",
        certificate=day,
        **more,
    )


def populate(store: Any, *, count: int = 25, seed: int = 1) -> None:
    """Put everything there can be into an empty store."""
    as_made_once(store, ("all", count, seed), lambda: _populate(store, count=count, seed=seed))


def _populate(store: Any, *, count: int, seed: int) -> None:
    learners = people(count)
    service = fill(store, learners)
    live(store, learners, seed=seed)
    boss = evolve(learners[0], manager_id="p001", external_id="=x", groups=("a", "=b"))
    attributes: dict[str, AttributeValue] = {
        "birthday": date(1990, 2, 28),
        "level": 3,
        "hours": Decimal("1.50"),
    }
    store.put_learners([evolve(boss, active_since=NOW, attributes=attributes)])
    rows = [f"{each.email},course,A,2023-01-0{1 + n % 9}" for n, each in enumerate(learners)]
    service.apply_import(
        upload(*rows), format=UNIFYR, actor=EVA, now=AFTER, file_name="a\udcff,\n.csv"
    )
    (record,) = store.imports()
    store.save_undo(record.id, Undo(number=1, actor="admin:eva", at=AFTER, reason="=1", refused=1))
    first = store.import_rows(record.id, limit=1)[0]
    store.save([Change(learner=first.learner, key=f"{record.id}:{first.row}:undo")])
    failed = RowOutcome(
        import_id=record.id, row=999, learner="p001", outcome=Outcome.ERROR, note="no"
    )
    store.save([Change(learner="p001", outcome=failed, key=f"{record.id}:999")])
    unfinished = evolve(record, id="b-1", at=AFTER + timedelta(1), finished=False, undos=())
    store.save_import(unfinished)
    # Struck twice, and somebody who is gone.
    again = Completion(training="A", at=datetime(2021, 1, 1, 9, tzinfo=UTC), recorded_at=NOW)
    for reason in ("one", "two"):
        store.save([Change(learner="p003", completions=(again,))])
        struck = StruckCompletion(completion=again, struck_at=NOW, actor="admin:eva", reason=reason)
        store.save([Change(learner="p003", struck=(struck,))])
    resets = (
        Reset(training="A", at=NOW, recorded_at=NOW, actor="admin:eva", reason="again"),
        Reset(training="A", at=AFTER, on=date(2026, 3, 1), recorded_at=AFTER),
    )
    for learner in ("p004", "p005"):
        store.save([Change(learner=learner, resets=resets)])
    notices = {
        "p000": [told("p000", "C00", 1), told("p000", "C00", 2), told("p000", "C00", 3)],
        "p001": [told("p001", "C00", 4)],
    }
    store.save([Change(learner=id, notices=tuple(those)) for id, those in notices.items()])
    store.save([Change(learner="p000", notices=(told("p000", "C01", 5),))])
    store.save([Change(learner="p002", withheld=(told("p002", "C01", 5), told("p002", "C01", 6)))])
    claimed = store.claim(limit=2, now=AFTER, lease=AFTER + timedelta(1))
    store.acknowledge([claimed[0][0]])
    store.save([Change(learner="p000", withdrawn=(told("p000", "C00", 3), told("p000", "C01", 5)))])
    store.save([Change(learner="p000", withdrawn=(told("p000", "C00", 1),))])
    store.record_sweep(AFTER)


def without_index(text: str) -> Any:
    found = json.loads(text)
    del found["due"]
    for each in found["notices"]:
        each["state"] = each["state"].replace("claimed", "waiting")
    return found


class TestRoundTrip:
    """Written, loaded into an empty store, written again: the same file, and the same store."""

    def test_it_carries_everything(self, stores: Made) -> None:
        first, second = stores(), stores()
        populate(first)
        data = written(first)
        held = loaded(data, second)
        assert written(second) == data
        assert without_index(dump(second)) == without_index(dump(first))
        assert (held.learners, held.imports) == (25, 2)
        assert held.events == data.count(b'{"kind":"event"') > 100
        assert held.completions == data.count(b'{"kind":"completion"') > 20
        assert data.count(b'{"kind":"reset"') == 4
        (done, _) = second.imports()
        keys = {f"{done.id}:999", f"{done.id}:2", f"{done.id}:2:undo"}
        assert second.saved_answers({*keys, f"{done.id}:3:undo"}).keys() == keys

    def test_from_memory_to_sqlite_and_back(self, tmp_path: Path) -> None:
        first = MemoryStore()
        populate(first, seed=2)
        data = written(first)
        with SqliteStore.create(tmp_path / "a.db") as second:
            loaded(data, second)
            assert written(second) == data

    def test_of_many_pages(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("certlib.io._exports.records_file.PAGE", 3)
        monkeypatch.setattr("certlib.io._exports.load_records.PAGE", 3)
        first, second = MemoryStore(), MemoryStore()
        populate(first, seed=3)
        data = written(first)
        loaded(data, second)
        assert written(second) == data

    @pytest.mark.slow
    def test_every_answer_is_the_same_as_known_at_every_instant(self) -> None:
        first, second = MemoryStore(), MemoryStore()
        populate(first, seed=4)
        loaded(written(first), second)
        one, other = (Service(store=each, sources=each) for each in (first, second))
        for at in (
            datetime(year, month, 3, tzinfo=UTC) for year in range(2021, 2030) for month in (1, 7)
        ):
            for known_at in (None, at, at - timedelta(200)):
                asked = [
                    list(each.statuses(actor=OPERATOR, at=at, known_at=known_at))
                    for each in (one, other)
                ]
                assert asked[0] == asked[1]

    def test_an_audit_finds_nothing(self) -> None:
        first, second = MemoryStore(), MemoryStore()
        learners = people(25)
        fill(first, learners)
        live(first, learners, seed=5)
        loaded(written(first), second)
        before, after = (
            [
                finding.code
                for finding in Service(store=each, sources=each).audit(actor=OPERATOR, at=AFTER)
            ]
            for each in (first, second)
        )
        assert after == before

    def test_of_a_store_that_holds_nothing(self, stores: Made) -> None:
        data = written(empty(stores()))
        assert data.splitlines() == [
            b'{"schema":"certlib.records/1","tenant":"default"}',
            b'{"kind":"end","lines":0}',
        ]
        second = stores()
        loaded(data, second)
        assert written(second) == data

    @pytest.mark.slow
    def test_naughty_strings_in_every_text(self, stores: Made) -> None:
        first, second = stores(), stores()
        empty(first)
        texts = (*NAUGHTY, *CONTROLS)
        first.put_learners(
            Learner(
                id=f"p{number:03}",
                email=text,
                username=text,
                external_id=text,
                name=text,
                organization=text,
                groups=(text, text),
            )
            for number, text in enumerate(texts)
        )
        for number, text in enumerate(texts):
            note = text.encode(
                "utf-8", "replace"
            ).decode()  # no half characters in what people wrote
            name = note.replace("\0", "?")  # and no NUL in ids
            completion = Completion(
                training="A", at=NOW, recorded_at=NOW, actor=name, import_id=name
            )
            struck = StruckCompletion(completion=completion, struck_at=NOW, actor=name, reason=note)
            first.save([Change(learner=f"p{number:03}", completions=(completion,))])
            first.save(
                [Change(learner=f"p{number:03}", struck=(struck,), completions=(completion,))]
            )
            record = ImportRecord(
                id=f"i{number:03}",
                format=name,
                file_name=text,
                digest=name,
                purpose=name,
                actor=name,
                at=NOW,
                new=1,
                already_completed=2,
                errors=3,
            )
            first.save_import(record)
            first.save_undo(record.id, Undo(number=1, actor=name, at=NOW, reason=note))
            outcome = RowOutcome(import_id=record.id, row=2, learner=f"p{number:03}", note=name)
            first.save([Change(learner=f"p{number:03}", outcome=outcome, key=f"{record.id}:2")])
        data = written(first)
        assert data.isascii()
        assert len(data.splitlines()) == data.count(b"\n")
        loaded(data, second)
        assert written(second) == data
        assert without_index(dump(second)) == without_index(dump(first))


def changed(data: bytes, number: int, line: bytes | dict[str, Any] | None) -> bytes:
    """Return a file with another line at a place, or none."""
    lines = data.splitlines()
    new = [] if line is None else [json.dumps(line).encode() if isinstance(line, dict) else line]
    return b"\n".join([*lines[: number - 1], *new, *lines[number:]]) + b"\n"


@pytest.fixture(scope="module")
def whole() -> bytes:
    store = MemoryStore()
    populate(store, count=4, seed=6)
    return written(store)


def problems(data: bytes) -> list[tuple[str, str]]:
    """Return what is wrong with a file; nothing of it is written."""
    store = empty(MemoryStore())
    before = dump(store)
    with pytest.raises(ImportFileError) as caught:
        load_records(BytesIO(data), actor=OPERATOR, now=AFTER, store=store)
    assert dump(store) == before
    return [(each.code, each.message) for each in caught.value.problems]


def number_of(data: bytes, kind: str, which: int = 0) -> int:
    """Return the number of the first line of a kind, or of a later one."""
    found = [
        number
        for number, line in enumerate(data.splitlines(), start=1)
        if line.startswith(f'{{"kind":"{kind}"'.encode())
    ]
    return found[which]


class TestStrictness:
    """Every line is looked at, and told with its number, before anything is written."""

    @pytest.mark.parametrize(
        ("data", "code"),
        [
            (b"", "unfinished_file"),
            (b"{", "unfinished_file"),
            (b"{}\n", "unknown_schema"),
            (b"[]\n", "bad_record"),
            (b"not json\n", "bad_record"),
            (b'{"schema":"certlib.records/2","tenant":"default"}\n', "unknown_schema"),
            (b'{"schema":"certlib.records/1","tenant":"other"}\n', "other_tenant"),
            (b'{"schema":"certlib.records/1","tenant":"default","x":1}\n', "other_tenant"),
            (b'{"schema":"certlib.records/1","tenant":"default"}\n', "unfinished_file"),
            (b"PK\x03\x04\n", "bad_record"),
            (b"id,email\n", "bad_record"),
            (b'{"a":NaN}\n', "bad_record"),
            (b'{"a":1,"a":2}\n', "bad_record"),
            (b"[" * 100_000 + b"\n", "bad_record"),
            (b'{"a":' + b"1" * 9999 + b"}\n", "bad_record"),
        ],
    )
    def test_what_is_no_such_file(self, data: bytes, code: str) -> None:
        ((found, message),) = problems(data)
        assert found == code
        assert message.startswith("line ")

    def test_a_file_that_was_cut_off_anywhere(self, whole: bytes) -> None:
        lines = whole.splitlines(keepends=True)
        for count in (1, 2, len(lines) // 2, len(lines) - 1):
            assert problems(b"".join(lines[:count]))[-1][0] == "unfinished_file"
        assert problems(whole[:-1])[-1][0] == "unfinished_file"

    def test_a_line_too_many_or_too_few(self, whole: bytes) -> None:
        number = number_of(whole, "sweep")
        assert problems(changed(whole, number, None))[-1][0] == "unfinished_file"
        assert problems(whole + b"\n")[-1][1].endswith("there is something after the end")

    @pytest.mark.parametrize(
        ("kind", "change", "message"),
        [
            ("learner", {"record": {"id": 7}}, "$.record.id is 7: expected a text"),
            ("learner", {"record": {"id": ""}}, "$.record.id is ''"),
            (
                "learner",
                {"record": {"id": "p000", "age": 7}},
                "$.record.age: the field is not known",
            ),
            ("learner", {"record": None}, "$.record is null: expected an object"),
            ("learner", {"more": 1}, "the keys of a learner are kind, record"),
            ("learner", {"kind": "teacher"}, "$.kind is 'teacher': expected one of learner"),
            ("learner", {"kind": None}, "$.kind is null"),
            ("completion", {"learner": 7}, "$.learner is 7"),
            ("struck_completion", {"record": []}, "$.record is a list: expected an object"),
            ("struck_completion", {"record": {}}, "$.record.completion"),
            ("event", {"certification": "NONE"}, "no certification NONE in the catalog"),
            ("event", {"certification": None}, "$.certification is null"),
            ("notice", {"state": "lost"}, "'lost' is not known"),
            ("import", {"record": {"id": "x"}}, "a record without"),
            ("import_row", {"undone": "yes"}, "$.undone is 'yes': expected true or false"),
            ("sweep", {"record": {"at": "soon"}}, "$.record.at is 'soon'"),
        ],
    )
    def test_a_line_that_is_wrong(
        self, whole: bytes, kind: str, change: dict[str, Any], message: str
    ) -> None:
        number = number_of(whole, kind)
        line = json.loads(whole.splitlines()[number - 1])
        found = problems(changed(whole, number, {**line, **change}))
        assert any(each.startswith(f"line {number}: ") and message in each for _, each in found), (
            found
        )

    @pytest.mark.parametrize(
        "kind", ["learner", "completion", "event", "notice", "import", "import_row", "sweep"]
    )
    def test_a_line_that_is_there_twice(self, whole: bytes, kind: str) -> None:
        number = number_of(whole, kind)
        lines = whole.splitlines()
        lines.insert(number, lines[number - 1])
        found = problems(b"\n".join(lines) + b"\n")
        assert any(each.startswith(f"line {number + 1}: ") for _, each in found), found

    def test_lines_out_of_order(self, whole: bytes) -> None:
        lines = whole.splitlines()
        lines[1:-1] = reversed(lines[1:-1])
        assert any("out of order" in each for _, each in problems(b"\n".join(lines) + b"\n"))

    def test_a_row_of_no_import(self, whole: bytes) -> None:
        number = number_of(whole, "import_row")
        line = json.loads(whole.splitlines()[number - 1])
        line["record"]["import_id"] = "none"
        assert any("no such import" in each for _, each in problems(changed(whole, number, line)))

    def test_an_event_that_is_missing(self, whole: bytes) -> None:
        number = number_of(whole, "event", 1)
        assert any("expected 2" in each for _, each in problems(changed(whole, number, None)))

    def test_events_that_add_up_to_nothing(self, whole: bytes) -> None:
        """A file may hold what no program has recorded: here, a day after the last of the calendar."""
        found: list[tuple[str, str]] = []
        for number, text in enumerate(whole.splitlines(), start=1):
            line = json.loads(text)
            fact = line["record"].get("fact", {}) if "record" in line else {}
            if fact.get("tag") == "certificate_issued":
                fact["terms"]["last_valid_day"] = "9999-12-31"
                found = problems(changed(whole, number, line))
                assert {code for code, _ in found} == {"bad_history"}
                break
        assert found[0][1].endswith("add up to no enrollment (OverflowError)")

    def test_a_hundred_problems_are_enough(self) -> None:
        out = BytesIO()
        writer = LineWriter(out, RECORDS, schema=SCHEMA, tenant="default")
        writer.close()
        head, end = out.getvalue().splitlines(keepends=True)
        assert len(problems(head + b"{}\n" * 5000 + end)) == 100
        assert len(problems(head + b"\n" * 5000 + end)) == 100

    def test_a_line_without_end(self, whole: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("certlib.io._exports.lines.LONGEST_LINE", 60)
        assert problems(whole)[-1] == (
            "unfinished_file",
            "line 2: the line does not end, or is too long",
        )


class TestWhoAndWhere:
    def test_only_an_empty_store_is_loaded_into(self, whole: bytes) -> None:
        def refused(store: MemoryStore) -> None:
            with pytest.raises(StoreError, match="store_not_empty"):
                load_records(BytesIO(whole), actor=OPERATOR, now=AFTER, store=store)

        store = MemoryStore()
        fill(store, people(1))
        refused(store)
        store = empty(MemoryStore())
        store.save([Change(learner="p0", notices=(told("p0", "C00", 1),))])
        refused(store)
        store = empty(MemoryStore())
        populated = MemoryStore()
        populate(populated, count=4, seed=6)
        store.save_import(populated.imports()[0])
        refused(store)

    @pytest.mark.parametrize(
        ("actor", "code"),
        [
            (Actor.parse("learner:ann"), "role_may_not"),
            (Actor.parse("approver:bo"), "role_may_not"),
            (Actor(role=Role.ADMIN, id="eva", scope=Scope.organizations("north")), "out_of_scope"),
        ],
    )
    def test_only_an_administrator_of_all(self, actor: Actor, code: str, whole: bytes) -> None:
        store = empty(MemoryStore())
        with pytest.raises(RefusedError) as caught:
            export_records(BytesIO(), actor=actor, store=store)
        assert caught.value.code == code
        with pytest.raises(RefusedError) as caught:
            load_records(BytesIO(whole), actor=actor, now=AFTER, store=store)
        assert caught.value.code == code

    def test_a_tenant_gives_its_own_alone(self, whole: bytes) -> None:
        database = MemoryDatabase()
        store, other = MemoryStore(database), MemoryStore(database, tenant="other")
        populate(store, count=4, seed=6)
        empty(other)
        assert written(store) == whole
        assert b'"kind":"end","lines":0' in written(other)
        with pytest.raises(ImportFileError, match="another tenant"):
            load_records(BytesIO(whole), actor=OPERATOR, now=AFTER, store=other)

    def test_whoever_is_gone_keeps_a_history(self) -> None:
        first, second = MemoryStore(), MemoryStore()
        populate(first, seed=8)
        for id in ("p000", "p007", "p024"):
            del first._held.learners[id]
        data = written(first)
        loaded(data, second)
        assert written(second) == data
        keys = [EnrollmentKey("p007", each.code) for each in CATALOG]
        assert second.history(keys) == first.history(keys) != {}


class TestHistory:
    """Events alone."""

    def test_what_was_recorded_by_an_instant(self, stores: Made) -> None:
        store = stores()
        populate(store)
        service = Service(store=store, sources=store)
        for at in (AFTER, datetime(2024, 1, 1, tzinfo=UTC)):
            out = BytesIO()
            count = service.export_history(out, actor=OPERATOR, at=at)
            head, *lines, end = map(json.loads, out.getvalue().splitlines())
            assert head == {"schema": HISTORY, "tenant": "default"}
            assert end == {"kind": "end", "lines": count}
            assert len(lines) == count > 50
            by_then = [
                (key.learner, key.certification, event.sequence)
                for learner in people(25)
                for key in (EnrollmentKey(learner.id, each.code) for each in CATALOG)
                for event in store.history([key]).get(key, ())
                if event.recorded_at <= at
            ]
            assert by_then == [
                (each["learner"], each["certification"], each["record"]["sequence"])
                for each in lines
            ]

    def test_only_what_is_in_scope_and_asked_for(self) -> None:
        store = MemoryStore()
        populate(store)
        service = Service(store=store, sources=store)
        north = Actor(role=Role.ADMIN, id="eva", scope=Scope.organizations("north"))
        some = Actor(role=Role.ADMIN, id="eva", scope=Scope.certifications("C01"))

        def asked(actor: Actor, **more: str) -> list[dict[str, Any]]:
            out = BytesIO()
            service.export_history(out, actor=actor, at=AFTER, **more)
            return [json.loads(line) for line in out.getvalue().splitlines()[1:-1]]

        odd = {each.id for each in people(25) if each.organization == "north"}
        assert {each["learner"] for each in asked(north)} <= odd
        assert {each["certification"] for each in asked(some)} == {"C01"}
        assert asked(some) == asked(OPERATOR, certification="C01")
        for hidden in ("C02", "NONE"):
            with pytest.raises(NotFoundError):
                asked(some, certification=hidden)

    def test_a_history_is_not_loaded(self) -> None:
        store = MemoryStore()
        populate(store)
        out = BytesIO()
        service = Service(store=store, sources=store)
        service.export_history(out, actor=OPERATOR, at=AFTER)
        assert problems(out.getvalue())[0][0] == "unknown_schema"


def test_the_catalog_of_these_tests_has_what_they_need() -> None:
    assert "A" in {each.code for each in trainings()}
