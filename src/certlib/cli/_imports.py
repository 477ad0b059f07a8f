"""``import`` a file and report on it; ``template`` writes an empty one."""

from __future__ import annotations

from argparse import Namespace
from contextlib import nullcontext
from pathlib import Path
from typing import BinaryIO

from certlib.cli import _documents as documents
from certlib.cli._documents import Json
from certlib.cli._render import Answer, Part, progress, sheet
from certlib.cli._stores import service
from certlib.cli._values import present
from certlib.errors import PreviewOutdatedError
from certlib.io import REPORT, ImportOptions, Limits, Preview, Reports, report_html
from certlib.io._tables.xlsx import MARK

__all__ = ["import_file", "template"]

SHOWN = 20
"""How many problems are shown to people; --out and --json have all of them."""


def import_file(given: Namespace) -> Answer:
    """Import a file or preview it; write the report files if asked to."""
    now, options = given.now or present(), _options(given)
    file: Path = given.file
    with (
        service(given.store) as host,
        # The file is closed before the reports are renamed: one of them may replace it.
        Reports.into(given.out, page=REPORT) if given.out else nullcontext() as reports,
        file.open("rb") as source,
        progress(f"importing {file.name}", wanted=not given.json) as tell,
    ):
        look = reports.look if reports else None
        import_id: str | None = None
        if given.verify_only:
            found = host.preview_import(
                source,
                format=given.format,
                actor=given.actor,
                now=now,
                options=options,
                look=look,
            )
            if given.token not in {None, found.token}:
                raise PreviewOutdatedError(given.token, found.token, found)
        else:
            applied = host.apply_import(
                source,
                format=given.format,
                actor=given.actor,
                now=now,
                options=options,
                token=given.token,
                file_name=file.name,
                look=look,
                progress=tell,
            )
            found, import_id = applied.preview, applied.import_id
        if reports:
            reports.write(source, found, format=given.format, options=options)
            page = report_html(
                found,
                format=given.format,
                options=options,
                file_name=file.name,
                import_id=import_id,
                applied=not given.verify_only,
                workbook=_is_workbook(source),
            )
            reports.write_page(page)
    document = documents.import_document(found, import_id=import_id, applied=not given.verify_only)
    return Answer(
        document=document,
        parts=_parts(found, import_id, verify_only=given.verify_only, out=given.out),
        remarks=_remarks(found),
        exit_code=1 if found.errors else 0,
    )


def _is_workbook(source: BinaryIO) -> bool:
    """Whether a readable file is a workbook, not text."""
    source.seek(0)
    return source.read(len(MARK)) == MARK


def _options(given: Namespace) -> ImportOptions:
    return ImportOptions(
        encoding=given.encoding,
        delimiter=given.delimiter,
        limits=Limits(row_limit=given.row_limit),
        notify=not given.suppress_notices,
        dates=given.dates,
        duplicates=given.duplicates,
        archive_and_replace=given.archive_and_replace,
        certification=given.certification,
        sheet=given.sheet,
    )


def template(given: Namespace) -> Answer:
    """Write the template of a format; an existing file is never replaced."""
    text = given.format.template()
    if given.out is not None:
        with given.out.open("x", encoding="utf-8", newline="") as file:
            file.write(text)
        return Answer(
            document={"format": given.format.name, "out": str(given.out)},
            parts=(f"the template is in {given.out}",),
        )
    columns: list[Json] = [
        {"column": each.heading, "required": each.required, "help": each.help}
        for each in given.format.columns
    ]
    document: Json = {"format": given.format.name, "columns": columns, "template": text}
    return Answer(document=document, parts=tuple(text.splitlines()))


def _parts(
    found: Preview, import_id: str | None, *, verify_only: bool, out: Path | None
) -> tuple[Part, ...]:
    if verify_only:
        ending = f"nothing was written; to apply just this: --token {found.token}"
    elif import_id is None:
        ending = "nothing was new, so nothing was written"
    else:
        ending = f"recorded as import {import_id}"
    parts: list[Part] = [
        sheet(
            ("rows", "new", "already completed", "errors", "blank lines"),
            [(found.rows, found.new, found.already_completed, found.errors, found.blank)],
        ),
        ending,
    ]
    if out is not None:
        parts.append(f"the rows of each set are in {out}")
    if found.problems:
        shown = found.problems[:SHOWN]
        parts.append("")
        parts.append(
            sheet(
                ("row", "column", "problem"),
                [(each.row, each.column, f"{each.message} ({each.code})") for each in shown],
            )
        )
        if len(found.problems) > SHOWN:
            parts.append(f"... and {len(found.problems) - SHOWN} more")
    return tuple(parts)


def _remarks(found: Preview) -> tuple[str, ...]:
    if found.layout is None or not found.layout.unknown:
        return ()
    return (f"columns that were not read: {', '.join(found.layout.unknown)}",)
