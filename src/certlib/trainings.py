"""Trainings that learners complete: modules, and courses, which may contain modules."""

from __future__ import annotations

from enum import StrEnum

from attrs import field, frozen

from certlib._declared import checked
from certlib._validators import code
from certlib.errors import InvalidValueError

__all__ = ["Training", "TrainingKind"]


class TrainingKind(StrEnum):
    """The two kinds of catalog items that a learner completes."""

    MODULE = "module"
    COURSE = "course"


@checked
@frozen(kw_only=True)
class Training:
    """A catalog item that learners can complete (C1).

    A course with modules is complete once its required modules are. A course without modules is
    completed itself.
    """

    code: str = field(validator=code)
    kind: TrainingKind
    name: str
    external_ids: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    optional_modules: tuple[str, ...] = ()

    def __attrs_post_init__(self) -> None:
        contained = (*self.modules, *self.optional_modules)
        if contained and self.kind is TrainingKind.MODULE:
            raise InvalidValueError(
                "Training.modules", str(list(contained)), f"none: {self.code} is a module"
            )
        if self.code in contained:
            raise InvalidValueError(
                "Training.modules", self.code, "other trainings: none contains itself"
            )
        if len(set(contained)) != len(contained):
            raise InvalidValueError("Training.modules", str(list(contained)), "every module once")
