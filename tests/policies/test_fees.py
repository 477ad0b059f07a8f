"""P5: which fees are required."""

from __future__ import annotations

import pytest

from certlib.policies import Fee, Fees


def test_none_by_default() -> None:
    assert not any(Fees().requires(fee) for fee in Fee)


@pytest.mark.parametrize("fee", list(Fee))
def test_each_for_itself(fee: Fee) -> None:
    fees = Fees(**{fee.value: True})
    assert [each for each in Fee if fees.requires(each)] == [fee]
