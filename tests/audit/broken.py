"""Records that break an invariant each: made by real decisions, then damaged by hand.

A record is damaged in one of two ways. `stored`: only what is stored is changed, so that the history
does not bear it out. `told`: the history is changed, and what it adds up to is stored.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, Final

from attrs import evolve

from certlib.audit import Record
from certlib.certifications import Access, Certification, Curriculum, Exam, Version
from certlib.periods import DAY
from certlib.policies import ExamRules, Fee, Fees, FromCompletion, PerCertificate, Policy
from certlib.state import (
    Bar,
    Certificate,
    Cycle,
    CycleEnd,
    Enrollment,
    Event,
    Fact,
    FeeSettled,
    Request,
    RequestKind,
    RequestState,
    Settlement,
    replay,
)
from certlib.state import commands as c
from certlib.state import facts as f
from certlib.state._cycles import AttemptOutcome
from certlib.transcript import CompletionKey, Transcript
from tests.audit.lives import record_of
from tests.state.sample import (
    EVIDENCE,
    FOREVER,
    FROM_COMPLETION,
    FROM_EXPIRY,
    ONE_STEP,
    P1Y,
    PUBLISHED_ON,
    certification,
    with_exam,
    with_fees,
)
from tests.state.story import Story, instant, started

JANUARY: Final = instant("2025-01-01")
FEBRUARY: Final = instant("2025-02-01")
MARCH: Final = instant("2025-03-01")

Case = tuple[Record, set[str]]

# --- sound records ------------------------------------------------------------------------------


def record(story: Story) -> Record:
    return record_of(story.case)


def in_progress() -> Record:
    """Entries: 1 enroll (events 1, 2), 2 start (3)."""
    return record(started(FROM_COMPLETION))


def certified() -> Record:
    """As above, and 3 complete step (4, 5), a month later."""
    return record(_certified())


def _certified(of: Certification = FROM_COMPLETION) -> Story:
    story = started(of)
    story.give(c.CompleteStep(step="course"), "system", "2025-02-01")
    return story


def renewed() -> Record:
    """As above, and 4 start recertification (6), 5 complete step (7, 8)."""
    return record(renewed_story())


def renewed_story() -> Story:
    story = _certified()
    story.give(c.StartRecertification(), "learner:ann", "2025-05-01")
    story.give(c.CompleteStep(step="course"), "system", "2025-06-01")
    return story


def assigned_again() -> Record:
    """Entries: 1 enroll (1, 2), 2 start (3), 3 and 4 assign again (4, 5), a month apart each."""
    story = started(FROM_COMPLETION)
    story.give(c.Assign(), "admin:eva", "2025-02-01")
    story.give(c.Assign(reference="north"), "admin:eva", "2025-03-01")
    return record(story)


def begun_twice() -> Record:
    """Entries: 1 assign, 2 enroll, 3 remove, 4 assign, 5 enroll; the first cycle was removed."""
    story = Story(FROM_COMPLETION, now="2025-01-01")
    for now in ("2025-01-01", "2025-02-01"):
        story.give(c.Assign(), "admin:eva", now)
        story.give(c.Enroll(), "learner:ann", now)
        if now == "2025-01-01":
            story.give(c.Remove(), "admin:eva", "2025-01-10")
    return record(story)


def half_done() -> Record:
    """One step of two is done."""
    story = Story(FROM_EXPIRY, now="2025-01-01")
    story.give(c.Assign(), "admin:eva")
    story.give(c.Enroll(), "learner:ann")
    story.give(c.Start(), "learner:ann")
    story.give(c.CompleteStep(step="course"), "system", "2025-02-01")
    return record(story)


def waiting() -> Record:
    """Entry 3 submitted evidence for the step course (event 4); the step visit is missing."""
    story = started(EVIDENCE)
    story.give(c.SubmitEvidence(step="course"), "learner:ann", "2025-02-01")
    return record(story)


def examined(*, passed: bool, approval: bool = False, attempts: int = 1) -> Story:
    """Entry 3 is an attempt at the exam (event 4); the step is missing."""
    story = started(with_exam(ExamRules(attempts=attempts, approval=approval)))
    story.give(c.RecordExam(passed=passed), "system", "2025-02-01")
    return story


def revoked() -> Record:
    """Entry 3 revoked access while the cycle was open (events 4, 5)."""
    story = started(EVIDENCE)
    story.give(c.SubmitEvidence(step="course"), "learner:ann")
    story.give(c.RevokeAccess(), "admin:eva", "2025-02-01")
    return record(story)


def disallowed() -> Record:
    story = _certified()
    story.give(c.PermanentlyRevoke(), "admin:eva", "2025-03-01")
    return record(story)


def awarded_twice() -> Record:
    """Entries 1 and 2 are awards that never expire (events 1, 2)."""
    story = Story(FOREVER, now="2025-01-01")
    story.give(c.Award(), "admin:eva")
    story.give(c.Award(), "admin:eva", "2025-02-01")
    return record(story)


def paid() -> Record:
    story = Story(with_fees(Fees(certification=True, reinstatement=True)), now="2025-01-01")
    story.give(c.Enroll(), "system")
    story.give(c.RecordPayment(fee=Fee.CERTIFICATION, reference="receipt"), "system")
    story.give(c.Start(), "system")
    return record(story)


BY_REQUEST: Final = certification(
    Policy(validity=FromCompletion(period=P1Y)), access=Access.BY_REQUEST
)
LATER_AWARDED_ONLY: Final = Certification(
    code="LATER-1",
    versions=(
        Version(number=1, published_on=PUBLISHED_ON, initial=ONE_STEP),
        Version(
            number=2,
            published_on=date(2026, 1, 1),
            initial=ONE_STEP,
            policy=Policy(validity=PerCertificate()),
        ),
    ),
)
EXAM_ALONE: Final = certification(
    Policy(validity=FromCompletion(period=P1Y)), initial=Curriculum(exam=Exam(code="exam"))
)


def asked() -> Record:
    """Entry 1 asks for access (event 1)."""
    story = Story(BY_REQUEST, now="2025-01-01")
    story.give(c.RequestAccess(), "learner:ann")
    return record(story)


# --- damage -------------------------------------------------------------------------------------


def stored(sound: Record, **changes: Any) -> Record:
    """What is stored is another enrollment than the history adds up to."""
    return evolve(sound, enrollment=evolve(sound.enrollment, **changes))


def cycle(sound: Record, place: int = -1, **changes: Any) -> Record:
    """A stored cycle is another."""
    cycles = list(sound.enrollment.cycles)
    changed: Cycle = evolve(cycles[place], **changes)
    cycles[place] = changed
    return stored(sound, cycles=tuple(cycles))


def certificate(sound: Record, **changes: Any) -> Record:
    """The newest stored certificate is another."""
    *older, newest = sound.enrollment.certificates
    changed: Certificate = evolve(newest, **changes)
    return stored(sound, certificates=(*older, changed))


def terms(sound: Record, **changes: Any) -> Record:
    """The newest stored certificate has other dates."""
    newest = sound.enrollment.certificates[-1]
    return certificate(sound, terms=evolve(newest.terms, **changes))


def told(sound: Record, *history: Event) -> Record:
    """The history is another, and what it adds up to is stored."""
    left: Enrollment = replay(
        history,
        learner=sound.enrollment.learner,
        certification=sound.enrollment.certification,
    )
    return evolve(sound, history=history, enrollment=left)


def events(sound: Record, *sequences: int, **changes: Any) -> Record:
    """Events of the history are others."""
    return told(
        sound,
        *(
            evolve(each, **changes) if each.sequence in sequences else each
            for each in sound.history
        ),
    )


def fact(sound: Record, sequence: int, **changes: Any) -> Record:
    """A fact of the history is another."""
    given = sound.history[sequence - 1].fact
    changed: Fact = evolve(given, **changes)
    return events(sound, sequence, fact=changed)


def added(
    sound: Record, given: Fact, row: str, *, at: datetime | None = None, **changes: Any
) -> Record:
    """One more entry is there, of one fact, at the instant of the last recording."""
    last = sound.history[-1]
    event = Event(
        sequence=last.sequence + 1,
        entry=last.entry + 1,
        at=at or last.recorded_at,
        recorded_at=last.recorded_at,
        actor="admin:eva",
        row=row,
        fact=given,
    )
    return told(sound, *sound.history, evolve(event, **changes))


def struck(sound: Record, entry: int) -> Record:
    return added(sound, f.EntryStruck(entry=entry), "strike")


def and_differs(damaged: Record) -> Case:
    """What is stored is damaged, so that it differs from what the history adds up to as well."""
    return damaged, {"stored_differs"}


def alone(damaged: Record) -> Case:
    return damaged, set()


# --- one damage for each code -------------------------------------------------------------------


def _zone_in_history() -> Case:
    sound = certified()
    given = sound.history[4].fact
    assert isinstance(given, f.CertificateIssued)
    bad = evolve(given, terms=evolve(given.terms, time_zone="Mars/Base"))
    history = (*sound.history[:4], evolve(sound.history[4], fact=bad))
    return evolve(sound, history=history), set()


def _completion() -> Case:
    because = (CompletionKey(training="COURSE", at=JANUARY),)
    cited = events(certified(), 4, 5, because=because)
    return evolve(cited, transcript=Transcript()), set()


def _strike_of_a_strike() -> Case:
    return struck(struck(assigned_again(), 4), 5), set()


def _not_removed() -> Case:
    sound = record(_revoked_in_progress())
    return told(sound, *sound.history[:-1]), set()


def _revoked_in_progress() -> Story:
    story = started(FROM_COMPLETION)
    story.give(c.RevokeAccess(), "admin:eva", "2025-02-01")
    return story


def _foreign_fact() -> Case:
    sound = assigned_again()
    return added(
        sound, f.VersionChosen(version=1), "assign again", entry=4, actor="admin:eva"
    ), set()


def _index(**changes: Any) -> Case:
    story = _certified()
    sound = record_of(story.case, story.now)
    assert sound.index is not None
    return evolve(sound, index=evolve(sound.index, **changes)), set()


def _indexed_early() -> Case:
    early, _ = _index(at=_certified().now - timedelta(microseconds=1))
    return early, {"indexed_change_is_late"}


def _second_attempt() -> Case:
    failed = f.ExamAttempted(number=1, outcome=AttemptOutcome.FAILED)
    return added(record(examined(passed=False)), failed, "record exam"), set()


def _twice(requests: tuple[Request, ...]) -> tuple[Request, ...]:
    return (*requests, evolve(requests[-1], number=requests[-1].number + 1))


def _asked_with_status() -> Case:
    request = Request(number=1, kind=RequestKind.ACCESS, at=JANUARY)
    return and_differs(stored(in_progress(), access_requests=(request,)))


def _asked_for_attempts() -> Record:
    story = examined(passed=False)
    story.give(c.RequestAttempts(), "learner:ann")
    return record(story)


def _waits_again() -> Case:
    sound = revoked()
    (request,) = sound.enrollment.cycles[0].requests
    return and_differs(cycle(sound, requests=(evolve(request, state=RequestState.OPEN),)))


def _tested_out() -> Case:
    story = started(EVIDENCE)
    story.give(c.RecordTestOut(step="course", passed=False), "system")
    sound = record(story)
    return and_differs(stored(sound, test_outs=sound.enrollment.test_outs * 2))


def _shorter() -> Case:
    return and_differs(
        terms(renewed(), baseline=date(2025, 12, 1), last_valid_day=date(2025, 12, 1))
    )


def _again_at_that_instant() -> Case:
    return events(awarded_twice(), 2, at=JANUARY, fact=awarded_twice().history[0].fact), set()


def _other_dates() -> Case:
    sound = certified()
    given = sound.history[4].fact
    assert isinstance(given, f.CertificateIssued)
    day = date(2026, 5, 1)
    return fact(sound, 5, terms=evolve(given.terms, baseline=day, last_valid_day=day)), set()


def _earned_twice() -> Case:
    sound = certified()
    last = sound.history[-1]
    return told(sound, *sound.history, evolve(last, sequence=6)), set()


def _examined_alone() -> Record:
    story = started(EXAM_ALONE)
    story.give(c.RecordExam(passed=True), "system", "2025-02-01")
    return told(record(story), *story.history[:-1])


def _complete_before_start() -> Case:
    """The start is missing from the history, and all is numbered on as if it had never been there."""
    first, second, _, step, _ = certified().history
    kept = told(certified(), first, second, evolve(step, sequence=3, entry=2))
    return kept, {"done_before_start", "row_is_not_of_the_status"}


def _beyond_the_calendar() -> Record:
    """A certificate of the last year that there is: a year later there is none."""
    story = Story(FROM_COMPLETION, now="8999-06-01")
    story.give(c.Award(), "admin:eva")
    sound, day = record(story), date(9000, 6, 1)
    given = sound.history[0].fact
    assert isinstance(given, f.CertificateAwarded)
    later = evolve(
        given.terms, issued_on=day, baseline=day, last_valid_day=day, window_opens_on=day
    )
    when = instant("9000-06-01")
    return events(sound, 1, at=when, recorded_at=when, fact=evolve(given, terms=later))


def _settled(fee: Fee) -> FeeSettled:
    return FeeSettled(fee=fee, how=Settlement.PAID, at=JANUARY)


CASES: Final[dict[str, Callable[[], Case]]] = {
    "zone_is_unknown": lambda: alone(terms(certified(), time_zone="Mars/Base")),
    "zone_is_unknown, in the history": _zone_in_history,
    "year_is_out_of_range": lambda: alone(terms(certified(), last_valid_day=date(9500, 1, 1))),
    "year_is_out_of_range, before": lambda: alone(
        stored(certified(), last_fact_at=JANUARY.replace(year=1800))
    ),
    # histories
    "sequences_have_gaps": lambda: alone(events(certified(), 5, sequence=6)),
    "entries_have_gaps": lambda: alone(events(certified(), 4, 5, entry=4)),
    "entries_have_gaps, at first": lambda: alone(events(asked(), 1, entry=2)),
    "entry_is_not_one": lambda: alone(events(certified(), 5, actor="admin:max")),
    "recorded_goes_back": lambda: alone(events(certified(), 1, 2, 3, recorded_at=MARCH)),
    "fact_is_after_its_recording": lambda: alone(
        events(certified(), 4, 5, recorded_at=FEBRUARY - DAY)
    ),
    "fact_is_before_its_command": lambda: alone(
        events(record(_revoked_in_progress()), 5, at=FEBRUARY - DAY)
    ),
    "fact_is_before_the_last": lambda: alone(events(assigned_again(), 5, at=FEBRUARY - DAY)),
    "fact_is_before_the_last, by a host's row": lambda: alone(
        events(assigned_again(), 5, at=FEBRUARY - DAY, row="bespoke")
    ),
    "strike_names_nothing": lambda: alone(struck(certified(), 9)),
    "strike_names_nothing, but itself": lambda: (struck(certified(), 4), {"strike_is_struck"}),
    "entry_is_struck_twice": lambda: alone(struck(struck(assigned_again(), 4), 4)),
    "strike_is_struck": _strike_of_a_strike,
    "struck_is_rested_on": lambda: (struck(certified(), 2), {"done_before_start"}),
    "row_is_not_of_the_status": lambda: alone(events(assigned_again(), 5, row="assign")),
    "entry_led_elsewhere": _not_removed,
    "fact_is_not_of_its_row": _foreign_fact,
    "version_of_a_fact_is_unknown": lambda: alone(events(certified(), 4, version=9)),
    "completion_is_unknown": _completion,
    "fact_is_of_no_cycle": lambda: alone(
        added(in_progress(), f.FeePaid(fee=Fee.CERTIFICATION, number=7), "record payment")
    ),
    "fact_is_of_no_cycle, a certificate": lambda: (
        fact(certified(), 5, cycle=7),
        {"certificate_of_an_incomplete_cycle", "open_cycle_is_complete"},
    ),
    "decision_is_of_no_request": lambda: alone(
        added(in_progress(), f.EvidenceDenied(number=1, request=9), "deny evidence")
    ),
    # stored
    "stored_differs": lambda: alone(stored(certified(), bar_lifted_by=9)),
    "version_differs": lambda: alone(stored(certified(), version=9)),
    "entries_differ": lambda: alone(stored(certified(), entries=9)),
    "last_fact_differs": lambda: alone(stored(certified(), last_fact_at=MARCH)),
    "last_recorded_differs": lambda: alone(stored(certified(), last_recorded_at=None)),
    "learner_is_unknown": lambda: alone(evolve(certified(), learner=None)),
    "certification_is_unknown": lambda: alone(evolve(certified(), certification=None)),
    "certification_is_unknown, another": lambda: alone(
        evolve(certified(), certification=evolve(FROM_COMPLETION, code="OTHER-1"))
    ),
    "indexed_status_differs": lambda: _index(status=None),
    "indexed_before_last_fact": _indexed_early,
    "indexed_change_is_late": lambda: _index(next_change_at=None),
    "indexed_change_is_late, but not never": lambda: _index(next_change_at=instant("2040-01-01")),
    # cycles
    "earlier_cycle_is_open": lambda: and_differs(
        cycle(begun_twice(), 0, ended_at=None, ended_by=None)
    ),
    "cycle_numbers_repeat": lambda: alone(fact(begun_twice(), 6, number=1)),
    "cycles_overlap": lambda: and_differs(cycle(begun_twice(), 0, ended_at=MARCH)),
    "cycle_ends_before_it_begins": lambda: and_differs(
        cycle(begun_twice(), 0, ended_at=JANUARY - DAY)
    ),
    "cycle_starts_before_it_begins": lambda: and_differs(
        cycle(in_progress(), started_at=JANUARY - DAY)
    ),
    "cycle_end_is_half_told": lambda: and_differs(cycle(begun_twice(), 0, ended_by=None)),
    "cycle_ended_without_its_certificate": lambda: and_differs(
        cycle(begun_twice(), 0, ended_by=CycleEnd.CERTIFICATE)
    ),
    "cycle_is_open_while_barred": lambda: and_differs(stored(in_progress(), bar=Bar.REVOKED)),
    "cycle_version_is_unknown": lambda: alone(fact(in_progress(), 2, version=9)),
    "cycle_needs_differ": lambda: alone(fact(in_progress(), 2, needs=("course", "more"))),
    "cycle_needs_differ, in the exam": lambda: alone(fact(in_progress(), 2, has_exam=True)),
    "cycle_is_awarded_only": lambda: alone(fact(record(started(LATER_AWARDED_ONLY)), 2, version=2)),
    "done_before_start": lambda: and_differs(cycle(half_done(), started_at=None)),
    "done_before_start, later": lambda: and_differs(cycle(half_done(), started_at=MARCH)),
    "step_is_done_twice": lambda: and_differs(
        cycle(half_done(), done=half_done().enrollment.cycles[0].done * 2)
    ),
    "open_cycle_is_complete": lambda: alone(told(certified(), *certified().history[:-1])),
    "open_cycle_is_complete, of an exam alone": lambda: alone(_examined_alone()),
    "open_cycle_is_complete, not started": _complete_before_start,
    "fee_is_settled_twice": lambda: and_differs(
        cycle(paid(), fees=(_settled(Fee.CERTIFICATION), _settled(Fee.CERTIFICATION)))
    ),
    "fee_is_not_of_the_cycle": lambda: and_differs(
        cycle(paid(), fees=(_settled(Fee.EXAM), _settled(Fee.RECERTIFICATION)))
    ),
    "reinstatement_is_not_used_up": lambda: and_differs(
        stored(paid(), reinstatement=_settled(Fee.REINSTATEMENT))
    ),
    "attempts_exceed_the_limit": _second_attempt,
    # requests
    "access_is_asked_for_with_a_status": _asked_with_status,
    "access_is_asked_for_twice": lambda: and_differs(
        stored(asked(), access_requests=_twice(asked().enrollment.access_requests))
    ),
    "evidence_waits_twice": lambda: and_differs(
        cycle(waiting(), requests=_twice(waiting().enrollment.requests))
    ),
    "evidence_waits_for_nothing": lambda: alone(
        added(waiting(), f.EvidenceSubmitted(number=1, step="other"), "submit evidence")
    ),
    "held_attempt_has_no_request": lambda: and_differs(
        cycle(record(examined(passed=True, approval=True)), requests=())
    ),
    "exam_request_has_no_held_attempt": lambda: and_differs(
        cycle(record(examined(passed=True, approval=True)), attempts=())
    ),
    "attempts_are_asked_for_twice": lambda: and_differs(
        cycle(_asked_for_attempts(), requests=_twice(_asked_for_attempts().enrollment.requests))
    ),
    "exam_request_is_idle": lambda: and_differs(cycle(_asked_for_attempts(), exam_done=True)),
    "exam_request_is_idle, held": lambda: and_differs(
        cycle(record(examined(passed=True, approval=True)), exam_done=True)
    ),
    "request_of_an_ended_cycle_waits": _waits_again,
    "test_out_is_taken_twice": _tested_out,
    "assignment_is_there_twice": lambda: and_differs(
        stored(assigned_again(), assignments=assigned_again().enrollment.assignments * 2)
    ),
    # certificates
    "certificates_are_out_of_order": lambda: and_differs(
        stored(awarded_twice(), certificates=awarded_twice().enrollment.certificates[::-1])
    ),
    "award_is_of_a_taken_instant": _again_at_that_instant,
    "renewal_shortens": _shorter,
    "days_are_out_of_order": lambda: and_differs(
        terms(certified(), last_valid_day=date(2025, 12, 1))
    ),
    "issued_on_another_day": lambda: and_differs(terms(certified(), issued_on=date(2025, 1, 31))),
    "dates_do_not_follow": _other_dates,
    "dates_do_not_follow, for there are none": lambda: alone(_beyond_the_calendar()),
    "dates_do_not_follow, of none stored": lambda: (
        stored(_other_dates()[0], certificates=()),
        {"stored_differs", "cycle_ended_without_its_certificate"},
    ),
    "certificate_version_is_unknown": lambda: and_differs(certificate(certified(), version=9)),
    "certificate_of_an_incomplete_cycle": lambda: alone(fact(certified(), 4, step="other")),
    "certificate_of_an_incomplete_cycle, without the exam": lambda: (
        fact(certified(), 2, has_exam=True),
        {"cycle_needs_differ"},
    ),
    "certificate_of_an_open_cycle": lambda: and_differs(
        cycle(certified(), ended_at=MARCH, ended_by=CycleEnd.AWARD)
    ),
    "certificate_of_an_open_cycle, ended before": lambda: (
        cycle(certified(), ended_at=FEBRUARY - DAY),
        {"stored_differs", "cycle_ended_without_its_certificate"},
    ),
    "cycle_has_two_certificates": _earned_twice,
    "certificate_is_revoked_before_its_issue": lambda: and_differs(
        certificate(certified(), revoked_at=JANUARY)
    ),
    "bar_left_a_certificate": lambda: and_differs(certificate(disallowed(), revoked_at=None)),
}
"""By the code that finds it, and in what way: the damaged record, and the codes that find it besides."""


@cache
def damaged(name: str) -> Case:
    """The case of a name; it is made once."""
    return CASES[name]()
