"""One page about an import, which is safe to send, to open and to read."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from certlib.io import (
    CIVICA,
    DOCEBO,
    GO1,
    KNOWLEDGE_ANYWHERE,
    UNIFYR,
    Duplicates,
    Format,
    ImportOptions,
    Limits,
    Preview,
)
from certlib.io._imports.report_html import _ADVICE, report_html
from certlib.io._imports.reports import Reports
from certlib.io._tables.problems import RowProblem
from tests.hosts import EVA, NOW, make_service
from tests.io.naughty import CONTROLS, NAUGHTY
from tests.io.uploads import HEADING, upload

VOID = {"meta"}
KNOWN = {
    *("html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "h3", "p", "code"),
    *("table", "caption", "thead", "tbody", "tr", "th", "td", "bdi"),
}
ATTRIBUTES = {"lang", "charset", "http-equiv", "content", "name", "class", "scope"}


class Seen(HTMLParser):
    """What a browser makes of a page."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.parents: list[str] = []
        self.rows: list[list[str]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)
        self.close()
        assert self.parents == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in KNOWN
        assert {name for name, _ in attrs} <= ATTRIBUTES
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.parents.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"}:
            self.rows[-1].append("")
        if tag in {"h1", "h2", "h3", "caption"}:
            self.texts.append((tag, ""))

    def handle_endtag(self, tag: str) -> None:
        assert self.parents.pop() == tag

    def handle_data(self, data: str) -> None:
        within = [each for each in self.parents if each not in {"bdi", "code"}]
        last = within[-1] if within else ""
        if last in {"td", "th"}:
            self.rows[-1][-1] += data
        elif last in {"h1", "h2", "h3", "caption"}:
            tag, text = self.texts[-1]
            self.texts[-1] = (tag, text + data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_pi(self, data: str) -> None:
        raise AssertionError(data)


def previewed(
    source: BytesIO, kind: Format = UNIFYR, options: ImportOptions | None = None
) -> Preview:
    return make_service().preview_import(source, format=kind, actor=EVA, now=NOW, options=options)


def page_of(source: BytesIO, kind: Format = UNIFYR, **more: Any) -> tuple[str, Seen]:
    options = more.pop("options", None)
    found = previewed(source, kind, options)
    text = report_html(found, format=kind, options=options, **{"applied": False, **more})
    return text, Seen(text)


ROWS = (
    "ann@example.org,course,FORK,2025-01-05",
    "ann@example.org,course,FORK,2025-01-05",
    "nobody@example.org,course,FORK,2025-01-05",
    "someone@example.org,course,FORK,2025-01-05",
    "ann@example.org,course,FORK,2025-02-30",
    "ann@example.org,course",
    "",
)


class TestWhatItSays:
    def test_counts_of_the_sets(self) -> None:
        _, seen = page_of(upload(*ROWS))
        assert [row[:2] for row in seen.rows[1:6]] == [
            ["New", "1"],
            ["Already completed", "1"],
            ["Errors", "4"],
            ["All rows", "6"],
            ["Blank lines", "1"],
        ]

    def test_problems_by_reason_the_most_frequent_first(self) -> None:
        _, seen = page_of(upload(*ROWS))
        assert [text for tag, text in seen.texts if tag == "h3"] == [
            "unknown_learner in Email",
            "bad_date in Date (yyyy-mm-dd)",
            "row_too_short",
        ]
        assert ["unknown_learner", "Email", "2"] in seen.rows
        assert ["row_too_short", "the whole row", "1"] in seen.rows
        assert [
            "4",
            "4",
            "unknown learner",
            (
                "Email: nobody@example.org; Training Type: course; Name: FORK;"
                " Date (yyyy-mm-dd): 2025-01-05"
            ),
        ] in seen.rows
        assert seen.rows[-1][-1] == "ann@example.org,course"

    def test_the_first_of_many(self) -> None:
        rows = [f"n{number}@example.org,course,FORK,2025-01-05" for number in range(30)]
        _, seen = page_of(upload(*rows), examples=3)
        captions = [text for tag, text in seen.texts if tag == "caption"]
        assert captions[-1] == "Rows with unknown_learner in Email: the first 3 of 30"
        assert [row[0] for row in seen.rows[-3:]] == ["2", "3", "4"]

    def test_nothing_is_wrong(self) -> None:
        text, seen = page_of(upload(ROWS[0]))
        assert "<p>None.</p>" in text
        assert not [text for tag, text in seen.texts if tag == "h3"]

    def test_what_was_assumed_about_the_file(self) -> None:
        source = BytesIO(b"\xef\xbb\xbf" + b"Note;" + HEADING.replace(",", ";").encode() + b"\n")
        _, seen = page_of(source)
        assert seen.rows[7:] == [
            ["Format", "Unifyr One training progress (unifyr)"],
            ["SHA-256 of its bytes", previewed(source).digest],
            ["Encoding", "UTF-8, with a byte order mark"],
            ["Delimiter", "semicolon"],
            ["Line ends", "LF"],
            ["Heading", "the first line"],
            ["Columns that were read", "Email, Training Type, Name, Date (yyyy-mm-dd)"],
            ["Columns that were not read", "Note"],
            ["Dates", "yyyy-mm-dd"],
            ["Time zone of days without a certification", "UTC"],
            ["Notices", "as usual"],
        ]

    def test_what_was_asked_for(self) -> None:
        options = ImportOptions(
            certification="FORK-1",
            notify=False,
            limits=Limits(row_limit=1),
            duplicates=Duplicates.LAST,
            archive_and_replace=True,
            time_zone="Asia/Tokyo",
        )
        _, seen = page_of(BytesIO(b"ann@example.org"), KNOWLEDGE_ANYWHERE, options=options)
        assert seen.rows[9:] == [
            ["Encoding", "UTF-8, without a byte order mark"],
            ["Delimiter", "comma"],
            ["Line ends", "none: the file has one line"],
            ["Heading", "none: the file begins with a row"],
            ["Columns that were read", "Email"],
            ["Columns that were not read", "none"],
            ["Dates", "none in this format"],
            ["Time zone of days without a certification", "Asia/Tokyo"],
            ["Notices", "suppressed"],
            ["Row limit", "1"],
            ["Of rows about the same, one counts", "last"],
            ["Open enrollments", "archived and replaced"],
            ["Certification", "FORK-1"],
        ]

    @pytest.mark.parametrize(("sheet", "told"), [(None, "the first one"), ("March", "March")])
    def test_of_a_workbook_which_sheet(self, sheet: str | None, told: str) -> None:
        options = ImportOptions(sheet=sheet)
        text, seen = page_of(upload(*ROWS), options=options, workbook=True)
        assert ["Sheet of the workbook", told] in seen.rows
        assert "Delimiter" not in text

    @pytest.mark.parametrize(
        ("more", "words"),
        [
            ({"applied": False}, "Nothing was written. To apply just this: token <code>"),
            ({"applied": True}, "Nothing was new, so nothing was written."),
            (
                {"applied": True, "import_id": "abc-1"},
                "Recorded as import <code>abc-1</code>.",
            ),
        ],
    )
    def test_how_it_ended(self, more: dict[str, Any], words: str) -> None:
        text, seen = page_of(upload(*ROWS), file_name="march.csv", **more)
        assert words in text
        kind = "Import" if more["applied"] else "Preview"
        assert seen.texts[0] == ("h1", f"{kind} of march.csv")

    def test_a_preview_that_knows_no_layout_nor_cells(self) -> None:
        found = previewed(upload(*ROWS))
        problem = RowProblem(row=2, line=2, column=None, code="refused", message="no", fields=())
        text = report_html(
            evolve(found, layout=None, problems=(problem,)), format=UNIFYR, applied=True
        )
        assert Seen(text).rows[-1] == ["2", "2", "no", ""]
        assert "Encoding" not in text

    def test_a_code_that_is_not_known_has_no_advice(self) -> None:
        found = previewed(upload(*ROWS))
        problem = evolve(found.problems[0], code="odd")
        text = report_html(evolve(found, problems=(problem,)), format=UNIFYR, applied=True)
        assert "<h3>odd in Email</h3>\n<table>" in text

    def test_the_same_import_makes_the_same_bytes(self) -> None:
        assert page_of(upload(*ROWS))[0] == page_of(upload(*ROWS))[0]

    def test_there_is_advice_for_every_code(self) -> None:
        reference = Path(__file__).parents[2] / "src" / "certlib" / "io"
        sources = "".join(path.read_text() for path in reference.rglob("*.py"))
        for code in _ADVICE:
            assert f'"{code}"' in sources or code == "inactive_learner"


class TestSafety:
    """No cell has an effect, and none is told but the uploader's own."""

    def test_it_needs_nothing_beside_itself(self) -> None:
        text, seen = page_of(upload(*ROWS))
        assert not re.search(
            r"https?:|//|url\(|@import|<script|<link|<img|<iframe|javascript", text
        )
        policies = [
            attributes["content"]
            for tag, attributes in seen.tags
            if attributes.get("http-equiv") == "Content-Security-Policy"
        ]
        assert policies == ["default-src 'none'; style-src 'unsafe-inline'"]

    @pytest.mark.parametrize("place", range(4))
    def test_naughty_cells_are_text(self, place: int) -> None:
        for naughty in (*NAUGHTY, *CONTROLS):
            cells = ["nobody@example.org", "course", "FORK", "2025-01-05"]
            cells[place] = '"' + naughty.replace('"', '""') + '"'
            text, seen = page_of(upload(",".join(cells)), file_name=naughty)
            assert all(each.isprintable() or each == "\n" for each in text)
            assert [tag for tag, _ in seen.tags if tag in {"main", "body", "style"}] == [
                "style",
                "body",
                "main",
            ]

    def test_naughty_names_of_columns_and_options_are_text(self) -> None:
        for naughty in NAUGHTY:
            if set(naughty) & set('\r\n"'):
                continue
            heading = f'{HEADING},"{naughty}"'
            options = ImportOptions(certification=naughty)
            text, _ = page_of(upload(*ROWS[2:5], heading=heading), options=options)
            assert "<script>" not in text

    def test_what_cannot_be_seen_is_shown_by_its_number(self) -> None:
        row = "no\u200bbody@example.org,course,\u202eFORK,2025-01-05"
        text, _ = page_of(upload(row))
        assert "no\\u200bbody@example.org" in text
        assert "\\u202eFORK" in text

    def test_text_of_either_direction_is_set_apart(self) -> None:
        text, _ = page_of(upload("\u05d0@example.org,course,FORK,2025-01-05"))
        assert "<td><bdi>Email: \u05d0@example.org; " in text

    def test_long_rows_are_cut(self) -> None:
        extra = ",".join(f"c{number}" for number in range(50))
        row = f"{ROWS[2]},{','.join(['x' * 500] * 50)}"
        text, seen = page_of(upload(row, heading=f"{HEADING},{extra}"))
        assert seen.rows[-1][-1].endswith("...; and 34 more")
        assert len(text) < 10_000

    def test_nobody_is_told_but_whom_the_file_names(self) -> None:
        text, _ = page_of(
            upload("twin@example.org,course,FORK,2025-01-05", "ann@example.org,x,y,z")
        )
        for learner in make_service().sources.all_learners(limit=100):
            for name in (learner.name, learner.id):
                assert name is None or name in {"ann", "bo"} or name not in text


class TestAccessibility:
    def test_language_title_headings_captions_and_scopes(self) -> None:
        text, seen = page_of(upload(*ROWS))
        assert ("html", {"lang": "en"}) in seen.tags
        assert "<title>Preview of a file</title>" in text
        levels = [int(tag[1]) for tag, _ in seen.texts if tag != "caption"]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
        names = [tag for tag, _ in seen.tags]
        for place, tag in enumerate(names):
            assert tag != "table" or names[place + 1] == "caption"
        assert all(attributes.get("scope") for tag, attributes in seen.tags if tag == "th")
        assert "color" not in text


@pytest.mark.parametrize("kind", [UNIFYR, CIVICA, DOCEBO, GO1, KNOWLEDGE_ANYWHERE])
def test_of_the_template_of_every_format(kind: Format) -> None:
    _, seen = page_of(BytesIO(kind.template().encode()), kind)
    assert ["example_row", "the whole row", "2"] in seen.rows


class TestBesideTheSets:
    def written(self, folder: Path, rows: Sequence[str] = ROWS, **more: Any) -> None:
        source = upload(*rows)
        found = previewed(source)
        with Reports.into(folder, **more) as reports:
            reports.write(source, found, format=UNIFYR)
            reports.write_page("page \u00e4")

    def test_the_page_gets_its_name_with_the_others(self, tmp_path: Path) -> None:
        self.written(tmp_path, page="report.html")
        assert (tmp_path / "report.html").read_text("utf-8") == "page \u00e4"
        assert len(list(tmp_path.iterdir())) == 4

    def test_without_a_name_there_is_none(self, tmp_path: Path) -> None:
        self.written(tmp_path)
        assert len(list(tmp_path.iterdir())) == 3

    def test_nothing_stays_where_it_fails(self, tmp_path: Path) -> None:
        with pytest.raises(ZeroDivisionError), Reports.into(tmp_path, page="report.html"):
            raise ZeroDivisionError
        assert list(tmp_path.iterdir()) == []
