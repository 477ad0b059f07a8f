"""Go1: import of enrollments, with how far the learner has come in each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from certlib.io._tables.cells import Flaw, parse_date, parse_number, parse_yes
from certlib.io.formats._claims import EnrollmentClaim, EnrollmentState
from certlib.io.formats._columns import Cells, ClaimColumns, Column, Format, Repeats, RowFlaw
from certlib.io.formats._shared import day_text, parse_email, score_text
from certlib.io.formats._snapshot import LearnerSnapshot
from certlib.learners import normal_identifier
from certlib.periods import day_in
from certlib.ports import IdentifierKind
from certlib.state import AssignmentSource, Enrollment

__all__ = ["GO1"]

ASSIGNED: Final = "assigned"
SELF_DIRECTED: Final = "self-directed"


def _type(text: str) -> str | Flaw:
    kind = normal_identifier(text)
    if kind in {ASSIGNED, SELF_DIRECTED}:
        return kind
    return Flaw(code="bad_value", message=f"expected {ASSIGNED} or {SELF_DIRECTED}")


def _state(text: str) -> EnrollmentState | Flaw:
    state = normal_identifier(text)
    if state in set(EnrollmentState):
        return EnrollmentState(state)
    return Flaw(code="bad_value", message=f"expected one of {', '.join(EnrollmentState)}")


USER: Final = Column(heading="user", parse=parse_email, help="The learner's email address.")
OBJECT: Final = Column[str](
    heading="learning object", parse=str, help="The code or name of the certification."
)
TYPE: Final = Column(heading="enrollment type", parse=_type, help=f"{ASSIGNED} or {SELF_DIRECTED}.")
STATUS: Final = Column(heading="status", parse=_state, help=f"{', '.join(EnrollmentState)}.")
RESULT: Final = Column(
    heading="result",
    parse=parse_number,
    help="From 0 to 100; only of what is completed.",
    required=False,
)
PASS: Final = Column(
    heading="pass", parse=parse_yes, help="yes or no; only of what is completed.", required=False
)
START: Final = Column(
    heading="start date",
    parse=parse_date,
    parse_by=parse_date,
    help="Only of what is in progress or completed.",
    required=False,
)
END: Final = Column(
    heading="end date",
    parse=parse_date,
    parse_by=parse_date,
    help="Needed of what is completed, and only of that.",
    required=False,
)
DUE: Final = Column(
    heading="due date",
    parse=parse_date,
    parse_by=parse_date,
    help="The last day to finish; without one the policy of the certification says.",
    required=False,
)


def _interpret(cells: Cells) -> EnrollmentClaim | RowFlaw:
    flaw = _misfit(cells)
    if flaw is not None:
        return flaw
    return EnrollmentClaim(
        identifier=cells[USER],
        identified_by=IdentifierKind.EMAIL,
        learner_column=USER.heading,
        name=cells[OBJECT],
        name_column=OBJECT.heading,
        state=cells[STATUS],
        assigned=cells[TYPE] == ASSIGNED,
        started_on=cells.get(START),
        start_column=START.heading,
        completed_on=cells.get(END),
        date_column=END.heading,
        due_on=cells.get(DUE),
        result=cells.get(RESULT),
    )


def _misfit(cells: Cells) -> RowFlaw | None:
    """Return the first cell that does not fit the status (the field rules of F7)."""
    state, start, end = cells[STATUS], cells.get(START), cells.get(END)
    if state is not EnrollmentState.COMPLETED:
        for column in (RESULT, PASS, END):
            if cells.get(column) is not None:
                return _wrong(column, f"what is {state} has no {column.heading}")
    if state is EnrollmentState.NOT_STARTED and start is not None:
        return _wrong(START, f"what is {state} has no {START.heading}")
    if state is EnrollmentState.COMPLETED:
        if end is None:
            message = f"{END.heading} is empty, and it is {state}"
            return RowFlaw(code="missing_value", message=message, column=END.heading)
        if start is not None and start > end:
            return _wrong(END, "it ends before it starts")
        if cells.get(PASS) is False:
            return _wrong(PASS, "what was completed without a pass certifies nobody")
    return None


def _wrong(column: Column[object], message: str) -> RowFlaw:
    return RowFlaw(code="bad_value", message=message, column=column.heading)


BY_OTHERS: Final = frozenset(
    {AssignmentSource.MANUAL, AssignmentSource.IMPORT, AssignmentSource.RULE}
)
"""The sources of assignments that learners did not ask for themselves."""


def _rows_of(held: LearnerSnapshot) -> Iterator[tuple[str, ...]]:
    for code, enrollment in held.enrollments.items():
        cells = _state_of(enrollment, held.zones[code])
        if cells is not None:
            yield held.learner.email or "", code, *cells


def _state_of(enrollment: Enrollment, zone: str) -> tuple[str, ...] | None:
    """Return the cells after the learning object; None for what these states cannot say."""
    cycle, newest = enrollment.open_cycle, enrollment.newest_certificate
    is_revoked = cycle is None and newest is not None and newest.revoked_at is not None
    if enrollment.bar is not None or is_revoked:
        return None
    if cycle is None and newest is not None:
        issued_on, score = newest.terms.issued_on.isoformat(), score_text(newest.score)
        return SELF_DIRECTED, EnrollmentState.COMPLETED.value, score, "yes", "", issued_on, ""
    if cycle is None and not enrollment.assignments:
        return None
    by_others = any(each.source in BY_OTHERS for each in enrollment.assignments)
    kind = ASSIGNED if by_others else SELF_DIRECTED
    due_on = day_text(enrollment.due.day if enrollment.due else None)
    if cycle is None or cycle.started_at is None:
        return kind, EnrollmentState.NOT_STARTED.value, "", "", "", "", due_on
    began_on = day_text(day_in(zone, cycle.started_at))
    return kind, EnrollmentState.IN_PROGRESS.value, "", "", began_on, "", due_on


GO1: Final = Format(
    name="go1",
    title="Go1 enrollments",
    columns=(USER, OBJECT, TYPE, STATUS, RESULT, PASS, START, END, DUE),
    interpret=_interpret,
    examples=(
        (
            "first.learner@example.com",
            "Example certification",
            ASSIGNED,
            "not-started",
            "",
            "",
            "",
            "",
            "2024-12-31",
        ),
        (
            "second.learner@example.com",
            "Example certification",
            SELF_DIRECTED,
            "completed",
            "87",
            "yes",
            "2024-02-01",
            "2024-02-29",
            "",
        ),
    ),
    repeats=Repeats.REFUSED,
    not_carried="Of what is completed, the type, the start date and the due date are checked and not kept.",
    rows_of=_rows_of,
    exported=(
        "An export writes one row for each enrollment: completed, where the newest certificate counts and"
        " nothing is open; else in progress or not started. It carries no revocations, no certificate"
        " beside a recertification that is open, no last valid days, and no steps that are done; of what"
        " is completed, no start and no due date."
    ),
    claim_columns=ClaimColumns(
        identifier=USER,
        identified_by=IdentifierKind.EMAIL,
        name=OBJECT,
        kept=(RESULT,),
    ),
)
