"""The SQLite store as a file: made, opened, shared, damaged, and failing in the middle."""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from attrs import evolve

from certlib.adapters import _sqlite_file as sqlite_file
from certlib.adapters import _sqlite_schema as sqlite_schema
from certlib.adapters._sqlite_rows import micros_of
from certlib.adapters.sqlite import SqliteStore
from certlib.errors import CertlibError, InvalidValueError, StoreError, UnknownKindError
from certlib.learners import Learner
from certlib.ports import Change, EnrollmentKey, IdentifierKind, Query, Undo
from certlib.requirements import AllOf, Completed
from certlib.testing.contract._samples import (
    FIRE,
    NOW,
    added,
    an_import,
    blank,
    change,
    completion,
    fact,
    save,
)
from certlib.transcript import Reset, StruckCompletion, Transcript
from tests.adapters.samples import fill
from tests.dumps import dump
from tests.spoiling import spoiled

ANN = EnrollmentKey("ann", "FIRE-1")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


def refusal(act: Callable[[], object]) -> StoreError:
    with pytest.raises(StoreError) as caught:
        act()
    assert caught.value.place
    return caught.value


def raw(path: Path, *statements: str) -> None:
    """Change a file behind certlib's back."""
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


class TestCreate:
    def test_a_store_is_one_file_once_it_is_closed(self, path: Path) -> None:
        with SqliteStore.create(path) as store:
            fill(store)
        assert [each.name for each in path.parent.iterdir()] == ["store.db"]
        assert path.read_bytes().startswith(b"SQLite format 3\0")

    def test_what_was_put_is_there_when_it_is_opened_again(self, path: Path) -> None:
        with SqliteStore.create(str(path)) as store:
            fill(store)
            before = dump(store)
        with SqliteStore.open(str(path)) as store:
            assert dump(store) == before

    @pytest.mark.parametrize("contents", [b"", b"anything"])
    def test_a_file_that_is_there_is_refused_and_stays(self, path: Path, contents: bytes) -> None:
        path.write_bytes(contents)
        error = refusal(lambda: SqliteStore.create(path))
        assert error.code == "store_exists"
        assert str(path) in str(error)
        assert path.read_bytes() == contents

    def test_twice(self, path: Path) -> None:
        SqliteStore.create(path).close()
        assert refusal(lambda: SqliteStore.create(path)).code == "store_exists"

    def test_in_a_folder_that_is_not_there(self, path: Path) -> None:
        error = refusal(lambda: SqliteStore.create(path / "deeper.db"))
        assert "cannot be made" in str(error)

    def test_a_failure_leaves_no_file(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sqlite_file, "MIGRATIONS", (("CREATE TABLE t (x)", "nonsense"),))
        assert "nonsense" in str(refusal(lambda: SqliteStore.create(path)))
        assert list(path.parent.iterdir()) == []

    def test_a_failure_to_connect_leaves_no_file(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 36, 0))
        error = refusal(lambda: SqliteStore.create(path))
        assert "3.37 or newer is needed" in str(error)
        assert list(path.parent.iterdir()) == []

    @pytest.mark.parametrize("name", ["a b#c?d%e.db", "ünï.db", ":memory:"])
    def test_any_name_will_do(self, tmp_path: Path, name: str) -> None:
        with SqliteStore.create(tmp_path / name) as store:
            store.put_learners([Learner(id="ann")])
        assert [each.name for each in tmp_path.iterdir()] == [name]
        with SqliteStore.open(tmp_path / name) as store:
            assert store.learners(["ann"])

    def test_a_control_character_in_the_name_breaks_no_message(self, tmp_path: Path) -> None:
        path = tmp_path / "a\nb.db"
        with SqliteStore.create(path) as store:
            save(store, change(key="k"))
            error = refusal(lambda: store.save([change(key="k", completions=(completion(),))]))
        assert "a\\nb.db" in str(error)
        assert "\n" not in str(error)
        for act in (SqliteStore.create, lambda path: SqliteStore.open(path.with_name("a\nc"))):
            assert "\n" not in str(refusal(lambda act=act: act(path)))  # type: ignore[misc]


class TestOpen:
    def test_a_file_that_is_not_there_is_not_made(self, path: Path) -> None:
        assert refusal(lambda: SqliteStore.open(path)).code == "store_absent"
        assert not path.exists()

    def test_a_folder(self, tmp_path: Path) -> None:
        assert refusal(lambda: SqliteStore.open(tmp_path)).code == "store_absent"

    @pytest.mark.parametrize(
        "contents", [b"", b"learner,certification\r\n" * 99, b"SQLite format 3\0" + b"x" * 4096]
    )
    def test_what_is_no_store(self, path: Path, contents: bytes) -> None:
        path.write_bytes(contents)
        error = refusal(lambda: SqliteStore.open(path))
        assert error.code == "not_a_store"
        assert str(error) == f"{path}: the file is not a certlib store (not_a_store)"
        assert path.read_bytes() == contents

    def test_the_database_of_somebody_else_is_not_touched(self, path: Path) -> None:
        raw(path, "CREATE TABLE enrollments (x)", "PRAGMA user_version = 1")
        before = path.read_bytes()
        assert refusal(lambda: SqliteStore.open(path)).code == "not_a_store"
        assert path.read_bytes() == before

    def test_a_newer_store(self, path: Path) -> None:
        SqliteStore.create(path).close()
        raw(path, "PRAGMA user_version = 99")
        error = refusal(lambda: SqliteStore.open(path))
        assert error.code == "newer_store"
        assert "version 99" in str(error)

    def test_an_older_store_is_brought_up_to_date(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with SqliteStore.create(path) as store:
            fill(store)
            before = dump(store)
        later = (*sqlite_schema.MIGRATIONS, ("ALTER TABLE notices ADD COLUMN told_at INTEGER",))
        monkeypatch.setattr(sqlite_file, "MIGRATIONS", later)
        for _ in range(2):
            with SqliteStore.open(path) as store:
                assert dump(store) == before
                assert store._file.read("SELECT told_at FROM notices") == [(None,)]
                assert store._file.read("PRAGMA user_version") == [(len(later),)]

    def test_a_migration_that_fails_changes_nothing(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        SqliteStore.create(path).close()
        before = path.read_bytes()
        later = (*sqlite_schema.MIGRATIONS, ("DROP TABLE notices", "nonsense"))
        monkeypatch.setattr(sqlite_file, "MIGRATIONS", later)
        assert "nonsense" in str(refusal(lambda: SqliteStore.open(path)))
        assert path.read_bytes() == before

    def test_somebody_else_may_bring_it_up_to_date_first(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        file = SqliteStore.create(path)._file
        versions = iter([0, len(sqlite_schema.MIGRATIONS)])
        monkeypatch.setattr(file, "_pragma", lambda _name: next(versions))
        file._migrate()
        file.close()

    def test_settings(self, path: Path) -> None:
        with SqliteStore.create(path) as made:
            pass
        with SqliteStore.open(path) as opened:
            for name, value in {
                "journal_mode": "wal",
                "synchronous": 2,
                "foreign_keys": 1,
                "secure_delete": 1,
            }.items():
                assert opened._file.read(f"PRAGMA {name}") == [(value,)]
            assert opened._file.read("PRAGMA integrity_check") == [("ok",)]
        assert refusal(lambda: made.learners(["ann"])).code == "store"

    def test_the_log_may_grow_while_much_is_saved(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("certlib.adapters.sqlite.BULK", 2)
        with SqliteStore.create(path) as store:
            pages: list[object] = []
            for learners in (("ann",), ("ann", "bob"), ("cem", "dee"), ("ann",)):
                store.save([change(learner=each) for each in learners])
                pages.append(store._file.read("PRAGMA wal_autocheckpoint")[0][0])
        assert pages == [1000, 20_000, 20_000, 1000]

    def test_a_closed_store_says_so(self, path: Path) -> None:
        store = SqliteStore.create(path)
        store.close()
        assert "closed" in str(refusal(lambda: store.save([change(key="k")])))


class TestSharing:
    """Two connections to one file, as two processes have."""

    def test_a_store_that_is_locked(self, path: Path) -> None:
        with SqliteStore.create(path) as one, SqliteStore.open(path, timeout=0.01) as two:
            save(one, change(added(blank(), fact())))
            with one._file.writing():
                error = refusal(
                    lambda: two.save([change(added(blank("bo"), fact()), learner="bo")])
                )
                assert two.load([ANN]).keys() == {ANN}, "readers never wait"
            assert error.code == "store_locked"
            assert "try again" in str(error)
            save(two, change(added(blank("bo"), fact()), learner="bo"))

    def test_a_writer_waits_for_another(self, path: Path) -> None:
        with SqliteStore.create(path) as one:
            begun = threading.Event()

            def other() -> None:
                with SqliteStore.open(path) as two:
                    begun.set()
                    save(two, change(added(blank("bo"), fact()), learner="bo"))

            thread = threading.Thread(target=other)
            with one._file.writing():
                thread.start()
                assert begun.wait(10)
            thread.join(30)
            assert {each.learner for each in one.find(Query(at=NOW), limit=9)} == {"bo"}

    def test_a_store_belongs_to_its_thread(self, path: Path) -> None:
        errors: list[Exception] = []

        def use(store: SqliteStore) -> None:
            try:
                store.load([ANN])
            except CertlibError as error:
                errors.append(error)

        with SqliteStore.create(path) as store:
            thread = threading.Thread(target=use, args=(store,))
            thread.start()
            thread.join()
        assert "thread" in str(errors[0])


class TestSnapshot:
    BO = Learner(id="bo")

    def test_nothing_is_written_through_it_until_it_ends(self, path: Path) -> None:
        with SqliteStore.create(path) as store:
            with store.snapshot():
                error = refusal(lambda: store.put_learners([self.BO]))
                assert error.code == "store"
                assert "read as of one moment, through this very store" in str(error)
                with pytest.raises(StoreError), store.snapshot():
                    pass
                assert store.learners(["bo"]) == {}
            store.put_learners([self.BO])
            assert store.learners(["bo"]) == {"bo": self.BO}

    def test_of_a_closed_store_it_says_so(self, path: Path) -> None:
        store = SqliteStore.create(path)
        store.close()
        with pytest.raises(StoreError, match="closed"), store.snapshot():
            pass


class TestWhatIsNotKnown:
    """Unknown stored tags raise; nothing is dropped."""

    @pytest.fixture
    def filled(self, path: Path) -> Path:
        with SqliteStore.create(path) as store:
            fill(store)
        return path

    @pytest.mark.parametrize(
        ("statement", "read", "place"),
        [
            (
                "UPDATE events SET tag = 'exam_overridden'",
                lambda store: store.history([ANN]),
                "ann in FIRE-1, event 1",
            ),
            (
                "UPDATE events SET fact = json_set(fact, '$.later', 1)",
                lambda store: store.history([ANN]),
                "ann in FIRE-1, event 1",
            ),
            (
                "UPDATE enrollments SET document = json_set(document, '$.format', 2)",
                lambda store: store.load([ANN]),
                "ann in FIRE-1",
            ),
            (
                "UPDATE enrollments SET document = json_set(document, '$.bar', 'suspended')",
                lambda store: store.find(Query(at=NOW), limit=9),
                "ann in FIRE-1",
            ),
            (
                "UPDATE completions SET source = 'telepathy'",
                lambda store: store.transcripts(["ann"]),
                "completion of FORK by ann",
            ),
            (
                "UPDATE import_rows SET outcome = 'perhaps'",
                lambda store: store.import_rows("i-1", limit=9),
                "row 2 of import i-1",
            ),
            (
                "UPDATE enrollments SET indexed_status = 'dormant'",
                lambda store: store.indexed([ANN]),
                "ann in FIRE-1",
            ),
        ],
    )
    def test_it_raises(
        self, filled: Path, statement: str, read: Callable[[SqliteStore], object], place: str
    ) -> None:
        raw(filled, statement)
        with SqliteStore.open(filled) as store, pytest.raises(UnknownKindError) as caught:
            read(store)
        assert caught.value.path.startswith(place)

    def test_a_kind_of_access_that_is_not_known_is_named(self, filled: Path) -> None:
        raw(filled, "UPDATE certifications SET document = json_set(document, '$.access.kind', 'x')")
        with SqliteStore.open(filled) as store, pytest.raises(CertlibError) as caught:
            store.certifications()
        assert "certification FIRE-1.access.kind" in str(caught.value)
        assert "unknown_kind" in str(caught.value)

    @pytest.mark.parametrize(
        ("statement", "read"),
        [
            ("UPDATE events SET fact = '{'", lambda store: store.history([ANN])),
            ("UPDATE enrollments SET document = ''", lambda store: store.load([ANN])),
            ("UPDATE certifications SET document = '?'", lambda store: store.certifications()),
        ],
    )
    def test_a_damaged_document_is_named(
        self, filled: Path, statement: str, read: Callable[[SqliteStore], object]
    ) -> None:
        raw(filled, statement)
        with SqliteStore.open(filled) as store, pytest.raises(InvalidValueError, match="FIRE-1"):
            read(store)


class TestEveryQueryGoesByAnIndex:
    """No question about a few looks through all."""

    @pytest.mark.parametrize(
        ("ask", "table", "by"),
        [
            (
                lambda store: store.load([ANN]),
                "e",
                "tenant=? AND learner=? AND certification=?",
            ),
            (lambda store: store.history([ANN]), "v", "enrollment=?"),
            (lambda store: store.due(NOW, limit=9), "enrollments", "tenant=? AND next_change_at<?"),
            (
                lambda store: store.find(Query(at=NOW), limit=9),
                "enrollments",
                "tenant=? AND (learner,certification)>(?,?)",
            ),
            (
                lambda store: store.find(Query(learners=("ann",), at=NOW), limit=9),
                "enrollments",
                "tenant=? AND learner=?",
            ),
            (
                lambda store: store.transcripts(["ann"]),
                "completions",
                "tenant=? AND learner=?",
            ),
            (
                lambda store: store.transcripts(["ann"]),
                "struck_completions",
                "tenant=? AND learner=?",
            ),
            (lambda store: store.transcripts(["ann"]), "resets", "tenant=? AND learner=?"),
            (lambda store: store.transcripts(["ann"]), "transcripts", "tenant=? AND learner=?"),
            (lambda store: store.imports(), "undos", "tenant=? AND import_id=?"),
            (
                lambda store: store.import_rows("i-1", limit=9),
                "import_rows",
                "tenant=? AND import_id=? AND row>?",
            ),
            (lambda store: store.saved_answers(["k"]), "changes", "tenant=? AND key=?"),
            (lambda store: store.learners(["ann"]), "learners", "tenant=? AND id=?"),
            *(
                (
                    lambda store, kind=kind: store.find_learners(["ann"], by=kind),
                    "learners",
                    f"tenant=? AND {kind.value}_skeleton=?",
                )
                for kind in IdentifierKind
            ),
        ],
    )
    def test_so_it_is(
        self,
        path: Path,
        monkeypatch: pytest.MonkeyPatch,
        ask: Callable[[SqliteStore], object],
        table: str,
        by: str,
    ) -> None:
        plans: list[str] = []
        with SqliteStore.create(path) as store:
            read = store._file.read

            def planned(statement: str, parameters: Sequence[object] = ()) -> object:
                rows = read(f"EXPLAIN QUERY PLAN {statement}", parameters)
                plans.extend(row[3] for row in rows)
                return read(statement, parameters)

            monkeypatch.setattr(store._file, "read", planned)
            ask(store)
        found = re.compile(rf"SEARCH {table} USING .*\({re.escape(by)}\)")
        assert any(map(found.fullmatch, plans)), plans
        assert [each for each in plans if each.startswith("SCAN") and "VIRTUAL" not in each] == []


class TestWhatItRefuses:
    def test_a_text_that_is_none_is_named_by_no_email(self, path: Path) -> None:
        with SqliteStore.create(path) as store:
            ann = spoiled(Learner(id="ann"), email="ann\ud800@example.org")
            people = [Learner(id="bo"), ann]
            error = refusal(lambda: store.put_learners(people))
            assert "lone surrogate" in str(error)
            assert "ann" not in f"{error} {error.__cause__!r}"
            assert store.counts().learners == 0

    def test_an_error_of_the_caller_while_people_are_put_puts_nobody(self, path: Path) -> None:
        def people() -> Iterator[Learner]:
            yield Learner(id="ann")
            raise RuntimeError("the file ended")

        with SqliteStore.create(path) as store:
            with pytest.raises(RuntimeError, match="the file ended"):
                store.put_learners(people())
            assert store.counts().learners == 0

    def test_writing_while_it_is_written_to_spoils_nothing(self, path: Path) -> None:
        with SqliteStore.create(path) as store:

            def people() -> Iterator[Learner]:
                yield Learner(id="ann")
                with pytest.raises(StoreError, match="being written to"):
                    store.record_sweep(NOW)
                yield Learner(id="bo")

            store.put_learners(people())
            assert store.counts().learners == 2
            assert store.last_sweep() is None

    def test_a_sequence_is_never_doubled(self, path: Path) -> None:
        with SqliteStore.create(path) as store:
            save(store, change(added(blank(), fact())))
            doubled = pytest.raises(StoreError, match=r"events\.sequence")
            with doubled, store._file.writing() as connection:
                connection.execute("INSERT INTO events SELECT * FROM events")


class TestAFileOfTheSecondVersion:
    """Its tables knew no strikes of completions, and no undos of imports."""

    def older(self, path: Path) -> None:
        connection = sqlite3.connect(path)
        for statements in sqlite_schema.MIGRATIONS[:2]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {sqlite_schema.APPLICATION_ID}")
        connection.execute("PRAGMA user_version = 2")
        connection.execute(
            "INSERT INTO completions (tenant, learner, training, at, source, recorded_at, actor)"
            " VALUES ('default', 'ann', 'FORK', ?, 'manual', ?, 'system')",
            (micros_of(NOW), micros_of(NOW)),
        )
        connection.execute(
            "INSERT INTO imports (tenant, id, format, file_name, digest, purpose, actor, at, new,"
            " already_completed, errors, finished)"
            " VALUES ('default', 'i-1', 'unifyr', '\"march.csv\"', 'd', 'p', 'admin:eva', ?, 1, 2,"
            " 3, 0)",
            (micros_of(NOW),),
        )
        connection.commit()
        connection.close()

    def test_what_it_holds_stands_and_can_be_struck(self, path: Path) -> None:
        self.older(path)
        gone = StruckCompletion(completion=completion(), struck_at=NOW)
        with SqliteStore.open(path) as store:
            assert store._file.read("PRAGMA user_version") == [(len(sqlite_schema.MIGRATIONS),)]
            assert store.imports() == (an_import(),)
            assert store.transcripts(["ann"]) == {"ann": Transcript(completions=(completion(),))}
            save(store, change(struck=(gone,)))
            store.save_undo("i-1", Undo(number=1, actor="system", at=NOW, reason="wrong"))
        with SqliteStore.open(path) as store:
            assert store.transcripts(["ann"]) == {"ann": Transcript(struck=(gone,))}
            ((undo,),) = [record.undos for record in store.imports()]
            assert undo.reason == "wrong"


class TestAFileOfTheFourthVersion:
    """Its tables knew no versions of transcripts, no resets and nothing that a key is bound to."""

    def older(self, path: Path) -> None:
        eligible = evolve(
            FIRE,
            code="B",
            eligibility=AllOf(of=(Completed(training="DAY"), Completed(training="ID"))),
        )
        with SqliteStore.create(path) as store:
            store.put_certifications([eligible, FIRE])
        connection = sqlite3.connect(path)
        connection.execute("DELETE FROM needing WHERE training = 'ID'")  # it was not derived then
        rows = {
            table: connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3").fetchall()
            for table in ("certifications", "needing", "catalog_names")
        }
        connection.close()
        path.unlink()
        connection = sqlite3.connect(path)
        for statements in sqlite_schema.MIGRATIONS[:4]:
            for statement in statements:
                connection.execute(statement)
        for table, those in rows.items():
            marks = ", ".join("?" * len(those[0]))
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", those)
        connection.execute(f"PRAGMA application_id = {sqlite_schema.APPLICATION_ID}")
        connection.execute("PRAGMA user_version = 4")
        connection.execute(
            "INSERT INTO completions (tenant, learner, training, at, source, recorded_at, actor)"
            " VALUES ('default', 'ann', 'FORK', ?, 'manual', ?, 'system')",
            (micros_of(NOW), micros_of(NOW)),
        )
        connection.commit()
        connection.close()

    def test_a_transcript_begins_at_version_0(self, path: Path) -> None:
        self.older(path)
        reset = Reset(training="FORK", at=NOW, recorded_at=NOW)
        with SqliteStore.open(path) as store:
            (found,) = store.transcripts(["ann"]).values()
            assert (found, found.version) == (Transcript(completions=(completion(),)), 0)
            assert found.completions[0].version is None
            save(store, Change(learner="ann", resets=(reset,), transcript=0))
            (found,) = store.transcripts(["ann"]).values()
            assert (found.version, found.resets) == (1, (reset,))

    def test_eligibility_is_in_the_index_again(self, path: Path) -> None:
        self.older(path)
        with SqliteStore.open(path) as store:
            assert store.needing(["ID", "DAY", "COURSE"]) == {
                "ID": ("B",),
                "DAY": ("B", "FIRE-1"),
                "COURSE": ("B", "FIRE-1"),
            }

    def test_events_have_columns_for_what_comes(self, path: Path) -> None:
        self.older(path)
        with SqliteStore.open(path) as store:
            columns = store._file.read(
                "SELECT name, type, \"notnull\" FROM pragma_table_info('events')"
            )
        assert {("after", "INTEGER", 0), ("transcript", "INTEGER", 0), ("details", "TEXT", 0)} <= {
            *columns
        }
