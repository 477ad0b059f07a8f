"""Pictures: a table, and the history of one enrollment, drawn for people as text.

- The state diagram of a `Table`: `table_svg`, `mermaid`, `dot`.
- The grid of administrators' actions: `grid` (plain data), `grid_markdown`, `grid_html`.
- Every row of a table: `transitions` (plain data), `transitions_markdown`, `transitions_html`.
- Every guard of a table: `guards_markdown`.
- The timeline of one enrollment, as of an instant and as known at another: `history_svg`.

These work for a host's own table too. A picture is the same each time, needs nothing from elsewhere,
escapes its texts, describes itself to screen readers, and says nothing by colour alone.
"""

from certlib.pictures._diagrams import dot, mermaid
from certlib.pictures._statechart import table_svg
from certlib.pictures._tables import (
    Transition,
    grid,
    grid_html,
    grid_markdown,
    guards_markdown,
    transitions,
    transitions_html,
    transitions_markdown,
)
from certlib.pictures._timeline_drawing import history_svg

__all__ = [
    "Transition",
    "dot",
    "grid",
    "grid_html",
    "grid_markdown",
    "guards_markdown",
    "history_svg",
    "mermaid",
    "table_svg",
    "transitions",
    "transitions_html",
    "transitions_markdown",
]
