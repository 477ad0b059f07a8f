"""Answers about what is recorded: statuses, whether certified, what may be done, and why.

Functions of a case that was loaded (`certlib._loading`), but for `statuses`, which loads page by
page. Any past instant can be asked about, as it was known then or as it is known now.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Final, TypeAlias

from attrs import evolve, frozen

from certlib._loading import Loader, as_of
from certlib.actors import Actor
from certlib.certifications import Certification
from certlib.periods import first_instant
from certlib.ports import Query
from certlib.state import (
    Case,
    Certificate,
    Enrollment,
    Event,
    Status,
    Table,
    Verdict,
    certified_spans,
    explain,
)
from certlib.state._fold import counting
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

__all__ = ["Answer", "StatusAnswer", "StatusQuestion", "When", "certified", "explained", "statuses"]

When: TypeAlias = datetime | date
"""An instant, or a day: its first instant in each certification's zone."""

WORK: Final = (
    StepCompleted,
    TrainingOverridden,
    EvidenceApproved,
    TestOutRecorded,
    ExamAttempted,
    ExamApproved,
    ExamOverridden,
)
"""The facts about work done in a cycle."""


@frozen(kw_only=True)
class StatusAnswer:
    """One enrollment at an instant: its status, since when, and its newest certificate."""

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
    """Whether a learner is certified, since when, until when, and why (Q1)."""

    certified: bool
    status: Status | None
    since: datetime | None
    """Since when the learner has been certified without a break; None when not certified."""
    until: datetime | None
    """When that ends if nothing else happens; None: never, or not certified."""
    last_valid_day: date | None
    last_grace_day: date | None
    because: tuple[Event, ...]
    """The facts that made the newest certificate what it is, in the order of effect."""


@frozen(kw_only=True)
class StatusQuestion:
    """Which statuses are asked for: by whom, of which instant, and perhaps of whom and what."""

    actor: Actor
    at: When
    known_at: When | None = None
    learner: str | None = None
    certification: str | None = None
    status: Status | None = None

    @property
    def query(self) -> Query:
        """The query that finds at least all enrollments that may be answered."""
        indexed = isinstance(self.at, datetime) and self.known_at is None
        return Query(
            learners=None if self.learner is None else (self.learner,),
            certifications=None if self.certification is None else (self.certification,),
            status=self.status if indexed else None,
            at=_instant(self.at, "UTC"),
        )

    def instants(self, zone: str) -> tuple[datetime, datetime | None]:
        """Return the instant asked about, and as known when, in a certification's zone."""
        known_at = None if self.known_at is None else _instant(self.known_at, zone)
        return _instant(self.at, zone), known_at


def statuses(loader: Loader, question: StatusQuestion) -> Iterator[StatusAnswer]:
    """Yield the answer for each enrollment that has a status, by learner and certification.

    Raise `NotFoundError` if the learner or certification asked for is missing or out of scope.
    """
    if question.learner is not None:
        loader.learner(question.learner, question.actor)
    certifications = loader.certifications(question.actor, question.certification)
    for page in loader.pages(question.query):
        yield from _answered(loader, page, certifications, question)


def _answered(
    loader: Loader,
    page: Sequence[Enrollment],
    certifications: Mapping[str, Certification],
    question: StatusQuestion,
) -> Iterator[StatusAnswer]:
    people = loader.sources.learners({each.learner for each in page})
    visible = [
        (each, *question.instants(certifications[each.certification].zone))
        for each in page
        if each.certification in certifications
        and each.learner in people
        and question.actor.covers(people[each.learner], each.certification)
    ]
    for enrollment, (_, at, _) in zip(loader.as_of(visible), visible, strict=True):
        status = enrollment.status_at(at)
        if status is not None and question.status in {None, status}:
            yield StatusAnswer(
                learner=enrollment.learner,
                certification=enrollment.certification,
                status=status,
                since=enrollment.since(at),
                certified=enrollment.certified_at(at),
                certificate=enrollment.newest_certificate,
                enrollment=enrollment,
            )


def explained(
    case: Case, *, actor: Actor, at: datetime, known_at: datetime | None, table: Table
) -> tuple[Status | None, tuple[Verdict, ...]]:
    """Return the status of an instant, and what the actor may do then (Q2)."""
    history = case.history or ()
    case = evolve(
        case,
        enrollment=as_of(case.enrollment, history, at=at, known_at=known_at),
        history=tuple(
            event
            for event in history
            if event.at <= at and (known_at is None or event.recorded_at <= known_at)
        ),
        transcript=case.transcript if known_at is None else case.transcript.known_at(known_at),
    )
    return case.enrollment.status_at(at), explain(case, actor=actor, now=at, table=table)


def certified(case: Case, *, at: datetime, known_at: datetime | None) -> Answer:
    """Return whether a learner is certified at an instant, and why (Q1)."""
    history = case.history or ()
    enrollment = as_of(case.enrollment, history, at=at, known_at=known_at)
    newest = enrollment.newest_certificate
    is_certified = enrollment.certified_at(at)
    spans = certified_spans(
        history,
        learner=enrollment.learner,
        certification=enrollment.certification,
        at=at,
        known_at=known_at,
    )
    return Answer(
        certified=is_certified,
        status=enrollment.status_at(at),
        since=spans[-1][0] if is_certified and spans else None,
        until=newest.certifies_until if is_certified and newest else None,
        last_valid_day=newest.last_valid_day if newest else None,
        last_grace_day=newest.last_grace_day if newest else None,
        because=_because(newest, counting(history, at=at, known_at=known_at)) if newest else (),
    )


def _because(newest: Certificate, events: Sequence[Event]) -> tuple[Event, ...]:
    """Return the events behind a certificate: the work of its cycle, its issue, later dates.

    ``events`` are those that count, in the order of effect.
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


def _instant(when: When, zone: str) -> datetime:
    return when if isinstance(when, datetime) else first_instant(when, zone)
