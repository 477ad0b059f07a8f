"""What one decision costs, beside a dict look-up and `attrs.evolve` of a record with 16 fields.

    python -m benchmarks.bench_decide --rounds 5
    python -m benchmarks.bench_decide --profile decide

Learners live through scripts of commands that touch every status and most rows, some refused. The
floor is what one would write by hand for the same scripts: it checks one guard, makes a changed
record, and keeps neither events nor reasons. For it, time is a command too (expire, lapse), as for
every machine that stores its status.
"""

from __future__ import annotations

import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeAlias

from attrs import evolve, frozen

from benchmarks.harness import Clock, Result, Scene, Suite, Work
from certlib.actors import Actor, Role
from certlib.certifications import Certification, Curriculum, Online, Step, Version
from certlib.learners import Learner
from certlib.periods import Period
from certlib.policies import FromExpiry, Grace, Policy, Recertification
from certlib.requirements import Completed
from certlib.state import Accepted, Case, Enrollment, Event, decide, explain, outlook, replay
from certlib.state import commands as c
from certlib.state.cycles import Cycle
from certlib.state.facts import CycleStarted
from certlib.state.status import CycleKind

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


# --- the floor ----------------------------------------------------------------------------------


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


def _edges() -> Mapping[tuple[str, type[c.Command] | str], tuple[Edge, ...]]:
    table: dict[tuple[str, type[c.Command] | str], tuple[Edge, ...]] = {}
    for status, command, guard, to, changes in EDGES:
        key = (status, command)
        table[key] = (*table.get(key, ()), (guard, to, changes))
    return table


def _record(number: int, learner: Learner) -> Record:
    return Record(
        number, learner.id, "FORK-1", "none", None, None, 2, 0, None, None, None, None, 0, 0, 0, 0
    )


def by_hand(clock: Clock, scene: Scene) -> Result:
    people = learners(scene.options["learners"])
    lives = [
        [(type(m) if isinstance(m, c.Command) else m, m, now) for _, m, now in life]
        for life in scripts(people)
    ]
    find = _edges().get
    reached: list[str] = []
    count = 0
    repeats = 10
    for _ in range(repeats):
        records = [_record(number, learner) for number, learner in enumerate(people)]
        reached = []
        with clock:
            for record, life in zip(records, lives, strict=True):
                for kind, command, now in life:
                    for guard, to, changes in find((record.status, kind), ()):
                        if guard is None or guard(record, command, now):
                            record = evolve(  # noqa: PLW2901 (the loop variable is its state)
                                record,
                                status=to,
                                version=record.version + 1,
                                **changes(record, now),
                            )
                            if isinstance(command, c.Command):
                                reached.append(to)
                            break
        count += sum(map(len, lives))
    return Result(operations=count, found=_counted(reached))


def _counted(reached: list[str]) -> str:
    return ", ".join(f"{count} {status}" for status, count in sorted(Counter(reached).items()))


# --- certlib ------------------------------------------------------------------------------------


def decisions(clock: Clock, scene: Scene) -> Result:
    people = learners(scene.options["learners"])
    lives = certlib_moments(scripts(people))
    _decided(people[:30], lives[:30])
    with clock:
        reached = _decided(people, lives)
    return Result(operations=sum(map(len, lives)), found=_counted(reached))


def _decided(
    people: list[Learner], lives: list[list[tuple[Actor, c.Command, datetime]]]
) -> list[str]:
    reached = []
    for learner, life in zip(people, lives, strict=True):
        enrollment = Enrollment.blank(learner=learner.id, certification=FORK.code)
        for actor, command, now in life:
            case = Case(learner=learner, certification=FORK, enrollment=enrollment)
            decision = decide(case, command, actor=actor, now=now)
            if isinstance(decision, Accepted):
                enrollment = decision.enrollment
                reached.append(decision.after or "none")
    return reached


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


def deciding(place: int) -> Callable[[Clock, Scene], Result]:
    """Return a work that decides what has one place in all scripts."""

    def measure(clock: Clock, scene: Scene) -> Result:
        every = situations(learners(scene.options["learners"] // 4))
        found = [each for each in every if each.place == place]
        repeats = 1 + 5000 // len(found)
        with clock:
            for _ in range(repeats):
                for each in found:
                    decide(each.case, each.command, actor=each.actor, now=each.now)
        return Result(operations=repeats * len(found))

    return measure


def _last_situations(count: int) -> list[Situation]:
    every = situations(learners(count))
    return list({each.case.learner.id: each for each in every}.values())


def late_awards(clock: Clock, scene: Scene) -> Result:
    found = _last_situations(scene.options["learners"] // 4)
    award = c.Award(on=date(2020, 6, 1))
    with clock:
        for each in found:
            decide(each.case, award, actor=ADMIN, now=each.now)
    return Result(operations=len(found))


def same_objects(clock: Clock, _scene: Scene) -> Result:
    """Make what one plain decision makes, with the constructors alone and no rule."""
    now = FIRST
    cycle = Cycle(
        number=1,
        kind=CycleKind.INITIAL,
        version=1,
        entry=1,
        began_at=now,
        counts_from=now.date(),
        needs=("theory", "practice"),
    )
    learner = Learner(id="ann")
    blank = Enrollment.blank(learner="ann", certification="FORK-1")
    count = 20_000
    with clock:
        for _ in range(count):
            Case(learner=learner, certification=FORK, enrollment=blank)
            fact = CycleStarted(number=1)
            event = Event(
                sequence=2,
                entry=2,
                at=now,
                recorded_at=now,
                actor="learner:ann",
                row="start",
                version=1,
                fact=fact,
            )
            started = Cycle(
                number=cycle.number,
                kind=cycle.kind,
                version=cycle.version,
                entry=cycle.entry,
                began_at=cycle.began_at,
                counts_from=cycle.counts_from,
                needs=cycle.needs,
                started_at=now,
            )
            enrollment = Enrollment(
                learner="ann",
                certification="FORK-1",
                version=2,
                entries=2,
                last_fact_at=now,
                last_recorded_at=now,
                status_since=now,
                status_entry=2,
                assignments=blank.assignments,
                cycles=(started,),
            )
            Accepted(enrollment=enrollment, events=(event,), notices=(), before=None, after=None)
    return Result(operations=count)


# --- questions ----------------------------------------------------------------------------------


def actions_by_hand(clock: Clock, scene: Scene) -> Result:
    """Say which commands may be given, with no reasons: the floor of `explain`."""
    by_status: dict[str, list[tuple[type[c.Command] | str, Guard | None]]] = {}
    for status, command, guard, _, _ in EDGES:
        by_status.setdefault(status, []).append((command, guard))
    table = {
        status: [(command, None if guard is _is_last else guard) for command, guard in row]
        for status, row in by_status.items()
    }
    statuses = list(table)
    records = [
        evolve(
            _record(number, learner),
            status=statuses[number % len(statuses)],
            cycle=1,
            window_opens_at=FIRST,
            expires_at=FIRST,
        )
        for number, learner in enumerate(learners(scene.options["learners"]))
    ]
    asked = c.CompleteStep(step="theory")
    repeats = 20
    with clock:
        for _ in range(repeats):
            for record in records:
                [
                    command
                    for command, guard in table[record.status]
                    if guard is None or guard(record, asked, FIRST)
                ]
    return Result(operations=repeats * len(records))


def explanations(clock: Clock, scene: Scene) -> Result:
    found = list(situations(learners(scene.options["learners"] // 10)))
    with clock:
        for each in found:
            explain(each.case, actor=each.actor, now=each.now)
    return Result(operations=len(found))


def standings(clock: Clock, scene: Scene) -> Result:
    found = list(situations(learners(scene.options["learners"] // 4)))
    asked = [(each.case.enrollment, each.now) for each in found]
    repeats = 20
    with clock:
        for _ in range(repeats):
            for enrollment, now in asked:
                enrollment.status_at(now)
    return Result(operations=repeats * len(asked))


def outlooks(clock: Clock, scene: Scene) -> Result:
    found = list(situations(learners(scene.options["learners"] // 4)))
    with clock:
        for each in found:
            outlook(each.case.enrollment, each.now)
    return Result(operations=len(found))


def replays(clock: Clock, scene: Scene) -> Result:
    """Replay whole histories; an operation is one event."""
    found = [each.case for each in _last_situations(scene.options["learners"] // 2)]
    with clock:
        for case in found:
            replay(case.history or (), learner=case.learner.id, certification=FORK.code)
    return Result(operations=sum(len(case.history or ()) for case in found))


def loaded(_clock: Clock, _scene: Scene) -> Result:
    """Measure the memory of an enrollment with one assignment, one cycle and one certificate."""
    count = 2000
    histories = []
    for number, learner in enumerate(learners(count)):
        case = Case.blank(learner=learner, certification=FORK)
        (life,) = certlib_moments([list(script(number, learner))])
        for actor, command, now in life[:7]:
            decision = decide(case, command, actor=actor, now=now)
            if isinstance(decision, Accepted):
                history = (*(case.history or ()), *decision.events)
                case = evolve(case, enrollment=decision.enrollment, history=history)
        histories.append((learner.id, case.history or ()))
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    kept = [
        replay(history, learner=learner, certification=FORK.code) for learner, history in histories
    ]
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert all(len(each.cycles) == len(each.certificates) == 1 for each in kept)
    return Result(operations=0, memory=(after - before) // count)


BY_HAND = "by hand: look-up, evolve"
ACTIONS = "by hand: actions open"

SUITE = Suite(
    title="decisions",
    module="benchmarks.bench_decide",
    unit="op",
    options={"learners": 1200},
    works=(
        Work(name=BY_HAND, measure=by_hand, agrees="statuses reached"),
        Work(
            name="decide",
            measure=decisions,
            floor=BY_HAND,
            goal=2.4,
            agrees="statuses reached",
        ),
        Work(name="  its objects alone", measure=same_objects, floor=BY_HAND),
        Work(name="  refused: no row", measure=deciding(1), floor=BY_HAND),
        Work(name="  refused: a guard", measure=deciding(5), floor=BY_HAND),
        Work(name="  start: one event", measure=deciding(3), floor=BY_HAND),
        Work(name="  last step: certificate", measure=deciding(6), floor=BY_HAND),
        Work(name="  award into the past", measure=late_awards, floor=BY_HAND),
        Work(name="replay (an event)", measure=replays, floor=BY_HAND),
        Work(name="status_at", measure=standings, floor=BY_HAND),
        Work(name="outlook", measure=outlooks, floor=BY_HAND),
        Work(name=ACTIONS, measure=actions_by_hand),
        Work(name="explain, with reasons", measure=explanations, floor=ACTIONS, goal=0.125),
        Work(name="an enrollment, loaded", measure=loaded, memory_goal=1024),
    ),
)

if __name__ == "__main__":
    SUITE.main()
