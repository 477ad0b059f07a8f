"""Civica Learning: import of user certificates that were earned elsewhere.

The headings of Civica's own template are not public; these are ours. An import can be verified only,
and notices suppressed, by the options of every import.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from certlib.io._tables.cells import parse_date, parse_moment, parse_number
from certlib.io.formats._claims import AwardClaim
from certlib.io.formats._columns import Cells, ClaimColumns, Column, Format
from certlib.io.formats._shared import day_text, parse_identifier, score_text
from certlib.io.formats._snapshot import LearnerSnapshot
from certlib.periods import first_instant
from certlib.ports import IdentifierKind
from certlib.state import Certificate

__all__ = ["CIVICA"]

USERNAME: Final = Column(
    heading="Username", parse=parse_identifier, help="The learner's user name."
)
CERTIFICATION: Final = Column[str](
    heading="Certification reference",
    parse=str,
    help="The code or name of the certification.",
)
AWARDED_ON: Final = Column(
    heading="Awarded on",
    parse=parse_moment,
    parse_by=parse_moment,
    help="The day of the award, or day and time by the tenant's clocks: yyyy-mm-dd hh:mm.",
)
SCORE: Final = Column(heading="Score", parse=parse_number, help="From 0 to 100.", required=False)
EXPIRES_ON: Final = Column(
    heading="Expires on",
    parse=parse_date,
    parse_by=parse_date,
    help="The last valid day; without one the policy of the certification says.",
    required=False,
)


def _interpret(cells: Cells) -> AwardClaim:
    awarded, score = cells[AWARDED_ON], cells.get(SCORE)
    return AwardClaim(
        identifier=cells[USERNAME],
        identified_by=IdentifierKind.USERNAME,
        learner_column=USERNAME.heading,
        name=cells[CERTIFICATION],
        name_column=CERTIFICATION.heading,
        on=awarded.day,
        time=awarded.time,
        date_column=AWARDED_ON.heading,
        score=in_digits(score),
        expires_on=cells.get(EXPIRES_ON),
    )


def in_digits(score: Decimal | None) -> str | None:
    """Return a score as it is kept: a text, as every system has scores of its own."""
    return None if score is None else f"{score:f}"


def _awarded_on(certificate: Certificate, time_zone: str) -> str:
    """Return the day, or day and time where there is one that a file can say."""
    terms, at = certificate.terms, certificate.issued_at
    local = at.astimezone(ZoneInfo(time_zone))
    if at == first_instant(terms.issued_on, terms.time_zone) or local.microsecond:
        return terms.issued_on.isoformat()
    if local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset():
        return terms.issued_on.isoformat()  # the clocks showed that time twice
    return f"{local:%Y-%m-%d %H:%M:%S}"


def _rows_of(held: LearnerSnapshot) -> Iterator[tuple[str, ...]]:
    for code, each in held.certificates():
        yield (
            held.learner.username or "",
            code,
            _awarded_on(each, held.time_zone),
            score_text(each.score),
            day_text(each.last_valid_day),
        )


CIVICA: Final = Format(
    name="civica",
    title="Civica Learning certificates",
    columns=(USERNAME, CERTIFICATION, AWARDED_ON, SCORE, EXPIRES_ON),
    interpret=_interpret,
    examples=(
        ("example.learner1", "Example certification", "2024-02-29", "", ""),
        ("example.learner2", "Example certification", "2024-12-31 09:30", "87.5", "2026-12-31"),
    ),
    rows_of=_rows_of,
    exported=(
        "An export writes the certificates that count, with their last valid days. It carries one a day"
        " and certification, and none that never expires where the policy says otherwise; no"
        " microseconds, no score that is not a number from 0 to 100, no grace and no enrollments."
    ),
    claim_columns=ClaimColumns(
        identifier=USERNAME,
        identified_by=IdentifierKind.USERNAME,
        name=CERTIFICATION,
        kept=(SCORE,),
    ),
)
