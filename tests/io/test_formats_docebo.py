"""Docebo certifications: awards with the dates that they were issued with; duplicates (F7)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

import pytest

from certlib import Actor, Learner
from certlib.actors import Role, Scope
from certlib.io import DOCEBO, Duplicates, ImportOptions, Limits
from certlib.io.formats._claims import AwardClaim
from certlib.ports import IdentifierKind, Outcome
from certlib.state import Status
from certlib.state.facts import CertificateAwarded
from tests.hosts import EVA, NOW
from tests.io.uploads import codes, counts, held
from tests.io.vendor_files import (
    BreakdownError,
    FailingStore,
    apply_module,
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
)

NEW, KNOWN, ERROR = Outcome.NEW, Outcome.ALREADY_COMPLETED, Outcome.ERROR
ROWS = (
    "ann,FORK-1,2026-01-05,no,2026-12-31,course",
    "bo,FORK-1,2026-01-06,yes,,external",
    "bo,CARD-1,2026-01-06,0,2027-03-31,external",
    "nobody,FORK-1,2026-01-05,no,2026-12-31,course",
    "cem,FORK-1,2026-02-30,no,2026-12-31,course",
)
TWICE = (
    "ann,FORK-1,2026-01-05,no,2026-12-31,course",
    "bo,FORK-1,2026-01-05,no,2027-01-05,course",
    "ann,FORK-1,2026-03-05,no,2027-03-31,course",
    "ann,FORK-1,2026-02-05,no,2027-02-28,course",
    "ann,CRANE-1,2026-03-05,no,2027-03-31,course",
    "ann,fork-1,2026-03-05,no,2027-04-30,course",
)
"""Of ann in FORK-1 there are four rows: the last has the latest date, too, which another has."""
LAST, LATEST = (
    ImportOptions(duplicates=Duplicates.LAST),
    ImportOptions(duplicates=Duplicates.LATEST),
)


class TestSets:
    def test_every_row_is_in_one_of_them(self) -> None:
        found, rows = seen(DOCEBO, service_of(), *ROWS)
        assert [row.outcome for row in rows.values()] == [NEW, NEW, NEW, ERROR, ERROR]
        assert told(found) == {
            5: ("unknown_learner", "username"),
            6: ("bad_date", "certification_issue_date"),
        }
        service = service_of()
        imported(DOCEBO, service, *ROWS)
        assert counts(seen(DOCEBO, service, *ROWS)[0]) == (5, 0, 3, 2)

    def test_what_a_row_records(self) -> None:
        store = FailingStore()
        found = imported(DOCEBO, service_of(store), *ROWS)
        for learner, row, last_valid_day in (("ann", 2, date(2026, 12, 31)), ("bo", 3, None)):
            (event,) = events_of(store, learner, "FORK-1")
            assert (event.row, event.actor) == ("award", "admin:eva")
            assert (event.import_id, event.import_row) == (found.import_id, row)
            (certificate,) = enrollment_of(store, learner, "FORK-1").certificates
            assert certificate.last_valid_day == last_valid_day
        (certificate,) = enrollment_of(store, "bo", "CARD-1").certificates
        assert certificate.last_valid_day == date(2027, 3, 31)

    def test_its_dates_are_days_where_the_certification_counts_them(self) -> None:
        store = FailingStore()
        imported(DOCEBO, service_of(store), ROWS[0])
        (certificate,) = enrollment_of(store, "ann", "FORK-1").certificates
        assert certificate.issued_at == datetime(2026, 1, 5, tzinfo=UTC)
        assert certificate.certifies_at(datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC))
        assert not certificate.certifies_at(datetime(2027, 1, 1, tzinfo=UTC))

    @pytest.mark.parametrize("options", [ImportOptions(), LAST, LATEST])
    def test_the_laws_of_every_import(self, options: ImportOptions) -> None:
        check_laws(DOCEBO, ROWS, options=options)

    @pytest.mark.parametrize("word", ["yes", "TRUE", "1"])
    def test_words_for_yes(self, word: str) -> None:
        wanted = DOCEBO.read(("ann", "FORK-1", "2026-01-05", word, "", "external"))
        assert isinstance(wanted, AwardClaim)
        assert (wanted.always_valid, wanted.expires_on) == (True, None)


class TestErrors:
    @pytest.mark.parametrize(
        ("row", "problem"),
        [
            (",FORK-1,2026-01-05,yes,,x", ("missing_value", "username")),
            ("bo,,2026-01-05,yes,,x", ("missing_value", "certification_code")),
            ("bo,FORK-1,,yes,,x", ("missing_value", "certification_issue_date")),
            ("bo,FORK-1,2026-01-05,,,x", ("missing_value", "always_valid")),
            ("bo,FORK-1,2026-01-05,no,,x", ("missing_value", "certification_expire_date")),
            ("bo,FORK-1,2026-01-05,yes,,", ("missing_value", "type")),
            ("bo,FORK-1,2026-01-05,always,,x", ("bad_value", "always_valid")),
            ("bo,FORK-1,2026-01-05,yes,2027-01-05,x",
             ("bad_value", "certification_expire_date")),
            ("bo,FORK-1,2026-01-05,yes,," + "x" * 101, ("bad_value", "type")),
            ("bo,FORK-1,2026-01-05 09:00,yes,,x", ("bad_date", "certification_issue_date")),
            ("bo,FORK-1,2026-01-05,no,never,x", ("bad_date", "certification_expire_date")),
            ("bo,FORK-1,2026-11-22,yes,,x", ("future_date", "certification_issue_date")),
            ("x" * 255 + ",FORK-1,2026-01-05,yes,,x", ("bad_value", "username")),
            ("nobody,FORK-1,2026-01-05,yes,,x", ("unknown_learner", "username")),
            ("twin,FORK-1,2026-01-05,yes,,x", ("ambiguous_learner", "username")),
            ("b\N{LATIN SMALL LETTER O WITH ACUTE},FORK-1,2026-01-05,yes,,x",
             ("look_alike_learner", "username")),
            ("bo,FORK-9,2026-01-05,yes,,x", ("unknown_certification", "certification_code")),
            ("bo,FORK-1,2026-01-05,no,2026-01-04,x", ("refused", None)),
            ("eva,FORK-1,2026-01-05,yes,,x", ("not_permitted", "username")),
            ("example.learner1,EXAMPLE-1,2024-02-29,no,2026-02-28,external",
             ("example_row", None)),
            ("example.learner2,EXAMPLE-1,2024-12-31,yes,,external", ("example_row", None)),
        ],
    )  # fmt: skip
    def test_each_has_its_code_and_column(self, row: str, problem: tuple[str, str | None]) -> None:
        found, _ = seen(DOCEBO, service_of(), row)
        assert counts(found) == (1, 0, 0, 1)
        assert told(found) == {2: problem}

    def test_the_longest_type(self) -> None:
        found, _ = seen(DOCEBO, service_of(), "bo,FORK-1,2026-01-05,yes,," + "x" * 100)
        assert counts(found) == (1, 1, 0, 0)

    def test_the_column_of_the_end_may_be_absent(self) -> None:
        heading = "username,certification_code,certification_issue_date,always_valid,type"
        source = file_of(DOCEBO, "bo,FORK-1,2026-01-05,yes,x", "ann,FORK-1,2026-01-05,no,x",
                         heading=heading)  # fmt: skip
        found = service_of().preview_import(source, format=DOCEBO, actor=EVA, now=NOW)
        assert told(found) == {3: ("missing_value", "certification_expire_date")}

    def test_out_of_scope_reads_as_unknown(self) -> None:
        north = Actor(role=Role.ADMIN, id="olaf", scope=Scope.organizations("north"))
        found, _ = seen(DOCEBO, service_of(), *ROWS, actor=north)
        assert [each.message for each in found.problems if each.code == "unknown_learner"] == [
            "unknown learner"
        ] * 3

    def test_a_certification_out_of_scope_reads_as_unknown(self) -> None:
        only = Actor(role=Role.ADMIN, id="olaf", scope=Scope.certifications("FORK-1"))
        found, _ = seen(DOCEBO, service_of(), *ROWS[:3], actor=only)
        assert told(found) == {4: ("unknown_certification", "certification_code")}

    def test_the_options_of_every_import(self) -> None:
        store = FailingStore()
        row = "ann,FORK-1,05.01.2026,no,31.12.2026,course"
        options = ImportOptions(dates="dd.mm.yyyy", notify=False, limits=Limits(row_limit=1))
        found = imported(DOCEBO, service_of(store), row, row, options=options)
        assert counts(found.preview) == (2, 1, 0, 1)
        assert codes(found.preview) == {3: "beyond_row_limit"}
        assert waiting(store) == []
        imported(DOCEBO, service_of(store), "cem,FORK-1,2026-01-05,yes,,x")
        assert status_of(service_of(store), "cem", "FORK-1") is Status.CERTIFIED
        assert waiting(store) == []


class TestDuplicates:
    """Rows about one learner and certification: all are errors, or one is chosen (decision 37)."""

    def test_without_the_option_all_are_errors(self) -> None:
        found, rows = seen(DOCEBO, service_of(), *TWICE)
        assert [row.outcome for row in rows.values()] == [ERROR, NEW, ERROR, ERROR, NEW, ERROR]
        assert told(found) == dict.fromkeys((2, 4, 5, 7), ("repeated_in_file", "username"))
        assert {each.message for each in found.problems} == {
            "4 rows are about the same: say which counts, or leave one"
        }

    @pytest.mark.parametrize(
        ("rows", "option", "new"),
        [
            (TWICE, LAST, {3, 6, 7}),
            (TWICE, LATEST, {3, 6, 7}),
            (TWICE[:4], LAST, {3, 5}),
            (TWICE[:4], LATEST, {3, 4}),
            (TWICE[::-1], LAST, {6, 3, 7}),
            (TWICE[::-1], LATEST, {3, 5, 6}),
        ],
    )
    def test_the_last_or_the_latest_counts(
        self, rows: tuple[str, ...], option: ImportOptions, new: set[int]
    ) -> None:
        found, shown = seen(DOCEBO, service_of(), *rows, options=option)
        assert {number for number, row in shown.items() if row.outcome is NEW} == new
        assert found.already_completed == len(rows) - len(new)
        check_laws(DOCEBO, rows, options=option)

    def test_what_is_recorded_is_the_chosen_row(self) -> None:
        store = FailingStore()
        imported(DOCEBO, service_of(store), *TWICE[:4], options=LATEST)
        (event,) = events_of(store, "ann", "FORK-1")
        assert isinstance(event.fact, CertificateAwarded)
        assert event.import_row == 4
        (certificate,) = enrollment_of(store, "ann", "FORK-1").certificates
        assert certificate.last_valid_day == date(2027, 3, 31)

    def test_a_row_that_is_wrong_is_no_duplicate(self) -> None:
        rows = ("ann,FORK-1,2026-01-05,no,2026-12-31,x", "ann,FORK-1,2026-02-30,no,2026-12-31,x")
        found, _ = seen(DOCEBO, service_of(), *rows)
        assert counts(found) == (2, 1, 0, 1)
        assert codes(found) == {3: "bad_date"}

    def test_where_the_chosen_row_is_known_nothing_is_new(self) -> None:
        service = service_of()
        imported(DOCEBO, service, TWICE[3])
        found, _ = seen(DOCEBO, service, *TWICE[:4], options=LAST)
        assert counts(found) == (4, 1, 3, 0)

    @pytest.mark.parametrize(
        ("duplicates", "expected", "row"),
        [
            (Duplicates.ERROR, (1502, 1500, 0, 2), None),
            (Duplicates.LAST, (1502, 1501, 1, 0), 1503),
            (Duplicates.LATEST, (1502, 1501, 1, 0), 2),
        ],
    )
    def test_they_may_be_far_apart(
        self, duplicates: Duplicates, expected: tuple[int, int, int, int], row: int | None
    ) -> None:
        store = FailingStore()
        store.put_learners(Learner(id=f"u{n}", username=f"u{n}") for n in range(1500))
        rows = (
            "ann,FORK-1,2026-03-05,yes,,x",
            *(f"u{n},FORK-1,2026-01-05,yes,,x" for n in range(1500)),
            "ann,FORK-1,2026-01-05,yes,,x",
        )
        options = ImportOptions(duplicates=duplicates)
        found, shown = seen(DOCEBO, service_of(store), *rows, options=options)
        assert counts(found) == expected
        anns = [number for number in (2, 1503) if shown[number].outcome is NEW]
        assert anns == ([row] if row else [])

    @pytest.mark.parametrize("size", [1, 2, 3, 5, 6, 7])
    def test_the_size_of_the_pieces_changes_nothing(
        self, size: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        expected = [seen(DOCEBO, service_of(), *TWICE, options=each)[0] for each in (LAST, LATEST)]
        monkeypatch.setattr("certlib.io._imports.classify.CHUNK", size)
        assert expected == [
            seen(DOCEBO, service_of(), *TWICE, options=each)[0] for each in (LAST, LATEST)
        ]

    def test_an_interrupted_import_of_many_ends_as_the_undisturbed_one(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("certlib.io._imports.classify.CHUNK", 3)
        monkeypatch.setattr(apply_module, "BATCH", 2)

        def prepared() -> FailingStore:
            store = FailingStore()
            store.put_learners(Learner(id=f"u{n}", username=f"u{n}") for n in range(10))
            return store

        rows = [f"u{n % 10},FORK-1,2026-{1 + n // 10:02}-{28 - n:02},yes,,x" for n in range(25)]
        whole = prepared()
        expected = imported(DOCEBO, service_of(whole), *rows, options=LAST)
        assert counts(expected.preview) == (25, 10, 15, 0)
        for write in range(2, whole.writes):
            store = prepared()
            store.fails_at = write
            with pytest.raises(BreakdownError):
                imported(DOCEBO, service_of(store), *rows, options=LAST)
            done = imported(DOCEBO, service_of(store), *rows, options=LAST)
            assert counts(done.preview) == counts(expected.preview)
            assert held(store) == held(whole)

    def test_people_who_change_between_two_looks_at_the_file_break_nothing(self) -> None:
        class Renaming(FailingStore):
            looks = 0

            def find_learners(
                self, identifiers: object, *, by: IdentifierKind
            ) -> Mapping[str, tuple[Learner, ...]]:
                self.looks += 1
                if self.looks == 2:
                    self.put_learners([Learner(id="new", username="nobody")])
                return super().find_learners(identifiers, by=by)  # type: ignore[arg-type]

        found, _ = seen(DOCEBO, service_of(Renaming()), *ROWS)
        assert counts(found) == (5, 4, 0, 1)
