"""The command line: reads the clock, files and arguments, and prints.

`main` takes the arguments and returns the exit code; the commands are listed by ``certlib --help``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress

from certlib.cli._arguments import read_arguments
from certlib.cli._commands import HANDLERS
from certlib.cli._render import Answer, failure, show
from certlib.cli._values import UsageError
from certlib.errors import CertlibError, RefusedError

__all__ = ["main"]

# As shells report a process that these signals end.
INTERRUPTED = 130
PIPE_BROKEN = 141


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit code: 0 done, 1 refused or rows with errors, 2 wrong use.

    With ``--json`` among the arguments, stdout gets exactly one JSON value, whatever happens.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        answer = _answer(words)
        show(answer, as_json="--json" in words)
        sys.stdout.flush()
    except BrokenPipeError:
        _forget_stdout()
        return PIPE_BROKEN
    except KeyboardInterrupt:
        with suppress(OSError):
            print("certlib: interrupted; an import can be run again", file=sys.stderr)
        return INTERRUPTED
    return answer.exit_code


def _answer(words: Sequence[str]) -> Answer:
    """Run a command; errors become answers."""
    try:
        given = read_arguments(words)
        return HANDLERS[given.name](given)
    except RefusedError as error:
        return failure(error, 1)
    except CertlibError as error:
        return failure(error)
    except BrokenPipeError:
        raise
    except OSError as error:
        place = "" if error.filename is None else f"{error.filename}: "
        return failure(UsageError(f"{place}{error.strerror or error}", "file"))


def _forget_stdout() -> None:
    """Replace a broken stdout, so that Python does not write to it again at its end."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
