"""Which awards the rules accept for people about whom nothing is known: remembered, not decided anew.

`certlib.state.decide` says whether an award may be recorded, and works out all that it records. A
preview asks for the first only. For a learner without an enrollment the built-in rows ask nothing of
the learner; what they ask of the day is the version that dates the award. Every date of a
certificate follows from the day of issue, later ones from a later day. So between two days on which
an award was accepted under one version it is accepted under that version, too. That is all that is
remembered; in every other case `decide` is asked, which is the oracle of the tests as well. When a
certification comes up again, it is asked about the first and the last days of its versions, too, so
that nearly all days lie between days that are known.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TypeAlias

from attrs import evolve

from certlib.certifications import Certification
from certlib.io.formats.claims import AwardClaim
from certlib.io.formats.columns import RowFlaw
from certlib.io.imports.job import ImportJob, RowPlan
from certlib.io.imports.planning import decide_row
from certlib.periods import day_in
from certlib.state import TABLE, Accepted, Case
from certlib.state.facts import CertificateAwarded
from certlib.validators import EARLIEST_YEAR

__all__ = ["Awards"]

_Days: TypeAlias = tuple[date, date]


class Awards:
    """What was accepted so far, by certification, for people without an enrollment."""

    def __init__(self, job: ImportJob) -> None:
        """Remember the decisions of one import; a host's own table may ask more of the learner."""
        self._applies = job.table is TABLE
        self._job = job
        self._accepted: dict[tuple[str, bool], dict[int, _Days]] = {}
        self._explored: set[tuple[str, bool]] = set()

    def accepts(self, code: str, on: date, *, always_valid: bool = False) -> bool:
        """Whether it is known that an award of a day is accepted; else it is to be decided."""
        known = self._accepted.get((code, always_valid))
        if known is not None:
            for first, last in known.values():
                if first <= on <= last:
                    return True
        return False

    def accepts_plan(self, plan: RowPlan) -> bool:
        """Whether it is known that what a row asks for is accepted."""
        claim = plan.claim
        return (
            isinstance(claim, AwardClaim)
            and plan.at is None
            and claim.expires_on is None
            and self.accepts(plan.certification or "", plan.on, always_valid=claim.always_valid)
        )

    def learn(self, plan: RowPlan, decisions: Sequence[Accepted]) -> bool:
        """Remember what was accepted for somebody without an enrollment; return whether it can be."""
        claim, fact = plan.claim, decisions[0].events[0].fact
        if not (
            self._applies
            and isinstance(claim, AwardClaim)
            and isinstance(fact, CertificateAwarded)
            and plan.at is None
            and claim.expires_on is None
        ):
            return False
        known = self._accepted.setdefault((plan.certification or "", claim.always_valid), {})
        first, last = known.get(fact.version, (plan.on, plan.on))
        known[fact.version] = (min(first, plan.on), max(last, plan.on))
        return True

    def explore(self, plan: RowPlan, case: Case, decisions: Sequence[Accepted]) -> None:
        """Remember what was accepted, and ask about days far off when a certification comes up again."""
        claim, code = plan.claim, case.certification.code
        before = len(self._accepted)
        if not (self.learn(plan, decisions) and isinstance(claim, AwardClaim)):
            return
        if len(self._accepted) > before or (code, claim.always_valid) in self._explored:
            return
        self._explored.add((code, claim.always_valid))
        for on in _far_days(case.certification, self._job.now):
            other = evolve(plan, on=on, claim=evolve(claim, on=on))
            found = decide_row(other, case, self._job)
            if not isinstance(found, RowFlaw):
                self.learn(other, found)


def _far_days(certification: Certification, now: datetime) -> set[date]:
    """Return the first and the last days on which each version counts, as far as they have come."""
    today = day_in(certification.zone, now)
    days = {date(EARLIEST_YEAR, 1, 1)}
    published = [each.published_on for each in certification.versions if each.published_on]
    for day in sorted(published)[1:]:
        days |= {day, day - timedelta(1)}
    return {today, *(day for day in days if day < today)}
