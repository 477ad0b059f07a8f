"""The sample in the package is what its generator makes, and what its readers are told it is."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "src" / "certlib" / "sample"
EXPECTED: dict[str, Any] = json.loads((ROOT / "tests" / "sample_expected.json").read_bytes())
UPLOADS = ("completions.csv", "completions-semicolon.csv")
FILES = ("people.csv", "catalog.json", *UPLOADS)
DOMAINS = {"example.com", "example.net", "example.org"}
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def people() -> list[dict[str, str]]:
    with (SAMPLE / "people.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def right_rows() -> list[list[str]]:
    """The rows of completions.csv without a problem; there, every record is one line."""
    expected = EXPECTED["completions.csv"]
    left_out = {1, *expected["blank_rows"], *(problem["row"] for problem in expected["problems"])}
    lines = (SAMPLE / "completions.csv").read_bytes().decode("utf-8-sig").split("\r\n")[:-1]
    right = [line for row, line in enumerate(lines, start=1) if row not in left_out]
    return list(csv.reader(right, strict=True))


@pytest.mark.parametrize("hash_seed", ["0", "1"])
def test_the_generator_makes_the_shipped_bytes(tmp_path: Path, hash_seed: str) -> None:
    command = [sys.executable, str(ROOT / "tools" / "make_sample.py"), str(tmp_path)]
    subprocess.run(command, check=True, env={**os.environ, "PYTHONHASHSEED": hash_seed})

    made = {file.relative_to(tmp_path): file for file in tmp_path.rglob("*") if file.is_file()}

    assert set(made) == {
        Path("tests/sample_expected.json"),
        *(Path("src/certlib/sample", name) for name in FILES),
    }
    for name, file in made.items():
        assert file.read_bytes() == (ROOT / name).read_bytes(), name


def test_the_package_has_the_files_and_no_code_beside_them() -> None:
    assert {file.name for file in SAMPLE.iterdir()} == set(FILES)


def test_the_first_upload_is_as_a_spreadsheet_writes_it() -> None:
    data = (SAMPLE / "completions.csv").read_bytes()

    assert data.startswith(BYTE_ORDER_MARK + b"Email,Training Type,Name,Date (yyyy-mm-dd)\r\n")
    assert data.count(b"\n") == data.count(b"\r") == data.count(b"\r\n")
    assert data.endswith(b"\r\n\r\n\r\n\r\n")
    assert b"\r\n,,,\r\n" in data


@pytest.mark.parametrize("name", ["people.csv", "catalog.json", "completions-semicolon.csv"])
def test_the_other_files_have_no_mark_and_bare_line_feeds(name: str) -> None:
    data = (SAMPLE / name).read_bytes()

    assert not data.startswith(BYTE_ORDER_MARK)
    assert b"\r" not in data
    assert data.endswith(b"\n")


def test_the_sizes_are_those_that_the_documents_promise() -> None:
    catalog = json.loads((SAMPLE / "catalog.json").read_bytes())
    first, second = (EXPECTED[name] for name in UPLOADS)

    assert 190 <= len(people()) <= 210
    assert 12 <= len(catalog["trainings"]) <= 16
    assert len(catalog["certifications"]) == 6
    assert 1_400 <= first["rows"] <= 1_600
    assert 0.85 <= 1 - first["errors"] / first["rows"] <= 0.90
    assert 100 <= second["rows"] <= 140
    assert EXPECTED["store"] == {
        "learners": len(people()),
        "trainings": len(catalog["trainings"]),
        "certifications": len(catalog["certifications"]),
    }


@pytest.mark.parametrize("name", UPLOADS)
def test_every_row_is_expected_in_exactly_one_set(name: str) -> None:
    expected = EXPECTED[name]
    problems = expected["problems"]
    separate = [*expected["blank_rows"], *expected["already_completed_rows"]]
    separate += [problem["row"] for problem in problems]

    assert expected["rows"] == sum(
        expected[each] for each in ("new", "already_completed", "errors")
    )
    assert len(separate) == len(set(separate))
    assert len(problems) == expected["errors"]
    assert Counter(problem["code"] for problem in problems) == expected["codes"]
    assert all(problem["line"] >= problem["row"] for problem in problems)


def test_everything_right_lies_in_the_past() -> None:
    dates = [date for *_, date in right_rows()]

    assert min(dates) >= "2023-01-01"
    assert max(dates) <= "2026-11-01"
    assert dates != sorted(dates)


def test_no_award_falls_on_a_day_with_a_completion_of_the_same_learner() -> None:
    days: dict[bool, set[tuple[str, str]]] = {True: set(), False: set()}
    for email, kind, _, date in right_rows():
        days[kind == "certification"].add((email.strip().lower(), date))

    assert days[True]
    assert not days[True] & days[False]


def test_nothing_can_close_the_unclosed_quote() -> None:
    problems = EXPECTED["completions.csv"]["problems"]
    (line,) = (problem["line"] for problem in problems if problem["code"] == "unclosed_quote")
    lines = (SAMPLE / "completions.csv").read_bytes().decode("utf-8-sig").split("\r\n")

    assert lines[line - 1].count('"') == 1
    assert '"' not in "".join(lines[line:])
    assert any(lines[line:])


def test_the_second_upload_has_a_line_break_inside_a_cell() -> None:
    problems = EXPECTED["completions-semicolon.csv"]["problems"]

    assert any(problem["line"] > problem["row"] for problem in problems)


def test_everybody_is_invented() -> None:
    for person in people():
        assert person["email"].rpartition("@")[2] in DOMAINS, person
    for name in UPLOADS:
        text = (SAMPLE / name).read_text(encoding="utf-8").lower()
        assert set(re.findall(r"@([\w.-]+)", text)) <= DOMAINS, name


def test_learners_are_told_apart_by_id_and_only_by_id() -> None:
    def shared(column: str) -> list[int]:
        counts = Counter(person[column] for person in people())
        return [count for count in counts.values() if count > 1]

    assert shared("id") == []
    assert shared("email") == [2]
    assert shared("username") == [2]


def test_people_have_what_such_lists_have() -> None:
    everybody = people()
    names = "".join(person["name"] for person in everybody)

    assert {person["active"] for person in everybody} == {"yes", "no"}
    assert len({person["organization"] for person in everybody}) == 5
    assert any("|" in person["groups"] for person in everybody)
    assert "'" in names
    assert not names.isascii()
