"""Read values from the command line: actors, instants, and the fields of commands.

The clock is read here, and nowhere else in certlib.
"""

from __future__ import annotations

import re
from argparse import ArgumentTypeError
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from types import NoneType
from typing import Any, TypeAlias, TypeVar, get_args, get_type_hints

import attrs

from certlib._texts import printable
from certlib._validators import EARLIEST_YEAR, LATEST_YEAR
from certlib.actors import Actor
from certlib.errors import CertlibError, InvalidValueError, Problem
from certlib.io import DELIMITERS, FORMATS, Format
from certlib.io.formats import Flaw, parse_date
from certlib.periods import first_instant
from certlib.state import TABLE, Command, Status

__all__ = [
    "DEFAULT_ACTOR",
    "INSTANT_EXAMPLE",
    "UsageError",
    "When",
    "actor",
    "build_command",
    "command_named",
    "day_or_instant",
    "delimiter_named",
    "format_named",
    "instant",
    "instant_of",
    "present",
    "status_named",
    "whole_number",
]

T = TypeVar("T")
When: TypeAlias = datetime | date
"""An instant, or a day: its first instant in the zone of a certification."""

DEFAULT_ACTOR = "admin:operator"
"""The actor if none is named (W1); only the command line has such a default."""

INSTANT_EXAMPLE = "2026-03-31T09:00:00Z"

_INSTANT = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(?P<offset>Z|[+-]\d\d:\d\d)?", re.ASCII
)


@attrs.define(eq=False)
class UsageError(CertlibError, ValueError):
    """The command line is wrong; the message says what is expected."""

    message: str
    reason: str = "usage"
    problems: tuple[Problem, ...] = ()

    @property
    def code(self) -> str:
        """The stable code of this error, for programs."""
        return self.reason

    def _text(self) -> str:
        return f"{self.message} ({self.code})"


def present() -> datetime:
    """Return the present; certlib reads the clock only here."""
    return datetime.now(UTC)


def actor(text: str) -> Actor:
    """Read ``ROLE[:ID]``."""
    try:
        return Actor.parse(text)
    except CertlibError as error:
        raise ArgumentTypeError(str(error)) from None


def instant(text: str) -> datetime:
    """Read an instant: ISO 8601 with its offset from UTC.

    >>> instant("2026-03-31T09:00+02:00").isoformat()
    '2026-03-31T07:00:00+00:00'
    """
    shape = _INSTANT.fullmatch(text)
    expected = f"expected an instant with its offset from UTC, such as {INSTANT_EXAMPLE}"
    if shape is None:
        raise ArgumentTypeError(f"{printable(text)}: {expected}")
    if shape["offset"] is None:
        raise ArgumentTypeError(
            f"{printable(text)} has no offset: {expected}; add Z where it is meant in UTC"
        )
    try:
        found = datetime.fromisoformat(text)
        if EARLIEST_YEAR <= found.year <= LATEST_YEAR:
            return found.astimezone(UTC)
    except ValueError:
        raise ArgumentTypeError(f"{printable(text)}: there is no such instant") from None
    raise ArgumentTypeError(
        f"{printable(text)}: expected a year from {EARLIEST_YEAR} to {LATEST_YEAR}"
    )


def day_or_instant(text: str) -> When:
    """Read an instant, or a bare date."""
    day = parse_date(text)
    return instant(text) if isinstance(day, Flaw) else day


def instant_of(when: When, zone: str) -> datetime:
    """Return an instant; for a day, its first one in a zone."""
    return when if isinstance(when, datetime) else first_instant(when, zone)


def _named(name: str, known: Mapping[str, T]) -> T:
    if name not in known:
        raise ArgumentTypeError(f"{printable(name)}: expected one of {', '.join(known)}")
    return known[name]


def format_named(name: str) -> Format:
    """Return the format with a name."""
    return _named(name, {each.name: each for each in FORMATS})


def delimiter_named(name: str) -> str:
    """Return the delimiter with a name."""
    return _named(name, {called: sign for sign, called in DELIMITERS.items()})


def whole_number(text: str) -> int:
    """Read a whole number of at least 1."""
    if re.fullmatch("[1-9][0-9]{0,17}", text) is None:
        raise ArgumentTypeError(f"{printable(text)}: expected a whole number from 1 on")
    return int(text)


def command_named(name: str) -> type[Command]:
    """Return the kind of command with a name."""
    return _named(name, {kind.name: kind for kind in TABLE.commands})


def status_named(name: str) -> Status:
    """Return the status with a name."""
    return _named(name, {status.value: status for status in Status})


# --- the fields of commands ---------------------------------------------------------------------


def build_command(
    kind: type[Command], assignments: Sequence[str], *, at: datetime | None, reason: str | None
) -> Command:
    """Return a command with the fields from ``--set FIELD=VALUE``, read by their types.

    Raise `UsageError` if a field is unknown, missing, or does not fit its type.

    >>> from certlib.state.commands import Award
    >>> build_command(Award, ["on=2025-03-03", "always_valid=yes"], at=None, reason=None).always_valid
    True
    """
    hints = get_type_hints(kind)
    own = kind.own_fields()
    values: dict[str, Any] = {}
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if not equals or name not in own:
            raise UsageError(
                f"--set {printable(assignment)}: {kind.name} takes {_expected(kind, hints)}"
            )
        if name in values:
            raise UsageError(f"--set {name} is given twice")
        values[name] = _value(name, text, hints[name])
    missing = [name for name in kind.required_fields() if name not in values]
    if missing:
        raise UsageError(
            f"{kind.name} needs {', '.join(f'--set {name}=VALUE' for name in missing)};"
            f" it takes {_expected(kind, hints)}"
        )
    return kind(at=at, reason=reason, **values)


def _expected(kind: type[Command], hints: dict[str, Any]) -> str:
    parts = [f"{name} ({_words(hints[name])})" for name in kind.own_fields()]
    return ", ".join(parts) or "no fields of its own"


def _kinds(hint: Any) -> tuple[Any, ...]:
    """Return the types of a field, without None."""
    return tuple(each for each in get_args(hint) or (hint,) if each is not NoneType)


def _words(hint: Any) -> str:
    return " or ".join(_kind_words(kind) for kind in _kinds(hint))


def _kind_words(kind: Any) -> str:
    if isinstance(kind, type) and issubclass(kind, Enum):
        return "one of " + ", ".join(str(each.value) for each in kind)
    return _WORDS.get(kind, "a text")


def _value(name: str, text: str, hint: Any) -> object:
    if not text and NoneType in get_args(hint):
        return None
    for kind in _kinds(hint):
        read: Callable[[str], object] = _READERS.get(kind) or kind
        with suppress(ValueError, ArithmeticError, ArgumentTypeError):
            return read(text)
    raise UsageError(f"--set {name}={printable(text)}: expected {_words(hint)}")


def _whole(text: str) -> int:
    if re.fullmatch(r"-?[0-9]{1,9}", text, re.ASCII) is None:
        raise ValueError(text)
    return int(text)


def _flag(text: str) -> bool:
    if text not in _FLAGS:
        raise ValueError(text)
    return _FLAGS[text]


def _day(text: str) -> date:
    day = parse_date(text)
    if isinstance(day, Flaw):
        raise InvalidValueError("the value", printable(text), day.message)
    return day


_FLAGS = {"yes": True, "true": True, "no": False, "false": False}
_WORDS: dict[Any, str] = {
    bool: "yes or no",
    int: "a whole number",
    date: "a date yyyy-mm-dd",
    datetime: f"an instant such as {INSTANT_EXAMPLE}",
    Decimal: "a number",
    str: "a text",
}
_READERS: dict[Any, Callable[[str], object]] = {
    bool: _flag,
    int: _whole,
    date: _day,
    datetime: instant,
    Decimal: Decimal,
}
