"""Certificates: issuing, awarding, dating and extending them."""

from __future__ import annotations

from datetime import date

from attrs import field, frozen
from attrs.validators import optional

from certlib._copying import evolve
from certlib._validators import positive, within_range
from certlib.errors import InvalidCommandError
from certlib.periods import day_in
from certlib.policies import RecertificationDeadline, Terms
from certlib.state._certificates import Certificate
from certlib.state._cycles import CycleEnd
from certlib.state._dating import terms_by
from certlib.state._enrollments import Enrollment
from certlib.state._events import Event, Fact
from certlib.state._guard import command_if, guard
from certlib.state._proposals import Command, Proposal, command_as, required

__all__ = [
    "Award",
    "CertificateAwarded",
    "CertificateDatedAgain",
    "CertificateExtended",
    "CertificateIssued",
    "CertificateRedated",
    "ExtendCertificate",
    "award",
    "certificate_expires",
    "extend_certificate",
    "last_valid_day_is_given",
    "last_valid_day_is_not_before_the_date",
    "new_day_is_later",
    "no_certificate_of_that_instant",
    "version_was_published",
]


@frozen(kw_only=True)
class Award(Command):
    """Give a certificate that was earned elsewhere, or as an exemption (row 34).

    Its date may lie in the past: give the day as ``on``, or the instant as ``at``. ``expires_on`` is an
    explicit last valid day; ``always_valid`` means that there is none.
    """

    name = "award"
    on: date | None = None
    score: str | None = None
    expires_on: date | None = None
    always_valid: bool = False

    def __attrs_post_init__(self) -> None:
        if self.on is not None and self.at is not None:
            raise InvalidCommandError(
                "Award.on", str(self.on), "either the day (on) or the instant (at), not both"
            )
        if self.expires_on is not None and self.always_valid:
            raise InvalidCommandError(
                "Award.expires_on", str(self.expires_on), "nothing where the award is always valid"
            )


@frozen(kw_only=True)
class ExtendCertificate(Command):
    """Extend one learner's certificate to a later last valid day (row 35)."""

    name = "extend_certificate"
    until: date


@frozen(kw_only=True)
class CertificateIssued(Fact):
    """A complete cycle ended with a certificate (R2)."""

    tag = "certificate_issued"
    cycle: int = field(validator=positive)
    version: int = field(validator=positive)
    terms: Terms

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Add the certificate and end the cycle that earned it."""
        earned = _with_certificate(enrollment, event, self, cycle=self.cycle)
        return earned.with_cycle_ended(self.cycle, event.at, CycleEnd.CERTIFICATE)


@frozen(kw_only=True)
class CertificateAwarded(Fact):
    """A certificate was awarded: earned elsewhere, or given as an exemption (row 34)."""

    tag = "certificate_awarded"
    version: int = field(validator=positive)
    terms: Terms
    score: str | None = None

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Add the certificate and end the cycle that is open at its instant (R3)."""
        awarded = _with_certificate(enrollment, event, self, score=self.score)
        cycle = enrollment.open_cycle
        if cycle is None:
            return awarded
        return awarded.with_cycle_ended(cycle.number, event.at, CycleEnd.AWARD)


def _with_certificate(
    enrollment: Enrollment,
    event: Event,
    fact: CertificateIssued | CertificateAwarded,
    *,
    cycle: int | None = None,
    score: str | None = None,
) -> Enrollment:
    certificate = Certificate(
        sequence=event.sequence,
        entry=event.entry,
        issued_at=event.at,
        terms=fact.terms,
        version=fact.version,
        cycle=cycle,
        score=score,
        import_id=event.import_id,
    )
    return evolve(enrollment, certificates=(*enrollment.certificates, certificate))


@frozen(kw_only=True)
class CertificateDatedAgain(Fact):
    """A certificate got new computed dates after a late award or a strike (T5)."""

    tag = "certificate_dated_again"
    certificate: int = field(validator=positive)
    terms: Terms
    redating: int | None = field(default=None, validator=optional(positive))
    """The re-dating event whose dates are replaced; None for the dates of the issue."""

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Give the certificate its new dates; extension, revocation and later re-dating stay."""
        return evolve(
            enrollment,
            certificates=tuple(
                evolve(each, terms=self.terms)
                if each.sequence == self.certificate and each.redated_by == self.redating
                else each
                for each in enrollment.certificates
            ),
        )


@frozen(kw_only=True)
class CertificateExtended(Fact):
    """One learner's certificate was extended to a later day (row 35)."""

    tag = "certificate_extended"
    is_on_the_certificate = True
    until: date

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Extend the newest certificate, and move a due day that follows its last valid day (T5b)."""
        newest = enrollment.newest_certificate
        if newest is None:
            return enrollment
        until = max(self.until, newest.extended_to or self.until)
        after = enrollment.with_newest(evolve(newest, extended_to=until))
        cycle = after.open_cycle
        due = cycle.due if cycle else None
        if cycle is None or due is None or due.after_expiry is None:
            return after
        on = RecertificationDeadline(due=due.after_expiry).due_on(until)
        # A due day beyond the calendar is no due day.
        return after.with_cycle(evolve(cycle, due=None if on is None else due.not_before(on)))


@frozen(kw_only=True)
class CertificateRedated(Fact):
    """The newest certificate was dated again, by another version (row 39)."""

    tag = "certificate_redated"
    is_on_the_certificate = True
    version: int = field(validator=positive)
    terms: Terms

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Give the newest certificate new dates, unless it is revoked or its dates are explicit (P13)."""
        newest = enrollment.newest_certificate
        if newest is None or not newest.may_be_redated:
            return enrollment
        redated = evolve(newest, version=self.version, terms=self.terms, redated_by=event.sequence)
        return enrollment.with_newest(redated)


@guard("the certification has never had a published version")
def version_was_published(proposal: Proposal) -> bool:
    return proposal.case.certification.version_for_award(proposal.at) is not None


@guard("there is already a certificate issued at this very instant")
def no_certificate_of_that_instant(proposal: Proposal) -> bool:
    return all(c.issued_at != proposal.at for c in proposal.enrollment.certificates)


@guard(
    "each certificate states its own last valid day, and none is given",
    asks=("expires_on",),
)
def last_valid_day_is_given(proposal: Proposal) -> bool:
    command = command_if(proposal.command, Award)
    version = proposal.case.certification.version_for_award(proposal.at)
    if command is None or version is None or not version.policy.is_awarded_only:
        return True
    return command.expires_on is not None or command.always_valid


@guard(
    "the last valid day lies before the day of the award",
    asks=("expires_on",),
)
def last_valid_day_is_not_before_the_date(proposal: Proposal) -> bool:
    command = command_if(proposal.command, Award)
    version = proposal.case.certification.version_for_award(proposal.at)
    if command is None or command.expires_on is None or version is None:
        return True
    return command.expires_on >= day_in(version.policy.time_zone, proposal.at)


@guard("there is nothing to extend: the certificate never expires")
def certificate_expires(proposal: Proposal) -> bool:
    newest = proposal.enrollment.newest_certificate
    return newest is not None and newest.last_valid_day is not None


def _last_valid_day(proposal: Proposal) -> str:
    newest = proposal.enrollment.newest_certificate
    return str((newest and newest.last_valid_day) or "")


@guard(
    "the new day is not later than the last valid day, {last_valid_day}",
    asks=("until",),
    params=lambda p: {"last_valid_day": _last_valid_day(p)},
)
def new_day_is_later(proposal: Proposal) -> bool:
    command = command_if(proposal.command, ExtendCertificate)
    newest = proposal.enrollment.newest_certificate
    if command is None or newest is None or newest.last_valid_day is None:
        return True
    return command.until > newest.last_valid_day


def award(proposal: Proposal) -> tuple[Fact, ...]:
    """Give a certificate, dated by the version in force on its day (row 34)."""
    command = command_as(proposal, Award)
    version = required(
        proposal.case.certification.version_for_award(proposal.at), "the published version"
    )
    terms = terms_by(
        version,
        at=proposal.at,
        before=proposal.enrollment,
        learner=proposal.case.learner,
        last_valid_day=command.expires_on,
        always_valid=command.always_valid,
    )
    return (CertificateAwarded(version=version.number, terms=terms, score=command.score),)


def extend_certificate(proposal: Proposal) -> tuple[Fact, ...]:
    """Extend the newest certificate (row 35)."""
    until = command_as(proposal, ExtendCertificate).until
    within_range("the last valid day", until)
    newest = required(proposal.enrollment.newest_certificate, "the certificate")
    last_grace_day = newest.terms.last_grace_day(until)
    if last_grace_day is not None:
        within_range("the last grace day", last_grace_day)
    return (CertificateExtended(until=until),)
