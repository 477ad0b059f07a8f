"""certlib's own table: every row of requirements 4.3 that is built so far, in their order.

Read it with the grid of requirements section 3 beside it; the numbers are the requirements'.
"""

from __future__ import annotations

from typing import Final

from certlib.actors import Role
from certlib.state import commands as c
from certlib.state import facts as f
from certlib.state import guards as g
from certlib.state import recorders as record
from certlib.state.status import Status
from certlib.state.table import ANY_STATUS, SAME, By, Table, rows

__all__ = ["TABLE"]

ASSIGNED = Status.ASSIGNED
NOT_STARTED = Status.NOT_STARTED
IN_PROGRESS = Status.IN_PROGRESS
CERTIFIED = Status.CERTIFIED
EXPIRED = Status.EXPIRED
LAPSED = Status.LAPSED
RECERTIFYING = Status.RECERTIFYING
REVOKED = Status.REVOKED
DISALLOWED = Status.DISALLOWED

UNREACHED: Final = frozenset({Status.PENDING_APPROVAL})
EVERY_STATUS: Final = tuple(status for status in Status if status not in UNREACHED)

LEARNERS = By(roles=frozenset({Role.LEARNER, Role.SYSTEM}))
LEARNERS_AND_ADMINS = By(roles=frozenset({Role.LEARNER, Role.ADMIN}))
ADMINS = By(roles=frozenset({Role.ADMIN}))
ADMINS_AND_SYSTEM = By(roles=frozenset({Role.ADMIN, Role.SYSTEM}))
SYSTEM = By(roles=frozenset({Role.SYSTEM}))
AWARDERS = By(roles=frozenset({Role.ADMIN, Role.SYSTEM}), for_himself=False)

USABLE = (g.learner_is_active, g.certification_is_active, g.version_is_published)
"""K of R10: the certification is active, has a published version, and the learner is active."""
BEGINS = (g.version_is_published, g.version_begins_cycles)

AFTER_NOT_STARTED = (None, CERTIFIED, EXPIRED, LAPSED, REVOKED)
"""What is left of an enrollment that ends before its start: what an award entered late has made of it.

Certified, too: an award that was over when it was entered is history, and the cycle goes on (R3), even
where a strike or one more late award then dates it again so that it is in force (T5).
"""

TABLE: Final = Table(
    unreached=UNREACHED,
    rows=(
        *rows(
            c.Assign, in_=(None,), by=ADMINS_AND_SYSTEM,
            when=USABLE,
            records=record.assignment, emits=(f.AssignmentAdded,), to=(ASSIGNED,),
            name="assign", number=1, notice="assigned",
        ),
        *rows(
            c.Enroll, in_=(None,), by=LEARNERS,
            when=(g.access_is_open, *USABLE, g.version_begins_cycles),
            records=record.enrollment, emits=(f.AssignmentAdded, f.CycleBegan), to=(NOT_STARTED,),
            name="enroll", number=2,
        ),
        *rows(
            c.Enroll, in_=(ASSIGNED,), by=LEARNERS,
            when=(*USABLE, g.version_begins_cycles),
            records=record.enrollment, emits=(f.CycleBegan,), to=(NOT_STARTED,),
            name="enroll when assigned", number=6,
        ),
        *rows(
            c.Assign, in_=EVERY_STATUS, by=ADMINS_AND_SYSTEM,
            when=(g.learner_is_active, g.assignment_is_new),
            records=record.assignment, emits=(f.AssignmentAdded,), to=SAME,
            name="assign again", number=7,
        ),
        *rows(
            c.Start, in_=(NOT_STARTED,), by=LEARNERS,
            when=(g.learner_is_active,),
            records=record.start, emits=(f.CycleStarted,), to=(IN_PROGRESS,),
            name="start", number=10,
        ),
        *rows(
            c.CompleteStep, in_=(IN_PROGRESS, RECERTIFYING), by=SYSTEM,
            when=(g.step_is_open, g.path_is_of_the_step),
            records=record.completed_step, emits=(f.StepCompleted,),
            to={IN_PROGRESS: (IN_PROGRESS, CERTIFIED), RECERTIFYING: (RECERTIFYING, CERTIFIED)},
            name="complete step", number=11,
        ),
        *rows(
            c.StartRecertification, in_=(CERTIFIED,), by=LEARNERS,
            when=(g.learner_is_active, g.window_is_open, *BEGINS),
            records=record.recertification, emits=(f.CycleBegan,), to=(RECERTIFYING,),
            name="start recertification", number=25,
        ),
        *rows(
            c.StartRecertification, in_=(EXPIRED, LAPSED), by=LEARNERS,
            when=(g.learner_is_active, *BEGINS),
            records=record.recertification, emits=(f.CycleBegan,), to=(RECERTIFYING,),
            name="start recertification late", number=26,
        ),
        *rows(
            c.StartRecertification, in_=(REVOKED,), by=LEARNERS_AND_ADMINS,
            when=(g.learner_is_active, *BEGINS),
            records=record.recertification_after_revocation, emits=(f.BarLifted, f.CycleBegan),
            to=(RECERTIFYING, NOT_STARTED),
            name="start recertification after revocation", number=27,
        ),
        *rows(
            c.ForceRecertification, in_=(CERTIFIED, EXPIRED, LAPSED), by=ADMINS,
            when=BEGINS,
            records=record.forced_recertification, emits=(f.RecertificationForced, f.CycleBegan),
            to=(RECERTIFYING,),
            name="force recertification", number=28, notice="recertification_forced",
        ),
        *rows(
            c.PermanentlyRevoke, in_=(CERTIFIED,), by=ADMINS,
            records=record.permanent_revocation, emits=(f.PermanentlyRevoked,), to=(DISALLOWED,),
            name="permanently revoke", number=29, notice="permanently_revoked",
        ),
        *rows(
            c.RestoreAccess, in_=(DISALLOWED,), by=ADMINS,
            records=record.restoration, emits=(f.AccessRestored,), to=(REVOKED,),
            name="restore access", number=30, notice="access_restored",
        ),
        *rows(
            c.RevokeAccess, in_=(NOT_STARTED, IN_PROGRESS, EXPIRED, LAPSED, RECERTIFYING), by=ADMINS,
            records=record.revocation, emits=(f.CycleEnded, f.AccessRevoked), to=(REVOKED,),
            name="revoke access", number=31, notice="access_revoked",
        ),
        *rows(
            c.Remove, in_=(ASSIGNED, NOT_STARTED), by=ADMINS,
            when=(g.every_assignment_is_manual,),
            records=record.removal, emits=(f.CycleEnded, f.RemovedFromCertification),
            to={ASSIGNED: (None,), NOT_STARTED: AFTER_NOT_STARTED},
            name="remove", number=32, notice="removed",
        ),
        *rows(
            c.Unassign, in_=EVERY_STATUS, by=ADMINS_AND_SYSTEM,
            when=(g.assignment_exists,),
            records=record.unassignment, emits=(f.AssignmentDropped, f.CycleEnded),
            to={
                **dict.fromkeys(EVERY_STATUS, SAME),
                ASSIGNED: (ASSIGNED, None),
                NOT_STARTED: (NOT_STARTED, *AFTER_NOT_STARTED),
            },
            name="unassign", number=33, notice="unassigned",
        ),
        *rows(
            c.Award,
            in_=(None, ASSIGNED, NOT_STARTED, IN_PROGRESS, CERTIFIED, EXPIRED, LAPSED, RECERTIFYING),
            by=AWARDERS,
            when=(
                g.version_was_published, g.no_certificate_of_that_instant,
                g.last_valid_day_is_given, g.last_valid_day_is_not_before_the_date,
            ),
            records=record.award, emits=(f.CertificateAwarded,), to=(CERTIFIED,),
            name="award", number=34, late=True, notice="certified",
        ),
        *rows(
            c.Strike, in_=(None, *EVERY_STATUS), by=ADMINS_AND_SYSTEM,
            when=(g.entry_can_be_struck, g.nothing_rests_on_it),
            records=record.strike, emits=(f.EntryStruck,), to=ANY_STATUS - UNREACHED,
            name="strike", number=37,
        ),
        *rows(
            c.AbandonRecertification, in_=(RECERTIFYING,), by=LEARNERS_AND_ADMINS,
            when=(g.certificate_is_not_revoked,),
            records=record.abandonment, emits=(f.CycleEnded,), to=(CERTIFIED, EXPIRED, LAPSED),
            name="abandon recertification", number=38,
        ),
    ),
)  # fmt: skip
