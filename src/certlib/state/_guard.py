"""What a guard is: a question that a row of the table asks.

A guard is a frozen value: a public code that reads as a claim, the sentence that says why not, the
question itself, which command fields it asks for, and, where time alone can open it, when. The
decorator `guard` makes one of the function that answers. Guards are total: on any proposal they
answer, they never raise.
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
    """Public and stable: the claim that must hold."""
    sentence: str
    """Why not, in English: a template with named parameters."""
    holds: Callable[[Proposal], bool]
    asks: tuple[str, ...] = ()
    """The fields of the command without which it cannot be answered."""
    params: Callable[[Proposal], Mapping[str, str]] = field(default=_no_params)
    opens_at: Callable[[Proposal], datetime | None] = field(default=_never)

    def reason(self, proposal: Proposal) -> Reason:
        """Return why not, where it does not hold."""
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
    """Make a guard of the function that answers it; the function's name is its code.

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
    """Return the command where it is of a kind; a host's row may put a guard on another command."""
    return command if isinstance(command, kind) else None


def listed(words: Iterable[str]) -> str:
    """Return several values as one parameter of a reason."""
    return ", ".join(words)


@guard("the learner is inactive")
def learner_is_active(proposal: Proposal) -> bool:
    return proposal.case.learner.active


@guard("the certification is not active")
def certification_is_active(proposal: Proposal) -> bool:
    return proposal.case.certification.active
