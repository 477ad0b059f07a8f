"""Certifications that the tests of the state share: between them every kind of policy there is."""

from __future__ import annotations

from datetime import date

from certlib.certifications import (
    Access,
    Certification,
    Classroom,
    Curriculum,
    Exam,
    Online,
    Step,
    Version,
)
from certlib.periods import Period
from certlib.policies import (
    AnnualDate,
    BeforeWindow,
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
