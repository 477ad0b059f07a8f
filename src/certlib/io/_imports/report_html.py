"""An import told in one page of HTML, which an administrator can be sent (F2).

The page needs nothing beside itself: no script, no style sheet, no picture from elsewhere, and its
policy forbids any. It holds cells of the uploader's own file where the error file holds them, and
nothing else of anybody. The same import makes the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Final

from attrs import frozen

from certlib.io._imports.job import Duplicates, ImportOptions
from certlib.io._imports.preview import Preview
from certlib.io._tables.cells import restore
from certlib.io._tables.headings import DELIMITERS, Layout
from certlib.io._tables.problems import RowProblem
from certlib.io.formats._columns import Format

__all__ = ["EXAMPLES", "REPORT", "report_html"]

REPORT: Final = "report.html"
"""The name of the file beside the three sets."""

EXAMPLES: Final = 10
"""Rows that are shown of each kind of problem; the error file has all of them."""

_CELLS = 20
_CHARACTERS = 120

_LINE_ENDS: Final[Mapping[str, str]] = {
    "\r\n": "CRLF",
    "\n": "LF",
    "\r": "CR",
    "": "none: the file has one line",
}

_ADVICE: Final[Mapping[str, str]] = {
    "active_enrollment": "There is an enrollment already, which a row does not replace by itself.",
    "ambiguous_learner": "Several people have this identifier: give one of them another.",
    "ambiguous_training": "Several have this name: give the code instead.",
    "bad_date": "Dates are written in the one pattern of the file, digit for digit.",
    "bad_email": "This is not written like an email address.",
    "bad_number": "Numbers are written in plain digits, decimals after a point.",
    "bad_value": "This is none of the values that the column takes.",
    "bare_quote": "A quote stands inside a cell: put the whole cell in quotes, its quotes doubled.",
    "beyond_row_limit": "The row lies beyond the limit of this import: raise it, or split the file.",
    "control_character": "The row holds characters that are no text.",
    "example_row": "This is an example row of the template: take it out.",
    "field_too_long": "A cell is longer than cells may be.",
    "future_date": "The date has not come yet.",
    "inactive_learner": "The learner is inactive.",
    "look_alike_learner": "Nobody has this identifier, but one looks alike: check its letters.",
    "missing_value": "A cell that is needed is empty.",
    "not_permitted": "Nobody imports for themselves: let somebody else do it.",
    "refused": "The rules of the certification do not allow it.",
    "repeated_in_file": "Several rows are about the same, and it is not clear which counts.",
    "row_too_long": "The row has more cells than the heading: a cell may need quotes.",
    "row_too_short": "The row has fewer cells than the heading.",
    "text_after_quote": "Text follows a closing quote: quotes inside a cell are doubled.",
    "unclosed_quote": "A quote is opened and not closed.",
    "unknown_certification": "There is no certification of this code or name.",
    "unknown_learner": "Nobody has this identifier.",
    "unknown_training": "There is no training of this kind, code or name.",
    "unknown_training_type": "This is none of the types of trainings.",
}

_POLICY: Final = (
    '<meta http-equiv="Content-Security-Policy"'
    " content=\"default-src 'none'; style-src 'unsafe-inline'\">"
)
_STYLE: Final = (
    "body{font-family:sans-serif;line-height:1.4;max-width:70em;margin:2em auto;padding:0 1em}"
    "table{border-collapse:collapse;margin:1em 0}"
    "caption{text-align:left;font-weight:bold;padding:.3em 0}"
    "th,td{border:1px solid #767676;padding:.25em .6em;text-align:left;vertical-align:top;"
    "overflow-wrap:anywhere}"
    ".number{text-align:right}"
)


@frozen(kw_only=True)
class _Group:
    """The rows with which the same is wrong."""

    code: str
    column: str | None
    problems: Sequence[RowProblem]


def report_html(
    found: Preview,
    *,
    format: Format,  # noqa: A002 (the word of the field)
    options: ImportOptions | None = None,
    file_name: str | None = None,
    import_id: str | None = None,
    applied: bool,
    workbook: bool = False,
    examples: int = EXAMPLES,
) -> str:
    """Return the page about an import, or about its preview.

    ``applied`` says which of them ``found`` is; ``import_id`` is None where nothing was new. Of a
    ``workbook`` it is told which sheet was read, of a text file its encoding and delimiter.
    """
    options = options or ImportOptions()
    title = f"{'Import' if applied else 'Preview'} of {_shown(file_name or 'a file')}"
    parts = (
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        _POLICY,
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{title}</title>",
        f"<style>{_STYLE}</style>",
        "</head>",
        "<body>",
        "<main>",
        f"<h1>{title}</h1>",
        f"<p>{_outcome(found, import_id, applied=applied)}</p>",
        *_counts(found),
        *_assumed(found, format, options, workbook=workbook),
        *_problems(found, examples),
        "</main>",
        "</body>",
        "</html>",
    )
    return "".join(f"{part}\n" for part in parts)


def _outcome(found: Preview, import_id: str | None, *, applied: bool) -> str:
    if not applied:
        return f"Nothing was written. To apply just this: token <code>{_shown(found.token)}</code>."
    if import_id is None:
        return "Nothing was new, so nothing was written."
    return f"Recorded as import <code>{_shown(import_id)}</code>."


def _counts(found: Preview) -> Iterator[str]:
    yield "<h2>Rows</h2>"
    yield from _table(
        "Every row is in exactly one set",
        ("set", "rows", "what it means"),
        (
            ("New", str(found.new), "recorded, or to be recorded"),
            (
                "Already completed",
                str(found.already_completed),
                "known already, or said by another row of the file",
            ),
            ("Errors", str(found.errors), "not recorded; the reasons are below"),
            ("All rows", str(found.rows), ""),
            ("Blank lines", str(found.blank), "no rows, and counted apart"),
        ),
        numbers=(1,),
    )


def _assumed(
    found: Preview,
    format: Format,  # noqa: A002
    options: ImportOptions,
    *,
    workbook: bool,
) -> Iterator[str]:
    yield "<h2>What was assumed about the file</h2>"
    layout = found.layout
    rows = [("Format", f"{format.title} ({format.name})"), ("SHA-256 of its bytes", found.digest)]
    if layout is not None:
        sheet = options.sheet or "the first one"
        rows += [("Sheet of the workbook", sheet)] if workbook else _encoded(layout)
        rows += _laid_out(layout)
    dated = any(column.parse_by is not None for column in format.columns)
    rows += [
        ("Dates", options.dates if dated else "none in this format"),
        ("Time zone of days without a certification", options.time_zone),
        ("Notices", "as usual" if options.notify else "suppressed"),
    ]
    if options.limits.row_limit is not None:
        rows.append(("Row limit", str(options.limits.row_limit)))
    if options.duplicates is not Duplicates.ERROR:
        rows.append(("Of rows about the same, one counts", str(options.duplicates)))
    if options.archive_and_replace:
        rows.append(("Open enrollments", "archived and replaced"))
    if options.certification is not None:
        rows.append(("Certification", options.certification))
    yield from _table("How the file was read", ("what", "assumed"), rows, heads=True)


def _encoded(layout: Layout) -> Iterator[tuple[str, str]]:
    bom = ", with a byte order mark" if layout.bom else ", without a byte order mark"
    yield "Encoding", layout.encoding.upper() + bom
    yield "Delimiter", DELIMITERS[layout.delimiter]
    yield "Line ends", _LINE_ENDS[layout.line_end]


def _laid_out(layout: Layout) -> Iterator[tuple[str, str]]:
    yield "Heading", "the first line" if layout.has_heading else "none: the file begins with a row"
    read = (layout.columns[place] for place in layout.positions if place is not None)
    yield "Columns that were read", _listed(read)
    yield "Columns that were not read", _listed(layout.unknown)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"


def _problems(found: Preview, examples: int) -> Iterator[str]:
    yield "<h2>Problems</h2>"
    groups = _grouped(found.problems)
    if not groups:
        yield "<p>None.</p>"
        return
    rows = [(each.code, each.column or "the whole row", str(len(each.problems))) for each in groups]
    yield from _table("Problems by reason", ("reason", "column", "rows"), rows, numbers=(2,))
    layout = found.layout
    columns = layout.columns if layout is not None else ()
    for each in groups:
        what = each.code if each.column is None else f"{each.code} in {each.column}"
        yield f"<h3>{_shown(what)}</h3>"
        if each.code in _ADVICE:
            yield f"<p>{_shown(_ADVICE[each.code])}</p>"
        shown = each.problems[:examples]
        count = len(each.problems)
        of = "all" if len(shown) == count else f"the first {len(shown)} of {count}"
        yield from _table(
            f"Rows with {what}: {of}",
            ("row", "line", "what is wrong", "the row"),
            [(str(one.row), str(one.line), one.message, _cells_of(one, columns)) for one in shown],
            numbers=(0, 1),
        )


def _grouped(problems: Iterable[RowProblem]) -> list[_Group]:
    """Return the problems by reason and column, the most frequent first."""
    found: dict[tuple[str, str | None], list[RowProblem]] = {}
    for problem in problems:
        found.setdefault((problem.code, problem.column), []).append(problem)
    groups = [
        _Group(code=code, column=column, problems=those) for (code, column), those in found.items()
    ]
    return sorted(groups, key=lambda each: (-len(each.problems), each.code, each.column or ""))


def _cells_of(problem: RowProblem, columns: Sequence[str]) -> str:
    """Return the cells of a row with their columns, or its text where it has no cells."""
    if len(problem.fields) != len(columns):
        return _cut(problem.fields[0]) if problem.fields else ""
    cells = [
        f"{_cut(column)}: {_cut(restore(cell))}"
        for column, cell in zip(columns, problem.fields, strict=True)
    ][:_CELLS]
    more = len(problem.fields) - len(cells)
    return "; ".join(cells) + (f"; and {more} more" if more else "")


def _cut(text: str) -> str:
    return text if len(text) <= _CHARACTERS else f"{text[:_CHARACTERS]}..."


def _table(
    caption: str,
    headings: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    numbers: Sequence[int] = (),
    heads: bool = False,
) -> Iterator[str]:
    """Yield a table with a caption; ``heads``: the first cell of a row is its heading."""
    yield "<table>"
    yield f"<caption>{_shown(caption)}</caption>"
    cells = "".join(f'<th scope="col">{_shown(heading)}</th>' for heading in headings)
    yield f"<thead><tr>{cells}</tr></thead>"
    yield "<tbody>"
    for row in rows:
        yield (
            "<tr>"
            + "".join(
                f'<th scope="row">{_shown(cell)}</th>'
                if heads and place == 0
                else f'<td class="number">{_shown(cell)}</td>'
                if place in numbers
                else f"<td>{_shown(cell)}</td>"
                for place, cell in enumerate(row)
            )
            + "</tr>"
        )
    yield "</tbody>"
    yield "</table>"


def _shown(text: str) -> str:
    """Return a text as HTML in which it has no effect, not on what stands beside it either.

    What cannot be seen is shown by its number: it may be all that is wrong. Text of either direction
    is set apart from the words around it.
    """
    visible = "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)
    shown = escape(visible)
    return shown if visible.isascii() else f"<bdi>{shown}</bdi>"
