"""Which fees are required (P5)."""

from __future__ import annotations

from enum import StrEnum

from attrs import frozen

from certlib._declared import checked

__all__ = ["Fee", "Fees"]


class Fee(StrEnum):
    """What may have to be paid. All but the reinstatement fee belong to one cycle (R4)."""

    CERTIFICATION = "certification"
    EXAM = "exam"
    RECERTIFICATION = "recertification"
    REINSTATEMENT = "reinstatement"


@checked
@frozen(kw_only=True)
class Fees:
    """Which fees are required ; none by default.

    >>> Fees(exam=True).requires(Fee.EXAM), Fees().requires(Fee.EXAM)
    (True, False)
    """

    certification: bool = False
    exam: bool = False
    recertification: bool = False
    reinstatement: bool = False

    def requires(self, fee: Fee) -> bool:
        """Whether a fee is required."""
        required = {
            Fee.CERTIFICATION: self.certification,
            Fee.EXAM: self.exam,
            Fee.RECERTIFICATION: self.recertification,
            Fee.REINSTATEMENT: self.reinstatement,
        }
        return required[fee]
