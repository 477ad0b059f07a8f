"""What a decision looks at: the case, and the proposal of one command in it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from attrs import evolve, frozen

from certlib.actors import Actor
from certlib.certifications import Certification, Version
from certlib.errors import InvalidValueError, printable
from certlib.learners import Learner
from certlib.periods import day_in
from certlib.policies import BeforeWindow
from certlib.state.commands import Command
from certlib.state.enrollments import Enrollment
from certlib.state.events import Event
from certlib.state.status import Status
from certlib.transcript import Transcript
from certlib.validators import within_range

__all__ = ["Case", "Proposal", "present"]


@frozen(kw_only=True)
class Case:
    """All that one decision may look at; hosts load it, the core only reads it.

    ``history`` holds the enrollment's events. It is needed to decide a command that took effect
    before the last fact, and a strike; other commands are decided on the enrollment alone.
    """

    learner: Learner
    certification: Certification
    enrollment: Enrollment
    transcript: Transcript = Transcript()
    history: tuple[Event, ...] | None = None

    @classmethod
    def blank(cls, *, learner: Learner, certification: Certification) -> Case:
        """Return the case of somebody about whom no fact is known."""
        enrollment = Enrollment.blank(learner=learner.id, certification=certification.code)
        return cls(learner=learner, certification=certification, enrollment=enrollment, history=())

    def after(self, enrollment: Enrollment, events: tuple[Event, ...]) -> Case:
        """Return the case as a decision leaves it; a history that was not loaded stays so."""
        history = None if self.history is None else (*self.history, *events)
        return evolve(self, enrollment=enrollment, history=history)


@frozen(kw_only=True)
class Proposal:
    """One command, asked for by an actor, on the enrollment as it stood when it took effect.

    This is the one thing that guards and recorders see.
    """

    case: Case
    command: Command | None
    """None while `explain` asks about a command whose fields are still to be given."""
    actor: Actor
    at: datetime
    now: datetime
    enrollment: Enrollment
    """With the facts that took effect up to ``at``."""
    status: Status | None

    @property
    def version_for_cycles(self) -> Version | None:
        """The version that a cycle begun at this instant would take (R10)."""
        return self.case.certification.newest_for_cycles(self.at)

    def day(self, version: Version) -> date:
        """Return the day that it is at this instant in a version's zone."""
        return day_in(version.policy.time_zone, self.at)

    def counts_from(self, version: Version) -> date:
        """Return the first day whose completions would count for a cycle begun now (P10b).

        An initial cycle counts from the first assignment or the enrollment; a recertification from
        the day its window opened, but not from the day of the certificate that it renews; where that
        certificate is revoked, from the command.
        """
        zone = version.policy.time_zone
        today = self.day(version)
        newest = self.enrollment.newest_certificate
        if newest is None:
            if self.enrollment.bar is not None:
                return today
            return min((today, *(day_in(zone, each.at) for each in self.enrollment.assignments)))
        if newest.revoked_at is not None:
            return today
        after_issue = newest.terms.issued_on + timedelta(days=1)
        opens_on = newest.terms.window_opens_on
        if opens_on is None or version.policy.recertification.before_window is BeforeWindow.RENEWS:
            return after_issue
        return max(after_issue, opens_on)


def present(now: datetime) -> datetime:
    """Return a ``now`` in UTC (T2): of one zone, Python compares what the clocks show."""
    if now.utcoffset() is None:
        raise InvalidValueError("now", printable(now), "an aware datetime, such as one in UTC")
    within_range("now", now.date())
    return now.astimezone(UTC)
