"""What may be asked about what is recorded: statuses, certified or not, what may be done, how it came to be.

Every question names its actor; what is out of the actor's scope, of another tenant, or not there is
the same `NotFoundError` (W1, W2). Any past instant can be asked about, as it was known then and as
it is known now (T6).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Final, TypeAlias

from attrs import evolve, frozen

from certlib.actors import Actor, ScopeKind
from certlib.certifications import Certification
from certlib.errors import NotFoundError
from certlib.learners import Learner
from certlib.periods import first_instant
from certlib.pictures import history_svg
from certlib.ports import EnrollmentKey, Query, Sources, Store
from certlib.state import (
    TABLE,
    Case,
    Certificate,
    ChangePoint,
    Enrollment,
    Event,
    Given,
    Notice,
    Status,
    Table,
    Verdict,
    certified_spans,
    explain,
    outlook,
    replay,
    timeline,
)
from certlib.state.facts import (
    CertificateDatedAgain,
    CertificateExtended,
    CertificateRedated,
    EvidenceApproved,
    ExamApproved,
    ExamAttempted,
    ExamOverridden,
    StepCompleted,
    TestOutRecorded,
    TrainingOverridden,
)
from certlib.state.fold import counting
from certlib.state.reminders import armed
from certlib.transcript import Transcript

__all__ = ["Answer", "Questions", "Standing", "When"]

When: TypeAlias = datetime | date
"""An instant, or a day: its first instant in each certification's zone."""

PAGE = 500
WORK: Final = (
    StepCompleted,
    TrainingOverridden,
    EvidenceApproved,
    TestOutRecorded,
    ExamAttempted,
    ExamApproved,
    ExamOverridden,
)
"""What is done in a cycle."""


@frozen(kw_only=True)
class Standing:
    """One enrollment's answer at an instant: status, since when, and the newest certificate."""

    learner: str
    certification: str
    status: Status
    since: datetime | None
    certified: bool
    certificate: Certificate | None
    """The newest that is not struck."""
    enrollment: Enrollment


@frozen(kw_only=True)
class Answer:
    """Whether somebody is certified, since when, until when, and why (Q1)."""

    certified: bool
    status: Status | None
    since: datetime | None
    """From when on the learner has been certified without a break; None when not certified."""
    until: datetime | None
    """The first instant at which that ends, if nothing else happens; None: it does not, or is not so."""
    last_valid_day: date | None
    last_grace_day: date | None
    because: tuple[Event, ...]
    """The facts that made the newest certificate what it is, in the order of effect."""


@frozen(kw_only=True)
class _Asked:
    """What `Questions.statuses` was asked for."""

    actor: Actor
    at: When
    known_at: When | None
    status: Status | None

    def instants(self, zone: str) -> tuple[datetime, datetime | None]:
        known_at = None if self.known_at is None else _instant(zone, self.known_at)
        return _instant(zone, self.at), known_at


class Questions:
    """The reading half of the service (`certlib.service.Service`)."""

    def __init__(self, *, store: Store, sources: Sources, table: Table = TABLE) -> None:
        """Bring together what is recorded, what the host owns, and the rules."""
        self.store = store
        self.sources = sources
        self.table = table

    def explain(
        self,
        *,
        learner: str,
        certification: str,
        actor: Actor,
        at: datetime,
        known_at: datetime | None = None,
    ) -> tuple[Status | None, tuple[Verdict, ...]]:
        """Say what the actor may do at an instant, and why not the rest (Q2).

        Asked about the past, it is what could have been done then, by what is known now or was known
        at ``known_at`` (T6).
        """
        case = self._case(learner, certification, actor)
        case = evolve(
            case,
            enrollment=self._as_of(case, at, known_at),
            history=_known(case.history or (), at, known_at),
            transcript=case.transcript if known_at is None else case.transcript.known_at(known_at),
        )
        return case.enrollment.status_at(at), explain(case, actor=actor, now=at, table=self.table)

    def certified(
        self,
        *,
        learner: str,
        certification: str,
        actor: Actor,
        at: datetime,
        known_at: datetime | None = None,
    ) -> Answer:
        """Say whether a learner is certified at an instant, and why: the single place to ask (Q1)."""
        case = self._case(learner, certification, actor)
        enrollment = self._as_of(case, at, known_at)
        newest = enrollment.newest_certificate
        certified = enrollment.certified_at(at)
        history = case.history or ()
        spans = certified_spans(
            history, learner=learner, certification=certification, at=at, known_at=known_at
        )
        since = spans[-1][0] if certified and spans else None
        return Answer(
            certified=certified,
            status=enrollment.status_at(at),
            since=since,
            until=newest.certifies_until if certified and newest else None,
            last_valid_day=newest.last_valid_day if newest else None,
            last_grace_day=newest.last_grace_day if newest else None,
            because=_because(newest, counting(history, at=at, known_at=known_at)) if newest else (),
        )

    def statuses(
        self,
        *,
        actor: Actor,
        at: When,
        known_at: When | None = None,
        learner: str | None = None,
        certification: str | None = None,
        status: Status | None = None,
    ) -> Iterator[Standing]:
        """Yield the standing of every enrollment with a status, by learner and certification (Q3).

        A learner or a certification that is asked for by name must be there, and in scope.
        """
        if learner is not None:
            self._visible_learner(learner, actor)
        named = None if certification is None else [certification]
        certifications = self.sources.certifications(named)
        if certification is not None and (
            certification not in certifications or _is_hidden(certification, actor)
        ):
            raise NotFoundError("certification", certification)
        asked = _Asked(actor=actor, at=at, known_at=known_at, status=status)
        query = Query(
            learners=None if learner is None else (learner,),
            certifications=None if certification is None else (certification,),
            status=status if isinstance(at, datetime) and known_at is None else None,
            at=at if isinstance(at, datetime) else first_instant(at, "UTC"),
        )
        for page in self._pages(query):
            yield from self._standings(page, certifications, asked)

    def _standings(
        self,
        page: Sequence[Enrollment],
        certifications: Mapping[str, Certification],
        asked: _Asked,
    ) -> Iterator[Standing]:
        people = self.sources.learners({enrollment.learner for enrollment in page})
        visible = [
            (enrollment, *asked.instants(certifications[enrollment.certification].zone))
            for enrollment in page
            if enrollment.certification in certifications
            and enrollment.learner in people
            and asked.actor.covers(people[enrollment.learner], enrollment.certification)
        ]
        past = [
            EnrollmentKey.of(enrollment)
            for enrollment, at, known_at in visible
            if known_at is not None or _is_past(enrollment, at)
        ]
        histories = self.store.history(past)
        for stored, at, known_at in visible:
            history = histories.get(EnrollmentKey.of(stored))
            enrollment = stored
            if history is not None:
                enrollment = replay(
                    history,
                    learner=stored.learner,
                    certification=stored.certification,
                    at=at,
                    known_at=known_at,
                )
            status = enrollment.status_at(at)
            if status is not None and asked.status in {None, status}:
                yield Standing(
                    learner=enrollment.learner,
                    certification=enrollment.certification,
                    status=status,
                    since=enrollment.since(at),
                    certified=enrollment.certified_at(at),
                    certificate=enrollment.newest_certificate,
                    enrollment=enrollment,
                )

    def history(
        self,
        *,
        learner: str,
        certification: str,
        actor: Actor,
        at: datetime,
        known_at: datetime | None = None,
    ) -> tuple[Given | ChangePoint, ...]:
        """Return how it came to be: facts and change points passed up to an instant, in order."""
        case = self._case(learner, certification, actor)
        return timeline(
            case.history or (),
            learner=learner,
            certification=certification,
            until=at,
            known_at=known_at,
        )

    def picture(
        self,
        *,
        learner: str,
        certification: str,
        actor: Actor,
        at: datetime,
        known_at: datetime | None = None,
    ) -> str:
        """Return the timeline of one enrollment as SVG: as of an instant, as known at another."""
        case = self._case(learner, certification, actor)
        return history_svg(
            case.history or (),
            certification=case.certification,
            learner=learner,
            at=at,
            known_at=known_at,
        )

    def timeline_with(
        self,
        events: Sequence[Event],
        *,
        learner: str,
        certification: str,
        actor: Actor,
        at: datetime,
    ) -> tuple[Given | ChangePoint, ...]:
        """Return how it would have come to be, were these events recorded, too (Q9)."""
        case = self._case(learner, certification, actor)
        return timeline(
            (*(case.history or ()), *events),
            learner=learner,
            certification=certification,
            until=at,
        )

    def outlook(
        self,
        *,
        learner: str,
        certification: str,
        actor: Actor,
        at: datetime,
        known_at: datetime | None = None,
    ) -> tuple[ChangePoint, ...]:
        """Return the change points ahead of an instant, if nothing else happens (Q9)."""
        case = self._case(learner, certification, actor)
        return outlook(self._as_of(case, at, known_at), at)

    def transcript(
        self, *, learner: str, actor: Actor, known_at: datetime | None = None
    ) -> Transcript:
        """Return the completions of a learner, and what was struck; as known now, or at ``known_at``."""
        self._visible_learner(learner, actor)
        found = self.sources.transcripts([learner]).get(learner, Transcript())
        return found if known_at is None else found.known_at(known_at)

    def enrollment(self, *, learner: str, certification: str, actor: Actor) -> Enrollment:
        """Return what all facts so far add up to; blank where no fact is known."""
        return self._case(learner, certification, actor).enrollment

    def reminders(
        self, *, learner: str, certification: str, actor: Actor, at: datetime
    ) -> tuple[Notice, ...]:
        """Return the reminders that will become due after an instant, if nothing else happens (P12)."""
        case = self._case(learner, certification, actor)
        ahead = armed(self._as_of(case, at, None), case.certification)
        return tuple(notice for notice in ahead if notice.at > at)

    def zone_of(self, certification: str) -> str:
        """Return the time zone of a certification; raise `NotFoundError`."""
        found = self.sources.certifications([certification])
        if certification not in found:
            raise NotFoundError("certification", certification)
        return found[certification].zone

    def _pages(self, query: Query) -> Iterator[Sequence[Enrollment]]:
        """Yield the enrollments that a query may mean, page by page."""
        after: EnrollmentKey | None = None
        while page := self.store.find(query, limit=PAGE, after=after):
            after = EnrollmentKey.of(page[-1])
            yield page

    def _visible_learner(self, learner: str, actor: Actor) -> Learner:
        found = self.sources.learners([learner]).get(learner)
        if found is None or not actor.covers(found, None):
            raise NotFoundError("learner", learner)
        return found

    def _case(self, learner: str, certification: str, actor: Actor) -> Case:
        person = self._visible_learner(learner, actor)
        found = self.sources.certifications([certification]).get(certification)
        if found is None or not actor.covers(person, certification):
            raise NotFoundError("certification", certification)
        key = EnrollmentKey(learner, certification)
        enrollment = self.store.load([key]).get(key)
        return Case(
            learner=person,
            certification=found,
            enrollment=enrollment or Enrollment.blank(learner=learner, certification=certification),
            transcript=self.sources.transcripts([learner]).get(learner, Transcript()),
            history=self.store.history([key]).get(key, ()),
        )

    def _as_of(self, case: Case, at: datetime, known_at: datetime | None) -> Enrollment:
        if known_at is None and not _is_past(case.enrollment, at):
            return case.enrollment
        return replay(
            case.history or (),
            learner=case.enrollment.learner,
            certification=case.enrollment.certification,
            at=at,
            known_at=known_at,
        )


def _known(history: Sequence[Event], at: datetime, known_at: datetime | None) -> tuple[Event, ...]:
    """Return what had taken effect by an instant and was known at another."""
    return tuple(
        event
        for event in history
        if event.at <= at and (known_at is None or event.recorded_at <= known_at)
    )


def _is_hidden(certification: str, actor: Actor) -> bool:
    """Whether a certification is out of an actor's scope, whoever the learner is."""
    scope = actor.scope
    return scope.kind is ScopeKind.CERTIFICATIONS and certification not in scope.names


def _is_past(enrollment: Enrollment, at: datetime) -> bool:
    return enrollment.last_fact_at is not None and at < enrollment.last_fact_at


def _instant(zone: str, when: When) -> datetime:
    return when if isinstance(when, datetime) else first_instant(when, zone)


def _because(newest: Certificate, events: Sequence[Event]) -> tuple[Event, ...]:
    """Return the events behind a certificate: what was done in its cycle, its issue, what moved its days.

    ``events`` are those that count, in the order of their effect.
    """
    issued = next(place for place, each in enumerate(events) if each.sequence == newest.sequence)
    return tuple(
        event
        for place, event in enumerate(events)
        if place == issued
        or (isinstance(event.fact, WORK) and event.fact.number == newest.cycle)
        or (
            isinstance(event.fact, CertificateDatedAgain)
            and event.fact.certificate == newest.sequence
        )
        or (isinstance(event.fact, CertificateExtended | CertificateRedated) and place > issued)
    )
