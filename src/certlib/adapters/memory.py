"""A store in memory: the specification of what every store does, in the plainest code.

Tests use it, and compare other stores with it. It keeps values as they would be stored, and finds
them by walking through them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime

from attrs import evolve

from certlib._declared import takes_instants_in
from certlib.adapters._memory_database import Held, Indexed, KeptNotice, MemoryDatabase
from certlib.adapters._memory_sources import PLACE, MemorySources
from certlib.adapters.store_rules import (
    check_changes,
    is_bound_elsewhere,
    key_reused,
    payload_of,
    pick,
    row_reused,
)
from certlib.audit import Index
from certlib.ports import (
    Change,
    Conflict,
    EnrollmentChange,
    EnrollmentKey,
    ImportRecord,
    NoticeState,
    Query,
    RowOutcome,
    SaveAnswer,
    Saved,
    SavedKey,
    Undo,
)
from certlib.serialize import KINDS, RECORDS, Kinds, Records
from certlib.state._enrollments import Enrollment
from certlib.state._events import Event
from certlib.state._notices import Notice

__all__ = ["MemoryDatabase", "MemoryStore"]


@takes_instants_in
class MemoryStore(MemorySources):
    """A store in memory: `Sources`, `Store` and `Outbox` of one tenant in one object.

    >>> from certlib.learners import Learner
    >>> store = MemoryStore()
    >>> store.put_learners([Learner(id="ann")])
    >>> store.learners(["ann", "bob"])
    {'ann': Learner(id='ann')}
    """

    def __init__(
        self,
        database: MemoryDatabase | None = None,
        *,
        tenant: str = "default",
        records: Records = RECORDS,
        kinds: Kinds = KINDS,
    ) -> None:
        """Bind to a tenant of a database, by default a new one.

        ``records`` knows a host's facts, ``kinds`` its rules, requirements and paths.
        """
        super().__init__(database or MemoryDatabase(), tenant=tenant, kinds=kinds)
        self._records = records

    # --- Store --------------------------------------------------------------------------------

    def load(self, keys: Collection[EnrollmentKey]) -> Mapping[EnrollmentKey, Enrollment]:
        """Return the stored enrollments with these keys."""
        found = pick(self._held.enrollments, keys)
        return {key: indexed.enrollment for key, indexed in found.items()}

    def history(self, keys: Collection[EnrollmentKey]) -> Mapping[EnrollmentKey, tuple[Event, ...]]:
        """Return the events of these enrollments, by sequence."""
        return pick(self._held.events, keys)

    def save(self, changes: Sequence[Change]) -> tuple[SaveAnswer, ...]:
        """Save each change whole or not at all, and answer each.

        Raise `StoreError`, and save none of them, if a key or a line of an import was used for
        another change.
        """
        check_changes(changes)
        with self._database.replacing(self._tenant) as held:
            given = tuple(self._save(held, change) for change in changes)
            for change, answer in zip(changes, given, strict=True):
                if answer == Saved():
                    for notice in change.withdrawn:
                        self._withdraw(held, notice)
            return given

    def _save(self, held: Held, change: Change) -> SaveAnswer:
        if change.key is not None and change.key in held.keys:
            bound_to = held.answers[change.key].bound_to
            if held.keys[change.key] != payload_of(change) or is_bound_elsewhere(
                bound_to, change.bound_to
            ):
                raise key_reused(PLACE, change.key)
            return Saved(again=True)
        conflict = self._conflict(held, change)
        if conflict is not None:
            return conflict
        for part in change.enrollments:
            self._save_enrollment(held, part)
        self._save_transcript(held, change)
        self._save_notices(held, change)
        if change.outcome is not None:
            row = (change.outcome.import_id, change.outcome.row)
            if row in held.rows:
                raise row_reused(PLACE, change.outcome.import_id)
            held.rows[row] = change.outcome
        if change.key is not None:
            held.keys[change.key] = payload_of(change)
            held.answers[change.key] = SavedKey(bound_to=change.bound_to, answer=change.answer)
        return Saved()

    def _conflict(self, held: Held, change: Change) -> Conflict | None:
        """Return the first version that is another one than the change was decided on."""
        read = [(EnrollmentKey.of(part.enrollment), part.expected) for part in change.enrollments]
        for key, expected in (*read, *change.unchanged):
            stored = held.enrollments.get(key)
            found = 0 if stored is None else stored.enrollment.version
            if found != expected:
                return Conflict(key=key, expected=expected, found=found)
        found = held.transcript_versions.get(change.learner, 0)
        if change.transcript is not None and found != change.transcript:
            return Conflict(learner=change.learner, expected=change.transcript, found=found)
        return None

    def _save_transcript(self, held: Held, change: Change) -> None:
        """Strike, add and reset; the version rises where something of it is stored."""
        learner, touched = change.learner, False
        for struck in change.struck:
            stands = held.completions.pop((learner, struck.completion.key), None)
            if stands is not None:
                kept_struck = evolve(struck, completion=stands)
                held.struck[learner] = (*held.struck.get(learner, ()), kept_struck)
                touched = True
        for completion in change.completions:
            kept = self._records.load_completion(self._records.dump_completion(completion))
            touched |= held.completions.setdefault((learner, kept.key), kept) is kept
        for reset in change.resets:
            touched |= (learner, reset.key) not in held.resets
            held.resets.setdefault((learner, reset.key), reset)
        if touched:
            known = [each.version or 0 for each in change.completions]
            known += [each.version or 0 for each in change.struck]
            before = held.transcript_versions.get(learner, 0)
            held.transcript_versions[learner] = max([before + 1, *known])

    def _save_notices(self, held: Held, change: Change) -> None:
        for notice in change.notices:
            self._keep_notice(held, notice, NoticeState.WAITING)
        for notice in change.withheld:
            self._keep_notice(held, notice, NoticeState.WITHHELD)

    def _keep_notice(self, held: Held, notice: Notice, state: NoticeState) -> None:
        kept = self._records.load_notice(self._records.dump_notice(notice))
        id = len(held.notices) + 1
        if held.notice_ids.setdefault(_name(kept), id) == id:
            held.notices[id] = KeptNotice(notice=kept, state=state)

    def _withdraw(self, held: Held, notice: Notice) -> None:
        """Withdraw a notice that nobody was told; correct one that may have been told."""
        id = held.notice_ids.get(_name(notice))
        if id is None:
            return
        state = held.notices[id].state
        if state in {NoticeState.CLAIMED, NoticeState.TOLD}:
            self._keep_notice(held, notice.correction, NoticeState.WAITING)
        if state in {NoticeState.WAITING, NoticeState.CLAIMED}:
            held.notices[id] = evolve(held.notices[id], state=NoticeState.WITHDRAWN)

    def _save_enrollment(self, held: Held, part: EnrollmentChange) -> None:
        records, key = self._records, EnrollmentKey.of(part.enrollment)
        if part.events:
            kept = records.load_enrollment(records.dump_enrollment(part.enrollment))
            events = tuple(records.load_event(records.dump_event(each)) for each in part.events)
            held.events[key] = (*held.events.get(key, ()), *events)
        else:
            kept = held.enrollments[key].enrollment
        held.enrollments[key] = Indexed(enrollment=kept, change=part)

    def saved_answers(self, keys: Collection[str]) -> Mapping[str, SavedKey]:
        """Return which of these keys a change has been saved under, with what was saved with them."""
        return pick(self._held.answers, keys)

    def due(
        self, before: datetime, *, limit: int, after: EnrollmentKey | None = None
    ) -> tuple[EnrollmentKey, ...]:
        """Return enrollments whose next change point is at or before an instant, by key."""
        held = sorted(self._held.enrollments.items())
        keys = (key for key, indexed in held if indexed.may_be_due(before))
        return tuple(key for key in keys if after is None or key > after)[:limit]

    def find(
        self, query: Query, *, limit: int, after: EnrollmentKey | None = None
    ) -> tuple[Enrollment, ...]:
        """Return at least all enrollments that answer a query, by key; callers check the status."""
        held = sorted(self._held.enrollments.items())
        return tuple(
            indexed.enrollment
            for key, indexed in held
            if indexed.may_answer(query) and (after is None or key > after)
        )[:limit]

    def notices(self, *, limit: int, after: int = 0) -> tuple[tuple[int, Notice], ...]:
        """Return notices after an id, with their ids, in the order in which they were saved."""
        held = self._held.notices.items()
        return tuple((id, kept.notice) for id, kept in held if id > after)[:limit]

    def notice_states(self, ids: Collection[int]) -> Mapping[int, NoticeState]:
        """Return the states of notices."""
        return {id: kept.state for id, kept in pick(self._held.notices, ids).items()}

    def indexed(self, keys: Collection[EnrollmentKey]) -> Mapping[EnrollmentKey, Index]:
        """Return the index entries of these enrollments; an audit checks them."""
        return {
            key: Index(
                status=held.change.indexed_status,
                at=held.change.indexed_at,
                next_change_at=held.change.next_change_at,
            )
            for key, held in pick(self._held.enrollments, keys).items()
        }

    def notice_keys(
        self, keys: Collection[EnrollmentKey]
    ) -> Mapping[EnrollmentKey, frozenset[str]]:
        """Return the keys of all notices ever saved about these enrollments, told or not."""
        found: dict[EnrollmentKey, set[str]] = {}
        for learner, certification, name in self._held.notice_ids:
            found.setdefault(EnrollmentKey(learner, certification), set()).add(name)
        return {key: frozenset(names) for key, names in pick(found, keys).items()}

    # --- Outbox -------------------------------------------------------------------------------

    def claim(
        self, *, limit: int, now: datetime, lease: datetime
    ) -> tuple[tuple[int, Notice], ...]:
        """Claim notices until ``lease`` and return them with their ids, oldest first."""
        held = self._held.notices
        free = [id for id, kept in held.items() if kept.may_be_claimed(now)][:limit]
        for id in free:
            held[id] = evolve(held[id], state=NoticeState.CLAIMED, leased_until=lease)
        return tuple((id, held[id].notice) for id in free)

    def acknowledge(self, ids: Collection[int]) -> None:
        """Mark notices as told; one that was withdrawn meanwhile stays withdrawn."""
        held = self._held.notices
        for id, kept in pick(held, ids).items():
            if kept.state in {NoticeState.WAITING, NoticeState.CLAIMED}:
                held[id] = evolve(kept, state=NoticeState.TOLD)

    def imports(self, *, purpose: str | None = None) -> tuple[ImportRecord, ...]:
        """Return the imports, oldest first, or only those of a purpose."""
        held = sorted(self._held.imports.values(), key=lambda record: record.at)
        undos = sorted(self._held.undos.items())
        return tuple(
            evolve(each, undos=tuple(undo for (of, _), undo in undos if of == each.id))
            for each in held
            if purpose is None or each.purpose == purpose
        )

    def save_import(self, record: ImportRecord) -> None:
        """Store an import, or replace the one with the same id; its stored undos stay."""
        kept = evolve(record, at=record.at.astimezone(UTC), undos=())
        self._held.imports[record.id] = kept

    def save_undo(self, import_id: str, undo: Undo) -> None:
        """Store an undo of an import, or replace the one with the same number."""
        self._held.undos[import_id, undo.number] = evolve(undo, at=undo.at.astimezone(UTC))

    def import_rows(
        self, import_id: str, *, limit: int, after: int | None = None
    ) -> tuple[RowOutcome, ...]:
        """Return the stored outcomes of an import, by line, after a line."""
        return tuple(
            outcome
            for (of, row), outcome in sorted(self._held.rows.items())
            if of == import_id and (after is None or row > after)
        )[:limit]

    def last_sweep(self) -> datetime | None:
        """Return the ``now`` of the latest sweep (T7)."""
        return self._held.sweeps.get("last")

    def record_sweep(self, now: datetime) -> None:
        """Store the ``now`` of a sweep, unless a later one is stored."""
        self._held.sweeps["last"] = max(now, self.last_sweep() or now).astimezone(UTC)

    def reset_sweep(self, now: datetime) -> None:
        """Replace the ``now`` of the latest sweep, if there was one."""
        if "last" in self._held.sweeps:
            self._held.sweeps["last"] = now.astimezone(UTC)


def _name(notice: Notice) -> tuple[str, str, str]:
    return notice.learner, notice.certification, notice.key
