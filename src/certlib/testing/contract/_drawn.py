"""Checks that look at many records, drawn by hypothesis: only they need it."""

from __future__ import annotations

from functools import cache
from typing import Final, TypeVar

from attrs import evolve
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from certlib.certifications import Certification
from certlib.ports import Change, EnrollmentKey
from certlib.state._enrollments import Enrollment
from certlib.state._events import Event
from certlib.state._notices import Notice
from certlib.state._rows import TABLE
from certlib.state.facts import Fact
from certlib.testing import strategies
from certlib.testing.contract._check import Stores
from certlib.testing.contract._expect import equal
from certlib.testing.contract._samples import ALWAYS, added, blank, change, fact, save
from certlib.trainings import Training
from certlib.transcript import Completion, Transcript

__all__ = ["catalogs", "completions", "enrollments", "facts", "notices"]

T = TypeVar("T")
_SETTINGS: Final = settings(
    deadline=None,
    database=None,
    derandomize=True,  # a store that passes today passes tomorrow
    phases=(Phase.generate,),
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
)


def _drawn(strategy: SearchStrategy[T], examples: int) -> list[T]:
    """Return this many values, the same ones each time."""
    found: list[T] = []

    def take(value: T) -> None:
        found.append(value)

    settings(_SETTINGS, max_examples=examples)(given(strategy)(take))()
    return found


# They are drawn once, for drawing takes longer than trying them with one store after another.


@cache
def _events() -> dict[type[Fact], list[Event]]:
    return {kind: _drawn(strategies.events(fact=strategies.facts(kind)), 5) for kind in TABLE.facts}


@cache
def _enrollments() -> list[Enrollment]:
    return _drawn(strategies.records(Enrollment), 25)


@cache
def _completions() -> list[Completion]:
    return _drawn(strategies.completions(), 25)


@cache
def _notices() -> list[Notice]:
    return _drawn(strategies.notices(), 25)


@cache
def _catalogs() -> list[tuple[Certification, Training]]:
    return _drawn(st.tuples(strategies.certifications(), strategies.trainings()), 25)


def facts(stores: Stores) -> None:
    """Five facts of each kind, each with all that an event holds."""
    store = stores()
    for kind, drawn in _events().items():
        events: dict[EnrollmentKey, tuple[Event, ...]] = {}
        changes = list[Change]()
        for number, event in enumerate(drawn):
            part = added(blank(f"learner-{number}", kind.tag), fact())
            key = EnrollmentKey.of(part.enrollment)
            events[key] = (evolve(event, sequence=1),)
            changes.append(change(evolve(part, events=events[key]), learner=key.learner))
        save(store, *changes)
        equal(store.history(list(events)), events, f"the histories with {kind.tag}")


def enrollments(stores: Stores) -> None:
    """Enrollments, field by field."""
    store, kept, changes = stores(), dict[EnrollmentKey, Enrollment](), list[Change]()
    for number, drawn in enumerate(_enrollments()):
        part = added(blank(f"learner-{number}"), fact())
        enrollment = evolve(drawn, learner=part.enrollment.learner, version=1)
        kept[EnrollmentKey.of(enrollment)] = enrollment
        changes.append(change(evolve(part, enrollment=enrollment), learner=enrollment.learner))
    save(store, *changes)
    equal(store.load(list(kept)), kept, "the enrollments")


def completions(stores: Stores) -> None:
    """Completions, field by field."""
    store = stores()
    given = {f"learner-{number}": drawn for number, drawn in enumerate(_completions())}
    save(store, *(change(completions=(each,), learner=id) for id, each in given.items()))
    expected = {id: Transcript(completions=(each,)) for id, each in given.items()}
    equal(store.transcripts(list(given)), expected, "the transcripts")


def notices(stores: Stores) -> None:
    """Notices, field by field, each of a learner of its own: one key, one notice."""
    store = stores()
    given = [evolve(each, learner=f"learner-{n}") for n, each in enumerate(_notices())]
    save(store, *(change(notices=(each,), learner=each.learner) for each in given))
    claimed = store.claim(limit=len(given) + 1, now=ALWAYS, lease=ALWAYS)
    equal([each for _, each in claimed], given, "the notices that are claimed")


def catalogs(stores: Stores) -> None:
    """A certification and a training, each time in a tenant of their own."""
    for number, (certification, training) in enumerate(_catalogs()):
        store = stores(f"tenant-{number}")
        store.put_certifications([certification])
        store.put_trainings([training])
        expected = {certification.code: certification}
        equal(store.certifications(), expected, "the certifications")
        found = store.find_trainings([training.code])
        equal(found, {training.code: (training,)}, "the trainings by code")
