"""Strategies of catalogs: requirements, curricula, versions, certifications and trainings."""

from __future__ import annotations

from attrs import evolve
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from certlib.certifications import (
    Certification,
    Curriculum,
    Exam,
    Path,
    Step,
    Version,
    VersionState,
)
from certlib.policies import Policy
from certlib.requirements import AtLeast, Requirement
from certlib.serialize import KINDS, Catalog, Kinds
from certlib.testing.strategies._policies import policies
from certlib.testing.strategies._shapes import (
    Scalars,
    by_fields,
    by_nesting,
    codes,
    days,
    given_or,
    numbers,
    texts,
    tuples_of,
)
from certlib.trainings import Training, TrainingKind

__all__ = [
    "catalogs",
    "certifications",
    "curricula",
    "paths",
    "requirements",
    "steps",
    "trainings",
    "versions",
]


def requirements(
    *, trainings: SearchStrategy[str] | None = None, leaves: int = 4, kinds: Kinds = KINDS
) -> SearchStrategy[Requirement]:
    """Return requirements about trainings, of about so many ``leaves``; every kind, nested.

    A host's own are drawn by their fields, so they must take whatever their validators take.
    """
    scalars = Scalars(training=given_or(trainings, codes()))
    simple, nested = by_nesting(kinds.requirements, Requirement)

    def with_parts(parts: SearchStrategy[Requirement]) -> SearchStrategy[Requirement]:
        inner = evolve(scalars, others={Requirement: parts})
        return st.one_of(
            *(
                tuples_of(parts, least=1).flatmap(_at_least)
                if each is AtLeast
                else by_fields(each, inner)
                for each in nested
            )
        )

    leaf = st.one_of(*(by_fields(each, scalars) for each in simple))
    return st.recursive(leaf, with_parts, max_leaves=leaves)


def _at_least(of: tuple[Requirement, ...]) -> SearchStrategy[AtLeast]:
    return by_fields(AtLeast, count=st.integers(1, len(of)), of=st.just(of))


def paths(
    *, trainings: SearchStrategy[str] | None = None, kinds: Kinds = KINDS
) -> SearchStrategy[Path]:
    """Return paths of every kind: online, classroom, external, test-out, and a host's own."""
    required = requirements(trainings=trainings, kinds=kinds)
    scalars = Scalars(training=given_or(trainings, codes()), others={Requirement: required})
    return st.one_of(*(by_fields(each, scalars) for each in kinds.paths))


def steps(
    *, trainings: SearchStrategy[str] | None = None, kinds: Kinds = KINDS
) -> SearchStrategy[Step]:
    """Return steps of one or two paths, which may be of one kind."""
    return by_fields(Step, paths=tuples_of(paths(trainings=trainings, kinds=kinds), least=1))


def curricula(
    *, trainings: SearchStrategy[str] | None = None, kinds: Kinds = KINDS
) -> SearchStrategy[Curriculum]:
    """Return curricula of up to two steps, an exam, or both; no step code is there twice."""

    def with_steps(least: int, exam: SearchStrategy[Exam | None]) -> SearchStrategy[Curriculum]:
        each_step = steps(trainings=trainings, kinds=kinds)
        several = tuples_of(each_step, least=least, once=lambda step: step.code)
        return by_fields(Curriculum, steps=several, exam=exam)

    return with_steps(1, st.none()) | with_steps(0, by_fields(Exam))


def versions(
    *,
    trainings: SearchStrategy[str] | None = None,
    policy: SearchStrategy[Policy] | None = None,
    curriculum: SearchStrategy[Curriculum] | None = None,
    kinds: Kinds = KINDS,
) -> SearchStrategy[Version]:
    """Return versions of every state and day; the two curricula may be the same.

    Only drafts may lack a day of publication.
    """
    each = given_or(curriculum, curricula(trainings=trainings, kinds=kinds))
    by_policy = given_or(policy, policies(kinds=kinds))

    def made(state: VersionState, initial: Curriculum) -> SearchStrategy[Version]:
        return by_fields(
            Version,
            state=st.just(state),
            published_on=st.none() | days() if state is VersionState.DRAFT else days(),
            initial=st.just(initial),
            recertification=st.just(initial) | each,
            policy=by_policy,
        )

    in_states = st.tuples(st.sampled_from(_PUBLISHED_FIRST), each)
    return in_states.flatmap(lambda drawn: made(*drawn))


_PUBLISHED_FIRST = (VersionState.PUBLISHED, VersionState.RETIRED, VersionState.DRAFT)


def certifications(
    *,
    trainings: SearchStrategy[str] | None = None,
    policy: SearchStrategy[Policy] | None = None,
    version: SearchStrategy[Version] | None = None,
    most_versions: int = 2,
    kinds: Kinds = KINDS,
) -> SearchStrategy[Certification]:
    """Return certifications, active or not, with every access and up to ``most_versions`` versions.

    Version numbers need not be 1, 2, and so on, nor in the order of publication; there may be none.
    ``trainings`` are the codes that requirements name; by default any, in no catalog. ``kinds`` knows a
    host's own rules, requirements and paths.
    """
    each_version = given_or(version, versions(trainings=trainings, policy=policy, kinds=kinds))
    several = tuples_of(each_version, most=most_versions, once=lambda each: each.number)
    eligibility = st.none() | requirements(trainings=trainings, kinds=kinds)
    return by_fields(Certification, eligibility=eligibility, versions=several)


@st.composite
def trainings(draw: st.DrawFn, *, code: SearchStrategy[str] | None = None) -> Training:
    """Return modules, and courses with or without modules."""
    own, *others = draw(st.lists(given_or(code, codes()), min_size=1, max_size=5, unique=True))
    kind = draw(st.sampled_from(TrainingKind))
    return draw(_training(own, kind, others, tuples_of(codes(), once=str)))


@st.composite
def _training(
    draw: st.DrawFn,
    code: str,
    kind: TrainingKind,
    modules: list[str],
    external_ids: SearchStrategy[tuple[str, ...]],
) -> Training:
    """Return a training; a course contains some of the modules, required or optional."""
    several = draw(st.permutations(modules)) if kind is TrainingKind.COURSE else []
    required = draw(numbers(least=0, most=len(several)))
    optional = draw(numbers(least=required, most=len(several)))
    return Training(
        code=code,
        kind=kind,
        name=draw(texts()),
        external_ids=draw(external_ids),
        modules=tuple(several[:required]),
        optional_modules=tuple(several[required:optional]),
    )


@st.composite
def catalogs(draw: st.DrawFn, *, most_trainings: int = 6, kinds: Kinds = KINDS) -> Catalog:
    """Return catalogs: no code or external id is there twice, and every training named is there."""
    names = draw(st.lists(codes(), min_size=1, max_size=most_trainings, unique=True))
    external = draw(st.lists(codes(), max_size=len(names), unique=True))
    modules = names[: draw(numbers(least=0, most=len(names)))]
    made = tuple(
        draw(
            _training(
                name,
                TrainingKind.MODULE if name in modules else TrainingKind.COURSE,
                modules,
                st.just(tuple(external[place : place + 1])),
            )
        )
        for place, name in enumerate(names)
    )
    named = certifications(trainings=st.sampled_from(names), kinds=kinds)
    return Catalog(
        trainings=tuple(draw(st.permutations(made))),
        certifications=draw(tuples_of(named, once=lambda each: each.code)),
    )
