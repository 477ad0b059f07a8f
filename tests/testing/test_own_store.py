"""The example of the page "Write a store" keeps the contract, and the page says what that is."""

from __future__ import annotations

import pytest

from certlib.serialize import RECORDS, Records
from certlib.testing import contract
from certlib.testing.contract import Capability, Check
from examples.own_store import OwnStore
from tools.contract import PAGE, with_checks

LACKS = (Capability.SOURCES, Capability.CATALOG, Capability.INSPECTION, Capability.SNAPSHOT)
databases: dict[str, dict[str, str]] = {}


def make_store(database: str, tenant: str, *, records: Records = RECORDS) -> OwnStore:
    return OwnStore(databases.setdefault(database, {}), tenant, records)


@pytest.mark.parametrize("check", contract.checks(without=LACKS), ids=str)
def test_the_example(check: Check) -> None:
    check(make_store)


def test_the_page_lists_every_check() -> None:
    page = PAGE.read_text("utf-8")
    assert with_checks(page) == page, "write it anew: python -m tools.contract"
    for check in contract.CHECKS:
        assert check.promise in page


def test_the_page_names_every_capability() -> None:
    page = PAGE.read_text("utf-8")
    assert all(f"| `{each.name}` | " in page for each in Capability)
