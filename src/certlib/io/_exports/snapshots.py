"""Snapshots of learners for exports, read from a store page by page."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from attrs import frozen

from certlib._loading import Loader
from certlib.actors import Actor
from certlib.certifications import Certification
from certlib.io._imports.job import ImportJob
from certlib.io.formats._snapshot import LearnerSnapshot
from certlib.learners import Learner
from certlib.ports import Query
from certlib.state import Enrollment
from certlib.trainings import TrainingKind
from certlib.transcript import Transcript

__all__ = ["SnapshotReader"]

PAGE: Final = 500
"""Learners that are read together."""


@frozen(kw_only=True)
class SnapshotReader:
    """Reads what is known about learners in scope, a page of learners at a time.

    As known at the instant of the job: what had taken effect and was recorded by then.
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
        for each in self._enrollments(names):
            enrolled[each.learner][each.certification] = each
        transcripts = self.job.sources.transcripts(names)
        known = {name: transcripts.get(name, Transcript()).known_at(self.job.now) for name in names}
        completed = {each.training for those in known.values() for each in those.completions}
        kinds = self._kinds(completed)
        return [self.snapshot(each, enrolled[each.id], known[each.id], kinds) for each in people]

    def _enrollments(self, learners: Sequence[str]) -> Iterator[Enrollment]:
        """Yield the enrollments of learners as they were known at the instant."""
        at, loader = self.job.now, Loader(self.job.sources, self.job.store)
        query = Query(learners=tuple(learners), certifications=tuple(self.certifications), at=at)
        for page in loader.pages(query):
            yield from loader.as_of([(each, at, at) for each in page])

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


def _trainings_of(certification: Certification) -> frozenset[str]:
    return frozenset(
        training
        for version in certification.versions
        for training in version.initial.trainings | version.recertification.trainings
    )
