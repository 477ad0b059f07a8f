"""Lives: random enrollments made by real decisions, with every command that there is, late and struck.

The same seed makes the same life.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random

from certlib.actors import Actor, Role
from certlib.audit import Index, Record
from certlib.audit._record_laws import index_of
from certlib.certifications import Certification
from certlib.state import Accepted, Case, Command, decide, outlook
from certlib.state._rows import TABLE
from certlib.testing.exploration import CANDIDATES
from tests.cases import after, blank

BEGIN = datetime(2022, 1, 3, 9, tzinfo=UTC)
RARE = {"strike": 0.5, "award": 0.4, "move_to_version": 0.5, "assign": 0.4, "remove": 0.2,
        "revoke_access": 0.2, "permanently_revoke": 0.2, "force_recertification": 0.3,
        "extend_certificate": 0.5, "extend_deadline": 0.5, "override_training": 0.1,
        "override_exam": 0.1, "unassign": 0.3}  # fmt: skip


@cache
def life(
    seed: int | str, certification: Certification, *, length: int = 30
) -> tuple[Record, datetime]:
    """Return a record, and the instant of the last command given."""
    random = Random(f"{certification.code} {seed}")
    case, now = blank(certification), BEGIN
    for _ in range(length):
        now = _later(random, case, now)
        accepted = next(_accepted(random, case, now), None)
        if accepted is not None:
            case = after(case, accepted)
    return record_of(case, now), now


def record_of(case: Case, now: datetime | None = None) -> Record:
    """Return what would be stored of a case; with its index as of an instant."""
    record = Record(
        enrollment=case.enrollment,
        history=case.history or (),
        certification=case.certification,
        learner=case.learner,
        transcript=case.transcript,
    )
    if now is None:
        return record
    index: Index = index_of(record, now)
    return Record(
        enrollment=case.enrollment,
        history=case.history or (),
        certification=case.certification,
        learner=case.learner,
        transcript=None,
        index=index,
    )


def _later(random: Random, case: Case, now: datetime) -> datetime:
    ahead = outlook(case.enrollment, now)
    chance = random.random()
    if ahead and chance < 0.15:
        return ahead[0].at
    if chance < 0.4:
        return now
    if chance < 0.7:
        return now + timedelta(hours=random.randint(1, 60))
    return now + timedelta(days=random.randint(1, 90))


def _accepted(random: Random, case: Case, now: datetime) -> Iterator[Accepted]:
    """Yield what is accepted, in a random order."""
    kinds = [kind for kind in TABLE.commands if random.random() < RARE.get(kind.name, 1)]
    random.shuffle(kinds)
    for kind in kinds:
        for command in _commands(random, kind, case, now):
            for role in random.sample(list(Role), len(Role)):
                actor = Actor(role=role, id="ann" if role is Role.LEARNER else "eva")
                decision = decide(case, command, actor=actor, now=now)
                if isinstance(decision, Accepted):
                    yield decision


def _commands(random: Random, kind: type[Command], case: Case, now: datetime) -> list[Command]:
    if kind in CANDIDATES:
        found = list(CANDIDATES[kind](case, now))
        random.shuffle(found)
        return found[:3]
    return [] if kind.required_fields() else [kind()]
