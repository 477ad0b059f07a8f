"""Situations: real enrollments, told as short dated texts, for every row and every guard.

A *world* names the rules, as words joined by plus signs, with a bar before those of a second version
that is published on 1 June 2025: ``exam+held | two_years``. A *tale* names what was done, as commands
joined by semicolons, each with its date where time has passed::

    2025-01-01 enroll; start; 2025-02-01 submit_evidence step=course

Ann is the learner; every command is given by whom it is usual to be given by, unless ``by=`` says
otherwise. ``use +word`` and ``use -word`` change the rules from then on, ``inactive`` deactivates
Ann, ``wait`` only lets time pass. ``request=waiting`` is the one request that waits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, Final

from attrs import evolve, frozen

from certlib.actors import Role
from certlib.certifications import (
    Access,
    Certification,
    Curriculum,
    Exam,
    External,
    Online,
    Path,
    Step,
    TestOut,
    Version,
    VersionState,
)
from certlib.learners import Learner
from certlib.periods import Period
from certlib.policies import (
    ANY_TIME,
    Approval,
    Deadlines,
    ExamRules,
    Fee,
    Fees,
    Forever,
    FromCompletion,
    FromExpiry,
    Grace,
    InitialDeadline,
    PerCertificate,
    Policy,
    Recertification,
    RecertificationDeadline,
    Validity,
)
from certlib.policies._recertification import Window
from certlib.requirements import Completed
from certlib.state import TABLE, Command, Decision, Status, Table
from certlib.state._enrollments import AssignmentSource
from tests.state.golden_table import expanded
from tests.state.story import Story

__all__ = [
    "ASKS",
    "EXAMPLES",
    "FIRST",
    "IMPOSSIBLE",
    "NEVER_STRUCK",
    "NEVER_WITHOUT",
    "OBSTACLES",
    "STRIKES",
    "TALES",
    "TOGETHER_NEVER",
    "USUAL",
    "Asked",
    "Example",
    "Obstacle",
    "Situation",
    "Struck",
    "asked",
    "before",
    "command",
    "filled",
    "is_possible",
    "realized",
    "told",
    "word",
]

ANN: Final = Learner(id="ann", manager_id="max", organization="north")


# --- worlds ---------------------------------------------------------------------------------------


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


WORDS: Final = _words(
    "by_request assigned_only closed eligibility unpublished draft awarded_only forever from_expiry"
    " two_years no_grace long_grace window fee_certification fee_exam fee_recertification"
    " fee_reinstatement exam held one_attempt cool_down steps_first due hard no_due kiritimati"
    " pago_pago last_day admins_approve two_attempts drill online_only no_course"
)
CODE: Final = "CERT-1"
LIMITS: Final = {"one_attempt": 1, "two_attempts": 2}
PATHS: Final[Mapping[str, tuple[Path, ...]]] = {
    "course": (
        Online(requires=Completed(training="COURSE")), External(), TestOut(code="course-test"),
    ),
    "drill": (
        Online(requires=Completed(training="DRILL")), External(), TestOut(code="drill-test"),
    ),
}  # fmt: skip


def _validity(words: frozenset[str]) -> Validity:
    if "forever" in words:
        return Forever()
    if "awarded_only" in words:
        return PerCertificate()
    if "from_expiry" in words:
        return FromExpiry(period=Period.parse("P1Y"))
    return FromCompletion(period=Period.parse("P2Y" if "two_years" in words else "P1Y"))


def _policy(words: frozenset[str]) -> Policy:
    window: Window = ANY_TIME
    if words & {"window", "last_day"}:
        window = Period.parse("P3M") if "window" in words else Period()
    zones = {"kiritimati": "Pacific/Kiritimati", "pago_pago": "Pacific/Pago_Pago"}
    hard = "hard" in words
    grace = "P1Y" if "long_grace" in words else "P30D"
    return Policy(
        time_zone=next((zone for word, zone in zones.items() if word in words), "UTC"),
        validity=_validity(words),
        grace=Grace(period=Period() if "no_grace" in words else Period.parse(grace)),
        recertification=Recertification(window=window),
        fees=Fees(
            certification="fee_certification" in words,
            exam="fee_exam" in words,
            recertification="fee_recertification" in words,
            reinstatement="fee_reinstatement" in words,
        ),
        exam=ExamRules(
            attempts=next((n for word, n in LIMITS.items() if word in words), None),
            cool_down=Period.parse("P10Y") if "cool_down" in words else Period(),
            steps_first="steps_first" in words,
            approval="held" in words,
        ),
        approval=Approval(roles=(Role.ADMIN,)) if "admins_approve" in words else Approval(),
        deadlines=Deadlines(
            initial=InitialDeadline(
                due=Period.parse("P60D") if words & {"hard", "due"} else None, hard=hard
            ),
            recertification=RecertificationDeadline(
                due=None if "no_due" in words else Period(), hard=hard
            ),
        ),
    )


def _version(number: int, words: frozenset[str]) -> Version:
    unknown = words - WORDS
    assert not unknown, unknown
    wanted = ["course"] * ("no_course" not in words) + ["drill"] * ("drill" in words)
    ways = 1 if "online_only" in words else 3
    curriculum = Curriculum(
        steps=tuple(Step(code=step, paths=PATHS[step][:ways]) for step in wanted),
        exam=Exam(code="exam") if "exam" in words else None,
    )
    published_on = date(2020, 1, 1) if number == 1 else date(2025, 6, 1)
    return Version(
        number=number,
        state=VersionState.DRAFT if "draft" in words else VersionState.PUBLISHED,
        published_on=date(2040, 1, 1) if "unpublished" in words else published_on,
        initial=curriculum,
        policy=_policy(words),
    )


def _versions(world: str) -> list[frozenset[str]]:
    """Return the words of each version."""
    return [frozenset(filter(None, part.strip().split("+"))) for part in world.split("|")]


def certification(world: str) -> Certification:
    """A certification as a world says: the words of its versions, a bar between them."""
    versions = _versions(world)
    first, access = versions[0], Access.OPEN
    if "by_request" in first:
        access = Access.BY_REQUEST
    elif "assigned_only" in first:
        access = Access.ASSIGNED_ONLY
    return Certification(
        code=CODE,
        active="closed" not in first,
        access=access,
        eligibility=Completed(training="BASICS") if "eligibility" in first else None,
        versions=tuple(_version(number, words) for number, words in enumerate(versions, start=1)),
    )


def _changed(world: str, change: str) -> str:
    """Return a world with words added to every version, or taken away: ``+exam``, ``-exam``."""
    given = frozenset(change[1:].split("+"))
    return " | ".join(
        "+".join(sorted(words | given if change[0] == "+" else words - given))
        for words in _versions(world)
    )


# --- tales ----------------------------------------------------------------------------------------

KINDS: Final[Mapping[str, type[Command]]] = {kind.name: kind for kind in TABLE.commands}
LEARNERS: Final = _words(
    "enroll request_access start submit_evidence request_attempts start_recertification"
    " abandon_recertification"
)
APPROVERS: Final = _words(
    "approve_access deny_access approve_evidence deny_evidence approve_exam deny_exam"
    " grant_attempts deny_attempts"
)
SYSTEMS: Final = _words("record_payment complete_step record_test_out record_exam")


def _usual(name: str) -> str:
    if name in LEARNERS:
        return "learner:ann"
    if name in APPROVERS:
        return "approver:bo"
    return "system" if name in SYSTEMS else "admin:eva"


USUAL: Final[Mapping[str, str]] = {name: _usual(name) for name in KINDS}
"""By whom a command is usually given."""


def _yes(text: str) -> bool:
    return text == "yes"


READ: Final[Mapping[str, Callable[[str], object]]] = {
    "source": AssignmentSource,
    "fee": Fee,
    "passed": _yes,
    "always_valid": _yes,
    "redate": _yes,
    "on": date.fromisoformat,
    "expires_on": date.fromisoformat,
    "until": date.fromisoformat,
    "entry": int,
    "request": int,
    "count": int,
    "version": int,
}


@frozen
class Asked:
    """A command, and who gives it."""

    command: Command
    by: str


def command(text: str, story: Story | None = None) -> Asked:
    """Read a command: its name, and its fields as ``name=value``."""
    name, *given = text.split()
    by, fields = USUAL[name], dict[str, Any]()
    for each in given:
        key, value = each.split("=")
        if key == "by":
            by = value
        elif value == "waiting":
            assert story is not None
            fields[key] = next(r.number for r in story.enrollment.requests if r.is_open)
        else:
            fields[key] = READ[key](value) if key in READ else value
    return Asked(KINDS[name](**fields), by)


class _Told:
    """A story as it is told, with the rules that hold in it."""

    def __init__(self, world: str, table: Table) -> None:
        self.world = world
        self.story = Story(certification(world), learner=ANN, table=table)

    def tell(self, line: str) -> None:
        """Let one line come true."""
        story, when = self.story, None
        if line[0].isdigit():
            when, _, line = line.partition(" ")
        story.wait(when)
        verb, _, rest = line.partition(" ")
        if verb == "use":
            self.world = _changed(self.world, rest)
            story.case = evolve(story.case, certification=certification(self.world))
        elif verb == "inactive":
            story.case = evolve(story.case, learner=evolve(ANN, active=False))
        elif verb != "wait":
            asked = command(line, story)
            story.give(asked.command, asked.by)


def told(tale: str, *, world: str = "", table: Table = TABLE) -> Story:
    """A story told from its beginning, on 1 January 2025 unless it is dated otherwise."""
    telling = _Told(world, table)
    for line in filter(None, (part.strip() for part in tale.split(";"))):
        telling.tell(line)
    return telling.story


def asked(story: Story, text: str) -> Decision:
    """Ask for a command; nothing is kept."""
    wanted = command(text, story)
    return story.decided(wanted.command, wanted.by)


def word(status: Status | None) -> str:
    """Return a status as the golden table writes it."""
    return "none" if status is None else status.value


# --- a tale for each standing ---------------------------------------------------------------------

NOT_STARTED: Final = "2025-01-01 enroll"
IN_PROGRESS: Final = f"{NOT_STARTED}; start"
PENDING: Final = f"{IN_PROGRESS}; submit_evidence step=course"
CERTIFIED: Final = "2025-01-01 award"
EXPIRED: Final = f"{CERTIFIED}; 2026-01-10 wait"
LAPSED: Final = f"{CERTIFIED}; 2026-03-01 wait"
RECERTIFYING: Final = f"{CERTIFIED}; 2025-03-01 start_recertification"
PENDING_AGAIN: Final = f"{RECERTIFYING}; submit_evidence step=course"
FORCED: Final = f"{CERTIFIED}; 2025-03-01 force_recertification"
REVOKED: Final = f"{EXPIRED}; revoke_access"
DISALLOWED: Final = f"{CERTIFIED}; 2025-03-01 permanently_revoke"

TALES: Final[Mapping[str, str]] = {
    "none": "",
    "assigned": "assign",
    "not_started": NOT_STARTED,
    "in_progress": IN_PROGRESS,
    "pending_approval": PENDING,
    "certified": CERTIFIED,
    "expired": EXPIRED,
    "lapsed": LAPSED,
    "recertifying": RECERTIFYING,
    "revoked": REVOKED,
    "disallowed": DISALLOWED,
}
"""How one comes into each standing, under the plain rules: one step, a year from completion, a month of grace."""


# --- the worked examples --------------------------------------------------------------------------


@frozen(kw_only=True)
class Example:
    """What a command does in a tale: where it leads, and what it records."""

    row: str
    """Number and name."""
    status: str
    world: str
    tale: str
    ask: str
    to: str
    tags: tuple[str, ...]

    @property
    def title(self) -> str:
        """The name of the row in this status."""
        return f"{self.row} while {self.status}"


def _example(
    row: str, status: str, ask: str, to: str, tags: str, *, tale: str | None = None, world: str = ""
) -> Example:
    return Example(
        row=row,
        status=status,
        world=world,
        tale=TALES[status] if tale is None else tale,
        ask=ask,
        to=status if to == "same" else to,
        tags=tuple(tags.split()),
    )


def _in_each(
    row: str,
    tales: Mapping[str, str],
    ask: str,
    tags: str,
    *,
    to: str = "same",
    world: str = "",
    also: str = "",
) -> tuple[Example, ...]:
    """One example in each of several statuses."""
    return tuple(
        _example(row, status, ask, to, tags, tale=f"{tale}; {also}", world=world)
        for status, tale in tales.items()
    )


def _some(statuses: str) -> dict[str, str]:
    return {status: TALES[status] for status in statuses.split()}


TEN: Final = {status: tale for status, tale in TALES.items() if status != "none"}
WORKING: Final = _some("in_progress recertifying")
ISSUED: Final = "certificate_issued"

HELD: Final = "complete_step step=course; record_exam passed=yes"
"""All done, and the exam waits for an approver."""
BOTH: Final = "submit_evidence step=course; record_exam passed=yes"
"""The one step and the exam wait for an approver."""
OVER: Final = "2025-01-10 assign; enroll; 2025-01-20 award on="
BARRED: Final = (
    "2025-01-10 assign; enroll; 2025-02-01 revoke_access; 2025-02-02 start_recertification"
)
ENDINGS: Final = {
    "none": ("", "2025-01-10 assign; enroll"),
    "certified": ("from_expiry", f"{OVER}2024-01-15; award on=2023-06-01"),
    "expired": ("", f"{OVER}2024-01-15"),
    "lapsed": ("", f"{OVER}2023-01-15"),
    "revoked": ("", f"{BARRED}; award on=2024-01-01 expires_on=2024-02-01"),
}
"""What is left when an enrollment ends before its start: the rules, and a tale up to that."""

EXAMPLES: Final[tuple[Example, ...]] = (
    _example("1 assign", "none", "assign", "assigned", "assignment_added"),
    _example("2 enroll", "none", "enroll", "not_started", "assignment_added cycle_began"),
    _example(
        "3 request access", "none", "request_access", "none", "access_requested",
        world="by_request",
    ),
    _example(
        "4 approve access", "none", "approve_access", "not_started",
        "access_approved assignment_added cycle_began",
        world="by_request", tale="request_access",
    ),
    _example(
        "5 deny access", "none", "deny_access", "none", "access_denied",
        world="by_request", tale="request_access",
    ),
    _example("6 enroll when assigned", "assigned", "enroll", "not_started", "cycle_began"),
    *_in_each("7 assign again", TEN, "assign source=rule reference=R1", "assignment_added"),
    _example(
        "8 override payment", "not_started", "override_payment", "same", "fee_waived",
        world="fee_certification",
    ),
    _example(
        "9 record payment", "not_started", "record_payment fee=certification reference=INV-1",
        "same", "fee_paid", world="fee_certification",
    ),
    _example(
        "9 record payment", "in_progress", "record_payment fee=exam", "same", "fee_paid",
        world="exam+fee_exam",
    ),
    _example(
        "9 record payment", "pending_approval", "record_payment fee=exam", "same", "fee_paid",
        world="exam+fee_exam", tale=f"{IN_PROGRESS}; override_exam; submit_evidence step=course",
    ),
    _example(
        "9 record payment", "recertifying", "record_payment fee=recertification", "same",
        "fee_paid", world="fee_recertification",
    ),
    *_in_each(
        "9 record payment", _some("expired lapsed"), "record_payment fee=reinstatement",
        "fee_paid", world="fee_reinstatement",
    ),
    _example("10 start", "not_started", "start", "in_progress", "cycle_started"),
    # 11
    *_in_each(
        "11 complete step", _some("in_progress pending_approval recertifying"),
        "complete_step step=course path=online", f"step_completed {ISSUED}", to="certified",
    ),
    *_in_each(
        "11 complete step", WORKING, "complete_step step=course", "step_completed", world="drill"
    ),
    *_in_each(
        "11 complete step", WORKING, "complete_step step=course", "step_completed", world="drill",
        also="submit_evidence step=drill", to="pending_approval",
    ),
    _example(
        "11 complete step", "pending_approval", "complete_step step=course", "same",
        "step_completed", world="drill", tale=f"{PENDING}; submit_evidence step=drill",
    ),
    # 12
    *_in_each(
        "12 submit evidence", WORKING, "submit_evidence step=course", "evidence_submitted",
        to="pending_approval",
    ),
    *_in_each(
        "12 submit evidence", WORKING, "submit_evidence step=course", "evidence_submitted",
        world="drill",
    ),
    # 13
    *_in_each(
        "13 approve evidence", WORKING, "approve_evidence request=waiting", "evidence_approved",
        world="drill", also="submit_evidence step=course",
    ),
    _example(
        "13 approve evidence", "pending_approval", "approve_evidence request=waiting",
        "certified", f"evidence_approved {ISSUED}",
    ),
    _example(
        "13 approve evidence", "pending_approval", "approve_evidence request=waiting", "same",
        "evidence_approved", world="drill", tale=f"{PENDING}; submit_evidence step=drill",
    ),
    # 14
    *_in_each(
        "14 deny evidence", WORKING, "deny_evidence request=waiting", "evidence_denied",
        world="drill", also="submit_evidence step=course",
    ),
    _example(
        "14 deny evidence", "pending_approval", "deny_evidence request=waiting", "in_progress",
        "evidence_denied",
    ),
    _example(
        "14 deny evidence", "pending_approval", "deny_evidence request=waiting", "recertifying",
        "evidence_denied", tale=PENDING_AGAIN,
    ),
    # 15
    *_in_each(
        "15 record test-out", _some("in_progress pending_approval recertifying"),
        "record_test_out step=course passed=yes", f"test_out_recorded {ISSUED}", to="certified",
    ),
    *_in_each(
        "15 record test-out", _some("in_progress pending_approval recertifying"),
        "record_test_out step=course passed=no", "test_out_recorded",
    ),
    *_in_each(
        "15 record test-out", WORKING, "record_test_out step=course passed=yes",
        "test_out_recorded", world="drill", also="submit_evidence step=drill",
        to="pending_approval",
    ),
    # 16
    *_in_each(
        "16 record exam", WORKING, "record_exam passed=no score=41", "exam_attempted", world="exam"
    ),
    *_in_each(
        "16 record exam", WORKING, "record_exam passed=yes", "exam_attempted", world="exam+held",
        also="complete_step step=course", to="pending_approval",
    ),
    *_in_each(
        "16 record exam", WORKING, "record_exam passed=yes", f"exam_attempted {ISSUED}",
        world="exam", also="complete_step step=course", to="certified",
    ),
    # 17
    *_in_each(
        "17 approve exam", WORKING, "approve_exam request=waiting", "exam_approved",
        world="exam+held", also="record_exam passed=yes",
    ),
    _example(
        "17 approve exam", "pending_approval", "approve_exam request=waiting", "certified",
        f"exam_approved {ISSUED}", world="exam+held", tale=f"{IN_PROGRESS}; {HELD}",
    ),
    _example(
        "17 approve exam", "pending_approval", "approve_exam request=4", "same",
        "exam_approved", world="exam+held", tale=f"{IN_PROGRESS}; {BOTH}",
    ),
    # 18
    *_in_each(
        "18 deny exam", WORKING, "deny_exam request=waiting", "exam_denied",
        world="exam+held", also="record_exam passed=yes",
    ),
    _example(
        "18 deny exam", "pending_approval", "deny_exam request=waiting", "in_progress",
        "exam_denied", world="exam+held", tale=f"{IN_PROGRESS}; {HELD}",
    ),
    _example(
        "18 deny exam", "pending_approval", "deny_exam request=waiting", "recertifying",
        "exam_denied", world="exam+held", tale=f"{RECERTIFYING}; {HELD}",
    ),
    # 19, 20
    *_in_each(
        "19 request attempts", WORKING, "request_attempts", "attempts_requested",
        world="exam+one_attempt", also="record_exam passed=no",
    ),
    *_in_each(
        "20 grant attempts", WORKING, "grant_attempts request=waiting count=2",
        "attempts_granted", world="exam+one_attempt", also="record_exam passed=no; request_attempts",
    ),
    *_in_each(
        "20 deny attempts", WORKING, "deny_attempts request=waiting",
        "attempts_denied", world="exam+one_attempt", also="record_exam passed=no; request_attempts",
    ),
    # 21
    *_in_each(
        "21 override training", _some("in_progress pending_approval recertifying"),
        "override_training", f"training_overridden {ISSUED}", to="certified",
    ),
    *_in_each(
        "21 override training", WORKING, "override_training", "training_overridden", world="exam"
    ),
    *_in_each(
        "21 override training", WORKING, "override_training", "training_overridden",
        world="exam+held", also="record_exam passed=yes", to="pending_approval",
    ),
    _example(
        "21 override training", "pending_approval", "override_training", "same",
        "training_overridden", world="exam+held", tale=f"{IN_PROGRESS}; {BOTH}",
    ),
    # 22
    *_in_each("22 override exam", WORKING, "override_exam", "exam_overridden", world="exam"),
    *_in_each(
        "22 override exam", WORKING, "override_exam", "exam_overridden", world="exam",
        also="submit_evidence step=course", to="pending_approval",
    ),
    *_in_each(
        "22 override exam", WORKING, "override_exam", f"exam_overridden {ISSUED}", world="exam",
        also="complete_step step=course", to="certified",
    ),
    _example(
        "22 override exam", "pending_approval", "override_exam", "certified",
        f"exam_overridden {ISSUED}", world="exam+held", tale=f"{IN_PROGRESS}; {HELD}",
    ),
    _example(
        "22 override exam", "pending_approval", "override_exam", "same",
        "exam_overridden", world="exam+held", tale=f"{IN_PROGRESS}; {BOTH}",
    ),
    # 23, 24
    _example(
        "23 override exam payment", "in_progress", "override_payment", "same", "fee_waived",
        world="exam+fee_exam",
    ),
    _example(
        "24 override recertification payment", "recertifying",
        "override_payment fee=recertification", "same", "fee_waived", world="fee_recertification",
    ),
    # 25 to 28
    _example(
        "25 start recertification", "certified", "start_recertification", "recertifying",
        "cycle_began", tale=f"{CERTIFIED}; 2025-03-01 wait",
    ),
    *_in_each(
        "26 start recertification late", _some("expired lapsed"), "start_recertification",
        "cycle_began", to="recertifying",
    ),
    _example(
        "27 start recertification after revocation", "revoked", "start_recertification",
        "recertifying", "bar_lifted cycle_began",
    ),
    _example(
        "27 start recertification after revocation", "revoked", "start_recertification",
        "not_started", "bar_lifted cycle_began", tale=f"{IN_PROGRESS}; revoke_access",
    ),
    *_in_each(
        "28 force recertification", _some("certified expired lapsed"), "force_recertification",
        "recertification_forced cycle_began", to="recertifying",
    ),
    # 29 to 31
    _example(
        "29 permanently revoke", "certified", "permanently_revoke", "disallowed",
        "permanently_revoked",
    ),
    _example("30 restore access", "disallowed", "restore_access", "revoked", "access_restored"),
    *_in_each(
        "31 revoke access", _some("not_started in_progress pending_approval recertifying"),
        "revoke_access", "cycle_ended access_revoked", to="revoked",
    ),
    *_in_each(
        "31 revoke access", _some("expired lapsed"), "revoke_access", "access_revoked",
        to="revoked",
    ),
    # 32, 33
    _example("32 remove", "assigned", "remove", "none", "removed"),
    *(
        _example(
            "32 remove", "not_started", "remove", left, "cycle_ended removed",
            tale=tale, world=world,
        )
        for left, (world, tale) in ENDINGS.items()
    ),
    *_in_each(
        "33 unassign", TEN, "unassign source=rule reference=R1", "assignment_dropped",
        also="assign source=rule reference=R1",
    ),
    _example("33 unassign", "assigned", "unassign", "none", "assignment_dropped"),
    *(
        _example(
            "33 unassign", "not_started", "unassign", left, "assignment_dropped cycle_ended",
            tale=tale, world=world,
        )
        for left, (world, tale) in ENDINGS.items()
    ),
    # 34
    *_in_each(
        "34 award", _some("none assigned not_started in_progress pending_approval"), "award",
        "certificate_awarded", to="certified", also="2025-01-02 wait",
    ),
    *_in_each(
        "34 award", _some("expired lapsed recertifying"), "award score=97",
        "certificate_awarded", to="certified",
    ),
    _example(
        "34 award", "certified", "award score=97", "same", "certificate_awarded",
        tale=f"{CERTIFIED}; 2025-07-01 wait",
    ),
    # 35
    _example(
        "35 extend certificate", "certified", "extend_certificate until=2026-06-01", "same",
        "certificate_extended",
    ),
    *(
        _example(
            "35 extend certificate", status, f"extend_certificate until={until}", to,
            "certificate_extended",
        )
        for status, until, to in (
            ("expired", "2026-06-01", "certified"),
            ("expired", "2026-01-05", "expired"),
            ("lapsed", "2026-06-01", "certified"),
            ("lapsed", "2026-02-15", "expired"),
            ("lapsed", "2026-01-15", "lapsed"),
            ("recertifying", "2026-06-01", "recertifying"),
        )
    ),
    _example(
        "35 extend certificate while approvals wait", "pending_approval",
        "extend_certificate until=2026-06-01", "same", "certificate_extended", tale=PENDING_AGAIN,
    ),
    # 36
    *_in_each(
        "36 extend deadline", _some("not_started in_progress pending_approval recertifying"),
        "extend_deadline until=2026-12-01", "deadline_extended", world="due",
    ),
    *_in_each(
        "36 extend deadline beforehand", _some("certified expired lapsed"),
        "extend_deadline until=2026-12-01", "next_deadline_extended",
    ),
    # 37
    *(
        _example(
            "37 strike", status, f"strike entry={entry}", to, "entry_struck",
            tale="assign; remove" if status == "none" else None,
        )
        for status, entry, to in (
            ("none", 2, "assigned"),
            ("assigned", 1, "none"),
            ("not_started", 1, "none"),
            ("in_progress", 2, "not_started"),
            ("pending_approval", 3, "in_progress"),
            ("certified", 1, "none"),
            ("expired", 1, "none"),
            ("lapsed", 1, "none"),
            ("recertifying", 2, "certified"),
            ("revoked", 2, "expired"),
            ("disallowed", 2, "certified"),
        )
    ),
    # 38
    *(
        _example(
            row, status, "abandon_recertification", to, "cycle_ended", tale=f"{tale}; {day} wait"
        )
        for row, status, tale in (
            ("38 abandon recertification", "recertifying", RECERTIFYING),
            (
                "38 abandon recertification while approvals wait",
                "pending_approval",
                PENDING_AGAIN,
            ),
        )
        for day, to in (
            ("2026-01-01", "certified"), ("2026-01-31", "expired"), ("2026-02-01", "lapsed"),
        )
    ),
    # 39
    _example(
        "39 move to version", "assigned", "move_to_version version=2", "same", "version_chosen",
        tale="assign; 2025-06-01 wait", world=" | ",
    ),
    *_in_each(
        "39 move to version",
        _some("not_started in_progress pending_approval recertifying"),
        "move_to_version version=2", "cycle_moved", world=" | ", also="2025-06-01 wait",
    ),
    *_in_each(
        "39 move to version", _some("certified disallowed"), "move_to_version version=2",
        "version_chosen", world=" | ", also="2025-06-01 wait",
    ),
    *_in_each(
        "39 move to version", _some("expired lapsed revoked"), "move_to_version version=2",
        "version_chosen", world=" | ",
    ),
    *_in_each(
        "39 move to version", WORKING, "move_to_version version=2", f"cycle_moved {ISSUED}",
        world="drill | ", also="complete_step step=course; 2025-06-01 wait", to="certified",
    ),
    *_in_each(
        "39 move to version", WORKING, "move_to_version version=2", "cycle_moved",
        world="drill | ", also="submit_evidence step=course; 2025-06-01 wait",
        to="pending_approval",
    ),
    *(
        _example(
            "39 move to version", "pending_approval", "move_to_version version=2", to, tags,
            world=world, tale=f"{tale}; 2025-06-01 wait",
        )
        for world, tale, to, tags in (
            (" | drill", PENDING, "in_progress", "cycle_moved"),
            (" | drill", PENDING_AGAIN, "recertifying", "cycle_moved"),
            (
                "drill | drill+no_course",
                f"{PENDING}; complete_step step=drill",
                "certified",
                f"cycle_moved {ISSUED}",
            ),
        )
    ),
    *(
        _example(
            "39 move to version", status, "move_to_version version=2 redate=yes", to,
            "certificate_redated", world=f" | {words}", tale=f"{TALES[status]}{wait}",
        )
        for status, words, to, wait in (
            ("certified", "no_grace", "certified", "; 2025-06-01 wait"),
            ("expired", "two_years", "certified", ""),
            ("expired", "no_grace", "lapsed", ""),
            ("lapsed", "two_years", "certified", ""),
            ("lapsed", "long_grace", "expired", ""),
        )
    ),
)  # fmt: skip


# --- where a strike leads -------------------------------------------------------------------------


@frozen(kw_only=True)
class Struck:
    """A tale, and the entry whose strike leads from one standing to another."""

    status: str
    to: str
    world: str
    tale: str
    ask: str


def _struck(status: str, to: str, tale: str, entry: int, *, world: str = "") -> Struck:
    return Struck(status=status, to=to, world=world, tale=tale, ask=f"strike entry={entry}")


STRIKES: Final[tuple[Struck, ...]] = (
    _struck("none", "none", "request_access", 1, world="by_request"),
    _struck("none", "assigned", "assign; remove", 2),
    _struck("none", "not_started", "assign; enroll; unassign", 3),
    _struck("assigned", "none", "assign", 1),
    _struck("assigned", "assigned", "assign source=rule reference=R1; assign", 1),
    _struck("assigned", "not_started", "assign; assign source=rule reference=R1; enroll; unassign; unassign source=rule reference=R1; strike entry=4", 5),
    _struck("not_started", "none", "enroll", 1),
    _struck("not_started", "assigned", "assign; enroll", 2),
    _struck("not_started", "not_started", "2025-02-01 enroll; award on=2024-12-01 expires_on=2025-01-20", 2),
    _struck("not_started", "certified", "enroll; award expires_on=2025-03-01; award on=2024-06-20; strike entry=2", 1),
    _struck("not_started", "expired", "2025-02-01 enroll; award on=2024-12-01 expires_on=2025-01-20", 1),
    _struck("not_started", "lapsed", "enroll; award on=2022-01-01", 1),
    _struck("not_started", "revoked", "enroll; revoke_access; start_recertification", 3),
    _struck("in_progress", "not_started", "enroll; start", 2),
    _struck("in_progress", "in_progress", "enroll; start; award on=2023-06-01", 3),
    _struck("in_progress", "pending_approval", "enroll; start; submit_evidence step=course; deny_evidence request=waiting", 4),
    _struck("in_progress", "certified", "enroll; start; 2025-06-01 move_to_version version=2; complete_step step=course", 3, world=" | drill"),
    _struck("pending_approval", "in_progress", "enroll; start; submit_evidence step=course", 3),
    _struck("pending_approval", "pending_approval", "award expires_on=2025-03-01; extend_certificate until=2028-06-01; start_recertification; submit_evidence step=course", 2),
    _struck("pending_approval", "certified", "enroll; start; 2025-06-01 move_to_version version=2; complete_step step=course; submit_evidence step=drill", 3, world=" | drill"),
    _struck("pending_approval", "recertifying", "award on=2023-06-01; start_recertification; submit_evidence step=course", 3),
    _struck("certified", "none", "award", 1),
    _struck("certified", "assigned", "assign; award on=2024-12-01", 2),
    _struck("certified", "not_started", "enroll; award on=2024-06-20", 2),
    _struck("certified", "in_progress", "enroll; start; award expires_on=2025-03-01", 3),
    _struck("certified", "pending_approval", "award expires_on=2025-03-01; force_recertification; submit_evidence step=course; override_training", 4),
    _struck("certified", "certified", "award on=2022-01-01; award", 1),
    _struck("certified", "expired", "2025-01-20 award on=2024-01-15; award on=2024-06-20", 2),
    _struck("certified", "lapsed", "award expires_on=2025-03-01; award on=2023-06-01", 1),
    _struck("certified", "recertifying", "award on=2023-06-01; start_recertification; award on=2024-12-01", 3),
    _struck("expired", "none", "2025-02-01 award on=2025-01-03 expires_on=2025-01-10", 1),
    _struck("expired", "assigned", "2025-01-20 award on=2025-01-03 expires_on=2025-01-10; assign", 1),
    _struck("expired", "not_started", "enroll; award on=2024-12-01 expires_on=2025-01-20; 2025-02-01 wait", 2),
    _struck("expired", "in_progress", "enroll; start; award on=2024-12-01; 2025-12-31 wait", 3),
    _struck("expired", "pending_approval", "award on=2024-12-01; start_recertification; extend_certificate until=2026-06-01; submit_evidence step=course; approve_evidence request=waiting; 2026-06-10 wait", 5),
    _struck("expired", "certified", "2025-01-20 award on=2025-01-03 expires_on=2025-01-10; award on=2024-06-20", 1),
    _struck("expired", "expired", "2025-01-20 award on=2025-01-03 expires_on=2025-01-10; assign", 2),
    _struck("expired", "lapsed", "award on=2023-06-01; award on=2024-01-15; 2025-01-20 wait", 2),
    _struck("expired", "recertifying", "award on=2022-01-01; force_recertification; 2025-02-01 award on=2025-01-03 expires_on=2025-01-10", 3),
    _struck("lapsed", "none", "award on=2022-01-01", 1),
    _struck("lapsed", "assigned", "award on=2022-01-01; assign", 1),
    _struck("lapsed", "not_started", "enroll; award on=2024-12-01 expires_on=2025-01-20; 2025-04-01 wait", 2),
    _struck("lapsed", "in_progress", "enroll; start; 2025-04-01 award on=2025-01-03 expires_on=2025-01-10", 3),
    _struck("lapsed", "pending_approval", "award; 2025-01-20 force_recertification; submit_evidence step=course; award expires_on=2025-03-01; 2025-06-01 wait", 4),
    _struck("lapsed", "certified", "2025-01-20 award on=2024-12-01; award on=2025-01-03 expires_on=2025-01-10", 2, world="no_grace"),
    _struck("lapsed", "expired", "2025-01-05 award on=2024-12-01 expires_on=2025-01-20; award on=2025-01-03 expires_on=2025-01-10; 2025-02-15 wait", 2),
    _struck("lapsed", "lapsed", "award on=2024-12-01 expires_on=2025-01-20; award on=2024-01-15; 2025-03-10 wait", 1),
    _struck("lapsed", "recertifying", "award on=2023-06-01; start_recertification; abandon_recertification", 3),
    _struck("recertifying", "pending_approval", "award; start_recertification; submit_evidence step=course; deny_evidence request=waiting", 4),
    _struck("recertifying", "certified", "award on=2024-06-20; force_recertification", 2),
    _struck("recertifying", "expired", "2025-02-01 award on=2024-01-15; force_recertification", 2),
    _struck("recertifying", "lapsed", "award on=2023-06-01; force_recertification", 2),
    _struck("recertifying", "recertifying", "award expires_on=2025-03-01; force_recertification; award on=2024-01-15", 3),
    _struck("recertifying", "revoked", "award on=2022-01-01; revoke_access; start_recertification", 3),
    _struck("revoked", "none", "assign; enroll; revoke_access; start_recertification; award on=2024-01-01 expires_on=2024-02-01; remove", 5),
    _struck("revoked", "assigned", "assign; enroll; revoke_access; start_recertification; award on=2024-01-01 expires_on=2024-02-01; remove; assign", 5),
    _struck("revoked", "not_started", "enroll; revoke_access", 2),
    _struck("revoked", "in_progress", "enroll; start; revoke_access", 3),
    _struck("revoked", "pending_approval", "award on=2023-06-01; force_recertification; submit_evidence step=course; revoke_access", 4),
    _struck("revoked", "certified", "2025-01-01 award; 2025-06-01 move_to_version version=2 redate=yes; 2026-02-10 revoke_access; strike entry=2", 3, world="two_years | "),
    _struck("revoked", "expired", "award on=2023-06-01; revoke_access", 2, world="long_grace"),
    _struck("revoked", "lapsed", "award on=2023-06-01; revoke_access", 2),
    _struck("revoked", "recertifying", "award; force_recertification; revoke_access", 3),
    _struck("revoked", "revoked", "2025-02-01 assign; award on=2025-01-03 expires_on=2025-01-10; revoke_access", 1),
    _struck("revoked", "disallowed", "award on=2024-06-20; permanently_revoke; restore_access", 3),
    _struck("disallowed", "certified", "award expires_on=2025-03-01; permanently_revoke", 2),
    _struck("disallowed", "expired", "award on=2024-01-15; permanently_revoke; 2025-02-01 wait", 2),
    _struck("disallowed", "lapsed", "award on=2024-01-15; permanently_revoke; 2025-03-10 wait", 2),
    _struck("disallowed", "disallowed", "award on=2024-06-20; permanently_revoke; assign", 3),
)  # fmt: skip

ONLY_TAKES: Final = "a strike takes certificates out, and brings none in"
RESTS_ON_START: Final = (
    "a cycle that was started is ended by no removal; starting it rests on its beginning"
)
ONE_ENTRY: Final = "no one entry ends a cycle that was started and begins one that was not"
RESTS_ON_LIFT: Final = "what was given after a bar was lifted, awards too, rests on that"
RESTS_ON_CERTIFICATE: Final = (
    "a recertification rests on the certificate that it renews, or on the lifted bar"
)
ITS_OWN_KIND: Final = (
    "the beginning cannot be struck while something was done in the cycle; its kind stays"
)
BARRED_WHILE_CERTIFIED: Final = (
    "only who is Certified is barred for good, which leaves no cycle open"
)

NEVER_STRUCK: Final[Mapping[tuple[str, str], str]] = {
    (status, to): reason
    for status, others, reason in (
        ("none", "in_progress pending_approval recertifying", RESTS_ON_START),
        ("none", "certified expired lapsed", ONLY_TAKES),
        ("none", "revoked disallowed", RESTS_ON_LIFT),
        ("assigned", "in_progress pending_approval recertifying", RESTS_ON_START),
        ("assigned", "certified expired lapsed", ONLY_TAKES),
        ("assigned", "revoked disallowed", RESTS_ON_LIFT),
        ("not_started", "in_progress pending_approval recertifying", ONE_ENTRY),
        ("not_started", "disallowed", RESTS_ON_LIFT),
        ("in_progress", "none assigned expired lapsed recertifying", ITS_OWN_KIND),
        ("in_progress", "revoked disallowed", RESTS_ON_LIFT),
        ("pending_approval", "none assigned not_started expired lapsed", ITS_OWN_KIND),
        ("pending_approval", "revoked disallowed", RESTS_ON_LIFT),
        ("certified", "revoked disallowed", RESTS_ON_LIFT),
        ("expired", "revoked disallowed", RESTS_ON_LIFT),
        ("lapsed", "revoked disallowed", RESTS_ON_LIFT),
        ("recertifying", "none assigned", RESTS_ON_CERTIFICATE),
        ("recertifying", "not_started in_progress", ITS_OWN_KIND),
        ("recertifying", "disallowed", RESTS_ON_LIFT),
        (
            "disallowed",
            "none assigned not_started in_progress pending_approval recertifying revoked",
            BARRED_WHILE_CERTIFIED,
        ),
    )
    for to in others.split()
}
"""Where no strike leads, and why."""


# --- what stands in the way -----------------------------------------------------------------------


FIRST: Final[Mapping[str, Example]] = {each.title: each for each in reversed(EXAMPLES)}
"""The first example of each row, by its title."""
ASKS: Final[Mapping[str, str]] = {
    each.ask.partition(" ")[0]: each.ask.replace("waiting", "1") for each in reversed(EXAMPLES)
}
"""Each command as its first example asks for it; what decides a request names the first."""


def filled(name: str) -> Command:
    """A command with a value for each field that it must have, whatever it is given on."""
    return command(ASKS[name]).command


def before(example: Example) -> Story:
    """The story up to the command of an example."""
    return told(example.tale, world=example.world)


@frozen(kw_only=True)
class Obstacle:
    """What is changed in the first example of a row, so that guards fail.

    It is one guard, where others do not fail with it inevitably, or where putting together what makes
    one and another fail would not do. None leaves the example as it is.
    """

    title: str
    """The name of the row in its status."""
    guards: frozenset[str]
    more: frozenset[str] = frozenset()
    """Words added to the rules."""
    world: str | None = None
    tale: str | None = None
    also: str = ""
    """What comes true after the tale, in blocks parted by ``//`` that others' may come between.

    ``{ask}`` is the command of the example.
    """
    ask: str | None = None


def _in_turn(block: str) -> tuple[int, bool, str]:
    """Order what comes true: what is done, what takes time, changed rules, waiting; tests come first."""
    if block.startswith(("use ", "inactive")):
        phase = 2
    elif block.endswith(" wait"):
        phase = 3
    else:
        phase = 1 if "2025-06-01" in block else 0
    return phase, not block.startswith("record_test_out"), block


@frozen(kw_only=True)
class Situation:
    """Rules, a tale, and what is asked for then."""

    world: str
    tale: str
    ask: str


def situation(title: str, *obstacles: Obstacle) -> Situation | None:
    """The first example of a row with obstacles put in its way; None: they cannot be put together so."""
    example = FIRST[title]
    worlds = {each.world for each in obstacles if each.world is not None}
    tales = {each.tale for each in obstacles if each.tale is not None}
    asks = {each.ask for each in obstacles if each.ask is not None}
    if max(len(worlds), len(tales), len(asks)) > 1:
        return None
    world = next(iter(worlds), example.world)
    for each in obstacles:
        if each.more:
            world = _changed(world, "+" + "+".join(sorted(each.more)))
    blocks = {block for each in obstacles for block in each.also.split(" // ")}
    then = sorted(blocks, key=_in_turn)
    tale = "; ".join((next(iter(tales), example.tale), *then))
    return Situation(
        world=world, tale=tale.replace("{ask}", example.ask), ask=next(iter(asks), example.ask)
    )


def _fails(
    row: str,
    statuses: str,
    guards: str,
    *,
    also: str = "",
    ask: str | None = None,
    tale: str | None = None,
    world: str | None = None,
) -> tuple[Obstacle, ...]:
    """Change the first example of a row in one thing; ``world`` may add words to its rules."""
    adds = world is not None and world.startswith("+")
    return tuple(
        Obstacle(
            title=f"{row} while {status}",
            guards=_words(guards),
            more=frozenset(world[1:].split("+")) if world is not None and adds else frozenset(),
            world=None if adds else world,
            tale=tale,
            also=also,
            ask=ask,
        )
        for status in statuses.split()
    )


def _is_over(row: str, statuses: str) -> tuple[Obstacle, ...]:
    """The hard deadline of the cycle is over."""
    return _fails(row, statuses, "deadline_is_ahead", world="+hard", also="2026-06-01 wait")


THREE: Final = "in_progress pending_approval recertifying"
TWO: Final = "in_progress recertifying"
OPEN: Final = f"not_started {THREE}"
EACH: Final = " ".join(TEN)
AWARDED: Final = f"none assigned {OPEN} certified expired lapsed"
OVER_WHILE_PENDING: Final = f"{PENDING}; award on=2024-01-01 expires_on=2024-02-01"
"""An initial cycle, and a certificate that was over when it was entered."""
ELSEWHERE: Final = "2025-01-01 award; 2026-01-01T12:00 wait"
"""The last valid day is over where a new version counts its days, not where the certificate does."""
FAILED: Final = "record_exam passed=no"
MOVED: Final = "2025-06-01 move_to_version version=2"
ONLINE_ONLY: Final = " | online_only"
"""The second version has the same steps, and a completion is the one path of each."""
BEFORE_THE_WINDOW: Final = "2025-01-01T12:00 award; 2026-01-01T10:30 wait"
"""The last valid day is over at one end of the world, and has not begun at the other."""
NEVER_CERTIFIED: Final = f"{BARRED}; start; submit_evidence step=course"
CERTIFIED_AGAIN: Final = f"{RECERTIFYING}; abandon_recertification"

USUALLY: Final[Mapping[str, str]] = {
    "learner_is_active": "inactive",
    "certification_is_active": "use +closed",
    "version_is_published": "use +unpublished",
    "version_begins_cycles": "use +awarded_only",
    "cycle_fee_is_settled": "use +fee_certification+fee_recertification",
    "every_assignment_is_manual": "assign source=rule reference=R1",
    "assignment_is_new": "{ask}",
}
"""What makes a guard fail in any row that asks it, unless `OF_ROWS` says otherwise for the row."""

OF_ROWS: Final[tuple[Obstacle, ...]] = (
    *_fails("2 enroll", "none", "access_is_open", also="use +assigned_only"),
    *_fails("2 enroll", "none", "learner_is_eligible", also="use +eligibility"),
    *_fails("3 request access", "none", "access_is_by_request", also="use -by_request"),
    *_fails("3 request access", "none", "no_access_request_is_open", also="{ask}"),
    *_fails("4 approve access", "none", "access_request_is_open", also="deny_access"),
    *_fails("5 deny access", "none", "access_request_is_open", also="deny_access"),
    *_fails("8 override payment", "not_started", "certification_fee_is_open", also="{ask}"),
    *_fails(
        "8 override payment", "not_started", "fee_is_of_the_status",
        ask="override_payment fee=exam",
    ),
    *_fails("9 record payment", f"{OPEN} expired lapsed", "fee_is_open", also="{ask}"),
    # 11
    *_fails("11 complete step", TWO, "step_is_open", world="+drill", also="{ask}"),
    *_fails(
        "11 complete step", "pending_approval", "step_is_open", world="+drill",
        also="submit_evidence step=drill; {ask}",
    ),
    *_fails(
        "11 complete step", THREE, "path_is_of_the_step",
        ask="complete_step step=course path=classroom",
    ),
    *_is_over("11 complete step", THREE),
    # 12
    *_fails(
        "12 submit evidence", TWO, "step_is_open", world="+drill",
        also="complete_step step=course",
    ),
    *_fails(
        "12 submit evidence", TWO, "path_is_external", world=ONLINE_ONLY, also=MOVED
    ),
    *_fails("12 submit evidence", TWO, "no_evidence_is_waiting", world="+drill", also="{ask}"),
    *_is_over("12 submit evidence", TWO),
    # 15
    *_fails(
        "15 record test-out", TWO, "step_is_open", world="+drill",
        also="complete_step step=course",
    ),
    *_fails(
        "15 record test-out", "pending_approval", "step_is_open", world="+drill",
        also="submit_evidence step=drill; complete_step step=course",
    ),
    *_fails(
        "15 record test-out", THREE, "path_is_test_out", world=ONLINE_ONLY, also=MOVED
    ),
    *_fails(
        "15 record test-out", THREE, "test_out_is_not_taken",
        also="record_test_out step=course passed=no",
    ),
    *_is_over("15 record test-out", THREE),
    # 16
    *_fails("16 record exam", TWO, "version_has_an_exam", world="exam | ", also=MOVED),
    *_fails("16 record exam", TWO, "exam_is_open", also="record_exam passed=yes"),
    *_fails("16 record exam", TWO, "attempts_are_left", also=f"{FAILED} // use +one_attempt"),
    *_fails("16 record exam", TWO, "cool_down_is_over", also=f"{FAILED} // use +cool_down"),
    *_fails("16 record exam", TWO, "exam_fee_is_settled", also="use +fee_exam"),
    *_fails("16 record exam", TWO, "steps_are_done", also="use +steps_first"),
    *_is_over("16 record exam", TWO),
    # 19, 20
    *_fails(
        "19 request attempts", TWO, "version_has_an_exam", world="exam+one_attempt | one_attempt",
        also=MOVED,
    ),
    *_fails("19 request attempts", TWO, "exam_is_open", also="override_exam"),
    *_fails(
        "19 request attempts", "in_progress", "attempts_are_used_up", tale=IN_PROGRESS
    ),
    *_fails(
        "19 request attempts", "recertifying", "attempts_are_used_up", tale=RECERTIFYING
    ),
    *_fails("19 request attempts", TWO, "no_attempts_request_is_open", also="{ask}"),
    *_fails(
        "19 request attempts", TWO, "attempts_are_used_up no_attempts_request_is_open",
        world="exam+one_attempt | exam", also=f"{{ask}}; {MOVED}",
    ),
    *_fails(
        "19 request attempts", TWO, "exam_is_open no_attempts_request_is_open",
        world="exam+one_attempt | exam+held+two_attempts",
        also=f"{{ask}}; {MOVED}; record_exam passed=yes",
    ),
    *_fails(
        "19 request attempts", TWO,
        "exam_is_open attempts_are_used_up no_attempts_request_is_open",
        world="exam+one_attempt | exam+held", also=f"{{ask}}; {MOVED}; record_exam passed=yes",
    ),
    # 22 to 24
    *_fails("22 override exam", TWO, "version_has_an_exam", world=""),
    *_fails(
        "22 override exam", "pending_approval", "version_has_an_exam", world="", tale=PENDING
    ),
    *_fails("23 override exam payment", "in_progress", "exam_fee_is_open", also="{ask}"),
    *_fails(
        "23 override exam payment", "in_progress", "exam_is_not_started",
        world="exam | exam+fee_exam",
        also=f"{FAILED}; {MOVED}",
    ),
    *_fails(
        "23 override exam payment", "in_progress", "exam_fee_is_open exam_is_not_started",
        also=f"{{ask}}; {FAILED}",
    ),
    *_fails(
        "23 override exam payment", "in_progress", "fee_is_of_the_status",
        ask="override_payment fee=certification",
    ),
    *_fails(
        "24 override recertification payment", "recertifying", "recertification_fee_is_open",
        also="{ask}",
    ),
    *_fails(
        "24 override recertification payment", "recertifying", "fee_is_of_the_status",
        ask="override_payment fee=exam",
    ),
    # 25 to 28
    *_fails("25 start recertification", "certified", "window_is_open", world="+window"),
    *_fails(
        "25 start recertification", "certified", "version_is_published window_is_open",
        also="use +unpublished",
    ),
    *_fails(
        "25 start recertification", "certified", "deadline_is_ahead",
        world="hard | hard+kiritimati", tale=ELSEWHERE,
    ),
    *_fails(
        "25 start recertification", "certified", "window_is_open deadline_is_ahead",
        world="hard+last_day+pago_pago | hard+kiritimati", tale=BEFORE_THE_WINDOW,
    ),
    *_fails(
        "26 start recertification late", "expired lapsed", "reinstatement_fee_is_settled",
        also="use +fee_reinstatement",
    ),
    *_fails(
        "26 start recertification late", "expired lapsed", "deadline_is_ahead", also="use +hard"
    ),
    # 32, 33
    *_fails(
        "33 unassign", EACH, "assignment_exists", ask="unassign source=rule reference=R9"
    ),
    # 34
    *_fails("34 award", AWARDED, "version_was_published", also="use +draft"),
    *_fails("34 award", "certified", "no_certificate_of_that_instant", tale=CERTIFIED),
    *_fails(
        "34 award", "recertifying", "no_certificate_of_that_instant",
        tale=f"{CERTIFIED}; start_recertification",
    ),
    *_fails(
        "34 award", "pending_approval", "no_certificate_of_that_instant",
        tale=f"{CERTIFIED}; start_recertification; submit_evidence step=course",
    ),
    *_fails("34 award", AWARDED, "last_valid_day_is_given", also="use +awarded_only"),
    *_fails(
        "34 award", AWARDED, "last_valid_day_is_not_before_the_date",
        ask="award expires_on=2020-01-01",
    ),
    # 35
    *_fails(
        "35 extend certificate", "recertifying", "certificate_is_not_revoked", tale=FORCED
    ),
    *_fails(
        "35 extend certificate", "certified recertifying", "certificate_expires", world="forever"
    ),
    *_fails(
        "35 extend certificate", "certified expired lapsed recertifying", "new_day_is_later",
        ask="extend_certificate until=2026-01-01",
    ),
    *_fails(
        "35 extend certificate while approvals wait", "pending_approval",
        "cycle_is_a_recertification", tale=OVER_WHILE_PENDING,
    ),
    *_fails(
        "35 extend certificate while approvals wait", "pending_approval",
        "certificate_is_not_revoked", tale=f"{FORCED}; submit_evidence step=course",
    ),
    *_fails(
        "35 extend certificate while approvals wait", "pending_approval", "certificate_expires",
        world="forever",
    ),
    *_fails(
        "35 extend certificate while approvals wait", "pending_approval", "new_day_is_later",
        ask="extend_certificate until=2024-01-01",
    ),
    *_fails(
        "35 extend certificate while approvals wait", "pending_approval",
        "cycle_is_a_recertification certificate_is_not_revoked",
        tale=f"{NEVER_CERTIFIED}; award on=2024-01-01 expires_on=2024-02-01",
    ),
    *_fails(
        "35 extend certificate while approvals wait", "pending_approval",
        "cycle_is_a_recertification certificate_is_not_revoked certificate_expires",
        tale=PENDING,
    ),
    # 36
    *_fails("36 extend deadline", OPEN, "deadline_is_there", world="no_due"),
    *_fails(
        "36 extend deadline", OPEN, "new_deadline_is_later",
        ask="extend_deadline until=2025-03-02",
    ),
    *_fails(
        "36 extend deadline beforehand", "certified expired lapsed", "deadline_is_there",
        also="use +no_due",
    ),
    *_fails(
        "36 extend deadline beforehand", "certified", "deadline_is_ahead",
        world="hard | hard+kiritimati", tale=ELSEWHERE,
    ),
    *_fails(
        "36 extend deadline beforehand", "expired lapsed", "deadline_is_ahead", also="use +hard"
    ),
    *_fails(
        "36 extend deadline beforehand", "certified expired lapsed", "new_deadline_is_later",
        ask="extend_deadline until=2026-01-01",
    ),
    # 37
    *_fails("37 strike", f"none {EACH}", "entry_can_be_struck", ask="strike entry=99"),
    *(
        obstacle
        for status, tale in (
            ("none", "assign; remove"),
            ("assigned", "assign; unassign; assign"),
            ("not_started", "assign; enroll"),
            ("in_progress", IN_PROGRESS),
            ("pending_approval", PENDING),
            ("certified", CERTIFIED_AGAIN),
            ("expired", f"{CERTIFIED_AGAIN}; 2026-01-10 wait"),
            ("lapsed", f"{CERTIFIED_AGAIN}; 2026-03-01 wait"),
            ("recertifying", RECERTIFYING),
            ("revoked", REVOKED),
            ("disallowed", DISALLOWED),
        )
        for obstacle in _fails(
            "37 strike", status, "nothing_rests_on_it", tale=tale, ask="strike entry=1"
        )
    ),
    # 38
    *_fails(
        "38 abandon recertification", "recertifying", "certificate_is_not_revoked", tale=FORCED
    ),
    *_fails(
        "38 abandon recertification while approvals wait", "pending_approval",
        "cycle_is_a_recertification", tale=OVER_WHILE_PENDING,
    ),
    *_fails(
        "38 abandon recertification while approvals wait", "pending_approval",
        "certificate_is_not_revoked", tale=f"{FORCED}; submit_evidence step=course",
    ),
    *_fails(
        "38 abandon recertification while approvals wait", "pending_approval",
        "cycle_is_a_recertification certificate_is_not_revoked", tale=PENDING,
    ),
    # 39
    *_fails("39 move to version", EACH, "version_can_be_chosen", also="use +unpublished"),
    *_fails(
        "39 move to version", f"{OPEN} certified expired lapsed revoked disallowed",
        "version_is_another_one", ask="move_to_version version=1",
    ),
    *_fails(
        "39 move to version", OPEN, "version_takes_the_cycle", world=" | awarded_only"
    ),
)  # fmt: skip
"""What makes guards fail in particular rows."""


def _in_any_row() -> Iterator[Obstacle]:
    said = {(each.title, guard) for each in OF_ROWS for guard in each.guards}
    for row in expanded():
        for guard in row.guards:
            if (row.title, guard) in said:
                continue
            if guard in USUALLY:
                yield Obstacle(title=row.title, guards=frozenset({guard}), also=USUALLY[guard])
            elif guard == "request_is_open":
                yield Obstacle(
                    title=row.title, guards=frozenset({guard}), ask=f"{row.command} request=99"
                )


OBSTACLES: Final[tuple[Obstacle, ...]] = (*_in_any_row(), *OF_ROWS)
"""What stands in the way of each row, one thing or two at a time."""

EARLIER_CERTIFICATE: Final = "a certificate of that very instant decides the status then, and no cycle begun after it is initial"
STILL_VALID: Final = "a certificate is never over at the instant at which it is issued"
REVOKED_BY_IT: Final = "a newest certificate that is revoked makes the status Revoked"
NEVER_OVER: Final = "a certificate that never expires is never over"
NO_CYCLE: Final = "no cycle is open"

IMPOSSIBLE: Final[Mapping[tuple[str, str], str]] = {
    ("34 award while none", "no_certificate_of_that_instant"): EARLIER_CERTIFICATE,
    ("34 award while assigned", "no_certificate_of_that_instant"): EARLIER_CERTIFICATE,
    ("34 award while not_started", "no_certificate_of_that_instant"): EARLIER_CERTIFICATE,
    ("34 award while in_progress", "no_certificate_of_that_instant"): EARLIER_CERTIFICATE,
    ("34 award while expired", "no_certificate_of_that_instant"): STILL_VALID,
    ("34 award while lapsed", "no_certificate_of_that_instant"): STILL_VALID,
    ("35 extend certificate while certified", "certificate_is_not_revoked"): REVOKED_BY_IT,
    ("35 extend certificate while expired", "certificate_is_not_revoked"): REVOKED_BY_IT,
    ("35 extend certificate while lapsed", "certificate_is_not_revoked"): REVOKED_BY_IT,
    ("35 extend certificate while expired", "certificate_expires"): NEVER_OVER,
    ("35 extend certificate while lapsed", "certificate_expires"): NEVER_OVER,
    ("39 move to version while assigned", "version_is_another_one"): (
        "there is neither a cycle nor a certificate, so there is no version to be at"
    ),
    ("39 move to version while assigned", "version_takes_the_cycle"): NO_CYCLE,
    ("39 move to version while certified", "version_takes_the_cycle"): NO_CYCLE,
    ("39 move to version while expired", "version_takes_the_cycle"): NO_CYCLE,
    ("39 move to version while lapsed", "version_takes_the_cycle"): NO_CYCLE,
    ("39 move to version while revoked", "version_takes_the_cycle"): NO_CYCLE,
    ("39 move to version while disallowed", "version_takes_the_cycle"): NO_CYCLE,
}
"""The guards that cannot fail in a row, and why."""

NO_VERSION: Final = "without a version there are no rules"
TOGETHER_NEVER: Final[Mapping[frozenset[str], str]] = {
    _words(guards): reason
    for guards, reason in (
        ("version_is_published version_begins_cycles", NO_VERSION),
        ("version_is_published deadline_is_ahead", NO_VERSION),
        ("version_is_published reinstatement_fee_is_settled", NO_VERSION),
        ("version_was_published last_valid_day_is_given", NO_VERSION),
        ("version_was_published last_valid_day_is_not_before_the_date", NO_VERSION),
        (
            "last_valid_day_is_given last_valid_day_is_not_before_the_date",
            "a day that is not given is not too early",
        ),
        ("certificate_expires new_day_is_later", "without a last valid day none is later"),
        ("deadline_is_there deadline_is_ahead", "what is not there is not over"),
        ("deadline_is_there new_deadline_is_later", "without a deadline none is later"),
        ("step_is_open no_evidence_is_waiting", "a step that gets done closes its evidence (R6)"),
        (
            "path_is_test_out test_out_is_not_taken",
            "a test-out taken is of a step of that version that has one, and stays so",
        ),
        ("version_has_an_exam exam_fee_is_settled", "without an exam there is no exam fee (R4)"),
        (
            "version_has_an_exam no_attempts_request_is_open",
            "moving to a version without an exam supersedes the request (R14)",
        ),
        (
            "entry_can_be_struck nothing_rests_on_it",
            "nothing rests on an entry that is not there, does not count, or is a strike",
        ),
        (
            "version_is_another_one version_takes_the_cycle",
            "no cycle is open on a version by which the certification is only awarded",
        ),
    )
}
"""Guards of which not possible while the other does, and why."""

NEVER_WITHOUT: Final[Mapping[tuple[str, frozenset[str]], tuple[str, str]]] = {
    ("25 start recertification", _words("version_is_published")): (
        "window_is_open",
        "the window is that of the version, too",
    ),
    (
        "35 extend certificate while approvals wait",
        _words("cycle_is_a_recertification certificate_expires"),
    ): (
        "certificate_is_not_revoked",
        "without a certificate there is none to extend; one that is valid ends an initial cycle (R3)",
    ),
}
"""Guards of a row which fail only together with another one, and why."""


def is_possible(title: str, failing: frozenset[str]) -> bool:
    """Whether guards of a row can fail together while its others hold, as the reasons above say."""
    if any((title, guard) in IMPOSSIBLE for guard in failing):
        return False
    if any(together <= failing for together in TOGETHER_NEVER):
        return False
    return not any(
        row == title.rpartition(" while ")[0] and guards <= failing and other not in failing
        for (row, guards), (other, _) in NEVER_WITHOUT.items()
    )


def realized(title: str, failing: frozenset[str]) -> Situation:
    """A real enrollment in which these guards of a row fail, put together of the obstacles above."""
    left, chosen = failing, list[Obstacle]()
    for each in sorted(_of_row(title), key=lambda each: -len(each.guards)):
        if each.guards <= left:
            chosen.append(each)
            left -= each.guards
    found = situation(title, *chosen)
    assert found is not None, (title, sorted(failing))
    assert not left, (title, sorted(left))
    return found


def _of_row(title: str) -> tuple[Obstacle, ...]:
    return tuple(each for each in OBSTACLES if each.title == title)
