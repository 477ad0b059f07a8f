"""Cases for tests: certifications built from a few words, and commands entered into a case."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from certlib.actors import Actor
from certlib.certifications import (
    Access,
    Certification,
    Curriculum,
    Exam,
    External,
    Online,
    Path,
    Step,
    TestOut,
    Version,
)
from certlib.learners import Learner
from certlib.periods import Period
from certlib.policies import (
    ANY_TIME,
    AnnualDate,
    BeforeWindow,
    Deadlines,
    ExamRules,
    Fees,
    FixedDates,
    FromCompletion,
    FromExpiry,
    Grace,
    InitialDeadline,
    PerCertificate,
    Policy,
    Recertification,
    RecertificationDeadline,
    Rounding,
    Validity,
)
from certlib.requirements import Completed
from certlib.state import (
    Accepted,
    Case,
    Command,
    Decision,
    Enrollment,
    Event,
    decide,
    replay,
)

MICROSECOND: Final = timedelta(microseconds=1)
ADMIN: Final = Actor.parse("admin:eva")
APPROVER: Final = Actor.parse("approver:bo")
ANN: Final = Actor.parse("learner:ann")
SYSTEM: Final = Actor.parse("system")


# --- certifications ---------------------------------------------------------------------------


def policy(
    validity: Validity,
    *,
    zone: str = "UTC",
    grace: str = "P0D",
    grace_counts: bool = False,
    window: str | None = None,
    renews: bool = False,
) -> Policy:
    """A policy, its periods given as texts; no window means at any time."""
    return Policy(
        validity=validity,
        time_zone=zone,
        grace=Grace(period=Period.parse(grace), counts_as_certified=grace_counts),
        recertification=Recertification(
            window=Period.parse(window) if window else ANY_TIME,
            before_window=BeforeWindow.RENEWS if renews else BeforeWindow.IGNORED,
        ),
    )


def completion(period: str) -> FromCompletion:
    return FromCompletion(period=Period.parse(period))


def expiry(period: str) -> FromExpiry:
    return FromExpiry(period=Period.parse(period))


def annual(*days: str, minimum: str = "P0D") -> FixedDates:
    dates = tuple(AnnualDate.parse(day) for day in days)
    return FixedDates(dates=dates, minimum=Period.parse(minimum))


def steps(*codes: str) -> Curriculum:
    """A curriculum of steps, each done by the training of its name."""
    return Curriculum(
        steps=tuple(
            Step(code=code, paths=(Online(requires=Completed(training=code.upper())),))
            for code in codes
        )
    )


def certification(*policies: Policy, again: Curriculum | None = None) -> Certification:
    """A certification: one version for each policy, the second published on a day within the walks.

    The initial curriculum has the steps a and b, that of a recertification, unless given, only r.
    """
    days = (date(2000, 1, 1), date(2024, 6, 1))
    return Certification(
        code="FIRE",
        versions=tuple(
            Version(number=number, published_on=on, policy=each,
                    initial=steps("a", "b"), recertification=again or steps("r"))
            for number, (on, each) in enumerate(zip(days, policies, strict=False), start=1)
        ),
    )  # fmt: skip


# --- cases ------------------------------------------------------------------------------------


def blank(certification: Certification) -> Case:
    return Case.blank(learner=Learner(id="ann"), certification=certification)


def enter(case: Case, actor: Actor, command: Command, now: datetime) -> Case:
    """The case after a command that must be accepted."""
    decision = decide(case, command, actor=actor, now=now)
    assert isinstance(decision, Accepted), decision
    return after(case, decision)


def as_of(case: Case, at: datetime, known_at: datetime | None = None) -> Enrollment:
    return replay(history_of(case), learner="ann", certification="FIRE", at=at, known_at=known_at)


def answer(case: Case, at: datetime) -> tuple[object, ...]:
    """Everything that can be asked about an instant, without the numbers of the events."""
    enrollment = as_of(case, at)
    newest = enrollment.newest_certificate
    return (
        enrollment.status_at(at),
        enrollment.certified_at(at),
        enrollment.since(at),
        newest and (newest.issued_at, newest.terms, newest.version, newest.revoked_at),
    )


def history_of(case: Case) -> tuple[Event, ...]:
    return case.history or ()


def after(case: Case, decision: Decision) -> Case:
    """The case after a decision."""
    if not isinstance(decision, Accepted):
        return case
    return case.after(decision.enrollment, decision.events)


# --- six certifications that together exercise every rule ---------------------------------------

YEARLY: Final = FromCompletion(period=Period.parse("P1Y"))
EXAM: Final = Exam(code="exam")


def online(code: str, *others: Path) -> Step:
    """A step that is done by the training of its name, or by other paths."""
    return Step(code=code, paths=(Online(requires=Completed(training=code.upper())), *others))


def _explored(
    code: str, *versions: tuple[Policy, Curriculum, Curriculum], access: Access = Access.OPEN
) -> Certification:
    return Certification(
        code=code,
        access=access,
        versions=tuple(
            Version(
                number=number,
                published_on=date(2020, number, 1),
                policy=policy_of,
                initial=initial,
                recertification=again,
            )
            for number, (policy_of, initial, again) in enumerate(versions, start=1)
        ),
    )


PLAIN: Final = _explored(
    "PLAIN",
    (
        Policy(
            validity=YEARLY,
            grace=Grace(period=Period.parse("P30D")),
            recertification=Recertification(
                window=Period.parse("P3M"), initial_again_after=Period.parse("P6M")
            ),
            exam=ExamRules(attempts=1, approval=True),
        ),
        Curriculum(steps=(online("a"),), exam=EXAM),
        Curriculum(steps=(online("r"),), exam=EXAM),
    ),
)
"""Open access; one attempt at the exam, and a pass waits; who lapsed long ago does the initial curriculum again."""

FEES: Final = _explored(
    "FEES",
    (
        Policy(
            time_zone="Europe/Berlin",
            validity=FromCompletion(period=Period.parse("P1Y"), round_up_to=Rounding.QUARTER),
            first_validity=FromCompletion(period=Period.parse("P6M")),
            grace=Grace(period=Period.parse("P1M"), counts_as_certified=True),
            recertification=Recertification(window=Period.parse("P2M")),
            fees=Fees(certification=True, exam=True, recertification=True, reinstatement=True),
            exam=ExamRules(attempts=2, cool_down=Period.parse("P1D"), steps_first=True),
        ),
        Curriculum(exam=EXAM),
        Curriculum(steps=(online("r"),), exam=EXAM),
    ),
)
"""Every fee; rounding; another rule for the first certificate; grace counts as certified; an exam, steps first."""

EXAMINED: Final = _explored(
    "EXAMINED",
    (
        Policy(
            validity=YEARLY,
            recertification=Recertification(window=Period.parse("P2M")),
            exam=ExamRules(attempts=1, cool_down=Period.parse("P1D"), approval=True),
            deadlines=Deadlines(recertification=RecertificationDeadline(due=None)),
        ),
        Curriculum(exam=EXAM),
        Curriculum(exam=EXAM),
    ),
    access=Access.BY_REQUEST,
)
"""Access by request; one attempt, a cool-down, and a pass that waits for an approver."""

EVIDENCE: Final = _explored(
    "EVIDENCE",
    (
        Policy(
            validity=FromExpiry(period=Period.parse("P1Y")),
            grace=Grace(period=Period.parse("P20D")),
            recertification=Recertification(
                window=Period.parse("P2M"), before_window=BeforeWindow.RENEWS
            ),
            deadlines=Deadlines(initial=InitialDeadline(due=Period.parse("P60D"))),
        ),
        Curriculum(steps=(online("a", External()), online("b", External(), TestOut(code="t")))),
        Curriculum(steps=(online("a", External()), online("b", External(), TestOut(code="t")))),
    ),
)
"""Steps by evidence or test-out; a soft due day, which stands in for the previous expiry."""

HARD: Final = _explored(
    "HARD",
    (
        Policy(
            time_zone="Pacific/Auckland",
            validity=FixedDates(
                dates=(AnnualDate.parse("06-30"), AnnualDate.parse("02-29")),
                minimum=Period.parse("P3M"),
            ),
            grace=Grace(period=Period.parse("P30D")),
            fees=Fees(exam=True),
            deadlines=Deadlines(
                initial=InitialDeadline(due=Period.parse("P10D"), hard=True),
                recertification=RecertificationDeadline(due=Period.parse("P15D"), hard=True),
            ),
        ),
        Curriculum(steps=(online("a", External()),)),
        Curriculum(steps=(online("a", External()),), exam=EXAM),
    ),
    access=Access.ASSIGNED_ONLY,
)
"""Assigned only; hard deadlines of both kinds of cycles; annual dates; an exam with a fee."""

VERSIONS: Final = _explored(
    "VERSIONS",
    (
        Policy(validity=FromCompletion(period=Period.parse("P3M"))),
        Curriculum(steps=(online("a", External()),)),
        Curriculum(steps=(online("a", External()), online("b"))),
    ),
    (
        Policy(validity=PerCertificate()),
        Curriculum(steps=(online("a"),)),
        Curriculum(steps=(online("a"),)),
    ),
    (
        Policy(
            validity=FromCompletion(period=Period.parse("P4M15D")),
            grace=Grace(period=Period.parse("P90D")),
        ),
        Curriculum(steps=(online("a", External()),)),
        Curriculum(steps=(online("a", External()),)),
    ),
    (
        Policy(
            validity=FromExpiry(period=Period.parse("P4M")),
            grace=Grace(period=Period.parse("P30D")),
            exam=ExamRules(approval=True),
        ),
        Curriculum(steps=(online("a", External()),), exam=EXAM),
        Curriculum(steps=(online("a", External(), TestOut(code="t")),)),
    ),
)
"""Four versions: the first without exam and grace, later with more steps; the second awarded only."""

EXPLORED: Final = (PLAIN, FEES, EXAMINED, EVIDENCE, HARD, VERSIONS)
