"""Makes tests of all examples: those of the README and the documents, and those in docstrings."""

import doctest

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
