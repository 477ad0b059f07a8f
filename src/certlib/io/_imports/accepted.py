"""What the rules accept for learners without an enrollment: remembered, so that it is not decided anew.

`certlib.state.decide` says whether a command is accepted, and works out all that it records; a preview
needs the first alone. For a learner without an enrollment the built-in table asks nothing else of them than
whether they are active, and a certification may ask for completions (`Certification.eligibility`). So an
answer for one learner is an answer for others like them.

Of awards more is known. Whether one is accepted depends on the version in force that day, and on whether
all dates of the certificate are in range; they come later the later the day of issue, or the last valid day
that the row gives. So between two accepted days of one version every day is accepted. When a certification
comes up again, the rules are asked about the first and the last days of its versions, too, so that nearly
all days lie between days that are known.

In every other case `decide` is asked, which is the oracle of the tests as well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple, TypeAlias

from attrs import evolve

from certlib._validators import EARLIEST_YEAR, LATEST_YEAR
from certlib.certifications import Certification, Version
from certlib.io._imports.job import ImportJob, RowPlan
from certlib.io._imports.planning import decide_row
from certlib.io.formats._claims import (
    AssignmentClaim,
    AwardClaim,
    CompletionClaim,
    EnrollmentClaim,
    EnrollmentState,
    RowClaim,
)
from certlib.io.formats._columns import RowFlaw
from certlib.periods import day_in
from certlib.policies import (
    ByHost,
    FixedDates,
    Forever,
    FromCompletion,
    FromExpiry,
    PerCertificate,
)
from certlib.state import TABLE, Accepted, Case
from certlib.state.facts import CertificateAwarded

__all__ = ["BY_POLICY", "AcceptedClaims", "EndKind", "Ending", "ending_of"]

MOST: Final = 1 << 15
"""Claims that are remembered one by one; then all are forgotten, so that memory stays flat."""

_MONOTONE: Final = frozenset(
    {ByHost, FixedDates, Forever, FromCompletion, FromExpiry, PerCertificate}
)
"""Rules of validity that ask nothing of the learner, and give a later day of issue no earlier end."""

_SURE: Final = timedelta(days=2)
"""Whatever the zones are, days further apart than this are in the same order in all of them."""
_FAR: Final = 100
"""Years after which hardly any certificate ends."""


class EndKind(StrEnum):
    """How the end of an award is given; awards of one kind are accepted on the same days."""

    BY_POLICY = "by policy"
    ALWAYS_VALID = "always valid"
    OWN_DAY = "own day"


class Ending(NamedTuple):
    """How the end of an award is given."""

    kind: EndKind = EndKind.BY_POLICY
    expires_on: date | None = None
    """The last valid day, if the award has one of its own."""


BY_POLICY: Final = Ending()


def ending_of(claim: RowClaim) -> Ending | None:
    """Return how a claim gives the end of its award, or None if it asks for none."""
    if isinstance(claim, AwardClaim):
        if claim.always_valid:
            return Ending(EndKind.ALWAYS_VALID)
        return Ending(EndKind.OWN_DAY, claim.expires_on) if claim.expires_on else BY_POLICY
    if isinstance(claim, EnrollmentClaim) and claim.state is EnrollmentState.COMPLETED:
        return BY_POLICY
    return None


class _Span(NamedTuple):
    """Accepted days of one version."""

    first: date
    last: date
    expires_on: date
    """The latest last valid day that was accepted."""


_Claim: TypeAlias = tuple[object, ...]


class AcceptedClaims:
    """What was accepted in one import, for learners without an enrollment."""

    def __init__(self, job: ImportJob) -> None:
        """Begin with nothing; of a host's own table, which may ask more, nothing is remembered."""
        self._applies = job.table is TABLE
        self._job = job
        self._awards: dict[EndKind, dict[str, dict[int, _Span]]] = {kind: {} for kind in EndKind}
        self._times: Counter[tuple[str, EndKind]] = Counter()
        self._others: set[_Claim] = set()

    def accepts_award(
        self, code: str, on: date, ending: Ending = BY_POLICY, *, timed: bool = False
    ) -> bool:
        """Whether an award of a day is known to be accepted; ``timed``: at some time of that day."""
        kind, expires_on = ending
        spans = self._awards[kind].get(code)
        if spans is None:
            return False
        for first, last, latest in spans.values():
            if first <= on <= last and (expires_on is None or on + _SURE < expires_on <= latest):
                # Where clocks are set back at midnight, a day may come twice.
                return not timed or on + _SURE <= last
        return False

    def accepts(self, claim: RowClaim, code: str, on: date, *, active: bool, timed: bool) -> bool:
        """Whether a claim about a certification and a day is known to be accepted.

        ``active`` says whether the learner is.
        """
        ending = ending_of(claim)
        if ending is not None:
            return self.accepts_award(code, on, ending, timed=timed)
        return active and _claim(claim, code) in self._others

    def learn(self, plan: RowPlan, case: Case, decisions: Sequence[Accepted]) -> None:
        """Remember what was accepted for a learner without an enrollment."""
        if not self._applies:
            return
        ending = ending_of(plan.claim)
        if ending is None:
            self._learn_other(plan, case)
        elif plan.at is None:
            self._learn_award(plan, case.certification, ending, decisions)

    def explore(self, plan: RowPlan, case: Case, decisions: Sequence[Accepted]) -> None:
        """Do what `learn` does; when awards of a certification come up again, ask about far days too."""
        self.learn(plan, case, decisions)
        ending, code = ending_of(plan.claim), case.certification.code
        if ending is None or not self._applies:
            return
        self._times[code, ending.kind] += 1
        if self._times[code, ending.kind] != 2:
            return
        for on in _far_days(case.certification, self._job.now):
            other = evolve(plan, on=on, at=None, claim=_on_a_far_day(plan.claim, on))
            found = decide_row(other, case, self._job)
            if not isinstance(found, RowFlaw):
                self.learn(other, case, found)

    def _learn_award(
        self,
        plan: RowPlan,
        certification: Certification,
        ending: Ending,
        decisions: Sequence[Accepted],
    ) -> None:
        fact = decisions[0].events[0].fact
        assert isinstance(fact, CertificateAwarded)  # noqa: S101 (what the built-in row records)
        version = certification.version(fact.version)
        if version is None or not _is_monotone(version):
            return
        spans = self._awards[ending.kind].setdefault(certification.code, {})
        expires_on = ending.expires_on or date.min
        first, last, latest = spans.get(fact.version, (plan.on, plan.on, expires_on))
        spans[fact.version] = _Span(
            min(first, plan.on), max(last, plan.on), max(latest, expires_on)
        )

    def _learn_other(self, plan: RowPlan, case: Case) -> None:
        certification = case.certification
        if case.learner.active and certification.eligibility is None:
            if len(self._others) >= MOST:
                self._others.clear()
            self._others.add(_claim(plan.claim, certification.code))


def _claim(claim: RowClaim, code: str) -> _Claim:
    """Return all of a claim that the rules are asked about."""
    if isinstance(claim, EnrollmentClaim):
        return code, claim.state, claim.assigned, claim.started_on, claim.due_on
    assert isinstance(claim, AssignmentClaim)  # noqa: S101 (awards and completions are not asked)
    return (code,)


def _is_monotone(version: Version) -> bool:
    policy = version.policy
    return {type(policy.validity_of(first=first)) for first in (True, False)} <= _MONOTONE


def _on_a_far_day(claim: RowClaim, on: date) -> RowClaim:
    """Return a claim for another day, whose last valid day, where it has one, is far off as well."""
    if isinstance(claim, AwardClaim):
        year = min(on.year + _FAR, LATEST_YEAR)
        expires_on = None if claim.expires_on is None else date(year, 1, 1)
        return evolve(claim, on=on, time=None, expires_on=expires_on)
    assert not isinstance(claim, AssignmentClaim | CompletionClaim)  # noqa: S101 (no awards)
    return evolve(claim, completed_on=on)


def _far_days(certification: Certification, now: datetime) -> set[date]:
    """Return the first and the last days on which each version counts, as far as they have come."""
    today = day_in(certification.zone, now)
    days = {date(EARLIEST_YEAR, 1, 1)}
    published = [each.published_on for each in certification.versions if each.published_on]
    for day in sorted(published)[1:]:
        days |= {day, day - timedelta(1)}
    return {today, *(day for day in days if day < today)}
