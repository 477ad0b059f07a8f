"""Every invariant is broken by hand, and found by exactly its code; every mend is previewed."""

from __future__ import annotations

from functools import cache

import pytest

from certlib.actors import Actor
from certlib.audit import (
    LAWS,
    ByHand,
    Finding,
    GiveCommand,
    Mend,
    MendPreview,
    Record,
    StoreReplayed,
    audit,
    preview_mend,
)
from certlib.state import commands as c
from tests.audit import broken
from tests.audit.broken import CASES
from tests.state.story import instant

NOW = instant("2025-06-15")
CODES = (
    "zone_is_unknown",
    "year_is_out_of_range",
    "sequences_have_gaps",
    "entries_have_gaps",
    "entry_is_not_one",
    "recorded_goes_back",
    "fact_is_after_its_recording",
    "fact_is_before_its_command",
    "fact_is_before_the_last",
    "strike_names_nothing",
    "entry_is_struck_twice",
    "strike_is_struck",
    "struck_is_rested_on",
    "row_is_not_of_the_status",
    "entry_led_elsewhere",
    "fact_is_not_of_its_row",
    "version_of_a_fact_is_unknown",
    "completion_is_unknown",
    "fact_is_of_no_cycle",
    "decision_is_of_no_request",
    "stored_differs",
    "version_differs",
    "entries_differ",
    "last_fact_differs",
    "last_recorded_differs",
    "learner_is_unknown",
    "certification_is_unknown",
    "indexed_status_differs",
    "indexed_before_last_fact",
    "indexed_change_is_late",
    "earlier_cycle_is_open",
    "cycle_numbers_repeat",
    "cycles_overlap",
    "cycle_ends_before_it_begins",
    "cycle_starts_before_it_begins",
    "cycle_end_is_half_told",
    "cycle_ended_without_its_certificate",
    "cycle_is_open_while_barred",
    "cycle_version_is_unknown",
    "cycle_needs_differ",
    "cycle_is_awarded_only",
    "done_before_start",
    "step_is_done_twice",
    "open_cycle_is_complete",
    "fee_is_settled_twice",
    "fee_is_not_of_the_cycle",
    "reinstatement_is_not_used_up",
    "attempts_exceed_the_limit",
    "access_is_asked_for_with_a_status",
    "access_is_asked_for_twice",
    "evidence_waits_twice",
    "evidence_waits_for_nothing",
    "held_attempt_has_no_request",
    "exam_request_has_no_held_attempt",
    "attempts_are_asked_for_twice",
    "exam_request_is_idle",
    "request_of_an_ended_cycle_waits",
    "test_out_is_taken_twice",
    "assignment_is_there_twice",
    "certificates_are_out_of_order",
    "award_is_of_a_taken_instant",
    "renewal_shortens",
    "days_are_out_of_order",
    "issued_on_another_day",
    "dates_do_not_follow",
    "certificate_version_is_unknown",
    "certificate_of_an_incomplete_cycle",
    "certificate_of_an_open_cycle",
    "cycle_has_two_certificates",
    "certificate_is_revoked_before_its_issue",
    "bar_left_a_certificate",
)
BY = {c.DenyEvidence: "approver:bo", c.DenyAttempts: "approver:bo", c.Start: "learner:ann"}


@cache
def found(record: Record) -> tuple[Finding, ...]:
    return audit(record, at=NOW)


def seen_before(record: Record, mend: Mend) -> MendPreview:
    by = BY.get(type(mend.command), "admin:eva") if isinstance(mend, GiveCommand) else "admin:eva"
    return preview_mend(record, mend, actor=Actor.parse(by), at=NOW)


def test_codes() -> None:
    """They are public."""
    assert tuple(law.code for law in LAWS) == CODES


def test_sentences_differ() -> None:
    sentences = {law.sentence for law in LAWS}
    assert len(sentences) == len(LAWS)


def test_each_is_broken() -> None:
    assert {name.partition(",")[0] for name in CASES} == set(CODES)


@pytest.mark.parametrize("name", CASES)
def test_broken_and_found(name: str) -> None:
    record, besides = broken.damaged(name)
    codes = {finding.code for finding in found(record)}
    assert codes == {name.partition(",")[0], *besides}


@pytest.mark.parametrize("name", CASES)
def test_what_is_found_says_all(name: str) -> None:
    record, _ = broken.damaged(name)
    for finding in found(record):
        assert finding.learner == record.enrollment.learner
        assert finding.certification == record.enrollment.certification
        assert finding.place
        assert finding.found
        assert finding.expected
        assert finding.found != finding.expected
        assert finding.mends
        words = [mend.words for mend in finding.mends if isinstance(mend, ByHand)]
        assert all(words)


@pytest.mark.parametrize("name", CASES)
def test_every_mend_is_previewed(name: str) -> None:
    """What may be done mends the finding; what may not says why; what is by hand shows nothing."""
    record, _ = broken.damaged(name)
    for finding in found(record):
        for mend in finding.mends:
            shown = seen_before(record, mend)
            assert shown.mend is mend
            if isinstance(mend, ByHand):
                assert shown == MendPreview(mend=mend)
            elif shown.reasons:
                assert isinstance(mend, GiveCommand)
                assert not shown.mended
            else:
                assert finding in shown.mended
                assert shown.differences


@pytest.mark.parametrize("name", CASES)
def test_what_the_history_does_not_bear_out_is_mended_by_it(name: str) -> None:
    """Storing what the history adds up to leaves nothing, where nothing else was damaged."""
    record, besides = broken.damaged(name)
    if "stored_differs" not in besides or name.endswith("none stored"):
        return
    for finding in found(record):
        assert finding.mends == (StoreReplayed(),)
    assert len(seen_before(record, StoreReplayed()).mended) == len(found(record))
    assert seen_before(record, StoreReplayed()).caused == ()


@pytest.mark.parametrize(
    "sound",
    [
        broken.in_progress, broken.certified, broken.renewed, broken.assigned_again,
        broken.begun_twice, broken.half_done, broken.waiting, broken.revoked, broken.disallowed,
        broken.awarded_twice, broken.paid, broken.asked,
    ],
)  # fmt: skip
def test_what_was_damaged_was_sound(sound: object) -> None:
    assert callable(sound)
    assert found(sound()) == ()
