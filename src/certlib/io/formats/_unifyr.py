"""Unifyr One: bulk import of training progress (modules, courses and certifications)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from certlib.io._tables.cells import Flaw, parse_date
from certlib.io.formats._claims import AwardClaim, CompletionClaim
from certlib.io.formats._columns import Cells, ClaimColumns, Column, Format
from certlib.io.formats._shared import parse_email
from certlib.io.formats._snapshot import LearnerSnapshot
from certlib.learners import normal_identifier
from certlib.ports import IdentifierKind
from certlib.trainings import TrainingKind

__all__ = ["UNIFYR"]

CERTIFICATION: Final = "certification"


def _training_type(text: str) -> str | Flaw:
    kind = normal_identifier(text)
    if kind in {*TrainingKind, CERTIFICATION}:
        return kind
    return Flaw(code="unknown_training_type", message="expected module, course or certification")


EMAIL: Final = Column[str](
    heading="Email",
    parse=parse_email,
    help="The learner's email address.",
)
TRAINING_TYPE: Final = Column[str](
    heading="Training Type",
    parse=_training_type,
    help="module, course or certification.",
)
NAME: Final = Column[str](
    heading="Name",
    parse=str,
    help="The code, external id or name of the module, course or certification.",
)
DATE: Final = Column(
    heading="Date (yyyy-mm-dd)",
    parse=parse_date,
    parse_by=parse_date,
    help="The day on which the learner completed it.",
)

KINDS: Final[Mapping[str, TrainingKind | None]] = {
    **{kind.value: kind for kind in TrainingKind},
    CERTIFICATION: None,
}


def _interpret(cells: Cells) -> CompletionClaim | AwardClaim:
    kind = KINDS[cells[TRAINING_TYPE]]
    if kind is None:
        return AwardClaim(
            identifier=cells[EMAIL],
            identified_by=IdentifierKind.EMAIL,
            learner_column=EMAIL.heading,
            name=cells[NAME],
            name_column=NAME.heading,
            on=cells[DATE],
            date_column=DATE.heading,
        )
    return CompletionClaim(
        identifier=cells[EMAIL],
        identified_by=IdentifierKind.EMAIL,
        learner_column=EMAIL.heading,
        kind=kind,
        name=cells[NAME],
        name_column=NAME.heading,
        on=cells[DATE],
        date_column=DATE.heading,
    )


def _rows_of(held: LearnerSnapshot) -> Iterator[tuple[str, ...]]:
    # By day, and of one day in the order in which an import records them.
    of_days = {(each.terms.issued_on, 0, CERTIFICATION, code) for code, each in held.certificates()}
    for each in held.transcript.completions:
        kind = held.kinds.get(each.training, TrainingKind.COURSE)
        order = 1 if kind is TrainingKind.COURSE else 2
        of_days.add((each.day_in(held.time_zone), order, kind.value, each.training))
    for day, _, kind_name, code in sorted(of_days):
        yield held.learner.email or "", kind_name, code, day.isoformat()


UNIFYR: Final = Format(
    name="unifyr",
    title="Unifyr One training progress",
    columns=(EMAIL, TRAINING_TYPE, NAME, DATE),
    interpret=_interpret,
    examples=(
        ("first.learner@example.com", "course", "Example course", "2024-02-29"),
        ("second.learner@example.com", "certification", "Example certification", "2024-12-31"),
    ),
    rows_of=_rows_of,
    exported=(
        "An export writes completions, and the days of certificates that count; codes stand for names."
        " It carries no last valid days, scores, enrollments or times of day, and leaves out completions"
        " whose import would lead to more than there is."
    ),
    claim_columns=ClaimColumns(
        identifier=EMAIL,
        identified_by=IdentifierKind.EMAIL,
        kind=TRAINING_TYPE,
        kinds=KINDS,
        name=NAME,
        on=DATE,
    ),
)
