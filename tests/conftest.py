"""How hard hypothesis looks: `dev` by default, `ci` where CI is set, `nightly` when asked for.

`HYPOTHESIS_PROFILE=nightly python -m pytest` looks longest. No profile has a deadline: a slow
machine is not a bug.
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
    max_examples=200,
    deadline=None,
    derandomize=True,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("newest", settings.get_profile("ci"), max_examples=50)
settings.register_profile(
    "nightly",
    max_examples=5_000,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Measure no coverage of what looks at everything: that takes three times as long, and adds none."""
    stopped: list[Coverage] = []
    if item.get_closest_marker("exhaustive") is not None:
        # Where tests run in processes of their own there are two: of the plug-in, and of the process.
        while (measuring := Coverage.current()) is not None:
            measuring.stop()
            stopped.append(measuring)
    try:
        return (yield)
    finally:
        for measuring in reversed(stopped):
            measuring.start()
