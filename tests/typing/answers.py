"""What is answered: each answer has its type, and no case of it can be forgotten."""

# pyright: strict, reportUnnecessaryTypeIgnoreComment=true
# pyright: reportUnnecessaryComparison=false

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import assert_never, assert_type

from certlib import Actor, Case, Enrollment, Learner, Service, Status, decide, explain, replay
from certlib.errors import RefusedError
from certlib.ports import (
    Change,
    Conflict,
    EnrollmentKey,
    NoticeState,
    Outcome,
    SaveAnswer,
    Saved,
    Store,
)
from certlib.state import (
    Accepted,
    Certificate,
    Decision,
    Event,
    Notice,
    Reason,
    ReasonKind,
    Refused,
    Verdict,
)
from certlib.state.commands import Command, CompleteStep, Enroll


def decided(case: Case, actor: Actor, now: datetime) -> str:
    decision = decide(case, Enroll(), actor=actor, now=now)
    assert_type(decision, Accepted | Refused)
    match decision:
        case Accepted():
            assert_type(decision.enrollment, Enrollment)
            assert_type(decision.events, tuple[Event, ...])
            assert_type(decision.notices, tuple[Notice, ...])
            assert_type(decision.after, Status | None)
            return "accepted"
        case Refused():
            assert_type(decision.reasons, tuple[Reason, ...])
            return "refused"
        case _ as never:
            assert_never(never)


def half_decided(decision: Decision) -> str:
    match decision:
        case Accepted():
            return "accepted"
        case _ as rest:
            assert_never(rest)  # type: ignore[arg-type]


def decided_without_a_look(decision: Decision) -> Enrollment:
    return decision.enrollment  # type: ignore[union-attr]


def saved(store: Store, changes: Sequence[Change]) -> Iterator[bool]:
    for answer in store.save(changes):
        assert_type(answer, Saved | Conflict)
        match answer:
            case Saved():
                yield answer.again
            case Conflict():
                assert_type(answer.key, EnrollmentKey | None)
                yield False
            case _ as never:
                assert_never(never)


def half_saved(answer: SaveAnswer) -> int:
    match answer:
        case Conflict():
            return answer.found
        case _ as rest:
            assert_never(rest)  # type: ignore[arg-type]


def status_in_words(status: Status | None) -> str:
    match status:
        case None:
            return "none"
        case Status.ASSIGNED | Status.NOT_STARTED:
            return "not begun"
        case Status.IN_PROGRESS | Status.PENDING_APPROVAL | Status.RECERTIFYING:
            return "at work"
        case Status.CERTIFIED:
            return "certified"
        case Status.EXPIRED | Status.LAPSED:
            return "over"
        case Status.REVOKED | Status.DISALLOWED:
            return "barred"
        case _ as never:
            assert_never(never)


def kind_in_words(reason: Reason) -> str:
    match reason.kind:
        case ReasonKind.STATUS:
            return "not in this status"
        case ReasonKind.TIME:
            return "not at this time"
        case ReasonKind.ACTOR:
            return "not by this actor"
        case ReasonKind.GUARD:
            return "a guard does not hold"
        case _ as never:
            assert_never(never)


def half_the_kinds(kind: ReasonKind) -> str:
    match kind:
        case ReasonKind.STATUS | ReasonKind.TIME:
            return "not here, or not now"
        case _ as rest:
            assert_never(rest)  # type: ignore[arg-type]


def row_in_words(outcome: Outcome) -> str:
    match outcome:
        case Outcome.NEW:
            return "new"
        case Outcome.ALREADY_COMPLETED:
            return "already completed"
        case Outcome.ERROR:
            return "an error"
        case _ as never:
            assert_never(never)


def notice_in_words(state: NoticeState) -> str:
    match state:
        case NoticeState.WAITING | NoticeState.CLAIMED:
            return "not told yet"
        case NoticeState.TOLD:
            return "told"
        case NoticeState.WITHDRAWN | NoticeState.WITHHELD:
            return "never told"
        case _ as never:
            assert_never(never)


def refused(error: RefusedError) -> None:
    assert_type(error.reasons, tuple[Reason, ...])
    for reason in error.reasons:
        assert_type(reason.code, str)
        assert_type(reason.params, Mapping[str, str])
        assert_type(reason.opens_at, datetime | None)


def of_the_service(service: Service, actor: Actor, now: datetime) -> None:
    asked = service.explain(learner="ann", certification="FORK-1", actor=actor, at=now)
    assert_type(asked, tuple[Status | None, tuple[Verdict, ...]])
    accepted = service.perform(
        Enroll(), learner="ann", certification="FORK-1", actor=actor, now=now
    )
    assert_type(accepted, Accepted)
    enrollment = service.enrollment(learner="ann", certification="FORK-1", actor=actor)
    assert_type(enrollment.status_at(now), Status | None)
    assert_type(enrollment.newest_certificate, Certificate | None)


def of_the_core(case: Case, history: Sequence[Event], actor: Actor, now: datetime) -> None:
    assert_type(explain(case, actor=actor, now=now), tuple[Verdict, ...])
    enrollment = replay(history, learner="ann", certification="FORK-1")
    assert_type(enrollment, Enrollment)


def wrong_uses(service: Service, case: Case, actor: Actor, now: datetime) -> None:
    Learner("ann")  # type: ignore[call-arg]
    Learner(id=7)  # type: ignore[arg-type]
    Learner(id="ann").id = "bo"  # type: ignore[misc]
    CompleteStep()  # type: ignore[call-arg]
    decide(case, Enroll(), actor=actor)  # type: ignore[call-arg]
    decide(case, Enroll, actor=actor, now=now)  # type: ignore[arg-type]
    decide(case, "enroll", actor=actor, now=now)  # type: ignore[arg-type]
    decide(case, Enroll(), actor="eva", now=now)  # type: ignore[arg-type]
    decide(case, Enroll(), actor=actor, now=date(2026, 1, 1))  # type: ignore[arg-type]
    service.perform(Enroll(), learner="ann", actor=actor, now=now)  # type: ignore[call-arg]
    service.statuses(actor=actor, at="2026-01-01")  # type: ignore[arg-type]
    service.statuses(actor=actor, at=now, status="certified")  # type: ignore[arg-type]


def any_command_will_do(command: Command, case: Case, actor: Actor, now: datetime) -> Decision:
    return decide(case, command, actor=actor, now=now)
