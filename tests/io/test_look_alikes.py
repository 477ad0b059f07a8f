"""No learner is ever matched by an identifier that is not his after ASCII lower-casing (F8).

The identifiers of people and of rows are drawn from characters that people, spreadsheets and Unicode
take for each other: other scripts, full-width forms, ligatures, accents composed or not, letters
that lower-casing or folding turns into ASCII, spaces of all kinds.
"""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from string import ascii_uppercase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certlib import Learner, Service
from certlib.adapters.memory import MemoryStore
from certlib.adapters.sqlite import SqliteStore
from certlib.io import (
    CIVICA,
    DOCEBO,
    GO1,
    KNOWLEDGE_ANYWHERE,
    UNIFYR,
    Format,
    ImportOptions,
    PreviewedRow,
)
from certlib.io._tables.writer import Writer
from tests.hosts import EVA, FIRE, FORK, NOW, TRAININGS

ROW: dict[str, Callable[[str], tuple[str, ...]]] = {
    "unifyr": lambda who: (who, "course", "FORK", "2026-01-05"),
    "civica": lambda who: (who, "FORK-1", "2026-01-05", "", ""),
    "docebo": lambda who: (who, "FORK-1", "2026-01-05", "yes", "", "course"),
    "go1": lambda who: (who, "FORK-1", "assigned", "not-started", "", "", "", "", ""),
    "knowledge-anywhere": lambda who: (who,),
}
BY_NAME = {"civica", "docebo"}

CONFUSABLE = (
    "aA\N{CYRILLIC SMALL LETTER A}\N{GREEK SMALL LETTER ALPHA}\N{FULLWIDTH LATIN SMALL LETTER A}"
    "\N{LATIN SMALL LETTER A WITH ACUTE}\N{COMBINING ACUTE ACCENT}\N{FEMININE ORDINAL INDICATOR}"
    "kK\N{KELVIN SIGN}\N{MATHEMATICAL BOLD SMALL K}"
    "iI\N{LATIN SMALL LETTER DOTLESS I}\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}\N{COMBINING DOT ABOVE}"
    "\N{CYRILLIC SMALL LETTER BYELORUSSIAN-UKRAINIAN I}lL1|\N{ROMAN NUMERAL ONE}"
    "sS\N{LATIN SMALL LETTER LONG S}\N{LATIN SMALL LETTER SHARP S}\N{CYRILLIC SMALL LETTER DZE}"
    "\N{LATIN SMALL LIGATURE FI}\N{LATIN SMALL LIGATURE LONG S T}fFtT"
    "\N{GREEK SMALL LETTER SIGMA}\N{GREEK SMALL LETTER FINAL SIGMA}\N{GREEK CAPITAL LETTER SIGMA}"
    "oO0\N{CYRILLIC SMALL LETTER O}\N{ANGSTROM SIGN}\N{LATIN CAPITAL LETTER A WITH RING ABOVE}"
    "@\N{FULLWIDTH COMMERCIAL AT}\N{SMALL COMMERCIAL AT}.\N{FULLWIDTH FULL STOP}\N{ONE DOT LEADER}"
    "-\N{HYPHEN}\N{NON-BREAKING HYPHEN}_'="
    " \N{NO-BREAK SPACE}\N{ZERO WIDTH SPACE}\N{SOFT HYPHEN}\N{ZERO WIDTH JOINER}"
)
NAMES = st.text(st.sampled_from(CONFUSABLE), max_size=4)
EMAILS = st.tuples(NAMES, st.sampled_from(["@kits.fi", "@KITS.FI", "@\N{KELVIN SIGN}its.fi", "@k\N{LATIN SMALL LETTER DOTLESS I}ts.fi", ""])).map("".join)  # fmt: skip
IDENTIFIERS = NAMES | EMAILS


def plain(text: str) -> str:
    """Return a text trimmed and in ASCII lower case, written without what is tested."""
    return "".join(
        chr(ord(each) + 32) if each in ascii_uppercase else each for each in text.strip()
    )


def rows_of(
    kind: Format, store: MemoryStore | SqliteStore, wanted: list[str]
) -> dict[int, PreviewedRow]:
    """Preview a file with a row for each of these people."""
    writer = Writer()
    heading = [column.heading for column in kind.columns]
    text = "".join(map(writer.write_row, (heading, *map(ROW[kind.name], wanted))))
    shown: dict[int, PreviewedRow] = {}
    Service(store=store, sources=store).preview_import(
        BytesIO(text.encode()),
        format=kind,
        actor=EVA,
        now=NOW,
        options=ImportOptions(certification="FORK-1"),
        look=lambda row: shown.update({row.row: row}),
    )
    return shown


def check(kind: Format, store: MemoryStore | SqliteStore, people: list[str], wanted: list[str]) -> None:  # fmt: skip
    learners = [Learner(id=f"u{n}", username=each, email=each) for n, each in enumerate(people)]
    store.put_learners(learners)
    store.put_trainings(TRAININGS)
    store.put_certifications((FIRE, FORK))
    having: dict[str, list[str]] = {}
    for learner in learners:
        having.setdefault(plain(learner.username or ""), []).append(learner.id)
    rows = rows_of(kind, store, wanted)
    # A row without anything in it is a blank line.
    for number, identifier in enumerate(wanted, 2):
        row = rows.get(number)
        if row is None:
            assert not identifier.strip(" \t\x0b\x0c")
            continue
        his = having.get(plain(identifier), [])
        if row.plan is not None:
            assert his == [row.plan.learner]
        elif row.problem is not None:
            unknown = {"missing_value", "bad_email", "unknown_learner", "look_alike_learner"}
            if len(his) == 1 and plain(identifier):
                assert row.problem.code == "repeated_in_file"
            elif his and plain(identifier):
                assert row.problem.code == "ambiguous_learner"
            else:
                assert row.problem.code in unknown


every_format = pytest.mark.parametrize(
    "kind", [UNIFYR, CIVICA, DOCEBO, GO1, KNOWLEDGE_ANYWHERE], ids=lambda kind: kind.name
)


@every_format
@given(
    people=st.lists(IDENTIFIERS, max_size=6),
    others=st.lists(IDENTIFIERS, max_size=4),
    data=st.data(),
)
def test_whoever_is_matched_has_exactly_that_identifier(
    kind: Format, people: list[str], others: list[str], data: st.DataObject
) -> None:
    written = [data.draw(st.sampled_from([each, each.upper(), f" {each}\t"])) for each in people]
    check(kind, MemoryStore(), people, [*written, *others])


@every_format
@pytest.mark.parametrize("seed", range(3))
def test_nor_by_a_store_in_a_file(kind: Format, seed: int, tmp_path: Path) -> None:
    """Every character against every other, in one place of a name."""
    letters = CONFUSABLE.strip()[seed::3]
    people = [f"x{letter}y" for letter in letters]
    wanted = [f"x{letter}y" for letter in CONFUSABLE.strip()]
    with SqliteStore.create(tmp_path / "store.db") as store:
        check(kind, store, people, wanted)


@every_format
def test_every_character_that_folds_into_ascii_is_somebody_else(kind: Format) -> None:
    folded = [
        chr(code)
        for code in range(128, 0x110000)
        if not 0xD800 <= code < 0xE000
        and (chr(code).casefold().isascii() or chr(code).lower().isascii())
    ]
    assert len(folded) > 5
    store = MemoryStore()
    store.put_trainings(TRAININGS)
    store.put_certifications((FIRE, FORK))
    store.put_learners(
        Learner(id=f"u{n}", username=f"x{each.casefold()}y@a.org", email=f"x{each.casefold()}y@a.org")
        for n, each in enumerate(folded)
    )  # fmt: skip
    rows = rows_of(kind, store, [f"x{each}y@a.org" for each in folded])
    assert {row.problem and row.problem.code for row in rows.values()} <= {
        "look_alike_learner",
        "unknown_learner",
        "bad_email",
    }
    assert all(row.plan is None for row in rows.values())
