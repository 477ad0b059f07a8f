"""Guards of fees: which are open, and which are settled (P5, R4)."""

from __future__ import annotations

from typing import Final

from certlib.policies import Fee
from certlib.state.commands import OverridePayment, RecordPayment
from certlib.state.guard import Guard, asked, listed
from certlib.state.proposals import Proposal
from certlib.state.status import Status

__all__ = [
    "certification_fee_is_open",
    "cycle_fee_is_settled",
    "exam_fee_is_open",
    "exam_fee_is_settled",
    "fee_is_of_the_status",
    "fee_is_open",
    "recertification_fee_is_open",
    "reinstatement_fee_is_settled",
]


def _is_open(proposal: Proposal, fee: Fee) -> bool:
    """Whether a fee may be settled now: it is one of the cycle (R4), required, and neither paid nor waived."""
    cycle, version = proposal.enrollment.open_cycle, proposal.version_in_force
    if version is None or not version.policy.fees.requires(fee):
        return False
    if cycle is None:
        return fee is Fee.REINSTATEMENT and proposal.enrollment.reinstatement is None
    belongs = fee is cycle.fee or (fee is Fee.EXAM and cycle.has_exam)
    return belongs and not cycle.has_settled(fee)


def _fee_is_open(fee: Fee) -> Guard:
    return Guard(
        code=f"{fee.value}_fee_is_open",
        sentence=f"the {fee.value} fee is not required, or paid or waived already",
        holds=lambda p: _is_open(p, fee),
    )


certification_fee_is_open: Guard = _fee_is_open(Fee.CERTIFICATION)
exam_fee_is_open: Guard = _fee_is_open(Fee.EXAM)
recertification_fee_is_open: Guard = _fee_is_open(Fee.RECERTIFICATION)


def _that_fee_is_open(proposal: Proposal) -> bool:
    command = asked(proposal.command, RecordPayment)
    return command is None or _is_open(proposal, command.fee)


fee_is_open: Guard = Guard(
    code="fee_is_open",
    sentence="that fee is not open; open are: {fees}",
    asks=("fee",),
    holds=_that_fee_is_open,
    params=lambda p: {"fees": listed(fee.value for fee in Fee if _is_open(p, fee))},
)

WAIVED: Final[dict[Status | None, Fee]] = {
    Status.NOT_STARTED: Fee.CERTIFICATION,
    Status.IN_PROGRESS: Fee.EXAM,
    Status.RECERTIFYING: Fee.RECERTIFICATION,
}
"""The fee that may be waived in a status (rows 8, 23 and 24)."""


def _is_of_the_status(proposal: Proposal) -> bool:
    command = asked(proposal.command, OverridePayment)
    return command is None or command.fee in {None, WAIVED.get(proposal.status)}


fee_is_of_the_status: Guard = Guard(
    code="fee_is_of_the_status",
    sentence="in this status another fee is waived: {fee}",
    asks=("fee",),
    holds=_is_of_the_status,
    params=lambda p: {"fee": fee.value if (fee := WAIVED.get(p.status)) else "none"},
)


def _own_fee(proposal: Proposal) -> dict[str, str]:
    cycle = proposal.enrollment.open_cycle
    return {"fee": cycle.fee.value if cycle else "none"}


def _own_fee_is_settled(proposal: Proposal) -> bool:
    cycle = proposal.enrollment.open_cycle
    return cycle is None or not _is_open(proposal, cycle.fee)


cycle_fee_is_settled: Guard = Guard(
    code="cycle_fee_is_settled",
    sentence="the {fee} fee is neither paid nor waived",
    holds=_own_fee_is_settled,
    params=_own_fee,
)

exam_fee_is_settled: Guard = Guard(
    code="exam_fee_is_settled",
    sentence="the exam fee is neither paid nor waived",
    holds=lambda p: not _is_open(p, Fee.EXAM),
)

reinstatement_fee_is_settled: Guard = Guard(
    code="reinstatement_fee_is_settled",
    sentence="the reinstatement fee is not paid",
    holds=lambda p: not _is_open(p, Fee.REINSTATEMENT),
)
