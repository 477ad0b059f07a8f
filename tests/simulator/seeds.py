"""The thousand seeds: which certification each of them lives in, and by what it is judged.

`python -m benchmarks.proof seeds` lives all of them; `.ci/run` lives a sample.
"""

from __future__ import annotations

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


def lived(seed: int, *, steps: int = STEPS) -> Run:
    """Live the life of a seed, judged by the twins as well."""
    return simulate(certification_of(seed), seed=seed, steps=steps, laws=JUDGED, oracle=ORACLE)
