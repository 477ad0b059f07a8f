"""``export`` to a file, and ``create`` from exported records."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO, Final

from attrs import asdict

from certlib.actors import Actor
from certlib.cli._documents import Json
from certlib.cli._render import Answer, Part, sheet
from certlib.cli._stores import created, fill, opened, read_files
from certlib.cli._values import DEFAULT_ACTOR, UsageError, present
from certlib.errors import StoreError
from certlib.io import FORMATS, ExportOptions, export_records, load_records
from certlib.service import Service

__all__ = ["NAMES", "add_export_arguments", "create_from_records", "export_file"]

RECORDS: Final = "records"
HISTORY: Final = "history"
STATUSES: Final = "statuses"
NAMES: Final[tuple[str, ...]] = (
    *(each.name for each in FORMATS if each.rows_of),
    STATUSES,
    RECORDS,
    HISTORY,
)
"""The formats that can be written; the names are public."""


def add_export_arguments(parser: ArgumentParser) -> None:
    """Add the options of ``export`` except the store, the actor and the instant."""
    parser.add_argument(
        "--format", choices=NAMES, required=True, metavar="NAME", help=f"one of {', '.join(NAMES)}"
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="a new file; none is replaced"
    )
    parser.add_argument("--certification", metavar="CODE", help="only what concerns this one")
    parser.add_argument(
        "--bom", action="store_true", help="begin with a byte order mark, which Excel needs"
    )
    parser.add_argument(
        "--xlsx", action="store_true", help="a workbook, every cell of which is text (extra xlsx)"
    )


def export_file(given: Namespace) -> Answer:
    """Write recorded data to a new file, which is removed if anything fails."""
    left_out: Mapping[str, int] = {}
    _check(given)
    with opened(given.store) as store, store.snapshot(), _new(given.out) as out:
        host = Service(store=store, sources=store)
        if given.format == RECORDS:
            rows = export_records(out, actor=given.actor, store=store)
        elif given.format == HISTORY:
            rows = host.export_history(
                out,
                actor=given.actor,
                at=given.at or present(),
                certification=given.certification,
            )
        elif given.format == STATUSES:
            rows = host.export_statuses(
                out, actor=given.actor, at=given.at or present(), options=_options(given)
            )
        else:
            done = host.export(
                out,
                format=next(each for each in FORMATS if each.name == given.format),
                actor=given.actor,
                at=given.at or present(),
                options=_options(given),
            )
            rows, left_out = done.rows, done.left_out
    parts: list[Part] = [f"{rows} rows are in {given.out}"]
    if left_out:
        parts += ["", sheet(("left out, since", "rows"), list(left_out.items()))]
    document: dict[str, Json] = {
        "format": given.format,
        "out": str(given.out),
        "rows": rows,
        "left_out": {**left_out},
    }
    return Answer(document=document, parts=tuple(parts))


def _options(given: Namespace) -> ExportOptions:
    return ExportOptions(certification=given.certification, bom=given.bom, workbook=given.xlsx)


def _check(given: Namespace) -> None:
    """Refuse options that do not fit the format."""
    if given.format in {each.name for each in FORMATS if each.of_one_certification}:
        if given.certification is None:
            raise UsageError(
                f"{given.format} is about one certification: name it with --certification"
            )
    elif given.format == RECORDS and (given.certification is not None or given.at is not None):
        raise UsageError("records are always complete: neither --certification nor --at")
    if given.format in {RECORDS, HISTORY} and (given.bom or given.xlsx):
        raise UsageError(f"{given.format} are lines of JSON: neither --bom nor --xlsx")


@contextmanager
def _new(path: Path) -> Generator[BinaryIO]:
    with path.open("xb") as file:
        try:
            yield file
        except BaseException:
            path.unlink()
            raise


def create_from_records(given: Namespace) -> Answer:
    """Make a store from a catalog and the records of another store, completely or not at all.

    It is made under a temporary name, and renamed when it is complete.
    """
    path: Path = given.store
    if path.exists():
        message = "there is a file already; open it, or choose another place"
        raise StoreError(str(path), message, "store_exists")
    _, catalog = read_files(None, given.catalog)
    part = path.with_name(f".{path.name}.{token_hex(4)}.part")
    with given.records.open("rb") as source:
        with created(part) as store:
            fill(store, (), catalog)
            held = load_records(
                source, actor=Actor.parse(DEFAULT_ACTOR), now=present(), store=store
            )
            counts = store.counts()
        part.rename(path)
    found: dict[str, Json] = {
        "learners": counts.learners,
        "trainings": counts.trainings,
        "certifications": counts.certifications,
    }
    document: dict[str, Json] = {**found, **asdict(held)}
    words = ", ".join(f"{count} {name}" for name, count in document.items())
    return Answer(document=document, parts=(f"the store holds {words}",))
