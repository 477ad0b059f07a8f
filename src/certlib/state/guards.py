"""Every guard of certlib's own table, and `guard`, which makes one of your own."""

from __future__ import annotations

from certlib.state._actions.access import (
    access_is_by_request,
    access_is_open,
    access_request_is_open,
    no_access_request_is_open,
)
from certlib.state._actions.awarding import (
    certificate_expires,
    last_valid_day_is_given,
    last_valid_day_is_not_before_the_date,
    new_day_is_later,
    no_certificate_of_that_instant,
    version_was_published,
)
from certlib.state._actions.deadlines import (
    deadline_is_ahead,
    deadline_is_there,
    new_deadline_is_later,
)
from certlib.state._actions.enrolling import (
    assignment_exists,
    assignment_is_new,
    every_assignment_is_manual,
    learner_is_eligible,
)
from certlib.state._actions.exam import (
    attempts_are_left,
    attempts_are_used_up,
    cool_down_is_over,
    exam_is_not_started,
    exam_is_open,
    no_attempts_request_is_open,
    steps_are_done,
    version_has_an_exam,
)
from certlib.state._actions.fees import (
    certification_fee_is_open,
    cycle_fee_is_settled,
    exam_fee_is_open,
    exam_fee_is_settled,
    fee_is_of_the_status,
    fee_is_open,
    recertification_fee_is_open,
    reinstatement_fee_is_settled,
)
from certlib.state._actions.requests import request_is_open
from certlib.state._actions.running import (
    certificate_is_not_revoked,
    cycle_is_a_recertification,
    version_begins_cycles,
    version_is_published,
    window_is_open,
)
from certlib.state._actions.steps import (
    no_evidence_is_waiting,
    path_is_external,
    path_is_of_the_step,
    path_is_test_out,
    step_is_open,
    test_out_is_not_taken,
)
from certlib.state._actions.striking import entry_can_be_struck, nothing_rests_on_it
from certlib.state._actions.versions import (
    version_can_be_chosen,
    version_is_another_one,
    version_takes_the_cycle,
)
from certlib.state._guard import Guard, certification_is_active, learner_is_active

__all__ = [
    "Guard",
    "access_is_by_request",
    "access_is_open",
    "access_request_is_open",
    "assignment_exists",
    "assignment_is_new",
    "attempts_are_left",
    "attempts_are_used_up",
    "certificate_expires",
    "certificate_is_not_revoked",
    "certification_fee_is_open",
    "certification_is_active",
    "cool_down_is_over",
    "cycle_fee_is_settled",
    "cycle_is_a_recertification",
    "deadline_is_ahead",
    "deadline_is_there",
    "entry_can_be_struck",
    "every_assignment_is_manual",
    "exam_fee_is_open",
    "exam_fee_is_settled",
    "exam_is_not_started",
    "exam_is_open",
    "fee_is_of_the_status",
    "fee_is_open",
    "last_valid_day_is_given",
    "last_valid_day_is_not_before_the_date",
    "learner_is_active",
    "learner_is_eligible",
    "new_day_is_later",
    "new_deadline_is_later",
    "no_access_request_is_open",
    "no_attempts_request_is_open",
    "no_certificate_of_that_instant",
    "no_evidence_is_waiting",
    "nothing_rests_on_it",
    "path_is_external",
    "path_is_of_the_step",
    "path_is_test_out",
    "recertification_fee_is_open",
    "reinstatement_fee_is_settled",
    "request_is_open",
    "step_is_open",
    "steps_are_done",
    "test_out_is_not_taken",
    "version_begins_cycles",
    "version_can_be_chosen",
    "version_has_an_exam",
    "version_is_another_one",
    "version_is_published",
    "version_takes_the_cycle",
    "version_was_published",
    "window_is_open",
]
