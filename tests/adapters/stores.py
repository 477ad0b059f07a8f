"""What makes the stores that come with certlib, for the contract: same names, same data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Protocol, cast

from certlib.adapters.memory import MemoryDatabase, MemoryStore
from certlib.adapters.sqlite import SqliteStore
from certlib.serialize import RECORDS, Records
from certlib.testing.contract import Capability, FullStore, MakeStore

MEMORY_LACKS: Final = (Capability.DOCUMENTS, Capability.THREADS, Capability.SNAPSHOT)
REOPENED_LACKS: Final = (Capability.SNAPSHOT,)


class MakeMemory(Protocol):
    def __call__(
        self, database: str, tenant: str, *, records: Records = RECORDS
    ) -> MemoryStore: ...


def in_memory(kind: type[MemoryStore] = MemoryStore) -> MakeMemory:
    databases: dict[str, MemoryDatabase] = {}

    def make(database: str, tenant: str, *, records: Records = RECORDS) -> MemoryStore:
        held = databases.setdefault(database, MemoryDatabase())
        return kind(held, tenant=tenant, records=records)

    return make


def in_sqlite(folder: Path, kind: type[SqliteStore] = SqliteStore) -> MakeStore:
    def make(database: str, tenant: str, *, records: Records = RECORDS) -> SqliteStore:
        path = folder / f"{database}.db"
        open_or_create = kind.open if path.exists() else kind.create
        return open_or_create(path, tenant=tenant, records=records)

    return make


class Reopened:
    """An SQLite store that is opened for each call and closed after it: nothing is only in memory."""

    def __init__(self, path: Path, tenant: str, records: Records) -> None:
        self.path, self.tenant, self.records = path, tenant, records

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if not hasattr(SqliteStore, name) or name == "close":
            raise AttributeError(name)

        def call(*arguments: object, **named: object) -> object:
            with SqliteStore.open(self.path, tenant=self.tenant, records=self.records) as store:
                method: Callable[..., object] = getattr(store, name)
                return method(*arguments, **named)

        return call


def in_sqlite_reopened(folder: Path) -> MakeStore:
    def make(database: str, tenant: str, *, records: Records = RECORDS) -> FullStore:
        path = folder / f"{database}.db"
        if not path.exists():
            SqliteStore.create(path).close()
        return cast("FullStore", Reopened(path, tenant, records))

    return make
