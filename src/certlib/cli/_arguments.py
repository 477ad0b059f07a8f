"""The commands and their arguments."""

from __future__ import annotations

from argparse import SUPPRESS, ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NoReturn

from certlib.cli._exporting import add_export_arguments
from certlib.cli._values import (
    DEFAULT_ACTOR,
    UsageError,
    actor,
    command_named,
    day_or_instant,
    delimiter_named,
    format_named,
    instant,
    status_named,
    whole_number,
)
from certlib.io import DELIMITERS, FORMATS, REPORTS, Duplicates
from certlib.io.formats import DATE_PATTERNS
from certlib.state import Status

__all__ = ["HISTORY_FORMATS", "TABLE_FORMATS", "read_arguments"]

TABLE_FORMATS = ("markdown", "html", "json", "mermaid", "dot", "svg")
HISTORY_FORMATS = ("table", "json", "svg")
EXIT_CODES = """\
exit codes: 0 done; 1 the rules said no, or rows have errors (the rest is done);
2 wrong use, unknown learner or certification, a file or store that cannot be read"""


class _Parser(ArgumentParser):
    """Raises `UsageError` instead of printing, so that it can be answered as JSON too."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; see {self.prog} --help")


def read_arguments(words: Sequence[str]) -> Namespace:
    """Read a command line; raise `UsageError`, or `SystemExit` after printing help."""
    parser = _Parser(
        prog="certlib",
        description="Who is certified, as of when, why, and what may be done about it now.",
        epilog=EXIT_CODES,
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"certlib {_version()}")
    _json(parser)
    commands = parser.add_subparsers(dest="name", required=True, metavar="COMMAND")
    for name, (words_of_help, add) in _COMMANDS.items():
        command = commands.add_parser(
            name,
            help=words_of_help,
            description=words_of_help[0].upper() + words_of_help[1:] + ".",
            epilog=EXIT_CODES,
            formatter_class=RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        add(command)
        _json(command)
    found = parser.parse_args(words)
    found.json = "json" in found
    return found


def _version() -> str:
    try:
        return version("certlib-lms")
    except PackageNotFoundError:
        return "(not installed)"


def _json(parser: ArgumentParser) -> None:
    # No default: that of a command would override the option before its name.
    parser.add_argument(
        "--json", action="store_true", default=SUPPRESS, help="one JSON value on stdout"
    )


def _store(parser: ArgumentParser) -> None:
    parser.add_argument("store", type=Path, metavar="STORE", help="an SQLite file")


def _pair(parser: ArgumentParser) -> None:
    _store(parser)
    parser.add_argument("learner", metavar="LEARNER", help="the id of a learner")
    parser.add_argument(
        "certification", metavar="CERTIFICATION", help="the code of a certification"
    )


def _actor(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--as",
        dest="actor",
        type=actor,
        default=DEFAULT_ACTOR,
        metavar="ROLE[:ID]",
        help=f"who asks or acts (default: {DEFAULT_ACTOR})",
    )


def _now(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--now", type=instant, metavar="INSTANT", help="the present (default: by the clock)"
    )


def _at(parser: ArgumentParser, words: str = "the instant asked about") -> None:
    parser.add_argument(
        "--at",
        type=day_or_instant,
        metavar="INSTANT",
        help=f"{words}, or a day: its first instant in the certification's zone"
        " (default: the present)",
    )


def _known_at(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--known-at",
        type=day_or_instant,
        metavar="INSTANT",
        help="as it was known then (default: as it is known now)",
    )


def _out(parser: ArgumentParser, words: str) -> None:
    parser.add_argument("--out", type=Path, metavar="DIR", help=words)


def _demo(parser: ArgumentParser) -> None:
    _out(
        parser,
        "a new or empty folder (default: certlib-demo, or certlib-demo-2 if that exists)",
    )


def _create(parser: ArgumentParser) -> None:
    _store(parser)
    filled = parser.add_mutually_exclusive_group(required=True)
    filled.add_argument("--people", type=Path, metavar="FILE", help="a CSV file")
    filled.add_argument(
        "--records", type=Path, metavar="FILE", help="all of another store, written by export"
    )
    parser.add_argument("--catalog", type=Path, required=True, metavar="FILE", help="a JSON file")


def _load(parser: ArgumentParser) -> None:
    _store(parser)
    parser.add_argument("--people", type=Path, metavar="FILE", help="a CSV file")
    parser.add_argument("--catalog", type=Path, metavar="FILE", help="a JSON file")


def _import(parser: ArgumentParser) -> None:
    _store(parser)
    parser.add_argument("file", type=Path, metavar="FILE", help="the file to import")
    parser.add_argument(
        "--format",
        type=format_named,
        required=True,
        metavar="NAME",
        help=f"the format of the file: {', '.join(_format_names())}",
    )
    parser.add_argument(
        "--verify-only", action="store_true", help="say what would be done, and write nothing"
    )
    parser.add_argument(
        "--token", metavar="TOKEN", help="the token of a preview: apply exactly that, or nothing"
    )
    names = ", ".join(REPORTS.values())
    _out(parser, f"a folder for {names}")
    _reading(parser)
    _meaning(parser)
    _actor(parser)
    _now(parser)


def _reading(parser: ArgumentParser) -> None:
    """Add the options for reading a file."""
    parser.add_argument(
        "--encoding",
        metavar="NAME",
        help="such as cp1252 (default: UTF-8, or by a byte order mark)",
    )
    parser.add_argument(
        "--delimiter",
        type=delimiter_named,
        metavar=f"{{{','.join(DELIMITERS.values())}}}",
        help="default: the one under which the heading is the format's",
    )
    parser.add_argument(
        "--dates",
        choices=DATE_PATTERNS,
        default=DATE_PATTERNS[0],
        help=f"how the file writes dates (default: {DATE_PATTERNS[0]})",
    )
    parser.add_argument(
        "--sheet", metavar="NAME", help="of a workbook, .xlsx (default: its first sheet)"
    )
    parser.add_argument(
        "--row-limit", type=whole_number, metavar="N", help="each row beyond it is a problem"
    )


def _meaning(parser: ArgumentParser) -> None:
    """Add the options for the meaning of a file."""
    parser.add_argument(
        "--suppress-notices",
        action="store_true",
        help="write no notices; everything else is recorded",
    )
    parser.add_argument(
        "--duplicates",
        type=Duplicates,
        choices=tuple(Duplicates),
        default=Duplicates.ERROR,
        help="docebo: which of several rows about the same counts (default: none, all are errors)",
    )
    parser.add_argument(
        "--archive-and-replace",
        action="store_true",
        help="go1: a row takes the place of an enrollment that is open; its history stays readable",
    )
    parser.add_argument(
        "--certification", metavar="CODE", help="knowledge-anywhere: the one that is assigned"
    )


def _template(parser: ArgumentParser) -> None:
    parser.add_argument(
        "format", type=format_named, metavar="FORMAT", help=f"one of {', '.join(_format_names())}"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="default: standard output")


def _export(parser: ArgumentParser) -> None:
    _store(parser)
    add_export_arguments(parser)
    parser.add_argument(
        "--at", type=instant, metavar="INSTANT", help="as known then (default: by the clock)"
    )
    _actor(parser)


def _format_names() -> list[str]:
    return [each.name for each in FORMATS]


def _imports(parser: ArgumentParser) -> None:
    _store(parser)
    parser.add_argument("--show", metavar="ID", help="what each row of this import recorded")
    _actor(parser)


def _undo(parser: ArgumentParser) -> None:
    _store(parser)
    parser.add_argument("id", metavar="ID", help="the import, as `imports` lists it")
    parser.add_argument("--reason", metavar="TEXT", help="why it is undone; needed to undo")
    parser.add_argument(
        "--preview", action="store_true", help="say what would be done, and write nothing"
    )
    _actor(parser)
    _now(parser)


def _status(parser: ArgumentParser) -> None:
    _store(parser)
    parser.add_argument("--learner", metavar="ID", help="only theirs")
    parser.add_argument("--certification", metavar="CODE", help="only in this one")
    parser.add_argument(
        "--status", type=status_named, metavar="STATUS", help=f"one of {', '.join(Status)}"
    )
    _at(parser)
    _known_at(parser)
    _actor(parser)


def _explain(parser: ArgumentParser) -> None:
    _pair(parser)
    _at(parser)
    _actor(parser)


def _outlook(parser: ArgumentParser) -> None:
    _pair(parser)
    _at(parser, "the change points after this instant")


def _history(parser: ArgumentParser) -> None:
    _pair(parser)
    _at(parser, "up to this instant")
    _known_at(parser)
    _actor(parser)
    parser.add_argument("--format", choices=HISTORY_FORMATS, help="default: table")


def _act(parser: ArgumentParser) -> None:
    _pair(parser)
    parser.add_argument("command", type=command_named, metavar="COMMAND", help="see explain")
    parser.add_argument(
        "--set", action="append", default=[], metavar="FIELD=VALUE", help="a field of the command"
    )
    parser.add_argument("--reason", metavar="TEXT", help="why it is done")
    parser.add_argument(
        "--preview", action="store_true", help="say what would change, and record nothing"
    )
    _at(parser, "when it took effect")
    _actor(parser)
    _now(parser)


def _sweep(parser: ArgumentParser) -> None:
    _store(parser)
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--far-ahead",
        action="store_true",
        help="sweep although the last one was more than 92 days before",
    )
    which.add_argument(
        "--reset",
        action="store_true",
        help="only let sweeps go on from now, after one that had a wrong clock",
    )
    _actor(parser)
    _now(parser)


def _audit(parser: ArgumentParser) -> None:
    _store(parser)
    parser.add_argument("--learner", metavar="ID", help="only theirs")
    parser.add_argument("--certification", metavar="CODE", help="only in this one")
    parser.add_argument(
        "--at", type=instant, metavar="INSTANT", help="the present (default: by the clock)"
    )
    _actor(parser)


def _table(parser: ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--grid",
        dest="which",
        action="store_const",
        const="grid",
        default="grid",
        help="what administrators may do in each status (default)",
    )
    which.add_argument(
        "--transitions",
        dest="which",
        action="store_const",
        const="transitions",
        help="every row of the table",
    )
    parser.add_argument("--format", choices=TABLE_FORMATS, help="default: markdown")


_COMMANDS: Mapping[str, tuple[str, Callable[[ArgumentParser], None]]] = {
    "demo": ("make a store from the sample, import into it, and show what happened", _demo),
    "create": ("make a store of people and a catalog", _create),
    "load": ("add and update people and the catalog", _load),
    "import": ("import a file of completions, awards, enrollments or assignments", _import),
    "template": ("write a file to fill in, with the heading and two example rows", _template),
    "imports": ("list what was imported, or what each row of an import recorded", _imports),
    "undo": ("strike all that an import recorded", _undo),
    "export": ("write what is recorded into a file, in a format that imports read", _export),
    "status": ("list who has which status", _status),
    "explain": ("show what may be done, and why the rest may not", _explain),
    "outlook": ("list what time alone will change", _outlook),
    "history": ("show how it came to be", _history),
    "act": ("give a command", _act),
    "sweep": (
        "write reminders that are due, and refresh the index; no answer depends on it",
        _sweep,
    ),
    "audit": ("find wrong records, and say what would mend them", _audit),
    "table": ("show the rules", _table),
}
