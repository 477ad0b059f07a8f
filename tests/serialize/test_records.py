"""Records come back as they were, and what is not known is never dropped."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import attrs
import pytest
from attrs import evolve, field, frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from certlib.errors import InvalidValueError, UnknownKindError
from certlib.periods import Period
from certlib.policies import Fee, Terms
from certlib.serialize import (
    Records,
    dump_completion,
    dump_enrollment,
    dump_event,
    dump_fact,
    dump_notice,
    load_completion,
    load_enrollment,
    load_event,
    load_fact,
    load_notice,
)
from certlib.state import Enrollment, Event, Notice
from certlib.state import facts as f
from certlib.state._certificates import Certificate
from certlib.state._cycles import (
    Attempt,
    AttemptOutcome,
    Cycle,
    CycleEnd,
    CycleKind,
    Due,
    FeeSettled,
    Request,
    RequestKind,
    RequestState,
    Settlement,
    StepDone,
    TestOutTaken,
)
from certlib.state._enrollments import Assignment, AssignmentSource
from certlib.state._rows import TABLE
from certlib.state._status import Bar
from certlib.state.facts import AssignmentAdded, CertificateIssued, CycleStarted, Fact
from certlib.transcript import Completion, CompletionKey, CompletionSource
from tests import strategies
from tests.serialize.places import GONE, Json, Place, parts_of, places, replaced, unfit
from tests.spoiling import spoiled

AT = datetime(2025, 3, 3, 9, 30, tzinfo=UTC)
TERMS = Terms(
    issued_on=date(2025, 3, 3),
    baseline=date(2026, 3, 3),
    last_valid_day=date(2026, 3, 3),
    window_opens_on=None,
    grace=Period.parse("P30D"),
    grace_counts=False,
    time_zone="Europe/Madrid",
    anchor=date(2025, 3, 3),
    periods=1,
    period=Period.parse("P1Y"),
)
EVENT = Event(
    sequence=3,
    entry=2,
    at=AT,
    recorded_at=AT + timedelta(microseconds=7),
    actor="admin:eva",
    row="award",
    import_id="i-1",
    import_row=7,
    because=(CompletionKey(training="FORK", at=AT),),
    fact=CertificateIssued(cycle=1, version=2, terms=TERMS),
)
WRITTEN_TERMS = {
    "issued_on": "2025-03-03",
    "baseline": "2026-03-03",
    "last_valid_day": "2026-03-03",
    "window_opens_on": None,
    "grace": "P30D",
    "grace_counts": False,
    "time_zone": "Europe/Madrid",
    "anchor": "2025-03-03",
    "periods": 1,
    "period": "P1Y",
}
WRITTEN_EVENT = {
    "format": 1,
    "sequence": 3,
    "entry": 2,
    "at": "2025-03-03T09:30:00.000000Z",
    "recorded_at": "2025-03-03T09:30:00.000007Z",
    "actor": "admin:eva",
    "row": "award",
    "import_id": "i-1",
    "import_row": 7,
    "because": [{"training": "FORK", "at": "2025-03-03T09:30:00.000000Z"}],
    "fact": {"tag": "certificate_issued", "cycle": 1, "version": 2, "terms": WRITTEN_TERMS},
}
ENROLLMENT = Enrollment(
    learner="ann",
    certification="FORK-1",
    version=4,
    entries=2,
    last_fact_at=AT,
    status_entry=2,
    assignments=(
        Assignment(source=AssignmentSource.RULE, reference="r", at=AT, due_on=date(2025, 6, 1)),
    ),
    bar=Bar.REVOKED,
    cycles=(
        Cycle(
            number=1,
            kind=CycleKind.INITIAL,
            version=2,
            entry=1,
            began_at=AT,
            counts_from=date(2025, 3, 1),
            needs=("course",),
            started_at=AT,
            done=(StepDone(step="course", path=None, at=AT),),
            ended_at=AT,
            ended_by=CycleEnd.CERTIFICATE,
        ),
    ),
    certificates=(
        Certificate(sequence=3, entry=2, issued_at=AT, terms=TERMS, version=2, cycle=None),
    ),
)


def through_json(document: object) -> Json:
    return json.loads(json.dumps(document, allow_nan=False))


# --- there and back -----------------------------------------------------------------------------


def test_every_kind_of_fact_is_tried() -> None:
    assert set(strategies.FACT_STRATEGIES) == set(TABLE.facts)
    assert len(TABLE.facts) == len(set(TABLE.facts)) == 39


def test_every_class_that_a_record_is_made_of_is_tried() -> None:
    made_of = parts_of(Enrollment) | parts_of(Event) | parts_of(Completion) | parts_of(Notice)
    for fact in TABLE.facts:
        made_of |= parts_of(fact) - {fact}

    assert set(strategies.RECORD_STRATEGIES) == made_of


@pytest.mark.parametrize("kind", TABLE.facts, ids=lambda kind: kind.tag)
@settings(max_examples=25)
@given(data=st.data())
def test_a_fact_is_read_back_as_it_was(kind: type[Fact], data: st.DataObject) -> None:
    fact = data.draw(strategies.FACT_STRATEGIES[kind])
    tag, document = dump_fact(fact)

    assert tag == kind.tag
    assert load_fact(tag, through_json(document)) == fact
    assert type(load_fact(tag, document)) is kind


@given(strategies.events)
def test_an_event_is_read_back_as_it_was(event: Event) -> None:
    document = dump_event(event)

    assert through_json(document) == document
    assert load_event(through_json(document)) == event


@given(strategies.enrollments)
def test_an_enrollment_is_read_back_as_it_was(enrollment: Enrollment) -> None:
    document = dump_enrollment(enrollment)

    assert through_json(document) == document
    assert load_enrollment(through_json(document)) == enrollment


@given(strategies.completions)
def test_a_completion_is_read_back_as_it_was(completion: Completion) -> None:
    assert load_completion(through_json(dump_completion(completion))) == completion


@given(strategies.notices)
def test_a_notice_is_read_back_as_it_was(notice: Notice) -> None:
    assert load_notice(through_json(dump_notice(notice))) == notice


# --- the form, which is stored and stays --------------------------------------------------------


def test_an_event_is_written_so() -> None:
    assert dump_event(EVENT) == WRITTEN_EVENT
    assert list(dump_event(EVENT))[0] == "format"  # noqa: RUF015
    assert load_event(WRITTEN_EVENT) == EVENT


def test_an_enrollment_is_written_so() -> None:
    written = {
        "format": 1,
        "learner": "ann",
        "certification": "FORK-1",
        "version": 4,
        "entries": 2,
        "last_fact_at": "2025-03-03T09:30:00.000000Z",
        "status_entry": 2,
        "assignments": [
            {
                "source": "rule",
                "reference": "r",
                "at": "2025-03-03T09:30:00.000000Z",
                "due_on": "2025-06-01",
            }
        ],
        "bar": "revoked",
        "cycles": [
            {
                "number": 1,
                "kind": "initial",
                "version": 2,
                "entry": 1,
                "began_at": "2025-03-03T09:30:00.000000Z",
                "counts_from": "2025-03-01",
                "needs": ["course"],
                "started_at": "2025-03-03T09:30:00.000000Z",
                "done": [{"step": "course", "path": None, "at": "2025-03-03T09:30:00.000000Z"}],
                "ended_at": "2025-03-03T09:30:00.000000Z",
                "ended_by": "certificate",
            }
        ],
        "certificates": [
            {
                "sequence": 3,
                "entry": 2,
                "issued_at": "2025-03-03T09:30:00.000000Z",
                "terms": WRITTEN_TERMS,
                "version": 2,
                "cycle": None,
            }
        ],
    }

    assert dump_enrollment(ENROLLMENT) == written
    assert type(dump_enrollment(ENROLLMENT)["bar"]) is str
    assert load_enrollment(written) == ENROLLMENT


PINNED: list[tuple[Fact, Json]] = [
    (
        f.AssignmentAdded(
            source=AssignmentSource.RULE,
            reference="r-1",
            due_on=date(2025, 6, 1),
            due_is_hard=True,
            time_zone="Europe/Madrid",
        ),
        {
            "tag": "assignment_added",
            "source": "rule",
            "reference": "r-1",
            "due_on": "2025-06-01",
            "due_is_hard": True,
            "time_zone": "Europe/Madrid",
        },
    ),
    (
        f.AssignmentDropped(source=AssignmentSource.IMPORT, reference="i-1"),
        {"tag": "assignment_dropped", "source": "import", "reference": "i-1"},
    ),
    (f.AccessRequested(), {"tag": "access_requested"}),
    (f.AccessApproved(request=3), {"tag": "access_approved", "request": 3}),
    (f.AccessDenied(request=3), {"tag": "access_denied", "request": 3}),
    (
        f.CycleBegan(
            number=2,
            kind=CycleKind.RECERTIFICATION,
            version=3,
            counts_from=date(2026, 1, 1),
            needs=("a", "b"),
            has_exam=True,
            curriculum=CycleKind.INITIAL,
            due_on=date(2026, 7, 31),
            due_after_expiry=Period.parse("P6M"),
            due_is_hard=True,
            time_zone="Asia/Kathmandu",
        ),
        {
            "tag": "cycle_began",
            "number": 2,
            "kind": "recertification",
            "version": 3,
            "counts_from": "2026-01-01",
            "needs": ["a", "b"],
            "has_exam": True,
            "curriculum": "initial",
            "due_on": "2026-07-31",
            "due_after_expiry": "P6M",
            "due_is_hard": True,
            "time_zone": "Asia/Kathmandu",
        },
    ),
    (f.CycleStarted(number=1), {"tag": "cycle_started", "number": 1}),
    (
        f.CycleMoved(
            number=1,
            version=2,
            needs=("a",),
            has_exam=True,
            due_on=date(2026, 7, 31),
            due_after_expiry=Period.parse("P0D"),
            due_is_hard=True,
            time_zone="Europe/Madrid",
        ),
        {
            "tag": "cycle_moved",
            "number": 1,
            "version": 2,
            "needs": ["a"],
            "has_exam": True,
            "due_on": "2026-07-31",
            "due_after_expiry": "P0D",
            "due_is_hard": True,
            "time_zone": "Europe/Madrid",
        },
    ),
    (
        f.CycleEnded(number=1, by=CycleEnd.AWARD),
        {"tag": "cycle_ended", "number": 1, "by": "award"},
    ),
    (
        f.FeePaid(fee=Fee.EXAM, number=1, reference="bill-7"),
        {"tag": "fee_paid", "fee": "exam", "number": 1, "reference": "bill-7"},
    ),
    (
        f.FeeWaived(fee=Fee.RECERTIFICATION, number=2),
        {"tag": "fee_waived", "fee": "recertification", "number": 2},
    ),
    (
        f.StepCompleted(number=1, step="a", path="online"),
        {"tag": "step_completed", "number": 1, "step": "a", "path": "online"},
    ),
    (
        f.TrainingOverridden(number=1, steps=("a", "b")),
        {"tag": "training_overridden", "number": 1, "steps": ["a", "b"]},
    ),
    (
        f.EvidenceSubmitted(number=1, step="a"),
        {"tag": "evidence_submitted", "number": 1, "step": "a"},
    ),
    (
        f.EvidenceApproved(number=1, request=4, step="a"),
        {"tag": "evidence_approved", "number": 1, "request": 4, "step": "a"},
    ),
    (
        f.EvidenceDenied(number=1, request=4),
        {"tag": "evidence_denied", "number": 1, "request": 4},
    ),
    (
        f.TestOutRecorded(number=1, step="a", version=2, passed=False),
        {"tag": "test_out_recorded", "number": 1, "step": "a", "version": 2, "passed": False},
    ),
    (
        f.ExamAttempted(number=1, outcome=AttemptOutcome.HELD, score="87"),
        {"tag": "exam_attempted", "number": 1, "outcome": "held", "score": "87"},
    ),
    (f.ExamApproved(number=1, request=5), {"tag": "exam_approved", "number": 1, "request": 5}),
    (f.ExamDenied(number=1, request=5), {"tag": "exam_denied", "number": 1, "request": 5}),
    (f.ExamOverridden(number=1), {"tag": "exam_overridden", "number": 1}),
    (f.AttemptsRequested(number=1), {"tag": "attempts_requested", "number": 1}),
    (
        f.AttemptsGranted(number=1, request=6, count=2),
        {"tag": "attempts_granted", "number": 1, "request": 6, "count": 2},
    ),
    (
        f.AttemptsDenied(number=1, request=6),
        {"tag": "attempts_denied", "number": 1, "request": 6},
    ),
    (
        f.DeadlineExtended(number=1, until=date(2026, 8, 31)),
        {"tag": "deadline_extended", "number": 1, "until": "2026-08-31"},
    ),
    (
        f.NextDeadlineExtended(until=date(2026, 8, 31)),
        {"tag": "next_deadline_extended", "until": "2026-08-31"},
    ),
    (
        f.CertificateIssued(cycle=1, version=2, terms=TERMS),
        {"tag": "certificate_issued", "cycle": 1, "version": 2, "terms": WRITTEN_TERMS},
    ),
    (
        f.CertificateAwarded(version=2, terms=TERMS, score="97"),
        {"tag": "certificate_awarded", "version": 2, "terms": WRITTEN_TERMS, "score": "97"},
    ),
    (
        f.CertificateDatedAgain(certificate=3, terms=TERMS, redating=9),
        {
            "tag": "certificate_dated_again",
            "certificate": 3,
            "terms": WRITTEN_TERMS,
            "redating": 9,
        },
    ),
    (
        f.CertificateExtended(until=date(2026, 8, 31)),
        {"tag": "certificate_extended", "until": "2026-08-31"},
    ),
    (
        f.CertificateRedated(version=2, terms=evolve(TERMS, explicit=True)),
        {
            "tag": "certificate_redated",
            "version": 2,
            "terms": {**WRITTEN_TERMS, "explicit": True},
        },
    ),
    (f.VersionChosen(version=2), {"tag": "version_chosen", "version": 2}),
    (f.AccessRevoked(), {"tag": "access_revoked"}),
    (f.PermanentlyRevoked(), {"tag": "permanently_revoked"}),
    (f.AccessRestored(), {"tag": "access_restored"}),
    (f.BarLifted(), {"tag": "bar_lifted"}),
    (f.RecertificationForced(), {"tag": "recertification_forced"}),
    (f.RemovedFromCertification(), {"tag": "removed"}),
    (f.EntryStruck(entry=2), {"tag": "entry_struck", "entry": 2}),
]
"""Each kind of fact with every field that it has, and how it is stored. The tags are public."""


@pytest.mark.parametrize(("fact", "document"), PINNED, ids=lambda each: getattr(each, "tag", ""))
def test_a_fact_is_written_so(fact: Fact, document: Json) -> None:
    tag, fields = dump_fact(fact)

    assert {"tag": tag, **fields} == document
    assert set(fields) == {each.name for each in attrs.fields(type(fact))}
    assert dump_event(evolve(EVENT, fact=fact))["fact"] == document
    assert load_event({**WRITTEN_EVENT, "fact": document}).fact == fact


def test_every_kind_of_fact_is_pinned() -> None:
    assert {type(fact) for fact, _ in PINNED} == set(TABLE.facts)
    assert len(PINNED) == len(TABLE.facts)


SHORT: list[tuple[Fact, Json]] = [
    (f.AssignmentAdded(source=AssignmentSource.SELF), {"source": "self"}),
    (f.AssignmentDropped(source=AssignmentSource.REQUEST), {"source": "request"}),
    (
        f.CycleBegan(
            number=1,
            kind=CycleKind.INITIAL,
            version=1,
            counts_from=date(2026, 1, 1),
            needs=(),
            has_exam=False,
            curriculum=None,
            due_on=None,
            due_after_expiry=None,
            due_is_hard=False,
            time_zone="UTC",
        ),
        {
            "number": 1,
            "kind": "initial",
            "version": 1,
            "counts_from": "2026-01-01",
            "needs": [],
        },
    ),
    (
        f.CycleMoved(
            number=1,
            version=2,
            needs=(),
            has_exam=False,
            due_on=None,
            due_after_expiry=None,
            due_is_hard=False,
            time_zone="UTC",
        ),
        {"number": 1, "version": 2, "needs": []},
    ),
    (f.FeePaid(fee=Fee.REINSTATEMENT, number=None, reference=None), {"fee": "reinstatement"}),
    (f.StepCompleted(number=1, step="a", path=None), {"number": 1, "step": "a"}),
    (
        f.ExamAttempted(number=1, outcome=AttemptOutcome.FAILED, score=None),
        {"number": 1, "outcome": "failed"},
    ),
    (
        f.CertificateAwarded(version=2, terms=TERMS, score=None),
        {"version": 2, "terms": WRITTEN_TERMS},
    ),
    (
        f.CertificateDatedAgain(certificate=3, terms=TERMS, redating=None),
        {"certificate": 3, "terms": WRITTEN_TERMS},
    ),
]
"""What is left out, and so stays the default for ever: documents of before lack the later fields."""


@pytest.mark.parametrize(("fact", "document"), SHORT, ids=lambda each: getattr(each, "tag", ""))
def test_the_defaults_of_a_fact_are_part_of_the_form(fact: Fact, document: Json) -> None:
    assert dump_fact(fact) == (fact.tag, document)
    assert load_fact(fact.tag, document) == fact


def test_every_kind_of_fact_with_a_default_is_among_them() -> None:
    with_a_default = {
        kind
        for kind in TABLE.facts
        if any(each.default is not attrs.NOTHING for each in attrs.fields(kind))
    }
    assert {type(fact) for fact, _ in SHORT} == with_a_default


WRITTEN_AT = "2025-03-03T09:30:00.000000Z"
FULL = Enrollment(
    learner="ann",
    certification="FORK-1",
    version=40,
    entries=20,
    last_fact_at=AT,
    last_recorded_at=AT,
    status_since=AT,
    status_entry=2,
    assignments=(
        Assignment(source=AssignmentSource.RULE, reference="r", at=AT, due_on=date(2025, 6, 1)),
    ),
    bar=Bar.DISALLOWED,
    bar_lifted_by=7,
    cycles=(
        Cycle(
            number=2,
            kind=CycleKind.RECERTIFICATION,
            version=2,
            entry=9,
            began_at=AT,
            counts_from=date(2025, 3, 1),
            needs=("course",),
            has_exam=True,
            curriculum=CycleKind.RECERTIFICATION,
            started_at=AT,
            done=(
                StepDone(
                    step="course",
                    path="online",
                    at=AT,
                    because=(CompletionKey(training="FORK", at=AT),),
                ),
            ),
            requests=(
                Request(
                    number=10,
                    kind=RequestKind.EVIDENCE,
                    at=AT,
                    step="course",
                    state=RequestState.CLOSED,
                ),
            ),
            attempts=(Attempt(number=11, at=AT, outcome=AttemptOutcome.PASSED, score="87"),),
            granted=1,
            exam_done=True,
            exam_overridden=True,
            fees=(FeeSettled(fee=Fee.EXAM, how=Settlement.PAID, at=AT, reference="bill-7"),),
            due=Due(
                on=date(2025, 9, 1),
                hard=True,
                time_zone="Europe/Madrid",
                extended_to=date(2025, 9, 30),
                after_expiry=Period.parse("P6M"),
            ),
            ended_at=AT,
            ended_by=CycleEnd.CERTIFICATE,
        ),
    ),
    certificates=(
        Certificate(
            sequence=3,
            entry=2,
            issued_at=AT,
            terms=evolve(TERMS, explicit=True),
            version=2,
            cycle=2,
            score="97",
            import_id="i-1",
            extended_to=date(2026, 4, 1),
            deadline_extended_to=date(2026, 10, 1),
            redated_by=9,
            revoked_at=AT,
        ),
    ),
    assigned_due=Due(
        on=date(2025, 6, 1),
        hard=True,
        time_zone="Europe/Madrid",
        extended_to=date(2025, 6, 30),
        after_expiry=Period.parse("P0D"),
    ),
    access_requests=(
        Request(
            number=1,
            kind=RequestKind.ACCESS,
            at=AT,
            step="course",
            state=RequestState.SUPERSEDED,
        ),
    ),
    test_outs=(TestOutTaken(step="course", version=1, passed=False, at=AT),),
    reinstatement=FeeSettled(
        fee=Fee.REINSTATEMENT, how=Settlement.WAIVED, at=AT, reference="bill-8"
    ),
)
"""Every field of everything that an enrollment is made of, none with its default."""

WRITTEN_FULL = {
    "format": 1,
    "learner": "ann",
    "certification": "FORK-1",
    "version": 40,
    "entries": 20,
    "last_fact_at": WRITTEN_AT,
    "last_recorded_at": WRITTEN_AT,
    "status_since": WRITTEN_AT,
    "status_entry": 2,
    "assignments": [{"source": "rule", "reference": "r", "at": WRITTEN_AT, "due_on": "2025-06-01"}],
    "bar": "disallowed",
    "bar_lifted_by": 7,
    "cycles": [
        {
            "number": 2,
            "kind": "recertification",
            "version": 2,
            "entry": 9,
            "began_at": WRITTEN_AT,
            "counts_from": "2025-03-01",
            "needs": ["course"],
            "has_exam": True,
            "curriculum": "recertification",
            "started_at": WRITTEN_AT,
            "done": [
                {
                    "step": "course",
                    "path": "online",
                    "at": WRITTEN_AT,
                    "because": [{"training": "FORK", "at": WRITTEN_AT}],
                }
            ],
            "requests": [
                {
                    "number": 10,
                    "kind": "evidence",
                    "at": WRITTEN_AT,
                    "step": "course",
                    "state": "closed",
                }
            ],
            "attempts": [{"number": 11, "at": WRITTEN_AT, "outcome": "passed", "score": "87"}],
            "granted": 1,
            "exam_done": True,
            "exam_overridden": True,
            "fees": [{"fee": "exam", "how": "paid", "at": WRITTEN_AT, "reference": "bill-7"}],
            "due": {
                "on": "2025-09-01",
                "hard": True,
                "time_zone": "Europe/Madrid",
                "extended_to": "2025-09-30",
                "after_expiry": "P6M",
            },
            "ended_at": WRITTEN_AT,
            "ended_by": "certificate",
        }
    ],
    "certificates": [
        {
            "sequence": 3,
            "entry": 2,
            "issued_at": WRITTEN_AT,
            "terms": {**WRITTEN_TERMS, "explicit": True},
            "version": 2,
            "cycle": 2,
            "score": "97",
            "import_id": "i-1",
            "extended_to": "2026-04-01",
            "deadline_extended_to": "2026-10-01",
            "redated_by": 9,
            "revoked_at": WRITTEN_AT,
        }
    ],
    "assigned_due": {
        "on": "2025-06-01",
        "hard": True,
        "time_zone": "Europe/Madrid",
        "extended_to": "2025-06-30",
        "after_expiry": "P0D",
    },
    "access_requests": [
        {"number": 1, "kind": "access", "at": WRITTEN_AT, "step": "course", "state": "superseded"}
    ],
    "test_outs": [{"step": "course", "version": 1, "passed": False, "at": WRITTEN_AT}],
    "reinstatement": {
        "fee": "reinstatement",
        "how": "waived",
        "at": WRITTEN_AT,
        "reference": "bill-8",
    },
}


def test_all_of_an_enrollment_is_written_so() -> None:
    assert dump_enrollment(FULL) == WRITTEN_FULL
    assert load_enrollment(WRITTEN_FULL) == FULL


OLDER: list[tuple[type, Json]] = [
    (Cycle, {"number": 1, "kind": "initial", "version": 1, "entry": 1, "began_at": WRITTEN_AT,
             "counts_from": "2025-03-01", "needs": ["course"]}),
    (Request, {"number": 1, "kind": "access", "at": WRITTEN_AT}),
    (Attempt, {"number": 1, "at": WRITTEN_AT, "outcome": "failed"}),
    (FeeSettled, {"fee": "exam", "how": "paid", "at": WRITTEN_AT}),
    (Due, {"on": "2025-06-01"}),
]  # fmt: skip
"""The least that a document holds."""


def test_what_older_documents_lack_has_its_default() -> None:
    cycle, request, attempt, fee, due = (document for _, document in OLDER)
    document = {
        "format": 1,
        "learner": "ann",
        "certification": "FORK-1",
        "cycles": [{**cycle, "requests": [request], "attempts": [attempt], "fees": [fee]}],
        "assigned_due": due,
    }

    assert load_enrollment(document) == Enrollment(
        learner="ann",
        certification="FORK-1",
        cycles=(
            Cycle(
                number=1,
                kind=CycleKind.INITIAL,
                version=1,
                entry=1,
                began_at=AT,
                counts_from=date(2025, 3, 1),
                needs=("course",),
                has_exam=False,
                curriculum=CycleKind.INITIAL,
                started_at=None,
                done=(),
                requests=(
                    Request(
                        number=1, kind=RequestKind.ACCESS, at=AT, step=None, state=RequestState.OPEN
                    ),
                ),
                attempts=(Attempt(number=1, at=AT, outcome=AttemptOutcome.FAILED, score=None),),
                granted=0,
                exam_done=False,
                exam_overridden=False,
                fees=(FeeSettled(fee=Fee.EXAM, how=Settlement.PAID, at=AT, reference=None),),
                due=None,
                ended_at=None,
                ended_by=None,
            ),
        ),
        assigned_due=Due(
            on=date(2025, 6, 1), hard=False, time_zone="UTC", extended_to=None, after_expiry=None
        ),
        access_requests=(),
        test_outs=(),
        reinstatement=None,
    )
    assert dump_enrollment(load_enrollment(document)) == document


def test_a_completion_is_written_so() -> None:
    completion = Completion(
        training="FORK",
        at=AT,
        on=date(2025, 3, 3),
        source=CompletionSource.IMPORT,
        recorded_at=AT,
        actor="admin:eva",
    )

    assert dump_completion(completion) == {
        "format": 1,
        "training": "FORK",
        "at": "2025-03-03T09:30:00.000000Z",
        "on": "2025-03-03",
        "source": "import",
        "recorded_at": "2025-03-03T09:30:00.000000Z",
        "actor": "admin:eva",
    }


def test_a_notice_is_written_so() -> None:
    notice = Notice(kind="expired", learner="ann", certification="FORK-1", at=AT, entry=2)

    assert dump_notice(notice) == {
        "format": 1,
        "kind": "expired",
        "learner": "ann",
        "certification": "FORK-1",
        "at": "2025-03-03T09:30:00.000000Z",
        "entry": 2,
    }


def test_the_defaults_are_those_of_the_form() -> None:
    # They are part of it: what is stored leaves them out.
    written_out = {
        "format": 1,
        "learner": "ann",
        "certification": "FORK-1",
        "version": 0,
        "entries": 0,
        "last_fact_at": None,
        "last_recorded_at": None,
        "status_since": None,
        "status_entry": None,
        "assignments": [],
        "bar": None,
        "bar_lifted_by": None,
        "cycles": [],
        "certificates": [],
        "assigned_due": None,
        "access_requests": [],
        "test_outs": [],
        "reinstatement": None,
    }
    blank = Enrollment.blank(learner="ann", certification="FORK-1")
    short = {"format": 1, "training": "FORK", "at": "2025-03-03T09:30:00Z"}

    assert load_enrollment(written_out) == blank
    assert dump_enrollment(blank) == {"format": 1, "learner": "ann", "certification": "FORK-1"}
    assert load_completion({**short, "recorded_at": "2025-03-03T09:30:00Z"}) == Completion(
        training="FORK",
        at=AT,
        on=None,
        source=CompletionSource.MANUAL,
        recorded_at=AT,
        actor="system",
        import_id=None,
        import_row=None,
    )


# --- instants and days --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "2025-03-03T09:30:00.000000Z",
        "2025-03-03T09:30:00Z",
        "2025-03-03T09:30:00+00:00",
        "2025-03-03T10:30:00.0+01:00",
        "2025-03-03T04:00:00.000000-05:30",
    ],
)
def test_instants_come_back_in_utc(text: str) -> None:
    event = load_event({**WRITTEN_EVENT, "at": text})

    assert event.at == AT
    assert event.at.tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        "2025-03-03T09:30:00",
        "2025-03-03",
        "2025-03-03 09:30:00Z",
        "20250303T093000Z",
        "2025-03-03T09:30Z",
        "2025-03-03T09:30:00.0000001Z",
        "2025-02-29T09:30:00.000000Z",
        "2025-13-03T09:30:00.000000Z",
        "0001-01-01T00:00:00+12:00",
        "٢025-03-03T09:30:00+00:00",
        "",
        None,
        1741000000,
    ],
)
def test_what_is_no_instant_is_refused(text: object) -> None:
    with pytest.raises(InvalidValueError) as caught:
        load_event({**WRITTEN_EVENT, "at": text})

    assert caught.value.what == "$.at"
    assert caught.value.expected == "an instant such as 2026-01-31T00:00:00.000000Z"


@pytest.mark.parametrize(
    "zone", [ZoneInfo("America/Santiago"), timezone(timedelta(hours=5, minutes=45)), UTC]
)
def test_an_instant_in_any_zone_is_written_in_utc(zone: Any) -> None:
    event = evolve(EVENT, at=AT.astimezone(zone))

    assert dump_event(event) == WRITTEN_EVENT


def test_early_instants_have_four_digits_for_the_year() -> None:
    event = evolve(EVENT, at=datetime(901, 1, 2, tzinfo=UTC))

    assert dump_event(event)["at"] == "0901-01-02T00:00:00.000000Z"
    assert load_event(dump_event(event)) == event


def test_a_naive_instant_and_a_date_with_a_time_are_not_written() -> None:
    naive = evolve(ENROLLMENT, last_fact_at=AT.replace(tzinfo=None))
    timed = spoiled(AssignmentAdded(source=AssignmentSource.SELF), due_on=AT)

    with pytest.raises(InvalidValueError, match="2025-03-03 09:30:00: expected an aware datetime"):
        dump_enrollment(naive)
    with pytest.raises(InvalidValueError, match="expected a date without a time"):
        dump_fact(timed)


@pytest.mark.parametrize(
    "text", ["2025-3-3", "20250303", "2025-W10-1", "2025-02-29", "2025-03-03T00:00:00Z", 5, None]
)
def test_what_is_no_day_is_refused(text: object) -> None:
    terms = {**WRITTEN_TERMS, "issued_on": text}

    with pytest.raises(InvalidValueError) as caught:
        load_event({**WRITTEN_EVENT, "fact": {**written_fact(), "terms": terms}})

    assert caught.value.what == "$.fact.terms.issued_on"


def written_fact() -> Json:
    return copy.deepcopy(WRITTEN_EVENT["fact"])


# --- what is not known, and what is wrong -------------------------------------------------------


def changed(path: tuple[str | int, ...], value: object) -> Json:
    """The event and its enrollment as one document, with one value replaced or added."""
    document: Json = {
        "event": copy.deepcopy(WRITTEN_EVENT),
        "enrollment": dump_enrollment(ENROLLMENT),
    }
    place: Json = document
    for key in path[:-1]:
        place = place[key]
    if value is GONE:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return document


LOAD: dict[str, Callable[[object], object]] = {"event": load_event, "enrollment": load_enrollment}
FACT_TAGS = tuple(fact.tag for fact in TABLE.facts)


@pytest.mark.parametrize(
    ("path", "value", "found_at", "kind", "known"),
    [
        (("event", "format"), 2, "$.format", "format 2", ("1",)),
        (("event", "format"), True, "$.format", "format true", ("1",)),
        (("event", "format"), "1", "$.format", "format '1'", ("1",)),
        (("enrollment", "format"), GONE, "$.format", "format null", ("1",)),
        (("event", "fact", "tag"), "fee_lost", "$.fact.tag", "the tag 'fee_lost'", FACT_TAGS),
        (("event", "fact", "tag"), GONE, "$.fact.tag", "the tag null", FACT_TAGS),
        (("event", "fact", "tag"), [], "$.fact.tag", "the tag a list", FACT_TAGS),
        (("event", "mood"), "good", "$.mood", "the field", None),
        (("event", "a b"), "good", "$['a b']", "the field", None),
        (
            ("event", "fact", "score"),
            "9",
            "$.fact.score",
            "the field",
            ("cycle", "version", "terms"),
        ),
        (
            ("event", "fact", "terms"),
            GONE,
            "$.fact",
            "a record without terms",
            ("cycle", "version", "terms"),
        ),
        (("event", "fact"), GONE, "$", "a record without fact", None),
        (
            ("event", "because", 0, "at"),
            GONE,
            "$.because[0]",
            "a record without at",
            ("training", "at"),
        ),
        (
            ("enrollment", "cycles", 0, "kind"),
            "first",
            "$.cycles[0].kind",
            "'first'",
            ("initial", "recertification"),
        ),
        (
            ("enrollment", "bar"),
            "barred",
            "$.bar",
            "'barred'",
            ("revoked", "disallowed"),
        ),
        (("enrollment", "bar"), [], "$.bar", "a list", ("revoked", "disallowed")),
        (
            ("enrollment", "cycles", 0, "done", 0, "by"),
            1,
            "$.cycles[0].done[0].by",
            "the field",
            None,
        ),
    ],
)
def test_what_is_not_known_is_never_dropped(
    path: tuple[str, ...], value: object, found_at: str, kind: str, known: tuple[str, ...] | None
) -> None:
    document = changed(path, value)[path[0]]
    before = copy.deepcopy(document)

    with pytest.raises(UnknownKindError) as caught:
        LOAD[path[0]](document)

    assert (caught.value.path, caught.value.kind) == (found_at, kind)
    assert known is None or caught.value.known == known
    assert document == before


@pytest.mark.parametrize(
    ("path", "value", "what", "shown", "expected"),
    [
        (("event", "sequence"), "3", "$.sequence", "'3'", "a whole number"),
        (("event", "sequence"), True, "$.sequence", "true", "a whole number"),
        (("event", "sequence"), 3.0, "$.sequence", "3.0", "a whole number"),
        (("event", "sequence"), 0, "$.sequence", "0", "a whole number from 1 on"),
        (("event", "actor"), 5, "$.actor", "5", "a text"),
        (("event", "reason"), 5, "$.reason", "5", "a text"),
        (("event", "because"), {}, "$.because", "an object", "a list"),
        (("event", "because"), "x", "$.because", "'x'", "a list"),
        (("event", "because", 0), "x", "$.because[0]", "'x'", "an object"),
        (("event", "fact"), "x", "$.fact", "'x'", "an object"),
        (("event", "fact", "terms"), [], "$.fact.terms", "a list", "an object"),
        (("event", "fact", "terms", "grace"), 30, "$.fact.terms.grace", "30", None),
        (("event", "fact", "terms", "grace"), "30D", "$.fact.terms.grace", "'30D'", None),
        (("event", "fact", "terms", "grace_counts"), 0, "$.fact.terms.grace_counts", "0", None),
        (("enrollment", "cycles", 0, "needs"), "ab", "$.cycles[0].needs", "'ab'", "a list"),
        (("enrollment", "cycles", 0, "needs", 0), None, "$.cycles[0].needs[0]", "null", "a text"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    path: tuple[str, ...], value: object, what: str, shown: str, expected: str | None
) -> None:
    with pytest.raises(InvalidValueError) as caught:
        LOAD[path[0]](changed(path, value)[path[0]])

    assert (caught.value.what, caught.value.value) == (what, shown)
    assert expected is None or caught.value.expected == expected


RECORD_OF: list[tuple[str, type, Callable[[object], object], Json]] = [
    ("enrollment", Enrollment, load_enrollment, WRITTEN_FULL),
    *(
        (document["tag"], Event, load_event, {**WRITTEN_EVENT, "fact": document})
        for _, document in PINNED
    ),
]
RECORDS_OF = pytest.mark.parametrize(
    ("name", "kind", "load", "document"), RECORD_OF, ids=[name for name, *_ in RECORD_OF]
)
"""A full document of an enrollment, and of an event of each kind of fact."""


@RECORDS_OF
def test_at_every_place_an_unknown_field_is_an_error(
    name: str, kind: type, load: Callable[[object], object], document: Json
) -> None:
    objects = {place.keys[:-1] for place in places(kind, document)}
    if "fact" in document:
        objects.add(("fact",))
    for keys in objects:
        wrong = Place((*keys, "later"), None)
        with pytest.raises(UnknownKindError) as caught:
            load(replaced(document, wrong.keys, None))
        assert (caught.value.path, caught.value.kind) == (wrong.path, "the field")


@RECORDS_OF
def test_at_every_place_a_missing_value_is_an_error_unless_it_has_a_default(
    name: str, kind: type, load: Callable[[object], object], document: Json
) -> None:
    whole = load(document)
    for place in places(kind, document):
        shorter = replaced(document, place.keys, GONE)
        if not place.required:
            assert load(shorter) != whole
            continue
        with pytest.raises(UnknownKindError) as caught:
            load(shorter)
        within = Place(place.keys[:-1], None).path
        assert (caught.value.path, caught.value.kind) == (
            within, f"a record without {place.keys[-1]}",
        )  # fmt: skip


@RECORDS_OF
def test_at_every_place_a_null_or_another_type_is_an_error(
    name: str, kind: type, load: Callable[[object], object], document: Json
) -> None:
    for place in places(kind, document):
        value = document
        for key in place.keys:
            value = value[key]
        refused = UnknownKindError if place.is_choice else InvalidValueError
        with pytest.raises(refused) as caught:
            load(replaced(document, place.keys, unfit(value)))
        assert _where(caught.value) == place.path
        if place.may_be_null:
            load(replaced(document, place.keys, None))
            continue
        with pytest.raises(refused) as caught:
            load(replaced(document, place.keys, None))
        assert _where(caught.value) == place.path


def _where(error: object) -> str:
    return error.path if isinstance(error, UnknownKindError) else getattr(error, "what", "")


@RECORDS_OF
def test_a_choice_that_is_newer_is_an_error(
    name: str, kind: type, load: Callable[[object], object], document: Json
) -> None:
    for place in places(kind, document):
        if place.is_choice:
            with pytest.raises(UnknownKindError) as caught:
                load(replaced(document, place.keys, "newer"))
            assert (caught.value.path, caught.value.kind) == (place.path, "'newer'")


def test_every_class_of_an_enrollment_is_among_those_places() -> None:
    assert {place.path for place in places(Enrollment, WRITTEN_FULL)} >= {
        "$.cycles[0].requests[0].state",
        "$.cycles[0].attempts[0].outcome",
        "$.cycles[0].fees[0].how",
        "$.cycles[0].due.after_expiry",
        "$.cycles[0].done[0].because[0].training",
        "$.certificates[0].terms.period",
        "$.reinstatement.reference",
    }


@pytest.mark.parametrize(
    "load", [load_event, load_enrollment, load_completion, load_notice, Records().load_event]
)
@pytest.mark.parametrize("document", [None, [], "x", 7])
def test_a_record_is_an_object(load: Callable[[object, str], object], document: object) -> None:
    with pytest.raises(InvalidValueError) as caught:
        load(document, "row 7: $")

    assert caught.value.what == "row 7: $"


def test_a_fact_is_read_by_its_tag_and_at_its_place() -> None:
    with pytest.raises(UnknownKindError) as unknown:
        load_fact("fee_lost", {}, "events[7]")
    with pytest.raises(UnknownKindError) as newer:
        load_fact("access_revoked", {"until": "2026-01-01"}, "events[7]")
    with pytest.raises(InvalidValueError) as wrong:
        load_fact("access_revoked", [], "events[7]")

    assert str(unknown.value).startswith("events[7]: the tag 'fee_lost' is not known; known are")
    assert (newer.value.path, newer.value.known) == ("events[7].until", ())
    assert (wrong.value.what, wrong.value.expected) == ("events[7]", "an object")


def test_errors_can_be_pickled() -> None:
    with pytest.raises(UnknownKindError) as caught:
        load_event({**WRITTEN_EVENT, "format": 2})

    again = pickle.loads(pickle.dumps(caught.value))
    assert str(again) == "$.format: format 2 is not known; known are 1 (unknown_kind)"


# --- facts of a host ----------------------------------------------------------------------------


def few(instance: object, attribute: attrs.Attribute[int], value: int) -> None:
    if value > 9:
        error = RuntimeError("too many")
        error.add_note("nine will do")
        raise error


@frozen(kw_only=True)
class BadgeSent(Fact):
    tag: ClassVar[str] = "host.badge_sent"
    to: str
    on: date | None = None
    copies: int = field(default=1, validator=few)

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        return enrollment


def test_a_host_may_have_facts_of_its_own() -> None:
    records = Records((*TABLE.facts, BadgeSent))
    event = evolve(EVENT, fact=BadgeSent(to="ann", on=date(2025, 3, 4)))

    document = records.dump_event(event)

    assert document["fact"] == {"tag": "host.badge_sent", "to": "ann", "on": "2025-03-04"}
    assert records.load_event(through_json(document)) == event
    assert records.load_event(WRITTEN_EVENT) == EVENT


def test_others_do_not_know_the_facts_of_a_host() -> None:
    event = evolve(EVENT, fact=BadgeSent(to="ann"))

    with pytest.raises(UnknownKindError, match=r"the tag 'host\.badge_sent' is not known"):
        dump_event(event)
    with pytest.raises(UnknownKindError, match=r"the tag 'host\.badge_sent' is not known"):
        dump_fact(event.fact)
    with pytest.raises(UnknownKindError, match=r"the tag 'host\.badge_sent' is not known"):
        load_event(Records((*TABLE.facts, BadgeSent)).dump_event(event))


def test_a_fact_that_borrows_the_tag_of_another_is_not_written() -> None:
    class Twice(CycleStarted):
        pass

    with pytest.raises(UnknownKindError, match="Twice with the tag cycle_started is not known"):
        dump_fact(Twice(number=1))
    with pytest.raises(UnknownKindError, match="Twice with the tag cycle_started is not known"):
        dump_event(evolve(EVENT, fact=Twice(number=1)))


def test_an_error_of_a_host_is_told_with_its_place() -> None:
    records = Records((BadgeSent,))

    with pytest.raises(InvalidValueError) as caught:
        records.load_fact("host.badge_sent", {"to": "ann", "copies": 10}, "events[7]")

    assert str(caught.value) == (
        "events[7] is not readable (RuntimeError): expected a record (invalid_value)"
    )


def test_two_kinds_have_two_tags() -> None:
    with pytest.raises(InvalidValueError, match="cycle_started, cycle_started"):
        Records((CycleStarted, CycleStarted))
