"""certlib's own store: one SQLite file, with the standard library only.

One file holds people, catalog, completions and records of one tenant or several. A store belongs to
the thread that opened it; each thread of each process opens its own.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from certlib._declared import takes_instants_in
from certlib.adapters._sqlite_facts import FactReader
from certlib.adapters._sqlite_file import SqliteFile
from certlib.adapters._sqlite_rows import (
    Row,
    event_of,
    import_of,
    import_row,
    index_of_row,
    instant_of,
    json_list,
    micros_of,
    notice_of,
    outcome_of_row,
    parsed,
    undo_of,
    undo_row,
)
from certlib.adapters._sqlite_saving import encoded, write
from certlib.adapters._sqlite_sources import SqliteSources
from certlib.adapters.store_rules import check_changes, index_by, member_of
from certlib.audit import Index
from certlib.ports import (
    Change,
    EnrollmentKey,
    ImportRecord,
    NoticeState,
    Query,
    RowOutcome,
    SaveAnswer,
    SavedKey,
    Undo,
)
from certlib.serialize import KINDS, RECORDS, Kinds, Records
from certlib.serialize._quick import json_text
from certlib.state._enrollments import Enrollment
from certlib.state._events import Event
from certlib.state._notices import Notice

__all__ = ["SqliteStore"]

BEFORE_ALL = EnrollmentKey("", "")
BULK = 500
"""From how many changes at once a save counts as part of something big."""


@takes_instants_in
class SqliteStore(SqliteSources):
    """A store in an SQLite file: `Sources`, `Store` and `Outbox` of one tenant in one object.

    >>> from tempfile import TemporaryDirectory
    >>> from certlib.learners import Learner
    >>> with TemporaryDirectory() as folder, SqliteStore.create(Path(folder, "store.db")) as store:
    ...     store.put_learners([Learner(id="ann")])
    ...     store.learners(["ann", "bob"])
    {'ann': Learner(id='ann')}
    """

    def __init__(
        self, file: SqliteFile, *, tenant: str, records: Records, kinds: Kinds = KINDS
    ) -> None:
        """Bind to a tenant's part of an open file; see `create` and `open`."""
        super().__init__(file, tenant=tenant, kinds=kinds)
        self._records = records
        self._read_fact = FactReader(records)

    @classmethod
    def create(
        cls,
        path: str | Path,
        *,
        tenant: str = "default",
        records: Records = RECORDS,
        kinds: Kinds = KINDS,
        timeout: float = 30.0,
    ) -> Self:
        """Make a store in a new file; raise `StoreError` if the file exists.

        ``records`` knows the host's own facts, ``kinds`` its rules, requirements and paths.
        ``timeout`` is how many seconds to wait for other writers.
        """
        file = SqliteFile.create(Path(path), timeout=timeout)
        return cls(file, tenant=tenant, records=records, kinds=kinds)

    @classmethod
    def open(
        cls,
        path: str | Path,
        *,
        tenant: str = "default",
        records: Records = RECORDS,
        kinds: Kinds = KINDS,
        timeout: float = 30.0,
    ) -> Self:
        """Open a store, and bring an older one up to date.

        Raise `StoreError` if there is no such file, or it is no store, or a newer certlib wrote it.
        """
        file = SqliteFile.open(Path(path), timeout=timeout)
        return cls(file, tenant=tenant, records=records, kinds=kinds)

    @contextmanager
    def snapshot(self) -> Generator[None]:
        """Show the store as it is now to all reads within, whatever others write meanwhile.

        Use it for an export of many pages. Nothing can be written through this store until it ends.
        """
        with self._file.snapshot():
            yield

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    # --- Store --------------------------------------------------------------------------------

    def load(self, keys: Collection[EnrollmentKey]) -> Mapping[EnrollmentKey, Enrollment]:
        """Return the stored enrollments with these keys."""
        rows = self._file.read(
            "SELECT e.learner, e.certification, e.document FROM json_each(?) AS k"
            " CROSS JOIN enrollments AS e ON e.tenant = ?"
            " AND e.learner = json_extract(k.value, '$[0]')"
            " AND e.certification = json_extract(k.value, '$[1]')",
            (_json_keys(keys), self._tenant),
        )
        asked = set(keys)
        return {key: self._enrollment(row) for row in rows if (key := _key(row)) in asked}

    def _enrollment(self, row: Row) -> Enrollment:
        learner, certification, document = row
        path = f"{learner} in {certification}"
        return self._records.load_enrollment(parsed(document, path), path)

    def history(self, keys: Collection[EnrollmentKey]) -> Mapping[EnrollmentKey, tuple[Event, ...]]:
        """Return the events of these enrollments, by sequence."""
        rows = self._file.read(
            "SELECT e.learner, e.certification, v.sequence, v.entry, v.at, v.recorded_at, v.actor,"
            " v.row, v.reason, v.version, v.import_id, v.import_row, v.because, v.tag, v.fact"
            " FROM json_each(?) AS k"
            " CROSS JOIN enrollments AS e ON e.tenant = ?"
            " AND e.learner = json_extract(k.value, '$[0]')"
            " AND e.certification = json_extract(k.value, '$[1]')"
            " CROSS JOIN events AS v ON v.enrollment = e.id",
            (_json_keys(keys), self._tenant),
        )
        asked = set(keys)
        found: dict[EnrollmentKey, list[Event]] = {}
        for row in rows:
            key = _key(row)
            if key in asked:
                path = f"{key.learner} in {key.certification}"
                found.setdefault(key, []).append(event_of(row[2:], self._read_fact, path))
        return {key: tuple(sorted(those, key=_by_sequence)) for key, those in found.items()}

    def save(self, changes: Sequence[Change]) -> tuple[SaveAnswer, ...]:
        """Save each change whole or not at all, and answer each.

        All of them are one transaction. Raise `StoreError`, and save none of them, if a key or a line
        of an import was used for another change.
        """
        check_changes(changes)
        rows = [encoded(change, tenant=self._tenant, records=self._records) for change in changes]
        with self._file.writing(bulk=len(changes) >= BULK) as connection:
            return write(connection, rows, tenant=self._tenant, place=self._file.place)

    def saved_answers(self, keys: Collection[str]) -> Mapping[str, SavedKey]:
        """Return which of these keys a change has been saved under, with what was saved with them."""
        rows = self._file.read(
            "SELECT key, bound_to, answer FROM changes"
            " WHERE tenant = ? AND key IN (SELECT value FROM json_each(?))",
            (self._tenant, json_list(keys)),
        )
        asked = set(keys)
        return {
            key: SavedKey(bound_to=bound_to, answer=answer)
            for key, bound_to, answer in rows
            if key in asked
        }

    def due(
        self, before: datetime, *, limit: int, after: EnrollmentKey | None = None
    ) -> tuple[EnrollmentKey, ...]:
        """Return enrollments whose next change point is at or before an instant, by key."""
        last = after or BEFORE_ALL
        # Without this hint, SQLite walks through all keys in order rather than sort the due ones.
        rows = self._file.read(
            "SELECT learner, certification FROM enrollments INDEXED BY enrollments_due"
            " WHERE tenant = ? AND next_change_at <= ? AND (learner, certification) > (?, ?)"
            " ORDER BY learner, certification LIMIT ?",
            (self._tenant, micros_of(before), last.learner, last.certification, limit),
        )
        return tuple(map(_key, rows))

    def find(
        self, query: Query, *, limit: int, after: EnrollmentKey | None = None
    ) -> tuple[Enrollment, ...]:
        """Return at least all enrollments that answer a query, by key; callers check the status."""
        last, at = after or BEFORE_ALL, micros_of(query.at)
        statement = "SELECT learner, certification, document FROM enrollments WHERE tenant = ?"
        parameters: list[object] = [self._tenant, last.learner, last.certification]
        if query.learners is None:
            statement += " AND (learner, certification) > (?, ?)"
        else:
            # The signs make SQLite look these learners up rather than walk through all keys.
            statement += " AND (+learner, +certification) > (?, ?)"
            statement += " AND learner IN (SELECT value FROM json_each(?))"
            parameters.append(json_list(query.learners))
        if query.certifications is not None:
            statement += " AND certification IN (SELECT value FROM json_each(?))"
            parameters.append(json_list(query.certifications))
        if query.status is not None:
            # The index entry has the status, or is outdated at the instant.
            statement += " AND (indexed_status = ? OR indexed_at > ? OR next_change_at <= ?)"
            parameters += (query.status.value, at, at)
        statement += " ORDER BY learner, certification LIMIT ?"
        rows = self._file.read(statement, (*parameters, limit))
        return tuple(map(self._enrollment, rows))

    def notices(self, *, limit: int, after: int = 0) -> tuple[tuple[int, Notice], ...]:
        """Return notices after an id, with their ids, in the order in which they were saved."""
        rows = self._file.read(
            "SELECT id, kind, learner, certification, at, entry, about, certificate, cycle, day,"
            " corrects FROM notices WHERE tenant = ? AND id > ? ORDER BY id LIMIT ?",
            (self._tenant, after, limit),
        )
        return tuple(map(notice_of, rows))

    def notice_states(self, ids: Collection[int]) -> Mapping[int, NoticeState]:
        """Return the states of notices."""
        rows = self._file.read(
            "SELECT id, state FROM notices"
            " WHERE tenant = ? AND id IN (SELECT value FROM json_each(?))",
            (self._tenant, json_text(list(ids))),
        )
        return {id: member_of(NoticeState, state, f"notice {id}") for id, state in rows}

    def indexed(self, keys: Collection[EnrollmentKey]) -> Mapping[EnrollmentKey, Index]:
        """Return the index entries of these enrollments; an audit checks them."""
        rows = self._file.read(
            "SELECT e.learner, e.certification, e.indexed_status, e.indexed_at, e.next_change_at"
            " FROM json_each(?) AS k CROSS JOIN enrollments AS e ON e.tenant = ?"
            " AND e.learner = json_extract(k.value, '$[0]')"
            " AND e.certification = json_extract(k.value, '$[1]')",
            (_json_keys(keys), self._tenant),
        )
        asked = set(keys)
        return {
            key: index_of_row(row[2:], f"{key.learner} in {key.certification}")
            for row in rows
            if (key := _key(row)) in asked
        }

    def notice_keys(
        self, keys: Collection[EnrollmentKey]
    ) -> Mapping[EnrollmentKey, frozenset[str]]:
        """Return the keys of all notices ever saved about these enrollments, told or not."""
        rows = self._file.read(
            "SELECT n.learner, n.certification, n.key FROM json_each(?) AS k"
            " CROSS JOIN notices AS n INDEXED BY notices_by_key ON n.tenant = ?"
            " AND n.learner = json_extract(k.value, '$[0]')"
            " AND n.certification = json_extract(k.value, '$[1]') AND n.key IS NOT NULL",
            (_json_keys(keys), self._tenant),
        )
        found: dict[EnrollmentKey, set[str]] = {}
        for row in rows:
            found.setdefault(_key(row), set()).add(row[2])
        return {key: frozenset(found[key]) for key in keys if key in found}

    # --- Outbox -------------------------------------------------------------------------------

    def claim(
        self, *, limit: int, now: datetime, lease: datetime
    ) -> tuple[tuple[int, Notice], ...]:
        """Claim notices until ``lease`` and return them with their ids, oldest first."""
        with self._file.writing() as connection:
            rows = connection.execute(
                "SELECT id, kind, learner, certification, at, entry, about, certificate, cycle, day,"
                " corrects FROM notices INDEXED BY notices_to_tell WHERE tenant = ?"
                " AND state IN ('waiting', 'claimed')"
                " AND (state = 'waiting' OR leased_until <= ?) ORDER BY id LIMIT ?",
                (self._tenant, micros_of(now), limit),
            ).fetchall()
            connection.executemany(
                "UPDATE notices SET state = 'claimed', leased_until = ? WHERE id = ?",
                [(micros_of(lease), row[0]) for row in rows],
            )
        return tuple(map(notice_of, rows))

    def acknowledge(self, ids: Collection[int]) -> None:
        """Mark notices as told; one that was withdrawn meanwhile stays withdrawn."""
        with self._file.writing() as connection:
            connection.executemany(
                "UPDATE notices SET state = 'told'"
                " WHERE tenant = ? AND id = ? AND state IN ('waiting', 'claimed')",
                [(self._tenant, id) for id in ids],
            )

    def imports(self, *, purpose: str | None = None) -> tuple[ImportRecord, ...]:
        """Return the imports, oldest first, or only those of a purpose."""
        rows = self._file.read(
            "SELECT id, format, file_name, digest, purpose, actor, at, new, already_completed,"
            " errors, finished FROM imports WHERE tenant = ?1 AND (?2 IS NULL OR purpose = ?2)"
            " ORDER BY at, position",
            (self._tenant, purpose),
        )
        undone = self._file.read(
            "SELECT import_id, number, actor, at, reason, undone, refused, finished FROM undos"
            " WHERE tenant = ? AND import_id IN (SELECT value FROM json_each(?))"
            " ORDER BY import_id, number",
            (self._tenant, json_list(row[0] for row in rows)),
        )
        undos = index_by(map(undo_of, undone), {row[0]: row[0] for row in rows})
        return tuple(import_of(row, undos.get(row[0], ())) for row in rows)

    def save_import(self, record: ImportRecord) -> None:
        """Store an import, or replace the one with the same id; its stored undos stay."""
        with self._file.writing() as connection:
            connection.execute(
                "INSERT INTO imports (tenant, id, format, file_name, digest, purpose, actor, at, new,"
                " already_completed, errors, finished) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (tenant, id) DO UPDATE SET format = excluded.format,"
                " file_name = excluded.file_name, digest = excluded.digest,"
                " purpose = excluded.purpose, actor = excluded.actor, at = excluded.at,"
                " new = excluded.new, already_completed = excluded.already_completed,"
                " errors = excluded.errors, finished = excluded.finished",
                import_row(self._tenant, record),
            )

    def save_undo(self, import_id: str, undo: Undo) -> None:
        """Store an undo of an import, or replace the one with the same number."""
        with self._file.writing() as connection:
            connection.execute(
                "INSERT INTO undos (tenant, import_id, number, actor, at, reason, undone, refused,"
                " finished) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (tenant, import_id, number) DO UPDATE SET actor = excluded.actor,"
                " at = excluded.at, reason = excluded.reason, undone = excluded.undone,"
                " refused = excluded.refused, finished = excluded.finished",
                undo_row(self._tenant, import_id, undo),
            )

    def import_rows(
        self, import_id: str, *, limit: int, after: int | None = None
    ) -> tuple[RowOutcome, ...]:
        """Return the stored outcomes of an import, by line, after a line."""
        rows = self._file.read(
            "SELECT import_id, row, learner, outcome, note FROM import_rows"
            " WHERE tenant = ? AND import_id = ? AND row > ? ORDER BY row LIMIT ?",
            (self._tenant, import_id, -1 if after is None else after, limit),
        )
        return tuple(map(outcome_of_row, rows))

    def last_sweep(self) -> datetime | None:
        """Return the ``now`` of the latest sweep (T7)."""
        rows = self._file.read("SELECT last_at FROM sweeps WHERE tenant = ?", (self._tenant,))
        return instant_of(rows[0][0]) if rows else None

    def record_sweep(self, now: datetime) -> None:
        """Store the ``now`` of a sweep, unless a later one is stored."""
        with self._file.writing() as connection:
            connection.execute(
                "INSERT INTO sweeps (tenant, last_at) VALUES (?, ?)"
                " ON CONFLICT (tenant) DO UPDATE SET last_at = max(last_at, excluded.last_at)",
                (self._tenant, micros_of(now)),
            )

    def reset_sweep(self, now: datetime) -> None:
        """Replace the ``now`` of the latest sweep, if there was one."""
        with self._file.writing() as connection:
            connection.execute(
                "UPDATE sweeps SET last_at = ? WHERE tenant = ?", (micros_of(now), self._tenant)
            )


def _json_keys(keys: Collection[EnrollmentKey]) -> str:
    """Return keys, each once, as one parameter: any number of them costs one query."""
    return json_text([[key.learner, key.certification] for key in dict.fromkeys(keys)])


def _key(row: Row) -> EnrollmentKey:
    return EnrollmentKey(row[0], row[1])


def _by_sequence(event: Event) -> int:
    return event.sequence
