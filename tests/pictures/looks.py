"""Looking at pictures: an SVG read back as elements, its texts with their places, and what holds for all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations
from typing import Final
from xml.etree import ElementTree

from attrs import frozen

from certlib.pictures._text import width

SVG: Final = "{http://www.w3.org/2000/svg}"
PLAIN: Final = {
    "svg", "title", "desc", "defs", "pattern", "path", "rect", "g", "text", "polyline", "polygon",
    "circle",
}  # fmt: skip
"""The elements that pictures are made of: none that runs, and none that loads."""
NUMBER: Final = re.compile(r"-?\d+(\.\d)?")


@frozen
class Text:
    words: str
    left: float
    right: float
    y: float


def parsed(picture: str) -> ElementTree.Element:
    return ElementTree.fromstring(picture)


def texts(picture: str) -> list[Text]:
    return [_text(each) for each in parsed(picture).iter(f"{SVG}text")]


def _text(element: ElementTree.Element) -> Text:
    words = element.text or ""
    x, room = float(element.attrib["x"]), width(words, float(element.attrib["font-size"]))
    left = {"start": x, "middle": x - room / 2, "end": x - room}[
        element.attrib.get("text-anchor", "start")
    ]
    return Text(words, left, left + room, float(element.attrib["y"]))


def words(picture: str) -> list[str]:
    return [each.words for each in texts(picture)]


def described(picture: str) -> str:
    return parsed(picture).findtext(f"{SVG}desc") or ""


def overlapping(picture: str) -> list[tuple[str, str]]:
    """Texts that lie on each other, as wide as they may be."""
    return [
        (one.words, other.words)
        for one, other in combinations(texts(picture), 2)
        if abs(one.y - other.y) < 8 and one.left < other.right and other.left < one.right
    ]


def check(picture: str) -> None:
    """What holds for every picture: it needs nothing, it is told in words, and all of it is in sight."""
    root = parsed(picture)
    height = float(root.attrib["height"])
    names = {each.tag.removeprefix(SVG) for each in root.iter()}
    title, described_by = root.attrib["aria-labelledby"].split()

    assert names <= PLAIN
    assert picture.isascii()  # it may be written in any encoding
    assert root.attrib["role"] == "img"
    assert root.attrib["width"] == "1200"
    assert root.attrib["viewBox"] == f"0 0 1200 {root.attrib['height']}"
    assert [(each.tag.removeprefix(SVG), each.attrib["id"]) for each in list(root)[:2]] == [
        ("title", title),
        ("desc", described_by),
    ]
    assert root.findtext(f"{SVG}title")
    assert described(picture)
    assert picture.count("http") == 1  # the namespace
    assert "href" not in picture
    assert not re.search(r"nan|inf\b", " ".join(_numbers(root)), re.IGNORECASE)
    for x, y in _points(root):
        assert -1 <= x <= 1201
        assert -1 <= y <= height + 1
    for text in texts(picture):
        assert text.left >= 0, text
        assert text.right <= 1200, text
        assert text.y <= height
    assert overlapping(picture) == []


def _numbers(root: ElementTree.Element) -> Iterator[str]:
    wanted = {"x", "y", "cx", "cy", "r", "width", "height", "points"}
    for each in root.iter():
        for name in wanted & set(each.attrib):
            yield from re.split(r"[ ,]", each.attrib[name])


def _points(root: ElementTree.Element) -> Iterator[tuple[float, float]]:
    for each in root.iter():
        if each.tag == f"{SVG}rect":
            x, y = float(each.attrib.get("x", 0)), float(each.attrib.get("y", 0))
            yield x, y
            yield x + float(each.attrib["width"]), y + float(each.attrib["height"])
        elif each.tag == f"{SVG}circle":
            yield float(each.attrib["cx"]), float(each.attrib["cy"])
        elif "points" in each.attrib:
            for point in each.attrib["points"].split():
                x_text, y_text = point.split(",")
                assert NUMBER.fullmatch(x_text)
                assert NUMBER.fullmatch(y_text)
                yield float(x_text), float(y_text)
