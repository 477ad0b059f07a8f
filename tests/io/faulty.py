"""A store and a file that fail as they are told: at a statement or at a read, once or for good."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from certlib.adapters.sqlite import SqliteStore

__all__ = ["Fault", "FaultyConnection", "FaultyFile", "connection_of", "opened"]


@frozen(kw_only=True)
class Fault:
    """What fails: the statement of this number, the first being 1."""

    at: int
    is_done: bool
    """Whether the statement is carried out all the same: its answer alone is lost."""
    for_good: bool
    """Whether every later statement fails, too, without being carried out."""
    error: type[BaseException] = sqlite3.OperationalError

    def raised(self) -> BaseException:
        return self.error("disk I/O error")


class FaultyConnection(sqlite3.Connection):
    """A connection that takes down what it is given, and fails as it is told."""

    given: tuple[str, ...] = ()
    fault: Fault | None = None

    def arm(self, fault: Fault | None) -> None:
        """Take down what is given from here on, and fail so."""
        self.given = ()
        self.fault = fault

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        self._begin(sql)
        cursor = super().execute(sql, parameters)
        self._end()
        return cursor

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> sqlite3.Cursor:
        self._begin(sql)
        cursor = super().executemany(sql, parameters)
        self._end()
        return cursor

    def _begin(self, statement: str) -> None:
        self.given += (statement,)
        fault, number = self.fault, len(self.given)
        if fault is None:
            return
        is_it = number == fault.at and not fault.is_done
        if is_it or (number > fault.at and fault.for_good):
            raise fault.raised()

    def _end(self) -> None:
        fault = self.fault
        if fault is not None and len(self.given) == fault.at and fault.is_done:
            raise fault.raised()


def opened(path: Path) -> SqliteStore:
    """Open a store over such a connection. It writes to the disk when the system likes: quicker."""
    connect = partial(sqlite3.connect, factory=FaultyConnection)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite3, "connect", connect)
        store = SqliteStore.open(path)
    connection_of(store).execute("PRAGMA synchronous = OFF")
    return store


def connection_of(store: SqliteStore) -> FaultyConnection:
    """Return the connection of a store that was opened so."""
    connection = store._file._connection
    assert isinstance(connection, FaultyConnection)
    return connection


class FaultyFile(BytesIO):
    """A file of which one read fails, the first being 1; those after it work again."""

    def __init__(self, data: bytes, *, fails_at: int | None = None) -> None:
        super().__init__(data)
        self.reads: int = 0
        self._fails_at = fails_at

    def read(self, size: int | None = -1, /) -> bytes:
        self.reads += 1
        if self.reads == self._fails_at:
            raise OSError("Input/output error")
        return super().read(size)
