"""Strategies of single values, and of attrs classes by the types of their fields.

Types and validators say what a field may hold. So new fields need no entry here, and neither do the
fields of a host's own commands and facts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import EnumType
from types import MappingProxyType, NoneType, UnionType
from typing import Final, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import attrs
from hypothesis import reject
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from certlib._validators import (
    EARLIEST_YEAR,
    LATEST_YEAR,
    code,
    lasting,
    parts_of,
    positive,
    some,
)
from certlib.learners import Attributes
from certlib.periods import Period
from certlib.requirements import training_code

__all__ = [
    "EARLIEST_DAY",
    "LATEST_DAY",
    "SCALARS",
    "Scalars",
    "attributes",
    "by_fields",
    "by_nesting",
    "codes",
    "days",
    "field_strategies",
    "given_or",
    "instants",
    "numbers",
    "periods",
    "texts",
    "tuples_of",
    "zones",
]

T = TypeVar("T")
EARLIEST_DAY: Final = date(EARLIEST_YEAR, 1, 1)
LATEST_DAY: Final = date(LATEST_YEAR, 12, 31)
LARGEST: Final = 2**31 - 1
ZONES: Final = (
    "UTC",
    "Europe/Madrid",
    "Pacific/Auckland",
    "America/Santiago",  # where days begin at 1 o'clock once a year
    "Asia/Kathmandu",
    "Pacific/Apia",  # where a day was skipped
)


# --- single values ------------------------------------------------------------------------------


def codes(*, longest: int = 12) -> SearchStrategy[str]:
    """Return codes, ids and references: printable, without spaces, 1 to ``longest`` characters."""
    printing = st.characters(exclude_categories=("C", "Z"))
    return st.text(printing, min_size=1, max_size=longest)


def texts(*, longest: int = 20) -> SearchStrategy[str]:
    """Return names and sentences, including the empty text and several lines."""
    characters = st.characters(exclude_categories=("Cc", "Cs"), include_characters="\t\n")
    return st.text(characters, max_size=longest)


def numbers(*, least: int = 1, most: int = LARGEST) -> SearchStrategy[int]:
    """Return numbers for entries, requests and versions."""
    return st.integers(least, most)


def days(*, earliest: date = EARLIEST_DAY, latest: date = LATEST_DAY) -> SearchStrategy[date]:
    """Return days that certlib accepts, from 1900 to 9000 (T3)."""
    return st.dates(earliest, latest)


def instants(
    *, earliest: date = EARLIEST_DAY, latest: date = LATEST_DAY
) -> SearchStrategy[datetime]:
    """Return instants on these days, in UTC, to the microsecond."""
    return st.builds(
        datetime.combine, days(earliest=earliest, latest=latest), st.times(), tzinfo=st.just(UTC)
    )


def zones() -> SearchStrategy[str]:
    """Return six time zones that differ in everything that matters."""
    return st.sampled_from(ZONES)


def periods(
    *, months: int = 1200, days: int = 40_000, or_nothing: bool = True
) -> SearchStrategy[Period]:
    """Return periods up to so many months and days; ``or_nothing`` includes the empty one."""
    some_months = st.builds(Period, months=st.integers(0, months), days=st.integers(0, days))
    if or_nothing:
        return some_months
    return st.builds(Period, months=st.integers(0, months), days=st.integers(1, days)) | st.builds(
        Period, months=st.integers(1, months), days=st.integers(0, days)
    )


def decimals() -> SearchStrategy[Decimal]:
    """Return decimal numbers of up to 38 digits, 18 of them after the point."""
    greatest = 10**38 - 1
    return st.builds(_decimal, st.integers(-greatest, greatest), st.integers(0, 18))


def _decimal(digits: int, places: int) -> Decimal:
    return Decimal(f"{digits}E-{places}")


def attributes() -> SearchStrategy[Attributes]:
    """Return attributes of learners: a few, of every type."""
    whole = st.integers(1 - 2**63, 2**63 - 1)
    values = st.one_of(texts(), whole, decimals(), st.dates())
    return st.dictionaries(codes(), values, max_size=3).map(Attributes)


def tuples_of(
    each: SearchStrategy[T],
    *,
    least: int = 0,
    most: int = 2,
    once: Callable[[T], object] | None = None,
) -> SearchStrategy[tuple[T, ...]]:
    """Return tuples whose items are unique by ``once``."""
    return st.lists(each, min_size=least, max_size=most, unique_by=once).map(tuple)


def given_or(given: SearchStrategy[T] | None, usual: SearchStrategy[T]) -> SearchStrategy[T]:
    """Return a strategy that was passed, or else the usual one."""
    return usual if given is None else given


# --- values of classes --------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class Scalars:
    """The strategies for fields of plain types."""

    code: SearchStrategy[str] = attrs.field(factory=codes)
    training: SearchStrategy[str] = attrs.field(factory=codes)
    """The codes of trainings that requirements name."""
    text: SearchStrategy[str] = attrs.field(factory=texts)
    number: SearchStrategy[int] = attrs.field(factory=numbers)
    count: SearchStrategy[int] = attrs.field(factory=lambda: numbers(least=0))
    """Whole numbers that may be 0."""
    day: SearchStrategy[date] = attrs.field(factory=days)
    instant: SearchStrategy[datetime] = attrs.field(factory=instants)
    zone: SearchStrategy[str] = attrs.field(factory=zones)
    period: SearchStrategy[Period] = attrs.field(factory=periods)
    others: Mapping[object, SearchStrategy[object]] = MappingProxyType({})
    """Values of types that cannot be drawn by their fields."""


SCALARS: Final = Scalars()


def by_fields(
    kind: type[T], scalars: Scalars = SCALARS, /, **given: SearchStrategy[object]
) -> SearchStrategy[T]:
    """Return values of an attrs class; each field by its type, unless it is in ``given``.

    certlib's own classes accept every value that their fields' types and validators accept. A host's
    class may refuse some with a `ValueError`; then another value is drawn.
    """
    fields = field_strategies(kind, scalars, given)
    if kind.__module__.partition(".")[0] == "certlib":
        return st.builds(kind, **fields)

    def made(**values: object) -> T:
        try:
            return kind(**values)
        except ValueError:
            reject()

    return st.builds(made, **fields)


def field_strategies(
    kind: type[object],
    scalars: Scalars = SCALARS,
    given: Mapping[str, SearchStrategy[object]] | None = None,
) -> Mapping[str, SearchStrategy[object]]:
    """Return a strategy for each field in an attrs class's ``__init__``, unless it is in ``given``."""
    hints, found = _hints(kind), dict(given or {})
    for each in attrs.fields(cast("type[attrs.AttrsInstance]", kind)):
        if each.init and each.alias not in found:
            found[each.alias] = _of_field(hints[each.name], each, scalars)
    return found


_HINTS: Final[dict[type[object], dict[str, object]]] = {}
"""The type hints of each class, which are slow to resolve."""


def _hints(kind: type[object]) -> dict[str, object]:
    if kind not in _HINTS:
        _HINTS[kind] = get_type_hints(kind)
    return _HINTS[kind]


def by_nesting(kinds: Iterable[type[T]], hint: object) -> tuple[list[type[T]], list[type[T]]]:
    """Return the classes that hold no value of a type in their fields, and those that do."""
    simple: list[type[T]] = []
    nested: list[type[T]] = []
    for each in kinds:
        mentions = any(hint in _parts(field) for field in _hints(each).values())
        (nested if mentions else simple).append(each)
    return simple, nested


def _parts(hint: object) -> Iterator[object]:
    """Yield a type, and the types that it is made of."""
    yield hint
    for each in get_args(hint):
        yield from _parts(each)


def _of_field(
    hint: object, field: attrs.Attribute[object], scalars: Scalars
) -> SearchStrategy[object]:
    if field.name == "time_zone":
        return scalars.zone
    return _of_type(hint, scalars, parts_of(field.validator))


def _of_type(
    hint: object, scalars: Scalars, validators: frozenset[object] = frozenset()
) -> SearchStrategy[object]:
    """Return values of a type: plain, an enumeration, a union, a tuple or an attrs class."""
    if get_origin(hint) in {Union, UnionType}:
        parts = (_of_type(part, scalars, validators) for part in _none_first(get_args(hint)))
        return st.one_of(*parts)
    if get_origin(hint) is tuple:
        each, _ellipsis = get_args(hint)
        return tuples_of(_of_type(each, scalars, validators), least=1 if some in validators else 0)
    plain: dict[object, SearchStrategy[object]] = {
        NoneType: st.none(),
        bool: st.booleans(),
        int: scalars.number if positive in validators else scalars.count,
        str: _text(scalars, validators),
        date: scalars.day,
        datetime: scalars.instant,
        Decimal: decimals(),
        Period: periods(or_nothing=False) if lasting in validators else scalars.period,
        Attributes: attributes(),
        **scalars.others,
    }
    if hint in plain:
        return plain[hint]
    if isinstance(hint, EnumType):
        return st.sampled_from(list[object](hint))
    assert isinstance(hint, type), f"{hint} is not a type that can be drawn: give the field"
    return by_fields(cast("type[object]", hint), scalars)


def _text(scalars: Scalars, validators: frozenset[object]) -> SearchStrategy[str]:
    if training_code in validators:
        return scalars.training
    return scalars.code if code in validators else scalars.text


def _none_first(parts: tuple[object, ...]) -> list[object]:
    """Return the parts of a union with None first, to which examples shrink."""
    return sorted(parts, key=lambda part: part is not NoneType)
