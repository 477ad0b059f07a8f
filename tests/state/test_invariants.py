"""Every invariant is told from the others: each is broken here by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve

from certlib.actors import Actor
from certlib.periods import DAY
from certlib.state import Accepted, Certificate, Enrollment
from certlib.state.commands import (
    Assign,
    Award,
    Command,
    CompleteStep,
    Enroll,
    RestoreAccess,
    Start,
    Strike,
)
from certlib.state.invariants import INVARIANTS, Taken, broken_by
from certlib.state.status import Bar
from tests.state.sample import FROM_COMPLETION
from tests.state.story import Story, actor, instant


def taken(story: Story, command: Command, by: str = "admin:eva") -> Taken:
    """What a command that is accepted looks like to the invariants."""
    before = story.case
    accepted = story.give(command, by)
    return Taken(
        before=before,
        command=command,
        actor=actor(by),
        now=story.now,
        accepted=accepted,
        after=story.case,
    )


def certified() -> Taken:
    """A learner who earned a certificate, now awarded another."""
    story = Story(FROM_COMPLETION, now="2025-01-01")
    story.give(Enroll(), "learner:ann")
    story.give(Start(), "learner:ann")
    story.give(CompleteStep(step="course"), "system", "2025-02-01")
    return taken(story.wait("2025-03-01"), Award())


def with_enrollment(taken: Taken, changed: Callable[[Enrollment], Enrollment]) -> Taken:
    """The same, as if the stored enrollment had come out otherwise."""
    after = evolve(taken.after, enrollment=changed(taken.after.enrollment))
    return evolve(taken, after=after)


def only(taken: Taken, sentence: str) -> bool:
    """Whether this sentence is among those that are broken."""
    return any(each.startswith(sentence) for each in broken_by(taken))


def newest(enrollment: Enrollment, **changes: Any) -> Enrollment:
    *older, last = enrollment.certificates
    changed: Certificate = evolve(last, **changes)
    return evolve(enrollment, certificates=(*older, changed))


def test_nothing_is_broken_by_a_command_that_is_accepted() -> None:
    assert list(broken_by(certified())) == []


def test_sentences_differ() -> None:
    sentences = [invariant.sentence for invariant in INVARIANTS]
    assert len(set(sentences)) == len(sentences) == 12


def _opened_again(enrollment: Enrollment) -> Enrollment:
    cycle = evolve(enrollment.cycles[0], ended_at=None, ended_by=None)
    return evolve(enrollment, cycles=(cycle, evolve(cycle, number=2)))


def _one_opened_again(enrollment: Enrollment) -> Enrollment:
    cycle = evolve(enrollment.cycles[0], ended_at=None, ended_by=None)
    return evolve(enrollment, cycles=(cycle,), bar=Bar.REVOKED)


def _numbered_alike(enrollment: Enrollment) -> Enrollment:
    return evolve(enrollment, cycles=(*enrollment.cycles, *enrollment.cycles))


def _backwards(enrollment: Enrollment) -> Enrollment:
    return evolve(enrollment, certificates=enrollment.certificates[::-1])


def _with_a_step_more(enrollment: Enrollment) -> Enrollment:
    cycle = enrollment.cycles[0]
    return evolve(enrollment, cycles=(evolve(cycle, needs=(*cycle.needs, "drill")),))


def _baseline_after_the_end(enrollment: Enrollment) -> Enrollment:
    terms = enrollment.certificates[-1].terms
    assert terms.last_valid_day is not None
    return newest(enrollment, terms=evolve(terms, baseline=terms.last_valid_day + DAY))


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        (_opened_again, "at most one cycle is open"),
        (_one_opened_again, "a cycle is open exactly in"),
        (_numbered_alike, "cycles are numbered in the order"),
        (lambda e: evolve(e, assignments=()), "the history replays to the enrollment"),
        (_backwards, "certificates are ordered by issue"),
        (_baseline_after_the_end, "issued, window, baseline, last valid day"),
        (_with_a_step_more, "a cycle's certificate is issued only with nothing missing"),
        (lambda e: evolve(e, entries=9), "events are numbered on"),
        (lambda e: evolve(e, version=99), "events are numbered on"),
    ],
)
def test_an_enrollment_that_came_out_wrong(
    changed: Callable[[Enrollment], Enrollment], sentence: str
) -> None:
    assert only(with_enrollment(certified(), changed), sentence)


def test_certified_outside_the_spans() -> None:
    revoked = with_enrollment(certified(), lambda e: newest(e, revoked_at=instant("2025-03-01")))
    assert only(revoked, "at most one certificate is in force")


def test_certificates_that_did_not_change_are_not_asked_again() -> None:
    story = Story(FROM_COMPLETION)
    story.give(Award())
    assigned = taken(story, Assign())
    assert not only(assigned, "at most one certificate is in force")


def test_a_fact_in_the_future() -> None:
    given = certified()
    events = tuple(evolve(e, at=given.now + timedelta(seconds=1)) for e in given.accepted.events)
    accepted: Accepted = evolve(given.accepted, events=events)
    assert only(evolve(given, accepted=accepted), "no fact lies in the future")


def test_an_event_with_a_number_too_many() -> None:
    given = certified()
    events = tuple(evolve(e, sequence=e.sequence + 1) for e in given.accepted.events)
    accepted: Accepted = evolve(given.accepted, events=events)
    assert only(evolve(given, accepted=accepted), "events are numbered on")


class TestBars:
    """What leaves Revoked and Disallowed."""

    def left(self, bar: Bar, command: Command, by: str) -> list[str]:
        given = certified()
        before = evolve(given.before, enrollment=evolve(given.before.enrollment, bar=bar))
        changed: Taken = evolve(given, before=before, command=command, actor=Actor.parse(by))
        return list(broken_by(changed))

    def test_disallowed_by_restore_access_or_a_strike(self) -> None:
        assert self.left(Bar.DISALLOWED, RestoreAccess(), "admin:eva") == []
        assert self.left(Bar.DISALLOWED, Strike(entry=1), "system") == []

    def test_disallowed_by_anything_else(self) -> None:
        assert self.left(Bar.DISALLOWED, Start(), "admin:eva") == [
            "Disallowed is left only by restore access"
        ]

    def test_either_by_the_system(self) -> None:
        sentence = "Revoked and Disallowed are left by no command of the system"
        assert self.left(Bar.DISALLOWED, RestoreAccess(), "system") == [sentence]
        assert self.left(Bar.REVOKED, Start(), "system") == [sentence]
        assert self.left(Bar.REVOKED, Start(), "learner:ann") == []
