"""The state diagram as SVG: every status once at each end of its lane, every arrow once."""

from __future__ import annotations

from xml.etree.ElementTree import Element

import pytest

from certlib.pictures import table_svg
from certlib.pictures._edges import drawn_statuses, edges
from certlib.pictures._svg import number
from certlib.pictures._tables import status_title
from certlib.state import TABLE, Status, Table
from tests.pictures.looks import SVG, check, described, overlapping, parsed, texts, words
from tests.pictures.tables import EVERY, HOSTILE, NOBODY_BARRED, ODD


@pytest.mark.parametrize("table", EVERY)
def test_it_is_a_sound_picture(table: Table) -> None:
    check(table_svg(table))


@pytest.mark.parametrize("table", EVERY)
def test_every_pair_is_an_arrow(table: Table) -> None:
    groups = list(parsed(table_svg(table)).iter(f"{SVG}g"))
    lanes = _lanes(table)

    for group, edge in zip(groups, edges(table), strict=True):
        title = group.findtext(f"{SVG}title") or ""
        assert title.startswith(f"{status_title(edge.before)} to {status_title(edge.after)}: ")
        (dot,) = group.iter(f"{SVG}circle")
        assert dot.attrib["cx"] == lanes[status_title(edge.before)]
        (tip, *_), head = _line(group)
        assert tip == lanes[status_title(edge.before)]
        assert abs(head - float(lanes[status_title(edge.after)])) <= 1.1
        dashed = [
            each for each in group.iter(f"{SVG}polyline") if "stroke-dasharray" in each.attrib
        ]
        assert bool(dashed) is edge.by_time


def _lanes(table: Table) -> dict[str, str]:
    """The middle of each lane, read off the boxes at its top."""
    places = [
        each.attrib["points"].split(" ")[0].split(",")[0]
        for each in list(parsed(table_svg(table)))
        if each.tag == f"{SVG}polyline" and each.attrib["stroke"] == "#b8bcc2"
    ]
    return dict(zip(map(status_title, drawn_statuses(table)), places, strict=True))


def _line(group: Element) -> tuple[list[str], float]:
    line = next(group.iter(f"{SVG}polyline"))
    head = next(group.iter(f"{SVG}polygon"))
    begins = line.attrib["points"].split(" ")[0].split(",")
    return begins, float(head.attrib["points"].split(" ")[0].split(",")[0])


def test_every_status_is_named_at_both_ends() -> None:
    told = " ".join(words(table_svg(TABLE)))

    for status in Status:
        if status is Status.PENDING_APPROVAL:  # in two lines
            assert words(table_svg(TABLE)).count("Approval") == 2
        else:
            assert words(table_svg(TABLE)).count(status_title(status)) == 2, told
    assert words(table_svg(TABLE)).count("no status") == 2


def test_groups_are_named_where_they_have_lanes() -> None:
    assert {"preparing", "holding", "barred"} <= set(words(table_svg(TABLE)))
    assert "barred" not in words(table_svg(NOBODY_BARRED))
    assert "Revoked" not in words(table_svg(NOBODY_BARRED))


def test_all_commands_are_told_in_full() -> None:
    told = " ".join(each.words for each in texts(table_svg(TABLE)))

    for edge in edges(TABLE):
        assert edge.label in told


def test_it_is_told_in_words() -> None:
    told = described(table_svg(TABLE))

    for edge in edges(TABLE):
        assert f"{status_title(edge.before)} to {status_title(edge.after)}: {edge.label}." in told


def test_names_are_escaped() -> None:
    picture = table_svg(ODD)

    assert "<b>" not in picture
    assert "\u202e" not in picture
    assert HOSTILE.split("\n")[0] in " ".join(words(picture))
    assert overlapping(picture) == []


def test_it_is_the_same_each_time() -> None:
    assert table_svg(TABLE) == table_svg(Table(rows=TABLE.rows))


def test_names_of_elements_differ_from_picture_to_picture() -> None:
    assert table_svg(TABLE)[:300] != table_svg(ODD)[:300]


def test_numbers_are_short() -> None:
    assert [number(value) for value in (1, 1.25, 0.04, -0.04, -3.0)] == ["1", "1.2", "0", "0", "-3"]
