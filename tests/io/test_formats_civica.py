"""Civica certificates: each row an award, by user name, on a day or at a time of it (F7)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from attrs import evolve

from certlib import Actor, Learner, Service
from certlib.actors import Role, Scope
from certlib.io import CIVICA, ImportOptions, Limits
from certlib.io.formats._claims import AwardClaim
from certlib.ports import Outcome
from certlib.state import Status
from certlib.state.commands import PermanentlyRevoke
from certlib.state.facts import CertificateAwarded
from tests.hosts import EVA, FORK, NOW
from tests.io.uploads import codes, counts, held
from tests.io.vendor_files import (
    FailingStore,
    check_laws,
    enrollment_of,
    events_of,
    file_of,
    imported,
    seen,
    service_of,
    status_of,
    told,
    waiting,
    with_people,
)

NEW, KNOWN, ERROR = Outcome.NEW, Outcome.ALREADY_COMPLETED, Outcome.ERROR
ROWS = (
    "ann,FORK-1,2026-01-05,87.5,",
    "bo,Forklift driver,2026-02-05 09:30,,2026-12-31",
    "ann,CRANE-1,2025-03-01,,",
    "ann,FORK-1,2026-01-05,87.5,",
    "nobody,FORK-1,2026-01-05,,",
    "bo,CARD-1,2026-02-05,,2028-02-05",
)


def problem_of(row: str, *, service: Service | None = None) -> tuple[str, str | None]:
    found, _ = seen(CIVICA, service or service_of(), row)
    assert counts(found) == (1, 0, 0, 1)
    return told(found)[2]


class TestSets:
    def test_every_row_is_in_one_of_them(self) -> None:
        found, rows = seen(CIVICA, service_of(), *ROWS)
        assert [row.outcome for row in rows.values()] == [NEW, NEW, NEW, KNOWN, ERROR, NEW]
        assert counts(found) == (6, 4, 1, 1)
        assert told(found) == {6: ("unknown_learner", "Username")}

    def test_what_a_row_records(self) -> None:
        store = FailingStore()
        found = imported(CIVICA, service_of(store), *ROWS)
        (event,) = events_of(store, "ann", "FORK-1")
        assert (event.row, event.actor, event.import_id, event.import_row) == (
            "award",
            "admin:eva",
            found.import_id,
            2,
        )
        (certificate,) = enrollment_of(store, "ann", "FORK-1").certificates
        assert certificate.issued_at == datetime(2026, 1, 5, tzinfo=UTC)
        assert certificate.last_valid_day == date(2027, 1, 5)
        assert isinstance(event.fact, CertificateAwarded)
        assert event.fact.score == "87.5"

    def test_a_day_and_a_time_is_an_instant(self) -> None:
        store = FailingStore()
        imported(CIVICA, service_of(store), *ROWS)
        (event,) = events_of(store, "bo", "FORK-1")
        assert event.at == datetime(2026, 2, 5, 9, 30, tzinfo=UTC)
        (certificate,) = enrollment_of(store, "bo", "FORK-1").certificates
        assert certificate.last_valid_day == date(2026, 12, 31)

    def test_the_laws_of_every_import(self) -> None:
        check_laws(CIVICA, ROWS)

    @pytest.mark.parametrize("second", ["2026-02-05", "2026-02-05 09:30", "2026-02-05T17:00:00"])
    @pytest.mark.parametrize("first", ["2026-02-05", "2026-02-05 09:30"])
    def test_of_one_day_there_is_one_award_whatever_the_times(
        self, first: str, second: str
    ) -> None:
        rows = (f"bo,FORK-1,{first},,", f"bo,FORK-1,{second},,")
        store = FailingStore()
        assert counts(imported(CIVICA, service_of(store), *rows).preview) == (2, 1, 1, 0)
        before = held(store)
        assert counts(imported(CIVICA, service_of(store), *rows).preview) == (2, 0, 2, 0)
        assert held(store) == before

    @pytest.mark.parametrize(
        ("on", "outcome"), [("2026-02-06", NEW), ("2026-02-05", KNOWN), ("2025-02-05", KNOWN)]
    )
    def test_one_of_that_date_or_a_later_one_in_force_is_known(
        self, on: str, outcome: Outcome
    ) -> None:
        service = service_of()
        imported(CIVICA, service, "bo,FORK-1,2026-02-05 09:30,,")
        _, rows = seen(CIVICA, service, f"bo,FORK-1,{on},,")
        assert rows[2].outcome is outcome


class TestErrors:
    @pytest.mark.parametrize(
        ("row", "problem"),
        [
            (",FORK-1,2026-01-05,,", ("missing_value", "Username")),
            ("bo,,2026-01-05,,", ("missing_value", "Certification reference")),
            ("bo,FORK-1,,,", ("missing_value", "Awarded on")),
            ("x" * 255 + ",FORK-1,2026-01-05,,", ("bad_value", "Username")),
            ("nobody,FORK-1,2026-01-05,,", ("unknown_learner", "Username")),
            ("bo@example.org,FORK-1,2026-01-05,,", ("unknown_learner", "Username")),
            ("twin,FORK-1,2026-01-05,,", ("ambiguous_learner", "Username")),
            ("b\N{LATIN SMALL LETTER O WITH STROKE}x,FORK-1,2026-01-05,,",
             ("unknown_learner", "Username")),
            ("b\N{LATIN SMALL LETTER O WITH DIAERESIS},FORK-1,2026-01-05,,",
             ("look_alike_learner", "Username")),
            ("bo,FORK-2,2026-01-05,,", ("unknown_certification", "Certification reference")),
            ("bo,FORK-1,05/01/2026,,", ("bad_date", "Awarded on")),
            ("bo,FORK-1,2026-01-05 25:00,,", ("bad_date", "Awarded on")),
            ("bo,FORK-1,2026-01-05 9:30,,", ("bad_date", "Awarded on")),
            ("bo,FORK-1,2026-11-22,,", ("future_date", "Awarded on")),
            ("bo,FORK-1,2026-11-21 09:01,,", ("future_date", "Awarded on")),
            ("bo,FORK-1,2026-01-05,101,", ("bad_number", "Score")),
            ('bo,FORK-1,2026-01-05,"87,5",', ("bad_number", "Score")),
            ("bo,FORK-1,2026-01-05,,soon", ("bad_date", "Expires on")),
            ("bo,FORK-1,2026-01-05,,2027-01-05 12:00", ("bad_date", "Expires on")),
            ("bo,FORK-1,2026-01-05,,2026-01-04", ("refused", None)),
            ("bo,CARD-1,2026-01-05,,", ("refused", None)),
            ("eva,FORK-1,2026-01-05,,", ("not_permitted", "Username")),
            ("example.learner1,Example certification,2024-02-29,,", ("example_row", None)),
            ("example.learner2,Example certification,2024-12-31 09:30,87.5,2026-12-31",
             ("example_row", None)),
        ],
    )  # fmt: skip
    def test_each_has_its_code_and_column(self, row: str, problem: tuple[str, str | None]) -> None:
        assert problem_of(row) == problem

    @pytest.mark.parametrize(
        ("row", "why"),
        [
            ("bo,FORK-1,2026-01-05,,2026-01-04", "(last_valid_day_is_not_before_the_date)"),
            ("bo,CARD-1,2026-01-05,,", "(last_valid_day_is_given)"),
        ],
    )
    def test_what_the_rules_refuse_names_the_rule(self, row: str, why: str) -> None:
        found, _ = seen(CIVICA, service_of(), row)
        assert found.problems[0].message.endswith(why)

    def test_it_may_expire_on_the_day_of_the_award(self) -> None:
        found, _ = seen(CIVICA, service_of(), "bo,FORK-1,2026-01-05,,2026-01-05")
        assert counts(found) == (1, 1, 0, 0)

    def test_a_name_that_several_have(self) -> None:
        store = FailingStore()
        store.put_certifications([evolve(FORK, code="FORK-2")])
        found, _ = seen(CIVICA, service_of(store), "bo,Forklift driver,2026-01-05,,")
        assert told(found) == {2: ("ambiguous_training", "Certification reference")}
        assert found.problems[0].message.endswith("FORK-1, FORK-2")

    def test_who_is_barred(self) -> None:
        service = service_of()
        imported(CIVICA, service, "bo,FORK-1,2026-01-05,,")
        service.perform(
            PermanentlyRevoke(), learner="bo", certification="FORK-1", actor=EVA, now=NOW
        )
        assert problem_of("bo,FORK-1,2026-03-05,,", service=service) == ("refused", None)

    def test_rows_beyond_the_limit(self) -> None:
        options = ImportOptions(limits=Limits(row_limit=2))
        found, _ = seen(CIVICA, service_of(), *ROWS, options=options)
        assert counts(found) == (6, 2, 0, 4)
        assert set(codes(found).values()) == {"beyond_row_limit"}


class TestClocks:
    """A time is told by the tenant's clocks; one that they skipped or showed twice is no instant."""

    MADRID = ImportOptions(time_zone="Europe/Madrid")

    def test_the_tenants_zone(self) -> None:
        store = FailingStore()
        imported(CIVICA, service_of(store), "bo,FORK-1,2026-02-05 00:30,,", options=self.MADRID)
        (event,) = events_of(store, "bo", "FORK-1")
        assert event.at == datetime(2026, 2, 4, 23, 30, tzinfo=UTC)
        # The certification counts its days in UTC: there it is the day before.
        (certificate,) = enrollment_of(store, "bo", "FORK-1").certificates
        assert certificate.last_valid_day == date(2027, 2, 4)

    @pytest.mark.parametrize(
        ("time", "how_often"),
        [
            ("2026-03-29 02:00", "never"),
            ("2026-03-29 02:59:59", "never"),
            ("2025-10-26 02:00", "twice"),
            ("2025-10-26 02:59:59", "twice"),
        ],
    )
    def test_a_time_that_was_skipped_or_shown_twice(self, time: str, how_often: str) -> None:
        found, _ = seen(CIVICA, service_of(), f"bo,FORK-1,{time},,", options=self.MADRID)
        assert told(found) == {2: ("bad_date", "Awarded on")}
        assert found.problems[0].message == (
            f"the clocks of Europe/Madrid showed that time {how_often} on that day"
        )

    @pytest.mark.parametrize(
        ("time", "instant"),
        [
            ("2026-03-29 01:59:59", datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC)),
            ("2026-03-29 03:00", datetime(2026, 3, 29, 1, tzinfo=UTC)),
            ("2025-10-26 01:59:59", datetime(2025, 10, 25, 23, 59, 59, tzinfo=UTC)),
            ("2025-10-26 03:00", datetime(2025, 10, 26, 2, tzinfo=UTC)),
        ],
    )
    def test_just_before_and_just_after(self, time: str, instant: datetime) -> None:
        store = FailingStore()
        imported(CIVICA, service_of(store), f"bo,FORK-1,{time},,", options=self.MADRID)
        assert [event.at for event in events_of(store, "bo", "FORK-1")] == [instant]

    def test_the_present_is_not_the_future(self) -> None:
        found, _ = seen(CIVICA, service_of(), "bo,FORK-1,2026-11-21 09:00,,")
        assert counts(found) == (1, 1, 0, 0)


class TestOptions:
    def test_verify_only_is_the_preview_and_writes_nothing(self) -> None:
        store = FailingStore()
        before = held(store)
        seen(CIVICA, service_of(store), *ROWS)
        assert held(store) == before

    @pytest.mark.parametrize("notify", [True, False])
    def test_notices_may_be_suppressed_and_facts_are_the_same(self, notify: bool) -> None:
        store = FailingStore()
        imported(CIVICA, service_of(store), *ROWS, options=ImportOptions(notify=notify))
        assert sorted(waiting(store)) == ["ann", "ann", "bo", "bo"][: 4 * notify]
        assert status_of(service_of(store), "ann", "FORK-1") is Status.CERTIFIED

    def test_an_inactive_learner_is_awarded_and_nobody_is_told(self) -> None:
        store = FailingStore()
        found = imported(CIVICA, service_of(store), "cem,FORK-1,2026-01-05,,")
        assert counts(found.preview) == (1, 1, 0, 0)
        assert status_of(service_of(store), "cem", "FORK-1") is Status.CERTIFIED
        assert waiting(store) == []

    @pytest.mark.parametrize(
        ("dates", "on", "until"),
        [
            ("dd/mm/yyyy", "05/02/2026 09:30", "31/12/2026"),
            ("dd.mm.yyyy", "05.02.2026 09:30", "31.12.2026"),
            ("mm/dd/yyyy", "02/05/2026T09:30:00", "12/31/2026"),
        ],
    )
    def test_all_dates_of_a_file_have_the_pattern_that_is_named(
        self, dates: str, on: str, until: str
    ) -> None:
        store = FailingStore()
        options = ImportOptions(dates=dates)
        imported(CIVICA, service_of(store), f"bo,FORK-1,{on},,{until}", options=options)
        (event,) = events_of(store, "bo", "FORK-1")
        assert event.at == datetime(2026, 2, 5, 9, 30, tzinfo=UTC)
        found, _ = seen(CIVICA, service_of(store), ROWS[0], options=options)
        assert told(found) == {2: ("bad_date", "Awarded on")}


class TestWho:
    NORTH = Actor(role=Role.ADMIN, id="olaf", scope=Scope.organizations("north"))

    def test_out_of_scope_reads_as_unknown_word_for_word(self) -> None:
        found, _ = seen(
            CIVICA,
            service_of(),
            "bo,FORK-1,2026-01-05,,",
            "nobody,FORK-1,2026-01-05,,",
            "ann,FORK-1,2026-01-05,,",
            actor=self.NORTH,
        )
        assert told(found) == {
            2: ("unknown_learner", "Username"),
            3: ("unknown_learner", "Username"),
        }
        assert len({each.message for each in found.problems}) == 1

    def test_user_names_are_matched_without_regard_to_ascii_case_and_outer_spaces(self) -> None:
        store = with_people(Learner(id="kim", username=" Kim.Sample "))
        found, rows = seen(CIVICA, service_of(store), "  kIM.sample ,FORK-1,2026-01-05,,")
        assert counts(found) == (1, 1, 0, 0)
        assert [row.plan and row.plan.learner for row in rows.values()] == ["kim"]


def test_optional_columns_may_be_absent_and_columns_in_any_order() -> None:
    source = file_of(
        CIVICA,
        "2026-01-05;FORK-1;x;bo",
        heading="awarded on;CERTIFICATION REFERENCE;Cost centre; Username",
    )
    found = service_of().preview_import(source, format=CIVICA, actor=EVA, now=NOW)
    assert counts(found) == (1, 1, 0, 0)
    assert found.layout is not None
    assert found.layout.unknown == ("Cost centre",)


def test_what_a_row_asks_for() -> None:
    wanted = CIVICA.read((" Bo ", "FORK-1", "2026-02-05 09:30", "100", "2026-12-31"))
    assert isinstance(wanted, AwardClaim)
    assert (wanted.identifier, wanted.score, wanted.always_valid) == ("bo", "100", False)
