"""The plans of New rows, kept until all rows are classified, and put in order.

They are kept in a database of their own. SQLite holds it in memory while it is small, and in a nameless
file beyond that, so a million rows take no more memory than ten thousand.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final

from certlib.io._imports.job import ImportJob, PreviewedRow, RowPlan
from certlib.io._imports.reading import ClaimReader
from certlib.io._tables.reader import Layout
from certlib.io.formats._columns import RowFlaw

if TYPE_CHECKING:
    from sqlite3 import Connection

__all__ = ["NewRows"]

_TOGETHER: Final = 1000
"""Plans that are written together."""
# Plans of one learner come in the order of dates: first the first plan of every learner, then the second
# of those who have one, and so on; learners come in the order of their first plans.
_IN_ORDER: Final = (
    "SELECT turn, told FROM (SELECT told, row_number() OVER (PARTITION BY learner ORDER BY place) AS"
    " turn, min(place) OVER (PARTITION BY learner) AS first FROM plans"
    " WHERE (place & 0xffffffff) NOT IN (SELECT row FROM done)) ORDER BY turn, first"
)


class NewRows:
    """The plans of one import."""

    def __init__(self, job: ImportJob) -> None:
        """Begin with none."""
        self._reading = ClaimReader(job.format, job.options.dates)
        self._waiting: list[tuple[int, str, str]] = []
        self._count = 0
        # Not at the top: without an import no storage is loaded.
        from sqlite3 import connect  # noqa: PLC0415

        self._database: Connection = connect("", isolation_level=None)
        self._database.executescript(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -8192;"
            "CREATE TABLE plans (place INTEGER PRIMARY KEY, learner TEXT, told TEXT);"
            "CREATE TABLE done (row INTEGER PRIMARY KEY);"
        )

    def close(self) -> None:
        """Delete the database."""
        self._database.close()

    def __len__(self) -> int:
        return self._count

    def add(self, row: PreviewedRow) -> None:
        """Keep what a row will record, if it is New."""
        plan = row.plan
        if plan is None:
            return
        self._count += 1
        place = plan.on.toordinal() << 36 | plan.kind_order << 32 | plan.row
        at = None if plan.at is None else plan.at.isoformat()
        told = (plan.row, plan.learner, plan.on.toordinal(), at, plan.training)
        rest = (plan.kind_order, plan.certification, row.fields)
        self._waiting.append((place, plan.learner, json.dumps((*told, *rest))))
        if len(self._waiting) >= _TOGETHER:
            self._write()

    def _write(self) -> None:
        self._database.execute("BEGIN")
        self._database.executemany("INSERT INTO plans VALUES (?, ?, ?)", self._waiting)
        self._database.execute("COMMIT")
        self._waiting.clear()

    def batches(
        self, layout: Layout, *, done: Collection[int], size: int
    ) -> Iterator[list[RowPlan]]:
        """Yield the plans of rows that are not done, at most so many at a time, one of a learner.

        ``layout`` is that of the file.
        """
        self._write()
        self._database.executemany("INSERT INTO done VALUES (?)", ((row,) for row in done))
        batch: list[RowPlan] = []
        before = 1
        with closing(self._database.execute(_IN_ORDER)) as found:
            for turn, told in found:
                if batch and (turn != before or len(batch) == size):
                    yield batch
                    batch = []
                before = turn
                batch.append(self._plan(told, layout))
        if batch:
            yield batch

    def _plan(self, told: str, layout: Layout) -> RowPlan:
        row, learner, on, at, training, kind_order, certification, fields = json.loads(told)
        claim = self._reading.read(layout.pick(fields))
        assert not isinstance(claim, RowFlaw)  # noqa: S101 (the row was New)
        return RowPlan(
            row=row,
            learner=learner,
            claim=claim,
            on=date.fromordinal(on),
            at=None if at is None else datetime.fromisoformat(at).astimezone(UTC),
            training=training,
            kind_order=kind_order,
            certification=certification,
        )
