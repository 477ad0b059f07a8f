"""Reminders over random histories and random schedules of sweeps (P12b, T1).

Whatever people do and whenever somebody sweeps: what is in the outbox and was not taken back is what
the history makes due, and of no key is there more than one notice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from random import Random
from typing import Final

import pytest
from attrs import evolve, frozen

from certlib import Service
from certlib._recording import change_of
from certlib.adapters.memory import MemoryDatabase, MemoryStore
from certlib.adapters.sqlite import SqliteStore
from certlib.certifications import Certification
from certlib.learners import Learner
from certlib.periods import Period
from certlib.policies import About, Digest, Reminder, Reminders
from certlib.ports import NoticeState, Saved
from certlib.state import Accepted, Case, Event, Notice, plan, replay
from certlib.state._fold import struck_entries
from certlib.state._reminders import armed
from tests.histories import CERTIFICATIONS, Walk, walks
from tests.hosts import SYSTEM

pytestmark = pytest.mark.slow

ANN: Final = Learner(id="ann")
DAY: Final = timedelta(days=1)
WALKS: Final = 4
REMINDERS: Final = Reminders(
    at=(
        Reminder(days=-30),
        Reminder(days=-7),
        Reminder(days=0),
        Reminder(days=1),
        Reminder(about=About.GRACE, days=-3),
        Reminder(about=About.WINDOW, days=0),
        Reminder(about=About.DUE, days=-3),
        Reminder(about=About.DUE, days=1),
    ),
    digests=(Digest(about=About.EXPIRY, begins=Period.parse("P6W")),),
)


def reminding(certification: Certification) -> Certification:
    """A certification every version of which reminds of everything; no decision depends on that."""
    return evolve(
        certification,
        versions=tuple(
            evolve(version, policy=evolve(version.policy, reminders=REMINDERS))
            for version in certification.versions
        ),
    )


@frozen(kw_only=True)
class Entered:
    """A command of a walk that was accepted, and the clock by which it was given."""

    case: Case
    decision: Accepted
    now: datetime

    @property
    def recorded_at(self) -> datetime:
        return self.decision.events[0].recorded_at


def entries(walk: Walk, certification: Certification) -> tuple[Entered, ...]:
    return tuple(
        Entered(
            case=evolve(taken.before, learner=ANN, certification=certification),
            decision=accepted,
            now=taken.now,
        )
        for taken, accepted in walk.accepted
    )


class Host:
    """A store in which a walk is saved entry by entry, with sweeps between the entries."""

    def __init__(
        self, certification: Certification, store: MemoryStore | SqliteStore | None = None
    ) -> None:
        self.store = store or MemoryStore(MemoryDatabase())
        self.store.put_learners([ANN])
        self.store.put_certifications([certification])
        self.service = Service(store=self.store, sources=self.store)
        self.swept = 0

    def enter(self, entered: Entered) -> None:
        change = change_of(entered.case, (entered.decision,), now=entered.now)
        assert self.store.save((change,)) == (Saved(),)

    def sweep(self, now: datetime) -> None:
        self.swept += self.service.sweep(actor=SYSTEM, now=now, far_ahead=True).notices

    def tell(self, now: datetime) -> None:
        claimed = self.store.claim(limit=999, now=now, lease=now + DAY)
        self.store.acknowledge([id for id, _ in claimed])

    @property
    def kept(self) -> list[tuple[Notice, NoticeState]]:
        found = self.store.notices(limit=100_000)
        states = self.store.notice_states([id for id, _ in found])
        return [(notice, states[id]) for id, notice in found]

    @property
    def standing(self) -> set[str]:
        """The keys of reminders that were not taken back."""
        back = {notice.key for notice, _ in self.kept if notice.corrects}
        return {
            notice.key
            for notice, state in self.kept
            if notice.about is not None
            and not notice.corrects
            and state is not NoticeState.WITHDRAWN
            and notice.correction.key not in back
        }


def played(
    walk: Walk,
    certification: Certification,
    instants: Iterable[datetime],
    *,
    telling: bool = False,
    store: MemoryStore | SqliteStore | None = None,
) -> Host:
    """Save a walk with sweeps at these instants, those that fall on an entry's own left out."""
    host, waiting = Host(certification, store), sorted(instants)
    for entered in entries(walk, certification):
        while waiting and waiting[0] <= entered.recorded_at:
            now = waiting.pop(0)
            if now < entered.recorded_at:
                host.sweep(now)
                if telling:
                    host.tell(now)
        host.enter(entered)
    for now in waiting:
        host.sweep(now)
    return host


def bounds(walk: Walk) -> tuple[datetime, datetime]:
    history = walk.history
    return history[0].recorded_at, history[-1].recorded_at + timedelta(days=500)


def never(walk: Walk, random: Random) -> Iterator[datetime]:
    yield bounds(walk)[1]


def daily(walk: Walk, random: Random) -> Iterator[datetime]:
    now, until = bounds(walk)
    while now < until:
        yield now
        now += DAY
    yield until


def at_random(walk: Walk, random: Random) -> Iterator[datetime]:
    now, until = bounds(walk)
    while now < until:
        yield now
        now += timedelta(minutes=random.choice((0, 1, 2000, 40_000, 200_000)))
        now += timedelta(minutes=1)
    yield until


def at_instants_of_reminders(walk: Walk, random: Random) -> Iterator[datetime]:
    certification = reminding(walk.case.certification)
    _, until = bounds(walk)
    for _, found in known(walk.history, certification):
        yield from (notice.at for notice in found if notice.at < until and random.random() < 0.3)
    yield until


def known(
    history: tuple[Event, ...], certification: Certification
) -> Iterator[tuple[datetime, tuple[Notice, ...]]]:
    """What was armed after each entry, every one by a replay of all that was known then."""
    prefix: list[Event] = []
    for _, entry in groupby(history, key=lambda event: event.entry):
        prefix.extend(entry)
        enrollment = replay(prefix, learner="ann", certification=certification.code)
        yield prefix[-1].recorded_at, armed(enrollment, certification)


def twin(
    history: tuple[Event, ...], certification: Certification, until: datetime
) -> dict[str, datetime | None]:
    """Every reminder that became due, and when its reason went: in the plainest words."""
    states = list(known(history, certification))
    ends = [since for since, _ in states[1:]]
    found: dict[str, datetime | None] = {}
    for key in {notice.key for _, those in states for notice in those}:
        begun: datetime | None = None
        for (since, those), end in zip(states, (*ends, None), strict=True):
            notice = next((each for each in those if each.key == key), None)
            if notice is None:
                if key in found and found[key] is None and since <= until:
                    found[key] = since
                begun = None
                if key in found:
                    break
                continue
            begun = begun or since
            if begun <= notice.at <= until and (end is None or notice.at < end):
                found.setdefault(key, None)
    return found


@pytest.mark.parametrize("name", CERTIFICATIONS)
def test_what_is_planned_is_what_the_plainest_words_say(name: str) -> None:
    certification = reminding(CERTIFICATIONS[name])
    for walk in walks(name, WALKS):
        if not walk.history:
            continue
        first, last = bounds(walk)
        for until in (last, first + (last - first) / 2):
            planned = plan(walk.history, certification, learner="ann", until=until)
            assert {each.notice.key: each.withdrawn_at for each in planned} == twin(
                walk.history, certification, until
            )
            assert [each.notice.at for each in planned] == sorted(e.notice.at for e in planned)


SCHEDULES: Final[dict[str, Callable[[Walk, Random], Iterator[datetime]]]] = {
    "once": never,
    "daily": daily,
    "at random": at_random,
    "at their instants": at_instants_of_reminders,
}


@pytest.mark.parametrize("name", CERTIFICATIONS)
def test_whenever_it_is_swept_what_stands_is_what_is_planned(name: str) -> None:
    certification = reminding(CERTIFICATIONS[name])
    for number, walk in enumerate(walks(name, WALKS)):
        if not walk.history:
            continue
        _, until = bounds(walk)
        planned = plan(walk.history, certification, learner="ann", until=until)
        expected = {each.notice.key for each in planned if each.withdrawn_at is None}
        for schedule, instants in SCHEDULES.items():
            random = Random(f"{name} {number}")
            telling = schedule != "once" and number % 2 == 0
            host = played(walk, certification, instants(walk, random), telling=telling)
            assert host.standing == expected, schedule
            counted = Counter(notice.key for notice, _ in host.kept)
            assert set(counted.values()) <= {1}, schedule
            for notice, state in host.kept:
                if state is NoticeState.WITHDRAWN and notice.about is None:
                    assert notice.entry in struck_entries(walk.history)
                if notice.corrects:
                    assert evolve(notice, corrects=False).key in counted


@pytest.mark.parametrize("name", ["completion", "evidence", "expiry, Auckland"])
def test_a_file_keeps_what_memory_keeps(name: str, tmp_path: Path) -> None:
    certification = reminding(CERTIFICATIONS[name])
    for number, walk in enumerate(walks(name, 2)):
        instants = list(at_random(walk, Random(number)))
        in_memory = played(walk, certification, instants, telling=True)
        with SqliteStore.create(tmp_path / f"{number}.db") as store:
            in_file = played(walk, certification, instants, telling=True, store=store)
            assert in_file.kept == in_memory.kept
            assert in_file.swept == in_memory.swept


def test_the_walks_say_something() -> None:
    """Reminders came, of every day and of digests; some were taken back, some corrected."""
    kinds, states, corrected = set[str](), set[NoticeState](), 0
    for name in ("completion", "expiry, renews", "evidence", "hard", "annual, Santiago"):
        certification = reminding(CERTIFICATIONS[name])
        for number, walk in enumerate(walks(name, WALKS)):
            host = played(walk, certification, daily(walk, Random(0)), telling=number % 2 == 0)
            kinds |= {str(notice.about) for notice, _ in host.kept}
            states |= {state for _, state in host.kept}
            corrected += sum(notice.corrects for notice, _ in host.kept)
    assert kinds >= {"None", "expiry", "grace", "window", "due", "digest_expiry"}
    assert states == {NoticeState.WAITING, NoticeState.TOLD, NoticeState.WITHDRAWN}
    assert corrected > 3
