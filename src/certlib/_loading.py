"""Loading cases: the one place that puts together what is stored about learners.

A `Loader` asks the host's sources and the store, for one learner or for many at once; the number of
queries does not grow with the number of learners. What it returns is plain data, so that everything
after it is pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, TypeAlias, cast

from attrs import evolve, field, frozen

from certlib.actors import Actor, ScopeKind
from certlib.audit import Record
from certlib.certifications import Certification
from certlib.errors import NotFoundError
from certlib.learners import Learner
from certlib.ports import EnrollmentKey, Query, Sources, Store
from certlib.state import Case, Enrollment, Event, replay
from certlib.trainings import Training
from certlib.transcript import Transcript

__all__ = ["PAGE", "AsOf", "Loaded", "Loader", "as_of"]

PAGE: Final = 500
"""Enrollments that are loaded together."""

AsOf: TypeAlias = tuple[Enrollment, datetime, datetime | None]
"""A stored enrollment, the instant it is asked about, and as known when; None: as known now."""

_NOTHING: Final = Transcript()


@frozen(kw_only=True)
class Loaded:
    """What was loaded about some learners; each mapping holds only what was asked for."""

    enrollments: Mapping[EnrollmentKey, Enrollment]
    histories: Mapping[EnrollmentKey, tuple[Event, ...]]
    transcripts: Mapping[str, Transcript]
    people: Mapping[str, Learner] = field(factory=dict[str, Learner])
    certifications: Mapping[str, Certification] = field(factory=dict[str, Certification])
    courses: Mapping[str, tuple[Training, ...]] = field(factory=dict[str, tuple[Training, ...]])
    """The courses that require a module, by the module."""
    needing: Mapping[str, tuple[str, ...]] = field(factory=dict[str, tuple[str, ...]])
    """The certifications that need a training, by the training."""

    def case(self, learner: str, certification: str, transcript: Transcript | None = None) -> Case:
        """Return the case of a learner in a certification; both must have been loaded.

        ``transcript`` replaces the one that was loaded.
        """
        person, found = self.people[learner], self.certifications[certification]
        return self.case_of(person, found, transcript)

    def case_of(
        self,
        learner: Learner,
        certification: Certification,
        transcript: Transcript | None = None,
    ) -> Case:
        """Return the case of a learner in a certification that the caller has at hand."""
        key = EnrollmentKey(learner.id, certification.code)
        return Case(
            learner=learner,
            certification=certification,
            enrollment=self.enrollments.get(key)
            or Enrollment.blank(learner=learner.id, certification=certification.code),
            transcript=transcript or self.transcripts.get(learner.id, _NOTHING),
            history=self.histories.get(key, ()),
        )


@frozen
class Loader:
    """Loads cases from a host's sources and a store."""

    sources: Sources
    store: Store

    def _transcripts(self, learners: Collection[str]) -> Mapping[str, Transcript]:
        """Return transcripts to decide on: what the sources show, with the versions of the store's.

        The store's are read first: what is saved in between is a conflict, and not overlooked.
        """
        stored = self.store.transcripts(learners)
        if cast("object", self.sources) is self.store:
            return stored
        shown = self.sources.transcripts(learners)
        return {
            learner: evolve(
                shown.get(learner, _NOTHING), version=stored.get(learner, _NOTHING).version
            )
            for learner in learners
            if learner in shown or learner in stored
        }

    # --- one, as an actor sees it -------------------------------------------------------------

    def case(self, learner: str, certification: str, actor: Actor) -> Case:
        """Return the case of a learner in a certification, with its history.

        Raise `NotFoundError` if either is missing or out of the actor's scope.
        """
        person, found = self.reached(learner, certification, actor)
        key = EnrollmentKey(learner, certification)
        loaded = Loaded(
            enrollments=self.store.load([key]),
            histories=self.store.history([key]),
            transcripts=self._transcripts([learner]),
        )
        return loaded.case_of(person, found)

    def reached(
        self, learner: str, certification: str, actor: Actor
    ) -> tuple[Learner, Certification]:
        """Return a learner and a certification; raise `NotFoundError` as `case` does."""
        person = self.learner(learner, actor)
        found = self.sources.certifications([certification]).get(certification)
        if found is None or not actor.covers(person, certification):
            raise NotFoundError("certification", certification)
        return person, found

    def learner(self, learner: str, actor: Actor) -> Learner:
        """Return a learner; raise `NotFoundError` if missing or out of the actor's scope (W2)."""
        found = self.sources.learners([learner]).get(learner)
        if found is None or not actor.covers(found, None):
            raise NotFoundError("learner", learner)
        return found

    def certification(self, code: str) -> Certification:
        """Return a certification; raise `NotFoundError` if the catalog lacks it."""
        found = self.sources.certifications([code])
        if code not in found:
            raise NotFoundError("certification", code)
        return found[code]

    def certifications(self, actor: Actor, only: str | None) -> Mapping[str, Certification]:
        """Return all certifications of the catalog, or ``only`` one.

        Raise `NotFoundError` if that one is missing or out of the actor's scope.
        """
        if only is None:
            return self.sources.certifications()
        found = self.sources.certifications([only])
        scope = actor.scope
        hidden = scope.kind is ScopeKind.CERTIFICATIONS and only not in scope.names
        if only not in found or hidden:
            raise NotFoundError("certification", only)
        return found

    # --- many at once -------------------------------------------------------------------------

    def pages(self, query: Query) -> Iterator[Sequence[Enrollment]]:
        """Yield the enrollments that may answer a query, by key, a page at a time."""
        after: EnrollmentKey | None = None
        while page := self.store.find(query, limit=PAGE, after=after):
            after = EnrollmentKey.of(page[-1])
            yield page

    def batch(
        self,
        *,
        learners: Collection[str],
        completed: Collection[tuple[str, str]] = (),
        enrollments: Collection[EnrollmentKey] = (),
    ) -> Loaded:
        """Load what completions, each a learner and a training, and commands may change."""
        trainings = {training for _, training in completed}
        courses = self.sources.courses_with(trainings)
        concerned = {*trainings, *(course.code for found in courses.values() for course in found)}
        needing = self.sources.needing(concerned)
        keys = set(enrollments)
        for learner, training in completed:
            for each in (training, *(course.code for course in courses.get(training, ()))):
                keys.update(EnrollmentKey(learner, code) for code in needing.get(each, ()))
        return Loaded(
            people=self.sources.learners(learners),
            certifications=self.sources.certifications({key.certification for key in keys}),
            courses=courses,
            needing=needing,
            transcripts=self._transcripts(learners),
            enrollments=self.store.load(keys),
            histories=self.store.history(keys),
        )

    def page(self, enrollments: Collection[Enrollment]) -> Loaded:
        """Load the histories of enrollments at hand, and their learners with transcripts."""
        names = {each.learner for each in enrollments}
        held = {EnrollmentKey.of(each): each for each in enrollments}
        return Loaded(
            enrollments=held,
            people=self.sources.learners(names),
            histories=self.store.history(held),
            transcripts=self.sources.transcripts(names),
        )

    def everything_about(self, learners: Collection[str], *, now: datetime) -> Loaded:
        """Load all that is stored about learners: enrollments, histories and transcripts.

        ``courses`` are those that require a module which one of them completed.
        """
        query = Query(learners=tuple(sorted(learners)), at=now)
        held = {EnrollmentKey.of(each): each for page in self.pages(query) for each in page}
        transcripts = self._transcripts(learners)
        completed = {each.training for found in transcripts.values() for each in found.completions}
        return Loaded(
            enrollments=held,
            histories=self.store.history(held),
            transcripts=transcripts,
            people=self.sources.learners(learners),
            certifications=self.sources.certifications({key.certification for key in held}),
            courses=self.sources.courses_with(completed),
        )

    def load(
        self,
        enrollments: Mapping[EnrollmentKey, Enrollment],
        *,
        histories: Collection[EnrollmentKey],
        transcripts: Collection[str],
    ) -> Loaded:
        """Load these histories and transcripts, and nothing else, for enrollments at hand."""
        return Loaded(
            enrollments=enrollments,
            histories=self.store.history(histories) if histories else {},
            transcripts=self.sources.transcripts(transcripts) if transcripts else {},
        )

    def records(self, enrollments: Collection[Enrollment], actor: Actor) -> Iterator[Record]:
        """Yield what an audit looks at, for each enrollment at hand that the actor reaches.

        Only a scope of the whole tenant reaches enrollments of unknown learners.
        """
        loaded = self.page(enrollments)
        certifications = self.sources.certifications({each.certification for each in enrollments})
        indexed = self.store.indexed(loaded.enrollments.keys())
        for key, stored in loaded.enrollments.items():
            person = loaded.people.get(key.learner)
            reached = (
                actor.scope.kind is ScopeKind.TENANT
                if person is None
                else actor.covers(person, key.certification)
            )
            if reached:
                yield Record(
                    enrollment=stored,
                    history=loaded.histories.get(key, ()),
                    certification=certifications.get(key.certification),
                    learner=person,
                    transcript=loaded.transcripts.get(key.learner, _NOTHING),
                    index=indexed.get(key),
                )

    def as_of(self, asked: Sequence[AsOf]) -> list[Enrollment]:
        """Return each enrollment as it stood; histories are loaded only of those that need it."""
        past = [
            EnrollmentKey.of(each) for each, at, known_at in asked if _is_past(each, at, known_at)
        ]
        histories: Mapping[EnrollmentKey, tuple[Event, ...]] = {}
        if past:
            histories = self.store.history(past)
        return [
            as_of(each, histories.get(EnrollmentKey.of(each)), at=at, known_at=known_at)
            for each, at, known_at in asked
        ]


def as_of(
    stored: Enrollment,
    history: Sequence[Event] | None,
    *,
    at: datetime,
    known_at: datetime | None = None,
) -> Enrollment:
    """Return a stored enrollment as it stood at an instant, as far as was known at another (T6).

    A history that is None leaves it as it is stored.
    """
    if history is None or not _is_past(stored, at, known_at):
        return stored
    return replay(
        history,
        learner=stored.learner,
        certification=stored.certification,
        at=at,
        known_at=known_at,
    )


def _is_past(stored: Enrollment, at: datetime, known_at: datetime | None) -> bool:
    """Whether something has taken effect, or become known, since the instants asked about."""
    effect, recorded = stored.last_fact_at, stored.last_recorded_at
    return (effect is not None and effect > at) or (
        known_at is not None and recorded is not None and recorded > known_at
    )
