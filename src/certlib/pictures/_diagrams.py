"""The state diagram of a table as text for other tools: Mermaid and DOT."""

from __future__ import annotations

from certlib.pictures._edges import LANES, TIME_ALONE, drawn_statuses, edges, notes
from certlib.pictures._tables import status_title
from certlib.pictures._text import clean, wrapped
from certlib.state._status import Status
from certlib.state._table import Table

__all__ = ["dot", "mermaid"]

TITLE = "The statuses of an enrollment"
BEGINNING = "[*]"
LABEL = 160
NOTE = 900
"""How wide the label of an arrow and the notes may get, for letters of size 10."""


def mermaid(table: Table) -> str:
    """Return the state diagram of a table as Mermaid; ``[*]`` stands for no status.

    >>> from certlib.state._rows import TABLE
    >>> print(mermaid(TABLE).splitlines()[0])
    stateDiagram-v2
    """
    statuses = drawn_statuses(table)
    lines = ["stateDiagram-v2", f"    accTitle: {TITLE}", f"    accDescr: {_summary(table)}"]
    lines += [
        f'    state "{status_title(status)}" as {_state(status)}' for status in statuses if status
    ]
    lines += [
        f"    {_state(edge.before)} --> {_state(edge.after)} : {_of_mermaid(edge.label)}"
        for edge in edges(table)
    ]
    left_out = notes(table)
    if left_out:
        lines.append(f"    note right of {_state(statuses[-1])}")
        lines += [f"        {_of_mermaid(note)}" for note in left_out]
        lines.append("    end note")
    return "\n".join(lines)


def _state(status: Status | None) -> str:
    return BEGINNING if status is None else status.value


def _summary(table: Table) -> str:
    drawn = edges(table)
    by_time = sum(edge.by_time for edge in drawn)
    return (
        f"{len(drawn) - by_time} arrows for what commands do,"
        f" and {by_time} labelled {TIME_ALONE} for what the passing of a date does"
    )


def _of_mermaid(text: str) -> str:
    """Return a text without special characters of Mermaid: these become numeric entities.

    >>> _of_mermaid("do; or: not")
    'do#59; or#58; not'
    """
    return "".join(c if c.isalnum() or c in " ,._-'" else f"#{ord(c)};" for c in clean(text))


def dot(table: Table) -> str:
    """Return the state diagram of a table in the language of Graphviz; arrows of time are dashed.

    >>> from certlib.state._rows import TABLE
    >>> print(dot(TABLE).splitlines()[0])
    digraph certlib {
    """
    statuses = drawn_statuses(table)
    lines = [
        "digraph certlib {",
        "    rankdir=LR;",
        f"    graph [{_attributes(fontname='sans-serif', labelloc='b', label=_lines(table))}];",
        f"    node [{_attributes(fontname='sans-serif', shape='box', style='rounded')}];",
        f"    edge [{_attributes(fontname='sans-serif', fontsize='10')}];",
    ]
    for lane, members in LANES.items():
        lines.append(f"    subgraph cluster_{lane} {{")
        lines.append(f"        {_attributes(label=lane)};")
        lines += [
            f"        {_node(status)} [{_look(status)}];"
            for status in members
            if status in statuses
        ]
        lines.append("    }")
    for edge in edges(table):
        look = {"style": "dashed"} if edge.by_time else {}
        label = "\n".join(wrapped(edge.label, 10, LABEL, between=", "))
        looks = _attributes(label=label, **look)
        lines.append(f"    {_node(edge.before)} -> {_node(edge.after)} [{looks}];")
    return "\n".join((*lines, "}"))


def _lines(table: Table) -> str:
    return "\n".join((TITLE, *(line for note in notes(table) for line in wrapped(note, 10, NOTE))))


def _node(status: Status | None) -> str:
    return _quoted("none" if status is None else status.value)


def _look(status: Status | None) -> str:
    if status is None:
        return _attributes(label="no status", style="dashed")
    return _attributes(label=status_title(status))


def _attributes(**given: str) -> str:
    return ", ".join(f"{name}={_quoted(value)}" for name, value in given.items())


def _quoted(text: str) -> str:
    r"""Return a text as a quoted string of DOT, where a line ends in ``\n``.

    >>> print(_quoted('a "b" \\ c'))
    "a \"b\" \\ c"
    """
    lines = (clean(line).replace("\\", "\\\\").replace('"', '\\"') for line in text.split("\n"))
    return '"' + "\\n".join(lines) + '"'
