"""Learners: what a host knows about them beside their identifiers."""

from __future__ import annotations

import copy
import pickle
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import Any

import pytest

from certlib.errors import InvalidValueError
from certlib.learners import Attributes, AttributeValue, Learner

ALL: dict[str, AttributeValue] = {
    "colour": "red",
    "level": 3,
    "birthday": date(1990, 2, 28),
    "hours": Decimal("1.50"),
}


class Word(StrEnum):
    RED = "red"


class Number(IntEnum):
    THREE = 3


def test_there_are_none_by_default() -> None:
    assert Learner(id="ann").attributes == {}
    assert Learner(id="ann", attributes={}) == Learner(id="ann")


def test_they_are_a_mapping_by_code() -> None:
    attributes = Learner(id="ann", attributes=ALL).attributes
    assert attributes == ALL
    assert list(attributes) == ["birthday", "colour", "hours", "level"]
    assert len(attributes) == 4
    assert attributes["birthday"] == date(1990, 2, 28)
    assert attributes.get("size") is None
    assert Learner(id="bob", attributes=attributes).attributes is attributes


def test_they_are_frozen() -> None:
    given = dict(ALL)
    attributes: Any = Learner(id="ann", attributes=given).attributes
    given["colour"] = "blue"
    assert attributes["colour"] == "red"
    with pytest.raises(TypeError):
        attributes["colour"] = "blue"


def test_equal_learners_have_one_hash() -> None:
    backwards = dict(reversed(ALL.items()))
    one, other = Learner(id="ann", attributes=ALL), Learner(id="ann", attributes=backwards)
    assert one == other
    assert hash(one) == hash(other)
    assert one != Learner(id="ann", attributes={**ALL, "level": 4})
    assert len({one.attributes, Attributes({}), Attributes({"level": 3})}) == 3


@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda a: pickle.loads(pickle.dumps(a))]
)
def test_they_can_be_copied(again: Any) -> None:
    assert again(Attributes(ALL)) == ALL


def test_their_values_are_never_shown() -> None:
    learner = Learner(id="ann", attributes=ALL)
    assert repr(learner) == "Learner(id='ann')"
    assert repr(learner.attributes) == "Attributes(birthday, colour, hours, level)"


@pytest.mark.parametrize(
    "value",
    [
        "",
        "x" * 1000,
        0,
        2**63 - 1,
        1 - 2**63,
        Decimal("-0.00"),
        Decimal("9" * 20 + "." + "9" * 18),
        date(1, 1, 1),
    ],
    ids=str,
)
def test_what_an_attribute_may_be(value: AttributeValue) -> None:
    found = Attributes({"it": value})["it"]
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        1.5,
        "x" * 1001,
        2**63,
        -(2**63),
        Decimal("NaN"),
        Decimal("Infinity"),
        Decimal("9" * 39),
        Decimal("1E+1"),
        Decimal("0." + "1" * 19),
        datetime(2025, 3, 3, tzinfo=UTC),
        Word.RED,
        Number.THREE,
        ["red"],
    ],
    ids=repr,
)
def test_what_an_attribute_may_not_be(value: Any) -> None:
    words = (
        rf"Learner.attributes\[it\] is a {type(value).__name__}: expected a text of at most 1000"
    )
    with pytest.raises(InvalidValueError, match=words):
        Learner(id="ann", attributes={"it": value})


@pytest.mark.parametrize("code", ["", " it", "a\n", 7])
def test_its_code_is_a_code(code: Any) -> None:
    with pytest.raises(InvalidValueError, match="1 to 200 printable characters"):
        Attributes({code: 1})
