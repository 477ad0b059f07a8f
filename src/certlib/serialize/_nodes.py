"""A document cursor: a value of a JSON document, its path, and what has been found wrong so far.

Readers walk a document by `Node` and report into the `Findings` that all nodes of a document share,
so that one reading finds everything. A value is shown escaped and cut, and never whole: a document
may be deep or huge on purpose.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Collection, Iterable
from enum import StrEnum
from typing import TypeGuard

from attrs import field, frozen

from certlib._texts import printable
from certlib.errors import InvalidCatalogError, Problem

__all__ = ["Findings", "JsonObject", "Mention", "Node", "ProblemCode", "one_of", "shown"]


class ProblemCode(StrEnum):
    """The codes of all problems that a catalog can have. They are public and stay."""

    NOT_JSON = "not_json"
    DUPLICATE_KEY = "duplicate_key"
    TOO_DEEP = "too_deep"
    UNKNOWN_FORMAT = "unknown_format"
    UNKNOWN_KEY = "unknown_key"
    MISSING_KEY = "missing_key"
    WRONG_TYPE = "wrong_type"
    NULL_VALUE = "null_value"
    UNKNOWN_KIND = "unknown_kind"
    UNKNOWN_VALUE = "unknown_value"
    BAD_CODE = "bad_code"
    BAD_TEXT = "bad_text"
    BAD_NUMBER = "bad_number"
    BAD_DATE = "bad_date"
    BAD_ANNUAL_DATE = "bad_annual_date"
    BAD_PERIOD = "bad_period"
    BAD_ZONE = "bad_zone"
    BAD_VALUE = "bad_value"
    EMPTY_LIST = "empty_list"
    DOUBLED = "doubled"
    SHARED_EXTERNAL_ID = "shared_external_id"
    UNKNOWN_TRAINING = "unknown_training"
    NOT_A_MODULE = "not_a_module"
    CONTAINS_ITSELF = "contains_itself"
    MODULE_HAS_MODULES = "module_has_modules"


class JsonObject(dict[str, object]):
    """An object of a JSON text, which remembers the keys that it had more than once."""

    def __init__(self, pairs: Iterable[tuple[str, object]]) -> None:
        super().__init__()
        self.doubled: list[str] = []
        for key, value in pairs:
            if key in self:
                self.doubled.append(key)
            self[key] = value


@frozen(kw_only=True)
class Mention:
    """A place that names a training, which has to be in the catalog."""

    path: str
    training: str
    as_module: bool


@frozen
class Findings:
    """What one reading has found: problems, and the trainings that were named."""

    problems: list[Problem] = field(factory=list[Problem])
    mentions: list[Mention] = field(factory=list[Mention])

    def settle(self) -> None:
        """Raise `InvalidCatalogError` if there is any problem."""
        if self.problems:
            raise InvalidCatalogError(tuple(self.problems))


_PLAIN_KEY = re.compile(r"[A-Za-z_]\w{0,39}", re.ASCII)
_SHOWN = 80


@frozen(kw_only=True)
class Node:
    """One value of a document.

    >>> node = Node(value={"kind": 7}, path="$.access", findings=Findings())
    >>> node.child("kind").text("the kind") is None
    True
    >>> print(*node.findings.problems)
    $.access.kind: found 7, expected the kind (wrong_type)
    """

    value: object
    path: str
    findings: Findings
    nesting: int = 0
    """How many requirements it lies within."""

    def child(self, key: object) -> Node:
        """Return the value under a key; an absent one is null."""
        named = isinstance(key, str) and _PLAIN_KEY.fullmatch(key)
        step = f".{key}" if named else f"[{shown(key, 40)}]"
        return self._within(self.peek(key), step)

    def items(self) -> list[Node]:
        """Return the items of a list; there are none if it is no list."""
        return [
            self._within(value, f"[{place}]")
            for place, value in enumerate(self.value if _is_list(self.value) else ())
        ]

    def peek(self, key: object) -> object:
        """Return the value under a key; None for an absent key, or if this is no object."""
        return self._object().get(key)

    def has(self, key: object) -> bool:
        """Return whether this is an object with the key."""
        return key in self._object()

    def text(self, expected: str) -> str | None:
        """Return a text, or report that it is none."""
        if isinstance(self.value, str):
            return self.value
        self._wrong(expected)
        return None

    def flag(self, expected: str) -> bool | None:
        """Return true or false, or report that it is neither."""
        if isinstance(self.value, bool):
            return self.value
        self._wrong(expected)
        return None

    def integer(self, expected: str) -> int | None:
        """Return a whole number, or report that it is none; true and false are none."""
        if isinstance(self.value, int) and not isinstance(self.value, bool):
            return self.value
        self._wrong(expected)
        return None

    def is_list(self, expected: str) -> bool:
        """Return whether it is a list, and report if not."""
        if _is_list(self.value):
            return True
        self._wrong(expected)
        return False

    def is_object(self, expected: str) -> bool:
        """Return whether it is an object, and report if not."""
        if _is_object(self.value):
            return True
        self._wrong(expected)
        return False

    def only(self, known: Collection[str]) -> None:
        """Report keys that are not known, and keys that are there twice. The node is an object."""
        for key in self._object():
            if key not in known:
                self.child(key).report(
                    ProblemCode.UNKNOWN_KEY,
                    f"unknown key{_hint(key, known)}; known are {', '.join(known)}",
                )
        for key in self.value.doubled if isinstance(self.value, JsonObject) else ():
            self.child(key).report(ProblemCode.DUPLICATE_KEY, "the key is there more than once")

    def missing(self, key: str, expected: str) -> None:
        """Report that a key is missing."""
        self.child(key).report(ProblemCode.MISSING_KEY, f"missing, expected {expected}")

    def refuse(self, code: ProblemCode, expected: str) -> None:
        """Report that the value is not what was expected."""
        self.report(code, f"found {shown(self.value)}, expected {expected}")

    def report(self, code: ProblemCode, message: str) -> None:
        """Report a problem with the value."""
        self.findings.problems.append(Problem(path=self.path, code=code.value, message=message))

    def _within(self, value: object, step: str) -> Node:
        # A third of the time of reading would go into attrs.evolve.
        return Node(
            value=value, path=self.path + step, findings=self.findings, nesting=self.nesting
        )

    def _object(self) -> dict[object, object]:
        return self.value if _is_object(self.value) else {}

    def _wrong(self, expected: str) -> None:
        if self.value is None:
            hint = f"found null, expected {expected}; leave out a key that has no value"
            self.report(ProblemCode.NULL_VALUE, hint)
        else:
            self.refuse(ProblemCode.WRONG_TYPE, expected)


def _is_list(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)


def _is_object(value: object) -> TypeGuard[dict[object, object]]:
    return isinstance(value, dict)


def one_of(value: object, known: Collection[str]) -> str:
    """Return the words for a choice among names, with the one that may have been meant."""
    return "one of " + ", ".join(known) + _hint(value, known)


def _hint(value: object, known: Collection[str]) -> str:
    close = difflib.get_close_matches(value[:_SHOWN], known, 1) if isinstance(value, str) else ()
    return f" (did you mean {close[0]}?)" if close else ""


def shown(value: object, limit: int = _SHOWN) -> str:
    """Return a value as text for a message: as JSON calls it, escaped, and cut.

    >>> shown(None), shown([]), shown("P1X")
    ('null', 'a list', "'P1X'")
    """
    match value:
        case None | bool():
            return {None: "null", True: "true", False: "false"}[value]
        case str():
            return printable(value[: limit + 1], limit)
        case int() | float() if -1e20 < value < 1e20:
            return str(value)
        case float() if math.isnan(value):
            return "NaN"
        case int() | float():
            return "a huge number"
        case dict():
            return "an object"
        case list():
            return "a list"
        case _:
            return f"a {type(value).__name__}"
