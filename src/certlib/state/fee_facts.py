"""Facts of fees: paid, and waived (R4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import field, frozen
from attrs.validators import optional

from certlib.copying import evolve
from certlib.policies import Fee
from certlib.state.cycle_facts import in_cycle
from certlib.state.cycles import FeeSettled, Settlement
from certlib.state.enrollments import Enrollment
from certlib.state.fact import Fact
from certlib.validators import positive

if TYPE_CHECKING:
    from certlib.state.events import Event

__all__ = [
    "FeePaid",
    "FeeWaived",
]


def _settled(enrollment: Enrollment, number: int | None, settled: FeeSettled) -> Enrollment:
    if number is None:
        return evolve(enrollment, reinstatement=settled)
    return in_cycle(enrollment, number, lambda c: evolve(c, fees=(*c.fees, settled)))


@frozen(kw_only=True)
class FeePaid(Fact):
    """A fee is paid (row 9)."""

    tag = "fee_paid"
    fee: Fee
    number: int | None = field(default=None, validator=optional(positive))
    """The cycle; None for the reinstatement fee, which belongs to the enrollment (R4)."""
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
