"""Rows 1, 2, 6, 7, 10 and 11: how an enrollment begins, and how a cycle is finished."""

from __future__ import annotations

from datetime import date

import pytest
from attrs import evolve

from certlib._reasons import ReasonKind
from certlib.actors import Actor, Role, Scope
from certlib.certifications import Access, Certification, VersionState
from certlib.requirements import AllOf, Completed
from certlib.state import AssignmentSource, CycleEnd, CycleKind, Status
from certlib.state.commands import Assign, CompleteStep, Enroll, Start
from certlib.transcript import Completion, CompletionSource, Transcript
from tests.state.sample import (
    FROM_COMPLETION,
    FROM_EXPIRY,
    PER_CERTIFICATE,
    certification,
)
from tests.state.story import ANN, Story, instant, reached, statuses, tags

INACTIVE = evolve(ANN, active=False)
DEAF = evolve(FROM_COMPLETION, active=False)
PUBLISHED_LATER = certification(FROM_COMPLETION.versions[0].policy, published_on=date(2025, 3, 1))
RETIRED: Certification = evolve(
    FROM_COMPLETION,
    versions=(evolve(FROM_COMPLETION.versions[0], state=VersionState.RETIRED),),
)
ELSEWHERE = Actor(role=Role.ADMIN, id="nora", scope=Scope.organizations("north"))


class TestRow1Assign:
    def test_what_it_records(self) -> None:
        story = Story(FROM_COMPLETION)
        given = story.give(Assign(reference="plan-1", due_on=date(2025, 6, 1)))
        assert tags(given) == ["assignment_added"]
        assert statuses(given) == (None, Status.ASSIGNED)
        assert [notice.kind for notice in given.notices] == ["assigned"]
        (assignment,) = story.enrollment.assignments
        assert assignment.source is AssignmentSource.MANUAL
        assert (assignment.reference, assignment.due_on) == ("plan-1", date(2025, 6, 1))
        assert assignment.at == instant("2025-01-01")

    def test_who_may(self) -> None:
        assert Story(FROM_COMPLETION).who_may(Assign()) == {"admin", "system"}

    def test_what_others_are_told(self) -> None:
        (reason,) = Story(FROM_COMPLETION).reasons(Assign(), "learner:ann")
        assert (reason.code, reason.kind) == ("role_may_not", ReasonKind.ACTOR)
        assert "admin, system" in reason.text
        assert "learner" in reason.text

    def test_out_of_scope(self) -> None:
        (reason,) = Story(FROM_COMPLETION).reasons(Assign(), ELSEWHERE)
        assert reason.code == "out_of_scope"
        assert reason.text == "the learner is not in the actor's scope"
        north = Story(FROM_COMPLETION, learner=evolve(ANN, organization="north"))
        north.give(Assign(), ELSEWHERE)

    def test_an_inactive_learner(self) -> None:
        story = Story(FROM_COMPLETION, learner=INACTIVE)
        (reason,) = story.reasons(Assign())
        assert (reason.code, reason.kind) == ("learner_is_active", ReasonKind.GUARD)
        assert reason.text == "the learner is inactive"

    def test_an_inactive_certification(self) -> None:
        (reason,) = Story(DEAF).reasons(Assign())
        assert reason.code == "certification_is_active"
        assert reason.text == "the certification is not active"

    def test_before_the_first_publication_it_says_when(self) -> None:
        story = Story(PUBLISHED_LATER)
        for day in ("2025-01-01", "2025-02-28 23:59"):
            (reason,) = story.reasons(Assign(), now=day)
            assert reason.code == "version_is_published"
            assert reason.text == "the certification has no published version"
            assert reason.opens_at == instant("2025-03-01")
        assert story.give(Assign(), now="2025-03-01").after is Status.ASSIGNED

    def test_without_a_published_version_time_does_not_help(self) -> None:
        (reason,) = Story(RETIRED).reasons(Assign())
        assert (reason.code, reason.opens_at) == ("version_is_published", None)

    def test_everything_that_stands_in_the_way_is_told(self) -> None:
        story = Story(evolve(DEAF, versions=RETIRED.versions), learner=INACTIVE)
        assert story.refused(Assign(), "manager:max") == [
            "role_may_not",
            "out_of_scope",
            "learner_is_active",
            "certification_is_active",
            "version_is_published",
        ]

    def test_what_is_only_awarded_can_be_assigned(self) -> None:
        assert Story(PER_CERTIFICATE).give(Assign()).after is Status.ASSIGNED

    def test_without_a_due_date_there_is_none(self) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Assign(source=AssignmentSource.IMPORT))
        assert story.enrollment.assignments[0].due_on is None


class TestRow2Enroll:
    def test_what_it_records(self) -> None:
        story = Story(FROM_COMPLETION)
        given = story.give(Enroll(), "learner:ann")
        assert tags(given) == ["assignment_added", "cycle_began"]
        assert statuses(given) == (None, Status.NOT_STARTED)
        assert given.notices == ()
        assert story.enrollment.assignments[0].source is AssignmentSource.SELF
        cycle = story.enrollment.open_cycle
        assert cycle is not None
        assert (cycle.number, cycle.kind, cycle.version) == (1, CycleKind.INITIAL, 1)
        assert (cycle.needs, cycle.has_exam) == (("course",), False)
        assert cycle.began_at == instant("2025-01-01")
        assert cycle.started_at is None

    def test_who_may(self) -> None:
        assert Story(FROM_COMPLETION).who_may(Enroll()) == {"learner", "system"}

    def test_a_learner_enrolls_himself_only(self) -> None:
        assert Story(FROM_COMPLETION).refused(Enroll(), "learner:ben") == ["out_of_scope"]

    @pytest.mark.parametrize(
        ("access", "word"),
        [(Access.ASSIGNED_ONLY, "assigned only"), (Access.BY_REQUEST, "by request")],
    )
    def test_access_that_is_not_open(self, access: Access, word: str) -> None:
        story = Story(evolve(FROM_COMPLETION, access=access))
        (reason,) = story.reasons(Enroll(), "learner:ann")
        assert reason.code == "access_is_open"
        assert reason.text == f"learners cannot enroll by themselves: access is {word}"

    def test_an_inactive_learner_an_inactive_certification_no_version(self) -> None:
        story = Story(evolve(DEAF, versions=RETIRED.versions), learner=INACTIVE)
        assert story.refused(Enroll(), "system") == [
            "learner_is_active",
            "certification_is_active",
            "version_is_published",
        ]

    def test_what_is_only_awarded_begins_no_cycle(self) -> None:
        (reason,) = Story(PER_CERTIFICATE).reasons(Enroll(), "learner:ann")
        assert reason.code == "version_begins_cycles"
        assert reason.text.startswith("the certification can only be awarded, ")


class TestEligibility:
    """Something must be completed before one may enroll by himself (P4)."""

    NEEDS = AllOf(of=(Completed(training="ladder"), Completed(training="rope")))

    def story(self, **completed: str) -> Story:
        story = Story(evolve(FROM_COMPLETION, eligibility=self.NEEDS), now="2025-03-01")
        transcript = Transcript(
            completions=tuple(
                Completion(
                    training=training,
                    at=instant(at),
                    recorded_at=instant(at),
                    source=CompletionSource.MANUAL,
                    actor="system",
                )
                for training, at in completed.items()
            )
        )
        story.case = evolve(story.case, transcript=transcript)
        return story

    def test_what_is_not_completed_is_told(self) -> None:
        (reason,) = self.story().reasons(Enroll(), "learner:ann")
        assert reason.code == "learner_is_eligible"
        assert reason.text == (
            "the learner must complete something before enrolling; not completed: ladder, rope"
        )
        (reason,) = self.story(ladder="2025-01-01").reasons(Enroll(), "system")
        assert reason.params == {"trainings": "rope"}

    def test_completed_one_may_enroll(self) -> None:
        story = self.story(ladder="2025-01-01", rope="2025-03-01")
        assert story.give(Enroll(), "learner:ann").after is Status.NOT_STARTED

    def test_it_is_judged_by_the_instant_of_the_enrollment(self) -> None:
        story = self.story(ladder="2025-01-01", rope="2025-02-15")
        for at in ("2025-02-14", "2025-02-14 23:59:59.999999"):
            assert story.refused(Enroll(at=instant(at)), "learner:ann") == ["learner_is_eligible"]
        story.give(Enroll(at=instant("2025-02-15")), "learner:ann")

    def test_what_was_completed_later_is_told(self) -> None:
        story = self.story(ladder="2025-01-01", rope="2025-02-15")
        (reason,) = story.reasons(Enroll(at=instant("2025-02-01")), "learner:ann")
        assert reason.params == {"trainings": "rope"}

    def test_who_is_assigned_need_not_be(self) -> None:
        story = self.story()
        story.give(Assign())
        story.give(Enroll(), "learner:ann")


class TestRow6EnrollWhenAssigned:
    def assigned(self, cert: Certification = FROM_EXPIRY) -> Story:
        story = Story(cert)
        story.give(Assign())
        return story.wait("2025-02-01")

    def test_what_it_records(self) -> None:
        story = self.assigned()
        given = story.give(Enroll(), "learner:ann")
        assert tags(given) == ["cycle_began"]
        assert statuses(given) == (Status.ASSIGNED, Status.NOT_STARTED)
        assert [a.source for a in story.enrollment.assignments] == [AssignmentSource.MANUAL]

    def test_completions_since_the_assignment_count(self) -> None:
        story = self.assigned()
        story.give(Enroll(), "learner:ann")
        assert story.enrollment.cycles[0].counts_from == date(2025, 1, 1)

    def test_access_need_not_be_open(self) -> None:
        assert FROM_EXPIRY.access is Access.ASSIGNED_ONLY
        assert self.assigned().give(Enroll(), "system").after is Status.NOT_STARTED

    def test_who_may(self) -> None:
        assert self.assigned().who_may(Enroll()) == {"learner", "system"}

    def test_guards(self) -> None:
        story = self.assigned()
        story.case = evolve(story.case, learner=INACTIVE, certification=DEAF)
        assert story.refused(Enroll(), "system") == [
            "learner_is_active",
            "certification_is_active",
        ]
        assert self.assigned(PER_CERTIFICATE).refused(Enroll(), "system") == [
            "version_begins_cycles"
        ]

    def test_a_version_that_was_retired_since(self) -> None:
        story = self.assigned(FROM_COMPLETION)
        story.case = evolve(story.case, certification=RETIRED)
        assert story.refused(Enroll(), "system") == ["version_is_published"]


class TestRow7AssignAgain:
    @pytest.mark.parametrize("status", list(Status))
    def test_in_each_status_it_moves_nothing(self, status: Status) -> None:
        story = reached()[status]
        before = story.enrollment
        command = Assign(source=AssignmentSource.RULE, reference="rule-9")
        given = story.give(command, "system")
        assert tags(given) == ["assignment_added"]
        assert statuses(given) == (status, status)
        assert story.enrollment.assignments == (
            *before.assignments,
            story.enrollment.assignments[-1],
        )
        assert story.enrollment.cycles == before.cycles
        assert story.enrollment.certificates == before.certificates
        assert story.enrollment.bar is before.bar

    def test_who_may(self) -> None:
        story = reached()[Status.ASSIGNED]
        assert story.who_may(Assign(reference="more")) == {"admin", "system"}

    def test_the_same_source_and_reference_once_only(self) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Assign(reference="plan-1"))
        (reason,) = story.reasons(Assign(reference="plan-1", due_on=date(2025, 6, 1)))
        assert reason.code == "assignment_is_new"
        assert reason.text == "there is already an assignment with this source and reference"
        story.give(Assign(reference="plan-2"))
        story.give(Assign(source=AssignmentSource.IMPORT, reference="plan-1"))
        assert len(story.enrollment.assignments) == 3

    def test_an_inactive_learner(self) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Assign())
        story.case = evolve(story.case, learner=INACTIVE)
        assert story.refused(Assign(reference="more")) == ["learner_is_active"]

    def test_neither_the_certification_nor_a_version_is_asked_for(self) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Assign())
        story.case = evolve(story.case, certification=evolve(DEAF, versions=RETIRED.versions))
        story.give(Assign(reference="more"))


class TestRow10Start:
    def enrolled(self) -> Story:
        story = Story(FROM_COMPLETION)
        story.give(Enroll(), "learner:ann")
        return story.wait("2025-01-05")

    def test_what_it_records(self) -> None:
        story = self.enrolled()
        given = story.give(Start(), "learner:ann")
        assert tags(given) == ["cycle_started"]
        assert statuses(given) == (Status.NOT_STARTED, Status.IN_PROGRESS)
        cycle = story.enrollment.open_cycle
        assert cycle is not None
        assert cycle.started_at == instant("2025-01-05")
        assert cycle.began_at == instant("2025-01-01")

    def test_who_may(self) -> None:
        assert self.enrolled().who_may(Start()) == {"learner", "system"}

    def test_an_inactive_learner(self) -> None:
        story = self.enrolled()
        story.case = evolve(story.case, learner=INACTIVE)
        assert story.refused(Start(), "system") == ["learner_is_active"]
        assert story.refused(Start(), "learner:ann") == ["learner_is_active"]

    def test_the_certification_may_be_inactive_by_then(self) -> None:
        story = self.enrolled()
        story.case = evolve(story.case, certification=DEAF)
        assert story.give(Start(), "learner:ann").after is Status.IN_PROGRESS


class TestRow11CompleteStep:
    def started(self) -> Story:
        story = Story(FROM_EXPIRY)
        story.give(Assign())
        story.give(Enroll(), "learner:ann")
        story.give(Start(), "learner:ann")
        return story.wait("2025-01-10")

    def test_while_something_is_missing_the_cycle_goes_on(self) -> None:
        story = self.started()
        given = story.give(CompleteStep(step="drill", path="classroom"), "system")
        assert tags(given) == ["step_completed"]
        assert statuses(given) == (Status.IN_PROGRESS, Status.IN_PROGRESS)
        assert given.notices == ()
        cycle = story.enrollment.open_cycle
        assert cycle is not None
        assert cycle.missing_steps == ("course",)
        assert (cycle.done[0].step, cycle.done[0].path) == ("drill", "classroom")

    def test_with_nothing_missing_the_certificate_is_issued_in_the_same_entry(self) -> None:
        story = self.started()
        story.give(CompleteStep(step="drill"), "system")
        given = story.give(CompleteStep(step="course"), "system", "2025-01-20")
        assert tags(given) == ["step_completed", "certificate_issued"]
        assert {event.entry for event in given.events} == {5}
        assert {event.at for event in given.events} == {instant("2025-01-20")}
        assert statuses(given) == (Status.IN_PROGRESS, Status.CERTIFIED)
        assert [notice.kind for notice in given.notices] == ["certified"]
        (cycle,), (certificate,) = story.enrollment.cycles, story.enrollment.certificates
        assert (cycle.ended_at, cycle.ended_by) == (instant("2025-01-20"), CycleEnd.CERTIFICATE)
        assert (certificate.cycle, certificate.version) == (1, 1)
        assert certificate.last_valid_day == date(2026, 1, 20)

    def test_who_may(self) -> None:
        assert self.started().who_may(CompleteStep(step="course")) == {"system"}

    def test_a_step_that_is_done_or_not_of_the_cycle(self) -> None:
        story = self.started()
        story.give(CompleteStep(step="course"), "system")
        for step in ("course", "dance"):
            (reason,) = story.reasons(CompleteStep(step=step), "system")
            assert reason.code == "step_is_open"
            assert reason.text == "the step is not open; the open steps are: drill"

    def test_a_path_that_the_step_does_not_have(self) -> None:
        story = self.started()
        (reason,) = story.reasons(CompleteStep(step="drill", path="external"), "system")
        assert reason.code == "path_is_of_the_step"
        assert reason.text == (
            "the step has no such path for completions; its paths for completions are: online, classroom"
        )
        codes = story.refused(CompleteStep(step="dance", path="online"), "system")
        assert codes == ["step_is_open", "path_is_of_the_step"]

    def test_an_inactive_learner_may_still_be_given_what_he_did(self) -> None:
        story = self.started()
        story.case = evolve(story.case, learner=INACTIVE)
        story.give(CompleteStep(step="course"), "system")

    def test_a_step_of_last_year_leads_to_certified_and_is_lapsed_today(self) -> None:
        story = Story(FROM_EXPIRY, now="2023-03-01")
        story.give(Assign())
        story.give(Enroll(), "learner:ann")
        story.give(Start(), "learner:ann")
        story.give(CompleteStep(step="course"), "system")
        given = story.give(
            CompleteStep(step="drill", at=instant("2023-04-01")), "system", "2025-04-01"
        )
        assert statuses(given) == (Status.IN_PROGRESS, Status.CERTIFIED)
        assert story.status is Status.LAPSED
        assert given.events[0].recorded_at == instant("2025-04-01")

    def test_in_a_recertification(self) -> None:
        story = reached()[Status.RECERTIFYING]
        given = story.give(CompleteStep(step="course", path="online"), "system")
        assert tags(given) == ["step_completed", "certificate_issued"]
        assert statuses(given) == (Status.RECERTIFYING, Status.CERTIFIED)
        assert len(story.enrollment.certificates) == 2
