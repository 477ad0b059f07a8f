"""Files in and out: a strict reader, formats as values, and imports in two phases.

`preview` reads a file and says of every row New, Already completed, or an Error with a reason, and
writes nothing; `apply` records what is New. Hosts call both through `certlib.Service`.
"""

from certlib.io.exports.export import Exported, ExportOptions, export
from certlib.io.formats import CIVICA, DOCEBO, FORMATS, GO1, KNOWLEDGE_ANYWHERE, UNIFYR
from certlib.io.formats.claims import (
    AssignmentClaim,
    AwardClaim,
    CompletionClaim,
    EnrollmentClaim,
    EnrollmentState,
    RowClaim,
)
from certlib.io.formats.columns import Cells, Column, Flaw, Format, Repeats, RowFlaw
from certlib.io.formats.snapshot import LearnerSnapshot
from certlib.io.imports.apply import Applied, Progress, apply
from certlib.io.imports.job import Duplicates, ImportOptions, PreviewedRow
from certlib.io.imports.preview import Preview, preview
from certlib.io.tables.problems import FileProblem, RowProblem
from certlib.io.tables.reader import Heading, Layout, Limits, Reader, Record
from certlib.io.undoing.review import ImportedCompletion, ImportedEntry, ImportedRow
from certlib.io.undoing.undo import Undone, UndoProblem

__all__ = [
    "CIVICA",
    "DOCEBO",
    "FORMATS",
    "GO1",
    "KNOWLEDGE_ANYWHERE",
    "UNIFYR",
    "Applied",
    "AssignmentClaim",
    "AwardClaim",
    "Cells",
    "Column",
    "CompletionClaim",
    "Duplicates",
    "EnrollmentClaim",
    "EnrollmentState",
    "ExportOptions",
    "Exported",
    "FileProblem",
    "Flaw",
    "Format",
    "Heading",
    "ImportOptions",
    "ImportedCompletion",
    "ImportedEntry",
    "ImportedRow",
    "Layout",
    "LearnerSnapshot",
    "Limits",
    "Preview",
    "PreviewedRow",
    "Progress",
    "Reader",
    "Record",
    "Repeats",
    "RowClaim",
    "RowFlaw",
    "RowProblem",
    "UndoProblem",
    "Undone",
    "apply",
    "export",
    "preview",
]
