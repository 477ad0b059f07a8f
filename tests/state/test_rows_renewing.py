"""Rows 25 to 28 and 38: how a recertification begins, and how it is given up."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from attrs import evolve

from certlib.certifications import Certification, VersionState
from certlib.policies import Fee, Fees
from certlib.state import CycleEnd, CycleKind, RequestState, Status
from certlib.state.commands import (
    AbandonRecertification,
    Award,
    CompleteStep,
    ForceRecertification,
    RecordPayment,
    RevokeAccess,
    StartRecertification,
    SubmitEvidence,
)
from certlib.transcript import CompletionKey
from tests.state.sample import (
    EARLY_AND_EXAM,
    EVIDENCE,
    FIXED_DATES,
    FOREVER,
    FROM_COMPLETION,
    FROM_EXPIRY,
    PER_CERTIFICATE,
    with_fees,
)
from tests.state.story import ANN, Story, instant, reached, statuses, tags

MOMENT = timedelta(microseconds=1)
INACTIVE = evolve(ANN, active=False)


def awarded(certification: Certification = FROM_EXPIRY, on: str = "2025-03-03") -> Story:
    """Somebody with an award."""
    story = Story(certification, now=on)
    story.give(Award())
    return story


def retired(story: Story) -> Story:
    """The only version is retired meanwhile."""
    versions = tuple(
        evolve(version, state=VersionState.RETIRED) for version in story.case.certification.versions
    )
    certification = evolve(story.case.certification, versions=versions)
    story.case = evolve(story.case, certification=certification)
    return story


class TestRow25StartRecertification:
    def test_what_it_records(self) -> None:
        story = awarded(FROM_COMPLETION)
        given = story.give(StartRecertification(), "learner:ann", "2025-06-01")
        assert tags(given) == ["cycle_began"]
        assert statuses(given) == (Status.CERTIFIED, Status.RECERTIFYING)
        cycle = story.enrollment.open_cycle
        assert cycle is not None
        assert (cycle.number, cycle.kind) == (1, CycleKind.RECERTIFICATION)
        assert cycle.started_at == cycle.began_at == instant("2025-06-01")

    def test_the_certificate_stays_valid_until_it_expires(self) -> None:
        story = awarded(FROM_COMPLETION)
        story.give(StartRecertification(), "learner:ann", "2025-06-01")
        assert story.enrollment.certified_at(instant("2026-03-03 23:59"))
        assert not story.enrollment.certified_at(instant("2026-03-04"))
        assert story.enrollment.status_at(instant("2026-03-04")) is Status.RECERTIFYING

    def test_who_may(self) -> None:
        story = awarded(FROM_COMPLETION)
        assert story.who_may(StartRecertification()) == {"learner", "system"}

    def test_the_day_before_the_window_on_it_and_after(self) -> None:
        story = awarded()  # until 2026-03-03, window three months
        opens_at = instant("2025-12-03")
        for now in ("2025-12-02 00:00", "2025-12-02 23:59:59.999999"):
            (reason,) = story.reasons(StartRecertification(), "learner:ann", now)
            assert reason.code == "window_is_open"
            assert reason.text == "the recertification window is not open"
            assert reason.opens_at == opens_at
        for now in ("2025-12-03", "2025-12-04"):
            story.case = awarded().case
            given = story.give(StartRecertification(), "learner:ann", now)
            assert given.after is Status.RECERTIFYING

    def test_the_window_opens_by_the_certificates_zone(self) -> None:
        story = awarded(FIXED_DATES)  # until 31 December, window from 30 September in Madrid
        opens_at = instant("2025-09-29 22:00")
        assert story.verdict(StartRecertification, "learner:ann").reasons[0].opens_at == opens_at
        story.now = opens_at - MOMENT
        assert story.refused(StartRecertification(), "system") == ["window_is_open"]
        story.now = opens_at
        story.give(StartRecertification(), "system")

    def test_a_completion_before_the_window_where_the_policy_takes_it_as_a_renewal(self) -> None:
        story = awarded(EARLY_AND_EXAM)
        because = (CompletionKey(training="COURSE", at=instant("2025-04-01")),)
        early = StartRecertification(because=because)
        assert story.refused(early, "learner:ann", "2025-04-01") == ["window_is_open"]
        assert story.refused(StartRecertification(), "system", "2025-04-01") == ["window_is_open"]
        assert story.give(early, "system", "2025-04-01").after is Status.RECERTIFYING

    def test_a_completion_before_the_window_where_it_is_ignored(self) -> None:
        because = (CompletionKey(training="COURSE", at=instant("2025-04-01")),)
        codes = awarded().refused(StartRecertification(because=because), "system", "2025-04-01")
        assert codes == ["window_is_open"]

    def test_the_window_of_what_never_ends_never_opens(self) -> None:
        story = Story(FROM_EXPIRY)
        story.give(Award(always_valid=True))
        (reason,) = story.reasons(StartRecertification(), "learner:ann", "2099-01-01")
        assert (reason.code, reason.opens_at) == ("window_is_open", None)
        assert awarded(FOREVER).give(StartRecertification(), "learner:ann").after is (
            Status.RECERTIFYING
        )

    def test_no_published_version(self) -> None:
        story = retired(awarded(FROM_COMPLETION))
        codes = story.refused(StartRecertification(), "system")
        assert codes == ["window_is_open", "version_is_published"]

    def test_what_is_only_awarded(self) -> None:
        story = Story(PER_CERTIFICATE)
        story.give(Award(expires_on=date(2025, 12, 31)))
        assert story.refused(StartRecertification(), "learner:ann") == ["version_begins_cycles"]

    def test_an_inactive_learner(self) -> None:
        story = awarded(FROM_COMPLETION)
        story.case = evolve(story.case, learner=INACTIVE)
        assert story.refused(StartRecertification(), "system") == ["learner_is_active"]


class TestRow26StartRecertificationLate:
    @pytest.mark.parametrize("status", [Status.EXPIRED, Status.LAPSED])
    def test_what_it_records(self, status: Status) -> None:
        story = reached()[status]
        given = story.give(StartRecertification(), "learner:ann")
        assert tags(given) == ["cycle_began"]
        assert statuses(given) == (status, Status.RECERTIFYING)
        assert story.enrollment.cycles[-1].number == 2

    def test_the_first_instant_after_the_last_valid_day(self) -> None:
        names = [
            awarded().give(StartRecertification(), "system", now).events[0].row
            for now in ("2026-03-03 23:59:59.999999", "2026-03-04")  # there is no grace
        ]
        assert names == ["start recertification", "start recertification late"]

    def test_who_may(self) -> None:
        assert reached()[Status.LAPSED].who_may(StartRecertification()) == {"learner", "system"}

    def test_guards(self) -> None:
        story = retired(reached()[Status.EXPIRED])
        story.case = evolve(story.case, learner=INACTIVE)
        assert story.refused(StartRecertification(), "system") == [
            "learner_is_active",
            "version_is_published",
        ]

    def test_what_is_only_awarded(self) -> None:
        story = Story(PER_CERTIFICATE)
        story.give(Award(expires_on=date(2025, 12, 31)))
        story.wait("2026-01-01")
        assert story.refused(StartRecertification(), "learner:ann") == ["version_begins_cycles"]


class TestRow27StartRecertificationAfterRevocation:
    def test_with_a_certificate_it_is_a_recertification(self) -> None:
        story = reached()[Status.LAPSED]
        story.give(RevokeAccess())
        given = story.give(StartRecertification(), "learner:ann")
        assert tags(given) == ["bar_lifted", "cycle_began"]
        assert statuses(given) == (Status.REVOKED, Status.RECERTIFYING)
        assert story.enrollment.cycles[-1].kind is CycleKind.RECERTIFICATION
        assert story.enrollment.bar is None
        assert story.enrollment.certificates[0].revoked_at is not None

    def test_without_any_certificate_it_begins_at_the_beginning(self) -> None:
        story = reached()[Status.REVOKED]
        given = story.give(StartRecertification(), "learner:ann")
        assert tags(given) == ["bar_lifted", "cycle_began"]
        assert statuses(given) == (Status.REVOKED, Status.NOT_STARTED)
        assert story.enrollment.cycles[-1].kind is CycleKind.INITIAL
        assert story.enrollment.cycles[-1].number == 2

    def test_never_by_the_system(self) -> None:
        story = reached()[Status.REVOKED]
        assert story.who_may(StartRecertification()) == {"learner", "admin"}
        (reason,) = story.reasons(StartRecertification(), "system")
        assert "admin, learner" in reason.text

    def test_guards(self) -> None:
        story = retired(reached()[Status.REVOKED])
        story.case = evolve(story.case, learner=INACTIVE)
        assert story.refused(StartRecertification()) == [
            "learner_is_active",
            "version_is_published",
        ]

    def test_completions_count_from_that_day(self) -> None:
        story = reached()[Status.REVOKED]
        story.give(StartRecertification(), "learner:ann", "2025-04-01")
        assert story.enrollment.cycles[-1].counts_from == date(2025, 4, 1)


class TestRow28ForceRecertification:
    @pytest.mark.parametrize("status", [Status.CERTIFIED, Status.EXPIRED, Status.LAPSED])
    def test_what_it_records(self, status: Status) -> None:
        story = reached()[status]
        given = story.give(ForceRecertification())
        assert tags(given) == ["recertification_forced", "cycle_began"]
        assert statuses(given) == (status, Status.RECERTIFYING)
        assert [notice.kind for notice in given.notices] == ["recertification_forced"]
        assert story.enrollment.certificates[-1].revoked_at == story.now
        assert not story.enrollment.certified_at(story.now)
        assert story.enrollment.bar is None

    def test_no_window_need_be_open(self) -> None:
        story = awarded()
        assert story.refused(StartRecertification(), "learner:ann") == ["window_is_open"]
        assert story.give(ForceRecertification()).after is Status.RECERTIFYING

    def test_who_may(self) -> None:
        assert reached()[Status.CERTIFIED].who_may(ForceRecertification()) == {"admin"}

    def test_guards(self) -> None:
        assert retired(reached()[Status.CERTIFIED]).refused(ForceRecertification()) == [
            "version_is_published"
        ]
        story = Story(PER_CERTIFICATE)
        story.give(Award(expires_on=date(2025, 12, 31)))
        assert story.refused(ForceRecertification()) == ["version_begins_cycles"]

    def test_an_inactive_learner_may_be_forced(self) -> None:
        story = reached()[Status.CERTIFIED]
        story.case = evolve(story.case, learner=INACTIVE)
        story.give(ForceRecertification())


class TestRow38AbandonRecertification:
    @pytest.mark.parametrize(
        ("now", "status"),
        [
            ("2026-01-01 23:59", Status.CERTIFIED),
            ("2026-01-02", Status.EXPIRED),
            ("2026-01-31", Status.EXPIRED),
            ("2026-02-01", Status.LAPSED),
        ],
    )
    def test_what_it_leads_to_is_for_the_certificate_to_say(self, now: str, status: Status) -> None:
        story = reached()[Status.RECERTIFYING]
        given = story.give(AbandonRecertification(), "learner:ann", now)
        assert tags(given) == ["cycle_ended"]
        assert statuses(given) == (Status.RECERTIFYING, status)
        assert story.enrollment.cycles[-1].ended_by is CycleEnd.ABANDONED
        assert story.enrollment.cycles[-1].ended_at == instant(now)

    @pytest.mark.parametrize(
        ("now", "status"),
        [
            ("2026-01-01 23:59", Status.CERTIFIED),
            ("2026-01-02", Status.EXPIRED),
            ("2026-02-01", Status.LAPSED),
        ],
    )
    def test_while_approvals_wait(self, now: str, status: Status) -> None:
        story = self.waiting()
        given = story.give(AbandonRecertification(), "learner:ann", now)
        assert tags(given) == ["cycle_ended"]
        assert statuses(given) == (Status.PENDING_APPROVAL, status)
        assert {each.state for each in story.enrollment.requests} == {RequestState.SUPERSEDED}

    def waiting(self) -> Story:
        """Valid through 1 January 2026; approvals of a recertification are all that is left."""
        story = awarded(EVIDENCE, "2025-01-01")
        story.give(StartRecertification(), "learner:ann", "2025-06-01")
        for step in ("course", "visit"):
            story.give(SubmitEvidence(step=step), "learner:ann")
        return story

    def test_an_initial_cycle_is_not_abandoned(self) -> None:
        story = reached()[Status.PENDING_APPROVAL]
        reasons = story.reasons(AbandonRecertification(), "learner:ann")
        assert [reason.code for reason in reasons] == [
            "cycle_is_a_recertification",
            "certificate_is_not_revoked",
        ]
        assert reasons[0].text == "the open cycle is not a recertification"
        assert reached()[Status.IN_PROGRESS].refused(AbandonRecertification()) == [
            "not_while_in_progress"
        ]

    def test_not_to_a_revoked_certificate_while_approvals_wait(self) -> None:
        story = awarded(EVIDENCE, "2025-01-01")
        story.give(ForceRecertification())
        for step in ("course", "visit"):
            story.give(SubmitEvidence(step=step), "learner:ann")
        assert story.refused(AbandonRecertification()) == ["certificate_is_not_revoked"]

    def test_fees_paid_in_it_stay_with_it(self) -> None:
        story = awarded(with_fees(Fees(recertification=True)), "2025-01-01")
        story.give(StartRecertification(), "learner:ann", "2025-06-01")
        story.give(RecordPayment(fee=Fee.RECERTIFICATION), "system")
        story.give(AbandonRecertification())
        assert [each.fee for each in story.enrollment.cycles[0].fees] == [Fee.RECERTIFICATION]
        story.give(StartRecertification(), "learner:ann")
        assert story.refused(CompleteStep(step="course"), "system") == ["cycle_fee_is_settled"]

    def test_who_may(self) -> None:
        story = reached()[Status.RECERTIFYING]
        assert self.waiting().who_may(AbandonRecertification()) == {"learner", "admin"}
        assert story.who_may(AbandonRecertification()) == {"learner", "admin"}

    def test_there_is_no_going_back_to_a_revoked_certificate(self) -> None:
        story = reached()[Status.CERTIFIED]
        story.give(ForceRecertification())
        (reason,) = story.reasons(AbandonRecertification())
        assert reason.code == "certificate_is_not_revoked"
        assert reason.text == "there is no certificate to go back to, or it is revoked"

    def test_an_inactive_learner_cannot_but_an_administrator_can_for_him(self) -> None:
        story = reached()[Status.RECERTIFYING]
        story.case = evolve(story.case, learner=INACTIVE)
        assert story.refused(AbandonRecertification(), "learner:ann") == ["learner_is_active"]
        story.give(AbandonRecertification())

    def test_a_new_one_may_be_started(self) -> None:
        story = reached()[Status.RECERTIFYING]
        story.give(AbandonRecertification())
        story.give(StartRecertification(), "learner:ann")
        assert [cycle.number for cycle in story.enrollment.cycles] == [1, 2, 3]
