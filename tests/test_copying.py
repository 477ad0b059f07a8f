"""The quick `evolve` against `attrs.evolve`, its oracle."""

from __future__ import annotations

import pickle
from random import Random
from typing import Any

import attrs
import pytest
from attrs import evolve as plain
from attrs import field, frozen
from attrs.exceptions import FrozenInstanceError

from certlib._copying import evolve, quick_to_copy
from certlib._validators import positive
from certlib.state import Enrollment
from certlib.state._cycles import Cycle
from tests.histories import CERTIFICATIONS, walks


def _values() -> list[Enrollment | Cycle]:
    cases = [each.case for name in CERTIFICATIONS for each in walks(name, 3)]
    enrollments = [case.enrollment for case in cases]
    return [*enrollments, *(cycle for each in enrollments for cycle in each.cycles)]


VALUES = _values()


def _some_fields(random: Random, value: Enrollment | Cycle) -> dict[str, Any]:
    """Return some fields of another value of the class."""
    other = random.choice([each for each in VALUES if type(each) is type(value)])
    names = [each.name for each in attrs.fields(type(value))]
    chosen = random.sample(names, random.randint(0, len(names)))
    return {name: getattr(other, name) for name in chosen}


@pytest.mark.parametrize("kind", [Enrollment, Cycle])
def test_a_copy_is_what_attrs_makes(kind: type[Enrollment | Cycle]) -> None:
    random = Random("copies")
    values = [each for each in VALUES if type(each) is kind]
    for value in values:
        before = repr(value)
        changes = _some_fields(random, value)
        quick, oracle = evolve(value, **changes), plain(value, **changes)
        assert type(quick) is kind
        assert quick == oracle
        assert (hash(quick), repr(quick)) == (hash(oracle), repr(oracle))
        assert pickle.loads(pickle.dumps(quick)) == oracle
        assert repr(value) == before
    assert len(values) > 20


def test_a_copy_is_frozen() -> None:
    copy = evolve(VALUES[0], version=7)
    with pytest.raises(FrozenInstanceError):
        copy.version = 8  # type: ignore[misc]
    assert copy.version == 7


def test_a_field_that_is_not_there_is_refused() -> None:
    with pytest.raises(TypeError, match="Enrollment has no field 'colour'"):
        evolve(VALUES[0], colour="red")  # type: ignore[call-arg]


def test_other_values_are_copied_by_attrs() -> None:
    @frozen
    class Count:
        number: int = field(validator=positive)

    assert evolve(Count(1), number=2) == Count(2)
    with pytest.raises(ValueError, match="whole number"):
        evolve(Count(1), number=0)


class TestWhatCannotBeQuick:
    def test_a_class_with_a_validator(self) -> None:
        @frozen(weakref_slot=False)
        class Count:
            number: int = field(validator=positive)

        with pytest.raises(TypeError, match=r"does more than store its fields: \['number'\]"):
            quick_to_copy(Count)

    def test_a_class_with_a_hook(self) -> None:
        @frozen(weakref_slot=False)
        class Count:
            number: int

            def __attrs_post_init__(self) -> None:
                """Do something."""

        with pytest.raises(TypeError, match="does more than store"):
            quick_to_copy(Count)

    def test_a_class_with_another_layout(self) -> None:
        @frozen
        class Count:
            number: int

        with pytest.raises(TypeError, match="layout"):
            quick_to_copy(Count)
