"""The table of statuses that `certlib.service.Service.export_statuses` writes (F9)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import BinaryIO, Final

from certlib._questions import StatusAnswer
from certlib.io._exports.export import ExportOptions, rows_into

__all__ = ["STATUSES", "write_statuses"]

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
"""The columns; days are inclusive."""


def write_statuses(out: BinaryIO, answers: Iterable[StatusAnswer], options: ExportOptions) -> int:
    """Write a heading and one line for each answer; return how many answers there were."""
    writing, lines = rows_into(out, options), 0
    writing.put([STATUSES])
    for answer in answers:
        writing.put([_cells(answer)])
        lines += 1
    writing.close()
    return lines


def _cells(answer: StatusAnswer) -> tuple[str, ...]:
    newest, cycle = answer.certificate, answer.enrollment.open_cycle
    version = newest.version if newest else cycle.version if cycle else None
    return (
        answer.learner,
        answer.certification,
        answer.status.value,
        _text(answer.since),
        _text(answer.certified),
        _text(newest.terms.issued_on if newest else None),
        _text(newest.last_valid_day if newest else None),
        _text(newest.last_grace_day if newest else None),
        _text(newest.terms.window_opens_on if newest else None),
        _text(version),
        _text(newest.revoked_at is not None if newest else None),
    )


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else str(value)
