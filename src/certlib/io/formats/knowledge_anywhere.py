"""Knowledge Anywhere: assigning a certification to a list of learners, one email a line."""

from __future__ import annotations

from typing import Final

from certlib.io.columns import Cells, Column, Format, Repeats
from certlib.io.formats.shared import parse_email
from certlib.io.wanted import AssignmentWanted
from certlib.ports import IdentifierKind

__all__ = ["KNOWLEDGE_ANYWHERE"]

EMAIL: Final = Column(heading="Email", parse=parse_email, help="The learner's email address.")


def _interpret(cells: Cells) -> AssignmentWanted:
    return AssignmentWanted(
        identifier=cells[EMAIL],
        identified_by=IdentifierKind.EMAIL,
        learner_column=EMAIL.heading,
        name=None,
        name_column=None,
    )


KNOWLEDGE_ANYWHERE: Final = Format(
    name="knowledge-anywhere",
    title="Knowledge Anywhere assignments",
    columns=(EMAIL,),
    interpret=_interpret,
    examples=(("first.learner@example.com",), ("second.learner@example.com",)),
    repeats=Repeats.REFUSED,
    heading_may_be_absent=True,
    not_carried="Which certification is assigned is an option of the import: the file does not say.",
)
