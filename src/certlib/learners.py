"""The people that a host hands to certlib."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Final, TypeAlias, cast

from attrs import field, frozen
from attrs.validators import optional

from certlib._declared import checked_hiding
from certlib._validators import aware, code
from certlib.errors import InvalidValueError

__all__ = ["AttributeValue", "Attributes", "Learner", "normal_identifier", "skeleton"]

AttributeValue: TypeAlias = str | int | Decimal | date
"""A text, a number or a day. Numbers are exact: whole ones are `int`, others `Decimal`."""

_LONGEST_TEXT: Final = 1000
_GREATEST: Final = 2**63 - 1
_MOST_DIGITS: Final = 38
_MOST_PLACES: Final = 18


def normal_identifier(text: str) -> str:
    """Return an identifier as it is matched: without outer spaces, ASCII letters in lower case (F8).

    Never Unicode folding: it would merge two people.

    >>> normal_identifier(" Ann@Example.org ")
    'ann@example.org'
    """
    text = text.strip()
    if text.isascii():
        return text.lower()
    # Lowering bytes changes ASCII letters only, and is twenty times as fast as `translate`.
    return text.encode("utf-8", "surrogatepass").lower().decode("utf-8", "surrogatepass")


def skeleton(text: str) -> str:
    """Return what look-alikes of an identifier have in common.

    Compatible forms, case and accents are folded away. It serves to warn of look-alikes and never to
    match anybody.

    >>> skeleton("\N{KELVIN SIGN}im@example.org") == skeleton("kim@example.org")
    True
    """
    if text.isascii():
        return text.strip().lower()
    parts = unicodedata.normalize("NFKD", text.strip())
    bare = "".join(part for part in parts if not unicodedata.combining(part))
    return unicodedata.normalize("NFKC", bare.upper().casefold())


class Attributes(Mapping[str, AttributeValue]):
    """What a host knows about a learner beside their identifiers: a frozen mapping, by code.

    Values keep their types wherever they are stored. Texts have up to 1,000 characters, whole numbers
    64 bits, decimals up to 38 digits, 18 of them after the point. A float is refused, for it is not
    exact, and so are truth values and instants.

    Raises:
        InvalidValueError: A code or a value is not one of these.

    >>> ann = Attributes({"level": 3, "birthday": date(1990, 2, 28)})
    >>> ann["birthday"], ann == {"level": 3, "birthday": date(1990, 2, 28)}
    (datetime.date(1990, 2, 28), True)
    """

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, AttributeValue], /) -> None:
        """Keep a copy of the values, by code."""
        if not isinstance(cast("object", values), Mapping):
            raise InvalidValueError(
                "Learner.attributes", f"a {type(values).__name__}", "a mapping of codes to values"
            )
        for each, value in values.items():
            _Attribute(code=each, value=value)
        self._values = {each: values[each] for each in sorted(values)}

    def __getitem__(self, code: str) -> AttributeValue:
        return self._values[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __hash__(self) -> int:
        return hash(frozenset(self._values.items()))

    def __repr__(self) -> str:
        return f"Attributes({', '.join(self._values)})"


def _valid_value(instance: _Attribute, _attribute: object, value: object) -> None:
    if type(value) is str:
        fits = len(value) <= _LONGEST_TEXT
    elif type(value) is int:
        fits = -_GREATEST <= value <= _GREATEST
    elif type(value) is Decimal:
        fits = value.is_finite() and _is_short(value)
    else:
        fits = type(value) is date
    if not fits:
        raise InvalidValueError(
            f"Learner.attributes[{instance.code}]",
            f"a {type(value).__name__}",
            f"a text of at most {_LONGEST_TEXT} characters, a whole number of 64 bits,"
            f" a Decimal of at most {_MOST_DIGITS} digits and {_MOST_PLACES} places, or a date without a time",
        )


def _is_short(value: Decimal) -> bool:
    _, digits, exponent = value.as_tuple()
    return (
        len(digits) <= _MOST_DIGITS and isinstance(exponent, int) and -_MOST_PLACES <= exponent <= 0
    )


@frozen(kw_only=True)
class _Attribute:
    """One attribute, to be checked."""

    code: str = field(validator=code)
    value: object = field(validator=_valid_value)


def _as_attributes(values: Mapping[str, AttributeValue]) -> Attributes:
    return values if isinstance(values, Attributes) else Attributes(values)


_NO_ATTRIBUTES: Final = Attributes({})


@checked_hiding(
    "email", "username", "external_id", "name", "organization", "groups", "manager_id", "attributes"
)
@frozen(kw_only=True, repr=False)
class Learner:
    """A person who can be certified, known by an id and identifiers.

    The representation shows the id alone, so that no log line carries an email or a name.

    >>> Learner(id="ann", email="ann@example.org", groups=("night shift",))
    Learner(id='ann')
    """

    id: str = field(validator=code)
    email: str | None = None
    username: str | None = None
    external_id: str | None = None
    name: str | None = None
    organization: str | None = None
    groups: tuple[str, ...] = ()
    active: bool = True
    manager_id: str | None = field(default=None, validator=optional(code))
    active_since: datetime | None = field(default=None, validator=optional(aware))
    """Since when the learner has been active (again); reminders of before are withheld (P12b)."""
    attributes: Attributes = field(default=_NO_ATTRIBUTES, converter=_as_attributes)
    """What the host's own rules look at, such as a birthday."""

    def __repr__(self) -> str:
        return f"Learner(id={self.id!r})"
