"""``imports`` lists imports and what their rows recorded; ``undo`` strikes it."""

from __future__ import annotations

from argparse import Namespace

from certlib.cli._documents import Json, instant_text
from certlib.cli._render import Answer, Part, progress, sheet
from certlib.cli._stores import service
from certlib.cli._values import UsageError, present
from certlib.io import ImportedRow, Undone, UndoProblem
from certlib.ports import ImportRecord, Undo

__all__ = ["list_imports", "undo_import"]

SHOWN = 20
"""How many rows are shown to people; --json has all of them."""


def list_imports(given: Namespace) -> Answer:
    """List the imports, or show what the rows of one recorded."""
    with service(given.store) as host:
        records = host.imports(actor=given.actor)
        if given.show is None:
            return _listed(records)
        found = host.import_rows(given.show, actor=given.actor, now=present())
        rows = list(found)
    return _shown(next(record for record in records if record.id == given.show), rows)


def _listed(records: tuple[ImportRecord, ...]) -> Answer:
    headings = ("import", "format", "file", "by", "at", "new", "errors", "finished", "undone")
    table = sheet(
        headings,
        [
            (
                each.id,
                each.format,
                each.file_name,
                each.actor,
                instant_text(each.at),
                each.new,
                each.errors,
                each.finished,
                _undone_words(each.undos),
            )
            for each in records
        ],
    )
    return Answer(
        document=[_record_document(each) for each in records],
        parts=(table,) if records else ("nothing has been imported",),
    )


def _undone_words(undos: tuple[Undo, ...]) -> str | None:
    if not undos:
        return None
    last = undos[-1]
    if not last.finished:
        return "interrupted"
    return f"but for {last.refused} rows" if last.refused else "yes"


def _shown(record: ImportRecord, rows: list[ImportedRow]) -> Answer:
    document = _record_document(record)
    document["rows"] = [_row_document(each) for each in rows]
    table = sheet(
        ("row", "learner", "recorded", "undone"),
        [
            (each.outcome.row, each.outcome.learner, _recorded_words(each), each.undone)
            for each in rows[:SHOWN]
        ],
    )
    parts: list[Part] = [*_listed((record,)).parts, "", table]
    if len(rows) > SHOWN:
        parts.append(f"... and {len(rows) - SHOWN} more")
    for each in record.undos:
        parts.append("")
        parts.append(
            f"undone by {each.actor} at {instant_text(each.at)}: {each.undone} rows,"
            f" {each.refused} refused; {each.reason}"
        )
    return Answer(document=document, parts=tuple(parts))


def _recorded_words(row: ImportedRow) -> str:
    if row.outcome.note is not None:
        return row.outcome.note
    said = [
        f"completion of {each.completion.training}{_struck_words(struck=each.struck)}"
        for each in row.completions
    ]
    said += [
        f"{each.certification}: {each.transition}{_struck_words(struck=each.struck)}"
        for each in row.entries
    ]
    return "; ".join(said)


def _struck_words(*, struck: bool) -> str:
    return " (struck)" if struck else ""


def undo_import(given: Namespace) -> Answer:
    """Undo an import, or preview that."""
    now = given.now or present()
    if given.preview:
        with service(given.store) as host:
            undone = host.preview_undo(given.id, actor=given.actor, now=now)
    elif given.reason is None:
        raise UsageError("the following arguments are required: --reason (or give --preview)")
    else:
        with (
            service(given.store) as host,
            progress(f"undoing {given.id}", wanted=not given.json) as tell,
        ):
            undone = host.undo_import(
                given.id, reason=given.reason, actor=given.actor, now=now, progress=tell
            )
    return Answer(
        document=_undone_document(undone, applied=not given.preview),
        parts=_parts(undone, preview=given.preview),
        exit_code=1 if undone.refused else 0,
    )


def _parts(undone: Undone, *, preview: bool) -> tuple[Part, ...]:
    headings = ("rows", "undone", "undone before", "refused")
    counts = (undone.rows, undone.undone, undone.undone_before, undone.refused)
    parts: list[Part] = [sheet(headings, [counts])]
    if preview:
        parts.append("nothing was written; this is what would be done")
    if undone.problems:
        shown = undone.problems[:SHOWN]
        table = sheet(
            ("row", "learner", "certification", "why it is refused"),
            [
                (each.row, each.learner, each.certification, f"{each.message} ({each.code})")
                for each in shown
            ],
        )
        parts += ["", table]
        if len(undone.problems) > SHOWN:
            parts.append(f"... and {len(undone.problems) - SHOWN} more")
    return tuple(parts)


# --- JSON -----------------------------------------------------------------------------------------


def _record_document(record: ImportRecord) -> dict[str, Json]:
    return {
        "import_id": record.id,
        "format": record.format,
        "file_name": record.file_name,
        "digest": record.digest,
        "actor": record.actor,
        "at": instant_text(record.at),
        "new": record.new,
        "already_completed": record.already_completed,
        "errors": record.errors,
        "finished": record.finished,
        "undos": [
            {
                "number": each.number,
                "actor": each.actor,
                "at": instant_text(each.at),
                "reason": each.reason,
                "undone": each.undone,
                "refused": each.refused,
                "finished": each.finished,
            }
            for each in record.undos
        ],
    }


def _row_document(row: ImportedRow) -> dict[str, Json]:
    return {
        "row": row.outcome.row,
        "learner": row.outcome.learner,
        "outcome": row.outcome.outcome.value,
        "note": row.outcome.note,
        "undone": row.undone,
        "completions": [
            {
                "training": each.completion.training,
                "at": instant_text(each.completion.at),
                "on": each.completion.on.isoformat() if each.completion.on else None,
                "struck": each.struck,
            }
            for each in row.completions
        ],
        "entries": [
            {
                "certification": each.certification,
                "entry": each.entry,
                "transition": each.transition,
                "at": instant_text(each.at),
                "struck": each.struck,
            }
            for each in row.entries
        ],
    }


def _undone_document(undone: Undone, *, applied: bool) -> dict[str, Json]:
    return {
        "import_id": undone.import_id,
        "rows": undone.rows,
        "undone": undone.undone,
        "undone_before": undone.undone_before,
        "refused": undone.refused,
        "problems": [_problem_document(each) for each in undone.problems],
        "applied": applied,
    }


def _problem_document(problem: UndoProblem) -> dict[str, Json]:
    return {
        "row": problem.row,
        "learner": problem.learner,
        "certification": problem.certification,
        "code": problem.code,
        "message": problem.message,
        "entries": list(problem.entries),
    }
