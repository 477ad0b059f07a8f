"""The rules of docs/reference/rules.md: where text cites one, and links to it.

    python -m tools.rules docs/reference/policies.md     make every citation on a page a link

A citation is an id such as R13 or P10b, or the number of a row of the table: "row 16", "rows 8, 23 and 24".
A heading of the page holds the id and nothing else, so that its anchor is the same in Sphinx and on GitHub.
"""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

__all__ = [
    "PAGE",
    "citations",
    "examples_cited",
    "is_planned",
    "link",
    "main",
    "prose_of",
    "rules_of",
    "sections_cited",
]

PAGE: Final = Path(__file__).parent.parent / "docs" / "reference" / "rules.md"

_ID = r"[RTPCFWQ][1-9]\d?[a-z]?"
_NUMBER = r"[1-9]\d?"
_RULES = rf"(?<![\w./=#@&:'\"+-]){_ID}(?:-{_ID})*(?![\w=/@]|[.-]\w|\ \d{{4}}\b)"
"""One id, or two ends of a range; no part of a name, a path or a date, and no quarter of a year."""
_ROWS = rf"(?<![\w-])[Rr]ows?\ {_NUMBER}\b(?:(?:,\ and\ |,\ |\ and\ |\ or\ |\ to\ ){_NUMBER}\b)*"
_ONE = rf"(?:{_ID}|E\d\d[a-z]?|rows?\ {_NUMBER}|4\.\d)"
_CITATION = re.compile(rf"(?P<rows>{_ROWS})|(?P<rules>{_RULES})")
_BRACKETED = re.compile(
    rf"\((?:see\ |requirements?\ )?{_ONE}(?:(?:[,;]\ |\ and\ |\ to\ )(?:{_ONE}|{_NUMBER}))*\)"
)
_SECTION = re.compile(r"\b[Rr]equirements?\ (?:section\ )?\d[\d.]*|\bsection\ \d[\d.]*|\(4\.\d\)")
_EXAMPLE = re.compile(r"(?<![\w./=#-])E\d\d[a-z]?(?![\w=-])")
_PERHAPS_A_COMMENT = re.compile(rf"#.*(?:{_ID}|E\d\d|\b[Rr]ows?\ \d|\bsection\b|equirement|4\.\d)")
_FENCE = r"^ *(?P<fence>```+|~~~+).*?^ *(?P=fence) *$"
_SPAN = r"(?P<ticks>`+)(?:(?!`).)+(?P=ticks)"
_HTML_COMMENT = r"<!--.*?-->"
_CODE = re.compile(rf"{_FENCE}|{_SPAN}|{_HTML_COMMENT}", re.DOTALL | re.MULTILINE)
_KEPT = re.compile(rf"{_CODE.pattern}|\[[^\]]*\]\([^)]*\)|^#[^\n]*", re.DOTALL | re.MULTILINE)
_LINK_TARGET = re.compile(r"\]\([^)\s]*\)")
_EXAMPLE_LINES = re.compile(r"^ *>>> .*?(?=^\s*$|\Z)", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(rf"^### ({_ID}|Row {_NUMBER})$", re.MULTILINE)
_COMMENTS = {
    ".toml": re.compile(rf"(?:^|\s)# .*|{_BRACKETED.pattern}", re.MULTILINE),
    ".txt": re.compile(r"^! .*", re.MULTILINE),
}


def rules_of(page: str) -> dict[str, str]:
    """Return the text of every rule on the page, by its id ("R13", "row 16")."""
    found = list(_HEADING.finditer(page))
    ends = [*(each.start() for each in found[1:]), len(page)]
    return {
        each[1].replace("Row", "row"): page[each.end() : end].partition("\n## ")[0].strip()
        for each, end in zip(found, ends, strict=True)
    }


def is_planned(text: str) -> bool:
    """Whether the whole of a rule is planned, not only a part of it."""
    return text.startswith("*Planned.*")


def citations(text: str) -> Iterator[str]:
    """Yield the rules that prose cites: "R13", "row 16"; of a range both ends.

    >>> list(citations("rows 8, 23 and 24 (R4, P1-P3), not FORK-P1"))
    ['row 8', 'row 23', 'row 24', 'R4', 'P1', 'P3']
    """
    for found in _CITATION.finditer(text):
        if found["rows"]:
            yield from (f"row {number}" for number in re.findall(r"\d+", found["rows"]))
        else:
            yield from found["rules"].split("-")


def examples_cited(text: str) -> Iterator[str]:
    """Yield the worked examples, or cases of one, that prose cites: "E57", "E57b"."""
    yield from _EXAMPLE.findall(text)


def sections_cited(text: str) -> Iterator[str]:
    """Yield citations of the numbered sections of a document that is not here."""
    yield from _SECTION.findall(text)


def prose_of(path: Path) -> Iterator[str]:
    """Yield what a file says to its reader.

    Of Python that is comments, docstrings, and citations in brackets in other strings; of Markdown all but
    code; of TOML comments and citations in brackets; of the corpus of files the lines that explain.
    """
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        yield from _prose_of_python(text)
    elif path.suffix == ".md":
        yield _LINK_TARGET.sub("]", _CODE.sub("", text))
    else:
        yield from _COMMENTS[path.suffix].findall(text)


def _prose_of_python(text: str) -> Iterator[str]:
    if _PERHAPS_A_COMMENT.search(text):  # telling comments from text is slow
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                yield _CODE.sub("", token.string)
    tree = ast.parse(text)
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if id(node) in alone:
                yield _CODE.sub("", _EXAMPLE_LINES.sub("", node.value))
            else:
                yield from (found[0] for found in _BRACKETED.finditer(node.value))


def link(markdown: str, page: str = "rules.md") -> str:
    """Return Markdown in which every rule cited is a link to it; code, links and headings stay.

    >>> link("as `R1` (row 16, R7)")
    'as `R1` ([row 16](rules.md#row-16), [R7](rules.md#r7))'
    >>> link("rows 8 and 23")
    'rows [8](rules.md#row-8) and [23](rules.md#row-23)'
    """
    parts, begin = list[str](), 0
    for kept in (*_KEPT.finditer(markdown), None):
        prose = markdown[begin : kept.start() if kept else len(markdown)]
        parts.append(_CITATION.sub(lambda found: _linked(found, page), prose))
        if kept:
            parts.append(kept[0])
            begin = kept.end()
    return "".join(parts)


def _linked(found: re.Match[str], page: str) -> str:
    rules = found["rules"]
    if rules:
        return "-".join(f"[{rule}]({page}#{rule.lower()})" for rule in rules.split("-"))
    if len(numbers := re.findall(r"\d+", found["rows"])) == 1:
        return f"[{found[0]}]({page}#row-{numbers[0]})"
    return re.sub(r"\d+", lambda number: f"[{number[0]}]({page}#row-{number[0]})", found[0])


def main(pages: Sequence[str] | None = None) -> int:
    """Link what pages of docs/reference cite, in place."""
    for page in map(Path, sys.argv[1:] if pages is None else pages):
        page.write_text(link(page.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
