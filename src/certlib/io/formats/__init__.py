"""Formats of files: those that certlib reads, and all that a format of your own needs.

A format is a value: its columns, how a cell of each is read, and what a row asks for.
"""

from __future__ import annotations

from typing import Final

from certlib.io.formats.civica import CIVICA
from certlib.io.formats.claims import (
    AssignmentClaim,
    AwardClaim,
    CompletionClaim,
    EnrollmentClaim,
    EnrollmentState,
    RowClaim,
)
from certlib.io.formats.columns import Cells, ClaimColumns, Column, Format, Repeats, RowFlaw
from certlib.io.formats.docebo import DOCEBO
from certlib.io.formats.go1 import GO1
from certlib.io.formats.knowledge_anywhere import KNOWLEDGE_ANYWHERE
from certlib.io.formats.shared import parse_email, parse_identifier
from certlib.io.formats.snapshot import LearnerSnapshot
from certlib.io.formats.unifyr import UNIFYR
from certlib.io.tables.cells import (
    DATE_PATTERNS,
    Flaw,
    Moment,
    parse_date,
    parse_moment,
    parse_number,
    parse_yes,
)

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
