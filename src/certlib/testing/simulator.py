"""A simulator: years of a few learners in a certification, drawn from a seed and checked all the time.

    from certlib.testing.simulator import simulate

    simulate(FORKLIFT, seed=1)

In every step the clock moves: forward, back, not at all, or to just around a change. Then something
happens: a command, which may be dated late, come from the wrong actor, or name something that does not
exist; an award on any day in the past; a strike; a completion; a sweep. Everything is recorded in two
stores, one that is swept at odd times and one that never is. After every step:

- the service refused and recorded exactly what the core decides, in both stores;
- the laws hold (`STEP_LAWS`), and each row led to a status that it lists;
- both stores give the same answers, including searches by status;
- earlier answers are unchanged when asked as known then;
- a sweep recorded no facts, and wrote only notices that were due, dated when they were due.

The same seed gives the same run everywhere. A failure names the seed, the step, and the call that
repeats the run up to there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from operator import methodcaller
from random import Random
from types import MappingProxyType
from typing import Final, NoReturn, Protocol, TypeAlias, TypeVar

from attrs import evolve, fields, frozen

from certlib._recording import change_of
from certlib.actors import TENANT, Actor, Role
from certlib.adapters.memory import MemoryStore
from certlib.certifications import Certification
from certlib.errors import RefusedError
from certlib.learners import AttributeValue, Learner
from certlib.periods import DAY
from certlib.ports import EnrollmentKey, Sources, Store
from certlib.serialize import KINDS, Kinds
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
from certlib.state._fulfilment import FOLLOWED, SYSTEM
from certlib.state._table import status_name
from certlib.state.commands import CompleteStep
from certlib.state.facts import StepCompleted
from certlib.testing._attempts import (
    TESTER,
    Attempt,
    boundaries,
    draw_attempt,
    draw_completion,
    draw_later,
)
from certlib.testing._candidates import Candidates
from certlib.testing._laws import STEP_LAWS, AcceptedStep, StepLaw, broken_by
from certlib.transcript import Completion

__all__ = ["BrokenSeedError", "Oracle", "Run", "RunStep", "SimulatedStore", "simulate"]

T = TypeVar("T")
Oracle: TypeAlias = Callable[
    [Sequence[Event], datetime, datetime | None], tuple[Status | str | None, bool]
]
"""An independent function from (history, instant, known-at) to (status, certified)."""

BEGIN: Final = datetime(2023, 3, 1, 9, tzinfo=UTC)
YEAR: Final = timedelta(days=366)
MOMENT: Final = timedelta(microseconds=1)
TRIES: Final = 3
"""How many commands are drawn until one would be accepted; without this, most would be refused."""
QUESTIONS: Final = ("certified", "explain", "history", "outlook", "outlook")
"""Questions asked besides statuses and searches; the cheap ones appear more often."""
LAST_QUESTIONS: Final = 3
"""How many questions are asked about each learner at the end."""
MANY: Final = 1_000_000
ADMIN: Final = Actor(role=Role.ADMIN, id=TESTER)


class SimulatedStore(Store, Sources, Protocol):
    """A store for simulations: it also takes learners and certifications."""

    def put_learners(self, learners: Iterable[Learner]) -> None:
        """Add learners, and replace those with the same id."""
        ...

    def put_certifications(self, certifications: Iterable[Certification]) -> None:
        """Add certifications, and replace those with the same code."""
        ...

    def notices(self, *, limit: int, after: int = 0) -> tuple[tuple[int, Notice], ...]:
        """Return notices with their ids, in the order in which they were saved, from the one after an id."""
        ...


@frozen(kw_only=True, repr=False)
class RunStep:
    """What happened in one step; ``str`` tells it on a line."""

    number: int
    now: datetime
    learner: str
    """The id of the learner; a sweep is about everybody."""
    what: Command | Completion | None
    """None for a sweep."""
    by: Actor
    rows: tuple[str, ...] = ()
    """The names of the rows that recorded something."""
    refused: tuple[str, ...] = ()
    """The codes of the reasons for a refusal."""

    def __str__(self) -> str:
        outcome = ""
        if self.rows:
            outcome = ": " + ", ".join(self.rows)
        elif self.refused:
            outcome = ": refused, " + ", ".join(self.refused)
        about = "" if self.what is None else f" for {self.learner}"
        what = _in_words(self.what)
        return f"{self.number}. {self.now:%Y-%m-%d %H:%M} {what}{about} by {self.by}{outcome}"

    def __repr__(self) -> str:
        return f"<RunStep {self}>"


def _in_words(what: Command | Completion | None) -> str:
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


@frozen(kw_only=True, repr=False)
class Run:
    """The finished run of a seed. Its ``repr`` fits on a line."""

    seed: int | str
    now: datetime
    """When it ended."""
    steps: tuple[RunStep, ...]
    service: Service
    """The service over the store that was swept."""

    def __repr__(self) -> str:
        return (
            f"<Run of seed {self.seed!r}: {len(self.steps)} steps up to {self.now:%Y-%m-%d %H:%M}>"
        )


class BrokenSeedError(AssertionError):
    """A check failed in the run of a seed; the message says which one, and how to repeat the run."""

    def __init__(self, message: str, *, seed: int | str, step: int) -> None:
        """Keep the seed, and the number of the step that failed."""
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
    laws: Iterable[StepLaw] = STEP_LAWS,
    oracle: Oracle | None = None,
    store: Callable[[], SimulatedStore] | None = None,
    service: type[Service] = Service,
    attributes: Mapping[str, AttributeValue] = MappingProxyType({}),
    kinds: Kinds = KINDS,
) -> Run:
    """Run a seed for so many steps; raise `BrokenSeedError` if a check fails.

    Args:
        certification: With all its versions; some may be published during the run.
        seed: The same seed gives the same run.
        steps: A shorter run is the beginning of a longer one.
        learners: How many learners take part.
        begin: When the run begins; by default in 2023, or a year after the first publication if later.
        table: The rows that decide.
        candidates: What to try of your own commands.
        laws: What must hold after every command; add your own to `STEP_LAWS`.
        oracle: An independent function that gives the same answers; compared if given.
        store: Makes the store that is swept; it is compared with one in memory that never is.
        service: Makes the service over the store that is swept.
        attributes: What the host knows of the learners, for rules that look at it.
        kinds: A host's own rules, requirements and paths.
    """
    run = _Simulation(
        certification,
        seed=f"{seed}",
        learners=tuple(
            Learner(id=f"learner-{number}", attributes=attributes)
            for number in range(1, learners + 1)
        ),
        begin=begin or _beginning(certification),
        both=_both(service, store() if store else MemoryStore(kinds=kinds), table, kinds),
        rules=_Rules(table=table, candidates=candidates, laws=tuple(laws), oracle=oracle),
    )
    try:
        for _ in range(steps):
            run.step()
        run.end()
    except Exception as error:
        options = "" if learners == 4 else f", learners={learners}"
        options += "" if begin is None else f", begin={begin!r}"
        again = f"simulate(certification, seed={seed!r}, steps={run.number}{options})"
        is_known = isinstance(error, _Broken)
        what = f"{error}" if is_known else f"{type(error).__name__}: {error}"
        raise BrokenSeedError(
            f"{certification.code}, seed {seed!r}, step {run.last}: {what}\nto repeat it: {again}",
            seed=seed,
            step=run.number,
        ) from (None if is_known else error)
    return Run(seed=seed, now=run.now, steps=tuple(run.steps), service=run.both.swept)


def _both(service: type[Service], store: SimulatedStore, table: Table, kinds: Kinds) -> _Both:
    never = MemoryStore(kinds=kinds)
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


class _Broken(Exception):  # noqa: N818 (internal: `simulate` raises BrokenSeedError instead)
    """A check failed."""


def _broken(what: str) -> NoReturn:
    raise _Broken(what)


@frozen(kw_only=True)
class _Both:
    """Two stores with the same learners and certifications: one is swept, one never."""

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

    def same_answer(self, what: str, ask: Callable[[Service], T]) -> T:
        """Ask both services, and return the answer; fail if they differ."""
        swept, never = ask(self.swept), ask(self.never)
        if swept != never:
            _broken(f"{what}: {swept} from the swept store, {never} from the other")
        return never


@frozen(kw_only=True)
class _Rules:
    """What decides, and what is checked."""

    table: Table
    candidates: Candidates | None
    laws: tuple[StepLaw, ...]
    oracle: Oracle | None


Records: TypeAlias = tuple[Enrollment | None, tuple[Event, ...]]
"""A learner's stored enrollment and history."""


class _Simulation:
    """A run in progress."""

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
        self.steps: list[RunStep] = []
        self.about = learners[0]
        self.known: dict[str, tuple[Records, Records]] = {}
        """What each store held about each learner when last loaded."""
        self.answered: dict[str, list[tuple[datetime, Status | None]]] = {}
        """Each learner's statuses, answered at instants that later recordings cannot change."""
        self.noticed = 0
        both.put(certification, *learners)
        for each in learners:
            self.known[each.id] = ((None, ()), (None, ()))
            self.answered[each.id] = []

    @property
    def last(self) -> str:
        """The current step, in words."""
        if len(self.steps) < self.number:
            return f"{self.number}. choosing what to do"
        return str(self.steps[-1])

    # --- steps ----------------------------------------------------------------------------------

    def step(self) -> None:
        """Move the clock, let something happen, and check."""
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
        """Check everything once more."""
        for each in self.learners:
            for _ in range(LAST_QUESTIONS):
                self._status(each.id, *self._instants(each.id))
            for at, then in self.answered[each.id][::5]:
                self._check_again(each.id, at, then)
            self._compare("reminders", each.id, at=self.now)
        recorded = [event.recorded_at for each in self.known.values() for event in each[1][1][-1:]]
        at = max(self.now, *recorded) if recorded else self.now
        for finding in self.both.swept.audit(actor=ADMIN, at=at):
            _broken(f"an audit finds {finding}")

    def _sweep(self, case: Case) -> None:
        """Sweep one store: in time, late, early, or around a change."""
        random = self.random
        odd = (timedelta(), timedelta(days=random.randint(-20, 60)))
        near = [instant - self.now for instant in boundaries(case)] or [timedelta()]
        at = self.now + random.choice(
            (*odd, random.choice(near) + random.choice((-1, 0, 1)) * MOMENT)
        )
        self._begin(None, SYSTEM, at)
        last = self.both.stores[0].last_sweep()
        self._notices()
        done = self.both.swept.sweep(actor=SYSTEM, now=at, far_ahead=True)
        if done.skipped is not (last is not None and at < last):
            _broken(f"a sweep at {at}, after one at {last}, answered {done}")
        for each in self.learners:
            before = self.known[each.id]
            if self._stored(each.id) != before:
                _broken(f"a sweep changed what is recorded about {each.id}")
        self._check_notices(at, self._notices(), skipped=done.skipped)

    def _complete(self, case: Case, completion: Completion) -> None:
        self._begin(completion, ADMIN, self.now)
        made = self.both.same_answer(
            "what a completion recorded",
            lambda service: service.record(
                [completion], learner=case.learner.id, actor=ADMIN, now=self.now
            ),
        )
        self._check_recorded(case, [(self._system_command(each), SYSTEM, each) for each in made])

    def _give(self, case: Case) -> None:
        """Give a command; sometimes to an inactive learner, or in an inactive certification."""
        chance = self.random.random()
        learner = evolve(case.learner, active=chance > 0.04)
        certification = evolve(case.certification, active=chance < 0.99)
        case = evolve(case, learner=learner, certification=certification)
        tried, decision = self._draw_likely(case)
        self._begin(tried.command, tried.actor, self.now)
        changed = tuple(
            (other, usual)
            for other, usual in ((learner, self.about), (certification, self.certification))
            if not other.active
        )
        self.both.put(*(other for other, _ in changed))
        key = f"step {self.number}" if self.random.random() < 0.1 else None
        reasons = self._refusal_codes(tried, key)
        codes = _codes(decision)
        if codes != reasons:
            _broken(f"the core refuses with {codes or None}, the service with {reasons or None}")
        self.steps[-1] = evolve(self.steps[-1], refused=codes)
        made = list(self._consequences(case, tried, decision))
        if made:
            accepted = [each for _, _, each in made]
            self.both.stores[1].save((change_of(case, accepted, now=self.now, key=key),))
        self._check_recorded(case, made)
        if made and key is not None:
            refused, known = self._refusal_codes(tried, key), self.known[self.about.id]
            if refused or self._stored(self.about.id) != known:
                _broken("a command given again under the same key changed something")
        self.both.put(*(usual for _, usual in changed))

    def _draw_likely(self, case: Case) -> tuple[Attempt, Decision]:
        """Return a command and what the core decides; mostly one that is accepted, if there is one."""
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
        actor = evolve(tried.actor, scope=TENANT)  # scopes are not tried here
        tried = evolve(tried, actor=actor)
        return tried, decide(case, tried.command, actor=actor, now=self.now, table=rules.table)

    def _refusal_codes(self, tried: Attempt, key: str | None) -> tuple[str, ...]:
        """Return the codes with which the service refuses a command; none if it is accepted."""
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
        """Yield what a command records, and what the system records at once because of it."""
        if not isinstance(decision, Accepted):
            return
        yield tried.command, tried.actor, decision
        if isinstance(tried.command, FOLLOWED):
            changed = case.after(decision.enrollment, decision.events)
            for each in fulfil(changed, now=self.now, table=self.rules.table):
                yield self._system_command(each), SYSTEM, each

    def _system_command(self, made: Accepted) -> Command:
        event = made.events[0]
        if isinstance(event.fact, StepCompleted):
            return CompleteStep(at=event.at, step=event.fact.step, path=event.fact.path)
        kind = next(row.command for row in self.rules.table.rows if row.name == event.row)
        return kind(at=event.at)

    def _begin(self, what: Command | Completion | None, by: Actor, now: datetime) -> None:
        step = RunStep(number=self.number, now=now, learner=self.about.id, what=what, by=by)
        self.steps.append(step)

    # --- checks -----------------------------------------------------------------------------------

    def _check_recorded(self, case: Case, made: Sequence[tuple[Command, Actor, Accepted]]) -> None:
        """Check that both stores recorded exactly what was decided, and that no law is broken."""
        before = self.known[self.about.id]
        after = self.known[self.about.id] = self._stored(self.about.id)
        events = tuple(event for _, _, each in made for event in each.events)
        enrollment = made[-1][2].enrollment if made else before[0][0]
        for (_, was), (is_, history) in zip(before, after, strict=True):
            if history[: len(was)] != was:
                _broken("recorded events were rewritten")
            if history[len(was) :] != events:
                _broken(f"decided: {events}; recorded: {history[len(was) :]}")
            if is_ != enrollment:
                _broken(f"decided: {enrollment}; stored: {is_}")
        rows = tuple(dict.fromkeys(event.row for event in events))
        self.steps[-1] = evolve(self.steps[-1], rows=rows)
        for command, actor, each in made:
            changed = case.after(each.enrollment, each.events)
            self._check(case, command, actor, each, changed)
            case = changed
        if events:
            recorded_at = events[0].recorded_at
            answers = self.answered[self.about.id]
            self.answered[self.about.id] = [each for each in answers if each[0] < recorded_at]

    def _check(
        self, before: Case, command: Command, actor: Actor, accepted: Accepted, after: Case
    ) -> None:
        row = self.rules.table.row(accepted.before, type(command))
        if row is not None and accepted.after not in row.to:
            listed = ", ".join(sorted(status_name(status) for status in row.to))
            _broken(f"{row.pair} leads to {listed}, not to {status_name(accepted.after)}")
        step = AcceptedStep(
            before=before,
            command=command,
            actor=actor,
            now=max(self.now, accepted.enrollment.last_fact_at or self.now),
            accepted=accepted,
            after=after,
        )
        for sentence in broken_by(step, self.rules.laws):
            _broken(f"not so: {sentence}")

    def _stored(self, learner: str) -> tuple[Records, Records]:
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

    def _check_notices(self, at: datetime, written: Sequence[Notice], *, skipped: bool) -> None:
        """Check that a sweep wrote every notice that was due, and no other."""
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
                _broken(f"a sweep wrote a notice that is not due: {notice}")
        if skipped or at < max(step.now for step in self.steps):
            return  # a sweep behind the clock may leave the rest to the next one
        keys = [EnrollmentKey(each.id, self.certification.code) for each in self.learners]
        stored = self.both.stores[0].notice_keys(keys)
        for notice in planned:
            key = EnrollmentKey(notice.learner, notice.certification)
            if notice.key not in stored.get(key, ()):
                _broken(f"a sweep did not write a notice that is due: {notice}")

    def _notices(self) -> list[Notice]:
        """Return the notices saved since the last call."""
        found = self.both.stores[0].notices(limit=MANY, after=self.noticed)
        self.noticed = found[-1][0] if found else self.noticed
        return [notice for _, notice in found]

    # --- questions --------------------------------------------------------------------------------

    def _ask(self, learner: str) -> None:
        """Ask mostly for the status now, and everything else in turn."""
        draw, turn = self.asking, self.number % 6
        answers, history = self.answered[learner], self.known[learner][1][1]
        if self.steps[-1].rows or turn in {0, 2, 4}:
            status = self._status(learner, self.now, None)
            if not history or history[-1].recorded_at <= self.now:
                answers.append((self.now, status))
        if turn in {0, 3}:
            self._status(learner, *self._instants(learner))
        elif turn == 1 and answers:
            self._check_again(learner, *draw.choice(answers))
        elif turn in {2, 4}:
            # Mostly a learner whose index is not fresh, unlike that of the one who just acted.
            other = draw.choice(self.learners).id
            self._check_search(other, self._status(other, self.now, None))
        elif turn == 5:
            question = draw.choice(QUESTIONS)
            at, known_at = self._instants(learner)
            self._compare(question, learner, at=at, known_at=known_at)

    def _instants(self, learner: str) -> tuple[datetime, datetime | None]:
        """Return an instant to ask about, mostly around a change, and a known-at."""
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

    def _status(self, learner: str, at: datetime, known_at: datetime | None) -> Status | None:
        """Return the status; check that both stores and the oracle agree."""
        found = self.both.same_answer(
            f"the status at {at}, as known at {known_at}",
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
                    f"at {at}, as known at {known_at}, the status is {status_name(status)},"
                    f" certified: {bool(found and found[0].certified)};"
                    f" the oracle says {other}, certified: {certified}"
                )
        return status

    def _check_again(self, learner: str, at: datetime, then: Status | None) -> None:
        found = next(
            self.both.swept.statuses(actor=ADMIN, at=at, known_at=at, learner=learner), None
        )
        again = found.status if found else None
        if again is not then:
            _broken(
                f"as known at {at}, the status was {status_name(then)}; asked again it is {status_name(again)}"
            )

    def _check_search(self, learner: str, status: Status | None) -> None:
        """Check that searching by a status finds the learner exactly if they have it."""
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
                        f"{how}, the status at {self.now} is {status_name(status)}; searched by"
                        f" {status_name(wanted)}, {learner} is {'' if found else 'not '}found"
                    )

    def _compare(self, question: str, learner: str, **when: datetime | None) -> None:
        """Ask both services a question by its method's name, and compare the answers."""
        asked = ", ".join(f"{name} {instant}" for name, instant in when.items())
        ask = methodcaller(
            question,
            learner=learner,
            certification=self.certification.code,
            actor=ADMIN,
            **when,
        )
        self.both.same_answer(f"{question}, {asked}", ask)
