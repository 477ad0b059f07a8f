"""What certlib's own stores have in common: what they refuse, and in which words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC
from enum import StrEnum
from typing import TypeAlias, TypeVar

from attrs import evolve, frozen

from certlib.certifications import Certification, Version, VersionState
from certlib.errors import InvalidValueError, StoreError, UnknownKindError
from certlib.learners import Learner
from certlib.ports import Change, EnrollmentChange, IdentifierKind

__all__ = [
    "Counts",
    "Payload",
    "answers",
    "check_changes",
    "check_versions",
    "identifier_of",
    "key_reused",
    "member_of",
    "payload_of",
    "row_reused",
    "those",
    "trainings_of",
]

K = TypeVar("K")
V = TypeVar("V")
E = TypeVar("E", bound=StrEnum)

Payload: TypeAlias = tuple[object, ...]


@frozen(kw_only=True)
class Counts:
    """How many learners, trainings and certifications a store holds."""

    learners: int
    trainings: int
    certifications: int


def check_changes(changes: Sequence[Change]) -> None:
    """Refuse changes that could not be told apart, or whose history would have a gap.

    Raise `InvalidValueError`: such changes are a mistake of the program that made them.
    """
    learners = Counter(change.learner for change in changes)
    for change in changes:
        if learners[change.learner] > 1:
            raise InvalidValueError(
                "the changes", f"{learners[change.learner]} of {change.learner}", "one a learner"
            )
        for part in change.enrollments:
            if part.enrollment.learner != change.learner:
                raise InvalidValueError(
                    "EnrollmentChange.enrollment",
                    f"of {part.enrollment.learner}",
                    f"one of {change.learner}, whom the change is about",
                )
            _check_sequence(part)
        if len(change.enrollments) > 1:
            _check_once_each(change.enrollments)


def _check_once_each(parts: Sequence[EnrollmentChange]) -> None:
    """Refuse two changes of one enrollment."""
    certifications = Counter(part.enrollment.certification for part in parts)
    for certification, count in certifications.items():
        if count > 1:
            raise InvalidValueError(
                "Change.enrollments",
                f"{certification} more than once",
                "each certification once",
            )


def _check_sequence(part: EnrollmentChange) -> None:
    """Refuse events that do not follow what is stored, one by one."""
    sequences = [event.sequence for event in part.events]
    version = part.enrollment.version
    if sequences != list(range(part.expected + 1, version + 1)) or version < 1:
        raise InvalidValueError(
            "EnrollmentChange.events",
            f"numbered {sequences}, for version {version}",
            f"numbers that lead from version {part.expected} to the enrollment's, without a gap",
        )


def payload_of(change: Change) -> Payload:
    """Return what a key stands for: what is recorded about whom, since when, from which row.

    When it is recorded, and after how many other facts, does not count: whoever tries again with
    the same key may do so later.
    """
    return (
        change.learner,
        tuple(
            (
                part.enrollment.certification,
                tuple((event.at.astimezone(UTC), event.fact) for event in part.events),
            )
            for part in change.enrollments
        ),
        tuple((each.training, each.at.astimezone(UTC)) for each in change.completions),
        tuple(each.completion.key for each in change.struck),
        change.outcome and (change.outcome.import_id, change.outcome.row),
    )


def key_reused(place: str, key: str) -> StoreError:
    """Return the error for a key that stands for another change already."""
    return StoreError(
        place, f"the key {key!r} was used for another change; take a new one", "key_reused"
    )


def row_reused(place: str, import_id: str) -> StoreError:
    """Return the error for a row of an import that has been stored already."""
    return StoreError(
        place,
        f"a row of import {import_id!r} is stored already; nobody else may apply it meanwhile",
        "row_reused",
    )


def trainings_of(certification: Certification) -> frozenset[str]:
    """Return the trainings that some version of a certification needs."""
    return frozenset(
        training
        for version in certification.versions
        for training in version.initial.trainings | version.recertification.trainings
    )


def check_versions(place: str, pairs: Iterable[tuple[Certification | None, Certification]]) -> None:
    """Refuse certifications, each given with what is stored, that change what is published.

    A draft may change in every way. A published version may be retired; nothing else of it ever
    changes, and it stays, for enrollments were decided by it.
    """
    changed = [
        f"{given.code} version {version.number}"
        for stored, given in pairs
        for version in (stored.versions if stored else ())
        if version.state is not VersionState.DRAFT
        and not _may_become(version, given.version(version.number))
    ]
    if changed:
        raise StoreError(
            place,
            f"a published version never changes, except to be retired: {', '.join(changed)};"
            " add a version with a new number",
            "changed_published_version",
        )


def _may_become(stored: Version, given: Version | None) -> bool:
    if given is None:
        return False
    states = {stored.state, VersionState.RETIRED}
    return given.state in states and evolve(stored, state=given.state) == given


def identifier_of(learner: Learner, by: IdentifierKind) -> str | None:
    """Return a learner's identifier of a kind."""
    return {
        IdentifierKind.ID: learner.id,
        IdentifierKind.EMAIL: learner.email,
        IdentifierKind.USERNAME: learner.username,
        IdentifierKind.EXTERNAL_ID: learner.external_id,
    }[by]


def those(held: Mapping[K, V], keys: Iterable[K]) -> dict[K, V]:
    """Return what is held under these keys, and nothing under others."""
    return {key: held[key] for key in dict.fromkeys(keys) if key in held}


def answers(having: Iterable[tuple[str, V]], wanted: Mapping[str, str]) -> dict[str, tuple[V, ...]]:
    """Return, for each key that is wanted, everything that has what the key stands for."""
    found: dict[str, list[V]] = {}
    for name, value in having:
        found.setdefault(name, []).append(value)
    return {key: tuple(found[name]) for key, name in wanted.items() if name in found}


def member_of(kind: type[E], stored: str, path: str) -> E:
    """Return the member of an enumeration that is stored by its value; raise `UnknownKindError`."""
    try:
        return kind(stored)
    except ValueError:
        raise UnknownKindError(path, stored, tuple(each.value for each in kind)) from None
