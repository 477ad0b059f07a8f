"""Row 39, R14 and P13: an enrollment is moved to another version, and re-dated only when asked."""

from __future__ import annotations

from datetime import date

import pytest
from attrs import evolve

from certlib.certifications import (
    Certification,
    Curriculum,
    Exam,
    External,
    Step,
    Version,
    VersionState,
)
from certlib.errors import HistoryRequiredError
from certlib.periods import Period
from certlib.policies import (
    Deadlines,
    ExamRules,
    FromCompletion,
    Grace,
    InitialDeadline,
    PerCertificate,
    Policy,
    Recertification,
    RecertificationDeadline,
)
from certlib.state import CycleKind, RequestState, Status
from certlib.state.commands import (
    Assign,
    Award,
    CompleteStep,
    Enroll,
    ExtendCertificate,
    ExtendDeadline,
    ForceRecertification,
    MoveToVersion,
    PermanentlyRevoke,
    RecordExam,
    RequestAttempts,
    RevokeAccess,
    StartRecertification,
    SubmitEvidence,
)
from tests.state.sample import P1Y, P30D, PATHS, PATHS_AND_EXAM, course
from tests.state.situations import told
from tests.state.story import ANN, Story, instant, reached, started, statuses, tags

P6M = Period.parse("P6M")
MOVED = MoveToVersion(version=2)
REDATED = MoveToVersion(version=2, redate=True)


ONE_YEAR = Policy(validity=FromCompletion(period=P1Y), grace=Grace(period=P30D))
VISIT = Step(code="visit", paths=(External(),))
FIRST = Version(number=1, published_on=date(2020, 1, 1), initial=PATHS, policy=ONE_YEAR)
SECOND = evolve(FIRST, number=2)


def valid_for(period: str, grace: str = "P30D") -> Version:
    """A second version under which certificates run so long."""
    rules = Policy(
        validity=FromCompletion(period=Period.parse(period)),
        grace=Grace(period=Period.parse(grace)),
    )
    return evolve(SECOND, policy=rules)


def needing(initial: Curriculum, recertification: Curriculum | None = None) -> Version:
    """A second version with other steps."""
    return evolve(SECOND, initial=initial, recertification=recertification or initial)


def only(first: Version = FIRST) -> Certification:
    return Certification(code="MOVED-1", versions=(first,))


def publish(story: Story, second: Version = SECOND) -> Story:
    """From now on there is a second version."""
    versions = (*story.case.certification.versions, second)
    story.case = evolve(story.case, certification=evolve(only(), versions=versions))
    return story


def awarded(second: Version = SECOND, now: str = "2025-06-01") -> Story:
    """Valid through 1 January 2026 by the first version; now there are two."""
    story = Story(only())
    story.give(Award())
    return publish(story.wait(now), second)


def in_cycle(second: Version, first: Version = FIRST) -> Story:
    """Started under the first version; now there are two."""
    return publish(started(only(first)), second)


class TestRow39MoveToVersion:
    def test_what_it_records_in_a_cycle(self) -> None:
        story = in_cycle(SECOND)
        given = story.give(MOVED)
        assert tags(given) == ["cycle_moved"]
        assert statuses(given) == (Status.IN_PROGRESS, Status.IN_PROGRESS)
        assert [notice.kind for notice in given.notices] == ["version_changed"]
        assert given.events[0].version == 2
        assert story.enrollment.cycles[0].version == 2

    def test_what_it_records_without_one(self) -> None:
        story = awarded()
        before = story.enrollment.certificates
        given = story.give(MOVED)
        assert tags(given) == ["version_chosen"]
        assert statuses(given) == (Status.CERTIFIED, Status.CERTIFIED)
        assert story.enrollment.certificates == before

    @pytest.mark.parametrize("status", list(Status))
    def test_from_each_status(self, status: Status) -> None:
        story = reached()[status]
        second = evolve(story.case.certification.versions[0], number=2)
        versions = (*story.case.certification.versions, second)
        story.case = evolve(
            story.case, certification=evolve(story.case.certification, versions=versions)
        )
        assert statuses(story.give(MOVED)) == (status, status)

    def test_not_without_a_status(self) -> None:
        assert Story(only()).refused(MOVED) == ["not_while_none"]

    def test_who_may(self) -> None:
        assert awarded().who_may(MOVED) == {"admin"}

    def test_an_inactive_certification_and_learner(self) -> None:
        story = awarded()
        certification = evolve(story.case.certification, active=False)
        story.case = evolve(
            story.case, certification=certification, learner=evolve(ANN, active=False)
        )
        story.give(MOVED)

    @pytest.mark.parametrize(
        "second",
        [
            evolve(SECOND, state=VersionState.RETIRED),
            evolve(SECOND, state=VersionState.DRAFT, published_on=None),
            evolve(SECOND, published_on=date(2025, 6, 2)),
            evolve(SECOND, number=3),
        ],
    )
    def test_a_version_that_is_not_published(self, second: Version) -> None:
        story = awarded(second)
        (reason,) = story.reasons(MOVED)
        assert reason.code == "version_can_be_chosen"
        known = "1, 3" if second.number == 3 else "1"
        assert reason.text == f"that version is not published; the published versions are: {known}"

    def test_on_the_day_of_its_publication(self) -> None:
        awarded(evolve(SECOND, published_on=date(2025, 6, 1))).give(MOVED)

    def test_the_same_version(self) -> None:
        for story in (awarded(), in_cycle(SECOND)):
            (reason,) = story.reasons(MoveToVersion(version=1))
            assert reason.code == "version_is_another_one"
            assert reason.text == "the enrollment is already at version 1"

    def test_in_a_cycle_its_version_counts_and_not_the_certificates(self) -> None:
        story = awarded()
        story.give(StartRecertification(), "learner:ann")  # by the newest version, the second
        assert story.refused(MOVED) == ["version_is_another_one"]
        story.give(MoveToVersion(version=1))

    def test_back_again(self) -> None:
        story = in_cycle(SECOND)
        story.give(MOVED)
        story.give(MoveToVersion(version=1))
        assert story.enrollment.cycles[0].version == 1

    def test_to_what_is_only_awarded(self) -> None:
        second = evolve(SECOND, policy=Policy(validity=PerCertificate()))
        (reason,) = in_cycle(second).reasons(MOVED)
        assert reason.code == "version_takes_the_cycle"
        assert (
            reason.text
            == "under that version the certification can only be awarded, and a cycle is open"
        )
        awarded(second).give(MOVED)

    def test_redating_to_what_is_only_awarded_computes_nothing(self) -> None:
        story = awarded(evolve(SECOND, policy=Policy(validity=PerCertificate())))
        assert tags(story.give(REDATED)) == ["version_chosen"]
        assert story.enrollment.certificates[0].last_valid_day == date(2026, 1, 1)


class TestAnOpenCycle:
    """What is done stays done for the same codes; requests for what is lacking are superseded (R14)."""

    def test_what_is_done_stays_done(self) -> None:
        story = in_cycle(needing(Curriculum(steps=(*PATHS.steps, course("drill")))))
        story.give(CompleteStep(step="course"), "system")
        story.give(MOVED)
        assert story.enrollment.cycles[0].missing_steps == ("visit", "drill")

    def test_what_the_version_lacks_stays_recorded(self) -> None:
        story = in_cycle(needing(Curriculum(steps=(VISIT, course("drill")))))
        story.give(CompleteStep(step="course"), "system")
        story.give(MOVED)
        cycle = story.enrollment.cycles[0]
        assert ([each.step for each in cycle.done], cycle.missing_steps) == (
            ["course"],
            ("visit", "drill"),
        )
        story.give(MoveToVersion(version=1))
        assert story.enrollment.cycles[0].missing_steps == ("visit",)

    def test_with_nothing_missing_the_certificate_is_issued_by_the_new_version(self) -> None:
        second = evolve(valid_for("P2Y"), initial=Curriculum(steps=(course(),)))
        story = in_cycle(second)
        story.give(CompleteStep(step="course"), "system")
        given = story.give(MOVED, now="2025-02-01")
        assert tags(given) == ["cycle_moved", "certificate_issued"]
        assert statuses(given) == (Status.IN_PROGRESS, Status.CERTIFIED)
        (certificate,) = story.enrollment.certificates
        assert (certificate.version, certificate.last_valid_day) == (2, date(2027, 2, 1))

    def test_it_may_leave_only_approvals(self) -> None:
        story = in_cycle(needing(Curriculum(steps=(VISIT,))))
        story.give(SubmitEvidence(step="visit"), "learner:ann")
        given = story.give(MOVED)
        assert statuses(given) == (Status.IN_PROGRESS, Status.PENDING_APPROVAL)

    def test_from_pending_approval_back_into_the_cycle(self) -> None:
        story = in_cycle(needing(Curriculum(steps=(*PATHS.steps, course("drill")))))
        for step in ("course", "visit"):
            story.give(SubmitEvidence(step=step), "learner:ann")
        given = story.give(MOVED)
        assert statuses(given) == (Status.PENDING_APPROVAL, Status.IN_PROGRESS)

    def test_requests_for_steps_that_are_lacking_are_superseded(self) -> None:
        story = in_cycle(needing(Curriculum(steps=(VISIT,))))
        for step in ("course", "visit"):
            story.give(SubmitEvidence(step=step), "learner:ann")
        given = story.give(MOVED)
        assert statuses(given) == (Status.PENDING_APPROVAL, Status.PENDING_APPROVAL)
        assert [each.state for each in story.enrollment.requests] == [
            RequestState.SUPERSEDED,
            RequestState.OPEN,
        ]

    def test_from_pending_approval_to_certified(self) -> None:
        story = in_cycle(needing(Curriculum(steps=(course(),))))
        story.give(CompleteStep(step="course"), "system")
        story.give(SubmitEvidence(step="visit"), "learner:ann")
        given = story.give(MOVED)
        assert statuses(given) == (Status.PENDING_APPROVAL, Status.CERTIFIED)

    def test_requests_about_an_exam_that_is_lacking_are_superseded(self) -> None:
        rules = evolve(ONE_YEAR, exam=ExamRules(attempts=1, approval=True))
        first = evolve(FIRST, initial=PATHS_AND_EXAM, policy=rules)
        held = in_cycle(SECOND, first)
        held.give(RecordExam(passed=True), "system")
        held.give(MOVED)
        assert [each.state for each in held.enrollment.requests] == [RequestState.SUPERSEDED]
        asked = in_cycle(SECOND, first)
        asked.give(RecordExam(passed=False), "system")
        asked.give(RequestAttempts(), "learner:ann")
        asked.give(MOVED)
        assert [each.state for each in asked.enrollment.requests] == [RequestState.SUPERSEDED]

    def test_requests_about_an_exam_that_is_there_go_on(self) -> None:
        rules = evolve(ONE_YEAR, exam=ExamRules(approval=True))
        first = evolve(FIRST, initial=PATHS_AND_EXAM, policy=rules)
        story = in_cycle(evolve(first, number=2), first)
        story.give(RecordExam(passed=True), "system")
        story.give(MOVED)
        assert [each.state for each in story.enrollment.requests] == [RequestState.OPEN]

    def test_attempts_counted_stay_counted(self) -> None:
        once = evolve(ONE_YEAR, exam=ExamRules(attempts=1))
        first = evolve(FIRST, initial=PATHS_AND_EXAM, policy=once)
        twice = evolve(once, exam=ExamRules(attempts=2))
        story = in_cycle(evolve(first, number=2, policy=twice), first)
        story.give(RecordExam(passed=False), "system")
        assert story.refused(RecordExam(passed=True), "system") == ["attempts_are_left"]
        story.give(MOVED)
        story.give(RecordExam(passed=False), "system")
        assert story.refused(RecordExam(passed=True), "system") == ["attempts_are_left"]

    def test_an_exam_that_comes_with_it_is_missing(self) -> None:
        second = needing(Curriculum(steps=(course(),), exam=Exam(code="exam")))
        story = in_cycle(second)
        story.give(CompleteStep(step="course"), "system")
        assert story.give(MOVED).after is Status.IN_PROGRESS
        assert story.give(RecordExam(passed=True), "system").after is Status.CERTIFIED

    def test_the_route_stays(self) -> None:
        """Who lapsed long ago does the initial curriculum of the new version, too (P3)."""
        late = Recertification(initial_again_after=P1Y)
        long, short = PATHS, Curriculum(steps=(VISIT,))
        first = evolve(
            FIRST,
            initial=long,
            recertification=short,
            policy=evolve(ONE_YEAR, recertification=late),
        )
        second = evolve(first, number=2, initial=Curriculum(steps=(*PATHS.steps, course("drill"))))
        for now, curriculum, needs in (
            ("2027-01-01", CycleKind.RECERTIFICATION, ("visit",)),
            ("2027-01-02", CycleKind.INITIAL, ("course", "visit", "drill")),
        ):
            story = Story(only(first))
            story.give(Award())
            story.give(StartRecertification(), "learner:ann", now)
            publish(story, second).give(MOVED)
            (cycle,) = story.enrollment.cycles
            assert cycle.kind is CycleKind.RECERTIFICATION
            assert (cycle.curriculum, cycle.needs) == (curriculum, needs)

    def test_not_started_it_stays_so(self) -> None:
        story = Story(only())
        story.give(Enroll(), "learner:ann")
        assert publish(story).give(MOVED).after is Status.NOT_STARTED


def due(initial: Period | date | None, again: Period | None, *, hard: bool = False) -> Policy:
    deadlines = Deadlines(
        initial=InitialDeadline(due=initial, hard=hard),
        recertification=RecertificationDeadline(due=again, hard=hard),
    )
    return evolve(ONE_YEAR, deadlines=deadlines)


class TestDueDays:
    """Moving never moves a due day earlier by itself (P8)."""

    @pytest.mark.parametrize(
        ("first", "second", "day"),
        [
            (P30D, P6M, date(2025, 7, 1)),
            (P6M, P30D, date(2025, 7, 1)),
            (None, P30D, date(2025, 1, 31)),
            (P30D, None, date(2025, 1, 31)),
            (P30D, date(2025, 12, 31), date(2025, 12, 31)),
            (None, None, None),
        ],
    )
    def test_of_an_initial_cycle(
        self, first: Period | None, second: Period | date | None, day: date | None
    ) -> None:
        story = in_cycle(
            evolve(SECOND, policy=due(second, None)), evolve(FIRST, policy=due(first, None))
        )
        story.give(MOVED, now="2025-01-20")
        found = story.enrollment.due
        assert (found and found.day) == day

    def test_from_the_latest_assignment(self) -> None:
        story = in_cycle(evolve(SECOND, policy=due(P30D, None)))
        story.give(Assign(), now="2025-02-01")
        story.give(MOVED, now="2025-02-05")
        found = story.enrollment.due
        assert found is not None
        assert found.day == date(2025, 3, 3)

    def test_whether_it_is_hard_is_for_the_new_version_to_say(self) -> None:
        story = in_cycle(
            evolve(SECOND, policy=due(P30D, None, hard=True)),
            evolve(FIRST, policy=due(P30D, None)),
        )
        story.give(MOVED)
        assert story.refused(CompleteStep(step="course"), "system", "2025-02-01") == [
            "deadline_is_ahead"
        ]

    def test_a_personal_extension_stays(self) -> None:
        story = in_cycle(
            evolve(SECOND, policy=due(P30D, None)), evolve(FIRST, policy=due(P30D, None))
        )
        story.give(ExtendDeadline(until=date(2025, 4, 1)))
        story.give(MOVED)
        found = story.enrollment.due
        assert found is not None
        assert found.day == date(2025, 4, 1)

    def recertifying(self, first: Period | None, second: Period | None) -> Story:
        story = Story(only(evolve(FIRST, policy=due(None, first))))
        story.give(Award())
        story.give(StartRecertification(), "learner:ann", "2025-06-01")
        return publish(
            story,
            evolve(
                valid_for("P2Y"),
                policy=evolve(valid_for("P2Y").policy, deadlines=due(None, second).deadlines),
            ),
        )

    @pytest.mark.parametrize(
        ("first", "second", "day"),
        [
            (Period(), P30D, date(2026, 1, 31)),
            (P30D, Period(), date(2026, 1, 31)),
            (None, Period(), date(2026, 1, 1)),
            (None, None, None),
        ],
    )
    def test_of_a_recertification(
        self, first: Period | None, second: Period | None, day: date | None
    ) -> None:
        story = self.recertifying(first, second)
        story.give(MOVED)
        found = story.enrollment.due
        assert (found and found.day) == day

    def test_re_dated_it_follows_the_new_last_valid_day(self) -> None:
        story = self.recertifying(Period(), P30D)
        given = story.give(REDATED)
        assert tags(given) == ["certificate_redated", "cycle_moved"]
        found = story.enrollment.due
        assert found is not None
        assert found.day == date(2027, 1, 31)
        story.give(ExtendCertificate(until=date(2027, 3, 1)))
        found = story.enrollment.due
        assert found is not None
        assert found.day == date(2027, 3, 31)

    def test_after_a_revocation_the_one_there_is_stays(self) -> None:
        story = Story(only(evolve(FIRST, policy=due(None, P30D))))
        story.give(Award())
        story.give(ForceRecertification(), now="2025-06-01")
        publish(story, evolve(SECOND, policy=due(None, P6M))).give(MOVED)
        found = story.enrollment.due
        assert found is not None
        assert found.day == date(2025, 7, 1)


class TestReDating:
    """Only when asked for, and never a certificate that is revoked or explicit (P13)."""

    def last_day(self, story: Story) -> date | None:
        newest = story.enrollment.newest_certificate
        assert newest is not None
        return newest.last_valid_day

    def test_what_it_records(self) -> None:
        story = awarded(valid_for("P2Y"))
        given = story.give(REDATED)
        assert tags(given) == ["certificate_redated"]
        assert statuses(given) == (Status.CERTIFIED, Status.CERTIFIED)
        (certificate,) = story.enrollment.certificates
        assert (certificate.version, certificate.last_valid_day) == (2, date(2027, 1, 1))
        assert certificate.terms.issued_on == date(2025, 1, 1)

    @pytest.mark.parametrize(
        ("status", "done"),
        [
            (Status.NOT_STARTED, ""),
            (Status.IN_PROGRESS, "; start"),
            (Status.PENDING_APPROVAL, "; start; submit_evidence step=course"),
        ],
    )
    def test_in_an_initial_cycle_one_that_was_over_when_it_was_entered(
        self, status: Status, done: str
    ) -> None:
        """An award that is history leaves the cycle open (R3); its certificate is the newest all the same."""
        entered = "2025-01-10 assign; enroll; 2025-01-20 award on=2024-01-15"
        story = told(f"{entered}{done}; 2025-06-01 wait", world=" | two_years")
        assert self.last_day(story) == date(2025, 1, 15)
        given = story.give(REDATED)
        assert tags(given) == ["certificate_redated", "cycle_moved"]
        assert statuses(given) == (status, status)
        assert self.last_day(story) == date(2026, 1, 15)
        assert story.enrollment.certified_at(story.now)

    def test_not_unless_asked_for(self) -> None:
        story = awarded(valid_for("P2Y"))
        story.give(MOVED)
        assert self.last_day(story) == date(2026, 1, 1)

    @pytest.mark.parametrize(
        ("now", "day"),
        [
            ("2025-06-01", date(2025, 7, 1)),  # the new day is ahead
            ("2025-07-01", date(2025, 7, 1)),
            ("2025-07-02", date(2025, 7, 2)),  # the day of the move is not over
            ("2026-01-01 23:59", date(2026, 1, 1)),
            ("2026-01-02", date(2026, 1, 1)),  # it was over before
            ("2026-06-01", date(2026, 1, 1)),
        ],
    )
    def test_it_never_ends_before_the_day_of_the_move_nor_the_former_day(
        self, now: str, day: date
    ) -> None:
        story = awarded(valid_for("P6M"), now)
        story.give(REDATED)
        assert self.last_day(story) == day

    @pytest.mark.parametrize(
        ("second", "now", "before", "after"),
        [
            (valid_for("P2Y"), "2026-01-10", Status.EXPIRED, Status.CERTIFIED),
            (valid_for("P1Y", "P6M"), "2026-01-10", Status.EXPIRED, Status.EXPIRED),
            (valid_for("P1Y", "P0D"), "2026-01-10", Status.EXPIRED, Status.LAPSED),
            (valid_for("P2Y"), "2026-06-01", Status.LAPSED, Status.CERTIFIED),
            (valid_for("P1Y", "P6M"), "2026-06-01", Status.LAPSED, Status.EXPIRED),
            (valid_for("P6M"), "2026-06-01", Status.LAPSED, Status.LAPSED),
        ],
    )
    def test_one_that_is_over(
        self, second: Version, now: str, before: Status, after: Status
    ) -> None:
        assert statuses(awarded(second, now).give(REDATED)) == (before, after)

    def test_to_a_zone_that_is_ahead(self) -> None:
        """The day of the move is not over there, whatever day it is where the certificate is from."""
        second = valid_for("P6M")
        ahead = evolve(second, policy=evolve(second.policy, time_zone="Pacific/Auckland"))
        story = awarded(ahead, "2026-01-01 22:00")
        given = story.give(REDATED)
        assert statuses(given) == (Status.CERTIFIED, Status.CERTIFIED)
        assert self.last_day(story) == date(2026, 1, 2)

    def test_one_that_is_over_to_a_zone_that_is_ahead(self) -> None:
        second = valid_for("P6M")
        ahead = evolve(second, policy=evolve(second.policy, time_zone="Pacific/Auckland"))
        story = awarded(ahead, "2026-01-02 05:00")
        given = story.give(REDATED)
        assert statuses(given) == (Status.EXPIRED, Status.EXPIRED)
        assert self.last_day(story) == date(2026, 1, 1)

    def test_in_force_again_the_gap_stays(self) -> None:
        story = awarded(valid_for("P2Y"), "2026-06-01")
        story.give(REDATED)
        assert story.status_at("2026-01-15") is Status.EXPIRED
        assert story.status_at("2026-03-01") is Status.LAPSED
        assert story.status_at("2026-06-01") is Status.CERTIFIED

    def test_an_extension_stays(self) -> None:
        story = awarded(valid_for("P6M"))
        story.give(ExtendCertificate(until=date(2026, 9, 1)))
        story.give(REDATED)
        assert self.last_day(story) == date(2026, 9, 1)
        assert story.enrollment.certificates[0].extended_to == date(2026, 9, 1)

    def test_into_forever(self) -> None:
        story = awarded(evolve(SECOND, policy=Policy()), "2026-06-01")
        assert story.give(REDATED).after is Status.CERTIFIED
        assert self.last_day(story) is None

    @pytest.mark.parametrize(
        "award", [Award(expires_on=date(2025, 12, 31)), Award(always_valid=True)]
    )
    def test_an_explicit_one_keeps_its_dates(self, award: Award) -> None:
        story = Story(only())
        story.give(award)
        before = story.enrollment.certificates
        given = publish(story, valid_for("P2Y")).give(REDATED)
        assert tags(given) == ["version_chosen"]
        assert story.enrollment.certificates == before

    def test_a_revoked_one_keeps_its_dates(self) -> None:
        for command in (PermanentlyRevoke(), ForceRecertification()):
            story = Story(only())
            story.give(Award())
            story.give(command)
            before = story.enrollment.certificates
            publish(story, valid_for("P2Y")).give(REDATED)
            assert story.enrollment.certificates == before

    def test_with_no_certificate_there_is_nothing_to_re_date(self) -> None:
        story = Story(only())
        story.give(Assign())
        assert tags(publish(story, valid_for("P2Y")).give(REDATED)) == ["version_chosen"]
        assert tags(in_cycle(valid_for("P2Y")).give(REDATED)) == ["cycle_moved"]
        barred = Story(only())
        barred.give(Enroll(), "learner:ann")
        barred.give(RevokeAccess())
        assert tags(publish(barred).give(REDATED)) == ["version_chosen"]

    def test_it_needs_the_history(self) -> None:
        story = awarded(valid_for("P2Y"))
        story.case = evolve(story.case, history=None)
        with pytest.raises(HistoryRequiredError):
            story.decided(REDATED)
        assert not isinstance(story.decided(MOVED), HistoryRequiredError)

    def test_once_re_dated_the_enrollment_is_at_that_version(self) -> None:
        story = awarded(valid_for("P2Y"))
        story.give(REDATED)
        assert story.refused(REDATED) == ["version_is_another_one"]

    def test_days_that_there_are_not(self) -> None:
        assert awarded(valid_for("P9000Y")).refused(REDATED) == ["date_in_range"]

    def test_as_known_before_and_after(self) -> None:
        story = awarded(valid_for("P2Y"))
        story.give(REDATED)
        assert story.enrollment.status_at(instant("2026-12-31")) is Status.CERTIFIED
        assert story.enrollment.status_at(instant("2027-01-02")) is Status.EXPIRED
