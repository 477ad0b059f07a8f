"""Fees: which are open, which are settled, paying and waiving them (R4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from attrs import field, frozen
from attrs.validators import optional

from certlib._copying import evolve
from certlib._validators import code, positive
from certlib.policies import Fee
from certlib.state._actions.running import in_cycle
from certlib.state._cycles import FeeSettled, Settlement
from certlib.state._enrollments import Enrollment
from certlib.state._events import Event, Fact
from certlib.state._guard import command_if, guard, listed
from certlib.state._proposals import Choice, Command, Proposal, command_as, open_cycle
from certlib.state._status import Status

__all__ = [
    "WAIVED",
    "FeePaid",
    "FeeWaived",
    "OverridePayment",
    "RecordPayment",
    "certification_fee_is_open",
    "cycle_fee_is_settled",
    "exam_fee_is_open",
    "exam_fee_is_settled",
    "fee_is_of_the_status",
    "fee_is_open",
    "recertification_fee_is_open",
    "record_payment",
    "reinstatement_fee_is_settled",
    "waive_exam_fee",
    "waive_fee",
]


@frozen(kw_only=True)
class RecordPayment(Command):
    """Record that a fee was paid, with the host's reference (row 9)."""

    name = "record_payment"
    chooses: ClassVar[str | None] = "fee"
    fee: Fee
    reference: str | None = field(default=None, validator=optional(code))

    @classmethod
    def choices(cls, proposal: Proposal) -> Iterator[Choice]:
        """Yield every kind of fee."""
        for fee in Fee:
            yield Choice(label=fee.value, command=cls(fee=fee))


@frozen(kw_only=True)
class OverridePayment(Command):
    """Waive the fee of the current status (rows 8, 23 and 24).

    That is the certification fee while Not Started, the exam fee while In Progress, and the
    recertification fee while Recertifying. Name it as ``fee`` to be refused if the status has another.
    """

    name = "override_payment"
    fee: Fee | None = None


def _settled(enrollment: Enrollment, number: int | None, settled: FeeSettled) -> Enrollment:
    if number is None:
        return evolve(enrollment, reinstatement=settled)
    return in_cycle(enrollment, number, lambda c: evolve(c, fees=(*c.fees, settled)))


@frozen(kw_only=True)
class FeePaid(Fact):
    """A fee was paid (row 9)."""

    tag = "fee_paid"
    fee: Fee
    number: int | None = field(default=None, validator=optional(positive))
    """The number of the cycle; None for the reinstatement fee, which belongs to no cycle (R4)."""
    reference: str | None = None

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Settle the fee."""
        settled = FeeSettled(
            fee=self.fee, how=Settlement.PAID, at=event.at, reference=self.reference
        )
        return _settled(enrollment, self.number, settled)


@frozen(kw_only=True)
class FeeWaived(Fact):
    """An administrator waived a fee (rows 8, 23 and 24)."""

    tag = "fee_waived"
    fee: Fee
    number: int = field(validator=positive)

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        """Settle the fee."""
        settled = FeeSettled(fee=self.fee, how=Settlement.WAIVED, at=event.at)
        return _settled(enrollment, self.number, settled)


def _is_open(proposal: Proposal, fee: Fee) -> bool:
    """Whether a fee may be settled now: it belongs to the cycle, is required, and is not settled (R4)."""
    cycle, version = proposal.enrollment.open_cycle, proposal.version_in_force
    if version is None or not version.policy.fees.requires(fee):
        return False
    if cycle is None:
        return fee is Fee.REINSTATEMENT and proposal.enrollment.reinstatement is None
    belongs = fee is cycle.fee or (fee is Fee.EXAM and cycle.has_exam)
    return belongs and not cycle.has_settled(fee)


@guard("the certification fee is not required, or already paid or waived")
def certification_fee_is_open(proposal: Proposal) -> bool:
    return _is_open(proposal, Fee.CERTIFICATION)


@guard("the exam fee is not required, or already paid or waived")
def exam_fee_is_open(proposal: Proposal) -> bool:
    return _is_open(proposal, Fee.EXAM)


@guard("the recertification fee is not required, or already paid or waived")
def recertification_fee_is_open(proposal: Proposal) -> bool:
    return _is_open(proposal, Fee.RECERTIFICATION)


@guard(
    "that fee is not open; the open fees are: {fees}",
    asks=("fee",),
    params=lambda p: {"fees": listed(fee.value for fee in Fee if _is_open(p, fee))},
)
def fee_is_open(proposal: Proposal) -> bool:
    command = command_if(proposal.command, RecordPayment)
    return command is None or _is_open(proposal, command.fee)


WAIVED: Final[dict[Status | None, Fee]] = {
    Status.NOT_STARTED: Fee.CERTIFICATION,
    Status.IN_PROGRESS: Fee.EXAM,
    Status.RECERTIFYING: Fee.RECERTIFICATION,
}
"""The fee that may be waived in each status (rows 8, 23 and 24)."""


@guard(
    "that is not the fee that may be waived in this status, which is: {fee}",
    asks=("fee",),
    params=lambda p: {"fee": fee.value if (fee := WAIVED.get(p.status)) else ""},
)
def fee_is_of_the_status(proposal: Proposal) -> bool:
    command = command_if(proposal.command, OverridePayment)
    return command is None or command.fee in {None, WAIVED.get(proposal.status)}


def _own_fee(proposal: Proposal) -> dict[str, str]:
    cycle = proposal.enrollment.open_cycle
    return {"fee": cycle.fee.value if cycle else ""}


@guard(
    "the {fee} fee is neither paid nor waived",
    params=_own_fee,
)
def cycle_fee_is_settled(proposal: Proposal) -> bool:
    cycle = proposal.enrollment.open_cycle
    return cycle is None or not _is_open(proposal, cycle.fee)


@guard("the exam fee is neither paid nor waived")
def exam_fee_is_settled(proposal: Proposal) -> bool:
    return not _is_open(proposal, Fee.EXAM)


@guard("the reinstatement fee is not paid")
def reinstatement_fee_is_settled(proposal: Proposal) -> bool:
    return not _is_open(proposal, Fee.REINSTATEMENT)


def record_payment(proposal: Proposal) -> tuple[Fact, ...]:
    """Record the payment of a fee; the reinstatement fee belongs to no cycle (row 9)."""
    command = command_as(proposal, RecordPayment)
    number = None if command.fee is Fee.REINSTATEMENT else open_cycle(proposal).number
    return (FeePaid(fee=command.fee, number=number, reference=command.reference),)


def waive_fee(proposal: Proposal) -> tuple[Fact, ...]:
    """Waive the fee of the cycle (rows 8 and 24)."""
    cycle = open_cycle(proposal)
    return (FeeWaived(fee=cycle.fee, number=cycle.number),)


def waive_exam_fee(proposal: Proposal) -> tuple[Fact, ...]:
    """Waive the exam fee (row 23)."""
    return (FeeWaived(fee=Fee.EXAM, number=open_cycle(proposal).number),)
