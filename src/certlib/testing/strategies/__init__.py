"""Strategies of hypothesis for everything that certlib takes and stores.

    from hypothesis import given
    from certlib.testing.strategies import enrollments

    @given(enrollments(FORKLIFT))
    def test_nobody_is_certified_for_more_than_a_year(enrollment): ...

They generate every valid value, not typical ones; each says what it leaves out. Filters reject few
examples, and examples shrink to simple ones: empty, the first of a list, few commands.

- single values: `codes`, `texts`, `numbers`, `days`, `instants`, `zones`, `periods`, `annual_dates`
- policies: `policies`, `validities`, and `policy_parts` for every class that a policy consists of
- catalogs: `certifications`, `versions`, `curricula`, `steps`, `paths`, `requirements`, `trainings`,
  `catalogs`
- people: `learners`, `actors`, `scopes`
- stored values, each valid by itself: `facts`, `events`, `completions`, `transcripts`, `notices`, and
  `records` for every class in them
- enrollments that are possible, made by giving commands: `runs`, `cases`, `histories`, `enrollments`
- what may come next in a case: `commands`, `instants_around`, `instants_later`

Importing this module registers nothing with hypothesis.
"""

from certlib.testing.strategies._catalogs import (
    catalogs,
    certifications,
    curricula,
    paths,
    requirements,
    steps,
    trainings,
    versions,
)
from certlib.testing.strategies._people import actors, learners, scopes
from certlib.testing.strategies._policies import (
    POLICY_PARTS,
    annual_dates,
    policies,
    policy_parts,
    validities,
)
from certlib.testing.strategies._records import (
    completions,
    events,
    facts,
    notices,
    records,
    transcripts,
)
from certlib.testing.strategies._runs import (
    DrawnRun,
    Earned,
    RunOptions,
    cases,
    commands,
    enrollments,
    histories,
    instants_around,
    instants_later,
    runs,
)
from certlib.testing.strategies._shapes import codes, days, instants, numbers, periods, texts, zones

__all__ = [
    "POLICY_PARTS",
    "DrawnRun",
    "Earned",
    "RunOptions",
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
    "notices",
    "numbers",
    "paths",
    "periods",
    "policies",
    "policy_parts",
    "records",
    "requirements",
    "runs",
    "scopes",
    "steps",
    "texts",
    "trainings",
    "transcripts",
    "validities",
    "versions",
    "zones",
]
