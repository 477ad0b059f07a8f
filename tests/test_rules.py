"""Every rule that is cited anywhere has its place on docs/reference/rules.md, and what is cited is found."""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from certlib.state import TABLE
from tools.rules import (
    PAGE,
    citations,
    examples_cited,
    is_planned,
    link,
    main,
    prose_of,
    rules_of,
    sections_cited,
)

ROOT = Path(__file__).parent.parent
EXAMPLES = json.loads((ROOT / "tests" / "worked_examples.json").read_bytes())["examples"]
RULES = rules_of(PAGE.read_text(encoding="utf-8"))


def files() -> Iterator[Path]:
    """Return all that cites rules."""
    for folder in ("src", "tests", "tools", "benchmarks", "docs"):
        yield from sorted((ROOT / folder).rglob("*.py"))
        yield from (
            path for path in sorted((ROOT / folder).rglob("*.md")) if "_build" not in path.parts
        )
    yield from sorted((ROOT / "tests" / "io" / "corpus").glob("*.txt"))
    yield from (ROOT / "pyproject.toml", *sorted(ROOT.glob("*.md")))


@cache
def prose() -> tuple[tuple[Path, str], ...]:
    """Return what each file says; it is read once, and only where a test asks."""
    return tuple((path, text) for path in files() for text in prose_of(path))


@cache
def cited() -> tuple[tuple[Path, str], ...]:
    """Return each file with each rule that it cites."""
    return tuple((path, rule) for path, text in prose() for rule in citations(text))


class TestThePage:
    def test_every_citation_is_of_a_rule_that_is_there(self) -> None:
        missing = sorted(
            {(str(path.relative_to(ROOT)), rule) for path, rule in cited() if rule not in RULES}
        )
        assert missing == []

    def test_there_are_many_citations_of_each_letter_and_of_rows(self) -> None:
        found = [rule for path, rule in cited() if path != PAGE]
        assert len(found) > 800
        assert {rule[0] for rule in found} == set("CFPQRTWr")

    def test_every_rule_has_a_text_and_one_place(self) -> None:
        assert all(RULES.values())
        headings = [
            line for line in PAGE.read_text(encoding="utf-8").split("\n") if line[:4] == "### "
        ]
        assert len(headings) == len(RULES) + 1, "the invariants have no id"

    def test_every_row_of_the_table_is_there_with_its_command(self) -> None:
        rows = {
            f"row {row.number}": row.command.name.replace("_", " ").replace("test out", "test-out")
            for row in TABLE.rows
        }
        assert {rule for rule in RULES if rule.startswith("row")} == set(rows)
        for rule, command in rows.items():
            assert command in RULES[rule].lower(), rule

    def test_a_rule_that_is_kept_is_cited_by_a_test_or_by_what_checks_the_sources(self) -> None:
        tested = {
            rule
            for path, rule in cited()
            if path.is_relative_to(ROOT / "tests") or path.suffix == ".toml"
        }
        assert [rule for rule in RULES if rule not in tested and not is_planned(RULES[rule])] == []

    def test_what_is_planned_is_marked_and_says_so_first(self) -> None:
        planned = {rule for rule, text in RULES.items() if is_planned(text)}
        assert {"R15", "R16", "R17", "P9", "P10", "P11", "W6", "W7", "W8", "W9"} <= planned
        assert planned.isdisjoint({"R13", "T5", "P8", "C7", "row 37"})

    def test_worked_examples_refer_to_rules(self) -> None:
        sections = {"4.1": "## The status rule", "invariants of 4.3": "### Invariants"}
        page = PAGE.read_text(encoding="utf-8")
        for example in EXAMPLES:
            for ref in example["refs"]:
                if ref in sections:
                    assert f"\n{sections[ref]}\n" in page
                else:
                    found = list(citations(ref))
                    assert found, ref
                    assert set(found) <= set(RULES), ref

    def test_worked_examples_that_are_cited_are_there(self) -> None:
        ids = {each["id"] for example in EXAMPLES for each in (example, *example["cases"])}
        found = {(path.name, each) for path, text in prose() for each in examples_cited(text)}
        assert len(found) > 10
        assert {each for each in found if each[1] not in ids} == set()

    def test_no_section_is_cited_of_a_document_that_is_not_here(self) -> None:
        found = [
            (path.relative_to(ROOT).as_posix(), each)
            for path, text in prose()
            if path != Path(__file__)
            for each in sections_cited(text)
        ]
        assert found == []


class TestCitations:
    @pytest.mark.parametrize(
        ("text", "cited"),
        [
            ("as the policy says (R13)", "R13"),
            ("(R4, R5)", "R4 R5"),
            ("P1, T4: from where the end is counted", "P1 T4"),
            ("requirement T2", "T2"),
            ("requirements T3d, P10b and P12b", "T3d P10b P12b"),
            ("see P1-P3", "P1 P3"),
            ("R1 to R8", "R1 R8"),
            ("R13's words; K of R10.", "R13 R10"),
            ("(P12b; E72 to E74)", "P12b"),
            ("(row 16, R7)", "row 16|R7"),
            ("rows 1 and 7", "row 1|row 7"),
            ("Rows 8, 23, and 24", "row 8|row 23|row 24"),
            ("(rows 25 to 27)", "row 25|row 27"),
            ("[R5](#r5)", "R5"),
        ],
    )
    def test_what_is_one(self, text: str, cited: str) -> None:
        assert list(citations(text)) == cited.split("|" if "|" in cited else " ")

    @pytest.mark.parametrize(
        "text",
        [
            "noqa: E501, D102", "C901 and PLR0912", "P1Y, P30D, P1Y3M and PT1H", "T0 and P0D", "C00, C01",
            "FORK-1, FIRE-C1, C1-FIRE", "W3C", "2026-W10-1", "2026-03-02T10:00Z", "reference=R1",
            "P3@example.org", "files/F7.csv", "R1.5", "Q1 2025", "Q12345", "the R package", "UTF-8",
            "--rows 5000", "row 142", "arrows 7", "a row", "rowset 3", "B2, X9", "'P1'", 'code "C2"',
            "$.P1", "#P1", "P1=2", "R2d2c",
        ],
    )  # fmt: skip
    def test_what_is_none(self, text: str) -> None:
        assert list(citations(text)) == []

    def test_a_worked_example_is_one_of_two_figures(self) -> None:
        assert list(examples_cited("E57b and E02 (E72 to E74), not E501, noqa: E5 or CE57")) == [
            "E57b",
            "E02",
            "E72",
            "E74",
        ]

    @pytest.mark.parametrize(
        "text",
        [
            "requirement 4.1",
            "Requirements 4.3, row by row",
            "requirements section 3",
            "always so (4.3)",
        ],
    )
    def test_numbers_of_sections(self, text: str) -> None:
        assert list(sections_cited(text))

    def test_requirements_with_an_id_are_no_sections(self) -> None:
        assert list(sections_cited("requirement T2, 4 requirements, 4.3 and (3.4)")) == []


class TestProse:
    UNKNOWN = "R99"

    def found(self, folder: Path, name: str, written: str) -> list[str]:
        path = folder / name
        path.write_text(written, encoding="utf-8")
        return [rule for text in prose_of(path) for rule in citations(text)]

    def test_an_unknown_rule_is_found_wherever_python_explains(self, tmp_path: Path) -> None:
        for text in (
            f'"""What it does ({self.UNKNOWN})."""\n',
            f'def f():\n    """{self.UNKNOWN}: so it is."""\n',
            f'LIMIT = 3\n"""As {self.UNKNOWN} says."""\n',
            f"x = 1  # because of {self.UNKNOWN}\n",
            f'law = "nothing is doubled ({self.UNKNOWN})"\n',
            f'law = f"nothing {{x}} is doubled (T1, {self.UNKNOWN})"\n',
        ):
            assert self.UNKNOWN in self.found(tmp_path, "it.py", text), text
        assert self.UNKNOWN not in RULES

    def test_data_code_and_examples_of_python_are_no_citations(self, tmp_path: Path) -> None:
        for text in (
            'ask = "assign source=rule reference=R98"\n',
            'TRAININGS = ["R98", "P97"]\n',
            '"""The code ``R98``, or `P97`."""\n',
            '"""Such as\n\n>>> make("x", R98)\nR97\n\n"""\n',
        ):
            assert self.found(tmp_path, "it.py", text) == [], text

    def test_markdown_is_read_without_its_code(self, tmp_path: Path) -> None:
        text = (
            f"<!-- R90 -->\n# About\n\nAs [{self.UNKNOWN}](rules.md#R91) says, not `R92`.\n\n"
            "```text\nR93 row 38\n```\n\n| T1 | ``R94`` |\n"
        )
        assert self.found(tmp_path, "it.md", text) == [self.UNKNOWN, "T1"]

    def test_comments_of_settings_and_of_the_corpus(self, tmp_path: Path) -> None:
        settings = '"C90",   # complexity\n# of T1\n"it".msg = "as said (R2)"\nselect = ["T20"]\n'
        assert self.found(tmp_path, "it.toml", settings) == ["T1", "R2"]
        assert self.found(tmp_path, "it.txt", "== P1 R93\n! F7 says\n= new ann P1\n") == ["F7"]


class TestRulesOf:
    def test_a_rule_ends_where_the_next_heading_begins(self) -> None:
        page = "# Rules\n\n### R1\n\nOne.\n\n### Row 2\n\n*Planned.* Two.\n\n## More\n\n### Invariants\n\nAll.\n"
        assert rules_of(page) == {"R1": "One.", "row 2": "*Planned.* Two."}
        assert not is_planned(rules_of(page)["R1"])
        assert is_planned(rules_of(page)["row 2"])
        assert not is_planned("One. *Planned:* more.")


class TestLink:
    @pytest.mark.parametrize(
        ("text", "linked"),
        [
            ("so (R13).", "so ([R13](rules.md#r13))."),
            ("row 16", "[row 16](rules.md#row-16)"),
            ("rows 8 and 23", "rows [8](rules.md#row-8) and [23](rules.md#row-23)"),
            ("P1-P3", "[P1](rules.md#p1)-[P3](rules.md#p3)"),
            ("P12b of T3", "[P12b](rules.md#p12b) of [T3](rules.md#t3)"),
        ],
    )
    def test_citations_become_links(self, text: str, linked: str) -> None:
        assert link(text) == linked
        assert link(linked) == linked

    @pytest.mark.parametrize(
        "text",
        [
            "`R13`",
            "## `validity` (P1)",
            "[as R13](x.md)",
            "<!-- R13 -->",
            "```\nrow 3\n```",
            "P1Y",
            "",
        ],
    )
    def test_code_headings_and_links_stay(self, text: str) -> None:
        assert link(text) == text

    @pytest.mark.parametrize("name", ["policies.md", "rules.md"])
    def test_pages_written_by_hand_link_what_they_cite(self, name: str) -> None:
        text = (PAGE.parent / name).read_text(encoding="utf-8")
        if PAGE.name == name:
            own = re.compile(r"^### (?P<rule>.+)$(?P<text>(?:\n(?!#).*)*)", re.MULTILINE)
            text = own.sub(lambda found: found["text"].replace(found["rule"], ""), text)
        assert link(text) == text, f"run python -m tools.rules docs/reference/{name}"

    def test_pages_are_linked_in_place(self, tmp_path: Path) -> None:
        page = tmp_path / "it.md"
        page.write_text("# P1\n\nAs (P1).\n", encoding="utf-8")
        assert main([str(page)]) == 0
        assert page.read_text(encoding="utf-8") == "# P1\n\nAs ([P1](rules.md#p1)).\n"

    def test_within_the_page_itself(self) -> None:
        assert link("(R13)", "") == "([R13](#r13))"


CITED: Final = re.compile(
    r"\((?:rows? \d+(?:(?:, | and | to )\d+)*|(?:requirements? )?[RTPCFWQ]\d+[a-z]?"
    r"(?:(?:, | and | to )[RTPCFWQ]\d+[a-z]?)*)\)"
)
"""A citation in brackets, as docstrings give it."""
REPLACED_NEXT: Final = ("src/certlib/state/_consequences.py", "src/certlib/io/_undoing/")
"""Modules whose words are left as they are: what they do is worked out in another way next."""


def misplaced(source: str) -> Iterator[str]:
    """Yield each docstring with more than one citation, or one after its first paragraph, and comments with any."""
    for node in ast.walk(ast.parse(source)):
        body = getattr(node, "body", None)
        for statement in body if isinstance(body, list) else ():
            value = statement.value if isinstance(statement, ast.Expr) else None
            if not isinstance(value, ast.Constant) or not isinstance(value.value, str):
                continue
            first = value.value.split("\n\n")[0]
            found = [each.start() for each in CITED.finditer(value.value)]
            if len(found) > 1 or any(place > len(first) for place in found):
                yield value.value
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT and CITED.search(token.string):
            yield token.string


class TestOneCitationADocstring:
    def test_in_the_first_lines_and_in_no_comment(self) -> None:
        for path in sorted((ROOT / "src").rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if not name.startswith(REPLACED_NEXT):
                assert list(misplaced(path.read_text(encoding="utf-8"))) == [], name

    @pytest.mark.parametrize(
        ("source", "count"),
        [
            ('"""Once (R13)."""', 0),
            ('"""By rows (rows 8, 23 and 24).\n\nNo more."""', 0),
            ('"""Twice (R13), (T5)."""', 1),
            ('"""Late.\n\nMore (R13)."""', 1),
            ("x = 1  # as it says (P8)", 1),
            ('x = 1\n"""After a value (P8), and again (P9)."""', 1),
        ],
    )
    def test_it_finds_what_is_planted(self, source: str, count: int) -> None:
        assert len(list(misplaced(source))) == count
