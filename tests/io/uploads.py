"""Files to upload, and what a store holds afterwards, for the tests of imports."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from io import BytesIO
from typing import Any

from attrs import evolve

from certlib import Actor, Certification, Service
from certlib.io import UNIFYR, Applied, ImportOptions, Preview, PreviewedRow
from certlib.ports import Outcome
from tests.dumps import Embedded, dump
from tests.hosts import EVA, FORK, NOW

HEADING = "Email,Training Type,Name,Date (yyyy-mm-dd)"


def upload(
    *rows: str, heading: str = HEADING, line_end: str = "\r\n", encoding: str = "utf-8"
) -> BytesIO:
    """Return a file of these rows."""
    return BytesIO("".join(f"{row}{line_end}" for row in (heading, *rows)).encode(encoding))


def previewed(
    service: Service,
    source: BytesIO,
    *,
    actor: Actor = EVA,
    now: datetime = NOW,
    options: ImportOptions | None = None,
) -> tuple[Preview, dict[int, PreviewedRow]]:
    """Preview a file; return what was said of the whole, and of each row."""
    rows: dict[int, PreviewedRow] = {}
    found = service.preview_import(
        source,
        format=UNIFYR,
        actor=actor,
        now=now,
        options=options,
        look=lambda row: rows.update({row.row: row}),
    )
    return found, rows


def applied(
    service: Service, source: BytesIO, *, actor: Actor = EVA, now: datetime = NOW, **more: Any
) -> Applied:
    """Import a file."""
    return service.apply_import(source, format=UNIFYR, actor=actor, now=now, **more)


def outcomes(rows: Mapping[int, PreviewedRow]) -> dict[int, Outcome]:
    """Return the set of each row."""
    return {number: row.outcome for number, row in rows.items()}


def codes(found: Preview) -> dict[int, str]:
    """Return what is wrong with each row of the errors."""
    return {problem.row: problem.code for problem in found.problems}


def counts(found: Preview) -> tuple[int, int, int, int]:
    """Return how many rows there are, new, already completed and erroneous."""
    return found.rows, found.new, found.already_completed, found.errors


def held(store: Embedded) -> dict[str, Any]:
    """Return all that a store holds; between learners the order of notices says nothing."""
    found: dict[str, Any] = json.loads(dump(store))
    found["notices"].sort(key=json.dumps)
    return found


SKIPPED_DAY = (
    "ann@example.org,certification,APIA-1,2011-12-30",
    "nobody@example.org,certification,APIA-1,2011-12-31",
    "ann@example.org,certification,APIA-1,2011-12-31",
)
"""Awards on a day that Apia skipped and on the next: both begin at one instant, so one is refused."""


def certification_in_apia() -> Certification:
    """Return a certification whose days are those of Apia."""
    (version,) = FORK.versions
    apia = evolve(version, policy=evolve(version.policy, time_zone="Pacific/Apia"))
    return evolve(FORK, code="APIA-1", name="Apia", versions=(apia,))
