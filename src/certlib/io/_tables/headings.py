"""Which columns a format has, and where a file has them.

A format names its columns; a file has them in any order, among others. The delimiter is the one
under which the first line *is* the format's heading, so it is never guessed from the rows.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence

from attrs import frozen

from certlib._texts import printable
from certlib.errors import InvalidValueError
from certlib.io._tables.problems import UnreadableFileError, unreadable
from certlib.io._tables.records import control, strict_fields
from certlib.learners import normal_identifier

__all__ = ["DELIMITERS", "Heading", "Layout", "lay_out"]

DELIMITERS: Mapping[str, str] = {",": "comma", ";": "semicolon", "\t": "tab"}

_CELL = re.compile(r"[^@\s]+@[^@\s]+|[0-9][0-9./:-]*")
"""A cell that is nothing else, so that its line is a row."""

_SHOWN = 12
_LONGEST = 80
"""No column of a format has a longer name."""


def _trim(name: str) -> str:
    """Return a name without what may be around it: spaces, and a byte order mark."""
    return name.strip().strip("\ufeff").strip()


def _key(name: str) -> str:
    """Return the form in which names of columns are compared (requirement F7)."""
    return normal_identifier(_trim(name))


@frozen(kw_only=True)
class Heading:
    """The columns of a format.

    >>> Heading(columns=("Email", "Name", "Score"), optional=("Score",)).required
    ('Email', 'Name')
    """

    columns: tuple[str, ...]
    optional: tuple[str, ...] = ()
    """Columns that a file need not have."""
    ignored: tuple[str, ...] = ()
    """Further columns that a file may have and that say nothing, such as the reason column of an
    error file."""
    may_be_absent: bool = False
    """Whether a file may begin with its first row; only for formats of one column."""

    def __attrs_post_init__(self) -> None:
        keys = {_key(name) for name in self.columns}
        if not keys or len(keys) < len(self.columns) or "" in keys:
            raise InvalidValueError(
                "Heading.columns", printable(self.columns), "one name or more, no two alike"
            )
        if not set(self.optional) < set(self.columns):
            raise InvalidValueError(
                "Heading.optional", printable(self.optional), "some of the columns, not all"
            )
        if self.may_be_absent and len(self.columns) > 1:
            raise InvalidValueError("Heading.may_be_absent", "True", "False for several columns")

    @property
    def required(self) -> tuple[str, ...]:
        """The columns that every file has."""
        return tuple(name for name in self.columns if name not in self.optional)


@frozen(kw_only=True)
class Layout:
    """How one file is laid out: what its fields mean, and how to write it again as it was."""

    encoding: str
    bom: bool
    line_end: str
    """The end of the first line that is not blank; empty if the file ends with that line."""
    delimiter: str
    has_heading: bool
    columns: tuple[str, ...]
    """All columns of the file as it names them, trimmed."""
    names: tuple[str | None, ...]
    """The same as problems call them: the format's own names where it has them."""
    positions: tuple[int | None, ...]
    """Where the format's columns are, in the format's order; None for one that is absent."""
    ignored: tuple[int, ...]
    """Where the columns are that say nothing."""
    unknown: tuple[str, ...]
    """Columns that the format does not have, to be reported; nameless ones are left out."""

    def pick(self, fields: Sequence[str]) -> tuple[str, ...]:
        """Return the cells of the format's columns, in the format's order; an absent one is empty.

        >>> heading = Heading(columns=("Email", "Name", "Score"), optional=("Score",))
        >>> layout = lay_out("name;Notes; EMAIL", heading)
        >>> layout.pick(("Fire safety", "", "ann@example.org"))
        ('ann@example.org', 'Fire safety', '')
        """
        return tuple(["" if place is None else fields[place] for place in self.positions])


def lay_out(
    line: str,
    heading: Heading,
    *,
    delimiters: Sequence[str] = tuple(DELIMITERS),
    encoding: str = "utf-8",
    bom: bool = False,
    line_end: str = "",
) -> Layout:
    """Find a format's heading in the first line of a file that is not blank.

    Raises:
        UnreadableFileError: `wrong_heading`; `no_heading`, if the line is data; `not_text`, if it
            holds NULs.
    """
    readings = _readings(line, delimiters)
    required = {_key(name) for name in heading.required}
    fitting = {
        delimiter: fields
        for delimiter, fields in readings.items()
        if required <= {_key(name) for name in fields}
    }
    if len(set(fitting.values())) > 1:
        names = " and by ".join(DELIMITERS[delimiter] for delimiter in fitting)
        raise unreadable(
            "wrong_heading", f"separated by {names} alike, the heading fits: name the delimiter"
        )
    has_heading = bool(fitting)
    if not has_heading:
        delimiter, fields = next(iter(readings.items()))
        if not (heading.may_be_absent and len(fields) == 1):
            raise _mismatch(readings, heading, required)
        fields = heading.columns
    else:
        delimiter, fields = next(iter(fitting.items()))
    keys = [_key(name) for name in fields]
    known = [_key(name) for name in heading.columns]
    for name, key in zip(heading.columns, known, strict=True):
        if keys.count(key) > 1:
            raise unreadable("wrong_heading", f"the heading has the column {name} more than once")
    ignored = {_key(name) for name in heading.ignored}
    own_names = dict(zip(known, heading.columns, strict=True))
    return Layout(
        encoding=encoding,
        bom=bom,
        line_end=line_end,
        delimiter=delimiter,
        has_heading=has_heading,
        columns=tuple(_trim(name) for name in fields),
        names=tuple(own_names.get(_key(name), _trim(name)) or None for name in fields),
        positions=tuple(keys.index(key) if key in keys else None for key in known),
        ignored=tuple(place for place, key in enumerate(keys) if key in ignored),
        unknown=tuple(
            _trim(name)
            for name, key in zip(fields, keys, strict=True)
            if key and key not in ignored and key not in known
        ),
    )


def _readings(line: str, delimiters: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the fields of the first line under each delimiter under which it is a record."""
    if "\0" in line:
        raise unreadable(
            "not_text",
            "this is not text, as its first line holds NULs; if it is UTF-16 without a byte order"
            " mark, name utf-16-le or utf-16-be",
        )
    if found := control(line):
        raise unreadable("wrong_heading", f"the heading holds the control character {found}")
    readings = {
        delimiter: fields for delimiter in delimiters if (fields := strict_fields(line, delimiter))
    }
    if not readings:
        raise unreadable("wrong_heading", "the quotes in the heading are not where they can be")
    return readings


def _told(number: int, name: str, heading: Heading) -> str:
    """Return what to say of a column: where there is no heading, its name is somebody's data (W4)."""
    own = {_key(each): each for each in heading.columns}
    key = _key(name[:_LONGEST])
    if key in own:
        return own[key]
    alike = [each for each in own if len(key) > 2 and each.startswith(key)]
    alike += difflib.get_close_matches(key, own, 1, 0.7)
    return f"column {number}" + (f" (is it {own[alike[0]]}?)" if alike else "")


def _mismatch(
    readings: Mapping[str, tuple[str, ...]], heading: Heading, required: set[str]
) -> UnreadableFileError:
    """Return what to say of a first line that is not the heading."""

    def likeness(fields: tuple[str, ...]) -> tuple[int, int]:
        return len(required & {_key(name) for name in fields}), len(fields)

    fields = max(readings.values(), key=likeness)
    keys = {_key(name) for name in fields}
    expected = ", ".join(heading.required)
    if not required & keys and any(_CELL.fullmatch(name.strip()) for name in fields):
        return unreadable(
            "no_heading", f"the file begins with a row: above it belongs the heading {expected}"
        )
    names = [_told(number, name, heading) for number, name in enumerate(fields[:_SHOWN], 1)]
    found = ", ".join(names) + (", ..." if len(names) < len(fields) else "")
    separators = " or ".join(DELIMITERS[delimiter] for delimiter in readings)
    missing = ", ".join(name for name in heading.required if _key(name) not in keys)
    return unreadable(
        "wrong_heading",
        f"expected the columns {expected}, separated by {separators}; found {found};"
        f" missing: {missing}",
    )
