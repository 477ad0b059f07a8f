"""The public names, and that importing does nothing else."""

from __future__ import annotations

import subprocess
import sys

import certlib


def test_the_public_names_are_these() -> None:
    assert sorted(certlib.__all__) == [
        "Actor",
        "Case",
        "Certification",
        "CertlibError",
        "Enrollment",
        "Learner",
        "Period",
        "Policy",
        "Service",
        "Status",
        "TABLE",
        "decide",
        "explain",
        "replay",
    ]
    assert all(hasattr(certlib, name) for name in certlib.__all__)


def test_importing_brings_in_no_storage_no_command_line_and_no_test_tool() -> None:
    unwanted = {"sqlite3", "argparse", "rich", "hypothesis", "pytest", "csv", "logging"}
    code = (
        "import sys; before = set(sys.modules); import certlib;"
        f" print(sorted({unwanted!r} & (set(sys.modules) - before)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"
