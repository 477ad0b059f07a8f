"""Deciding several commands about one case, each on what the ones before it left.

`Decisions` is the one place where a case moves on from decision to decision. Commands, imports and
undo all use it, so that they agree on what a decision leaves behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from attrs import evolve

from certlib.actors import Actor
from certlib.state import TABLE, Accepted, Case, Command, Decision, Refused, Table, decide, fulfil
from certlib.state._fulfilment import FOLLOWED
from certlib.transcript import Completion

__all__ = ["Decisions", "decide_and_follow_up", "joined"]


class Decisions:
    """The decisions about one case so far, and the case as they leave it.

    >>> from datetime import UTC
    >>> from certlib.certifications import Certification
    >>> from certlib.learners import Learner
    >>> from certlib.state.commands import Enroll
    >>> case = Case.blank(learner=Learner(id="ann"), certification=Certification(code="FORK-1"))
    >>> decisions = Decisions(case, now=datetime(2025, 3, 3, tzinfo=UTC))
    >>> decisions.give(Enroll(), actor=Actor.parse("learner:ann")).reasons[0].code
    'version_is_published'
    >>> decisions.accepted
    []
    """

    def __init__(self, case: Case, *, now: datetime, table: Table = TABLE) -> None:
        """Begin with a case about which nothing has been decided yet."""
        self.before = case
        """The case before the first decision."""
        self.case = case
        """The case as the decisions so far leave it."""
        self.accepted: list[Accepted] = []
        """The accepted decisions, in order."""
        self._now = now
        self._table = table

    def give(self, command: Command, *, actor: Actor) -> Decision:
        """Decide a command on the case as it is by now; a refused one changes nothing."""
        decision = decide(self.case, command, actor=actor, now=self._now, table=self._table)
        if not isinstance(decision, Refused):
            self._add(decision)
        return decision

    def follow_up(
        self,
        completion: Completion | None = None,
        *,
        import_id: str | None = None,
        import_row: int | None = None,
    ) -> bool:
        """Do what the system does at once about completions; return whether it did anything (C7).

        With a completion it is about that one, otherwise about all that the transcript holds. With
        ``import_id`` the events carry the import and its row.
        """
        before = len(self.accepted)
        for decision in fulfil(self.case, completion=completion, now=self._now, table=self._table):
            self._add(decision if import_id is None else _marked(decision, import_id, import_row))
        return len(self.accepted) > before

    def _add(self, decision: Accepted) -> None:
        self.accepted.append(decision)
        self.case = self.case.after(decision.enrollment, decision.events)


def _marked(decision: Accepted, import_id: str, import_row: int | None) -> Accepted:
    events = (evolve(each, import_id=import_id, import_row=import_row) for each in decision.events)
    return evolve(decision, events=tuple(events))


def decide_and_follow_up(
    case: Case, command: Command, *, actor: Actor, now: datetime, table: Table = TABLE
) -> Decision:
    """Decide a command, and join to it what the system does at once because of it (C7)."""
    decisions = Decisions(case, now=now, table=table)
    decision = decisions.give(command, actor=actor)
    if isinstance(decision, Accepted) and isinstance(command, FOLLOWED):
        decisions.follow_up()
        return joined(decisions.accepted)
    return decision


def joined(decisions: Sequence[Accepted]) -> Accepted:
    """Return one answer for several decisions in order, of which there is at least one."""
    if len(decisions) == 1:
        return decisions[0]
    return evolve(
        decisions[-1],
        events=tuple(event for each in decisions for event in each.events),
        notices=tuple(notice for each in decisions for notice in each.notices),
        withdrawn=tuple(notice for each in decisions for notice in each.withdrawn),
        before=decisions[0].before,
    )
