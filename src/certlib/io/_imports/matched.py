"""Rows one by one: whom and what each means, and which outcome it has.

Every row may be read like this. Most rows of most files are read faster (`certlib.io._imports.fast`), with
the same outcome.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from attrs import frozen

from certlib._loading import Loaded, Loader
from certlib.certifications import Certification
from certlib.io._imports.accepted import AcceptedClaims
from certlib.io._imports.job import ImportJob, RowPlan
from certlib.io._imports.matching import Matcher
from certlib.io._imports.planning import (
    completion_plan,
    decide_row,
    enrollment_plan,
    future_flaw,
    is_known,
)
from certlib.io._imports.repeats import CERTIFICATION, Key, RepeatedRows
from certlib.io._imports.resuming import before_import
from certlib.io.formats._claims import CompletionClaim, RowClaim
from certlib.io.formats._columns import RowFlaw
from certlib.learners import Learner
from certlib.ports import EnrollmentKey, Outcome
from certlib.state import Enrollment
from certlib.transcript import Completion, Transcript

__all__ = ["MatchedRow", "RowJudge", "match_rows"]

NOTHING: Final = Transcript()


@frozen(kw_only=True)
class MatchedRow:
    """A row that was matched: what it records if it is New, and whom and what it is about."""

    plan: RowPlan
    learner: Learner
    certification: Certification | None = None
    """None for a completion."""

    key: EnrollmentKey | None = None
    """The enrollment that it is about; None for a completion."""

    def repeat_key(self, *, by_day: bool) -> Key:
        """Return what it has in common with the rows of the file that are about the same."""
        plan = self.plan
        what = plan.training or f"{CERTIFICATION}{plan.certification}"
        return plan.learner, what, plan.on if by_day else None


def match_rows(
    job: ImportJob, claims: Mapping[int, tuple[int, RowClaim]]
) -> dict[int, MatchedRow | RowFlaw]:
    """Look up whom and what claims mean, for many at once; each is given with the number of its row."""
    matcher = Matcher.fetch(
        job.sources,
        (claim for _, claim in claims.values()),
        actor=job.actor,
        certification=job.options.certification,
    )
    return {place: _matched(job, row, claim, matcher) for place, (row, claim) in claims.items()}


def _matched(job: ImportJob, row: int, claim: RowClaim, matcher: Matcher) -> MatchedRow | RowFlaw:
    learner = matcher.learner(claim)
    if isinstance(learner, RowFlaw):
        return learner
    if learner.id == job.actor.id:
        message = "nobody imports for themselves"
        return RowFlaw(code="not_permitted", message=message, column=claim.learner_column)
    certification: Certification | None = None
    if isinstance(claim, CompletionClaim):
        training = matcher.training(claim)
        if isinstance(training, RowFlaw):
            return training
        plan: RowPlan | RowFlaw = completion_plan(row, learner.id, training.code, claim)
        zone = job.options.time_zone
    else:
        named = matcher.certification_of(claim, learner)
        if isinstance(named, RowFlaw):
            return named
        certification, zone = named, named.zone
        plan = enrollment_plan(row, learner.id, certification, claim, job)
    if isinstance(plan, RowFlaw):
        return plan
    return future_flaw(plan, zone, job) or MatchedRow(
        plan=plan,
        learner=learner,
        certification=certification,
        key=EnrollmentKey(learner.id, certification.code) if certification else None,
    )


class RowJudge:
    """Says which outcome matched rows have."""

    def __init__(
        self,
        job: ImportJob,
        resumes: str | None,
        *,
        accepted: AcceptedClaims,
        repeated: RepeatedRows,
    ) -> None:
        """Judge rows of one file; ``resumes`` is the id of an interrupted import of it."""
        self._job = job
        self._resumes = resumes
        self._accepted = accepted
        self._repeated = repeated

    def judge(self, rows: Iterable[tuple[int, MatchedRow]]) -> dict[int, Outcome | RowFlaw]:
        """Return the outcome of each row by its place; rows come in the file's order."""
        rows = list(rows)
        stored = self._stored([row for _, row in rows])
        return {place: self._outcome(row, stored) for place, row in rows}

    def _stored(self, rows: Collection[MatchedRow]) -> Loaded:
        loader = Loader(self._job.sources, self._job.store)
        learners = {row.learner.id for row in rows if row.certification is None}
        keys = {row.key for row in rows if row.key is not None}
        enrollments: Mapping[EnrollmentKey, Enrollment] = loader.store.load(keys) if keys else {}
        undecided = {
            row.key
            for row in rows
            if row.key is not None and not self._is_accepted(row, enrollments)
        }
        learners.update(key.learner for key in undecided)
        return loader.load(enrollments, histories=undecided, transcripts=learners)

    def _outcome(self, row: MatchedRow, stored: Loaded) -> Outcome | RowFlaw:
        plan = row.plan
        key = row.repeat_key(by_day=self._repeated.by_day)
        outcome = self._repeated.judge(key, plan.row, plan.claim.learner_column)
        if outcome is None and row.certification is None:
            outcome = self._of_completion(plan, stored)
        elif outcome is None and row.certification is not None:
            outcome = self._of_enrollment(row, row.certification, stored)
        assert outcome is not None  # noqa: S101 (one of the two was asked)
        if outcome is Outcome.NEW:
            self._repeated.add_new(key)
        return outcome

    def _of_completion(self, plan: RowPlan, stored: Loaded) -> Outcome:
        """Already completed when this completion or a later one is stored."""
        done = stored.transcripts.get(plan.learner, NOTHING).completions
        found = any(
            each.training == plan.training and self._is_as_late(each, plan) for each in done
        )
        return Outcome.ALREADY_COMPLETED if found else Outcome.NEW

    def _is_as_late(self, completion: Completion, plan: RowPlan) -> bool:
        """Whether a completion is of that day or later, and not stored by this very import."""
        day = completion.on or completion.day_in(self._job.options.time_zone)
        return day >= plan.on and (self._resumes is None or completion.import_id != self._resumes)

    def _is_accepted(
        self, row: MatchedRow, enrollments: Mapping[EnrollmentKey, Enrollment]
    ) -> bool:
        """Whether a row is New by what was decided before."""
        plan = row.plan
        return (
            plan.certification is not None
            and row.key not in enrollments
            and self._accepted.accepts(
                plan.claim,
                plan.certification,
                plan.on,
                active=row.learner.active,
                timed=plan.at is not None,
            )
        )

    def _of_enrollment(
        self, row: MatchedRow, certification: Certification, stored: Loaded
    ) -> Outcome | RowFlaw:
        """Already completed when it is stored, New when the rules allow it."""
        if self._is_accepted(row, stored.enrollments):
            return Outcome.NEW
        job, plan, case = self._job, row.plan, stored.case_of(row.learner, certification)
        if self._resumes is not None:
            case = before_import(self._resumes, case)
        if is_known(plan.claim, case.enrollment, on=plan.on, zone=certification.zone, now=job.now):
            return Outcome.ALREADY_COMPLETED
        decisions = decide_row(plan, case, job)
        if isinstance(decisions, RowFlaw):
            return decisions
        if row.key not in stored.enrollments:
            self._accepted.explore(plan, case, decisions)
        return Outcome.NEW
