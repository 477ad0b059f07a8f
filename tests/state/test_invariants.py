"""Every invariant is told from the others: each is broken here by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, Final

import pytest
from attrs import evolve

from certlib.actors import Actor
from certlib.certifications import (
    Access,
    Certification,
    Curriculum,
    Exam,
    External,
    Step,
    TestOut,
    Version,
)
from certlib.periods import DAY, Period
from certlib.policies import Deadlines, ExamRules, Fee, Fees, InitialDeadline, Policy
from certlib.state import Accepted, Certificate, Enrollment, Status
from certlib.state._cycles import AttemptOutcome, CycleEnd, Request, RequestKind, RequestState
from certlib.state._status import Bar
from certlib.state.commands import (
    Assign,
    Award,
    Command,
    CompleteStep,
    Enroll,
    RecordExam,
    RecordPayment,
    RecordTestOut,
    RequestAccess,
    RequestAttempts,
    RestoreAccess,
    Start,
    Strike,
    SubmitEvidence,
)
from certlib.state.facts import CertificateRedated
from certlib.testing.exploration import STEP_LAWS, AcceptedStep, broken_by
from tests.state.sample import FROM_COMPLETION, PER_CERTIFICATE, PUBLISHED_ON
from tests.state.story import Story, actor, instant


def taken(story: Story, command: Command, by: str = "admin:eva") -> AcceptedStep:
    """What a command that is accepted looks like to the invariants."""
    before = story.case
    accepted = story.give(command, by)
    return AcceptedStep(
        before=before,
        command=command,
        actor=actor(by),
        now=story.now,
        accepted=accepted,
        after=story.case,
    )


def certified() -> AcceptedStep:
    """A learner who earned a certificate, now awarded another."""
    story = Story(FROM_COMPLETION, now="2025-01-01")
    story.give(Enroll(), "learner:ann")
    story.give(Start(), "learner:ann")
    story.give(CompleteStep(step="course"), "system", "2025-02-01")
    return taken(story.wait("2025-03-01"), Award())


def with_enrollment(
    taken: AcceptedStep, changed: Callable[[Enrollment], Enrollment]
) -> AcceptedStep:
    """The same, as if the stored enrollment had come out otherwise."""
    after = evolve(taken.after, enrollment=changed(taken.after.enrollment))
    return evolve(taken, after=after)


def only(taken: AcceptedStep, sentence: str) -> bool:
    """Whether this sentence is among those that are broken."""
    return any(each.startswith(sentence) for each in broken_by(taken))


def newest(enrollment: Enrollment, **changes: Any) -> Enrollment:
    *older, last = enrollment.certificates
    changed: Certificate = evolve(last, **changes)
    return evolve(enrollment, certificates=(*older, changed))


def test_nothing_is_broken_by_a_command_that_is_accepted() -> None:
    assert list(broken_by(certified())) == []


def test_sentences_differ() -> None:
    sentences = [law.sentence for law in STEP_LAWS]
    assert len(set(sentences)) == len(sentences) == 25


def _opened_again(enrollment: Enrollment) -> Enrollment:
    cycle = evolve(enrollment.cycles[0], ended_at=None, ended_by=None)
    return evolve(enrollment, cycles=(cycle, evolve(cycle, number=2)))


def _one_opened_again(enrollment: Enrollment) -> Enrollment:
    cycle = evolve(enrollment.cycles[0], ended_at=None, ended_by=None)
    return evolve(enrollment, cycles=(cycle,), bar=Bar.REVOKED)


def _numbered_alike(enrollment: Enrollment) -> Enrollment:
    return evolve(enrollment, cycles=(*enrollment.cycles, *enrollment.cycles))


def _backwards(enrollment: Enrollment) -> Enrollment:
    return evolve(enrollment, certificates=enrollment.certificates[::-1])


def _with_a_step_more(enrollment: Enrollment) -> Enrollment:
    cycle = enrollment.cycles[0]
    return evolve(enrollment, cycles=(evolve(cycle, needs=(*cycle.needs, "drill")),))


def _baseline_after_the_end(enrollment: Enrollment) -> Enrollment:
    terms = enrollment.certificates[-1].terms
    assert terms.last_valid_day is not None
    return newest(enrollment, terms=evolve(terms, baseline=terms.last_valid_day + DAY))


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        (_opened_again, "at most one cycle is open"),
        (_one_opened_again, "a cycle is open exactly in"),
        (_numbered_alike, "cycles are numbered in the order"),
        (lambda e: evolve(e, assignments=()), "the history replays to the enrollment"),
        (_backwards, "certificates are ordered by issue"),
        (_baseline_after_the_end, "issued, window, baseline, last valid day"),
        (_with_a_step_more, "a cycle's certificate is issued only with nothing missing"),
        (lambda e: evolve(e, entries=9), "events are numbered on"),
        (lambda e: evolve(e, version=99), "events are numbered on"),
    ],
)
def test_an_enrollment_that_came_out_wrong(
    changed: Callable[[Enrollment], Enrollment], sentence: str
) -> None:
    assert only(with_enrollment(certified(), changed), sentence)


def test_certified_outside_the_spans() -> None:
    revoked = with_enrollment(certified(), lambda e: newest(e, revoked_at=instant("2025-03-01")))
    assert only(revoked, "at most one certificate is in force")


def test_certificates_that_did_not_change_are_not_asked_again() -> None:
    story = Story(FROM_COMPLETION)
    story.give(Award())
    assigned = taken(story, Assign())
    assert not only(assigned, "at most one certificate is in force")


def test_a_fact_in_the_future() -> None:
    given = certified()
    events = tuple(evolve(e, at=given.now + timedelta(seconds=1)) for e in given.accepted.events)
    accepted: Accepted = evolve(given.accepted, events=events)
    assert only(evolve(given, accepted=accepted), "no fact lies in the future")


def test_an_event_with_a_number_too_many() -> None:
    given = certified()
    events = tuple(evolve(e, sequence=e.sequence + 1) for e in given.accepted.events)
    accepted: Accepted = evolve(given.accepted, events=events)
    assert only(evolve(given, accepted=accepted), "events are numbered on")


EXAMINED: Final = Certification(
    code="EXAMINED-1",
    versions=(
        Version(
            number=1,
            published_on=PUBLISHED_ON,
            policy=Policy(
                exam=ExamRules(attempts=1, approval=True),
                fees=Fees(exam=True),
                deadlines=Deadlines(initial=InitialDeadline(due=Period.parse("P60D"))),
            ),
            initial=Curriculum(
                steps=(
                    Step(code="a", paths=(External(), TestOut(code="test"))),
                    Step(code="b", paths=(External(),)),
                ),
                exam=Exam(code="exam"),
            ),
        ),
    ),
)


def begun(*commands: tuple[Command, str]) -> AcceptedStep:
    """The last of some commands in a cycle with evidence, a test-out, an exam and a due day."""
    story = Story(EXAMINED, now="2025-01-01")
    for command, by in ((Enroll(), "learner:ann"), (Start(), "learner:ann"), *commands[:-1]):
        story.give(command, by)
    return taken(story, *commands[-1])


def waiting() -> AcceptedStep:
    """Two pieces of evidence and a held attempt: only approvals are left."""
    return begun(
        (RecordTestOut(step="a", passed=False), "system"),
        (SubmitEvidence(step="a"), "learner:ann"),
        (RecordPayment(fee=Fee.EXAM), "system"),
        (RecordExam(passed=True), "system"),
        (SubmitEvidence(step="b"), "learner:ann"),
    )


def used_up() -> AcceptedStep:
    """No attempt is left, and more are asked for."""
    return begun(
        (RecordPayment(fee=Fee.EXAM), "system"),
        (RecordExam(passed=False), "system"),
        (RequestAttempts(), "learner:ann"),
    )


def cycle_with(enrollment: Enrollment, **changes: Any) -> Enrollment:
    """The enrollment with its last cycle changed."""
    *others, last = enrollment.cycles
    return evolve(enrollment, cycles=(*others, evolve(last, **changes)))


def _asked_twice(enrollment: Enrollment) -> Enrollment:
    requests = enrollment.cycles[-1].requests
    return cycle_with(enrollment, requests=(*requests, evolve(requests[-1], number=99)))


def _denied(enrollment: Enrollment) -> Enrollment:
    requests = enrollment.cycles[-1].requests
    changed = tuple(evolve(each, state=RequestState.DENIED) for each in requests)
    return cycle_with(enrollment, requests=changed)


def _for_another_step(enrollment: Enrollment) -> Enrollment:
    requests = enrollment.cycles[-1].requests
    return cycle_with(enrollment, requests=(*requests, evolve(requests[-1], step="c")))


def _attempt(outcome: AttemptOutcome) -> Callable[[Enrollment], Enrollment]:
    return lambda e: cycle_with(
        e, attempts=tuple(evolve(each, outcome=outcome) for each in e.cycles[-1].attempts)
    )


class TestRequests:
    """What waits, and for how long."""

    def test_nothing_is_broken(self) -> None:
        for given in (waiting(), used_up()):
            assert list(broken_by(given)) == []
        assert waiting().after.enrollment.status_at(instant("2025-01-01")) == "pending_approval"

    @pytest.mark.parametrize(
        ("given", "changed", "sentence"),
        [
            (waiting, _denied, "the history replays"),
            (waiting, _asked_twice, "evidence waits for a missing step only"),
            (waiting, _for_another_step, "evidence waits for a missing step only"),
            (waiting, _attempt(AttemptOutcome.FAILED), "one held attempt"),
            (waiting, lambda e: cycle_with(e, exam_done=True), "one held attempt"),
            (used_up, _asked_twice, "one held attempt"),
            (used_up, lambda e: cycle_with(e, exam_done=True), "one held attempt"),
            (
                waiting,
                lambda e: evolve(
                    cycle_with(e, ended_at=instant("2025-01-01"), ended_by=CycleEnd.REVOKED),
                    bar=Bar.REVOKED,
                ),
                "requests of an ended cycle are not open",
            ),
            (
                waiting,
                lambda e: evolve(e, test_outs=e.test_outs * 2),
                "a test-out is taken once",
            ),
            (
                waiting,
                lambda e: cycle_with(e, fees=e.cycles[-1].fees * 2),
                "a cycle's fees are its own and the exam's",
            ),
            (
                waiting,
                lambda e: cycle_with(
                    e, fees=tuple(evolve(f, fee=Fee.REINSTATEMENT) for f in e.cycles[-1].fees)
                ),
                "a cycle's fees are its own and the exam's",
            ),
            (
                waiting,
                lambda e: cycle_with(e, due=evolve(e.cycles[-1].due, on=date(2025, 1, 2))),
                "a due day moves earlier by no new fact",
            ),
            (
                waiting,
                lambda e: cycle_with(e, due=None),
                "a due day moves earlier by no new fact",
            ),
            (
                waiting,
                lambda e: cycle_with(e, needs=(), has_exam=False, requests=()),
                "no open cycle has nothing missing",
            ),
        ],
    )
    def test_an_enrollment_that_came_out_wrong(
        self,
        given: Callable[[], AcceptedStep],
        changed: Callable[[Enrollment], Enrollment],
        sentence: str,
    ) -> None:
        assert only(with_enrollment(given(), changed), sentence)

    def test_pending_approval_and_not(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The status is asked of the product: here it is told another one."""
        sentence = "Pending Approval exactly while only approvals are left"
        for given, told in ((waiting(), Status.IN_PROGRESS), (used_up(), Status.PENDING_APPROVAL)):
            monkeypatch.setattr("certlib.state._status.cycle_status", lambda _, told=told: told)
            assert only(given, sentence)

    def test_a_request_for_access_beside_a_status(self) -> None:
        given = certified()
        request = Request(number=1, kind=RequestKind.ACCESS, at=given.now)
        changed = with_enrollment(given, lambda e: evolve(e, access_requests=(request,)))
        assert only(changed, "no request for access is open once there is a status")

    def test_two_requests_for_access(self) -> None:
        story = Story(PER_REQUEST, now="2025-01-01")
        asked = taken(story, RequestAccess(), "learner:ann")
        assert list(broken_by(asked)) == []
        twice = with_enrollment(asked, lambda e: evolve(e, access_requests=e.access_requests * 2))
        assert only(twice, "no request for access is open once there is a status, and never two")


PER_REQUEST: Final = evolve(FROM_COMPLETION, access=Access.BY_REQUEST)


class TestCycles:
    def test_one_that_has_ended_changes(self) -> None:
        given = certified()
        changed = with_enrollment(given, lambda e: cycle_with(e, granted=3))
        assert only(changed, "an ended cycle changes no more")

    def test_but_a_strike_or_a_late_award_may_end_it_otherwise(self) -> None:
        story = Story(FROM_COMPLETION, now="2025-01-01")
        for command, by in ((Enroll(), "learner:ann"), (Start(), "learner:ann")):
            story.give(command, by)
        story.give(CompleteStep(step="course"), "system", "2025-02-01")
        late = taken(story.wait("2025-03-01"), Award(at=instant("2025-01-10")))
        assert late.after.enrollment.cycles != late.before.enrollment.cycles
        assert list(broken_by(late)) == []

    def test_one_on_a_version_that_is_awarded_only(self) -> None:
        given = certified()
        after = evolve(given.after, certification=PER_CERTIFICATE)
        assert only(evolve(given, after=after), "no cycle is on a version that is awarded only")

    def test_a_version_that_is_gone_says_nothing(self) -> None:
        given = certified()
        after = evolve(given.after, certification=evolve(FROM_COMPLETION, versions=()))
        assert list(broken_by(evolve(given, after=after))) == []

    def test_a_fact_before_the_command(self) -> None:
        given = certified()
        first, *others = given.accepted.events
        earlier = evolve(first, at=first.at - timedelta(seconds=1))
        accepted: Accepted = evolve(given.accepted, events=(first, *others, earlier))
        sentence = "nothing is recorded before the instant of the command"
        assert only(evolve(given, accepted=accepted), sentence)
        strike = evolve(given, accepted=accepted, command=Strike(entry=1))
        assert not only(strike, sentence)


class TestNoShorter:
    """Computed days are not earlier than those of the certificate in force."""

    SENTENCE = "computed days are not earlier than those of the certificate in force"

    def shorter(self, **changes: Any) -> AcceptedStep:
        def changed(enrollment: Enrollment) -> Enrollment:
            return newest(enrollment, terms=evolve(enrollment.certificates[-1].terms, **changes))

        return with_enrollment(certified(), changed)

    def test_a_day_earlier(self) -> None:
        earned_until = certified().after.enrollment.certificates[0].last_valid_day
        assert earned_until is not None
        for what in ("baseline", "last_valid_day"):
            assert not only(self.shorter(**{what: earned_until}), self.SENTENCE)
            assert only(self.shorter(**{what: earned_until - DAY}), self.SENTENCE)

    def test_but_an_explicit_day(self) -> None:
        given = self.shorter(last_valid_day=date(2025, 6, 1), explicit=True)
        assert not only(given, self.SENTENCE)

    @pytest.mark.parametrize("revoked_at", ["2025-02-10", "2025-03-01"])
    def test_but_after_a_revocation(self, revoked_at: str) -> None:
        given = self.shorter(last_valid_day=date(2025, 6, 1))
        first, last = given.after.enrollment.certificates
        revoked = evolve(first, revoked_at=instant(revoked_at))
        assert not only(
            with_enrollment(given, lambda e: evolve(e, certificates=(revoked, last))), self.SENTENCE
        )
        later = evolve(first, revoked_at=instant("2025-03-02"))
        assert only(
            with_enrollment(given, lambda e: evolve(e, certificates=(later, last))), self.SENTENCE
        )

    def test_but_after_it_was_over(self) -> None:
        given = self.shorter(last_valid_day=date(2025, 6, 1))
        first, last = given.after.enrollment.certificates
        over = evolve(
            first, terms=evolve(first.terms, last_valid_day=date(2025, 2, 28), grace=Period())
        )
        assert not only(
            with_enrollment(given, lambda e: evolve(e, certificates=(over, last))), self.SENTENCE
        )

    def test_but_one_that_was_dated_again_when_asked(self) -> None:
        given = self.shorter(last_valid_day=date(2025, 6, 1))
        history = given.after.history
        assert history
        terms = given.after.enrollment.certificates[-1].terms
        redated = evolve(history[-1], fact=CertificateRedated(version=1, terms=terms))
        after = evolve(given.after, history=(*history, redated))
        assert not only(evolve(given, after=after), self.SENTENCE)

    def test_one_that_never_ends(self) -> None:
        given = certified()
        first, last = given.after.enrollment.certificates
        endless = evolve(first, terms=evolve(first.terms, last_valid_day=None))
        assert only(
            with_enrollment(given, lambda e: evolve(e, certificates=(endless, last))), self.SENTENCE
        )


class TestBars:
    """What leaves Revoked and Disallowed."""

    def left(self, bar: Bar, command: Command, by: str) -> list[str]:
        given = certified()
        before = evolve(given.before, enrollment=evolve(given.before.enrollment, bar=bar))
        changed: AcceptedStep = evolve(given, before=before, command=command, actor=Actor.parse(by))
        return list(broken_by(changed))

    def test_disallowed_by_restore_access_or_a_strike(self) -> None:
        assert self.left(Bar.DISALLOWED, RestoreAccess(), "admin:eva") == []
        assert self.left(Bar.DISALLOWED, Strike(entry=1), "system") == []

    def test_disallowed_by_anything_else(self) -> None:
        assert self.left(Bar.DISALLOWED, Start(), "admin:eva") == [
            "Disallowed is left only by restore access"
        ]

    def test_either_by_the_system(self) -> None:
        sentence = "Revoked and Disallowed are left by no command of the system"
        assert self.left(Bar.DISALLOWED, RestoreAccess(), "system") == [sentence]
        assert self.left(Bar.REVOKED, Start(), "system") == [sentence]
        assert self.left(Bar.REVOKED, Start(), "learner:ann") == []
