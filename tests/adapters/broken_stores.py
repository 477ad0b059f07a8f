"""Stores with one mistake each, as people make them: the contract has to find every one."""

from __future__ import annotations

import time
from collections.abc import Collection, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Lock
from typing import ClassVar, Final
from zoneinfo import ZoneInfo

from attrs import evolve

from certlib.adapters._memory_database import Held, Indexed, MemoryDatabase
from certlib.adapters.memory import MemoryStore
from certlib.adapters.sqlite import SqliteStore
from certlib.adapters.store_rules import Counts, check_changes, payload_of
from certlib.audit import Index
from certlib.certifications import Certification
from certlib.errors import StoreError, UnknownKindError
from certlib.learners import Learner
from certlib.ports import (
    Change,
    Conflict,
    EnrollmentChange,
    EnrollmentKey,
    IdentifierKind,
    ImportRecord,
    NoticeState,
    Query,
    RowOutcome,
    SaveAnswer,
    Saved,
    SavedKey,
    Undo,
)
from certlib.serialize import Records
from certlib.state._enrollments import Enrollment
from certlib.state._events import Event
from certlib.state._notices import Notice
from certlib.trainings import Training
from certlib.transcript import Completion, Transcript

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

    def saved_answers(self, keys: Collection[str]) -> Mapping[str, SavedKey]:
        tenants = self._database._tenants.values()
        return {key: each for held in tenants for key, each in held.answers.items() if key in keys}


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


class TranscriptNotCompared(MemoryStore):
    """Only enrollments have a version."""

    def _save(self, held: Held, change: Change) -> SaveAnswer:
        return super()._save(held, evolve(change, transcript=None))


class TranscriptComparedLast(MemoryStore):
    """UPDATE transcripts ... WHERE version = ?, as the last statement, and no rollback."""

    def _save(self, held: Held, change: Change) -> SaveAnswer:
        answer = super()._save(held, change)
        if isinstance(answer, Conflict) and answer.key is None:
            super()._save(held, evolve(change, transcript=None, key=None))
        return answer


class TranscriptAlwaysCompared(MemoryStore):
    """None is taken for 0."""

    def _save(self, held: Held, change: Change) -> SaveAnswer:
        return super()._save(held, evolve(change, transcript=change.transcript or 0))


class TranscriptVersionStays(MemoryStore):
    """The version is stored with the first completion."""

    def _save(self, held: Held, change: Change) -> SaveAnswer:
        answer = super()._save(held, change)
        if change.learner in held.transcript_versions:
            held.transcript_versions[change.learner] = 1
        return answer


class TranscriptVersionCountsRows(MemoryStore):
    """SELECT count(*) FROM completions WHERE learner = ?."""

    def transcripts(self, learners: Collection[str]) -> Mapping[str, Transcript]:
        found = super().transcripts(learners)
        return {id: evolve(each, version=len(each.completions)) for id, each in found.items()}


class VersionsForgotten(MemoryStore):
    """A completion has the columns of the release before."""

    def _save(self, held: Held, change: Change) -> SaveAnswer:
        plain = [evolve(each, version=None) for each in change.completions]
        return super()._save(held, evolve(change, completions=tuple(plain)))


class TranscriptVersionOfEverySave(MemoryStore):
    """It rises whenever completions are given, stored already or not."""

    def _save(self, held: Held, change: Change) -> SaveAnswer:
        before = held.transcript_versions.get(change.learner, 0)
        answer = super()._save(held, change)
        if answer == Saved() and (change.completions or change.struck or change.resets):
            held.transcript_versions[change.learner] = before + 1
        return answer


class TranscriptComparedBeforeTheLock(SqliteStore):
    """SELECT version, and then BEGIN IMMEDIATE."""

    def save(self, changes: Sequence[Change]) -> tuple[SaveAnswer, ...]:
        held = self.transcripts([each.learner for each in changes])
        for each in changes:
            found = held.get(each.learner, Transcript()).version
            if each.transcript not in {None, found}:
                return super().save(changes)
        time.sleep(0.001)
        return super().save([evolve(each, transcript=None) for each in changes])


class UnchangedNotCompared(MemoryStore):
    """What is not written is not locked."""

    def _save(self, held: Held, change: Change) -> SaveAnswer:
        return super()._save(held, evolve(change, unchanged=()))


class UnchangedOfAnybody(MemoryStore):
    """What is only compared is not looked at."""

    def save(self, changes: Sequence[Change]) -> tuple[SaveAnswer, ...]:
        check_changes([evolve(each, unchanged=()) for each in changes])
        with self._database.replacing(self._tenant) as held:
            return tuple(self._save(held, change) for change in changes)


class ResetsForgotten(MemoryStore):
    """The release before knew none."""

    def _save(self, held: Held, change: Change) -> SaveAnswer:
        return super()._save(held, evolve(change, resets=()))


class LatestResetWins(MemoryStore):
    """INSERT OR REPLACE INTO resets."""

    def _save(self, held: Held, change: Change) -> SaveAnswer:
        answer = super()._save(held, change)
        if answer == Saved():
            held.resets.update({(change.learner, each.key): each for each in change.resets})
        return answer


class ResetDeletes(MemoryStore):
    """DELETE FROM completions WHERE learner = ? AND training = ?."""

    def _save(self, held: Held, change: Change) -> SaveAnswer:
        answer = super()._save(held, change)
        for each in change.resets if answer == Saved() else ():
            for learner, key in [*held.completions]:
                if (learner, key.training) == (change.learner, each.training):
                    del held.completions[learner, key]
        return answer


class KeyWithoutResets(MemoryStore):
    """The payload is what it was before there were resets."""

    def _save(self, held: Held, change: Change) -> SaveAnswer:
        if change.key not in held.keys:
            return super()._save(held, change)
        *stored, _ = held.keys[change.key]
        *given, _ = payload_of(change)
        return Saved(again=True) if stored == given else super()._save(held, change)


class KeyBoundToPayloadAlone(MemoryStore):
    """What it is bound to besides is stored, and not compared."""

    def _save(self, held: Held, change: Change) -> SaveAnswer:
        kept = held.answers.get(change.key or "", SavedKey())
        return super()._save(held, evolve(change, bound_to=kept.bound_to))


class KeyBoundToItAlone(MemoryStore):
    """WHERE bound_to IS NOT DISTINCT FROM ?, also for the keys of before."""

    def _save(self, held: Held, change: Change) -> SaveAnswer:
        kept = held.answers.get(change.key or "")
        if kept is not None and kept.bound_to != change.bound_to:
            raise StoreError("the database", "another binding", "key_reused")
        return super()._save(held, change)


class AnswerOfTheLastTry(MemoryStore):
    """ON CONFLICT DO UPDATE SET answer = excluded.answer."""

    def _save(self, held: Held, change: Change) -> SaveAnswer:
        answer = super()._save(held, change)
        if change.key is not None and answer == Saved(again=True):
            held.answers[change.key] = evolve(held.answers[change.key], answer=change.answer)
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


class SweepNeverGoesBack(MemoryStore):
    """To reset a sweep is to record one."""

    def reset_sweep(self, now: datetime) -> None:
        self.record_sweep(now)


class NeedingOfVersions(MemoryStore):
    """Eligibility is another matter."""

    def needing(self, trainings: Collection[str]) -> Mapping[str, tuple[str, ...]]:
        held = self._held.certifications
        plain = {code: evolve(each, eligibility=None) for code, each in held.items()}
        other = MemoryStore()
        other.put_certifications(plain.values())
        return other.needing(trainings)


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


class SnapshotWithoutEnd(SqliteStore):
    """BEGIN, and a ROLLBACK that an error jumps over."""

    @contextmanager
    def snapshot(self) -> Generator[None]:
        self._file.read("BEGIN")
        yield
        self._file.read("ROLLBACK")


# --- one field, one order, one case ---------------------------------------------------------------


class ForgetsWhy(MemoryStore):
    """The completions that counted have no column."""

    def history(self, keys: Collection[EnrollmentKey]) -> Mapping[EnrollmentKey, tuple[Event, ...]]:
        return {
            key: tuple(evolve(each, because=()) for each in events)
            for key, events in super().history(keys).items()
        }


class ForgetsTestOuts(MemoryStore):
    """An enrollment is a row with a column for each field, but for one."""

    def load(self, keys: Collection[EnrollmentKey]) -> Mapping[EnrollmentKey, Enrollment]:
        return {key: evolve(each, test_outs=()) for key, each in super().load(keys).items()}


class KnowsNoOthersFacts(MemoryStore):
    """It takes `records`, and does not use them."""

    def __init__(self, database: MemoryDatabase, *, tenant: str, records: Records) -> None:
        super().__init__(database, tenant=tenant)


class CutsTexts(MemoryStore):
    """What comes after a NUL is gone."""

    def history(self, keys: Collection[EnrollmentKey]) -> Mapping[EnrollmentKey, tuple[Event, ...]]:
        return {
            key: tuple(evolve(each, reason=each.reason and each.reason[:1]) for each in events)
            for key, events in super().history(keys).items()
        }


class LocalTimes(MemoryStore):
    """Instants are what the clocks of Madrid show: of an hour that comes twice, the first."""

    def history(self, keys: Collection[EnrollmentKey]) -> Mapping[EnrollmentKey, tuple[Event, ...]]:
        return {
            key: tuple(evolve(each, at=first_of_both(each.at)) for each in events)
            for key, events in super().history(keys).items()
        }

    def transcripts(self, learners: Collection[str]) -> Mapping[str, Transcript]:
        return {
            learner: evolve(
                each,
                completions=tuple(evolve(c, at=first_of_both(c.at)) for c in each.completions),
            )
            for learner, each in super().transcripts(learners).items()
        }


def first_of_both(at: datetime) -> datetime:
    return at.astimezone(ZoneInfo("Europe/Madrid")).replace(fold=0).astimezone(UTC)


class BlankForAbsent(MemoryStore):
    """get_or_create."""

    def load(self, keys: Collection[EnrollmentKey]) -> Mapping[EnrollmentKey, Enrollment]:
        blank = {
            key: Enrollment.blank(learner=key.learner, certification=key.certification)
            for key in keys
        }
        return {**blank, **super().load(keys)}


class NoEmptyList(MemoryStore):
    """WHERE learner IN ()."""

    def history(self, keys: Collection[EnrollmentKey]) -> Mapping[EnrollmentKey, tuple[Event, ...]]:
        if not keys:
            raise StoreError("the database", "syntax error near )", "syntax")
        return super().history(keys)


class JoinsWithWhatIsAsked(MemoryStore):
    """A key that is asked for twice brings everything twice."""

    def history(self, keys: Collection[EnrollmentKey]) -> Mapping[EnrollmentKey, tuple[Event, ...]]:
        found = super().history(keys)
        return {key: events * [*keys].count(key) for key, events in found.items()}


class IndexOfStatusAlone(MemoryStore):
    """The next change point is in another table, and stays there."""

    def indexed(self, keys: Collection[EnrollmentKey]) -> Mapping[EnrollmentKey, Index]:
        return {key: evolve(i, next_change_at=None) for key, i in super().indexed(keys).items()}


class Upsert(MemoryStore):
    """INSERT ... ON CONFLICT DO UPDATE: whatever is not there is made."""

    def _save(self, held: Held, change: Change) -> SaveAnswer:
        for part in change.enrollments:
            key = EnrollmentKey.of(part.enrollment)
            if key not in held.enrollments and part.expected:
                before = evolve(part.enrollment, version=part.expected)
                held.enrollments[key] = Indexed(enrollment=before, change=part)
        return super()._save(held, change)


class KeyBeforeCheck(MemoryStore):
    """The key is taken down before the version is looked at."""

    def _save(self, held: Held, change: Change) -> SaveAnswer:
        answer = super()._save(held, change)
        if change.key is not None:
            held.keys[change.key] = payload_of(change)
            held.answers[change.key] = SavedKey(bound_to=change.bound_to, answer=change.answer)
        return answer


class KeysOfBefore(MemoryStore):
    """Keys and rows are looked up once for a batch: twice in the batch, nobody sees."""

    def save(self, changes: Sequence[Change]) -> tuple[SaveAnswer, ...]:
        check_changes(changes)
        keys, rows = {*self._held.keys}, {*self._held.rows}
        with self._database.replacing(self._tenant) as held:
            answers: list[SaveAnswer] = []
            for change in changes:
                held.keys = {key: held.keys[key] for key in keys}
                held.rows = {row: held.rows[row] for row in rows}
                answers.append(self._save(held, change))
            return tuple(answers)


class RefreshesWhateverVersion(MemoryStore):
    """A refresh of the index is no change, so nobody looks at the version."""

    def _save(self, held: Held, change: Change) -> SaveAnswer:
        stored = held.enrollments
        parts = tuple(
            evolve(part, expected=stored[key].enrollment.version)
            if not part.events and (key := EnrollmentKey.of(part.enrollment)) in stored
            else part
            for part in change.enrollments
        )
        return super()._save(held, evolve(change, enrollments=parts))


class EmptyIsAll(MemoryStore):
    """if query.learners: an empty tuple is no restriction."""

    def find(
        self, query: Query, *, limit: int, after: EnrollmentKey | None = None
    ) -> tuple[Enrollment, ...]:
        asked = evolve(query, learners=query.learners or None)
        return super().find(asked, limit=limit, after=after)


class FindsEverybody(MemoryStore):
    """It leaves the status to the caller."""

    def find(
        self, query: Query, *, limit: int, after: EnrollmentKey | None = None
    ) -> tuple[Enrollment, ...]:
        return super().find(evolve(query, status=None), limit=limit, after=after)


class FirstImportStays(MemoryStore):
    """ON CONFLICT DO NOTHING, for imports and their undos."""

    def save_import(self, record: ImportRecord) -> None:
        if record.id not in self._held.imports:
            super().save_import(record)

    def save_undo(self, import_id: str, undo: Undo) -> None:
        if (import_id, undo.number) not in self._held.undos:
            super().save_undo(import_id, undo)


class UndosAsSaved(MemoryStore):
    """No ORDER BY number, and the zone that it was given."""

    def imports(self, *, purpose: str | None = None) -> tuple[ImportRecord, ...]:
        found = super().imports(purpose=purpose)
        return tuple(evolve(each, undos=each.undos[::-1]) for each in found)

    def save_undo(self, import_id: str, undo: Undo) -> None:
        self._held.undos[import_id, undo.number] = undo


class RowsByText(MemoryStore):
    """Rows are texts, and 10 comes before 2."""

    def import_rows(
        self, import_id: str, *, limit: int, after: int | None = None
    ) -> tuple[RowOutcome, ...]:
        found = super().import_rows(import_id, limit=9999, after=after)
        return tuple(sorted(found, key=lambda each: str(each.row)))[:limit]


class SweepsLater(MemoryStore):
    """It writes when there is time."""

    def record_sweep(self, now: datetime) -> None:
        self.__dict__["sweep"] = now

    def last_sweep(self) -> datetime | None:
        found: datetime | None = self.__dict__.get("sweep")
        return found


class TranscriptsOfAll(MemoryStore):
    """Whoever completed nothing has an empty transcript."""

    def transcripts(self, learners: Collection[str]) -> Mapping[str, Transcript]:
        return {**{each: Transcript() for each in learners}, **super().transcripts(learners)}


class CompletionsAsSaved(MemoryStore):
    """No ORDER BY, whole seconds, and no dates."""

    def transcripts(self, learners: Collection[str]) -> Mapping[str, Transcript]:
        def changed(each: Completion) -> Completion:
            return evolve(each, on=None, recorded_at=each.recorded_at.replace(microsecond=0))

        return {
            learner: evolve(each, completions=tuple(map(changed, each.completions[::-1])))
            for learner, each in super().transcripts(learners).items()
        }


class StrikesWithoutTheRest(MemoryStore):
    """Completions are another table, which is written whatever becomes of the rest."""

    def save(self, changes: Sequence[Change]) -> tuple[SaveAnswer, ...]:
        for change in changes:
            with self._database.replacing(self._tenant) as held:
                completions, struck = change.completions, change.struck
                self._save(
                    held, Change(learner=change.learner, completions=completions, struck=struck)
                )
        return super().save(changes)


class StrikesOfAnybody(MemoryStore):
    """What is struck is found by training and instant, whosever it is; else, it is made up."""

    def _save(self, held: Held, change: Change) -> SaveAnswer:
        for each in change.struck:
            held.completions.setdefault((change.learner, each.completion.key), each.completion)
        return super()._save(held, change)


class KeyWithoutCompletions(MemoryStore):
    """The payload of a key is what happened to enrollments."""

    def save(self, changes: Sequence[Change]) -> tuple[SaveAnswer, ...]:
        known = self.saved_answers([each.key for each in changes if each.key is not None])
        if changes and all(each.key in known and not each.enrollments for each in changes):
            return tuple(Saved(again=True) for _ in changes)
        return super().save(changes)


class StruckOfAllTenants(MemoryStore):
    """DELETE FROM completions WHERE learner = ?."""

    def save(self, changes: Sequence[Change]) -> tuple[SaveAnswer, ...]:
        for held in self._database._tenants.values():
            for change in changes:
                for each in change.struck:
                    held.completions.pop((change.learner, each.completion.key), None)
        return super().save(changes)


class ClaimsAsItCan(MemoryStore):
    """A limit of 0 is none, the zone is that of the server, and what it is about is left out."""

    def claim(
        self, *, limit: int, now: datetime, lease: datetime
    ) -> tuple[tuple[int, Notice], ...]:
        found = super().claim(limit=limit or 100, now=now, lease=lease)
        madrid = ZoneInfo("Europe/Madrid")
        return tuple((id, evolve(n, about=None, at=n.at.astimezone(madrid))) for id, n in found)


class NeverTold(MemoryStore):
    """What was acknowledged is claimed again."""

    def acknowledge(self, ids: Collection[int]) -> None:
        return


class RefusesUnknownIds(MemoryStore):
    """UPDATE ..., and the number of rows must be that of the ids."""

    def acknowledge(self, ids: Collection[int]) -> None:
        if len(self.notice_states(ids)) < len({*ids}):
            raise StoreError("the outbox", "there is no such notice", "absent")
        super().acknowledge(ids)


class AcknowledgesOnce(MemoryStore):
    """What is told already is told by somebody else: an error."""

    def acknowledge(self, ids: Collection[int]) -> None:
        if NoticeState.TOLD in self.notice_states(ids).values():
            raise StoreError("the outbox", "it was told already", "told")
        super().acknowledge(ids)


class LeaseOfTheFirst(MemoryStore):
    """The first lease stays, whoever claims later."""

    def claim(
        self, *, limit: int, now: datetime, lease: datetime
    ) -> tuple[tuple[int, Notice], ...]:
        before = {id: kept.leased_until for id, kept in self._held.notices.items()}
        found = super().claim(limit=limit, now=now, lease=lease)
        for id, _ in found:
            kept = self._held.notices[id]
            self._held.notices[id] = evolve(kept, leased_until=before[id] or kept.leased_until)
        return found


class ClaimedAgainLast(MemoryStore):
    """ORDER BY leased_until: what was never claimed comes first."""

    def claim(
        self, *, limit: int, now: datetime, lease: datetime
    ) -> tuple[tuple[int, Notice], ...]:
        waiting = {id for id, kept in self._held.notices.items() if kept.leased_until is None}
        found = super().claim(limit=limit, now=now, lease=lease)
        return tuple(sorted(found, key=lambda each: each[0] not in waiting))


class KeysOfWaiting(MemoryStore):
    """WHERE state = 'waiting'."""

    def notice_keys(
        self, keys: Collection[EnrollmentKey]
    ) -> Mapping[EnrollmentKey, frozenset[str]]:
        held = self._held
        waiting = {
            kept.notice.key for kept in held.notices.values() if kept.state is NoticeState.WAITING
        }
        found = {key: names & waiting for key, names in super().notice_keys(keys).items()}
        return {key: names for key, names in found.items() if names}


class KeysOfNobody(MemoryStore):
    """UNIQUE (tenant, key), without the learner and the certification."""

    def _keep_notice(self, held: Held, notice: Notice, state: NoticeState) -> None:
        if all(key != notice.key for _, _, key in held.notice_ids):
            super()._keep_notice(held, notice, state)


class LatestOfAKey(MemoryStore):
    """ON CONFLICT DO UPDATE SET state = excluded.state."""

    def _keep_notice(self, held: Held, notice: Notice, state: NoticeState) -> None:
        super()._keep_notice(held, notice, state)
        id = held.notice_ids[notice.learner, notice.certification, notice.key]
        if held.notices[id].state in {NoticeState.WAITING, NoticeState.WITHHELD}:
            held.notices[id] = evolve(held.notices[id], state=state)


class WithdrawsNothing(MemoryStore):
    """What waits is told, whatever became of its reason."""

    def _withdraw(self, held: Held, notice: Notice) -> None:
        return


class WithdrawsFirst(MemoryStore):
    """What is withdrawn comes first: a change cannot withdraw its own."""

    def save(self, changes: Sequence[Change]) -> tuple[SaveAnswer, ...]:
        check_changes(changes)
        with self._database.replacing(self._tenant) as held:
            for change in changes:
                for notice in change.withdrawn:
                    self._withdraw(held, notice)
            return tuple(self._save(held, change) for change in changes)


class WithdrawnWithoutTheRest(MemoryStore):
    """Notices are another table, which is written whatever becomes of the rest."""

    def _save(self, held: Held, change: Change) -> SaveAnswer:
        answer = super()._save(held, change)
        if isinstance(answer, Conflict):
            self._save_notices(held, change)
        return answer


class TombstoneForAbsent(MemoryStore):
    """What is not there is noted as withdrawn, so that it never comes."""

    def _withdraw(self, held: Held, notice: Notice) -> None:
        self._keep_notice(held, notice, NoticeState.WITHDRAWN)
        super()._withdraw(held, notice)


class CorrectsWithdrawn(MemoryStore):
    """What is withdrawn is corrected, although nobody was told."""

    def _withdraw(self, held: Held, notice: Notice) -> None:
        super()._withdraw(held, notice)
        if (notice.learner, notice.certification, notice.key) in held.notice_ids:
            self._keep_notice(held, notice.correction, NoticeState.WAITING)


class CorrectsAgain(MemoryStore):
    """Every withdrawal is told."""

    def _withdraw(self, held: Held, notice: Notice) -> None:
        key = (notice.learner, notice.certification, notice.correction.key)
        held.notice_ids.pop(key, None)
        super()._withdraw(held, notice)


class PagesFromTheLast(MemoryStore):
    """WHERE id >= ?: the last of a page is the first of the next."""

    def notices(self, *, limit: int, after: int = 0) -> tuple[tuple[int, Notice], ...]:
        return super().notices(limit=limit, after=after - 1)

    def all_learners(self, *, limit: int, after: str | None = None) -> Sequence[Learner]:
        found = super().all_learners(limit=9999)
        return [each for each in found if after is None or each.id >= after][:limit]


# --- people and catalog ---------------------------------------------------------------------------


class FirstPutStays(MemoryStore):
    """ON CONFLICT DO NOTHING, for people and catalog."""

    def put_learners(self, learners: Iterable[Learner]) -> None:
        for each in learners:
            self._held.learners.setdefault(each.id, each)

    def put_trainings(self, trainings: Iterable[Training]) -> None:
        super().put_trainings(t for t in trainings if t.code not in self._held.trainings)

    def put_certifications(self, certifications: Iterable[Certification]) -> None:
        known = self._held.certifications
        super().put_certifications([each for each in certifications if each.code not in known])


class AttributesAsText(MemoryStore):
    """Attributes in a table of names and texts."""

    def put_learners(self, learners: Iterable[Learner]) -> None:
        super().put_learners(
            evolve(each, attributes={code: str(value) for code, value in each.attributes.items()})
            for each in learners
        )


class FindsExactly(MemoryStore):
    """By what it is called, letter for letter, and one for each."""

    def learners(self, ids: Collection[str]) -> Mapping[str, Learner]:
        found = super().learners(ids)
        return {id: evolve(each, groups=tuple(sorted(each.groups))) for id, each in found.items()}

    def find_learners(
        self, identifiers: Collection[str], *, by: IdentifierKind
    ) -> Mapping[str, tuple[Learner, ...]]:
        found = super().find_learners(identifiers, by=by)
        return {name: these[-1:] for name, these in found.items()}

    def find_trainings(self, names: Collection[str]) -> Mapping[str, tuple[Training, ...]]:
        held = self._held.trainings
        return {name: (held[name],) for name in names if name in held}

    def find_certifications(
        self, names: Collection[str]
    ) -> Mapping[str, tuple[Certification, ...]]:
        held = self._held.certifications
        return {name: (held[name],) for name in names if name in held}

    def certifications(self, codes: Collection[str] | None = None) -> Mapping[str, Certification]:
        held = self._held.certifications
        return {
            code: evolve(each, name=each.code)
            for code, each in held.items()
            if not codes or code in codes
        }

    def courses_with(self, modules: Collection[str]) -> Mapping[str, tuple[Training, ...]]:
        courses = self._held.trainings.values()
        found = {
            each: tuple(c for c in courses if each in (*c.modules, *c.optional_modules))
            for each in modules
        }
        return {module: these for module, these in found.items() if these}

    def needing(self, trainings: Collection[str]) -> Mapping[str, tuple[str, ...]]:
        certifications = self._held.certifications.values()
        found = {
            each: tuple(c.code for c in certifications if each in c.versions[-1].initial.trainings)
            for each in trainings
        }
        return {training: codes for training, codes in found.items() if codes}

    def counts(self) -> Counts:
        return evolve(super().counts(), trainings=0)


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
    SnapshotWithoutEnd: "an_error_ends_a_snapshot",
    ForgetsWhy: "every_kind_of_fact_comes_back",
    ForgetsTestOuts: "every_enrollment_comes_back",
    KnowsNoOthersFacts: "own_facts_come_back",
    CutsTexts: "texts_hold_anything",
    LocalTimes: "an_hour_that_comes_twice",
    BlankForAbsent: "absent_is_absent",
    NoEmptyList: "nothing_is_no_error",
    JoinsWithWhatIsAsked: "asked_twice_answered_once",
    IndexOfStatusAlone: "the_index_is_what_was_saved",
    Upsert: "an_absent_enrollment_has_version_0",
    KeyBeforeCheck: "a_conflict_uses_up_no_key",
    KeysOfBefore: "a_key_twice_in_a_batch",
    RefreshesWhateverVersion: "a_stale_refresh_is_a_conflict",
    EmptyIsAll: "find_by_learner_and_certification",
    FindsEverybody: "find_by_status",
    FirstImportStays: "an_import_is_replaced_by_its_id",
    UndosAsSaved: "undos_come_by_number",
    RowsByText: "rows_page_by_page",
    SweepsLater: "what_one_saves_another_reads",
    TranscriptsOfAll: "transcripts_of_those_who_have_one",
    CompletionsAsSaved: "completions_by_instant_then_training",
    StrikesWithoutTheRest: "a_conflict_leaves_transcripts_alone",
    StrikesOfAnybody: "what_is_not_stored_is_not_struck",
    KeyWithoutCompletions: "a_key_stands_for_completions_too",
    StruckOfAllTenants: "transcripts_are_a_tenants_own",
    ClaimsAsItCan: "a_limit_of_0_claims_nothing",
    NeverTold: "acknowledged_is_told",
    RefusesUnknownIds: "acknowledged_of_what_is_not_there",
    AcknowledgesOnce: "acknowledged_late_and_twice",
    LeaseOfTheFirst: "a_later_lease_counts",
    ClaimedAgainLast: "claimed_again_in_its_old_place",
    KeysOfWaiting: "notice_keys_of_all_notices",
    KeysOfNobody: "the_same_key_of_others",
    LatestOfAKey: "the_first_of_a_key_stays",
    WithdrawsNothing: "what_waits_is_withdrawn",
    WithdrawsFirst: "saved_before_withdrawn",
    WithdrawnWithoutTheRest: "a_conflict_leaves_notices_alone",
    TombstoneForAbsent: "withdrawn_of_what_is_not_there",
    CorrectsWithdrawn: "what_waits_is_withdrawn",
    CorrectsAgain: "corrected_once",
    PagesFromTheLast: "notices_in_pages",
    FirstPutStays: "a_learner_is_replaced",
    FindsExactly: "find_trainings_by_any_name",
    TranscriptNotCompared: "a_stale_transcript_is_a_conflict",
    TranscriptComparedLast: "a_stale_transcript_is_a_conflict",
    TranscriptAlwaysCompared: "a_transcript_that_was_not_read",
    TranscriptVersionStays: "a_transcript_has_a_version",
    TranscriptVersionCountsRows: "a_transcript_has_a_version",
    VersionsForgotten: "versions_of_completions_come_back",
    TranscriptVersionOfEverySave: "a_transcript_has_a_version",
    TranscriptComparedBeforeTheLock: "of_several_who_read_a_transcript_one_saves",
    UnchangedNotCompared: "an_unchanged_enrollment_is_compared",
    UnchangedOfAnybody: "wrong_unchanged_enrollments_are_refused",
    ResetsForgotten: "resets_come_back",
    LatestResetWins: "a_known_reset_stays_as_it_was",
    ResetDeletes: "a_reset_takes_nothing_away",
    KeyWithoutResets: "a_key_stands_for_resets_too",
    KeyBoundToPayloadAlone: "a_key_is_bound_to_what_it_says",
    KeyBoundToItAlone: "a_key_bound_to_nothing",
    AnswerOfTheLastTry: "an_answer_comes_back_with_its_key",
    SweepNeverGoesBack: "a_sweep_may_be_reset",
    NeedingOfVersions: "needing_counts_eligibility",
}
"""Each broken store, with the check that is there for it."""

ALSO: Final[tuple[tuple[type[MemoryStore] | type[SqliteStore], str], ...]] = (
    (TranscriptNotCompared, "two_who_read_the_same_transcript"),
    (TranscriptVersionOfEverySave, "like_memory_with_transcripts"),
    (LastWriteWins, "like_the_store_in_memory"),
    (LastWriteWins, "a_batch_of_one_who_is_late"),
    (KeyBoundToAllOfIt, "a_key_is_saved_once"),
    (KeysOfBefore, "a_row_twice_in_a_batch"),
    (OneForAll, "tenants_have_their_own"),
    (OneForAll, "sources_are_a_tenants_own"),
    (FirstImportStays, "an_undo_is_replaced_by_its_number"),
    (UndosAsSaved, "undos_come_back_in_utc"),
    (CompletionsAsSaved, "every_completion_comes_back"),
    (CompletionsAsSaved, "completions_come_back_in_utc"),
    (LocalTimes, "completions_of_an_hour_that_comes_twice"),
    (StruckIsDeleted, "recorded_anew_and_struck_again"),
    (StruckIsDeleted, "like_memory_with_transcripts"),
    (ClaimsAsItCan, "every_notice_comes_back"),
    (ClaimsAsItCan, "notices_come_back_in_utc"),
    (CorrectsWithdrawn, "withheld_is_never_told"),
    (WithdrawsNothing, "what_is_claimed_is_corrected"),
    (ClaimsTwice, "two_who_tell"),
    (ClaimsTwice, "like_memory_with_an_outbox"),
    (AttributesAsText, "attributes_come_back_with_their_types"),
    (FindsExactly, "every_learner_comes_back"),
    (PagesFromTheLast, "all_learners_page_by_page"),
    (FindsExactly, "find_learners_with_look_alikes"),
    (FindsExactly, "find_learners_with_one_identifier"),
    (FindsExactly, "every_catalog_item_comes_back"),
    (FindsExactly, "courses_that_require_a_module"),
    (FindsExactly, "certifications_by_code"),
    (FindsExactly, "find_certifications_by_code_or_name"),
    (FindsExactly, "needing_counts_every_version"),
    (FindsExactly, "counts_of_what_is_kept"),
    (FirstPutStays, "a_training_is_replaced"),
    (FirstPutStays, "a_certification_is_replaced"),
    (FirstPutStays, "an_error_puts_nobody"),
    (FirstPutStays, "what_may_become_of_a_version"),
    (FirstPutStays, "like_memory_with_sources"),
    (CheckThenInsert, "of_several_with_one_key_one_saves"),
    (CheckThenInsert, "notices_saved_while_others_tell"),
    (NoSnapshot, "a_snapshot_shows_people_of_one_moment"),
)
"""More checks that find one of them, so that there is no check that finds nothing."""
