"""A host's own validity rule fits a policy, and can be declared; what answers no end does not."""

# pyright: strict, reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

from datetime import date
from typing import ClassVar, assert_type

from attrs import frozen

from certlib import Learner, Policy
from certlib.certifications import Step
from certlib.policies import End, Issue, Validity
from certlib.requirements import CompletionsOf
from certlib.serialize import Kinds
from certlib.transcript import Completion


@frozen(kw_only=True)
class UntilBirthday:
    """A rule that needs the learner; nothing of certlib's is inherited."""

    kind: ClassVar[str] = "until_birthday"
    attribute: str = "born_on"

    def end(self, issue: Issue) -> End:
        assert_type(issue.on, date)
        assert_type(issue.learner, Learner | None)
        birthday = issue.attribute(self.attribute, date)
        assert_type(birthday, date)
        return End(day=birthday.replace(year=issue.on.year + 1))


@frozen(kw_only=True)
class AnswersADay:
    kind: ClassVar[str] = "answers_a_day"

    def end(self, issue: Issue) -> date:
        return issue.on


@frozen(kw_only=True)
class HasNoKind:
    def end(self, issue: Issue) -> End:
        return End(day=issue.on)


@frozen(kw_only=True)
class TwiceDone:
    """A requirement that no combination of certlib's says."""

    kind: ClassVar[str] = "twice_done"
    training: str

    @property
    def trainings(self) -> frozenset[str]:
        return frozenset({self.training})

    def counted(self, completions_of: CompletionsOf, /) -> tuple[Completion, ...] | None:
        return None


@frozen(kw_only=True)
class Mentored:
    """A path through completions, under another name."""

    kind: ClassVar[str] = "mentored"
    requires: TwiceDone


own: Validity = UntilBirthday()
kinds = Kinds(validities=(UntilBirthday,), requirements=(TwiceDone,), paths=(Mentored,))
step = Step(code="twice", paths=(Mentored(requires=TwiceDone(training="FORK")),))
policy = Policy(validity=UntilBirthday(attribute="joined_on"))


def wrong_uses() -> None:
    Policy(validity=AnswersADay())  # type: ignore[arg-type]
    Policy(validity=HasNoKind())  # type: ignore[arg-type]
    Policy(validity=UntilBirthday)  # type: ignore[arg-type]
    Policy(validity="P1Y")  # type: ignore[arg-type]
    Kinds(validities=(AnswersADay,))  # type: ignore[arg-type]
    Kinds(validities=(UntilBirthday(),))  # type: ignore[arg-type]
    Kinds(requirements=(UntilBirthday,))  # type: ignore[arg-type]
    Issue()  # type: ignore[call-arg]
