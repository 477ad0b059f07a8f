"""Docebo: import of certifications with the dates that they were issued with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from certlib.io._tables.cells import Flaw, parse_date, parse_yes
from certlib.io.formats._claims import AwardClaim
from certlib.io.formats._columns import Cells, ClaimColumns, Column, Format, Repeats, RowFlaw
from certlib.io.formats._shared import day_text, parse_identifier
from certlib.io.formats._snapshot import LearnerSnapshot
from certlib.ports import IdentifierKind

__all__ = ["DOCEBO"]


def _type(text: str) -> str | Flaw:
    if len(text) > 100:
        return Flaw(code="bad_value", message="longer than 100 characters")
    return text


USERNAME: Final = Column(
    heading="username", parse=parse_identifier, help="The learner's user name."
)
CERTIFICATION: Final = Column[str](
    heading="certification_code", parse=str, help="The code of the certification."
)
ISSUED_ON: Final = Column(
    heading="certification_issue_date",
    parse=parse_date,
    parse_by=parse_date,
    help="The day on which it was issued.",
)
ALWAYS_VALID: Final = Column(
    heading="always_valid",
    parse=parse_yes,
    help="Whether it never expires: yes or no, true or false, 1 or 0.",
)
EXPIRES_ON: Final = Column(
    heading="certification_expire_date",
    parse=parse_date,
    parse_by=parse_date,
    help="The last valid day; needed unless it is always valid.",
    required=False,
)
TYPE: Final = Column(
    heading="type", parse=_type, help="What kind of activity earned it; it is not kept."
)


def _interpret(cells: Cells) -> AwardClaim | RowFlaw:
    always_valid, expires_on = cells[ALWAYS_VALID], cells.get(EXPIRES_ON)
    if always_valid and expires_on is not None:
        message = "what is always valid has no last valid day"
        return RowFlaw(code="bad_value", message=message, column=EXPIRES_ON.heading)
    if not always_valid and expires_on is None:
        message = f"{EXPIRES_ON.heading} is empty, and it is not always valid"
        return RowFlaw(code="missing_value", message=message, column=EXPIRES_ON.heading)
    return AwardClaim(
        identifier=cells[USERNAME],
        identified_by=IdentifierKind.USERNAME,
        learner_column=USERNAME.heading,
        name=cells[CERTIFICATION],
        name_column=CERTIFICATION.heading,
        on=cells[ISSUED_ON],
        date_column=ISSUED_ON.heading,
        expires_on=expires_on,
        always_valid=always_valid,
    )


EXTERNAL: Final = "external"
"""The type of every row that is exported."""


def _rows_of(held: LearnerSnapshot) -> Iterator[tuple[str, ...]]:
    # Rows about the same contradict each other: of one certification, the newest speaks.
    for code, each in dict(held.certificates()).items():
        yield (
            held.learner.username or "",
            code,
            each.terms.issued_on.isoformat(),
            "yes" if each.last_valid_day is None else "no",
            day_text(each.last_valid_day),
            EXTERNAL,
        )


DOCEBO: Final = Format(
    name="docebo",
    title="Docebo certifications",
    columns=(USERNAME, CERTIFICATION, ISSUED_ON, ALWAYS_VALID, EXPIRES_ON, TYPE),
    interpret=_interpret,
    examples=(
        ("example.learner1", "EXAMPLE-1", "2024-02-29", "no", "2026-02-28", "external"),
        ("example.learner2", "EXAMPLE-1", "2024-12-31", "yes", "", "external"),
    ),
    repeats=Repeats.CHOSEN,
    not_carried="The type is checked and not kept.",
    rows_of=_rows_of,
    exported=(
        "An export writes the newest certificate that counts of each learner and certification, with its"
        f" last valid day; the type is `{EXTERNAL}`. It carries no earlier certificates, times of day,"
        " scores, grace or enrollments."
    ),
    claim_columns=ClaimColumns(
        identifier=USERNAME,
        identified_by=IdentifierKind.USERNAME,
        name=CERTIFICATION,
        kept=(TYPE,),
    ),
)
