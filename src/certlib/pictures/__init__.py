"""Pictures: the table and the life of an enrollment, drawn for people. Texts out; nothing is read.

`table_svg`, `mermaid` and `dot` draw the statuses of a `Table` and what leads from one to another;
`grid_html` and `transitions_html` list it (as Markdown: `certlib.pictures.table_text`). `history_svg` draws
the timeline of one enrollment, as of an instant and as known at another. A host's own table is drawn
as readily as certlib's.

Every picture is the same each time, needs nothing from elsewhere, escapes what it is given, says in
words what it shows, and never says anything by colour alone.
"""

from certlib.pictures.diagrams import dot, mermaid
from certlib.pictures.grids import grid_html, transitions_html
from certlib.pictures.lifeline import history_svg
from certlib.pictures.statechart import table_svg

__all__ = ["dot", "grid_html", "history_svg", "mermaid", "table_svg", "transitions_html"]
