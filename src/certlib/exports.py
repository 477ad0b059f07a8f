"""What may be taken along: what is recorded, as files (F9)."""

from __future__ import annotations

from datetime import datetime
from typing import BinaryIO

from certlib.actors import Actor
from certlib.io.columns import Format
from certlib.io.export import Exported, ExportOptions, export
from certlib.io.records_file import export_history
from certlib.questions import Questions

__all__ = ["Exports"]


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
