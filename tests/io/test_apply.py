"""Applying records what a preview called New, each row whole or not at all (F1, F4, F5, C1, C7)."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from io import BytesIO
from itertools import permutations

import pytest
from attrs import evolve

from certlib import Service
from certlib._loading import Loader
from certlib.adapters.memory import MemoryStore
from certlib.errors import ConflictError, ImportFileError, PreviewOutdatedError
from certlib.io import Applied, Preview
from certlib.io._imports.resuming import before_import
from certlib.ports import Change, EnrollmentKey, SaveAnswer
from certlib.state import Event, Status
from certlib.state.commands import Assign, Award, Enroll, PermanentlyRevoke, Start, Strike
from certlib.transcript import CompletionSource
from tests.hosts import EVA, FIRE, FORK, NOW, SYSTEM, make_service, make_store
from tests.io.uploads import (
    SKIPPED_DAY,
    applied,
    certification_in_apia,
    codes,
    counts,
    held,
    previewed,
    upload,
)

# `certlib.io._imports.apply` is the function; this is where it lives.
apply_module = import_module("certlib.io._imports.apply")

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


class Disturbed(MemoryStore):
    """A store that does something before a number of saves: fails, or lets others act."""

    def __init__(self, disturb: Callable[[int, Sequence[Change]], None]) -> None:
        super().__init__()
        whole = make_store()
        self.put_learners(whole.all_learners(limit=100))
        self.put_trainings(
            [each for found in whole.find_trainings(TRAININGS).values() for each in found]
        )
        self.put_certifications((FIRE, FORK))
        self.disturb = disturb
        self.saves = 0

    def save(self, changes: Sequence[Change]) -> tuple[SaveAnswer, ...]:
        self.saves += 1
        self.disturb(self.saves, changes)
        return super().save(changes)


TRAININGS = ("M1", "M2", "ONLINE", "DAY", "DRILL", "FORK")


def events_of(store: MemoryStore, learner: str, certification: str) -> tuple[Event, ...]:
    key = EnrollmentKey(learner, certification)
    return store.history([key]).get(key, ())


def status_of(service: Service, learner: str, certification: str) -> Status | None:
    return service.certified(learner=learner, certification=certification, actor=EVA, at=NOW).status


class TestTwice:
    def test_the_second_time_nothing_is_new_and_nothing_is_written(self) -> None:
        store = make_store()
        service = make_service(store)
        first = applied(service, upload(*ROWS), file_name="rows.csv")
        assert counts(first.preview) == (12, 9, 1, 2)
        after = held(store)
        second = applied(service, upload(*ROWS), now=NOW + timedelta(hours=1))
        assert counts(second.preview) == (12, 0, 10, 2)
        assert second.import_id is None
        assert held(store) == after

    def test_a_file_without_anything_new_leaves_no_trace(self) -> None:
        store = make_store()
        found = applied(make_service(store), upload("nobody@example.org,course,FORK,2025-01-05"))
        assert (found.import_id, found.preview.errors) == (None, 1)
        assert store.imports() == ()

    def test_each_import_is_recorded_with_its_file_and_its_counts(self) -> None:
        store = make_store()
        found = applied(make_service(store), upload(*ROWS), file_name="rows.csv")
        (record,) = store.imports()
        assert record.id == found.import_id
        assert (record.format, record.file_name, record.actor) == (
            "unifyr",
            "rows.csv",
            "admin:eva",
        )
        assert (record.new, record.already_completed, record.errors) == (9, 1, 2)
        assert (record.digest, record.purpose) == (found.preview.digest, found.preview.purpose)
        assert record.finished
        rows = store.import_rows(record.id, limit=100)
        assert [row.row for row in rows] == [2, 3, 4, 5, 6, 7, 10, 12, 13]

    def test_the_same_file_is_another_import_when_something_was_struck_meanwhile(self) -> None:
        store = make_store()
        service = make_service(store)
        source = upload("ann@example.org,certification,FORK-1,2026-06-01")
        first = applied(service, source)
        service.perform(Strike(entry=1), learner="ann", certification="FORK-1", actor=EVA, now=NOW)
        second = applied(service, source, now=NOW + timedelta(hours=1))
        assert second.import_id not in {None, first.import_id}
        assert status_of(service, "ann", "FORK-1") is Status.CERTIFIED
        assert len(store.imports()) == 2

    def test_progress_is_told(self) -> None:
        told: list[tuple[int, int]] = []
        applied(make_service(), upload(*ROWS), progress=lambda done, of: told.append((done, of)))
        assert [of for _, of in told] == [9] * len(told)
        assert [done for done, _ in told] == sorted(done for done, _ in told)
        assert told[-1] == (9, 9)

    def test_many_learners_are_worked_on_together(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(apply_module, "BATCH", 2)
        store = make_store()
        assert counts(applied(make_service(store), upload(*ROWS)).preview) == (12, 9, 1, 2)
        whole = make_store()
        applied(make_service(whole), upload(*ROWS))
        assert held(store) == held(whole)


class TestToken:
    def test_what_was_previewed_is_applied(self) -> None:
        service = make_service()
        found, _ = previewed(service, upload(*ROWS))
        done = applied(service, upload(*ROWS), token=found.token)
        assert done.preview == found

    def test_a_row_in_another_set_stops_everything(self) -> None:
        store = make_store()
        service = make_service(store)
        found, _ = previewed(service, upload(*ROWS))
        applied(service, upload("cem@example.org,course,FORK,2025-01-05"))
        before = held(store)
        with pytest.raises(PreviewOutdatedError) as raised:
            applied(service, upload(*ROWS), token=found.token)
        assert held(store) == before
        assert isinstance(raised.value.preview, Preview)
        assert counts(raised.value.preview) == (12, 8, 2, 2)
        assert (raised.value.given, raised.value.token) == (found.token, raised.value.preview.token)
        done = applied(service, upload(*ROWS), token=raised.value.token)
        assert done.preview.new == 8

    def test_a_file_that_cannot_be_read_writes_nothing(self) -> None:
        store = make_store()
        before = held(store)
        good = b"".join(upload(*ROWS))
        with pytest.raises(ImportFileError):
            applied(make_service(store), BytesIO(good + b"\xff"))
        assert held(store) == before


class TestCertified:
    """A completion that counts certifies: the system gives the commands, dated by the completion."""

    def test_who_enrolls_by_himself(self) -> None:
        store = make_store()
        found = applied(make_service(store), upload("ann@example.org,course,FORK,2026-01-05"))
        events = events_of(store, "ann", "FORK-1")
        day = datetime(2026, 1, 5, tzinfo=UTC)
        assert [(event.row, event.fact.tag) for event in events] == [
            ("enroll", "assignment_added"),
            ("enroll", "cycle_began"),
            ("start", "cycle_started"),
            ("complete step", "step_completed"),
            ("complete step", "certificate_issued"),
        ]
        assert {event.at for event in events} == {day}
        assert {event.recorded_at for event in events} == {NOW}
        assert {event.actor for event in events} == {"system"}
        assert {(event.import_id, event.import_row) for event in events} == {(found.import_id, 2)}
        assert [key.training for event in events for key in event.because] == ["FORK"] * 5

    def test_who_is_assigned(self) -> None:
        store = make_store()
        service = make_service(store)
        assigned_at = datetime(2025, 12, 1, tzinfo=UTC)
        service.perform(Assign(), learner="ann", certification="FIRE-1", actor=EVA, now=assigned_at)
        rows = ("ann@example.org,course,DAY,2026-01-05", "ann@example.org,course,DRILL,2026-01-07")
        applied(service, upload(*rows))
        assert [event.row for event in events_of(store, "ann", "FIRE-1")] == [
            "assign",
            "enroll when assigned",
            "start",
            "complete step",
            "complete step",
        ]
        answer = service.certified(learner="ann", certification="FIRE-1", actor=EVA, at=NOW)
        assert answer.since == datetime(2026, 1, 7, tzinfo=UTC)
        assert answer.last_valid_day == date(2027, 1, 7)
        assert [event.import_row for event in answer.because] == [3, 3]

    def test_who_is_not_assigned_where_one_must_be(self) -> None:
        store = make_store()
        applied(make_service(store), upload("ann@example.org,course,ONLINE,2026-01-05"))
        assert events_of(store, "ann", "FIRE-1") == ()
        assert store.transcripts(["ann"])["ann"].latest("ONLINE") is not None

    @pytest.mark.parametrize("order", list(permutations(("M1,2026-01-05", "M2,2026-01-06"))))
    def test_modules_complete_their_course(self, order: tuple[str, ...]) -> None:
        store = make_store()
        service = make_service(store)
        service.perform(
            Assign(),
            learner="bo",
            certification="FIRE-1",
            actor=EVA,
            now=datetime(2025, 12, 1, tzinfo=UTC),
        )
        found = applied(service, upload(*(f"bo@example.org,module,{each}" for each in order)))
        course = store.transcripts(["bo"])["bo"].latest("ONLINE")
        assert course is not None
        assert (course.on, course.source) == (date(2026, 1, 6), CompletionSource.AUTOMATIC)
        assert course.import_id == found.import_id
        assert status_of(service, "bo", "FIRE-1") is Status.CERTIFIED

    def test_a_course_and_its_modules_in_one_file_are_one_completion_of_the_course(self) -> None:
        store = make_store()
        rows = (
            "bo@example.org,course,ONLINE,2026-01-06",
            "bo@example.org,module,M1,2026-01-05",
            "bo@example.org,module,M2,2026-01-06",
        )
        assert applied(make_service(store), upload(*rows)).preview.new == 3
        assert len(store.transcripts(["bo"])["bo"].of("ONLINE")) == 1
        assert applied(make_service(store), upload(*rows)).preview.new == 0

    def test_a_course_completed_by_modules_already_changes_nothing_more(self) -> None:
        store = make_store()
        rows = (
            "bo@example.org,module,M1,2026-01-05",
            "bo@example.org,module,M2,2026-01-06",
            "bo@example.org,course,ONLINE,2026-01-06",
        )
        # The course is recorded before the module of its day, unless that is of an earlier one.
        applied(make_service(store), upload(*rows[:2]))
        found = applied(make_service(store), upload(*rows))
        assert counts(found.preview) == (3, 0, 3, 0)

    def test_an_award_is_given_by_who_imports(self) -> None:
        store = make_store()
        service = make_service(store)
        found = applied(service, upload("bo@example.org,certification,FIRE-1,2026-01-05"))
        (event,) = events_of(store, "bo", "FIRE-1")
        assert (event.row, event.actor) == ("award", "admin:eva")
        assert (event.import_id, event.import_row) == (found.import_id, 2)
        assert event.at == datetime(2026, 1, 5, tzinfo=UTC)

    def test_an_award_may_be_older_than_everything_known(self) -> None:
        service = make_service()
        for on in ("2026-01-05", "2024-01-05"):
            applied(service, upload(f"bo@example.org,certification,FIRE-1,{on}"), now=NOW)
        answer = service.certified(learner="bo", certification="FIRE-1", actor=EVA, at=NOW)
        assert answer.last_valid_day == date(2027, 1, 5)

    def test_completions_say_where_they_come_from(self) -> None:
        store = make_store()
        found = applied(make_service(store), upload("ann@example.org,course,DAY,2026-01-05"))
        (completion,) = store.transcripts(["ann"])["ann"].completions
        assert completion.on == date(2026, 1, 5)
        assert completion.source is CompletionSource.IMPORT
        assert (completion.import_id, completion.import_row) == (found.import_id, 2)
        assert completion.actor == "admin:eva"


class TestOrder:
    @pytest.mark.parametrize("seed", range(6))
    def test_the_order_of_rows_changes_no_answer(self, seed: int) -> None:
        def answers(rows: Sequence[str]) -> object:
            store = make_store()
            service = make_service(store)
            applied(service, upload(*rows))
            standings = service.statuses(actor=EVA, at=NOW)
            return [
                (
                    each.learner,
                    each.certification,
                    each.status,
                    each.since,
                    [(c.issued_at, c.terms) for c in each.enrollment.certificates],
                )
                for each in standings
            ]

        shuffled = list(ROWS)
        random.Random(seed).shuffle(shuffled)
        assert answers(shuffled) == answers(ROWS)


class TestRefused:
    """A row that the rules refuse only when it is recorded is told among the errors, not lost."""

    def service(self) -> tuple[MemoryStore, Service]:
        store = make_store()
        store.put_certifications([certification_in_apia()])
        return store, make_service(store)

    def test_it_moves_to_the_errors(self) -> None:
        store, service = self.service()
        found, _ = previewed(service, upload(*SKIPPED_DAY))
        assert counts(found) == (3, 2, 0, 1)
        done = applied(service, upload(*SKIPPED_DAY))
        assert counts(done.preview) == (3, 1, 0, 2)
        assert codes(done.preview) == {3: "unknown_learner", 4: "refused"}
        (_, problem) = done.preview.problems
        assert problem.message == (
            "there is already a certificate issued at this very instant (no_certificate_of_that_instant)"
        )
        assert problem.line == 4
        assert problem.fields == ("ann@example.org", "certification", "APIA-1", "2011-12-31")
        (record,) = store.imports()
        assert (record.new, record.errors, record.finished) == (1, 2, True)

    def test_and_the_second_time_nothing_is_new(self) -> None:
        store, service = self.service()
        applied(service, upload(*SKIPPED_DAY))
        before = held(store)
        assert applied(service, upload(*SKIPPED_DAY)).preview.new == 0
        assert held(store) == before


class TestOthersMeanwhile:
    def test_a_row_is_worked_out_again_where_others_interfere(self) -> None:
        def interfere(number: int, changes: Sequence[Change]) -> None:
            if number == 1:
                store.disturb = lambda *_: None
                service.perform(
                    Award(on=date(2026, 2, 1)),
                    learner="ann",
                    certification="FORK-1",
                    actor=EVA,
                    now=NOW,
                )

        store = Disturbed(interfere)
        service = make_service(store)
        found = applied(service, upload("ann@example.org,certification,FORK-1,2026-01-05"))
        assert found.preview.new == 1
        assert [event.fact.tag for event in events_of(store, "ann", "FORK-1")] == [
            "certificate_awarded",
            "certificate_awarded",
        ]

    def test_what_they_did_may_stand_in_the_way(self) -> None:
        def interfere(number: int, changes: Sequence[Change]) -> None:
            if number == 2:
                store.disturb = lambda *_: None
                service.perform(
                    PermanentlyRevoke(), learner="ann", certification="FORK-1", actor=EVA, now=NOW
                )

        store = Disturbed(interfere)
        service = make_service(store)
        rows = [f"ann@example.org,certification,FORK-1,2026-0{month}-05" for month in (1, 2)]
        found = applied(service, upload(*rows))
        assert counts(found.preview) == (2, 1, 0, 1)
        assert codes(found.preview) == {3: "refused"}
        assert status_of(service, "ann", "FORK-1") is Status.DISALLOWED

    def test_who_is_never_let_through_gives_up_and_may_try_again(self) -> None:
        def interfere(number: int, changes: Sequence[Change]) -> None:
            store.disturb = lambda *_: None
            service.perform(
                Award(on=date(2025, number, 1)),
                learner="ann",
                certification="FORK-1",
                actor=EVA,
                now=NOW,
            )
            store.disturb = interfere

        store = Disturbed(interfere)
        service = make_service(store)
        source = upload("ann@example.org,certification,FORK-1,2026-01-05")
        with pytest.raises(ConflictError) as raised:
            applied(service, source)
        assert raised.value.certification == "FORK-1"
        assert [record.finished for record in store.imports()] == [False]
        store.disturb = lambda *_: None
        found = applied(service, source)
        assert (found.preview.new, found.import_id) == (1, store.imports()[0].id)

    def test_two_runs_of_one_import_at_once_are_one_import(self) -> None:
        def run_too(number: int, changes: Sequence[Change]) -> None:
            store.disturb = lambda *_: None
            done.append(applied(service, upload(*rows)))

        rows = [f"ann@example.org,certification,FORK-1,2026-0{n}-05" for n in (1, 2, 3)]
        done: list[Applied] = []
        store = Disturbed(run_too)
        service = make_service(store)
        done.append(applied(service, upload(*rows)))
        assert [found.import_id for found in done] == [store.imports()[0].id] * 2
        assert [found.preview.new for found in done] == [3, 3]
        assert len(events_of(store, "ann", "FORK-1")) == 3

    def test_and_both_tell_what_was_refused(self) -> None:
        def run_too(number: int, changes: Sequence[Change]) -> None:
            store.disturb = lambda *_: None
            done.append(applied(service, upload(*SKIPPED_DAY)))

        store = Disturbed(run_too)
        store.put_certifications([certification_in_apia()])
        service = make_service(store)
        done: list[Applied] = []
        done.append(applied(service, upload(*SKIPPED_DAY)))
        assert [codes(found.preview) for found in done] == [
            {3: "unknown_learner", 4: "refused"}
        ] * 2


class InterruptedAtOnceError(Exception):
    pass


class TestInterrupted:
    """An import interrupted at any point is run again and ends as if it had not been (F4)."""

    @pytest.mark.parametrize("times", [1, 2])
    @pytest.mark.parametrize("point", range(1, 10))
    def test_at_every_point(self, point: int, times: int, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(apply_module, "BATCH", 1)
        whole = Disturbed(lambda *_: None)
        expected = applied(make_service(whole), upload(*ROWS))
        assert whole.saves == 9
        store = Disturbed(interrupting(point, times))
        for _ in range(times):
            with pytest.raises(InterruptedAtOnceError):
                applied(make_service(store), upload(*ROWS))
        result = applied(make_service(store), upload(*ROWS))
        assert held(store) == held(whole)
        assert evolve(result.preview, resumes=None) == expected.preview
        assert result.import_id == expected.import_id

    def test_before_the_first_row_and_after_the_last(self) -> None:
        class Failing(Disturbed):
            fails: tuple[int, int] = (0, 0)

            def save_import(self, record: object) -> None:
                super().save_import(record)  # type: ignore[arg-type]
                self.fails = (self.fails[0] + 1, self.fails[1])
                if self.fails[0] == self.fails[1]:
                    raise InterruptedAtOnceError

        whole = Disturbed(lambda *_: None)
        applied(make_service(whole), upload(*ROWS))
        for point in (1, 2):
            store = Failing(lambda *_: None)
            store.fails = (0, point)
            with pytest.raises(InterruptedAtOnceError):
                applied(make_service(store), upload(*ROWS))
            applied(make_service(store), upload(*ROWS))
            assert held(store) == held(whole)

    def test_counts_are_those_before_it_had_begun(self) -> None:
        store = Disturbed(interrupting(3, 1))
        service = make_service(store)
        before, _ = previewed(service, upload(*ROWS))
        with pytest.raises(InterruptedAtOnceError):
            applied(service, upload(*ROWS))
        after, _ = previewed(service, upload(*ROWS))
        assert after.resumes is not None
        assert evolve(after, resumes=None) == before

    def test_another_file_is_not_taken_for_it(self) -> None:
        store = Disturbed(interrupting(3, 1))
        service = make_service(store)
        with pytest.raises(InterruptedAtOnceError):
            applied(service, upload(*ROWS))
        other, _ = previewed(service, upload(*ROWS[:-1]))
        assert other.resumes is None
        assert other.already_completed > 1

    def test_what_others_did_since_is_not_forgotten(self) -> None:
        store = Disturbed(interrupting(2, 1))
        service = make_service(store)
        source = upload(
            "ann@example.org,certification,FORK-1,2025-06-01",
            "ann@example.org,certification,FORK-1,2025-09-01",
            "ann@example.org,certification,FORK-1,2024-01-01",
        )
        with pytest.raises(InterruptedAtOnceError):
            applied(service, source)
        service.perform(
            Award(on=date(2025, 9, 1)), learner="ann", certification="FORK-1", actor=EVA, now=NOW
        )
        found = applied(service, source)
        assert counts(found.preview) == (3, 2, 1, 0)

    def test_nor_is_anything_of_it_lost_when_others_went_on_with_what_it_began(self) -> None:
        store = make_store()
        service = make_service(store)
        service.perform(
            Assign(),
            learner="ann",
            certification="FIRE-1",
            actor=EVA,
            now=datetime(2025, 1, 1, tzinfo=UTC),
        )
        applied(service, upload("ann@example.org,course,DAY,2026-01-05"))
        (record,) = store.imports()
        store.save_import(evolve(record, finished=False))
        applied(service, upload("ann@example.org,course,DRILL,2026-01-07"))
        found, _ = previewed(service, upload("ann@example.org,course,DAY,2026-01-05"))
        assert (found.resumes, found.new) == (record.id, 1)
        # An award of the same file looks at the enrollment without the cycle that the file began.
        key = EnrollmentKey("ann", "FIRE-1")
        case = evolve(
            Loader(store, store).case("ann", "FIRE-1", EVA), history=store.history([key])[key]
        )
        before = before_import(record.id, case)
        assert before.enrollment.status_at(NOW) is Status.ASSIGNED
        assert before.enrollment.cycles == ()

    def test_a_cycle_that_others_began_stays(self) -> None:
        store = make_store()
        service = make_service(store)
        begun = datetime(2025, 1, 1, tzinfo=UTC)
        for command in (Enroll(), Start()):
            service.perform(command, learner="ann", certification="FORK-1", actor=SYSTEM, now=begun)
        applied(service, upload("ann@example.org,course,FORK,2025-03-01"))
        (record,) = store.imports()
        before = before_import(record.id, Loader(store, store).case("ann", "FORK-1", EVA))
        assert before.enrollment.status_at(NOW) is Status.IN_PROGRESS
        assert [event.row for event in before.history or ()] == ["enroll", "enroll", "start"]

    def test_where_others_recorded_the_rest_it_is_finished_without_more(self) -> None:
        store = Disturbed(interrupting(1, 1))
        service = make_service(store)
        source = upload("ann@example.org,course,DAY,2026-01-05")
        with pytest.raises(InterruptedAtOnceError):
            applied(service, source)
        applied(service, upload("ann@example.org,course,DAY,2026-01-05", "", ""))
        found = applied(service, source)
        assert counts(found.preview) == (1, 0, 1, 0)
        assert found.import_id is not None
        assert all(record.finished for record in store.imports())


def interrupting(point: int, times: int) -> Callable[[int, Sequence[Change]], None]:
    """Return what fails at the first save number ``point``, and again one save later."""
    points = range(point, point + times)

    def disturb(number: int, changes: Sequence[Change]) -> None:
        if number in points:
            raise InterruptedAtOnceError

    return disturb


def test_completions_of_somebody_who_goes_on_by_hand_count_as_well() -> None:
    store = make_store()
    service = make_service(store)
    service.perform(
        Assign(),
        learner="ann",
        certification="FIRE-1",
        actor=EVA,
        now=datetime(2025, 1, 1, tzinfo=UTC),
    )
    applied(service, upload("ann@example.org,course,DAY,2026-01-05"))
    assert status_of(service, "ann", "FIRE-1") is Status.IN_PROGRESS
    with pytest.raises(Exception, match="not_while_in_progress"):
        service.perform(Start(), learner="ann", certification="FIRE-1", actor=SYSTEM, now=NOW)
