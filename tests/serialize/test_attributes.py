"""Attributes of learners in JSON: types are kept, and nothing else is read."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from certlib.errors import InvalidValueError
from certlib.learners import Attributes
from certlib.serialize import attributes_document, read_attributes
from certlib.testing.strategies._shapes import attributes

WRITTEN = {
    "birthday": {"date": "1990-02-28"},
    "colour": "red",
    "hours": {"decimal": "1.50"},
    "level": 3,
}


def test_they_are_written_so() -> None:
    values = Attributes(
        {"level": 3, "colour": "red", "hours": Decimal("1.50"), "birthday": date(1990, 2, 28)}
    )
    assert attributes_document(values) == WRITTEN
    assert list(attributes_document(values)) == sorted(WRITTEN)
    assert read_attributes(WRITTEN) == values


@given(attributes())
def test_they_come_back_as_they_were(values: Attributes) -> None:
    again = read_attributes(json.loads(json.dumps(attributes_document(values))))
    assert again == values
    for code, value in values.items():
        assert type(again[code]) is type(value)
        assert str(again[code]) == str(value)  # no digit of a decimal is lost


@pytest.mark.parametrize("document", [None, [], "red", 7])
def test_they_are_an_object(document: object) -> None:
    with pytest.raises(InvalidValueError, match="expected an object"):
        read_attributes(document)


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        1.5,
        [],
        {},
        {"date": "1990-02-30"},
        {"date": "1990-2-28"},
        {"date": "19900228"},
        {"date": 7},
        {"decimal": "1e3"},
        {"decimal": "NaN"},
        {"decimal": 1.5},
        {"instant": "1990-02-28"},
        {"date": "1990-02-28", "decimal": "1"},
    ],
    ids=str,
)
def test_what_is_none_is_told_with_its_place(value: object) -> None:
    with pytest.raises(
        InvalidValueError, match=r"\$\.a\.it is .*: expected a text, a whole number"
    ):
        read_attributes({"it": value}, "$.a")


@pytest.mark.parametrize("document", [{"it": 2**63}, {" it": 1}], ids=str)
def test_what_no_learner_may_have_is_refused(document: Any) -> None:
    with pytest.raises(InvalidValueError):
        read_attributes(document)
