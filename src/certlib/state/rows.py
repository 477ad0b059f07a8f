"""certlib's own table: every row of requirements 4.3, in their order.

Read it with the grid of requirements section 3 beside it; the numbers are the requirements'.
"""

from __future__ import annotations

from typing import Final

from certlib.actors import Role
from certlib.state import commands as c
from certlib.state import cycle_guards as cycle
from certlib.state import cycle_recorders as work
from certlib.state import exam_guards as exam
from certlib.state import facts as f
from certlib.state import fee_guards as fee
from certlib.state import guards as g
from certlib.state import recorders as record
from certlib.state import step_guards as step
from certlib.state.status import Status
from certlib.state.table import ANY_STATUS, SAME, By, Table, To, rows

__all__ = ["TABLE"]

ASSIGNED = Status.ASSIGNED
NOT_STARTED = Status.NOT_STARTED
IN_PROGRESS = Status.IN_PROGRESS
PENDING = Status.PENDING_APPROVAL
CERTIFIED = Status.CERTIFIED
EXPIRED = Status.EXPIRED
LAPSED = Status.LAPSED
RECERTIFYING = Status.RECERTIFYING
REVOKED = Status.REVOKED
DISALLOWED = Status.DISALLOWED

EVERY_STATUS: Final = tuple(Status)
STARTED: Final = (IN_PROGRESS, PENDING, RECERTIFYING)
"""The statuses of a cycle that was started."""

LEARNERS_ALONE = By(roles=frozenset({Role.LEARNER}))
LEARNERS = By(roles=frozenset({Role.LEARNER, Role.SYSTEM}))
LEARNERS_AND_ADMINS = By(roles=frozenset({Role.LEARNER, Role.ADMIN}))
APPROVERS = By(roles=frozenset({Role.APPROVER}), roles_by_policy=True, for_himself=False)
ADMINS = By(roles=frozenset({Role.ADMIN}))
ADMINS_NOT_FOR_THEMSELVES = By(roles=frozenset({Role.ADMIN}), for_himself=False)
ADMINS_AND_SYSTEM = By(roles=frozenset({Role.ADMIN, Role.SYSTEM}))
SYSTEM = By(roles=frozenset({Role.SYSTEM}))
AWARDERS = By(roles=frozenset({Role.ADMIN, Role.SYSTEM}), for_himself=False)

USABLE = (g.learner_is_active, g.certification_is_active, g.version_is_published)
"""K of R10: the certification is active, has a published version, and the learner is active."""
BEGINS = (g.version_is_published, g.version_begins_cycles)
COUNTS = (fee.cycle_fee_is_settled, cycle.deadline_is_ahead)
"""The cycle's own fee is settled, and its deadline is not over (R4, R5)."""

FROM_IN_PROGRESS = (IN_PROGRESS, PENDING, CERTIFIED)
FROM_RECERTIFYING = (RECERTIFYING, PENDING, CERTIFIED)
FINISH: Final[dict[Status, To]] = {
    IN_PROGRESS: FROM_IN_PROGRESS,
    RECERTIFYING: FROM_RECERTIFYING,
    PENDING: (PENDING, CERTIFIED),
}
"""Certified, Pending Approval, or the cycle's own status (R2); something new leaves what waits waiting."""
APPROVED: Final[dict[Status, To]] = {
    IN_PROGRESS: SAME,
    RECERTIFYING: SAME,
    PENDING: (PENDING, CERTIFIED),
}
DENIED: Final[dict[Status, To]] = {
    IN_PROGRESS: SAME,
    RECERTIFYING: SAME,
    PENDING: (IN_PROGRESS, RECERTIFYING),
}

AFTER_NOT_STARTED = (None, CERTIFIED, EXPIRED, LAPSED, REVOKED)
"""What is left of an enrollment that ends before its start: what an award entered late has made of it.

Certified, too: an award that was over when it was entered is history, and the cycle goes on (R3), even
where a strike or one more late award then dates it again so that it is in force (T5).
"""

EXTENDABLE: Final = (
    g.certificate_is_not_revoked, g.certificate_expires, g.new_day_is_later,
)  # fmt: skip

TABLE: Final = Table(
    rows=(
        *rows(
            c.Assign, in_=(None,), by=ADMINS_AND_SYSTEM,
            when=USABLE,
            records=record.assignment, emits=(f.AssignmentAdded,), to=(ASSIGNED,),
            name="assign", number=1, notice="assigned",
        ),
        *rows(
            c.Enroll, in_=(None,), by=LEARNERS,
            when=(g.access_is_open, *USABLE, g.version_begins_cycles, g.learner_is_eligible),
            records=record.enrollment, emits=(f.AssignmentAdded, f.CycleBegan), to=(NOT_STARTED,),
            name="enroll", number=2,
        ),
        *rows(
            c.RequestAccess, in_=(None,), by=LEARNERS_ALONE,
            when=(
                g.access_is_by_request, *USABLE, g.version_begins_cycles,
                g.no_access_request_is_open,
            ),
            records=record.access_request, emits=(f.AccessRequested,), to=SAME,
            name="request access", number=3, notice="access_requested",
        ),
        *rows(
            c.ApproveAccess, in_=(None,), by=APPROVERS,
            when=(g.access_request_is_open, *USABLE, g.version_begins_cycles),
            records=record.access_approval,
            emits=(f.AccessApproved, f.AssignmentAdded, f.CycleBegan), to=(NOT_STARTED,),
            name="approve access", number=4, notice="access_approved",
        ),
        *rows(
            c.DenyAccess, in_=(None,), by=APPROVERS,
            when=(g.access_request_is_open,),
            records=record.access_denial, emits=(f.AccessDenied,), to=SAME,
            name="deny access", number=5, notice="access_denied",
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
            c.OverridePayment, in_=(NOT_STARTED,), by=ADMINS_NOT_FOR_THEMSELVES,
            when=(fee.certification_fee_is_open, fee.fee_is_of_the_status),
            records=work.waived_fee, emits=(f.FeeWaived,), to=SAME,
            name="override payment", number=8, notice="fee_waived",
        ),
        *rows(
            c.RecordPayment,
            in_=(NOT_STARTED, *STARTED, EXPIRED, LAPSED), by=SYSTEM,
            when=(fee.fee_is_open,),
            records=work.payment, emits=(f.FeePaid,), to=SAME,
            name="record payment", number=9,
        ),
        *rows(
            c.Start, in_=(NOT_STARTED,), by=LEARNERS,
            when=(g.learner_is_active, fee.cycle_fee_is_settled),
            records=work.start, emits=(f.CycleStarted,), to=(IN_PROGRESS,),
            name="start", number=10,
        ),
        *rows(
            c.CompleteStep, in_=STARTED, by=SYSTEM,
            when=(step.step_is_open, step.path_is_of_the_step, *COUNTS),
            records=work.completed_step, emits=(f.StepCompleted,), to=FINISH,
            name="complete step", number=11,
        ),
        *rows(
            c.SubmitEvidence, in_=(IN_PROGRESS, RECERTIFYING), by=LEARNERS_ALONE,
            when=(step.step_is_open, step.path_is_external, step.no_evidence_is_waiting, *COUNTS),
            records=work.submitted_evidence, emits=(f.EvidenceSubmitted,),
            to={IN_PROGRESS: (IN_PROGRESS, PENDING), RECERTIFYING: (RECERTIFYING, PENDING)},
            name="submit evidence", number=12, notice="evidence_submitted",
        ),
        *rows(
            c.ApproveEvidence, in_=STARTED, by=APPROVERS,
            when=(cycle.request_is_open,),
            records=work.approved_evidence, emits=(f.EvidenceApproved,), to=APPROVED,
            name="approve evidence", number=13, notice="evidence_approved",
        ),
        *rows(
            c.DenyEvidence, in_=STARTED, by=APPROVERS,
            when=(cycle.request_is_open,),
            records=work.denied_evidence, emits=(f.EvidenceDenied,), to=DENIED,
            name="deny evidence", number=14, notice="evidence_denied",
        ),
        *rows(
            c.RecordTestOut, in_=STARTED, by=SYSTEM,
            when=(step.step_is_open, step.path_is_test_out, step.test_out_is_not_taken, *COUNTS),
            records=work.test_out, emits=(f.TestOutRecorded,), to=FINISH,
            name="record test-out", number=15,
        ),
        *rows(
            c.RecordExam, in_=(IN_PROGRESS, RECERTIFYING), by=SYSTEM,
            when=(
                exam.version_has_an_exam, exam.exam_is_open, exam.attempts_are_left, exam.cool_down_is_over,
                fee.exam_fee_is_settled, exam.steps_are_done, *COUNTS,
            ),
            records=work.exam, emits=(f.ExamAttempted,),
            to={IN_PROGRESS: FROM_IN_PROGRESS, RECERTIFYING: FROM_RECERTIFYING},
            name="record exam", number=16, notice="exam_recorded",
        ),
        *rows(
            c.ApproveExam, in_=STARTED, by=APPROVERS,
            when=(cycle.request_is_open,),
            records=work.approved_exam, emits=(f.ExamApproved,), to=APPROVED,
            name="approve exam", number=17, notice="exam_approved",
        ),
        *rows(
            c.DenyExam, in_=STARTED, by=APPROVERS,
            when=(cycle.request_is_open,),
            records=work.denied_exam, emits=(f.ExamDenied,), to=DENIED,
            name="deny exam", number=18, notice="exam_denied",
        ),
        *rows(
            c.RequestAttempts, in_=(IN_PROGRESS, RECERTIFYING), by=LEARNERS_ALONE,
            when=(
                exam.version_has_an_exam, exam.exam_is_open, exam.attempts_are_used_up,
                exam.no_attempts_request_is_open,
            ),
            records=work.attempts_request, emits=(f.AttemptsRequested,), to=SAME,
            name="request attempts", number=19, notice="attempts_requested",
        ),
        *rows(
            c.GrantAttempts, in_=(IN_PROGRESS, RECERTIFYING), by=APPROVERS,
            when=(cycle.request_is_open,),
            records=work.granted_attempts, emits=(f.AttemptsGranted,), to=SAME,
            name="grant attempts", number=20, notice="attempts_granted",
        ),
        *rows(
            c.DenyAttempts, in_=(IN_PROGRESS, RECERTIFYING), by=APPROVERS,
            when=(cycle.request_is_open,),
            records=work.denied_attempts, emits=(f.AttemptsDenied,), to=SAME,
            name="deny attempts", number=20, notice="attempts_denied",
        ),
        *rows(
            c.OverrideTraining, in_=STARTED, by=ADMINS_NOT_FOR_THEMSELVES,
            records=work.overridden_training, emits=(f.TrainingOverridden,), to=FINISH,
            name="override training", number=21, notice="training_overridden",
        ),
        *rows(
            c.OverrideExam, in_=STARTED, by=ADMINS_NOT_FOR_THEMSELVES,
            when=(exam.version_has_an_exam,),
            records=work.overridden_exam, emits=(f.ExamOverridden,), to=FINISH,
            name="override exam", number=22, notice="exam_overridden",
        ),
        *rows(
            c.OverridePayment, in_=(IN_PROGRESS,), by=ADMINS_NOT_FOR_THEMSELVES,
            when=(fee.exam_fee_is_open, exam.exam_is_not_started, fee.fee_is_of_the_status),
            records=work.waived_exam_fee, emits=(f.FeeWaived,), to=SAME,
            name="override exam payment", number=23, notice="fee_waived",
        ),
        *rows(
            c.OverridePayment, in_=(RECERTIFYING,), by=ADMINS_NOT_FOR_THEMSELVES,
            when=(fee.recertification_fee_is_open, fee.fee_is_of_the_status),
            records=work.waived_fee, emits=(f.FeeWaived,), to=SAME,
            name="override recertification payment", number=24, notice="fee_waived",
        ),
        *rows(
            c.StartRecertification, in_=(CERTIFIED,), by=LEARNERS,
            when=(g.learner_is_active, g.window_is_open, *BEGINS, cycle.deadline_is_ahead),
            records=record.recertification, emits=(f.CycleBegan,), to=(RECERTIFYING,),
            name="start recertification", number=25,
        ),
        *rows(
            c.StartRecertification, in_=(EXPIRED, LAPSED), by=LEARNERS,
            when=(
                g.learner_is_active, *BEGINS, fee.reinstatement_fee_is_settled, cycle.deadline_is_ahead,
            ),
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
            c.RevokeAccess, in_=(NOT_STARTED, *STARTED, EXPIRED, LAPSED), by=ADMINS,
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
            in_=(None, ASSIGNED, NOT_STARTED, *STARTED, CERTIFIED, EXPIRED, LAPSED),
            by=AWARDERS,
            when=(
                g.version_was_published, g.no_certificate_of_that_instant,
                g.last_valid_day_is_given, g.last_valid_day_is_not_before_the_date,
            ),
            records=record.award, emits=(f.CertificateAwarded,), to=(CERTIFIED,),
            name="award", number=34, late=True, notice="certified",
        ),
        *rows(
            c.ExtendCertificate, in_=(CERTIFIED, EXPIRED, LAPSED, RECERTIFYING),
            by=ADMINS_NOT_FOR_THEMSELVES,
            when=EXTENDABLE,
            records=record.extended_certificate, emits=(f.CertificateExtended,),
            to={
                CERTIFIED: SAME, RECERTIFYING: SAME,
                EXPIRED: (EXPIRED, CERTIFIED), LAPSED: (LAPSED, EXPIRED, CERTIFIED),
            },
            name="extend certificate", number=35, notice="certificate_extended",
        ),
        *rows(
            c.ExtendCertificate, in_=(PENDING,), by=ADMINS_NOT_FOR_THEMSELVES,
            when=(cycle.cycle_is_a_recertification, *EXTENDABLE),
            records=record.extended_certificate, emits=(f.CertificateExtended,), to=SAME,
            name="extend certificate while approvals wait", number=35, notice="certificate_extended",
        ),
        *rows(
            c.ExtendDeadline, in_=(NOT_STARTED, *STARTED), by=ADMINS_NOT_FOR_THEMSELVES,
            when=(cycle.deadline_is_there, cycle.new_deadline_is_later),
            records=record.extended_deadline, emits=(f.DeadlineExtended,), to=SAME,
            name="extend deadline", number=36, notice="deadline_extended",
        ),
        *rows(
            c.ExtendDeadline, in_=(CERTIFIED, EXPIRED, LAPSED), by=ADMINS_NOT_FOR_THEMSELVES,
            when=(cycle.deadline_is_there, cycle.deadline_is_ahead, cycle.new_deadline_is_later),
            records=record.extended_next_deadline, emits=(f.NextDeadlineExtended,), to=SAME,
            name="extend deadline beforehand", number=36, notice="deadline_extended",
        ),
        *rows(
            c.Strike, in_=(None, *EVERY_STATUS), by=ADMINS_AND_SYSTEM,
            when=(g.entry_can_be_struck, g.nothing_rests_on_it),
            records=record.strike, emits=(f.EntryStruck,), to=ANY_STATUS,
            name="strike", number=37,
        ),
        *rows(
            c.AbandonRecertification, in_=(RECERTIFYING,), by=LEARNERS_AND_ADMINS,
            when=(g.certificate_is_not_revoked,),
            records=record.abandonment, emits=(f.CycleEnded,), to=(CERTIFIED, EXPIRED, LAPSED),
            name="abandon recertification", number=38,
        ),
        *rows(
            c.AbandonRecertification, in_=(PENDING,), by=LEARNERS_AND_ADMINS,
            when=(cycle.cycle_is_a_recertification, g.certificate_is_not_revoked),
            records=record.abandonment, emits=(f.CycleEnded,), to=(CERTIFIED, EXPIRED, LAPSED),
            name="abandon recertification while approvals wait", number=38,
        ),
        *rows(
            c.MoveToVersion, in_=EVERY_STATUS, by=ADMINS,
            when=(g.version_can_be_chosen, g.version_is_another_one, g.version_takes_the_cycle),
            records=record.move,
            emits=(f.CertificateRedated, f.CycleMoved, f.VersionChosen),
            to={
                **dict.fromkeys(EVERY_STATUS, SAME),
                IN_PROGRESS: FROM_IN_PROGRESS,
                RECERTIFYING: FROM_RECERTIFYING,
                PENDING: (IN_PROGRESS, RECERTIFYING, PENDING, CERTIFIED),
                EXPIRED: (EXPIRED, CERTIFIED, LAPSED),
                LAPSED: (LAPSED, EXPIRED, CERTIFIED),
            },
            name="move to version", number=39, notice="version_changed",
        ),
    ),
)  # fmt: skip
