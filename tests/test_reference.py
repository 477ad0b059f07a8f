"""The generated pages of the reference are up to date, and the generator says which are not."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from certlib.io import FORMATS
from certlib.state import TABLE
from tools.public_names import public_names
from tools.reference import FIRST_LINE, FOLDER, PAGES, main


@pytest.mark.parametrize("name", [name for name, _ in PAGES])
def test_the_page_is_up_to_date(name: str) -> None:
    page = dict(PAGES)[name]
    assert (FOLDER / name).read_text(encoding="utf-8") == page(), "run python -m tools.reference"


@pytest.mark.parametrize("name", [name for name, _ in PAGES if name.endswith(".md")])
def test_each_page_begins_by_saying_that_it_is_generated(name: str) -> None:
    first, blank, title, *_ = dict(PAGES)[name]().split("\n")
    assert first == FIRST_LINE
    assert "python -m tools.reference" in first
    assert blank == ""
    assert title.startswith("# ")


class TestPages:
    def test_facts_have_tag_sentence_and_fields(self) -> None:
        page = dict(PAGES)["facts.md"]()
        assert "| `step_completed` " in page
        assert "| A step was completed ([row 11](rules.md#row-11)). " in page
        assert r"`number: int`, `step: str`, `path: str \| None` (optional)" in page
        assert all(f"`{fact.tag}`" in page for fact in TABLE.facts)

    def test_commands_have_their_own_fields_and_the_common_ones_once(self) -> None:
        page = dict(PAGES)["commands.md"]()
        assert "| `strike` " in page
        assert "| `entry: int` " in page
        assert page.count("`import_row: int | None` (optional)") == 1

    def test_guards_and_rows_are_those_of_the_table(self) -> None:
        assert all(f"`{guard.code}`" in dict(PAGES)["guards.md"]() for guard in TABLE.guards)
        assert all(f"| {row.name} " in dict(PAGES)["table.md"]() for row in TABLE.rows)

    def test_rules_cited_are_links_and_so_are_the_numbers_of_rows(self) -> None:
        pages = dict(PAGES)
        assert "| [16](rules.md#row-16) | record exam " in pages["table.md"]()
        assert "([row 39](rules.md#row-39))" in pages["facts.md"]()
        assert "rows [8](rules.md#row-8), [23](rules.md#row-23) and [24]" in pages["commands.md"]()
        assert (
            "The rules behind it: [F1](rules.md#f1) to [F10](rules.md#f10)."
            in pages["formats.md"]()
        )
        assert "[P12](rules.md#p12), [P12b](rules.md#p12b)." in pages["notices.md"]()
        assert "rules behind it" not in pages["facts.md"]()
        numbers = [row.number for row in TABLE.rows]
        assert all(
            f"| [{number}](rules.md#row-{number})" in pages["table.md"]() for number in numbers
        )

    def test_statuses_tell_the_rule_and_where_time_leads(self) -> None:
        page = dict(PAGES)["statuses.md"]()
        assert "1. a bar stands: Disallowed or Revoked;" in page
        (certified,) = (line for line in page.split("\n") if line.startswith("| Certified "))
        assert certified.endswith("| Expired, Lapsed |")

    def test_formats_tell_every_column(self) -> None:
        page = dict(PAGES)["formats.md"]()
        for each in FORMATS:
            assert f"`{each.name}`" in page
            assert all(f"| `{column.heading}` " in page for column in each.columns)


@cache
def api_page() -> str:
    return dict(PAGES)["api.md"]()


class TestPublicNames:
    def test_every_public_name_is_told_or_pointed_to(self) -> None:
        page = api_page()
        sections = {
            part.partition("`")[0]: part.partition("\n")[2] for part in page.split("\n## `")[1:]
        }
        assert list(sections) == list(public_names())
        for module, names in public_names().items():
            told = [re.match(r"- `(\w+)", line) for line in sections[module].splitlines()]
            assert [found.group(1) for found in told if found] == names, module

    def test_a_function_has_its_signature_as_it_is_written(self) -> None:
        page = api_page()
        assert (
            "\n- `decide(case: Case, command: Command, *, actor: Actor, now: datetime,"
            " table: Table = ...) -> Decision` (function): Decide one command.\n"
        ) in page

    def test_a_value_has_its_fields_and_its_methods(self) -> None:
        page = api_page()
        assert "\n- `EnrollmentKey(learner: str, certification: str)` (class): " in page
        assert "\n  - `of(enrollment: Enrollment) -> EnrollmentKey`: " in page

    def test_properties_enumerations_aliases_exceptions_and_constants(self) -> None:
        page = api_page()
        assert "\n- `SaveAnswer = Saved | Conflict` (type alias)" in page
        assert "\n- `Outcome: NEW, ALREADY_COMPLETED, ERROR` (enumeration): " in page
        assert re.search(r"\n- `NotFoundError\(.*\)` \(exception\): ", page)
        assert "\n- `TABLE` (constant, `Table`)" in page
        assert "\n- `Store` (protocol): " in page
        assert "\n  - `tenant: str`: " in page

    def test_what_is_told_elsewhere_is_linked(self) -> None:
        page = api_page()
        assert "\n- `Service`: see [certlib.service](#certlibservice)\n" in page

    def test_nothing_in_it_differs_from_run_to_run(self) -> None:
        page = api_page()
        assert not re.search(r"0x[0-9a-f]{6}|object at|<class|NOTHING", page)
        for make in dict(PAGES).values():
            make()  # attrs resolves annotations where somebody asks
        assert dict(PAGES)["api.md"]() == page


class TestMain:
    def test_it_writes_what_is_missing_and_then_nothing(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main([], tmp_path) == 0
        assert capsys.readouterr().out.splitlines() == [f"written: {name}" for name, _ in PAGES]
        assert main([], tmp_path) == 0
        assert capsys.readouterr().out == ""
        assert {path.name for path in tmp_path.iterdir()} == {name for name, _ in PAGES}

    def test_check_names_what_is_stale_and_writes_nothing(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        main([], tmp_path)
        (tmp_path / "facts.md").write_text("old", encoding="utf-8")
        (tmp_path / "guards.md").unlink()
        capsys.readouterr()
        assert main(["--check"], tmp_path) == 1
        assert capsys.readouterr().err.splitlines() == [
            "stale: facts.md; run python -m tools.reference",
            "stale: guards.md; run python -m tools.reference",
        ]
        assert (tmp_path / "facts.md").read_text(encoding="utf-8") == "old"
        main([], tmp_path)
        assert main(["--check"], tmp_path) == 0
