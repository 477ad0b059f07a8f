"""Makes tests of all examples, and says which tests were left out.

The examples are those of the README and the documents, and those in docstrings.
"""

import doctest
from collections.abc import Sequence
from typing import Any

import pytest
from sybil import Sybil
from sybil.parsers.rest import DocTestParser, SkipParser
from sybil.sybil import SybilCollection

from tests.sessions import PARSERS, enter, leave

_readme = Sybil(PARSERS, filenames=["README.md"], setup=enter, teardown=leave)
_documents = Sybil(
    PARSERS, path="docs", pattern="*.md", exclude="README.md", setup=enter, teardown=leave
)
_docstrings = Sybil(
    [DocTestParser(optionflags=doctest.ELLIPSIS), SkipParser()], path="src", pattern="*.py"
)

pytest_collect_file = SybilCollection([_readme, _documents, _docstrings]).pytest()

# --- slow tests -----------------------------------------------------------------------------------

_left_out = pytest.StashKey[int]()
ALL = 'python -m pytest -m "slow or not slow"'


def _is_slow(item: pytest.Item) -> bool:
    return item.get_closest_marker("slow") is not None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put files with slow tests first, so that several processes end at about the same time."""
    slow = {item.path for item in items if _is_slow(item)}
    items.sort(key=lambda item: item.path not in slow)


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    if items and items[0].config.option.markexpr == "not slow":
        stash = items[0].config.stash
        stash[_left_out] = stash.get(_left_out, 0) + sum(map(_is_slow, items))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tell the process that asked for the tests, where this one is a worker of xdist."""
    told: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if told is not None:
        told["slow_left_out"] = session.config.stash.get(_left_out, 0)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Hear from a worker; each of them leaves out the same."""
    told: dict[str, Any] = getattr(node, "workeroutput", {})
    node.config.stash[_left_out] = told.get("slow_left_out", 0)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    count = config.stash.get(_left_out, 0)
    if count:
        terminalreporter.write_line(
            f"{count} tests marked slow were left out; run them too with {ALL}"
        )
