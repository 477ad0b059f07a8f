"""Notices: what the host should tell somebody, as data (P12).

A notice comes with an entry, by the kind that its row names, or it is a reminder that has become due
(`certlib.state._reminders`). It holds ids and no names. Its sentence is a template with parameters, so
hosts can translate it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from attrs import evolve, field, frozen

from certlib._declared import checked
from certlib._validators import aware, code, positive

__all__ = [
    "NOTICES",
    "Audience",
    "Notice",
]


class Audience(StrEnum):
    """Whom a notice is for; the host knows the people."""

    LEARNER = "learner"
    APPROVERS = "approvers"
    MANAGER = "manager"


LEARNER, APPROVERS, MANAGER = Audience.LEARNER, Audience.APPROVERS, Audience.MANAGER

NOTICES: Final[Mapping[str, tuple[Audience, str]]] = {
    "assigned": (LEARNER, "{certification} is assigned to {learner}"),
    "unassigned": (LEARNER, "an assignment of {learner} to {certification} was taken back"),
    "removed": (LEARNER, "{learner} was removed from {certification}"),
    "access_requested": (APPROVERS, "{learner} asks for access to {certification}"),
    "access_approved": (LEARNER, "{learner} was given access to {certification}"),
    "access_denied": (LEARNER, "{learner} was not given access to {certification}"),
    "access_revoked": (LEARNER, "the access of {learner} to {certification} was revoked"),
    "access_restored": (LEARNER, "{learner} may recertify in {certification} again"),
    "permanently_revoked": (LEARNER, "{learner} was barred from {certification}"),
    "fee_waived": (LEARNER, "a fee of {learner} for {certification} was waived"),
    "evidence_submitted": (APPROVERS, "{learner} handed in evidence for {certification}"),
    "evidence_approved": (LEARNER, "evidence of {learner} for {certification} was accepted"),
    "evidence_denied": (LEARNER, "evidence of {learner} for {certification} was not accepted"),
    "exam_recorded": (LEARNER, "{learner} took the exam of {certification}"),
    "exam_approved": (LEARNER, "the exam of {learner} for {certification} was confirmed"),
    "exam_denied": (LEARNER, "the exam of {learner} for {certification} was not confirmed"),
    "attempts_requested": (APPROVERS, "{learner} asks for more attempts at {certification}"),
    "attempts_granted": (LEARNER, "{learner} was granted more attempts at {certification}"),
    "attempts_denied": (LEARNER, "{learner} was granted no more attempts at {certification}"),
    "training_overridden": (LEARNER, "the training of {learner} for {certification} was waived"),
    "exam_overridden": (LEARNER, "the exam of {learner} for {certification} was waived"),
    "certified": (LEARNER, "{learner} is certified in {certification}"),
    "certificate_extended": (
        LEARNER,
        "the certificate of {learner} in {certification} runs longer",
    ),
    "deadline_extended": (LEARNER, "{learner} has more time for {certification}"),
    "recertification_forced": (LEARNER, "{learner} must recertify in {certification} now"),
    "version_changed": (LEARNER, "another version of {certification} applies to {learner}"),
    "expiry": (LEARNER, "the certificate of {learner} in {certification} is valid through {day}"),
    "grace": (LEARNER, "the grace of {learner} in {certification} ends on {day}"),
    "window": (LEARNER, "{learner} may recertify in {certification} from {day}"),
    "due": (LEARNER, "{certification} is due for {learner} on {day}"),
    "digest_expiry": (MANAGER, "{learner} in {certification}: valid through {day}"),
    "digest_grace": (MANAGER, "{learner} in {certification}: grace ends on {day}"),
    "digest_window": (MANAGER, "{learner} in {certification}: may recertify from {day}"),
    "digest_due": (MANAGER, "{learner} in {certification}: due on {day}"),
}
"""The audience and the English template of each kind. Reminders are listed by what they are about."""
CORRECTION: Final = "correction"
CORRECTION_TEMPLATE: Final = "what was said before does not hold any more: {said}"


@checked
@frozen(kw_only=True)
class Notice:
    """One thing to tell somebody, and the entry or date behind it.

    >>> from datetime import UTC
    >>> at = datetime(2025, 5, 31, tzinfo=UTC)
    >>> notice = Notice(kind="expiry-30", learner="ann", certification="FIRE-1", at=at, entry=1,
    ...                 about="expiry", certificate=1, day=date(2025, 6, 30))
    >>> notice.text
    'the certificate of ann in FIRE-1 is valid through 2025-06-30'
    """

    kind: str = field(validator=code)
    learner: str
    certification: str
    at: datetime = field(validator=aware)
    entry: int = field(validator=positive)
    """The entry that it comes with; for a reminder, the latest entry when it was armed."""
    about: str | None = None
    """For a reminder: what it is about, and its key in `NOTICES`."""
    certificate: int | None = None
    """For a reminder about a certificate: the sequence of the event that issued it."""
    cycle: int | None = None
    """For a reminder about a due day: the number of the cycle."""
    day: date | None = None
    """For a reminder: the day that it counts from."""
    corrects: bool = False
    """Whether it takes back an earlier notice that was already sent."""

    @property
    def key(self) -> str:
        """Its identity within the enrollment: no two notices have the same key."""
        of = f"certificate {self.certificate}" if self.certificate else f"entry {self.entry}"
        if self.cycle is not None:
            of = f"cycle {self.cycle}"
        day = f", {self.day}" if self.day else ""
        return f"{self.kind}, {of}{day}{', corrected' if self.corrects else ''}"

    @property
    def correction(self) -> Notice:
        """The notice that takes this one back."""
        return evolve(self, corrects=True)

    @property
    def to(self) -> Audience:
        """Whom it is for; kinds of the host's own are for the learner."""
        return NOTICES.get(self.about or self.kind, (LEARNER, ""))[0]

    @property
    def template(self) -> str:
        """The English template with named parameters; empty for kinds of the host's own."""
        return CORRECTION_TEMPLATE if self.corrects else self._said

    @property
    def _said(self) -> str:
        return NOTICES.get(self.about or self.kind, (LEARNER, ""))[1]

    @property
    def params(self) -> Mapping[str, str]:
        """The parameters of the template."""
        found = {
            "learner": self.learner,
            "certification": self.certification,
            "day": "" if self.day is None else self.day.isoformat(),
        }
        return {**found, "said": self._said.format_map(found)} if self.corrects else found

    @property
    def text(self) -> str:
        """The English sentence."""
        return self.template.format_map(self.params)
