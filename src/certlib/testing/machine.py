"""A state machine for policies and tables: hypothesis searches for commands that break a law.

    from certlib.testing.machine import lifecycle

    TestForklift = lifecycle(FORKLIFT, table=OUR_TABLE).TestCase

That is the whole test, under pytest and unittest. Each step gives a command or lets time pass, often to
just where something changes. The command may have no row, come from the wrong actor, or be dated late.
After each step the laws are checked, and that the row led to a status that it lists. At the end, the
history must replay to the stored enrollment, and every answer given before must be the same when asked
as known then. hypothesis shrinks a failure to the shortest run, and prints it command by command.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from attrs import evolve
from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from certlib.actors import Actor, Role, Scope, ScopeKind
from certlib.certifications import Certification
from certlib.learners import AttributeValue, Learner
from certlib.state import TABLE, Accepted, Case, Command, Enrollment, Status, Table, decide, replay
from certlib.state._table import status_name
from certlib.state.commands import (
    Award,
    ExtendCertificate,
    ForceRecertification,
    MoveToVersion,
    Strike,
)
from certlib.testing._candidates import CANDIDATES, Candidates, instants_ahead, worth_giving
from certlib.testing._laws import STEP_LAWS, AcceptedStep, StepLaw, broken_by

__all__ = ["BrokenRunError", "lifecycle"]

LEARNER: Final = Learner(id="learner")
LONG_AGO: Final = 1000
"""How many days before now an award may be dated."""
CHANGING: Final[tuple[type[Command], ...]] = (
    ExtendCertificate,
    MoveToVersion,
    ForceRecertification,
    Strike,
)
BEGIN: Final = datetime(2025, 1, 1, 9, tzinfo=UTC)


class BrokenRunError(AssertionError):
    """A law was broken; the message says which one, and by which command."""


def lifecycle(
    *certifications: Certification,
    table: Table = TABLE,
    candidates: Candidates | None = None,
    laws: Iterable[StepLaw] = STEP_LAWS,
    begin: datetime | None = None,
    attributes: Mapping[str, AttributeValue] = MappingProxyType({}),
) -> type[RuleBasedStateMachine]:
    """Return a state machine over certifications; its ``TestCase`` is the test.

    Args:
        certifications: The certifications to test; each run takes one of them.
        table: The rows that decide.
        candidates: What to try of your own commands.
        laws: What must hold after every command; add your own to `STEP_LAWS`.
        begin: When a run begins; by default after every version has been published.
        attributes: What the host knows of the learner, for rules that look at it.
    """
    known: Candidates = {**CANDIDATES, **(candidates or {})}
    all_laws = tuple(laws)

    class Lifecycle(_Run):
        def __init__(self) -> None:
            super().__init__(table, known, all_laws)
            self.learner = evolve(LEARNER, attributes=attributes)

        @initialize(certification=st.sampled_from(certifications))
        def begin(self, certification: Certification) -> None:
            """Begin a run in one of the certifications."""
            self.open(certification, begin)

    return Lifecycle


class _Run(RuleBasedStateMachine):
    """A run in progress: one learner in one certification."""

    def __init__(self, table: Table, candidates: Candidates, laws: tuple[StepLaw, ...]) -> None:
        super().__init__()
        self.table, self.candidates, self.laws = table, candidates, laws
        self.learner = LEARNER
        self.case: Case | None = None
        self.now = BEGIN
        self.answers: list[tuple[datetime, Status | None]] = []
        """The status answered at each instant before a wait."""

    def open(self, certification: Certification, begin: datetime | None) -> None:
        """Make the blank case, after the newest publication."""
        self.case = Case.blank(learner=self.learner, certification=certification)
        published = (v.published_at for v in certification.versions)
        newest = max((at for at in published if at is not None), default=BEGIN)
        self.now = begin or max(BEGIN, newest + timedelta(days=LONG_AGO))

    @property
    def _case(self) -> Case:
        assert self.case is not None
        return self.case

    # --- steps ----------------------------------------------------------------------------------

    @rule(data=st.data())
    def give(self, data: st.DataObject) -> None:
        """Give a command that may make sense here."""
        kinds = [row.command for row in self.table.in_status(self._status())]
        kind = data.draw(st.sampled_from(kinds or list(self.table.commands)), label="command")
        found = self._worth_giving(kind)
        if found:
            self._decide(data, data.draw(st.sampled_from(found), label="fields"))

    @rule(data=st.data())
    def award(self, data: st.DataObject) -> None:
        """Award now, with every kind of dates."""
        self._decide(data, data.draw(st.sampled_from(self._worth_giving(Award))))

    @rule(data=st.data(), days=st.integers(1, LONG_AGO))
    def award_long_ago(self, data: st.DataObject, days: int) -> None:
        """Enter an award dated in the past."""
        self._decide(data, Award(at=self.now - timedelta(days=days)))

    @rule(data=st.data())
    def change_a_certificate(self, data: st.DataObject) -> None:
        """Extend, re-date, revoke or strike a certificate."""
        kind = data.draw(st.sampled_from(CHANGING), label="command")
        found = self._worth_giving(kind)
        if found:
            self._decide(data, data.draw(st.sampled_from(found), label="fields"))

    @rule(data=st.data())
    def try_anything(self, data: st.DataObject) -> None:
        """Give a command that may have no row here."""
        kind = data.draw(st.sampled_from(self.table.commands), label="command")
        for command in self._worth_giving(kind)[:1]:
            self._decide(data, command)

    @rule(data=st.data())
    def wait(self, data: st.DataObject) -> None:
        """Let time pass: to just where something changes, or by any number of days."""
        self.answers.append((self.now, self._status()))
        ahead = instants_ahead(self._case, self.now)
        days = st.integers(1, 400).map(lambda count: self.now + timedelta(days=count))
        self.now = data.draw(st.one_of(st.sampled_from(ahead), days), label="until")

    @rule(active=st.booleans())
    def turn(self, *, active: bool) -> None:
        """Make the learner active or inactive."""
        self.case = evolve(self._case, learner=evolve(self.learner, active=active))

    # --- checks ---------------------------------------------------------------------------------

    def _decide(self, data: st.DataObject, command: Command) -> None:
        rows = [row for row in self.table.rows if row.command is type(command)]
        roles = sorted({role for row in rows for role in row.by.roles})
        role = data.draw(st.sampled_from(roles), label="by")
        if any(row.by.reason_required for row in rows):
            command = evolve(command, reason="tried")
        before = self._case
        decision = decide(before, command, actor=_actor(role), now=self.now, table=self.table)
        if not isinstance(decision, Accepted):
            return
        self.case = before.after(decision.enrollment, decision.events)
        row = self.table.row(decision.before, type(command))
        if row is not None and decision.after not in row.to:
            listed = ", ".join(sorted(status_name(status) for status in row.to))
            self._broken(
                command, f"{row.pair} leads to {listed}, not to {status_name(decision.after)}"
            )
        step = AcceptedStep(
            before=before,
            command=command,
            actor=_actor(role),
            now=self.now,
            accepted=decision,
            after=self._case,
        )
        for sentence in broken_by(step, self.laws):
            self._broken(command, f"not so: {sentence}")

    def teardown(self) -> None:
        """Check at the end that the history replays to the enrollment, and to every answer given."""
        if self.case is None:
            return
        stored = self.case.enrollment
        if self._replayed() != stored:
            raise BrokenRunError("the history does not replay to the enrollment")
        for at, status in self.answers:
            again = self._replayed(at).status_at(at)
            if again is not status:
                raise BrokenRunError(
                    f"as known on {at:%Y-%m-%d %H:%M}, the status was {status_name(status)};"
                    f" asked again it is {status_name(again)}"
                )

    def _replayed(self, as_known: datetime | None = None) -> Enrollment:
        stored = self._case.enrollment
        return replay(
            self._case.history or (),
            learner=stored.learner,
            certification=stored.certification,
            at=as_known,
            known_at=as_known,
        )

    def _worth_giving(self, kind: type[Command]) -> tuple[Command, ...]:
        return worth_giving(self.candidates, kind, self._case, self.now)

    def _status(self) -> Status | None:
        return self._case.enrollment.status_at(self.now)

    def _broken(self, command: Command, what: str) -> None:
        for event in self._case.history or ():
            note(f"{event.entry}: {event.at:%Y-%m-%d %H:%M} {event.row}: {event.fact}")
        raise BrokenRunError(f"{command.name} at {self.now:%Y-%m-%d %H:%M}: {what}")


def _actor(role: Role) -> Actor:
    ids: dict[Role, Any] = {Role.LEARNER: LEARNER.id, Role.SYSTEM: None}
    return Actor(role=role, id=ids.get(role, "tester"), scope=Scope(kind=ScopeKind.TENANT))
