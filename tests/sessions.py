"""Runs the console sessions that the documents show, so that none of them can be wrong.

A session is a fenced block called ``console``: commands after ``$``, each followed by what it
prints. It runs inside this process, in a folder that belongs to the document:

- ``certlib`` and ``python -m certlib`` call the command line, stdout and stderr as one stream;
- ``cat FILE``, ``head -n N FILE`` and ``ls [FOLDER]`` are done here, so that any machine has them;
- ``> FILE`` at the end of a command writes what it prints to a file;
- a backslash ends a line that goes on in the next.

The output has to be what the block says, where a line of three dots stands for any lines, and
three dots inside a line for any characters. White space at the end of a line does not count. A
last line such as ``[exit 1]`` is the exit code; without it, the code is 0.

A document gets a file from a block below the comment ``<!-- file: people.csv -->``.
"""

from __future__ import annotations

import difflib
import doctest
import importlib
import io
import os
import re
import shlex
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, TypeAlias, cast
from unittest import mock

from attrs import frozen
from sybil import Document, Example, Region
from sybil.parsers.myst import CodeBlockParser, PythonCodeBlockParser, SkipParser
from sybil.typing import Parser

__all__ = ["PARSERS", "Step", "UnsupportedError", "check", "enter", "leave", "matches", "parse"]

Main: TypeAlias = Callable[[Sequence[str]], int]

_OPERATORS = frozenset("();<>|&")
_EXPANDED = re.compile(r"[*?$`~]")
_EXIT = re.compile(r"\[exit (\d+)\]")
_FILE = re.compile(
    r"^<!-- file: (?P<name>\w[\w.-]*) -->\n+(?P<fence>`{3,})[^\n]*\n(?P<text>.*?)^(?P=fence)[ \t]*$",
    re.MULTILINE | re.DOTALL,
)
_FOLDER = "_folder_of_this_document"


class UnsupportedError(ValueError):
    """Raised for a block or a command that is no session as this module understands one."""


@frozen(kw_only=True)
class Step:
    """One command of a session, and what it has to print."""

    command: str
    expected: tuple[str, ...]
    exit_code: int


def parse(block: str) -> tuple[Step, ...]:
    """Read a session into its steps."""
    lines = iter(_lines(block))
    commands: list[tuple[str, list[str]]] = []
    for line in lines:
        if line.startswith("$ "):
            commands.append((_whole(line[2:], lines), []))
        elif commands:
            commands[-1][1].append(line)
        else:
            raise UnsupportedError(f"a session begins with a command after '$ ', not with {line!r}")
    return tuple(_step(command, expected) for command, expected in commands)


def _whole(command: str, following: Iterator[str]) -> str:
    while command.endswith("\\"):
        command = command[:-1] + next(following, "").removeprefix("> ").lstrip()
    return command


def _step(command: str, expected: list[str]) -> Step:
    lines = _without_blank_end(expected)
    match = _EXIT.fullmatch(lines[-1]) if lines else None
    if match is None:
        return Step(command=command, expected=lines, exit_code=0)
    return Step(
        command=command, expected=_without_blank_end(lines[:-1]), exit_code=int(match.group(1))
    )


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.split("\n")]


def _without_blank_end(lines: Sequence[str]) -> tuple[str, ...]:
    end = len(lines)
    while end and not lines[end - 1]:
        end -= 1
    return tuple(lines[:end])


def matches(expected: Sequence[str], found: Sequence[str]) -> bool:
    """Tell whether lines are what was expected, where three dots stand for anything."""
    pattern = "".join(r"(?:[^\n]*\n)*" if line == "..." else _one_line(line) for line in expected)
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in found)) is not None


def _one_line(line: str) -> str:
    return r"[^\n]*".join(re.escape(part) for part in line.split("...")) + r"\n"


def check(block: str, *, main: Main | None = None) -> str:
    """Run a session in the present folder and return how it differs, or nothing.

    The command line is ``main``, by default that of certlib.
    """
    for step in parse(block):
        output, exit_code = _perform(_words(step.command), main or _certlib)
        found = _without_blank_end(_lines(output))
        if exit_code != step.exit_code or not matches(step.expected, found):
            expected = (*step.expected, f"[exit {step.exit_code}]")
            differences = difflib.unified_diff(
                expected, (*found, f"[exit {exit_code}]"), "expected", "found", lineterm=""
            )
            return "\n".join((f"$ {step.command}", *differences))
    return ""


def _words(command: str) -> list[str]:
    if _EXPANDED.search(command):
        raise UnsupportedError(f"a shell would expand a character of: {command}")
    lexer = shlex.shlex(command, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    return list(lexer)


def _perform(words: list[str], main: Main) -> tuple[str, int]:
    match words:
        case [*command, ">", target]:
            pass
        case command:
            target = ""
    if any(word and _OPERATORS.issuperset(word) for word in (*command, target)):
        raise UnsupportedError(f"no operators here but a last '> FILE': {shlex.join(words)}")
    output, exit_code = _execute(command, main)
    if not target:
        return output, exit_code
    Path(target).write_bytes(output.encode())
    return "", exit_code


def _execute(command: list[str], main: Main) -> tuple[str, int]:
    match command:
        case ["certlib", *arguments] | ["python", "-m", "certlib", *arguments]:
            return _call(main, arguments)
        case ["cat", *names] if names:
            return "".join(_text(name) for name in names), 0
        case ["head", "-n", count, name]:
            return "".join(_text(name).splitlines(keepends=True)[: int(count)]), 0
        case ["ls"]:
            return _listing("."), 0
        case ["ls", folder]:
            return _listing(folder), 0
        case _:
            raise UnsupportedError(f"not a command that documents can show: {shlex.join(command)}")


def _call(main: Main, arguments: Sequence[str]) -> tuple[str, int]:
    printed = io.BytesIO()
    # A real text stream, with an encoding and a buffer that programs write bytes to.
    terminal = io.TextIOWrapper(printed, encoding="utf-8", newline="\n", write_through=True)
    with (
        redirect_stdout(terminal),
        redirect_stderr(terminal),
        mock.patch.dict(os.environ, COLUMNS="80", NO_COLOR="1"),
    ):
        try:
            exit_code = main(arguments)
        except SystemExit as exit_:
            exit_code = _code_of(exit_, terminal)
    terminal.flush()
    return printed.getvalue().decode(), exit_code


def _code_of(exit_: SystemExit, terminal: io.TextIOWrapper) -> int:
    match exit_.code:
        case None:
            return 0
        case int(code):
            return code
        case message:
            terminal.write(f"{message}\n")
            return 1


def _certlib(arguments: Sequence[str]) -> int:
    # Only now: the sessions' own tests need no command line.
    return cast("Main", importlib.import_module("certlib.cli").main)(arguments)


def _text(name: str) -> str:
    # Terminals show no byte order mark.
    return Path(name).read_bytes().decode("utf-8-sig")


def _listing(folder: str) -> str:
    names = sorted(path.name for path in Path(folder).iterdir())
    return "".join(f"{name}\n" for name in names if not name.startswith("."))


# ---------------------------------------------------------------------------------------------
# Sybil


def _run(example: Example) -> str:
    return check(example.parsed)


def _files(document: Document) -> Iterable[Region]:
    """Find the blocks that are files; what they hold may be run as well."""
    for match in _FILE.finditer(document.text):
        end = document.text.index("-->", match.start()) + len("-->")
        yield Region(match.start(), end, (match["name"], match["text"]), _write)


def _write(example: Example) -> None:
    name, text = example.parsed
    Path(name).write_bytes(text.encode())


def enter(namespace: dict[str, Any]) -> None:
    """Give a document an empty folder of its own, and go there."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="certlib-"))
        stack.enter_context(chdir(folder))
        namespace[_FOLDER] = stack.pop_all()


def leave(namespace: dict[str, Any]) -> None:
    """Go back, and remove the folder."""
    namespace.pop(_FOLDER).close()


PARSERS: tuple[Parser, ...] = (
    PythonCodeBlockParser(doctest_optionflags=doctest.ELLIPSIS),
    CodeBlockParser("console", _run),
    _files,
    SkipParser(),
)
"""How a document's examples are found: Python, sessions, files, and what is skipped on purpose."""
