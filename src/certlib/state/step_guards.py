"""Guards of steps: open, by which path, evidence that waits, tests that are taken once."""

from __future__ import annotations

from certlib.certifications import External, Path, TestOut
from certlib.state.commands import AboutStep, CompleteStep
from certlib.state.guard import Guard, asked, listed
from certlib.state.proposals import Proposal

__all__ = [
    "missing_steps",
    "no_evidence_is_waiting",
    "path_is_external",
    "path_is_of_the_step",
    "path_is_test_out",
    "step_is_open",
    "test_out_is_not_taken",
]


def _step(proposal: Proposal) -> str | None:
    """Return the step that a command is about."""
    command = asked(proposal.command, AboutStep)
    return None if command is None else command.step


def missing_steps(proposal: Proposal) -> tuple[str, ...]:
    """Return the steps of the open cycle that are not done."""
    cycle = proposal.enrollment.open_cycle
    return () if cycle is None else cycle.missing_steps


step_is_open: Guard = Guard(
    code="step_is_open",
    sentence="the step is not open; open are: {steps}",
    asks=("step",),
    holds=lambda p: (step := _step(p)) is None or step in missing_steps(p),
    params=lambda p: {"steps": listed(missing_steps(p))},
)


def _paths(proposal: Proposal, step: str | None) -> tuple[Path, ...]:
    curriculum = proposal.curriculum
    found = curriculum.step(step) if curriculum and step else None
    return found.paths if found else ()


def _completed_by(proposal: Proposal) -> tuple[str, ...]:
    """Return the kinds of the step's paths that completions lead through."""
    return tuple(
        path.kind for path in _paths(proposal, _step(proposal)) if path.requires is not None
    )


def _path_fits(proposal: Proposal) -> bool:
    command = asked(proposal.command, CompleteStep)
    return command is None or command.path is None or command.path in _completed_by(proposal)


path_is_of_the_step: Guard = Guard(
    code="path_is_of_the_step",
    sentence="the step has no such path that completions lead through; it has: {paths}",
    asks=("step", "path"),
    holds=_path_fits,
    params=lambda p: {"paths": listed(_completed_by(p))},
)


def _has_path(proposal: Proposal, kind: type[External | TestOut]) -> bool:
    step = _step(proposal)
    return step is None or any(isinstance(path, kind) for path in _paths(proposal, step))


def _steps_with(proposal: Proposal, kind: type[External | TestOut]) -> dict[str, str]:
    missing = missing_steps(proposal)
    return {
        "steps": listed(
            step
            for step in missing
            if any(isinstance(path, kind) for path in _paths(proposal, step))
        )
    }


path_is_external: Guard = Guard(
    code="path_is_external",
    sentence="evidence leads through no path of the step; open steps that take evidence: {steps}",
    asks=("step",),
    holds=lambda p: _has_path(p, External),
    params=lambda p: _steps_with(p, External),
)

path_is_test_out: Guard = Guard(
    code="path_is_test_out",
    sentence="the step has no test-out; open steps that have one: {steps}",
    asks=("step",),
    holds=lambda p: _has_path(p, TestOut),
    params=lambda p: _steps_with(p, TestOut),
)


def _nothing_waits(proposal: Proposal) -> bool:
    step, cycle = _step(proposal), proposal.enrollment.open_cycle
    return step is None or cycle is None or step not in cycle.awaiting


no_evidence_is_waiting: Guard = Guard(
    code="no_evidence_is_waiting",
    sentence="evidence for the step waits for an approver already",
    asks=("step",),
    holds=_nothing_waits,
)


def _not_taken(proposal: Proposal) -> bool:
    step, cycle = _step(proposal), proposal.enrollment.open_cycle
    if step is None or cycle is None:
        return True
    taken = {(each.step, each.version) for each in proposal.enrollment.test_outs}
    return (step, cycle.version) not in taken


test_out_is_not_taken: Guard = Guard(
    code="test_out_is_not_taken",
    sentence="the test-out of this step was taken before; it is taken once and for good",
    asks=("step",),
    holds=_not_taken,
)
