"""A story: one learner in one certification, and the commands given one after another."""

from __future__ import annotations

from datetime import UTC, datetime

from attrs import evolve

from certlib.actors import Actor
from certlib.certifications import Certification
from certlib.learners import Learner
from certlib.state import (
    TABLE,
    Accepted,
    Case,
    Command,
    Decision,
    Event,
    Reason,
    Refused,
    Status,
    Table,
    Verdict,
    decide,
    explain,
    replay,
)
from certlib.state._enrollments import Enrollment
from certlib.state._table import StatusOrNone
from certlib.state.commands import (
    Assign,
    CompleteStep,
    Enroll,
    PermanentlyRevoke,
    RevokeAccess,
    Start,
    StartRecertification,
    SubmitEvidence,
)
from tests.state.sample import EVIDENCE, FROM_COMPLETION

ANN = Learner(id="ann")


def instant(text: str) -> datetime:
    """Read "2025-03-03" or "2025-03-03 09:00", UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def actor(who: str | Actor) -> Actor:
    return who if isinstance(who, Actor) else Actor.parse(who)


EVERYBODY = ("learner:ann", "manager:max", "approver:bo", "admin:eva", "system")
"""One actor of each role; the learner is Ann herself."""


def tags(decision: Accepted) -> list[str]:
    """The tags of the facts that were recorded."""
    return [event.fact.tag for event in decision.events]


def statuses(decision: Accepted) -> tuple[Status | None, Status | None]:
    """The statuses just before and just after, at the command's own instant."""
    return decision.before, decision.after


class Story:
    """Give commands, and see what becomes of it. ``now`` is the instant of the command given last."""

    def __init__(
        self,
        certification: Certification,
        *,
        now: str = "2025-01-01",
        learner: Learner = ANN,
        table: Table = TABLE,
    ) -> None:
        self.case = Case.blank(learner=learner, certification=certification)
        self.now = instant(now)
        self.table = table

    @property
    def enrollment(self) -> Enrollment:
        return self.case.enrollment

    @property
    def history(self) -> tuple[Event, ...]:
        return self.case.history or ()

    @property
    def status(self) -> Status | None:
        """The status now."""
        return self.enrollment.status_at(self.now)

    def status_at(self, at: str) -> Status | None:
        """The status at any instant, as we know it now."""
        then = instant(at)
        return replay(
            self.history, learner=ANN.id, certification=self.enrollment.certification, at=then
        ).status_at(then)

    def decided(
        self, command: Command, by: str | Actor = "admin:eva", now: str | None = None
    ) -> Decision:
        """Ask only: nothing is kept."""
        when = self.now if now is None else instant(now)
        return decide(self.case, command, actor=actor(by), now=when, table=self.table)

    def give(
        self, command: Command, by: str | Actor = "admin:eva", now: str | None = None
    ) -> Accepted:
        """Give a command that must be accepted, and keep what it records."""
        self.wait(now)
        decision = self.decided(command, by)
        assert isinstance(decision, Accepted), [reason.text for reason in decision.reasons]
        history = (*self.history, *decision.events)
        self.case = evolve(self.case, enrollment=decision.enrollment, history=history)
        return decision

    def wait(self, now: str | None) -> Story:
        """Let time pass."""
        if now is not None:
            self.now = instant(now)
        return self

    def reasons(
        self, command: Command, by: str | Actor = "admin:eva", now: str | None = None
    ) -> tuple[Reason, ...]:
        """Why a command is refused, which it must be."""
        decision = self.decided(command, by, now)
        assert isinstance(decision, Refused), "accepted"
        return decision.reasons

    def refused(
        self, command: Command, by: str | Actor = "admin:eva", now: str | None = None
    ) -> list[str]:
        """The codes of why a command is refused, which it must be."""
        return [reason.code for reason in self.reasons(command, by, now)]

    def who_may(self, command: Command) -> set[str]:
        """The roles to whom nobody says `role_may_not`."""
        return {
            actor(who).role.value
            for who in EVERYBODY
            if not isinstance(decision := self.decided(command, who), Refused)
            or "role_may_not" not in [reason.code for reason in decision.reasons]
        }

    def verdict(self, command: type[Command], by: str | Actor = "admin:eva") -> Verdict:
        """What `explain` says of a command now."""
        return next(
            verdict
            for verdict in explain(self.case, actor=actor(by), now=self.now, table=self.table)
            if verdict.command == command.name
        )


def started(
    certification: Certification,
    *,
    now: str = "2025-01-01",
    learner: Learner = ANN,
    table: Table = TABLE,
) -> Story:
    """Ann has enrolled (entry 1) and started (entry 2)."""
    story = Story(certification, now=now, learner=learner, table=table)
    story.give(Enroll(), "system")
    story.give(Start(), "system")
    return story


def reached() -> dict[StatusOrNone, Story]:
    """A real enrollment in each status, and one without."""

    def story(*steps: tuple[Command, str, str | None], now: str) -> Story:
        told = Story(FROM_COMPLETION, now="2025-01-01")
        for command, by, when in steps:
            told.give(command, by, when)
        return told.wait(now)

    ann, system = "learner:ann", "system"
    enrolled = (Enroll(), ann, None)
    begun = (Start(), ann, None)
    done = (CompleteStep(step="course"), system, None)
    pending = started(EVIDENCE)
    pending.give(SubmitEvidence(step="course"), ann)
    pending.give(SubmitEvidence(step="visit"), ann)
    barred = (PermanentlyRevoke(), "admin:eva", None)
    return {
        None: story(now="2025-01-02"),
        Status.ASSIGNED: story((Assign(), "admin:eva", None), now="2025-01-02"),
        Status.NOT_STARTED: story(enrolled, now="2025-01-02"),
        Status.IN_PROGRESS: story(enrolled, begun, now="2025-01-02"),
        Status.PENDING_APPROVAL: pending.wait("2025-01-02"),
        Status.CERTIFIED: story(enrolled, begun, done, now="2026-01-01"),
        Status.EXPIRED: story(enrolled, begun, done, now="2026-01-02"),
        Status.LAPSED: story(enrolled, begun, done, now="2026-02-01"),
        Status.RECERTIFYING: story(
            enrolled, begun, done, (StartRecertification(), ann, "2025-06-01"), now="2025-07-01"
        ),
        Status.REVOKED: story(enrolled, (RevokeAccess(), "admin:eva", None), now="2025-01-02"),
        Status.DISALLOWED: story(enrolled, begun, done, barred, now="2025-01-02"),
    }
