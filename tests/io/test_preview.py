"""A preview says of every row in which set it falls, and writes nothing (F1, F3, F4b, F7)."""

from __future__ import annotations

import json
import random
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from certlib import Actor, Learner, Service
from certlib.actors import Role, Scope
from certlib.adapters.memory import MemoryStore
from certlib.certifications import Certification, Curriculum, Online, Step, Version
from certlib.errors import ImportFileError, RefusedError
from certlib.io import UNIFYR, ImportOptions, Limits
from certlib.io.formats._people import read_people
from certlib.policies import PerCertificate, Policy
from certlib.ports import Outcome
from certlib.serialize._catalog import read_catalog_text
from certlib.state.commands import Award, PermanentlyRevoke
from certlib.transcript import Completion
from tests.hosts import EVA, FORK, NOW, SYSTEM, completed, make_service, make_store
from tests.io.uploads import applied, codes, counts, held, outcomes, previewed, upload

NEW, KNOWN, ERROR = Outcome.NEW, Outcome.ALREADY_COMPLETED, Outcome.ERROR
SAMPLE = Path(__file__).resolve().parents[2] / "src" / "certlib" / "sample"
EXPECTED: dict[str, Any] = json.loads(
    (Path(__file__).resolve().parents[1] / "sample_expected.json").read_bytes()
)

MIXED = (
    "ann@example.org,course,FORK,2026-01-05",
    "ann@example.org,course,FORK,2026-01-05",
    "bo@example.org,module,M1,2026-01-05",
    "nobody@example.org,module,M1,2026-01-05",
    "",
    "bo@example.org,certification,FIRE-1,2026-01-05",
    "bo@example.org,certification,FIRE-1",
    "bo@example.org,journey,FIRE-1,2026-01-05",
    "cem@example.org,course,DAY,2027-01-01",
)


def sample_service() -> Service:
    store = MemoryStore()
    catalog = read_catalog_text((SAMPLE / "catalog.json").read_text(encoding="utf-8"))
    store.put_certifications(catalog.certifications)
    store.put_trainings(catalog.trainings)
    store.put_learners(read_people((SAMPLE / "people.csv").read_bytes()))
    return Service(store=store, sources=store)


class TestSets:
    def test_every_row_is_in_exactly_one_set_and_counts_add_up(self) -> None:
        found, rows = previewed(make_service(), upload(*MIXED))
        assert outcomes(rows) == {
            2: NEW,
            3: KNOWN,
            4: NEW,
            5: ERROR,
            7: NEW,
            8: ERROR,
            9: ERROR,
            10: ERROR,
        }
        assert codes(found) == {
            5: "unknown_learner",
            8: "row_too_short",
            9: "unknown_training_type",
            10: "future_date",
        }
        assert counts(found) == (8, 3, 1, 4)
        assert found.rows == found.new + found.already_completed + found.errors == len(rows)
        assert found.blank == 1

    def test_rows_are_shown_in_the_order_of_the_file_with_their_own_cells(self) -> None:
        _, rows = previewed(make_service(), upload(*MIXED))
        assert list(rows) == sorted(rows)
        assert rows[2].fields == ("ann@example.org", "course", "FORK", "2026-01-05")
        assert rows[8].fields == ("bo@example.org,certification,FIRE-1",)
        assert [row for row, each in rows.items() if each.plan] == [2, 4, 7]
        assert [row for row, each in rows.items() if each.problem] == [5, 8, 9, 10]

    def test_nothing_is_written(self) -> None:
        store = make_store()
        before = held(store)
        previewed(make_service(store), upload(*MIXED))
        assert held(store) == before

    @pytest.mark.parametrize("seed", range(8))
    def test_the_order_of_rows_changes_no_count(self, seed: int) -> None:
        service = make_service()
        applied(service, upload("ann@example.org,course,FORK,2025-06-01"))
        rows = [
            f"{who}@example.org,{what},{on}"
            for who in ("ann", "bo", "nobody")
            for what in ("course,FORK", "course,DAY", "module,M1", "certification,FORK-1")
            for on in ("2025-01-01", "2025-06-01", "2026-01-01", "2026-01-01", "2030-01-01")
        ]
        expected, _ = previewed(service, upload(*rows))
        random.Random(seed).shuffle(rows)
        found, _ = previewed(service, upload(*rows))
        assert counts(found) == counts(expected)
        assert sorted(codes(found).values()) == sorted(codes(expected).values())

    def test_thousands_of_rows_are_looked_up_in_pieces(self) -> None:
        rows = [
            f"ann@example.org,course,DAY,{date(2020, 1, 1) + timedelta(n)}" for n in range(1200)
        ]
        found, _ = previewed(make_service(), upload(*rows, *rows))
        assert counts(found) == (2400, 1200, 1200, 0)

    @pytest.mark.parametrize("name", ["completions.csv", "completions-semicolon.csv"])
    def test_the_sample_is_what_its_maker_says(self, name: str) -> None:
        expected = EXPECTED[name]
        with (SAMPLE / name).open("rb") as file:
            found, rows = previewed(sample_service(), BytesIO(file.read()))
        assert [(each.row, each.line, each.code) for each in found.problems] == [
            (each["row"], each["line"], each["code"])
            for each in sorted(expected["problems"], key=lambda each: each["row"])
        ]
        assert counts(found) == tuple(
            expected[key] for key in ("rows", "new", "already_completed", "errors")
        )
        assert found.blank == expected["blank"]
        known = [row for row, outcome in outcomes(rows).items() if outcome is KNOWN]
        assert known == expected["already_completed_rows"]


class TestCompletions:
    @pytest.mark.parametrize(
        ("on", "outcome"), [("2026-01-04", KNOWN), ("2026-01-05", KNOWN), ("2026-01-06", NEW)]
    )
    def test_this_one_or_a_later_one_is_known(self, on: str, outcome: Outcome) -> None:
        service = make_service()
        applied(service, upload("ann@example.org,course,DAY,2026-01-05"))
        _, rows = previewed(service, upload(f"ann@example.org,course,DAY,{on}"))
        assert outcomes(rows) == {2: outcome}

    def test_what_the_file_itself_adds_is_not_known_yet(self) -> None:
        rows = ("ann@example.org,course,DAY,2026-01-06", "ann@example.org,course,DAY,2026-01-05")
        found, _ = previewed(make_service(), upload(*rows))
        assert counts(found) == (2, 2, 0, 0)

    def test_a_completion_known_by_its_instant_is_of_a_day_of_the_tenant(self) -> None:
        service = make_service()
        late = datetime(2026, 1, 5, 23, 30, tzinfo=UTC)
        service.record(
            [Completion(training="DAY", at=late, recorded_at=NOW)],
            learner="ann",
            actor=EVA,
            now=NOW,
        )
        row = upload("ann@example.org,course,DAY,2026-01-06")
        _, rows = previewed(service, row)
        assert outcomes(rows) == {2: NEW}
        _, rows = previewed(service, row, options=ImportOptions(time_zone="Europe/Madrid"))
        assert outcomes(rows) == {2: KNOWN}

    def test_a_completion_of_an_inactive_learner_is_a_fact_as_well(self) -> None:
        found, _ = previewed(make_service(), upload("cem@example.org,course,DAY,2026-01-05"))
        assert counts(found) == (1, 1, 0, 0)


class TestAwards:
    @pytest.mark.parametrize(
        ("on", "outcome"),
        [("2026-03-01", NEW), ("2026-02-01", KNOWN), ("2026-01-31", KNOWN), ("2024-02-01", KNOWN)],
    )
    def test_one_of_that_date_is_known_or_a_later_one_is_in_force(
        self, on: str, outcome: Outcome
    ) -> None:
        service = make_service()
        applied(service, upload("ann@example.org,certification,FORK-1,2026-02-01"))
        _, rows = previewed(service, upload(f"ann@example.org,certification,FORK-1,{on}"))
        assert outcomes(rows) == {2: outcome}

    @pytest.mark.parametrize(
        ("now", "outcome"),
        [
            (datetime(2025, 2, 1, 23, 59, tzinfo=UTC), KNOWN),
            (datetime(2025, 2, 2, tzinfo=UTC), NEW),
        ],
    )
    def test_a_later_one_that_is_over_hides_nothing(self, now: datetime, outcome: Outcome) -> None:
        service = make_service()
        applied(
            service,
            upload("ann@example.org,certification,FORK-1,2024-02-01"),
            now=datetime(2024, 6, 1, tzinfo=UTC),
        )
        _, rows = previewed(
            service, upload("ann@example.org,certification,FORK-1,2023-05-01"), now=now
        )
        assert outcomes(rows) == {2: outcome}

    def test_a_certificate_that_a_cycle_earned_on_that_day_says_the_same(self) -> None:
        service = make_service()
        applied(service, upload("ann@example.org,course,FORK,2026-02-01"))
        _, rows = previewed(service, upload("ann@example.org,certification,FORK-1,2026-02-01"))
        assert outcomes(rows) == {2: KNOWN}

    def test_what_the_rules_refuse_says_why(self) -> None:
        service = make_service()
        applied(service, upload("ann@example.org,certification,FORK-1,2026-02-01"))
        service.perform(
            PermanentlyRevoke(), learner="ann", certification="FORK-1", actor=EVA, now=NOW
        )
        found, _ = previewed(service, upload("ann@example.org,certification,FORK-1,2026-03-01"))
        (problem,) = found.problems
        assert (problem.code, problem.column) == ("refused", None)
        assert problem.message == "not possible while disallowed (not_while_disallowed)"

    def test_a_certification_whose_every_certificate_states_its_end_cannot_be_awarded_by_a_date(
        self,
    ) -> None:
        store = make_store()
        step = Step(code="course", paths=(Online(requires=completed("FORK")),))
        version = Version(
            number=1,
            published_on=date(2020, 1, 1),
            initial=Curriculum(steps=(step,)),
            policy=Policy(validity=PerCertificate()),
        )
        store.put_certifications([Certification(code="CARD-1", versions=(version,))])
        found, _ = previewed(
            make_service(store), upload("ann@example.org,certification,CARD-1,2026-03-01")
        )
        assert codes(found) == {2: "refused"}
        assert found.problems[0].message.endswith("(last_valid_day_is_given)")

    def test_several_awards_of_one_file_do_not_hide_each_other(self) -> None:
        rows = [
            f"ann@example.org,certification,FORK-1,{on}"
            for on in ("2026-02-01", "2025-02-01", "2026-02-01", "2024-02-01")
        ]
        found, _ = previewed(make_service(), upload(*rows))
        assert counts(found) == (4, 3, 1, 0)


class TestFuture:
    """In the future is a date that the zone has not reached: the tenant's, or the certification's."""

    NOW = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("zone", "today"),
        [("UTC", "2026-11-21"), ("Europe/Madrid", "2026-11-22"), ("America/Lima", "2026-11-21")],
    )
    @pytest.mark.parametrize("kind", ["course,FORK", "certification,HERE-1"])
    def test_the_day_before_on_and_after(self, zone: str, today: str, kind: str) -> None:
        store = make_store()
        (version,) = FORK.versions
        here = evolve(version, policy=evolve(version.policy, time_zone=zone))
        store.put_certifications([evolve(FORK, code="HERE-1", name="Here", versions=(here,))])
        day = date.fromisoformat(today)
        rows = [f"ann@example.org,{kind},{day + timedelta(n)}" for n in (-1, 0, 1)]
        found, outcomes_ = previewed(
            make_service(store),
            upload(*rows),
            now=self.NOW,
            options=ImportOptions(time_zone=zone),
        )
        assert outcomes(outcomes_) == {2: NEW, 3: NEW, 4: ERROR}
        assert [(each.code, each.column) for each in found.problems] == [
            ("future_date", "Date (yyyy-mm-dd)")
        ]

    def test_the_zone_of_the_tenant_says_nothing_about_awards(self) -> None:
        found, _ = previewed(
            make_service(),
            upload("ann@example.org,certification,FORK-1,2026-11-22"),
            now=self.NOW,
            options=ImportOptions(time_zone="Europe/Madrid"),
        )
        assert codes(found) == {2: "future_date"}


class TestCells:
    @pytest.mark.parametrize(
        ("row", "problem"),
        [
            (",course,FORK,2026-01-05", ("missing_value", "Email", "Email is empty")),
            ("ann@example.org,course, ,2026-01-05", ("missing_value", "Name", "Name is empty")),
            (
                "ann@example.org,kurs,FORK,2026-01-05",
                (
                    "unknown_training_type",
                    "Training Type",
                    "expected module, course or certification",
                ),
            ),
        ],
    )
    def test_the_first_flaw_of_a_row_is_told(self, row: str, problem: tuple[str, str, str]) -> None:
        found, _ = previewed(make_service(), upload(row))
        assert [(each.code, each.column, each.message) for each in found.problems] == [problem]

    @pytest.mark.parametrize("on", ["05/01/2026", "2026-1-5", "20260105", "46027", "tomorrow"])
    def test_dates_are_never_guessed(self, on: str) -> None:
        found, _ = previewed(make_service(), upload(f"ann@example.org,course,FORK,{on}"))
        assert codes(found) == {2: "bad_date"}

    def test_neutralized_cells_are_read_as_they_were(self) -> None:
        store = make_store()
        store.put_learners([Learner(id="plus", email="+plus@example.org")])
        rows = (
            "'+plus@example.org,course,FORK,2026-01-05",
            "+plus@example.org,course,DAY,2026-01-05",
        )
        found, _ = previewed(make_service(store), upload(*rows))
        assert counts(found) == (2, 2, 0, 0)

    def test_columns_in_any_order_among_others(self) -> None:
        source = upload(
            "FORK;x;2026-01-05;course;ann@example.org",
            heading="NAME;Notes;date (yyyy-mm-dd); training type ;Email",
        )
        found, _ = previewed(make_service(), source)
        assert counts(found) == (1, 1, 0, 0)
        assert found.layout is not None
        assert found.layout.unknown == ("Notes",)


class TestErrorFile:
    """A file with a column Error is read as the file that it came from (F2)."""

    HEADING = "Email,Training Type,Name,Date (yyyy-mm-dd),Error"

    def codes(self, *rows: str) -> dict[int, str]:
        found, _ = previewed(make_service(), upload(*rows, heading=self.HEADING))
        return codes(found)

    def test_the_reason_is_ignored(self) -> None:
        assert self.codes('ann@example.org,course,FORK,2026-01-05,"anything (bad_date)"') == {}

    @pytest.mark.parametrize(
        ("cell", "code"),
        [
            ('"ann@example.org,course"', "row_too_short"),
            ("ann@example.org", "row_too_short"),
            ('"ann@example.org,course,FORK,2026-01-05,more"', "row_too_long"),
            ('"ann@example.org,course,Fork""lift,2026-01-05"', "bare_quote"),
            ('"ann@example.org,course,""FORK"" x,2026-01-05"', "text_after_quote"),
            ('"ann@example.org,course,""FORK,2026-01-05"', "unclosed_quote"),
            ("'=1+1", "row_too_short"),
        ],
    )
    def test_a_row_that_stands_whole_in_its_first_cell_has_the_same_problem(
        self, cell: str, code: str
    ) -> None:
        assert self.codes(f'{cell},,,,"a reason ({code})"') == {2: code}

    def test_it_is_never_taken_for_a_row_even_where_it_could_be_one(self) -> None:
        row = '"ann@example.org,course,FORK,2026-01-05",,,,a reason (unclosed_quote)'
        found, _ = previewed(make_service(), upload(row, heading=self.HEADING))
        (problem,) = found.problems
        assert (problem.code, problem.column) == ("unclosed_quote", None)
        assert problem.message == (
            "a whole row stands in its first cell: put its parts where they belong"
        )

    def test_a_row_with_a_reason_and_nothing_else_lacks_everything(self) -> None:
        assert self.codes(",,,,a reason") == {2: "missing_value"}

    def test_without_that_column_the_first_cell_is_a_cell(self) -> None:
        found, _ = previewed(make_service(), upload("ann@example.org,,,"))
        assert codes(found) == {2: "missing_value"}

    def test_a_row_limit_is_for_the_rows_of_the_file(self) -> None:
        found, _ = previewed(
            make_service(),
            upload(*['"a,b",,,,x'] * 3, heading=self.HEADING),
            options=ImportOptions(limits=Limits(row_limit=2)),
        )
        assert codes(found) == {2: "row_too_short", 3: "row_too_short", 4: "beyond_row_limit"}


class TestFile:
    @pytest.mark.parametrize(
        ("data", "code"),
        [
            (b"", "empty_file"),
            (b"\r\n" * 1000, "empty_file"),
            (b"PK\x03\x04" + bytes(100), "is_spreadsheet"),
            (bytes(5000), "not_text"),
            (b"Email,Kind,Name,Date\r\n", "wrong_heading"),
            (b'Email,"Training Type,Name,Date (yyyy-mm-dd)\r\na,b,c,d\r\n', "wrong_heading"),
            (b"ann@example.org,course,FORK,2026-01-05\r\n", "no_heading"),
            (
                "Email,Training Type,Name,Date (yyyy-mm-dd)\r\né,".encode("cp1252"),
                "unknown_encoding",
            ),
        ],
    )
    def test_what_cannot_be_read_is_one_error(self, data: bytes, code: str) -> None:
        with pytest.raises(ImportFileError) as raised:
            previewed(make_service(), BytesIO(data))
        assert raised.value.code == code
        assert len(raised.value.problems) == 1

    def test_a_file_that_is_too_large_is_not_read_to_its_end(self) -> None:
        class Endless(BytesIO):
            reads = 0

            def read(self, size: int | None = -1, /) -> bytes:
                self.reads += 1
                assert self.reads < 100
                return b"x" * (size or 0)

        options = ImportOptions(limits=Limits(file_bytes=200_000))
        with pytest.raises(ImportFileError):
            previewed(make_service(), Endless(), options=options)

    def test_a_heading_and_nothing_else_is_an_empty_set_of_rows(self) -> None:
        found, rows = previewed(make_service(), upload())
        assert counts(found) == (0, 0, 0, 0)
        assert rows == {}

    def test_another_encoding_has_to_be_named(self) -> None:
        store = make_store()
        store.put_trainings(
            [evolve(store.find_trainings(["DAY"])["DAY"][0], code="JOUR", name="journée")]
        )
        source = upload("ann@example.org,course,journée,2026-01-05", encoding="cp1252")
        found, _ = previewed(make_service(store), source, options=ImportOptions(encoding="cp1252"))
        assert counts(found) == (1, 1, 0, 0)

    def test_a_delimiter_may_be_named(self) -> None:
        with pytest.raises(ImportFileError) as raised:
            previewed(make_service(), upload(), options=ImportOptions(delimiter=";"))
        assert raised.value.code == "wrong_heading"


class TestActor:
    @pytest.mark.parametrize("actor", ["learner:bo", "manager:bo", "approver:bo"])
    def test_others_than_administrators_and_the_system_may_not(self, actor: str) -> None:
        with pytest.raises(RefusedError) as raised:
            previewed(make_service(), upload(*MIXED), actor=Actor.parse(actor))
        (reason,) = raised.value.reasons
        assert (reason.code, reason.kind) == ("role_may_not", "actor")
        assert reason.params == {"role": actor.partition(":")[0], "roles": "admin, system"}

    def test_the_system_may(self) -> None:
        found, _ = previewed(make_service(), upload(*MIXED), actor=SYSTEM)
        assert counts(found) == (8, 3, 1, 4)


class TestToken:
    def token(
        self, service: Service | None = None, rows: tuple[str, ...] = MIXED, **more: Any
    ) -> str:
        found, _ = previewed(service or make_service(), upload(*rows), **more)
        return found.token

    def test_the_same_work_has_the_same_token_whenever_it_is_looked_at(self) -> None:
        assert self.token() == self.token()
        assert self.token() == self.token(now=NOW + timedelta(hours=1))

    @pytest.mark.parametrize(
        "change",
        [
            {"rows": MIXED[:-1]},
            {"actor": Actor.parse("admin:olaf")},
            {"actor": Actor(role=Role.ADMIN, id="eva", scope=Scope.organizations("north"))},
            {"options": ImportOptions(time_zone="Asia/Tokyo")},
            {"options": ImportOptions(limits=Limits(columns=10))},
            {"options": ImportOptions(notify=False)},
        ],
        ids=["bytes", "actor", "scope", "zone", "limits", "notices"],
    )
    def test_other_work_has_another(self, change: dict[str, Any]) -> None:
        assert self.token(**change) != self.token()

    def test_nobody_has_to_look_at_the_rows(self) -> None:
        unseen = make_service().preview_import(upload(*MIXED), format=UNIFYR, actor=EVA, now=NOW)
        assert unseen == previewed(make_service(), upload(*MIXED))[0]

    def test_other_tenants_have_another(self) -> None:
        other = MemoryStore(tenant="other")
        for learner in make_store().all_learners(limit=100):
            other.put_learners([learner])
        rows = ("ann@example.org,course,NONE,2026-01-05",)
        assert self.token(make_service(other), rows) != self.token(None, rows)

    def test_a_row_that_falls_into_another_set_changes_it(self) -> None:
        service = make_service()
        before = self.token(service)
        service.perform(
            Award(on=date(2026, 1, 5)), learner="bo", certification="FIRE-1", actor=EVA, now=NOW
        )
        assert self.token(service) != before

    def test_what_concerns_no_row_does_not(self) -> None:
        service = make_service()
        before = self.token(service)
        service.perform(
            Award(on=date(2026, 1, 5)), learner="twin1", certification="FIRE-1", actor=EVA, now=NOW
        )
        assert self.token(service) == before
