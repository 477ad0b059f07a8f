"""What follows at once from what was given: dates computed again, cycles ended, certificates issued."""

from __future__ import annotations

from datetime import date

import pytest
from attrs import evolve

from certlib.errors import HistoryRequiredError
from certlib.periods import Period
from certlib.policies import FromExpiry, Policy
from certlib.state import Certificate, Status
from certlib.state._consequences import (
    certificate_of_finished_cycle,
    cycle_ended_by_earlier_award,
    dates_computed_again,
)
from certlib.state._dating import before_issue
from certlib.state.commands import (
    Award,
    CompleteStep,
    Enroll,
    ForceRecertification,
    MoveToVersion,
    StartRecertification,
    Strike,
)
from certlib.state.facts import (
    CertificateAwarded,
    CertificateDatedAgain,
    CertificateIssued,
    CycleEnded,
    RecertificationForced,
)
from tests.state.sample import FROM_COMPLETION, FROM_EXPIRY
from tests.state.story import Story, instant, reached, tags


def three_awards() -> Story:
    """The second is explicit, the third counts from it."""
    story = Story(FROM_EXPIRY, now="2022-05-10")
    story.give(Award())
    story.give(Award(expires_on=date(2024, 3, 31)), now="2023-05-02")
    story.give(Award(), now="2024-02-10")
    return story


class TestDatesComputedAgain:
    def test_nothing_changes_where_nothing_changed(self) -> None:
        story = three_awards()
        found = dates_computed_again(story.history, story.case.certification)
        assert list(found) == []

    def test_explicit_dates_stay_and_are_the_base_of_what_follows(self) -> None:
        story = three_awards()
        story.give(Strike(entry=1), now="2024-03-01")
        ends = [certificate.last_valid_day for certificate in story.enrollment.certificates]
        assert ends == [date(2024, 3, 31), date(2025, 3, 31)]

    def test_each_under_its_own_version(self) -> None:
        first = FROM_EXPIRY.versions[0]
        second = evolve(
            first,
            number=2,
            published_on=date(2024, 1, 1),
            policy=FROM_COMPLETION.versions[0].policy,
        )
        story = Story(evolve(FROM_EXPIRY, versions=(first, second)), now="2022-05-10")
        story.give(Award())
        story.give(Award(), now="2024-05-01")
        given = story.give(Award(on=date(2023, 5, 2)), now="2024-11-11")
        # The third is of the second version, from completion: no date of it follows otherwise.
        assert tags(given) == ["certificate_awarded"]
        assert [each.version for each in story.enrollment.certificates] == [1, 1, 2]

    def test_a_certificate_of_a_cycle_is_dated_again_too(self) -> None:
        story = Story(FROM_EXPIRY, now="2022-05-10")
        story.give(Award())
        story.give(StartRecertification(), "learner:ann", "2024-05-01")
        story.give(CompleteStep(step="course"), "system")
        given = story.give(Award(on=date(2023, 5, 2)), now="2024-11-11")
        (event,) = [e for e in given.events if isinstance(e.fact, CertificateDatedAgain)]
        assert event.at == instant("2024-05-01")
        assert story.enrollment.certificates[-1].last_valid_day == date(2025, 5, 10)

    def test_where_its_version_is_gone_the_dates_stay(self) -> None:
        story = three_awards()
        certification = evolve(FROM_EXPIRY, versions=())
        without_the_first = story.history[1:]
        assert list(dates_computed_again(without_the_first, certification)) == []

    def test_struck_again_they_are_as_they_were(self) -> None:
        story = Story(FROM_EXPIRY, now="2022-05-10")
        story.give(Award())
        story.give(Award(), now="2024-05-01")
        before = story.enrollment.certificates
        story.give(Award(on=date(2023, 5, 2)), now="2024-11-11")
        given = story.give(Strike(entry=3), now="2024-11-12")
        assert tags(given) == ["entry_struck"]
        assert story.enrollment.certificates == before


class TestRedatingsComputedAgain:
    """A re-dating is computed again, too, each under its own version (P13, T5)."""

    FIRST = evolve(
        FROM_EXPIRY.versions[0], policy=Policy(validity=FromExpiry(period=Period.parse("P1Y")))
    )
    SECOND = evolve(
        FIRST,
        number=2,
        published_on=date(2024, 1, 1),
        policy=Policy(validity=FromExpiry(period=Period.parse("P2Y"))),
    )
    CERTIFICATION = evolve(FROM_EXPIRY, versions=(FIRST, SECOND))

    def story(self) -> Story:
        """Two awards, the second re-dated: through 1 June 2024 + 2 years."""
        story = Story(self.CERTIFICATION, now="2023-06-01")
        story.give(Award())
        story.give(Award(), now="2023-12-01")
        story.give(MoveToVersion(version=2, redate=True), now="2024-02-01")
        return story

    def ends(self, story: Story) -> list[date | None]:
        return [each.last_valid_day for each in story.enrollment.certificates]

    def test_a_late_award_before_them(self) -> None:
        story = self.story()
        assert self.ends(story) == [date(2024, 6, 1), date(2026, 6, 1)]
        given = story.give(Award(on=date(2023, 3, 1)), now="2024-03-01")
        again = [e for e in given.events if isinstance(e.fact, CertificateDatedAgain)]
        facts = [e.fact for e in again if isinstance(e.fact, CertificateDatedAgain)]
        assert [(fact.certificate, fact.redating) for fact in facts] == [
            (1, None), (2, None), (2, 3),
        ]  # fmt: skip
        assert [fact.terms.last_valid_day for fact in facts] == [
            date(2025, 3, 1), date(2026, 3, 1), date(2027, 3, 1),
        ]  # fmt: skip
        assert [event.at for event in again] == [
            instant("2023-06-01"), instant("2023-12-01"), instant("2024-02-01"),
        ]  # fmt: skip
        assert self.ends(story) == [date(2024, 3, 1), date(2025, 3, 1), date(2027, 3, 1)]
        assert story.enrollment.certificates[-1].version == 2
        assert list(dates_computed_again(story.history, self.CERTIFICATION)) == []

    def test_struck_again_they_are_as_they_were(self) -> None:
        story = self.story()
        before = story.enrollment.certificates
        story.give(Award(on=date(2023, 3, 1)), now="2024-03-01")
        story.give(Strike(entry=4), now="2024-03-02")
        assert story.enrollment.certificates == before

    def test_nothing_changes_where_nothing_changed(self) -> None:
        story = self.story()
        assert list(dates_computed_again(story.history, self.CERTIFICATION)) == []

    def test_where_there_is_nothing_to_compute_from_the_dates_stay(self) -> None:
        story = self.story()
        gone = evolve(self.CERTIFICATION, versions=(self.FIRST,))
        assert list(dates_computed_again(story.history, gone)) == []
        assert list(dates_computed_again(story.history[2:], self.CERTIFICATION)) == []
        assert list(dates_computed_again((), self.CERTIFICATION)) == []

    @pytest.mark.parametrize("explicit", [True, False])
    def test_neither_a_revoked_nor_an_explicit_one_was_redated(self, explicit: bool) -> None:
        story = self.story()
        redating = story.history[2]
        awards = list(story.history[:2])
        if explicit:
            fact = awards[1].fact
            assert isinstance(fact, CertificateAwarded)
            awards[1] = evolve(
                awards[1], fact=evolve(fact, terms=evolve(fact.terms, explicit=True))
            )
        else:
            revoked = RecertificationForced()
            awards.append(evolve(redating, at=awards[1].at, sequence=3, entry=3, fact=revoked))
        history = (*awards, evolve(redating, sequence=4, entry=4))
        assert list(dates_computed_again(history, self.CERTIFICATION)) == []

    def test_the_enrollment_before_an_issue_is_told_by_the_history(self) -> None:
        story = self.story()
        first, second = story.enrollment.certificates
        assert before_issue(story.case, first).certificates == ()
        assert [each.sequence for each in before_issue(story.case, second).certificates] == [1]
        never = evolve(second, sequence=9)
        assert before_issue(story.case, never).certificates == story.enrollment.certificates
        with pytest.raises(HistoryRequiredError):
            before_issue(evolve(story.case, history=None), second)


class TestCycleEndedByAnEarlierAward:
    def case(self, *, valid: bool = True) -> tuple[Story, Certificate]:
        story = Story(FROM_COMPLETION)
        story.give(Enroll(), "learner:ann")
        on = date(2024, 12, 1) if valid else date(2023, 12, 1)
        award = Award(on=on)
        story.now = instant("2025-02-01")
        certificate = story.give(award).enrollment.certificates[0]
        open_again = evolve(
            story.enrollment,
            cycles=(evolve(story.enrollment.cycles[0], ended_at=None, ended_by=None),),
        )
        story.case = evolve(story.case, enrollment=open_again)
        return story, certificate

    def ended(self, story: Story, award: Certificate) -> list[tuple[object, object]]:
        return list(cycle_ended_by_earlier_award(award, story.history, story.enrollment, story.now))

    def test_one_that_certifies(self) -> None:
        story, award = self.case()
        ((at, fact),) = self.ended(story, award)
        assert at == story.now
        assert isinstance(fact, CycleEnded)

    def test_one_that_is_over(self) -> None:
        assert self.ended(*self.case(valid=False)) == []

    def test_one_of_the_cycles_own_time_ends_it_by_itself(self) -> None:
        story, award = self.case()
        began_at = story.enrollment.cycles[0].began_at
        assert self.ended(story, evolve(award, issued_at=began_at)) == []

    def test_no_open_cycle(self) -> None:
        story, award = self.case()
        story.case = evolve(story.case, enrollment=evolve(story.enrollment, cycles=()))
        assert self.ended(story, award) == []

    def test_not_before_the_last_fact(self) -> None:
        story, award = self.case()
        later = instant("2025-06-01")
        story.case = evolve(story.case, enrollment=evolve(story.enrollment, last_fact_at=later))
        ((at, _),) = self.ended(story, award)
        assert at == later


class TestCertificateOfAFinishedCycle:
    def test_a_cycle_with_something_missing(self) -> None:
        story = reached()[Status.IN_PROGRESS]
        found = certificate_of_finished_cycle(story.enrollment, FROM_COMPLETION, story.now)
        assert list(found) == []

    def test_no_cycle(self) -> None:
        story = reached()[Status.ASSIGNED]
        found = certificate_of_finished_cycle(story.enrollment, FROM_COMPLETION, story.now)
        assert list(found) == []

    def test_a_finished_one(self) -> None:
        story = reached()[Status.IN_PROGRESS]
        finished = evolve(story.enrollment, cycles=(evolve(story.enrollment.cycles[0], needs=()),))
        ((at, fact),) = certificate_of_finished_cycle(finished, FROM_COMPLETION, story.now)
        assert at == story.now
        assert isinstance(fact, CertificateIssued)
        assert (fact.cycle, fact.version) == (1, 1)

    def test_one_whose_version_is_gone_cannot_be_dated(self) -> None:
        story = reached()[Status.IN_PROGRESS]
        finished = evolve(story.enrollment, cycles=(evolve(story.enrollment.cycles[0], needs=()),))
        nothing = evolve(FROM_COMPLETION, versions=())
        assert list(certificate_of_finished_cycle(finished, nothing, story.now)) == []

    def test_a_revoked_certificate_is_no_base(self) -> None:
        story = Story(FROM_EXPIRY, now="2025-01-01")
        story.give(Award())
        story.give(Award(), now="2025-12-01")
        assert story.enrollment.certificates[-1].last_valid_day == date(2027, 1, 1)
        story.give(ForceRecertification(), now="2025-12-02")
        story.give(CompleteStep(step="course"), "system")
        assert story.enrollment.certificates[-1].last_valid_day == date(2026, 12, 2)
