"""A small host: people, trainings and certifications that service and import tests share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime

from certlib import Actor, Certification, Learner, Period, Policy, Service
from certlib.adapters.memory import MemoryDatabase, MemoryStore
from certlib.certifications import Access, Classroom, Curriculum, Online, Step, Version
from certlib.policies import FromCompletion, Grace, Recertification
from certlib.ports import Change, SaveAnswer
from certlib.requirements import AllOf, Completed
from certlib.trainings import Training, TrainingKind

EVA = Actor.parse("admin:eva")
SYSTEM = Actor.parse("system")
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)

TRAININGS = (
    Training(code="M1", kind=TrainingKind.MODULE, name="Theory"),
    Training(code="M2", kind=TrainingKind.MODULE, name="Practice"),
    Training(code="ONLINE", kind=TrainingKind.COURSE, name="Online", modules=("M1", "M2")),
    Training(code="DAY", kind=TrainingKind.COURSE, name="Day", external_ids=("1042",)),
    Training(code="DRILL", kind=TrainingKind.COURSE, name="Drill"),
    Training(code="FORK", kind=TrainingKind.COURSE, name="Forklift safety"),
)
YEARLY = Policy(
    validity=FromCompletion(period=Period.parse("P1Y")),
    grace=Grace(period=Period.parse("P30D")),
    recertification=Recertification(window=Period.parse("P3M")),
)


def completed(*trainings: str) -> AllOf | Completed:
    """Return the requirement that all of these are completed."""
    if len(trainings) == 1:
        return Completed(training=trainings[0])
    return AllOf(of=tuple(Completed(training=training) for training in trainings))


FORK = Certification(
    code="FORK-1",
    name="Forklift driver",
    versions=(
        Version(
            number=1,
            published_on=date(2020, 1, 1),
            initial=Curriculum(
                steps=(Step(code="course", paths=(Online(requires=completed("FORK")),)),)
            ),
            policy=YEARLY,
        ),
    ),
)
FIRE = Certification(
    code="FIRE-1",
    name="Fire warden",
    access=Access.ASSIGNED_ONLY,
    versions=(
        Version(
            number=1,
            published_on=date(2020, 1, 1),
            initial=Curriculum(
                steps=(
                    Step(
                        code="course",
                        paths=(
                            Online(requires=completed("ONLINE")),
                            Classroom(requires=completed("DAY", "DRILL")),
                        ),
                    ),
                )
            ),
            policy=YEARLY,
        ),
    ),
)
PEOPLE = (
    Learner(id="ann", email="ann@example.org", name="Ann Sample", organization="north"),
    Learner(id="bo", email="bo@example.org", organization="south", manager_id="ann"),
    Learner(id="cem", email="cem@example.org", organization="north", active=False),
    Learner(id="eva", email="eva@example.org", organization="north"),
    Learner(id="twin1", email="twin@example.org", organization="north"),
    Learner(id="twin2", email="twin@example.org", organization="south"),
)


def make_store(database: MemoryDatabase | None = None) -> MemoryStore:
    """Return a store in memory that knows the people and the catalog."""
    store = MemoryStore(database or MemoryDatabase())
    store.put_learners(PEOPLE)
    store.put_trainings(TRAININGS)
    store.put_certifications((FIRE, FORK))
    return store


def make_service(store: MemoryStore | None = None) -> Service:
    """Return a service over such a store."""
    store = store or make_store()
    return Service(store=store, sources=store)


class Overtaken:
    """Goes before a store: when that is about to save for the first time, somebody else acts."""

    meanwhile: Callable[[], object] | None = None

    def save(self, changes: Sequence[Change]) -> tuple[SaveAnswer, ...]:
        act, self.meanwhile = self.meanwhile, None
        if act is not None:
            act()
        answers: tuple[SaveAnswer, ...] = super().save(changes)  # type: ignore[misc]
        return answers
