"""The thousand seeds: which certification each of them lives in, and by what it is judged.

`CERTLIB_SEEDS=100` lives only a hundred of them, spread evenly: a sample, where the thousand have been
lived already.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from attrs import evolve

from certlib.certifications import Certification
from certlib.policies import About, Reminder, Reminders
from certlib.state import Event
from certlib.testing.simulator import Oracle, Run, simulate
from tests import twin
from tests.histories import CERTIFICATIONS
from tests.state.sample import EVERYTHING
from tests.state.walks import JUDGED

SEEDS: Final = 1000
STEPS: Final = 200
AT_ONCE: Final = 10
"""How many seeds are one test."""
EVERY: Final = max(1, SEEDS // int(os.environ.get("CERTLIB_SEEDS", SEEDS)))
"""One seed of so many is lived."""


def by_twin(
    history: Sequence[Event], at: datetime, known_at: datetime | None
) -> tuple[str | None, bool]:
    if known_at is None:
        return twin.answers(history, at)
    return twin.status(history, at, known_at), twin.certified(history, at, known_at)


ORACLE: Final[Oracle] = by_twin


def reminding(certification: Certification) -> Certification:
    """The same, and learners are reminded around every kind of day."""
    reminders = Reminders(
        at=(
            Reminder(days=-7),
            Reminder(days=1),
            Reminder(about=About.GRACE, days=-3),
            Reminder(about=About.WINDOW, days=0),
            Reminder(about=About.DUE, days=-3),
        )
    )
    return evolve(
        certification,
        versions=tuple(
            evolve(version, policy=evolve(version.policy, reminders=reminders))
            for version in certification.versions
        ),
    )


LIVED_IN: Final[tuple[Certification, ...]] = (
    *CERTIFICATIONS.values(),
    EVERYTHING,
    reminding(CERTIFICATIONS["completion"]),
    reminding(CERTIFICATIONS["evidence"]),
)
"""Seed after seed, one after another."""


def certification_of(seed: int) -> Certification:
    return LIVED_IN[seed % len(LIVED_IN)]


def tens(parity: int) -> tuple[int, ...]:
    """The first seeds of every ten, of those that are even, or odd."""
    return tuple(range(parity, SEEDS, 2 * AT_ONCE))


def ten_from(first: int) -> tuple[int, ...]:
    """Every other seed from the first on."""
    return tuple(range(first, first + 2 * AT_ONCE, 2))


def live_ten(first: int) -> None:
    """Live ten seeds, or what is to be lived of them; nothing breaks."""
    for seed in ten_from(first):
        if seed // 2 % EVERY == 0:
            lived(seed)


def lived(seed: int, *, steps: int = STEPS) -> Run:
    """Live the life of a seed, judged by the twins as well."""
    return simulate(certification_of(seed), seed=seed, steps=steps, laws=JUDGED, oracle=ORACLE)
