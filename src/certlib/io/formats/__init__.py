"""The formats that certlib reads, one declarative module each."""

from __future__ import annotations

from typing import Final

from certlib.io.columns import Format
from certlib.io.formats.unifyr import UNIFYR

__all__ = ["FORMATS", "UNIFYR"]

FORMATS: Final[tuple[Format, ...]] = (UNIFYR,)
"""All formats; their names are public."""
