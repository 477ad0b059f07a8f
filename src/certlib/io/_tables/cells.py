"""Strict parsers of cells: a value, or what is wrong with the text. They never guess (F8).

Each takes a trimmed cell. Messages never repeat what a cell holds: they are stored and logged, and a cell
in the wrong column may be somebody's name.

Identifiers are compared by `certlib.learners.normal_identifier`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal

from attrs import frozen

from certlib._texts import printable
from certlib._validators import EARLIEST_YEAR, LATEST_YEAR
from certlib.errors import InvalidValueError
from certlib.learners import normal_identifier

__all__ = [
    "DATE_PATTERNS",
    "EMAIL_CHARACTERS",
    "Flaw",
    "Moment",
    "check_email",
    "neutralize",
    "parse_date",
    "parse_moment",
    "parse_number",
    "parse_yes",
    "restore",
]


@frozen(kw_only=True)
class Flaw:
    """What is wrong with a cell."""

    code: str
    """A public problem code, such as `bad_date`."""
    message: str


DATE_PATTERNS = ("yyyy-mm-dd", "dd/mm/yyyy", "dd.mm.yyyy", "mm/dd/yyyy")
"""How dates may be written: one pattern for all of a file, the first if none is named."""

_ISO = DATE_PATTERNS[0]


def _shape(pattern: str) -> re.Pattern[str]:
    expression = re.escape(pattern)
    for part, digits in (("yyyy", 4), ("mm", 2), ("dd", 2)):
        expression = expression.replace(part, f"(?P<{part[0]}>[0-9]{{{digits}}})")
    return re.compile(expression)


_SHAPES: Mapping[str, re.Pattern[str]] = {pattern: _shape(pattern) for pattern in DATE_PATTERNS}
_SHORT_YEAR = re.compile(r"[0-9]{1,2}([./-])[0-9]{1,2}\1[0-9]{2}")
_ONE_DIGIT = re.compile(r"[0-9]{1,4}([./-])[0-9]{1,2}\1[0-9]{1,4}")
_LONGEST_HINT = 40


def parse_date(text: str, pattern: str = _ISO) -> date | Flaw:
    """Return the day that a text means in a pattern of `DATE_PATTERNS`, digit for digit.

    >>> parse_date("2024-02-29")
    datetime.date(2024, 2, 29)
    >>> parse_date("29.02.2024", "dd.mm.yyyy")
    datetime.date(2024, 2, 29)
    >>> parse_date("45351").message
    "expected a date written yyyy-mm-dd; this is a number, perhaps a spreadsheet's for a day"
    """
    if pattern == _ISO:
        # What else `fromisoformat` reads has other lengths, or no hyphens there.
        shaped = len(text) == 10 and text[4] == "-" == text[7]
        parts = text
    elif pattern in _SHAPES:
        match = _SHAPES[pattern].fullmatch(text)
        shaped = match is not None
        parts = f"{match['y']}-{match['m']}-{match['d']}" if match else ""
    else:
        raise InvalidValueError(
            "the pattern of dates", printable(pattern), f"one of {', '.join(DATE_PATTERNS)}"
        )
    if shaped:
        try:
            day = date.fromisoformat(parts)
        except ValueError:
            pass
        else:
            if EARLIEST_YEAR <= day.year <= LATEST_YEAR:
                return day
    return Flaw(
        code="bad_date", message=f"expected a date written {pattern}{_why_no_date(text, pattern)}"
    )


def _why_no_date(text: str, pattern: str) -> str:
    """Return what may help the writer of a cell that is no date."""
    if len(text) > _LONGEST_HINT:
        return ""
    if match := _SHAPES[pattern].fullmatch(text):
        if EARLIEST_YEAR <= int(match["y"]) <= LATEST_YEAR:
            return "; there is no such day"
        return f", of a year from {EARLIEST_YEAR} to {LATEST_YEAR}"
    if others := [other for other, shape in _SHAPES.items() if shape.fullmatch(text)]:
        return f"; this looks like {' or '.join(others)}: name the pattern of the file's dates"
    if _SHAPES[pattern].match(text):
        return ", and nothing after it, such as a time"
    if _SHORT_YEAR.fullmatch(text):
        return "; a year has four digits"
    if _ONE_DIGIT.fullmatch(text):
        return "; a day and a month have two digits, a year four"
    if text.isascii() and text.isdigit():
        return "; this is a number, perhaps a spreadsheet's for a day"
    if any(character.isdigit() and not character.isascii() for character in text):
        return "; its digits are not those of ASCII"
    return ""


@frozen(kw_only=True)
class Moment:
    """A day, and a time of that day where one is given; whose clocks tell it, the cell does not say."""

    day: date
    time: time | None = None


_TIME = re.compile(r"(?P<h>[0-9]{2}):(?P<m>[0-9]{2})(?::(?P<s>[0-9]{2}))?")


def parse_moment(text: str, pattern: str = _ISO) -> Moment | Flaw:
    """Return a day in a pattern of `DATE_PATTERNS`, or a day and a time: ``hh:mm`` or ``hh:mm:ss``.

    >>> parse_moment("2024-02-29 23:59")
    Moment(day=datetime.date(2024, 2, 29), time=datetime.time(23, 59))
    >>> parse_moment("2024-02-29T24:00").message
    'expected a time written hh:mm or hh:mm:ss after the date'
    """
    clock = None
    written, space, rest = text.partition("T" if "T" in text else " ")
    if space:
        match = _TIME.fullmatch(rest)
        try:
            clock = match and time(int(match["h"]), int(match["m"]), int(match["s"] or 0))
        except ValueError:
            clock = None
        if clock is None and not isinstance(parse_date(written, pattern), Flaw):
            message = "expected a time written hh:mm or hh:mm:ss after the date"
            return Flaw(code="bad_date", message=message)
    day = parse_date(written if clock else text, pattern)
    return day if isinstance(day, Flaw) else Moment(day=day, time=clock)


_YES = frozenset({"yes", "true", "1"})
_NO = frozenset({"no", "false", "0"})


def parse_yes(text: str) -> bool | Flaw:
    """Return whether a cell says yes: yes or no, true or false, 1 or 0, in any case.

    >>> parse_yes("Yes"), parse_yes("0")
    (True, False)
    """
    word = normal_identifier(text)
    if word in _YES or word in _NO:
        return word in _YES
    return Flaw(code="bad_value", message="expected yes or no, true or false, 1 or 0")


_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?")


def parse_number(
    text: str, *, least: Decimal = Decimal(0), most: Decimal = Decimal(100)
) -> Decimal | Flaw:
    """Return a decimal number within bounds: digits, with a point at most.

    >>> parse_number("87.5")
    Decimal('87.5')
    >>> parse_number("87,5").message
    'expected a number from 0 to 100; decimals come after a point'
    """
    if _NUMBER.fullmatch(text):
        number = Decimal(text)
        if least <= number <= most:
            return number
        hint = ""
    elif text.endswith("%"):
        hint = "; without a percent sign"
    elif text.count(",") == 1 and _NUMBER.fullmatch(text.replace(",", ".")):
        hint = "; decimals come after a point"
    else:
        hint = ", in digits of ASCII and nothing else"
    return Flaw(code="bad_number", message=f"expected a number from {least} to {most}{hint}")


EMAIL_CHARACTERS = 254

_LOCAL_CHARACTERS = 64
_LABEL_CHARACTERS = 63
_ATOM = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+")
_LABEL = re.compile(r"(?!-)[a-z0-9-]+(?<!-)")


def check_email(text: str) -> str | Flaw:
    """Return an email address as it is matched, if it is written like one.

    The part of RFC 5321 that people have: dots and the usual signs, no quoted names, no comments, no
    IP addresses, ASCII only.

    >>> check_email("Ann.Arbour@Example.org")
    'ann.arbour@example.org'
    >>> check_email("ann@example").code
    'bad_email'
    """
    email = normal_identifier(text)
    if len(email) > EMAIL_CHARACTERS:
        return _bad_email(f"it has more than {EMAIL_CHARACTERS} characters")
    local, at, domain = email.partition("@")
    if not at or "@" in domain:
        return _bad_email("it has no @, or more than one")
    if not email.isascii():
        return _bad_email("it has characters that are not ASCII")
    if len(local) > _LOCAL_CHARACTERS or not all(map(_ATOM.fullmatch, local.split("."))):
        return _bad_email("what stands before the @ is no mailbox")
    labels = domain.split(".")
    if (
        len(labels) < 2
        or labels[-1].isdigit()
        or not all(map(_LABEL.fullmatch, labels))
        or max(map(len, labels)) > _LABEL_CHARACTERS
    ):
        return _bad_email("what stands after the @ is no domain")
    return email


def _bad_email(why: str) -> Flaw:
    return Flaw(code="bad_email", message=f"not an email address: {why}")


_FORMULA = re.compile("'*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
"""What a spreadsheet would run, after any number of apostrophes; with the full-width forms."""


def neutralize(text: str) -> str:
    """Return a cell that no spreadsheet runs as a formula: with an apostrophe before it (F9).

    A cell that has one already gets another, so that `restore` gives back every text exactly.

    >>> neutralize("=1+1"), neutralize("'=1+1"), neutralize("it's")
    ("'=1+1", "''=1+1", "it's")
    """
    return f"'{text}" if _FORMULA.match(text) else text


def restore(text: str) -> str:
    """Return what was neutralized.

    >>> restore("'=1+1"), restore("'tis")
    ('=1+1', "'tis")
    """
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text
