"""Guards: the questions that a row of the table asks.

A guard has a public code that names what must hold, a sentence for when it does not, and a function that
answers. It also names the command fields that it needs and, if time alone will open it, when. The
decorator `guard` makes a guard from the function. A guard must answer for every proposal and never
raise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from attrs import field, frozen

from certlib._reasons import Reason, ReasonKind
from certlib.state._proposals import C, Command, Proposal

__all__ = [
    "Guard",
    "certification_is_active",
    "command_if",
    "guard",
    "learner_is_active",
    "listed",
]


def _no_params(_proposal: Proposal) -> Mapping[str, str]:
    return {}


def _never(_proposal: Proposal) -> datetime | None:
    return None


@frozen(kw_only=True)
class Guard:
    """A question that a row asks."""

    code: str
    """Public and stable; names what must hold."""
    sentence: str
    """Why it does not hold, in English: a template with named parameters."""
    holds: Callable[[Proposal], bool]
    asks: tuple[str, ...] = ()
    """The command's fields that it needs for an answer."""
    params: Callable[[Proposal], Mapping[str, str]] = field(default=_no_params)
    """The parameters of the sentence."""
    opens_at: Callable[[Proposal], datetime | None] = field(default=_never)
    """When time alone will make it hold; None if time will not."""

    def reason(self, proposal: Proposal) -> Reason:
        """Return the reason to give when the guard does not hold."""
        return Reason(
            code=self.code,
            kind=ReasonKind.GUARD,
            template=self.sentence,
            params=self.params(proposal),
            opens_at=self.opens_at(proposal),
        )

    def __repr__(self) -> str:
        return f"Guard({self.code!r})"


def guard(
    sentence: str,
    *,
    asks: tuple[str, ...] = (),
    params: Callable[[Proposal], Mapping[str, str]] = _no_params,
    opens_at: Callable[[Proposal], datetime | None] = _never,
) -> Callable[[Callable[[Proposal], bool]], Guard]:
    """Make a guard from the function that answers it; the function's name is its code.

    >>> @guard("the learner is of another organization")
    ... def learner_is_ours(proposal: Proposal) -> bool:
    ...     return proposal.case.learner.organization == "ours"
    >>> learner_is_ours.code
    'learner_is_ours'
    """

    def make(holds: Callable[[Proposal], bool]) -> Guard:
        return Guard(
            code=holds.__name__,
            sentence=sentence,
            holds=holds,
            asks=asks,
            params=params,
            opens_at=opens_at,
        )

    return make


def command_if(command: Command | None, kind: type[C]) -> C | None:
    """Return the command if it is of this kind; a host's row may use a guard with another command."""
    return command if isinstance(command, kind) else None


def listed(words: Iterable[str]) -> str:
    """Join several values into one parameter of a reason."""
    return ", ".join(words)


@guard("the learner is inactive")
def learner_is_active(proposal: Proposal) -> bool:
    return proposal.case.learner.active


@guard("the certification is not active")
def certification_is_active(proposal: Proposal) -> bool:
    return proposal.case.certification.active
