"""Reads the corpus: files of bytes, written so that people can read them, with their verdicts.

FORMAT.md tells how they are written. A file of the corpus that is written wrongly is a `ValueError`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Final, TypedDict

from attrs import field, frozen

from certlib import Actor
from certlib.actors import Role, Scope
from certlib.io import FORMATS, Format, ImportOptions, Limits
from certlib.io._tables.cells import DATE_PATTERNS
from tests.hosts import EVA, NOW
from tests.io.uploads import HEADING

__all__ = ["LIMITS", "Case", "Expected", "cases"]

FOLDER: Final = Path(__file__).parent

ACTORS: Final[Mapping[str, Actor]] = {
    "eva": EVA,
    "north": Actor(role=Role.ADMIN, id="olaf", scope=Scope.organizations("north")),
    "only-fork": Actor(role=Role.ADMIN, id="olaf", scope=Scope.certifications("FORK-1")),
}
FORMATS_BY_NAME: Final[Mapping[str, Format]] = {each.name: each for each in FORMATS}
ENDS: Final[Mapping[str, str]] = {"lf": "\n", "crlf": "\r\n", "cr": "\r"}
LIMITS: Final[Mapping[str, str]] = {
    "file": "file_bytes",
    "record": "record_bytes",
    "field": "field_characters",
    "columns": "columns",
    "rows": "row_limit",
}
TEXTS: Final = {
    "as",
    "format",
    "certification",
    "dates",
    "written",
    "ends",
    "encoding",
    "delimiter",
    "zone",
    "now",
    "actor",
}

_REPEAT = re.compile(r"<([0-9]+)\*([^>]*)>")
_ESCAPE = re.compile(r"\\(?:x([0-9a-f]{2})|u\{([0-9a-f]{2,6})\}|(.))")
_PLAIN: Final[Mapping[str, str]] = {
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "0": "\0",
    "s": " ",
    "e": "",
    "\\": "\\",
}
_NEW = re.compile(r"(\d+) (\d+) new (\S+) (\S+) (\d{4}-\d\d-\d\d)")
_KNOWN = re.compile(r"(\d+) (\d+) already")
_ERROR = re.compile(r"(\d+) (\d+) error ([a-z_]+)(?: (\S.*))?")
_PERSON = re.compile(r"person (\S+) (\S+)")
_PROBLEM = re.compile(r"problem ([a-z_]+) (\S.*)")


@frozen(kw_only=True)
class Expected:
    """What is to become of one row."""

    row: int
    line: int
    set: str
    """``new``, ``already`` or ``error``."""
    code: str | None = None
    column: str | None = None
    means: tuple[str, str, date] | None = None
    """Of a new row: the learner, the code of what was completed or awarded, and the day."""


@frozen(kw_only=True)
class Case:
    """One file, how it is read, and the verdict on it."""

    id: str
    data: bytes
    settings: Mapping[str, str] = field(factory=dict)
    file_code: str | None
    """What is wrong with the file as a whole; then it has no rows."""
    rows: tuple[Expected, ...]
    blank: int
    people: tuple[tuple[str, str | None], ...] | None
    """Of a file of people: their ids and emails, or None where there are problems."""
    problems: tuple[tuple[str, str], ...]
    """Of a file of people: the places and codes of all problems."""
    bug: str | None
    """What the reader does wrong, if it does; the verdict is what it ought to be."""

    @property
    def format(self) -> Format:
        """The format that it is imported as."""
        return FORMATS_BY_NAME[self.settings.get("format", "unifyr")]

    @property
    def options(self) -> ImportOptions:
        """How the file is read."""
        limits = {
            name: int(self.settings[key]) for key, name in LIMITS.items() if key in self.settings
        }
        return ImportOptions(
            encoding=self.settings.get("encoding"),
            delimiter=self.settings.get("delimiter"),
            limits=Limits(**limits),
            time_zone=self.settings.get("zone", "UTC"),
            dates=self.settings.get("dates", DATE_PATTERNS[0]),
            certification=self.settings.get("certification"),
        )

    @property
    def actor(self) -> Actor:
        """Who imports it."""
        return ACTORS[self.settings.get("actor", "eva")]

    @property
    def now(self) -> datetime:
        """When it is imported."""
        now = self.settings.get("now")
        return NOW if now is None else datetime.fromisoformat(now)


class _Verdict(TypedDict):
    file_code: str | None
    rows: tuple[Expected, ...]
    blank: int
    people: tuple[tuple[str, str | None], ...] | None
    problems: tuple[tuple[str, str], ...]


def cases() -> tuple[Case, ...]:
    """Return all cases, in the order of the files."""
    return tuple(case for path in sorted(FOLDER.glob("*.txt")) for case in _cases_of(path))


def _cases_of(path: Path) -> Iterator[Case]:
    text = path.read_text(encoding="ascii")
    head, *parts = re.split(r"^== ", text, flags=re.MULTILINE)
    if any(line and not line.startswith("#") for line in head.splitlines()):
        raise ValueError(f"{path.name}: something stands before the first case")
    for part in parts:
        name, *lines = part.splitlines()
        try:
            yield _case(f"{path.stem[3:]}: {name}", lines)
        except (KeyError, ValueError) as error:
            raise ValueError(f"{path.name}, {name}: {error}") from error


def _case(name: str, lines: list[str]) -> Case:
    marked = [(line[:1], line[2:]) for line in lines if line]
    for line in lines:
        if line != line.rstrip() or (
            line and (line[0] not in "!@|>=~" or line[1:2] not in ("", " "))
        ):
            raise ValueError(f"cannot read {line!r}")
    settings: dict[str, str] = {}
    for mark, text in marked:
        if mark == "@":
            settings.update(dict(setting.split("=", 1) for setting in text.split()))
    if unknown := set(settings) - TEXTS - set(LIMITS):
        raise ValueError(f"unknown settings {unknown}")
    end = ENDS[settings.get("ends", "lf")]
    encoding = settings.get("written", "utf-8")
    data = b"".join(
        _bytes_of(text, encoding) + (end.encode(encoding) if mark == "|" else b"")
        for mark, text in marked
        if mark in "|>"
    )
    verdict = [text for mark, text in marked if mark == "="]
    if not verdict:
        raise ValueError("no verdict")
    bugs = [text for mark, text in marked if mark == "~"]
    case = Case(
        id=name,
        data=data,
        settings=settings,
        bug=" ".join(bugs) or None,
        **(_people(verdict) if settings.get("as") == "people" else _table(verdict)),
    )
    if case.file_code is not None and len(verdict) > 1:
        raise ValueError("a file that cannot be read has no rows")
    return case


def _table(verdict: list[str]) -> _Verdict:
    """Read the verdict on a file of completions."""
    found = _Verdict(file_code=None, rows=(), blank=0, people=None, problems=())
    for text in verdict:
        word, _, rest = text.partition(" ")
        if word == "file":
            found["file_code"] = rest
        elif word == "blank":
            found["blank"] = int(rest)
        elif text != "no rows":
            found["rows"] += (_expected(text),)
    return found


def _people(verdict: list[str]) -> _Verdict:
    """Read the verdict on a file of people."""
    people: list[tuple[str, str | None]] = []
    problems: list[tuple[str, str]] = []
    for text in verdict:
        if match := _PERSON.fullmatch(text):
            email = _bytes_of(match[2], "utf-8").decode()
            people.append((match[1], None if email == "-" else email))
        elif match := _PROBLEM.fullmatch(text):
            problems.append((match[2], match[1]))
        elif text != "nobody":
            raise ValueError(f"cannot read the verdict {text!r}")
    return _Verdict(
        file_code=None,
        rows=(),
        blank=0,
        people=None if problems else tuple(people),
        problems=tuple(problems),
    )


def _expected(text: str) -> Expected:
    if match := _NEW.fullmatch(text):
        row, line, learner, what, on = match.groups()
        means = (learner, what, date.fromisoformat(on))
        return Expected(row=int(row), line=int(line), set="new", means=means)
    if match := _KNOWN.fullmatch(text):
        return Expected(row=int(match[1]), line=int(match[2]), set="already")
    if match := _ERROR.fullmatch(text):
        row, line, code, column = match.groups()
        return Expected(row=int(row), line=int(line), set="error", code=code, column=column)
    raise ValueError(f"cannot read the verdict {text!r}")


def _bytes_of(text: str, encoding: str) -> bytes:
    """Return the bytes that a line of a case stands for."""
    text = _REPEAT.sub(lambda match: int(match[1]) * match[2], text.replace("<heading>", HEADING))
    found, place = b"", 0
    parts: list[bytes] = []
    for match in _ESCAPE.finditer(text):
        byte, point, plain = match.groups()
        if byte:
            found = bytes([int(byte, 16)])
        else:
            found = (chr(int(point, 16)) if point else _PLAIN[plain]).encode(encoding)
        parts += [text[place : match.start()].encode(encoding), found]
        place = match.end()
    return b"".join([*parts, text[place:].encode(encoding)])
