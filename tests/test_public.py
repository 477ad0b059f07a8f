"""The public names, and that importing does nothing else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import certlib
from tools.public_names import LIST, listing, main, names_in, public_modules, public_names


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


class TestTheListOfAllModules:
    def test_it_is_up_to_date(self) -> None:
        """A new name is raised deliberately: `python -m tools.public_names --write`."""
        assert LIST.read_text(encoding="utf-8") == listing(public_names())

    def test_its_first_line_counts_modules_and_distinct_names(self) -> None:
        modules, lines = [], LIST.read_text(encoding="utf-8").splitlines()
        names = set()
        for line in lines[2:]:
            if line.startswith("    "):
                names.add(line.strip())
            else:
                modules.append(line)
        assert lines[0] == f"{len(modules)} public modules, {len(names)} distinct names"
        assert modules[0] == "certlib"
        assert modules == sorted(modules)

    def test_no_private_module_is_in_it(self) -> None:
        modules = list(public_names())
        assert not [name for name in modules if "._" in name]
        assert "certlib.__main__" not in modules

    def test_what_a_module_promises_is_there_and_promised_once(self) -> None:
        for module in public_modules():
            names = list(getattr(module, "__all__", ()))
            assert [name for name in names if not hasattr(module, name)] == [], module
            assert sorted(set(names)) == sorted(names), module
            assert [name for name in names if name.startswith("_")] == [], module

    def test_it_can_be_printed_and_written(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = tmp_path / "names.txt"
        assert main([], path) == 0
        assert capsys.readouterr().out == listing(public_names())
        assert not path.exists()
        assert main(["--write"], path) == 0
        assert path.read_text(encoding="utf-8") == listing(public_names())
        assert capsys.readouterr().out.startswith("written: names.txt, ")

    def test_a_module_without_a_list_promises_no_name(self) -> None:
        assert names_in(sys) == []
        assert listing({"a": [], "a.b": ["two", "one"], "b": ["one"]}) == (
            "3 public modules, 2 distinct names\n\na\na.b\n    two\n    one\nb\n    one\n"
        )


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
