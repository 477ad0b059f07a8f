"""What the store would hold without an import that was interrupted (F4)."""

from __future__ import annotations

from attrs import evolve

from certlib.state import Case, Event, replay
from certlib.state.facts import (
    CertificateIssued,
    CycleBegan,
    CycleEnded,
    CycleStarted,
    Fact,
    StepCompleted,
)

__all__ = ["before_import"]


def before_import(import_id: str, case: Case) -> Case:
    """Return a case without what an import recorded, and without what others did in a cycle it began."""
    cycles: set[int | None] = {None}
    history: list[Event] = []
    for event in case.history or ():
        fact = event.fact
        if event.import_id == import_id:
            if isinstance(fact, CycleBegan):  # it may have the number of one that was struck
                cycles.discard(fact.number)
            continue
        if isinstance(fact, CycleBegan):
            cycles.add(fact.number)
        if _cycle_of(fact) in cycles:
            history.append(event)
    enrollment = replay(history, learner=case.learner.id, certification=case.certification.code)
    return evolve(case, enrollment=enrollment, history=tuple(history))


def _cycle_of(fact: Fact) -> int | None:
    if isinstance(fact, CycleStarted | StepCompleted | CycleEnded):
        return fact.number
    return fact.cycle if isinstance(fact, CertificateIssued) else None
