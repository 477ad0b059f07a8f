"""The status rule on values made by hand: the first that applies, for every instant."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from attrs import evolve

from certlib.periods import Period
from certlib.policies import Terms
from certlib.state import Assignment, AssignmentSource, Certificate, Cycle, Enrollment, Status
from certlib.state._cycles import CycleKind, Request, RequestKind, StepDone
from certlib.state._status import Bar, certificate_status, cycle_status
from tests.state.story import instant

MOMENT = timedelta(microseconds=1)
NOW = instant("2025-06-01")
BLANK = Enrollment.blank(learner="ann", certification="FIRE-1")
ASSIGNED = Assignment(source=AssignmentSource.MANUAL, at=NOW)


def cycle(
    kind: CycleKind = CycleKind.INITIAL,
    *,
    awaiting: tuple[str, ...] = (),
    exam_held: bool = False,
    **changes: object,
) -> Cycle:
    """A cycle that was started, with two steps and an exam, nothing of it done.

    ``awaiting``: steps whose evidence waits; ``exam_held``: whether a passed exam does.
    """
    evidence = [
        Request(number=number, kind=RequestKind.EVIDENCE, at=NOW, step=step)
        for number, step in enumerate(awaiting, start=10)
    ]
    held = [Request(number=20, kind=RequestKind.EXAM, at=NOW)] if exam_held else []
    made = Cycle(
        number=1,
        kind=kind,
        version=1,
        entry=1,
        began_at=NOW,
        counts_from=date(2025, 6, 1),
        needs=("course", "drill"),
        has_exam=True,
        started_at=NOW,
        requests=(*evidence, *held),
    )
    return evolve(made, **changes)  # type: ignore[arg-type]


def done(*steps: str) -> tuple[StepDone, ...]:
    return tuple(StepDone(step=step, path=None, at=NOW) for step in steps)


def certificate(
    *,
    last_valid_day: date | None = date(2025, 12, 31),
    grace: str = "P30D",
    zone: str = "UTC",
    revoked_at: datetime | None = None,
) -> Certificate:
    terms = Terms(
        issued_on=date(2025, 1, 1),
        baseline=last_valid_day,
        last_valid_day=last_valid_day,
        window_opens_on=date(2025, 1, 1),
        grace=Period.parse(grace),
        grace_counts=False,
        time_zone=zone,
    )
    return Certificate(
        sequence=1,
        entry=1,
        issued_at=instant("2025-01-01"),
        terms=terms,
        version=1,
        cycle=None,
        revoked_at=revoked_at,
    )


class TestTheOrderOfTheRule:
    """Bar, open cycle, newest certificate, assignment, nothing."""

    def test_nothing(self) -> None:
        assert BLANK.status_at(NOW) is None

    def test_an_assignment(self) -> None:
        assert evolve(BLANK, assignments=(ASSIGNED,)).status_at(NOW) is Status.ASSIGNED

    def test_a_certificate_before_an_assignment(self) -> None:
        enrollment = evolve(BLANK, assignments=(ASSIGNED,), certificates=(certificate(),))
        assert enrollment.status_at(NOW) is Status.CERTIFIED

    def test_the_newest_certificate_alone(self) -> None:
        over = certificate(last_valid_day=date(2025, 2, 1), grace="P0D")
        enrollment = evolve(BLANK, certificates=(certificate(), over))
        assert enrollment.status_at(NOW) is Status.LAPSED

    def test_an_open_cycle_before_a_certificate(self) -> None:
        enrollment = evolve(BLANK, certificates=(certificate(),), cycles=(cycle(),))
        assert enrollment.status_at(NOW) is Status.IN_PROGRESS

    def test_a_cycle_that_ended_no_more(self) -> None:
        ended = cycle(ended_at=NOW)
        enrollment = evolve(BLANK, assignments=(ASSIGNED,), cycles=(ended,))
        assert enrollment.status_at(NOW) is Status.ASSIGNED

    @pytest.mark.parametrize(
        ("bar", "status"), [(Bar.REVOKED, Status.REVOKED), (Bar.DISALLOWED, Status.DISALLOWED)]
    )
    def test_a_bar_before_everything(self, bar: Bar, status: Status) -> None:
        enrollment = evolve(BLANK, bar=bar, cycles=(cycle(),), certificates=(certificate(),))
        assert enrollment.status_at(NOW) is status


class TestCycles:
    @pytest.mark.parametrize(
        ("kind", "status"),
        [
            (CycleKind.INITIAL, Status.IN_PROGRESS),
            (CycleKind.RECERTIFICATION, Status.RECERTIFYING),
        ],
    )
    def test_started(self, kind: CycleKind, status: Status) -> None:
        assert cycle_status(cycle(kind)) is status

    @pytest.mark.parametrize("kind", list(CycleKind))
    def test_not_started(self, kind: CycleKind) -> None:
        assert cycle_status(cycle(kind, started_at=None)) is Status.NOT_STARTED

    @pytest.mark.parametrize("kind", list(CycleKind))
    def test_only_approvals_are_left(self, kind: CycleKind) -> None:
        waiting = cycle(kind, awaiting=("course", "drill"), exam_held=True)
        assert cycle_status(waiting) is Status.PENDING_APPROVAL

    @pytest.mark.parametrize(
        "changes",
        [
            {"awaiting": ("course", "drill"), "exam_done": True},
            {"awaiting": ("drill",), "done": done("course"), "exam_held": True},
            {"done": done("course", "drill"), "exam_held": True},
            {"awaiting": ("course",), "done": done("drill"), "has_exam": False},
        ],
        ids=["steps", "one step and the exam", "the exam", "one step, no exam"],
    )
    def test_some_done_and_only_approvals_left(self, changes: dict[str, object]) -> None:
        assert cycle_status(cycle(**changes)) is Status.PENDING_APPROVAL  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        "changes",
        [
            {},
            {"awaiting": ("course",), "exam_held": True},
            {"awaiting": ("course", "drill")},
            {"exam_held": True},
            {"awaiting": ("course",), "done": done("course"), "exam_done": True},
            {"done": done("course"), "exam_held": True},
        ],
        ids=[
            "nothing",
            "one step waits, one does not",
            "the exam is not taken",
            "steps are missing",
            "another step waits for nothing",
            "a step is missing",
        ],
    )
    def test_something_is_left_to_do(self, changes: dict[str, object]) -> None:
        assert cycle_status(cycle(**changes)) is Status.IN_PROGRESS  # type: ignore[arg-type]

    def test_nothing_missing_waits_for_nobody(self) -> None:
        complete = cycle(done=done("course", "drill"), exam_done=True, exam_held=True)
        assert complete.is_complete
        assert not complete.only_approvals_are_left
        without_exam = cycle(done=done("course", "drill"), has_exam=False)
        assert without_exam.is_complete

    def test_what_is_missing(self) -> None:
        half = cycle(done=done("course"))
        assert half.missing_steps == ("drill",)
        assert half.exam_is_missing
        assert not half.is_complete
        assert not cycle(done=done("course"), exam_done=True).is_complete
        assert not cycle(done=done("course", "drill")).is_complete


class TestCertificates:
    """Certified through the last valid day, Expired through the last grace day, Lapsed after."""

    @pytest.mark.parametrize(
        ("at", "status"),
        [
            (instant("2025-12-31 23:59") + timedelta(seconds=60) - MOMENT, Status.CERTIFIED),
            (instant("2026-01-01"), Status.EXPIRED),
            (instant("2026-01-31") - MOMENT, Status.EXPIRED),
            (instant("2026-01-30"), Status.EXPIRED),
            (instant("2026-01-31"), Status.LAPSED),
        ],
    )
    def test_with_grace(self, at: datetime, status: Status) -> None:
        assert certificate_status(certificate(), at) is status

    def test_without_grace(self) -> None:
        found = certificate(grace="P0D")
        assert certificate_status(found, instant("2026-01-01") - MOMENT) is Status.CERTIFIED
        assert certificate_status(found, instant("2026-01-01")) is Status.LAPSED

    def test_in_its_own_zone(self) -> None:
        found = certificate(zone="America/New_York", grace="P0D")
        assert certificate_status(found, instant("2026-01-01 04:59")) is Status.CERTIFIED
        assert certificate_status(found, instant("2026-01-01 05:00")) is Status.LAPSED

    def test_forever(self) -> None:
        found = certificate(last_valid_day=None)
        assert certificate_status(found, instant("2999-01-01")) is Status.CERTIFIED

    def test_revoked_whatever_its_day(self) -> None:
        found = certificate(revoked_at=NOW)
        assert certificate_status(found, NOW) is Status.REVOKED
        assert certificate_status(found, instant("2030-01-01")) is Status.REVOKED
