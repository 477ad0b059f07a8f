"""Files in and out: a strict reader, formats as values, and imports in two phases.

`preview` reads a file and says of every row New, Already completed, or an Error with a reason, and
writes nothing; `apply` records what is New. Hosts call both through `certlib.Service`.
"""

from certlib.io.exports.export import Exported, ExportOptions, export
from certlib.io.formats import CIVICA, DOCEBO, FORMATS, GO1, KNOWLEDGE_ANYWHERE, UNIFYR
from certlib.io.formats.columns import Cells, Column, Flaw, Format, Repeats, RowFlaw
from certlib.io.formats.holding import Holding
from certlib.io.formats.wanted import (
    AssignmentWanted,
    AwardWanted,
    CompletionWanted,
    EnrollmentState,
    EnrollmentWanted,
    Wanted,
)
from certlib.io.imports.apply import Applied, Progress, apply
from certlib.io.imports.preview import ImportOptions, Preview, PreviewedRow, preview
from certlib.io.imports.work import Duplicates
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
    "AssignmentWanted",
    "AwardWanted",
    "Cells",
    "Column",
    "CompletionWanted",
    "Duplicates",
    "EnrollmentState",
    "EnrollmentWanted",
    "ExportOptions",
    "Exported",
    "FileProblem",
    "Flaw",
    "Format",
    "Heading",
    "Holding",
    "ImportOptions",
    "ImportedCompletion",
    "ImportedEntry",
    "ImportedRow",
    "Layout",
    "Limits",
    "Preview",
    "PreviewedRow",
    "Progress",
    "Reader",
    "Record",
    "Repeats",
    "RowFlaw",
    "RowProblem",
    "UndoProblem",
    "Undone",
    "Wanted",
    "apply",
    "export",
    "preview",
]
