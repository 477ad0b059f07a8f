"""Lives of learners as scripts of commands, and the machine that one would write by hand for them.

The scripts touch every status and most rows, and some commands are refused. The machine knows a
status, a command, one guard, the next status and what changes in a record of 16 fields; `bench_decide`
plays the scripts on it by a dict look-up, and `peers` on the state machines of others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeAlias

from attrs import evolve, frozen

from certlib.actors import Actor, Role
from certlib.certifications import Certification, Curriculum, Online, Step, Version
from certlib.learners import Learner
from certlib.periods import Period
from certlib.policies import FromExpiry, Grace, Policy, Recertification
from certlib.requirements import Completed
from certlib.state import Accepted, Case, decide
from certlib.state import commands as c

# --- the scripts --------------------------------------------------------------------------------

Moment: TypeAlias = tuple[Actor | None, c.Command | str, datetime]
"""Who, what and when. A text is a command of time, which only the floor needs."""

FORK = Certification(
    code="FORK-1",
    versions=(
        Version(
            number=1,
            published_on=date(2020, 1, 1),
            initial=Curriculum(
                steps=tuple(
                    Step(code=code, paths=(Online(requires=Completed(training=f"FORK-{code}")),))
                    for code in ("theory", "practice")
                )
            ),
            recertification=Curriculum(
                steps=(
                    Step(
                        code="refresher", paths=(Online(requires=Completed(training="FORK-again")),)
                    ),
                )
            ),
            policy=Policy(
                time_zone="Europe/Madrid",
                validity=FromExpiry(period=Period.parse("P1Y")),
                grace=Grace(period=Period.parse("P30D")),
                recertification=Recertification(window=Period.parse("P60D")),
            ),
        ),
    ),
)
ADMIN = Actor(role=Role.ADMIN, id="eva")
SYSTEM = Actor(role=Role.SYSTEM)
FIRST = datetime(2021, 1, 4, 9, 30, tzinfo=UTC)
ENDINGS = 6


def learners(count: int) -> list[Learner]:
    return [Learner(id=f"learner-{number}") for number in range(count)]


def script(number: int, learner: Learner) -> Iterator[Moment]:
    """Yield what happens to one learner."""
    himself = Actor(role=Role.LEARNER, id=learner.id)
    day = FIRST + timedelta(days=number % 300, minutes=number)

    def after(days: int) -> datetime:
        return day + timedelta(days=days)

    yield ADMIN, c.Assign(reference="plan-1"), after(0)
    yield himself, c.CompleteStep(step="theory"), after(0)  # refused: nothing has begun
    yield himself, c.Enroll(), after(1)
    yield himself, c.Start(), after(2)
    yield SYSTEM, c.CompleteStep(step="theory"), after(5)
    yield SYSTEM, c.CompleteStep(step="theory"), after(6)  # refused: done already
    yield SYSTEM, c.CompleteStep(step="practice"), after(9)
    yield himself, c.StartRecertification(), after(20)  # refused: the window is shut
    yield from _ending(number % ENDINGS, himself, after)
    yield None, "expire", after(900)
    yield None, "lapse", after(950)
    yield ADMIN, c.Assign(reference="plan-2"), after(1000)


def _ending(kind: int, himself: Actor, after: Callable[[int], datetime]) -> Iterator[Moment]:
    again = c.CompleteStep(step="refresher")
    if kind in {0, 1, 2}:  # renewed in time, in grace, and late
        if kind > 0:
            yield None, "expire", after(380)
        if kind > 1:
            yield None, "lapse", after(420)
        yield himself, c.StartRecertification(), after((340, 385, 430)[kind])
        yield SYSTEM, again, after(435)
    elif kind == 3:  # revoked while recertifying, and back
        yield himself, c.StartRecertification(), after(340)
        yield ADMIN, c.RevokeAccess(reason="an accident"), after(345)
        yield himself, c.Start(), after(346)  # refused
        yield himself, c.StartRecertification(), after(350)
        yield SYSTEM, again, after(435)
    elif kind == 4:  # disallowed, and back
        yield ADMIN, c.PermanentlyRevoke(reason="an accident"), after(100)
        yield ADMIN, c.RestoreAccess(), after(150)
        yield himself, c.StartRecertification(), after(151)
        yield SYSTEM, again, after(435)
    else:  # forced, and renewed
        yield ADMIN, c.ForceRecertification(reason="new rules"), after(50)
        yield SYSTEM, again, after(435)


def scripts(people: list[Learner]) -> list[list[Moment]]:
    return [list(script(number, learner)) for number, learner in enumerate(people)]


def certlib_moments(lives: list[list[Moment]]) -> list[list[tuple[Actor, c.Command, datetime]]]:
    return [
        [
            (actor, command, now)
            for actor, command, now in life
            if actor is not None and isinstance(command, c.Command)
        ]
        for life in lives
    ]


@frozen(kw_only=True)
class Situation:
    """A case, and what is asked in it."""

    place: int
    """The place in the script."""
    case: Case
    actor: Actor
    command: c.Command
    now: datetime


def situations(people: list[Learner]) -> Iterator[Situation]:
    """Yield every situation of the lives of these people, with its history."""
    for learner, life in zip(people, certlib_moments(scripts(people)), strict=True):
        case = Case.blank(learner=learner, certification=FORK)
        for place, (actor, command, now) in enumerate(life):
            yield Situation(place=place, case=case, actor=actor, command=command, now=now)
            decision = decide(case, command, actor=actor, now=now)
            if isinstance(decision, Accepted):
                history = (*(case.history or ()), *decision.events)
                case = evolve(case, enrollment=decision.enrollment, history=history)


# --- the machine ----------------------------------------------------------------------------------


@frozen
class Record:
    """A record with 16 fields, as one would write it."""

    id: int
    learner: str
    certification: str
    status: str
    assigned_at: datetime | None
    started_at: datetime | None
    steps_total: int
    steps_done: int
    certified_at: datetime | None
    expires_at: datetime | None
    window_opens_at: datetime | None
    revoked_at: datetime | None
    cycle: int
    certificates: int
    assignments: int
    version: int


Guard: TypeAlias = Callable[[Record, c.Command | str, datetime], bool]
Changes: TypeAlias = Callable[[Record, datetime], dict[str, Any]]
YEAR = timedelta(days=365)
WINDOW = timedelta(days=60)


def _certified(record: Record, now: datetime) -> dict[str, Any]:
    return {
        "certified_at": now,
        "expires_at": now + YEAR,
        "window_opens_at": now + YEAR - WINDOW,
        "steps_done": 0,
        "certificates": record.certificates + 1,
    }


def _begun(record: Record, now: datetime) -> dict[str, Any]:
    return {"cycle": record.cycle + 1, "started_at": now, "steps_done": 0, "steps_total": 1}


def _step(record: Record, _now: datetime) -> dict[str, Any]:
    return {"steps_done": record.steps_done + 1}


def _revoked(_record: Record, now: datetime) -> dict[str, Any]:
    return {"revoked_at": now}


def _assigned(record: Record, now: datetime) -> dict[str, Any]:
    return {"assigned_at": now, "assignments": record.assignments + 1}


def _nothing(_record: Record, _now: datetime) -> dict[str, Any]:
    return {}


def _is_next(record: Record, command: c.Command | str, _now: datetime) -> bool:
    steps = ("theory", "practice") if record.cycle == 1 else ("refresher",)
    return isinstance(command, c.CompleteStep) and steps[record.steps_done] == command.step


def _is_last(record: Record, command: c.Command | str, now: datetime) -> bool:
    return _is_next(record, command, now) and record.steps_done + 1 == record.steps_total


def _is_open(record: Record, _command: c.Command | str, now: datetime) -> bool:
    return record.window_opens_at is not None and now >= record.window_opens_at


def _is_over(record: Record, _command: c.Command | str, now: datetime) -> bool:
    return record.expires_at is not None and now >= record.expires_at


def _has_one(record: Record, _command: c.Command | str, _now: datetime) -> bool:
    return record.assignments > 0


Edge: TypeAlias = tuple[Guard | None, str, Changes]
EDGES: list[tuple[str, type[c.Command] | str, Guard | None, str, Changes]] = [
    ("none", c.Assign, None, "assigned", _assigned),
    ("assigned", c.Enroll, _has_one, "not_started", _begun),
    ("not_started", c.Start, None, "in_progress", lambda _r, now: {"started_at": now, "steps_total": 2}),
    ("in_progress", c.CompleteStep, _is_last, "certified", _certified),
    ("in_progress", c.CompleteStep, _is_next, "in_progress", _step),
    ("recertifying", c.CompleteStep, _is_last, "certified", _certified),
    ("recertifying", c.CompleteStep, _is_next, "recertifying", _step),
    ("certified", c.StartRecertification, _is_open, "recertifying", _begun),
    ("expired", c.StartRecertification, None, "recertifying", _begun),
    ("lapsed", c.StartRecertification, None, "recertifying", _begun),
    ("revoked", c.StartRecertification, None, "recertifying", _begun),
    ("certified", c.ForceRecertification, None, "recertifying", _begun),
    ("certified", "expire", _is_over, "expired", _nothing),
    ("expired", "lapse", _is_over, "lapsed", _nothing),
    ("recertifying", c.RevokeAccess, None, "revoked", _revoked),
    ("certified", c.PermanentlyRevoke, None, "disallowed", _revoked),
    ("disallowed", c.RestoreAccess, None, "revoked", _nothing),
    ("lapsed", c.Assign, None, "lapsed", _assigned),
    ("certified", c.Assign, None, "certified", _assigned),
    ("assigned", c.Assign, None, "assigned", _assigned),
    ("not_started", c.RevokeAccess, None, "revoked", _revoked),
    ("in_progress", c.RevokeAccess, None, "revoked", _revoked),
    ("not_started", "submit", None, "pending_approval", _nothing),
    ("pending_approval", "approve", None, "certified", _certified),
]  # fmt: skip


def edges_by_pair() -> Mapping[tuple[str, type[c.Command] | str], tuple[Edge, ...]]:
    table: dict[tuple[str, type[c.Command] | str], tuple[Edge, ...]] = {}
    for status, command, guard, to, changes in EDGES:
        key = (status, command)
        table[key] = (*table.get(key, ()), (guard, to, changes))
    return table


def first_record(number: int, learner: Learner) -> Record:
    return Record(
        number, learner.id, "FORK-1", "none", None, None, 2, 0, None, None, None, None, 0, 0, 0, 0
    )


def counted(reached: list[str]) -> str:
    """Return how often each status was reached, in words."""
    return ", ".join(f"{count} {status}" for status, count in sorted(Counter(reached).items()))


def actions_by_status() -> Mapping[str, list[tuple[type[c.Command] | str, Guard | None]]]:
    """Return what may be done in each status, with the guard; of a step, that one is left."""
    table: dict[str, list[tuple[type[c.Command] | str, Guard | None]]] = {}
    for status, command, guard, _, _ in EDGES:
        table.setdefault(status, []).append((command, None if guard is _is_last else guard))
    return table


def standing(count: int) -> list[Record]:
    """Return records in all statuses alike, of which something is asked."""
    statuses = list(actions_by_status())
    return [
        evolve(
            first_record(number, learner),
            status=statuses[number % len(statuses)],
            cycle=1,
            window_opens_at=FIRST,
            expires_at=FIRST,
        )
        for number, learner in enumerate(learners(count))
    ]
