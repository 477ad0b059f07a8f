"""A simulator: years of a few learners in a certification, lived by a seed, and looked at all the time.

    from certlib.testing.simulator import simulate

    simulate(FORKLIFT, seed=1)

Every step the clock moves - on, back, not at all, or to just around an instant at which something
changes - and something happens: a command, mostly one that gets on, also dated late, given by the
wrong person or about something that is not there; an award anywhere in the past; a strike; a
completion. It is recorded in two stores: one by the service, which sweeps it at odd times, the other
one never swept. After every step

- what was refused and recorded is what the core decides, in both stores;
- what always holds still does (`certlib.testing.laws`), and rows led where they say;
- both answer alike whatever is asked, searches by status included (T1);
- what was answered at an instant is still the answer as it was known then (T6);
- a sweep recorded no facts, and told nothing but what was due, when it was due.

The same seed lives the same life everywhere. A failure names the seed and the step, and the call that
lives it again up to there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from operator import methodcaller
from random import Random
from typing import Final, NoReturn, Protocol, TypeAlias, TypeVar

from attrs import evolve, fields, frozen

from certlib.actors import TENANT, Actor, Role
from certlib.adapters.memory import MemoryStore
from certlib.certifications import Certification
from certlib.errors import RefusedError
from certlib.learners import Learner
from certlib.periods import DAY
from certlib.ports import EnrollmentKey, Sources, Store
from certlib.recording import change_of
from certlib.service import Service
from certlib.state import (
    TABLE,
    Accepted,
    Case,
    Command,
    Decision,
    Enrollment,
    Event,
    Notice,
    Status,
    Table,
    decide,
    fulfil,
    plan,
)
from certlib.state.commands import CompleteStep
from certlib.state.facts import StepCompleted
from certlib.state.fulfilment import FOLLOWED, SYSTEM
from certlib.state.table import word
from certlib.testing.attempts import (
    TESTER,
    Attempt,
    boundaries,
    draw_attempt,
    draw_completion,
    draw_later,
)
from certlib.testing.candidates import Candidates
from certlib.testing.laws import INVARIANTS, AcceptedStep, Invariant, broken_by
from certlib.transcript import Completion

__all__ = ["BrokenSeedError", "Deed", "Life", "Oracle", "SimulatedStore", "simulate"]

T = TypeVar("T")
Oracle: TypeAlias = Callable[
    [Sequence[Event], datetime, datetime | None], tuple[Status | str | None, bool]
]
"""Another way to the status and to whether somebody is certified: by a history, an instant, and as known when."""

BEGIN: Final = datetime(2023, 3, 1, 9, tzinfo=UTC)
YEAR: Final = timedelta(days=366)
MOMENT: Final = timedelta(microseconds=1)
TRIES: Final = 3
"""How many commands are drawn until one would be accepted: else little but refusals would happen."""
QUESTIONS: Final = ("certified", "explain", "history", "outlook", "outlook")
"""What is asked besides standings and searches, the cheap ones more often."""
LAST_QUESTIONS: Final = 3
"""How many are asked about each learner in the end."""
MANY: Final = 1_000_000
ADMIN: Final = Actor(role=Role.ADMIN, id=TESTER)


class SimulatedStore(Store, Sources, Protocol):
    """What is simulated: a store that takes learners and certifications as well."""

    def put_learners(self, learners: Iterable[Learner]) -> None:
        """Add learners, and replace those with the same id."""
        ...

    def put_certifications(self, certifications: Iterable[Certification]) -> None:
        """Add certifications, and replace those with the same code."""
        ...

    def notices(self, *, limit: int, after: int = 0) -> tuple[tuple[int, Notice], ...]:
        """Return notices with their ids, in the order in which they were saved, those after an id."""
        ...


@frozen(kw_only=True)
class Deed:
    """What happened in one step."""

    step: int
    now: datetime
    learner: str
    """Whom it was about; a sweep is about everybody."""
    what: Command | Completion | None
    """None: a sweep."""
    by: Actor
    rows: tuple[str, ...] = ()
    """The names of the rows by which something was recorded."""
    refused: tuple[str, ...] = ()
    """The codes of the reasons why it was not done."""

    def __str__(self) -> str:
        outcome = ""
        if self.rows:
            outcome = ": " + ", ".join(self.rows)
        elif self.refused:
            outcome = ": refused, " + ", ".join(self.refused)
        about = "" if self.what is None else f" for {self.learner}"
        return f"{self.step}. {self.now:%Y-%m-%d %H:%M} {_told(self.what)}{about} by {self.by}{outcome}"


def _told(what: Command | Completion | None) -> str:
    if what is None:
        return "sweep"
    if isinstance(what, Completion):
        return f"completion(training={what.training}, at={what.on or what.at})"
    given = (
        f"{each.name}={getattr(what, each.name)}"
        for each in fields(type(what))
        if getattr(what, each.name) != each.default
    )
    return f"{what.name}({', '.join(given)})"


@frozen(kw_only=True)
class Life:
    """What a seed has lived."""

    seed: int | str
    now: datetime
    """When it ended."""
    deeds: tuple[Deed, ...]
    service: Service
    """Over the store that was swept."""


class BrokenSeedError(AssertionError):
    """Something that always holds did not, in the life of a seed; the message says how to live it again."""

    def __init__(self, message: str, *, seed: int | str, step: int) -> None:
        """Keep the seed, and the step in which it broke."""
        super().__init__(message)
        self.seed: int | str = seed
        self.step: int = step


def simulate(
    certification: Certification,
    *,
    seed: int | str,
    steps: int = 200,
    learners: int = 4,
    begin: datetime | None = None,
    table: Table = TABLE,
    candidates: Candidates | None = None,
    laws: Sequence[Invariant] = INVARIANTS,
    oracle: Oracle | None = None,
    store: Callable[[], SimulatedStore] = MemoryStore,
    service: type[Service] = Service,
) -> Life:
    """Live the life of a seed, so many steps long; raise `BrokenSeedError` where something breaks.

    Args:
        certification: With all its versions; those published while a life goes on are moved to.
        seed: The same seed lives the same life.
        steps: A shorter life is the beginning of a longer one.
        learners: How many take part.
        begin: When it begins; by default in 2023, or a year after the first publication if that is later.
        table: The rows that decide; a host's own is simulated like certlib's.
        candidates: What to try of commands that a host has added (`certlib.testing.candidates`).
        laws: What has to hold after every command; add your own to `INVARIANTS`.
        oracle: Another way to the same answers, which is asked as well.
        store: Makes the store that is swept; it is compared with one in memory, which never is.
        service: Makes the service over the store that is swept.
    """
    life = _Simulation(
        certification,
        seed=f"{seed}",
        learners=tuple(Learner(id=f"learner-{number}") for number in range(1, learners + 1)),
        begin=begin or _beginning(certification),
        both=_both(service, store(), table),
        rules=_Rules(table=table, candidates=candidates, laws=tuple(laws), oracle=oracle),
    )
    try:
        for _ in range(steps):
            life.step()
        life.end()
    except Exception as error:
        options = "" if learners == 4 else f", learners={learners}"
        options += "" if begin is None else f", begin={begin!r}"
        again = f"simulate(certification, seed={seed!r}, steps={life.number}{options})"
        is_known = isinstance(error, _Broken)
        what = f"{error}" if is_known else f"{type(error).__name__}: {error}"
        raise BrokenSeedError(
            f"{certification.code}, seed {seed!r}, step {life.last}: {what}\n"
            f"to live it again: {again}",
            seed=seed,
            step=life.number,
        ) from (None if is_known else error)
    return Life(seed=seed, now=life.now, deeds=tuple(life.deeds), service=life.both.swept)


def _both(service: type[Service], store: SimulatedStore, table: Table) -> _Both:
    never = MemoryStore()
    return _Both(
        swept=service(store=store, sources=store, table=table),
        never=Service(store=never, sources=never, table=table),
        stores=(store, never),
    )


def _beginning(certification: Certification) -> datetime:
    published = [each.published_at for each in certification.versions]
    first = min((at for at in published if at is not None), default=None)
    return BEGIN if first is None else max(BEGIN, first + YEAR)


def _codes(decision: Decision) -> tuple[str, ...]:
    return () if isinstance(decision, Accepted) else tuple(each.code for each in decision.reasons)


class _Broken(Exception):  # noqa: N818 (nobody sees it: `simulate` tells what broke in which step)
    """Something does not hold."""


def _broken(what: str) -> NoReturn:
    raise _Broken(what)


@frozen(kw_only=True)
class _Both:
    """The same people and the same catalog in two stores: one is swept, one never."""

    swept: Service
    never: Service
    stores: tuple[SimulatedStore, SimulatedStore]

    def put(self, *values: Learner | Certification) -> None:
        for store in self.stores:
            for value in values:
                if isinstance(value, Learner):
                    store.put_learners([value])
                else:
                    store.put_certifications([value])

    def alike(self, what: str, ask: Callable[[Service], T]) -> T:
        """Ask both, and return the answer."""
        swept, never = ask(self.swept), ask(self.never)
        if swept != never:
            _broken(f"{what}: {swept} where it is swept, {never} where it never was")
        return never


@frozen(kw_only=True)
class _Rules:
    """What decides, and what is looked at."""

    table: Table
    candidates: Candidates | None
    laws: tuple[Invariant, ...]
    oracle: Oracle | None


Records: TypeAlias = tuple[Enrollment | None, tuple[Event, ...]]
"""What a store holds of a learner."""


class _Simulation:
    """A life while it is lived."""

    def __init__(
        self,
        certification: Certification,
        *,
        seed: str,
        learners: tuple[Learner, ...],
        begin: datetime,
        both: _Both,
        rules: _Rules,
    ) -> None:
        self.random, self.asking = Random(seed), Random(f"{seed}, asked")  # noqa: S311 (no secrets)
        self.certification, self.learners = certification, learners
        self.now, self.both, self.rules = begin, both, rules
        self.number = 0
        self.deeds: list[Deed] = []
        self.about = learners[0]
        self.known: dict[str, tuple[Records, Records]] = {}
        """What each store held of each learner when it was last looked at."""
        self.answered: dict[str, list[tuple[datetime, Status | None]]] = {}
        """What was answered about each learner at instants that nothing recorded later may reach."""
        self.noticed = 0
        both.put(certification, *learners)
        for each in learners:
            self.known[each.id] = ((None, ()), (None, ()))
            self.answered[each.id] = []

    @property
    def last(self) -> str:
        """The step that is being lived, in words."""
        if len(self.deeds) < self.number:
            return f"{self.number}. choosing what to do"
        return str(self.deeds[-1])

    # --- what happens -----------------------------------------------------------------------------

    def step(self) -> None:
        """Let the clock move and something happen, and look."""
        self.number += 1
        self.about = self.random.choice(self.learners)
        case = self._case(self.about)
        self.now = draw_later(self.random, case, self.now)
        if self.random.random() < 0.1:
            self.now += MOMENT
        chance = self.random.random()
        completion = draw_completion(self.random, case, self.now) if chance < 0.1 else None
        if completion is not None:
            self._complete(case, completion)
        elif chance < 0.2:
            self._sweep(case)
        else:
            self._give(case)
        self._ask(self.about.id)

    def end(self) -> None:
        """Look at everything once more."""
        for each in self.learners:
            for _ in range(LAST_QUESTIONS):
                self._standing(each.id, *self._instants(each.id))
            for at, then in self.answered[each.id][::5]:
                self._still(each.id, at, then)
            self._same("reminders", each.id, at=self.now)
        recorded = [event.recorded_at for each in self.known.values() for event in each[1][1][-1:]]
        at = max(self.now, *recorded) if recorded else self.now
        for finding in self.both.swept.audit(actor=ADMIN, at=at):
            _broken(f"an audit finds {finding}")

    def _sweep(self, case: Case) -> None:
        """Sweep one store, in time, late, ahead of time, or around an instant at which something changes."""
        random = self.random
        odd = (timedelta(), timedelta(days=random.randint(-20, 60)))
        near = [instant - self.now for instant in boundaries(case)] or [timedelta()]
        at = self.now + random.choice(
            (*odd, random.choice(near) + random.choice((-1, 0, 1)) * MOMENT)
        )
        self._begin(None, SYSTEM, at)
        last = self.both.stores[0].last_sweep()
        self._notices()
        done = self.both.swept.sweep(actor=SYSTEM, now=at)
        if done.skipped is not (last is not None and at < last):
            _broken(f"a sweep after one of {last} says {done}")
        for each in self.learners:
            before = self.known[each.id]
            if self._look(each.id) != before:
                _broken(f"a sweep has changed what is recorded of {each.id}")
        self._look_at_notices(at, self._notices(), skipped=done.skipped)

    def _complete(self, case: Case, completion: Completion) -> None:
        self._begin(completion, ADMIN, self.now)
        made = self.both.alike(
            "what was done about a completion",
            lambda service: service.record(
                [completion], learner=case.learner.id, actor=ADMIN, now=self.now
            ),
        )
        self._follow(case, [(self._given_by_system(each), SYSTEM, each) for each in made])

    def _give(self, case: Case) -> None:
        """Give a command; sometimes to an inactive learner, or while the certification is not active."""
        chance = self.random.random()
        learner = evolve(case.learner, active=chance > 0.04)
        certification = evolve(case.certification, active=chance < 0.99)
        case = evolve(case, learner=learner, certification=certification)
        tried, decision = self._drawn(case)
        self._begin(tried.command, tried.actor, self.now)
        changed = tuple(
            (other, usual)
            for other, usual in ((learner, self.about), (certification, self.certification))
            if not other.active
        )
        self.both.put(*(other for other, _ in changed))
        key = f"step {self.number}" if self.random.random() < 0.1 else None
        reasons = self._performed(tried, key)
        codes = _codes(decision)
        if codes != reasons:
            _broken(f"refused because of {codes or None}, and by the service of {reasons or None}")
        self.deeds[-1] = evolve(self.deeds[-1], refused=codes)
        made = list(self._consequences(case, tried, decision))
        if made:
            accepted = [each for _, _, each in made]
            self.both.stores[1].save((change_of(case, accepted, now=self.now, key=key),))
        self._follow(case, made)
        if made and key is not None:
            refused, known = self._performed(tried, key), self.known[self.about.id]
            if refused or self._look(self.about.id) != known:
                _broken("given again under the same key, it is not as if it had not been")
        self.both.put(*(usual for _, usual in changed))

    def _drawn(self, case: Case) -> tuple[Attempt, Decision]:
        """Return what is tried, and what the core says to it; mostly it says yes, if there is such a thing."""
        for _ in range(TRIES - 1):
            tried, decision = self._draw(case)
            if isinstance(decision, Accepted) or self.random.random() < 0.25:
                return tried, decision
        return self._draw(case)

    def _draw(self, case: Case) -> tuple[Attempt, Decision]:
        rules = self.rules
        tried = draw_attempt(
            self.random, case, self.now, table=rules.table, candidates=rules.candidates
        )
        if self.random.random() < 0.02:
            tried = evolve(tried, actor=evolve(tried.actor, id=case.learner.id, scope=TENANT))
        actor = evolve(tried.actor, scope=TENANT)  # whom he reaches is not what is tried here
        tried = evolve(tried, actor=actor)
        return tried, decide(case, tried.command, actor=actor, now=self.now, table=rules.table)

    def _performed(self, tried: Attempt, key: str | None) -> tuple[str, ...]:
        """Return why the service refuses a command; nothing if it does not."""
        try:
            self.both.swept.perform(
                tried.command,
                learner=self.about.id,
                certification=self.certification.code,
                actor=tried.actor,
                now=self.now,
                key=key,
            )
        except RefusedError as error:
            return tuple(reason.code for reason in error.reasons)
        return ()

    def _consequences(
        self, case: Case, tried: Attempt, decision: Decision
    ) -> Iterator[tuple[Command, Actor, Accepted]]:
        """Yield what a command records, and what the system does at once because of it."""
        if not isinstance(decision, Accepted):
            return
        yield tried.command, tried.actor, decision
        if isinstance(tried.command, FOLLOWED):
            changed = case.after(decision.enrollment, decision.events)
            for each in fulfil(changed, now=self.now, table=self.rules.table):
                yield self._given_by_system(each), SYSTEM, each

    def _given_by_system(self, made: Accepted) -> Command:
        event = made.events[0]
        if isinstance(event.fact, StepCompleted):
            return CompleteStep(at=event.at, step=event.fact.step, path=event.fact.path)
        kind = next(row.command for row in self.rules.table.rows if row.name == event.row)
        return kind(at=event.at)

    def _begin(self, what: Command | Completion | None, by: Actor, now: datetime) -> None:
        deed = Deed(step=self.number, now=now, learner=self.about.id, what=what, by=by)
        self.deeds.append(deed)

    # --- what has to hold -------------------------------------------------------------------------

    def _follow(self, case: Case, made: Sequence[tuple[Command, Actor, Accepted]]) -> None:
        """Look at what was recorded: it is what was decided, on both sides, and breaks no law."""
        before = self.known[self.about.id]
        after = self.known[self.about.id] = self._look(self.about.id)
        events = tuple(event for _, _, each in made for event in each.events)
        enrollment = made[-1][2].enrollment if made else before[0][0]
        for (_, was), (is_, history) in zip(before, after, strict=True):
            if history[: len(was)] != was:
                _broken("what was recorded has been rewritten")
            if history[len(was) :] != events:
                _broken(f"decided was {events}, and recorded {history[len(was) :]}")
            if is_ != enrollment:
                _broken(f"decided was {enrollment}, and stored {is_}")
        rows = tuple(dict.fromkeys(event.row for event in events))
        self.deeds[-1] = evolve(self.deeds[-1], rows=rows)
        for command, actor, each in made:
            changed = case.after(each.enrollment, each.events)
            self._judge(case, command, actor, each, changed)
            case = changed
        if events:
            recorded_at = events[0].recorded_at
            told = self.answered[self.about.id]
            self.answered[self.about.id] = [each for each in told if each[0] < recorded_at]

    def _judge(
        self, before: Case, command: Command, actor: Actor, accepted: Accepted, after: Case
    ) -> None:
        row = self.rules.table.row(accepted.before, type(command))
        if row is not None and accepted.after not in row.to:
            listed = ", ".join(sorted(word(status) for status in row.to))
            _broken(f"{row.pair} leads to {listed}, not to {word(accepted.after)}")
        taken = AcceptedStep(
            before=before,
            command=command,
            actor=actor,
            now=max(self.now, accepted.enrollment.last_fact_at or self.now),
            accepted=accepted,
            after=after,
        )
        for sentence in broken_by(taken, self.rules.laws):
            _broken(f"not so: {sentence}")

    def _look(self, learner: str) -> tuple[Records, Records]:
        key = EnrollmentKey(learner, self.certification.code)
        swept, never = (
            (store.load([key]).get(key), store.history([key]).get(key, ()))
            for store in self.both.stores
        )
        return swept, never

    def _case(self, learner: Learner) -> Case:
        enrollment, history = self.known[learner.id][1]
        blank = Case.blank(learner=learner, certification=self.certification)
        transcript = self.both.never.sources.transcripts([learner.id]).get(
            learner.id, blank.transcript
        )
        return evolve(
            blank,
            enrollment=enrollment or blank.enrollment,
            history=history,
            transcript=transcript,
        )

    def _look_at_notices(self, at: datetime, written: Sequence[Notice], *, skipped: bool) -> None:
        """A sweep tells what is due, when it was due, and all of it."""
        if not any(version.policy.reminders for version in self.certification.versions):
            return
        planned = [
            each.notice
            for learner in self.learners
            for each in plan(
                self.known[learner.id][0][1], self.certification, learner=learner.id, until=at
            )
            if each.withdrawn_at is None
        ]
        for notice in written:
            if notice not in planned:
                _broken(f"a sweep told what is not due: {notice}")
        if skipped or at < max(deed.now for deed in self.deeds):
            return  # one that is behind the clock may leave it to the next
        keys = [EnrollmentKey(each.id, self.certification.code) for each in self.learners]
        told = self.both.stores[0].notice_keys(keys)
        for notice in planned:
            key = EnrollmentKey(notice.learner, notice.certification)
            if notice.key not in told.get(key, ()):
                _broken(f"a sweep has not told what is due: {notice}")

    def _notices(self) -> list[Notice]:
        """Return the notices that have come since this was asked last."""
        found = self.both.stores[0].notices(limit=MANY, after=self.noticed)
        self.noticed = found[-1][0] if found else self.noticed
        return [notice for _, notice in found]

    # --- what is asked ----------------------------------------------------------------------------

    def _ask(self, learner: str) -> None:
        """Ask for the standing now, mostly, and by turns for everything else."""
        draw, turn = self.asking, self.number % 6
        told, history = self.answered[learner], self.known[learner][1][1]
        if self.deeds[-1].rows or turn in {0, 2, 4}:
            status = self._standing(learner, self.now, None)
            if not history or history[-1].recorded_at <= self.now:
                told.append((self.now, status))
        if turn in {0, 3}:
            self._standing(learner, *self._instants(learner))
        elif turn == 1 and told:
            self._still(learner, *draw.choice(told))
        elif turn in {2, 4}:
            # Most of the time somebody whose index is not as fresh as that of who has just acted.
            other = draw.choice(self.learners).id
            self._found(other, self._standing(other, self.now, None))
        elif turn == 5:
            question = draw.choice(QUESTIONS)
            at, known_at = self._instants(learner)
            self._same(question, learner, at=at, known_at=known_at)

    def _instants(self, learner: str) -> tuple[datetime, datetime | None]:
        """Return an instant worth asking about, and as known when: just around what happens, mostly."""
        draw, (enrollment, history) = self.asking, self.known[learner][1]
        near = [self.now, *(event.at for event in history[-8:])]
        if enrollment is not None:
            near += boundaries(evolve(self._blank, enrollment=enrollment))
        at = draw.choice(near) + draw.choice((-DAY, -MOMENT, timedelta(), MOMENT, DAY))
        known_at = draw.choice((None, at, self.now, draw.choice(near)))
        return at, known_at

    @property
    def _blank(self) -> Case:
        return Case.blank(learner=self.learners[0], certification=self.certification)

    def _standing(self, learner: str, at: datetime, known_at: datetime | None) -> Status | None:
        """Return the status, which both know, and the oracle, too."""
        found = self.both.alike(
            f"the standing at {at}, as known at {known_at}",
            lambda service: tuple(
                service.statuses(actor=ADMIN, at=at, known_at=known_at, learner=learner)
            ),
        )
        status = found[0].status if found else None
        if self.rules.oracle is not None:
            history = self.known[learner][1][1]
            other, certified = self.rules.oracle(history, at, known_at)
            if other != status or (found and found[0].certified is not certified):
                _broken(
                    f"at {at}, as known at {known_at}, the status is {word(status)},"
                    f" certified: {bool(found and found[0].certified)};"
                    f" the oracle says {other}, certified: {certified}"
                )
        return status

    def _still(self, learner: str, at: datetime, then: Status | None) -> None:
        found = next(
            self.both.swept.statuses(actor=ADMIN, at=at, known_at=at, learner=learner), None
        )
        again = found.status if found else None
        if again is not then:
            _broken(
                f"as known at {at}, the status was {word(then)}; asked again it is {word(again)}"
            )

    def _found(self, learner: str, status: Status | None) -> None:
        """Search by a status: who is in it is found, and nobody else."""
        for wanted in (status, self.asking.choice(tuple(Status))):
            if wanted is None:
                continue
            for how, service in (("swept", self.both.swept), ("never swept", self.both.never)):
                found = any(
                    True
                    for _ in service.statuses(
                        actor=ADMIN, at=self.now, learner=learner, status=wanted
                    )
                )
                if found is not (wanted is status):
                    _broken(
                        f"{how}, the status at {self.now} is {word(status)}; searched by"
                        f" {word(wanted)}, {learner} is {'' if found else 'not '}found"
                    )

    def _same(self, question: str, learner: str, **when: datetime | None) -> None:
        """Ask both services one of their questions, by its name."""
        told = ", ".join(f"{name} {instant}" for name, instant in when.items())
        ask = methodcaller(
            question,
            learner=learner,
            certification=self.certification.code,
            actor=ADMIN,
            **when,
        )
        self.both.alike(f"{question}, {told}", ask)
