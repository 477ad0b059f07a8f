"""Row 34: an award, of now or of any past date."""

from __future__ import annotations

from datetime import date

import pytest
from attrs import evolve

from certlib.actors import Actor, Role
from certlib.certifications import Certification, VersionState
from certlib.errors import InvalidCommandError
from certlib.learners import Learner
from certlib.periods import Period
from certlib.policies import FromCompletion, Policy
from certlib.state import CycleEnd, Status
from certlib.state.commands import (
    Assign,
    Award,
    CompleteStep,
    Enroll,
    PermanentlyRevoke,
    RestoreAccess,
    Start,
    StartRecertification,
)
from tests.state.sample import (
    FIXED_DATES,
    FROM_COMPLETION,
    FROM_EXPIRY,
    PER_CERTIFICATE,
    certification,
)
from tests.state.story import ANN, Story, instant, reached, statuses, tags

AWARDED_IN = [
    None,
    Status.ASSIGNED,
    Status.NOT_STARTED,
    Status.IN_PROGRESS,
    Status.PENDING_APPROVAL,
    Status.CERTIFIED,
    Status.EXPIRED,
    Status.LAPSED,
    Status.RECERTIFYING,
]
IN_A_CYCLE = {
    Status.NOT_STARTED,
    Status.IN_PROGRESS,
    Status.PENDING_APPROVAL,
    Status.RECERTIFYING,
}


class TestNow:
    @pytest.mark.parametrize("status", AWARDED_IN, ids=str)
    def test_what_it_records(self, status: Status | None) -> None:
        story = reached()[status]
        given = story.give(Award(score="97 %"))
        assert tags(given) == ["certificate_awarded"]
        assert statuses(given) == (status, Status.CERTIFIED)
        assert [notice.kind for notice in given.notices] == ["certified"]
        newest = story.enrollment.certificates[-1]
        assert (newest.is_award, newest.cycle, newest.score) == (True, None, "97 %")
        assert newest.issued_at == story.now

    @pytest.mark.parametrize("status", sorted(IN_A_CYCLE))
    def test_it_ends_the_open_cycle(self, status: Status) -> None:
        story = reached()[status]
        story.give(Award())
        assert story.enrollment.open_cycle is None
        assert story.enrollment.cycles[-1].ended_by is CycleEnd.AWARD
        assert story.enrollment.cycles[-1].ended_at == story.now

    def test_who_may(self) -> None:
        assert reached()[None].who_may(Award()) == {"admin", "system"}

    def test_nobody_for_himself(self) -> None:
        himself = Actor(role=Role.ADMIN, id="ann")
        (reason,) = Story(FROM_COMPLETION).reasons(Award(), himself)
        assert (reason.code, reason.text) == (
            "nobody_for_himself",
            "nobody does this for themselves",
        )
        story = Story(FROM_COMPLETION, learner=Learner(id="eva"))
        assert story.refused(Award(), "admin:eva") == ["nobody_for_himself"]
        assert story.give(Award(), "admin:ann").after is Status.CERTIFIED

    def test_an_inactive_learner_and_certification(self) -> None:
        story = Story(evolve(FROM_COMPLETION, active=False), learner=evolve(ANN, active=False))
        assert story.give(Award()).after is Status.CERTIFIED

    def test_a_certification_that_was_never_published(self) -> None:
        draft = evolve(FROM_COMPLETION.versions[0], state=VersionState.DRAFT, published_on=None)
        for versions in ((), (draft,)):
            story = Story(Certification(code="DRAFT-1", versions=versions))
            (reason,) = story.reasons(Award())
            assert reason.code == "version_was_published"
            assert reason.text == "the certification has never had a published version"

    def test_a_retired_version_still_dates_awards(self) -> None:
        retired = evolve(FROM_COMPLETION.versions[0], state=VersionState.RETIRED)
        story = Story(Certification(code="OLD-1", versions=(retired,)))
        assert story.give(Award()).after is Status.CERTIFIED

    def test_two_of_one_instant(self) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Award())
        (reason,) = story.reasons(Award())
        assert reason.code == "no_certificate_of_that_instant"
        assert reason.text == "there is already a certificate issued at this very instant"
        story.give(Award(), now="2025-01-01 00:00:00.000001")


class TestItsDates:
    def test_by_the_policy(self) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Award())
        (certificate,) = story.enrollment.certificates
        assert certificate.last_valid_day == date(2026, 1, 1)
        assert certificate.last_grace_day == date(2026, 1, 31)
        assert not certificate.terms.explicit

    def test_an_explicit_last_valid_day(self) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Award(expires_on=date(2025, 3, 31)))
        (certificate,) = story.enrollment.certificates
        assert certificate.last_valid_day == date(2025, 3, 31)
        assert certificate.terms.explicit

    def test_always_valid(self) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Award(always_valid=True))
        assert story.enrollment.status_at(instant("2500-01-01")) is Status.CERTIFIED

    def test_the_last_valid_day_on_the_day_of_the_award_and_before(self) -> None:
        story = Story(FROM_COMPLETION, now="2025-03-10 12:00")
        (reason,) = story.reasons(Award(expires_on=date(2025, 3, 9)))
        assert reason.code == "last_valid_day_is_not_before_the_date"
        assert reason.text == "the last valid day lies before the day of the award"
        story.give(Award(expires_on=date(2025, 3, 10)))
        assert story.status is Status.CERTIFIED

    def test_the_day_of_the_award_is_one_of_the_versions_zone(self) -> None:
        evening = "2025-03-09 23:30"  # the 10th in Madrid
        story = Story(FIXED_DATES, now=evening)
        codes = story.refused(Award(expires_on=date(2025, 3, 9)))
        assert codes == ["last_valid_day_is_not_before_the_date"]
        story.give(Award(expires_on=date(2025, 3, 10)))
        assert story.enrollment.certificates[0].terms.issued_on == date(2025, 3, 10)

    def test_where_each_certificate_states_its_own(self) -> None:
        story = Story(PER_CERTIFICATE)
        (reason,) = story.reasons(Award())
        assert reason.code == "last_valid_day_is_given"
        assert reason.text == "each certificate states its own last valid day, and none is given"
        story.give(Award(expires_on=date(2025, 6, 30)))
        story.give(Award(always_valid=True), now="2025-02-01")
        assert story.enrollment.certificates[-1].last_valid_day is None

    def test_a_date_that_the_calendar_does_not_reach_is_refused(self) -> None:
        forever = certification(Policy(validity=FromCompletion(period=Period.parse("P8000Y"))))
        (reason,) = Story(forever).reasons(Award())
        assert reason.code == "date_in_range"
        assert reason.text == (
            "the date would be 2025-01-01 and P8000Y: expected a year from 1900 to 9000"
        )

    def test_a_day_out_of_range_is_refused(self) -> None:
        (reason,) = Story(FROM_COMPLETION).reasons(Award(on=date(1899, 12, 31)))
        assert reason.code == "date_in_range"
        assert "1899-12-31" in reason.text

    def test_on_and_at_exclude_each_other_and_so_do_an_end_and_always(self) -> None:
        with pytest.raises(InvalidCommandError, match=r"the day \(on\) or the instant \(at\)"):
            Award(on=date(2025, 1, 1), at=instant("2025-01-01"))
        with pytest.raises(InvalidCommandError, match="always valid"):
            Award(expires_on=date(2025, 1, 1), always_valid=True)


class TestLate:
    def test_a_bare_date_takes_effect_at_the_first_instant_of_the_day_in_the_zone(self) -> None:
        story = Story(FIXED_DATES, now="2025-06-01")
        given = story.give(Award(on=date(2025, 3, 3)))
        assert given.events[0].at == instant("2025-03-02 23:00")
        assert given.events[0].recorded_at == instant("2025-06-01")

    def test_today_and_tomorrow(self) -> None:
        story = Story(FROM_COMPLETION, now="2025-06-01 00:00")
        (reason,) = story.reasons(Award(on=date(2025, 6, 2)))
        assert reason.code == "in_the_future"
        story.give(Award(on=date(2025, 6, 1)))

    def test_tomorrow_there_is_today_here(self) -> None:
        story = Story(FIXED_DATES, now="2025-06-01 22:30")  # 2 June in Madrid
        story.give(Award(on=date(2025, 6, 2)))

    def test_before_everything_it_is_judged_as_things_stood(self) -> None:
        story = Story(FROM_COMPLETION, now="2025-09-01")
        story.give(Assign())
        given = story.give(Award(on=date(2023, 10, 10)), now="2025-10-10")
        assert statuses(given) == (None, Status.CERTIFIED)
        assert story.status is Status.LAPSED
        assert story.status_at("2024-05-01") is Status.CERTIFIED
        assert story.enrollment.last_fact_at == instant("2025-09-01")

    def test_refused_while_barred_now(self) -> None:
        story = reached()[Status.REVOKED]
        (reason,) = story.reasons(Award(on=date(2024, 1, 1)))
        assert reason.code == "not_while_revoked"

    def test_refused_where_the_learner_was_barred_then(self) -> None:
        story = reached()[Status.CERTIFIED]
        story.give(PermanentlyRevoke(), now="2025-03-01")
        story.give(RestoreAccess(), now="2025-05-01")
        story.give(StartRecertification(), "learner:ann", "2025-06-01")
        for day, code in (
            (date(2025, 3, 2), "not_while_disallowed"),
            (date(2025, 5, 2), "not_while_revoked"),
        ):
            assert story.refused(Award(on=day), now="2025-07-01") == [code]
        given = story.give(Award(on=date(2025, 2, 1)), now="2025-07-01")
        assert given.after is Status.CERTIFIED
        assert story.enrollment.certificates[-1].revoked_at == instant("2025-03-01")

    def test_it_takes_its_place_and_the_dates_after_it_are_computed_again(self) -> None:
        story = Story(FROM_EXPIRY, now="2022-05-10")
        story.give(Award())
        story.give(Award(on=date(2024, 5, 1)), now="2024-05-01")
        given = story.give(Award(on=date(2023, 5, 2)), now="2024-11-11")
        assert tags(given) == ["certificate_awarded", "certificate_dated_again"]
        assert given.events[1].at == instant("2024-05-01")
        ends = [certificate.last_valid_day for certificate in story.enrollment.certificates]
        assert ends == [date(2023, 5, 10), date(2024, 5, 10), date(2025, 5, 10)]

    def test_within_an_open_cycle_it_ends_that_at_its_own_instant(self) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Enroll(), "learner:ann")
        story.give(Start(), "learner:ann", "2025-03-01")
        given = story.give(Award(on=date(2025, 2, 1)), now="2025-04-01")
        assert tags(given) == ["certificate_awarded"]
        assert statuses(given) == (Status.NOT_STARTED, Status.CERTIFIED)
        (cycle,) = story.enrollment.cycles
        assert (cycle.ended_by, cycle.ended_at) == (CycleEnd.AWARD, instant("2025-02-01"))
        assert story.status is Status.CERTIFIED

    def test_before_the_open_cycle_and_valid_it_ends_that_when_it_is_entered(self) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Enroll(), "learner:ann")
        given = story.give(Award(on=date(2024, 12, 1)), now="2025-04-01")
        assert tags(given) == ["certificate_awarded", "cycle_ended"]
        assert [event.at for event in given.events] == [
            instant("2024-12-01"),
            instant("2025-04-01"),
        ]
        assert statuses(given) == (None, Status.CERTIFIED)
        assert story.status is Status.CERTIFIED
        assert story.status_at("2025-03-31") is Status.NOT_STARTED

    def test_before_the_open_cycle_and_over_it_is_history(self) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Enroll(), "learner:ann")
        given = story.give(Award(on=date(2023, 12, 1)), now="2025-04-01")
        assert tags(given) == ["certificate_awarded"]
        assert story.status is Status.NOT_STARTED

    def test_older_than_a_certificate_known_when_the_cycle_began_it_is_history(self) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Award())
        story.give(StartRecertification(), "learner:ann", "2025-03-01")
        given = story.give(Award(on=date(2024, 12, 1)), now="2025-04-01")
        assert tags(given) == ["certificate_awarded"]
        assert story.status is Status.RECERTIFYING

    def test_newer_than_every_certificate_known_when_the_cycle_began(self) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Award())
        story.give(StartRecertification(), "learner:ann", "2025-03-01")
        given = story.give(Award(on=date(2025, 2, 1)), now="2025-04-01")
        assert tags(given) == ["certificate_awarded", "cycle_ended"]
        assert story.status is Status.CERTIFIED

    def test_after_the_cycle_was_finished_its_certificate_stays(self) -> None:
        story = reached()[Status.IN_PROGRESS]
        story.give(CompleteStep(step="course"), "system", "2025-03-01")
        given = story.give(Award(on=date(2025, 2, 1)), now="2025-04-01")
        assert statuses(given) == (Status.IN_PROGRESS, Status.CERTIFIED)
        issued = [certificate.issued_at for certificate in story.enrollment.certificates]
        assert issued == [instant("2025-02-01"), instant("2025-03-01")]
        assert story.enrollment.cycles[0].ended_by is CycleEnd.AWARD

    def test_several_in_any_order_are_the_same_certificates(self) -> None:
        days = [date(2022, 5, 10), date(2023, 5, 2), date(2024, 5, 1)]
        found = set()
        for order in ((0, 1, 2), (2, 1, 0), (1, 2, 0)):
            story = Story(FROM_EXPIRY, now="2025-01-01")
            for each in order:
                story.give(Award(on=days[each]))
            found.add(tuple((c.issued_at, c.last_valid_day) for c in story.enrollment.certificates))
        assert len(found) == 1
