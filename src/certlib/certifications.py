"""What can be earned: certifications, their immutable versions, curricula, steps and paths.

A version is immutable once published and holds the curricula and the policy. One number therefore
says by which rules anything was decided.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from typing import ClassVar, Final, Protocol

from attrs import Factory, field, frozen

from certlib._declared import checked, takes_instants_in
from certlib._validators import code, positive, some
from certlib.errors import InvalidValueError
from certlib.periods import first_instant
from certlib.policies import Policy
from certlib.requirements import Requirement

__all__ = [
    "PATHS",
    "Access",
    "Certification",
    "Classroom",
    "Curriculum",
    "Exam",
    "External",
    "Online",
    "Path",
    "Step",
    "TestOut",
    "Version",
    "VersionState",
]


class Access(StrEnum):
    """Who may enroll (P4)."""

    OPEN = "open"
    BY_REQUEST = "by_request"
    ASSIGNED_ONLY = "assigned_only"


class VersionState(StrEnum):
    """The life of a version. A draft is never used; a retired one is not used for new cycles."""

    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"


class Path(Protocol):
    """A way through a step: a frozen value.

    A host may have paths of its own, declared in `certlib.serialize.Kinds`: any frozen attrs class of
    this shape. One that takes evidence inherits from `External`, one with a test from `TestOut`.
    """

    kind: ClassVar[str]
    """What the catalog file, and a completed step, calls it."""

    @property
    def requires(self) -> Requirement | None:
        """What completions that lead through it must meet; None: completions do not."""
        ...


@checked
@frozen(kw_only=True)
class Online:
    """A path through completions of online trainings."""

    kind: ClassVar[str] = "online"
    requires: Requirement


@checked
@frozen(kw_only=True)
class Classroom:
    """A path through completions of classroom trainings."""

    kind: ClassVar[str] = "classroom"
    requires: Requirement


@checked
@frozen(kw_only=True)
class External:
    """A path through evidence that an approver accepts."""

    kind: ClassVar[str] = "external"
    instructions: str = ""

    @property
    def requires(self) -> None:
        """Completions do not lead through it."""
        return


@checked
@frozen(kw_only=True)
class TestOut:
    """A path through a test that may be taken once."""

    __test__: ClassVar[bool] = False  # the name begins with Test: pytest is not to collect it
    kind: ClassVar[str] = "test_out"
    code: str = field(validator=code)

    @property
    def requires(self) -> None:
        """Completions do not lead through it."""
        return


PATHS: Final[tuple[type[Path], ...]] = (Online, Classroom, External, TestOut)
"""The paths that certlib has."""


@checked
@frozen(kw_only=True)
class Step:
    """A part of a curriculum, done when any one of its paths is."""

    code: str = field(validator=code)
    name: str = ""
    paths: tuple[Path, ...] = field(validator=some)

    def requirements(self) -> tuple[tuple[str, Requirement], ...]:
        """Return the paths that completions lead through: kind and requirement each."""
        return tuple(
            (path.kind, requires) for path in self.paths if (requires := path.requires) is not None
        )


@checked
@frozen(kw_only=True)
class Exam:
    """The exam at the end of a curriculum."""

    code: str = field(validator=code)
    name: str = ""


@checked
@frozen(kw_only=True)
class Curriculum:
    """The steps of a version, and its exam if it has one; at least one of both (R2)."""

    steps: tuple[Step, ...] = ()
    exam: Exam | None = None

    def __attrs_post_init__(self) -> None:
        if not self.steps and self.exam is None:
            raise InvalidValueError("Curriculum.steps", "[]", "at least one step, or an exam")
        codes = [step.code for step in self.steps]
        if len(set(codes)) != len(codes):
            raise InvalidValueError("Curriculum.steps", str(codes), "every step code once")

    @property
    def step_codes(self) -> tuple[str, ...]:
        """The codes of its steps, in order."""
        return tuple(step.code for step in self.steps)

    def step(self, step_code: str) -> Step | None:
        """Return the step with this code."""
        return next((step for step in self.steps if step.code == step_code), None)

    @property
    def trainings(self) -> frozenset[str]:
        """The trainings whose completion leads through some path."""
        return frozenset[str]().union(
            *(
                requirement.trainings
                for step in self.steps
                for _, requirement in step.requirements()
            )
        )


@takes_instants_in
@checked
@frozen(kw_only=True, slots=False)
class Version:
    """One numbered set of rules: curricula and policy."""

    number: int = field(validator=positive)
    state: VersionState = VersionState.PUBLISHED
    published_on: date | None = None
    """The day from which it is used; a day of the policy's zone. Drafts may lack it."""
    initial: Curriculum
    recertification: Curriculum = field(default=Factory(lambda self: self.initial, takes_self=True))
    policy: Policy = Policy()

    def __attrs_post_init__(self) -> None:
        if self.published_on is None and self.state is not VersionState.DRAFT:
            raise InvalidValueError(
                "Version.published_on", "absent", "the day from which the version is used"
            )

    def curriculum(self, kind: str) -> Curriculum:
        """Return the curriculum of a kind of cycle: ``initial`` or ``recertification``."""
        return self.recertification if kind == "recertification" else self.initial

    @cached_property
    def published_at(self) -> datetime | None:
        """The first instant at which it was published; None for a draft."""
        if self.state is VersionState.DRAFT or self.published_on is None:
            return None
        return first_instant(self.published_on, self.policy.time_zone)

    def published_by(self, instant: datetime) -> bool:
        """Whether it was published at or before an instant, whatever became of it since."""
        published_at = self.published_at
        return published_at is not None and published_at <= instant

    def is_usable_at(self, instant: datetime) -> bool:
        """Whether it is published at an instant, and not retired."""
        return self.state is VersionState.PUBLISHED and self.published_by(instant)


@takes_instants_in
@checked
@frozen(kw_only=True)
class Certification:
    """What is earned: a code, a name, who may enroll, and numbered versions."""

    code: str = field(validator=code)
    name: str = ""
    active: bool = True
    access: Access = Access.OPEN
    eligibility: Requirement | None = None
    """What a learner must have completed to enroll without being assigned (P4)."""
    versions: tuple[Version, ...] = ()

    def __attrs_post_init__(self) -> None:
        numbers = [version.number for version in self.versions]
        if len(set(numbers)) != len(numbers):
            raise InvalidValueError("Certification.versions", str(numbers), "every number once")

    def version(self, number: int) -> Version | None:
        """Return the version with this number."""
        for version in self.versions:
            if version.number == number:
                return version
        return None

    def usable_at(self, instant: datetime) -> tuple[Version, ...]:
        """Return the versions that are published at an instant, and not retired."""
        return tuple(version for version in self.versions if version.is_usable_at(instant))

    def newest_for_cycles(self, instant: datetime) -> Version | None:
        """Return the version that a cycle begun at an instant takes (R10)."""
        newest: Version | None = None
        for version in self.versions:
            newer = newest is None or version.number > newest.number
            if newer and version.is_usable_at(instant):
                newest = version
        return newest

    def version_for_award(self, instant: datetime) -> Version | None:
        """Return the version that dates an award: the newest on its day, else the first (R10)."""
        ever = sorted(
            (v for v in self.versions if v.state is not VersionState.DRAFT),
            key=lambda version: version.number,
        )
        return next(
            (v for v in reversed(ever) if v.published_by(instant)), ever[0] if ever else None
        )

    def next_publication(self, instant: datetime) -> datetime | None:
        """Return when the next version will be published, if one is due after an instant."""
        return min(
            (
                v.published_at
                for v in self.versions
                if v.state is VersionState.PUBLISHED
                and v.published_at is not None
                and v.published_at > instant
            ),
            default=None,
        )

    @property
    def zone(self) -> str:
        """The time zone of the newest version that was ever published, else of the newest."""
        ever = [v for v in self.versions if v.state is not VersionState.DRAFT] or list(
            self.versions
        )
        newest = max(ever, key=lambda version: version.number, default=None)
        return "UTC" if newest is None else newest.policy.time_zone
