"""The strategies that certlib ships, under the names by which tests of records and catalogs know them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from hypothesis.strategies import SearchStrategy

from certlib.periods import Period
from certlib.policies import Terms
from certlib.state import (
    Assignment,
    Attempt,
    Certificate,
    Cycle,
    Due,
    Enrollment,
    Event,
    Fact,
    FeeSettled,
    Notice,
    Request,
    StepDone,
    TestOutTaken,
)
from certlib.state._rows import TABLE
from certlib.testing import strategies as shipped
from certlib.testing.strategies import (
    POLICY_PARTS,
    catalogs,
    certifications,
    policy_parts,
    records,
    trainings,
)
from certlib.transcript import Completion, CompletionKey

__all__ = [
    "FACT_STRATEGIES",
    "POLICY_STRATEGIES",
    "RECORD_STRATEGIES",
    "catalogs",
    "certifications",
    "codes",
    "completions",
    "enrollments",
    "events",
    "notices",
    "policies",
    "trainings",
]

codes: Final = shipped.codes()
policies: Final = shipped.policies()
events: Final = shipped.events()
completions: Final = shipped.completions()
notices: Final = shipped.notices()
enrollments: Final = records(Enrollment)
"""Valid field by field, as whatever is stored is; that they follow from a history is another matter."""

POLICY_STRATEGIES: Final[Mapping[type, SearchStrategy[Any]]] = {
    kind: policy_parts(kind) for kind in POLICY_PARTS
}
"""Every class that a policy is made of; a test says that none is missing."""

FACT_STRATEGIES: Final[Mapping[type[Fact], SearchStrategy[Fact]]] = {
    kind: records(kind) for kind in TABLE.facts
}
"""Every kind of fact."""

RECORD_STRATEGIES: Final[Mapping[type, SearchStrategy[Any]]] = {
    Event: events,
    Fact: shipped.facts(),
    **{
        kind: records(kind)
        for kind in (
            Enrollment,
            Assignment,
            Cycle,
            StepDone,
            Request,
            Attempt,
            FeeSettled,
            Due,
            TestOutTaken,
            Certificate,
            Terms,
            Period,
            CompletionKey,
            Completion,
            Notice,
        )
    },
}
"""Every class that a record is made of; a test says that none is missing."""
