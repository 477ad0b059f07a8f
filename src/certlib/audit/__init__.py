"""Audit: find stored enrollments that break a law, and say what would mend them.

`audit` checks one `Record`: an enrollment as it is stored, its history, and what the host knows about the
learner and the certification. It returns a `Finding` for every breach: where it is, what was found and
expected, and what would mend it. `preview_mend` says what a mend would change. Nothing here writes. To
apply a mend, give its command or store the enrollment.
"""

from certlib.audit._auditing import LAWS, MendPreview, audit, preview_mend
from certlib.audit._examined import Breach, Examined
from certlib.audit._law import Law
from certlib.audit._record import (
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
    "LAWS",
    "Breach",
    "ByHand",
    "Examined",
    "Finding",
    "GiveCommand",
    "Index",
    "Law",
    "Mend",
    "MendPreview",
    "Record",
    "RefreshIndex",
    "StoreReplayed",
    "audit",
    "preview_mend",
]
