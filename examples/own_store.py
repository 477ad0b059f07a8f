"""A store of one's own, over a dict of JSON documents: `Store`, `Outbox` and `transcripts`.

It is written to be read, not to be fast: every call reads all that a tenant has, and every save writes
all of it anew. `docs/how-to/write-a-store.md` explains it, and the contract tries it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from threading import Lock
from typing import Any, TypeAlias, TypeVar

from attrs import evolve
from cattrs.preconf.json import make_converter

from certlib import ports
from certlib.adapters.store_rules import (
    check_changes,
    is_bound_elsewhere,
    key_reused,
    payload_of,
    row_reused,
)
from certlib.audit import Index
from certlib.ports import (
    Change,
    Conflict,
    EnrollmentChange,
    EnrollmentKey,
    NoticeState,
    Saved,
    SavedKey,
)
from certlib.serialize import RECORDS, Records
from certlib.state import Enrollment, Event, Notice
from certlib.transcript import Completion, Reset, StruckCompletion, Transcript


def in_utc(at: datetime) -> str:
    """Return an instant as text that sorts as instants do."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


plain = make_converter(forbid_extra_keys=True)
plain.register_unstructure_hook(datetime, in_utc)
WRITING = Lock()
T = TypeVar("T")
Held: TypeAlias = defaultdict[str, dict[str, Any]]
"""What one tenant has: by kind, and by name."""


class OwnStore:
    """All tenants share a database; what a store answers is its own tenant's."""

    def __init__(self, database: dict[str, str], tenant: str, records: Records = RECORDS) -> None:
        self.database, self.tenant, self.records = database, tenant, records

    def _held(self) -> Held:
        return defaultdict(dict, json.loads(self.database.get(self.tenant, "{}")))

    def _write(self, act: Callable[[Held], T]) -> T:
        with WRITING:  # nobody else writes meanwhile, and where `act` fails nothing is written
            held = self._held()
            answer = act(held)
            self.database[self.tenant] = json.dumps(held)
            return answer

    def save(self, changes: Sequence[Change]) -> tuple[ports.SaveAnswer, ...]:
        def act(held: Held) -> tuple[ports.SaveAnswer, ...]:
            answers = tuple(self._save(held, change) for change in changes)
            for change, answer in zip(changes, answers, strict=True):
                for notice in change.withdrawn if answer == Saved() else ():
                    withdraw(held["notices"], notice)
            return answers

        check_changes(changes)
        return self._write(act)

    def _save(self, held: Held, change: Change) -> ports.SaveAnswer:
        payload = repr(payload_of(change))
        if change.key in held["keys"]:
            used = held["keys"][change.key]
            bound_to = used["kept"]["bound_to"]
            if used["payload"] != payload or is_bound_elsewhere(bound_to, change.bound_to):
                raise key_reused("the dict", change.key)
            return Saved(again=True)
        conflict = conflict_of(held, change)  # before anything is changed
        if conflict is not None:
            return conflict
        for part in change.enrollments:
            self._save_enrollment(held["enrollments"], part)
        save_completions(held, change)
        for notice in change.notices:
            keep(held["notices"], notice, NoticeState.WAITING)
        for notice in change.withheld:
            keep(held["notices"], notice, NoticeState.WITHHELD)
        if change.outcome is not None:
            rows = held["rows"].setdefault(change.outcome.import_id, {})
            if str(change.outcome.row) in rows:
                raise row_reused("the dict", change.outcome.import_id)
            rows[str(change.outcome.row)] = plain.unstructure(change.outcome)
        if change.key is not None:
            kept = {"bound_to": change.bound_to, "answer": change.answer}
            held["keys"][change.key] = {"payload": payload, "kept": kept}
        return Saved()

    def _save_enrollment(self, held: dict[str, Any], part: EnrollmentChange) -> None:
        one = held.setdefault(name_of(EnrollmentKey.of(part.enrollment)), {"events": []})
        if part.events:
            one["document"] = self.records.dump_enrollment(part.enrollment)
            one["events"] += map(self.records.dump_event, part.events)
        status, at, until = part.indexed_status, part.indexed_at, part.next_change_at
        one["index"] = plain.unstructure(Index(status=status, at=at, next_change_at=until))

    def _some(self, keys: Iterable[EnrollmentKey]) -> Iterator[tuple[EnrollmentKey, Any]]:
        held = self._held()["enrollments"]
        return ((key, held[name_of(key)]) for key in keys if name_of(key) in held)

    def load(self, keys: Collection[EnrollmentKey]) -> Mapping[EnrollmentKey, Enrollment]:
        read = self.records.load_enrollment
        return {key: read(one["document"]) for key, one in self._some(keys)}

    def history(self, keys: Collection[EnrollmentKey]) -> Mapping[EnrollmentKey, tuple[Event, ...]]:
        read = self.records.load_event
        return {key: tuple(map(read, one["events"])) for key, one in self._some(keys)}

    def indexed(self, keys: Collection[EnrollmentKey]) -> Mapping[EnrollmentKey, Index]:
        return {key: plain.structure(one["index"], Index) for key, one in self._some(keys)}

    def saved_answers(self, keys: Collection[str]) -> Mapping[str, SavedKey]:
        held = self._held()["keys"]
        return {key: SavedKey(**held[key]["kept"]) for key in keys if key in held}

    def due(
        self, before: datetime, *, limit: int, after: EnrollmentKey | None = None
    ) -> tuple[EnrollmentKey, ...]:
        return tuple(self._page(lambda _, index: changed(index, before), limit, after))

    def find(
        self, query: ports.Query, *, limit: int, after: EnrollmentKey | None = None
    ) -> tuple[Enrollment, ...]:
        def may_answer(key: EnrollmentKey, index: Index) -> bool:
            stale = query.at < index.at or changed(index, query.at)
            return (
                (query.learners is None or key.learner in query.learners)
                and (query.certifications is None or key.certification in query.certifications)
                and (query.status in {None, index.status} or stale)
            )

        return tuple(self.load(self._page(may_answer, limit, after)).values())

    def _page(
        self, wanted: Callable[[EnrollmentKey, Index], bool], limit: int, after: Any
    ) -> list[EnrollmentKey]:
        keys = sorted(EnrollmentKey(*name.split("\0")) for name in self._held()["enrollments"])
        found = self.indexed([key for key in keys if after is None or key > after]).items()
        return [key for key, index in found if wanted(key, index)][:limit]

    def transcripts(self, learners: Collection[str]) -> Mapping[str, Transcript]:
        held, found = self._held(), dict[str, Transcript]()
        for learner in learners:
            done = plain.structure(
                [*held["completions"].get(learner, {}).values()], list[Completion]
            )
            gone = plain.structure(held["struck"].get(learner, []), tuple[StruckCompletion, ...])
            back = plain.structure([*held["resets"].get(learner, {}).values()], list[Reset])
            if done or gone or back:
                done.sort(key=lambda each: (each.at, each.training))
                back.sort(key=lambda each: (each.at, each.training))
                found[learner] = Transcript(
                    completions=tuple(done),
                    struck=gone,
                    resets=tuple(back),
                    version=held["transcripts"].get(learner, 0),
                )
        return found

    def notice_keys(
        self, keys: Collection[EnrollmentKey]
    ) -> Mapping[EnrollmentKey, frozenset[str]]:
        found = defaultdict[EnrollmentKey, set[str]](set)
        for name in self._held()["notices"]:
            learner, certification, key = name.split("\0")
            found[EnrollmentKey(learner, certification)].add(key)
        return {key: frozenset(found[key]) for key in keys if key in found}

    def claim(
        self, *, limit: int, now: datetime, lease: datetime
    ) -> tuple[tuple[int, Notice], ...]:
        def act(held: Held) -> tuple[tuple[int, Notice], ...]:
            free = [
                (id, one)
                for id, one in enumerate(held["notices"].values())
                if one["state"] == NoticeState.WAITING
                or (one["state"] == NoticeState.CLAIMED and one["until"] <= in_utc(now))
            ][:limit]
            for _, one in free:
                one |= {"state": NoticeState.CLAIMED, "until": in_utc(lease)}
            return tuple((id, plain.structure(one["notice"], Notice)) for id, one in free)

        return self._write(act)

    def acknowledge(self, ids: Collection[int]) -> None:
        def act(held: Held) -> None:
            for id, one in enumerate(held["notices"].values()):
                if id in ids and one["state"] in {NoticeState.WAITING, NoticeState.CLAIMED}:
                    one["state"] = NoticeState.TOLD

        self._write(act)

    def imports(self, *, purpose: str | None = None) -> tuple[ports.ImportRecord, ...]:
        held = self._held()
        found = [plain.structure(each, ports.ImportRecord) for each in held["imports"].values()]
        undos = {
            id: tuple(plain.structure(each, ports.Undo) for _, each in sorted(of.items()))
            for id, of in held["undos"].items()
        }
        found.sort(key=lambda each: each.at)
        chosen = (each for each in found if purpose in {None, each.purpose})
        return tuple(evolve(each, undos=undos.get(each.id, ())) for each in chosen)

    def save_import(self, record: ports.ImportRecord) -> None:
        document = plain.unstructure(evolve(record, undos=()))
        self._write(lambda held: held["imports"].update({record.id: document}))

    def save_undo(self, import_id: str, undo: ports.Undo) -> None:
        def act(held: Held) -> None:
            held["undos"].setdefault(import_id, {})[f"{undo.number:09}"] = plain.unstructure(undo)

        self._write(act)

    def import_rows(
        self, import_id: str, *, limit: int, after: int | None = None
    ) -> tuple[ports.RowOutcome, ...]:
        held = self._held()["rows"].get(import_id, {}).values()
        found = sorted(plain.structure([*held], list[ports.RowOutcome]), key=lambda each: each.row)
        return tuple(each for each in found if after is None or each.row > after)[:limit]

    def last_sweep(self) -> datetime | None:
        last = self._held()["sweep"].get("last")
        return last and datetime.fromisoformat(last)

    def record_sweep(self, now: datetime) -> None:
        def act(held: Held) -> None:
            held["sweep"]["last"] = max(in_utc(now), held["sweep"].get("last", ""))

        self._write(act)

    def reset_sweep(self, now: datetime) -> None:
        def act(held: Held) -> None:
            if held["sweep"]:
                held["sweep"]["last"] = in_utc(now)

        self._write(act)


def conflict_of(held: Held, change: Change) -> Conflict | None:
    """Return the first version that is another one than the change was decided on."""
    read = [(EnrollmentKey.of(part.enrollment), part.expected) for part in change.enrollments]
    for key, expected in (*read, *change.unchanged):
        found = len(held["enrollments"].get(name_of(key), {"events": ()})["events"])
        if found != expected:
            return Conflict(key=key, expected=expected, found=found)
    found = held["transcripts"].get(change.learner, 0)
    if change.transcript not in {None, found}:
        return Conflict(learner=change.learner, expected=change.transcript, found=found)
    return None


def name_of(key: EnrollmentKey, *more: str) -> str:
    """Return what a key is stored under: no id that is stored has a NUL."""
    return "\0".join((key.learner, key.certification, *more))


def name_of_notice(notice: Notice) -> str:
    return name_of(EnrollmentKey(notice.learner, notice.certification), notice.key)


def changed(index: Index, instant: datetime) -> bool:
    return index.next_change_at is not None and index.next_change_at <= instant


def save_completions(held: Held, change: Change) -> None:
    """Strike first, then add, then reset; the version rises where something of it is stored."""
    standing = held["completions"].setdefault(change.learner, {})
    resets, touched = held["resets"].setdefault(change.learner, {}), False
    for struck in change.struck:
        stored = standing.pop(repr(struck.completion.key), None)
        if stored is not None:  # what is stored is struck, not what is given
            kept = {**plain.unstructure(struck), "completion": stored}
            held["struck"].setdefault(change.learner, []).append(kept)
            touched = True
    for each in change.completions:
        touched |= repr(each.key) not in standing
        standing.setdefault(repr(each.key), plain.unstructure(each))
    for reset in change.resets:
        touched |= repr(reset.key) not in resets
        resets.setdefault(repr(reset.key), plain.unstructure(reset))
    if touched:
        before = held["transcripts"].get(change.learner, 0)
        added = (each.version or 0 for each in change.completions)
        gone = (each.version or 0 for each in change.struck)
        held["transcripts"][change.learner] = max([before + 1, *added, *gone])


def keep(held: dict[str, Any], notice: Notice, state: NoticeState) -> None:
    """Save a notice, unless the enrollment has one of that key."""
    held.setdefault(name_of_notice(notice), {"notice": plain.unstructure(notice), "state": state})


def withdraw(held: dict[str, Any], notice: Notice) -> None:
    """Take back what waits; correct what was told, or is being told."""
    one = held.get(name_of_notice(notice), {"state": None})
    if one["state"] in {NoticeState.CLAIMED, NoticeState.TOLD}:
        keep(held, notice.correction, NoticeState.WAITING)
    if one["state"] in {NoticeState.WAITING, NoticeState.CLAIMED}:
        one["state"] = NoticeState.WITHDRAWN
