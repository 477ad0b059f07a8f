"""The outbox of an SQLite store: several who tell, and files from before there were states."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from certlib.adapters._sqlite_rows import micros_of
from certlib.adapters._sqlite_schema import APPLICATION_ID, MIGRATIONS
from certlib.adapters.sqlite import SqliteStore
from certlib.errors import StoreError, UnknownKindError
from certlib.learners import Learner
from certlib.ports import EnrollmentKey, NoticeState
from certlib.state._notices import Notice
from certlib.testing.contract._samples import LEASE, NOW, change, reminder, save
from tests.adapters.samples import states

ANN = EnrollmentKey("ann", "FIRE-1")
MANY = 120

CLAIM = """
import sys
from datetime import datetime
from certlib.adapters.sqlite import SqliteStore

now, lease = (datetime.fromisoformat(text) for text in sys.argv[2:])
print("ready", flush=True)
sys.stdin.readline()
with SqliteStore.open(sys.argv[1]) as store:
    while found := store.claim(limit=3, now=now, lease=lease):
        print(*(id for id, _ in found))
        store.acknowledge([id for id, _ in found])
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


def filled(path: Path, count: int = MANY) -> None:
    with SqliteStore.create(path) as store:
        save(store, change(notices=tuple(reminder(f"expiry-{n}") for n in range(count))))


class TestSeveralWhoTell:
    """No notice is claimed by two at once."""

    def test_processes_at_once(self, path: Path) -> None:
        filled(path)
        words = [sys.executable, "-c", CLAIM, str(path), NOW.isoformat(), LEASE.isoformat()]
        tellers = [
            subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for _ in range(2)
        ]
        for teller in tellers:
            assert teller.stdout is not None
            assert teller.stdout.readline() == "ready\n"
        outputs: list[str] = []

        def listen(teller: subprocess.Popen[str]) -> None:
            outputs.append(teller.communicate("go\n", 60)[0])

        threads = [threading.Thread(target=listen, args=(each,)) for each in tellers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        claimed = [int(id) for output in outputs for id in output.split()]
        assert sorted(claimed) == sorted(set(claimed))
        assert len(claimed) == MANY
        with SqliteStore.open(path) as store:
            assert set(store.notice_states(claimed).values()) == {NoticeState.TOLD}

    def test_a_claim_that_is_broken_off_claims_nothing(self, path: Path) -> None:
        filled(path, 5)
        with SqliteStore.open(path) as store:
            broken = 0
            for after in range(0, 400, 7):
                steps = iter(range(10_000))
                store._file._connection.set_progress_handler(
                    lambda steps=steps, after=after: next(steps) == after,  # type: ignore[misc]
                    1,
                )
                try:
                    found = store.claim(limit=3, now=NOW, lease=LEASE)
                except StoreError:
                    broken += 1
                    store._file._connection.set_progress_handler(None, 1)
                    assert {state for _, state in states(store)} == {"waiting"}
                else:
                    store._file._connection.set_progress_handler(None, 1)
                    assert len(found) == 3
                    break
            assert broken > 5


def older(path: Path) -> None:
    """A file as the first version of the tables wrote it, with a notice and a learner in it."""
    connection = sqlite3.connect(path)
    for statement in MIGRATIONS[0]:
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute("PRAGMA user_version = 1")
    connection.execute(
        "INSERT INTO notices (tenant, kind, learner, certification, at, entry)"
        " VALUES ('default', 'certified', 'ann', 'FIRE-1', ?, 3)",
        (micros_of(NOW),),
    )
    connection.execute(
        "INSERT INTO learners (tenant, id, email, groups, active, id_skeleton, email_skeleton)"
        " VALUES ('default', 'ann', 'ann@example.org', ?, 1, 'ann', 'ann@example.org')",
        (json.dumps(["north"]),),
    )
    connection.commit()
    connection.close()


class TestAnOlderFile:
    """Notices of the first version of the tables had neither keys nor states."""

    TOLD_BEFORE = Notice(kind="certified", learner="ann", certification="FIRE-1", at=NOW, entry=3)

    def test_its_notices_come_back_and_can_be_claimed(self, path: Path) -> None:
        older(path)
        for _ in range(2):
            with SqliteStore.open(path) as store:
                assert store._file.read("PRAGMA user_version") == [(len(MIGRATIONS),)]
                assert store.notices(limit=9) == ((1, self.TOLD_BEFORE),)
        with SqliteStore.open(path) as store:
            assert states(store) == [("certified", "waiting")]
            assert store.claim(limit=9, now=NOW, lease=LEASE) == ((1, self.TOLD_BEFORE),)
            store.acknowledge([1])
            assert states(store) == [("certified", "told")]

    def test_its_learners_have_been_active_since_nobody_knows_when(self, path: Path) -> None:
        older(path)
        with SqliteStore.open(path) as store:
            ann = Learner(id="ann", email="ann@example.org", groups=("north",))
            assert store.learners(["ann"]) == {"ann": ann}

    def test_its_learners_take_attributes(self, path: Path) -> None:
        older(path)
        with SqliteStore.open(path) as store:
            assert store.learners(["ann"])["ann"].attributes == {}
            ann = Learner(id="ann", attributes={"level": 3})
            store.put_learners([ann])
            assert store.learners(["ann"]) == {"ann": ann}

    def test_new_notices_go_with_old_ones(self, path: Path) -> None:
        older(path)
        with SqliteStore.open(path) as store:
            assert store.notice_keys([ANN]) == {}
            save(store, change(notices=(reminder(), reminder())))
            save(store, change(withdrawn=(reminder(),)))
            assert store.notice_keys([ANN]) == {ANN: frozenset({reminder().key})}
            assert states(store) == [("certified", "waiting"), ("expiry-30", "withdrawn")]

    def test_two_may_bring_it_up_to_date_at_once(self, path: Path) -> None:
        older(path)
        errors: list[BaseException] = []

        def open_it() -> None:
            try:
                SqliteStore.open(path).close()
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=open_it) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert errors == []


class TestWhatIsNotKnown:
    def test_a_state_that_is_not_known_raises_and_is_not_claimed(self, path: Path) -> None:
        filled(path, 2)
        connection = sqlite3.connect(path)
        connection.execute("UPDATE notices SET state = 'shouted' WHERE id = 1")
        connection.commit()
        connection.close()
        with SqliteStore.open(path) as store:
            with pytest.raises(UnknownKindError) as caught:
                store.notice_states([2, 1])
            assert caught.value.path == "notice 1"
            assert [id for id, _ in store.claim(limit=9, now=NOW, lease=LEASE)] == [2]
            store.acknowledge([1])
            save(store, change(withdrawn=(reminder("expiry-0"),)))
            assert store._file.read("SELECT state FROM notices WHERE id = 1") == [("shouted",)]


class TestEveryQueryGoesByAnIndex:
    """Who claims a few does not walk through all that was ever told."""

    @pytest.mark.parametrize(
        ("ask", "by"),
        [
            ("claim", "tenant=?"),
            ("notice_keys", "tenant=? AND learner=? AND certification=?"),
            ("notices", "rowid>?"),
            ("notice_states", "rowid=?"),
        ],
    )
    def test_so_it_is(self, path: Path, monkeypatch: pytest.MonkeyPatch, ask: str, by: str) -> None:
        filled(path, 3)
        with SqliteStore.open(path) as store:
            plans: list[str] = []
            said: list[str] = []
            store._file._connection.set_trace_callback(said.append)
            if ask == "claim":
                store.claim(limit=1, now=NOW, lease=LEASE)
            elif ask == "notice_keys":
                store.notice_keys([ANN])
            elif ask == "notices":
                store.notices(limit=1)
            else:
                store.notice_states([1])
            store._file._connection.set_trace_callback(None)
            for statement in said:
                if statement.startswith("SELECT"):
                    rows: Sequence[tuple[object, ...]] = store._file.read(
                        f"EXPLAIN QUERY PLAN {statement}"
                    )
                    plans.extend(str(row[3]) for row in rows)
        assert any(re.search(rf"SEARCH (n|notices) USING .*\({re.escape(by)}", p) for p in plans), (
            plans
        )
        assert [each for each in plans if each.startswith("SCAN") and "VIRTUAL" not in each] == []
