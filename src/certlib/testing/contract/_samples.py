"""What the checks save: one of each kind of record, changes, and a small catalog."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from typing import Final

from attrs import evolve

from certlib.certifications import Certification, Curriculum, Online, Step, Version
from certlib.ports import (
    Change,
    EnrollmentChange,
    EnrollmentKey,
    ImportRecord,
    Query,
    RowOutcome,
    SaveAnswer,
    Saved,
    Store,
    Undo,
)
from certlib.requirements import AllOf, Completed
from certlib.state._enrollments import Assignment, AssignmentSource, Enrollment
from certlib.state._events import Event
from certlib.state._fold import recorded
from certlib.state._notices import Notice
from certlib.state._status import Status
from certlib.state.facts import AssignmentAdded, Fact
from certlib.testing.contract._check import FullStore
from certlib.testing.contract._expect import equal
from certlib.trainings import Training, TrainingKind
from certlib.transcript import Completion, CompletionSource, Reset, StruckCompletion

__all__ = [
    "ALWAYS",
    "ANN",
    "BO",
    "COURSE",
    "DAY",
    "FIRE",
    "LEASE",
    "MODULE",
    "MOMENT",
    "NOW",
    "VERSION",
    "added",
    "an_import",
    "an_undo",
    "blank",
    "change",
    "completion",
    "everything_of",
    "fact",
    "fill",
    "notice",
    "outcome",
    "reminder",
    "reset",
    "save",
    "steps",
    "struck",
    "whole",
]

NOW: Final = datetime(2026, 11, 21, 9, 30, 0, 123456, tzinfo=UTC)
DAY: Final = timedelta(days=1)
MOMENT: Final = timedelta(microseconds=1)
LEASE: Final = NOW + DAY
ALWAYS: Final = datetime(9000, 1, 1, tzinfo=UTC)
"""Later than anything that is saved here."""
ANN: Final = EnrollmentKey("ann", "FIRE-1")
BO: Final = EnrollmentKey("bo", "FIRE-1")


# --- people and catalog ---------------------------------------------------------------------------


def steps(*trainings: str) -> Curriculum:
    """A curriculum of one step that needs all of these."""
    of = tuple(Completed(training=training) for training in trainings)
    return Curriculum(steps=(Step(code="course", paths=(Online(requires=AllOf(of=of)),)),))


MODULE: Final = Training(code="M1", kind=TrainingKind.MODULE, name="Theory")
COURSE: Final = Training(
    code="COURSE",
    kind=TrainingKind.COURSE,
    name="Fire warden",
    external_ids=("1042", "Course"),
    modules=("M1",),
    optional_modules=("M2",),
)
VERSION: Final = Version(number=1, published_on=date(2025, 1, 1), initial=steps("COURSE", "DAY"))
FIRE: Final = Certification(code="FIRE-1", name="Fire Warden", versions=(VERSION,))


# --- records --------------------------------------------------------------------------------------


def fact(reference: str = "r") -> Fact:
    """A fact that tells itself from others."""
    due_on = date(2027, 2, 28)
    return AssignmentAdded(source=AssignmentSource.RULE, reference=reference, due_on=due_on)


def blank(learner: str = "ann", certification: str = "FIRE-1") -> Enrollment:
    """An enrollment about which nothing is known."""
    return Enrollment.blank(learner=learner, certification=certification)


def added(
    before: Enrollment,
    *facts: Fact,
    at: datetime = NOW,
    status: Status | None = Status.ASSIGNED,
    indexed_at: datetime = NOW,
    next_change_at: datetime | None = None,
) -> EnrollmentChange:
    """What facts, each an entry of its own, make of an enrollment."""
    events = [
        Event(
            sequence=before.version + count,
            entry=before.entries + count,
            at=at,
            recorded_at=at + count * MOMENT,
            actor="admin:eva",
            row="assign",
            fact=each,
        )
        for count, each in enumerate(facts, start=1)
    ]
    assigned = Assignment(source=AssignmentSource.RULE, reference="r", at=at)
    after = recorded(evolve(before, last_fact_at=at, assignments=(assigned,)), events)
    return EnrollmentChange(
        enrollment=after,
        expected=before.version,
        events=tuple(events),
        indexed_status=status,
        indexed_at=indexed_at,
        next_change_at=next_change_at,
    )


def completion(
    training: str = "FORK",
    at: datetime = NOW,
    *,
    on: date | None = None,
    source: CompletionSource = CompletionSource.MANUAL,
    recorded_at: datetime = NOW,
    actor: str = "system",
    import_id: str | None = None,
    import_row: int | None = None,
) -> Completion:
    """A completion, of the forklift training where nothing else is said."""
    return Completion(
        training=training,
        at=at,
        on=on,
        source=source,
        recorded_at=recorded_at,
        actor=actor,
        import_id=import_id,
        import_row=import_row,
    )


def struck(
    of: Completion | None = None,
    *,
    struck_at: datetime = LEASE,
    reason: str | None = "the wrong file",
) -> StruckCompletion:
    """A completion that an administrator struck."""
    return StruckCompletion(
        completion=of or completion(), struck_at=struck_at, actor="admin:eva", reason=reason
    )


def reset(
    training: str = "FORK", at: datetime = NOW, *, reason: str | None = "the rules changed"
) -> Reset:
    """Progress that an administrator deleted."""
    return Reset(training=training, at=at, recorded_at=NOW, actor="admin:eva", reason=reason)


def notice(kind: str = "certified") -> Notice:
    """What a command tells."""
    return Notice(kind=kind, learner="ann", certification="FIRE-1", at=NOW, entry=1)


def reminder(kind: str = "expiry-30", learner: str = "ann", at: datetime = NOW) -> Notice:
    """What a sweep tells."""
    return Notice(
        kind=kind,
        learner=learner,
        certification="FIRE-1",
        at=at,
        entry=1,
        about="expiry",
        certificate=1,
        day=date(2026, 12, 21),
    )


def outcome(row: int = 2, import_id: str = "i-1") -> RowOutcome:
    """What became of a line of a file about Ann."""
    return RowOutcome(import_id=import_id, row=row, learner="ann")


def an_import(id: str = "i-1", *, at: datetime = NOW, purpose: str = "p") -> ImportRecord:
    """An import that goes on."""
    return ImportRecord(
        id=id,
        format="unifyr",
        file_name="march.csv",
        digest="d",
        purpose=purpose,
        actor="admin:eva",
        at=at,
        new=1,
        already_completed=2,
        errors=3,
    )


def an_undo(number: int = 1, *, at: datetime = NOW) -> Undo:
    """An undo that goes on."""
    return Undo(number=number, actor="admin:eva", at=at, reason="the wrong file")


# --- changes --------------------------------------------------------------------------------------


def change(
    *parts: EnrollmentChange,
    learner: str = "ann",
    completions: tuple[Completion, ...] = (),
    struck: tuple[StruckCompletion, ...] = (),
    notices: tuple[Notice, ...] = (),
    withheld: tuple[Notice, ...] = (),
    withdrawn: tuple[Notice, ...] = (),
    outcome: RowOutcome | None = None,
    key: str | None = None,
) -> Change:
    """What one command does to a learner, Ann where nobody else is named."""
    return Change(
        learner=learner,
        enrollments=parts,
        completions=completions,
        struck=struck,
        notices=notices,
        withheld=withheld,
        withdrawn=withdrawn,
        outcome=outcome,
        key=key,
    )


def whole(part: EnrollmentChange | None = None) -> Change:
    """A change of Ann with one of everything."""
    return change(
        part or added(blank(), fact(), next_change_at=NOW),
        completions=(completion(),),
        notices=(notice(),),
        outcome=outcome(),
        key="k",
    )


def save(store: Store, *changes: Change) -> tuple[SaveAnswer, ...]:
    """Save changes that have to be saved."""
    answers = store.save(changes)
    equal(answers, tuple(Saved() for _ in changes), "the answers of save")
    return answers


def fill(store: FullStore) -> None:
    """Save one of everything that every store takes."""
    save(store, whole())
    store.save_import(an_import())
    store.save_undo("i-1", an_undo())
    store.record_sweep(NOW)


def everything_of(
    store: Store, *, keys: Collection[str] = ("k",), imports: Collection[str] = ("i-1", "i-2")
) -> dict[str, object]:
    """Return all that a `Store` answers, so that two moments or two stores can be compared."""
    enrollments = store.find(Query(at=ALWAYS), limit=1_000)
    of = [EnrollmentKey.of(each) for each in enrollments]
    return {
        "enrollments": enrollments,
        "history": dict(store.history(of)),
        "indexed": dict(store.indexed(of)),
        "due": store.due(ALWAYS, limit=1_000),
        "notice_keys": dict(store.notice_keys(of)),
        "saved_answers": dict(store.saved_answers(keys)),
        "imports": store.imports(),
        "import_rows": {each: store.import_rows(each, limit=1_000) for each in imports},
        "last_sweep": store.last_sweep(),
    }
