"""The formats that certlib reads, one declarative module each."""

from __future__ import annotations

from typing import Final

from certlib.io.formats.civica import CIVICA
from certlib.io.formats.columns import Format
from certlib.io.formats.docebo import DOCEBO
from certlib.io.formats.go1 import GO1
from certlib.io.formats.knowledge_anywhere import KNOWLEDGE_ANYWHERE
from certlib.io.formats.unifyr import UNIFYR

__all__ = ["CIVICA", "DOCEBO", "FORMATS", "GO1", "KNOWLEDGE_ANYWHERE", "UNIFYR"]

FORMATS: Final[tuple[Format, ...]] = (UNIFYR, CIVICA, DOCEBO, GO1, KNOWLEDGE_ANYWHERE)
"""All formats; their names are public."""
