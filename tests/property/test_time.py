"""Time: late facts take their place, and the past stays what it was (T5, T6)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve

from certlib.errors import InvalidValueError
from certlib.state import (
    Case,
    ChangeKind,
    ChangePoint,
    Refused,
    Status,
    certified_spans,
    decide,
    fulfil,
    timeline,
)
from certlib.state.commands import Award, CompleteStep, Enroll, Start, StartRecertification, Strike
from certlib.transcript import Completion
from tests.cases import (
    ADMIN,
    ANN,
    MICROSECOND,
    SYSTEM,
    after,
    answer,
    as_of,
    blank,
    certification,
    completion,
    enter,
    expiry,
    history_of,
    policy,
)
from tests.histories import CERTIFICATIONS, boundaries

NOW: Final = datetime(2026, 2, 3, 12, tzinfo=UTC)


def certificates(case: Case) -> list[tuple[object, ...]]:
    return [
        (each.issued_at, each.terms, each.version, each.revoked_at)
        for each in case.enrollment.certificates
    ]


def awards(seed: str, zone: str, *, explicit: bool, count: int = 4) -> list[Award]:
    """Some awards of the last three years, no two of one instant."""
    random = Random(seed)
    days = random.sample(range(20, 1000), count)
    given = []
    for number, ago in enumerate(days):
        on = NOW.date() - timedelta(days=ago)
        states = explicit or (random.random() < 0.2 and "explicit" not in seed)
        expires = on + timedelta(days=random.randint(0, 500)) if states else None
        if number % 2:
            given.append(Award(on=on, expires_on=expires))
        else:
            at = datetime(on.year, on.month, on.day, random.randint(0, 23), 30, tzinfo=UTC)
            given.append(Award(at=at, expires_on=expires and expires + timedelta(days=1)))
    return given


@pytest.mark.slow
class TestAwardsInAnyOrder:
    """Awards entered in any order at one `now` end with the same certificates, the same status, and the same answer for every instant (T5)."""

    @pytest.mark.parametrize("seed", range(4))
    @pytest.mark.parametrize("name", CERTIFICATIONS)
    def test_all_24_orders_of_four(self, name: str, seed: int) -> None:
        chosen = CERTIFICATIONS[name]
        four = awards(
            f"{name} {seed}", chosen.zone, explicit="certificate" in name or name == "explicit"
        )
        self._agree(blank(chosen), four)

    @pytest.mark.parametrize("name", ["completion", "expiry, Auckland", "longer later"])
    def test_with_a_cycle_that_is_open_all_the_while(self, name: str) -> None:
        chosen = CERTIFICATIONS[name]
        begun = enter(blank(chosen), ANN, Enroll(), NOW - timedelta(days=1500))
        self._agree(begun, awards(name, chosen.zone, explicit=False))

    @pytest.mark.parametrize("name", ["completion", "expiry, Berlin", "expiry, renews"])
    def test_with_a_certificate_earned_among_them(self, name: str) -> None:
        chosen = CERTIFICATIONS[name]
        case = enter(blank(chosen), ANN, Enroll(), NOW - timedelta(days=700))
        case = enter(case, ANN, Start(), NOW - timedelta(days=600))
        for step in ("a", "b"):
            case = enter(case, SYSTEM, CompleteStep(step=step), NOW - timedelta(days=500))
        self._agree(case, awards(f"{name} among", chosen.zone, explicit=False))

    @staticmethod
    def _agree(start: Case, four: Sequence[Award]) -> None:
        entered = [_enter(start, order) for order in permutations(four)]
        first = entered[0]
        asked = sorted({*boundaries(first), *(each + MICROSECOND for each in boundaries(first)),
                        *(each - MICROSECOND for each in boundaries(first)), NOW})  # fmt: skip
        answers = [answer(first, at) for at in asked]
        for other in entered[1:]:
            assert certificates(other) == certificates(first)
            assert other.enrollment.status_at(NOW) == first.enrollment.status_at(NOW)
            assert [answer(other, at) for at in asked] == answers


def _enter(case: Case, order: Sequence[Award]) -> Case:
    for award in order:
        case = enter(case, ADMIN, award, NOW)
    return case


class TestAnAwardOfTwoYearsAgo:
    """It leaves the learner Lapsed today, with each change point at its own instant (T5)."""

    CASE: Final = enter(
        blank(certification(policy(completion("P1Y"), grace="P30D", window="P60D"))),
        ADMIN,
        Award(on=date(2024, 2, 5)),
        NOW,
    )

    def test_lapsed_today(self) -> None:
        assert self.CASE.enrollment.status_at(NOW) is Status.LAPSED
        assert not self.CASE.enrollment.certified_at(NOW)
        assert self.CASE.enrollment.since(NOW) == datetime(2025, 3, 8, tzinfo=UTC)

    def test_the_statuses_in_between(self) -> None:
        for on, status in (
            (datetime(2024, 2, 4, 23, 59, 59, tzinfo=UTC), None),
            (datetime(2024, 2, 5, tzinfo=UTC), Status.CERTIFIED),
            (datetime(2025, 2, 5, 23, 59, 59, 999999, tzinfo=UTC), Status.CERTIFIED),
            (datetime(2025, 2, 6, tzinfo=UTC), Status.EXPIRED),
            (datetime(2025, 3, 7, 23, 59, 59, 999999, tzinfo=UTC), Status.EXPIRED),
            (datetime(2025, 3, 8, tzinfo=UTC), Status.LAPSED),
        ):
            assert as_of(self.CASE, on).status_at(on) is status, on

    def test_the_timeline(self) -> None:
        told = timeline(history_of(self.CASE), learner="ann", certification="FIRE", until=NOW)
        assert [(p.kind, p.at, p.before, p.after) for p in told if isinstance(p, ChangePoint)] == [
            (
                ChangeKind.WINDOW_OPENS,
                datetime(2024, 12, 7, tzinfo=UTC),
                Status.CERTIFIED,
                Status.CERTIFIED,
            ),
            (
                ChangeKind.CERTIFICATE_EXPIRES,
                datetime(2025, 2, 6, tzinfo=UTC),
                Status.CERTIFIED,
                Status.EXPIRED,
            ),
            (
                ChangeKind.GRACE_ENDS,
                datetime(2025, 3, 8, tzinfo=UTC),
                Status.EXPIRED,
                Status.LAPSED,
            ),
        ]

    def test_nobody_knew_it_then(self) -> None:
        then = datetime(2024, 6, 1, tzinfo=UTC)
        assert as_of(self.CASE, then, then).status_at(then) is None


class TestARefresherEnteredLate:
    """What took effect before the expiry and is entered after it counts, and closes the gap (T1, T5)."""

    CERTIFICATION: Final = certification(policy(expiry("P1Y"), window="P2M"))
    DONE: Final = datetime(2025, 4, 10, 15, tzinfo=UTC)
    ENTERED: Final = datetime(2025, 4, 14, 9, tzinfo=UTC)

    @pytest.fixture
    def case(self) -> Case:
        return enter(
            blank(self.CERTIFICATION),
            ADMIN,
            Award(on=date(2024, 4, 10)),
            datetime(2024, 4, 10, tzinfo=UTC),
        )

    def _counts(self, renewed: Case) -> None:
        assert renewed.enrollment.status_at(self.ENTERED) is Status.CERTIFIED
        newest = renewed.enrollment.newest_certificate
        assert newest is not None
        assert newest.issued_at == self.DONE
        assert newest.last_valid_day == date(2026, 4, 10)
        spans = certified_spans(history_of(renewed), learner="ann", certification="FIRE")
        assert spans == ((datetime(2024, 4, 10, tzinfo=UTC), datetime(2026, 4, 11, tzinfo=UTC)),)
        expired = datetime(2025, 4, 12, tzinfo=UTC)
        assert as_of(renewed, expired, expired).certified_at(expired) is False
        assert as_of(renewed, expired).certified_at(expired) is True

    def test_a_step(self, case: Case) -> None:
        begun = enter(case, ANN, StartRecertification(), datetime(2025, 3, 20, tzinfo=UTC))
        self._counts(enter(begun, SYSTEM, CompleteStep(step="r", at=self.DONE), self.ENTERED))

    def test_a_completion_with_nobody_pressing_start(self, case: Case) -> None:
        refresher = Completion(training="R", at=self.DONE, recorded_at=self.ENTERED)
        known = evolve(case, transcript=case.transcript.with_completions(refresher))
        renewed = known
        for decision in fulfil(known, completion=refresher, now=self.ENTERED):
            renewed = after(renewed, decision)
        self._counts(renewed)

    def test_an_award(self, case: Case) -> None:
        self._counts(enter(case, ADMIN, Award(at=self.DONE), self.ENTERED))

    def test_but_not_what_took_effect_after_it(self, case: Case) -> None:
        late = enter(case, ADMIN, Award(at=datetime(2025, 4, 11, tzinfo=UTC)), self.ENTERED)
        newest = late.enrollment.newest_certificate
        assert newest is not None
        assert newest.last_valid_day == date(2026, 4, 11)


class TestLate:
    """A command is not dated before the last fact given, nor after now; the last fact's own instant will do (T5)."""

    CASE: Final = enter(
        blank(certification(policy(completion("P1Y")))),
        ANN,
        Enroll(),
        datetime(2025, 5, 3, 8, tzinfo=UTC),
    )
    LAST: Final = datetime(2025, 5, 3, 8, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("at", "codes"),
        [
            (LAST - MICROSECOND, ["before_last_fact"]),
            (LAST, []),
            (NOW, []),
            (NOW + MICROSECOND, ["in_the_future"]),
        ],
    )
    def test_the_edges(self, at: datetime, codes: list[str]) -> None:
        decision = decide(self.CASE, Start(at=at), actor=ANN, now=NOW)
        reasons = decision.reasons if isinstance(decision, Refused) else ()
        assert [reason.code for reason in reasons] == codes

    def test_a_strike_is_no_such_fact(self) -> None:
        awarded = enter(self.CASE, ADMIN, Award(), datetime(2025, 6, 1, tzinfo=UTC))
        struck = enter(awarded, ADMIN, Strike(entry=2), datetime(2025, 6, 2, tzinfo=UTC))
        started = enter(struck, ANN, Start(at=self.LAST), datetime(2025, 6, 3, tzinfo=UTC))
        assert started.enrollment.status_at(NOW) is Status.IN_PROGRESS


class TestInUtc:
    """Instants are aware, and compared in UTC, whatever zone the host gives them in (T2)."""

    BERLIN: Final = ZoneInfo("Europe/Berlin")

    def test_the_hour_that_happens_twice(self) -> None:
        """02:10 the second time is later than 02:50 the first time, though the clock shows less."""
        first = datetime(2025, 10, 26, 2, 50, tzinfo=self.BERLIN)
        second = datetime(2025, 10, 26, 2, 10, tzinfo=self.BERLIN, fold=1)
        case = enter(blank(CERTIFICATIONS["completion"]), ANN, Enroll(), first)
        for command, now in ((Start(), second), (Start(at=second), NOW)):
            started = enter(case, ANN, command, now)
            assert started.enrollment.last_fact_at == datetime(2025, 10, 26, 1, 10, tzinfo=UTC)

    def test_recorded_in_utc(self) -> None:
        now = datetime(2025, 7, 1, 12, tzinfo=self.BERLIN)
        case = enter(blank(CERTIFICATIONS["completion"]), ADMIN, Award(at=now), now)
        for event in history_of(case):
            assert (event.at.tzinfo, event.recorded_at.tzinfo) == (UTC, UTC)
            assert event.at == event.recorded_at == datetime(2025, 7, 1, 10, tzinfo=UTC)

    def test_a_naive_instant_is_no_instant(self) -> None:
        with pytest.raises(InvalidValueError):
            decide(
                blank(CERTIFICATIONS["completion"]),
                Award(),
                actor=ADMIN,
                now=NOW.replace(tzinfo=None),
            )


class TestTheYears:
    """Years outside 1900 to 9000 are refused, wherever on earth (T3, E80)."""

    @pytest.mark.parametrize("name", CERTIFICATIONS)
    @pytest.mark.parametrize(
        "at",
        [datetime.min.replace(tzinfo=UTC), datetime(1899, 12, 30, tzinfo=UTC)],
        ids=str,
    )
    def test_before_them(self, name: str, at: datetime) -> None:
        award = Award(at=at, expires_on=date(2026, 1, 1))
        decision = decide(blank(CERTIFICATIONS[name]), award, actor=ADMIN, now=NOW)
        assert isinstance(decision, Refused)
        assert [reason.code for reason in decision.reasons] == ["date_in_range"]

    @pytest.mark.parametrize("name", ["completion", "explicit", "by host"])
    def test_after_them(self, name: str) -> None:
        award = Award(expires_on=date.max)
        decision = decide(blank(CERTIFICATIONS[name]), award, actor=ADMIN, now=NOW)
        assert isinstance(decision, Refused)
        assert [reason.code for reason in decision.reasons] == ["date_in_range"]
