"""Strategies of hypothesis for everything that certlib takes and stores.

    from hypothesis import given
    from certlib.testing.strategies import enrollments

    @given(enrollments(FORKLIFT))
    def test_nobody_is_certified_for_more_than_a_year(enrollment): ...

They say what is valid, not how often it is: every value that they make can be built, and whatever
can be built is meant to be among them; each says what it leaves out. No filter throws most away, and
examples shrink to what is simple: the empty, the first of a list, few commands given at once.

- single values: `codes`, `texts`, `numbers`, `days`, `instants`, `zones`, `periods`, `annual_dates`
- policies: `policies`, `validities`, and `policy_parts` for every class that a policy is made of
- what is earned: `certifications`, `versions`, `curricula`, `steps`, `paths`, `requirements`,
  `trainings`, `catalogs`
- people: `learners`, `actors`, `scopes`
- what is stored, valid value by value: `facts`, `events`, `completions`, `transcripts`, `notices`,
  and `records` for every class in them
- what really can be, made by giving commands: `lives`, `cases`, `histories`, `enrollments`
- what may come next in a case: `commands`, `instants_around`, `instants_later`

Nothing is registered with hypothesis by importing this.
"""

from certlib.testing.strategies.catalogs import (
    catalogs,
    certifications,
    curricula,
    paths,
    requirements,
    steps,
    trainings,
    versions,
)
from certlib.testing.strategies.lives import (
    Earned,
    Life,
    LifeOptions,
    cases,
    commands,
    enrollments,
    histories,
    instants_around,
    instants_later,
    lives,
)
from certlib.testing.strategies.people import actors, learners, scopes
from certlib.testing.strategies.policies import (
    POLICY_PARTS,
    annual_dates,
    policies,
    policy_parts,
    validities,
)
from certlib.testing.strategies.records import (
    completions,
    events,
    facts,
    notices,
    records,
    transcripts,
)
from certlib.testing.strategies.shapes import codes, days, instants, numbers, periods, texts, zones

__all__ = [
    "POLICY_PARTS",
    "Earned",
    "Life",
    "LifeOptions",
    "actors",
    "annual_dates",
    "cases",
    "catalogs",
    "certifications",
    "codes",
    "commands",
    "completions",
    "curricula",
    "days",
    "enrollments",
    "events",
    "facts",
    "histories",
    "instants",
    "instants_around",
    "instants_later",
    "learners",
    "lives",
    "notices",
    "numbers",
    "paths",
    "periods",
    "policies",
    "policy_parts",
    "records",
    "requirements",
    "scopes",
    "steps",
    "texts",
    "trainings",
    "transcripts",
    "validities",
    "versions",
    "zones",
]
