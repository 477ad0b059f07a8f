"""Every statement that a store is given fails, once or for good, and what was begun is run again (F4).

For a file of 25 rows of each format: at whatever statement it fails, whether the statement is
carried out or not, whether the process lives on or ends, the import that is run again ends as the
undisturbed one: nothing lost, nothing doubled, the same answers. So does an undo. The same holds
where it is the file that cannot be read to its end.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any, Final, Generic, TypeAlias, TypeVar

import pytest
from attrs import evolve, frozen

from certlib import Actor, Learner, Service
from certlib.adapters._sqlite_file import SqliteFile
from certlib.adapters._sqlite_rows import Row
from certlib.adapters.sqlite import SqliteStore
from certlib.errors import RefusedError, StoreError
from certlib.io import (
    CIVICA,
    DOCEBO,
    GO1,
    KNOWLEDGE_ANYWHERE,
    UNIFYR,
    Applied,
    Duplicates,
    Format,
    ImportOptions,
    Preview,
)
from certlib.io._undoing.undo import Undone
from certlib.ports import Change
from certlib.service import StatusAnswer
from certlib.state.commands import Assign, Award, Command, Enroll, Start
from tests.hosts import EVA, FIRE, FORK, NOW, PEOPLE, TRAININGS
from tests.io.faulty import Fault, FaultyFile, connection_of, opened
from tests.io.test_undo import without_undos
from tests.io.uploads import SKIPPED_DAY, certification_in_apia
from tests.io.vendor_files import CARD, CRANE, apply_module, file_of

pytestmark = pytest.mark.slow

T = TypeVar("T")
Tables: TypeAlias = dict[str, list[Row]]

EARLIER: Final = NOW - timedelta(days=100)
LATER: Final = NOW + timedelta(hours=1)
BATCH: Final = 7
"""Learners that are worked on together: so there are several transactions."""
MORE: Final = tuple(
    Learner(id=f"p{number}", email=f"p{number}@example.org", username=f"p{number}")
    for number in range(1, 17)
)
EVERYBODY: Final = tuple(evolve(each, username=each.id.rstrip("12")) for each in PEOPLE) + MORE


@frozen(kw_only=True)
class Case:
    """A file of 25 rows of all three sets, and what there was before it."""

    format: Format
    options: ImportOptions = ImportOptions()
    rows: tuple[str, ...]
    known: tuple[str, ...] = ()
    """Rows of an import before it."""
    before: Callable[[Service], None] = lambda _: None

    def upload(self) -> bytes:
        return file_of(self.format, *self.rows).getvalue()

    def prepare(self, store: SqliteStore) -> None:
        """Put into a new store what there was before."""
        store.put_learners(EVERYBODY)
        store.put_trainings(TRAININGS)
        store.put_certifications((FIRE, FORK, CRANE, CARD, certification_in_apia()))
        service = Service(store=store, sources=store)
        self.before(service)
        if self.known:
            service.apply_import(
                file_of(self.format, *self.known), format=self.format, actor=EVA, now=EARLIER,
                options=self.options,
            )  # fmt: skip

    def previewed(self, store: SqliteStore, source: BytesIO) -> Preview:
        """Preview the file."""
        return Service(store=store, sources=store).preview_import(
            source, format=self.format, actor=EVA, now=NOW, options=self.options
        )

    def applied(self, store: SqliteStore, source: BytesIO | None = None) -> Applied:
        """Import the file."""
        return Service(store=store, sources=store).apply_import(
            source or BytesIO(self.upload()), format=self.format, actor=EVA, now=NOW,
            options=self.options,
        )  # fmt: skip


def given(service: Service, command: Command, *learners: str, to: str) -> None:
    """Give a command about each of these learners; they themselves, what only they may."""
    for learner in learners:
        actor = EVA if isinstance(command, Assign | Award) else Actor.parse(f"learner:{learner}")
        service.perform(command, learner=learner, certification=to, actor=actor, now=EARLIER)


def assign_and_begin(service: Service) -> None:
    """Assign, and let two begin: completions then count at once."""
    given(service, Assign(), "p1", "p2", "p3", "bo", to="FIRE-1")
    given(service, Assign(), "p4", to="FORK-1")
    for command in (Enroll(), Start()):
        given(service, command, "p1", "p2", to="FIRE-1")


def open_everything(service: Service) -> None:
    """Leave enrollments in several states, all of which an archiving import replaces."""
    given(service, Assign(), "p1", "p2", "p3", "p4", "p7", "p8", to="CRANE-1")
    given(service, Enroll(), "p1", "p2", "p3", "p7", to="CRANE-1")
    given(service, Start(), "p1", "p2", to="CRANE-1")
    given(service, Award(), "p5", "p6", to="CRANE-1")


OF_GO1: Final = (
    *(f"p{n}@example.org,FORK-1,self-directed,not-started,,,,,2026-11-30" for n in (1, 2)),
    *(f"p{n}@example.org,FORK-1,self-directed,in-progress,,,2026-01-05,," for n in (3, 4)),
    "ann@example.org,FORK-1,assigned,completed,87.5,yes,2026-01-02,2026-01-05,2026-02-01",
    "ann@example.org,CRANE-1,assigned,not-started,,,,,2026-12-31",
    "cem@example.org,CRANE-1,assigned,completed,,,,2026-01-05,",
    "bo@example.org,Crane operator,self-directed,in-progress,,,2026-01-05,,",
    "p1@example.org,CRANE-1,assigned,not-started,,,,,2026-12-31",
    "p3@example.org,CRANE-1,assigned,in-progress,,,2026-11-01,,",
    "nobody@example.org,FORK-1,assigned,not-started,,,,,",
    "eva@example.org,FORK-1,assigned,not-started,,,,,",
    "bo@example.org,FORK-1,assigned,begun,,,,,",
    "bo@example.org,FORK-1,assigned,not-started,50,,,,",
    "bo@example.org,NONE,assigned,not-started,,,,,",
    "cem@example.org,FORK-1,assigned,not-started,,,,,",
)
"""Rows of each set, and of those who have no enrollment; the files of Go1 end with them."""

CASES: Final = {
    "unifyr": Case(
        format=UNIFYR,
        before=assign_and_begin,
        known=(
            "cem@example.org,course,FORK,2025-01-05",
            "p5@example.org,module,M1,2025-01-01",
            "p6@example.org,certification,FORK-1,2025-12-01",
        ),
        rows=(
            "p1@example.org,module,M1,2026-09-01",
            "p1@example.org,module,M2,2026-09-02",
            "p2@example.org,course,DAY,2026-09-01",
            "p2@example.org,course,DRILL,2026-09-03",
            "p3@example.org,course,ONLINE,2026-09-01",
            "p4@example.org,course,FORK,2026-09-05",
            "p4@example.org,course,FORK,2026-09-05",
            "p5@example.org,certification,FORK-1,2026-01-06",
            "p6@example.org,certification,CRANE-1,2026-05-05",
            "ann@example.org,certification,FORK-1,2025-06-01",
            "ann@example.org,certification,FORK-1,2024-06-01",
            "bo@example.org,certification,FIRE-1,2023-03-01",
            "bo@example.org,module,M1,2025-02-01",
            "bo@example.org,module,M2,2025-02-02",
            *SKIPPED_DAY,
            "cem@example.org,course,FORK,2025-01-05",
            "p5@example.org,module,M1,2025-01-01",
            "p6@example.org,certification,FORK-1,2025-12-01",
            "twin@example.org,course,FORK,2025-01-05",
            "eva@example.org,course,FORK,2025-01-05",
            "bo@example.org,course,NONE,2025-01-05",
            "bo@example.org,course,FORK,2025-02-30",
            "bo@example.org,course,FORK,2027-01-01",
        ),
    ),
    "civica": Case(
        format=CIVICA,
        before=lambda service: given(service, Assign(), "p3", "p4", to="FORK-1"),
        known=("p1,FORK-1,2026-01-05,,", "p2,FORK-1,2026-01-05,,"),
        rows=(
            "p1,FORK-1,2026-01-05,,",
            "p2,FORK-1,2026-01-05,,",
            "p1,FORK-1,2026-06-05,87.5,",
            "p2,CARD-1,2026-02-05,,2028-02-05",
            *(f"p{n},Forklift driver,2026-02-0{n} 09:30,,2026-12-31" for n in range(3, 9)),
            *(f"p{n},CRANE-1,2025-03-0{n},7{n}," for n in range(3, 9)),
            "p3,FORK-1,2026-03-01,,",
            "ann,FORK-1,2026-01-05,87.5,",
            "ann,FORK-1,2026-01-05,87.5,",
            "nobody,FORK-1,2026-01-05,,",
            "eva,FORK-1,2026-01-05,,",
            "twin,FORK-1,2026-01-05,,",
            "bo,FORK-1,2026-01-05,101,",
            "bo,NONE,2026-01-05,,",
            "bo,FORK-1,2026-13-05,,",
        ),
    ),
    "docebo": Case(
        format=DOCEBO,
        options=ImportOptions(duplicates=Duplicates.LATEST),
        before=lambda service: given(service, Assign(), "p3", "p4", to="FORK-1"),
        known=("p1,FORK-1,2026-01-05,no,2026-12-31,course", "p2,FORK-1,2026-01-05,yes,,external"),
        rows=(
            "p1,FORK-1,2026-01-05,no,2026-12-31,course",
            "p2,FORK-1,2026-01-05,yes,,external",
            *(f"p{n},FORK-1,2026-01-0{n},no,2026-12-31,course" for n in range(3, 9)),
            *(f"p{n},CRANE-1,2026-01-0{n},yes,,external" for n in range(3, 9)),
            "p3,FORK-1,2026-03-05,no,2027-03-31,course",
            "p4,FORK-1,2026-03-05,no,2027-03-31,course",
            "bo,CARD-1,2026-01-06,0,2027-03-31,external",
            "ann,FORK-1,2026-01-05,no,2026-12-31,course",
            "ann,CARD-1,2026-01-05,no,2026-12-31,course",
            "nobody,FORK-1,2026-01-05,no,2026-12-31,course",
            "cem,FORK-1,2026-02-30,no,2026-12-31,course",
            "eva,FORK-1,2026-01-05,no,2026-12-31,course",
            "bo,FORK-1,2026-01-05,maybe,2026-12-31,course",
            "bo,FORK-1,2026-01-05,no,,course",
            "bo,FORK-1,2027-01-05,no,2027-12-31,course",
        ),
    ),
    "go1": Case(
        format=GO1,
        before=lambda service: given(service, Assign(), "p1", "p2", to="CRANE-1"),
        known=("p3@example.org,CRANE-1,assigned,not-started,,,,,",),
        rows=(
            "p3@example.org,CRANE-1,assigned,not-started,,,,,",
            *(f"p{n}@example.org,CRANE-1,assigned,not-started,,,,,2026-12-31" for n in (1, 4, 5)),
            *(f"p{n}@example.org,CRANE-1,assigned,in-progress,,,2026-11-01,," for n in (2, 6, 7)),
            *(f"p{n}@example.org,CRANE-1,assigned,completed,91,yes,,2026-11-1{n}," for n in (8, 9)),
            *OF_GO1,
        ),
    ),
    "go1, archive and replace": Case(
        format=GO1,
        options=ImportOptions(archive_and_replace=True),
        before=open_everything,
        known=("p9@example.org,CRANE-1,assigned,not-started,,,,,",),
        rows=(
            "p9@example.org,CRANE-1,assigned,not-started,,,,,",
            *(f"p{n}@example.org,CRANE-1,assigned,not-started,,,,,2026-12-31" for n in (1, 3, 5)),
            *(f"p{n}@example.org,CRANE-1,assigned,in-progress,,,2026-11-01,," for n in (2, 4, 6)),
            *(f"p{n}@example.org,CRANE-1,assigned,completed,91,yes,,2026-11-1{n}," for n in (7, 8)),
            *OF_GO1,
        ),
    ),
    "knowledge anywhere": Case(
        format=KNOWLEDGE_ANYWHERE,
        options=ImportOptions(certification="FIRE-1"),
        known=("p1@example.org", "p2@example.org"),
        rows=(
            *(f"p{n}@example.org" for n in range(1, 17)),
            "ann@example.org",
            "bo@example.org",
            "P3@example.org",
            "nobody@example.org",
            "nobody",
            "cem@example.org",
            "eva@example.org",
            "twin@example.org",
            "\u212ann@example.org",
        ),
    ),
}


# --- what there is, and what there is to be ---------------------------------------------------


@frozen(kw_only=True)
class State:
    """All that a store holds and answers."""

    held: dict[str, Any]
    answers: tuple[StatusAnswer, ...]
    counts: dict[str, int]
    """How many rows each table has: of what no store answers, too, such as keys."""


INSTANTS: Final = (EARLIER, NOW, LATER, datetime(2028, 1, 1, tzinfo=UTC))


def state_of(store: SqliteStore) -> State:
    """Return the state of a store, but how often an import in it was undone."""
    service = Service(store=store, sources=store)
    counts = {table: len(rows) for table, rows in tables_of(store).items()}
    del counts["undos"]
    return State(
        held=without_undos(store),
        answers=tuple(each for at in INSTANTS for each in service.statuses(actor=EVA, at=at)),
        counts=counts,
    )


def tables_of(store: SqliteStore) -> Tables:
    """Return every row of every table, as the file has it; there is nothing else in a store."""
    read = store._file.read
    names = [name for (name,) in read("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {name: read(f"SELECT * FROM {name}") for name in names}


@frozen(kw_only=True)
class Whole(Generic[T]):
    """An import, or an undo, that nothing disturbed."""

    before: Path
    after: Path
    """The stores before and after it."""
    statements: tuple[str, ...]
    answer: T
    state: State
    right: list[Tables]
    """Tables that were found to hold and answer the same: what has the same rows does so, too."""

    @classmethod
    def of(cls, before: Path, act: Callable[[SqliteStore], T], *, after: Path) -> Whole[T]:
        """Do it to a copy of a store."""
        with opened(Path(shutil.copy(before, after))) as store:
            connection_of(store).arm(None)
            answer = act(store)
            statements = connection_of(store).given
            return cls(
                before=before,
                after=after,
                statements=statements,
                answer=answer,
                state=state_of(store),
                right=[tables_of(store)],
            )

    def check(self, store: SqliteStore) -> bool:
        """Check that a store is as it is to be; return whether it is so in a way not seen before."""
        tables = tables_of(store)
        if tables in self.right:
            return False
        assert state_of(store) == self.state
        self.right.append(tables)
        return True


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apply_module, "BATCH", BATCH)


@pytest.fixture(scope="module")
def whole_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Whole[Applied]]:
    """Return what makes, of a case, once, the store and the undisturbed import."""

    @cache
    def made(name: str) -> Whole[Applied]:
        case = CASES[name]
        path = tmp_path_factory.mktemp("whole") / "before.db"
        with SqliteStore.create(path) as store:
            case.prepare(store)
        return Whole.of(path, case.applied, after=path.with_name("after.db"))

    return made


def fail(store: SqliteStore, act: Callable[[SqliteStore], object], fault: Fault) -> None:
    """Do something with a store that fails so."""
    connection_of(store).arm(fault)
    expected = StoreError if issubclass(fault.error, Exception) else fault.error
    with pytest.raises(expected, match="disk I/O error"):
        act(store)


def check_all(
    act: Callable[[SqliteStore], object],
    whole: Whole[T],
    place: Path,
    check: Callable[[SqliteStore], None],
    **how: Any,
) -> None:
    """Let each statement fail in turn, and check what comes of it.

    A read that is carried out and whose answer is lost is one that is not carried out: it leaves
    nothing. A fault that does not last, the process and its store outlive. One that lasts, only the
    file does: so from the same tables it is not gone on with twice.
    """
    left: list[Tables] = []
    for number, statement in enumerate(whole.statements, 1):
        fault = Fault(at=number, **how)
        if fault.is_done and statement.startswith("SELECT"):
            continue
        path = place / f"{number}.db"
        shutil.copy(whole.before, path)
        store = opened(path)
        try:
            fail(store, act, fault)
            if fault.for_good:
                store.close()
                store = opened(path)
                if (tables := tables_of(store)) in left:
                    continue
                left.append(tables)
            connection_of(store).arm(None)
            assert not connection_of(store).in_transaction
            try:
                check(store)
            except AssertionError as error:
                error.add_note(f"{fault}: {statement}")
                raise
        finally:
            store.close()
            path.unlink()


PERSISTENCES: Final = pytest.mark.parametrize("for_good", [False, True], ids=["once", "for good"])
MOMENTS: Final = pytest.mark.parametrize("is_done", [False, True], ids=["before", "after"])


def check_import(case: Case, whole: Whole[Applied], store: SqliteStore) -> None:
    """Run the import again; it ends as the undisturbed one, and a third time nothing is new."""
    again = case.applied(store)
    is_unseen = whole.check(store)
    if again.import_id is None:  # its last word was stored, and the answer got lost
        assert again.preview.new == 0
    else:
        assert again.import_id == whole.answer.import_id
        assert evolve(again.preview, resumes=None) == whole.answer.preview
    if is_unseen:
        assert case.applied(store).import_id is None
        assert not whole.check(store)


class TestImports:
    @pytest.mark.parametrize("name", CASES)
    def test_what_the_files_are(self, name: str, whole_of: Callable[[str], Whole[Applied]]) -> None:
        whole = whole_of(name)
        found = whole.answer.preview
        assert found.rows == len(CASES[name].rows) == 25
        assert found.new >= 13
        assert found.already_completed >= 1
        assert found.errors >= 6
        (_, record) = whole.state.held["imports"]
        assert record["finished"]
        assert len(whole.statements) >= 70

    @pytest.mark.parametrize("name", CASES)
    @MOMENTS
    @PERSISTENCES
    def test_a_statement_fails(
        self,
        name: str,
        is_done: bool,
        for_good: bool,
        whole_of: Callable[[str], Whole[Applied]],
        tmp_path: Path,
    ) -> None:
        case, whole = CASES[name], whole_of(name)
        check_all(
            case.applied, whole, tmp_path, partial(check_import, case, whole),
            is_done=is_done, for_good=for_good,
        )  # fmt: skip

    @pytest.mark.parametrize("name", CASES)
    def test_again_and_again(
        self, name: str, whole_of: Callable[[str], Whole[Applied]], tmp_path: Path
    ) -> None:
        case, whole, chance = CASES[name], whole_of(name), Random(f"faults {name}")
        for attempt in range(8):
            path = Path(shutil.copy(whole.before, tmp_path / f"{attempt}.db"))
            for _ in range(5):
                fault = Fault(
                    at=chance.randrange(1, len(whole.statements)),
                    is_done=chance.random() < 0.5,
                    for_good=chance.random() < 0.5,
                )
                # What is left may take fewer statements than that.
                with opened(path) as store, suppress(StoreError):
                    connection_of(store).arm(fault)
                    case.applied(store)
            with opened(path) as store:
                check_import(case, whole, store)

    @MOMENTS
    def test_somebody_interrupts_it(
        self, is_done: bool, whole_of: Callable[[str], Whole[Applied]], tmp_path: Path
    ) -> None:
        name = "knowledge anywhere"
        case, whole = CASES[name], whole_of(name)
        check_all(
            case.applied, whole, tmp_path, partial(check_import, case, whole),
            is_done=is_done, for_good=False, error=KeyboardInterrupt,
        )  # fmt: skip


class TestThatItIsNoticed:
    """What these tests are for is found out."""

    def test_rows_that_are_saved_without_a_key(
        self,
        whole_of: Callable[[str], Whole[Applied]],
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """What another import of the same row would replace, is replaced again and doubled.

        A row of the other formats is not even then: the rules know what is known already.
        """
        name = "go1, archive and replace"
        case, whole = CASES[name], whole_of(name)
        change = apply_module._change

        def keyless(*what: Any) -> Change:
            made: Change = change(*what)
            return evolve(made, key=None, outcome=None)

        monkeypatch.setattr(apply_module, "_change", keyless)
        careless = Whole.of(whole.before, case.applied, after=tmp_path / "after.db")
        with pytest.raises(AssertionError, match="State"):
            check_all(
                case.applied, careless, tmp_path, partial(check_import, case, careless),
                is_done=True, for_good=True,
            )  # fmt: skip

    def test_a_store_that_saves_half(
        self,
        whole_of: Callable[[str], Whole[Applied]],
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        case, whole = CASES["unifyr"], whole_of("unifyr")

        @contextmanager
        def at_once(file: SqliteFile, **_: object) -> Generator[sqlite3.Connection]:
            with file._explaining():
                yield file._connection

        monkeypatch.setattr(SqliteFile, "writing", at_once)
        careless = Whole.of(whole.before, case.applied, after=tmp_path / "after.db")
        with pytest.raises(AssertionError, match="State"):
            check_all(
                case.applied, careless, tmp_path, partial(check_import, case, careless),
                is_done=True, for_good=True,
            )  # fmt: skip


# --- undo -------------------------------------------------------------------------------------


def undone(import_id: str, store: SqliteStore) -> Undone:
    return Service(store=store, sources=store).undo_import(
        import_id, reason="the wrong file", actor=EVA, now=LATER
    )


def check_undo(import_id: str, whole: Whole[Undone], store: SqliteStore) -> None:
    """Undo again; it ends as the undisturbed undo."""
    try:
        again = undone(import_id, store)
    except RefusedError as error:  # all was done, but the answer was lost
        if error.reasons[0].code != "already_undone":
            raise
    else:
        right = whole.answer
        assert again.undone + again.undone_before == right.undone
        assert evolve(again, undone=right.undone, undone_before=0) == right
    # Where rows were refused and only the answer was lost, this was one more undo.
    first = next(each for each in store.imports() if each.id == import_id).undos[0]
    assert (first.finished, first.undone) == (True, whole.answer.undone)
    if whole.check(store):
        with suppress(RefusedError):
            assert undone(import_id, store).undone == 0
        whole.check(store)


class TestUndo:
    @pytest.mark.parametrize("name", ["unifyr", "go1, archive and replace"])
    @MOMENTS
    @PERSISTENCES
    def test_a_statement_fails(
        self,
        name: str,
        is_done: bool,
        for_good: bool,
        whole_of: Callable[[str], Whole[Applied]],
        tmp_path: Path,
    ) -> None:
        imported = whole_of(name)
        import_id = imported.answer.import_id
        assert import_id is not None
        act = partial(undone, import_id)
        whole = Whole.of(imported.after, act, after=tmp_path / "after.db")
        assert whole.answer.undone >= 10
        assert len(whole.statements) >= 20
        check_all(
            act, whole, tmp_path, partial(check_undo, import_id, whole),
            is_done=is_done, for_good=for_good,
        )  # fmt: skip


# --- the file ---------------------------------------------------------------------------------


class TestFile:
    """A file that cannot be read to its end: nothing is lost, and a preview writes nothing."""

    @pytest.mark.parametrize("name", ["unifyr", "docebo", "knowledge anywhere"])
    def test_a_read_fails(
        self,
        name: str,
        whole_of: Callable[[str], Whole[Applied]],
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr("certlib.io._imports.job.BLOCK", 100)
        case, whole = CASES[name], whole_of(name)
        path = Path(shutil.copy(whole.before, tmp_path / "reads.db"))
        with opened(path) as store:
            source = FaultyFile(case.upload())
            case.applied(store, source)
            reads = source.reads
        failed = 0
        for number in range(1, reads + 1):
            shutil.copy(whole.before, path)
            with opened(path) as store:
                untouched = tables_of(store)
                try:
                    case.previewed(store, FaultyFile(case.upload(), fails_at=number))
                except OSError:
                    failed += 1
                assert tables_of(store) == untouched
                with pytest.raises(OSError, match="Input/output"):
                    case.applied(store, FaultyFile(case.upload(), fails_at=number))
                check_import(case, whole, store)
        assert 10 < failed <= reads
