"""A thousand seeds of two hundred steps: the even ones, ten at a time. Nothing breaks."""

from __future__ import annotations

import pytest

from tests.simulator.seeds import live_ten, tens

pytestmark = pytest.mark.exhaustive


@pytest.mark.parametrize("first", tens(0))
def test_ten_seeds(first: int) -> None:
    live_ten(first)
