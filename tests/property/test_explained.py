"""What `explain` says is what `decide` does (Q2), and `available` is what it allows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from typing import Final, cast

import pytest

from certlib.actors import Actor, Role
from certlib.certifications import Certification
from certlib.state import TABLE, Accepted, Case, Command, Verdict, available, decide, explain
from certlib.state._proposals import Proposal
from certlib.state.commands import Strike
from certlib.testing.exploration import CANDIDATES, instants_ahead, worth_giving
from tests import cases
from tests.histories import CERTIFICATIONS

BEGIN: Final = datetime(2025, 1, 1, 9, tzinfo=UTC)
WORLDS: Final[dict[str, Certification]] = {
    **CERTIFICATIONS,
    **{name: each for name, each in vars(cases).items() if isinstance(each, Certification)},
}
KINDS: Final = {kind.name: kind for kind in TABLE.commands}


def _actor(role: Role) -> Actor:
    return Actor(role=role, id="ann" if role is Role.LEARNER else "eva")


def _walked(random: Random, case: Case, now: datetime) -> tuple[Case, datetime]:
    """One more command that is worth giving, and now and then time that passes."""
    row = random.choice(TABLE.in_status(case.enrollment.status_at(now)))
    kind = row.command
    found = worth_giving(CANDIDATES, kind, case, now)
    if found:
        actor = _actor(random.choice(sorted(row.by.roles)))
        case = cases.after(case, decide(case, random.choice(found), actor=actor, now=now))
    return case, random.choice(instants_ahead(case, now)) if random.random() < 0.2 else now


def _is_accepted(case: Case, command: Command, actor: Actor, now: datetime) -> bool:
    return isinstance(decide(case, command, actor=actor, now=now), Accepted)


def _check(case: Case, verdict: Verdict, actor: Actor, now: datetime) -> int:
    """How many decisions agree with a verdict; all have to."""
    kind = KINDS[verdict.command]
    if kind.chooses is not None and kind is not Strike:
        field, choices = kind.chooses, kind.choices
        status = case.enrollment.status_at(now)
        proposal = Proposal(
            case=case, command=None, actor=actor, at=now, now=now,
            enrollment=case.enrollment, status=status,
        )  # fmt: skip
        offered = verdict.candidates.get(field, ()) if verdict.allowed else ()
        found = list(choices(proposal))
        for choice in found:
            accepted = _is_accepted(case, choice.command, actor, now)
            assert accepted is (choice.label in offered), (verdict, choice)
        return len(found)
    if kind.required_fields():
        return 0
    plain = cast("Callable[[], Command]", kind)
    accepted = _is_accepted(case, plain(), actor, now)
    assert accepted is (verdict.allowed and not verdict.needs), verdict
    return 1


@pytest.mark.parametrize("name", WORLDS)
def test_is_what_is_decided(name: str) -> None:
    random, asked = Random(name), 0
    for _ in range(3):
        case, now = cases.blank(WORLDS[name]), BEGIN
        for _ in range(20):
            case, now = _walked(random, case, now)
            actor = _actor(random.choice(list(Role)))
            verdicts = explain(case, actor=actor, now=now)
            for verdict in verdicts:
                asked += _check(case, verdict, actor, now)
            allowed = {verdict.command for verdict in verdicts if verdict.allowed}
            open_to_him = available(case, actor=actor, now=now)
            assert {kind.name for kind in open_to_him} == allowed

    assert asked > 200
