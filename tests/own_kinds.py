"""A host's own validity rule, requirement and paths, each declared by its class alone."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar, Final

from attrs import field, frozen
from attrs.validators import deep_iterable

from certlib._validators import lasting, positive, some
from certlib.certifications import Certification, Curriculum, External, Step, Version
from certlib.errors import OutOfRangeError
from certlib.periods import Period
from certlib.policies import AnnualDate, End, FixedDates, Issue, Policy, Validity
from certlib.requirements import CompletionsOf, Requirement, training_code
from certlib.serialize import Kinds
from certlib.transcript import Completion

__all__ = ["KINDS", "LICENCE", "Earliest", "Portfolio", "Practical", "Together", "UntilBirthday"]


@frozen(kw_only=True)
class UntilBirthday:
    """Valid until the holder's first birthday that is at least a minimum away."""

    kind: ClassVar[str] = "until_birthday"
    minimum: Period = Period()

    def end(self, issue: Issue) -> End:
        birthday = issue.attribute("birthday", date)
        annual = AnnualDate(month=birthday.month, day=birthday.day)
        return FixedDates(dates=(annual,), minimum=self.minimum).end(issue)


@frozen(kw_only=True)
class Earliest:
    """Valid until the earliest end of several rules."""

    kind: ClassVar[str] = "earliest"
    of: tuple[Validity, ...] = field(validator=some)

    def end(self, issue: Issue) -> End:
        ends = [rule.end(issue) for rule in self.of]
        return min(ends, key=lambda end: end.day or date.max)


@frozen(kw_only=True)
class Together:
    """Trainings completed within a period of each other, or another requirement instead."""

    kind: ClassVar[str] = "together"
    of: tuple[str, ...] = field(validator=[some, deep_iterable(training_code)])
    within: Period = field(validator=lasting)
    instead: Requirement | None = None

    @property
    def trainings(self) -> frozenset[str]:
        other = self.instead.trainings if self.instead is not None else frozenset[str]()
        return frozenset(self.of) | other

    def counted(self, completions_of: CompletionsOf) -> tuple[Completion, ...] | None:
        every = {training: list(completions_of(training)) for training in self.of}
        for last in sorted((each for found in every.values() for each in found), key=_at):
            close = {
                training: [each for each in found if each.at <= last.at and self._close(each, last)]
                for training, found in every.items()
            }
            if all(close.values()):
                return tuple(found[-1] for found in close.values())
        return None if self.instead is None else self.instead.counted(completions_of)

    def _close(self, first: Completion, last: Completion) -> bool:
        try:
            return last.day_in("UTC") <= self.within.after(first.day_in("UTC"))
        except OutOfRangeError:  # so long a period is never over
            return True


def _at(completion: Completion) -> datetime:
    return completion.at


@frozen(kw_only=True)
class Practical:
    """A path through completions of practical trainings."""

    kind: ClassVar[str] = "practical"
    requires: Requirement
    supervised: bool = False


@frozen(kw_only=True)
class Portfolio(External):
    """A path through evidence of so many pages."""

    kind: ClassVar[str] = "portfolio"
    pages: int = field(default=1, validator=positive)


KINDS: Final = Kinds(
    validities=[UntilBirthday, Earliest],
    requirements=[Together],
    paths=[Practical, Portfolio],
)

LICENCE: Final = Certification(
    code="LICENCE",
    versions=(
        Version(
            number=1,
            published_on=date(2020, 1, 1),
            initial=Curriculum(
                steps=(
                    Step(
                        code="practice",
                        paths=(
                            Practical(
                                requires=Together(of=("DAY", "NIGHT"), within=Period.parse("P30D"))
                            ),
                            Portfolio(pages=3),
                        ),
                    ),
                )
            ),
            policy=Policy(validity=UntilBirthday(minimum=Period.parse("P3M"))),
        ),
        Version(
            number=2,
            published_on=date(2030, 1, 1),
            initial=Curriculum(
                steps=(Step(code="practice", paths=(Portfolio(instructions="Photographs."),)),)
            ),
            policy=Policy(validity=UntilBirthday(minimum=Period.parse("P1Y"))),
        ),
    ),
)
"""Renewable at any time, until the holder's birthday."""
