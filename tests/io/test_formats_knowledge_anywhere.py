"""Knowledge Anywhere: a list of emails, and a certification that is assigned to each of them (F7)."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from attrs import evolve

from certlib import Actor, Learner, Period
from certlib.actors import Role, Scope
from certlib.certifications import Access, Certification
from certlib.errors import ImportFileError
from certlib.io import KNOWLEDGE_ANYWHERE, ImportOptions, Limits, Preview
from certlib.io._imports.reports import Reports
from certlib.ports import Outcome
from certlib.state import AssignmentSource, Status
from certlib.state.commands import Assign, Award, Enroll, PermanentlyRevoke, Unassign
from certlib.transcript import Completion
from tests.hosts import EVA, FORK, NOW, SYSTEM
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
FIRE_ = ImportOptions(certification="FIRE-1")
ROWS = ("ann@example.org", "bo@example.org", "nobody@example.org", "ANN@example.org", "nobody")


def read(text: str, options: ImportOptions = FIRE_) -> Preview:
    return service_of().preview_import(
        BytesIO(text.encode()), format=KNOWLEDGE_ANYWHERE, actor=EVA, now=NOW, options=options
    )


class TestSets:
    def test_every_row_is_in_one_of_them(self) -> None:
        found, rows = seen(KNOWLEDGE_ANYWHERE, service_of(), *ROWS, options=FIRE_)
        assert [row.outcome for row in rows.values()] == [NEW, NEW, ERROR, ERROR, ERROR]
        assert told(found) == {
            4: ("unknown_learner", "Email"),
            5: ("repeated_in_file", "Email"),
            6: ("bad_email", "Email"),
        }
        assert found.problems[1].message == "row 2 is about the same"

    def test_what_a_row_records(self) -> None:
        store = FailingStore()
        found = imported(KNOWLEDGE_ANYWHERE, service_of(store), *ROWS, options=FIRE_)
        (event,) = events_of(store, "ann", "FIRE-1")
        assert (event.row, event.actor, event.at) == ("assign", "admin:eva", NOW)
        assert (event.import_id, event.import_row) == (found.import_id, 2)
        (assignment,) = enrollment_of(store, "ann", "FIRE-1").assignments
        assert (assignment.source, assignment.reference) == (AssignmentSource.IMPORT, None)
        assert status_of(service_of(store), "bo", "FIRE-1") is Status.ASSIGNED

    def test_the_laws_of_every_import(self) -> None:
        check_laws(KNOWLEDGE_ANYWHERE, ROWS, options=FIRE_)

    def test_a_repeated_row_stays_one_when_the_first_is_known_or_wrong(self) -> None:
        service = service_of()
        rows = ("ann@example.org", "ann@example.org", "cem@example.org", "cem@example.org")
        expected = {3: "repeated_in_file", 4: "inactive_learner", 5: "repeated_in_file"}
        for new in (1, 0):
            found = imported(KNOWLEDGE_ANYWHERE, service, *rows, options=FIRE_).preview
            assert counts(found) == (4, new, 1 - new, 3)
            assert codes(found) == expected

    @pytest.mark.parametrize("source", list(AssignmentSource))
    def test_another_reason_for_the_same_assignment_is_another(
        self, source: AssignmentSource
    ) -> None:
        store = FailingStore()
        service = service_of(store)
        service.perform(
            Assign(source=source), learner="ann", certification="FIRE-1", actor=EVA, now=NOW
        )
        found, _ = seen(KNOWLEDGE_ANYWHERE, service, "ann@example.org", options=FIRE_)
        known = source is AssignmentSource.IMPORT
        assert (found.new, found.already_completed) == (not known, known)

    def test_who_is_certified_or_barred_gets_a_reason_more_and_nothing_else(self) -> None:
        store = FailingStore()
        service = service_of(store)
        service.perform(Award(), learner="ann", certification="FIRE-1", actor=EVA, now=NOW)
        service.perform(Award(), learner="bo", certification="FIRE-1", actor=EVA, now=NOW)
        service.perform(
            PermanentlyRevoke(), learner="bo", certification="FIRE-1", actor=EVA, now=NOW
        )
        imported(KNOWLEDGE_ANYWHERE, service, *ROWS[:2], options=FIRE_)
        assert status_of(service, "ann", "FIRE-1") is Status.CERTIFIED
        assert status_of(service, "bo", "FIRE-1") is Status.DISALLOWED
        assert len(enrollment_of(store, "bo", "FIRE-1").assignments) == 1

    def test_once_unassigned_the_same_file_assigns_again(self) -> None:
        service = service_of()
        imported(KNOWLEDGE_ANYWHERE, service, "ann@example.org", options=FIRE_)
        service.perform(
            Unassign(source=AssignmentSource.IMPORT),
            learner="ann",
            certification="FIRE-1",
            actor=EVA,
            now=NOW,
        )
        again = imported(KNOWLEDGE_ANYWHERE, service, "ann@example.org", options=FIRE_)
        assert again.preview.new == 1
        assert status_of(service, "ann", "FIRE-1") is Status.ASSIGNED

    def test_completions_that_are_there_already_count_at_once(self) -> None:
        def prepared() -> FailingStore:
            store = FailingStore()
            (version,) = FORK.versions
            policy = evolve(version.policy, look_back=Period.parse("P3M"))
            versions = (evolve(version, policy=policy),)
            store.put_certifications(
                [evolve(FORK, code="SOON-1", versions=versions, access=Access.ASSIGNED_ONLY)]
            )
            service_of(store).record(
                [Completion(training="FORK", at=datetime(2026, 11, 1, tzinfo=UTC), recorded_at=NOW)],
                learner="ann", actor=EVA, now=NOW,
            )  # fmt: skip
            return store

        by_hand, by_file = prepared(), prepared()
        service_of(by_hand).perform(
            Assign(source=AssignmentSource.IMPORT),
            learner="ann",
            certification="SOON-1",
            actor=EVA,
            now=NOW,
        )
        options = ImportOptions(certification="SOON-1")
        found = imported(KNOWLEDGE_ANYWHERE, service_of(by_file), ROWS[0], options=options)
        assert status_of(service_of(by_file), "ann", "SOON-1") is Status.CERTIFIED
        events = events_of(by_file, "ann", "SOON-1")
        assert [(event.fact, event.at, event.actor) for event in events] == [
            (event.fact, event.at, event.actor) for event in events_of(by_hand, "ann", "SOON-1")
        ]
        assert {(event.import_id, event.import_row) for event in events} == {(found.import_id, 2)}


class TestErrors:
    @pytest.mark.parametrize(
        ("row", "problem"),
        [
            ("nobody@example.org", ("unknown_learner", "Email")),
            ("nobody", ("bad_email", "Email")),
            ("x" * 250 + "@example.org", ("bad_email", "Email")),
            ("twin@example.org", ("ambiguous_learner", "Email")),
            ("\N{FULLWIDTH LATIN SMALL LETTER B}o@example.org", ("look_alike_learner", "Email")),
            ("eva@example.org", ("not_permitted", "Email")),
            ("cem@example.org", ("inactive_learner", "Email")),
            ("first.learner@example.com", ("example_row", None)),
            ("second.learner@example.com", ("example_row", None)),
            ("ann@example.org,bo@example.org", ("row_too_long", None)),
            ('ann"@example.org', ("bare_quote", "Email")),
        ],
    )
    def test_each_has_its_code_and_column(self, row: str, problem: tuple[str, str | None]) -> None:
        found, _ = seen(KNOWLEDGE_ANYWHERE, service_of(), row, options=FIRE_)
        assert counts(found) == (1, 0, 0, 1)
        assert told(found) == {2: problem}

    def test_an_inactive_learner_is_assigned_nothing(self) -> None:
        found, _ = seen(KNOWLEDGE_ANYWHERE, service_of(), "cem@example.org", options=FIRE_)
        assert found.problems[0].message.endswith("(learner_is_active)")

    def test_without_a_certification_every_row_says_so(self) -> None:
        found, _ = seen(KNOWLEDGE_ANYWHERE, service_of(), *ROWS[:2])
        assert told(found) == dict.fromkeys((2, 3), ("missing_value", None))
        assert {each.message for each in found.problems} == {
            "the file does not say which certification: name it as an option"
        }

    @pytest.mark.parametrize(
        ("name", "code"),
        [
            ("FIRE-9", "unknown_certification"),
            ("", "unknown_certification"),
            ("Forklift driver", "ambiguous_training"),
        ],
    )
    def test_a_certification_that_is_not_there_or_not_the_only_one(
        self, name: str, code: str
    ) -> None:
        store = FailingStore()
        store.put_certifications([evolve(FORK, code="FORK-2")])
        options = ImportOptions(certification=name)
        found, _ = seen(KNOWLEDGE_ANYWHERE, service_of(store), ROWS[0], options=options)
        assert told(found) == {2: (code, None)}

    def test_a_certification_without_a_published_version(self) -> None:
        store = FailingStore()
        store.put_certifications([Certification(code="NONE-1")])
        options = ImportOptions(certification="NONE-1")
        found, _ = seen(KNOWLEDGE_ANYWHERE, service_of(store), ROWS[0], options=options)
        assert told(found) == {2: ("refused", None)}

    def test_its_name_serves_as_well(self) -> None:
        options = ImportOptions(certification=" fire WARDEN")
        found, _ = seen(KNOWLEDGE_ANYWHERE, service_of(), ROWS[0], options=options)
        assert found.new == 1

    def test_out_of_scope_reads_as_unknown(self) -> None:
        north = Actor(role=Role.ADMIN, id="olaf", scope=Scope.organizations("north"))
        found, _ = seen(KNOWLEDGE_ANYWHERE, service_of(), *ROWS[:3], actor=north, options=FIRE_)
        assert {each.row: each.message for each in found.problems} == dict.fromkeys(
            (3, 4), "unknown learner"
        )


class TestHeading:
    """A file has one column, with a heading or without."""

    @pytest.mark.parametrize("heading", ["Email", " EMAIL ", "\ufeffemail", '"Email"'])
    def test_present(self, heading: str) -> None:
        found = read(f"{heading}\r\nann@example.org\r\n")
        assert counts(found) == (1, 1, 0, 0)
        assert found.layout is not None
        assert found.layout.has_heading

    @pytest.mark.parametrize("bom", ["", "\ufeff"])
    def test_absent(self, bom: str) -> None:
        found = read(f"{bom}ann@example.org\nnobody@example.org\n\nbo@example.org")
        assert counts(found) == (3, 2, 0, 1)
        assert codes(found) == {2: "unknown_learner"}
        assert found.blank == 1
        assert found.layout is not None
        assert not found.layout.has_heading

    def test_absent_and_the_first_row_is_wrong(self) -> None:
        assert codes(read("nobody@example.org\nann@example.org\n")) == {1: "unknown_learner"}

    def test_another_word_is_a_row_that_is_wrong(self) -> None:
        found = read("E-mail address\nann@example.org\n")
        assert counts(found) == (2, 1, 0, 1)
        assert codes(found) == {1: "bad_email"}

    def test_other_columns_need_a_heading(self) -> None:
        found = read("Name,Email\nAnn,ann@example.org\n")
        assert counts(found) == (1, 1, 0, 0)
        assert found.layout is not None
        assert found.layout.unknown == ("Name",)
        with pytest.raises(ImportFileError):
            read("Ann,ann@example.org\n")

    def test_the_template_with_rows_written_over_is_read(self) -> None:
        found = read(KNOWLEDGE_ANYWHERE.template() + "ann@example.org\r\n")
        assert counts(found) == (3, 1, 0, 2)
        assert codes(found) == {2: "example_row", 3: "example_row"}

    @pytest.mark.parametrize("heading", ["Email\n", ""])
    def test_the_errors_of_either_come_back(self, heading: str, tmp_path: Path) -> None:
        service, text = service_of(), f"{heading}nobody@example.org\nann@example.org\n"
        with Reports.into(tmp_path / "out") as reports:
            found = service.preview_import(
                BytesIO(text.encode()), format=KNOWLEDGE_ANYWHERE, actor=EVA, now=NOW,
                options=FIRE_, look=reports.look,
            )  # fmt: skip
            reports.write(BytesIO(text.encode()), found, format=KNOWLEDGE_ANYWHERE, options=FIRE_)
        errors = (tmp_path / "out" / "errors.csv").read_text(encoding="utf-8")
        again = read(errors)
        assert counts(again) == (1, 0, 0, 1)
        assert set(codes(again).values()) == {"unknown_learner"}


class TestOptions:
    def test_there_is_no_limit_of_rows_that_nobody_asked_for(self) -> None:
        store = with_people(*(Learner(id=f"u{n}", email=f"u{n}@example.org") for n in range(1500)))
        rows = [f"u{n}@example.org" for n in range(1500)]
        found, _ = seen(KNOWLEDGE_ANYWHERE, service_of(store), *rows, options=FIRE_)
        assert counts(found) == (1500, 1500, 0, 0)

    def test_rows_beyond_the_limit_are_reported(self) -> None:
        options = evolve(FIRE_, limits=Limits(row_limit=1))
        found, _ = seen(KNOWLEDGE_ANYWHERE, service_of(), *ROWS[:3], options=options)
        assert counts(found) == (3, 1, 0, 2)
        assert codes(found) == {3: "beyond_row_limit", 4: "beyond_row_limit"}

    @pytest.mark.parametrize("notify", [True, False])
    def test_notices_may_be_suppressed(self, notify: bool) -> None:
        store = FailingStore()
        options = evolve(FIRE_, notify=notify)
        imported(KNOWLEDGE_ANYWHERE, service_of(store), ROWS[0], options=options)
        assert waiting(store) == ["ann"][: int(notify)]

    def test_a_token_is_of_one_certification(self) -> None:
        store = FailingStore()
        before = held(store)
        found, _ = seen(KNOWLEDGE_ANYWHERE, service_of(store), ROWS[0], options=FIRE_)
        with pytest.raises(Exception, match="outdated_preview"):
            imported(
                KNOWLEDGE_ANYWHERE, service_of(store), ROWS[0], token=found.token,
                options=ImportOptions(certification="FORK-1"),
            )  # fmt: skip
        assert held(store) == before

    def test_who_has_enrolled_by_himself_is_assigned_as_well(self) -> None:
        store = FailingStore()
        service = service_of(store)
        service.perform(Enroll(), learner="ann", certification="FORK-1", actor=SYSTEM, now=NOW)
        imported(
            KNOWLEDGE_ANYWHERE, service, ROWS[0], options=ImportOptions(certification="FORK-1")
        )
        assert status_of(service, "ann", "FORK-1") is Status.NOT_STARTED
        assert [each.source for each in enrollment_of(store, "ann", "FORK-1").assignments] == [
            AssignmentSource.SELF,
            AssignmentSource.IMPORT,
        ]


def test_its_file_is_one_column() -> None:
    assert file_of(KNOWLEDGE_ANYWHERE, "x").getvalue() == b"Email\r\nx\r\n"
