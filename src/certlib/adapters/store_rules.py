"""Rules that certlib's own stores share: what they refuse, and with which errors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC
from enum import StrEnum
from typing import TypeAlias, TypeVar

from attrs import evolve, frozen

from certlib._texts import printable
from certlib.certifications import Certification, Version, VersionState
from certlib.errors import InvalidValueError, StoreError, UnknownKindError
from certlib.learners import Learner
from certlib.ports import Change, EnrollmentChange, EnrollmentKey, IdentifierKind

__all__ = [
    "Counts",
    "Payload",
    "check_changes",
    "check_versions",
    "identifier_of",
    "index_by",
    "is_bound_elsewhere",
    "key_reused",
    "member_of",
    "payload_of",
    "pick",
    "row_reused",
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
    """Raise `InvalidValueError` for changes that overlap, or would leave a gap in a history.

    Such changes are a mistake of the calling program.
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
        for key, _ in change.unchanged:
            if key.learner != change.learner:
                raise InvalidValueError(
                    "Change.unchanged",
                    f"of {key.learner}",
                    f"enrollments of {change.learner}, whom the change is about",
                )
        if len(change.enrollments) + len(change.unchanged) > 1:
            _check_once_each(change)


def _check_once_each(change: Change) -> None:
    keys = [EnrollmentKey.of(part.enrollment) for part in change.enrollments]
    keys += [key for key, _ in change.unchanged]
    certifications = Counter(key.certification for key in keys)
    for certification, count in certifications.items():
        if count > 1:
            raise InvalidValueError(
                "Change.enrollments",
                f"{certification} more than once",
                "each certification once",
            )


def _check_sequence(part: EnrollmentChange) -> None:
    """Raise `InvalidValueError` unless the events continue the stored history without a gap."""
    sequences = [event.sequence for event in part.events]
    version = part.enrollment.version
    if sequences != list(range(part.expected + 1, version + 1)) or version < 1:
        raise InvalidValueError(
            "EnrollmentChange.events",
            f"numbered {sequences}, for version {version}",
            f"numbers that lead from version {part.expected} to the enrollment's, without a gap",
        )


def payload_of(change: Change) -> Payload:
    """Return what a change records, to tell whether a key is used again for the same change.

    When it is recorded, and after how many other facts, does not count: a retry comes later.
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
        tuple(each.key for each in change.resets),
    )


def is_bound_elsewhere(stored: str | None, given: str | None) -> bool:
    """Whether a key that is stored as bound to one text is given for another (`Change.bound_to`).

    >>> is_bound_elsewhere("a", "b"), is_bound_elsewhere("a", None), is_bound_elsewhere(None, "b")
    (True, True, False)
    """
    return stored is not None and stored != given


def key_reused(place: str, key: str) -> StoreError:
    """Return the error for a key that was used for another change."""
    return StoreError.key_reused(place, key)


def row_reused(place: str, import_id: str) -> StoreError:
    """Return the error for a line of an import that is already stored."""
    return StoreError(
        place,
        f"a row of import {printable(import_id, 60)} is stored already; nobody else may apply it meanwhile",
        "row_reused",
    )


def trainings_of(certification: Certification) -> frozenset[str]:
    """Return the trainings that some version of a certification needs, or its eligibility mentions."""
    eligibility = certification.eligibility
    mentioned = frozenset[str]() if eligibility is None else eligibility.trainings
    return mentioned.union(
        training
        for version in certification.versions
        for training in version.initial.trainings | version.recertification.trainings
    )


def check_versions(place: str, pairs: Iterable[tuple[Certification | None, Certification]]) -> None:
    """Raise `StoreError` if a certification would change a version that was published.

    ``pairs`` holds what is stored, if anything, and what replaces it. A draft may change freely. A
    published version may only be retired, and never goes: enrollments were decided by it.
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


def pick(held: Mapping[K, V], keys: Iterable[K]) -> dict[K, V]:
    """Return the entries of a mapping that have these keys."""
    return {key: held[key] for key in dict.fromkeys(keys) if key in held}


def index_by(
    having: Iterable[tuple[str, V]], wanted: Mapping[str, str]
) -> dict[str, tuple[V, ...]]:
    """Return, for each key of ``wanted``, all values under the name that the key stands for.

    >>> index_by([("a", 1), ("b", 2), ("a", 3)], {"A": "a", "C": "c"})
    {'A': (1, 3)}
    """
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
