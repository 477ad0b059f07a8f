"""Formats of files: those that certlib reads, and all that a format of your own needs.

A format is a value: its columns, how a cell of each is read, and what a row asks for.
"""

from __future__ import annotations

from typing import Final

from certlib.io._tables.cells import (
    DATE_PATTERNS,
    Flaw,
    Moment,
    parse_date,
    parse_moment,
    parse_number,
    parse_yes,
)
from certlib.io.formats._civica import CIVICA
from certlib.io.formats._claims import (
    AssignmentClaim,
    AwardClaim,
    CompletionClaim,
    EnrollmentClaim,
    EnrollmentState,
    RowClaim,
)
from certlib.io.formats._columns import Cells, ClaimColumns, Column, Format, Repeats, RowFlaw
from certlib.io.formats._docebo import DOCEBO
from certlib.io.formats._go1 import GO1
from certlib.io.formats._knowledge_anywhere import KNOWLEDGE_ANYWHERE
from certlib.io.formats._shared import parse_email, parse_identifier
from certlib.io.formats._snapshot import LearnerSnapshot
from certlib.io.formats._unifyr import UNIFYR

__all__ = [
    "CIVICA",
    "DATE_PATTERNS",
    "DOCEBO",
    "FORMATS",
    "GO1",
    "KNOWLEDGE_ANYWHERE",
    "UNIFYR",
    "AssignmentClaim",
    "AwardClaim",
    "Cells",
    "ClaimColumns",
    "Column",
    "CompletionClaim",
    "EnrollmentClaim",
    "EnrollmentState",
    "Flaw",
    "Format",
    "LearnerSnapshot",
    "Moment",
    "Repeats",
    "RowClaim",
    "RowFlaw",
    "parse_date",
    "parse_email",
    "parse_identifier",
    "parse_moment",
    "parse_number",
    "parse_yes",
]

FORMATS: Final[tuple[Format, ...]] = (UNIFYR, CIVICA, DOCEBO, GO1, KNOWLEDGE_ANYWHERE)
"""All formats that come with certlib; their names are public."""
