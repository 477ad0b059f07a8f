"""The mutants that nothing can kill, and why: what their table says otherwise never comes to bear."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

__all__ = ["EQUIVALENT"]

_NO_CYCLE: Final = "no cycle is open in this status"
_NO_CERTIFICATE: Final = "who is Assigned has no certificate that is not struck"
_REVOKED: Final = "a newest certificate that is revoked makes the status Revoked"
_NEVER_OVER: Final = "a certificate that never expires is never over"
_EARLIER: Final = "a certificate of that very instant decides the status then, and no cycle that begins after it is initial"
_STILL_VALID: Final = "a certificate is not over at the instant at which it is issued (T3c)"
_STAYS_REVOKED: Final = (
    "whoever is barred has no certificate, or one that is revoked; that is not dated again (P13)"
)
_TAKES_A_CYCLE: Final = (
    "a version is noted as chosen only where no cycle is open; here one is, and it is moved (R14)"
)
_ENDS_NO_CYCLE: Final = "losing the last source ends an enrollment only from Assigned and Not Started, and only there is a cycle that is not started (rows 32 and 33)"
_ANY_ROW: Final = "whether a command may be late is asked before its status then is known: any row of it says so (T5)"
_WHERE_NO_CYCLE: Final = "certified expired lapsed revoked disallowed"

_GUARDS: Final[tuple[tuple[str, str, str, str], ...]] = (
    ("34 award", "none assigned not_started in_progress", "no_certificate_of_that_instant", _EARLIER),
    ("34 award", "expired lapsed", "no_certificate_of_that_instant", _STILL_VALID),
    ("35 extend certificate", "certified expired lapsed", "certificate_is_not_revoked", _REVOKED),
    ("35 extend certificate", "expired lapsed", "certificate_expires", _NEVER_OVER),
    (
        "39 move to version", "assigned", "version_is_another_one",
        "there is neither a cycle nor a certificate, so there is no version to be at",
    ),
    ("39 move to version", f"assigned {_WHERE_NO_CYCLE}", "version_takes_the_cycle", _NO_CYCLE),
)  # fmt: skip
"""Guards that always hold where they are asked: row, statuses, guard, and why."""

_FACTS: Final[tuple[tuple[str, str, str, str], ...]] = (
    ("31 revoke access", "expired lapsed", "cycle_ended", _NO_CYCLE),
    ("32 remove", "assigned", "cycle_ended", _NO_CYCLE),
    (
        "33 unassign", f"assigned in_progress pending_approval recertifying {_WHERE_NO_CYCLE}",
        "cycle_ended", _ENDS_NO_CYCLE,
    ),
    ("39 move to version", "assigned", "certificate_redated", _NO_CERTIFICATE),
    ("39 move to version", "revoked disallowed", "certificate_redated", _STAYS_REVOKED),
    ("39 move to version", f"assigned {_WHERE_NO_CYCLE}", "cycle_moved", _NO_CYCLE),
    (
        "39 move to version", "not_started in_progress pending_approval recertifying",
        "version_chosen", _TAKES_A_CYCLE,
    ),
)  # fmt: skip
"""Facts that a row declares for other statuses, and cannot record in these."""

_LATE: Final = (
    "none assigned not_started in_progress pending_approval certified expired lapsed recertifying"
)


def _listed() -> Iterator[tuple[str, str]]:
    for row, statuses, what, reason in (*_GUARDS, *_FACTS):
        for status in statuses.split():
            yield f"{row} while {status}: without {what}", reason
    for status in _LATE.split():
        yield f"award while {status}: not late", _ANY_ROW


EQUIVALENT: Final[Mapping[str, str]] = dict(_listed())
"""Every one, by its name, and why nothing can kill it."""
