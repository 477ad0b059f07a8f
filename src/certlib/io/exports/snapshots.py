"""Snapshots of learners for exports, read from a store page by page."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from attrs import frozen

from certlib.actors import Actor
from certlib.certifications import Certification
from certlib.io.formats.snapshot import LearnerSnapshot
from certlib.io.imports.job import ImportJob
from certlib.learners import Learner
from certlib.ports import EnrollmentKey, Query
from certlib.state import Enrollment, Event, replay
from certlib.trainings import TrainingKind
from certlib.transcript import Transcript

__all__ = ["SnapshotReader"]

PAGE: Final = 500
"""Learners, or enrollments, that are read together."""


@frozen(kw_only=True)
class SnapshotReader:
    """Reads what is known about learners in scope, a page of learners at a time.

    As known at the instant of the job: what had taken effect and was recorded by then (T6).
    """

    job: ImportJob
    actor: Actor
    certifications: Mapping[str, Certification]

    def read(self) -> Iterator[Sequence[LearnerSnapshot]]:
        """Yield snapshots of the learners in scope, by id."""
        sources, after = self.job.sources, None
        while people := sources.all_learners(limit=PAGE, after=after):
            after = people[-1].id
            reached = [each for each in people if self.actor.covers(each, None)]
            if reached:
                yield self._snapshots(reached)

    def _snapshots(self, people: Sequence[Learner]) -> Sequence[LearnerSnapshot]:
        names = [each.id for each in people]
        enrolled: dict[str, dict[str, Enrollment]] = {name: {} for name in names}
        for page in self._enrollments(names):
            for each in page:
                enrolled[each.learner][each.certification] = each
        transcripts = self.job.sources.transcripts(names)
        known = {name: transcripts.get(name, Transcript()).known_at(self.job.now) for name in names}
        completed = {each.training for those in known.values() for each in those.completions}
        kinds = self._kinds(completed)
        return [self.snapshot(each, enrolled[each.id], known[each.id], kinds) for each in people]

    def _enrollments(self, learners: Sequence[str]) -> Iterator[Sequence[Enrollment]]:
        """Yield the enrollments of learners as they were known at the instant."""
        at, after = self.job.now, None
        query = Query(learners=tuple(learners), certifications=tuple(self.certifications), at=at)
        while page := self.job.store.find(query, limit=PAGE, after=after):
            after = EnrollmentKey.of(page[-1])
            changed = [EnrollmentKey.of(each) for each in page if _is_later(each, at)]
            histories: Mapping[EnrollmentKey, Sequence[Event]] = {}
            if changed:
                histories = self.job.store.history(changed)
            yield [_as_known(each, histories, at) for each in page]

    def _kinds(self, trainings: Collection[str]) -> Mapping[str, TrainingKind]:
        found = self.job.sources.find_trainings(trainings)
        return {
            name: each.kind for name, those in found.items() for each in those if each.code == name
        }

    def snapshot(
        self,
        learner: Learner,
        enrollments: Mapping[str, Enrollment],
        transcript: Transcript,
        kinds: Mapping[str, TrainingKind],
    ) -> LearnerSnapshot:
        """Return what the actor may see of a learner, and is asked for."""
        codes = [code for code in sorted(enrollments) if self.actor.covers(learner, code)]
        only = self.job.options.certification
        counted = transcript.completions
        if only is not None:
            needed = _trainings_of(self.certifications[only])
            counted = tuple(each for each in counted if each.training in needed)
        return LearnerSnapshot(
            learner=learner,
            enrollments={code: enrollments[code] for code in codes if code in self.certifications},
            zones={code: each.zone for code, each in self.certifications.items()},
            transcript=Transcript(completions=counted),
            kinds=kinds,
            at=self.job.now,
            time_zone=self.job.options.time_zone,
        )


def _is_later(enrollment: Enrollment, at: datetime) -> bool:
    marks = (enrollment.last_fact_at, enrollment.last_recorded_at)
    return any(each is not None and each > at for each in marks)


def _as_known(
    stored: Enrollment, histories: Mapping[EnrollmentKey, Sequence[Event]], at: datetime
) -> Enrollment:
    history = histories.get(EnrollmentKey.of(stored))
    if history is None:
        return stored
    return replay(
        history,
        learner=stored.learner,
        certification=stored.certification,
        at=at,
        known_at=at,
    )


def _trainings_of(certification: Certification) -> frozenset[str]:
    return frozenset(
        training
        for version in certification.versions
        for training in version.initial.trainings | version.recertification.trainings
    )
