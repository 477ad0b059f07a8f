"""The JSON documents of the command line. Their keys are public."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Final, TypeAlias

from certlib.audit import ByHand, Finding, GiveCommand, Mend, StoreReplayed
from certlib.cli._values import UsageError
from certlib.errors import (
    CertlibError,
    FileProblem,
    ImportFileError,
    InvalidCatalogError,
    InvalidPeopleError,
    PreviewOutdatedError,
    Problem,
    RefusedError,
)
from certlib.io import Preview
from certlib.serialize._records import dump_fact
from certlib.service import StatusAnswer
from certlib.state import (
    ChangeKind,
    ChangePoint,
    HistoryEntry,
    Notice,
    Reason,
    Status,
    Verdict,
)

__all__ = [
    "Json",
    "change_point_document",
    "error_document",
    "finding_document",
    "import_document",
    "instant_text",
    "moment_document",
    "reason_document",
    "status_document",
    "verdict_document",
]

Json: TypeAlias = "Mapping[str, Json] | list[Json] | str | int | bool | None"


def instant_text(at: datetime) -> str:
    """Return an instant as text, in UTC.

    >>> instant_text(datetime(2025, 3, 3, tzinfo=UTC))
    '2025-03-03T00:00:00Z'
    """
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _instant(at: datetime | None) -> str | None:
    return None if at is None else instant_text(at)


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _status_name(status: Status | None) -> str | None:
    return None if status is None else status.value


def status_document(standing: StatusAnswer) -> dict[str, Json]:
    """Return a row of ``status``; without a certificate its values are null."""
    newest = standing.certificate
    cycle = standing.enrollment.open_cycle
    version = newest.version if newest else cycle.version if cycle else None
    return {
        "learner": standing.learner,
        "certification": standing.certification,
        "status": standing.status.value,
        "since": _instant(standing.since),
        "certified": standing.certified,
        "issued_on": _day(newest.terms.issued_on) if newest else None,
        "last_valid_day": _day(newest.last_valid_day) if newest else None,
        "last_grace_day": _day(newest.last_grace_day) if newest else None,
        "window_opens_on": _day(newest.terms.window_opens_on) if newest else None,
        "version": version,
        "revoked": newest.revoked_at is not None if newest else None,
    }


def reason_document(reason: Reason) -> dict[str, Json]:
    """Return a reason for a refusal."""
    return {
        "code": reason.code,
        "kind": str(reason.kind),
        "text": reason.text,
        "params": dict(reason.params),
        "opens_at": _instant(reason.opens_at),
    }


def verdict_document(verdict: Verdict) -> dict[str, Json]:
    """Return what ``explain`` says about a command."""
    return {
        "command": verdict.command,
        "allowed": verdict.allowed,
        "needs": list(verdict.needs),
        "candidates": {name: list(values) for name, values in verdict.candidates.items()},
        "reasons": [reason_document(reason) for reason in verdict.reasons],
    }


REMINDED_BY: Final[Mapping[ChangeKind, str]] = {
    ChangeKind.WINDOW_OPENS: "window",
    ChangeKind.CERTIFICATE_EXPIRES: "expiry",
    ChangeKind.GRACE_ENDS: "grace",
    ChangeKind.CYCLE_DUE: "due",
    ChangeKind.DEADLINE_CLOSES: "due",
}


def change_point_document(point: ChangePoint, reminders: Iterable[Notice]) -> dict[str, Json]:
    """Return a row of ``outlook``, with the reminders ahead about it."""
    about = REMINDED_BY[point.kind]
    return {
        "name": point.kind.value,
        "at": instant_text(point.at),
        "to": _status_name(point.after),
        "notices": [
            {"kind": notice.kind, "at": instant_text(notice.at)}
            for notice in reminders
            if notice.about in {about, f"digest_{about}"}
        ],
    }


def moment_document(moment: HistoryEntry | ChangePoint) -> dict[str, Json]:
    """Return a row of ``history``: a fact, or a derived change point."""
    if isinstance(moment, ChangePoint):
        return {
            "sequence": None,
            "entry": None,
            "kind": moment.kind.value,
            "at": instant_text(moment.at),
            "recorded_at": None,
            "from": _status_name(moment.before),
            "to": _status_name(moment.after),
            "transition": None,
            "actor": None,
            "reason": None,
            "import_id": None,
            "import_row": None,
            "because": [],
            "struck": False,
            "derived": True,
            "fields": {},
        }
    event = moment.event
    _, fields = dump_fact(event.fact)
    return {
        "sequence": event.sequence,
        "entry": event.entry,
        "kind": event.fact.tag,
        "at": instant_text(event.at),
        "recorded_at": instant_text(event.recorded_at),
        "from": _status_name(moment.before),
        "to": _status_name(moment.after),
        "transition": event.row,
        "actor": event.actor,
        "reason": event.reason,
        "import_id": event.import_id,
        "import_row": event.import_row,
        "because": [
            {"training": key.training, "at": instant_text(key.at)} for key in event.because
        ],
        "struck": moment.struck,
        "derived": False,
        "fields": fields,  # type: ignore[dict-item]  # pyright: ignore[reportReturnType]
    }


def finding_document(finding: Finding) -> dict[str, Json]:
    """Return a row of ``audit``."""
    return {
        "code": finding.code,
        "learner": finding.learner,
        "certification": finding.certification,
        "place": finding.place,
        "found": finding.found,
        "expected": finding.expected,
        "mends": [mend_document(mend) for mend in finding.mends],
    }


def mend_document(mend: Mend) -> dict[str, Json]:
    """Return a mend; a command has its fields as ``act --set`` takes them."""
    if isinstance(mend, GiveCommand):
        command = mend.command
        fields = {name: getattr(command, name) for name in command.own_fields()}
        return {"kind": "give_command", "command": command.name, "fields": fields}
    if isinstance(mend, ByHand):
        return {"kind": "by_hand", "words": mend.words}
    return {"kind": "store_replayed" if isinstance(mend, StoreReplayed) else "refresh_index"}


def import_document(preview: Preview, *, import_id: str | None, applied: bool) -> dict[str, Json]:
    """Return what ``import`` did, or would do."""
    return {
        "import_id": import_id,
        "token": preview.token,
        "rows": preview.rows,
        "new": preview.new,
        "already_completed": preview.already_completed,
        "errors": preview.errors,
        "blank": preview.blank,
        "problems": [
            {
                "row": problem.row,
                "line": problem.line,
                "column": problem.column,
                "code": problem.code,
                "message": problem.message,
            }
            for problem in preview.problems
        ],
        "applied": applied,
    }


def error_document(error: CertlibError) -> dict[str, Json]:
    """Return an error with its problems or reasons."""
    found: dict[str, Json] = {
        "error": {
            "code": error.code,
            "message": str(error),
            "problems": [_problem(problem) for problem in _problems(error)],
        }
    }
    if isinstance(error, PreviewOutdatedError) and isinstance(error.preview, Preview):
        found["preview"] = import_document(error.preview, import_id=None, applied=False)
    return found


def _problems(error: CertlibError) -> Iterable[Problem | FileProblem | Reason]:
    if isinstance(error, InvalidCatalogError | InvalidPeopleError | UsageError | ImportFileError):
        return error.problems
    return error.reasons if isinstance(error, RefusedError) else ()


def _problem(problem: Problem | FileProblem | Reason) -> dict[str, Json]:
    if isinstance(problem, Reason):
        return reason_document(problem)
    found: dict[str, Json] = {"code": problem.code, "message": problem.message}
    return {"path": problem.path, **found} if isinstance(problem, Problem) else found
