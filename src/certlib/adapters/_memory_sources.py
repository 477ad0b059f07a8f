"""People, catalog and completions in memory: `certlib.ports.Sources` in the plainest code."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, TypeVar

from certlib.adapters._memory_database import Held, MemoryDatabase
from certlib.adapters.store_rules import (
    Counts,
    check_versions,
    identifier_of,
    index_by,
    pick,
    trainings_of,
)
from certlib.certifications import Certification
from certlib.learners import Learner, normal_identifier, skeleton
from certlib.ports import IdentifierKind
from certlib.serialize import (
    KINDS,
    Kinds,
    certification_document,
    read_certification,
    read_training,
    training_document,
)
from certlib.trainings import Training
from certlib.transcript import Transcript

__all__ = ["PLACE", "MemorySources"]

PLACE: Final = "the store in memory"

V = TypeVar("V")


class MemorySources:
    """The half of `MemoryStore` that is a `Sources`, and takes people and catalog from a host."""

    def __init__(self, database: MemoryDatabase, *, tenant: str, kinds: Kinds = KINDS) -> None:
        """Bind to a tenant of a database; ``kinds`` knows a host's own rules."""
        self._database = database
        self._tenant = tenant
        self._kinds = kinds

    @property
    def tenant(self) -> str:
        """The tenant that it is bound to."""
        return self._tenant

    @property
    def _held(self) -> Held:
        return self._database.held(self._tenant)

    # --- people and catalog from a host ------------------------------------------------------------

    def put_learners(self, learners: Iterable[Learner]) -> None:
        """Add learners, and replace those with the same id."""
        self._held.learners.update({each.id: each for each in learners})

    def put_trainings(self, trainings: Iterable[Training]) -> None:
        """Add trainings, and replace those with the same code."""
        kept = {each.code: read_training(training_document(each)) for each in trainings}
        self._held.trainings.update(kept)

    def put_certifications(self, certifications: Iterable[Certification]) -> None:
        """Add certifications, and replace those with the same code.

        Raise `StoreError`, and put nothing, if a published version would change or go.
        """
        kept = {
            each.code: read_certification(
                certification_document(each, kinds=self._kinds), kinds=self._kinds
            )
            for each in certifications
        }
        held = self._held.certifications
        check_versions(PLACE, ((held.get(code), each) for code, each in kept.items()))
        held.update(kept)

    def counts(self) -> Counts:
        """Return how many learners, trainings and certifications there are."""
        held = self._held
        return Counts(
            learners=len(held.learners),
            trainings=len(held.trainings),
            certifications=len(held.certifications),
        )

    # --- Sources ------------------------------------------------------------------------------

    def learners(self, ids: Collection[str]) -> Mapping[str, Learner]:
        """Return the learners with these ids."""
        return pick(self._held.learners, ids)

    def all_learners(self, *, limit: int, after: str | None = None) -> Sequence[Learner]:
        """Return at most ``limit`` learners by id, after an id."""
        return [
            learner
            for learner in _sorted(self._held.learners)
            if after is None or learner.id > after
        ][:limit]

    def find_learners(
        self, identifiers: Collection[str], *, by: IdentifierKind
    ) -> Mapping[str, tuple[Learner, ...]]:
        """Return, for each identifier, every learner whose identifier of that kind resembles it."""
        named = [(identifier_of(learner, by), learner) for learner in _sorted(self._held.learners)]
        having = ((skeleton(name), learner) for name, learner in named if name is not None)
        return index_by(having, {each: skeleton(each) for each in identifiers})

    def certifications(self, codes: Collection[str] | None = None) -> Mapping[str, Certification]:
        """Return the certifications with these codes, or all of them, by code."""
        held = self._held.certifications
        return pick(held, sorted(held) if codes is None else codes)

    def find_certifications(
        self, names: Collection[str]
    ) -> Mapping[str, tuple[Certification, ...]]:
        """Return, for each text, every certification whose code or name it is."""
        having = (
            (name, each)
            for each in _sorted(self._held.certifications)
            for name in _normal(each.code, each.name)
        )
        return index_by(having, {name: normal_identifier(name) for name in names})

    def find_trainings(self, names: Collection[str]) -> Mapping[str, tuple[Training, ...]]:
        """Return, for each text, every training whose code, external id or name it is."""
        having = (
            (name, each)
            for each in _sorted(self._held.trainings)
            for name in _normal(each.code, each.name, *each.external_ids)
        )
        return index_by(having, {name: normal_identifier(name) for name in names})

    def courses_with(self, modules: Collection[str]) -> Mapping[str, tuple[Training, ...]]:
        """Return, for each module code, the courses that require the module."""
        having = (
            (module, course)
            for course in _sorted(self._held.trainings)
            for module in course.modules
        )
        return index_by(having, {module: module for module in modules})

    def needing(self, trainings: Collection[str]) -> Mapping[str, tuple[str, ...]]:
        """Return, for each training, the codes of the certifications that need it in some version."""
        having = (
            (training, each.code)
            for each in _sorted(self._held.certifications)
            for training in trainings_of(each)
        )
        return index_by(having, {training: training for training in trainings})

    def transcripts(self, learners: Collection[str]) -> Mapping[str, Transcript]:
        """Return the transcripts of these learners, with their versions; none for who has nothing."""
        held = self._held.completions.items()
        by_instant = sorted(held, key=lambda item: (item[1].at, item[1].training))
        found = index_by(
            ((learner, completion) for (learner, _), completion in by_instant),
            {learner: learner for learner in learners},
        )
        struck = pick(self._held.struck, learners)
        set_back = sorted(
            self._held.resets.items(), key=lambda item: (item[1].at, item[1].training)
        )
        resets = index_by(
            ((learner, reset) for (learner, _), reset in set_back),
            {learner: learner for learner in learners},
        )
        return {
            learner: Transcript(
                completions=found.get(learner, ()),
                struck=struck.get(learner, ()),
                resets=resets.get(learner, ()),
                version=self._held.transcript_versions.get(learner, 0),
            )
            for learner in dict.fromkeys(learners)
            if learner in found or learner in struck or learner in resets
        }


def _sorted(held: Mapping[str, V]) -> list[V]:
    """Return the values of a mapping, by key."""
    return [held[key] for key in sorted(held)]


def _normal(*names: str) -> set[str]:
    return {normal_identifier(name) for name in names}
