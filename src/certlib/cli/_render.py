"""How answers are shown: one JSON value, or words and tables for people.

Plain text does not depend on the width of the terminal. If stdout is a terminal and rich is installed,
tables have borders, and long work shows a progress bar.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from io import TextIOWrapper
from typing import TextIO, TypeAlias

from attrs import frozen

from certlib.cli._documents import Json, error_document, instant_text
from certlib.errors import CertlibError
from certlib.state import Reason, Verdict

__all__ = [
    "Answer",
    "Part",
    "Sheet",
    "cell",
    "failure",
    "json_text",
    "needed",
    "progress",
    "sheet",
    "show",
    "why_not",
]


@frozen
class Sheet:
    """A table: headings, and rows with as many cells."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Part: TypeAlias = str | Sheet
"""A line of words, or a table."""


@frozen(kw_only=True)
class Answer:
    """The answer of a command, as JSON and for people, with the exit code."""

    document: Json
    parts: tuple[Part, ...] = ()
    remarks: tuple[str, ...] = ()
    """Lines for stderr."""
    exit_code: int = 0


def failure(error: CertlibError, exit_code: int = 2) -> Answer:
    """Return the answer for an error: its text, and a line for each problem."""
    document = error_document(error)
    summary, *listed = _error_lines(error)
    return Answer(
        document=document,
        remarks=(f"certlib: {summary}", *(f"  {line}" for line in listed)),
        exit_code=exit_code,
    )


def _error_lines(error: CertlibError) -> list[str]:
    problems: tuple[object, ...] = getattr(error, "problems", ())
    text = str(error)
    if len(problems) < 2:
        return [text]
    summary = text.partition(": ")[0].removesuffix(f" ({error.code})")
    return [f"{summary} ({error.code}), {len(problems)} problems:", *map(str, problems)]


def cell(value: object) -> str:
    """Return a value as a cell: a dash for none, yes or no for flags."""
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def show(answer: Answer, *, as_json: bool) -> None:
    """Print an answer: words to stdout, or one JSON value there; remarks to stderr."""
    for stream in (sys.stdout, sys.stderr):
        # A character that the terminal cannot show appears as its number, not as a traceback.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    for remark in answer.remarks:
        print(_clean(remark), file=sys.stderr)
    if as_json:
        print(json_text(answer.document))
        return
    table = _rich_table if sys.stdout.isatty() and _has_rich() else _plain_table
    for part in answer.parts:
        if isinstance(part, Sheet):
            table(_cleaned(part), sys.stdout)
        else:
            print(_clean(part))


def json_text(document: Json) -> str:
    """Return a value as JSON, with every script readable."""
    return json.dumps(document, indent=2, ensure_ascii=False)


def _clean(text: str) -> str:
    """Return a text without control characters of terminals (W4)."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def _cleaned(sheet: Sheet) -> Sheet:
    return Sheet(sheet.headings, tuple(tuple(map(_clean, row)) for row in sheet.rows))


def _plain_table(sheet: Sheet, stream: TextIO) -> None:
    rows = (sheet.headings, *sheet.rows)
    widths = [max(len(row[column]) for row in rows) for column in range(len(sheet.headings))]
    for row in rows:
        line = "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True))
        print(line.rstrip(), file=stream)


def _has_rich() -> bool:
    return find_spec("rich") is not None


def _rich_table(sheet: Sheet, stream: TextIO) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table()
    for heading in sheet.headings:
        # Folded if it is narrow: an ellipsis would hide the answer.
        table.add_column(heading, overflow="fold")
    for row in sheet.rows:
        table.add_row(*map(escape, row))
    Console(file=stream).print(table)


def needed(verdict: Verdict) -> str:
    """Return the required fields, each with its possible values."""
    return ", ".join(
        name + (f" ({' or '.join(found)})" if (found := verdict.candidates.get(name)) else "")
        for name in verdict.needs
    )


def why_not(reasons: Iterable[Reason]) -> str:
    """Return all reasons, each with its code and when it ends by itself."""
    return "; ".join(
        f"{reason.text} ({reason.code})"
        + (f", until {instant_text(reason.opens_at)}" if reason.opens_at else "")
        for reason in reasons
    )


Tell: TypeAlias = Callable[[int, int], None]


@contextmanager
def progress(what: str, *, wanted: bool) -> Generator[Tell | None]:
    """Show a progress bar if stdout is a terminal."""
    if not (wanted and sys.stdout.isatty() and _has_rich()):
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(file=sys.stderr)) as bar:
        task = bar.add_task(what, total=None)

        def tell(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield tell


def sheet(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> Sheet:
    """Return a table of any values."""
    return Sheet(tuple(headings), tuple(tuple(map(cell, row)) for row in rows))
