"""Audit: which stored enrollments break an invariant, and what would mend them.

`audit` holds one `Record` - an enrollment as it is stored, its history, and what the host knows about
the learner and the certification - against every invariant, and returns what it finds. Each `Finding`
says where, what was found, what was expected, and what would mend it. `preview` says what a mend
would change. Nothing here writes: a mend is done by whoever wants it done, by giving the command or
storing the enrollment.
"""

from certlib.audit.auditing import INVARIANTS, Preview, audit, preview
from certlib.audit.invariant import Examined, Found, Invariant
from certlib.audit.record import (
    ByHand,
    Finding,
    GiveCommand,
    Index,
    Mend,
    Record,
    RefreshIndex,
    StoreReplayed,
)

__all__ = [
    "INVARIANTS",
    "ByHand",
    "Examined",
    "Finding",
    "Found",
    "GiveCommand",
    "Index",
    "Invariant",
    "Mend",
    "Preview",
    "Record",
    "RefreshIndex",
    "StoreReplayed",
    "audit",
    "preview",
]
