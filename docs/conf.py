"""How Sphinx builds these documents: `sphinx-build -W docs docs/_build/html`."""

import logging
from importlib import metadata
from typing import TYPE_CHECKING

from pygments.lexers.special import TextLexer

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "certlib"
author = "The certlib authors"
copyright = author
version = release = metadata.version("certlib-lms")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"certlib {version}"

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "description"

# A section may have no pages yet; Sphinx gives this warning no type to suppress it by.
logging.getLogger("sphinx.sphinx.directives.other").addFilter(
    lambda record: getattr(record, "subtype", "") != "empty_glob"
)


def setup(app: "Sphinx") -> None:
    """Show what Pygments does not know as plain text: a table, a picture in words."""
    for language in ("csv", "mermaid"):
        app.add_lexer(language, TextLexer)
