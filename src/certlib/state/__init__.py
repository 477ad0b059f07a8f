"""The heart of certlib: facts, one table, one status rule.

**Facts are recorded; everything else is computed.** The enrollment's status and the command select one
row of the table. The row's guards answer questions, and its recorder makes facts. Facts are stored as
`Event` values and never rewritten. The fold (`replay`) adds them up to an `Enrollment`, and the status
rule (`Enrollment.status_at`) computes its status at an instant. Time is an argument of that rule: nothing
is recorded when a date passes.

    facts --fold--> Enrollment --status rule, at an instant--> Status
                        |
    Command + the row of that status --> new facts, or every reason why not

Four rules hold throughout:

1. Every change of an enrollment is a row of the table.
2. One function computes the status, from facts and an instant.
3. The core does no I/O, reads no clock, zone or environment, and knows no database.
4. Guards answer questions and recorders make facts. Only the engine calls them, and it decides.

Hosts import from here and from three lists: `certlib.state.commands`, `certlib.state.facts` and
`certlib.state.guards`. To read the source, begin with `status` and `rows`; then `actions`, one module for
each idea (`actions.exam` holds the commands, facts, guards and recorders of the exam); then `events`,
`fold`, `engine` and `objections`.
"""

from certlib._reasons import Reason, ReasonKind
from certlib.state._certificates import Certificate
from certlib.state._cycles import (
    Attempt,
    AttemptOutcome,
    Cycle,
    CycleEnd,
    CycleKind,
    Due,
    FeeSettled,
    Request,
    RequestKind,
    RequestState,
    Settlement,
    StepDone,
    TestOutTaken,
)
from certlib.state._engine import Accepted, Decision, Refused, decide
from certlib.state._enrollments import Assignment, AssignmentSource, Enrollment
from certlib.state._events import Event
from certlib.state._explanation import Difference, Verdict, available, differences, explain
from certlib.state._fold import counting, replay
from certlib.state._fulfilment import fulfil
from certlib.state._guard import Guard, guard
from certlib.state._notices import NOTICES, Audience, Notice
from certlib.state._proposals import Case, Choice, Proposal
from certlib.state._reminders import Planned, plan
from certlib.state._rows import TABLE
from certlib.state._status import Bar, Status
from certlib.state._table import ANY_STATUS, SAME, By, Row, Table, rows
from certlib.state._timeline import (
    ChangeKind,
    ChangePoint,
    HistoryEntry,
    certified_on,
    certified_spans,
    gaps,
    outlook,
    timeline,
)
from certlib.state.commands import Command
from certlib.state.facts import Fact

__all__ = [
    "ANY_STATUS",
    "NOTICES",
    "SAME",
    "TABLE",
    "Accepted",
    "Assignment",
    "AssignmentSource",
    "Attempt",
    "AttemptOutcome",
    "Audience",
    "Bar",
    "By",
    "Case",
    "Certificate",
    "ChangeKind",
    "ChangePoint",
    "Choice",
    "Command",
    "Cycle",
    "CycleEnd",
    "CycleKind",
    "Decision",
    "Difference",
    "Due",
    "Enrollment",
    "Event",
    "Fact",
    "FeeSettled",
    "Guard",
    "HistoryEntry",
    "Notice",
    "Planned",
    "Proposal",
    "Reason",
    "ReasonKind",
    "Refused",
    "Request",
    "RequestKind",
    "RequestState",
    "Row",
    "Settlement",
    "Status",
    "StepDone",
    "Table",
    "TestOutTaken",
    "Verdict",
    "available",
    "certified_on",
    "certified_spans",
    "counting",
    "decide",
    "differences",
    "explain",
    "fulfil",
    "gaps",
    "guard",
    "outlook",
    "plan",
    "replay",
    "rows",
    "timeline",
]
