"""The first phase of an import: classify every row, and write nothing (F1).

Every row is New, Already completed, or an Error with a reason (`certlib.io._imports.classify`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

from attrs import frozen

from certlib.actors import require_administrator
from certlib.io._imports.classify import ClassifiedRows, classify
from certlib.io._imports.job import (
    ImportJob,
    OnRow,
    reader_for,
)
from certlib.io._tables.packed import Problems
from certlib.io._tables.problems import RowProblem
from certlib.io._tables.reader import Layout
from certlib.ports import Outcome

__all__ = ["Preview", "preview"]


@frozen(kw_only=True)
class Preview:
    """What an import would do. Nothing of it is stored; ``token`` identifies it (F4b)."""

    token: str
    """Digest of bytes, options, actor, tenant, and every row's outcome."""
    digest: str
    """SHA-256 of the file's bytes."""
    purpose: str
    """Digest of bytes, options, actor and tenant."""
    rows: int
    new: int
    already_completed: int
    errors: int
    blank: int
    problems: Sequence[RowProblem]
    """One for each row of the errors, by row."""
    layout: Layout | None
    resumes: str | None
    """The id of an interrupted import of this file, which applying will finish."""


def preview(job: ImportJob, on_row: OnRow | None = None) -> Preview:
    """Classify every row of a file; ``on_row`` is given each one, in the file's order.

    Raise `ImportFileError` where the file as a whole cannot be read, and `RefusedError` where the
    actor may not import at all. Nothing is written.
    """
    require_administrator(job.actor, "import")
    digest = job.digest()
    purpose = job.purpose(digest)
    unfinished = [record.id for record in job.store.imports(purpose=purpose) if not record.finished]
    resumes = unfinished[-1] if unfinished else None
    reader = reader_for(job.format, job.options)
    token = hashlib.sha256(purpose.encode())
    rows = new = 0
    problems = Problems()
    for some in classify(job, reader, resumes, plans=on_row is not None):
        rows += len(some.outcomes)
        new += some.outcomes.count(Outcome.NEW)
        token.update(_digested(some))
        problems.extend(some.problems[place] for place in sorted(some.problems))
        if on_row is not None:
            for row in some.each():
                on_row(row)
    return Preview(
        token=token.hexdigest(),
        digest=digest,
        purpose=purpose,
        rows=rows,
        new=new,
        already_completed=rows - new - len(problems),
        errors=len(problems),
        blank=reader.blank,
        problems=problems,
        layout=reader.layout,
        resumes=resumes,
    )


_WORDS: Final = {outcome: f"{outcome}\n" for outcome in Outcome}


def _digested(some: ClassifiedRows) -> bytes:
    """Return each row's outcome, and the code of its problem, for the token.

    Bytes and options are in the token already: they say which rows there are.
    """
    lines = list(map(_WORDS.__getitem__, some.outcomes))
    for place, problem in some.problems.items():
        lines[place] = f"{Outcome.ERROR}:{problem.code}\n"
    return "".join(lines).encode()
