"""Files in and out: options and results of imports and exports.

Hosts import and export with `certlib.Service`. A preview says of every row whether it is New, Already
completed, or an Error with a reason, and writes nothing; an import records what is New. Formats are in
`certlib.io.formats`.
"""

from __future__ import annotations

from certlib.io._exports.export import Exported, ExportOptions
from certlib.io._exports.load_records import LoadedRecords, load_records
from certlib.io._exports.records_file import export_records
from certlib.io._imports.apply import Applied, Progress
from certlib.io._imports.job import Duplicates, ImportOptions, OnRow, PreviewedRow, RowPlan
from certlib.io._imports.preview import Preview
from certlib.io._imports.report_html import REPORT, report_html
from certlib.io._imports.reports import REPORTS, Reports
from certlib.io._tables.headings import DELIMITERS, Layout
from certlib.io._tables.limits import Limits
from certlib.io._tables.problems import FileProblem, RowProblem
from certlib.io._undoing.review import ImportedCompletion, ImportedEntry, ImportedRow
from certlib.io._undoing.undo import Undone, UndoProblem
from certlib.io.formats import CIVICA, DOCEBO, FORMATS, GO1, KNOWLEDGE_ANYWHERE, UNIFYR, Format
from certlib.io.formats._people import read_people

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
