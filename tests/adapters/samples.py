"""What the tests save: one of each kind of record, and a small catalog."""

from __future__ import annotations

from datetime import date, datetime
from itertools import count
from typing import Any

from attrs import evolve

from certlib.certifications import Certification, Curriculum, Online, Step, Version
from certlib.learners import Learner
from certlib.ports import ImportRecord, RowOutcome, Undo
from certlib.requirements import AllOf, Completed
from certlib.state.notices import Notice
from certlib.trainings import Training, TrainingKind
from certlib.transcript import Completion, StruckCompletion
from tests.adapters.stores import NOW, Putting, added, blank, change, fact, save

MODULE = Training(code="M1", kind=TrainingKind.MODULE, name="Theory")
COURSE = Training(
    code="COURSE", kind=TrainingKind.COURSE, name="Fire warden", external_ids=("1042", "Course"),
    modules=("M1",), optional_modules=("M2",),
)  # fmt: skip


def steps(*trainings: str) -> Curriculum:
    of = tuple(Completed(training=training) for training in trainings)
    return Curriculum(steps=(Step(code="course", paths=(Online(requires=AllOf(of=of)),)),))


VERSION = Version(number=1, published_on=date(2025, 1, 1), initial=steps("COURSE", "DAY"))
FIRE = Certification(code="FIRE-1", name="Fire Warden", versions=(VERSION,))

_numbers = count()


def unused() -> str:
    """An id that is new: hypothesis calls again and again, with one database."""
    return f"id-{next(_numbers)}"


def completion(training: str = "FORK", at: datetime = NOW, **others: Any) -> Completion:
    return Completion(training=training, at=at, **{"recorded_at": NOW, **others})


def notice(kind: str = "certified") -> Notice:
    return Notice(kind=kind, learner="ann", certification="FIRE-1", at=NOW, entry=1)


def outcome(row: int = 2, import_id: str = "i-1", **others: Any) -> RowOutcome:
    return RowOutcome(import_id=import_id, row=row, learner="ann", **others)


def an_import(id: str = "i-1", **others: Any) -> ImportRecord:
    record = ImportRecord(
        id=id, format="unifyr", file_name="march.csv", digest="d", purpose="p", actor="admin:eva",
        at=NOW, new=1, already_completed=2, errors=3,
    )  # fmt: skip
    return evolve(record, **others)


def fill(store: Putting) -> None:
    store.put_learners([Learner(id="ann", email="ann@example.org"), Learner(id="bo")])
    store.put_trainings([COURSE, MODULE])
    store.put_certifications([FIRE])
    whole = change(
        added(blank(), fact(), next_change_at=NOW),
        completions=(completion(),), notices=(notice(),), outcome=outcome(), key="k",
    )  # fmt: skip
    save(store, whole)
    store.save_import(an_import())
    store.save_undo("i-1", Undo(number=1, actor="admin:eva", at=NOW, reason="the wrong file"))
    wrong = completion("WRONG")
    save(store, change(completions=(wrong,)))
    save(store, change(struck=(StruckCompletion(completion=wrong, struck_at=NOW),)))
    store.record_sweep(NOW)
