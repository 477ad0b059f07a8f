"""Rows that are read and looked at many together are those that are read one by one."""

from __future__ import annotations

import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from certlib.io import Limits, RowProblem
from certlib.io._tables.chunks import Item, chunks
from certlib.io._tables.headings import Heading
from certlib.io._tables.reader import Reader, Record
from certlib.io._tables.records import Run, split

HEADING = Heading(columns=("Email", "Name"), ignored=("Error",))
TEXTS = ("a,b", '"a,",b', "a", "", '"x', 'y"', "a,b,c", '"a ""b""",c', ",", "a\x01,b", "c,d")


def read(data: bytes, cuts: list[int], limits: Limits, *, in_runs: bool) -> list[Run | Item]:
    reader = Reader(HEADING, limits=limits)
    reader.in_runs = in_runs
    found: list[Run | Item] = []
    for first, last in pairwise((0, *sorted(cuts), len(data))):
        found += reader.feed(data[first:last])
        found += reader.taken()
    return [*found, *reader.close(), *reader.taken()]


@given(data=st.data(), row_limit=st.none() | st.integers(1, 5), most=st.integers(1, 7))
def test_rows_in_runs_are_those_one_by_one(
    data: st.DataObject, row_limit: int | None, most: int
) -> None:
    end = data.draw(st.sampled_from(("\n", "\r\n", "\r")))
    lines = data.draw(st.lists(st.sampled_from(TEXTS), max_size=20))
    text = "".join(f"{line}{end}" for line in ("Email,Name", *lines)).encode()
    cuts = data.draw(st.lists(st.integers(0, len(text)), max_size=4))
    limits = Limits(row_limit=row_limit)
    one_by_one = read(text, cuts, limits, in_runs=False)
    assert not any(isinstance(item, Run) for item in one_by_one)
    together = read(text, cuts, limits, in_runs=True)
    assert not any(isinstance(item, Record) for item in together)
    for items in (together, one_by_one):
        found = list(chunks(items, 2, most))
        assert [row for chunk in found for row in chunk] == one_by_one
        assert all(len(chunk) == most for chunk in found[:-1])
        assert all(0 < len(chunk) <= most for chunk in found)
        for chunk in found:
            problems = {n: row for n, row in enumerate(chunk) if isinstance(row, RowProblem)}
            assert chunk.problems == problems


@given(
    lines=st.lists(
        st.tuples(st.sampled_from(("", "a", "bc")), st.sampled_from(["\r", "\n", "\r\n"]))
    )
)
def test_lines_are_split_from_their_ends(lines: list[tuple[str, str]]) -> None:
    text = "".join(map("".join, lines)) + "\n"
    parts = re.findall(r"([^\r\n]*)(\r\n|\r|\n)", text)
    assert split(text) == ([line for line, _ in parts], [end for _, end in parts])
    for end in ("\r", "\n", "\r\n"):
        whole = "".join(f"{line}{end}" for line, _ in lines)
        if whole:
            assert split(whole) == ([line for line, _ in lines], [end] * len(lines))
