"""The golden grid and the golden table: the rules of the table, written down by hand, once.

Whoever adds a row to `certlib.state._rows` adds its line here. Nothing in this module is read off
certlib, so that a slip in one shows in the other; every other test that has to know the rows, their
statuses, their roles or the counts of any of them reads them here. Statuses, commands, roles,
guards, facts and notices are given by their public names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from attrs import frozen

__all__ = [
    "ACTIONS",
    "CELLS",
    "FOOTNOTES",
    "GOLDEN",
    "STANDINGS",
    "Expanded",
    "Golden",
    "expanded",
    "golden_grid",
    "lines_of",
]

# --- the grid --------------------------------------------------------------------

ACTIONS: Final = (
    "override_payment",
    "override_training",
    "override_exam",
    "revoke_access",
    "force_recertification",
    "permanently_revoke",
    "restore_access",
    "remove",
)

CELLS: Final[Mapping[str, str]] = {
    #                   payment training exam revoke force permanently restore remove
    "assigned":         "-       -        -    -      -     -           -       Y2",
    "not_started":      "Y1      -        -    Y      -     -           -       Y2",
    "in_progress":      "Y3      Y        Y6   Y      -     -           -       -",
    "pending_approval": "-       Y        Y6   Y      -     -           -       -",
    "certified":        "-       -        -    -      Y5    Y           -       -",
    "expired":          "-       -        -    Y      Y5    -           -       -",
    "lapsed":           "-       -        -    Y      Y5    -           -       -",
    "recertifying":     "Y4      Y        Y6   Y      -     -           -       -",
    "revoked":          "-       -        -    -      -     -           -       -",
    "disallowed":       "-       -        -    -      -     -           Y       -",
}  # fmt: skip
"""Y available, - not available, Yn only while the guards of footnote n hold."""

FOOTNOTES: Final[Mapping[str, tuple[str, ...]]] = {
    "1": ("certification_fee_is_open",),
    "2": ("every_assignment_is_manual",),
    "3": ("exam_fee_is_open", "exam_is_not_started"),
    "4": ("recertification_fee_is_open",),
    "5": ("version_is_published",),
    "6": ("version_has_an_exam",),
}


def golden_grid() -> dict[str, dict[str, list[str] | None]]:
    """Return the guards of every cell, by status and action; None: not available."""
    return {
        status: dict(zip(ACTIONS, map(_guards_of, cells.split()), strict=True))
        for status, cells in CELLS.items()
    }


def _guards_of(cell: str) -> list[str] | None:
    return None if cell == "-" else list(FOOTNOTES.get(cell.removeprefix("Y"), ()))


# --- the table: rows 1 to 39 -----------------------------------------------------------------

TEN: Final = tuple(CELLS)
STANDINGS: Final = ("none", *TEN)
"""Every status, and none."""
STARTED = "in_progress pending_approval recertifying"
WORKING = "in_progress recertifying"

K = "learner_is_active certification_is_active version_is_published"
"""K of R10, by the codes of the refusals."""
BEGINS = "version_is_published version_begins_cycles"
"""A published version, and not one by which the certification is only awarded (an invariant)."""
COUNTS = "cycle_fee_is_settled deadline_is_ahead"
"""Fee settled (R4), and R5."""
EXTENDABLE = "certificate_is_not_revoked certificate_expires new_day_is_later"

FINISH: Final = {
    "in_progress": "in_progress pending_approval certified",
    "recertifying": "recertifying pending_approval certified",
    "pending_approval": "pending_approval certified",
}
"""R2. What else is given leaves what waits for approval waiting: nothing leads back from there."""
APPROVED: Final = {
    "in_progress": "in_progress",
    "recertifying": "recertifying",
    "pending_approval": "pending_approval certified",
}
DENIED: Final = {
    "in_progress": "in_progress",
    "recertifying": "recertifying",
    "pending_approval": "in_progress recertifying",
}
ENDED_UNSTARTED = "none certified expired lapsed revoked"
"""Row 32; Certified, where a strike or an award entered late dated a certificate that was over again."""


@frozen(kw_only=True)
class Golden:
    """One row of the rules, in all its statuses."""

    number: int
    name: str
    statuses: tuple[str, ...]
    command: str
    roles: frozenset[str]
    himself: bool
    guards: tuple[str, ...]
    to: Mapping[str, frozenset[str]]
    facts: tuple[str, ...]
    late: bool
    tells: str | None
    """The notice that comes with it; that of a certificate comes besides."""

    @property
    def title(self) -> str:
        """Its number and its name."""
        return f"{self.number} {self.name}"


@frozen(kw_only=True)
class Expanded:
    """One row of the rules in one status."""

    number: int
    name: str
    status: str
    command: str
    roles: frozenset[str]
    himself: bool
    guards: tuple[str, ...]
    to: frozenset[str]
    facts: tuple[str, ...]
    late: bool
    tells: str | None

    @property
    def title(self) -> str:
        """What its worked example is called."""
        return f"{self.number} {self.name} while {self.status}"


def _line(  # noqa: PLR0917 (a line of the table reads from left to right)
    number: int,
    name: str,
    statuses: str,
    command: str,
    roles: str,
    guards: str,
    to: str | Mapping[str, str],
    facts: str,
    *,
    tells: str | None = None,
    himself: bool = True,
    late: bool = False,
) -> Golden:
    """Read one line; ``to`` may be "same", and may differ by status."""
    within = tuple(statuses.split())
    where = dict.fromkeys(within, to) if isinstance(to, str) else to
    return Golden(
        number=number,
        name=name,
        statuses=within,
        command=command,
        roles=frozenset(roles.split()),
        himself=himself,
        guards=tuple(guards.split()),
        to={s: frozenset(where.get(s, "same").replace("same", s).split()) for s in within},
        facts=tuple(facts.split()),
        late=late,
        tells=tells,
    )


EACH = " ".join(TEN)

GOLDEN: Final[tuple[Golden, ...]] = (
    _line(
        1, "assign", "none", "assign", "admin system", K, "assigned", "assignment_added",
        tells="assigned",
    ),
    _line(
        2, "enroll", "none", "enroll", "learner system",
        f"access_is_open {K} version_begins_cycles learner_is_eligible",
        "not_started", "assignment_added cycle_began",
    ),
    _line(
        3, "request access", "none", "request_access", "learner",
        f"access_is_by_request {K} version_begins_cycles no_access_request_is_open",
        "none", "access_requested", tells="access_requested",
    ),
    _line(
        4, "approve access", "none", "approve_access", "approver",
        f"access_request_is_open {K} version_begins_cycles",
        "not_started", "access_approved assignment_added cycle_began",
        tells="access_approved", himself=False,
    ),
    _line(
        5, "deny access", "none", "deny_access", "approver",
        "access_request_is_open", "none", "access_denied", tells="access_denied", himself=False,
    ),
    _line(
        6, "enroll when assigned", "assigned", "enroll", "learner system",
        f"{K} version_begins_cycles", "not_started", "cycle_began",
    ),
    _line(
        7, "assign again", EACH, "assign", "admin system",
        "learner_is_active assignment_is_new", "same", "assignment_added",
    ),
    _line(
        8, "override payment", "not_started", "override_payment", "admin",
        "certification_fee_is_open fee_is_of_the_status", "same", "fee_waived",
        tells="fee_waived", himself=False,
    ),
    _line(
        9, "record payment", f"not_started {STARTED} expired lapsed", "record_payment", "system",
        "fee_is_open", "same", "fee_paid",
    ),
    _line(
        10, "start", "not_started", "start", "learner system",
        "learner_is_active cycle_fee_is_settled", "in_progress", "cycle_started",
    ),
    _line(
        11, "complete step", STARTED, "complete_step", "system",
        f"step_is_open path_is_of_the_step {COUNTS}", FINISH, "step_completed",
    ),
    _line(
        12, "submit evidence", WORKING, "submit_evidence", "learner",
        f"step_is_open path_is_external no_evidence_is_waiting {COUNTS}",
        {
            "in_progress": "in_progress pending_approval",
            "recertifying": "recertifying pending_approval",
        },
        "evidence_submitted", tells="evidence_submitted",
    ),
    _line(
        13, "approve evidence", STARTED, "approve_evidence", "approver",
        "request_is_open", APPROVED, "evidence_approved", tells="evidence_approved", himself=False,
    ),
    _line(
        14, "deny evidence", STARTED, "deny_evidence", "approver",
        "request_is_open", DENIED, "evidence_denied", tells="evidence_denied", himself=False,
    ),
    _line(
        15, "record test-out", STARTED, "record_test_out", "system",
        f"step_is_open path_is_test_out test_out_is_not_taken {COUNTS}",
        FINISH, "test_out_recorded",
    ),
    _line(
        16, "record exam", WORKING, "record_exam", "system",
        "version_has_an_exam exam_is_open attempts_are_left cool_down_is_over"
        f" exam_fee_is_settled steps_are_done {COUNTS}",
        FINISH, "exam_attempted", tells="exam_recorded",
    ),
    _line(
        17, "approve exam", STARTED, "approve_exam", "approver",
        "request_is_open", APPROVED, "exam_approved", tells="exam_approved", himself=False,
    ),
    _line(
        18, "deny exam", STARTED, "deny_exam", "approver",
        "request_is_open", DENIED, "exam_denied", tells="exam_denied", himself=False,
    ),
    _line(
        19, "request attempts", WORKING, "request_attempts", "learner",
        "version_has_an_exam exam_is_open attempts_are_used_up no_attempts_request_is_open",
        "same", "attempts_requested", tells="attempts_requested",
    ),
    _line(
        20, "grant attempts", WORKING, "grant_attempts", "approver",
        "request_is_open", "same", "attempts_granted", tells="attempts_granted", himself=False,
    ),
    _line(
        20, "deny attempts", WORKING, "deny_attempts", "approver",
        "request_is_open", "same", "attempts_denied", tells="attempts_denied", himself=False,
    ),
    _line(
        21, "override training", STARTED, "override_training", "admin",
        "", FINISH, "training_overridden", tells="training_overridden", himself=False,
    ),
    _line(
        22, "override exam", STARTED, "override_exam", "admin",
        "version_has_an_exam", FINISH, "exam_overridden", tells="exam_overridden", himself=False,
    ),
    _line(
        23, "override exam payment", "in_progress", "override_payment", "admin",
        "exam_fee_is_open exam_is_not_started fee_is_of_the_status",
        "same", "fee_waived", tells="fee_waived", himself=False,
    ),
    _line(
        24, "override recertification payment", "recertifying", "override_payment", "admin",
        "recertification_fee_is_open fee_is_of_the_status", "same", "fee_waived",
        tells="fee_waived", himself=False,
    ),
    _line(
        25, "start recertification", "certified", "start_recertification", "learner system",
        f"learner_is_active window_is_open {BEGINS} deadline_is_ahead",
        "recertifying", "cycle_began",
    ),
    _line(
        26, "start recertification late", "expired lapsed", "start_recertification",
        "learner system",
        f"learner_is_active {BEGINS} reinstatement_fee_is_settled deadline_is_ahead",
        "recertifying", "cycle_began",
    ),
    _line(
        27, "start recertification after revocation", "revoked", "start_recertification",
        "learner admin",
        f"learner_is_active {BEGINS}", "recertifying not_started", "bar_lifted cycle_began",
    ),
    _line(
        28, "force recertification", "certified expired lapsed", "force_recertification", "admin",
        BEGINS, "recertifying", "recertification_forced cycle_began",
        tells="recertification_forced",
    ),
    _line(
        29, "permanently revoke", "certified", "permanently_revoke", "admin",
        "", "disallowed", "permanently_revoked", tells="permanently_revoked",
    ),
    _line(
        30, "restore access", "disallowed", "restore_access", "admin",
        "", "revoked", "access_restored", tells="access_restored",
    ),
    _line(
        31, "revoke access", f"not_started {STARTED} expired lapsed", "revoke_access", "admin",
        "", "revoked", "cycle_ended access_revoked", tells="access_revoked",
    ),
    _line(
        32, "remove", "assigned not_started", "remove", "admin",
        "every_assignment_is_manual",
        {"assigned": "none", "not_started": ENDED_UNSTARTED}, "cycle_ended removed",
        tells="removed",
    ),
    _line(
        33, "unassign", EACH, "unassign", "admin system",
        "assignment_exists",
        {"assigned": "same none", "not_started": f"same {ENDED_UNSTARTED}"},
        "assignment_dropped cycle_ended", tells="unassigned",
    ),
    _line(
        34, "award", f"none assigned not_started {STARTED} certified expired lapsed", "award",
        "admin system",
        "version_was_published no_certificate_of_that_instant last_valid_day_is_given"
        " last_valid_day_is_not_before_the_date",
        "certified", "certificate_awarded", tells="certified", himself=False, late=True,
    ),
    _line(
        35, "extend certificate", "certified expired lapsed recertifying", "extend_certificate",
        "admin",
        EXTENDABLE,
        {"expired": "expired certified", "lapsed": "lapsed expired certified"},
        "certificate_extended", tells="certificate_extended", himself=False,
    ),
    _line(
        35, "extend certificate while approvals wait", "pending_approval", "extend_certificate",
        "admin",
        f"cycle_is_a_recertification {EXTENDABLE}", "same", "certificate_extended",
        tells="certificate_extended", himself=False,
    ),
    _line(
        36, "extend deadline", f"not_started {STARTED}", "extend_deadline", "admin",
        "deadline_is_there new_deadline_is_later", "same", "deadline_extended",
        tells="deadline_extended", himself=False,
    ),
    _line(  # beforehand is while it is ahead: what is over is over (R5, worked example E57)
        36, "extend deadline beforehand", "certified expired lapsed", "extend_deadline", "admin",
        "deadline_is_there deadline_is_ahead new_deadline_is_later",
        "same", "next_deadline_extended", tells="deadline_extended", himself=False,
    ),
    _line(
        37, "strike", f"none {EACH}", "strike", "admin system",
        "entry_can_be_struck nothing_rests_on_it", f"none {EACH}", "entry_struck",
    ),
    _line(
        38, "abandon recertification", "recertifying", "abandon_recertification", "learner admin",
        "certificate_is_not_revoked", "certified expired lapsed", "cycle_ended",
    ),
    _line(
        38, "abandon recertification while approvals wait", "pending_approval",
        "abandon_recertification", "learner admin",
        "cycle_is_a_recertification certificate_is_not_revoked",
        "certified expired lapsed", "cycle_ended",
    ),
    _line(
        39, "move to version", EACH, "move_to_version", "admin",
        "version_can_be_chosen version_is_another_one version_takes_the_cycle",
        {
            "in_progress": "in_progress pending_approval certified",
            "recertifying": "recertifying pending_approval certified",
            "pending_approval": "in_progress recertifying pending_approval certified",
            "expired": "expired certified lapsed",
            "lapsed": "lapsed expired certified",
        },
        "certificate_redated cycle_moved version_chosen", tells="version_changed",
    ),
)  # fmt: skip


def expanded() -> tuple[Expanded, ...]:
    """Return one row per line and status, in order."""
    return tuple(
        Expanded(
            number=line.number,
            name=line.name,
            status=status,
            command=line.command,
            roles=line.roles,
            himself=line.himself,
            guards=line.guards,
            to=line.to[status],
            facts=line.facts,
            late=line.late,
            tells=line.tells,
        )
        for line in GOLDEN
        for status in line.statuses
    )


def lines_of(command: str) -> tuple[Golden, ...]:
    """Return the lines of a command."""
    return tuple(line for line in GOLDEN if line.command == command)
