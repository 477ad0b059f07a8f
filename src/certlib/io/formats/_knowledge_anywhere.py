"""Knowledge Anywhere: assigning a certification to a list of learners, one email a line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from certlib.io.formats._claims import AssignmentClaim
from certlib.io.formats._columns import Cells, ClaimColumns, Column, Format, Repeats
from certlib.io.formats._shared import parse_email
from certlib.io.formats._snapshot import LearnerSnapshot
from certlib.ports import IdentifierKind

__all__ = ["KNOWLEDGE_ANYWHERE"]

EMAIL: Final = Column(heading="Email", parse=parse_email, help="The learner's email address.")


def _interpret(cells: Cells) -> AssignmentClaim:
    return AssignmentClaim(
        identifier=cells[EMAIL],
        identified_by=IdentifierKind.EMAIL,
        learner_column=EMAIL.heading,
        name=None,
        name_column=None,
    )


def _rows_of(held: LearnerSnapshot) -> Iterator[tuple[str, ...]]:
    # An export is of one certification.
    for enrollment in held.enrollments.values():
        if enrollment.assignments and enrollment.bar is None:
            yield (held.learner.email or "",)


KNOWLEDGE_ANYWHERE: Final = Format(
    name="knowledge-anywhere",
    title="Knowledge Anywhere assignments",
    columns=(EMAIL,),
    interpret=_interpret,
    examples=(("first.learner@example.com",), ("second.learner@example.com",)),
    repeats=Repeats.REFUSED,
    heading_may_be_absent=True,
    of_one_certification=True,
    not_carried="Which certification is assigned is an option of the import: the file does not say.",
    rows_of=_rows_of,
    exported=(
        "An export writes to whom one certification is assigned, unless their access is revoked. It carries"
        " no source or due day of the assignment, and nothing of what has been done since."
    ),
    claim_columns=ClaimColumns(
        identifier=EMAIL,
        identified_by=IdentifierKind.EMAIL,
    ),
)
