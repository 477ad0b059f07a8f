"""Random histories: seeded walks through the table, with everything that people do.

A walk gives commands to one enrollment, one after another: most of them allowed, some not; awards
dated anywhere in the past, strikes of any entry, clocks that stand still or go back, commands at the
very instant at which something changes. The same seed makes the same walk. What is tried is drawn by
`certlib.testing._attempts`, as the simulator's runs are.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from random import Random
from typing import Final

from attrs import evolve, frozen

from certlib.actors import Actor
from certlib.certifications import Certification
from certlib.policies import (
    ByHost,
    Forever,
    PerCertificate,
)
from certlib.state import (
    Accepted,
    Case,
    Command,
    Decision,
    Event,
    decide,
)
from certlib.testing._attempts import boundaries, draw_attempt, draw_later
from tests.cases import (
    EVIDENCE,
    EXAMINED,
    FEES,
    HARD,
    PLAIN,
    VERSIONS,
    after,
    annual,
    blank,
    certification,
    completion,
    expiry,
    history_of,
    policy,
    steps,
)

__all__ = ["BEGIN", "CERTIFICATIONS", "TRIES", "Taken", "Walk", "boundaries", "walk", "walks"]

BEGIN: Final = datetime(2023, 3, 1, 9, tzinfo=UTC)
"""When walks begin; awards may be dated up to three years before."""
TRIES: Final = 2
"""How many commands there are in a walk for each that is meant to be accepted."""

CERTIFICATIONS: Final[dict[str, Certification]] = {
    "completion": certification(policy(completion("P1Y"), grace="P30D", window="P3M")),
    "completion, Lord Howe": certification(
        policy(completion("P3M"), zone="Australia/Lord_Howe", grace="P1M", window="P45D"),
        again=steps("r", "s"),
    ),
    "expiry, Berlin": certification(
        policy(expiry("P1Y"), zone="Europe/Berlin", grace="P30D", grace_counts=True, window="P2M")
    ),
    "expiry, Auckland": certification(
        policy(expiry("P1M"), zone="Pacific/Auckland", window="P10D")
    ),
    "expiry, renews": certification(
        policy(expiry("P6M"), zone="Asia/Kolkata", grace="P5D", window="P1M", renews=True)
    ),
    "annual, Santiago": certification(
        policy(
            annual("12-31", "09-06", minimum="P1M"),
            zone="America/Santiago",
            grace="P20D",
            window="P3M",
        )
    ),
    "annual, leap day": certification(policy(annual("02-29"), zone="Africa/Cairo", window="P1M")),
    "forever": certification(policy(Forever(), zone="Pacific/Honolulu")),
    "explicit": certification(policy(PerCertificate(), zone="America/Havana", grace="P1W")),
    "by host": certification(policy(ByHost(), grace="P1W", window="P1M")),
    "longer later": certification(
        policy(completion("P6M"), grace="P30D", window="P2M"),
        policy(expiry("P2Y"), grace="P10D", window="P6M"),
    ),
    "per certificate later": certification(
        policy(expiry("P4M"), zone="Europe/London", grace="P14D"),
        policy(PerCertificate(), zone="Europe/London", grace="P14D"),
    ),
    **{
        each.code.lower(): evolve(each, code="FIRE")
        for each in (PLAIN, FEES, EXAMINED, EVIDENCE, HARD, VERSIONS)
    },
}


# --- walks ------------------------------------------------------------------------------------


@frozen(kw_only=True)
class Taken:
    """One command of a walk: what was asked for, by whom, when, on which case, and the decision."""

    before: Case
    command: Command
    actor: Actor
    now: datetime
    decision: Decision

    @property
    def at(self) -> datetime | None:
        """The instant at which it took effect, where it was accepted."""
        if not isinstance(self.decision, Accepted):
            return None
        return self.decision.events[0].at


@frozen(kw_only=True)
class Walk:
    """All commands of a walk, and the case in the end."""

    taken: tuple[Taken, ...]
    case: Case

    @property
    def history(self) -> tuple[Event, ...]:
        return history_of(self.case)

    @property
    def accepted(self) -> tuple[tuple[Taken, Accepted], ...]:
        return tuple((t, t.decision) for t in self.taken if isinstance(t.decision, Accepted))


def walk(seed: int | str, certification: Certification, *, length: int = 24) -> Walk:
    """Return the walk of a seed."""
    random = Random(f"{seed}")
    case = blank(certification)
    now, taken = BEGIN, list[Taken]()
    for number in range(length * TRIES):
        # What is refused is mostly tried otherwise at once, so that walks lead somewhere.
        if not taken or isinstance(taken[-1].decision, Accepted) or number % TRIES == 0:
            now = draw_later(random, case, now)
        learner = evolve(case.learner, active=random.random() > 0.04)
        case = evolve(case, learner=learner)
        tried = draw_attempt(random, case, now)
        command, actor = tried.command, tried.actor
        decision = decide(case, command, actor=actor, now=now)
        taken.append(Taken(before=case, command=command, actor=actor, now=now, decision=decision))
        case = after(case, decision)
    return Walk(taken=tuple(taken), case=case)


@cache
def walks(name: str, count: int) -> tuple[Walk, ...]:
    """Return so many walks through one of `CERTIFICATIONS`."""
    return tuple(_walk_number(name, number) for number in range(count))


@cache
def _walk_number(name: str, number: int) -> Walk:
    return walk(f"{name} {number}", CERTIFICATIONS[name])
