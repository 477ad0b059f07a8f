"""Certificates and enrollments as values: extended ends, who counts as certified, since when."""

from __future__ import annotations

from datetime import date

import pytest
from attrs import evolve

from certlib.state import AssignmentSource, CycleEnd, Enrollment, Status
from certlib.state._status import Bar
from certlib.state.commands import Assign, Award, Enroll, RevokeAccess
from tests.state.sample import FROM_COMPLETION, FROM_EXPIRY
from tests.state.story import Story, instant, reached
from tests.state.test_status import certificate


class TestCertificate:
    def test_an_extension_raises_the_last_valid_day_and_moves_the_grace(self) -> None:
        extended = evolve(certificate(), extended_to=date(2026, 3, 31))
        assert extended.last_valid_day == date(2026, 3, 31)
        assert extended.last_grace_day == date(2026, 4, 30)
        assert extended.expires_at == instant("2026-04-01")
        assert extended.grace_ends_at == instant("2026-05-01")
        assert extended.terms.baseline == date(2025, 12, 31)

    def test_an_extension_never_shortens(self) -> None:
        assert evolve(certificate(), extended_to=date(2025, 6, 1)).last_valid_day == date(
            2025, 12, 31
        )

    def test_what_never_ends_is_not_extended(self) -> None:
        forever = evolve(certificate(last_valid_day=None), extended_to=date(2026, 3, 31))
        assert forever.last_valid_day is None
        assert (forever.expires_at, forever.grace_ends_at) == (None, None)

    def test_the_window_opens_no_earlier_than_the_issue(self) -> None:
        found = certificate()
        assert found.window_opens_at == instant("2025-01-01")
        later = evolve(found, issued_at=instant("2025-01-01 09:00"))
        assert later.window_opens_at == instant("2025-01-01 09:00")
        never = evolve(found, terms=evolve(found.terms, window_opens_on=None))
        assert never.window_opens_at is None

    def test_who_counts_as_certified(self) -> None:
        found = certificate()
        assert found.certifies_at(instant("2025-12-31 23:59"))
        assert not found.certifies_at(instant("2026-01-01"))
        assert found.certifies_until == instant("2026-01-01")
        assert not evolve(found, revoked_at=instant("2025-06-01")).certifies_at(
            instant("2025-06-02")
        )
        assert certificate(last_valid_day=None).certifies_at(instant("2999-01-01"))

    def test_grace_counts_where_the_policy_says_so(self) -> None:
        found = certificate()
        counting = evolve(found, terms=evolve(found.terms, grace_counts=True))
        assert counting.certifies_until == instant("2026-01-31")
        assert counting.certifies_at(instant("2026-01-30 23:59"))
        assert not counting.certifies_at(instant("2026-01-31"))
        no_grace = certificate(grace="P0D")
        counting = evolve(no_grace, terms=evolve(no_grace.terms, grace_counts=True))
        assert counting.certifies_until == instant("2026-01-01")

    def test_what_a_renewal_may_know_of_it(self) -> None:
        found = evolve(certificate(), extended_to=date(2026, 3, 31))
        previous = found.as_previous(instant("2026-03-31"))
        assert previous is not None
        assert (previous.last_valid_day, previous.in_force) == (date(2026, 3, 31), True)
        late = found.as_previous(instant("2026-04-01"))
        assert late is not None
        assert not late.in_force
        assert (
            evolve(found, revoked_at=instant("2025-06-01")).as_previous(instant("2026-01-01"))
            is None
        )

    def test_an_award_is_of_no_cycle(self) -> None:
        assert certificate().is_award
        assert not evolve(certificate(), cycle=1).is_award


class TestEnrollment:
    def test_blank(self) -> None:
        blank = Enrollment.blank(learner="ann", certification="FIRE-1")
        assert (blank.open_cycle, blank.newest_certificate) == (None, None)
        assert not blank.certified_at(instant("2025-01-01"))
        assert blank.since(instant("2025-01-01")) is None

    def test_certified_is_asked_of_the_newest_certificate_alone(self) -> None:
        story = reached()[Status.RECERTIFYING]
        assert story.enrollment.certified_at(instant("2026-01-01 23:59"))
        assert not story.enrollment.certified_at(instant("2026-01-02"))

    @pytest.mark.parametrize(
        ("at", "since"),
        [
            ("2025-06-01", "2025-01-01"),
            ("2026-01-15", "2026-01-02"),
            ("2026-06-01", "2026-02-01"),
        ],
    )
    def test_since_when_with_grace(self, at: str, since: str) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Award())
        assert story.enrollment.since(instant(at)) == instant(since)

    def test_since_when_without_grace(self) -> None:
        story = Story(FROM_EXPIRY)
        story.give(Award())
        assert story.enrollment.since(instant("2026-01-02")) == instant("2026-01-02")

    def test_since_when_after_a_later_fact(self) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Award())
        story.give(Assign(), now="2026-01-10")
        assert story.enrollment.since(instant("2026-01-15")) == instant("2026-01-02")
        story.give(Award(expires_on=date(2026, 1, 20)), now="2026-01-20")
        assert story.enrollment.since(instant("2026-02-19")) == instant("2026-01-21")

    def test_since_when_it_was_over_when_it_was_entered(self) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Enroll(), "learner:ann")
        story.give(RevokeAccess(), now="2025-02-01")
        assert story.enrollment.since(instant("2030-01-01")) == instant("2025-02-01")

    def test_assignments_are_named_by_source_and_reference(self) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Assign(reference="plan-1"))
        enrollment = story.enrollment
        assert enrollment.assignment(AssignmentSource.MANUAL, "plan-1") is enrollment.assignments[0]
        assert enrollment.assignment(AssignmentSource.MANUAL, None) is None
        assert enrollment.assignment(AssignmentSource.RULE, "plan-1") is None

    def test_a_cycle_is_ended_once(self) -> None:
        story = reached()[Status.NOT_STARTED]
        ended = story.enrollment.with_cycle_ended(1, instant("2025-02-01"), CycleEnd.ABANDONED)
        again = ended.with_cycle_ended(1, instant("2025-03-01"), CycleEnd.REVOKED)
        assert again == ended
        assert [each.ended_at for each in ended.cycles] == [instant("2025-02-01")]

    def test_an_earlier_cycle_is_replaced_in_its_place(self) -> None:
        first = reached()[Status.NOT_STARTED].enrollment
        two = evolve(first, cycles=(first.cycles[0], evolve(first.cycles[0], number=2)))
        moved = two.with_cycle(evolve(two.cycles[0], version=7))
        assert [(each.number, each.version) for each in moved.cycles] == [(1, 7), (2, 1)]

    def test_a_cycle_that_is_not_there_is_not_ended(self) -> None:
        enrollment = reached()[Status.NOT_STARTED].enrollment
        assert enrollment.with_cycle_ended(7, instant("2025-02-01"), CycleEnd.AWARD) == enrollment

    def test_a_revocation_reaches_each_certificate_once(self) -> None:
        enrollment = reached()[Status.CERTIFIED].enrollment
        once = enrollment.barred(Bar.REVOKED, instant("2025-03-01"))
        twice = once.barred(Bar.DISALLOWED, instant("2025-04-01"))
        assert once.certificates[0].revoked_at == instant("2025-03-01")
        assert twice.certificates == once.certificates
        assert twice.bar is Bar.DISALLOWED
