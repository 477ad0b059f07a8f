"""Hypothesis strategies for valid values: what may be, not how often it is.

Records are valid field by field, as whatever is stored is; that they follow from each other is the
matter of the fold, and of `tests.histories`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any, TypeVar, cast

import attrs
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from certlib.actors import Role
from certlib.certifications import (
    Access,
    Certification,
    Classroom,
    Curriculum,
    Exam,
    External,
    Online,
    Path,
    Step,
    TestOut,
    Version,
    VersionState,
)
from certlib.periods import Period
from certlib.policies import (
    ANY_TIME,
    About,
    AnnualDate,
    AnyTime,
    Approval,
    BeforeWindow,
    ByHost,
    Deadlines,
    Digest,
    ExamRules,
    Fee,
    Fees,
    FixedDates,
    Forever,
    FromCompletion,
    FromExpiry,
    Grace,
    InitialDeadline,
    PerCertificate,
    Policy,
    Recertification,
    RecertificationDeadline,
    Reminder,
    Reminders,
    Rounding,
    Terms,
    Validity,
)
from certlib.policies.reminders import MOST_DAYS, MOST_MONTHS
from certlib.requirements import AllOf, AnyOf, AtLeast, Completed, Requirement
from certlib.serialize import Catalog
from certlib.state import facts as f
from certlib.state.certificates import Certificate
from certlib.state.cycles import (
    Attempt,
    AttemptOutcome,
    Cycle,
    CycleEnd,
    Due,
    FeeSettled,
    Request,
    RequestKind,
    RequestState,
    Settlement,
    StepDone,
    TestOutTaken,
)
from certlib.state.enrollments import Assignment, AssignmentSource, Enrollment
from certlib.state.events import Event
from certlib.state.facts import Fact
from certlib.state.notices import Notice
from certlib.state.status import Bar, CycleKind
from certlib.trainings import Training, TrainingKind
from certlib.transcript import Completion, CompletionKey, CompletionSource

__all__ = [
    "FACT_STRATEGIES",
    "FORGOTTEN",
    "POLICY_STRATEGIES",
    "RECORD_STRATEGIES",
    "annual_dates",
    "catalogs",
    "certifications",
    "codes",
    "completions",
    "days",
    "enrollments",
    "events",
    "facts",
    "instants",
    "notices",
    "periods",
    "policies",
    "requirements",
    "terms",
    "texts",
    "trainings",
    "validities",
    "zones",
]

T = TypeVar("T")

# --- single values ----------------------------------------------------------------------------

codes: SearchStrategy[str] = st.text(
    st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=12
)
texts: SearchStrategy[str] = st.text(
    st.characters(exclude_categories=("Cc", "Cs"), include_characters="\t\n"), max_size=20
)
numbers = st.integers(1, 2**31 - 1)
days = st.dates(date(1900, 1, 1), date(9000, 12, 31))
instants = st.builds(datetime.combine, days, st.times(), tzinfo=st.just(UTC))
zones = st.sampled_from(
    ["UTC", "Europe/Madrid", "Pacific/Apia", "America/Santiago", "Asia/Kathmandu"]
)
periods = st.builds(Period, months=st.integers(0, 1200), days=st.integers(0, 40_000))
long_periods = periods.filter(bool)


@st.composite
def annual_dates(draw: st.DrawFn) -> AnnualDate:
    """Any day of a leap year."""
    day = draw(st.dates(date(2024, 1, 1), date(2024, 12, 31)))
    return AnnualDate(month=day.month, day=day.day)


def tuples_of(
    each: SearchStrategy[T], least: int = 0, *, once: Callable[[T], object] | None = None
) -> SearchStrategy[tuple[T, ...]]:
    """Tuples of up to two, no two alike by ``once``."""
    return st.lists(each, min_size=least, max_size=2, unique_by=once).map(tuple)


def maybe(each: SearchStrategy[T]) -> SearchStrategy[T | None]:
    """The value, or none."""
    return st.none() | each


FORGOTTEN: dict[str, frozenset[str]] = {}
"""Fields of attrs classes that the strategies here leave out; a test says that there are none."""


def made(kind: type[T], /, **fields: SearchStrategy[Any]) -> SearchStrategy[T]:
    """A value of an attrs class, every field of which is given."""
    own = frozenset(each.name for each in attrs.fields(cast("type[attrs.AttrsInstance]", kind)))
    if left := own ^ frozenset(fields):
        FORGOTTEN[kind.__name__] = left
    return st.builds(kind, **fields)


# --- policies ---------------------------------------------------------------------------------

roundings = maybe(st.sampled_from(Rounding))
other_validities: SearchStrategy[Validity] = st.one_of(
    made(Forever),
    made(FromCompletion, period=long_periods, round_up_to=roundings),
    made(FromExpiry, period=long_periods, round_up_to=roundings),
    made(FixedDates, dates=tuples_of(annual_dates(), 1), minimum=periods),
    made(ByHost),
)
validities: SearchStrategy[Validity] = other_validities | made(PerCertificate)
deciding = st.sampled_from([role for role in Role if role is not Role.LEARNER])


@st.composite
def _policies(draw: st.DrawFn) -> Policy:
    """Any policy; the rule of the first award differs only where certificates have rules."""
    validity = draw(validities)
    first = st.none() if isinstance(validity, PerCertificate) else maybe(other_validities)
    parts = {
        "time_zone": zones,
        "first_validity": first,
        "grace": POLICY_STRATEGIES[Grace],
        "recertification": POLICY_STRATEGIES[Recertification],
        "certify_on_completion": st.booleans(),
        "look_back": periods,
        "fees": POLICY_STRATEGIES[Fees],
        "exam": POLICY_STRATEGIES[ExamRules],
        "approval": POLICY_STRATEGIES[Approval],
        "deadlines": POLICY_STRATEGIES[Deadlines],
        "reminders": POLICY_STRATEGIES[Reminders],
    }
    return draw(made(Policy, validity=st.just(validity), **parts))


policies = _policies()
initial_deadlines = made(InitialDeadline, due=maybe(periods | days), hard=st.booleans())
renewal_deadlines = made(RecertificationDeadline, due=maybe(periods), hard=st.booleans())
reminders = made(Reminder, about=st.sampled_from(About), days=st.integers(-MOST_DAYS, MOST_DAYS))
digest_periods = st.builds(
    Period, months=st.integers(0, MOST_MONTHS), days=st.integers(0, MOST_DAYS)
).filter(bool)
digests = made(Digest, about=st.sampled_from(About), begins=digest_periods)
POLICY_STRATEGIES: Mapping[type, SearchStrategy[Any]] = {
    Forever: made(Forever),
    FromCompletion: made(FromCompletion, period=long_periods, round_up_to=roundings),
    FromExpiry: made(FromExpiry, period=long_periods, round_up_to=roundings),
    FixedDates: made(FixedDates, dates=tuples_of(annual_dates(), 1), minimum=periods),
    PerCertificate: made(PerCertificate),
    ByHost: made(ByHost),
    AnnualDate: annual_dates(),
    Period: periods,
    AnyTime: st.just(ANY_TIME),
    Grace: made(Grace, period=periods, counts_as_certified=st.booleans()),
    Recertification: made(
        Recertification,
        window=st.just(ANY_TIME) | periods,
        before_window=st.sampled_from(BeforeWindow),
        initial_again_after=maybe(periods),
    ),
    Fees: made(
        Fees,
        certification=st.booleans(),
        exam=st.booleans(),
        recertification=st.booleans(),
        reinstatement=st.booleans(),
    ),
    ExamRules: made(
        ExamRules,
        attempts=maybe(numbers),
        cool_down=periods,
        steps_first=st.booleans(),
        approval=st.booleans(),
    ),
    Approval: made(Approval, roles=tuples_of(deciding, 1, once=str)),
    InitialDeadline: initial_deadlines,
    RecertificationDeadline: renewal_deadlines,
    Deadlines: made(Deadlines, initial=initial_deadlines, recertification=renewal_deadlines),
    Reminder: reminders,
    Digest: digests,
    Reminders: made(Reminders, at=tuples_of(reminders), digests=tuples_of(digests)),
    Policy: policies,
}
"""Every class that a policy is made of; a test says that none is missing."""

# --- catalogs ---------------------------------------------------------------------------------


@st.composite
def _at_least(draw: st.DrawFn, parts: SearchStrategy[Requirement]) -> AtLeast:
    of = draw(tuples_of(parts, 1))
    return AtLeast(count=draw(st.integers(1, len(of))), of=of)


def requirements(named: SearchStrategy[str] = codes) -> SearchStrategy[Requirement]:
    """Any requirement about the trainings named."""
    leaf: SearchStrategy[Requirement] = st.builds(Completed, training=named)
    return st.recursive(
        leaf,
        lambda parts: st.one_of(
            st.builds(AllOf, of=tuples_of(parts, 1)),
            st.builds(AnyOf, of=tuples_of(parts, 1)),
            _at_least(parts),
        ),
        max_leaves=4,
    )


def curricula(named: SearchStrategy[str] = codes) -> SearchStrategy[Curriculum]:
    """Steps, or an exam, or both."""
    paths: SearchStrategy[Path] = st.one_of(
        st.builds(Online, requires=requirements(named)),
        st.builds(Classroom, requires=requirements(named)),
        st.builds(External, instructions=texts),
        st.builds(TestOut, code=codes),
    )
    steps = st.builds(Step, code=codes, name=texts, paths=tuples_of(paths, 1))
    exams = st.builds(Exam, code=codes, name=texts)

    def with_steps(least: int, exam: SearchStrategy[Exam | None]) -> SearchStrategy[Curriculum]:
        several = tuples_of(steps, least, once=lambda step: step.code)
        return st.builds(Curriculum, steps=several, exam=exam)

    return with_steps(1, st.none()) | with_steps(0, exams)


@st.composite
def versions(draw: st.DrawFn, named: SearchStrategy[str] = codes) -> Version:
    """Any version; only a draft may lack the day of its publication."""
    state = draw(st.sampled_from(VersionState))
    initial = draw(curricula(named))
    return Version(
        number=draw(numbers),
        state=state,
        published_on=draw(maybe(days) if state is VersionState.DRAFT else days),
        initial=initial,
        recertification=draw(st.just(initial) | curricula(named)),
        policy=draw(policies),
    )


def certifications(named: SearchStrategy[str] = codes) -> SearchStrategy[Certification]:
    """Any certification about the trainings named."""
    return made(
        Certification,
        code=codes,
        name=texts,
        active=st.booleans(),
        access=st.sampled_from(Access),
        eligibility=maybe(requirements(named)),
        versions=tuples_of(versions(named), once=lambda version: version.number),
    )


@st.composite
def catalogs(draw: st.DrawFn) -> Catalog:
    """Any catalog: no code and no external id is there twice, and every training named is there."""
    unique = st.lists(codes, min_size=1, max_size=6, unique=True)
    external = iter(draw(unique))
    names = draw(unique)
    modules = names[: draw(st.integers(0, len(names)))]

    def training(code: str) -> Training:
        several = draw(st.permutations(modules)) if code not in modules else ()
        cut = draw(st.integers(0, len(several)))
        return Training(
            code=code,
            kind=TrainingKind.MODULE if code in modules else TrainingKind.COURSE,
            name=draw(texts),
            external_ids=tuple(each for each in [next(external, None)] if each),
            modules=tuple(several[:cut]),
            optional_modules=tuple(several[cut : draw(st.integers(0, len(several)))]),
        )

    several = tuples_of(certifications(st.sampled_from(names)), once=lambda each: each.code)
    return Catalog(
        trainings=tuple(map(training, draw(st.permutations(names)))),
        certifications=draw(several),
    )


@st.composite
def trainings(draw: st.DrawFn) -> Training:
    """Any training."""
    code, *others = draw(st.lists(codes, min_size=1, max_size=5, unique=True))
    kind = draw(st.sampled_from(TrainingKind))
    contained = others if kind is TrainingKind.COURSE else []
    cut = draw(st.integers(0, len(contained)))
    return Training(
        code=code,
        kind=kind,
        name=draw(texts),
        external_ids=draw(tuples_of(codes, once=str)),
        modules=tuple(contained[:cut]),
        optional_modules=tuple(contained[cut:]),
    )


# --- records ----------------------------------------------------------------------------------

words = st.text(max_size=10)
keys = made(CompletionKey, training=codes, at=instants)
sources = st.sampled_from(AssignmentSource)
kinds = st.sampled_from(CycleKind)
fees = st.sampled_from(Fee)
outcomes = st.sampled_from(AttemptOutcome)
terms = made(
    Terms,
    issued_on=days,
    baseline=maybe(days),
    last_valid_day=maybe(days),
    window_opens_on=maybe(days),
    grace=periods,
    grace_counts=st.booleans(),
    time_zone=zones,
    explicit=st.booleans(),
    anchor=maybe(days),
    periods=st.integers(0, 1000),
    period=maybe(periods),
)


def _decision(kind: type[Fact]) -> SearchStrategy[Fact]:
    return made(kind, number=numbers, request=numbers)


def _of_cycle(kind: type[Fact]) -> SearchStrategy[Fact]:
    return made(kind, number=numbers)


FACT_STRATEGIES: Mapping[type[Fact], SearchStrategy[Fact]] = {
    f.AssignmentAdded: made(
        f.AssignmentAdded,
        source=sources,
        reference=maybe(words),
        due_on=maybe(days),
        due_is_hard=st.booleans(),
        time_zone=zones,
    ),
    f.AssignmentDropped: made(f.AssignmentDropped, source=sources, reference=maybe(words)),
    f.AccessRequested: made(f.AccessRequested),
    f.AccessApproved: made(f.AccessApproved, request=numbers),
    f.AccessDenied: made(f.AccessDenied, request=numbers),
    f.CycleBegan: made(
        f.CycleBegan,
        number=numbers,
        kind=kinds,
        version=numbers,
        counts_from=days,
        needs=tuples_of(codes),
        has_exam=st.booleans(),
        curriculum=maybe(kinds),
        due_on=maybe(days),
        due_after_expiry=maybe(periods),
        due_is_hard=st.booleans(),
        time_zone=zones,
    ),
    f.CycleStarted: _of_cycle(f.CycleStarted),
    f.CycleMoved: made(
        f.CycleMoved,
        number=numbers,
        version=numbers,
        needs=tuples_of(codes),
        has_exam=st.booleans(),
        due_on=maybe(days),
        due_after_expiry=maybe(periods),
        due_is_hard=st.booleans(),
        time_zone=zones,
    ),
    f.CycleEnded: made(f.CycleEnded, number=numbers, by=st.sampled_from(CycleEnd)),
    f.FeePaid: made(f.FeePaid, fee=fees, number=maybe(numbers), reference=maybe(words)),
    f.FeeWaived: made(f.FeeWaived, fee=fees, number=numbers),
    f.StepCompleted: made(f.StepCompleted, number=numbers, step=codes, path=maybe(words)),
    f.TrainingOverridden: made(f.TrainingOverridden, number=numbers, steps=tuples_of(codes)),
    f.EvidenceSubmitted: made(f.EvidenceSubmitted, number=numbers, step=codes),
    f.EvidenceApproved: made(f.EvidenceApproved, number=numbers, request=numbers, step=codes),
    f.EvidenceDenied: _decision(f.EvidenceDenied),
    f.TestOutRecorded: made(
        f.TestOutRecorded, number=numbers, step=codes, version=numbers, passed=st.booleans()
    ),
    f.ExamAttempted: made(f.ExamAttempted, number=numbers, outcome=outcomes, score=maybe(words)),
    f.ExamApproved: _decision(f.ExamApproved),
    f.ExamDenied: _decision(f.ExamDenied),
    f.ExamOverridden: _of_cycle(f.ExamOverridden),
    f.AttemptsRequested: _of_cycle(f.AttemptsRequested),
    f.AttemptsGranted: made(f.AttemptsGranted, number=numbers, request=numbers, count=numbers),
    f.AttemptsDenied: _decision(f.AttemptsDenied),
    f.DeadlineExtended: made(f.DeadlineExtended, number=numbers, until=days),
    f.NextDeadlineExtended: made(f.NextDeadlineExtended, until=days),
    f.CertificateIssued: made(f.CertificateIssued, cycle=numbers, version=numbers, terms=terms),
    f.CertificateAwarded: made(
        f.CertificateAwarded, version=numbers, terms=terms, score=maybe(words)
    ),
    f.CertificateDatedAgain: made(
        f.CertificateDatedAgain, certificate=numbers, terms=terms, redating=maybe(numbers)
    ),
    f.CertificateExtended: made(f.CertificateExtended, until=days),
    f.CertificateRedated: made(f.CertificateRedated, version=numbers, terms=terms),
    f.VersionChosen: made(f.VersionChosen, version=numbers),
    f.AccessRevoked: made(f.AccessRevoked),
    f.PermanentlyRevoked: made(f.PermanentlyRevoked),
    f.AccessRestored: made(f.AccessRestored),
    f.BarLifted: made(f.BarLifted),
    f.RecertificationForced: made(f.RecertificationForced),
    f.RemovedFromCertification: made(f.RemovedFromCertification),
    f.EntryStruck: made(f.EntryStruck, entry=numbers),
}
"""Every kind of fact; a test says that none is missing."""

facts: SearchStrategy[Fact] = st.one_of(list(FACT_STRATEGIES.values()))
events = made(
    Event,
    sequence=numbers,
    entry=numbers,
    at=instants,
    recorded_at=instants,
    actor=words,
    row=words,
    reason=maybe(words),
    version=maybe(numbers),
    import_id=maybe(words),
    import_row=maybe(numbers),
    because=tuples_of(keys),
    fact=facts,
)
requests = made(
    Request,
    number=numbers,
    kind=st.sampled_from(RequestKind),
    at=instants,
    step=maybe(codes),
    state=st.sampled_from(RequestState),
)
attempts = made(Attempt, number=numbers, at=instants, outcome=outcomes, score=maybe(words))
settled = made(
    FeeSettled,
    fee=fees,
    how=st.sampled_from(Settlement),
    at=instants,
    reference=maybe(words),
)
dues = made(
    Due,
    on=days,
    hard=st.booleans(),
    time_zone=zones,
    extended_to=maybe(days),
    after_expiry=maybe(periods),
)
test_outs = made(TestOutTaken, step=codes, version=numbers, passed=st.booleans(), at=instants)
steps_done = made(StepDone, step=codes, path=maybe(words), at=instants, because=tuples_of(keys))
cycles = made(
    Cycle,
    number=numbers,
    kind=kinds,
    version=numbers,
    entry=numbers,
    began_at=instants,
    counts_from=days,
    needs=tuples_of(codes),
    has_exam=st.booleans(),
    curriculum=kinds,
    started_at=maybe(instants),
    done=tuples_of(steps_done),
    requests=tuples_of(requests),
    attempts=tuples_of(attempts),
    granted=st.integers(0, 1000),
    exam_done=st.booleans(),
    exam_overridden=st.booleans(),
    fees=tuples_of(settled),
    due=maybe(dues),
    ended_at=maybe(instants),
    ended_by=maybe(st.sampled_from(CycleEnd)),
)
certificates = made(
    Certificate,
    sequence=numbers,
    entry=numbers,
    issued_at=instants,
    terms=terms,
    version=numbers,
    cycle=maybe(numbers),
    score=maybe(words),
    import_id=maybe(words),
    extended_to=maybe(days),
    deadline_extended_to=maybe(days),
    redated_by=maybe(numbers),
    revoked_at=maybe(instants),
)
assignments = made(
    Assignment, source=sources, reference=maybe(words), at=instants, due_on=maybe(days)
)
enrollments = made(
    Enrollment,
    learner=codes,
    certification=codes,
    version=st.integers(0, 1000),
    entries=st.integers(0, 1000),
    last_fact_at=maybe(instants),
    last_recorded_at=maybe(instants),
    status_since=maybe(instants),
    status_entry=maybe(numbers),
    assignments=tuples_of(assignments),
    bar=maybe(st.sampled_from(Bar)),
    bar_lifted_by=maybe(numbers),
    cycles=tuples_of(cycles),
    certificates=tuples_of(certificates),
    assigned_due=maybe(dues),
    access_requests=tuples_of(requests),
    test_outs=tuples_of(test_outs),
    reinstatement=maybe(settled),
)
completions = made(
    Completion,
    training=codes,
    at=instants,
    on=maybe(days),
    source=st.sampled_from(CompletionSource),
    recorded_at=instants,
    actor=words,
    import_id=maybe(words),
    import_row=maybe(numbers),
)
notices = made(
    Notice,
    kind=codes,
    learner=words,
    certification=words,
    at=instants,
    entry=numbers,
    about=maybe(words),
    certificate=maybe(numbers),
    cycle=maybe(numbers),
    day=maybe(days),
    corrects=st.booleans(),
)
RECORD_STRATEGIES: Mapping[type, SearchStrategy[Any]] = {
    Enrollment: enrollments,
    Assignment: assignments,
    Cycle: cycles,
    StepDone: steps_done,
    Request: requests,
    Attempt: attempts,
    FeeSettled: settled,
    Due: dues,
    TestOutTaken: test_outs,
    Certificate: certificates,
    Terms: terms,
    Period: periods,
    CompletionKey: keys,
    Event: events,
    Fact: facts,
    Completion: completions,
    Notice: notices,
}
"""Every class that a record is made of; a test says that none is missing."""
