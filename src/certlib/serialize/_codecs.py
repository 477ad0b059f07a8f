"""Codecs: each reads one kind of value from a document, and writes it again.

A codec reports what is wrong with a `Node`, returns None for it, and reading goes on beside it. An
absent key takes the default of its attrs class, and a value that equals the default is not written.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, cast

import attrs
from attrs import evolve, field, frozen

from certlib.errors import InvalidValueError, UnknownKindError
from certlib.serialize._checks import report_doubles
from certlib.serialize._nodes import Findings, Mention, Node, ProblemCode, one_of

if TYPE_CHECKING:
    from attrs import Attribute, AttrsInstance

__all__ = [
    "GREATEST",
    "Check",
    "Choice",
    "Codec",
    "Each",
    "Flag",
    "KindOnly",
    "Naming",
    "Nested",
    "Shape",
    "Tagged",
    "Text",
    "Whole",
    "read_with",
    "write_with",
]

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

GREATEST = 2**31 - 1


class Codec(Protocol[T]):
    """Reads one kind of value from a document, and writes it."""

    @property
    def expected(self) -> str:
        """What a reader says was expected."""
        ...

    def read(self, node: Node) -> T | None:
        """Return the value, or report what is wrong and return None."""
        ...

    def write(self, value: T) -> object:
        """Return what stands for the value in a document."""
        ...


def read_with(codec: Codec[T], document: object, path: str) -> T:
    """Return the value that a document holds; raise `InvalidCatalogError` with every problem."""
    findings = Findings()
    value = codec.read(Node(value=document, path=path, findings=findings))
    findings.settle()
    return cast("T", value)


def write_with(codec: Codec[T], value: T) -> object:
    """Return the document of a value, which is sure to be readable.

    Values made in code may hold more than a document may, such as control characters in a name:
    better that saving fails than that loading does.
    """
    document = codec.write(value)
    read_with(codec, document, "$")
    return document


@frozen
class Text(Generic[T]):
    """A value written as text; ``parse`` raises `InvalidValueError`."""

    parse: Callable[[str], T]
    code: ProblemCode
    expected: str
    show: Callable[[T], str] = str

    def read(self, node: Node) -> T | None:
        """Return the value that the text stands for."""
        text = node.text(self.expected)
        if text is None:
            return None
        try:
            return self.parse(text)
        except InvalidValueError:
            node.refuse(self.code, self.expected)
            return None

    def write(self, value: T) -> object:
        """Return the text."""
        return self.show(value)


@frozen
class Choice(Generic[E]):
    """A member of an enumeration, written as its value."""

    members: type[E]
    code: ProblemCode = ProblemCode.UNKNOWN_VALUE

    @property
    def expected(self) -> str:
        """The names there are."""
        return one_of(None, list(self.members))

    def read(self, node: Node) -> E | None:
        """Return the member."""
        text = node.text(self.expected)
        if text is not None and text not in set(self.members):
            node.refuse(self.code, one_of(text, list(self.members)))
            return None
        return None if text is None else self.members(text)

    def write(self, value: E) -> object:
        """Return the value of the member."""
        return value.value


@frozen
class Whole:
    """A whole number, by default from 1 on, within what every database can hold."""

    expected: str = f"a whole number from 1 to {GREATEST}"
    least: int = field(default=1, kw_only=True)
    most: int = field(default=GREATEST, kw_only=True)

    def read(self, node: Node) -> int | None:
        """Return the number."""
        number = node.integer(self.expected)
        if number is not None and not self.least <= number <= self.most:
            node.refuse(ProblemCode.BAD_NUMBER, self.expected)
        return number

    def write(self, value: int) -> object:
        """Return the number."""
        return value


@frozen
class Flag:
    """True or false."""

    expected: str = "true or false"

    def read(self, node: Node) -> bool | None:
        """Return the truth value."""
        return node.flag(self.expected)

    def write(self, value: bool) -> object:  # noqa: FBT001 (the signature of every codec)
        """Return the truth value."""
        return value


@frozen
class Each(Generic[T]):
    """A list, read as a tuple."""

    codec: Codec[T]
    some: bool = field(default=False, kw_only=True)
    """Whether it may not be empty."""
    once: str | None = field(default=None, kw_only=True)
    """The key by which no two items may be alike."""

    @property
    def expected(self) -> str:
        """What a reader says was expected."""
        return f"a list {'with one item or more' if self.some else ''}".strip()

    def read(self, node: Node) -> tuple[T, ...] | None:
        """Return the items."""
        if not node.is_list(self.expected):
            return None
        items = node.items()
        if self.some and not items:
            node.refuse(ProblemCode.EMPTY_LIST, self.expected)
        read = [self.codec.read(item) for item in items]
        if self.once is not None:
            report_doubles([item.child(self.once) for item in items])
        return tuple(value for value in read if value is not None)

    def write(self, value: tuple[T, ...]) -> object:
        """Return a list."""
        return [self.codec.write(each) for each in value]


@frozen
class Naming:
    """The code of a training, which has to be in the catalog that the document is of."""

    codec: Codec[str]
    as_module: bool = field(default=False, kw_only=True)

    @property
    def expected(self) -> str:
        """A code."""
        return self.codec.expected

    def read(self, node: Node) -> str | None:
        """Return the code, and remember that it was named."""
        training = self.codec.read(node)
        if training is not None:
            node.findings.mentions.append(
                Mention(path=node.path, training=training, as_module=self.as_module)
            )
        return training

    def write(self, value: str) -> object:
        """Return the code."""
        return self.codec.write(value)


Check = Callable[[Node], None]
"""A rule about several keys of an object, which reports what breaks it."""


@frozen
class Shape(Generic[T]):
    """An object whose keys are the fields of an attrs class."""

    make: Callable[..., T]
    keys: Mapping[str, Codec[Any]]
    checks: tuple[Check, ...] = ()

    def __attrs_post_init__(self) -> None:
        # A field that somebody adds to a class and not to its document would be lost in silence.
        if set(self.keys) != {attribute.name for attribute in self._fields()}:
            raise InvalidValueError(
                "Shape.keys", ", ".join(self.keys), f"the fields of {self.make}"
            )

    @property
    def expected(self) -> str:
        """An object with which keys."""
        return f"an object with {', '.join(self.keys)}" if self.keys else "an object"

    def read(self, node: Node, beside: Collection[str] = ()) -> T | None:
        """Return the value; keys ``beside`` its own are somebody else's."""
        if not node.is_object(self.expected):
            return None
        before = len(node.findings.problems)
        node.only((*beside, *self.keys))
        values: dict[str, object] = {}
        for attribute in self._fields():
            codec = self.keys[attribute.name]
            if node.has(attribute.name):
                values[attribute.name] = codec.read(node.child(attribute.name))
            elif attribute.default is attrs.NOTHING:
                node.missing(attribute.name, codec.expected)
        for check in self.checks:
            check(node)
        if len(node.findings.problems) > before:
            return None
        try:
            return self.make(**values)
        except InvalidValueError as error:
            node.refuse(ProblemCode.BAD_VALUE, error.expected)
            return None
        except ValueError as error:  # a validator of a host's class, such as attrs has
            node.refuse(
                ProblemCode.BAD_VALUE, str(error.args[0]) if error.args else "another value"
            )
            return None

    def write(self, value: T) -> dict[str, object]:
        """Return an object without the keys that have their defaults."""
        return {
            attribute.name: self.keys[attribute.name].write(found)
            for attribute in self._fields()
            if (found := getattr(value, attribute.name)) != _default(attribute, value)
        }

    def _fields(self) -> tuple[Attribute[object], ...]:
        return cast(
            "tuple[Attribute[object], ...]", attrs.fields(cast("type[AttrsInstance]", self.make))
        )


def _default(attribute: Attribute[object], value: object) -> object:
    default: Any = attribute.default
    if hasattr(default, "takes_self"):
        return default.factory(value) if default.takes_self else default.factory()
    return default


@frozen
class Tagged(Generic[T]):
    """An object that says its ``kind``, and has the keys that go with it."""

    shapes: Mapping[str, Shape[Any]]

    @property
    def expected(self) -> str:
        """An object of which kinds."""
        return "an object whose kind is " + one_of(None, self.shapes)

    def read(self, node: Node) -> T | None:
        """Return the value."""
        if not node.is_object(self.expected):
            return None
        if not node.has("kind"):
            node.missing("kind", one_of(None, self.shapes))
            return None
        named = node.child("kind")
        kind = named.text(one_of(None, self.shapes))
        if kind is None:
            return None
        if kind not in self.shapes:
            named.refuse(ProblemCode.UNKNOWN_KIND, one_of(kind, self.shapes))
            return None
        return cast("T | None", self.shapes[kind].read(node, beside=("kind",)))

    def write(self, value: T) -> dict[str, object]:
        """Return an object with the kind, and the keys that do not have their defaults."""
        for kind, shape in self.shapes.items():
            if type(value) is shape.make:
                return {"kind": kind, **shape.write(value)}
        raise UnknownKindError("$", type(value).__name__, tuple(self.shapes))


@frozen
class KindOnly(Generic[E]):
    """A member of an enumeration, written as an object, so that its kinds may get keys later."""

    choice: Choice[E]

    @property
    def expected(self) -> str:
        """An object of which kinds."""
        return f"an object whose kind is {self.choice.expected}"

    def read(self, node: Node) -> E | None:
        """Return the member."""
        if not node.is_object(self.expected):
            return None
        node.only(("kind",))
        if not node.has("kind"):
            node.missing("kind", self.choice.expected)
            return None
        return self.choice.read(node.child("kind"))

    def write(self, value: E) -> object:
        """Return an object with the kind."""
        return {"kind": self.choice.write(value)}


@frozen
class Nested(Generic[T]):
    """A value that may hold others of its sort, to a limit that no real catalog comes near."""

    codec: Callable[[], Codec[T]]
    limit: int

    @property
    def expected(self) -> str:
        """What the value within is."""
        return self.codec().expected

    def read(self, node: Node) -> T | None:
        """Return the value, if it does not lie too deep."""
        inner = evolve(node, nesting=node.nesting + 1)
        if inner.nesting > self.limit:
            node.report(ProblemCode.TOO_DEEP, f"nested more than {self.limit} deep")
            return None
        return self.codec().read(inner)

    def write(self, value: T) -> object:
        """Return what stands for the value."""
        return self.codec().write(value)
