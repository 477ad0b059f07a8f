"""How answers look: plain text for files and pipes, rich on a terminal, and never a control character."""

from __future__ import annotations

from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from certlib.cli import _render as render
from certlib.cli._render import Answer, cell, progress, sheet
from tests.cli.running import NOW, run, write_upload

ROW = "ann@example.org,course,FORK,2026-01-05"


class TestTerminal:
    def test_tables_have_borders_where_rich_is_there(self, store: Path) -> None:
        run("act", store, "ann", "FIRE-1", "assign", "--now", NOW)
        ran = run("status", store, "--at", NOW, terminal=True)
        assert "ann" in ran.out
        assert "\N{BOX DRAWINGS LIGHT VERTICAL}" in ran.out

    def test_and_are_plain_where_it_is_not(
        self, store: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run("act", store, "ann", "FIRE-1", "assign", "--now", NOW)
        plain = run("status", store, "--at", NOW)
        monkeypatch.setattr(render, "_has_rich", lambda: False)
        assert run("status", store, "--at", NOW, terminal=True) == plain

    def test_markup_is_text(self, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("COLUMNS", "300")
        run("act", store, "ann", "FIRE-1", "assign", "--now", NOW, "--as", "admin:[bold]x")
        ran = run("history", store, "ann", "FIRE-1", "--at", NOW, terminal=True)
        assert "admin:[bold]x" in ran.out

    def test_nothing_is_cut_off_where_it_is_narrow(
        self, store: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("COLUMNS", "40")
        ran = run("explain", store, "ann", "FIRE-1", "--at", NOW, terminal=True)
        assert "\N{HORIZONTAL ELLIPSIS}" not in ran.out

    def test_an_import_shows_how_far_it_is(self, store: Path, tmp_path: Path) -> None:
        upload = write_upload(tmp_path / "rows.csv", ROW)
        ran = run("import", store, upload, "--format", "unifyr", "--now", NOW, terminal=True)
        assert ran.code == 0
        assert "importing rows.csv" in ran.err

    def test_but_not_in_json(self, store: Path, tmp_path: Path) -> None:
        upload = write_upload(tmp_path / "rows.csv", ROW)
        ran = run(
            "import", store, upload, "--format", "unifyr", "--now", NOW, "--json", terminal=True
        )
        assert ran.err == ""

    def test_nobody_is_there_to_see_it(self) -> None:
        with progress("work", wanted=True) as tell:
            assert tell is None


class TestText:
    def test_no_character_moves_the_cursor(self, store: Path) -> None:
        run("act", store, "ann", "FIRE-1", "assign", "--now", NOW)
        ran = run("status", store, "--learner", "x\x1b[31m\ny")
        assert ran.err == "certlib: no learner 'x\\x1b[31m\\ny' (not_found)\n"

    def test_what_the_terminal_lacks_is_shown_by_its_number(self, store: Path) -> None:
        ran = run("status", store, "--learner", "ζωή", encoding="ascii")
        assert ran.err == "certlib: no learner '\\u03b6\\u03c9\\u03ae' (not_found)\n"
        ran = run("status", store, "--learner", "ζωή", "--json", encoding="ascii")
        assert "\\u03b6" in ran.out

    def test_a_stream_that_is_no_file(self) -> None:
        with redirect_stdout(StringIO()) as out:
            render.show(Answer(document={"a": 1}), as_json=True)
        assert out.getvalue() == '{\n  "a": 1\n}\n'

    @pytest.mark.parametrize(
        ("value", "text"),
        [(None, "-"), ("", "-"), (True, "yes"), (False, "no"), (0, "0"), ("x", "x")],
    )
    def test_cells(self, value: object, text: str) -> None:
        assert cell(value) == text

    def test_a_table_is_as_wide_as_its_cells(self, capsys: pytest.CaptureFixture[str]) -> None:
        render.show(
            Answer(document=None, parts=(sheet(("a", "b"), [("long", 1), ("x\ty", None)]),)),
            as_json=False,
        )
        assert capsys.readouterr().out == "a     b\nlong  1\nx\\ty  -\n"
