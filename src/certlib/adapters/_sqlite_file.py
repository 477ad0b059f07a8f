"""The file of an SQLite store: how it is made and opened, and its transactions.

The settings: readers never wait for a writer (WAL); what was answered as saved survives a power
failure (synchronous FULL); a writer takes its lock before it reads what it decides by (BEGIN
IMMEDIATE); deleted rows are overwritten in the file (secure_delete); and importing a million lines
takes hardly more memory than ten thousand (a page cache of 32 MB).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from certlib._texts import printable
from certlib.adapters._sqlite_rows import Row
from certlib.adapters._sqlite_schema import APPLICATION_ID, MIGRATIONS
from certlib.errors import StoreError

__all__ = ["SqliteFile"]

_OLDEST_SQLITE = (3, 37)  # strict tables
_CHECKPOINT, _BULK_CHECKPOINT = 1_000, 20_000
"""After how many pages the log is written into the file: 4 MB, SQLite's default, or 80 MB."""


class SqliteFile:
    """An open store file. Whatever goes wrong with it is raised as a `StoreError`."""

    def __init__(self, path: Path, *, timeout: float) -> None:
        """Connect to an existing file; see `create` and `open`."""
        self.place: str = _shown(path)
        if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
            raise self._error(
                f"this Python has SQLite {sqlite3.sqlite_version}, 3.37 or newer is needed"
            )
        self._checkpoint = _CHECKPOINT
        with self._explaining():
            # By URI, so that opening never makes a file.
            self._connection = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode=rw",
                uri=True,
                timeout=timeout,
                isolation_level=None,
            )

    @classmethod
    def create(cls, path: Path, *, timeout: float) -> SqliteFile:
        """Make a new store; raise `StoreError` if the file exists."""
        place = _shown(path)
        try:
            path.touch(exist_ok=False)
        except FileExistsError:
            raise StoreError(
                place, "there is a file already; open it, or choose another place", "store_exists"
            ) from None
        except OSError as error:
            raise StoreError(place, f"the file cannot be made: {error.strerror}") from error
        file = None
        try:
            file = cls(path, timeout=timeout)
            file._set_up()
            file._migrate()
        except BaseException:
            if file is not None:
                file.close()
            path.unlink()
            raise
        return file

    @classmethod
    def open(cls, path: Path, *, timeout: float) -> SqliteFile:
        """Open a store; raise `StoreError` if there is none, or it cannot be used."""
        if not path.is_file():
            raise StoreError(
                _shown(path), "there is no such file; create the store", "store_absent"
            )
        file = cls(path, timeout=timeout)
        try:
            file._recognize()
            file._set_up()
            file._migrate()
        except BaseException:
            file.close()
            raise
        return file

    def close(self) -> None:
        """Close the file. The log is merged into it, unless somebody else has it open."""
        self._connection.close()

    def read(self, statement: str, parameters: Sequence[object] = ()) -> list[Row]:
        """Return the rows of a query, as of one moment."""
        with self._explaining():
            return self._connection.execute(statement, parameters).fetchall()

    @contextmanager
    def snapshot(self) -> Generator[None]:
        """Show the file as it is now to all reads within, whatever others write meanwhile.

        Nothing can be written through this connection until it ends.
        """
        with self._explaining():
            self._require_no_transaction()
            self._connection.execute("BEGIN")
            try:
                self._connection.execute("SELECT 1 FROM sqlite_schema").fetchone()
                yield
            finally:
                self._connection.execute("ROLLBACK")

    @contextmanager
    def writing(self, *, bulk: bool = False) -> Generator[sqlite3.Connection]:
        """Write everything within or, on an error, nothing; others wait.

        ``bulk`` says that much is written and more may follow. The log may then grow, so that a page
        written many times goes into the file once. The next write without it shrinks the log.
        """
        with self._explaining():
            self._require_no_transaction()
            self._set_checkpoint(_BULK_CHECKPOINT if bulk else _CHECKPOINT)
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                # Some errors have already ended the transaction.
                if self._in_transaction():
                    self._connection.execute("ROLLBACK")
                raise

    def _set_checkpoint(self, pages: int) -> None:
        if pages != self._checkpoint:
            self._connection.execute(f"PRAGMA wal_autocheckpoint = {pages}").fetchall()
            self._checkpoint = pages

    def _require_no_transaction(self) -> None:
        if self._in_transaction():
            raise self._error(
                "it is being written to, or read as of one moment, through this very store"
            )

    def _in_transaction(self) -> bool:
        return self._connection.in_transaction

    def _recognize(self) -> None:
        """Refuse a file that is not a store, before anything in it is touched."""
        if self._pragma("application_id") != APPLICATION_ID:
            raise self._not_a_store()

    def _set_up(self) -> None:
        with self._explaining():
            for setting in (
                "journal_mode = WAL",
                "synchronous = FULL",
                "foreign_keys = ON",
                "secure_delete = ON",
                "cache_size = -32768",
            ):
                self._connection.execute(f"PRAGMA {setting}").fetchall()

    def _migrate(self) -> None:
        """Bring the tables to the version that this certlib knows; refuse a newer one."""
        if self._pragma("user_version") == len(MIGRATIONS):
            return
        with self.writing() as connection:
            # Read again under the lock: somebody else may just have done it.
            version = self._pragma("user_version")
            if version > len(MIGRATIONS):
                raise self._error(
                    f"a newer certlib wrote it (tables of version {version}, this one knows"
                    f" {len(MIGRATIONS)}); update certlib",
                    "newer_store",
                )
            for statements in MIGRATIONS[version:]:
                for statement in statements:
                    connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")

    def _pragma(self, name: str) -> int:
        return int(self.read(f"PRAGMA {name}")[0][0])

    @contextmanager
    def _explaining(self) -> Generator[None]:
        """Turn errors into a `StoreError` that says what to do."""
        try:
            yield
        except sqlite3.Error as error:
            raise self._explained(error) from error
        except UnicodeEncodeError:
            # The cause is dropped: it holds the text, which may be personal data.
            raise self._error("a text holds what is no character, a lone surrogate") from None

    def _explained(self, error: sqlite3.Error) -> StoreError:
        # Errors of the sqlite3 module itself have no SQLite code.
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            return self._error("somebody else is writing to it; try again", "store_locked")
        if code == sqlite3.SQLITE_NOTADB:
            return self._not_a_store()
        return self._error(str(error))

    def _not_a_store(self) -> StoreError:
        return self._error("the file is not a certlib store", "not_a_store")

    def _error(self, message: str, reason: str = "store") -> StoreError:
        return StoreError(self.place, message, reason)


def _shown(path: Path) -> str:
    """Return a path for messages, with control characters escaped."""
    return str(path) if str(path).isprintable() else printable(str(path), 200)
