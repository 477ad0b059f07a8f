"""The heart of certlib: facts, one table, one status rule.

**Facts are recorded; everything else follows.** A `Command` is decided by the row of the table for
the status that the enrollment is in. The row's guards answer questions, and its recorder makes
facts, which are stored as `Event` values and never rewritten. The fold (`replay`) says what all facts
add up to, and the status rule (`status_at`) says what that means at an instant. Time is an argument
of that rule and records nothing itself.

    facts --fold--> Enrollment --status rule, at an instant--> Status
                        |
    Command + the row of that status --> new facts, or every reason why not

Four rules keep it so:

1. Every change of an enrollment is a row of the table. There is no other way in.
2. Status is computed in one function, from facts and an instant.
3. The core does no I/O, reads no clock, zone or environment, and knows no database.
4. A guard answers a question, a recorder makes facts. Neither decides, and only the engine calls them.

Read `status`, then `rows`; then `actions`, one module an idea (`actions.exam` holds all of the exam: its
commands, facts, guards and recorders); then `events` and `fold`, `engine` and `objections`.
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
from certlib.state._guard import Guard
from certlib.state._notices import NOTICES, Audience, Notice
from certlib.state._proposals import Case, Proposal
from certlib.state._reminders import Planned, plan
from certlib.state._rows import TABLE
from certlib.state._status import Bar, Status
from certlib.state._table import ANY_STATUS, SAME, By, Row, Table, rows
from certlib.state._timeline import (
    ChangeKind,
    ChangePoint,
    Given,
    certified_spans,
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
    "Given",
    "Guard",
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
    "certified_spans",
    "counting",
    "decide",
    "differences",
    "explain",
    "fulfil",
    "outlook",
    "plan",
    "replay",
    "rows",
    "timeline",
]
