"""Row 35 and T5b: one learner's certificate runs to a later day."""

from __future__ import annotations

from datetime import date

import pytest
from attrs import evolve

from certlib.actors import Actor, Role
from certlib.state import Status
from certlib.state.commands import (
    AbandonRecertification,
    Award,
    CompleteStep,
    ExtendCertificate,
    ForceRecertification,
    PermanentlyRevoke,
    StartRecertification,
    Strike,
    SubmitEvidence,
)
from tests.state.sample import EVIDENCE, FOREVER, FROM_COMPLETION, FROM_EXPIRY
from tests.state.story import ANN, Story, instant, reached, started, statuses, tags

HIMSELF = Actor(role=Role.ADMIN, id="ann")


def until(text: str) -> ExtendCertificate:
    return ExtendCertificate(until=date.fromisoformat(text))


def awarded(now: str = "2025-01-01") -> Story:
    """Valid through 1 January 2026, in grace through the 31st."""
    story = Story(FROM_COMPLETION)
    story.give(Award())
    return story.wait(now)


def pending(*, forced: bool = False) -> Story:
    """A recertification of which only approvals are left."""
    story = Story(EVIDENCE)
    story.give(Award())
    if forced:
        story.give(ForceRecertification())
    else:
        story.give(StartRecertification(), "learner:ann")
    for step in ("course", "visit"):
        story.give(SubmitEvidence(step=step), "learner:ann")
    assert story.status is Status.PENDING_APPROVAL
    return story


class TestRow35ExtendCertificate:
    def test_what_it_records(self) -> None:
        story = awarded("2025-06-01")
        given = story.give(until("2026-06-01"))
        assert tags(given) == ["certificate_extended"]
        assert statuses(given) == (Status.CERTIFIED, Status.CERTIFIED)
        assert [notice.kind for notice in given.notices] == ["certificate_extended"]
        (certificate,) = story.enrollment.certificates
        assert certificate.last_valid_day == date(2026, 6, 1)
        assert certificate.last_grace_day == date(2026, 7, 1)
        assert certificate.terms.baseline == date(2026, 1, 1)

    def test_it_is_valid_through_the_new_day(self) -> None:
        story = awarded()
        story.give(until("2026-06-01"))
        assert story.enrollment.status_at(instant("2026-06-01 23:59")) is Status.CERTIFIED
        assert story.enrollment.status_at(instant("2026-06-02")) is Status.EXPIRED
        assert story.enrollment.status_at(instant("2026-07-02")) is Status.LAPSED

    @pytest.mark.parametrize(
        ("now", "day", "before", "after"),
        [
            ("2026-01-01 23:59", "2026-01-02", Status.CERTIFIED, Status.CERTIFIED),
            ("2026-01-10", "2026-01-09", Status.EXPIRED, Status.EXPIRED),
            ("2026-01-10", "2026-01-10", Status.EXPIRED, Status.CERTIFIED),
            ("2026-01-10", "2026-01-11", Status.EXPIRED, Status.CERTIFIED),
            ("2026-03-10", "2026-01-05", Status.LAPSED, Status.LAPSED),
            ("2026-03-10", "2026-02-07", Status.LAPSED, Status.LAPSED),
            ("2026-03-10", "2026-02-08", Status.LAPSED, Status.EXPIRED),
            ("2026-03-10", "2026-03-09", Status.LAPSED, Status.EXPIRED),
            ("2026-03-10", "2026-03-10", Status.LAPSED, Status.CERTIFIED),
        ],
    )
    def test_from_certified_expired_and_lapsed(
        self, now: str, day: str, before: Status, after: Status
    ) -> None:
        given = awarded(now).give(until(day))
        assert statuses(given) == (before, after)

    def test_it_closes_no_gap(self) -> None:
        story = awarded("2026-03-10")
        story.give(until("2026-06-01"))
        assert story.status_at("2026-01-15") is Status.EXPIRED
        assert story.status_at("2026-02-15") is Status.LAPSED
        assert story.status_at("2026-03-10") is Status.CERTIFIED

    def test_while_recertifying(self) -> None:
        story = awarded()
        story.give(StartRecertification(), "learner:ann", "2025-12-01")
        given = story.give(until("2026-06-01"))
        assert statuses(given) == (Status.RECERTIFYING, Status.RECERTIFYING)
        assert story.enrollment.certified_at(instant("2026-06-01 23:59"))
        assert story.give(AbandonRecertification(), now="2026-05-01").after is Status.CERTIFIED

    def test_while_approvals_of_a_recertification_wait(self) -> None:
        given = pending().give(until("2026-06-01"))
        assert statuses(given) == (Status.PENDING_APPROVAL, Status.PENDING_APPROVAL)

    def test_not_while_approvals_of_an_initial_cycle_wait(self) -> None:
        story = reached()[Status.PENDING_APPROVAL]
        reasons = story.reasons(until("2026-06-01"))
        assert [reason.code for reason in reasons] == [
            "cycle_is_a_recertification",
            "certificate_is_not_revoked",
            "certificate_expires",
        ]
        assert reasons[0].text == "the open cycle is not a recertification"
        story = started(EVIDENCE)
        story.give(Award(on=date(2022, 1, 1)))  # history: the cycle goes on
        for step in ("course", "visit"):
            story.give(SubmitEvidence(step=step), "learner:ann")
        assert story.refused(until("2026-06-01")) == ["cycle_is_a_recertification"]

    def test_who_may(self) -> None:
        assert awarded().who_may(until("2026-06-01")) == {"admin"}
        assert awarded().refused(until("2026-06-01"), HIMSELF) == ["nobody_for_himself"]
        assert pending().refused(until("2026-06-01"), HIMSELF) == ["nobody_for_himself"]

    def test_an_inactive_learner(self) -> None:
        story = awarded()
        story.case = evolve(story.case, learner=evolve(ANN, active=False))
        story.give(until("2026-06-01"))

    @pytest.mark.parametrize("day", ["2025-12-31", "2026-01-01"])
    def test_a_day_that_is_not_later(self, day: str) -> None:
        (reason,) = awarded().reasons(until(day))
        assert reason.code == "new_day_is_later"
        assert reason.text == "the new day is not later than the last valid day, 2026-01-01"

    def test_twice_only_for_longer(self) -> None:
        story = awarded()
        story.give(until("2026-06-01"))
        assert story.refused(until("2026-06-01")) == ["new_day_is_later"]
        story.give(until("2026-06-02"))

    def test_one_that_never_ends(self) -> None:
        story = Story(FOREVER)
        story.give(Award())
        (reason,) = story.reasons(until("2099-01-01"))
        assert reason.code == "certificate_expires"
        assert reason.text == "there is nothing to extend: the certificate never expires"

    def test_a_revoked_one(self) -> None:
        story = awarded("2025-06-01")
        story.give(ForceRecertification())
        assert story.refused(until("2026-06-01")) == ["certificate_is_not_revoked"]
        assert pending(forced=True).refused(until("2026-06-01")) == ["certificate_is_not_revoked"]
        barred = awarded("2025-06-01")
        barred.give(PermanentlyRevoke())
        assert barred.refused(until("2026-06-01")) == ["not_while_disallowed"]

    @pytest.mark.parametrize(
        "status", [None, Status.ASSIGNED, Status.NOT_STARTED, Status.IN_PROGRESS, Status.REVOKED]
    )
    def test_not_without_a_certificate_to_extend(self, status: Status | None) -> None:
        word = status.value if status else "none"
        assert reached()[status].refused(until("2099-01-01")) == [f"not_while_{word}"]

    @pytest.mark.parametrize("day", [date(9001, 1, 1), date(9000, 12, 15)])
    def test_days_that_there_are_not(self, day: date) -> None:
        """The last valid day, or the last grace day after it."""
        assert awarded().refused(ExtendCertificate(until=day)) == ["date_in_range"]

    def test_the_last_day_without_grace(self) -> None:
        story = Story(FROM_EXPIRY, now="2025-03-03")
        story.give(Award())
        story.give(ExtendCertificate(until=date(9000, 12, 31)))

    def test_struck_it_never_was(self) -> None:
        story = awarded("2026-03-10")
        story.give(until("2026-06-01"))
        story.give(Strike(entry=2))
        assert story.status is Status.LAPSED


class TestARenewal:
    """It counts from the baseline, but never ends before the extended day."""

    def renewed(self, day: str, on: str) -> Story:
        """Valid through 3 March 2026, extended, and renewed."""
        story = Story(FROM_EXPIRY, now="2025-03-03")
        story.give(Award())
        story.give(until(day))
        story.give(StartRecertification(), "learner:ann", "2026-02-01")
        story.give(CompleteStep(step="course"), "system", on)
        return story

    @pytest.mark.parametrize("on", ["2026-03-03", "2026-03-04", "2026-06-01 23:59"])
    def test_from_the_baseline(self, on: str) -> None:
        story = self.renewed("2026-06-01", on)
        assert story.enrollment.certificates[-1].last_valid_day == date(2027, 3, 3)

    def test_late_it_counts_from_the_completion(self) -> None:
        story = self.renewed("2026-06-01", "2026-06-02")
        assert story.enrollment.certificates[-1].last_valid_day == date(2027, 6, 2)

    def test_not_before_the_extended_day(self) -> None:
        story = self.renewed("2027-09-01", "2026-03-03")
        newest = story.enrollment.certificates[-1]
        assert (newest.terms.baseline, newest.last_valid_day) == (
            date(2027, 3, 3),
            date(2027, 9, 1),
        )

    def test_the_window_stays_where_it_was(self) -> None:
        story = Story(FROM_EXPIRY, now="2025-03-03")
        story.give(Award())
        story.give(until("2026-06-01"))
        assert story.refused(StartRecertification(), "learner:ann", "2025-12-02") == [
            "window_is_open"
        ]
        story.give(StartRecertification(), "learner:ann", "2025-12-03")

    def test_the_extension_stays_with_its_certificate(self) -> None:
        story = self.renewed("2026-06-01", "2026-03-03")
        assert [each.extended_to for each in story.enrollment.certificates] == [
            date(2026, 6, 1),
            None,
        ]
