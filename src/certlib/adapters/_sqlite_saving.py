"""Saving a batch of changes in an SQLite store.

Changes are encoded before the lock is taken. Under the lock, a few queries find stored versions, keys
and completions, which decide which changes are saved. Then the rows of all saved changes are written table by
table, many times as fast as change by change.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Final, NamedTuple, TypeAlias

from attrs import field, frozen

from certlib.adapters._sqlite_rows import (
    STORED,
    Row,
    completion_row,
    event_row,
    json_list,
    micros_of,
    micros_or_none,
    notice_row,
    outcome_row,
    reset_row,
    struck_row,
)
from certlib.adapters.store_rules import is_bound_elsewhere, key_reused, row_reused
from certlib.ports import (
    Change,
    Conflict,
    EnrollmentChange,
    EnrollmentKey,
    NoticeState,
    SaveAnswer,
    Saved,
)
from certlib.serialize._quick import json_text
from certlib.serialize._records import Records

__all__ = ["EncodedChange", "encoded", "write"]

_INSERT: Final = {
    "enrollments": (
        "INSERT INTO enrollments (id, tenant, learner, certification, version, last_fact_at,"
        " document, indexed_status, indexed_at, next_change_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    ),
    "events": (
        "INSERT INTO events (enrollment, sequence, entry, at, recorded_at, actor, row, reason,"
        " version, import_id, import_row, because, tag, fact)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    ),
    # A completion that is already known is not stored twice.
    "completions": (
        "INSERT INTO completions (tenant, learner, training, at, on_day, source, recorded_at,"
        " actor, import_id, import_row, because, version)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (tenant, learner, training, at) DO NOTHING"
    ),
    "notices": (
        "INSERT INTO notices (tenant, kind, learner, certification, at, entry, key, about,"
        " certificate, cycle, day, corrects, state)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
    ),
    "import_rows": (
        "INSERT INTO import_rows (tenant, import_id, row, learner, outcome, note)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (tenant, import_id, row) DO NOTHING"
    ),
    "resets": (
        "INSERT INTO resets (tenant, learner, training, at, on_day, recorded_at, actor, reason)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (tenant, learner, training, at) DO NOTHING"
    ),
    "transcripts": (
        "INSERT INTO transcripts (tenant, learner, version) VALUES (?, ?, ?)"
        " ON CONFLICT (tenant, learner) DO UPDATE SET version = max(version + 1, excluded.version)"
    ),
    "changes": (
        "INSERT INTO changes (tenant, key, digest, bound_to, answer) VALUES (?, ?, ?, ?, ?)"
    ),
}
# A notice whose reason has gone is withdrawn if nobody was told, else corrected.
_CORRECT: Final = (
    "INSERT INTO notices (tenant, kind, learner, certification, at, entry, key, about,"
    " certificate, cycle, day, corrects, state)"
    " SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13 WHERE EXISTS"
    " (SELECT 1 FROM notices WHERE tenant = ?1 AND learner = ?3 AND certification = ?4"
    " AND key = ?14 AND state IN ('claimed', 'told')) ON CONFLICT DO NOTHING"
)
_WITHDRAW: Final = (
    "UPDATE notices SET state = 'withdrawn' WHERE tenant = ?1 AND learner = ?3"
    " AND certification = ?4 AND key = ?14 AND state IN ('waiting', 'claimed')"
)
# Only a completion that is stored is struck.
_STRIKE: Final = (
    "INSERT INTO struck_completions (tenant, learner, training, at, on_day, source, recorded_at,"
    " actor, import_id, import_row, because, version, struck_at, struck_by, reason, withdrawn,"
    " struck_version)"
    " SELECT tenant, learner, training, at, on_day, source, recorded_at, actor, import_id,"
    " import_row, because, version, ?5, ?6, ?7, ?8, ?9 FROM completions"
    " WHERE tenant = ?1 AND learner = ?2 AND training = ?3 AND at = ?4"
)
_STRUCK: Final = (
    "DELETE FROM completions WHERE tenant = ?1 AND learner = ?2 AND training = ?3 AND at = ?4"
)
# The version was looked up under the same lock; checking it again costs nothing.
_UPDATE: Final = (
    "UPDATE enrollments SET version = ?, last_fact_at = ?, document = ?, indexed_status = ?,"
    " indexed_at = ?, next_change_at = ? WHERE id = ? AND version = ?"
)
_REFRESH: Final = (
    "UPDATE enrollments SET indexed_status = ?, indexed_at = ?, next_change_at = ?"
    " WHERE id = ? AND version = ?"
)


_Key: TypeAlias = tuple[str, str]
"""The learner and the certification of an enrollment."""


class _EncodedPart(NamedTuple):
    """One enrollment of a change, as rows that lack the enrollment's id."""

    key: _Key
    expected: int
    version: int
    record: Row
    """The latest fact, and the document."""
    searched_by: Row
    """The indexed status and instant, and the next change."""
    events: Sequence[Row]


class _KeyRow(NamedTuple):
    """The key of a change as it is stored."""

    key: str
    digest: str
    """The digest of what the change records."""
    bound_to: str | None
    answer: str | None


class EncodedChange(NamedTuple):
    """One change as rows. It is a tuple because thousands are made."""

    learner: str
    key: _KeyRow | None
    parts: Sequence[_EncodedPart]
    completions: Sequence[Row]
    notices: Sequence[Row]
    outcome: Row | None
    withdrawn: Sequence[Row]
    """Corrections of withdrawn notices, with the keys of the notices they correct."""
    struck: Sequence[Row]
    """Which completions are struck, when, by whom and why."""
    resets: Sequence[Row]
    transcript: int | None
    """The version of the transcript that it was decided on."""
    unchanged: Sequence[tuple[_Key, int]]
    """Enrollments that are only compared, with the versions expected."""


_NONE: Final[Sequence[Row]] = ()


def encoded(change: Change, *, tenant: str, records: Records) -> EncodedChange:
    """Return a change as rows."""
    parts = [_encoded_part(part, records) for part in change.enrollments]
    completions = [completion_row(tenant, change.learner, each) for each in change.completions]
    # Most changes have none of these; not making the lists saves time.
    notices, withdrawn, struck, resets = _NONE, _NONE, _NONE, _NONE
    if change.notices or change.withheld:
        waiting = [notice_row(tenant, each, NoticeState.WAITING) for each in change.notices]
        withheld = [notice_row(tenant, each, NoticeState.WITHHELD) for each in change.withheld]
        notices = waiting + withheld
    if change.withdrawn:
        withdrawn = [
            (*notice_row(tenant, each.correction, NoticeState.WAITING), each.key)
            for each in change.withdrawn
        ]
    if change.struck:
        struck = [struck_row(tenant, change.learner, each) for each in change.struck]
    if change.resets:
        resets = [reset_row(tenant, change.learner, each) for each in change.resets]
    outcome = None if change.outcome is None else outcome_row(tenant, change.outcome)
    key = None
    if change.key is not None:
        digest = _digest(change, parts, completions, struck, resets)
        key = _KeyRow(change.key, digest, change.bound_to, change.answer)
    return EncodedChange(
        change.learner,
        key,
        parts,
        completions,
        notices,
        outcome,
        withdrawn,
        struck,
        resets,
        change.transcript,
        [((key.learner, key.certification), expected) for key, expected in change.unchanged],
    )


def _digest(
    change: Change,
    parts: Sequence[_EncodedPart],
    completions: Sequence[Row],
    struck: Sequence[Row],
    resets: Sequence[Row],
) -> str:
    """Return the digest of what a key stands for (`certlib.adapters.store_rules.payload_of`)."""
    text = _payload_text(change, parts, completions, struck, resets)
    return sha256(text.encode()).hexdigest()


def _payload_text(
    change: Change,
    parts: Sequence[_EncodedPart],
    completions: Sequence[Row],
    struck: Sequence[Row],
    resets: Sequence[Row],
) -> str:
    """Return what `ascii` makes of the payload as tuples and lists, which files know the digest of.

    It is the learner; certifications with the instant, tag and text of each event; training and
    instant of completions; the row of the import; of changes that strike or reset, of what is struck;
    and of changes that reset, of what is reset.
    """
    told = ", ".join(
        [
            f"({part.key[1]!a}, [{', '.join([f'({row[2]}, {row[11]!a}, {row[12]!a})' for row in part.events])}])"
            for part in parts
        ]
    )
    done = ", ".join([f"({row[2]!a}, {row[3]})" for row in completions])
    outcome = change.outcome
    row = None if outcome is None else f"({outcome.import_id!a}, {outcome.row})"
    more = ""
    if struck or resets:
        more = f", [{', '.join([f'({row[2]!a}, {row[3]})' for row in struck])}]"
    if resets:
        more += f", [{', '.join([f'({row[2]!a}, {row[3]})' for row in resets])}]"
    return f"({change.learner!a}, [{told}], [{done}], {row}{more})"


def _encoded_part(part: EnrollmentChange, records: Records) -> _EncodedPart:
    enrollment, status, events = part.enrollment, part.indexed_status, part.events
    return _EncodedPart(
        (enrollment.learner, enrollment.certification),
        part.expected,
        enrollment.version,
        (
            micros_or_none(enrollment.last_fact_at),
            records.enrollment_text(enrollment) if events else None,
        ),
        (
            None if status is None else STORED[status],
            micros_of(part.indexed_at),
            micros_or_none(part.next_change_at),
        ),
        [event_row(event, records) for event in events],
    )


def write(
    connection: sqlite3.Connection, changes: Sequence[EncodedChange], *, tenant: str, place: str
) -> tuple[SaveAnswer, ...]:
    """Write changes that can be saved, and answer each; the caller holds the lock."""
    batch = _Batch(
        tenant=tenant,
        place=place,
        stored=_stored(
            connection,
            tenant,
            [
                *[part.key for each in changes for part in each.parts],
                *[key for each in changes for key, _ in each.unchanged],
            ],
        ),
        keys=_keys(connection, tenant, [each.key.key for each in changes if each.key]),
        transcripts=_transcript_versions(
            connection, tenant, [each.learner for each in changes if each.transcript is not None]
        ),
        standing=_there(
            connection,
            "completions",
            tenant,
            [row for each in changes for row in (*each.completions, *each.struck)],
        ),
        reset=_there(
            connection, "resets", tenant, [row for each in changes for row in each.resets]
        ),
        first_free_id=_first_free_id(connection),
    )
    given = tuple(batch.add(change) for change in changes)
    for row in batch.struck:
        # One by one: a completion struck twice in a batch is stored once.
        connection.execute(_STRIKE, row)
        connection.execute(_STRUCK, row[:4])
    for table, statement in _INSERT.items():
        rows = batch.rows[table]
        if _written(connection, statement, rows) < len(rows) and table == "import_rows":
            raise row_reused(place, rows[0][1])
    for statement in (_CORRECT, _WITHDRAW):
        _written(connection, statement, batch.withdrawn)
    for statement, rows in ((_UPDATE, batch.updates), (_REFRESH, batch.refreshes)):
        changed = _written(connection, statement, rows)
        assert changed == len(rows)  # noqa: S101 (nobody else writes under the lock)
    return given


def _written(connection: sqlite3.Connection, statement: str, rows: Sequence[Row]) -> int:
    """Write rows, and return how many were inserted or changed."""
    return connection.executemany(statement, rows).rowcount if rows else 0


def _stored(
    connection: sqlite3.Connection, tenant: str, keys: Sequence[_Key]
) -> dict[_Key, tuple[int, int]]:
    """Return the ids and versions of the enrollments that are stored."""
    rows = connection.execute(
        "SELECT e.learner, e.certification, e.id, e.version FROM json_each(?) AS k"
        " CROSS JOIN enrollments AS e ON e.tenant = ?"
        " AND e.learner = json_extract(k.value, '$[0]')"
        " AND e.certification = json_extract(k.value, '$[1]')",
        (json_text(keys), tenant),
    )
    return {(learner, certification): (id, version) for learner, certification, id, version in rows}


def _keys(
    connection: sqlite3.Connection, tenant: str, keys: Sequence[str]
) -> dict[str, tuple[str, str | None]]:
    """Return the digests of the keys that have been used, and what they are bound to."""
    if not keys:
        return {}
    rows = connection.execute(
        "SELECT key, digest, bound_to FROM changes"
        " WHERE tenant = ? AND key IN (SELECT value FROM json_each(?))",
        (tenant, json_list(keys)),
    )
    return {key: (digest, bound_to) for key, digest, bound_to in rows}


def _transcript_versions(
    connection: sqlite3.Connection, tenant: str, learners: Sequence[str]
) -> dict[str, int]:
    """Return the versions of the transcripts that are stored."""
    if not learners:
        return {}
    return dict(
        connection.execute(
            "SELECT learner, version FROM transcripts"
            " WHERE tenant = ? AND learner IN (SELECT value FROM json_each(?))",
            (tenant, json_list(learners)),
        )
    )


def _there(
    connection: sqlite3.Connection, table: str, tenant: str, rows: Sequence[Row]
) -> set[Row]:
    """Return learner, training and instant of those of these completions or resets that are stored."""
    if not rows:
        return set()
    return set(
        connection.execute(
            f"SELECT c.learner, c.training, c.at FROM json_each(?) AS k"  # noqa: S608 (no value)
            f" CROSS JOIN {table} AS c ON c.tenant = ?"
            " AND c.learner = json_extract(k.value, '$[0]')"
            " AND c.training = json_extract(k.value, '$[1]')"
            " AND c.at = json_extract(k.value, '$[2]')",
            (json_text([row[1:4] for row in rows]), tenant),
        )
    )


def _first_free_id(connection: sqlite3.Connection) -> int:
    ((last,),) = connection.execute("SELECT max(id) FROM enrollments")
    return (last or 0) + 1


@frozen(kw_only=True)
class _Batch:
    """The rows that a batch writes, by table, filled change by change."""

    tenant: str
    place: str
    stored: Mapping[_Key, tuple[int, int]]
    keys: dict[str, tuple[str, str | None]]
    """By key: the digest, and what it is bound to."""
    transcripts: Mapping[str, int]
    standing: set[Row]
    """Learner, training and instant of completions that stand by now."""
    reset: set[Row]
    first_free_id: int
    rows: dict[str, list[Row]] = field(factory=lambda: {table: [] for table in _INSERT})
    updates: list[Row] = field(factory=list[Row])
    refreshes: list[Row] = field(factory=list[Row])
    withdrawn: list[Row] = field(factory=list[Row])
    struck: list[Row] = field(factory=list[Row])

    def add(self, change: EncodedChange) -> SaveAnswer:
        """Answer a change, and add what it writes."""
        if change.key is not None:
            key, digest, bound_to, _ = change.key
            if key in self.keys:
                used, bound = self.keys[key]
                if used != digest or is_bound_elsewhere(bound, bound_to):
                    raise key_reused(self.place, key)
                return Saved(again=True)
        conflict = self._conflict(change)
        if conflict is not None:
            return conflict
        rows = self.rows
        for part in change.parts:
            self._add_part(part)
        rows["completions"] += change.completions
        rows["resets"] += change.resets
        if (change.completions or change.struck or change.resets) and self._touches(change):
            known = (row[-1] or 1 for row in (*change.completions, *change.struck))
            rows["transcripts"].append((self.tenant, change.learner, max(known, default=1)))
        rows["notices"] += change.notices
        if change.outcome is not None:
            rows["import_rows"].append(change.outcome)
        self.withdrawn.extend(change.withdrawn)
        self.struck.extend(change.struck)
        if change.key is not None:
            key, digest, bound_to, _ = change.key
            self.keys[key] = (digest, bound_to)
            rows["changes"].append((self.tenant, *change.key))
        return _SAVED

    def _conflict(self, change: EncodedChange) -> Conflict | None:
        """Return the first version that is another one than the change was decided on."""
        for part in change.parts:
            _, found = self.stored.get(part.key, _ABSENT)
            if found != part.expected:
                return Conflict(key=EnrollmentKey(*part.key), expected=part.expected, found=found)
        for pair, expected in change.unchanged:
            _, found = self.stored.get(pair, _ABSENT)
            if found != expected:
                return Conflict(key=EnrollmentKey(*pair), expected=expected, found=found)
        if change.transcript is not None:
            found = self.transcripts.get(change.learner, 0)
            if found != change.transcript:
                return Conflict(learner=change.learner, expected=change.transcript, found=found)
        return None

    def _touches(self, change: EncodedChange) -> bool:
        """Whether anything is stored in the transcript; what stands by then is kept up to date."""
        touched = False
        for row in change.struck:
            touched |= row[1:4] in self.standing
            self.standing.discard(row[1:4])
        for row in change.completions:
            touched |= row[1:4] not in self.standing
            self.standing.add(row[1:4])
        return touched or any(row[1:4] not in self.reset for row in change.resets)

    def _add_part(self, part: _EncodedPart) -> None:
        if part.expected == 0:
            id = self.first_free_id + len(self.rows["enrollments"])
            named = (id, self.tenant, *part.key, part.version)
            self.rows["enrollments"].append((*named, *part.record, *part.searched_by))
        else:
            id, _ = self.stored[part.key]
            where = (id, part.expected)
            if part.events:
                self.updates.append((part.version, *part.record, *part.searched_by, *where))
            else:
                self.refreshes.append((*part.searched_by, *where))
        self.rows["events"] += [(id, *event) for event in part.events]


_SAVED: Final = Saved()
_ABSENT: Final = (0, 0)
"""The id and the version of an enrollment that is not stored."""
