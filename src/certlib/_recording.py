"""Working out what to save: the `certlib.ports.Change` that decisions or a completion amount to.

The service and imports both record through here, so a completion means the same however it came in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Final, TypeVar

from certlib._deciding import Decisions
from certlib._loading import Loaded
from certlib.certifications import Certification
from certlib.learners import Learner
from certlib.ports import (
    Change,
    Conflict,
    EnrollmentChange,
    EnrollmentKey,
    RowOutcome,
    Saved,
    Store,
)
from certlib.state import (
    TABLE,
    Accepted,
    Audience,
    Case,
    Enrollment,
    Event,
    Notice,
    Table,
    outlook,
)
from certlib.state._reminders import disarmed, next_reminder_at
from certlib.transcript import (
    Completion,
    StruckCompletion,
    Transcript,
    courses_completed_by,
)

__all__ = [
    "ATTEMPTS",
    "change_of",
    "completion_change",
    "enrollment_change",
    "is_withheld",
    "join_changes",
    "save_decided",
]

R = TypeVar("R")

ATTEMPTS: Final = 5
"""How often a change is worked out while others change the same enrollment."""

_NOTHING: Final = Transcript()


def save_decided(
    store: Store,
    decided: Callable[[], tuple[Change, R]],
    *,
    again: Callable[[R], R] = lambda result: result,
) -> R:
    """Save the change that ``decided`` returns, and return what it returns with it.

    It is called again while others change the enrollment or the transcript in between. Raise
    `ConflictError` if they do so `ATTEMPTS` times. Of a change that had been saved before, by its
    key, return what ``again`` makes of it.
    """
    conflict: Conflict | None = None
    for _ in range(ATTEMPTS):
        change, result = decided()
        answer = store.save((change,))[0]
        if isinstance(answer, Saved):
            return again(result) if answer.again else result
        conflict = answer
    assert conflict is not None  # noqa: S101 (there was at least one attempt)
    raise conflict.error()


def enrollment_change(
    certification: Certification,
    before: Enrollment,
    after: Enrollment,
    events: Sequence[Event],
    now: datetime,
) -> EnrollmentChange:
    """Return what to save of an enrollment, with the index that searches use.

    The index holds until the next change point or reminder, whichever comes first. Without events
    this is what a sweep saves. If ``now`` is before the last fact, the index is of that fact: an
    enrollment alone does not tell what was before.
    """
    last = after.last_fact_at
    indexed_at = now if last is None else max(now, last)
    ahead = outlook(after, indexed_at)
    reminder = next_reminder_at(after, certification, now, before=before if events else None)
    instants = (ahead[0].at if ahead else None, reminder)
    return EnrollmentChange(
        enrollment=after,
        expected=before.version,
        events=tuple(events),
        indexed_status=after.status_at(indexed_at),
        indexed_at=indexed_at,
        next_change_at=min((at for at in instants if at is not None), default=None),
    )


def change_of(
    case: Case,
    decisions: Sequence[Accepted],
    *,
    now: datetime,
    key: str | None = None,
    outcome: RowOutcome | None = None,
    notify: bool = True,
) -> Change:
    """Return the change that decisions about one case, in order, amount to (P12).

    Without ``notify`` the notices that come with the entries are left out. Facts are recorded all
    the same, and their reminders come in their time.
    """
    events = [event for decision in decisions for event in decision.events]
    after = decisions[-1].enrollment if decisions else case.enrollment
    notices = [notice for decision in decisions for notice in decision.notices if notify]
    enrollments = (
        (enrollment_change(case.certification, case.enrollment, after, events, now),)
        if events
        else ()
    )
    withdrawn = (
        *disarmed(case.enrollment, after, case.certification),
        *(notice for decision in decisions for notice in decision.withdrawn),
    )
    # Inactive learners get no correction of what they were told before.
    told = (*notices, *(each.correction for each in withdrawn if each.at <= now))
    return Change(
        learner=case.learner.id,
        enrollments=enrollments,
        notices=tuple(notice for notice in notices if not is_withheld(notice, case.learner)),
        withheld=tuple(notice for notice in told if is_withheld(notice, case.learner)),
        withdrawn=withdrawn,
        transcript=case.transcript.version,
        outcome=outcome,
        key=key,
    )


def is_withheld(notice: Notice, learner: Learner) -> bool:
    """Whether nobody is told because the learner is, or was then, inactive (P12b).

    A reminder is due at its instant; a notice of an entry is due when the entry is made, however
    late.
    """
    if notice.to is Audience.APPROVERS:
        return False
    since = learner.active_since
    is_reminder = notice.about is not None and not notice.corrects
    return not learner.active or (is_reminder and since is not None and notice.at < since)


def completion_change(
    loaded: Loaded,
    learner: str,
    completion: Completion,
    *,
    now: datetime,
    table: Table = TABLE,
    key: str | None = None,
    outcome: RowOutcome | None = None,
    notify: bool = True,
) -> tuple[Change, tuple[Accepted, ...]]:
    """Return what a completion changes: the transcript, courses it completes, enrollments (C1).

    A completion that is already known changes nothing. The decisions come with the change, in
    order.
    """
    known = loaded.transcripts.get(learner, _NOTHING)
    if known.holds(completion.key):
        return Change(learner=learner, transcript=known.version, outcome=outcome, key=key), ()
    transcript = known.with_completions(completion)
    courses = courses_completed_by(
        completion, transcript, loaded.courses.get(completion.training, ())
    )
    recorded = (completion, *courses)
    transcript = transcript.with_completions(*courses)
    looked_at: dict[str, Decisions] = {}
    changed: dict[str, Decisions] = {}
    for each in recorded:
        for code in loaded.needing.get(each.training, ()):
            if code not in looked_at:
                case = loaded.case(learner, code, transcript)
                looked_at[code] = Decisions(case, now=now, table=table)
            if looked_at[code].follow_up(each):
                changed.setdefault(code, looked_at[code])
    change = join_changes(
        learner,
        [
            change_of(made.before, made.accepted, now=now, notify=notify)
            for made in changed.values()
        ],
        completions=recorded,
        transcript=known.version,
        unchanged=tuple(
            (EnrollmentKey.of(made.before.enrollment), made.before.enrollment.version)
            for code, made in looked_at.items()
            if code not in changed
        ),
        outcome=outcome,
        key=key,
    )
    return change, tuple(decision for made in changed.values() for decision in made.accepted)


def join_changes(
    learner: str,
    parts: Iterable[Change],
    *,
    completions: tuple[Completion, ...] = (),
    struck: tuple[StruckCompletion, ...] = (),
    transcript: int | None = None,
    unchanged: tuple[tuple[EnrollmentKey, int], ...] = (),
    outcome: RowOutcome | None = None,
    key: str | None = None,
) -> Change:
    """Return one change that does what several changes of a learner do, in order.

    ``transcript`` and ``unchanged`` say on what all of them were decided (`Change`).
    """
    parts = tuple(parts)
    return Change(
        learner=learner,
        enrollments=tuple(each for part in parts for each in part.enrollments),
        completions=completions,
        struck=struck,
        notices=tuple(each for part in parts for each in part.notices),
        withheld=tuple(each for part in parts for each in part.withheld),
        withdrawn=tuple(each for part in parts for each in part.withdrawn),
        transcript=transcript,
        unchanged=unchanged,
        outcome=outcome,
        key=key,
    )
