"""Dates and numbers: accepted exactly when a strict rule accepts them, and with the same value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, time
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Final

from attrs import frozen

from certlib.io._tables import cells
from certlib.io._tables.cells import DATE_PATTERNS, Flaw, Moment
from tests.fuzz.running import require

__all__ = ["DateCell", "NumberCell", "damaged", "draw_date", "draw_number"]

OTHER_DIGITS: Final = "\u0661\u0662\u0663\u06f4\u0966\uff10\uff11\uff12\u00b2\u2460\u3007\U0001d7ce"
ODD: Final = "\0\t\n\r \u00a0\u200b\u2010\u2212\ufeff\u0131\u017f\u212a\ud800\U0001f600"
"""Characters that look like others, cannot be seen, or are none."""

FLAWS: Final = re.compile(
    r"expected a date written [a-z/.-]{10}(; there is no such day|, of a year from 1900 to 9000"
    r"|; this looks like [a-z/.\- ]+: name the pattern of the file's dates"
    r"|, and nothing after it, such as a time|; a year has four digits"
    r"|; a day and a month have two digits, a year four"
    r"|; this is a number, perhaps a spreadsheet's for a day"
    r"|; its digits are not those of ASCII|)"
    r"|expected a time written hh:mm or hh:mm:ss( after the date)"
)
"""All that may be said of a date: so it repeats nothing of the cell (W4)."""

_SHAPES: Final = {
    "yyyy-mm-dd": re.compile(r"(?P<y>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})"),
    "dd/mm/yyyy": re.compile(r"(?P<d>[0-9]{2})/(?P<m>[0-9]{2})/(?P<y>[0-9]{4})"),
    "dd.mm.yyyy": re.compile(r"(?P<d>[0-9]{2})\.(?P<m>[0-9]{2})\.(?P<y>[0-9]{4})"),
    "mm/dd/yyyy": re.compile(r"(?P<m>[0-9]{2})/(?P<d>[0-9]{2})/(?P<y>[0-9]{4})"),
}
_CLOCK: Final = re.compile(r"[T ]([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?")
_NUMBER: Final = re.compile(r"(-?)([0-9]{1,15})(?:\.([0-9]{1,15}))?")


def damaged(random: Random, text: str, alphabet: str) -> str:
    """Return a text with a character or two removed, put in, replaced or exchanged."""
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        place = random.randrange(len(text) + 1)
        match random.randrange(5):
            case 0:
                text = text[:place] + text[place + 1 :]
            case 1:
                text = text[:place] + random.choice(alphabet) + text[place:]
            case 2:
                text = text[:place] + random.choice(alphabet) + text[place + 1 :]
            case 3:
                text = text[:place] + text[place : place + 2][::-1] + text[place + 2 :]
            case _:
                text = text[:place] + random.choice(ODD) + text[place:]
    return text


# --- dates ------------------------------------------------------------------------------------


@frozen
class DateCell:
    """A cell that is read as a day, and as a day with a time."""

    text: str
    pattern: str

    def check(self) -> Iterator[str]:
        """Check both parsers against the rule."""
        day = date_by_rule(self.text, self.pattern)
        yield verdict_on(cells.parse_date(self.text, self.pattern), day)
        moment = moment_by_rule(self.text, self.pattern)
        yield "moment: " + verdict_on(cells.parse_moment(self.text, self.pattern), moment)


def verdict_on(found: date | Moment | Flaw, right: date | Moment | None) -> str:
    if isinstance(found, Flaw):
        require(right is None, f"not read, though it is {right}")
        require(found.code == "bad_date", f"the code is {found.code}")
        said = FLAWS.fullmatch(found.message)
        require(said is not None, f"said, and not known: {found.message}")
        return re.sub(r"[a-z]+([-/.])[a-z]+\1[a-z]+", "PATTERN", found.message)
    require(right is not None, f"read as {found}, though it is none")
    require(type(found) is type(right) and found == right, f"read as {found}, and it is {right}")
    return "read"


def date_by_rule(text: str, pattern: str) -> date | None:
    """Return the day that a text is, from its shape and the calendar alone."""
    if match := _SHAPES[pattern].fullmatch(text):
        year = int(match["y"])
        if 1900 <= year <= 9000:
            with suppress(ValueError):
                return date(year, int(match["m"]), int(match["d"]))
    return None


def moment_by_rule(text: str, pattern: str) -> Moment | None:
    """Return the day, and the time if there is one, that a text is."""
    day = date_by_rule(text[:10], pattern)
    if day is None or len(text) == 10:
        return None if day is None else Moment(day=day)
    if match := _CLOCK.fullmatch(text[10:]):
        hour, minute, second = match.groups()
        return Moment(day=day, time=time(int(hour), int(minute), int(second or 0)))
    return None


def draw_date(random: Random) -> DateCell:
    """Draw a cell: a date, a damaged one, or characters such as dates have."""
    pattern = random.choice(DATE_PATTERNS)
    return DateCell(_date_text(random, pattern), pattern)


def _date_text(random: Random, pattern: str) -> str:
    kind = random.random()
    if kind < 0.08:
        alphabet = "0123456789-/.: TWZtw+\u0661\uff11"
        return "".join(random.choices(alphabet, k=random.randrange(21)))
    if kind < 0.12:
        return random.choice(_OTHER_DATES)
    written = pattern if kind < 0.8 else random.choice(DATE_PATTERNS)
    year, month, day = _numbers(random)
    if kind > 0.97:
        written = written.replace("yyyy", "yy")
        year %= 100
    width = 1 if 0.9 < kind < 0.94 else 2
    text = (
        written.replace("yyyy", f"{year:04}")
        .replace("yy", f"{year:02}")
        .replace("mm", f"{month:0{width}}")
        .replace("dd", f"{day:0{width}}")
    )
    if random.random() < 0.3:
        text += _time_text(random)
    extra = random.random()
    if extra < 0.25:
        return damaged(random, text, "0123456789-/. :T")
    if extra < 0.3:
        place = random.randrange(len(text))
        return text[:place] + random.choice(OTHER_DIGITS) + text[place + 1 :]
    if extra < 0.31:
        return text * random.randrange(2, 300)
    return text


_OTHER_DATES: Final = (
    "", "10", "Monday", "today", "now", "45351", "45351.5", "20240229", "2024-W09-4", "2024-W09",
    "2024W094", "2024-060", "2024060", "29 Feb 2024", "Feb 29, 2024", "2024/02/29", "29-02-2024",
    "0000-00-00", "9999-12-31", "1899-12-31", "1900-01-01", "9000-12-31", "9001-01-01", "=TODAY()",
    "2024-02-29Z", "2024-02-29T24:00", "2024-02-29T23:59:60", "1e3", "-1", "+2024-02-29", "NaT",
)  # fmt: skip


def _numbers(random: Random) -> tuple[int, int, int]:
    """Return a year, a month and a day; mostly there is such a day, or is only just not."""
    kind = random.random()
    if kind < 0.7:
        day = date.fromordinal(random.randrange(693_596, 3_287_181))
        return day.year, day.month, day.day
    year = random.choice((0, 1, 1899, 1900, 1999, 2000, 2023, 2024, 2100, 9000, 9001, 9999))
    return year, random.randrange(14), random.choice((0, 1, 28, 29, 30, 31, 32, 99))


def _time_text(random: Random) -> str:
    hour, minute = random.randrange(26), random.choice((0, 5, 30, 59, 60))
    text = f"{random.choice(('T', ' ', ' ', '  ', 't', ''))}{hour:02}:{minute:02}"
    return text + random.choice(("", "", ":00", ":59", ":60", ":0", ".5", "Z", "+01:00", " PM"))


# --- numbers ----------------------------------------------------------------------------------


@frozen
class NumberCell:
    """A cell that is read as a number within bounds."""

    text: str
    least: Decimal
    most: Decimal

    def check(self) -> Iterator[str]:
        """Check the parser against the rule."""
        found = cells.parse_number(self.text, least=self.least, most=self.most)
        right = number_by_rule(self.text)
        if right is not None and not Fraction(self.least) <= right <= Fraction(self.most):
            right = None
        if isinstance(found, Flaw):
            require(right is None, f"not read, though it is {right}")
            require(found.code == "bad_number", f"the code is {found.code}")
            bounds = f"expected a number from {self.least} to {self.most}"
            hint = found.message.removeprefix(bounds)
            require(hint in _NUMBER_HINTS, f"said, and not known: {found.message}")
            yield f"expected a number{hint}"
        else:
            require(type(found) is Decimal, f"read as a {type(found).__name__}")
            require(Fraction(found) == right, f"read as {found}, and it is {right}")
            yield "read"


_NUMBER_HINTS: Final = {
    "", "; without a percent sign", "; decimals come after a point",
    ", in digits of ASCII and nothing else",
}  # fmt: skip


def number_by_rule(text: str) -> Fraction | None:
    """Return the number that a text is, by its digits."""
    if match := _NUMBER.fullmatch(text):
        sign, whole, part = match.groups()
        digits = part or ""
        size = Fraction(int(whole + digits), 10 ** len(digits))
        return -size if sign else size
    return None


def draw_number(random: Random) -> NumberCell:
    """Draw a cell: a number, a damaged one, or characters such as numbers have."""
    kind = random.random()
    if kind < 0.6:
        places = random.choice((0, 0, 1, 2, 3, 15, 16))
        text = f"{random.choice((0, 1, 99, 100, 101, random.randrange(10**6)))}"
        text += f".{random.randrange(10**places):0{places}}" if places else ""
        text = random.choice(("", "", "", "-", "0", "+")) + text
    elif kind < 0.8:
        text = "".join(random.choices("0123456789.,-+eE_% \u0661\uff15", k=random.randrange(9)))
    else:
        text = random.choice(_OTHER_NUMBERS)
    if random.random() < 0.25:
        text = damaged(random, text, "0123456789.,-%eE_")
    if random.random() < 0.01:
        text *= random.randrange(2, 2000)
    bounds = ((0, 100), (0, 100), (0, 100), (-5, 5), (0, 1), (100, 0))
    least, most = random.choice(bounds)
    return NumberCell(text, Decimal(least), Decimal(most))


_OTHER_NUMBERS: Final = (
    "", "nan", "NaN", "inf", "-inf", "Infinity", "sNaN", "1e1", "1E400", "0x10", "1_0", ".5", "5.",
    "87,5", "1,000", "1,000.5", "87%", "87.5%", "%", ",", "-", "--1", "-0", "00", "1 000", "pass",
    "9" * 15, "9" * 16, "9" * 15 + "." + "9" * 15, "0." + "0" * 15, "0." + "0" * 16, "\u0665", "\u00bd",
)  # fmt: skip
