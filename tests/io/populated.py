"""Stores full of random lives, and their twins with the same people and catalog and nothing else."""

from __future__ import annotations

import atexit
import sqlite3
from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from io import BytesIO
from random import Random
from typing import Final, Protocol

from attrs import evolve, fields

from certlib import Actor, Certification, Learner, Service
from certlib._recording import enrollment_change
from certlib.adapters._memory_database import Held
from certlib.adapters.memory import MemoryStore
from certlib.adapters.sqlite import SqliteStore
from certlib.adapters.store_rules import trainings_of
from certlib.io import FORMATS, Exported, ExportOptions, Format
from certlib.ports import Change, EnrollmentKey
from certlib.state import Enrollment, replay
from certlib.trainings import Training, TrainingKind
from certlib.transcript import Completion, CompletionSource, StruckCompletion
from tests.dumps import Embedded
from tests.histories import CERTIFICATIONS, walks

__all__ = [
    "AFTER",
    "CATALOG",
    "OPERATOR",
    "Putting",
    "as_made_once",
    "exported",
    "fill",
    "formats_and_certifications",
    "live",
    "people",
]

AFTER: Final = datetime(2040, 1, 1, 9, tzinfo=UTC)
"""After all that happens in the lives."""
OPERATOR: Final = Actor.parse("admin:operator")

CATALOG: Final[tuple[Certification, ...]] = tuple(
    evolve(each, code=f"C{number:02}", name=name)
    for number, (name, each) in enumerate(CERTIFICATIONS.items())
)


class Putting(Embedded, Protocol):
    """A store that takes people and a catalog."""

    def put_learners(self, learners: Iterable[Learner]) -> None: ...
    def put_trainings(self, trainings: Iterable[Training]) -> None: ...
    def put_certifications(self, certifications: Iterable[Certification]) -> None: ...


def people(count: int) -> tuple[Learner, ...]:
    """Return learners; some have no email or user name, two share theirs, one is inactive."""
    found = [
        Learner(
            id=f"p{number:03}",
            email=None if number % 11 == 7 else f"P{number}@example.org",
            username=None if number % 13 == 5 else f"user {number}",
            name=f"Person {number}",
            organization="north" if number % 2 else "south",
            active=number % 9 != 4,
        )
        for number in range(count)
    ]
    if count > 3:
        found[2] = evolve(found[2], email=found[1].email, username=found[1].username)
    return tuple(found)


def trainings() -> tuple[Training, ...]:
    """Return what the catalog needs; the first of them has two modules."""
    codes = sorted({code for each in CATALOG for code in trainings_of(each)})
    modules = (
        Training(code="MOD-1", kind=TrainingKind.MODULE, name="One"),
        Training(code="MOD-2", kind=TrainingKind.MODULE, name="Two"),
    )
    courses = (
        Training(
            code=code,
            kind=TrainingKind.COURSE,
            name=f"Course {code}",
            modules=("MOD-1", "MOD-2") if number == 0 else (),
        )
        for number, code in enumerate(codes)
    )
    return (*modules, *courses)


def fill(store: Putting, learners: Sequence[Learner]) -> Service:
    """Put people and the catalog into a store."""
    store.put_certifications(CATALOG)
    store.put_trainings(trainings())
    store.put_learners(learners)
    return Service(store=store, sources=store)


# --- what is made once ----------------------------------------------------------------------------

_memory: Final[dict[Hashable, Held]] = {}
_files: Final[dict[Hashable, sqlite3.Connection]] = {}


def as_made_once(store: Putting, what: Hashable, make: Callable[[], object]) -> None:
    """Put into a store what `make` makes in it; the next time, a copy of what it made then.

    ``what`` tells apart what is made, and what was in the store before.
    """
    if isinstance(store, MemoryStore):
        tenants = store._database._tenants
        if what not in _memory:
            make()
            _memory[what] = _copied(store._held)
        tenants[store._tenant] = _copied(_memory[what])
    else:
        assert isinstance(store, SqliteStore)
        connection = store._file._connection
        if what not in _files:
            make()
            _files[what] = sqlite3.connect(":memory:")
            atexit.register(_files[what].close)
            connection.backup(_files[what])
        else:
            _files[what].backup(connection)


def _copied(held: Held) -> Held:
    """Copy the dicts; all that is in them is frozen."""
    return Held(**{each.name: dict(getattr(held, each.name)) for each in fields(Held)})


# --- lives ----------------------------------------------------------------------------------------


def live(store: Putting, learners: Sequence[Learner], *, seed: int) -> None:
    """Give learners random lives in two certifications each, and random completions.

    In the store are these learners and the catalog (`fill`), and nothing else.
    """
    as_made_once(store, ("lives", tuple(learners), seed), lambda: _live(store, learners, seed=seed))


def _live(store: Putting, learners: Sequence[Learner], *, seed: int) -> None:
    random = Random(f"lives {seed}")
    changes: list[Change] = []
    for learner in learners:
        parts = []
        for certification in random.sample(CATALOG, 2):
            walk = walks(certification.name, 4)[random.randrange(4)]
            key = EnrollmentKey(learner.id, certification.code)
            after = replay(walk.history, learner=key.learner, certification=key.certification)
            blank = Enrollment.blank(learner=key.learner, certification=key.certification)
            if walk.history:
                parts.append(enrollment_change(certification, blank, after, walk.history, AFTER))
        changes.append(
            Change(
                learner=learner.id,
                enrollments=tuple(parts),
                completions=tuple(_completions(random)),
            )
        )
    store.save(changes)
    for change in changes:
        struck = [
            StruckCompletion(
                completion=each,
                struck_at=each.recorded_at + timedelta(days=random.randrange(1, 90)),
                actor="admin:eva",
                reason="an error, =1+1",
            )
            for each in change.completions
            if random.random() < 0.15
        ]
        store.save([Change(learner=change.learner, struck=tuple(struck))])


@cache
def _codes() -> tuple[str, ...]:
    return tuple(each.code for each in trainings())


def _completions(random: Random) -> Iterable[Completion]:
    for _ in range(random.randrange(6)):
        on = date(2022, 1, 1) + timedelta(days=random.randrange(1500))
        known = datetime(on.year, on.month, on.day, 9, tzinfo=UTC) + timedelta(days=30)
        completion = Completion.dated(
            random.choice(_codes()),
            on,
            recorded_at=known,
            source=random.choice(tuple(CompletionSource)),
        )
        if random.random() < 0.3:
            hour = timedelta(hours=random.randrange(24), microseconds=7)
            completion = evolve(completion, at=completion.at + hour, on=None)
        yield completion


def exported(
    service: Service,
    kind: Format,
    *,
    certification: str | None = None,
    actor: Actor = OPERATOR,
    at: datetime = AFTER,
    bom: bool = False,
) -> tuple[bytes, Exported]:
    """Export; return the file, and what was said of it."""
    out = BytesIO()
    options = ExportOptions(certification=certification, bom=bom)
    done = service.export(out, format=kind, actor=actor, at=at, options=options)
    return out.getvalue(), done


def formats_and_certifications() -> list[tuple[Format, str | None]]:
    """Return each format, with the certification that it is about, where it is about one."""
    return [
        (each, "C00" if each.of_one_certification else None) for each in FORMATS if each.rows_of
    ]
