"""The people file: ``id,email,username,name,organization,groups,active``; only the id is required.

It is read whole or not at all, and everything that is wrong with it is told at once. Problems name
places and never repeat what a cell holds.

Two people may have one email or one username, as they do in the systems that such files come from:
a row of an import that names one of them is an ``ambiguous_learner`` then.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from typing import Any, BinaryIO, Final, TypeAlias, cast

from certlib._texts import printable
from certlib.errors import InvalidPeopleError, InvalidValueError, Problem
from certlib.io._tables.cells import EMAIL_CHARACTERS, Flaw
from certlib.io._tables.headings import Heading, Layout
from certlib.io._tables.reader import Limits, Reader, Record, RowProblem, UnreadableFileError
from certlib.learners import Learner, normal_identifier

__all__ = ["PEOPLE", "read_people"]

PEOPLE: Final = Heading(
    columns=("id", "email", "username", "name", "organization", "groups", "active"),
    optional=("email", "username", "name", "organization", "groups", "active"),
)
"""The columns of the file, in any order."""

_CHUNK = 64 * 1024


def read_people(source: bytes | BinaryIO, *, limits: Limits | None = None) -> tuple[Learner, ...]:
    r"""Return the people of a file, in its order.

    A further column is ignored, unless its name is nearly that of a column which is not there.

    Args:
        source: The file: UTF-8, or with a byte order mark.
        limits: How much to read.

    Raises:
        InvalidPeopleError: With every problem of the rows; or with that of the file as a whole.

    >>> read_people(b"id,groups,active\nann,night shift|drivers,\nbo,,no\n")
    (Learner(id='ann'), Learner(id='bo'))
    """
    reader = Reader(PEOPLE, limits=limits)
    people: list[Learner] = []
    problems: list[Problem] = []
    rows: dict[str, int] = {}
    try:
        for item in _items(reader, BytesIO(source) if isinstance(source, bytes) else source):
            if isinstance(item, RowProblem):
                problems.append(_problem(item.row, item.column, item.code, item.message))
                continue
            values, flaws = _read(item, cast("Layout", reader.layout))
            problems += (_problem(item.row, name, f.code, f.message) for name, f in flaws.items())
            if "id" not in flaws:
                before = rows.setdefault(str(values["id"]), item.row)
                if before != item.row:
                    message = f"the id is that of row {before} already"
                    problems.append(_problem(item.row, "id", "repeated_in_file", message))
            if not flaws:
                people.append(Learner(**values))
        problems[:0] = _misspelled(cast("Layout", reader.layout))
    except UnreadableFileError as error:
        whole = error.problem
        problem = Problem(path="the file", code=whole.code, message=whole.message)
        raise InvalidPeopleError((problem,)) from error
    if problems:
        raise InvalidPeopleError(tuple(problems))
    return tuple(people)


def _items(reader: Reader, file: BinaryIO) -> Iterator[Record | RowProblem]:
    while data := file.read(_CHUNK):
        yield from reader.feed(data)
    yield from reader.close()


def _problem(row: int, column: str | None, code: str, message: str) -> Problem:
    path = f"row {row}" if column is None else f"row {row}, column {column}"
    return Problem(path=path, code=code, message=message)


def _misspelled(layout: Layout) -> Iterator[Problem]:
    """Report columns whose cells would be lost only because of a letter."""
    absent = [
        name for name, place in zip(PEOPLE.columns, layout.positions, strict=True) if place is None
    ]
    for column in layout.unknown:
        for meant in difflib.get_close_matches(normal_identifier(column[:80]), absent, 1, 0.8):
            yield Problem(
                path="the heading",
                code="wrong_heading",
                message=f"the column {printable(column, 40)} is not known; is it {meant}?",
            )


# --- cells ------------------------------------------------------------------------------------

# Looser than what an import takes for an email: these are the addresses that people have, some of
# them not in ASCII, and they are matched exactly all the same.
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_BREAK = re.compile("[\t\r\n\u2028\u2029]")
_ACTIVE = {"yes": True, "no": False}

Cell: TypeAlias = Callable[[str], object]
"""Reads a trimmed cell that is not empty: a value, or a `Flaw`."""


def _read(record: Record, layout: Layout) -> tuple[dict[str, Any], dict[str, Flaw]]:
    """Return the values of a row and what is wrong with its cells, by column."""
    values: dict[str, Any] = {}
    flaws: dict[str, Flaw] = {}
    for name, cell in zip(PEOPLE.columns, layout.pick(record.fields), strict=True):
        text = cell.strip()
        if text:
            value = _CELLS[name](text)
            if isinstance(value, Flaw):
                flaws[name] = value
            else:
                values[name] = value
    if "id" not in values and "id" not in flaws:
        flaws["id"] = Flaw(code="missing_value", message="everybody has an id")
    return values, flaws


def _bad(expected: str) -> Flaw:
    return Flaw(code="bad_value", message=f"expected {expected}")


def _id(text: str) -> str | Flaw:
    try:
        return Learner(id=text).id
    except InvalidValueError as error:
        return _bad(error.expected)


def _email(text: str) -> str | Flaw:
    if len(text) > EMAIL_CHARACTERS:
        return Flaw(code="bad_email", message=f"longer than {EMAIL_CHARACTERS} characters")
    if not _EMAIL.fullmatch(text) or not text.isprintable():
        return Flaw(code="bad_email", message="not an email address")
    return text


def _username(text: str) -> str | Flaw:
    return text if text.isprintable() else _bad("printable characters")


def _line(text: str) -> str | Flaw:
    return _bad("one line") if _BREAK.search(text) else text


def _groups(text: str) -> tuple[str, ...] | Flaw:
    groups = tuple(group.strip() for group in text.split("|"))
    if "" in groups or len(set(groups)) < len(groups) or _BREAK.search(text):
        return _bad("groups separated by |, each once")
    return groups


def _active(text: str) -> bool | Flaw:
    active = _ACTIVE.get(normal_identifier(text))
    return _bad("yes or no; empty is yes") if active is None else active


_CELLS: Mapping[str, Cell] = {
    "id": _id,
    "email": _email,
    "username": _username,
    "name": _line,
    "organization": _line,
    "groups": _groups,
    "active": _active,
}
