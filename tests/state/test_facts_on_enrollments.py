"""What each fact about access, assignments, certificates and bars means (R3, R8, P8, P13, T5)."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from attrs import evolve

from certlib.periods import Period
from certlib.policies import Terms
from certlib.state import Status, outlook
from certlib.state import facts as f
from certlib.state._cycles import CycleEnd, CycleKind, Due, RequestKind
from certlib.state._enrollments import AssignmentSource
from certlib.state._fold import fold
from certlib.state._status import Bar
from tests.state.happening import BLANK, Happening
from tests.state.story import instant

MANUAL, RULE = AssignmentSource.MANUAL, AssignmentSource.RULE
TERMS = Terms(
    issued_on=date(2025, 1, 1),
    baseline=date(2025, 12, 31),
    last_valid_day=date(2025, 12, 31),
    window_opens_on=date(2025, 10, 1),
    grace=Period.parse("P30D"),
    grace_counts=False,
    time_zone="UTC",
)
AWARD = f.CertificateAwarded(version=1, terms=TERMS)


def began(kind: CycleKind = CycleKind.INITIAL, **more: object) -> f.CycleBegan:
    made = f.CycleBegan(
        number=1, kind=kind, version=1, counts_from=date(2025, 1, 1), needs=("course",)
    )
    return evolve(made, **more)  # type: ignore[arg-type]


def renewing(after_expiry: str | None = "P0D", **more: object) -> f.CycleBegan:
    period = None if after_expiry is None else Period.parse(after_expiry)
    return began(CycleKind.RECERTIFICATION, due_after_expiry=period, **more)


def added(
    due_on: date | None = None, source: AssignmentSource = MANUAL, **more: object
) -> f.AssignmentAdded:
    made = f.AssignmentAdded(source=source, due_on=due_on)
    return evolve(made, **more)  # type: ignore[arg-type]


def due_of(told: Happening) -> date | None:
    due = told.enrollment.due
    return None if due is None else due.day


class TestRequestsForAccess:
    def test_one_is_open_until_it_is_decided(self) -> None:
        told = Happening(f.AccessRequested())
        request = told.enrollment.open_access_request
        assert request is not None
        assert (request.number, request.kind, request.step) == (1, RequestKind.ACCESS, None)
        assert told.enrollment.status_at(instant("2025-01-01")) is None
        assert told.enrollment.requests == (request,)

    def test_denied_another_may_follow(self) -> None:
        told = Happening(f.AccessRequested(), f.AccessDenied(request=1), f.AccessRequested())
        assert [each.state for each in told.enrollment.access_requests] == ["denied", "open"]

    def test_approved(self) -> None:
        told = Happening(f.AccessRequested()).then(f.AccessApproved(request=1))
        told.at_once(added(source=AssignmentSource.REQUEST)).at_once(began())
        assert [each.state for each in told.enrollment.access_requests] == ["approved"]
        assert told.enrollment.open_access_request is None

    @pytest.mark.parametrize(
        "fact",
        [added(), began(), AWARD, f.AccessRevoked()],
        ids=["assigned", "not started", "certified", "revoked"],
    )
    def test_any_status_supersedes_it(self, fact: f.Fact) -> None:
        told = Happening(f.AccessRequested()).then(fact, "2025-02-01")
        assert told.enrollment.status_at(instant("2025-02-01")) is not None
        assert [each.state for each in told.enrollment.access_requests] == ["superseded"]

    def test_a_status_that_is_gone_again_has_superseded_it(self) -> None:
        told = Happening(f.AccessRequested(), added(), f.AssignmentDropped(source=MANUAL))
        assert told.enrollment.status_at(instant("2025-01-01")) is None
        assert [each.state for each in told.enrollment.access_requests] == ["superseded"]

    def test_where_the_status_was_struck_it_is_open_again(self) -> None:
        told = Happening(f.AccessRequested(), added())
        replayed = fold(BLANK, told.events[0])
        assert replayed.open_access_request is not None

    def test_requests_of_all_sorts_by_number(self) -> None:
        told = Happening(
            f.AccessRequested(),
            began(),
            f.CycleStarted(number=1),
            f.EvidenceSubmitted(number=1, step="course"),
            f.CycleEnded(number=1, by=CycleEnd.REMOVED),
            f.AccessRequested(),
        )
        assert [each.number for each in told.enrollment.requests] == [1, 4, 6]
        found = told.enrollment.request(4)
        assert found is not None
        assert found.kind is RequestKind.EVIDENCE


class TestAssignments:
    def test_the_latest_due_day_wins_and_none_lifts_nothing(self) -> None:
        told = Happening()
        days = []
        for number, due_on in enumerate(
            (None, date(2025, 6, 1), date(2025, 5, 1), None, date(2025, 7, 1))
        ):
            told.then(added(due_on, RULE, reference=f"r-{number}"))
            days.append(due_of(told))
        june, july = date(2025, 6, 1), date(2025, 7, 1)
        assert days == [None, june, june, june, july]
        assert [each.due_on for each in told.enrollment.assignments] == [
            None, june, date(2025, 5, 1), None, july,
        ]  # fmt: skip

    def test_unassigning_moves_nothing_back_until_the_last_is_gone(self) -> None:
        told = Happening(added(date(2025, 6, 1)), added(date(2025, 7, 1), RULE))
        told.then(f.AssignmentDropped(source=RULE))
        assert due_of(told) == date(2025, 7, 1)
        told.then(f.AssignmentDropped(source=MANUAL))
        assert told.enrollment.assigned_due is None
        assert due_of(told.then(added(date(2025, 5, 1)))) == date(2025, 5, 1)

    def test_the_cycle_takes_the_due_day_and_keeps_it(self) -> None:
        told = Happening(added(date(2025, 6, 1), due_is_hard=True, time_zone="Europe/Madrid"))
        told.then(began(due_is_hard=True, time_zone="Europe/Madrid"))
        assert told.cycle.due == Due(on=date(2025, 6, 1), hard=True, time_zone="Europe/Madrid")
        told.then(f.AssignmentDropped(source=MANUAL))
        assert due_of(told) == date(2025, 6, 1)
        assert told.enrollment.assigned_due is not None

    def test_a_further_one_raises_the_due_day_of_an_open_initial_cycle(self) -> None:
        told = Happening(added(date(2025, 6, 1)), began())
        for due_on, day in (
            (date(2025, 5, 1), date(2025, 6, 1)),
            (date(2025, 7, 1), date(2025, 7, 1)),
        ):
            told.then(added(due_on, RULE, reference=str(due_on)))
            assert due_of(told) == day

    def test_a_cycle_that_had_none_gets_one(self) -> None:
        told = Happening(added(), began())
        assert due_of(told) is None
        told.then(added(date(2025, 7, 1), RULE, due_is_hard=True, time_zone="Asia/Kathmandu"))
        assert told.cycle.due == Due(on=date(2025, 7, 1), hard=True, time_zone="Asia/Kathmandu")

    def test_an_extension_beyond_it_stays(self) -> None:
        told = Happening(added(date(2025, 6, 1)), began())
        told.then(f.DeadlineExtended(number=1, until=date(2025, 9, 1)))
        told.then(added(date(2025, 7, 1), RULE))
        assert due_of(told) == date(2025, 9, 1)

    def test_it_does_not_touch_a_recertification(self) -> None:
        told = Happening(AWARD).then(renewing(), "2025-11-01")
        told.then(added(date(2026, 6, 1)), "2025-11-02")
        assert due_of(told) == date(2025, 12, 31)

    def test_a_cycle_may_have_its_own_due_day_and_the_later_one_wins(self) -> None:
        for own, day in ((date(2025, 5, 1), date(2025, 6, 1)), (date(2025, 8, 1),) * 2):
            told = Happening(added(date(2025, 6, 1)), began(due_on=own))
            assert due_of(told) == day

    def test_who_has_a_certificate_or_a_bar_or_no_assignment_has_no_due_day(self) -> None:
        assigned = added(date(2025, 6, 1))
        assert due_of(Happening(assigned)) == date(2025, 6, 1)
        assert due_of(Happening(assigned, AWARD)) is None
        assert due_of(Happening(assigned, f.AccessRevoked())) is None
        assert due_of(Happening(assigned, f.RemovedFromCertification())) is None
        assert due_of(Happening(AWARD)) is None

    def test_overdue_is_shown_and_changes_no_status(self) -> None:
        enrollment = Happening(added(date(2025, 6, 1))).enrollment
        assert not enrollment.is_overdue_at(instant("2025-06-01 23:59"))
        assert enrollment.is_overdue_at(instant("2025-06-02"))
        assert enrollment.status_at(instant("2025-06-02")) is Status.ASSIGNED
        assert not BLANK.is_overdue_at(instant("2025-06-02"))

    def test_removal_drops_all_of_them(self) -> None:
        told = Happening(added(date(2025, 6, 1)), added(source=RULE), f.RemovedFromCertification())
        assert (told.enrollment.assignments, told.enrollment.assigned_due) == ((), None)


class TestTheDueDayOfARecertification:
    def test_it_follows_the_last_valid_day_that_it_renews(self) -> None:
        told = Happening(AWARD).then(renewing("P6M", due_is_hard=True), "2025-11-01")
        assert told.cycle.due == Due(
            on=date(2026, 6, 30), hard=True, after_expiry=Period.parse("P6M")
        )

    def test_none_by_the_policy(self) -> None:
        assert Happening(AWARD).then(renewing(None)).cycle.due is None

    def test_what_never_ends_is_never_due(self) -> None:
        forever = evolve(AWARD, terms=evolve(TERMS, baseline=None, last_valid_day=None))
        assert Happening(forever).then(renewing()).cycle.due is None

    def test_after_a_revocation_it_follows_nothing(self) -> None:
        told = Happening(AWARD, f.RecertificationForced())
        assert told.then(renewing()).cycle.due is None
        told = Happening(AWARD, f.RecertificationForced())
        told.then(renewing(None, due_on=date(2025, 7, 1)))
        assert told.cycle.due == Due(on=date(2025, 7, 1))

    def test_with_no_certificate_there_is_only_a_day_of_its_own(self) -> None:
        assert Happening(renewing()).cycle.due is None
        assert Happening(renewing(due_on=date(2025, 7, 1))).cycle.due == Due(on=date(2025, 7, 1))

    def test_an_extension_given_beforehand_goes_with_it(self) -> None:
        told = Happening(AWARD, f.NextDeadlineExtended(until=date(2026, 3, 1)))
        told.then(f.NextDeadlineExtended(until=date(2026, 2, 1)))
        assert told.newest.deadline_extended_to == date(2026, 3, 1)
        told.then(renewing(), "2025-11-01")
        due = told.cycle.due
        assert due is not None
        assert (due.on, due.extended_to, due.day) == (
            date(2025, 12, 31), date(2026, 3, 1), date(2026, 3, 1),
        )  # fmt: skip

    def test_a_revoked_certificate_lends_no_extension(self) -> None:
        told = Happening(AWARD, f.NextDeadlineExtended(until=date(2026, 3, 1)))
        told.then(f.RecertificationForced()).then(renewing(None, due_on=date(2025, 7, 1)))
        assert told.cycle.due == Due(on=date(2025, 7, 1))


class TestExtendingACertificate:
    def test_it_raises_the_last_valid_day_and_leaves_the_baseline(self) -> None:
        told = Happening(AWARD, f.CertificateExtended(until=date(2026, 3, 31)))
        assert told.newest.last_valid_day == date(2026, 3, 31)
        assert told.newest.last_grace_day == date(2026, 4, 30)
        assert told.newest.terms == TERMS

    def test_an_earlier_one_takes_nothing_back(self) -> None:
        told = Happening(AWARD, f.CertificateExtended(until=date(2026, 3, 31)))
        told.then(f.CertificateExtended(until=date(2026, 2, 1)))
        assert told.newest.last_valid_day == date(2026, 3, 31)

    @pytest.mark.parametrize(
        ("after_expiry", "day"), [("P0D", date(2026, 3, 31)), ("P6M", date(2026, 9, 30))]
    )
    def test_a_due_day_that_follows_it_moves(self, after_expiry: str, day: date) -> None:
        told = Happening(AWARD).then(renewing(after_expiry), "2025-11-01")
        told.then(f.CertificateExtended(until=date(2026, 3, 31)), "2025-11-02")
        assert due_of(told) == day
        due = told.cycle.due
        assert due is not None
        assert due.extended_to is None

    def test_it_never_moves_back(self) -> None:
        told = Happening(AWARD, f.CertificateExtended(until=date(2026, 3, 31)))
        told.then(renewing(), "2025-11-01")
        told.then(f.CertificateExtended(until=date(2026, 2, 1)), "2025-11-02")
        assert due_of(told) == date(2026, 3, 31)

    @pytest.mark.parametrize("cycle", [renewing(None), renewing(None, due_on=date(2025, 7, 1))])
    def test_one_that_does_not_follow_it_stays(self, cycle: f.CycleBegan) -> None:
        told = Happening(AWARD).then(cycle)
        before = due_of(told)
        assert due_of(told.then(f.CertificateExtended(until=date(2026, 3, 31)))) == before

    def test_with_no_cycle_only_the_certificate(self) -> None:
        told = Happening(AWARD, f.CertificateExtended(until=date(2026, 3, 31)))
        assert told.enrollment.due is None

    @pytest.mark.parametrize(
        "fact",
        [
            f.CertificateExtended(until=date(2026, 3, 31)),
            f.NextDeadlineExtended(until=date(2026, 3, 31)),
            f.CertificateRedated(version=2, terms=TERMS),
            f.CertificateDatedAgain(certificate=1, terms=TERMS),
            f.VersionChosen(version=2),
            f.EntryStruck(entry=7),
        ],
        ids=lambda fact: fact.tag,
    )
    def test_where_the_certificate_was_struck_nothing_happens(self, fact: f.Fact) -> None:
        (event,) = Happening(fact).events
        assert fact.apply(BLANK, event) == BLANK


class TestDating:
    LATER = evolve(TERMS, last_valid_day=date(2026, 6, 30), baseline=date(2026, 6, 30))

    def test_redated_it_is_of_another_version(self) -> None:
        told = Happening(AWARD, f.CertificateRedated(version=2, terms=self.LATER))
        assert (told.newest.version, told.newest.terms) == (2, self.LATER)
        assert told.newest.redated_by == 2

    def test_an_extension_stays(self) -> None:
        told = Happening(AWARD, f.CertificateExtended(until=date(2027, 1, 1)))
        told.then(f.CertificateRedated(version=2, terms=self.LATER))
        assert told.newest.last_valid_day == date(2027, 1, 1)
        assert told.newest.terms.last_valid_day == date(2026, 6, 30)

    def test_neither_a_revoked_nor_an_explicit_one(self) -> None:
        revoked = Happening(AWARD, f.RecertificationForced())
        revoked.then(f.CertificateRedated(version=2, terms=self.LATER))
        assert (revoked.newest.version, revoked.newest.terms) == (1, TERMS)
        explicit = Happening(evolve(AWARD, terms=evolve(TERMS, explicit=True)))
        explicit.then(f.CertificateRedated(version=2, terms=self.LATER))
        assert explicit.newest.terms == evolve(TERMS, explicit=True)

    def test_dated_again_by_its_issue_and_only_that_one(self) -> None:
        told = Happening(AWARD).then(AWARD, "2025-02-01")
        told.then(f.CertificateDatedAgain(certificate=1, terms=self.LATER), "2025-02-01")
        first, second = told.enrollment.certificates
        assert (first.terms, second.terms) == (self.LATER, TERMS)

    def test_new_dates_of_the_issue_do_not_undo_a_redating(self) -> None:
        told = Happening(AWARD, f.CertificateRedated(version=2, terms=self.LATER))
        issue = evolve(TERMS, last_valid_day=date(2025, 9, 30))
        told.then(f.CertificateDatedAgain(certificate=1, terms=issue))
        assert told.newest.terms == self.LATER
        again = evolve(self.LATER, last_valid_day=date(2026, 7, 31))
        told.then(f.CertificateDatedAgain(certificate=1, terms=again, redating=2))
        assert told.newest.terms == again
        assert told.newest.version == 2

    def test_moving_to_a_version_alone_changes_nothing(self) -> None:
        told = Happening(AWARD)
        before = told.enrollment
        after = told.then(f.VersionChosen(version=2)).enrollment
        assert evolve(after, version=before.version, entries=before.entries) == before


class TestCertificates:
    def test_one_of_a_cycle_ends_that_cycle(self) -> None:
        told = Happening(began(), f.CycleStarted(number=1))
        told.then(f.CertificateIssued(cycle=1, version=1, terms=TERMS), "2025-02-01")
        assert told.cycle.ended_by is CycleEnd.CERTIFICATE
        assert (told.newest.cycle, told.newest.is_award) == (1, False)

    def test_an_award_ends_the_cycle_that_is_open(self) -> None:
        told = Happening(began()).then(evolve(AWARD, score="97"), "2025-02-01")
        assert told.cycle.ended_by is CycleEnd.AWARD
        assert told.cycle.ended_at == instant("2025-02-01")
        assert (told.newest.cycle, told.newest.score) == (None, "97")

    def test_with_no_cycle_open_it_is_only_added(self) -> None:
        told = Happening(AWARD).then(AWARD, "2025-02-01")
        assert [each.sequence for each in told.enrollment.certificates] == [1, 2]

    def test_the_last_valid_day_of_nothing_that_ends(self) -> None:
        forever = evolve(AWARD, terms=evolve(TERMS, last_valid_day=None))
        told = Happening(forever, f.CertificateExtended(until=date(2026, 3, 31)))
        assert told.newest.last_valid_day is None


class TestBars:
    @pytest.mark.parametrize(
        ("fact", "bar", "status"),
        [
            (f.AccessRevoked(), Bar.REVOKED, Status.REVOKED),
            (f.PermanentlyRevoked(), Bar.DISALLOWED, Status.DISALLOWED),
        ],
    )
    def test_they_reach_every_certificate_issued_so_far(
        self, fact: f.Fact, bar: Bar, status: Status
    ) -> None:
        told = Happening(AWARD).then(AWARD, "2025-02-01").then(fact, "2025-03-01")
        assert told.enrollment.bar is bar
        assert self.revoked(told) == [instant("2025-03-01")] * 2
        assert told.enrollment.status_at(instant("2030-01-01")) is status

    def test_restored_and_lifted(self) -> None:
        told = Happening(AWARD, f.PermanentlyRevoked()).then(f.AccessRestored(), "2025-03-01")
        assert told.enrollment.bar is Bar.REVOKED
        lifted = told.then(f.BarLifted(), "2025-04-01").enrollment
        assert (lifted.bar, lifted.bar_lifted_by) == (None, 4)
        assert lifted.status_at(instant("2025-04-01")) is Status.REVOKED

    def test_forcing_revokes_and_bars_nobody(self) -> None:
        told = Happening(AWARD).then(f.RecertificationForced(), "2025-03-01")
        assert told.enrollment.bar is None
        assert self.revoked(told) == [instant("2025-03-01")]

    @staticmethod
    def revoked(told: Happening) -> list[datetime | None]:
        return [each.revoked_at for each in told.enrollment.certificates]


class TestSoFarAheadItNeverComes:
    """A due day beyond the years there are is none (P8, T3)."""

    FAR = evolve(AWARD, terms=evolve(TERMS, last_valid_day=date(9000, 12, 31)))

    @pytest.mark.parametrize("period", ["P1D", "P999Y", "P1000Y", "P99999Y"])
    def test_when_the_cycle_begins(self, period: str) -> None:
        told = Happening(self.FAR).then(renewing(period), "2025-11-01")
        assert told.cycle.due is None
        assert outlook(told.enrollment, instant("2025-11-01"))

    @pytest.mark.parametrize("period", ["P999Y", "P1000Y", "P6974Y"])
    def test_when_the_certificate_is_extended(self, period: str) -> None:
        told = Happening(AWARD).then(renewing(period), "2025-11-01")
        assert due_of(told) is not None
        told.then(f.CertificateExtended(until=date(9000, 12, 31)), "2025-11-02")
        assert due_of(told) is None
        assert outlook(told.enrollment, instant("2025-11-02"))
