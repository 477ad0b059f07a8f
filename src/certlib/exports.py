"""What may be taken along: what is recorded, as files (F9)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import BinaryIO, Final

from certlib.actors import Actor
from certlib.io.exports.export import Exported, ExportOptions, export, rows_into
from certlib.io.exports.records_file import export_history
from certlib.io.formats.columns import Format
from certlib.questions import Questions, Standing

__all__ = ["STATUSES", "Exports"]

STATUSES: Final = (
    "learner",
    "certification",
    "status",
    "since",
    "certified",
    "issued_on",
    "last_valid_day",
    "last_grace_day",
    "window_opens_on",
    "version",
    "revoked",
)
"""The columns of `Exports.export_statuses`; days are inclusive."""


class Exports(Questions):
    """The exports of the service (`certlib.service.Service`)."""

    def export(
        self,
        out: BinaryIO,
        *,
        format: Format,  # noqa: A002 (the word of the field)
        actor: Actor,
        at: datetime,
        options: ExportOptions | None = None,
    ) -> Exported:
        """Write what is known at an instant, in the actor's scope, in a format that imports read.

        What was exported, imported into a store with the same people and catalog, and exported again
        is the same file; rows that could not be are left out and counted. Raise `NotFoundError` where
        the certification that is asked for is not there, or out of scope.
        """
        return export(
            out,
            format=format,
            actor=actor,
            at=at,
            sources=self.sources,
            store=self.store,
            options=options,
            table=self.table,
        )

    def export_history(
        self, out: BinaryIO, *, actor: Actor, at: datetime, certification: str | None = None
    ) -> int:
        """Write the events in the actor's scope that were recorded by an instant, one a line of JSON.

        Return how many. Raise `NotFoundError` where the certification that is asked for is not there,
        or out of scope.
        """
        return export_history(
            out,
            actor=actor,
            at=at,
            sources=self.sources,
            store=self.store,
            certification=certification,
        )

    def export_statuses(
        self,
        out: BinaryIO,
        *,
        actor: Actor,
        at: datetime,
        options: ExportOptions | None = None,
    ) -> int:
        """Write the standing of every enrollment in the actor's scope, as known at an instant.

        By learner and certification; such a file is for reading elsewhere. Return how many rows it has.
        """
        options = options or ExportOptions()
        writing, rows = rows_into(out, options), 0
        writing.put([STATUSES])
        only = options.certification
        for standing in self.statuses(actor=actor, at=at, known_at=at, certification=only):
            writing.put([_cells(standing)])
            rows += 1
        writing.close()
        return rows


def _cells(standing: Standing) -> tuple[str, ...]:
    newest, cycle = standing.certificate, standing.enrollment.open_cycle
    version = newest.version if newest else cycle.version if cycle else None
    return (
        standing.learner,
        standing.certification,
        standing.status.value,
        _text(standing.since),
        _text(standing.certified),
        _text(newest.terms.issued_on if newest else None),
        _text(newest.last_valid_day if newest else None),
        _text(newest.last_grace_day if newest else None),
        _text(newest.terms.window_opens_on if newest else None),
        _text(version),
        _text(newest.revoked_at is not None if newest else None),
    )


def _text(value: object) -> str:
    """Return a value as a cell; an absent one is empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else str(value)
