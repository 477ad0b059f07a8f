"""Go1 enrollments: how far a learner has come; an open enrollment is never made room for (F7)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime

import pytest
from attrs import evolve

from certlib import Actor, Service
from certlib.actors import Role, Scope
from certlib.errors import RefusedError
from certlib.io import GO1, ImportOptions, Limits
from certlib.ports import Outcome
from certlib.state import AssignmentSource, Status, replay
from certlib.state._fold import struck_entries
from certlib.state.commands import (
    ApproveEvidence,
    Assign,
    Award,
    Command,
    Enroll,
    PermanentlyRevoke,
    RevokeAccess,
    Start,
    StartRecertification,
    SubmitEvidence,
)
from certlib.state.facts import CertificateAwarded, EntryStruck
from tests.hosts import EVA, FORK, NOW, SYSTEM
from tests.io.uploads import codes, counts, held
from tests.io.vendor_files import (
    BreakdownError,
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
)

NEW, KNOWN, ERROR = Outcome.NEW, Outcome.ALREADY_COMPLETED, Outcome.ERROR
BO = Actor.parse("learner:bo")
REPLACE = ImportOptions(archive_and_replace=True)
NOT_STARTED = "bo@example.org,CRANE-1,assigned,not-started,,,,,"
IN_PROGRESS = "bo@example.org,CRANE-1,assigned,in-progress,,,2026-11-01,,"
COMPLETED = "bo@example.org,CRANE-1,assigned,completed,91,yes,,2026-11-10,"
ROWS = (
    "ann@example.org,CRANE-1,assigned,not-started,,,,,2026-12-31",
    "bo@example.org,Crane operator,self-directed,in-progress,,,2026-01-05,,",
    "ann@example.org,FORK-1,assigned,completed,87.5,yes,2026-01-02,2026-01-05,2026-02-01",
    "bo@example.org,FORK-1,self-directed,not-started,,,,,2026-11-30",
    "nobody@example.org,FORK-1,assigned,not-started,,,,,",
    "cem@example.org,FORK-1,assigned,not-started,,,,,",
    "cem@example.org,CRANE-1,assigned,completed,,,,2026-01-05,",
)


def at(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T08:00:00+00:00")


def given(service: Service, day: str, actor: Actor, command: Command) -> None:
    service.perform(command, learner="bo", certification="CRANE-1", actor=actor, now=at(day))


def _assigned(service: Service) -> None:
    given(service, "2026-06-01", EVA, Assign())


def _not_started(service: Service) -> None:
    _assigned(service)
    given(service, "2026-06-02", BO, Enroll())


def _in_progress(service: Service) -> None:
    _not_started(service)
    given(service, "2026-06-03", BO, Start())


def _pending_approval(service: Service) -> None:
    _in_progress(service)
    given(service, "2026-06-04", BO, SubmitEvidence(step="course"))


def _certified(service: Service) -> None:
    given(service, "2025-12-01", EVA, Award())


def _certified_since_yesterday(service: Service) -> None:
    given(service, "2026-11-20", EVA, Award())


def _expired(service: Service) -> None:
    given(service, "2025-11-10", EVA, Award())


def _lapsed(service: Service) -> None:
    given(service, "2024-11-10", EVA, Award())


def _recertifying(service: Service) -> None:
    _certified(service)
    given(service, "2026-10-01", BO, StartRecertification())


def _revoked(service: Service) -> None:
    _in_progress(service)
    given(service, "2026-06-05", EVA, RevokeAccess())


def _revoked_with_a_certificate(service: Service) -> None:
    _lapsed(service)
    given(service, "2026-06-05", EVA, RevokeAccess())


def _disallowed(service: Service) -> None:
    _certified(service)
    given(service, "2026-06-05", EVA, PermanentlyRevoke())


def _nothing(service: Service) -> None:
    pass


SITUATIONS: Mapping[str, tuple[Callable[[Service], None], Status | None]] = {
    "none": (_nothing, None),
    "assigned": (_assigned, Status.ASSIGNED),
    "not_started": (_not_started, Status.NOT_STARTED),
    "in_progress": (_in_progress, Status.IN_PROGRESS),
    "pending_approval": (_pending_approval, Status.PENDING_APPROVAL),
    "certified": (_certified, Status.CERTIFIED),
    "certified since yesterday": (_certified_since_yesterday, Status.CERTIFIED),
    "expired": (_expired, Status.EXPIRED),
    "lapsed": (_lapsed, Status.LAPSED),
    "recertifying": (_recertifying, Status.RECERTIFYING),
    "revoked": (_revoked, Status.REVOKED),
    "revoked with a certificate": (_revoked_with_a_certificate, Status.REVOKED),
    "disallowed": (_disallowed, Status.DISALLOWED),
}
OPEN = [name for name in SITUATIONS if name not in {"none", "assigned"}]


def situated(name: str) -> FailingStore:
    """Return a store in which Bo is in a situation."""
    store = FailingStore()
    prepare, status = SITUATIONS[name]
    prepare(service_of(store))
    assert status_of(service_of(store), "bo", "CRANE-1") is status
    return store


class TestSets:
    def test_every_row_is_in_one_of_them(self) -> None:
        found, rows = seen(GO1, service_of(), *ROWS)
        assert [row.outcome for row in rows.values()] == [NEW, NEW, NEW, NEW, ERROR, ERROR, NEW]
        assert told(found) == {6: ("unknown_learner", "user"), 7: ("inactive_learner", "user")}
        assert found.problems[1].message.endswith("(learner_is_active)")

    def test_the_second_time_all_of_it_is_known(self) -> None:
        service = service_of()
        assert counts(imported(GO1, service, *ROWS).preview) == (7, 5, 0, 2)
        assert counts(imported(GO1, service, *ROWS).preview) == (7, 0, 5, 2)

    @pytest.mark.parametrize("options", [ImportOptions(), REPLACE])
    def test_the_laws_of_every_import(self, options: ImportOptions) -> None:
        check_laws(GO1, ROWS, options=options)

    def test_what_not_started_records(self) -> None:
        store = FailingStore()
        found = imported(GO1, service_of(store), *ROWS)
        events = events_of(store, "ann", "CRANE-1")
        assert [(event.row, event.actor, event.at) for event in events] == [
            ("assign", "admin:eva", NOW),
            ("enroll when assigned", "system:eva", NOW),
        ]
        assert {(event.import_id, event.import_row) for event in events} == {(found.import_id, 2)}
        enrollment = enrollment_of(store, "ann", "CRANE-1")
        (assignment,) = enrollment.assignments
        assert (assignment.source, assignment.due_on) == (
            AssignmentSource.IMPORT,
            date(2026, 12, 31),
        )
        assert enrollment.due is not None
        assert enrollment.due.day == date(2026, 12, 31)
        assert status_of(service_of(store), "ann", "CRANE-1") is Status.NOT_STARTED

    def test_what_in_progress_records(self) -> None:
        store = FailingStore()
        imported(GO1, service_of(store), *ROWS)
        events = events_of(store, "bo", "CRANE-1")
        start = datetime(2026, 1, 5, tzinfo=UTC)
        assert [(event.row, event.actor, event.at) for event in events] == [
            ("enroll", "system:eva", start),
            ("enroll", "system:eva", start),
            ("start", "system:eva", start),
        ]
        assert [each.source for each in enrollment_of(store, "bo", "CRANE-1").assignments] == [
            AssignmentSource.SELF
        ]
        assert status_of(service_of(store), "bo", "CRANE-1") is Status.IN_PROGRESS

    def test_what_completed_records(self) -> None:
        store = FailingStore()
        imported(GO1, service_of(store), *ROWS)
        (event,) = events_of(store, "ann", "FORK-1")
        assert (event.row, event.actor, event.at) == (
            "award",
            "admin:eva",
            datetime(2026, 1, 5, tzinfo=UTC),
        )
        assert isinstance(event.fact, CertificateAwarded)
        assert event.fact.score == "87.5"
        (event,) = events_of(store, "cem", "CRANE-1")
        assert isinstance(event.fact, CertificateAwarded)
        assert event.fact.score is None

    def test_who_enrolls_himself_may_have_a_due_day(self) -> None:
        store = FailingStore()
        imported(GO1, service_of(store), *ROWS)
        enrollment = enrollment_of(store, "bo", "FORK-1")
        assert [(each.source, each.due_on) for each in enrollment.assignments] == [
            (AssignmentSource.SELF, date(2026, 11, 30))
        ]

    def test_two_rows_about_one_enrollment(self) -> None:
        for options in (ImportOptions(), REPLACE):
            store = FailingStore()
            for new in (1, 0):
                found = imported(
                    GO1, service_of(store), NOT_STARTED, COMPLETED, options=options
                ).preview
                assert counts(found) == (2, new, 1 - new, 1)
                assert told(found) == {3: ("repeated_in_file", "user")}
            assert status_of(service_of(store), "bo", "CRANE-1") is Status.NOT_STARTED

    def test_where_the_first_is_wrong_the_second_is_still_a_repetition(self) -> None:
        service = service_of(situated("in_progress"))
        found, _ = seen(GO1, service, COMPLETED, IN_PROGRESS)
        assert codes(found) == {2: "active_enrollment", 3: "repeated_in_file"}


PREFIX = "bo@example.org,CRANE-1,assigned,"


class TestFieldRules:
    """Each status with each field: what it may have, must have, and must not have (F7)."""

    @pytest.mark.parametrize(
        ("rest", "problem"),
        [
            ("not-started,,,,,", None),
            ("not-started,,,,,2026-12-31", None),
            ("not-started,50,,,,", ("bad_value", "result")),
            ("not-started,,yes,,,", ("bad_value", "pass")),
            ("not-started,,no,,,", ("bad_value", "pass")),
            ("not-started,,,2026-11-01,,", ("bad_value", "start date")),
            ("not-started,,,,2026-11-01,", ("bad_value", "end date")),
            ("in-progress,,,,,", None),
            ("in-progress,,,2026-11-01,,2026-12-31", None),
            ("in-progress,50,,,,", ("bad_value", "result")),
            ("in-progress,0,,,,", ("bad_value", "result")),
            ("in-progress,,no,,,", ("bad_value", "pass")),
            ("in-progress,,,,2026-11-01,", ("bad_value", "end date")),
            ("completed,,,,2026-11-10,", None),
            ("completed,91,yes,2026-11-10,2026-11-10,2026-12-31", None),
            ("completed,0,1,2026-11-01,2026-11-10,", None),
            ("completed,91,yes,2026-11-01,,", ("missing_value", "end date")),
            ("completed,,,2026-11-11,2026-11-10,", ("bad_value", "end date")),
            ("completed,91,no,,2026-11-10,", ("bad_value", "pass")),
        ],
    )
    def test_each(self, rest: str, problem: tuple[str, str] | None) -> None:
        found, _ = seen(GO1, service_of(), PREFIX + rest)
        assert told(found) == ({} if problem is None else {2: problem})

    @pytest.mark.parametrize(
        ("row", "problem"),
        [
            (",CRANE-1,assigned,not-started,,,,,", ("missing_value", "user")),
            ("bo@example.org,,assigned,not-started,,,,,", ("missing_value", "learning object")),
            ("bo@example.org,CRANE-1,,not-started,,,,,", ("missing_value", "enrollment type")),
            ("bo@example.org,CRANE-1,assigned,,,,,,", ("missing_value", "status")),
            ("bo@example.org,CRANE-1,mandatory,not-started,,,,,",
             ("bad_value", "enrollment type")),
            (PREFIX + "not started,,,,,", ("bad_value", "status")),
            (PREFIX + "pending,,,,,", ("bad_value", "status")),
            (PREFIX + "completed,101,,,2026-11-10,", ("bad_number", "result")),
            (PREFIX + "completed,91%,,,2026-11-10,", ("bad_number", "result")),
            (PREFIX + "completed,,passed,,2026-11-10,", ("bad_value", "pass")),
            (PREFIX + "in-progress,,,1/11/2026,,", ("bad_date", "start date")),
            (PREFIX + "completed,,,,11-10-2026,", ("bad_date", "end date")),
            (PREFIX + "not-started,,,,,someday", ("bad_date", "due date")),
            (PREFIX + "in-progress,,,2026-11-22,,", ("future_date", "start date")),
            (PREFIX + "completed,,,,2026-11-22,", ("future_date", "end date")),
            ("nobody@example.org,CRANE-1,assigned,not-started,,,,,", ("unknown_learner", "user")),
            ("nobody,CRANE-1,assigned,not-started,,,,,", ("bad_email", "user")),
            ("twin@example.org,CRANE-1,assigned,not-started,,,,,", ("ambiguous_learner", "user")),
            ("b\N{LATIN SMALL LETTER O WITH MACRON}@example.org,CRANE-1,assigned,not-started,,,,,",
             ("look_alike_learner", "user")),
            ("bo@example.org,CRANE-9,assigned,not-started,,,,,",
             ("unknown_certification", "learning object")),
            ("eva@example.org,CRANE-1,assigned,not-started,,,,,", ("not_permitted", "user")),
            (",".join(GO1.examples[0]), ("example_row", None)),
            (",".join(GO1.examples[1]), ("example_row", None)),
            ("bo@example.org,FIRE-1,self-directed,not-started,,,,,", ("refused", None)),
        ],
    )  # fmt: skip
    def test_each_error_has_its_code_and_column(
        self, row: str, problem: tuple[str, str | None]
    ) -> None:
        found, _ = seen(GO1, service_of(), row)
        assert counts(found) == (1, 0, 0, 1)
        assert told(found) == {2: problem}

    def test_ascii_case_and_optional_columns(self) -> None:
        source = file_of(
            GO1,
            "In-Progress;ASSIGNED;crane OPERATOR;BO@example.org",
            heading="Status;Enrollment type;Learning object;User",
        )
        found = service_of().preview_import(source, format=GO1, actor=EVA, now=NOW)
        assert counts(found) == (1, 1, 0, 0)


class TestActiveEnrollment:
    """Without the option an open enrollment is never made room for."""

    @pytest.mark.parametrize("row", [NOT_STARTED, IN_PROGRESS, COMPLETED])
    @pytest.mark.parametrize("name", OPEN)
    def test_every_other_status_is_in_the_way(self, name: str, row: str) -> None:
        store = situated(name)
        before = held(store)
        found = imported(GO1, service_of(store), row).preview
        if (name, row) == ("not_started", NOT_STARTED):
            assert counts(found) == (1, 0, 1, 0)
        else:
            assert told(found) == {2: ("active_enrollment", "learning object")}
            status = str(SITUATIONS[name][1]).replace("_", " ")
            assert found.problems[0].message == f"there is an enrollment, which is {status}"
        assert held(store) == before

    @pytest.mark.parametrize(
        ("row", "status"),
        [
            (NOT_STARTED, Status.NOT_STARTED),
            (IN_PROGRESS, Status.IN_PROGRESS),
            (COMPLETED, Status.CERTIFIED),
        ],
    )
    @pytest.mark.parametrize("name", ["none", "assigned"])
    def test_nothing_and_an_assignment_are_not(self, name: str, row: str, status: Status) -> None:
        service = service_of(situated(name))
        assert imported(GO1, service, row).preview.new == 1
        assert status_of(service, "bo", "CRANE-1") is status
        check_laws(GO1, [row], before=SITUATIONS[name][0])

    def test_just_so_far_is_known(self) -> None:
        service = service_of(situated("in_progress"))
        rows = {
            "in-progress,,,2026-06-03,,": NEW,
            "in-progress,,,,,": NEW,
            "in-progress,,,2026-06-02,,": ERROR,
        }
        for rest, outcome in rows.items():
            _, shown = seen(GO1, service, PREFIX + rest)
            assert shown[2].outcome is (KNOWN if outcome is NEW else ERROR), rest

    def test_a_completion_of_that_day_is_known(self) -> None:
        service = service_of(situated("certified"))
        _, shown = seen(GO1, service, PREFIX + "completed,,,,2025-12-01,")
        assert shown[2].outcome is KNOWN

    def test_another_due_day_is_something_new(self) -> None:
        store = FailingStore()
        service = service_of(store)
        row = PREFIX + "not-started,,,,,"
        imported(GO1, service, row + "2026-12-31")
        found, _ = seen(GO1, service, row + "2027-01-31")
        assert codes(found) == {2: "active_enrollment"}
        for due in ("2027-01-31", "2026-12-31", "2026-12-15"):
            imported(GO1, service, row + due, options=REPLACE)
            assert seen(GO1, service, row + due, options=REPLACE)[0].already_completed == 1
        enrollment = enrollment_of(store, "bo", "CRANE-1")
        assert [(each.reference, str(each.due_on)) for each in enrollment.assignments] == [
            (None, "2026-12-31"),
            ("2027-01-31", "2027-01-31"),
            ("2026-12-15", "2026-12-15"),
        ]
        assert enrollment.due is not None
        assert enrollment.due.day == date(2027, 1, 31)

    def test_an_assignment_that_is_there_already_serves(self) -> None:
        store = FailingStore()
        service = service_of(store)
        given(service, "2026-06-01", EVA, Assign(source=AssignmentSource.IMPORT))
        imported(GO1, service, NOT_STARTED)
        assert len(enrollment_of(store, "bo", "CRANE-1").assignments) == 1

    def test_what_began_before_the_assignment_is_refused(self) -> None:
        service = service_of(situated("assigned"))
        found, _ = seen(GO1, service, PREFIX + "in-progress,,,2026-05-31,,")
        assert told(found) == {2: ("refused", None)}
        assert "(before_last_fact)" in found.problems[0].message


REFUSED = "refused"
IN_THE_WAY = "active_enrollment"
REPLACED: Mapping[str, tuple[Status | str, Status | str, Status | str]] = {
    # what a row of each state makes of it: not started, in progress, completed
    "not_started": ("known", Status.IN_PROGRESS, Status.CERTIFIED),
    "in_progress": (Status.NOT_STARTED, Status.IN_PROGRESS, Status.CERTIFIED),
    "pending_approval": (Status.NOT_STARTED, Status.IN_PROGRESS, Status.CERTIFIED),
    "certified": (IN_THE_WAY, Status.RECERTIFYING, Status.CERTIFIED),
    "certified since yesterday": (IN_THE_WAY, REFUSED, Status.CERTIFIED),
    "expired": (IN_THE_WAY, Status.RECERTIFYING, Status.CERTIFIED),
    "lapsed": (IN_THE_WAY, Status.RECERTIFYING, Status.CERTIFIED),
    "recertifying": (IN_THE_WAY, Status.RECERTIFYING, Status.CERTIFIED),
    "revoked": (REFUSED, REFUSED, REFUSED),
    "revoked with a certificate": (IN_THE_WAY, REFUSED, REFUSED),
    "disallowed": (IN_THE_WAY, REFUSED, REFUSED),
}


class TestArchiveAndReplace:
    @pytest.mark.parametrize("which", [0, 1, 2])
    @pytest.mark.parametrize("name", OPEN)
    def test_every_status_and_every_state(self, name: str, which: int) -> None:
        row = (NOT_STARTED, IN_PROGRESS, COMPLETED)[which]
        expected = REPLACED[name][which]
        store = situated(name)
        service, untouched = service_of(store), held(store)
        history = events_of(store, "bo", "CRANE-1")
        before = enrollment_of(store, "bo", "CRANE-1")
        found = imported(GO1, service, row, options=REPLACE)
        if not isinstance(expected, Status):
            code = {} if expected == "known" else {2: expected}
            assert (codes(found.preview), found.import_id) == (code, None)
            assert held(store) == untouched
            return
        assert found.preview.new == 1
        assert status_of(service, "bo", "CRANE-1") is expected
        # Nothing is deleted: what was, is there as it was; what was struck says why.
        after = events_of(store, "bo", "CRANE-1")
        assert after[: len(history)] == history
        strikes = [each for each in after if isinstance(each.fact, EntryStruck)]
        assert {each.reason for each in strikes} <= {"archived: an import has replaced it"}
        cycle = before.open_cycle
        if cycle is None or row == COMPLETED:
            assert strikes == []
        else:
            struck = [each.fact.entry for each in strikes if isinstance(each.fact, EntryStruck)]
            assert struck == sorted(struck, reverse=True)
            assert struck[-1] == cycle.entry
            assert struck_entries(after) == {
                each.entry for each in history if each.entry >= cycle.entry
            }
        assert {each.import_id for each in after[len(history) :]} == {found.import_id}
        # As it was known before the import, everything is answered as it was.
        last = history[-1].recorded_at
        assert (
            replay(after, learner="bo", certification="CRANE-1", known_at=last).status_at(NOW)
            is SITUATIONS[name][1]
        )
        check_laws(GO1, [row], options=REPLACE, before=SITUATIONS[name][0])

    def test_an_award_ends_the_open_cycle_which_stays_readable(self) -> None:
        store = situated("pending_approval")
        imported(GO1, service_of(store), COMPLETED, options=REPLACE)
        enrollment = enrollment_of(store, "bo", "CRANE-1")
        (cycle,) = enrollment.cycles
        assert cycle.ended_at == datetime(2026, 11, 10, tzinfo=UTC)
        assert [each.state.value for each in cycle.requests] == ["superseded"]

    def test_the_self_assignment_goes_with_the_cycle_and_the_due_day_comes(self) -> None:
        store = FailingStore()
        service = service_of(store)
        given(service, "2026-06-02", BO, Enroll())
        row = "bo@example.org,CRANE-1,self-directed,in-progress,,,2026-11-01,,2026-12-31"
        imported(GO1, service, row, options=REPLACE)
        enrollment = enrollment_of(store, "bo", "CRANE-1")
        assert [(each.source, each.reference, each.due_on) for each in enrollment.assignments] == [
            (AssignmentSource.SELF, None, date(2026, 12, 31))
        ]
        assert enrollment.due is not None
        assert enrollment.due.day == date(2026, 12, 31)

    def test_a_recertification_has_a_due_day_of_its_own(self) -> None:
        for name in ("lapsed", "recertifying"):
            check_laws(
                GO1, [f"{IN_PROGRESS}2026-12-31"], options=REPLACE, before=SITUATIONS[name][0]
            )

    def test_what_lies_before_the_open_cycle_stays(self) -> None:
        store = FailingStore()
        service = service_of(store)
        _recertifying(service)
        imported(GO1, service, IN_PROGRESS, options=REPLACE)
        enrollment = enrollment_of(store, "bo", "CRANE-1")
        assert [each.issued_at for each in enrollment.certificates] == [at("2025-12-01")]
        (cycle,) = enrollment.cycles
        assert cycle.began_at == datetime(2026, 11, 1, tzinfo=UTC)

    def test_whose_fee_is_open_is_not_started(self) -> None:
        store = FailingStore()
        (version,) = FORK.versions
        policy = evolve(version.policy, fees=evolve(version.policy.fees, certification=True))
        versions = (evolve(version, policy=policy),)
        store.put_certifications([evolve(FORK, code="PAID-1", versions=versions)])
        row = "bo@example.org,PAID-1,assigned,in-progress,,,,,"
        found, _ = seen(GO1, service_of(store), row)
        assert told(found) == {2: ("refused", None)}
        assert "(cycle_fee_is_settled)" in found.problems[0].message

    def test_interrupted_and_gone_on_with_by_others(self) -> None:
        """The cycle that the import began may have the number of the one that it struck."""
        store = situated("in_progress")
        service = service_of(store)
        rows = (IN_PROGRESS, "ann@example.org,CRANE-1,assigned,not-started,,,,,")
        expected, _ = seen(GO1, service, *rows, options=REPLACE)
        store.writes, store.fails_at, store.fails_before = 0, 2, False
        with pytest.raises(BreakdownError):
            imported(GO1, service, *rows, options=REPLACE)
        service.perform(
            SubmitEvidence(step="course"),
            learner="bo", certification="CRANE-1", actor=BO, now=NOW,
        )  # fmt: skip
        (request,) = enrollment_of(store, "bo", "CRANE-1").requests
        service.perform(
            ApproveEvidence(request=request.number),
            learner="bo", certification="CRANE-1", actor=Actor.parse("approver:eva"), now=NOW,
        )  # fmt: skip
        assert status_of(service, "bo", "CRANE-1") is Status.CERTIFIED
        found = imported(GO1, service, *rows, options=REPLACE)
        assert evolve(found.preview, resumes=None) == expected
        assert status_of(service, "bo", "CRANE-1") is Status.CERTIFIED
        assert [record.finished for record in store.imports()] == [True]


class TestOptions:
    def test_the_options_of_every_import(self) -> None:
        store = FailingStore()
        row = "bo@example.org,CRANE-1,assigned,in-progress,,,01/11/2026,,31/12/2026"
        options = ImportOptions(dates="dd/mm/yyyy", notify=False, limits=Limits(row_limit=1))
        found = imported(GO1, service_of(store), row, row, options=options)
        assert counts(found.preview) == (2, 1, 0, 1)
        assert codes(found.preview) == {3: "beyond_row_limit"}
        assert waiting(store) == []
        imported(GO1, service_of(store), NOT_STARTED.replace("bo@", "ann@"))
        assert "ann" in waiting(store)

    def test_out_of_scope_reads_as_unknown(self) -> None:
        north = Actor(role=Role.ADMIN, id="olaf", scope=Scope.organizations("north"))
        found, _ = seen(GO1, service_of(), *ROWS, actor=north)
        assert {
            each.row: each.message for each in found.problems if each.row != 7
        } == dict.fromkeys((3, 5, 6), "unknown learner")

    def test_the_system_may_import_and_others_not(self) -> None:
        assert imported(GO1, service_of(), NOT_STARTED, actor=SYSTEM).preview.new == 1
        with pytest.raises(RefusedError, match="role_may_not"):
            seen(GO1, service_of(), NOT_STARTED, actor=Actor.parse("manager:ann"))

    def test_the_token_refuses_what_has_changed_meanwhile(self) -> None:
        store = situated("assigned")
        service = service_of(store)
        token = seen(GO1, service, NOT_STARTED)[0].token
        given(service, "2026-11-20", BO, Enroll())
        before = held(store)
        with pytest.raises(Exception, match="outdated_preview"):
            imported(GO1, service, NOT_STARTED, token=token)
        assert held(store) == before
