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
from collections.abc import Callable
from datetime import date, datetime

from attrs import evolve

from benchmarks.harness import Clock, Result, Scene, Suite, Work
from benchmarks.lives import (
    ADMIN,
    FIRST,
    FORK,
    Situation,
    actions_by_status,
    certlib_moments,
    counted,
    edges_by_pair,
    first_record,
    learners,
    script,
    scripts,
    situations,
    standing,
)
from benchmarks.peers import PEERS
from certlib.actors import Actor
from certlib.learners import Learner
from certlib.state import (
    Accepted,
    Case,
    Enrollment,
    Event,
    available,
    decide,
    explain,
    outlook,
    replay,
)
from certlib.state import commands as c
from certlib.state._cycles import Cycle, CycleKind
from certlib.state.facts import CycleStarted


def by_hand(clock: Clock, scene: Scene) -> Result:
    people = learners(scene.options["learners"])
    lives = [
        [(type(m) if isinstance(m, c.Command) else m, m, now) for _, m, now in life]
        for life in scripts(people)
    ]
    find = edges_by_pair().get
    reached: list[str] = []
    count = 0
    repeats = 10
    for _ in range(repeats):
        records = [first_record(number, learner) for number, learner in enumerate(people)]
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
    return Result(operations=count, found=counted(reached))


# --- certlib ------------------------------------------------------------------------------------


def decisions(clock: Clock, scene: Scene) -> Result:
    people = learners(scene.options["learners"])
    lives = certlib_moments(scripts(people))
    _decided(people[:30], lives[:30])
    with clock:
        reached = _decided(people, lives)
    return Result(operations=sum(map(len, lives)), found=counted(reached))


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
    table, records = actions_by_status(), standing(scene.options["learners"])
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


def actions_open(clock: Clock, scene: Scene) -> Result:
    found = list(situations(learners(scene.options["learners"] // 10)))
    with clock:
        for each in found:
            available(each.case, actor=each.actor, now=each.now)
    return Result(operations=len(found))


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
        *(
            Work(
                name=f"{peer.name}: an event",
                measure=peer.events,
                floor=BY_HAND,
                agrees="statuses reached",
            )
            for peer in PEERS
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
        *(
            Work(name=f"{peer.name}: actions open", measure=peer.actions, floor=ACTIONS)
            for peer in PEERS
        ),
        Work(name="available, no reasons", measure=actions_open, floor=ACTIONS, goal=0.125),
        Work(name="explain, with reasons", measure=explanations, floor=ACTIONS),
        Work(name="an enrollment, loaded", measure=loaded, memory_goal=1024),
    ),
)

if __name__ == "__main__":
    SUITE.main()
