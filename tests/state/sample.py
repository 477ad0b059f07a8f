"""Certifications that the tests of the state share: between them every kind of policy there is."""

from __future__ import annotations

from datetime import date

from certlib.certifications import (
    Access,
    Certification,
    Classroom,
    Curriculum,
    Exam,
    External,
    Online,
    Step,
    TestOut,
    Version,
)
from certlib.periods import Period
from certlib.policies import (
    AnnualDate,
    BeforeWindow,
    ExamRules,
    Fees,
    FixedDates,
    FromCompletion,
    FromExpiry,
    Grace,
    PerCertificate,
    Policy,
    Recertification,
)
from certlib.requirements import AllOf, Completed

P1Y = Period.parse("P1Y")
P3M = Period.parse("P3M")
P30D = Period.parse("P30D")
PUBLISHED_ON = date(2020, 1, 1)
FREE = Fees()


def course(code: str = "course") -> Step:
    """A step that is done by one training."""
    return Step(code=code, paths=(Online(requires=Completed(training=code.upper())),))


ONE_STEP = Curriculum(steps=(course(),))
TWO_STEPS = Curriculum(
    steps=(
        course(),
        Step(
            code="drill",
            paths=(
                Online(requires=Completed(training="DRILL")),
                Classroom(
                    requires=AllOf(of=(Completed(training="DAY"), Completed(training="NIGHT")))
                ),
            ),
        ),
    )
)

PATHS = Curriculum(
    steps=(
        Step(
            code="course",
            paths=(
                Online(requires=Completed(training="COURSE")),
                External(),
                TestOut(code="quiz"),
            ),
        ),
        Step(code="visit", paths=(External(),)),
    )
)
"""A step with three paths, and one that takes evidence alone."""
ONE_STEP_AND_EXAM = Curriculum(steps=(course(),), exam=Exam(code="exam"))
PATHS_AND_EXAM = Curriculum(steps=PATHS.steps, exam=Exam(code="exam"))


def certification(
    policy: Policy,
    *,
    code: str = "CERT-1",
    initial: Curriculum = ONE_STEP,
    recertification: Curriculum | None = None,
    access: Access = Access.OPEN,
    active: bool = True,
    published_on: date = PUBLISHED_ON,
) -> Certification:
    """A certification with one published version."""
    version = Version(
        number=1,
        published_on=published_on,
        initial=initial,
        recertification=recertification or initial,
        policy=policy,
    )
    return Certification(code=code, access=access, active=active, versions=(version,))


FROM_COMPLETION = certification(
    Policy(validity=FromCompletion(period=P1Y), grace=Grace(period=P30D)), code="COMPLETION-1"
)
"""A year from completion, a month of grace, renewed at any time; open to all."""
FROM_EXPIRY = certification(
    Policy(validity=FromExpiry(period=P1Y), recertification=Recertification(window=P3M)),
    code="EXPIRY-1",
    initial=TWO_STEPS,
    recertification=ONE_STEP,
    access=Access.ASSIGNED_ONLY,
)
"""A year from the previous expiry, a window of three months, no grace; two steps at first."""
FOREVER = certification(Policy(), code="FOREVER-1")
FIXED_DATES = certification(
    Policy(
        time_zone="Europe/Madrid",
        validity=FixedDates(dates=(AnnualDate.parse("12-31"),), minimum=P3M),
        grace=Grace(period=P30D, counts_as_certified=True),
        recertification=Recertification(window=P3M),
    ),
    code="FIXED-1",
)
PER_CERTIFICATE = certification(
    Policy(validity=PerCertificate(), grace=Grace(period=P30D)), code="EXPLICIT-1"
)
"""Awarded only; every certificate states its own last valid day."""
EARLY_AND_EXAM = certification(
    Policy(
        validity=FromExpiry(period=P1Y),
        grace=Grace(period=P30D),
        recertification=Recertification(window=P3M, before_window=BeforeWindow.RENEWS),
    ),
    code="EARLY-1",
    initial=Curriculum(steps=(course(),), exam=Exam(code="exam")),
    recertification=TWO_STEPS,
)
"""A completion before the window is a renewal; an exam at first, two steps later."""

SAMPLES = (FROM_COMPLETION, FROM_EXPIRY, FOREVER, FIXED_DATES, PER_CERTIFICATE, EARLY_AND_EXAM)

EVIDENCE = certification(
    Policy(validity=FromCompletion(period=P1Y), grace=Grace(period=P30D)),
    code="EVIDENCE-1",
    initial=PATHS,
)
"""As the first one, with steps that evidence leads through."""
EVERYTHING = certification(
    Policy(
        validity=FromCompletion(period=P1Y),
        grace=Grace(period=P30D),
        exam=ExamRules(attempts=2, cool_down=Period.parse("P1D"), approval=True),
        fees=Fees(certification=True, exam=True, recertification=True, reinstatement=True),
    ),
    code="EVERYTHING-1",
    initial=PATHS_AND_EXAM,
)
"""Evidence, test-out, an exam whose passes wait for approval, and all four fees."""


def with_exam(rules: ExamRules, *, fees: Fees = FREE) -> Certification:
    """One step and an exam, a year from completion."""
    return certification(
        Policy(validity=FromCompletion(period=P1Y), exam=rules, fees=fees),
        code="EXAM-1",
        initial=ONE_STEP_AND_EXAM,
    )


def with_fees(fees: Fees, *, curriculum: Curriculum = ONE_STEP) -> Certification:
    """A year from completion and a month of grace, for money."""
    return certification(
        Policy(validity=FromCompletion(period=P1Y), grace=Grace(period=P30D), fees=fees),
        code="FEES-1",
        initial=curriculum,
    )
