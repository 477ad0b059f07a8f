"""A store in memory: what every other store has to do, in the plainest words.

It serves tests, and it is the specification that other stores are compared with. Everything is kept
in the form in which it would be stored, and looked up by walking through it.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final, TypeVar

from attrs import define, evolve, field, fields, frozen

from certlib.adapters.contract import (
    Counts,
    Payload,
    answers,
    check_changes,
    check_versions,
    identifier_of,
    key_reused,
    payload_of,
    row_reused,
    those,
    trainings_of,
)
from certlib.certifications import Certification
from certlib.learners import Learner, normal_identifier, skeleton
from certlib.ports import (
    Change,
    Conflict,
    EnrollmentChange,
    EnrollmentKey,
    IdentifierKind,
    ImportRecord,
    Query,
    RowOutcome,
    SaveAnswer,
    Saved,
)
from certlib.serialize.catalog import (
    certification_document,
    read_certification,
    read_training,
    training_document,
)
from certlib.serialize.records import RECORDS, Records
from certlib.state.enrollments import Enrollment
from certlib.state.events import Event
from certlib.state.notices import Notice
from certlib.trainings import Training
from certlib.transcript import Completion, CompletionKey, Transcript

__all__ = ["MemoryDatabase", "MemoryStore"]

PLACE: Final = "the store in memory"

V = TypeVar("V")


@frozen(kw_only=True)
class _Indexed:
    """An enrollment with what it is searched by."""

    enrollment: Enrollment
    change: EnrollmentChange

    def may_be_due(self, instant: datetime) -> bool:
        next_change_at = self.change.next_change_at
        return next_change_at is not None and next_change_at <= instant

    def may_answer(self, query: Query) -> bool:
        """Whether its index says so, or may not tell the truth about the instant."""
        return (
            (query.learners is None or self.enrollment.learner in query.learners)
            and (
                query.certifications is None
                or self.enrollment.certification in query.certifications
            )
            and (
                query.status is None
                or self.change.indexed_status is query.status
                or query.at < self.change.indexed_at
                or self.may_be_due(query.at)
            )
        )


@define
class _Held:
    """What one tenant's store holds."""

    learners: dict[str, Learner] = field(factory=dict[str, Learner])
    trainings: dict[str, Training] = field(factory=dict[str, Training])
    certifications: dict[str, Certification] = field(factory=dict[str, Certification])
    completions: dict[tuple[str, CompletionKey], Completion] = field(
        factory=dict[tuple[str, CompletionKey], Completion]
    )
    enrollments: dict[EnrollmentKey, _Indexed] = field(factory=dict[EnrollmentKey, _Indexed])
    events: dict[EnrollmentKey, tuple[Event, ...]] = field(
        factory=dict[EnrollmentKey, tuple[Event, ...]]
    )
    notices: dict[int, Notice] = field(factory=dict[int, Notice])
    keys: dict[str, Payload] = field(factory=dict[str, Payload])
    imports: dict[str, ImportRecord] = field(factory=dict[str, ImportRecord])
    rows: dict[tuple[str, int], RowOutcome] = field(factory=dict[tuple[str, int], RowOutcome])
    sweeps: dict[str, datetime] = field(factory=dict[str, datetime])


class MemoryDatabase:
    """Holds the records of tenants, as a file or a server would."""

    def __init__(self) -> None:
        self._tenants: dict[str, _Held] = {}

    def held(self, tenant: str) -> _Held:
        """Return what belongs to a tenant."""
        return self._tenants.setdefault(tenant, _Held())

    @contextmanager
    def replacing(self, tenant: str) -> Generator[_Held]:
        """Give a copy of what belongs to a tenant, which takes its place at the end, if all went well."""
        held = self.held(tenant)
        copied = _Held(**{each.name: dict(getattr(held, each.name)) for each in fields(_Held)})
        yield copied
        self._tenants[tenant] = copied


class MemoryStore:
    """People, catalog, completions and certlib's records of one tenant: `Sources` and `Store` in one.

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
    ) -> None:
        """Bind to a tenant of a database, by default of a new one; ``records`` knows a host's own facts."""
        self._tenant = tenant
        self._database = database or MemoryDatabase()
        self._records = records

    @property
    def tenant(self) -> str:
        """The tenant that it is bound to."""
        return self._tenant

    @property
    def _held(self) -> _Held:
        return self._database.held(self._tenant)

    # --- what a host hands over ---------------------------------------------------------------

    def put_learners(self, learners: Iterable[Learner]) -> None:
        """Add learners, and replace those with the same id."""
        self._held.learners.update({each.id: each for each in learners})

    def put_trainings(self, trainings: Iterable[Training]) -> None:
        """Add trainings, and replace those with the same code."""
        kept = {each.code: read_training(training_document(each)) for each in trainings}
        self._held.trainings.update(kept)

    def put_certifications(self, certifications: Iterable[Certification]) -> None:
        """Add certifications, and replace those with the same code.

        Raise `StoreError` where a published version would change or go; nothing is put then.
        """
        kept = {
            each.code: read_certification(certification_document(each)) for each in certifications
        }
        held = self._held.certifications
        check_versions(PLACE, ((held.get(code), each) for code, each in kept.items()))
        held.update(kept)

    def counts(self) -> Counts:
        """Return how many learners, trainings and certifications there are."""
        held = self._held
        return Counts(
            learners=len(held.learners),
            trainings=len(held.trainings),
            certifications=len(held.certifications),
        )

    # --- Sources ------------------------------------------------------------------------------

    def learners(self, ids: Collection[str]) -> Mapping[str, Learner]:
        """Return the learners with these ids."""
        return those(self._held.learners, ids)

    def all_learners(self, *, limit: int, after: str | None = None) -> Sequence[Learner]:
        """Return learners by id, at most ``limit``, those after an id."""
        return [
            learner
            for learner in _sorted(self._held.learners)
            if after is None or learner.id > after
        ][:limit]

    def find_learners(
        self, identifiers: Collection[str], *, by: IdentifierKind
    ) -> Mapping[str, tuple[Learner, ...]]:
        """Return, for each identifier, every learner whose identifier of that kind resembles it."""
        named = [(identifier_of(learner, by), learner) for learner in _sorted(self._held.learners)]
        having = ((skeleton(name), learner) for name, learner in named if name is not None)
        return answers(having, {each: skeleton(each) for each in identifiers})

    def certifications(self, codes: Collection[str] | None = None) -> Mapping[str, Certification]:
        """Return the certifications with these codes; None: all of them, by code."""
        held = self._held.certifications
        return those(held, sorted(held) if codes is None else codes)

    def find_certifications(
        self, names: Collection[str]
    ) -> Mapping[str, tuple[Certification, ...]]:
        """Return, for each text, every certification whose code or name it is."""
        having = (
            (name, each)
            for each in _sorted(self._held.certifications)
            for name in _normal(each.code, each.name)
        )
        return answers(having, {name: normal_identifier(name) for name in names})

    def find_trainings(self, names: Collection[str]) -> Mapping[str, tuple[Training, ...]]:
        """Return, for each text, every training whose code, external id or name it is."""
        having = (
            (name, each)
            for each in _sorted(self._held.trainings)
            for name in _normal(each.code, each.name, *each.external_ids)
        )
        return answers(having, {name: normal_identifier(name) for name in names})

    def courses_with(self, modules: Collection[str]) -> Mapping[str, tuple[Training, ...]]:
        """Return, for each module code, the courses that require the module."""
        having = (
            (module, course)
            for course in _sorted(self._held.trainings)
            for module in course.modules
        )
        return answers(having, {module: module for module in modules})

    def needing(self, trainings: Collection[str]) -> Mapping[str, tuple[str, ...]]:
        """Return, for each training code, the codes of the certifications some version of which needs it."""
        having = (
            (training, each.code)
            for each in _sorted(self._held.certifications)
            for training in trainings_of(each)
        )
        return answers(having, {training: training for training in trainings})

    def transcripts(self, learners: Collection[str]) -> Mapping[str, Transcript]:
        """Return the transcripts of those of these learners who completed anything, by instant."""
        held = self._held.completions.items()
        by_instant = sorted(held, key=lambda item: (item[1].at, item[1].training))
        found = answers(
            ((learner, completion) for (learner, _), completion in by_instant),
            {learner: learner for learner in learners},
        )
        return {learner: Transcript(completions=those) for learner, those in found.items()}

    # --- Store --------------------------------------------------------------------------------

    def load(self, keys: Collection[EnrollmentKey]) -> Mapping[EnrollmentKey, Enrollment]:
        """Return the enrollments with these keys; absent ones are absent."""
        found = those(self._held.enrollments, keys)
        return {key: indexed.enrollment for key, indexed in found.items()}

    def history(self, keys: Collection[EnrollmentKey]) -> Mapping[EnrollmentKey, tuple[Event, ...]]:
        """Return the events of these enrollments, by sequence."""
        return those(self._held.events, keys)

    def save(self, changes: Sequence[Change]) -> tuple[SaveAnswer, ...]:
        """Save each change whole or not at all, and answer each.

        Raise `StoreError` where a key or a row of an import stands for another change already; none
        of the changes is saved then.
        """
        check_changes(changes)
        with self._database.replacing(self._tenant) as held:
            return tuple(self._save(held, change) for change in changes)

    def _save(self, held: _Held, change: Change) -> SaveAnswer:
        if change.key is not None and change.key in held.keys:
            if held.keys[change.key] != payload_of(change):
                raise key_reused(PLACE, change.key)
            return Saved(again=True)
        for part in change.enrollments:
            key = EnrollmentKey.of(part.enrollment)
            stored = held.enrollments.get(key)
            found = 0 if stored is None else stored.enrollment.version
            if found != part.expected:
                return Conflict(key=key, expected=part.expected, found=found)
        for part in change.enrollments:
            self._save_enrollment(held, part)
        for completion in change.completions:
            kept = self._records.load_completion(self._records.dump_completion(completion))
            held.completions.setdefault((change.learner, kept.key), kept)
        for notice in change.notices:
            kept_notice = self._records.load_notice(self._records.dump_notice(notice))
            held.notices[len(held.notices) + 1] = kept_notice
        if change.outcome is not None:
            row = (change.outcome.import_id, change.outcome.row)
            if row in held.rows:
                raise row_reused(PLACE, change.outcome.import_id)
            held.rows[row] = change.outcome
        if change.key is not None:
            held.keys[change.key] = payload_of(change)
        return Saved()

    def _save_enrollment(self, held: _Held, part: EnrollmentChange) -> None:
        records, key = self._records, EnrollmentKey.of(part.enrollment)
        if part.events:
            kept = records.load_enrollment(records.dump_enrollment(part.enrollment))
            events = tuple(records.load_event(records.dump_event(each)) for each in part.events)
            held.events[key] = (*held.events.get(key, ()), *events)
        else:
            kept = held.enrollments[key].enrollment
        held.enrollments[key] = _Indexed(enrollment=kept, change=part)

    def saved_keys(self, keys: Collection[str]) -> frozenset[str]:
        """Return those of these keys under which a change has been saved."""
        return frozenset(those(self._held.keys, keys))

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
        """Return enrollments by key, at least all that answer the query; the caller checks the status."""
        held = sorted(self._held.enrollments.items())
        return tuple(
            indexed.enrollment
            for key, indexed in held
            if indexed.may_answer(query) and (after is None or key > after)
        )[:limit]

    def notices(self, *, limit: int, after: int = 0) -> tuple[tuple[int, Notice], ...]:
        """Return notices with their ids, in the order in which they were saved, those after an id."""
        return tuple(item for item in self._held.notices.items() if item[0] > after)[:limit]

    def imports(self, *, purpose: str | None = None) -> tuple[ImportRecord, ...]:
        """Return the imports, oldest first; only those of a purpose where one is given."""
        held = sorted(self._held.imports.values(), key=lambda record: record.at)
        return tuple(each for each in held if purpose is None or each.purpose == purpose)

    def save_import(self, record: ImportRecord) -> None:
        """Store an import, or replace the record of the same id."""
        self._held.imports[record.id] = evolve(record, at=record.at.astimezone(UTC))

    def import_rows(
        self, import_id: str, *, limit: int, after: int | None = None
    ) -> tuple[RowOutcome, ...]:
        """Return the stored outcomes of an import by row, those after a row."""
        return tuple(
            outcome
            for (of, row), outcome in sorted(self._held.rows.items())
            if of == import_id and (after is None or row > after)
        )[:limit]

    def last_sweep(self) -> datetime | None:
        """Return the ``now`` of the latest sweep (T7)."""
        return self._held.sweeps.get("last")

    def record_sweep(self, now: datetime) -> None:
        """Store the ``now`` of a sweep; the latest stays."""
        self._held.sweeps["last"] = max(now, self.last_sweep() or now).astimezone(UTC)


def _sorted(held: Mapping[str, V]) -> list[V]:
    """Return what is held, by key."""
    return [held[key] for key in sorted(held)]


def _normal(*names: str) -> set[str]:
    return {normal_identifier(name) for name in names}
