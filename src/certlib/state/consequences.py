"""What follows at once from the facts that a command gave, as facts of the same entry.

In this order, and nowhere else: the dates of certificates are computed again after a late award or
a strike (T5), an award ends a cycle (R3), a cycle with nothing missing gets its certificate (R2).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from attrs import evolve

from certlib.certifications import Certification
from certlib.periods import day_in
from certlib.policies import Terms, terms_of
from certlib.state.enrollments import Certificate, CycleEnd, Enrollment
from certlib.state.events import Event
from certlib.state.facts import (
    CertificateAwarded,
    CertificateDatedAgain,
    CertificateIssued,
    CycleBegan,
    CycleEnded,
    Fact,
)
from certlib.state.fold import counting, fold

__all__ = ["certificate_of_finished_cycle", "cycle_ended_by_earlier_award", "dates_computed_again"]


def dates_computed_again(
    history: Sequence[Event], after: Enrollment, certification: Certification
) -> Iterator[tuple[datetime, Fact]]:
    """Yield the new dates of every certificate whose computed dates follow otherwise from the facts (T5).

    ``after`` is what ``history`` adds up to with the dates as they are recorded. Each certificate is
    dated under its own version; explicit dates stay. New dates hold from the issue on.
    """
    recorded = {certificate.sequence: certificate.terms for certificate in after.certificates}
    enrollment = Enrollment.blank(learner=after.learner, certification=after.certification)
    for event in counting(history):
        fact = event.fact
        if isinstance(fact, CertificateDatedAgain):
            continue
        if isinstance(fact, CertificateIssued | CertificateAwarded) and not fact.terms.explicit:
            terms = _terms(certification, fact.version, event.at, enrollment) or fact.terms
            if terms != recorded[event.sequence]:
                yield event.at, CertificateDatedAgain(certificate=event.sequence, terms=terms)
            event = evolve(event, fact=evolve(fact, terms=terms))  # noqa: PLW2901 (the walk goes on with the new dates)
        enrollment = fold(enrollment, event)


def _terms(
    certification: Certification, number: int, at: datetime, before: Enrollment
) -> Terms | None:
    """Return the dates of a certificate issued at an instant, or None where its version is gone."""
    version = certification.version(number)
    if version is None:
        return None
    return terms_of(
        version.policy,
        issued_on=day_in(version.policy.time_zone, at),
        previous=before.renewed_at(at),
    )


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
    after: Enrollment, certification: Certification, at: datetime
) -> Iterator[tuple[datetime, Fact]]:
    """Yield the certificate of an open cycle with nothing missing, dated under its version (R2)."""
    cycle = after.open_cycle
    if cycle is None or not cycle.is_complete:
        return
    terms = _terms(certification, cycle.version, at, after)
    if terms is not None:
        yield at, CertificateIssued(cycle=cycle.number, version=cycle.version, terms=terms)
