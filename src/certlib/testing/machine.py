"""A state machine for policies and tables: hypothesis looks for a life in which something breaks.

    from certlib.testing.machine import lifecycle

    TestForklift = lifecycle(FORKLIFT, table=OUR_TABLE).TestCase

Under pytest or unittest, that is the whole test. Every step is a command - one that the table has a
row for, or not; by whoever may give it, or not; now, late, or long ago - or time that passes, often to
just where something changes. After every step the invariants of `certlib.testing.laws` are asked,
the host's own too; that the row led to a status that it lists; that the history replays to what is
stored; and that what was answered at each instant is still the answer as it was known then. A failure is shrunk to the shortest life, and told command by
command.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from attrs import evolve
from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from certlib.actors import Actor, Role, Scope, ScopeKind
from certlib.certifications import Certification
from certlib.learners import Learner
from certlib.state import TABLE, Accepted, Case, Command, Enrollment, Status, Table, decide, replay
from certlib.state.commands import (
    Award,
    ExtendCertificate,
    ForceRecertification,
    MoveToVersion,
    Strike,
)
from certlib.state.table import word
from certlib.testing.candidates import CANDIDATES, Candidates, instants_ahead, worth_giving
from certlib.testing.laws import INVARIANTS, AcceptedStep, Invariant

__all__ = ["BrokenLifeError", "lifecycle"]

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


class BrokenLifeError(AssertionError):
    """Something that always holds does not hold any more; the message says what, and after which command."""


def lifecycle(
    *certifications: Certification,
    table: Table = TABLE,
    candidates: Candidates | None = None,
    invariants: Sequence[Invariant] = INVARIANTS,
    begin: datetime | None = None,
) -> type[RuleBasedStateMachine]:
    """Return a state machine over certifications; its ``TestCase`` is the test.

    Args:
        certifications: With the policies that are to be tested; each life is in one of them.
        table: The rows that decide; a host's own is tested like certlib's.
        candidates: What to try of commands that a host has added (`certlib.testing.candidates`).
        invariants: What has to hold after every command; add your own to `INVARIANTS`.
        begin: When a life begins; by default after every version has been published.
    """
    known: Candidates = {**CANDIDATES, **(candidates or {})}

    class Lifecycle(_Life):
        def __init__(self) -> None:
            super().__init__(table, known, invariants)

        @initialize(certification=st.sampled_from(certifications))
        def begin(self, certification: Certification) -> None:
            """Begin a life in one of the certifications."""
            self.open(certification, begin)

    return Lifecycle


class _Life(RuleBasedStateMachine):
    """One learner in one certification, while he lives."""

    def __init__(
        self, table: Table, candidates: Candidates, invariants: Sequence[Invariant]
    ) -> None:
        super().__init__()
        self.table, self.candidates, self.laws = table, candidates, tuple(invariants)
        self.case: Case | None = None
        self.now = BEGIN
        self.told: list[tuple[datetime, Status | None]] = []
        """What was answered about instants that are past by now."""

    def open(self, certification: Certification, begin: datetime | None) -> None:
        """Make the blank case, after the newest publication."""
        self.case = Case.blank(learner=LEARNER, certification=certification)
        published = (v.published_at for v in certification.versions)
        newest = max((at for at in published if at is not None), default=BEGIN)
        self.now = begin or max(BEGIN, newest + timedelta(days=LONG_AGO))

    @property
    def _case(self) -> Case:
        assert self.case is not None
        return self.case

    # --- what happens -----------------------------------------------------------------------------

    @rule(data=st.data())
    def give(self, data: st.DataObject) -> None:
        """Give a command that is worth giving here."""
        kinds = [row.command for row in self.table.in_status(self._status())]
        kind = data.draw(st.sampled_from(kinds or list(self.table.commands)), label="command")
        found = self._worth_giving(kind)
        if found:
            self._given(data, data.draw(st.sampled_from(found), label="fields"))

    @rule(data=st.data())
    def award(self, data: st.DataObject) -> None:
        """Give a certificate as of now, by every kind of dates: what comes before has to bear it."""
        self._given(data, data.draw(st.sampled_from(self._worth_giving(Award))))

    @rule(data=st.data(), days=st.integers(1, LONG_AGO))
    def award_long_ago(self, data: st.DataObject, days: int) -> None:
        """Enter an award of the past."""
        self._given(data, Award(at=self.now - timedelta(days=days)))

    @rule(data=st.data())
    def change_a_certificate(self, data: st.DataObject) -> None:
        """Extend, re-date, revoke or strike: what comes after has to bear it."""
        kind = data.draw(st.sampled_from(CHANGING), label="command")
        found = self._worth_giving(kind)
        if found:
            self._given(data, data.draw(st.sampled_from(found), label="fields"))

    @rule(data=st.data())
    def try_anything(self, data: st.DataObject) -> None:
        """Give a command for which there may be no row."""
        kind = data.draw(st.sampled_from(self.table.commands), label="command")
        for command in self._worth_giving(kind)[:1]:
            self._given(data, command)

    @rule(data=st.data())
    def wait(self, data: st.DataObject) -> None:
        """Let time pass: to just where something changes, or any number of days."""
        self.told.append((self.now, self._status()))
        ahead = instants_ahead(self._case, self.now)
        days = st.integers(1, 400).map(lambda count: self.now + timedelta(days=count))
        self.now = data.draw(st.one_of(st.sampled_from(ahead), days), label="until")

    @rule(active=st.booleans())
    def turn(self, *, active: bool) -> None:
        """Make the learner active, or inactive."""
        self.case = evolve(self._case, learner=evolve(LEARNER, active=active))

    # --- what has to hold -------------------------------------------------------------------------

    def _given(self, data: st.DataObject, command: Command) -> None:
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
            listed = ", ".join(sorted(word(status) for status in row.to))
            self._broken(command, f"{row.pair} leads to {listed}, not to {word(decision.after)}")
        taken = AcceptedStep(
            before=before,
            command=command,
            actor=_actor(role),
            now=self.now,
            accepted=decision,
            after=self._case,
        )
        for invariant in self.laws:
            if not invariant.holds(taken):
                self._broken(command, f"not so: {invariant.sentence}")

    def teardown(self) -> None:
        """Ask in the end that the history adds up to what is stored, and to every answer given."""
        if self.case is None:
            return
        stored = self.case.enrollment
        if self._replayed() != stored:
            raise BrokenLifeError("the history does not replay to the enrollment")
        for at, status in self.told:
            again = self._replayed(at).status_at(at)
            if again is not status:
                raise BrokenLifeError(
                    f"as known on {at:%Y-%m-%d %H:%M}, the status was {word(status)};"
                    f" asked again it is {word(again)}"
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
        raise BrokenLifeError(f"{command.name} at {self.now:%Y-%m-%d %H:%M}: {what}")


def _actor(role: Role) -> Actor:
    ids: dict[Role, Any] = {Role.LEARNER: LEARNER.id, Role.SYSTEM: None}
    return Actor(role=role, id=ids.get(role, "tester"), scope=Scope(kind=ScopeKind.TENANT))
