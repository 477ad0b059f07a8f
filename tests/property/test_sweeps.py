"""A sweep records no facts: run late, twice or never it changes no answer and no history (T1, T7)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from certlib import Service, Status
from certlib.errors import RefusedError
from certlib.state import Command
from certlib.state.commands import (
    AbandonRecertification,
    Assign,
    Award,
    ForceRecertification,
    PermanentlyRevoke,
    Remove,
    RestoreAccess,
    RevokeAccess,
    StartRecertification,
    Strike,
)
from certlib.transcript import Completion
from tests.hosts import EVA, SYSTEM, make_service

BEGIN = datetime(2022, 1, 1, tzinfo=UTC)
LEARNERS = ("ann", "bo", "cem")
CERTIFICATIONS = ("FIRE-1", "FORK-1")
COMMANDS: tuple[Command, ...] = (
    Assign(),
    StartRecertification(),
    AbandonRecertification(),
    ForceRecertification(),
    PermanentlyRevoke(),
    RestoreAccess(),
    RevokeAccess(),
    Remove(),
)


def some_command(random: Random, now: datetime) -> Command:
    """Return a command; awards may be of any past day, and strikes of any early entry."""
    chosen = random.randrange(4)
    if chosen == 0:
        return Award(on=now.date() - timedelta(days=random.randrange(900)))
    if chosen == 1:
        return Strike(entry=random.randrange(1, 6))
    return random.choice(COMMANDS)


def step(service: Service, random: Random, now: datetime) -> None:
    """Record a completion, or try a command, which the rules may refuse."""
    learner, certification = random.choice(LEARNERS), random.choice(CERTIFICATIONS)
    if random.randrange(3) == 0:
        training = random.choice(("FORK", "DAY", "DRILL", "M1", "M2"))
        day = now.date() - timedelta(days=random.randrange(30))
        completion = Completion.dated(training, day, recorded_at=now)
        service.record([completion], learner=learner, actor=SYSTEM, now=now)
        return
    try:
        service.perform(
            some_command(random, now),
            learner=learner,
            certification=certification,
            actor=EVA,
            now=now,
        )
    except RefusedError:
        return


def answers(service: Service, at: datetime, known_at: datetime | None) -> list[object]:
    """Return what the service says of everybody at an instant, however it is asked."""
    everybody = list(service.statuses(actor=EVA, at=at, known_at=known_at))
    by_status = [
        (status, [(each.learner, each.certification) for each in found])
        for status in Status
        if (found := list(service.statuses(actor=EVA, at=at, known_at=known_at, status=status)))
    ]
    return [
        *((each.learner, each.certification, each.status, each.since) for each in everybody),
        by_status,
    ]


@pytest.mark.parametrize("seed", range(12))
def test_swept_at_random_instants_and_never_swept_answer_alike(seed: int) -> None:
    random, sweeps = Random(seed), Random(f"sweeps {seed}")
    swept, unswept = make_service(), make_service()
    now = BEGIN
    for _ in range(60):
        now += timedelta(days=random.randrange(40), hours=random.randrange(24))
        state = random.getstate()
        step(unswept, random, now)
        random.setstate(state)
        step(swept, random, now)
        if sweeps.randrange(2):
            # Late, in time, or by a clock that has gone back.
            swept.sweep(
                actor=SYSTEM, now=now + timedelta(days=sweeps.randrange(-20, 60)), far_ahead=True
            )
    for learner in LEARNERS:
        for certification in CERTIFICATIONS:
            histories = [
                service.history(learner=learner, certification=certification, actor=EVA, at=now)
                for service in (swept, unswept)
            ]
            assert histories[0] == histories[1]
    for _ in range(30):
        at = BEGIN + timedelta(hours=random.randrange(24 * 365 * 5))
        known_at = random.choice((None, BEGIN + timedelta(days=random.randrange(365 * 4))))
        assert answers(swept, at, known_at) == answers(unswept, at, known_at)


def test_the_walk_above_meets_many_statuses() -> None:
    """The comparison says something: enrollments were in most statuses, and strikes were taken."""
    seen: set[Status] = set()
    for seed in range(12):
        random, service, now = Random(seed), make_service(), BEGIN
        for _ in range(60):
            now += timedelta(days=random.randrange(40), hours=random.randrange(24))
            step(service, random, now)
            seen |= {each.status for each in service.statuses(actor=EVA, at=now)}
    assert seen >= {
        Status.ASSIGNED,
        Status.IN_PROGRESS,
        Status.CERTIFIED,
        Status.EXPIRED,
        Status.LAPSED,
        Status.RECERTIFYING,
        Status.REVOKED,
        Status.DISALLOWED,
    }
