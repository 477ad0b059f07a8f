"""What the reader says is wrong: with one row, or with the file as a whole (F3)."""

from __future__ import annotations

from attrs import define, frozen

from certlib.errors import FileProblem, ImportFileError

__all__ = ["FileProblem", "RowProblem", "UnreadableFileError", "unreadable"]


@frozen(kw_only=True)
class RowProblem:
    """A row that was not read, and why.

    The message names places and never repeats what a cell holds: messages are stored and logged,
    and a cell may be personal data.
    """

    row: int
    """As a spreadsheet numbers it: the heading of most files is row 1, a blank line counts."""
    line: int
    """The physical line on which the row begins."""
    column: str | None
    code: str
    message: str
    fields: tuple[str, ...]
    """For the error file: the row's own fields where it has as many as the file has columns, else
    its text, as one. So what is wrong stays wrong when the error file is uploaded as it is."""


@define(eq=False)
class UnreadableFileError(ImportFileError):
    """The file as a whole cannot be read; rows that were read from it count for nothing."""

    @property
    def problem(self) -> FileProblem:
        """What is wrong with the file."""
        return self.problems[0]


def unreadable(code: str, message: str) -> UnreadableFileError:
    """Return the error for a file that cannot be read.

    >>> print(unreadable("empty_file", "the file is empty"))
    the file is empty (empty_file)
    """
    return UnreadableFileError((FileProblem(code=code, message=message),))
