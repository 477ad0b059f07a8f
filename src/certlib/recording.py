"""Working out what a command or a completion changes, for many learners at once.

`Loaded` holds what a batch needs, fetched in a handful of queries; from then on everything is pure.
The service and imports both record through here, so a completion means the same however it came in.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from attrs import frozen

from certlib.certifications import Certification
from certlib.learners import Learner
from certlib.ports import Change, EnrollmentChange, EnrollmentKey, RowOutcome, Sources, Store
from certlib.state import (
    TABLE,
    Accepted,
    Audience,
    Case,
    Enrollment,
    Event,
    Notice,
    Table,
    fulfil,
    outlook,
)
from certlib.state.reminders import disarmed, next_reminder_at
from certlib.trainings import Training
from certlib.transcript import Completion, Transcript, courses_completed_by

__all__ = [
    "ATTEMPTS",
    "Loaded",
    "change_of",
    "completion_change",
    "enrollment_change",
    "is_withheld",
]

ATTEMPTS: Final = 5
"""How often a change is worked out again when others change the same enrollment meanwhile."""


_NOTHING: Final = Transcript()


@frozen(kw_only=True)
class Loaded:
    """All that is needed to decide about a batch of learners."""

    people: Mapping[str, Learner]
    certifications: Mapping[str, Certification]
    courses: Mapping[str, tuple[Training, ...]]
    """The courses that require a module."""
    needing: Mapping[str, tuple[str, ...]]
    """The certifications that need a training."""
    transcripts: Mapping[str, Transcript]
    enrollments: Mapping[EnrollmentKey, Enrollment]
    histories: Mapping[EnrollmentKey, tuple[Event, ...]]

    @classmethod
    def fetch(
        cls,
        sources: Sources,
        store: Store,
        *,
        learners: Collection[str],
        completed: Collection[tuple[str, str]] = (),
        enrollments: Collection[EnrollmentKey] = (),
    ) -> Loaded:
        """Fetch what may be touched: by completions, each a learner and a training, and by commands."""
        trainings = {training for _, training in completed}
        courses = sources.courses_with(trainings)
        concerned = {*trainings, *(course.code for found in courses.values() for course in found)}
        needing = sources.needing(concerned)
        keys = set(enrollments)
        for learner, training in completed:
            for each in (training, *(course.code for course in courses.get(training, ()))):
                keys.update(EnrollmentKey(learner, code) for code in needing.get(each, ()))
        return cls(
            people=sources.learners(learners),
            certifications=sources.certifications({key.certification for key in keys}),
            courses=courses,
            needing=needing,
            transcripts=sources.transcripts(learners),
            enrollments=store.load(keys),
            histories=store.history(keys),
        )

    def case(self, learner: str, certification: str, transcript: Transcript | None = None) -> Case:
        """Return the case of a learner in a certification; both must be there.

        A transcript may be given, where it is not the one that is loaded any more.
        """
        key = EnrollmentKey(learner, certification)
        found = self.enrollments.get(key)
        return Case(
            learner=self.people[learner],
            certification=self.certifications[certification],
            enrollment=found or Enrollment.blank(learner=learner, certification=certification),
            transcript=transcript or self.transcripts.get(learner, _NOTHING),
            history=self.histories.get(key, ()),
        )


def enrollment_change(
    certification: Certification,
    before: Enrollment,
    after: Enrollment,
    events: Sequence[Event],
    now: datetime,
) -> EnrollmentChange:
    """Return what is to be saved of an enrollment, with the index to search it by.

    The index tells the truth until the next change point, and a sweep has nothing to write until the
    next reminder. Without events it is what a sweep leaves. Where the clock is behind the last fact,
    the index is that of the fact: what was before, the enrollment alone does not tell.
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
    """Return the change that decisions about one enrollment, in order, amount to.

    Without ``notify`` the notices that come with the entries are left out; facts are recorded all
    the same, and reminders of what follows from them come in their time (P12).
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
    # Of what an inactive learner was told before, there is no correction.
    told = (*notices, *(each.correction for each in withdrawn if each.at <= now))
    return Change(
        learner=case.learner.id,
        enrollments=enrollments,
        notices=tuple(notice for notice in notices if not is_withheld(notice, case.learner)),
        withheld=tuple(notice for notice in told if is_withheld(notice, case.learner)),
        withdrawn=withdrawn,
        outcome=outcome,
        key=key,
    )


def is_withheld(notice: Notice, learner: Learner) -> bool:
    """Whether nobody is told, since the learner is inactive, or was when it was due (P12b).

    A reminder is due at its instant; what comes with an entry, when that is entered, however late.
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
    """Return what a completion changes: the transcript, courses it completes, enrollments (C1, C7).

    One that is known already changes nothing.
    """
    known = loaded.transcripts.get(learner, _NOTHING)
    if known.holds(completion.key):
        return Change(learner=learner, outcome=outcome, key=key), ()
    transcript = known.with_completions(completion)
    courses = courses_completed_by(
        completion, transcript, loaded.courses.get(completion.training, ())
    )
    recorded = (completion, *courses)
    transcript = transcript.with_completions(*courses)
    before: dict[str, Case] = {}
    cases: dict[str, Case] = {}
    decisions: dict[str, list[Accepted]] = {}
    for each in recorded:
        for code in loaded.needing.get(each.training, ()):
            if code not in cases:
                cases[code] = before[code] = loaded.case(learner, code, transcript)
            found = list(fulfil(cases[code], now=now, completion=each, table=table))
            if found:
                decisions.setdefault(code, []).extend(found)
                events = tuple(event for decision in found for event in decision.events)
                cases[code] = cases[code].after(found[-1].enrollment, events)
    parts = [
        change_of(before[code], made, now=now, notify=notify) for code, made in decisions.items()
    ]
    change = Change(
        learner=learner,
        enrollments=tuple(enrollment for part in parts for enrollment in part.enrollments),
        completions=recorded,
        notices=tuple(notice for part in parts for notice in part.notices),
        withheld=tuple(notice for part in parts for notice in part.withheld),
        withdrawn=tuple(notice for part in parts for notice in part.withdrawn),
        outcome=outcome,
        key=key,
    )
    return change, tuple(decision for made in decisions.values() for decision in made)
