"""What is exported is what is so, and comes back the same (F9)."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, date, datetime
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from certlib import Actor, Learner, Service
from certlib.actors import Role, Scope
from certlib.adapters.memory import MemoryStore
from certlib.adapters.sqlite import SqliteStore
from certlib.errors import InvalidValueError, NotFoundError
from certlib.io import (
    CIVICA,
    DOCEBO,
    FORMATS,
    GO1,
    KNOWLEDGE_ANYWHERE,
    UNIFYR,
    ExportOptions,
    Format,
    ImportOptions,
    Limits,
)
from certlib.io._imports.reports import Reports
from certlib.io._tables.writer import Writer
from certlib.ports import Change
from certlib.state import Command
from certlib.state import commands as c
from certlib.state._enrollments import AssignmentSource
from certlib.trainings import Training, TrainingKind
from certlib.transcript import Completion, StruckCompletion
from tests.hosts import EVA, FIRE, FORK, NOW, SYSTEM, make_service
from tests.io.naughty import CONTROLS, NAUGHTY
from tests.io.populated import (
    AFTER,
    OPERATOR,
    Putting,
    exported,
    fill,
    formats_and_certifications,
    live,
    people,
)

NAMED = [pytest.param(*each, id=each[0].name) for each in formats_and_certifications()]


@pytest.fixture(params=["memory", "sqlite"])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Putting]]:
    with ExitStack() as opened:
        made: list[Putting] = []

        def make() -> Putting:
            if request.param == "memory":
                made.append(MemoryStore())
            else:
                path = tmp_path / f"{len(made)}.db"
                made.append(opened.enter_context(SqliteStore.create(path)))
            return made[-1]

        yield make


def imported(
    service: Service, data: bytes, kind: Format, certification: str | None, now: datetime = AFTER
) -> None:
    """Import a file, every row of which is to be new."""
    options = ImportOptions(certification=certification, limits=Limits(record_bytes=1 << 20))
    found = service.apply_import(
        BytesIO(data), format=kind, actor=OPERATOR, now=now, options=options
    ).preview
    assert found.problems == ()
    assert found.new == found.rows


@pytest.mark.slow
class TestRoundTrip:
    """Exported, imported into a store with the same people and catalog, exported again: equal bytes."""

    @pytest.mark.parametrize(("kind", "certification"), NAMED)
    @pytest.mark.parametrize("seed", range(2))
    def test_of_random_lives(
        self, stores: Callable[[], Putting], kind: Format, certification: str | None, seed: int
    ) -> None:
        learners = people(40)
        first, second = stores(), stores()
        service, twin = fill(first, learners), fill(second, learners)
        live(first, learners, seed=seed)
        data, done = exported(service, kind, certification=certification)
        assert done.rows == data.count(b"\r\n") - 1
        assert done.rows > (0 if certification else 5)
        imported(twin, data, kind, certification)
        assert exported(twin, kind, certification=certification) == (
            data,
            evolve(done, left_out=exported(twin, kind, certification=certification)[1].left_out),
        )

    @pytest.mark.parametrize(("kind", "certification"), NAMED)
    @pytest.mark.parametrize("seed", range(6))
    def test_of_more_lives_and_of_one_certification_at_a_time(
        self, kind: Format, certification: str | None, seed: int
    ) -> None:
        learners = people(12)
        store, twin = MemoryStore(), MemoryStore()
        service, other = fill(store, learners), fill(twin, learners)
        live(store, learners, seed=100 + seed)
        certification = f"C{seed:02}"
        data, _ = exported(service, kind, certification=certification, bom=True)
        imported(other, data, kind, certification)
        assert exported(other, kind, certification=certification, bom=True)[0] == data
        assert data.startswith(b"\xef\xbb\xbf")

    @pytest.mark.parametrize(("kind", "certification"), NAMED)
    def test_as_it_was_known_at_an_instant(self, kind: Format, certification: str | None) -> None:
        learners = people(30)
        store, twin = MemoryStore(), MemoryStore()
        service, other = fill(store, learners), fill(twin, learners)
        live(store, learners, seed=7)
        for at in (datetime(2023, 9, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC)):
            data, _ = exported(service, kind, certification=certification, at=at)
            now_known, _ = exported(service, kind, certification=certification)
            assert data != now_known
            other = fill(MemoryStore(), learners)
            imported(other, data, kind, certification, now=at)
            assert exported(other, kind, certification=certification, at=at)[0] == data


def lines(service: Service, kind: Format, actor: Actor = EVA, **more: Any) -> list[str]:
    """Return the rows of an export."""
    data, _ = exported(service, kind, actor=actor, at=NOW, **more)
    return data.decode().split("\r\n")[1:-1]


def left_out(service: Service, kind: Format, **more: Any) -> dict[str, int]:
    """Return what an export could not carry."""
    return dict(exported(service, kind, at=NOW, **more)[1].left_out)


def give(service: Service, command: Command, learner: str, code: str = "FORK-1") -> None:
    service.perform(command, learner=learner, certification=code, actor=EVA, now=NOW)


def completed(service: Service, learner: str, training: str, on: date) -> None:
    completion = Completion.dated(training, on, recorded_at=NOW)
    service.record([completion], learner=learner, actor=EVA, now=NOW)


def put(service: Service, *learners: Learner) -> None:
    assert isinstance(service.store, MemoryStore)
    service.store.put_learners(learners)


def with_user_names() -> Service:
    service = make_service()
    put(
        service, *(evolve(each, username=each.id) for each in service.sources.all_learners(limit=9))
    )
    return service


class TestRows:
    """What each format says."""

    def test_unifyr_says_completions_and_certificates_by_day(self) -> None:
        service = make_service()
        completed(service, "ann", "FORK", date(2025, 3, 3))
        give(service, c.Award(on=date(2024, 2, 29)), "ann")
        completed(service, "bo", "M1", date(2025, 3, 3))
        assert lines(service, UNIFYR) == [
            "ann@example.org,certification,FORK-1,2024-02-29",
            "ann@example.org,certification,FORK-1,2025-03-03",
            "ann@example.org,course,FORK,2025-03-03",
            "bo@example.org,module,M1,2025-03-03",
        ]
        assert lines(service, UNIFYR, certification="FIRE-1") == []

    def test_civica_says_last_valid_days_scores_and_times(self) -> None:
        service = with_user_names()
        give(service, c.Award(on=date(2026, 1, 31), score="87.50"), "ann")
        give(service, c.Award(at=datetime(2026, 3, 1, 12, 30, 15, tzinfo=UTC), score="A+"), "bo")
        give(service, c.Award(at=datetime(2026, 3, 1, 12, 0, 0, 1, tzinfo=UTC)), "twin1")
        assert lines(service, CIVICA) == [
            "ann,FORK-1,2026-01-31,87.50,2027-01-31",
            "bo,FORK-1,2026-03-01 12:30:15,,2027-03-01",
            "twin1,FORK-1,2026-03-01,,2027-03-01",
        ]

    def test_a_time_that_the_clocks_showed_twice_is_a_day(self) -> None:
        service = with_user_names()
        give(service, c.Award(at=datetime(2026, 10, 25, 0, 30, tzinfo=UTC)), "ann")
        out = BytesIO()
        options = ExportOptions(time_zone="Europe/Madrid")
        service.export(out, format=CIVICA, actor=EVA, at=NOW, options=options)
        assert b"ann,FORK-1,2026-10-25,,2027-10-25" in out.getvalue()

    def test_a_format_that_writes_such_a_time_all_the_same(self) -> None:
        """A host's own format may be wrong: the row is left out."""
        service = with_user_names()
        give(service, c.Award(on=date(2026, 1, 1)), "ann")
        wrong = evolve(
            CIVICA, rows_of=lambda held: iter([("ann", "FORK-1", "2026-10-25 02:30", "", "")])
        )
        out, options = BytesIO(), ExportOptions(time_zone="Europe/Madrid")
        done = service.export(out, format=wrong, actor=EVA, at=NOW, options=options)
        assert (done.rows, set(done.left_out)) == (0, {"bad_date"})

    def test_civica_says_nothing_of_what_never_expires_against_the_policy(self) -> None:
        service = with_user_names()
        give(service, c.Award(on=date(2026, 1, 31), always_valid=True), "ann")
        assert lines(service, CIVICA) == []
        assert left_out(service, CIVICA) == {"not_carried": 1}
        assert lines(service, DOCEBO) == ["ann,FORK-1,2026-01-31,yes,,external"]

    def test_docebo_says_the_newest_certificate(self) -> None:
        service = with_user_names()
        for year in (2024, 2025):
            give(service, c.Award(on=date(year, 1, 31)), "ann")
        assert lines(service, DOCEBO) == ["ann,FORK-1,2025-01-31,no,2026-01-31,external"]

    def test_go1_says_how_far_everybody_is(self) -> None:
        service = make_service()
        give(service, c.Assign(source=AssignmentSource.MANUAL, due_on=date(2026, 12, 31)), "ann")
        give(service, c.Assign(source=AssignmentSource.MANUAL), "ann", "FIRE-1")
        put(service, Learner(id="dan", email="dan@example.org"))
        service.perform(c.Enroll(), learner="dan", certification="FORK-1", actor=SYSTEM, now=NOW)
        service.perform(c.Start(), learner="dan", certification="FORK-1", actor=SYSTEM, now=NOW)
        give(service, c.Award(on=date(2026, 1, 31), score="90"), "bo")
        assert lines(service, GO1) == [
            "ann@example.org,FIRE-1,assigned,not-started,,,,,",
            "ann@example.org,FORK-1,assigned,not-started,,,,,2026-12-31",
            "bo@example.org,FORK-1,self-directed,completed,90,yes,,2026-01-31,",
            "dan@example.org,FORK-1,self-directed,in-progress,,,2026-11-21,,",
        ]
        give(service, c.PermanentlyRevoke(reason="fraud"), "bo")
        give(service, c.Unassign(source=AssignmentSource.MANUAL), "ann")
        assert len(lines(service, GO1)) == 2

    def test_go1_says_nothing_of_a_certificate_that_was_revoked(self) -> None:
        service = make_service()
        give(service, c.Award(on=date(2026, 1, 31)), "ann")
        give(service, c.PermanentlyRevoke(reason="fraud"), "ann")
        assert lines(service, GO1) == []
        give(service, c.RestoreAccess(reason="no fraud"), "ann")
        assert lines(service, GO1) == []
        assert lines(service, UNIFYR) == []

    def test_knowledge_anywhere_says_to_whom_one_is_assigned(self) -> None:
        service = make_service()
        give(service, c.Assign(source=AssignmentSource.RULE), "bo")
        give(service, c.Assign(source=AssignmentSource.MANUAL), "ann", "FIRE-1")
        assert lines(service, KNOWLEDGE_ANYWHERE, certification="FORK-1") == ["bo@example.org"]
        service.perform(c.Enroll(), learner="bo", certification="FORK-1", actor=SYSTEM, now=NOW)
        assert lines(service, KNOWLEDGE_ANYWHERE, certification="FORK-1") == ["bo@example.org"]
        give(service, c.RevokeAccess(reason="a pause"), "bo")
        assert lines(service, KNOWLEDGE_ANYWHERE, certification="FORK-1") == []


class TestLeftOut:
    """What an import could not give back is left out, and counted by the reason."""

    def test_whoever_cannot_be_named(self) -> None:
        service = make_service()
        put(
            service,
            Learner(id="none"),
            Learner(id="long", email="x" * 255),
            Learner(id="torn", email="a\ud800"),
            Learner(id="control", email="a\x07b"),
            Learner(id="example", email="second.learner@example.com"),
        )
        for learner in ("none", "long", "torn", "control", "twin1"):
            give(service, c.Award(on=date(2025, 1, 1)), learner)
        assert lines(service, UNIFYR) == []
        assert left_out(service, UNIFYR) == {
            "ambiguous_learner": 1,
            "bad_email": 1,
            "bad_value": 1,
            "control_character": 1,
            "missing_value": 1,
        }

    def test_whatever_cannot_be_named(self) -> None:
        service = make_service()
        completed(service, "ann", "GONE", date(2025, 1, 1))
        assert isinstance(service.store, MemoryStore)
        service.store.put_certifications([evolve(FORK, code="fork-1"), evolve(FIRE, code="f")])
        service.store.put_trainings(
            [Training(code="x", kind=TrainingKind.COURSE, name="X", external_ids=("FORK",))]
        )
        completed(service, "ann", "FORK", date(2025, 1, 1))
        assert lines(service, UNIFYR) == []
        assert left_out(service, UNIFYR) == {
            "ambiguous_training": 3,
            "unknown_training": 1,
        }

    def test_a_completion_that_would_certify_anew(self) -> None:
        """A certificate that was struck would come again with the completion it rested on."""
        service = make_service()
        completed(service, "bo", "FORK", date(2026, 3, 3))
        enrollment = service.enrollment(learner="bo", certification="FORK-1", actor=EVA)
        (certificate,) = enrollment.certificates
        give(service, c.Strike(entry=certificate.entry, reason="an error"), "bo")
        assert lines(service, UNIFYR) == []
        assert left_out(service, UNIFYR) == {"not_carried": 1}

    def test_modules_that_would_complete_a_course_anew(self) -> None:
        service = make_service()
        completed(service, "ann", "M1", date(2026, 3, 3))
        completed(service, "ann", "M2", date(2026, 3, 4))
        (transcript,) = service.sources.transcripts(["ann"]).values()
        (course,) = [each for each in transcript.completions if each.training not in {"M1", "M2"}]
        struck = StruckCompletion(completion=course, struck_at=NOW, reason="an error")
        service.store.save([Change(learner="ann", struck=(struck,))])
        assert lines(service, UNIFYR) == ["ann@example.org,module,M1,2026-03-03"]
        assert left_out(service, UNIFYR) == {"not_carried": 1}

    def test_what_the_rules_refuse(self) -> None:
        service = with_user_names()
        give(service, c.Award(on=date(2025, 1, 1)), "ann")
        # Nobody is awarded what has no version.
        assert isinstance(service.store, MemoryStore)
        held = service.store._held
        held.certifications["FORK-1"] = evolve(FORK, versions=())
        assert lines(service, CIVICA) == []
        assert left_out(service, CIVICA) == {"refused": 1}


class TestWho:
    """What is out of scope is not there (W2)."""

    def test_only_learners_in_scope(self) -> None:
        service = make_service()
        for learner in ("ann", "bo"):
            give(service, c.Award(on=date(2025, 1, 1)), learner)
        north = Actor(role=Role.ADMIN, id="eva", scope=Scope.organizations("north"))
        nowhere = Actor(role=Role.ADMIN, id="eva", scope=Scope.organizations("nowhere"))
        assert lines(service, UNIFYR, north) == ["ann@example.org,certification,FORK-1,2025-01-01"]
        assert lines(service, UNIFYR, nowhere) == []
        assert lines(service, UNIFYR, Actor.parse("learner:bo")) == [
            "bo@example.org,certification,FORK-1,2025-01-01"
        ]

    def test_only_certifications_in_scope(self) -> None:
        service = make_service()
        give(service, c.Award(on=date(2025, 1, 1)), "ann")
        give(service, c.Award(on=date(2025, 1, 1)), "ann", "FIRE-1")
        fire = Actor(role=Role.ADMIN, id="eva", scope=Scope.certifications("FIRE-1"))
        assert lines(service, UNIFYR, fire) == ["ann@example.org,certification,FIRE-1,2025-01-01"]
        for hidden in ("FORK-1", "NONE"):
            with pytest.raises(NotFoundError, match=f"no certification '{hidden}' "):
                exported(service, GO1, certification=hidden, actor=fire)

    def test_a_format_about_one_certification_needs_it(self) -> None:
        with pytest.raises(InvalidValueError, match="the certification is absent"):
            exported(make_service(), KNOWLEDGE_ANYWHERE)

    def test_a_format_that_is_only_read_is_not_written(self) -> None:
        with pytest.raises(InvalidValueError, match="one that is written"):
            exported(make_service(), evolve(UNIFYR, rows_of=None))


def test_every_format_says_what_an_export_carries() -> None:
    assert all(each.rows_of and each.exported.startswith("An export writes") for each in FORMATS)


# --- naughty strings --------------------------------------------------------------------------


def check_for_spreadsheets(data: bytes) -> None:
    """Refuse a file with a cell that a spreadsheet would run."""
    with StringIO(data.decode(), newline="") as text:
        for row in csv.reader(text, strict=True):
            for cell in row:
                assert not re.match("[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]", cell)


def as_code(text: str) -> bool:
    return text == text.strip() and text.isprintable() and 0 < len(text) <= 200


@pytest.mark.parametrize(("kind", "certification"), NAMED)
def test_naughty_identifiers_come_back_or_are_left_out(
    kind: Format, certification: str | None
) -> None:
    texts = (*NAUGHTY, *CONTROLS)
    learners = [
        Learner(id=f"p{number:03}", email=text, username=text) for number, text in enumerate(texts)
    ]

    def make() -> Service:
        return make_service_of(learners, ("FORK-1",))

    service = make()
    for learner in learners:
        give(service, c.Assign(source=AssignmentSource.IMPORT), learner.id)
        if kind is not KNOWLEDGE_ANYWHERE:
            give(service, c.Award(on=date(2025, 1, 1), score="=1+1"), learner.id)
    certification = "FORK-1" if certification else None
    data, done = exported(service, kind, certification=certification, at=NOW)
    check_for_spreadsheets(data)
    assert done.rows + sum(done.left_out.values()) == len(texts)
    assert done.left_out["control_character"] == len(CONTROLS)
    assert done.rows > 120
    twin = make()
    imported(twin, data, kind, certification, now=NOW)
    assert exported(twin, kind, certification=certification, at=NOW)[0] == data


@pytest.mark.parametrize(("kind", "certification"), NAMED[:-1])
def test_naughty_codes_and_names_come_back(kind: Format, certification: str | None) -> None:
    learner = Learner(id="ann", email="ann@example.org", username="=ann")
    codes = sorted({text for text in NAUGHTY if as_code(text)})

    def make() -> Service:
        return make_service_of([learner], codes)

    service = make()
    for code in codes:
        give(service, c.Award(on=date(2025, 1, 1)), "ann", code)
        completed(service, "ann", code, date(2025, 1, 1))
    data, done = exported(service, kind, at=NOW)
    check_for_spreadsheets(data)
    # Some are the same without regard to case.
    assert set(done.left_out) <= {"ambiguous_training"}
    assert done.rows >= len(codes) - 10
    twin = make()
    imported(twin, data, kind, None, now=NOW)
    assert exported(twin, kind, at=NOW)[0] == data


def make_service_of(learners: Sequence[Learner], codes: Sequence[str]) -> Service:
    store = MemoryStore()
    store.put_learners(learners)
    store.put_trainings(
        [Training(code=code, kind=TrainingKind.COURSE, name=f"={code}") for code in codes]
    )
    store.put_certifications([evolve(FORK, code=code, name=f"@{code}") for code in codes])
    return Service(store=store, sources=store)


@pytest.mark.parametrize(("kind", "certification"), NAMED)
def test_naughty_cells_of_an_upload_are_errors_without_effect(
    kind: Format, certification: str | None, tmp_path: Path
) -> None:
    """In every column of every format; the error file can be opened, and uploaded as it is."""
    texts = (*NAUGHTY, *CONTROLS)
    base = kind.examples[-1]
    rows = [
        (*base[:place], text, *base[place + 1 :]) for place in range(len(base)) for text in texts
    ]
    writer = Writer(neutral=False)
    written = map(writer.write_row, ([column.heading for column in kind.columns], *rows))
    source = BytesIO("".join(written).encode())
    service = make_service()
    options = ImportOptions(certification="FORK-1" if certification else None)
    with Reports.into(tmp_path) as reports:
        found = service.preview_import(
            source, format=kind, actor=EVA, now=NOW, options=options, look=reports.look
        )
        reports.write(source, found, format=kind, options=options)
    assert (found.new, found.already_completed) == (0, 0)
    assert found.errors == found.rows == len(found.problems)
    # What is blank is no row; a record that is not strict may be told as several lines.
    assert found.rows + found.blank >= len(rows)
    data = (tmp_path / "errors.csv").read_bytes()
    check_for_spreadsheets(data)
    again = service.preview_import(BytesIO(data), format=kind, actor=EVA, now=NOW, options=options)
    assert (again.new, again.errors) == (0, again.rows)
