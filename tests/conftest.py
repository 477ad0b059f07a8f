"""How hard hypothesis looks: `dev` by default, `ci` where CI is set, `nightly` when asked for.

`HYPOTHESIS_PROFILE=nightly python -m pytest` looks longest. No profile has a deadline: a slow
machine is not a bug.
"""

import os

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
settings.register_profile(
    "nightly",
    max_examples=5_000,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))
