"""What the documents say outside their examples: names, links and excerpts that exist, and our words."""

import importlib
import re
from collections.abc import Iterator
from functools import reduce
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
GENERATED = "<!-- Generated"
PAGES = {
    str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
    for path in (
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        *sorted((ROOT / "docs").rglob("*.md")),
    )
    if "_build" not in path.parts
}
WRITTEN = sorted(page for page, text in PAGES.items() if not text.startswith(GENERATED))
# These tell of the code as it was on a day.
OF_THEIR_DAY = {"docs/explanation/decisions.md", "docs/explanation/mutation-testing.md"}

FENCED = re.compile(
    r"^[ \t]*(?P<fence>`{3,})[^`\n]*\n.*?^[ \t]*(?P=fence)[ \t]*$", re.MULTILINE | re.DOTALL
)
NAMED = re.compile(r"`(certlib(?:\.\w+)+)`")
LINKED = re.compile(r"\]\((?!https?:)([^)#]+)")
INCLUDED = re.compile(r"```\{literalinclude\} (?P<path>\S+)\n(?P<options>(?::.*\n)*)```")
OPTION = re.compile(r"^:(start-at|start-after|end-at|end-before): (.+)$", re.MULTILINE)
HE = re.compile(r"\b(?:he|his|him|himself|she|her|hers|herself)\b", re.IGNORECASE)


def prose(page: str) -> str:
    return FENCED.sub("", PAGES[page])


def resolve(name: str) -> object:
    """Import the module that a dotted name begins with, and get the rest from it."""
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        try:
            module: object = importlib.import_module(".".join(parts[:end]))
        except ModuleNotFoundError:
            continue
        return reduce(getattr, parts[end:], module)
    raise ModuleNotFoundError(name)


def included() -> Iterator[tuple[str, Path, str]]:
    for page, text in PAGES.items():
        for include in INCLUDED.finditer(text):
            source = (ROOT / page).parent / include["path"]
            for _, marker in OPTION.findall(include["options"]):
                yield page, source, marker


@pytest.mark.parametrize("page", sorted(set(WRITTEN) - OF_THEIR_DAY))
def test_names_that_prose_gives_exist_and_are_public(page: str) -> None:
    for name in NAMED.findall(prose(page)):
        resolve(name)
        assert "._" not in name


@pytest.mark.parametrize("page", WRITTEN)
def test_links_lead_to_a_file(page: str) -> None:
    for link in LINKED.findall(prose(page)):
        assert ((ROOT / page).parent / link).exists(), link


def test_excerpts_are_found_once_in_their_source() -> None:
    found = list(included())
    assert found
    for page, source, marker in found:
        lines = source.read_text(encoding="utf-8").splitlines()
        assert sum(marker in line for line in lines) == 1, (page, marker)


@pytest.mark.parametrize("page", WRITTEN)
def test_learners_and_administrators_are_they(page: str) -> None:
    assert HE.findall(prose(page)) == []


def test_a_name_that_does_not_exist_is_noticed() -> None:
    with pytest.raises(AttributeError):
        resolve("certlib.policies.Nowhere")
    with pytest.raises(ModuleNotFoundError):
        resolve("nowhere.at.all")
