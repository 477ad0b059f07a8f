"""Facts made by hand and folded one after another: an entry each, at the instants given."""

from __future__ import annotations

from attrs import evolve

from certlib.state import Enrollment, Event, Fact
from certlib.state._certificates import Certificate
from certlib.state._cycles import Cycle
from certlib.state._fold import fold
from tests.state.story import instant

BLANK = Enrollment.blank(learner="ann", certification="FIRE-1")


class Happening:
    """What facts add up to. The n-th fact is of entry n, and its event has that number."""

    def __init__(self, *facts: Fact, at: str = "2025-01-01", before: Enrollment = BLANK) -> None:
        self.enrollment = before
        self.events: list[Event] = []
        for fact in facts:
            self.then(fact, at)

    def then(self, fact: Fact, at: str = "2025-01-01") -> Happening:
        number = len(self.events) + 1
        event = Event(
            sequence=number,
            entry=number,
            at=instant(at),
            recorded_at=instant(at),
            actor="system",
            row="row",
            fact=fact,
        )
        self.events.append(event)
        self.enrollment = fold(self.enrollment, event)
        return self

    def at_once(self, fact: Fact, at: str = "2025-01-01") -> Happening:
        """One more fact of the same entry."""
        event = evolve(self.events[-1], sequence=len(self.events) + 1, fact=fact, at=instant(at))
        self.events.append(event)
        self.enrollment = fold(self.enrollment, event)
        return self

    @property
    def cycle(self) -> Cycle:
        """The cycle that began last."""
        return self.enrollment.cycles[-1]

    @property
    def newest(self) -> Certificate:
        found = self.enrollment.newest_certificate
        assert found is not None
        return found
