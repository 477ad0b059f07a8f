"""Stores with one mistake each, as people make them: the contract has to find every one."""

from __future__ import annotations

import time
from collections.abc import Collection, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from threading import Lock
from typing import ClassVar, Final
from zoneinfo import ZoneInfo

from attrs import evolve

from certlib.adapters.memory import MemoryStore
from certlib.adapters.memory_database import Held, Indexed, MemoryDatabase
from certlib.adapters.sqlite import SqliteStore
from certlib.certifications import Certification
from certlib.errors import StoreError, UnknownKindError
from certlib.ports import (
    Change,
    Conflict,
    EnrollmentChange,
    EnrollmentKey,
    ImportRecord,
    NoticeState,
    Query,
    SaveAnswer,
    Saved,
)
from certlib.state.enrollments import Enrollment
from certlib.state.events import Event
from certlib.state.notices import Notice

# --- saving ---------------------------------------------------------------------------------------


class LastWriteWins(MemoryStore):
    """UPDATE ... WHERE id = ?, without AND version = ?."""

    def _save(self, held: Held, change: Change) -> SaveAnswer:
        for part in change.enrollments:
            key = EnrollmentKey.of(part.enrollment)
            if key in held.enrollments:
                stored = evolve(held.enrollments[key].enrollment, version=part.expected)
                held.enrollments[key] = evolve(held.enrollments[key], enrollment=stored)
        return super()._save(held, change)


class LogBeforeCheck(MemoryStore):
    """Events are written before the version is looked at."""

    def _save(self, held: Held, change: Change) -> SaveAnswer:
        answer = super()._save(held, change)
        if isinstance(answer, Conflict):
            for part in change.enrollments:
                key = EnrollmentKey.of(part.enrollment)
                held.events[key] = (*held.events.get(key, ()), *part.events)
        return answer


class LostEvent(MemoryStore):
    """Of several events at one instant, one is kept: the instant is in the primary key."""

    def history(self, keys: Collection[EnrollmentKey]) -> Mapping[EnrollmentKey, tuple[Event, ...]]:
        found = super().history(keys)
        return {
            key: tuple({event.at: event for event in events}.values())
            for key, events in found.items()
        }


class ReorderedEvents(MemoryStore):
    """ORDER BY at, instead of by sequence."""

    def history(self, keys: Collection[EnrollmentKey]) -> Mapping[EnrollmentKey, tuple[Event, ...]]:
        found = super().history(keys)
        return {key: tuple(sorted(these, key=lambda each: each.at)) for key, these in found.items()}


class NaiveInstants(MemoryStore):
    """TIMESTAMP WITHOUT TIME ZONE."""

    def last_sweep(self) -> datetime | None:
        found = super().last_sweep()
        return found and found.replace(tzinfo=None)


class LocalInstants(MemoryStore):
    """The connection has a zone of its own."""

    def imports(self, *, purpose: str | None = None) -> tuple[ImportRecord, ...]:
        madrid = ZoneInfo("Europe/Madrid")
        found = super().imports(purpose=purpose)
        return tuple(evolve(each, at=each.at.astimezone(madrid)) for each in found)


class WholeSeconds(MemoryStore):
    """DATETIME without a precision."""

    def history(self, keys: Collection[EnrollmentKey]) -> Mapping[EnrollmentKey, tuple[Event, ...]]:
        return {
            key: tuple(evolve(each, at=each.at.replace(microsecond=0)) for each in events)
            for key, events in super().history(keys).items()
        }


class AllOrNothing(MemoryStore):
    """One conflict, and the whole batch is rolled back."""

    def save(self, changes: Sequence[Change]) -> tuple[SaveAnswer, ...]:
        before = self._database._tenants.get(self._tenant, Held())
        answers = super().save(changes)
        if any(isinstance(answer, Conflict) for answer in answers):
            self._database._tenants[self._tenant] = before
        return answers


class HalfAChange(MemoryStore):
    """Every enrollment is saved by itself."""

    def _save(self, held: Held, change: Change) -> SaveAnswer:
        for part in change.enrollments:
            answer = super()._save(held, Change(learner=change.learner, enrollments=(part,)))
            if isinstance(answer, Conflict):
                return answer
        return super()._save(held, evolve(change, enrollments=()))


class OneByOne(MemoryStore):
    """Each change is a transaction: an error leaves those before it saved."""

    def save(self, changes: Sequence[Change]) -> tuple[SaveAnswer, ...]:
        return tuple(
            answer for change in changes for answer in super(OneByOne, self).save([change])
        )


class KeyNotBound(MemoryStore):
    """A key that is known is answered with "again", whatever it is given for."""

    def _save(self, held: Held, change: Change) -> SaveAnswer:
        if change.key in held.keys:
            return Saved(again=True)
        return super()._save(held, change)


class KeyBoundToAllOfIt(MemoryStore):
    """The payload is the whole change, so that a retry a minute later is an error."""

    def _save(self, held: Held, change: Change) -> SaveAnswer:
        answer = super()._save(held, change)
        if change.key is not None and answer == Saved():
            held.keys[change.key] = (*held.keys[change.key], change)
        return answer


class KeysOfThisProcess(MemoryStore):
    """Keys are remembered by the object that saved them."""

    def save(self, changes: Sequence[Change]) -> tuple[SaveAnswer, ...]:
        held = self._held
        held.keys.clear()
        held.keys.update(self.__dict__.setdefault("own", {}))
        answers = super().save(changes)
        self.__dict__["own"] = dict(self._held.keys)
        return answers


class RowDoubled(MemoryStore):
    """INSERT OR REPLACE INTO import_rows."""

    def _save(self, held: Held, change: Change) -> SaveAnswer:
        if change.outcome is not None:
            held.rows.pop((change.outcome.import_id, change.outcome.row), None)
        return super()._save(held, change)


class GapsAreFine(MemoryStore):
    """Changes are saved as they are given."""

    def save(self, changes: Sequence[Change]) -> tuple[SaveAnswer, ...]:
        with self._database.replacing(self._tenant) as held:
            return tuple(self._save(held, change) for change in changes)


class RefreshRewrites(MemoryStore):
    """A refresh of the index stores the enrollment that came with it."""

    def _save_enrollment(self, held: Held, part: EnrollmentChange) -> None:
        super()._save_enrollment(held, part)
        key = EnrollmentKey.of(part.enrollment)
        held.enrollments[key] = Indexed(enrollment=part.enrollment, change=part)


class CutAtNul(MemoryStore):
    """What C takes for the end of a text."""

    def load(self, keys: Collection[EnrollmentKey]) -> Mapping[EnrollmentKey, Enrollment]:
        cut = {key: EnrollmentKey(key.learner.split("\0")[0], key.certification) for key in keys}
        found = super().load(list(cut.values()))
        return {key: found[short] for key, short in cut.items() if short in found}


class UnknownTagDropped(SqliteStore):
    """What it does not know, it leaves out."""

    def history(self, keys: Collection[EnrollmentKey]) -> Mapping[EnrollmentKey, tuple[Event, ...]]:
        try:
            return super().history(keys)
        except UnknownKindError:
            return {}


# --- tenants --------------------------------------------------------------------------------------


class OneForAll(MemoryStore):
    """A tenant is a name, and nothing asks for it."""

    @property
    def _held(self) -> Held:
        return self._database.held("all")

    def save(self, changes: Sequence[Change]) -> tuple[SaveAnswer, ...]:
        name, self._tenant = self._tenant, "all"
        answers = super().save(changes)
        self._tenant = name
        return answers


class KeysOfAllTenants(MemoryStore):
    """UNIQUE (key), instead of UNIQUE (tenant, key)."""

    def saved_keys(self, keys: Collection[str]) -> frozenset[str]:
        tenants = self._database._tenants.values()
        return frozenset(key for held in tenants for key in held.keys if key in keys)


class TellsForAll(MemoryStore):
    """SELECT ... FROM outbox, without WHERE tenant = ?."""

    def claim(
        self, *, limit: int, now: datetime, lease: datetime
    ) -> tuple[tuple[int, Notice], ...]:
        found = super().claim(limit=limit, now=now, lease=lease)
        for tenant in [*self._database._tenants]:
            if tenant != self._tenant:
                other = MemoryStore(self._database, tenant=tenant)
                found += other.claim(limit=limit, now=now, lease=lease)
        return found


# --- searching ------------------------------------------------------------------------------------


class DueByLocale(MemoryStore):
    """ORDER BY learner, in the collation of the database."""

    def due(
        self, before: datetime, *, limit: int, after: EnrollmentKey | None = None
    ) -> tuple[EnrollmentKey, ...]:
        found = super().due(before, limit=9999, after=after)
        return tuple(sorted(found, key=lambda key: (key.learner.casefold(), key.certification)))[
            :limit
        ]


class DueToday(MemoryStore):
    """next_change_at < ?, instead of <=."""

    def due(
        self, before: datetime, *, limit: int, after: EnrollmentKey | None = None
    ) -> tuple[EnrollmentKey, ...]:
        index = {key: held.change.next_change_at for key, held in self._held.enrollments.items()}
        found = super().due(before, limit=limit, after=after)
        return tuple(key for key in found if index[key] != before)


class TrustsTheIndex(MemoryStore):
    """WHERE indexed_status = ?, and that is that."""

    def find(
        self, query: Query, *, limit: int, after: EnrollmentKey | None = None
    ) -> tuple[Enrollment, ...]:
        held = self._held.enrollments
        return tuple(
            each
            for each in super().find(query, limit=limit, after=after)
            if query.status in {None, held[EnrollmentKey.of(each)].change.indexed_status}
        )


class TrustsTheIndexOfLater(MemoryStore):
    """It knows of change points, and forgets that one may ask about the past."""

    def find(
        self, query: Query, *, limit: int, after: EnrollmentKey | None = None
    ) -> tuple[Enrollment, ...]:
        held = self._held.enrollments
        return tuple(
            each
            for each in super().find(query, limit=limit, after=after)
            if query.at >= held[EnrollmentKey.of(each)].change.indexed_at
            or query.status in {None, held[EnrollmentKey.of(each)].change.indexed_status}
        )


class PagesByLearner(MemoryStore):
    """WHERE learner > ?, and the other certifications of the last one are passed over."""

    def find(
        self, query: Query, *, limit: int, after: EnrollmentKey | None = None
    ) -> tuple[Enrollment, ...]:
        beyond = None if after is None else EnrollmentKey(after.learner, "\U0010ffff")
        return super().find(query, limit=limit, after=beyond)


# --- completions ----------------------------------------------------------------------------------


class StrikesWhatIsGiven(MemoryStore):
    """The strike is stored as it came."""

    def _save(self, held: Held, change: Change) -> SaveAnswer:
        stored = set(held.completions)
        answer = super()._save(held, change)
        if answer == Saved() and change.struck:
            given = [s for s in change.struck if (change.learner, s.completion.key) in stored]
            before = held.struck.get(change.learner, ())
            held.struck[change.learner] = (*before[: len(before) - len(given)], *given)
        return answer


class StruckIsDeleted(MemoryStore):
    """DELETE FROM completions."""

    def _save(self, held: Held, change: Change) -> SaveAnswer:
        answer = super()._save(held, change)
        held.struck.clear()
        return answer


class CorrectionLost(MemoryStore):
    """It adds before it strikes: what replaces a completion is known already, and then struck."""

    def _save(self, held: Held, change: Change) -> SaveAnswer:
        answer = super()._save(held, evolve(change, struck=()))
        if answer == Saved() and change.struck:
            super()._save(held, Change(learner=change.learner, struck=change.struck))
            if change.key is not None:
                return super()._save(held, change)
        return answer


class LatestCompletionWins(MemoryStore):
    """ON CONFLICT DO UPDATE."""

    def _save(self, held: Held, change: Change) -> SaveAnswer:
        answer = super()._save(held, change)
        if answer == Saved():
            for each in change.completions:
                held.completions[change.learner, each.key] = each
        return answer


# --- imports and sweeps ---------------------------------------------------------------------------


class UndosForgotten(MemoryStore):
    """To save an import replaces the row, and cascades."""

    def save_import(self, record: ImportRecord) -> None:
        super().save_import(record)
        for of, number in [*self._held.undos]:
            if of == record.id:
                del self._held.undos[of, number]


class ImportsById(MemoryStore):
    """ORDER BY at, id."""

    def imports(self, *, purpose: str | None = None) -> tuple[ImportRecord, ...]:
        return tuple(sorted(super().imports(purpose=purpose), key=lambda each: (each.at, each.id)))


class LastSweepWins(MemoryStore):
    """UPDATE sweeps SET last_at = ?."""

    def record_sweep(self, now: datetime) -> None:
        self._held.sweeps.clear()
        super().record_sweep(now)


# --- the outbox -----------------------------------------------------------------------------------


class OutboxBySequence(MemoryStore):
    """WHERE id > the last one seen."""

    seen: ClassVar[dict[MemoryDatabase, int]] = {}

    def claim(
        self, *, limit: int, now: datetime, lease: datetime
    ) -> tuple[tuple[int, Notice], ...]:
        last = self.seen.get(self._database, 0)
        found = [each for each in self.notices(limit=9999) if each[0] > last][:limit]
        self.seen[self._database] = max([last, *(id for id, _ in found)])
        return tuple(found)


class ClaimsTwice(MemoryStore):
    """It reads, and leaves it to the caller to be alone."""

    def claim(
        self, *, limit: int, now: datetime, lease: datetime
    ) -> tuple[tuple[int, Notice], ...]:
        held = self._held.notices
        found = ((id, kept) for id, kept in held.items() if kept.may_be_claimed(now))
        return tuple((id, kept.notice) for id, kept in found)[:limit]


class LeaseWithoutEnd(MemoryStore):
    """What is claimed by one who died is never told."""

    def claim(
        self, *, limit: int, now: datetime, lease: datetime
    ) -> tuple[tuple[int, Notice], ...]:
        never = datetime.max.replace(tzinfo=lease.tzinfo)
        return super().claim(limit=limit, now=now, lease=never)


class NewestFirst(MemoryStore):
    """It tells by the instant of the notice, not in the order of saving."""

    def claim(
        self, *, limit: int, now: datetime, lease: datetime
    ) -> tuple[tuple[int, Notice], ...]:
        found = super().claim(limit=limit, now=now, lease=lease)
        return tuple(sorted(found, key=lambda each: each[1].at))


class AcknowledgesOnlyClaimed(MemoryStore):
    """WHERE state = 'claimed'."""

    def acknowledge(self, ids: Collection[int]) -> None:
        state_of = self.notice_states(ids)
        super().acknowledge([id for id in ids if state_of.get(id) is NoticeState.CLAIMED])


class AcknowledgesAll(MemoryStore):
    """UPDATE notices SET state = 'told', whatever it was: a withdrawn one, too."""

    def acknowledge(self, ids: Collection[int]) -> None:
        held = self._held.notices
        for id in ids:
            if id in held:
                held[id] = evolve(held[id], state=NoticeState.TOLD)


class NoticesDoubled(MemoryStore):
    """Every sweep tells again."""

    def _keep_notice(self, held: Held, notice: Notice, state: NoticeState) -> None:
        held.notice_ids.pop((notice.learner, notice.certification, notice.key), None)
        super()._keep_notice(held, notice, state)


class NothingCorrected(MemoryStore):
    """What was told stays told, and nobody hears that it does not hold."""

    def _withdraw(self, held: Held, notice: Notice) -> None:
        id = held.notice_ids.get((notice.learner, notice.certification, notice.key))
        if id is None or held.notices[id].state is not NoticeState.TOLD:
            super()._withdraw(held, notice)


class CorrectedAtOnce(MemoryStore):
    """Each change is done with before the next: its correction stands before their notices."""

    def save(self, changes: Sequence[Change]) -> tuple[SaveAnswer, ...]:
        answers: list[SaveAnswer] = []
        for change in changes:
            answers += super().save([change])
        return tuple(answers)


class WithdrawnBeforeWithheld(MemoryStore):
    """The correction is there before it could be withheld."""

    def _save_notices(self, held: Held, change: Change) -> None:
        for notice in change.withdrawn:
            self._withdraw(held, notice)
        super()._save_notices(held, change)


class RetriesTell(MemoryStore):
    """A change that was saved before is not saved again, but its notices are."""

    def _save(self, held: Held, change: Change) -> SaveAnswer:
        answer = super()._save(held, change)
        if answer == Saved(again=True):
            self._save_notices(held, change)
        return answer


# --- the catalog ----------------------------------------------------------------------------------


class VersionsChange(MemoryStore):
    """To put a certification replaces it, as it does everything else."""

    def put_certifications(self, certifications: Iterable[Certification]) -> None:
        self._held.certifications.update({each.code: each for each in certifications})


# --- together -------------------------------------------------------------------------------------


class CachedReads(MemoryStore):
    """An enrollment that was read once is not read again."""

    def load(self, keys: Collection[EnrollmentKey]) -> Mapping[EnrollmentKey, Enrollment]:
        cache: dict[EnrollmentKey, Enrollment] = self.__dict__.setdefault("cache", {})
        cache |= super().load([key for key in keys if key not in cache])
        return {key: cache[key] for key in keys if key in cache}


class CheckThenInsert(MemoryStore):
    """Between the look at the version and the writing, others come."""

    def _save(self, held: Held, change: Change) -> SaveAnswer:
        answer = super()._save(held, change)
        time.sleep(0.002)
        return answer


class LocksInAnyOrder(MemoryStore):
    """It locks people in the order of the batch: two batches wait for each other."""

    alone: Final = Lock()
    locks: ClassVar[dict[str, Lock]] = {}

    def save(self, changes: Sequence[Change]) -> tuple[SaveAnswer, ...]:
        taken: list[Lock] = []
        try:
            for change in changes:
                lock = self.locks.setdefault(change.learner, Lock())
                if not lock.acquire(timeout=0.2):
                    raise StoreError("the database", "deadlock detected", "deadlock")
                taken.append(lock)
                time.sleep(0.002)
            with self.alone:
                return super().save(changes)
        finally:
            for lock in taken:
                lock.release()


class EventByEvent(MemoryStore):
    """Every event is committed by itself, so that others see half a change."""

    def save(self, changes: Sequence[Change]) -> tuple[SaveAnswer, ...]:
        for part in (part for change in changes for part in change.enrollments):
            key = EnrollmentKey.of(part.enrollment)
            before = self._held.events.get(key, ())
            for count in range(len(part.events)):
                self._held.events[key] = (*before, *part.events[:count])
                time.sleep(0.002)
            self._held.events[key] = before
        return super().save(changes)


class NoSnapshot(SqliteStore):
    """READ COMMITTED: every statement has a moment of its own."""

    @contextmanager
    def snapshot(self) -> Generator[None]:
        yield


CAUGHT_BY: Final[dict[type[MemoryStore] | type[SqliteStore], str]] = {
    LastWriteWins: "a_stale_version_is_a_conflict",
    LogBeforeCheck: "a_stale_version_is_a_conflict",
    LostEvent: "events_keep_the_order_of_their_sequence",
    ReorderedEvents: "events_keep_the_order_of_their_sequence",
    NaiveInstants: "instants_come_back_in_utc",
    LocalInstants: "instants_come_back_in_utc",
    WholeSeconds: "instants_come_back_in_utc",
    AllOrNothing: "a_batch_is_not_atomic",
    HalfAChange: "a_change_is_atomic",
    OneByOne: "an_error_undoes_the_batch",
    KeyNotBound: "a_key_is_bound_to_its_payload",
    KeyBoundToAllOfIt: "a_retry_may_come_later",
    KeysOfThisProcess: "the_same_key_from_two",
    RowDoubled: "a_row_is_saved_once",
    GapsAreFine: "wrong_changes_are_refused",
    RefreshRewrites: "a_refresh_changes_the_index_alone",
    CutAtNul: "a_nul_ends_no_id",
    UnknownTagDropped: "unknown_tags_raise",
    OneForAll: "no_tenant_sees_another",
    KeysOfAllTenants: "keys_are_a_tenants_own",
    TellsForAll: "notices_are_a_tenants_own",
    DueByLocale: "keys_go_by_code_points",
    DueToday: "due_by_key_and_page_by_page",
    TrustsTheIndex: "find_beyond_a_change_point",
    TrustsTheIndexOfLater: "find_before_the_index",
    PagesByLearner: "find_page_by_page",
    StrikesWhatIsGiven: "a_strike_keeps_what_is_stored",
    StruckIsDeleted: "struck_is_not_deleted",
    CorrectionLost: "one_change_strikes_before_it_adds",
    LatestCompletionWins: "a_known_completion_stays_as_it_was",
    UndosForgotten: "saving_an_import_keeps_its_undos",
    ImportsById: "imports_oldest_first",
    LastSweepWins: "the_latest_sweep_stays",
    OutboxBySequence: "a_lease_ends_at_its_instant",
    ClaimsTwice: "oldest_first_each_once",
    LeaseWithoutEnd: "a_lease_ends_at_its_instant",
    NewestFirst: "oldest_first_each_once",
    AcknowledgesOnlyClaimed: "acknowledged_without_a_claim",
    AcknowledgesAll: "states_of_notices",
    NoticesDoubled: "one_notice_of_a_key",
    NothingCorrected: "what_was_told_is_corrected",
    CorrectedAtOnce: "corrections_come_after_the_batch",
    WithdrawnBeforeWithheld: "withheld_before_withdrawn",
    RetriesTell: "a_retry_tells_nothing",
    VersionsChange: "a_published_version_never_changes",
    CachedReads: "two_who_read_the_same_version",
    CheckThenInsert: "of_several_writers_one_saves",
    LocksInAnyOrder: "batches_in_any_order_both_end",
    EventByEvent: "reads_show_whole_changes",
    NoSnapshot: "a_snapshot_shows_one_moment",
}
"""Each broken store, with the check that has to find it."""
