"""Laws about certificates and their revocation."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import Final

from certlib.audit._examined import Breach, EnrollmentLaw, Examined, strike
from certlib.audit._law import Law
from certlib.audit._record import ByHand, Mend
from certlib.errors import AttributeMissingError, OutOfRangeError
from certlib.periods import day_in
from certlib.policies import Terms
from certlib.state._certificates import Certificate
from certlib.state._consequences import dates_computed_again
from certlib.state._cycles import CycleEnd
from certlib.state.facts import CertificateDatedAgain, CertificateRedated

__all__ = ["CERTIFICATE_LAWS"]

EVENTS: Final = ByHand(
    words="look at the events of the certificate: one of them is damaged or missing"
)
COMPUTED: Final = ByHand(
    words="any strike computes the dates of all certificates again (T5): assign with a new reference,"
    " and strike that entry; if the catalog was changed, restore the version first"
)
ATTRIBUTE: Final = ByHand(
    words="give the learner the attribute again: the dates were computed by it"
)


def _breach(certificate: Certificate, found: str, expected: str, *mends: Mend) -> Breach:
    return Breach(
        place=f"certificate {certificate.sequence}",
        found=found,
        expected=expected,
        mends=mends or (EVENTS,),
    )


# --- one after another --------------------------------------------------------------------------


def _out_of_order(examined: Examined) -> Iterator[Breach]:
    for before, certificate in pairwise(examined.enrollment.certificates):
        if (certificate.issued_at, certificate.sequence) < (before.issued_at, before.sequence):
            yield _breach(
                certificate,
                f"issued at {certificate.issued_at}, after certificate {before.sequence}",
                f"ordered by issue: that one was issued at {before.issued_at} (R8)",
            )


def _awarded_again(examined: Examined) -> Iterator[Breach]:
    for before, certificate in pairwise(examined.enrollment.certificates):
        if certificate.is_award and certificate.issued_at == before.issued_at:
            yield _breach(
                certificate,
                f"awarded at {certificate.issued_at}",
                f"no second certificate at that instant, after certificate {before.sequence} (row 34)",
                strike(certificate.entry),
                EVENTS,
            )


def _shortens(examined: Examined) -> Iterator[Breach]:
    """Only an explicit day, a revocation or a requested re-dating may shorten."""
    redated = [e.at for e in examined.standing if isinstance(e.fact, CertificateRedated)]
    for before, certificate in pairwise(examined.enrollment.certificates):
        asked = any(at >= certificate.issued_at for at in redated)
        if certificate.terms.explicit or asked or not _in_force(before, certificate):
            continue
        for what, was, is_ in (
            ("baseline", before.terms.baseline, certificate.terms.baseline),
            ("last valid day", before.last_valid_day, certificate.last_valid_day),
        ):
            if _or_never(is_) < _or_never(was):
                yield _breach(
                    certificate,
                    f"{what} {is_}",
                    f"not before that of the certificate in force, {was or 'never'}",
                    COMPUTED,
                )


def _in_force(before: Certificate, certificate: Certificate) -> bool:
    at = certificate.issued_at
    if before.revoked_at is not None and before.revoked_at <= at:
        return False
    return before.certifies_until is None or at < before.certifies_until


def _or_never(day: date | None) -> date:
    return date.max if day is None else day


# --- days ---------------------------------------------------------------------------------------


def _days_out_of_order(examined: Examined) -> Iterator[Breach]:
    for certificate in examined.enrollment.certificates:
        terms = certificate.terms
        days = (
            ("issued", terms.issued_on),
            ("window", terms.window_opens_on),
            ("baseline", terms.baseline),
            ("last valid day", certificate.last_valid_day),
            ("last grace day", certificate.last_grace_day),
        )
        known = [(name, day) for name, day in days if day is not None]
        for (earlier, first), (later, second) in pairwise(known):
            if second < first:
                yield _breach(certificate, f"{later} {second}", f"not before {earlier} {first}")


def _issued_on(examined: Examined) -> Iterator[Breach]:
    for certificate in examined.enrollment.certificates:
        day = day_in(certificate.terms.time_zone, certificate.issued_at)
        if certificate.terms.issued_on != day:
            yield _breach(
                certificate,
                f"issued on {certificate.terms.issued_on}",
                f"{day}, the day of {certificate.issued_at} in {certificate.terms.time_zone}",
            )


def _do_not_follow(examined: Examined) -> Iterator[Breach]:
    if examined.certification is None:
        return
    try:
        facts = [
            fact
            for _, fact in dates_computed_again(
                examined.history, examined.certification, examined.record.learner
            )
            if isinstance(fact, CertificateDatedAgain)
        ]
    except OutOfRangeError as error:
        is_absent = isinstance(error, AttributeMissingError)
        yield Breach(
            place="certificates",
            found=f"{error.what} {'is' if is_absent else 'would be'} {error.value}",
            expected=error.expected,
            mends=(ATTRIBUTE if is_absent else EVENTS,),
        )
        return
    stored = {each.sequence: each for each in examined.enrollment.certificates}
    for fact in facts:
        certificate = stored.get(fact.certificate)
        yield Breach(
            place=f"certificate {fact.certificate}",
            found=_words(certificate.terms if certificate else None),
            expected=_words(fact.terms),
            mends=(COMPUTED,),
        )


def _words(terms: Terms | None) -> str:
    if terms is None:
        return "no such certificate"
    last = terms.last_valid_day or "never"
    return f"baseline {terms.baseline or 'never'}, last valid day {last}, grace {terms.grace}"


# --- what it came from --------------------------------------------------------------------------


def _version_unknown(examined: Examined) -> Iterator[Breach]:
    if examined.certification is None:
        return
    for certificate in examined.enrollment.certificates:
        if examined.version(certificate.version) is None:
            yield _breach(
                certificate,
                f"version {certificate.version}",
                "a version that the catalog has",
                ByHand(words="restore the version in the catalog: versions are never deleted"),
            )


def _incomplete(examined: Examined) -> Iterator[Breach]:
    for certificate in examined.enrollment.certificates:
        if certificate.cycle is None:
            continue
        cycle = examined.enrollment.cycle(certificate.cycle)
        if cycle is None:
            yield _breach(certificate, f"of cycle {certificate.cycle}", "a cycle that began")
        elif not cycle.is_complete:
            missing = (*cycle.missing_steps, *(["the exam"] if cycle.exam_is_missing else []))
            yield _breach(
                certificate,
                f"of cycle {cycle.number}, which lacks {', '.join(missing)}",
                "nothing is missing (R2)",
                strike(certificate.entry),
                EVENTS,
            )


def _of_an_open_cycle(examined: Examined) -> Iterator[Breach]:
    for certificate in examined.enrollment.certificates:
        cycle = None if certificate.cycle is None else examined.enrollment.cycle(certificate.cycle)
        if cycle is None:
            continue
        ended, at = cycle.ended_at, certificate.issued_at
        late = ended is None or ended > at
        if late or (cycle.ended_by is CycleEnd.CERTIFICATE and ended != at):
            yield _breach(
                certificate,
                f"issued at {at}, of cycle {cycle.number}, ended at {ended or 'no instant'}",
                "a cycle ends with its certificate, or has ended before it was issued (R3)",
            )


def _issued_twice(examined: Examined) -> Iterator[Breach]:
    seen: dict[int, int] = {}
    for certificate in examined.enrollment.certificates:
        if certificate.cycle is None:
            continue
        first = seen.setdefault(certificate.cycle, certificate.sequence)
        if first != certificate.sequence:
            yield _breach(
                certificate,
                f"of cycle {certificate.cycle}",
                f"one certificate for each cycle, which has certificate {first} already (R2)",
                strike(certificate.entry),
                EVENTS,
            )


# --- revocation ---------------------------------------------------------------------------------


def _revoked_before(examined: Examined) -> Iterator[Breach]:
    for certificate in examined.enrollment.certificates:
        revoked = certificate.revoked_at
        if revoked is not None and revoked < certificate.issued_at:
            yield _breach(
                certificate, f"revoked at {revoked}", f"not before {certificate.issued_at}"
            )


def _left_by_the_bar(examined: Examined) -> Iterator[Breach]:
    bar = examined.enrollment.bar
    for certificate in examined.enrollment.certificates:
        if bar is not None and certificate.revoked_at is None:
            yield _breach(
                certificate,
                f"not revoked while {bar.value}",
                "revoked when the learner was barred (R8)",
            )


CERTIFICATE_LAWS: Final[tuple[EnrollmentLaw, ...]] = (
    Law(
        code="certificates_are_out_of_order",
        sentence="certificates are ordered by issue, those of one instant as entered (R8)",
        finds=_out_of_order,
    ),
    Law(
        code="award_is_of_a_taken_instant",
        sentence="no certificate is awarded at the instant of another (row 34)",
        finds=_awarded_again,
    ),
    Law(
        code="renewal_shortens",
        sentence="computed days are not earlier than those of the certificate in force",
        finds=_shortens,
    ),
    Law(
        code="days_are_out_of_order",
        sentence="issued <= window opens <= baseline <= last valid day <= last grace day",
        finds=_days_out_of_order,
    ),
    Law(
        code="issued_on_another_day",
        sentence="the day of issue is that of its instant in the zone (T3b)",
        finds=_issued_on,
    ),
    Law(
        code="dates_do_not_follow",
        sentence="computed dates follow from the facts and the version (T5)",
        finds=_do_not_follow,
    ),
    Law(
        code="certificate_version_is_unknown",
        sentence="a certificate is dated by a known version",
        finds=_version_unknown,
    ),
    Law(
        code="certificate_of_an_incomplete_cycle",
        sentence="a cycle's certificate is issued only with nothing missing (R2)",
        finds=_incomplete,
    ),
    Law(
        code="certificate_of_an_open_cycle",
        sentence="a cycle has ended when its certificate is issued (R2, R3)",
        finds=_of_an_open_cycle,
    ),
    Law(
        code="cycle_has_two_certificates",
        sentence="a cycle earns one certificate (R2)",
        finds=_issued_twice,
    ),
    Law(
        code="certificate_is_revoked_before_its_issue",
        sentence="a certificate is not revoked before it is issued (R8)",
        finds=_revoked_before,
    ),
    Law(
        code="bar_left_a_certificate",
        sentence="while the learner is barred every certificate is revoked (R8)",
        finds=_left_by_the_bar,
    ),
)
