"""Undo strikes all that an import recorded, row by row, and deletes nothing (F5, C6, R13, row 37)."""

from __future__ import annotations

import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from certlib import Actor, Service
from certlib.actors import Role, Scope
from certlib.adapters.memory import MemoryStore
from certlib.adapters.sqlite import SqliteStore
from certlib.errors import ConflictError, NotFoundError, RefusedError, StoreError
from certlib.io import GO1, ImportOptions
from certlib.io._undoing.held import Held
from certlib.io._undoing.undo import Undoing, Undone, UndoProblem, undone_rows
from certlib.learners import Learner
from certlib.policies import Reminder, Reminders
from certlib.ports import (
    Change,
    EnrollmentKey,
    ImportRecord,
    NoticeState,
    Outcome,
    RowOutcome,
    SaveAnswer,
    Saved,
    Undo,
)
from certlib.requirements import Completed
from certlib.state import Command, Event, Status
from certlib.state import commands as c
from certlib.state._fold import struck_entries
from certlib.state.facts import EntryStruck
from certlib.transcript import Completion, CompletionSource, StruckCompletion, Transcript
from tests.dumps import Embedded
from tests.hosts import EVA, FIRE, FORK, NOW, PEOPLE, SYSTEM, TRAININGS, make_service, make_store
from tests.io.uploads import SKIPPED_DAY, applied, certification_in_apia, counts, held, upload

LATER = NOW + timedelta(hours=1)
WHY = "the wrong file"
ROWS = (
    "ann@example.org,course,FORK,2025-01-05",
    "ann@example.org,certification,FORK-1,2024-06-01",
    "bo@example.org,module,M1,2025-02-01",
    "bo@example.org,module,M2,2025-02-02",
    "bo@example.org,certification,FIRE-1,2023-03-01",
    "cem@example.org,course,FORK,2025-01-05",
    "twin@example.org,course,FORK,2025-01-05",
    "nobody@example.org,course,FORK,2025-01-05",
    "ann@example.org,course,FORK,2026-01-05",
    "ann@example.org,course,FORK,2026-01-05",
    "ann@example.org,course,DAY,2025-01-01",
    "ann@example.org,course,DRILL,2025-01-02",
)
LEARNERS = ("ann", "bo", "cem")
CERTIFICATIONS = ("FIRE-1", "FORK-1")


def imported(service: Service, *rows: str, now: datetime = NOW) -> str:
    """Import rows; return the id of the import."""
    found = applied(service, upload(*rows), now=now).import_id
    assert found is not None
    return found


def undo(service: Service, import_id: str, now: datetime = LATER, **more: Any) -> Undone:
    return service.undo_import(import_id, **{"reason": WHY, "actor": EVA, "now": now, **more})


def tally(found: Undone) -> tuple[int, int, int, int]:
    assert found.rows == found.undone + found.undone_before + found.refused
    return found.rows, found.undone, found.undone_before, found.refused


def refusals(found: Undone) -> dict[int, list[tuple[str | None, str, tuple[int, ...]]]]:
    """Return why rows were refused: where, the code, and what rests on them."""
    told: dict[int, list[tuple[str | None, str, tuple[int, ...]]]] = {}
    for each in found.problems:
        told.setdefault(each.row, []).append((each.certification, each.code, each.entries))
    return told


def give(
    service: Service,
    command: Command,
    learner: str = "ann",
    certification: str = "FORK-1",
    *,
    actor: Actor = EVA,
    now: datetime = LATER,
) -> None:
    service.perform(command, learner=learner, certification=certification, actor=actor, now=now)


def events_of(store: MemoryStore, learner: str, certification: str) -> tuple[Event, ...]:
    key = EnrollmentKey(learner, certification)
    return store.history([key]).get(key, ())


def completion(training: str, on: date, **others: Any) -> Completion:
    return Completion.dated(training, on, **{"recorded_at": LATER, **others})


# --- answers --------------------------------------------------------------------------------------

INSTANTS = tuple(
    datetime(year, month, 3, 9, tzinfo=UTC) for year in range(2024, 2029, 2) for month in (1, 7)
)


def answers(
    service: Service, known_at: datetime | None = None, until: datetime = LATER
) -> dict[str, object]:
    """Return every answer that a service gives about its people, but which entries there are."""
    found: dict[str, object] = {}
    for learner in LEARNERS:
        transcript = service.transcript(learner=learner, actor=EVA, known_at=known_at)
        found[learner] = [
            (each.training, each.at, each.on, each.source) for each in transcript.completions
        ]
        for certification in CERTIFICATIONS:
            who: dict[str, Any] = {"learner": learner, "certification": certification}
            who |= {"actor": EVA, "known_at": known_at}
            for at in (*INSTANTS, until):
                answer = service.certified(**who, at=at)
                found[f"{learner} in {certification} at {at}"] = (
                    evolve(answer, because=()),
                    [(event.row, event.at) for event in answer.because],
                )
            status, verdicts = service.explain(**who, at=until)
            found[f"{learner} may in {certification}"] = (
                status,
                [each for each in verdicts if each.command != "strike"],
            )
            found[f"{learner} ahead in {certification}"] = service.outlook(**who, at=until)
    found["standings"] = [
        (
            each.learner,
            each.certification,
            each.status,
            each.since,
            each.certified,
            [
                (made.issued_at, made.terms, made.revoked_at, made.last_valid_day)
                for made in each.enrollment.certificates
            ],
            [(made.source, made.reference, made.at) for made in each.enrollment.assignments],
        )
        for at in (*INSTANTS, until)
        for each in service.statuses(actor=EVA, at=at, known_at=known_at)
    ]
    return found


def remembered(service: Service, known_at: datetime) -> dict[str, object]:
    """Return what was known at an instant, with every entry."""
    histories = {
        f"{learner} in {certification}, entries": service.history(
            learner=learner,
            certification=certification,
            actor=EVA,
            at=known_at,
            known_at=known_at,
        )
        for learner in LEARNERS
        for certification in CERTIFICATIONS
    }
    return {**answers(service, known_at, until=known_at), **histories}


# --- lives ----------------------------------------------------------------------------------------

Act: TypeAlias = tuple[str, str, Command | Completion, Actor | None]
"""Who in which certification, what, and by whom: None is the learner himself."""
DAYS = st.dates(date(2023, 1, 1), date(2026, 11, 20)) | st.dates(
    date(2026, 1, 1), date(2026, 11, 20)
)
EARLIER_DAYS = st.dates(date(2023, 1, 1), date(2025, 12, 31))


def _commands(last: date) -> st.SearchStrategy[Command]:
    days = st.dates(date(2023, 1, 1), last)
    return st.one_of(
        st.builds(c.Award, on=days),
        st.builds(c.Assign, reference=st.sampled_from(["r1", "r2"])),
        st.sampled_from([c.Enroll(), c.Start(), c.StartRecertification()]),
        st.sampled_from([c.RestoreAccess(reason="a mistake"), c.AbandonRecertification()]),
        _RESTING,
    )


_RESTING: st.SearchStrategy[Command] = st.one_of(
    st.builds(
        c.ExtendCertificate,
        until=st.dates(date(2027, 1, 1), date(2029, 1, 1)),
        reason=st.just("ill"),
    ),
    st.sampled_from(
        [
            c.ForceRecertification(reason="a spot check"),
            c.RevokeAccess(reason="left"),
            c.PermanentlyRevoke(reason="fraud"),
            c.OverrideTraining(reason="exempt"),
            c.StartRecertification(),
            c.Remove(reason="left"),
        ]
    ),
)
"""What is given on a certificate, in a cycle, or in a status that an import may have made."""


def _acts(of: st.SearchStrategy[Command | Completion]) -> st.SearchStrategy[list[Act]]:
    act = st.tuples(
        st.sampled_from(["ann", "bo"]),
        st.sampled_from(CERTIFICATIONS),
        of,
        st.sampled_from([EVA, SYSTEM, None]),
    )
    return st.lists(act, max_size=6)


_completions = st.builds(
    completion,
    st.sampled_from(["M1", "M2", "ONLINE", "DAY", "DRILL", "FORK"]),
    EARLIER_DAYS,
    recorded_at=st.just(datetime(2026, 1, 1, tzinfo=UTC)),
)
LIVES = _acts(st.one_of(_commands(date(2025, 12, 31)), _completions))
FEWER = LIVES.map(lambda acts: acts[:2])
SINCE = _acts(st.one_of(_RESTING, _commands(date(2026, 11, 20))))
KINDS = st.sampled_from(
    [
        "module,M1", "module,M2", "course,ONLINE", "course,DAY", "course,DRILL", "course,FORK",
        "certification,FIRE-1", "certification,FORK-1",
    ]
)  # fmt: skip
FILES = st.lists(
    st.builds(
        lambda learner, kind, on: f"{learner}@example.org,{kind},{on}",
        st.sampled_from(LEARNERS), KINDS, DAYS,
    ),
    min_size=1, max_size=8,
)  # fmt: skip


def live(service: Service, acts: Sequence[Act], begin: datetime) -> None:
    """Let people act, one after another; what the rules refuse does not happen."""
    for number, (learner, certification, what, actor) in enumerate(acts):
        now = begin + timedelta(minutes=number)
        if isinstance(what, Completion):
            service.record([evolve(what, recorded_at=now)], learner=learner, actor=SYSTEM, now=now)
        else:
            by = actor or Actor(role=Role.LEARNER, id=learner)
            with suppress(RefusedError):
                give(service, what, learner, certification, actor=by, now=now)


BEGIN = datetime(2026, 1, 10, tzinfo=UTC)


@pytest.mark.slow
class TestAsIfItHadNotBeen:
    """Every answer as known now is that of a twin which never had the import."""

    @settings(max_examples=60, deadline=None)
    @given(life=LIVES, rows=FILES)
    def test_whatever_was_there_before(self, life: list[Act], rows: list[str]) -> None:
        service, twin = make_service(), make_service()
        for each in (service, twin):
            live(each, life, BEGIN)
        before = answers(service)
        assert before == answers(twin)
        import_id = applied(service, upload(*rows)).import_id
        if import_id is None:  # the rules refuse every row
            return
        recorded = list(service.import_rows(import_id, actor=EVA, now=NOW))
        known = remembered(service, NOW)
        before_it = NOW - timedelta(seconds=1)
        known_before = remembered(service, before_it)
        said = service.preview_undo(import_id, actor=EVA, now=LATER)
        done = undo(service, import_id)
        assert done == said
        new = [row for row in recorded if row.outcome.outcome is Outcome.NEW]
        assert tally(done) == (len(new), len(new), 0, 0)
        assert answers(service) == answers(twin)
        assert remembered(service, NOW) == known
        assert remembered(service, before_it) == known_before
        assert list(service.audit(actor=EVA, at=LATER)) == []
        again = applied(service, upload(*rows), now=LATER)
        assert again.import_id not in {None, import_id}
        assert again.preview.new == len(new)

    @settings(max_examples=60, deadline=None)
    @given(life=FEWER, rows=FILES, since=SINCE)
    def test_what_was_built_on_it_is_struck_first(
        self, life: list[Act], rows: list[str], since: list[Act]
    ) -> None:
        store, twin = make_store(), make_service()
        service = make_service(store)
        for each in (service, twin):
            live(each, life, BEGIN)
        import_id = applied(service, upload(*rows)).import_id
        if import_id is None:
            return
        stood = {key: len(events) for key, events in histories_of(store).items()}
        live(service, since, NOW + timedelta(minutes=1))
        known = remembered(service, LATER)
        done = undo(service, import_id, LATER + timedelta(seconds=1))
        for problem in done.problems:
            assert problem.code == "nothing_rests_on_it"
            assert problem.learner is not None
            if problem.certification is None:  # the course of a row that stays
                assert problem.message == "the completion of the course ONLINE rests on it"
                assert problem.entries == ()
                continue
            events = events_of(store, problem.learner, problem.certification)
            assert set(problem.entries) <= {event.entry for event in events}
            assert not set(problem.entries) & struck_entries(events)
        # Rows of learners whom nothing was built on are undone.
        touched = {learner for learner, *_ in since}
        assert {problem.learner for problem in done.problems} <= touched
        strike_at = LATER + timedelta(minutes=1)
        for key, events in histories_of(store).items():
            later = {event.entry for event in events[stood.get(key, 0) :]}
            strikes = {event.entry for event in events if isinstance(event.fact, EntryStruck)}
            for entry in sorted(later - strikes - struck_entries(events), reverse=True):
                strike = c.Strike(entry=entry, reason="to undo the import")
                give(service, strike, key.learner, key.certification, now=strike_at)
        again_at = LATER + timedelta(hours=1)
        if done.refused:
            again = undo(service, import_id, again_at)
            assert tally(again) == (done.rows, done.refused, done.undone, 0)
        now = again_at + timedelta(hours=1)
        assert answers(service, until=now) == answers(twin, until=now)
        assert remembered(service, LATER) == known


def histories_of(store: MemoryStore) -> dict[EnrollmentKey, tuple[Event, ...]]:
    keys = [
        EnrollmentKey(learner, certification)
        for learner in LEARNERS
        for certification in CERTIFICATIONS
    ]
    return dict(store.history(keys))


class TestReview:
    """Which imports there were, and what each row recorded."""

    def test_each_row_tells_what_it_recorded(self) -> None:
        service = make_service()
        import_id = imported(service, *ROWS)
        rows = {
            each.outcome.row: each for each in service.import_rows(import_id, actor=EVA, now=NOW)
        }
        assert list(rows) == [2, 3, 4, 5, 6, 7, 10, 12, 13]
        assert not any(each.undone for each in rows.values())
        recorded = {
            number: (
                [each.completion.training for each in row.completions],
                [(each.certification, each.entry, each.transition) for each in row.entries],
            )
            for number, row in rows.items()
        }
        assert recorded == {
            2: (["FORK"], []),
            3: ([], [("FORK-1", 1, "award")]),
            4: (["M1"], []),
            5: (
                ["M2", "ONLINE"],
                [("FIRE-1", 2, "start recertification late"), ("FIRE-1", 3, "complete step")],
            ),
            6: ([], [("FIRE-1", 1, "award")]),
            7: (["FORK"], []),
            10: (
                ["FORK"],
                [("FORK-1", 2, "start recertification late"), ("FORK-1", 3, "complete step")],
            ),
            12: (["DAY"], []),
            13: (["DRILL"], []),
        }

    def test_afterwards_everything_is_there_and_struck(self) -> None:
        service = make_service()
        import_id = imported(service, *ROWS)
        before = list(service.import_rows(import_id, actor=EVA, now=NOW))
        undo(service, import_id)
        after = list(service.import_rows(import_id, actor=EVA, now=LATER))
        assert all(each.undone for each in after)
        assert [
            evolve(
                each,
                undone=False,
                entries=tuple(evolve(entry, struck=False) for entry in each.entries),
                completions=tuple(evolve(done, struck=False) for done in each.completions),
            )
            for each in after
        ] == before
        assert all(entry.struck for each in after for entry in each.entries)
        assert all(done.struck for each in after for done in each.completions)

    def test_a_row_that_was_refused_says_why(self) -> None:
        store = make_store()
        store.put_certifications([certification_in_apia()])
        service = make_service(store)
        import_id = imported(service, *SKIPPED_DAY)
        _, row = service.import_rows(import_id, actor=EVA, now=NOW)
        assert row.outcome.outcome is Outcome.ERROR
        assert "no_certificate_of_that_instant" in str(row.outcome.note)
        assert (row.entries, row.completions) == ((), ())
        assert tally(undo(service, import_id)) == (1, 1, 0, 0)

    def test_imports_are_listed_with_how_they_were_undone(self) -> None:
        service = make_service()
        first = imported(service, ROWS[0])
        second = imported(service, ROWS[1], now=LATER)
        undo(service, first)
        listed = service.imports(actor=EVA)
        assert [each.id for each in listed] == [first, second]
        assert listed[0].undos == (
            Undo(number=1, actor="admin:eva", at=LATER, reason=WHY, undone=1, finished=True),
        )
        assert listed[1].undos == ()

    @pytest.mark.parametrize("role", [Role.LEARNER, Role.MANAGER, Role.APPROVER])
    def test_administrators_alone_see_them(self, role: Role) -> None:
        service = make_service()
        import_id = imported(service, *ROWS)
        actor = Actor(role=role, id="bo")
        for ask in (
            lambda: service.imports(actor=actor),
            lambda: service.import_rows(import_id, actor=actor, now=NOW),
            lambda: service.preview_undo(import_id, actor=actor, now=NOW),
            lambda: undo(service, import_id, actor=actor),
        ):
            with pytest.raises(RefusedError) as caught:
                ask()
            assert caught.value.code == "role_may_not"

    def test_of_another_the_scope_reaches_nothing(self) -> None:
        service = make_service()
        import_id = imported(service, *ROWS)
        north = Actor(role=Role.ADMIN, id="nora", scope=Scope.organizations("north"))
        assert service.imports(actor=north) == ()
        for ask in (
            lambda: service.import_rows(import_id, actor=north, now=NOW),
            lambda: undo(service, import_id, actor=north),
            lambda: undo(service, "absent", actor=north),
            lambda: undo(service, "absent"),
        ):
            with pytest.raises(NotFoundError):
                ask()

    def test_of_ones_own_those_who_left_the_scope_are_not_there(self) -> None:
        store = make_store()
        service = make_service(store)
        north = Actor(role=Role.ADMIN, id="nora", scope=Scope.organizations("north"))
        source = upload(
            "ann@example.org,course,FORK,2025-01-05", "cem@example.org,course,DAY,2025-01-05"
        )
        import_id = applied(service, source, actor=north).import_id or ""
        store.put_learners([Learner(id="ann", organization="south")])
        assert [each.id for each in service.imports(actor=north)] == [import_id]
        (row,) = service.import_rows(import_id, actor=north, now=NOW)
        assert row.outcome.learner == "cem"
        found = undo(service, import_id, actor=north)
        assert tally(found) == (2, 1, 0, 1)
        assert found.problems == (
            UndoProblem(
                row=2, learner=None, certification=None, code="unknown_learner",
                message="unknown learner",
            ),
        )  # fmt: skip
        assert tally(undo(service, import_id)) == (2, 1, 1, 0)


class TestUndo:
    def test_nobody_is_what_the_import_made_him(self) -> None:
        store = make_store()
        service = make_service(store)
        import_id = imported(service, *ROWS)
        assert len(list(service.statuses(actor=EVA, at=NOW))) == 2
        assert tally(undo(service, import_id)) == (9, 9, 0, 0)
        assert list(service.statuses(actor=EVA, at=LATER)) == []
        assert [each.status for each in service.statuses(actor=EVA, at=NOW, known_at=NOW)] == [
            Status.CERTIFIED,
            Status.LAPSED,
        ]

    def test_entries_are_struck_newest_first_with_the_reason(self) -> None:
        store = make_store()
        service = make_service(store)
        import_id = imported(service, *ROWS)
        recorded = events_of(store, "bo", "FIRE-1")
        undo(service, import_id, actor=SYSTEM)
        events = events_of(store, "bo", "FIRE-1")
        assert events[: len(recorded)] == recorded
        strikes = [each for each in events if isinstance(each.fact, EntryStruck)]
        assert [each.fact for each in strikes] == [EntryStruck(entry=entry) for entry in (3, 2, 1)]
        assert {(each.row, each.actor, each.reason, each.at) for each in strikes} == {
            ("strike", "system", WHY, LATER)
        }
        assert {each.import_id for each in strikes} == {None}

    def test_completions_are_struck_with_the_courses_that_followed(self) -> None:
        """A transcript, as it is known now and as it was known then (Q4, C6, T6)."""
        service = make_service()
        import_id = imported(service, *ROWS)
        known = service.transcript(learner="bo", actor=EVA)
        undo(service, import_id)
        found = service.transcript(learner="bo", actor=EVA)
        assert found.completions == ()
        assert {each.completion for each in found.struck} == set(known.completions)
        assert {(each.struck_at, each.actor, each.reason) for each in found.struck} == {
            (LATER, "admin:eva", WHY)
        }
        assert service.transcript(learner="bo", actor=EVA, known_at=NOW) == known
        before = NOW - timedelta(seconds=1)
        assert service.transcript(learner="bo", actor=EVA, known_at=before) == Transcript()

    def test_a_second_time_it_is_refused(self) -> None:
        store = make_store()
        service = make_service(store)
        import_id = imported(service, *ROWS)
        undo(service, import_id)
        before = held(store)
        asks: tuple[Callable[[], Undone], ...] = (
            lambda: undo(service, import_id),
            lambda: service.preview_undo(import_id, actor=EVA, now=LATER),
        )
        for ask in asks:
            with pytest.raises(RefusedError, match="is undone already") as caught:
                ask()
            assert caught.value.code == "already_undone"
        assert held(store) == before

    def test_the_same_file_is_new_again(self) -> None:
        store = make_store()
        service = make_service(store)
        first = imported(service, *ROWS)
        known = answers(service)
        undo(service, first)
        again = applied(service, upload(*ROWS), now=LATER)
        assert counts(again.preview) == (12, 9, 1, 2)
        assert again.import_id is not None
        assert again.import_id == f"{first.removesuffix('1')}2"
        assert answers(service) == known
        # What was struck once is struck twice now.
        assert tally(undo(service, again.import_id, LATER + timedelta(hours=1))) == (9, 9, 0, 0)
        struck = service.transcript(learner="ann", actor=EVA).struck
        assert len(struck) == 2 * len({each.completion.key for each in struck})

    def test_a_preview_writes_nothing(self) -> None:
        store = make_store()
        service = make_service(store)
        import_id = imported(service, *ROWS)
        before = held(store)
        said = service.preview_undo(import_id, actor=EVA, now=LATER)
        assert held(store) == before
        assert said == undo(service, import_id)

    @pytest.mark.parametrize("reason", ["", "  "])
    def test_a_reason_must_be_given(self, reason: str) -> None:
        service = make_service()
        import_id = imported(service, *ROWS)
        with pytest.raises(RefusedError) as caught:
            undo(service, import_id, reason=reason)
        assert caught.value.code == "reason_is_required"

    def test_an_import_that_recorded_nothing_is_undone_once(self) -> None:
        store = make_store()
        service = make_service(store)
        store.save_import(
            ImportRecord(
                id="i-1", format="unifyr", file_name=None, digest="d", purpose="p",
                actor="admin:eva", at=NOW, new=0, already_completed=0, errors=1, finished=True,
            )
        )  # fmt: skip
        assert tally(undo(service, "i-1")) == (0, 0, 0, 0)
        with pytest.raises(RefusedError, match="already"):
            undo(service, "i-1")

    def test_what_was_struck_by_hand_is_no_obstacle(self) -> None:
        service = make_service()
        import_id = imported(service, *ROWS)
        give(service, c.Strike(entry=3), "bo", "FIRE-1")
        assert tally(undo(service, import_id)) == (9, 9, 0, 0)
        assert list(service.statuses(actor=EVA, at=LATER)) == []

    def test_progress_is_told(self) -> None:
        service = make_service()
        import_id = imported(service, *ROWS)
        told: list[tuple[int, int]] = []
        undo(service, import_id, progress=lambda done, of: told.append((done, of)))
        assert told == [(9, 9)]

    def test_page_by_page_it_is_the_same(self, monkeypatch: pytest.MonkeyPatch) -> None:
        stores = make_store(), make_store()
        for store, page in zip(stores, (500, 2), strict=True):
            monkeypatch.setattr("certlib.io._undoing.review.PAGE", page)
            monkeypatch.setattr("certlib._loading.PAGE", page)
            service = make_service(store)
            import_id = imported(service, *ROWS)
            assert tally(service.preview_undo(import_id, actor=EVA, now=LATER)) == (9, 9, 0, 0)
            assert tally(undo(service, import_id)) == (9, 9, 0, 0)
            rows = service.import_rows(import_id, actor=EVA, now=LATER)
            assert [each.outcome.row for each in rows] == [2, 3, 4, 5, 6, 7, 10, 12, 13]
        assert held(stores[0]) == held(stores[1])

    def test_a_clock_that_went_back_strikes_nothing_before_it_was_recorded(self) -> None:
        service = make_service()
        import_id = imported(service, ROWS[-1])
        undo(service, import_id, NOW - timedelta(hours=1))
        (struck,) = service.transcript(learner="ann", actor=EVA).struck
        assert struck.struck_at == NOW


class TestWhatWasKnown:
    def test_what_could_be_done_then_is_told_by_the_transcript_as_it_was_known(self) -> None:
        store = make_store()
        store.put_certifications(
            [evolve(FORK, code="NEXT-1", eligibility=Completed(training="DAY"))]
        )
        service = make_service(store)
        import_id = imported(service, "ann@example.org,course,DAY,2026-01-05")
        undo(service, import_id)

        def may_enroll(known_at: datetime | None) -> bool:
            _, verdicts = service.explain(
                learner="ann", certification="NEXT-1", actor=Actor.parse("learner:ann"), at=LATER,
                known_at=known_at,
            )  # fmt: skip
            return next(each.allowed for each in verdicts if each.command == "enroll")

        assert may_enroll(NOW)
        assert not may_enroll(NOW - timedelta(seconds=1))
        assert not may_enroll(None)


class TestReminders:
    def test_those_that_wait_are_withdrawn_and_those_told_are_corrected(self) -> None:
        store = make_store()
        (version,) = FORK.versions
        reminders = Reminders(at=(Reminder(days=-60), Reminder(days=-30)))
        policy = evolve(version.policy, reminders=reminders)
        reminding = evolve(FORK, code="TELL-1", versions=(evolve(version, policy=policy),))
        store.put_certifications([reminding])
        service = make_service(store)
        import_id = imported(
            service, "ann@example.org,certification,TELL-1,2026-01-05",
            now=datetime(2026, 1, 6, tzinfo=UTC),
        )  # fmt: skip
        service.sweep(actor=SYSTEM, now=datetime(2026, 11, 15, tzinfo=UTC))
        lease = NOW + timedelta(days=1)
        told = store.claim(limit=9, now=NOW, lease=lease)
        store.acknowledge([number for number, _ in told])
        service.sweep(actor=SYSTEM, now=datetime(2026, 12, 20, tzinfo=UTC))
        at = datetime(2026, 12, 21, tzinfo=UTC)
        undo(service, import_id, at)
        notices = store.notices(limit=9)
        states = store.notice_states([number for number, _ in notices])
        found = [
            (notice.day, notice.corrects, states[number].value)
            for number, notice in notices
            if notice.about is not None
        ]
        last = date(2027, 1, 5)
        assert found == [(last, False, "told"), (last, False, "withdrawn"), (last, True, "waiting")]

    def test_so_is_what_came_with_the_rows(self) -> None:
        store = make_store()
        service = make_service(store)
        import_id = imported(service, *ROWS)
        kept = store.notices(limit=99)
        told = store.claim(limit=1, now=NOW, lease=NOW + timedelta(days=1))
        store.acknowledge([number for number, _ in told])
        undo(service, import_id)
        assert len(kept) > 1
        assert Counter(store.notice_states([number for number, _ in kept]).values()) == {
            NoticeState.TOLD: 1,
            NoticeState.WITHDRAWN: len(kept) - 1,
        }
        (correction,) = store.claim(limit=99, now=LATER, lease=LATER + timedelta(days=1))
        assert correction[1] == told[0][1].correction


class TestRefusedRows:
    """A row on which something was built stays; the others are undone all the same (R13)."""

    def test_what_rests_on_an_entry_is_named(self) -> None:
        service = make_service()
        import_id = imported(service, *ROWS)
        give(service, c.ExtendCertificate(until=date(2027, 12, 1)))
        found = undo(service, import_id)
        assert tally(found) == (9, 7, 0, 2)
        assert refusals(found) == {
            3: [("FORK-1", "nothing_rests_on_it", (2,))],
            10: [("FORK-1", "nothing_rests_on_it", (4,))],
        }
        assert found.problems[1] == UndoProblem(
            row=10, learner="ann", certification="FORK-1", code="nothing_rests_on_it", entries=(4,),
            message="later entries rest on it; strike those first: 4",
        )  # fmt: skip
        (standing,) = service.statuses(actor=EVA, at=LATER)
        assert (standing.learner, standing.status) == ("ann", Status.CERTIFIED)
        (undone,) = service.imports(actor=EVA)[0].undos
        assert (undone.undone, undone.refused, undone.finished) == (7, 2, True)

    def test_and_taken_up_when_nothing_rests_on_it_any_more(self) -> None:
        service, twin = make_service(), make_service()
        import_id = imported(service, *ROWS)
        give(service, c.ExtendCertificate(until=date(2027, 12, 1)))
        undo(service, import_id)
        again = undo(service, import_id, reason="once more")
        assert tally(again) == (9, 0, 7, 2)
        give(service, c.Strike(entry=4))
        last = undo(service, import_id, LATER + timedelta(hours=1), reason="at last", actor=SYSTEM)
        assert tally(last) == (9, 2, 7, 0)
        assert answers(service) == answers(twin)
        assert [
            (each.number, each.actor, each.reason, each.undone, each.refused)
            for each in service.imports(actor=EVA)[0].undos
        ] == [
            (1, "admin:eva", WHY, 7, 2),
            (2, "admin:eva", "once more", 0, 2),
            (3, "system", "at last", 2, 0),
        ]

    def test_what_counts_a_completion_is_named(self) -> None:
        service = make_service()
        import_id = imported(service, "bo@example.org,course,ONLINE,2026-01-06")
        give(service, c.Assign(), "bo", "FIRE-1", now=NOW + timedelta(minutes=1))
        found = undo(service, import_id)
        # The completion lies before the assignment, so the system counted it for nothing.
        assert tally(found) == (1, 1, 0, 0)

        again = imported(service, "bo@example.org,course,ONLINE,2026-01-06", now=LATER)
        at = datetime(2026, 1, 1, tzinfo=UTC)
        give(service, c.Strike(entry=1), "bo", "FIRE-1")
        give(service, c.Assign(at=at), "bo", "FIRE-1")
        give(service, c.Assign(reference="more"), "bo", "FIRE-1")
        found = undo(service, again, LATER + timedelta(hours=1))
        (problem,) = found.problems
        assert (problem.row, problem.learner, problem.certification) == (2, "bo", "FIRE-1")
        assert problem.code == "nothing_rests_on_it"
        assert problem.message.startswith("later entries rest on it; strike those first: ")
        (answer,) = [service.certified(learner="bo", certification="FIRE-1", actor=EVA, at=LATER)]
        assert {event.entry for event in answer.because} <= set(problem.entries)

    def test_a_course_that_a_module_completed_is_named(self) -> None:
        service = make_service()
        import_id = imported(service, "bo@example.org,module,M1,2026-01-06")
        mine = completion("M2", date(2026, 2, 1))
        service.record([mine], learner="bo", actor=EVA, now=LATER)
        found = undo(service, import_id)
        assert found.problems == (
            UndoProblem(
                row=2, learner="bo", certification=None, code="nothing_rests_on_it",
                message="the completion of the course ONLINE rests on it",
            ),
        )  # fmt: skip
        known = service.transcript(learner="bo", actor=EVA)
        assert [each.training for each in known.completions] == ["M1", "M2", "ONLINE"]

    @pytest.mark.parametrize(
        ("others", "is_refused"),
        [
            (("M1,2026-01-02", "M2,2026-02-01"), False),  # another completion of the module serves
            (("M2,2026-02-01",), True),
            (("M2,2026-01-01",), True),
            (("M1,2025-01-01", "M2,2025-01-02"), False),  # the course was complete before it
            (("M2,2026-02-01", "M1,2026-03-01", "M2,2026-03-02"), True),
        ],
    )
    def test_a_course_rests_on_a_module_without_which_it_is_not_complete(
        self, others: Sequence[str], is_refused: bool
    ) -> None:
        service = make_service()
        import_id = imported(service, "bo@example.org,module,M1,2026-01-06")
        for each in others:
            training, on = each.split(",")
            mine = completion(training, date.fromisoformat(on))
            service.record([mine], learner="bo", actor=EVA, now=LATER)
        assert bool(undo(service, import_id).refused) is is_refused

    def test_a_course_that_somebody_recorded_rests_on_no_module(self) -> None:
        service = make_service()
        import_id = imported(service, "bo@example.org,module,M1,2026-01-06")
        mine = completion("ONLINE", date(2026, 2, 1), source=CompletionSource.MANUAL)
        service.record([mine], learner="bo", actor=EVA, now=LATER)
        assert tally(undo(service, import_id)) == (1, 1, 0, 0)

    def test_a_row_whose_completion_another_row_needs_stays_with_it(self) -> None:
        store = make_store()
        service = make_service(store)
        give(service, c.Assign(), "bo", "FIRE-1", now=datetime(2025, 12, 1, tzinfo=UTC))
        import_id = imported(
            service,
            "bo@example.org,course,DRILL,2026-01-07",
            "bo@example.org,course,DAY,2026-01-05",
        )
        give(service, c.ExtendCertificate(until=date(2028, 1, 1)), "bo", "FIRE-1")
        found = undo(service, import_id)
        assert sorted(refusals(found)) == [2, 3]
        give(service, c.Strike(entry=5), "bo", "FIRE-1")
        assert tally(undo(service, import_id, LATER + timedelta(hours=1))) == (2, 2, 0, 0)
        (standing,) = service.statuses(actor=EVA, at=LATER)
        assert standing.status is Status.ASSIGNED

    def test_nobody_undoes_for_himself(self) -> None:
        service = make_service()
        import_id = imported(service, *ROWS)
        found = undo(service, import_id, actor=Actor.parse("admin:bo"))
        assert tally(found) == (9, 6, 0, 3)
        assert {code for told in refusals(found).values() for _, code, _ in told} == {
            "nobody_for_himself"
        }
        assert tally(undo(service, import_id)) == (9, 3, 6, 0)

    def test_a_learner_whom_nobody_knows_any_more(self) -> None:
        store = make_store()
        service = make_service(store)
        import_id = imported(service, *ROWS)
        del store._held.learners["cem"]
        found = undo(service, import_id)
        assert refusals(found) == {7: [(None, "unknown_learner", ())]}
        assert found.problems[0].learner == "cem"
        rows = {each.outcome.row for each in service.import_rows(import_id, actor=EVA, now=LATER)}
        assert 7 in rows
        north = Actor(role=Role.ADMIN, id="eva", scope=Scope.organizations("north"))
        rows = {each.outcome.row for each in service.import_rows(import_id, actor=north, now=LATER)}
        assert rows == {2, 3, 10, 12, 13}

    def test_a_certification_that_is_gone(self) -> None:
        store = make_store()
        service = make_service(store)
        import_id = imported(service, *ROWS)
        del store._held.certifications["FIRE-1"]
        found = undo(service, import_id)
        # Of the first module, which stays with the course that it completed, it is told, too.
        assert refusals(found) == {
            4: [(None, "nothing_rests_on_it", ())],
            5: [("FIRE-1", "unknown_certification", ())],
            6: [("FIRE-1", "unknown_certification", ())],
        }

    def test_a_certification_out_of_scope(self) -> None:
        store = make_store()
        service = make_service(store)
        fire = Actor(role=Role.ADMIN, id="eva", scope=Scope.certifications("FIRE-1"))
        import_id = imported(service, *ROWS)
        found = undo(service, import_id, actor=fire)
        assert refusals(found) == {
            3: [("FORK-1", "out_of_scope", ()), ("FORK-1", "nothing_rests_on_it", (2,))],
            10: [("FORK-1", "out_of_scope", ())],
        }

    @pytest.mark.parametrize(
        ("row", "is_refused"),
        [
            ("assigned,not-started,,,,,", True),  # it struck what was open
            ("assigned,completed,,yes,2026-11-20,2026-11-21,", False),  # an award ended it
        ],
    )
    def test_archive_and_replace(self, row: str, is_refused: bool) -> None:
        service = make_service()
        learner = Actor.parse("learner:ann")
        begun = NOW - timedelta(hours=1)
        give(service, c.Enroll(), actor=learner, now=begun)
        give(service, c.Start(), actor=learner, now=begun)
        before = answers(service)
        heading = (
            "user,learning object,enrollment type,status,result,pass,start date,end date,due date"
        )
        found = service.apply_import(
            upload(f"ann@example.org,FORK-1,{row}", heading=heading),
            format=GO1,
            actor=EVA,
            now=NOW,
            options=ImportOptions(archive_and_replace=True),
        )
        assert found.import_id is not None, found.preview.problems
        known = answers(service)
        assert known != before
        done = undo(service, found.import_id)
        assert [each.code for each in done.problems] == ["entry_can_be_struck"] * is_refused
        assert answers(service) == (known if is_refused else before)

    def test_a_row_that_struck_what_was_there_stays(self) -> None:
        store = make_store()
        service = make_service(store)
        store.save_import(
            ImportRecord(
                id="i-1", format="go1", file_name=None, digest="d", purpose="p",
                actor="admin:eva", at=NOW, new=1, already_completed=0, errors=0, finished=True,
            )
        )  # fmt: skip
        of_row: dict[str, Any] = {"import_id": "i-1", "import_row": 2, "reason": "archived"}
        give(service, c.Award(on=date(2026, 1, 1)), now=NOW)
        give(service, c.Strike(entry=1, **of_row), now=NOW)
        give(service, c.Award(on=date(2026, 1, 2), **of_row), now=NOW)
        store.save(
            [Change(learner="ann", outcome=RowOutcome(import_id="i-1", row=2, learner="ann"))]
        )
        assert undo(service, "i-1").problems == (
            UndoProblem(
                row=2, learner="ann", certification="FORK-1", code="entry_can_be_struck",
                message="it struck what was there before, and a strike is final: entry 1",
            ),
        )  # fmt: skip
        (standing,) = service.statuses(actor=EVA, at=LATER)
        assert standing.certified

    def test_a_history_that_somebody_shuffled_is_undone_all_the_same(self) -> None:
        store = make_store()
        service = make_service(store)
        store.save_import(
            ImportRecord(
                id="i-1", format="unifyr", file_name=None, digest="d", purpose="p",
                actor="admin:eva", at=NOW, new=2, already_completed=0, errors=0, finished=True,
            )
        )  # fmt: skip
        for day, row in ((1, 2), (2, 3), (3, 2)):
            award = c.Award(on=date(2026, 1, day), import_id="i-1", import_row=row)
            give(service, award, now=NOW)
        store.save(
            [Change(learner="ann", outcome=RowOutcome(import_id="i-1", row=2, learner="ann"))]
        )
        assert tally(undo(service, "i-1")) == (2, 2, 0, 0)
        assert list(service.statuses(actor=EVA, at=LATER)) == []


# --- faults ---------------------------------------------------------------------------------------


class StoppedError(Exception):
    """Somebody pulled the plug."""


class Disturbed(MemoryStore):
    """A store that does something before or after a number of writes."""

    def __init__(self) -> None:
        super().__init__()
        self.put_learners(PEOPLE)
        self.put_trainings(TRAININGS)
        self.put_certifications((FIRE, FORK))
        self.before: Callable[[int], None] = _nothing
        self.after: Callable[[int], None] = _nothing
        self.writes = 0

    @contextmanager
    def _disturbed(self) -> Iterator[None]:
        self.writes += 1
        number = self.writes
        self.before(number)
        yield
        self.after(number)

    def save(self, changes: Sequence[Change]) -> tuple[SaveAnswer, ...]:
        with self._disturbed():
            return super().save(changes)

    def save_import(self, record: ImportRecord) -> None:
        with self._disturbed():
            super().save_import(record)

    def save_undo(self, import_id: str, undo: Undo) -> None:
        with self._disturbed():
            super().save_undo(import_id, undo)


def _nothing(number: int) -> None:
    """Let everything be."""


def stop_at(write: int) -> Callable[[int], None]:
    def stop(number: int) -> None:
        if number == write:
            raise StoppedError

    return stop


def without_undos(store: Embedded) -> dict[str, Any]:
    """Return what a store holds, but how often it was undone."""
    found = held(store)
    for record in found["imports"]:
        del record["undos"]
    return found


class TestModulesTakenTwice:
    """A course is struck before the modules it may count, whichever of them it would not do without."""

    @pytest.mark.parametrize("again", ["2026-01-02", "2023-01-11"])
    def test_the_course_of_the_import_is_struck_first(self, again: str) -> None:
        service, twin = make_service(), make_service()
        import_id = imported(
            service,
            "bo@example.org,module,M2,2026-01-02",
            "bo@example.org,module,M1,2026-01-02",
            f"bo@example.org,module,M1,{again}",
            "bo@example.org,module,M1,2026-01-12",
        )
        done = undo(service, import_id)
        assert (done.problems, done.undone) == ((), done.rows)
        assert answers(service) == answers(twin)


class TestInterrupted:
    """Interrupted at any write and run again, an undo ends as if it had not been interrupted."""

    def undone(self) -> MemoryStore:
        store = Disturbed()
        service = make_service(store)
        undo(service, imported(service, *ROWS))
        return store

    @pytest.mark.parametrize("when", ["before", "after"])
    def test_at_every_write(self, when: str) -> None:
        whole = held(self.undone())
        write, was_interrupted = 0, True
        while was_interrupted:
            write += 1
            store = Disturbed()
            service = make_service(store)
            import_id = imported(service, *ROWS)
            setattr(store, when, stop_at(store.writes + write))
            was_interrupted = False
            try:
                undo(service, import_id)
            except StoppedError:
                was_interrupted = True
                with suppress(RefusedError):  # where all was done, but the answer was lost
                    undo(service, import_id)
            assert held(store) == whole
        assert write > 5

    def test_another_reason_is_another_undo(self) -> None:
        store = Disturbed()
        service = make_service(store)
        import_id = imported(service, *ROWS)
        store.after = stop_at(store.writes + 4)
        with pytest.raises(StoppedError):
            undo(service, import_id)
        store.after = _nothing
        undo(service, import_id, reason="now all of it")
        (record,) = service.imports(actor=EVA)
        first, second = record.undos
        assert (first.finished, first.undone) == (False, 0)
        assert (second.finished, second.reason) == (True, "now all of it")
        assert 0 < second.undone < 9

    def test_an_interrupted_import_is_undone_as_far_as_it_came(self) -> None:
        for write in range(2, 6):
            store, twin = Disturbed(), make_service()
            service = make_service(store)
            store.before = stop_at(write)
            with pytest.raises(StoppedError):
                imported(service, *ROWS)
            store.before = _nothing
            (record,) = service.imports(actor=EVA)
            assert not record.finished
            recorded = len(store.import_rows(record.id, limit=100))
            assert tally(undo(service, record.id)) == (recorded, recorded, 0, 0)
            assert answers(service) == answers(twin)
            (record,) = service.imports(actor=EVA)
            assert record.finished
            # It is over: the same file is another import, and all of it is new.
            again = applied(service, upload(*ROWS), now=LATER)
            assert again.import_id not in {None, record.id}
            assert counts(again.preview) == (12, 9, 1, 2)
            imported(twin, *ROWS, now=LATER)
            assert answers(service) == answers(twin)


class TestOthersMeanwhile:
    def test_what_changed_meanwhile_is_worked_out_again(self) -> None:
        store = Disturbed()
        service = make_service(store)
        import_id = imported(service, *ROWS)

        def extend(number: int) -> None:
            store.before = _nothing
            give(service, c.ExtendCertificate(until=date(2027, 12, 1)))

        begin = store.writes + 2  # the first is that of the undo itself

        def disturb(number: int) -> None:
            if number == begin:
                extend(number)

        store.before = disturb
        found = undo(service, import_id)
        assert tally(found) == (9, 7, 0, 2)
        assert sorted(refusals(found)) == [3, 10]

    def test_who_keeps_changing_it_stops_the_undo_for_now(self) -> None:
        store = Disturbed()
        service = make_service(store)
        import_id = imported(service, "ann@example.org,certification,FORK-1,2026-06-01")

        def disturb(number: int) -> None:
            store.before = _nothing
            assign = c.Assign(reference=str(number))
            give(service, assign)
            store.before = disturb

        store.before = disturb
        with pytest.raises(ConflictError):
            undo(service, import_id)
        store.before = _nothing
        ((undone,),) = [record.undos for record in service.imports(actor=EVA)]
        assert not undone.finished
        assert tally(undo(service, import_id)) == (1, 1, 0, 0)

    def test_two_who_undo_the_same_do_it_once(self) -> None:
        store = Disturbed()
        service = make_service(store)
        import_id = imported(service, *ROWS)
        whole = without_undos(TestInterrupted().undone())
        begin = store.writes + 2

        def disturb(number: int) -> None:
            if number == begin:
                store.before = _nothing
                # A little later: to the store that is another change of the same key.
                found = undo(service, import_id, LATER + timedelta(microseconds=1))
                assert tally(found) == (9, 9, 0, 0)

        store.before = disturb
        assert tally(undo(service, import_id)) == (9, 0, 9, 0)
        assert len(without_undos(store)["events"]) == len(whole["events"])
        strikes = [
            event
            for events in histories_of(store).values()
            for event in events
            if isinstance(event.fact, EntryStruck)
        ]
        assert len(strikes) == 6
        assert list(service.audit(actor=EVA, at=LATER + timedelta(hours=1))) == []

    def test_two_who_strike_the_same_completion(self) -> None:
        store = Disturbed()
        service = make_service(store)
        import_id = imported(service, ROWS[-1])
        begin = store.writes + 2

        def disturb(number: int) -> None:
            if number == begin:
                store.before = _nothing
                undo(service, import_id)

        store.before = disturb
        assert tally(undo(service, import_id)) == (1, 0, 1, 0)
        assert len(service.transcript(learner="ann", actor=EVA).struck) == 1

    @pytest.mark.parametrize(
        "error",
        [StoreError("a store", "the disk is full"), StoreError("a store", "again", "key_reused")],
    )
    def test_what_a_store_says_is_told(self, error: StoreError) -> None:
        store = Disturbed()
        service = make_service(store)
        import_id = imported(service, *ROWS)
        begin = store.writes + 2

        def disturb(number: int) -> None:
            if number >= begin:
                raise error

        store.before = disturb
        with pytest.raises(StoreError) as caught:
            undo(service, import_id)
        assert caught.value is error


class TestTranscript:
    FORK: Completion = completion("FORK", date(2026, 1, 1))

    def test_what_is_not_known_is_not_struck(self) -> None:
        day = completion("DAY", date(2026, 1, 1))
        known = Transcript(completions=(self.FORK,))
        struck = Transcript(completions=(day,)).with_struck()
        assert struck == Transcript(completions=(day,))
        of_day = undo_of(day)
        assert known.with_struck(of_day) == known
        assert known.with_completions(day).with_struck(of_day) == Transcript(
            completions=(self.FORK,), struck=(of_day,)
        )

    def test_more_completions_leave_what_was_struck(self) -> None:
        gone = Transcript(completions=(self.FORK,)).with_struck(undo_of(self.FORK))
        again = gone.with_completions(self.FORK)
        assert (again.completions, again.struck) == ((self.FORK,), gone.struck)


def undo_of(each: Completion) -> StruckCompletion:
    return StruckCompletion(completion=each, struck_at=LATER)


class TestOneLearner:
    """The pure part: what becomes of a learner's rows."""

    def test_each_is_decided_as_if_those_before_it_were_saved(self) -> None:
        store = make_store()
        service = make_service(store)
        import_id = imported(service, *ROWS)
        before = held(store)
        (bo,) = Held.fetch(store, store, ["bo"], now=LATER).values()
        undoing = Undoing(import_id=import_id, reason=WHY, actor=EVA, now=LATER)
        found = list(undone_rows(bo, bo.rows_of(import_id), undoing))
        assert [each.row for each in found] == [5, 6, 4]
        assert all(each.change is not None for each in found)
        assert held(store) == before
        for each in found:
            assert each.change is not None
            assert store.save([each.change]) == (Saved(),)
        assert tally(undo(service, import_id)) == (9, 6, 3, 0)


class TestInAFile:
    def test_a_store_in_a_file_holds_the_same(self, tmp_path: Path) -> None:
        memory = make_store()
        with SqliteStore.create(tmp_path / "store.db") as file:
            file.put_learners(PEOPLE)
            file.put_trainings(TRAININGS)
            file.put_certifications((FIRE, FORK))
            for store in (memory, file):
                service = Service(store=store, sources=store)
                import_id = imported(service, *ROWS)
                give(service, c.ExtendCertificate(until=date(2027, 12, 1)))
                assert tally(undo(service, import_id)) == (9, 7, 0, 2)
                give(service, c.Strike(entry=4))
                assert tally(undo(service, import_id, reason="at last")) == (9, 2, 7, 0)
                imported(service, *ROWS, now=LATER + timedelta(hours=1))
            assert held(file) == held(memory)

    def test_killed_at_any_statement_and_run_again_it_is_the_same(self, tmp_path: Path) -> None:
        path = tmp_path / "store.db"
        with SqliteStore.create(path) as store:
            store.put_learners(PEOPLE)
            store.put_trainings(TRAININGS)
            store.put_certifications((FIRE, FORK))
            import_id = imported(Service(store=store, sources=store), *ROWS)
        whole = self.undone(shutil.copy(path, tmp_path / "whole.db"), import_id, None)
        number, was_killed = 0, True
        while was_killed:
            number += 1
            copy = shutil.copy(path, tmp_path / f"{number}.db")
            try:
                found = self.undone(copy, import_id, number)
                was_killed = False
            except StoreError:
                with suppress(RefusedError):
                    self.undone(copy, import_id, None)
                found = self.held(copy)
            assert found == whole
        assert number > 15

    def undone(self, path: str | Path, import_id: str, fails: int | None) -> dict[str, Any]:
        """Undo an import, and fail at a statement that writes, before it is executed."""
        with SqliteStore.open(path) as store:
            count = 0

            def failing(action: int, *_: object) -> int:
                nonlocal count
                writes = {sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE}
                count += action in writes
                return sqlite3.SQLITE_DENY if count == fails else sqlite3.SQLITE_OK

            store._file._connection.set_authorizer(failing)
            undo(Service(store=store, sources=store), import_id)
        return self.held(path)

    def held(self, path: str | Path) -> dict[str, Any]:
        with SqliteStore.open(path) as store:
            return without_undos(store)
