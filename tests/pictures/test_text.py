"""Texts of pictures: safe, measured, broken into lines, and placed without touching."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certlib.pictures._text import clean, escaped, fitted, packed, plural, width, wrapped

ANY = st.text(st.characters())


@given(ANY)
def test_what_is_escaped_is_well_formed(text: str) -> None:
    element = ElementTree.fromstring(f'<a b="{escaped(text)}">{escaped(text)}</a>')

    assert (element.text or "") == clean(text)
    assert element.attrib["b"] == clean(text)


@pytest.mark.parametrize("character", ["\x00", "\n", "\u202e", "\u200b", "\ud800", "\ufffe"])
def test_what_cannot_be_seen_is_shown_by_its_number(character: str) -> None:
    assert clean(f"a{character}b").isprintable()
    assert clean(f"a{character}b") != "ab"


def test_width_knows_letters() -> None:
    assert width("i", 10) < width("t", 10) < width("s", 10) < width("n", 10)
    assert width("n", 10) < width("N", 10) < width("m", 10) == width("漢", 10) == 10
    assert width("e\u0301", 10) == width("e", 10)


@given(ANY, st.floats(0, 300))
def test_what_is_fitted_fits(text: str, room: float) -> None:
    found = fitted(text, 10, room)

    assert width(found, 10) <= room or found == "…"
    assert found == clean(text) or found.endswith("…")


def test_dots_where_there_is_room_for_nothing() -> None:
    assert fitted("Certified", 10, 0) == "…"


@given(st.lists(st.text("abc", min_size=1, max_size=12), min_size=1, max_size=9))
def test_lines_have_every_word(parts: list[str]) -> None:
    assert " ".join(wrapped(" ".join(parts), 10, 100)).split() == parts


def test_a_word_too_long_is_cut() -> None:
    assert wrapped("Certified", 10, 40) == ["Certif…"]


@given(
    st.lists(st.tuples(st.integers(0, 100), st.integers(0, 30)).map(lambda p: (p[0], p[0] + p[1])))
)
def test_what_is_packed_does_not_touch(spans: list[tuple[float, float]]) -> None:
    lines = packed(spans)

    assert len(lines) == len(spans)
    for place, (left, right) in enumerate(spans):
        for other, (start, end) in enumerate(spans[:place]):
            assert lines[place] != lines[other] or end < left or right < start


def test_packed_takes_the_first_line_with_room_on_either_side() -> None:
    assert packed([(50, 60), (0, 20), (20, 50), (100, 120)]) == [0, 0, 1, 0]


def test_plural() -> None:
    assert [plural(count, "day") for count in (0, 1, 2)] == ["0 days", "1 day", "2 days"]
