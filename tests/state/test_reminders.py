"""Reminders: what time alone makes due, worked out from the history (P12, P12b; E72 to E74, E78)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from attrs import evolve

from certlib.certifications import Certification
from certlib.periods import Period
from certlib.policies import (
    About,
    Deadlines,
    Digest,
    InitialDeadline,
    PerCertificate,
    Policy,
    Reminder,
    Reminders,
)
from certlib.state import Case, Command, plan
from certlib.state._reminders import armed, disarmed, next_reminder_at
from certlib.state.commands import (
    Assign,
    Award,
    Enroll,
    ExtendCertificate,
    ForceRecertification,
    MoveToVersion,
    RevokeAccess,
    Start,
    Strike,
    Unassign,
)
from tests.cases import ADMIN, ANN, blank, certification, completion, enter, history_of, policy

BEGIN = datetime(2024, 6, 30, 9, tzinfo=UTC)


def day(text: str) -> date:
    return date.fromisoformat(text)


def at(text: str) -> datetime:
    """An instant; of a day, 09:00 UTC."""
    return datetime.fromisoformat(text if "T" in text else f"{text}T09:00").replace(tzinfo=UTC)


def reminding(
    *days: int, about: About = About.EXPIRY, digest: str | None = None, **others: object
) -> Policy:
    usual = policy(completion("P1Y"), **others)  # type: ignore[arg-type]
    return evolve(
        usual,
        reminders=Reminders(
            at=tuple(Reminder(about=about, days=each) for each in days),
            digests=(Digest(about=about, begins=Period.parse(digest)),) if digest else (),
        ),
    )


def awarded(*policies: Policy, on: datetime = BEGIN) -> Case:
    return enter(blank(certification(*policies)), ADMIN, Award(), on)


def given(case: Case, *commands: tuple[Command, str]) -> Case:
    for command, now in commands:
        case = enter(case, ADMIN, command, at(now))
    return case


def told(case: Case, until: str) -> list[tuple[str, str, str | None]]:
    """What became due: kind, the instant in UTC, and when its reason went."""
    return [
        (
            each.notice.kind,
            f"{each.notice.at:%Y-%m-%dT%H:%M}",
            None if each.withdrawn_at is None else f"{each.withdrawn_at:%Y-%m-%dT%H:%M}",
        )
        for each in plan(history_of(case), case.certification, learner="ann", until=at(until))
    ]


class TestArmed:
    def test_around_the_last_valid_day_at_its_first_instant_earliest_first(self) -> None:
        case = awarded(reminding(7, -30, 0, zone="Europe/Madrid"))
        assert [
            (n.kind, f"{n.at:%Y-%m-%dT%H:%M}") for n in armed(case.enrollment, case.certification)
        ] == [
            ("expiry-30", "2025-05-30T22:00"),
            ("expiry+0", "2025-06-29T22:00"),
            ("expiry+7", "2025-07-06T22:00"),
        ]
        (first, *_) = armed(case.enrollment, case.certification)
        assert (first.day, first.certificate, first.cycle, first.about) == (
            day("2025-06-30"), 1, None, "expiry",
        )  # fmt: skip

    @pytest.mark.parametrize(
        ("about", "expected"),
        [(About.EXPIRY, "2025-06-29"), (About.GRACE, "2025-07-29"), (About.WINDOW, "2025-03-29")],
    )
    def test_around_each_day_of_a_certificate(self, about: About, expected: str) -> None:
        case = awarded(reminding(-1, about=about, grace="P30D", window="P3M"))
        (found,) = armed(case.enrollment, case.certification)
        assert (found.kind, f"{found.at:%Y-%m-%d}") == (f"{about}-1", expected)

    @pytest.mark.parametrize("about", [About.GRACE, About.DUE])
    def test_around_a_day_that_is_not_there_is_none(self, about: About) -> None:
        case = awarded(reminding(-1, about=about))
        assert armed(case.enrollment, case.certification) == ()

    def test_a_certificate_that_never_ends_has_none(self) -> None:
        case = enter(blank(certification(reminding(-1))), ADMIN, Award(always_valid=True), BEGIN)
        assert armed(case.enrollment, case.certification) == ()

    def test_nobody_is_reminded_of_what_is_revoked(self) -> None:
        case = given(awarded(reminding(-1)), (ForceRecertification(), "2024-07-01"))
        assert armed(case.enrollment, case.certification) == ()

    def test_without_reminders_nothing_is_worked_out(self) -> None:
        case = awarded(policy(completion("P1Y")))
        assert armed(case.enrollment, Certification(code="FIRE")) == ()
        assert armed(case.enrollment, case.certification) == ()

    def test_a_version_that_is_gone_from_the_catalog_reminds_of_nothing(self) -> None:
        case = awarded(reminding(-1))
        gone = evolve(
            case.certification, versions=(evolve(case.certification.versions[0], number=9),)
        )
        assert armed(case.enrollment, gone) == ()

    @pytest.mark.parametrize(("ends", "count"), [("1900-01-05", 3 + 131), ("8999-12-31", 3 + 131)])
    def test_at_both_ends_of_the_calendar(self, ends: str, count: int) -> None:
        far = evolve(
            reminding(-3660, -1, 3660, digest="P120M"),
            validity=PerCertificate(),
            time_zone="Pacific/Kiritimati",
        )
        certified = certification(far)
        first = evolve(certified.versions[0], published_on=day("1900-01-01"))
        case = enter(
            blank(evolve(certified, versions=(first,))),
            ADMIN,
            Award(on=day("1900-01-02"), expires_on=day(ends)),
            BEGIN,
        )
        found = armed(case.enrollment, case.certification)
        assert len(found) == count
        assert found[-1].kind == "expiry+3660"

    def test_of_an_empty_enrollment_there_is_none(self) -> None:
        case = blank(certification(reminding(-1)))
        assert armed(case.enrollment, case.certification) == ()


class TestDue:
    """The day by which a cycle is to be finished."""

    DUE = evolve(
        reminding(-3, about=About.DUE),
        deadlines=Deadlines(initial=InitialDeadline(due=Period.parse("P10D"))),
    )

    def test_from_the_assignment_on_and_not_again_when_the_cycle_begins(self) -> None:
        case = given(blank(certification(self.DUE)), (Assign(), "2024-07-01"))
        (assigned,) = armed(case.enrollment, case.certification)
        assert (assigned.kind, assigned.cycle, assigned.day) == ("due-3", 1, day("2024-07-11"))
        case = enter(case, ANN, Enroll(), at("2024-07-02"))
        (begun,) = armed(case.enrollment, case.certification)
        assert begun.key == assigned.key
        case = enter(case, ANN, Start(), at("2024-07-03"))
        assert told(case, "2024-08-01") == [("due-3", "2024-07-08T00:00", None)]

    def test_no_longer_once_the_assignment_is_taken_back(self) -> None:
        case = given(
            blank(certification(self.DUE)), (Assign(), "2024-07-01"), (Unassign(), "2024-07-09")
        )
        assert told(case, "2024-08-01") == [("due-3", "2024-07-08T00:00", "2024-07-09T09:00")]

    def test_no_longer_once_it_is_certified(self) -> None:
        case = given(
            blank(certification(self.DUE)), (Assign(), "2024-07-01"), (Award(), "2024-07-02")
        )
        assert told(case, "2024-08-01") == []

    def test_without_a_version_to_begin_there_is_none(self) -> None:
        case = given(blank(certification(self.DUE)), (Assign(), "2024-07-01"))
        retired = evolve(case.certification, versions=tuple(
            evolve(each, published_on=day("2030-01-01")) for each in case.certification.versions
        ))  # fmt: skip
        assert armed(case.enrollment, retired) == ()


class TestDigests:
    def test_monthly_then_weekly_then_daily(self) -> None:
        case = awarded(reminding(digest="P2M"))
        found = armed(case.enrollment, case.certification)
        assert [f"{each.at:%m-%d}" for each in found] == [
            "04-30", "05-30", "06-02", "06-09", "06-16", "06-23",
            *(f"06-{number}" for number in range(24, 31)),
        ]  # fmt: skip
        assert {each.about for each in found} == {"digest_expiry"}
        assert (found[0].kind, found[-1].kind) == ("digest_expiry-61", "digest_expiry+0")
        assert len({each.key for each in found}) == len(found)

    def test_only_around_its_own_day(self) -> None:
        case = awarded(evolve(
            reminding(-1), reminders=Reminders(
                at=(Reminder(days=-1),),
                digests=(Digest(about=About.GRACE, begins=Period.parse("P1W")),),
            ),
        ))  # fmt: skip
        assert [each.kind for each in armed(case.enrollment, case.certification)] == ["expiry-1"]


class TestPlan:
    def test_e72_withdrawn_on_renewal_and_armed_again(self) -> None:
        case = given(awarded(reminding(-30, -7, 7)), (Award(), "2025-06-10"))
        assert told(case, "2026-06-20") == [
            ("expiry-30", "2025-05-31T00:00", "2025-06-10T09:00"),
            ("expiry-30", "2026-05-11T00:00", None),
            ("expiry-7", "2026-06-03T00:00", None),
            ("expiry+7", "2026-06-17T00:00", None),
        ]

    def test_e73_nothing_about_the_past(self) -> None:
        case = enter(
            blank(certification(reminding(-60, -14))), ADMIN, Award(on=day("2024-03-18")),
            at("2025-02-10"),
        )  # fmt: skip
        assert told(case, "2025-04-01") == [("expiry-14", "2025-03-04T00:00", None)]

    def test_due_at_the_very_instant_it_is_known_it_comes(self) -> None:
        case = enter(
            blank(certification(reminding(-14))), ADMIN, Award(on=day("2024-03-18")),
            at("2025-03-04T00:00"),
        )  # fmt: skip
        assert told(case, "2025-03-04T00:00") == [("expiry-14", "2025-03-04T00:00", None)]
        assert told(case, "2025-03-03T23:59") == []

    def test_e74_an_extension_arms_them_again(self) -> None:
        case = given(
            awarded(reminding(-30, -7), on=at("2024-03-31")),
            (ExtendCertificate(until=day("2025-06-15")), "2025-03-10"),
        )
        assert told(case, "2025-06-30") == [
            ("expiry-30", "2025-03-01T00:00", "2025-03-10T09:00"),
            ("expiry-30", "2025-05-16T00:00", None),
            ("expiry-7", "2025-06-08T00:00", None),
        ]

    def test_back_at_its_old_day_it_does_not_come_twice(self) -> None:
        case = given(
            awarded(reminding(-30, -7), on=at("2024-03-31")),
            (ExtendCertificate(until=day("2025-06-15")), "2025-03-10"),
            (Strike(entry=2), "2025-03-12"),
        )
        assert told(case, "2025-06-30") == [
            ("expiry-30", "2025-03-01T00:00", "2025-03-10T09:00"),
            ("expiry-7", "2025-03-24T00:00", None),
        ]

    def test_what_fell_due_while_there_was_no_reason_does_not_come(self) -> None:
        case = given(
            awarded(reminding(-30, -7), on=at("2024-03-31")),
            (ExtendCertificate(until=day("2025-06-15")), "2025-02-20"),
            (Strike(entry=2), "2025-03-12"),
        )
        assert told(case, "2025-06-30") == [("expiry-7", "2025-03-24T00:00", None)]

    def test_a_strike_takes_the_reason_away(self) -> None:
        case = given(awarded(reminding(-30)), (Strike(entry=1), "2025-06-02"))
        assert told(case, "2026-01-01") == [("expiry-30", "2025-05-31T00:00", "2025-06-02T09:00")]

    def test_up_to_an_instant_what_comes_later_is_not_known(self) -> None:
        case = given(awarded(reminding(-30)), (Award(), "2025-06-10"))
        assert told(case, "2025-06-10T08:59") == [("expiry-30", "2025-05-31T00:00", None)]
        assert told(case, "2025-05-30T23:59") == []

    def test_at_the_instant_at_which_its_reason_goes_it_does_not_come(self) -> None:
        case = given(awarded(reminding(-30)), (Award(), "2025-05-31T00:00"))
        assert told(case, "2025-12-31") == []

    def test_revoked_and_nothing_more_is_said(self) -> None:
        case = given(awarded(reminding(-30, -7)), (ForceRecertification(), "2025-06-01"))
        assert told(case, "2026-01-01") == [("expiry-30", "2025-05-31T00:00", "2025-06-01T09:00")]

    def test_awards_entered_late_change_what_is_due(self) -> None:
        case = given(awarded(reminding(-30)), (Award(at=at("2024-12-01")), "2025-06-10"))
        assert told(case, "2026-01-01") == [
            ("expiry-30", "2025-05-31T00:00", "2025-06-10T09:00"),
            ("expiry-30", "2025-11-01T00:00", None),
        ]

    def test_no_history_no_reminders(self) -> None:
        assert told(blank(certification(reminding(-30))), "2030-01-01") == []


class TestAnotherZone:
    """The same day in another zone: its first instant is another one, the notice is the same."""

    MADRID = reminding(-1, zone="Europe/Madrid")
    AUCKLAND = reminding(-1, zone="Pacific/Auckland")
    NEW_YORK = reminding(-1, zone="America/New_York")

    @staticmethod
    def awarded(first: Policy, second: Policy) -> Case:
        """Certified by the first of two versions, before the second is published."""
        found = certification(first, second)
        old, new = found.versions
        later = evolve(new, published_on=day("2024-07-01"))
        return enter(blank(evolve(found, versions=(old, later))), ADMIN, Award(), BEGIN)

    def test_earlier_it_comes_earlier(self) -> None:
        case = given(
            self.awarded(self.MADRID, self.AUCKLAND),
            (MoveToVersion(version=2, redate=True), "2024-07-02"),
        )
        assert told(case, "2025-07-01") == [("expiry-1", "2025-06-28T12:00", None)]

    def test_later_it_comes_later(self) -> None:
        case = given(
            self.awarded(self.MADRID, self.NEW_YORK),
            (MoveToVersion(version=2, redate=True), "2024-07-02"),
        )
        assert told(case, "2025-07-01") == [("expiry-1", "2025-06-29T04:00", None)]

    def test_what_was_due_already_stays_as_it_was(self) -> None:
        case = given(
            self.awarded(self.MADRID, self.NEW_YORK),
            (MoveToVersion(version=2, redate=True), "2025-06-29T01:00"),
        )
        assert told(case, "2025-07-01") == [("expiry-1", "2025-06-28T22:00", None)]

    def test_due_meanwhile_it_comes_at_once(self) -> None:
        case = given(
            self.awarded(self.MADRID, self.AUCKLAND),
            (MoveToVersion(version=2, redate=True), "2025-06-28T15:00"),
        )
        assert told(case, "2025-06-28T15:00") == [("expiry-1", "2025-06-28T12:00", None)]
        before = self.awarded(self.MADRID, self.AUCKLAND).enrollment
        now = at("2025-06-28T15:00")
        assert next_reminder_at(case.enrollment, case.certification, now, before=before) == now


class TestDisarmed:
    def test_whatever_has_no_reason_any_more_due_or_not(self) -> None:
        before = awarded(reminding(-30, -7))
        after = given(before, (Award(), "2025-06-10"))
        gone = disarmed(before.enrollment, after.enrollment, before.certification)
        assert [each.kind for each in gone] == ["expiry-30", "expiry-7"]
        assert {each.certificate for each in gone} == {1}

    def test_what_stays_is_not_among_them(self) -> None:
        before = awarded(reminding(-30))
        after = given(before, (Assign(), "2025-06-10"))
        assert disarmed(before.enrollment, after.enrollment, before.certification) == ()


class TestNext:
    def test_after_a_sweep_it_is_the_next_one_ahead(self) -> None:
        case = awarded(reminding(-30, -7))
        for now, expected in (
            ("2025-01-01", "2025-05-31T00:00"),
            ("2025-05-31T00:00", "2025-06-23T00:00"),
            ("2025-06-22T23:59", "2025-06-23T00:00"),
        ):
            assert next_reminder_at(case.enrollment, case.certification, at(now)) == at(expected)
        assert next_reminder_at(case.enrollment, case.certification, at("2025-06-23T00:00")) is None

    def test_after_a_change_what_no_sweep_may_have_met_is_due_now(self) -> None:
        before = awarded(reminding(-30, -7))
        after = given(before, (Assign(), "2025-06-10"))

        def next_at(now: str) -> datetime | None:
            return next_reminder_at(
                after.enrollment, after.certification, at(now), before=before.enrollment
            )

        assert next_at("2025-05-30") == at("2025-05-31T00:00")
        assert next_at("2025-06-10") == at("2025-06-10")

    def test_after_a_change_what_was_due_before_is_no_matter_where_nobody_knew_of_it(self) -> None:
        before = blank(certification(reminding(-60, -14)))
        now = at("2025-02-10")
        after = enter(before, ADMIN, Award(on=day("2024-03-18")), now)
        found = next_reminder_at(
            after.enrollment, after.certification, now, before=before.enrollment
        )
        assert found == at("2025-03-04T00:00")
        gone = given(after, (RevokeAccess(), "2025-04-10"))
        assert (
            next_reminder_at(
                gone.enrollment, gone.certification, at("2025-04-10"), before=after.enrollment
            )
            is None
        )
