"""How hard hypothesis looks, and that slow tests are not measured.

`dev` is the default; `ci`, where CI is set, tries as many examples, but always the same ones;
`nightly` tries a hundred times as many, when it is asked for:
`HYPOTHESIS_PROFILE=nightly python -m pytest -m "slow or not slow"`. No profile has a deadline: a
slow machine is not a bug.
"""

import os
from collections.abc import Generator

import pytest
from coverage import Coverage
from hypothesis import HealthCheck, settings

# Files that type checkers read and nothing runs.
collect_ignore = ["typing"]

settings.register_profile("dev", max_examples=50, deadline=None)
settings.register_profile(
    "ci",
    max_examples=50,
    deadline=None,
    derandomize=True,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "nightly",
    max_examples=5_000,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))


CHILDREN = "COVERAGE_PROCESS_CONFIG"
"""By this coverage measures the processes that tests begin (`patch` in pyproject.toml)."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Measure no coverage of slow tests: it would take three times as long, and add nothing.

    So every branch has to be reached by a test that is not slow.
    """
    if item.get_closest_marker("slow") is None:
        return (yield)
    stopped: list[Coverage] = []
    # Where tests run in processes of their own there are two: of the plug-in, and of the process.
    while (measuring := Coverage.current()) is not None:
        measuring.stop()
        stopped.append(measuring)
    children = os.environ.pop(CHILDREN, None)
    try:
        return (yield)
    finally:
        if children is not None:
            os.environ[CHILDREN] = children
        for measuring in reversed(stopped):
            measuring.start()
