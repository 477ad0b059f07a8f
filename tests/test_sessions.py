"""The runner of the documents' sessions: a session that is wrong has to fail."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sybil import Sybil
from sybil.example import SybilFailure

from tests import sessions
from tests.sessions import Step, UnsupportedError, check, matches, parse

ROOT = Path(__file__).parent.parent

# Blocks that are run, blocks that are data or pictures, and `sh`: how to set something up.
LANGUAGES = {"python", "console"} | {"csv", "json", "mermaid", "sql", "text", "toml", "sh"}

FENCE = re.compile(
    r"^[ \t]*(?P<fence>`{3,})(?P<info>[^`\n]*)\n.*?^[ \t]*(?P=fence)[ \t]*$",
    re.MULTILINE | re.DOTALL,
)


def echo(arguments: Sequence[str]) -> int:
    """Print each argument on a line; the code is that of an argument such as `code=2`."""
    code = 0
    for argument in arguments:
        if argument.startswith("code="):
            code = int(argument.removeprefix("code="))
        else:
            print(argument)
    return code


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


class TestParse:
    def test_a_step_is_a_command_and_the_lines_below(self) -> None:
        assert parse("$ certlib a\none\n\n$ certlib b\n") == (
            Step(command="certlib a", expected=("one",), exit_code=0),
            Step(command="certlib b", expected=(), exit_code=0),
        )

    def test_blank_lines_inside_count_and_at_the_end_do_not(self) -> None:
        (step,) = parse("$ certlib a\none\n\ntwo\n\n\n")
        assert step.expected == ("one", "", "two")

    def test_the_last_line_may_be_the_exit_code(self) -> None:
        (step,) = parse("$ certlib a\none\n\n[exit 12]\n")
        assert step == Step(command="certlib a", expected=("one",), exit_code=12)

    def test_elsewhere_such_a_line_is_output(self) -> None:
        (step,) = parse("$ certlib a\n[exit 1]\none\n")
        assert step == Step(command="certlib a", expected=("[exit 1]", "one"), exit_code=0)

    @pytest.mark.parametrize("following", ["--at b", "    --at b", "> --at b"])
    def test_a_backslash_ends_a_line_that_goes_on(self, following: str) -> None:
        (step,) = parse(f"$ certlib a \\\n{following}\none\n")
        assert step == Step(command="certlib a --at b", expected=("one",), exit_code=0)

    def test_output_without_a_command_is_refused(self) -> None:
        with pytest.raises(UnsupportedError, match="begins with a command"):
            parse("one\n$ certlib a\n")


class TestMatches:
    @pytest.mark.parametrize(
        ("expected", "found"),
        [
            ("a", "a"),
            ("...", ""),
            ("...", "a|b"),
            ("a|...", "a"),
            ("a|...|d", "a|b|c|d"),
            ("...|b|...", "b"),
            ('"token": "..."', '"token": "4f1c"'),
            ("a ... d", "a b c d"),
            ("wait ...", "wait ..."),
        ],
    )
    def test_dots_stand_for_anything(self, expected: str, found: str) -> None:
        assert matches(expected.split("|"), found.split("|") if found else [])

    @pytest.mark.parametrize(
        ("expected", "found"),
        [
            ("a", "b"),
            ("a", "a|b"),
            ("a|b", "a"),
            ("a.c", "abc"),
            ("a|...|d", "a|b|c"),
            ("a ... d", "a|d"),
            ("a...", "b"),
        ],
    )
    def test_and_for_nothing_else(self, expected: str, found: str) -> None:
        assert not matches(expected.split("|"), found.split("|"))

    @given(st.lists(st.text(st.characters(exclude_characters="\n"))))
    def test_everything_is_what_it_is(self, lines: list[str]) -> None:
        assert matches(lines, lines)


class TestCheck:
    def test_what_is_printed_as_expected_differs_in_nothing(self) -> None:
        assert check("$ certlib one two\none\ntwo\n", main=echo) == ""

    def test_what_is_printed_otherwise_is_shown(self) -> None:
        assert check("$ certlib one two\none\nthree\n", main=echo) == (
            "$ certlib one two\n--- expected\n+++ found\n@@ -1,3 +1,3 @@\n"
            " one\n-three\n+two\n [exit 0]"
        )

    @pytest.mark.parametrize(
        "block",
        [
            "$ certlib one\n",
            "$ certlib\none\n",
            "$ certlib one\n\none\n",
            "$ certlib one\none\n$ certlib two\n",
        ],
    )
    def test_too_much_and_too_little_fail(self, block: str) -> None:
        assert check(block, main=echo) != ""

    def test_an_exit_code_has_to_be_shown(self) -> None:
        assert "-[exit 0]\n+[exit 1]" in check("$ certlib one code=1\none\n", main=echo)
        assert check("$ certlib one code=1\none\n[exit 1]\n", main=echo) == ""

    def test_an_exit_code_shown_has_to_be_so(self) -> None:
        assert "-[exit 1]\n+[exit 2]" in check("$ certlib code=2\n[exit 1]\n", main=echo)
        assert "-[exit 1]\n+[exit 0]" in check("$ certlib\n[exit 1]\n", main=echo)

    def test_white_space_at_the_end_of_lines_does_not_count(self) -> None:
        assert check("$ certlib 'one   ' two\none\ntwo  \n", main=echo) == ""

    def test_quotes_are_those_of_the_shell(self) -> None:
        assert check("$ certlib 'one two' \"R&D\" ''\none two\nR&D\n", main=echo) == ""

    def test_both_streams_are_shown_in_the_order_of_writing(self) -> None:
        def main(arguments: Sequence[str]) -> int:
            print("one")
            print("two", file=sys.stderr)
            sys.stdout.flush()
            sys.stdout.buffer.write("dr\u00e9i\n".encode())
            return 0

        assert check("$ certlib\none\ntwo\ndr\u00e9i\n", main=main) == ""

    @pytest.mark.parametrize(
        ("code", "shown"), [(None, ""), (2, "[exit 2]"), ("no such file", "no such file\n[exit 1]")]
    )
    def test_a_program_that_exits_has_a_code(self, code: int | str | None, shown: str) -> None:
        def main(arguments: Sequence[str]) -> int:
            sys.exit(code)

        assert check(f"$ certlib\n{shown}", main=main) == ""

    def test_a_program_that_fails_is_not_hidden(self) -> None:
        def main(arguments: Sequence[str]) -> int:
            raise RuntimeError("lost")

        with pytest.raises(RuntimeError, match="lost"):
            check("$ certlib\n", main=main)

    def test_the_module_may_be_called(self) -> None:
        assert check("$ python -m certlib one\none\n", main=echo) == ""

    def test_output_may_go_to_a_file(self) -> None:
        assert check("$ certlib one two > out.txt\n$ cat out.txt\none\ntwo\n", main=echo) == ""

    def test_files_are_shown(self) -> None:
        Path("a.csv").write_bytes(b"\xef\xbb\xbfid,name\r\nann,Ann\r\nbo,Bo\r\n")
        Path(".hidden").touch()
        Path("b").mkdir()
        Path("b", "c").touch()
        block = (
            "$ ls\na.csv\nb\n$ ls b\nc\n$ head -n 2 a.csv\nid,name\nann,Ann\n"
            "$ cat a.csv\nid,name\nann,Ann\nbo,Bo\n"
        )
        assert check(block, main=echo) == ""

    @pytest.mark.parametrize(
        ("command", "complaint"),
        [
            ("rm -r store", "not a command"),
            ("cat", "not a command"),
            ("certlib a | sort", "no operators"),
            ("certlib a && certlib b", "no operators"),
            ("certlib a >", "no operators"),
            ("certlib > a > b", "no operators"),
            ("certlib *.csv", "expand"),
            ("certlib $HOME", "expand"),
        ],
    )
    def test_the_rest_of_the_shell_is_refused(self, command: str, complaint: str) -> None:
        with pytest.raises(UnsupportedError, match=complaint):
            check(f"$ {command}\n", main=echo)


class TestDocuments:
    def run(self, text: str) -> None:
        path = Path("page.md").absolute()
        path.write_text(text, encoding="utf-8")
        document = Sybil(sessions.PARSERS).parse(path)
        sessions.enter(document.namespace)
        try:
            for example in document:
                example.evaluate()
        finally:
            sessions.leave(document.namespace)

    def test_a_document_has_a_folder_of_its_own(self) -> None:
        before = Path.cwd()
        self.run("```console\n$ ls\n```\n")
        assert Path.cwd() == before

    def test_sessions_and_python_share_it_in_the_order_of_the_page(self) -> None:
        self.run(
            "<!-- file: people.csv -->\n```csv\nid\nann\n```\n"
            "```console\n$ cat people.csv\nid\nann\n```\n"
            "```python\nfrom pathlib import Path\nPath('people.csv').write_text('gone')\n```\n"
            "```console\n$ cat people.csv\ngone\n```\n"
        )

    def test_in_lists_too(self) -> None:
        self.run("1. Look:\n\n   ```console\n   $ ls\n   ```\n")

    @pytest.mark.parametrize(
        "text",
        [
            "```console\n$ ls\nstore.db\n```\n",
            "```python\n>>> 1 + 1\n3\n```\n",
            "- Look:\n\n  ```console\n  $ ls\n  store.db\n  ```\n",
        ],
    )
    def test_what_is_wrong_fails(self, text: str) -> None:
        with pytest.raises(SybilFailure):
            self.run(text)

    def test_what_is_skipped_is_said_to_be(self) -> None:
        self.run("<!-- skip: next -->\n```console\n$ ls\nstore.db\n```\n")

    def test_every_block_of_ours_is_run_or_is_data(self) -> None:
        pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
        for page in pages:
            text = page.read_text(encoding="utf-8")
            for fence in FENCE.finditer(text):
                info = fence["info"].strip()
                assert info in LANGUAGES or info.startswith("{"), (
                    f"{page.relative_to(ROOT)}: a block called {info!r} is not run; call it "
                    f"`python` or `console`, or one of {sorted(LANGUAGES)}"
                )
