"""What follows at once from the facts that a command gave, as facts of the same entry.

In this order, and nowhere else: the dates of certificates are computed again after a late award or
a strike (T5), an award ends a cycle (R3), a cycle with nothing missing gets its certificate (R2).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from certlib._copying import evolve
from certlib.certifications import Certification
from certlib.learners import Learner
from certlib.policies import Terms
from certlib.state._actions.awarding import (
    CertificateAwarded,
    CertificateDatedAgain,
    CertificateIssued,
    CertificateRedated,
)
from certlib.state._actions.running import CycleBegan, CycleEnded
from certlib.state._certificates import Certificate
from certlib.state._cycles import CycleEnd
from certlib.state._dating import terms_by, terms_redated
from certlib.state._enrollments import Enrollment
from certlib.state._events import Event, Fact
from certlib.state._fold import counting, fold

__all__ = [
    "certificate_of_finished_cycle",
    "cycle_ended_by_earlier_award",
    "dates_computed_again",
]


def dates_computed_again(
    history: Sequence[Event], certification: Certification, learner: Learner | None = None
) -> Iterator[tuple[datetime, Fact]]:
    """Yield the new dates of every certificate whose computed dates follow otherwise from the facts (T5).

    Each certificate is dated under its own version, as it stood when it was issued, and again where
    it was re-dated (P13); explicit dates stay. New dates hold from that instant on.
    """
    if not history:
        return
    recorded = {
        (event.fact.certificate, event.fact.redating): event.fact.terms
        for event in counting(history)
        if isinstance(event.fact, CertificateDatedAgain)
    }
    blank = Enrollment.blank(learner="", certification=certification.code)
    enrollment, before = blank, dict[int, Enrollment]()
    for event in counting(history):
        fact = event.fact
        if isinstance(fact, CertificateDatedAgain):
            continue
        if isinstance(fact, CertificateIssued | CertificateAwarded):
            before[event.sequence] = enrollment
            if not fact.terms.explicit:
                terms = (
                    _terms(certification, fact.version, event.at, enrollment, learner) or fact.terms
                )
                if terms != recorded.get((event.sequence, None), fact.terms):
                    yield event.at, CertificateDatedAgain(certificate=event.sequence, terms=terms)
                event = evolve(event, fact=evolve(fact, terms=terms))  # noqa: PLW2901 (the walk goes on with the new dates)
        elif isinstance(fact, CertificateRedated):
            terms, of = _redated(certification, fact, event.at, enrollment, before, learner=learner)
            if of is not None and terms != recorded.get((of, event.sequence), fact.terms):
                yield (
                    event.at,
                    CertificateDatedAgain(certificate=of, terms=terms, redating=event.sequence),
                )
            event = evolve(event, fact=evolve(fact, terms=terms))  # noqa: PLW2901
        enrollment = fold(enrollment, event)


def _redated(
    certification: Certification,
    fact: CertificateRedated,
    at: datetime,
    enrollment: Enrollment,
    before: Mapping[int, Enrollment],
    *,
    learner: Learner | None,
) -> tuple[Terms, int | None]:
    """Return what a re-dating gives the certificate that is newest at its instant, and which that is."""
    newest, version = enrollment.newest_certificate, certification.version(fact.version)
    if newest is None or not newest.may_be_redated or version is None:
        return fact.terms, None
    terms = terms_redated(version, newest, at=at, before=before[newest.sequence], learner=learner)
    return terms, newest.sequence


def _terms(
    certification: Certification,
    number: int,
    at: datetime,
    before: Enrollment,
    learner: Learner | None,
) -> Terms | None:
    """Return the dates of a certificate issued at an instant, or None where its version is gone."""
    version = certification.version(number)
    return None if version is None else terms_by(version, at=at, before=before, learner=learner)


def cycle_ended_by_earlier_award(
    award: Certificate, history: Sequence[Event], after: Enrollment, now: datetime
) -> Iterator[tuple[datetime, Fact]]:
    """Yield the end that an award dated before the open cycle began brings to it (R3).

    It ends the cycle at the instant it is entered, if it is newer than every certificate known when
    the cycle began, and certifies then; this is judged once, here. (The cycle that is open at the
    award's own instant is ended by the award itself, see `CertificateAwarded`.)
    """
    cycle = after.open_cycle
    if cycle is None or cycle.began_at <= award.issued_at:
        return
    began = next(
        event.sequence
        for event in history
        if event.entry == cycle.entry and isinstance(event.fact, CycleBegan)
    )
    known_then = (each for each in after.certificates if each.sequence < began)
    if award.certifies_at(now) and all(each.issued_at < award.issued_at for each in known_then):
        yield (
            max(filter(None, (now, after.last_fact_at))),
            CycleEnded(number=cycle.number, by=CycleEnd.AWARD),
        )


def certificate_of_finished_cycle(
    after: Enrollment, certification: Certification, at: datetime, learner: Learner | None = None
) -> Iterator[tuple[datetime, Fact]]:
    """Yield the certificate of an open cycle with nothing missing, dated under its version (R2)."""
    cycle = after.open_cycle
    if cycle is None or not cycle.is_complete:
        return
    terms = _terms(certification, cycle.version, at, after, learner)
    if terms is not None:
        yield at, CertificateIssued(cycle=cycle.number, version=cycle.version, terms=terms)
