"""certlib's own table, in the order of its numbers (`docs/reference/rules.md` states every row)."""

from __future__ import annotations

from typing import Final

from certlib.actors import Role
from certlib.state._actions import (
    access,
    awarding,
    barring,
    deadlines,
    enrolling,
    exam,
    fees,
    requests,
    running,
    steps,
    striking,
    versions,
)
from certlib.state._events import EntryStruck
from certlib.state._guard import certification_is_active, learner_is_active
from certlib.state._status import Status
from certlib.state._table import ANY_STATUS, SAME, By, Table, To, rows

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
"""The statuses of a started cycle."""

LEARNERS_ALONE = By(roles=frozenset({Role.LEARNER}))
LEARNERS = By(roles=frozenset({Role.LEARNER, Role.SYSTEM}))
LEARNERS_AND_ADMINS = By(roles=frozenset({Role.LEARNER, Role.ADMIN}))
APPROVERS = By(roles=frozenset({Role.APPROVER}), roles_by_policy=True, for_oneself=False)
ADMINS = By(roles=frozenset({Role.ADMIN}))
ADMINS_NOT_FOR_THEMSELVES = By(roles=frozenset({Role.ADMIN}), for_oneself=False)
ADMINS_AND_SYSTEM = By(roles=frozenset({Role.ADMIN, Role.SYSTEM}))
SYSTEM = By(roles=frozenset({Role.SYSTEM}))
AWARDERS = By(roles=frozenset({Role.ADMIN, Role.SYSTEM}), for_oneself=False)

USABLE = (learner_is_active, certification_is_active, running.version_is_published)
"""The learner and the certification are active, and a version is published (R10)."""
BEGINS = (running.version_is_published, running.version_begins_cycles)
COUNTS = (fees.cycle_fee_is_settled, deadlines.deadline_is_ahead)
"""The cycle's own fee is settled, and its deadline has not passed (R5)."""

FROM_IN_PROGRESS = (IN_PROGRESS, PENDING, CERTIFIED)
FROM_RECERTIFYING = (RECERTIFYING, PENDING, CERTIFIED)

FINISH: Final[dict[Status, To]] = {
    IN_PROGRESS: FROM_IN_PROGRESS,
    RECERTIFYING: FROM_RECERTIFYING,
    PENDING: (PENDING, CERTIFIED),
}
"""Certified, Pending Approval, or the cycle's own status (R2); waiting requests keep waiting."""

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
"""What is left when a cycle ends before its start: no status, or that of an award entered late (R3).

Certified is possible: a late award that had expired when it was entered leaves the cycle open, and a
strike or another late award may then date it again so that it is in force.
"""

EXTENDABLE: Final = (
    running.certificate_is_not_revoked, awarding.certificate_expires, awarding.new_day_is_later,
)  # fmt: skip

TABLE: Final = Table(
    rows=(
        *rows(
            enrolling.Assign, in_=(None,), by=ADMINS_AND_SYSTEM,
            when=USABLE,
            records=enrolling.assign, emits=(enrolling.AssignmentAdded,), to=(ASSIGNED,),
            name="assign", number=1, notice="assigned",
        ),
        *rows(
            enrolling.Enroll, in_=(None,), by=LEARNERS,
            when=(access.access_is_open, *USABLE, running.version_begins_cycles, enrolling.learner_is_eligible),
            records=enrolling.enroll, emits=(enrolling.AssignmentAdded, running.CycleBegan), to=(NOT_STARTED,),
            name="enroll", number=2,
        ),
        *rows(
            access.RequestAccess, in_=(None,), by=LEARNERS_ALONE,
            when=(
                access.access_is_by_request, *USABLE, running.version_begins_cycles,
                access.no_access_request_is_open,
            ),
            records=access.request_access, emits=(access.AccessRequested,), to=SAME,
            name="request access", number=3, notice="access_requested",
        ),
        *rows(
            access.ApproveAccess, in_=(None,), by=APPROVERS,
            when=(access.access_request_is_open, *USABLE, running.version_begins_cycles),
            records=access.approve_access,
            emits=(access.AccessApproved, enrolling.AssignmentAdded, running.CycleBegan), to=(NOT_STARTED,),
            name="approve access", number=4, notice="access_approved",
        ),
        *rows(
            access.DenyAccess, in_=(None,), by=APPROVERS,
            when=(access.access_request_is_open,),
            records=access.deny_access, emits=(access.AccessDenied,), to=SAME,
            name="deny access", number=5, notice="access_denied",
        ),
        *rows(
            enrolling.Enroll, in_=(ASSIGNED,), by=LEARNERS,
            when=(*USABLE, running.version_begins_cycles),
            records=enrolling.enroll, emits=(running.CycleBegan,), to=(NOT_STARTED,),
            name="enroll when assigned", number=6,
        ),
        *rows(
            enrolling.Assign, in_=EVERY_STATUS, by=ADMINS_AND_SYSTEM,
            when=(learner_is_active, enrolling.assignment_is_new),
            records=enrolling.assign, emits=(enrolling.AssignmentAdded,), to=SAME,
            name="assign again", number=7,
        ),
        *rows(
            fees.OverridePayment, in_=(NOT_STARTED,), by=ADMINS_NOT_FOR_THEMSELVES,
            when=(fees.certification_fee_is_open, fees.fee_is_of_the_status),
            records=fees.waive_fee, emits=(fees.FeeWaived,), to=SAME,
            name="override payment", number=8, notice="fee_waived",
        ),
        *rows(
            fees.RecordPayment,
            in_=(NOT_STARTED, *STARTED, EXPIRED, LAPSED), by=SYSTEM,
            when=(fees.fee_is_open,),
            records=fees.record_payment, emits=(fees.FeePaid,), to=SAME,
            name="record payment", number=9,
        ),
        *rows(
            running.Start, in_=(NOT_STARTED,), by=LEARNERS,
            when=(learner_is_active, fees.cycle_fee_is_settled),
            records=running.start, emits=(running.CycleStarted,), to=(IN_PROGRESS,),
            name="start", number=10,
        ),
        *rows(
            steps.CompleteStep, in_=STARTED, by=SYSTEM,
            when=(steps.step_is_open, steps.path_is_of_the_step, *COUNTS),
            records=steps.complete_step, emits=(steps.StepCompleted,), to=FINISH,
            name="complete step", number=11,
        ),
        *rows(
            steps.SubmitEvidence, in_=(IN_PROGRESS, RECERTIFYING), by=LEARNERS_ALONE,
            when=(steps.step_is_open, steps.path_is_external, steps.no_evidence_is_waiting, *COUNTS),
            records=steps.submit_evidence, emits=(steps.EvidenceSubmitted,),
            to={IN_PROGRESS: (IN_PROGRESS, PENDING), RECERTIFYING: (RECERTIFYING, PENDING)},
            name="submit evidence", number=12, notice="evidence_submitted",
        ),
        *rows(
            steps.ApproveEvidence, in_=STARTED, by=APPROVERS,
            when=(requests.request_is_open,),
            records=steps.approve_evidence, emits=(steps.EvidenceApproved,), to=APPROVED,
            name="approve evidence", number=13, notice="evidence_approved",
        ),
        *rows(
            steps.DenyEvidence, in_=STARTED, by=APPROVERS,
            when=(requests.request_is_open,),
            records=steps.deny_evidence, emits=(steps.EvidenceDenied,), to=DENIED,
            name="deny evidence", number=14, notice="evidence_denied",
        ),
        *rows(
            steps.RecordTestOut, in_=STARTED, by=SYSTEM,
            when=(steps.step_is_open, steps.path_is_test_out, steps.test_out_is_not_taken, *COUNTS),
            records=steps.record_test_out, emits=(steps.TestOutRecorded,), to=FINISH,
            name="record test-out", number=15,
        ),
        *rows(
            exam.RecordExam, in_=(IN_PROGRESS, RECERTIFYING), by=SYSTEM,
            when=(
                exam.version_has_an_exam, exam.exam_is_open, exam.attempts_are_left, exam.cool_down_is_over,
                fees.exam_fee_is_settled, exam.steps_are_done, *COUNTS,
            ),
            records=exam.record_exam, emits=(exam.ExamAttempted,),
            to={IN_PROGRESS: FROM_IN_PROGRESS, RECERTIFYING: FROM_RECERTIFYING},
            name="record exam", number=16, notice="exam_recorded",
        ),
        *rows(
            exam.ApproveExam, in_=STARTED, by=APPROVERS,
            when=(requests.request_is_open,),
            records=exam.approve_exam, emits=(exam.ExamApproved,), to=APPROVED,
            name="approve exam", number=17, notice="exam_approved",
        ),
        *rows(
            exam.DenyExam, in_=STARTED, by=APPROVERS,
            when=(requests.request_is_open,),
            records=exam.deny_exam, emits=(exam.ExamDenied,), to=DENIED,
            name="deny exam", number=18, notice="exam_denied",
        ),
        *rows(
            exam.RequestAttempts, in_=(IN_PROGRESS, RECERTIFYING), by=LEARNERS_ALONE,
            when=(
                exam.version_has_an_exam, exam.exam_is_open, exam.attempts_are_used_up,
                exam.no_attempts_request_is_open,
            ),
            records=exam.request_attempts, emits=(exam.AttemptsRequested,), to=SAME,
            name="request attempts", number=19, notice="attempts_requested",
        ),
        *rows(
            exam.GrantAttempts, in_=(IN_PROGRESS, RECERTIFYING), by=APPROVERS,
            when=(requests.request_is_open,),
            records=exam.grant_attempts, emits=(exam.AttemptsGranted,), to=SAME,
            name="grant attempts", number=20, notice="attempts_granted",
        ),
        *rows(
            exam.DenyAttempts, in_=(IN_PROGRESS, RECERTIFYING), by=APPROVERS,
            when=(requests.request_is_open,),
            records=exam.deny_attempts, emits=(exam.AttemptsDenied,), to=SAME,
            name="deny attempts", number=20, notice="attempts_denied",
        ),
        *rows(
            steps.OverrideTraining, in_=STARTED, by=ADMINS_NOT_FOR_THEMSELVES,
            records=steps.override_training, emits=(steps.TrainingOverridden,), to=FINISH,
            name="override training", number=21, notice="training_overridden",
        ),
        *rows(
            exam.OverrideExam, in_=STARTED, by=ADMINS_NOT_FOR_THEMSELVES,
            when=(exam.version_has_an_exam,),
            records=exam.override_exam, emits=(exam.ExamOverridden,), to=FINISH,
            name="override exam", number=22, notice="exam_overridden",
        ),
        *rows(
            fees.OverridePayment, in_=(IN_PROGRESS,), by=ADMINS_NOT_FOR_THEMSELVES,
            when=(fees.exam_fee_is_open, exam.exam_is_not_started, fees.fee_is_of_the_status),
            records=fees.waive_exam_fee, emits=(fees.FeeWaived,), to=SAME,
            name="override exam payment", number=23, notice="fee_waived",
        ),
        *rows(
            fees.OverridePayment, in_=(RECERTIFYING,), by=ADMINS_NOT_FOR_THEMSELVES,
            when=(fees.recertification_fee_is_open, fees.fee_is_of_the_status),
            records=fees.waive_fee, emits=(fees.FeeWaived,), to=SAME,
            name="override recertification payment", number=24, notice="fee_waived",
        ),
        *rows(
            running.StartRecertification, in_=(CERTIFIED,), by=LEARNERS,
            when=(learner_is_active, running.window_is_open, *BEGINS, deadlines.deadline_is_ahead),
            records=running.start_recertification, emits=(running.CycleBegan,), to=(RECERTIFYING,),
            name="start recertification", number=25,
        ),
        *rows(
            running.StartRecertification, in_=(EXPIRED, LAPSED), by=LEARNERS,
            when=(
                learner_is_active, *BEGINS, fees.reinstatement_fee_is_settled, deadlines.deadline_is_ahead,
            ),
            records=running.start_recertification, emits=(running.CycleBegan,), to=(RECERTIFYING,),
            name="start recertification late", number=26,
        ),
        *rows(
            running.StartRecertification, in_=(REVOKED,), by=LEARNERS_AND_ADMINS,
            when=(learner_is_active, *BEGINS),
            records=running.start_after_revocation, emits=(running.BarLifted, running.CycleBegan),
            to=(RECERTIFYING, NOT_STARTED),
            name="start recertification after revocation", number=27,
        ),
        *rows(
            running.ForceRecertification, in_=(CERTIFIED, EXPIRED, LAPSED), by=ADMINS,
            when=BEGINS,
            records=running.force_recertification, emits=(running.RecertificationForced, running.CycleBegan),
            to=(RECERTIFYING,),
            name="force recertification", number=28, notice="recertification_forced",
        ),
        *rows(
            barring.PermanentlyRevoke, in_=(CERTIFIED,), by=ADMINS,
            records=barring.permanently_revoke, emits=(barring.PermanentlyRevoked,), to=(DISALLOWED,),
            name="permanently revoke", number=29, notice="permanently_revoked",
        ),
        *rows(
            barring.RestoreAccess, in_=(DISALLOWED,), by=ADMINS,
            records=barring.restore_access, emits=(barring.AccessRestored,), to=(REVOKED,),
            name="restore access", number=30, notice="access_restored",
        ),
        *rows(
            barring.RevokeAccess, in_=(NOT_STARTED, *STARTED, EXPIRED, LAPSED), by=ADMINS,
            records=barring.revoke_access, emits=(running.CycleEnded, barring.AccessRevoked), to=(REVOKED,),
            name="revoke access", number=31, notice="access_revoked",
        ),
        *rows(
            enrolling.Remove, in_=(ASSIGNED, NOT_STARTED), by=ADMINS,
            when=(enrolling.every_assignment_is_manual,),
            records=enrolling.remove, emits=(running.CycleEnded, enrolling.RemovedFromCertification),
            to={ASSIGNED: (None,), NOT_STARTED: AFTER_NOT_STARTED},
            name="remove", number=32, notice="removed",
        ),
        *rows(
            enrolling.Unassign, in_=EVERY_STATUS, by=ADMINS_AND_SYSTEM,
            when=(enrolling.assignment_exists,),
            records=enrolling.unassign, emits=(enrolling.AssignmentDropped, running.CycleEnded),
            to={
                **dict.fromkeys(EVERY_STATUS, SAME),
                ASSIGNED: (ASSIGNED, None),
                NOT_STARTED: (NOT_STARTED, *AFTER_NOT_STARTED),
            },
            name="unassign", number=33, notice="unassigned",
        ),
        *rows(
            awarding.Award,
            in_=(None, ASSIGNED, NOT_STARTED, *STARTED, CERTIFIED, EXPIRED, LAPSED),
            by=AWARDERS,
            when=(
                awarding.version_was_published, awarding.no_certificate_of_that_instant,
                awarding.last_valid_day_is_given, awarding.last_valid_day_is_not_before_the_date,
            ),
            records=awarding.award, emits=(awarding.CertificateAwarded,), to=(CERTIFIED,),
            name="award", number=34, late=True, notice="certified",
        ),
        *rows(
            awarding.ExtendCertificate, in_=(CERTIFIED, EXPIRED, LAPSED, RECERTIFYING),
            by=ADMINS_NOT_FOR_THEMSELVES,
            when=EXTENDABLE,
            records=awarding.extend_certificate, emits=(awarding.CertificateExtended,),
            to={
                CERTIFIED: SAME, RECERTIFYING: SAME,
                EXPIRED: (EXPIRED, CERTIFIED), LAPSED: (LAPSED, EXPIRED, CERTIFIED),
            },
            name="extend certificate", number=35, notice="certificate_extended",
        ),
        *rows(
            awarding.ExtendCertificate, in_=(PENDING,), by=ADMINS_NOT_FOR_THEMSELVES,
            when=(running.cycle_is_a_recertification, *EXTENDABLE),
            records=awarding.extend_certificate, emits=(awarding.CertificateExtended,), to=SAME,
            name="extend certificate while approvals wait", number=35, notice="certificate_extended",
        ),
        *rows(
            deadlines.ExtendDeadline, in_=(NOT_STARTED, *STARTED), by=ADMINS_NOT_FOR_THEMSELVES,
            when=(deadlines.deadline_is_there, deadlines.new_deadline_is_later),
            records=deadlines.extend_deadline, emits=(deadlines.DeadlineExtended,), to=SAME,
            name="extend deadline", number=36, notice="deadline_extended",
        ),
        *rows(
            deadlines.ExtendDeadline, in_=(CERTIFIED, EXPIRED, LAPSED), by=ADMINS_NOT_FOR_THEMSELVES,
            when=(deadlines.deadline_is_there, deadlines.deadline_is_ahead, deadlines.new_deadline_is_later),
            records=deadlines.extend_next_deadline, emits=(deadlines.NextDeadlineExtended,), to=SAME,
            name="extend deadline beforehand", number=36, notice="deadline_extended",
        ),
        *rows(
            striking.Strike, in_=(None, *EVERY_STATUS), by=ADMINS_AND_SYSTEM,
            when=(striking.entry_can_be_struck, striking.nothing_rests_on_it),
            records=striking.strike, emits=(EntryStruck,), to=ANY_STATUS,
            name="strike", number=37,
        ),
        *rows(
            running.AbandonRecertification, in_=(RECERTIFYING,), by=LEARNERS_AND_ADMINS,
            when=(running.certificate_is_not_revoked,),
            records=running.abandon_recertification, emits=(running.CycleEnded,), to=(CERTIFIED, EXPIRED, LAPSED),
            name="abandon recertification", number=38,
        ),
        *rows(
            running.AbandonRecertification, in_=(PENDING,), by=LEARNERS_AND_ADMINS,
            when=(running.cycle_is_a_recertification, running.certificate_is_not_revoked),
            records=running.abandon_recertification, emits=(running.CycleEnded,), to=(CERTIFIED, EXPIRED, LAPSED),
            name="abandon recertification while approvals wait", number=38,
        ),
        *rows(
            versions.MoveToVersion, in_=EVERY_STATUS, by=ADMINS,
            when=(versions.version_can_be_chosen, versions.version_is_another_one, versions.version_takes_the_cycle),
            records=versions.move_to_version,
            emits=(awarding.CertificateRedated, running.CycleMoved, versions.VersionChosen),
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
