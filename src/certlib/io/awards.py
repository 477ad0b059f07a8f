"""Which awards the rules accept for people about whom nothing is known: remembered, not decided anew.

`certlib.state.decide` says whether an award may be recorded, and works out all that it records. A
preview asks for the first only. For a learner without an enrollment the built-in rows ask nothing of
the learner; what they ask of the day is the version that dates the award. Every date of a
certificate follows from the day of issue, later ones from a later day. So between two days on which
an award was accepted under one version it is accepted under that version, too. That is all that is
remembered; in every other case `decide` is asked, which is the oracle of the tests as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TypeAlias

from certlib.io.wanted import AwardWanted
from certlib.io.work import Plan, Work
from certlib.state import TABLE, Accepted
from certlib.state.facts import CertificateAwarded

__all__ = ["Awards"]

_Days: TypeAlias = tuple[date, date]


class Awards:
    """What was accepted so far, by certification, for people without an enrollment."""

    def __init__(self, work: Work) -> None:
        """Remember the decisions of one import; a host's own table may ask more of the learner."""
        self._applies = work.table is TABLE
        self._accepted: dict[tuple[str, bool], dict[int, _Days]] = {}

    def accepts(self, code: str, on: date, *, always_valid: bool = False) -> bool:
        """Whether it is known that an award of a day is accepted; else it is to be decided."""
        known = self._accepted.get((code, always_valid), {})
        return any(first <= on <= last for first, last in known.values())

    def accepts_plan(self, plan: Plan) -> bool:
        """Whether it is known that what a row asks for is accepted."""
        wanted = plan.wanted
        return (
            isinstance(wanted, AwardWanted)
            and plan.at is None
            and wanted.expires_on is None
            and self.accepts(plan.certification or "", plan.on, always_valid=wanted.always_valid)
        )

    def learn(self, plan: Plan, decisions: Sequence[Accepted]) -> None:
        """Remember what was accepted for somebody without an enrollment."""
        wanted, fact = plan.wanted, decisions[0].events[0].fact
        if not (
            self._applies
            and isinstance(wanted, AwardWanted)
            and isinstance(fact, CertificateAwarded)
            and plan.at is None
            and wanted.expires_on is None
        ):
            return
        known = self._accepted.setdefault((plan.certification or "", wanted.always_valid), {})
        first, last = known.get(fact.version, (plan.on, plan.on))
        known[fact.version] = (min(first, plan.on), max(last, plan.on))
