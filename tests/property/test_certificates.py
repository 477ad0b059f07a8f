"""Certificates: what ends a cycle, what a revocation reaches, which version dates them (R3, R8, R10, P1, P3)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Final

import pytest

from certlib.actors import Actor
from certlib.certifications import Certification
from certlib.state import Case, Command, CycleEnd, Refused, Status, decide
from certlib.state import commands as c
from certlib.transcript import CompletionKey
from tests.cases import (
    ADMIN,
    ANN,
    MICROSECOND,
    SYSTEM,
    blank,
    certification,
    completion,
    enter,
    expiry,
    policy,
)

YEARLY: Final = certification(policy(completion("P1Y"), grace="P30D"))


def on(year: int, month: int, day: int, hour: int = 0) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


def given(within: Certification, *steps: tuple[datetime, Actor, Command]) -> Case:
    """The case after commands that must be accepted, each with the instant at which it is entered."""
    case = blank(within)
    for now, actor, command in steps:
        case = enter(case, actor, command, now)
    return case


def codes(case: Case, command: Command, *, now: datetime, actor: Actor = ADMIN) -> list[str]:
    """Why a command is refused; nothing: it is not."""
    decision = decide(case, command, actor=actor, now=now)
    return [reason.code for reason in decision.reasons] if isinstance(decision, Refused) else []


class TestTheEndOfACycle:
    """A cycle ends with a certificate, an award, abandoning, revocation or removal; if several apply, with the earliest (R3)."""

    CERTIFIED: Final = (on(2024, 4, 10), ADMIN, c.Award())
    BEGUN: Final = (on(2025, 2, 1), ANN, c.StartRecertification())
    LATE_AWARD: Final = (on(2025, 3, 20), ADMIN, c.Award(on=date(2025, 3, 1)))

    @pytest.mark.parametrize(
        ("end", "after_that"),
        [
            (c.AbandonRecertification(), Status.CERTIFIED),
            (c.CompleteStep(step="r"), Status.CERTIFIED),
        ],
    )
    def test_an_award_entered_later_may_be_the_earlier_end(
        self, end: Command, after_that: Status
    ) -> None:
        actor = SYSTEM if isinstance(end, c.CompleteStep) else ANN
        ended = (on(2025, 3, 10), actor, end)
        case = given(YEARLY, self.CERTIFIED, self.BEGUN, ended, self.LATE_AWARD)
        (cycle,) = case.enrollment.cycles
        assert (cycle.ended_at, cycle.ended_by) == (on(2025, 3, 1), CycleEnd.AWARD)
        assert case.enrollment.status_at(on(2025, 3, 20)) is after_that

    def test_an_award_after_the_end_is_not(self) -> None:
        abandoned = (on(2025, 2, 20), ANN, c.AbandonRecertification())
        case = given(YEARLY, self.CERTIFIED, self.BEGUN, abandoned, self.LATE_AWARD)
        (cycle,) = case.enrollment.cycles
        assert (cycle.ended_at, cycle.ended_by) == (on(2025, 2, 20), CycleEnd.ABANDONED)

    def test_certificates_already_issued_stay(self) -> None:
        finished = (on(2025, 3, 10), SYSTEM, c.CompleteStep(step="r"))
        case = given(YEARLY, self.CERTIFIED, self.BEGUN, finished, self.LATE_AWARD)
        assert [each.terms.issued_on for each in case.enrollment.certificates] == [
            date(2024, 4, 10),
            date(2025, 3, 1),
            date(2025, 3, 10),
        ]

    @pytest.mark.parametrize(
        ("awarded", "ended_at"),
        [
            (on(2025, 2, 1) - MICROSECOND, on(2025, 3, 20)),
            (on(2025, 2, 1), on(2025, 2, 1)),
            (on(2025, 2, 1) + MICROSECOND, on(2025, 2, 1) + MICROSECOND),
        ],
    )
    def test_around_its_beginning(self, awarded: datetime, ended_at: datetime) -> None:
        """Dated before it began, it ends it at the instant it is entered; else at its own."""
        late = (on(2025, 3, 20), ADMIN, c.Award(at=awarded))
        case = given(YEARLY, self.CERTIFIED, self.BEGUN, late)
        (cycle,) = case.enrollment.cycles
        assert cycle.ended_at == ended_at


class TestRevocation:
    """A revocation reaches every certificate issued before it; a revoked one is no base for the next (R8, P1)."""

    FORCED: Final = (
        (on(2024, 6, 12), ADMIN, c.Award()),
        (on(2025, 1, 20), ADMIN, c.ForceRecertification()),
    )
    WITHIN: Final = certification(policy(expiry("P1Y"), window="P2M", grace="P30D"))

    def test_the_next_counts_from_its_completion(self) -> None:
        """Though the basis is the previous expiry, and it is in what would have been the window (E42a)."""
        step = (on(2025, 5, 2, 10), SYSTEM, c.CompleteStep(step="r"))
        case = given(self.WITHIN, *self.FORCED, step)
        newest = case.enrollment.newest_certificate
        assert newest is not None
        assert newest.last_valid_day == date(2026, 5, 2)

    def test_the_first_one_stays(self) -> None:
        """Revoked again, a certificate was revoked when it first was."""
        case = given(self.WITHIN, *self.FORCED, (on(2025, 2, 1), ADMIN, c.RevokeAccess()))
        (certificate,) = case.enrollment.certificates
        assert certificate.revoked_at == on(2025, 1, 20)

    @pytest.mark.parametrize(
        ("awarded", "revoked"),
        [(on(2025, 1, 19), True), (on(2025, 1, 20) - MICROSECOND, True), (on(2025, 1, 20), False)],
    )
    def test_its_reach(self, awarded: datetime, *, revoked: bool) -> None:
        """Of one instant, what was entered later was not there to be revoked."""
        case = given(self.WITHIN, *self.FORCED, (on(2025, 1, 25), ADMIN, c.Award(at=awarded)))
        newest = case.enrollment.newest_certificate
        assert newest is not None
        assert newest.issued_at == awarded
        assert (newest.revoked_at is not None) is revoked
        assert case.enrollment.certified_at(on(2025, 1, 25)) is not revoked


class TestBarred:
    """An award is refused while barred, then or now (row 34)."""

    BARRED: Final = given(
        YEARLY,
        (on(2024, 6, 12), ADMIN, c.Award()),
        (on(2025, 1, 20), ADMIN, c.PermanentlyRevoke()),
    )
    AGAIN: Final = given(
        YEARLY,
        (on(2024, 6, 12), ADMIN, c.Award()),
        (on(2025, 1, 20), ADMIN, c.PermanentlyRevoke()),
        (on(2025, 2, 20), ADMIN, c.RestoreAccess()),
        (on(2025, 3, 20), ANN, c.StartRecertification()),
    )

    @pytest.mark.parametrize("at", [on(2024, 1, 1), on(2025, 1, 19), on(2025, 1, 21)])
    def test_now(self, at: datetime) -> None:
        """Dated before the bar, too."""
        assert codes(self.BARRED, c.Award(at=at), now=on(2025, 1, 25)) == ["not_while_disallowed"]

    @pytest.mark.parametrize(
        ("at", "refused"),
        [
            (on(2025, 1, 20) - MICROSECOND, []),
            (on(2025, 1, 20), ["not_while_disallowed"]),
            (on(2025, 2, 20) - MICROSECOND, ["not_while_disallowed"]),
            (on(2025, 2, 20), ["not_while_revoked"]),
            (on(2025, 3, 20) - MICROSECOND, ["not_while_revoked"]),
            (on(2025, 3, 20), []),
        ],
    )
    def test_then(self, at: datetime, refused: list[str]) -> None:
        assert codes(self.AGAIN, c.Award(at=at), now=on(2025, 4, 1)) == refused


class TestVersions:
    """An award is dated under the version newest on its day, else the first; a cycle takes the newest at its beginning (R10)."""

    WITHIN: Final = certification(
        policy(completion("P1Y"), zone="Europe/Berlin"),
        policy(completion("P2Y"), zone="Europe/Berlin"),
    )
    PUBLISHED: Final = datetime(2024, 5, 31, 22, tzinfo=UTC)
    """The first instant of 1 June 2024 in Berlin."""

    @pytest.mark.parametrize(
        ("at", "version"),
        [
            (on(1950, 1, 1), 1),
            (PUBLISHED - MICROSECOND, 1),
            (PUBLISHED, 2),
            (on(2025, 1, 1), 2),
        ],
    )
    def test_awards(self, at: datetime, version: int) -> None:
        case = given(self.WITHIN, (on(2025, 1, 1), ADMIN, c.Award(at=at)))
        (certificate,) = case.enrollment.certificates
        assert certificate.version == version
        assert certificate.last_valid_day is not None
        assert certificate.last_valid_day.year == certificate.terms.issued_on.year + version

    @pytest.mark.parametrize(("at", "version"), [(PUBLISHED - MICROSECOND, 1), (PUBLISHED, 2)])
    def test_cycles(self, at: datetime, version: int) -> None:
        """A cycle is pinned to it, and so is its certificate."""
        case = given(
            self.WITHIN,
            (at, ANN, c.Enroll()),
            (on(2024, 7, 1), ANN, c.Start()),
            (on(2024, 7, 2), SYSTEM, c.CompleteStep(step="a")),
            (on(2024, 7, 3), SYSTEM, c.CompleteStep(step="b")),
        )
        (certificate,) = case.enrollment.certificates
        assert certificate.version == version
        assert certificate.last_valid_day == date(2024 + version, 7, 3)


class TestBeforeTheWindow:
    """The system may start before the window for a completion that the policy takes as a renewal; nobody else may (row 25, P3)."""

    KEY: Final = CompletionKey(training="R", at=on(2024, 9, 1))

    @pytest.mark.parametrize(
        ("actor", "because", "renews", "refused"),
        [
            (SYSTEM, (KEY,), True, []),
            (SYSTEM, (KEY,), False, ["window_is_open"]),
            (SYSTEM, (), True, ["window_is_open"]),
            (ANN, (KEY,), True, ["window_is_open"]),
            (ANN, (), True, ["window_is_open"]),
        ],
    )
    def test_who(
        self, actor: Actor, because: tuple[CompletionKey, ...], *, renews: bool, refused: list[str]
    ) -> None:
        within = certification(policy(expiry("P1Y"), window="P2M", renews=renews))
        case = given(within, (on(2024, 3, 1), ADMIN, c.Award()))
        start = c.StartRecertification(because=because)
        assert codes(case, start, now=on(2024, 9, 1), actor=actor) == refused

    def test_the_refusal_says_when_it_opens(self) -> None:
        within = certification(policy(expiry("P1Y"), zone="Asia/Tokyo", window="P2M"))
        case = given(within, (on(2024, 3, 1), ADMIN, c.Award(on=date(2024, 3, 1))))
        decision = decide(case, c.StartRecertification(), actor=ANN, now=on(2024, 9, 1))
        assert isinstance(decision, Refused)
        (reason,) = decision.reasons
        opens = datetime(2024, 12, 31, 15, tzinfo=UTC)
        assert reason.opens_at == opens
        assert codes(case, c.StartRecertification(), actor=ANN, now=opens - MICROSECOND)
        assert not codes(case, c.StartRecertification(), actor=ANN, now=opens)


class TestFromThePreviousExpiry:
    """Where the end would not lie after the completion, it counts from the completion (P1)."""

    @pytest.mark.parametrize(
        ("renewed_on", "last"),
        [
            (date(2025, 3, 14), date(2025, 3, 15)),
            (date(2025, 3, 15), date(2025, 4, 15)),
            (date(2025, 3, 16), date(2025, 4, 16)),
        ],
    )
    def test_in_grace_that_counts_as_certified(self, renewed_on: date, last: date) -> None:
        """Not late, then, however long the grace is."""
        within = certification(policy(expiry("P1M"), grace="P60D", grace_counts=True))
        case = given(
            within,
            (on(2025, 1, 15), ADMIN, c.Award()),
            (on(2025, 4, 1), ADMIN, c.Award(on=renewed_on)),
        )
        newest = case.enrollment.newest_certificate
        assert newest is not None
        assert newest.last_valid_day == last
