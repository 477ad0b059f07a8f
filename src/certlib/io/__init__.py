"""Files in and out: options and results of imports and exports.

Hosts import and export with `certlib.Service`. A preview says of every row whether it is New, Already
completed, or an Error with a reason, and writes nothing; an import records what is New. Formats are in
`certlib.io.formats`.
"""

from __future__ import annotations

from certlib.io.exports.export import Exported, ExportOptions
from certlib.io.exports.load_records import LoadedRecords, load_records
from certlib.io.exports.records_file import export_records
from certlib.io.formats import CIVICA, DOCEBO, FORMATS, GO1, KNOWLEDGE_ANYWHERE, UNIFYR, Format
from certlib.io.formats.people import read_people
from certlib.io.imports.apply import Applied, Progress
from certlib.io.imports.job import Duplicates, ImportOptions, OnRow, PreviewedRow, RowPlan
from certlib.io.imports.preview import Preview
from certlib.io.imports.report_html import REPORT, report_html
from certlib.io.imports.reports import REPORTS, Reports
from certlib.io.tables.headings import DELIMITERS, Layout
from certlib.io.tables.limits import Limits
from certlib.io.tables.problems import FileProblem, RowProblem
from certlib.io.undoing.review import ImportedCompletion, ImportedEntry, ImportedRow
from certlib.io.undoing.undo import Undone, UndoProblem

__all__ = [
    "CIVICA",
    "DELIMITERS",
    "DOCEBO",
    "FORMATS",
    "GO1",
    "KNOWLEDGE_ANYWHERE",
    "REPORT",
    "REPORTS",
    "UNIFYR",
    "Applied",
    "Duplicates",
    "ExportOptions",
    "Exported",
    "FileProblem",
    "Format",
    "ImportOptions",
    "ImportedCompletion",
    "ImportedEntry",
    "ImportedRow",
    "Layout",
    "Limits",
    "LoadedRecords",
    "OnRow",
    "Preview",
    "PreviewedRow",
    "Progress",
    "Reports",
    "RowPlan",
    "RowProblem",
    "UndoProblem",
    "Undone",
    "export_records",
    "load_records",
    "read_people",
    "report_html",
]
