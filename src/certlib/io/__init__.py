"""Files in and out: a strict reader, formats as values, and imports in two phases.

`preview` reads a file and says of every row New, Already completed, or an Error with a reason, and
writes nothing; `apply` records what is New. Hosts call both through `certlib.Service`.
"""

from certlib.io.apply import Applied, Progress, apply
from certlib.io.columns import Column, Flaw, Format
from certlib.io.formats import FORMATS, UNIFYR
from certlib.io.preview import ImportOptions, Preview, PreviewedRow, preview
from certlib.io.problems import FileProblem, RowProblem
from certlib.io.reader import Heading, Layout, Limits, Reader, Record

__all__ = [
    "FORMATS",
    "UNIFYR",
    "Applied",
    "Column",
    "FileProblem",
    "Flaw",
    "Format",
    "Heading",
    "ImportOptions",
    "Layout",
    "Limits",
    "Preview",
    "PreviewedRow",
    "Progress",
    "Reader",
    "Record",
    "RowProblem",
    "apply",
    "preview",
]
