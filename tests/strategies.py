"""Hypothesis strategies for valid values: what may be, not how often it is.

Records are valid field by field, as whatever is stored is; that they follow from each other is the
matter of the fold, and of `tests.histories`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

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
    AnnualDate,
    BeforeWindow,
    ByHost,
    FixedDates,
    Forever,
    FromCompletion,
    FromExpiry,
    Grace,
    PerCertificate,
    Policy,
    Recertification,
    Terms,
    Validity,
)
from certlib.requirements import AllOf, AnyOf, AtLeast, Completed, Requirement
from certlib.serialize import Catalog
from certlib.state import facts as f
from certlib.state.enrollments import (
    Assignment,
    AssignmentSource,
    Certificate,
    Cycle,
    CycleEnd,
    Enrollment,
    StepDone,
)
from certlib.state.events import Event
from certlib.state.facts import Fact
from certlib.state.notices import Notice
from certlib.state.status import Bar, CycleKind
from certlib.trainings import Training, TrainingKind
from certlib.transcript import Completion, CompletionKey, CompletionSource

__all__ = [
    "FACT_STRATEGIES",
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


# --- policies ---------------------------------------------------------------------------------

validities: SearchStrategy[Validity] = st.one_of(
    st.just(Forever()),
    st.builds(FromCompletion, period=long_periods),
    st.builds(FromExpiry, period=long_periods),
    st.builds(FixedDates, dates=tuples_of(annual_dates(), 1), minimum=periods),
    st.just(PerCertificate()),
    st.just(ByHost()),
)
policies = st.builds(
    Policy,
    time_zone=zones,
    validity=validities,
    grace=st.builds(Grace, period=periods, counts_as_certified=st.booleans()),
    recertification=st.builds(
        Recertification,
        window=st.just(ANY_TIME) | periods,
        before_window=st.sampled_from(BeforeWindow),
    ),
    certify_on_completion=st.booleans(),
)

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
    return st.builds(
        Certification,
        code=codes,
        name=texts,
        active=st.booleans(),
        access=st.sampled_from(Access),
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
keys = st.builds(CompletionKey, training=codes, at=instants)
sources = st.sampled_from(AssignmentSource)
terms = st.builds(
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

FACT_STRATEGIES: Mapping[type[Fact], SearchStrategy[Fact]] = {
    f.AssignmentAdded: st.builds(
        f.AssignmentAdded, source=sources, reference=maybe(words), due_on=maybe(days)
    ),
    f.AssignmentDropped: st.builds(f.AssignmentDropped, source=sources, reference=maybe(words)),
    f.CycleBegan: st.builds(
        f.CycleBegan,
        number=numbers,
        kind=st.sampled_from(CycleKind),
        version=numbers,
        counts_from=days,
        needs=tuples_of(codes),
        has_exam=st.booleans(),
    ),
    f.CycleStarted: st.builds(f.CycleStarted, number=numbers),
    f.StepCompleted: st.builds(f.StepCompleted, number=numbers, step=codes, path=maybe(words)),
    f.CycleEnded: st.builds(f.CycleEnded, number=numbers, by=st.sampled_from(CycleEnd)),
    f.CertificateIssued: st.builds(
        f.CertificateIssued, cycle=numbers, version=numbers, terms=terms
    ),
    f.CertificateAwarded: st.builds(
        f.CertificateAwarded, version=numbers, terms=terms, score=maybe(words)
    ),
    f.CertificateDatedAgain: st.builds(f.CertificateDatedAgain, certificate=numbers, terms=terms),
    f.AccessRevoked: st.just(f.AccessRevoked()),
    f.PermanentlyRevoked: st.just(f.PermanentlyRevoked()),
    f.AccessRestored: st.just(f.AccessRestored()),
    f.BarLifted: st.just(f.BarLifted()),
    f.RecertificationForced: st.just(f.RecertificationForced()),
    f.RemovedFromCertification: st.just(f.RemovedFromCertification()),
    f.EntryStruck: st.builds(f.EntryStruck, entry=numbers),
}
"""Every kind of fact; a test says that none is missing."""

facts: SearchStrategy[Fact] = st.one_of(list(FACT_STRATEGIES.values()))
events = st.builds(
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
cycles = st.builds(
    Cycle,
    number=numbers,
    kind=st.sampled_from(CycleKind),
    version=numbers,
    entry=numbers,
    began_at=instants,
    counts_from=days,
    needs=tuples_of(codes),
    has_exam=st.booleans(),
    started_at=maybe(instants),
    done=tuples_of(
        st.builds(StepDone, step=codes, path=maybe(words), at=instants, because=tuples_of(keys))
    ),
    awaiting=tuples_of(codes),
    exam_done=st.booleans(),
    exam_held=st.booleans(),
    ended_at=maybe(instants),
    ended_by=maybe(st.sampled_from(CycleEnd)),
)
certificates = st.builds(
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
    revoked_at=maybe(instants),
)
assignments = st.builds(
    Assignment, source=sources, reference=maybe(words), at=instants, due_on=maybe(days)
)
enrollments = st.builds(
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
)
completions = st.builds(
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
notices = st.builds(
    Notice, kind=codes, learner=words, certification=words, at=instants, entry=numbers
)
