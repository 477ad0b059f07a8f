"""The Markdown tables word for word: headings, who may, and which guards open in time."""

from __future__ import annotations

from certlib.pictures import guards_markdown, transitions_markdown
from certlib.state import TABLE


def rows_of(markdown: str) -> list[list[str]]:
    """The cells of a Markdown table, the rule below the heading left out."""
    heading, _, *lines = markdown.split("\n")
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in (heading, *lines)]


def who_may(name: str) -> str:
    """The cell that says who gives a command (W1, P7)."""
    return next(line[4] for line in rows_of(transitions_markdown(TABLE)) if line[1] == name)


def test_the_headings_of_the_rows() -> None:
    heading, *_ = rows_of(transitions_markdown(TABLE))
    assert heading == ["#", "row", "status", "command", "who", "guards", "to", "records"]


def test_approvers_are_those_of_the_row_or_of_the_policy() -> None:
    said = "or as the approval policy says"
    assert who_may("approve evidence") == f"approver {said}, not for themselves"
    assert said not in who_may("start")


def test_guards_that_time_alone_opens() -> None:
    heading, *lines = rows_of(guards_markdown(TABLE))
    assert heading == ["code", "refused, it says", "asks for", "opens"]
    assert {line[0].strip("`") for line in lines if line[3] == "in time"} == {
        "version_is_published",
        "window_is_open",
        "cool_down_is_over",
    }
    assert {line[3] for line in lines} == {"", "in time"}
